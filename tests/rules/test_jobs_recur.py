"""Recurring jobs: which periods there are, when they are due, and when their jobs are made."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise, takewhile
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeflow.errors import PipeflowError
from pipeflow.model.dates import After
from pipeflow.model.periods import (
    Daily,
    Dates,
    Every,
    Monthly,
    Nth,
    Quarterly,
    Weekly,
    Yearly,
)
from pipeflow.model.record import frozen
from pipeflow.model.schedules import CatchUp, Gap, Rhythm, Schedule, Shift
from pipeflow.rules import Skipped, chosen, owed, passed, periods, rhythm_of, upcoming
from pipeflow.rules.calendar import today
from pipeflow.rules.recurrences import before, period_of, shifted
from tests.rules.timetables import near_dates, schedules

DAY = timedelta(days=1)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
NEW_YORK = ZoneInfo("America/New_York")
BEIRUT = ZoneInfo("Asia/Beirut")  # its clocks skip midnight itself
ZONES = st.sampled_from([UTC, STOCKHOLM, NEW_YORK, BEIRUT])
NONE: frozenset[date] = frozenset()


def schedule(every: Every, start: date = date(2027, 1, 1), **others: Any) -> Schedule:
    """Return a schedule of which only this matters."""
    return Schedule("Books", pipeline="books", accounts=["ada"], every=every, start=start, **others)


def first(number: int, every: Every, start: date = date(2027, 1, 1), **others: Any) -> list[str]:
    """Return the first periods of a rhythm."""
    return [str(day) for day in islice(periods(schedule(every, start, **others)), number)]


def off(days: Collection[date]) -> Any:
    """Return what tells these days off."""
    return lambda day: day in days


# -- which days ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (Daily(), ["2027-01-01", "2027-01-02", "2027-01-03"]),
        (Daily(10), ["2027-01-01", "2027-01-11", "2027-01-21"]),
        (Weekly(), ["2027-01-01", "2027-01-08", "2027-01-15"]),
        (Weekly("mon, fri"), ["2027-01-01", "2027-01-04", "2027-01-08"]),
        (Weekly("thu", every=2), ["2027-01-14", "2027-01-28", "2027-02-11"]),
        (Monthly(), ["2027-01-01", "2027-02-01", "2027-03-01"]),
        (Monthly(29), ["2027-01-29", "2027-02-28", "2027-03-29"]),
        (Monthly(30), ["2027-01-30", "2027-02-28", "2027-03-30"]),
        (Monthly(31), ["2027-01-31", "2027-02-28", "2027-03-31"]),
        (Monthly("last", every=3), ["2027-01-31", "2027-04-30", "2027-07-31"]),
        (Monthly(Nth(1, "fri")), ["2027-01-01", "2027-02-05", "2027-03-05"]),
        (Monthly(Nth(2, "tue")), ["2027-01-12", "2027-02-09", "2027-03-09"]),
        (Monthly(Nth(5, "mon")), ["2027-01-25", "2027-02-22", "2027-03-29"]),
        (Monthly(Nth(5, "sun")), ["2027-01-31", "2027-02-28", "2027-03-28"]),
        (Quarterly(20), ["2027-01-20", "2027-04-20", "2027-07-20"]),
        (Quarterly("last", month=3), ["2027-03-31", "2027-06-30", "2027-09-30"]),
        (Yearly(4, 15), ["2027-04-15", "2028-04-15", "2029-04-15"]),
        (Yearly(2, 29), ["2027-02-28", "2028-02-29", "2029-02-28"]),
        (Yearly(11, Nth(4, "thu"), every=2), ["2027-11-25", "2029-11-22", "2031-11-27"]),
        (
            Dates([date(2027, 6, 1), date(2027, 1, 5), date(2026, 1, 5)]),
            ["2027-01-05", "2027-06-01"],
        ),
    ],
    ids=repr,
)
def test_r_38_a_month_without_the_day_takes_its_last(every: Every, expected: list[str]) -> None:
    """Each rhythm as a firm counts it, from a Friday on."""
    assert first(3, every) == expected


def test_r_38_a_leap_year_has_its_day() -> None:
    """The last of February is the 29th in 2028, and not in 2100."""
    assert first(2, Monthly("last"), date(2028, 2, 1)) == ["2028-02-29", "2028-03-31"]
    assert first(1, Monthly(30), date(2100, 2, 1)) == ["2100-02-28"]


def test_r_38_the_start_and_the_end_are_included() -> None:
    """A schedule from one first of a month to another has both."""
    both = first(9, Monthly(1), date(2027, 1, 1), end=date(2027, 3, 1))

    assert both == ["2027-01-01", "2027-02-01", "2027-03-01"]
    assert first(9, Monthly(1), date(2027, 1, 2), end=date(2027, 2, 28)) == ["2027-02-01"]
    assert first(9, Dates([date(2026, 1, 1)])) == []


def test_r_38_each_so_many_weeks_counts_from_the_week_of_the_start() -> None:
    """Also where the day itself lay before the start in that week."""
    assert first(2, Weekly("mon", every=2), date(2027, 1, 6)) == ["2027-01-18", "2027-02-01"]


def test_r_38_a_rhythm_of_nobody_s_is_refused() -> None:
    """A host cannot bring its own, which no other process would know."""

    @frozen
    class Whenever(Every):
        """Whenever somebody likes."""

    with pytest.raises(TypeError, match="no rhythm that is known here"):
        next(periods(schedule(Whenever())))


@given(schedules(), st.none() | near_dates)
def test_r_38_each_period_comes_once_and_in_order(plan: Schedule, after: date | None) -> None:
    """Whatever the rhythm, and wherever it is taken up again."""
    whole = [*islice(periods(plan), 60)]
    some = [*islice(periods(plan, after), 40)]

    assert all(one < other for one, other in pairwise(whole))
    assert all(plan.start <= day <= (plan.end or day) for day in whole)
    assert after is None or all(after < day for day in some)
    known = {day for day in whole if after is None or day > after}
    if whole and some and some[-1] <= whole[-1]:
        assert set(some) <= known
    for place, day in enumerate(whole[:5]):
        assert [*islice(periods(plan, day), 5)] == whole[place + 1 : place + 6]


# -- when they are due -----------------------------------------------------------------------------

HOLIDAYS = frozenset({date(2027, 1, 1), date(2027, 4, 30), date(2027, 5, 3)})


@pytest.mark.parametrize(
    ("day", "shift", "due"),
    [
        (date(2027, 1, 31), Shift.NONE, date(2027, 1, 31)),
        (date(2027, 1, 31), Shift.BEFORE, date(2027, 1, 29)),
        (date(2027, 1, 31), Shift.AFTER, date(2027, 2, 1)),
        (date(2027, 1, 1), Shift.NONE, date(2027, 1, 1)),
        (date(2027, 1, 1), Shift.BEFORE, date(2026, 12, 31)),
        (date(2027, 1, 1), Shift.AFTER, date(2027, 1, 4)),
        (date(2027, 5, 1), Shift.BEFORE, date(2027, 4, 29)),
        (date(2027, 5, 1), Shift.AFTER, date(2027, 5, 4)),
        (date(2027, 4, 14), Shift.BEFORE, date(2027, 4, 14)),
    ],
)
def test_r_39_a_date_leaves_weekends_and_days_off(day: date, shift: Shift, due: date) -> None:
    """To the working day before or after, over as many days off as there are."""
    assert shifted(day, shift, off(HOLIDAYS)) == due


@pytest.mark.parametrize("shift", [Shift.BEFORE, Shift.AFTER])
def test_r_39_a_calendar_without_a_working_day_is_refused(shift: Shift) -> None:
    """Rather than searched for ever."""
    with pytest.raises(PipeflowError, match=f"every day is off within a year {shift} 2027-01-01"):
        shifted(date(2027, 1, 1), shift, lambda _: True)


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (After(), date(2027, 3, 31)),
        (After(days=5), date(2027, 3, 26)),
        (After(months=1), date(2027, 2, 28)),
        (After(days=1, months=1, years=3), date(2024, 2, 28)),
    ],
)
def test_r_38_a_job_is_made_so_long_ahead(ahead: After, expected: date) -> None:
    """Months first, which end on their last day, then days."""
    assert before(date(2027, 3, 31), ahead) == expected


@pytest.mark.parametrize(
    ("zone", "day", "at"),
    [
        (UTC, date(2027, 3, 28), datetime(2027, 3, 28, 0, 0, tzinfo=UTC)),
        # The clocks go on at two on the 28th, and back at three on 31 October.
        (STOCKHOLM, date(2027, 3, 28), datetime(2027, 3, 27, 23, 0, tzinfo=UTC)),
        (STOCKHOLM, date(2027, 3, 29), datetime(2027, 3, 28, 22, 0, tzinfo=UTC)),
        (STOCKHOLM, date(2027, 10, 31), datetime(2027, 10, 30, 22, 0, tzinfo=UTC)),
        (STOCKHOLM, date(2027, 11, 1), datetime(2027, 10, 31, 23, 0, tzinfo=UTC)),
        (NEW_YORK, date(2027, 11, 8), datetime(2027, 11, 8, 5, 0, tzinfo=UTC)),
        # In Beirut midnight itself is skipped: the day begins at one.
        (BEIRUT, date(2027, 3, 28), datetime(2027, 3, 27, 22, 0, tzinfo=UTC)),
    ],
)
def test_r_38_a_job_is_made_at_midnight_of_the_firm(zone: Any, day: date, at: datetime) -> None:
    """Across both changes of the clocks."""
    assert period_of(schedule(Daily()), day, zone, off(NONE)).at == at


@given(schedules(), ZONES, st.frozensets(near_dates, max_size=5))
def test_r_38_dates_and_instants_keep_the_order_of_periods(
    plan: Schedule, zone: Any, days: frozenset[date]
) -> None:
    """A later period is never due or made before an earlier one; pauses have none."""
    found = [*islice(upcoming(plan, None, zone, off(days)), 30)]

    assert plan.active or not found
    for one, other in pairwise(found):
        assert one.due <= other.due
        assert one.at <= other.at
    for one in found:
        local = one.at.astimezone(zone)
        assert local.date() == before(one.due, plan.ahead)
        assert (local - timedelta(minutes=1)).date() < local.date() or zone is BEIRUT
        if plan.shift is not Shift.NONE:
            assert one.due.weekday() < 5
            assert one.due not in days


def test_r_38_an_old_row_has_gaps_between_which_the_rhythm_of_now_counts() -> None:
    """What was kept before gaps said what is owed in them: two pauses, and days between them."""
    first, second = Gap(date(2027, 1, 2), date(2027, 1, 4)), Gap(date(2027, 1, 5), date(2027, 1, 7))
    found = upcoming(schedule(Daily()), date(2027, 1, 1), UTC, off(NONE), (first, second))

    assert [one.day.day for one in islice(found, 4)] == [2, 5, 8, 9]


def test_r_38_what_is_owed_in_a_gap_is_made_by_the_rhythm_that_owes_it() -> None:
    """The days of the earlier rhythm, and its lead, until that of now counts."""
    earlier = Rhythm(Daily(2), date(2027, 1, 1), ahead=After(days=3))
    owed = Gap(date(2027, 1, 1), date(2027, 1, 5), earlier)
    found = [*islice(upcoming(schedule(Daily()), date(2027, 1, 1), UTC, off(NONE), (owed,)), 3)]

    assert [one.day.day for one in found] == [3, 5, 6]
    assert [one.at.date().isoformat() for one in found] == [
        "2026-12-31",
        "2027-01-02",
        "2027-01-06",
    ]


# -- what is made late -----------------------------------------------------------------------------

LATE = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


def made(rule: CatchUp, now: datetime = LATE, after: date | None = None, **others: Any) -> Any:
    """Return what is chosen of a daily schedule that began on 1 January."""
    plan = schedule(Daily(), catch_up=rule, **others)
    choice = chosen(plan, after, now, UTC, off(NONE))
    return choice.period and str(choice.period.day), choice.skipped


def test_r_38_all_that_was_missed_is_made() -> None:
    """One after another, from the first on."""
    assert made(CatchUp.ALL) == ("2027-01-01", None)
    assert made(CatchUp.ALL, after=date(2027, 1, 3)) == ("2027-01-04", None)
    assert made(CatchUp.ALL, after=date(2027, 1, 4)) == (None, None)


def test_r_38_the_latest_of_what_was_missed_is_made() -> None:
    """And what is skipped is told."""
    skipped = Skipped(date(2027, 1, 1), date(2027, 1, 3), 3)

    assert made(CatchUp.LATEST) == ("2027-01-04", skipped)
    assert made(CatchUp.LATEST, after=date(2027, 1, 3)) == ("2027-01-04", None)
    assert made(CatchUp.LATEST, after=date(2027, 1, 4)) == (None, None)


def test_r_38_periods_of_one_instant_are_none_the_later_for_each_other() -> None:
    """A weekend that is shifted to Monday was not missed by whoever ticks on Monday."""
    monday: dict[str, Any] = {"now": LATE, "after": date(2027, 1, 1), "shift": Shift.AFTER}

    assert made(CatchUp.LATEST, **monday) == ("2027-01-02", None)
    assert made(CatchUp.NONE, **monday) == ("2027-01-02", None)


def test_r_38_nothing_is_made_of_an_earlier_day() -> None:
    """What is due today is made until the day is over."""
    skipped = Skipped(date(2027, 1, 1), date(2027, 1, 3), 3)

    assert made(CatchUp.NONE) == ("2027-01-04", skipped)
    assert made(CatchUp.NONE, end=date(2027, 1, 2)) == (
        None,
        Skipped(date(2027, 1, 1), date(2027, 1, 2), 2),
    )


@given(schedules(), ZONES, st.data())
def test_r_38_each_period_is_made_or_skipped_once(
    plan: Schedule, zone: Any, data: st.DataObject
) -> None:
    """Whenever somebody ticks, and by any rule; nothing is made before its time."""
    plan = attrs.evolve(plan, active=True)
    coming = [*islice(upcoming(plan, None, zone, off(NONE)), 12)]
    assume(coming)
    seen: list[date] = []
    upto, now = None, coming[0].at
    for gap in data.draw(st.lists(st.integers(0, 400), min_size=1, max_size=5)):
        now += gap * DAY
        assume(now.year < 2110)
        choice = chosen(plan, upto, now, zone, off(NONE))
        while choice.period or choice.skipped:
            if choice.skipped:
                missed = [*islice(periods(plan, upto), choice.skipped.number)]
                assert (missed[0], missed[-1]) == choice.skipped[:2]
                seen += missed
                upto = choice.skipped.last
            if choice.period:
                assert choice.period.at <= now
                seen.append(choice.period.day)
                upto = choice.period.day
            choice = chosen(plan, upto, now, zone, off(NONE))
            assume(len(seen) < 3000)

    assert len(seen) == len(set(seen))
    ripe = [*takewhile(lambda one: one.at <= now, upcoming(plan, None, zone, off(NONE)))]
    assert seen == [one.day for one in ripe]
    due = owed(rhythm_of(plan), None, now, zone, off(NONE))
    assert [one.upto for one in due] == seen[-1:]
    past = [one.day for one in ripe if one.due <= today(now, zone)]
    assert passed(rhythm_of(plan), None, now, zone, off(NONE)) == (past[-1] if past else None)
