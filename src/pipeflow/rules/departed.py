"""The departed: members who were deleted have nothing to do in work that is under way (R-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.events import AssigneesChanged, ItemReassigned
from ..model.items import ItemState
from ..model.jobs import JobStatus
from ..model.record import replaced
from .task_changes import put_changed

if TYPE_CHECKING:
    from .draft import Draft

__all__ = ["part_with_gone"]


def part_with_gone(draft: Draft) -> None:
    """Leave out of a job, and of its open items, whoever was deleted meanwhile, and warn of it.

    Archived jobs and finished items keep the name of who had them. So only what comes back, as by
    a restore, a reopening or an undo, names somebody who is not there any more.
    """
    if draft.status == JobStatus.ARCHIVED:
        return
    gone = draft.book.firm.gone
    if left := draft.assignees & gone:
        cause = "assignees of the job"
        draft.assignees = draft.active(draft.assignees, cause, draft.assignees - gone)
        draft.tell(AssigneesChanged, frozenset(), left, cause)
    for place, item in enumerate(draft.items):
        if item.state is not ItemState.PENDING or item.assignees.isdisjoint(gone):
            continue
        left = item.assignees & gone
        after = draft.active(item.assignees, f"assignees of {item.name!r}", item.assignees - gone)
        put_changed(draft, place, replaced(item, assignees=after))
        draft.tell(ItemReassigned, item.id, item.name, frozenset(), left)
