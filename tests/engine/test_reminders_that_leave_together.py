"""Reminders of several jobs that fall due at once: on a branch they are made in one commit."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from pipeflow import (
    Account,
    After,
    AroundDate,
    Automation,
    ConflictError,
    CreateInvoice,
    CreateOrganizer,
    Engine,
    Item,
    ItemCompleted,
    Job,
    Money,
    Pipeline,
    Receipt,
    Reminders,
    ReminderSent,
    RequestDelivered,
    SendEmail,
    SendingWindow,
    SetStatus,
    Settings,
    Stage,
    Status,
    TimeInStage,
    TriggerFired,
    WhenDone,
    rules,
)
from pipeflow.errors import LimitError, MovedOnError
from pipeflow.model.record import replaced
from pipeflow.ports import Email
from pipeflow.ports.store import Branchable
from pipeflow.testing import World
from tests.firms import FEE, ORGANIZER, TEMPLATES, WELCOME, in_memory_and_in_a_file

CHASED = CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=2))
AGAIN = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=6), id="again")
GIVEN = evolve(FEE, id="gift", on_account=True)
GIFT = CreateInvoice(GIVEN, id="gift")
TAX = Pipeline("Tax", [Stage("Collect", [CHASED]), Stage("Twice", [CHASED, AGAIN]), Stage("Done")])


def begun(world: World) -> World:
    """Save what the firm works with."""
    world.engine.save(*TEMPLATES, TAX)
    return world


world = in_memory_and_in_a_file(begun)


def settled_at_once(world: World, *automations: Automation) -> Job:
    """Start a job whose host settles its gift at once, which fires a trigger."""
    bill = Stage("Bill", automations, triggers=[WhenDone("gift", [SendEmail(WELCOME)])])
    line = Pipeline("Billed", [bill, Stage("Done")])
    world.engine.save(GIVEN, line)
    account = world.account()
    world.invoices.credit.add(account.id)
    return world.engine.start(line, account)


def reminded(engine: Engine, job: Job) -> list[int]:
    """Return the numbers of the reminders of which a job's history tells."""
    return [one.number for one in engine.history(job).of(ReminderSent)]


def told(engine: Engine, job: Job) -> list[tuple[type, str, datetime]]:
    """Return what happened to which item and when; references are the host's own."""
    return [(type(event), getattr(event, "item", ""), event.at) for event in engine.history(job)]


def test_a_branch_tells_of_them_what_the_firm_does(world: World) -> None:
    """The same events in the same order, job by job, and the same ticks."""
    jobs = [world.job_at(TAX, stage) for stage in ("Collect", "Twice", "Collect", "Twice")]
    branch = world.engine.what_if()

    foreseen = branch.advance(days=7)

    there = [told(branch, job) for job in jobs]
    assert foreseen == world.advance(days=7)
    assert [told(world.engine, job) for job in jobs] == there
    assert reminded(world.engine, jobs[0]) == [1, 2]
    assert sorted(reminded(world.engine, jobs[1])) == [1, 1, 2, 2, 3, 4, 5, 6]


def test_their_order_does_not_depend_on_where_the_firm_is_kept(world: World) -> None:
    """Whether the receipts with which they began were kept together or each alone is all one."""
    twice = Stage(
        "Collect", [CHASED, CreateOrganizer(ORGANIZER, reminders=CHASED.reminders, id="b")]
    )
    pair = world.engine.save(Pipeline("Pair", [twice, Stage("Done")]))
    jobs = [world.job_at(pair, "Collect") for _ in range(2)]

    world.advance(days=3)

    asked = [mail.item for mail in world.email.sent]
    assert asked == [item.id for job in jobs for item in job.items]


def test_what_follows_from_a_receipt_comes_behind_those_before_it(world: World) -> None:
    """A bill that the host settles at once fires a trigger; the organizer's reminder was first."""
    job = settled_at_once(world, CHASED, GIFT)

    assert [one.run for one in world.engine.history(job).of(TriggerFired)] == [2]
    assert job.items[0].timer == "default/job-1/1/reminder/1/1"


def test_one_that_cannot_be_worked_out_harms_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is put off, as if it had been alone."""
    jobs = [world.job_at(TAX, "Collect") for _ in range(3)]
    made = rules.remind

    def remind(state: Any, *rest: Any) -> Any:
        if state.job.id == jobs[1].id:
            raise ArithmeticError("no such hour")
        return made(state, *rest)

    monkeypatch.setattr(rules, "remind", remind)
    branch = world.engine.what_if()

    (tick,) = branch.advance(days=3)

    assert [reminded(branch, job) for job in jobs] == [[1], [], [1]]
    assert (len(tick.reminders), len(tick.postponed)) == (2, 1)


def test_a_reminder_for_nobody_is_not_told_of(world: World) -> None:
    """Its time came, and there was nobody to write to (R-7); a tick tells what was asked for."""
    nobody = world.engine.save(Account("Nobody", contacts=()))
    asked = world.job_at(TAX, "Collect")
    world.engine.start(TAX, nobody)
    foreseen = world.engine.what_if().advance(days=3)

    ticks = world.advance(days=3)

    assert foreseen == ticks
    (key,) = [key for tick in ticks for key in tick.reminders]
    assert f"/{asked.id}/" in key


def test_one_whose_job_is_deleted_meanwhile_harms_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is reminded of what is not there."""
    jobs = [world.job_at(TAX, "Collect") for _ in range(3)]
    branch = world.engine.what_if()
    store, claims = branch.store, branch.store.claim

    def claim(*rest: Any, **named: Any) -> Any:
        found = claims(*rest, **named)
        monkeypatch.setattr(store, "claim", claims)
        branch.set_status(jobs[0], "Archived")
        branch.delete(jobs[0])
        return found

    branch.advance(days=2.9)
    monkeypatch.setattr(store, "claim", claim)
    (tick,) = branch.advance(days=0.1)

    assert [reminded(branch, job) for job in jobs[1:]] == [[1], [1]]
    assert len(tick.reminders) == 2


def test_a_firm_that_has_moved_on_is_noticed(world: World) -> None:
    """And none of them is put off, as if a port had failed."""
    jobs = [world.job_at(TAX, "Collect") for _ in range(3)]
    branch = world.engine.what_if()
    branch.account(jobs[1].account)
    world.engine.tag(jobs[1].account, {"vip"})

    with pytest.raises(ConflictError, match="moved on under its branch: account"):
        branch.advance(days=3)

    assert [reminded(branch, job) for job in (jobs[0], jobs[2])] == [[], []]


def test_a_tick_notices_it_too(world: World) -> None:
    """What came before is made; what the firm has changed, and what comes behind it, is not."""
    jobs = [world.job_at(TAX, "Collect") for _ in range(3)]
    branch = world.engine.what_if()
    branch.account(jobs[1].account)
    world.engine.tag(jobs[1].account, {"vip"})

    with pytest.raises(ConflictError, match="moved on under its branch: account"):
        branch.tick(branch.now + timedelta(days=3))

    assert [reminded(branch, job) for job in jobs] == [[1], [], []]


def test_what_receipts_set_at_one_instant_goes_off_as_in_the_firm() -> None:
    """The reminder of the second job before its quiet status, and not behind it."""
    world = World(datetime(2026, 1, 9, 9, tzinfo=UTC))
    ask = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=1))
    rest = TimeInStage(1, [SetStatus("Hold")])
    tax = Pipeline(
        "Tax",
        [Stage("Work", triggers=[rest]), Stage("Done")],
        triggers=[AroundDate("due", After(), [ask])],
        statuses=[Status("Hold", quiet=True)],
    )
    world.engine.save(*TEMPLATES, tax)
    day = world.clock.now().date()
    jobs = [world.engine.start(tax, world.account(), due=day) for _ in range(2)]
    branch = world.engine.what_if()

    branch.advance(days=2)
    there = [reminded(branch, job) for job in jobs]
    world.advance(days=2)

    assert there == [reminded(world.engine, job) for job in jobs] == [[1], [1]]


CLIENTS = ["Ada", "Bob", "Cyd"]
RHYTHMS = [timedelta(seconds=20), timedelta(minutes=9.5), timedelta(minutes=10), timedelta(days=1)]
OFFSETS = st.lists(
    st.tuples(
        st.sampled_from(CLIENTS),
        st.integers(0, len(RHYTHMS) - 1),
        st.sampled_from([0, 1, 7, 20, 40, 60]),
    ),
    min_size=1,
    max_size=6,
)


def all_told(engine: Engine, accounts: Iterable[Account]) -> list[list[tuple[Any, ...]]]:
    """Return what happened to accounts, in order and with its instants, but for references."""
    return [
        [(type(one), one.job, getattr(one, "item", ""), one.at) for one in engine.history(account)]
        for account in accounts
    ]


def items_of(job: Job) -> list[Item]:
    """Return the items of a job, but for the references by which hosts know them."""
    return [replaced(item, ref=None) for item in job.items]


def instants_of(engine: Engine, keys: Container[str]) -> list[tuple[datetime, str]]:
    """Return when ports took requests, and their keys, in order."""
    chapters = (engine.history(job).of(RequestDelivered) for job in engine.jobs())
    taken = [(one.at, one.key) for several in chapters for one in several if one.key in keys]
    return sorted(taken)


def firm_of(jobs: Iterable[tuple[str, int, int]], times: int, odd: str) -> World:
    """Start jobs of three clients, some seconds apart, and let something be out of the ordinary."""
    world = World(datetime(2026, 1, 9, 9, tzinfo=UTC))
    then = [SendEmail(WELCOME), SetStatus("Hold")] if odd == "used up" else []
    rhythms = [Reminders(every, times, then=then) for every in RHYTHMS]
    waits = [CreateOrganizer(ORGANIZER, reminders=rhythm) for rhythm in rhythms]
    stages = [Stage(f"Every {one.reminders}", [one]) for one in waits]
    if odd == "triggers":
        rest = TimeInStage(1, [SendEmail(WELCOME)])
        stages = [replaced(stage, triggers=(rest,)) for stage in stages]
    tax = Pipeline("Tax", stages, statuses=[Status("Hold", quiet=True)])
    world.engine.save(*TEMPLATES, tax)
    if odd == "window":
        world.engine.save(Settings(window=SendingWindow(opens=time(9), closes=time(9, 2))))
    accounts = {name: world.account(name) for name in CLIENTS}
    for name, stage, offset in jobs:
        world.clock.advance(minutes=offset / 60)
        if odd == "failures" and stage % 2:
            world.organizers.fail_next(OSError("busy"))
        world.engine.start(tax, accounts[name], stage=stages[stage].id)
    if odd in {"late", "held"}:
        world.clock.advance(minutes=2)
    if odd == "held":
        held = timedelta(seconds=50)
        world.engine.store.claim("nobody here", held, 2, due=world.clock.now(), tenant="default")
    return world


@pytest.mark.memory  # a file takes minutes
@given(
    jobs=OFFSETS,
    times=st.integers(1, 3),
    odd=st.sampled_from(["", "used up", "triggers", "window", "failures", "late", "held"]),
    passes=st.integers(1, 5),
)
@runs(max_examples=60)
def test_each_is_made_at_its_own_instant(
    jobs: list[tuple[str, int, int]], times: int, odd: str, passes: int
) -> None:
    """However close the instants are: a branch asks for the same, in order, when the firm does."""
    world = firm_of(jobs, times, odd)
    accounts, sent = world.engine.accounts(), len(world.email.sent)
    foreseen = [*world.engine.forecast(2)]
    branch, days = world.engine.what_if(), 2 / passes

    passed = [tick for _ in range(passes) for tick in branch.advance(days=days)]
    there = all_told(branch, accounts), [items_of(job) for job in branch.jobs()]

    assert passed == [tick for _ in range(passes) for tick in world.advance(days=days)]
    mails = [one.key for one in branch.requests if isinstance(one, Email)]
    assert mails == [one.key for one in world.email.sent[sent:]]
    will_leave = sorted((one.at, one.key) for one in foreseen)
    assert instants_of(world.engine, {key for _, key in will_leave}) == will_leave
    assert all_told(world.engine, accounts) == there[0]
    assert [items_of(job) for job in world.engine.jobs()] == there[1]


def test_whoever_listens_is_told_of_each_before_the_next(world: World) -> None:
    """And may see to it that nobody is reminded of the next."""
    first, second = world.job_at(TAX, "Collect"), world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.on(ReminderSent, lambda event: event.job == first.id and branch.pause(second))

    branch.advance(days=3)

    assert (reminded(branch, first), reminded(branch, second)) == ([1], [])


def test_what_nobody_held_is_taken_when_it_is_taken_up() -> None:
    """And not when it was asked for, as what a port takes at once."""
    world = World(datetime(2026, 1, 9, 9, tzinfo=UTC), deliver=False)
    world.engine.save(*TEMPLATES, TAX)
    job = world.job_at(TAX, "Collect")
    world.clock.advance(minutes=10)
    branch = world.engine.what_if()

    branch.advance(minutes=1)

    (taken,) = branch.history(job).of(RequestDelivered)
    assert taken.at == datetime(2026, 1, 9, 9, 10, tzinfo=UTC)


class Raising:
    """Raises once, and is then what it stands for."""

    def __init__(self, call: Callable[..., Any], error: BaseException) -> None:
        self._call = call
        self._errors = [error]

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Raise the first time."""
        if self._errors:
            raise self._errors.pop()
        return self._call(*given, **named)


def a_day_later(world: World) -> datetime:
    """Start jobs at 09:00, 09:00:20 and 09:00:56, that are reminded each day; go to the next."""
    daily = Pipeline("Daily", [Stage("Collect", [AGAIN]), Stage("Done")])
    world.engine.save(daily)
    for seconds in (0, 20, 36):
        world.clock.advance(minutes=seconds / 60)
        world.engine.start(daily, world.account())
    world.clock.advance(days=1, minutes=-56 / 60)
    return world.clock.now()


@pytest.mark.parametrize(("seconds", "instants"), [(40, [20, 40, 56]), (20, [20, 56])])
def test_what_somebody_else_holds_in_the_firm_is_taken_up_when_they_lose_it(
    world: World, seconds: int, instants: list[int]
) -> None:
    """Between two reminders or with one, and not behind the last."""
    nine, held = a_day_later(world), timedelta(seconds=seconds)
    world.engine.store.claim("elsewhere", held, 1, due=nine, tenant="default")
    branch = world.engine.what_if()

    ticks = branch.advance(minutes=2)

    assert [(tick.at - nine).seconds for tick in ticks] == instants
    assert ticks == world.advance(minutes=2)


def test_what_is_tried_again_between_two_reminders_is_tried_between_them(world: World) -> None:
    """At its own instant too."""
    nine = a_day_later(world)
    world.engine.save(Settings(backoff=timedelta(seconds=36)))
    world.organizers.fail_next(OSError("busy"))
    world.engine.start(TAX, world.account())
    branch = world.engine.what_if()

    ticks = branch.advance(minutes=2)

    assert [len(tick.reminders) for tick in ticks] == [1, 1, 0, 1]
    assert 20 < (ticks[2].at - nine).total_seconds() < 56
    assert ticks == world.advance(minutes=2)


def test_a_reminder_that_was_put_off_is_made_when_it_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not with those that fall due before."""
    nine, made = a_day_later(world), rules.remind
    world.engine.save(Settings(backoff=timedelta(seconds=36)))
    monkeypatch.setattr(rules, "remind", Raising(made, ArithmeticError("no such hour")))
    world.engine.tick()
    branch = world.engine.what_if()

    ticks = branch.advance(minutes=2)

    instants = [(tick.at - nine).total_seconds() for tick in ticks]
    assert (instants[0], instants[2]) == (20, 56)
    assert 20 < instants[1] < 56
    assert ticks == world.advance(minutes=2)


def test_what_a_branch_was_interrupted_at_is_made_at_its_instant_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing stays held that was to come later."""
    nine = a_day_later(world)
    branch = world.engine.what_if()
    monkeypatch.setattr(rules, "remind", Raising(rules.remind, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        branch.advance(minutes=2)

    ticks = branch.advance(minutes=2)

    assert [(tick.at - nine).seconds for tick in ticks] == [0, 20, 56]


def test_what_the_firm_was_interrupted_at_is_taken_when_its_host_says_so(world: World) -> None:
    """And not when the firm asked for it."""
    hello = Pipeline("Hello", [Stage("Write", [SendEmail(WELCOME)]), Stage("Done")])
    world.engine.save(hello)
    world.email.fail_next(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        world.engine.start(hello, world.account())
    (job,) = world.engine.jobs()
    store = world.engine.store
    assert isinstance(store, Branchable)
    (asked,) = store.unsettled("default")
    branch = world.engine.what_if()

    branch.advance(minutes=0.5)
    branch.delivered(asked.due.key)

    (taken,) = branch.history(job).of(RequestDelivered)
    assert taken.at == world.clock.now() + timedelta(minutes=0.5)


def test_what_is_over_is_forgotten_while_time_passes_on_a_branch(world: World) -> None:
    """As in the firm, after so long as its settings say."""
    world.engine.save(Settings(forget_after=timedelta(days=2)))
    world.job_at(TAX, "Collect")
    branch = world.engine.what_if()

    first, second = branch.advance(days=6)

    keys = [tick.reminders[0] for tick in (first, second)]
    assert [branch.store.due("default", key) is None for key in keys] == [True, False]


def test_ticks_of_a_branch_print_in_the_zone_of_the_firm() -> None:
    """As those of the firm do."""
    world = begun(World())
    world.engine.save(Settings(time_zone="Europe/Berlin"))
    world.job_at(TAX, "Collect")
    foreseen = world.engine.what_if().advance(days=3)

    assert [str(one) for one in foreseen] == [str(one) for one in world.advance(days=3)] != []


def test_what_the_firm_cannot_work_out_is_in_its_log(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As an error, with what led to it."""
    world.job_at(TAX, "Collect")

    def remind(*_: Any) -> Any:
        raise ArithmeticError("no such hour")

    monkeypatch.setattr(rules, "remind", remind)
    world.advance(days=3)

    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert record.exc_info[0] is ArithmeticError


def test_what_comes_behind_a_receipt_from_which_something_follows(world: World) -> None:
    """It is kept behind what follows."""
    job = settled_at_once(world, GIFT, CHASED)

    told = [type(one) for one in world.engine.history(job)]
    told = [one for one in told if one in {RequestDelivered, ItemCompleted}]
    assert told[:3] == [RequestDelivered, ItemCompleted, RequestDelivered]


def test_a_receipt_that_names_what_another_job_has_done_is_kept_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows comes behind what the receipts before it brought, wherever the firm is kept."""
    bill = Stage(
        "Bill",
        [CHASED, CreateInvoice(FEE, id="bill")],
        triggers=[WhenDone("bill", [SendEmail(WELCOME)])],
    )
    other, billed = world.engine.save(
        Pipeline("Other", [Stage("Work"), Stage("Done")]), Pipeline("Billed", [bill, Stage("Done")])
    )
    monkeypatch.setattr(world.invoices, "take", lambda _: Receipt("bill-1"))
    account = world.account()
    first = world.engine.start(other, account)
    first = world.engine.link(first, "bill-1", "invoice", "Bill", total=Money("100", "USD"))
    world.engine.complete(first.items[0])

    job = world.engine.start(billed, account)

    assert [one.run for one in world.engine.history(job).of(TriggerFired)] == [2]
    assert job.items[0].timer == f"default/{job.id}/1/reminder/1/1"


def test_receipts_that_cannot_be_kept_together_are_kept_each_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is too much for one commit may be little enough for several."""
    world, kept = begun(World()), rules.delivered

    def delivered(job: Job, answers: Any, now: datetime) -> Any:
        if len(answers) > 1:
            raise LimitError("too much for one commit")
        return kept(job, answers, now)

    monkeypatch.setattr(rules, "delivered", delivered)

    job = world.job_at(TAX, "Twice")

    assert len(world.engine.history(job).of(RequestDelivered)) == 2


def test_a_branch_whose_firm_moved_on_under_a_receipt_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is no failure of what was asked for."""
    world = begun(World())
    account = world.account()

    def delivered(*_: Any) -> Any:
        raise MovedOnError("the firm moved on")

    monkeypatch.setattr(rules, "delivered", delivered)

    with pytest.raises(MovedOnError):
        world.engine.what_if().start(TAX, account, stage="Twice")
