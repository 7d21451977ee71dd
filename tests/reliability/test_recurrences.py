"""Recurring jobs are made once each: whoever dies, comes too late, or works beside others."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeflow import (
    Account,
    CreateTask,
    Daily,
    Engine,
    JobScheduled,
    JobStarted,
    Pipeline,
    Schedule,
    Settings,
    Stage,
    TaskTemplate,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.engine import recurring
from pipeflow.ports import Store
from pipeflow.testing import World
from pipeflow.testing.clock import CountingIds, ManualClock
from tests.faults.offices import ports_of
from tests.proving import Amount
from tests.reliability.dying import Death, Fate, InFile, InMemory, Keep, Killed

START = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)
LATE = START + timedelta(days=2)  # two periods were missed, and a third is due
RUN = TaskTemplate("Run payroll")
PAYROLL = Pipeline("Payroll", stages=[Stage("Run", automations=[CreateTask(RUN)])])
PEOPLE = ("ada", "bert", "cleo")
DAYS = ("2027-01-01", "2027-01-02", "2027-01-03")
WANTED = sorted(f"payroll.{one}.{day}" for one in PEOPLE for day in DAYS)
PLAN = Schedule(
    "Payroll [PERIOD_DAY_FULL_DATE]",
    pipeline=PAYROLL,
    accounts=tagged("payroll"),
    every=Daily(),
    start=date(2027, 1, 1),
    id="payroll",
)


@pytest.fixture(autouse=True)
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand accounts out in twos, so that a period takes more than one step."""
    monkeypatch.setattr(recurring, "PIECE", 2)


def an_engine(store: Store, clock: ManualClock, world: World) -> Engine:
    """Return a process on a store."""
    return Engine(ports=ports_of(world), store=store, clock=clock, ids=CountingIds())


def set_up(engine: Engine) -> None:
    """Save the firm, its clients and the schedule."""
    engine.save(RUN, PAYROLL, Settings(attempts=1000))
    for name in PEOPLE:
        engine.save(Account(name.title(), id=name, tags=["payroll"]))
    engine.save(PLAN)


def is_right(engine: Engine, world: World) -> None:
    """See that there is each job, once, with what it asks for, and nothing left to do."""
    assert sorted(job.id for job in engine.jobs()) == WANTED
    for job in engine.jobs():
        assert len(engine.history(job).of(JobStarted)) == 1
        assert len(engine.history(job).of(JobScheduled)) == 1
    assert sorted({task.job for task in world.tasks.created if task.job}) == WANTED
    assert not engine.failures()
    assert engine.store.next_due(tenant="default") == datetime(2027, 1, 4, tzinfo=UTC)


def live(keep: Keep, fate: Fate, deaths: tuple[Death, ...]) -> int:
    """Let processes make what is due, each until it dies; return how many moments one had."""
    clock, world = ManualClock(START), World()
    set_up(an_engine(keep.opened(clock), clock, world))
    clock.set(LATE)
    fate.deaths = [(0, False), *deaths]
    moments, killed = 0, 0
    with keep.watched():
        for _ in range(len(deaths) + 1):
            fate.go_on()
            engine = an_engine(keep.opened(clock), clock, world)
            try:
                engine.tick()
            except Killed:
                killed += 1
                clock.advance(minutes=5)  # until the leases of the dead are over
            moments = max(moments, fate.moments)
    assert killed >= min(len(deaths), 1)
    fate.deaths = []
    fate.go_on()
    engine = an_engine(keep.opened(clock), clock, world)
    engine.tick()
    is_right(engine, world)
    return moments


def moments_of(kind: type[Keep]) -> int:
    """Return how many moments a process has that nobody kills."""
    fate = Fate()
    return live(kind(fate), fate, ())


@pytest.mark.parametrize("kind", [InMemory, InFile])
def test_r_38_a_death_between_any_two_steps_makes_no_job_twice_and_loses_none(
    kind: type[Keep], amount: Amount
) -> None:
    """Before a call of the store acts, and after it; and once more in the process that follows."""
    moments = moments_of(kind)
    assert moments > 40
    deaths = [
        ((moment, acts), (moment // 2 + 1, not acts))
        for moment in range(1, moments + 1)
        for acts in (False, True)
    ]
    for several in amount.among(deaths) if kind is InFile else deaths:
        fate = Fate()
        live(kind(fate), fate, several)


@pytest.fixture(params=["memory", "a file"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Return a store in memory, and one in a file."""
    if request.param == "memory":
        yield MemoryStore()
        return
    clock = ManualClock(START)
    keep = InFile(Fate())
    yield keep.opened(clock)
    assert keep.faults() == ()


def test_r_38_a_worker_who_comes_too_late_makes_nothing_twice(store: Store) -> None:
    """Another takes over what he holds, whenever he stops for longer than his lease."""
    clock, world = ManualClock(START), World()
    store.clock = clock
    slow, quick = (an_engine(store, clock, world) for _ in range(2))
    set_up(slow)
    clock.set(LATE)

    def stop(_: JobScheduled) -> None:
        clock.advance(minutes=2)
        quick.tick()

    slow.on(JobScheduled, stop)

    slow.tick()

    is_right(quick, world)


def test_r_38_several_workers_at_once_make_each_job_once(store: Store) -> None:
    """They share the work, and the schedule's steps among them."""
    clock, world = ManualClock(START), World()
    store.clock = clock
    workers = [an_engine(store, clock, world) for _ in range(4)]
    set_up(workers[0])
    clock.set(LATE)

    with ThreadPoolExecutor(4) as pool:
        ticks = [*pool.map(lambda engine: [engine.tick() for _ in range(20)], workers)]
    workers[0].tick()

    created = [id for several in ticks for tick in several for id in tick.created]
    assert sorted(created) == WANTED
    is_right(workers[0], world)
