"""The tables of an explanation: the job, what is open, what did not leave, and the conditions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from ..model.instants import on_clock
from ..show import Block, Bullets, Table
from .explanation import Explanation
from .timeline import long
from .whereabouts import Awaited, Undelivered, Verdict, Whereabouts

__all__ = ["tables"]

MINUTE = timedelta(minutes=1)
OPEN = ("Waits for", "Whose turn", "Since", "Due", "Reminders", "How far")
ASIDE = ("Open, not waited for", *OPEN[1:])
LOST = ("Could not leave, or run", "Attempts", "Error", "Next try")
HELD = ("Condition of", "If", "Now", "Because", "In this visit")


def tables(explained: Explanation) -> Iterator[Block]:
    """Yield the tables that have rows, and below them whatever stands in none."""
    zone = explained.zone
    rows = tuple(_job(explained, explained.where))
    yield Table(("Job", explained.job), rows, caption="Where it is")
    waited = [one for one in explained.awaited if one.waited]
    aside = [one for one in explained.awaited if not one.waited]
    for several, columns, caption in (
        (waited, OPEN, "What it waits for"),
        (aside, ASIDE, "What else is open"),
    ):
        if several:
            open_ = tuple(_open(one, explained.where.now, zone) for one in several)
            yield Table(columns, open_, caption=caption)
    if explained.undelivered:
        lost = tuple(_lost(one, zone) for one in explained.undelivered)
        yield Table(LOST, lost, caption="What could not be delivered, or run")
    if explained.verdicts:
        yield Table(HELD, tuple(map(_held, explained.verdicts)), caption="Conditions")
    if explained.notes:
        yield Bullets(explained.notes)


def _job(explained: Explanation, where: Whereabouts) -> Iterator[tuple[str, str]]:
    """Yield a row for all that there is to say of where the job is."""
    zone = explained.zone
    yield "Account", where.account
    yield "Pipeline", where.pipeline
    yield "Stage", f"{where.stage}, visit {where.visit}"
    yield "Since", f"{on_clock(where.since, zone)}, {_ago(where.now - where.since)}"
    yield "Status", where.status
    if where.paused is not None:
        yield "Paused", where.paused or "yes"
    if where.assignees:
        yield "Assignees", ", ".join(where.assignees)
    if where.due is not None:
        yield "Due", str(where.due)
    for line in where.overdue:
        yield "Overdue", line.removeprefix("overdue: ")
    if where.silent:
        yield "Reminders", f"none while it is {where.silent}"
    if where.goes_to:
        by = "by itself" if explained.moves_itself else "by hand"
        yield "Goes on to", f"{where.goes_to}, {by}"


def _open(one: Awaited, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    people = ", ".join(one.names) or "nobody is named"
    turn = "nobody" if one.side is None else f"{one.side}: {people}"
    since = f"{on_clock(one.since, zone)}, {_ago(now - one.since)}"
    reminders = "" if one.times is None else f"{one.reminded} of {one.times} sent"
    if one.next is not None:
        reminders += f", next {on_clock(one.next, zone)}"
    due = "" if one.due is None else str(one.due)
    what = f"{one.item.kind.words} {one.item.name!r}"
    return what, turn, since, due, reminders, "; ".join(one.notes)


def _ago(length: timedelta) -> str:
    return f"{long(length)} ago" if length >= MINUTE else "just now"


def _lost(one: Undelivered, zone: tzinfo) -> tuple[str, ...]:
    by_hand = f"retry or abandon {one.key!r}"
    then = by_hand if one.retry_at is None else on_clock(one.retry_at, zone, seconds=True)
    return one.what, str(one.attempts or ""), one.error, then


def _held(one: Verdict) -> tuple[str, ...]:
    fired = {None: "", True: "fired", False: "was skipped"}[one.fired]
    return one.of, one.condition, "holds" if one.holds else "does not hold", one.why, fired
