"""An edit of a schedule comes to what it would come to had somebody ticked just before (R-38)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    Account,
    CatchUp,
    Daily,
    Dates,
    JobScheduled,
    Monthly,
    PeriodsSkipped,
    Pipeline,
    Schedule,
    Shift,
    Stage,
    Weekly,
    Yearly,
    tagged,
)
from pipeflow.testing import World

PAY = Pipeline("Pay", stages=[Stage("Run")])
ticked = pytest.mark.parametrize("ticked", [True, False], ids=["ticked", "unticked"])


def at(month: int, day: int, hour: int = 9) -> datetime:
    """An instant of 2027."""
    return datetime(2027, month, day, hour, tzinfo=UTC)


def firm(**given: Any) -> tuple[World, Schedule]:
    """A firm with a schedule for one account, saved on 1 January at nine."""
    world = World(at(1, 1))
    world.engine.save(PAY)
    plan = {"accounts": world.account(), "start": date(2027, 1, 1), "every": Monthly(15), **given}
    return world, world.engine.save(Schedule("Pay", pipeline=PAY, **plan))


def dues(world: World) -> list[str]:
    """When the jobs are due, in order."""
    return sorted(str(job.due) for job in world.engine.jobs())


# -- another rhythm --------------------------------------------------------------------------------


@ticked
def test_a_rhythm_saved_before_the_tick_of_the_morning_makes_nothing_of_the_past(
    ticked: bool,
) -> None:
    """The 15th is owed, and none of the thirty days before it is."""
    world, plan = firm()
    world.advance(days=20)
    world.clock.set(at(2, 15, 8))
    if ticked:
        world.engine.tick()

    world.engine.save(evolve(plan, every=Daily()))
    world.engine.tick()

    assert dues(world) == ["2027-01-15", "2027-02-15"]


@ticked
def test_what_was_due_by_a_rhythm_of_before_is_made_by_it_where_several_came_after(
    ticked: bool,
) -> None:
    """Three rhythms in a row, each with a day of its own that nobody ticked for."""
    world, plan = firm()
    for now, every in ((at(1, 16), Monthly(20)), (at(1, 21), Weekly("mon")), (at(1, 26), Daily())):
        world.clock.set(now)
        if ticked:
            world.engine.tick()
        plan = world.engine.save(evolve(plan, every=every))
    world.clock.set(at(1, 27))
    world.engine.tick()

    assert dues(world) == ["2027-01-15", "2027-01-20", "2027-01-25", "2027-01-27"]


def test_what_an_earlier_rhythm_owes_goes_by_the_catch_up_rule() -> None:
    """The latest of all that is owed is made, and the rest is told as skipped."""
    world, plan = firm(catch_up=CatchUp.LATEST)
    world.clock.set(at(3, 16))

    world.engine.save(evolve(plan, every=Daily()))
    world.engine.tick()

    assert dues(world) == ["2027-03-15"]
    assert len(world.engine.feed(kinds=PeriodsSkipped)) == 1


def test_what_an_earlier_rhythm_owes_ends_with_the_schedule() -> None:
    """The end is the last day that may be a period's, by whatever rhythm."""
    world, plan = firm()
    world.clock.set(at(2, 16))

    world.engine.save(evolve(plan, every=Daily(), end=date(2027, 1, 31)))
    world.engine.tick()

    assert dues(world) == ["2027-01-15"]


def test_a_schedule_that_made_nothing_yet_makes_nothing_of_the_past_by_a_new_rhythm() -> None:
    """Its first day was still to come, and somebody had ticked each day."""
    world, plan = firm(every=Yearly(4, 15))
    world.advance(days=78)

    world.engine.save(evolve(plan, every=Monthly(10)))
    world.engine.tick()
    assert dues(world) == []
    world.advance(days=30)

    assert dues(world) == ["2027-04-10"]


# -- an end that had come --------------------------------------------------------------------------


@ticked
def test_an_end_that_had_come_and_is_taken_away_leaves_the_time_between_alone(
    ticked: bool,
) -> None:
    """Its last period is owed, and no month after it is."""
    world, plan = firm(end=date(2027, 1, 15))
    world.clock.set(at(1, 16))
    if ticked:
        world.engine.tick()
    world.clock.set(at(4, 20))

    world.engine.save(evolve(plan, end=None))
    world.engine.tick()
    assert dues(world) == ["2027-01-15"]
    world.advance(days=30)

    assert dues(world) == ["2027-01-15", "2027-05-15"]


def test_an_end_before_the_first_period_is_an_end_as_well() -> None:
    """Nothing was made by then, and nothing is made up for."""
    world, plan = firm(every=Dates([date(2027, 3, 5), date(2027, 5, 5)]), end=date(2027, 2, 1))
    world.advance(days=90)

    world.engine.save(evolve(plan, end=None))
    world.engine.tick()
    assert dues(world) == []
    world.advance(days=40)

    assert dues(world) == ["2027-05-05"]


@pytest.mark.parametrize("pauses", [False, True])
def test_what_fell_due_before_a_pause_is_made_also_where_a_later_end_comes_with_it(
    pauses: bool,
) -> None:
    """With a pause or without one: the last period before the end is owed."""
    world, plan = firm(end=date(2027, 1, 15))
    world.clock.set(at(1, 16, 8))
    if pauses:
        plan = world.engine.save(evolve(plan, active=False))

    world.engine.save(evolve(plan, active=True, end=date(2027, 12, 31)))
    world.engine.tick()

    assert dues(world) == ["2027-01-15"]


# -- a pause while the jobs of a period are made ---------------------------------------------------


def edit(world: World, **said: Any) -> None:
    """Save the schedule as it is by now, with something else."""
    world.engine.save(evolve(world.engine.schedule("pay"), **said))


def firm_of(clients: int) -> World:
    """A firm with so many clients, on the morning on which their jobs are due."""
    world, _ = firm()
    many = [Account(f"Client {n}", id=f"c-{n:04}") for n in range(clients)]
    world.engine.save(*many)
    edit(world, accounts=many)
    world.clock.set(at(1, 15, 8))
    return world


def pause_by_the_next_job(world: World, *, goes_on: bool = False) -> None:
    """Let a clerk pause the schedule when the next job is made, while the worker makes others."""

    def clerk(_: object) -> None:
        stop()
        edit(world, active=False)
        if goes_on:
            edit(world, active=True)

    stop = world.engine.on(JobScheduled, clerk)


@pytest.mark.parametrize("clients", [3, 501])
def test_a_schedule_paused_while_its_jobs_are_made_makes_the_rest_when_it_goes_on(
    clients: int,
) -> None:
    """None while it pauses, however often somebody ticks; then each client's, once."""
    world = firm_of(clients)
    pause_by_the_next_job(world)
    world.engine.tick()
    world.advance(days=3)
    assert len(world.engine.jobs()) == 1
    assert world.store.next_due(tenant="default") is None

    edit(world, active=True)
    created = world.engine.tick().created

    assert len(created) == len(set(created)) == clients - 1
    assert {str(job.due) for job in world.engine.jobs()} == {"2027-01-15"}
    assert not world.engine.tick()


def test_a_schedule_that_goes_on_before_anybody_ticked_makes_each_job_once() -> None:
    """Neither the jobs that were due by then nor those to come are lost, or come twice."""
    world = firm_of(501)
    pause_by_the_next_job(world, goes_on=True)

    created = world.engine.tick().created

    assert len(created) == len(set(created)) == 501


def test_a_schedule_paused_twice_while_its_jobs_are_made_loses_none() -> None:
    """The second time it pauses when the second job is made."""
    world = firm_of(3)
    for number in (1, 2):
        pause_by_the_next_job(world)
        world.engine.tick()
        assert len(world.engine.jobs()) == number
        edit(world, active=True)

    assert len(world.engine.tick().created) == 1
    assert len(world.engine.jobs()) == 3


def test_what_was_left_by_a_pause_is_made_also_where_another_rhythm_comes_after_it() -> None:
    """It is a period of the rhythm by which it was due."""
    world = firm_of(3)
    pause_by_the_next_job(world)
    world.engine.tick()
    world.advance(days=3)

    edit(world, active=True, every=Monthly(20))
    world.advance(days=7)

    assert dues(world) == ["2027-01-15"] * 3 + ["2027-01-20"] * 3


def test_a_schedule_that_was_never_active_owes_nothing_when_it_begins() -> None:
    """It was a draft, and edited as one; a draft is a pause."""
    world, plan = firm(active=False)
    plan = world.engine.save(evolve(plan, every=Monthly(10)))
    world.advance(days=60)

    world.engine.save(evolve(plan, active=True))
    world.advance(days=20)

    assert dues(world) == ["2027-03-10"]


@pytest.mark.parametrize("goes_on", ["at once", "when it goes on"])
def test_an_end_before_the_period_that_a_pause_left_ends_it_too(goes_on: str) -> None:
    """It is the last day that may be a period's, also where half of the clients have their job."""
    world = firm_of(3)
    pause_by_the_next_job(world)
    world.engine.tick()

    edit(world, active=goes_on == "at once", end=date(2027, 1, 14))
    edit(world, active=True)
    edit(world, end=None)
    world.engine.tick()

    assert dues(world) == ["2027-01-15"]


@pytest.mark.parametrize("clients", [3, 501])
def test_an_end_that_comes_while_the_jobs_of_a_later_period_are_made_makes_no_more(
    clients: int,
) -> None:
    """The first client's is there by then, and the second's is due."""
    world = firm_of(clients)

    def clerk(_: object) -> None:
        stop()
        edit(world, end=date(2027, 1, 14))

    stop = world.engine.on(JobScheduled, clerk)

    assert len(world.engine.tick().created) == 1
    assert not world.engine.tick()
    assert not world.engine.failures()


# -- what is due on a later day --------------------------------------------------------------------


@pytest.mark.parametrize("rule", [*CatchUp])
@pytest.mark.parametrize(
    ("was", "said"),
    [
        ({"ahead": 5}, {"ahead": 30}),
        ({"shift": Shift.AFTER}, {"ahead": 30, "shift": Shift.BEFORE}),
    ],
    ids=["sooner", "sooner and shifted"],
)
@pytest.mark.parametrize("ticks", [at(4, 1, 9), at(4, 2, 12)], ids=["now", "tomorrow"])
def test_an_edit_that_makes_jobs_earlier_makes_what_is_due_on_a_later_day_at_once(
    rule: CatchUp, was: dict[str, Any], said: dict[str, Any], ticks: datetime
) -> None:
    """None of April is lost, by any rule, where the next tick is on the next day."""
    world, _ = firm(catch_up=rule, **was)
    world.advance(days=90)
    world.clock.set(at(4, 1, 9))

    edit(world, **said)
    world.clock.set(ticks)
    world.engine.tick()

    assert dues(world) == ["2027-01-15", "2027-02-15", "2027-03-15", "2027-04-15"]
    assert not world.engine.feed(kinds=PeriodsSkipped)


@pytest.mark.parametrize("rule", [*CatchUp])
def test_a_pause_over_the_day_on_which_a_job_is_made_loses_none_that_is_due_later(
    rule: CatchUp,
) -> None:
    """Those of February and March were due in it; that of April is made when it goes on."""
    world, _ = firm(catch_up=rule, ahead=20, start=date(2027, 2, 1))
    world.advance(days=20)
    edit(world, active=False)
    world.clock.set(at(4, 14, 15))

    edit(world, active=True)
    world.clock.set(at(4, 15, 9))
    world.engine.tick()

    assert dues(world) == ["2027-04-15"]


@ticked
def test_what_is_due_today_by_another_lead_lies_in_the_past(ticked: bool) -> None:
    """Its job would have been made by now, and it is not due on a later day."""
    world, plan = firm()
    world.clock.set(at(3, 20))
    if ticked:
        world.engine.tick()

    world.engine.save(evolve(plan, every=Monthly(20), ahead=5))
    world.engine.tick()

    assert dues(world) == ["2027-01-15", "2027-02-15", "2027-03-15"]


# -- whatever is done ------------------------------------------------------------------------------

EDITS = [
    {"every": Monthly(15)},
    {"every": Monthly("last")},
    {"every": Weekly("sun")},
    {"every": Daily(3)},
    {"shift": Shift.AFTER},
    {"shift": Shift.NONE},
    {"ahead": 4},
    {"ahead": 0},
    {"active": False},
    {"active": True},
    {"end": 10},
    {"end": None},
]


def lived(steps: Sequence[tuple[int, dict[str, Any]]], *, ticked: bool) -> list[str]:
    """What comes of edits, each so many days after the last, where somebody ticks before each."""
    world, plan = firm()
    for days, edit in steps:
        now = world.clock.now() + timedelta(days=days)
        world.clock.set(now)
        if ticked:
            world.engine.tick()
        end = edit.get("end")
        said = {"end": now.date() + timedelta(days=end)} if end else edit
        plan = world.engine.save(evolve(plan, **said))
    world.engine.save(evolve(plan, active=True))
    world.engine.tick()
    return dues(world)


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(EDITS)), max_size=6))
def test_edits_come_to_the_same_whether_somebody_ticked_before_them_or_not(
    steps: list[tuple[int, dict[str, Any]]],
) -> None:
    """Whatever is edited, and however often: nothing owed is lost, and nothing of the past made."""
    assert lived(steps, ticked=False) == lived(steps, ticked=True)


# -- an end that is typed too early --------------------------------------------------------------


class Begun(NamedTuple):
    """A firm whose job of 10 February was made for Ada a month ahead, and not yet for Bert."""

    world: World

    def save(self, **said: Any) -> None:
        """Save the schedule with this changed."""
        engine = self.world.engine
        engine.save(evolve(engine.schedule("pay"), **said))

    def clients(self) -> set[str]:
        """Who has the job."""
        return {job.account for job in self.world.engine.jobs() if str(job.due) == "2027-02-10"}


def begun(**said: Any) -> Begun:
    """Let a clerk save something else as soon as the first of the two jobs is made."""
    world = World(at(1, 1))
    engine = world.engine
    engine.save(PAY, *(Account(name, id=name, tags=["p"]) for name in ("ada", "bert")))
    plan: dict[str, Any] = {
        "accounts": tagged("p"),
        "start": date(2027, 2, 1),
        "every": Monthly(10),
        "ahead": 30,
    }
    engine.save(Schedule("Pay", pipeline=PAY, **plan))
    firm = Begun(world)
    world.clock.set(at(1, 11))

    def clerk(_: JobScheduled) -> None:
        stop()
        firm.save(**said)

    stop = engine.on(JobScheduled, clerk)
    engine.tick()
    return firm


@pytest.mark.parametrize("ticked", [True, False], ids=["ticked", "unticked"])
def test_an_end_that_is_taken_back_in_time_lets_the_others_have_their_jobs(ticked: bool) -> None:
    """What is due on a later day is made at once, for each client once."""
    firm = begun(end=date(2027, 2, 5))
    if ticked:
        firm.world.advance(hours=5)
    assert firm.clients() == {"ada"}

    firm.save(end=None)
    firm.world.advance(hours=1)

    assert firm.clients() == {"ada", "bert"}


def test_an_end_that_is_typed_and_taken_back_during_a_pause_changes_nothing() -> None:
    """What was left by the pause is made when the schedule goes on."""
    firm = begun(active=False)
    said: tuple[dict[str, Any], ...] = ({"end": date(2027, 2, 5)}, {"end": None}, {"active": True})
    for edit in said:
        firm.world.advance(hours=1)
        firm.save(**edit)
    firm.world.advance(hours=1)

    assert firm.clients() == {"ada", "bert"}


def test_what_an_end_left_out_is_not_made_up_for_when_it_lies_in_the_past() -> None:
    """The end had come, and the period is due no later than today."""
    firm = begun(end=date(2027, 2, 5))
    firm.world.clock.set(at(2, 11))
    firm.world.engine.tick()

    firm.save(end=None)
    firm.world.advance(hours=1)

    assert firm.clients() == {"ada"}
