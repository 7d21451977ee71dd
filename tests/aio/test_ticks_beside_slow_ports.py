"""A tick in one task leaves to another what that one has in hand, however slow its ports are."""

from __future__ import annotations

from typing import Any

import pytest
from anyio import create_task_group, fail_after

from pipeflow import CreateInvoice, CreateTask, SendEmail, Stage
from tests.aio.offices import EMAIL, INVOICE, TASK, Billing, Board, Gate, Mail, Office
from tests.firms import DONE, FEE, PREPARE, WELCOME

pytestmark = pytest.mark.anyio

INTAKE = Stage(
    "Intake", [SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE)], automove=True
)


async def test_a_tick_beside_slow_ports_asks_none_of_them_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes less than half a lease, and all of them together take longer than one."""
    for port in (Mail, Board, Billing):
        monkeypatch.setattr(port, "honours_keys", True)
    office = Office(type(office.store)())
    client = await office.open(INTAKE, DONE)
    gate = Gate(INVOICE)

    async def way(request: Any) -> None:
        await gate(request)
        office.clock.advance(minutes=0.4)

    office.line.way = way
    async with create_task_group() as tasks:
        tasks.start_soon(office.engine.start, "tax", client)
        await gate.reached.wait()
        office.clock.advance(minutes=0.3)
        with fail_after(10):
            assert not await office.engine.tick()
        gate.opened.set()

    assert office.world.email.attempts == [EMAIL]
    assert office.world.tasks.attempts == [TASK]
    assert office.world.invoices.attempts == [INVOICE]
