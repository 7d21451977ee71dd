"""A status of a pipeline's own: what jobs may be, beside Active, Completed and Archived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import attrs

from ..errors import Problem, shown
from .automations import Automation
from .checks import alike, flags_problems, repeated
from .record import frozen
from .text import key_slug, spelt, text_problems
from .triggers import automations_given, fired_problems, named_below
from .values import Value, items

__all__ = ["Status", "as_statuses", "status_problems"]

BUILT_IN = frozenset({"active", "completed", "archived"})


@frozen
class Status(Value):
    """A status of a pipeline's own: `Status("Waiting for the bank", quiet=True)`.

    It is known by its name, however that is spelt. A job in one of them does not automove (A-23).

    Args:
        name: What the firm calls it.
        quiet: Whether jobs in it remind nobody (R-9).
        automations: Fired one after another when a job gets it. What they make belongs to the
            status, and holds no stage (domain.md 2.6).
        automove: Whether the job is Active again, in the same stage, when all that belongs to the
            status is done; one thing at least has to be, as in a stage (A-4).
    """

    name: str
    quiet: bool = attrs.field(default=False, kw_only=True)
    automations: tuple[Automation, ...] = attrs.field(
        default=(), converter=automations_given, kw_only=True
    )
    automove: bool = attrs.field(default=False, kw_only=True)

    def _derive(self) -> None:
        """Give ids to what it fires."""
        if self.automations:
            named = named_below(self.automations, f"{self.trigger}.")
            object.__setattr__(self, "automations", named)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        yield from flags_problems(self, ("quiet", "automove"))
        yield from fired_problems(self.automations, "$.automations")

    @property
    def trigger(self) -> str:
        """What history calls the setting of it: `status-waiting-for-the-bank`."""
        return f"status-{key_slug(self.name)}"

    @property
    def is_plain(self) -> bool:
        """Whether its name says all there is to it."""
        return self == Status(self.name)

    def __str__(self) -> str:
        """Print as the firm calls it."""
        return self.name


def as_statuses(given: Iterable[Status | str]) -> tuple[Status, ...]:
    """Convert names to statuses; `status_problems` names what cannot be one."""
    several = items(given)
    if not isinstance(several, tuple):
        return cast("tuple[Status, ...]", several)
    return tuple(cast("Status", _as_status(one)) for one in several)


def _as_status(given: Status | str) -> Status | str:
    good = isinstance(given, str) and not tuple(text_problems(given, "$", empty=False))
    return Status(cast("str", given)) if good else given


def status_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the statuses of a pipeline."""
    if not isinstance(given, tuple):
        yield Problem("must be a list of texts", where, shown(given))
        return
    for number, one in enumerate(given):
        if not isinstance(one, Status):
            yield from text_problems(one, f"{where}[{number}]", empty=False)
    names = [one.name for one in given if isinstance(one, Status)]
    for name in names:
        if spelt(name) in BUILT_IN:
            yield Problem("is a status that every job has", where, shown(name))
    for twice in repeated(names):
        yield Problem(f"two statuses are called {twice!r}", where)
    for one, other in alike(names):
        yield Problem(
            f"{other!r} and {one!r} are one status, because capitals, accents and signs do not "
            "count; give one of them another name",
            where,
        )
