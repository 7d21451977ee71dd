"""Events: what the engine writes into a job's history, in the past tense, with reason and actor."""

from __future__ import annotations

from .automations import (
    AccessChanged,
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    SkipCause,
    TagsChanged,
    Warned,
)
from .base import Event
from .items import (
    FactRecorded,
    ItemCompleted,
    ItemLinked,
    ItemReopened,
    ItemResolved,
    ItemUnlinked,
    ReminderSent,
    RemindersStopped,
)
from .jobs import (
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
from .requests import (
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
]
