"""Under which licences is what is installed here? Ends with 1 where one is unknown or not allowed.

What a package says of itself is believed: its licence expression, else its classifiers, else its
field, else the licence text that it brings. What a wheel carries of others beside its own code is
not looked into; where that is known to ask for more, it is told (`CARRIED`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions

OURS = "undertone"

ALLOWED = frozenset(
    (
        *("0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause"),
        *("CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Unlicense", "Zlib"),
        # Asks for the source of its own files only.
        "MPL-2.0",
    )
)
"""What asks for no more than a notice."""

EXCEPTIONS = {
    "soxr": ("LGPL-2.1-or-later", "installed as a library of its own, which may be exchanged"),
    "elan-data": ("", "MIT by its description, where no field says so; for tests only"),
}
"""Packages that say something else, exactly this, and why that is no hindrance."""

CARRIED = {
    "av": "FFmpeg (LGPL-3.0-or-later), with x264 and x265 (GPL-2.0-or-later)",
    "soundfile": "libsndfile, mpg123 and LAME (LGPL-2.1-or-later)",
}
"""What wheels bring beside their own code that whoever passes it on must mind."""

# As packages and their classifiers write them, in small letters and without "licen[sc]e".
_NAMES = {
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache software": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "3-clause bsd": "BSD-3-Clause",
    "isc (iscl)": "ISC",
    "mit": "MIT",
    "mozilla public 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation": "PSF-2.0",
    "the mit (mit)": "MIT",
}
_TEXTS = {
    "Permission is hereby granted, free of charge, to any person": "MIT",
    "Licensed under the Apache License, Version 2.0": "Apache-2.0",
}
_LONGEST_NAME = 60


def plain(name: str) -> str:
    """A licence's name as SPDX writes it, where that is known."""
    small = re.sub(r"\s+", " ", re.sub(r"(?i)\blicen[sc]e\b|,|version", " ", name)).strip().lower()
    return _NAMES.get(small, name.strip())


def licence(package: Distribution) -> str:
    """What a package says of itself; empty where it says nothing."""
    told = package.metadata
    (expression,) = told.get_all("License-Expression") or [""]
    if expression:
        return str(expression)
    (name,) = told.get_all("License") or [""]
    classified = [
        plain(line.split("::")[-1])
        for line in told.get_all("Classifier") or []
        if line.startswith("License ::") and line.count("::") > 1
    ]
    if classified:
        return " AND ".join(classified)
    first = name.strip().partition("\n")[0]
    if 0 < len(first) <= _LONGEST_NAME:
        return plain(first)
    for file in package.files or []:
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            text = " ".join(file.read_text(encoding="utf-8").split())
            found = [known for words, known in _TEXTS.items() if words in text]
            if found:
                return found[0]
    return ""


def is_allowed(expression: str) -> bool:
    """Whether one of the licences to choose from asks for no more than a notice."""
    if "(" in expression:
        # Which belong together is not worked out: none of them may ask for more.
        parts = re.split(r"\s+(?:AND|OR)\s+", re.sub(r"[()]", "", expression))
        return all(part in ALLOWED for part in parts)
    return any(
        all(part.strip() in ALLOWED for part in choice.split(" AND "))
        for choice in expression.split(" OR ")
    )


def fault(name: str, found: str) -> str | None:
    """What is wrong with a package's licence, in words; None where nothing is."""
    if is_allowed(found) or (name in EXCEPTIONS and EXCEPTIONS[name][0] == found):
        return None
    return f"  {name}: {found or 'says nothing of its licence'}"


def verdict(packages: Iterable[tuple[str, str]]) -> tuple[int, str]:
    """The exit status and what is printed, of packages' names with their licences."""
    found = {re.sub(r"[-_.]+", "-", name).lower(): licence for name, licence in packages}
    found.pop(OURS, None)
    faults = [said for name in sorted(found) if (said := fault(name, found[name]))]
    lines = [f"Licences of {len(found)} packages"]
    if faults:
        lines = [
            f"{lines[0]}. These are neither allowed nor an exception (.ci/licences.py):",
            *faults,
        ]
    else:
        kept = [
            f"  Except {name}: {found[name] or 'says nothing'} ({EXCEPTIONS[name][1]})."
            for name in sorted(found)
            if name in EXCEPTIONS
        ]
        lines = [f"{lines[0]}: all are allowed.", *kept]
    lines += [
        f"  {name}'s wheel carries {CARRIED[name]}." for name in sorted(CARRIED) if name in found
    ]
    return (1 if faults else 0), "\n".join(lines)


def main() -> int:
    """Look at what this Python has installed."""
    status, said = verdict((package.name, licence(package)) for package in distributions())
    print(said)
    return status


if __name__ == "__main__":
    sys.exit(main())
