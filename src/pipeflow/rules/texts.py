"""Texts: what templates and automations say whose merge fields are filled in, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias, Union

from ..model.automations import Automation, NotifyTeam
from ..model.job_automations import StartJob, UpdateClientStatus, UpdateJob
from ..model.reminders import ReminderText
from ..model.templates import (
    ClientRequestTemplate,
    EmailTemplate,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    MessageTemplate,
    OrganizerTemplate,
    ProposalTemplate,
    TaskTemplate,
    Template,
)
from ..model.templates.job import naming_field
from .merge_fields import may_be_empty

__all__ = ["Titled", "automation_texts", "merged_texts", "reminding_texts", "texts_of"]

Titled: TypeAlias = Union[
    OrganizerTemplate, ClientRequestTemplate, ProposalTemplate, InvoiceTemplate
]


def merged_texts(template: Template) -> Iterator[tuple[str, str]]:
    """Yield each text of a template whose codes are filled in, and where."""
    match template:
        case EmailTemplate():
            fields: tuple[str, ...] = ("subject", "body")
        case MessageTemplate():
            untold = may_be_empty(template.subject) and may_be_empty(template.body)
            fields = ("subject", "body", *_stands_in(template, untold=untold))
        case InvoiceTemplate():
            fields = (*_titled(template), "description", "email_text", "note")
            yield from _line_texts(template.lines, "$.lines")
        case OrganizerTemplate():
            fields = _titled(template)
        case ClientRequestTemplate():
            fields = (*_titled(template), "description")
        case ProposalTemplate():
            fields = (*_titled(template), "introduction", "terms", "email_text")
            yield from _line_texts(template.services, "$.services")
            for number, package in enumerate(template.packages):
                yield package.description, f"$.packages[{number}].description"
                yield from _line_texts(package.services, f"$.packages[{number}].services")
            for number, one in enumerate(template.later):
                yield one.name, f"$.later[{number}].name"
                yield from _line_texts(one.lines, f"$.later[{number}].lines")
        case TaskTemplate():
            fields = ("name", "description")
        case JobTemplate(client_view=view):
            fields = (naming_field(template), "description")
            for field in () if view is None else ("name", "status", "description"):
                yield getattr(view, field), f"$.client_view.{field}"
        case _:
            fields = ()
    for field in fields:
        yield getattr(template, field), f"$.{field}"


def reminding_texts(template: Template) -> Iterator[tuple[str, str]]:
    """Yield each text that reminders of what a template makes say, and where."""
    return texts_of(getattr(template, "reminder_texts", ()), "$.reminder_texts")


def _titled(template: Titled) -> tuple[str, ...]:
    """Return the fields that hold what the client sees a thing called (R-10)."""
    return ("title", *_stands_in(template, untold=may_be_empty(template.title)))


def _stands_in(template: Titled | MessageTemplate, *, untold: bool) -> tuple[str, ...]:
    """Return what stands for a title, too, where all that is said before may come to nothing."""
    return ("fallback_title" if template.fallback_title else "name",) if untold else ()


def _line_texts(lines: Iterable[LineItem], where: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines):
        yield line.service, f"{where}[{number}].service"
        yield line.description, f"{where}[{number}].description"


def texts_of(texts: Iterable[ReminderText], where: str) -> Iterator[tuple[str, str]]:
    """Yield the subject and the body of each text of reminders, and where."""
    for number, one in enumerate(texts):
        yield one.subject, f"{where}[{number}].subject"
        yield one.body, f"{where}[{number}].body"


def automation_texts(automation: Automation) -> Iterator[tuple[str, str]]:
    """Yield each text of an automation whose codes are filled in, and where."""
    if isinstance(automation, StartJob):
        yield automation.name, "$.name"
    elif isinstance(automation, UpdateJob):
        for field in ("name", "description"):
            yield getattr(automation, field), f"$.{field}"
    elif isinstance(automation, NotifyTeam):
        for field in ("subject", "body"):
            yield getattr(automation, field), f"$.{field}"
    elif isinstance(automation, UpdateClientStatus):
        for field, text in automation.texts.items():
            yield text, f"$.{field}"
