"""Tags changed by hand; nothing fires (domain.md 3.4)."""

from __future__ import annotations

from datetime import datetime

from ..model.accounts import Account, TagChange
from ..model.events import Chapter, TagsChanged
from ..model.record import replaced

__all__ = ["tag"]


def tag(
    account: Account, change: TagChange, now: datetime, actor: str, *, clear: bool = False
) -> tuple[Account, tuple[Chapter, ...]]:
    """Change an account's tags by hand: remove (or clear) first, then add (A-13)."""
    before = account.tags
    tags = change.apply(frozenset() if clear else before)
    if tags == before:
        return account, ()
    line = (TagsChanged, account.id, tags - before, before - tags, "by hand")
    return replaced(account, tags=tags), (Chapter(now, "", actor, (line,)),)
