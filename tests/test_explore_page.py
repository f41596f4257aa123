"""The Explore page, run as Streamlit runs it, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.data import exploring, projecting
from ser_core.errors import CorpusError
from ui import cached
from ui.explore import story

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_S = 60
PEOPLE, MAP, LEARNED, SPLITS = STEPS = ("people", "map", "learning", "splits")
DEEPER = {
    PEOPLE: ("lengths", "counted"),
    MAP: ("plane",),
    LEARNED: ("loss", "classification", "calibration", "doubt", "genders"),
    SPLITS: ("own-split", "transfer"),
}


def open_at(**address: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S).run()
    for name, value in address.items():
        app.query_params[name] = value
    return app.switch_page("pages/explore.py").run()


@pytest.fixture
def explore() -> AppTest:
    return open_at()


def turn_to(app: AppTest, step: str) -> AppTest:
    return app.button_group(key="step").set_value(step).run()


def address_of(app: AppTest) -> dict[str, list[str]]:
    told = app.query_params.items()
    return {name: value if isinstance(value, list) else [value] for name, value in told}


def charts_of(app: AppTest) -> list[str]:
    """The descriptions of all charts."""
    html = "".join(one.proto.body for one in app.get("html"))
    pictures = re.findall(r'role="img" aria-label="([^"]*)"', html)
    return [chart.proto.alt for chart in app.get("plotly_chart")] + pictures


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def open_all(app: AppTest, step: str) -> AppTest:
    """Open what lies deeper."""
    for key in DEEPER[step]:
        app.session_state[f"deeper-{key}"] = True
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join(part.value for part in [*app.markdown, *app.caption, *app.info])


@pytest.mark.parametrize(
    ("step", "seen", "deeper"), [(PEOPLE, 1, 1), (MAP, 1, 0), (LEARNED, 4, 4), (SPLITS, 1, 1)]
)
def test_a_step_draws_what_is_seen_and_every_chart_has_a_description(
    step: str, seen: int, deeper: int
) -> None:
    app = open_at(step=step)
    assert not app.exception and not app.error
    assert len(charts_of(app)) == seen
    assert [box.key for box in app.expander] == [f"deeper-{key}" for key in DEEPER[step]]
    told = charts_of(open_all(app, step))
    assert not app.exception and not app.error
    assert len(told) == seen + deeper
    assert all(len(alt) > 30 for alt in told)


def test_what_is_seen_first_needs_no_plotly(explore: AppTest) -> None:
    assert not explore.get("plotly_chart") and not turn_to(explore, SPLITS).get("plotly_chart")


def test_one_menu_holds_the_data_of_all_four_steps(explore: AppTest) -> None:
    names = {
        *("clips-by-corpus", "durations", "map"),
        *("curves", "confusion", "classification", "reliability", "risk-coverage", "gender"),
        "listeners",
        *("splits", "transfer"),
    }
    for step in STEPS:
        buttons = turn_to(explore, step).get("download_button")
        assert {button.key for button in buttons} == {f"download-{name}" for name in names}


def test_next_and_back_go_through_the_story_and_the_address_follows(explore: AppTest) -> None:
    assert address_of(explore) == {}
    seen = [explore.header[0].value]
    for step in STEPS[1:]:
        press(explore, "next-above")
        seen.append(explore.header[0].value)
        assert address_of(explore)["step"] == [step]
    assert seen == [step.title for step in story.STEPS.values()]
    assert "next-above" not in {button.key for button in explore.button}
    for step in STEPS[-2::-1]:
        press(explore, "back-below")
        assert address_of(explore)["step"] == [step]
    assert not {"back-above", "back-below"} & {button.key for button in explore.button}


def test_the_map_is_turned_from_people_to_emotions_to_the_encoder(explore: AppTest) -> None:
    app = turn_to(explore, MAP)
    told = []
    for colour, ears in (("speaker", None), ("emotion", None), ("emotion", ["encoder"])):
        assert address_of(app)["colour"] == [colour]
        assert address_of(app).get("ears") == ears
        told.append(said(app))
        if ears is None:
            press(app, "and-then")
    assert len(set(told)) == 3
    assert "and-then" not in {button.key for button in app.button}


CLIP = {"step": MAP, "colour": "emotion", "ears": "encoder", "clip": "emodb/03a01Fa"}


@pytest.mark.parametrize(
    ("address", "shows"),
    [
        (CLIP, "(emodb-03) says"),
        (CLIP | {"corpus": ["ravdess"]}, "(emodb-03) says"),
        ({"step": PEOPLE, "by": "gender", "corpus": ["emodb"]}, "women 302 + men 233 = 535 clips"),
        ({"step": LEARNED, "model": "ravdess-mlp", "protocol": "random"}, "of RAVDESS"),
        ({"step": SPLITS, "gender": ["female"]}, "women only"),
    ],
)
def test_an_address_shows_again_what_was_seen(
    monkeypatch: pytest.MonkeyPatch, address: dict, shows: str
) -> None:
    monkeypatch.setattr(cached, "recordings", lambda corpus: {})
    app = open_at(**address)
    assert not app.exception and not app.error
    assert shows in said(app)
    told = address_of(app)
    assert {name: told[name] for name in address} == {
        name: value if isinstance(value, list) else [value] for name, value in address.items()
    }


@pytest.mark.parametrize(
    ("address", "step"),
    [
        ({"part": "What the corpora hold"}, PEOPLE),
        ({"part": "What the features show", "corpus": "EMO-DB"}, MAP),
        ({"part": "How the model learned", "gender": "Female"}, LEARNED),
        ({"part": "Why a random split flatters", "corpus": ["RAVDESS", "EMO-DB"]}, SPLITS),
    ],
)
def test_the_addresses_of_the_first_release_lead_to_their_step(address: dict, step: str) -> None:
    app = open_at(**address)
    assert app.header[0].value == story.STEPS[step].title
    assert address_of(app)["step"] == [step] and "part" not in address_of(app)
    corpora = {"EMO-DB": ["emodb"], None: []}.get(str(address.get("corpus")), ["ravdess", "emodb"])
    if "corpus" in address:
        assert app.multiselect(key="corpus").value == corpora
    if "gender" in address:
        assert app.multiselect(key="gender").value == ["female"]
    assert "not here" not in said(app)


@pytest.mark.parametrize(
    "address",
    [{"step": "nowhere"}, {"part": "x"}, {"clip": "emodb/none"}, {"clip": "x"}, {"colour": "red"}],
)
def test_what_an_address_asks_in_vain_is_told_once(address: dict[str, str]) -> None:
    app = open_at(**address)
    assert not app.exception and not app.error
    assert "asks for something that is not here" in said(app)
    assert "asks for something that is not here" not in said(press(app, "next-above"))


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
def test_filters_act_on_every_step(explore: AppTest, filters: dict, count: str) -> None:
    for key, values in filters.items():
        explore.multiselect(key=key).set_value(values)
    for step in STEPS:
        app = turn_to(explore, step)
        assert not app.exception and not app.error
        assert count in said(app)


def test_counts_are_said_as_a_sum_that_is_right(explore: AppTest) -> None:
    assert "CREMA-D 5,797 + nEMO 3,433 + BanglaSER 1,464 = 15,468 clips" in said(explore)
    open_all(explore, PEOPLE)
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
    assert "licence of TESS forbids" in said(turn_to(explore, MAP))


@pytest.mark.parametrize("corpus", ["ravdess", "emodb", "cremad", "nemo"])
def test_without_audio_a_clip_shows_its_features_and_how_to_get_the_sound(
    explore: AppTest, monkeypatch: pytest.MonkeyPatch, corpus: str
) -> None:
    monkeypatch.setattr(cached, "recordings", lambda corpus: {})
    explore.multiselect(key="corpus").set_value([corpus])
    app = turn_to(explore, MAP)
    press(app, "pick")
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
    app = turn_to(explore, MAP)
    press(app, "pick")
    assert not app.exception
    assert len(app.get("audio")) == 1
    assert len(app.get("plotly_chart")) == 3


@pytest.mark.parametrize(
    ("step", "wrapper", "error"),
    [
        (
            MAP,
            "clip_map",
            CorpusError("no_projection", f"{projecting.FILES['classic']} is missing."),
        ),
        (SPLITS, "transfer", CorpusError("no_matrix", "The matrix is missing.")),
    ],
)
def test_a_missing_table_ends_its_part_in_words(
    explore: AppTest,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    wrapper: str,
    error: CorpusError,
) -> None:
    def refuse(*_: str) -> None:
        raise error

    monkeypatch.setattr(cached, wrapper, refuse)
    app = open_all(turn_to(explore, step), step)
    assert [message.value for message in app.error] == [error.message]
    assert not turn_to(app, PEOPLE).error


@pytest.mark.parametrize("protocol", ["speakers", "corpora"])
def test_every_protocol_of_a_model_can_be_looked_at(explore: AppTest, protocol: str) -> None:
    app = turn_to(explore, LEARNED)
    model = cached.models()[0]
    app.button_group(key="protocol").set_value(protocol).run()
    assert not app.exception and not app.error
    report = model.info["reports"][protocol]
    assert report["description"].capitalize() in said(app)
    assert f"{report['n_recordings']:,} clips of {report['n_speakers']} speakers" in said(app)
