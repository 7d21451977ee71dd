"""Stage checks: stages that wait for what nobody will do, and automations that do nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from ..model.automations import (
    Automation,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from ..model.dates import resolved
from ..model.job_automations import UpdateJob
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.templates import MessageTemplate, Template
from ..model.triggers import Timed, Trigger
from .findings import Finding
from .firing_lists import lists_of
from .worlds import World, holds, turns, worlds_of

__all__ = ["effect_findings", "reminder_findings", "waiting_findings"]

SOME_DAY = date(2026, 1, 1)  # from which spans are reckoned; whole days are alike from any


def waiting_findings(pipeline: Pipeline, templates: Mapping[str, Template]) -> Iterator[Finding]:
    """Yield the stages from which no completion lets a job go on (A-3, A-4)."""
    for number, stage in enumerate(pipeline.stages):
        if not stage.automove or any(_makes(one, templates) for one in _in_time(stage, pipeline)):
            continue
        path, place = f"$.stages[{number}]", f"stage {stage.name!r}"
        if not any(_makes(one, templates) for one in stage.automations):
            told = (
                "It automoves, and none of its automations makes anything that could be completed: "
                "a job stays until something is linked by hand and done."
            )
            yield Finding("nothing-to-complete", place, path, told, "Add what it waits for.")
        elif (who := _asked_nothing(stage, templates)) is not None:
            told = (
                f"It automoves, and asks nothing of {_told(who, stage)}: all that could be "
                "completed is skipped, so that such a job stays."
            )
            suggestion = "Ask something of everybody."
            if number:  # the first stage has no condition
                suggestion = "Put the same condition on the stage, or ask something of everybody."
            yield Finding("stuck", place, path, told, suggestion)


def _in_time(stage: Stage, pipeline: Pipeline) -> Iterator[Automation]:
    """Yield what fires while a job is in a stage, whatever is done or not."""
    several: tuple[Trigger, ...] = (*stage.triggers, *pipeline.triggers)
    for one in several:
        if isinstance(one, Timed):
            yield from one.fires


def _makes(one: Automation, templates: Mapping[str, Template]) -> bool:
    """Tell whether an automation makes something whose completion lets a job go on."""
    if not one.makes_item or not one.holds:
        return False
    template = templates.get(one.uses or "")
    return not isinstance(template, MessageTemplate) or bool(template.client_tasks)


def _asked_nothing(stage: Stage, templates: Mapping[str, Template]) -> World | None:
    """Return an account, with as few tags as can be, of which a stage asks nothing at all."""
    worlds = worlds_of((stage.when, *(one.when for one in stage.automations)))
    if worlds is None:
        return None
    for world in sorted(worlds, key=_size):
        if holds(stage.when, world):
            walk = turns(stage.automations, frozenset({world}), steady=True)
            if not any(turn.fires and _makes(turn.automation, templates) for turn in walk):
                return world
    return None


def _size(world: World) -> tuple[int, int, str, list[str]]:
    yes = sorted(map(repr, world.yes))
    return len(world.tags), len(yes), world.type.value, [*sorted(world.tags), *yes]


def _told(world: World, stage: Stage) -> str:
    """Describe the accounts of a world by the tags that they have, or lack, and what else holds."""
    makers = [one.when for one in stage.automations if one.makes_item and one.when is not None]
    asked = frozenset[str]().union(*(when.tags for when in makers))
    having = [f"tagged {_listed(world.tags)}"] if world.tags else []
    if asked - world.tags:
        having.append(f"not tagged {_listed(asked - world.tags)}")
    having += [f"for which {one!r} holds" for one in sorted(world.yes, key=repr)]
    return f"accounts {' and '.join(having)}" if having else "accounts that fulfil no condition"


def _listed(tags: frozenset[str]) -> str:
    return ", ".join(map(repr, sorted(tags)))


def effect_findings(pipeline: Pipeline) -> Iterator[Finding]:
    """Yield the automations that change nothing, whoever the client is."""
    for given in lists_of(pipeline):
        for number, one in enumerate(given.automations):
            if _is_idle(one):
                place, path = given.where(number)
                told = "It says nothing that it could change."
                yield Finding("no-effect", place, path, told, "Say it, or take it out.")


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


def reminder_findings(pipeline: Pipeline, templates: Mapping[str, Template]) -> Iterator[Finding]:
    """Yield reminders whose first one comes when the thing is overdue already."""
    for given in lists_of(pipeline):
        for number, one in enumerate(given.automations):
            template = templates.get(one.uses or "")
            rhythm = getattr(one, "reminders", None) or getattr(template, "reminders", None)
            due = getattr(template, "due", None)
            if rhythm is None or due is None or isinstance(due, date):
                continue
            days = (resolved(due, SOME_DAY) or SOME_DAY) - SOME_DAY
            if rhythm.every > days:
                place, path = given.where(number)
                told = (
                    f"Its first reminder comes after {rhythm.every.days} days, and it is due after "
                    f"{days.days}, so that nobody is reminded in time."
                )
                yield Finding("late-reminder", place, path, told, "Remind sooner.")
