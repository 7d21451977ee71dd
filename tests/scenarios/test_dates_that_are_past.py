"""Dates that are past when they are set: their triggers fire at once, late, and in no circle."""

from __future__ import annotations

from datetime import date, datetime

import attrs
import pytest

from pipeflow import (
    Account,
    After,
    AroundDate,
    Daily,
    Pipeline,
    Schedule,
    SendEmail,
    Settings,
    Stage,
    StartJob,
    TransferJob,
    TriggerFired,
    TriggerPassed,
    UpdateJob,
)
from pipeflow.ports import Waker
from pipeflow.testing import World
from tests.scenarios.test_what_triggers_fire import (
    DONE,
    EXTEND,
    NUDGE,
    SLOW,
    TEMPLATES,
    YEAR_END,
    begun,
    fired,
    subjects,
    world_of,
)

PAST = date(2026, 1, 10)  # thirty days before it are over on 5 January


def test_r_35_a_job_that_begins_late_fires_in_the_next_tick() -> None:
    """A clerk who starts it expects the extension to be asked for now, not tomorrow."""
    world = world_of(SLOW, triggers=[EXTEND])

    job = begun(world, due=PAST)
    tick = world.engine.tick()

    assert fired(world, job) == [("around-due", True)]
    assert subjects(world) == ["Are you there?"]
    assert len(tick.fired) == 1
    world.advance(days=30)
    assert fired(world, job).count(("around-due", True)) == 1


def test_a_date_that_an_edit_moves_into_the_past_fires_in_the_next_tick() -> None:
    """Whoever edits it means it."""
    world = world_of(SLOW, triggers=[EXTEND])
    job = begun(world, due=date(2026, 4, 15))

    world.engine.edit(job, due=PAST)
    world.engine.tick()

    assert fired(world, job) == [("around-due", True)]


def test_a_date_of_the_account_that_is_past_fires_for_all_its_open_jobs() -> None:
    """They heed it in one commit, and fire in the next tick."""
    world = world_of(SLOW, triggers=[YEAR_END])
    contacts = world.account().contacts
    ada = world.engine.save(Account("Ada", contacts=contacts, id="ada"))
    jobs = [world.engine.start("tax", ada) for _ in range(2)]

    world.engine.save(attrs.evolve(ada, fields={"year end": date(2025, 6, 30)}))
    world.engine.tick()

    assert [fired(world, job) for job in jobs] == [[("around-year-end", True)]] * 2


def test_a_recurring_job_whose_date_is_past_at_its_birth_fires_in_that_tick() -> None:
    """As its page says: made five days before it is due, thirty days before are over."""
    world = world_of(SLOW, triggers=[EXTEND])
    world.engine.save(
        Schedule(
            "Daily",
            pipeline="tax",
            accounts=[world.account()],
            every=Daily(),
            start=date(2026, 1, 6),
            end=date(2026, 1, 6),
        )
    )
    world.clock.set(datetime.fromisoformat("2026-01-06T00:00:30+00:00"))

    tick = world.engine.tick()

    assert (len(tick.created), len(tick.fired)) == (1, 1)


def test_one_that_must_not_be_late_is_passed_over_at_once() -> None:
    """And the history says so."""
    never = AroundDate("due", After(days=-30), [SendEmail(NUDGE)], skip_if_late=True)
    world = world_of(SLOW, triggers=[never])
    job = begun(world, due=PAST)

    world.engine.tick()

    assert fired(world, job) == []
    assert [type(one) for one in world.engine.history(job)].count(TriggerPassed) == 1


def test_whoever_wakes_workers_is_told_of_now() -> None:
    """So nobody waits for the next minute where a host has a waker."""
    asked: list[datetime] = []

    class Bell(Waker):
        """Keeps when it is to ring."""

        def wake(self, tenant: str, at: datetime, /) -> None:
            """Keep it."""
            asked.append(at)

    world = World(waker=Bell())
    world.engine.save(Pipeline("Tax", [SLOW, DONE], triggers=[EXTEND]), *TEMPLATES)

    begun(world, due=PAST)

    assert world.clock.now() in asked


def test_at_the_very_start_of_the_day_it_is_not_late() -> None:
    """Its time is now."""
    world = world_of(SLOW, triggers=[EXTEND])
    job = begun(world, due=date(2026, 2, 4))

    world.engine.tick()

    assert fired(world, job) == [("around-due", False)]


def test_time_that_passes_begins_with_what_is_past() -> None:
    """At the instant at which it was set."""
    world = world_of(SLOW, triggers=[EXTEND])
    job, now = begun(world, due=PAST), world.clock.now()

    world.advance(days=1)

    (event,) = [one for one in world.engine.history(job) if isinstance(one, TriggerFired)]
    assert event.at == now


@pytest.mark.parametrize("skips", [False, True])
def test_an_explanation_says_of_what_is_past_what_becomes_of_it(*, skips: bool) -> None:
    """And not that it fires at a time that is over."""
    late = AroundDate("due", After(days=-30), [SendEmail(NUDGE)], skip_if_late=skips)
    world = world_of(SLOW, triggers=[late])

    job = begun(world, due=PAST)

    what = "is passed over" if skips else "fires late"
    assert f"(send email 'Nudge') was due 2025-12-11 09:00 UTC, and {what}" in str(
        world.engine.explain(job)
    )


# -- what leaves a night ---------------------------------------------------------------------------


def test_an_edit_of_a_pipeline_leaves_a_night_to_think_better_of_it() -> None:
    """It may concern very many jobs: what is past by it fires when the day starts next."""
    world = world_of(SLOW)
    job = begun(world, due=PAST)
    pipeline = world.engine.pipeline("tax")

    world.engine.save(attrs.evolve(pipeline, triggers=[EXTEND]))
    world.engine.tick()
    waits = fired(world, job)
    world.advance(days=1)

    assert (waits, fired(world, job)) == ([], [("around-due", True)])


def test_what_is_due_this_moment_is_explained_with_the_night_that_an_edit_leaves() -> None:
    """It does not fire now, and so nobody is told that it does."""
    world = world_of(SLOW)
    job = begun(world, due=date(2026, 2, 4))
    pipeline = world.engine.pipeline("tax")

    world.engine.save(attrs.evolve(pipeline, triggers=[EXTEND]))
    told = str(world.engine.explain(job))
    world.engine.tick()

    assert fired(world, job) == []
    expected = "was due 2026-01-05 09:00 UTC, and fires late, 2026-01-06 09:00 UTC"
    assert f"(send email 'Nudge') {expected}" in told
    world.advance(days=1)
    assert fired(world, job) == [("around-due", True)]


def test_another_time_zone_leaves_a_night_too() -> None:
    """For whom it has become nine in the morning by a save."""
    world = world_of(SLOW, triggers=[EXTEND])
    world.clock.advance(hours=-2)
    job = begun(world, due=date(2026, 2, 4))

    world.engine.save(Settings(time_zone="Europe/Helsinki"))
    world.engine.tick()
    waits = fired(world, job)
    world.advance(days=1)

    assert (waits, fired(world, job)) == ([], [("around-due", True)])


def test_work_that_is_brought_along_leaves_a_night() -> None:
    """Whoever starts it with `fire=False` says that nothing is to fire just now (R-25)."""
    world = world_of(SLOW, triggers=[EXTEND])
    job = begun(world, due=PAST, fire=False)

    world.engine.tick()
    waits = fired(world, job)
    world.advance(days=1)

    assert (waits, fired(world, job)) == ([], [("around-due", True)])


# -- what would go round --------------------------------------------------------------------------


def test_a_circle_of_stages_goes_once_round_and_then_once_a_day() -> None:
    """Each visit would fire anew, and no tick goes on for ever."""
    there = AroundDate("due", After(days=-30), [TransferJob("other")])
    back = AroundDate("due", After(days=-30), [TransferJob("tax")])
    world = World()
    world.engine.save(
        Pipeline("Tax", [Stage("Here", triggers=[there]), DONE]),
        Pipeline("Other", [Stage("There", triggers=[back]), DONE]),
    )
    job = begun(world, due=PAST)

    counts = []
    for _ in range(3):
        world.engine.tick()
        counts.append(len(fired(world, job)))
    world.advance(days=3)

    assert counts == [2, 2, 2]
    assert len(fired(world, job)) == 5


@pytest.mark.parametrize("ticks", [1, 4])
def test_a_date_that_its_own_trigger_moves_fires_once_and_then_the_next_day(ticks: int) -> None:
    """Whatever date it moves to."""
    moves = AroundDate("due", After(days=-30), [UpdateJob(due=After(days=3))])
    world = world_of(SLOW, triggers=[moves])
    job = begun(world, due=PAST)

    for _ in range(ticks):
        world.engine.tick()
    first = len(fired(world, job))
    world.advance(days=1)

    assert (first, len(fired(world, job))) == (1, 2)


def test_a_job_that_an_automation_started_waits_for_the_next_day() -> None:
    """Each would start its like, without end in one go."""
    again = AroundDate("year end", After(), [StartJob("tax")])
    world = world_of(SLOW, triggers=[again])
    ada = world.engine.save(
        Account("Ada", contacts=world.account().contacts, fields={"year end": date(2025, 12, 31)})
    )
    world.engine.start("tax", ada)

    counts = []
    for _ in range(3):
        world.engine.tick()
        counts.append(len(world.engine.jobs()))
    world.advance(days=2)

    assert counts == [2, 2, 2]
    assert len(world.engine.jobs()) == 4


def test_r_26_what_waited_for_the_night_does_so_again_when_a_move_is_undone() -> None:
    """The pipeline was edited, which leaves a night to think better of it; an undo takes none."""
    world = world_of(SLOW)
    job = begun(world, due=PAST)
    edited = Pipeline("Tax", [attrs.evolve(SLOW, triggers=[EXTEND]), DONE])
    world.engine.save(edited, *TEMPLATES, replace=True)
    world.engine.move(job, DONE)

    world.engine.undo(job)
    world.engine.tick()
    at_once = fired(world, job)
    world.advance(days=1)

    assert at_once == []
    assert fired(world, job) == [("around-due", True)]


def test_r_26_what_another_pipeline_was_about_to_fire_is_taken_back_with_the_job() -> None:
    """The one to which it goes back calls its own alike, for which an undo leaves a night."""
    world = world_of(SLOW, triggers=[EXTEND])
    world.engine.save(Pipeline("Other", [SLOW, DONE], triggers=[EXTEND]))
    job = world.engine.transfer(begun(world, due=PAST), "other")

    world.engine.undo(job)
    world.engine.tick()

    assert fired(world, job) == []
    world.advance(days=1)
    assert fired(world, job) == [("around-due", True)]


def test_r_26_what_was_to_fire_at_once_does_so_when_a_move_in_its_pipeline_is_undone() -> None:
    """It is the pipeline's own, and was set before the move."""
    world = world_of(SLOW, triggers=[EXTEND])
    job = world.engine.move(begun(world, due=PAST), DONE)

    world.engine.undo(job)
    world.engine.tick()

    assert fired(world, job) == [("around-due", True)]
