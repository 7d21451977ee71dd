"""Drawn schedules: any rhythm, any start and end, any shift."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from pipeflow.model.dates import After
from pipeflow.model.periods import (
    Daily,
    Dates,
    Monthly,
    Nth,
    Quarterly,
    Weekday,
    Weekly,
    Yearly,
)
from pipeflow.model.schedules import CatchUp, Schedule, Shift

near_dates = st.dates(date(2000, 1, 1), date(2100, 12, 31))
_WEEKDAYS = st.sampled_from(Weekday)
nths = st.builds(Nth, st.integers(1, 5), _WEEKDAYS)
_DAYS = st.integers(1, 31) | st.just("last") | nths
_STEPS = st.integers(1, 13)
rhythms: dict[Any, st.SearchStrategy[Any]] = {
    Daily: st.builds(Daily, _STEPS),
    Weekly: st.builds(Weekly, st.lists(_WEEKDAYS, max_size=3), every=_STEPS),
    Monthly: st.builds(Monthly, _DAYS, every=_STEPS),
    Quarterly: st.builds(Quarterly, _DAYS, month=st.integers(1, 3)),
    Yearly: st.builds(Yearly, st.integers(1, 12), _DAYS, every=_STEPS),
    Dates: st.builds(Dates, st.lists(near_dates, min_size=1, max_size=5)),
}


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Draw a schedule of any rhythm, for one account."""
    start = draw(near_dates)
    return Schedule(
        "Books",
        pipeline="books",
        accounts=["ada"],
        every=draw(st.one_of(*rhythms.values())),
        start=start,
        end=draw(st.none() | st.dates(start, date(2101, 1, 1))),
        ahead=draw(st.builds(After, st.integers(0, 60), months=st.integers(0, 3))),
        shift=draw(st.sampled_from(Shift)),
        catch_up=draw(st.sampled_from(CatchUp)),
        active=draw(st.booleans()),
    )
