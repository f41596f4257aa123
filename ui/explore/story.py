"""The story that Explore tells in four steps: where one is, what to look at, back and on."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import announcer, frame
from ui.explore import address

_SEEN = "explore-seen"


@dataclass(frozen=True)
class Step:
    """A step of the story.

    Attributes
    ----------
    title : str
    short : str
        The same for a row of four.
    """

    title: str
    short: str


STEPS = {
    "people": Step(N_("Who is in the data"), N_("The people")),
    "map": Step(N_("The map"), N_("The map")),
    "learning": Step(N_("How it learned"), N_("How it learned")),
    "splits": Step(N_("Why a random split flatters"), N_("The split")),
}


def steps() -> str:
    """The row of the steps; which one is seen."""
    numbers = {name: f"{n}. {_(step.short)}" for n, (name, step) in enumerate(STEPS.items(), 1)}
    chosen = st.segmented_control(
        _("Step"),
        address.STEPS,
        required=True,
        format_func=numbers.__getitem__,
        key="step",
        on_change=address.moved,
        label_visibility="collapsed",
    )
    return str(chosen)


def opening(step: str, text: str) -> None:
    """What the step is called, and what to look at; said to a screen reader when it changes."""
    title = _(STEPS[step].title)
    with st.container(key="step-opening"):
        st.header(title, anchor=False)
        st.markdown(text)
    before = st.session_state.get(_SEEN, step)
    st.session_state[_SEEN] = step
    announcer.announce(f"{title}. {text}" if step != before else "", step, ".stApp h1")


def back_and_on(step: str, where: str) -> None:
    """Back and Next."""
    at = address.STEPS.index(step)
    if at:
        st.button(
            _("Back"),
            icon=":material/arrow_back:",
            key=f"back-{where}",
            on_click=frame.guarded(_go),
            args=(address.STEPS[at - 1],),
        )
    if at + 1 < len(address.STEPS):
        after = address.STEPS[at + 1]
        st.button(
            _("Next: {step}").format(step=_(STEPS[after].title)),
            icon=":material/arrow_forward:",
            icon_position="right",
            type="primary",
            key=f"next-{where}",
            on_click=frame.guarded(_go),
            args=(after,),
        )


def ending(step: str) -> None:
    """The same below what is seen; behind the last step, the page that goes on from here."""
    with st.container(horizontal=True, vertical_alignment="center"):
        back_and_on(step, "below")
        if step == address.STEPS[-1]:
            st.markdown(_("See it happen, with your own sliders:"), width="content")
            frame.link("Retrain")


def _go(step: str) -> None:
    st.session_state.step = step
    address.moved()
