"""The verdict, and the evidence at a glance."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ser_core.audio import video
from ser_core.features import classic
from ser_core.inference.prediction import Prediction
from ser_core.inference.predictor import Progress
from ser_core.inference.timeline import Timeline, nothing_yet
from ser_core.language import gettext as _
from ui import announcer, cached, charts, frame, held, promises, sound_charts, theme, words
from ui.held import Held
from ui.listen import playhead
from ui.listen import words as listen_words

TIMELINE_FROM_S = 4.5
"""A recording shorter than this is one moment."""

_FILL_EACH_S = 0.3

# The verdict's place while it is awaited, with room for what will be said of its worth: the figure
# below stays where it is when it comes.
_PENDING = (
    f".st-key-verdict {{ border-left: 0.4rem dotted {theme.MUTED}; margin-bottom: 5.2rem; }} "
    "@media (max-width: 640px) { .st-key-verdict { margin-bottom: 9.5rem; } }"
)


def headline(recording: Held, model_name: str, heard: Prediction) -> str:
    """The verdict in words; of a longer recording, what changed in it."""
    return _course(recording, model_name, heard) or heard.headline


def _course(recording: Held, model_name: str, heard: Prediction) -> str | None:
    if not heard.heard_speech or heard.duration_s < listen_words.COURSE_FROM_S:
        return None
    over_time = cached.over_time(recording.digest, model_name, recording.content)
    return listen_words.course(over_time)


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
            f"{headline(recording, model_name, heard)}. {recording.name}, "
            f"{words.duration(heard.duration_s)}.",
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


def verdict(recording: Held, model_name: str, figure: Figure | None = None) -> Prediction:
    """Hear a recording, with progress where it is long, and draw the verdict.

    Parameters
    ----------
    recording : Held
    model_name : str
    figure : Figure, optional
        It is filled in meanwhile.
    """
    digest, content = recording.digest, recording.content
    with st.container(key="verdict", gap="xsmall"):
        headed, summed_up = st.empty(), st.empty()
        with st.container(horizontal=True, vertical_alignment="center"):
            length = words.duration(cached.duration_s(digest, content))
            st.markdown(f"{words.plain(recording.name)}, {length}", width="content")
            st.button(_("Clear"), icon=":material/delete:", on_click=held.clear)
    if figure is not None and figure.fills:
        st.html(f"<style>{_PENDING}</style>")
        headed.header(_("Listening"), anchor=False)
        share = progress(_("Listening"), summed_up)
        share(0.0)
        cached.over_time(digest, model_name, content, progress=share, so_far=figure.fill)
    heard = cached.prediction(
        digest, model_name, content, progress=progress(_("Listening"), summed_up)
    )
    course = _course(recording, model_name, heard)
    headed.header(course or heard.headline, anchor=False)
    if course:
        summed_up.markdown(listen_words.all_in_all(heard.headline))
    else:
        summed_up.empty()
    edge = _edge(recording, model_name, heard, course)
    st.html(f"<style>.st-key-verdict {{ {edge} margin-bottom: 0.5rem; }}</style>")
    for warning in heard.warnings:
        st.warning(warning.message, icon=":material/warning:")
    if heard.heard_speech:
        trust = promises.trust(
            cached.model(model_name).info,
            heard,
            synthetic=recording.synthetic,
            parts=bool(course),
        )
        if trust:
            st.markdown(trust)
    return heard


def _edge(recording: Held, model_name: str, heard: Prediction, course: str | None) -> str:
    """The style of the line beside the verdict: its colour, or those of what changed."""
    if course:
        over_time = cached.over_time(recording.digest, model_name, recording.content)
        colours = [theme.colour(name) for name in listen_words.told_parts(over_time)]
        stops = ", ".join(
            f"{colour} {100 * place / len(colours):.0f}% {100 * (place + 1) / len(colours):.0f}%"
            for place, colour in enumerate(colours)
        )
        return f"border-left: 0.4rem solid; border-image: linear-gradient({stops}) 1;"
    # Striped where it is not sure, as in the timeline: the grey of ordinary is an answer's colour.
    answered = heard.verdict in heard.probabilities
    colour = theme.colour(heard.verdict) if answered else theme.MUTED
    return f"border-left: 0.4rem {'solid' if answered else 'dashed'} {colour};"


def player(recording: Held) -> None:
    """The recording as the model hears it, to play."""
    st.audio(
        cached.playable(recording.digest, recording.content),
        format="audio/wav",
        alt=_("Your recording as the model hears it"),
    )


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
        self.duration_s = cached.duration_s(digest, content)
        self._long = self.duration_s >= TIMELINE_FROM_S
        if self.duration_s >= listen_words.COURSE_FROM_S:
            # What changed is what one looks for: over the whole width, and first.
            sound, self._shares = st.container(), st.container(width=560)
        else:
            self._shares, sound = st.columns([5, 7], gap="large")
        film = video.kind(recording.content)
        with sound, st.container(key="sound"):
            player(recording)
            figure = st.container()
            if film is not None:
                # Beside the timeline, where that is wide, and in step with it (playhead.js).
                picture, figure = (
                    st.columns([1, 2])
                    if self.duration_s >= listen_words.COURSE_FROM_S
                    else (st.container(), figure)
                )
                with picture, st.container(key="picture"):
                    st.video(recording.content, format=film, alt=words.plain(recording.name))
            self._place = figure.empty()
            self._told, self._segments = st.empty(), st.empty()
        # A long one is something to look at while it is judged; a short one's verdict comes first.
        judged = cached.is_judged(digest, model_name)
        self.fills = self.duration_s >= listen_words.COURSE_FROM_S and not judged
        self._filled_at = 0.0
        if self.fills:
            model = cached.model(model_name)
            self._draw(nothing_yet(model.emotions, model.answers))

    def fill(self, heard: Timeline) -> None:
        """Show what was heard so far, of the rest of which more is to come."""
        if time.monotonic() - self._filled_at >= _FILL_EACH_S:
            with self._segments:
                playhead.fill(heard)
            self._filled_at = time.monotonic()

    def complete(self, heard: Prediction) -> None:
        """Add the probabilities, and what was heard when."""
        if heard.heard_speech:
            with self._shares:
                frame.chart(charts.probabilities(heard.answers), alt=words.probabilities(heard))
                st.caption(
                    _(
                        "It learned from {teachers}. It hears how something is said, not what "
                        "anybody feels."
                    ).format(teachers=words.teachers(cached.model(self._model_name).info))
                )
        if not self._long:
            self._draw(None)
            with self._segments:
                playhead.follow()
            self._told.caption(
                _(
                    "Above, the waveform; below, the mel spectrogram: bright is loud, high is "
                    "high-pitched."
                )
            )
            return
        recording = self._recording
        over_time = cached.over_time(recording.digest, self._model_name, recording.content)
        self._draw(over_time)
        with self._segments:
            playhead.follow(over_time)
        with self._told.container():
            st.markdown(listen_words.over_time(over_time))
            st.caption(
                _(
                    "From the top: the waveform; what it heard when, striped where it was not sure "
                    "and blank where nobody speaks; the mel spectrogram, where bright is loud and "
                    "high is high-pitched. Press what was heard to play just that, or anywhere "
                    "else to go there."
                )
            )

    def _draw(self, over_time: Timeline | None) -> None:
        digest, content = self._recording.digest, self._recording.content
        with cached.turn(digest, content):
            clip = cached.clip(digest, content)
            chart = sound_charts.sound(
                clip.signal,
                clip.sampling_rate,
                cached.log_mel(digest, content),
                classic.mel_centres(),
                over_time,
            )
            del clip
        said = _("Waveform and mel spectrogram of the recording, {duration} on one time axis")
        if over_time:
            said = _(
                "Waveform, what was heard when and mel spectrogram of the recording, {duration} on "
                "one time axis"
            )
        with self._place:
            frame.chart(
                chart,
                alt=said.format(duration=words.duration(self.duration_s)),
            )


def progress(text: str, place: DeltaGenerator) -> Progress:
    """What draws a bar once something is told to it, at most a hundred times."""
    steps = -1

    def tell(share: float) -> None:
        nonlocal steps
        if int(100 * share) > steps:
            steps = int(100 * share)
            place.progress(min(1.0, share), text=text)

    return tell
