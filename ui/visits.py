"""Who is here, what they hold, and which sound is whose. Knows nothing of Streamlit.

A visit is a Streamlit session: a browser tab, from its opening until some time after it was closed.
A browser is known by a random cookie (`ui.server`), which every tab of it shares.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Mapping

from ser_core.language import gettext as _

MB = 10**6
VISIT_MOST = 100 * MB
"""Bytes of recordings that one visit may hold."""

ALL_MOST = 200 * MB
"""Bytes of recordings that all visits may hold together; a small server has 1 GB for everything."""

LEFT_S = 45.0
"""Seconds for which a visit waits for its browser to come back after the connection was lost."""

# The refusal of one of many files stays to be read while the others are taken.
_REFUSAL_STAYS_S = 10.0


class Visits:
    """All visits of a server. Safe to share between threads.

    Parameters
    ----------
    visit_most, all_most : int
        See `VISIT_MOST` and `ALL_MOST`.
    """

    def __init__(self, visit_most: int = VISIT_MOST, all_most: int = ALL_MOST) -> None:
        self.visit_most, self.all_most = visit_most, all_most
        self._lock = threading.Lock()
        self._browsers: dict[str, str | None] = {}
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._held: dict[str, int] = {}
        self._coming: dict[int, tuple[str, int]] = {}
        self._tickets = itertools.count()
        self._refusals: dict[str, tuple[str, float]] = {}

    def came(self, visit: str, browser: str | None) -> None:
        """A visit begins, or its browser is back."""
        with self._lock:
            self._browsers[visit] = browser

    def may_resume(self, visit: str, browser: str | None) -> bool:
        """Whether this browser may take up a visit: only its own. The id proves nothing."""
        with self._lock:
            return browser is not None and self._browsers.get(visit) == browser

    def ended(self, visit: str) -> None:
        """Forget a visit."""
        with self._lock:
            for known in (self._browsers, self._held, self._refusals):
                known.pop(visit, None)
        self.disown(visit)

    def own(self, visit: str, file_id: str) -> None:
        """A visit shows a file: a sound to play, or a download."""
        with self._lock:
            self._owners[file_id].add(visit)

    def disown(self, visit: str) -> list[str]:
        """A visit shows no file any more; gives those that nobody shows now."""
        with self._lock:
            orphans = [file_id for file_id, owners in self._owners.items() if owners == {visit}]
            for file_id, owners in list(self._owners.items()):
                owners.discard(visit)
                if not owners:
                    del self._owners[file_id]
        return orphans

    def may_fetch(self, file_id: str, browser: str | None) -> bool:
        """Whether a browser has a visit that shows this file."""
        with self._lock:
            visits = self._owners.get(file_id, ())
            return browser is not None and any(self._browsers.get(v) == browser for v in visits)

    def holds(self, visit: str, n_bytes: int) -> None:
        """A visit says how many bytes of recordings it holds."""
        with self._lock:
            self._held[visit] = n_bytes

    def room(self, visit: str, stored: Mapping[str, int]) -> int:
        """Bytes that a visit may unpack: what it holds makes room for it."""
        with self._lock:
            held = self._by_visit(stored)
            others = sum(n_bytes for other, n_bytes in held.items() if other != visit)
            return max(0, min(self.visit_most, self.all_most - others))

    def expect(self, visit: str, n_bytes: int, stored: Mapping[str, int]) -> int | str:
        """Ask for room before an upload's bytes are taken.

        Parameters
        ----------
        visit : str
        n_bytes : int
            Of the upload, or the most it may have.
        stored : mapping
            Bytes in the upload store, by visit.

        Returns
        -------
        int or str
            A ticket for `arrived`, or the refusal, for people.
        """
        with self._lock:
            held = self._by_visit(stored)
            if held.get(visit, 0) + n_bytes > self.visit_most:
                refusal = _(
                    "A file of {size} was not taken: with it you would hold {held} of recordings "
                    "here, and {most} is the most. Press Clear, or take files away, and bring it "
                    "again."
                ).format(
                    size=_mb(n_bytes),
                    held=_mb(held.get(visit, 0) + n_bytes),
                    most=_mb(self.visit_most),
                )
            elif sum(held.values()) + n_bytes > self.all_most:
                refusal = _(
                    "A file of {size} was not taken: the recordings of all visitors fill the "
                    "memory that this server has for them. Bring it again in a few minutes."
                ).format(size=_mb(n_bytes))
            else:
                said = self._refusals.get(visit)
                if said and time.monotonic() - said[1] > _REFUSAL_STAYS_S:
                    del self._refusals[visit]
                ticket = next(self._tickets)
                self._coming[ticket] = (visit, n_bytes)
                return ticket
            self._refusals[visit] = (refusal, time.monotonic())
            return refusal

    def arrived(self, ticket: int) -> None:
        """An upload is stored, or will not be."""
        with self._lock:
            self._coming.pop(ticket, None)

    @property
    def n_coming(self) -> int:
        """Uploads under way."""
        with self._lock:
            return len(self._coming)

    def refusal(self, visit: str) -> str | None:
        """Why the last upload of a visit was not taken."""
        with self._lock:
            said = self._refusals.get(visit)
            return said[0] if said else None

    def forget_refusal(self, visit: str) -> None:
        """The visitor has done something about it."""
        with self._lock:
            self._refusals.pop(visit, None)

    def _by_visit(self, stored: Mapping[str, int]) -> dict[str, int]:
        # What the store and the pages hold are the same bytes, mostly.
        held = {v: max(stored.get(v, 0), self._held.get(v, 0)) for v in {*stored, *self._held}}
        for visit, n_bytes in self._coming.values():
            held[visit] = held.get(visit, 0) + n_bytes
        return held


def _mb(n_bytes: int) -> str:
    return f"{n_bytes / MB:.0f} MB"


VISITS = Visits()
"""Those of this server."""
