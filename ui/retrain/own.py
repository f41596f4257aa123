"""A visitor's own recordings on Retrain: understood, learned from, tried, kept for the visit."""

from __future__ import annotations

import io
import json
import secrets
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ser_core import audio
from ser_core.data import own, own_lines, own_sounds, reported
from ser_core.data.own_sounds import Heard
from ser_core.errors import SerError
from ser_core.inference import own_bundle
from ser_core.inference.bundle import Bundle
from ser_core.inference.predictor import Model
from ser_core.jobs import own as own_jobs
from ser_core.language import gettext as _
from ser_core.training.own import OwnSettings
from ui import cached, frame, held, inside, kept, words
from ui.explore import score_charts
from ui.explore import words as explore_words
from ui.retrain import charts as training_charts
from ui.retrain import words as own_words
from ui.visits import VISITS

_UNPACKING = threading.Lock()


@dataclass(eq=False)
class Work:
    """What a visit holds of its own recordings: numbers, no sound.

    Attributes
    ----------
    heard : Heard
    made : Bundle or None
        What was trained or calibrated.
    """

    heard: Heard
    made: Bundle | None = None

    @property
    def n_bytes(self) -> int:
        """About what it takes."""
        return kept.n_bytes(self.heard) + (len(self.made.tflite) if self.made else 0)


@frame.section()
def draw() -> None:
    """The whole of it, below the corpora's."""
    st.header(_("Your own recordings"), anchor=False)
    st.markdown(own_words.introduction())
    uploaded = st.file_uploader(
        _(own_words.UPLOAD),
        type="zip",
        max_upload_size=audio.MAX_BYTES // 1024**2,
        key=held.key("own"),
    )
    if uploaded:
        _take(uploaded.name, uploaded.getvalue())
        held.renew("own")
        st.rerun()
    refused = VISITS.refusal(inside.visit()) or st.session_state.get("own_refused")
    if refused:
        st.error(refused, icon=":material/block:")
    work = held.own_work()
    if not isinstance(work, Work):
        st.caption(_(own_words.KEPT))
        return
    for line in own_lines.lines(work.heard.own):
        st.markdown(words.plain(line))
    _start(work)
    if work.made is not None:
        _result(work.made)
        _keep(work.made)


def _take(name: str, content: bytes) -> None:
    """Understand and hear a zip; of its sounds nothing stays."""
    held.keep_own(None)
    st.session_state.own_refused = None
    model = cached.model(cached.model_names()[0])
    bar = st.progress(0.0, text=_(own_words.HEARING))
    try:
        # One at a time: what is unpacked takes memory that others may need.
        with _UNPACKING, kept.alone():
            found = own.read_zip(name, content, most_bytes=held.room())
            heard = own_sounds.hear(found, model, progress=_moving(bar, _(own_words.HEARING)))
    except SerError as error:
        st.session_state.own_refused = error.message
        return
    silent = tuple(replace(clip, source=b"") for clip in heard.own.clips)
    held.keep_own(Work(replace(heard, own=replace(heard.own, clips=silent))))


def _moving(bar: DeltaGenerator, text: str) -> Callable[[float], None]:
    """What moves a progress bar; where the page is left meanwhile, it raises."""

    def move(share: float) -> None:
        bar.progress(share, text=text)

    return move


def _start(work: Work) -> None:
    ways = [own_words.ON_TOP, own_words.ALONE]
    way = st.radio(
        _("Learn"),
        ways,
        format_func=_,
        captions=[_(own_words.ABOUT[name]) for name in ways],
        key="own_way",
    )
    with st.container(horizontal=True):
        trains = st.button(_("Train on these"), type="primary", icon=":material/play_arrow:")
        calibrates = st.button(
            _("Calibrate only"), icon=":material/tune:", help=_(own_words.CALIBRATE_HELP)
        )
        st.button(_("Forget them"), icon=":material/delete:", on_click=frame.guarded(forget))
    if not (trains or calibrates):
        return
    settings = OwnSettings(work.heard.own.name, on_top=way == own_words.ON_TOP)
    task = own_jobs.CALIBRATE if calibrates else json.dumps(settings.to_dict())
    bar = st.progress(0.0, text=_(own_words.TRAINING))
    try:
        work.made = own_jobs.run(
            work.heard,
            cached.model(cached.model_names()[0]),
            task,
            f"own-{secrets.token_hex(4)}",
            progress=_moving(bar, _(own_words.TRAINING)),
        )
    except SerError as error:
        bar.empty()
        st.warning(error.message, icon=":material/hourglass:")
    else:
        held.keep_own(work)
        st.rerun()


def forget() -> None:
    """Drop the numbers and the model."""
    held.keep_own(None)
    for name in ("own_refused", "own_model"):
        st.session_state.pop(name, None)


def _result(made: Bundle) -> None:
    info = made.info
    if "calibrated" in info:
        st.markdown(own_words.calibrated(info["calibrated"]))
        return
    (report,) = info["reports"].values()
    facts = info["own"]
    numbers, curve = st.columns([5, 8], gap="large")
    with numbers:
        # Without names of speakers the same voice may be on both sides.
        known = "speakers" if report["protocol"] == "speakers" else "maybe"
        st.metric(
            own_words.right_on(known), words.score(report["uar"]), help=_(own_words.RIGHT_HELP)
        )
        st.caption(
            _("{interval}, 95%\u00a0interval; guessing gets {chance}.").format(
                interval=words.interval(report["uar"]), chance=words.nearest(report["chance"])
            )
        )
        st.markdown(own_words.beside(info))
        st.markdown(own_words.alone(info))
    with curve:
        shipped = facts["shipped"]["uar"]["value"] if "shipped" in facts else None
        frame.chart(
            training_charts.by_clips(facts["curve"], report["chance"], shipped),
            alt=own_words.curve(facts["curve"]),
        )
    st.markdown(f"**{_('What would help')}**")
    st.markdown("\n".join(f"- {words.plain(line)}" for line in facts["advice"]))
    confusion = reported.confusion(report, info["emotions"])
    with st.expander(_("What it takes for what")):
        frame.chart(score_charts.confusion(confusion), alt=explore_words.confused(confusion))


def _keep(made: Bundle) -> None:
    with st.container(horizontal=True):
        if st.button(_("Use yours on Listen"), icon=":material/hearing:"):
            st.session_state.own_model = Model(made)
            st.session_state.model = made.name
            st.switch_page("pages/listen.py", query_params={})
        st.download_button(
            _("Download your model"),
            lambda: _zipped(made),
            file_name=f"{made.name}.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption(
        _(own_words.KEPT)
        + " "
        + _("Unzipped, `undertone predict --model {model} FILE` hears with it.").format(
            model=made.name
        )
    )


def _zipped(made: Bundle) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in own_bundle.files(made).items():
            archive.writestr(f"{made.name}/{name}", content)
    return file.getvalue()
