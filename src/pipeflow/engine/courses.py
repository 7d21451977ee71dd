"""Courses: how jobs go to their ends, as a pipeline is and as it would be, on branches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from .. import rules
from ..errors import LimitError, NotAllowedError
from ..model.events import AutomationRan
from ..model.items import Mark
from ..model.jobs import OVER, Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.plans import JobEffect, Plan
from ..model.values import FrozenMap

if TYPE_CHECKING:
    from .engine import Branch

__all__ = ["effects"]

MOST_TURNS = 2000  # of one job that is tried; it passes each stage at most once


def effects(base: Branch, after: Branch, plan: Plan, jobs: list[Job]) -> list[JobEffect]:
    """Let each open job go to its end as it is, and as it would be."""
    moved = {one.stage: one.to for one in plan.stages if one.to is not None}
    found: dict[str, JobEffect] = {}
    for group in _groups(jobs):
        old, new = (_Trial(one.what_if(), plan.pipeline.id) for one in (base, after))
        for job in group:
            timers = _timers(_told(base, job), _told(after, job))
            was, met = old.run(job.id)
            will, meets = new.run(job.id)
            same = Counter((moved.get(stage, stage), one) for stage, one in met)
            gains, loses = Counter(meets) - same, same - Counter(meets)
            found[job.id] = JobEffect(
                job.id,
                job.name,
                job.stage,
                moved.get(job.stage),
                _listed(gains),
                _listed(_where_met(loses, met, moved)),
                timers,
                was,
                will,
            )
    return [found[job.id] for job in jobs]


def _where_met(
    lost: Counter[tuple[str, object]],
    met: Iterable[tuple[str, object]],
    moved: Mapping[str, str],
) -> Counter[tuple[str, object]]:
    """Return automations that are lost by the stages where they were met.

    Until here those of a removed stage went by the stage to which its jobs go. Where that had the
    same one, that of the removed stage is the one which is lost.
    """
    origins: dict[tuple[str, object], list[str]] = {}
    for stage, one in met:
        origins.setdefault((moved.get(stage, stage), one), []).append(stage)
    found: Counter[tuple[str, object]] = Counter()
    for (stage, one), number in lost.items():
        stages = sorted(origins[stage, one], key=lambda origin: origin not in moved)
        found.update((origin, one) for origin in stages[:number])
    return found


def _listed(met: Counter[tuple[str, object]]) -> tuple[str, ...]:
    """List automations by their stages and ids."""
    return tuple(f"{stage}/{getattr(one, 'id', one)}" for stage, one in met.elements())


def _groups(jobs: Iterable[Job]) -> list[list[Job]]:
    """Put jobs together that have nothing in common, so that none sees what another brings about.

    Jobs of one account share its tags; jobs with a thing of another job share that.
    """
    groups: list[list[Job]] = []
    alone: list[list[Job]] = []
    seen: Counter[str] = Counter()
    for job in jobs:
        if any(Mark.SHARED in item.marks for item in job.items):
            alone.append([job])
            continue
        place = seen[job.account]
        seen[job.account] += 1
        if place == len(groups):
            groups.append([])
        groups[place].append(job)
    return [*groups, *alone]


def _told(branch: Branch, job: Job) -> Job:
    """Return a job as it is when it was told of all edits, which may come piece by piece."""
    state = branch._desk.looked().state(job.id)  # noqa: SLF001  (of the same room)
    return rules.times_told(state, branch.now).job


def _timers(before: Job, after: Job) -> int:
    """Count the reminders and triggers of a job that are set anew, begin or end."""
    was = {item.id: item.remind_at for item in before.items}
    reminders = sum(was.get(item.id) != item.remind_at for item in after.items)
    alarms = [{(one.trigger, one.of, one.at) for one in job.alarms} for job in (before, after)]
    return reminders + len({one[:2] for one in alarms[0] ^ alarms[1]})


class _Trial:
    """A branch on which jobs go to their ends, one after another."""

    def __init__(self, branch: Branch, pipeline: str) -> None:
        """Listen to what fires."""
        self._branch = branch
        self._pipeline = branch.pipeline(pipeline)
        self._met: list[AutomationRan] = []
        branch.on(AutomationRan, self._met.append)

    def run(self, job: str) -> tuple[FrozenMap[str, int], list[tuple[str, object]]]:
        """Let a job go to its end, and return what that asks of ports, and what it met."""
        asked = len(self._branch.requests)
        self._met.clear()
        turns, first = MOST_TURNS, self._branch.job(job).visit
        laps = 2 * len(self._pipeline.stages)  # it may lead to itself
        with suppress(LimitError, NotAllowedError):  # it ends where the firm's own limits end it
            while turns and self._branch.job(job).visit < first + laps and self._goes_on(job):
                turns -= 1
        requests = self._branch.requests[asked:]
        counts = Counter(one.port for one in requests if one.job == job)
        met = [(o.stage, _automation(self._pipeline, o)) for o in self._met if o.job == job]
        return FrozenMap(dict(sorted(counts.items()))), met

    def _goes_on(self, id: str) -> bool:
        """Do what the client and the team would do next; False where nothing is left to do."""
        branch, job = self._branch, self._branch.job(id)
        if job.pipeline != self._pipeline.id:
            return False  # an automation took it elsewhere
        if job.status in OVER:
            return False  # the edit says so, or an automation
        if job.paused is not None:
            branch.resume(job)
        elif job.status != JobStatus.ACTIVE:
            branch.set_status(job, JobStatus.ACTIVE)
        elif job.open_items:
            branch.complete(job.open_items[0])
        else:
            stage = branch.explain(job).next
            if stage is None:
                return False
            branch.move(job, stage)
        return True


def _automation(pipeline: Pipeline, ran: AutomationRan) -> object:
    """Return an automation as the pipeline has it; its id, where it stands nowhere there."""
    return pipeline.automation(ran.stage, ran.automation) or ran.automation
