"""Facts: what happened outside, told to the engine (domain.md 2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import attrs

from ..errors import Problem
from .checks import field_problems, flags_problems
from .client_request_facts import (
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
)
from .happening import Fact
from .item_kinds import ItemKind
from .money import Money
from .particulars import BILLS, amount_problems, optional_text, who
from .rearrangements import (
    ClientTaskAdded,
    ClientTaskRemoved,
    CreditIssued,
    OrganizerSealed,
    OrganizerUnsealed,
    SignerAdded,
    SignerRemoved,
    ThreadArchived,
    ThreadReopened,
)
from .record import frozen
from .text import id_problems, text_problems
from .values import FieldValue, FrozenMap, frozen_fields

__all__ = [
    "Cancelled",
    "ClientRequestAccepted",
    "ClientRequestReturned",
    "ClientRequestSubmitted",
    "ClientTaskAdded",
    "ClientTaskChecked",
    "ClientTaskRemoved",
    "ClientTaskUnchecked",
    "CreditIssued",
    "Declined",
    "DocumentApproved",
    "DocumentDisapproved",
    "DocumentSigned",
    "EmailBounced",
    "Fact",
    "InvoicePaid",
    "MessageReplied",
    "OrganizerReturned",
    "OrganizerSaved",
    "OrganizerSealed",
    "OrganizerSubmitted",
    "OrganizerUnsealed",
    "PaymentCleared",
    "PaymentFailed",
    "PaymentReceived",
    "PaymentRefunded",
    "ProposalSigned",
    "Reopened",
    "SignerAdded",
    "SignerRemoved",
    "SubtaskChecked",
    "TaskCompleted",
    "TaskReopened",
    "ThreadArchived",
    "ThreadReopened",
]

_LETTERS = frozenset({ItemKind.PROPOSAL, ItemKind.APPROVAL, ItemKind.SIGNATURE})


@frozen
class TaskCompleted(Fact):
    """The team set the task's status to Completed."""

    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.TASK})


@frozen
class TaskReopened(Fact):
    """A completed task was set back; the job stays where it is (A-11)."""

    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.TASK})


@frozen
class SubtaskChecked(Fact):
    """A subtask was ticked; it is noted, and never completes the task."""

    name: str
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.TASK})

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)


@frozen
class OrganizerSaved(Fact):
    """The client saved a draft of the answers; nothing is submitted."""

    answers: FrozenMap[str, FieldValue] = attrs.field(
        default=FrozenMap[str, FieldValue](), converter=frozen_fields
    )
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.ORGANIZER})

    def _problems(self) -> Iterator[Problem]:
        yield from field_problems(self.answers, "$.answers")


@frozen
class OrganizerSubmitted(Fact):
    """The organizer was submitted, by the client or on the client's behalf.

    Args:
        answers: By the question's text; those to required questions must be among them. Several
            choices are given as a list.
        incomplete: The firm submits it for the client, so that any answer may lack (R-40).
    """

    answers: FrozenMap[str, FieldValue] = attrs.field(
        default=FrozenMap[str, FieldValue](), converter=frozen_fields
    )
    incomplete: bool = attrs.field(default=False, kw_only=True)
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.ORGANIZER})

    def _problems(self) -> Iterator[Problem]:
        yield from field_problems(self.answers, "$.answers")
        yield from flags_problems(self, ("incomplete",))


@frozen
class OrganizerReturned(Fact):
    """A submitted organizer was given back to the client; the job stays where it is (A-11)."""

    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.ORGANIZER})


@frozen
class ProposalSigned(Fact):
    """A signatory signed the proposal.

    Args:
        by: The contact, its id or its e-mail address; None: it is signed as required.
        package: The package that was chosen, where the proposal offers some.
    """

    by: str | None = attrs.field(default=None, converter=who)
    package: str | None = attrs.field(default=None, kw_only=True)
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.PROPOSAL})

    def _problems(self) -> Iterator[Problem]:
        yield from optional_text(self.by, "$.by")
        yield from optional_text(self.package, "$.package")


@frozen
class DocumentSigned(Fact):
    """A signer signed the document; None: it is signed as required."""

    by: str | None = attrs.field(default=None, converter=who)
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.SIGNATURE})

    def _problems(self) -> Iterator[Problem]:
        yield from optional_text(self.by, "$.by")


@frozen
class PaymentReceived(Fact):
    """Money came in for the invoice: a part of it, all of it, or more.

    Args:
        amount: How much, in the invoice's currency.
        cleared: False for a bank debit that was submitted and may still fail.
        reference: The payment's own id, by which a repeat is known; without one each counts. A
            debit that has to clear is refused without one, for nobody could say that it did.
    """

    amount: Money
    cleared: bool = True
    reference: str | None = None
    about: ClassVar[frozenset[ItemKind]] = BILLS

    def _problems(self) -> Iterator[Problem]:
        if self.reference is not None:
            yield from id_problems(self.reference, "$.reference")
        yield from amount_problems(self.amount)
        yield from flags_problems(self, ("cleared",))


@frozen
class PaymentCleared(Fact):
    """A bank debit of that reference has cleared, also where it was told to have failed (R-1).

    It may be told before the money itself, which then counts as soon as `PaymentReceived` says how
    much it is.
    """

    reference: str
    about: ClassVar[frozenset[ItemKind]] = BILLS

    def _problems(self) -> Iterator[Problem]:
        yield from id_problems(self.reference, "$.reference")


@frozen
class PaymentFailed(Fact):
    """A submitted bank debit of that reference failed; its money does not count (A-51).

    It may be told before the money itself. What has cleared is taken away by `PaymentRefunded` only
    (R-2).
    """

    reference: str
    about: ClassVar[frozenset[ItemKind]] = BILLS

    def _problems(self) -> Iterator[Problem]:
        yield from id_problems(self.reference, "$.reference")


@frozen
class PaymentRefunded(Fact):
    """Money of that reference went back to the client: refunded, or charged back (R-1).

    Args:
        reference: The reference of the payment that came in.
        amount: How much of it went back in all, so that a repeat says nothing new; the whole of it
            unless said.
    """

    reference: str
    amount: Money | None = None
    about: ClassVar[frozenset[ItemKind]] = BILLS

    def _problems(self) -> Iterator[Problem]:
        yield from id_problems(self.reference, "$.reference")
        if self.amount is not None:
            yield from amount_problems(self.amount)


@frozen
class InvoicePaid(Fact):
    """The invoice is paid in full, however: online, from credit, or as the firm recorded it.

    A debit that was under way and fails afterwards takes nothing away (R-2).
    """

    about: ClassVar[frozenset[ItemKind]] = BILLS


@frozen
class ClientTaskChecked(Fact):
    """A client task of a message was ticked, by client or firm."""

    name: str
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.MESSAGE})

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)


@frozen
class ClientTaskUnchecked(Fact):
    """The tick was taken back."""

    name: str
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.MESSAGE})

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)


@frozen
class MessageReplied(Fact):
    """The client replied; that completes nothing, but stops reminders where no task is open."""

    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.MESSAGE})


@frozen
class DocumentApproved(Fact):
    """The client approved the document."""

    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.APPROVAL})


@frozen
class DocumentDisapproved(Fact):
    """The client disapproved the document; it stays pending, or is open again (A-11)."""

    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.APPROVAL})


@frozen
class Declined(Fact):
    """The client will not sign or approve; it stays open, and nobody is reminded of it (R-13).

    Then it is cancelled, reopened, or signed and approved after all.

    Args:
        by: The contact, its id or its e-mail address; None where nobody said who.
        reason: Why.
    """

    by: str | None = attrs.field(default=None, converter=who)
    reason: str = ""
    about: ClassVar[frozenset[ItemKind]] = _LETTERS

    def _problems(self) -> Iterator[Problem]:
        yield from optional_text(self.by, "$.by")
        yield from text_problems(self.reason, "$.reason")


@frozen
class Reopened(Fact):
    """What was done, cancelled or declined waits for somebody again; the job stays (R-3, A-11).

    The item keeps what it knew, and its reminders start anew.
    """

    reason: str = ""

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.reason, "$.reason")


@frozen
class Cancelled(Fact):
    """The task was cancelled, the invoice voided, the thread archived, the organizer sealed, ...

    It is no longer waited for, and counts as no completion (A-10).
    """

    reason: str = ""

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.reason, "$.reason")


@frozen
class EmailBounced(Fact):
    """An e-mail could not be delivered; its automation stays done (A-27).

    It is told with the reference that the e-mail port gave back: `receive(Ref("email", ...))`.
    """

    reason: str = ""
    about: ClassVar[frozenset[ItemKind]] = frozenset()

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.reason, "$.reason")


# Every kind of fact there is.
ALL: tuple[type[Fact], ...] = (
    TaskCompleted,
    TaskReopened,
    SubtaskChecked,
    OrganizerSaved,
    OrganizerSubmitted,
    OrganizerReturned,
    ProposalSigned,
    DocumentSigned,
    PaymentReceived,
    PaymentCleared,
    PaymentFailed,
    PaymentRefunded,
    InvoicePaid,
    ClientTaskChecked,
    ClientTaskUnchecked,
    MessageReplied,
    DocumentApproved,
    DocumentDisapproved,
    ClientRequestSubmitted,
    ClientRequestAccepted,
    ClientRequestReturned,
    Declined,
    Reopened,
    Cancelled,
    EmailBounced,
    ClientTaskAdded,
    ClientTaskRemoved,
    ThreadArchived,
    ThreadReopened,
    OrganizerSealed,
    OrganizerUnsealed,
    SignerAdded,
    SignerRemoved,
    CreditIssued,
)
