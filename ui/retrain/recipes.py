"""The sliders of the Retrain page: their names in the address bar, their bounds, the presets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ser_core import architectures, language
from ser_core.corpora import get
from ser_core.data import tables
from ser_core.emotions import ALL_EMOTIONS, EMOTIONS, shown
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.training.declared import Entry, bounds, entries
from ser_core.training.settings import (
    FEATURE_GROUPS,
    MAX_LAYERS,
    NetworkSettings,
    TrainingSettings,
    recipe,
)

CORPORA = {name: get(name).TITLE for name in tables.available() if get(name).SHARE_FEATURES}
"""The corpora whose committed tables hold features."""

SPLITS = {"speakers": N_("Unseen speakers"), "random": N_("Random (flattering)")}
GROUPS = {"mfcc": "MFCC (40)", "chroma": N_("Chroma (12)"), "mel": N_("Mel bands (128)")}


def _highest(*path: str) -> int:
    highest: int = bounds(TrainingSettings, *path)[1]
    return highest


LEARNING_RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
BATCH_SIZES = tuple(2**n for n in range(3, 10) if 2**n <= _highest("batch_size"))
LAYERS = (0, MAX_LAYERS)
UNITS = (8, _highest("layers", "hidden"), 8)  # lowest, highest, step
DROPOUT = (*bounds(TrainingSettings, "layers", "dropout"), 0.05)
EPOCHS = (5, _highest("epochs"), 5)
SEEDS = (0, _highest("seed"))

ORIGINAL = TrainingSettings(keep_best=True)
"""The original recipe; what is kept of it here is its best epoch, not its last."""

ENCODER = recipe(
    "encoder",
    corpora=("ravdess", "emodb", "banglaser"),
    epochs=10,
    augmentation=0,
    input_dropout=0.0,
    members=1,
    keep_best=True,
)
"""The default model's recipe as far as tables can give it, on corpora of three languages."""

PRESETS: dict[str, tuple[TrainingSettings, str, str]] = {
    N_("The original recipe"): (
        ORIGINAL,
        "speakers",
        N_(
            "Three layers over RAVDESS, tested on actors it never heard: the recipe of the shipped "
            "`ravdess-mlp`."
        ),
    ),
    N_("The speech encoder"): (
        ENCODER,
        "speakers",
        N_(
            "The network sees what a speech encoder heard, which says more of how somebody speaks "
            "and less of who does: the same sliders, and it is right about strangers."
        ),
    ),
    N_("Small and honest"): (
        TrainingSettings(layers=NetworkSettings((16,), (0.5,)), epochs=30, keep_best=True),
        "speakers",
        N_(
            "One small layer and few epochs: the two lines stay closer together, and strangers "
            "lose little by it."
        ),
    ),
    N_("Overfit on purpose"): (
        TrainingSettings(layers=NetworkSettings((512, 256), (0.0, 0.0)), epochs=60),
        "speakers",
        N_(
            "Many weights, no dropout, and its last epoch is kept. Training climbs to the top, and "
            "strangers' loss climbs, too."
        ),
    ),
    N_("Leak on purpose"): (
        ORIGINAL,
        "random",
        N_(
            "The original recipe with the same voices on both sides of the split. Nothing else "
            "changes, and the score jumps: what it gained is knowing the speakers."
        ),
    ),
}
"""Settings, split, and what to look for."""

OWN = N_("Your own settings")


def base(network: str) -> TrainingSettings:
    """What the sliders of a network begin from: its preset, else its recipe on one corpus."""
    for preset in (ORIGINAL, ENCODER):
        if preset.network == network:
            return preset
    return recipe(network, corpora=ORIGINAL.corpora, augmentation=0, members=1, keep_best=True)


def controls(settings: TrainingSettings, split: str) -> dict[str, Any]:
    """The value of every slider for a recipe, by the slider's name."""
    values: dict[str, Any] = {
        "network": settings.network,
        "corpora": list(settings.corpora),
        "emotions": list(settings.emotions),
        "split": split,
        "features": list(settings.feature_groups),
        "layers": len(settings.layers.hidden),
        "rate": settings.learning_rate,
        "batch": settings.batch_size,
        "epochs": settings.epochs,
        "best": settings.keep_best,
        "balance": settings.class_weights or settings.balance,
        "seed": settings.seed,
    }
    pairs = zip(settings.layers.hidden, settings.layers.dropout, strict=True)
    for number, (units, rate) in enumerate(pairs, start=1):
        values |= {f"units{number}": units, f"dropout{number}": rate}
    return values


def fitting(network: str) -> dict[str, Any]:
    """The values of the sliders that shape and train a network, as its preset has them."""
    kept = ("network", "corpora", "emotions", "split", "features", "seed")
    return {key: value for key, value in controls(base(network), "").items() if key not in kept}


def layer_default(number: int) -> tuple[int, float]:
    """Units and dropout of a layer (from 1) that nobody has set."""
    hidden, dropout = ORIGINAL.layers.hidden, ORIGINAL.layers.dropout
    place = min(number, len(hidden)) - 1
    return hidden[place], dropout[place]


def settings_of(values: Mapping[str, Any]) -> TrainingSettings:
    """The settings that the sliders stand for.

    Raises
    ------
    SettingsError
        Where too little is chosen.
    """
    numbers = range(1, values["layers"] + 1)
    usual = base(values["network"])
    classic = usual.architecture.vector == "classic"
    return replace(
        usual,
        corpora=_in_order(values["corpora"], CORPORA),
        emotions=tuple(values["emotions"]),
        feature_groups=(
            _in_order(values["features"], FEATURE_GROUPS) if classic else usual.feature_groups
        ),
        layers=NetworkSettings(
            tuple(values[f"units{number}"] for number in numbers),
            tuple(round(values[f"dropout{number}"], 2) for number in numbers),
        ),
        learning_rate=values["rate"],
        batch_size=values["batch"],
        epochs=values["epochs"],
        keep_best=values["best"],
        # Of several corpora each is balanced by itself, as the default model's recipe has it.
        **{"class_weights" if classic else "balance": values["balance"]},
        seed=values["seed"],
    )


def name_of(settings: TrainingSettings, split: str) -> str:
    """The preset that these are, whatever the seed; `OWN` if none."""
    wanted = settings.to_dict() | {"seed": 0}
    for name, (preset, preset_split, _lesson) in PRESETS.items():
        if (preset.to_dict(), preset_split) == (wanted, split):
            return name
    return OWN


def described(settings: TrainingSettings, split: str) -> dict[str, str]:
    """Every setting in words, by what a table calls it.

    Those that the page has no control for are named where they are not the recipe's.
    """
    usual = recipe(settings.network)
    told = {"Split": _(SPLITS[split])}
    for entry in entries(TrainingSettings):
        value = entry.value_in(settings)
        if entry.path == ("feature_groups",) and settings.architecture.vector != "classic":
            continue
        if entry.setting.shown or value != entry.value_in(usual):
            told[entry.setting.label or entry.setting.name.capitalize()] = _in_words(entry, value)
    return told


def label_of(control: str) -> Callable[[str], str]:
    """What gives the label of a choice in the reader's language."""
    names: dict[str, Callable[[str], str]] = {
        "network": lambda name: _(architectures.get(name).sees),
        "split": lambda name: _(SPLITS[name]),
        "emotions": shown,
        "features": lambda name: _(GROUPS[name]),
    }
    return names[control]


def readable(control: str, told: Sequence[str]) -> list[str]:
    """What an address says of a control, in the reader's language.

    An address holds the labels of whoever made it. Here they become the reader's, and so do the
    choices' own names; what is neither stays.
    """
    choices: dict[str, tuple[str, ...]] = {
        "network": tuple(architectures.ARCHITECTURES),
        "split": tuple(SPLITS),
        "emotions": ALL_EMOTIONS,
        "features": tuple(GROUPS),
    }
    label = label_of(control)
    known = {name: name for name in choices[control]}
    for each in language.LANGUAGES:
        with language.use(each):
            known |= {label(name): name for name in choices[control]}
    return [label(known[one]) if one in known else one for one in told]


def _in_words(entry: Entry, value: Any) -> str:
    words = _WORDS.get(entry.path)
    if words is not None:
        return words(value)
    if entry.several:
        return " ".join(f"{one:g}" for one in value) or _("none")
    if entry.kind is bool:
        return _("yes") if value else _("no")
    return f"{value:g}" if entry.kind is float else str(value)


_WORDS: dict[tuple[str, ...], Callable[[Any], str]] = {
    ("network",): lambda name: _(architectures.get(name).caption),
    ("corpora",): lambda names: ", ".join(CORPORA.get(name, name) for name in names),
    ("emotions",): lambda names: (
        _("the four") if names == EMOTIONS else ", ".join(map(shown, names))
    ),
    ("feature_groups",): lambda names: (
        _("all 180") if names == FEATURE_GROUPS else ", ".join(_(GROUPS[name]) for name in names)
    ),
    ("layers", "hidden"): lambda units: "-".join(map(str, units)) or _("no hidden layer"),
}


def _in_order(chosen: Any, order: Any) -> tuple[str, ...]:
    return tuple(name for name in order if name in chosen)


COLUMNS = (
    *(N_("Split"), N_("Network"), N_("Emotions"), N_("Corpora"), N_("Layers"), N_("Dropout")),
    *(N_("Features"), N_("Learning rate"), N_("Batch size"), N_("Epochs")),
    *(N_("Best epoch kept"), N_("Class weights"), N_("Balance"), N_("Seed")),
    *(N_("Patience"), N_("Augmented copies"), N_("Input dropout"), N_("Label smoothing")),
    *(N_("Weight decay"), N_("Cosine"), N_("Members")),
)
"""What a table calls the settings, marked for the catalogue."""
