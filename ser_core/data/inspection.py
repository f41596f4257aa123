"""Which corpora are there, complete, damaged or duplicated, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from ser_core.corpora import CORPORA, Recording, find_all, get, sound_files
from ser_core.corpora._shared import some
from ser_core.data import tables
from ser_core.data.cleaning import Exclusion, clean
from ser_core.data.measuring import measure_batches
from ser_core.data.strays import Strays, look
from ser_core.errors import AudioError, CorpusError

_BATCH = 32


@dataclass(frozen=True)
class CorpusStatus:
    """What was found of one corpus.

    Attributes
    ----------
    corpus : str
    recordings : tuple of Recording
        Those that may be used.
    excluded : tuple of Exclusion
        Those that may not, and second copies.
    missing : tuple of str
        Names of recordings that the published table lists and the folder lacks.
    missing_speakers : tuple of str
        Speakers of whom there is no recording.
    strays : Strays
        Files of the corpus that are not read.
    unknown : tuple of Path
        Other sound files in the corpus's folder whose names are not the corpus's.
    """

    corpus: str
    recordings: tuple[Recording, ...]
    excluded: tuple[Exclusion, ...]
    missing: tuple[str, ...]
    missing_speakers: tuple[str, ...]
    strays: Strays
    unknown: tuple[Path, ...]

    @property
    def n_found(self) -> int:
        """Recordings found, each counted once, the unusable ones too."""
        return len(self.recordings) + sum(e.code != "copy" for e in self.excluded)

    @property
    def state(self) -> str:
        """``"absent"``, ``"damaged"``, ``"incomplete"`` or ``"complete"``."""
        if not self.n_found:
            return "absent"
        if any(exclusion.code == "unreadable" for exclusion in self.excluded):
            return "damaged"
        if self.n_found < get(self.corpus).EXPECTED_RECORDINGS:
            return "incomplete"
        return "complete"

    @property
    def text(self) -> str:
        """The same for people, with what to do, ready to print."""
        corpus = get(self.corpus)
        if self.state == "absent":
            lines = [
                f"{corpus.TITLE}: absent. {corpus.DESCRIPTION}",
                f"  licence: {corpus.LICENCE}",
            ]
            if corpus.REMOTES or self.corpus == "synthetic":
                lines.append(f"  to do: python -m ser_core fetch {self.corpus}")
            lines += [f"  {line}" for line in corpus.ACCESS.splitlines()]
            lines += [f"  {line}" for line in self.strays.lines]
            return "\n".join(lines)

        speakers = {recording.speaker for recording in self.recordings}
        n_speakers = sum(map(len, corpus.SPEAKER_GROUPS.values()))
        lines = [
            f"{corpus.TITLE}: {self.state}, {self.n_found:,} of {corpus.EXPECTED_RECORDINGS:,} "
            f"recordings, {len(speakers)} of {n_speakers} speakers, "
            f"{len(self.recordings):,} usable"
        ]
        if self.missing_speakers:
            lines.append(f"  missing speakers: {some(self.missing_speakers)}")
        if self.missing:
            lines.append(f"  missing recordings: {some(self.missing)}")
        if self.missing_speakers or self.missing:
            lines.append(f"  to do: get the rest from {corpus.SOURCE}, or use what there is")

        lines += [f"  {line}" for line in self.strays.lines]
        copies = [exclusion for exclusion in self.excluded if exclusion.code == "copy"]
        pointers = set(self.strays.pointers)
        told = [exclusion for exclusion in self.excluded if exclusion.path not in pointers]
        unreadable = [exclusion for exclusion in told if exclusion.code == "unreadable"]
        for exclusion in told:
            if exclusion.code != "copy":
                lines.append(f"  left out: {exclusion.name}: {exclusion.reason}")
        if unreadable:
            names = some([exclusion.path.name for exclusion in unreadable])
            lines.append(f"  to do: replace the damaged files: {names}")
        if copies:
            folders = sorted({exclusion.path.parent.name for exclusion in copies})
            lines.append(
                f"  duplicated: {len(copies):,} files are there twice, in {some(folders)}; the "
                "second copies are never used"
            )
            lines.append("  to do: nothing, or delete the second copies")
        if self.unknown:
            lines.append(
                f"  not understood: {len(self.unknown):,} sound files, "
                f"{some([path.name for path in self.unknown])}; to do: give them back the corpus's "
                "own names, or move them elsewhere"
            )
        return "\n".join(lines)


def inspect(
    root: str | Path,
    corpora: Iterable[str] | None = None,
    *,
    decode: bool = True,
    workers: int | None = None,
    progress: bool = True,
) -> list[CorpusStatus]:
    """Look at the data root and say what is there.

    Parameters
    ----------
    root : str or Path
        The data root.
    corpora : iterable of str, optional
        Which; all unless given.
    decode : bool
        Decode every file: only that shows what is damaged, silent or the same under two names.
        Without, files are told by their names alone, in a moment.
    workers : int, optional
        Number of processes; as many as there are processors unless given.
    progress : bool
        Whether to draw a progress bar.

    Returns
    -------
    list of CorpusStatus
        In the order asked for. A folder that does not exist holds no corpus.

    Raises
    ------
    CorpusError
        With code ``unknown_corpus``.
    """
    names = list(CORPORA) if corpora is None else list(dict.fromkeys(corpora))
    found = {name: find_all(root, get(name).parse) for name in names}
    outcomes: dict[Path, str | AudioError] = {}
    if decode:
        paths = [
            recording.path
            for recordings in found.values()
            for recording in {r.name: r for r in reversed(recordings)}.values()
        ]
        batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
        with tqdm(
            total=len(paths), unit="file", disable=None if progress and paths else True, leave=False
        ) as bar:
            for measured in measure_batches(batches, workers=workers):
                outcomes.update({m.path: m.outcome for m in measured})
                bar.update(len(measured))
    else:
        # Without decoding, every file counts as a sound of its own.
        outcomes = {r.path: str(r.path) for recordings in found.values() for r in recordings}
    strays = look(Path(root), {name: get(name) for name in names}, CORPORA)
    return [_status(name, found[name], outcomes, Path(root), strays[name]) for name in names]


def _status(
    name: str,
    found: list[Recording],
    outcomes: dict[Path, str | AudioError],
    root: Path,
    strays: Strays,
) -> CorpusStatus:
    corpus = get(name)
    kept, excluded = clean(found, outcomes)
    present = {recording.name for recording in found}
    speakers = {recording.speaker for recording in found}
    every_speaker = [s for group in corpus.SPEAKER_GROUPS.values() for s in group]
    missing_speakers = tuple(sorted(set(every_speaker) - speakers)) if found else ()
    missing = tuple(sorted(n for n, s in _published(name) if n not in present and s in speakers))
    known = {recording.path for recording in found} | strays.paths
    unknown = tuple(sorted(path for path in sound_files(root / name) if path not in known))
    return CorpusStatus(
        name, tuple(kept), tuple(excluded), missing, missing_speakers, strays, unknown
    )


def _published(corpus: str) -> list[tuple[str, str]]:
    """Names and speakers of the recordings in the table that comes with Undertone, if any."""
    try:
        manifest = tables.read([corpus], features=False)
        left_out = [name for name, _, _ in tables.info(corpus).excluded]
    except CorpusError:
        return []
    parsed = [get(corpus).parse(Path(f"{name}.wav")) for name in left_out]
    return [
        *zip(manifest["name"], manifest["speaker"], strict=True),
        *((recording.name, recording.speaker) for recording in parsed if recording),
    ]
