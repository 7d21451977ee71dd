"""The page of metrics: what is told and drawn of how the jobs of a pipeline went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import many
from ..show import Bar, Block, Bullets, Cell, Chart, Document, Heading, Strip, Table
from .timeline import long

if TYPE_CHECKING:
    from .metrics import Metrics, StageMetrics
    from .throughput import Throughput

__all__ = ["document"]

FEW_WEEKS = 14  # more are told by months


def document(of: Metrics) -> Document:
    """Build the page: the numbers, a row a stage, who was waited for, and the throughput."""
    first, last = (at.astimezone(of.zone) for at in (of.since, of.until))
    if last > first:
        last -= timedelta.resolution  # a span that ends at midnight ends with the day before
    heading = Heading(f"{of.name}, {first.date()} to {last.date()}")
    blocks: list[Block] = [heading, Bullets(tuple(_told(of))), _stages(of)]
    if of.client or of.team:
        blocks.append(_waits(of))
    if of.started or of.finished:
        blocks.append(_throughput(of))
    return Document(tuple(blocks), _chart(of.stages))


def _told(of: Metrics) -> Iterator[str]:
    yield f"{many(of.started, 'job')} started, {of.finished} finished"
    if of.on_time is not None:
        yield f"{of.on_time:.0%} of the finished ones with a due date were in time"
    if of.overdue:
        yield f"{many(of.overdue, 'job')} overdue at the end"
    if of.client or of.team:
        yield f"waited for the client {long(of.client)}, for the team {long(of.team)}"
    if of.paused:
        yield f"were paused {long(of.paused)}"
    effect = of.reminders
    if effect.sent:
        yield f"{many(effect.sent, 'reminder')} sent"
    if effect.reminded:
        unknown = f", {effect.unknown} not known yet" if effect.unknown else ""
        what = f"{many(effect.reminded, 'thing')} reminded of for the first time"
        yield f"{what}, {effect.answered} done within a week after{unknown}"
    if effect.after is not None and effect.before is not None:
        after = f"{effect.after:.1f} of 100 days within a week after a reminder"
        yield f"what waited was done on {after}, on {effect.before:.1f} of 100 before any"
    if of.bottleneck is not None:
        yield f"most time was spent in {of.bottleneck.name!r}"


def _stages(of: Metrics) -> Table:
    columns = ("Stage", "Came", "Left", "Here", "Median", "9 of 10 within", "In all", "Share")
    most = max((one.total for one in of.stages[:-1]), default=timedelta())
    rows = tuple(_stage(one, most if one in of.stages[:-1] else timedelta()) for one in of.stages)
    return Table(columns, rows, "Time in stages")


def _stage(one: StageMetrics, most: timedelta) -> tuple[Cell, ...]:
    middle = "" if one.median is None else long(one.median)
    usual = "" if one.longest_usual is None else long(one.longest_usual)
    total = long(one.total) if one.total else ""
    share: Cell = Bar(0, one.total / most) if most and one.total else ""
    return one.name, str(one.came), str(one.left), str(one.here), middle, usual, total, share


def _waits(of: Metrics) -> Table:
    most = max(of.client, of.team)
    rows = tuple(
        (name, long(time), Bar(0, time / most))
        for name, time in (("the client", of.client), ("the team", of.team))
    )
    return Table(("Waited for", "In all", "Share"), rows, "Who was waited for")


def _throughput(of: Metrics) -> Table:
    weekly = len(of.weeks) <= FEW_WEEKS
    periods = of.weeks if weekly else of.months
    most = max(1, *(one.finished for one in periods))
    rows = tuple(_period(one, most, weekly=weekly) for one in periods)
    columns = ("Week of" if weekly else "Month", "Started", "Finished", "Bar", "In the span")
    return Table(columns, rows, "Throughput")


def _period(one: Throughput, most: int, *, weekly: bool) -> tuple[Cell, ...]:
    name = f"{one.begins}" if weekly else f"{one.begins:%Y-%m}"
    part = "" if one.whole else "in part"
    share: Cell = Bar(0, one.finished / most) if one.finished else ""
    return name, str(one.started), str(one.finished), share, part


def _chart(stages: tuple[StageMetrics, ...]) -> Chart | None:
    """Draw how long visits were, two lines a stage: the median, and the 90th percentile."""
    known = [
        (one.name, one.median, one.longest_usual)
        for one in stages
        if one.median is not None and one.longest_usual is not None
    ]
    longest = max((usual for _, _, usual in known), default=timedelta())
    if not longest:
        return None
    strips = tuple(
        strip
        for name, middle, usual in known
        for strip in (
            Strip(f"{name}, median", (Bar(0, middle / longest),), long(middle)),
            Strip(f"{name}, 9 of 10", (Bar(0, usual / longest),), long(usual)),
        )
    )
    return Chart(strips, "0", long(longest))
