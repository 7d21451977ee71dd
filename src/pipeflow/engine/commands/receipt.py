"""The commands that keep what ports answered: receipts, failures, and what was withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, cast

from ... import rules
from ...errors import NotFoundError
from ...model.events import Event, RequestDelivered, events_of
from ...model.facts import Cancelled
from ...model.items import Item, ItemKind, ItemState, Mark
from ...model.record import record, replaced
from ...ports.cancellations import Cancellation, InvoiceCancellation
from ...ports.due import NOT_TAKEN_UP, Claim, DueState, Over, Settle, asked
from ...ports.keys import cancel_keys
from ...ports.ports import Receipt
from ...ports.requests import Email, Invoice, Request
from ...ports.rows import RowKey
from ...rules import SYSTEM, Draft
from .. import default_folders
from ..default_folders import key_of_owner
from ..records import ref_key, row_key, tomb_key
from ..references import how_far, let_name
from ..sending import leaves
from ..unit import ApartError, Unit
from .command import Command
from .letters import LetterBill, decide, expecting, letter_of
from .peers import asked_back, keep_there, keeping, meet, tell_peers, tell_who_has

__all__ = ["Drop", "KeepFailure", "KeepLate", "KeepReceipts"]

DONE = DueState.DONE


@record
class KeepReceipts(Command):
    """Keep what ports answered in one pass; a thing that is done at birth completes its item."""

    action: ClassVar[str] = "deliver"

    answers: tuple[tuple[Claim, Receipt], ...]

    def keys(self) -> tuple[RowKey, ...]:
        """Return the rows of the jobs, and of the references that their things got."""
        keys: dict[RowKey, None] = {}
        for claim, receipt in self.answers:
            keys[key_of_owner(claim)] = None
            if receipt.ref is not None:
                keys[ref_key(asked(claim.due.action), receipt.ref)] = None
        return tuple(keys)

    def act(self, unit: Unit) -> None:
        """Keep each job's receipts, and let the hosts' references name what was made."""
        jobs: dict[str, list[tuple[Claim, Receipt]]] = {}
        settles: list[Settle] = []
        for claim, receipt in self.answers:
            due = claim.due
            settles.append(Settle(due.key, claim.token, DONE))
            if not due.job:
                default_folders.keep(unit, claim, receipt)
                continue
            jobs.setdefault(due.job, []).append((claim, receipt))
        unit.settles = tuple(settles)
        unit.durable = False
        now = unit.now
        for job, own in jobs.items():
            unit.first = len(unit.dues)
            try:
                found = unit.job(job)
            except NotFoundError:  # deleted, and all that it asked for died with it
                _forget(unit, job, own)
                continue
            unit.now = _answered(unit, own[-1][0], now)
            answers = [(_request(claim), receipt) for claim, receipt in own]
            decision = rules.delivered(found, answers, unit.now)
            unit.apply(decision)
            for (request, receipt), name in zip(answers, decision.names, strict=True):
                self._follow(unit, job, request, receipt, name)
            if decision.rhythms:
                rhythms = decision.rhythms
                _remind(unit, job, (one for one, _ in own if one.due.key in rhythms))

    def _follow(self, unit: Unit, job: str, request: Request, receipt: Receipt, name: str) -> None:
        """Let happen what follows from an answer; what it made is known by *name*, if by any."""
        if isinstance(request, Cancellation):
            _take_back(unit, job, request.item or "")
        others = let_name(unit, ref_key(request.port, receipt.ref or ""), name) if name else ()
        if others:
            self._be_alone(unit)
        total = rules.own_total(request, receipt)
        if total is not None:
            unit.durable = True
            unit.apply(rules.billed(unit.state(job), request, total, unit.now))
        made = rules.made_item(request)
        if made is not None and (others or receipt.completed):
            _meet(unit, job, made, others, completed=receipt.completed)
        if made is not None and _came(unit, job, made, receipt):
            self._be_alone(unit)

    def _be_alone(self, unit: Unit) -> None:
        """Let something follow from an answer.

        Raises:
            ApartError: There are others.
        """
        if len(self.answers) > 1:
            raise ApartError
        unit.durable = True


@record
class KeepFailure(Command):
    """Keep a request for its retry, or park it until a person decides."""

    action: ClassVar[str] = "deliver"

    claim: Claim
    error: str
    final: bool

    def keys(self) -> tuple[RowKey, ...]:
        """Return the row of whom it is for."""
        return (key_of_owner(self.claim),)

    def act(self, unit: Unit) -> None:
        """Say when it is tried again; one that was withdrawn meanwhile is over.

        Where the job was deleted, nothing is left to be tried.
        """
        claim, due = self.claim, self.claim.due
        if not due.job:
            default_folders.keep_failure(unit, claim, self.error, final=self.final)
            return
        if unit.get(row_key("job", due.job)) is None:
            return
        row = unit.due(due.key)
        if row is not None and row.withdrawn:
            _drop(unit, claim)
            return
        draft = Draft(unit.state(due.job), unit.now, SYSTEM)
        at = unit.keep_failure(claim, self.error, final=self.final)
        rules.failed(draft, _request(claim), self.error, claim.attempt, at)
        unit.apply(draft.decide())


@record
class Drop(Command):
    """Let a request be over that nobody needed any more when its turn came."""

    action: ClassVar[str] = "withdraw"

    claim: Claim

    def keys(self) -> tuple[RowKey, ...]:
        """Return the row of whom it is for."""
        return (key_of_owner(self.claim),)

    def act(self, unit: Unit) -> None:
        """Say that it was withdrawn, unless its job was deleted meanwhile.

        One that somebody needs again by now is left to its lease, and then comes again.
        """
        due = self.claim.due
        if not due.job:
            default_folders.drop(unit, self.claim)
            return
        if unit.get(row_key("job", due.job)) is None:
            return
        row = unit.due(due.key)
        if row is None or row.withdrawn:
            _drop(unit, self.claim)


@record
class KeepLate(Command):
    """Keep what a host says late of a request that was withdrawn meanwhile: what a thing is called
    that came to be all the same, or that a port has taken something back.

    An async host may have asked for it just before; its webhooks find the item all the same.
    """

    action: ClassVar[str] = "deliver"

    job: str
    key: str
    receipt: Receipt

    def keys(self) -> tuple[RowKey, ...]:
        """Return the job's row."""
        return (row_key("job", self.job),)

    def act(self, unit: Unit) -> None:
        """Find the item that the request was about; of e-mails only a reminder is about one.

        Where the job was deleted there is none, and nobody knows any more what was asked for.
        """
        if unit.get(row_key("job", self.job)) is None:
            return
        job = unit.job(self.job)
        visits = max(job.visit, job.highest)
        for item in job.items:
            if item.request == self.key:
                self._arrive(unit, item)
            elif self.key in cancel_keys(unit.tenant, item.id, visits) and not self._told(unit):
                _take_back(unit, self.job, item.id, (self.key, self.receipt))
            elif rules.is_reminder_of(unit.tenant, item, self.key) and not self._told(unit):
                state, ref = unit.state(self.job), self.receipt.ref
                unit.apply(rules.sent_late(state, item.id, self.key, ref, unit.now))

    def _told(self, unit: Unit) -> bool:
        """Tell whether that was said before; somebody may have wanted the thing again since."""
        past = events_of(unit.history(row_key("job", self.job)))
        return any(isinstance(one, RequestDelivered) and one.key == self.key for one in past)

    def _arrive(self, unit: Unit, item: Item) -> None:
        """Let an item be there after all, called as its host calls it, and done if that is said."""
        job, receipt, past = self.job, self.receipt, unit.history(row_key("job", self.job))
        decision = rules.delivered_late(
            unit.state(job), item.id, receipt, unit.now, SYSTEM, [*events_of(past)]
        )
        unit.apply(decision)
        if not decision.changed:
            return
        ref = unit.item(job, item.id).ref
        others = () if ref is None else let_name(unit, ref_key(ref.port, ref.id), item.id)
        if others or receipt.completed:
            _meet(unit, job, item.id, others, completed=receipt.completed)
        _came(unit, job, item.id, receipt)


def _take_back(unit: Unit, job: str, id: str, late: tuple[str, Receipt] | None = None) -> None:
    """Let a thing be cancelled that its port has taken back, wherever anybody waits for it; a
    bill that is paid by now stands.
    """
    item = unit.item(job, id)
    unit.durable = True
    decision = rules.taken_back(unit.state(job), id, unit.now, late)
    unit.apply(decision)
    if item.kind is ItemKind.INVOICE and not decision.voided:
        decide(unit, job, id)
    else:
        tell_who_has(unit, item, Cancelled(rules.TAKEN_BACK))
        letter = LetterBill.of(unit, unit.item(job, id))
        if letter is not None:
            letter.keep()


def _meet(unit: Unit, job: str, made: str, others: tuple[str, ...], *, completed: bool) -> None:
    """Let what was made be done where it is, and meet those who have it already, or had it; who has
    it by its name keeps it there, where others had asked to take it back.
    """
    bill = expecting(unit, (unit.item(job, made),), anew=True)
    unit.durable = True
    if completed:
        unit.apply(rules.born_done(unit.state(job), made, unit.now))
    if others:
        meet(unit, job, made, others)
        item = unit.item(job, made)
        if completed and item.asks:
            tell_peers(unit, item, rules.completing_facts(item), whole=True)
        keep_there(unit, item)
    if bill is not None:
        bill.keep(always=bool(others))


def _came(unit: Unit, job: str, id: str, receipt: Receipt) -> bool:
    """Let a thing that nobody waits for be taken back which its job has left behind, and a bill be
    void if that was said before it came to be, and else stand; return whether anything follows.

    What is done all the same stays, and so does what another job has by then; of a bill somebody is
    told.
    """
    item = unit.item(job, id)
    if item.state is not ItemState.RESOLVED:
        return False
    left = Mark.UNWANTED in item.marks and not (receipt.completed and item.asks)
    if left:
        state = replaced(unit.state(job), had={id: keeping(unit, item)})
        asked = asked_back(unit, item).values()
        if NOT_TAKEN_UP.isdisjoint(asked):  # else that takes it along
            unit.apply(rules.take_back(state, id, unit.host.cancels, unit.now))
    if item.kind is not ItemKind.INVOICE:
        return left
    if Mark.VOID in item.marks:
        unit.voided += ((job, id, True),)
    else:
        decide(unit, job, id)
    return left or letter_of(unit, item) is not None


def _drop(unit: Unit, claim: Claim) -> None:
    """Let a request be over that was withdrawn while somebody held it, and say so.

    A bill of which a call was never answered may be there, and stands until somebody says
    otherwise.
    """
    key, job, request = claim.due.key, claim.due.job, _request(claim)
    draft = Draft(unit.state(job), unit.now, SYSTEM)
    rules.withdrawn(draft, key)
    past, unanswered, anew = list[Event](), False, rules.may_fire_anew(draft)
    if anew or isinstance(request, Invoice):
        past = [*events_of(unit.history(row_key("job", job)))]
        unanswered = rules.is_unanswered(past, key, claim.attempt - 1)
    if anew and not unanswered:
        rules.never_left(draft, past, key, how_far(unit, past))
    unit.settles = (Settle(key, claim.token, DueState.CANCELLED),)
    unit.apply(draft.decide())
    if unanswered and isinstance(request, Invoice):
        unit.apply(rules.never_answered(unit.state(job), request.item or "", unit.now))
    if isinstance(request, Invoice | InvoiceCancellation):
        decide(unit, job, request.item or "")


def _request(claim: Claim) -> Request:
    """Return what a claim asks a port for; timers are never taken to one."""
    return cast("Request", claim.due.action)


def _answered(unit: Unit, claim: Claim, now: datetime) -> datetime:
    """Return when a claim was answered: now, or where ports are played when it was asked for.

    That takes no time. What waited, or was held by somebody else, until it was taken up, was asked
    when it was taken up.
    """
    due, host = claim.due, unit.host
    return due.at if host.plays and claim.token == 1 and due.owner == host.owner else now


def _forget(unit: Unit, job: str, answers: Sequence[tuple[Claim, Receipt]]) -> None:
    """Settle nothing of a job that is gone, for its rows went with it; bury what was made."""
    keys = {claim.due.key for claim, _ in answers}
    unit.settles = tuple(one for one in unit.settles if one.key not in keys)
    for claim, receipt in answers:
        if receipt.ref is not None:
            key = tomb_key(asked(claim.due.action), receipt.ref)
            unit.tombs += (Over(key, job, DueState.CANCELLED),)


def _remind(unit: Unit, job: str, claims: Iterable[Claim]) -> None:
    """Let reminders begin with what was delivered, and count those that have left (R-4, R-5).

    What is set here stands in one commit with its receipt: where a power cut takes both, the
    request comes again under its key, and so does its receipt. Each has its numbers as if no other
    receipt were kept with it: which are depends on the store, and the order of reminders must not.
    """
    for claim in claims:
        unit.first = len(unit.dues)
        request, state = _request(claim), unit.state(job)
        if isinstance(request, Email):
            opens = partial(_opens, unit, request)
            late = claim.attempt > 1 or unit.now - opens(claim.due.at) > rules.GRACE
            unit.apply(rules.sent(state, request, unit.now, late=late, opens=opens))
        else:
            unit.apply(rules.begin(state, request.item or "", unit.now))


def _opens(unit: Unit, mail: Email, due: datetime) -> datetime:
    """Return when mail that is due at an instant may leave, by the firm's sending window."""
    return leaves(unit.firm.value.settings, mail, due, unit.host.days_off()) or due
