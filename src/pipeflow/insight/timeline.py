"""A timeline: how long a job was in each stage, and everything that happened meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

import attrs

from ..errors import many
from ..model.instants import on_clock
from ..model.jobs import Job
from ..model.record import Plain, frozen
from ..model.values import FrozenMap
from ..show.shown import Shown
from .history import History
from .stays import Stay, stays_of

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["Timeline", "long", "timeline_of"]

DAY = timedelta(days=1)


@frozen
class Timeline(Shown, Plain):
    """The stays of a job in its stages, and its history; it prints.

    Args:
        job: The job's id.
        name: What it is called.
        stays: In their order; the last one has no end.
        history: All that happened.
        now: Until when a stay that has no end is reckoned.
        names: What the stages are called, by pipeline and stage, as far as they are there still.
    """

    job: str
    name: str
    stays: tuple[Stay, ...]
    history: History
    now: datetime
    names: Mapping[tuple[str, str], str] = FrozenMap()
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    def document(self) -> Document:
        """Build what is shown: a row with a bar for each stay, and the history below."""
        from ..show import Bar, Document, Heading, Paragraph, Table  # showing is rare

        lengths = [one.lasts(self.now) for one in self.stays]
        longest = max(lengths, default=timedelta())
        rows = tuple(
            (
                self.names.get((one.pipeline, one.stage), one.stage),
                on_clock(one.came, self.zone),
                "now" if one.left is None else on_clock(one.left, self.zone),
                long(length),
                Bar(0, length / longest if longest else 0),
                f"{one.cause} [{one.actor}]",
            )
            for one, length in zip(self.stays, lengths, strict=True)
        )
        columns = ("Stage", "From", "Until", "For", "Bar", "Why")
        count = Paragraph(f"{many(len(rows), 'stay')}, {long(sum(lengths, timedelta()))} in all")
        table = Table(columns, rows)
        heading = Heading(f"Timeline of {self.name!r}")
        return Document((heading, count, table, *self.history.document().blocks))


def timeline_of(
    job: Job,
    history: History,
    now: datetime,
    names: Mapping[tuple[str, str], str] = FrozenMap(),
    zone: tzinfo = UTC,
) -> Timeline:
    """Build the timeline of a job from its history."""
    return Timeline(job.id, job.name, stays_of(history), history, now, names, zone)


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
