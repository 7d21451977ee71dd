"""Effect checks: automations that change nothing, and reminders that come too late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from ..errors import many
from ..model.automations import (
    Automation,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from ..model.dates import After
from ..model.job_automations import TransferJob, UpdateJob
from ..model.pipelines import Pipeline
from ..model.reminders import Reminders
from ..model.templates import Template
from .findings import Finding
from .firing_lists import FiringList, lists_of

__all__ = ["effect_findings", "reminder_findings"]

# Days from which a span of months is the longest that it can be, of every month one; in leap years
# and in others.
STARTS = tuple(date(year, month, 1) for year in (2027, 2028) for month in range(1, 13))
DAY = timedelta(days=1)


def effect_findings(pipeline: Pipeline) -> Iterator[Finding]:
    """Yield the automations that change nothing, whoever the client is."""
    for given in lists_of(pipeline):
        for number, one in enumerate(given.automations):
            place, path = given.where(number)
            if _is_idle(one):
                told = "It says nothing that it could change."
                yield Finding("no-effect", place, path, told, "Say it, or take it out.")
            elif _stays(one, given, pipeline):
                told = "It lets the job go to the stage in which it is, so that it stays."
                yield Finding("no-effect", place, path, told, "Name another stage.")


def _is_idle(one: Automation) -> bool:
    match one:
        case UpdateAccountTags(add=add, remove=remove, clear=everything):
            return not (add or remove or everything)
        case UpdateJobAssignees(add=add, remove=remove, clear=everything):
            return not (add or remove or everything)
        case UpdateAccountAccess(add=add, remove=remove, reset=everything):
            return not (add or remove or everything)
        case UpdateJob():
            given = (one.priority, one.start, one.due, one.name, one.description, one.comments)
            return not any(given)
        case _:
            return False


def _stays(one: Automation, given: FiringList, pipeline: Pipeline) -> bool:
    """Tell whether a transfer leads to the very stage whose automation it is."""
    if not isinstance(one, TransferJob) or given.stage is None or one.pipeline != pipeline.id:
        return False
    return (one.stage or pipeline.stages[0].id) == pipeline.stages[given.stage].id


def reminder_findings(pipeline: Pipeline, templates: Mapping[str, Template]) -> Iterator[Finding]:
    """Yield reminders of which the first comes when the thing is overdue already."""
    for given in lists_of(pipeline):
        for number, one in enumerate(given.automations):
            template = templates.get(one.uses or "")
            rhythm = getattr(one, "reminders", None) or getattr(template, "reminders", None)
            if not isinstance(rhythm, Reminders):
                continue
            place, path = given.where(number)
            due = getattr(template, "due", None)
            if isinstance(due, After) and rhythm.every > (days := _longest(due)):
                told = (
                    f"Its first reminder comes after {_span(rhythm.every)}, and it is due after "
                    f"{_span(days)}, so that nobody is reminded in time."
                )
                yield Finding("late-reminder", place, path, told, "Remind sooner.")


def _longest(due: After) -> timedelta:
    """Return the longest that a span can be; months are longer and shorter."""
    return max(due.of(start) - start for start in STARTS)


def _span(period: timedelta) -> str:
    rest = period % DAY
    return f"{period}" if rest else many(period.days, "day")
