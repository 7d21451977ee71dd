"""All commands that the engine carries out, each a value that knows nothing but what it says."""

from __future__ import annotations

from .command import Command
from .fact import Complete, Receive, Record
from .job_move import Move, Reevaluate, Transfer
from .job_start import Start, StartMany
from .link import Link, Unlink
from .mending import Abandon, Retry
from .receipt import Drop, KeepFailure, KeepLate, KeepReceipts
from .reminder import Remind, SetReminders, Wake
from .saving import Install, Save
from .status import SetStatus
from .tag import Tag

__all__ = [
    "Abandon",
    "Command",
    "Complete",
    "Drop",
    "Install",
    "KeepFailure",
    "KeepLate",
    "KeepReceipts",
    "Link",
    "Move",
    "Receive",
    "Record",
    "Reevaluate",
    "Remind",
    "Retry",
    "Save",
    "SetReminders",
    "SetStatus",
    "Start",
    "StartMany",
    "Tag",
    "Transfer",
    "Unlink",
    "Wake",
]
