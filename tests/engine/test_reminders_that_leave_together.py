"""Reminders of several jobs that fall due at once: on a branch they are made in one commit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeflow import (
    After,
    AroundDate,
    ConflictError,
    CreateOrganizer,
    Engine,
    Job,
    Pipeline,
    Reminders,
    ReminderSent,
    SetStatus,
    Stage,
    Status,
    TimeInStage,
    rules,
)
from pipeflow.testing import World
from tests.firms import ORGANIZER, TEMPLATES, in_memory_and_in_a_file

CHASED = CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=2))
AGAIN = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=6), id="again")
TAX = Pipeline("Tax", [Stage("Collect", [CHASED]), Stage("Twice", [CHASED, AGAIN]), Stage("Done")])


def begun(world: World) -> World:
    """Save what the firm works with."""
    world.engine.save(*TEMPLATES, TAX)
    return world


world = in_memory_and_in_a_file(begun)


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
