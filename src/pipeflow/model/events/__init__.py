"""Events: what the engine writes into a job's history, in the past tense, with reason and actor."""

from __future__ import annotations

from .chapter import Chapter, Line, chapters_of, events_of
from .event import Event
from .fired import (
    AccessChanged,
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    SkipCause,
    TagsChanged,
    Warned,
)
from .linked import (
    FactRecorded,
    ItemCompleted,
    ItemLinked,
    ItemReopened,
    ItemResolved,
    ItemUnlinked,
    ReminderAsked,
    ReminderSent,
    RemindersSet,
    RemindersStopped,
)
from .moved import (
    AssigneesChanged,
    JobMoved,
    JobStarted,
    JobTransferred,
    JobWaits,
    MoveCause,
    StageSkipped,
    StatusChanged,
    WaitReason,
)
from .sent import (
    RequestAbandoned,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestRetried,
    RequestWithdrawn,
)

__all__ = [
    "AccessChanged",
    "AssigneesChanged",
    "AutomationFailed",
    "AutomationRan",
    "AutomationSkipped",
    "Chapter",
    "Event",
    "FactRecorded",
    "ItemCompleted",
    "ItemLinked",
    "ItemReopened",
    "ItemResolved",
    "ItemUnlinked",
    "JobMoved",
    "JobStarted",
    "JobTransferred",
    "JobWaits",
    "Line",
    "MoveCause",
    "ReminderAsked",
    "ReminderSent",
    "RemindersSet",
    "RemindersStopped",
    "RequestAbandoned",
    "RequestDelivered",
    "RequestFailed",
    "RequestGivenUp",
    "RequestRetried",
    "RequestWithdrawn",
    "SkipCause",
    "StageSkipped",
    "StatusChanged",
    "TagsChanged",
    "WaitReason",
    "Warned",
    "chapters_of",
    "events_of",
]
