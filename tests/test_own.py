"""Somebody's own recordings: what is understood of folders, zips and tables, what is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ser_core.data import own, own_lines
from ser_core.data.label_words import answer, meaning
from ser_core.errors import AudioError, CorpusError

PEOPLE, WORDS = ("anna", "ben", "cem"), ("Wut", "Freude")


def tree(root: Path, names: list[str], tables: dict[str, str | bytes] | None = None) -> Path:
    """A folder with empty files of these names: nothing here listens."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    for name, text in (tables or {}).items():
        (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def each(pattern: str, people: tuple[str, ...] = PEOPLE) -> list[str]:
    """Six names for each person and word."""
    return [
        pattern.format(who=who, word=word, take=take, n=number)
        for number, who in enumerate(people, start=1)
        for word in WORDS
        for take in range(6)
    ]


NUMBERED = [f"c{number:02}.wav" for number in range(12)]
ROWS = [(name, WORDS[n % 2], PEOPLE[n % 3]) for n, name in enumerate(NUMBERED)]


def table(header: str, rows: list[tuple[str, ...]], between: str = ",") -> str:
    return "\n".join([header, *(between.join(row) for row in rows)])


UNDERSTOOD = {
    "folders of labels": (each("{word}/{who}{take}.wav"), {}, 0),
    "folders of labels in folders of speakers": (each("{who}/{word}/{take}.wav"), {}, 3),
    "folders of speakers in folders of labels": (each("{word}/{who}/{take}.flac"), {}, 3),
    "unknown words beside numbered speakers": (
        [
            n.replace("Wut", "dringend").replace("Freude", "egal")
            for n in each("spk{n}/{word}/{take}.wav")
        ],
        {},
        3,
    ),
    "a folder around all": (each("mine/all/{word}/{take}-{who}.ogg"), {}, 3),
    "names of files": (each("{word}_{who}_{take}.wav"), {}, 3),
    "names of files with numbered speakers": (each("take{take}-s{n}-{word}.mp3"), {}, 3),
    "names of files without speakers": (each("{word}_{n}{take}.wav"), {}, 0),
    "RAVDESS": (
        [f"03-01-0{e}-01-01-01-0{a}.wav" for e in (4, 5) for a in range(1, 7)],
        {},
        6,
    ),
    "a table": (NUMBERED, {"labels.csv": table("file,emotion,speaker", ROWS)}, 3),
    "a spreadsheet's table": (
        NUMBERED,
        {"x.csv": table("Datei;Label;Sprecher", ROWS, ";").encode("cp1252")},
        3,
    ),
    "a table in UTF-16 with tabs": (
        NUMBERED,
        {"x.tsv": table("path\tclass\tactor", ROWS, "\t").encode("utf-16")},
        3,
    ),
    "folders beside a table of something else": (
        each("{who}/{word}/{take}.wav"),
        {"notes.csv": "day,weather\n1,rain"},
        3,
    ),
    "a table without speakers": (
        NUMBERED,
        {"x.csv": table("file,emotion", [row[:2] for row in ROWS])},
        0,
    ),
    "a table with whole paths, without endings": (
        NUMBERED,
        {"x.csv": table("file,emotion", [(rf"C:\rec\{r[0][:-4]}", r[1].upper()) for r in ROWS])},
        0,
    ),
}


@pytest.mark.parametrize("case", UNDERSTOOD)
def test_labels_and_speakers_are_found(case: str, tmp_path: Path) -> None:
    names, tables, n_speakers = UNDERSTOOD[case]
    found = own.read(tree(tmp_path, names, tables))
    assert len(found.clips) == len(names)
    assert len(found.classes) == 2 and set(found.classes.values()) == {len(names) // 2}
    assert len(found.speakers) == n_speakers
    assert found.has_strangers == (n_speakers > 1)
    said = " ".join(own_lines.lines(found))
    assert found.labels_from in said and ("flatters" in said) == (n_speakers == 0)


def test_a_table_alone_names_the_files_beside_it(tmp_path: Path) -> None:
    tree(tmp_path / "sounds", [*NUMBERED, "more.wav"])
    for before in ("sounds/", f"{tmp_path}/sounds/", "gone/"):
        rows = [(f"{before}{row[0]}", *row[1:]) for row in ROWS]
        tree(tmp_path, [], {"labels.csv": table("file,emotion,speaker", rows)})
        found = own.read(tmp_path / "labels.csv")
        assert found.classes == {"Freude": 6, "Wut": 6} and len(found.speakers) == 3


def packed(names: list[str], tables: dict[str, str], others: tuple[str, ...] = ()) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in (*names, *others):
            archive.writestr(name, b"-")
        for name, text in tables.items():
            archive.writestr(name, text)
    return file.getvalue()


def test_a_zip_is_understood_as_its_folder_would_be(tmp_path: Path) -> None:
    content = packed(each("my/{who}/{word}/{take}.wav"), {}, ("my/notes.txt",))
    (tmp_path / "mine.zip").write_bytes(content)
    for found in (own.read(tmp_path / "mine.zip"), own.read_zip("mine.zip", content)):
        assert found.classes == {"Freude": 18, "Wut": 18}
        assert found.speakers == dict.fromkeys(PEOPLE, 12)
        assert [(one.name, one.code) for one in found.left_out] == [("my/notes.txt", "no_sound")]


def test_what_differs_in_capitals_only_is_one_class_and_one_person(tmp_path: Path) -> None:
    rows = [(r[0], r[1].upper() if n == 3 else r[1], f"{r[2]} ") for n, r in enumerate(ROWS)]
    found = own.read(tree(tmp_path, NUMBERED, {"x.csv": table("file,emotion,speaker", rows)}))
    assert found.classes == {"Freude": 6, "Wut": 6} and len(found.speakers) == 3


def test_rows_and_files_without_each_other_are_left_out_and_named(tmp_path: Path) -> None:
    rows = [*ROWS, ("gone.wav", "Wut", "anna")]
    names = [*NUMBERED, "more.wav"]
    found = own.read(tree(tmp_path, names, {"x.csv": table("file,emotion,speaker", rows)}))
    assert {(one.name, one.code) for one in found.left_out} == {
        ("gone.wav", "no_file"),
        ("more.wav", "no_label"),
    }
    assert "Left out, 2" in own_lines.lines(found)[-1]


REFUSED = {
    "nothing": ([], {}, "no_clips"),
    "one folder": (each("Wut/{who}{word}{take}.wav"), {}, "no_labels"),
    "one class": (
        NUMBERED,
        {"x.csv": table("file,emotion", [(r[0], "Wut") for r in ROWS])},
        "one_class",
    ),
    "too few of a class": (
        [*NUMBERED[:8], "a/1.wav"],
        {
            "x.csv": table(
                "file,emotion",
                [(n, "Wut" if k < 7 else "Freude") for k, n in enumerate(NUMBERED[:8])],
            )
        },
        "too_few",
    ),
    "numbers only": (NUMBERED, {}, "no_labels"),
    "two words that may be labels": (each("{who}x/y{word}/{take}.wav"), {}, "ambiguous"),
    "a table of something else": (NUMBERED, {"x.csv": "a,b\n1,2"}, "bad_table"),
    "two tables": (
        NUMBERED,
        dict.fromkeys(("x.csv", "y.csv"), table("file,emotion,speaker", ROWS)),
        "several_tables",
    ),
    "rows without files": (
        NUMBERED,
        {"x.csv": table("file,emotion", [(f"no{r[0]}", r[1]) for r in ROWS])},
        "no_file",
    ),
    "a word of ours": (
        each("{word}/{who}{take}.wav") + [f"not sure/{n}.wav" for n in range(6)],
        {},
        "reserved_label",
    ),
    "a class a person": (
        NUMBERED,
        {"x.csv": table("file,emotion,speaker", [(r[0], r[1], f"says {r[1]}") for r in ROWS])},
        "classes_are_speakers",
    ),
    "a class a file": (
        [f"{n}.wav" for n in range(110)],
        {"x.csv": table("file,emotion", [(f"{n}", f"w{n % 22}") for n in range(110)])},
        "too_many_classes",
    ),
    "too many": ([f"{WORDS[n % 2]}/{n}.wav" for n in range(121)], {}, "too_many_files"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_nothing_can_be_learned_from_is_refused(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MAX_FILES", 120)
    names, tables, code = REFUSED[case]
    with pytest.raises(CorpusError) as refusal:
        own.read(tree(tmp_path, names, tables))
    assert refusal.value.code == code
    assert str(tmp_path) not in refusal.value.message


@pytest.mark.parametrize(
    ("content", "code"), [(b"no zip", "no_clips"), (b"PK\x03\x04 damaged", "zip_damaged")]
)
def test_a_zip_that_is_none_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises((CorpusError, AudioError)) as refusal:
        own.read(tmp_path / "a.zip")
    assert refusal.value.code == code


def test_what_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read"):
        own.read(tmp_path / "gone")


@pytest.mark.parametrize(
    ("label", "means", "answered"),
    [
        ("ANGER", "angry", "angry"),
        ("fröhlich", "happy", "happy"),
        ("Langeweile", "bored", "ordinary"),
        ("złość", "angry", "angry"),
        ("ps", None, None),
        ("Ekel", "disgust", None),
        ("dringend", None, None),
    ],
)
def test_words_for_emotions_are_known_in_some_languages(
    label: str, means: str | None, answered: str | None
) -> None:
    assert (meaning(label), answer(label)) == (means, answered)
