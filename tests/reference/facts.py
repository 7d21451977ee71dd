"""What each fact does to a thing: a table, a row for each (domain.md 2.3, R-1 to R-3, R-13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from pipeflow import (
    Cancelled,
    ClientRequestAccepted,
    ClientRequestSubmitted,
    ClientTaskChecked,
    ClientTaskUnchecked,
    Declined,
    DocumentApproved,
    DocumentDisapproved,
    DocumentSigned,
    Fact,
    InvoicePaid,
    ItemKind,
    MessageReplied,
    Money,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSubmitted,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    Reopened,
    SubtaskChecked,
    TaskCompleted,
    TaskReopened,
)
from tests.reference.things import Job, Payment, Refused, State, Thing

if TYPE_CHECKING:
    from tests.reference.firm import Firm

__all__ = ["FACTS", "covered", "paid"]

Hear: TypeAlias = "Callable[[Firm, Job, Thing, Any], None]"


def task_completed(firm: Firm, job: Job, thing: Thing, fact: TaskCompleted) -> None:
    """The team did it."""
    firm.complete(job, thing)


def task_reopened(firm: Firm, job: Job, thing: Thing, fact: TaskReopened) -> None:
    """What was done is to be done again."""
    firm.reopen(job, thing)


def subtask_checked(firm: Firm, job: Job, thing: Thing, fact: SubtaskChecked) -> None:
    """It never completes the task."""
    tasks = thing.template.subtasks if thing.template is not None else None
    if tasks is not None and fact.name not in tasks:
        raise Refused("no such subtask")
    if fact.name not in thing.ticked:
        thing.ticked.append(fact.name)
        firm.note(job)


# -- organizers ----------------------------------------------------------------------------------


def organizer_saved(firm: Firm, job: Job, thing: Thing, fact: OrganizerSaved) -> None:
    """A draft changes nothing but itself."""
    _check_answers(thing, fact.answers)
    if thing.state is State.COMPLETED:
        return
    if thing.answers != dict(fact.answers):
        thing.answers = dict(fact.answers)
        firm.note(job)


def organizer_submitted(firm: Firm, job: Job, thing: Thing, fact: OrganizerSubmitted) -> None:
    """It is done, and what was answered takes effect."""
    _check_answers(thing, fact.answers)
    if thing.state is State.COMPLETED:
        if fact.answers and dict(fact.answers) != thing.answers:
            raise Refused("it is to be returned first")
        return
    answers = dict(fact.answers) or thing.answers
    asked = thing.template.questions if thing.template is not None else ()
    if not fact.incomplete and any(one.required and not answers.get(one.text) for one in asked):
        raise Refused("a required answer lacks")
    if thing.answers != answers:
        firm.note(job)
    thing.answers = answers
    firm.complete(job, thing)


def organizer_returned(firm: Firm, job: Job, thing: Thing, fact: OrganizerReturned) -> None:
    """The client has it again."""
    firm.reopen(job, thing)


def _check_answers(thing: Thing, answers: Any) -> None:
    asked = {one.text: one for one in thing.template.questions} if thing.template else {}
    for question, answer in answers.items():
        if question not in asked:
            raise Refused("no such question")
        if asked[question].choices and answer not in asked[question].choices:
            raise Refused("no such choice")


# -- money ---------------------------------------------------------------------------------------


def _counts(thing: Thing, payment: Payment, *, submitted: bool) -> bool:
    if payment.cleared or payment.reference in thing.cleared:
        return True
    had_come = thing.settled and payment.reference in thing.refunded
    return (submitted or had_come) and payment.reference not in thing.failed


def _stands(thing: Thing, payment: Payment) -> bool:
    """Tell whether a payment has come, or may still."""
    sure = payment.cleared or payment.reference in thing.cleared
    return sure or payment.reference not in thing.failed


def _back(thing: Thing, payment: Payment) -> Money:
    """Return how much of a payment went back."""
    if payment.reference is None or payment.reference not in thing.refunded:
        return Money(0, payment.amount.currency)
    part = thing.refunded[payment.reference]
    return payment.amount if part is None else min(part, payment.amount)


def _lost(thing: Thing, payment: Payment) -> Money:
    """Return how much of it went back since the bill was settled."""
    back = _back(thing, payment)
    if payment.reference is None or payment.reference not in thing.since:
        return back - back
    before = thing.since[payment.reference]
    return back if before is None else back - min(before, back)


def _sum(thing: Thing, *, submitted: bool) -> Money:
    """Return what came and stayed; what settled a bill is all that was due, known or not (R-2)."""
    assert thing.total is not None
    nothing = Money(0, thing.total.currency)
    counted = [one for one in thing.payments if _counts(thing, one, submitted=submitted)]
    known = sum((one.amount - _back(thing, one) for one in counted), nothing)
    if not thing.settled:
        return known
    lost = sum((_lost(thing, one) for one in counted), nothing)
    new = [one for one in thing.added if _counts(thing, one, submitted=submitted)]
    added = sum((one.amount for one in new), nothing)
    return max(known - added + lost, thing.total) - lost + added


def paid(firm: Firm, thing: Thing) -> bool:
    """Tell whether a bill is paid, as far as money is known."""
    if thing.total is None:
        standing = [one for one in thing.payments if _stands(thing, one)]
        return thing.settled and not any(_lost(thing, one) for one in standing)
    return _sum(thing, submitted=firm.submitted_counts) >= thing.total


def _settled_still(thing: Thing) -> bool:
    """Tell whether no money went back that was needed since the bill was settled."""
    return thing.total is None or _sum(thing, submitted=False) >= thing.total


def counts_by_now(firm: Firm, thing: Thing) -> bool:
    """Tell whether a bill is paid by debits that count by now; a reopened one stays open (R-3)."""
    if thing.total is None or not thing.payments:
        return False
    return _sum(thing, submitted=False) < thing.total and paid(firm, thing)


def covered(thing: Thing) -> bool:
    """Tell whether payments under way cover the whole rest (R-8)."""
    if thing.total is None:
        return False
    return _sum(thing, submitted=False) < thing.total <= _sum(thing, submitted=True)


def _came(firm: Firm, job: Job, thing: Thing) -> None:
    """See whether money that came is enough."""
    if covered(thing):
        firm.hush(thing)
    firm.note(job)
    if paid(firm, thing):
        firm.complete(job, thing)


def _counts_now(firm: Firm, job: Job, thing: Thing, reference: str) -> None:
    """See whether money is enough that counts from here on, unless some of it went back."""
    if reference in thing.refunded:
        _went(firm, job, thing)
    _came(firm, job, thing)


def _went(firm: Firm, job: Job, thing: Thing, *, was_paid: bool = True) -> None:
    """See whether what is left is still enough, or enough again: what failed had not gone back."""
    firm.note(job)
    if not paid(firm, thing):
        firm.reopen(job, thing)
    elif not was_paid:
        firm.complete(job, thing)


def payment_received(firm: Firm, job: Job, thing: Thing, fact: PaymentReceived) -> None:
    """Money came, or is on its way."""
    reference = fact.reference
    known = [one for one in thing.payments if reference is not None and one.reference == reference]
    if known and known[0].amount != fact.amount:
        raise Refused("another payment needs another reference")
    if known:
        if fact.cleared and not known[0].cleared and reference not in thing.cleared:
            thing.cleared.add(reference or "")
            _counts_now(firm, job, thing, reference or "")
        return
    anew = reference is None and thing.settled and not _settled_still(thing)
    thing.payments.append(Payment(fact.amount, fact.cleared, reference))
    thing.added += thing.payments[-1:] if anew else []
    if reference in thing.refunded:
        _went(firm, job, thing)
    _came(firm, job, thing)


def payment_cleared(firm: Firm, job: Job, thing: Thing, fact: PaymentCleared) -> None:
    """It counts, whatever failed before."""
    certain = {one.reference for one in thing.payments if one.cleared} | thing.cleared
    if fact.reference in certain:
        return
    thing.cleared.add(fact.reference)
    if any(one.reference == fact.reference for one in thing.payments):
        _counts_now(firm, job, thing, fact.reference)
    else:
        firm.note(job)


def payment_failed(firm: Firm, job: Job, thing: Thing, fact: PaymentFailed) -> None:
    """It does not count, unless it has cleared."""
    if fact.reference not in thing.failed:
        was_paid = paid(firm, thing)
        thing.failed.add(fact.reference)
        _went(firm, job, thing, was_paid=was_paid)


def payment_refunded(firm: Firm, job: Job, thing: Thing, fact: PaymentRefunded) -> None:
    """So much of it went back in all; the most that was told holds."""
    if fact.reference in thing.refunded:
        before = thing.refunded[fact.reference]
        if before is None or (fact.amount is not None and fact.amount <= before):
            return
    if thing.settled:
        thing.since.setdefault(fact.reference, thing.refunded.get(fact.reference))
    was_paid = paid(firm, thing)
    thing.refunded[fact.reference] = fact.amount
    _went(firm, job, thing, was_paid=was_paid)


def invoice_paid(firm: Firm, job: Job, thing: Thing, fact: InvoicePaid) -> None:
    """It is settled, by whatever means, as it stands (R-2)."""
    if not thing.settled or thing.since:
        thing.settled, thing.since, thing.added = True, {}, []
        firm.note(job)
    firm.complete(job, thing)


# -- letters and documents -----------------------------------------------------------------------


def signed(firm: Firm, job: Job, thing: Thing, fact: ProposalSigned | DocumentSigned) -> None:
    """By one, or as required."""
    package = getattr(fact, "package", None)
    over = thing.state is State.COMPLETED or thing.done_since
    if package is not None:
        offered = [one.name for one in thing.template.packages] if thing.template else []
        anew = not over and not thing.signed  # it may have been reopened
        if package not in offered or (not anew and thing.package not in {None, package}):
            raise Refused("no such package")
    if fact.by is not None and fact.by not in thing.signers:
        raise Refused("nobody who signs")
    new = [who for who in ([fact.by] if fact.by else thing.signers) if who not in thing.signed]
    if thing.state is not State.PENDING:
        thing.signed += new
        agreed = {*thing.refusals} & {*thing.signed}
        thing.refusals = [who for who in thing.refusals if who not in agreed]
        if new or agreed:
            firm.note(job)
        whole = fact.by is None or 0 < thing.enough <= len(thing.signed)
        if thing.state is State.RESOLVED and whole and not over:
            firm.complete(job, thing)
        elif thing.state is State.RESOLVED:
            firm.late(job, thing)
        if not over:
            thing.package = package or thing.package
        elif package not in {None, thing.package} and fact not in thing.late_facts:
            thing.late_facts.append(fact)
            firm.note(job)
        return
    if fact.by is not None and not new:
        if package not in {None, thing.package}:
            thing.package = package
            firm.note(job)
        return
    thing.signed += new
    thing.package = package or thing.package
    firm.note(job)
    if fact.by is None or 0 < thing.enough <= len(thing.signed):
        firm.complete(job, thing)
    elif fact.by in thing.refusals:
        thing.refusals.remove(fact.by)
        if not thing.declined:
            firm.remind_again(job, thing)


def declined(firm: Firm, job: Job, thing: Thing, fact: Declined) -> None:
    """It stays open, and nobody is reminded of it (R-13)."""
    if fact.by not in thing.refusals:
        thing.refusals.append(fact.by)
        if thing.state is State.PENDING:
            firm.quieten(thing)
        firm.note(job)


def approved(firm: Firm, job: Job, thing: Thing, fact: DocumentApproved) -> None:
    """The client agrees."""
    refused = thing.refusals or thing.disapproved
    thing.disapproved = False
    if refused and thing.state is not State.PENDING:
        late, thing.refusals, firm.news = thing.state is State.RESOLVED, [], True
        if late:
            firm.note(job)
    firm.complete(job, thing)


def disapproved(firm: Firm, job: Job, thing: Thing, fact: DocumentDisapproved) -> None:
    """It is open, or open again; said twice it says nothing new."""
    if thing.disapproved:
        return
    thing.disapproved = True
    if not firm.reopen(job, thing):
        firm.note(job)


def request_submitted(firm: Firm, job: Job, thing: Thing, fact: ClientRequestSubmitted) -> None:
    """The client did what was asked for; of what was linked the firm may have to accept it."""
    let_go = thing.unlinked and thing.state is State.RESOLVED and not thing.done_since
    thing.sent_in |= thing.template is None and (let_go or thing.state is State.PENDING)
    firm.complete(job, thing)


def request_accepted(firm: Firm, job: Job, thing: Thing, fact: ClientRequestAccepted) -> None:
    """The firm says that it is done."""
    if thing.sent_in:
        thing.sent_in = False
        firm.note(job)
    firm.complete(job, thing)


# -- messages ------------------------------------------------------------------------------------


def ticked(firm: Firm, job: Job, thing: Thing, fact: ClientTaskChecked) -> None:
    """The last one completes the message."""
    if fact.name not in thing.client_tasks:
        raise Refused("no such client task")
    if fact.name in thing.ticked:
        return
    thing.ticked.append(fact.name)
    firm.note(job)
    if set(thing.ticked) == set(thing.client_tasks):
        firm.complete(job, thing)


def unticked(firm: Firm, job: Job, thing: Thing, fact: ClientTaskUnchecked) -> None:
    """It waits again."""
    if fact.name not in thing.client_tasks:
        raise Refused("no such client task")
    if fact.name in thing.ticked:
        thing.ticked.remove(fact.name)
        if not firm.reopen(job, thing):
            firm.note(job)


def replied(firm: Firm, job: Job, thing: Thing, fact: MessageReplied) -> None:
    """It completes nothing, and stops reminders where no client task is open."""
    if not thing.replied:
        thing.replied = True
        firm.note(job)
        if set(thing.ticked) == set(thing.client_tasks):
            firm.quieten(thing)


# -- whatever it is ------------------------------------------------------------------------------


def cancelled(firm: Firm, job: Job, thing: Thing, fact: Cancelled) -> None:
    """It is no longer waited for; what is done stays done (A-10)."""
    firm.cancel(job, thing)
    if thing.state is not State.COMPLETED and not thing.done_since:
        thing.void = thing.sure = True


def reopened(firm: Firm, job: Job, thing: Thing, fact: Reopened) -> None:
    """It waits again, whatever it was (R-3)."""
    firm.reopen_by_hand(job, thing)


FACTS: dict[type[Fact], Hear] = {
    TaskCompleted: task_completed,
    TaskReopened: task_reopened,
    SubtaskChecked: subtask_checked,
    OrganizerSaved: organizer_saved,
    OrganizerSubmitted: organizer_submitted,
    OrganizerReturned: organizer_returned,
    PaymentReceived: payment_received,
    PaymentCleared: payment_cleared,
    PaymentFailed: payment_failed,
    PaymentRefunded: payment_refunded,
    InvoicePaid: invoice_paid,
    ProposalSigned: signed,
    DocumentSigned: signed,
    Declined: declined,
    DocumentApproved: approved,
    DocumentDisapproved: disapproved,
    ClientRequestAccepted: request_accepted,
    ClientRequestSubmitted: request_submitted,
    ClientTaskChecked: ticked,
    ClientTaskUnchecked: unticked,
    MessageReplied: replied,
    Cancelled: cancelled,
    Reopened: reopened,
}
# What completes a thing of each kind, whatever else is known of it.
COMPLETES: dict[ItemKind, Fact] = {
    ItemKind.TASK: TaskCompleted(),
    ItemKind.INVOICE: InvoicePaid(),
    ItemKind.LOCKED_DOCUMENT: InvoicePaid(),
    ItemKind.ORGANIZER: OrganizerSubmitted(incomplete=True),
    ItemKind.PROPOSAL: ProposalSigned(),
    ItemKind.SIGNATURE: DocumentSigned(),
    ItemKind.APPROVAL: DocumentApproved(),
    ItemKind.CLIENT_REQUEST: ClientRequestAccepted(),
}
