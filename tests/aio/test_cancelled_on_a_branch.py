"""A call of a branch that is cancelled is done or not: nobody has to wait for what it asks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import pytest
from anyio import create_task_group
from anyio.lowlevel import checkpoint

from pipeflow import CreateInvoice, CreateTask, Job, JobStarted, Ref, SendEmail, Stage
from pipeflow.aio import AsyncBranch
from pipeflow.ports import Email, Invoice, Task
from tests.aio.offices import Gate, Office
from tests.firms import DAILY, DONE, FEE, PREPARE, WELCOME

pytestmark = pytest.mark.anyio

INTAKE = Stage(
    "Intake",
    [SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE, reminders=DAILY)],
    automove=True,
)
ALL = [Email, Task, Invoice]


async def cancelled(call: Callable[[], Coroutine[Any, Any, object]], after: int) -> None:
    """Cancel a call after so many turns of the event loop."""
    async with create_task_group() as tasks:
        tasks.start_soon(call)
        for _ in range(after):
            await checkpoint()
        tasks.cancel_scope.cancel()


async def is_whole(branch: AsyncBranch, jobs: Sequence[Job]) -> bool:
    """Tell whether everything was asked that these jobs ask, and has its receipt."""
    asked = [type(request) for request in branch.requests]
    return asked == ALL * len(jobs) and all(
        isinstance(item.ref, Ref) for job in jobs for item in job.items
    )


@pytest.mark.parametrize("after", range(8))
async def test_a_start_on_a_branch_is_done_or_not(office: Office, after: int) -> None:
    """A job without its requests would stand there for ever, for no tick asks for them."""
    client = await office.open(INTAKE, DONE)
    branch = await office.engine.what_if()

    await cancelled(partial(branch.start, "tax", client), after)
    jobs = await branch.jobs()

    assert await is_whole(branch, jobs)
    await branch.start("tax", client)
    assert await is_whole(branch, await branch.jobs())


@pytest.mark.parametrize("after", range(8))
async def test_of_many_starts_on_a_branch_each_is_done_or_not(office: Office, after: int) -> None:
    """Between two of them other tasks go on, and the rest may be given up."""
    client = await office.open(INTAKE, DONE)
    clients = [client, office.world.account("Bob"), office.world.account("Eve")]
    branch = await office.engine.what_if()

    await cancelled(partial(branch.start_many, "tax", clients), after)

    assert await is_whole(branch, await branch.jobs())


@pytest.mark.parametrize("after", range(0, 24, 3))
async def test_time_that_is_cancelled_on_a_branch_passes_once_more(
    office: Office, after: int
) -> None:
    """It has come so far as it has; what is due later comes with the next call."""
    client = await office.open(INTAKE, DONE)
    branch, plain = await office.engine.what_if(), office.world.engine.what_if()
    await branch.start("tax", client)
    plain.start("tax", client)
    plain.advance(days=5)

    await cancelled(partial(branch.advance, days=5), after)
    left = plain.now - branch.now
    await branch.advance(hours=left.total_seconds() / 3600)

    assert branch.now == plain.now
    assert branch.requests == plain.requests


async def test_what_a_listener_of_a_branch_did_is_done_though_it_is_cancelled(
    office: Office,
) -> None:
    """The requests of its own commands leave too."""
    client = await office.open(INTAKE, DONE)
    branch, gate = await office.engine.what_if(), Gate()

    async def follows(event: JobStarted) -> None:
        if len(await branch.jobs()) == 1:
            await branch.start("tax", client)
            await gate(event)

    branch.on(JobStarted, follows)
    async with create_task_group() as tasks:
        tasks.start_soon(branch.start, "tax", client)
        await gate.reached.wait()
        tasks.cancel_scope.cancel()
    jobs = await branch.jobs()

    assert len(jobs) == 2
    assert await is_whole(branch, jobs)


@pytest.mark.parametrize("after", range(0, 24, 2))
async def test_what_a_listener_of_a_branch_left_to_its_call_is_asked_whole(
    office: Office, after: int
) -> None:
    """Whenever the call is cancelled: its requests leave together, with no turn between them."""
    client = await office.open(INTAKE, DONE)
    branch = await office.engine.what_if()

    async def follows(event: JobStarted) -> None:
        if len(await branch.jobs()) == 1:
            await branch.start("tax", client)

    branch.on(JobStarted, follows)

    await cancelled(partial(branch.start, "tax", client), after)

    assert await is_whole(branch, await branch.jobs())


async def test_what_a_listener_of_a_branch_does_leaves_as_on_a_plain_one(office: Office) -> None:
    """Behind what there was, and what it takes back at once is never asked."""
    client = await office.open(INTAKE, DONE)
    branch, plain = await office.engine.what_if(), office.world.engine.what_if()

    async def follows(event: JobStarted) -> None:
        if len(await branch.jobs()) == 1:
            second = await branch.start("tax", client)
            await branch.archive(second)

    def follows_plainly(event: JobStarted) -> None:
        if len(plain.jobs()) == 1:
            plain.archive(plain.start("tax", client))

    branch.on(JobStarted, follows)
    plain.on(JobStarted, follows_plainly)
    await branch.start("tax", client)
    plain.start("tax", client)

    assert branch.requests == plain.requests
    assert await branch.jobs() == plain.jobs()
