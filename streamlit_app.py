"""Home: what Undertone is, how far to trust it, and where to go."""

import streamlit as st

from ser_core.errors import BundleError
from ui import cached, frame, words

frame.begin("Undertone")
st.title("Undertone", anchor=False)
st.subheader("Hear how it is said", anchor=False)

try:
    info = cached.default_info()
except BundleError as error:
    st.error(error.message)
    st.stop()
reports = info["reports"]
strangers = reports["speakers"]
emotions = info["emotions"]

st.markdown(
    "Record a sentence or bring a recording. Undertone tells you whether the voice sounds "
    f"{words.listing(emotions, 'or')}, shows what it heard, and says so when it is not sure."
)
if st.button("Listen to a voice", type="primary", icon=":material/hearing:"):
    st.switch_page("pages/listen.py")

st.subheader("How often it is right", anchor=False)
about_strangers, beside = st.columns(2, border=True)
with about_strangers:
    st.metric("Right about strangers", words.score(strangers["uar"]))
    st.caption(
        f"{words.interval(strangers['uar'])}, 95 % interval. "
        f"{words.number(strangers['n_speakers']).capitalize()} speakers, each judged by a model "
        "that never heard them."
    )
with beside:
    if "corpora" in reports:
        st.metric("Right about an unseen corpus", words.score(reports["corpora"]["uar"]))
        st.caption(
            f"{words.interval(reports['corpora']['uar'])}, 95 % interval. Other rooms, microphones "
            "and sentences, too: your own recording may be such a one."
        )
    else:
        st.metric("Right on a random split", words.score(reports["random"]["uar"]))
        st.caption(
            f"{words.interval(reports['random']['uar'])}, 95 % interval. The figure most often "
            "quoted. It flatters: the same voices were in training."
        )
st.markdown(
    f"The same recipe and the same {strangers['n_recordings']:,} recordings of "
    f"{words.learned_from(info)} both times: how many of the clips of an emotion it recognises, "
    f"averaged over {words.number(len(emotions))} emotions. Guessing gets "
    f"{100 * strangers['chance']:.0f} %."
)

coverage, right = words.answered(info)
cards = {
    "Listen": f"It answers {100 * coverage:.0f} of 100 strangers' clips, and is right about "
    f"{100 * right:.0f} % of those. On the rest it says that it is not sure.",
    "Explore": f"{sum(corpus['n_recordings'] for corpus in info['corpora']):,} recordings by "
    f"{sum(corpus['n_speakers'] for corpus in info['corpora'])} speakers made this model. See "
    "what they hold.",
    "Retrain": f"{info['n_weights']:,} weights, {len(info['history'])} epochs. Train your own with "
    "sliders.",
    "About": f"Data, licences, protocol and limits of "
    f"{words.number(len(cached.model_names()))} model{'s' * (len(cached.model_names()) != 1)}.",
}
st.subheader("Where to go", anchor=False)
places = [*st.columns(2, border=True), *st.columns(2, border=True)]
for place, (name, said) in zip(places, cards.items(), strict=True):
    with place:
        frame.link(name)
        st.caption(said)

st.subheader("What it is not for", anchor=False)
st.markdown(words.NOT_FOR)
