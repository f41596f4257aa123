"""Settings are declared once: what reads them leaves none out."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ser_core import architectures
from ser_core.architectures import ARCHITECTURES
from ser_core.errors import SettingsError
from ser_core.training import declared, flags, settings
from ser_core.training.declared import Entry, entries
from ser_core.training.settings import TrainingSettings, recipe
from ui.retrain import recipes, runs

ENTRIES = entries(TrainingSettings)
IDS = [".".join(entry.path) for entry in ENTRIES]


def another(entry: Entry, value: Any) -> Any:
    """Another value that is allowed."""
    about = entry.setting
    if entry.path == ("corpora",):
        return ("emodb", "cremad")
    if entry.kind is bool:
        return not value
    if about.choices:
        choices = tuple(about.choices)
        return choices[1:3] if entry.several else choices[value == choices[0]]
    if entry.several:
        return tuple(one / 2 if entry.kind is float else one + 1 for one in value)
    if value is None:
        return 7
    return round(value / 2, 9) if entry.kind is float and value else value + 1


def changed(base: TrainingSettings, entry: Entry) -> TrainingSettings:
    values = base.to_dict()
    place = values
    for name in entry.path[:-1]:
        place = place[name]
    new = another(entry, entry.value_in(base))
    if entry.kind is float and not entry.several and not entry.value_in(base):
        new = entry.setting.high / 2
    assert new != entry.value_in(base)
    place[entry.path[-1]] = new
    return TrainingSettings.from_dict(values)


@pytest.mark.parametrize("network", ARCHITECTURES)
@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_the_command_line_and_python_say_every_setting(entry: Entry, network: str) -> None:
    base = recipe(network)
    one = changed(base, entry) if entry.path != ("network",) else base
    assert flags.parse(flags.words_of(one)) == one
    assert eval(flags.as_python(one), vars(settings)) == one  # noqa: S307


@pytest.mark.parametrize("network", ARCHITECTURES)
def test_all_changed_at_once(network: str) -> None:
    one = recipe(network)
    for entry in ENTRIES:
        if entry.path != ("network",):
            one = changed(one, entry)
    assert flags.parse(flags.words_of(one)) == one
    told = recipes.described(one, "speakers")
    # The split besides; the groups of the 180 features only of a network that sees those.
    assert len(told) == len(ENTRIES) + (one.architecture.vector == "classic")


@pytest.mark.parametrize("network", ARCHITECTURES)
def test_none_and_no_layers_can_be_said(network: str) -> None:
    values = recipe(network).to_dict() | {"patience": None}
    values["layers"] = {"hidden": (), "dropout": ()}
    one = TrainingSettings.from_dict(values)
    assert flags.parse([*flags.words_of(one), "--patience", "none"]) == one


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("epochs", 0, "out_of_bounds"),
        ("epochs", 2.5, "bad_value"),
        ("epochs", "3", "bad_value"),
        ("learning_rate", float("nan"), "out_of_bounds"),
        ("cosine", "yes", "bad_value"),
        ("network", "oracle", "unknown_name"),
        ("network", None, "unknown_name"),
        ("emotions", ("angry",), "unknown_name"),
        ("emotions", ("angry", "jealous"), "unknown_name"),
        ("layers", {"hidden": [9999], "dropout": [0]}, "out_of_bounds"),
        ("layers", {"hidden": [9], "dropout": []}, "layers"),
        ("magic", 1, "unknown_setting"),
    ],
)
def test_what_is_out_of_bounds_is_refused(path: str, value: Any, code: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        TrainingSettings.from_dict({path: value})
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")


def test_an_unknown_network_fails_at_once() -> None:
    with pytest.raises(SettingsError, match="mlp, encoder"):
        architectures.get("oracle")


def test_the_controls_of_retrain_lie_within_the_bounds() -> None:
    def within(values: Any, *path: str) -> bool:
        low, high = declared.bounds(TrainingSettings, *path)
        return low <= min(values) and max(values) <= high

    assert within(recipes.LEARNING_RATES, "learning_rate")
    assert within(recipes.BATCH_SIZES, "batch_size")
    assert within(recipes.UNITS[:2], "layers", "hidden")
    assert within(recipes.DROPOUT[:2], "layers", "dropout")
    assert within(recipes.EPOCHS[:2], "epochs")
    assert within(recipes.SEEDS, "seed")


def test_the_app_has_a_control_for_each_setting_that_is_shown() -> None:
    base = TrainingSettings()
    for entry in ENTRIES:
        if entry.setting.shown and entry.path != ("network",):
            one = changed(base, entry)
            assert recipes.settings_of(recipes.controls(one, "speakers")) == one, entry.path


def test_runs_are_told_apart_by_any_setting() -> None:
    base = TrainingSettings()
    for entry in ENTRIES:
        one = changed(base, entry)
        assert recipes.described(one, "speakers") != recipes.described(base, "speakers")


@pytest.mark.slow
def test_a_runs_snippet_holds_its_settings() -> None:
    @dataclasses.dataclass
    class Told:
        settings: TrainingSettings
        split: str = "random"

    one = changed(TrainingSettings(), ENTRIES[-1])
    snippet = runs.snippet(Told(one))
    head = snippet.split("examples = ")[0]
    found: dict[str, Any] = {}
    exec(head, found)  # noqa: S102
    assert found["settings"] == one


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("layers", None, "bad_value"),
        ("layers", [8, 8], "bad_value"),
        ("layers", {"hidden": 8}, "bad_value"),
        ("seed", 10**400, "bad_value"),
        ("learning_rate", 10**400, "bad_value"),
        ("learning_rate", float("nan"), "out_of_bounds"),
        ("corpora", {"ravdess": 1, "emodb": 2}, None),
        ("network", ["mlp"], "unknown_name"),
    ],
)
def test_settings_of_other_kinds_are_refused(name: str, value: Any, code: str | None) -> None:
    values = TrainingSettings().to_dict() | {name: value}
    if code is None:
        assert TrainingSettings.from_dict(values).corpora == ("ravdess", "emodb")
        return
    with pytest.raises(SettingsError) as caught:
        TrainingSettings.from_dict(values)
    assert caught.value.code == code
