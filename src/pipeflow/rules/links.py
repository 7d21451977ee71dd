"""Links: things made elsewhere that a job waits for, and letting go of them (domain.md 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..errors import NotAllowedError, a
from ..model.events import Event, FactRecorded, ItemLinked, ItemResolved, ItemUnlinked
from ..model.facts import (
    Cancelled,
    ClientRequestAccepted,
    ClientRequestSubmitted,
    ClientTaskChecked,
    Declined,
    DocumentApproved,
    DocumentSigned,
    Fact,
    InvoicePaid,
    OrganizerSubmitted,
    ProposalSigned,
    Reopened,
    TaskCompleted,
)
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    LockState,
    Mark,
    Progress,
    Questionnaire,
    Signatory,
    SigningState,
)
from ..model.money import Money
from ..model.record import replaced
from ..model.text import single_line
from .creations import signatories
from .decision import Decision, State
from .draft import Draft
from .effects import be_born_done, evaluated, place_of
from .item import LET_GO_OF, LINK, Touched, is_done
from .left import scope_of
from .link_specs import LinkSpec, as_said, contradictions, unheeded
from .payments import adopt, settle, was_paid
from .signatures import signatory_meant
from .tags import handed_on

__all__ = ["adopt_total", "link", "unlink"]

PENDING = ItemState.PENDING
KNOWN = "it was known when this was linked"
AGAIN = "its invoice was linked again"
VOID = "{} was cancelled before it was linked, and is void until it is reopened"
DONE_SINCE = (
    "{} was cancelled before it was linked, and what was done since does not count here; complete "
    "it if it is done"
)
# By which things are done, in whole or in part; what a bill knows of its money counts anyway.
DOING = (
    ClientRequestAccepted,
    ClientRequestSubmitted,
    ClientTaskChecked,
    DocumentApproved,
    DocumentSigned,
    OrganizerSubmitted,
    ProposalSigned,
    TaskCompleted,
)
# What is so of a thing itself, whoever has it linked.
THE_THINGS = frozenset({Mark.AWAY, Mark.DECLINED, Mark.DISAPPROVED, Mark.SUBMITTED})


def link(
    state: State,
    spec: LinkSpec,
    known: Item | None,
    now: datetime,
    actor: str,
    *,
    shared: bool = False,
    told: Iterable[Event] = (),
    asked: Iterable[Fact] = (),
    void: bool = False,
) -> Decision:
    """Link a thing made elsewhere; it counts for automove like the others (domain.md 2.1).

    One that is complete already counts as completed in this visit, so the job may move (A-9).
    The same thing twice changes nothing, and what is said otherwise the second time is refused:
    that it is done too, which `complete` or a fact says of what is linked already.
    What another job knows of it counts, and so does what facts said of it; what was said otherwise
    is warned of.

    Args:
        state: The job.
        spec: What shall be linked.
        known: The same thing, as another job or visit has it.
        now: The instant.
        actor: Who links it.
        shared: Whether it is linked more than once now, by other jobs or by this one.
        told: The job's history, by which a repeat is known.
        asked: The facts by which the thing asks for more or less than it did where it was linked
            first; whoever had it made may have yet to hear of them.
        void: Whether it is a bill that is known to be void, for which nobody pays.

    Raises:
        NotFoundError: The job has no such invoice as the document is locked by.
        NotAllowedError: What it is locked by is no invoice, or the job has let go of it; or it is
            linked already, and as something else.
    """
    draft = Draft(state, now, actor)
    id = spec.ref.id  # told apart first: a job may have many links
    alike = [item for item in draft.items if item.ref is not None and item.ref.id == id]
    for item in alike:
        if item.ref == spec.ref and item.origin == LINK and Mark.UNLINKED not in item.marks:
            if problems := tuple(contradictions(spec, item, state, told, shared=shared)):
                raise NotAllowedError(*problems)
            return draft.decide()
    bill = _progress(spec, known, state)
    done = spec.completed or (known is not None and _is_done(known, bill))
    place, item = len(draft.items), _made(draft, spec, known, bill, done=done)
    draft.items.append(item)
    for fact in asked:
        draft.tell(FactRecorded, item.id, item.name, fact, KNOWN)
    if known is not None and Mark.UNLINKED in known.marks:
        _take_over(draft, place, known)
    if done and not spec.completed and _is_unsettled(item):
        settle(Touched(draft, place, InvoicePaid(), born=True))
    elif done or (spec.locked_by and not any(one.state is PENDING for one in _locks(spec, state))):
        be_born_done(draft, place)
    elif isinstance(bill, InvoiceState) and bill.total is not None and not _is_open(known, bill):
        adopt(Touched(draft, place, InvoicePaid(), born=True), bill.total)
    if done and not spec.completed:  # whoever made it may say yet that the firm has to accept it
        sent, one = item.marks & {Mark.SUBMITTED}, draft.items[place]
        draft.items[place] = replaced(one, marks=one.marks | sent)
    if item.kind is ItemKind.INVOICE and draft.items[place].state is PENDING:
        Touched(draft, place, Reopened(AGAIN)).lock()
    if draft.items[place].state is PENDING:
        _warn_of_what_was_over(draft, item, known, void=void)
    return evaluated(draft)


def _warn_of_what_was_over(draft: Draft, item: Item, known: Item | None, *, void: bool) -> None:
    """Warn of what waits here for a thing that was cancelled, so that nobody may act on it."""
    if void:
        draft.warn(VOID.format(repr(item.name)))
    since = known.late_facts[-1:] if known is not None and known.is_over else ()
    if any(isinstance(fact, DOING) for fact in since):
        draft.warn(DONE_SINCE.format(repr(item.name)))


def _made(
    draft: Draft, spec: LinkSpec, known: Item | None, so_far: Progress, *, done: bool
) -> Item:
    """Make the item of a thing that is linked, as far as the thing has come, and tell of it."""
    state = draft.state
    item = Item(
        f"{draft.job.id}/{len(draft.items) + 1}",
        draft.job.id,
        spec.kind,
        single_line(spec.name) or spec.ref.id,
        None,
        ItemState.PENDING,
        spec.ref,
        draft.visit,
        draft.stage,
        LINK,
        draft.now,
        None,
        so_far,
        pipeline=draft.job.pipeline,
        scope=scope_of(state.job, state.book.pipeline),
    )
    said = (spec.total, spec.client_tasks, spec.signatures, spec.signers, spec.in_order)
    draft.tell(ItemLinked, item.id, item.name, *said)
    if known is not None:
        refusals = tuple(one for one in known.late_facts if isinstance(one, Declined))
        item = replaced(item, marks=known.marks & THE_THINGS, late_facts=refusals)
    if isinstance(item.progress, SigningState) and not spec.completed:
        draft.warn_unsigned(item.progress.signatories, repr(item.name))
    for warning in unheeded(spec, item, draft.account):
        draft.warn(warning)
    if not item.asks:
        return replaced(item, state=ItemState.RESOLVED)
    if Mark.AWAY in item.marks and not done:
        draft.tell(ItemResolved, item.id, item.name, "it was put away")
        return replaced(item, state=ItemState.RESOLVED)
    return item


def _take_over(draft: Draft, place: int, known: Item) -> None:
    """Let a thing that was let go of be the same one here: it locks what it locked, and the tags
    that its answers gave are still theirs (R-40).
    """
    old, new = known.id, draft.items[place].id
    void = False
    for number, other in enumerate(draft.items):
        lock = other.progress
        if isinstance(lock, LockState) and old in lock.invoices:
            ids = tuple(new if one == old else one for one in lock.invoices)
            draft.items[number] = replaced(other, progress=replaced(lock, invoices=ids))
            void = void or lock.void
    if void:
        Touched(draft, place, Reopened(AGAIN)).lock()  # until it is paid, which it may be at once
    draft.account = handed_on(draft.account, old, new)


def _is_unsettled(item: Item) -> bool:
    """Tell whether it is a bill that is paid by its money alone: if that goes, it is open again."""
    bill = item.progress
    return isinstance(bill, InvoiceState) and bill.total is not None and not bill.stays_settled


def _is_done(known: Item, so_far: Progress) -> bool:
    """Tell whether a thing is done, as it is said to be now: what a bill comes to anew says so
    later, and a letter may be signed by one where that is enough.
    """
    before = known.progress
    if isinstance(so_far, InvoiceState) and isinstance(before, InvoiceState):
        return is_done(known) and before.total in {None, so_far.total}
    if isinstance(so_far, SigningState) and isinstance(before, SigningState):
        return is_done(known) or (so_far.required is not before.required and so_far.is_signed)
    return is_done(known)


def _is_open(known: Item | None, bill: InvoiceState) -> bool:
    """Tell whether it is a bill that is known to be open, and to come to just that: one that was
    reopened stays so, whatever money has come (R-3).
    """
    if known is None or (known.state is ItemState.RESOLVED and Mark.UNLINKED not in known.marks):
        return False
    return isinstance(known.progress, InvoiceState) and known.progress.total == bill.total


def adopt_total(state: State, item: str, total: Money, now: datetime, actor: str) -> Decision:
    """Take over what an invoice comes to from another job that has it linked, and knew it."""
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    adopt(Touched(draft, place, InvoicePaid(), born=True), total)
    return evaluated(draft)


def _locks(spec: LinkSpec, state: State) -> Iterator[Item]:
    """Yield the invoices by which a document is locked, as the job has them."""
    for one in dict.fromkeys(spec.locked_by):
        found = state.job.item(one)
        if found.kind is not ItemKind.INVOICE or found.state is ItemState.RESOLVED:
            what = "was cancelled" if found.kind is ItemKind.INVOICE else f"is {a(found.kind)}"
            raise NotAllowedError(
                f"{found.name!r} {what}, and a document is locked by invoices that count"
            )
        yield found


def _progress(spec: LinkSpec, known: Item | None, state: State) -> Progress:
    account = state.account
    if spec.locked_by:
        return LockState(tuple(invoice.id for invoice in _locks(spec, state)))
    so_far = as_said(spec, known) if known is not None else None
    if isinstance(so_far, LockState):  # whose invoices another job has
        return InvoiceState(spec.total)
    if isinstance(so_far, SigningState):  # what acceptance brings is the letter's, and no job's
        return replaced(so_far, invoice=None, billed=False)
    if isinstance(so_far, InvoiceState) and so_far.total is None:
        return replaced(so_far, total=spec.total)
    if so_far is not None:
        return so_far
    match spec.kind:
        case ItemKind.INVOICE | ItemKind.LOCKED_DOCUMENT:
            return InvoiceState(spec.total)
        case ItemKind.PROPOSAL | ItemKind.SIGNATURE:
            people = signatories(account.contacts)
            signers = [
                signatory_meant(people, one, "$.signers") or Signatory(one, single_line(one) or one)
                for one in spec.signers
            ]
            named = tuple(dict.fromkeys(signers)) or signatories(account.signatories)
            return SigningState(spec.signatures, named, in_order=spec.in_order)
        case ItemKind.MESSAGE:
            return Checklist(spec.client_tasks)
        case ItemKind.ORGANIZER:
            return Questionnaire(())
        case _:
            return None


def unlink(state: State, item: str, now: datetime, actor: str) -> Decision:
    """Let go of an item: it is resolved, nothing is deleted, automove is evaluated (A-10).

    Its reminders stop, and what has not left to create it never does. It keeps its reference, so
    that what happens to the thing is still heard of (R-15).
    """
    draft = Draft(state, now, actor)
    one = Touched(draft, place_of(draft.items, item, state.job.name), Cancelled("unlinked"))
    if Mark.UNLINKED in one.item.marks:
        return draft.decide()
    was = one.item.state
    paid = one.item.is_over and was_paid(one.item, draft.book.settings)
    done = paid or _is_credited(one.item)
    marks = {Mark.UNLINKED, Mark.DONE} if done else {Mark.UNLINKED}
    if was is ItemState.PENDING:
        one.resolve(LET_GO_OF)
    else:
        one.silence("")
        one.withdraw()
    one.update(marks=one.item.marks | marks)
    draft.account = handed_on(draft.account, one.item.id)
    draft.tell(ItemUnlinked, one.item.id, one.item.name)
    return evaluated(draft)


def _is_credited(item: Item) -> bool:
    """Tell whether it is a bill that nobody waits for since credit notes left nothing to pay."""
    bill = item.progress
    if not isinstance(bill, InvoiceState) or item.state is not ItemState.RESOLVED:
        return False
    return bill.due is not None and not bill.due
