"""Runs of the Retrain page side by side."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ser_core.jobs.files import Run
from ser_core.jobs.manager import Jobs
from ser_core.language import gettext as _
from ser_core.language import ngettext
from ui import frame, words
from ui.retrain import charts as training_charts
from ui.retrain import runs


@frame.section()
def draw(found: dict[str, Run], jobs: Jobs, visitor: str) -> None:
    """Draw the runs in the address: a table, and the curves of those that are picked.

    Parameters
    ----------
    found : dict of str to Run
        By id, the one in view first.
    jobs : Jobs
    visitor : str
        Only their own runs can be deleted.
    """
    rows = list(found.values())
    st.header(_("Runs side by side"), anchor=False)
    infos = runs.infos(jobs, rows)
    table, differing = runs.table(rows, infos)
    picked = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"picked-{'-'.join(found)}",
        alt=_("Runs with their scores and settings"),
    ).selection.rows
    subset = [rows[place] for place in picked] or rows
    st.caption(
        (
            _("They differ in these, marked ≠: {settings}.").format(
                settings=words.listing(differing)
            )
            if differing
            else _("They have the same settings.")
        )
        + " "
        + _("Pick rows to overlay their curves; with none picked, all are shown.")
    )
    with st.container(horizontal=True):
        if picked:
            if st.button(
                _("Show {run}").format(run=runs.name(subset[0])), icon=":material/visibility:"
            ):
                runs.address([subset[0].id, *found])
                st.rerun()
            if st.button(
                ngettext("Delete {count} run", "Delete {count} runs", len(picked)).format(
                    count=len(picked)
                ),
                icon=":material/delete:",
                help=_("Your own are deleted from the server; those of others leave this list."),
            ):
                for run in subset:
                    if run.owner == visitor:
                        jobs.delete(run.id)
                gone = {run.id for run in subset}
                runs.address(run_id for run_id in found if run_id not in gone)
                st.rerun()
    _overlay(subset)


def _overlay(subset: Sequence[Run]) -> None:
    """The curves of some runs over one another."""
    curves = [(runs.name(run), run.history) for run in subset if run.history]
    if not curves:
        return
    chances = {runs.chance(run.settings) for run in subset}
    frame.chart(
        training_charts.overlay(curves, chances.pop() if len(chances) == 1 else None),
        alt=_("What each gets right on the held-out side in its last epoch: {shares}.").format(
            shares=", ".join(
                f"{name} {words.nearest(told[-1]['val_accuracy'])}" for name, told in curves
            )
        ),
    )
    st.caption(
        _(
            "Each line is the held-out side of a run; a random split's line is not comparable "
            "with the others, because it is not about strangers."
        )
        if len({run.split for run in subset}) > 1
        else _("Each line is the held-out side of a run.")
    )
