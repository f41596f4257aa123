"""Behind a verdict: the figure, and sections that are computed when they are opened."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ser_core.data import voice
from ser_core.errors import SerError
from ser_core.features import classic
from ser_core.inference import batch
from ser_core.inference.predictor import Prediction, Progress
from ser_core.inference.timeline import Timeline
from ui import announcer, cached, charts, frame, held, theme, words
from ui.held import Held
from ui.listen import playhead
from ui.listen import words as listen_words

TIMELINE_FROM_S = 4.5
"""A recording shorter than this is one moment."""


def announce(recording: Held | None, model_name: str) -> None:
    """Bring what is new to the visitor; drawn each time, for it must be there before there is."""
    refusal = held.refusal()
    if refusal is not None:
        # Streamlit's own box of an error is spoken when it appears.
        announcer.announce("", " ".join(refusal), ".st-key-refusal")
    elif recording is None:
        announcer.announce("", "nothing yet", ".st-key-verdict")
    else:
        heard = cached.prediction(recording.digest, model_name, recording.content)
        announcer.announce(
            f"{heard.headline}. {recording.name}, {words.duration(heard.duration_s)}.",
            f"{recording.digest} {model_name}",
            ".st-key-verdict",
        )


def refused() -> None:
    """Say why the last recording was not taken, if it was not."""
    refusal = held.refusal()
    if refusal is not None:
        name, message = refusal
        with st.container(key="refusal"):
            st.error(f"{words.plain(name)}: {message}", icon=":material/block:")


def verdict(recording: Held, model_name: str) -> Prediction:
    """Hear a recording, with progress where it is long, and draw the verdict."""
    info = cached.model(model_name).info
    with progress("Listening", st.empty()) as share:
        heard = cached.prediction(recording.digest, model_name, recording.content, progress=share)
    # Striped where it is not sure, as in the timeline: the grey of ordinary is an answer's colour.
    colour = theme.COLOURS.get(heard.verdict, theme.MUTED)
    line = "solid" if heard.verdict in theme.COLOURS else "dashed"
    st.html(f"<style>.st-key-verdict {{ border-left: 0.4rem {line} {colour}; }}</style>")
    with st.container(key="verdict", gap="xsmall"):
        st.header(heard.headline, anchor=False)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{words.plain(recording.name)}, {words.duration(heard.duration_s)}",
                width="content",
            )
            st.button("Clear", icon=":material/delete:", on_click=held.clear)
    for warning in heard.warnings:
        st.warning(warning.message, icon=":material/warning:")
    if heard.heard_speech:
        trust = words.trust(info, heard, synthetic=recording.synthetic)
        if trust:
            st.markdown(trust)
    return heard


class Figure:
    """The evidence at a glance: drawn at once where it can be, completed once it is judged.

    The probabilities; player, waveform, what was heard when, and spectrogram.

    Parameters
    ----------
    recording : Held
    model_name : str
    """

    def __init__(self, recording: Held, model_name: str) -> None:
        self._recording, self._model_name = recording, model_name
        digest, content = recording.digest, recording.content
        self.duration_s = cached.clip(digest, content).duration_s
        self._long = self.duration_s >= TIMELINE_FROM_S
        self._shares, sound = st.columns([5, 7], gap="large")
        with sound, st.container(key="sound"):
            st.audio(
                cached.playable(digest, content),
                format="audio/wav",
                alt="Your recording as the model hears it",
            )
            self._place, self._told = st.empty(), st.empty()
            playhead.follow()
        # A long one is something to look at while it is judged; a short one's verdict comes first.
        if self._long and not cached.is_judged(digest, model_name):
            self._draw(None)

    def complete(self, heard: Prediction) -> None:
        """Add the probabilities, and what was heard when."""
        if heard.heard_speech:
            with self._shares:
                frame.chart(charts.probabilities(heard.answers), alt=words.probabilities(heard))
                st.caption(
                    "It learned from actors "
                    f"({words.learned_from(cached.model(self._model_name).info)}). It hears how "
                    "something is said, not what anybody feels."
                )
        if not self._long:
            self._draw(None)
            self._told.caption(
                "Above, the waveform; below, the mel spectrogram: bright is loud, high is "
                "high-pitched."
            )
            return
        digest, content = self._recording.digest, self._recording.content
        with progress("Listening moment by moment", self._told) as share:
            over_time = cached.over_time(digest, self._model_name, content, progress=share)
        self._draw(over_time)
        with self._told.container():
            st.markdown(listen_words.over_time(over_time))
            st.caption(
                "From the top: the waveform; what it heard when, striped where it was not sure "
                "and blank where nobody speaks; the mel spectrogram, where bright is loud and "
                "high is high-pitched. Play it, or point at a moment."
            )

    def _draw(self, over_time: Timeline | None) -> None:
        digest, content = self._recording.digest, self._recording.content
        clip = cached.clip(digest, content)
        lanes = ", what was heard when" if over_time else ""
        with self._place:
            frame.chart(
                charts.sound(
                    clip.signal,
                    clip.sampling_rate,
                    cached.log_mel(digest, content),
                    classic.mel_centres(),
                    over_time,
                ),
                alt=f"Waveform{lanes} and mel spectrogram of the recording, "
                f"{words.duration(self.duration_s)} on one time axis",
            )


@contextlib.contextmanager
def progress(text: str, place: DeltaGenerator) -> Iterator[Progress]:
    """A bar that shows once something is told, at most a hundred times, and goes at the end."""
    steps = -1

    def tell(share: float) -> None:
        nonlocal steps
        if int(100 * share) > steps:
            steps = int(100 * share)
            place.progress(min(1.0, share), text=text)

    yield tell
    place.empty()


@st.fragment
def sections(
    recording: Held, model_name: str, heard: Prediction, titles: Mapping[str, str]
) -> None:
    """What lies behind the verdict; only the section that is open is computed."""
    drawn = {
        "Why?": lambda: _why(recording, model_name, heard),
        "Recording": lambda: _recording(recording, model_name, heard),
        "The voice in numbers": lambda: _voice(recording, heard),
        "Compare models": lambda: _compare(recording, titles),
        "Download": lambda: _download(recording, model_name, heard),
    }
    opened = st.segmented_control(
        "Look closer", list(drawn), key="section", persist_state="session"
    )
    if opened:
        drawn[opened]()


def _why(recording: Held, model_name: str, heard: Prediction) -> None:
    digest, content = recording.digest, recording.content
    if not heard.heard_speech:
        st.markdown("Nobody speaks, so there is nothing to explain.")
        return
    shares = words.percents(heard.answers)
    emotion = st.selectbox(
        "What speaks for",
        heard.ranked,
        format_func=lambda name: f"{name} ({shares[name]})",
        key=f"why-{digest}-{model_name}",
    )
    found = cached.explanation(digest, model_name, emotion, content)
    st.markdown(found.sentence)
    frame.chart(
        charts.why(cached.log_mel(digest, content), classic.mel_centres(), heard.duration_s, found),
        alt=f"Spectrogram with what spoke for {emotion} outlined. {found.sentence}",
    )
    st.caption(
        "Outlined and bright: what spoke most for it. The rest is dimmed. Each part was hidden in "
        "turn, and what changed the verdict counts. This says what the model used, not what is "
        "true of the speaker."
    )
    st.page_link("pages/about.py", label="How far to trust this", icon=":material/info:")


def _recording(recording: Held, model_name: str, heard: Prediction) -> None:
    digest, content = recording.digest, recording.content
    measured = cached.quality_measures(digest, content)
    clip = cached.clip(digest, content)
    for line in listen_words.findings(measured, heard):
        st.markdown(line)
    st.caption(listen_words.source(clip))
    if not st.toggle("Reduce steady background noise, and compare", key="denoise"):
        return
    clean = cached.cleaned(digest, content)
    after = held.of(f"{recording.name}, noise reduced", clean)
    sides = st.columns(2, gap="large")
    for side, label, each in zip(
        sides, ("As recorded", "Noise reduced"), (recording, after), strict=True
    ):
        with side:
            st.markdown(f"**{label}**")
            try:
                said = cached.prediction(each.digest, model_name, each.content)
            except SerError as error:
                st.warning(error.message)
                continue
            st.markdown(said.headline)
            st.audio(cached.playable(each.digest, each.content), format="audio/wav", alt=f"{label}")
            frame.chart(
                charts.spectrogram(cached.log_mel(each.digest, each.content), said.duration_s),
                alt=f"{label}: mel spectrogram. {said.headline}",
                key=f"spectrogram-{label}",
            )
    st.caption(
        "It helps the ear more than the model, which has learned from clean recordings: if the "
        "verdict changes, trust neither."
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
        "Beside the voices of",
        genders,
        format_func=lambda name: listen_words.VOICES.get(name, name),
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
        st.markdown("There is one model here. Train another to compare it with.")
        frame.link("Retrain")


def _download(recording: Held, model_name: str, heard: Prediction) -> None:
    row = batch.Row(recording.name, heard)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Verdict as JSON",
            batch.to_json_lines([row]),
            file_name="undertone.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Verdict as CSV",
            batch.csv_file([row], cached.model(model_name).emotions),
            file_name="undertone.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        if heard.duration_s >= TIMELINE_FROM_S:
            over_time = cached.over_time(recording.digest, model_name, recording.content)
            st.download_button(
                "What was heard when, as CSV",
                _segments(over_time),
                file_name="undertone-timeline.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
            )
        st.download_button(
            "The sound as the model hears it",
            cached.playable(recording.digest, recording.content),
            file_name="undertone.wav",
            mime="audio/wav",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption(
        "The verdict is what `python -m ser_core predict --format json` (or `csv`) says about this "
        "file. The sound is mono at 16 kHz."
    )


def _segments(over_time: Timeline) -> bytes:
    rows = [asdict(segment) for segment in over_time.segments()]
    flat = [row | row.pop("probabilities") for row in rows]
    return pd.DataFrame(flat).to_csv(index=False).encode("utf-8-sig")
