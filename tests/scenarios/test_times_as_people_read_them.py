"""Through a whole firm: people read times on the firm's clock, and machines get UTC (R-21)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from pipeflow import (
    CreateInvoice,
    CreateTask,
    History,
    Reminders,
    ReminderSent,
    RequestFailed,
    Settings,
    Stage,
    Tick,
)
from pipeflow.model.instants import on_clock
from pipeflow.model.settings import zone
from pipeflow.testing import World
from tests.firms import DONE, FEE, PREPARE, opened

NEW_YEAR = datetime(2027, 1, 1, 12, tzinfo=UTC)
DAILY = Reminders(every=1, times=3)


def firm(*automations: Any, time_zone: str = "America/New_York", **keywords: Any) -> World:
    """Open a firm whose clock is not UTC."""
    stage = Stage("Intake", [*automations], automove=True)
    settings = Settings(time_zone=time_zone)
    return opened(stage, DONE, settings=settings, start=NEW_YEAR, **keywords)


def test_r_21_a_history_prints_on_the_firms_clock() -> None:
    """R-21: with the name of that clock; a part of it does too."""
    world = firm(CreateTask(PREPARE))
    job = world.engine.start("tax", world.account())

    history = world.engine.history(job)

    assert str(history).splitlines()[0] == (
        "2027-01-01 07:00 EST started 'Tax' in stage 'intake' of pipeline 'tax'"
    )
    assert {line[:20] for line in str(history[1:]).splitlines()} == {"2027-01-01 07:00 EST"}


def test_r_21_machines_get_utc() -> None:
    """R-21: whatever is read by programs is an instant in UTC, and an event alone prints so."""
    world = firm(CreateInvoice(FEE, reminders=DAILY))
    job = world.engine.start("tax", world.account())
    started = world.engine.history(job)[0]

    assert (started.at, started.at.tzinfo) == (NEW_YEAR, UTC)
    assert str(started).startswith("2027-01-01 12:00 UTC started ")
    assert str(History([started])) == str(started)
    assert job.item("Fee").remind_at == NEW_YEAR + timedelta(days=1)


def test_r_21_an_explanation_prints_on_the_firms_clock() -> None:
    """R-21: when the next reminder goes, and when a request is tried again."""
    world = firm(CreateInvoice(FEE, reminders=DAILY), CreateTask(PREPARE))
    world.tasks.fail_next(TimeoutError("no answer"))
    job = world.engine.start("tax", world.account())

    explained = str(world.engine.explain(job))
    (failure,) = world.engine.failures()
    (failed,) = world.engine.history(job).of(RequestFailed)

    assert "next reminder 2027-01-02 07:00 EST" in explained
    assert "next try 2027-01-01 07:00:0" in explained
    assert explained.count(" EST") == 2
    assert "next try 2027-01-01 07:00:0" in str(failure)
    assert str(failure).endswith(" EST)")
    assert str(world.engine.history(job)).splitlines()[-1].endswith(" EST")
    assert failed.sentence().endswith(" UTC")
    assert failure.retry_at == failed.retry_at


def test_a_pause_a_clients_history_and_the_feed_are_told_on_the_firms_clock() -> None:
    """R-21: whatever people read of a firm."""
    world = firm(CreateTask(PREPARE))
    job = world.engine.pause(world.engine.start("tax", world.account()), "no papers", actor="mia")

    client = str(world.engine.history(world.engine.account(job.account)))
    feed = str(world.engine.feed())

    assert "since 2027-01-01 07:00 EST, by mia" in str(world.engine.explain(job))
    assert {line[:20] for line in (client + "\n" + feed).splitlines()} == {"2027-01-01 07:00 EST"}


def test_an_automation_that_failed_has_no_next_try() -> None:
    """R-21: there is no time to be told."""
    world = firm(CreateInvoice(FEE, reminders=DAILY))
    world.invoices.fail_when(lambda _: True, TimeoutError("no answer"))
    world.engine.start("tax", world.account())
    world.advance(days=2)

    assert str(world.engine.failures()[0]).endswith("(12 attempts, given up)")


def test_a_tick_prints_on_the_firms_clock() -> None:
    """R-21: what it did, and when that was for people."""
    world = firm(CreateInvoice(FEE, reminders=DAILY))
    world.engine.start("tax", world.account())

    ticks = world.advance(days=1)

    assert [str(tick) for tick in ticks] == [
        "2027-01-02 07:00 EST: 1 reminder asked for, 0 waiting requests delivered, 0 failed"
    ]
    assert ticks[0].at == NEW_YEAR + timedelta(days=1)
    assert ticks == [Tick(ticks[0].at, ticks[0].reminders)]


def test_a_firm_that_says_no_zone_reads_utc() -> None:
    """R-21: and is told so."""
    world = opened(Stage("Intake", [CreateTask(PREPARE)]), DONE, start=NEW_YEAR)
    job = world.engine.start("tax", world.account())

    assert str(world.engine.history(job)).startswith("2027-01-01 12:00 UTC started ")


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    """R-21: by the name of the clock on that day."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    stockholm = zone("Europe/Stockholm")

    assert on_clock(first, stockholm) == "2026-10-25 02:30 CEST"
    assert on_clock(first + timedelta(hours=1), stockholm) == "2026-10-25 02:30 CET"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (NEW_YEAR, "2027-01-01 12:00:00 UTC"),
        (NEW_YEAR.astimezone(timezone(timedelta(hours=5))), "2027-01-01 12:00:00 UTC"),
    ],
)
def test_an_instant_is_told_in_utc_unless_somebody_reads_another_clock(
    given: datetime, text: str
) -> None:
    """R-21: whatever zone it was given in."""
    assert on_clock(given, seconds=True) == text


def test_reminders_go_by_the_clock_on_which_they_are_told() -> None:
    """R-21: seven in the morning stays seven, and history says so."""
    world = firm(CreateInvoice(FEE, reminders=Reminders(every=90, times=1)))
    job = world.engine.start("tax", world.account())

    world.advance(days=91)

    history = world.engine.history(job)
    line = next(x for x in str(history).splitlines() if "sent reminder" in x)
    assert line.startswith("2027-04-01 07:00 EDT sent reminder 1 of 'Fee'")
    assert history.of(ReminderSent)[0].at == datetime(2027, 4, 1, 11, tzinfo=UTC)
