"""Letters: on which job the bill comes that a letter's acceptance brings (domain.md 2.3).

One of the jobs that have the letter has the bill. Where that job waits for the letter no more,
another one of the account gets it that does; else whoever links the letter next.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ... import rules
from ...model.items import Item, ItemState, Mark, SigningState
from ...model.jobs import OVER
from ...model.templates import InvoiceTemplate
from ..references import is_void, items_of
from ..unit import Unit

__all__ = ["bill_of", "bill_to_come", "hand_over", "leave", "left_over", "pass_on", "take"]


def bill_of(unit: Unit, letter: Item) -> InvoiceTemplate | None:
    """Return the bill that a letter brings where it is accepted from now on."""
    return rules.bill_of(unit.job(letter.job), letter, partial(is_void, unit))


def bill_to_come(unit: Unit, letter: Item) -> InvoiceTemplate | None:
    """Return the bill that a letter brings now, or once it is reopened and accepted again."""
    return rules.bill_to_come(unit.job(letter.job), letter, partial(is_void, unit))


def hand_over(unit: Unit, letters: Iterable[Item]) -> None:
    """Let the bill of a letter come where somebody waits for it, and none where one of before
    stands, since the letter may be accepted now.
    """
    jobs, bills = unit.jobs, dict[str, InvoiceTemplate]()
    known = [*letters]
    for letter in known:
        if _brings(letter) and _has_left(unit, letter):
            pass_on(unit, letter)
    for letter in (unit.item(one.job, one.id) for one in known):
        if (bill := bill_of(unit, letter)) is not None:
            bills[letter.id] = bill
    unit.jobs, unit.bills = jobs, bills


def _brings(letter: Item) -> bool:
    return isinstance(letter.progress, SigningState) and letter.progress.invoice is not None


def pass_on(unit: Unit, letter: Item) -> None:
    """Let the bill of a letter come where somebody else of the account waits for the letter."""
    bill, heir = bill_of(unit, letter), _heir(unit, letter)
    if bill is not None and heir is not None:
        _bring(unit, heir, bill)
        _bring(unit, letter, None)


def leave(unit: Unit, letter: Item) -> None:
    """Let the bill of a letter whose job is deleted come on another job of the account; where none
    waits for it, let one of them keep the bill for whoever links the letter next.

    Of one that was accepted already, they keep it for when it is reopened.
    """
    bill = bill_to_come(unit, letter)
    if bill is None:
        return
    accepted = bill_of(unit, letter) is None
    others = [one for one in _others(unit, letter) if one.job != letter.job]
    alike = [one for one in others if (one.state is ItemState.COMPLETED) is accepted]
    having = [one for one in alike if not _has_left(unit, one)]
    left = [one for one in others if _has_left(unit, one)]
    for heir in (*having, *left, *others)[:1]:
        _bring(unit, heir, bill, billed=accepted)


def left_over(unit: Unit, letters: Iterable[Item], account: str) -> Item | None:
    """Return the letter, as a job of the account had it, whose bill waits to be taken over."""
    for letter in letters:
        mine = unit.job(letter.job).account == account
        if mine and _has_left(unit, letter) and bill_of(unit, letter) is not None:
            return letter
    return None


def take(unit: Unit, letter: Item) -> None:
    """Let the bill of a letter come there no more, since another job took it over."""
    _bring(unit, letter, None)


def _heir(unit: Unit, letter: Item) -> Item | None:
    """Return the letter as somebody else of the account has it who waits for it."""
    others = (one for one in _others(unit, letter) if one.state is ItemState.PENDING)
    return next((one for one in others if not _has_left(unit, one)), None)


def _others(unit: Unit, letter: Item) -> Iterable[Item]:
    """Yield the letter as the account's jobs have it besides, the same one too."""
    account = unit.job(letter.job).account
    for one in items_of(unit, letter.ref) if letter.ref is not None else ():
        known = isinstance(one.progress, SigningState) and one.id != letter.id
        if known and unit.job(one.job).account == account:
            yield one


def _has_left(unit: Unit, letter: Item) -> bool:
    """Tell whether a job waits for a letter no more: it is over, let go of it or cancelled it."""
    resolved = letter.state is ItemState.RESOLVED
    return resolved or Mark.UNLINKED in letter.marks or unit.job(letter.job).status in OVER


def _bring(unit: Unit, letter: Item, bill: InvoiceTemplate | None, *, billed: bool = False) -> None:
    state = unit.state(letter.job)
    unit.apply(rules.bring(state, letter.id, bill, unit.now, unit.actor, billed=billed))
