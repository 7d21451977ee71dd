"""Broken branches, each in one thing: what the contract of stores must see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any

from pipeflow.model.record import replaced
from pipeflow.ports import Changes, Over, Page, Query, RowKey, Standing, Stored
from tests.adapters.sunk import Sunk

__all__ = ["BROKEN"]

BROKEN: list[type[Sunk]] = []


class Mutant(Sunk):
    """A branch that is broken in one thing."""

    def __init_subclass__(cls) -> None:
        """Note it."""
        BROKEN.append(cls)


class Blind(Mutant):
    """Sees no row of its parent."""

    def _look(self, tenant: str, keys: Iterable[RowKey]) -> dict[RowKey, Stored]:
        return {}


class Haunted(Mutant):
    """Lists what the branch has deleted."""

    def _hidden(self, tenant: str, kind: str) -> set[str]:
        return {*self._held(tenant).rows[kind]}


class Doubled(Mutant):
    """Lists what the branch has written as the parent has it too."""

    def _hidden(self, tenant: str, kind: str) -> set[str]:
        return {key.id for key in self._held(tenant).gone if key.kind == kind}


class Resurrecting(Mutant):
    """Reads in the parent what the branch has deleted."""

    def _rows(self, tenant: str, keys: Iterable[RowKey]) -> dict[RowKey, Stored]:
        wanted = [*keys]
        found = super()._rows(tenant, wanted)
        return found | self.parent.read(tenant, [k for k in wanted if k not in found]).rows


class Renewing(Mutant):
    """Counts the versions of what comes again from the beginning."""

    def last_version(self, tenant: str, key: RowKey, /) -> int:
        """Forget."""
        return 0


class Obedient(Mutant):
    """Carries out again what was carried out in the parent."""

    def _answer(self, tenant: str, command_id: str) -> Stored | None:
        return self._held(tenant).answer(command_id)


class Trusting(Mutant):
    """Checks no version of what it has not written itself."""

    def _take_rows(self, changes: Changes) -> dict[RowKey, int]:
        there = self._rows(changes.tenant, changes.expect)
        versions = {key: there[key].version if key in there else 0 for key in changes.expect}
        held = self._held(changes.tenant)
        own = {k: v for k, v in changes.expect.items() if k[1] in held.rows[k[0]] or k in held.gone}
        return super()._take_rows(_with(changes, {**versions, **own}))


class Unaware(Mutant):
    """Looks only at its own where there must be none."""

    def _theirs(
        self, tenant: str, query: Query, start: str | None = None, limit: int | None = 0
    ) -> Any:
        listed = limit != 0  # whoever looks for what must not be there says nothing
        return super()._theirs(tenant, query, start, limit) if listed else iter(())


class Idle(Mutant):
    """Leaves to its parent what is due there."""

    def _take_until(self, tenant: str, at: datetime) -> None:
        """Do nothing."""


class Asleep(Mutant):
    """Does not know when something of its parent is due next."""

    def _next_of(self, tenant: str, asks: AbstractSet[str] | None) -> datetime | None:
        held = self._held(tenant).queue
        return min(held.instants(asks), default=None)


class Greedy(Mutant):
    """Takes what somebody holds in the parent."""

    def looked_at(self, tenant: str, keys: Iterable[str], /) -> dict[str, Standing | Over]:
        """Let leases be over."""
        return {key: _freed(one) for key, one in super().looked_at(tenant, keys).items()}

    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Let leases be over."""
        return [_freed(one) for one in super().unsettled(tenant)]


class Careless(Mutant):
    """Forgets what is held in its parent, and what failed there."""

    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Forget."""
        return []


class Uncounted(Mutant):
    """Forgets the calls of its parent."""

    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Forget."""
        return [one._replace(attempt=0) for one in super().unsettled(tenant)]


class Insistent(Mutant):
    """Forgets what was withdrawn in its parent."""

    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Forget."""
        return [one._replace(withdrawn=False) for one in super().unsettled(tenant)]


class Disorderly(Mutant):
    """Takes the last rows over first."""

    def waiting(self, tenant: str, after: Any, limit: int, /) -> list[Standing]:
        """Leave out the first."""
        return super().waiting(tenant, after, limit)[1:]


class Repeating(Mutant):
    """Asks again for what is over in its parent."""

    def _take(self, tenant: str, keys: Iterable[str]) -> dict[str, Over]:
        super()._take(tenant, keys)
        return {}


class Incurious(Mutant):
    """Knows nothing of its parent's due rows by their keys."""

    def _take(self, tenant: str, keys: Iterable[str]) -> dict[str, Over]:
        return {}


class Talkative(Mutant):
    """Tells in the feed what was erased."""

    def _chapters(self, tenant: str, key: RowKey) -> tuple[Any, ...]:
        return ()


class Forgetful(Mutant):
    """Tells nothing of what happened before it."""

    def history(self, tenant: str, key: RowKey, /, **more: Any) -> Page:
        """Tell the branch's own."""
        self._layers[tenant].erased.add(key)
        return super().history(tenant, key, **more)


class Silent(Mutant):
    """Leaves its parent out of the feed."""

    def _tell(self, rows: Any, tenant: Any, after: str, limit: int, *, newest: bool) -> str:
        return after


class Miscounting(Mutant):
    """Counts what the branch has written as the parent has it too."""

    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Add up."""
        theirs = {**self.parent.count(tenant, query, by)}
        index = self._tenants[tenant].index(query.kind)
        mine = {} if index is None else index.counts(Query(query.kind), by)
        for term, number in mine.items():
            theirs[term] = theirs.get(term, 0) + number
        return theirs


class Halved(Mutant):
    """Takes over of a job that leaves only what is due at once."""

    def _take_all(self, tenant: str) -> None:
        self._take_unsettled(tenant)


class Secretive(Mutant):
    """Knows nothing of the firms of its parent."""

    def tenants(self) -> Any:
        """Tell the branch's own."""
        return iter(sorted(name for name, held in self._tenants.items() if not held.is_empty))


class Shared(Mutant):
    """Exports what its parent has."""

    def export(self, tenant: str, /) -> Any:
        """Tell only that."""
        return self.parent.export(tenant)


class Everlasting(Mutant):
    """Lets leases of its parent begin anew when they are looked at."""

    def unsettled(self, tenant: str, /) -> list[Standing]:
        """Lengthen them."""
        return [
            one if one.left is None else one._replace(left=timedelta(hours=1))
            for one in super().unsettled(tenant)
        ]


def _with(changes: Changes, expect: dict[RowKey, int]) -> Changes:
    return replaced(changes, expect=expect)


def _freed(one: Any) -> Any:
    return one._replace(left=timedelta(0)) if getattr(one, "left", None) is not None else one
