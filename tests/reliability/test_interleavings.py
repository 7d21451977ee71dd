"""Three threads on two engines and one store, in hundreds of orders: no update is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from pipeflow import (
    DefinitionError,
    DocumentApproved,
    Engine,
    ItemState,
    Money,
    NotAllowedError,
    NotFoundError,
    PaymentReceived,
    Ports,
    Ref,
)
from pipeflow.model.items import InvoiceState
from pipeflow.ports import RowKey
from pipeflow.testing import World
from tests.reliability.chance import Random, seeded
from tests.reliability.scheduling import Scheduled, Turns
from tests.reliability.walking import check, fact, opened

REFUSED = (NotAllowedError, NotFoundError, DefinitionError)
OPERATIONS = (
    *["record"] * 4, *["move", "link", "unlink", "tick", "tag", "status", "transfer", "retry"],
    *["pay", "approve", "share", "webhook", "pass"],
)  # fmt: skip
SECOND = timedelta(seconds=1)
DOLLAR = Money("1", "USD")
SHARED = Ref("documents", "shared")


class Office:
    """A firm with two jobs, in which three workers are busy at once."""

    def __init__(self, seed: int) -> None:
        """Open it; reminders come by the second, and a port is down now and then."""
        chance = seeded(seed)
        self.seed = seed
        self.store = Scheduled()
        self.world: World = opened(chance, self.store, SECOND)
        self.engine = self.world.engine
        self.jobs = [self.engine.start("p", "a").id for _ in range(2)]
        self.job = self.jobs[0]
        self.engine.link(self.job, Ref("invoices", "big"), "invoice", total=Money("999", "USD"))
        self.invoice = self.engine.job(self.job).item("big").id
        self.errors = chance.randint(0, 2)
        self.world.tasks.fail_next(ConnectionError("down"), times=self.errors)
        self.paid, self.tags, self.links = 0, set[str](), set[str]()

    def elsewhere(self) -> Engine:
        """Return another process's engine on the same store, with the same ports."""
        world = self.world
        return Engine(
            ports=Ports(
                email=world.email,
                messages=world.messages,
                invoices=world.invoices,
                organizers=world.organizers,
                proposals=world.proposals,
                tasks=world.tasks,
            ),
            store=self.store,
            clock=world.clock,
        )

    def work(self) -> None:
        """Let the workers work, in the order that the seed draws."""
        other = self.elsewhere()
        self.store.turns = turns = Turns(seeded(self.seed))
        engines = (self.engine, other, self.engine)
        turns.run([self.worker(number, engine) for number, engine in enumerate(engines)])
        self.store.turns = None

    def worker(self, number: int, engine: Engine) -> Callable[[], None]:
        """Return what a worker does: six operations of chance."""
        chance = seeded(self.seed * 7 + number)

        def busy() -> None:
            for count in range(6):
                with suppress(*REFUSED):
                    self.operate(engine, chance, f"{number}-{count}")

        return busy

    def operate(self, engine: Engine, chance: Random, name: str) -> None:
        """Do one thing, and note it where it must still be there in the end."""
        operation = chance.choice(OPERATIONS)
        job = engine.job(chance.choice(self.jobs))
        ours = [item for item in job.items[-4:] if item.id != self.invoice]
        item = chance.choice(ours) if ours else None
        match operation:
            case "record" if item is not None:
                engine.record(item, fact(chance, item.kind))
            case "unlink" if item is not None:
                engine.unlink(job, item)
            case "move":
                engine.move(job, chance.choice(engine.pipeline(job.pipeline).stages))
            case "status":
                engine.set_status(job, chance.choice(["Active", "Active", "On hold", "Archived"]))
            case "transfer":
                engine.transfer(job, chance.choice("pq"))
            case "tick":
                engine.tick()
            case "retry":
                for failure in engine.failures():
                    engine.retry(failure.key)
            case "pass":
                self.world.clock.advance(minutes=0.05)
            case "pay":
                engine.record(self.invoice, PaymentReceived(DOLLAR))
                self.paid += 1
            case "tag":
                engine.tag("b", add={name})
                self.tags.add(name)
            case "link":
                engine.link(job, Ref("documents", name), "approval")
                self.links.add(name)
            case "share":
                engine.link(job, SHARED, "approval")
            case "approve" | "webhook":
                engine.receive(SHARED, DocumentApproved())
            case _:
                pass


@pytest.mark.parametrize("first", range(0, 300, 100))
def test_no_order_of_three_workers_loses_an_update(first: int) -> None:
    """Every answered command has its effect in the end, whoever came in between.

    Versions are gapless, the history explains the state, and what was due was done once.
    """
    conflicts = 0
    for seed in range(first, first + 100):
        office = Office(seed)
        office.work()
        conflicts += office.store.conflicts
        engine, world = office.engine, office.world

        versions: dict[RowKey, list[int]] = {}
        for key, replaced in office.store.written:
            versions.setdefault(key, []).append(replaced)
        assert all(found == [*range(len(found))] for found in versions.values()), seed

        check(world, office.jobs)
        progress = engine.job(office.job).item(office.invoice).progress
        assert isinstance(progress, InvoiceState)
        assert progress.paid() == DOLLAR * office.paid, seed
        assert office.tags <= engine.account("b").tags, seed
        linked = {item.name for id in office.jobs for item in engine.job(id).items}
        assert office.links <= linked, seed

        ports = (
            world.email, world.messages, world.invoices, world.organizers, world.proposals,
            world.tasks,
        )  # fmt: skip
        for port in ports:
            failed = office.errors if port is world.tasks else 0
            again = sum((Counter(port.attempts) - Counter({*port.attempts})).values())
            assert again <= failed, seed
    assert conflicts > 50


def test_a_shared_document_is_approved_on_all_its_jobs_or_on_none() -> None:
    """Whoever links it while it is approved does not stay behind with it open."""
    for seed in range(100):
        office = Office(seed)
        for id in office.jobs:
            office.engine.set_status(id, "On hold")
        other = office.elsewhere()
        office.engine.link(office.jobs[0], SHARED, "approval")
        office.store.turns = turns = Turns(seeded(seed))
        turns.run(
            [
                lambda o=office: o.engine.link(o.jobs[1], SHARED, "approval"),  # type: ignore[misc]
                lambda e=other: e.receive(SHARED, DocumentApproved()),  # type: ignore[misc]
                lambda o=office: o.engine.tag("a", add={"busy"}),  # type: ignore[misc]
            ]
        )
        office.store.turns = None

        states = {office.engine.job(id).item("shared").state for id in office.jobs}
        assert states == {ItemState.COMPLETED}, seed
        check(office.world, office.jobs)
