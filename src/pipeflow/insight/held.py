"""What holds a job in a custom status that ends when all is done that belongs to it (part 2.6)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.items import Mark
from ..model.record import replaced
from ..rules import State, bill_of, is_put_off, owed_setting, wait_of
from .followers import brought_by

__all__ = ["held_by_status"]

RESUMED = "when the job is resumed"


def held_by_status(state: State, names: str, unable: str) -> str:
    """Say what a status waits for that ends by itself, or that only a hand ends it.

    Args:
        state: The job, and what is around it.
        names: What is open that belongs to the status.
        unable: What could not run that belongs to it.
    """
    job, book = state.job, state.book
    names = ", ".join(filter(None, (names, *_put_off(state))))
    status = book.pipeline.status(job.status)
    if status is not None and owed_setting(status, job.scope, job.alarms) is not None:
        fires = [*brought_by(status.automations, job, "")]
        if any(one.makes_item for one in fires):
            until = f"{names}{' and ' * bool(names)}what its automations make is done"
            return f"Its status {job.status!r} holds it until {until}: they fire {RESUMED}."
        if fires:
            return f"Its status {job.status!r} holds it until its automations fire, {RESUMED}."
    if names and unable:
        also = f"and for {unable}, which could not run"
        return f"Its status {job.status!r} waits for {names}, {also}."
    if names:
        return f"Its status {job.status!r} holds it until {names} is done; then it is Active."
    if unable:
        return f"Its status {job.status!r} waits for {unable}, which could not run."
    if wait_of(replaced(job, paused=None), book.pipeline, book.settings) is None:
        return f"Its status {job.status!r} waits for nothing more: it ends {RESUMED}."
    made = any(i.scope == job.scope and Mark.ASIDE not in i.marks for i in job.items)
    told = f"Its status {job.status!r} holds it: nothing that belongs to it was "
    told += "completed" if made else "made"
    return f'{told}; it is ended by hand: set_status(job, "Active").'


def _put_off(state: State) -> Iterator[str]:
    """Name the bills that come when a paused job is resumed, and belong to its status too: those of
    letters that were accepted in the pause (R-27).
    """
    job = state.job
    theirs = (i for i in job.items if i.scope == job.scope and Mark.ASIDE not in i.marks)
    bills = (bill_of(state, item) for item in theirs if is_put_off(state, item))
    yield from (f"invoice {one.name!r} (which comes {RESUMED})" for one in bills if one is not None)
