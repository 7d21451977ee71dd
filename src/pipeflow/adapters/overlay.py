"""The store of a branch: laid over another one, it reads through and writes to itself alone.

A branch copies nothing when it is made. Rows are read in the parent until the branch writes them;
due rows are taken over as their time comes, or as somebody asks for them. It sees its parent as the
parent is when it looks: what has not been looked at is as new as the parent, and where a row that
was looked at has another version since, the branch says so and goes no further (`ConflictError`).
What the branch has written is its own; what falls due of it in the parent, and what happened to it,
is taken over only as long as the parent has not written it too.

What somebody holds in the parent is held in the branch too, as long as the lease lasts by the
branch's clock, which is to say: whoever holds it is not here, and the branch takes it up as any
worker would. `prune` forgets what ended in the branch, never what its parent knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime
from typing import ClassVar

from ..errors import ConflictError, DuplicateCommandError
from ..model.events import Chapter
from ..model.record import replaced
from ..ports.due import Over, Standing
from ..ports.rows import Changes, RowKey, Stored
from ..ports.services import Clock
from ..ports.store import Branchable, Place
from .overlay_layer import Layer
from .overlay_queue import OverlayQueue
from .overlay_rows import OverlayRows

__all__ = ["LastingOverlay", "OverlayStore"]


class OverlayStore(OverlayRows, OverlayQueue):
    """Keeps what a branch writes; everything else is its parent's, which stays as it is.

    Args:
        parent: What it is laid over.
        clock: By which leases are reckoned in the branch; the system's unless said.
    """

    def __init__(self, parent: Branchable, *, clock: Clock | None = None) -> None:
        """Begin with nothing of its own."""
        super().__init__(clock=clock)
        self.parent = parent
        self._layers: dict[str, Layer] = defaultdict(Layer)

    def __repr__(self) -> str:
        """Say what it is laid over."""
        return f"<OverlayStore on {self.parent!r}>"

    # -- the commit ------------------------------------------------------------------------------

    def commit(self, changes: Changes, /) -> bool:
        """Write *changes* to the branch, all or nothing.

        Raises:
            ConflictError: A row is not at the version expected, here or in the parent.
            DuplicateCommandError: The command id is known, here or in the parent.
            LeaseLostError: A settle came too late.
        """
        tenant = changes.tenant
        with self._lock:
            self._mend()
            if changes.command_id is not None:
                known = self._answer(tenant, changes.command_id)
                if known is not None:
                    raise DuplicateCommandError(changes.command_id, known.value)
            gone = self._check(changes)
            silenced = [row for key in changes.erases for row in self._chapters(tenant, key)]
            expect = self._take_rows(changes)
            if changes.cancels_of:
                self._take_all(tenant)
            if gone:
                dues = tuple(due for due in changes.dues if due.key not in gone)
                tombs = tuple(tomb for tomb in changes.tombs if tomb.key not in gone)
                changes = replaced(changes, dues=dues, tombs=tombs)
            self._write(changes, expect)
            if changes.erases:
                self._layers[tenant].erased.update(changes.erases)
                self._layers[tenant].silenced.update(silenced)
            return True

    def _check(self, changes: Changes) -> dict[str, Over]:
        """Check what the parent says to a commit; return keys of due rows that are over there."""
        for query in changes.none:
            written = {*changes.deletes, *changes.puts}
            theirs = self._theirs(changes.tenant, query)
            if any(entry.row[0] not in written for entry in theirs):
                raise ConflictError(f"there is a {query.kind} of {query.where}, and must be none")
        keys = [*changes.cancels, *changes.wanted]
        named = (
            changes.dues, changes.settles, changes.withdraws, changes.requeues, changes.tombs,
        )  # fmt: skip
        for several in named:
            if several:
                keys += [one.key for one in several]
        return self._take(changes.tenant, keys)

    def _take_rows(self, changes: Changes) -> dict[RowKey, int]:
        """Take over the rows that a commit writes; return what is expected of the branch's own.

        Raises:
            ConflictError: The parent has a row at another version.
        """
        tenant, expect = changes.tenant, {**changes.expect}
        held = self._tenants[tenant] = self._held(tenant)
        mine, gone = held.rows, held.gone
        theirs = [k for k in expect if k[1] not in mine.get(k[0], ()) and k not in gone]
        found = self._look(tenant, theirs) if theirs else {}
        written = {*changes.puts, *changes.deletes} if changes.deletes else changes.puts
        for key in theirs:
            stored = found.get(key)
            there = 0 if stored is None else stored.version
            if there != expect[key]:
                kind, id = key
                raise ConflictError(f"{kind} {id!r} is at version {there}, not {expect[key]}")
            if key not in written:
                del expect[key]
            elif stored is not None:
                held.take_in(key, stored)
            elif last := self.parent.last_version(tenant, key):
                held.gone[key] = last
        return expect

    def _chapters(self, tenant: str, key: RowKey) -> tuple[Chapter, ...]:
        """Return what the parent tells of a row."""
        return self.parent.history(tenant, key).rows

    def looked(self, tenant: str) -> tuple[frozenset[RowKey], frozenset[str]]:
        """Return what was looked at in the parent: the keys of rows, and of due rows.

        Raises:
            ConflictError: The parent has written one of these rows since.
        """
        with self._lock:
            layer = self._layers[tenant]
            layer.look_again(self.parent, tenant, layer.seen)
            return frozenset(layer.seen), frozenset(layer.taken | layer.over)

    def in_hand(self, tenant: str) -> dict[str, datetime]:
        """Return until when somebody in the parent has due rows in hand, by key, as was seen."""
        with self._lock:
            return dict(self._layers[tenant].held)

    def own_edition(self, tenant: str) -> int:
        """Return what changes whenever anything is written here, whatever the parent does."""
        with self._lock:
            return self._held(tenant).edition

    def written(self, tenant: str) -> dict[RowKey, tuple[Stored | None, Stored | None]]:
        """Return the rows that the branch wrote: as its parent has them, and as the branch does.

        Costs by what the branch wrote, whatever else there is.

        Raises:
            ConflictError: The parent has written one of them since the branch looked at it first.
        """
        with self._lock:
            held = self._held(tenant)
            mine = held.rows.flat()
            keys = [*mine, *(key for key in held.gone if key not in mine)]
            theirs = self._look(tenant, keys) if keys else {}
            return {key: (theirs.get(key), mine.get(key)) for key in keys}

    # -- the whole -------------------------------------------------------------------------------

    def tenants(self) -> Iterator[str]:
        """Yield the tenants that have anything here or in the parent, in order."""
        with self._lock:
            found = sorted({*self.parent.tenants(), *super().tenants()})
        yield from found

    def export(self, tenant: str, /) -> Iterator[str]:
        """Yield everything of a tenant, as the branch has it, as lines of canonical JSON."""
        from .overlay_lines import lines_of  # brings in the codec

        with self._lock:
            held = self._held(tenant)
            held.queue.expire(self.clock.now())
            theirs = self.parent.export(tenant)
            lines = [*lines_of(theirs, self._layers[tenant], held, self._feed.of(held.places))]
        yield from lines

    def restore(self, lines: Iterable[str], /) -> None:
        """Take in the lines of an export, all or nothing."""
        from .memory_lines import tenant_of

        lines = [*lines]
        name, _, _ = tenant_of(lines)
        if name in self.parent.tenants():
            raise ConflictError(f"tenant {name!r} is not empty here; restore into an empty one")
        super().restore(lines)

    # -- for branches of the branch --------------------------------------------------------------

    def edition(self, tenant: str, /) -> Hashable:
        """Return what changes whenever anything is written here or in the parent."""
        theirs = self.parent.edition(tenant)
        return None if theirs is None else (super().edition(tenant), theirs)

    def last_version(self, tenant: str, key: RowKey, /) -> int:
        """Return the last version of a row that was deleted; 0: there never was one."""
        return super().last_version(tenant, key) or self.parent.last_version(tenant, key)

    def looked_at(self, tenant: str, keys: Iterable[str], /) -> dict[str, Standing | Over]:
        """Return those of the due rows that are known, by key, also those that are over."""
        with self._lock:
            wanted = [*keys]
            return {**self._take(tenant, wanted), **super().looked_at(tenant, wanted)}

    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Return the due rows that somebody holds, and those that failed or are dead."""
        with self._lock:
            self._take_unsettled(tenant)
            return super().unsettled(tenant)

    def waiting(self, tenant: str, after: Place | None, limit: int, /) -> list[Standing]:
        """Return the due rows that wait, in order, from behind a place on, *limit* at most."""
        with self._lock:
            layer = self._take_unsettled(tenant)
            while True:
                rows = super().waiting(tenant, after, limit)
                if layer.ended or (len(rows) == limit and layer.reaches(rows[-1])):
                    return rows
                self._take_more(tenant, layer)


class LastingOverlay(OverlayStore):
    """Laid over a parent that lasts: to read it takes time, so async hosts call it in a thread.

    What the branch writes goes with the process all the same.
    """

    volatile: ClassVar[bool] = False
