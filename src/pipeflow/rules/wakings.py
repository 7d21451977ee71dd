"""Wakings: what a trigger's time brings about when it has come, and when it is set anew (R-35)."""

from __future__ import annotations

from datetime import datetime

from .alarms import is_asked_for, is_awake, left_behind, put_off
from .automove import advance
from .decision import SYSTEM, Decision, State
from .draft import Draft
from .trigger_turns import fire_alarm

__all__ = ["alarms_told", "times_told", "wake"]


def wake(state: State, key: str, now: datetime) -> Decision:
    """Fire what an alarm is about whose time has come; where it fires, the job may move on.

    While the job is not Active it is put off until it is, unless it must not be late; and so is one
    of what was left behind, to which an undo may take the job back (R-26). One that nothing waits
    for any more fires nothing, which its history tells, and one that goes by times of before an
    edit of the pipeline is set anew.

    Args:
        state: The job.
        key: The key of the alarm's due row.
        now: The instant.
    """
    draft, job = Draft(state, now, SYSTEM), state.job
    alarm = next((one for one in job.alarms if one.due == key), None)
    if alarm is None or not is_asked_for(draft, alarm):  # which is set anew here, or taken back
        return draft.decide()
    if is_awake(job) and not left_behind(draft, alarm):
        if fire_alarm(draft, alarm):
            advance(draft)
        return draft.decide()
    put_off(draft, alarm)
    return draft.decide()


def alarms_told(state: State, now: datetime) -> Decision:
    """Set a job's alarms anew, since its account says something else."""
    draft = Draft(state, now, SYSTEM)
    draft.new_fields = True
    return draft.decide()


def times_told(state: State, now: datetime) -> Decision:
    """Set a job's alarms anew, since its pipeline, or the firm's clock, says other times.

    What is past by these fires when the firm's day starts next.
    """
    draft = Draft(state, now, SYSTEM)
    draft.unhurried = True
    return draft.decide()
