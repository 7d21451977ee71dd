"""Schedules of deaths: what a season comes to with them, beside the one in which nobody dies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from tests.reliability.crashing import Outcome, Season, difference
from tests.reliability.dying import Death, InFile, InMemory, Keep

__all__ = ["FILES", "Ended", "Schedule", "calm", "counts", "lived"]

FILES = ("a file", "a file of several processes")


class Schedule(NamedTuple):
    """A season and when its processes die: at calls of the store, or (`deep`) at statements."""

    keep: str
    deaths: tuple[Death, ...] = ()
    steps: tuple[str, ...] = ()
    down: int = 1
    deep: bool = False
    honours_keys: bool = False


class Ended(NamedTuple):
    """What a schedule came to, and in what that differs from the calm season; empty: in nothing."""

    schedule: Schedule
    requests: int
    repeats: int
    killed: int
    lost: int
    phantom: int
    other: int
    told: str


@cache
def _begun(keep: str) -> InFile:
    """Keep a firm in a file, as all of them begin."""
    season = Season(keep=partial(InFile, multiprocess=keep == FILES[1]))
    season.store.close()
    found = season.keep
    assert isinstance(found, InFile)
    return found


def _season(schedule: Schedule) -> Season:
    keep: type[Keep] | partial[InFile] = InMemory
    if schedule.keep in FILES:
        like: Path = _begun(schedule.keep).path
        several = schedule.keep == FILES[1]
        keep = partial(InFile, multiprocess=several, deep=schedule.deep, like=like)
    return Season(
        schedule.down, honours_keys=schedule.honours_keys, keep=keep, steps=schedule.steps
    )


def _outcome(schedule: Schedule) -> Outcome:
    """Live through a schedule, and now and then look its file over, which takes time."""
    season = _season(schedule)
    with season.keep.watched():
        if schedule.deep:
            season.begin()  # and die while the file is opened, too
        outcome = season.live(schedule.deaths)
    if sum(moment for moment, _ in schedule.deaths) % 4 == 0:
        assert season.keep.faults() == ()
    return outcome


@cache
def calm(schedule: Schedule) -> Outcome:
    """Return what comes of it where nobody dies."""
    return _outcome(schedule._replace(deaths=()))


def lived(schedule: Schedule) -> Ended:
    """Live through a schedule."""
    without = calm(schedule._replace(deaths=()))
    outcome = _outcome(schedule)
    there, wanted = outcome.outside, without.outside
    made_up = [*there.keys() - wanted.keys(), *outcome.uncommitted]
    other = {key for key in there.keys() & wanted.keys() if there[key] != wanted[key]}
    return Ended(
        schedule,
        requests=len(there),
        repeats=outcome.attempts - without.attempts,
        killed=outcome.killed,
        lost=len(wanted.keys() - there.keys()),
        phantom=len(made_up),
        other=len(other.union(outcome.content)),
        told=difference(outcome, without),
    )


def counts(ended: Sequence[Ended]) -> dict[str, object]:
    """Count what they came to."""
    return {
        "schedules": len(ended),
        "deaths": sum(one.killed for one in ended),
        "requests": sum(one.requests for one in ended),
        "repeats": sum(one.repeats for one in ended),
        "lost": sum(one.lost for one in ended),
        "phantom": sum(one.phantom for one in ended),
        "under another key or with another content": sum(one.other for one in ended),
    }
