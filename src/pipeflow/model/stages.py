"""A stage: one column of the board, with the automations that fire when a job enters it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

import attrs

from ..errors import DefinitionError, NotFoundError, Problem, shown, unknown
from .automations import Automation
from .checks import each_is, flags_problems, of_kind, period_problems, repeated
from .conditions import Condition, unconditional, when_problems
from .record import frozen, replaced
from .text import text_problems
from .values import Value, items, own_id

__all__ = ["Stage"]


def _numbered(given: Iterable[Automation]) -> tuple[Automation, ...]:
    """Give ids to those automations that have none, numbering repeats."""
    automations = items(given)
    if not isinstance(automations, tuple):
        return automations
    taken = {one.id for one in of_kind(Automation, automations)}
    tried: dict[str, int] = {}  # the last number of each id; ids only come, so none is tried twice
    numbered: list[Automation] = []
    for one in automations:
        if isinstance(one, Automation) and one.id is None:
            base = one.derived_id()
            number = tried.get(base, 1)
            free = base if number == 1 else f"{base}-{number}"
            while free in taken:
                number += 1
                free = f"{base}-{number}"
            tried[base] = number
            taken.add(free)
            numbered.append(replaced(one, id=free))
        else:
            numbered.append(one)
    return tuple(numbered)


@frozen
class Stage(Value):
    """A step of a pipeline: `Stage("Intake", automove=True, automations=[SendEmail("welcome")])`.

    Args:
        name: What the board shows above the column.
        automations: Fired one after another, in this order, when a job enters.
        when: Without it every job stops here; with it, jobs of other accounts skip the stage.
        automove: Whether the job moves on by itself when all that the stage waits for is done.
        time_limit: How long a job should stay at most; a board flags those that stay longer.
        id: Made of the name unless given.
    """

    name: str
    automations: tuple[Automation, ...] = attrs.field(default=(), converter=_numbered)
    when: Condition | None = attrs.field(default=None, converter=unconditional, kw_only=True)
    automove: bool = attrs.field(default=False, kw_only=True)
    time_limit: timedelta | None = attrs.field(default=None, kw_only=True)
    id: str = attrs.field(default=attrs.Factory(own_id, takes_self=True), kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        if isinstance(self.name, str) or self.id:
            yield from text_problems(self.id, "$.id", empty=False)
        yield from when_problems(self.when)
        if self.time_limit is not None:
            yield from period_problems(self.time_limit, "$.time_limit")
        yield from flags_problems(self, ("automove",))
        yield from each_is(Automation, self.automations, "$.automations")
        automations = of_kind(Automation, self.automations)
        for one in automations:
            if not one.kind:
                what = "must be one of its kinds, not their base"
                yield Problem(what, "$.automations", shown(one))
        for twice in repeated(str(one.id) for one in automations):
            what = f"two automations have the id {twice!r}; give one of them another with id="
            yield Problem(what, "$.automations")

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
        for number, one in enumerate(self.automations):
            if one.id == automation:
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
