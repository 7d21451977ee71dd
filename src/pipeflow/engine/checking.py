"""Checking what is saved against the firm: references, merge fields, ports, and jobs that stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias, Union

from .. import rules
from ..errors import DefinitionError, Problem, many, shown, unknown
from ..model.accounts import Account, Member
from ..model.jobs import Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.settings import Settings
from ..model.templates import Template
from ..ports.store import Changes, RowKey, Stored
from ..rules.checking import SAVE_TOGETHER
from .delivery import Delivery
from .write import FIRM

__all__ = ["Checking", "Savable", "row_of"]

# What `save` takes.
Savable: TypeAlias = Union[Account, Member, Template, Pipeline, Settings]

KINDS: tuple[tuple[type[Account | Member | Template | Pipeline], str], ...] = (
    (Account, "account"),
    (Member, "member"),
    (Template, "template"),
    (Pipeline, "pipeline"),
)
SETTINGS_ID = "settings"
ARCHIVED = JobStatus.ARCHIVED
_ALL_PORTS = frozenset(
    {"email", "messages", "invoices", "organizers", "proposals", "tasks", "folders"}
)


def row_of(thing: object) -> RowKey:
    """Return the key of the row that a definition is kept in.

    Raises:
        DefinitionError: It is nothing that can be saved.
    """
    if isinstance(thing, Settings):
        return RowKey("settings", SETTINGS_ID)
    for kind, name in KINDS:
        if isinstance(thing, kind):
            return RowKey(name, thing.id)
    allowed = ("Account", "Member", "a template", "Pipeline", "Settings")
    raise DefinitionError(Problem("can not be saved", "$", shown(thing), allowed))


class Checking(Delivery):
    """What `save` asks before it writes, and once more behind it."""

    def _check(self, things: Sequence[Savable]) -> None:
        """Check definitions against each other and the firm; all problems at once.

        What is scanned here is as it was at the firm's version, which the commit expects.
        """
        templates = {
            **self._all("template"),
            **{t.id: t for t in things if isinstance(t, Template)},
        }
        members = {*self._all("member"), *(m.id for m in things if isinstance(m, Member))}
        ports = frozenset(kind.port for kind in self._calls) if self._delivers else _ALL_PORTS
        problems: list[Problem] = []
        for thing in things:
            found: Iterable[Problem] = ()
            if isinstance(thing, Template):
                found = rules.template_problems(thing, templates, members)
            elif isinstance(thing, Pipeline):
                found = rules.pipeline_problems(thing, templates, members, ports)
                self._refuse_lost_jobs(thing)
            elif isinstance(thing, Settings):
                found = rules.settings_problems(thing)
            problems += [_named(problem, thing, several=len(things) > 1) for problem in found]
        if problems:
            raise DefinitionError(*problems)

    def _check_people(self, accounts: Sequence[Account], things: Sequence[Savable]) -> None:
        """Refuse accounts whose access or roles name members that are not there."""
        named = {
            (member, f"$.roles[{role!r}]")
            for one in accounts
            for role in one.roles
            for member in one.roles[role]
        } | {(member, "$.access") for one in accounts for member in one.access}
        if not named:
            return
        known = {*self._all("member"), *(one.id for one in things if isinstance(one, Member))}
        if strangers := sorted(pair for pair in named if pair[0] not in known):
            raise DefinitionError(
                *(
                    unknown("member", member, sorted(known), where=where, hint=SAVE_TOGETHER)
                    for member, where in strangers
                )
            )

    def _all(self, kind: str) -> dict[str, Any]:
        page = self._store.scan(self._tenant, kind, limit=None)
        return {key.id: stored.value for key, stored in page.rows}

    def _refuse_late_jobs(
        self, before: Mapping[RowKey, Stored], firm: Stored, changes: Changes
    ) -> None:
        """Take everything back if a job came into a stage while the commit took the stage away.

        No command that read the firm before that commit can commit after it, so that a second
        look finds every such job.
        """
        lost = {
            thing: stored.value
            for key, thing in changes.puts.items()
            if isinstance(thing, Pipeline) and (stored := before.get(key)) is not None
        }
        try:
            for thing, old in lost.items():
                self._refuse_jobs_in(thing, _lost_stages(old, thing))
        except DefinitionError:
            old_rows = {key: before[key].value for key in changes.puts if key in before}
            if FIRM in changes.puts:
                old_rows[FIRM] = firm.value
            expect = {key: changes.expect[key] + 1 for key in changes.puts}
            new = tuple(key for key in changes.puts if key not in old_rows)
            self._store.commit(Changes(self._tenant, expect, old_rows, deletes=new))
            raise

    def _refuse_lost_jobs(self, pipeline: Pipeline) -> None:
        """Refuse to take a stage away while jobs stand in it, archived ones aside (A-18)."""
        stored = self._store.load(self._tenant, RowKey("pipeline", pipeline.id))
        if stored is not None:
            self._refuse_jobs_in(pipeline, _lost_stages(stored.value, pipeline))

    def _refuse_jobs_in(self, pipeline: Pipeline, stages: AbstractSet[str]) -> None:
        if not stages:
            return
        lost: dict[str, int] = {}
        for _, row in self._store.scan(self._tenant, "job", limit=None).rows:
            job: Job = row.value
            stays = job.status != ARCHIVED and job.pipeline == pipeline.id
            if stays and job.stage in stages:
                lost[job.stage] = lost.get(job.stage, 0) + 1
        if lost:
            told = ", ".join(f"{stage!r} ({many(n, 'job')})" for stage, n in sorted(lost.items()))
            raise DefinitionError(
                f"pipeline {pipeline.name!r} can not lose stages in which jobs stand: {told}; "
                "move these jobs first"
            )


def _named(problem: Problem, thing: Savable, *, several: bool) -> Problem:
    """Say in which of several things a problem is."""
    if not several:
        return problem
    return problem._replace(
        where=f"{row_of(thing).kind} {row_of(thing).id!r} {problem.where}".strip()
    )


def _lost_stages(before: Pipeline, after: Pipeline) -> frozenset[str]:
    """Return the stages that a pipeline loses by an edit."""
    kept = {stage.id for stage in after.stages}
    return frozenset(stage.id for stage in before.stages if stage.id not in kept)
