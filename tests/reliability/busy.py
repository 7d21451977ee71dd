"""A firm in which three workers are busy at once, on engines and stores of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

from pipeflow import (
    DefinitionError,
    DocumentApproved,
    Engine,
    ItemState,
    Money,
    NotAllowedError,
    NotFoundError,
    PaymentReceived,
    Receipt,
    Ref,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.model.items import InvoiceState
from pipeflow.ports import Store
from pipeflow.testing import World
from pipeflow.testing.fakes import FakePort
from tests.faults.offices import ports_of
from tests.reliability.chance import Random, seeded
from tests.reliability.scheduling import Notes, Passing, Scheduled, Turns
from tests.reliability.walking import fact, opened

__all__ = ["DOLLAR", "PAYMENT", "SHARED", "Kept", "KeptInFile", "Office"]

REFUSED = (NotAllowedError, NotFoundError, DefinitionError)
OPERATIONS = (
    *["record"] * 4, *["move", "link", "unlink", "tick", "tag", "status", "transfer", "retry"],
    *["pay", "approve", "share", "webhook", "pass"],
)  # fmt: skip
SECOND = timedelta(seconds=1)
DOLLAR = Money("1", "USD")
PAYMENT = PaymentReceived(DOLLAR)
SHARED = Ref("documents", "shared")


class Kept:
    """What a firm is kept in, for all its engines: one store in memory."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._store = MemoryStore()

    def opened(self) -> Store:
        """Open it for one more engine."""
        return self._store

    def passes(self, seed: int) -> bool:
        """Tell whether it goes with its engines."""
        return seed % 2 == 0


class KeptInFile(Kept):
    """A file, and for each engine a store of its own."""

    def __init__(
        self, *, multiprocess: bool = False, kind: type[SqliteStore] = SqliteStore
    ) -> None:
        """Begin with no file in a folder of its own."""
        folder = mkdtemp(prefix="pipeflow-")
        finalize(self, rmtree, folder, ignore_errors=True)
        self._kind, self._multiprocess = kind, multiprocess
        self._path = Path(folder, "firm.db")

    def opened(self) -> Store:
        """Open it for one more engine."""
        store = self._kind(self._path, multiprocess=self._multiprocess)
        store._file.synchronous = "off"  # nobody cuts the power here
        return store

    def passes(self, seed: int) -> bool:
        """Say that it lasts."""
        return False


class Office:
    """A firm with two jobs, in which three workers are busy at once."""

    def __init__(self, seed: int, kept: Kept, engines: type[Engine] = Engine) -> None:
        """Open it; reminders come by the second, and a port is down now and then."""
        chance = seeded(seed)
        self.seed = seed
        self.notes, self._kept, self._engines = Notes(), kept, engines
        self.store = self._opened()
        self.world: World = opened(chance, self.store, SECOND)
        self.store.inner.clock = self.world.clock
        self.engine = self.world.engine if engines is Engine else self.elsewhere()
        self.jobs = [self.engine.start("p", "a").id for _ in range(2)]
        self.job = self.jobs[0]
        self.engine.link(self.job, Ref("invoices", "big"), "invoice", total=Money("999", "USD"))
        self.invoice = self.engine.job(self.job).item("big").id
        self.errors = chance.randint(0, 2)
        self.world.tasks.fail_next(ConnectionError("down"), times=self.errors)
        self.paid, self.tags, self.links = 0, set[str](), set[str]()
        self.operations = OPERATIONS

    def _opened(self) -> Scheduled:
        """Open what the firm is kept in, as one more process does."""
        kind = Passing if self._kept.passes(self.seed) else Scheduled
        return kind(self._kept.opened(), self.notes)

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
        self.operations = (*OPERATIONS, *["silence", "tick"] * 8)
        for port in self.ports:
            port.take = _slowly(self.notes, port.take)  # type: ignore[assignment,method-assign]

    def elsewhere(self) -> Engine:
        """Return another process's engine on the same firm, with the same ports."""
        world, store = self.world, self._opened()
        store.inner.clock = world.clock
        return self._engines(
            ports=ports_of(world),
            store=store,
            clock=world.clock,
        )

    def work(self) -> None:
        """Let three workers do what they draw."""
        engines = (self.engine, self.elsewhere(), self.engine)
        self.at_once(*(self.worker(number, engine) for number, engine in enumerate(engines)))

    def at_once(self, *works: Callable[[], object]) -> None:
        """Do several things at once, in the order that the seed draws."""
        self.notes.turns = Turns(seeded(self.seed))
        self.notes.turns.run(works)
        self.notes.turns = None

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

    def states(self) -> set[ItemState]:
        """Return the states that the shared document has in the jobs."""
        return {self.engine.job(id).item("shared").state for id in self.jobs}

    def paid_so_far(self) -> Money | None:
        """Return what was paid on the big invoice."""
        progress = self.engine.job(self.job).item(self.invoice).progress
        assert isinstance(progress, InvoiceState)
        return progress.paid()


def _slowly(notes: Notes, take: Callable[[Any], Receipt]) -> Callable[[Any], Receipt]:
    """Let others go on before and after a port acts."""

    def slow(request: Any) -> Receipt:
        notes.step()
        receipt = take(request)
        notes.step()
        return receipt

    return slow
