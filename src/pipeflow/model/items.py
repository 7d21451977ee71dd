"""Items: the things linked to a job, on some of which somebody still has to act."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias, Union

from .bills import InvoiceState, Payment
from .happening import Fact
from .instants import on_clock
from .item_kinds import ItemKind
from .record import Brief, Plain, frozen, record
from .reminders import Reminders, ReminderText
from .templates import InvoiceTemplate, Package, Question, Signatures
from .values import FieldValue, FrozenMap

__all__ = [
    "Checklist",
    "InvoiceState",
    "Item",
    "ItemKind",
    "ItemState",
    "LockState",
    "Mark",
    "Payment",
    "Progress",
    "Questionnaire",
    "Ref",
    "Signatory",
    "SigningState",
]


class ItemState(StrEnum):
    """Whether somebody still has to act.

    `PENDING`: yes. `COMPLETED`: it was done. `RESOLVED`: cancelled, void, sealed, unlinked or
    never in need of anybody; no longer waited for, and no completion either (A-10).
    """

    PENDING = "pending"
    COMPLETED = "completed"
    RESOLVED = "resolved"


@frozen
class Ref(Plain):
    """The host's reference to a thing: the port's name in `Ports`, and the host's own id."""

    port: str
    id: str

    def __str__(self) -> str:
        """Print as `tasks:t-42`."""
        return f"{self.port}:{self.id}"


@record
class Questionnaire(Plain):
    """The questions of an organizer or client request as they were sent, and the answers so far.

    Where the firm has to `accept` what was submitted, it is done only then. `sections`, each with
    how many questions stand in it, `folder` and `notify_on_upload` are what an organizer's host was
    told besides.
    """

    questions: tuple[Question, ...]
    answers: FrozenMap[str, FieldValue] = FrozenMap()
    accept: bool = False
    sections: tuple[tuple[str, int], ...] = ()
    folder: str = ""
    notify_on_upload: bool = False


@frozen
class Signatory(Plain):
    """Somebody who signs: a contact's id, name and address."""

    id: str
    name: str
    email: str | None = None


@record
class SigningState(Plain):
    """Who has to sign, who has, who declined, and what follows a proposal's acceptance.

    Those who declined are known by their ids, or as they were named. The packages and the invoice
    are those that were sent: no later edit changes what is accepted. Where they sign `in_order`,
    each is asked when those before have signed. Those who `had_signed` did so before it was
    reopened, which does not count any more. Nothing goes by `billed`, which an older version kept.
    """

    required: Signatures
    signatories: tuple[Signatory, ...] = ()
    signed: tuple[str, ...] = ()
    invoice: InvoiceTemplate | None = None
    packages: tuple[Package, ...] = ()
    package: str | None = None
    declined: tuple[str, ...] = ()
    in_order: bool = False
    had_signed: tuple[str, ...] = ()
    billed: bool = False

    @property
    def is_signed(self) -> bool:
        """Whether as many signed as are needed."""
        needed = 1 if self.required is Signatures.ONE else len(self.signatories)
        return 0 < needed <= len(self.signed)

    @property
    def missing(self) -> tuple[Signatory, ...]:
        """The signatories who have not signed."""
        signed = {*self.signed}
        return tuple(one for one in self.signatories if one.id not in signed)

    @property
    def turn(self) -> Signatory | None:
        """Whose turn it is to sign, where they sign in order."""
        return next(iter(self.missing), None) if self.in_order else None


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
        checked = {*self.checked}
        return tuple(task for task in self.client_tasks if task not in checked)


@record
class LockState(Plain):
    """The invoices of the job that keep a document locked, by the ids of their items.

    It is `void` while nobody waits for the document since all of them were cancelled.
    """

    invoices: tuple[str, ...]
    void: bool = False


# What an item remembers beside its state, by its kind; tasks and plain things nothing.
Progress: TypeAlias = Union[InvoiceState, Questionnaire, SigningState, Checklist, LockState, None]


class Mark(StrEnum):
    """What else is remembered of an item.

    `LATE`: it was done or cancelled once more after that had ceased to matter. `UNHEARD`: there was
    nobody to remind. `UNMADE`: its request was given up for good, so that it never came to be.
    `UNLINKED`: the job has let go of it. `SHARED`: its reference names other items too.
    `DISAPPROVED`: the client refused the document, and has not approved it since. `HELD`: it was
    done while the job was paused, and what follows from it waits until the job is resumed.
    `DECLINED`: a client will not sign or approve it (R-13). `REMINDING`: the reminder that was last
    made has not left. `NUDGING`: nor has the last one by hand. `QUIET`: its reminders are off until
    somebody sets them. `ASIDE`: it neither holds its stage nor counts as a completion (R-36).
    `SUBMITTED`: the client sent what was asked for, and the firm has yet to accept it.
    `AWAY`: it was put away, a thread archived or an organizer sealed. `DONE`: it was done after the
    job had let go of it, and is so for whoever links it next. `VOID`: it is a bill that was void
    before its host had a name for it. `UNWANTED`: it was cancelled before it was there, and its
    port takes it back where it comes to be all the same. `UNSURE`: it is a bill that nobody needed
    any more when its port had been asked for it, and that never said whether it made it. `STUCK`:
    its request was given up, and waits for somebody to have it tried again, or to abandon it.
    `OWING`: it is a letter without a name at its host, and owes a bill.
    """

    LATE = "late"
    UNHEARD = "unheard"
    UNMADE = "unmade"
    UNLINKED = "unlinked"
    SHARED = "shared"
    DISAPPROVED = "disapproved"
    HELD = "held"
    DECLINED = "declined"
    REMINDING = "reminding"
    NUDGING = "nudging"
    QUIET = "quiet"
    ASIDE = "aside"
    SUBMITTED = "submitted"
    AWAY = "away"
    DONE = "done"
    VOID = "void"
    UNWANTED = "unwanted"
    UNSURE = "unsure"
    STUCK = "stuck"
    OWING = "owing"


NO_MARKS: frozenset[Mark] = frozenset()
NOBODY: frozenset[str] = frozenset()
_CLOSED = frozenset({Mark.AWAY, Mark.LATE, Mark.UNLINKED, Mark.UNMADE})


@record
class Item(Brief, Plain):
    """A thing linked to a job.

    `id` is `<job id>/<n>`; `origin` the automation that made it, the proposal item whose
    acceptance did, or `"link"`; `visit` the stage entry in which it was made, counting from 1;
    `request` the key of the request that creates it at the host; `reminded` how many reminders of
    its rhythm have left, `remind_at` when the next one is due, and `timer` the key of its due row;
    `pipeline` where it was made; `nudged` the number of the last reminder by hand; `marks` what
    little else is worth remembering; `assignees` the members who must act, where a client's item
    that has none is the client's; `due` until when; `reopened` when it began to wait once more;
    `told` the number of the last request that told the host of a change. `titled` is what the
    client sees it called where that is not its name, and `reminder_texts` what reminders of it say,
    both as its template said (R-10, R-20). `delivered` is when its own request was delivered, as
    far as reminders ask for it; `asked` how many reminders were ever made by themselves, whether
    they left or not. `scope` is the number of the setting of a custom status to which it belongs,
    0 where it belongs to its stage (domain.md 2.6). `late_facts` is what was told of it after that
    had ceased to matter, each once (R-15), and who declined what needs no signature (R-13).
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
    assignees: frozenset[str] = NOBODY
    due: date | None = None
    reopened: datetime | None = None
    told: int = 0
    titled: str = ""
    reminder_texts: tuple[ReminderText, ...] = ()
    delivered: datetime | None = None
    asked: int = 0
    scope: int = 0
    late_facts: tuple[Fact, ...] = ()

    def __str__(self) -> str:
        """Print in one line: `task 'Prepare' (job-1/1), pending`."""
        return f"{self.label}, {self.state}"

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        rhythm = self.reminders
        return {
            "Item": self.name,
            "Kind": self.kind.value,
            "Id": self.id,
            "State": self.state.value,
            "Since": on_clock(self.since),
            "Assignees": ", ".join(sorted(self.assignees)),
            "Due": "" if self.due is None else str(self.due),
            "Reminders": "" if rhythm is None else f"{self.reminded} of {rhythm.times} sent",
            "Reference": "" if self.ref is None else str(self.ref),
        }

    @property
    def title(self) -> str:
        """What the client sees it called: its rendered title or subject, else its name (R-10)."""
        return self.titled or self.name

    @property
    def label(self) -> str:
        """What the firm reads it called: `task 'Prepare' (job-1/1)`."""
        return f"{self.kind.words} {self.name!r} ({self.id})"

    @property
    def since(self) -> datetime:
        """Since when it waits, or last did: when it was made, or reopened (R-23)."""
        return self.reopened or self.created

    @property
    def late(self) -> bool:
        """Whether it was done or cancelled once more after that had ceased to matter."""
        return Mark.LATE in self.marks

    @property
    def holds(self) -> bool:
        """Whether its stage waits for it, while it is open (R-36)."""
        return not self.scope and Mark.ASIDE not in self.marks

    @property
    def asks(self) -> bool:
        """Whether it is an action item; a message without client tasks, or a note, is neutral."""
        if self.kind is ItemKind.MESSAGE:
            return isinstance(self.progress, Checklist) and bool(self.progress.client_tasks)
        return self.kind is not ItemKind.NOTE

    @property
    def is_there(self) -> bool:
        """Whether it says itself that it is at its host, which may have no name for it; of what has
        neither name nor reminders the history alone tells.
        """
        return self.ref is not None or self.delivered is not None

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it any more, and it was not done: plain from birth is not."""
        return self.state is ItemState.RESOLVED and (self.asks or Mark.LATE in self.marks)

    @property
    def is_open_thread(self) -> bool:
        """Whether it is a message to whose thread one may reply: not archived, nor let go of."""
        is_message = self.kind is ItemKind.MESSAGE
        return is_message and self.marks.isdisjoint(_CLOSED) and not self.is_over

    @property
    def waits(self) -> bool:
        """Whether it waits for whoever has to act; a message that asks nothing, for a reply.

        What the client has sent waits for the firm to look at it, and for nobody else.
        """
        if self.kind is not ItemKind.MESSAGE or self.asks:
            return self.state is ItemState.PENDING and Mark.SUBMITTED not in self.marks
        replied = isinstance(self.progress, Checklist) and self.progress.replied
        done = self.state is ItemState.COMPLETED
        return not (done or replied) and self.marks.isdisjoint(_CLOSED)

    @property
    def is_stuck(self) -> bool:
        """Whether it has never left, and does not by itself, so that nobody else can act on it."""
        return Mark.STUCK in self.marks and not self.is_there

    @property
    def is_unanswered(self) -> bool:
        """Whether it asks nothing, and yet the client is reminded of it until there is a reply."""
        reminded = self.reminders is not None and self.kind is ItemKind.MESSAGE
        return reminded and not self.asks and self.waits

    @property
    def still_fires(self) -> Reminders | None:
        """Its reminders, if they may fire something yet: used up ones of what is open start anew
        where the client has to act again.
        """
        is_open = self.state is ItemState.PENDING or self.is_unanswered
        return self.reminders if is_open and self.reminders and self.reminders.then else None
