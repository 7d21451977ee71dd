"""What these tests share: templates that go, workers that die, stores that fail or count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from pipeflow import Engine, Event, Item, ItemState, Job, Ports
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Authorizer, Changes, Claim, Intent, Read, RowKey, Settle
from pipeflow.testing import FakeInvoices, FakePort, World

__all__ = [
    "Counting",
    "Failing",
    "Policy",
    "born_done",
    "engine_on",
    "lose_stage",
    "lose_template",
    "newest",
    "ports_of",
    "told",
    "worker_takes",
]


class Policy(Authorizer):
    """Goes by all that somebody wants to do, and notes what it was asked; everybody may."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.asked: list[Intent] = []

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Never be asked: `may` knows more."""
        raise AssertionError

    def may(self, intent: Intent, /) -> bool:
        """Note it, and go by `allows`."""
        self.asked.append(intent)
        return self.allows(intent)

    def allows(self, intent: Intent) -> bool:
        """Say yes."""
        return True


def lose_template(world: World, template: str) -> None:
    """Let a template be gone, as after a restore of an older package."""
    key = RowKey("template", template)
    version = world.store.read("default", [key]).rows[key].version
    world.store.commit(Changes("default", {key: version}, deletes=(key,)))


def lose_stage(world: World, pipeline: str, stage: str) -> None:
    """Let a stage be gone to which another pipeline leads, as an older version let it go."""
    key, firm = RowKey("pipeline", pipeline), RowKey("firm", "")
    rows = world.store.read("default", [key, firm]).rows
    left = {key: rows[key].value.remove_stage(stage), firm: rows[firm].value}
    world.store.commit(Changes("default", {one: rows[one].version for one in left}, puts=left))


def born_done(patch: pytest.MonkeyPatch) -> None:
    """Let every port answer that the thing is done at birth."""
    for kind in (FakePort, FakeInvoices):
        patch.setattr(kind, "_completes", lambda self, request: True)


def ports_of(world: World) -> Ports:
    """Return the fakes of a world, for another engine."""
    return Ports(
        email=world.email,
        messages=world.messages,
        invoices=world.invoices,
        organizers=world.organizers,
        proposals=world.proposals,
        tasks=world.tasks,
        folders=world.folders,
        requests=world.requests,
        notices=world.notices,
    )


def engine_on(world: World, **given: Any) -> Engine:
    """Return one more engine on the store of a world, with its clock, ids and fakes."""
    keywords = {"ports": ports_of(world), "ids": world.ids, **given}
    return Engine(store=world.store, clock=world.clock, **keywords)


def newest(job: Job, name: str) -> Item:
    """Return the newest item of that name, an open one before others."""
    named = [item for item in job.items if name in (item.name, item.id)]
    waiting = [item for item in named if item.state is ItemState.PENDING]
    return (waiting or named)[-1]


def told(events: Iterable[Event], *kinds: type[Event]) -> list[str]:
    """Return what the events of these kinds say."""
    return [event.sentence() for event in events if isinstance(event, kinds)]


def worker_takes(world: World, *keys: str, lease: timedelta = timedelta(minutes=1)) -> list[Claim]:
    """Let another worker take what is due (or these keys), and then say nothing any more."""
    return world.store.claim(
        "another worker",
        lease,
        1000,
        due=world.clock.now(),
        tenant="default",
        keys=keys or None,
    )


class Failing(MemoryStore):
    """A store that fails when told to: before it acts, so that nothing is written."""

    def __init__(self) -> None:
        """Begin whole."""
        super().__init__()
        self.errors: list[BaseException | None] = []
        self.before: list[Callable[[], object]] = []

    def commit(self, changes: Changes, /) -> bool:
        """Let something happen, or fail; else commit."""
        if self.before:
            self.before.pop(0)()
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error
        return super().commit(changes)

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Fail, or settle."""
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error
        return super().settle(tenant, settle)


class Counting(MemoryStore):
    """A store that counts its calls, and the rows that they handed over."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    @contextmanager
    def counted(self) -> Iterator[tuple[Counter[str], Counter[str]]]:
        """Count what is done inside, from nothing."""
        self.calls, self.rows = Counter(), Counter()
        yield self.calls, self.rows

    def read(self, tenant: str, keys: Iterable[RowKey], /, **more: Any) -> Read:
        """Count the rows."""
        found = super().read(tenant, keys, **more)
        self.calls["read"] += 1
        self.rows.update(f"{key.kind}s" for key in found.rows)
        return found

    def find(self, tenant: str, query: Any, /, **more: Any) -> Any:
        """Count the rows."""
        page = super().find(tenant, query, **more)
        self.calls["find"] += 1
        self.rows.update(f"{key.kind}s" for key, _ in page.rows)
        return page

    def parked(self, tenant: str, /, **more: Any) -> Any:
        """Count the rows."""
        page = super().parked(tenant, **more)
        self.calls["parked"] += 1
        self.rows["parked"] += len(page.rows)
        return page

    def history(self, tenant: str, key: RowKey, /, **more: Any) -> Any:
        """Count the chapters."""
        page = super().history(tenant, key, **more)
        self.calls["history"] += 1
        self.rows["chapters"] += len(page.rows)
        return page

    def ids(self, tenant: str, kind: str, /, **more: Any) -> tuple[str, ...]:
        """Count the ids."""
        found = super().ids(tenant, kind, **more)
        self.calls["ids"] += 1
        self.rows["ids"] += len(found)
        return found

    def commit(self, changes: Changes, /) -> bool:
        """Count the commit, and the rows that it writes."""
        self.calls["commit"] += 1
        self.rows["put"] += len(changes.puts)
        return super().commit(changes)
