"""What grows: nothing without end, and nothing that is asked about one job with the whole firm."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Engine,
    ItemState,
    Job,
    LimitError,
    MessageTemplate,
    NotFoundError,
    OrganizerTemplate,
    Pipeline,
    Receipt,
    Ref,
    Reminders,
    ReminderSent,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    TaskCompleted,
    Warned,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.memory_schedule import Row
from pipeflow.ports import Over, Parked
from pipeflow.ports.terms import terms_of
from pipeflow.testing import World
from tests.faults.offices import Counting, lose_template
from tests.firms import (
    ADA,
    CHECKLIST,
    DONE,
    FEE,
    LETTER,
    NEWS,
    ORGANIZER,
    PREPARE,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
    usd,
)

DAY = timedelta(days=1)
DAILY = Reminders(every=1, times=3)
WORK = Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE, reminders=DAILY)], automove=True)


def effort(act: Callable[[], object]) -> int:
    """Count the lines of Python that are run by an act."""
    lines = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return lines


def held(world: World) -> dict[str, Any]:
    """Return what the firm's store holds."""
    found: dict[str, Any] = dump(world)["default"]
    return found


# -- what is over is forgotten -------------------------------------------------------------------


def test_done_keys_and_command_ids_are_forgotten_in_time() -> None:
    """`tick` sees to it, after `Settings.forget_after`."""
    world, job = begun(WORK, DONE, settings=Settings(forget_after=timedelta(days=30)))
    world.engine.complete(job.item("Prepare"), command_id="a")
    world.engine.complete(job.item("Fee"), command_id="b")
    world.clock.advance(days=29)
    world.engine.tick()
    kept = held(world)

    world.clock.advance(days=10)
    world.engine.tick()

    assert set(kept["commands"]) == {"a", "b"}
    assert len(kept["over"]) == 3  # two requests, and the reminder of the fee
    assert held(world)["commands"] == {}
    assert held(world)["over"] == {}
    assert held(world)["dues"] == {}


@pytest.mark.parametrize("end", ["cancelled", "withdrawn", "abandoned"])
def test_what_was_never_sent_is_forgotten_too(end: str) -> None:
    """However it came to be over."""
    world = opened(WORK, DONE, settings=Settings(forget_after=timedelta(days=30)), deliver=False)
    job = world.engine.start("tax", world.account())
    for item in job.items:
        if end == "abandoned":
            world.engine.abandon(item.request or "")
        else:
            world.engine.unlink(job, item)

    world.clock.advance(days=40)
    world.engine.tick()

    assert held(world)["dues"] == {}
    assert held(world)["over"] == {}


def test_a_reminder_that_was_due_late_keeps_nothing_else_from_being_forgotten() -> None:
    """What is over is forgotten by when it was due, in whatever order it ended."""
    stage = Stage("Work", [CreateInvoice(FEE, reminders=Reminders(every=300, times=1))])
    world = opened(stage, DONE, settings=Settings(forget_after=timedelta(days=30)), deliver=False)
    first = world.engine.start("tax", world.account())
    world.engine.unlink(first, first.item("Fee"))
    second = world.engine.start("tax", world.account())
    world.engine.abandon(second.item("Fee").request or "")

    world.clock.advance(days=40)
    world.engine.tick()

    over = [key for keys in held(world)["over"].values() for key in keys]
    assert [key for key in over if "reminder" not in key] == []


def test_what_somebody_still_waits_for_is_never_forgotten() -> None:
    """Dead requests and open timers stay, however old."""
    world = opened(WORK, DONE, settings=Settings(attempts=1, forget_after=timedelta(days=1)))
    world.tasks.fail_when(lambda task: True, OSError("down"))
    world.engine.start("tax", world.account())

    world.clock.advance(days=400)
    world.engine.tick()

    assert len(world.engine.failures()) == 1
    assert len(held(world)["dues"]) >= 2


def test_a_tick_inside_a_port_forgets_nothing_that_is_under_way() -> None:
    """It leaves that to the next."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    world.tasks.fail_when(lambda task: bool(world.engine.tick()), OSError("never"))

    job = world.engine.start("tax", world.account())

    assert now(world, job).item("Prepare").ref is not None


def test_a_mended_automation_leaves_no_trace_among_the_blocked() -> None:
    """What was blocked is asked for by its jobs, and those that are mended are not among them."""
    store = Counting()
    world = opened(Stage("Work", [CreateTask(PREPARE), SendEmail(WELCOME)]), DONE, store=store)
    lose_template(world, "prepare")
    jobs = [world.engine.start("tax", world.account(f"A{n}")) for n in range(20)]
    world.engine.save(PREPARE)
    for job in jobs[1:]:
        world.engine.retry(job.blocked[0].key)

    with store.counted() as (_, rows):
        failures = world.engine.failures()

    assert len(failures) == 1
    assert rows["jobs"] == 1


@pytest.mark.memory
def test_the_heaps_do_not_grow_where_hosts_deliver_by_themselves() -> None:
    """What is over leaves no entry behind for ever (async)."""
    store = MemoryStore()
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, store=store, deliver=False)
    account = world.account()
    for _ in range(1000):
        job = world.engine.start("tax", account)
        world.engine.delivered(job.item("Prepare").request or "", Receipt())

    entries = sum(map(len, store._tenants["default"].queue.waiting._heaps.values()))
    assert entries <= 200


@pytest.mark.memory
def test_the_heaps_do_not_grow_where_timers_are_taken_back() -> None:
    """A reminder that is no longer needed leaves no entry behind for ever either."""
    store = MemoryStore()
    stage = Stage("Work", [CreateInvoice(FEE, reminders=Reminders(every=300, times=1))])
    world = opened(stage, DONE, store=store)
    account = world.account()
    for _ in range(1000):
        job = world.engine.start("tax", account)
        world.engine.complete(job.item("Fee"))

    entries = sum(map(len, store._tenants["default"].queue.waiting._heaps.values()))
    assert entries <= 200


def test_a_handler_that_was_ended_is_let_go_of() -> None:
    """Hosts hear and stop hearing as often as they like."""
    world = World()
    for _ in range(100):
        world.engine.on(Warned, print)()

    assert world.engine._desk.host.listeners == ()


# -- reminders to nobody -------------------------------------------------------------------------

REMINDED: dict[str, Any] = {
    "invoice": CreateInvoice(FEE, reminders=DAILY),
    "organizer": CreateOrganizer(ORGANIZER, reminders=DAILY),
    "proposal": SendProposal(LETTER, reminders=DAILY),
    "message": SendMessage(CHECKLIST, reminders=DAILY),
    "neutral message": SendMessage(NEWS, reminders=DAILY),
}


@pytest.mark.parametrize("kind", REMINDED)
def test_a_reminder_to_nobody_is_warned_of_once(kind: str) -> None:
    """Not every day for two years; and it goes out as soon as there is somebody (A-36)."""
    world, job = begun(Stage("Work", [REMINDED[kind]]), DONE, account=Account("Nobody"))
    before = len(events(world, job, Warned))

    world.advance(days=731)
    warned = len(events(world, job, Warned)) - before
    told = str(world.engine.explain(job)).count("no recipients")
    account = world.engine.account(job.account)
    world.engine.save(account.__class__("Nobody", contacts=[ADA], id=account.id), replace=True)
    world.advance(days=10)

    assert warned == 1
    assert told <= before + 1
    assert len(world.email.sent) == 3


def test_who_is_lost_again_is_warned_of_again_once() -> None:
    """It is once each time that there is nobody."""
    world, job = begun(
        Stage("Work", [CreateInvoice(FEE, reminders=Reminders(every=1, times=5))]), DONE
    )
    account = world.engine.account(job.account)
    alone = Account("Lovelace", id=account.id, contacts=[Contact("Ada", id="contact-1")])
    for one in (alone, account, alone):
        world.engine.save(one, replace=True)
        world.advance(days=2)

    assert len(events(world, job, Warned)) == 2
    assert len(world.email.sent) == 2


def test_what_never_left_has_no_reminders() -> None:
    """They count from its delivery, so that nothing has to be told of them (R-4)."""
    world = opened(WORK, DONE, settings=Settings(attempts=1))
    world.invoices.fail_when(lambda one: True, OSError("down"))
    job = world.engine.start("tax", world.account())

    world.advance(days=100)

    assert len(events(world, job, Warned)) == 0
    assert world.email.sent == []


# -- what is asked about one is not asked of all -------------------------------------------------


def firm_of(others: int) -> tuple[World, Counting, Job]:
    """Open a firm with so many other jobs, each with a request that failed and one that is gone."""
    store = Counting()
    world = opened(
        Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE, reminders=DAILY)], automove=True),
        Stage("Later", [CreateTask(PREPARE)]),
        DONE,
        store=store,
    )
    world.engine.save(Pipeline("Other", [Stage("Begin"), DONE]))
    world.invoices.fail_when(lambda one: True, OSError("down"))
    job = world.engine.start("tax", world.account("Mine"))
    for number in range(others):
        world.engine.start("tax", world.account(f"Other {number}"))
    world.engine.jobs(status="Active")  # the index is up to date
    return world, store, job


ASKED: dict[str, Callable[[Engine, Job], object]] = {
    "job": lambda e, job: e.job(job),
    "item by reference": lambda e, job: e.item(Ref("tasks", "task-1")),
    "jobs of an account": lambda e, job: e.jobs(account=job.account),
    "jobs of an account and a stage": lambda e, job: e.jobs(account=job.account, stage="work"),
    "jobs of a member that has none": lambda e, job: e.jobs(status="Archived"),
    "explain": lambda e, job: e.explain(job),
    "history": lambda e, job: e.history(job),
    "account": lambda e, job: e.account(job.account),
    "pipeline": lambda e, job: e.pipeline("tax"),
    "move": lambda e, job: e.move(job, "Later"),
    "transfer": lambda e, job: e.transfer(job, "other"),
    "record": lambda e, job: e.record(job.item("Prepare"), TaskCompleted()),
    "receive": lambda e, job: e.receive(Ref("tasks", "task-1"), TaskCompleted()),
    "complete": lambda e, job: e.complete(job.item("Fee")),
    "link": lambda e, job: e.link(job, "d-1", "approval"),
    "unlink": lambda e, job: e.unlink(job, job.item("Fee")),
    "archive": lambda e, job: e.archive(job),
    "reevaluate": lambda e, job: e.reevaluate(job),
    "tag": lambda e, job: e.tag(job.account, add={"x"}),
    "start": lambda e, job: e.start("tax", job.account),
    "abandon": lambda e, job: e.abandon(job.item("Fee").request or ""),
    "retry": lambda e, job: e.retry(job.item("Fee").request or ""),
    "save an account": lambda e, job: e.save(e.account(job.account)),
    "save a template": lambda e, job: e.save(OrganizerTemplate("New")),
    "take a stage away": lambda e, job: e.save(Pipeline("Other", [DONE]), replace=True),
}


@pytest.mark.parametrize("call", ASKED)
def test_what_is_asked_about_one_job_touches_no_other(call: str) -> None:
    """The same calls of the store, and the same rows, whether the firm has 5 jobs or 60."""
    seen = []
    for others in (5, 60):
        world, store, job = firm_of(others)
        with store.counted() as (calls, rows):
            ASKED[call](world.engine, job)
        seen.append((dict(calls), dict(rows)))

    assert seen[0] == seen[1]
    assert seen[1][1].get("jobs", 0) <= 3


# A first use loads modules, which is no work of the engine.
@pytest.mark.parametrize("call", [name for name in ASKED if name != "start"])
def test_what_is_asked_about_one_job_takes_no_more_work_in_a_larger_firm(call: str) -> None:
    """Counted in lines that are run, the store's own included."""
    seen = []
    for others in (10, 10, 100):
        world, _, job = firm_of(others)
        seen.append(effort(lambda: ASKED[call](world.engine, job)))  # noqa: B023

    assert seen[2] <= seen[1] * 1.2 + 40


@pytest.mark.parametrize(
    "call",
    [
        lambda e: e.job("nope"),
        lambda e: e.account("nope"),
        lambda e: e.jobs(account="nope"),
        lambda e: e.explain("nope"),
        lambda e: e.move("nope", "Work"),
        lambda e: e.set_status("nope", "Active"),
    ],
    ids=["job", "account", "jobs", "explain", "move", "set status"],
)
def test_an_unknown_id_reads_no_row(call: Callable[[Engine], object]) -> None:
    """Some ids are named in the error; no job is read for that."""
    world, store, _ = firm_of(30)

    with store.counted() as (calls, rows), pytest.raises(NotFoundError):
        call(world.engine)

    assert rows["jobs"] == rows["accounts"] == 0
    assert calls["ids"] <= 1
    assert rows["ids"] <= 1000


def test_an_unknown_key_of_a_request_reads_no_job_of_others() -> None:
    """Nor all that is parked."""
    world, store, _ = firm_of(30)

    with store.counted() as (_, rows), pytest.raises(NotFoundError):
        world.engine.retry("default/job-7/1/nope")

    assert rows["jobs"] <= 1
    assert rows["parked"] <= 100


@pytest.mark.memory
def test_the_terms_of_a_row_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query after a change looks at what changed, and not at the whole firm."""
    world, _, job = firm_of(50)
    looked: list[object] = []

    def look(value: object) -> frozenset[tuple[str, str]]:
        looked.append(value)
        return terms_of(value)

    monkeypatch.setattr("pipeflow.adapters.memory_index.terms_of", look)

    world.engine.move(job, "Later")
    world.engine.jobs(account=job.account)
    world.engine.jobs(status="Active")

    assert len(looked) == 1


@pytest.mark.memory
def test_explain_looks_at_the_failures_of_its_own_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at all that is parked in the firm."""
    world, _, job = firm_of(50)
    looked: list[str] = []
    real = Row.parked

    def look(row: Row) -> Parked:
        looked.append(row.due.key)
        return real(row)

    monkeypatch.setattr(Row, "parked", look)

    explanation = world.engine.explain(job)

    assert len(explanation.failures) == 1
    assert {key.split("/")[1] for key in looked} == {job.id}


def test_what_hosts_have_in_hand_makes_nothing_else_slower() -> None:
    """A thousand requests that are leased are not looked at by the next command (async)."""
    seen = []
    for number in (1, 1, 300):
        world = opened(Stage("Work", [CreateTask(PREPARE)] * number), DONE, deliver=False)
        job = world.engine.start("tax", world.account())
        world.engine.save(Pipeline("Other", [WORK, DONE]))
        assert len(world.engine.pending()) == number
        seen.append(effort(lambda: world.engine.start("other", job.account)))  # noqa: B023

    assert seen[2] <= seen[1] * 1.2 + 40


# -- a tick ---------------------------------------------------------------------------------------


def test_a_tick_with_nothing_due_takes_no_more_work_in_a_larger_firm() -> None:
    """It asks for what is due, and there is nothing."""
    seen = []
    for jobs in (10, 10, 100):
        store = Counting()
        world = opened(WORK, DONE, store=store)
        for number in range(jobs):
            world.engine.start("tax", world.account(f"Client {number}"))
        world.engine.tick()
        seen.append(effort(lambda: world.engine.tick()))  # noqa: B023, PLW0108

    assert seen[2] <= seen[1] * 1.2 + 40


def test_a_tick_of_many_claims_each_row_once() -> None:
    """A hundred at a time, and nothing twice."""
    store = Counting()
    world = opened(Stage("Work", [CreateInvoice(FEE, reminders=DAILY)]), DONE, store=store)
    for number in range(250):
        world.engine.start("tax", world.account(f"Client {number}"))
    world.clock.advance(days=1)

    tick = world.engine.tick()

    assert len(tick.reminders) == len(world.email.attempts) == 250
    assert all(isinstance(store.due("default", key), Over) for key in tick.reminders)


# -- many automations ----------------------------------------------------------------------------


def test_five_thousand_automations_without_ids_are_numbered_in_one_pass() -> None:
    """Twice as many take twice the work, not four times."""
    few, many = (
        effort(lambda number=number: Stage("Work", [CreateTask(PREPARE)] * number))  # type: ignore[misc]
        for number in (250, 1000)
    )

    assert many <= few * 6


def test_five_thousand_automations_have_ids_of_their_own() -> None:
    """Numbered in order, and given ids are left alone."""
    stage = Stage(
        "Work", [CreateTask(PREPARE, id="create-task-prepare-3"), *[CreateTask(PREPARE)] * 4]
    )

    assert [one.id for one in stage.automations] == [
        "create-task-prepare-3",
        "create-task-prepare",
        "create-task-prepare-2",
        "create-task-prepare-4",
        "create-task-prepare-5",
    ]


@pytest.mark.memory
def test_five_thousand_automations_fire_in_one_start() -> None:
    """Each thing is made once, in order, with a key and a reference of its own."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)] * 5000), DONE)

    keys = world.tasks.attempts
    assert len(job.items) == len(keys) == len(set(keys)) == 5000
    assert all(item.ref is not None for item in now(world, job).items)


def test_a_start_takes_work_in_step_with_its_automations() -> None:
    """Four times as many take four times the work."""

    def starts(number: int) -> Callable[[], object]:
        world = opened(Stage("Work", [CreateTask(PREPARE)] * number), DONE)
        account = world.account()
        world.engine.start("tax", account)
        return lambda: world.engine.start("tax", account)

    few, many = effort(starts(50)), effort(starts(200))

    assert many <= few * 5


def test_more_than_a_command_may_ask_is_refused_and_nothing_is_stored() -> None:
    """The bound says which setting it is."""
    world = opened(
        Stage("Work", [CreateTask(PREPARE)] * 6), DONE, settings=Settings(most_requests=5)
    )
    account = world.account()
    before = dump(world)

    with pytest.raises(LimitError, match="most_requests"):
        world.engine.start("tax", account)

    assert dump(world) == before
    assert world.tasks.attempts == []


def test_a_long_job_takes_no_more_work_for_each_step() -> None:
    """A job that went back and forth a hundred times moves as easily as a new one."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)]), Stage("Back"), DONE)

    def there_and_back() -> None:
        world.engine.move(job, "Back")
        world.engine.move(job, "Work")

    there_and_back()
    early = effort(there_and_back)
    for _ in range(100):
        there_and_back()

    assert effort(there_and_back) <= early * 2


def test_explain_of_a_long_history_reads_back_to_the_last_entry_only() -> None:
    """However often the job was moved before."""
    world, job = begun(Stage("Work"), Stage("Back"), DONE)
    world.engine.explain(job)
    world.engine.move(job, "Back")
    early = effort(lambda: world.engine.explain(job))
    for _ in range(100):
        world.engine.move(job, "Work")
        world.engine.move(job, "Back")

    assert effort(lambda: world.engine.explain(job)) <= early * 1.5


# -- tenants and instants ------------------------------------------------------------------------


@pytest.mark.memory
def test_a_tenant_that_was_only_asked_about_leaves_nothing_behind() -> None:
    """Hosts may ask for names that are nobody's."""
    store = MemoryStore()
    for number in range(50):
        engine = Engine(store=store, tenant=f"nobody-{number}")
        engine.jobs()
        engine.tick()
        assert engine.failures() == ()

    assert len(store._tenants) <= 1
    assert list(store.tenants()) == []


def test_a_command_of_a_later_instant_keeps_no_other_from_being_forgotten() -> None:
    """Ids are forgotten by when they were used, whatever instant a tick acted for."""
    world, job = begun(
        Stage("Work", [CreateInvoice(FEE, reminders=DAILY)]),
        DONE,
        settings=Settings(forget_after=DAY),
    )
    end = world.engine.on(
        ReminderSent, lambda event: world.engine.tag(job.account, add={"a"}, command_id="late")
    )
    world.engine.tick(world.clock.now() + 1000 * DAY)
    end()
    world.engine.tag(job.account, add={"b"}, command_id="early")

    world.clock.advance(days=10)
    world.engine.tick()

    assert set(held(world)["commands"]) == {"late"}


# -- one thing on many jobs ----------------------------------------------------------------------


def test_one_more_job_of_a_shared_thing_costs_what_the_third_did() -> None:
    """It touches the job and the reference, and conflicts with no other job that has it."""
    store = Counting()
    world = opened(Stage("Work"), DONE, store=store)
    account = world.account()
    jobs = [world.engine.start("tax", account) for _ in range(40)]

    written, read = [], []
    for job in jobs:
        with store.counted() as (_, rows):
            world.engine.link(job, Ref("invoices", "i-1"), "invoice", total=usd("10"))
        written.append(rows["put"])
        read.append(sum(rows.values()) - rows["put"])

    assert written == [2, 3, *[2] * 38]
    assert len(set(read[2:])) == 1


def test_one_more_message_of_a_thread_reads_no_history_of_those_that_are_there() -> None:
    """Its receipt looks at each message once, for they may have come to be done."""
    store, ask = Counting(), MessageTemplate("Ask", subject="Please", client_tasks=["Scan"])
    asking = Stage("Work", [SendMessage(ask)])
    world = opened(asking, DONE, store=store, deliver=False, more=[ask])
    account = world.account()

    read = []
    for _ in range(20):
        world.engine.start("tax", account)
        (message,) = world.engine.pending()
        with store.counted() as (_, rows):
            world.engine.delivered(message.key, Receipt("thread-1"))
        read.append(sum(rows.values()) - rows["put"])

    assert {later - before for before, later in pairwise(read[1:])} == {1}


def test_a_thing_that_all_let_go_of_but_one_is_shared_anew() -> None:
    """Who stayed was marked already; a fact reaches the new one all the same."""
    world = opened(Stage("Work"), DONE)
    jobs = [world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob", "Eve")]
    for job in jobs[:2]:
        world.engine.link(job, Ref("invoices", "i-1"), "invoice", name="Bill")
    world.engine.unlink(jobs[1], now(world, jobs[1]).item("Bill"))

    world.engine.link(jobs[2], Ref("invoices", "i-1"), "invoice", name="Bill")
    world.engine.complete(now(world, jobs[0]).item("Bill"))

    assert now(world, jobs[2]).item("Bill").state is ItemState.COMPLETED
