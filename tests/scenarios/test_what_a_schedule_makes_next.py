"""`engine.agenda(schedule)`: what comes next, and what a schedule owes that pauses (R-38)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    Account,
    After,
    CatchUp,
    Daily,
    DefinitionError,
    JobStarted,
    Monthly,
    NotAllowedError,
    NotFoundError,
    PeriodsSkipped,
    Pipeline,
    Schedule,
    Shift,
    Stage,
    Weekly,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.engine.records import PIECE
from pipeflow.ports import Authorizer, Changes, Intent
from pipeflow.testing import ManualCalendar, World

PAY = Pipeline("Payroll", stages=[Stage("Run")], id="pay")
START = date(2026, 1, 15)


def firm(**others: object) -> tuple[World, Schedule]:
    """Open a firm with a schedule for one client, on the fifteenth of each month unless said."""
    world = World()
    world.engine.save(PAY)
    said = {"every": Monthly(15), "start": START, "accounts": [world.account()], **others}
    return world, world.engine.save(Schedule("Pay", pipeline=PAY, **said))  # type: ignore[arg-type]


def told(world: World, schedule: Schedule, limit: int = 2) -> list[str]:
    """Return the rows of an agenda."""
    text = str(world.engine.agenda(schedule.id, limit=limit)).splitlines()
    return [" ".join(line.split()) for line in text[5:]]


def pauses(world: World, schedule: Schedule, *, active: bool = False) -> Schedule:
    """Let a schedule pause, or go on."""
    found = world.engine.schedule(schedule.id)
    return world.engine.save(evolve(found, active=active))


def test_an_agenda_tells_the_next_periods() -> None:
    """When they are due, and when their jobs are made."""
    world, schedule = firm(ahead=5, shift=Shift.BEFORE)

    assert str(world.engine.agenda(schedule)).splitlines()[:3] == [
        "Pay",
        "===",
        "It starts jobs of pipeline 'Payroll'.",
    ]
    assert told(world, schedule) == [
        "2026-01-15 2026-01-15 2026-01-10 00:00 UTC",
        "2026-02-15 2026-02-13 2026-02-08 00:00 UTC",
    ]
    assert repr(world.engine.agenda(schedule)) == "<Agenda of 'pay': 0 to be made at once>"
    assert len(world.engine.agenda(schedule).coming) == 5
    assert len(world.engine.agenda(schedule, limit=None).coming) == 1000


def test_what_is_owed_is_made_by_the_next_tick() -> None:
    """Nobody has ticked for it yet."""
    world, schedule = firm()
    world.clock.advance(days=45)

    assert told(world, schedule, 1) == [
        "2026-01-15 2026-01-15 at the next tick",
        "2026-02-15 2026-02-15 at the next tick",
        "2026-03-15 2026-03-15 2026-03-15 00:00 UTC",
    ]


def test_a_schedule_that_pauses_tells_what_it_owes() -> None:
    """What had come due before the pause waits; what falls into the pause is not made up for."""
    world, schedule = firm()
    world.clock.advance(days=11)
    pauses(world, schedule)
    world.clock.advance(days=40)

    agenda = world.engine.agenda(schedule)

    assert str(agenda).splitlines()[2] == (
        "It pauses since 2026-01-16 09:00 UTC, and makes nothing until it goes on. If it went on "
        "now, it would make up for 1 period."
    )
    assert repr(agenda) == "<Agenda of 'pay': pauses, 1 to be made at once>"
    assert told(world, schedule, 1) == [
        "2026-01-15 2026-01-15 when it goes on",
        "2026-03-15 2026-03-15 2026-03-15 00:00 UTC",
    ]
    assert world.engine.feed() == []  # nothing is done by asking
    pauses(world, schedule, active=True)
    assert world.engine.tick().created == ("pay.account-1.2026-01-15",)


def test_a_schedule_that_owes_nothing_says_so() -> None:
    """One that never began, and one that has ended."""
    world, schedule = firm(active=False, end=START)

    first = str(world.engine.agenda(schedule)).splitlines()[2]
    world.clock.advance(days=20)
    last = str(world.engine.agenda(schedule))

    assert first == "It pauses, and makes nothing until it goes on."
    assert last.endswith("It pauses, and makes nothing until it goes on. Nothing is to come.")


def test_what_comes_too_late_is_counted() -> None:
    """By the catch-up rule of the schedule, as the next tick does."""
    world, schedule = firm(every=Daily(), catch_up=CatchUp.LATEST)
    world.clock.advance(days=13)

    agenda = world.engine.agenda(schedule, limit=1)

    assert agenda.skipped == 3
    assert "3 periods came too late, and are passed over." in str(agenda)
    assert [one.period.day for one in agenda.owed] == [18]
    assert world.engine.tick().created == ("pay.account-1.2026-01-18",)


def test_clients_who_have_none_yet_are_told() -> None:
    """The schedule pauses while the jobs of a period are being made."""
    world, schedule = firm(catch_up=CatchUp.LATEST)
    clients = [*schedule.accounts, world.account("Bo").id]  # type: ignore[misc]
    schedule = world.engine.save(evolve(schedule, accounts=clients))
    world.engine.on(JobStarted, lambda _: once(lambda: pauses(world, schedule)))
    done: list[object] = []

    def once(save: Callable[[], object]) -> None:
        if not done:
            done.append(save)
            save()

    world.clock.advance(days=10)
    world.engine.tick()

    assert len(world.engine.jobs()) == 1
    assert told(world, schedule, 1)[0] == (
        "2026-01-15 2026-01-15 when it goes on, for those who have none yet"
    )


def test_a_period_that_is_being_handed_out_is_told() -> None:
    """There are more clients than are looked at in one go."""
    world, schedule = firm(accounts=tagged("payroll"))
    world.engine.save(*(Account(f"C{n}", tags=["payroll"]) for n in range(PIECE + 1)))
    seen: list[str] = []
    world.engine.on(
        JobStarted,
        lambda _: seen or seen.extend(told(world, schedule, 1)),  # type: ignore[func-returns-value]
    )
    world.clock.advance(days=10)
    world.engine.tick()

    assert seen[0] == "2026-01-15 2026-01-15 at the next tick, for those who have none yet"


def test_days_off_are_asked_for() -> None:
    """As where a schedule is saved."""
    calendar = ManualCalendar([date(2026, 1, 15)])
    world = World(calendar=calendar)
    world.engine.save(PAY)
    plan = Schedule(
        "Pay",
        pipeline=PAY,
        accounts=[world.account()],
        every=Monthly(15),
        start=START,
        shift=Shift.AFTER,
    )
    world.engine.save(plan)
    assert world.engine.agenda(plan).coming[0].due == date(2026, 1, 16)


class Hides(Authorizer):
    """Lets Eve read no schedule, and Bo no pipeline."""

    def may(self, intent: Intent, /) -> bool:
        """Go by what is read."""
        hidden = {"eve": Schedule, "bo": Pipeline}.get(intent.actor)
        return hidden is None or not any(isinstance(one, hidden) for one in intent.things)

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Allow all else."""
        return True


def test_an_agenda_is_for_those_who_may_read_it() -> None:
    """A pipeline that somebody may not see goes by its id."""
    world = World(authorizer=Hides())
    world.engine.save(PAY)
    plan = Schedule("Pay", pipeline=PAY, accounts="account-1", every=Monthly(15), start=START)
    world.account()
    world.engine.save(plan)

    with pytest.raises(NotAllowedError):
        world.engine.agenda(plan, actor="eve")
    assert world.engine.agenda(plan, actor="bo").pipeline == "pay"
    assert world.engine.agenda(plan, actor="mia").pipeline == "Payroll"


def test_what_is_no_schedule_is_refused() -> None:
    """With the nearest; and so is what is no number of periods."""
    world, schedule = firm()

    with pytest.raises(NotFoundError, match="Did you mean 'pay'"):
        world.engine.agenda("pya")
    with pytest.raises(DefinitionError, match="None for a thousand"):
        world.engine.agenda(schedule, limit=0)


STEPS = st.lists(
    st.sampled_from(["tick", "day", "week", "month", "pause", "go on", "ahead", "end"]), max_size=7
)


@settings(max_examples=60, deadline=None)
@given(
    STEPS,
    st.sampled_from([*CatchUp]),
    st.sampled_from([*Shift]),
    st.sampled_from([Monthly(15), Weekly("sat"), Monthly("last")]),
)
def test_what_an_agenda_says_is_made_at_once_is_what_is_made(
    steps: list[str], catch_up: CatchUp, shift: Shift, every: Monthly | Weekly
) -> None:
    """Whatever was done before: it goes on, and somebody ticks until all is made."""
    world, schedule = firm(every=every, catch_up=catch_up, shift=shift)
    engine = world.engine
    for step in steps:
        now = engine.schedule(schedule.id)
        match step:
            case "tick":
                engine.tick()
            case "day" | "week" | "month":
                world.clock.advance(days={"day": 1, "week": 7, "month": 31}[step])
            case "pause" | "go on":
                engine.save(evolve(now, active=step == "go on"))
            case "ahead":
                engine.save(evolve(now, ahead=After(days=40) if now.ahead == After() else After()))
            case _:
                engine.save(evolve(now, end=None if now.end else date(2026, 3, 1)))

    agenda = engine.agenda(schedule)
    before = {job.id for job in engine.jobs()}
    pauses(world, schedule, active=True)
    for _ in range(99):
        if not engine.tick():
            break
    made = sorted(str(job.due) for job in engine.jobs() if job.id not in before)

    assert made == sorted(str(one.due) for one in agenda.owed)
    later = next((one for one in agenda.coming if one.at is not None), None)
    if later is not None and later.at is not None:
        world.clock.set(later.at - timedelta(minutes=1))
        assert not engine.tick().created
        world.clock.set(later.at)
        assert len(engine.tick().created) == 1


def interrupted(monkeypatch: pytest.MonkeyPatch, several: int = 2) -> tuple[World, Schedule]:
    """Make the job of the first client, whereupon the worker dies."""
    world, schedule = firm()
    names = [f"Client {number}" for number in range(several)]
    world.engine.save(evolve(schedule, accounts=[world.account(name) for name in names]))
    world.clock.advance(days=15)
    commit = type(world.store).commit

    def dying(store: MemoryStore, changes: Changes) -> bool:
        if world.engine.jobs():
            raise KeyboardInterrupt
        return commit(store, changes)

    with monkeypatch.context() as dies:
        dies.setattr(type(world.store), "commit", dying)
        with pytest.raises(KeyboardInterrupt):
            world.engine.tick()
    assert len(world.engine.jobs()) == 1
    return world, schedule


@pytest.mark.parametrize("several", [2, PIECE + 2], ids=["one piece", "two pieces"])
def test_what_a_worker_left_is_owed(monkeypatch: pytest.MonkeyPatch, several: int) -> None:
    """Those who have none yet get their jobs by the next tick, or when the schedule goes on."""
    world, schedule = interrupted(monkeypatch, several)
    rest = "2026-01-15 2026-01-15 {}, for those who have none yet"

    assert told(world, schedule, 1)[0] == rest.format("at the next tick")
    pauses(world, schedule)
    assert told(world, schedule, 1)[0] == rest.format("when it goes on")
    pauses(world, schedule, active=True)
    world.advance(hours=2)

    assert len(world.engine.jobs()) == several
    assert world.engine.agenda(schedule).owed == ()


def test_what_lies_behind_an_end_is_not_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its jobs waited to be made."""
    world, schedule = interrupted(monkeypatch)
    ended = evolve(world.engine.schedule(schedule.id), start=date(2026, 1, 1), end=date(2026, 1, 2))

    world.engine.save(ended)

    assert world.engine.agenda(schedule).owed == ()
    world.advance(hours=2)
    assert len(world.engine.jobs()) == 1


def test_what_came_too_late_before_a_pause_is_counted() -> None:
    """As the feed counts it when the schedule goes on."""
    world, schedule = firm(every=Daily(), catch_up=CatchUp.LATEST)
    world.clock.advance(days=45)
    skipped = world.engine.agenda(schedule).skipped
    pauses(world, schedule)

    assert world.engine.agenda(schedule).skipped == skipped > 0
    pauses(world, schedule, active=True)
    (passed,) = world.engine.feed()
    assert isinstance(passed, PeriodsSkipped)
    assert passed.number == skipped
