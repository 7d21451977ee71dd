"""What holds a job in a custom status that ends when all is done that belongs to it (part 2.6)."""

from __future__ import annotations

from ..model.items import Mark
from ..model.record import replaced
from ..rules import State, owed_setting, wait_of

__all__ = ["held_by_status"]


def held_by_status(state: State, names: str, unable: str) -> str:
    """Say what a status waits for that ends by itself, or that only a hand ends it.

    Args:
        state: The job, and what is around it.
        names: What is open that belongs to the status.
        unable: What could not run that belongs to it.
    """
    job, book = state.job, state.book
    status = book.pipeline.status(job.status)
    if status is not None and owed_setting(status, job.scope, job.alarms) is not None:
        first = f"{names} and " if names else ""
        told = f"Its status {job.status!r} holds it until {first}what its automations make is done"
        return f"{told}: they fire when the job is resumed."
    if names:
        return f"Its status {job.status!r} holds it until {names} is done; then it is Active."
    if unable:
        return f"Its status {job.status!r} waits for {unable}, which could not run."
    if wait_of(replaced(job, paused=None), book.pipeline, book.settings) is None:
        return f"Its status {job.status!r} waits for nothing more: it ends when the job is resumed."
    made = any(i.scope == job.scope and Mark.ASIDE not in i.marks for i in job.items)
    told = f"Its status {job.status!r} holds it: nothing that belongs to it was "
    told += "completed" if made else "made"
    return f'{told}; it is ended by hand: set_status(job, "Active").'
