"""The store in memory: one process only, gone when it ends, and the measure for all others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from threading import RLock
from typing import Any

from ..errors import ConflictError, DuplicateCommandError, LeaseLostError
from ..model.events import Event
from ..ports.requests import Request
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

__all__ = ["MemoryStore"]

WAIT, LEASED, DEAD = DueState.WAIT, DueState.LEASED, DueState.DEAD


_stored = tuple.__new__


class _Row:
    """A due row that is not over, with what became of it so far."""

    __slots__ = ("at", "attempt", "due", "error", "state", "token", "until")

    def __init__(self, due: Due) -> None:
        held = due.owner is not None
        self.due = due
        self.at = due.at
        self.state = LEASED if held else WAIT
        self.token = self.attempt = 1 if held else 0
        self.until = due.until
        self.error = ""


class _Tenant:
    """Everything of one tenant."""

    def __init__(self) -> None:
        self.rows: dict[RowKey, Stored] = {}
        self.kinds: dict[str, set[str]] = {}
        self.logs: dict[RowKey, list[Event]] = {}
        self.commands: dict[str, Stored] = {}
        self.dues: dict[str, _Row] = {}
        self.done: dict[str, datetime] = {}
        self.cancelled: dict[str, datetime] = {}
        self.leased: dict[str, _Row] = {}
        self.tried: dict[str, _Row] = {}
        self.queue: list[tuple[datetime, int, str]] = []

    def is_over(self, key: str) -> bool:
        """Tell whether a due row of that key was there and is over."""
        return key in self.done or key in self.cancelled


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
        return self._tenant(tenant).commands.get(command_id)

    # -- the commit ------------------------------------------------------------------------------

    def commit(self, changes: Changes, /) -> None:
        """Write *changes*, all or nothing: everything is checked before anything is written."""
        with self._lock:
            tenant = self._tenant(changes.tenant)
            self._check(tenant, changes)
            rows, expect = tenant.rows, changes.expect
            for key, value in changes.puts.items():
                version = expect[key]
                rows[key] = _stored(Stored, (version + 1, value))
                if not version:
                    tenant.kinds.setdefault(key[0], set()).add(key[1])
            for settle in changes.settles:
                self._settle(tenant, tenant.dues[settle.key], settle)
            for due in changes.dues:
                if due.key not in tenant.dues and not tenant.is_over(due.key):
                    self._add(tenant, due)
            for key, events in changes.log.items():
                log = tenant.logs.get(key)
                if log is None:
                    tenant.logs[key] = [*events]
                else:
                    log += events
            if changes.cancels:
                self._cancel(tenant, changes.cancels)
            for key in changes.deletes:
                rows.pop(key, None)
                tenant.kinds.get(key[0], set()).discard(key[1])
            if changes.command_id is not None:
                tenant.commands[changes.command_id] = Stored(1, changes.result)

    def _check(self, tenant: _Tenant, changes: Changes) -> None:
        """Refuse the commit if anything is not as it expects."""
        if changes.command_id is not None and changes.command_id in tenant.commands:
            known = tenant.commands[changes.command_id]
            raise DuplicateCommandError(changes.command_id, known.value)
        rows = tenant.rows
        for key, version in changes.expect.items():
            stored = rows.get(key)
            if (stored[0] if stored is not None else 0) != version:
                raise ConflictError(f"{key[0]} {key[1]!r} was saved by somebody else meanwhile")
        for settle in changes.settles:
            row = tenant.dues.get(settle.key)
            if row is None or row.state is not LEASED or row.token != settle.token:
                raise LeaseLostError(f"due row {settle.key!r} is no longer held")

    # -- due rows --------------------------------------------------------------------------------

    def _add(self, tenant: _Tenant, due: Due) -> None:
        row = tenant.dues[due.key] = _Row(due)
        if row.state is LEASED:
            tenant.leased[due.key] = row
        else:
            heappush(tenant.queue, (row.at, due.no, due.key))

    def _end(self, tenant: _Tenant, row: _Row, over: dict[str, datetime]) -> None:
        """Let a row be over; its key stays known (A4)."""
        key = row.due.key
        del tenant.dues[key]
        tenant.leased.pop(key, None)
        if tenant.tried:
            tenant.tried.pop(key, None)
        over[key] = row.at

    def _cancel(self, tenant: _Tenant, keys: Iterable[str]) -> None:
        for key in keys:
            row = tenant.dues.get(key)
            if row is not None:
                self._end(tenant, row, tenant.cancelled)
        self._tidy(tenant)

    def _tidy(self, tenant: _Tenant) -> None:
        """Rebuild the queue when most of it speaks of rows that are over."""
        if len(tenant.queue) > 64 and len(tenant.queue) > 2 * len(tenant.dues):
            tenant.queue = [
                (row.at, row.due.no, key) for key, row in tenant.dues.items() if row.state is WAIT
            ]
            heapify(tenant.queue)

    def _settle(self, tenant: _Tenant, row: _Row, settle: Settle) -> None:
        if settle.state is WAIT or settle.state is DEAD:
            key = settle.key
            tenant.leased.pop(key, None)
            tenant.tried[key] = row
            row.state, row.error, row.until = settle.state, settle.error, None
            row.at = settle.at or row.at
            if settle.state is WAIT:
                heappush(tenant.queue, (row.at, row.due.no, key))
        else:
            self._end(tenant, row, tenant.done)

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
        with self._lock:
            if keys is not None:
                return self._claim_keys(now, lease, tenant or "", keys)
            names = self._tenants if tenant is None else [tenant]
            found: list[tuple[datetime, int, str, str]] = []
            for name in names:
                found += self._due_rows(self._tenant(name), name, now, limit, timers_only)
            return [self._hand_out(name, key, now + lease) for _, _, name, key in sorted(found)[:limit]]

    def _claim_keys(
        self, now: datetime, lease: timedelta, tenant: str, keys: Iterable[str]
    ) -> list[Claim]:
        held = self._tenant(tenant)
        self._expire(held, now)
        wanted = [key for key in keys if key in held.dues and held.dues[key].state is WAIT]
        return [self._hand_out(tenant, key, now + lease) for key in wanted]

    def _expire(self, tenant: _Tenant, now: datetime) -> None:
        """Take rows back whose lease has run out."""
        for key, row in list(tenant.leased.items()):
            if row.until is not None and row.until <= now:
                del tenant.leased[key]
                row.state, row.until = WAIT, None
                heappush(tenant.queue, (row.at, row.due.no, key))

    def _due_rows(
        self, tenant: _Tenant, name: str, now: datetime, limit: int, timers_only: bool
    ) -> list[tuple[datetime, int, str, str]]:
        """Find up to *limit* waiting rows whose time has come; they stay in the queue."""
        self._expire(tenant, now)
        found: list[tuple[datetime, int, str]] = []
        aside: list[tuple[datetime, int, str]] = []
        seen: set[str] = set()
        while tenant.queue and tenant.queue[0][0] <= now and len(found) < limit:
            entry = heappop(tenant.queue)
            row = tenant.dues.get(entry[2])
            if row is None or row.state is not WAIT or row.at != entry[0] or entry[2] in seen:
                continue
            seen.add(entry[2])
            if timers_only and isinstance(row.due.action, Request):
                aside.append(entry)
            else:
                found.append(entry)
        for entry in (*found, *aside):
            heappush(tenant.queue, entry)
        return [(at, no, name, key) for at, no, key in found]

    def _hand_out(self, tenant: str, key: str, until: datetime) -> Claim:
        held = self._tenant(tenant)
        row = held.dues[key]
        row.state, row.until = LEASED, until
        row.token += 1
        row.attempt += 1
        held.leased[key] = row
        return Claim(tenant, row.due, row.token, row.attempt)

    def _held(self, tenant: str, key: str, token: int) -> _Row | None:
        row = self._tenant(tenant).dues.get(key)
        return row if row is not None and row.state is LEASED and row.token == token else None

    def renew(self, tenant: str, key: str, token: int, until: datetime, /) -> bool:
        """Lengthen a lease; False: it is lost."""
        with self._lock:
            row = self._held(tenant, key, token)
            if row is not None:
                row.until = until
            return row is not None

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say what became of a claimed row; False: the lease is lost, nothing changed."""
        with self._lock:
            row = self._held(tenant, settle.key, settle.token)
            if row is not None:
                self._settle(self._tenant(tenant), row, settle)
            return row is not None

    def next_due(self, *, tenant: str | None = None) -> datetime | None:
        """Return the earliest instant at which `claim` would find something, or None."""
        with self._lock:
            names = list(self._tenants) if tenant is None else [tenant]
            instants = [at for name in names for at in self._instants(self._tenant(name))]
        return min(instants, default=None)

    def _instants(self, tenant: _Tenant) -> list[datetime]:
        while tenant.queue:
            at, _, key = tenant.queue[0]
            row = tenant.dues.get(key)
            if row is not None and row.state is WAIT and row.at == at:
                break
            heappop(tenant.queue)
        leases = [row.until for row in tenant.leased.values() if row.until is not None]
        return leases + [at for at, _, _ in tenant.queue[:1]]

    def parked(self, tenant: str, /) -> tuple[Parked, ...]:
        """Return the requests that were tried and not delivered: to be retried, or dead."""
        with self._lock:
            tried = self._tenant(tenant).tried.values()
            rows = sorted(tried, key=lambda row: (row.due.at, row.due.no, row.due.key))
            return tuple(_parked(row) for row in rows if isinstance(row.due.action, Request))

    def waiting(self, tenant: str, now: datetime, /) -> tuple[Due, ...]:
        """Return the requests that are due at *now* and held by nobody, in order."""
        with self._lock:
            held = self._tenant(tenant)
            self._expire(held, now)
            rows = [
                row
                for row in held.dues.values()
                if row.state is WAIT and row.at <= now and isinstance(row.due.action, Request)
            ]
        rows.sort(key=lambda row: (row.at, row.due.no, row.due.key))
        return tuple(row.due for row in rows)

    def due(self, tenant: str, key: str, /) -> Parked | None:
        """Return a due row with its state, or None if there is none of that key any more."""
        with self._lock:
            held = self._tenant(tenant)
            row = held.dues.get(key)
            return _parked(row) if row is not None else None

    def due_state(self, tenant: str, key: str, /) -> DueState | None:
        """Return the state of a due row, also of one that is over, or None."""
        with self._lock:
            held = self._tenant(tenant)
            if key in held.dues:
                return held.dues[key].state
            if key in held.done:
                return DueState.DONE
            return DueState.CANCELLED if key in held.cancelled else None

    def requeue(self, tenant: str, key: str, at: datetime, /) -> bool:
        """Let a dead or waiting row be tried again at *at*, its attempts forgotten."""
        with self._lock:
            held = self._tenant(tenant)
            row = held.dues.get(key)
            if row is None or row.state is LEASED:
                return False
            row.state, row.at, row.attempt = WAIT, at, 0
            heappush(held.queue, (at, row.due.no, key))
            return True

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget rows that were due before an instant and are over."""
        with self._lock:
            held = self._tenant(tenant)
            count = 0
            for over in (held.done, held.cancelled):
                old = [key for key, at in over.items() if at < before]
                count += len(old)
                for key in old:
                    del over[key]
            return count

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def dump(self) -> dict[str, Any]:
        """Return everything as plain structures, for comparing two moments."""
        with self._lock:
            return {
                name: {
                    "rows": dict(sorted(t.rows.items())),
                    "logs": {key: tuple(log) for key, log in t.logs.items()},
                    "commands": dict(t.commands),
                    "dues": {key: _parked(row) for key, row in t.dues.items()},
                    "done": dict(t.done),
                    "cancelled": dict(t.cancelled),
                }
                for name, t in sorted(self._tenants.items())
            }


def _parked(row: _Row) -> Parked:
    return Parked(row.due, row.state, row.attempt, row.at, row.error)
