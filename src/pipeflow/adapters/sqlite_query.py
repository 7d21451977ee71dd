"""Queries in SQL: rows are found by one of the terms that they have, and sifted by the rest."""

from __future__ import annotations

from typing import NamedTuple

from ..ports.rows import Query, Span, Wanted
from ..ports.terms import FIELDS
from .sqlite_values import plain

__all__ = ["Fitting", "firms_of", "fitting", "path_of"]

# By which field rows are looked up where a query names several: the one that few rows share.
# Those of what is still under way do not grow with what is done.
NARROWEST = (
    "account", "blocked", "work_member", "worker", "work_due", "work", "deadline", "name", "since",
    "assignee", "member", "tag", "stage", "due", "start",
)  # fmt: skip
# The rows of one term come in the order of their ids, as the index has them.
BY_TERM = """FROM pf_term t CROSS JOIN pf_row r
    ON r.tenant = t.tenant AND r.kind = t.kind AND r.id = t.id
    WHERE t.tenant = ? AND t.kind = ? AND t.field = ? AND t.value = ?"""
BY_KIND = "FROM pf_row r WHERE r.tenant = ? AND r.kind = ?"
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

    def also(self, sql: str, *bound: str) -> Fitting:
        """Ask for one thing more."""
        return Fitting(f"{self.sql} AND {sql}", (*self.bound, *bound), self.id)


def fitting(tenant: str, query: Query) -> Fitting:
    """Return how the rows that a query means are found."""
    kind = query.kind
    known = FIELDS.get(kind, ())
    where = sorted(query.where, key=_width)
    if not where:
        return Fitting(BY_KIND, (tenant, kind), "r.id")
    if any(field not in known for field, _ in where):
        return Fitting(f"{BY_KIND} AND 0", (tenant, kind), "r.id")
    (field, wanted), *rest = where
    if isinstance(wanted, str):
        found = Fitting(BY_TERM, (tenant, kind, field, wanted), "t.id")
    else:
        sql, bound = _holds("value", wanted)
        found = Fitting(BY_KIND, (tenant, kind), "r.id").also(
            "r.id IN (SELECT id FROM pf_term WHERE tenant = ? AND kind = ? AND field = ?"
            f" AND {sql})",
            tenant, kind, field, *bound,
        )  # fmt: skip
    for field, wanted in rest:
        sql, bound = _holds("e.value", wanted)
        found = found.also(
            f"EXISTS (SELECT 1 FROM json_each(r.terms, ?) e WHERE {sql})", path_of(field), *bound
        )
    return found


def path_of(field: str) -> str:
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
