"""What a firm's file needs now and then: to forget, to be copied, and to be looked over."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import get_args

from ..errors import PipeflowError, StoreError
from ..model.checks import LARGEST_INT
from ..model.events import Chapter
from ..model.jobs import Job
from ..ports.due import Action, DueState, asked
from ..ports.holdings import fault_of
from ..ports.rows import CarriedOut, RowKey
from .sqlite_disk import OWNER_ONLY, WAL, keep_folder
from .sqlite_errors import PRIMARY, told
from .sqlite_file import File
from .sqlite_query import firms_of
from .sqlite_shares import altered
from .sqlite_values import Texts, number_of, terms_text

__all__ = ["beside", "copy", "faults", "forget", "still", "tenants"]

# What goes wrong with what is copied, and not with the copy.
OF_THE_FILE = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
)

# The rows whose terms the index lacks, and those which it has for a term that is none of theirs.
UNFOUND = """SELECT DISTINCT r.tenant, r.kind, r.id
    FROM pf_row r, json_each(r.terms) f, json_each(f.value) e WHERE NOT EXISTS (
        SELECT 1 FROM pf_term t WHERE t.tenant = r.tenant AND t.kind = r.kind
        AND t.field = f.key AND t.value = e.value AND t.id = r.id)"""
STALE = """SELECT DISTINCT t.tenant, t.kind, t.id FROM pf_term t WHERE NOT EXISTS (
    SELECT 1 FROM pf_row r, json_each(r.terms, '$."' || t.field || '"') e
    WHERE r.tenant = t.tenant AND r.kind = t.kind AND r.id = t.id AND e.value = t.value)"""
# The columns of which SQLite counted other jobs than those that stand there.
MISCOUNTED = """SELECT tenant, value FROM (
        SELECT tenant, kind, field, value, number FROM pf_count UNION ALL
        SELECT tenant, kind, field, value, -1 FROM pf_term WHERE field = 'column'
    ) GROUP BY tenant, kind, field, value HAVING sum(number) <> 0"""
STATES = ", ".join(repr(state.value) for state in DueState)
OVER = ", ".join(repr(state.value) for state in (DueState.DONE, DueState.CANCELLED))
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
CALENDAR = f"BETWEEN {number_of(FIRST)} AND {number_of(LAST)}"
VERSIONS = f"BETWEEN 1 AND {LARGEST_INT}"  # which an export tells
ROW = "kind || ' ' || id"
# What each table tells of, by what, and what is so of none of its rows though SQLite would keep it.
NEVER = (
    (
        "pf_row",
        "row",
        ROW,
        f"""version NOT {VERSIONS} OR CASE WHEN json_valid(terms) THEN EXISTS (
            SELECT 1 FROM json_each(terms) f WHERE f.type <> 'array') ELSE 1 END""",
    ),
    ("pf_term", "what is told of", ROW, "instr(field, char(0))"),
    ("pf_gone", "deleted row", ROW, f"version NOT {VERSIONS}"),
    ("pf_event", "chapter", "seq", "seq < 1"),
    (
        "pf_due",
        "due row",
        "key",
        f"""state NOT IN ({STATES}) OR (state IN ({OVER})) <> (ended IS NOT NULL)
        OR (data IS NULL) <> (ended IS NOT NULL) OR (owner IS NULL) <> (until IS NULL)
        OR (state = 'leased' AND until IS NULL) OR (ended IS NOT NULL AND until IS NOT NULL)
        OR tried NOT IN (state = 'dead', ended IS NULL) OR withdrawn NOT IN (0, 1)
        OR at NOT {CALENDAR} OR first NOT {CALENDAR} OR ended NOT {CALENDAR}
        OR until NOT {CALENDAR} OR min(no, depth, token, called, attempt) < 0
        OR max(no, depth, token, called, attempt) > {LARGEST_INT}""",
    ),
    ("pf_command", "command", "id", f"at NOT {CALENDAR}"),
    ("pf_count", "number of jobs in", "value", "number < 0"),
)
ACTIONS = get_args(Action)
PACKED = frozenset({"data", "result"})  # columns that hold texts, packed or not
TABLES = ("pf_row", "pf_gone", "pf_event", "pf_due", "pf_command")


def tenants(db: Connection) -> list[str]:
    """Return the firms that have anything here, in order."""
    return sorted({name for table in TABLES for (name,) in db.execute(firms_of(table))})


def forget(db: Connection, tenant: str, before: datetime) -> int:
    """Forget rows that ended, and commands that were carried out, before an instant."""
    old = (tenant, number_of(before))
    over = db.execute("DELETE FROM pf_due WHERE tenant = ? AND ended < ?", old).rowcount
    return over + db.execute("DELETE FROM pf_command WHERE tenant = ? AND at < ?", old).rowcount


@contextmanager
def still(file: File) -> Iterator[Connection]:
    """Give a connection to somebody who reads for long, and keeps nobody from writing.

    Without a write-ahead log it is one to a copy, which SQLite takes away in the end.
    """
    if file.journal == WAL:
        with file.snapshot() as db:
            yield db
        return
    with closing(sqlite3.connect("", isolation_level=None)) as apart:
        with file.connection() as db:
            db.backup(apart)
        with told(file.name):
            yield apart


def copy(db: Connection, path: str | os.PathLike[str]) -> None:
    """Copy a file into a new one, which is there as a whole or not at all.

    The copy keeps its journal as the file does: what was never shared is not by being copied.

    Raises:
        StoreError: There is something at that path, or it cannot be written.
    """
    target = Path(os.path.abspath(path))  # noqa: PTH100  (nothing of it is resolved)
    if target.exists():
        raise StoreError(f"there is something at {str(target)!r} already; back up to another path")
    with beside(target) as part:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
        journal = db.execute("PRAGMA journal_mode").fetchone()[0]
        with _about(target), closing(sqlite3.connect(part, isolation_level=None)) as made:
            db.backup(made)
            made.execute(f"PRAGMA journal_mode = {journal}")


@contextmanager
def _about(target: Path) -> Iterator[None]:
    """Tell what goes wrong with a copy as an error of it, unless it is the file that is at fault.

    Raises:
        StoreError: It cannot be written.
    """
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & PRIMARY in OF_THE_FILE:
            raise
        with told(repr(str(target))):
            raise


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give the path of a file to make, which is then put in its place, over nothing else.

    What was made so is there after a power cut too. It has a name of its own, so that what was left
    behind by whoever was killed stops nobody.

    Raises:
        StoreError: Somebody made another file there meanwhile, or none can be made.
    """
    part = target.with_name(f".{os.urandom(8).hex()}.part")
    try:
        yield part
        _put(part, target)
        keep_folder(target.parent)
    except OSError as error:
        raise StoreError(f"{str(target)!r} cannot be written: {error.strerror}") from error
    except StoreError as error:  # of a file whose name nobody has heard
        if (name := repr(str(part))) not in str(error):
            raise
        raise type(error)(str(error).replace(name, repr(str(target)))) from error
    finally:
        with suppress(OSError):
            _remove(part)


def _put(part: Path, target: Path) -> None:
    """Put a file in its place, unless there is one by now."""
    try:
        os.link(part, target)  # unlike a renaming, it replaces nothing
    except (AttributeError, OSError):  # a system, or a disk, that knows no links
        if target.exists():
            raise StoreError(
                f"there is a file at {str(target)!r} by now; nothing was changed"
            ) from None
        part.replace(target)


def _remove(part: Path) -> None:
    """Take away what was begun, with all that SQLite puts beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        part.with_name(f"{part.name}{ending}").unlink(missing_ok=True)


# -- looking it over -----------------------------------------------------------------------------


def faults(db: Connection) -> tuple[str, ...]:
    """Return what is wrong in a file, a sentence each."""
    found = [text for (text,) in db.execute("PRAGMA integrity_check") if text != "ok"]
    if found:
        return tuple(found)  # of pages that are damaged no more can be told
    with _any_letters(db):
        texts = Texts()
        misshapen = [*_misshapen(db)]
        lost = [] if misshapen else [*_lost_terms(db)]  # which relies on terms that can be read
        wrong = (*misshapen, *altered(db), *_wrong_rows(db, texts), *_unreadable(db, texts), *lost)
    return tuple(dict.fromkeys(wrong))


@contextmanager
def _any_letters(db: Connection) -> Iterator[None]:
    """Let texts be read that are none, as a disk may make them: SQLite takes any bytes for one."""
    before = db.text_factory
    db.create_function("pf_is_text", 1, _is_text, deterministic=True)
    db.text_factory = lambda data: data.decode(errors="backslashreplace")
    try:
        yield
    finally:
        db.text_factory = before


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _misshapen(db: Connection) -> Iterator[str]:
    """Tell of what no store wrote: columns that hold something else than their table says, numbers,
    states and terms that are none, and texts of letters that there are not.
    """
    for table, what, id, never in NEVER:
        columns = [(one[1], one[2].lower()) for one in db.execute(f"PRAGMA table_info({table})")]
        wrong = [
            f"typeof({name}) NOT IN ('{kind}', 'null')"
            for name, kind in columns
            if name not in PACKED
        ]
        told = " || ' ' || ".join(
            f"CASE typeof({name}) WHEN 'text' THEN {name} ELSE '' END" for name, _ in columns
        )
        wrong.append(f"NOT pf_is_text(CAST({told} AS BLOB))")
        sql = f"SELECT tenant, {id} FROM {table} WHERE {' OR '.join((*wrong, never))}"
        for tenant, one in db.execute(sql):
            yield f"{what} {one!r} of {tenant!r} was altered"


def _wrong_rows(db: Connection, texts: Texts) -> Iterator[str]:
    """Tell of rows that cannot be read or hold something else, and of jobs without an account."""
    accounts: set[tuple[str, str]] = set()
    jobs: list[tuple[str, str, str]] = []
    for tenant, kind, id, terms, data in db.execute(
        "SELECT tenant, kind, id, terms, data FROM pf_row"
    ):
        row = f"row {f'{kind} {id}'!r} of {tenant!r}"
        try:
            value = texts.value(data, db)
        except PipeflowError as error:
            yield f"{row}: {error}"
            value = None
        else:
            if (fault := fault_of(RowKey(kind, id), value)) is not None:
                yield f"{row} {fault}"
            elif terms != terms_text(value):
                yield f"{row} is not found by what it is"
        if kind == "account":
            accounts.add((tenant, id))
        if kind == "job" and isinstance(value, Job):
            jobs.append((tenant, id, value.account))
    for tenant, id, account in jobs:
        if (tenant, account) not in accounts:
            row = f"row {f'job {id}'!r} of {tenant!r}"
            yield f"{row} is of account {account!r}, which is not there"


def _unreadable(db: Connection, texts: Texts) -> Iterator[str]:
    """Tell of other values that cannot be read, or are asked of another port than is said."""
    due = "SELECT tenant, key, asks, data FROM pf_due WHERE data IS NOT NULL"
    for tenant, key, asks, data in db.execute(due):
        try:
            action = texts.value(data, db)
        except PipeflowError as error:
            yield f"due row {key!r} of {tenant!r}: {error}"
        else:
            if not isinstance(action, ACTIONS) or asked(action) != asks:
                yield f"due row {key!r} of {tenant!r} was altered"
    looks: Iterable[tuple[str, str, type]] = (
        ("chapter", "SELECT tenant, seq, data FROM pf_event", Chapter),
        (
            "command",
            "SELECT tenant, id, result FROM pf_command WHERE result IS NOT NULL",
            CarriedOut,
        ),
    )
    for what, sql, kind in looks:
        for tenant, id, data in db.execute(sql):
            try:
                texts.decode(data, kind)
            except PipeflowError as error:
                yield f"{what} {id!r} of {tenant!r}: {error}"


def _lost_terms(db: Connection) -> Iterator[str]:
    """Tell of rows that are not found by what they are, or found by what they are not."""
    for sql, what in ((UNFOUND, "is not found by what it is"), (STALE, "is found by what it was")):
        for tenant, kind, id in db.execute(sql):
            yield f"row {f'{kind} {id}'!r} of {tenant!r} {what}"
    for tenant, column in db.execute(MISCOUNTED):
        yield f"column {column!r} of {tenant!r} has other jobs than are counted there"
