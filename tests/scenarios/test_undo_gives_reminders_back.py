"""A reminder that a move took back before it had left leaves after the undo (R-5, R-26)."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from pipeflow import (
    CreateOrganizer,
    Job,
    Pipeline,
    Reminders,
    ReminderSent,
    SendingWindow,
    SetStatus,
    Settings,
    Stage,
    Status,
)
from pipeflow.testing import World
from tests.firms import ORGANIZER, now

SATURDAY = datetime(2026, 1, 3, 9, tzinfo=UTC)
DONE = Stage("Done")
HOLD = Stage("Hold", [SetStatus("On hold")])
TURN = Stage("Turn", [SetStatus("Short")])
STATUSES = [
    Status("On hold", quiet=True),
    Status("Short", quiet=True, automations=[SetStatus("Active")]),
]
DOWN = OSError("no network")


def a_firm(every: int = 7, times: int = 1, *, window: bool = True) -> tuple[World, Job]:
    """A job whose organizer reached the client on a Saturday, when the window is shut."""
    world = World(SATURDAY)
    asks = CreateOrganizer(ORGANIZER, reminders=Reminders(every, times=times))
    stages = [Stage("Intake", [asks]), DONE, HOLD, TURN]
    line = Pipeline("Tax", stages, statuses=STATUSES)
    world.engine.save(Settings(window=SendingWindow() if window else None), ORGANIZER, line)
    return world, world.engine.start("tax", world.account())


def sent(world: World, job: Job) -> list[tuple[int, datetime]]:
    """Which reminders left, and when."""
    return [(one.number, one.at) for one in world.engine.history(job).of(ReminderSent)]


def by_mistake(world: World, job: Job, stage: str, remains: str = "stay") -> None:
    """Move a job, and take that back at once."""
    world.organizers.fail_next(DOWN)  # so that nothing is cancelled there before the undo
    world.engine.move(job, stage, open=remains)
    world.organizers.recover()
    world.engine.undo(job)


def left(*, by_hand: bool, times: int = 1, mistake: tuple[str, str] | None = None) -> object:
    """What leaves of a reminder that waited for the window, whether or not a mistake was made."""
    world, job = a_firm(times=times)
    world.clock.set(datetime(2026, 1, 8 if by_hand else 11, 20, tzinfo=UTC))
    world.engine.tick()
    if by_hand:
        world.engine.remind(job.items[0])
    if mistake is not None:
        by_mistake(world, job, *mistake)
    world.advance(days=30)
    return sent(world, job)


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("mistake", [("Done", "quiet"), ("Done", "cancel"), ("Hold", "stay")])
def test_r_26_a_reminder_that_waited_for_the_window_leaves_when_it_would_have(
    mistake: tuple[str, str],
    times: int,
    by_hand: bool,
) -> None:
    """And so do those that follow it."""
    told = left(by_hand=by_hand, times=times, mistake=mistake)

    assert told == left(by_hand=by_hand, times=times)


def test_r_26_a_reminder_by_hand_comes_back_where_all_of_the_rhythm_have_left() -> None:
    """There is no next one by which an undo could tell that it was taken back."""
    world, job = a_firm()
    world.advance(days=14)
    world.clock.set(datetime(2026, 1, 22, 20, tzinfo=UTC))
    world.engine.remind(job.items[0])

    by_mistake(world, job, "Done", "quiet")
    world.advance(days=7)

    assert sent(world, job) == [
        (1, datetime(2026, 1, 12, 8, tzinfo=UTC)),
        (0, datetime(2026, 1, 23, 8, tzinfo=UTC)),
    ]


def test_r_26_a_reminder_by_hand_comes_back_where_the_client_had_asked_for_peace() -> None:
    """The rhythm stays off, as it was."""
    world, job = a_firm()
    world.engine.set_reminders(job.items[0], None)
    world.engine.remind(job.items[0])
    before = now(world, job).items[0]

    by_mistake(world, job, "Done", "quiet")
    after = now(world, job).items[0]
    world.advance(days=30)

    assert (after.marks, after.remind_at) == (before.marks, None)
    assert sent(world, job) == [(0, datetime(2026, 1, 5, 8, tzinfo=UTC))]


def test_r_26_a_reminder_that_its_port_failed_to_send_is_tried_again() -> None:
    """It leaves as soon as the port works, and counts as the one that it was."""
    world, job = a_firm(every=1, times=2, window=False)
    world.email.fail_next(DOWN)
    world.advance(days=1)
    by_mistake(world, job, "Done", "quiet")
    world.advance(days=3)

    assert [number for number, _ in sent(world, job)] == [1, 2]


def test_r_26_two_reminders_do_not_leave_together_where_the_undo_comes_late() -> None:
    """The next one, whose hour went by meanwhile, is an interval from the undo."""
    world, job = a_firm(every=1, times=2)
    world.clock.set(datetime(2026, 1, 4, 10, tzinfo=UTC))
    world.engine.tick()
    world.engine.move(job, "Done", open="quiet")
    world.clock.set(datetime(2026, 1, 7, 12, tzinfo=UTC))
    world.engine.tick()

    world.engine.undo(job)
    world.advance(days=7)

    assert sent(world, job) == [
        (1, datetime(2026, 1, 7, 12, tzinfo=UTC)),
        (2, datetime(2026, 1, 8, 9, tzinfo=UTC)),
    ]


def test_r_26_one_by_hand_does_not_leave_where_the_rhythm_sent_one_since_the_move() -> None:
    """It would only say the same."""
    world, job = a_firm(every=2, times=3)
    world.engine.remind(job.items[0])
    world.engine.move(job, "Turn")
    world.advance(days=2, hours=1)
    before = sent(world, job)

    world.engine.undo(job)
    world.advance(hours=12)

    assert [number for number, _ in before] == [1]
    assert sent(world, job) == before


def test_r_26_one_does_not_come_back_that_nobody_would_get() -> None:
    """Nobody takes mail any more when the move is taken back."""
    world, job = a_firm()
    world.engine.remind(job.items[0])
    world.engine.move(job, "Done", open="quiet")
    account = world.engine.account(job.account)
    deaf = [attrs.evolve(one, notify=False) for one in account.contacts]
    world.engine.save(attrs.evolve(account, contacts=deaf))

    world.engine.undo(job)
    world.advance(days=30)

    assert sent(world, job) == []


def test_r_26_one_that_was_taken_back_since_the_move_for_another_reason_stays_so() -> None:
    """The client took no mail for an hour; the move had left the reminder alone (R-5)."""
    world, job = a_firm()
    world.engine.remind(job.items[0])
    world.engine.move(job, "Done")
    world.advance(hours=1)
    account = world.engine.account(job.account)
    deaf = [attrs.evolve(one, notify=False) for one in account.contacts]
    world.engine.save(attrs.evolve(account, contacts=deaf))
    world.engine.save(attrs.evolve(world.engine.account(job.account), contacts=account.contacts))

    world.engine.undo(job)
    world.advance(days=6)

    assert sent(world, job) == []
