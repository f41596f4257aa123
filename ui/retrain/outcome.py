"""What came of a run: how it did, and what can be done with its model."""

from __future__ import annotations

import streamlit as st

from ser_core import figures
from ser_core.data import reported
from ser_core.jobs.files import Run
from ser_core.jobs.manager import KEPT, KEPT_S
from ser_core.language import gettext as _
from ui import cached, frame, words
from ui.explore import score_charts
from ui.explore import words as explore_words
from ui.retrain import controls, runs
from ui.retrain import words as own_words


@frame.section()
def score(run: Run) -> None:
    """How it did, and what it takes for what."""
    info = cached.run_info(run.id)
    report = runs.report(info)
    st.header(_("How it did"), anchor="how-it-did")
    numbers, mistakes = st.columns([5, 8], gap="large")
    with numbers:
        st.metric(
            own_words.right_on(report["protocol"]),
            words.score(report["uar"]),
            help=_(own_words.RIGHT_HELP),
        )
        st.markdown(own_words.tested_on(report))
        st.markdown(own_words.chosen(run.history, run.split))
        st.markdown(own_words.gap(run.history, run.split))
        if run.split == "random":
            st.button(
                _("The same with unseen speakers"),
                icon=":material/groups:",
                on_click=controls.load,
                args=(run.settings, "speakers"),
            )
    with mistakes:
        confusion = reported.confusion(report, info["emotions"])
        frame.chart(score_charts.confusion(confusion), alt=explore_words.confused(confusion))
        st.caption(explore_words.confused(confusion))
    with st.expander(_("All figures")):
        st.markdown(own_words.all_figures(report))
        st.markdown(explore_words.classification(reported.by_emotion(report, info["emotions"])))


@frame.section()
def keep(run: Run) -> None:
    """Use it, take it along, set the sliders by it, or train it elsewhere."""
    jobs = cached.jobs()
    st.header(_("Keep it"), anchor=False)
    folder = jobs.bundle(run.id)
    with st.container(horizontal=True):
        if st.button(_("Use on Listen"), type="primary", icon=":material/hearing:"):
            runs.own_models(jobs)[_("Yours: {name}").format(name=runs.name(run))] = run.id
            st.session_state.model = run.id
            # Without query_params Streamlit would clear the address, which widgets are bound to.
            st.switch_page("pages/listen.py", query_params={})
        st.download_button(
            _("Download the model"),
            lambda: runs.zipped(folder),
            file_name=f"{folder.name}.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button(
            _("Set the sliders to this run"),
            icon=":material/tune:",
            on_click=controls.load,
            args=(run.settings, run.split),
        )
    st.caption(
        _(
            "This page's address leads back to this run, in any browser, for {hours} hours or "
            "until {count} newer ones have been trained here. The download does not expire: "
            "unzip it, and `python -m ser_core predict --model {model} FILE` hears with it. The "
            "licences of the data go with it."
        ).format(hours=figures.number(KEPT_S / 3600), count=KEPT, model=folder.name)
    )
    with st.expander(_("Train the same model yourself")):
        st.markdown(_("From a copy of Undertone, on the command line:"))
        st.code(runs.command(run), language="bash", wrap_lines=True)
        st.markdown(_("Or in Python:"))
        st.code(runs.snippet(run), language="python")
        st.caption(
            _(
                "Both learn from the committed tables, like this page, unless `$SER_DATA` or a "
                "folder `corpora` names recordings."
            )
        )
