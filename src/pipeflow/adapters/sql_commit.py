"""A commit to a host's database: written down as texts first, then checked and kept in one go.

How many statements it takes depends on what it holds, and never on how much there is: what is
written alike is written by one statement, for all rows of its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from ..errors import ConflictError, DuplicateCommandError, LeaseLostError
from ..ports.due import NOT_TAKEN_UP, Due, DueState, asked
from ..ports.rows import Changes, RowKey
from ..ports.terms import fits, terms_of
from .commit_mistakes import refuse_mistakes
from .microseconds import MICROSECOND, number_of
from .sql_dialects import Db, Dialect, Instant, by_kind, named
from .sql_locks import Locked, lock, lock_dues
from .sql_queue import HANDED
from .sql_rows import known_result, some_row
from .sql_tables import COMMAND, DUE, EVENT, GONE, NUMBER, ROW, TERM
from .sql_texts import Values, term_of, text_of

__all__ = ["Commit"]

WAIT, LEASED, CANCELLED = DueState.WAIT.value, DueState.LEASED.value, DueState.CANCELLED.value
FREE = {"until": null(), "owner": null()}
OF_ROW = and_(
    ROW.c.tenant == bindparam("of"), ROW.c.kind == bindparam("its"), ROW.c.id == bindparam("one")
)
OF_TERM = and_(
    TERM.c.tenant == bindparam("of"), TERM.c.kind == bindparam("its"),
    TERM.c.id == bindparam("one"), TERM.c.field == bindparam("by"), TERM.c.value == bindparam("is"),
)  # fmt: skip
OF_DUE = and_(DUE.c.tenant == bindparam("of"), DUE.c.key == bindparam("one"))
OVER = bindparam("over", type_=NUMBER)  # when what ends has ended, where a commit says so
OF_GONE = and_(
    GONE.c.tenant == bindparam("of"), GONE.c.kind == bindparam("its"), GONE.c.id == bindparam("one")
)
LAST = func.coalesce(select(GONE.c.version).where(OF_GONE).scalar_subquery(), 0)
INSERT_ROW = insert(ROW).values(
    tenant=bindparam("of"), kind=bindparam("its"), id=bindparam("one"), version=LAST + 1,
    data=bindparam("now"),
)  # fmt: skip
UPDATE_ROW = update(ROW).where(OF_ROW).values(version=ROW.c.version + 1, data=bindparam("now"))
DELETE_TERM, INSERT_TERM = delete(TERM).where(OF_TERM), insert(TERM)
INSERT_EVENT = insert(EVENT)
REQUEUE = (
    update(DUE)
    .where(OF_DUE, DUE.c.ended.is_(None))
    .values(state=WAIT, attempt=0, at=bindparam("then"), depth=bindparam("deep"), **FREE)
)
LET_GO = (
    update(DUE)
    .where(OF_DUE)
    .values(
        state=bindparam("is"),
        at=func.coalesce(bindparam("then", type_=NUMBER), DUE.c.at),
        error=bindparam("told"),
        tried=True,
        **FREE,
    )
)


class Commit:
    """What one commit writes, as texts; made before anything is locked, for that takes the time."""

    __slots__ = ("_chapters", "_dues", "_puts", "_result", "changes")

    def __init__(self, changes: Changes, values: Values) -> None:
        """Write down what it holds.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
            StoreError: It writes rows whose version nobody said, or settles one twice.
        """
        refuse_mistakes(changes)
        self.changes = changes
        tenant = changes.tenant
        self._puts = {key: values.text(value) for key, value in changes.puts.items()}
        self._chapters = [
            {**_row(tenant, key), "data": text_of(chapter)}
            for key, log in changes.log.items()
            for chapter in log
        ]
        dues = sorted(changes.dues, key=lambda due: due.key)
        self._dues = [_due(tenant, due, values.text(due.action)) for due in dues]
        result = changes.result
        self._result = None if result is None else text_of(result)

    def carry_out(self, db: Db) -> None:
        """Check everything that it rests on, and write it; leases count from now, by the store's
        clock.

        Raises:
            DuplicateCommandError: The command is known, which beats all others.
            ConflictError: Something has changed.
            LeaseLostError: A settle came too late.
        """
        at = self.changes.at
        ended = db.now if at is None else Instant(OVER, {OVER.key: number_of(at)})
        self._remember(db, ended)
        locked = lock(db, self.changes)
        held = self._check_hands(db)
        self._check_none(db)
        self._write_rows(db, locked)
        self._write_chapters(db)
        self._write_dues(db, ended, held)

    # -- what must hold --------------------------------------------------------------------------

    def _remember(self, db: Db, ended: Instant) -> None:
        """Keep what is answered; whoever brings the same command meanwhile waits for this one."""
        changes = self.changes
        if changes.command_id is None:
            return
        row = {"tenant": changes.tenant, "id": changes.command_id, "result": self._result}
        kept = db.dialect.insert_new(COMMAND).values(at=ended.sql, **row).returning(COMMAND.c.id)
        if db.scalar(kept, ended.bound) is None:
            answer = known_result(db, changes.tenant, changes.command_id)
            raise DuplicateCommandError(changes.command_id, answer)

    def _check_hands(self, db: Db) -> Mapping[str, Any]:
        """Lock the due rows and check that they are in the hands in which they were.

        Returns:
            Those that are not over, by key.
        """
        changes = self.changes
        held = lock_dues(db, changes)
        for settle in changes.settles:
            row = held.get(settle.key)
            if row is None or row.token != settle.token:
                raise LeaseLostError(f"due row {settle.key!r} is no longer held")
        for key, was_held in changes.withdraws:
            if key not in held or _is_held(held[key]) is not was_held:
                raise ConflictError(f"due row {key!r} changed hands")
        for again in changes.requeues:
            if again.key not in held or _is_held(held[again.key]):
                raise ConflictError(f"due row {again.key!r} cannot be tried again just now")
        for wanted in changes.wanted:
            if wanted not in held:
                raise ConflictError(f"due row {wanted!r} is over, and cannot be wanted again")
        return held

    def _check_none(self, db: Db) -> None:
        """Look for what must not be there once all is written."""
        changes = self.changes
        for query in changes.none:
            written = (*changes.deletes, *changes.puts)
            stays = any(k[0] == query.kind and fits(v, query) for k, v in changes.puts.items())
            if stays or some_row(db, changes.tenant, query, written):
                raise ConflictError(f"there is a {query.kind} of {query.where}, and must be none")

    # -- what is written -------------------------------------------------------------------------

    def _write_rows(self, db: Db, locked: Locked) -> None:
        changes, tenant = self.changes, self.changes.tenant
        self._write_terms(db, locked.terms)
        rows = {key: {**_of(tenant, key), "now": self._puts[key]} for key in sorted(self._puts)}
        db.each(INSERT_ROW, [row for key, row in rows.items() if key not in locked.there])
        db.each(UPDATE_ROW, [row for key, row in rows.items() if key in locked.there])
        gone = [key for key in changes.deletes if key in locked.there]
        if gone:
            _forget(db, GONE, tenant, gone)
            left = ["tenant", "kind", "id", "version"]
            kinds = by_kind(gone)
            which = ROW.c.tenant == tenant, db.dialect.of_kinds(ROW, [*kinds])
            leaving = insert(GONE).from_select(
                left, select(*(ROW.c[one] for one in left)).where(*which)
            )
            db.execute(leaving, named(*kinds.values()))
            _forget(db, ROW, tenant, gone)

    def _write_terms(self, db: Db, was: AbstractSet[tuple[str, ...]]) -> None:
        """Write the terms in which rows differ from what they were."""
        tenant = self.changes.tenant
        has = {
            (*key, field, term_of(term))
            for key, value in self.changes.puts.items()
            for field, term in terms_of(value)
        }
        of, new = ("its", "one", "by", "is"), ("kind", "id", "field", "value")
        db.each(DELETE_TERM, _told({"of": tenant}, of, was - has))
        db.each(INSERT_TERM, _told({"tenant": tenant}, new, has - was))

    def _write_chapters(self, db: Db) -> None:
        if self.changes.erases:
            _forget(db, EVENT, self.changes.tenant, self.changes.erases)
        if self._chapters:
            db.dialect.register(db)
            db.each(INSERT_EVENT, self._chapters)

    def _write_dues(self, db: Db, ended: Instant, held: Mapping[str, Any]) -> None:
        changes, tenant = self.changes, self.changes.tenant
        db.each(_making(db.dialect, db.now.sql), [{**row, **db.now.bound} for row in self._dues])
        self._settle(db, ended, held)
        if keys := [*changes.cancels]:
            _cancel(db, ended, self._these(db, keys))
        if keys := [one.key for one in changes.withdraws]:
            these = self._these(db, keys)
            _cancel(db, ended, and_(these, ~HANDED))
            db.execute(update(DUE).where(these, HANDED).values(withdrawn=True, tried=False))
        requeued = [
            {"of": tenant, "one": one.key, "then": number_of(one.at), "deep": one.depth}
            for one in changes.requeues
        ]
        db.each(REQUEUE, requeued)
        if keys := [*changes.wanted]:
            db.execute(update(DUE).where(self._these(db, keys)).values(withdrawn=False))
        if changes.cancels_of:
            of_jobs = db.dialect.among(DUE.c.job, changes.cancels_of)
            _cancel(db, ended, and_(DUE.c.tenant == tenant, of_jobs))
        if changes.tombs:
            tombs = [
                {**_buried(tenant, one.key, one.job, one.state), **ended.bound}
                for one in sorted(changes.tombs, key=lambda one: one.key)
            ]
            at = ended.sql
            db.each(db.dialect.insert_new(DUE).values(at=at, first=at, ended=at), tombs)

    def _settle(self, db: Db, ended: Instant, held: Mapping[str, Any]) -> None:
        over, failed = list[dict[str, Any]](), list[dict[str, Any]]()
        for settle in self.changes.settles:
            key, state, at = settle.key, settle.state, settle.at
            row: dict[str, Any] = {"of": self.changes.tenant, "one": key}
            if state not in NOT_TAKEN_UP:
                over.append({**row, "is": state.value, **ended.bound})
            elif held[key].withdrawn:
                over.append({**row, "is": CANCELLED, **ended.bound})
            else:
                then = None if at is None else number_of(at)
                failed.append({**row, "is": state.value, "then": then, "told": settle.error})
        db.each(_settling(ended.sql), over)
        db.each(LET_GO, failed)

    def _these(self, db: Db, keys: Iterable[str]) -> ColumnElement[bool]:
        """Return the condition that a due row is one of some, and not over."""
        these = db.dialect.among(DUE.c.key, keys)
        return and_(DUE.c.tenant == self.changes.tenant, these, DUE.c.ended.is_(None))


def _row(tenant: str, key: RowKey) -> dict[str, Any]:
    return {"tenant": tenant, "kind": key.kind, "id": key.id}


def _of(tenant: str, key: RowKey) -> dict[str, Any]:
    """Say which row is meant, where its columns are not what is written."""
    return {"of": tenant, "its": key.kind, "one": key.id}


def _told(
    tenant: Mapping[str, str], names: Iterable[str], rows: Iterable[tuple[str, ...]]
) -> list[dict[str, str]]:
    """Return rows with their columns by name, in an order that all keep to."""
    return [{**tenant, **dict(zip(names, row, strict=True))} for row in sorted(rows)]


def _is_held(row: Any) -> bool:
    return row.state == LEASED and not row.lapsed


def _forget(db: Db, of: Table, tenant: str, keys: Iterable[RowKey]) -> None:
    kinds = by_kind(keys)
    mine = of.c.tenant == tenant, db.dialect.of_kinds(of, [*kinds])
    db.execute(delete(of).where(*mine), named(*kinds.values()))


def _cancel(db: Db, ended: Instant, mine: ColumnElement[bool]) -> None:
    db.execute(_ending(ended.sql, CANCELLED).where(mine), ended.bound)


def _ending(ended: ColumnElement[int], state: Any) -> Update:
    """Return what lets due rows be over that are not; what they asked for is not kept."""
    ending = update(DUE).where(DUE.c.ended.is_(None))
    return ending.values(state=state, ended=ended, tried=False, error="", data=null(), **FREE)


@lru_cache
def _settling(ended: ColumnElement[int]) -> Update:
    """Return what lets one due row be over."""
    return _ending(ended, bindparam("is")).where(OF_DUE)


@lru_cache
def _making(dialect: Dialect, now: ColumnElement[int]) -> Insert:
    """Return what makes a due row, which its maker may hold from the start."""
    return dialect.insert_new(DUE).values(until=now + bindparam("lease", type_=NUMBER))


def _due(tenant: str, due: Due, action: str) -> dict[str, Any]:
    """Return what is kept of a new row, which may be held by its maker from the start."""
    at, lease, is_held = number_of(due.at), due.lease, due.lease is not None
    return {
        "tenant": tenant, "key": due.key, "job": due.job, "asks": asked(due.action),
        "at": at, "first": at, "no": due.no, "depth": due.depth, "data": action,
        "state": LEASED if is_held else WAIT, "token": int(is_held),
        "owner": due.owner if is_held else None,
        "lease": None if lease is None else lease // MICROSECOND,
        "called": 0, "attempt": 0, "tried": False, "withdrawn": False, "error": "",
    }  # fmt: skip


def _buried(tenant: str, key: str, job: str, state: DueState) -> dict[str, Any]:
    """Return what is kept of a row that is over, beside its instants."""
    return {
        "tenant": tenant, "key": key, "job": job, "asks": "", "state": state.value, "no": 0,
        "depth": 0, "token": 0, "called": 0, "attempt": 0, "tried": False, "withdrawn": False,
        "error": "",
    }  # fmt: skip
