"""Schedules: which jobs recur, for whom, and when each of them is made and due (R-38)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias, Union, cast

import attrs

from ..errors import Problem, shown
from .accounts import Account, Member, Person, Role, people, people_problems
from .checks import choice_problems, flags_problems, name_problems, repeated
from .dates import After, as_after
from .logic import Condition, account_only_problems
from .periods import Every
from .pipelines import Pipeline
from .record import Plain, frozen, record
from .templates import JobTemplate, Priority
from .templates.template import template_id, template_problems
from .text import slug, text_problems
from .values import Definition, as_choice

__all__ = ["CatchUp", "Gap", "Rhythm", "Schedule", "ScheduleState", "Shift", "SpentId", "Unmade"]

FIRST, LAST = date(1900, 1, 1), date(8999, 12, 31)  # between which there are periods
FURTHEST = 10  # years by which a job is made ahead
EXAMPLES = ("tagged('payroll')", "[ada, bert]")

# For whom: every account that fits a condition, one account, or several, or their ids.
Accounts: TypeAlias = Union[Condition, Account, str, Iterable[Union[Account, str]]]


class Shift(StrEnum):
    """Where a date goes that is a weekend or a day off: nowhere, or to a working day next to it."""

    NONE = "none"
    BEFORE = "before"
    AFTER = "after"


class CatchUp(StrEnum):
    """What is made late, after a silence: all that was missed, the latest of it, or nothing."""

    ALL = "all"
    LATEST = "latest"
    NONE = "none"


def _shift(given: Shift | str) -> Shift:
    return as_choice(Shift, given)


def _catch_up(given: CatchUp | str) -> CatchUp:
    return as_choice(CatchUp, given)


def _priority(given: Priority | str | None) -> Priority | None:
    return None if given is None else as_choice(Priority, given)


def _pipeline(given: Pipeline | str) -> str:
    return given.id if isinstance(given, Pipeline) else given


def _template(given: JobTemplate | str | None) -> str | None:
    return None if given is None else template_id(given, JobTemplate)


def _accounts(given: Accounts) -> Condition | tuple[str, ...]:
    if isinstance(given, Condition):
        return given
    several = (given,) if isinstance(given, str | Account) else given
    if not isinstance(several, Iterable):
        return cast("tuple[str, ...]", given)
    return tuple(one.id if isinstance(one, Account) else one for one in several)


def _people(
    given: Iterable[str | Member | Role] | str | Member | Role | None,
) -> frozenset[Person] | None:
    return None if given is None else people(given)


def _own_id(self: Any) -> str:
    """Make the id of the name without its merge fields, which differ from job to job."""
    if not isinstance(self.name, str):
        return ""
    plain = re.sub(r"\[[^\[\]]*\]", " ", self.name)
    return slug(plain if plain.strip() else self.name)


@frozen
class Schedule(Definition):
    """Jobs that recur: each period's job is made once for each account, by `tick` (R-38).

    `Schedule("Payroll [PERIOD_MONTH_NAME]", pipeline=payroll, accounts=tagged("payroll"),
    every=Monthly("last"), start=date(2027, 1, 1))`

    Args:
        name: The jobs' name, with merge fields and the period's own, such as `[PERIOD_YEAR]`,
            which mean the unshifted date.
        pipeline: The pipeline that starts, or its id.
        accounts: For which account or accounts, or their ids; or a condition, which is asked each
            time.
        every: How often, and on which days.
        start: The first day that may be a period's.
        end: The last one; None: there is none.
        ahead: How long before its shifted date a job is made, in whole days or as `After(...)`: at
            midnight in the firm's zone.
        shift: Where dates go that are weekends or days off of the `Calendar` (R-39).
        catch_up: What is made of what was missed while nobody ticked.
        active: False while it pauses; what falls into a pause is not made up for.
        template: A job template, or its id; the pipeline's own unless said.
        assignees: Members, their ids, or roles; those of the template unless said.
        priority: Low, medium, high or urgent; that of the template unless said.
        id: Made of the name unless given.
    """

    _to_the_letter = ("accounts",)

    pipeline: str = attrs.field(converter=_pipeline, kw_only=True)
    accounts: Condition | tuple[str, ...] = attrs.field(converter=_accounts, kw_only=True)
    every: Every = attrs.field(kw_only=True)
    start: date = attrs.field(kw_only=True)
    end: date | None = attrs.field(default=None, kw_only=True)
    ahead: After = attrs.field(factory=After, converter=as_after, kw_only=True)
    shift: Shift = attrs.field(default=Shift.NONE, converter=_shift, kw_only=True)
    catch_up: CatchUp = attrs.field(default=CatchUp.ALL, converter=_catch_up, kw_only=True)
    active: bool = attrs.field(default=True, kw_only=True)
    template: str | None = attrs.field(default=None, converter=_template, kw_only=True)
    assignees: frozenset[Person] | None = attrs.field(default=None, converter=_people, kw_only=True)
    priority: Priority | None = attrs.field(default=None, converter=_priority, kw_only=True)
    id: str = attrs.field(default=attrs.Factory(_own_id, takes_self=True), kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from text_problems(self.pipeline, "$.pipeline", empty=False)
        yield from _accounts_problems(self.accounts)
        if not isinstance(self.every, Every):
            allowed = ("Monthly(15)", "Weekly('fri')", "Dates([date(2027, 4, 15)])")
            yield Problem("must say how often", "$.every", shown(self.every), allowed)
        yield from _days_problems(self.start, self.end)
        yield from _ahead_problems(self.ahead)
        yield from choice_problems(Shift, self.shift, "$.shift")
        yield from choice_problems(CatchUp, self.catch_up, "$.catch_up")
        yield from flags_problems(self, ("active",))
        if self.template is not None:
            yield from template_problems(self.template, JobTemplate, "$.template")
        if self.assignees is not None:
            yield from people_problems(self.assignees, "$.assignees")
        if self.priority is not None:
            yield from choice_problems(Priority, self.priority, "$.priority")


def _accounts_problems(given: object) -> Iterator[Problem]:
    if isinstance(given, Condition):
        yield from account_only_problems(given, "$.accounts")
        return
    if not isinstance(given, tuple) or not given:
        what = "must be accounts, their ids, or a condition"
        yield Problem(what, "$.accounts", shown(given), EXAMPLES)
        return
    yield from name_problems(given, "$.accounts")
    for twice in repeated(one for one in given if isinstance(one, str)):
        yield Problem(f"names account {twice!r} twice", "$.accounts")


def _days_problems(start: object, end: object) -> Iterator[Problem]:
    for given, where in ((start, "$.start"), (end, "$.end")):
        if given is None and where == "$.end":
            continue
        if type(given) is not date:
            yield Problem("must be a date", where, shown(given), ("date(2027, 1, 1)",))
        elif not FIRST <= given <= LAST:
            yield Problem(f"must lie between {FIRST} and {LAST}", where, str(given))
    if type(start) is date and type(end) is date and end < start:
        yield Problem(f"is before the start {start}", "$.end", str(end))


def _ahead_problems(given: object) -> Iterator[Problem]:
    if not isinstance(given, After):
        what = "must be whole days or After(...)"
        yield Problem(what, "$.ahead", shown(given), ("5", "After(days=5)"))
        return
    parts = (given.days, given.months, given.years)
    if min(parts) < 0 or given.of(FIRST) > FIRST.replace(year=FIRST.year + FURTHEST):
        what = f"must be a time to come, of at most {FURTHEST} years"
        yield Problem(what, "$.ahead", shown(given))


@record
class Rhythm(Plain):
    """On which days the periods of a schedule are due, and when their jobs are made."""

    every: Every
    start: date
    end: date | None = None
    ahead: After = attrs.field(factory=After)
    shift: Shift = Shift.NONE


@record
class Gap(Plain):
    """Unshifted dates after one, up to another, on which the rhythm of now does not count.

    What an earlier rhythm still owes there is made; without one nothing is.
    """

    after: date
    upto: date
    owed: Rhythm | None = None


@record
class Unmade(Plain):
    """A period of which some jobs were not made, as the schedule paused when their turn came."""

    period: date
    due: date


@record
class ScheduleState(Plain):
    """How far a schedule has come; kept beside it, so that its revision is that of its content.

    Args:
        armed: How many timers were set; each has a key of its own.
        timer: The key of the one that is set; None: none is.
        upto: The last period that was dealt with, by its unshifted date.
        period: The period that is being handed out; None: none is.
        due: Its shifted date.
        after: Where to go on among the accounts; None: at the first.
        paused: When it was paused; None: it is not.
        gaps: What lies behind its edits and pauses, where something is still to be made of it.
        rested: The rhythm that it had when it was paused.
        left: Periods whose other jobs are made when it goes on.
        turn: How often jobs were left so, or it was saved anew after it was deleted; the rows by
            which jobs are made have other keys each time.
        since: Before this nothing could be made of what it has yet to make: an edit, a pause, a
            calendar that failed or a worker that died put it off, and it is none the later for it.
        life: How often it was saved as a new one; each time but the first one was deleted before.
    """

    armed: int = 0
    timer: str | None = None
    upto: date | None = None
    period: date | None = None
    due: date | None = None
    after: str | None = None
    paused: datetime | None = None
    gaps: tuple[Gap, ...] = ()
    rested: Rhythm | None = None
    left: tuple[Unmade, ...] = ()
    turn: int = 0
    since: datetime | None = None
    life: int = 0


@record
class SpentId(Plain):
    """That a period's job of an account was deleted, so that its id is never used again.

    Args:
        times: How often; another one that is made after that has the next number in its id.
        life: In which life of the schedule, in which it does not come again.
    """

    times: int
    life: int
