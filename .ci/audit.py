"""Are there known vulnerabilities in what is installed here? Says so only where it could look.

pip-audit passes over what its service does not know, and then says that all is well. So a version
with known holes is looked up as well: where that one comes back clean, the service does not answer,
and nothing was audited.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CANARY = "jinja2==2.4.1"
"""A release of 2010 with holes that every service lists."""

SERVICES = ("pypi", "osv")


def audit(service: str, *arguments: str) -> list[dict[str, Any]]:
    """What pip-audit says of each package; empty where it could not say anything."""
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--service", service, "--format", "json", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
    )
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return []
    return found


def answers(canary: list[dict[str, Any]]) -> bool:
    """Whether a service that was asked about the canary knows anything."""
    return any(package.get("vulns") for package in canary)


def loud(said: str) -> str:
    """So that it is not overlooked in a long log, and stands on top of the run on GitHub."""
    frame = "!" * 80
    lines = [frame, said, frame]
    if os.environ.get("GITHUB_ACTIONS"):
        lines.append(f"::warning title=Not audited for vulnerabilities::{said}")
    return "\n".join(lines)


def verdict(packages: list[dict[str, Any]]) -> tuple[int, str]:
    """The exit status and what is printed, of a service that answers and knew some packages."""
    looked_up = [package for package in packages if "vulns" in package]
    skipped = [package["name"] for package in packages if "vulns" not in package]
    holes = [
        f"  {package['name']} {package['version']}: {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no version yet'}"
        for package in looked_up
        for hole in package["vulns"]
    ]
    said = f"Audited {len(looked_up)} packages"
    if skipped:
        said += f"; NOT audited, because nobody knows them: {', '.join(skipped)}"
    if holes:
        return 1, "\n".join([f"{said}. Known vulnerabilities:", *holes])
    return 0, f"{said}. No known vulnerabilities in those."


def main() -> int:
    """Audit with the first service that answers."""
    with tempfile.TemporaryDirectory() as folder:
        canary = Path(folder) / "canary.txt"
        canary.write_text(f"{CANARY}\n")
        for service in SERVICES:
            try:
                if not answers(audit(service, "--no-deps", "--requirement", str(canary))):
                    continue
                packages = audit(service, "--skip-editable")
            except subprocess.TimeoutExpired:
                continue
            # It may have fallen silent since.
            if any("vulns" in package for package in packages):
                status, said = verdict(packages)
                print(f"pip-audit ({service}): {said}")
                return status
    print(
        loud(
            "pip-audit: NOTHING WAS AUDITED. No vulnerability service answers from here (asked "
            f"{' and '.join(SERVICES)} about {CANARY}, which has known holes). This run says "
            "nothing about vulnerabilities; run `python .ci/audit.py` where one can be reached."
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
