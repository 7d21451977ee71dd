"""Habits: what a client or the team does about a thing that waits for them, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from ..model.facts import (
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientTaskChecked,
    Declined,
    Fact,
    InvoicePaid,
    OrganizerSubmitted,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    ProposalSigned,
    Reopened,
    TaskCompleted,
)
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    Mark,
    Questionnaire,
    SigningState,
)
from ..model.money import Money
from ..model.templates import Question, QuestionKind
from ..model.values import FieldValue
from ..model.work import Side
from .dice import Dice

__all__ = ["DOES_NOTHING", "facts_about", "moment"]

# The chance that somebody never does what waits for them.
DOES_NOTHING: Mapping[Side, float] = {Side.CLIENT: 0.04, Side.TEAM: 0.01}
USUAL: Mapping[Side, float] = {Side.CLIENT: 4.0, Side.TEAM: 2.0}  # days until it is done
HOURS: Mapping[Side, tuple[int, int]] = {Side.CLIENT: (8, 21), Side.TEAM: (9, 16)}
SATURDAY = 5

ANSWERED = 0.7  # the chance that a question is answered which need not be
RETURNED = 0.1  # that the firm is not content with what a client sent
DECLINES = 0.05  # that a client will not sign at once
IN_PARTS = 0.1  # that an invoice is paid in parts
BY_DEBIT = 0.15  # that it is paid by a bank debit, which clears days later
BOUNCES = 0.1  # that such a debit fails
ALL_AT_ONCE = 0.7  # that a client checks off all tasks of a message in one go
WORDS = ("As last year", "Nothing new", "Please call me", "See the papers", "As we discussed")


def moment(now: datetime, side: Side, dice: Dice) -> datetime:
    """Draw when somebody acts: within days, at an hour of theirs; the team on working days."""
    days = 1 + int(dice.wait(USUAL[side]))
    first, last = HOURS[side]
    then = now.replace(second=0, microsecond=0) + timedelta(days=days)
    then = then.replace(hour=dice.whole(first, last), minute=dice.whole(0, 59))
    while side is Side.TEAM and then.weekday() >= SATURDAY:
        then += timedelta(days=1)
    return then


def facts_about(item: Item, today: date, dice: Dice) -> tuple[Fact, ...]:
    """Draw what happens to an item when somebody sees to it; nothing where nobody knows how."""
    if Mark.DECLINED in item.marks:
        return (Reopened("it was talked over"),)
    match item.kind, item.progress:
        case ItemKind.TASK, _:
            return (TaskCompleted(),)
        case ItemKind.ORGANIZER, Questionnaire() as sheet:
            return (OrganizerSubmitted(_answers(sheet, today, dice)),)
        case ItemKind.CLIENT_REQUEST, Questionnaire() as sheet:
            if Mark.SUBMITTED in item.marks:
                returned = ClientRequestReturned("a page is missing")
                return (returned if dice.falls(RETURNED) else ClientRequestAccepted(),)
            return (ClientRequestSubmitted(_answers(sheet, today, dice)),)
        case ItemKind.PROPOSAL, SigningState() as letter:
            return (_signature(letter, dice),)
        case ItemKind.INVOICE, InvoiceState() as bill:
            return (_payment(bill, f"{item.id}#{len(bill.payments) + 1}", dice),)
        case ItemKind.MESSAGE, Checklist() as sheet:
            several = sheet.open_tasks if dice.falls(ALL_AT_ONCE) else sheet.open_tasks[:1]
            return tuple(ClientTaskChecked(one) for one in several)
        case _:
            return ()


def _signature(letter: SigningState, dice: Dice) -> Fact:
    """Let the next one sign, for a package where some are offered; or not yet."""
    if not letter.missing:
        return ProposalSigned()
    signer = letter.missing[0]
    if dice.falls(DECLINES):
        return Declined(signer.id, "the fee")
    package = letter.package
    if package is None and letter.packages:
        package = dice.pick(letter.packages).name
    return ProposalSigned(signer.id, package=package)


def _payment(bill: InvoiceState, reference: str, dice: Dice) -> Fact:
    """Let the rest of a bill be paid, or a part; a debit that is under way clears or fails."""
    if bill.due is None:
        return InvoicePaid()
    for debit in bill.payments:
        if debit.reference is not None and not (debit.cleared or bill.is_failed(debit)):
            came = not dice.falls(BOUNCES)
            return PaymentCleared(debit.reference) if came else PaymentFailed(debit.reference)
    rest = bill.due - (bill.paid() or Money(0, bill.due.currency))
    half = Money(int(rest.amount) // 2, rest.currency)
    if half and dice.falls(IN_PARTS):
        return PaymentReceived(half, reference=reference)
    if dice.falls(BY_DEBIT):
        return PaymentReceived(rest, cleared=False, reference=reference)
    return InvoicePaid()


def _answers(sheet: Questionnaire, today: date, dice: Dice) -> dict[str, FieldValue]:
    """Draw the answers of a questionnaire: all that are required, and most of the others."""
    return {
        one.text: _answer(one, today, dice)
        for one in sheet.questions
        if one.required or dice.falls(ANSWERED)
    }


def _answer(question: Question, today: date, dice: Dice) -> FieldValue:
    offered = tuple(question.choices)
    match question.kind:
        case QuestionKind.CHOICES:
            return dice.some(offered, 0.4) or (dice.pick(offered),)
        case QuestionKind.CHOICE | QuestionKind.YES_NO:
            return dice.pick(offered or ("Yes", "No"))
        case QuestionKind.NUMBER:
            return dice.whole(1, 20)
        case QuestionKind.DATE:
            return today - timedelta(days=dice.whole(1, 300))
        case QuestionKind.FILE:
            return f"scan-{dice.whole(100, 999)}.pdf"
        case QuestionKind.TEXT:
            return dice.pick(WORDS)
