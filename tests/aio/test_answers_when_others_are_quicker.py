"""What a call answers when a listener changes, moves or deletes its job before it returns.

The plain engine and the async one are asked the same, of firms that are alike, and answer alike.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import attrs
import pytest

from pipeflow import (
    Account,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Engine,
    Event,
    Job,
    JobStarted,
    Member,
    OrganizerTemplate,
    Pipeline,
    Receipt,
    Ref,
    Stage,
    TaskCompleted,
)
from pipeflow.aio import AsyncEngine
from pipeflow.engine import Done
from pipeflow.ports import Ports, Rejected
from pipeflow.testing import World
from tests.aio.offices import TASK
from tests.firms import DAILY, DONE, FEE, ORGANIZER, PREPARE, TEMPLATES

pytestmark = pytest.mark.anyio

JOB, PREPARED, FORM = "job-1", "job-1/1", "job-1/2"
DAY = date(2027, 3, 1)
WORK = Stage("Work", [CreateTask(PREPARE), CreateOrganizer(ORGANIZER, reminders=DAILY)])
BILL = Stage("Bill", [CreateInvoice(FEE)])
TAX = Pipeline("Tax", [WORK, BILL, DONE])
ELSE = Pipeline("Else", [Stage("Rest"), DONE])

Make: TypeAlias = Callable[[Any], Any]  # a call, of either engine
Prepare: TypeAlias = Callable[[World], object]


def nothing(world: World) -> None:
    """Leave the job as it was started."""


def edited(world: World) -> Any:
    """Plan an edit that moves the job."""
    return world.engine.plan(world.engine.pipeline("tax").remove_stage("Work"), stages=TO_BILL)


def rewritten(world: World) -> None:
    """Change the form that the client has."""
    form = world.engine.template("organizer")
    assert isinstance(form, OrganizerTemplate)
    world.engine.save(attrs.evolve(form, questions=form.questions[:2]))


TO_BILL = {"Work": "Bill"}

# By the name of the call: what was done before it, and the call itself.
CALLS: dict[str, tuple[Prepare, Make]] = {
    "move": (nothing, lambda it: it.move(JOB, "Bill")),
    "transfer": (nothing, lambda it: it.transfer(JOB, "else")),
    "reevaluate": (nothing, lambda it: it.reevaluate(JOB)),
    "record": (nothing, lambda it: it.record(PREPARED, TaskCompleted())),
    "receive": (nothing, lambda it: it.receive(Ref("tasks", "task-1"), TaskCompleted())),
    "complete": (nothing, lambda it: it.complete(PREPARED)),
    "reopen": (lambda world: world.engine.complete(PREPARED), lambda it: it.reopen(PREPARED)),
    "set_status": (nothing, lambda it: it.set_status(JOB, "completed")),
    "archive": (nothing, lambda it: it.archive(JOB)),
    "restore": (lambda world: world.engine.archive(JOB), lambda it: it.restore(JOB)),
    "remind": (nothing, lambda it: it.remind(FORM)),
    "set_reminders": (nothing, lambda it: it.set_reminders(FORM, None)),
    "link": (nothing, lambda it: it.link(JOB, Ref("tasks", "t-9"))),
    "unlink": (nothing, lambda it: it.unlink(JOB, PREPARED)),
    "undo": (lambda world: world.engine.move(JOB, "Done"), lambda it: it.undo(JOB)),
    "edit": (nothing, lambda it: it.edit(JOB, comments="Mind the gap")),
    "reassign": (nothing, lambda it: it.reassign(PREPARED, ["mia"])),
    "reschedule": (nothing, lambda it: it.reschedule(PREPARED, DAY)),
    "pause": (nothing, lambda it: it.pause(JOB)),
    "resume": (lambda world: world.engine.pause(JOB), lambda it: it.resume(JOB)),
    "archive_many": (nothing, lambda it: it.archive_many([JOB])),
    "move_many": (nothing, lambda it: it.move_many([JOB], "Bill")),
    "edit_many": (nothing, lambda it: it.edit_many([JOB], comments="Mind the gap")),
    "update_organizers": (rewritten, lambda it: it.update_organizers("organizer")),
    "retry": (nothing, lambda it: it.retry(TASK)),
    "abandon": (nothing, lambda it: it.abandon(TASK)),
}  # fmt: skip
AFTER_A_FAILURE = {"retry", "abandon"}
UNEDITED = {"archive", "archive_many", "reevaluate"}  # refused, or there was nothing to tell


def firm(*, fails: bool = False, deliver: bool = True) -> World:
    """Return a firm with a job."""
    world = World(deliver=deliver)
    world.engine.save(*TEMPLATES, TAX, ELSE, Member("Mia"))
    if fails:
        world.tasks.fail_next(Rejected("no such list"))
    world.engine.start("tax", world.account())
    return world


def beside(world: World, *, deliver: bool = True) -> AsyncEngine:
    """Return an async engine of a firm."""
    names = ("email", "tasks", "invoices", "organizers")
    return AsyncEngine(
        ports=Ports(**{name: getattr(world, name) for name in names}),
        store=world.store,
        clock=world.clock,
        ids=world.ids,
        deliver=deliver,
    )


class Meddler:
    """A listener that does something to the first thing that it hears of, once."""

    def __init__(self, how: str, engine: Any) -> None:
        """Begin with nothing done."""
        self.how, self.engine, self.done = how, engine, False

    def hears(self, event: Event) -> bool:
        """Tell whether it is to act now."""
        first, self.done = not self.done and bool(getattr(event, "job", "")), True
        return first

    def tell(self, event: Any) -> None:
        """Act."""
        if self.hears(event):
            match self.how:
                case "deletes":
                    self.engine.archive(event.job)
                    self.engine.delete(self.engine.job(event.job))
                case "moves":
                    self.engine.transfer(event.job, "else", stage="Done")
                case _:
                    self.engine.edit(event.job, name="Theirs")

    async def told(self, event: Any) -> None:
        """Act, and await it."""
        if self.hears(event):
            match self.how:
                case "deletes":
                    await self.engine.archive(event.job)
                    await self.engine.delete(await self.engine.job(event.job))
                case "moves":
                    await self.engine.transfer(event.job, "else", stage="Done")
                case _:
                    await self.engine.edit(event.job, name="Theirs")


HOWS = ("edits", "moves", "deletes")


def asked(engine: Engine, how: str, make: Make) -> Any:
    """Return what the plain engine answers while a listener meddles."""
    engine.on(Event, Meddler(how, engine).tell)
    return make(engine)


async def awaited(engine: AsyncEngine, how: str, make: Make) -> Any:
    """Return what the async engine answers while a listener meddles."""
    engine.on(Event, Meddler(how, engine).told)
    return await make(engine)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("name", CALLS)
async def test_both_engines_answer_alike_when_a_listener_meddles(name: str, how: str) -> None:
    """A call that was carried out is answered, and never refused afterwards."""
    prepare, make = CALLS[name]
    one, other = (firm(fails=name in AFTER_A_FAILURE) for _ in range(2))
    prepare(one)
    prepare(other)

    expected = asked(one.engine, how, make)
    answer = await awaited(beside(other), how, make)

    assert answer == expected
    assert all(one.ok for one in several(expected) if isinstance(one, Done))
    assert [job.id for job in one.engine.jobs()] == [job.id for job in other.engine.jobs()]
    if how == "edits" and name not in UNEDITED:
        assert {job.name for job in _jobs_of(expected)} == {"Theirs"}


def several(answer: Any) -> list[Any]:
    """Return what was answered, as a list."""
    return answer if isinstance(answer, list) else [answer]


def _jobs_of(answer: Any) -> list[Job]:
    """Return the jobs of an answer."""
    jobs = (one if isinstance(one, Job) else getattr(one, "job", None) for one in several(answer))
    return [job for job in jobs if job is not None]


@pytest.mark.parametrize("how", HOWS)
async def test_a_plan_is_carried_out_alike(how: str) -> None:
    """Of the jobs that it moved those are told that are there yet."""
    one, other = firm(), firm()

    expected = asked(one.engine, how, lambda it: it.apply(edited(one)))
    answer = await awaited(beside(other), how, lambda it: it.apply(edited(other)))

    assert answer == expected
    assert len(answer.moved) == (how != "deletes")


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("fails", [False, True])
async def test_what_a_host_delivered_is_answered_alike(how: str, fails: bool) -> None:
    """With the job as it stands then, and with None where it was deleted."""

    def make(it: Any) -> Any:
        return it.failed(TASK, OSError("down")) if fails else it.delivered(TASK, Receipt("t-1"))

    one, other = firm(deliver=False), firm(deliver=False)
    one.engine.pending()
    other.engine.pending()

    expected = asked(one.engine, how, make)
    answer = await awaited(beside(other, deliver=False), how, make)

    assert answer == expected
    assert (answer is None) == (how == "deletes")


@pytest.mark.parametrize("how", HOWS)
async def test_each_of_many_starts_is_answered_with_as_it_was_started(how: str) -> None:
    """One job for each account, in their order, whatever becomes of it while others start."""

    def make(it: Any) -> Any:
        return it.start_many("tax", ["account-2", "account-3"])

    one, other = firm(), firm()
    for world in (one, other):
        world.account("Bob")
        world.account("Eve")

    expected = asked(one.engine, how, make)
    answer = await awaited(beside(other), how, make)

    assert answer == expected
    assert [job.account for job in answer] == ["account-2", "account-3"]


async def test_who_meddles_with_the_first_of_many_later_on_changes_no_answer() -> None:
    """Each is told as it stood when the next one began."""
    one, other = firm(), firm()
    engine = beside(other)

    def tell(event: JobStarted) -> None:
        if event.job == "job-3":
            one.engine.edit("job-2", name="Theirs")

    async def told(event: JobStarted) -> None:
        if event.job == "job-3":
            await engine.edit("job-2", name="Theirs")

    one.engine.on(JobStarted, tell)
    engine.on(JobStarted, told)
    expected = one.engine.start_many("tax", ["account-1", "account-1"])
    answer = await engine.start_many("tax", ["account-1", "account-1"])

    assert answer == expected
    assert [job.name for job in answer] == ["Tax", "Tax"]
    assert other.engine.job("job-2").name == "Theirs"


@pytest.mark.parametrize("many", [False, True])
async def test_an_account_that_a_listener_deletes_is_answered_with_as_it_was_left(
    many: bool,
) -> None:
    """Its tags were changed, and that is what was asked for."""

    def make(it: Any) -> Any:
        return it.tag_many(["account-2"], {"vip"}) if many else it.tag("account-2", {"vip"})

    one, other = firm(), firm()
    for world in (one, other):
        world.account("Bob")
    engine = beside(other)
    one.engine.on(Event, once(lambda: one.engine.delete(one.engine.account("account-2"))))
    other_done = list[bool]()

    async def deletes(_: Event) -> None:
        if not other_done:
            other_done.append(True)
            await engine.delete(await engine.account("account-2"))

    engine.on(Event, deletes)
    expected, answer = make(one.engine), await make(engine)

    assert answer == expected
    told = answer[0].account if many else answer
    assert isinstance(told, Account)
    assert told.tags == {"vip"}


def once(do: Callable[[], object]) -> Callable[[Event], None]:
    """Return a listener that does something at the first event."""
    done = list[bool]()

    def tell(_: Event) -> None:
        if not done:
            done.append(True)
            do()

    return tell
