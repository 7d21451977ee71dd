"""What a commit locks before it writes: rows at their versions, and due rows in their hands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)

from ..errors import ConflictError
from ..ports.rows import Changes, RowKey
from ..ports.terms import FIELDS
from .sql_dialects import TEXTS, Db, Dialect, Hold, absent, firm, ids, named
from .sql_queue import HANDED, swept
from .sql_tables import DUE, ROW, TERM, WORDS

__all__ = ["Locked", "holds_of", "lock", "lock_dues"]

R, T, D = ROW.c, TERM.c, DUE.c
Turn: TypeAlias = tuple[str, bool]  # rows of a kind, and whether they will be written
MOST_TURNS = 24
NO_TERM = cast(null(), WORDS)


class Locked(NamedTuple):
    """Rows that nobody else changes until the commit has ended."""

    there: frozenset[RowKey]
    terms: frozenset[tuple[str, ...]]  # of those that it writes: kind, id, field and value


def holds_of(changes: Changes) -> list[Hold]:
    """Return what a commit holds on to that is no row which could be locked.

    A row that is not there, and was looked for, is made by nobody until this has ended; and what
    must find nothing is not decided while rows of the firm are written.
    """
    holds = [
        Hold(absent(changes.tenant, key), alone=key in changes.puts)
        for key, version in changes.expect.items()
        if version == 0
    ]
    if changes.none or changes.puts:
        holds.append(Hold(firm(changes.tenant), alone=bool(changes.none)))
    return holds


def lock(db: Db, changes: Changes) -> Locked:
    """Lock the rows and check their versions.

    Those that are only read are locked against others who write them, and not against others who
    read them, such as the firm's settings; all in one order, so that nobody waits for somebody who
    waits for him.

    Raises:
        ConflictError: One is of another version.
    """
    if not changes.expect:
        return Locked(frozenset(), frozenset())
    written = {*changes.puts, *changes.deletes}
    turns = _turns(changes.expect, written)
    shape = tuple(turn for turn, _ in turns)
    bound = {"of": changes.tenant, **named(*(each for _, each in turns))}
    versions, terms = dict[RowKey, int](), list[tuple[str, ...]]()
    for kind, id, version, *term in db.rows(_locking(db.dialect, shape), bound):
        if version is None:
            terms.append((kind, id, *term))
        else:
            versions[RowKey(kind, id)] = version
    for key, version in changes.expect.items():
        found = versions.get(key, 0)
        if found != version:
            raise ConflictError(f"{key.kind} {key.id!r} is at version {found}, not {version}")
    # One that went while this waited for it still had terms when the statement began.
    changed = versions.keys() & written
    mine = frozenset(one for one in terms if RowKey(*one[:2]) in changed)
    return Locked(frozenset(versions), mine)


def _turns(keys: Iterable[RowKey], written: AbstractSet[RowKey]) -> list[tuple[Turn, list[str]]]:
    """Return in which turns rows are locked, and the ids of each, all in their order.

    Where there would be very many turns, whatever is only read is locked as what is written.
    """
    order = sorted(keys)
    turns = [*_grouped(order, written)]
    return turns if len(turns) <= MOST_TURNS else [*_grouped(order, {*order})]


def _grouped(
    order: Iterable[RowKey], written: AbstractSet[RowKey]
) -> Iterator[tuple[Turn, list[str]]]:
    for turn, some in groupby(order, lambda key: (key.kind, key in written)):
        yield turn, [key.id for key in some]


@lru_cache
def _locking(dialect: Dialect, shape: tuple[Turn, ...]) -> Any:
    """Return what locks rows, and reads the terms of those that will be written.

    It is one statement, for each is a way to the server and back. A row that is still of the
    version that somebody has read still has the terms that the statement saw before it was locked.
    """
    asked: list[Any] = []
    for n, (kind, writes) in enumerate(shape):
        rows = (
            select(R.id, R.version)
            .where(R.tenant == bindparam("of"), R.kind == kind, dialect.within(R.id, ids(n)))
            .order_by(R.id)
            .with_for_update(read=not writes)
            .subquery()
        )
        asked.append(select(literal(kind), *rows.c, NO_TERM, NO_TERM))
        if writes and kind in FIELDS:
            mine = T.tenant == bindparam("of"), T.kind == kind, dialect.within(T.id, ids(n))
            asked.append(select(T.kind, T.id, null(), T.field, T.value).where(*mine))
    return union_all(*asked)


def lock_dues(db: Db, changes: Changes) -> Mapping[str, Any]:
    """Lock the due rows that a commit is about, and write down which of their leases have ended.

    Returns:
        Those that are not over, by key.
    """
    looked_at = {
        *(one.key for one in changes.withdraws), *(one.key for one in changes.requeues),
        *changes.wanted,
    }  # fmt: skip
    keys = {*looked_at, *changes.cancels, *(one.key for one in changes.settles)}
    if not keys and not changes.cancels_of:
        return {}
    bound: dict[str, Any] = {"of": changes.tenant, "keys": sorted(keys), **db.now.bound}
    if changes.cancels_of:
        bound["jobs"] = [*changes.cancels_of]
    asked = _locking_dues(db.dialect, db.now.sql, of_jobs=bool(changes.cancels_of))
    held = {row.key: row for row in db.rows(asked, bound)}
    # None besides: one that ends while this waits for a lock is held, as was seen and is checked.
    over = [key for key in looked_at & held.keys() if held[key].lapsed]
    if over:
        mine = D.tenant == changes.tenant, db.dialect.among(D.key, over)
        db.execute(swept(db.now.sql).where(*mine), db.now.bound)
    return held


@lru_cache
def _locking_dues(dialect: Dialect, now: ColumnElement[int], *, of_jobs: bool) -> Any:
    """Return what locks due rows, and says whether a lease has ended of which nobody wrote it."""
    mine = dialect.within(D.key, bindparam("keys", type_=TEXTS))
    if of_jobs:
        mine = or_(mine, dialect.within(D.job, bindparam("jobs", type_=TEXTS)))
    return (
        select(D.key, D.token, D.state, D.withdrawn, and_(HANDED, D.until <= now).label("lapsed"))
        .where(D.tenant == bindparam("of"), D.ended.is_(None), mine)
        .order_by(D.key)
        .with_for_update()
    )
