"""The rows of the memory store that were tried and did not succeed, in the order of `parked`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime

from .memory_schedule import Entry, Row
from .pages import refusing

__all__ = ["Tried", "cursor"]


class Tried:
    """The places of rows that failed, of all jobs and by job. Each call may be made again."""

    __slots__ = ("_places", "jobs")

    def __init__(self) -> None:
        """Begin empty."""
        self._places: list[Entry] = []
        self.jobs: dict[str, dict[str, Entry]] = {}

    def __contains__(self, row: Row) -> bool:
        """Tell whether a row is among them."""
        return row.due.key in self.jobs.get(row.due.job, ())

    def add(self, row: Row) -> None:
        """Note that a row failed."""
        place = row.place
        self.jobs.setdefault(row.due.job, {})[place[2]] = place
        at = bisect_left(self._places, place)
        if self._places[at : at + 1] != [place]:
            self._places.insert(at, place)

    def discard(self, row: Row) -> None:
        """Forget a row, if it ever failed."""
        keys = self.jobs.get(row.due.job)
        if keys is None or row.due.key not in keys:
            return
        place = row.place
        at = bisect_left(self._places, place)
        if self._places[at : at + 1] == [place]:
            del self._places[at]
        del keys[place[2]]
        if not keys:
            del self.jobs[row.due.job]

    def keys(self, job: str | None, after: str | None) -> Iterator[str]:
        """Yield the keys of rows, of a job or all, that stand behind a cursor."""
        places = self._places if job is None else sorted(self.jobs.get(job, {}).values())
        start = 0 if after is None else bisect_right(places, _place(after))
        for at in range(start, len(places)):
            yield places[at][2]


def cursor(row: Row) -> str:
    """Write the place of a row, for a listing that goes on behind it."""
    at, no, key = row.place
    return f"{at.isoformat()}|{no}|{key}"


def _place(written: str) -> Entry:
    with refusing(written):
        at, no, key = written.split("|", 2)
        place = datetime.fromisoformat(at), int(no), key
        if place[0].tzinfo is None:  # nothing that waits stands before or behind it
            raise ValueError(at)
    return place
