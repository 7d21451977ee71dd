"""What somebody else cancelled, and a port awaits, cancels no call of the engine."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from pipeflow import CreateInvoice, CreateTask, JobStarted, SendEmail, Stage
from tests.aio.offices import EMAIL, INVOICE, TASK, Office
from tests.firms import DONE, FEE, PREPARE, WELCOME

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

INTAKE = Stage(
    "Intake", [SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE)], automove=True
)


async def pooled() -> None:
    """Await what a pool has cancelled."""
    work = asyncio.get_running_loop().create_future()
    work.cancel()
    await work


async def test_a_port_whose_pool_cancels_its_work_has_failed(office: Office) -> None:
    """The other requests leave, and its own is kept and tried again."""
    client = await office.open(INTAKE, DONE)

    async def way(request: Any) -> None:
        if request.key == TASK:
            await pooled()

    office.line.way = way
    await office.engine.start("tax", client)
    (failure,) = await office.engine.failures()
    office.line.way = None
    tick = await office.engine.tick(failure.retry_at)

    assert (failure.key, failure.error) == (TASK, "CancelledError")
    assert len(office.world.email.sent) == len(office.world.invoices.created) == 1
    assert tick.delivered == (TASK,)


async def test_a_tick_goes_on_behind_such_a_port(office: Office) -> None:
    """It tells what failed, and delivers what is due besides."""
    client = await office.open(INTAKE, DONE)

    async def busy(request: Any) -> None:
        raise OSError

    async def way(request: Any) -> None:
        if request.key == EMAIL:
            await pooled()

    office.line.way = busy
    await office.engine.start("tax", client)
    office.line.way = way
    office.clock.advance(hours=1)
    tick = await office.engine.tick()

    assert tick.failed == (EMAIL,)
    assert {*tick.delivered} == {TASK, INVOICE}


async def test_a_listener_whose_pool_cancels_its_work_is_logged_and_harms_nobody(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Those behind it are told all the same."""
    client = await office.open(INTAKE, DONE)
    told: list[object] = []

    async def fails(event: JobStarted) -> None:
        await pooled()

    office.engine.on(JobStarted, fails)
    office.engine.on(JobStarted, told.append)

    with caplog.at_level(logging.ERROR, "pipeflow"):
        await office.engine.start("tax", client)

    assert len(told) == 1
    assert "a handler of JobStarted failed" in caplog.text


async def test_whoever_cancels_the_task_itself_ends_the_call(office: Office) -> None:
    """A deadline around the call is no failure of the port in hand."""
    client = await office.open(INTAKE, DONE)

    async def way(request: Any) -> None:
        await asyncio.Event().wait()

    office.line.way = way
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await office.engine.start("tax", client)

    assert await office.engine.failures() == ()


async def test_a_port_that_is_a_task_of_its_own_may_be_cancelled_alone(office: Office) -> None:
    """That too is somebody else's cancellation."""
    client = await office.open(INTAKE, DONE)

    async def way(request: Any) -> None:
        async def endless() -> None:
            await asyncio.Event().wait()

        inner = asyncio.ensure_future(endless())
        asyncio.get_running_loop().call_soon(inner.cancel)
        await inner

    office.line.way = way
    await office.engine.start("tax", client)

    assert {one.key for one in await office.engine.failures()} == {EMAIL, TASK, INVOICE}
