"""Intervals: times from one instant to another, each a pair, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeAlias

__all__ = ["Interval", "common", "length", "united", "without"]

Interval: TypeAlias = tuple[datetime, datetime]


def united(several: Iterable[Interval]) -> list[Interval]:
    """Return the times that any of the intervals covers, in order and without overlaps."""
    found: list[Interval] = []
    for start, end in sorted(several):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def common(some: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """Return the times that an interval of each side covers."""
    theirs = [*others]
    return united((max(one[0], two[0]), min(one[1], two[1])) for one in some for two in theirs)


def without(some: Iterable[Interval], gaps: Iterable[Interval]) -> list[Interval]:
    """Return the times that intervals cover and gaps do not."""
    apart = united(gaps)
    return united(piece for one in some for piece in _pieces(one, apart))


def _pieces(one: Interval, gaps: Iterable[Interval]) -> Iterator[Interval]:
    begun, end = one
    for gap, after in gaps:
        yield begun, min(gap, end)
        begun = max(begun, after)
    yield begun, end


def length(several: Iterable[Interval]) -> timedelta:
    """Return how long intervals that do not overlap are together."""
    return sum((end - start for start, end in several), timedelta())
