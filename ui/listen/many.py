"""Many files at once: a table of verdicts; a row plays its recording, or opens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.language import ngettext
from ui import cached, frame, held, theme, words
from ui.held import Held
from ui.listen import annotating

_POINTS = 40
_ROW_PX, _ROWS_SHOWN = 40, 6
ORDERS = {
    N_("As they came"): ("place", True),
    N_("Least sure first"): ("sure", True),
    N_("Surest first"): ("sure", False),
    N_("Longest first"): ("Length", False),
    N_("By name"): ("name", True),
}
_SHOWN = ["Play", "File", "Verdict", "Length", "Over time"]
_WARNED = N_("with warnings")


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
        _("Show only"),
        list(labels),
        format_func=labels.__getitem__,
        selection_mode="multi",
        key="many-filter",
    )
    order = by_order.selectbox(_("Order"), list(ORDERS), format_func=_, key="many-order")
    column, ascending = ORDERS[order]
    shown = table.sort_values(column, ascending=ascending, kind="stable", na_position="last")
    if wanted:
        shown = shown[shown["kind"].isin(wanted) | ((_WARNED in wanted) & shown["warned"])]
    places: list[int] = shown["place"].tolist()
    _rows(shown, places)
    _player(files, heard)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # By keyboard and by screen reader these are shorter than the way through the table.
        _chooser(_("Open a file, or press its name"), "many-open", places, files, _open)
        heard_places = [place for place in places if heard[place].row.prediction]
        _chooser(_("Play a file, or press its sign"), "many-hear", heard_places, files, _play)
        _downloads(heard, model)
    for row in refused:
        if row.error:
            st.markdown(
                f":material/block: {words.plain(row.file)}: {words.plain(row.error.message)}"
            )


def _chooser(
    label: str,
    key: str,
    places: Sequence[int],
    files: Sequence[Held],
    done: Callable[[int | None], None],
) -> None:
    @frame.guarded
    def chosen() -> None:
        done(st.session_state[key])

    st.selectbox(
        label,
        places,
        index=None,
        format_func=lambda place: files[place].name,
        placeholder=label,
        label_visibility="collapsed",
        key=key,
        on_change=chosen,
    )


def _rows(shown: pd.DataFrame, places: Sequence[int]) -> None:
    """The table itself: a row's sign plays its recording, its name opens it."""

    def button(label: str, key: str, width: int, done: Callable[[int], None]) -> Any:
        @frame.guarded
        def pressed() -> None:
            done(places[st.session_state[key]["row"]])

        return st.column_config.ButtonColumn(
            label,
            key=key,
            type="tertiary",
            alignment="left",
            width=width,
            on_click=pressed,
        )

    chips = dict(zip((said for (said,) in shown["Verdict"]), shown["colour"], strict=True))
    # Together as wide as a phone, so that nothing is out of sight there.
    st.dataframe(
        shown[_SHOWN],
        hide_index=True,
        row_height=_ROW_PX,
        height=_ROW_PX * (min(len(shown), _ROWS_SHOWN) + 1) + 2,
        column_config={
            "Play": button(_("Play"), "many-play", 46, _play),
            "File": button(_("File"), "many-file", 94, _open),
            "Verdict": st.column_config.MultiselectColumn(
                _("Verdict"),
                help=_("What it sounds like, or not sure"),
                options=list(chips),
                color=list(chips.values()),
                width=112,
            ),
            "Length": st.column_config.NumberColumn(_("Length"), format="%.1f s", width=54),
            "Over time": st.column_config.LineChartColumn(
                _("Course"),
                help=_("How strongly its most likely answer was heard, from start to end"),
                y_min=0,
                y_max=1,
                width=50,
            ),
        },
        placeholder="",
        key="many-table",
        alt=_("Verdict, confidence and length of each file"),
    )


def _player(files: Sequence[Held], heard: Sequence[_Heard]) -> None:
    """What plays the file that was asked for last."""
    place = st.session_state.get("many-played")
    if place is None or place >= len(files) or heard[place].row.prediction is None:
        return
    file = files[place]
    with st.container(key="many-player", gap="xsmall"):
        st.caption(words.plain(file.name))
        st.audio(
            cached.playable(file.digest, file.content),
            format="audio/wav",
            autoplay=True,
            alt=file.name,
        )


def _downloads(heard: Sequence[_Heard], model: Model) -> None:
    rows = [entry.row for entry in heard]
    parties = [(entry.row.file, entry.party) for entry in heard if entry.party is not None]
    with st.popover(_("Save all"), icon=":material/download:"):
        for label, name, mime, written in (
            (
                _("As CSV"),
                "undertone.csv",
                "text/csv",
                lambda: batch.csv_file(rows, model.emotions),
            ),
            (
                _("As JSON lines"),
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
            _(
                "What `python -m ser_core predict --format csv` (or `json`) says about these "
                "files. The CSV opens in Excel, too."
            )
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
        text = ngettext("Listening to one file", "Listening to {count} files", len(new))
        bar = st.progress(0.0, text=text.format(count=len(new)))
        for done, (key, file) in enumerate(new.items(), start=1):
            found[key] = _judge(file, model)
            bar.progress(
                done / len(new), text=_("Heard {name}").format(name=words.plain(file.name))
            )
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
        kind = _("refused") if prediction is None else words.short_verdict(prediction)
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
                "Play": None if prediction is None else ":material/play_arrow:",
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
    return labels | ({_WARNED: f"{_(_WARNED)} ({warned})"} if warned else {})


def _open(place: int | None) -> None:
    if place is not None:
        held.keep(held.files()[place])


def _play(place: int | None) -> None:
    st.session_state["many-played"] = place
