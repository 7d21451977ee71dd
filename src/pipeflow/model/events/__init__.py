"""Events: what the engine writes into a job's history, in the past tense, with reason and actor."""

from __future__ import annotations

from .chapter import Chapter, Line, chapters_of, events_of
from .edited import (
    FieldChange,
    ItemReassigned,
    ItemRescheduled,
    JobEdited,
    JobPaused,
    JobResumed,
)
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
    "AssigneesChanged",
    "AutomationFailed",
    "AutomationRan",
    "AutomationSkipped",
    "Chapter",
    "Event",
    "FactRecorded",
    "FieldChange",
    "ItemCompleted",
    "ItemLinked",
    "ItemReassigned",
    "ItemReopened",
    "ItemRescheduled",
    "ItemResolved",
    "ItemUnlinked",
    "JobEdited",
    "JobMoved",
    "JobPaused",
    "JobResumed",
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
