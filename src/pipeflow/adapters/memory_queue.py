"""The queue of due rows in memory: waiting, leased, retried, and known for ever once over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import heapify, heappop, heappush

from ..ports.requests import Request
from ..ports.store import Due, DueState, Parked, Settle

__all__ = ["DueQueue", "Row"]

WAIT, LEASED, DEAD = DueState.WAIT, DueState.LEASED, DueState.DEAD
TIDY = 64  # entries below which a queue is not worth rebuilding

Entry = tuple[datetime, int, str]


class Row:
    """A due row that is not over, with what became of it so far."""

    __slots__ = ("at", "attempt", "due", "error", "state", "token", "until")

    def __init__(self, due: Due) -> None:
        """Begin as the commit made it: waiting, or held by the one who committed it."""
        held = due.owner is not None
        self.due = due
        self.at = due.at
        self.state = LEASED if held else WAIT
        self.token = self.attempt = 1 if held else 0
        self.until = due.until
        self.error = ""

    @property
    def asks(self) -> bool:
        """Whether it is a request; the others are timers."""
        return isinstance(self.due.action, Request)

    def parked(self) -> Parked:
        """Return it with its state, as a value."""
        return Parked(self.due, self.state, self.attempt, self.at, self.error)


class DueQueue:
    """All due rows of a tenant. Whoever calls it holds the store's lock."""

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: dict[str, Row] = {}
        self.done: dict[str, datetime] = {}
        self.cancelled: dict[str, datetime] = {}
        self.leased: dict[str, Row] = {}
        self.tried: dict[str, Row] = {}
        self.waiting: list[Entry] = []  # a heap; entries of rows that went on are passed over

    def add(self, due: Due) -> None:
        """Add a row, unless one of its key was ever there (A4)."""
        key = due.key
        if key in self.rows or key in self.done or key in self.cancelled:
            return
        row = self.rows[key] = Row(due)
        if row.state is LEASED:
            self.leased[key] = row
        else:
            heappush(self.waiting, (row.at, due.no, key))

    def held(self, key: str, token: int) -> Row | None:
        """Return a row if whoever has that token still holds it."""
        row = self.rows.get(key)
        return row if row is not None and row.state is LEASED and row.token == token else None

    def settle(self, settle: Settle) -> None:
        """Let a held row be over, or wait for its retry, or be dead."""
        key = settle.key
        row = self.rows[key]
        if settle.state is WAIT or settle.state is DEAD:
            self.leased.pop(key, None)
            self.tried[key] = row
            row.state, row.error, row.until = settle.state, settle.error, None
            row.at = settle.at or row.at
            if settle.state is WAIT:
                heappush(self.waiting, (row.at, row.due.no, key))
        else:
            cancelled = settle.state is DueState.CANCELLED
            self._end(row, self.cancelled if cancelled else self.done)

    def cancel(self, keys: Iterable[str]) -> None:
        """Let rows be over that nobody wants any more; those that are over stay as they are."""
        for key in keys:
            row = self.rows.get(key)
            if row is not None:
                self._end(row, self.cancelled)
        if len(self.waiting) > TIDY and len(self.waiting) > 2 * len(self.rows):
            self.waiting = [
                (row.at, row.due.no, key) for key, row in self.rows.items() if row.state is WAIT
            ]
            heapify(self.waiting)

    def _end(self, row: Row, over: dict[str, datetime]) -> None:
        key = row.due.key
        del self.rows[key]
        self.leased.pop(key, None)
        if self.tried:
            self.tried.pop(key, None)
        over[key] = row.at

    def expire(self, now: datetime) -> None:
        """Take rows back whose lease has run out."""
        for key, row in list(self.leased.items()):
            if row.until is not None and row.until <= now:
                del self.leased[key]
                row.state, row.until = WAIT, None
                row.error = "no answer before the lease ran out"
                self.tried[key] = row
                heappush(self.waiting, (row.at, row.due.no, key))

    def due(self, now: datetime, limit: int, *, timers_only: bool) -> list[Entry]:
        """Find up to *limit* waiting rows whose time has come, in order; they stay in the queue."""
        self.expire(now)
        found: list[Entry] = []
        aside: list[Entry] = []
        seen: set[str] = set()
        while self.waiting and self.waiting[0][0] <= now and len(found) < limit:
            entry = heappop(self.waiting)
            row = self.rows.get(entry[2])
            if row is None or row.state is not WAIT or row.at != entry[0] or entry[2] in seen:
                continue
            seen.add(entry[2])
            (aside if timers_only and row.asks else found).append(entry)
        for entry in (*found, *aside):
            heappush(self.waiting, entry)
        return found

    def hand_out(self, key: str, until: datetime) -> Row:
        """Give a row to an owner; the token fences off everybody who held it before."""
        row = self.rows[key]
        row.state, row.until = LEASED, until
        row.token += 1
        row.attempt += 1
        self.leased[key] = row
        return row

    def requeue(self, key: str, at: datetime) -> bool:
        """Let a dead or waiting row be tried again, its attempts forgotten."""
        row = self.rows.get(key)
        if row is None or row.state is LEASED:
            return False
        row.state, row.at, row.attempt = WAIT, at, 0
        heappush(self.waiting, (at, row.due.no, key))
        return True

    def state(self, key: str) -> DueState | None:
        """Return the state of a row, also of one that is over, or None."""
        if key in self.rows:
            return self.rows[key].state
        if key in self.done:
            return DueState.DONE
        return DueState.CANCELLED if key in self.cancelled else None

    def instants(self) -> Iterator[datetime]:
        """Yield when the next row is due, and when leases run out."""
        while self.waiting:
            at, _, key = self.waiting[0]
            row = self.rows.get(key)
            if row is not None and row.state is WAIT and row.at == at:
                yield at
                break
            heappop(self.waiting)
        yield from (row.until for row in self.leased.values() if row.until is not None)

    def timers(self) -> Iterator[datetime]:
        """Yield when timers are due, and when the leases of those that are held run out."""
        for row in self.rows.values():
            if not row.asks and row.state is WAIT:
                yield row.at
            elif not row.asks and row.until is not None:
                yield row.until

    def sorted(self, rows: Iterable[Row]) -> list[Row]:
        """Sort rows as they leave: by instant, place and key."""
        return sorted(rows, key=lambda row: (row.at, row.due.no, row.due.key))

    def prune(self, before: datetime) -> int:
        """Forget rows that are over and were due before an instant; return how many."""
        count = 0
        for over in (self.done, self.cancelled):
            old = [key for key, at in over.items() if at < before]
            count += len(old)
            for key in old:
                del over[key]
        return count
