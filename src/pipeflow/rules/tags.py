"""Tags changed by hand; nothing fires (domain.md 3.4)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from ..model.accounts import Account, TagChange
from ..model.events import Chapter, TagsChanged
from ..model.record import replaced
from ..model.values import FrozenMap

__all__ = ["claimed", "tag"]


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
