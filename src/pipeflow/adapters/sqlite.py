"""The store in a file: a firm is found again after a restart, and several processes may use it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from sqlite3 import Connection
from types import TracebackType
from typing import Literal, Self

from ..errors import DefinitionError, LeaseLostError, Problem, StoreError, shown, unknown
from ..model.events import Chapter
from ..ports.due import Claim, Over, Parked, Settle, Standing
from ..ports.rows import CarriedOut, Changes, Page, Query, Read, RowKey, Stored
from ..ports.services import Clock
from ..ports.store import Branchable, Place
from . import sqlite_chapters, sqlite_queue, sqlite_rows
from .sqlite_arrival import Arrival
from .sqlite_care import copy, faults, forget, still, tenants
from .sqlite_commit import Commit
from .sqlite_file import File
from .sqlite_lines import lines_of
from .sqlite_queue import Ask
from .sqlite_values import Texts
from .system import SystemClock, clock_problems

__all__ = ["SqliteStore"]

PATIENCE = timedelta(seconds=10)
LEVELS = ("full", "normal")


class SqliteStore(Branchable):
    """Keeps a firm, or several, in one file; threads may share a store, processes its file.

    Args:
        path: Where the file is; where there is none it is made, for this user alone to read.
        synchronous: "full": what was committed outlives a power cut. "normal": the last commits
            may go with one, though never out of order; a process that dies takes none with it.
        multiprocess: Whether other processes use the file too; all of them must say the same. A
            file that was shared once keeps the journal that is safe for that.
        patience: How long a call waits for another program that holds the file.
        clock: By which leases are reckoned; the system's unless said.

    Raises:
        DefinitionError: Something given is not what it must be.
        StoreError: There is no firm's file at the path and none can be made, it is damaged, or it
            is of a newer version.
        UnavailableError: Another program holds it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        synchronous: Literal["full", "normal"] = "full",
        multiprocess: bool = False,
        patience: timedelta = PATIENCE,
        clock: Clock | None = None,
    ) -> None:
        """Open the file, or make it."""
        _refuse((*_problems(path, synchronous, multiprocess, patience), *clock_problems(clock)))
        self.clock = clock if clock is not None else SystemClock()
        self._texts = Texts()
        self._file = File(
            path,
            synchronous=synchronous,
            multiprocess=multiprocess,
            patience=patience.total_seconds(),
        )

    def __repr__(self) -> str:
        """Say where it is and what it holds."""
        file = self._file
        if file.closed:
            return f"<SqliteStore {file.name}: closed>"
        try:
            with file.connection() as db:
                rows = sqlite_rows.number(db)
        except StoreError as error:
            return f"<SqliteStore: {error}>"
        return f"<SqliteStore {file.name}: {rows} rows, {file.journal}, {file.synchronous}>"

    def __enter__(self) -> Self:
        """Use it in a `with`, which closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    # -- rows ------------------------------------------------------------------------------------

    def read(
        self,
        tenant: str,
        keys: Iterable[RowKey],
        /,
        *,
        accounts: bool = False,
        command_id: str | None = None,
    ) -> Read:
        """Return those of the rows that are there, as they were at one instant."""
        known, keys = None, tuple(keys)
        several = len(keys) > 1 or accounts or command_id is not None
        with self._file.connection(at_once=several) as db:
            rows = sqlite_rows.read(db, tenant, keys, accounts=accounts)
            if command_id is not None:
                known = sqlite_rows.known_result(db, tenant, command_id)
            value = self._texts.value
            found = {key: Stored(version, value(text, db)) for key, (version, text) in rows.items()}
        if known is None:
            return Read(found)
        text = known[0]
        return Read(found, Stored(1, text and self._texts.decode(text, CarriedOut)))

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Return the rows that a query means, in its order."""
        with self._file.connection() as db:
            return sqlite_rows.find(db, self._texts, tenant, query, after, limit)

    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Count the rows that a query means by their terms of the field *by*."""
        with self._file.connection() as db:
            return sqlite_rows.count(db, tenant, query, by)

    def ids(self, tenant: str, kind: str, /, *, limit: int = 1000) -> tuple[str, ...]:
        """Return ids of rows of a kind, *limit* of them at most."""
        with self._file.connection() as db:
            return sqlite_rows.ids(db, tenant, kind, limit)

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
        """Return the chapters that commits logged for a row, oldest first."""
        with self._file.connection() as db:
            return sqlite_chapters.history(
                db, self._texts, tenant, key, after, limit, newest=newest
            )

    def histories(self, tenant: str, keys: Sequence[RowKey], /) -> tuple[Chapter, ...]:
        """Return all chapters of several rows, in the order of their commits."""
        with self._file.snapshot() as db:
            return sqlite_chapters.histories(db, self._texts, tenant, keys)

    def feed(
        self,
        *,
        tenant: str | None = None,
        after: str | None = None,
        newest: bool = False,
        limit: int = 1000,
    ) -> Page:
        """Return all chapters in the order of their commits, as pairs of tenant and chapter.

        All of it is on the disk, so that a power cut takes nothing from which somebody went on;
        where the newest come first, all that is there is told.
        """
        with self._file.connection() as db:
            page = sqlite_chapters.feed(db, self._texts, tenant, after, limit, newest=newest)
            if page.rows and not newest:
                self._file.keep(db)
            return page

    def commit(self, changes: Changes, /) -> bool:
        """Write *changes*, all or nothing.

        Raises:
            DefinitionError: Canonical JSON cannot hold a value.
        """
        commit = Commit(changes, self._texts)
        self._file.write(lambda db: commit.carry_out(db, self.clock.now()), durable=changes.durable)
        self._texts.know(commit.shares)
        return True

    # -- due rows --------------------------------------------------------------------------------

    def _sweep(self) -> None:
        """Write down, where there is one, that a lease has ended; all that look call it first."""
        now = self.clock.now()
        with self._file.connection() as db:
            lapsed = sqlite_queue.lapsed(db, now)
        if lapsed:
            self._file.write(lambda db: sqlite_queue.sweep(db, now), durable=False)

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
        """Hand out rows that are due, or whose lease has run out, in order."""
        self._sweep()
        ask, wanted = Ask(tenant, asks), None if keys is None else tuple(keys)
        with self._file.connection() as db:  # whoever finds nothing keeps nobody from writing
            if not sqlite_queue.first(db, ask, due, 1, each=each, keys=wanted):
                return []

        def handed_out(db: Connection) -> list[Claim]:
            now = self.clock.now()
            sqlite_queue.sweep(db, now)
            places = sqlite_queue.first(db, ask, due, limit, each=each, keys=wanted)
            return sqlite_queue.take(db, self._texts, places, owner, now + lease)

        return self._file.write(handed_out, durable=False)

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Look before a port is called: lengthen the lease, and count the call, once a token."""
        return self._file.write(
            lambda db: sqlite_queue.renew(db, tenant, key, token, self.clock.now() + lease),
            durable=False,
        )

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say what became of a claimed row; False: the lease is lost, nothing changed."""
        try:
            return SqliteStore.commit(self, Changes(tenant, {}, settles=(settle,)))
        except LeaseLostError:
            return False

    def due(self, tenant: str, key: str, /) -> Parked | Over | None:
        """Return a due row, also one that is over and was not pruned yet, or None."""
        self._sweep()
        with self._file.connection() as db:
            return sqlite_queue.due(db, self._texts, tenant, key)

    def next_due(
        self, *, tenant: str | None = None, asks: AbstractSet[str] | None = None
    ) -> datetime | None:
        """Return the earliest instant at which `claim` would find something, or None."""
        self._sweep()
        with self._file.snapshot() as db:
            return sqlite_queue.next_due(db, Ask(tenant, asks))

    def parked(
        self, tenant: str, /, *, job: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page:
        """Return the rows that were tried and did not succeed: to be tried again, or dead."""
        self._sweep()
        with self._file.connection() as db:
            return sqlite_queue.parked(db, self._texts, tenant, job, after, limit)

    # -- the whole -------------------------------------------------------------------------------

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget rows that ended, and commands that were carried out, before an instant."""
        return self._file.write(lambda db: forget(db, tenant, before))

    def tenants(self) -> Iterator[str]:
        """Yield the tenants that have anything here, in order."""
        with self._file.snapshot() as db:
            found = tenants(db)
        yield from found

    def export(self, tenant: str, /) -> Iterator[str]:
        """Yield everything of a tenant as lines of canonical JSON; no lease goes with it."""
        with still(self._file) as db:
            yield from lines_of(db, tenant)

    def restore(self, lines: Iterable[str], /) -> None:
        """Take in the lines of an export, all or nothing."""
        arrival = Arrival(lines)
        self._file.write(arrival.write)

    def close(self) -> None:
        """Let go of the file; a call that comes afterwards is refused."""
        self._file.close()

    # -- for branches ----------------------------------------------------------------------------

    def last_version(self, tenant: str, key: RowKey, /) -> int:
        """Return the last version of a row that was deleted; 0: there never was one."""
        with self._file.connection() as db:
            return sqlite_rows.last_version(db, tenant, key)

    def looked_at(self, tenant: str, keys: Iterable[str], /) -> dict[str, Standing | Over]:
        """Return those of the due rows that are known, by key, also those that are over."""
        with self._file.connection() as db:
            return sqlite_queue.looked_at(db, self._texts, tenant, keys, self.clock.now())

    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Return the due rows that somebody holds, and those that failed or are dead."""
        with self._file.snapshot() as db:
            return sqlite_queue.unsettled(db, self._texts, tenant, self.clock.now())

    def waiting(self, tenant: str, after: Place | None, limit: int, /) -> list[Standing]:
        """Return the due rows that wait, in order, from behind a place on, *limit* at most."""
        with self._file.connection() as db:
            return sqlite_queue.in_order(db, self._texts, tenant, after, limit, self.clock.now())

    # -- what only a file needs ------------------------------------------------------------------

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy everything into a new file, as it is at one instant, while others read and write.

        Raises:
            DefinitionError: It is no path.
            StoreError: There is something at that path, or it cannot be written.
        """
        _refuse(_path_problems(path))
        with self._file.connection() as db:
            copy(db, path)

    def check(self) -> tuple[str, ...]:
        """Look at every page and every value; return what is wrong, a sentence each."""
        with still(self._file) as db:
            return faults(db)


def _refuse(found: Iterable[Problem]) -> None:
    """Refuse what no file can be opened or copied with, before one is made.

    Raises:
        DefinitionError: With every problem.
    """
    if problems := tuple(found):
        raise DefinitionError(*problems)


def _problems(
    path: object, synchronous: str, multiprocess: object, patience: object
) -> Iterator[Problem]:
    yield from _path_problems(path)
    if synchronous not in LEVELS:
        yield unknown("level", synchronous, LEVELS, where="$.synchronous")
    if not isinstance(multiprocess, bool):
        yield Problem("must be True or False", "$.multiprocess", shown(multiprocess))
    if not isinstance(patience, timedelta):
        yield Problem("must be a timedelta", "$.patience", shown(patience), (repr(PATIENCE),))
    elif patience < timedelta():
        yield Problem("must not be negative", "$.patience", shown(patience))


def _path_problems(path: object) -> Iterator[Problem]:
    place = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(place, str):
        yield Problem("must be the path of a file", "$.path", shown(path))
    elif place in {"", ":memory:"}:
        what = "must be the path of a file; what is in memory alone is a `MemoryStore`"
        yield Problem(what, "$.path", shown(path))
    elif "\0" in place:
        yield Problem("holds '\\x00', which no path can; leave it out", "$.path", shown(path))
