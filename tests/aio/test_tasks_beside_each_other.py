"""Many tasks use one engine at once: each call delivers what it brought about, and no other's."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime
from threading import get_ident
from typing import Any

import pytest
from anyio import Event, create_task_group

from pipeflow import (
    CreateInvoice,
    CreateTask,
    Job,
    JobStarted,
    Member,
    Money,
    NotAllowedError,
    PaymentReceived,
    Reminders,
    Stage,
)
from pipeflow.aio import AsyncEngine
from pipeflow.ports import Authorizer, Waker
from tests.aio.offices import Lasting, Office
from tests.firms import DONE, FEE, PREPARE

pytestmark = pytest.mark.anyio

MANY = 20
WORK = Stage("Work", [CreateTask(PREPARE)], automove=True)
BILL = Stage("Bill", [CreateInvoice(FEE)], automove=True)
WHO: ContextVar[str] = ContextVar("who")


async def test_each_call_delivers_what_it_brought_about(office: Office) -> None:
    """All ports are awaited at the same time, and each call returns with its own reference."""
    client = await office.open(WORK, DONE)
    present, jobs = Event(), list[Job]()
    waiting: list[str] = []

    async def way(request: Any) -> None:
        waiting.append(request.job)
        if len(waiting) == MANY:
            present.set()
        await present.wait()

    async def starting() -> None:
        job = await office.engine.start("tax", client)
        assert job.items[0].ref is not None
        jobs.append(job)

    office.line.way = way

    async with create_task_group() as tasks:
        for _ in range(MANY):
            tasks.start_soon(starting)

    assert len({job.items[0].ref for job in jobs}) == MANY
    assert sorted(waiting) == sorted(job.id for job in jobs)


async def test_commands_on_one_job_are_decided_one_after_another(office: Office) -> None:
    """Whoever commits second finds other versions and decides anew: every payment counts."""
    client = await office.open(BILL, DONE)
    job = await office.engine.start("tax", client)

    async with create_task_group() as tasks:
        for number in range(MANY):
            payment = PaymentReceived(Money("5.00", "USD"), reference=f"p-{number}")
            tasks.start_soon(office.engine.record, job.items[0], payment)

    assert office.now(job).stage == "done"


async def test_a_command_id_acts_once_though_it_comes_in_many_tasks(office: Office) -> None:
    """A sender that is impatient changes nothing."""
    client = await office.open(WORK, DONE)
    jobs = list[str]()

    async def starting() -> None:
        jobs.append((await office.engine.start("tax", client, command_id="evt-1")).id)

    async with create_task_group() as tasks:
        for _ in range(MANY):
            tasks.start_soon(starting)

    assert (len(jobs), len(set(jobs))) == (MANY, 1)
    assert len(office.world.tasks.created) == 1


async def test_two_workers_tick_at_once_and_send_nothing_twice(office: Office) -> None:
    """What one has in hand the other leaves alone."""
    stage = Stage("Bill", [CreateInvoice(FEE, reminders=Reminders(every=1, times=1))])
    client = await office.open(stage, DONE)
    await office.engine.start_many("tax", [client] * MANY)
    office.clock.advance(days=1)
    ticked: list[str] = []

    async def ticking() -> None:
        ticked.extend((await office.engine.tick()).reminders)

    async with create_task_group() as tasks:
        tasks.start_soon(ticking)
        tasks.start_soon(ticking)

    assert len(ticked) == len(set(ticked)) == MANY
    assert len(office.world.email.attempts) == MANY


async def test_the_loop_goes_on_while_many_jobs_start(office: Office) -> None:
    """Between two of them others have their turn, and what one asks for leaves before the next."""
    client = await office.open(WORK, DONE)
    seen: list[int] = []
    jobs: list[Job] = []

    async def looking() -> None:
        while len(seen) < 3 or seen[-1] < MANY:
            seen.append(len(await office.engine.jobs()))
            assert len(office.world.tasks.created) >= seen[-1] - 1

    async with create_task_group() as tasks:
        tasks.start_soon(looking)
        jobs += await office.engine.start_many("tax", [client] * MANY)

    assert len(set(seen)) > 2
    assert [str(job.items[0].ref) for job in jobs] == [f"tasks:task-{n + 1}" for n in range(MANY)]


# -- where what is called -------------------------------------------------------------------------


class Asked(Authorizer, Waker):
    """Notes in which thread it is called, and what travelled there."""

    def __init__(self) -> None:
        """Begin with nothing noted."""
        self.threads: list[int] = []
        self.who: list[str] = []

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Allow it to everybody but Bob."""
        self.threads.append(get_ident())
        self.who.append(WHO.get())
        return actor != "bob"

    def wake(self, tenant: str, at: datetime, /) -> None:
        """Note it."""
        self.threads.append(get_ident())


@pytest.mark.parametrize("lasting", [True, False])
async def test_a_store_that_lasts_is_called_in_other_threads_and_ports_never(
    lasting: bool,
) -> None:
    """With it go the authorizer and the waker, with the context of the task."""
    asked = Asked()
    office = Office(Lasting() if lasting else None, authorizer=asked, waker=asked)
    stage = Stage("Bill", [CreateInvoice(FEE, reminders=Reminders())])
    client = await office.open(stage, DONE)
    asked.threads.clear()
    called: list[int] = []

    async def way(request: Any) -> None:
        called.append(get_ident())

    office.line.way = way
    office.engine.on(JobStarted, lambda _: called.append(get_ident()))
    WHO.set("mia")

    await office.engine.start("tax", client, actor=Member("Mia"))
    with pytest.raises(NotAllowedError):
        await office.engine.start("tax", client, actor="bob")

    here = get_ident()
    assert set(called) == {here}
    assert len(asked.threads) == 4
    assert (here in asked.threads) is not lasting
    assert asked.who == ["mia", "mia"]


async def test_an_engine_that_delivers_nothing_leaves_it_to_one_with_ports(office: Office) -> None:
    """A web process and a worker, on one store."""
    web = AsyncEngine(store=office.world.store, clock=office.clock, deliver=False)
    client = await office.open(WORK, DONE)

    job = await web.start("tax", client)
    before = len(office.world.tasks.created)
    tick = await office.engine.tick()

    assert before == 0
    assert len(tick.delivered) == 1
    assert (await web.job(job)).items[0].ref is not None
