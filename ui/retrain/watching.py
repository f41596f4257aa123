"""A training: what stands in its way, its start, and its curves while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ser_core import figures
from ser_core.errors import SerError, SettingsError
from ser_core.jobs import costs
from ser_core.jobs.files import Run
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.training.best import kept_epoch
from ser_core.training.settings import TrainingSettings
from ui import cached, frame, words
from ui.retrain import beating, recipes, runs
from ui.retrain import charts as training_charts
from ui.retrain import words as own_words

_LOOK_S = 0.5
_LOSS_HELP = N_(
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
        missing = _("A control is missing, so there is nothing to train. Reload the page.")
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
        problem = _(
            "There is no {emotions} clip in {corpora}. Take the emotion away, or add a corpus that "
            "holds it."
        ).format(emotions=words.emotions(absent), corpora=titles)
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
            _("Train"),
            type="primary",
            icon=":material/play_arrow:",
            on_click=_train,
            args=(settings, wanted.split, visitor),
            disabled=settings is None or bool(wanted.problem),
        )
        if settings is None:
            return
        if view and view.has_model and (view.settings, view.split) == (settings, wanted.split):
            st.markdown(own_words.headline(cached.run_info(view.id)))
            return
        seconds = cached.jobs().estimate(settings, wanted.n_clips)
        st.markdown(
            _("**{weights}** weights, **{clips}** clips, about **{seconds} s**").format(
                weights=figures.number(costs.n_weights(settings)),
                clips=figures.number(wanted.n_clips),
                seconds=figures.number(seconds),
            )
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
                _("Stop"),
                icon=":material/stop:",
                on_click=frame.guarded(jobs.stop),
                args=(run.id,),
                help=_("What it has learned by then is kept and scored."),
            )
        st.progress(len(run.history) / run.settings.epochs, text=own_words.state(run))
    _curve(Wanted(run.settings, run.split, 0), run)


def _curve(wanted: Wanted, run: Run | None) -> None:
    """The lines of a run, or what its lines will have to beat."""
    settings, split = (run.settings, run.split) if run else (wanted.settings, wanted.split)
    if settings is None:
        return
    history = run.history if run else []
    shipped = beating.to_beat(settings, split, cached.shipped_infos())
    tested = _(own_words.TESTED[split])
    loss = bool(st.session_state.get("loss"))
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
        alt=_alt(history, tested),
        key="curve",
    )
    with st.container(horizontal=True, vertical_alignment="center", key="below-curve"):
        st.caption(shipped.said, help=shipped.more)
        st.toggle(_("Loss"), key="loss", help=_(_LOSS_HELP))


def _alt(history: Sequence[Mapping[str, float]], tested: str) -> str:
    """The curve for those who do not see it."""
    said = _("Share of clips that it gets right by epoch, in training and on {tested}.").format(
        tested=tested
    )
    if not history:
        return f"{said} {_('No epoch is over yet.')}"
    last = history[-1]
    return f"{said} " + _("Epoch {epoch}: {learned} in training, {share} on {tested}.").format(
        epoch=int(last["epoch"]),
        learned=words.nearest(last["accuracy"]),
        share=words.nearest(last["val_accuracy"]),
        tested=tested,
    )
