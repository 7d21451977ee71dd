"""Schedules of the memory store: due rows by an instant, the earliest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from heapq import heappop, heappush, heapreplace

from ..ports.due import Due, DueState, Parked, asked

__all__ = ["TIDY", "Entry", "Row", "Schedule"]

WAIT, LEASED = DueState.WAIT, DueState.LEASED
TIDY = 64  # entries below which a heap is not worth rebuilding

Entry = tuple[datetime, int, str]  # when, its place in its commit, its key


class Row:
    """A due row that is not over, with what became of it so far.

    `until` is when its lease ends or ended; None once its holder said what became of it.
    """

    __slots__ = (
        "at", "attempt", "called", "due", "error", "state", "token", "until", "withdrawn",
    )  # fmt: skip

    def __init__(self, due: Due, now: datetime) -> None:
        """Begin as the commit made it: waiting, or held by its maker from now on."""
        self.due = due
        self.at = due.at
        self.called = 0  # the last token under which a call was counted
        self.attempt = 0
        self.error = ""
        self.withdrawn = False
        if due.lease is None:
            self.state, self.token = WAIT, 0
            self.until: datetime | None = None
        else:
            self.state, self.token = LEASED, 1
            self.until = now + due.lease

    @property
    def ask(self) -> str:
        """The port that it asks, or `TIMER`."""
        return asked(self.due.action)

    @property
    def place(self) -> Entry:
        """Where it stands among all that its firm ever asked for."""
        return self.due.at, self.due.no, self.due.key

    @property
    def unanswered(self) -> bool:
        """Whether somebody holds it who began a call, and did not say yet how it ended."""
        return self.state is LEASED and self.called == self.token and not self.withdrawn

    def waits_for(self) -> datetime | None:
        """Return when it is due, if it waits."""
        return self.at if self.state is WAIT else None

    def held_until(self) -> datetime | None:
        """Return when its lease ends, if it is held."""
        return self.until if self.state is LEASED else None

    def parked(self) -> Parked:
        """Return it with its state, as a value."""
        return Parked(
            self.due, self.state, self.attempt, self.at, self.error, self.withdrawn, self.token
        )


class Schedule:
    """Rows by an instant, in a heap for each thing that they ask.

    An entry that no longer stands is left in its heap until it comes up, or until there are too
    many; so to take a row out is to change its state, and no interrupt can lose one in between.
    """

    __slots__ = ("_heaps", "_instant", "_rows")

    def __init__(self, rows: Mapping[str, Row], instant: Callable[[Row], datetime | None]) -> None:
        """Begin empty; *instant* says when a row comes up, None where it does not stand here."""
        self._rows = rows
        self._instant = instant
        self._heaps: dict[str, list[Entry]] = {}

    def add(self, row: Row, instant: datetime) -> None:
        """Let a row come up at an instant, which its state must say too before others look."""
        heap = self._heaps.setdefault(row.ask, [])
        if len(heap) > TIDY and len(heap) > 2 * len(self._rows):
            # What stands, and no more: few entries of many, so that this is rarely to do again.
            keys = self._rows.keys() & {key for _, _, key in heap}
            found = (self._now(entry) for entry in heap if entry[2] in keys)
            heap[:] = sorted({entry for entry in found if entry is not None})
        due = row.due
        heappush(heap, (instant, due.no, due.key))

    def _now(self, entry: Entry) -> Entry | None:
        """Return an entry as its row stands now."""
        row = self._rows.get(entry[2])
        instant = self._instant(row) if row is not None else None
        return None if instant is None else (instant, entry[1], entry[2])

    def first(self, asks: AbstractSet[str] | None, until: datetime | None = None) -> Entry | None:
        """Return what comes up first, until an instant, of the rows that ask these things."""
        first: Entry | None = None
        for ask, heap in self._heaps.items():
            if asks is not None and ask not in asks:
                continue
            while heap and (until is None or heap[0][0] <= until):
                head = heap[0]
                now = self._now(head)
                if now == head:
                    if first is None or head < first:
                        first = head
                    break
                if now is not None and now > head:
                    heapreplace(heap, now)
                else:
                    heappop(heap)
        return first
