"""Making the ids of a package free in a firm, so that installing never overwrites."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from itertools import count
from typing import Any, TypeVar

import attrs

from ..errors import DefinitionError, Problem, shown
from ..model.automations import Automation
from ..model.job_conditions import PipelineIs
from ..model.job_statuses import Status
from ..model.parts import changed
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.templates import (
    ClientRequestTemplate,
    InvoiceTemplate,
    JobTemplate,
    MessageTemplate,
    OrganizerTemplate,
    ProposalTemplate,
    Template,
)
from ..model.templates.job import jobs_name
from ..model.text import LONGEST_TEXT, ended
from ..model.triggers import AroundDate, Trigger
from ..model.values import FrozenMap
from .bundle import Bundle

__all__ = ["free_ids"]

T = TypeVar("T", Pipeline, Template)
F = TypeVar("F", Stage, Trigger, AroundDate, Status)


def free_ids(
    bundle: Bundle, taken: Container[str], taken_pipelines: Container[str] = frozenset()
) -> tuple[Bundle, FrozenMap[str, str]]:
    """Return the package with ids that are free, and the map of every old id to the new one.

    A taken id gets the suffix -2, -3, ..., for which the longest are cut, its thing's name the same
    number, "Welcome (2)", and all references follow. Clients go on reading what they read (R-10),
    and automations keep the ids that they have. A pipeline and a template of the same id go on
    sharing one, so that the map is clear.

    Args:
        bundle: What is installed.
        taken: The ids of the firm's templates.
        taken_pipelines: The ids of its pipelines.

    Raises:
        DefinitionError: It is no package.
    """
    if not isinstance(bundle, Bundle):
        raise DefinitionError(Problem("must be a package", "$.bundle", shown(bundle)))
    templates = {template.id for template in bundle.templates}
    pipelines = {pipeline.id for pipeline in bundle.pipelines}
    used = templates | pipelines
    numbers: dict[str, int] = {}
    new: dict[str, str] = {}
    for old in (*(t.id for t in bundle.templates), *(p.id for p in bundle.pipelines)):
        if old in new:
            continue
        occupied = [
            ids for ids, own in ((taken, templates), (taken_pipelines, pipelines)) if old in own
        ]
        free, number = old, 1
        if any(old in ids for ids in occupied):
            number, free = next(
                (n, one)
                for n, one in ((n, ended(old, f"-{n}")) for n in count(2))
                if not any(one in ids for ids in (*occupied, used))
            )
        new[old], numbers[old] = free, number
        used.add(free)
    freed = attrs.evolve(
        bundle,
        pipelines=tuple(_renamed(_pipeline(one, new), new, numbers) for one in bundle.pipelines),
        templates=tuple(_renamed(_template(one, new), new, numbers) for one in bundle.templates),
    )
    return freed, FrozenMap(new)


def _renamed(one: T, new: Mapping[str, str], numbers: Mapping[str, int]) -> T:
    number = numbers[one.id]
    if number == 1:
        return one
    told = f" ({number})"
    name = f"{one.name[: LONGEST_TEXT - len(told)]}{told}"
    return attrs.evolve(one, id=new[one.id], name=name, **_kept(one))


def _kept(one: Pipeline | Template) -> dict[str, Any]:
    """Return what a copy needs so that its number is read nowhere else than in its name (R-10)."""
    match one:
        case (
            OrganizerTemplate()
            | ClientRequestTemplate()
            | ProposalTemplate()
            | InvoiceTemplate()
            | MessageTemplate()
        ):
            return {"fallback_title": one.fallback_title or one.name}
        case JobTemplate():
            return {"job_name": jobs_name(one)}
        case _:
            return {}


def _template(template: Template, new: Mapping[str, str]) -> Template:
    if isinstance(template, ProposalTemplate) and template.invoice_on_acceptance is not None:
        invoice = new[template.invoice_on_acceptance]
        return attrs.evolve(template, invoice_on_acceptance=invoice)
    return template


def _pipeline(pipeline: Pipeline, new: Mapping[str, str]) -> Pipeline:
    wanted = pipeline.job_template

    def follow(part: Any) -> Any:
        """Let a condition that asks for pipelines ask for the copies."""
        if isinstance(part, PipelineIs):
            return PipelineIs([new[one] for one in part.pipelines])
        return part

    followed = changed(pipeline, follow)
    return attrs.evolve(
        followed,
        job_template=None if wanted is None else new[wanted],
        stages=tuple(_stage(stage, new) for stage in followed.stages),
        triggers=tuple(_firing(one, new) for one in followed.triggers),
        statuses=tuple(_firing(one, new) for one in followed.statuses),
    )


def _stage(stage: Stage, new: Mapping[str, str]) -> Stage:
    triggers = tuple(_firing(one, new) for one in stage.triggers)
    return _firing(attrs.evolve(stage, triggers=triggers), new)


def _firing(one: F, new: Mapping[str, str]) -> F:
    """Return what fires automations, with the new ids in them."""
    changes: dict[str, Any] = {"automations": _automations(getattr(one, "automations"), new)}  # noqa: B009
    return attrs.evolve(one, **changes)


def _automations(given: Iterable[Automation], new: Mapping[str, str]) -> list[Automation]:
    return [_automation(one, new) for one in given]


def _automation(automation: Automation, new: Mapping[str, str]) -> Automation:
    changes: dict[str, Any] = {}
    if automation.uses is not None:
        changes["template"] = new[automation.uses]
    if automation.leads_to is not None:
        changes["pipeline"] = new[automation.leads_to]
    reminders = getattr(automation, "reminders", None)
    if reminders is not None and reminders.then:
        then = _automations(reminders.then, new)
        changes["reminders"] = attrs.evolve(reminders, then=then)
    return attrs.evolve(automation, **changes) if changes else automation
