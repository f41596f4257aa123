"""Many files at once: a table of verdicts; a row opens its recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from ser_core.errors import SerError
from ser_core.inference import batch
from ser_core.inference.batch import Row
from ser_core.inference.parties import Party
from ser_core.inference.predictor import Model
from ser_core.inference.timeline import timeline
from ui import cached, frame, held, theme, words
from ui.held import Held
from ui.listen import annotating

_POINTS = 40
_ROW_PX, _ROWS_SHOWN = 40, 6
ORDERS = {
    "As they came": ("place", True),
    "Least sure first": ("sure", True),
    "Surest first": ("sure", False),
    "Longest first": ("Length", False),
    "By name": ("name", True),
}
_SHOWN = ["File", "Verdict", "Length", "Over time"]
_WARNED = "with warnings"


@dataclass(frozen=True)
class _Heard:
    """A row, how strongly its verdict was heard over time, and all that was heard when."""

    row: Row
    course: tuple[float, ...] = ()
    party: Party | None = None


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
    by_verdict, by_order = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    wanted = by_verdict.pills(
        "Show only",
        list(labels),
        format_func=labels.__getitem__,
        selection_mode="multi",
        key="many-filter",
    )
    order = by_order.selectbox("Order", list(ORDERS), key="many-order")
    column, ascending = ORDERS[order]
    shown = table.sort_values(column, ascending=ascending, kind="stable", na_position="last")
    if wanted:
        shown = shown[shown["kind"].isin(wanted) | ((_WARNED in wanted) & shown["warned"])]
    places: list[int] = shown["place"].tolist()
    _rows(shown, places)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # By keyboard and by screen reader this is shorter than the way through the table.
        st.selectbox(
            "Open a file",
            places,
            index=None,
            format_func=lambda place: files[place].name,
            placeholder="Open a file, or press its row",
            label_visibility="collapsed",
            key="many-open",
            on_change=_open_chosen,
        )
        _downloads(heard, model)
    for row in refused:
        if row.error:
            st.markdown(
                f":material/block: {words.plain(row.file)}: {words.plain(row.error.message)}"
            )


def _rows(shown: pd.DataFrame, places: Sequence[int]) -> None:
    """The table itself: the text of a row opens its recording."""

    def open_from(key: str) -> None:
        _open(places[st.session_state[key]["row"]])

    def button(key: str, width: int, **more: Any) -> Any:
        return st.column_config.ButtonColumn(
            key=key,
            type="tertiary",
            alignment="left",
            width=width,
            on_click=frame.guarded(open_from),
            args=(key,),
            **more,
        )

    chips = dict(zip((said for (said,) in shown["Verdict"]), shown["colour"], strict=True))
    # Together as wide as a phone, so that nothing is out of sight there.
    st.dataframe(
        shown[_SHOWN],
        hide_index=True,
        row_height=_ROW_PX,
        height=_ROW_PX * (min(len(shown), _ROWS_SHOWN) + 1) + 2,
        column_config={
            "File": button("many-file", 110),
            "Verdict": st.column_config.MultiselectColumn(
                help="What it sounds like, or not sure",
                options=list(chips),
                color=list(chips.values()),
                width=126,
            ),
            "Length": st.column_config.NumberColumn(format="%.1f s", width=60),
            "Over time": st.column_config.LineChartColumn(
                "Course",
                help="How strongly its most likely answer was heard, from start to end",
                y_min=0,
                y_max=1,
                width=60,
            ),
        },
        placeholder="",
        key="many-table",
        alt="Verdict, confidence and length of each file",
    )


def _downloads(heard: Sequence[_Heard], model: Model) -> None:
    rows = [entry.row for entry in heard]
    parties = [(entry.row.file, entry.party) for entry in heard if entry.party is not None]
    with st.popover("Save all", icon=":material/download:"):
        for label, name, mime, written in (
            ("As CSV", "undertone.csv", "text/csv", lambda: batch.csv_file(rows, model.emotions)),
            (
                "As JSON lines",
                "undertone.jsonl",
                "application/x-ndjson",
                lambda: batch.to_json_lines(rows),
            ),
        ):
            st.download_button(
                label,
                written,
                file_name=name,
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
            )
        st.caption(
            "What `python -m ser_core predict --format csv` (or `json`) says of these files. The "
            "CSV opens in Excel, too."
        )
        if parties:
            annotating.zip_menu(parties, model)


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
    try:
        batch.refuse_zip(file.content)
        with cached.turn(file.digest, file.content):
            # Decoded once: verdict and timeline of one clip share what the encoder makes of it.
            clip = cached.clip(file.digest, file.content)
            prediction = model.predict_clip(clip)
            over_time = timeline(model, clip)
    except SerError as error:
        return _Heard(Row(file.name, error=error))
    row = Row(file.name, prediction=prediction)
    held.count(file.digest)
    course = over_time.probabilities[:, over_time.answers.index(prediction.ranked[0])]
    places = np.linspace(0, len(course) - 1, min(_POINTS, len(course))).round().astype(int)
    return _Heard(
        row,
        tuple(course[places].round(2).tolist()),
        Party("", prediction, tuple(over_time.segments())),
    )


def _table(heard: Sequence[_Heard]) -> pd.DataFrame:
    rows = []
    for place, entry in enumerate(heard):
        prediction = entry.row.prediction
        kind = "refused" if prediction is None else words.short_verdict(prediction)
        warned = prediction is not None and bool(prediction.warnings)
        sure = None if prediction is None else prediction.certainty
        share, colour = "", theme.NOTHING
        if prediction and prediction.verdict in prediction.answers:
            share = f", {words.percents(prediction.answers)[prediction.verdict]}"
            colour = theme.under_white(theme.colour(prediction.verdict))
        rows.append(
            {
                "place": place,
                "name": entry.row.file,
                "kind": kind,
                "sure": sure,
                "warned": warned,
                "colour": colour,
                "File": ":material/warning: " * warned + entry.row.file,
                "Verdict": [f"{kind}{share}"],
                "Length": None if prediction is None else prediction.duration_s,
                "Over time": list(entry.course),
            }
        )
    return pd.DataFrame(rows)


def _labels(table: pd.DataFrame) -> dict[str, str]:
    """What the table can be filtered by, with how many rows each leaves."""
    counts = table["kind"].value_counts()
    labels = {str(name): f"{name} ({count})" for name, count in sorted(counts.items())}
    warned = int(table["warned"].sum())
    return labels | ({_WARNED: f"{_WARNED} ({warned})"} if warned else {})


@frame.guarded
def _open_chosen() -> None:
    _open(st.session_state["many-open"])


def _open(place: int | None) -> None:
    if place is not None:
        held.keep(held.files()[place])
