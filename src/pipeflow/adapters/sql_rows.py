"""Rows read from a host's database: by key, by their terms, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    and_,
    bindparam,
    func,
    literal,
    null,
    select,
    tuple_,
    union_all,
)

from ..model.record import replaced
from ..ports.rows import CarriedOut, Page, Query, Read, RowKey, Span, Stored, Wanted
from ..ports.terms import SEVERAL, is_told_by_terms, span_in_order
from .pages import identified, limited, measured, refusing
from .sql_dialects import Db, Dialect, by_kind, named
from .sql_dialects import ids as ids_of
from .sql_tables import COMMAND, GONE, ROW, TERM
from .sql_texts import Values, part_of, term_of

__all__ = [
    "count", "find", "firms_of", "ids", "known_result", "last_version", "number", "read",
    "some_row",
]  # fmt: skip

LAST = "\U0010ffff"  # the place in an order of what has no term of its field
R, T = ROW.c, TERM.c


def read(
    db: Db,
    values: Values,
    tenant: str,
    keys: Iterable[RowKey],
    *,
    accounts: bool,
    command_id: str | None,
) -> Read:
    """Return those of the rows that are there, by one statement, for they are of one instant."""
    kinds = by_kind({*keys})
    if not kinds and command_id is None:
        return Read({}, None)
    bound = {"of": tenant, **named(*kinds.values())}
    if command_id is not None:
        bound["command"] = command_id
    asked = _reading(
        db.dialect, tuple(kinds), accounts=accounts and "job" in kinds,
        command=command_id is not None,
    )  # fmt: skip
    found, result = dict[RowKey, Stored](), None
    for kind, id, version, data in db.rows(asked, bound):
        if kind is None:
            result = Stored(1, None if data is None else part_of(data, CarriedOut))
        else:
            found[RowKey(kind, id)] = Stored(version, values.value(data))
    return Read(found, result)


@lru_cache
def _reading(
    dialect: Dialect, kinds: tuple[str, ...], *, accounts: bool, command: bool
) -> CompoundSelect[Any]:
    """Return what reads rows of some kinds, the accounts of the jobs, and an answer."""
    what, of = (R.kind, R.id, R.version, R.data), R.tenant == bindparam("of")
    asked: list[Any] = [select(*what).where(of, dialect.of_kinds(ROW, kinds))]
    if accounts:
        jobs = dialect.within(T.id, ids_of(kinds.index("job")))
        theirs = T.tenant == bindparam("of"), T.kind == "job", T.field == "account", jobs
        terms = select(T.value).where(*theirs)
        asked.append(select(*what).where(of, R.kind == "account", R.id.in_(terms)))
    if command:
        mine = COMMAND.c.tenant == bindparam("of"), COMMAND.c.id == bindparam("command")
        asked.append(select(null(), COMMAND.c.id, COMMAND.c.at, COMMAND.c.result).where(*mine))
    return union_all(*asked)


def known_result(db: Db, tenant: str, command_id: str) -> CarriedOut | None:
    """Return what a command answered that is known; None: nothing."""
    c = COMMAND.c
    text = db.scalar(select(c.result).where(c.tenant == tenant, c.id == command_id))
    return None if text is None else part_of(text, CarriedOut)


def last_version(db: Db, tenant: str, key: RowKey) -> int:
    """Return the last version of a row that was deleted, or 0."""
    g = GONE.c
    found = select(g.version).where(g.tenant == tenant, g.kind == key.kind, g.id == key.id)
    version: int | None = db.scalar(found)
    return version or 0


def find(
    db: Db, values: Values, tenant: str, query: Query, after: str | None, limit: int | None
) -> Page:
    """Return a page of the rows that a query means, in its order."""
    term, id, fit = _ordered(db.dialect, tenant, query)
    asked = select(R.id, R.version, R.data, term.label("term")).where(*fit)
    if after is not None:
        asked = asked.where(tuple_(term, id) > tuple_(*map(literal, _place(query, after))))
    asked = asked.order_by(term, id).limit(None if limit is None else limited(limit) + 1)
    rows = db.rows(asked)
    page = rows if limit is None else rows[:limit]
    told = tuple(
        (RowKey(query.kind, id), Stored(version, values.value(data)))
        for id, version, data, _ in page
    )
    if not page or len(page) == len(rows):
        return Page(told)
    last = page[-1]
    return Page(told, f"{len(last.term)}:{last.term}{last.id}" if query.order else last.id)


def _place(query: Query, after: str) -> tuple[str, str]:
    """Return where a page goes on: a term, and an id. Whoever goes on later may keep the text."""
    if not query.order:
        return "", identified(after)
    term, id = measured(after)
    with refusing(after):
        return identified(term), identified(id)


def _ordered(
    dialect: Dialect, tenant: str, query: Query
) -> tuple[ColumnElement[str], ColumnElement[str], list[ColumnElement[bool]]]:
    """Return by which term and id the rows of a query are in order, and what makes them its rows.

    Where they are asked for by the terms by which they are in order, the index has them so.
    """
    for pair in query.where:
        span = span_in_order(query, *pair)
        if span is not None:
            rest = tuple(one for one in query.where if one is not pair)
            fit = [T.tenant == tenant, T.kind == query.kind, T.field == query.order, T.id == R.id]
            fit += _meant(dialect, T.value, span)
            if query.order in SEVERAL:  # of the term alone, or the rows are read to be joined by it
                fit.append(T.value == _first_term(tenant, query, T.id))
            return T.value, T.id, fit + _fitting(dialect, tenant, replaced(query, where=rest))
    least = func.coalesce(_first_term(tenant, query, R.id), literal(LAST))
    first = least if query.order else literal("")
    return first, R.id, _fitting(dialect, tenant, query)


def _first_term(tenant: str, query: Query, id: ColumnElement[str]) -> ColumnElement[str]:
    """Return by what the row of an id stands in an order; null: it has no term of that field."""
    t = TERM.alias().c
    mine = and_(t.tenant == tenant, t.kind == query.kind, t.id == id, t.field == query.order)
    return select(func.min(t.value)).where(mine).scalar_subquery()


def count(db: Db, tenant: str, query: Query, by: str) -> dict[str, int]:
    """Count the rows that a query means by their terms of a field."""
    asked = select(T.value, func.count()).where(
        T.tenant == tenant, T.kind == query.kind, T.field == by
    )
    told = is_told_by_terms(query, by)
    for field, wanted in query.where:
        if told:
            asked = asked.where(*_meant(db.dialect, T.value, wanted))
        else:
            asked = asked.where(T.id.in_(_of_term(db.dialect, tenant, query.kind, field, wanted)))
    return dict(db.rows(asked.group_by(T.value)))


def ids(db: Db, tenant: str, kind: str, limit: int) -> tuple[str, ...]:
    """Return ids of rows of a kind; no row is looked at."""
    asked = select(R.id).where(R.tenant == tenant, R.kind == kind).limit(limited(limit))
    return tuple(db.execute(asked).scalars())


def firms_of(one: Table, *fit: ColumnElement[bool]) -> Select[tuple[str]]:
    """Return what selects each firm of which a table has a row that fits, by one step each."""
    tenant: ColumnElement[str] = one.c.tenant
    firm = select(func.min(tenant).label("name")).where(*fit).cte("firm", recursive=True)
    following = select(func.min(tenant)).where(*fit, tenant > firm.c.name).scalar_subquery()
    firm = firm.union_all(select(following).where(firm.c.name.is_not(None)))
    return select(firm.c.name).where(firm.c.name.is_not(None))


def number(db: Db) -> int:
    """Count all rows."""
    found: int = db.scalar(select(func.count()).select_from(ROW))
    return found


def some_row(db: Db, tenant: str, query: Query, beside: Iterable[RowKey]) -> bool:
    """Tell whether a query means any row beside some."""
    known = [id for kind, id in beside if kind == query.kind]
    asked = select(R.id).where(*_fitting(db.dialect, tenant, query), ~db.dialect.among(R.id, known))
    return db.scalar(asked.limit(1)) is not None


def _fitting(dialect: Dialect, tenant: str, query: Query) -> list[ColumnElement[bool]]:
    """Return the conditions that a row is one of those that a query means."""
    each = [
        R.id.in_(_of_term(dialect, tenant, query.kind, field, wanted))
        for field, wanted in query.where
    ]
    return [R.tenant == tenant, R.kind == query.kind, *each]


def _of_term(
    dialect: Dialect, tenant: str, kind: str, field: str, wanted: Wanted
) -> Select[tuple[str]]:
    """Return what selects the ids of rows one of whose terms is what is wanted."""
    t = TERM.alias().c
    found = select(t.id).where(t.tenant == tenant, t.kind == kind, t.field == field)
    return found.where(*_meant(dialect, t.value, wanted))


def _meant(
    dialect: Dialect, column: ColumnElement[str], wanted: Wanted
) -> list[ColumnElement[bool]]:
    """Return the conditions that a term is what is wanted."""
    if isinstance(wanted, str):
        return [column == term_of(wanted)]
    if not isinstance(wanted, Span):
        return [dialect.among(column, map(term_of, wanted))]
    low = [] if wanted.low is None else [column >= term_of(wanted.low)]
    return low if wanted.high is None else [*low, column <= term_of(wanted.high)]
