"""Download a corpus or Whisper's weights from the official address, checked, or say where to ask.

A download that breaks is tried again from the start; one whose content is not what was published is
never unpacked. A corpus appears in the data root whole or not at all.
"""

from __future__ import annotations

import errno
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pooch
import requests
from tqdm import tqdm

from ser_core.corpora import Corpus, Recording, Remote, get, synthetic
from ser_core.data import tables
from ser_core.data.measuring import measure_batches
from ser_core.errors import AudioError, CorpusError
from ser_core.features import encoder_weights

TRIES = 3
TIMEOUT_S = 60

pooch.get_logger().setLevel("WARNING")  # it would name paths; what matters is said here


def fetch(
    name: str,
    root: str | Path,
    *,
    progress: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> list[Recording]:
    """Get a corpus into ``root/name``.

    Parameters
    ----------
    name : str
        A corpus of the registry.
    root : str or Path
        The data root; made if it is not there.
    progress : bool
        Whether to draw progress bars.
    say : callable
        Told, in a sentence, what is being done.

    Returns
    -------
    list of Recording
        The corpus, as `find` gives it. If it was complete already, nothing is downloaded.

    Raises
    ------
    CorpusError
        With code ``unknown_corpus``, ``in_the_way`` (there is a folder already, not complete),
        ``ask_for_it`` (no direct download), ``disk_full``, ``not_writable``, ``download_failed``,
        ``wrong_checksum``, ``bad_archive``, ``incomplete`` or ``other_recordings``
        (an archive without a published checksum whose recordings are not the known ones).
    """
    corpus = get(name)
    root = Path(root)
    there = corpus.find(root / name)
    if len(there) >= corpus.EXPECTED_RECORDINGS:
        say(f"{corpus.TITLE} is complete already: {len(there):,} recordings.")
        return there
    if (root / name).exists():
        raise CorpusError(
            "in_the_way",
            f"The folder {name!r} exists already but holds {len(there):,} recordings of "
            f"{corpus.EXPECTED_RECORDINGS:,}. Move it away or delete it, then run this again.",
        )
    with _writing(root, corpus.REMOTES[0].size_mb if corpus.REMOTES else 20):
        if name == synthetic.NAME:
            say("Computing the synthetic sounds; nothing is downloaded.")
            return synthetic.write(root)
        if not corpus.REMOTES:
            raise CorpusError(
                "ask_for_it", f"{corpus.TITLE} cannot be downloaded directly. {corpus.ACCESS}"
            )
        for remote in corpus.REMOTES:
            _need_space(root, remote.size_mb)
            say(
                f"{corpus.TITLE}, about {remote.size_mb} MB, from {remote.url.split('?')[0]}. "
                f"Licence: {corpus.LICENCE}."
            )
            _fetch_remote(corpus, remote, root, progress)
    found = corpus.find(root / name)
    if len(found) < corpus.EXPECTED_RECORDINGS:
        raise CorpusError(
            "incomplete",
            f"What was downloaded holds {len(found):,} recordings of {corpus.TITLE}; "
            f"{corpus.EXPECTED_RECORDINGS:,} were expected. The source may have changed: see "
            f"{corpus.SOURCE}.",
        )
    say(f"{corpus.TITLE} is complete: {len(found):,} recordings. Cite it: {corpus.SOURCE}")
    return found


def fetch_weights(
    root: str | Path, *, progress: bool = True, say: Callable[[str], None] = lambda text: None
) -> Path:
    """Get OpenAI's Whisper tiny.en, of which the speech encoder is made, into a data root.

    Parameters
    ----------
    root, progress, say
        As for `fetch`.

    Returns
    -------
    Path
        The file. If it is there already and whole, nothing is downloaded.

    Raises
    ------
    CorpusError
        With code ``disk_full``, ``not_writable``, ``download_failed`` or ``wrong_checksum``.
    """
    weights = encoder_weights
    target = Path(root) / weights.NAME / weights.FILE
    with _writing(Path(root), weights.SIZE_MB):
        _need_space(Path(root), weights.SIZE_MB)
        say(f"{weights.TITLE}, about {weights.SIZE_MB} MB, from {weights.URL}. Licence: MIT.")
        _download(
            weights.URL, target, f"sha256:{weights.SHA256}", weights.TITLE, weights.SOURCE, progress
        )
    say(f"{weights.TITLE} is there, and its checksum is the published one.")
    return target


@contextmanager
def _writing(root: Path, size_mb: int) -> Iterator[None]:
    """Make a data root; what the disk refuses is told in words."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(size_mb) from error
        raise CorpusError(
            "not_writable",
            f"The data folder {root.name!r} cannot be written: "
            f"{error.strerror or 'unknown fault'}. Choose another one with --data.",
        ) from error


def _fetch_remote(corpus: Corpus, remote: Remote, root: Path, progress: bool) -> None:
    downloads = root / ".downloads"
    if remote.doi:
        # The files keep their place while the rest follows: run again, and it goes on from there.
        _fetch_dataverse(corpus, remote, downloads / corpus.NAME, progress)
        (downloads / corpus.NAME).rename(root / corpus.NAME)
    else:
        target = downloads / remote.filename
        archive = _download(
            remote.url, target, remote.checksum, corpus.TITLE, corpus.SOURCE, progress
        )
        unpacked = _unpack(archive, downloads / f"{corpus.NAME}.unpacked", corpus)
        if remote.checksum is None:
            try:
                _compare_with_table(corpus, unpacked, progress)
            except CorpusError:
                archive.unlink()
                shutil.rmtree(unpacked)
                raise
        unpacked.rename(root / corpus.NAME)
        archive.unlink()
    if not any(downloads.iterdir()):
        downloads.rmdir()


def _download(
    url: str, target: Path, checksum: str | None, title: str, source: str, progress: bool
) -> Path:
    """Download one file unless it is there already, whole."""
    if checksum is None:
        # Without a checksum a file that is there may be anything: get it afresh.
        target.unlink(missing_ok=True)
    downloader = pooch.HTTPDownloader(
        progressbar=progress,
        chunk_size=1 << 16,
        timeout=TIMEOUT_S,
    )
    keeper = pooch.create(
        target.parent,
        base_url="",
        registry={target.name: checksum},
        urls={target.name: url},
        retry_if_failed=TRIES - 1,
    )
    try:
        return Path(keeper.fetch(target.name, downloader=downloader))
    except requests.RequestException as error:
        raise _broken(title, source, error) from error
    except ValueError as error:
        raise CorpusError(
            "wrong_checksum",
            f"What {title}'s source sent is not the file that was published: its checksum "
            f"should be {checksum}. It was thrown away. Try again later; if it happens again, the "
            f"file has changed: see {source}.",
        ) from error


def _fetch_dataverse(corpus: Corpus, remote: Remote, folder: Path, progress: bool) -> None:
    """Download the sound files of a Dataverse data set, each checked against the set's listing.

    Sources
    -------
    The native API and the data access API of Dataverse, https://guides.dataverse.org.
    """
    try:
        answer = requests.get(
            f"{remote.url}/api/datasets/:persistentId/",
            params={"persistentId": f"doi:{remote.doi}"},
            timeout=TIMEOUT_S,
        )
        answer.raise_for_status()
        listing = [file["dataFile"] for file in answer.json()["data"]["latestVersion"]["files"]]
        files = {
            Path(str(file["filename"])).name: (int(file["id"]), f"md5:{file['md5']}")
            for file in listing
            if corpus.parse(Path(str(file["filename"])))
        }
        if not files:
            raise ValueError("no recordings in the listing")
    except requests.RequestException as error:
        raise _broken(corpus.TITLE, corpus.SOURCE, error) from error
    except (KeyError, TypeError, ValueError) as error:
        raise CorpusError(
            "download_failed",
            f"The source of {corpus.TITLE} answered something else than its list of recordings. "
            f"Get the corpus by hand from {corpus.SOURCE}.",
        ) from error
    for filename, (number, checksum) in tqdm(
        files.items(), unit="file", disable=None if progress else True
    ):
        url = f"{remote.url}/api/access/datafile/{number}"
        _download(url, folder / filename, checksum, corpus.TITLE, corpus.SOURCE, progress=False)


def _unpack(archive: Path, folder: Path, corpus: Corpus) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as content:
            # extractall strips drive letters, leading slashes and dot-dot from the names.
            content.extractall(folder)
    except (zipfile.BadZipFile, EOFError) as error:
        archive.unlink()
        raise CorpusError(
            "bad_archive",
            f"What {corpus.TITLE}'s source sent is not a whole ZIP archive. It was thrown away. "
            f"Try again; if it happens again, see {corpus.SOURCE}.",
        ) from error
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _compare_with_table(corpus: Corpus, folder: Path, progress: bool) -> None:
    """Hold each recording, decoded, against the digest in the published table."""
    known = tables.read([corpus.NAME], features=False).set_index("name")["sha256"]
    paths = [recording.path for recording in corpus.find(folder)]
    batches = [paths[start : start + 32] for start in range(0, len(paths), 32)]
    other = []
    with tqdm(
        total=len(paths), unit="file", desc="checking", disable=None if progress else True
    ) as bar:
        for measured in measure_batches(batches):
            other += [
                m.path.name
                for m in measured
                if isinstance(m.outcome, AudioError) or known.get(m.path.stem) != m.outcome
            ]
            bar.update(len(measured))
    if other:
        raise CorpusError(
            "other_recordings",
            f"{len(other):,} of the recordings that {corpus.TITLE}'s source sent are not the known "
            f"ones, {other[0]} first. They were thrown away. See {corpus.SOURCE}.",
        )


def _need_space(root: Path, size_mb: int) -> None:
    # The archive and what it unpacks to lie side by side for a while.
    if shutil.disk_usage(root).free < 3 * size_mb * 1024**2:
        raise _disk_full(size_mb)


def _disk_full(size_mb: int) -> CorpusError:
    return CorpusError(
        "disk_full",
        f"There is not enough room on the disk: {3 * size_mb:,} MB are needed while unpacking. "
        "Make room, or choose another folder with --data, and run this again.",
    )


def _broken(title: str, source: str, error: requests.RequestException) -> CorpusError:
    if error.response is not None:
        what = f"its server answered {error.response.status_code}"
    elif isinstance(error, requests.ConnectionError):
        what = "its server could not be reached"
    else:
        what = "the transfer broke off"
    return CorpusError(
        "download_failed",
        f"{title} could not be downloaded: {what}. Check the connection and try again; or "
        f"get it by hand from {source}.",
    )
