"""The calls of the async engine are those of the plain one: names, arguments, answers, errors."""

from __future__ import annotations

import inspect
import re
from collections.abc import Generator
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pipeflow import (
    Account,
    Bundle,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Daily,
    DefinitionError,
    Engine,
    InvoicePaid,
    JobMoved,
    Member,
    NotFoundError,
    OrganizerSubmitted,
    OrganizerTemplate,
    PipeflowError,
    Pipeline,
    Ports,
    Question,
    Receipt,
    Ref,
    Rejected,
    Schedule,
    SendEmail,
    Settings,
    Stage,
    TaskCompleted,
    UpdateAccountTags,
)
from pipeflow.aio import AsyncEngine, AsyncPorts
from pipeflow.testing import World
from tests.aio.offices import INVOICE, TASK, Mail, Office
from tests.firms import ADA, BOB, BUSINESS, DAILY, DONE, FEE, ORGANIZER, PREPARE, TEMPLATES, WELCOME

PACKAGE = Path(__file__).parents[2] / "examples" / "packages" / "individual-tax.json"
CALLS = sorted(
    name for name in dir(Engine) if not name.startswith("_") and callable(getattr(Engine, name))
)
STAGES = [
    Stage(
        "Intake",
        [SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE, reminders=DAILY)],
        automove=True,
    ),
    Stage("Collect", [CreateOrganizer(ORGANIZER, reminders=DAILY)], automove=True),
    Stage("Work", [UpdateAccountTags(add={"worked"}), CreateTask(PREPARE)]),
    DONE,
]
TAX = Pipeline("Tax", STAGES, statuses=["On hold"])

# A script yields calls and is sent their answers, or the errors that they raised.
Call: TypeAlias = tuple[str, tuple[Any, ...], dict[str, Any]]
Script: TypeAlias = Generator[Call, Any, None]


def call(name: str, /, *args: Any, **given: Any) -> Call:
    """Make a call of an engine."""
    return name, args, given


def season(world: World) -> Script:
    """Go through every call of an engine that delivers, mistakes among them."""
    yield call("save", *TEMPLATES, Settings(attempts=2))
    yield call("install", Bundle.load(PACKAGE))
    pipeline = yield call("save", TAX)
    ada, bob = yield call("save", Account("Ada", contacts=[ADA]), Account("Bob", contacts=[BOB]))
    yield call("save", Account("Ada", id=ada.id, contacts=[BOB]))
    yield call("start", "tex", ada)
    job = yield call("start", pipeline, ada, name="1040", command_id="start-1", actor="mia")
    yield call("start", pipeline, ada, name="1040", command_id="start-1", actor="mia")
    yield call("start", pipeline, bob, command_id="start-1")
    yield call("record", job.item("Prepare"), TaskCompleted())
    yield call("receive", Ref("invoices", "invoice-1"), InvoicePaid(), command_id="paid")
    yield call("receive", Ref("invoices", "invoice-99"), InvoicePaid())
    form = (yield call("job", job)).item("Organizer")
    world.clock.advance(days=2)
    yield call("tick")
    yield call("remind", form)
    yield call("set_reminders", form, None)
    yield call("set_reminders", form, DAILY, command_id="again")
    yield call("record", form, OrganizerSubmitted(answers={BUSINESS: "Yes"}))
    yield call("explain", job)
    yield call("board", pipeline)
    yield call("timeline", job)
    yield call("trace", job)
    yield call("metrics", pipeline)
    yield call("event_log")
    yield call("overview", pipeline)
    yield call("history", job)
    yield from trouble(world, pipeline, ada, bob)
    yield from a_long_afternoon(pipeline, ada)
    yield from daily_work(world, pipeline, ada)
    yield from a_routine(world, pipeline, ada)
    yield call("what_if")
    yield call("forecast", 7)
    yield call("forecast", -1)
    yield call("replay", pipeline)
    yield call("replay", "tax")
    plan = yield call("plan", pipeline.remove_stage("Work"), stages={"Work": "Done"})
    yield call("plan", "tax")
    yield call("apply", plan, open="carry", command_id="edited", actor="mia")
    yield call("apply", plan, open="carry", command_id="edited", actor="mia")
    yield call("apply", plan)
    yield call("save", pipeline, replace=True)
    yield from a_farewell(pipeline, ada)


def a_routine(world: World, pipeline: Pipeline, ada: Account) -> Script:
    """Let a job recur."""
    day = world.clock.now().date()
    plan = Schedule("Each day", pipeline=pipeline, accounts=ada, every=Daily(), start=day)
    plan = yield call("save", plan)
    yield call("tick")
    yield call("tick")
    yield call("schedule", plan)
    yield call("schedules")
    yield call("agenda", plan)
    yield call("delete", ada)
    yield call("delete", plan)


def trouble(world: World, pipeline: Pipeline, ada: Account, bob: Account) -> Script:
    """Let ports fail, and mend it."""
    world.tasks.fail_next(OSError("busy"))
    world.invoices.fail_next(Rejected("never"))
    yield call("start_many", pipeline, [ada, bob], command_id="many")
    yield call("start_many", pipeline, [ada, bob], command_id="many")
    yield call("start_many", pipeline, [ada, "nobody"])
    busy, never = yield call("failures")
    yield call("retry", busy.key)
    yield call("retry", "nothing")
    yield call("abandon", never.key)
    world.email.fail_next(OSError("busy"), times=2)
    yield call("start", pipeline, ada)
    world.clock.advance(days=1)
    yield call("tick")
    world.clock.advance(days=1)
    yield call("tick", world.clock.now())


def a_long_afternoon(pipeline: Pipeline, ada: Account) -> Script:
    """Do by hand what can be done by hand, and look at everything."""
    first, second, late = (yield call("jobs"))[1:4]
    yield call("move", late, "Work", skip=["create-task-prepare"])
    yield call("transfer", late, pipeline, "Done")
    yield call("undo", late, command_id="back")
    yield call("undo", late, command_id="back")
    yield call("undo", late)
    yield call("move", late, "Done", open="carry")
    yield call("reevaluate", first)
    yield call("complete", first.item("Prepare"))
    yield call("reopen", first.item("Prepare"), "too early", actor="mia")
    yield call("complete", first.item("Prepare"))
    yield call("set_status", first, "On hold")
    yield call("archive", first)
    yield call("restore", first)
    linked = yield call("link", second, Ref("tasks", "t-9"), "task", "Call", completed=False)
    yield call("item", Ref("tasks", "t-9"))
    yield call("unlink", linked, linked.item("Call"))
    yield call("tag", ada, {"vip"}, ["worked"])
    yield call("jobs", account=ada, stage="intake")
    yield call("jobs", overdue=True, limit=1)
    yield call("jobs", stage="Intaek")
    yield call("work", side="client", account=ada)
    yield call("work", member="nobody")
    yield call("history", ada)
    yield call("feed", kinds=JobMoved)
    yield call("account", ada)
    yield call("member", "nobody")
    yield call("pipeline", "tax")
    yield call("template", "welcome")
    for several in ("accounts", "pipelines", "templates", "members", "settings", "jobs"):
        yield call(several)


def daily_work(world: World, pipeline: Pipeline, ada: Account) -> Script:
    """Change running jobs, pause one, and do one thing to many."""
    yield call("save", Member("Mia", id="mia"))
    job = yield call("start", pipeline, ada, skip=["send-email-welcome"])
    yield call("start", pipeline, ada, fire=False)
    yield call("edit", job, name="For [ACCOUNT_NAME]", due=date(2027, 4, 15), command_id="edit")
    yield call("edit", job, name=5, assignees=["mya"])
    yield call("reassign", job.item("Prepare"), ["mia"], actor="mia")
    yield call("reschedule", job.item("Prepare"), date(2027, 4, 1))
    yield call("pause", job, "no papers", actor="mia")
    yield call("move", job, "Work")
    yield call("explain", job)
    world.clock.advance(days=3)
    yield call("tick")
    yield call("resume", job)
    yield call("resume", job, reminders=False)
    many = [job, "job-1"]
    yield call("edit_many", [*many, "nothing"], priority="high")
    yield call("edit_many", many, priority="high", command_id="many edits")
    yield call("move_many", many, "Work", command_id="many moves")
    yield call("move_many", many, "work", command_id="many moves")
    yield call("move_many", many, "work", open="carry", command_id="many moves")
    yield call("tag_many", [ada], {"late"})
    yield call("save", OrganizerTemplate("Basics", questions=[Question("Income?")]))
    yield call("update_organizers", "basics")
    yield call("update_organizers", "prepare")
    yield call("move_many", many, "Done", open="quiet")
    yield call("archive_many", many)
    yield call("move_many", many, "Done")


def a_farewell(pipeline: Pipeline, ada: Account) -> Script:
    """Let a member and a client leave, and a template go."""
    mia, tom = yield call("save", Member("Mia", id="mia-2"), Member("Tom"))
    job = yield call("start", pipeline, ada, assignees=[mia])
    for thing in (ada, job, mia, "prepare", pipeline, "nothing"):
        yield call("uses", thing)
        yield call("delete", thing)
    yield call("hand_over", mia, mia)
    yield call("hand_over", mia, tom, command_id="leave-1")
    yield call("hand_over", mia, tom, command_id="leave-1")
    yield call("delete", mia)
    yield call("archive", job)
    yield call("delete", job, command_id="leave-2")
    yield call("delete", job, command_id="leave-2")
    yield call("archive", job)
    for one in (yield call("jobs", account=ada)):
        yield call("archive", one)
    yield call("delete", ada, actor="tom")
    yield call("receive", Ref("invoices", "invoice-1"), InvoicePaid(), command_id="paid")
    yield call("receive", Ref("invoices", "invoice-1"), InvoicePaid())
    yield call("account", ada)


def quiet_season(world: World) -> Script:
    """Go through the calls of a host that delivers by itself."""
    yield call("save", *TEMPLATES, TAX)
    yield call("start", "tax", world.account())
    yield call("pending", 2)
    yield call("pending")
    yield call("delivered", TASK, Receipt("t-1"))
    yield call("delivered", "nothing")
    yield call("failed", INVOICE, OSError("busy"))
    yield call("failures")
    world.clock.advance(days=1)
    yield call("tick")
    yield call("pending")


def told(answer: Any) -> str:
    """Tell an answer or an error in full."""
    if isinstance(answer, PipeflowError):
        return f"{type(answer).__name__}: {answer}"
    text = f"{answer!r}\n{answer}".replace("<AsyncBranch", "<Branch")
    return re.sub(r"\bengine-\d+", "engine", text)


def played(script: Script, engine: Engine) -> list[str]:
    """Make the calls of a script, and tell what each came to."""
    answers: list[str] = []
    answer: Any = None
    try:
        while True:
            name, args, given = script.send(answer)
            try:
                answer = getattr(engine, name)(*args, **given)
            except PipeflowError as error:
                answer = error
            answers.append(f"{name} -> {told(answer)}")
    except StopIteration:
        return answers


async def played_async(script: Script, engine: AsyncEngine) -> list[str]:
    """Make the same calls, awaiting each."""
    answers: list[str] = []
    answer: Any = None
    try:
        while True:
            name, args, given = script.send(answer)
            try:
                answer = await getattr(engine, name)(*args, **given)
            except PipeflowError as error:
                answer = error
            answers.append(f"{name} -> {told(answer)}")
    except StopIteration:
        return answers


def test_no_call_is_missing() -> None:
    """Whoever knows the plain engine knows this one."""
    names = [name for name in dir(AsyncEngine) if not name.startswith("_")]

    assert names == sorted([*CALLS, "store"])
    world = World()
    assert AsyncEngine(store=world.store).store is world.store is world.engine.store


@pytest.mark.parametrize("name", ["__init__", *CALLS])
def test_a_call_takes_the_same_arguments(name: str) -> None:
    """The same names, kinds and defaults; and what it does stands there too."""
    plain, own = getattr(Engine, name), getattr(AsyncEngine, name)

    expected, found = (inspect.signature(one).parameters for one in (plain, own))

    assert [(p.name, p.kind, p.default) for p in found.values()] == [
        (p.name, p.kind, p.default) for p in expected.values()
    ]
    assert own.__doc__
    assert inspect.iscoroutinefunction(own) is (name not in {"__init__", "on"})


@pytest.mark.anyio
@pytest.mark.parametrize(("script", "deliver"), [(season, True), (quiet_season, False)])
async def test_a_season_goes_as_it_goes_in_the_plain_engine(
    script: Any, deliver: bool, office: Office
) -> None:
    """Every answer, every error, and in the end every row."""
    kind = type(office.store)
    world, twin = World(store=kind(), deliver=deliver), Office(kind(), deliver=deliver)

    expected = played(script(world), world.engine)
    found = await played_async(script(twin.world), twin.engine)

    assert found == expected
    assert list(twin.world.store.export("default")) == list(world.store.export("default"))
    assert twin.world.email.sent == world.email.sent
    assert twin.world.tasks.attempts == world.tasks.attempts


def test_the_seasons_leave_no_call_out() -> None:
    """A call that is new comes into the script."""
    world, quiet = World(), World(deliver=False)
    made = [
        line.partition(" ")[0]
        for line in played(season(world), world.engine) + played(quiet_season(quiet), quiet.engine)
    ]

    assert {*made, "on"} == set(CALLS)


@pytest.mark.anyio
async def test_a_branch_is_awaited_too(office: Office) -> None:
    """Time passes there as in the plain one, and no port is asked."""
    world = office.world
    world.engine.save(*TEMPLATES, TAX)
    job = world.engine.start("tax", world.account())
    before, sent = list(world.store.export("default")), len(world.email.sent)

    branch, plain = await office.engine.what_if(), world.engine.what_if()
    await branch.move(job, "Collect")
    ticks = await branch.advance(days=9)
    deeper = await branch.what_if()
    await deeper.archive(job)

    plain.move(job, "Collect")
    assert ticks == plain.advance(days=9)
    assert branch.requests == plain.requests != ()
    assert branch.now == plain.now
    assert repr(branch) == repr(plain).replace("<Branch", "<AsyncBranch")
    assert (await branch.job(job)).status == "Active"
    assert (await deeper.job(job)).status == "Archived"
    assert deeper.requests == ()
    assert list(world.store.export("default")) == before
    assert len(world.email.sent) == sent


@pytest.mark.anyio
async def test_wrong_arguments_are_refused_in_the_same_words(office: Office) -> None:
    """What is no port, no store, no handler or no job."""
    with pytest.raises(DefinitionError, match=r"\$\.ports: must be a Ports"):
        AsyncEngine(ports=object())  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=r"\$\.email: has no method 'send'"):
        AsyncPorts(email=object())  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=r"\$\.email: is a class; give an instance"):
        AsyncPorts(email=Mail)  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=r"\$\.handler: must be a function"):
        office.engine.on(JobMoved, "print")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="skp"):
        await office.engine.move("job-1", "Done", skp=())  # type: ignore[call-arg]
    with pytest.raises(NotFoundError):
        await office.engine.job("job-1")


def test_plain_ports_and_no_ports_are_taken_too() -> None:
    """A host goes over to awaiting one port after another."""
    world = World()

    assert repr(AsyncEngine()).startswith("<AsyncEngine of 'default' on <MemoryStore")
    AsyncEngine(ports=Ports(email=world.email))
    AsyncEngine(ports=AsyncPorts(email=world.email))
