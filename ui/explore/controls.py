"""What the parts of Explore share: the filters, a switch, and a way to take the data along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st


def download(name: str, table: pd.DataFrame, *, index: bool = True) -> None:
    """Offer a chart's data; the file is made when it is asked for."""
    st.download_button(
        "Data (CSV)",
        lambda: table.to_csv(index=index).encode("utf-8-sig"),
        file_name=f"undertone-{name}.csv",
        mime="text/csv",
        key=f"download-{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def choose_one(label: str, options: Sequence[str], key: str, **more: Any) -> Any:
    """A switch that always has a value and keeps it while other parts are shown."""
    return st.segmented_control(
        label, options, default=options[0], required=True, key=key, persist_state="page", **more
    )


def choose_many(
    key: str, label: str, options: Sequence[str], titles: Mapping[str, str]
) -> tuple[str, ...]:
    """A filter; empty lets everything through. It is in the address, so a view can be shared."""
    picked = st.multiselect(
        label,
        options,
        format_func=lambda name: titles.get(name, name.capitalize()),
        placeholder="All",
        key=key,
        width=170,
        bind="query-params",
    )
    return tuple(picked)
