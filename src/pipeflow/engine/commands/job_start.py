"""The command that starts a job, and the one that reserves a command id for a start of many."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import attrs

from ... import rules
from ...errors import DefinitionError, NotFoundError, a, together
from ...model.accounts import Person
from ...model.pipelines import Pipeline
from ...model.record import record, replaced
from ...model.templates import JobTemplate, Priority
from ...ports.rows import RowKey
from ...rules import Book, Decision, JobSpec
from ..records import row_key
from ..unit import Unit
from .command import Command
from .strangers import strangers

__all__ = ["Start", "StartMany", "refuse_edited"]

NOTHING: frozenset[str] = frozenset()


@record
class Start(Command):
    """Start a job; None: as its template says; `of`: the command id of the many that it is of.

    `given` is the pipeline as the host has it, where it gave one: an edited one is to be saved
    first; `account_name` what the host called the account; `drawn` the id that the job got when
    it was first tried.
    """

    action: ClassVar[str] = "start"

    pipeline: str
    account: str
    name: str | None = None
    stage: str | None = None
    template: str | None = None
    assignees: frozenset[Person] | None = None
    priority: Priority | None = None
    start: date | None = None
    due: date | None = None
    of: str = ""
    skip: frozenset[str] = NOTHING
    fire: bool = True
    drawn: list[str] = attrs.field(factory=list, eq=False, kw_only=True)
    given: Pipeline | None = attrs.field(default=None, eq=False, kw_only=True)
    account_name: str = attrs.field(default="", eq=False, kw_only=True)

    @property
    def about(self) -> str:
        """The account."""
        return self.account

    def is_about(self, row: RowKey) -> bool:
        """Tell whether a row is the account's, or that of the job which starts."""
        return super().is_about(row) or (row.kind == "job" and row.id in self.drawn)

    def keys(self) -> tuple[RowKey, ...]:
        """Return the account's row."""
        return (row_key("account", self.account),)

    def as_tried(self) -> Start:
        """Return it with an id for its job, so that none of the host's is used up."""
        return self if self.drawn else replaced(self, drawn=["tried"])

    def act(self, unit: Unit) -> None:
        """Check what is named, and open the job."""
        spec = self._spec(unit)
        if not self.drawn:
            self.drawn.append(unit.host.new_id("job"))
        unit.apply(self._opened(unit, replaced(spec, id=self.drawn[0])))

    def _opened(self, unit: Unit, spec: JobSpec) -> Decision:
        book, account = unit.book(self.pipeline), unit.value("account", self.account)
        now, thread = unit.now, unit.threads.get(spec.id)
        return rules.start(unit.tenant, account, book, spec, now, unit.actor, thread=thread)

    def _spec(self, unit: Unit) -> JobSpec:
        """Return what the job shall be like.

        Raises:
            NotFoundError: No such pipeline, stage, account, template or member.
            DefinitionError: The pipeline was edited and not saved, or a template is another one.
            NotAllowedError: Somebody shall be assigned who is not active.
        """
        book = unit.book(self.pipeline)
        pipeline = book.pipeline
        refuse_edited(self.given, pipeline)
        if not self.account:
            raise NotFoundError(f"account {self.account_name!r} was not saved yet; save it first")
        unit.value("account", self.account)
        stage = pipeline.stages[0] if self.stage is None else pipeline.stage(self.stage)
        unit.call(pipeline, stage, self.stage)
        if errors := tuple(strangers(unit, self.assignees or (), "$.assignees")):
            raise together(errors)
        template = self._template(unit, book)
        return JobSpec(
            "",
            stage,
            template,
            self.name,
            self.assignees,
            self.priority,
            self.start,
            self.due,
            self.skip,
            self.fire,
        )

    def _template(self, unit: Unit, book: Book) -> JobTemplate | None:
        wanted = self.template or book.pipeline.job_template
        if wanted is None:
            return None
        found = unit.value("template", wanted)
        if not isinstance(found, JobTemplate):
            raise DefinitionError(
                f"{wanted!r} is {a(found.kind)} template, and a job template is needed"
            )
        return found


@record
class StartMany(Command):
    """Reserve a command id for a start of many; each job is then started under an id of its own."""

    action: ClassVar[str] = "start_many"

    pipeline: str
    accounts: tuple[str, ...]
    name: str | None = None
    stage: str | None = None
    template: str | None = None
    assignees: frozenset[Person] | None = None
    priority: Priority | None = None
    start: date | None = None
    due: date | None = None
    skip: frozenset[str] = NOTHING
    fire: bool = True

    def act(self, unit: Unit) -> None:
        """Note what the stage is called, to know the same command by its id or its name."""
        if self.stage is not None:
            pipeline = unit.book(self.pipeline).pipeline
            unit.call(pipeline, pipeline.stage(self.stage), self.stage)


def refuse_edited(given: Pipeline | None, saved: Pipeline) -> None:
    """Refuse a pipeline that was edited and not saved: the old form of it would be meant.

    Raises:
        DefinitionError: It differs from the one that is saved.
    """
    if given is not None and given != saved:
        raise DefinitionError(
            f"pipeline {given.name!r} differs from the one that is saved; save it first, or "
            f"start engine.pipeline({saved.id!r})"
        )
