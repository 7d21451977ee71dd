"""The sending window: what waits for it, and when it opens."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.errors import PipeflowError
from pipeflow.model.periods import Weekday
from pipeflow.model.windows import SendingWindow
from pipeflow.ports.requests import (
    ClientRequest,
    Email,
    EmailKind,
    FolderTree,
    Message,
    Notice,
    Request,
    Task,
    TaskChange,
)
from pipeflow.rules import leaving_at, waits_for_window

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HEAD = ("k", "a", "j", None, None)
MAIL = Email(*HEAD, ("a@example.com",), "Hello", "Dear Ada")
REMINDER = Email(*HEAD, ("a@example.com",), "Hello", "Dear Ada", EmailKind.REMINDER)
SAID: list[tuple[Request, str]] = [
    (MAIL, "email"),
    (REMINDER, "reminder"),
    (Message(*HEAD, "Hello", "Dear Ada"), "message"),
    (Task(*HEAD, name="Call"), "task"),
    (FolderTree(*HEAD, "Files", ()), "folder"),
    (ClientRequest(*HEAD, "Papers", "Your papers"), "client_request"),
    (Notice(*HEAD, ("mia",), "Look", "Now"), "notice"),
]


def never(_: date) -> bool:
    """Tell that no day is off."""
    return False


@pytest.mark.parametrize(("request_", "kind"), SAID)
def test_r_37_only_what_the_firm_names_waits(request_: Request, kind: str) -> None:
    """Mail and reminders, unless it names something else."""
    assert waits_for_window(SendingWindow(kinds=[kind]), request_)
    assert waits_for_window(SendingWindow(), request_) is (kind in {"email", "reminder"})
    others = {one for _, one in SAID} - {kind}
    assert not waits_for_window(SendingWindow(kinds=others), request_)


def test_r_37_a_change_of_what_is_there_never_waits() -> None:
    """A task is taken over by somebody else at once."""
    window = SendingWindow(kinds=["task", "email", "reminder"])

    assert not waits_for_window(window, TaskChange(*HEAD, "Call", "t-1", None))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        # 8 January 2027 is a Friday; Stockholm is an hour ahead.
        (datetime(2027, 1, 8, 6, 59, tzinfo=UTC), datetime(2027, 1, 8, 7, 0, tzinfo=UTC)),
        (datetime(2027, 1, 8, 7, 0, tzinfo=UTC), datetime(2027, 1, 8, 7, 0, tzinfo=UTC)),
        (datetime(2027, 1, 8, 16, 59, tzinfo=UTC), datetime(2027, 1, 8, 16, 59, tzinfo=UTC)),
        (datetime(2027, 1, 8, 17, 0, tzinfo=UTC), datetime(2027, 1, 11, 7, 0, tzinfo=UTC)),
        # The clocks go on in the night to 28 March, and back in that to 31 October.
        (datetime(2027, 3, 27, 12, 0, tzinfo=UTC), datetime(2027, 3, 29, 6, 0, tzinfo=UTC)),
        (datetime(2027, 10, 30, 12, 0, tzinfo=UTC), datetime(2027, 11, 1, 7, 0, tzinfo=UTC)),
    ],
)
def test_r_37_the_window_opens_at_its_hour(at: datetime, opens: datetime) -> None:
    """Also across both changes of the clocks."""
    assert leaving_at(SendingWindow(), at, STOCKHOLM, never) == opens


def test_r_37_a_window_that_the_clocks_skip_is_shut_on_that_day() -> None:
    """From 02:10 to 02:50 on the night on which two becomes three."""
    window = SendingWindow("mon-sun", time(2, 10), time(2, 50))
    saturday = datetime(2027, 3, 27, 12, tzinfo=UTC)

    assert leaving_at(window, saturday, STOCKHOLM, never) == datetime(
        2027, 3, 29, 0, 10, tzinfo=UTC
    )


def test_r_39_the_window_is_shut_on_days_off() -> None:
    """A long weekend."""
    off = {date(2027, 1, 8), date(2027, 1, 11)}
    friday = datetime(2027, 1, 8, 9, tzinfo=UTC)

    found = leaving_at(SendingWindow(), friday, UTC, lambda day: day in off)

    assert found == datetime(2027, 1, 12, 8, tzinfo=UTC)


def test_r_39_a_calendar_without_an_opening_is_refused() -> None:
    """Rather than searched for ever."""
    with pytest.raises(PipeflowError, match="does not open within a year after 2027-01-08"):
        leaving_at(SendingWindow(), datetime(2027, 1, 8, tzinfo=UTC), UTC, lambda _: True)


@given(
    st.builds(
        SendingWindow,
        st.lists(st.sampled_from(Weekday), min_size=1),
        st.builds(time, st.integers(0, 11), st.integers(0, 59)),
        st.builds(time, st.integers(12, 23), st.integers(0, 59)),
    ),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([UTC, STOCKHOLM, ZoneInfo("Asia/Beirut"), ZoneInfo("Australia/Lord_Howe")]),
    st.frozensets(st.dates(date(2020, 1, 1), date(2040, 1, 1)), max_size=20),
)
def test_r_37_what_leaves_leaves_inside_the_window(
    window: SendingWindow, at: datetime, zone: Any, off: frozenset[date]
) -> None:
    """Not before its time, and as soon as it may; what is inside does not wait."""
    found = leaving_at(window, at, zone, lambda day: day in off)
    local = found.astimezone(zone)

    assert found >= at
    assert local.weekday() in {day.number for day in window.days}
    assert local.date() not in off
    assert local.time().replace(fold=0) >= window.opens or zone is not UTC
    assert local.time() < window.closes
    assert leaving_at(window, found, zone, lambda day: day in off) == found
    if found > at:
        earlier = found - timedelta(seconds=1)
        assert earlier < at or leaving_at(window, earlier, zone, lambda day: day in off) == found
