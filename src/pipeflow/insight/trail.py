"""A trail: one command, and all that followed from it, as a tree by the firm's names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

import attrs

from ..errors import many, one_line
from ..model.events import Event
from ..model.instants import on_clock
from ..model.record import Plain, brief, frozen
from ..rules import SYSTEM
from ..show.shown import Shown

if TYPE_CHECKING:
    from ..show import Bullets, Diagram, Document

__all__ = ["Consequence", "Trail"]


@frozen
class Consequence(Plain):
    """Something that happened, and what followed from it.

    Args:
        what: What happened, by the names that the firm gave.
        at: When.
        job: In which job, by its id.
        name: What that job is called.
        actor: Who acted, by their id; `by` is what they are called.
        by: What that is called.
        event: As history has it; None where a request has not left yet, which is no event.
        then: What followed from it.
    """

    what: str
    at: datetime
    job: str
    name: str
    actor: str
    by: str
    event: Event | None = None
    then: tuple[Consequence, ...] = ()

    def __iter__(self) -> Iterator[Consequence]:
        """Go through it and all that followed, each before what followed from it."""
        yield self
        for one in self.then:
            yield from one


@frozen
class Trail(Shown, Plain):
    """One command of a job, and all that followed from it; it prints.

    `number` counts the commands of the job from 1. `command` is the command itself, as what
    happened first: what followed stands in its `then`. `zone` is the firm's.
    """

    job: str
    name: str
    number: int
    command: Consequence
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    def __repr__(self) -> str:
        """Print in one line: which job, what the command did, and how much followed."""
        followed = many(sum(1 for _ in self.command) - 1, "consequence")
        return f"<Trail of {brief(self.name)!r}: {brief(self.command.what)!r}, {followed}>"

    def document(self) -> Document:
        """Build what is shown: the command, and below it what followed, each below its cause."""
        from ..show import Document, Heading, Paragraph  # showing is rare

        one = self.command
        by = "" if one.actor == SYSTEM else f", by {one.by}"
        told = Paragraph(f"{on_clock(one.at, self.zone)}{by}: {one_line(one.what)}")
        blocks = (Heading(f"Trail of {self.name!r}, command {self.number}"), told)
        below = (self._below(one),) if one.then else ()
        return Document((*blocks, *below), self._diagram())

    def _below(self, cause: Consequence) -> Bullets:
        """Return what followed from something, and what from that."""
        from ..show import Bullets

        entries: list[str | Bullets] = []
        for one in cause.then:
            entries.append(self._line(one, cause))
            if one.then:
                entries.append(self._below(one))
        return Bullets(tuple(entries))

    def _line(self, one: Consequence, cause: Consequence) -> str:
        """Say what followed; when, in which job and by whom where that is another than before."""
        line = one_line(one.what)
        if one.job != cause.job:
            line = f"{one.name}: {line}"
        if one.at != cause.at:
            line = f"{on_clock(one.at, self.zone)} {line}"
        return line if one.actor in {cause.actor, SYSTEM} else f"{line} [{one.by}]"

    def _diagram(self) -> Diagram:
        """Draw a box for each thing that happened, and an arrow to each that followed from it."""
        from ..show import Arrow, Diagram

        boxes: list[tuple[str, ...]] = []
        arrows: list[Arrow] = []

        def draw(one: Consequence, cause: Consequence) -> int:
            place = len(boxes)
            boxes.append((self._line(one, cause),))
            arrows.extend([Arrow(place, draw(after, one)) for after in one.then])
            return place

        draw(self.command, self.command)
        return Diagram(tuple(boxes), tuple(sorted(arrows, key=lambda one: one.end)))
