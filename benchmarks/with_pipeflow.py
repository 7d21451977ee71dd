"""pipeflow itself, through its public face: memory store, and ports that append to a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from time import perf_counter
from typing import ClassVar

from benchmarks.work import (
    COMMANDS,
    MOVES,
    PLAN,
    Contender,
    Host,
    StagePlan,
    Tally,
    WrongWorkError,
)
from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateTask,
    EmailTemplate,
    Engine,
    InvoiceTemplate,
    Item,
    Job,
    JobMoved,
    LineItem,
    Money,
    Pipeline,
    Ports,
    Reminders,
    SendEmail,
    Stage,
    TaskTemplate,
    UpdateAccountTags,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import (
    Clock,
    Email,
    EmailPort,
    Invoice,
    InvoicesPort,
    Receipt,
    Store,
    Task,
    TasksPort,
)

JOBS_AN_ACCOUNT = 10
"""How many resident jobs share an account in the measurements of scale."""


class Outbox(EmailPort):
    """Mail that goes into a list."""

    def __init__(self, sent: list[object]) -> None:
        self.sent = sent

    def send(self, email: Email) -> None:
        """Keep the email."""
        self.sent.append(email)


class TaskList(TasksPort):
    """A host's tasks: keeps the request and answers with an id of its own."""

    def __init__(self, created: list[object]) -> None:
        self.created = created
        self.numbers = count(1)

    def create(self, task: Task) -> Receipt:
        """Keep the task.

        Returns:
            The reference by which this host will speak of it.
        """
        self.created.append(task)
        return Receipt(ref=f"t-{next(self.numbers)}")


class InvoiceBook(InvoicesPort):
    """A host's invoices: answers with an id of its own."""

    def __init__(self) -> None:
        self.numbers = count(1)

    def create(self, invoice: Invoice) -> Receipt:
        """Take the invoice.

        Returns:
            The reference by which this host will speak of it.
        """
        return Receipt(ref=f"i-{next(self.numbers)}")


class HandClock(Clock):
    """A clock that stands until it is set."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Say the instant that it was set to."""
        return self.instant


def _stage(stage: StagePlan) -> Stage:
    return Stage(
        stage.name,
        automove=stage is not PLAN[-1],
        automations=[
            UpdateAccountTags(add={stage.add}, remove={stage.remove} if stage.remove else ()),
            SendEmail(f"mail-{stage.name}", when=tagged(stage.condition)),
            CreateTask(f"task-{stage.name}"),
        ],
    )


def season() -> tuple[Pipeline, list[EmailTemplate | TaskTemplate]]:
    """Write the plan as a pipeline.

    Returns:
        The pipeline, and the templates that it uses.
    """
    templates: list[EmailTemplate | TaskTemplate] = []
    for stage in PLAN:
        templates += [
            EmailTemplate(f"Mail {stage.name}", subject=stage.subject, body="We are on it."),
            TaskTemplate(f"Task {stage.name}"),
        ]
    return Pipeline("Season", stages=[_stage(stage) for stage in PLAN]), templates


def account_of(number: int) -> Account:
    """Make a client who takes mail.

    Args:
        number: Which one.

    Returns:
        The account, not saved yet.
    """
    return Account(
        f"Client {number}", contacts=[Contact("Contact", email=f"c{number}@example.com")]
    )


def open_task(job: Job) -> Item:
    """Return the one task of a job that waits to be completed."""
    (task,) = job.open_items
    return task


def finished(engine: Engine, job: Job) -> Job:
    """Take a job that was started to the last stage.

    Args:
        engine: Who keeps it.
        job: The job in its first stage.

    Returns:
        The job in its last stage.
    """
    for _ in range(MOVES):
        job = engine.complete(open_task(job))
    return job


def ports_of(host: Host) -> Ports:
    """Give an engine its ways to a host that keeps lists."""
    return Ports(email=Outbox(host.emails), tasks=TaskList(host.tasks))


class WithPipeflow(Contender):
    """pipeflow with everything that it does by default: history, receipts, one commit a command."""

    name: ClassVar[str] = "pipeflow"

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs)
        self.engine = Engine(ports=self.ports(), store=self.store())
        pipeline, templates = season()
        self.pipeline, *_ = self.engine.save(pipeline, *templates)
        self.accounts = [self.engine.save(account_of(number)) for number in range(jobs)]
        self.resident: list[Job] = []

    def ports(self) -> Ports:
        """Give the engine its ways to the host."""
        return ports_of(self.host)

    def store(self) -> Store:
        """Give the engine the place where it keeps things."""
        return MemoryStore()

    def run(self) -> None:
        """Take every job from its start to the last stage."""
        for number, account in enumerate(self.accounts):
            job = self.engine.start(self.pipeline, account, name=f"job-{number}")
            self.resident.append(finished(self.engine, job))

    def tally(self) -> Tally:
        """Count what was done, from what the engine remembers and the ports were asked."""
        return tally_of(self.engine, self.resident, self.accounts, self.host)


def tally_of(engine: Engine, jobs: Sequence[Job], accounts: Iterable[Account], host: Host) -> Tally:
    """Count what was done, from what an engine remembers and its host was asked.

    Args:
        engine: Who remembers the jobs.
        jobs: The jobs as they stand in the end.
        accounts: Whose jobs they are.
        host: What was sent and made.

    Returns:
        The tally.

    Raises:
        WrongWorkError: A request was not delivered.
    """
    histories = [engine.history(job) for job in jobs]
    if failures := list(engine.failures()):
        message = f"pipeflow has {len(failures)} undelivered requests, first: {failures[0]}"
        raise WrongWorkError(message)
    return Tally(
        jobs=len(jobs),
        moves=sum(isinstance(event, JobMoved) for history in histories for event in history),
        emails=len(host.emails),
        tasks=len(host.tasks),
        tags=frozenset(frozenset(engine.account(account.id).tags) for account in accounts),
        finished=sum(job.stage == PLAN[-1].name for job in jobs),
        history=sum(len(history) for history in histories),
    )


class Residents:
    """An engine that holds many jobs, each waiting in its first stage, to try commands on."""

    def __init__(self, resident: int) -> None:
        """Start the resident jobs; takes as long as that takes.

        Args:
            resident: How many jobs the engine shall hold.
        """
        self.resident = resident
        self.emails: list[object] = []
        self.tasks: list[object] = []
        self.engine = Engine(ports=Ports(email=Outbox(self.emails), tasks=TaskList(self.tasks)))
        pipeline, templates = season()
        self.pipeline, *_ = self.engine.save(pipeline, *templates)
        self.numbers = count()
        for start in range(0, resident, JOBS_AN_ACCOUNT):
            account = self.engine.save(account_of(next(self.numbers)))
            for number in range(start, min(start + JOBS_AN_ACCOUNT, resident)):
                self.engine.start(self.pipeline, account, name=f"job-{number}")
            self._forget()

    def sample(self, jobs: int) -> float:
        """Take new jobs from their start to the last stage.

        Args:
            jobs: How many.

        Returns:
            Seconds a command.
        """
        accounts = [self.engine.save(account_of(next(self.numbers))) for _ in range(jobs)]
        before = perf_counter()
        for account in accounts:
            finished(self.engine, self.engine.start(self.pipeline, account, name="sample"))
        took = perf_counter() - before
        if len(self.tasks) != jobs * len(PLAN):
            message = f"pipeflow created {len(self.tasks)} tasks, wanted {jobs * len(PLAN)}"
            raise WrongWorkError(message)
        self._forget()
        return took / (jobs * COMMANDS)

    def _forget(self) -> None:
        """Drop what the host was asked: its lists are not the engine's weight."""
        self.emails.clear()
        self.tasks.clear()


def _billing(name: str, fee: InvoiceTemplate, *, days: int) -> Pipeline:
    """Make a pipeline whose jobs wait for an invoice, with one reminder after so many days."""
    reminders = Reminders(every=timedelta(days=days), times=1)
    billed = Stage("Billed", automations=[CreateInvoice(fee, reminders=reminders)])
    return Pipeline(name, stages=[billed, Stage("Done")])


class Waiting:
    """An engine where every job waits with a reminder, few of which fall due at a time."""

    def __init__(self, resident: int, *, due: int, ticks: int) -> None:
        """Start the jobs: `ticks` batches a day apart, and before them all that are due much later.

        Args:
            resident: How many jobs, each with one reminder, there are.
            due: How many fall due at each tick.
            ticks: How many times `tick` will be called.

        Raises:
            ValueError: There are fewer jobs than will fall due.
        """
        if resident < due * ticks:
            message = f"{resident} jobs are too few for {ticks} ticks with {due} due"
            raise ValueError(message)
        self.resident = resident
        self.due = due
        self.emails: list[object] = []
        self.clock = HandClock(datetime(2030, 1, 1, 9, tzinfo=UTC))
        self.engine = Engine(
            ports=Ports(email=Outbox(self.emails), invoices=InvoiceBook()), clock=self.clock
        )
        fee = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("450.00", "USD"))])
        soon, late, _ = self.engine.save(
            _billing("Soon", fee, days=ticks), _billing("Late", fee, days=ticks + 365), fee
        )
        first = self.clock.instant
        self._start(late, resident - due * ticks)
        for batch in range(ticks):
            self.clock.instant = first + timedelta(days=batch)
            self._start(soon, due)
        self.clock.instant = first + timedelta(days=ticks, hours=1)

    def _start(self, pipeline: Pipeline, jobs: int) -> None:
        for start in range(0, jobs, JOBS_AN_ACCOUNT):
            account = self.engine.save(account_of(start))
            for _ in range(min(JOBS_AN_ACCOUNT, jobs - start)):
                self.engine.start(pipeline, account, name="billed")

    def sample(self) -> tuple[float, float]:
        """Let a day pass.

        Returns:
            Seconds of the `tick` that sends the reminders due, and of the idle one after it.
        """
        before = perf_counter()
        self.engine.tick()
        busy = perf_counter()
        self.engine.tick()
        idle = perf_counter()
        if len(self.emails) != self.due:
            message = f"pipeflow sent {len(self.emails)} reminders, wanted {self.due}"
            raise WrongWorkError(message)
        self.emails.clear()
        self.clock.instant += timedelta(days=1)
        return busy - before, idle - busy
