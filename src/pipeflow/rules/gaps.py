"""Gaps in definitions: references, merge fields and ports that lead nowhere in the firm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from ..errors import Problem, a, nearest, shown, unknown
from ..model.accounts import Role
from ..model.automations import Automation, NotifyTeam, UpdateAccountAccess, UpdateJobAssignees
from ..model.dates import After
from ..model.job_automations import SetStatus
from ..model.jobs import JobStatus
from ..model.pipelines import Pipeline
from ..model.reminders import ReminderText
from ..model.schedules import Schedule
from ..model.settings import Settings
from ..model.templates import (
    EmailMode,
    EmailTemplate,
    FolderTemplate,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    MessageTemplate,
    ProposalTemplate,
    TaskTemplate,
    Template,
)
from ..model.text import spelt
from ..model.triggers import Trigger
from ..ports.ports import OUTLETS
from ..ports.requests import FolderTree
from .merge_fields import code_problems
from .texts import automation_texts, merged_texts, reminding_texts, texts_of

__all__ = [
    "ANOTHER",
    "SAVE_TOGETHER",
    "automations_problems",
    "named_members",
    "new_port_problems",
    "own_problems",
    "pipeline_problems",
    "ports_needed",
    "schedule_problems",
    "settings_problems",
    "template_problems",
]

NONE: Mapping[str, Pipeline] = MappingProxyType({})
_PORTS = {one.automation: one.name for one in OUTLETS}


def template_problems(
    template: Template, templates: Mapping[str, Template], members: AbstractSet[str]
) -> Iterator[Problem]:
    """Yield merge fields, members and templates that a template names and that are not there."""
    mail, job = isinstance(template, EmailTemplate), isinstance(template, JobTemplate)
    contact = isinstance(template, EmailTemplate) and template.mode is EmailMode.CONTACT
    for text, where in merged_texts(template):
        yield from code_problems(text, where, mail=mail, contact=contact, job=job)
    for text, where in reminding_texts(template):
        yield from code_problems(text, where, item=True)
    if isinstance(template, TaskTemplate | JobTemplate):
        yield from _people_problems(template.assignees, members, "$.assignees")
    for named, where in named_members(template):
        if named is not None and named not in members:
            yield unknown("member", named, sorted(members), where=where, hint=SAVE_TOGETHER)
    if isinstance(template, ProposalTemplate):
        yield from _later_problems(template)
        if template.invoice_on_acceptance:
            invoice, where = template.invoice_on_acceptance, "$.invoice_on_acceptance"
            yield from _template_problems(invoice, InvoiceTemplate, templates, where)


def _later_problems(template: ProposalTemplate) -> Iterator[Problem]:
    """Yield times that lead back, by which a client would be billed twice on a day, or too early.

    They are refused where a template is saved, and not where it is read: a firm may have kept one.
    """
    for number, one in enumerate(template.later):
        for name, after in (("start", one.start), ("every", one.every)):
            if isinstance(after, After) and min(after.days, after.months, after.years) < 0:
                what = "must lead on, and no part of it back"
                yield Problem(what, f"$.later[{number}].{name}", shown(after), ("After(months=1)",))


SAVE_TOGETHER = "Save it first, or save it in the same call."
ANOTHER = "give it another with id="


def named_members(template: Template) -> Iterator[tuple[str | None, str]]:
    """Yield each member that a template names by itself, and where."""
    match template:
        case EmailTemplate(sender=sender) | MessageTemplate(sender=sender):
            yield sender, "$.sender"
        case InvoiceTemplate(lines=lines):
            yield from _line_members(lines, "$.lines")
        case ProposalTemplate(member=member, services=services, packages=packages, later=later):
            yield member, "$.member"
            yield from _line_members(services, "$.services")
            for number, package in enumerate(packages):
                yield from _line_members(package.services, f"$.packages[{number}].services")
            for number, one in enumerate(later):
                yield from _line_members(one.lines, f"$.later[{number}].lines")
        case _:
            pass


def _line_members(lines: Iterable[LineItem], where: str) -> Iterator[tuple[str | None, str]]:
    for number, line in enumerate(lines):
        yield line.member, f"{where}[{number}].member"


def _people_problems(
    people: AbstractSet[str | Role], members: AbstractSet[str], where: str
) -> Iterator[Problem]:
    for one in sorted(people, key=str):
        if not isinstance(one, Role) and one not in members:
            yield _stranger("member", one, members, where, f"For a role write Role({one!r}).")


def _stranger(kind: str, name: str, known: AbstractSet[str], where: str, otherwise: str) -> Problem:
    """Build the problem of a name that nobody has: it is mistyped, or means another kind."""
    names = sorted(known)
    hint = SAVE_TOGETHER if nearest(name, names) else f"{SAVE_TOGETHER} {otherwise}"
    return unknown(kind, name, names, where=where, hint=hint)


def _template_problems(
    wanted: str, kind: type[Template], templates: Mapping[str, Template], where: str
) -> Iterator[Problem]:
    found = templates.get(wanted)
    if found is None:
        fitting = sorted(one.id for one in templates.values() if isinstance(one, kind))
        name = f"{kind.kind} template"
        yield unknown(name, wanted, fitting, where=where, hint=SAVE_TOGETHER)
    elif not isinstance(found, kind):
        fitting = sorted(one.id for one in templates.values() if isinstance(one, kind))
        yield Problem(
            f"{wanted!r} is {a(found.kind)} template, and {a(kind.kind)} template is needed",
            where,
            allowed=tuple(fitting),
        )


def pipeline_problems(
    pipeline: Pipeline,
    templates: Mapping[str, Template],
    members: AbstractSet[str],
    ports: AbstractSet[str],
    pipelines: Mapping[str, Pipeline] = NONE,
) -> Iterator[Problem]:
    """Yield what a pipeline uses and the firm, or the engine's ports, do not have."""
    if pipeline.job_template is not None:
        yield from _template_problems(
            pipeline.job_template, JobTemplate, templates, "$.job_template"
        )
    several = pipeline.automations()
    yield from automations_problems(several, pipeline, templates, members, ports, pipelines)
    yield from _twin_problems(pipeline)


def _twin_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Yield the triggers of one place that bear one id: of those that wait for the same none fires.

    They are refused where a pipeline is saved, and not where it is read: a firm may have kept some.
    """
    for number, stage in enumerate(pipeline.stages):
        yield from _twins(stage.triggers, f"$.stages[{number}].triggers")
    yield from _twins(pipeline.triggers, "$.triggers")


def _twins(triggers: Iterable[Trigger], where: str) -> Iterator[Problem]:
    seen: dict[str | None, str] = {}
    for number, one in enumerate(triggers):
        place = f"{where}[{number}]"
        if one.id in seen:
            what = f"has the id {one.id!r}, as {seen[one.id]} has; {ANOTHER}"
            yield Problem(what, f"{place}.id")
        seen.setdefault(one.id, place)


def automations_problems(
    several: Iterable[tuple[str, Automation]],
    pipeline: Pipeline,
    templates: Mapping[str, Template],
    members: AbstractSet[str],
    ports: AbstractSet[str],
    pipelines: Mapping[str, Pipeline] = NONE,
) -> Iterator[Problem]:
    """Yield what automations of a pipeline's jobs use and the firm, or the ports, do not have.

    Args:
        several: The automations, each with its path.
        pipeline: Whose statuses they may set.
        templates: The firm's.
        members: The ids of its members.
        ports: The names of the engine's ports.
        pipelines: Its pipelines.
    """
    for where, automation in several:
        for problem in _automation_problems(automation, templates, members, ports):
            yield problem.at(where)
        if isinstance(automation, SetStatus):
            yield from _status_problems(automation, pipeline, f"{where}.status")
        if automation.leads_to is not None:
            yield from _target_problems(automation, pipelines, where)


def own_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Yield what is wrong with a pipeline whatever the firm has: the merge fields of its own texts
    that mean nothing, and ids of triggers that come twice.
    """
    for where, one in pipeline.automations():
        for problem in _text_problems(one):
            yield problem.at(where)
    yield from _twin_problems(pipeline)


def _text_problems(automation: Automation) -> Iterator[Problem]:
    for text, where in automation_texts(automation):
        yield from code_problems(text, where, job=True)


def _target_problems(
    one: Automation, pipelines: Mapping[str, Pipeline], where: str
) -> Iterator[Problem]:
    """Yield the pipeline to which an automation leads, or the stage, if it is not there."""
    wanted, stage = one.leads_to or "", getattr(one, "stage", None)
    found = pipelines.get(wanted)
    if found is None:
        known, place = sorted(pipelines), f"{where}.pipeline"
        yield unknown("pipeline", wanted, known, where=place, hint=SAVE_TOGETHER)
    elif stage is not None and found.find(stage) is None:
        known = [one.id for one in found.stages]
        yield unknown("stage", stage, known, where=f"{where}.stage, pipeline {found.name!r}")


def _status_problems(one: SetStatus, pipeline: Pipeline, where: str) -> Iterator[Problem]:
    known = [*(status.value for status in JobStatus), *(one.name for one in pipeline.statuses)]
    if spelt(one.status) not in map(spelt, known):
        name = f"pipeline {pipeline.name!r}"
        yield unknown("status", one.status, known, where=f"{where}, {name}")


def _automation_problems(
    automation: Automation,
    templates: Mapping[str, Template],
    members: AbstractSet[str],
    ports: AbstractSet[str],
) -> Iterator[Problem]:
    template = None
    if automation.template_type is not None and automation.uses is not None:
        template = templates.get(automation.uses)
        yield from _template_problems(
            automation.uses, automation.template_type, templates, "$.template"
        )
    yield from _text_problems(automation)
    if isinstance(automation, UpdateAccountAccess | UpdateJobAssignees):
        yield from _people_problems(automation.add, members, "$.add")
        yield from _people_problems(automation.remove, members, "$.remove")
    elif isinstance(automation, NotifyTeam):
        yield from _people_problems(automation.to, members, "$.to")
    for port in sorted(ports_needed(automation, template) - ports):
        yield Problem(
            f"{automation.label} needs the port {port!r}, which this engine does not have; "
            f"give it as Ports({port}=...)",
            "$",
            allowed=tuple(sorted(ports)),
        )


def ports_needed(automation: Automation, template: Template | None) -> set[str]:
    """Return the ports that an automation of a template asks for."""
    needed = {_PORTS[type(automation)]} if type(automation) in _PORTS else set[str]()
    if getattr(automation, "reminders", None):
        needed.add("email")
    return needed | {port for port, _ in _ports_of(template)}


def _ports_of(template: Template | None) -> Iterator[tuple[str, str]]:
    """Yield the ports that what a template says asks for, and where it says so."""
    if getattr(template, "reminders", None):
        yield "email", "$.reminders"
    if isinstance(template, ProposalTemplate) and template.invoice_on_acceptance:
        yield "invoices", "$.invoice_on_acceptance"


def new_port_problems(
    template: Template, before: Template, ports: AbstractSet[str]
) -> Iterator[Problem]:
    """Yield the ports that a template in use asks for since an edit, and that are not there."""
    known = {port for port, _ in _ports_of(before)}
    for port, where in _ports_of(template):
        if port not in ports and port not in known:
            yield Problem(
                f"needs the port {port!r}, which this engine does not have, and pipelines use the "
                f"template; give it as Ports({port}=...)",
                where,
                allowed=tuple(sorted(ports)),
            )


def schedule_problems(
    schedule: Schedule,
    templates: Mapping[str, Template],
    kept: Mapping[str, AbstractSet[str]],
) -> Iterator[Problem]:
    """Yield what a schedule names and the firm does not have, and merge fields that mean nothing.

    A condition names no account: whom it fits is asked when jobs are made.

    Args:
        schedule: Which.
        templates: The firm's.
        kept: The ids of pipelines, accounts and members that the firm has, by their kind.
    """
    pipelines, accounts, members = kept["pipeline"], kept["account"], kept["member"]
    yield from code_problems(schedule.name, "$.name", job=True, period=True)
    if schedule.pipeline not in pipelines:
        known = sorted(pipelines)
        yield unknown("pipeline", schedule.pipeline, known, where="$.pipeline", hint=SAVE_TOGETHER)
    if schedule.template is not None:
        yield from _template_problems(schedule.template, JobTemplate, templates, "$.template")
    if schedule.assignees is not None:
        yield from _people_problems(schedule.assignees, members, "$.assignees")
    if isinstance(schedule.accounts, tuple):
        for number, one in enumerate(schedule.accounts):
            if one not in accounts:
                tag = f"For all that have a tag write accounts=tagged({one!r})."
                yield _stranger("account", one, accounts, f"$.accounts[{number}]", tag)


def settings_problems(
    settings: Settings, templates: Mapping[str, Template], ports: AbstractSet[str]
) -> Iterator[Problem]:
    """Yield the merge fields of the reminder texts that mean nothing there, and what the default
    folders of new accounts lack: their template, or the port that makes them.
    """
    if settings.default_folder is not None:
        where, port = "$.default_folder", FolderTree.port
        yield from _template_problems(settings.default_folder, FolderTemplate, templates, where)
        if port not in ports:
            yield Problem(
                f"folders of new accounts need the port {port!r}, which this engine does not have; "
                f"give it as Ports({port}=...)",
                where,
                allowed=tuple(sorted(ports)),
            )
    for field in ("reminder_subject", "reminder_body"):
        yield from code_problems(getattr(settings, field), f"$.{field}", item=True)
        for number, one in enumerate(settings.languages):
            where = f"$.languages[{number}].{field}"
            yield from code_problems(getattr(one, field), where, item=True)
    for number, one in enumerate(settings.languages):
        for kind, texts in one.reminder_texts.items():
            yield from _texts_problems(texts, f"$.languages[{number}].reminder_texts[{kind!r}]")
    for kind, texts in settings.reminder_texts.items():
        yield from _texts_problems(texts, f"$.reminder_texts[{kind!r}]")


def _texts_problems(texts: Iterable[ReminderText], where: str) -> Iterator[Problem]:
    """Yield the merge fields of the texts of reminders that mean nothing there."""
    for text, place in texts_of(texts, where):
        yield from code_problems(text, place, item=True)
