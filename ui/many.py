"""Many files at once: a table of verdicts; a row opens its recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from ser_core import audio, batch
from ser_core.batch import Row
from ser_core.predictor import Model, whole_percent
from ser_core.timeline import timeline
from ui import cached, held, words
from ui.held import Held

_POINTS = 40
ORDERS = {
    "As they came": ("place", True),
    "Least sure first": ("Sure", True),
    "Surest first": ("Sure", False),
    "Longest first": ("Length", False),
    "By name": ("File", True),
}


@dataclass(frozen=True)
class _Heard:
    """A row, and how strongly its verdict was heard over time."""

    row: Row
    course: tuple[float, ...]


def draw(model_name: str) -> None:
    """Draw the table of the visitor's files, if they brought several."""
    files = held.files()
    if not files:
        return
    model = cached.model(model_name)
    heard = _hear(files, model, model_name)
    table = _table(heard)
    refused = [entry.row for entry in heard if entry.row.error is not None]

    st.markdown(f"**{words.files(len(files), len(refused))}**")
    labels = _labels(table)
    by_verdict, by_order = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    wanted = by_verdict.pills(
        "Show only",
        list(labels),
        format_func=labels.__getitem__,
        selection_mode="multi",
        key="many-filter",
    )
    order = by_order.selectbox("Order", list(ORDERS), key="many-order")
    column, ascending = ORDERS[order]
    shown = table.sort_values(column, ascending=ascending, kind="stable")
    if wanted:
        shown = shown[
            shown["Verdict"].isin(wanted) | (("warnings" in wanted) & (shown["Warnings"] != ""))
        ]
    st.dataframe(
        shown.drop(columns="place"),
        hide_index=True,
        row_height=40,
        column_config={
            "File": st.column_config.TextColumn(pinned=True),
            "Verdict": st.column_config.TextColumn(help="What it sounds like, or not sure"),
            "Sure": st.column_config.NumberColumn(format="%d %%"),
            "Length": st.column_config.NumberColumn(format="%.1f s"),
            "Over time": st.column_config.LineChartColumn(
                help="How strongly its most likely answer was heard, from start to end",
                y_min=0,
                y_max=1,
            ),
        },
        key="many-table",
        on_select=lambda: _open_selected(list(shown["place"])),
        # Not cells: a cell is selected by the focus alone, so the tabulator would open a file.
        selection_mode="single-row",
        alt="Verdict, confidence, length and warnings of each file",
    )
    st.selectbox(
        "Open a file (or tick its row above)",
        list(shown["place"]),
        index=None,
        format_func=lambda place: files[place].name,
        placeholder="Choose a file",
        key="many-open",
        on_change=lambda: _open(st.session_state["many-open"]),
    )
    for row in refused:
        st.markdown(
            f":material/block: {words.plain(row.file)}: {words.plain(row.error.message)}"
            if row.error
            else ""
        )
    rows = [entry.row for entry in heard]
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "All as CSV",
            lambda: batch.to_csv(rows, model.emotions),
            file_name="undertone.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "All as JSON lines",
            lambda: batch.to_json_lines(rows),
            file_name="undertone.jsonl",
            mime="application/x-ndjson",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption(
        "The same as `python -m ser_core predict --format csv` (or `json`) writes for these files."
    )


def _hear(files: Sequence[Held], model: Model, model_name: str) -> list[_Heard]:
    """Judge the files that are new; the others are remembered for as long as they are held."""
    # The same file may be there twice: it is judged once and has two rows.
    keys = [(file.digest, file.name, model_name) for file in files]
    known: dict[Any, _Heard] = st.session_state.get("many", {})
    found = {key: known[key] for key in keys if key in known}
    new = {key: file for key, file in zip(keys, files, strict=True) if key not in known}
    if new:
        bar = st.progress(0.0, text=f"Listening to {len(new)} files")
        for done, (key, file) in enumerate(new.items(), start=1):
            found[key] = _judge(file, model)
            bar.progress(done / len(new), text=f"Heard {words.plain(file.name)}")
        bar.empty()
    st.session_state.many = found
    return [found[key] for key in keys]


def _judge(file: Held, model: Model) -> _Heard:
    (row,) = batch.predict_many(model, [(file.name, file.content)])
    if row.prediction is None:
        return _Heard(row, ())
    held.count(file.digest)
    clip = audio.load(file.content, max_duration_s=audio.LONG_DURATION_S)
    over_time = timeline(model, clip)
    course = over_time.probabilities[:, over_time.answers.index(row.prediction.ranked[0])]
    places = np.linspace(0, len(course) - 1, min(_POINTS, len(course))).round().astype(int)
    return _Heard(row, tuple(course[places].round(2).tolist()))


def _table(heard: Sequence[_Heard]) -> pd.DataFrame:
    rows = []
    for place, entry in enumerate(heard):
        prediction = entry.row.prediction
        if prediction is None:
            continue
        rows.append(
            {
                "place": place,
                "File": entry.row.file,
                "Verdict": words.short_verdict(prediction),
                "Sure": whole_percent(prediction.certainty),
                "Length": prediction.duration_s,
                "Warnings": ", ".join(w.code.replace("_", " ") for w in prediction.warnings),
                "Over time": list(entry.course),
            }
        )
    columns = ["place", "File", "Verdict", "Sure", "Length", "Warnings", "Over time"]
    return pd.DataFrame(rows, columns=columns)


def _labels(table: pd.DataFrame) -> dict[str, str]:
    """What the table can be filtered by, with how many rows each leaves."""
    counts = table["Verdict"].value_counts()
    labels = {name: f"{name} ({count})" for name, count in sorted(counts.items())}
    warned = int((table["Warnings"] != "").sum())
    return labels | ({"warnings": f"with warnings ({warned})"} if warned else {})


def _open_selected(places: Sequence[int]) -> None:
    for row in st.session_state["many-table"]["selection"]["rows"]:
        _open(places[row])


def _open(place: int | None) -> None:
    if place is not None:
        held.keep(held.files()[place])
