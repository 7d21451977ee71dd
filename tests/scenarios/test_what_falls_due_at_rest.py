"""What falls due while a job rests goes by what the job was then, and not by who ticked (R-35)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from attrs import evolve

from pipeflow import AroundDate, CreateTask, Job, SendEmail, Stage, TimeInStage, TriggerPassed
from pipeflow.testing import World
from tests.scenarios.test_what_triggers_fire import NUDGE, PREPARE, begun, fired, subjects, world_of

NUDGES = "(send email 'Nudge')"
STAYS = {False: f"trigger after 1 day here {NUDGES}"}
STAYS[True] = f"trigger after 1 day here, unless late {NUDGES}"
DUE = {False: f"trigger on the due date {NUDGES}"}
DUE[True] = f"trigger on the due date, unless late {NUDGES}"
RESTS = ["paused", "On hold", "Completed"]


def prompt(*, skips: bool = True) -> TimeInStage:
    """Fires a day after the job came, mostly in time or not at all."""
    return TimeInStage(1, [SendEmail(NUDGE)], skip_if_late=skips)


def firm(*, skips: bool = True) -> tuple[World, Job]:
    """A firm with a job of which a trigger falls due in a day, at nine."""
    world = world_of(Stage("Collect", triggers=[prompt(skips=skips)]), statuses=["On hold"])
    return world, begun(world)


def rest(world: World, job: Job, how: str) -> None:
    """Let the job be paused, or get a status in which nothing fires."""
    if how == "paused":
        world.engine.pause(job)
    else:
        world.engine.set_status(job, how)


def go_on(world: World, job: Job) -> None:
    """Let the job be Active again, and whatever waits for a tick have it."""
    if world.engine.job(job).paused is None:
        world.engine.set_status(job, "Active")
    else:
        world.engine.resume(job)
    world.engine.tick()


def passed(world: World, job: Job) -> list[str]:
    """Why triggers did not fire."""
    return [one.reason for one in world.engine.history(job) if isinstance(one, TriggerPassed)]


def silent(_: World) -> None:
    """Nobody ticks meanwhile."""


def ticks(world: World) -> None:
    """Somebody does."""
    world.engine.tick()


WORKERS = pytest.mark.parametrize("meanwhile", [silent, ticks])


@WORKERS
@pytest.mark.parametrize("how", RESTS)
def test_what_must_not_be_late_is_passed_over_where_the_job_rested_in_its_time(
    meanwhile: Callable[[World], None], how: str
) -> None:
    """Also where it goes on within the hour, and nobody had ticked."""
    world, job = firm()
    world.clock.advance(hours=23)
    rest(world, job, how)
    world.clock.advance(hours=1, minutes=15)
    meanwhile(world)
    world.clock.advance(minutes=30)

    go_on(world, job)

    assert (fired(world, job), subjects(world)) == ([], [])
    (why,) = passed(world, job)
    assert why in {f"the job is {how}", f"the job was {how}"}
    assert world.engine.job(job).alarms == ()


@WORKERS
@pytest.mark.parametrize("how", RESTS)
@pytest.mark.parametrize("minutes", [30, 90, 10_000])
@pytest.mark.parametrize(
    ("before", "outcome"),
    [(2, ([("time-in-stage", False)], [])), (60, ([("time-in-stage", False)], [])),
     (61, ([], ["it was late"]))],
)  # fmt: skip
def test_no_rest_makes_late_what_came_before_it(
    meanwhile: Callable[[World], None], how: str, before: int, outcome: object, minutes: int
) -> None:
    """Nobody had ticked before the job began to rest; how long it rests is no matter."""
    world, job = firm()
    world.clock.advance(days=1, minutes=before)
    rest(world, job, how)
    world.clock.advance(minutes=3)
    meanwhile(world)
    world.clock.advance(minutes=minutes)
    told = str(world.engine.explain(job))

    go_on(world, job)

    assert (fired(world, job), passed(world, job)) == outcome
    due = "it was due 2026-01-06 09:00 UTC"
    fires = f"{STAYS[True]} fires when the job is {_goes_on(how)}; {due}"
    passes = f"{STAYS[True]} was due 2026-01-06 09:00 UTC, and is passed over"
    assert (passes if passed(world, job) else fires) in told


def _goes_on(how: str) -> str:
    return "resumed" if how == "paused" else "Active again"


def rests_twice(*, before: int, between: int) -> tuple[World, Job]:
    """A firm with a job that rested, and whose status an edit took away at eight the next day.

    Args:
        before: The minutes between the time of its trigger, at nine, and its rest.
        between: The minutes between the end of the rest and the beginning of the firm's day.
    """
    world, job = firm()
    engine = world.engine
    world.clock.advance(days=1, minutes=before)
    job = engine.set_status(job, "On hold")
    world.clock.advance(days=1, minutes=-before - between)
    edited = evolve(engine.pipeline("tax"), statuses=[])
    engine.apply(engine.plan(edited, statuses={"On hold": "Active"}))
    return world, job


@pytest.mark.parametrize(
    ("before", "between", "after", "late"),
    [(2, 30, 0, False), (20, 30, 10, False), (20, 30, 11, True), (40, 30, 0, True)],
)
def test_what_passes_after_a_rest_counts_again(
    before: int, between: int, after: int, *, late: bool
) -> None:
    """An edit ends the rest, so that it fires when the firm's day starts, and then somebody ticks
    *after* so many minutes; it is late by more than an hour of all these.
    """
    world, job = rests_twice(before=before, between=between)
    world.clock.advance(minutes=between + after)
    told = str(world.engine.explain(job))

    world.engine.tick()

    assert fired(world, job) == ([] if late else [("time-in-stage", False)])
    assert passed(world, job) == (["it was late"] if late else [])
    assert ("is passed over" in told) is late


@pytest.mark.parametrize(("again", "late"), [(10, False), (11, True)])
def test_a_second_rest_makes_it_no_later_either(again: int, *, late: bool) -> None:
    """Nobody ticked in the minutes between its new time and the second rest."""
    world, job = rests_twice(before=20, between=30)
    world.clock.advance(minutes=30 + again)
    world.engine.pause(job)
    world.clock.advance(days=5)

    go_on(world, job)

    assert fired(world, job) == ([] if late else [("time-in-stage", False)])
    assert passed(world, job) == (["it was late"] if late else [])


@WORKERS
@pytest.mark.parametrize("how", RESTS)
@pytest.mark.parametrize("hours", [23, 26])
def test_what_may_be_late_fires_late_when_the_job_goes_on(
    meanwhile: Callable[[World], None], how: str, hours: int
) -> None:
    """Whether its time came before the rest began or in it."""
    world, job = firm(skips=False)
    world.clock.advance(hours=hours)
    rest(world, job, how)
    world.clock.advance(hours=2)
    meanwhile(world)
    world.clock.advance(hours=2)

    go_on(world, job)

    assert fired(world, job) == [("time-in-stage", True)]


@WORKERS
def test_it_fires_before_the_job_moves_on(meanwhile: Callable[[World], None]) -> None:
    """Its stage asks for nothing more when the job is resumed, so that it leaves at once."""
    stage = Stage("Collect", [CreateTask(PREPARE)], triggers=[prompt(skips=False)], automove=True)
    world = world_of(stage)
    job = world.engine.pause(begun(world))
    world.engine.complete(job.items[0])
    world.clock.advance(days=3)
    meanwhile(world)

    go_on(world, job)

    assert fired(world, job) == [("time-in-stage", True)]
    assert world.engine.job(job).stage == "done"


def test_what_leaves_a_night_is_not_hurried_by_a_pause() -> None:
    """An edit brought it; the job is paused for an hour, long before the firm's day starts next."""
    world, job = firm(skips=False)
    pipeline = world.engine.pipeline("tax")
    world.clock.advance(hours=2)
    early = AroundDate("due", 0, [SendEmail(NUDGE)])
    world.engine.edit(job, due=date(2026, 1, 2))
    world.engine.save(evolve(pipeline, triggers=[early]))
    world.engine.pause(job)
    world.clock.advance(hours=1)

    go_on(world, job)
    waits = fired(world, job)
    world.advance(days=1)

    assert waits == []
    assert fired(world, job)[0] == ("around-due", True)


@WORKERS
def test_an_explanation_says_what_becomes_of_it(meanwhile: Callable[[World], None]) -> None:
    """Of one whose time came while it rested, and of one whose time had come before."""
    during, before = firm(), firm()
    during[0].clock.advance(hours=23)
    rest(*during, "On hold")
    during[0].clock.advance(hours=2, minutes=15)
    before[0].clock.advance(days=1, minutes=2)
    rest(*before, "paused")
    before[0].clock.advance(minutes=3)
    meanwhile(before[0])
    due = f"{before[1].entered + timedelta(days=1):%Y-%m-%d %H:%M} UTC"

    told = str(before[0].engine.explain(before[1]))
    before[0].clock.advance(hours=1)

    assert f"{STAYS[True]} was due {due}, and is passed over" in str(
        during[0].engine.explain(during[1])
    )
    waits = f"{STAYS[True]} fires when the job is resumed; it was due {due}"
    assert waits in told
    assert waits in str(before[0].engine.explain(before[1]))


@WORKERS
@pytest.mark.parametrize("how", RESTS)
@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("before", [silent, ticks])
def test_what_came_before_the_rest_is_late_only_by_more_than_an_hour(
    before: Callable[[World], None], meanwhile: Callable[[World], None], how: str, *, skips: bool
) -> None:
    """It was due two minutes before, and the job goes on three minutes later."""
    world, job = firm(skips=skips)
    world.clock.advance(days=1, minutes=2)
    before(world)
    rest(world, job, how)
    world.clock.advance(minutes=2)
    meanwhile(world)
    world.clock.advance(minutes=1)

    go_on(world, job)

    assert fired(world, job) == [("time-in-stage", False)]


@WORKERS
@pytest.mark.parametrize("how", RESTS)
def test_what_came_at_rest_is_late_within_the_hour_too(
    meanwhile: Callable[[World], None], how: str
) -> None:
    """It was due five minutes after the job began to rest, and five before it goes on."""
    world, job = firm(skips=False)
    world.clock.advance(hours=23, minutes=55)
    rest(world, job, how)
    world.clock.advance(minutes=7)
    meanwhile(world)
    world.clock.advance(minutes=3)

    go_on(world, job)

    assert fired(world, job) == [("time-in-stage", True)]


@WORKERS
def test_what_came_at_rest_is_late_where_an_edit_ends_the_rest(
    meanwhile: Callable[[World], None],
) -> None:
    """Its status is taken away, so that it fires when the firm's day starts, within the hour."""
    world = world_of(Stage("Collect", triggers=[prompt(skips=False)]), statuses=["On hold"])
    engine = world.engine
    world.clock.advance(hours=23, minutes=30)
    job = begun(world)
    engine.set_status(job, "On hold")
    world.clock.advance(days=1, minutes=10)
    meanwhile(world)
    edited = evolve(engine.pipeline("tax"), statuses=[])
    engine.apply(engine.plan(edited, statuses={"On hold": "Active"}))

    told = str(engine.explain(job))
    world.clock.advance(minutes=20)
    engine.tick()

    due = "was due 2026-01-07 08:30 UTC, and fires late, 2026-01-07 09:00 UTC"
    assert f"{STAYS[False]} {due}" in told
    assert fired(world, job) == [("time-in-stage", True)]


def test_what_came_at_rest_is_passed_over_where_it_must_not_be_late_since_an_edit() -> None:
    """It could be late when its time came, ten minutes before the job goes on."""
    world, job = firm(skips=False)
    world.engine.pause(job)
    world.clock.advance(days=1)
    world.engine.tick()
    pipeline = world.engine.pipeline("tax")
    world.engine.save(pipeline.change("collect", triggers=[prompt(skips=True)]))
    world.clock.advance(minutes=10)

    told = str(world.engine.explain(job))
    go_on(world, job)

    assert "was due 2026-01-06 09:00 UTC, and is passed over" in told
    assert (fired(world, job), passed(world, job)) == ([], ["it was late"])


def brought_by_an_edit(*, skips: bool) -> tuple[World, Job]:
    """A firm at half past eleven, with a paused job of which an edit brings what is past."""
    world, job = firm(skips=False)
    world.engine.edit(job, due=date(2026, 1, 5))
    world.clock.advance(hours=2, minutes=30)
    past = AroundDate("due", 0, [SendEmail(NUDGE)], skip_if_late=skips)
    world.engine.save(evolve(world.engine.pipeline("tax"), triggers=[past]))
    return world, world.engine.pause(job)


def test_an_explanation_says_when_what_leaves_a_night_fires() -> None:
    """Resumed before the night is over it fires in the morning; and it waits where it is not."""
    world, job = brought_by_an_edit(skips=False)
    told = f"{DUE[False]} was due 2026-01-05 09:00 UTC, and fires late, 2026-01-06 09:00 UTC"
    waits = f"{told} at the earliest: it waits until the job is Active again"

    at_rest = world.engine.explain(job).lines
    go_on(world, job)
    awake = world.engine.explain(job).lines
    world.engine.pause(job)
    world.clock.advance(days=1)
    next_day = world.engine.explain(job).lines

    assert waits in at_rest
    assert told in awake
    assert fired(world, job) == []
    due = "it was due 2026-01-05 09:00 UTC"
    assert f"{DUE[False]} fires when the job is resumed; {due}" in next_day


def test_an_explanation_says_what_a_night_makes_too_late() -> None:
    """It must not be late, and the firm's day starts more than an hour after its time."""
    world, job = brought_by_an_edit(skips=True)

    told = world.engine.explain(job).lines
    go_on(world, job)
    world.advance(days=1)

    assert f"{DUE[True]} was due 2026-01-05 09:00 UTC, and is passed over" in told
    assert passed(world, job) == ["it was late"]


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("at_rest", [False, True])
def test_an_explanation_says_when_what_leaves_less_than_an_hour_fires(
    *, at_rest: bool, skips: bool
) -> None:
    """An edit at twenty to nine brings what was due ten minutes before; the day starts at nine."""
    world = world_of(Stage("Collect"))
    world.clock.advance(hours=23, minutes=30)
    job = begun(world)
    world.clock.advance(days=1, minutes=10)
    pipeline = world.engine.pipeline("tax")
    world.engine.save(pipeline.change("collect", triggers=[prompt(skips=skips)]))
    if at_rest:
        world.engine.pause(job)

    told = world.engine.explain(job).lines
    if at_rest:
        world.engine.resume(job)
    world.engine.tick()
    at_once = fired(world, job)
    world.advance(minutes=20)

    due = f"{STAYS[skips]} was due 2026-01-07 08:30 UTC, and fires 2026-01-07 09:00 UTC"
    waits = {
        False: " at the earliest: it waits until the job is Active again",
        True: " if the job is Active again by then, and is passed over if it is not",
    }
    assert f"{due}{waits[skips] if at_rest else ''}" in told
    assert (at_once, fired(world, job)) == ([], [("time-in-stage", False)])
