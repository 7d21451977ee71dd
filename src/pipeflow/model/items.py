"""Items: the things linked to a job, on some of which somebody still has to act."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, Union

from .money import Money
from .record import Plain, record
from .reminders import Reminders
from .templates import InvoiceTemplate, Package, Question, Signatures
from .values import FieldValue, FrozenMap

__all__ = [
    "Checklist",
    "InvoiceState",
    "Item",
    "ItemKind",
    "ItemState",
    "Mark",
    "Payment",
    "Progress",
    "Questionnaire",
    "Ref",
    "Signatory",
    "SigningState",
]


class ItemKind(StrEnum):
    """What an item is; each row of domain.md 2.3 that can hold a stage has one."""

    TASK = "task"
    INVOICE = "invoice"
    ORGANIZER = "organizer"
    PROPOSAL = "proposal"
    MESSAGE = "message"
    APPROVAL = "approval"
    SIGNATURE = "signature"
    LOCKED_DOCUMENT = "locked_document"
    CLIENT_REQUEST = "client_request"
    NOTE = "note"


class ItemState(StrEnum):
    """Whether somebody still has to act.

    `PENDING`: yes. `COMPLETED`: it was done. `RESOLVED`: cancelled, void, sealed, unlinked or
    never in need of anybody; no longer waited for, and no completion either (A-10).
    """

    PENDING = "pending"
    COMPLETED = "completed"
    RESOLVED = "resolved"


@record
class Ref(Plain):
    """The host's reference to a thing: the port's name in `Ports`, and the host's own id."""

    port: str
    id: str

    def __str__(self) -> str:
        """Print as `tasks:t-42`."""
        return f"{self.port}:{self.id}"


@record
class Payment(Plain):
    """Money that came in for an invoice; a bank debit counts when it has cleared."""

    amount: Money
    cleared: bool = True
    reference: str | None = None


@record
class InvoiceState(Plain):
    """How far an invoice is paid; `total` is None where a host linked one without saying.

    `failed` are the references of debits that failed, so that a repeat of them changes nothing.
    """

    total: Money | None
    payments: tuple[Payment, ...] = ()
    failed: tuple[str, ...] = ()

    def paid(self, *, submitted: bool = False) -> Money | None:
        """Add up what counts: cleared payments, and submitted ones where the firm says so."""
        counted = [p.amount for p in self.payments if p.cleared or submitted]
        if self.total is None and not counted:
            return None
        start = Money(0, self.total.currency if self.total is not None else counted[0].currency)
        return sum(counted, start)


@record
class Questionnaire(Plain):
    """The questions of an organizer as they were sent, and the answers so far."""

    questions: tuple[Question, ...]
    answers: FrozenMap[str, FieldValue] = FrozenMap()


@record
class Signatory(Plain):
    """Somebody who signs: a contact's id, name and address."""

    id: str
    name: str
    email: str | None = None


@record
class SigningState(Plain):
    """Who has to sign, who has, and what follows a proposal's acceptance.

    The packages and the invoice are those that were sent: no later edit changes what is accepted.
    """

    required: Signatures
    signatories: tuple[Signatory, ...] = ()
    signed: tuple[str, ...] = ()
    invoice: InvoiceTemplate | None = None
    packages: tuple[Package, ...] = ()
    package: str | None = None


@record
class Checklist(Plain):
    """The client tasks of a message (or subtasks of a task), and those that are ticked.

    A reply to a message stops its reminders.
    """

    client_tasks: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    replied: bool = False

    @property
    def open_tasks(self) -> tuple[str, ...]:
        """The client tasks that are not ticked."""
        return tuple(task for task in self.client_tasks if task not in self.checked)


# What an item remembers beside its state, by its kind; tasks and plain things nothing.
Progress: TypeAlias = Union[InvoiceState, Questionnaire, SigningState, Checklist, None]


class Mark(StrEnum):
    """What else is remembered of an item.

    `LATE`: it was done or cancelled once more after that had ceased to matter. `UNHEARD`: there was
    nobody to remind. `UNMADE`: its request was given up for good, so that it never came to be.
    `UNLINKED`: the job has let go of it. `SHARED`: its reference names other items too.
    `DISAPPROVED`: the client refused the document, and has not approved it since. `REMINDING`: the
    reminder that was last made has not left. `NUDGING`: nor has the last one by hand. `QUIET`: its
    reminders are off until somebody sets them.
    """

    LATE = "late"
    UNHEARD = "unheard"
    UNMADE = "unmade"
    UNLINKED = "unlinked"
    SHARED = "shared"
    DISAPPROVED = "disapproved"
    REMINDING = "reminding"
    NUDGING = "nudging"
    QUIET = "quiet"


NO_MARKS: frozenset[Mark] = frozenset()


@record
class Item(Plain):
    """A thing linked to a job.

    `id` is `<job id>/<n>`; `origin` the automation that made it, the proposal item whose
    acceptance did, or `"link"`; `visit` the stage entry in which it was made, counting from 1;
    `request` the key of the request that creates it at the host; `reminded` how many reminders of
    its rhythm have left, `remind_at` when the next one is due, and `timer` the key of its due row;
    `pipeline` where it was made; `nudged` the number of the last reminder by hand; `marks` what
    little else is worth remembering; `told` when its own request was delivered, as far as reminders
    ask for it; `asked` how many reminders were ever made by themselves, whether they left or not.
    """

    id: str
    job: str
    kind: ItemKind
    name: str
    template: str | None
    state: ItemState
    ref: Ref | None
    visit: int
    stage: str
    origin: str
    created: datetime
    request: str | None = None
    progress: Progress = None
    reminders: Reminders | None = None
    reminded: int = 0
    remind_at: datetime | None = None
    timer: str | None = None
    pipeline: str = ""
    nudged: int = 0
    marks: frozenset[Mark] = NO_MARKS
    told: datetime | None = None
    asked: int = 0

    @property
    def late(self) -> bool:
        """Whether it was done or cancelled once more after that had ceased to matter."""
        return Mark.LATE in self.marks

    @property
    def asks(self) -> bool:
        """Whether it is an action item; a message without client tasks, or a note, is neutral."""
        if self.kind is ItemKind.MESSAGE:
            return isinstance(self.progress, Checklist) and bool(self.progress.client_tasks)
        return self.kind is not ItemKind.NOTE
