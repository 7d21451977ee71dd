"""Stays: how long a job was in each stage, and when it was paused, read from its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from ..model.events import (
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    Event,
    JobMoved,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTransferred,
    MoveUndone,
    Warned,
)
from ..ports.keys import part_of

__all__ = [
    "UNDONE",
    "Pause",
    "Placed",
    "Ran",
    "Stay",
    "asked_by",
    "pauses_of",
    "placed",
    "stays_of",
    "visits_of",
]

UNDONE = "undone"  # the cause of a stay to which an undo brought a job back


class Stay(NamedTuple):
    """A time that a job was in a stage.

    Args:
        pipeline: The pipeline, by its id.
        stage: The stage, by its id.
        visit: Which visit of a stage it was, counting from 1; an undo brings back an earlier one.
        came: When it came.
        left: When it left; None where it is there now.
        cause: Why it came.
        actor: Who brought it.
    """

    pipeline: str
    stage: str
    visit: int
    came: datetime
    left: datetime | None
    cause: str
    actor: str

    def lasts(self, now: datetime) -> timedelta:
        """Return how long it was, or has been so far."""
        return (now if self.left is None else self.left) - self.came


class Pause(NamedTuple):
    """A time in which a job was paused: since when and until when, why, and who paused it.

    `until` is None where it is paused now.
    """

    since: datetime
    until: datetime | None
    reason: str
    actor: str


def stays_of(history: Iterable[Event]) -> tuple[Stay, ...]:
    """Return the stays of one job, in their order, from its history, oldest event first."""
    several = [*_begun(history)]
    left = [one._replace(left=after.came) for one, after in pairwise(several)]
    return (*left, *several[-1:])


def visits_of(stays: Iterable[Stay]) -> tuple[tuple[Stay, ...], ...]:
    """Return the visits that stand, each with the stays that it is made of.

    What an undo took back was no visit; the one before it goes on. Numbers of visits only rise
    (R-26), so that an undo takes back every visit with a higher number than that of its own.
    """
    found: dict[int, list[Stay]] = {}
    for one in stays:
        if one.cause == UNDONE:
            found = {number: some for number, some in found.items() if number <= one.visit}
        found.setdefault(one.visit, []).append(one)
    return tuple(map(tuple, found.values()))


def pauses_of(history: Iterable[Event]) -> tuple[Pause, ...]:
    """Return the pauses of one job, in their order; a new reason is no new pause."""
    found: list[Pause] = []
    for one in history:
        under_way = bool(found) and found[-1].until is None
        if isinstance(one, JobPaused):
            if under_way:
                found[-1] = found[-1]._replace(reason=one.reason)
            else:
                found.append(Pause(one.at, None, one.reason, one.actor))
        elif isinstance(one, JobResumed) and under_way:
            found[-1] = found[-1]._replace(until=one.at)
    return tuple(found)


class Ran(NamedTuple):
    """An automation that had its turn: in which stage of which pipeline, and of what kind it was;
    "" where that is not told.
    """

    pipeline: str
    stage: str
    id: str
    kind: str
    at: datetime


class Placed(NamedTuple):
    """What happened, and where the job was then: in which visit of which stage.

    `before` is the pipeline of the stage in which it was before that, and `ran` the automation of
    which it tells or by which it came about, as far as history has that.
    """

    event: Event
    pipeline: str
    stage: str
    visit: int
    before: str = ""
    ran: Ran | None = None


def placed(history: Iterable[Event], pipeline: str = "", stage: str = "") -> Iterator[Placed]:
    """Yield what happened to one job with the place where it then was, oldest event first.

    An undo brings a job back to the pipeline of its visit. A move is told where it leads to.

    Args:
        history: What happened.
        pipeline: Where the job was at first; of a whole history its start says that.
        stage: In which stage.
    """
    visit, homes, ran, before = 1, dict[int, str](), dict[tuple[int, str], Ran](), pipeline
    for one in history:
        match one:
            case JobStarted():
                pipeline, stage = one.pipeline, one.stage
                homes[visit] = pipeline
            case JobTransferred():
                pipeline = one.pipeline
            case JobMoved():
                stage, visit = one.stage, one.visit
                homes[visit] = pipeline
            case MoveUndone():
                stage, visit = one.stage, one.visit
                pipeline = homes.get(visit, pipeline)
            case AutomationRan() | AutomationSkipped() | AutomationFailed():
                kind = one.kind if isinstance(one, AutomationRan) else ""
                turn = Ran(pipeline, one.stage, one.automation, kind, one.at)
                part = part_of(turn.id)
                ran[visit, part] = ran[0, part] = turn
            case _:
                pass
        yield Placed(one, pipeline, stage, visit, before, _about(one, ran))
        if isinstance(one, JobStarted | JobMoved | MoveUndone):
            before = pipeline  # until the move that follows a transfer, whatever is told between


def _about(one: Event, ran: Mapping[tuple[int, str], Ran]) -> Ran | None:
    """Return the automation of which an event tells: by its id, by the key of what it asked for, or
    as one of those that had their turn in the same command.
    """
    id = getattr(one, "automation", "")
    part, visit = asked_by(one)
    if id or part:
        part = part_of(id) if id else part
        return ran.get((visit, part)) or ran.get((0, part))
    cause = getattr(one, "cause", "")
    if isinstance(one, Warned):
        cause, _, _ = one.text.partition(": ")
    found = ran.get((0, part_of(cause))) if type(cause) is str else None
    return found if found is not None and found.at == one.at else None


def asked_by(event: Event) -> tuple[str, int]:
    """Return which automation asked for the request of which an event tells, as the request's key
    has it, and in which visit; "" if it is about none.
    """
    _, _, rest = getattr(event, "key", "").partition(f"/{part_of(event.job)}/")
    visit, _, asked = rest.partition("/")
    number, _, _ = visit.partition(".")
    return asked.partition("/")[0], int(number) if number.isdigit() else 0


def _begun(history: Iterable[Event]) -> Iterator[Stay]:
    """Yield each coming into a stage."""
    for one, pipeline, stage, visit, *_ in placed(history):
        match one:
            case JobStarted():
                cause = "started"
            case JobMoved():
                cause = one.cause.value
            case MoveUndone():
                cause = UNDONE
            case _:
                continue
        yield Stay(pipeline, stage, visit, one.at, None, cause, one.actor)
