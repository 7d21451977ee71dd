"""Handed out is not tried, and leased is not in the port's hands: calls are what counts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from pipeflow import (
    Account,
    ApplyFolderTemplate,
    Cancelled,
    ClientTaskChecked,
    ClientTaskUnchecked,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Engine,
    Event,
    InvoicePaid,
    ItemState,
    Job,
    NotAllowedError,
    OrganizerReturned,
    PaymentReceived,
    PaymentRefunded,
    Ports,
    Receipt,
    Ref,
    Rejected,
    Reminders,
    ReminderSent,
    RequestAbandoned,
    RequestDelivered,
    RequestWithdrawn,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    TaskCompleted,
    TaskReopened,
)
from pipeflow.errors import UnavailableError
from pipeflow.model.items import Mark
from pipeflow.ports import Request
from pipeflow.testing import World
from tests.faults.offices import Failing, engine_on, ports_of, worker_takes
from tests.firms import (
    CHECKLIST,
    DONE,
    FEE,
    FOLDERS,
    LETTER,
    NEWS,
    ORGANIZER,
    PAPERS,
    PREPARE,
    REVIEW,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
    stays,
    usd,
)

DAILY = Reminders(every=1, times=3)
# An automation of each kind that asks a port for a thing, the port's name, and the thing's.
MAKERS: dict[str, tuple[Any, str]] = {
    "tasks": (CreateTask(PREPARE), "Prepare"),
    "invoices": (CreateInvoice(FEE), "Fee"),
    "organizers": (CreateOrganizer(ORGANIZER), "Organizer"),
    "proposals": (SendProposal(LETTER), "Letter"),
    "messages": (SendMessage(CHECKLIST), "Checklist"),
    "requests": (SendClientRequest(PAPERS), "Papers"),
}
# Those that clients are reminded of.
REMINDED: dict[str, tuple[Any, str]] = {
    "invoices": (CreateInvoice(FEE, reminders=DAILY), "Fee"),
    "organizers": (CreateOrganizer(ORGANIZER, reminders=DAILY), "Organizer"),
    "proposals": (SendProposal(LETTER, reminders=DAILY), "Letter"),
    "messages": (SendMessage(CHECKLIST, reminders=DAILY), "Checklist"),
    "requests": (SendClientRequest(PAPERS, reminders=DAILY), "Papers"),
}


def key_of(job: Job, name: str) -> str:
    """Return the key of the request that makes an item."""
    key = job.item(name).request
    assert key is not None
    return key


def waiting(*automations: Any, settings: Settings | None = None) -> tuple[World, Job]:
    """Start a job whose requests wait, for its engine had no ports; the world's engine has them."""
    world = opened(Stage("Work", automations, automove=True), DONE, settings=settings)
    bare = engine_on(world, ports=Ports())
    return world, bare.start("tax", world.account())


def works_until_it_dies(engine: Engine) -> bool:
    """Let a worker tick; say whether it lived."""
    try:
        engine.tick()
    except SystemExit:
        return False
    return True


# -- calls are counted, not hand-outs ------------------------------------------------------------


def test_one_request_that_kills_its_worker_gives_up_no_other() -> None:
    """The others, of this job and of others, were never tried, and go out in the end."""
    world, first = waiting(
        SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE), settings=Settings(attempts=3)
    )
    other = engine_on(world, ports=Ports()).start("tax", world.account("Bob"))
    world.email.fail_when(lambda mail: mail.job == first.id, SystemExit())

    deaths = 0
    for _ in range(8):
        deaths += not works_until_it_dies(world.engine)
        world.clock.advance(minutes=2)

    (given_up,) = world.engine.failures()
    assert (deaths, given_up.attempts, given_up.given_up) == (3, 3, True)
    assert given_up.key.startswith(f"default/{first.id}/1/send-email")
    assert {one.job for one in world.tasks.created} == {first.id, other.id}
    assert {one.job for one in world.invoices.created} == {first.id, other.id}
    assert [one.job for one in world.email.sent] == [other.id]


@pytest.mark.parametrize("port", MAKERS)
def test_what_was_handed_out_again_and_again_and_never_called_is_not_given_up(port: str) -> None:
    """Twenty workers took it and died before they called: it was never tried."""
    world, job = waiting(MAKERS[port][0], settings=Settings(attempts=3))
    for _ in range(20):
        assert len(worker_takes(world)) == 1
        world.clock.advance(minutes=2)
    failures = world.engine.failures()

    tick = world.engine.tick()

    assert failures == ()
    assert tick.delivered == (key_of(job, MAKERS[port][1]),)
    assert world.engine.failures() == ()


def test_requests_behind_a_deadly_one_in_the_same_pass_lose_no_attempt() -> None:
    """A start that died has tried its first request only."""
    world = opened(
        Stage("Work", [SendEmail(WELCOME), CreateTask(PREPARE)]),
        DONE,
        settings=Settings(attempts=1),
    )
    world.email.fail_next(SystemExit())
    with pytest.raises(SystemExit):
        world.engine.start("tax", world.account())
    world.clock.advance(minutes=2)

    world.engine.tick()

    assert len(world.tasks.created) == 1
    assert [one.attempts for one in world.engine.failures()] == [1]


@pytest.mark.parametrize("port", REMINDED)
def test_a_reminder_that_workers_took_and_never_sent_goes_out(port: str) -> None:
    """A timer is given up for its failures, not for the deaths of its workers."""
    automation, name = REMINDED[port]
    world, job = begun(Stage("Work", [automation]), DONE, settings=Settings(attempts=2))
    world.clock.advance(days=1)
    for _ in range(5):
        assert len(worker_takes(world)) == 1
        world.clock.advance(minutes=2)

    tick = world.engine.tick()

    assert len(tick.reminders) == 1
    assert now(world, job).item(name).reminded == 1


def test_a_host_that_takes_and_never_answers_uses_up_its_attempts() -> None:
    """It was handed to the host to be carried out: that is a call (async)."""
    world = opened(
        Stage("Work", [CreateTask(PREPARE)]), DONE, settings=Settings(attempts=2), deliver=False
    )
    world.engine.start("tax", world.account())

    rounds = []
    for _ in range(4):
        rounds.append(len(world.engine.pending()))
        world.clock.advance(minutes=2)

    assert rounds == [1, 1, 0, 0]
    assert [one.given_up for one in world.engine.failures()] == [True]


# -- look again before each call -----------------------------------------------------------------

STOPS: dict[str, Callable[[Engine, Job, str], object]] = {
    "it is cancelled": lambda e, job, name: e.record(job.item(name), Cancelled("no")),
    "it is unlinked": lambda e, job, name: e.unlink(job, job.item(name)),
}


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("port", MAKERS)
def test_what_is_stopped_while_a_dead_worker_holds_it_never_leaves(port: str, stop: str) -> None:
    """Its row is marked and dies with the lease; history says once that it was withdrawn."""
    automation, name = MAKERS[port]
    world, job = waiting(automation)
    worker_takes(world)

    STOPS[stop](world.engine, job, name)
    world.clock.advance(minutes=2)
    tick = world.engine.tick()

    assert tick.delivered == ()
    assert getattr(world, port).attempts == []
    assert [one.key for one in events(world, job, RequestWithdrawn)] == [key_of(job, name)]
    assert world.engine.failures() == ()


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("port", MAKERS)
def test_only_of_a_bill_is_it_told_that_a_worker_who_died_may_have_made_it(
    port: str, stop: str, *, held: bool
) -> None:
    """It was called and never answered; what nobody needs any more is over, and a bill is money.

    That another request failed says nothing of it.
    """
    automation, name = MAKERS[port]
    world, job = waiting(SendEmail(WELCOME), automation)
    world.email.fail_next(OSError("busy"))
    getattr(world, port).fail_when(lambda request: True, SystemExit())
    assert not works_until_it_dies(world.engine)
    if not held:
        world.clock.advance(minutes=2)

    STOPS[stop](world.engine, job, name)
    world.clock.advance(minutes=2)
    world.engine.tick()

    bill = port == "invoices"
    assert (Mark.UNSURE in now(world, job).item(name).marks) is bill
    assert ("never answered" in str(world.engine.history(job))) is bill
    assert [one.key for one in events(world, job, RequestWithdrawn)] == [key_of(job, name)]
    world.advance(days=1)
    assert len(getattr(world, port).attempts) == 1
    assert len(world.email.sent) == 1
    assert world.engine.failures() == ()


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("port", [name for name in MAKERS if name != "tasks"])
def test_what_is_stopped_in_the_same_pass_never_leaves(port: str, stop: str) -> None:
    """A live worker looks once more before each call, for the call before may have stopped it."""
    automation, name = MAKERS[port]
    world = opened(Stage("Work", [CreateTask(REVIEW), automation, CreateTask(PREPARE)]), DONE)

    def stops_it(request: Request) -> bool:
        if request.template == REVIEW.id:
            STOPS[stop](world.engine, world.engine.job(request.job or ""), name)
        return False

    world.tasks.fail_when(stops_it, OSError("never"))
    job = world.engine.start("tax", world.account())

    assert getattr(world, port).attempts == []
    assert [one.key for one in events(world, job, RequestWithdrawn)] == [key_of(job, name)]
    assert [one.template for one in world.tasks.created] == [REVIEW.id, PREPARE.id]


@pytest.mark.parametrize("stop", STOPS)
def test_what_is_stopped_on_one_engine_is_not_sent_by_another(stop: str) -> None:
    """Two engines on one store: the one that holds it looks before it calls."""
    world = opened(Stage("Work", [CreateTask(REVIEW), CreateTask(PREPARE)]), DONE)
    other = engine_on(world, ports=Ports())

    def elsewhere(request: Request) -> bool:
        if request.template == "review":
            STOPS[stop](other, other.job(request.job or ""), "Prepare")
        return False

    world.tasks.fail_when(elsewhere, OSError("never"))
    job = world.engine.start("tax", world.account())

    assert [one.name for one in world.tasks.created] == ["Review"]
    assert len(events(world, job, RequestWithdrawn)) == 1


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("port", MAKERS)
def test_what_is_stopped_while_a_host_has_it_is_not_handed_out_again(port: str, stop: str) -> None:
    """What the host says of it afterwards is taken all the same (async)."""
    automation, name = MAKERS[port]
    world = opened(Stage("Work", [automation]), DONE, deliver=False)
    job = world.engine.start("tax", world.account())
    (request,) = world.engine.pending()

    STOPS[stop](world.engine, job, name)
    world.engine.failed(request.key, OSError("down"))
    world.clock.advance(hours=3)

    assert world.engine.pending() == ()
    assert world.engine.failures() == ()
    assert len(events(world, job, RequestWithdrawn)) == 1


def test_what_a_host_had_made_before_it_was_cancelled_keeps_its_reference() -> None:
    """The thing is there: webhooks must find it (async)."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
    job = world.engine.start("tax", world.account())
    (request,) = world.engine.pending()
    world.engine.record(job.item("Prepare"), Cancelled("no"))

    world.engine.delivered(request.key, Receipt("t-1"))

    assert world.engine.receive(Ref("tasks", "t-1"), TaskCompleted())[0].id == job.id
    assert events(world, job, RequestWithdrawn) == []


def parked_reminder(port: str) -> tuple[World, Job]:
    """Let a reminder be asked for on whose delivery the worker died."""
    automation, _ = REMINDED[port]
    world, job = begun(Stage("Work", [automation]), DONE)
    world.email.fail_next(SystemExit())
    world.clock.advance(days=1)
    with pytest.raises(SystemExit):
        world.engine.tick()
    return world, now(world, job)


ENDS: dict[str, Callable[[World, Job, str], object]] = {
    "it is done": lambda w, job, name: w.engine.complete(job.item(name)),
    "it is cancelled": lambda w, job, name: w.engine.record(job.item(name), Cancelled()),
    "it is unlinked": lambda w, job, name: w.engine.unlink(job, job.item(name)),
    "the job is archived": lambda w, job, name: w.engine.archive(job),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("port", REMINDED)
def test_a_reminder_on_which_a_worker_died_does_not_go_out_late(port: str, end: str) -> None:
    """Once nobody has to be reminded, it is withdrawn."""
    world, job = parked_reminder(port)

    ENDS[end](world, job, REMINDED[port][1])
    world.clock.advance(minutes=2)
    world.engine.tick()

    assert world.email.sent == []
    assert len(events(world, job, RequestWithdrawn)) == 1


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("port", REMINDED)
@pytest.mark.parametrize("how", ["it failed", "a worker holds it"])
def test_a_reminder_by_hand_that_could_not_leave_is_withdrawn_too(
    how: str, port: str, end: str
) -> None:
    """Late, it would be wrong (part 4)."""
    automation, name = MAKERS[port]
    world, job = begun(Stage("Work", [automation]), DONE)
    world.email.fail_next(OSError("down") if how == "it failed" else SystemExit())
    with suppress(SystemExit):
        world.engine.remind(job.item(name))

    ENDS[end](world, now(world, job), name)
    world.clock.advance(hours=3)
    world.engine.tick()

    assert world.email.sent == []


@pytest.mark.parametrize("port", REMINDED)
def test_nobody_is_reminded_by_hand_of_what_never_left(port: str) -> None:
    """There is nothing yet of which a client could be reminded."""
    world, job = waiting(REMINDED[port][0])
    before = dump(world)

    with pytest.raises(NotAllowedError, match="has not been sent yet"):
        world.engine.remind(job.item(REMINDED[port][1]))

    assert dump(world) == before


@pytest.mark.parametrize("port", REMINDED)
def test_nobody_is_reminded_of_what_a_host_only_took(port: str) -> None:
    """It has it in its hands, and the client has not (async)."""
    automation, name = REMINDED[port]
    world = opened(Stage("Work", [automation]), DONE, deliver=False)
    job = world.engine.start("tax", world.account())
    world.engine.pending()

    with pytest.raises(NotAllowedError, match="has not been sent yet"):
        world.engine.remind(job.item(name))


# -- what failed stays as it was decided ---------------------------------------------------------


def test_a_request_given_up_stays_so_when_its_abandon_meets_a_failing_commit() -> None:
    """Nothing was abandoned, and it is not sent behind the person's back."""
    store = Failing()
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, store=store)
    world.tasks.fail_next(Rejected("no"))
    world.engine.start("tax", world.account())
    (failure,) = world.engine.failures()
    store.errors = [UnavailableError("gone away")]

    with pytest.raises(UnavailableError):
        world.engine.abandon(failure.key)
    world.advance(days=2)

    assert world.tasks.created == []
    assert [one.given_up for one in world.engine.failures()] == [True]
    world.engine.abandon(failure.key)
    assert world.engine.failures() == ()


def test_a_retry_that_meets_a_failing_commit_leaves_it_given_up() -> None:
    """It is retried when somebody says so once more."""
    store = Failing()
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, store=store)
    world.tasks.fail_next(Rejected("no"))
    world.engine.start("tax", world.account())
    key = world.engine.failures()[0].key
    store.errors = [UnavailableError("gone away")]

    with pytest.raises(UnavailableError):
        world.engine.retry(key)
    world.advance(days=2)
    before = list(world.tasks.created)
    world.engine.retry(key)

    assert before == []
    assert len(world.tasks.created) == 1


@pytest.mark.parametrize("port", [*MAKERS, "email", "folders"])
def test_an_engine_without_a_port_leaves_its_requests_to_those_who_have_it(port: str) -> None:
    """In a rolling deploy nothing is given up, and nothing loses an attempt."""
    plain = {"email": SendEmail(WELCOME), "folders": ApplyFolderTemplate(FOLDERS)}
    automation = plain[port] if port in plain else MAKERS[port][0]
    world, _ = waiting(automation, settings=Settings(attempts=2))
    others = {name: getattr(world, name) for name in ports_of(world).names - {port}}
    for bare in (Ports(), Ports(**others)):
        engine = engine_on(world, ports=bare)
        for _ in range(5):
            assert engine.tick().failed == ()
            world.clock.advance(hours=3)
    failures = world.engine.failures()

    tick = world.engine.tick()

    assert failures == ()
    assert len(tick.delivered) == 1
    assert len(getattr(world, port).attempts) == 1


@pytest.mark.parametrize("error", [UnavailableError("gone"), KeyboardInterrupt()], ids=type)
def test_a_delivery_that_the_store_could_not_keep_is_the_hosts_to_see(
    error: BaseException,
) -> None:
    """It raises, and saying it again keeps it (async)."""
    store = Failing()
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, store=store, deliver=False)
    job = world.engine.start("tax", world.account())
    (request,) = world.engine.pending()
    store.errors = [error]

    with pytest.raises(type(error)):
        world.engine.delivered(request.key, Receipt("t-1"))
    between = now(world, job).item("Prepare").ref
    again = stays(world.engine.delivered(request.key, Receipt("t-1")))

    assert between is None
    assert again.item("Prepare").ref == Ref("tasks", "t-1")


@pytest.mark.parametrize("error", [UnavailableError("gone"), KeyboardInterrupt()], ids=type)
def test_a_failure_that_the_store_could_not_keep_is_the_hosts_to_see(error: BaseException) -> None:
    """It raises, and saying it again keeps it (async)."""
    store = Failing()
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, store=store, deliver=False)
    world.engine.start("tax", world.account())
    (request,) = world.engine.pending()
    store.errors = [error]

    with pytest.raises(type(error)):
        world.engine.failed(request.key, "queue is full")
    world.engine.failed(request.key, "queue is full")

    (failure,) = world.engine.failures()
    assert (failure.error, failure.attempts) == ("queue is full", 1)


# -- what never came to be -----------------------------------------------------------------------

REOPENS: dict[str, tuple[Any, str, list[Any], Any]] = {
    "a payment goes back": (
        CreateInvoice(FEE, reminders=DAILY),
        "Fee",
        [PaymentReceived(usd("100"), cleared=True, reference="p-1")],
        PaymentRefunded("p-1"),
    ),
    "a task is reopened": (CreateTask(PREPARE), "Prepare", [TaskCompleted()], TaskReopened()),
    "an organizer is returned": (
        CreateOrganizer(ORGANIZER, reminders=DAILY),
        "Organizer",
        [],
        OrganizerReturned(),
    ),
    "a tick is taken back": (
        SendMessage(CHECKLIST, reminders=DAILY),
        "Checklist",
        [ClientTaskChecked("Scan"), ClientTaskChecked("Upload")],
        ClientTaskUnchecked("Scan"),
    ),
}


@pytest.mark.parametrize("case", REOPENS)
@pytest.mark.parametrize("done_before", [True, False])
def test_what_never_existed_is_not_waited_for_again(case: str, *, done_before: bool) -> None:
    """A rejected thing that was abandoned is neither pending nor reminded of, whatever comes."""
    automation, name, facts, taken_back = REOPENS[case]
    world = opened(Stage("Work", [automation]), DONE)
    for port in (world.invoices, world.tasks, world.organizers, world.messages):
        port.fail_next(Rejected("no"))
    job = world.engine.start("tax", world.account())
    item = job.item(name)
    key = world.engine.failures()[0].key

    def happens() -> None:
        for fact in facts:
            world.engine.record(item, fact)
        if not facts:
            world.client.submits(job, name)

    if done_before:
        happens()
    world.engine.abandon(key)
    if not done_before:
        happens()
    world.engine.record(item, taken_back)
    world.advance(days=10)

    after = now(world, job).item(name)
    assert (after.state, after.timer) == (ItemState.RESOLVED, None)
    assert Mark.UNMADE in after.marks
    assert world.email.sent == []
    assert len(events(world, job, RequestAbandoned)) == 1


# -- unlinked ------------------------------------------------------------------------------------


def test_an_unlinked_neutral_message_reminds_nobody() -> None:
    """It asked nothing, and its reminders end with it."""
    world, job = begun(Stage("Work", [SendMessage(NEWS, reminders=DAILY)]), DONE)

    after = world.engine.unlink(job, job.item("News"))
    world.advance(days=10)

    assert after.item("News").timer is None
    assert world.email.sent == []
    assert events(world, job, ReminderSent) == []


@pytest.mark.parametrize("message", [NEWS, CHECKLIST], ids=["neutral", "with tasks"])
def test_an_unlinked_message_that_has_not_left_never_does(message: Any) -> None:
    """Its request is withdrawn, and history says so."""
    world, job = waiting(SendMessage(message))

    world.engine.unlink(job, job.item(message.name))
    world.engine.tick()

    assert world.messages.attempts == []
    assert len(events(world, job, RequestWithdrawn)) == 1


def test_an_unlinked_item_that_is_done_and_has_not_left_never_does() -> None:
    """Whatever state it is in, the job has let go of it."""
    world, job = waiting(CreateTask(PREPARE))
    world.engine.complete(job.item("Prepare"))

    world.engine.unlink(job, job.item("Prepare"))
    world.engine.tick()

    assert world.tasks.attempts == []
    assert len(events(world, job, RequestWithdrawn)) == 1


# -- taken or withdrawn, never both --------------------------------------------------------------


def said_of(world: World, job: Job, key: str) -> list[type[Event]]:
    """Return what history says became of a request."""
    return [
        type(one)
        for one in world.engine.history(job)
        if isinstance(one, RequestDelivered | RequestWithdrawn) and one.key == key
    ]


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("port", MAKERS)
def test_a_request_that_leaves_while_it_is_withdrawn_was_taken(port: str, stop: str) -> None:
    """History never says both "took" and "withdrew"."""
    automation, name = MAKERS[port]
    store = Failing()
    world = opened(Stage("Work", [automation]), DONE, store=store)
    job = engine_on(world, ports=Ports()).start("tax", world.account())
    store.before = [lambda: engine_on(world).tick()]

    STOPS[stop](engine_on(world, ports=Ports()), job, name)
    world.clock.advance(hours=1)
    world.engine.tick()

    assert said_of(world, job, key_of(job, name)) == [RequestDelivered]
    assert len(getattr(world, port).attempts) == 1


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("port", MAKERS)
def test_a_request_that_a_port_has_in_hand_is_not_withdrawn(port: str, stop: str) -> None:
    """The thing comes to be, and its reference is kept, also of what was unlinked (R-15)."""
    automation, name = MAKERS[port]
    world = opened(Stage("Work", [automation]), DONE)
    other = engine_on(world, ports=Ports())

    def elsewhere(request: Request) -> bool:
        STOPS[stop](other, other.job(request.job or ""), name)
        return False

    getattr(world, port).fail_when(elsewhere, OSError("never"))
    job = world.engine.start("tax", world.account())
    world.clock.advance(hours=1)
    world.engine.tick()

    assert said_of(world, job, key_of(job, name)) == [RequestDelivered]
    assert now(world, job).item(name).ref is not None


@pytest.mark.parametrize("stop", STOPS)
def test_a_withdrawn_request_that_fails_in_the_ports_hands_is_over(stop: str) -> None:
    """It is not tried again, and is told once."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    other = engine_on(world, ports=Ports())

    def elsewhere(request: Request) -> bool:
        STOPS[stop](other, other.job(request.job or ""), "Prepare")
        return True

    world.tasks.fail_when(elsewhere, OSError("down"))
    job = world.engine.start("tax", world.account())
    world.clock.advance(hours=3)
    world.engine.tick()

    assert said_of(world, job, key_of(job, "Prepare")) == [RequestWithdrawn]
    assert len(world.tasks.attempts) == 1
    assert world.engine.failures() == ()


def test_the_same_request_is_withdrawn_once_however_often_it_is_stopped() -> None:
    """Cancelled while a worker holds it, then unlinked: one line in the history."""
    world, job = waiting(CreateTask(PREPARE))
    worker_takes(world)

    world.engine.record(job.item("Prepare"), Cancelled())
    world.engine.unlink(job, job.item("Prepare"))
    world.clock.advance(minutes=2)
    world.engine.tick()
    world.engine.tick()

    assert said_of(world, job, key_of(job, "Prepare")) == [RequestWithdrawn]


def test_a_paid_invoice_whose_request_failed_is_still_made() -> None:
    """What was done by other means is asked for all the same: only reminders are not (A-26)."""
    world = opened(Stage("Work", [CreateInvoice(FEE)]), DONE)
    world.invoices.fail_next(OSError("down"))
    job = world.engine.start("tax", world.account())

    world.engine.record(job.item("Fee"), InvoicePaid())
    world.advance(hours=1)

    assert [one.name for one in world.invoices.created] == ["Fee"]


def test_two_engines_that_tick_at_once_call_a_port_once() -> None:
    """Whoever has it, has it alone, also where one ticks from inside the other's port."""
    world, _ = waiting(CreateTask(PREPARE), CreateInvoice(FEE))
    other = engine_on(world)

    def other_ticks(request: Request) -> bool:
        other.tick()
        return False

    world.tasks.fail_when(other_ticks, OSError("never"))
    world.engine.tick()

    assert len(world.tasks.attempts) == len(world.invoices.attempts) == 1


def test_an_account_that_nobody_can_mail_leaves_nothing_behind() -> None:
    """No request was made, so none is withdrawn or retried."""
    world, job = begun(
        Stage("Work", [SendEmail(WELCOME), CreateInvoice(FEE, reminders=DAILY)]),
        DONE,
        account=Account("Nobody"),
    )
    world.advance(days=5)

    world.engine.complete(job.item("Fee"))

    assert events(world, job, RequestWithdrawn) == []
    assert world.engine.failures() == ()
