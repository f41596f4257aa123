"""The Explore page, run as Streamlit runs it, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.data import exploring, projecting
from ser_core.errors import CorpusError
from ui import cached

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_S = 60
HOLD, SHOW, LEARNED, FLATTERS = (
    "What the corpora hold",
    "What the features show",
    "How the model learned",
    "Why a random split flatters",
)


@pytest.fixture
def explore() -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S).run()
    return app.switch_page("pages/explore.py").run()


def turn_to(app: AppTest, part: str) -> AppTest:
    return app.button_group(key="part").set_value(part).run()


def said(app: AppTest) -> str:
    return "\n".join(part.value for part in [*app.markdown, *app.caption, *app.info])


@pytest.mark.parametrize(
    ("part", "charts", "downloads"),
    [(HOLD, 2, 2), (SHOW, 1, 1), (LEARNED, 6, 6), (FLATTERS, 2, 2)],
)
def test_every_chart_has_a_description_and_its_data(
    explore: AppTest, part: str, charts: int, downloads: int
) -> None:
    app = turn_to(explore, part)
    assert not app.exception and not app.error
    drawn = app.get("plotly_chart")
    assert len(drawn) == charts
    assert all(len(chart.proto.alt) > 30 for chart in drawn)
    assert len(app.get("download_button")) == downloads


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, "15,468 of 15,468 clips"),
        ({"corpus": ["emodb"]}, "535 of 15,468 clips"),
        ({"corpus": ["ravdess"], "emotion": ["sad"], "gender": ["female"]}, "96 of 15,468 clips"),
        ({"corpus": ["ravdess"], "intensity": ["strong"]}, "672 of 15,468 clips"),
        ({"corpus": ["tess"], "gender": ["male"]}, "0 of 15,468 clips"),
    ],
)
def test_filters_act_on_every_part(explore: AppTest, filters: dict, count: str) -> None:
    for key, values in filters.items():
        explore.multiselect(key=key).set_value(values)
    for part in (HOLD, SHOW, LEARNED, FLATTERS):
        app = turn_to(explore, part)
        assert not app.exception and not app.error
        assert count in said(app)


def test_counts_are_said_as_a_sum_that_is_right(explore: AppTest) -> None:
    assert "CREMA-D 5,797 + nEMO 3,433 + BanglaSER 1,464 = 15,468 clips" in said(explore)
    assert "`03-01-03-01-02-02-07`" in said(explore)
    assert "6 left out (one sound under two labels" in said(explore)


def test_a_model_is_narrowed_to_one_gender_and_says_what_it_cannot_narrow(
    explore: AppTest,
) -> None:
    explore.multiselect(key="gender").set_value(["female"])
    explore.multiselect(key="intensity").set_value(["strong"])
    app = turn_to(explore, LEARNED)
    assert "women only" in said(app)
    assert "no figures for this filter of intensity" in said(app)


def test_tess_is_not_on_the_map_and_the_page_says_why(explore: AppTest) -> None:
    explore.multiselect(key="corpus").set_value(["tess"])
    assert "licence of TESS forbids" in said(turn_to(explore, SHOW))


@pytest.mark.parametrize("corpus", ["ravdess", "emodb", "cremad", "nemo"])
def test_without_audio_a_clip_shows_its_features_and_how_to_get_the_sound(
    explore: AppTest, monkeypatch: pytest.MonkeyPatch, corpus: str
) -> None:
    monkeypatch.setattr(cached, "recordings", lambda corpus: {})
    explore.multiselect(key="corpus").set_value([corpus])
    app = turn_to(explore, SHOW)
    app.button[0].click().run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2
    assert f"python -m ser_core fetch {corpus}" in said(app)
    assert not app.get("audio")


def test_with_audio_a_clip_is_heard_and_seen(
    explore: AppTest, monkeypatch: pytest.MonkeyPatch, ser_data: Path
) -> None:
    found = exploring.recordings("emodb", ser_data / "emodb")
    monkeypatch.setattr(cached, "recordings", lambda corpus: found)
    explore.multiselect(key="corpus").set_value(["emodb"])
    app = turn_to(explore, SHOW)
    app.button[0].click().run()
    assert not app.exception
    assert len(app.get("audio")) == 1
    assert len(app.get("plotly_chart")) == 3


@pytest.mark.parametrize(
    ("part", "wrapper", "error"),
    [
        (
            SHOW,
            "clip_map",
            CorpusError("no_projection", f"{projecting.FILES['classic']} is missing."),
        ),
        (FLATTERS, "transfer", CorpusError("no_matrix", "The matrix is missing.")),
    ],
)
def test_a_missing_table_ends_its_part_in_words(
    explore: AppTest,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    wrapper: str,
    error: CorpusError,
) -> None:
    def refuse(*_: str) -> None:
        raise error

    monkeypatch.setattr(cached, wrapper, refuse)
    app = turn_to(explore, part)
    assert [message.value for message in app.error] == [error.message]
    assert not turn_to(app, HOLD).error


@pytest.mark.parametrize("protocol", ["speakers", "corpora"])
def test_every_protocol_of_a_model_can_be_looked_at(explore: AppTest, protocol: str) -> None:
    app = turn_to(explore, LEARNED)
    model = cached.models()[0]
    app.button_group(key=f"protocol-{model.name}").set_value(protocol).run()
    assert not app.exception and not app.error
    report = model.info["reports"][protocol]
    assert report["description"].capitalize() in said(app)
    assert f"{report['n_recordings']:,} clips of {report['n_speakers']} speakers" in said(app)
