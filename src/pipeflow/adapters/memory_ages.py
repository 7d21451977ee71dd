"""Ages: what the memory store keeps for a while after it ended, the oldest first."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from datetime import datetime

__all__ = ["Ages"]


class Ages:
    """Keys in the order of their instants; most come later than all before, and are appended."""

    __slots__ = ("_instants", "_keys")

    def __init__(self) -> None:
        """Begin empty."""
        self._instants: list[datetime] = []
        self._keys: list[str] = []

    def __iter__(self) -> Iterator[tuple[datetime, str]]:
        """Yield the instants and keys, the oldest first."""
        return zip(self._instants, self._keys, strict=False)

    def add(self, at: datetime, ended: Collection[str]) -> None:
        """Note what ended at an instant."""
        instants, keys = self._instants, self._keys
        if len(instants) > len(keys):
            del instants[len(keys) :]  # what an interrupt left half noted
        if not instants or instants[-1] <= at:
            instants += [at] * len(ended)
            keys += ended
        else:
            place = bisect_right(instants, at)
            self._instants = [*instants[:place], *[at] * len(ended), *instants[place:]]
            keys[place:place] = ended

    def before(self, at: datetime) -> list[str]:
        """Return the keys of what ended before an instant."""
        if not self._instants or self._instants[0] >= at:
            return []
        return self._keys[: bisect_left(self._instants, at)]

    def drop(self, count: int) -> None:
        """Forget so many of the oldest."""
        del self._instants[:count], self._keys[:count]
