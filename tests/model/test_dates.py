"""Dates counted from another one, and how often a client is reminded."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.model.dates import After, add_months, resolved
from pipeflow.model.reminders import Reminders
from pipeflow.model.templates import TaskTemplate
from tests.model.refusals import refused


@pytest.mark.parametrize(
    ("after", "start", "found"),
    [
        (After(days=5), date(2027, 4, 28), date(2027, 5, 3)),
        (After(5), date(2027, 4, 28), date(2027, 5, 3)),
        (After(months=1), date(2027, 1, 31), date(2027, 2, 28)),
        (After(months=13), date(2027, 1, 31), date(2028, 2, 29)),
        (After(years=1), date(2028, 2, 29), date(2029, 2, 28)),
        (After(1, months=1, years=1), date(2027, 12, 31), date(2029, 2, 1)),
        (After(), date(2027, 4, 28), date(2027, 4, 28)),
        (After(years=36_600), date(2027, 1, 1), date.max),
        (After(days=36_600), date(9999, 1, 1), date.max),
    ],
)
def test_after_counts_from_the_day_an_item_is_made(after: After, start: date, found: date) -> None:
    """Months and years first, ending on the last day of a short month, then days (A-43)."""
    assert after.of(start) == found


@given(st.dates(date(1900, 1, 1), date(2900, 1, 1)), st.integers(0, 1200))
def test_adding_months_never_leaves_the_month(start: date, months: int) -> None:
    """The day is kept, or is the last one of its month."""
    found = add_months(start, months)

    assert (found.year * 12 + found.month) - (start.year * 12 + start.month) == months
    assert found.day == start.day or (found + timedelta(days=1)).day == 1


def test_a_due_date_is_fixed_or_counted_or_none() -> None:
    """A template may say any of the three."""
    start = date(2027, 1, 1)

    assert resolved(date(2027, 4, 15), start) == date(2027, 4, 15)
    assert resolved(After(days=2), start) == date(2027, 1, 3)
    assert resolved(None, start) is None


@pytest.mark.parametrize("number", [-36_601, 36_601, 1.0, True, "5", None])
def test_after_counts_in_whole_numbers(number: Any) -> None:
    """Never beyond a hundred years, never half a day."""
    expected = f"must be a whole number from -36600 to 36600 (given: {number!r})"

    assert refused(lambda: After(number, months=number, years=number)) == [
        f"$.days: {expected}",
        f"$.months: {expected}",
        f"$.years: {expected}",
    ]


@pytest.mark.parametrize("when", ["2027-04-15", 5, datetime(2027, 4, 15, tzinfo=UTC)])
def test_a_date_is_a_date(when: Any) -> None:
    """Neither text, nor a number of days, nor an instant."""
    assert refused(lambda: TaskTemplate("x", start=when, due=when)) == [
        f"{where}: must be a date or After(...) (given: {when!r}) "
        "Allowed: date(2027, 4, 15), After(days=5), None."
        for where in ("$.start", "$.due")
    ]


def test_nothing_is_due_before_it_starts() -> None:
    """Two fixed dates are compared."""
    start, due = date(2027, 4, 15), date(2027, 4, 14)

    assert refused(lambda: TaskTemplate("x", start=start, due=due)) == [
        "$.due: is before the start 2027-04-15 (given: 2027-04-14)"
    ]
    assert TaskTemplate("x", start=start, due=start).due == start
    assert TaskTemplate("x", start=start, due=After(days=1)).due == After(days=1)


# -- reminders ------------------------------------------------------------------------------------


def test_reminders_are_one_after_three_days_unless_said() -> None:
    """The defaults of the trade."""
    assert Reminders() == Reminders(every=timedelta(days=3), times=1)
    assert Reminders(every=3, times=2) == Reminders(timedelta(days=3), 2)


@pytest.mark.parametrize(
    ("reminders", "text"),
    [
        (Reminders(), "every 3 days, 1 time"),
        (Reminders(1, 2), "every 1 day, 2 times"),
        (Reminders(timedelta(hours=36)), "every 1 day, 12:00:00, 1 time"),
    ],
)
def test_reminders_print_as_people_say_them(reminders: Reminders, text: str) -> None:
    """Days, or a time span, and how often."""
    assert str(reminders) == text


@pytest.mark.parametrize("every", [0, -1, -(10**12), 10**12, timedelta(), timedelta(days=3661)])
def test_reminders_come_after_some_time(every: Any) -> None:
    """Positive, and within ten years."""
    (problem,) = refused(lambda: Reminders(every))

    assert problem.startswith("$.every: must be more than nothing and at most 3660 days (given: ")


@pytest.mark.parametrize("every", ["3", 1.5, True, None])
def test_reminders_count_in_days_or_a_timedelta(every: Any) -> None:
    """Nothing else says how long."""
    assert refused(lambda: Reminders(every)) == [
        (
            f"$.every: must be whole days or a timedelta (given: {every!r}) "
            "Allowed: 3, timedelta(days=3)."
        )
    ]


@pytest.mark.parametrize("times", [0, -1, 1001, 1.0, True, "2"])
def test_reminders_are_sent_at_least_once(times: Any) -> None:
    """A whole number from 1, within reason."""
    assert refused(lambda: Reminders(times=times)) == [
        f"$.times: must be a whole number from 1 to 1000 (given: {times!r})"
    ]
