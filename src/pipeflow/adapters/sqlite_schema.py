"""The tables of a firm's file, and how the file of an older version becomes one of this version."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import cache
from sqlite3 import Connection, connect
from typing import TypeAlias

from ..errors import StoreError
from .sqlite_terms import renew_terms

__all__ = [
    "APPLICATION",
    "VERSION",
    "begin",
    "look",
    "prove_writable",
    "refuse_newer",
    "version_of",
]

APPLICATION = 0x70666C77  # "pflw" in a file's header: whose file it is

# What is done to a file for a version: a statement, or what no statement can say.
Deed: TypeAlias = str | Callable[[Connection], None]

# From nothing to version 1, from 1 to 2, and so on; a step is never changed once it was released.
# Times are microseconds since 1970 in UTC. A row that was deleted leaves its version in `pf_gone`.
# Versions 2, 3, 5, 6 and 7 know more terms of jobs: whoever adds to `terms_of` adds such a step.
# Version 4 packs texts, and 5 keeps questions apart, by the hash of their text, for all firms; what
# is there already is written so when it is written next. From version 7 on SQLite itself counts how
# many jobs stand in the columns of each board, which is shown more often than a job moves.
STEPS: tuple[tuple[Deed, ...], ...] = (
    (
        """CREATE TABLE pf_row (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
            terms TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (tenant, kind, id)
        )""",
        """CREATE TABLE pf_term (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
            id TEXT NOT NULL, PRIMARY KEY (tenant, kind, field, value, id)
        ) WITHOUT ROWID""",
        """CREATE TABLE pf_gone (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
            PRIMARY KEY (tenant, kind, id)
        ) WITHOUT ROWID""",
        """CREATE TABLE pf_event (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, kind TEXT NOT NULL,
            id TEXT NOT NULL, data TEXT NOT NULL
        )""",
        "CREATE INDEX pf_event_of_row ON pf_event (tenant, kind, id, seq)",
        "CREATE INDEX pf_event_of_firm ON pf_event (tenant, seq)",
        """CREATE TABLE pf_due (
            tenant TEXT NOT NULL, key TEXT NOT NULL, job TEXT NOT NULL, asks TEXT NOT NULL,
            state TEXT NOT NULL, at INTEGER NOT NULL, first INTEGER NOT NULL, no INTEGER NOT NULL,
            depth INTEGER NOT NULL, token INTEGER NOT NULL, called INTEGER NOT NULL,
            attempt INTEGER NOT NULL, until INTEGER, owner TEXT, tried INTEGER NOT NULL,
            withdrawn INTEGER NOT NULL, error TEXT NOT NULL, ended INTEGER, data TEXT,
            PRIMARY KEY (tenant, key)
        )""",
        """CREATE INDEX pf_due_waits_of_firm ON pf_due (tenant, at, no, key, asks)
            WHERE state = 'wait'""",
        "CREATE INDEX pf_due_waits ON pf_due (at, no, tenant, key, asks) WHERE state = 'wait'",
        "CREATE INDEX pf_due_leased ON pf_due (until, tenant, asks) WHERE state = 'leased'",
        "CREATE INDEX pf_due_tried ON pf_due (tenant, first, no, key) WHERE tried = 1",
        "CREATE INDEX pf_due_tried_of_job ON pf_due (tenant, job, first, no, key) WHERE tried = 1",
        "CREATE INDEX pf_due_over ON pf_due (tenant, ended, key) WHERE ended IS NOT NULL",
        """CREATE TABLE pf_command (
            tenant TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, result TEXT,
            PRIMARY KEY (tenant, id)
        )""",
        "CREATE INDEX pf_command_at ON pf_command (tenant, at)",
    ),
    (renew_terms,),
    (renew_terms,),
    (
        "DROP INDEX pf_due_over",
        "CREATE INDEX pf_due_over ON pf_due (tenant, ended) WHERE ended IS NOT NULL",
    ),
    (
        "CREATE TABLE pf_value (hash TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID",
        renew_terms,
    ),
    (renew_terms,),
    (
        """CREATE TABLE pf_count (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
            number INTEGER NOT NULL, PRIMARY KEY (tenant, kind, field, value)
        ) WITHOUT ROWID""",
        """INSERT INTO pf_count SELECT tenant, kind, field, value, count(*) FROM pf_term
            WHERE field = 'column' GROUP BY tenant, kind, field, value""",
        """CREATE TRIGGER pf_term_came AFTER INSERT ON pf_term WHEN NEW.field = 'column' BEGIN
            INSERT INTO pf_count VALUES (NEW.tenant, NEW.kind, NEW.field, NEW.value, 1)
                ON CONFLICT (tenant, kind, field, value) DO UPDATE SET number = number + 1;
        END""",
        """CREATE TRIGGER pf_term_went AFTER DELETE ON pf_term WHEN OLD.field = 'column' BEGIN
            UPDATE pf_count SET number = number - 1 WHERE tenant = OLD.tenant
                AND kind = OLD.kind AND field = OLD.field AND value = OLD.value;
        END""",
        renew_terms,
    ),
)
VERSION = len(STEPS)


def version_of(db: Connection) -> int:
    """Return the version of the schema that a file has; 0: none yet."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def look(db: Connection, name: str) -> None:
    """Look whose file it is, before anything is written into it; an empty one may become ours.

    Raises:
        StoreError: It is another program's, or of a newer version.
    """
    owner = db.execute("PRAGMA application_id").fetchone()[0]
    empty = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if owner != APPLICATION and not (empty and owner == 0):
        raise StoreError(
            f"{name} is a database of another program; give pipeflow a file of its own"
        )
    refuse_newer(db, name)


def refuse_newer(db: Connection, name: str) -> None:
    """Refuse a file that a newer version has brought up to its own schema.

    Raises:
        StoreError: It is of a newer version.
    """
    version = version_of(db)
    if version > VERSION:
        raise StoreError(
            f"{name} is of version {version}, and this pipeflow knows versions up to {VERSION}; "
            "install the newer pipeflow that wrote it"
        )


def prove_writable(db: Connection) -> None:
    """Write what is there already, and take it back: a file that cannot be written says so now."""
    db.execute("BEGIN IMMEDIATE")
    db.execute(f"PRAGMA user_version = {version_of(db)}")
    db.execute("ROLLBACK")


def begin(db: Connection, name: str) -> None:
    """Make the tables, or bring those of an older version up to this one, step by step.

    Each step is a transaction, so that whoever is interrupted goes on where it was.

    Raises:
        StoreError: The tables are not those of this version.
    """
    while (version := version_of(db)) < VERSION:
        db.execute("BEGIN IMMEDIATE")
        if version_of(db) == version:  # else somebody else was quicker
            for deed in STEPS[version]:
                _do(db, deed)
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {version + 1}")
        db.execute("COMMIT")
    found, made = _tables(db), _made()
    altered = [what for what in made if found.get(what) != made[what]]
    if altered:
        raise StoreError(
            f"{name} is not as pipeflow makes it: {altered[0]} is missing or altered; "
            "restore the last backup"
        )


def _tables(db: Connection) -> dict[str, str]:
    """Return what makes each table and index of a file."""
    return dict(db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


@cache
def _made() -> dict[str, str]:
    """Return what makes each table and index of this version."""
    with closing(connect(":memory:", isolation_level=None)) as db:
        for step in STEPS:
            for deed in step:
                _do(db, deed)
        return _tables(db)


def _do(db: Connection, deed: Deed) -> None:
    if isinstance(deed, str):
        db.execute(deed)
    else:
        deed(db)
