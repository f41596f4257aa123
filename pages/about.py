"""About: a card for each shipped model, read from its bundle, and what happens to your voice."""

import streamlit as st

from ui import cached, charts, frame, words
from ui.about import words as about_words
from ui.listen import words as listen_words

frame.begin("About")
st.title("About", anchor=False)
st.markdown(
    "Undertone hears how something is said. Every figure below is read from the model it is "
    "about, and says on what data and which split it was measured."
)

names = frame.needed(cached.model_names)
titles = frame.needed(lambda: {name: cached.model(name).title for name in names})
chosen = names[0]
if len(names) > 1:
    chosen = st.selectbox("Model", names, format_func=titles.__getitem__)
model = cached.model(chosen)
info, reports = model.info, model.info["reports"]
strangers = reports["speakers"]

with frame.section():
    st.header(model.title, anchor=False)
    st.markdown(
        f"A network of {info['n_weights']:,} weights that tells apart "
        f"{words.listing(words.answer_names(info))}. Its name in the library and on the command "
        f"line is `{model.name}`."
    )

with frame.section():
    st.subheader("How often it is right", anchor=False)
    measured = [reports[name] for name in words.PROTOCOLS if name in reports]
    rows = [("Strangers", strangers["uar"])]
    rows += [(f"Strangers, {name}", part["uar"]) for name, part in strangers["by_gender"].items()]
    if len(strangers["by_corpus"]) > 1:
        rows += [
            (words.title(info, name), part["uar"]) for name, part in strangers["by_corpus"].items()
        ]
    rows += [
        (words.PROTOCOLS[report["protocol"]], report["uar"])
        for report in measured
        if report is not strangers
    ]
    frame.chart(
        charts.scores(rows, strangers["chance"]),
        alt="Unweighted average recall with its 95% interval: "
        + ", ".join(f"{label} {words.score(row)} ({words.interval(row)})" for label, row in rows),
    )
    st.caption(
        "Unweighted average recall (UAR): how many of the clips of an emotion it recognises, "
        "averaged over the emotions. Whiskers are 95% intervals by bootstrap over speakers. "
        "A random split flatters, because the same voices are in training and test: believe the "
        "strangers."
    )
    st.markdown("\n".join(f"- {about_words.protocol(report)}" for report in measured))
    with st.expander("How to measure it again"):
        for report in measured:
            st.code(report["command"], language="bash", wrap_lines=True)

    st.markdown("**By emotion, about strangers**")
    st.markdown(about_words.emotion_table(info["emotions"], strangers))
    served = info["decision"].get("served", {}).get("speakers")
    others = about_words.ordinary_table(served) if served else None
    if others:
        st.markdown("**Voices that have none of them, about strangers**")
        st.markdown(others)
    answers = words.answers(info)
    if answers:
        st.markdown(
            f"{about_words.doubt(info)} {answers} Its percentages are off by "
            f"{about_words.calibration_errors(info)} on average (expected calibration error)."
        )

with frame.section():
    st.subheader("Where it is known to fail", anchor=False)
    st.markdown(about_words.known_failures(info, cached.noise_scores().get(model.name)))

with frame.section():
    checked = cached.faithfulness().get(model.name)
    if checked:
        st.subheader("How true its explanations are", anchor=False)
        st.markdown(listen_words.faithful(checked))
        with st.expander("How to check it again"):
            st.code(checked["command"], language="bash", wrap_lines=True)

with frame.section():
    st.subheader("What it learned from", anchor=False)
    st.markdown(about_words.corpus_table(info["corpora"]))
    st.caption(
        "All of it is acted, in studios, by adults. The weights carry the licences of their data. "
        "No corpus audio is in Undertone."
    )
    with st.expander("How to cite the data"):
        for corpus in info["corpora"]:
            st.code(corpus["citation"], language="bibtex", wrap_lines=True)

st.subheader("Not to be used for", anchor=False)
st.markdown(words.NOT_FOR)

st.subheader("Your voice", anchor=False)
st.markdown(
    """
- Recordings and files stay in this server's memory. Nothing is written to disk, and only the
  browser that sent a recording can play it.
- Clear deletes a recording and all that was made from it at once. Closing the page does so within
  two minutes: for so long it waits for you to come back.
- Nothing is sent to anybody else: the model runs on this server, and the page loads nothing from
  elsewhere.
"""
)
