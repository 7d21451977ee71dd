"""All commands that the engine carries out, each a value that knows nothing but what it says."""

from __future__ import annotations

from .applying import Apply
from .command import Command
from .deleting import Delete
from .edit import Edit, Reassign, Reschedule
from .fact import Complete, Receive, Record, Reopen
from .handing import HandOver
from .job_move import Move, Reevaluate, Transfer
from .job_start import Start, StartMany
from .job_undo import Undo
from .link import Link, Unlink
from .many import ArchiveMany, EditMany, MoveMany, TagMany
from .mending import Abandon, Retry
from .pausing import Pause, Resume
from .receipt import Drop, KeepFailure, KeepLate, KeepReceipts
from .reminder import Remind, SetReminders, Wake
from .saving import Install, Save
from .status import SetStatus
from .tag import Tag

__all__ = [
    "Abandon",
    "Apply",
    "ArchiveMany",
    "Command",
    "Complete",
    "Delete",
    "Drop",
    "Edit",
    "EditMany",
    "HandOver",
    "Install",
    "KeepFailure",
    "KeepLate",
    "KeepReceipts",
    "Link",
    "Move",
    "MoveMany",
    "Pause",
    "Reassign",
    "Receive",
    "Record",
    "Reevaluate",
    "Remind",
    "Reopen",
    "Reschedule",
    "Resume",
    "Retry",
    "Save",
    "SetReminders",
    "SetStatus",
    "Start",
    "StartMany",
    "Tag",
    "TagMany",
    "Transfer",
    "Undo",
    "Unlink",
    "Wake",
]
