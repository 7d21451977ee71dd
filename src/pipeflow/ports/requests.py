"""Requests: what the engine asks of ports; complete values, rendered and resolved at the commit."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar

from ..model.automations import ThreadMode
from ..model.items import Signatory
from ..model.record import Plain, record
from ..model.templates import (
    EmailFormat,
    Folder,
    InvoiceTotals,
    LaterInvoice,
    LineItem,
    Package,
    PaymentMethod,
    Priority,
    Question,
    Section,
    Signatures,
    TaxShare,
    tax_shares,
)

__all__ = [
    "ClientRequest",
    "Email",
    "EmailKind",
    "FolderTree",
    "Invoice",
    "Message",
    "Notice",
    "Organizer",
    "OrganizerChange",
    "Proposal",
    "Request",
    "Task",
    "TaskChange",
]


class EmailKind(StrEnum):
    """Why an e-mail goes out."""

    AUTOMATION = "automation"
    REMINDER = "reminder"


@record
class Request(Plain):
    """Base of all requests.

    `key` is the idempotency key: every attempt bears the same key and the same content. `account`,
    `job`, `item` and `template` are ids; `job`, `item` and `template` are None where there is none.
    """

    port: ClassVar[str] = ""

    key: str
    account: str
    job: str | None
    item: str | None
    template: str | None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses to which it goes; none where it goes to nobody outside, or names none."""
        to: tuple[str, ...] = getattr(self, "to", ())
        return to


@record
class Email(Request):
    """Send an e-mail; `to` is never empty, each entry one address.

    `format` says what the body is. Plain text is never to be sent as HTML: what a client is called
    stands in it as it is (R-17). `number` says which reminder it is, counting from 1; 0 for one by
    hand, None for other mail.
    """

    port: ClassVar[str] = "email"

    to: tuple[str, ...]
    subject: str
    body: str
    kind: EmailKind = EmailKind.AUTOMATION
    attachments: tuple[str, ...] = ()
    sender: str | None = None
    format: EmailFormat = EmailFormat.TEXT
    number: int | None = None


@record
class Message(Request):
    """Post to the client's chat: a new thread, or a reply in that of the item `reply_to`.

    Where the message of that item never came, since it failed or was taken back, a new thread.
    """

    port: ClassVar[str] = "messages"

    subject: str
    body: str
    client_tasks: tuple[str, ...] = ()
    thread: ThreadMode = ThreadMode.NEW
    reply_to: str | None = None
    sender: str | None = None
    attachments: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


@record
class Invoice(Request):
    """Create an invoice and send it to the client, who sees `title` as its name.

    What an earlier version of pipeflow asked for has no title; `name` stands for it then.
    """

    port: ClassVar[str] = "invoices"

    name: str
    lines: tuple[LineItem, ...]
    totals: InvoiceTotals
    description: str = ""
    payment: PaymentMethod = PaymentMethod.BOTH
    on_account: bool = False
    email_text: str = ""
    note: str = ""
    to: tuple[str, ...] = ()
    title: str = ""

    @property
    def taxes(self) -> tuple[TaxShare, ...]:
        """What is taxed at each rate and the tax on it, lowest rate first; they add up (R-11)."""
        return tax_shares(self.lines, self.totals.discount)


@record
class Organizer(Request):
    """Create an organizer and send it to the client."""

    port: ClassVar[str] = "organizers"

    name: str
    title: str
    questions: tuple[Question, ...] = ()
    sections: tuple[Section, ...] = ()
    folder: str = ""
    notify_on_upload: bool = False
    to: tuple[str, ...] = ()


@record
class ClientRequest(Request):
    """Ask the client for things to upload, and questions to answer.

    `accept` says that the firm looks at what was submitted before it is done.
    """

    port: ClassVar[str] = "requests"

    name: str
    title: str
    description: str = ""
    uploads: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    folder: str = ""
    due: date | None = None
    accept: bool = False
    to: tuple[str, ...] = ()


@record
class OrganizerChange(Organizer):
    """Take over what an organizer asks now; the client has not started to answer it.

    `ref` is the host's own id of it, None where none is known yet; `request` the key under which it
    was asked for.
    """

    ref: str | None = None
    request: str | None = None


@record
class Proposal(Request):
    """Send a proposal to be signed by its signatories, `in_order` one after another.

    `later` is what is billed besides when it was accepted; `LaterInvoice.dates` says when.
    """

    port: ClassVar[str] = "proposals"

    name: str
    title: str
    introduction: str = ""
    services: tuple[LineItem, ...] = ()
    packages: tuple[Package, ...] = ()
    terms: str = ""
    signatures: Signatures = Signatures.ALL
    signatories: tuple[Signatory, ...] = ()
    member: str | None = None
    email_text: str = ""
    to: tuple[str, ...] = ()
    in_order: bool = False
    later: tuple[LaterInvoice, ...] = ()


@record
class Task(Request):
    """Create a task for the team; `assignees` are members' ids."""

    port: ClassVar[str] = "tasks"

    name: str
    description: str = ""
    assignees: frozenset[str] = frozenset()
    priority: Priority = Priority.MEDIUM
    tags: frozenset[str] = frozenset()
    start: date | None = None
    due: date | None = None
    subtasks: tuple[str, ...] = ()


@record
class TaskChange(Request):
    """Take over who must act on a task now, and until when (R-23).

    `ref` is the host's own id of the task, None where none is known yet; `request` the key under
    which the task was asked for, None where it was linked.
    """

    port: ClassVar[str] = "tasks"

    name: str
    ref: str | None
    request: str | None
    assignees: frozenset[str] = frozenset()
    due: date | None = None


@record
class Notice(Request):
    """Tell members of the firm of something; `to` are their ids, and never empty."""

    port: ClassVar[str] = "notices"

    to: tuple[str, ...]
    subject: str
    body: str = ""


@record
class FolderTree(Request):
    """Make those of the folders that are missing; never delete (A-12)."""

    port: ClassVar[str] = "folders"

    name: str
    folders: tuple[Folder, ...]
