"""Through a whole firm: whom a command asks, tells and warns, and nobody twice."""

from typing import ClassVar

import pytest

from pipeflow import (
    CreateInvoice,
    CreateTask,
    InvoiceTemplate,
    ItemKind,
    ItemState,
    OrganizerSubmitted,
    Ref,
    Rejected,
    Settings,
    Stage,
    Warned,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.errors import UnavailableError
from pipeflow.ports import Authorizer, Changes, DueState, Over
from tests.faults.offices import Failing
from tests.firms import DAILY, DONE, FEE, PREPARE, REVIEW, begun, events, now, opened


class Asked(Authorizer):
    """Lets everybody act, and remembers what it was asked about."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.about: list[str] = []

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Say yes."""
        self.about.append(about)
        return True


def test_an_authorizer_is_asked_once_about_each_job() -> None:
    """A fact reaches both jobs of a document; an authorizer may be slow, or keep a log."""
    authorizer = Asked()
    world = opened(Stage("Work"), DONE, authorizer=authorizer)
    jobs = [world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob")]
    for job in jobs:
        world.engine.link(job, Ref("documents", "d-1"), ItemKind.APPROVAL)

    world.engine.complete(now(world, jobs[0]).items[0], actor="mia")

    assert authorizer.about == [job.id for job in jobs]


def test_a_fact_warns_no_job_whose_thing_it_can_not_be_about() -> None:
    """One reference is an organizer here and a proposal there; the webhook means the first."""
    world = opened(Stage("Work"), DONE)
    ref = Ref("portal", "p-1")
    first, second = (world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob"))
    world.engine.link(first, ref, ItemKind.ORGANIZER)
    before = world.engine.link(second, ref, ItemKind.PROPOSAL)

    reached = world.engine.receive(ref, OrganizerSubmitted())

    assert [job.id for job in reached] == [first.id]
    assert now(world, first).items[0].state is ItemState.COMPLETED
    assert now(world, second) == before
    assert events(world, second, Warned) == []


def test_a_request_that_is_given_up_says_when() -> None:
    """Its row holds the instant of the last try, not of the one for which it was planned."""
    world, job = begun(Stage("Work"), Stage("Next", [CreateTask(PREPARE)]), DONE)
    world.tasks.fail_next(OSError("away"))
    world.tasks.fail_next(Rejected("no such list"))
    world.engine.move(job, "Next")

    world.clock.advance(days=1)
    world.engine.tick()

    (failed,) = world.store.parked("default").rows
    assert failed.at == world.clock.now()


def test_a_reminder_that_is_given_up_says_when() -> None:
    """It was due in the morning, and could not be worked out in the evening."""
    store = Failing()
    bill = Stage("Work", [CreateInvoice(FEE, reminders=DAILY)])
    world = opened(bill, DONE, store=store, settings=Settings(attempts=1))
    world.engine.start("tax", world.account())
    world.clock.advance(days=1, hours=8)
    store.errors = [UnavailableError("away")]

    world.engine.tick()

    (failed,) = world.store.parked("default").rows
    assert (failed.state, failed.at) == (DueState.DEAD, world.clock.now())


class Careful(MemoryStore):
    """A store that outlives its process, and notes which commits must outlast a power cut."""

    volatile: ClassVar[bool] = False

    def __init__(self) -> None:
        """Begin with nothing committed."""
        super().__init__()
        self.durable: list[bool] = []

    def commit(self, changes: Changes, /) -> bool:
        """Note it, and commit."""
        self.durable.append(changes.durable)
        return super().commit(changes)


@pytest.mark.parametrize(("paid", "durable"), [(False, [True, False]), (True, [True, True])])
def test_a_receipt_need_not_outlast_a_power_cut_unless_it_completes(
    paid: bool, durable: list[bool]
) -> None:
    """A lost one comes again under its key; what it completed is what people were told."""
    store = Careful()
    bill = InvoiceTemplate("Bill", lines=FEE.lines, on_account=True)
    world = opened(Stage("Work", [CreateInvoice(bill)]), DONE, store=store, more=[bill])
    client = world.account()
    world.invoices.credit = {client.id} if paid else set()
    store.durable.clear()

    world.engine.start("tax", client)

    assert store.durable == durable


@pytest.mark.memory
def test_receipts_do_not_wait_until_their_leases_end() -> None:
    """A slow port answers a long pass; what it did first is kept before another would do it."""
    tasks = [CreateTask(REVIEW, id=f"task-{number}") for number in range(5)]
    world = opened(Stage("Work", tasks), DONE)
    keys = [f"default/job-1/1/{task.id}" for task in tasks]
    kept: list[int] = []

    def slow(_: object) -> bool:
        """Take a third of a lease, nearly, and look what is kept so far."""
        kept.append(sum(isinstance(world.store.due("default", key), Over) for key in keys))
        world.clock.set(world.clock.now() + Settings().lease * 0.3)
        return False

    world.tasks.fail_when(slow, OSError("never"))
    world.engine.start("tax", world.account())

    assert kept == [0, 0, 2, 2, 4]
    assert len(world.tasks.created) == 5


def test_receipts_of_two_firms_are_each_kept_by_their_own() -> None:
    """A port of one firm starts a job in both, and what the ports answer comes in one pass."""
    stages = Stage("Work", [CreateTask(REVIEW)]), DONE
    ours, theirs = opened(*stages), opened(*stages)
    firms = [(ours, ours.account()), (theirs, theirs.account())]
    first: list[object] = []

    def starts(request: object) -> bool:
        """Start a job in both firms, once."""
        if not first:
            first.append(request)
            for world, client in firms:
                world.engine.start("tax", client)
        return False

    ours.tasks.fail_when(starts, OSError("never"))
    ours.engine.start("tax", firms[0][1])

    made = [[item.ref for job in world.engine.jobs() for item in job.items] for world, _ in firms]
    assert made == [[Ref("tasks", "task-1"), Ref("tasks", "task-2")], [Ref("tasks", "task-1")]]


def test_a_tick_inside_a_port_forgets_nothing() -> None:
    """The call around it may still look at what is over; the next tick of its own forgets it."""
    world, job = begun(Stage("Work", [CreateTask(REVIEW)]), Stage("Next", [CreateTask(PREPARE)]))
    key = "default/job-1/1/create-task-review"
    years = world.clock.now() + Settings().forget_after * 2

    world.tasks.fail_when(lambda _: not world.engine.tick(now=years) and False, OSError("never"))
    world.engine.move(job, "Next")
    then = world.store.due("default", key)
    world.engine.tick(now=years)

    assert isinstance(then, Over)
    assert world.store.due("default", key) is None
