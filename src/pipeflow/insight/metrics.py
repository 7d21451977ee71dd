"""Metrics: how the jobs of a pipeline went in a span of time, reckoned from their histories.

Whatever is counted is counted of what happened in the span: jobs that were started in it, stays
that ended in it, and so on. Nothing is sampled, and nothing is kept for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import attrs

from ..errors import many
from ..model.events import Event, ItemCompleted, ItemReopened, ItemResolved, ReminderSent
from ..model.items import Item, ItemKind
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import Plain, frozen
from ..model.work import Side, usual_side
from ..show.shown import Shown
from .stays import Stay, stays_of
from .timeline import long

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["Metrics", "StageMetrics", "metrics_of"]

NO_TIME = timedelta()
PERCENTILE = 0.9

Span = tuple[datetime, datetime]


@frozen
class StageMetrics(Plain):
    """How long jobs were in one stage.

    Args:
        stage: Its id.
        name: What it is called.
        came: How many times a job came into it in the span.
        left: How many stays ended in the span; the two below are of these.
        median: Half of them were no longer than that; None where none ended.
        longest_usual: Nine of ten were no longer than that; None where none ended.
        here: How many jobs are in it at the end of the span.
        total: The time that all jobs together were in it within the span.
    """

    stage: str
    name: str
    came: int
    left: int
    median: timedelta | None
    longest_usual: timedelta | None
    here: int
    total: timedelta


@frozen
class Metrics(Shown, Plain):
    """How the jobs of a pipeline went between two instants; it prints.

    Args:
        pipeline: The pipeline's id.
        name: What it is called.
        since: When the span begins.
        until: When it ends.
        started: Jobs that were started in it, in the pipeline or by a transfer into it.
        finished: Jobs that came into the last stage in it, each once.
        on_time: Of those that had a due date, the part that came there by that day; None where
            none had one.
        stages: One for each stage, in their order.
        client: The time within the span in which jobs waited for the client.
        team: The time in which they waited for the team. Both may be at once.
        reminded: Things that were reminded of in the span.
        answered: Those of them that were done within a week after their last reminder.
    """

    pipeline: str
    name: str
    since: datetime
    until: datetime
    started: int
    finished: int
    on_time: float | None
    stages: tuple[StageMetrics, ...]
    client: timedelta
    team: timedelta
    reminded: int
    answered: int
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    @property
    def bottleneck(self) -> StageMetrics | None:
        """The stage in which jobs spent most time in all, the last one aside; None: none did."""
        inner = [one for one in self.stages[:-1] if one.total]
        return max(inner, key=lambda one: one.total, default=None)

    def document(self) -> Document:
        """Build what is shown: the numbers, and a row a stage."""
        from ..show import Bullets, Document, Heading, Table  # showing is rare

        days = f"{_day(self.since, self.zone)} to {_day(self.until, self.zone)}"
        told = [
            f"{many(self.started, 'job')} started, {self.finished} finished",
            f"waited for the client {long(self.client)}, for the team {long(self.team)}",
            f"{many(self.reminded, 'thing')} reminded of, {self.answered} done within a week after",
        ]
        if self.on_time is not None:
            told.insert(1, f"{self.on_time:.0%} of those with a due date were in time")
        if self.bottleneck is not None:
            told.append(f"most time was spent in {self.bottleneck.name!r}")
        rows = tuple(_row(one) for one in self.stages)
        columns = ("Stage", "Came", "Left", "Here", "Median", "9 of 10 within", "In all")
        heading = Heading(f"{self.name}, {days}")
        return Document((heading, Bullets(tuple(told)), Table(columns, rows)))


def _row(one: StageMetrics) -> tuple[str, ...]:
    middle = "" if one.median is None else long(one.median)
    usual = "" if one.longest_usual is None else long(one.longest_usual)
    total = long(one.total) if one.total else ""
    return one.name, str(one.came), str(one.left), str(one.here), middle, usual, total


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


class _Told(NamedTuple):
    """What the history of one job says."""

    job: Job
    stays: tuple[Stay, ...]
    events: Sequence[Event]


def metrics_of(
    pipeline: Pipeline,
    jobs: Iterable[tuple[Job, Sequence[Event]]],
    since: datetime,
    until: datetime,
    zone: tzinfo = UTC,
) -> Metrics:
    """Reckon how the jobs of a pipeline went.

    Args:
        pipeline: The pipeline, as it is now.
        jobs: The jobs that are in it, each with its history, oldest event first.
        since: When the span begins.
        until: When it ends; nothing that happened later is looked at.
        zone: Whose days due dates are.
    """
    several = [_told(job, history, until) for job, history in jobs]
    mine = [(one, [stay for stay in one.stays if stay.pipeline == pipeline.id]) for one in several]
    stays = [stay for _, some in mine for stay in some]
    last = pipeline.stages[-1].id
    started = sum(own[0].came >= since for _, own in mine if own)
    ends = [(one.job, end) for one, own in mine if (end := _end(own, last, since)) is not None]
    timed = [_day(end, zone) <= job.due for job, end in ends if job.due is not None]
    reminded = [found for one in several for found in _reminded(one.events, since)]
    span = (since, until)
    waits = [_waits(one, pipeline.id, span) for one in several]
    return Metrics(
        pipeline.id,
        pipeline.name,
        since,
        until,
        started,
        len(ends),
        sum(timed) / len(timed) if timed else None,
        tuple(_stage(one.id, one.name, stays, span) for one in pipeline.stages),
        sum((one[Side.CLIENT] for one in waits), NO_TIME),
        sum((one[Side.TEAM] for one in waits), NO_TIME),
        len(reminded),
        sum(reminded),
        zone,
    )


def _told(job: Job, history: Sequence[Event], until: datetime) -> _Told:
    events = [one for one in history if one.at <= until]
    return _Told(job, stays_of(events), events)


def _end(stays: Sequence[Stay], last: str, since: datetime) -> datetime | None:
    """Return when a job came into the last stage for the first time, if that was in the span."""
    first = next((stay.came for stay in stays if stay.stage == last), None)
    return first if first is not None and first >= since else None


def _stage(id: str, name: str, stays: Iterable[Stay], span: Span) -> StageMetrics:
    since, until = span
    here = [one for one in stays if one.stage == id]
    ended = sorted(one.lasts(until) for one in here if one.left is not None and one.left >= since)
    return StageMetrics(
        id,
        name,
        sum(one.came >= since for one in here),
        len(ended),
        timedelta(seconds=median(one.total_seconds() for one in ended)) if ended else None,
        ended[round(PERCENTILE * (len(ended) - 1))] if ended else None,
        sum(one.left is None for one in here),
        sum((_within((one.came, one.left or until), span) for one in here), NO_TIME),
    )


def _within(one: Span, span: Span) -> timedelta:
    """Return how much of a time lies in a span."""
    return max(min(one[1], span[1]) - max(one[0], span[0]), NO_TIME)


def _waits(told: _Told, pipeline: str, span: Span) -> Mapping[Side, timedelta]:
    """Return how long a job waited for each side within a span, while it was in a pipeline."""
    ends = dict(_item_ends(told.events))
    stays = [(s.came, s.left or span[1]) for s in told.stays if s.pipeline == pipeline]
    found = {}
    for side in Side:
        open_times = [
            (item.created, min(ends.get(item.id, span[1]), span[1]))
            for item in told.job.items
            if usual_side(item.kind) is side and item.created <= span[1] and _asks(item)
        ]
        pieces = [
            (max(one[0], stay[0], span[0]), min(one[1], stay[1], span[1]))
            for one in open_times
            for stay in stays
        ]
        found[side] = _covered(pieces)
    return found


def _asks(item: Item) -> bool:
    return item.kind is not ItemKind.MESSAGE or item.asks


def _item_ends(events: Iterable[Event]) -> Iterator[tuple[str, datetime]]:
    """Yield when each item was done for the last time; one that was reopened is open."""
    ends: dict[str, datetime] = {}
    for one in events:
        if isinstance(one, ItemCompleted | ItemResolved):
            ends[one.item] = one.at
        elif isinstance(one, ItemReopened):
            ends.pop(one.item, None)
    yield from ends.items()


def _covered(pieces: Iterable[Span]) -> timedelta:
    """Return how much time pieces cover together, whatever they overlap."""
    whole, reached = NO_TIME, None
    for start, end in sorted(pieces):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            whole += end - begin
            reached = end
    return whole


def _reminded(events: Iterable[Event], since: datetime) -> Iterator[bool]:
    """Yield, for each thing that was reminded of in the span, whether it was done in a week."""
    last: dict[str, datetime] = {}
    done: dict[str, datetime] = {}
    for one in events:
        if isinstance(one, ReminderSent) and one.at >= since:
            last[one.item] = one.at
        elif isinstance(one, ItemCompleted):
            done[one.item] = one.at
    for item, at in last.items():
        yield item in done and NO_TIME <= done[item] - at <= timedelta(days=7)
