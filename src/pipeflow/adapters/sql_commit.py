"""A commit to a host's database: written down as texts first, then checked and kept in one go.

How many statements it takes depends on what it holds, and never on how much there is: what is
written alike is written by one statement, for all rows of its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from ..errors import ConflictError, DuplicateCommandError, LeaseLostError
from ..ports.due import Due, DueState, asked
from ..ports.rows import Changes, RowKey
from ..ports.terms import FIELDS, fits, terms_of
from .commit_mistakes import refuse_mistakes
from .microseconds import MICROSECOND, number_of
from .sql_dialects import Db, Hold, absent, firm
from .sql_queue import swept
from .sql_rows import known_result, some_row
from .sql_tables import COMMAND, DUE, EVENT, GONE, NUMBER, ROW, TERM
from .sql_texts import Values, term_of, text_of

__all__ = ["Commit"]

WAIT, LEASED, CANCELLED = DueState.WAIT.value, DueState.LEASED.value, DueState.CANCELLED.value
NOT_OVER = frozenset({DueState.WAIT, DueState.DEAD})  # what a row may be that was let go of
FREE = {"until": null(), "owner": null()}
OF_ROW = and_(
    ROW.c.tenant == bindparam("of"), ROW.c.kind == bindparam("its"), ROW.c.id == bindparam("one")
)
OF_TERM = and_(
    TERM.c.tenant == bindparam("of"), TERM.c.kind == bindparam("its"),
    TERM.c.id == bindparam("one"), TERM.c.field == bindparam("by"), TERM.c.value == bindparam("is"),
)  # fmt: skip
OF_DUE = and_(DUE.c.tenant == bindparam("of"), DUE.c.key == bindparam("one"))
NEWER = update(ROW).where(OF_ROW).values(version=ROW.c.version + 1, data=bindparam("now"))


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
        ended = db.now if at is None else literal(number_of(at), NUMBER)
        self._remember(db, ended)
        self._hold(db)
        there = self._check_versions(db)
        held = self._check_hands(db)
        self._check_none(db)
        self._write_rows(db, there)
        self._write_chapters(db)
        self._write_dues(db, ended, held)

    # -- what must hold --------------------------------------------------------------------------

    def _remember(self, db: Db, ended: ColumnElement[int]) -> None:
        """Keep what is answered; whoever brings the same command meanwhile waits for this one."""
        changes = self.changes
        if changes.command_id is None:
            return
        row = {"tenant": changes.tenant, "id": changes.command_id, "result": self._result}
        kept = db.dialect.insert_new(COMMAND).values(at=ended, **row).returning(COMMAND.c.id)
        if db.scalar(kept) is None:
            answer = known_result(db, changes.tenant, changes.command_id)
            raise DuplicateCommandError(changes.command_id, answer)

    def _hold(self, db: Db) -> None:
        """Hold on to what is no row that could be locked.

        A row that is not there, and was looked for, is made by nobody until this has ended; and
        what must find nothing is not decided while rows of the firm are written.
        """
        changes, tenant = self.changes, self.changes.tenant
        holds = [
            Hold(absent(db, tenant, key), alone=key in changes.puts)
            for key, version in changes.expect.items()
            if version == 0
        ]
        if changes.none or changes.puts:
            holds.append(Hold(firm(db, tenant), alone=bool(changes.none)))
        db.dialect.hold(db, holds)

    def _check_versions(self, db: Db) -> frozenset[RowKey]:
        """Lock the rows and check their versions; return which of them are there.

        Those that are only read are locked against others who write them, and not against others
        who read them, such as the firm's settings; all in one order, so that nobody waits for
        somebody who waits for him.
        """
        changes = self.changes
        written = {*changes.puts, *changes.deletes}
        found: dict[RowKey, int] = {}
        for writes, keys in groupby(sorted(changes.expect), key=written.__contains__):
            rows = (
                select(ROW.c.kind, ROW.c.id, ROW.c.version)
                .where(ROW.c.tenant == changes.tenant, db.dialect.among_rows(ROW, keys))
                .order_by(ROW.c.kind, ROW.c.id)
                .with_for_update(read=not writes)
            )
            found |= {RowKey(kind, id): version for kind, id, version in db.rows(rows)}
        for (kind, id), version in changes.expect.items():
            there = found.get(RowKey(kind, id), 0)
            if there != version:
                raise ConflictError(f"{kind} {id!r} is at version {there}, not {version}")
        return frozenset(found)

    def _check_hands(self, db: Db) -> Mapping[str, Any]:
        """Lock the due rows and check that they are in the hands in which they were.

        Returns:
            Those that are not over, by key.
        """
        changes = self.changes
        held = self._held(db)
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

    def _held(self, db: Db) -> Mapping[str, Any]:
        """Lock the due rows that this is about, and write down which of their leases have ended."""
        changes = self.changes
        looked_at = {
            *(one.key for one in changes.withdraws), *(one.key for one in changes.requeues),
            *changes.wanted,
        }  # fmt: skip
        keys = {*looked_at, *changes.cancels, *(one.key for one in changes.settles)}
        if not keys and not changes.cancels_of:
            return {}
        mine = db.dialect.among(DUE.c.key, sorted(keys))
        if changes.cancels_of:
            mine = or_(mine, db.dialect.among(DUE.c.job, changes.cancels_of))
        lapsed = (DUE.c.until <= db.now).label("lapsed")
        rows = (
            select(DUE.c.key, DUE.c.token, DUE.c.state, DUE.c.withdrawn, lapsed)
            .where(DUE.c.tenant == changes.tenant, DUE.c.ended.is_(None), mine)
            .order_by(DUE.c.key)
            .with_for_update()
        )
        held = {row.key: row for row in db.rows(rows)}
        over = [key for key in looked_at & held.keys() if held[key].state == LEASED]
        if any(held[key].lapsed for key in over):
            db.execute(swept(db).where(self._these(db, over)))
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

    def _write_rows(self, db: Db, there: frozenset[RowKey]) -> None:
        changes, tenant = self.changes, self.changes.tenant
        self._write_terms(db, there)
        new = [key for key in self._puts if key not in there]
        if new:
            came = self._gone(db, new)
            rows = [
                {**_row(tenant, key), "version": came.get(key, 0) + 1, "data": self._puts[key]}
                for key in sorted(new)
            ]
            db.each(insert(ROW), rows)
        newer = [key for key in self._puts if key in there]
        db.each(NEWER, [{**_of(tenant, key), "now": self._puts[key]} for key in newer])
        gone = [key for key in changes.deletes if key in there]
        if gone:
            db.execute(_without(db, GONE, tenant, gone))
            left = ["tenant", "kind", "id", "version"]
            which = ROW.c.tenant == tenant, db.dialect.among_rows(ROW, gone)
            leaving = select(*(ROW.c[one] for one in left)).where(*which)
            db.execute(insert(GONE).from_select(left, leaving))
            db.execute(_without(db, ROW, tenant, gone))

    def _gone(self, db: Db, keys: Iterable[RowKey]) -> dict[RowKey, int]:
        """Return the last versions of those rows that were there once."""
        found = select(GONE.c.kind, GONE.c.id, GONE.c.version).where(
            GONE.c.tenant == self.changes.tenant, db.dialect.among_rows(GONE, keys)
        )
        return {RowKey(kind, id): version for kind, id, version in db.rows(found)}

    def _write_terms(self, db: Db, there: Iterable[RowKey]) -> None:
        """Write the terms in which rows differ from what they were."""
        changes, tenant = self.changes, self.changes.tenant
        written = [key for key in (*changes.puts, *changes.deletes) if key.kind in FIELDS]
        known = {*written} & {*there}
        was: set[tuple[str, ...]] = set()
        if known:
            columns = TERM.c.kind, TERM.c.id, TERM.c.field, TERM.c.value
            mine = TERM.c.tenant == tenant, db.dialect.among_rows(TERM, known)
            was = {tuple(row) for row in db.rows(select(*columns).where(*mine))}
        has = {
            (*key, field, term_of(term))
            for key, value in changes.puts.items()
            for field, term in terms_of(value)
        }
        of, new = ("its", "one", "by", "is"), ("kind", "id", "field", "value")
        db.each(delete(TERM).where(OF_TERM), _told({"of": tenant}, of, was - has))
        db.each(insert(TERM), _told({"tenant": tenant}, new, has - was))

    def _write_chapters(self, db: Db) -> None:
        if self.changes.erases:
            db.execute(_without(db, EVENT, self.changes.tenant, self.changes.erases))
        if self._chapters:
            db.dialect.register(db)
            db.each(insert(EVENT), self._chapters)

    def _write_dues(self, db: Db, ended: ColumnElement[int], held: Mapping[str, Any]) -> None:
        changes, tenant = self.changes, self.changes.tenant
        new = db.dialect.insert_new(DUE)
        if self._dues:
            until = db.now + bindparam("lease", type_=NUMBER)
            db.each(new.values(until=until), self._dues)
        self._settle(db, ended, held)
        if keys := [*changes.cancels]:
            db.execute(_end(ended).where(self._these(db, keys)))
        if keys := [one.key for one in changes.withdraws]:
            these, is_held = self._these(db, keys), DUE.c.state == LEASED
            db.execute(_end(ended).where(these, ~is_held))
            db.execute(update(DUE).where(these, is_held).values(withdrawn=True, tried=False))
        again = update(DUE).where(OF_DUE, DUE.c.ended.is_(None))
        again = again.values(
            state=WAIT, attempt=0, at=bindparam("then"), depth=bindparam("deep"), **FREE
        )
        db.each(
            again,
            [
                {"of": tenant, "one": one.key, "then": number_of(one.at), "deep": one.depth}
                for one in changes.requeues
            ],
        )
        if keys := [*changes.wanted]:
            db.execute(update(DUE).where(self._these(db, keys)).values(withdrawn=False))
        if changes.cancels_of:
            mine = DUE.c.tenant == tenant, db.dialect.among(DUE.c.job, changes.cancels_of)
            db.execute(_end(ended).where(*mine))
        if changes.tombs:
            tombs = [
                _buried(tenant, one.key, one.job, one.state)
                for one in sorted(changes.tombs, key=lambda one: one.key)
            ]
            db.each(new.values(at=ended, first=ended, ended=ended), tombs)

    def _settle(self, db: Db, ended: ColumnElement[int], held: Mapping[str, Any]) -> None:
        over: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for settle in self.changes.settles:
            key, state, at = settle.key, settle.state, settle.at
            row: dict[str, Any] = {"of": self.changes.tenant, "one": key}
            if state not in NOT_OVER:
                over.append({**row, "is": state.value})
            elif held[key].withdrawn:
                over.append({**row, "is": CANCELLED})
            else:
                then = None if at is None else number_of(at)
                failed.append({**row, "is": state.value, "then": then, "told": settle.error})
        db.each(_end(ended, bindparam("is")).where(OF_DUE), over)
        again = func.coalesce(bindparam("then", type_=NUMBER), DUE.c.at)
        lost = update(DUE).where(OF_DUE)
        lost = lost.values(
            state=bindparam("is"), at=again, error=bindparam("told"), tried=True, **FREE
        )
        db.each(lost, failed)

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


def _without(db: Db, of: Any, tenant: str, keys: Iterable[RowKey]) -> Any:
    return delete(of).where(of.c.tenant == tenant, db.dialect.among_rows(of, keys))


def _end(ended: ColumnElement[int], state: Any = CANCELLED) -> Update:
    """Return what lets due rows be over that are not; what they asked for is not kept."""
    ending = update(DUE).where(DUE.c.ended.is_(None))
    return ending.values(state=state, ended=ended, tried=False, error="", data=null(), **FREE)


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
