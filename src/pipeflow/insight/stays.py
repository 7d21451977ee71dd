"""Stays: how long a job was in each stage, and when it was paused, read from its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from ..model.events import (
    Event,
    JobMoved,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTransferred,
    MoveUndone,
)

__all__ = ["UNDONE", "Pause", "Placed", "Stay", "pauses_of", "placed", "stays_of", "visits_of"]

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


class Placed(NamedTuple):
    """What happened, and where the job was then: in which visit of which stage."""

    event: Event
    pipeline: str
    stage: str
    visit: int


def placed(history: Iterable[Event]) -> Iterator[Placed]:
    """Yield what happened to one job with the place where it then was, oldest event first.

    An undo brings a job back to the pipeline of its visit. A move is told where it leads to.
    """
    pipeline, stage, visit, homes = "", "", 1, dict[int, str]()
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
                pipeline = homes[visit]
            case _:
                pass
        yield Placed(one, pipeline, stage, visit)


def _begun(history: Iterable[Event]) -> Iterator[Stay]:
    """Yield each coming into a stage."""
    for one, pipeline, stage, visit in placed(history):
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
