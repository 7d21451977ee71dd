"""Ripples: what a saved definition changes in running jobs, in the same commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from .. import rules
from ..model.accounts import Account
from ..model.jobs import Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.settings import Firm, Settings
from ..model.triggers import Timed, Trigger
from ..ports.due import Due, EditTimer
from ..ports.keys import key_of
from ..ports.rows import Query
from .records import row_key
from .unit import NOTHING, Unit

if TYPE_CHECKING:
    from ..rules import Decision, State

__all__ = ["tell_alarms", "tell_clocks", "tell_dates", "tell_jobs", "tell_piece", "tell_statuses"]

JOBS = 200  # open jobs that are told of other times in one commit


def tell_jobs(unit: Unit, before: Account, after: Account) -> None:
    """Let reminders go on where the client takes mail again, and take back what has not left where
    nobody does any more (R-5, R-7).

    It follows from the account, so that nobody is asked about each job.
    """
    if before.fields != after.fields:
        tell_dates(unit, (after.id,))
    if bool(before.addresses) == bool(after.addresses):
        return
    decide, about = rules.heard if after.addresses else rules.unheard, unit.jobs
    for key, _ in unit.records.found(Query("job", (("account", after.id),))):
        unit.apply(decide(unit.state(key.id), unit.now))
    unit.jobs = about


def tell_dates(unit: Unit, accounts: Iterable[str]) -> None:
    """Set the alarms of the jobs of accounts anew, whose fields have changed (R-35)."""
    about = unit.jobs
    for account in dict.fromkeys(accounts):
        for key, _ in unit.records.found(Query("job", (("account", account),))):
            if unit.book(unit.job(key.id).pipeline).pipeline.is_timed:
                unit.apply(rules.alarms_told(unit.state(key.id), unit.now))
    unit.jobs = about


def tell_alarms(unit: Unit, before: Pipeline, after: Pipeline) -> None:
    """Set the alarms of a pipeline's open jobs anew, where it says other times than before.

    What fell due long ago by the new ones fires when the firm's day starts next, late (R-35).
    Where there are very many jobs, the first of them are told in this commit and the others by the
    next tick, piece by piece. Until then they are told by whatever happens to them, and an alarm
    that goes off by times of before is set anew.
    """
    if _times(before) != _times(after):
        _set_alarms(unit, after, {"pipeline": after})


def tell_clocks(unit: Unit, before: Settings, firm: Firm) -> None:
    """Set the alarms of all open jobs anew, where the firm's day starts at another instant."""
    after = firm.settings
    if (before.time_zone, before.day_starts) == (after.time_zone, after.day_starts):
        return
    pipelines: Iterable[Pipeline] = unit.records.every("pipeline")
    for one in pipelines:
        pipeline = unit.puts.get(row_key("pipeline", one.id), one)
        if pipeline.is_timed:
            book = {"firm": firm, "zone": after.zone, "pipeline": pipeline}
            _set_alarms(unit, pipeline, book)


def _set_alarms(unit: Unit, pipeline: Pipeline, book: dict[str, object]) -> None:
    """Set the alarms of a pipeline's first open jobs anew, by a book in which something is other.

    The firm's row has a version of its own for each edit.
    """
    tell_piece(unit, pipeline, EditTimer(pipeline.id, unit.firm.version, 0, ""), book)


def tell_piece(
    unit: Unit, pipeline: Pipeline, timer: EditTimer, book: Mapping[str, object] = NOTHING
) -> None:
    """Set the alarms of some open jobs of a pipeline anew, and let the next piece be due.

    Args:
        unit: Takes it up.
        pipeline: As it is from here on.
        timer: Which piece it is.
        book: What is other in the book of the jobs than in the one that is saved.
    """
    own = (status.name for status in pipeline.statuses)
    where = (("pipeline", pipeline.id), ("status", (JobStatus.ACTIVE.value, *own)))
    found = unit.records.store.find(
        unit.tenant, Query("job", where), after=timer.after or None, limit=JOBS
    )
    jobs = [stored.value for _, stored in found.rows]
    unit.many([key for key, _ in found.rows if key not in unit.puts])
    _tell(unit, jobs, book, rules.times_told)
    if found.next is not None:
        _set_next(unit, replaced(timer, piece=timer.piece + 1, after=found.next))


def _set_next(unit: Unit, timer: EditTimer) -> None:
    """Let a piece be due, under a key that never comes again."""
    edit, piece = str(timer.edit), str(timer.piece)
    key = key_of(unit.tenant, "", "edit", timer.pipeline, edit, piece)
    if all(due.key != key for due in unit.dues):  # the clock changed in the same commit
        unit.dues += (Due(key, unit.now, len(unit.dues), timer, "", unit.depth),)


def _tell(
    unit: Unit,
    jobs: Iterable[Job],
    book: Mapping[str, object],
    told: Callable[[State, datetime], Decision],
) -> None:
    """Tell jobs what is other in their book; the command is not about them."""
    about = unit.jobs
    accounts = dict.fromkeys(row_key("account", job.account) for job in jobs)
    unit.many([key for key in accounts if key not in unit.puts])
    for job in jobs:
        state = unit.state(job.id)
        unit.apply(told(replaced(state, book=replaced(state.book, **book)), unit.now))
    unit.jobs = about


def _times(pipeline: Pipeline) -> list[tuple[str, Trigger]]:
    """Return the triggers of a pipeline that go by time, with the stage of each."""
    found = [(stage.id, one) for stage in pipeline.stages for one in stage.triggers]
    return [one for one in found if isinstance(one[1], Timed)] + [
        ("", one) for one in pipeline.triggers
    ]


def tell_statuses(unit: Unit, before: Pipeline, after: Pipeline) -> None:
    """Let jobs remind again whose status is not quiet any more, and be quiet whose status is (R-9).

    Only jobs in such a status are looked up. It follows from the pipeline, so that nobody is asked
    about each job.
    """
    was = {one.name: one.quiet for one in before.statuses}
    other = tuple(one.name for one in after.statuses if was.get(one.name, one.quiet) != one.quiet)
    if other:
        there = unit.found(Query("job", (("pipeline", after.id), ("status", other))))
        _tell(unit, there, {"pipeline": after}, rules.status_told)
