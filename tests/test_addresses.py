"""Addresses that somebody typed or changed: out of bounds, of other types, with markup."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.pages import ROOT, TIMEOUT_S
from ui import frame

pytestmark = pytest.mark.slow

ODD = (
    *("", "nonsense", "-1", "1e309", "nan", "999999999999999999999", "0.0000001", "true", "null"),
    *("<script>alert(1)</script>", "../../etc/passwd", "%00", "\N{PILE OF POO}", "x" * 5000),
)
SETTINGS = {
    "explore": (
        *("step", "colour", "ears", "plane", "clip", "by", "model", "protocol", "part"),
        *("corpus", "emotion", "gender", "intensity"),
    ),
    "retrain": (
        *("layers", "units1", "dropout1", "rate", "batch", "epochs", "seed", "balance"),
        *("corpora", "emotions", "features", "split", "run"),
    ),
    "listen": ("model", "section", "run"),
    "about": ("model",),
}


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("page", SETTINGS)
def test_an_address_out_of_bounds_ends_no_page(page: str, value: str) -> None:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S)
    for name in SETTINGS[page]:
        app.query_params[name] = [value, value] if name in ("corpora", "run", "corpus") else value
    app.run().switch_page(f"pages/{page}.py").run()
    assert not app.exception
    assert app.title
    told = "\n".join(str(one.value) for kind in (app.error, app.warning, app.info) for one in kind)
    assert frame.FAULT not in told
    assert "<script>" not in told
