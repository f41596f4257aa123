"""A training: what stands in its way, its start, and its curves while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from ser_core.errors import SerError, SettingsError
from ser_core.jobs import costs
from ser_core.jobs.files import Run
from ser_core.training.settings import TrainingSettings
from ui import cached, frame, words
from ui.retrain import charts as training_charts
from ui.retrain import recipes, runs

_LOOK_S = 0.7


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


def start(wanted: Wanted, visitor: str, *, busy: bool) -> None:
    """The button, what pressing it costs, and why it may not be pressed."""
    settings = wanted.settings
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_train,
            args=(settings, wanted.split, visitor),
            disabled=settings is None or bool(wanted.problem) or busy,
        )
        if settings is not None:
            seconds = cached.jobs().estimate(settings, wanted.n_clips)
            st.markdown(
                f"**{costs.n_weights(settings):,}** weights, **{wanted.n_clips:,}** clips, about "
                f"**{seconds:.0f} s**",
                width="content",
            )
    if wanted.problem:
        st.warning(wanted.problem, icon=":material/tune:")
    refused = st.session_state.pop("refused", None)
    if refused:
        st.warning(refused, icon=":material/hourglass:")
    preset = recipes.name_of(settings, wanted.split) if settings is not None else ""
    if preset in recipes.PRESETS:
        st.caption(f"**{preset}.** {recipes.PRESETS[preset][2]}")


def watch(run: Run, visitor: str) -> None:
    """A run's curves, followed while it is trained, and how it ended."""
    follow = st.fragment(_curves, run_every=None if run.ended else _LOOK_S)
    follow(run.id, run.ended, visitor)
    if run.status == "failed":
        st.error(run.message, icon=":material/error:")
    elif run.status == "stopped":
        st.info(run.message, icon=":material/stop:")


@frame.section()
def _curves(run_id: str, ended: bool, visitor: str) -> None:
    """Both lines as they stand; when the run ends, the whole page is drawn anew."""
    jobs = cached.jobs()
    try:
        run = jobs.read(run_id)
        jobs.seen(run_id)
    except SettingsError:
        st.rerun()
    if run.ended != ended:
        st.rerun()
    tested = runs.TESTED[run.split]
    st.markdown(f"**{runs.name(run)}**")
    if not run.ended:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(len(run.history) / run.settings.epochs, text=runs.state(run))
            if run.owner == visitor:
                st.button(
                    "Stop training",
                    icon=":material/stop:",
                    on_click=frame.guarded(jobs.stop),
                    args=(run.id,),
                )
    if run.history or not run.ended:
        last = run.history[-1] if run.history else None
        frame.chart(
            training_charts.live(run.history, run.settings.epochs, tested, runs.chance(run)),
            alt=f"Accuracy and loss by epoch, in training and on {tested}. "
            + (
                f"Epoch {last['epoch']}: accuracy {last['accuracy']:.0%} in training, "
                f"{last['val_accuracy']:.0%} on {tested}."
                if last
                else "No epoch is over yet."
            ),
        )
    st.caption(runs.summary(run))
