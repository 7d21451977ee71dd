"""A reminder that somebody has in hand, while its job is moved and that is undone (R-5, R-26)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from pipeflow import (
    CreateOrganizer,
    Job,
    Pipeline,
    Reminders,
    ReminderSent,
    RequestInHand,
    RequestWithdrawn,
    SetStatus,
    Stage,
    Status,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Receipt, Rejected
from pipeflow.testing import World
from tests.firms import DONE, ORGANIZER, now

FIRST, BY_HAND = "default/job-1/1/reminder/1/email", "default/job-1/1/by-hand/2/email"
QUIET = Status("On hold", quiet=True)
DOWN = OSError("no network")
End = Callable[[World, str], object]


def a_firm(world: World, *, by_hand: bool = False) -> Job:
    """A job of whose organizer a reminder is in the hands of a host that delivers by itself."""
    rhythm = Reminders(every=3, times=3)
    stages = [
        Stage("Intake", [CreateOrganizer(ORGANIZER, reminders=rhythm)]),
        Stage("Hold", [SetStatus("On hold")]),
        DONE,
    ]
    engine = world.engine
    engine.save(ORGANIZER, Pipeline("Tax", stages, statuses=[QUIET]))
    job = engine.start("tax", world.account())
    for request in engine.pending():
        engine.delivered(request.key, Receipt("organizer-1"))
    if by_hand:
        engine.remind(job.items[0])
    else:
        world.clock.advance(days=3)
        engine.tick()
    (mail,) = engine.pending()
    assert mail.key == (BY_HAND if by_hand else FIRST)
    return now(world, job)


def sent_later(world: World, job: Job) -> list[tuple[int, datetime]]:
    """What leaves in the end, where the host delivers each hour."""
    for _ in range(24 * 14):
        world.clock.advance(hours=1)
        world.engine.tick()
        for mail in world.engine.pending():
            world.engine.delivered(mail.key, Receipt(mail.key))
    return [(one.number, one.at) for one in world.engine.history(job).of(ReminderSent)]


def took(world: World, key: str) -> object:
    """The host sends it."""
    return world.engine.delivered(key, Receipt("mail-1"))


def failed(world: World, key: str) -> object:
    """The host's mail server is away."""
    return world.engine.failed(key, DOWN)


def refused(world: World, key: str) -> object:
    """The host's mail server takes it for spam."""
    return world.engine.failed(key, Rejected("spam"))


def died(world: World, key: str) -> object:
    """The host says nothing any more, and its lease ends."""
    world.clock.advance(minutes=2)
    return None


ENDS = pytest.mark.parametrize("end", [took, failed, refused, died])
MOVES = pytest.mark.parametrize("move", [("Done", "quiet"), ("Done", "cancel"), ("Hold", "stay")])


@ENDS
@MOVES
@pytest.mark.parametrize("by_hand", [False, True])
def test_r_26_all_that_is_sent_is_as_if_there_had_been_no_move(
    move: tuple[str, str], end: End, *, by_hand: bool
) -> None:
    """It is sent, or tried again, under its own key, by whoever has it in hand."""
    key = BY_HAND if by_hand else FIRST
    plain, world = World(deliver=False), World(deliver=False)
    job = a_firm(plain, by_hand=by_hand)
    end(plain, key)

    job = a_firm(world, by_hand=by_hand)
    before = now(world, job).items[0]
    world.engine.move(job, move[0], open=move[1])
    world.engine.undo(job)
    after = now(world, job).items[0]
    end(world, key)

    assert (after.marks, after.remind_at) == (before.marks, before.remind_at)
    assert sent_later(world, job) == sent_later(plain, job)


@MOVES
def test_r_26_history_never_says_that_nobody_needs_what_is_needed(
    move: tuple[str, str],
) -> None:
    """While the job is away it may leave all the same, and that is what is told."""
    world = World(deliver=False)
    job = a_firm(world)

    world.engine.move(job, move[0], open=move[1])
    away = [str(one) for one in world.engine.history(job).of(RequestInHand)]
    world.engine.undo(job)
    failed(world, FIRST)
    said = world.engine.history(job)

    assert away == ["2026-01-08 09:00 UTC no longer needs a reminder, which may be on its way"]
    assert [one for one in said.of(RequestWithdrawn) if "remind" in one.key] == []
    assert "a reminder has not left yet" in str(world.engine.explain(job))


def test_r_5_one_that_failed_while_its_job_was_away_is_told_as_withdrawn() -> None:
    """It was in hand first, and then nobody needed it."""
    world = World(deliver=False)
    job = a_firm(world)

    world.engine.move(job, "Done", open="quiet")
    failed(world, FIRST)

    told = world.engine.history(job)[-2:]
    assert [type(one) for one in told] == [RequestInHand, RequestWithdrawn]


@pytest.mark.parametrize("wait", [0, 30])
def test_r_26_one_that_failed_before_the_undo_is_asked_for_anew(wait: int) -> None:
    """Under a key of its own, for the first one is over."""
    world = World(deliver=False)
    job = a_firm(world)
    world.engine.move(job, "Done", open="quiet")
    world.clock.advance(minutes=wait / 60)
    failed(world, FIRST)

    world.engine.undo(job)

    (mail,) = world.engine.pending()
    assert mail.key == "default/job-1/1/reminder/2/email"
    world.engine.delivered(mail.key, Receipt("mail-1"))
    assert [number for number, _ in sent_later(world, job)] == [1, 2, 3]


@pytest.mark.parametrize("by_hand", [False, True])
def test_r_26_one_that_left_before_the_undo_does_not_leave_again(*, by_hand: bool) -> None:
    """It counts, and the next one is due when it would have been."""
    world = World(deliver=False)
    job = a_firm(world, by_hand=by_hand)
    world.engine.move(job, "Done", open="quiet")
    took(world, BY_HAND if by_hand else FIRST)

    world.engine.undo(job)

    assert world.engine.pending() == ()
    assert [number for number, _ in sent_later(world, job)] == [*[0] * by_hand, 1, 2, 3]


def test_r_26_one_that_was_taken_back_before_the_move_stays_so() -> None:
    """Somebody had switched the reminders off, with one in hand; the move changed nothing."""
    world = World(deliver=False)
    job = a_firm(world)
    job = world.engine.set_reminders(job.items[0], None)
    world.engine.move(job, "Done", open="quiet")

    world.engine.undo(job)
    failed(world, FIRST)

    assert world.engine.pending() == ()
    assert sent_later(world, job) == []


def test_r_26_a_worker_on_a_file_that_dies_leaves_it_to_the_next(tmp_path: Path) -> None:
    """The mark is taken off in the file too."""
    with SqliteStore(tmp_path / "firm.db") as store:
        world = World(store=store, deliver=False)
        job = a_firm(world)
        world.engine.move(job, "Done", open="quiet")
        world.engine.undo(job)
        died(world, FIRST)

        assert [mail.key for mail in world.engine.pending()] == [FIRST]
