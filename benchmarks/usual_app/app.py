"""The same app as it is usually written: the yardstick of ``python -m benchmarks.usual``.

Usual is what tutorials of emotion in speech show: the upload goes to ``librosa.load``; MFCCs,
chroma and a mel spectrogram are means over time, from a transform of their own each; the Keras
model, read once (``st.cache_resource``), predicts; a waveform, a spectrogram and the four
probabilities are drawn with matplotlib. It has one page, and none of the rest: no check of quality
or speech, no doubt, no timeline, no explanation. It uses the weights of Undertone's
``ravdess-mlp``; what it says is not to be believed, because they learned from features that are
measured another way.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import keras
import librosa
import matplotlib.pyplot as plt
import numpy as np
import streamlit as st
from librosa.display import specshow, waveshow

MODEL = Path(__file__).resolve().parents[2] / "models" / "ravdess-mlp"


@st.cache_resource
def load_model() -> tuple[Any, dict[str, Any]]:
    bundle = json.loads((MODEL / "bundle.json").read_text())
    return keras.models.load_model(MODEL / "model.keras"), bundle


def extract_features(signal: Any, rate: float) -> Any:
    mfcc = np.mean(librosa.feature.mfcc(y=signal, sr=rate, n_mfcc=40).T, axis=0)
    chroma = np.mean(librosa.feature.chroma_stft(y=signal, sr=rate).T, axis=0)
    mel = np.mean(librosa.feature.melspectrogram(y=signal, sr=rate).T, axis=0)
    return np.hstack([mfcc, chroma, mel])


def plot_waveform(signal: Any, rate: float) -> None:
    figure, axes = plt.subplots(figsize=(10, 3))
    waveshow(signal, sr=rate, ax=axes)
    axes.set_title("Waveform")
    st.pyplot(figure)
    plt.close(figure)


def plot_spectrogram(signal: Any, rate: float) -> None:
    figure, axes = plt.subplots(figsize=(10, 4))
    power = librosa.feature.melspectrogram(y=signal, sr=rate)
    shown = specshow(
        librosa.power_to_db(power, ref=np.max), sr=rate, x_axis="time", y_axis="mel", ax=axes
    )
    figure.colorbar(shown, ax=axes, format="%+2.0f dB")
    axes.set_title("Mel spectrogram")
    st.pyplot(figure)
    plt.close(figure)


def plot_probabilities(emotions: list[str], probabilities: Any) -> None:
    figure, axes = plt.subplots(figsize=(10, 3))
    axes.bar(emotions, probabilities)
    axes.set_ylim(0, 1)
    axes.set_title("Probabilities")
    st.pyplot(figure)
    plt.close(figure)


st.title("Speech Emotion Recognition")
uploaded = st.file_uploader("Upload an audio file", type=["wav", "mp3", "ogg"])
if uploaded is not None:
    content = uploaded.getvalue()
    st.audio(content)
    signal, rate = librosa.load(io.BytesIO(content))
    model, bundle = load_model()
    scaler = bundle["scaler"]
    features = (extract_features(signal, rate) - scaler["mean"]) / scaler["scale"]
    (probabilities,) = model.predict(features[np.newaxis])
    st.header(f"Predicted emotion: {bundle['emotions'][int(np.argmax(probabilities))]}")
    plot_waveform(signal, rate)
    plot_spectrogram(signal, rate)
    plot_probabilities(bundle["emotions"], probabilities)
