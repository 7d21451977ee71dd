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
from .left import AccountDeleted, DefinitionDeleted, HandedOver, JobDeleted
from .linked import (
    FactRecorded,
    ItemCompleted,
    ItemLinked,
    ItemReopened,
    ItemResolved,
    ItemUnlinked,
    ReminderSent,
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
    "AccountDeleted",
    "AssigneesChanged",
    "AutomationFailed",
    "AutomationRan",
    "AutomationSkipped",
    "Chapter",
    "DefinitionDeleted",
    "Event",
    "FactRecorded",
    "HandedOver",
    "ItemCompleted",
    "ItemLinked",
    "ItemReopened",
    "ItemResolved",
    "ItemUnlinked",
    "JobDeleted",
    "JobMoved",
    "JobStarted",
    "JobTransferred",
    "JobWaits",
    "Line",
    "MoveCause",
    "ReminderSent",
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
