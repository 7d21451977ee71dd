"""All commands that the engine carries out, each a value that knows nothing but what it says.

No program gives all of them, so that each file loads on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...model.first_use import on_first_use

if TYPE_CHECKING:
    from .applying import Apply
    from .command import Command
    from .deleting import Delete
    from .edit import Edit, Reassign, Reschedule
    from .fact import Complete, Receive, Record, Reopen
    from .handing import HandOver
    from .job_move import Move, Reevaluate, Transfer
    from .job_start import Start, StartMany
    from .job_undo import Undo, UndoStart
    from .link import Link, Unlink
    from .many import ArchiveMany, EditMany, MoveMany, TagMany
    from .mending import Abandon, Retry
    from .organizers import UpdateOrganizers
    from .pausing import Pause, Resume
    from .receipt import Drop, KeepFailure, KeepLate, KeepReceipts
    from .recurrence import MakeRecurring, Unfold
    from .reminder import Remind, Ring, SetReminders, Wake, WakeAll
    from .saving import Install, Save
    from .status import SetStatus
    from .tag import Tag
    from .telling import TellEdit

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
    "MakeRecurring",
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
    "Ring",
    "Save",
    "SetReminders",
    "SetStatus",
    "Start",
    "StartMany",
    "Tag",
    "TagMany",
    "TellEdit",
    "Transfer",
    "Undo",
    "UndoStart",
    "Unfold",
    "Unlink",
    "UpdateOrganizers",
    "Wake",
    "WakeAll",
]

# What the room has of each file.
FILES = {
    "applying": "Apply",
    "command": "Command",
    "deleting": "Delete",
    "edit": "Edit Reassign Reschedule",
    "fact": "Complete Receive Record Reopen",
    "handing": "HandOver",
    "job_move": "Move Reevaluate Transfer",
    "job_start": "Start StartMany",
    "job_undo": "Undo UndoStart",
    "link": "Link Unlink",
    "many": "ArchiveMany EditMany MoveMany TagMany",
    "mending": "Abandon Retry",
    "organizers": "UpdateOrganizers",
    "pausing": "Pause Resume",
    "receipt": "Drop KeepFailure KeepLate KeepReceipts",
    "recurrence": "MakeRecurring Unfold",
    "reminder": "Remind Ring SetReminders Wake WakeAll",
    "saving": "Install Save",
    "status": "SetStatus",
    "tag": "Tag",
    "telling": "TellEdit",
}

if not TYPE_CHECKING:
    __getattr__ = on_first_use(__name__, FILES)
