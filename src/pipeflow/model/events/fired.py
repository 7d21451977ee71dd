"""Events of automations, and of what they change about the account."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ..record import record
from .event import Event, change

__all__ = [
    "AccessChanged",
    "AutomationFailed",
    "AutomationRan",
    "AutomationSkipped",
    "SkipCause",
    "TagsChanged",
    "TriggerFired",
    "TriggerPassed",
    "Warned",
]


class SkipCause(StrEnum):
    """Why an automation did not fire."""

    CONDITION = "condition"
    BY_HAND = "by hand"
    REPEAT = "repeat"


@record
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


@record
class AutomationSkipped(Event):
    """An automation did not fire, for this reason."""

    stage: str
    automation: str
    cause: SkipCause
    reason: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"skipped {self.automation!r}: {self.reason}"


@record
class AutomationFailed(Event):
    """An automation could not run (A-24); `retry(key)` tries it again."""

    stage: str
    automation: str
    reason: str
    key: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"could not run {self.automation!r}: {self.reason}"


@record
class TriggerFired(Event):
    """A trigger fires, in a stage; what it fires stands behind it (R-34).

    `run` is the number of this firing, which is part of the keys of what it asks for; `late` says
    that it comes more than an hour after its time, a rest that followed left out, or that this came
    while the job was not Active (R-35). `when` is what it waited for, in the words of that time.
    `mark` is that by which the job knows that it has fired for this visit or date, of used up
    reminders their item, and "" where it fires each time, as a status does; None where an older
    version did not tell. `due` is when its time came; None where it goes by none.
    """

    stage: str
    trigger: str
    run: int
    late: bool = False
    when: str = ""
    mark: str | None = None
    due: datetime | None = None

    def sentence(self) -> str:
        """Say what happened."""
        return f"{_trigger(self.trigger, self.when)} fired{', late' * self.late}"


@record
class TriggerPassed(Event):
    """A trigger did not fire though its time had come, for this reason (R-35).

    `stage` is where the job was then, and `when` what it waited for, in the words of that time.
    """

    stage: str
    trigger: str
    reason: str
    when: str = ""

    def sentence(self) -> str:
        """Say what happened."""
        return f"{_trigger(self.trigger, self.when)} did not fire: {self.reason}"


def _trigger(id: str, when: str) -> str:
    """Call a trigger by its id, and by what it waits for; old events do not say that."""
    return f"trigger {id!r} ({when})" if when else f"trigger {id!r}"


@record
class TagsChanged(Event):
    """Tags of the account came or went."""

    account: str
    added: frozenset[str]
    removed: frozenset[str]
    cause: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"tags {change(self.added, self.removed)} ({self.cause})"


@record
class AccessChanged(Event):
    """Members got or lost access to the account."""

    account: str
    added: frozenset[str]
    removed: frozenset[str]
    cause: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"access {change(self.added, self.removed)} ({self.cause})"


@record
class Warned(Event):
    """Something went on that somebody should look at, such as a role that nobody fills.

    `account` is the id of the account that it is about, where it is about no job.
    """

    text: str
    account: str = ""

    def sentence(self) -> str:
        """Say what happened."""
        return f"warning: {self.text}"
