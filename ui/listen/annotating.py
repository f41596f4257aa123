"""What was heard when, to download for Praat, ELAN, players, Audacity and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath

import streamlit as st

from ser_core.inference import annotation
from ser_core.inference.parties import Party
from ser_core.inference.prediction import Prediction
from ui import cached
from ui.held import Held


def menu(
    recording: Held, model_name: str, parties: Callable[[], Sequence[Party]], *, key: str
) -> None:
    """Draw the menu; a file is written when it is chosen.

    Parameters
    ----------
    recording : Held
    model_name : str
    parties : callable
        Gives what was heard: of the whole, or of each channel.
    key : str
        Tells one menu of the page from another.
    """

    def written(name: str) -> Callable[[], bytes]:
        def write() -> bytes:
            model = cached.model(model_name)
            return annotation.write(annotation.annotate(model, recording.name, parties()), name)

        return write

    with st.popover("What was heard when", icon=":material/download:"):
        for name, each in annotation.FORMATS.items():
            st.download_button(
                f"As {each.label}",
                written(name),
                file_name=f"{PurePath(recording.name).stem or 'undertone'}{each.suffix}",
                mime=each.mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"{key}-{name}",
            )
        st.caption(
            "Each stretch with its verdict, how sure it is and what else it may be; which model "
            "said so, and how it is calibrated, stands in the notes. What "
            "`python -m ser_core predict --annotations DIR --as textgrid,elan` writes."
        )


def whole(recording: Held, model_name: str, heard: Prediction) -> list[Party]:
    """The recording as one party."""
    over_time = cached.over_time(recording.digest, model_name, recording.content)
    return [Party("", heard, tuple(over_time.segments()))]
