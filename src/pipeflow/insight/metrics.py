"""Metrics: how the jobs of a pipeline went in a span of time, reckoned from their histories.

Whatever is counted is counted of what happened in the span: jobs that were started in it, visits
that ended in it, and so on. Nothing is sampled, and nothing is kept for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from ..errors import many
from ..model.events import Event, ReminderSent, StatusChanged
from ..model.jobs import OVER, Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.record import Plain, brief, frozen
from ..model.work import Side
from ..rules.calendar import today
from ..show.shown import Shown
from .intervals import Interval, common, length, united, without
from .reminder_effect import ReminderEffect, Reminding, effect_of
from .stays import Stay, stays_of, visits_of
from .throughput import Throughput, months, throughput, weeks
from .waits import Wait, standing_of, waits_of

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["Metrics", "StageMetrics", "metrics_of"]

PERCENT = 90


@frozen
class StageMetrics(Plain):
    """How long jobs were in one stage, while they were neither completed nor archived.

    Args:
        stage: Its id.
        name: What it is called.
        came: How many times a job came into it in the span; a move that was undone is none.
        left: How many visits ended in the span; the two below are of these.
        median: Half of them were no longer than that; None where none ended.
        longest_usual: The 90th percentile, by nearest rank: the shortest of them than which nine
            of ten were no longer; None where none ended.
        here: How many jobs are in it at the end of the span, completed and archived ones aside.
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
    """How the jobs of a pipeline went between two instants; it prints, and draws its stages.

    Args:
        pipeline: The pipeline's id.
        name: What it is called.
        since: When the span begins.
        until: When it ends.
        started: Jobs that were started in it, in the pipeline or by a transfer into it.
        finished: Jobs that came into the last stage in it, or were set to Completed, each once.
        on_time: Of those that have a due date, the part that was finished by that day; None where
            none has one.
        overdue: Jobs that are late at the end of the span: neither finished nor archived, and due
            on an earlier day.
        stages: One for each stage, in their order.
        client: The time within the span in which jobs waited for the client.
        team: The time in which they waited for the team. Both may be at once.
        paused: The time in which they were paused, and waited for neither.
        reminders: What came of reminders.
        weeks: What was started and finished in each week that the span touches.
        months: The same by months.
    """

    pipeline: str
    name: str
    since: datetime
    until: datetime
    started: int
    finished: int
    on_time: float | None
    overdue: int
    stages: tuple[StageMetrics, ...]
    client: timedelta
    team: timedelta
    paused: timedelta
    reminders: ReminderEffect
    weeks: tuple[Throughput, ...]
    months: tuple[Throughput, ...]
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    @property
    def bottleneck(self) -> StageMetrics | None:
        """The stage in which jobs spent most time in all, the last one aside; None: none did."""
        inner = [one for one in self.stages[:-1] if one.total]
        return max(inner, key=lambda one: one.total, default=None)

    def __repr__(self) -> str:
        """Print in one line: of which pipeline, and what it comes to."""
        told = f"{many(self.started, 'job')} started, {self.finished} finished"
        return f"<Metrics of {brief(self.name)!r}: {told}>"

    def document(self) -> Document:
        """Build what is shown: the numbers, the stages, who was waited for, and the throughput."""
        from .metrics_page import document  # showing is rare

        return document(self)


class _Course:
    """How one job went, as far as it went in one pipeline within a span."""

    def __init__(self, job: Job, history: Sequence[Event], line: Pipeline, span: Interval) -> None:
        """Take a job and what happened to it by the end of the span."""
        self.job = job
        self._history = history
        self._span = span
        self._until = span[1]
        every = stays_of(history)
        visits = visits_of(every)
        self.stays = [one for one in every if one.pipeline == line.id]
        self.visits = [one for one in visits if one[0].pipeline == line.id]
        self.is_here = bool(visits) and visits[-1][0].pipeline == line.id
        begun = every[0].came if every else self._until
        self._standing = standing_of(begun, history, self._until)
        self.finished = self._finished(line.stages[-1].id)

    @property
    def status(self) -> str:
        """Its status at the end of the span."""
        changes = [one for one in self._history if isinstance(one, StatusChanged)]
        return changes[-1].status if changes else JobStatus.ACTIVE

    def _finished(self, last: str) -> datetime | None:
        """Return when it first came into the last stage, or was completed for good before that."""
        came = [one[0].came for one in self.visits if one[0].stage == last][:1]
        completed: list[datetime] = []
        for one in self._history:
            if isinstance(one, StatusChanged):
                if one.status not in OVER:
                    completed = []
                elif one.status == JobStatus.COMPLETED and self.is_here:
                    completed.append(one.at)
        return min((*came, *completed), default=None)

    def spent(self, stays: Iterable[Stay]) -> list[Interval]:
        """Return the times of stays in which the job was under way."""
        times = [(one.came, one.left or self._until) for one in stays]
        return common(times, self._standing.under_way)

    @cached_property
    def counted(self) -> list[Interval]:
        """When it was in the pipeline and under way, within the span."""
        return common(self.spent(self.stays), [self._span])

    @cached_property
    def paused(self) -> list[Interval]:
        """When it was paused meanwhile."""
        return common(self.counted, self._standing.paused)

    @cached_property
    def going(self) -> list[Interval]:
        """When something could go on in it meanwhile."""
        return without(self.counted, self.paused)

    @cached_property
    def waits(self) -> list[Wait]:
        """From when until when each of its things waited for somebody."""
        return [*waits_of(self.job, self._history)] if self.going else []

    def waited(self, side: Side) -> timedelta:
        """Return how long it waited for a side, each minute once, however many things it did."""
        times = united(
            (one.since, one.until or self._until) for one in self.waits if one.side is side
        )
        return length(common(times, self.going))

    def reminding(self) -> Iterator[Reminding]:
        """Yield what waited for the client, with the reminders that left meanwhile.

        A thing that nobody would ever be reminded of is left out: it compares with nothing.
        """
        rhythmic = {one.id for one in self.job.items if one.reminders is not None}
        sent: dict[str, list[datetime]] = {}
        for one in self._sent:
            sent.setdefault(one.item, []).append(one.at)
        for wait in self.waits:
            if wait.side is Side.CLIENT and (wait.item in rhythmic or wait.item in sent):
                end = wait.until or self._until
                own = [at for at in sent.get(wait.item, ()) if wait.since <= at <= end]
                first = own[0] if own and self._holds(own[0]) else None
                yield Reminding(wait, own, first, self.going)

    @property
    def sent(self) -> Iterator[datetime]:
        """When each reminder left that did while the job was in the pipeline."""
        return (one.at for one in self._sent if self._holds(one.at))

    @cached_property
    def _sent(self) -> list[ReminderSent]:
        return [one for one in self._history if isinstance(one, ReminderSent)]

    def _holds(self, at: datetime) -> bool:
        """Tell whether the job was in the pipeline then."""
        return any(one.came <= at and (one.left is None or at < one.left) for one in self.stays)


def metrics_of(
    pipeline: Pipeline,
    jobs: Iterable[tuple[Job, Sequence[Event]]],
    since: datetime,
    until: datetime,
    now: datetime,
    zone: tzinfo = UTC,
) -> Metrics:
    """Reckon how the jobs of a pipeline went.

    Args:
        pipeline: The pipeline, as it is now.
        jobs: The jobs that are in it, each with its history, oldest event first.
        since: When the span begins.
        until: When it ends; what happened then or later is not looked at, unless it is now.
        now: The instant; nothing happened later.
        zone: Whose days due dates are, and whose weeks and months are told.
    """
    span = (since, until)
    courses = [
        _Course(job, [one for one in history if one.at < until or until >= now], pipeline, span)
        for job, history in jobs
    ]
    starts = [one.visits[0][0].came for one in courses if one.visits]
    starts = [at for at in starts if at >= since]
    ends = [
        (one.job, one.finished)
        for one in courses
        if one.finished is not None and one.finished >= since
    ]
    timed = [today(end, zone) <= job.due for job, end in ends if job.due is not None]
    finished = [end for _, end in ends]
    series = (throughput(starts, finished, span, zone, period) for period in (weeks, months))
    by_week, by_month = series
    return Metrics(
        pipeline.id,
        pipeline.name,
        since,
        until,
        len(starts),
        len(ends),
        sum(timed) / len(timed) if timed else None,
        sum(_is_late(one, today(until, zone)) for one in courses),
        tuple(_stage(one.id, one.name, courses, span) for one in pipeline.stages),
        sum((one.waited(Side.CLIENT) for one in courses), timedelta()),
        sum((one.waited(Side.TEAM) for one in courses), timedelta()),
        sum((length(one.paused) for one in courses), timedelta()),
        effect_of(
            (thing for one in courses for thing in one.reminding()),
            (at for one in courses for at in one.sent),
            since,
            until,
        ),
        by_week,
        by_month,
        zone,
    )


def _is_late(one: _Course, day: date) -> bool:
    """Tell whether a job is late on a day."""
    due, archived = one.job.due, one.status == JobStatus.ARCHIVED
    return one.is_here and not archived and due is not None and due < day and one.finished is None


def _stage(id: str, name: str, courses: Sequence[_Course], span: Interval) -> StageMetrics:
    since = span[0]
    visits = [(one, some) for one in courses for some in one.visits if some[0].stage == id]
    ended = sorted(
        length(one.spent(some))
        for one, some in visits
        if some[-1].left is not None and some[-1].left >= since
    )
    return StageMetrics(
        id,
        name,
        sum(some[0].came >= since for _, some in visits),
        len(ended),
        _median(ended) if ended else None,
        _percentile(ended) if ended else None,
        sum(some[-1].left is None and one.status not in OVER for one, some in visits),
        sum((_total(one, id) for one in courses), timedelta()),
    )


def _median(ended: Sequence[timedelta]) -> timedelta:
    """Return the middle of some sorted times; of the two middle ones, what lies between them."""
    half = len(ended) // 2
    return ended[half] if len(ended) % 2 else (ended[half - 1] + ended[half]) / 2


def _percentile(ended: Sequence[timedelta]) -> timedelta:
    """Return the 90th percentile of some sorted times, by nearest rank."""
    rank = -(-PERCENT * len(ended) // 100)  # rounded up: at least so many are no longer
    return ended[rank - 1]


def _total(one: _Course, stage: str) -> timedelta:
    """Return how long a job was in a stage within the span, undone moves and all."""
    times = one.spent(stay for stay in one.stays if stay.stage == stage)
    return length(common(times, one.counted))
