"""The async engine as type checkers see it. Never executed; mypy and pyright read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import assert_type

from pipeflow import (
    Account,
    Engine,
    Explanation,
    Installed,
    Job,
    JobMoved,
    Pipeline,
    Ports,
    Receipt,
    Ref,
    Stage,
    TaskCompleted,
    TaskTemplate,
    Tick,
)
from pipeflow.aio import AsyncEmailPort, AsyncEngine, AsyncPorts, AsyncTasksPort
from pipeflow.bundle import Bundle
from pipeflow.ports import Email, EmailPort, Request, Task
from pipeflow.testing import World


class Mail(AsyncEmailPort):
    """A host's port may promise less than the base allows: it always gives a receipt."""

    async def send(self, email: Email, /) -> Receipt:
        """Send it."""
        return Receipt(ref=email.key)


class TaskList(AsyncTasksPort):
    """Or never one."""

    async def create(self, task: Task, /) -> None:
        """Create it."""


class Mixed(EmailPort):
    """A plain port whose method is async would never be awaited by the plain engine."""

    async def send(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self, email: Email, /
    ) -> Receipt:
        """Send it."""
        return Receipt(ref=email.key)


async def used() -> None:
    """Call what there is."""
    engine = AsyncEngine(ports=AsyncPorts(email=Mail(), tasks=TaskList()))
    task, tax = TaskTemplate("Prepare"), Pipeline("Tax", stages=[Stage("A"), Stage("B")])

    # Overloads come along: one thing as itself, several as a tuple.
    assert_type(await engine.save(task), TaskTemplate)
    assert_type(await engine.save(tax, task, replace=True), tuple[Pipeline, TaskTemplate])

    job = await engine.start(tax, "account-1", priority="high", assignees=["mia"])
    assert_type(job, Job)
    assert_type(await engine.start_many("tax", [Account("Ada"), "account-2"]), list[Job])
    assert_type(await engine.move(job, "B", skip=["create-task-prepare"]), Job)
    assert_type(await engine.record("job-1/1", TaskCompleted(), command_id="c-1"), Job)
    assert_type(await engine.receive(Ref("tasks", "t-1"), TaskCompleted()), list[Job])
    assert_type(await engine.tag("account-1", add={"vip"}), Account)
    assert_type(await engine.install(Bundle.of(tax, task)), Installed)
    assert_type(await engine.tick(), Tick)
    assert_type(await engine.explain(job), Explanation)
    assert_type(await engine.pending(lease=timedelta(minutes=5)), tuple[Request, ...])

    # A handler may be awaited or not.
    async def awaited(event: JobMoved) -> None:
        """Note where a job went."""
        assert_type(event.stage, str)

    assert_type(engine.on(JobMoved, awaited), Callable[[], None])
    engine.on(JobMoved, lambda event: str(event.stage))

    # What must not pass.
    await engine.move(job, 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await engine.move(job)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await engine.move(job, "B", skp=())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await engine.jobs("tax")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Ports(email=Mail())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AsyncPorts(email=TaskList())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AsyncEmailPort()  # type: ignore[abstract]  # pyright: ignore[reportAbstractUsage]


# Plain ports may stand among those that are awaited.
world = World()
AsyncEngine(ports=AsyncPorts(email=Mail(), tasks=world.tasks), store=world.store)
AsyncEngine(ports=Ports(email=world.email))
Engine(ports=AsyncPorts())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
