"""Acceptance: the bill that a letter brings later than it is accepted, and why it does not yet."""

from __future__ import annotations

from datetime import datetime

from ..model.facts import ProposalSigned
from ..model.record import replaced
from ..model.templates import InvoiceTemplate
from .decision import Decision, State
from .draft import Draft
from .effects import evaluated, place_of
from .item import Touched
from .signatures import bring_bill, nothing_followed

__all__ = ["BUT", "NOW", "YET", "bring", "may_be_there", "put_off"]

NOW = "its invoice comes now, since it was accepted before"
BUT = "its invoice comes only where the money goes back that was paid for that of before"
MAYBE = (
    "its invoice may be there or not, for its port had not answered when the job was deleted that "
    "had asked for it; look for it at the host, for it is not asked for again"
)
YET = "its invoice waits for a port to say whether that of before is void"


def bring(state: State, item: str, bill: InvoiceTemplate, now: datetime, actor: str) -> Decision:
    """Let the bill of a letter come that was accepted; a paused job has it when it is resumed.

    Args:
        state: A job that has the letter as accepted, and is not over.
        item: The letter there.
        bill: What the letter brings.
        now: The instant.
        actor: Who lets it come here.
    """
    draft = Draft(replaced(state, bills={item: bill}), now, actor)
    place = place_of(draft.items, item, state.job.name)
    one = Touched(draft, place, ProposalSigned())
    if one.follows(nothing_followed(one)):
        draft.warn(f"{one.item.name!r}: {NOW}")
        bring_bill(one)
    return evaluated(draft)


def put_off(state: State, item: str, now: datetime, actor: str, *, paid: bool) -> Decision:
    """Warn that the bill of a letter does not come yet, though it was accepted.

    Args:
        state: A job that has the letter.
        item: The letter there.
        now: The instant.
        actor: Who lets it be accepted.
        paid: Whether that is since the bill of before is paid.
    """
    return _warn(state, item, now, actor, BUT if paid else YET)


def may_be_there(state: State, item: str, now: datetime, actor: str) -> Decision:
    """Warn that nobody here knows whether there is a bill of a letter, and that none follows.

    Args:
        state: A job that has the letter.
        item: The letter there.
        now: The instant.
        actor: Who deletes the job that had the bill.
    """
    return _warn(state, item, now, actor, MAYBE)


def _warn(state: State, item: str, now: datetime, actor: str, text: str) -> Decision:
    draft = Draft(state, now, actor)
    name = draft.items[place_of(draft.items, item, state.job.name)].name
    draft.warn(f"{name!r}: {text}")
    return draft.decide()
