"""About: a card for each shipped model, read from its bundle, and what happens to your voice."""

import streamlit as st

from ser_core import figures
from ser_core.language import gettext as _
from ui import cached, frame, html_charts, promises, words
from ui.about import words as about_words
from ui.listen import words as listen_words

frame.begin("About")
st.title(_("About"), anchor=False)
st.markdown(
    _(
        "Undertone hears how something is said. Every figure below comes from the model it "
        "describes, and says on what data and which split it was measured."
    )
)

names = frame.needed(cached.model_names)
titles = frame.needed(lambda: {name: _(cached.model(name).title) for name in names})
chosen = names[0]
if len(names) > 1:
    chosen = st.selectbox(_("Model"), names, format_func=titles.__getitem__)
model = cached.model(chosen)
info, reports = model.info, model.info["reports"]
strangers = reports["speakers"]

with frame.section():
    st.header(titles[chosen], anchor=False)
    st.markdown(
        _(
            "A network of {weights} weights that tells apart {answers}. Its name in the library "
            "and on the command line is `{name}`."
        ).format(
            weights=figures.number(info["n_weights"]),
            answers=words.emotions(words.answer_names(info), "and"),
            name=model.name,
        )
    )

with frame.section():
    st.subheader(_("How often it is right"), anchor=False)
    measured = [reports[name] for name in words.PROTOCOLS if name in reports]
    rows = [(_("Strangers"), strangers["uar"])]
    rows += [
        (_("Strangers, {gender}").format(gender=_(name)), part["uar"])
        for name, part in strangers["by_gender"].items()
    ]
    if len(strangers["by_corpus"]) > 1:
        rows += [
            (words.title(info, name), part["uar"]) for name, part in strangers["by_corpus"].items()
        ]
    rows += [
        (_(words.PROTOCOLS[report["protocol"]]), report["uar"])
        for report in measured
        if report is not strangers
    ]
    frame.picture(
        html_charts.scores(rows, strangers["chance"]),
        alt=_("Unweighted average recall with its 95%\u00a0interval: {scores}").format(
            scores=", ".join(
                f"{label} {words.score(row)} ({words.interval(row)})" for label, row in rows
            )
        ),
    )
    st.caption(
        _(
            "Right on average over the emotions (unweighted average recall, UAR): how many of "
            "the clips of each emotion it recognises, averaged over the emotions. Whiskers are "
            "95%\u00a0intervals by bootstrap over speakers. A random split flatters, because "
            "the same voices are in training and test: believe the strangers."
        )
    )
    st.markdown("\n".join(f"- {about_words.protocol(report)}" for report in measured))
    how = frame.deeper(_("How to measure it again"), "measure")
    if how.open:
        with how:
            for report in measured:
                st.code(report["command"], language="bash", wrap_lines=True)

    st.markdown(_("**By emotion, about strangers**"))
    st.markdown(about_words.emotion_table(info["emotions"], strangers))
    served = info["decision"].get("served", {}).get("speakers")
    others = about_words.ordinary_table(served) if served else None
    if others:
        st.markdown(_("**Voices that have none of them, about strangers**"))
        st.markdown(others)
    answers = promises.answers(info)
    if answers:
        st.markdown(f"{about_words.doubt(info)} {answers} {about_words.off_by(info)}")

with frame.section():
    st.subheader(_("Where it is known to fail"), anchor=False)
    st.markdown(about_words.known_failures(info, cached.noise_scores().get(model.name)))

with frame.section():
    checked = cached.faithfulness().get(model.name)
    if checked:
        st.subheader(_("How true its explanations are"), anchor=False)
        st.markdown(listen_words.faithful(checked))
        how = frame.deeper(_("How to check it again"), "check")
        if how.open:
            with how:
                st.code(checked["command"], language="bash", wrap_lines=True)

with frame.section():
    st.subheader(_("What it learned from"), anchor=False)
    st.markdown(about_words.corpus_table(info["corpora"]))
    st.caption(
        _(
            "All of it is acted, in studios, by adults. The weights carry the licences of their "
            "data. Undertone contains no audio from these corpora."
        )
    )
    how = frame.deeper(_("How to cite the data"), "cite")
    if how.open:
        with how:
            for corpus in info["corpora"]:
                st.code(corpus["citation"], language="bibtex", wrap_lines=True)

st.subheader(_("Not to be used for"), anchor=False)
st.markdown(_(words.NOT_FOR))

st.subheader(_("Your voice"), anchor=False)
st.markdown(
    _(
        """
- Recordings and files stay in this server's memory. Nothing is written to disk, and only the
  browser that sent a recording can play it.
- Clear deletes a recording and everything made from it at once. Closing the page does so within
  two minutes: it waits that long for you to come back.
- Nothing is sent to anyone else: the model runs on this server, and the page loads nothing from
  elsewhere.
"""
    )
)
