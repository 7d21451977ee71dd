"""What PostgreSQL and SQLite say differently: the time, lists of values, and who waits for whom."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, ClassVar, NamedTuple
from zlib import crc32

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Insert,
    Integer,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    true,
    update,
)
from sqlalchemy import column as column_named
from sqlalchemy.dialects import postgresql, sqlite

from ..ports.rows import RowKey
from .sql_tables import META, NUMBERS

__all__ = [
    "DIALECTS", "TEXTS", "Db", "Dialect", "Hold", "Instant", "absent", "by_kind", "firm", "ids",
    "named",
]  # fmt: skip


TEXTS = ARRAY(Text).with_variant(JSON(), "sqlite")  # several texts, bound as one value


class Instant(NamedTuple):
    """An instant in statements, and what those are given that bear it."""

    sql: ColumnElement[int]
    bound: Mapping[str, int]


class Db(NamedTuple):
    """A connection, as one call uses it.

    To put a statement together takes longer than the server takes to answer it. So those that each
    command needs are made once, and given names in the place of values.
    """

    connection: Connection
    dialect: Dialect
    now: Instant  # by the clock of leases
    schema: str | None  # in which the tables are
    is_ours: bool = True  # whether the transaction ends with the call; else it is a host's

    def execute(self, statement: Executable, bound: Any = None) -> CursorResult[Any]:
        """Carry a statement out, for one row or for each of several."""
        tables = {} if self.schema is None else {"schema_translate_map": {None: self.schema}}
        return self.connection.execute(statement, bound, execution_options=tables)

    def rows(self, statement: Executable, bound: Any = None) -> Sequence[Any]:
        """Return the rows that a statement finds."""
        return self.execute(statement, bound).all()

    def each(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry a statement out for each row, if there is any."""
        if rows:
            self.execute(statement, rows)

    def scalar(self, statement: Executable, bound: Any = None) -> Any:
        """Return the first thing of the first row, or None."""
        return self.execute(statement, bound).scalar()

    def unawaited(self) -> tuple[ColumnElement[bool], ...]:
        """Return what a statement's condition bears whose commit need not wait for the disk.

        In the transaction of a host there is none: his own orders are committed with it.
        """
        return self.dialect.unawaited if self.is_ours else ()


class Hold(NamedTuple):
    """What a commit holds on to until it ends, beside rows: alone, or with others who do so."""

    what: int
    alone: bool


class Dialect(ABC):
    """What a kind of database says in its own way."""

    name: ClassVar[str]
    level: ClassVar[str]  # in which whatever is written sees what others commit
    has_lateral: ClassVar[bool] = False  # a table for each row of another
    driver: ClassVar[str | None] = None  # the only one whose answers are known
    # Conditions that always hold, and let the commit of their transaction not wait for the disk.
    unawaited: ClassVar[tuple[ColumnElement[bool], ...]] = ()

    clock: ClassVar[Instant | None] = None  # the server's own, that all machines share

    @abstractmethod
    def within(self, column: ColumnElement[str], texts: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that a column holds one of some texts, however many they are."""

    def among(self, column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
        """Return the condition that a column holds one of these texts."""
        return self.within(column, literal([*values], TEXTS))

    @abstractmethod
    def insert_new(self, into: Table) -> Insert:
        """Return what inserts a row unless there is one of its key."""

    @abstractmethod
    def enter(self, db: Db, holds: Iterable[Hold], *, durable: bool) -> int | None:
        """Begin to write, and hold on to things that are no rows; return the tables' version.

        What is not *durable* may end before it is on the disk, though never out of order.
        """

    def join(self, connection: Connection) -> None:
        """Begin the transaction of a host, where its driver has not done so."""

    def register(self, db: Db) -> None:
        """Say that chapters are about to be numbered, until the transaction ends."""

    def unsettled(self, db: Db) -> int | None:
        """Return the first number that a chapter may still get, or has got unseen; None: any."""
        return None

    def keep(self, db: Db) -> None:
        """Bring to the disk what is there, before somebody is told of it who goes on from there."""

    def of_kinds(self, of: Table, kinds: Sequence[str]) -> ColumnElement[bool]:
        """Return the condition that a row of a table is one of some, whose ids `named` binds."""
        each = (
            and_(of.c.kind == kind, self.within(of.c.id, ids(n))) for n, kind in enumerate(kinds)
        )
        return or_(false(), *each)


def by_kind(keys: Iterable[RowKey]) -> dict[str, list[str]]:
    """Sort rows by their kinds, in an order that all keep to."""
    kinds: dict[str, list[str]] = {}
    for kind, id in sorted(keys):
        kinds.setdefault(kind, []).append(id)
    return kinds


def ids(n: int) -> ColumnElement[Any]:
    """Return the place in a statement of the ids of its n-th kind."""
    return bindparam(f"ids{n}", type_=TEXTS)


def named(*each: Sequence[str]) -> dict[str, Any]:
    """Say what a statement is given as the ids of each of its kinds."""
    return {f"ids{n}": found for n, found in enumerate(each)}


# -- PostgreSQL ----------------------------------------------------------------------------------

SECOND = 1_000_000  # of microseconds
BUCKETS = 1024  # into which what is not there is sorted, so that a commit holds few things
PLACES = 40  # bits of the number of a chapter
LOCKS = table(
    "pg_locks",
    *map(column_named, ("locktype", "database", "classid", "objid", "objsubid", "pid")),
    schema="pg_catalog",
)
DATABASES = table("pg_database", column_named("oid"), column_named("datname"), schema="pg_catalog")
# The number that a lock bears, of which the server shows each half; to shift wraps at the sign.
LOCK = (
    cast(LOCKS.c.classid, BigInteger)
    .op("<<", return_type=BigInteger())(literal(32, Integer))
    .op("|", return_type=BigInteger())(cast(LOCKS.c.objid, BigInteger))
)
HERE = select(DATABASES.c.oid).where(DATABASES.c.datname == func.current_database())
# The next number that a chapter gets, and where the locks begin that bear such numbers: those of
# other tables begin elsewhere, and the same tables may be reached by several names.
NEXT = NUMBERS.c.last_value + cast(NUMBERS.c.is_called, Integer)
FEED = (
    cast(NUMBERS.c.tableoid, BigInteger)
    .op("&", return_type=BigInteger())(literal(0x3FFFFF, BigInteger))
    .op("<<", return_type=BigInteger())(literal(PLACES, Integer))
)

MARK = select(func.pg_advisory_xact_lock_shared(FEED + NEXT))
UNAWAITED = func.set_config("synchronous_commit", "off", true())
# The version of the tables, and what is held, by numbers that are those of these tables alone: the
# same ones may be reached by several names, and others of the database have firms of the same name.
HOLDS = (
    func.unnest(
        bindparam("what", type_=ARRAY(BigInteger)), bindparam("alone", type_=ARRAY(Boolean))
    )
    .table_valued(column_named("what", BigInteger), column_named("alone", Boolean))
    .render_derived()
)
MINE = func.hashint8extended(HOLDS.c.what, cast(literal_column("tables.tableoid"), BigInteger))
TAKEN = case(
    (HOLDS.c.alone, cast(func.pg_advisory_xact_lock(MINE), Text)),
    (~HOLDS.c.alone, cast(func.pg_advisory_xact_lock_shared(MINE), Text)),
)
OURS = META.alias("tables")
ENTER = select(OURS.c.version, TAKEN).select_from(OURS).outerjoin(HOLDS, true())
ENTER_UNAWAITED = ENTER.add_columns(UNAWAITED)
# What was committed by then is on the disk when this is, and most times it was before.
KEEP = text(
    "SELECT set_config('synchronous_commit', 'on', true),"
    " pg_logical_emit_message(true, 'pipeflow', '')"
    " WHERE pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn()"
)


class Postgres(Dialect):
    """PostgreSQL.

    Chapters get their numbers from a sequence, and transactions do not end in the order in which
    they drew them: whoever follows the feed by numbers alone would leave out for ever what ends
    late. So each that is about to draw numbers holds an advisory lock that bears the next one,
    until it has ended; and the feed is read only as far as the lowest number that is so held.
    Nobody waits for anybody by that. (With a lock around the drawing, the commits of a firm would
    wait for one another's disk, and for whatever transactions of a host they are in. The oldest
    running transaction may be anybody's, in any database of the server, and its number says nothing
    any more once a backup was restored elsewhere.)

    A power cut takes the last receipts, and the sequence then draws their numbers again. Whoever
    was told of them would never be told of what bears these numbers later, so nothing is told that
    is not on the disk, or will be when the transaction of the host who asks has committed.
    """

    name = "postgresql"
    level = "READ COMMITTED"
    has_lateral = True
    driver = "psycopg"
    clock = Instant(cast(extract("epoch", func.statement_timestamp()) * SECOND, BigInteger), {})
    unawaited = (UNAWAITED.is_not(None),)

    def within(self, column: ColumnElement[str], texts: ColumnElement[Any]) -> ColumnElement[bool]:
        """Bind them all as one array."""
        return column == any_(texts)

    def insert_new(self, into: Table) -> Insert:
        """Say so."""
        return postgresql.insert(into).on_conflict_do_nothing()

    def enter(self, db: Db, holds: Iterable[Hold], *, durable: bool) -> int | None:
        """Take advisory locks, in an order that all keep to.

        A later transaction, or the server within a second, brings to the disk what is not durable.
        """
        wanted: dict[int, bool] = {}
        for what, alone in holds:
            wanted[what] = wanted.get(what, False) or alone
        order = sorted(wanted)
        bound = {"what": order, "alone": [wanted[one] for one in order]}
        version: int | None = db.scalar(ENTER if durable else ENTER_UNAWAITED, bound)
        return version

    def register(self, db: Db) -> None:
        """Hold a lock that bears the next number; a transaction of a host holds one for all."""
        mark = MARK
        if not db.is_ours:
            mine = LOCKS.c.pid == func.pg_backend_pid()
            mark = mark.where(~select(LOCKS.c.pid).where(mine, *_marks(FEED)).exists())
        db.execute(mark)

    def unsettled(self, db: Db) -> int | None:
        """Look at the next number first: what is drawn behind it is not looked at anyhow."""
        next_one = db.execute(select(FEED.label("feed"), NEXT.label("number"))).one()
        feed: int = next_one.feed
        following: int = next_one.number
        others = LOCKS.c.pid.is_distinct_from(func.pg_backend_pid())
        held = select(func.min(LOCK)).where(others, *_marks(literal(feed, BigInteger)))
        lowest: int | None = db.scalar(held)
        return following if lowest is None else min(following, lowest - feed)

    def keep(self, db: Db) -> None:
        """Commit once more, to the disk; inside a host's transaction his own commit does it then.

        It waits for the disk also where he wrote nothing, or says that his commits need not.
        """
        db.execute(KEEP)


def _marks(feed: ColumnElement[int]) -> Iterable[ColumnElement[bool]]:
    """Yield the conditions that a lock bears a number of a feed."""
    yield LOCKS.c.locktype == "advisory"
    yield LOCKS.c.database == HERE.scalar_subquery()
    yield LOCKS.c.objsubid == 1
    yield LOCK.between(feed, feed + literal((1 << PLACES) - 1, BigInteger))


# -- SQLite --------------------------------------------------------------------------------------


SAME = update(META).values(version=META.c.version).returning(META.c.version)


class Sqlite(Dialect):
    """SQLite: whoever writes is alone, so that nothing needs to be held besides."""

    name = "sqlite"
    level = "SERIALIZABLE"

    def within(self, column: ColumnElement[str], texts: ColumnElement[Any]) -> ColumnElement[bool]:
        """Bind them all as one text."""
        found = func.json_each(texts).table_valued("value")
        return column.in_(select(found.c.value))

    def insert_new(self, into: Table) -> Insert:
        """Say so."""
        return sqlite.insert(into).on_conflict_do_nothing()

    def enter(self, db: Db, holds: Iterable[Hold], *, durable: bool) -> int | None:
        """Write what is there already: so nobody else writes from now on, whatever is read next."""
        version: int | None = db.scalar(SAME)
        return version

    def join(self, connection: Connection) -> None:
        """Begin: a savepoint alone would be a transaction of its own."""
        if not getattr(connection.connection.dbapi_connection, "in_transaction", True):
            connection.exec_driver_sql("BEGIN")


DIALECTS: Mapping[str, Dialect] = {one.name: one for one in (Postgres(), Sqlite())}


def absent(tenant: str, key: RowKey) -> int:
    """Return by what a row that is not there is held: few things, whatever it is."""
    return _mark(tenant, str(crc32("\0".join(key).encode(errors="surrogatepass")) % BUCKETS))


def firm(tenant: str) -> int:
    """Return by what all rows of a firm are held."""
    return _mark(tenant, "")


def _mark(*what: str) -> int:
    return int.from_bytes(blake2b(repr(what).encode(), digest_size=8).digest(), signed=True)
