"""Jobs: one service for one account, on its way through one pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from ..errors import many
from .instants import on_clock
from .items import Item, ItemState
from .record import Brief, Plain, record
from .spelling import meant
from .templates import ClientView, Priority
from .text import single_line

if TYPE_CHECKING:
    from ..show import Block
    from .automations import Automation
    from .pipelines import Pipeline

__all__ = ["OVER", "Alarm", "BlockedAutomation", "Job", "JobStatus", "here"]


PENDING = ItemState.PENDING


class JobStatus(StrEnum):
    """The statuses that every job can have; a pipeline may have more of its own."""

    ACTIVE = "Active"
    COMPLETED = "Completed"
    ARCHIVED = "Archived"


OVER = frozenset({JobStatus.COMPLETED, JobStatus.ARCHIVED})  # nothing goes on in these


@record
class BlockedAutomation(Plain):
    """An automation that could not run, kept until it is retried or abandoned (A-24).

    Where it is `required`, one that makes an item, the stage does not automove meanwhile. `run` is
    the number of the firing where that was no entry of a stage, and `scope` the same number where
    it was the setting of a status, which then holds that status and no stage. `kind` is that of the
    automation; "" where an older version did not tell.
    """

    key: str
    pipeline: str
    stage: str
    automation: str
    visit: int
    reason: str
    required: bool = True
    run: int = 0
    scope: int = 0
    kind: str = ""

    def found_in(self, pipeline: Pipeline) -> Automation | None:
        """Return the automation of its pipeline; None where it is gone, and one of another kind has
        its id.
        """
        found = pipeline.automation(self.stage, self.automation)
        return found if found is not None and self.kind in {"", found.kind} else None


@record
class Alarm(Plain):
    """When a trigger is to fire; where `due` is None its time has come, but it could not fire.

    Args:
        trigger: Its id; of used up reminders that of the automation that made the item.
        of: What it is about: the visit, the date, or the item.
        at: When.
        due: The key of its due row.
        rings: The instant of its due row, where that is later than `at`.
        rested: Whether its time came while the job was not Active, so that it fires late.
        delay: How late it was when the job began to rest after its time, or is when it `rings`
            since; a rest makes it no later. None: no rest followed, and it goes by `at`.
    """

    trigger: str
    of: str
    at: datetime
    due: str | None
    rings: datetime | None = None
    rested: bool = False
    delay: timedelta | None = None


@record
class Job(Brief, Plain):
    """A snapshot of a job; commands take it as a handle and return a newer one.

    `visit` counts the stages entered, from 1; `assignees` are members' ids; `items` all things
    ever linked to it, in the order in which they came; `armed` counts the reminders, alarms and
    firings that there ever were, so that no key comes twice; `present` says how many items there
    were when this visit began, and `carried` at which places the earlier ones stand that hold it
    all the same; `highest` is the highest visit that was undone, since no number is used again;
    `paused` is the reason why it is paused, which may be empty, and None where it is not (R-27).
    `scope` is the number of the last setting of a custom status, by which its items are known;
    `alarms` say when triggers are to fire; `follow_ups` are the ids of the jobs that its
    automations started, and `starter` is the id of the job whose automation started this one, ""
    where none did; `edition` is the revision that its pipeline had when this visit began, 0
    where that is not known.
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
    armed: int = 0
    present: int = 0
    carried: tuple[int, ...] = ()
    highest: int = 0
    paused: str | None = None
    scope: int = 0
    alarms: tuple[Alarm, ...] = ()
    follow_ups: tuple[str, ...] = ()
    starter: str = ""
    edition: int = 0

    def __str__(self) -> str:
        """Print in one line: `'Tax' (job-1) in 'intake' of 'tax', Active, 2 items, 1 open`."""
        place = f"{self.name!r} ({self.id}) in {self.stage!r} of {self.pipeline!r}, {self.status}"
        opened = sum(1 for one in self.items if one.state is PENDING)
        paused = ", paused" * (self.paused is not None)
        return f"{place}{paused}, {many(len(self.items), 'item')}, {opened} open"

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        return {
            "Job": self.name,
            "Id": self.id,
            "Account": self.account,
            "Pipeline": self.pipeline,
            "Stage": self.stage,
            "Status": str(self.status),
            "Since": on_clock(self.entered),
            "Assignees": ", ".join(sorted(self.assignees)),
            "Due": "" if self.due is None else str(self.due),
            "Open": ", ".join(one.name for one in self.open_items),
        }

    def _blocks(self) -> tuple[Block, ...]:
        """Return itself, and its items below."""
        from ..show import Table  # showing is rare

        rows = tuple(tuple(one.cells().values()) for one in self.items)
        if not rows:
            return super()._blocks()
        return (*super()._blocks(), Table(tuple(self.items[0].cells()), rows, caption="Items"))

    @property
    def items_here(self) -> tuple[Item, ...]:
        """The items of this visit."""
        visit = self.visit
        found = here(self.items, self.present, self.carried)
        return tuple([item for item in found if item.visit == visit])

    @property
    def open_items(self) -> tuple[Item, ...]:
        """The items of this visit that wait for somebody."""
        visit = self.visit
        found = here(self.items, self.present, self.carried)
        return tuple([item for item in found if item.state is PENDING and item.visit == visit])

    def item(self, name: str) -> Item:
        """Return the newest item of that name or template id (or of that very id).

        Letter case does not count where only one name can be meant (R-32).

        Raises:
            NotFoundError: With the names that there are.
        """
        for item in reversed(self.items):
            if name in (item.name, item.template, item.id):
                return item
        wanted = single_line(name) if isinstance(name, str) else name
        newest = [*reversed(self.items)]
        names = ((item.name, item) for item in newest)
        ids = ((item.template, item) for item in newest if item.template is not None)
        return meant("item", wanted, names, ids, where=f"job {self.name!r}")


def here(items: Sequence[Item], present: int, carried: tuple[int, ...]) -> Sequence[Item]:
    """Return the items among which those of the present visit are, in their order."""
    found = items[present:]
    return [*(items[place] for place in carried), *found] if carried else found
