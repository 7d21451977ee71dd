"""Triggers within an hour of their time are not late, and explanations know that (R-35)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeflow import SendEmail, Stage, TimeInStage
from tests.scenarios.test_what_triggers_fire import NUDGE, begun, fired, world_of


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("minutes", [1, 5, 60, 61, 600])
def test_what_an_explanation_says_of_a_trigger_is_what_the_next_tick_does(
    minutes: int, *, skips: bool
) -> None:
    """Whoever ticks each five minutes reads of none that it is passed over, and sees it fire."""
    trigger = TimeInStage(1, [SendEmail(NUDGE)], skip_if_late=skips)
    world = world_of(Stage("Collect", triggers=[trigger]))
    job = begun(world)
    world.clock.advance(days=1, minutes=minutes)

    told = str(world.engine.explain(job))
    world.engine.tick()

    due = f"{job.entered + timedelta(days=1):%Y-%m-%d %H:%M} UTC"
    what = {(): "is passed over", (False,): "fires at the next tick", (True,): "fires late"}
    came = tuple(late for _, late in fired(world, job))
    assert f"(send email 'Nudge') was due {due}, and {what[came]}" in told
