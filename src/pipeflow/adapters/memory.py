"""The store in memory: one process only, gone when it ends, and the measure for all others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from ..errors import ConflictError, DuplicateCommandError, LeaseLostError, StoreError
from ..model.events import Event
from ..ports.store import (
    Changes,
    Claim,
    Due,
    DueState,
    Page,
    Parked,
    RowKey,
    Settle,
    Store,
    Stored,
)
from .memory_queue import DEAD, WAIT, DueQueue

__all__ = ["MemoryStore"]

_stored = tuple.__new__


class _Tenant:
    """Everything of one tenant."""

    def __init__(self) -> None:
        self.rows: dict[RowKey, Stored] = {}
        self.gone: dict[RowKey, int] = {}  # the last version of what was deleted
        self.kinds: dict[str, set[str]] = {}
        self.logs: dict[RowKey, list[Event]] = {}
        self.commands: dict[str, tuple[Stored, datetime | None]] = {}
        self.queue = DueQueue()


class MemoryStore(Store):
    """Keeps the frozen values as they are; several threads may use it, several processes not."""

    def __init__(self) -> None:
        """Begin empty."""
        self._tenants: dict[str, _Tenant] = {}
        self._lock = RLock()

    def __repr__(self) -> str:
        """Say what it holds, and that it is gone with the process."""
        rows = sum(len(tenant.rows) for tenant in self._tenants.values())
        return f"<MemoryStore: {rows} rows, this process only>"

    def _tenant(self, tenant: str) -> _Tenant:
        found = self._tenants.get(tenant)
        if found is None:
            with self._lock:
                found = self._tenants.setdefault(tenant, _Tenant())
        return found

    # -- rows ------------------------------------------------------------------------------------

    def load(self, tenant: str, key: RowKey, /) -> Stored | None:
        """Return a row, or None."""
        held = self._tenants.get(tenant)
        return held.rows.get(key) if held is not None else None

    def load_many(self, tenant: str, keys: Iterable[RowKey], /) -> dict[RowKey, Stored]:
        """Return those of the rows that are there, as they were at one instant."""
        rows = self._tenant(tenant).rows
        with self._lock:
            return {key: rows[key] for key in keys if key in rows}

    def scan(
        self, tenant: str, kind: str, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Return rows of a kind in the order of their ids."""
        held = self._tenant(tenant)
        with self._lock:
            ids = sorted(held.kinds.get(kind, ()))
            if after is not None:
                ids = [id for id in ids if id > after]
            page = [RowKey(kind, id) for id in (ids if limit is None else ids[:limit])]
            rows = tuple((key, held.rows[key]) for key in page)
        return Page(rows, page[-1].id if len(page) < len(ids) else None)

    def history(self, tenant: str, key: RowKey, /) -> tuple[Event, ...]:
        """Return the events that commits logged for a row, oldest first."""
        return tuple(self._tenant(tenant).logs.get(key, ()))

    def command_result(self, tenant: str, command_id: str, /) -> Stored | None:
        """Return what the command of that id answered, or None if it never was carried out."""
        known = self._tenant(tenant).commands.get(command_id)
        return known[0] if known is not None else None

    # -- the commit ------------------------------------------------------------------------------

    def commit(self, changes: Changes, /) -> None:
        """Write *changes*, all or nothing: everything is checked before anything is written."""
        with self._lock:
            tenant = self._tenants.get(changes.tenant) or self._tenant(changes.tenant)
            self._check(tenant, changes)
            rows, queue, expect = tenant.rows, tenant.queue, changes.expect
            for key, value in changes.puts.items():
                version = expect[key]
                if not version:
                    version = tenant.gone.pop(key, 0)
                    tenant.kinds.setdefault(key[0], set()).add(key[1])
                rows[key] = _stored(Stored, (version + 1, value))
            for settle in changes.settles:
                queue.settle(settle)
            for due in changes.dues:
                queue.add(due)
            for key, events in changes.log.items():
                log = tenant.logs.get(key)
                if log is None:
                    tenant.logs[key] = [*events]
                else:
                    log += events
            if changes.cancels or changes.withdraws:
                queue.cancel((*changes.cancels, *changes.withdraws))
            if changes.deletes or changes.command_id is not None:
                self._write_rest(tenant, changes)

    def _check(self, tenant: _Tenant, changes: Changes) -> None:
        """Refuse the commit if anything is not as it expects; what passes here is written."""
        rows, expect = tenant.rows, changes.expect
        if changes.command_id is not None:
            self._refuse_repeat(tenant, changes.command_id)
        for key, version in expect.items():
            stored = rows.get(key)
            if (stored[0] if stored is not None else 0) != version:
                raise ConflictError(f"{key[0]} {key[1]!r} was saved by somebody else meanwhile")
        for key in (*changes.puts, *changes.deletes):
            if key not in expect:
                raise StoreError("each row that is put or deleted must be expected")
        settles = changes.settles
        if len(settles) > 1 and len({settle.key for settle in settles}) < len(settles):
            raise StoreError("a due row can be settled once in a commit")
        for settle in settles:
            if tenant.queue.held(settle.key, settle.token) is None:
                raise LeaseLostError(f"due row {settle.key!r} is no longer held")
        if changes.withdraws:
            self._refuse_held(tenant.queue, changes.withdraws)

    def _refuse_held(self, queue: DueQueue, keys: Iterable[str]) -> None:
        """Refuse to withdraw what somebody has in hand just now."""
        for key in keys:
            if queue.state(key) is DueState.LEASED:
                raise ConflictError(f"due row {key!r} is being delivered just now")

    def _refuse_repeat(self, tenant: _Tenant, command_id: str) -> None:
        """Refuse a command that was carried out before, with what it answered (A3)."""
        known = tenant.commands.get(command_id)
        if known is not None:
            raise DuplicateCommandError(command_id, known[0].value)

    def _write_rest(self, tenant: _Tenant, changes: Changes) -> None:
        for key in changes.deletes:
            stored = tenant.rows.pop(key, None)
            if stored is not None:
                tenant.gone[key] = stored.version
            tenant.kinds.get(key.kind, set()).discard(key.id)
        if changes.command_id is not None:
            tenant.commands[changes.command_id] = (Stored(1, changes.result), changes.at)

    # -- due rows --------------------------------------------------------------------------------

    def claim(
        self,
        now: datetime,
        owner: str,
        lease: timedelta,
        limit: int,
        *,
        tenant: str | None = None,
        keys: Iterable[str] | None = None,
        timers_only: bool = False,
    ) -> list[Claim]:
        """Hand out rows that are due at *now*, or whose lease has run out, in order."""
        until = now + lease
        with self._lock:
            if keys is not None:
                name = tenant or ""
                queue = self._tenant(name).queue
                queue.expire(now)
                wanted = [key for key in keys if queue.state(key) in {WAIT, DEAD}]
                return [self._hand_out(name, key, until) for key in wanted[:limit]]
            found = [
                (at, no, name, key)
                for name in ([*self._tenants] if tenant is None else [tenant])
                for at, no, key in self._tenant(name).queue.due(now, limit, timers_only=timers_only)
            ]
            return [self._hand_out(name, key, until) for _, _, name, key in sorted(found)[:limit]]

    def _hand_out(self, tenant: str, key: str, until: datetime) -> Claim:
        row = self._tenant(tenant).queue.hand_out(key, until)
        return Claim(tenant, row.due, row.token, row.attempt, until)

    def renew(self, tenant: str, key: str, token: int, until: datetime, /) -> bool:
        """Lengthen a lease; False: it is lost."""
        with self._lock:
            row = self._tenant(tenant).queue.held(key, token)
            if row is not None:
                row.until = until
            return row is not None

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say what became of a claimed row; False: the lease is lost, nothing changed."""
        with self._lock:
            queue = self._tenant(tenant).queue
            if queue.held(settle.key, settle.token) is None:
                return False
            queue.settle(settle)
            return True

    def next_due(self, *, tenant: str | None = None, timers_only: bool = False) -> datetime | None:
        """Return the earliest instant at which `claim` would find something, or None."""
        with self._lock:
            names = [*self._tenants] if tenant is None else [tenant]
            queues = [self._tenant(name).queue for name in names]
            found = (q.timers() if timers_only else q.instants() for q in queues)
            return min((at for instants in found for at in instants), default=None)

    def parked(self, tenant: str, /) -> tuple[Parked, ...]:
        """Return the requests that were tried and not delivered: to be retried, or dead."""
        with self._lock:
            queue = self._tenant(tenant).queue
            rows = [row for row in queue.tried.values() if row.asks]
            rows.sort(key=lambda row: (row.due.at, row.due.no, row.due.key))
            return tuple(row.parked() for row in rows)

    def waiting(self, tenant: str, now: datetime, /) -> tuple[Due, ...]:
        """Return the requests that are due at *now* and held by nobody, in order."""
        with self._lock:
            queue = self._tenant(tenant).queue
            queue.expire(now)
            rows = (r for r in queue.rows.values() if r.state is WAIT and r.at <= now and r.asks)
            return tuple(row.due for row in queue.sorted(rows))

    def due(self, tenant: str, key: str, /) -> Parked | None:
        """Return a due row that is not over, or None."""
        with self._lock:
            row = self._tenant(tenant).queue.rows.get(key)
            return row.parked() if row is not None else None

    def due_state(self, tenant: str, key: str, /) -> DueState | None:
        """Return the state of a due row, also of one that is over, or None."""
        with self._lock:
            return self._tenant(tenant).queue.state(key)

    def requeue(self, tenant: str, key: str, at: datetime, /) -> bool:
        """Let a dead or waiting row be tried again at *at*, its attempts forgotten."""
        with self._lock:
            return self._tenant(tenant).queue.requeue(key, at)

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget rows that are over and were due, and commands carried out, before an instant."""
        with self._lock:
            held = self._tenant(tenant)
            old = [id for id, (_, at) in held.commands.items() if at is not None and at < before]
            for id in old:
                del held.commands[id]
            return held.queue.prune(before) + len(old)

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def dump(self) -> dict[str, Any]:
        """Return everything as plain structures, for comparing two moments."""
        with self._lock:
            return {
                name: {
                    "rows": dict(sorted(t.rows.items())),
                    "logs": {key: tuple(log) for key, log in t.logs.items()},
                    "commands": {id: known for id, (known, _) in t.commands.items()},
                    "dues": {key: row.parked() for key, row in t.queue.rows.items()},
                    "done": dict(t.queue.done),
                    "cancelled": dict(t.queue.cancelled),
                }
                for name, t in sorted(self._tenants.items())
            }
