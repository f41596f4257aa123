"""Retrain: train a network with sliders, watch it learn, and score it on strangers."""

import streamlit as st

from ser_core.emotions import ALL_EMOTIONS
from ser_core.jobs.files import Run
from ui import cached, frame
from ui.retrain import comparing, controls, outcome, own, runs, watching

frame.begin("Retrain", wide=True)
st.title("Retrain", anchor=False)
st.markdown(
    "Train a network on real speech and watch two lines: how well it does on the clips it learns "
    "from, and on people it has never heard. Only the second counts. Below, the same from "
    "recordings of your own."
)

runs.tidy_address()
jobs, visitor = cached.jobs(), runs.visitor()
clips = frame.needed(cached.clips)
there = set(clips["emotion"])

sliders, stage = st.columns([5, 8], gap="large")
wanted = watching.Wanted(None, "", len(clips))
with sliders, frame.section():
    chosen = controls.draw([name for name in ALL_EMOTIONS if name in there])
    wanted = watching.wanted_of(chosen, clips)

addressed = runs.addressed()
found: dict[str, Run] = {}
with stage, frame.section():
    found = runs.here(jobs, addressed)
view = found.get(addressed[0]) if addressed else None

with stage, frame.section():
    watching.start(wanted, visitor, busy=view is not None and not view.ended)
    if addressed and view is None:
        st.warning(runs.why_not_here(jobs, addressed[0]), icon=":material/history:")
with stage, frame.section():
    if view is not None:
        watching.watch(view, visitor)
    elif not addressed:
        st.info(
            "Choose a start, move what you like, and press Train. It runs on this server, on "
            "features of real recordings.",
            icon=":material/play_arrow:",
        )

if view is not None and view.ended and view.has_model:
    outcome.score(view)
    outcome.keep(view)

if len(found) > 1:
    comparing.draw(found, jobs, visitor)

own.draw()
