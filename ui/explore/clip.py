"""One clip of the map: its features beside the means, and its sound where that lies here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from ser_core.data import exploring
from ser_core.emotions import shown
from ser_core.errors import AudioError
from ser_core.features import classic
from ser_core.language import gettext as _
from ui import cached, frame, sound_charts
from ui.explore import charts as explore_charts
from ui.explore import story_words


@frame.section()
def draw(clip: pd.Series, titles: Mapping[str, str], holdings: Sequence[exploring.Holding]) -> None:
    """Draw it."""
    licence = next(h.licence for h in holdings if h.corpus == clip["corpus"])
    _profile(clip, titles[clip["corpus"]])
    _sound(clip, titles[clip["corpus"]], licence)


def _profile(clip: pd.Series, corpus: str) -> None:
    """A clip's features beside the means of its emotion and of its speaker."""
    st.markdown(story_words.about_clip(clip, corpus))
    lines = cached.profile(clip["corpus"], clip["name"])
    apart = story_words.closer(exploring.distances(lines), clip["emotion"])
    frame.chart(
        explore_charts.profile(lines, clip["emotion"]),
        alt=_(
            "The 180 features of {name} beside the means of {emotion} and of {speaker}. {apart}"
        ).format(
            name=clip["name"],
            emotion=shown(clip["emotion"]),
            speaker=clip["speaker"],
            apart=apart,
        ),
    )
    st.caption(
        _("Standard deviations from the mean of {corpus}. {apart}").format(
            corpus=corpus, apart=apart
        )
    )


def _sound(clip: pd.Series, corpus: str, licence: str) -> None:
    """A clip to hear and to see, where its recording lies on this server."""
    path = cached.recordings(clip["corpus"]).get(clip["name"])
    content, heard, digest = b"", None, ""
    try:
        content = path.read_bytes() if path else b""
        digest = hashlib.sha256(content).hexdigest()
        heard = cached.clip(digest, content) if content else None
    except (OSError, AudioError):
        pass
    if heard is None:
        st.info(
            _(
                "You cannot hear it here: no corpus audio comes with Undertone. Get {corpus} with "
                "`python -m ser_core fetch {name}`, and its clips play here."
            ).format(corpus=corpus, name=clip["corpus"]),
            icon=":material/volume_off:",
        )
        return
    st.audio(
        cached.playable(digest, content), alt=_("The recording {name}").format(name=clip["name"])
    )
    frame.chart(
        sound_charts.sound(
            heard.signal,
            heard.sampling_rate,
            cached.log_mel(digest, content),
            classic.mel_centres(),
        ),
        alt=_("Waveform and mel spectrogram of {name} on one time axis").format(name=clip["name"]),
    )
    st.caption(
        _("The waveform and the mel spectrogram of `{name}`. {corpus}: {licence}.").format(
            name=clip["name"], corpus=corpus, licence=licence
        )
    )
