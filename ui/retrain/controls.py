"""The sliders of Retrain, all of them bound to the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ser_core.architectures import ARCHITECTURES
from ser_core.emotions import EMOTIONS
from ser_core.language import gettext as _
from ser_core.training.settings import TrainingSettings
from ui import frame
from ui.retrain import recipes

_ORIGINAL = recipes.controls(recipes.ORIGINAL, "speakers")


@frame.guarded
def load(settings: TrainingSettings, split: str) -> None:
    """Set every slider as a run or a recipe has it."""
    st.session_state.update(recipes.controls(settings, split))


@frame.guarded
def _fit_sliders() -> None:
    """Another kind of numbers wants another network; the data stays."""
    st.session_state.update(recipes.fitting(st.session_state.network))


def presets() -> None:
    """What to start from, in one row."""
    with st.container(horizontal=True, gap="small", key="presets"):
        for name, (recipe, split, lesson) in recipes.PRESETS.items():
            st.button(_(name), on_click=load, args=(recipe, split), help=_(lesson))


def draw(emotions: Sequence[str]) -> dict[str, Any]:
    """Draw them: the layers first, what is deeper behind an expander.

    Parameters
    ----------
    emotions : sequence of str
        All that the tables hold.

    Returns
    -------
    dict
        What is chosen, by the slider's name, as `recipes.settings_of` takes it.
    """
    with st.container(key="layers-of-retrain", gap="xsmall"):
        chosen = _layers()
    chosen["network"] = st.radio(
        _("What the network sees"),
        list(ARCHITECTURES),
        format_func=recipes.label_of("network"),
        key="network",
        on_change=_fit_sliders,
        bind="query-params",
        help="\n\n".join(f"{_(row.sees)}: {_(row.about)}" for row in ARCHITECTURES.values()),
    )
    with st.expander(_("More settings"), icon=":material/tune:"):
        data, training = st.tabs([_("Data"), _("Training")])
        with data:
            chosen |= _data(emotions, chosen["network"])
        with training:
            chosen |= _training()
    return chosen


def lesson(settings: TrainingSettings | None, split: str) -> None:
    """What to look for, where the sliders stand as one of the starts has them."""
    name = recipes.OWN if settings is None else recipes.name_of(settings, split)
    if name in recipes.PRESETS:
        st.caption(f"**{_(name)}.** {_(recipes.PRESETS[name][2])}")


def _data(emotions: Sequence[str], network: str) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    chosen["corpora"] = st.multiselect(
        _("Learn from"),
        list(recipes.CORPORA),
        default=_ORIGINAL["corpora"],
        format_func=recipes.CORPORA.__getitem__,
        key="corpora",
        bind="query-params",
    )
    chosen["emotions"] = st.multiselect(
        _("Emotions to tell apart"),
        emotions,
        default=list(EMOTIONS),
        format_func=recipes.label_of("emotions"),
        key="emotions",
        bind="query-params",
    )
    chosen["split"] = st.radio(
        _("Keep aside for the test"),
        list(recipes.SPLITS),
        format_func=recipes.label_of("split"),
        captions=[
            _("A fifth of the people, none of whom is heard in training."),
            _("A fifth of the clips. The same people are in training, so the score flatters."),
        ],
        key="split",
        bind="query-params",
    )
    if ARCHITECTURES[network].vector == "classic":
        chosen["features"] = st.multiselect(
            _("Features it sees"),
            list(recipes.GROUPS),
            default=_ORIGINAL["features"],
            format_func=recipes.label_of("features"),
            key="features",
            bind="query-params",
        )
    else:
        st.caption(
            _(
                "It also hears all other emotions of these corpora: calm, bored and neutral speech "
                "as ordinary, the rest as none of those to tell apart."
            )
        )
    return chosen


def _layers() -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    chosen["layers"] = st.slider(
        _("Hidden layers"), *recipes.LAYERS, _ORIGINAL["layers"], key="layers", bind="query-params"
    )
    for number in range(1, chosen["layers"] + 1):
        sides = st.columns(2, gap="small")
        usual = recipes.layer_default(number)
        labels = {"units": _("Layer {number}: units"), "dropout": _("Layer {number}: dropout")}
        for side, name, value, (low, high, step) in zip(
            sides, labels, usual, (recipes.UNITS, recipes.DROPOUT), strict=True
        ):
            key, label = f"{name}{number}", labels[name].format(number=number)
            chosen[key] = side.slider(label, low, high, value, step, key=key, bind="query-params")
    return chosen


def _training() -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    chosen["rate"] = st.select_slider(
        _("Learning rate"),
        recipes.LEARNING_RATES,
        _ORIGINAL["rate"],
        key="rate",
        bind="query-params",
    )
    chosen["batch"] = st.select_slider(
        _("Batch size"),
        recipes.BATCH_SIZES,
        _ORIGINAL["batch"],
        key="batch",
        bind="query-params",
    )
    low, high, step = recipes.EPOCHS
    chosen["epochs"] = st.slider(
        _("Epochs"), low, high, _ORIGINAL["epochs"], step, key="epochs", bind="query-params"
    )
    chosen["best"] = st.toggle(
        _("Keep the best epoch"),
        value=_ORIGINAL["best"],
        key="best",
        bind="query-params",
        help=_(
            "A fifth of the speakers it could learn from is kept aside, and the epoch in which "
            "their loss is lowest is kept. Nobody it is tested on has a say. Without it the last "
            "epoch is kept."
        ),
    )
    chosen["balance"] = st.toggle(
        _("Class weights"),
        key="balance",
        bind="query-params",
        help=_("Rare emotions count for more, so that each weighs the same in all."),
    )
    chosen["seed"] = st.number_input(
        _("Seed"),
        *recipes.SEEDS,
        _ORIGINAL["seed"],
        key="seed",
        bind="query-params",
        help=_(
            "Decides the first weights and which fifth is kept aside. The same seed and settings "
            "give the same model."
        ),
    )
    st.caption(
        _(
            "No augmented copies here: they are made from recordings, and this page learns from "
            "tables of features."
        )
    )
    return chosen
