"""The one table of the formats that are heard: what people call them, and how they begin.

A format is told by its content. Its names serve to find sounds in a folder and to say what is
heard; libsndfile is tried first on everything, whatever the table says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ser_core.audio import lengths, refusals
from ser_core.errors import AudioError
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes
    ----------
    label : str
        What it is called in a message, e.g. ``"an MP4, M4A or MOV file"``.
    suffixes : str
        Endings of such files' names, separated by spaces.
    magic : bytes
        Regular expression that the beginning of such a file matches.
    demuxer : str
        ffmpeg's, for what libsndfile cannot read.
    announces : bool
        Whether its header says how long each track is. Where it does not, what ffmpeg gives for a
        length is a guess, and a piece that cannot be decoded may be no more than a tag between
        two files that were joined.
    common : str
        Names for the sentence that says what is heard, separated by spaces.
    heard_cut : bool
        Whether one that was cut off is heard up to there, with a note: its pieces are for
        recordings that may end at any time.
    check : callable, optional
        A closer look, where two bytes of magic would find this format in anything.
    """

    label: str
    suffixes: str
    magic: bytes
    demuxer: str
    announces: bool = False
    common: str = ""
    heard_cut: bool = False
    check: Callable[[bytes], bool] | None = None


TABLE = (
    Format(
        N_("a WAV file"),
        ".wav .wave .bwf .rf64",
        rb"(?:RIFF|RIFX|RF64|BW64)....(?:WAVE|RMP3)",
        "wav",
        common="WAV",
    ),
    Format(N_("a FLAC file"), ".flac", rb"fLaC", "flac", announces=True, common="FLAC"),
    Format(N_("an Ogg file"), ".ogg .oga .opus .spx .ogv .ogx", rb"OggS", "ogg", common="OGG Opus"),
    Format(N_("an MP3 file"), ".mp3 .mp2 .mpga", rb"ID3", "mp3", common="MP3"),
    Format(N_("an MP3 file"), "", rb"\xff[\xe2-\xfd]", "mp3", check=lengths.begins_mpeg),
    Format(N_("an AIFF file"), ".aif .aiff .aifc", rb"FORM....AIF[FC]", "aiff", True, "AIFF"),
    Format(
        N_("an MP4, M4A or MOV file"),
        ".m4a .mp4 .mov .m4b .m4r .m4v .qt .qta .3gp .3ga .3g2 .f4v .f4a",
        rb"....(?:ftyp|moov|mdat|wide|free|skip)",
        "mov",
        announces=True,
        common="M4A MP4 MOV",
    ),
    Format(
        N_("a WebM or Matroska file"),
        ".webm .weba .mkv .mka",
        rb"\x1aE\xdf\xa3",
        "matroska",
        announces=True,
        common="WebM",
        heard_cut=True,
    ),
    Format(N_("a CAF file"), ".caf", rb"caff", "caf", announces=True),
    Format(N_("a Wave64 file"), ".w64", rb"riff\x2e\x91\xcf\x11", "w64"),
    Format(N_("an AU file"), ".au .snd", rb"\.snd|dns\.", "au"),
    Format(N_("an AVI file"), ".avi", rb"RIFF....AVI[ X]", "avi", announces=True),
    Format(
        N_("a WMA or WMV file"), ".wma .wmv .asf", rb"0&\xb2u\x8ef\xcf\x11", "asf", announces=True
    ),
    Format(
        N_("an AAC file"),
        ".aac .adts",
        rb"\xff[\xf0\xf1\xf8\xf9]",
        "aac",
        check=lengths.begins_adts,
    ),
    Format(N_("an AAC file"), ".latm .loas", rb"\x56[\xe0-\xff]", "loas"),
    Format(N_("an AMR file"), ".amr .awb", rb"#!AMR", "amr"),
    Format(N_("an FLV file"), ".flv", rb"FLV\x01", "flv"),
    Format(
        N_("an MPEG file"),
        ".ts .mts .m2ts",
        rb"\x47.{187}\x47.{187}\x47|.{4}\x47.{191}\x47.{191}\x47",
        "mpegts",
    ),
    Format(N_("an MPEG file"), ".mpg .mpeg .vob", rb"\x00\x00\x01\xba", "mpeg"),
    Format(N_("an AC-3 file"), ".ac3", rb"\x0b\x77.{3}[\x00-\x57]", "ac3"),
    Format(N_("an E-AC-3 file"), ".eac3 .ec3", rb"\x0b\x77", "eac3"),
    Format(N_("a DTS file"), ".dts", rb"\x7f\xfe\x80\x01", "dts"),
    Format(N_("a Monkey's Audio file"), ".ape", rb"MAC ", "ape", announces=True),
    Format(N_("a WavPack file"), ".wv", rb"wvpk", "wv", announces=True),
    Format(N_("a True Audio file"), ".tta", rb"TTA1", "tta", announces=True),
    Format(N_("a TAK file"), ".tak", rb"tBaK", "tak", announces=True),
    Format(N_("a Musepack file"), ".mpc", rb"MP\+", "mpc"),
    Format(N_("a Musepack file"), ".mpc", rb"MPCK", "mpc8"),
    Format(N_("a QCP file"), ".qcp", rb"RIFF....QLCM", "qcp"),
    Format(N_("a DSS dictation"), ".dss", rb"[\x02\x03]dss", "dss"),
    Format(N_("a RealAudio file"), ".ra .rm", rb"\.RMF|\.ra\xfd", "rm"),
    Format(N_("a VOC file"), ".voc", rb"Creative Voice File", "voc"),
    Format(N_("a SPHERE file"), ".sph .nist", rb"NIST_1A", "nistsphere"),
    Format(N_("a TrueHD file"), ".thd .truehd", rb".{4}\xf8\x72\x6f\xba", "truehd"),
    Format(N_("an MLP file"), ".mlp", rb".{4}\xf8\x72\x6f\xbb", "mlp"),
    Format(N_("a NUT file"), ".nut", rb"nut/multimedia container\0", "nut"),
    # Last, for its frames have no name: it is told by how they follow each other.
    Format(N_("a G.723.1 file"), ".g723 .tco .rco", rb"", "g723_1", check=lengths.walks_g723),
)

# What people send instead of a sound, and what it is.
_NO_SOUNDS = (
    (rb"MThd", N_("a MIDI file, which holds notes and no sound")),
    (rb"\x03ds2", N_("a DS2 dictation, which nothing here can decode")),
    (rb"\x02?#!SILK", N_("a voice note coded as SILK, which nothing here can decode")),
    (rb"PK\x03\x04", N_("a zip archive or an office document")),
    (rb"%PDF", N_("a PDF")),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", N_("a picture")),
    (rb"version https://git-lfs", N_("a Git LFS pointer, not the sound: run `git lfs pull` there")),
    (rb"\s*<(?:!|html|\?xml)", N_("a web page: the download of the sound has probably failed")),
)

SUFFIXES = frozenset(suffix for kind in TABLE for suffix in kind.suffixes.split())
"""Endings of names by which sounds are found in a folder, in lower case."""


def common() -> str:
    """The common formats in words, for a sentence."""
    *names, last = (name for kind in TABLE for name in kind.common.split())
    return _("{names} or {last}").format(names=", ".join(names), last=last)


def named(demuxer: str) -> Format:
    """The format that ffmpeg's demuxer of this name reads."""
    return next(kind for kind in TABLE if kind.demuxer == demuxer)


def sniff(content: bytes) -> Format | None:
    """The format that content begins as; None if it is none of the table's.

    Examples
    --------
    >>> sniff(b"fLaC" + bytes(100)).label
    'a FLAC file'
    >>> sniff(b"Dear reader,") is None
    True
    """
    head = content[: 3 * 192]
    if head.startswith(b"ID3"):
        # Players' tags stand before MP3, and before AAC and FLAC, too.
        at = lengths.after_id3(content, 0)
        if re.match(rb"\xff[\xf0\xf1\xf8\xf9]|fLaC", content[at : at + 4]):
            content = content[at:]
            head = content[: 3 * 192]
    for kind in TABLE:
        if re.match(kind.magic, head, re.DOTALL) and (kind.check is None or kind.check(content)):
            return kind
    return None


def not_audio(content: bytes) -> AudioError:
    """Refusal of content that begins as nothing that is heard."""
    for magic, what in _NO_SOUNDS:
        if re.match(magic, content[:512]):
            return AudioError(
                "not_audio",
                _(
                    "This is {what}; {formats} are heard. Export the sound as one of them "
                    "and send that."
                ).format(what=_(what), formats=common()),
            )
    return AudioError(
        "not_audio",
        _(
            "The file's content is not a sound that can be read; {formats} are. Its name "
            "does not matter, its content does: export it again and send that."
        ).format(formats=common()),
    )


def damaged(content: bytes) -> AudioError:
    """Refusal of content that could not be decoded, by what it begins as."""
    kind = sniff(content)
    return not_audio(content) if kind is None else refusals.damaged(kind.label)
