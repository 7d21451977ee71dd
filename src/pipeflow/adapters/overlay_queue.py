"""The due rows of a branch: taken over from its parent as their time comes, or somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from ..ports.due import Claim, EditTimer, Over, Parked, ScheduleTimer, Settle, Standing
from ..ports.requests import Request
from ..ports.rows import Page, RowKey
from ..ports.store import Branchable
from .memory import MemoryStore
from .overlay_layer import Layer

__all__ = ["OverlayQueue"]

AT_ONCE = 100  # rows taken over in one go, at least
SHARE = 4  # of what was taken over, a fourth at once: the parent looks through all each time


def _about(row: Standing) -> RowKey:
    """Return the row that says how that stands which a due row is about."""
    action = row.due.action
    if isinstance(action, ScheduleTimer):
        return RowKey("schedule_state", action.schedule)
    if isinstance(action, EditTimer):
        return RowKey("pipeline", action.pipeline)
    if isinstance(action, Request) and not row.due.job:  # the folders of a new account
        return RowKey("account", action.account)
    return RowKey("job", row.due.job)


class OverlayQueue(MemoryStore):
    """The calls of due rows."""

    parent: Branchable
    _layers: dict[str, Layer]

    # -- taking over -----------------------------------------------------------------------------

    def _take(self, tenant: str, keys: Iterable[str]) -> dict[str, Over]:
        """Take due rows over by key; return those that are over in the parent."""
        taken, queue = self._layers[tenant].taken, self._held(tenant).queue
        mine = queue.rows
        strangers = [k for k in keys if k not in mine and k not in taken and k not in queue]
        if not strangers:
            return {}
        found = self.parent.looked_at(tenant, strangers)
        standing = [one for one in found.values() if isinstance(one, Standing)]
        self._take_over(tenant, standing)
        over = {key: one for key, one in found.items() if isinstance(one, Over)}
        self._layers[tenant].over.update(over)
        return over

    def _take_over(self, tenant: str, rows: Sequence[Standing]) -> None:
        """Let due rows of the parent be the branch's own.

        Raises:
            MovedOnError: They are of a job, or a schedule, that the parent has written since the
                branch looked at it: what it is about may be something else here.
        """
        layer = self._layers[tenant]
        rests_on = (_about(row) for row in rows if row.due.key not in layer.taken)
        layer.look_again(self.parent, tenant, rests_on)
        held = self._tenants[tenant] = self._held(tenant)
        layer.take(held.queue, rows, self.clock)

    def _take_unsettled(self, tenant: str) -> Layer:
        """Take over what is held, was tried, or is dead: there is little of it."""
        layer = self._layers[tenant]
        if not layer.took_unsettled:
            self._take_over(tenant, self.parent.unsettled(tenant))
            layer.took_unsettled = True
        return layer

    def _take_more(self, tenant: str, layer: Layer) -> None:
        """Take over the next of the rows that wait; the more were taken, the more at once."""
        most = max(AT_ONCE, len(layer.taken) // SHARE)
        rows = self.parent.waiting(tenant, layer.place, most)
        self._take_over(tenant, rows)
        if rows:
            layer.place = rows[-1].at, rows[-1].due.no, rows[-1].due.key
        layer.ended = len(rows) < most

    def _take_until(self, tenant: str, at: datetime) -> None:
        """Take over all rows whose time has come by an instant."""
        layer = self._take_unsettled(tenant)
        while not layer.ended and (layer.place is None or layer.place[0] <= at):
            self._take_more(tenant, layer)

    def _take_all(self, tenant: str) -> None:
        """Take over all rows that there are."""
        layer = self._take_unsettled(tenant)
        while not layer.ended:
            self._take_more(tenant, layer)

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
        wanted = None if keys is None else tuple(keys)
        with self._lock:
            for name in (tenant,) if tenant is not None else tuple(self.tenants()):
                if wanted is None:
                    self._take_until(name, max(due, self.clock.now()))
                else:
                    self._take(name, wanted)
            return super().claim(
                owner, lease, limit, due=due, tenant=tenant, keys=wanted, asks=asks, each=each
            )

    def undisturbed(self, tenant: str, asks: AbstractSet[str], until: datetime, /) -> datetime:
        """Return how long, *until* at the latest, no row that asks these things falls due and no
        lease ends.
        """
        with self._lock:
            self._take_until(tenant, until)
            queue = self._queue(tenant)
            found = queue.waiting.first(asks, until), queue.leases.first(None, until)
            ends = (entry[0] - timedelta.resolution for entry in found if entry is not None)
            return min(ends, default=until)

    def release(self, tenant: str, claims: Iterable[Claim], /) -> None:
        """Let rows wait again that were handed out, and of which nothing was begun."""
        with self._lock:
            queue = self._held(tenant).queue
            for claim in claims:
                queue.release(claim.due.key, claim.token)

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Look before a port is called: lengthen the lease, and count the call, once a token."""
        with self._lock:
            self._take(tenant, (key,))
            return super().renew(tenant, key, token, lease)

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say what became of a claimed row; False: the lease is lost, nothing changed."""
        with self._lock:
            self._take(tenant, (settle.key,))
            return super().settle(tenant, settle)

    def due(self, tenant: str, key: str, /) -> Parked | Over | None:
        """Return a due row, also one that is over and was not pruned yet, or None."""
        with self._lock:
            return self._take(tenant, (key,)).get(key) or super().due(tenant, key)

    def next_due(
        self, *, tenant: str | None = None, asks: AbstractSet[str] | None = None
    ) -> datetime | None:
        """Return the earliest instant at which `claim` would find something, or None."""
        with self._lock:
            names = (tenant,) if tenant is not None else tuple(self.tenants())
            found = (self._next_of(name, asks) for name in names)
            return min((at for at in found if at is not None), default=None)

    def _next_of(self, tenant: str, asks: AbstractSet[str] | None) -> datetime | None:
        """Return when something is due next; rows behind that are left to the parent."""
        layer = self._take_unsettled(tenant)
        while True:
            at = super().next_due(tenant=tenant, asks=asks)
            known = layer.place
            if layer.ended or (at is not None and known is not None and at <= known[0]):
                return at
            self._take_more(tenant, layer)

    def parked(
        self, tenant: str, /, *, job: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page:
        """Return the rows that were tried and did not succeed: to be tried again, or dead."""
        with self._lock:
            self._take_unsettled(tenant)
            return super().parked(tenant, job=job, after=after, limit=limit)
