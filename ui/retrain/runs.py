"""Runs in words and tables, and which of them belong to this visitor."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import secrets
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from ser_core.errors import SerError, SettingsError
from ser_core.inference import bundle
from ser_core.inference.facts import BundleInfo, Report
from ser_core.jobs.files import ID, Run
from ser_core.jobs.manager import KEPT, KEPT_S, Jobs
from ser_core.training.best import kept_epoch
from ser_core.training.flags import as_python, command_line
from ser_core.training.settings import TrainingSettings
from ui import words
from ui.retrain import recipes
from ui.retrain import words as own_words

MOST_IN_TABLE = 8
TESTED = {"speakers": "strangers", "random": "held-out clips of the same people"}
"""What the tested side of each split is."""

_FEW_SPEAKERS = 3


def visitor() -> str:
    """Who this is, without knowing who: the same after a reload, another in another browser.

    Streamlit gives every browser a random cookie of its own. Where there is none, a visitor is as
    long as their session.
    """
    state = st.session_state
    if "visitor" not in state:
        token = _token(str(st.context.cookies.get("_streamlit_xsrf", ""))) or secrets.token_bytes()
        state.visitor = hashlib.sha256(token).hexdigest()[:16]
    return str(state.visitor)


def _token(cookie: str) -> bytes | None:
    """What stays the same in Streamlit's cookie: version|mask|token under the mask|time."""
    try:
        _, mask, masked, _ = cookie.split("|")
        pairs = zip(bytes.fromhex(masked), itertools.cycle(bytes.fromhex(mask)), strict=False)
        return bytes(byte ^ key for byte, key in pairs)
    except ValueError:
        return None


def addressed() -> list[str]:
    """The runs that the address bar names, the one in view first."""
    found = [run_id for run_id in st.query_params.get_all("run") if ID.fullmatch(run_id)]
    return list(dict.fromkeys(found))[:MOST_IN_TABLE]


def tidy_address() -> None:
    """Take a seed that is no whole number out of the address: Streamlit fails on infinity."""
    seed = st.query_params.get("seed")
    if seed is not None and not seed.isdecimal():
        del st.query_params["seed"]
        st.rerun()


def address(run_ids: Iterable[str]) -> None:
    """Write the runs into the address bar."""
    chosen = list(dict.fromkeys(run_ids))[:MOST_IN_TABLE]
    if chosen:
        st.query_params["run"] = chosen
    else:
        st.query_params.pop("run", None)


def here(jobs: Jobs, run_ids: Iterable[str]) -> dict[str, Run]:
    """Those of the runs that the server still has."""
    found = {}
    for run_id in run_ids:
        try:
            found[run_id] = jobs.read(run_id)
        except SettingsError:
            continue
    return found


def why_not_here(jobs: Jobs, run_id: str) -> str:
    """Why a run that the address names is not shown, in words."""
    try:
        jobs.read(run_id)
    except SettingsError as error:
        if error.code != "no_run":
            return error.message
    return (
        "The run in this address is not here any more. Runs are kept for "
        f"{KEPT_S / 3600:.0f} hours, the last {KEPT} of all visitors. Train it again: the same "
        "settings and seed give the same model."
    )


def own_models(jobs: Jobs) -> dict[str, str]:
    """Labels and run ids of the models that this visitor took to Listen and that are still here."""
    taken: dict[str, str] = st.session_state.setdefault("own_models", {})
    for label, run_id in list(taken.items()):
        if not any(run.has_model for run in here(jobs, [run_id]).values()):
            del taken[label]
    return taken


def name(run: Run) -> str:
    """A short name that stays the same wherever the run is shown."""
    return f"{recipes.name_of(run.settings, run.split)} · {run.id[:4]}"


def summary(run: Run) -> str:
    """Its name and settings in one line."""
    told = recipes.described(run.settings, run.split)
    return (
        f"**{name(run)}** · {told['Corpora']} · {told['Emotions']} · "
        f"{told['Split'].lower()} · {told['Layers']} · dropout {told['Dropout']} · "
        f"rate {told['Learning rate']} · batch {told['Batch size']} · seed {told['Seed']}"
    )


def state(run: Run) -> str:
    """Where a running training stands."""
    if run.status == "loading":
        return "Getting ready: a second where a process waits warm, else 5 to 15."
    if run.status == "scoring":
        return "Trained. Scoring it and writing the model."
    done, epochs = len(run.history), run.settings.epochs
    left = run.seconds_left
    after = "" if left is None else f", about {max(1, round(left))} s left"
    return f"Epoch {done} of {epochs}{after}"


def report(info: BundleInfo) -> Report:
    """The report of a run's bundle: it has one."""
    (only,) = info["reports"].values()
    return only


def headline(info: BundleInfo) -> str:
    """How a run did, in one number, with a link to the rest."""
    found = report(info)
    who = "people it knew" if found["protocol"] == "random" else "strangers"
    return (
        f"**{words.score(found['uar'])}** right on average over the emotions, on {who}. "
        "[How it did](#how-it-did)"
    )


def chance(settings: TrainingSettings) -> float:
    """Accuracy of guessing."""
    # One that hears all emotions may also say ordinary, or none of them.
    return 1 / (len(settings.emotions) + 2 * settings.architecture.hears_all)


def right_on(found: Report) -> str:
    """What a report's score is called."""
    who = "people it knew" if found["protocol"] == "random" else "strangers"
    return own_words.RIGHT.format(who=who)


def figures(found: Report) -> str:
    """What else there is to know of a score."""
    return (
        f"The score's 95% interval, by bootstrap over speakers: {words.interval(found['uar'])}. "
        f"Right of all clips: {words.score(found['accuracy'])} "
        f"({words.interval(found['accuracy'])}). Guessing gets {words.nearest(found['chance'])}. "
        "One fifth was tested; which one depends on the seed, so try another before you believe a "
        "difference."
    )


def tested_on(found: Report) -> str:
    """What a report was measured on, in words."""
    clips, speakers = f"{found['n_recordings']:,} clips", found["n_speakers"]
    people = f"{words.number(speakers)} speaker{'s' * (speakers != 1)}"
    if found["protocol"] == "random":
        return (
            f"Measured on {clips} of {people}, **all of whom were heard in training**: it says how "
            "well the model knows these people, not how it would do with you."
        )
    said = f"Measured on {clips} of {people} whom it never heard in training."
    if speakers < _FEW_SPEAKERS:
        said += " So few people prove little, and the interval cannot know it."
    return said


def kept(history: Sequence[dict[str, float]]) -> dict[str, float]:
    """The figures of the epoch whose weights are kept."""
    return history[(kept_epoch(history) or len(history)) - 1]


def chosen(history: Sequence[dict[str, float]], split: str) -> str:
    """Which epoch is kept and who chose it, in words; empty where it is simply the last."""
    best = kept_epoch(history)
    if best is None:
        return ""
    who = "some of its speakers" if split == "speakers" else "some of its clips"
    return (
        f"Epoch {best} of {len(history)} is kept: {who} were kept aside to choose it, and did best "
        "there. Nothing that it is tested on had a say."
    )


def gap(history: Sequence[dict[str, float]], split: str) -> str:
    """What lies between training and the tested side in what is kept, in words."""
    last = kept(history)
    learned, tested = last["accuracy"], last["val_accuracy"]
    side = TESTED[split]
    said = (
        f"It is right about {words.nearest(learned)} of the clips it learned from and "
        f"{words.nearest(tested)} of {'the ' * (split == 'random')}{side}"
        f"{chr(39) * (split == 'speakers')}{' clips' * (split == 'speakers')}: "
    )
    points = round(100 * (learned - tested))
    if points >= 25:
        said += f"a gap of {points} points. It has learned its speakers by heart."
    elif points >= 10:
        said += f"a gap of {points} points. Some of what it learned holds for its speakers only."
    elif points > 0:
        said += f"a gap of only {points} points. What it learned, it learned about voices."
    else:
        said += "no gap. It has room to learn more."
    if kept_epoch(history) is not None:
        return said
    best = max(history, key=lambda point: point["val_accuracy"])
    lowest = min(history, key=lambda point: point["val_loss"])
    if lowest["epoch"] < 0.7 * last["epoch"] and last["val_loss"] > 1.1 * lowest["val_loss"]:
        said += (
            f" The loss on {side} was lowest in epoch {lowest['epoch']:.0f} and has risen since: "
            "it grew surer of its mistakes."
        )
    elif best["epoch"] == last["epoch"] and points > 0 and len(history) > 1:
        said += " Its best epoch was the last: it might gain from more."
    return said


def table(runs: Sequence[Run], infos: dict[str, BundleInfo]) -> tuple[pd.DataFrame, list[str]]:
    """One row a run, and the settings in which they differ.

    Parameters
    ----------
    runs : sequence of Run
    infos : dict
        ``bundle.json`` of those that have one, by run id.

    Returns
    -------
    pandas.DataFrame
        Scores, time and every setting; the settings that differ come first, marked with a sign.
    list of str
        Names of the settings that differ.
    """
    settings = pd.DataFrame([recipes.described(run.settings, run.split) for run in runs])
    differing = [str(column) for column in settings if settings[column].nunique() > 1]
    rows = []
    for run in runs:
        found = report(infos[run.id]) if run.id in infos else None
        learned = kept(run.history)["accuracy"] if run.history else None
        rows.append(
            {
                "Run": name(run),
                "State": {"done": "trained", "loading": "starting"}.get(run.status, run.status),
                "Right on average": words.score(found["uar"]) if found else "none",
                "95% interval": words.interval(found["uar"]) if found else "",
                "Right in training": "" if learned is None else words.nearest(learned),
                "Time": f"{run.seconds:.0f} s",
            }
        )
    rest = [column for column in settings if column not in differing]
    settings = settings[differing + rest].rename(columns={c: f"≠ {c}" for c in differing})
    return pd.concat([pd.DataFrame(rows), settings], axis=1), differing


def zipped(folder: Path) -> bytes:
    """A bundle as a zip file whose one folder is the bundle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{folder.name}/{path.name}")
    return file.getvalue()


def info(folder: Path) -> BundleInfo:
    """The ``bundle.json`` of a run; raises BundleError."""
    return bundle.read(folder).info


def infos(jobs: Jobs, runs: Iterable[Run]) -> dict[str, BundleInfo]:
    """``bundle.json`` of those that have one that can be read, by run id."""
    found = {}
    for run in runs:
        if run.ended and run.has_model:
            with contextlib.suppress(SerError):
                found[run.id] = info(jobs.bundle(run.id))
    return found


def command(run: Run) -> str:
    """The command that trains the same model."""
    return command_line(run.settings, run.split)


def snippet(run: Run) -> str:
    """Python that trains the same model."""
    return f"""\
from pathlib import Path

from ser_core.training.gathering import gather
from ser_core.training.settings import NetworkSettings, TrainingSettings
from ser_core.workflow import train_and_hold_out

settings = {as_python(run.settings)}
examples = gather(settings, None)  # None: the committed feature tables
train_and_hold_out(settings, examples, Path("my-model"), split={run.split!r})
"""
