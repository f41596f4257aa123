"""May this tag be released? Prints what CHANGELOG.md says of it, or ends with 1 and says why not.

    python .ci/release.py v0.2.0

A tag is ``v`` and the version that the package gives itself; the changelog has a section of that
name, and nothing waits under "Unreleased".
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def sections(changelog: str) -> dict[str, str]:
    """What stands under each heading of the second level, by the heading's first word."""
    parts = re.split(r"^## (\S+).*\n", changelog, flags=re.MULTILINE)
    return dict(zip(parts[1::2], map(str.strip, parts[2::2]), strict=True))


def verdict(tag: str, version: str, changelog: str) -> tuple[int, str]:
    """The exit status, and the notes of the release or what is wrong."""
    found = sections(changelog)
    if tag != f"v{version}":
        return 1, f"The tag is {tag}, but the package says that it is {version}: tag v{version}."
    if found.get("Unreleased"):
        return 1, f'CHANGELOG.md still has "Unreleased": name its section {version}.'
    if not found.get(version):
        return 1, f"CHANGELOG.md says nothing under ## {version}."
    return 0, found[version]


def main(arguments: list[str]) -> int:
    """Look at this checkout."""
    source = (ROOT / "ser_core" / "__init__.py").read_text(encoding="utf-8")
    named = re.search(r'^__version__ = "(.+)"$', source, flags=re.MULTILINE)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    status, said = verdict(arguments[0], named[1] if named else "nothing", changelog)
    print(said, file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
