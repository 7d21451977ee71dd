"""A commit to a firm's file: written down as texts before the lock, checked and kept inside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any

from ..errors import ConflictError, DuplicateCommandError, LeaseLostError
from ..ports.due import NOT_TAKEN_UP, Due, DueState, asked
from ..ports.rows import CarriedOut, Changes, RowKey
from ..ports.terms import fits
from .commit_mistakes import refuse_mistakes
from .sqlite_packing import Kept
from .sqlite_queue import HANDED, sweep
from .sqlite_rows import known_result, some_row
from .sqlite_shares import INSERT_SHARE
from .sqlite_terms import NOTHING, write_terms
from .sqlite_values import Shares, Texts, number_of, plain

__all__ = ["BURY", "INSERT_DUE", "INSERT_EVENT", "Commit"]

WAIT, LEASED, CANCELLED = DueState.WAIT.value, DueState.LEASED.value, DueState.CANCELLED.value

VERSION = "SELECT version, terms FROM pf_row WHERE tenant = ? AND kind = ? AND id = ?"
INSERT = """INSERT INTO pf_row (terms, data, tenant, kind, id, version) VALUES (?, ?, ?, ?, ?,
    1 + coalesce((SELECT version FROM pf_gone WHERE tenant = ? AND kind = ? AND id = ?), 0))"""
UPDATE = """UPDATE pf_row SET terms = ?, data = ?, version = version + 1
    WHERE tenant = ? AND kind = ? AND id = ?"""
GONE = """INSERT OR REPLACE INTO pf_gone (tenant, kind, id, version)
    SELECT tenant, kind, id, version FROM pf_row WHERE tenant = ? AND kind = ? AND id = ?"""
DELETE = "DELETE FROM pf_row WHERE tenant = ? AND kind = ? AND id = ?"
INSERT_EVENT = "INSERT INTO pf_event (tenant, kind, id, data) VALUES (?, ?, ?, ?)"
INSERT_DUE = """INSERT INTO pf_due (tenant, key, job, asks, at, first, no, depth, data,
    state, token, until, owner, called, attempt, tried, withdrawn, error)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '')
    ON CONFLICT (tenant, key) DO NOTHING"""
HELD = """SELECT token, state, withdrawn FROM pf_due
    WHERE tenant = ? AND key = ? AND ended IS NULL"""
END = """UPDATE pf_due SET state = ?, ended = ?, until = NULL, owner = NULL, tried = 0, error = '',
    data = NULL WHERE tenant = ? AND key = ? AND ended IS NULL"""
FAIL = """UPDATE pf_due SET state = ?, at = coalesce(?, at), error = ?, until = NULL, owner = NULL,
    tried = 1 WHERE tenant = ? AND key = ?"""
MARK = """UPDATE pf_due SET withdrawn = 1, tried = 0
    WHERE tenant = ? AND key = ? AND state = 'leased'"""
WANT = """UPDATE pf_due SET withdrawn = 0 WHERE tenant = ? AND key = ? AND ended IS NULL"""
WITHDRAW = """UPDATE pf_due SET state = 'cancelled', ended = ?, until = NULL, owner = NULL,
    tried = 0, error = '', data = NULL
    WHERE tenant = ? AND key = ? AND ended IS NULL AND state <> 'leased'"""
REQUEUE = """UPDATE pf_due SET state = 'wait', at = ?, attempt = 0, depth = ?, until = NULL,
    owner = NULL WHERE tenant = ? AND key = ? AND ended IS NULL"""
# What is over is most of what there is, and is not looked at: the rest waits, is held, or failed.
OF_JOBS = "tenant = ? AND job IN (SELECT value FROM json_each(?))"
CANCEL_OF = f"""UPDATE pf_due SET state = 'cancelled', ended = ?, until = NULL, owner = NULL,
    tried = 0, error = '', data = NULL WHERE tenant = ? AND ended IS NULL AND key IN (
    SELECT key FROM pf_due INDEXED BY pf_due_waits_of_firm WHERE state = 'wait' AND {OF_JOBS}
    UNION ALL SELECT key FROM {HANDED} WHERE state = 'leased' AND {OF_JOBS}
    UNION ALL SELECT key FROM pf_due INDEXED BY pf_due_tried_of_job
    WHERE tried = 1 AND {OF_JOBS})"""
ERASE = "DELETE FROM pf_event WHERE tenant = ? AND kind = ? AND id = ?"
BURY = """INSERT INTO pf_due (tenant, key, job, state, at, first, ended, asks, no, depth, token,
    called, attempt, tried, withdrawn, error)
    VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, 0, 0, 0, 0, '')"""
REMEMBER = "INSERT INTO pf_command (tenant, id, at, result) VALUES (?, ?, ?, ?)"


class Commit:
    """What one commit writes, as texts; made before the lock is taken, for that takes the time."""

    __slots__ = ("_chapters", "_dues", "_new", "_puts", "_result", "changes", "shares")

    def __init__(self, changes: Changes, texts: Texts) -> None:
        """Write down what it holds.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
            StoreError: It writes rows whose version nobody said, or settles one twice.
        """
        refuse_mistakes(changes)
        self.changes = changes
        self.shares: Shares = {}  # what its values have in common with others
        tenant, shares = changes.tenant, self.shares
        self._puts = [(key, *texts.row(value, shares)) for key, value in changes.puts.items()]
        self._chapters = [
            (tenant, *key, texts.plain(chapter))
            for key, log in changes.log.items()
            for chapter in log
        ]
        self._dues = [
            (_written(tenant, due, texts.action(due, shares)), due.owner, due.lease)
            for due in changes.dues
        ]
        self._new = texts.new(shares)
        result = changes.result
        self._result = None if result is None else texts.plain(result)

    def carry_out(self, db: Connection, now: datetime) -> None:
        """Check everything that it rests on, and write it; leases count from *now*, by the store's
        clock.

        Raises:
            DuplicateCommandError: The command is known, which beats all others.
            ConflictError: Something has changed.
            LeaseLostError: A settle came too late.
        """
        self._write(db, self._checked(db, now), now)

    # -- what must hold --------------------------------------------------------------------------

    def _checked(self, db: Connection, now: datetime) -> dict[RowKey, str]:
        """Check everything that it rests on; return the terms of the rows that are there."""
        changes = self.changes
        if changes.command_id is not None:
            self._check_repeat(db, changes.command_id)
        terms = self._check_versions(db)
        for settle in changes.settles:
            held = db.execute(HELD, (changes.tenant, settle.key)).fetchone()
            if held is None or held[0] != settle.token:
                raise LeaseLostError(f"due row {settle.key!r} is no longer held")
        if changes.withdraws or changes.requeues or changes.wanted:
            sweep(db, now)
            self._check_hands(db)
        for query in changes.none:
            written = (*changes.deletes, *changes.puts)
            stays = any(k[0] == query.kind and fits(v, query) for k, v in changes.puts.items())
            if stays or some_row(db, changes.tenant, query, written):
                raise ConflictError(f"there is a {query.kind} of {query.where}, and must be none")
        return terms

    def _check_repeat(self, db: Connection, command_id: str) -> None:
        """Refuse a command that is known."""
        known = known_result(db, self.changes.tenant, command_id)
        if known is not None:
            text = known[0]
            answer = None if text is None else Texts.decode(text, CarriedOut)
            raise DuplicateCommandError(command_id, answer)

    def _check_versions(self, db: Connection) -> dict[RowKey, str]:
        """Check the versions that are expected; return the terms of the rows that are there."""
        tenant, terms = self.changes.tenant, {}
        for key, version in self.changes.expect.items():
            found = db.execute(VERSION, (tenant, *key)).fetchone()
            there = 0 if found is None else found[0]
            if there != version:
                kind, id = key
                raise ConflictError(f"{kind} {id!r} is at version {there}, not {version}")
            if found is not None:
                terms[key] = found[1]
        return terms

    def _check_hands(self, db: Connection) -> None:
        """Check that rows are in the hands in which they were."""
        tenant = self.changes.tenant
        for key, was_held in self.changes.withdraws:
            held = db.execute(HELD, (tenant, key)).fetchone()
            if held is None or (held[1] == LEASED) is not was_held:
                raise ConflictError(f"due row {key!r} changed hands")
        for again in self.changes.requeues:
            held = db.execute(HELD, (tenant, again.key)).fetchone()
            if held is None or held[1] == LEASED:
                raise ConflictError(f"due row {again.key!r} cannot be tried again just now")
        for wanted in self.changes.wanted:
            if db.execute(HELD, (tenant, wanted)).fetchone() is None:
                raise ConflictError(f"due row {wanted!r} is over, and cannot be wanted again")

    # -- what is written -------------------------------------------------------------------------

    def _write(self, db: Connection, terms: dict[RowKey, str], now: datetime) -> None:
        """Write everything."""
        changes, tenant = self.changes, self.changes.tenant
        ended = number_of(changes.at or now)
        if self._new:
            db.executemany(INSERT_SHARE, self._new)
        for key, wanted, data in self._puts:
            there, row = terms.get(key), (tenant, *key)
            if there is None:
                db.execute(INSERT, (wanted, data, *row, *row))
            else:
                db.execute(UPDATE, (wanted, data, *row))
            if wanted != there:
                write_terms(db, tenant, key, there or NOTHING, wanted)
        if changes.erases:
            db.executemany(ERASE, [(tenant, *row) for row in changes.erases])
        if self._chapters:
            db.executemany(INSERT_EVENT, self._chapters)
        if self._dues:
            db.executemany(INSERT_DUE, [_due_row(*due, now) for due in self._dues])
        if changes.settles:
            self._settle(db, ended)
        if changes.deletes or changes.cancels or changes.withdraws or changes.requeues:
            self._take_back(db, ended)
        if changes.wanted:
            db.executemany(WANT, [(tenant, key) for key in changes.wanted])
        if changes.cancels_of or changes.tombs:
            self._bury(db, ended)
        if changes.command_id is not None:
            db.execute(REMEMBER, (tenant, changes.command_id, ended, self._result))

    def _settle(self, db: Connection, ended: int) -> None:
        tenant = self.changes.tenant
        for settle in self.changes.settles:
            key, state, at = settle.key, settle.state, settle.at
            if state not in NOT_TAKEN_UP:
                db.execute(END, (state.value, ended, tenant, key))
            elif db.execute(HELD, (tenant, key)).fetchone()[2]:
                db.execute(END, (CANCELLED, ended, tenant, key))
            else:
                again = None if at is None else number_of(at)
                db.execute(FAIL, (state.value, again, settle.error, tenant, key))

    def _take_back(self, db: Connection, ended: int) -> None:
        changes, tenant = self.changes, self.changes.tenant
        for row in changes.deletes:
            _delete(db, tenant, row)
        db.executemany(END, [(CANCELLED, ended, tenant, key) for key in changes.cancels])
        for key, _ in changes.withdraws:
            if db.execute(MARK, (tenant, key)).rowcount == 0:
                db.execute(WITHDRAW, (ended, tenant, key))
        db.executemany(
            REQUEUE,
            [(number_of(one.at), one.depth, tenant, one.key) for one in changes.requeues],
        )

    def _bury(self, db: Connection, ended: int) -> None:
        changes, tenant = self.changes, self.changes.tenant
        mine = tenant, plain([*changes.cancels_of])
        db.execute(CANCEL_OF, (ended, tenant, *mine, *mine, *mine))
        known = "ON CONFLICT (tenant, key) DO NOTHING"
        db.executemany(
            f"{BURY} {known}",
            [
                (tenant, one.key, one.job, one.state.value, ended, ended, ended)
                for one in changes.tombs
            ],
        )


def _written(tenant: str, due: Due, action: Kept) -> tuple[Any, ...]:
    """Return what a new row says of itself."""
    at = number_of(due.at)
    return tenant, due.key, due.job, asked(due.action), at, at, due.no, due.depth, action


def _due_row(
    row: tuple[Any, ...], owner: str | None, lease: timedelta | None, now: datetime
) -> tuple[Any, ...]:
    """Return what is kept of a new row, which may be held by its maker from the start."""
    if lease is None:
        return (*row, WAIT, 0, None, None)
    return (*row, LEASED, 1, number_of(now + lease), owner)


def _delete(db: Connection, tenant: str, key: RowKey) -> None:
    """Take a row away; its last version stays, for it may come again."""
    row = (tenant, *key)
    found = db.execute(VERSION, row).fetchone()
    if found is not None:
        db.execute(GONE, row)
        write_terms(db, tenant, key, found[1], NOTHING)
        db.execute(DELETE, row)
