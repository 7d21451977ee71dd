"""Acceptance: the bill that a letter brings when it is accepted, on one job and once in all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..model.items import Item, ItemState, SigningState
from ..model.jobs import Job
from ..model.record import replaced
from ..model.templates import InvoiceTemplate
from .decision import Decision, State
from .draft import Draft

__all__ = ["bill_of", "bill_to_come", "bring"]


def bill_of(job: Job, letter: Item, void: Callable[[Item], bool]) -> InvoiceTemplate | None:
    """Return the bill that comes where a letter is accepted from now on; None: none, or it came.

    One that was accepted brings no other one until it is reopened.
    """
    if letter.state is ItemState.COMPLETED and _has_brought(job, letter):
        return None
    return bill_to_come(job, letter, void)


def bill_to_come(job: Job, letter: Item, void: Callable[[Item], bool]) -> InvoiceTemplate | None:
    """Return the bill that a letter brings now, or once it is reopened and accepted again.

    There is none where a bill of before stands, that is, is not *void*.
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
