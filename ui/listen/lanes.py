"""Who speaks when: a lane a party. Charts hold no streamlit."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from ser_core.emotions import shown
from ser_core.inference.decision import NOT_SURE
from ser_core.inference.parties import Party
from ser_core.language import gettext as _
from ui import theme

_LANE_PX, _REST_PX = 44, 60


def draw(parties: Sequence[Party], duration_s: float) -> go.Figure:
    """A lane a party, coloured by the likeliest answer and striped where it was not sure."""
    spoken = [
        (party, part) for party in parties for part in party.segments if part.likeliest is not None
    ]
    colours = [theme.colour(str(part.likeliest)) for party, part in spoken]
    bands = go.Bar(
        orientation="h",
        base=[round(part.start_s, 2) for party, part in spoken],
        x=[round(part.end_s - part.start_s, 2) for party, part in spoken],
        y=[_(party.name) for party, part in spoken],
        width=0.7,
        marker={
            "color": colours,
            "line": {"color": colours, "width": 1},
            "pattern": {
                "shape": ["/" if part.verdict == NOT_SURE else "" for party, part in spoken],
                "fillmode": "replace",
                "size": 6,
                "solidity": 0.35,
            },
        },
        text=[
            _("not sure") if part.verdict == NOT_SURE else shown(part.verdict)
            for party, part in spoken
        ],
        textposition="none",
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    figure = go.Figure(bands)
    names = [_(party.name) for party in parties]
    figure.update_layout(
        barmode="overlay",
        xaxis={"range": [0, duration_s], "ticksuffix": " s", "nticks": 8, "zeroline": False},
        yaxis={
            "categoryorder": "array",
            "categoryarray": names[::-1],
            "range": [-0.6, len(names) - 0.4],
            "title": None,
        },
    )
    return theme.finish(figure, height=_LANE_PX * len(names) + _REST_PX)
