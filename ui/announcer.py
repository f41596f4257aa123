"""Brings a new verdict to the visitor: to a screen reader in words, to others into sight."""

from __future__ import annotations

import streamlit as st

_SCRIPT = """
export default function ({ parentElement, data }) {
  const region = parentElement.querySelector("[role=status]");
  if (region.dataset.about === data.about) return;
  region.dataset.about = data.about;
  // Emptied first: a second verdict in the same words is to be said, too.
  region.textContent = "";
  setTimeout(() => {
    region.textContent = data.text;
    // Whoever has scrolled away from where the verdict stands is brought there, no farther.
    document.querySelector(data.at)?.scrollIntoView({ block: "nearest" });
  }, 100);
}
"""
_HIDDEN = (
    "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); "
    "white-space: nowrap"
)
# Without a shadow root: not every screen reader follows a live region into one.
_component = st.components.v2.component(
    "undertone_announcer",
    html=f'<div role="status" aria-live="polite" style="{_HIDDEN}"></div>',
    js=_SCRIPT,
    isolate_styles=False,
)


def announce(text: str, about: str, at: str) -> None:
    """Say a text once for each thing that it is about; must be drawn before there is one.

    Parameters
    ----------
    text : str
        Empty where there is nothing to say yet.
    about : str
        A name for what it is about: another name is news.
    at : str
        A CSS selector of where it stands on the page.
    """
    _component(key="announcer", data={"text": text, "about": about, "at": at}, height=1)
