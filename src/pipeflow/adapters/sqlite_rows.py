"""Rows read from a firm's file: by key, by their terms, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection

from ..ports.rows import Page, Query, RowKey, Stored
from ..ports.terms import FIELDS
from .pages import identified, limited
from .pages import ordered as of_order
from .sqlite_packing import Kept
from .sqlite_query import counting, fitting
from .sqlite_values import Texts

__all__ = ["count", "find", "ids", "known_result", "last_version", "number", "read", "some_row"]

Raw = dict[RowKey, tuple[int, Kept]]  # the version of rows, and what is kept of them

READ = "SELECT version, data FROM pf_row WHERE tenant = ? AND kind = ? AND id = ?"
READ_JOB = """SELECT version, data, json_extract(terms, '$.account[0]') FROM pf_row
    WHERE tenant = ? AND kind = 'job' AND id = ?"""
GONE = "SELECT version FROM pf_gone WHERE tenant = ? AND kind = ? AND id = ?"
RESULT = "SELECT result FROM pf_command WHERE tenant = ? AND id = ?"


def read(db: Connection, tenant: str, keys: Iterable[RowKey], *, accounts: bool) -> Raw:
    """Return those of the rows that are there, with the accounts of the jobs among them."""
    found: Raw = {}
    for key in keys:
        if accounts and key[0] == "job":
            row = db.execute(READ_JOB, (tenant, key[1])).fetchone()
            if row is not None:
                found[key] = row[:2]
                owner = RowKey("account", row[2])
                found |= read(db, tenant, {owner} - found.keys(), accounts=False)
        else:
            row = db.execute(READ, (tenant, *key)).fetchone()
            if row is not None:
                found[key] = row
    return found


def known_result(db: Connection, tenant: str, command_id: str) -> tuple[Kept | None] | None:
    """Return what is kept of what a command answered; None: it is unknown."""
    found: tuple[Kept | None] | None = db.execute(RESULT, (tenant, command_id)).fetchone()
    return found


def last_version(db: Connection, tenant: str, key: RowKey) -> int:
    """Return the last version of a row that was deleted, or 0."""
    found = db.execute(GONE, (tenant, *key)).fetchone()
    return 0 if found is None else int(found[0])


def find(
    db: Connection, texts: Texts, tenant: str, query: Query, after: str | None, limit: int | None
) -> Page:
    """Return a page of the rows that a query means, in its order."""
    ordered = bool(query.order) and query.kind in FIELDS
    start: tuple[str, ...] = ()
    if after is not None:
        start = of_order(after) if ordered else (identified(after),)
    found = fitting(tenant, query, start[0] if ordered and start else None)
    order = f"{found.term}, {found.id}" if ordered else found.id
    if start:
        found = found.also(f"({order}) > ({', '.join('?' * len(start))})", *start)
    rows = db.execute(
        f"SELECT {found.id}, version, data, {found.term} {found.sql} ORDER BY {order} LIMIT ?",
        (*found.bound, -1 if limit is None else limited(limit) + 1),
    ).fetchall()
    page = rows if limit is None else rows[:limit]
    told = tuple(
        (RowKey(query.kind, id), Stored(version, texts.value(data, db)))
        for id, version, data, _ in page
    )
    if not page or len(page) == len(rows):
        return Page(told)
    last = page[-1]
    return Page(told, f"{last[3]}\0{last[0]}" if ordered else last[0])


def count(db: Connection, tenant: str, query: Query, by: str) -> dict[str, int]:
    """Count the rows that a query means by their terms of a field."""
    if by not in FIELDS.get(query.kind, ()):
        return {}
    sql, bound = counting(tenant, query, by)
    return dict(db.execute(f"{sql} GROUP BY 1 HAVING number > 0 ORDER BY 1", bound))


def ids(db: Connection, tenant: str, kind: str, limit: int) -> tuple[str, ...]:
    """Return ids of rows of a kind; no row is looked at."""
    sql = "SELECT id FROM pf_row WHERE tenant = ? AND kind = ? LIMIT ?"
    return tuple(id for (id,) in db.execute(sql, (tenant, kind, limited(limit))))


def number(db: Connection) -> int:
    """Count all rows."""
    found: int = db.execute("SELECT count(*) FROM pf_row").fetchone()[0]
    return found


def some_row(db: Connection, tenant: str, query: Query, beside: Iterable[RowKey]) -> bool:
    """Tell whether a query means any row beside some."""
    found, known = fitting(tenant, query), {id for kind, id in beside if kind == query.kind}
    rows = db.execute(f"SELECT {found.id} {found.sql} LIMIT ?", (*found.bound, len(known) + 1))
    return any(id not in known for (id,) in rows)
