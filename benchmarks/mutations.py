"""What is done to the bytes of any file, whatever they mean."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Mutation = Callable[[bytearray, np.random.Generator], bytearray]

EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Numbers that break sums."""


def place(content: bytearray, chance: np.random.Generator) -> int:
    """Half of the time near the beginning, where headers are."""
    most = len(content) if chance.random() < 0.5 else min(len(content), 600)
    return int(chance.integers(most))


def flip(content: bytearray, chance: np.random.Generator) -> bytearray:
    for _ in range(int(chance.integers(1, 12))):
        content[place(content, chance)] ^= 1 << int(chance.integers(8))
    return content


def overwrite(content: bytearray, chance: np.random.Generator) -> bytearray:
    at = place(content, chance)
    part = chance.bytes(int(chance.integers(1, 40)))
    content[at : at + len(part)] = part
    return content


def extreme(content: bytearray, chance: np.random.Generator) -> bytearray:
    """A number of 1 to 8 bytes set to one that breaks sums."""
    width = int(chance.choice([1, 2, 4, 8]))
    value = int(chance.choice(EXTREMES)) % 256**width
    at = place(content, chance)
    content[at : at + width] = value.to_bytes(width, "big" if chance.random() < 0.5 else "little")
    return content


def cut(content: bytearray, chance: np.random.Generator) -> bytearray:
    return content[: max(1, place(content, chance))]


def remove(content: bytearray, chance: np.random.Generator) -> bytearray:
    at = place(content, chance)
    del content[at : at + int(chance.integers(1, 400))]
    return content


def repeat(content: bytearray, chance: np.random.Generator) -> bytearray:
    at, length = place(content, chance), int(chance.integers(1, 2_000))
    to = place(content, chance)
    return content[:to] + content[at : at + length] + content[to:]


def zero(content: bytearray, chance: np.random.Generator) -> bytearray:
    at, length = place(content, chance), int(chance.integers(1, 200))
    content[at : at + length] = bytes(len(content[at : at + length]))
    return content


ANY: tuple[Mutation, ...] = (flip, overwrite, extreme, extreme, cut, remove, repeat, zero)
"""All of them."""


def mutated(
    content: bytes, chance: np.random.Generator, mutations: tuple[Mutation, ...] = ANY
) -> bytes:
    """Some of them, one after the other."""
    changed = bytearray(content)
    for _ in range(int(chance.integers(1, 5))):
        changed = mutations[chance.integers(len(mutations))](changed, chance)
        if not changed:
            return b"\0"
    return bytes(changed)
