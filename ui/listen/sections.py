"""Behind a verdict: sections that are computed when they are opened."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ser_core.data import voice
from ser_core.emotions import shown
from ser_core.errors import SerError
from ser_core.features import classic
from ser_core.inference import batch
from ser_core.inference.prediction import Prediction
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import cached, charts, frame, held, sound_charts, words
from ui.held import Held
from ui.listen import annotating, apart
from ui.listen import words as listen_words


@st.fragment
def draw(recording: Held, model_name: str, heard: Prediction, titles: Mapping[str, str]) -> None:
    """What lies behind the verdict; only the section that is open is computed."""
    drawn = {
        N_("Why?"): lambda: _why(recording, model_name, heard),
        N_("Recording"): lambda: _recording(recording, model_name, heard),
        N_("The voice in numbers"): lambda: _voice(recording, heard),
        N_("Compare models"): lambda: _compare(recording, titles),
        N_("Download"): lambda: _download(recording, model_name, heard),
    }
    if apart.wanted(heard):
        drawn = {apart.SECTION: lambda: apart.draw(recording, model_name)} | drawn
    opened = st.segmented_control(
        _("Look closer"), list(drawn), format_func=_, key="section", persist_state="session"
    )
    if opened:
        drawn[opened]()


def _why(recording: Held, model_name: str, heard: Prediction) -> None:
    digest, content = recording.digest, recording.content
    if not heard.heard_speech:
        st.markdown(_("Nobody speaks, so there is nothing to explain."))
        return
    shares = words.percents(heard.answers)
    emotion = st.selectbox(
        _("What speaks for"),
        heard.ranked,
        format_func=lambda name: f"{shown(name)} ({shares[name]})",
        key=f"why-{digest}-{model_name}",
    )
    found = cached.explanation(digest, model_name, emotion, content)
    st.markdown(found.sentence)
    frame.chart(
        sound_charts.why(
            cached.log_mel(digest, content), classic.mel_centres(), heard.duration_s, found
        ),
        alt=_("Spectrogram with what spoke for {emotion} outlined. {said}").format(
            emotion=shown(emotion), said=found.sentence
        ),
    )
    st.caption(
        _(
            "Outlined and bright: what spoke for it most. The rest is dimmed. Each part was "
            "hidden in turn, and what changed the verdict counts. This says what the model used, "
            "not what is true of the speaker."
        )
    )
    st.page_link("pages/about.py", label=_("How far to trust this"), icon=":material/info:")


def _recording(recording: Held, model_name: str, heard: Prediction) -> None:
    digest, content = recording.digest, recording.content
    measured = cached.quality_measures(digest, content)
    clip = cached.clip(digest, content)
    for line in listen_words.findings(measured, heard):
        st.markdown(line)
    st.caption(listen_words.source(clip))
    if not st.toggle(_("Reduce steady background noise, and compare"), key="denoise"):
        return
    clean = cached.cleaned(digest, content)
    after = held.of(_("{name}, noise reduced").format(name=recording.name), clean)
    sides = st.columns(2, gap="large")
    for side, label, each in zip(
        sides, (N_("As recorded"), N_("Noise reduced")), (recording, after), strict=True
    ):
        with side:
            st.markdown(f"**{_(label)}**")
            try:
                said = cached.prediction(each.digest, model_name, each.content)
            except SerError as error:
                st.warning(error.message)
                continue
            st.markdown(said.headline)
            st.audio(cached.playable(each.digest, each.content), format="audio/wav", alt=_(label))
            frame.chart(
                sound_charts.spectrogram(
                    cached.log_mel(each.digest, each.content), said.duration_s
                ),
                alt=_("{label}: mel spectrogram. {said}").format(
                    label=_(label), said=said.headline
                ),
                key=f"spectrogram-{label}",
            )
    st.caption(
        _(
            "It helps the ear more than the model, which has learned from clean recordings: if the "
            "verdict changes, trust neither."
        )
    )


def _voice(recording: Held, heard: Prediction) -> None:
    measured = cached.voice_measures(recording.digest, recording.content)
    try:
        usual = cached.voice_spread()
    except SerError as error:
        st.error(error.message)
        for name, (label, unit) in voice.MEASURES.items():
            st.markdown(listen_words.beside(label, unit, getattr(measured, name), {}))
        return
    genders = list(dict.fromkeys(group["gender"] for group in usual["groups"]))
    chosen = st.segmented_control(
        _("Beside the voices of"),
        genders,
        format_func=lambda name: _(listen_words.VOICES.get(str(name), str(name))),
        default=genders[0],
        required=True,
        key="voices",
    )
    groups = {
        group["emotion"]: group
        for group in usual["groups"]
        if group["gender"] == chosen and group["emotion"] in heard.probabilities
    }
    columns = st.columns(2, gap="large")
    for number, (name, (label, unit)) in enumerate(voice.MEASURES.items()):
        value = getattr(measured, name)
        beside = {emotion: group["measures"][name] for emotion, group in groups.items()}
        with columns[number % 2]:
            sentence = listen_words.beside(label, unit, value, beside)
            st.markdown(sentence)
            if value == value and beside:
                frame.chart(charts.spread(value, beside), alt=sentence, key=f"spread-{name}")
    st.caption(listen_words.spread_source(usual, chosen))


def _compare(recording: Held, titles: Mapping[str, str]) -> None:
    names = list(titles)
    for start in range(0, len(names), 3):
        row = names[start : start + 3]
        for name, column in zip(row, st.columns(max(2, len(row)), gap="large"), strict=False):
            with column:
                model = cached.model(name)
                said = cached.prediction(recording.digest, name, recording.content)
                st.markdown(f"**{words.plain(titles[name])}**")
                st.markdown(said.headline)
                if said.heard_speech:
                    frame.chart(
                        charts.probabilities(said.answers),
                        alt=words.probabilities(said),
                        key=f"compare-{name}",
                    )
                st.caption(listen_words.standing(model.info))
    if len(names) == 1:
        st.markdown(_("There is one model here. Train another to compare it with."))
        frame.link("Retrain")


def _download(recording: Held, model_name: str, heard: Prediction) -> None:
    row = batch.Row(recording.name, heard)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("Verdict as JSON"),
            batch.to_json_lines([row]),
            file_name="undertone.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            _("Verdict as CSV"),
            batch.csv_file([row], cached.model(model_name).emotions),
            file_name="undertone.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        annotating.menu(
            recording,
            model_name,
            lambda: annotating.whole(recording, model_name, heard),
            key="annotations",
        )
        st.download_button(
            _("The sound as the model hears it"),
            cached.playable(recording.digest, recording.content),
            file_name="undertone.wav",
            mime="audio/wav",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption(
        _(
            "The verdict is what `python -m ser_core predict --format json` (or `csv`) says about "
            "this file. The sound is mono at 16 kHz."
        )
    )
