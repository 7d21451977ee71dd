"""A timeline: when a job was in which stage, and everything that happened meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import zip_longest
from typing import TYPE_CHECKING

import attrs

from ..errors import many, one_line
from ..model.instants import on_clock
from ..model.jobs import Job
from ..model.record import Plain, brief, frozen
from ..show.shown import Shown
from .firm_names import FirmNames
from .history import History
from .stays import UNDONE, Pause, Placed, Stay, pauses_of, placed, stays_of

if TYPE_CHECKING:
    from ..show import Bar, Block, Cell, Chart, Document

__all__ = ["Timeline", "long", "timeline_of"]

STAYS = ("Stage", "Pipeline", "From", "Until", "For", "Bar", "Why")
PAUSES = ("Paused", "From", "Until", "For", "Bar", "By")
LONG = 30  # events that a page shows at once; more are folded


@frozen
class Timeline(Shown, Plain):
    """The stays of a job in its stages, its pauses, and all that happened to it; it prints.

    Args:
        job: The job's id.
        name: What it is called.
        stays: In their order; the last one has no end.
        history: All that happened.
        now: Until when a stay that has no end is reckoned.
        pauses: In their order; the last one may have no end.
        names: What the firm calls its stages, automations and members, as far as they are there.
    """

    job: str
    name: str
    stays: tuple[Stay, ...]
    history: History
    now: datetime
    pauses: tuple[Pause, ...] = ()
    names: FirmNames = attrs.field(factory=FirmNames, eq=False, repr=False)
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    def __repr__(self) -> str:
        """Print in one line: which job, and how much there is to tell."""
        told = f"{many(len(self.stays), 'stay')}, {many(len(self.history), 'event')}"
        return f"<Timeline of {brief(self.name)!r}: {told}>"

    def __str__(self) -> str:
        """Print the bars, and a line for each thing that happened."""
        from ..show import Bullets, Document, Heading  # showing is rare

        told = (f"{at} {what} [{by}]" for at, what, by in map(self._happened, placed(self.history)))
        head = Heading(f"History: {many(len(self.history), 'event')}")
        return Document((*self._bars(), head, Bullets(tuple(told)))).text()

    def document(self) -> Document:
        """Build what is shown: a row with a bar for each stay and pause, and the history below.

        All bars lie on one scale, from the job's start until now.
        """
        from ..show import Document, Heading, Table

        rows = tuple(map(self._happened, placed(self.history)))
        head = Heading(f"History: {many(len(rows), 'event')}")
        blocks = (*self._bars(), head, Table(("When", "What", "By"), rows, folded=len(rows) > LONG))
        return Document(blocks, self._chart())

    def _bars(self) -> tuple[Block, ...]:
        """Return the tables with bars."""
        from ..show import Heading, Paragraph, Table

        lasted = sum((one.lasts(self.now) for one in self.stays), timedelta())
        several = len({one.pipeline for one in self.stays}) > 1
        followed = zip_longest(self.stays, self.stays[1:])
        stays = tuple(self._stay(one, after, several) for one, after in followed)
        blocks: list[Block] = [
            Heading(f"Timeline of {self.name!r}"),
            Paragraph(f"{many(len(stays), 'stay')}, {long(lasted)} in all"),
            Table(STAYS, stays),
        ]
        if self.pauses:
            blocks.append(Table(PAUSES, tuple(map(self._pause, self.pauses)), caption="Pauses"))
        return tuple(blocks)

    def _chart(self) -> Chart:
        """Draw a strip for each stay, and one for all pauses."""
        from ..show import Chart, Strip

        strips = [
            Strip(self._stage(one), (self._bar(one.came, one.left),), long(one.lasts(self.now)))
            for one in self.stays
        ]
        if self.pauses:
            paused = tuple(self._bar(one.since, one.until) for one in self.pauses)
            strips.append(Strip("paused", paused, many(len(paused), "time")))
        begins, ends = on_clock(self._begin, self.zone), on_clock(self.now, self.zone)
        return Chart(tuple(strips), begins, ends)

    @property
    def _begin(self) -> datetime:
        return self.stays[0].came

    def _bar(self, begin: datetime, end: datetime | None) -> Bar:
        """Return the bar of a time on the scale of the whole job."""
        from ..show import Bar

        whole = self.now - self._begin
        if not whole:
            return Bar(0, 0)
        last = self.now if end is None else end
        return Bar((begin - self._begin) / whole, (last - self._begin) / whole)

    def _until(self, end: datetime | None) -> str:
        return "now" if end is None else on_clock(end, self.zone)

    def _stage(self, one: Stay) -> str:
        return self.names.stage(one.pipeline, one.stage)

    def _stay(self, one: Stay, after: Stay | None, several: bool) -> tuple[Cell, ...]:
        """Return the row of a stay; its pipeline is told where there were *several*."""
        why = f"{one.cause} [{self.names.member(one.actor)}]"
        if after is not None and after.cause == UNDONE:
            why += f"; taken back [{self.names.member(after.actor)}]"
        return (
            self._stage(one),
            self.names.pipeline(one.pipeline) if several else "",
            on_clock(one.came, self.zone),
            self._until(one.left),
            long(one.lasts(self.now)),
            self._bar(one.came, one.left),
            why,
        )

    def _pause(self, one: Pause) -> tuple[Cell, ...]:
        """Return the row of a pause."""
        return (
            one.reason or "no reason given",
            on_clock(one.since, self.zone),
            self._until(one.until),
            long((self.now if one.until is None else one.until) - one.since),
            self._bar(one.since, one.until),
            self.names.member(one.actor),
        )

    def _happened(self, one: Placed) -> tuple[str, str, str]:
        """Return the row of an event, by the firm's names."""
        told = self.names.told(one, self.zone)
        at, actor = one.event.at, self.names.member(one.event.actor)
        return on_clock(at, self.zone), one_line(told), actor


def timeline_of(
    job: Job, history: History, now: datetime, names: FirmNames, zone: tzinfo = UTC
) -> Timeline:
    """Build the timeline of a job from its history."""
    stays, pauses = stays_of(history), pauses_of(history)
    return Timeline(job.id, job.name, stays, history, now, pauses, names, zone)


def long(length: timedelta) -> str:
    """Say how long something took, in its two largest units: `3 days 4 hours`."""
    seconds = int(length.total_seconds())
    units = (("day", 86400), ("hour", 3600), ("minute", 60))
    told: list[str] = []
    for noun, size in units:
        number, seconds = divmod(seconds, size)
        if number:
            told.append(many(number, noun))
        elif told:
            break
    return " ".join(told[:2]) or "less than a minute"
