"""Histories and the feed in a host's database: chapters in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select

from ..model.events import Chapter
from ..ports.rows import Page, RowKey
from .pages import limited, numbered
from .sql_dialects import Db, by_kind, named
from .sql_tables import EVENT
from .sql_texts import part_of

__all__ = ["feed", "histories", "history"]

E = EVENT.c


def history(
    db: Db, tenant: str, key: RowKey, after: str | None, limit: int | None, *, newest: bool
) -> Page:
    """Return a page of the chapters that were logged for a row, oldest first or newest first."""
    asked = select(E.seq, E.data).where(E.tenant == tenant, E.kind == key.kind, E.id == key.id)
    asked = asked.order_by(E.seq.desc() if newest else E.seq)
    if after is not None:
        asked = asked.where(_behind(after, newest=newest))
    asked = asked.limit(None if limit is None else limited(limit) + 1)
    rows = db.rows(asked)
    page = rows if limit is None else rows[:limit]
    more = len(page) < len(rows) and bool(page)
    return Page(
        tuple(part_of(data, Chapter) for _, data in page), str(page[-1].seq) if more else None
    )


def _behind(after: str, *, newest: bool) -> ColumnElement[bool]:
    """Return the condition that a chapter comes behind a page."""
    at = numbered(after)
    return E.seq < at if newest else E.seq > at


def histories(db: Db, tenant: str, keys: Iterable[RowKey]) -> tuple[Chapter, ...]:
    """Return all chapters of several rows, in the order of their commits."""
    kinds = by_kind({*keys})
    asked = select(E.data).where(E.tenant == tenant, db.dialect.of_kinds(EVENT, [*kinds]))
    found = db.execute(asked.order_by(E.seq), named(*kinds.values()))
    return tuple(part_of(data, Chapter) for data in found.scalars())


def feed(db: Db, tenant: str | None, after: str | None, limit: int, *, newest: bool) -> Page:
    """Return a page of the chapters of a firm, or of all, each with its firm.

    It ends before what a transaction may still write that began earlier. Whoever reads the newest
    first goes into the past, and is told all that is there.
    """
    asked = select(E.seq, E.tenant, E.data).limit(limited(limit))
    asked = asked.order_by(E.seq.desc() if newest else E.seq)
    if tenant is not None:
        asked = asked.where(E.tenant == tenant)
    if after is not None:
        asked = asked.where(_behind(after, newest=newest))
    if not newest and (bound := db.dialect.unsettled(db)) is not None:
        asked = asked.where(E.seq < bound)
    rows = db.rows(asked)
    if rows and not newest:
        db.dialect.keep(db)
    page = tuple((name, part_of(data, Chapter)) for _, name, data in rows)
    return Page(page, str(rows[-1].seq) if rows else after)
