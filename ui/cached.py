"""The only caches of the project: thin wrappers over ser_core, bounded in number.

Models are shared by all visitors. Everything made from a recording has the scope of one session and
goes when the visitor leaves: a voice never waits in a cache that others' sessions share. Recordings
are known by the sha256 of their bytes; the bytes themselves are not hashed again.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import soundfile
import streamlit as st

from ser_core import audio, bundle, exploring, features, tables
from ser_core.audio import Clip
from ser_core.gathering import default_data
from ser_core.jobs import ID, Jobs
from ser_core.predictor import Model, Prediction, load_model
from ui import charts, runs


def model_names() -> list[str]:
    """Names of the shipped models, the default first."""
    return bundle.names()


@st.cache_resource(max_entries=6, show_spinner="Getting the model ready")
def model(name: str) -> Model:
    """A model that has judged once, so that the first visitor does not wait for its first call.

    Shipped models by their name, models that this server trained by the id of their run.
    """
    own = ID.fullmatch(name) and name not in model_names()
    loaded = load_model(jobs().bundle(name) if own else name)
    hum = np.sin(np.arange(audio.SAMPLE_RATE) / 20).astype(np.float32)
    loaded.predict_clip(Clip(signal=hum))
    return loaded


def models() -> list[Model]:
    """The shipped models, the default first."""
    return [model(name) for name in model_names()]


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


@st.cache_resource(max_entries=1, show_spinner=False)
def clips() -> pd.DataFrame:
    """Every recording of the committed tables; raises CorpusError. Not to be changed."""
    return exploring.manifest()


@st.cache_resource(max_entries=1, show_spinner=False)
def holdings() -> list[exploring.Holding]:
    """What each table holds and leaves out; raises CorpusError."""
    return exploring.holdings(clips())


@st.cache_resource(max_entries=1, show_spinner=False)
def clip_map() -> tuple[pd.DataFrame, dict[str, Any]]:
    """The clips that have features with their places; raises CorpusError. Not to be changed."""
    return exploring.place(clips())


@st.cache_resource(max_entries=3, show_spinner=False)
def profile(corpus: str, name: str) -> pd.DataFrame:
    """A clip's features beside the means of its emotion and of its speaker; raises CorpusError."""
    return exploring.profile(feature_table(corpus), name)


@st.cache_resource(max_entries=3, show_spinner=False)
def feature_table(corpus: str) -> pd.DataFrame:
    """A corpus's table with its features; raises CorpusError. Not to be changed."""
    return tables.read([corpus])


# Searching a folder of thousands of files takes a moment; recordings seldom come or go.
@st.cache_resource(max_entries=8, ttl=600, show_spinner=False)
def recordings(corpus: str) -> dict[str, Path]:
    """Where the recordings of a corpus lie on this server, by name; empty if nowhere."""
    return exploring.recordings(corpus, default_data())


@st.cache_resource(max_entries=1, show_spinner=False)
def transfer() -> dict[str, Any]:
    """The train-on, test-on matrix; raises CorpusError."""
    return exploring.transfer()


@st.cache_resource(max_entries=1, show_spinner=False)
def jobs() -> Jobs:
    """The trainings of this server."""
    return Jobs()


# Bundles never change once they are written.
@st.cache_resource(max_entries=32, show_spinner=False)
def run_info(run_id: str) -> dict[str, Any]:
    """``bundle.json`` of a run; raises SettingsError. Not to be changed."""
    return runs.info(jobs().bundle(run_id))
