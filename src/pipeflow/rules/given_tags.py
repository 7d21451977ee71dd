"""Tags that clients give by their answers, or by the package that they choose in a proposal."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.accounts import TagChange
from ..model.items import Item
from ..model.record import replaced
from ..model.values import FrozenMap
from .draft import Draft

__all__ = ["give_tags"]


def give_tags(
    draft: Draft, item: Item, changes: Iterable[TagChange], cause: str, again: str
) -> None:
    """Change the account's tags as the client's words say, in their order.

    That comes before the next stage is chosen (domain.md 3.4). Tags that earlier words about the
    same item gave, and nobody gave since, are taken back first (R-40).

    Args:
        draft: What is decided so far.
        item: The organizer that was answered, or the proposal that was signed.
        changes: What each answer, or the package, says.
        cause: What history says why.
        again: What it says besides where tags are taken back.
    """
    present, answered = draft.account.tags, draft.account.answered
    mine = {tag for tag, items in answered.items() if items == (item.id,)} & present
    tags = others = present - mine
    given: set[str] = set()
    for change in changes:
        tags = change.apply(tags)
        given |= change.add
    draft.set_tags(tags, cause + (again if mine - tags else ""))
    _remember(draft, item.id, frozenset(given) & tags, others)


def _remember(draft: Draft, item: str, given: frozenset[str], others: frozenset[str]) -> None:
    """Keep which tags the item gave, but for those that somebody else gave before (R-40)."""
    account = draft.account
    before, after = account.answered, dict[str, tuple[str, ...]]()
    for tag in account.tags:
        held = tuple(one for one in before.get(tag, ()) if one != item)
        if tag in given and (held or tag not in others):
            held += (item,)
        if held:
            after[tag] = held
    if after != before:
        draft.account = replaced(account, answered=FrozenMap(sorted(after.items())))
