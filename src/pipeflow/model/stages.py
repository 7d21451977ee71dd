"""A stage: one column of the board, with the automations that fire when a job enters it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

import attrs

from ..errors import DefinitionError, NotFoundError, Problem, shown, unknown
from .automations import Automation
from .checks import each_is, flags_problems, of_kind, period_problems, repeated
from .conditions import Condition, unconditional, when_problems
from .record import frozen
from .spelling import typed
from .text import id_problems, text_problems
from .triggers import Trigger, fired_problems, numbered, then_named, with_ids
from .values import Value, as_table, items, own_id

__all__ = ["Stage"]


def _numbered(given: Iterable[Automation]) -> tuple[Automation, ...]:
    return numbered(given)


def _triggers(given: Iterable[Trigger]) -> tuple[Trigger, ...]:
    return items(given)


@frozen
class Stage(Value):
    """A step of a pipeline: `Stage("Intake", automove=True, automations=[SendEmail("welcome")])`.

    Args:
        name: What the board shows above the column.
        automations: Fired one after another, in this order, when a job enters.
        when: Without it every job stops here; with it, jobs of other accounts skip the stage.
        automove: Whether the job moves on by itself when all that the stage waits for is done.
        time_limit: How long a job should stay at most; a board flags those that stay longer.
        triggers: What else fires automations while a job is here: `WhenDone`, `TimeInStage` and
            `AroundDate` (R-35).
        id: Made of the name unless given.
    """

    name: str
    automations: tuple[Automation, ...] = attrs.field(default=(), converter=_numbered)
    when: Condition | None = attrs.field(default=None, converter=unconditional, kw_only=True)
    automove: bool = attrs.field(default=False, kw_only=True)
    time_limit: timedelta | None = attrs.field(default=None, kw_only=True)
    id: str = attrs.field(default=attrs.Factory(own_id, takes_self=True), kw_only=True)
    triggers: tuple[Trigger, ...] = attrs.field(default=(), converter=_triggers, kw_only=True)

    _repr_html_ = as_table

    def _derive(self) -> None:
        """Give ids to what triggers, and reminders that are used up, fire."""
        named = then_named(self.automations, f"{self.id}.")
        if named is not self.automations:
            object.__setattr__(self, "automations", named)
        if self.triggers:
            taken = [str(one.id) for one in self.automations]
            object.__setattr__(self, "triggers", with_ids(self.triggers, taken, f"{self.id}."))

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        if isinstance(self.name, str) or self.id:
            yield from id_problems(self.id, "$.id")
        yield from when_problems(self.when)
        if self.time_limit is not None:
            yield from period_problems(self.time_limit, "$.time_limit")
        yield from flags_problems(self, ("automove",))
        yield from fired_problems(self.automations, "$.automations")
        automations = of_kind(Automation, self.automations)
        for twice in repeated(str(one.id) for one in automations):
            what = f"two automations have the id {twice!r}; give one of them another with id="
            yield Problem(what, "$.automations")
        yield from each_is(Trigger, self.triggers, "$.triggers")

    def automation(self, automation: str) -> Automation:
        """Return the automation of that id.

        Raises:
            NotFoundError: With the ids that there are.
        """
        return self.automations[self.index(automation)]

    def index(self, automation: str) -> int:
        """Return the place of the automation of that id, counting from 0.

        Raises:
            NotFoundError: With the ids that there are.
        """
        wanted = typed(automation)
        for number, one in enumerate(self.automations):
            if one.id == wanted:
                return number
        ids = [str(one.id) for one in self.automations]
        raise NotFoundError(unknown("automation", automation, ids, where=f"stage {self.name!r}"))


def position(at: int | None, length: int, where: str) -> int:
    """Return where to insert: at the end unless said.

    Raises:
        DefinitionError: For a place that is not there.
    """
    if at is None:
        return length
    if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at <= length:
        raise DefinitionError(Problem(f"must be a place from 0 to {length}", where, shown(at)))
    return at
