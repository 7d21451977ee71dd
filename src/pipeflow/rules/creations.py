"""Creations: what each kind of template becomes, and the request that has a host create it.

Merge fields, people, amounts and dates are settled here, at the commit; what is made does not
change when its template does (domain.md part 5).
"""

from __future__ import annotations

from ..model.automations import SendMessage, ThreadMode
from ..model.dates import resolved
from ..model.events import ItemCompleted
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    Progress,
    Questionnaire,
    Signatory,
    SigningState,
)
from ..model.record import replaced
from ..model.reminders import Reminders
from ..model.templates import (
    EmailMode,
    EmailTemplate,
    FolderTemplate,
    InvoiceTemplate,
    LineItem,
    MessageTemplate,
    OrganizerTemplate,
    ProposalTemplate,
    TaskTemplate,
    Template,
)
from ..ports.requests import (
    Email,
    FolderTree,
    Invoice,
    Message,
    Organizer,
    Proposal,
    Task,
)
from .draft import Draft
from .merge_fields import Context, render, render_line

__all__ = [
    "add_item",
    "make_folders",
    "make_invoice",
    "make_message",
    "make_organizer",
    "make_proposal",
    "make_task",
    "send_email",
]


PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
TASK, ACCOUNT_MODE = ItemKind.TASK, EmailMode.ACCOUNT
NOBODY: frozenset[str] = frozenset()


def add_item(
    draft: Draft,
    kind: ItemKind,
    template: Template,
    origin: str,
    request: str,
    progress: Progress = None,
    reminders: Reminders | None = None,
    *,
    state: ItemState = PENDING,
    visit: int = 0,
    stage: str = "",
) -> Item:
    """Link a new item to the job; its reminders count from its delivery (R-4)."""
    job = draft.job
    item = Item(
        f"{job.id}/{len(draft.items) + 1}",
        job.id,
        kind,
        template.name,
        template.id,
        state,
        None,
        visit or draft.visit,
        stage or draft.stage,
        origin,
        draft.now,
        request,
        progress,
        reminders,
        pipeline=job.pipeline,
    )
    draft.items.append(item)
    return item


def make_task(draft: Draft, template: TaskTemplate, origin: str, key: str) -> Item:
    """Make a task for the team."""
    progress = Checklist(template.subtasks) if template.subtasks else None
    item = add_item(draft, TASK, template, origin, key, progress)
    draft.requests.append(
        Task(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            template.name,
            draft.text(template.description),
            draft.members(template.assignees, origin) if template.assignees else NOBODY,
            template.priority,
            template.tags,
            resolved(template.start, draft.today) if template.start else None,
            resolved(template.due, draft.today) if template.due else None,
            template.subtasks,
        )
    )
    return item


def make_invoice(
    draft: Draft,
    template: InvoiceTemplate,
    origin: str,
    key: str,
    reminders: Reminders | None,
    *,
    visit: int = 0,
    stage: str = "",
) -> Item:
    """Make an invoice; one that comes to nothing is paid at birth (A-50)."""
    totals = template.totals
    paid = not totals.total
    item = add_item(
        draft,
        ItemKind.INVOICE,
        template,
        origin,
        key,
        InvoiceState(totals.total),
        reminders or template.reminders,
        state=ItemState.COMPLETED if paid else ItemState.PENDING,
        visit=visit,
        stage=stage,
    )
    if paid:
        draft.tell(ItemCompleted, item.id, item.name)
    context = draft.context()
    draft.requests.append(
        Invoice(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            template.name,
            _rendered(template.lines, context),
            totals,
            render(template.description, context),
            template.payment,
            template.on_account,
            render(template.email_text, context),
            render(template.note, context),
            draft.recipients(origin),
        )
    )
    return item


def _rendered(lines: tuple[LineItem, ...], context: Context) -> tuple[LineItem, ...]:
    """Fill in the merge fields of lines; most have none."""
    return tuple(
        replaced(line, description=render(line.description, context)) if line.description else line
        for line in lines
    )


def make_organizer(
    draft: Draft,
    template: OrganizerTemplate,
    origin: str,
    key: str,
    reminders: Reminders | None,
) -> Item:
    """Make an organizer; it keeps its questions as they are now."""
    progress = Questionnaire(template.all_questions)
    item = add_item(
        draft, ItemKind.ORGANIZER, template, origin, key, progress, reminders or template.reminders
    )
    draft.requests.append(
        Organizer(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            template.name,
            render_line(template.title or template.name, draft.context()),
            template.questions,
            template.sections,
            template.folder,
            template.notify_on_upload,
            draft.recipients(origin),
        )
    )
    return item


def make_proposal(
    draft: Draft,
    template: ProposalTemplate,
    origin: str,
    key: str,
    reminders: Reminders | None,
    accepted: InvoiceTemplate | None,
) -> Item:
    """Make a proposal for the signatories that the account has now."""
    signatories = tuple(Signatory(c.id, c.name, c.email) for c in draft.account.signatories)
    progress = SigningState(
        template.signatures,
        signatories,
        invoice=accepted,
        packages=template.packages,
    )
    item = add_item(
        draft, ItemKind.PROPOSAL, template, origin, key, progress, reminders or template.reminders
    )
    context = draft.context()
    draft.requests.append(
        Proposal(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            template.name,
            render_line(template.title or template.name, context),
            render(template.introduction, context),
            _rendered(template.services, context),
            tuple(
                replaced(one, services=_rendered(one.services, context))
                for one in template.packages
            ),
            render(template.terms, context),
            template.signatures,
            signatories,
            template.member,
            render(template.email_text, context),
            draft.recipients(origin),
        )
    )
    return item


def make_message(
    draft: Draft, template: MessageTemplate, automation: SendMessage, origin: str, key: str
) -> Item:
    """Make a message; without client tasks it asks nothing and is never waited for."""
    reply_to = None
    if automation.thread is ThreadMode.REPLY_TO_LATEST:
        reply_to = next((i.id for i in reversed(draft.items) if i.kind is ItemKind.MESSAGE), None)
    item = add_item(
        draft,
        ItemKind.MESSAGE,
        template,
        origin,
        key,
        Checklist(template.client_tasks),
        automation.reminders or template.reminders,
        state=ItemState.PENDING if template.client_tasks else ItemState.RESOLVED,
    )
    context = draft.context()
    draft.requests.append(
        Message(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            render_line(template.subject, context),
            render(template.body, context),
            template.client_tasks,
            ThreadMode.NEW if reply_to is None else automation.thread,
            reply_to,
            template.sender,
            template.attachments,
            draft.recipients(origin),
        )
    )
    return item


def send_email(draft: Draft, template: EmailTemplate, origin: str, key: str) -> None:
    """Send one e-mail to all contacts, or, in contact mode, one to each (domain.md part 6)."""
    to = draft.recipients(origin)
    if not to:
        return
    if template.mode is ACCOUNT_MODE:
        subject, body = draft.line(template.subject), draft.text(template.body)
        _add_email(draft, template, f"{key}/1", to, subject, body)
        return
    for number, contact in enumerate(draft.account.recipients, start=1):
        fields = draft.context()._replace(contact=contact)
        subject, body = render_line(template.subject, fields), render(template.body, fields)
        _add_email(draft, template, f"{key}/{number}", (contact.email or "",), subject, body)


def _add_email(
    draft: Draft, template: EmailTemplate, key: str, to: tuple[str, ...], subject: str, body: str
) -> None:
    draft.requests.append(
        Email(
            key,
            draft.account.id,
            draft.job.id,
            None,
            template.id,
            to,
            subject,
            body,
            attachments=template.attachments,
            sender=template.sender,
        )
    )


def make_folders(draft: Draft, template: FolderTemplate, key: str) -> None:
    """Ask for the folders of a template; what is there stays (A-12)."""
    draft.requests.append(
        FolderTree(
            key, draft.account.id, draft.job.id, None, template.id, template.name, template.folders
        )
    )
