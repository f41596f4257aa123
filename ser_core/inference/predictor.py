"""A bundle in, verdicts out. LiteRT and numpy only: neither TensorFlow nor librosa is imported."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ser_core import audio
from ser_core.audio import AudioSource, Clip
from ser_core.emotions import ORDINARY
from ser_core.inference import bundle, learned, windows
from ser_core.inference.decision import NO_SPEECH, NOT_SURE, Decision
from ser_core.inference.prediction import Prediction, seen_in_training
from ser_core.inference.runners import Runner, runner_of
from ser_core.inference.windows import LONG_S, WINDOW_S, Passages, Windows
from ser_core.speech import quality
from ser_core.speech.activity import Speech, find_speech

Progress = Callable[[float], None]


class Model:
    """A bundle, ready to judge recordings. Safe to share between threads.

    Parameters
    ----------
    source : Bundle
    network : Runner, optional
        Without it, the bundle's own.

    Attributes
    ----------
    source : Bundle
    name : str
    id : str
        The name, and the beginning of its weights' sha256: what annotations say of their origin.
    info : dict
        The content of ``bundle.json``.
    emotions : tuple of str
    decision : Decision
    answers : tuple of str
        The emotions, and ``ordinary`` where the network knows it.
    """

    def __init__(self, source: bundle.Bundle, network: Runner | None = None) -> None:
        self.source = source
        self.name = source.name
        self.id = f"{source.name}@{source.digest[:12]}"
        self.info = source.info
        self.emotions: tuple[str, ...] = tuple(source.info["emotions"])
        self.decision = Decision.from_dict(source.info["decision"])
        self.answers = (*self.emotions, ORDINARY) if self.decision.knows_ordinary else self.emotions
        self._network = network or runner_of(source)
        self._learned = learned.unpack(source.info["learned"])
        # Verdict, timeline and explanation of one clip want the same windows.
        self._windows: WeakKeyDictionary[Clip, Windows] = WeakKeyDictionary()

    @property
    def title(self) -> str:
        """Name for people."""
        return str(self.info["title"])

    def predict(
        self, source: AudioSource, *, max_duration_s: float = audio.LONG_DURATION_S
    ) -> Prediction:
        """Decode and judge a recording.

        Parameters
        ----------
        source : str, Path or bytes
        max_duration_s : float
            Longest recording accepted, in seconds.

        Returns
        -------
        Prediction

        Raises
        ------
        AudioError
            For a recording that cannot be used.
        """
        return self.predict_clip(audio.load(source, max_duration_s=max_duration_s))

    def predict_clip(self, clip: Clip, *, progress: Progress | None = None) -> Prediction:
        """Judge a decoded recording.

        Parameters
        ----------
        clip : Clip
            One longer than `LONG_S` is judged window by window, each weighted by its speech.
        progress : callable, optional
            Told the share done, 0 to 1.

        Returns
        -------
        Prediction
        """
        measured = quality.measure(clip)
        warnings = clip.warnings + quality.warnings_of(measured, clip.duration_s)
        if self.knows(audio.digest(clip.signal)):
            warnings += (seen_in_training(),)
        if clip.duration_s > LONG_S and measured.speech.is_speech:
            values = self.judge_windows(clip, measured.speech, progress=progress).mean()
        else:
            # Without speech nothing is decided; its beginning stands for a long recording.
            values = self.judge(clip.signal[: int(LONG_S * clip.sampling_rate)])
        told = self.decision.told(values[np.newaxis])[0].tolist()
        probabilities = dict.fromkeys((*self.emotions, ORDINARY), 0.0)
        probabilities |= dict(zip(self.answers, told, strict=True))
        best = max(self.emotions, key=lambda name: probabilities[name])
        return Prediction(
            verdict=self.verdicts(values[np.newaxis])[0]
            if measured.speech.is_speech
            else NO_SPEECH,
            emotion=best,
            confidence=probabilities[best],
            probabilities=probabilities,
            duration_s=clip.duration_s,
            warnings=warnings,
        )

    def verdicts(self, shares: NDArray[np.float64]) -> list[str]:
        """The verdicts on speech with these shares, of shape (n, n_outputs)."""
        return [
            self.answers[index] if index >= 0 else NOT_SURE
            for index in self.decision.answers(shares)
        ]

    def judge(self, signal: NDArray[np.float32]) -> NDArray[np.float64]:
        """Shares of one stretch of sound, whatever it holds.

        Parameters
        ----------
        signal : np.ndarray of float32, shape (n_samples,)
            Mono at 16 kHz, some seconds long.

        Returns
        -------
        np.ndarray of float64, shape (n_outputs,)
            Of the `answers`; then, where the network knows ordinary speech, of *neither* (with it
            they sum to 1), and how far the sound lies from all that it learned from
            (`ser_core.training.novelty`).
        """
        return np.asarray(self.judge_all([signal])[0])

    def judge_all(self, signals: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        """`judge` for several stretches, in less time than one by one.

        Returns
        -------
        np.ndarray of float64, shape (n_signals, n_outputs)
        """
        return self.decision.shares(self._network.logits(signals))

    def judge_windows(
        self,
        clip: Clip,
        speech: Speech,
        *,
        progress: Progress | None = None,
        so_far: Callable[[Windows], None] | None = None,
    ) -> Windows:
        """Judge the overlapping windows of a recording that hold speech.

        Parameters
        ----------
        clip : Clip
        speech : Speech
            From `ser_core.speech.activity.find_speech`; with some speech in it.
        progress : callable, optional
            Told the share done, 0 to 1.
        so_far : callable, optional
            Told the next windows as soon as they are known.

        Returns
        -------
        Windows
            At least one.
        """
        if clip in self._windows:
            return self._windows[clip]
        where = windows.spoken(clip, speech)
        centres_s = where.starts_s + min(WINDOW_S, clip.duration_s) / 2
        n_told = 0

        def tell(logits: NDArray[np.float32]) -> None:
            nonlocal n_told
            some = slice(n_told, n_told + len(logits))
            n_told += len(logits)
            if so_far is not None:
                shares = self.decision.shares(logits)
                so_far(Windows(centres_s[some], shares, where.speech_s[some]))

        logits = self._network.along(
            clip.signal, where.bounds, speech, progress=progress, so_far=tell
        )
        self._windows[clip] = Windows(centres_s, self.decision.shares(logits), where.speech_s)
        return self._windows[clip]

    def embed(self, clip: Clip) -> NDArray[np.float32]:
        """What the network is given of a recording, for those who train one of their own.

        Parameters
        ----------
        clip : Clip
            Of one longer than `LONG_S`, the mean over its windows, each weighted by its speech.

        Returns
        -------
        np.ndarray of float32, shape (n_features,)
            Not standardised: the speech encoder's 1,536 numbers (mean and standard deviation over
            time of 384 behind each of two blocks), or the 180 features of the original recipe.
        """
        numbers, speech_s = self.numbers(clip, find_speech(clip))
        return np.average(numbers, axis=0, weights=speech_s).astype(np.float32)

    def embed_passages(self, clip: Clip) -> Passages:
        """The same along a recording, of each of its windows that holds speech.

        Parameters
        ----------
        clip : Clip
            Of any duration; encoded once.

        Returns
        -------
        Passages
            None of them where nobody speaks.
        """
        speech = find_speech(clip)
        if not speech.is_speech:
            nothing = np.zeros(0)
            return Passages(nothing, nothing, nothing, self.numbers(clip, speech)[0][:0])
        where = windows.spoken(clip, speech)
        return Passages(
            starts_s=where.starts_s,
            ends_s=np.minimum(where.starts_s + WINDOW_S, clip.duration_s),
            speech_s=where.speech_s,
            values=self._network.features_along(clip.signal, where.bounds, speech),
        )

    def numbers(
        self, clip: Clip, speech: Speech
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """What the network is given of a recording, whole or window by window.

        Parameters
        ----------
        clip : Clip
        speech : Speech
            From `ser_core.speech.activity.find_speech`.

        Returns
        -------
        numbers : np.ndarray of float32, shape (n, n_features)
            One row, or of a recording longer than `LONG_S` one a window that holds speech.
        speech_s : np.ndarray of float64, shape (n,)
            By which the rows are weighed.
        """
        if clip.duration_s <= LONG_S or not speech.is_speech:
            beginning = clip.signal[: int(LONG_S * clip.sampling_rate)]
            return self._network.features([beginning]), np.ones(1)
        where = windows.spoken(clip, speech)
        each = self._network.features_along(clip.signal, where.bounds, speech)
        return each, where.speech_s

    def judge_numbers(self, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits for rows of `numbers`, shape (n, n_outputs)."""
        return self._network.judge(numbers)

    def try_out(self) -> None:
        """Judge silence; raises what a network raises, or ValueError where it gives nonsense.

        Networks are built at their first use, and nothing tells before whether theirs is one that
        goes with the rest of the bundle.
        """
        with np.errstate(all="ignore"):
            shares = self.judge(np.zeros(audio.SAMPLE_RATE, dtype=np.float32))
        if shares.shape != (len(self.answers) + 2 * self.decision.knows_ordinary,):
            raise ValueError(shares.shape)
        if not np.isfinite(shares).all():
            raise ValueError(shares)

    def knows(self, digest: str) -> bool:
        """Whether it learned from a sound, known by `ser_core.audio.digest`."""
        return learned.holds(self._learned, digest)


def load_model(name_or_path: str | Path | None = None) -> Model:
    """Load a model.

    Parameters
    ----------
    name_or_path : str or Path, optional
        Name of a shipped model, or the folder of a bundle. Without it, the default of the app.

    Returns
    -------
    Model

    Raises
    ------
    BundleError
        For a model that is not there, is damaged, or is not the one that was shipped.

    Examples
    --------
    >>> from ser_core.data import sounds
    >>> model = load_model("ravdess-mlp")
    >>> model.emotions
    ('angry', 'fearful', 'happy', 'sad')
    >>> prediction = model.predict(sounds.make("melody"))
    >>> prediction.verdict, prediction.headline, prediction.decided
    ('no_speech', 'No speech heard', False)
    """
    is_folder = name_or_path is not None and os.path.isdir(name_or_path)
    if is_folder:
        found = bundle.read(Path(str(name_or_path)))
    else:
        found = bundle.read_shipped(None if name_or_path is None else str(name_or_path))
    try:
        model = Model(found)
        # Of a shipped one the registry has said that it is whole.
        if is_folder:
            model.try_out()
    except (LookupError, RuntimeError, TypeError, ValueError) as error:
        raise bundle.damaged(found.name) from error
    return model
