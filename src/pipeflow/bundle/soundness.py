"""What must be true of a package as a whole: ids, references, and that nobody is named in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..errors import Problem, shown, unknown
from ..model.accounts import Person, Role
from ..model.automations import NotifyTeam, UpdateAccountAccess, UpdateJobAssignees
from ..model.job_conditions import PipelineIs
from ..model.parts import questions_in
from ..model.pipelines import Pipeline
from ..model.templates import (
    EmailTemplate,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    MessageTemplate,
    ProposalTemplate,
    TaskTemplate,
    Template,
)

__all__ = [
    "HINT",
    "MOST_TYPOS",
    "id_problems",
    "people_problems",
    "reference_problems",
]

HINT = "A package holds every template that it uses."
LEADS = "A package holds every pipeline to which its automations lead."
MOST_TYPOS = 100  # wrong references for which the right one is looked for; that takes its time
NO_PEOPLE = "names a member, and a package holds no people"


def id_problems(given: Sequence[Pipeline] | Sequence[Template], where: str) -> Iterator[Problem]:
    """Yield the ids that come twice; templates share one set of ids, whatever their kind."""
    seen: dict[str, str] = {}
    for number, one in enumerate(given):
        if one.id in seen:
            what = f"{one.name!r} has the id {one.id!r}, as {seen[one.id]!r} has; give it another"
            yield Problem(what, f"{where}[{number}].id")
        seen.setdefault(one.id, one.name)


def reference_problems(
    pipelines: Sequence[Pipeline], templates: Sequence[Template]
) -> Iterator[Problem]:
    """Yield the templates that are used and not there, or of the wrong kind; and the pipelines
    that conditions ask for and that are not there.
    """
    yield from _pipeline_problems(pipelines)
    there: dict[str, Template] = {}
    for template in templates:
        there.setdefault(template.id, template)
    lines = tuple(pipelines)
    used = _used_by_all(lines, templates)
    wrong = (one for one in used if not _fits(there.get(one.wanted), one.kind))
    for number, reference in enumerate(wrong):
        yield _reference_problem(reference, there, typo=number < MOST_TYPOS)
    yield from _lost_pipelines(lines)


def _lost_pipelines(pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Yield the pipelines to which automations lead and that are not there."""
    known = {one.id: None for one in pipelines}
    for number, pipeline in enumerate(pipelines):
        for where, one in pipeline.automations():
            if one.leads_to is not None and one.leads_to not in known:
                place, hint = f"$.pipelines[{number}]{where[1:]}.pipeline", LEADS
                yield unknown("pipeline", one.leads_to, [*known], where=place, hint=hint)


def _pipeline_problems(pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    known = tuple(one.id for one in pipelines)
    for number, pipeline in enumerate(pipelines):
        for one, where in questions_in(pipeline, f"$.pipelines[{number}]"):
            for wanted in one.pipelines if isinstance(one, PipelineIs) else ():
                if wanted not in known:
                    hint = "A package holds every pipeline that its conditions ask for."
                    yield unknown("pipeline", wanted, known, where=where, hint=hint)


def _fits(found: Template | None, kind: type[Template]) -> bool:
    """Tell whether a template is of the kind; one whose own kind could not be read may be."""
    return isinstance(found, kind) or type(found) is Template


class _Reference(NamedTuple):
    wanted: str
    kind: type[Template]
    where: str


def _used_by_all(
    pipelines: Iterable[Pipeline], templates: Iterable[Template]
) -> Iterator[_Reference]:
    for number, pipeline in enumerate(pipelines):
        for one in _used(pipeline):
            yield one._replace(where=f"$.pipelines[{number}]{one.where[1:]}")
    for number, template in enumerate(templates):
        if isinstance(template, ProposalTemplate) and template.invoice_on_acceptance is not None:
            where = f"$.templates[{number}].invoice_on_acceptance"
            yield _Reference(template.invoice_on_acceptance, InvoiceTemplate, where)


def _used(pipeline: Pipeline) -> Iterator[_Reference]:
    for where, automation in pipeline.automations():
        if automation.template_type is not None and automation.uses is not None:
            yield _Reference(automation.uses, automation.template_type, f"{where}.template")
    if pipeline.job_template is not None:
        yield _Reference(pipeline.job_template, JobTemplate, "$.job_template")


def _reference_problem(
    reference: _Reference, there: Mapping[str, Template], *, typo: bool
) -> Problem:
    wanted, kind, where = reference
    found = there.get(wanted)
    fitting = [one.id for one in there.values() if isinstance(one, kind)] if typo else []
    name = f"{kind.kind} template"
    if found is None:
        return unknown(name, wanted, fitting, where=where, hint=HINT)
    what = f"{wanted!r} is {_a(found.kind)} template, and {_a(name)} is needed here"
    return Problem(what, where, allowed=tuple(fitting))


def _a(word: str) -> str:
    return f"a{'n' * (word[0] in 'aeiou')} {word}"


def people_problems(
    pipelines: Iterable[Pipeline], templates: Iterable[Template]
) -> Iterator[Problem]:
    """Yield the members that are named; the ids of one firm mean nothing in another."""
    for number, pipeline in enumerate(pipelines):
        for where, automation in pipeline.automations():
            if isinstance(automation, UpdateAccountAccess | UpdateJobAssignees):
                place = f"$.pipelines[{number}]{where[1:]}"
                yield from _not_roles(automation.add, f"{place}.add")
                yield from _not_roles(automation.remove, f"{place}.remove")
            elif isinstance(automation, NotifyTeam):
                yield from _not_roles(automation.to, f"$.pipelines[{number}]{where[1:]}.to")
        for one, where in questions_in(pipeline, f"$.pipelines[{number}]"):
            yield from _not_roles(one.people, where)
    for number, template in enumerate(templates):
        for problem in _members(template):
            yield problem.at(f"$.templates[{number}]")


def _not_roles(people: Iterable[Person], where: str) -> Iterator[Problem]:
    for one in sorted(str(one) for one in people if not isinstance(one, Role)):
        what = f'{NO_PEOPLE}; name a role instead: Role("...")'
        yield Problem(what, where, shown(one), ('{"type": "role", "name": "preparer"}',))


def _members(template: Template) -> Iterator[Problem]:
    match template:
        case TaskTemplate() | JobTemplate():
            yield from _not_roles(template.assignees, "$.assignees")
        case EmailTemplate() | MessageTemplate():
            yield from _nobody(template.sender, "$.sender")
        case InvoiceTemplate():
            yield from _in_lines(template.lines, "$.lines")
        case ProposalTemplate():
            yield from _nobody(template.member, "$.member")
            yield from _in_lines(template.services, "$.services")
            for number, package in enumerate(template.packages):
                yield from _in_lines(package.services, f"$.packages[{number}].services")
            for number, one in enumerate(template.later):
                yield from _in_lines(one.lines, f"$.later[{number}].lines")
        case _:
            pass


def _in_lines(lines: Iterable[LineItem], where: str) -> Iterator[Problem]:
    for number, line in enumerate(lines):
        yield from _nobody(line.member, f"{where}[{number}].member")


def _nobody(member: str | None, where: str) -> Iterator[Problem]:
    if member is not None:
        yield Problem(f"{NO_PEOPLE}; leave it out, the firm says it later", where, shown(member))
