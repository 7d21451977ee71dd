"""Commands: acting once, by whom, allowed or not, told to handlers, and never inside a decision."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
import pytest

from pipeflow import (
    Account,
    Bundle,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    Engine,
    Event,
    InvoicePaid,
    Job,
    JobMoved,
    JobStarted,
    LimitError,
    Member,
    NotAllowedError,
    PipeflowError,
    Pipeline,
    Ports,
    Receipt,
    ReentrancyError,
    Ref,
    Reminders,
    RequestDelivered,
    SendEmail,
    Settings,
    Stage,
    TagsChanged,
    TaskCompleted,
    TaskTemplate,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.system import RandomIds, SystemClock
from pipeflow.ports import (
    Authorizer,
    Clock,
    Email,
    EmailPort,
    Ids,
    Invoice,
    InvoicesPort,
    Read,
    Rejected,
    TaskCancellation,
    TaskChange,
    TasksPort,
    Waker,
)
from pipeflow.ports import Task as TaskRequest
from pipeflow.testing import CountingIds, FakeEmail, FakeTasks, ManualClock, World
from tests.firms import (
    DONE,
    FEE,
    PREPARE,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
    stored,
)

MOVES = (Stage("Intake", [CreateTask(PREPARE)]), Stage("Work", [SendEmail(WELCOME)]), DONE)

# -- command ids ----------------------------------------------------------------------------------


def commands(world: World, job: Job) -> list[tuple[str, Callable[[str], Any]]]:
    """List every command that takes an id of its own."""
    engine = world.engine
    return [
        ("start", lambda id: engine.start("tax", job.account, command_id=id)),
        ("move", lambda id: engine.move(job, "Work", command_id=id)),
        ("transfer", lambda id: engine.transfer(job, "other", command_id=id)),
        ("record", lambda id: engine.record(job.item("Prepare"), TaskCompleted(), command_id=id)),
        (
            "receive",
            lambda id: engine.receive(Ref("tasks", "task-1"), TaskCompleted(), command_id=id),
        ),
        ("complete", lambda id: engine.complete(job.item("Prepare"), command_id=id)),
        ("link", lambda id: engine.link(job, "x", "invoice", command_id=id)),
        ("unlink", lambda id: engine.unlink(job, job.item("Prepare"), command_id=id)),
        ("set_status", lambda id: engine.set_status(job, "On hold", command_id=id)),
        ("archive", lambda id: engine.archive(job, command_id=id)),
        ("restore", lambda id: engine.restore(job, command_id=id)),
        ("remind", lambda id: engine.remind(job.item("Fee"), command_id=id)),
        ("reevaluate", lambda id: engine.reevaluate(job, command_id=id)),
    ]


NAMES = [name for name, _ in commands(*begun(*MOVES))]


def ready() -> tuple[World, Job]:
    """Start a job on which every command can act."""
    return begun(
        Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)]),
        *MOVES[1:],
        more=[Pipeline("Other", [Stage("Begin", [SendEmail(WELCOME)])])],
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_command_with_an_id_acts_once(name: str) -> None:
    """Sent again it changes nothing and answers with the job as it now stands."""
    world, job = ready()
    command = dict(commands(world, job))[name]

    first = command("once")
    world.engine.tag(job.account, add={"meanwhile"})
    before = dump(world)
    again = command("once")

    assert again == first
    assert dump(world) == before


def test_a_repeat_answers_with_the_job_as_it_now_stands() -> None:
    """Not as it stood then."""
    world, job = ready()
    world.engine.move(job, "Work", command_id="m-1")
    world.engine.move(job, "Done")

    again = world.engine.move(job, "Work", command_id="m-1")

    assert again.stage == "done"
    assert len(world.email.sent) == 1


def test_a_command_id_acts_once_also_concurrently() -> None:
    """Ten threads send the same move, back and forth once."""
    world, job = ready()
    barrier = threading.Barrier(10)
    answers: list[Job] = []

    def send() -> None:
        barrier.wait()
        answers.append(world.engine.move(job, "Work", command_id="m-1"))

    run_all([send] * 10)

    assert len(answers) == 10
    assert now(world, job).visit == 2
    assert len(world.email.sent) == 1


@pytest.mark.parametrize("wrong", ["", "x" * 256, 5, ["x"]])
def test_a_command_id_that_no_store_could_keep_is_refused(wrong: Any) -> None:
    """A text of 1 to 255 characters."""
    world, job = ready()
    before = dump(world)

    with pytest.raises(PipeflowError, match=r"\$\.command_id: must be a text of 1 to 255"):
        world.engine.move(job, "Work", command_id=wrong)
    with pytest.raises(PipeflowError, match=r"\$\.command_id: must be a text of 1 to 255"):
        world.engine.start("tax", job.account, command_id=wrong)

    assert dump(world) == before


# -- who ------------------------------------------------------------------------------------------


class Only(Authorizer):
    """Lets one actor do everything, and nobody else anything."""

    def __init__(self, actor: str) -> None:
        """Begin with nobody having asked."""
        self.actor = actor
        self.asked: list[tuple[str, str, str]] = []

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Write down what was asked."""
        self.asked.append((actor, action, about))
        return actor == self.actor


def test_the_actor_is_kept_in_the_history_and_automove_acts_as_the_system() -> None:
    """A member or its id; nobody is the system."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)

    world.engine.record(job.item("Prepare"), TaskCompleted(), actor=Member("Mia Berg"))

    history = world.engine.history(job)
    actors = {type(event).__name__: event.actor for event in history}
    assert actors["ItemCompleted"] == "mia-berg"
    assert actors["JobMoved"] == actors["JobStarted"] == "system"


def test_the_authorizer_may_refuse_everything_but_the_system() -> None:
    """Who, what and about which job or account is what it is asked; nothing is stored."""
    authorizer = Only("mia")
    world = opened(*MOVES, authorizer=authorizer)
    job = world.engine.start("tax", world.account())
    before = dump(world)
    engine = world.engine

    for call in (
        lambda: engine.move(job, "Work", actor="eve"),
        lambda: engine.start("tax", job.account, actor="eve"),
        lambda: engine.tag(job.account, add={"a"}, actor="eve"),
        lambda: engine.save(PREPARE, actor="eve"),
        lambda: engine.record(job.item("Prepare"), TaskCompleted(), actor="eve"),
        lambda: engine.archive(job, actor="eve"),
        lambda: engine.install(
            Bundle(pipelines=[Pipeline("Books", [Stage("Begin")])]), actor="eve"
        ),
    ):
        with pytest.raises(NotAllowedError, match="'eve' may not"):
            call()
    unchanged = dump(world)
    allowed = engine.move(job, "Work", actor="mia")

    assert unchanged == before
    assert allowed.stage == "work"
    assert ("eve", "move", job.id) in authorizer.asked
    assert ("eve", "tag", job.account) in authorizer.asked
    assert all(actor != "system" for actor, _, _ in authorizer.asked)


def test_who_may_not_retry_changes_nothing() -> None:
    """Asked before the request is touched."""
    world = opened(*MOVES, authorizer=Only("mia"))
    world.tasks.fail_next(OSError("down"))
    world.engine.start("tax", world.account())
    (failure,) = world.engine.failures()
    before = dump(world)

    for call in (world.engine.retry, world.engine.abandon):
        with pytest.raises(NotAllowedError, match="'eve' may not"):
            call(failure.key, actor="eve")

    assert dump(world) == before


# -- handlers -------------------------------------------------------------------------------------


def test_handlers_are_told_after_the_commit_in_order() -> None:
    """Of every event of the kind asked for; the firm they see is the one after it."""
    world = opened(*MOVES)
    told: list[str] = []
    world.engine.on(JobStarted, lambda event: told.append(world.engine.job(event.job).stage))
    world.engine.on(Event, lambda event: told.append(type(event).__name__))
    end = world.engine.on(JobMoved, lambda event: told.append("moved"))

    job = world.engine.start("tax", world.account())
    world.engine.move(job, "Done")
    end()
    end()
    world.engine.move(job, "Intake")

    assert told[0] == "intake"
    assert told.count("moved") == 1
    assert told.count("JobMoved") == 2
    assert told[1:] == [
        name for event in world.engine.history(job)
        for name in ([type(event).__name__, "moved"] if event == events(world, job, JobMoved)[0]
                     else [type(event).__name__])
    ]  # fmt: skip


def test_a_handler_that_raises_is_logged_and_harms_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The command is done, and the other handlers are told."""
    world = opened(*MOVES)
    told: list[Event] = []

    def broken(event: Event) -> None:
        raise RuntimeError("oh")

    world.engine.on(JobStarted, broken)
    world.engine.on(JobStarted, told.append)

    with caplog.at_level(logging.ERROR, logger="pipeflow"):
        world.engine.start("tax", world.account())

    assert len(told) == 1
    assert "a handler of JobStarted failed" in caplog.text


def test_a_handler_may_call_the_engine() -> None:
    """What follows from that comes behind what was there."""
    world = opened(*MOVES)
    order: list[str] = []

    def onward(event: JobStarted) -> None:
        order.append("started")
        world.engine.move(event.job, "Work")
        order.append("back")

    world.engine.on(JobStarted, onward)
    world.engine.on(JobMoved, lambda event: order.append("moved"))

    job = world.engine.start("tax", world.account())

    assert job.stage == "work"
    assert order == ["started", "back", "moved"]
    assert len(world.email.sent) == 1


def test_handlers_hear_of_tags_by_hand_and_of_deliveries() -> None:
    """Also what no job was asked for."""
    world = opened(*MOVES)
    told: list[Event] = []
    world.engine.on(TagsChanged, told.append)
    world.engine.on(RequestDelivered, told.append)

    account = world.account()
    world.engine.tag(account, add={"a"})
    world.engine.start("tax", account)

    assert [type(event).__name__ for event in told] == ["TagsChanged", "RequestDelivered"]


@pytest.mark.parametrize("kind", ["JobMoved", int, None])
def test_only_kinds_of_events_can_be_heard_of(kind: Any) -> None:
    """A name is no kind."""
    with pytest.raises(DefinitionError, match="must be a kind of event"):
        World().engine.on(kind, print)


def test_circles_of_handlers_come_to_an_end(caplog: pytest.LogCaptureFixture) -> None:
    """A handler that moves the job whose move it hears of is stopped."""
    world, job = begun(*MOVES, settings=Settings(deepest=5))

    def onward(event: JobMoved) -> None:
        world.engine.move(event.job, "Work" if event.stage == "done" else "Done")

    world.engine.on(JobMoved, onward)
    with caplog.at_level(logging.ERROR, logger="pipeflow"):
        world.engine.move(job, "Work")

    assert "LimitError" in caplog.text
    assert now(world, job).visit == 2 + 5


# -- ports that call back -------------------------------------------------------------------------


def test_a_port_may_record_what_it_knows_at_once() -> None:
    """The payment is there before the invoice's own receipt, and the job goes on once."""
    world = opened(
        Stage("Bill", [CreateInvoice(FEE), CreateTask(PREPARE)], automove=True),
        Stage("After", [SendEmail(WELCOME)]),
    )
    seen: list[Job] = []

    def paid(invoice: Invoice) -> bool:
        assert invoice.item is not None
        seen.append(world.engine.record(invoice.item, InvoicePaid()))
        return False

    world.invoices.fail_when(paid, OSError())
    job = world.engine.start("tax", world.account())
    done = world.team.completes(job, "Prepare")

    assert seen[0].item("Fee").state == "completed"
    assert done.stage == "after"
    assert len(world.invoices.created) == len(world.email.sent) == 1


def test_a_port_may_start_another_job() -> None:
    """Its requests go out behind those that were there before."""
    world = opened(Stage("Intake", [SendEmail(WELCOME), CreateTask(PREPARE)]), DONE)
    bob = world.account("Bob")

    def start(email: Email) -> bool:
        if email.account != bob.id:
            world.engine.start("tax", bob)
        return False

    world.email.fail_when(start, OSError())
    world.engine.start("tax", world.account())

    assert [task.job for task in world.tasks.created] == ["job-1", "job-2"]


def test_circles_of_ports_come_to_an_end() -> None:
    """A port that starts a job whose e-mail goes through it is stopped by a limit it can see."""
    world = opened(Stage("Intake", [SendEmail(WELCOME)]), DONE, settings=Settings(deepest=4))
    account = world.account()
    stopped: list[str] = []

    def again(email: Email) -> bool:
        try:
            world.engine.start("tax", account)
        except LimitError as error:
            stopped.append(str(error))
        return False

    world.email.fail_when(again, OSError())
    world.engine.start("tax", account)

    assert len(world.engine.jobs()) == 5
    assert len(stopped) == 1
    assert "5 calls deep" in stopped[0]


def test_circles_that_go_on_by_receipts_come_to_an_end_too() -> None:
    """An invoice that credit pays moves the job, whose e-mail has a port start another one."""
    bill = attrs.evolve(FEE, on_account=True)
    world = opened(
        Stage("Bill", [CreateInvoice(FEE)], automove=True),
        Stage("Mail", [SendEmail(WELCOME)]),
        settings=Settings(deepest=4),
    )
    world.engine.save(bill, replace=True)
    account = world.account()
    world.invoices.credit.add(account.id)
    stopped: list[str] = []

    def again(email: Email) -> bool:
        try:
            world.engine.start("tax", account)
        except LimitError as error:
            stopped.append(str(error))
        return False

    world.email.fail_when(again, OSError())
    world.engine.start("tax", account)

    assert len(world.engine.jobs()) == 5
    assert len(stopped) == 1


def test_a_port_may_tick() -> None:
    """What is due is done once, wherever the tick comes from."""
    world = opened(Stage("Intake", [SendEmail(WELCOME), CreateTask(PREPARE)]), DONE)
    world.email.fail_when(lambda email: bool(world.engine.tick()), OSError())

    job = world.engine.start("tax", world.account())

    assert len(world.email.sent) == len(world.tasks.created) == 1
    assert len(events(world, job, RequestDelivered)) == 2


# -- inside a decision ----------------------------------------------------------------------------


class Calling:
    """What a host gives, which calls the engine back when it is told to."""

    def __init__(self) -> None:
        """Begin without an engine."""
        self.engine: Engine | None = None
        self.job = ""

    def call(self) -> None:
        """Move a job from where none may be moved."""
        if self.engine is not None:
            engine, self.engine = self.engine, None
            engine.move(self.job, "Done")


class CallingClock(Calling, Clock):
    """A clock that does more than tell the time."""

    def now(self) -> datetime:
        """Tell it."""
        self.call()
        return ManualClock().now()


class CallingIds(Calling, Ids):
    """Ids that do more than count."""

    def __init__(self) -> None:
        """Begin to count."""
        super().__init__()
        self.ids = CountingIds()

    def new(self, kind: str, /) -> str:
        """Make the next."""
        self.call()
        return self.ids.new(kind)


class CallingAuthorizer(Calling, Authorizer):
    """An authorizer that does more than answer."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Allow everything."""
        self.call()
        return True


class CallingStore(MemoryStore):
    """A store that does more than keep."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.calling = Calling()

    def read(self, *args: Any, **more: Any) -> Read:
        """Look rows up."""
        self.calling.call()
        return super().read(*args, **more)


@pytest.mark.parametrize("place", ["clock", "ids", "authorizer", "store"])
def test_a_command_inside_a_decision_is_refused(place: str) -> None:
    """The outer command fails with the error that says why, and the engine is usable."""
    clock, ids, authorizer, store = (
        CallingClock(),
        CallingIds(),
        CallingAuthorizer(),
        CallingStore(),
    )
    engine = Engine(
        ports=Ports(email=FakeEmail(), tasks=FakeTasks()),
        clock=clock,
        ids=ids,
        authorizer=authorizer,
        store=store,
    )
    engine.save(Pipeline("Tax", [Stage("Intake"), DONE]))
    account = engine.save(Account("Ada"))
    job = engine.start("tax", account)
    calling = {"clock": clock, "ids": ids, "authorizer": authorizer, "store": store.calling}[place]
    before = store.dump()
    calling.engine, calling.job = engine, job.id

    def call() -> Job:
        if place == "ids":
            return engine.start("tax", account)
        return engine.move(job, "Done", actor="mia")

    with pytest.raises(ReentrancyError, match="call the engine from ports and event handlers"):
        call()

    assert store.dump() == before
    assert engine.move(job, "Done", actor="mia").stage == "done"


@pytest.mark.parametrize("name", ["tick", "delivered", "failed", "save", "tag", "retry"])
def test_nothing_that_writes_is_done_inside_a_decision(name: str) -> None:
    """Not only commands on jobs: also what is due, and what hosts say of their deliveries."""
    key = "default/job-1/1/create-task-prepare"

    class Meddling(Authorizer):
        """Does something else before it answers."""

        def can(self, actor: str, action: str, about: str, /) -> bool:
            """Do it."""
            arguments: dict[str, Any] = {
                "delivered": (key,),
                "failed": (key, "down"),
                "save": (WELCOME,),
                "tag": ("account-1",),
                "retry": (key,),
            }
            getattr(engine, name)(*arguments.get(name, ()))
            return True

    world = opened(*MOVES, authorizer=Meddling())
    engine = world.engine
    world.tasks.fail_next(OSError("down"))
    job = engine.start("tax", world.account())
    world.clock.advance(days=1)
    before = dump(world)

    with pytest.raises(ReentrancyError):
        engine.move(job, "Work", actor="mia")

    assert dump(world) == before
    assert world.tasks.created == []
    assert len(engine.tick().delivered) == 1


def test_an_authorizer_that_raises_leaves_the_engine_usable() -> None:
    """Its error is its own, and comes out as it is."""

    class Broken(Authorizer):
        """Knows nobody."""

        def can(self, actor: str, action: str, about: str, /) -> bool:
            """Fail."""
            raise KeyError(actor)

    world = opened(*MOVES, authorizer=Broken())
    job = world.engine.start("tax", world.account())

    with pytest.raises(KeyError):
        world.engine.move(job, "Done", actor="mia")

    assert world.engine.move(job, "Done").stage == "done"


def test_a_naive_clock_is_refused() -> None:
    """Time without a zone is no time; one in another zone is told in UTC."""

    class Naive(Clock):
        """Forgets its zone."""

        def now(self) -> datetime:
            """Tell it."""
            return datetime(2027, 1, 1)

    class Local(Clock):
        """Has another zone."""

        def now(self) -> datetime:
            """Tell it."""
            return datetime.fromisoformat("2027-01-01T01:00:00+02:00")

    store = MemoryStore()
    engine = Engine(store=store)
    engine.save(Pipeline("Tax", [Stage("Intake")]))
    account = engine.save(Account("Ada"))

    with pytest.raises(PipeflowError, match="naive datetime"):
        Engine(store=store, clock=Naive()).start("tax", account)
    job = Engine(store=store, clock=Local()).start("tax", account)

    assert job.created.isoformat() == "2026-12-31T23:00:00+00:00"


# -- threads --------------------------------------------------------------------------------------


def run_all(calls: list[Callable[[], None]]) -> None:
    """Run calls in threads of their own, and raise what any of them raised."""
    errors: list[BaseException] = []

    def guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001  (told below)
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_several_threads_lose_no_update() -> None:
    """Every move of every thread is there, gapless: visits count up one by one."""
    world, job = begun(Stage("A"), Stage("B", [CreateTask(PREPARE)]), Stage("C"), DONE)
    barrier = threading.Barrier(6)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(20):
            world.engine.link(job, f"{number}-{turn}", "note")
            world.engine.tag(job.account, add={f"{number}-{turn}"})

    run_all([lambda n=n: work(n) for n in range(6)])  # type: ignore[misc]

    after = now(world, job)
    assert len(after.items) == 120
    assert [item.id for item in after.items] == [f"{job.id}/{n}" for n in range(1, 121)]
    assert len(world.engine.account(job.account).tags) == 120
    assert stored(world, "job", job.id).version == 121


def test_several_threads_move_one_job_gaplessly() -> None:
    """Each entry is a visit of its own, and each makes its task once."""
    world, job = begun(Stage("A", [CreateTask(PREPARE)]), Stage("B", [CreateTask(PREPARE)]), DONE)
    barrier = threading.Barrier(5)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(10):
            world.engine.move(job, "AB"[(number + turn) % 2])

    run_all([lambda n=n: work(n) for n in range(5)])  # type: ignore[misc]

    moved = events(world, job, JobMoved)
    assert [event.visit for event in moved] == list(range(2, len(moved) + 2))
    assert all(event.source != event.stage for event in moved)
    assert len(world.tasks.created) == now(world, job).visit
    assert len({task.key for task in world.tasks.created}) == now(world, job).visit


def test_several_threads_tick_and_each_request_goes_out_once() -> None:
    """What is claimed by one is not claimed by another."""
    templates = [TaskTemplate(f"T{n}") for n in range(20)]
    world = opened(Stage("A", [CreateTask(t) for t in templates]), DONE, more=templates)
    world.tasks.fail_next(OSError("down"), times=20)
    world.engine.start("tax", world.account())
    world.clock.advance(days=1)
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        world.engine.tick()

    run_all([work] * 4)

    assert sorted(task.name for task in world.tasks.created) == sorted(t.name for t in templates)
    assert len(world.tasks.attempts) == 40


def test_several_threads_save_and_none_is_lost() -> None:
    """Different definitions never refuse one another."""
    world = World()
    barrier = threading.Barrier(5)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(8):
            world.engine.save(TaskTemplate(f"T {number} {turn}"))

    run_all([lambda n=n: work(n) for n in range(5)])  # type: ignore[misc]

    assert len(world.engine.templates()) == 40


# -- the rest of what a host gives ----------------------------------------------------------------


class Alarm(Waker):
    """Writes down when it shall wake somebody."""

    def __init__(self, *, broken: bool = False) -> None:
        """Begin with nobody asleep."""
        self.set: list[tuple[str, datetime]] = []
        self.broken = broken

    def wake(self, tenant: str, at: datetime, /) -> None:
        """Write it down."""
        if self.broken:
            raise OSError("no alarm")
        self.set.append((tenant, at))


def test_the_waker_is_told_when_something_will_be_due() -> None:
    """Of reminders when they are set, of retries, and of when leases of calls end."""
    alarm = Alarm()
    world = opened(
        Stage("A", [CreateTask(PREPARE), CreateInvoice(FEE, reminders=Reminders())]),
        DONE,
        waker=alarm,
    )
    world.tasks.fail_next(OSError("down"))

    job = world.engine.start("tax", world.account())

    assert alarm.set == [
        ("default", world.clock.now() + world.engine.settings().lease),
        ("default", world.engine.failures()[0].retry_at),
        ("default", now(world, job).item("Fee").remind_at),
    ]


def test_a_waker_that_fails_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It was only a hint."""
    world = opened(Stage("A", [CreateTask(PREPARE)]), DONE, waker=Alarm(broken=True))
    world.tasks.fail_next(OSError("down"))

    job = world.engine.start("tax", world.account())

    assert job.stage == "a"
    assert "the waker failed" in caplog.text


def test_tenants_are_isolated() -> None:
    """Two firms in one store see nothing of each other, and neither ticks for the other."""
    store, clock = MemoryStore(), ManualClock()
    firms = {}
    for name in ("one", "two"):
        tasks = FakeTasks()
        engine = Engine(
            ports=Ports(email=FakeEmail(), tasks=tasks),
            store=store,
            clock=clock,
            ids=CountingIds(),
            tenant=name,
        )
        engine.save(Pipeline("Tax", [Stage("A", [CreateTask(PREPARE)])]), PREPARE)
        tasks.fail_next(OSError(name))
        engine.start("tax", engine.save(Account(name)), command_id="same")
        firms[name] = (engine, tasks)
    one, two = firms["one"][0], firms["two"][0]
    clock.advance(days=1)

    ticked = one.tick()

    assert [job.id for job in one.jobs()] == [job.id for job in two.jobs()] == ["job-1"]
    assert one.account("account-1").name == "one"
    assert ticked.delivered == ("one/job-1/1/create-task-prepare",)
    assert one.failures() == ()
    assert [failure.key for failure in two.failures()] == ["two/job-1/1/create-task-prepare"]
    assert repr(one) == f"<Engine of 'one' on {store!r}>"


class OwnEmail(EmailPort):
    """A host's own port, as small as can be."""

    def send(self, email: Email, /) -> Receipt | None:
        """Send nothing."""
        return None


class OwnTasks(TasksPort):
    """Another one."""

    def create(self, task: TaskRequest, /) -> Receipt | None:
        """Create nothing, but say so."""
        return Receipt("t")


class OwnInvoices(InvoicesPort):
    """Another one."""

    def create(self, invoice: Invoice, /) -> Receipt | None:
        """Create nothing."""
        return None


def test_an_engine_needs_nothing_but_its_ports() -> None:
    """The system's clock, random ids, a store in memory."""
    engine = Engine(ports=Ports(email=OwnEmail(), tasks=OwnTasks(), invoices=OwnInvoices()))
    engine.save(Pipeline("Tax", [Stage("A", [CreateTask(PREPARE)])]), PREPARE)

    job = engine.start("tax", engine.save(Account("Ada")))

    assert job.item("Prepare").ref == Ref("tasks", "t")
    assert engine.job(job).created.utcoffset() is not None
    assert RandomIds().new("job") != RandomIds().new("job")
    assert SystemClock().now().tzinfo is not None


@pytest.mark.parametrize(
    "port", [EmailPort, TasksPort, InvoicesPort, Clock, Ids, Authorizer, Waker]
)
def test_a_port_that_forgets_its_method_says_so_at_once(port: type[Any]) -> None:
    """When it is made, not when it is needed."""
    with pytest.raises(TypeError, match="abstract"):
        type("Lazy", (port,), {})()


def test_the_optional_methods_of_ports_may_be_left_as_they_are() -> None:
    """A change is not taken over then, and what is to be taken back stays."""
    about = ("account-1", "job-1", "job-1/1", None, "Prepare", "t", "job-1/1")

    assert OwnTasks().update(TaskChange("a", *about)) is None
    with pytest.raises(Rejected, match="cannot cancel"):
        OwnTasks().cancel(TaskCancellation("b", *about))
