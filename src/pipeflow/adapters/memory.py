"""The store in memory: one process only, gone when it ends, and the measure for all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from itertools import islice
from threading import RLock
from typing import Any, ClassVar

from ..errors import ConflictError, DuplicateCommandError, LeaseLostError, StoreError
from ..model.events import Chapter
from ..ports.due import Claim, DueState, Over, Parked, Settle
from ..ports.host import Clock
from ..ports.rows import Changes, Page, Query, Read, RowKey, Stored
from ..ports.store import Store
from .memory_index import part
from .memory_queue import DueQueue
from .memory_tenant import INDEXED, Publication, Tenant
from .system import SystemClock

__all__ = ["MemoryStore"]

LEASED, WAIT, DEAD = DueState.LEASED, DueState.WAIT, DueState.DEAD


class MemoryStore(Store):
    """Keeps the values as they are; several threads may use it, several processes not.

    Args:
        clock: By which leases are reckoned; the system's unless said.
    """

    volatile: ClassVar[bool] = True

    def __init__(self, *, clock: Clock | None = None) -> None:
        """Begin empty."""
        self.clock = clock if clock is not None else SystemClock()
        self._tenants: dict[str, Tenant] = {}
        self._feed: list[tuple[str, Chapter]] = []
        self._torn: Publication | None = None  # what an interrupt kept from being published
        self._lock = RLock()

    def __repr__(self) -> str:
        """Say what it holds, and that it is gone with the process."""
        held = [rows for tenant in self._tenants.values() for rows in tenant.rows.values()]
        return f"<MemoryStore: {sum(map(len, held))} rows, this process only>"

    def _held(self, tenant: str) -> Tenant:
        """Return what a tenant has; whoever asks has the lock, and finds no torn commit."""
        if self._torn is not None:
            self._torn.publish()
            self._torn = None
        found = self._tenants.get(tenant)
        if found is None:
            found = self._tenants[tenant] = Tenant()
        return found

    # -- rows ------------------------------------------------------------------------------------

    def read(
        self,
        tenant: str,
        keys: Iterable[RowKey],
        /,
        *,
        accounts: bool = False,
        command_id: str | None = None,
    ) -> Read:
        """Return those of the rows that are there, as they were at one instant."""
        with self._lock:
            held = self._held(tenant)
            rows: dict[RowKey, Stored] = {}
            for key in keys:
                stored = held.row(key)
                if stored is not None:
                    rows[key] = stored
                    if accounts and key[0] == "job":
                        account = RowKey("account", stored[1].account)
                        stored = held.row(account)
                        if stored is not None:
                            rows[account] = stored
            known = held.commands.get(command_id) if command_id is not None else None
            return Read(rows, known[0] if known is not None else None)

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Return the rows that a query means, in its order."""
        with self._lock:
            held = self._held(tenant)
            ids = self._ids(held, query)
            if query.order:
                pairs = held.indexes[query.kind].order(query.order, ids)
            else:
                pairs = [("", id) for id in sorted(ids)]
            term, _, id = (after or "").rpartition("\0")
            found, more = part(pairs, None if after is None else (term, id), limit)
            rows = held.rows.get(query.kind, {})
            page = tuple((RowKey(query.kind, id), rows[id]) for _, id in found)
            return Page(page, "\0".join(found[-1]) if more else None)

    def _ids(self, held: Tenant, query: Query) -> Iterable[str]:
        if not query.where:
            return held.rows.get(query.kind, {})
        return held.indexes[query.kind].ids(query) if query.kind in INDEXED else ()

    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Count the rows that a query means by their terms of the field *by*."""
        with self._lock:
            held = self._held(tenant)
            if query.kind not in INDEXED:
                return {}
            among = self._ids(held, query) if query.where else None
            return held.indexes[query.kind].counts(by, among)

    def ids(self, tenant: str, kind: str, /, *, limit: int = 1000) -> tuple[str, ...]:
        """Return ids of rows of a kind, *limit* of them at most."""
        with self._lock:
            return tuple(islice(self._held(tenant).rows.get(kind, ()), limit))

    def history(
        self, tenant: str, key: RowKey, /, *, after: str | None = None, limit: int | None = None
    ) -> Page:
        """Return the chapters that commits logged for a row, oldest first."""
        with self._lock:
            return _slice(self._held(tenant).logs.get(key, []), after, limit)

    def feed(
        self,
        *,
        tenant: str | None = None,
        after: str | None = None,
        newest: bool = False,
        limit: int = 1000,
    ) -> Page:
        """Return all chapters in the order of their commits, as pairs of tenant and chapter."""
        with self._lock:
            self._held(tenant or "")
            feed = self._feed
            start = int(after) if after is not None else (len(feed) if newest else 0)
            places = range(start - 1, -1, -1) if newest else range(start, len(feed))
            found: list[tuple[str, Chapter]] = []
            for place in places:
                start = place if newest else place + 1
                if tenant is None or feed[place][0] == tenant:
                    found.append(feed[place])
                    if len(found) == limit:
                        break
            return Page(tuple(found), str(start))

    # -- the commit ------------------------------------------------------------------------------

    def commit(self, changes: Changes, /) -> bool:
        """Write *changes*, all or nothing: everything is checked before anything is published."""
        with self._lock:
            held = self._held(changes.tenant)
            now = self.clock.now() if changes.dues or held.queue.leased else None
            if now is not None:
                held.queue.expire(now)
            self._check(held, changes)
            self._torn = Publication(held, changes, self._feed, now)
            self._torn.publish()
            self._torn = None
            return True

    def _check(self, held: Tenant, changes: Changes) -> None:
        if changes.command_id is not None:
            known = held.commands.get(changes.command_id)
            if known is not None:
                raise DuplicateCommandError(changes.command_id, known[0].value)
        expect = changes.expect
        for key, version in expect.items():
            rows = held.rows.get(key[0])
            stored = rows.get(key[1]) if rows is not None else None
            if (stored[0] if stored is not None else 0) != version:
                found = stored[0] if stored is not None else 0
                raise ConflictError(f"{key[0]} {key[1]!r} is at version {found}, not {version}")
        for key in (*changes.puts, *changes.deletes):
            if key not in expect:
                raise StoreError(
                    f"{key[0]} {key[1]!r} is written, and no version of it is expected"
                )
        queue = held.queue
        for settle in changes.settles:
            if queue.held(settle.key, settle.token) is None:
                raise LeaseLostError(f"due row {settle.key!r} is no longer held")
        if changes.withdraws or changes.requeues or changes.none:
            self._check_rare(held, changes)

    def _check_rare(self, held: Tenant, changes: Changes) -> None:
        rows = held.queue.rows
        for key, was_held in changes.withdraws:
            if key in rows and (rows[key].state is LEASED) is not was_held:
                raise ConflictError(f"due row {key!r} changed hands")
        for again in changes.requeues:
            if again.key not in rows or rows[again.key].state is LEASED:
                raise ConflictError(f"due row {again.key!r} can not be tried again just now")
        for query in changes.none:
            if next(iter(self._ids(held, query)), None) is not None:
                raise ConflictError(f"there is a {query.kind} of {query.where}, and must be none")

    # -- due rows --------------------------------------------------------------------------------

    def claim(
        self,
        owner: str,
        lease: timedelta,
        limit: int,
        /,
        *,
        due: datetime,
        tenant: str | None = None,
        keys: Iterable[str] | None = None,
        asks: AbstractSet[str] | None = None,
        each: int | None = None,
    ) -> list[Claim]:
        """Hand out rows that are due, or whose lease has run out, in order."""
        with self._lock:
            now = self.clock.now()
            until = now + lease
            if keys is not None:
                queue = self._queue(tenant or "", now)
                waiting = (key for key in keys if _handed_out_by_key(queue, key))
                return [self._hand_out(tenant or "", key, until) for key in islice(waiting, limit)]
            most = limit if each is None else min(each, limit)
            found = sorted(
                (at, no, name, key)
                for name in ([*self._tenants] if tenant is None else [tenant])
                for at, no, key in self._queue(name, now).take(due, most, asks)
            )
            for at, no, name, key in found[limit:]:
                self._held(name).queue.put_back((at, no, key))
            return [self._hand_out(name, key, until) for _, _, name, key in found[:limit]]

    def _queue(self, tenant: str, now: datetime) -> DueQueue:
        queue = self._held(tenant).queue
        queue.expire(now)
        return queue

    def _hand_out(self, tenant: str, key: str, until: datetime) -> Claim:
        row = self._held(tenant).queue.hand_out(key, until)
        return Claim(tenant, row.due, row.token, row.attempt + 1, row.withdrawn)

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Look before a port is called: lengthen the lease, and count the call, once a token."""
        with self._lock:
            now = self.clock.now()
            return self._queue(tenant, now).renew(key, token, now + lease)

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say what became of a claimed row; False: the lease is lost, nothing changed."""
        with self._lock:
            queue = self._queue(tenant, self.clock.now())
            if queue.held(settle.key, settle.token) is None:
                return False
            queue.settle(settle)
            return True

    def due(self, tenant: str, key: str, /) -> Parked | Over | None:
        """Return a due row, also one that is over and was not pruned yet, or None."""
        with self._lock:
            return self._queue(tenant, self.clock.now()).find(key)

    def next_due(
        self, *, tenant: str | None = None, asks: AbstractSet[str] | None = None
    ) -> datetime | None:
        """Return the earliest instant at which `claim` would find something, or None."""
        with self._lock:
            now = self.clock.now()
            names = [*self._tenants] if tenant is None else [tenant]
            queues = [self._queue(name, now) for name in names]
            return min((at for queue in queues for at in queue.instants(asks)), default=None)

    def parked(
        self, tenant: str, /, *, job: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page:
        """Return the rows that were tried and did not succeed: to be tried again, or dead."""
        with self._lock:
            rows = self._queue(tenant, self.clock.now()).parked(job)
            return _slice([row.parked() for row in rows], after, limit)

    # -- the whole -------------------------------------------------------------------------------

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget rows that are over and were due, and commands carried out, before an instant."""
        with self._lock:
            held = self._held(tenant)
            count = held.queue.prune(before)
            while held.commands:  # they stand in the order in which they were carried out
                id, (_, at) = next(iter(held.commands.items()))
                if at is None or at >= before:
                    break
                del held.commands[id]
                count += 1
            return count

    def tenants(self) -> Iterator[str]:
        """Yield the tenants that have anything here, in order."""
        with self._lock:
            self._held("")
            full = [name for name, held in self._tenants.items() if not held.is_empty]
        yield from sorted(full)

    def export(self, tenant: str, /) -> Iterator[str]:
        """Yield everything of a tenant as lines of canonical JSON; what is leased, as waiting."""
        from .memory_lines import lines_of  # brings in the codec

        with self._lock:
            lines = list(lines_of(tenant, self._held(tenant)))
        yield from lines

    def restore(self, lines: Iterable[str], /) -> None:
        """Take in the lines of an export, all or nothing."""
        from .memory_lines import tenant_of

        name, restored = tenant_of(lines)
        with self._lock:
            if not self._held(name).is_empty:
                raise ConflictError(f"tenant {name!r} is not empty here; restore into an empty one")
            feed = [(name, one) for log in restored.logs.values() for one in log]
            self._feed += sorted(feed, key=lambda pair: pair[1].at)
            self._tenants[name] = restored

    def dump(self) -> dict[str, Any]:
        """Return everything as plain structures, for comparing two moments."""
        with self._lock:
            self._held("")
            return {
                name: held.dump()
                for name, held in sorted(self._tenants.items())
                if not held.is_empty
            }

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def _handed_out_by_key(queue: DueQueue, key: str) -> bool:
    row = queue.rows.get(key)
    return row is not None and row.state in {WAIT, DEAD}


def _slice(rows: list[Any], after: str | None, limit: int | None) -> Page:
    start = int(after) if after is not None else 0
    end = len(rows) if limit is None else min(start + limit, len(rows))
    return Page(tuple(rows[start:end]), str(end) if end < len(rows) else None)
