"""Edits of times: very many open jobs are told piece by piece, none twice, and none is left out."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from attrs import evolve

from pipeflow import (
    After,
    AroundDate,
    CreateTask,
    Job,
    NotAllowedError,
    Pipeline,
    SendEmail,
    Settings,
    Stage,
    TimeInStage,
    TriggerFired,
)
from pipeflow.engine import ripples
from pipeflow.ports import Changes
from pipeflow.testing import World
from tests.scenarios.test_what_triggers_fire import DONE, NUDGE, PREPARE, TEMPLATES

JOBS = 7


def after(days: int) -> TimeInStage:
    """Fire so many days after the job came."""
    return TimeInStage(After(days=days), [SendEmail(NUDGE)])


@pytest.fixture(autouse=True)
def _in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a piece be three jobs."""
    monkeypatch.setattr(ripples, "JOBS", 3)


def firm(days: int = 14) -> World:
    """A firm with seven open jobs in a stage that waits for some days."""
    world = World()
    stage = Stage("Collect", [CreateTask(PREPARE)], triggers=[after(days)])
    world.engine.save(Pipeline("Tax", [stage, DONE]), *TEMPLATES)
    for _ in range(JOBS):
        world.engine.start("tax", world.account())
    return world


def edit(world: World, days: int) -> None:
    """Let the stage wait for another number of days."""
    pipeline = world.engine.pipeline("tax")
    world.engine.save(pipeline.change("Collect", triggers=[after(days)]))


def days(world: World, jobs: list[Job] | None = None) -> list[int]:
    """After how many days each job's alarm goes off, as it stands in the job."""
    found = world.engine.jobs() if jobs is None else [world.engine.job(one) for one in jobs]
    return [(alarm.at - job.entered).days for job in found for alarm in job.alarms]


def rung(world: World) -> list[int]:
    """After how many days the trigger fired in each job."""
    return [
        (event.at - job.entered).days
        for job in world.engine.jobs()
        for event in world.engine.history(job)
        if isinstance(event, TriggerFired)
    ]


def test_the_first_jobs_are_told_with_the_edit_and_the_others_by_the_next_tick() -> None:
    """A tick goes on until all are told."""
    world = firm()

    edit(world, 20)
    first = days(world)
    world.engine.tick()

    assert first == [20] * 3 + [14] * 4
    assert days(world) == [20] * JOBS


def test_each_fires_once_by_the_times_of_the_edit() -> None:
    """Also those that were told later."""
    world = firm()

    edit(world, 20)
    world.advance(days=40)

    assert rung(world) == [20] * JOBS


def broken(world: World) -> list[bool]:
    """Let no piece be told as long as the answer says so."""
    find, breaks = world.store.find, [True]

    def fails(*given: object, **named: object) -> object:
        if breaks[0] and named.get("limit") == ripples.JOBS:
            raise ConnectionError
        return find(*given, **named)  # type: ignore[arg-type]

    world.store.find = fails  # type: ignore[method-assign,assignment]
    return breaks


@pytest.mark.parametrize(("to", "fires"), [(3, [14] * 3 + [15] * 4), (20, [20] * JOBS)])
def test_an_alarm_of_before_the_edit_fires_by_the_times_of_now(to: int, fires: list[int]) -> None:
    """Where it goes off before its job was told: too early nothing fires, and what is past by then
    fires when the day starts next. The first three were told with the edit.
    """
    world = firm()
    edit(world, to)
    breaks = broken(world)
    world.clock.advance(days=14)

    world.engine.tick()
    fired = rung(world)
    breaks[0] = False
    world.advance(days=20)

    assert fired == [one for one in fires if one == 14]
    assert rung(world) == fires


def test_what_happens_to_a_job_tells_it_before_its_piece_comes() -> None:
    """And its piece then changes nothing."""
    world = firm()
    last = world.engine.jobs()[-1]
    edit(world, 20)

    world.engine.edit(last, name="Urgent")
    told = days(world, [last])
    version = len(world.engine.history(last))
    world.engine.tick()

    assert told == [20]
    assert len(world.engine.history(last)) == version
    assert len(world.engine.job(last).alarms) == 1


def told_by_something_else(world: World) -> None:
    """Let something happen to all jobs before the next tick, which then comes."""
    for job in world.engine.jobs():
        world.engine.edit(job, priority="high")
    world.engine.tick()


def test_what_is_past_by_the_edit_leaves_a_night_also_where_something_happens_before() -> None:
    """None of its jobs is hurried, whether it was told with the edit, by a piece or by itself."""
    world = firm(30)
    world.clock.advance(days=12)
    edit(world, 10)

    told_by_something_else(world)
    at_once = rung(world)
    world.advance(days=1)

    assert (at_once, rung(world)) == ([], [13] * JOBS)


def test_a_trigger_that_an_edit_brings_leaves_a_night_too() -> None:
    """Here around a date of the job, and one of the account, which were past by then."""
    world = firm(30)
    for account in world.engine.accounts():
        world.engine.save(evolve(account, fields={"year end": date(2026, 1, 6)}))
    for job in world.engine.jobs():
        world.engine.edit(job, due=date(2026, 1, 6))
    world.clock.advance(days=12)
    near = [AroundDate(name, 1, [SendEmail(NUDGE)]) for name in ("due", "year end")]
    world.engine.save(evolve(world.engine.pipeline("tax"), triggers=near))

    told_by_something_else(world)
    at_once = rung(world)
    world.advance(days=1)

    assert (at_once, rung(world)) == ([], [13] * 2 * JOBS)


def test_another_start_of_the_day_leaves_a_night_too_where_something_happens_before() -> None:
    """By an earlier one the time of all of them is past."""
    world = firm()
    for job in world.engine.jobs():
        world.engine.edit(job, due=date(2026, 1, 6))
    near = AroundDate("due", 0, [SendEmail(NUDGE)])
    settings = Settings(day_starts=time(18))
    world.engine.save(evolve(world.engine.pipeline("tax"), triggers=[near]), settings)
    world.engine.tick()
    world.clock.advance(days=1)
    world.engine.save(evolve(world.engine.settings(), day_starts=time(8)))

    told_by_something_else(world)
    at_once = rung(world)
    world.advance(days=1)

    assert (at_once, len(rung(world))) == ([], JOBS)


def test_a_date_that_moves_into_the_past_before_the_piece_came_fires_in_the_next_tick() -> None:
    """Whoever edits the job, or its account, means it; what the edit brought leaves a night."""
    world = firm(30)
    near = [AroundDate(name, 0, [SendEmail(NUDGE)]) for name in ("due", "year end")]
    world.clock.advance(days=12)
    pipeline = world.engine.pipeline("tax").change("Collect", triggers=[after(10)])
    world.engine.save(evolve(pipeline, triggers=near))
    last = world.engine.jobs()[-1]

    world.engine.edit(last, due=date(2026, 1, 6))
    account = world.engine.account(last.account)
    world.engine.save(evolve(account, fields={"year end": date(2026, 1, 6)}))
    world.engine.tick()

    assert rung(world) == [12, 12]


def test_a_job_that_was_archived_then_fires_when_it_is_restored() -> None:
    """It is told by nobody, and fires late what fell due while it was not Active, as ever."""
    world = firm(30)
    last = world.engine.archive(world.engine.jobs()[-1])
    world.clock.advance(days=12)
    edit(world, 10)
    world.clock.advance(hours=2)

    world.engine.set_status(last, "Active")
    world.engine.tick()

    assert rung(world) == [12]


def test_an_explanation_is_right_before_the_piece_came() -> None:
    """It goes by the pipeline as it is."""
    world = firm()
    last = world.engine.jobs()[-1]

    edit(world, 20)

    due = last.entered + timedelta(days=20)
    assert f"fires {due:%Y-%m-%d}" in str(world.engine.explain(last))


def test_a_plan_counts_the_timers_of_all_jobs() -> None:
    """Also of those that will be told in pieces."""
    world = firm()
    pipeline = world.engine.pipeline("tax")

    plan = world.engine.plan(pipeline.change("Collect", triggers=[after(20)]))

    assert [one.timers for one in plan.jobs] == [1] * JOBS


def test_a_plan_before_the_next_piece_counts_its_own_changes_alone() -> None:
    """And not those of the edit before, of which the others are yet to be told."""
    world = firm()
    edit(world, 20)
    pipeline = world.engine.pipeline("tax")

    idle = world.engine.plan(pipeline.change("Done", name="Finished"))
    same = world.engine.plan(pipeline.change("Collect", triggers=[after(14)]))

    assert idle.jobs == ()
    assert [one.timers for one in same.jobs] == [1] * JOBS


def test_a_worker_that_dies_between_two_pieces_loses_and_doubles_nothing() -> None:
    """The piece stands in one commit with the timer of the next."""
    world = firm()
    edit(world, 20)
    commit, left = world.store.commit, [2]

    def dies(changes: Changes, /) -> bool:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return commit(changes)

    world.store.commit = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        world.engine.tick()
    world.store.commit = commit  # type: ignore[method-assign]
    told = days(world)
    world.advance(days=40)

    assert told == [20] * 6 + [14]
    assert rung(world) == [20] * JOBS


def test_two_edits_one_after_another_end_with_the_last_one() -> None:
    """Whatever pieces of the first are still to come."""
    world = firm()

    edit(world, 20)
    edit(world, 10)
    world.advance(days=40)

    assert rung(world) == [10] * JOBS


def test_jobs_that_leave_meanwhile_are_left_alone() -> None:
    """Those that are deleted, archived, or go elsewhere."""
    world = firm()
    jobs = [*world.engine.jobs()]
    edit(world, 20)

    world.engine.delete(world.engine.archive(jobs[3]))
    world.engine.archive(jobs[4])
    world.engine.move(jobs[5], "Done")
    world.advance(days=40)

    assert rung(world) == [20] * 4


def test_a_pipeline_that_is_deleted_meanwhile_tells_nobody() -> None:
    """Its jobs are gone, and so is what was to be told."""
    world = firm()
    edit(world, 20)
    for job in world.engine.jobs():
        world.engine.delete(world.engine.archive(job))
    world.engine.delete("tax")

    world.advance(days=1)

    assert world.engine.store.next_due() is None


def test_another_start_of_the_day_is_told_in_pieces_too() -> None:
    """As the firm's clock is a time of each job's; with an edit in the same commit, once."""
    world = firm()
    pipeline = world.engine.pipeline("tax").change("Collect", triggers=[after(20)])

    world.engine.save(pipeline, Settings(time_zone="Europe/Stockholm", day_starts=time(8)))
    world.advance(days=40)

    assert rung(world) == [20] * JOBS


def test_a_piece_that_fails_is_shown_and_tried_again() -> None:
    """Nobody can do without it."""
    world = firm()
    edit(world, 20)
    breaks = broken(world)
    world.engine.tick()
    (failure,) = world.engine.failures()
    with pytest.raises(NotAllowedError, match="tells jobs of pipeline 'tax' of an edit"):
        world.engine.abandon(failure.key)
    breaks[0] = False
    world.advance(days=40)

    assert rung(world) == [20] * JOBS
    assert world.engine.failures() == ()
