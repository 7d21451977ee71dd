"""Events: what the engine writes into a job's history, in the past tense, with reason and actor."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

from .facts import Fact

__all__ = [
    "AccessChanged",
    "AssigneesChanged",
    "AutomationFailed",
    "AutomationRan",
    "AutomationSkipped",
    "Event",
    "FactRecorded",
    "ItemCompleted",
    "ItemLinked",
    "ItemReopened",
    "ItemResolved",
    "JobMoved",
    "JobStarted",
    "JobTransferred",
    "JobWaits",
    "MoveCause",
    "ReminderSent",
    "RemindersStopped",
    "RequestAbandoned",
    "RequestDelivered",
    "RequestFailed",
    "RequestGivenUp",
    "RequestRetried",
    "SkipCause",
    "StageSkipped",
    "StatusChanged",
    "TagsChanged",
    "WaitReason",
    "Warned",
]


class MoveCause(StrEnum):
    """Why a job entered a stage."""

    AUTOMOVE = "automove"
    BY_HAND = "by hand"
    TRANSFER = "transfer"


class SkipCause(StrEnum):
    """Why an automation did not fire."""

    CONDITION = "condition"
    BY_HAND = "by hand"
    REPEAT = "repeat"


class WaitReason(StrEnum):
    """Why a job stays where it is."""

    OPEN_ITEMS = "open_items"
    NOTHING_COMPLETED = "nothing_completed"
    BLOCKED = "blocked"
    AUTOMOVE_OFF = "automove_off"
    LAST_STAGE = "last_stage"
    STATUS = "status"
    STAGE_GONE = "stage_gone"


@attrs.frozen
class Event:
    """Base of all events: when it happened, to which job, by whom."""

    at: datetime
    job: str
    actor: str

    def __str__(self) -> str:
        """Print as a line of a history."""
        by = "" if self.actor == "system" else f" [{self.actor}]"
        return f"{self.at:%Y-%m-%d %H:%M} {self.sentence()}{by}"

    def sentence(self) -> str:
        """Say what happened."""
        return type(self).__name__


@attrs.frozen
class JobStarted(Event):
    """A job was started in a stage."""

    name: str
    account: str
    pipeline: str
    stage: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"started {self.name!r} in stage {self.stage!r} of pipeline {self.pipeline!r}"


@attrs.frozen
class JobMoved(Event):
    """The job left one stage and entered another."""

    source: str
    stage: str
    visit: int
    cause: MoveCause

    def sentence(self) -> str:
        """Say what happened."""
        return f"moved from {self.source!r} to {self.stage!r} ({self.cause})"


@attrs.frozen
class JobTransferred(Event):
    """The job went over to another pipeline."""

    source: str
    pipeline: str
    stage: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"transferred from {self.source!r} to {self.pipeline!r}, stage {self.stage!r}"


@attrs.frozen
class StageSkipped(Event):
    """A conditional stage was passed over (A-30)."""

    stage: str
    reason: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"skipped stage {self.stage!r}: {self.reason}"


@attrs.frozen
class JobWaits(Event):
    """Automove was evaluated and the job stays, for this reason; `items` are those it waits for."""

    stage: str
    reason: WaitReason
    items: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what happened."""
        stay = f"waits in {self.stage!r}"
        if self.reason is WaitReason.OPEN_ITEMS:
            return f"{stay} for {', '.join(map(repr, self.items))}"
        return f"{stay}: {_WAITS[self.reason]}"


_WAITS = {
    WaitReason.NOTHING_COMPLETED: "nothing was completed in this visit",
    WaitReason.BLOCKED: "an automation failed",
    WaitReason.AUTOMOVE_OFF: "the stage is left by hand",
    WaitReason.LAST_STAGE: "it is the last stage",
    WaitReason.STATUS: "the job's status holds it",
    WaitReason.STAGE_GONE: "the pipeline no longer has this stage",
}


@attrs.frozen
class AutomationRan(Event):
    """An automation fired; `item` is what it made."""

    stage: str
    automation: str
    kind: str
    item: str | None = None

    def sentence(self) -> str:
        """Say what happened."""
        made = f", making {self.item}" if self.item else ""
        return f"ran {self.automation!r}{made}"


@attrs.frozen
class AutomationSkipped(Event):
    """An automation did not fire, for this reason."""

    stage: str
    automation: str
    cause: SkipCause
    reason: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"skipped {self.automation!r}: {self.reason}"


@attrs.frozen
class AutomationFailed(Event):
    """An automation could not run (A-24); `retry(key)` tries it again."""

    stage: str
    automation: str
    reason: str
    key: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"could not run {self.automation!r}: {self.reason}"


@attrs.frozen
class TagsChanged(Event):
    """Tags of the account came or went."""

    account: str
    added: frozenset[str]
    removed: frozenset[str]
    cause: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"tags {_change(self.added, self.removed)} ({self.cause})"


@attrs.frozen
class AccessChanged(Event):
    """Members got or lost access to the account."""

    account: str
    added: frozenset[str]
    removed: frozenset[str]
    cause: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"access {_change(self.added, self.removed)} ({self.cause})"


@attrs.frozen
class AssigneesChanged(Event):
    """Members were assigned to the job or unassigned."""

    added: frozenset[str]
    removed: frozenset[str]
    cause: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"assignees {_change(self.added, self.removed)} ({self.cause})"


@attrs.frozen
class ItemLinked(Event):
    """A thing made elsewhere was linked to the job."""

    item: str
    name: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"linked {self.name!r}"


@attrs.frozen
class FactRecorded(Event):
    """Something happened to an item without completing it."""

    item: str
    name: str
    fact: Fact
    note: str = ""

    def sentence(self) -> str:
        """Say what happened."""
        note = f": {self.note}" if self.note else ""
        return f"{_words(self.fact)}, {self.name!r}{note}"


@attrs.frozen
class ItemCompleted(Event):
    """An item was done; `fact` is what did it, None where it was done at birth."""

    item: str
    name: str
    fact: Fact | None = None

    def sentence(self) -> str:
        """Say what happened."""
        why = f" ({_words(self.fact)})" if self.fact is not None else " (at birth)"
        return f"completed {self.name!r}{why}"


@attrs.frozen
class ItemReopened(Event):
    """A completed item waits for somebody again; the job stays (A-11)."""

    item: str
    name: str
    fact: Fact

    def sentence(self) -> str:
        """Say what happened."""
        return f"reopened {self.name!r} ({_words(self.fact)})"


@attrs.frozen
class ItemResolved(Event):
    """An item is no longer waited for, though nobody completed it (A-10)."""

    item: str
    name: str
    reason: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"no longer waits for {self.name!r}: {self.reason}"


@attrs.frozen
class ReminderSent(Event):
    """The client was reminded of an item; `number` 0 for one sent by hand (A-38)."""

    item: str
    name: str
    number: int
    to: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what happened."""
        which = f"reminder {self.number}" if self.number else "a reminder by hand"
        return f"sent {which} of {self.name!r} to {', '.join(self.to) or 'nobody'}"


@attrs.frozen
class RemindersStopped(Event):
    """No more reminders of an item will go out."""

    item: str
    name: str
    reason: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"stopped reminding of {self.name!r}: {self.reason}"


@attrs.frozen
class StatusChanged(Event):
    """The job's status changed."""

    source: str
    status: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"status {self.source} became {self.status}"


@attrs.frozen
class RequestDelivered(Event):
    """A port took a request; `ref` is the host's own id."""

    key: str
    port: str
    ref: str | None = None

    def sentence(self) -> str:
        """Say what happened."""
        return f"{self.port} took {self.key}{f' as {self.ref}' if self.ref else ''}"


@attrs.frozen
class RequestFailed(Event):
    """A port failed; the request is kept and tried again at `retry_at`."""

    key: str
    port: str
    error: str
    attempt: int
    retry_at: datetime

    def sentence(self) -> str:
        """Say what happened."""
        return (
            f"{self.port} failed on {self.key} (attempt {self.attempt}): {self.error}; "
            f"next try {self.retry_at:%Y-%m-%d %H:%M:%S}"
        )


@attrs.frozen
class RequestGivenUp(Event):
    """A request is not tried any more by itself; a person can retry or abandon it."""

    key: str
    port: str
    error: str
    attempt: int

    def sentence(self) -> str:
        """Say what happened."""
        return f"gave up {self.key} after attempt {self.attempt}: {self.error}"


@attrs.frozen
class RequestRetried(Event):
    """A person had a request tried again."""

    key: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"retried {self.key} by hand"


@attrs.frozen
class RequestAbandoned(Event):
    """A person decided that a request will never be delivered."""

    key: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"abandoned {self.key} by hand"


@attrs.frozen
class Warned(Event):
    """Something went on that somebody should look at, such as a role that nobody fills."""

    text: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"warning: {self.text}"


def _change(added: frozenset[str], removed: frozenset[str]) -> str:
    parts = [f"+{name}" for name in sorted(added)] + [f"-{name}" for name in sorted(removed)]
    return " ".join(parts) or "unchanged"


def _words(fact: Fact) -> str:
    """Turn `TaskCompleted` into `task completed`."""
    name = type(fact).__name__
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
