"""The store in a host's own database, PostgreSQL first: web processes and workers share it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from copy import copy
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine
from sqlalchemy.exc import ArgumentError

from ..errors import DefinitionError, LeaseLostError, Problem, StoreError, shown
from ..model.events import Chapter
from ..ports.due import Claim, Over, Parked, Settle, Standing
from ..ports.rows import Changes, Page, Query, Read, RowKey
from ..ports.services import Clock
from ..ports.store import Branchable, Place
from . import sql_chapters, sql_queue, sql_rows, sql_tables
from .sql_care import Arrival, forget, lines_of, tenants
from .sql_commit import Commit
from .sql_connections import Connections, Joined, dialect_of, name_of, refuse_isolation
from .sql_dialects import DIALECTS, Db, Hold
from .sql_errors import told, told_host
from .sql_locks import holds_of
from .sql_queue import Ask
from .sql_texts import Values
from .system import SystemClock, clock_problems

__all__ = ["SqlStore"]


class SqlStore(Branchable):
    """Keeps firms in tables of a database that a host has anyway; any number of machines share it.

    `SqlStore.create` makes the tables, once. The store itself changes none.

    Args:
        url: The database's address, or an engine of SQLAlchemy that the host has already. An
            engine stays the host's: it is not closed with the store.
        schema: In which schema the tables are; in the first one of the connection's, unless said.
        clock: By which leases are reckoned; PostgreSQL's own unless said, and with SQLite the
            system's.

    Raises:
        DefinitionError: Something given is not what it must be, or it is another kind of database.
    """

    def __init__(
        self, url: str | URL | Engine, *, schema: str | None = None, clock: Clock | None = None
    ) -> None:
        """Take the address; nothing is connected until it is asked for something."""
        _refuse((*_problems(schema), *clock_problems(clock)))
        engine, own = _engine_of(url)
        self._connections = Connections(engine, schema, own=own)
        if clock is not None or self._connections.dialect.clock is None:
            self.clock = clock if clock is not None else SystemClock()
        self._values = Values()

    @staticmethod
    def create(bind: str | URL | Engine | Connection, *, schema: str | None = None) -> None:
        """Make the tables where there are none, and bring older ones up to this version.

        Call it once where a host's other tables are made: in a migration, with its connection, it
        is part of what that one commits; with an address or an engine it commits by itself.

        Raises:
            DefinitionError: It is no address, engine or connection of such a database, or the
                connection's isolation is not READ COMMITTED.
            StoreError: The tables are of a newer version, or may not be made, as where there is no
                such schema, or the database is not in UTF8.
            UnavailableError: The server does not answer, or two transactions wait for one another.
        """
        _refuse(_problems(schema))
        if isinstance(bind, Connection):
            with told_host(name_of(bind.engine), schema):
                refuse_isolation(bind)
                sql_tables.make(bind, schema, name_of(bind.engine))
            return
        engine, own = _engine_of(bind)
        try:
            level = DIALECTS[dialect_of(engine)].level
            with told(name_of(engine), schema), engine.connect() as connection:
                connection.execution_options(isolation_level=level)
                with connection.begin():
                    sql_tables.make(connection, schema, name_of(engine))
        finally:
            if own:
                engine.dispose()

    @staticmethod
    def tables(schema: str | None = None) -> MetaData:
        """Return what the tables are, for tools which compare a database with what it should be."""
        _refuse(_problems(schema))
        return sql_tables.tables(schema)

    def joined(self, connection: Connection, /) -> SqlStore:
        """Return this store inside a transaction of the host, which commits it or takes it back.

        Each call is a savepoint there. `commit` answers False: nothing is delivered, told or woken
        by it; whoever ticks once the host has committed delivers it, and `next_due` says when.

        Args:
            connection: In whose transaction; that of a `Session` is `session.connection()`.

        Raises:
            DefinitionError: It is no connection to such a database, or its isolation is not READ
                COMMITTED.
            UnavailableError: The server does not answer.
        """
        if not isinstance(connection, Connection):
            what = "must be a Connection of SQLAlchemy; that of a Session is session.connection()"
            raise DefinitionError(Problem(what, "$.connection", shown(connection)))
        inside = copy(self)
        inside._connections = Joined(connection, self._connections)  # noqa: SLF001
        inside.final = False
        return inside

    def __repr__(self) -> str:
        """Say where it is and what it holds."""
        name = self._connections.name
        if self._connections.closed:
            return f"<SqlStore {name}: closed>"
        try:
            with self._reading() as db:
                rows = sql_rows.number(db)
        except StoreError as error:
            return f"<SqlStore: {error}>"
        inside = "" if self.final else ", in a transaction of its host"
        return f"<SqlStore {name}: {rows} rows{inside}>"

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

    def _reading(self) -> AbstractContextManager[Db]:
        return self._connections.reading(getattr(self, "clock", None))

    def _writing(
        self, holds: Iterable[Hold] = (), *, durable: bool = True
    ) -> AbstractContextManager[Db]:
        return self._connections.writing(getattr(self, "clock", None), holds, durable=durable)

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
        with self._reading() as db:
            return sql_rows.read(
                db, self._values, tenant, keys, accounts=accounts, command_id=command_id
            )

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Return the rows that a query means, in its order."""
        with self._reading() as db:
            return sql_rows.find(db, self._values, tenant, query, after, limit)

    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Count the rows that a query means by their terms of the field *by*."""
        with self._reading() as db:
            return sql_rows.count(db, tenant, query, by)

    def ids(self, tenant: str, kind: str, /, *, limit: int = 1000) -> tuple[str, ...]:
        """Return ids of rows of a kind, *limit* of them at most."""
        with self._reading() as db:
            return sql_rows.ids(db, tenant, kind, limit)

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
        with self._reading() as db:
            return sql_chapters.history(db, tenant, key, after, limit, newest=newest)

    def histories(self, tenant: str, keys: Sequence[RowKey], /) -> tuple[Chapter, ...]:
        """Return all chapters of several rows, in the order of their commits."""
        with self._reading() as db:
            return sql_chapters.histories(db, tenant, keys)

    def feed(
        self,
        *,
        tenant: str | None = None,
        after: str | None = None,
        newest: bool = False,
        limit: int = 1000,
    ) -> Page:
        """Return all chapters in the order of their commits, as pairs of tenant and chapter.

        What a transaction has written that is still to be committed holds back whatever was written
        after it, so that whoever follows page by page leaves nothing out.

        All of it is on the disk; inside a transaction of the host once that one has committed, so
        go on from a page only then.
        """
        with self._reading() as db:
            return sql_chapters.feed(db, tenant, after, limit, newest=newest)

    def commit(self, changes: Changes, /) -> bool:
        """Write *changes*, all or nothing.

        Returns:
            False inside a transaction of the host, who has still to commit it.

        Raises:
            DefinitionError: Canonical JSON cannot hold a value.
        """
        commit = Commit(changes, self._values)
        with self._writing(holds_of(changes), durable=changes.durable) as db:
            commit.carry_out(db)
        return self.final

    # -- due rows --------------------------------------------------------------------------------

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

        Inside a transaction of the host it hands out none, for a port must not be called there.
        """
        if not self.final:
            return []
        wanted = None if keys is None else tuple(keys)
        with self._writing() as db:
            sql_queue.sweep(db)
            return sql_queue.claim(
                db, self._values, owner, lease, limit,
                ask=Ask(tenant, asks), at=due, keys=wanted, each=each,
            )  # fmt: skip

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Look before a port is called: lengthen the lease, and count the call, once a token."""
        with self._reading() as db:  # one statement, which is a transaction of its own
            return sql_queue.renew(db, tenant, key, token, lease)

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say what became of a claimed row; False: the lease is lost, nothing changed."""
        try:
            self.commit(Changes(tenant, {}, settles=(settle,)))
        except LeaseLostError:
            return False
        return True

    def due(self, tenant: str, key: str, /) -> Parked | Over | None:
        """Return a due row, also one that is over and was not pruned yet, or None."""
        with self._reading() as db:
            sql_queue.sweep(db)
            return sql_queue.due(db, self._values, tenant, key)

    def next_due(
        self, *, tenant: str | None = None, asks: AbstractSet[str] | None = None
    ) -> datetime | None:
        """Return the earliest instant at which `claim` would find something, or None."""
        with self._reading() as db:
            sql_queue.sweep(db)
            return sql_queue.next_due(db, Ask(tenant, asks))

    def parked(
        self, tenant: str, /, *, job: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page:
        """Return the rows that were tried and did not succeed: to be tried again, or dead."""
        with self._reading() as db:
            sql_queue.sweep(db)
            return sql_queue.parked(db, self._values, tenant, job, after, limit)

    # -- the whole -------------------------------------------------------------------------------

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget rows that ended, and commands that were carried out, before an instant."""
        with self._writing() as db:
            return forget(db, tenant, before)

    def tenants(self) -> Iterator[str]:
        """Yield the tenants that have anything here, in order."""
        with self._reading() as db:
            found = tenants(db)
        yield from found

    def export(self, tenant: str, /) -> Iterator[str]:
        """Yield everything of a tenant as lines of canonical JSON; no lease goes with it.

        Raises:
            StoreError: Inside a transaction of the host, which sees what others commit meanwhile.
        """
        with self._connections.snapshot(getattr(self, "clock", None)) as db:
            yield from lines_of(db, tenant)

    def restore(self, lines: Iterable[str], /) -> None:
        """Take in the lines of an export, all or nothing."""
        arrival = Arrival(lines)
        with self._writing(arrival.holds) as db:
            arrival.write(db)

    def close(self) -> None:
        """Let go of the connections; a call that comes afterwards is refused."""
        self._connections.close()

    # -- for branches ----------------------------------------------------------------------------

    def last_version(self, tenant: str, key: RowKey, /) -> int:
        """Return the last version of a row that was deleted; 0: there never was one."""
        with self._reading() as db:
            return sql_rows.last_version(db, tenant, key)

    def looked_at(self, tenant: str, keys: Iterable[str], /) -> dict[str, Standing | Over]:
        """Return those of the due rows that are known, by key, also those that are over."""
        with self._reading() as db:
            return sql_queue.looked_at(db, self._values, tenant, keys)

    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Return the due rows that somebody holds, and those that failed or are dead."""
        with self._reading() as db:
            return sql_queue.unsettled(db, self._values, tenant)

    def waiting(self, tenant: str, after: Place | None, limit: int, /) -> list[Standing]:
        """Return the due rows that wait, in order, from behind a place on, *limit* at most."""
        with self._reading() as db:
            return sql_queue.in_order(db, self._values, tenant, after, limit)


def _engine_of(url: object) -> tuple[Engine, bool]:
    """Return the engine of an address, and whether it is our own; nothing of it is repeated.

    Raises:
        DefinitionError: It is no address of a database.
    """
    if isinstance(url, Engine):
        return url, False
    if not isinstance(url, str | URL):
        what = "must be the address of a database, or an Engine of SQLAlchemy"
        raise DefinitionError(Problem(what, "$.url", type(url).__name__))
    try:
        return create_engine(url, hide_parameters=True), True
    except (ArgumentError, ValueError):
        what = "is no address of a database, as postgresql+psycopg://user@host/name is"
        raise DefinitionError(Problem(what, "$.url")) from None
    except ImportError as error:
        what = f"needs a driver that is not installed ({error.name}); psycopg is one"
        raise DefinitionError(Problem(what, "$.url")) from None


def _refuse(found: Iterable[Problem]) -> None:
    """Refuse what is no name or clock.

    Raises:
        DefinitionError: With every problem.
    """
    if problems := tuple(found):
        raise DefinitionError(*problems)


def _problems(schema: object) -> Iterator[Problem]:
    if schema is not None and not (isinstance(schema, str) and schema):
        yield Problem("must be the name of a schema, or None", "$.schema", shown(schema))
