"""Through a whole firm: when reminders go out, and to whom."""

from datetime import UTC, datetime, time, timedelta

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    EmailKind,
    Reminders,
    ReminderSent,
    SendingWindow,
    Settings,
    Stage,
)
from tests.firms import ADA, DAILY, DONE, FEE, begun, events, now


def test_a_35_the_first_reminder_goes_after_n_days_then_every_n_days_count_times() -> None:
    """Strictly as many as were asked for."""
    world, job = begun(
        Stage("Intake", [CreateInvoice(FEE, reminders=Reminders(every=3, times=2))]), DONE
    )
    started = world.clock.now()

    world.advance(days=30)

    sent = [(event.at - started, event.number) for event in events(world, job, ReminderSent)]
    assert sent == [(timedelta(days=3), 1), (timedelta(days=6), 2)]
    assert [email.kind for email in world.email.sent] == [EmailKind.REMINDER] * 2


def test_a_35_after_a_silence_the_missed_ones_go_out_once_late() -> None:
    """No burst of mail; the next is n days after that, and the count is of those sent."""
    world, job = begun(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)]), DONE)

    world.clock.advance(days=10)
    ticked = world.engine.tick()
    again = world.engine.tick()
    next_at = now(world, job).items[0].remind_at
    world.advance(days=30)

    assert len(ticked.reminders) == 1
    assert not again
    assert next_at == datetime(2026, 1, 16, 9, tzinfo=UTC)
    assert [event.number for event in events(world, job, ReminderSent)] == [1, 2, 3]


def test_a_35_days_are_counted_on_the_firms_calendar() -> None:
    """A reminder keeps its time of day when the clocks change in the night between."""
    world, job = begun(
        Stage("Intake"),
        Stage("Bill", [CreateInvoice(FEE, reminders=Reminders(every=1))]),
        settings=Settings(time_zone="Europe/Stockholm"),
    )
    world.clock.set(datetime(2026, 3, 28, 8, tzinfo=UTC))

    moved = world.engine.move(job, "Bill")

    assert moved.items[0].remind_at == datetime(2026, 3, 29, 7, tzinfo=UTC)


@pytest.mark.parametrize("window", [None, SendingWindow("mon-sun", time(0), time(23, 59))])
def test_a_35_hours_are_as_long_as_ever_when_the_clocks_change(
    window: SendingWindow | None,
) -> None:
    """The hour that comes twice has two reminders, and the skipped one none."""
    hourly = Reminders(every=timedelta(hours=1), times=90)
    settings = Settings(time_zone="America/New_York", window=window)
    world, job = begun(
        Stage("Intake"), Stage("Bill", [CreateInvoice(FEE, reminders=hourly)]), settings=settings
    )
    for start in (datetime(2026, 3, 8, 4, tzinfo=UTC), datetime(2026, 11, 1, 3, 30, tzinfo=UTC)):
        world.clock.set(start)
        world.engine.move(job, "Bill")

        ticks = world.advance(hours=6)

        hours = [start + timedelta(hours=n) for n in range(1, 7)]
        assert [tick.at for tick in ticks if tick.reminders] == hours
        world.engine.move(job, "Intake", open="cancel")


def test_a_36_recipients_are_those_at_the_time_of_each_reminder() -> None:
    """A contact who came later is reminded, one who wants no mail any more is not."""
    world, job = begun(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)]), DONE)
    world.advance(days=1)
    account = world.engine.account(job.account)
    eve = Contact("Eve", email="eve@example.com")
    world.engine.save(
        Account("L", [Contact("Ada", email=ADA.email, notify=False), eve], id=account.id),
        replace=True,
    )

    world.advance(days=1)

    assert [email.to for email in world.email.sent] == [("ada@example.com",), ("eve@example.com",)]
    assert world.invoices.created[0].to == ("ada@example.com",)


def test_a_38_a_reminder_by_hand_does_not_count() -> None:
    """It may go at any time, also while automatic ones run."""
    world, job = begun(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)]), DONE)

    world.engine.remind(job.item("Fee"))
    world.engine.remind(job.item("Fee"))
    world.advance(days=30)

    assert [event.number for event in events(world, job, ReminderSent)] == [0, 0, 1, 2, 3]
    assert len(world.email.sent) == 5
    assert len({email.key for email in world.email.sent}) == 5
