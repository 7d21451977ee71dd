"""Requests: what the engine asks of ports; complete values, rendered and resolved at the commit."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar

from ..model.automations import ThreadMode
from ..model.items import Signatory
from ..model.record import Plain, record
from ..model.templates import (
    Folder,
    InvoiceTotals,
    LineItem,
    Package,
    PaymentMethod,
    Priority,
    Question,
    Section,
    Signatures,
)

__all__ = [
    "Email",
    "EmailKind",
    "FolderTree",
    "Invoice",
    "Message",
    "Organizer",
    "Proposal",
    "Request",
    "Task",
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


@record
class Email(Request):
    """Send an e-mail; `to` is never empty, each entry one address.

    `number` says which reminder it is, counting from 1; 0 for one by hand, None for other mail.
    """

    port: ClassVar[str] = "email"

    to: tuple[str, ...]
    subject: str
    body: str
    kind: EmailKind = EmailKind.AUTOMATION
    attachments: tuple[str, ...] = ()
    sender: str | None = None
    number: int | None = None


@record
class Message(Request):
    """Post to the client's chat: a new thread, or a reply in that of the item `reply_to`."""

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
    """Create an invoice and send it to the client."""

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
class Proposal(Request):
    """Send a proposal to be signed by its signatories."""

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
class FolderTree(Request):
    """Make those of the folders that are missing; never delete (A-12)."""

    port: ClassVar[str] = "folders"

    name: str
    folders: tuple[Folder, ...]
