"""Ports and listeners may await the engine; what they bring about is left to the outer call."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from anyio import CancelScope, Event, create_task_group, to_thread, wait_all_tasks_blocked

from pipeflow import (
    CreateInvoice,
    CreateTask,
    JobMoved,
    JobStarted,
    SendEmail,
    Stage,
    TagsChanged,
)
from pipeflow.ports import Changes, Email, Task
from tests.aio.offices import TASK, Office, Slow
from tests.firms import DONE, FEE, PREPARE, WELCOME

pytestmark = pytest.mark.anyio

INTAKE = Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)], automove=True)
WORK = Stage("Work", [CreateTask(PREPARE)], automove=True)
MAIL = Stage("Mail", [SendEmail(WELCOME)])


async def test_a_port_may_record_what_follows_at_once(office: Office) -> None:
    """It is committed there and then, and what it asks for leaves behind what there was."""
    client = await office.open(INTAKE, MAIL)
    order: list[str] = []

    async def way(request: Any) -> None:
        order.append(type(request).__name__)
        if isinstance(request, Task):
            first, second = office.now("job-1").items
            await office.engine.complete(first)
            order.append(f"in {(await office.engine.complete(second)).stage}")

    office.line.way = way

    job = await office.engine.start("tax", client)

    assert job.stage == "mail"
    assert order == ["Task", "in mail", "Invoice", "Email"]


async def test_a_branch_made_inside_a_port_knows_what_others_answered(office: Office) -> None:
    """Also what no commit has taken in yet."""
    client = await office.open(INTAKE, MAIL)
    seen: list[bool] = []

    async def way(request: Any) -> None:
        if not isinstance(request, Task):
            branch = await office.engine.what_if()
            job = await branch.job(request.job)
            seen.extend(item.ref is not None for item in job.items)

    office.line.way = way

    await office.engine.start("tax", client)

    assert seen == [True, False]


async def test_a_listener_may_await_the_engine(office: Office) -> None:
    """Plain ones and awaited ones are told in the order in which they came, after the ports."""
    client = await office.open(WORK, MAIL)
    told: list[str] = []

    async def completes(event: JobStarted) -> None:
        job = await office.engine.job(event.job)
        told.append(f"started, with {job.items[0].ref}")
        await office.engine.complete(job.items[0])
        told.append("completed")

    office.engine.on(JobStarted, completes)
    office.engine.on(JobMoved, lambda event: told.append(f"moved to {event.stage}"))
    office.engine.on(JobStarted, lambda event: told.append("started"))

    job = await office.engine.start("tax", client)

    assert told == ["started, with tasks:task-1", "completed", "started", "moved to mail"]
    assert job.stage == "mail"
    assert len(office.world.email.sent) == 1


async def test_a_job_that_a_port_or_a_listener_deletes_is_answered_as_it_was(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """What the port answers then is not kept, and of several jobs those are answered that stay."""
    client = await office.open(WORK, MAIL)
    other = office.world.account("Bob")

    async def way(request: Task) -> None:
        if request.account == client.id:
            await office.engine.delete(await office.engine.archive(request.job or ""))

    office.line.way = way

    with caplog.at_level(logging.WARNING):
        job = await office.engine.start("tax", client)
        several = await office.engine.start_many("tax", [client, other])

    assert (job.account, job.stage) == (client.id, "work")
    assert {one.account for one in several} >= {other.id}
    assert [one.account for one in await office.engine.jobs()] == [other.id]
    assert await office.engine.failures() == ()
    assert caplog.records == []


async def test_a_listener_that_fails_is_logged_and_harms_nobody(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """An awaited one as well as a plain one."""
    client = await office.open(WORK, DONE)
    told: list[object] = []

    async def fails(event: JobStarted) -> None:
        await office.engine.job("nobody")

    office.engine.on(JobStarted, fails)
    office.engine.on(JobStarted, told.append)

    with caplog.at_level(logging.ERROR, "pipeflow"):
        await office.engine.start("tax", client)

    assert len(told) == 1
    assert "a handler of JobStarted failed" in caplog.text


async def test_a_listener_is_told_until_it_ends_that(office: Office) -> None:
    """The function that `on` returns ends it, for awaited ones too."""
    client = await office.open(WORK, DONE)
    told: list[str] = []

    async def listener(event: JobStarted) -> None:
        told.append(event.job)

    end = office.engine.on(JobStarted, listener)
    await office.engine.start("tax", client)
    end()
    await office.engine.start("tax", client)

    assert told == ["job-1"]


async def test_a_call_comes_back_as_its_listeners_left_things(office: Office) -> None:
    """Accounts as well as jobs."""
    client = await office.open(WORK, DONE)

    async def follows(event: TagsChanged) -> None:
        await office.engine.tag(client, {"second"})

    end = office.engine.on(TagsChanged, follows)
    account = await office.engine.tag(client, {"first"})
    end()

    assert account.tags == {"first", "second"}


async def test_listeners_that_call_themselves_in_a_circle_are_stopped(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Each call stands one deeper than the event that it follows from."""
    client = await office.open(DONE)
    deepest = office.world.engine.settings().deepest

    async def again(event: JobStarted) -> None:
        await office.engine.start("tax", client)

    office.engine.on(JobStarted, again)

    await office.engine.start("tax", client)

    assert len(office.world.engine.jobs()) == deepest + 1
    assert "LimitError" in caplog.text


async def test_ports_that_call_themselves_in_a_circle_are_stopped(office: Office) -> None:
    """How deep a call stands travels with its context, also into tasks that a port starts."""
    client = await office.open(WORK, DONE)
    deepest = office.world.engine.settings().deepest

    async def way(request: Any) -> None:
        async with create_task_group() as tasks:
            tasks.start_soon(office.engine.start, "tax", client)

    office.line.way = way

    await office.engine.start("tax", client)

    assert len(office.world.engine.jobs()) == deepest + 1
    (failure,) = office.world.engine.failures()
    assert failure.error.startswith("ExceptionGroup")


async def test_a_port_may_ask_several_things_at_once(office: Office) -> None:
    """Tasks beside each other inside one call take turns."""
    client = await office.open(WORK, DONE)
    names = [f"tag-{number}" for number in range(20)]

    async def way(request: Any) -> None:
        async with create_task_group() as tasks:
            for name in names:
                tasks.start_soon(office.engine.tag, client, [name])

    office.line.way = way

    await office.engine.start("tax", client)

    assert office.world.engine.account(client).tags == set(names)
    assert office.world.engine.failures() == ()


async def test_another_engine_that_a_port_calls_delivers_by_itself(office: Office) -> None:
    """When its call returns, its requests have left; and it may call the first one back."""
    other = Office()
    client, theirs = await office.open(WORK, MAIL), await other.open(WORK, DONE)
    seen: list[object] = []

    async def way(request: Any) -> None:
        if isinstance(request, Task):
            job = await other.engine.start("tax", theirs)
            seen.append(job.items[0].ref)

    async def back(request: Any) -> None:
        job = await office.engine.complete(office.now("job-1").items[0])
        seen.append((job.stage, len(office.world.email.sent)))

    office.line.way, other.line.way = way, back

    await office.engine.start("tax", client)

    assert [str(one) for one in seen] == ["('mail', 0)", "tasks:task-1"]
    assert len(office.world.email.sent) == 1


async def test_tasks_that_outlive_the_port_that_started_them_are_on_their_own(
    office: Office,
) -> None:
    """Each delivers by itself what it brings about, when the outer call has ended."""
    client = await office.open(WORK, MAIL)
    goes_on, both = Event(), Event()
    begun: list[str] = []
    refs: list[object] = []

    async def way(request: Any) -> None:
        if begun:
            begun.append(request.job)
            if len(begun) == 3:
                both.set()
            await both.wait()
        else:
            begun.append(request.job)
            tasks.start_soon(afterwards)
            tasks.start_soon(afterwards)

    async def afterwards() -> None:
        await goes_on.wait()
        job = await office.engine.start("tax", client)
        refs.append(job.items[0].ref)

    office.line.way = way

    async with create_task_group() as tasks:
        await office.engine.start("tax", client)
        assert begun == ["job-1"]
        goes_on.set()

    assert sorted(map(str, refs)) == ["tasks:task-2", "tasks:task-3"]


def mails(changes: Changes) -> bool:
    """Tell whether a commit asks for mail."""
    return any(isinstance(due.action, Email) for due in changes.dues)


async def test_a_command_that_is_being_committed_when_the_outer_call_ends_delivers_itself() -> None:
    """A listener started its task; nothing that is left in the turn is left behind."""
    store = Slow()
    office = Office(store)
    client = await office.open(WORK, MAIL)
    told = Event()

    async def starts(event: JobStarted) -> None:
        store.holds = mails
        tasks.start_soon(office.engine.move, event.job, "Mail")
        await to_thread.run_sync(store.arrived.wait)
        told.set()

    office.engine.on(JobStarted, starts)

    async with create_task_group() as tasks:
        tasks.start_soon(office.engine.start, "tax", client)
        await told.wait()
        await wait_all_tasks_blocked()
        store.goes_on.set()

    assert len(office.world.email.sent) == 1


async def test_a_command_that_is_being_committed_when_the_outer_call_is_cancelled_goes_on() -> None:
    """What that one left to do is done in its place."""
    store = Slow()
    office = Office(store)
    client = await office.open(INTAKE, MAIL)
    arrived, scope = Event(), CancelScope()
    told: list[str] = []

    async def way(request: Any) -> None:
        if isinstance(request, Task):
            store.holds = mails
            tasks.start_soon(office.engine.move, "job-1", "Mail")
            await to_thread.run_sync(store.arrived.wait)
            scope.cancel()
            arrived.set()

    async def starting() -> None:
        with scope:
            await office.engine.start("tax", client)

    office.line.way = way
    office.engine.on(JobStarted, lambda _: told.append("started"))
    office.engine.on(JobMoved, lambda _: told.append("moved"))

    async with create_task_group() as tasks:
        tasks.start_soon(starting)
        await arrived.wait()
        await wait_all_tasks_blocked()
        store.goes_on.set()

    assert scope.cancelled_caught
    assert office.now("job-1").items[0].ref is not None
    assert len(office.world.email.sent) == len(office.world.invoices.created) == 1
    assert told == ["started", "moved"]


async def test_a_tick_inside_a_tick_acts_for_the_same_instant(office: Office) -> None:
    """Also what a port commands there, on another engine."""
    other = Office()
    client, theirs = await office.open(WORK, DONE), await other.open(DONE)
    office.world.tasks.fail_next(OSError("busy"))
    await office.engine.start("tax", client)
    (failure,) = await office.engine.failures()
    at = failure.retry_at
    seen: list[object] = []

    async def way(request: Any) -> None:
        seen.append((await office.engine.tick()).at)
        seen.append((await other.engine.start("tax", theirs)).created)

    office.line.way = way

    tick = await office.engine.tick(at)

    assert seen == [at, at]
    assert tick.delivered == (TASK,)
