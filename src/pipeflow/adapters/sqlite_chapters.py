"""Histories and the feed: chapters in the order of their commits, as a firm's file keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection

from ..model.events import Chapter
from ..ports.rows import Page, RowKey
from .pages import limited, numbered
from .sqlite_values import Texts

__all__ = ["feed", "histories", "history"]

LAST = 2**63 - 1  # no chapter has that number


def history(
    db: Connection,
    texts: Texts,
    tenant: str,
    key: RowKey,
    after: str | None,
    limit: int | None,
    *,
    newest: bool,
) -> Page:
    """Return a page of the chapters that were logged for a row, oldest first or newest first."""
    most = -1 if limit is None else limited(limit) + 1
    step, order, first = ("<", "DESC", LAST) if newest else (">", "ASC", 0)
    rows = db.execute(
        f"SELECT seq, data FROM pf_event WHERE tenant = ? AND kind = ? AND id = ? AND seq {step} ?"
        f" ORDER BY seq {order} LIMIT ?",
        (tenant, *key, first if after is None else numbered(after), most),
    ).fetchall()
    page = rows if limit is None else rows[:limit]
    more = len(page) < len(rows) and bool(page)
    return Page(
        tuple(texts.decode(data, Chapter) for _, data in page), str(page[-1][0]) if more else None
    )


def histories(
    db: Connection, texts: Texts, tenant: str, keys: Iterable[RowKey]
) -> tuple[Chapter, ...]:
    """Return all chapters of several rows, in the order of their commits."""
    sql = "SELECT seq, data FROM pf_event WHERE tenant = ? AND kind = ? AND id = ?"
    found = [row for key in {*keys} for row in db.execute(sql, (tenant, *key))]
    return tuple(texts.decode(data, Chapter) for _, data in sorted(found))


def feed(
    db: Connection, texts: Texts, tenant: str | None, after: str | None, limit: int, *, newest: bool
) -> Page:
    """Return a page of the chapters of a firm, or of all, each with its firm."""
    sql = "SELECT seq, tenant, data FROM pf_event WHERE 1"
    bound: list[str | int] = []
    if tenant is not None:
        sql += " AND tenant = ?"
        bound.append(tenant)
    if after is not None:
        sql += f" AND seq {'<' if newest else '>'} ?"
        bound.append(numbered(after))
    sql += f" ORDER BY seq {'DESC' if newest else 'ASC'} LIMIT ?"
    rows = db.execute(sql, (*bound, limited(limit))).fetchall()
    page = tuple((name, texts.decode(data, Chapter)) for _, name, data in rows)
    return Page(page, str(rows[-1][0]) if rows else after)
