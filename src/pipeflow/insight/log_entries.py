"""Log entries: what process mining needs of a job's history, with few activities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ..model.events import (
    AutomationFailed,
    Event,
    ItemCompleted,
    ItemReopened,
    ItemResolved,
    JobMoved,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTransferred,
    MoveUndone,
    ReminderSent,
    StatusChanged,
)
from ..model.items import Item
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..rules import SYSTEM
from .stays import UNDONE, placed
from .waits import is_asked

__all__ = ["Lifecycle", "LogEntry", "Names", "entries_of"]


class Lifecycle(StrEnum):
    """Where an entry stands in the life of its activity: transitions of the standard of XES."""

    START = "start"
    COMPLETE = "complete"
    SUSPEND = "suspend"
    RESUME = "resume"
    ABORT = "ate_abort"


class LogEntry(NamedTuple):
    """Something that happened to a job.

    Args:
        at: When, in UTC.
        activity: What: the name of a stage, `task: Review`, `reminder`, `status: Archived`,
            `automation failed`.
        lifecycle: Whether it began then, or ended, and how.
        actor: Who did it; "system" for pipeflow itself.
        kind: What it is about: `stage`, `status`, `reminder`, `automation`, or the kind of an item.
        pipeline: The pipeline in which the job was, by its id.
        stage: The stage in which it was, by its id.
        item: The item that it is about, by its id; "" for none.
        item_name: What that is called in this job.
        reason: Why, in a few words.
    """

    at: datetime
    activity: str
    lifecycle: Lifecycle
    actor: str
    kind: str
    pipeline: str
    stage: str
    item: str = ""
    item_name: str = ""
    reason: str = ""


class Names(NamedTuple):
    """What things are called now: pipelines by their ids, and templates by theirs."""

    pipelines: Mapping[str, Pipeline]
    templates: Mapping[str, str]

    def stage(self, pipeline: str, id: str) -> str:
        """Return the name of a stage; its id where it is no longer there."""
        line = self.pipelines.get(pipeline)
        stages = () if line is None else line.stages
        return next((one.name for one in stages if one.id == id), id)

    def item(self, item: Item) -> str:
        """Return the activity of an item: that of its template, so that all jobs have the same."""
        kind = item.kind.words
        name = "" if item.template is None else self.templates.get(item.template, item.template)
        return f"{kind}: {name}" if name else kind


def entries_of(job: Job, history: Iterable[Event], names: Names) -> Iterator[LogEntry]:
    """Yield the entries of a job, in the order in which things happened.

    A stage starts when the job enters it and completes when it leaves it. An item that somebody
    had to act on starts when it is asked for, and completes when it is done; one that is cancelled
    is aborted, as is a stage whose entry was undone. Beginnings and ends of an item take turns, by
    which tools pair them. Where the history tells nothing of the moment
    at which an item came, its own does.
    """
    return _Scribe(job, names).entries(history)


class _Scribe:
    """Writes the entries of one job down, knowing where it stands."""

    def __init__(self, job: Job, names: Names) -> None:
        """Begin before it was started."""
        self._names = names
        asked = (one for one in job.items if is_asked(one))
        # Those whose beginning is still to be told, in the order in which they came.
        self._coming = {one.id: one for one in sorted(asked, key=lambda one: one.created)}
        self._asked = dict(self._coming)
        self._waiting: set[str] = set()  # those that have begun, and not ended
        self._pipeline = self._stage = ""
        self._paused: str | None = None  # the reason why it is, if it is paused

    def entries(self, history: Iterable[Event]) -> Iterator[LogEntry]:
        """Yield the entries of a whole history."""
        for event, pipeline, stage, *_ in placed(history):
            yield from self._begun([one for one in self._coming.values() if one.created < event.at])
            named = self._coming.get(getattr(event, "item", None) or "")
            if named is not None:
                yield from self._begun([named], event.actor)
            if not isinstance(event, JobTransferred):  # the move that follows leads there
                yield from self._of(event, (pipeline, stage))
        yield from self._begun([*self._coming.values()])

    def _begun(self, items: Iterable[Item], actor: str = SYSTEM) -> Iterator[LogEntry]:
        for one in items:
            del self._coming[one.id]
            self._waiting.add(one.id)
            yield self._of_item(one, one.created, Lifecycle.START, actor)

    def _of(self, event: Event, place: tuple[str, str]) -> Iterator[LogEntry]:
        match event:
            case JobStarted():
                yield self._enter(event, place, "started")
            case JobMoved():
                yield self._stay(event, Lifecycle.COMPLETE, event.cause.value)
                yield self._enter(event, place, event.cause.value)
                if self._paused is not None:  # an edit took its stage away
                    yield self._stay(event, Lifecycle.SUSPEND, self._paused)
            case MoveUndone():
                yield self._stay(event, Lifecycle.ABORT, UNDONE)
                yield self._enter(event, place, UNDONE)
            case JobPaused():
                if self._paused is None:  # a new reason is no new pause
                    yield self._stay(event, Lifecycle.SUSPEND, event.reason)
                self._paused = event.reason
            case JobResumed():
                self._paused = None
                yield self._stay(event, Lifecycle.RESUME, "")
            case StatusChanged():
                yield self._entry(event, f"status: {event.status}", "status")
            case AutomationFailed():
                yield self._entry(event, "automation failed", "automation", event.reason)
            case ReminderSent():
                reason = f"number {event.number}" if event.number else "by hand"
                yield self._entry(
                    event, "reminder", "reminder", reason, self._asked.get(event.item)
                )
            case ItemCompleted() | ItemResolved() | ItemReopened() if event.item in self._asked:
                yield from self._turned(event)
            case _:
                pass

    def _enter(self, event: Event, place: tuple[str, str], reason: str) -> LogEntry:
        self._pipeline, self._stage = place
        return self._stay(event, Lifecycle.START, reason)

    def _stay(self, event: Event, lifecycle: Lifecycle, reason: str) -> LogEntry:
        """Return an entry of the stage in which the job is."""
        name = self._names.stage(self._pipeline, self._stage)
        return LogEntry(
            event.at, name, lifecycle, event.actor, "stage", self._pipeline, self._stage,
            reason=reason,
        )  # fmt: skip

    def _entry(
        self, event: Event, activity: str, kind: str, reason: str = "", item: Item | None = None
    ) -> LogEntry:
        """Return an entry of what takes no time."""
        whose = ("", "") if item is None else (item.id, item.name)
        return LogEntry(
            event.at, activity, Lifecycle.COMPLETE, event.actor, kind, self._pipeline, self._stage,
            *whose, reason,
        )  # fmt: skip

    def _turned(self, event: ItemCompleted | ItemResolved | ItemReopened) -> Iterator[LogEntry]:
        """Yield the entry of a beginning or an end, unless it is one already.

        What the client declined, and was reopened, waited all the while; what was done and is
        taken back, without anybody who would wait for it again, has ended.
        """
        begins = isinstance(event, ItemReopened)
        if (event.item in self._waiting) is not begins:
            self._waiting.symmetric_difference_update({event.item})
            yield self._of_item(self._asked[event.item], *_turn(event))

    def _of_item(
        self, item: Item, at: datetime, lifecycle: Lifecycle, actor: str, reason: str = ""
    ) -> LogEntry:
        return LogEntry(
            at, self._names.item(item), lifecycle, actor, item.kind.value, self._pipeline,
            item.stage, item.id, item.name, reason,
        )  # fmt: skip


def _turn(
    event: ItemCompleted | ItemResolved | ItemReopened,
) -> tuple[datetime, Lifecycle, str, str]:
    """Return when an item took a turn, which, by whom and why."""
    match event:
        case ItemCompleted():
            return event.at, Lifecycle.COMPLETE, event.actor, ""
        case ItemResolved():
            return event.at, Lifecycle.ABORT, event.actor, event.reason
        case ItemReopened():
            return event.at, Lifecycle.START, event.actor, "reopened"
