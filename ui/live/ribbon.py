"""The recorder that draws what it hears; its browser's side lies in ``ribbon.js``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from ser_core.emotions import shown
from ser_core.language import gettext as _
from ui import theme
from ui.listen.microphone import WITHOUT
from ui.live import take, words

KEY = "ribbon"

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "undertone_ribbon",
    html=(_HERE / "ribbon.html").read_text(encoding="utf-8"),
    css=(_HERE / "ribbon.css").read_text(encoding="utf-8"),
    js=(_HERE / "ribbon.js").read_text(encoding="utf-8"),
)


def draw(
    current: take.Take | None,
    answers: Sequence[str],
    on_chunk: Callable[[], None],
    on_done: Callable[[], None],
) -> None:
    """Draw the recorder, and tell it what was heard.

    Parameters
    ----------
    current : Take or None
    answers : sequence of str
        What the model can answer.
    on_chunk, on_done : callable
        Called when `sent` has a chunk, and when the take has ended.
    """
    told: dict[str, Any] = {"take": "", "heard": 0, "first": 0, "cells": [], "now": ""}
    if current is not None:
        live, first = current.live, current.first
        told = {
            "take": current.name,
            "heard": live.n_samples,
            "first": first,
            "cells": [
                [verdict, round(float(shares.max()), 3)]
                for verdict, shares in zip(
                    live.verdicts[first:], live.probabilities[first:], strict=True
                )
            ],
            "now": "" if current.done else words.now(live),
            "full": current.full,
            "ended": words.ended(live) if current.done else "",
        }
    told_words = {name: _(text) for name, text in (words.BROWSER | WITHOUT).items()}
    _component(
        key=KEY,
        data=told
        | {
            "most": take.MOST_S,
            "colours": theme.COLOURS,
            "words": told_words | {"legend": list(answers), "names": list(map(shown, answers))},
        },
        on_chunk_change=on_chunk,
        on_done_change=on_done,
    )


def sent(what: str) -> Any:
    """What the browser sent with the trigger of that name; None without one."""
    return st.session_state.get(KEY, {}).get(what)
