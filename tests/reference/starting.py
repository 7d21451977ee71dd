"""Jobs that automations start, and what becomes of these where the move is undone (R-26, R-34)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from tests.reference.things import Job, Start

if TYPE_CHECKING:
    from tests.reference.firm import Firm

__all__ = ["begin", "start_job"]


def start_job(firm: Firm, job: Job, one: Any) -> None:
    """Begin another job for the same client, when all else of the command is done."""
    job.started += 1
    start = Start(f"{job.id}.{job.started}", job, one.pipeline, one.stage)
    firm.starts.append(start)
    firm.trace(job, "started", start)


def begin(firm: Firm) -> None:
    """Begin the jobs that automations have asked for, and those that theirs do."""
    while firm.starts:
        several, firm.starts = deque(firm.starts), []
        for start in several:
            _begin(firm, start)


def _begin(firm: Firm, start: Start) -> None:
    parent = start.by
    job = Job(start.id, parent.account, start.pipeline, made=firm.now, by=parent)
    firm.jobs[job.id] = job
    firm.noted.add(job.id)
    job.birth = []
    firm.enter(job, start.stage or firm.pipelines[start.pipeline].stages[0].id)
    firm.advance(job)
    job.born, job.birth = job.birth, None
