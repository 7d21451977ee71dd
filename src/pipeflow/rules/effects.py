"""Effects of facts: which one does what to the item that it is about (domain.md 2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import assert_never

from ..errors import NotAllowedError, NotFoundError, PipeflowError, Problem, a, unknown
from ..model import facts as f
from ..model.bills import InvoiceState
from ..model.events import FactRecorded, RequestDelivered
from ..model.items import Checklist, Item, ItemKind, ItemState, Mark
from ..model.jobs import Job, JobStatus
from ..model.record import replaced
from . import answers, checklists, client_requests, payments, refusals, signatures
from .automove import advance
from .decision import Decision, State
from .draft import Draft
from .item import Touched, why_over
from .rhythms import REMINDERS
from .surplus import warn_of_money

__all__ = [
    "be_born_done",
    "bounce",
    "completing_facts",
    "evaluated",
    "item_of",
    "misfit",
    "place_of",
    "record",
    "record_all",
    "take_in",
]


PENDING, RESOLVED = ItemState.PENDING, ItemState.RESOLVED
ACTIVE = JobStatus.ACTIVE


def record(state: State, item: str, fact: f.Fact, now: datetime, actor: str) -> Decision:
    """Take in what happened to an item, and move the job on if that was the last thing missing."""
    return record_all(state, item, (fact,), now, actor)


def record_all(
    state: State,
    item: str,
    facts: Sequence[f.Fact],
    now: datetime,
    actor: str,
    *,
    whole: bool = False,
) -> Decision:
    """Take in facts about an item one after another, and move the job on if nothing is missing.

    Args:
        state: The job.
        item: The item's id.
        facts: What happened to it; one at least.
        now: The instant.
        actor: Who did it.
        whole: That is all that completes it, also where every one of them was known before: it was
            reopened, and kept what it knew (R-3).

    Raises:
        NotFoundError: The job has no such item, or a fact names what is not there.
        NotAllowedError, DefinitionError: A fact does not fit; see `take_in`.
    """
    draft = Draft(state, now, actor)
    place = place_of(state.job.items, item, state.job.name)
    known = draft.items[place]
    before = known.state
    for fact in facts:
        take_in(draft, place, fact)
    if whole and draft.items[place].state is PENDING:
        Touched(draft, place, facts[-1]).complete()
    if draft.lines and (
        draft.items[place].marks or state.job.status != ACTIVE or before is RESOLVED
    ):
        Touched(draft, place, facts[-1]).warn_unheeded(before=before)
    if isinstance(known.progress, InvoiceState):
        warn_of_money(draft, place, known.progress)
    return evaluated(draft)


def misfit(
    state: State, item: str, fact: f.Fact, error: PipeflowError, now: datetime, actor: str
) -> Decision:
    """Warn of a fact that fits the thing as other jobs have it linked, but not as this one has it.

    So a job that knows less of a shared thing keeps no fact from the others (A-8). The same fact
    once more changes nothing.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    found = draft.items[place]
    if fact in found.late_facts:
        return draft.decide()
    draft.items[place] = replaced(found, late_facts=(*found.late_facts, fact))
    draft.warn(f"{found.name!r}: {type(fact).__name__} changed nothing here: {error}")
    return draft.decide()


def bounce(
    state: State, fact: f.EmailBounced, sent: RequestDelivered | None, now: datetime, actor: str
) -> Decision:
    """Write down that an e-mail came back, and which one; its automation stays done (A-27).

    Args:
        state: The job.
        fact: Why it came back.
        sent: How it left, as history tells that.
        now: The instant.
        actor: Who said it.
    """
    draft = Draft(state, now, actor)
    key, to = ("", ()) if sent is None else (sent.key, sent.to)
    about = (
        one.name
        for one in draft.items
        if key.startswith(tuple(f"{draft.item_key(one, what)}/" for what in REMINDERS))
    )
    draft.tell(FactRecorded, "", next(about, "e-mail"), fact, fact.reason, key, to)
    return draft.decide()


def evaluated(draft: Draft) -> Decision:
    """Evaluate automove if anything happened, and close the draft."""
    if draft.lines or draft.changed:
        advance(draft)
    return draft.decide()


def place_of(items: Sequence[Item], item: str, job: str) -> int:
    """Return where an item stands, by its id, whose number says so.

    Raises:
        NotFoundError: With the ids that there are.
    """
    last = len(items) - 1
    if last >= 0 and items[last].id == item:  # the newest is what most facts are about
        return last
    number = item.rpartition("/")[2]
    place = int(number) - 1 if number.isdecimal() and len(number) < 10 else -1
    if 0 <= place < last and items[place].id == item:
        return place
    known = [one.id for one in items]
    raise NotFoundError(unknown("item", item, known, where=f"job {job!r}"))


def item_of(job: Job, item: str) -> Item:
    """Return an item of a job, by its id.

    Raises:
        NotFoundError: With the ids that there are.
    """
    return job.items[place_of(job.items, item, job.name)]


def be_born_done(draft: Draft, place: int, *, by_receipt: bool = False) -> None:
    """Complete an item that is done as soon as it is there; the same follows as from a fact.

    Where that is said `by_receipt`, what follows at other items is but a receipt too (R-26). What
    nobody waited for any more by then is done all the same, and history warns of it (R-15).
    """
    item = draft.items[place]
    late = by_receipt and item.asks and item.state is ItemState.RESOLVED
    if item.state is PENDING or late:
        facts = completing_facts(item)
        # What is late is not signed or ticked any more, but money counts.
        heard = facts if not late or item.kind is ItemKind.INVOICE else ()
        for fact in heard:
            _take_in(_born(draft, place, fact, by_receipt=by_receipt), fact)
        last = _born(draft, place, facts[-1], by_receipt=by_receipt)
        last.complete()  # all may have been known before


def _born(draft: Draft, place: int, fact: f.Fact, *, by_receipt: bool) -> Touched:
    one = Touched(draft, place, fact, born=True)
    one.by_receipt = by_receipt
    return one


def take_in(draft: Draft, place: int, fact: f.Fact) -> None:
    """Take in a fact about the item at *place*; the same fact twice changes nothing.

    Raises:
        NotAllowedError: The fact is not one about this kind of item.
        NotFoundError: It names a question, client task, signatory or payment that is not there.
        DefinitionError: Its content does not fit, such as money of another currency.
    """
    item = draft.items[place]
    if item.kind not in fact.about:
        fitting = sorted(c.__name__ for c in f.ALL if item.kind in c.about)
        raise NotAllowedError(
            Problem(
                f"{type(fact).__name__} cannot happen to {item.name!r}, which is {a(item.kind)}",
                f"item {item.id}",
                allowed=tuple(fitting),
            )
        )
    _take_in(Touched(draft, place, fact), fact)


def completing_facts(item: Item) -> tuple[f.Fact, ...]:
    """Return the facts that complete an item of this kind, whatever happened to it before.

    Raises:
        NotAllowedError: It asks nothing of anybody, so there is nothing to complete.
    """
    match item.kind:
        case ItemKind.TASK:
            return _task_done()
        case ItemKind.INVOICE | ItemKind.LOCKED_DOCUMENT:
            return (f.InvoicePaid(),)
        case ItemKind.ORGANIZER:
            return (f.OrganizerSubmitted(incomplete=True),)  # the firm submits it
        case ItemKind.PROPOSAL:
            return (f.ProposalSigned(),)
        case ItemKind.APPROVAL:
            return (f.DocumentApproved(),)
        case ItemKind.SIGNATURE:
            return (f.DocumentSigned(),)
        case ItemKind.CLIENT_REQUEST:
            return (f.ClientRequestAccepted(),)  # by the firm
        case ItemKind.MESSAGE if item.asks and isinstance(item.progress, Checklist):
            return tuple(f.ClientTaskChecked(task) for task in item.progress.client_tasks)
        case ItemKind.MESSAGE | ItemKind.NOTE:
            raise NotAllowedError(
                f"{item.name!r} asks nothing of anybody, so there is nothing to complete"
            )
        case _:
            assert_never(item.kind)


@cache
def _task_done() -> tuple[f.Fact, ...]:
    """Return what most completions come to; one for all, and made on first use."""
    return (f.TaskCompleted(),)


def _take_in(one: Touched, fact: f.Fact) -> None:  # noqa: C901, PLR0912, PLR0915  (a case a fact)
    """Do what the fact says."""
    match fact:
        case f.TaskCompleted():
            one.complete()
        case f.ClientRequestSubmitted():
            client_requests.submit(one, fact)
        case f.ClientRequestAccepted():
            client_requests.accept(one)
        case f.ClientRequestReturned(reason):
            client_requests.give_back(one, reason)
        case f.DocumentApproved():
            one.forget(Mark.DISAPPROVED, Mark.DECLINED)
            one.complete()
        case f.TaskReopened() | f.OrganizerReturned():
            one.reopen()
        case f.DocumentDisapproved():
            one.disapprove()
        case f.SubtaskChecked(name):
            checklists.subtask(one, name)
        case f.OrganizerSaved(given):
            answers.save_answers(one, given)
        case f.OrganizerSubmitted(given, incomplete=incomplete):
            answers.submit(one, given, incomplete=incomplete)
        case f.ProposalSigned(by, package=package):
            signatures.sign(one, by, package)
        case f.DocumentSigned(by):
            signatures.sign(one, by, None)
        case f.PaymentReceived():
            payments.receive(one, fact)
        case f.PaymentCleared(reference):
            payments.clear(one, reference)
        case f.PaymentFailed(reference):
            payments.fail(one, reference)
        case f.PaymentRefunded(reference, amount):
            payments.refund(one, reference, amount)
        case f.InvoicePaid():
            payments.pay_rest(one)
        case f.ClientTaskChecked(name):
            checklists.tick(one, name)
        case f.ClientTaskUnchecked(name):
            checklists.untick(one, name)
        case f.MessageReplied():
            checklists.reply(one)
        case f.Declined():
            refusals.decline(one, fact)
        case f.Reopened():
            refusals.reopen(one)
        case f.Cancelled(reason):
            one.resolve(why_over(reason, "cancelled"))
            if not one.is_done:
                one.be_void()
        case _:
            _rearrange(one, fact)


def _rearrange(one: Touched, fact: f.Fact) -> None:
    """Do what the fact says that changes what is asked, of whom, and whether it is put away."""
    match fact:
        case f.ClientTaskAdded(name):
            checklists.ask_more(one, name)
        case f.ClientTaskRemoved(name):
            checklists.ask_no_more(one, name)
        case f.ThreadArchived(reason):
            one.put_away(why_over(reason, "the thread was archived"))
        case f.ThreadReopened():
            checklists.reopen_thread(one)
        case f.OrganizerSealed(reason):
            one.put_away(why_over(reason, "sealed"))
        case f.OrganizerUnsealed():
            one.take_out()
        case f.SignerAdded(signer):
            signatures.add_signer(one, signer)
        case f.SignerRemoved(signer):
            signatures.remove_signer(one, signer)
        case f.CreditIssued():
            payments.credit(one, fact)
        case _:
            raise NotAllowedError(f"{type(fact).__name__} is no fact that is known here")
