"""Before a reload or a closed tab forgets what a visitor said or brought, the browser asks."""

from __future__ import annotations

import streamlit as st

# The question itself is the browser's own: since 2016 none shows a page's words there.
_SCRIPT = """
export default function ({ data }) {
  window.onbeforeunload = data.ask ? (event) => { event.preventDefault(); return ""; } : null;
  return () => { window.onbeforeunload = null; };
}
"""
_component = st.components.v2.component("undertone_leaving", js=_SCRIPT)


def guard(ask: bool) -> None:
    """Draw what asks before the page is left, or what no longer does."""
    _component(key="leaving", data={"ask": ask}, height=1)
