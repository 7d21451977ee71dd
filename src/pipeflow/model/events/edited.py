"""Events of daily work: what people change of a running job and of its items."""

from __future__ import annotations

from datetime import date

from ...errors import shown
from ..record import Plain, record
from ..templates import ClientView
from .event import Event, change

__all__ = [
    "ClientViewChanged",
    "FieldChange",
    "ItemReassigned",
    "ItemRescheduled",
    "JobEdited",
    "JobPaused",
    "JobResumed",
]

NOTHING = "nothing"


@record
class FieldChange(Plain):
    """What an edit changed of one field, told as text: "" where there was or is nothing."""

    field: str
    before: str
    after: str

    def __str__(self) -> str:
        """Say from what to what: `due from 2027-04-15 to 2027-10-15`."""
        before, after = (shown(one) if one else NOTHING for one in (self.before, self.after))
        return f"{self.field.replace('_', ' ')} from {before} to {after}"


@record
class JobEdited(Event):
    """Somebody edited the job (R-22), or an automation did, which is then the `cause`.

    `AssigneesChanged` tells what automations assign.
    """

    changes: tuple[FieldChange, ...]
    cause: str = ""

    def sentence(self) -> str:
        """Say what happened."""
        why = f" ({self.cause})" if self.cause else ""
        return f"edited {'; '.join(map(str, self.changes))}{why}"


@record
class ClientViewChanged(Event):
    """An automation changed what the client's portal shows of the job; None: nothing."""

    before: ClientView | None
    after: ClientView | None
    cause: str

    def sentence(self) -> str:
        """Say what happened."""
        if self.after is None:
            return f"hidden from the client ({self.cause})"
        after, before = self.after, self.before or ClientView()
        told = [
            f"{field} {text!r}"
            for field, text, was in (
                ("name", after.name, before.name),
                ("status", after.status, before.status),
                ("description", after.description, before.description),
            )
            if text != was
        ]
        shows = "shown to the client" if self.before is None else "the client sees"
        return f"{shows}{':' * bool(self.before is None and told)} {', '.join(told)}".rstrip() + (
            f" ({self.cause})"
        )


@record
class ItemReassigned(Event):
    """Other members must act on an item (R-23)."""

    item: str
    name: str
    added: frozenset[str]
    removed: frozenset[str]

    def sentence(self) -> str:
        """Say what happened."""
        return f"reassigned {self.name!r}: {change(self.added, self.removed)}"


@record
class ItemRescheduled(Event):
    """An item is due on another day (R-23)."""

    item: str
    name: str
    before: date | None
    due: date | None

    def sentence(self) -> str:
        """Say what happened."""
        due, before = (day or "no day" for day in (self.due, self.before))
        return f"rescheduled {self.name!r}: due on {due}, before on {before}"


@record
class JobPaused(Event):
    """The job was paused: nothing moves, fires or reminds until it is resumed (R-27)."""

    reason: str = ""

    def sentence(self) -> str:
        """Say what happened."""
        return f"paused: {self.reason}" if self.reason else "paused"


@record
class JobResumed(Event):
    """A paused job goes on; `reminders` says whether its reminders do (R-27)."""

    reminders: bool = True

    def sentence(self) -> str:
        """Say what happened."""
        return "resumed" if self.reminders else "resumed; its reminders stay off"
