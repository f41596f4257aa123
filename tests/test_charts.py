"""Figures: what they hold, how large they are, and whether their colours can be told apart."""

from __future__ import annotations

import base64
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from ser_core.audio import SAMPLE_RATE
from ser_core.corpora import CORPORA
from ser_core.emotions import ALL_EMOTIONS
from ser_core.features.classic import log_mel, mel_centres
from ser_core.inference.timeline import Timeline
from ui import charts, html_charts, sound_charts, theme
from ui.explore import charts as explore_charts
from ui.explore import score_charts

CONFIG = tomllib.loads(
    (Path(__file__).resolve().parents[1] / ".streamlit" / "config.toml").read_text()
)["theme"]


def luminance(colour: str) -> float:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def unpacked(sent: dict[str, str]) -> np.ndarray:
    """The numbers of an array that is sent as bytes."""
    values = np.frombuffer(base64.b64decode(sent["bdata"]), sent["dtype"])
    shape = [int(part) for part in sent.get("shape", str(len(values))).split(",")]
    return values.reshape(shape)


def sound(seconds: float):
    rng = np.random.default_rng(0)
    signal = rng.normal(0, 0.1, int(seconds * SAMPLE_RATE)).astype(np.float32)
    return looked_through(sound_charts.sound(signal, SAMPLE_RATE, log_mel(signal), mel_centres()))


def looked_through(figure: go.Figure) -> go.Figure:
    """What is sent, as Plotly understands it; it raises for what is none of its own."""
    return go.Figure(figure.to_dict())


def test_every_emotion_has_its_own_colour_in_the_houses_order() -> None:
    assert tuple(theme.EMOTION_COLOURS) == ALL_EMOTIONS
    assert len(set(theme.EMOTION_COLOURS.values())) == len(ALL_EMOTIONS)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("colour", [*theme.EMOTION_COLOURS.values(), theme.ACCENT, theme.MUTED])
def test_marks_stand_out_from_both_backgrounds(colour: str, mode: str) -> None:
    assert contrast(colour, CONFIG[mode]["backgroundColor"]) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_stands_out(mode: str) -> None:
    colours = CONFIG[mode]
    for background in (colours["backgroundColor"], colours["secondaryBackgroundColor"]):
        assert contrast(colours["textColor"], background) >= 7
        assert contrast(colours["linkColor"], background) >= 4.5
    assert contrast("#ffffff", colours["primaryColor"]) >= 4.5


@pytest.mark.parametrize("colour", theme.COLOURS.values())
def test_white_letters_stand_out_of_a_chip(colour: str) -> None:
    assert contrast("#ffffff", theme.under_white(colour)) >= 4.5


def test_probabilities_are_labelled_bars_in_order() -> None:
    shares = {"angry": 0.826, "fearful": 0.17, "happy": 0.003, "sad": 0.001}
    figure = looked_through(charts.probabilities(shares))
    bar = figure.data[0]
    assert list(bar.y) == ["angry", "fearful", "happy", "sad"]
    assert list(bar.text) == [f"<b>{t}</b>" for t in ("83%", "17%", "under 1%", "under 1%")]


def test_ordinary_is_grey_and_a_bar_like_any_other() -> None:
    figure = looked_through(charts.probabilities({"angry": 0.1, "sad": 0.2, "ordinary": 0.7}))
    bar = figure.data[0]
    assert list(bar.y) == ["angry", "sad", "ordinary"]
    assert bar.marker.color[2] == theme.EMOTION_COLOURS["neutral"] == theme.COLOURS["ordinary"]


def test_ordinary_has_a_lane_that_is_filled_where_it_was_heard() -> None:
    shares = np.array([[0.8, 0.1, 0.1], [0.2, 0.1, 0.7], [0.3, 0.3, 0.4], [0.0, 0.0, 0.0]])
    starts = np.arange(4) / 4
    verdicts = ("angry", "ordinary", "not_sure", "no_speech")
    answers = ("angry", "sad", "ordinary")
    heard = Timeline(starts, starts + 0.25, shares, verdicts, answers[:2], answers)
    signal = np.zeros(SAMPLE_RATE, dtype=np.float32)
    drawn = sound_charts.sound(signal, SAMPLE_RATE, log_mel(signal), mel_centres(), heard)
    figure = looked_through(drawn)
    (bands,) = [trace for trace in figure.data if trace.type == "bar"]
    assert list(bands.y) == ["angry", "ordinary", "ordinary"]
    assert list(bands.marker.pattern.shape) == ["", "", "/"]
    assert bands.marker.color[1] == theme.COLOURS["ordinary"]
    told = next(trace.text for trace in figure.data if trace.name is None and trace.text)
    assert list(told) == [
        *("sounds angry, 80%", "sounds ordinary, 70%"),
        *("not sure: ordinary or angry", "nobody speaks"),
    ]


@pytest.mark.parametrize("seconds", [0.25, 3.0, 60.0])
def test_sound_is_one_small_picture_on_one_time_axis(seconds: float) -> None:
    figure = sound(seconds)
    assert len(figure.to_json()) < 100_000
    assert {trace.xaxis or "x" for trace in figure.data} == {"x"}
    assert tuple(figure.layout.xaxis.range) == (0, pytest.approx(seconds))
    heat = figure.to_dict()["data"][-1]
    _, columns = unpacked(heat["z"]).shape
    assert heat["x0"] + heat["dx"] * (columns - 0.5) == pytest.approx(seconds)


def test_thinning_keeps_the_peaks() -> None:
    signal = np.zeros(60 * SAMPLE_RATE, dtype=np.float32)
    signal[123_457], signal[765_433] = 0.9, -0.8
    figure = sound_charts.sound(signal, SAMPLE_RATE, log_mel(signal), mel_centres())
    low, high = (unpacked(trace["y"]) for trace in figure.to_dict()["data"][:2])
    assert (low.min(), high.max()) == (pytest.approx(-0.8), pytest.approx(0.9))


def test_every_corpus_has_a_colour_that_stands_out() -> None:
    colours = explore_charts.corpus_colours()
    assert set(colours) == set(CORPORA)
    for mode in ("light", "dark"):
        assert all(contrast(one, CONFIG[mode]["backgroundColor"]) >= 3 for one in colours.values())


def test_the_map_draws_every_corpus() -> None:
    points = pd.DataFrame(
        {"corpus": list(CORPORA), "speaker": "a", "emotion": "sad", "tsne_1": 0.0, "tsne_2": 0.0}
    )
    figure = explore_charts.projection(points, "tsne", "corpus", {})
    assert [trace.name for trace in figure.data] == list(CORPORA)


@pytest.mark.parametrize("share", np.linspace(0, 1, 101).tolist())
def test_text_of_a_matrix_stands_out_from_its_cell(share: float) -> None:
    table = pd.DataFrame([[100 * share, 100 - 100 * share], [0, 100]], list("ab"), list("ab"))
    cells, texts = score_charts.confusion(table).data
    low, high = (np.array([int(c[at : at + 2], 16) for at in (1, 3, 5)]) for c in theme.SHADES)
    assert [colour for _, colour in cells.colorscale] == list(theme.SHADES)
    for painted, colour in zip(np.ravel(cells.z), texts.textfont.color, strict=True):
        shade = np.rint(low + painted * (high - low)).astype(int)
        assert contrast(colour, "#" + "".join(f"{part:02x}" for part in shade)) >= 4.5


def test_what_is_drawn_at_once_has_the_houses_layout() -> None:
    bars = go.Bar(x=[1, 2], y=["a", "b"])
    own = {"xaxis": {"visible": False}, "yaxis2": {"domain": [0, 0.5]}, "bargap": 0.3}
    at_once = theme.drawn([bars.to_plotly_json()], own, height=200).to_dict()
    finished = theme.finish(go.Figure([bars], own), height=200).to_dict()
    # Its colours are its own, and its legend has no title, which one of them says.
    assert at_once["layout"].pop("template") == {} and finished["layout"].pop("template")
    assert at_once["layout"]["legend"].pop("title") is None
    del finished["layout"]["legend"]["title"]
    assert at_once == finished


def test_bars_are_as_long_as_what_they_count() -> None:
    counts = pd.DataFrame({"angry": [30, 10], "sad": [10, 0]}, index=["emodb", "<b>"])
    drawn = html_charts.distribution(counts, {"emodb": "EMO-DB"}, "{count} {emotion}, {group}")
    assert "width: 87.50%" in drawn and "width: 21.88%" in drawn
    assert 'title="30 angry, EMO-DB"' in drawn and "0 sad" not in drawn.replace("10 sad", "")
    assert "<b>" not in drawn and "&lt;b&gt;" in drawn
    assert f"background: {theme.EMOTION_COLOURS['sad']}" in drawn


def test_a_score_stands_where_it_is_with_its_interval() -> None:
    rows = [("Strangers", {"value": 0.56, "low": 0.5, "high": 0.61})]
    drawn = html_charts.scores(rows, 0.25)
    for place in ("left: 56.00%", "left: 50.00%; width: 11.00%", "chance 25%", "<b", "56%"):
        assert place in drawn


@pytest.mark.parametrize("share", np.linspace(0, 1, 11))
def test_a_cell_of_a_grid_can_be_read(share: float) -> None:
    drawn = html_charts.grid(np.array([[share]]), ["sad"], ["sad"])
    shade, letters = re.search(r"background: (#\w+); color: (#\w+)", drawn).groups()
    assert contrast(shade, letters) >= 4.5
    assert f">{100 * share:.0f}</div>" in drawn
