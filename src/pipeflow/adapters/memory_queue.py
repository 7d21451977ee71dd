"""The queue of due rows in memory: waiting, leased, to be tried again, and known once over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from ..model.record import replaced
from ..ports.due import Due, DueState, Over, Parked, Settle, asked
from ..ports.rows import Requeue

__all__ = ["DueQueue", "Row"]

WAIT, LEASED, DEAD = DueState.WAIT, DueState.LEASED, DueState.DEAD
DONE, CANCELLED = DueState.DONE, DueState.CANCELLED
TIDY = 64  # entries below which a heap is not worth rebuilding

Entry = tuple[datetime, int, str]


class Row:
    """A due row that is not over, with what became of it so far."""

    __slots__ = ("at", "attempt", "called", "due", "error", "state", "token", "until", "withdrawn")

    def __init__(self, due: Due, until: datetime | None) -> None:
        """Begin as the commit made it: waiting, or held until an instant by whoever committed it."""
        self.due = due
        self.at = due.at
        self.until = until
        self.state = WAIT if until is None else LEASED
        self.token = 0 if until is None else 1
        self.called = 0  # the last token under which a call was counted
        self.attempt = 0
        self.error = ""
        self.withdrawn = False

    @property
    def place(self) -> Entry:
        """Where it stands among the others."""
        return self.at, self.due.no, self.due.key

    def parked(self) -> Parked:
        """Return it with its state, as a value."""
        return Parked(
            self.due, self.state, self.attempt, self.at, self.error, self.withdrawn, self.token
        )


class DueQueue:
    """All due rows of a tenant. Whoever calls it holds the store's lock.

    Each call may be made again after it was interrupted, and then ends what it had begun.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: dict[str, Row] = {}
        self.leased: dict[str, Row] = {}
        self.tried: dict[str, dict[str, Row]] = {}  # by job and key
        self.waiting: dict[str, list[Entry]] = {}  # a heap for each thing that rows ask
        # The jobs of rows that are over, by key and in the order in which they ended.
        self.over: dict[DueState, dict[str, str]] = {DONE: {}, CANCELLED: {}}
        self.ends: dict[DueState, deque[tuple[datetime, str]]] = {DONE: deque(), CANCELLED: deque()}

    # -- what is there ---------------------------------------------------------------------------

    def expire(self, now: datetime) -> None:
        """Take rows back whose lease has run out; nobody knows how their call ended."""
        if not self.leased:
            return
        for key, row in list(self.leased.items()):
            if row.until is not None and row.until <= now:
                row.state = WAIT
                if row.called == row.token:
                    row.error = "no answer before the lease ran out"
                    self._try(row)
                row.until = None
                self._wait(row)
                del self.leased[key]

    def held(self, key: str, token: int) -> Row | None:
        """Return a row if nobody took it over from whoever has that token."""
        row = self.rows.get(key)
        return row if row is not None and row.token == token else None

    def find(self, key: str) -> Parked | Over | None:
        """Return a row, also one that is over, or None."""
        row = self.rows.get(key)
        if row is not None:
            return row.parked()
        for state, keys in self.over.items():
            if key in keys:
                return Over(key, keys[key], state)
        return None

    def instants(self, asks: AbstractSet[str] | None) -> Iterator[datetime]:
        """Yield when the next rows are due that ask these things, and when leases run out."""
        for ask, heap in self.waiting.items():
            if asks is None or ask in asks:
                while heap and not self._waits(heap[0]):
                    heappop(heap)
                if heap:
                    yield heap[0][0]
        for row in self.leased.values():
            if row.until is not None and (asks is None or asked(row.due.action) in asks):
                yield row.until

    def _waits(self, entry: Entry) -> bool:
        row = self.rows.get(entry[2])
        return row is not None and row.state is WAIT and row.at == entry[0]

    # -- what becomes of rows --------------------------------------------------------------------

    def add(self, due: Due, until: datetime | None) -> None:
        """Add a row, unless one of its key is known (A4)."""
        key = due.key
        if key in self.rows or any(key in keys for keys in self.over.values()):
            return
        row = Row(due, until)
        if until is None:
            self._wait(row)
        else:
            self.leased[key] = row
        self.rows[key] = row

    def take_in(self, row: Row, *, tried: bool) -> None:
        """Take in a row as another store had it."""
        self.rows[row.due.key] = row
        if row.state is WAIT:
            self._wait(row)
        if tried:
            self._try(row)

    def _wait(self, row: Row) -> None:
        ask = asked(row.due.action)
        heap = self.waiting.get(ask)
        if heap is None:
            heap = self.waiting[ask] = []
        elif len(heap) > TIDY and len(heap) > 2 * len(self.rows):
            heap[:] = {entry for entry in heap if self._waits(entry)}
            heapify(heap)
        heappush(heap, row.place)

    def take(self, now: datetime, limit: int, asks: AbstractSet[str] | None) -> list[Entry]:
        """Take up to *limit* rows out of the heaps whose time has come, in order."""
        heaps = [heap for ask, heap in self.waiting.items() if asks is None or ask in asks]
        found: dict[str, Entry] = {}
        while len(found) < limit:
            ready = [heap for heap in heaps if heap and heap[0][0] <= now]
            if not ready:
                break
            entry = heappop(min(ready))
            if self._waits(entry):
                found[entry[2]] = entry
        return list(found.values())

    def put_back(self, entry: Entry) -> None:
        """Let a row that was taken wait on."""
        self._wait(self.rows[entry[2]])

    def hand_out(self, key: str, until: datetime) -> Row:
        """Give a row to an owner; the token fences off everybody who held it before."""
        row = self.rows[key]
        self.leased[key] = row
        row.token += 1
        row.state, row.until = LEASED, until
        return row

    def renew(self, key: str, token: int, until: datetime) -> bool:
        """Lengthen a lease before a call, which counts once a token."""
        row = self.held(key, token)
        if row is None or row.withdrawn or row.state is DEAD:
            return False
        row.state, row.until = LEASED, until
        self.leased[key] = row
        if row.called != token:
            row.called = token
            row.attempt += 1
        return True

    def settle(self, settle: Settle) -> None:
        """Let a held row be over, or wait for its retry, or be dead; a withdrawn one is over."""
        row = self.rows.get(settle.key)
        if row is None:
            return
        state = settle.state
        if row.withdrawn and state in {WAIT, DEAD}:
            state = CANCELLED
        if state is WAIT or state is DEAD:
            self.leased.pop(settle.key, None)
            self._try(row)
            row.error, row.until, row.at = settle.error, None, settle.at or row.at
            row.state = state
            if state is WAIT:
                self._wait(row)
        else:
            self._end(row, state)

    def _try(self, row: Row) -> None:
        self.tried.setdefault(row.due.job, {})[row.due.key] = row

    def parked(self, job: str | None) -> list[Row]:
        """Return the rows that were tried and did not succeed, of a job or all, in order."""
        jobs = self.tried.values() if job is None else [self.tried.get(job, {})]
        rows = [row for rows in jobs for row in rows.values()]
        return sorted(rows, key=lambda row: (row.due.at, row.due.no, row.due.key))

    def cancel(self, keys: Iterable[str]) -> None:
        """Let rows be over that nobody wants any more; those that are over stay as they are."""
        for key in keys:
            row = self.rows.get(key)
            if row is not None:
                self._end(row, CANCELLED)

    def withdraw(self, key: str) -> None:
        """Let a request be over, or die with the lease of whoever holds it."""
        row = self.rows.get(key)
        if row is None:
            return
        if row.state is LEASED:
            row.withdrawn = True
        else:
            self._end(row, CANCELLED)

    def requeue(self, again: Requeue) -> None:
        """Let a dead or waiting row be tried (again), its attempts forgotten."""
        row = self.rows.get(again.key)
        if row is not None:
            row.state, row.at, row.attempt = WAIT, again.at, 0
            row.due = replaced(row.due, depth=again.depth)
            self._wait(row)

    def _end(self, row: Row, state: DueState) -> None:
        key = row.due.key
        if key not in self.over[state]:
            self.over[state][key] = row.due.job
            self.ends[state].append((row.at, key))
        self.leased.pop(key, None)
        tried = self.tried.get(row.due.job)
        if tried is not None:
            tried.pop(key, None)
            if not tried:
                del self.tried[row.due.job]
        self.rows.pop(key, None)

    def prune(self, before: datetime) -> int:
        """Forget rows that are over and were due before an instant; return how many."""
        count = 0
        for state, ends in self.ends.items():
            while ends and ends[0][0] < before:
                count += self.over[state].pop(ends.popleft()[1], None) is not None
        return count


def lease_end(now: datetime, lease: timedelta | None) -> datetime | None:
    """Return when a lease ends that begins now; None where nobody holds the row."""
    return None if lease is None else now + lease
