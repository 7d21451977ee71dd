"""Dice: seeded chance, with which a simulation draws the same lot in every process and Python."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from random import Random
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Draws by chance, the same for the same seed.

    Of Python's generator only `random()` is asked, whose numbers no version changes.
    """

    def __init__(self, seed: int, use: str) -> None:
        """Begin with a seed; each *use* has its own numbers, so that one disturbs no other."""
        self._next = Random(f"{seed} {use}").random

    def falls(self, chance: float) -> bool:
        """Tell whether something comes true that does so in this part of all cases."""
        return self._next() < chance

    def whole(self, least: int, most: int) -> int:
        """Draw a whole number, both ends among them."""
        return least + int(self._next() * (most - least + 1))

    def pick(self, several: Sequence[T]) -> T:
        """Draw one of several."""
        return several[self.whole(0, len(several) - 1)]

    def some(self, several: Sequence[T], chance: float) -> tuple[T, ...]:
        """Draw each of several with this chance, in their order."""
        return tuple(one for one in several if self.falls(chance))

    def wait(self, usual: float) -> float:
        """Draw how long something takes that mostly is quick, and now and then slow."""
        return -usual * log(1 - self._next())
