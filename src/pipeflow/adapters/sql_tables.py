"""The tables of firms in a host's own database, for every dialect, and how they are made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler

from ..errors import StoreError

__all__ = [
    "COMMAND", "DUE", "EVENT", "GONE", "META", "NUMBERS", "ROW", "TABLES", "TERM", "VERSION",
    "WORDS", "make", "refuse_others", "tables",
]  # fmt: skip

MAKING = 0x706970656C696E65  # the number of the lock under which tables are made
# Whoever changes the tables adds a step to `make`, and whoever adds to `terms_of` renews the terms
# of earlier versions there: 2 knows where jobs stand on their boards.
VERSION = 2

TABLES = MetaData()
# Texts are ordered by code point, whatever language the database sorts by.
WORDS = Text().with_variant(Text(collation="C"), "postgresql")
# Times are microseconds since 1970 in UTC.
NUMBER = BigInteger()
COUNTED = BigInteger().with_variant(Integer(), "sqlite")


def _words(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, WORDS, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, NUMBER, nullable=null, autoincrement=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean(create_constraint=False), nullable=False)


def _part(name: str, of: Table, fit: ColumnElement[bool], *columns: str) -> None:
    """Make an index of those rows alone that fit."""
    Index(name, *(of.c[one] for one in columns), postgresql_where=fit, sqlite_where=fit)


META = Table("pf_meta", TABLES, _number("version"), PrimaryKeyConstraint("version"))

ROW = Table(
    "pf_row", TABLES,
    _words("tenant"), _words("kind"), _words("id"), _number("version"), _words("data"),
    PrimaryKeyConstraint("tenant", "kind", "id"),
)  # fmt: skip

TERM = Table(
    "pf_term", TABLES,
    _words("tenant"), _words("kind"), _words("id"), _words("field"), _words("value"),
    PrimaryKeyConstraint("tenant", "kind", "id", "field", "value"),
    Index("pf_term_found", "tenant", "kind", "field", "value", "id"),
)  # fmt: skip

# A row that was deleted leaves its version, for it may come again.
GONE = Table(
    "pf_gone", TABLES,
    _words("tenant"), _words("kind"), _words("id"), _number("version"),
    PrimaryKeyConstraint("tenant", "kind", "id"),
)  # fmt: skip

EVENT = Table(
    "pf_event", TABLES,
    Column("seq", COUNTED, Identity(), primary_key=True),
    _words("tenant"), _words("kind"), _words("id"), _words("data"),
    Index("pf_event_of_row", "tenant", "kind", "id", "seq"),
    Index("pf_event_of_firm", "tenant", "seq"),
    sqlite_autoincrement=True,  # a number never comes again, or whoever follows the feed misses it
)  # fmt: skip
# Where PostgreSQL draws these numbers from, which can be looked at like a table.
NUMBERS = Table(
    "pf_event_seq_seq", MetaData(),
    Column("last_value", NUMBER), Column("is_called", Boolean), Column("tableoid", NUMBER),
)  # fmt: skip

DUE = Table(
    "pf_due", TABLES,
    _words("tenant"), _words("key"), _words("job"), _words("asks"), _words("state"),
    _number("at"), _number("first"), _number("no"), _number("depth"),
    _number("token"), _number("called"), _number("attempt"),
    _number("until", null=True), _words("owner", null=True),
    _flag("tried"), _flag("withdrawn"), _words("error"),
    _number("ended", null=True), _words("data", null=True),
    PrimaryKeyConstraint("tenant", "key"),
)  # fmt: skip
_waits, _held = DUE.c.state == "wait", DUE.c.state == "leased"
_part("pf_due_waits_of_firm", DUE, _waits, "tenant", "at", "no", "key", "asks")
_part("pf_due_waits", DUE, _waits, "at", "no", "tenant", "key", "asks")
_part("pf_due_leased", DUE, _held, "until", "tenant", "asks")
_part("pf_due_tried", DUE, DUE.c.tried, "tenant", "first", "no", "key")
_part("pf_due_of_job", DUE, DUE.c.ended.is_(None), "tenant", "job")
_part("pf_due_over", DUE, DUE.c.ended.is_not(None), "tenant", "ended")

COMMAND = Table(
    "pf_command", TABLES,
    _words("tenant"), _words("id"), _number("at"), _words("result", null=True),
    PrimaryKeyConstraint("tenant", "id"),
    Index("pf_command_at", "tenant", "at"),
)  # fmt: skip


def tables(schema: str | None) -> MetaData:
    """Return the tables as they are in a schema; None: in the one that the connection goes by."""
    found = MetaData(schema=schema)
    for one in TABLES.sorted_tables:
        one.to_metadata(found)
    return found


def make(connection: Connection, schema: str | None, name: str) -> None:
    """Make the tables where they are not, and bring those of an older version up to this one.

    Raises:
        StoreError: They are of a newer version, or the database does not keep every letter.
    """
    if connection.dialect.name == "postgresql":  # whoever else makes them waits for these
        connection.execute(select(func.pg_advisory_xact_lock(MAKING)))
        letters = connection.scalar(text("SHOW server_encoding"))
        if letters != "UTF8":
            raise StoreError(f"{name} keeps letters of {letters} alone; make a database in UTF8")
    wanted = tables(schema)
    meta = next(one for one in wanted.sorted_tables if one.name == META.name)
    meta.create(connection, checkfirst=True)
    found = connection.scalar(select(meta.c.version))
    if found is not None:
        refuse_newer(name, found)
    wanted.create_all(connection)
    if found is None:
        connection.execute(insert(meta), {"version": VERSION})
    elif found < VERSION:
        from .sql_terms import renew_terms

        _await_writers(connection, meta)
        one = {table.name: table for table in wanted.sorted_tables}
        renew_terms(connection, one[ROW.name], one[TERM.name])
        connection.execute(update(meta).values(version=VERSION))


class _Alone(ExecutableDDLElement):
    """Waits for all who have looked at a table, for whoever looks holds it until he ends.

    SQLAlchemy's `DDL` would write a `%` in the name of a schema twice over.
    """

    def __init__(self, table: Table) -> None:
        """Take the table."""
        self.table = table


@compiles(_Alone)
def _locking(alone: _Alone, compiler: DDLCompiler, **_: Any) -> str:
    return f"LOCK TABLE {compiler.preparer.format_table(alone.table)} IN ACCESS EXCLUSIVE MODE"


def _await_writers(connection: Connection, meta: Table) -> None:
    """Wait for all who have looked at the version and write by it, and let nobody else begin.

    What they write has the terms that their version knows, and would not be found by the others.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_Alone(meta))
    else:
        connection.execute(update(meta).values(version=meta.c.version))


def refuse_newer(name: str, version: int) -> None:
    """Refuse tables that a newer version of pipeflow has made.

    Raises:
        StoreError: It is so.
    """
    if version > VERSION:
        raise StoreError(
            f"{name} is of version {version}, and this pipeflow knows versions up to {VERSION}; "
            "install the newer pipeflow that made its tables"
        )


def refuse_others(name: str, version: int | None) -> None:
    """Refuse tables that another version of pipeflow has made.

    Raises:
        StoreError: They are of a newer version, or of an older one.
    """
    if version is None:
        raise StoreError(f"{name} has no version in its pf_meta; call `SqlStore.create` once")
    refuse_newer(name, version)
    if version < VERSION:
        raise StoreError(f"{name} is of version {version}; call `SqlStore.create`, which renews it")
