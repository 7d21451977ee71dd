"""Creations: what each kind of template becomes, and the request that has a host create it.

Merge fields, people, amounts and dates are settled here, at the commit; what is made does not
change when its template does (domain.md part 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ..model.accounts import Contact
from ..model.automations import SendMessage, ThreadMode
from ..model.dates import resolved
from ..model.events import ItemCompleted
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    Mark,
    Progress,
    Signatory,
    SigningState,
)
from ..model.record import replaced
from ..model.reminders import Reminders, ReminderText
from ..model.templates import (
    FolderTemplate,
    InvoiceTemplate,
    LaterInvoice,
    LineItem,
    MessageTemplate,
    ProposalTemplate,
    TaskTemplate,
    Template,
)
from ..model.text import LONGEST_TEXT, single_line
from ..ports.requests import (
    FolderTree,
    Invoice,
    Message,
    Proposal,
    Task,
)
from .draft import Draft
from .texts import Titled
from .threads import latest_thread

__all__ = [
    "add_item",
    "make_folders",
    "make_invoice",
    "make_message",
    "make_proposal",
    "make_task",
    "signatories",
    "title_of",
]


PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
TASK = ItemKind.TASK
NO_MARKS: frozenset[Mark] = frozenset()
ASIDE = frozenset({Mark.ASIDE})
NOBODY: frozenset[str] = frozenset()
SERVICE = "Service"  # what a line is for that comes to nothing
LONGEST_TITLE = 80  # characters of a first line that stands for a subject


def add_item(
    draft: Draft,
    kind: ItemKind,
    template: Template,
    origin: str,
    request: str,
    progress: Progress = None,
    reminders: Reminders | None = None,
    *,
    name: str = "",
    title: str = "",
    texts: tuple[ReminderText, ...] = (),
    state: ItemState = PENDING,
    visit: int = 0,
    stage: str = "",
    assignees: frozenset[str] = NOBODY,
    due: date | None = None,
) -> Item:
    """Link a new item to the job; its reminders count from its delivery (R-4).

    It is called what its template is, unless a *name* is given, which its merge fields made.
    """
    job, name = draft.job, name or single_line(template.name) or template.id
    item = Item(
        f"{job.id}/{len(draft.items) + 1}",
        job.id,
        kind,
        name,
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
        marks=ASIDE if draft.aside else NO_MARKS,
        assignees=assignees,
        due=due,
        titled="" if title == name else title,
        reminder_texts=texts,
        scope=draft.scope,
    )
    draft.items.append(item)
    return item


def title_of(draft: Draft, template: Titled) -> str:
    """Return what the client sees a thing called: its title, or for want of one its name (R-10)."""
    return draft.line(template.title) or _named(draft, template)


def _named(draft: Draft, template: Titled | MessageTemplate) -> str:
    """Return what stands for a title, for a client: the name, unless the template says what else.

    One that comes to nothing is the word for its kind.
    """
    return draft.line(template.fallback_title or template.name) or template.kind.capitalize()


def make_task(draft: Draft, template: TaskTemplate, origin: str, key: str) -> Item:
    """Make a task for the team."""
    progress = Checklist(template.subtasks) if template.subtasks else None
    assignees = draft.members(template.assignees, origin) if template.assignees else NOBODY
    due = resolved(template.due, draft.today) if template.due else None
    name = draft.line(template.name, team=True)[:LONGEST_TEXT] or template.id
    item = add_item(
        draft, TASK, template, origin, key, progress, name=name, assignees=assignees, due=due
    )
    draft.requests.append(
        Task(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            item.name,
            draft.text(template.description, team=True),
            assignees,
            template.priority,
            template.tags,
            resolved(template.start, draft.today) if template.start else None,
            due,
            template.subtasks,
        )
    )
    if draft.empty:
        draft.tell_empty(origin)
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
        title=title_of(draft, template),
        texts=template.reminder_texts,
        state=ItemState.COMPLETED if paid else ItemState.PENDING,
        visit=visit,
        stage=stage,
    )
    if paid:
        draft.tell(ItemCompleted, item.id, item.name)
    draft.requests.append(
        Invoice(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            item.name,
            _rendered(draft, template.lines),
            totals,
            draft.text(template.description),
            template.payment,
            template.on_account,
            draft.text(template.email_text),
            draft.text(template.note),
            draft.recipients(origin),
            item.title,
        )
    )
    if draft.empty:
        draft.tell_empty(origin)
    return item


def _rendered(draft: Draft, lines: tuple[LineItem, ...]) -> tuple[LineItem, ...]:
    """Fill in the merge fields of lines; most have none."""
    return tuple(_line(draft, line) for line in lines)


def _line(draft: Draft, line: LineItem) -> LineItem:
    """Fill in the merge fields of a line; a service is never nothing, and no code."""
    service = draft.line(line.service)[:LONGEST_TEXT] or SERVICE
    description = draft.text(line.description)[:LONGEST_TEXT]
    if service == line.service and description == line.description:
        return line
    return replaced(line, service=service, description=description)


def make_proposal(
    draft: Draft,
    template: ProposalTemplate,
    origin: str,
    key: str,
    reminders: Reminders | None,
    accepted: InvoiceTemplate | None,
) -> Item:
    """Make a proposal for the signatories that the account has now."""
    signers = signatories(draft.account.signatories)
    progress = SigningState(
        template.signatures,
        signers,
        invoice=accepted,
        packages=template.packages,
        in_order=template.in_order,
    )
    draft.warn_unsigned(signers, origin)
    item = add_item(
        draft,
        ItemKind.PROPOSAL,
        template,
        origin,
        key,
        progress,
        reminders or template.reminders,
        title=title_of(draft, template),
        texts=template.reminder_texts,
    )
    draft.requests.append(
        Proposal(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            item.name,
            item.title,
            draft.text(template.introduction),
            _rendered(draft, template.services),
            tuple(
                replaced(
                    one,
                    name=single_line(one.name) or one.name,
                    description=draft.text(one.description)[:LONGEST_TEXT],
                    services=_rendered(draft, one.services),
                )
                for one in template.packages
            ),
            draft.text(template.terms),
            template.signatures,
            signers,
            template.member,
            draft.text(template.email_text),
            draft.recipients(origin),
            template.in_order,
            tuple(_later(draft, one) for one in template.later),
        )
    )
    if draft.empty:
        draft.tell_empty(origin)
    return item


def _later(draft: Draft, one: LaterInvoice) -> LaterInvoice:
    """Fill in the merge fields of an invoice that is made later."""
    name = draft.line(one.name)[:LONGEST_TEXT] or InvoiceTemplate.kind.capitalize()
    return replaced(one, name=name, lines=_rendered(draft, one.lines))


def signatories(contacts: Iterable[Contact]) -> tuple[Signatory, ...]:
    """Return contacts as those who sign."""
    return tuple(Signatory(c.id, single_line(c.name) or c.name, c.email) for c in contacts)


def make_message(
    draft: Draft, template: MessageTemplate, automation: SendMessage, origin: str, key: str
) -> Item:
    """Make a message; without client tasks it asks nothing and is never waited for."""
    replies = automation.thread is ThreadMode.REPLY_TO_LATEST
    reply_to = latest_thread(draft) if replies else None
    subject, body = draft.line(template.subject), draft.text(template.body)
    item = add_item(
        draft,
        ItemKind.MESSAGE,
        template,
        origin,
        key,
        Checklist(template.client_tasks),
        automation.reminders or template.reminders,
        title=subject or _first_line(body) or _named(draft, template),
        texts=template.reminder_texts,
        state=ItemState.PENDING if template.client_tasks else ItemState.RESOLVED,
    )
    draft.requests.append(
        Message(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            subject,
            body,
            template.client_tasks,
            ThreadMode.NEW if reply_to is None else automation.thread,
            reply_to,
            template.sender,
            template.attachments,
            draft.recipients(origin),
        )
    )
    if draft.empty:
        draft.tell_empty(origin)
    return item


def _first_line(body: str) -> str:
    """Return what the client knows a message by that has no subject (R-10)."""
    return single_line(body.strip().partition("\n")[0])[:LONGEST_TITLE]


def make_folders(draft: Draft, template: FolderTemplate, key: str) -> None:
    """Ask for the folders of a template; what is there stays (A-12)."""
    draft.requests.append(
        FolderTree(
            key,
            draft.account.id,
            draft.job.id,
            None,
            template.id,
            single_line(template.name) or template.id,
            template.folders,
        )
    )
