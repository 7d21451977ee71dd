"""A reminder that had to be tried again waited for the window all the same, and is not late."""

from datetime import UTC, datetime, time

import pytest

from pipeflow import (
    CreateInvoice,
    Pipeline,
    Reminders,
    ReminderSent,
    SendingWindow,
    Settings,
    Stage,
)
from pipeflow.ports import Rejected
from pipeflow.testing import World
from tests.firms import FEE, events

WEDNESDAY = datetime(2026, 1, 7, 9, tzinfo=UTC)
WEEKDAYS = SendingWindow("mon-fri", opens=time(8), closes=time(18))
UNDISTURBED = ["Mon 12 08:00", "Tue 13 09:00", "Fri 16 09:00", "Mon 19 09:00"]


def billed(
    start: datetime = WEDNESDAY, every: int = 3, zone: str = "UTC", **others: object
) -> World:
    """Return a firm with a window, and a bill that is reminded of four times."""
    world = World(start, **others)  # type: ignore[arg-type]
    bill = CreateInvoice(FEE, reminders=Reminders(every=every, times=4))
    billing = Pipeline("Billing", [Stage("Bill", [bill]), Stage("Done")])
    world.engine.save(Settings(window=WEEKDAYS, time_zone=zone), FEE, billing)
    world.engine.start(billing, world.account())
    return world


def reminded(world: World) -> list[str]:
    """Return when reminders left, on the firm's clock."""
    (job,) = world.engine.jobs()
    zone = world.engine.settings().zone
    return [f"{one.at.astimezone(zone):%a %d %H:%M}" for one in events(world, job, ReminderSent)]


@pytest.mark.parametrize("fails", [False, True])
def test_r_6_one_failure_at_the_opening_shifts_no_reminder(*, fails: bool) -> None:
    """The days that the first one waited for the window are no outage."""
    world = billed()
    world.advance(days=4)
    if fails:
        world.email.fail_next(ConnectionError("busy"))

    world.advance(days=14)

    assert reminded(world) == UNDISTURBED


def test_r_6_a_worker_that_dies_at_the_opening_shifts_no_reminder() -> None:
    """The request comes again when its lease is over, minutes after the window opened."""
    world = billed(deliver=False)
    for one in world.engine.pending():
        world.engine.delivered(one.key)
    world.clock.set(datetime(2026, 1, 10, 9, tzinfo=UTC))
    world.engine.tick()
    world.clock.set(datetime(2026, 1, 12, 8, tzinfo=UTC))
    assert len(world.engine.pending()) == 1

    world.clock.set(datetime(2026, 1, 12, 8, 30, tzinfo=UTC))
    (mail,) = world.engine.pending()
    world.engine.delivered(mail.key)

    (job,) = world.engine.jobs()
    assert job.item("Fee").remind_at == datetime(2026, 1, 13, 9, tzinfo=UTC)


def test_r_6_an_outage_behind_the_opening_shifts_the_next_one() -> None:
    """What left hours after the window had opened was late: the next is an interval from then."""
    world = billed()
    world.advance(days=4)
    world.email.fail_next(Rejected("unknown address"))
    world.advance(days=1, hours=2)
    (parked,) = world.engine.failures()

    world.engine.retry(parked.key)

    (job,) = world.engine.jobs()
    assert reminded(world) == ["Mon 12 11:00"]
    assert job.item("Fee").remind_at == datetime(2026, 1, 15, 9, tzinfo=UTC)


@pytest.mark.parametrize("fails", [False, True])
def test_r_6_the_days_of_waiting_are_reckoned_on_the_firms_clock(*, fails: bool) -> None:
    """The clocks change meanwhile, and the hour of the rhythm is just behind the closing."""
    world = billed(datetime(2026, 3, 3, 23, 30, tzinfo=UTC), zone="America/New_York")
    world.advance(days=5)
    if fails:
        world.email.fail_next(ConnectionError("busy"))

    world.advance(days=10)

    assert reminded(world) == ["Mon 09 08:00", "Tue 10 08:00", "Fri 13 08:00", "Mon 16 08:00"]
