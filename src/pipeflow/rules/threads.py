"""Threads: in which one a reply goes (A-47, A-48)."""

from __future__ import annotations

from ..model.items import ItemKind
from .decision import ThreadWanted
from .draft import Draft

__all__ = ["latest_thread"]


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
        raise ThreadWanted(draft.account.id, draft.job.id)
    return draft.state.thread or None
