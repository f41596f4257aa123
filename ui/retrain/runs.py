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

from ser_core import figures
from ser_core.errors import SerError, SettingsError
from ser_core.inference import bundle
from ser_core.inference.facts import BundleInfo, Report
from ser_core.jobs.files import ID, Run
from ser_core.jobs.manager import KEPT, KEPT_S, Jobs
from ser_core.language import gettext as _
from ser_core.training.best import kept_epoch
from ser_core.training.flags import as_python, command_line
from ser_core.training.settings import TrainingSettings
from ui import words
from ui.retrain import recipes

MOST_IN_TABLE = 8


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
        _version, mask, masked, _time = cookie.split("|")
        pairs = zip(bytes.fromhex(masked), itertools.cycle(bytes.fromhex(mask)), strict=False)
        return bytes(byte ^ key for byte, key in pairs)
    except ValueError:
        return None


def addressed() -> list[str]:
    """The runs that the address bar names, the one in view first."""
    found = [run_id for run_id in st.query_params.get_all("run") if ID.fullmatch(run_id)]
    return list(dict.fromkeys(found))[:MOST_IN_TABLE]


def tidy_address() -> None:
    """Make an address one that the controls can read.

    A seed that is no whole number leaves it, for Streamlit fails on infinity; labels in another
    language become the reader's.
    """
    seed = st.query_params.get("seed")
    changed = seed is not None and not seed.isdecimal()
    if changed:
        del st.query_params["seed"]
    for control in ("network", "split", "emotions", "features"):
        told = st.query_params.get_all(control)
        readable = recipes.readable(control, told)
        if readable != told:
            st.query_params[control] = readable
            changed = True
    if changed:
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
    return _(
        "The run in this address is not here any more. Runs are kept for {hours} hours, the last "
        "{count} of all visitors. Train it again: the same settings and seed give the same model."
    ).format(hours=figures.number(KEPT_S / 3600), count=KEPT)


def own_models(jobs: Jobs) -> dict[str, str]:
    """Labels and run ids of the models that this visitor took to Listen and that are still here."""
    taken: dict[str, str] = st.session_state.setdefault("own_models", {})
    for label, run_id in list(taken.items()):
        if not any(run.has_model for run in here(jobs, [run_id]).values()):
            del taken[label]
    return taken


def name(run: Run) -> str:
    """A short name that stays the same wherever the run is shown."""
    return f"{_(recipes.name_of(run.settings, run.split))} · {run.id[:4]}"


def summary(run: Run) -> str:
    """Its name and settings in one line."""
    told = recipes.described(run.settings, run.split)
    return _(
        "**{name}** · {corpora} · {emotions} · {split} · {layers} · dropout {dropout} · rate "
        "{rate} · batch {batch} · seed {seed}"
    ).format(
        name=name(run),
        corpora=told["Corpora"],
        emotions=told["Emotions"],
        split=told["Split"],
        layers=told["Layers"],
        dropout=told["Dropout"],
        rate=told["Learning rate"],
        batch=told["Batch size"],
        seed=told["Seed"],
    )


def report(info: BundleInfo) -> Report:
    """The report of a run's bundle: it has one."""
    (only,) = info["reports"].values()
    return only


def chance(settings: TrainingSettings) -> float:
    """Accuracy of guessing."""
    # One that hears all emotions may also say ordinary, or none of them.
    return 1 / (len(settings.emotions) + 2 * settings.architecture.hears_all)


def kept(history: Sequence[dict[str, float]]) -> dict[str, float]:
    """The figures of the epoch whose weights are kept."""
    return history[(kept_epoch(history) or len(history)) - 1]


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
    settings = settings.rename(columns=_)
    differing = [str(column) for column in settings if settings[column].nunique() > 1]
    states = {"done": _("trained"), "loading": _("starting"), "training": _("training")}
    states |= {"scoring": _("scoring"), "stopped": _("stopped"), "failed": _("failed")}
    rows = []
    for run in runs:
        found = report(infos[run.id]) if run.id in infos else None
        learned = kept(run.history)["accuracy"] if run.history else None
        rows.append(
            {
                _("Run"): name(run),
                _("State"): states[run.status],
                _("Right on average"): words.score(found["uar"]) if found else _("none"),
                _("95%\u00a0interval"): words.interval(found["uar"]) if found else "",
                _("Right in training"): "" if learned is None else words.nearest(learned),
                _("Time"): _("{seconds} s").format(seconds=figures.number(run.seconds)),
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
