"""Mentions: what definitions, accounts and jobs name, and where; who can be named anew (R-28)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from ..errors import NotAllowedError, Problem
from ..model.account_conditions import RoleIs
from ..model.accounts import Account
from ..model.automations import Automation, NotifyTeam, UpdateAccountAccess, UpdateJobAssignees
from ..model.items import ItemState
from ..model.job_conditions import Assigned, PipelineIs
from ..model.jobs import Job
from ..model.logic import Condition
from ..model.parts import parts_of
from ..model.pipelines import Pipeline
from ..model.schedules import Schedule
from ..model.settings import Firm, Settings
from ..model.templates import (
    EmailTemplate,
    JobTemplate,
    LineItem,
    MessageTemplate,
    ProposalTemplate,
    TaskTemplate,
)
from ..model.uses import Use
from ..ports.keys import key_of

__all__ = [
    "Mention",
    "inactive_errors",
    "inactive_problems",
    "lost_leads",
    "mentions",
    "names",
    "uses_in",
]

# In which fields the values of a class name others, by the kind of what they name.
_FIELDS: Mapping[type, tuple[tuple[str, str], ...]] = {
    EmailTemplate: (("member", "sender"),),
    MessageTemplate: (("member", "sender"),),
    LineItem: (("member", "member"),),
    TaskTemplate: (("member", "assignees"),),
    JobTemplate: (("member", "assignees"),),
    ProposalTemplate: (("member", "member"), ("template", "invoice_on_acceptance")),
    UpdateAccountAccess: (("member", "add"), ("member", "remove")),
    UpdateJobAssignees: (("member", "add"), ("member", "remove")),
    NotifyTeam: (("member", "to"),),
    Pipeline: (("template", "job_template"),),
    RoleIs: (("member", "members"),),
    Assigned: (("member", "who"),),
    PipelineIs: (("pipeline", "pipelines"),),
    Settings: (("template", "default_folder"),),
}


class Mention(NamedTuple):
    """That something is named: its kind and id, and the place; a condition only asks for it."""

    kind: str
    id: str
    where: str
    asked: bool = False


def mentions(thing: Any) -> Iterator[Mention]:
    """Yield what a template, pipeline, schedule, account or job names by its id, and where.

    Of a job it is who has to act, its assignees and those of the items that are still open, and
    what these fire when their reminders are used up.
    """
    match thing:
        case Account():
            yield from _named("member", thing.access, "$.access")
            for role, filling in thing.roles.items():
                yield from _named("member", filling, f"$.roles[{role!r}]")
        case Job():
            yield from _named("member", thing.assignees, "$.assignees")
            for item in thing.items:
                if item.assignees and item.state is ItemState.PENDING:
                    where = f"$.items[{item.name!r}].assignees"
                    yield from _named("member", item.assignees, where)
                if (rhythm := item.still_fires) is not None:
                    where = f"$.items[{item.name!r}].reminders"
                    for one in mentions(rhythm):
                        yield one._replace(where=one.where.replace("$", where, 1))
        case Schedule():
            yield Mention("pipeline", thing.pipeline, "$.pipeline")
            yield from _named("template", thing.template, "$.template")
            yield from _named("member", thing.assignees, "$.assignees")
            if isinstance(thing.accounts, tuple):
                yield from _named("account", thing.accounts, "$.accounts")
        case _:
            for value, where in parts_of(thing):
                asked = isinstance(value, Condition)
                for kind, field in _FIELDS.get(type(value), ()):
                    yield from _named(kind, getattr(value, field), f"{where}.{field}", asked)
                if isinstance(value, Automation) and value.uses is not None:
                    yield Mention("template", value.uses, f"{where}.template")
                if isinstance(value, Automation) and value.leads_to is not None:
                    yield Mention("pipeline", value.leads_to, f"{where}.pipeline")
                    if (stage := getattr(value, "stage", None)) is not None:
                        yield Mention("stage", key_of(value.leads_to, stage), f"{where}.stage")


def _named(kind: str, given: Any, where: str, asked: bool = False) -> Iterator[Mention]:
    """Yield the ids that a field holds: one, none or several; roles are no members."""
    several = (given,) if isinstance(given, str) else sorted(given or (), key=str)
    for one in several:
        if isinstance(one, str):
            yield Mention(kind, one, where, asked)


def names(thing: Any, kind: str, id: str) -> bool:
    """Tell whether a thing names something."""
    return any((one.kind, one.id) == (kind, id) for one in mentions(thing))


def uses_in(
    things: Iterable[tuple[str, Any]], kind: str, id: str, *, asked: bool = False
) -> Iterator[Use]:
    """Yield where things, each with its kind, name something; *asked*: in conditions alone."""
    for of, thing in things:
        for one in mentions(thing):
            if one.kind == kind and one.id == id and (one.asked or not asked):
                named = of if isinstance(thing, Settings) else thing.name
                yield Use(of, getattr(thing, "id", of), named, one.where)


# How what leads to a stage is brought to lead elsewhere, by the kind of what does.
_ELSEWHERE = {
    "pipeline": "let it lead elsewhere, and save that first or in the same call",
    "job": "let that item fire something else with set_reminders first",
}


def lost_leads(
    before: Pipeline, after: Pipeline, others: Iterable[tuple[str, Any]]
) -> Iterator[Problem]:
    """Yield the stages that a pipeline shall lose and to which something leads.

    Args:
        before: The pipeline as it is saved.
        after: As it is to be.
        others: The pipelines that stay as they are, and the jobs, each with its kind.
    """
    lost = (one for one in before.stages if after.find(one.id) is None)
    gone = {key_of(before.id, one.id): one.name for one in lost}
    known = tuple(one.id for one in after.stages)
    for kind, other in others if gone else ():
        for one in mentions(other):
            if one.kind == "stage" and one.id in gone:
                use = Use(kind, other.id, other.name, one.where)
                yield Problem(
                    f"pipeline {after.name!r} cannot lose stage {gone[one.id]!r}: {use} leads "
                    f"there; {_ELSEWHERE[kind]}, or, where the stage only got another name, keep "
                    "its id with id=",
                    "$.stages",
                    allowed=known,
                )


# -- who is given nothing new --------------------------------------------------------------------


def inactive_problems(thing: Any, before: Any, inactive: AbstractSet[str]) -> Iterator[Problem]:
    """Yield the members whom a thing names anew although they are not active.

    Those whom it named *before* it keeps; an account does so in each place for itself, since to
    take a role is something new for whoever has access. Nobody is given anything by being removed,
    or asked for by a condition.
    """
    if not inactive:
        return
    each = isinstance(thing, Account)
    known = {(one.id, one.where if each else "") for one in mentions(before)} if before else ()
    for one in mentions(thing):
        if one.kind != "member" or one.id not in inactive:
            continue
        if one.asked or one.where.endswith(".remove"):
            continue
        if (one.id, one.where if each else "") not in known:
            yield Problem(_inactive(one.id), one.where)


def inactive_errors(
    people: Iterable[Any], firm: Firm, where: str, known: AbstractSet[str] = frozenset()
) -> Iterator[NotAllowedError]:
    """Yield an error for each member who shall be given something by hand and is not active.

    Those who are *known* have it already.
    """
    for one in sorted(people, key=str):
        if one in firm.inactive and one not in known:
            yield NotAllowedError(Problem(_inactive(one), where))


def _inactive(member: str) -> str:
    return f"member {member!r} is not active, and is given nothing new; name another"
