"""A stage: one column of the board, with the automations that fire when a job enters it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import attrs

from ..errors import DefinitionError, NotFoundError, Problem, shown, unknown
from .automations import Automation
from .conditions import Condition
from .text import slug, text_problems
from .values import Value, items, replaced

__all__ = ["Stage"]


def _numbered(given: object) -> tuple[Automation, ...]:
    """Give ids to those automations that have none, numbering repeats."""
    automations = items(cast("tuple[Automation, ...]", given))
    taken = {one.id for one in automations if isinstance(one, Automation) and one.id}
    numbered: list[Automation] = []
    for one in automations:
        if isinstance(one, Automation) and one.id is None:
            base = free = one.derived_id()
            number = 1
            while free in taken:
                number += 1
                free = f"{base}-{number}"
            taken.add(free)
            numbered.append(replaced(one, id=free))
        else:
            numbered.append(one)
    return tuple(numbered)


@attrs.frozen
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
    when: Condition | None = attrs.field(default=None, kw_only=True)
    automove: bool = attrs.field(default=False, kw_only=True)
    time_limit: timedelta | None = attrs.field(default=None, kw_only=True)
    id: str = attrs.field(
        default=attrs.Factory(
            lambda self: slug(self.name) if isinstance(self.name, str) else "", takes_self=True
        ),
        kw_only=True,
    )

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        if isinstance(self.name, str):
            yield from text_problems(self.id, "$.id", empty=False)
        if self.when is not None and not isinstance(self.when, Condition):
            yield Problem("must be a condition", "$.when", shown(self.when), ("tagged('vip')",))
        if self.time_limit is not None and not (
            isinstance(self.time_limit, timedelta) and self.time_limit > timedelta()
        ):
            yield Problem("must be a positive timedelta", "$.time_limit", shown(self.time_limit))
        if not isinstance(self.automove, bool):
            yield Problem("must be True or False", "$.automove", shown(self.automove))
        for number, one in enumerate(self.automations):
            if not isinstance(one, Automation) or not one.kind:
                yield Problem("must be an automation", f"$.automations[{number}]", shown(one))
        ids = Counter(one.id for one in self.automations if isinstance(one, Automation))
        for twice in sorted(str(one) for one, count in ids.items() if count > 1):
            yield Problem(f"two automations have the id {twice!r}", "$.automations")

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

    def with_automations(self, automations: list[Automation]) -> Stage:
        """Return the stage with other automations; ids that are there are kept."""
        return attrs.evolve(self, automations=automations)


def position(at: int | None, length: int) -> int:
    """Return where to insert: at the end unless said.

    Raises:
        DefinitionError: For a place that is not there.
    """
    if at is None:
        return length
    if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at <= length:
        raise DefinitionError(Problem(f"must be a place from 0 to {length}", "$.at", shown(at)))
    return at
