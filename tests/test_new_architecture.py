"""A network that is registered is known everywhere: nothing else has a list of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit

from ser_core import load_model
from ser_core.architectures import ARCHITECTURES
from ser_core.cli import main
from ser_core.data import sounds
from ser_core.jobs.manager import Jobs
from ser_core.training import networks
from ser_core.training.settings import NetworkSettings
from tests.support import linear
from tests.support.pages import open_page, press
from tests.support.trainings import ended, wait
from ui import cached
from ui.retrain import recipes

pytestmark = pytest.mark.slow


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(ARCHITECTURES, linear.ROW.name, linear.ROW)
    return linear.ROW.name


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
    assert "chance 25%" in capsys.readouterr().out
    model = load_model(made)
    assert (model.info["network"], model.info["n_weights"]) == (registered, 181 * 4)
    assert sum(model.predict(sounds.make("raised")).probabilities.values()) == pytest.approx(1)

    monkeypatch.setattr(cached, "models", lambda: [model])
    explore = open_page("pages/explore.py")
    explore.button_group(key="step").set_value("learning").run()
    assert not explore.exception and not explore.error
    assert "Epoch by epoch" in [header.value for header in explore.subheader]

    retrain = open_page("pages/retrain.py")
    retrain.radio(key="network").set_value(registered).run()
    assert not retrain.exception and not retrain.error
    assert any("**724** weights" in one.value for one in retrain.markdown)
    assert recipes.base(registered).architecture.caption == "one layer, over the 180 features"


def test_retrain_trains_it_in_a_process_that_has_to_be_told_of_it(
    registered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SER_RUNS", str(tmp_path))
    streamlit.cache_resource.clear()
    retrain = open_page("pages/retrain.py")
    retrain.radio(key="network").set_value(registered).run()
    press(retrain, "Train")
    jobs = Jobs(tmp_path)
    (run_id,) = (path.name for path in tmp_path.iterdir() if path.is_dir())
    run = wait(jobs, run_id, ended)
    assert (run.status, len(run.history)) == ("done", 5), run.message
    assert "--network linear" in retrain.run().code[0].value
    model = load_model(jobs.bundle(run_id))
    assert (model.info["network"], model.info["n_weights"]) == (registered, 181 * 4)
    assert sum(model.predict(sounds.make("raised")).probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", [*ARCHITECTURES, "linear"])
def test_what_counts_its_weights_counts_what_its_builder_builds(name: str) -> None:
    row = ARCHITECTURES.get(name, linear.ROW)
    layers = NetworkSettings((12, 7), (0.1, 0.0))
    network = networks.builder(row)(20, 4, layers, input_dropout=0.1, name="counted")
    assert row.n_weights(20, layers.hidden, 4) == network.count_params()
