"""How a call gets its connection: one of the engine's, or the very one that a host works with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select

from ..errors import DefinitionError, StoreError
from ..ports.services import Clock
from .microseconds import number_of
from .sql_dialects import DIALECTS, Db, Hold, Instant
from .sql_errors import told, told_host
from .sql_tables import META, NUMBER, refuse_others

__all__ = ["Connections", "Joined", "dialect_of", "name_of", "refuse_isolation"]

NOW = bindparam("instant", type_=NUMBER)


def dialect_of(bind: Engine | Connection) -> str:
    """Return of which kind a database is.

    Raises:
        DefinitionError: It is of no kind that pipeflow knows, or its driver is another, or awaited.
    """
    if bind.dialect.is_async:
        address = "sqlite:///..." if bind.dialect.name == "sqlite" else "postgresql+psycopg://..."
        raise DefinitionError(
            f"this engine awaits its driver, and a store does not; give it one of its own, by "
            f"SQLAlchemy's create_engine({address!r}), also where an AsyncEngine of pipeflow uses "
            "it, which calls its store in threads"
        )
    if bind.dialect.name not in DIALECTS:
        known = " and ".join(DIALECTS)
        raise DefinitionError(f"a firm is kept in {known}, and not in {bind.dialect.name}")
    driver = DIALECTS[bind.dialect.name].driver
    if driver is not None and bind.dialect.driver != driver:
        raise DefinitionError(
            f"the driver is {bind.dialect.driver!r}, and a store needs {driver!r}, which says what "
            f"went wrong; its address begins with {bind.dialect.name}+{driver}://"
        )
    return bind.dialect.name


def refuse_isolation(connection: Connection) -> None:
    """Refuse a transaction of a host that would not see what others commit, or that is none.

    Raises:
        DefinitionError: It is so, or it is one of a database of no kind that pipeflow knows.
    """
    level = DIALECTS[dialect_of(connection)].level
    if connection.dialect.name != "postgresql":
        return
    found = connection.get_isolation_level()
    if getattr(connection.connection.dbapi_connection, "autocommit", False):
        found = "AUTOCOMMIT"
    if found != level:
        raise DefinitionError(
            f"the transaction is {found}, and pipeflow joins one that is {level} alone: it waits "
            "for others, and has to see what they wrote then"
        )


def name_of(engine: Engine) -> str:
    """Return what a database is called, without whatever else stands in its address."""
    url = engine.url
    host = f"{url.host}{f':{url.port}' if url.port else ''}/" if url.host else ""
    return repr(f"{engine.dialect.name} {host}{url.database or ''}")


class Connections:
    """The connections of an engine's pool: each call takes one and gives it back."""

    final = True  # what was written is committed

    def __init__(self, engine: Engine, schema: str | None, *, own: bool) -> None:
        """Take the engine; one of our own is closed in the end."""
        self.engine, self._own = engine, own
        self.dialect = DIALECTS[dialect_of(engine)]
        self.name, self.schema = name_of(engine), schema
        self._closed = self._known = False

    @property
    def closed(self) -> bool:
        """Whether it is."""
        return self._closed

    @contextmanager
    def reading(self, clock: Clock | None) -> Iterator[Db]:
        """Give a connection to somebody who reads by statements that need nothing of one another.

        Raises:
            UnavailableError: The server does not answer.
            StoreError: The tables are not there, or are another version's.
        """
        with told(self.name, self.schema), self._taken("AUTOCOMMIT") as connection:
            yield self._db(connection, clock)

    @contextmanager
    def writing(
        self, clock: Clock | None, holds: Iterable[Hold] = (), *, durable: bool = True
    ) -> Iterator[Db]:
        """Give a connection to somebody who writes; all of it or nothing.

        What is not *durable* may go with a power cut, though never out of order.

        Raises:
            UnavailableError: The server does not answer; what became of it is unknown.
            ConflictError: Somebody else was first.
            StoreError: The tables are not there, or are another version's.
        """
        with (
            told(self.name, self.schema),
            self._taken(self.dialect.level) as connection,
            connection.begin(),
        ):
            yield self._entered(self._db(connection, clock), holds, durable=durable)

    @contextmanager
    def snapshot(self, clock: Clock | None) -> Iterator[Db]:
        """Give a connection to somebody who reads several things of one instant.

        Raises:
            UnavailableError: The server does not answer.
            StoreError: The tables are not there, or are another version's.
        """
        level = "REPEATABLE READ" if self.dialect.name == "postgresql" else self.dialect.level
        with told(self.name, self.schema), self._taken(level) as connection:
            self.dialect.join(connection)
            yield self._db(connection, clock)

    @contextmanager
    def _taken(self, level: Any) -> Iterator[Connection]:
        if self._closed:
            raise StoreError(f"{self.name} was closed; open a new store on it")
        with self.engine.connect() as connection:
            connection.execution_options(isolation_level=level)
            yield connection

    def _db(self, connection: Connection, clock: Clock | None) -> Db:
        now = self._now(clock)
        db = Db(connection, self.dialect, now, self.schema, self.final)
        if not self._known:
            refuse_others(self.name, db.scalar(select(META.c.version)))
            self._known = True
        return db

    def _now(self, clock: Clock | None) -> Instant:
        """Return the present instant: by a clock that was given, or the server's."""
        if clock is not None:
            return Instant(NOW, {NOW.key: number_of(clock.now())})
        if self.dialect.clock is None:
            raise TypeError(f"{self.dialect.name} has no clock of its own")
        return self.dialect.clock

    def _entered(self, db: Db, holds: Iterable[Hold], *, durable: bool) -> Db:
        refuse_others(self.name, self.dialect.enter(db, holds, durable=durable))
        return db

    def close(self) -> None:
        """Let go of them; those of a host's engine stay as they are."""
        self._closed = True
        if self._own:
            self.engine.dispose()


class Joined(Connections):
    """The connection of a host, in whose own transaction everything is done.

    Each call is a savepoint, so that what is refused leaves the rest as it was.
    """

    final = False

    def __init__(self, connection: Connection, below: Connections) -> None:
        """Take the connection.

        Raises:
            DefinitionError: It is one to another kind of database, or its isolation is another.
        """
        super().__init__(below.engine, below.schema, own=False)
        self._connection = connection
        if dialect_of(connection) != self.dialect.name:
            raise DefinitionError(
                f"the connection is one to {dialect_of(connection)}, and this store is kept in "
                f"{self.dialect.name}"
            )
        with told(self.name, self.schema):
            refuse_isolation(connection)

    @contextmanager
    def reading(self, clock: Clock | None) -> Iterator[Db]:
        """Give the connection; one instant is that of a statement."""
        with told_host(self.name, self.schema), self._savepoint():
            yield self._db(self._connection, clock)

    @contextmanager
    def writing(
        self, clock: Clock | None, holds: Iterable[Hold] = (), *, durable: bool = True
    ) -> Iterator[Db]:
        """Give the connection; whether its commit waits for the disk is for the host to say."""
        with told_host(self.name, self.schema), self._savepoint():
            yield self._entered(self._db(self._connection, clock), holds, durable=True)

    @contextmanager
    def snapshot(self, clock: Clock | None) -> Iterator[Db]:
        """Refuse it: a transaction that sees what others commit has no such instant.

        Raises:
            StoreError: Always.
        """
        raise StoreError(
            "a store that joined a transaction exports nothing; ask the store that it was joined to"
        )
        yield

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        if self._closed:
            raise StoreError(f"{self.name} was closed; join the next transaction anew")
        self.dialect.join(self._connection)
        with self._connection.begin_nested():
            yield
