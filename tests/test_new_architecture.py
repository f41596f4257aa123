"""A network that is registered is known everywhere: nothing else has a list of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ser_core import load_model
from ser_core.architectures import ARCHITECTURES, Architecture
from ser_core.cli import main
from ser_core.data import sounds
from ser_core.training.backend import keras
from ser_core.training.networks import BUILDERS
from ser_core.training.settings import NetworkSettings
from ui import cached
from ui.retrain import recipes

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_S = 120


def linear(
    n_features: int, n_classes: int, settings: NetworkSettings, *, input_dropout: float, name: str
) -> keras.Model:
    """No hidden layer at all, whatever the settings say of them."""
    inputs = keras.Input((n_features,), name="features")
    return keras.Model(inputs, keras.layers.Dense(n_classes, name="logits")(inputs), name=name)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> str:
    row = Architecture(
        "linear",
        "one layer, over the 180 features",
        "The 180 features, weighed",
        "As little as a network can be.",
        vector="classic",
        hears_all=False,
        recipe={"epochs": 5, "layers": {"hidden": (), "dropout": ()}},
    )
    monkeypatch.setitem(ARCHITECTURES, row.name, row)
    monkeypatch.setitem(BUILDERS, row.name, linear)
    return row.name


def open_page(path: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S).run()
    return app.switch_page(path).run()


def test_commands_and_pages_know_it(
    registered: str,
    synthetic_root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = tmp_path / "linear"
    toy = ["--network", registered, "--corpora", "synthetic", "--data", str(synthetic_root)]
    assert main(["train", *toy, "--out", str(made), "--holdout", "speakers"]) == 0
    assert main(["evaluate", *toy]) == 0
    assert "chance 25 %" in capsys.readouterr().out
    model = load_model(made)
    assert (model.info["network"], model.info["n_weights"]) == (registered, 181 * 4)
    assert sum(model.predict(sounds.make("raised")).probabilities.values()) == pytest.approx(1)

    monkeypatch.setattr(cached, "models", lambda: [model])
    explore = open_page("pages/explore.py")
    explore.button_group(key="part").set_value("How the model learned").run()
    assert not explore.exception and not explore.error
    assert "Epoch by epoch" in [header.value for header in explore.header]

    retrain = open_page("pages/retrain.py")
    retrain.radio(key="network").set_value(registered).run()
    assert not retrain.exception and not retrain.error
    assert any("**724** weights" in one.value for one in retrain.markdown)
    (train,) = [button for button in retrain.button if button.label == "Train"]
    assert not train.disabled
    assert recipes.base(registered).architecture.caption == "one layer, over the 180 features"
