"""Three threads on two engines and one store, in hundreds of orders: no update is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from pipeflow import (
    DefinitionError,
    DocumentApproved,
    DocumentDisapproved,
    Engine,
    ItemState,
    Money,
    NotAllowedError,
    NotFoundError,
    PaymentReceived,
    Ports,
    Receipt,
    Ref,
    RequestDelivered,
)
from pipeflow.model.items import InvoiceState
from pipeflow.ports import RowKey
from pipeflow.testing import World
from pipeflow.testing.fakes import FakePort
from tests.reliability.chance import Random, seeded
from tests.reliability.scheduling import Lasting, Scheduled, Turns
from tests.reliability.walking import check, fact, opened

REFUSED = (NotAllowedError, NotFoundError, DefinitionError)
OPERATIONS = (
    *["record"] * 4, *["move", "link", "unlink", "tick", "tag", "status", "transfer", "retry"],
    *["pay", "approve", "share", "webhook", "pass"],
)  # fmt: skip
SECOND = timedelta(seconds=1)
DOLLAR = Money("1", "USD")
PAYMENT = PaymentReceived(DOLLAR)
SHARED = Ref("documents", "shared")


class Office:
    """A firm with two jobs, in which three workers are busy at once."""

    def __init__(self, seed: int) -> None:
        """Open it; reminders come by the second, and a port is down now and then."""
        chance = seeded(seed)
        self.seed = seed
        self.store = Lasting() if seed % 2 else Scheduled()
        self.world: World = opened(chance, self.store, SECOND)
        self.engine = self.world.engine
        self.jobs = [self.engine.start("p", "a").id for _ in range(2)]
        self.job = self.jobs[0]
        self.engine.link(self.job, Ref("invoices", "big"), "invoice", total=Money("999", "USD"))
        self.invoice = self.engine.job(self.job).item("big").id
        self.errors = chance.randint(0, 2)
        self.world.tasks.fail_next(ConnectionError("down"), times=self.errors)
        self.paid, self.tags, self.links = 0, set[str](), set[str]()
        self.operations = OPERATIONS

    @property
    def ports(self) -> tuple[FakePort[Any], ...]:
        """The ports that are asked for anything."""
        world = self.world
        return (
            world.email, world.messages, world.invoices, world.organizers, world.proposals,
            world.tasks,
        )  # fmt: skip

    def be_slow(self) -> None:
        """Let others go on while a port is asked, and leases run out meanwhile."""
        self.operations = (*OPERATIONS, *["silence", "tick"] * 4)
        for port in self.ports:
            port.take = _slowly(self.store, port.take)  # type: ignore[assignment,method-assign]

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
        """Let three workers do what they draw."""
        engines = (self.engine, self.elsewhere(), self.engine)
        self.at_once(*(self.worker(number, engine) for number, engine in enumerate(engines)))

    def at_once(self, *works: Callable[[], object]) -> None:
        """Do several things at once, in the order that the seed draws."""
        self.store.turns = Turns(seeded(self.seed))
        self.store.turns.run(works)
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
        operation = chance.choice(self.operations)
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
            case "pass" | "silence":
                self.world.clock.advance(minutes=2 if operation == "silence" else 0.05)
            case "pay":
                engine.record(self.invoice, PAYMENT)
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
        conflicts += office.store.refused["ConflictError"]
        engine, world = office.engine, office.world

        assert gapless(office.store), seed
        check(world, office.jobs)
        progress = engine.job(office.job).item(office.invoice).progress
        assert isinstance(progress, InvoiceState)
        assert progress.paid() == DOLLAR * office.paid, seed
        assert office.tags <= engine.account("b").tags, seed
        linked = {item.name for id in office.jobs for item in engine.job(id).items}
        assert office.links <= linked, seed

        for port in office.ports:
            failed = office.errors if port is world.tasks else 0
            again = sum((Counter(port.attempts) - Counter({*port.attempts})).values())
            assert again <= failed, seed
    assert conflicts > 50


def test_a_shared_document_is_approved_on_all_its_jobs() -> None:
    """Whoever links it while it is approved does not stay behind; nor when that is taken back."""
    for seed in range(150):
        office = Office(seed)
        engine, other = office.engine, office.elsewhere()
        office.jobs.append(engine.start("p", "b").id)
        first, second, third = office.jobs
        for id in office.jobs:
            engine.set_status(id, "On hold")
        item = engine.link(first, SHARED, "approval").item("shared").id
        by_item, by_ref = partial(other.record, item), partial(other.receive, SHARED)

        office.at_once(
            partial(engine.link, second, SHARED, "approval"),
            partial(engine.link, third, SHARED, "approval"),
            partial(by_item if seed % 2 else by_ref, DocumentApproved()),
        )

        assert states(office) == {ItemState.COMPLETED}, seed
        engine.receive(SHARED, DocumentDisapproved())
        assert states(office) == {ItemState.PENDING}, seed
        check(office.world, office.jobs)


def test_a_command_that_is_sent_twice_at_once_acts_once() -> None:
    """Each sender gets the same answer, whoever was first."""
    for seed in range(100):
        office = Office(seed)
        engine, other = office.engine, office.elsewhere()
        before, started = len(engine.jobs()), list[str]()

        def send(worker: Engine, office: Office = office, started: list[str] = started) -> None:
            started.append(worker.start("p", "b", command_id="order-1").id)
            worker.record(office.invoice, PAYMENT, command_id="payment-1")

        office.at_once(*(partial(send, worker) for worker in (engine, other, engine)))

        assert len(engine.jobs()) == before + 1, seed
        assert len({*started}) == 1, seed
        progress = engine.job(office.job).item(office.invoice).progress
        assert isinstance(progress, InvoiceState)
        assert progress.paid() == DOLLAR, seed


def test_only_who_held_a_row_last_says_what_became_of_it() -> None:
    """Ports are slow, leases run out and others take over: who comes late changes nothing."""
    late = 0
    for seed in range(150):
        office = Office(seed)
        office.be_slow()
        office.work()
        late += office.store.refused["LeaseLostError"]

        assert office.store.stale == [], seed
        assert gapless(office.store), seed
        office.world.advance(days=1)
        check(office.world, office.jobs)
        for id in office.jobs:
            delivered = Counter(one.key for one in office.engine.history(id).of(RequestDelivered))
            assert all(times == 1 for times in delivered.values()), seed
    assert late > 5


def gapless(store: Scheduled) -> bool:
    """Tell whether each version of each row was replaced once, in order."""
    versions: dict[RowKey, list[int]] = {}
    for key, replaced in store.written:
        versions.setdefault(key, []).append(replaced)
    return all(found == [*range(len(found))] for found in versions.values())


def states(office: Office) -> set[ItemState]:
    """Return the states that the shared document has in the jobs."""
    return {office.engine.job(id).item("shared").state for id in office.jobs}


def _slowly(store: Scheduled, take: Callable[[Any], Receipt]) -> Callable[[Any], Receipt]:
    """Let others go on before and after a port acts."""

    def slow(request: Any) -> Receipt:
        store.step()
        receipt = take(request)
        store.step()
        return receipt

    return slow
