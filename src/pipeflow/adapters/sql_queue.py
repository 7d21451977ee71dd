"""The queue of due rows in a host's database: who gets them, and which of them failed.

A row's lease is over when its `until` has come; whoever looks first writes down that it waits
again. `until` stays until its holder says what became of it, for he may still hold it on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Subquery,
    Text,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
    update,
)

from ..ports.due import UNANSWERED, Claim, Due, DueState, Over, Parked, Standing
from ..ports.rows import Page
from ..ports.store import Place
from .microseconds import MICROSECOND, instant_of, number_of
from .pages import limited, placed
from .sql_dialects import Db
from .sql_rows import firms_of
from .sql_tables import DUE, META, NUMBER, VERSION
from .sql_texts import Values

__all__ = [
    "HANDED", "Ask", "claim", "due", "in_order", "looked_at", "next_due", "parked", "renew",
    "sweep", "swept", "unsettled",
]  # fmt: skip

D = DUE.c
WAIT, LEASED, DEAD = DueState.WAIT.value, DueState.LEASED.value, DueState.DEAD.value
MADE = (D.key, D.job, D.first, D.no, D.depth, D.data)
PARKED = (*MADE, D.state, D.attempt, D.at, D.error, D.withdrawn, D.token)
STANDING = (
    *MADE, D.at, D.state, D.token, D.called, D.attempt, D.error, D.withdrawn, D.tried, D.until,
    D.ended,
)  # fmt: skip
ORDER = (D.at, D.no, D.tenant, D.key)
# Told as they are, and not bound: an index of what waits serves only those who ask for just that.
WAITS = D.state == literal_column(f"'{WAIT}'", Text)
HANDED = D.state == literal_column(f"'{LEASED}'", Text)
CURRENT = exists().where(META.c.version == VERSION)  # of tables that were renewed under a worker


class Ask(NamedTuple):
    """Whose rows are asked for, and which; None: everybody's, and all."""

    tenant: str | None
    asks: AbstractSet[str] | None

    def fits(self, db: Db) -> Iterable[ColumnElement[bool]]:
        """Yield the conditions."""
        if self.tenant is not None:
            yield D.tenant == self.tenant
        if self.asks is not None:
            yield db.dialect.among(D.asks, sorted(self.asks))


# -- leases --------------------------------------------------------------------------------------


def swept(now: ColumnElement[int]) -> Update:
    """Return what takes rows back whose lease has run out; nobody knows how their call ended."""
    unanswered = and_(D.called == D.token, ~D.withdrawn)
    return (
        update(DUE)
        .where(HANDED, D.until <= now)
        .values(
            state=WAIT,
            error=case((unanswered, literal(UNANSWERED)), else_=D.error),
            tried=case((unanswered, true()), else_=D.tried),
        )
    )


def sweep(db: Db) -> None:
    """Write down, where there is one, that a lease has ended; all that look call it first.

    Whoever only looks may go on where the tables were renewed under him, and writes nothing there.
    A row that somebody has in hand at this very moment is left to him, who knows more of it.
    """
    over = and_(HANDED, D.until <= db.now.sql, CURRENT)
    if db.scalar(select(exists().where(over)), db.now.bound):
        mine = select(D.tenant, D.key).where(over).with_for_update(skip_locked=True)
        taken_back = swept(db.now.sql).where(tuple_(D.tenant, D.key).in_(mine))
        db.execute(taken_back, db.now.bound)


def renew(db: Db, tenant: str, key: str, token: int, lease: timedelta) -> bool:
    """Lengthen a lease before a call, which counts once a token.

    It is one statement, for it stands before each request that leaves. Whether it lasts need not be
    waited for: the lease stays what it was if this is lost.
    """
    asked = _renewal(db.now.sql, db.unawaited())
    row = {"of": tenant, "one": key, "held": token, "lease": lease // MICROSECOND}
    return db.execute(asked, {**row, **db.now.bound}).rowcount == 1


@lru_cache
def _renewal(now: ColumnElement[int], unawaited: tuple[ColumnElement[bool], ...]) -> Update:
    """Return what lengthens a lease."""
    until = now + bindparam("lease", type_=NUMBER)
    mine = D.tenant == bindparam("of"), D.key == bindparam("one"), D.token == bindparam("held")
    has = ~D.withdrawn, D.until.is_not(None), or_(WAITS, HANDED)
    return (
        update(DUE)
        .where(*mine, *has, CURRENT, *unawaited)
        .values(
            state=LEASED,
            until=case((and_(HANDED, D.until > until), D.until), else_=until),
            attempt=D.attempt + case((D.called == D.token, 0), else_=1),
            called=D.token,
        )
    )


# -- what is handed out --------------------------------------------------------------------------


def claim(
    db: Db,
    values: Values,
    owner: str,
    lease: timedelta,
    limit: int,
    *,
    ask: Ask,
    at: datetime,
    keys: Sequence[str] | None,
    each: int | None,
) -> list[Claim]:
    """Hand the first rows out that are due, or some of these; what others take is passed by.

    The token fences off everybody who held them before.
    """
    if limit < 1 or (each is not None and each < 1):
        return []
    fits = [*ask.fits(db)]
    if keys is None:
        fits += [WAITS, D.at <= number_of(at)]
    else:
        fits += [D.state.in_((WAIT, DEAD)), db.dialect.among(D.key, keys)]
    wanted: Any = select(D.tenant, *MADE, D.token, D.attempt, D.withdrawn)
    if each is None or (ask.tenant is not None and keys is None):
        wanted, limit = wanted.where(*fits), limit if each is None else min(each, limit)
    else:
        few = _ranked if keys is not None or not db.dialect.has_lateral else _first_of_firms
        share = few(fits, each)
        mine = and_(share.c.tenant == D.tenant, share.c.key == D.key)
        # Once more what fits: a row may have been taken since it was counted.
        wanted = wanted.join(share, mine).where(*fits)
    wanted = wanted.order_by(*ORDER).limit(limited(limit)).with_for_update(skip_locked=True, of=DUE)
    rows = db.rows(wanted)
    if rows:
        mine = _these(db, [(row.tenant, row.key) for row in rows])
        until = db.now.sql + lease // MICROSECOND
        taken = update(DUE).where(mine)
        taken = taken.values(state=LEASED, token=D.token + 1, until=until, owner=owner)
        db.execute(taken, db.now.bound)
    return [
        Claim(tenant, _made(values, what), token + 1, attempt + 1, withdrawn)
        for tenant, *what, token, attempt, withdrawn in rows
    ]


def _ranked(fits: Iterable[ColumnElement[bool]], each: int) -> Subquery:
    """Return the first rows of each firm that fit, by looking at all of them."""
    place = func.row_number().over(partition_by=D.tenant, order_by=(D.at, D.no, D.key))
    ranked = select(D.tenant, D.key, place.label("place")).where(*fits).subquery()
    return select(ranked.c.tenant, ranked.c.key).where(ranked.c.place <= each).subquery()


def _first_of_firms(fits: Iterable[ColumnElement[bool]], each: int) -> Subquery:
    """Return the first waiting rows of each firm that fit, by looking at these alone."""
    firm = firms_of(DUE, WAITS).subquery()
    first = select(D.tenant, D.key).where(D.tenant == firm.c.name, *fits)
    share = first.order_by(D.at, D.no, D.key).limit(each).correlate(firm).lateral()
    return select(share.c.tenant, share.c.key).join_from(firm, share, true()).subquery()


def _these(db: Db, rows: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    """Return the condition that a due row is one of some, of whichever firms."""
    firms: dict[str, list[str]] = {}
    for tenant, key in rows:
        firms.setdefault(tenant, []).append(key)
    return or_(
        *(and_(D.tenant == firm, db.dialect.among(D.key, keys)) for firm, keys in firms.items())
    )


def _made(values: Values, row: Iterable[Any]) -> Due:
    key, job, at, no, depth, data = row
    return Due(key, instant_of(at), no, values.value(data), job, depth)


# -- what is there -------------------------------------------------------------------------------


def due(db: Db, values: Values, tenant: str, key: str) -> Parked | Over | None:
    """Return a row, also one that is over, or None."""
    row = db.execute(select(*PARKED).where(D.tenant == tenant, D.key == key)).one_or_none()
    if row is None:
        return None
    if row.data is None:
        return Over(key, row.job, DueState(row.state))
    return _parked(values, row)


def _parked(values: Values, row: Iterable[Any]) -> Parked:
    *what, state, attempt, at, error, withdrawn, token = row
    made = _made(values, what)
    return Parked(made, DueState(state), attempt, instant_of(at), error, withdrawn, token)


def next_due(db: Db, ask: Ask) -> datetime | None:
    """Return the earliest instant at which a row is due, or a lease ends; of one look."""
    fits = [*ask.fits(db)]
    waits = select(func.min(D.at)).where(WAITS, *fits)
    held = select(func.min(D.until)).where(HANDED, *fits)
    found = [at for at in db.execute(union_all(waits, held)).scalars() if at is not None]
    return instant_of(min(found)) if found else None


def parked(
    db: Db, values: Values, tenant: str, job: str | None, after: str | None, limit: int
) -> Page:
    """Return a page of the rows that failed, of a job or all, in the order they were asked for."""
    asked = select(*PARKED).where(D.tried, D.tenant == tenant)
    if job is not None:
        asked = asked.where(D.job == job, D.ended.is_(None))
    if after is not None:
        asked = asked.where(_behind((D.first, D.no, D.key), placed(after)))
    rows = db.rows(asked.order_by(D.first, D.no, D.key).limit(limited(limit) + 1))
    page = rows[:limit]
    more = len(rows) > limit > 0
    return Page(
        tuple(_parked(values, row) for row in page),
        f"{page[-1].first}|{page[-1].no}|{page[-1].key}" if more else None,
    )


def _behind(columns: tuple[ColumnElement[Any], ...], place: tuple[Any, ...]) -> ColumnElement[bool]:
    """Return the condition that a row stands behind a place."""
    bound = (literal(one, of.type) for one, of in zip(place, columns, strict=True))
    return tuple_(*columns) > tuple_(*bound)


# -- what a branch looks at: nothing is written, and no lease is taken back ----------------------


def looked_at(
    db: Db, values: Values, tenant: str, keys: Iterable[str]
) -> dict[str, Standing | Over]:
    """Return those of these rows that are known, by key."""
    asked = _standings(db).where(D.tenant == tenant, db.dialect.among(D.key, keys))
    return {
        row.key: _standing(values, row)
        if row.ended is None
        else Over(row.key, row.job, DueState(row.state))
        for row in db.rows(asked, db.now.bound)
    }


def unsettled(db: Db, values: Values, tenant: str) -> list[Standing]:
    """Return the rows that are held, dead, or were tried."""
    asked = _standings(db).where(D.tenant == tenant, or_(HANDED, D.tried))
    return [_standing(values, row) for row in db.rows(asked, db.now.bound)]


def in_order(
    db: Db, values: Values, tenant: str, after: Place | None, limit: int
) -> list[Standing]:
    """Return the rows that wait, in order, from behind a place on."""
    asked = _standings(db).where(D.tenant == tenant, WAITS)
    if after is not None:
        place = (number_of(after[0]), after[1], after[2])
        asked = asked.where(_behind((D.at, D.no, D.key), place))
    rows = db.rows(asked.order_by(D.at, D.no, D.key).limit(limit), db.now.bound)
    return [_standing(values, row) for row in rows]


def _standings(db: Db) -> Any:
    return select(*STANDING, (D.until - db.now.sql).label("left"))


def _standing(values: Values, row: Any) -> Standing:
    at, state, token, called, attempt, error, withdrawn, tried, _, _, left = row[6:]
    return Standing(
        _made(values, row[:6]),
        instant_of(at),
        DueState(state),
        token,
        called,
        attempt,
        error,
        withdrawn,
        tried,
        None if left is None else left * MICROSECOND,
    )
