"""Home: what Undertone is, how far to trust it, and where to go."""

import streamlit as st

from ser_core.errors import BundleError
from ui import cached, charts, frame, held, words

frame.begin("Undertone")
st.title("Undertone", anchor=False)
st.subheader("Hear how it is said", anchor=False)

try:
    model = cached.model(cached.model_names()[0])
except BundleError as error:
    st.error(error.message)
    st.stop()
info, reports = model.info, model.info["reports"]
strangers, mixed = reports["speakers"], reports["random"]

st.markdown(
    "Record a sentence or bring a recording. Undertone says whether the voice sounds "
    f"{words.listing(model.emotions, 'or')}, shows what it heard, and says so when it is not sure."
)
if st.button("Listen to a recording", type="primary", icon=":material/hearing:"):
    st.switch_page("pages/listen.py")

st.subheader("How often it is right", anchor=False)
about_strangers, about_mixed = st.columns(2, border=True)
with about_strangers:
    st.metric("About strangers", words.score(strangers["uar"]))
    st.caption(
        f"{words.interval(strangers['uar'])} with 95 % confidence. "
        f"{words.number(strangers['n_speakers']).capitalize()} speakers, each judged by a model "
        "that never heard them."
    )
with about_mixed:
    st.metric("On a random split", words.score(mixed["uar"]))
    st.caption(
        f"{words.interval(mixed['uar'])}. The figure most often quoted. It flatters: the same "
        "voices were in training."
    )
st.markdown(
    f"Both are the same recipe on the same {strangers['n_recordings']:,} recordings of "
    f"{words.learned_from(info)}: the mean over {words.number(len(model.emotions))} emotions of the "
    f"share it recognises. Guessing gives {100 * strangers['chance']:.0f} %."
)
frame.chart(
    charts.scores(
        [("Strangers", strangers["uar"]), ("Random split", mixed["uar"])], strangers["chance"]
    ),
    alt=f"About strangers {words.score(strangers['uar'])}, on a random split "
    f"{words.score(mixed['uar'])}, chance {100 * strangers['chance']:.0f} %",
)
