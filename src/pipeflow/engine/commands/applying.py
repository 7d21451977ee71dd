"""The command that saves an edited pipeline, as a plan of it says, with the jobs that must move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ... import rules
from ...errors import ConflictError, DefinitionError, Problem, many
from ...model.jobs import Job, JobStatus
from ...model.pipelines import Pipeline
from ...model.plans import Plan
from ...model.record import record, replaced
from ...model.remains import Open
from ...model.values import FrozenMap
from ...ports.rows import CarriedOut, Query, RowKey, Stored
from ...rules import Leaving
from ..definitions import write
from ..records import row_key
from ..unit import Unit
from .command import Command, asked_of, canonical, checksum

__all__ = ["Apply"]


@record
class Apply(Command):
    """Save what was planned; `stages` says where jobs of removed stages go, ids by ids.

    `statuses` says which status jobs get whose own is removed.
    """

    action: ClassVar[str] = "apply"

    plan: Plan
    stages: Mapping[str, str]
    open: Open = Open.STAY
    statuses: Mapping[str, str] = FrozenMap[str, str]()

    @property
    def about(self) -> str:
        """The pipeline."""
        return self.plan.pipeline.id

    def keys(self) -> tuple[RowKey, ...]:
        """Return the pipeline's row."""
        return (row_key("pipeline", self.plan.pipeline.id),)

    def said(self) -> dict[str, Any]:
        """Return what is saved, as a checksum, where jobs go, and which status they get."""
        said = {"pipeline": [self.about, checksum(self.plan.pipeline)], "open": self.open.value}
        given = {"statuses": canonical(self.statuses)} if self.statuses else {}
        return {"do": self.action, **said, "stages": canonical(self.stages), **given}

    def act(self, unit: Unit) -> None:
        """Look whether the plan still holds, let jobs move, and save the pipeline."""
        stored = unit.get(self.keys()[0])
        self._refuse_stale(stored)
        moved: list[str] = []
        if stored is not None:
            moved = self._rename(unit, stored.value, stored.version)
            moved += self._relocate(unit, stored.value, stored.version)
        edited = replaced(self.plan.pipeline, revision=self.plan.edition)
        (saved,) = write(unit, (edited,), replace=False)
        unit.answer = saved, tuple(dict.fromkeys(moved))

    def rows(self, unit: Unit) -> tuple[tuple[str, str], ...]:
        """Return the rows of the pipeline and of the jobs that moved."""
        return (*super().rows(unit), ("pipeline", self.about))

    def answer_again(self, unit: Unit, known: CarriedOut) -> None:
        """Return the pipeline and the jobs as they now stand."""
        pipeline = unit.value("pipeline", self.about)
        version = unit.expect[self.keys()[0]]
        unit.answer = replaced(pipeline, revision=version), unit.jobs

    def _refuse_stale(self, stored: Stored | None) -> None:
        """Refuse a plan of a pipeline that somebody saved since.

        Raises:
            ConflictError: It is so.
        """
        found = None if stored is None else stored.version
        if found != self.plan.edition:
            name, now = self.plan.pipeline.name, "gone" if found is None else f"revision {found}"
            was = f"revision {self.plan.edition}" if self.plan.edition else "new"
            raise ConflictError(
                f"pipeline {name!r} was {was} when this was planned, and is {now}; plan it anew"
            )

    def _relocate(self, unit: Unit, before: Pipeline, version: int) -> list[str]:
        """Let the jobs of removed stages go where they shall; return which did.

        Raises:
            ConflictError: Other jobs stand there than when it was planned.
            DefinitionError: Nobody said where they go.
        """
        after = replaced(self.plan.pipeline, revision=version + 1)
        kept = {stage.id for stage in after.stages}
        removed = tuple(stage.id for stage in before.stages if stage.id not in kept)
        jobs = _standing(unit, before, removed) if removed else []
        self._refuse_others(jobs)
        if problems := tuple(self._untold(before, after, jobs)):
            raise DefinitionError(*problems)
        if not jobs:
            return []
        unit.many(dict.fromkeys(row_key("account", job.account) for job in jobs))
        book = unit.records.book_of(after, unit.firm)
        leaving = Leaving(self.open, unit.host.cancels)
        for job in jobs:
            state = replaced(unit.state(job.id), book=book)  # it may have got another status
            if self.open is Open.CANCEL:
                state = asked_of(unit, state)
            target = after.stage(self.stages[job.stage])
            unit.apply(rules.relocate(state, target, unit.now, unit.actor, leaving))
        return [job.id for job in jobs]

    def _rename(self, unit: Unit, before: Pipeline, version: int) -> list[str]:
        """Give jobs whose status is removed the one that they shall get; return which got one.

        Raises:
            ConflictError: Other jobs have it than when it was planned.
            DefinitionError: Nobody said which they get.
        """
        after = replaced(self.plan.pipeline, revision=version + 1)
        there = {status.name for status in after.statuses}
        removed = tuple(one.name for one in before.statuses if one.name not in there)
        where = (("pipeline", before.id), ("status", removed))
        jobs: list[Job] = unit.found(Query("job", where)) if removed else []
        have = {(job.id, str(job.status)): job.name for job in jobs}
        told = {(id, one.status) for one in self.plan.statuses for id in one.jobs}
        _refuse_others(have, told & have.keys(), "statuses")
        if problems := tuple(self._ungiven(after, removed, jobs)):
            raise DefinitionError(*problems)
        if not jobs:
            return []
        unit.many(dict.fromkeys(row_key("account", job.account) for job in jobs))
        book = unit.records.book_of(after, unit.firm)
        for job in jobs:
            state = replaced(unit.state(job.id), book=book)
            unit.apply(rules.rename_status(state, self.statuses[job.status], unit.now, unit.actor))
        return [job.id for job in jobs]

    def _ungiven(
        self, after: Pipeline, removed: tuple[str, ...], jobs: list[Job]
    ) -> Iterator[Problem]:
        """Yield the statuses of which nobody said what their jobs get."""
        for status in removed:
            have = sum(job.status == status for job in jobs)
            if have and status not in self.statuses:
                what = (
                    f"status {status!r} is taken away and {many(have, 'job')} would have none; say "
                    f"which they get: statuses={{{status!r}: ...}}"
                )
                known = (JobStatus.ACTIVE.value, *(one.name for one in after.statuses))
                yield Problem(what, "$.statuses", "", known)

    def _refuse_others(self, jobs: list[Job]) -> None:
        """Refuse where other jobs stand in removed stages than when it was planned.

        Raises:
            ConflictError: Jobs came there, or left; the first of them are named.
        """
        planned = {(id, stage) for stage, ids in self.plan.standing.items() for id in ids}
        _refuse_others({(job.id, job.stage): job.name for job in jobs}, planned, "stages")

    def _untold(self, before: Pipeline, after: Pipeline, jobs: list[Job]) -> Iterator[Problem]:
        """Yield the stages of which nobody said where their jobs go."""
        for stage in before.stages:
            there = [job for job in jobs if job.stage == stage.id]
            if there and stage.id not in self.stages:
                what = (
                    f"stage {stage.name!r} is taken away and {many(len(there), 'job')} would stand "
                    f"nowhere; say where: stages={{{stage.id!r}: ...}}"
                )
                yield Problem(what, "$.stages", "", tuple(one.id for one in after.stages))


def _refuse_others(
    there: Mapping[tuple[str, str], str], planned: set[tuple[str, str]], what: str
) -> None:
    """Refuse where jobs, each with where it is, are other than were planned.

    Raises:
        ConflictError: The first of them are named.
    """
    came = [name for one, name in there.items() if one not in planned]
    left = sorted(one[0] for one in planned if one not in there)
    if came or left:
        told = [f"{many(len(came), 'job')} came ({', '.join(came[:3])})"] if came else []
        told += [f"{many(len(left), 'job')} left ({', '.join(left[:3])})"] if left else []
        raise ConflictError(
            f"since this was planned, {' and '.join(told)} where {what} are taken away; "
            "plan it anew"
        )


def _standing(unit: Unit, before: Pipeline, stages: tuple[str, ...]) -> list[Job]:
    """Return the jobs that stand in stages of a pipeline, archived ones aside."""
    own = (status.name for status in before.statuses)
    known = (JobStatus.ACTIVE.value, JobStatus.COMPLETED.value, *own)
    where = (("pipeline", before.id), ("stage", stages), ("status", known))
    return unit.found(Query("job", where))
