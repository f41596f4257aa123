"""Page configuration and navigation. Every page calls `begin` first."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from ui import theme, uploads

ICON = str(Path(__file__).with_name("icon.png"))

PAGES = (
    ("streamlit_app.py", "Home", ":material/home:"),
    ("pages/listen.py", "Listen", ":material/hearing:"),
    ("pages/explore.py", "Explore", ":material/scatter_plot:"),
    ("pages/retrain.py", "Retrain", ":material/tune:"),
    ("pages/about.py", "About", ":material/info:"),
)
"""File, label and icon, in the order of the navigation."""


def begin(title: str, *, wide: bool = False) -> None:
    """Configure the page and draw the navigation.

    Parameters
    ----------
    title : str
        Of the page, for the browser's tab.
    wide : bool
        Use the whole width, for pages with figures side by side.
    """
    st.set_page_config(
        page_title="Undertone" if title == "Undertone" else f"{title} - Undertone",
        page_icon=ICON,
        layout="wide" if wide else "centered",
    )
    uploads.keep_in_memory()
    with st.sidebar:
        st.markdown("### Undertone")
        for path, label, icon in PAGES:
            st.page_link(path, label=label, icon=icon)
        st.caption(
            "Your voice stays in this session's memory. Nothing is written to disk, and it is "
            "gone when you leave."
        )


def link(name: str) -> None:
    """Draw a link to the page of that label."""
    for path, label, icon in PAGES:
        if label == name:
            st.page_link(path, label=label, icon=icon)


def chart(figure: go.Figure, alt: str, *, key: str | None = None) -> None:
    """Draw a chart with its description for those who cannot see it.

    Two equal charts on one page need a key each.
    """
    st.plotly_chart(figure, alt=alt, config=theme.CONFIG, key=key)
