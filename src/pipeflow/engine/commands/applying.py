"""The command that saves an edited pipeline, as a plan of it says, with the jobs that must move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from ...ports.terms import standing
from ...rules import Leaving, State
from ..definitions import write
from ..records import row_key
from ..unit import Unit
from .command import Command, canonical, checksum
from .peers import asked_of

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
            after = replaced(self.plan.pipeline, revision=stored.version + 1)
            moved = self._rename(unit, stored.value, after)
            moved += self._relocate(unit, stored.value, after)
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

    def _relocate(self, unit: Unit, before: Pipeline, after: Pipeline) -> list[str]:
        """Let the jobs of removed stages go where they shall; return which did.

        Raises:
            ConflictError: Other jobs stand there than when it was planned.
            DefinitionError: Nobody said where they go.
        """
        kept = [stage.id for stage in after.stages]
        removed = {one.id: f"stage {one.name!r}" for one in before.stages if one.id not in kept}
        jobs = _gone(unit, standing(before.id, tuple(removed))) if removed else []
        planned = {(id, stage) for stage, ids in self.plan.standing.items() for id in ids}
        _refuse_others({(job.id, job.stage): job.name for job in jobs}, planned, "stages")
        unsaid = {one: told for one, told in removed.items() if one not in self.stages}
        lack = "stand nowhere; say where: stages"
        _refuse_unsaid(unsaid, [job.stage for job in jobs], lack, "$.stages", kept)
        leaving = Leaving(self.open, unit.host.cancels)
        for job, state in _states(unit, after, jobs):  # some may have got another status
            target = after.stage(self.stages[job.stage])
            asked = asked_of(unit, state) if self.open is Open.CANCEL else state
            unit.apply(rules.relocate(asked, target, unit.now, unit.actor, leaving))
        return [job.id for job in jobs]

    def _rename(self, unit: Unit, before: Pipeline, after: Pipeline) -> list[str]:
        """Give jobs whose status is removed the one that they shall get; return which got one.

        Raises:
            ConflictError: Other jobs have it than when it was planned.
            DefinitionError: Nobody said which they get.
        """
        kept = [status.name for status in after.statuses]
        gone = [status.name for status in before.statuses if status.name not in kept]
        where = (("pipeline", before.id), ("status", tuple(gone)))
        jobs = _gone(unit, Query("job", where)) if gone else []
        have = {(job.id, str(job.status)): job.name for job in jobs}
        told = {(id, one.status) for one in self.plan.statuses for id in one.jobs}
        _refuse_others(have, told & have.keys(), "statuses")
        unsaid = {one: f"status {one!r}" for one in gone if one not in self.statuses}
        lack, known = "have none; say which they get: statuses", (JobStatus.ACTIVE.value, *kept)
        _refuse_unsaid(unsaid, [job.status for job in jobs], lack, "$.statuses", known)
        for job, state in _states(unit, after, jobs):
            unit.apply(rules.rename_status(state, self.statuses[job.status], unit.now, unit.actor))
        return [job.id for job in jobs]


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


def _refuse_unsaid(
    unsaid: Mapping[str, str], have: Iterable[str], lack: str, where: str, known: Iterable[str]
) -> None:
    """Refuse where jobs have what is taken away, and nobody said what becomes of them.

    Args:
        unsaid: What is taken away without a word, and what each is called.
        have: What each job has.
        lack: What jobs would do without it, and what to say.
        where: The path of what is to be said.
        known: What may be said.

    Raises:
        DefinitionError: With all of them.
    """
    counts, options = Counter(have), tuple(known)
    problems = [
        Problem(
            f"{told} is taken away and {many(counts[one], 'job')} would {lack}={{{one!r}: ...}}",
            where,
            "",
            options,
        )
        for one, told in unsaid.items()
        if counts[one]
    ]
    if problems:
        raise DefinitionError(*problems)


def _states(unit: Unit, after: Pipeline, jobs: Sequence[Job]) -> Iterator[tuple[Job, State]]:
    """Yield jobs, each with what decisions about it need by the pipeline that is about to be."""
    if not jobs:
        return
    unit.many(dict.fromkeys(row_key("account", job.account) for job in jobs))
    book = unit.records.book_of(after, unit.firm)
    for job in jobs:
        yield job, replaced(unit.state(job.id), book=book)


def _gone(unit: Unit, query: Query) -> list[Job]:
    """Return the jobs that have what is taken away; the commit asks whether others came meanwhile,
    for whom all is decided anew.
    """
    jobs: list[Job] = unit.found(query)
    unit.none += (query,)
    return jobs
