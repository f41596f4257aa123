"""Retrain: train a network with sliders, watch it learn, and score it on strangers."""

import streamlit as st

from ser_core.emotions import ALL_EMOTIONS
from ser_core.jobs.files import Run
from ser_core.language import gettext as _
from ui import cached, frame
from ui.retrain import comparing, controls, outcome, own, runs, watching

frame.begin("Retrain", wide=True)
st.title(_("Retrain"), anchor=False)
st.markdown(_("Watch how well it does on people it has never heard: only that line counts."))

runs.tidy_address()
jobs, visitor = cached.jobs(), runs.visitor()
jobs.warm()
clips = frame.needed(cached.clips)
there = set(clips["emotion"])
with frame.section():
    controls.presets()

# The stage stands first, so that on a phone the curve lies above the sliders that move it.
stage, sliders = st.columns([8, 5], gap="medium")
wanted = watching.Wanted(None, "", len(clips))
with sliders, frame.section():
    chosen = controls.draw([name for name in ALL_EMOTIONS if name in there])
    wanted = watching.wanted_of(chosen, clips)
    controls.lesson(wanted.settings, wanted.split)

addressed = runs.addressed()
found: dict[str, Run] = {}
with stage, frame.section():
    found = runs.here(jobs, addressed)
view = found.get(addressed[0]) if addressed else None
with stage, frame.section():
    watching.draw(wanted, view, visitor)
    if addressed and view is None:
        st.warning(runs.why_not_here(jobs, addressed[0]), icon=":material/history:")
if view is not None:
    st.caption(runs.summary(view))

if view is not None and view.ended and view.has_model:
    outcome.score(view)
    outcome.keep(view)

if len(found) > 1:
    comparing.draw(found, jobs, visitor)

own.draw()
