"""Refusals: who will not sign or approve, and taking back what was done, cancelled or declined."""

from __future__ import annotations

from ..errors import NotAllowedError
from ..model.events import ItemReopened
from ..model.facts import Declined
from ..model.items import (
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    LockState,
    Mark,
    Progress,
    SigningState,
)
from ..model.record import replaced
from ..model.values import FrozenMap
from .item import Touched, is_done
from .signatures import signatories_meant

__all__ = ["decline", "reopen"]

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED
ENDED = frozenset({Mark.DECLINED, Mark.DISAPPROVED, Mark.SUBMITTED})
CLOSED = frozenset({Mark.LATE, Mark.AWAY})  # what no longer mattered, or was put away
OFF = frozenset({Mark.UNMADE, Mark.QUIET, Mark.HELD})  # what is over when it waits anew


def decline(one: Touched, fact: Declined) -> None:
    """Keep that somebody will not sign or approve: it stays open, and reminds nobody (R-13)."""
    sheet = one.item.progress
    refused, name = Mark.DECLINED in one.item.marks, fact.by
    if isinstance(sheet, SigningState):
        who = _who(sheet, fact.by)
        name = next((one.name for one in sheet.signatories if one.id == who), name)
        if refused and who in sheet.declined:
            return
        one.update(progress=replaced(sheet, declined=(*sheet.declined, who)))
    elif not _is_new(one, fact):
        return
    one.update(marks=one.item.marks | {Mark.DECLINED})
    state = one.item.state
    late = f"it is {state}" if state is not PENDING else ""
    one.note(": ".join(filter(None, (f"by {name}" if name else "", fact.reason, late))))
    if one.item.state is PENDING:
        one.silence("declined")


def _is_new(one: Touched, fact: Declined) -> bool:
    """Keep who declined what needs no signature, once since it was last approved or reopened."""
    known = [told for told in one.item.late_facts if isinstance(told, Declined)]
    if Mark.DECLINED not in one.item.marks:
        others = [told for told in one.item.late_facts if told not in known]
    elif (fact.by or "").casefold() in ((told.by or "").casefold() for told in known):
        return False
    else:
        others = [*one.item.late_facts]
    one.update(late_facts=(*others, fact))
    return True


def _who(sheet: SigningState, by: str | None) -> str:
    """Return the id of the signatory who is meant, or whoever it is as they were named."""
    found = signatories_meant(sheet.signatories, by or "")[0]
    return found[0].id if len(found) == 1 else by or ""


def reopen(one: Touched) -> None:
    """Let what was done, cancelled or declined wait again; it keeps what it knew (R-3).

    What was signed as required is signed anew, by everybody who has to; what was signed in part
    stays so.

    Raises:
        NotAllowedError: It never came to be.
    """
    draft, item = one.draft, one.item
    if Mark.UNMADE in item.marks and item.ref is None:
        raise NotAllowedError(
            f"{item.name!r} never came to be, for its request was given up, so that nobody can act "
            "on it; link what was made by hand"
        )
    if Mark.UNLINKED in item.marks:
        one.forget(Mark.AWAY)
        if one.is_done or not item.marks.isdisjoint(ENDED):
            one.forget(*ENDED)
            if item.progress != (sheet := _anew(item)):
                one.update(progress=sheet)
        one.reopen()
        one.be_void(so=False)
        return
    one.be_void(so=False)
    plain = not item.asks and item.state is RESOLVED
    waits = item.state is PENDING or (plain and item.marks.isdisjoint(CLOSED))
    if waits and item.marks.isdisjoint(ENDED):
        return
    one.update(
        state=PENDING if item.asks else RESOLVED,
        progress=_anew(item),
        reopened=draft.now,
        marks=item.marks - ENDED - CLOSED - OFF,
        late_facts=(),
    )
    draft.tell(ItemReopened, item.id, item.name, one.fact)
    one.want()
    if item.state is RESOLVED:
        one.keep_at_port()
    one.remind_again(anew=True)
    if item.kind is ItemKind.INVOICE:
        one.lock()


def _anew(item: Item) -> Progress:
    """Return how far a thing is that waits again: it knows what it knew, and is done anew."""
    sheet = item.progress
    if isinstance(sheet, InvoiceState) and sheet.settled:
        return replaced(
            sheet, settled=False, refunded_since=FrozenMap(), credited_since=(), added_since=0
        )
    if isinstance(sheet, SigningState) and (is_done(item) or sheet.is_signed):
        had = (*dict.fromkeys((*sheet.had_signed, *sheet.signed)),)
        return replaced(sheet, signed=(), had_signed=had, declined=())
    if isinstance(sheet, SigningState) and sheet.declined:
        return replaced(sheet, declined=())
    if isinstance(sheet, LockState) and sheet.void:
        return replaced(sheet, void=False)
    return sheet
