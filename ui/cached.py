"""The only caches of the project: thin wrappers over ser_core, bounded in number.

Models are shared by all visitors. Everything made from a recording belongs to one visit and goes
with it (`ui.kept`): a voice never waits in a cache that others share. Recordings are known by the
sha256 of their bytes; the bytes themselves are not hashed again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
import streamlit as st
from numpy.typing import NDArray

from ser_core import audio
from ser_core.assets import datafiles
from ser_core.audio import Clip, denoise
from ser_core.data import exploring, projecting, reported, sounds, tables, unheard, voice
from ser_core.errors import BundleError
from ser_core.evaluation import listeners as people
from ser_core.features import pictures
from ser_core.inference import bundle
from ser_core.inference.explanation import CHECKS, Check, Explanation, explain
from ser_core.inference.facts import BundleInfo
from ser_core.inference.parties import Party, hear_apart
from ser_core.inference.prediction import Prediction
from ser_core.inference.predictor import Model, Progress, load_model
from ser_core.inference.timeline import Timeline, timeline
from ser_core.jobs.files import ID
from ser_core.jobs.manager import Jobs
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.speech import quality
from ser_core.training.gathering import default_data
from ui import inside, kept
from ui.retrain import runs

_READY: set[str] = set()


def model_names() -> list[str]:
    """Names of the shipped models, the default first."""
    return bundle.names()


def own_model() -> Model | None:
    """The model of a visitor's own recordings that they took to Listen; for this visit only."""
    return st.session_state.get("own_model")


def model(name: str) -> Model:
    """A model: one of the visit's own, or one that visits share."""
    own = own_model()
    if own is not None and own.name == name:
        return own
    if name in _READY:
        return _shared(name)
    # Streamlit's own spinner would say it in one language to all.
    with st.spinner(_("Getting the model ready")):
        loaded = _shared(name)
    _READY.add(name)
    return loaded


@st.cache_resource(max_entries=6, show_spinner=False)
def _shared(name: str) -> Model:
    """A model that has judged once, so that the first visitor does not wait for its first call.

    Shipped models by their name, models that this server trained by the id of their run.
    """
    own = ID.fullmatch(name) and name not in model_names()
    loaded = load_model(jobs().bundle(name) if own else name)
    hum = np.sin(np.arange(audio.SAMPLE_RATE) / 20).astype(np.float32)
    loaded.predict_clip(Clip(signal=hum))
    # The first phone recording does not wait for its decoder's start either.
    audio.warm()
    if not own:
        # Streamlit collects garbage after each run of a page: it need not look through modules and
        # models, which never die, each time. That is half of what a verdict costs the server.
        gc.collect()
        gc.freeze()
    return loaded


def models() -> list[Model]:
    """The shipped models, the default first."""
    return [model(name) for name in model_names()]


def default_info() -> BundleInfo:
    """``bundle.json`` of the default model."""
    return model(model_names()[0]).info


# Few, for ten minutes of sound are 38 MB.
@kept.of_recording(3, turn=lambda _digest, content: kept.decoding(content))
def clip(digest: str, _content: bytes) -> Clip:
    """A decoded recording; raises AudioError."""
    return audio.load(_content, max_duration_s=audio.LONG_DURATION_S)


@kept.of_recording(100)
def duration_s(digest: str, _content: bytes) -> float:
    """How long a recording is, in seconds; raises AudioError."""
    return clip(digest, _content).duration_s


def turn(digest: str, content: bytes) -> contextlib.AbstractContextManager[object]:
    """Wait until a recording may be worked on; raises AudioError."""
    return kept.one_at_a_time(duration_s(digest, content))


@kept.of_recording(16)
def _judged(digest: str, model_name: str) -> dict[str, Any]:
    """A place for what is made with progress, which a cached function cannot show."""
    return {}


def prediction(
    digest: str, model_name: str, content: bytes, *, progress: Progress | None = None
) -> Prediction:
    """What a model hears in a recording; raises AudioError."""
    judged = _judged(digest, model_name)
    if "prediction" not in judged:
        with turn(digest, content):
            recording = clip(digest, content)
            judged["prediction"] = model(model_name).predict_clip(recording, progress=progress)
    heard: Prediction = judged["prediction"]
    return heard


def over_time(
    digest: str,
    model_name: str,
    content: bytes,
    *,
    progress: Progress | None = None,
    so_far: Callable[[Timeline], None] | None = None,
) -> Timeline:
    """What a model hears when; raises AudioError."""
    judged = _judged(digest, model_name)
    if "timeline" not in judged:
        with turn(digest, content):
            judged["timeline"] = timeline(
                model(model_name), clip(digest, content), progress=progress, so_far=so_far
            )
    heard: Timeline = judged["timeline"]
    return heard


def parties(digest: str, model_name: str, content: bytes) -> list[Party]:
    """What a model hears in each channel; raises AudioError."""
    judged = _judged(digest, model_name)
    if "parties" not in judged:
        with turn(digest, content):
            judged["parties"] = list(hear_apart(model(model_name), content))
    found: list[Party] = judged["parties"]
    return found


def is_judged(digest: str, model_name: str) -> bool:
    """Whether prediction and timeline are ready."""
    return {"prediction", "timeline"} <= _judged(digest, model_name).keys()


@kept.of_recording(2, turn=turn)
def log_mel(digest: str, _content: bytes) -> NDArray[np.float32]:
    """Log-mel spectrogram of a recording. Not to be changed."""
    return pictures.log_mel(clip(digest, _content).signal)


@kept.of_recording(4, spinner=N_("Asking what carried it"), turn=turn)
def explanation(digest: str, model_name: str, emotion: str | None, _content: bytes) -> Explanation:
    """What carried a verdict; raises AudioError."""
    return explain(model(model_name), clip(digest, _content), emotion)


@kept.of_recording(4, turn=turn)
def quality_measures(digest: str, _content: bytes) -> quality.Measures:
    """The quality check's numbers."""
    return quality.measure(clip(digest, _content))


@kept.of_recording(4, spinner=N_("Measuring the voice"), turn=turn)
def voice_measures(digest: str, _content: bytes) -> voice.VoiceMeasures:
    """A voice in numbers."""
    return voice.measures(clip(digest, _content))


@st.cache_resource(max_entries=1, show_spinner=False)
def voice_spread() -> voice.Spread:
    """The corpora's spread of each measure; raises CorpusError. Not to be changed."""
    return voice.spread()


@st.cache_resource(max_entries=1, show_spinner=False)
def faithfulness() -> dict[str, Check]:
    """How true each model's explanations are, by its name; raises DataError."""
    return datafiles.read_json(CHECKS)


@st.cache_resource(max_entries=1, show_spinner=False)
def noise_scores() -> dict[str, reported.NoiseScores]:
    """How much each model keeps in noise, by its name; raises DataError."""
    return datafiles.read_json(tables.DATA_DIR / "noise.json")


@kept.of_recording(1, spinner=N_("Reducing the noise"), turn=turn)
def cleaned(digest: str, _content: bytes) -> bytes:
    """A recording with its steady noise reduced, as a WAV file."""
    heard = clip(digest, _content)
    return wav(denoise.reduce_noise(heard.signal, heard.sampling_rate), heard.sampling_rate)


@kept.of_recording(2, turn=turn)
def playable(digest: str, _content: bytes) -> bytes:
    """The recording as the model hears it, as a WAV file that every browser plays."""
    heard = clip(digest, _content)
    return wav(heard.signal, heard.sampling_rate)


def forget() -> None:
    """Drop all that was made from recordings in this visit."""
    kept.KEPT.forget(inside.visit())


def wav(signal: NDArray[np.float32], sampling_rate: int) -> bytes:
    """A 16-bit WAV file."""
    file = io.BytesIO()
    soundfile.write(file, signal, sampling_rate, subtype="PCM_16", format="WAV")
    return file.getvalue()


@st.cache_resource(max_entries=len(sounds.SOUNDS), show_spinner=False)
def synthetic_sound(name: str) -> bytes:
    """One of the sounds to try, as a WAV file; shared, for it is nobody's voice."""
    return sounds.make(name)


def fetched() -> dict[unheard.Clip, bytes]:
    """The clips of actors whom no model heard that are here, whole; raises CorpusError."""
    return _fetched(*_fetched_state())


def fetched_heard() -> dict[unheard.Clip, Prediction]:
    """What the default model hears in them, without warnings; raises SerError."""
    return _fetched_heard(*_fetched_state(), model_names()[0])


def _fetched_state() -> tuple[str, int]:
    """Where they lie, and what tells whether any came since."""
    place = unheard.folder()
    return str(place), place.stat().st_mtime_ns if place.is_dir() else 0


@st.cache_resource(max_entries=1, show_spinner=False)
def _fetched(place: str, changed_ns: int) -> dict[unheard.Clip, bytes]:
    contents = {clip: unheard.read(clip) for clip in unheard.clips()}
    return {clip: content for clip, content in contents.items() if content is not None}


# What a warning says is in the language of whoever came first.
@st.cache_resource(max_entries=1, show_spinner=False)
def _fetched_heard(place: str, changed_ns: int, name: str) -> dict[unheard.Clip, Prediction]:
    return {
        clip: dataclasses.replace(model(name).predict(content), warnings=())
        for clip, content in _fetched(place, changed_ns).items()
    }


@st.cache_resource(max_entries=1, show_spinner=False)
def clips() -> pd.DataFrame:
    """Every recording of the committed tables; raises CorpusError. Not to be changed."""
    return exploring.manifest()


@st.cache_resource(max_entries=1, show_spinner=False)
def holdings() -> list[exploring.Holding]:
    """What each table holds and leaves out; raises CorpusError."""
    return exploring.holdings(clips())


@st.cache_resource(max_entries=2, show_spinner=False)
def clip_map(vector: str) -> tuple[pd.DataFrame, projecting.MapFacts]:
    """The clips that have features with their places; raises CorpusError. Not to be changed."""
    return exploring.place(clips(), vector)


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
def transfer() -> reported.Matrix:
    """The train-on, test-on matrix; raises CorpusError."""
    return reported.transfer()


@st.cache_resource(max_entries=1, show_spinner=False)
def listeners() -> pd.DataFrame:
    """CREMA-D's listeners beside the model; raises DataError. Not to be changed."""
    return people.read()


@st.cache_resource(max_entries=1, show_spinner=False)
def jobs() -> Jobs:
    """The trainings of this server."""
    return Jobs()


@st.cache_resource(max_entries=1, show_spinner=False)
def shipped_infos() -> list[BundleInfo]:
    """``bundle.json`` of each shipped model that is whole, without its network."""
    found = []
    for name in model_names():
        with contextlib.suppress(BundleError):
            found.append(bundle.read_shipped(name).info)
    return found


# Bundles never change once they are written.
@st.cache_resource(max_entries=32, show_spinner=False)
def run_info(run_id: str) -> BundleInfo:
    """``bundle.json`` of a run; raises SettingsError or BundleError. Not to be changed."""
    return runs.info(jobs().bundle(run_id))
