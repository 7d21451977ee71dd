"""Recording facts: what each one does to the item that it is about (domain.md 2.3)."""

from __future__ import annotations

from typing import assert_never, cast

from ..errors import DefinitionError, NotAllowedError, NotFoundError, Problem, shown, unknown
from ..model import facts as f
from ..model.events import FactRecorded, ItemCompleted, ItemReopened, ItemResolved
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    Payment,
    Questionnaire,
    SigningState,
)
from ..model.jobs import JobStatus
from ..model.money import Money
from ..model.settings import BankPayments
from ..model.templates import InvoiceTemplate, Signatures
from ..model.swift import changing, replaced, swift
from ..model.values import FieldValue, FrozenMap
from .answers import accept_answers, check_answers
from .draft import Draft
from .making import make_invoice

__all__ = ["completing_facts", "record"]


_completed, _with_state = swift(ItemCompleted), changing(Item, "state")
TASK_DONE: list[f.Fact] = [f.TaskCompleted()]
PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED


def record(draft: Draft, place: int, fact: f.Fact) -> None:
    """Take in a fact about the item at *place*; the same fact twice changes nothing.

    Raises:
        NotAllowedError: The fact is not one about this kind of item.
        NotFoundError: It names a question, client task, signatory or payment that is not there.
        DefinitionError: Its content does not fit, such as money of another currency.
    """
    item = draft.items[place]
    if item.kind not in fact.about:
        fitting = sorted(c.__name__ for c in _all_facts() if item.kind in c.about)
        raise NotAllowedError(
            Problem(
                f"{type(fact).__name__} can not happen to {item.name!r}, which is a {item.kind}",
                f"item {item.id}",
                allowed=tuple(fitting),
            )
        )
    Recording(draft, place, item, fact).take_in()


def _all_facts() -> list[type[f.Fact]]:
    return [cast("type[f.Fact]", getattr(f, name)) for name in f.__all__ if name != "Fact"]


def completing_facts(item: Item) -> list[f.Fact]:
    """Return the facts that complete an item of this kind, whatever happened to it before.

    Raises:
        NotAllowedError: It asks nothing of anybody, so there is nothing to complete.
    """
    match item.kind:
        case ItemKind.TASK:
            return TASK_DONE
        case ItemKind.INVOICE | ItemKind.LOCKED_DOCUMENT:
            return [f.InvoicePaid()]
        case ItemKind.ORGANIZER:
            return [f.OrganizerSubmitted()]
        case ItemKind.PROPOSAL:
            return [f.ProposalSigned()]
        case ItemKind.APPROVAL:
            return [f.DocumentApproved()]
        case ItemKind.SIGNATURE:
            return [f.DocumentSigned()]
        case ItemKind.CLIENT_REQUEST:
            return [f.ClientRequestSubmitted()]
        case ItemKind.MESSAGE if item.asks and isinstance(item.progress, Checklist):
            return [f.ClientTaskChecked(task) for task in item.progress.client_tasks]
        case ItemKind.MESSAGE | ItemKind.NOTE:
            raise NotAllowedError(
                f"{item.name!r} asks nothing of anybody, so there is nothing to complete"
            )
        case _:
            assert_never(item.kind)


class Recording:
    """One fact being taken in by one item."""

    def __init__(self, draft: Draft, place: int, item: Item, fact: f.Fact) -> None:
        """Take the draft, the item with its place in it, and the fact."""
        self.draft = draft
        self.place = place
        self.item = item
        self.fact = fact

    def take_in(self) -> None:  # noqa: C901, PLR0912  (a case a fact)
        """Do what the fact says."""
        match self.fact:
            case f.TaskCompleted() | f.DocumentApproved() | f.ClientRequestSubmitted():
                self.complete()
            case f.TaskReopened() | f.OrganizerReturned():
                self.reopen()
            case f.DocumentDisapproved():
                self.reopen() if self.item.state is COMPLETED else self.note()
            case f.SubtaskChecked(name):
                self.note(name)
            case f.OrganizerSaved(answers):
                self._save_answers(answers)
            case f.OrganizerSubmitted(answers):
                self._submit(answers)
            case f.ProposalSigned(by, package=package):
                self._sign(by, package)
            case f.DocumentSigned(by):
                self._sign(by, None)
            case f.PaymentReceived() as payment:
                self._receive(payment)
            case f.PaymentCleared(reference):
                self._clear(reference)
            case f.PaymentFailed(reference):
                self._bounce(reference)
            case f.InvoicePaid():
                self._pay_rest()
            case f.ClientTaskChecked(name):
                self._tick(name)
            case f.ClientTaskUnchecked(name):
                self._untick(name)
            case f.MessageReplied():
                self._reply()
            case f.Cancelled(reason):
                self.resolve(reason or "cancelled")
            case _:
                raise NotAllowedError(f"{type(self.fact).__name__} is no fact that is known here")

    # -- what can become of an item --------------------------------------------------------------

    def update(self, **changes: object) -> None:
        """Change the item."""
        self.item = self.draft.items[self.place] = replaced(self.item, **changes)

    def note(self, note: str = "") -> None:
        """Write down that it happened; the item's state stays."""
        draft, item = self.draft, self.item
        draft.events.append(
            FactRecorded(
                draft.now, draft.job.id, draft.actor, item.id, item.name, self.fact, note
            )
        )

    def complete(self, note: str = "") -> None:
        """Complete the item, once; one that was resolved before stays so."""
        draft, item = self.draft, self.item
        if item.state is RESOLVED:
            self.note(note or "it was no longer waited for")
        elif item.state is PENDING:
            done = draft.disarm(item) if item.timer is not None else item
            self.item = draft.items[self.place] = _with_state(done, COMPLETED)
            draft.events.append(
                _completed(
                    draft.now, draft.job.id, draft.actor, item.id, item.name, self.fact
                )
            )

    def reopen(self) -> None:
        """Let the item wait for somebody again; the job stays where it is (A-11)."""
        draft, item = self.draft, self.item
        if item.state is PENDING or not item.asks:
            return
        opened = replaced(item, state=ItemState.PENDING)
        draft.events.append(
            ItemReopened(draft.now, draft.job.id, draft.actor, item.id, item.name, self.fact)
        )
        if draft.job.status != JobStatus.ARCHIVED:
            opened = draft.arm(opened, opened.reminders)
        self.item = draft.items[self.place] = opened

    def resolve(self, reason: str) -> None:
        """Stop waiting for the item, without calling it done (A-10)."""
        draft, item = self.draft, self.item
        if item.state is RESOLVED and item.timer is None:
            return
        self.item = draft.items[self.place] = replaced(
            draft.disarm(item), state=ItemState.RESOLVED
        )
        if item.request is not None and item.ref is None:
            draft.cancels.append(item.request)
        draft.events.append(
            ItemResolved(draft.now, draft.job.id, draft.actor, item.id, item.name, reason)
        )

    # -- organizers ------------------------------------------------------------------------------

    def _save_answers(self, answers: FrozenMap[str, FieldValue]) -> None:
        sheet = self._questionnaire()
        check_answers(sheet, answers, self.item)
        if self.item.state is PENDING and sheet.answers != answers:
            self.update(progress=replaced(sheet, answers=answers))
            self.note("saved as a draft")

    def _submit(self, answers: FrozenMap[str, FieldValue]) -> None:
        sheet = self._questionnaire()
        check_answers(sheet, answers, self.item)
        if self.item.state is COMPLETED:
            if answers not in ({}, sheet.answers):
                raise NotAllowedError(
                    f"{self.item.name!r} was submitted before, with other answers; "
                    "record OrganizerReturned() first"
                )
            return
        self.update(progress=replaced(sheet, answers=answers))
        if self.item.state is PENDING and self._runs("its answers changed no tags"):
            accept_answers(self.draft, self.item, sheet, answers)
        self.complete()

    def _questionnaire(self) -> Questionnaire:
        progress = self.item.progress
        return progress if isinstance(progress, Questionnaire) else Questionnaire(())

    def _runs(self, otherwise: str) -> bool:
        """Tell whether the job is one in which something may still follow from a fact (A-22)."""
        status = self.draft.job.status
        if status in {JobStatus.COMPLETED, JobStatus.ARCHIVED}:
            self.draft.warn(f"{self.item.name!r}: the job is {status.lower()}, {otherwise}")
            return False
        return True

    # -- signatures ------------------------------------------------------------------------------

    def _sign(self, by: str | None, package: str | None) -> None:
        state = self.item.progress
        if not isinstance(state, SigningState):
            state = SigningState(Signatures.ONE)
        known = [p.name for p in state.packages]
        if package is not None and package not in known:
            raise NotFoundError(unknown("package", package, known, where=f"item {self.item.id}"))
        if by is None:
            signed = tuple(dict.fromkeys((*state.signed, *(s.id for s in state.signatories))))
            complete = True
        else:
            signer = self._signatory(state, by)
            if signer in state.signed:
                return
            signed = (*state.signed, signer)
            complete = state.required is Signatures.ONE or len(signed) >= len(state.signatories)
        if self.item.state is not PENDING:
            if self.item.state is RESOLVED:
                self.note("it was no longer waited for")
            return
        self.update(progress=replaced(state, signed=signed))
        if not complete:
            self.note(f"{len(signed)} of {len(state.signatories)} signed")
            return
        self.complete()
        if (package or state.invoice) and self._runs("nothing followed from it"):
            self._accepted(state, package)

    def _signatory(self, state: SigningState, by: str) -> str:
        for one in state.signatories:
            if by in {one.id, one.email, one.name} and by:
                return one.id or one.name
        names = [one.email or one.name for one in state.signatories]
        raise NotFoundError(unknown("signatory", by, names, where=f"item {self.item.id}"))

    def _accepted(self, state: SigningState, package: str | None) -> None:
        """Apply the package's tags, and make the invoice that acceptance brings (domain.md 2.3)."""
        draft, proposal = self.draft, self.item
        for one in state.packages:
            if one.name == package and one.tags is not None:
                draft.set_tags(one.tags.apply(draft.account.tags), f"package {one.name!r}")
        if state.invoice is None:
            return
        template = draft.book.templates.get(state.invoice)
        if isinstance(template, InvoiceTemplate):
            key = f"{proposal.request or f'{draft.tenant}/{proposal.id}'}/acceptance"
            make_invoice(
                draft,
                template,
                proposal.id,
                key,
                None,
                visit=proposal.visit,
                stage=proposal.stage,
            )
        else:
            draft.warn(
                f"{proposal.name!r} was signed, but its invoice template {state.invoice!r} "
                "is not there; make the invoice by hand and link it"
            )

    # -- payments --------------------------------------------------------------------------------

    def _bill(self) -> InvoiceState:
        progress = self.item.progress
        return progress if isinstance(progress, InvoiceState) else InvoiceState(None)

    def _receive(self, fact: f.PaymentReceived) -> None:
        bill = self._bill()
        self._same_currency(bill, fact.amount)
        for number, payment in enumerate(bill.payments):
            if fact.reference is not None and payment.reference == fact.reference:
                if payment.amount != fact.amount:
                    raise NotAllowedError(
                        f"payment {fact.reference!r} is known with {payment.amount}, "
                        f"not {fact.amount}; give another payment another reference"
                    )
                if fact.cleared and not payment.cleared:
                    self._mark_cleared(bill, number)
                return
        paid = Payment(fact.amount, fact.cleared, fact.reference)
        self._settle_bill(replaced(bill, payments=(*bill.payments, paid)), str(fact.amount))

    def _same_currency(self, bill: InvoiceState, amount: Money) -> None:
        used = {p.amount.currency for p in bill.payments}
        used |= {bill.total.currency} if bill.total is not None else set()
        if used and amount.currency not in used:
            raise DefinitionError(
                Problem(
                    f"{self.item.name!r} is billed in {', '.join(sorted(used))}",
                    "$.amount",
                    shown(amount),
                )
            )

    def _payment(self, bill: InvoiceState, reference: str) -> int:
        for number, payment in enumerate(bill.payments):
            if payment.reference == reference:
                return number
        known = [p.reference for p in bill.payments if p.reference]
        raise NotFoundError(unknown("payment", reference, known, where=f"item {self.item.id}"))

    def _clear(self, reference: str) -> None:
        bill = self._bill()
        number = self._payment(bill, reference)
        if not bill.payments[number].cleared:
            self._mark_cleared(bill, number)

    def _mark_cleared(self, bill: InvoiceState, number: int) -> None:
        payments = list(bill.payments)
        payments[number] = replaced(payments[number], cleared=True)
        self._settle_bill(replaced(bill, payments=tuple(payments)), "cleared")

    def _bounce(self, reference: str) -> None:
        """Take a failed debit out; the invoice is unpaid again if it needed it (A-51)."""
        bill = self._bill()
        number = self._payment(bill, reference)
        left = tuple(p for n, p in enumerate(bill.payments) if n != number)
        bill = replaced(bill, payments=left)
        self.update(progress=bill)
        if self.item.state is COMPLETED and not self._is_paid(bill):
            self.reopen()
        else:
            self.note(reference)

    def _pay_rest(self) -> None:
        bill = self._bill()
        if self.item.state is PENDING and bill.total is not None:
            counted = bill.paid(submitted=True) or Money(0, bill.total.currency)
            cleared = tuple(replaced(p, cleared=True) for p in bill.payments)
            if counted < bill.total:
                cleared += (Payment(bill.total - counted),)
            self.update(progress=replaced(bill, payments=cleared))
        self.complete()

    def _settle_bill(self, bill: InvoiceState, note: str) -> None:
        self.update(progress=bill)
        if self.item.state is PENDING and self._is_paid(bill):
            self.complete()
        else:
            self.note(note)

    def _is_paid(self, bill: InvoiceState) -> bool:
        policy = self.draft.book.settings.bank_payments
        paid = bill.paid(submitted=policy is BankPayments.SUBMITTED)
        return bill.total is not None and paid is not None and paid >= bill.total

    # -- messages --------------------------------------------------------------------------------

    def _checklist(self, name: str | None = None) -> Checklist:
        progress = self.item.progress
        sheet = progress if isinstance(progress, Checklist) else Checklist()
        if name is not None and name not in sheet.client_tasks:
            where = f"item {self.item.id}"
            raise NotFoundError(unknown("client task", name, sheet.client_tasks, where=where))
        return sheet

    def _tick(self, name: str) -> None:
        sheet = self._checklist(name)
        if name in sheet.checked:
            return
        sheet = replaced(sheet, checked=(*sheet.checked, name))
        self.update(progress=sheet)
        if sheet.open_tasks:
            self.note(name)
        else:
            self.complete()

    def _untick(self, name: str) -> None:
        sheet = self._checklist(name)
        if name not in sheet.checked:
            return
        left = tuple(one for one in sheet.checked if one != name)
        self.update(progress=replaced(sheet, checked=left))
        if self.item.state is COMPLETED:
            self.reopen()
        else:
            self.note(name)

    def _reply(self) -> None:
        sheet = self._checklist()
        if sheet.replied:
            return
        self.update(progress=replaced(sheet, replied=True))
        self.note()
        if not sheet.open_tasks:
            self.item = self.draft.items[self.place] = self.draft.disarm(self.item, "replied to")

