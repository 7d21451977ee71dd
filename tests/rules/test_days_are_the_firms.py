"""Time as the firm reckons it: its day, days on its calendar, and waits between attempts."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import DefinitionError, Settings, rules
from tests.rules.states import NOON

INSTANT = NOON
ZONES = st.sampled_from(["UTC", "Europe/Stockholm", "America/New_York", "Australia/Lord_Howe"])
INSTANTS = st.datetimes(
    datetime(2020, 1, 1),
    datetime(2035, 1, 1),
    timezones=st.just(timezone.utc),  # noqa: UP017
)


@given(INSTANTS, st.integers(1, 400), ZONES)
def test_days_are_counted_on_the_calendar_of_any_zone(at: datetime, days: int, name: str) -> None:
    """The same time of day, so many dates later, unless the clocks skip it; always in UTC."""
    zone = Settings(time_zone=name).zone

    later = rules.after(at, timedelta(days=days), zone)

    wall, meant = later.astimezone(zone), at.astimezone(zone) + timedelta(days=days)
    assert later.tzinfo is not None
    assert later.utcoffset() == timedelta()
    assert abs((wall.replace(tzinfo=None) - meant.replace(tzinfo=None)).total_seconds()) <= 3600
    assert later > at
    assert rules.today(later, zone) == wall.date()


@given(st.integers(1, 60), st.text(min_size=1, max_size=20))
def test_waits_are_spread_by_the_key_and_never_shrink_below_half(attempt: int, key: str) -> None:
    """The same key and attempt wait equally long, so that a decision can be repeated."""
    settings = Settings(attempts=1000)

    at = rules.next_attempt(settings, key, attempt, INSTANT)

    assert at == rules.next_attempt(settings, key, attempt, INSTANT)
    assert at is not None
    wait = (at - INSTANT).total_seconds()
    assert 1 <= wait <= 1.5 * 3600
    assert rules.next_attempt(Settings(attempts=attempt), key, attempt, INSTANT) is None


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_a_reminder_beyond_the_calendar_is_refused(zone: str) -> None:
    """A clock near the end of time makes no reminder."""
    late = datetime(9999, 12, 30, tzinfo=UTC)

    with pytest.raises(DefinitionError, match="lies beyond the calendar"):
        rules.after(late, timedelta(days=3), Settings(time_zone=zone).zone)


@pytest.mark.parametrize(
    ("at", "every", "later"),
    [
        # In New York the clocks skip 02:30 on 2027-03-14, and show 01:30 twice on 2027-11-07.
        (datetime(2027, 3, 13, 7, 30, tzinfo=UTC), 1, datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        (datetime(2027, 3, 13, 14, tzinfo=UTC), 1, datetime(2027, 3, 14, 13, tzinfo=UTC)),
        (datetime(2027, 11, 6, 5, 30, tzinfo=UTC), 1, datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
        (datetime(2027, 11, 7, 6, 30, tzinfo=UTC), 1, datetime(2027, 11, 8, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_reminder_keeps_its_time_of_day_when_the_clocks_change(
    at: datetime, every: int, later: datetime
) -> None:
    """One that is skipped becomes the instant behind the gap, of two it is the first (A-35)."""
    zone = Settings(time_zone="America/New_York").zone

    assert rules.after(at, timedelta(days=every), zone) == later


def test_hours_are_counted_as_they_pass() -> None:
    """Only whole days go by the calendar."""
    zone = Settings(time_zone="America/New_York").zone
    before = datetime(2027, 3, 14, 6, tzinfo=UTC)

    assert rules.after(before, timedelta(hours=5), zone) == before + timedelta(hours=5)


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", 31), ("Asia/Tokyo", 1), ("America/New_York", 31)]
)
def test_the_firms_day_is_that_of_its_zone(zone: str, day: int) -> None:
    """At one instant it is today here and tomorrow there."""
    late = datetime(2027, 1, 31, 20, tzinfo=UTC)

    assert rules.today(late, Settings(time_zone=zone).zone).day == day


def test_waits_double_up_to_the_longest() -> None:
    """Spread by half of it either way."""
    settings = Settings(
        attempts=50, backoff=timedelta(seconds=2), longest_backoff=timedelta(hours=1)
    )

    for attempt in range(1, 50):
        at = rules.next_attempt(settings, "key", attempt, NOON)
        assert at is not None
        meant = min(2.0 * 2 ** (attempt - 1), 3600.0)
        assert 0.5 * meant <= (at - NOON).total_seconds() <= 1.5 * meant


def test_a_wait_of_a_hundred_years_is_doubled_to_the_longest() -> None:
    """And not to a time beyond the calendar."""
    century = timedelta(days=36_525)
    settings = Settings(attempts=50, backoff=century, longest_backoff=century)

    at = rules.next_attempt(settings, "key", 49, NOON)

    assert at is not None
    assert 0.5 * century <= at - NOON <= 1.5 * century
