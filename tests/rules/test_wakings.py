"""Wakings: alarms that nothing waits for any more, and those that a person gives up."""

from __future__ import annotations

from datetime import timedelta

from pipeflow import After, CreateTask, Stage, TimeInStage, TriggerFired, TriggerPassed, rules
from pipeflow.model.jobs import Alarm
from pipeflow.model.record import replaced
from tests.rules.states import DONE, MIA, NOON, PREPARE, begun

SLOW = Stage("Intake", triggers=[TimeInStage(After(days=3), [CreateTask(PREPARE)])])


def test_an_alarm_that_the_job_knows_nothing_of_wakes_nothing() -> None:
    """It was set anew meanwhile, under another key."""
    state = begun(SLOW, DONE)

    assert not rules.wake(state, "another", NOON + timedelta(days=3)).changed


def test_an_alarm_of_a_trigger_that_is_gone_is_over_and_told() -> None:
    """There is nothing that it could fire."""
    state = begun(Stage("Intake"), DONE)
    alarm = Alarm("gone", "1", NOON, "key")
    state = replaced(state, job=replaced(state.job, alarms=(alarm,)))

    decision = rules.wake(state, "key", NOON)

    assert decision.job.alarms == ()
    assert not any(isinstance(one, TriggerFired) for one in decision.events)
    assert [one.trigger for one in decision.events if isinstance(one, TriggerPassed)] == ["gone"]


def test_an_alarm_that_is_given_up_is_over() -> None:
    """Whatever it was for; another one stays."""
    state = begun(SLOW, DONE)
    (kept,) = state.job.alarms
    gone = Alarm("gone", "1", NOON, "key")
    state = replaced(state, job=replaced(state.job, alarms=(kept, gone)))

    decision = rules.abandon_alarm(state, "key", NOON, MIA)

    assert decision.job.alarms == (kept,)
    assert [one.trigger for one in decision.events if isinstance(one, TriggerPassed)] == ["gone"]
