"""Numbers in words."""

from __future__ import annotations

import pytest

from ser_core.inference.prediction import Prediction
from ser_core.speech.quality import QualityWarning
from ui import promises, words
from ui.about import words as about_words
from ui.explore import words as explore_words


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.829, "82%"),
        (0.9999, "99%"),
        (1.0, "99%"),
        (0.004, "under 1%"),
        (0.0, "under 1%"),
    ],
)
def test_percent_never_rounds_doubt_away(share: float, said: str) -> None:
    assert words.percent(share) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [(["sad"], "sad"), (["angry", "sad"], "angry or sad"), (list("abc"), "a, b or c")],
)
def test_listing(names: list[str], said: str) -> None:
    assert words.listing(names, "or") == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(3.44, "3.4 s"), (60.0, "1 min"), (65.2, "1 min 5 s"), (600, "10 min")]
)
def test_duration(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "refused", "said"),
    [
        (1, 0, "One file: one heard"),
        (2, 0, "Two files: two heard"),
        (3, 1, "Three files: two heard, one refused"),
        (12, 12, "12 files: none heard, 12 refused"),
    ],
)
def test_files(count: int, refused: int, said: str) -> None:
    assert words.files(count, refused) == said


def test_plain_text_keeps_no_markdown() -> None:
    assert words.plain("**a** [b](c)\n$d$") == r"\*\*a\*\* \[b\]\(c\) \$d\$"


def info(count: int) -> dict:
    bins = [{"low": 0.7, "high": 0.8, "confidence": 0.75, "accuracy": 0.684, "count": count}]
    served = {"ece": 0.03, "bins": bins, "coverage": 0.75, "accuracy": 0.62}
    return {"emotions": ["angry", "sad"], "decision": {"served": {"speakers": served}}}


def test_reliability_is_read_from_its_bin() -> None:
    said = promises.reliability(info(93), 0.72)
    assert said is not None
    assert "70 to 80%" in said and "68 in 100" in said and "93 clips" in said
    # It holds of voices that were one of them, and says so.
    assert "meant to sound angry or sad" in said


@pytest.mark.parametrize(
    ("bundle", "confidence"),
    [(info(3), 0.72), (info(93), 0.95), ({"decision": {}}, 0.72)],
    ids=["few clips", "no bin", "no report"],
)
def test_reliability_is_silent_without_figures(bundle: dict, confidence: float) -> None:
    assert promises.reliability(bundle, confidence) is None


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ((), "68 in 100"),
        (("noisy",), "Trust this less"),
        (("seen_in_training",), None),
        (("noisy", "seen_in_training"), None),
    ],
)
def test_trust_is_said_of_strangers_and_clean_recordings_only(
    codes: tuple[str, ...], said: str | None
) -> None:
    warnings = tuple(QualityWarning(code, "...") for code in codes)
    heard = Prediction("sad", "sad", 0.72, {"sad": 0.72, "angry": 0.28}, 2.0, warnings)
    found = promises.trust(info(93), heard)
    assert found is None if said is None else said in str(found)


def test_of_several_parts_answers_at_large_are_told() -> None:
    heard = Prediction("sad", "sad", 0.72, {"sad": 0.72, "angry": 0.28}, 12.0, ())
    assert promises.trust(info(93), heard, parts=True) == promises.answers(info(93))
    assert "it answers 75" in str(promises.answers(info(93)))


def test_answered_is_read_from_what_is_served() -> None:
    assert promises.answered(info(93)) == (0.75, 0.62)
    assert promises.answered({"decision": {}}) is None
    assert "meant to sound angry or sad, it answers 75, and 62%" in str(promises.answers(info(93)))
    assert promises.answers({"emotions": ["sad"], "decision": {}}) is None


def with_ordinary() -> dict:
    told = {"n_recordings": 900, "emotion": 0.08, "ordinary": 0.8, "not_sure": 0.12}
    corpora = {"a": told, "b": told | {"emotion": 0.2}}
    found = info(93)
    found["corpora"] = [{"name": name, "title": name.upper()} for name in corpora]
    found["decision"] |= {"temperature": 1.0, "threshold": 0.4, "ordinary_threshold": 0.35}
    neither = {"n_recordings": 80, "emotion": 0.5, "ordinary": 0.1, "not_sure": 0.4}
    served = found["decision"]["served"]
    served["speakers"] |= {"ordinary": told, "neither": neither}
    served["corpora"] = {"ordinary": told | {"by_corpus": corpora}}
    report = {"recall": {"angry": 0.9, "sad": 0.7}}
    unseen = {"by_corpus": {"a": {"uar": {"value": 0.6, "low": 0.5, "high": 0.7}}}}
    found["reports"] = {"speakers": report, "corpora": report | unseen}
    return found


def test_the_promise_covers_ordinary_speech() -> None:
    """It told people who spoke as usual how often acted emotions were right."""
    said = str(promises.reliability(with_ordinary(), 0.72))
    assert "68 in 100" in said and "it gave 8 an emotion" in said
    assert "says nothing about voices" not in said
    assert "it gives 8 an emotion" in str(promises.answers(with_ordinary()))
    heard = Prediction("ordinary", "sad", 0.2, {"sad": 0.2, "angry": 0.1, "ordinary": 0.7}, 2.0, ())
    trust = str(promises.trust(with_ordinary(), heard))
    assert "neutral, calm or bored" in trust
    assert "called 80 ordinary, gave 8 an emotion, and was not sure about the rest" in trust
    assert words.short_verdict(heard) == "ordinary"
    assert words.probabilities(heard) == "Sad 20%, angry 10%, ordinary 70%"


def test_failures_say_what_becomes_of_voices_without_an_emotion() -> None:
    said = about_words.known_failures(with_ordinary(), None)
    assert "8% of strangers' ordinary speech is given an emotion" in said
    assert "20% of B" in said and "50% of strangers' clips of disgust or surprise" in said
    table = str(about_words.ordinary_table(with_ordinary()["decision"]["served"]["speakers"]))
    assert "| Ordinary (neutral, calm or bored) | 900 | 8.0% | 80.0% | 12.0% |" in table
    without = with_ordinary()
    del without["decision"]["served"]["speakers"]["ordinary"]
    assert "It does not know ordinary speech" in about_words.known_failures(without, None)
    assert about_words.ordinary_table({}) is None


def test_what_is_promised_says_of_which_languages() -> None:
    told = with_ordinary()
    told["corpora"] = [
        {"name": "a", "title": "A", "language": "en"},
        {"name": "b", "title": "B", "language": "de"},
        {"name": "c", "title": "C", "language": "pl"},
    ]
    served = told["decision"]["served"]["speakers"]
    served["corpora"] = ["a", "b"]
    served["by_corpus"] = {"c": {"coverage": 0.5, "accuracy": 0.7, "ece": 0.1}}
    assert "Of 100 strangers' clips in English or German that" in str(promises.answers(told))
    assert "such clips in English or German of people" in str(promises.ordinary(told))
    assert "about clips in English or German of people" in str(promises.reliability(told, 0.72))
    failures = about_words.known_failures(told, None)
    assert "**Polish.** Its promises do not cover this language" in failures
    assert "in C it answers 50%, and 70% of those answers are right." in failures
    assert "**German.**" not in failures


def test_what_a_model_can_answer() -> None:
    assert words.answer_names(with_ordinary()) == ["angry", "sad", "ordinary"]
    assert "at least 40% among all that it tells apart" in about_words.doubt(with_ordinary())
    alone = {"emotions": ["sad"], "decision": {"temperature": 1.0, "threshold": 0.5252}}
    assert words.answer_names(alone) == ["sad"]
    assert about_words.doubt(alone) == "Below 52% it says that it is not sure."


def test_calibration_is_said_for_each_protocol() -> None:
    assert "off by 3.0 points on strangers on average" in about_words.off_by(info(93))


def test_the_dot_says_that_the_app_weighs_more_than_the_curve() -> None:
    assert "ordinary" in explore_words.dot(with_ordinary())
    alone = {"emotions": ["sad"], "decision": {"temperature": 1.0, "threshold": 0.5}}
    assert "begins to say that it is not sure" in explore_words.dot(alone)
