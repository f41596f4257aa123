"""What was heard when, to download for Praat, ELAN, players, Audacity and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath

import streamlit as st

from ser_core.inference import annotation
from ser_core.inference.annotation_files import Annotated
from ser_core.inference.parties import Party
from ser_core.inference.prediction import Prediction
from ser_core.inference.predictor import Model
from ser_core.language import gettext as _
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

    with st.popover(_("What was heard when"), icon=":material/download:"):
        for name, each in annotation.FORMATS.items():
            st.download_button(
                _("As {kind}").format(kind=_(each.label)),
                written(name),
                file_name=f"{PurePath(recording.name).stem or 'undertone'}{each.suffix}",
                mime=each.mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"{key}-{name}",
            )
        st.caption(
            _(
                "Each stretch with its verdict, how sure it is and what else it may be; which "
                "model said so, and how it is calibrated, stands in the notes. This is what "
                "`python -m ser_core predict --annotations DIR --as textgrid,elan` writes."
            )
        )


def zip_menu(heard: Sequence[tuple[str, Party]], model: Model) -> None:
    """Draw the choice of a format and the button for a zip, written when it is pressed.

    Parameters
    ----------
    heard : sequence of (str, Party)
        The recordings' names, and what was heard of each.
    model : Model
    """

    def several() -> Iterable[Annotated]:
        return (annotation.annotate(model, name, [party]) for name, party in heard)

    chosen = st.selectbox(
        _("What was heard when, as"),
        list(annotation.FORMATS),
        format_func=lambda each: _(annotation.FORMATS[each].label),
        key="many-annotations",
    )
    st.download_button(
        _("As a zip"),
        lambda: annotation.zipped(several(), chosen),
        file_name=f"undertone-{chosen}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption(
        _(
            "One file per recording, as `python -m ser_core predict FOLDER --annotations DIR "
            "--as {format}` writes it."
        ).format(format=chosen)
    )


def whole(recording: Held, model_name: str, heard: Prediction) -> list[Party]:
    """The recording as one party."""
    over_time = cached.over_time(recording.digest, model_name, recording.content)
    return [Party("", heard, tuple(over_time.segments()))]
