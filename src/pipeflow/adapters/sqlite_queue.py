"""The queue of due rows in a firm's file: who gets them, and which of them failed.

A row's lease is over when its `until` has come; whoever looks first writes down that it waits
again. `until` stays until its holder says what became of it, for he may still hold it on.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime
from sqlite3 import Connection
from typing import Any, NamedTuple

from ..ports.due import UNANSWERED, Claim, Due, DueState, Over, Parked, Standing
from ..ports.rows import Page
from ..ports.store import Place as Waits
from .pages import limited, placed
from .sqlite_query import firms_of
from .sqlite_values import Texts, instant_of, number_of, plain

__all__ = [
    "HANDED",
    "Ask",
    "due",
    "first",
    "in_order",
    "lapsed",
    "looked_at",
    "next_due",
    "parked",
    "renew",
    "sweep",
    "take",
    "unsettled",
]

# SQLite takes all rows of a firm for fewer than those that anybody has in hand: in time they are
# hundreds of thousands, most of them over, and these are a few.
HANDED = "pf_due INDEXED BY pf_due_leased"
LAPSED = "SELECT EXISTS (SELECT 1 FROM pf_due WHERE state = 'leased' AND until <= ?)"
SWEEP = """UPDATE pf_due SET state = 'wait',
    error = CASE WHEN called = token AND withdrawn = 0 THEN ? ELSE error END,
    tried = max(tried, called = token AND withdrawn = 0)
    WHERE state = 'leased' AND until <= ?"""
COLUMNS = "key, job, first, no, depth, data"
PARKED = f"{COLUMNS}, state, attempt, at, error, withdrawn, token"
DUE = f"SELECT {PARKED} FROM pf_due WHERE tenant = ? AND key = ?"
TAKE = """UPDATE pf_due SET state = 'leased', token = token + 1, until = ?, owner = ?
    WHERE tenant = ? AND key = ?"""
TAKEN = f"SELECT {COLUMNS}, token, attempt, withdrawn FROM pf_due WHERE tenant = ? AND key = ?"
RENEW = """UPDATE pf_due SET state = 'leased',
    until = CASE state WHEN 'leased' THEN max(until, ?) ELSE ? END,
    attempt = attempt + (called <> token), called = token
    WHERE tenant = ? AND key = ? AND token = ? AND withdrawn = 0
    AND until IS NOT NULL AND state IN ('wait', 'leased')"""
STANDING = f"{COLUMNS}, at, state, token, called, attempt, error, withdrawn, tried, until, ended"
LOOKED_AT = f"""SELECT {STANDING} FROM pf_due
    WHERE tenant = ? AND key IN (SELECT value FROM json_each(?))"""
HELD = f"SELECT {STANDING} FROM {HANDED} WHERE tenant = ? AND state = 'leased' AND tried = 0"
TRIED = f"SELECT {STANDING} FROM pf_due WHERE tenant = ? AND tried = 1"
IN_ORDER = f"SELECT {STANDING} FROM pf_due WHERE tenant = ? AND state = 'wait'"
WAITING = firms_of("pf_due", "state = 'wait'")

Place = tuple[int, int, str, str]  # when, its place in its commit, its firm, its key


class Ask(NamedTuple):
    """Whose rows are asked for, and which; None: everybody's, and all."""

    tenant: str | None
    asks: AbstractSet[str] | None

    @property
    def sql(self) -> str:
        """The conditions, to be put behind others."""
        of = "" if self.tenant is None else " AND tenant = ?"
        if self.asks is None:
            return of
        return f"{of} AND asks IN ({', '.join('?' * len(self.asks))})"

    @property
    def bound(self) -> tuple[str, ...]:
        """What the conditions bind."""
        of = () if self.tenant is None else (self.tenant,)
        return of if self.asks is None else (*of, *sorted(self.asks))


# -- leases --------------------------------------------------------------------------------------


def lapsed(db: Connection, now: datetime) -> bool:
    """Tell whether a lease has ended that nobody wrote down."""
    return bool(db.execute(LAPSED, (number_of(now),)).fetchone()[0])


def sweep(db: Connection, now: datetime) -> None:
    """Take rows back whose lease has run out; nobody knows how their call ended."""
    db.execute(SWEEP, (UNANSWERED, number_of(now)))


def renew(db: Connection, tenant: str, key: str, token: int, until: datetime) -> bool:
    """Lengthen a lease before a call, which counts once a token."""
    at = number_of(until)
    return db.execute(RENEW, (at, at, tenant, key, token)).rowcount == 1


# -- what is handed out --------------------------------------------------------------------------


def first(
    db: Connection,
    ask: Ask,
    at: datetime,
    limit: int,
    *,
    each: int | None,
    keys: Iterable[str] | None,
) -> list[Place]:
    """Return where the first rows stand that are due, or some of these, in order."""
    if limit < 1 or (each is not None and each < 1):
        return []
    if keys is not None:
        return _chosen(db, ask, keys, limit, each)
    if each is None or ask.tenant is not None:
        return _due(db, ask, at, limit if each is None else min(each, limit))
    firms = db.execute(WAITING).fetchall()
    shares = (_due(db, ask._replace(tenant=name), at, min(each, limit)) for (name,) in firms)
    return sorted(place for share in shares for place in share)[:limit]


def _due(db: Connection, ask: Ask, at: datetime, limit: int) -> list[Place]:
    sql = "SELECT at, no, tenant, key FROM pf_due WHERE state = 'wait' AND at <= ?"
    order = " ORDER BY at, no, tenant, key LIMIT ?"
    return db.execute(f"{sql}{ask.sql}{order}", (number_of(at), *ask.bound, limit)).fetchall()


def _chosen(
    db: Connection, ask: Ask, keys: Iterable[str], limit: int, each: int | None
) -> list[Place]:
    """Return where those of these rows stand that nobody holds, whether or not they are due."""
    sql = """SELECT at, no, tenant, key FROM pf_due WHERE state IN ('wait', 'dead')
        AND key IN (SELECT value FROM json_each(?))"""
    order = " ORDER BY at, no, tenant, key"
    found: list[Place] = []
    shares: dict[str, int] = {}
    for place in db.execute(f"{sql}{ask.sql}{order}", (plain([*keys]), *ask.bound)):
        tenant = place[2]
        shares[tenant] = shares.get(tenant, 0) + 1
        if each is None or shares[tenant] <= each:
            found.append(place)
    return found[:limit]


def take(
    db: Connection, texts: Texts, places: Iterable[Place], owner: str, until: datetime
) -> list[Claim]:
    """Hand rows out; the token fences off everybody who held them before."""
    rows = [place[2:] for place in places]
    db.executemany(TAKE, [(number_of(until), owner, *row) for row in rows])
    return [_claim(db, texts, row[0], db.execute(TAKEN, row).fetchone()) for row in rows]


def _claim(db: Connection, texts: Texts, tenant: str, row: tuple[Any, ...]) -> Claim:
    *what, token, attempt, withdrawn = row
    return Claim(tenant, _made(db, texts, what), token, attempt + 1, bool(withdrawn))


def _made(db: Connection, texts: Texts, row: Iterable[Any]) -> Due:
    key, job, at, no, depth, data = row
    return Due(key, instant_of(at), no, texts.value(data, db), job, depth)


# -- what is there -------------------------------------------------------------------------------


def due(db: Connection, texts: Texts, tenant: str, key: str) -> Parked | Over | None:
    """Return a row, also one that is over, or None."""
    row = db.execute(DUE, (tenant, key)).fetchone()
    if row is None:
        return None
    if row[5] is None:
        return Over(key, row[1], DueState(row[6]))
    return _parked(db, texts, row)


def _parked(db: Connection, texts: Texts, row: tuple[Any, ...]) -> Parked:
    *what, state, attempt, at, error, withdrawn, token = row
    made = _made(db, texts, what)
    return Parked(made, DueState(state), attempt, instant_of(at), error, bool(withdrawn), token)


def next_due(db: Connection, ask: Ask) -> datetime | None:
    """Return the earliest instant at which a row is due, or a lease ends."""
    if ask.asks == set():  # SQLite cannot look for nothing in an index that it is told to use
        return None
    sql = (
        f"SELECT at FROM pf_due WHERE state = 'wait'{ask.sql} ORDER BY at LIMIT 1",
        f"SELECT until FROM {HANDED} WHERE state = 'leased'{ask.sql} ORDER BY until LIMIT 1",
    )
    found = [row[0] for one in sql for row in db.execute(one, ask.bound)]
    return instant_of(min(found)) if found else None


def parked(
    db: Connection, texts: Texts, tenant: str, job: str | None, after: str | None, limit: int
) -> Page:
    """Return a page of the rows that failed, of a job or all, in the order they were asked for."""
    sql, bound = f"SELECT {PARKED} FROM pf_due WHERE tried = 1 AND tenant = ?", [tenant]
    if job is not None:
        sql += " AND job = ?"
        bound.append(job)
    place: list[Any] = []
    if after is not None:
        sql += " AND (first, no, key) > (?, ?, ?)"
        place = [*placed(after)]
    sql += " ORDER BY first, no, key LIMIT ?"
    rows = db.execute(sql, (*bound, *place, limited(limit) + 1)).fetchall()
    page = rows[:limit]
    more = f"{page[-1][2]}|{page[-1][3]}|{page[-1][0]}" if len(rows) > limit > 0 else None
    return Page(tuple(_parked(db, texts, row) for row in page), more)


# -- what a branch looks at: nothing is written, and no lease is taken back ----------------------


def looked_at(
    db: Connection, texts: Texts, tenant: str, keys: Iterable[str], now: datetime
) -> dict[str, Standing | Over]:
    """Return those of these rows that are known, by key."""
    rows = db.execute(LOOKED_AT, (tenant, plain([*keys]))).fetchall()
    return {
        row[0]: _standing(db, texts, row, now)
        if row[-1] is None
        else Over(row[0], row[1], DueState(row[7]))
        for row in rows
    }


def unsettled(db: Connection, texts: Texts, tenant: str, now: datetime) -> list[Standing]:
    """Return the rows that are held, dead, or were tried."""
    rows = [row for sql in (HELD, TRIED) for row in db.execute(sql, (tenant,)).fetchall()]
    return [_standing(db, texts, row, now) for row in rows]


def in_order(
    db: Connection, texts: Texts, tenant: str, after: Waits | None, limit: int, now: datetime
) -> list[Standing]:
    """Return the rows that wait, in order, from behind a place on."""
    sql, bound = IN_ORDER, [tenant]
    place: list[Any] = []
    if after is not None:
        sql += " AND (at, no, key) > (?, ?, ?)"
        place = [number_of(after[0]), after[1], after[2]]
    sql += " ORDER BY at, no, key LIMIT ?"
    rows = db.execute(sql, (*bound, *place, limit)).fetchall()
    return [_standing(db, texts, row, now) for row in rows]


def _standing(db: Connection, texts: Texts, row: tuple[Any, ...], now: datetime) -> Standing:
    at, state, token, called, attempt, error, withdrawn, tried, until, _ = row[6:]
    return Standing(
        _made(db, texts, row[:6]),
        instant_of(at),
        DueState(state),
        token,
        called,
        attempt,
        error,
        bool(withdrawn),
        bool(tried),
        None if until is None else instant_of(until) - now,
    )
