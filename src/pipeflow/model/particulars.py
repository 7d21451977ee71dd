"""Particulars of facts: what several of them check, of money, texts and people."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Problem, shown
from .accounts import Contact
from .item_kinds import ItemKind
from .money import Money
from .text import text_problems

__all__ = ["BILLS", "amount_problems", "optional_text", "who"]

BILLS = frozenset({ItemKind.INVOICE, ItemKind.LOCKED_DOCUMENT})


def who(given: str | Contact | None) -> str | None:
    """Return how somebody is named who acts: a contact by its id, else its address or name."""
    return (given.id or given.email or given.name) if isinstance(given, Contact) else given


def amount_problems(amount: object) -> Iterator[Problem]:
    """Yield what is wrong with an amount of money that changed hands."""
    if not isinstance(amount, Money):
        yield Problem("must be Money", "$.amount", shown(amount), ("Money('450.00', 'USD')",))
    elif amount != amount.rounded():
        yield Problem("is finer than the currency's smallest unit", "$.amount", shown(amount))
    elif amount.amount <= 0:
        yield Problem("must be more than nothing", "$.amount", shown(amount))


def optional_text(given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a text that may lack, and is not empty where it is there."""
    if given is not None:
        yield from text_problems(given, where, empty=False)
