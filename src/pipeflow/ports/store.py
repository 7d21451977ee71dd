"""The storage port: rows with versions, one atomic commit, and the queue of due rows.

A store takes and gives the frozen values themselves. Whoever implements one runs
`pipeflow.testing.contracts.StoreContract` against it, which spells out every rule:

- A1 `commit` is all or nothing, also when it is interrupted.
- A2 every `expect` is checked, also of rows that were only read; the first writer wins; a new
  version is the expected one plus 1, and never one that the key had before it was deleted.
- A3 a known `command_id` beats a version conflict: `DuplicateCommandError`, nothing written.
- A4 a due key is inserted at most once per tenant until it is pruned; an existing one stays as it
  is.
- A5 `cancels` touch rows that are not over (waiting, leased, dead); a later settle of such a
  claim returns False.
- A6 `settles` inside a commit need the current token, else `LeaseLostError`, nothing written; a
  token is current until somebody else takes the row, also when its lease has ended.
- A7 `claim` never gives a row to two owners before its lease ends; order `(at, no, tenant, key)`.
- A8 `UnavailableError` after a commit was sent means unknown; retry with the same `command_id`.
- A9 every method takes the tenant; nothing is read or settled across tenants.
- A10 what `read` gives equals what was put.
- A11 after `commit` returns, every process sees it.
- A12 leases are durations, reckoned by the store's own clock; a lease past its end counts as
  waiting everywhere.
- A13 calls are counted, by `renew`, and not hand-outs.
- A14 rows are found by their terms (`pipeflow.ports.terms`), as they are now.
- A15 `erases` and `cancels_of` leave nothing of what a row's history, and the due rows of a job,
  said: neither `history`, `feed`, `due` nor `export` tells it; `tombs` are known until they are
  pruned.
- A16 the `limit` of a page is 0 or more, and its `after` the `next` of such a page; all else is a
  `DefinitionError`, as far as a store can tell.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from heapq import merge
from operator import attrgetter
from typing import ClassVar, TypeAlias

from ..model.events import Chapter
from .due import Claim, Over, Parked, Settle, Standing
from .rows import Changes, Page, Query, Read, RowKey
from .services import Clock

__all__ = ["Branchable", "Place", "Store"]

# Where a due row stands among those that wait: when it is due, its place in its commit, its key.
Place: TypeAlias = tuple[datetime, int, str]


class Store(ABC):
    """Where everything is kept. See the rules A1 to A16 above.

    `volatile` says that everything goes with the process: then a receipt that waits for the end of
    its pass is lost only with what it is about. `clock` is the one by which leases are reckoned; a
    store that goes by a server's has none. `final` is False inside a transaction that a host has
    still to commit: then nobody is woken for what is not there yet.
    """

    version: ClassVar[int] = 2  # of this contract
    volatile: ClassVar[bool] = False
    final: bool = True
    clock: Clock

    # -- rows ------------------------------------------------------------------------------------

    @abstractmethod
    def read(
        self,
        tenant: str,
        keys: Iterable[RowKey],
        /,
        *,
        accounts: bool = False,
        command_id: str | None = None,
    ) -> Read:
        """Return those of the rows that are there, as they were at one instant.

        Args:
            tenant: Whose rows.
            keys: Which.
            accounts: Whether the accounts of the jobs among them come too.
            command_id: A command whose answer is asked for as well.
        """

    @abstractmethod
    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Return the rows that a query means, in its order, as pairs of key and `Stored`.

        Without an order the `next` of a page is its last id, in every store alike: what is done in
        pieces goes on in a branch, and where a firm was restored.
        """

    @abstractmethod
    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Count the rows that a query means by their terms of the field *by*."""

    @abstractmethod
    def ids(self, tenant: str, kind: str, /, *, limit: int = 1000) -> tuple[str, ...]:
        """Return ids of rows of a kind, *limit* of them at most; no row is looked at."""

    @abstractmethod
    def history(
        self,
        tenant: str,
        key: RowKey,
        /,
        *,
        after: str | None = None,
        newest: bool = False,
        limit: int | None = None,
    ) -> Page:
        """Return the chapters that commits logged for a row, oldest first.

        Args:
            tenant: Whose row it is.
            key: The row.
            after: Where to go on: the `next` of the page before.
            newest: The newest first instead; what is committed meanwhile is not told.
            limit: How many at most; None: all.
        """

    def histories(self, tenant: str, keys: Sequence[RowKey], /) -> tuple[Chapter, ...]:
        """Return all chapters of several rows, oldest first.

        A store that knows in which order they were committed gives them in that order. Here those
        of one instant stand in the order of *keys*.
        """
        several = (self.history(tenant, key).rows for key in keys)
        return tuple(merge(*several, key=attrgetter("at")))

    @abstractmethod
    def feed(
        self,
        *,
        tenant: str | None = None,
        after: str | None = None,
        newest: bool = False,
        limit: int = 1000,
    ) -> Page:
        """Return all chapters in the order of their commits, as pairs of tenant and chapter.

        Args:
            tenant: Whose; None: everybody's.
            after: Where to go on: the `next` of the page before.
            newest: The newest first instead.
            limit: How many at most.

        Returns:
            A page whose `next` is never None unless it is empty: what is committed later follows.
        """

    @abstractmethod
    def commit(self, changes: Changes, /) -> bool:
        """Write *changes*, all or nothing.

        Returns:
            False where it is written, and a host's own transaction has still to commit it.

        Raises:
            ConflictError: A row is not at the version expected, or something else has changed.
            DuplicateCommandError: The command id is known; it carries the id and the first answer.
            LeaseLostError: A settle came too late.
            UnavailableError: The outcome is unknown.
        """

    # -- due rows --------------------------------------------------------------------------------

    @abstractmethod
    def claim(
        self,
        owner: str,
        lease: timedelta,
        limit: int,
        /,
        *,
        due: datetime,
        tenant: str | None = None,
        keys: Iterable[str] | None = None,
        asks: AbstractSet[str] | None = None,
        each: int | None = None,
    ) -> list[Claim]:
        """Hand out rows that are due, or whose lease has run out, in order.

        Args:
            owner: Who takes them.
            lease: For how long, by the store's clock.
            limit: How many at most.
            due: The present instant of the engine, by which rows are due.
            tenant: Whose rows; None: everybody's.
            keys: Only these, whether or not their time has come, dead ones too.
            asks: Only timers, and requests of these ports; None: all.
            each: At most so many a tenant.
        """

    @abstractmethod
    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Look before a port is called: lengthen the lease, and count the call, once a token.

        Returns:
            False where the lease is lost, or the row withdrawn or over: then it must not be called.
        """

    @abstractmethod
    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say what became of a claimed row; False: the lease is lost, nothing changed."""

    @abstractmethod
    def due(self, tenant: str, key: str, /) -> Parked | Over | None:
        """Return a due row, also one that is over and was not pruned yet; None: there is none."""

    @abstractmethod
    def next_due(
        self, *, tenant: str | None = None, asks: AbstractSet[str] | None = None
    ) -> datetime | None:
        """Return the earliest instant at which `claim` would find something, or None.

        The end of a lease is such an instant. With a `Waker` each tick ends with this question, and
        wakes by its answer whoever sleeps until then.
        """

    @abstractmethod
    def parked(
        self, tenant: str, /, *, job: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page:
        """Return the rows that were tried and did not succeed: to be tried again, or dead.

        They come by their first instant, then by place and key. One that is held once more stays.
        """

    # -- the whole -------------------------------------------------------------------------------

    @abstractmethod
    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget rows that ended before an instant, and old command results; return how many."""

    @abstractmethod
    def tenants(self) -> Iterator[str]:
        """Yield the tenants that have anything here, in order."""

    @abstractmethod
    def export(self, tenant: str, /) -> Iterator[str]:
        """Yield everything of a tenant as lines of canonical JSON.

        What is leased is told as if its lease had run out: it waits, and a call that was counted
        under that lease is one without an answer.

        The lines are the same in every store, byte for byte: one takes in what another exports,
        and a branch of a store that is not `Branchable` is laid over such a copy. "Write a store"
        has a table of them.
        """

    @abstractmethod
    def restore(self, lines: Iterable[str], /) -> None:
        """Take in the lines of an export, byte for byte what it was, all or nothing.

        Raises:
            ConflictError: The tenant is not empty here.
            DefinitionError: The lines are no export.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections."""


class Branchable(Store):
    """A store over which a branch can be laid that copies nothing of it.

    What a branch asks of it beside what every store answers. None of these calls changes anything,
    leases that ran out included. A store that is none is branched by a copy of the firm.
    """

    def edition(self, tenant: str, /) -> Hashable:
        """Return what changes whenever anything of a tenant is written; None: nobody can tell.

        While it stays the same, a branch does not read again what it has read.
        """
        return None

    @abstractmethod
    def last_version(self, tenant: str, key: RowKey, /) -> int:
        """Return the last version of a row that was deleted; 0: there never was one."""

    @abstractmethod
    def looked_at(self, tenant: str, keys: Iterable[str], /) -> dict[str, Standing | Over]:
        """Return those of the due rows that are known, by key, also those that are over."""

    @abstractmethod
    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Return the due rows that somebody holds, and those that failed or are dead."""

    @abstractmethod
    def waiting(self, tenant: str, after: Place | None, limit: int, /) -> list[Standing]:
        """Return the due rows that wait, in order, from behind a place on, *limit* at most."""
