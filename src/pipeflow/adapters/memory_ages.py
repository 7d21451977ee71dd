"""Ages: what the memory store keeps for a while after it ended, the oldest first."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime

__all__ = ["Ages"]


class Ages:
    """Keys in the order of their instants; most come later than all before, and are appended."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        """Begin empty."""
        self._entries: list[tuple[datetime, str]] = []

    def __iter__(self) -> Iterator[tuple[datetime, str]]:
        """Yield the instants and keys, the oldest first."""
        return iter(self._entries)

    def add(self, at: datetime, key: str) -> None:
        """Note that something ended."""
        entries = self._entries
        if not entries or entries[-1][0] <= at:
            entries.append((at, key))
        else:
            entries.insert(bisect_right(entries, at, key=_instant), (at, key))

    def before(self, at: datetime) -> list[str]:
        """Return the keys of what ended before an instant."""
        entries = self._entries
        if not entries or entries[0][0] >= at:
            return []
        return [key for _, key in entries[: bisect_left(entries, at, key=_instant)]]

    def drop(self, count: int) -> None:
        """Forget so many of the oldest."""
        del self._entries[:count]


def _instant(entry: tuple[datetime, str]) -> datetime:
    return entry[0]
