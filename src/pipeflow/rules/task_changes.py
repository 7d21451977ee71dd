"""Task changes: the host of a task is told who must act on it now, and until when (R-23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.items import Item, ItemKind
from ..model.record import replaced
from ..ports.requests import TaskChange

if TYPE_CHECKING:
    from .draft import Draft

__all__ = ["put_changed"]


def put_changed(draft: Draft, place: int, changed: Item) -> None:
    """Put an item that changed in its place, and have a task's host told, of the last change alone.

    It is told where the port of tasks updates them. What was to be told before, and has not left,
    would tell it of less than now holds.
    """
    if draft.state.updates and changed.kind is ItemKind.TASK:
        if changed.told:
            draft.withdraws += (_change_key(draft, changed, changed.told),)
        draft.armed += 1
        changed = replaced(changed, told=draft.armed)
        draft.requests.append(
            TaskChange(
                _change_key(draft, changed, changed.told),
                draft.account.id,
                draft.job.id,
                changed.id,
                changed.template,
                changed.name,
                changed.ref.id if changed.ref is not None else None,
                changed.request,
                changed.assignees,
                changed.due,
            )
        )
    draft.items[place] = changed


def _change_key(draft: Draft, item: Item, number: int) -> str:
    return draft.item_key(item, "change", str(number))
