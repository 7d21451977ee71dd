"""Jobs: one service for one account, on its way through one pipeline."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

import attrs

from ..errors import NotFoundError, unknown
from .items import Item, ItemState
from .plain import Plain
from .templates import ClientView, Priority

__all__ = ["BlockedAutomation", "Job", "JobStatus"]


class JobStatus(StrEnum):
    """The statuses that every job can have; a pipeline may have more of its own."""

    ACTIVE = "Active"
    COMPLETED = "Completed"
    ARCHIVED = "Archived"


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class BlockedAutomation(Plain):
    """An automation that could not run, kept until it is retried or abandoned (A-24).

    Where it is `required`, one that makes an item, the stage does not automove meanwhile.
    """

    key: str
    stage: str
    automation: str
    visit: int
    reason: str
    required: bool = True


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Job(Plain):
    """A snapshot of a job; commands take it as a handle and return a newer one.

    `visit` counts the stages entered, from 1; `assignees` are members' ids; `items` all things
    ever linked to it, in the order in which they came; `made` and `armed` count the items and the
    reminders that were ever made, so that no id comes twice.
    """

    id: str
    name: str
    account: str
    pipeline: str
    stage: str
    status: str
    visit: int
    entered: datetime
    created: datetime
    items: tuple[Item, ...] = ()
    assignees: frozenset[str] = frozenset()
    priority: Priority = Priority.MEDIUM
    start: date | None = None
    due: date | None = None
    description: str = ""
    comments: str = ""
    time_budget: timedelta | None = None
    client_view: ClientView | None = None
    fired: frozenset[str] = frozenset()
    blocked: tuple[BlockedAutomation, ...] = ()
    made: int = 0
    armed: int = 0

    @property
    def open_items(self) -> tuple[Item, ...]:
        """The items of this visit that wait for somebody."""
        visit = self.visit
        return tuple(i for i in self.items if i.visit == visit and i.state is ItemState.PENDING)

    def item(self, name: str) -> Item:
        """Return the newest item of that name or template id (or of that very id).

        Raises:
            NotFoundError: With the names that there are.
        """
        for item in reversed(self.items):
            if name in (item.name, item.template, item.id):
                return item
        names = dict.fromkeys(item.name for item in self.items)
        raise NotFoundError(unknown("item", name, names, where=f"job {self.name!r}"))
