"""Interrupts and halves: a signal at any moment tears nothing, and the next command works."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from pipeflow import (
    Cancelled,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    Engine,
    Job,
    NotFoundError,
    Pipeline,
    Receipt,
    Rejected,
    Reminders,
    RequestDelivered,
    SendEmail,
    Settings,
    Stage,
    Status,
    TaskCompleted,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.errors import StoreError
from pipeflow.ports import (
    Authorizer,
    Changes,
    Clock,
    Due,
    Email,
    Ids,
    Ports,
    Read,
    ReminderTimer,
    RowKey,
    Waker,
)
from pipeflow.testing import World
from tests.faults.offices import Counting, Failing, engine_on, lose_template
from tests.faults.signals import moments
from tests.firms import (
    DONE,
    FEE,
    PREPARE,
    REVIEW,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
)

DAILY = Reminders(every=1, times=3)
WORK = Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE, reminders=DAILY)], automove=True)
LATER = Stage("Later", [SendEmail(WELCOME), CreateTask(REVIEW)])

# -- a signal inside the store -------------------------------------------------------------------

Commanded = Callable[[Engine, Job], object]

COMMANDS: dict[str, Commanded] = {
    "start": lambda e, job: e.start("tax", job.account),
    "start with an id": lambda e, job: e.start("tax", job.account, command_id="c"),
    "move": lambda e, job: e.move(job, "Later"),
    "record": lambda e, job: e.record(job.item("Prepare"), TaskCompleted()),
    "cancel": lambda e, job: e.record(job.item("Fee"), Cancelled()),
    "link": lambda e, job: e.link(job, "d-1", "approval", name="Draft", command_id="c"),
    "unlink": lambda e, job: e.unlink(job, job.item("Fee")),
    "archive": lambda e, job: e.archive(job),
    "tag": lambda e, job: e.tag(job.account, add={"x"}, command_id="c"),
    "save": lambda e, job: e.save(
        Pipeline("Tax", [WORK, LATER, Stage("More"), DONE]), replace=True
    ),
    "install": lambda e, job: e.save(*(Pipeline(f"P{n}", [DONE]) for n in range(3))),
    "delivered": lambda e, job: e.delivered(job.item("Fee").request or "", Receipt("i-1")),
    "failed": lambda e, job: e.failed(job.item("Fee").request or "", Rejected("no")),
    "abandon": lambda e, job: e.abandon(job.item("Fee").request or ""),
}


def firm() -> tuple[World, Job]:
    """Open a firm without ports, where each command is one commit, and start a job."""
    world = opened(WORK, LATER, DONE, deliver=False)
    return world, world.engine.start("tax", world.account())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_signal_anywhere_in_the_store_leaves_all_of_a_commit_or_nothing(name: str) -> None:
    """Everything is prepared, and then published so that an interrupt tears nothing (A1)."""
    world, job = firm()
    before = dump(world)
    COMMANDS[name](world.engine, job)
    after = dump(world)

    def prepare() -> tuple[World, Callable[[], object]]:
        fresh, started = firm()
        return fresh, lambda: COMMANDS[name](fresh.engine, started)

    def look(left: World) -> str:
        found = left.engine.jobs()
        assert left.engine.jobs(status="Active") == [one for one in found if one.status == "Active"]
        for one in found:
            left.engine.history(one)
        held = dump(left)
        feed = len(left.store.feed(tenant="default").rows)
        assert feed == sum(len(log) for log in held["default"]["logs"].values())
        if name == "failed":  # the row is claimed first, in a call of its own
            return "whole"
        return "nothing" if held == before else "whole" if held == after else "half"

    seen = {repr(what) for _, what in moments("/pipeflow/adapters/", prepare, look, step=3)}

    assert seen <= {"'nothing'", "'whole'"}


def test_a_start_that_a_signal_ended_is_there_with_everything_or_not_at_all() -> None:
    """With ports: what was committed is delivered in the end, once."""

    def prepare() -> tuple[World, Callable[[], object]]:
        world = opened(WORK, LATER, DONE)
        account = world.account()
        return world, lambda: world.engine.start("tax", account)

    def look(world: World) -> tuple[int, int, int]:
        world.clock.advance(hours=1)
        world.engine.tick()
        delivered = [len(events(world, job, RequestDelivered)) for job in world.engine.jobs()] or [
            0
        ]
        assert world.engine.failures() == ()
        return len(world.engine.jobs()), delivered[0], len(world.tasks.created)

    seen = {what for _, what in moments("/pipeflow/adapters/", prepare, look, step=4)}

    assert seen == {(0, 0, 0), (1, 2, 1)}


LATER_ON = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["start", "record", "delivered", "tick"])
def test_a_signal_at_any_line_of_the_engine_leaves_its_thread_usable(name: str) -> None:
    """Nothing is refused afterwards, and what is due is delivered in that thread too."""

    def prepare() -> tuple[tuple[World, Job], Callable[[], object]]:
        world = opened(WORK, LATER, DONE, deliver=name != "delivered")
        job = world.engine.start("tax", world.account())
        if name == "tick":
            return (world, job), lambda: world.engine.tick(LATER_ON)
        return (world, job), lambda: COMMANDS[name](world.engine, job)

    def look(left: tuple[World, Job]) -> str:
        world, job = left
        world.engine.tag(job.account, add={"later"})
        if world.engine.start("tax", job.account).created != world.clock.now():
            return "tells another time"
        before = len(world.tasks.created)
        engine = engine_on(world)
        engine.start("tax", job.account)
        return "usable" if len(world.tasks.created) > before else "delivers no more"

    seen = [
        f"line {line}: {what}"
        for line, what in moments("/pipeflow/engine/", prepare, look)
        if what != "usable"
    ]

    assert seen == []


# -- a signal from what the host gave ------------------------------------------------------------


class Interrupting:
    """Something of the host's in which a signal arrives at a certain call."""

    def __init__(self) -> None:
        """Begin without a signal."""
        self.signal: BaseException | None = None
        self.after = 0

    def arrive(self) -> bool:
        """Raise it when its call has come; else say that it did not."""
        if self.signal is not None:
            self.after -= 1
            if self.after < 0:
                signal, self.signal = self.signal, None
                raise signal
        return False


class InterruptedClock(Interrupting, Clock):
    """A clock."""

    def __init__(self, world: World) -> None:
        """Take the world's time."""
        super().__init__()
        self.world = world

    def now(self) -> datetime:
        """Tell the time."""
        self.arrive()
        return self.world.clock.now()


class InterruptedIds(Interrupting, Ids):
    """Ids."""

    def __init__(self, ids: Ids) -> None:
        """Take the world's ids."""
        super().__init__()
        self.ids = ids

    def new(self, kind: str, /) -> str:
        """Return the next one."""
        self.arrive()
        return self.ids.new(kind)


class InterruptedAuthorizer(Interrupting, Authorizer):
    """An authorizer."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Allow."""
        self.arrive()
        return True


class InterruptedWaker(Interrupting, Waker):
    """A waker."""

    def wake(self, tenant: str, at: datetime, /) -> None:
        """Do nothing."""
        self.arrive()


class InterruptedStore(MemoryStore):
    """A store whose calls a signal ends, before or after they acted."""

    def __init__(self) -> None:
        """Begin without a signal."""
        super().__init__()
        self.before, self.behind = Interrupting(), Interrupting()

    def read(self, tenant: str, keys: Iterable[RowKey], /, **more: Any) -> Read:
        """Read."""
        self.before.arrive()
        found = super().read(tenant, keys, **more)
        self.behind.arrive()
        return found

    def commit(self, changes: Changes, /) -> bool:
        """Commit."""
        self.before.arrive()
        written = super().commit(changes)
        self.behind.arrive()
        return written

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Renew."""
        self.before.arrive()
        held = super().renew(tenant, key, token, lease)
        self.behind.arrive()
        return held


PLACES = ("clock", "ids", "authorizer", "waker", "store before", "store behind", "port", "listener")
SIGNALS = {"Ctrl-C": KeyboardInterrupt, "an exit": SystemExit, "a generator's end": GeneratorExit}


@pytest.mark.parametrize("after", range(4))
@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("place", PLACES)
def test_a_signal_in_anything_of_the_hosts_leaves_the_engine_usable(
    place: str, signal: str, after: int
) -> None:
    """The next command works, in the same thread and on another engine, and nothing is lost."""
    store = InterruptedStore()
    world = opened(WORK, LATER, DONE, store=store)
    clock, ids = InterruptedClock(world), InterruptedIds(world.ids)
    authorizer, waker, port = InterruptedAuthorizer(), InterruptedWaker(), Interrupting()
    given: dict[str, Interrupting] = {
        "clock": clock, "ids": ids, "authorizer": authorizer, "waker": waker,
        "store before": store.before, "store behind": store.behind, "port": port,
        "listener": port,
    }  # fmt: skip
    engine = Engine(
        ports=Ports(
            **{name: getattr(world, name) for name in ("email", "tasks", "invoices")}
        ),
        store=store, clock=clock, ids=ids, authorizer=authorizer, waker=waker,
    )  # fmt: skip
    if place == "port":
        world.tasks.fail_when(lambda task: port.arrive(), OSError("never"))
    if place == "listener":
        engine.on(RequestDelivered, lambda event: port.arrive())
    account = world.account()
    given[place].signal, given[place].after = SIGNALS[signal](), after

    with suppress(SIGNALS[signal]):
        engine.start("tax", account, actor="mia", command_id="c")
    given[place].signal = None
    job = engine.start("tax", account, actor="mia", command_id="c")
    other = engine_on(world).start("tax", account)
    world.clock.advance(hours=1)
    engine.tick()

    assert len(engine.jobs()) == 2
    for one in (job, other):
        assert [item.ref is not None for item in engine.job(one).items] == [True, True]
        assert len(events(world, one, RequestDelivered)) == 2
    assert engine.failures() == ()
    assert len(world.tasks.created) == 2


def test_what_a_signal_left_in_one_engine_keeps_no_other_from_working() -> None:
    """Its requests are left to their leases, and go out once."""
    waker = InterruptedWaker()
    more = Pipeline("Else", [Stage("Work", [CreateTask(PREPARE)])])
    world = opened(WORK, LATER, DONE, more=[more], waker=waker)
    account, other = world.account(), engine_on(world)
    tax = attrs.evolve(world.engine.pipeline("tax"), statuses=[Status("On hold", quiet=True)])
    world.engine.save(tax)
    held = world.engine.set_status(world.engine.start("tax", account), "On hold")
    waker.signal = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        world.engine.transfer(held, "else")  # its reminders go on, of which the waker is told

    job = other.start("tax", account)
    early = len(world.tasks.created)
    world.clock.advance(hours=1)
    other.tick()

    assert now(world, job).item("Prepare").ref is not None
    assert (early, len(world.tasks.created), len(world.tasks.attempts)) == (2, 3, 3)


def test_a_port_that_a_signal_ends_loses_no_answer_of_the_ports_before_it() -> None:
    """What was done was done: its receipt is kept."""
    world = opened(Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE)]), DONE)
    world.invoices.fail_next(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        world.engine.start("tax", world.account())

    (job,) = world.engine.jobs()
    assert job.item("Prepare").ref is not None
    world.clock.advance(hours=1)
    world.engine.tick()
    assert len(world.tasks.attempts) == 1
    assert len(world.invoices.created) == 1


def test_a_signal_in_a_tick_leaves_the_rest_to_the_next() -> None:
    """Nothing that is due is lost, and nothing goes out twice."""
    world, _ = begun(WORK, LATER, DONE)
    for name in ("Bob", "Eve"):
        world.engine.start("tax", world.account(name))
    world.clock.advance(days=1)
    world.email.fail_next(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        world.engine.tick()
    world.clock.advance(hours=1)
    world.engine.tick()

    assert len(world.email.sent) == 3
    assert len({mail.job for mail in world.email.sent}) == 3


# -- one commit ----------------------------------------------------------------------------------


def test_a_stage_is_taken_away_in_one_commit() -> None:
    """Or not at all."""
    store = Counting()
    world = opened(Stage("Work"), Stage("Old"), DONE, store=store)

    with store.counted() as (calls, _):
        world.engine.save(Pipeline("Tax", [Stage("Work"), DONE]), replace=True)

    assert calls["commit"] == 1


COMES_IN: dict[str, Callable[[Engine, Job], object]] = {
    "a job starts there": lambda e, job: e.start("tax", job.account, stage="Old"),
    "a job is moved there": lambda e, job: e.move(job, "Old"),
    "a job is transferred there": lambda e, job: e.transfer(job, "tax", "Old"),
    "a job moves there by itself": lambda e, job: e.complete(job.item("Prepare")),
    "a job is restored there": lambda e, job: e.restore(job),
}


@pytest.mark.parametrize("how", COMES_IN)
def test_a_stage_that_a_job_enters_while_it_is_taken_away_stays(how: str) -> None:
    """The save is refused and the job stands in a stage that is there (A-18)."""
    store = Failing()
    stages = [Stage("Work", [CreateTask(PREPARE)], automove=True), Stage("Old"), DONE]
    world = opened(*stages, more=[Pipeline("Other", [Stage("Elsewhere")])], store=store)
    job = world.engine.start("tax", world.account())
    if how == "a job is transferred there":
        job = world.engine.transfer(job, "other")
    if how == "a job is restored there":
        world.engine.move(job, "Old")
        world.engine.archive(job)
    store.before = [lambda: COMES_IN[how](engine_on(world), job)]

    with pytest.raises(DefinitionError, match="cannot lose stages in which jobs stand: 'old'"):
        world.engine.save(Pipeline("Tax", [stages[0], DONE]), replace=True)

    pipeline = world.engine.pipeline("tax")
    assert [stage.id for stage in pipeline.stages] == ["work", "old", "done"]
    assert len(world.engine.jobs(pipeline="tax", stage="old")) == 1


def test_a_save_that_is_refused_writes_nothing_of_what_came_with_it() -> None:
    """All that is saved together is one commit."""
    world = opened(Stage("Work"), Stage("Old"), DONE)
    world.engine.start("tax", world.account(), stage="Old")
    before = dump(world)

    with pytest.raises(DefinitionError):
        world.engine.save(
            Pipeline("New", [DONE]), Pipeline("Tax", [Stage("Work"), DONE]), replace=True
        )

    assert dump(world) == before


# -- one bad row ---------------------------------------------------------------------------------


class Unreadable(MemoryStore):
    """A store in which some rows cannot be read."""

    def __init__(self) -> None:
        """Begin readable."""
        super().__init__()
        self.spoilt: set[str] = set()

    def read(self, tenant: str, keys: Iterable[RowKey], /, **more: Any) -> Read:
        """Read, or say what is wrong."""
        wanted = list(keys)
        if bad := self.spoilt & {key.id for key in wanted}:
            raise StoreError(f"row {min(bad)!r} is no readable job")
        return super().read(tenant, wanted, **more)


def with_a_bad_row(settings: Settings | None = None) -> tuple[World, Unreadable, list[Job]]:
    """Start three jobs that have reminders, the first of which cannot be read any more."""
    store = Unreadable()
    world = opened(WORK, LATER, DONE, store=store, settings=settings)
    jobs = [world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob", "Eve")]
    store.spoilt = {jobs[0].id}
    return world, store, jobs


def test_one_unreadable_job_stops_no_reminder_of_the_others() -> None:
    """It is put off, and tried again later."""
    world, _, jobs = with_a_bad_row()
    world.clock.advance(days=1)

    tick = world.engine.tick()

    assert [mail.job for mail in world.email.sent] == [jobs[1].id, jobs[2].id]
    assert (len(tick.reminders), len(tick.postponed)) == (2, 1)


def test_a_reminder_that_can_not_be_worked_out_has_attempts_like_a_request() -> None:
    """It waits longer each time, is parked in the end, and a person sees it."""
    world, store, jobs = with_a_bad_row(Settings(attempts=3))
    world.clock.advance(days=1)
    tries = []
    for _ in range(10):
        tries.append(len(world.engine.tick().postponed))
        world.clock.advance(hours=1)

    (failure,) = world.engine.failures()
    assert tries[:4] == [1, 1, 1, 0]
    assert (failure.job, failure.attempts, failure.given_up) == (jobs[0].id, 3, True)
    assert failure.request is None

    store.spoilt = set()
    world.engine.retry(failure.key)
    world.engine.tick()
    assert jobs[0].id in [mail.job for mail in world.email.sent]
    assert world.engine.failures() == ()


def test_a_reminder_that_was_given_up_can_be_done_without() -> None:
    """Then no further one comes of that item."""
    world, store, jobs = with_a_bad_row(Settings(attempts=1))
    world.clock.advance(days=1)
    world.engine.tick()
    store.spoilt = set()

    world.engine.abandon(world.engine.failures()[0].key)
    world.advance(days=10)

    assert world.engine.failures() == ()
    assert now(world, jobs[0]).item("Fee").timer is None
    assert jobs[0].id not in [mail.job for mail in world.email.sent]


@pytest.mark.parametrize("what", ["the job", "the account", "the pipeline"])
def test_a_row_that_is_gone_stops_no_reminder_of_the_others(what: str) -> None:
    """Whichever row it is that a reminder needs."""
    world = opened(WORK, LATER, DONE, more=[Pipeline("Other", [WORK, DONE])])
    bad = world.engine.start("other", world.account("Ada"))
    good = world.engine.start("tax", world.account("Bob"))
    key = {
        "the job": RowKey("job", bad.id),
        "the account": RowKey("account", bad.account),
        "the pipeline": RowKey("pipeline", "other"),
    }[what]
    version = world.store.read("default", [key]).rows[key].version
    world.store.commit(Changes("default", {key: version}, deletes=(key,)))
    world.clock.advance(days=1)

    tick = engine_on(world).tick()

    assert [mail.job for mail in world.email.sent] == [good.id]
    assert (len(tick.reminders), len(tick.postponed)) == (1, 1)


def test_a_timer_without_its_item_is_put_off_and_harms_nobody() -> None:
    """As a store of an older version may hold it."""
    world, job = begun(WORK, LATER, DONE)
    stray = Due("stray", world.clock.now(), 0, ReminderTimer(job.id, "job-1/99", 1), job.id)
    world.store.commit(Changes("default", {}, dues=(stray,)))
    world.clock.advance(days=1)

    tick = world.engine.tick()

    assert tick.postponed == ("stray",)
    assert len(world.email.sent) == 1


def test_a_template_that_is_gone_stops_one_automation_and_no_other() -> None:
    """It is kept to be retried, and the rest of the stage fires (A-24)."""
    world = opened(Stage("Work", [SendEmail(WELCOME), CreateTask(PREPARE)]), DONE)
    lose_template(world, "welcome")

    job = world.engine.start("tax", world.account())

    assert [one.automation for one in job.blocked] == ["send-email-welcome"]
    assert [task.name for task in world.tasks.created] == ["Prepare"]


def test_a_refused_command_leaves_nothing_half_done() -> None:
    """Not even an id, a row or a line in the history."""
    world, job = begun(WORK, LATER, DONE)
    before = dump(world)

    calls: list[Callable[[], object]] = [
        lambda: world.engine.move(job, "Nowhere", command_id="a"),
        lambda: world.engine.move(job, "Later", skip=["nope"], command_id="b"),
        lambda: world.engine.start("tax", "nobody", command_id="c"),
        lambda: world.engine.retry("nope", command_id="d"),
    ]
    for refused in calls:
        with pytest.raises(NotFoundError):
            refused()

    assert dump(world) == before


def test_an_email_request_of_a_dead_engine_goes_out_once() -> None:
    """Whoever ticks after the lease has it."""
    world = opened(Stage("Work", [SendEmail(WELCOME)]), DONE)
    world.email.fail_next(SystemExit())
    with pytest.raises(SystemExit):
        world.engine.start("tax", world.account())
    world.clock.advance(minutes=2)

    for _ in range(3):
        engine_on(world).tick()

    assert [type(mail) for mail in world.email.sent] == [Email]
