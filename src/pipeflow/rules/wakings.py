"""Wakings: what a trigger's time brings about when it has come, and when it is set anew (R-35)."""

from __future__ import annotations

from datetime import datetime

from ..model.jobs import JobStatus
from .automove import advance
from .decision import SYSTEM, Decision, State
from .draft import Draft
from .trigger_turns import fire_alarm, put_off

__all__ = ["alarms_told", "wake"]


def wake(state: State, key: str, now: datetime) -> Decision:
    """Fire what an alarm is about whose time has come; where it fires, the job may move on.

    While the job is not Active it is put off until it is, unless it must not be late. One that
    nothing waits for any more changes nothing.

    Args:
        state: The job.
        key: The key of the alarm's due row.
        now: The instant.
    """
    draft, job = Draft(state, now, SYSTEM), state.job
    alarm = next((one for one in job.alarms if one.due == key), None)
    if alarm is None:
        return draft.decide()
    if job.status == JobStatus.ACTIVE and job.paused is None:
        if fire_alarm(draft, alarm):
            advance(draft)
        return draft.decide()
    put_off(draft, alarm)
    return draft.decide()


def alarms_told(state: State, now: datetime) -> Decision:
    """Set a job's alarms anew, since its account or its pipeline says something else."""
    return Draft(state, now, SYSTEM).decide()
