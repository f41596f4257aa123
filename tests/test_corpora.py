"""The contract that every corpus of the registry keeps, and what each one's file names mean."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ser_core import corpora
from ser_core.corpora import CORPORA, NOT_STATED
from ser_core.emotions import ALL_EMOTIONS
from ser_core.errors import CorpusError
from tests.support.corpus_trees import LAYOUTS, grow, write

each_corpus = pytest.mark.parametrize("name", CORPORA)
each_layout = pytest.mark.parametrize(
    ("name", "layout"), [(name, layout) for name in CORPORA for layout in LAYOUTS[name]]
)


@each_corpus
def test_says_what_it_is_and_on_what_terms(name):
    corpus = CORPORA[name]
    assert corpus.NAME == name
    for text in (corpus.TITLE, corpus.DESCRIPTION, corpus.LICENCE, corpus.SOURCE, corpus.ACCESS):
        assert text.strip() == text != ""
    assert corpus.EXPECTED_RECORDINGS > 0
    assert corpus.BIBTEX.startswith("@") or name == "synthetic"
    for remote in corpus.REMOTES:
        assert remote.url.startswith("http")
        assert remote.checksum is None or remote.checksum.startswith(("md5:", "sha256:"))


@each_corpus
def test_speaker_groups_are_named_and_hold_each_speaker_once(name):
    groups = CORPORA[name].SPEAKER_GROUPS
    speakers = [speaker for group in groups.values() for speaker in group]
    assert len(groups) > 1
    assert len(speakers) == len(set(speakers))
    assert all(speaker.startswith(f"{name}-") for speaker in speakers)


@each_layout
def test_finds_each_recording_once_in_any_layout(name, layout, tmp_path):
    grow(tmp_path, name, layout)
    names = sorted({Path(file).stem for file in LAYOUTS[name][layout]})
    for root in (tmp_path, tmp_path / name, str(tmp_path)):
        found = CORPORA[name].find(root)
        assert [recording.name for recording in found] == names
    every_speaker = {s for group in CORPORA[name].SPEAKER_GROUPS.values() for s in group}
    for recording in found:
        assert recording.corpus == name
        assert recording.path.is_file()
        assert recording.speaker in every_speaker
        assert recording.gender in ("female", "male", NOT_STATED)
        assert recording.emotion in ALL_EMOTIONS
        assert recording.language == CORPORA[name].LANGUAGE


@each_corpus
@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3", ".WAV"])
def test_finds_recordings_with_other_endings(name, suffix, tmp_path):
    wanted = [recording.name for recording in CORPORA[name].find(grow(tmp_path / "a", name))]
    for recording in CORPORA[name].find(tmp_path / "a"):
        target = tmp_path / "b" / name / f"{recording.name}{suffix}"
        target.parent.mkdir(exist_ok=True, parents=True)
        recording.path.rename(target)  # names alone matter here
    assert [recording.name for recording in CORPORA[name].find(tmp_path / "b")] == wanted


@each_corpus
def test_leaves_other_files_and_other_corpora_alone(name, tmp_path):
    for other in CORPORA:
        if other != name:
            grow(tmp_path, other)
    for stray in ("notes.wav", "README.md", "._03-01-05-01-01-01-01.wav"):
        (tmp_path / stray).write_bytes(b"")
    shadow = tmp_path / "__MACOSX" / "Actor_01" / "03-01-05-01-01-01-01.wav"
    shadow.parent.mkdir(parents=True)
    shadow.write_bytes(b"")
    assert CORPORA[name].find(tmp_path) == []


def test_links_to_folders_are_followed_each_once(tmp_path):
    grow(tmp_path / "elsewhere", "ravdess")
    root = tmp_path / "data"
    root.mkdir()
    (root / "ravdess").symlink_to(tmp_path / "elsewhere" / "ravdess")
    (root / "again").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "round").symlink_to(root)
    assert len(list(corpora.sound_files(root))) == 4


@each_corpus
def test_a_folder_that_is_not_there_holds_nothing(name, tmp_path):
    assert CORPORA[name].find(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("corpus", "stem", "speaker", "gender", "emotion", "intensity", "statement"),
    [
        ("ravdess", "03-01-06-01-02-01-12", "12", "female", "fearful", "normal", "Dogs are"),
        ("ravdess", "03-01-05-02-01-02-07", "07", "male", "angry", "strong", "Kids are"),
        ("ravdess", "03-01-02-01-01-01-24", "24", "female", "calm", "normal", "Kids are"),
        ("tess", "OAF_back_angry", "OAF", "female", "angry", None, "Say the word back"),
        ("tess", "YAF_dog_ps", "YAF", "female", "surprised", None, "Say the word dog"),
        ("tess", "OA_bite_neutral", "OAF", "female", "neutral", None, "Say the word bite"),
        ("emodb", "03a01Fa", "03", "male", "happy", None, "Der Lappen"),
        ("emodb", "16b09Lb", "16", "female", "bored", None, "Ich will das"),
        ("emodb", "12a05Wd", "12", "male", "angry", None, "Das schwarze"),
        ("emodb", "14b02Ea", "14", "female", "disgust", None, "Sie haben"),
        ("cremad", "1001_DFA_ANG_XX", "1001", "male", "angry", None, "Don't forget"),
        ("cremad", "1002_IEO_FEA_HI", "1002", "female", "fearful", "high", "It's eleven"),
        ("cremad", "1091_IEO_SAD_LO", "1091", "female", "sad", "low", "It's eleven"),
        ("cremad", "1040_ITH_SAD_X", "1040", "male", "sad", None, "I think I have"),
        ("nemo", "EB0_anger_1", "EB0", "female", "angry", None, "sentence 1"),
        ("nemo", "WR0_surprised_90", "WR0", "male", "surprised", None, "sentence 90"),
        ("banglaser", "03-01-01-02-03-01-15", "15", NOT_STATED, "happy", "strong", "sentence 3"),
        ("banglaser", "01-01-04-01-01-03-34", "34", NOT_STATED, "surprised", "normal", "sentence"),
        ("turevdb", "1157_hl_acik", "1157", NOT_STATED, "sad", None, "acik"),
        ("turevdb", "6783_kz_ogul1", "6783", NOT_STATED, "angry", None, "ogul"),
        ("emogator", "000001-13-1", "000001", NOT_STATED, "happy", None, ""),
        ("emogator", "000357-02-3", "000357", NOT_STATED, "amused", None, ""),
        ("synthetic", "synthetic-03-happy-05", "03", "male", "happy", None, ""),
    ],
)
def test_reads_the_file_name(corpus, stem, speaker, gender, emotion, intensity, statement):
    recording = CORPORA[corpus].parse(Path(corpus, f"{stem}.wav"))
    assert recording is not None
    assert recording.speaker == f"{corpus}-{speaker}"
    assert (recording.gender, recording.emotion) == (gender, emotion)
    assert recording.intensity == intensity
    assert (recording.statement or "").startswith(statement)


@pytest.mark.parametrize(
    ("corpus", "stem"),
    [
        ("ravdess", "03-02-05-01-01-01-01"),  # song
        ("ravdess", "01-01-05-01-01-01-01"),  # picture and sound
        ("ravdess", "03-01-09-01-01-01-01"),  # no ninth emotion
        ("ravdess", "03-01-05-01-01-01-25"),  # no 25th actor
        ("tess", "MAF_back_angry"),
        ("tess", "OAF_back_bored"),
        ("emodb", "04a01Fa"),  # no fourth speaker
        ("emodb", "03a03Fa"),  # no such sentence
        ("cremad", "1092_DFA_ANG_XX"),  # no such actor
        ("cremad", "1000_DFA_ANG_XX"),
        ("cremad", "1001_DFA_SUR_XX"),
        ("nemo", "EB1_anger_1"),  # no such speaker
        ("nemo", "EB0_anger_91"),  # no such sentence
        ("banglaser", "03-01-06-01-01-01-01"),  # no sixth emotion
        ("banglaser", "03-01-05-01-01-01-35"),  # no 35th speaker
        ("turevdb", "1157_xx_acik"),
        ("emogator", "000001-07-1"),  # another kind of burst
        ("emogator", "000358-03-1"),  # no such contributor
        ("emogator", "000000-03-1"),
        ("synthetic", "synthetic-01-calm-01"),
    ],
)
def test_refuses_names_outside_the_grammar(corpus, stem):
    assert CORPORA[corpus].parse(Path(corpus, f"{stem}.wav")) is None


@pytest.mark.parametrize(
    ("folder", "corpus", "emotion"),
    [
        ("", "ravdess", "neutral"),
        ("Actor_01", "ravdess", "neutral"),
        ("banglaser", "banglaser", "happy"),
        ("BanglaSER v5/Dataset", "banglaser", "happy"),
        ("Bangla-SER", "banglaser", "happy"),
        ("banglaser-and-others/ravdess/Actor_01", "ravdess", "neutral"),
        ("ravdess-and-others/banglaser", "banglaser", "happy"),
    ],
)
def test_one_name_in_two_corpora_is_told_by_its_folder(folder, corpus, emotion, tmp_path):
    write(tmp_path / folder / "03-01-01-01-01-01-01.wav")
    found = {name: CORPORA[name].find(tmp_path) for name in ("ravdess", "banglaser")}
    assert {name for name in found if found[name]} == {corpus}
    assert found[corpus][0].emotion == emotion


def test_the_folder_tells_them_apart_from_within_it_too(tmp_path, monkeypatch):
    write(tmp_path / "banglaser" / "03-01-01-01-01-01-01.wav")
    monkeypatch.chdir(tmp_path / "banglaser")
    assert len(CORPORA["banglaser"].find(".")) == 1
    assert CORPORA["ravdess"].find(".") == []


def test_prefers_the_uncompressed_of_two_copies(tmp_path):
    write(tmp_path / "AudioMP3" / "1001_DFA_ANG_XX.mp3")
    wav = write(tmp_path / "AudioWAV" / "1001_DFA_ANG_XX.wav")
    assert [recording.path for recording in CORPORA["cremad"].find(tmp_path)] == [wav]


def test_crema_d_has_as_many_women_and_men_as_published():
    cremad = CORPORA["cremad"]
    actors = [actor for group in cremad.SPEAKER_GROUPS.values() for actor in group]
    recordings = [cremad.parse(Path(f"{actor[-4:]}_DFA_ANG_XX.wav")) for actor in actors]
    genders = [recording.gender for recording in recordings if recording]
    assert (genders.count("female"), genders.count("male")) == (43, 48)


def test_ravdess_groups_are_the_published_ones():
    assert [
        {int(speaker[-2:]) for speaker in group}
        for group in CORPORA["ravdess"].SPEAKER_GROUPS.values()
    ] == [
        {2, 5, 14, 15, 16},
        {3, 6, 7, 13, 18},
        {10, 11, 12, 19, 20},
        {8, 17, 21, 23, 24},
        {1, 4, 9, 22},
    ]


def test_an_unknown_corpus_is_refused_with_those_that_exist():
    with pytest.raises(CorpusError, match="ravdess, tess") as caught:
        corpora.get("savee")
    assert caught.value.code == "unknown_corpus"


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [("a", "b", "a"), (None, "b", "b"), (None, None, "corpora")],
)
def test_data_root(given, environment, expected, monkeypatch):
    monkeypatch.delenv("SER_DATA", raising=False)
    if environment:
        monkeypatch.setitem(os.environ, "SER_DATA", environment)
    assert corpora.data_root(given) == Path(expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "recordings", "speakers", "emotions"),
    [
        (
            "ravdess",
            1440,
            24,
            {"neutral": 96}
            | dict.fromkeys(
                ("calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"), 192
            ),
        ),
        (
            "tess",
            2800,
            2,
            dict.fromkeys(
                ("angry", "disgust", "fearful", "happy", "neutral", "surprised", "sad"), 400
            ),
        ),
        (
            "emodb",
            535,
            10,
            {
                "angry": 127,
                "bored": 81,
                "disgust": 46,
                "fearful": 69,
                "happy": 71,
                "sad": 62,
                "neutral": 79,
            },
        ),
        # Of the newer ones a part lies in the data folder.
        (
            "nemo",
            3433,
            9,
            {
                "angry": 749,
                "fearful": 736,
                "happy": 749,
                "sad": 769,
                "neutral": 270,
                "surprised": 160,
            },
        ),
        (
            "banglaser",
            1464,
            34,
            {"angry": 306, "happy": 304, "sad": 306, "surprised": 306, "neutral": 242},
        ),
        ("turevdb", 1735, 6, {"angry": 487, "sad": 483, "happy": 357, "calm": 408}),
        (
            "emogator",
            1780,
            356,
            dict.fromkeys(("angry", "fearful", "sad", "happy", "amused"), 356),
        ),
    ],
)
def test_counts_of_the_real_corpora(name, recordings, speakers, emotions, ser_data):
    found = CORPORA[name].find(ser_data)
    if not found:
        pytest.skip(f"{name} is not in the data folder")
    assert len(found) == recordings <= CORPORA[name].EXPECTED_RECORDINGS
    assert len({recording.speaker for recording in found}) == speakers
    heard = [recording.emotion for recording in found]
    assert {emotion: heard.count(emotion) for emotion in set(heard)} == emotions
