"""Requests leave through awaited ports, in order; receipts and failures are kept by one rule."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from anyio import wait_all_tasks_blocked

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateTask,
    FolderTemplate,
    Receipt,
    Ref,
    Rejected,
    RequestDelivered,
    SendEmail,
    Settings,
    Stage,
)
from pipeflow.aio import AsyncEngine, AsyncPorts
from pipeflow.ports import FoldersPort, FolderTree, Task, TasksPort
from tests.aio.offices import EMAIL, INVOICE, TASK, Board, Lasting, Mail, Office
from tests.firms import DONE, FEE, PREPARE, WELCOME, events

pytestmark = pytest.mark.anyio

INTAKE = Stage(
    "Intake", [SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE)], automove=True
)
REFS = [Ref("tasks", "task-1"), Ref("invoices", "invoice-1")]


def with_tasks(office: Office, tasks: TasksPort) -> AsyncEngine:
    """Return an engine of the office whose other ports are plain."""
    world = office.world
    ports = AsyncPorts(email=world.email, invoices=world.invoices, tasks=tasks)
    return AsyncEngine(ports=ports, store=world.store, clock=world.clock, ids=world.ids)


async def test_requests_are_awaited_one_after_another_in_list_order(office: Office) -> None:
    """None begins before the one before it has ended, and the job comes back with references."""
    client = await office.open(INTAKE, DONE)
    steps: list[str] = []

    async def way(request: Any) -> None:
        steps.append(f"begins {request.key}")
        await wait_all_tasks_blocked()
        steps.append(f"ends {request.key}")

    office.line.way = way

    job = await office.engine.start("tax", client)

    keys = [EMAIL, TASK, INVOICE]
    assert steps == [f"{what} {key}" for key in keys for what in ("begins", "ends")]
    assert [item.ref for item in job.items] == REFS
    assert [event.key for event in events(office.world, job, RequestDelivered)] == keys


async def test_plain_ports_are_called_as_they_are(office: Office) -> None:
    """They stand among those that are awaited; an awaitable that one returns is awaited too."""

    class Promise:
        """What a client library hands out."""

        def __init__(self, task: Task) -> None:
            """Take what it will be about."""
            self.task = task

        def __await__(self) -> Generator[Any, Any, Receipt]:
            """Create the task when somebody waits for it."""
            return Board(office.world, office.line).create(self.task).__await__()

    class Ordering(TasksPort):
        """Uses that library."""

        def create(self, task: Task, /) -> Any:
            """Return what is to be awaited."""
            return Promise(task)

    client = await office.open(INTAKE, DONE)

    job = await with_tasks(office, Ordering()).start("tax", client)

    assert [item.ref for item in job.items] == REFS
    assert len(office.world.email.sent) == 1


async def test_folders_of_a_new_account_are_awaited_though_no_job_asks_for_them(
    office: Office,
) -> None:
    """They come back again when the port failed, and are the account's alone."""
    asked: list[FolderTree] = []

    class Shelf(FoldersPort):
        """Fails once."""

        async def apply(self, tree: FolderTree, /) -> Receipt:  # type: ignore[override]
            """Take time."""
            await wait_all_tasks_blocked()
            asked.append(tree)
            if len(asked) == 1:
                raise ConnectionError
            return Receipt("f-1")

    world = office.world
    engine = AsyncEngine(
        ports=AsyncPorts(folders=Shelf()), store=world.store, clock=world.clock, ids=world.ids
    )
    years = FolderTemplate("Years", folders=["2027"])
    await engine.save(years, Settings(default_folder=years))

    ada = await engine.save(Account("Ada", [Contact("Ada", email="ada@example.com")]))
    (failure,) = await engine.failures()
    answer = await engine.retry(failure.key)

    assert answer is None
    assert [(one.account, one.job) for one in asked] == [(ada.id, None)] * 2
    assert await engine.failures() == ()


async def test_a_failing_port_harms_nobody_else(office: Office) -> None:
    """What it raises is kept as its failure; tried again by tick, under the same key."""
    client = await office.open(INTAKE, DONE)
    office.world.tasks.fail_next(OSError("busy"))
    office.world.invoices.fail_next(Rejected("no credit"))

    await office.engine.start("tax", client)
    later, never = await office.engine.failures()
    tick = await office.engine.tick(later.retry_at)

    assert (later.key, later.error, later.given_up) == (TASK, "OSError: busy", False)
    assert (never.key, never.error, never.given_up) == (INVOICE, "Rejected: no credit", True)
    assert tick.delivered == (TASK,)
    assert office.world.tasks.attempts == [TASK, TASK]
    assert len(office.world.email.sent) == 1


async def test_what_is_no_receipt_is_given_up_at_once(office: Office) -> None:
    """Another try would not mend it."""

    class Chatty(TasksPort):
        """Answers with a text."""

        def create(self, task: Task, /) -> Any:
            """Answer."""
            return "created it!"

    client = await office.open(INTAKE, DONE)
    engine = with_tasks(office, Chatty())

    await engine.start("tax", client)

    (failure,) = await engine.failures()
    assert failure.given_up
    assert "must return a Receipt" in failure.error


async def test_a_request_that_was_withdrawn_meanwhile_is_not_asked(office: Office) -> None:
    """The look before the port comes after the wait for the port before it."""
    client = await office.open(INTAKE, DONE)

    async def way(request: Any) -> None:
        if request.key == EMAIL:
            job = office.now("job-1")
            await office.engine.unlink(job, job.item("Prepare"))

    office.line.way = way

    await office.engine.start("tax", client)

    assert office.world.tasks.attempts == []
    assert len(office.world.invoices.created) == 1


@pytest.mark.parametrize(("honours", "kept"), [(True, []), (False, [EMAIL, TASK])])
async def test_receipts_wait_for_the_end_of_the_pass_as_in_the_plain_engine(
    honours: bool, kept: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a store that lasts each is kept before the next request leaves, or none before the end."""
    for port in (Mail, Board):
        monkeypatch.setattr(port, "honours_keys", honours)
    office = Office(Lasting())
    client = await office.open(INTAKE, DONE)
    seen: list[str] = []

    async def way(request: Any) -> None:
        if request.key == INVOICE:
            history = office.world.engine.history("job-1")
            seen.extend(one.key for one in history if isinstance(one, RequestDelivered))

    office.line.way = way

    job = await office.engine.start("tax", client)

    assert seen == kept
    assert [item.ref for item in job.items] == REFS


async def test_a_worker_that_took_over_is_left_to_it(office: Office) -> None:
    """A port took longer than the lease: whoever holds the request says what became of it."""
    client = await office.open(Stage("Intake", [CreateTask(PREPARE)]), DONE)

    async def way(request: Any) -> None:
        office.clock.advance(minutes=2)
        assert office.world.engine.tick().delivered == (TASK,)

    office.line.way = way

    job = await office.engine.start("tax", client)

    assert office.world.tasks.attempts == [TASK, TASK]
    assert job.item("Prepare").ref == Ref("tasks", "task-1")
    assert len(events(office.world, job, RequestDelivered)) == 1
