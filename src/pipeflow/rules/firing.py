"""Firing automations: whether one fires at its turn, and what each of the ten does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

from ..errors import a
from ..model.automations import (
    ApplyFolderTemplate,
    Automation,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Repeat,
    SendEmail,
    SendMessage,
    SendProposal,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from ..model.events import (
    AccessChanged,
    AssigneesChanged,
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    SkipCause,
)
from ..model.items import ItemState
from ..model.jobs import BlockedAutomation
from ..model.stages import Stage
from ..model.swift import replaced, swift
from ..model.templates import (
    EmailTemplate,
    FolderTemplate,
    InvoiceTemplate,
    MessageTemplate,
    OrganizerTemplate,
    ProposalTemplate,
    TaskTemplate,
    Template,
)
from .draft import Draft
from .making import (
    make_folders,
    make_invoice,
    make_message,
    make_organizer,
    make_proposal,
    make_task,
    send_email,
)

__all__ = ["ACTIONS", "fire"]

_ran, _passed_by = swift(AutomationRan), swift(AutomationSkipped)
ALWAYS, ONCE = Repeat.ALWAYS, Repeat.ONCE
NOBODY: frozenset[str] = frozenset()

T = TypeVar("T", bound=Template)


class TemplateMissing(Exception):  # noqa: N818  (never leaves this module)
    """The template that an automation uses is gone, or of another kind."""


def fire(
    draft: Draft,
    stage: Stage,
    automations: Iterable[Automation],
    skip: AbstractSet[str] = NOBODY,
) -> None:
    """Fire automations of a stage one after another, in list order (A-1).

    Each condition is asked at its automation's turn, of the account as those before left it (A-2).
    The event of an automation that ran stands before those of what it brought about.
    """
    events, here = draft.events, stage.id
    for automation in automations:
        name = automation.id or automation.derived_id()
        when = automation.when
        if skip and name in skip:
            _skipped(draft, here, name, SkipCause.BY_HAND, "left out by hand")
        elif when is not None and not when.holds(draft.account):
            _skipped(draft, here, name, SkipCause.CONDITION, when.missing(draft.account))
        elif automation.repeat is not ALWAYS and (why := _held_back(draft, stage, automation)):
            _skipped(draft, here, name, SkipCause.REPEAT, why)
        else:
            before = len(events)
            try:
                made = ACTIONS[type(automation)](draft, automation, name)
            except TemplateMissing as missing:
                _failed(draft, here, automation, name, str(missing))
                continue
            ran = _ran(draft.now, draft.job.id, draft.actor, here, name, automation.kind, made)
            if len(events) == before:
                events.append(ran)
            else:
                events.insert(before, ran)
            if automation.repeat is ONCE:
                draft.fired |= {_mark(draft, stage, automation)}


def _skipped(draft: Draft, stage: str, name: str, cause: SkipCause, reason: str) -> None:
    draft.events.append(
        _passed_by(draft.now, draft.job.id, draft.actor, stage, name, cause, reason)
    )


def _held_back(draft: Draft, stage: Stage, automation: Automation) -> str:
    """Say why an earlier visit keeps the automation from firing again, or nothing (A-46).

    An item that is still open is carried over into this visit, whose stage then waits for it.
    """
    if automation.repeat is ONCE:
        done = _mark(draft, stage, automation) in draft.fired
        return "fired before for this job, and fires once" if done else ""
    for place, item in enumerate(draft.items):
        made_here = item.origin == automation.id and item.stage == stage.id
        if made_here and item.state is ItemState.PENDING:
            draft.items[place] = replaced(item, visit=draft.visit)
            return f"{item.name!r} ({item.id}) of an earlier visit is still open, and goes on here"
    return ""


def _mark(draft: Draft, stage: Stage, automation: Automation) -> str:
    """Name an automation that fires once a job; the same stage of another pipeline is another."""
    return f"{draft.job.pipeline}/{stage.id}/{automation.id}"


def _failed(draft: Draft, stage: str, automation: Automation, name: str, reason: str) -> None:
    """Keep an automation that could not run, until it is retried or abandoned (A-24)."""
    key = draft.key(name)
    required = automation.makes_item
    draft.blocked += (BlockedAutomation(key, stage, name, draft.visit, reason, required),)
    draft.events.append(
        AutomationFailed(draft.now, draft.job.id, draft.actor, stage, name, reason, key)
    )


def _template(draft: Draft, kind: type[T], wanted: str) -> T:
    template = draft.book.templates.get(wanted)
    if isinstance(template, kind):
        return template
    if template is None:
        raise TemplateMissing(f"its template {wanted!r} is not there")
    raise TemplateMissing(f"its template {wanted!r} is {a(template.kind)} template")


# -- what each of the ten does -------------------------------------------------------------------


def _apply_folders(draft: Draft, one: ApplyFolderTemplate, name: str) -> None:
    make_folders(draft, _template(draft, FolderTemplate, one.template), draft.key(name))


def _update_tags(draft: Draft, one: UpdateAccountTags, name: str) -> None:
    """Remove or clear first, then add (A-13)."""
    tags = draft.account.tags
    if one.clear:
        tags = NOBODY
    elif one.remove:
        tags -= one.remove
    draft.set_tags(tags | one.add, name)


def _create_invoice(draft: Draft, one: CreateInvoice, name: str) -> str:
    template = _template(draft, InvoiceTemplate, one.template)
    return make_invoice(draft, template, name, draft.key(name), one.reminders).id


def _create_organizer(draft: Draft, one: CreateOrganizer, name: str) -> str:
    template = _template(draft, OrganizerTemplate, one.template)
    return make_organizer(draft, template, name, draft.key(name), one.reminders).id


def _create_task(draft: Draft, one: CreateTask, name: str) -> str:
    return make_task(draft, _template(draft, TaskTemplate, one.template), name, draft.key(name)).id


def _send_proposal(draft: Draft, one: SendProposal, name: str) -> str:
    template = _template(draft, ProposalTemplate, one.template)
    return make_proposal(draft, template, name, draft.key(name), one.reminders).id


def _send_email(draft: Draft, one: SendEmail, name: str) -> None:
    send_email(draft, _template(draft, EmailTemplate, one.template), name, draft.key(name))


def _send_message(draft: Draft, one: SendMessage, name: str) -> str:
    template = _template(draft, MessageTemplate, one.template)
    return make_message(draft, template, one, name, draft.key(name)).id


def _update_access(draft: Draft, one: UpdateAccountAccess, name: str) -> None:
    """Change who has access, by the table of domain.md 1.3."""
    before = draft.account.access
    add = draft.members(one.add, name)
    remove = draft.members(one.remove, name)
    if one.reset:
        access = add if one.add else draft.book.firm.default_access
    else:
        access = (before - remove) | add
    if access != before:
        draft.account = replaced(draft.account, access=access)
        draft.events.append(
            AccessChanged(
                draft.now,
                draft.job.id,
                draft.actor,
                draft.account.id,
                access - before,
                before - access,
                name,
            )
        )


def _update_assignees(draft: Draft, one: UpdateJobAssignees, name: str) -> None:
    """Unassign (or clear) first, then assign."""
    before = draft.assignees
    add = draft.members(one.add, name)
    remove = before if one.clear else draft.members(one.remove, name)
    after = draft.assignees = (before - remove) | add
    if after != before:
        draft.events.append(
            AssigneesChanged(
                draft.now, draft.job.id, draft.actor, after - before, before - after, name
            )
        )


# Each kind and what it does; a test holds it against the kinds that there are.
ACTIONS: dict[type[Automation], Callable[[Draft, Any, str], str | None]] = {
    ApplyFolderTemplate: _apply_folders,
    UpdateAccountTags: _update_tags,
    CreateInvoice: _create_invoice,
    CreateOrganizer: _create_organizer,
    CreateTask: _create_task,
    SendProposal: _send_proposal,
    SendEmail: _send_email,
    SendMessage: _send_message,
    UpdateAccountAccess: _update_access,
    UpdateJobAssignees: _update_assignees,
}
