"""Schedules, periods and sending windows: what they take, and what they refuse."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from pipeflow.codec import from_data, to_data
from pipeflow.model.accounts import Account, Member, Role
from pipeflow.model.conditions import tagged
from pipeflow.model.dates import After
from pipeflow.model.job_conditions import priority_is
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
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.schedules import CatchUp, Schedule, Shift
from pipeflow.model.settings import Settings
from pipeflow.model.stages import Stage
from pipeflow.model.templates import JobTemplate, Priority
from pipeflow.model.windows import SendingWindow
from tests.model.refusals import places, refused


class Anything(dict[Any, Any]):
    """Hands back what is asked for, as something of which no type is known."""

    def __missing__(self, key: Any) -> Any:
        """Return it."""
        return key


ANY: Any = Anything()
BOOKS = Pipeline("Books", stages=[Stage("Do")])
DAYS = (Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI)


def schedule(**given: Any) -> Schedule:
    """Return a schedule of which only this matters."""
    content: dict[str, Any] = {
        "pipeline": "books",
        "accounts": "ada",
        "every": Monthly(),
        "start": date(2027, 1, 1),
        **given,
    }
    return Schedule(content.pop("name", "Books [PERIOD_YEAR]"), **content)


# -- days of the week ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ("mon-fri", DAYS),
        ("FRI, mon", (Weekday.MON, Weekday.FRI)),
        ("sat-mon", (Weekday.MON, Weekday.SAT, Weekday.SUN)),
        (["tue", Weekday.MON, "tue"], (Weekday.MON, Weekday.TUE)),
        (Weekday.SUN, (Weekday.SUN,)),
    ],
)
def test_days_of_the_week_are_written_as_people_shorten_them(given: Any, days: Any) -> None:
    """One, several, or from one to another; they come in the order of the week."""
    assert Weekly(given).on == days
    assert SendingWindow(given).days == days


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("mon-fry", "there is no day of the week 'fry'. Did you mean 'fri'?"),
        ("munday", "there is no day of the week 'munday'"),
        ([1], "there is no day of the week 1"),
        (5, "must be days of the week"),
    ],
)
def test_what_is_no_day_of_the_week_is_refused(given: Any, problem: str) -> None:
    """With those that there are."""
    (told,) = refused(lambda: Weekly(given))

    assert told.startswith("$.on: ")
    assert problem in told


# -- rhythms ---------------------------------------------------------------------------------------


def test_the_last_day_of_the_month_is_its_thirty_first_or_the_one_that_it_has() -> None:
    """Both ways of saying it are one."""
    assert Monthly("last") == Monthly(31)
    assert Yearly(2, "last") == Yearly(2, 31)
    assert Quarterly("last") == Quarterly(31)


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: Daily(0), ["$.every"]),
        (lambda: Daily(True), ["$.every"]),
        (lambda: Weekly("mon", every=1001), ["$.every"]),
        (lambda: Monthly(32, every=0), ["$.day", "$.every"]),
        (lambda: Monthly("first"), ["$.day"]),
        (lambda: Quarterly(0, month=4), ["$.month", "$.day"]),
        (lambda: Yearly(13, 0, every=ANY["x"]), ["$.month", "$.day", "$.every"]),
        (lambda: Nth(6, "monday"), ["$.n", "$.weekday"]),
        (lambda: Nth(ANY["1"], ANY[3]), ["$.n", "$.weekday"]),
        (lambda: Dates([]), ["$"]),
        (lambda: Dates(ANY["2027-01-01"]), ["$"]),
        (lambda: Dates([datetime(2027, 1, 1, tzinfo=UTC)]), ["$.dates[0]"]),
        (lambda: Dates([date(2027, 1, 1), ANY["x"]]), ["$.dates[1]"]),
    ],
)
def test_a_rhythm_that_does_not_exist_is_refused(make: Any, where: list[str]) -> None:
    """With every problem at its place."""
    assert sorted(places(make)) == sorted(where)


# -- schedules -------------------------------------------------------------------------------------


def test_a_schedule_takes_things_or_their_ids() -> None:
    """Accounts alone or several, a condition, members and roles."""
    ada = Account("Ada", id="ada")
    one = schedule(
        pipeline=BOOKS,
        accounts=[ada, "bert"],
        template=JobTemplate("Own"),
        assignees=[Member("Mia"), Role("preparer")],
        priority="high",
        shift="before",
        catch_up="none",
    )

    assert (one.pipeline, one.accounts, one.template) == ("books", ("ada", "bert"), "own")
    assert one.assignees == frozenset({"mia", Role("preparer")})
    assert (one.priority, one.shift, one.catch_up) == (Priority.HIGH, Shift.BEFORE, CatchUp.NONE)
    assert schedule(accounts=ada).accounts == ("ada",)
    assert schedule(accounts=tagged("vip")).accounts == tagged("vip")


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Payroll [PERIOD_MONTH_NAME] [PERIOD_YEAR]", "payroll"),
        ("[PERIOD_YEAR] books", "books"),
        ("[PERIOD_YEAR]", "period-year"),
    ],
)
def test_the_id_is_made_of_the_name_without_its_merge_fields(name: str, id: str) -> None:
    """Which are other words for each job; unless there is nothing else."""
    assert schedule(name=name).id == id
    assert schedule(name=name, id="x").id == "x"


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"name": 5}, ["$.name"]),
        ({"name": ""}, ["$.name"]),
        ({"pipeline": None}, ["$.pipeline"]),
        ({"accounts": []}, ["$.accounts"]),
        ({"accounts": 5}, ["$.accounts"]),
        ({"accounts": tagged("vip") & priority_is("high")}, ["$.accounts"]),
        ({"accounts": [Account("Ada")]}, ["$.accounts[0]"]),
        ({"accounts": ["a", "a"]}, ["$.accounts"]),
        ({"accounts": ["a", 5]}, ["$.accounts[1]"]),
        ({"every": "monthly"}, ["$.every"]),
        ({"start": None}, ["$.start"]),
        ({"start": datetime(2027, 1, 1, tzinfo=UTC)}, ["$.start"]),
        ({"start": date(1899, 12, 31)}, ["$.start"]),
        ({"end": date(9000, 1, 1)}, ["$.end"]),
        ({"end": "never"}, ["$.end"]),
        ({"end": date(2026, 12, 31)}, ["$.end"]),
        ({"ahead": "5"}, ["$.ahead"]),
        ({"ahead": After(years=11)}, ["$.ahead"]),
        ({"ahead": After(years=10, days=1)}, ["$.ahead"]),
        ({"shift": "both"}, ["$.shift"]),
        ({"catch_up": "some"}, ["$.catch_up"]),
        ({"active": "yes"}, ["$.active"]),
        ({"template": 5}, ["$.template"]),
        ({"assignees": 5}, ["$.assignees"]),
        ({"priority": "highest"}, ["$.priority"]),
        ({"every": 1, "shift": 2, "active": 3}, ["$.every", "$.shift", "$.active"]),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(given: dict[str, Any], where: list[str]) -> None:
    """With every problem at its place."""
    assert places(lambda: schedule(**given)) == where


def test_a_job_may_be_made_ten_years_ahead() -> None:
    """That far, and not a day further."""
    assert schedule(ahead=After(years=10)).ahead == After(years=10)


# -- sending windows -------------------------------------------------------------------------------


def test_r_37_a_window_is_that_of_business_hours_unless_said() -> None:
    """From Monday to Friday, eight to six, for mail and reminders."""
    window = SendingWindow()

    assert (window.days, window.opens, window.closes) == (DAYS, time(8), time(18))
    assert window.kinds == {"email", "reminder"}
    assert SendingWindow(kinds="invoice").kinds == {"invoice"}
    assert Settings().window is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"days": []}, "$.days: must name a day at least, for nothing would ever leave"),
        ({"opens": 8}, "$.opens: must be a time of day, without a zone"),
        ({"closes": time(18, tzinfo=UTC)}, "$.closes: must be a time of day, without a zone"),
        ({"opens": time(8, 0, 1)}, "$.opens: must be in whole minutes"),
        ({"closes": time(18, 0, 0, 1)}, "$.closes: must be in whole minutes"),
        ({"closes": time(8)}, "$.closes: is not after 08:00, when it opens"),
        ({"opens": time(22), "closes": time(6)}, "$.closes: is not after 22:00"),
        ({"closes": time(0)}, "the last minute of which is time(23, 59)"),
        ({"kinds": []}, "$.kinds: must name what waits"),
        ({"kinds": ["mail"]}, "$.kinds: there is no kind of what is sent 'mail'"),
        ({"kinds": 5}, "$.kinds: must name what waits"),
    ],
)
def test_r_37_a_window_that_wraps_midnight_or_never_opens_is_refused(
    given: dict[str, Any], problem: str
) -> None:
    """Two windows would be needed, of which there is one."""
    assert any(problem in told for told in refused(lambda: SendingWindow(**given)))


def test_r_37_settings_take_a_window_and_nothing_else() -> None:
    """Or none."""
    wrong: Any = {"window": "mon-fri"}

    assert places(lambda: Settings(**wrong)) == ["$.window"]


@pytest.mark.parametrize("given", ["8:00", "08:00:00.5", "24:00", 8])
def test_a_time_of_day_has_one_form_in_json(given: Any) -> None:
    """Hours, minutes and seconds, of which a window has none."""
    data = to_data(SendingWindow())
    assert (data["opens"], data["closes"]) == ("08:00:00", "18:00:00")

    (problem,) = refused(lambda: from_data({**data, "opens": given}, SendingWindow))
    assert problem.startswith("$.opens: ")
