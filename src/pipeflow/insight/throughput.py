"""Throughput: how many jobs were started and finished in each week or month of a span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, tzinfo

from ..model.record import Plain, frozen

__all__ = ["Throughput", "months", "throughput", "weeks"]

DAY = timedelta(days=1)


@frozen
class Throughput(Plain):
    """What was started and finished in a week or a month.

    Args:
        begins: Its first day: a Monday, or the first of a month.
        started: Jobs that were started.
        finished: Jobs that were finished.
        whole: Whether all of it lies in the span; one at an end may be a part, and counts less.
    """

    begins: date
    started: int
    finished: int
    whole: bool


def weeks(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def months(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def throughput(
    started: Iterable[datetime],
    finished: Iterable[datetime],
    span: tuple[datetime, datetime],
    zone: tzinfo,
    period: Callable[[date], date],
) -> tuple[Throughput, ...]:
    """Count what was started and finished in each period of a span, also where nothing was.

    Args:
        started: When each job was started.
        finished: When each was finished.
        span: From when until when is counted.
        zone: Whose days count.
        period: `weeks` or `months`.
    """
    since, until = (one.astimezone(zone) for one in span)
    came, went = (
        Counter(period(one.astimezone(zone).date()) for one in some) for some in (started, finished)
    )
    begins = [period(since.date())]
    last = period(until.date() - DAY if since < until and not _late(until) else until.date())
    while begins[-1] < last:
        begins.append(_next(begins[-1], period))
    whole = since.date() + DAY if _late(since) else since.date()
    return tuple(
        Throughput(one, came[one], went[one], whole <= one and _next(one, period) <= until.date())
        for one in begins
    )


def _late(at: datetime) -> bool:
    """Tell whether an instant is later than the beginning of its day."""
    return at.time() != time.min


def _next(begins: date, period: Callable[[date], date]) -> date:
    """Return the beginning of the next period."""
    return period(begins + timedelta(days=7 if period is weeks else 31))
