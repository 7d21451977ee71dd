"""Agendas: what a schedule makes next, and what it owes while it pauses (R-38)."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

import attrs

from ..errors import many
from ..model.instants import on_clock
from ..model.record import Plain, brief, frozen
from ..show.shown import Shown

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["Agenda", "ComingPeriod"]


class ComingPeriod(NamedTuple):
    """A period of which jobs are to be made.

    Args:
        period: Its unshifted date, by which its jobs are named.
        due: Its shifted one, on which they are due.
        at: When they are made; None: at once.
        rest: Whether some clients have theirs already.
    """

    period: date
    due: date
    at: datetime | None
    rest: bool = False


@frozen
class Agenda(Shown, Plain):
    """What a schedule makes next, as things are; of one that pauses, what if it went on now.

    Args:
        schedule: Its id.
        name: What its jobs are called, with merge fields.
        pipeline: What the pipeline is called that it starts.
        active: Whether it does not pause.
        paused: Since when it pauses, as far as that is known.
        coming: The periods in their order: all that are made at once, and some that follow.
        skipped: How many periods came too late by now, and are passed over.
    """

    schedule: str
    name: str
    pipeline: str
    active: bool
    paused: datetime | None
    coming: tuple[ComingPeriod, ...]
    skipped: int = 0
    zone: tzinfo = attrs.field(kw_only=True, eq=False, repr=False)

    @property
    def owed(self) -> tuple[ComingPeriod, ...]:
        """What is made at once: by the next tick, or when it goes on."""
        return tuple(one for one in self.coming if one.at is None)

    def __repr__(self) -> str:
        """Print in one line: of which schedule, and how much it owes."""
        pauses = "" if self.active else "pauses, "
        return f"<Agenda of {brief(self.schedule)!r}: {pauses}{len(self.owed)} to be made at once>"

    def document(self) -> Document:
        """Build what is shown: whether it pauses, and a row a period."""
        from ..show import Document, Heading, Paragraph, Table  # showing is rare

        rows = tuple((f"{one.period}", f"{one.due}", self._when(one)) for one in self.coming)
        table = (Table(("Period", "Due", "Its jobs are made"), rows),) if rows else ()
        return Document((Heading(self.name), Paragraph(self._sentence()), *table))

    def _sentence(self) -> str:
        """Say whether it pauses, and what it owes."""
        told = f"It starts jobs of pipeline {self.pipeline!r}."
        if not self.active:
            since = "" if self.paused is None else f" since {on_clock(self.paused, self.zone)}"
            told = f"It pauses{since}, and makes nothing until it goes on."
            if self.owed:
                told += (
                    f" If it went on now, it would make up for {many(len(self.owed), 'period')}."
                )
        if self.skipped:
            be = "is" if self.skipped == 1 else "are"
            told += f" {many(self.skipped, 'period')} came too late, and {be} passed over."
        return told if self.coming else f"{told} Nothing is to come."

    def _when(self, one: ComingPeriod) -> str:
        if one.at is not None:
            return on_clock(one.at, self.zone)
        at = "at the next tick" if self.active else "when it goes on"
        return f"{at}, for those who have none yet" if one.rest else at
