"""Tags changed by hand; nothing fires (domain.md 3.4)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from ..model.accounts import Account, TagChange
from ..model.events import Chapter, TagsChanged
from ..model.record import replaced
from ..model.values import FrozenMap

__all__ = ["claimed", "handed_on", "tag"]


def tag(
    account: Account, change: TagChange, now: datetime, actor: str, *, clear: bool = False
) -> tuple[Account, tuple[Chapter, ...]]:
    """Change an account's tags by hand: remove (or clear) first, then add (A-13)."""
    before = account.tags
    account = claimed(account, before if clear else change.add | change.remove)
    tags = change.apply(frozenset() if clear else before)
    if tags == before:
        return account, ()  # the same account, unless somebody else gave what an answer had given
    line = (TagsChanged, account.id, tags - before, before - tags, "by hand")
    return replaced(account, tags=tags), (Chapter(now, "", actor, (line,)),)


def claimed(account: Account, tags: AbstractSet[str]) -> Account:
    """Return an account of which somebody else than an answer gave or took these tags (R-40).

    They are no longer taken back with the answer, also where they were there before.
    """
    answered = account.answered
    if not answered or answered.keys().isdisjoint(tags):
        return account
    left = {tag: items for tag, items in answered.items() if tag not in tags}
    return replaced(account, answered=FrozenMap(left))


def handed_on(account: Account, item: str, to: str | None = None) -> Account:
    """Return an account of which another item holds the tags that the answers of one gave (R-40).

    Args:
        account: The account.
        item: The item that holds them.
        to: The same thing, as it is linked again; None leaves them to those that hold them too,
            and a tag that none does to the item.
    """
    answered = account.answered
    held = {tag: _holders(items, item, to) for tag, items in answered.items()}
    return account if held == answered else replaced(account, answered=FrozenMap(held))


def _holders(items: tuple[str, ...], item: str, to: str | None) -> tuple[str, ...]:
    """Return who holds a tag when an item gives it up."""
    if to is not None:
        return tuple(to if one == item else one for one in items)
    return tuple(one for one in items if one != item) or items
