"""Acceptance: the bill that a letter brings when it is accepted, on one job and once in all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..model.facts import Cancelled, Fact, Reopened
from ..model.items import InvoiceState, Item, ItemState, Mark, SigningState
from ..model.jobs import Job
from ..model.record import replaced
from ..model.templates import InvoiceTemplate
from .decision import Decision, State
from .draft import Draft

__all__ = ["bill_of", "bill_to_come", "bring", "heed", "is_void"]

ELSEWHERE = "on the job that has it now"


def is_void(bill: Item) -> bool:
    """Tell whether a bill was cancelled, credited to nothing, or never came to be.

    One that the job has let go of stands, for another job may follow it up, unless it was cancelled
    before or is told to have been since.
    """
    if bill.state is not ItemState.RESOLVED:
        return False
    if Mark.UNLINKED not in bill.marks or bill.ref is None or _is_credited(bill):
        return True
    told = [fact for fact in bill.late_facts if isinstance(fact, Cancelled | Reopened)]
    return Mark.DONE not in bill.marks and bool(told) and isinstance(told[-1], Cancelled)


def _is_credited(bill: Item) -> bool:
    """Tell whether credit notes left nothing to pay of a bill of which nothing was paid."""
    money = bill.progress
    if not isinstance(money, InvoiceState) or money.due is None or money.due:
        return False
    return not money.paid()


def bill_of(
    job: Job, letter: Item, void: Callable[[Item], bool] = is_void
) -> InvoiceTemplate | None:
    """Return the bill that comes where a letter is accepted from now on; None: none, or it came.

    One that was accepted brings no other one until it is reopened.
    """
    if letter.state is ItemState.COMPLETED and _has_brought(job, letter):
        return None
    return bill_to_come(job, letter, void)


def bill_to_come(
    job: Job, letter: Item, void: Callable[[Item], bool] = is_void
) -> InvoiceTemplate | None:
    """Return the bill that a letter brings now, or once it is reopened and accepted again.

    There is none where a bill of before stands, of which another job may know whether it is *void*.
    """
    sheet = letter.progress
    if not isinstance(sheet, SigningState) or sheet.invoice is None:
        return None
    return sheet.invoice if all(map(void, _brought(job, letter))) else None


def _brought(job: Job, letter: Item) -> list[Item]:
    """Return the bills that a letter brought on its job."""
    return [one for one in job.items if one.origin == letter.id]


def _has_brought(job: Job, letter: Item) -> bool:
    """Tell whether a letter brought a bill, here or on a job that was deleted since."""
    sheet = letter.progress
    return bool(_brought(job, letter)) or (isinstance(sheet, SigningState) and sheet.billed)


def bring(
    state: State,
    item: str,
    invoice: InvoiceTemplate | None,
    now: datetime,
    actor: str,
    *,
    billed: bool = False,
) -> Decision:
    """Let the acceptance of a letter bring its invoice here; None: on another job.

    It is `billed` where it was accepted before, and brought a bill that is void.
    """
    draft = Draft(state, now, actor)
    for place, one in enumerate(draft.items):
        if one.id == item and isinstance(one.progress, SigningState):
            sheet = replaced(one.progress, invoice=invoice, billed=billed)
            draft.items[place], draft.changed = replaced(one, progress=sheet), True
    return draft.decide()


def heed(state: State, item: str, now: datetime, actor: str, *, void: bool) -> Decision:
    """Let a bill that this job has let go of stand, or be void, as those say that have it now."""
    draft = Draft(state, now, actor)
    fact: Fact = Cancelled(ELSEWHERE) if void else Reopened(ELSEWHERE)
    for place, one in enumerate(draft.items):
        if one.id == item:
            before = (told for told in one.late_facts if told != fact)
            draft.items[place] = replaced(one, late_facts=(*before, fact))
            draft.changed = True
    return draft.decide()
