"""The store in memory: one process only, gone when it ends, and the measure for all others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import partial
from heapq import heapify, heappop, heapreplace
from itertools import islice
from threading import RLock
from typing import Any, ClassVar

from ..errors import ConflictError, DefinitionError, LeaseLostError
from ..model.events import Chapter
from ..ports.due import Claim, Over, Parked, Settle, Standing
from ..ports.rows import Changes, Page, Query, Read, RowKey, Stored
from ..ports.services import Clock
from ..ports.store import Branchable, Place
from .memory_commit import checked
from .memory_feed import Entries, Feed
from .memory_queue import DueQueue
from .memory_tenant import Tenant
from .memory_tried import cursor
from .pages import identified, limited, ordered
from .system import SystemClock, clock_problems

__all__ = ["MemoryStore"]

_new = tuple.__new__  # makes what is read the quickest way


class _Tenants(dict[str, Tenant]):
    """What each tenant has; one that has nothing is made up, and not kept."""

    def __missing__(self, name: str) -> Tenant:
        """Return an empty one."""
        return Tenant()


class MemoryStore(Branchable):
    """Keeps the values as they are; several threads may use it, several processes not.

    Args:
        clock: By which leases are reckoned; the system's unless said.

    Raises:
        DefinitionError: What is given is no clock.
    """

    volatile: ClassVar[bool] = True

    def __init__(self, *, clock: Clock | None = None) -> None:
        """Begin empty."""
        if problems := tuple(clock_problems(clock)):
            raise DefinitionError(*problems)
        self.clock = clock if clock is not None else SystemClock()
        self._tenants = _Tenants()
        self._feed = Feed()
        # What an interrupt kept from being published; it may be called again.
        self._torn: Callable[[], None] | None = None
        self._lock = RLock()

    def __repr__(self) -> str:
        """Say what it holds, and that it is gone with the process."""
        held = [rows for tenant in self._tenants.values() for rows in tenant.rows.values()]
        return f"<MemoryStore: {sum(map(len, held))} rows, this process only>"

    def _mend(self) -> None:
        """End what an interrupt tore; whoever has just taken the lock calls it first."""
        if self._torn is not None:
            self._torn()
            self._torn = None

    def _held(self, tenant: str) -> Tenant:
        """Return what a tenant has; one that has nothing is made up, and not kept."""
        if self._torn is not None:
            self._mend()
        return self._tenants[tenant]

    def _queue(self, tenant: str) -> DueQueue:
        """Return a tenant's due rows, as leases stand now."""
        queue = self._held(tenant).queue
        if queue.rows:
            queue.expire(self.clock.now())
        return queue

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
        rows: dict[RowKey, Stored] = {}
        with self._lock:
            held = self._held(tenant)
            kinds = held.rows
            for key in keys:
                kind, id = key
                stored = kinds[kind].get(id)
                if stored is not None:
                    rows[key] = stored
                    if accounts and kind == "job":
                        id = stored[1].account
                        account = kinds["account"].get(id)
                        if account is not None:
                            rows[_new(RowKey, ("account", id))] = account
            result = None if command_id is None else held.answer(command_id)
        return _new(Read, (rows, result))

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Return the rows that a query means, in its order."""
        limit = None if limit is None else limited(limit)
        with self._lock:
            held, kind = self._held(tenant), query.kind
            index = held.index(kind) if query.order else None
            most = None if limit is None else limit + 1
            if index is None:
                ids = held.sorted_ids(kind) if not query.where else sorted(held.fitting(query))
                start = 0 if after is None else bisect_right(ids, identified(after))
                found = [("", id) for id in ids[start : None if most is None else start + most]]
            else:
                found = index.listed(query, None if after is None else ordered(after), most)
            rows, told = held.rows[kind], found if limit is None else found[:limit]
            page = tuple((RowKey(kind, id), rows[id]) for _, id in told)
            if not page or len(page) == len(found):
                return Page(page)
            return Page(page, told[-1][1] if index is None else "\0".join(told[-1]))

    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Count the rows that a query means by their terms of the field *by*."""
        with self._lock:
            held = self._held(tenant)
            index = held.index(query.kind)
            if index is None:
                return {}
            return index.counts(query, by)

    def ids(self, tenant: str, kind: str, /, *, limit: int = 1000) -> tuple[str, ...]:
        """Return ids of rows of a kind, *limit* of them at most."""
        with self._lock:
            return tuple(islice(self._held(tenant).rows[kind], limited(limit)))

    def history(
        self,
        tenant: str,
        key: RowKey,
        /,
        *,
        after: str | None = None,
        newest: bool = False,
        limit: int | None = None,
    ) -> Page:
        """Return the chapters that commits logged for a row, oldest first."""
        with self._lock:
            return self._feed.history(self._held(tenant).places, key, after, limit, newest=newest)

    def histories(self, tenant: str, keys: Sequence[RowKey], /) -> tuple[Chapter, ...]:
        """Return all chapters of several rows, in the order of their commits."""
        with self._lock:
            return tuple(self._feed.histories(self._held(tenant).places, keys))

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
            self._mend()
            held = None if tenant is None else self._held(tenant).places
            return self._feed.page(held, after, limit, newest=newest)

    # -- the commit ------------------------------------------------------------------------------

    def commit(self, changes: Changes, /) -> bool:
        """Write *changes*, all or nothing: everything is checked before anything is published."""
        with self._lock:
            self._write(changes, changes.expect)
            return True

    def _write(self, changes: Changes, expect: Mapping[RowKey, int]) -> None:
        """Write *changes*, of which this store has other expectations than were told to it."""
        held = self._held(changes.tenant)
        publish = checked(held, changes, expect, self._feed, self.clock)
        self._tenants[changes.tenant] = held
        self._torn = publish
        publish()
        self._torn = None

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
            until = self.clock.now() + lease
            most = limit if each is None else min(each, limit)
            if most < 1:
                return []
            queues = {name: self._queue(name) for name in self._names(tenant)}
            if keys is not None:
                found = _chosen(queues, frozenset(keys), asks, most)
                return [_hand_out(name, queues[name], key, until) for name, key in found[:limit]]
            heads = [
                (head[0], head[1], name, head[2])
                for name, queue in queues.items()
                if (head := queue.first(due, asks)) is not None
            ]
            heapify(heads)
            claims: list[Claim] = []
            given = dict.fromkeys(queues, 0)
            while heads and len(claims) < limit:
                _, _, name, key = heads[0]
                queue = queues[name]
                claims.append(_hand_out(name, queue, key, until))
                given[name] += 1
                head = queue.first(due, asks) if given[name] < most else None
                if head is None:
                    heappop(heads)
                else:
                    heapreplace(heads, (head[0], head[1], name, head[2]))
            return claims

    def _names(self, tenant: str | None) -> list[str]:
        """Return the tenants that have due rows, or that one alone."""
        self._mend()
        if tenant is not None:
            return [tenant]
        return [name for name, held in self._tenants.items() if held.queue.rows]

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Look before a port is called: lengthen the lease, and count the call, once a token."""
        with self._lock:
            queue = self._held(tenant).queue
            return queue.renew(key, token, self.clock.now() + lease)

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say what became of a claimed row; False: the lease is lost, nothing changed."""
        with self._lock:
            try:
                self._write(Changes(tenant, {}, settles=(settle,)), {})
            except LeaseLostError:
                return False
            return True

    def due(self, tenant: str, key: str, /) -> Parked | Over | None:
        """Return a due row, also one that is over and was not pruned yet, or None."""
        with self._lock:
            return self._queue(tenant).find(key)

    def next_due(
        self, *, tenant: str | None = None, asks: AbstractSet[str] | None = None
    ) -> datetime | None:
        """Return the earliest instant at which `claim` would find something, or None."""
        with self._lock:
            queues = [self._queue(name) for name in self._names(tenant)]
            return min((at for queue in queues for at in queue.instants(asks)), default=None)

    def parked(
        self, tenant: str, /, *, job: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page:
        """Return the rows that were tried and did not succeed: to be tried again, or dead."""
        with self._lock:
            rows = self._queue(tenant).parked(job, after)
            page = [*islice(rows, limited(limit))]
            more = next(rows, None) is not None
            place = cursor(page[-1]) if more and page else None
            return Page(tuple(row.parked() for row in page), place)

    # -- the whole -------------------------------------------------------------------------------

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget rows that ended, and commands that were carried out, before an instant."""
        with self._lock:
            return self._held(tenant).prune(before)

    def tenants(self) -> Iterator[str]:
        """Yield the tenants that have anything here, in order."""
        with self._lock:
            self._mend()
            full = [name for name, held in self._tenants.items() if not held.is_empty]
        yield from sorted(full)

    def export(self, tenant: str, /) -> Iterator[str]:
        """Yield everything of a tenant as lines of canonical JSON; no lease goes with it."""
        from .memory_lines import lines_of  # brings in the codec

        with self._lock:
            held = self._held(tenant)
            held.queue.expire(self.clock.now())
            lines = list(lines_of(tenant, held, self._feed.of(held.places)))
        yield from lines

    def restore(self, lines: Iterable[str], /) -> None:
        """Take in the lines of an export, all or nothing."""
        from .memory_lines import tenant_of

        name, restored, entries = tenant_of(lines)
        with self._lock:
            if not self._held(name).is_empty:
                raise ConflictError(f"tenant {name!r} is not empty here; restore into an empty one")
            place = len(self._feed.chapters)
            self._torn = partial(self._take_in, name, restored, entries, place)
            self._torn()
            self._torn = None

    def _take_in(self, name: str, restored: Tenant, entries: Entries, place: int) -> None:
        """Publish a tenant that was restored, as commits are published."""
        log = [(key, (chapter,)) for key, chapter in entries]
        if log:
            self._feed.write(place, name, restored.places, log)
        restored.edition += 1
        self._tenants[name] = restored

    def dump(self) -> dict[str, Any]:
        """Return everything as plain structures, for comparing two moments."""
        with self._lock:
            self._mend()
            tenants = sorted(self._tenants.items())
            return {name: held.dump(self._feed) for name, held in tenants if not held.is_empty}

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    # -- for branches ----------------------------------------------------------------------------

    def edition(self, tenant: str, /) -> Hashable:
        """Return what changes whenever anything of a tenant is written."""
        with self._lock:
            return self._held(tenant).edition

    def last_version(self, tenant: str, key: RowKey, /) -> int:
        """Return the last version of a row that was deleted; 0: there never was one."""
        with self._lock:
            return self._held(tenant).gone.get(key, 0)

    def looked_at(self, tenant: str, keys: Iterable[str], /) -> dict[str, Standing | Over]:
        """Return those of the due rows that are known, by key, also those that are over."""
        with self._lock:
            return self._held(tenant).queue.looked_at(keys, self.clock.now())

    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Return the due rows that somebody holds, and those that failed or are dead."""
        with self._lock:
            return self._held(tenant).queue.unsettled(self.clock.now())

    def waiting(self, tenant: str, after: Place | None, limit: int, /) -> list[Standing]:
        """Return the due rows that wait, in order, from behind a place on, *limit* at most."""
        with self._lock:
            return self._held(tenant).queue.in_order(after, limit, self.clock.now())


def _chosen(
    queues: Mapping[str, DueQueue], keys: AbstractSet[str], asks: AbstractSet[str] | None, most: int
) -> list[tuple[str, str]]:
    """Return tenants and keys of rows that may be handed out by key, in order."""
    found = [
        (at, no, name, key)
        for name, queue in queues.items()
        for at, no, key in sorted(queue.chosen(keys, asks))[:most]
    ]
    return [(name, key) for _, _, name, key in sorted(found)]


def _hand_out(tenant: str, queue: DueQueue, key: str, until: datetime) -> Claim:
    row = queue.hand_out(key, until)
    return Claim(tenant, row.due, row.token, row.attempt + 1, row.withdrawn)
