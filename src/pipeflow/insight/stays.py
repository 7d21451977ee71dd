"""Stays: how long a job was in each stage, read from its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from ..model.events import Event, JobMoved, JobStarted, JobTransferred, MoveUndone

__all__ = ["Stay", "stays_of"]


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


def stays_of(history: Iterable[Event]) -> tuple[Stay, ...]:
    """Return the stays of one job, in their order, from its history, oldest event first."""
    several = [*_begun(history)]
    left = [one._replace(left=after.came) for one, after in pairwise(several)]
    return (*left, *several[-1:])


def _begun(history: Iterable[Event]) -> Iterator[Stay]:
    """Yield each coming into a stage; an undo brings a job back to the pipeline of its visit."""
    pipeline, homes = "", dict[int, str]()
    for one in history:
        visit, cause = 1, ""
        match one:
            case JobStarted():
                pipeline, cause = one.pipeline, "started"
            case JobTransferred():
                pipeline = one.pipeline
            case JobMoved():
                visit, cause = one.visit, one.cause.value
            case MoveUndone():
                visit, cause = one.visit, "undone"
                pipeline = homes[visit]
            case _:
                pass
        if isinstance(one, JobStarted | JobMoved | MoveUndone):
            homes[visit] = pipeline
            yield Stay(pipeline, one.stage, visit, one.at, None, cause, one.actor)
