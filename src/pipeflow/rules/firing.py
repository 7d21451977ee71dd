"""Firing automations: whether one fires at its turn, and what each of the ten does."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TypeVar

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
from ..model.items import Item, ItemState
from ..model.jobs import BlockedAutomation
from ..model.stages import Stage
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
from ..model.swift import replaced, swift
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

__all__ = ["fire", "fire_all"]

T = TypeVar("T", bound=Template)

_ran, _passed_by = swift(AutomationRan), swift(AutomationSkipped)
ALWAYS = Repeat.ALWAYS


class TemplateMissing(Exception):  # noqa: N818  (never leaves this module)
    """The template that an automation uses is gone, or of another kind."""


def fire_all(draft: Draft, stage: Stage, skip: AbstractSet[str] = frozenset()) -> None:
    """Fire the automations of a stage one after another, in list order (A-1).

    Each condition is asked at its automation's turn, of the account as those before left it (A-2).
    """
    for automation in stage.automations:
        fire(draft, stage, automation, skip)


def fire(
    draft: Draft, stage: Stage, automation: Automation, skip: AbstractSet[str] = frozenset()
) -> None:
    """Fire one automation, or write down why it does not."""
    name = automation.id or automation.derived_id()
    if skip and name in skip:
        _skipped(draft, stage, name, SkipCause.BY_HAND, "left out by hand")
    elif automation.when is not None and not automation.when.holds(draft.account):
        reason = automation.when.missing(draft.account)
        _skipped(draft, stage, name, SkipCause.CONDITION, reason)
    elif automation.repeat is not ALWAYS and (reason := _held_back(draft, stage, automation)):
        _skipped(draft, stage, name, SkipCause.REPEAT, reason)
    else:
        _run(draft, stage, automation, name)


def _skipped(draft: Draft, stage: Stage, name: str, cause: SkipCause, reason: str) -> None:
    draft.events.append(
        _passed_by(draft.now, draft.job.id, draft.actor, stage.id, name, cause, reason)
    )


def _held_back(draft: Draft, stage: Stage, automation: Automation) -> str:
    """Say why an earlier visit keeps the automation from firing again, or nothing (A-46)."""
    if automation.repeat is Repeat.ONCE:
        mark = f"{draft.job.pipeline}/{stage.id}/{automation.id}"
        if mark in draft.fired:
            return "fired before for this job, and fires once"
        draft.fired |= {mark}
        return ""
    for item in draft.items:
        made_here = item.origin == automation.id and item.stage == stage.id
        if made_here and item.state is ItemState.PENDING:
            return f"{item.name!r} ({item.id}) of an earlier visit is still open"
    return ""


def _run(draft: Draft, stage: Stage, automation: Automation, name: str) -> None:
    key = f"{draft.tenant}/{draft.job.id}/{draft.visit}/{name}"
    before = len(draft.events)
    try:
        item = Firing(draft, name, key).perform(automation)
    except TemplateMissing as missing:
        reason = str(missing)
        draft.blocked += (
            BlockedAutomation(
                key, stage.id, name, draft.visit, reason, required=automation.makes_item
            ),
        )
        draft.events.append(
            AutomationFailed(
                draft.now, draft.job.id, draft.actor, stage.id, name, reason, key
            )
        )
        return
    ran = _ran(
        draft.now,
        draft.job.id,
        draft.actor,
        stage.id,
        name,
        automation.kind,
        item.id if item is not None else None,
    )
    draft.events.insert(before, ran)


class Firing:
    """What each kind of automation does, for one automation at its turn."""

    def __init__(self, draft: Draft, name: str, key: str) -> None:
        """Take the draft, the automation's id and the key of its requests."""
        self.draft = draft
        self.name = name
        self.key = key

    def perform(self, automation: Automation) -> Item | None:  # noqa: C901, PLR0911, PLR0912  (a case a kind)
        """Do what the automation says; return the item that it made, if it made one."""
        draft, name, key = self.draft, self.name, self.key
        match automation:
            case UpdateAccountTags():
                self._update_tags(automation)
            case SendEmail():
                send_email(draft, self._template(EmailTemplate, automation), name, key)
            case CreateTask():
                return make_task(draft, self._template(TaskTemplate, automation), name, key)
            case CreateInvoice(reminders=reminders):
                template = self._template(InvoiceTemplate, automation)
                return make_invoice(draft, template, name, key, reminders)
            case CreateOrganizer(reminders=reminders):
                questions = self._template(OrganizerTemplate, automation)
                return make_organizer(draft, questions, name, key, reminders)
            case SendProposal(reminders=reminders):
                letter = self._template(ProposalTemplate, automation)
                return make_proposal(draft, letter, name, key, reminders)
            case SendMessage():
                chat = self._template(MessageTemplate, automation)
                return make_message(draft, chat, automation, name, key)
            case ApplyFolderTemplate():
                make_folders(draft, self._template(FolderTemplate, automation), key)
            case UpdateAccountAccess():
                self._update_access(automation)
            case UpdateJobAssignees():
                self._update_assignees(automation)
            case _:
                raise TemplateMissing(f"{automation.kind!r} is none of the ten automations")
        return None

    def _template(self, kind: type[T], automation: Automation) -> T:
        wanted = automation.uses or ""
        template = self.draft.book.templates.get(wanted)
        if template is None:
            raise TemplateMissing(f"its template {wanted!r} is not there")
        if not isinstance(template, kind):
            raise TemplateMissing(f"its template {wanted!r} is a {template.kind} template")
        return template

    def _update_tags(self, automation: UpdateAccountTags) -> None:
        """Remove or clear first, then add (A-13)."""
        kept = frozenset() if automation.clear else self.draft.account.tags - automation.remove
        self.draft.set_tags(kept | automation.add, self.name)

    def _update_access(self, automation: UpdateAccountAccess) -> None:
        """Change who has access, by the table of domain.md 1.3."""
        draft = self.draft
        before = draft.account.access
        add = draft.members(automation.add, self.name)
        remove = draft.members(automation.remove, self.name)
        if automation.reset:
            access = add or draft.book.firm.default_access
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
                    self.name,
                )
            )

    def _update_assignees(self, automation: UpdateJobAssignees) -> None:
        """Unassign (or clear) first, then assign."""
        draft = self.draft
        before = draft.assignees
        add = draft.members(automation.add, self.name)
        remove = before if automation.clear else draft.members(automation.remove, self.name)
        draft.assignees = (before - remove) | add
        if draft.assignees != before:
            draft.events.append(
                AssigneesChanged(
                    draft.now,
                    draft.job.id,
                    draft.actor,
                    draft.assignees - before,
                    before - draft.assignees,
                    self.name,
                )
            )
