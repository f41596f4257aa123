"""A training: what stands in its way, its start, and its curves while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ser_core.errors import SerError, SettingsError
from ser_core.jobs import costs
from ser_core.jobs.files import Run
from ser_core.training.best import kept_epoch
from ser_core.training.settings import TrainingSettings
from ui import cached, frame, words
from ui.retrain import beating, recipes, runs
from ui.retrain import charts as training_charts

_LOOK_S = 0.5
_LOSS_HELP = (
    "How little it believed in the right answers. Where it rises while as many are right, the "
    "network grows surer of its mistakes."
)


@dataclass(frozen=True)
class Wanted:
    """What the sliders ask for.

    Attributes
    ----------
    settings : TrainingSettings or None
        None where too little is chosen.
    split : str
    n_clips : int
        How many clips that is.
    problem : str
        Why it cannot be trained, in words; empty where it can.
    """

    settings: TrainingSettings | None
    split: str
    n_clips: int
    problem: str = ""


def wanted_of(chosen: Mapping[str, Any], clips: pd.DataFrame) -> Wanted:
    """What the sliders ask for, and what stands in its way."""
    split = str(chosen.get("split"))
    try:
        settings = recipes.settings_of(chosen)
    except SettingsError as error:
        return Wanted(None, split, len(clips), error.message)
    except KeyError:
        missing = "A control is missing, so there is nothing to train. Reload the page."
        return Wanted(None, split, len(clips), missing)
    inside = clips[clips["corpus"].isin(settings.corpora)]
    absent = [name for name in settings.emotions if name not in set(inside["emotion"])]
    if not settings.architecture.hears_all:
        inside = inside[inside["emotion"].isin(settings.emotions)]
    try:
        costs.refuse(settings, len(inside))
    except SettingsError as error:
        return Wanted(settings, split, len(inside), error.message)
    problem = ""
    if absent:
        titles = words.listing([recipes.CORPORA[name] for name in settings.corpora])
        problem = (
            f"There is no {words.listing(absent, 'or')} clip in {titles}. Take the emotion away, "
            "or add a corpus that holds it."
        )
    return Wanted(settings, split, len(inside), problem)


@frame.guarded
def _train(settings: TrainingSettings, split: str, visitor: str) -> None:
    try:
        run_id = cached.jobs().start(settings, split, owner=visitor)
    except SerError as error:
        st.session_state.refused = error.message
    else:
        runs.address([run_id, *runs.addressed()])


def draw(wanted: Wanted, view: Run | None, visitor: str) -> None:
    """Train and its curve, in one place before, during and after: nothing below them moves.

    Parameters
    ----------
    wanted : Wanted
    view : Run or None
        The run in view.
    visitor : str
        Only their own training can be stopped.
    """
    if view is not None and not view.ended:
        st.fragment(_running, run_every=_LOOK_S)(view.id, visitor)
    else:
        _start(wanted, view, visitor)
        _curve(wanted, view)
    for message, icon in (
        (wanted.problem, ":material/tune:"),
        (st.session_state.pop("refused", None), ":material/hourglass:"),
    ):
        if message:
            st.warning(message, icon=icon)
    if view is not None and view.status == "failed":
        st.error(view.message, icon=":material/error:")
    elif view is not None and view.status == "stopped":
        st.info(view.message, icon=":material/stop:")


def _start(wanted: Wanted, view: Run | None, visitor: str) -> None:
    """The button, and what pressing it costs, or what came of it."""
    settings = wanted.settings
    with _row():
        st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_train,
            args=(settings, wanted.split, visitor),
            disabled=settings is None or bool(wanted.problem),
        )
        if settings is None:
            return
        if view and view.has_model and (view.settings, view.split) == (settings, wanted.split):
            st.markdown(runs.headline(cached.run_info(view.id)))
            return
        seconds = cached.jobs().estimate(settings, wanted.n_clips)
        st.markdown(
            f"**{costs.n_weights(settings):,}** weights, **{wanted.n_clips:,}** clips, about "
            f"**{seconds:.0f} s**"
        )


def _row() -> DeltaGenerator:
    """Where the button is, of one height whatever stands in it."""
    return st.container(horizontal=True, vertical_alignment="center", key="train-row")


@frame.section()
def _running(run_id: str, visitor: str) -> None:
    """How far it is, and its curve; when the run ends, the whole page is drawn anew."""
    jobs = cached.jobs()
    try:
        run = jobs.read(run_id)
        jobs.seen(run_id)
    except SettingsError:
        st.rerun()
    if run.ended:
        st.rerun()
    with _row():
        if run.owner == visitor:
            st.button(
                "Stop",
                icon=":material/stop:",
                on_click=frame.guarded(jobs.stop),
                args=(run.id,),
                help="What it has learned by then is kept and scored.",
            )
        st.progress(len(run.history) / run.settings.epochs, text=runs.state(run))
    _curve(Wanted(run.settings, run.split, 0), run)


def _curve(wanted: Wanted, run: Run | None) -> None:
    """The lines of a run, or what its lines will have to beat."""
    settings, split = (run.settings, run.split) if run else (wanted.settings, wanted.split)
    if settings is None:
        return
    history = run.history if run else []
    shipped = beating.to_beat(settings, split, cached.shipped_infos())
    tested = runs.TESTED[split]
    loss = bool(st.session_state.get("loss"))
    last = history[-1] if history else None
    frame.chart(
        training_charts.live(
            history,
            settings.epochs,
            tested,
            runs.chance(settings),
            shipped=shipped.history,
            level=shipped.level,
            kept=kept_epoch(history),
            loss=loss,
        ),
        alt=f"Share of clips that it gets right by epoch, in training and on {tested}. "
        + (
            f"Epoch {last['epoch']}: {last['accuracy']:.0%} in training, "
            f"{last['val_accuracy']:.0%} on {tested}."
            if last
            else "No epoch is over yet."
        ),
        key="curve",
    )
    with st.container(horizontal=True, vertical_alignment="center", key="below-curve"):
        st.caption(shipped.said, help=shipped.more)
        st.toggle("Loss", key="loss", help=_LOSS_HELP)
