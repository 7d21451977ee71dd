"""Open items as an explanation describes them: how far each is, who must act, who is reminded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from ..errors import many
from ..model.events import AutomationRan, Chapter, FactRecorded, ItemReopened, ItemResolved
from ..model.facts import Declined
from ..model.instants import on_clock
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    LockState,
    Mark,
    SigningState,
)
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.settings import BankPayments
from ..ports.due import UNSURE, DueState, Parked
from ..rules import (
    CLIENT_KINDS,
    SYSTEM,
    State,
    begun,
    bill_of,
    mail_key,
    mail_of,
    silence,
)
from .followers import followers, made_by

__all__ = [
    "Describing",
    "cancelled",
    "invoice_to_come",
    "is_covered",
    "is_moving",
    "open_now",
    "to_come",
    "waits_for_window",
]

PENDING, RESOLVED = ItemState.PENDING, ItemState.RESOLVED


class Describing:
    """Describes the items of one job."""

    def __init__(
        self,
        state: State,
        past: Iterable[Chapter],
        asked: Mapping[str, Parked],
        now: datetime | None,
        leaving: Mapping[str, datetime],
        failed: Iterable[Parked] = (),
    ) -> None:
        """Take the job, its past, its requests that have not been delivered, and the instant.

        And when reminders leave that are due while the window is shut, by the ids of items, and
        what failed, such as the timer of a reminder.
        """
        self._now = now
        self._leaving = leaving
        self._given_up = {one.due.key for one in failed if one.state is DueState.DEAD}
        self._state = state
        self._past = past
        self._asked = asked
        self._silent = silence(state.job, state.book.pipeline)
        self._counts = state.book.settings.bank_payments is BankPayments.SUBMITTED

    def line(self, item: Item) -> str:
        """Describe an open item in a line."""
        told = (self._request, self._progress, self._people, self._refusal, self._reminding)
        return "; ".join([item.label, *_parts(item, told)])

    def notes(self, item: Item) -> tuple[str, ...]:
        """Tell how far an open item is, and what keeps it or its reminders."""
        return tuple(_parts(item, (self._request, self._progress, self._refusal, self._keeping)))

    def _request(self, item: Item) -> Iterator[str]:
        """Say that it has not been sent yet, so that nobody can act on it."""
        row = self._asked.get(item.request or "")
        if row is None:
            return
        if row.state is DueState.DEAD:
            yield "it was never sent, for its request was given up"
        elif row.state is DueState.LEASED:
            yield "it is being sent just now"
        elif row.attempt:
            yield "it has not been sent yet, for its request failed"
        elif row.error.startswith(UNSURE):
            yield f"it has not been sent yet, for {row.error}"
        elif self._now is not None and row.at > self._now:
            at = on_clock(row.at, self._state.book.zone)
            yield f"it has not been sent yet: it waits for the sending window, which opens {at}"
        else:
            yield "it has not been sent yet: its request waits to be taken up"

    def _progress(self, item: Item) -> Iterator[str]:
        """Say how far it is."""
        match item.progress:
            case InvoiceState(total) as bill if total is not None:
                yield from self._payments(bill)
            case SigningState() as letter:
                yield _signatures(item, letter)
                if (invoice := invoice_to_come(self._state, item)) is not None:
                    yield f"its acceptance brings the invoice {invoice!r}"
            case LockState(invoices):
                yield self._locked(invoices)
            case Checklist() as sheet if sheet.client_tasks:
                yield _ticks(item, sheet)
            case _:
                pass

    def _locked(self, ids: Sequence[str]) -> str:
        """Say which invoices keep a document locked, and which of them are not paid."""
        found = [one for one in self._state.job.items if one.id in ids]
        open_ = [repr(one.name) for one in found if one.state is ItemState.PENDING]
        told = f"locked by {' and '.join(repr(one.name) for one in found)}"
        if not open_:
            return f"{told}, of which none is open; it was reopened, and `complete` frees it"
        return f"{told}; not paid yet: {', '.join(open_)}" if len(open_) < len(found) else told

    def _payments(self, bill: InvoiceState) -> Iterator[str]:
        paid = bill.paid(submitted=self._counts)
        under_way = [p for p in bill.payments if not p.cleared and not bill.is_failed(p)]
        cleared = f", {many(len(under_way), 'payment')} not cleared yet" if under_way else ""
        credited = f", {bill.total} less credit notes" if bill.credits else ""
        yield f"{paid} of {bill.due} paid{credited}{cleared}"
        if bill.is_covered:
            yield "what is under way covers the rest, so that nobody is reminded of it" + (
                "; by the firm's settings it counts: `reevaluate` takes it in"
                if self._counts
                else ""
            )

    def _people(self, item: Item) -> Iterator[str]:
        """Say who must act, and until when."""
        if item.assignees:
            yield f"for {', '.join(sorted(item.assignees))}"
        if item.due is not None:
            yield f"due {item.due}"

    def _refusal(self, item: Item) -> Iterator[str]:
        """Say who declined it, by the last that was told of it (R-13), or that it was disapproved.

        Of what was disapproved the client is reminded all the same, until it is approved.
        """
        if Mark.SUBMITTED in item.marks:
            yield "submitted, and the firm has yet to accept it; nobody is reminded of it"
        if Mark.DECLINED not in item.marks:
            if Mark.DISAPPROVED in item.marks:
                yield "disapproved"
            return
        letter = item.progress
        people = letter.signatories if isinstance(letter, SigningState) else ()
        names = {id: one.name for one in people for id in (one.email, one.id)}
        refused = self._declined(item) or _known_to_decline(item)
        said = [
            ": ".join(filter(None, (f"by {names.get(by, by)}" if by else "", why)))
            for by, why in refused.items()
        ]
        whole = " and ".join(filter(None, said))
        colon = ":" if whole and not whole.startswith("by ") else ""
        yield f"declined{colon} {whole}".rstrip()
        yield "nobody is reminded of it"

    def _declined(self, item: Item) -> dict[str | None, str]:
        """Return who declined it since it was last reopened, and why, the first one first."""
        told: dict[str | None, str] = {}
        for chapter in self._past:
            for event in reversed([*chapter.events()]):
                if getattr(event, "item", "") != item.id:
                    continue
                if isinstance(event, ItemReopened | AutomationRan):
                    return dict(reversed(told.items()))
                if isinstance(event, FactRecorded) and isinstance(event.fact, Declined):
                    told.setdefault(event.fact.by, event.fact.reason)
        return dict(reversed(told.items()))

    def _held(self, item: Item) -> Parked | None:
        """Return the reminder of an item that waits for the sending window, if one does."""
        row = self._asked.get(mail_key(self._state.tenant, item) or "")
        if row is None or self._now is None or not waits_for_window(row, self._now):
            return None
        return row

    def _is_leaving(self, item: Item) -> bool:
        """Tell whether a reminder is under way by which the next one goes; it may be the last."""
        row = self._asked.get(mail_key(self._state.tenant, item) or "")
        if row is None or Mark.REMINDING not in item.marks:
            return False
        return row.state is not DueState.DEAD  # what was given up is made anew when its turn comes

    def _opening(self, item: Item) -> str:
        """Say when the window opens for which a reminder waits, if it does."""
        row = self._held(item)
        if row is None:
            return ""
        return f": it leaves when the window opens, {on_clock(row.at, self._state.book.zone)}"

    def _reminding(self, item: Item) -> Iterator[str]:
        """Say when the next reminder of it goes, or why none does (R-5, R-7, R-9)."""
        yield from self._keeping(item)
        at = None if self._held(item) is not None else self.next_reminder(item)
        if at is not None and at == self._now:
            yield "next reminder due now"
        elif at is not None:
            yield f"next reminder {on_clock(at, self._state.book.zone)}"

    def next_reminder(self, item: Item) -> datetime | None:
        """Return when the next reminder of an item leaves; None where none is to come.

        One whose time has come is due now; one that is under way has to leave before the next.
        """
        if item.remind_at is None or is_covered(item) or not self._state.account.addresses:
            return None
        if item.timer in self._given_up:
            return None
        if (waiting := self._held(item)) is not None:
            return waiting.at
        if self._is_leaving(item):
            return None
        due = item.remind_at if self._now is None else max(item.remind_at, self._now)
        return self._leaving.get(item.id, due)

    def _keeping(self, item: Item) -> Iterator[str]:
        """Say what keeps its reminders."""
        if mail_of(item):
            yield f"a reminder has not left yet{self._opening(item)}"
        if is_covered(item):
            return
        if item.remind_at is None:
            yield from self._unreminded(item)
        elif not self._state.account.addresses:
            yield self._unheard
        elif item.timer in self._given_up:
            yield "its next reminder was given up"

    @property
    def _unheard(self) -> str:
        """Say why nobody gets its reminders, before one is due as well as after (R-7)."""
        why = "nobody takes mail" if self._state.account.active else "the account is not active"
        return f"its reminders wait: {why}"

    def _unreminded(self, item: Item) -> Iterator[str]:
        """Say why no next reminder is set."""
        if Mark.QUIET in item.marks:
            if item.kind in CLIENT_KINDS:
                yield "its reminders are off until somebody sets them again"
        elif item.reminders is None:
            return
        elif item.reminded >= item.reminders.times:
            yield f"all its reminders were sent ({item.reminded})"
        elif self._silent:
            yield f"no reminders while the job is {self._silent}"
        elif Mark.UNHEARD in item.marks:
            yield self._unheard
        elif begun(item) is None:
            yield "its reminders begin when it has been sent"


Telling: TypeAlias = Callable[[Item], Iterator[str]]


def _parts(item: Item, told: Iterable[Telling]) -> list[str]:
    return [part for tell in told for part in tell(item)]


def is_covered(item: Item) -> bool:
    """Tell whether money that is under way covers a bill, so that nobody is reminded (R-8)."""
    return isinstance(item.progress, InvoiceState) and item.progress.is_covered


def _known_to_decline(item: Item) -> dict[str | None, str]:
    """Return who declined it before this job had it, and why where that is known."""
    if isinstance(item.progress, SigningState):
        return dict.fromkeys(item.progress.declined, "")
    return {fact.by: fact.reason for fact in item.late_facts if isinstance(fact, Declined)}


def _ticks(item: Item, sheet: Checklist) -> str:
    """Say what is not ticked; of a message that was reopened all may be (R-3)."""
    if sheet.open_tasks:
        return f"open: {', '.join(sheet.open_tasks)}"
    if item.kind is ItemKind.TASK:
        return "all subtasks are ticked"
    return "all client tasks are ticked; `complete` completes it"


def _signatures(item: Item, letter: SigningState) -> str:
    """Say who signed and who has not (R-14); what was reopened is signed anew (R-3)."""
    people = letter.signatories
    if not people:
        return "nobody can sign it, for no contact was a signatory when it was made"
    parts = [f"{len(letter.signed)} of {len(people)} signed"]
    left = letter.missing
    missing, lacking = ", ".join(one.name for one in left), {one.id for one in left}
    if len(left) < len(people):
        parts.append(", ".join(one.name for one in people if one.id not in lacking))
    if letter.is_signed:  # an older version let signatures stand where it was reopened
        return ": ".join(parts) + "; to be signed anew"
    anew = ""
    if letter.had_signed and not letter.signed and item.reopened is not None:
        had = ", ".join(one.name for one in people if one.id in letter.had_signed)
        anew = f"; to be signed anew, as it was by {had}" if had else "; to be signed anew"
    turn = f", {letter.turn.name} first" if letter.turn is not None else ""
    return ": ".join(parts) + f"{anew}; not yet: {missing}{turn}"


def waits_for_window(row: Parked, now: datetime) -> bool:
    """Tell whether a request waits for the sending window, and for nothing else (R-37)."""
    waits = row.state is DueState.WAIT and not row.attempt and row.at > now
    return waits and not row.error.startswith(UNSURE)


def to_come(state: State, item: Item) -> Iterator[str]:
    """Yield what things are called that will come of an open item, and hold its stage too."""
    invoice = invoice_to_come(state, item)
    if invoice is not None:
        yield invoice
    for one in followers(state, item):
        if one.makes_item:
            yield made_by(state, one)


def invoice_to_come(state: State, item: Item) -> str | None:
    """Return what the invoice is called that the acceptance of a proposal would bring, if any."""
    bill = bill_of(state, item)
    return None if bill is None else bill.name


def is_moving(job: Job, pipeline: Pipeline) -> bool:
    """Tell whether a job is in a custom status that ends when all is done that belongs to it."""
    status = pipeline.status(job.status)
    return status is not None and status.automove


def open_now(job: Job, pipeline: Pipeline) -> tuple[Item, ...]:
    """Return the open items that hold a job: in its stage, or in its status (domain.md 2.6)."""
    if is_moving(job, pipeline):
        theirs = (item for item in job.items if item.scope == job.scope)
        return tuple(i for i in theirs if i.state is PENDING and Mark.ASIDE not in i.marks)
    return tuple(item for item in job.open_items if item.holds)


def cancelled(job: Job, past: Iterable[Chapter]) -> Iterator[tuple[str, str]]:
    """Say of each item of this visit that is no longer waited for why that is, and who did it."""
    wanted = {item.id: item for item in job.items_here if item.is_over}
    told: dict[str, str] = {}
    for chapter in past if wanted else ():
        for event in reversed([*chapter.events()]):
            if isinstance(event, ItemResolved) and event.item in wanted:
                item = wanted.pop(event.item)
                by = "" if event.actor == SYSTEM else f" [{event.actor}]"
                told[item.id] = f"no longer waits for {item.label}: {event.reason}{by}"
        if not wanted:
            break
    yield from ((item.id, told[item.id]) for item in job.items_here if item.id in told)
