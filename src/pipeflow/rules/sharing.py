"""Sharing: what one job knows of a thing that another job has too (A-8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import assert_never

from ..errors import PipeflowError
from ..model import facts as f
from ..model.events import (
    Event,
    FactRecorded,
    ItemCompleted,
    ItemReopened,
    ItemResolved,
    Warned,
)
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    LockState,
    Mark,
    Questionnaire,
    SigningState,
)
from ..model.record import replaced
from ..model.templates import Signatures
from .checklists import ask_more
from .decision import SYSTEM, Decision, State
from .draft import Draft
from .effects import be_born_done, completing_facts, evaluated, place_of, take_in
from .item import LINK, OURS, Touched, is_done
from .link_specs import are_same, named
from .payments import adopt, hear_settled, restate

__all__ = ["BACK", "LOST", "asking_facts", "catch_up", "lose"]

ELSEWHERE = "it was cancelled on another job"
ELSEWHERE_AWAY = "it was put away on another job"
OPEN_ELSEWHERE = "it was reopened on another job"
MORE = "more was asked for than was known here"
LOST = "its invoices were cancelled on another job"


WITH_FACT = (FactRecorded, ItemCompleted, ItemReopened)
TOLD = (*WITH_FACT, ItemResolved)
TAKEN_OUT = (f.ThreadReopened, f.OrganizerUnsealed)  # of what was put away
BACK = (f.Reopened, *TAKEN_OUT)  # by which what was over waits again
ASKING = (f.ClientTaskAdded, f.ClientTaskRemoved, f.SignerAdded, f.SignerRemoved)


def catch_up(
    state: State,
    item: str,
    known: Item,
    now: datetime,
    *,
    told: Iterable[Event] = (),
    ours: bool = False,
) -> Decision:
    """Let an item hear what another job knows of the same thing, since they share it from here on.

    What happened to the thing while its reference named only one of them reaches the other now, as
    the facts would have. What is known here already changes nothing.

    Args:
        state: The job that hears it.
        item: The id of its item.
        known: The same thing, as the other job has it; of the same kind.
        now: The instant.
        told: The history of the other job, where that linked the thing.
        ours: Whether the firm had it made there, so that what a bill comes to there counts (R-11),
            and what it asks for; its job may be the only one that wants it no more.
    """
    draft = Draft(state, now, SYSTEM)
    place = place_of(draft.items, item, state.job.name)
    before = draft.items[place]
    if ours and draft.items[place].origin == LINK:
        _ask(Touched(draft, place, f.Reopened(MORE)), known)
    was_done = is_done(draft.items[place])
    if ours and known.is_over and Mark.VOID in known.marks:  # and so it is for all
        Touched(draft, place, f.Cancelled(ELSEWHERE)).resolve(ELSEWHERE)
    over = _hear_again(draft, place, known, told)
    _learn_total(draft, place, known, ours=ours)
    for fact in _heard(known, draft.items[place], before):
        _hear(draft, place, fact)
    if isinstance(known.progress, InvoiceState) and known.state is not ItemState.RESOLVED:
        hear_settled(Touched(draft, place, f.InvoicePaid(), born=True), known.progress)
    if is_done(known) and _waits_for_more(draft.items[place], known):
        if isinstance(draft.items[place].progress, Questionnaire):
            take_in(draft, place, f.ClientRequestSubmitted(incomplete=True))
    elif is_done(known):
        be_born_done(draft, place)
        if not is_done(draft.items[place]) and Mark.UNLINKED in draft.items[place].marks:
            Touched(draft, place, completing_facts(draft.items[place])[-1]).complete()
    elif not was_done and known.state is ItemState.PENDING and _was_reopened(known):
        one = Touched(draft, place, f.Reopened(OPEN_ELSEWHERE))
        if one.is_done:
            one.reopen()
    if Mark.AWAY in known.marks:
        take_in(draft, place, _away(known))
    if over and not was_done and not is_done(known):  # nor is it for who has let go of it
        Touched(draft, place, f.Cancelled(ELSEWHERE)).forget(Mark.DONE)
    return evaluated(draft)


def _learn_total(draft: Draft, place: int, known: Item, *, ours: bool) -> None:
    """Let an item know what a bill comes to; where the firm had that made, it counts (R-11)."""
    total = known.progress.total if isinstance(known.progress, InvoiceState) else None
    one, here = Touched(draft, place, f.InvoicePaid(), born=True), draft.items[place].progress
    if total is None:
        return
    if not isinstance(here, InvoiceState) or here.total is None:
        adopt(one, total)
    elif ours:
        restate(one, total)


def _away(known: Item) -> f.Fact:
    """Return the fact by which a thing is put away."""
    is_organizer = known.kind is ItemKind.ORGANIZER
    return (f.OrganizerSealed if is_organizer else f.ThreadArchived)(ELSEWHERE_AWAY)


def _hear_again(draft: Draft, place: int, known: Item, told: Iterable[Event]) -> bool:
    """Let an item hear what another job heard of the same thing, in that order; return whether
    nobody wants it any more.
    """
    over = False
    bill = draft.items[place].progress
    has_money = isinstance(bill, InvoiceState) and bool(bill.payments)
    whole = is_done(known) and not _waits_for_more(draft.items[place], known)
    log = [e for e in told if isinstance(e, TOLD) and e.item == known.id]
    for fact in _told_of(known, log, whole=whole):
        over = isinstance(fact, f.Cancelled) or (over and not isinstance(fact, BACK))
        if isinstance(fact, f.Cancelled):
            Touched(draft, place, fact).resolve(ELSEWHERE)
        elif isinstance(fact, f.PaymentReceived) and fact.reference is None and has_money:
            continue  # it may be the same money
        else:
            _hear(draft, place, fact)
    return over


def _hear(draft: Draft, place: int, fact: f.Fact) -> None:
    """Take in a fact; what does not fit here harms nobody, and is warned of once."""
    try:
        take_in(draft, place, fact)
    except PipeflowError as error:
        name = draft.items[place].name
        text = f"{name!r}: {type(fact).__name__} changed nothing here: {error}"
        if (Warned, text) not in draft.lines:
            draft.warn(text)


def _told_of(known: Item, log: Iterable[Event], *, whole: bool) -> list[f.Fact]:
    """Return what a job heard of a thing, as facts; that it is wanted no more, or put away, once
    until it waits again.

    That the job itself left it, or let go of it, says nothing of the thing. What was done when it
    was linked, and *whole* as it was asked for, stays so though it is wanted no more (A-10).
    """
    facts, end, stays = list[f.Fact](), None, False
    for event in log:
        fact = event.fact if isinstance(event, WITH_FACT) else None
        is_own = isinstance(event, ItemResolved) and event.reason in OURS
        if isinstance(event, ItemCompleted | ItemReopened):
            stays = whole and fact is None
        if isinstance(event, ItemResolved) or isinstance(fact, f.Cancelled):
            fact = None if is_own or stays or end is not None else f.Cancelled(ELSEWHERE)
            end = len(facts) if fact is not None else end
        if end is not None and _takes_out(event, fact):
            facts[end] = _away(known) if isinstance(fact, TAKEN_OUT) else facts[end]
            end = None
        facts += [] if fact is None else [fact]
    if end is not None and Mark.AWAY in known.marks:
        facts[end] = _away(known)
    return facts


def _takes_out(event: Event, fact: f.Fact | None) -> bool:
    """Tell whether a thing waits again that was over, or is put away no more."""
    noted = isinstance(event, FactRecorded) and event.note
    return isinstance(fact, f.Reopened) or (isinstance(fact, TAKEN_OUT) and not noted)


def _ask(one: Touched, made: Item) -> None:
    """Let a thing ask here for what the firm asked for, as it does where it is linked later.

    Who had it made has heard by now what was heard here. What was done here waits again where more
    have to sign it, the thread asks for more, or the firm has yet to accept it.
    """
    so_far, known = one.item.progress, made.progress
    waits = made.state is ItemState.PENDING or (Mark.UNLINKED in made.marks and not is_done(made))
    if made.kind is ItemKind.MESSAGE and isinstance(known, Checklist):
        for task in known.client_tasks:
            one.fact = f.ClientTaskAdded(task)
            ask_more(one, task)
    elif isinstance(known, SigningState) and isinstance(so_far, SigningState):
        if not are_same(so_far.signatories, known.signatories):
            names = named(signer.name for signer in known.signatories)
            one.draft.warn(
                f"{one.item.name!r}: it was sent to be signed by {names}, and that counts"
            )
        one.update(progress=replaced(known, invoice=None, billed=False))
        if one.is_done and waits and known.signatories and not known.is_signed:
            one.reopen()
    elif isinstance(known, Questionnaire | Checklist):
        one.update(progress=known)
        sent = one.item.marks & {Mark.SUBMITTED}
        if sent and one.is_done and waits:
            one.reopen()
            one.update(marks=one.item.marks | sent)


def _waits_for_more(here: Item, known: Item) -> bool:
    """Tell whether it takes more here to be done than there, where less is known of the thing:
    that the firm accepts what was sent, who else signs, or what else the client has to do.
    """
    match here.progress, known.progress:
        case Questionnaire(accept=True), None:
            return Mark.SUBMITTED in known.marks
        case Checklist(open_tasks=left), Checklist(client_tasks=theirs):
            return any(task not in theirs for task in left)
        case SigningState() as letter, SigningState(signatories=theirs):
            ids = {one.id for one in theirs}
            return letter.required is Signatures.ALL and any(
                one.id not in ids for one in letter.missing
            )
        case _:
            return False


def lose(state: State, item: str, now: datetime) -> Decision:
    """Let nobody wait for a document whose invoices were cancelled on another job, until one of
    them is open again: so it remembers that.
    """
    draft = Draft(state, now, SYSTEM)
    fact = f.Cancelled(LOST)
    one = Touched(draft, place_of(draft.items, item, state.job.name), fact)
    if one.item.state is ItemState.PENDING:
        one.resolve(LOST)
        one.update(late_facts=(*one.item.late_facts, fact))
    return evaluated(draft)


def _was_reopened(known: Item) -> bool:
    """Tell whether what is open has had all that completes it, and so was reopened (R-3)."""
    match known.progress:
        case InvoiceState() as bill:
            paid, due = bill.paid(), bill.due
            return due is not None and paid is not None and paid >= due
        case Checklist(client_tasks=tasks, checked=checked):
            return set(tasks) <= set(checked)
        case _:
            return False


def asking_facts(known: Item, told: Iterable[Event]) -> Iterator[f.Fact]:
    """Yield the facts by which a thing asks for more or less than it did where it was linked."""
    for event in told:
        if isinstance(event, FactRecorded | ItemCompleted | ItemReopened) and (
            event.item == known.id and isinstance(event.fact, ASKING)
        ):
            yield event.fact


def _offers(here: Item, package: str | None) -> bool:
    """Tell whether a proposal offers a package."""
    letter = here.progress
    return isinstance(letter, SigningState) and any(p.name == package for p in letter.packages)


def _heard(known: Item, here: Item, before: Item) -> Iterator[f.Fact]:
    """Yield the facts by which an item came as far as it is, but for those that are known here.

    Answers are left out: they go with the questions, of which whoever linked an organizer knew
    none. Money without a reference may be the same money, so that it is told only where none is
    known.
    """
    match known.progress:
        case InvoiceState(payments=payments) as bill:
            there = here.progress.payments if isinstance(here.progress, InvoiceState) else ()
            for paid in payments:
                if paid.reference is not None or not there:
                    yield f.PaymentReceived(
                        paid.amount, cleared=paid.cleared, reference=paid.reference
                    )
            yield from (f.PaymentCleared(reference) for reference in bill.cleared)
            yield from (f.PaymentFailed(reference) for reference in bill.failed)
            yield from (f.PaymentRefunded(*back) for back in bill.refunded.items())
            yield from (f.CreditIssued(off, reference) for reference, off in bill.credits.items())
        case SigningState(signatories=signatories, signed=signed, declined=declined) as letter:
            package = letter.package if _offers(here, letter.package) else None
            had = before.progress.signed if isinstance(before.progress, SigningState) else ()
            for signer in signatories:
                if signer.id in signed and signer.id not in had:
                    yield f.ProposalSigned(signer.email or signer.id, package=package)
            yield from (f.Declined(who or None) for who in declined)
        case Checklist(checked=checked, replied=replied):
            ticked = f.SubtaskChecked if known.kind is ItemKind.TASK else f.ClientTaskChecked
            for task in checked:
                yield ticked(task)
            if replied:
                yield f.MessageReplied()
        case Questionnaire() | LockState() | None:
            pass
        case _:
            assert_never(known.progress)
