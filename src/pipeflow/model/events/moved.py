"""Events of a job's journey: started, moved, waiting."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ..record import record
from ..remains import Trace
from .event import Event, change

__all__ = [
    "AssigneesChanged",
    "FollowUpStarted",
    "JobMoved",
    "JobStarted",
    "JobTransferred",
    "JobWaits",
    "MoveCause",
    "MoveUndone",
    "StageSkipped",
    "StatusChanged",
    "WaitReason",
]


class MoveCause(StrEnum):
    """Why a job entered a stage."""

    AUTOMOVE = "automove"
    BY_HAND = "by hand"
    TRANSFER = "transfer"
    AUTOMATION = "automation"
    EDIT = "the pipeline was edited"


class WaitReason(StrEnum):
    """Why a job stays where it is."""

    OPEN_ITEMS = "open_items"
    NOTHING_COMPLETED = "nothing_completed"
    BLOCKED = "blocked"
    AUTOMOVE_OFF = "automove_off"
    LAST_STAGE = "last_stage"
    STATUS = "status"
    PAUSED = "paused"
    STAGE_GONE = "stage_gone"
    NEXT_FACT = "next_fact"


@record
class JobStarted(Event):
    """A job was started in a stage; whether it `fires` anything there was said too (R-25)."""

    name: str
    account: str
    pipeline: str
    stage: str
    starter: str = ""
    fires: bool = True

    def sentence(self) -> str:
        """Say what happened."""
        by = f", as {self.starter} asked for it" if self.starter else ""
        return f"started {self.name!r} in stage {self.stage!r} of pipeline {self.pipeline!r}{by}"


@record
class FollowUpStarted(Event):
    """An automation of the job started another one, for the same account."""

    follow_up: str
    pipeline: str
    stage: str
    cause: str

    def sentence(self) -> str:
        """Say what happened."""
        where = f"in stage {self.stage!r} of pipeline {self.pipeline!r}"
        return f"started the follow-up job {self.follow_up} {where} ({self.cause})"


@record
class JobMoved(Event):
    """The job left one stage and entered another."""

    source: str
    stage: str
    visit: int
    cause: MoveCause

    def sentence(self) -> str:
        """Say what happened."""
        return f"moved from {self.source!r} to {self.stage!r} ({self.cause})"


@record
class JobTransferred(Event):
    """The job went over to another pipeline."""

    source: str
    pipeline: str
    stage: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"transferred from {self.source!r} to {self.pipeline!r}, stage {self.stage!r}"


@record
class MoveUndone(Event):
    """The last move was undone: the job is back in its stage, in the visit that it was in (R-26).

    `entered` is when that visit began. `withdrawn` never left, `cancelled` is taken back at its
    ports, and `gone` cannot be taken back.
    """

    source: str
    stage: str
    visit: int
    entered: datetime
    withdrawn: tuple[Trace, ...] = ()
    cancelled: tuple[Trace, ...] = ()
    gone: tuple[Trace, ...] = ()

    def sentence(self) -> str:
        """Say what happened."""
        told = [f"undid the move from {self.stage!r} to {self.source!r}"]
        lists = {"withdrawn": self.withdrawn, "cancelled": self.cancelled, "gone": self.gone}
        told += [f"{what}: {', '.join(map(str, some))}" for what, some in lists.items() if some]
        return "; ".join(told)


@record
class StageSkipped(Event):
    """A conditional stage was passed over (A-30)."""

    stage: str
    reason: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"skipped stage {self.stage!r}: {self.reason}"


@record
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
        for_them = f", for {', '.join(map(repr, self.items))}" if self.items else ""
        return f"{stay}: {_WAITS[self.reason]}{for_them}"


_WAITS = {
    WaitReason.NOTHING_COMPLETED: "nothing was completed in this visit",
    WaitReason.BLOCKED: "an automation failed",
    WaitReason.AUTOMOVE_OFF: "the stage is left by hand",
    WaitReason.LAST_STAGE: "it is the last stage",
    WaitReason.STATUS: "the job's status holds it",
    WaitReason.PAUSED: "the job is paused",
    WaitReason.NEXT_FACT: "automove is evaluated at the next thing that happens",
    WaitReason.STAGE_GONE: "the pipeline no longer has this stage",
}


@record
class StatusChanged(Event):
    """The job's status changed; `scope` is the number of the last setting of one before that.

    Where the job begins to remind again by it, `reminders` says whether its reminders go on (R-9).
    None: it does not, or an older version did not tell.
    """

    source: str
    status: str
    scope: int = 0
    reminders: bool | None = None

    def sentence(self) -> str:
        """Say what happened."""
        return f"status {self.source} became {self.status}"


@record
class AssigneesChanged(Event):
    """Members were assigned to the job or unassigned."""

    added: frozenset[str]
    removed: frozenset[str]
    cause: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"assignees {change(self.added, self.removed)} ({self.cause})"
