"""The recorder, another one for those with whom it fails, and what to do without a microphone.

Whether the browser gives a microphone is known to the browser only. A component that shows nothing
but a button, and that only where there is something to ask, tells it. It also listens for the pause
that ends a recording.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ser_core import audio
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import frame, held, theme, words

WITHOUT = {
    "insecure": N_(
        "There is no microphone at this address: browsers give one over https or on localhost "
        "only. Open the page that way, or upload a file."
    ),
    "denied": N_(
        "Your browser refuses the microphone. Allow it with the sign beside the page's address "
        "and try again, or upload a file."
    ),
    "missing": N_(
        "There is no microphone on this device. Plug one in and try again, or upload a file."
    ),
    "busy": N_(
        "The microphone does not answer; another program may hold it. Close that and try again, "
        "or upload a file."
    ),
}
"""What is told for each reason that there is no microphone."""

_KEY = "microphone-state"
_STYLE = """
button {
  font: inherit; padding: 0.5rem 0.75rem; cursor: pointer; min-height: 2.5rem;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
button[hidden] { display: none; }
button:hover { border-color: var(--st-primary-color); }
"""
_component = st.components.v2.component(
    "undertone_microphone",
    html='<button type="button"></button>',
    css=_STYLE,
    js=Path(__file__).with_name("microphone.js").read_text(encoding="utf-8"),
)


def record() -> None:
    """Draw the recorder, or what to do without a microphone; takes what was recorded."""
    state = st.session_state.get(_KEY, {}).get("state", "")
    if state in WITHOUT:
        st.warning(_(WITHOUT[state]), icon=":material/mic_off:")
        _watch(state, "" if state == "insecure" else _("Try again"))
        return
    st.markdown(
        _(
            "Say a whole sentence, two seconds or more, as you would say it to somebody. The "
            "recording stops by itself when you pause, and the verdict appears at the top of the "
            "page."
        )
    )
    st.caption(_(words.NOTICE))
    st.audio_input(
        _("Record a sentence"),
        sample_rate=audio.SAMPLE_RATE,
        key=held.key("microphone"),
        on_change=frame.guarded(held.bring),
        args=("microphone",),
    )
    other = st.toggle(_("Trouble with the recorder? Another way to record"), key="other-recorder")
    _watch(state, _("Allow the microphone") if other and state != "granted" else "")
    # It would turn red without a microphone, so it is there only where there is one.
    if other and state == "granted":
        st.markdown(
            _("Press the microphone and speak. It stops by itself after two seconds of silence.")
        )
        # Within a page: Streamlit serves no component of a package that was imported before, by
        # the server, as what Home needs is.
        from audio_recorder_streamlit import audio_recorder

        spoken = audio_recorder(
            text="",
            pause_threshold=2.0,
            neutral_color=theme.ACCENT,
            recording_color=theme.EMOTION_COLOURS["angry"],
            icon_size="2x",
            key=held.key("recorder"),
        )
        held.take("recorder", spoken)


def _watch(known: str, ask: str) -> None:
    """Mount the component; a button with that text asks the browser for the microphone."""
    _component(
        key=_KEY,
        data={"known": known, "ask": ask, "reasons": list(WITHOUT)},
        on_state_change=lambda: None,
    )
