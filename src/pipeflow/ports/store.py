"""The storage port: rows with versions, one atomic commit, and the queue of due rows.

A store takes and gives the frozen values themselves. Whoever implements one runs
`pipeflow.testing.contracts.StoreContract` against it, which spells out every rule:

- A1 `commit` is all or nothing.
- A2 every `expect` is checked, also of rows that were only read; the first writer wins; a new
  version is the expected one plus 1, and never one that the key had before it was deleted.
- A3 a known `command_id` beats a version conflict: `DuplicateCommandError`, nothing written.
- A4 a due key is inserted at most once per tenant, for ever; an existing one is left alone.
- A5 `cancels` touch rows that are not over (waiting, leased, dead); a later settle of such a
  claim returns False.
- A6 `settles` inside a commit need the current token, else `LeaseLostError`, nothing written.
- A7 `claim` never gives a row to two owners before its lease ends; order `(at, no, tenant, key)`.
- A8 `UnavailableError` after a commit was sent means unknown; retry with the same `command_id`.
- A9 every method takes the tenant; nothing is read or settled across tenants.
- A10 what `load` gives equals what was put.
- A11 after `commit` returns, every process sees it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias, Union

import attrs

from ..model.events import Event
from ..model.plain import Plain
from .requests import Request

__all__ = [
    "Action",
    "Changes",
    "Claim",
    "Due",
    "DueState",
    "Page",
    "Parked",
    "RefRow",
    "ReminderTimer",
    "RowKey",
    "Settle",
    "Store",
    "Stored",
]


class RowKey(NamedTuple):
    """The key of a row: its kind ("job", "account", "pipeline", "template", ...) and its id."""

    kind: str
    id: str


class Stored(NamedTuple):
    """A row's version, counting from 1, and its value."""

    version: int
    value: Any


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class RefRow(Plain):
    """Which items a host's reference names: pairs of job id and item id ("" for an e-mail)."""

    items: tuple[tuple[str, str], ...]


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class ReminderTimer(Plain):
    """The next reminder of an item, counting from 1."""

    job: str
    item: str
    number: int


# What a due row does when its time comes: ask a port, or remind.
Action: TypeAlias = Union[Request, ReminderTimer]


class DueState(StrEnum):
    """The life of a due row: `wait` and `leased` may still act, the others are over."""

    WAIT = "wait"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Due(Plain):
    """A row that waits to be acted on at an instant.

    Args:
        key: The idempotency key, unique for ever.
        at: When.
        no: Its place among the rows of one commit.
        action: A request or a timer.
        job: The job that it belongs to.
        depth: How deep the command that made it was nested in calls of ports and handlers.
        owner: Who already holds it when it is committed (None: nobody); its token is then 1.
        until: Until when.
    """

    key: str
    at: datetime
    no: int
    action: Action
    job: str
    depth: int = 0
    owner: str | None = None
    until: datetime | None = None


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Claim(Plain):
    """A due row that was handed to an owner until an instant.

    `token` fences off everybody who held it before; `attempt` counts how often it was handed out.
    """

    tenant: str
    due: Due
    token: int
    attempt: int
    until: datetime


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Settle(Plain):
    """What became of a claimed row: done, to be tried again at `at`, or dead."""

    key: str
    token: int
    state: DueState
    at: datetime | None = None
    error: str = ""


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Parked(Plain):
    """A request that was tried and not delivered: waiting for its retry, or dead."""

    due: Due
    state: DueState
    attempt: int
    at: datetime
    error: str


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Page(Plain):
    """A piece of a listing, and where to go on (None: it was the last)."""

    rows: tuple[Any, ...]
    next: str | None = None


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Changes(Plain):
    """Everything that one commit writes; all of it or nothing.

    Args:
        tenant: Whose rows.
        expect: The version of every row that was read; 0: it was not there.
        puts: New values, by key; each must be in `expect`.
        deletes: Rows to take away; each must be in `expect`.
        dues: Due rows to add.
        cancels: Keys of due rows that are no longer wanted.
        withdraws: The same, unless somebody holds one just now: then `ConflictError`.
        settles: What became of claimed rows.
        log: Events, by the row whose history they belong to.
        command_id: The host's id of the command, by which a repeat is known.
        result: What a repeat is answered with.
        at: When the command was carried out; `prune` goes by it.
    """

    tenant: str
    expect: Mapping[RowKey, int]
    puts: Mapping[RowKey, Any] = {}
    dues: tuple[Due, ...] = ()
    cancels: tuple[str, ...] = ()
    settles: tuple[Settle, ...] = ()
    log: Mapping[RowKey, tuple[Event, ...]] = {}
    deletes: tuple[RowKey, ...] = ()
    command_id: str | None = None
    result: Any = None
    withdraws: tuple[str, ...] = ()
    at: datetime | None = None


class Store(ABC):
    """Where everything is kept. See the rules A1 to A11 above."""

    @abstractmethod
    def load(self, tenant: str, key: RowKey, /) -> Stored | None:
        """Return a row, or None."""

    @abstractmethod
    def load_many(self, tenant: str, keys: Iterable[RowKey], /) -> dict[RowKey, Stored]:
        """Return those of the rows that are there, as they were at one instant."""

    @abstractmethod
    def scan(
        self, tenant: str, kind: str, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Return rows of a kind, in a steady order, as pairs of key and `Stored`; may be stale."""

    @abstractmethod
    def history(self, tenant: str, key: RowKey, /) -> tuple[Event, ...]:
        """Return the events that commits logged for a row, oldest first."""

    @abstractmethod
    def command_result(self, tenant: str, command_id: str, /) -> Stored | None:
        """Return what the command of that id answered, or None if it never was carried out."""

    @abstractmethod
    def commit(self, changes: Changes, /) -> None:
        """Write *changes*, all or nothing.

        Raises:
            ConflictError: A row is not at the version expected.
            DuplicateCommandError: The command id is known.
            LeaseLostError: A settle came too late.
            UnavailableError: The outcome is unknown.
        """

    @abstractmethod
    def claim(
        self,
        now: datetime,
        owner: str,
        lease: timedelta,
        limit: int,
        *,
        tenant: str | None = None,
        keys: Iterable[str] | None = None,
        timers_only: bool = False,
    ) -> list[Claim]:
        """Hand out rows that are due at *now*, or whose lease has run out, in order.

        Args:
            now: The present instant.
            owner: Who takes them.
            lease: For how long.
            limit: How many at most.
            tenant: Whose rows; None: everybody's.
            keys: Only these, whether or not their time has come, dead ones too.
            timers_only: Leave requests alone, for hosts that deliver them themselves.
        """

    @abstractmethod
    def renew(self, tenant: str, key: str, token: int, until: datetime, /) -> bool:
        """Lengthen a lease; False: it is lost."""

    @abstractmethod
    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say what became of a claimed row; False: the lease is lost, nothing changed."""

    @abstractmethod
    def next_due(self, *, tenant: str | None = None, timers_only: bool = False) -> datetime | None:
        """Return the earliest instant at which `claim` would find something, or None."""

    @abstractmethod
    def parked(self, tenant: str, /) -> tuple[Parked, ...]:
        """Return the requests that were tried and not delivered: to be retried, or dead."""

    @abstractmethod
    def waiting(self, tenant: str, now: datetime, /) -> tuple[Due, ...]:
        """Return the requests that are due at *now* and held by nobody, in order."""

    @abstractmethod
    def due(self, tenant: str, key: str, /) -> Parked | None:
        """Return a due row that is not over, or None."""

    @abstractmethod
    def due_state(self, tenant: str, key: str, /) -> DueState | None:
        """Return the state of a due row, also of one that is over; None: there never was one."""

    @abstractmethod
    def requeue(self, tenant: str, key: str, at: datetime, /) -> bool:
        """Let a dead or waiting row be tried again at *at*, its attempts forgotten."""

    @abstractmethod
    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget rows that ended before an instant, and old command results; return how many."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections."""
