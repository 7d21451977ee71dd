"""The commands that move a job by hand: to a stage, to another pipeline, or on by automove."""

from __future__ import annotations

from typing import ClassVar

import attrs

from ... import rules
from ...model.pipelines import Pipeline
from ...model.record import record, replaced
from ...model.remains import Open
from ...rules import Leaving
from ..unit import Unit
from .command import JobCommand
from .job_start import refuse_edited
from .peers import asked_of

__all__ = ["Move", "Reevaluate", "Transfer"]

NOTHING: frozenset[str] = frozenset()


@record
class Move(JobCommand):
    """Move a job to a stage, but for the automations that are left out."""

    action: ClassVar[str] = "move"

    stage: str
    skip: frozenset[str] = NOTHING
    open: Open = Open.STAY

    def act(self, unit: Unit) -> None:
        """Find the stage, by its id or its name, and let the job enter it."""
        state = unit.state(self.job)
        stage = state.book.pipeline.stage(self.stage)
        unit.call(state.book.pipeline, stage, self.stage)
        if self.open is Open.CANCEL:
            state = asked_of(unit, state)
        leaving = Leaving(self.open, unit.host.cancels)
        now, actor = unit.now, unit.actor
        unit.apply(rules.move(state, stage, self.skip, now, actor, leaving=leaving))


@record
class Transfer(JobCommand):
    """Take a job over to another pipeline, to its first stage unless said."""

    action: ClassVar[str] = "transfer"

    pipeline: str
    stage: str | None = None
    skip: frozenset[str] = NOTHING
    fire: bool = True
    open: Open = Open.STAY
    given: Pipeline | None = attrs.field(default=None, eq=False, kw_only=True)

    def act(self, unit: Unit) -> None:
        """Find the pipeline and the stage, and take the job there."""
        state = unit.state(self.job)
        source = state.book.pipeline
        book = unit.records.book_for(state.job, self.pipeline, unit.firm)
        state = replaced(state, book=book)
        target = state.book.pipeline
        refuse_edited(self.given, target)
        stage = target.stages[0] if self.stage is None else target.stage(self.stage)
        unit.call(target, stage, self.stage)
        if self.open is Open.CANCEL:
            state = asked_of(unit, state)
        leaving = Leaving(self.open, unit.host.cancels)
        now, actor = unit.now, unit.actor
        skip, fires = self.skip, self.fire
        decision = rules.transfer(
            state, stage, now, actor, skip, fires=fires, leaving=leaving, source=source
        )
        unit.apply(decision)


@record
class Reevaluate(JobCommand):
    """Evaluate automove now, as after a completion."""

    action: ClassVar[str] = "reevaluate"

    def act(self, unit: Unit) -> None:
        """See whether anything is waited for."""
        unit.apply(rules.reevaluate(unit.state(self.job), unit.now, unit.actor))
