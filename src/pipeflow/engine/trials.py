"""Trials: what an edit of a pipeline does to running work, tried on branches of the firm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from .. import rules
from ..errors import (
    ConflictError,
    DefinitionError,
    NotFoundError,
    PipeflowError,
    Problem,
    a,
    shown,
    together,
)
from ..insight.firm_names import called
from ..insight.pipeline_edits import named, pipeline_edits, stage_edits, status_edits, suggested
from ..model.events import JobStarted, JobTransferred, TriggerFired
from ..model.jobs import OVER, Job
from ..model.pipelines import Pipeline
from ..model.plans import Coming, EditKind, Plan, StageEdit, StatusEdit, total
from ..model.record import replaced
from ..model.spelling import meant
from ..model.values import FrozenMap
from .courses import effects
from .passage import whole_days

if TYPE_CHECKING:
    from ..insight.pipeline_edits import Naming
    from .engine import Branch
    from .sight import Sight

__all__ = ["destinations", "planned", "replacements"]


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
    there = _there(base, edited.id)
    if sight is not None:
        for thing in (before or edited, *there):
            sight.look(thing)
    naming, members = _naming(base, sight), _called(base, sight, "member")
    plan = _outline(before, edited, there, naming, members)
    where, given = destinations(plan, stages), replacements(plan, statuses)
    plan = replaced(
        plan,
        stages=tuple(_directed(one, where, before, edited) for one in plan.stages),
        statuses=tuple(replaced(one, to=given.get(one.status)) for one in plan.statuses),
    )
    after = base.what_if()
    proposed = {one.stage: one.to for one in plan.stages if one.to is not None}
    after.apply(_with_statuses(plan, before), stages=proposed)
    under_way = [job for job in there if job.status not in OVER]
    lost = tuple(
        job.id for job in under_way if edited.find(proposed.get(job.stage, job.stage)) is None
    )
    tried = effects(base, after, plan, under_way)
    changed = tuple(one for one in tried if not one.is_none)
    return replaced(
        plan,
        jobs=changed,
        tried=len(tried) - len(lost),
        lost=lost,
        before=total(one.before for one in tried),
        after=total(one.after for one in tried),
        coming=None if days is None else _coming(base, after, edited.id, days),
        names=named(changed, before, edited, naming),
    )


def _naming(base: Branch, sight: Sight | None) -> Naming:
    """Call automations by the names of what they use; what somebody may not see by its id."""
    templates, pipelines = (_called(base, sight, kind) for kind in ("template", "pipeline"))
    return partial(called, templates=templates, pipelines=pipelines)


def _called(base: Branch, sight: Sight | None, kind: str) -> dict[str, str]:
    """Return what those of a kind are called, by their ids, that somebody may see."""
    every = base._desk.looked().every(kind)  # noqa: SLF001  (of the same room)
    return {one.id: one.name for one in every if sight is None or sight.sees(one)}


def _coming(base: Branch, after: Branch, pipeline: str, days: int) -> Coming:
    """Let days pass on a branch as it is and on one as it would be, and count what they bring."""
    (before, fired), (will, will_fire) = (
        _passed(one.what_if(), pipeline, days) for one in (base, after)
    )
    return Coming(days, before, will, fired, will_fire)


def _passed(branch: Branch, pipeline: str, days: int) -> tuple[FrozenMap[str, int], int]:
    """Return what jobs of a pipeline ask of ports while days pass, and how often triggers fire."""
    rung: list[str] = []
    # Those that an automation takes elsewhere are counted, too.
    there = {job.id for job in _there(branch, pipeline)}

    def comes(event: JobStarted | JobTransferred) -> None:
        """Note a job that comes into the pipeline, however short it is there."""
        if event.pipeline == pipeline:
            there.add(event.job)

    branch.on(TriggerFired, lambda event: rung.append(event.job))
    branch.on(JobStarted, comes)
    branch.on(JobTransferred, comes)
    branch.advance(days=days)
    counts = Counter(one.port for one in branch.requests if one.job in there)
    return FrozenMap(dict(sorted(counts.items()))), sum(job in there for job in rung)


def _there(branch: Branch, pipeline: str) -> list[Job]:
    """Return the jobs of a pipeline that are not archived; it may not be saved yet."""
    records = branch._desk.looked()  # noqa: SLF001  (of the same room)
    return [stored.value for _, stored in records.on_board(pipeline)]


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


def _outline(
    before: Pipeline | None,
    edited: Pipeline,
    there: list[Job],
    naming: Naming,
    members: Mapping[str, str],
) -> Plan:
    """Return what changes of the pipeline, with the jobs that stand where it changes."""
    if before is None:
        fresh = _stages(replaced(edited, stages=(), statuses=()), edited, there, naming, members)
        return Plan(replaced(edited, revision=None), stages=tuple(fresh))
    return Plan(
        replaced(edited, revision=before.revision),
        before.revision,
        tuple(pipeline_edits(before, edited)),
        tuple(_stages(before, edited, there, naming, members)),
        tuple(
            StatusEdit(name, edits, tuple(job.id for job in there if job.status == name))
            for name, edits in status_edits(before, edited).items()
        ),
    )


def _stages(
    before: Pipeline,
    edited: Pipeline,
    there: list[Job],
    naming: Naming,
    members: Mapping[str, str],
) -> Iterable[StageEdit]:
    names = {stage.id: stage.name for stage in (*edited.stages, *before.stages)}
    for id, edits in stage_edits(before, edited, naming, members).items():
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
