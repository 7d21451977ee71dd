"""Delivering requests: failures, backoff, retries by tick and by hand, giving up, crashes."""

import itertools
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import attrs
import pytest

from pipeflow import (
    CreateInvoice,
    CreateTask,
    DefinitionError,
    Engine,
    ItemState,
    NotAllowedError,
    NotFoundError,
    OnEmpty,
    Pipeline,
    Ports,
    Receipt,
    Ref,
    Rejected,
    Reminders,
    RequestAbandoned,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestRetried,
    SendEmail,
    Settings,
    Stage,
    StartJob,
    TaskCompleted,
    TaskTemplate,
)
from pipeflow.errors import UnavailableError
from pipeflow.ports import Changes, Due, DueState, Parked, Settle
from pipeflow.testing import World
from tests.faults.offices import engine_on, worker_takes
from tests.firms import DONE, FEE, PREPARE, REVIEW, WELCOME, begun, dump, events, now, opened

DOWN = OSError("the line is dead")
WORK = Stage("Intake", [SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE)], automove=True)


def failing(world: World, *, times: int = 1, error: Exception = DOWN) -> Any:
    """Start a job whose task is not created the first times."""
    world.tasks.fail_next(error, times=times)
    return world.engine.start("tax", world.account())


def test_requests_leave_in_list_order_with_keys_of_their_own() -> None:
    """Each has its account, job, item, template and a key that tells where it comes from."""
    world, job = begun(WORK, DONE)

    keys = [event.key for event in events(world, job, RequestDelivered)]

    assert keys == [
        "default/job-1/1/send-email-welcome/1",
        "default/job-1/1/create-task-prepare",
        "default/job-1/1/create-invoice-fee",
    ]
    (task,) = world.tasks.created
    assert (task.account, task.job, task.item, task.template) == (
        job.account, "job-1", "job-1/1", "prepare",
    )  # fmt: skip
    assert now(world, job).item("Prepare").ref == Ref("tasks", "task-1")


def test_a_failing_port_harms_nobody_else() -> None:
    """The other requests go out; the failed one is kept, shown and explained."""
    world = opened(WORK, DONE)

    job = failing(world)

    (failure,) = world.engine.failures()
    assert len(world.email.sent) == len(world.invoices.created) == 1
    assert (failure.job, failure.attempts, failure.given_up) == (job.id, 1, False)
    assert failure.error == "OSError: the line is dead"
    assert failure.request is not None
    assert failure.request.template == "prepare"
    assert "OSError: the line is dead" in str(failure)
    assert "failed (1 attempt" in str(world.engine.explain(job))
    assert len(events(world, job, RequestFailed)) == 1


def test_a_retry_by_tick_has_the_same_key_and_content() -> None:
    """The item's reference comes late; nothing else is different."""
    world = opened(WORK, DONE)
    job = failing(world)
    (failure,) = world.engine.failures()

    early = world.engine.tick()
    assert failure.retry_at is not None
    ticked = world.engine.tick(failure.retry_at)

    assert not early
    assert ticked.delivered == (failure.key,)
    assert world.tasks.attempts == [failure.key, failure.key]
    assert world.tasks.created == [failure.request]
    assert world.engine.failures() == ()
    assert now(world, job).item("Prepare").ref == Ref("tasks", "task-1")


def test_the_wait_doubles_up_to_the_longest_and_is_spread() -> None:
    """From half to one and a half of the doubled wait, and never more than that."""
    settings = Settings(
        attempts=8, backoff=timedelta(seconds=4), longest_backoff=timedelta(seconds=60)
    )
    world = opened(WORK, DONE, settings=settings)
    job = failing(world, times=8)

    world.advance(hours=1)

    failed = events(world, job, RequestFailed)
    waits = [(event.retry_at - event.at).total_seconds() for event in failed]
    assert len(waits) == 7
    for attempt, wait in enumerate(waits):
        base = min(4 * 2**attempt, 60)
        assert base / 2 <= wait <= base * 1.5
    assert len({wait / min(4 * 2**n, 60) for n, wait in enumerate(waits)}) > 1


def test_after_the_last_attempt_a_request_is_given_up_until_a_person_decides() -> None:
    """It stays visible, is not tried any more, and the stage waits."""
    world = opened(WORK, DONE, settings=Settings(attempts=3))
    job = failing(world, times=99)

    world.advance(days=30)

    (failure,) = world.engine.failures()
    assert (failure.attempts, failure.given_up, failure.retry_at) == (3, True, None)
    assert "given up" in str(failure)
    assert len(world.tasks.attempts) == 3
    assert len(events(world, job, RequestGivenUp)) == 1
    assert "gave up" in str(world.engine.explain(job))
    assert now(world, job).item("Prepare").state is ItemState.PENDING


def test_a_rejected_request_is_given_up_at_once() -> None:
    """`Rejected` says that it will never work."""
    world = opened(WORK, DONE)

    job = failing(world, error=Rejected("no such project"))
    world.advance(days=30)

    (failure,) = world.engine.failures()
    assert failure.given_up
    assert world.tasks.attempts == [failure.key]
    assert events(world, job, RequestGivenUp)[0].error == "Rejected: no such project"


def test_a_retry_by_hand_tries_at_once_under_the_same_key() -> None:
    """Also one that was given up; its attempts begin anew."""
    world = opened(WORK, DONE, settings=Settings(attempts=1))
    job = failing(world, times=2)
    (failure,) = world.engine.failures()

    world.engine.retry(failure.key, actor="mia")
    still = world.engine.failures()
    after = world.engine.retry(failure.key)
    assert after is not None

    assert len(still) == 1
    assert after.item("Prepare").ref == Ref("tasks", "task-1")
    assert set(world.tasks.attempts) == {failure.key}
    assert [event.actor for event in events(world, job, RequestRetried)] == ["mia", "system"]
    assert world.engine.failures() == ()


def test_an_abandoned_request_is_no_longer_waited_for() -> None:
    """Its item will never exist outside, so it is resolved, and the job may move on."""
    world = opened(WORK, DONE, settings=Settings(attempts=1))
    job = failing(world, times=9)
    world.client.pays(job, "Fee")
    (failure,) = world.engine.failures()

    moved = world.engine.abandon(failure.key, actor="mia")
    assert moved is not None
    world.advance(days=9)

    assert moved.stage == "done"
    assert moved.item("Prepare").state is ItemState.RESOLVED
    assert events(world, job, RequestAbandoned)[0].actor == "mia"
    assert world.tasks.created == []
    assert world.engine.failures() == ()


def test_an_abandoned_email_changes_no_item() -> None:
    """It made none."""
    world = opened(WORK, DONE, settings=Settings(attempts=1))
    world.email.fail_next(DOWN)
    job = world.engine.start("tax", world.account())

    after = world.engine.abandon(world.engine.failures()[0].key)
    assert after is not None

    assert [item.state for item in after.items] == [ItemState.PENDING] * 2
    assert after.stage == job.stage == "intake"


def test_only_what_failed_can_be_mended() -> None:
    """What was delivered, cancelled or never there is refused, and so is a reminder to come."""
    world = opened(
        Stage("Intake", [CreateInvoice(FEE, reminders=Reminders()), CreateTask(PREPARE)]), DONE
    )
    job = failing(world)
    (failure,) = world.engine.failures()
    world.engine.unlink(job, job.item("Prepare"))
    timer = now(world, job).item("Fee").timer
    assert timer is not None
    before = dump(world)

    for call in (world.engine.retry, world.engine.abandon):
        with pytest.raises(NotFoundError, match="no request has the key 'nope'"):
            call("nope")
        with pytest.raises(NotAllowedError, match="was delivered"):
            call("default/job-1/1/create-invoice-fee")
        with pytest.raises(NotAllowedError, match="was cancelled"):
            call(failure.key)
        with pytest.raises(NotFoundError, match="no request has the key"):
            call(timer)

    assert dump(world) == before


def test_a_request_in_flight_is_not_retried_by_hand() -> None:
    """Two hands on it would be two effects."""
    world = opened(WORK, DONE)
    refused: list[str] = []

    class Impatient:
        """Retries what is being created."""

        def __call__(self, request: Any) -> bool:
            """Pick no request, but retry it."""
            try:
                world.engine.retry(request.key)
            except NotAllowedError as error:
                refused.append(str(error))
            return False

    world.tasks.fail_when(Impatient(), DOWN)
    world.engine.start("tax", world.account())

    assert "is being delivered just now" in refused[0]
    assert len(world.tasks.created) == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("t-1", "the port answered 't-1'; it must return a Receipt, or None"),
        (5, "the port answered 5; it must return a Receipt, or None"),
        (Receipt(""), "the receipt's ref: must not be empty"),
        (Receipt(5), "the receipt's ref: must be text"),  # type: ignore[arg-type]
        (Receipt("a\0b"), "which no database can keep"),
        (Receipt("t-1", completed="no"), "neither True nor False"),  # type: ignore[arg-type]
    ],
)
def test_a_port_that_answers_nonsense_is_seen_at_once(answer: object, told: str) -> None:
    """Else its reference would be lost, and every webhook about the thing with it."""
    world = opened(WORK, DONE)
    world.tasks.take = lambda request: answer  # type: ignore[assignment,method-assign,return-value]

    world.engine.start("tax", world.account())

    (failure,) = world.engine.failures()
    assert failure.given_up
    assert told in failure.error


def test_an_async_port_is_seen_at_once() -> None:
    """Nobody awaits it here: what it should do would never be done."""

    async def take(_: object) -> Receipt:
        """Do nothing, for nobody awaits it."""
        return Receipt("t-1")

    world = opened(WORK, DONE)
    world.tasks.take = take  # type: ignore[assignment,method-assign]

    world.engine.start("tax", world.account())

    (failure,) = world.engine.failures()
    assert "the port is async" in failure.error


def test_a_port_may_answer_nothing() -> None:
    """Then nobody can tell by reference, but by the item."""
    world = opened(WORK, DONE)
    world.tasks.take = lambda request: None  # type: ignore[assignment,method-assign,return-value]

    job = world.engine.start("tax", world.account())

    assert now(world, job).item("Prepare").ref is None
    assert (
        world.engine.record(job.item("Prepare"), TaskCompleted()).item("Prepare").state
        == "completed"
    )


def test_an_error_is_kept_as_one_short_plain_line() -> None:
    """Whatever a host's library puts into it."""
    world = opened(WORK, DONE)

    failing(world, error=ValueError("a\nb\x1b[31m\ud800" + "x" * 500))

    (failure,) = world.engine.failures()
    assert len(failure.error) <= 200
    assert failure.error.startswith("ValueError: a b [31m?x")


def test_tick_counts_and_names_what_it_did() -> None:
    """Reminders, requests delivered, requests that failed again."""
    world = opened(
        Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE, reminders=Reminders(every=1))]),
        DONE,
    )
    failing(world, times=2)

    first = world.engine.tick(world.clock.now() + timedelta(days=1))
    second = world.engine.tick(world.clock.now() + timedelta(days=2))
    third = world.engine.tick(world.clock.now() + timedelta(days=2))

    assert (len(first.reminders), len(first.failed), len(first.delivered)) == (1, 1, 0)
    assert (len(first), len(second), len(third)) == (2, 1, 0)
    assert first
    assert not third
    assert "1 reminder" in str(first)
    assert [len(world.tasks.created), len(world.email.sent)] == [1, 1]


def test_tick_refuses_a_naive_datetime() -> None:
    """An instant without a zone is no instant; nothing is done."""
    world, _ = begun(Stage("Intake", [CreateInvoice(FEE, reminders=Reminders())]), DONE)
    before = dump(world)

    with pytest.raises(DefinitionError, match="must be an aware datetime"):
        world.engine.tick(datetime(2030, 1, 1))
    with pytest.raises(DefinitionError, match="must be an aware datetime"):
        world.engine.tick("2030-01-01")  # type: ignore[arg-type]

    assert dump(world) == before
    assert len(world.engine.tick(datetime(2030, 1, 1, tzinfo=UTC)).reminders) == 1


def test_a_crash_between_commit_and_delivery_loses_no_request() -> None:
    """After the lease another tick delivers what is left, under the same key."""
    world = opened(WORK, DONE)
    world.tasks.fail_next(KeyboardInterrupt())
    account = world.account()

    with pytest.raises(KeyboardInterrupt):
        world.engine.start("tax", account)
    job = world.engine.job("job-1")
    before = [len(world.tasks.created), len(world.invoices.created)]
    early = world.engine.tick()
    ticks = world.advance(minutes=2)

    assert [item.name for item in job.items] == ["Prepare", "Fee"]
    assert before == [0, 0]
    assert not early
    assert sum(len(tick.delivered) for tick in ticks) >= 2
    assert [len(world.email.sent), len(world.tasks.created), len(world.invoices.created)] == [
        1,
        1,
        1,
    ]
    assert set(world.tasks.attempts) == {"default/job-1/1/create-task-prepare"}
    assert world.engine.failures() == ()


def test_after_a_crash_inside_a_port_the_engine_is_usable() -> None:
    """Nothing of the interrupted turn is left in the thread."""
    world = opened(WORK, DONE)
    world.email.fail_next(KeyboardInterrupt())
    account = world.account()
    with pytest.raises(KeyboardInterrupt):
        world.engine.start("tax", account)

    second = world.engine.start("tax", account)

    assert len(world.tasks.created) == 1
    assert world.tasks.created[0].job == second.id


def test_the_answer_of_a_worker_who_lost_its_lease_is_dropped() -> None:
    """Whoever holds the row now settles it; the slow one changes nothing."""
    world = opened(WORK, DONE)
    taken: list[Any] = []

    def slow(request: Any) -> bool:
        if not taken:
            world.clock.advance(minutes=5)
            later = world.clock.now()
            taken.extend(
                world.store.claim("other", timedelta(minutes=5), 99, due=later, tenant="default")
            )
        return False

    world.tasks.fail_when(slow, DOWN)
    job = world.engine.start("tax", world.account())

    keys = {claim.due.key for claim in taken}
    assert "default/job-1/1/create-task-prepare" in keys
    assert now(world, job).item("Prepare").ref is None
    for claim in taken:
        back = Settle(claim.due.key, claim.token, DueState.WAIT, world.clock.now())
        assert world.store.settle("default", back)
    world.advance(minutes=1)
    assert now(world, job).item("Prepare").ref == Ref("tasks", "task-1")
    assert len(world.tasks.created) == 1


@pytest.mark.memory  # a store that lasts keeps the first receipt before the next request leaves
def test_an_answer_that_came_too_late_takes_no_other_with_it() -> None:
    """Another worker took up the first of two tasks; the second is there, and asked for once."""
    world = opened(Stage("Intake", [CreateTask(PREPARE), CreateTask(REVIEW)]), DONE)
    taken: list[Any] = []

    def slow(request: Any) -> bool:
        if request.template == "review" and not taken:
            world.clock.advance(minutes=5)
            later, first = world.clock.now(), world.tasks.attempts[0]
            taken.extend(
                world.store.claim(
                    "other", timedelta(minutes=5), 99, due=later, tenant="default", keys=[first]
                )
            )
        return False

    world.tasks.fail_when(slow, DOWN)
    job = world.engine.start("tax", world.account())

    assert len(taken) == 1
    assert now(world, job).item("Review").ref == Ref("tasks", "task-2")
    assert now(world, job).item("Prepare").ref is None
    world.advance(minutes=4)
    assert len(world.tasks.attempts) == 2


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("who", [0, 1])
def test_a_tick_tells_of_no_failure_where_another_worker_was_quicker(
    *, who: int, done: bool
) -> None:
    """It took up what this one asks for just now, or next; what it did is not told here either."""
    world = opened(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    bare = engine_on(world, ports=Ports())
    jobs = [bare.start("tax", world.account(name)) for name in ("Ada", "Bob")]
    keys = [job.item("Prepare").request or "" for job in jobs]
    taken: list[Any] = []

    def slow(_: Any) -> bool:
        if not taken:
            world.clock.advance(minutes=5)
            taken.extend(worker_takes(world, keys[who]))
            if done:
                assert world.store.settle(
                    "default", Settle(keys[who], taken[0].token, DueState.DONE)
                )
        return False

    world.tasks.fail_when(slow, DOWN)
    tick = world.engine.tick()

    assert tick.delivered == (keys[1 - who],)
    assert (tick.failed, tick.postponed) == ((), () if done else (keys[who],))


def test_a_job_that_is_deleted_before_its_receipt_is_kept_takes_no_other_with_it() -> None:
    """What was made for the other jobs of the same pass is known to them, and asked for once."""
    world = opened(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    world.engine.save(Pipeline("Both", [Stage("Begin", [StartJob("tax"), StartJob("tax")])]))
    bare = engine_on(world, ports=Ports())

    def delete_the_first() -> None:
        bare.archive("job-1.1")
        bare.delete("job-1.1")

    def meanwhile(request: Any) -> bool:
        if request.job == "job-1.2":
            somebody = Thread(target=delete_the_first)
            somebody.start()
            somebody.join()
        return False

    world.tasks.fail_when(meanwhile, DOWN)
    world.engine.start("both", world.account())
    world.advance(days=1)

    assert world.engine.job("job-1.2").item("Prepare").ref == Ref("tasks", "task-2")
    assert len(world.tasks.attempts) == 2


def test_an_engine_without_the_port_leaves_requests_to_those_who_have_it() -> None:
    """A worker of another kind, or of an older release, gives up nobody's requests."""
    world = opened(WORK, DONE)
    job = failing(world)
    bare = Engine(store=world.store, clock=world.clock)

    world.clock.advance(days=1)
    by_the_bare_one, by_ours = bare.tick(), world.engine.tick()

    assert not by_the_bare_one
    assert len(by_ours.delivered) == 1
    assert events(world, job, RequestGivenUp) == []


def test_many_requests_of_one_command_keep_their_order() -> None:
    """More than one claim's worth, delivered by tick after a crash, in list order."""
    titles = [f"Task {n}" for n in range(30)]
    world = World()
    templates = [TaskTemplate(title) for title in titles]
    world.engine.save(Pipeline("Tax", [Stage("A", [CreateTask(t) for t in templates])]), *templates)
    account = world.account()
    world.tasks.fail_next(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        world.engine.start("tax", account)

    world.advance(minutes=5)

    assert [task.name for task in world.tasks.created] == titles


def test_slow_answers_are_kept_one_by_one() -> None:
    """A crash after a slow port repeats as little as can be."""
    world = opened(WORK, DONE)
    ticks = itertools.count()

    def slow(request: Any) -> bool:
        next(ticks)
        world.clock.advance(minutes=0.5)
        return False

    world.email.fail_when(slow, DOWN)
    world.tasks.fail_when(slow, DOWN)
    world.invoices.fail_next(KeyboardInterrupt())
    account = world.account()

    with pytest.raises(KeyboardInterrupt):
        world.engine.start("tax", account)

    done = [event.port for event in events(world, world.engine.job("job-1"), RequestDelivered)]
    assert done == ["email", "tasks"]


def test_a_due_row_of_a_reminder_is_no_request() -> None:
    """Requests and timers share one queue, but a timer is never handed to a port."""
    world, job = begun(Stage("Intake", [CreateInvoice(FEE, reminders=Reminders())]), DONE)
    timer = now(world, job).item("Fee").timer
    assert timer is not None

    row = world.store.due("default", timer)

    assert isinstance(row, Parked)
    assert isinstance(row.due, Due)
    assert world.engine.pending() == ()
    late = datetime(2040, 1, 1, tzinfo=UTC)
    asks = {"email", "invoices"}
    assert world.store.claim("me", timedelta(days=1), 9, due=late, asks=asks) == []


def test_a_store_that_fails_after_the_effect_repeats_it_under_its_own_key() -> None:
    """The port knows the key, so there is one effect, and the reference is kept the second time."""
    world = opened(WORK, DONE)
    commit = world.store.commit
    broken: list[Changes] = []

    def failing_commit(changes: Changes, /) -> bool:
        if changes.settles and not broken:
            broken.append(changes)
            raise UnavailableError("no answer")
        return commit(changes)

    world.store.commit = failing_commit  # type: ignore[method-assign]
    job = world.engine.start("tax", world.account())
    world.advance(minutes=5)

    attempts = [port.attempts for port in (world.email, world.tasks, world.invoices)]
    assert len(broken) == 1
    assert sum(map(len, attempts)) > 3
    assert [len(set(keys)) for keys in attempts] == [1, 1, 1]
    assert [len(world.email.sent), len(world.tasks.created), len(world.invoices.created)] == [
        1,
        1,
        1,
    ]
    assert now(world, job).item("Prepare").ref == Ref("tasks", "task-1")


def test_many_stages_may_be_passed_because_credit_pays() -> None:
    """That is no circle of ports, however long the pipeline is."""
    bill = attrs.evolve(FEE, on_account=True)
    stages = [Stage(f"S{n}", [CreateInvoice(FEE)], automove=True) for n in range(15)]
    world = opened(*stages, DONE)
    world.engine.save(bill, replace=True)
    account = world.account()
    world.invoices.credit.add(account.id)

    job = world.engine.start("tax", account)

    assert (job.stage, job.visit) == ("done", 16)
    assert world.engine.failures() == ()


def test_a_limit_that_a_receipt_meets_is_a_failure_of_its_request() -> None:
    """It never comes out of the command, and it is shown, retried and given up like any other."""
    settings = Settings(on_empty=OnEmpty.ADVANCE, most_steps=1, attempts=2)
    bill = attrs.evolve(FEE, on_account=True)
    stages = [Stage("Bill", [CreateInvoice(FEE)], automove=True), Stage("A", automove=True)]
    world = opened(*stages, Stage("B", automove=True), DONE, settings=settings)
    world.engine.save(bill, replace=True)
    account = world.account()
    world.invoices.credit.add(account.id)

    job = world.engine.start("tax", account)
    world.advance(days=1)

    (failure,) = world.engine.failures()
    assert now(world, job).stage == "bill"
    assert failure.given_up
    assert "LimitError" in failure.error
    assert len(world.invoices.created) == 1
    world.engine.save(Settings(on_empty=OnEmpty.ADVANCE), replace=True)
    after = world.engine.retry(failure.key)
    assert after is not None
    assert after.stage == "done"


def test_a_done_at_birth_receipt_completes_its_item_once() -> None:
    """Also when it arrives with a retry."""
    world = opened(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    real = world.tasks.take
    world.tasks.take = lambda request: Receipt(real(request).ref, completed=True)  # type: ignore[method-assign]

    job = failing(world)
    world.advance(minutes=1)

    assert now(world, job).stage == "done"
    assert now(world, job).item("Prepare").ref == Ref("tasks", "task-1")
    assert world.engine.receive(Ref("tasks", "task-1"), TaskCompleted())[0].stage == "done"
