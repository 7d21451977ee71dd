"""Threads: in which one a reply goes (A-47, A-48)."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.items import Item, ItemKind, Mark, Ref
from .decision import ThreadWanted
from .draft import Draft

__all__ = ["closed_threads", "latest_thread"]


def closed_threads(before: Iterable[Item], after: Iterable[Item]) -> frozenset[Ref]:
    """Return which threads have just been archived, or cancelled; other jobs may have yet to hear
    of that in the same command. What a job lets go of stays open.
    """
    opened = {one.id for one in before if one.is_open_thread}
    closed = (one for one in after if one.id in opened and not one.is_open_thread)
    return frozenset(one.ref for one in closed if one.ref and Mark.UNLINKED not in one.marks)


def latest_thread(draft: Draft) -> str | None:
    """Return the item whose thread a reply goes to: the latest open one of the job, else of the
    account's other jobs; None: there is none (A-47, A-48).

    Raises:
        ThreadWanted: It depends on the other jobs, and nobody has looked.
    """
    for item in reversed(draft.items):
        if item.kind is ItemKind.MESSAGE and item.is_open_thread:
            return item.id
    if draft.state.thread is None:
        closed = closed_threads(draft.state.job.items, draft.items)
        raise ThreadWanted(draft.account.id, draft.job.id, closed)
    return draft.state.thread or None
