"""The only caches of the project: thin wrappers over ser_core, bounded in number.

Models are shared by all visitors. Everything made from a recording has the scope of one session and
goes when the visitor leaves: a voice never waits in a cache that others' sessions share. Recordings
are known by the sha256 of their bytes; the bytes themselves are not hashed again.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import plotly.graph_objects as go
import soundfile
import streamlit as st

from ser_core import audio, bundle, features
from ser_core.audio import Clip
from ser_core.predictor import Model, Prediction, load_model
from ui import charts


def model_names() -> list[str]:
    """Names of the shipped models, the default first."""
    return bundle.names()


@st.cache_resource(max_entries=6, show_spinner="Getting the model ready")
def model(name: str) -> Model:
    """A model that has judged once, so that the first visitor does not wait for its first call."""
    loaded = load_model(name)
    hum = np.sin(np.arange(audio.SAMPLE_RATE) / 20).astype(np.float32)
    loaded.predict_clip(Clip(signal=hum))
    return loaded


def default_info() -> dict[str, Any]:
    """``bundle.json`` of the default model."""
    return model(model_names()[0]).info


@st.cache_resource(max_entries=4, show_spinner=False, scope="session")
def clip(digest: str, _content: bytes) -> Clip:
    """A decoded recording; raises AudioError."""
    return audio.load(_content)


@st.cache_resource(max_entries=16, show_spinner="Listening", scope="session")
def prediction(digest: str, model_name: str, _content: bytes) -> Prediction:
    """What a model hears in a recording; raises AudioError."""
    return model(model_name).predict_clip(clip(digest, _content))


@st.cache_resource(max_entries=4, show_spinner=False, scope="session")
def sound_chart(digest: str, _content: bytes) -> go.Figure:
    """Waveform and spectrogram of a recording."""
    heard = clip(digest, _content)
    return charts.sound(
        heard.signal,
        heard.sampling_rate,
        features.log_mel(heard.signal),
        features.mel_centres(),
    )


@st.cache_resource(max_entries=4, show_spinner=False, scope="session")
def playable(digest: str, _content: bytes) -> bytes:
    """The recording as the model hears it, as a WAV file that every browser plays."""
    heard = clip(digest, _content)
    file = io.BytesIO()
    soundfile.write(file, heard.signal, heard.sampling_rate, subtype="PCM_16", format="WAV")
    return file.getvalue()
