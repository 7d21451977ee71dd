"""The public face as type checkers see it. Never executed; mypy and pyright read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from typing import ClassVar, assert_type

from pipeflow import (
    UNCHANGED,
    Account,
    After,
    Agenda,
    AutomationSkipped,
    Board,
    Bundle,
    CreateTask,
    Diff,
    Done,
    EmailTemplate,
    Engine,
    Event,
    EventLog,
    Explanation,
    Failure,
    Findings,
    Forecast,
    History,
    Installed,
    Item,
    ItemKind,
    ItemState,
    Job,
    JobMoved,
    Listing,
    Member,
    Metrics,
    Money,
    Overview,
    PipeflowError,
    Pipeline,
    Ports,
    Receipt,
    Ref,
    Reminders,
    Replay,
    Role,
    SendEmail,
    Settings,
    Side,
    Stage,
    TaskCompleted,
    TaskTemplate,
    Template,
    Tick,
    Timeline,
    Trail,
    WaitReason,
    Work,
    assigned,
    balance_above,
    field_before,
    field_below,
    lint,
    older_than,
    pipeline_is,
    role_is,
    tagged,
)
from pipeflow.engine.definitions import Savable
from pipeflow.model.conditions import Condition
from pipeflow.ports import (
    Changes,
    Claim,
    Email,
    EmailPort,
    Over,
    Page,
    Parked,
    Query,
    Read,
    Request,
    RowKey,
    Settle,
    Store,
    Task,
    TasksPort,
)
from pipeflow.testing import World


class Mail(EmailPort):
    """A host's port may promise less than the base allows: it always gives a receipt."""

    def send(self, email: Email, /) -> Receipt:
        """Send it."""
        return Receipt(ref=email.key)


class Silent(EmailPort):
    """Or never one."""

    def send(self, email: Email, /) -> None:
        """Send it."""


class TaskList(TasksPort):
    """A port may say that a key that comes again changes nothing."""

    honours_keys: ClassVar[bool] = True

    def create(self, task: Task, /) -> Receipt:
        """Create it."""
        return Receipt(ref=task.key)


class Shelf(Store):
    """A host's store: each method as the contract has it, with the types that come and go."""

    volatile: ClassVar[bool] = True

    def read(
        self,
        tenant: str,
        keys: Iterable[RowKey],
        /,
        *,
        accounts: bool = False,
        command_id: str | None = None,
    ) -> Read:
        """Read."""
        return Read({})

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Find."""
        return Page(())

    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Count."""
        return {}

    def ids(self, tenant: str, kind: str, /, *, limit: int = 1000) -> tuple[str, ...]:
        """List ids."""
        return ()

    def history(
        self,
        tenant: str,
        key: RowKey,
        /,
        *,
        after: str | None = None,
        newest: bool = False,
        limit: int | None = None,
    ) -> Page:
        """List chapters."""
        return Page(())

    def feed(
        self,
        *,
        tenant: str | None = None,
        after: str | None = None,
        newest: bool = False,
        limit: int = 1000,
    ) -> Page:
        """List everybody's chapters."""
        return Page(())

    def commit(self, changes: Changes, /) -> bool:
        """Write."""
        return True

    def claim(
        self,
        owner: str,
        lease: timedelta,
        limit: int,
        /,
        *,
        due: datetime,
        tenant: str | None = None,
        keys: Iterable[str] | None = None,
        asks: AbstractSet[str] | None = None,
        each: int | None = None,
    ) -> list[Claim]:
        """Hand out."""
        return []

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Look once more."""
        return False

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Let go."""
        return False

    def due(self, tenant: str, key: str, /) -> Parked | Over | None:
        """Look up."""
        return None

    def next_due(
        self, *, tenant: str | None = None, asks: AbstractSet[str] | None = None
    ) -> datetime | None:
        """Look ahead."""
        return None

    def parked(
        self, tenant: str, /, *, job: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page:
        """List what failed."""
        return Page(())

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget."""
        return 0

    def tenants(self) -> Iterator[str]:
        """List tenants."""
        return iter(())

    def export(self, tenant: str, /) -> Iterator[str]:
        """Write out."""
        return iter(())

    def restore(self, lines: Iterable[str], /) -> None:
        """Take in."""

    def close(self) -> None:
        """Let go."""


class Half(Store):
    """A store that lacks methods cannot be made."""


task = TaskTemplate("Prepare", due=After(days=5))
tax = Pipeline("Tax", stages=[Stage("A", automations=[CreateTask(task)]), Stage("B")])
engine = Engine(ports=Ports(email=Mail(), tasks=TaskList()), store=Shelf())

# `save` gives back what it was given: one thing as itself, several as a tuple.
assert_type(engine.save(Account("Ada")), Account)
assert_type(engine.save(Member("Mia")), Member)
assert_type(engine.save(task), TaskTemplate)
assert_type(engine.save(tax, replace=True), Pipeline)
assert_type(engine.save(Settings()), Settings)
assert_type(engine.save(tax, task), tuple[Pipeline, TaskTemplate])
saved_tax, *others = engine.save(tax, task, Member("Mia"), Settings())
assert_type(saved_tax, Pipeline)
assert_type(others, list[Savable])

# Commands give the job as it then stands, and take handles.
job = engine.start(tax, "account-1", priority="high", assignees=["mia"])
assert_type(job, Job)
assert_type(engine.start_many("tax", [Account("Ada"), "account-2"]), list[Job])
assert_type(engine.move(job, "B", skip=["create-task-prepare"]), Job)
assert_type(engine.edit(job, name="A", assignees=["mia"], due=None, start=UNCHANGED), Job)
assert_type(engine.pause(job, "because"), Job)
assert_type(engine.resume(job, reminders=False), Job)
assert_type(engine.move_many([job, "job-2"], "B", open="cancel"), list[Done])
assert_type(engine.edit_many([job], priority="high")[0].error, PipeflowError | None)
engine.edit(job, name=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
assert_type(engine.record(job.item("Prepare"), TaskCompleted()), Job)
assert_type(engine.record("job-1/1", TaskCompleted(), command_id="c-1"), Job)
assert_type(engine.receive(Ref("tasks", "t-1"), TaskCompleted()), list[Job])
assert_type(engine.complete("job-1/1"), Job)
assert_type(engine.reopen("job-1/1", "by mistake"), Job)
assert_type(engine.link(job, "t-2", "task", "By hand"), Job)
assert_type(engine.tag("account-1", add={"vip"}), Account)
assert_type(engine.tick(), Tick)
assert_type(engine.tick().postponed, tuple[str, ...])

# Reading.
assert_type(engine.explain(job), Explanation)
assert_type(engine.explain(job).reason, WaitReason)
assert_type(engine.explain(job).where.goes_to, str)
assert_type(engine.trace(job), Trail)
assert_type(engine.board(tax), Board)
assert_type(engine.timeline(job), Timeline)
assert_type(engine.agenda("payroll"), Agenda)
assert_type(engine.metrics(tax), Metrics)
assert_type(engine.event_log(), EventLog)
assert_type(engine.forecast(), Forecast)
assert_type(engine.replay(tax), Replay)
assert_type(engine.what_if().diff(), Diff)
assert_type(lint(tax), Findings)
assert_type(engine.trace(job, -1).command.then[0].event, Event | None)
assert_type(engine.overview("tax"), Overview)
assert_type(tax.overview(engine.templates(), engine.members()), Overview)
assert_type(tax.change("Intake", when=None, time_limit=timedelta(days=3)), Pipeline)
assert_type(engine.history(job), History)
assert_type(engine.history(job)[0], Event)
assert_type(engine.history(job)[-3:], History)
assert_type(engine.history(job).of(AutomationSkipped), tuple[AutomationSkipped, ...])
assert_type(engine.history(job).of(JobMoved)[0].source, str)
assert_type(engine.failures(), tuple[Failure, ...])
assert_type(engine.templates(), tuple[Template, ...])
assert_type(engine.templates(kind=EmailTemplate), tuple[Template, ...])
assert_type(engine.jobs(tag="vip", status=["Active", "On hold"], limit=9), Listing[Job])
assert_type(engine.jobs()[0].due, date | None)
assert_type(engine.jobs()[1:].next, str | None)
assert_type(engine.work(side="client", due_before=date(2027, 1, 1))[0], Work)
assert_type(engine.work(kind=ItemKind.INVOICE)[0].side, Side)
assert_type(engine.feed(kinds=[JobMoved]), History)
assert_type(engine.history("account-1"), History)
assert_type(job.item("Prepare"), Item)
assert_type(job.item("Prepare").state, ItemState)

# For hosts that deliver by themselves.
assert_type(engine.pending(), tuple[Request, ...])
assert_type(engine.pending(limit=10, lease=timedelta(minutes=5)), tuple[Request, ...])
assert_type(engine.delivered(engine.pending()[0].key, Receipt("m-1", completed=True)), Job | None)
assert_type(engine.failed("key", TimeoutError()), Job | None)


# A handler is given the events of its kind, and nothing wider.
def moved(event: JobMoved) -> None:
    """Note where a job went."""
    assert_type(event.stage, str)


assert_type(engine.on(JobMoved, moved), Callable[[], None])
engine.on(Event, moved)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# Packages.
bundle = Bundle.of(tax, task)
assert_type(bundle.to_json(), str)
assert_type(Bundle.from_json("{}"), Bundle)
assert_type(engine.install(bundle), Installed)
assert_type(engine.install(bundle).pipeline, Pipeline)
assert_type(engine.install(bundle).roles, frozenset[str])

# Values: converters take what people write.
assert_type(tagged("a") & ~tagged("b") | tagged("c"), Condition)
assert_type(field_below("staff", 10) | balance_above(Money("0", "USD")), Condition)
assert_type(assigned("mia", Role("preparer")) & role_is("preparer", Member("Mia")), Condition)
pipeline_is(Pipeline("Tax", [Stage("A")]), "vat")
assert_type(Money("450.00", "USD") * 2, Money)
assert_type(tax.add("A", SendEmail("welcome")), Pipeline)
Reminders(every=3)
Reminders(every=timedelta(hours=12), times=2)
Stage("A", when=tagged("vip"), automations=[SendEmail("welcome", when=~tagged("quiet"))])

# What must not pass.
field_before("year end", 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
older_than("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
CreateTask(42)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Stage("A", automove="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Stage("A", automation=[])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Money(450.0, "USD")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Ports(mail=Mail())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
engine.pending(lease=60)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Engine(store=Shelf)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Half()  # type: ignore[abstract]  # pyright: ignore[reportAbstractUsage]
EmailPort()  # type: ignore[abstract]  # pyright: ignore[reportAbstractUsage]

# A world.
world = World()
assert_type(world.engine, Engine)
assert_type(world.email.sent, list[Email])
assert_type(world.advance(days=3), list[Tick])
assert_type(world.job_at(tax, "A"), Job)
assert_type(world.client.pays("job-1", "Fee"), Job)
