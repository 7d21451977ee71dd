"""The queue of due rows in memory: waiting, leased, to be tried again, and known once over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from heapq import nsmallest
from typing import TypeAlias

from ..errors import LeaseLostError, StoreError
from ..model.record import replaced
from ..ports.due import UNANSWERED, Due, DueState, Over, Parked, Settle, Standing
from ..ports.rows import Requeue
from ..ports.store import Place
from .commit_mistakes import SETTLED_TWICE
from .memory_ages import Ages
from .memory_schedule import TIDY, Entry, Row, Schedule
from .memory_tried import Tried

__all__ = ["Answers", "DueQueue"]

WAIT, LEASED, DEAD = DueState.WAIT, DueState.LEASED, DueState.DEAD
DONE, CANCELLED = DueState.DONE, DueState.CANCELLED

# What settles come to: by key the jobs of the rows that were done, and what became of others.
Answers: TypeAlias = tuple[dict[str, "str | Over"], list[Settle]]


class DueQueue:
    """All due rows of a tenant. Whoever calls it holds the store's lock.

    A row is what its state says; schedules and lists follow it, and are told first where they gain
    and last where they lose. So a call that was interrupted may be made again.
    """

    __slots__ = ("_fresh", "_over", "ages", "leases", "rows", "tried", "waiting")

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: dict[str, Row] = {}
        self.waiting = Schedule(self.rows, Row.waits_for)
        self.leases = Schedule(self.rows, Row.held_until)
        self.tried = Tried()
        self._fresh: list[str] = []  # keys of what was added since anybody asked
        self._over: dict[str, str | Over] = {}  # by key; of what was done, the job alone
        self.ages = Ages()  # of what is over

    # -- what is there ---------------------------------------------------------------------------

    def expire(self, now: datetime) -> None:
        """Take rows back whose lease has run out; nobody knows how their call ended.

        Whoever asks for rows calls it first.
        """
        if self._fresh:
            self._order()
        while (entry := self.leases.first(None, now)) is not None:
            row = self.rows[entry[2]]
            if row.unanswered:
                row.error = UNANSWERED
                self.tried.add(row)
            self.waiting.add(row, row.at)
            row.state = WAIT

    def _order(self) -> None:
        """Give what was added its place in a schedule; what is over by now needs none."""
        for key in self.rows.keys() & self._fresh:
            row = self.rows[key]
            if row.state is WAIT:
                self.waiting.add(row, row.at)
            elif row.until is not None:
                self.leases.add(row, row.until)
        self._fresh.clear()

    def __contains__(self, key: str) -> bool:
        """Tell whether a row is known, also one that is over."""
        return key in self.rows or key in self._over

    def find(self, key: str) -> Parked | Over | None:
        """Return a row, also one that is over, or None."""
        row = self.rows.get(key)
        if row is not None:
            return row.parked()
        return _told(key, self._over[key]) if key in self._over else None

    @property
    def over(self) -> dict[str, Over]:
        """What is over, by key."""
        return {key: _told(key, over) for key, over in self._over.items()}

    def first(self, due: datetime, asks: AbstractSet[str] | None) -> Entry | None:
        """Return the first row whose time has come."""
        return self.waiting.first(asks, due)

    def chosen(self, keys: Iterable[str], asks: AbstractSet[str] | None) -> Iterator[Entry]:
        """Yield those of these rows that may be handed out whether or not their time has come."""
        for key in keys:
            row = self.rows.get(key)
            if row is not None and row.state is not LEASED and (asks is None or row.ask in asks):
                yield row.at, row.due.no, key

    def instants(self, asks: AbstractSet[str] | None) -> Iterator[datetime]:
        """Yield when the next row is due, and when the next lease ends."""
        for schedule in (self.waiting, self.leases):
            entry = schedule.first(asks)
            if entry is not None:
                yield entry[0]

    def parked(self, job: str | None, after: str | None) -> Iterator[Row]:
        """Yield the rows that were tried and did not succeed, of a job or all, in order."""
        return (self.rows[key] for key in self.tried.keys(job, after))

    # -- what a branch looks at: nothing is changed, and no lease is taken back -------------------

    def looked_at(self, keys: Iterable[str], now: datetime) -> dict[str, Standing | Over]:
        """Return those of these rows that are known."""
        found: dict[str, Standing | Over] = {}
        for key in keys:
            if key in self.rows:
                found[key] = self._standing(self.rows[key], now)
            elif key in self._over:
                found[key] = _told(key, self._over[key])
        return found

    def unsettled(self, now: datetime) -> list[Standing]:
        """Return the rows that are held, dead, or were tried."""
        rows = self.rows.values()
        return [self._standing(r, now) for r in rows if r.state is not WAIT or r in self.tried]

    def in_order(self, after: Place | None, limit: int, now: datetime) -> list[Standing]:
        """Return the rows that wait, in order, from behind a place on."""
        places = ((row.at, row.due.no, key) for key, row in self.rows.items() if row.state is WAIT)
        behind = nsmallest(limit, (one for one in places if after is None or one > after))
        return [self._standing(self.rows[key], now) for _, _, key in behind]

    def _standing(self, row: Row, now: datetime) -> Standing:
        return Standing(
            row.due,
            row.at,
            row.state,
            row.token,
            row.called,
            row.attempt,
            row.error,
            row.withdrawn,
            row in self.tried,
            None if row.until is None else row.until - now,
        )

    # -- what becomes of rows --------------------------------------------------------------------

    def add(self, dues: Iterable[Due], now: datetime) -> None:
        """Add rows, unless one of their key is known (A4)."""
        rows, over, fresh = self.rows, self._over, self._fresh
        for due in dues:
            key = due.key
            if key not in rows and key not in over:
                fresh.append(key)
                rows[key] = Row(due, now)
        if len(fresh) > TIDY and len(fresh) > 2 * len(rows):
            self._order()

    def take_in(self, row: Row, *, tried: bool) -> None:
        """Take in a row that another store had."""
        self.rows[row.due.key] = row
        if row.state is WAIT:
            self.waiting.add(row, row.at)
        elif row.until is not None:
            self.leases.add(row, row.until)
        if tried:
            self.tried.add(row)

    def take_in_over(self, over: Over, at: datetime) -> None:
        """Take in what is known of a row that was over in another store."""
        self.ages.add(at, (over.key,))
        self._over[over.key] = over.job if over.state is DONE else over

    def hand_out(self, key: str, until: datetime) -> Row:
        """Give a row to an owner; the token fences off everybody who held it before."""
        row = self.rows[key]
        self.leases.add(row, until)
        row.token, row.until, row.state = row.token + 1, until, LEASED
        return row

    def release(self, key: str, token: int) -> None:
        """Let a row wait again that was handed out, and of which nothing was begun."""
        row = self.rows.get(key)
        if row is not None and row.token == token and row.state is LEASED:
            self.waiting.add(row, row.at)
            row.until, row.state = None, WAIT

    def renew(self, key: str, token: int, until: datetime) -> bool:
        """Lengthen a lease before a call, which counts once a token."""
        row = self.rows.get(key)
        if row is None or row.token != token or row.withdrawn or row.until is None:
            return False
        if row.state is not LEASED:  # its lease had ended, and nobody took it since
            self.leases.add(row, until)
            row.until, row.state = until, LEASED
        elif until > row.until:
            row.until = until
        if row.called != token:
            row.called, row.attempt = token, row.attempt + 1
        return True

    def answers(self, settles: Collection[Settle]) -> Answers:
        """Return what settles come to.

        Raises:
            LeaseLostError: Somebody else took a row over, or it is over.
            StoreError: A row is settled twice.
        """
        rows = self.rows
        done: dict[str, str | Over] = {}
        others: list[Settle] = []
        for settle in settles:
            key = settle.key
            row = rows.get(key)
            if row is None or row.token != settle.token:
                raise LeaseLostError(f"due row {key!r} is no longer held")
            if settle.state is DONE:
                done[key] = row.due.job
            else:
                others.append(settle)
        several = others or len(done) < len(settles)
        if several and len({settle.key for settle in settles}) < len(settles):
            raise StoreError(SETTLED_TWICE)
        return done, others

    def settle(self, answers: Answers, now: datetime) -> None:
        """Let held rows be over that were done; the others as they say."""
        done, others = answers
        if done:
            self._end(done, now)
        for settle in others:
            if settle.key in self.rows:
                self._fail(self.rows[settle.key], settle, now)

    def _fail(self, row: Row, settle: Settle, now: datetime) -> None:
        """Let a held row wait for its retry, or be dead; a withdrawn one is over."""
        if row.withdrawn or (settle.state is not WAIT and settle.state is not DEAD):
            self.cancel((settle.key,), now)
            return
        self.tried.add(row)
        row.error, row.at = settle.error, settle.at or row.at
        if settle.state is WAIT:
            self.waiting.add(row, row.at)
        row.until, row.state = None, settle.state

    def cancel(self, keys: Iterable[str], now: datetime) -> None:
        """Let rows be over that nobody wants any more; those that are over stay as they are."""
        rows = self.rows
        self._end({k: Over(k, rows[k].due.job, CANCELLED) for k in keys if k in rows}, now)

    def cancel_of(self, jobs: Collection[str], now: datetime) -> None:
        """Let all rows of these jobs be over."""
        gone = {*jobs}
        self.cancel([key for key, row in self.rows.items() if row.due.job in gone], now)

    def bury(self, tomb: Over, now: datetime) -> None:
        """Know something as over that never was due, unless its key is known."""
        if tomb.key not in self.rows and tomb.key not in self._over:
            self.take_in_over(tomb, now)

    def withdraw(self, key: str, now: datetime) -> None:
        """Let a request be over, or end with the lease of whoever holds it."""
        row = self.rows.get(key)
        if row is None:
            return
        if row.state is LEASED:
            row.withdrawn = True
            self.tried.discard(row)
        else:
            self.cancel((key,), now)

    def want(self, key: str) -> None:
        """Let a request be needed after all that was marked as withdrawn."""
        if key in self.rows:
            self.rows[key].withdrawn = False

    def requeue(self, again: Requeue) -> None:
        """Let a dead or waiting row be tried (again), its attempts forgotten."""
        row = self.rows.get(again.key)
        if row is not None:
            row.at, row.attempt, row.due = again.at, 0, replaced(row.due, depth=again.depth)
            self.waiting.add(row, row.at)
            row.until, row.state = None, WAIT

    def _end(self, ended: Mapping[str, str | Over], now: datetime) -> None:
        """Let rows be over."""
        rows, tried = self.rows, self.tried
        self.ages.add(now, ended)  # twice, where it was interrupted, which harms nobody
        self._over.update(ended)
        if tried.jobs:
            for key in ended:
                if key in rows:
                    tried.discard(rows[key])
        for key in ended:
            rows.pop(key, None)

    def prune(self, before: datetime) -> int:
        """Forget rows that ended before an instant; return how many."""
        old, count = self.ages.before(before), 0
        for key in old:
            count += self._over.pop(key, None) is not None
        if old:
            self.ages.drop(len(old))
        return count


def _told(key: str, over: str | Over) -> Over:
    return Over(key, over, DONE) if isinstance(over, str) else over
