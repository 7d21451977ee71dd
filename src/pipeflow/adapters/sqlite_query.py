"""Queries in SQL: rows are found by one of the terms that they have, and sifted by the rest."""

from __future__ import annotations

from typing import NamedTuple

from ..ports.rows import Query, Span, Wanted
from ..ports.terms import FIELDS, SEVERAL, is_told_by_terms, span_in_order
from .sqlite_values import plain

__all__ = ["Fitting", "counting", "firms_of", "fitting"]

# By which field rows are looked up where a query names several: the one that few rows share.
# Those of what is still under way do not grow with what is done.
NARROWEST = (
    "account", "blocked", "work_member", "worker", "work_due", "work", "deadline", "name",
    "assignee", "member", "tag", "place", "column", "stage", "since", "due", "start",
)  # fmt: skip
# The rows of one term come in the order of their ids, as the index has them, and term by term.
BY_TERM = """FROM pf_term t CROSS JOIN pf_row r
    ON r.tenant = t.tenant AND r.kind = t.kind AND r.id = t.id
    WHERE t.tenant = ? AND t.kind = ? AND t.field = ?"""
BY_KIND = "FROM pf_row r WHERE r.tenant = ? AND r.kind = ?"
OF_FIELD = "WHERE tenant = ? AND kind = ? AND field = ?"
COUNTED = frozenset({"column"})  # the fields of whose terms SQLite keeps how many there are
LAST = f"char({0x10FFFF})"  # the place in an order of what has no term of its field
AMONG = "IN (SELECT value FROM json_each(?))"


def firms_of(table: str, fit: str = "TRUE") -> str:
    """Return what selects each firm of which a table has a row that fits, by one step each."""
    firms = f"FROM {table} WHERE {fit}"
    return f"""WITH RECURSIVE firm(name) AS (
        SELECT min(tenant) {firms} UNION ALL
        SELECT (SELECT min(tenant) {firms} AND tenant > name) FROM firm WHERE name IS NOT NULL
        ) SELECT name FROM firm WHERE name IS NOT NULL"""


class Fitting(NamedTuple):
    """What follows the columns of a statement: where the rows come from, and what is bound."""

    sql: str
    bound: tuple[str, ...]
    id: str  # the column by which they are in order
    term: str = LAST  # what comes before that in the query's order

    def also(self, sql: str, *bound: str) -> Fitting:
        """Ask for one thing more."""
        return self._replace(sql=f"{self.sql} AND {sql}", bound=(*self.bound, *bound))


def fitting(tenant: str, query: Query, start: str | None = None) -> Fitting:
    """Return how the rows that a query means are found, from a term in its order on."""
    kind = query.kind
    known = FIELDS.get(kind, ())
    where = sorted(query.where, key=_width)
    if not where:
        return Fitting(BY_KIND, (tenant, kind), "r.id", _first(query))
    if any(field not in known for field, _ in where):
        return Fitting(f"{BY_KIND} AND 0", (tenant, kind), "r.id")
    found = _begun(tenant, query, *where[0], start)
    for field, wanted in where[1:]:
        sql, several = _holds("e.value", wanted)
        found = found.also(
            f"EXISTS (SELECT 1 FROM json_each(r.terms, ?) e WHERE {sql})", _path_of(field), *several
        )
    return found


def _begun(tenant: str, query: Query, field: str, wanted: Wanted, start: str | None) -> Fitting:
    """Return how rows are found by one field, in the order of the query if that is by it."""
    kind, first = query.kind, _first(query)
    by_term = Fitting(BY_TERM, (tenant, kind, field), "t.id", first)
    span = span_in_order(query, field, wanted)
    if span is not None:
        if start is not None and start >= (span.low or ""):
            span = Span(high=span.high)  # the page before ended in it: that says where to begin
        sql, several = _holds("t.value", span)
        found = by_term._replace(term="t.value").also(sql, *several)
        return found.also(f"t.value = {first}") if field in SEVERAL else found
    if isinstance(wanted, str):
        return by_term.also("t.value = ?", wanted)
    sql, several = _holds("value", wanted)
    return Fitting(BY_KIND, (tenant, kind), "r.id", first).also(
        f"r.id IN (SELECT id FROM pf_term {OF_FIELD} AND {sql})", tenant, kind, field, *several
    )


def counting(tenant: str, query: Query, by: str) -> tuple[str, tuple[str, ...]]:
    """Return what selects the terms of a field and their number among the rows that are meant."""
    if not is_told_by_terms(query, by):
        found = fitting(tenant, query)
        rows = f"(SELECT r.terms {found.sql}) f"
        sql = f"SELECT e.value, count(*) AS number FROM {rows}, json_each(f.terms, ?) e"
        return sql, (*found.bound, _path_of(by))
    number, table = ("sum(number)", "pf_count") if by in COUNTED else ("count(*)", "pf_term")
    sql = f"SELECT value, {number} AS number FROM {table} {OF_FIELD}"
    bound: tuple[str, ...] = tenant, query.kind, by
    for _, wanted in query.where:
        also, several = _holds("value", wanted)
        sql, bound = f"{sql} AND {also}", (*bound, *several)
    return sql, bound


def _first(query: Query) -> str:
    """Return the first of a row's terms by which a query is in order; what has none comes last."""
    if query.order not in FIELDS.get(query.kind, ()):
        return LAST
    return f"coalesce(json_extract(r.terms, '{_path_of(query.order)}[0]'), {LAST})"


def _path_of(field: str) -> str:
    """Return the place of a field's terms in the text of a row's terms."""
    return f'$."{field}"'


def _width(pair: tuple[str, Wanted]) -> tuple[int, bool]:
    """Say how many rows a pair of a query may mean, to begin with the one that means the fewest."""
    field, wanted = pair
    place = NARROWEST.index(field) if field in NARROWEST else len(NARROWEST)
    return place, not isinstance(wanted, str)


def _holds(column: str, wanted: Wanted) -> tuple[str, tuple[str, ...]]:
    """Return the condition that a term is what is wanted, and what it binds."""
    if isinstance(wanted, str):
        return f"{column} = ?", (wanted,)
    if isinstance(wanted, Span):
        bounds = [(">=", wanted.low), ("<=", wanted.high)]
        given = [(sign, bound) for sign, bound in bounds if bound is not None]
        sql = " AND ".join(f"{column} {sign} ?" for sign, _ in given)
        return sql or "1", tuple(bound for _, bound in given)
    return f"{column} {AMONG}", (plain(wanted),)
