"""Whoever ticks when a waker is told to does all that is done by who ticks each hour."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from anyio import CancelScope, Event
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    After,
    AroundDate,
    CreateInvoice,
    CreateTask,
    Engine,
    Monthly,
    Pipeline,
    Receipt,
    Schedule,
    SendEmail,
    SendingWindow,
    Settings,
    Stage,
    TimeInStage,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.aio import AsyncEngine
from pipeflow.errors import UnavailableError
from pipeflow.ports import Calendar, Ports, Rejected, Waker
from pipeflow.testing import World
from tests.firms import DAILY, DONE, FEE, PREPARE, REVIEW, TEMPLATES, WELCOME

START = datetime.fromisoformat("2026-01-06T09:20:00+00:00")
DAY = START.date()
OUTLETS = ("email", "messages", "tasks", "invoices")


class Alarm(Waker):
    """Notes when it is to ring."""

    def __init__(self) -> None:
        """Begin with nothing noted."""
        self.rings: set[datetime] = set()

    def wake(self, tenant: str, at: datetime, /) -> None:
        """Note it."""
        self.rings.add(at)

    def next(self, end: datetime) -> datetime | None:
        """Take the first ring until an instant, if there is one."""
        first = min(self.rings, default=None)
        if first is None or first > end:
            return None
        self.rings.remove(first)
        return first


def sleeps(world: World, alarm: Alarm, days: float) -> int:
    """Tick when the alarm rings and at no other time; return how often."""
    end, times = world.clock.now() + timedelta(days), 0
    while (at := alarm.next(end)) is not None:
        world.clock.set(max(at, world.clock.now()))
        ticks(world.engine)
        times += 1
    world.clock.set(end)
    return times


def watches(world: World, days: float) -> None:
    """Tick each hour, whatever there is to do."""
    end = world.clock.now() + timedelta(days)
    while world.clock.now() < end:
        world.clock.advance(hours=1)
        ticks(world.engine)


def ticks(engine: Engine) -> None:
    """Tick, whatever becomes of it: who dies is started again."""
    with suppress(SystemExit, UnavailableError):
        engine.tick()


def woken(*things: Any, store: MemoryStore | None = None) -> tuple[World, Alarm]:
    """Return a firm with these things, and who wakes it."""
    alarm = Alarm()
    world = World(START, waker=alarm, store=store)
    world.engine.save(*TEMPLATES, *things)
    return world, alarm


def subjects(world: World) -> list[str]:
    """Return what mail left."""
    return [one.subject for one in world.email.sent]


# -- what was lost --------------------------------------------------------------------------------


def test_the_later_of_two_triggers_fires() -> None:
    """Both were set by the start of the job; the first was told, and the other forgotten."""
    tax = Pipeline(
        "Tax",
        [Stage("Work", triggers=[TimeInStage(After(days=14), [SendEmail(WELCOME)])]), DONE],
        triggers=[AroundDate("due", After(days=-5), [CreateTask(PREPARE)])],
    )
    world, alarm = woken(tax)
    world.engine.start("tax", world.account(), due=date(2026, 1, 12))

    sleeps(world, alarm, 30)

    assert [task.name for task in world.tasks.created] == ["Prepare"]
    assert len(world.email.sent) == 1


def test_the_later_of_two_schedules_goes_on() -> None:
    """They were saved together, and each has months to come."""
    world, alarm = woken(Pipeline("Books", [Stage("Work"), DONE]))
    ada = world.account()
    plans = (
        Schedule("On the tenth", pipeline="books", accounts=ada, every=Monthly(day=10), start=DAY),
        Schedule(
            "On the twentieth", pipeline="books", accounts=ada, every=Monthly(day=20), start=DAY
        ),
    )
    world.engine.save(*plans)

    sleeps(world, alarm, 60)

    assert (
        sorted(job.name for job in world.engine.jobs())
        == ["On the tenth"] * 2 + ["On the twentieth"] * 2
    )


def test_what_a_worker_had_in_hand_when_it_died_comes_when_its_lease_has_ended() -> None:
    """Nobody else was told of it, so the command that hands it to itself says so beforehand."""
    world, alarm = woken(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]))
    world.tasks.fail_next(SystemExit())
    with pytest.raises(SystemExit):
        world.engine.start("tax", world.account())

    sleeps(world, alarm, 0.01)

    assert len(world.tasks.created) == 1


def test_what_a_tick_had_in_hand_when_it_died_comes_when_its_lease_has_ended() -> None:
    """It died before it could say what is due next."""
    world, alarm = woken(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]))
    for error in (OSError("busy"), SystemExit(), SystemExit()):
        world.tasks.fail_next(error)
    world.engine.start("tax", world.account())

    sleeps(world, alarm, 0.1)

    assert len(world.tasks.created) == 1


def test_what_a_retry_had_in_hand_when_it_died_comes_when_its_lease_has_ended() -> None:
    """The row was claimed, and not left to wait."""
    world, alarm = woken(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]))
    for error in (Rejected("no such list"), SystemExit()):
        world.tasks.fail_next(error)
    world.engine.start("tax", world.account())
    sleeps(world, alarm, 1)
    with pytest.raises(SystemExit):
        world.engine.retry(world.engine.failures()[0].key)

    sleeps(world, alarm, 0.1)

    assert len(world.tasks.created) == 1


class Moody(Calendar):
    """Knows no days off, and at first nothing at all."""

    well = False

    def days_off(self, first: date, last: date, /) -> Iterable[date]:
        """Fail, until it is well."""
        if not self.well:
            raise OSError("no calendar")
        return ()


def test_a_timer_that_is_put_off_is_told_again() -> None:
    """What it wakes could not be worked out; it is tried again when the backoff has gone by."""
    alarm, calendar = Alarm(), Moody()
    world = World(START, waker=alarm, calendar=calendar)
    books = Pipeline("Books", [Stage("Work"), DONE])
    calendar.well = True
    world.engine.save(*TEMPLATES, books)
    world.engine.save(
        Schedule(
            "Month", pipeline="books", accounts=world.account(), every=Monthly(day=10), start=DAY,
            shift="after",
        )
    )  # fmt: skip
    calendar.well = False
    sleeps(world, alarm, 5)
    assert world.engine.jobs() == []
    calendar.well = True

    sleeps(world, alarm, 2)

    assert len(world.engine.jobs()) == 1


class Away(MemoryStore):
    """A store that cannot be reached now and then."""

    away = 0

    def claim(self, *args: Any, **given: Any) -> Any:
        """Fail, while it is away."""
        if self.away:
            self.away -= 1
            raise UnavailableError("the store is away")
        return super().claim(*args, **given)


def test_a_tick_that_could_not_reach_the_store_asks_for_another_one() -> None:
    """Else what was due then would wait until somebody happens to tick."""
    store = Away()
    world, alarm = woken(
        Pipeline("Tax", [Stage("Work", [CreateInvoice(FEE, reminders=DAILY)]), DONE]), store=store
    )
    world.engine.start("tax", world.account())
    store.away = 3

    sleeps(world, alarm, 10)

    assert len(world.email.sent) == 3


def test_a_store_whose_clock_is_behind_is_not_asked_without_end() -> None:
    """A lease that its clock does not let end is looked at once a lease."""
    world, alarm = woken(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]))
    world.tasks.fail_next(SystemExit())
    with pytest.raises(SystemExit):
        world.engine.start("tax", world.account())
    assert isinstance(world.store, MemoryStore)
    world.store.clock = World(START).clock

    assert 10 <= sleeps(world, alarm, 10 / 24 / 60) <= 12


# -- who delivers by itself ------------------------------------------------------------------------


def test_a_host_that_delivers_by_itself_is_told_of_all_that_it_has_to_fetch() -> None:
    """Of what it left behind for a limit, and of what it fetched and never came back about."""
    alarm = Alarm()
    world = World(START, waker=alarm, deliver=False)
    work = Stage("Work", [CreateTask(PREPARE), CreateTask(REVIEW), SendEmail(WELCOME)])
    world.engine.save(*TEMPLATES, Pipeline("Tax", [work, DONE]))
    world.engine.start("tax", world.account())
    got = list[str]()
    end = START + timedelta(hours=1)

    while (at := alarm.next(end)) is not None:
        world.clock.set(max(at, world.clock.now()))
        world.engine.tick()
        for request in world.engine.pending(limit=1):
            got.append(request.key)
            if got.count(request.key) == 2:
                world.engine.delivered(request.key, Receipt())

    assert sorted(got) == sorted([*{*got}] * 2)
    assert len({*got}) == 3


# -- the async engine ------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_what_a_cancelled_call_left_comes_when_its_lease_has_ended() -> None:
    """It was told when it was committed, for a cancelled task tells nothing any more."""
    alarm, reached = Alarm(), Event()
    world = World(START, waker=alarm)

    class Stuck:
        """A port that never answers."""

        async def create(self, task: Any, /) -> None:
            """Wait for ever."""
            reached.set()
            scope.cancel()
            await Event().wait()

    world.engine.save(*TEMPLATES, Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]))
    engine = AsyncEngine(
        ports=Ports(tasks=Stuck()),  # type: ignore[arg-type]
        store=world.store, clock=world.clock, ids=world.ids, waker=alarm,
    )  # fmt: skip
    with CancelScope() as scope:
        await engine.start("tax", world.account())
    assert reached.is_set()

    sleeps(world, alarm, 0.01)

    assert len(world.tasks.created) == 1


# -- any firm --------------------------------------------------------------------------------------

SOON = AroundDate("due", After(days=-3), [SendEmail(WELCOME), CreateTask(REVIEW)])
SLOWLY = TimeInStage(After(days=4), [CreateTask(REVIEW)])
AUTOMATIONS = (
    CreateTask(PREPARE),
    CreateInvoice(FEE, reminders=DAILY),
    SendEmail(WELCOME),
)
SCHEDULES = (Monthly(day=10), Monthly(day=12), Monthly(day=20))
firms = st.fixed_dictionaries(
    {
        "work": st.lists(st.sampled_from(AUTOMATIONS), min_size=1, max_size=3),
        "slowly": st.booleans(),
        "soon": st.booleans(),
        "schedules": st.lists(st.sampled_from(SCHEDULES), unique_by=id),
        "window": st.booleans(),
        "dues": st.lists(st.integers(0, 9), min_size=1, max_size=2),
        "fails": st.lists(
            st.tuples(
                st.sampled_from(OUTLETS), st.sampled_from([OSError("busy"), SystemExit("killed")])
            ),
            max_size=4,
        ),
        "moves": st.integers(0, 6),
    }
)


def season(world: World, firm: dict[str, Any], passes: Any) -> None:
    """Let a firm work for some weeks; *passes* lets days go by."""
    window = SendingWindow(days="mon-fri") if firm["window"] else None
    work = Stage("Work", firm["work"], triggers=[SLOWLY] * firm["slowly"])
    tax = Pipeline("Tax", [work, DONE], triggers=[SOON] * firm["soon"])
    world.engine.save(*TEMPLATES, Settings(window=window), tax)
    ada = world.account()
    for one in firm["schedules"]:
        world.engine.save(
            Schedule(f"On {one.day}", pipeline="tax", accounts=ada, every=one, start=DAY)
        )
    for outlet, error in firm["fails"]:
        getattr(world, outlet).fail_next(error)
    for days in firm["dues"]:
        with suppress(SystemExit):
            world.engine.start("tax", ada, due=date(2026, 1, 8) + timedelta(days))
        passes(1)
    passes(firm["moves"])
    with suppress(SystemExit):
        world.engine.move(world.engine.jobs(limit=1)[0], "Done")
    passes(16 - firm["moves"])


def came(world: World) -> dict[str, list[str]]:
    """Return what came of it all: what ports took, and the jobs."""
    return {
        "mail": sorted(one.key for one in world.email.sent),
        "tasks": sorted(one.key for one in world.tasks.created),
        "bills": sorted(one.key for one in world.invoices.created),
        "jobs": sorted(f"{job.id} {job.stage}" for job in world.engine.jobs()),
    }


@settings(max_examples=10, deadline=None)
@given(firms)
def test_any_firm_does_by_its_waker_what_it_does_by_the_clock(firm: dict[str, Any]) -> None:
    """The same mail, tasks, bills and jobs, whoever dies on the way."""
    alarm = Alarm()
    one, other = World(START, waker=alarm), World(START)

    season(one, firm, lambda days: sleeps(one, alarm, days))
    season(other, firm, lambda days: watches(other, days))

    assert came(one) == came(other)
