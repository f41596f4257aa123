"""Shares as whole per cent: never certain, and those that are shown together add to 100."""

from __future__ import annotations

from collections.abc import Mapping


def whole_percent(share: float) -> int:
    """One share alone, as it is said: rounded down, and never certain."""
    return min(99, int(100 * share))


def whole_percents(shares: Mapping[str, float]) -> dict[str, int]:
    """Shares of one whole, so that the numbers add to 100.

    Each is rounded down, and the points that are left go to those with the largest remainders. The
    largest is never certain: it leaves a point to the next.

    Parameters
    ----------
    shares : mapping of str to float
        Sum to 1.

    Returns
    -------
    dict of str to int
        In the same order.

    Examples
    --------
    >>> whole_percents({"angry": 0.826, "sad": 0.174})
    {'angry': 83, 'sad': 17}
    >>> whole_percents({"angry": 1.0, "sad": 0.0})
    {'angry': 99, 'sad': 1}
    """
    whole = {name: int(100 * share) for name, share in shares.items()}
    by_rest = sorted(shares, key=lambda name: whole[name] - 100 * shares[name])
    for name in by_rest[: 100 - sum(whole.values())]:
        whole[name] += 1
    first, *others = sorted(shares, key=lambda name: -shares[name])
    if others and whole[first] == 100:
        whole[first], whole[others[0]] = 99, 1
    return whole
