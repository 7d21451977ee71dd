"""Trials: what an edit of a pipeline does to running work, tried on branches of the firm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from .. import rules
from ..errors import (
    ConflictError,
    DefinitionError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    PipeflowError,
    Problem,
    a,
    shown,
    together,
)
from ..insight.firm_names import called
from ..insight.pipeline_edits import named, pipeline_edits, stage_edits, status_edits, suggested
from ..model.events import AutomationRan, TriggerFired
from ..model.items import Mark
from ..model.jobs import OVER, Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.plans import Coming, EditKind, JobEffect, Plan, StageEdit, StatusEdit, total
from ..model.record import replaced
from ..model.spelling import meant
from ..model.values import FrozenMap
from .passage import whole_days

if TYPE_CHECKING:
    from ..insight.pipeline_edits import Naming
    from .engine import Branch
    from .sight import Sight

__all__ = ["destinations", "planned", "replacements"]

MOST_TURNS = 2000  # of one job that is tried; it passes each stage at most once


def destinations(plan: Plan, stages: Mapping[str, str]) -> FrozenMap[str, str]:
    """Return where jobs of removed stages go, ids by ids: as was planned, and as is said now.

    Raises:
        DefinitionError: With every stage that there is not.
    """
    gone = [one for one in plan.stages if one.has(EditKind.REMOVED)]

    def directed(old: str, new: str) -> tuple[str, str]:
        names, ids = ((one.name, one) for one in gone), ((one.stage, one) for one in gone)
        from_stage: StageEdit = meant("removed stage", old, names, ids, where="this plan")
        return from_stage.stage, plan.pipeline.stage(new).id

    return FrozenMap({**plan.destinations, **_meant_each("$.stages", stages, directed)})


def replacements(plan: Plan, statuses: Mapping[str, str]) -> FrozenMap[str, str]:
    """Return which status jobs get whose own is taken away: as was planned, and as is said now.

    Raises:
        DefinitionError: With every status that there is not.
    """
    gone = [(one.status, one.status) for one in plan.statuses if one.is_removed]
    own = [one.name for one in plan.pipeline.statuses]
    found = {one.status: one.to for one in plan.statuses if one.to is not None}

    def given(old: str, new: str) -> tuple[str, str]:
        to = rules.status_of(new, own)
        return meant("removed status", old, gone, [], where="this plan"), to

    return FrozenMap({**found, **_meant_each("$.statuses", statuses, given)})


def _meant_each(
    where: str, said: Mapping[str, str], mean: Callable[[str, str], tuple[str, str]]
) -> dict[str, str]:
    """Return what is meant by all that somebody says becomes of things that are taken away.

    Raises:
        DefinitionError: It is no mapping, or with each that names what there is not.
    """
    if not isinstance(said, Mapping):
        raise DefinitionError(Problem("must be a mapping", where, shown(said), ("{'old': 'new'}",)))
    found: dict[str, str] = {}
    errors: list[PipeflowError] = []
    for old, new in said.items():
        try:
            thing, to = mean(old, new)
            found[thing] = to
        except NotFoundError as error:
            told = (problem._replace(where=f"{where}[{old!r}]") for problem in error.problems)
            errors.append(DefinitionError(*told))
    if errors:
        raise together(errors)
    return found


def planned(
    base: Branch,
    edited: Pipeline,
    stages: Mapping[str, str],
    statuses: Mapping[str, str],
    days: int | None,
    sight: Sight | None = None,
) -> Plan:
    """Return what an edit does, tried on branches of a branch; of *days*, what time brings.

    Raises:
        NotAllowedError: Whoever asks may not see the pipeline, or one of its jobs.
        DefinitionError: It is no pipeline, or could not be saved.
        ConflictError: Somebody saved the pipeline since it was read.
    """
    if not isinstance(edited, Pipeline):
        what = f"must be {a('pipeline')}, edited and not saved"
        raise DefinitionError(Problem(what, "$.pipeline", shown(edited)))
    if days is not None:
        whole_days(days, base.now, least=1)
    before = _saved(base, edited)
    jobs = base.jobs(pipeline=edited.id) if before is not None else ()
    there = [job for job in jobs if job.status != JobStatus.ARCHIVED]
    if sight is not None:
        for thing in (before or edited, *there):
            sight.look(thing)
    naming = _naming(base, sight)
    plan = _outline(before, edited, there, naming)
    where, given = destinations(plan, stages), replacements(plan, statuses)
    plan = replaced(
        plan,
        stages=tuple(_directed(one, where, before, edited) for one in plan.stages),
        statuses=tuple(replaced(one, to=given.get(one.status)) for one in plan.statuses),
    )
    after = base.what_if()
    proposed = {one.stage: one.to for one in plan.stages if one.to is not None}
    after.apply(_with_statuses(plan, before), stages=proposed)
    effects = _tried(base, after, plan, [job for job in there if job.status not in OVER])
    changed = tuple(one for one in effects if not one.is_none)
    return replaced(
        plan,
        jobs=changed,
        tried=len(effects),
        before=total(one.before for one in effects),
        after=total(one.after for one in effects),
        coming=None if days is None else _coming(base, after, edited.id, days),
        names=named(changed, before, edited, naming),
    )


def _naming(base: Branch, sight: Sight | None) -> Naming:
    """Call automations by the names of what they use; what somebody may not see by its id."""
    every = base._desk.looked().every  # noqa: SLF001  (of the same room)
    templates, pipelines = (
        {one.id: one.name for one in every(kind) if sight is None or sight.sees(one)}
        for kind in ("template", "pipeline")
    )
    return partial(called, templates=templates, pipelines=pipelines)


def _coming(base: Branch, after: Branch, pipeline: str, days: int) -> Coming:
    """Let days pass on a branch as it is and on one as it would be, and count what they bring."""
    (before, fired), (will, will_fire) = (
        _passed(one.what_if(), pipeline, days) for one in (base, after)
    )
    return Coming(days, before, will, fired, will_fire)


def _passed(branch: Branch, pipeline: str, days: int) -> tuple[FrozenMap[str, int], int]:
    """Return what jobs of a pipeline ask of ports while days pass, and how often triggers fire."""
    rung: list[str] = []
    branch.on(TriggerFired, lambda event: rung.append(event.job))
    there = _of(branch, pipeline)  # those that an automation takes elsewhere are counted, too
    branch.advance(days=days)
    there |= _of(branch, pipeline)
    counts = Counter(one.port for one in branch.requests if one.job in there)
    return FrozenMap(dict(sorted(counts.items()))), sum(job in there for job in rung)


def _of(branch: Branch, pipeline: str) -> set[str]:
    """Return the jobs of a pipeline, which may not be saved yet."""
    try:
        return {job.id for job in branch.jobs(pipeline=pipeline)}
    except NotFoundError:
        return set()


def _saved(base: Branch, edited: Pipeline) -> Pipeline | None:
    """Return the pipeline as it is saved, or None."""
    try:
        before = base.pipeline(edited.id)
    except NotFoundError:
        if edited.revision is None:
            return None
        raise ConflictError(
            f"pipeline {edited.id!r} is no longer there; it was deleted meanwhile"
        ) from None
    if edited.revision not in {None, before.revision}:
        raise ConflictError(
            f"somebody saved pipeline {edited.id!r} meanwhile (revision {before.revision}, yours "
            f"is {edited.revision}); edit what engine.pipeline({edited.id!r}) returns"
        )
    return before


def _outline(before: Pipeline | None, edited: Pipeline, there: list[Job], naming: Naming) -> Plan:
    """Return what changes of the pipeline, with the jobs that stand where it changes."""
    if before is None:
        fresh = _stages(replaced(edited, stages=(), statuses=()), edited, there, naming)
        return Plan(replaced(edited, revision=None), stages=tuple(fresh))
    return Plan(
        replaced(edited, revision=before.revision),
        before.revision,
        tuple(pipeline_edits(before, edited)),
        tuple(_stages(before, edited, there, naming)),
        tuple(
            StatusEdit(name, edits, tuple(job.id for job in there if job.status == name))
            for name, edits in status_edits(before, edited).items()
        ),
    )


def _stages(
    before: Pipeline, edited: Pipeline, there: list[Job], naming: Naming
) -> Iterable[StageEdit]:
    names = {stage.id: stage.name for stage in (*edited.stages, *before.stages)}
    for id, edits in stage_edits(before, edited, naming).items():
        jobs = tuple(job.id for job in there if job.stage == id)
        yield StageEdit(id, names[id], edits, jobs)


def _directed(
    edit: StageEdit, where: Mapping[str, str], before: Pipeline | None, edited: Pipeline
) -> StageEdit:
    """Say where the jobs of a removed stage go: as somebody said, or as is proposed."""
    if not (edit.jobs and edit.has(EditKind.REMOVED)) or before is None:
        return edit
    if edit.stage in where:
        return replaced(edit, to=where[edit.stage])
    return replaced(edit, to=suggested(before, edited, edit.stage), suggested=True)


def _with_statuses(plan: Plan, before: Pipeline | None) -> Plan:
    """Return a plan that takes away no status of whose jobs nobody said which they get.

    So that the rest can be tried.
    """
    lost = {one.status for one in plan.statuses if one.jobs and one.to is None}
    kept = {one.name for one in plan.pipeline.statuses}
    own = before.statuses if before is not None else ()
    back = tuple(one for one in own if one.name in lost and one.name not in kept)
    if not back:
        return plan
    return replaced(
        plan, pipeline=replaced(plan.pipeline, statuses=(*plan.pipeline.statuses, *back))
    )


# -- what becomes of jobs ------------------------------------------------------------------------


def _tried(base: Branch, after: Branch, plan: Plan, jobs: list[Job]) -> list[JobEffect]:
    """Let each open job go to its end as it is, and as it would be."""
    moved = {one.stage: one.to for one in plan.stages if one.to is not None}
    found: dict[str, JobEffect] = {}
    for group in _groups(jobs):
        old, new = (_Trial(one.what_if(), plan.pipeline.id) for one in (base, after))
        for job in group:
            timers = _timers(job, _told_of(after, job))
            was, met = old.run(job.id)
            will, meets = new.run(job.id)
            same = Counter((moved.get(stage, stage), one) for stage, one in met)
            gains, loses = Counter(meets) - same, same - Counter(meets)
            found[job.id] = JobEffect(
                job.id,
                job.name,
                job.stage,
                moved.get(job.stage),
                _told(gains),
                _told(_where_met(loses, met, moved)),
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


def _told(met: Counter[tuple[str, object]]) -> tuple[str, ...]:
    """Tell automations by their stages and ids."""
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


def _told_of(after: Branch, job: Job) -> Job:
    """Return a job as it is when it was told of the edit, which may come piece by piece."""
    state = after._desk.looked().state(job.id)  # noqa: SLF001  (of the same room)
    return rules.times_told(state, after.now).job


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
