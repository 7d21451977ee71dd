"""Trails of published pipelines: whatever happened to a job followed from one of its commands."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeflow import Event, Job, ReminderSent
from pipeflow.testing import World
from tests.pipelines.walks import PACKAGES, Journey, bundle, follow, walks


def by_itself(event: Event) -> bool:
    """Tell whether it is a reminder that its time alone brought about."""
    return isinstance(event, ReminderSent) or "/reminder/" in getattr(event, "key", "")


def trails(world: World, job: Job) -> list[list[Event]]:
    """Return the job's events as each command's trail tells them."""
    found = []
    last = world.engine.trace(job).number
    for number in range(1, last + 1):
        trail = world.engine.trace(job, number)
        told = [one.event for one in trail.command if one.job == job.id]
        found.append([event for event in told if event is not None])
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_that_happened_stands_in_one_trail(package: str) -> None:
    """But for reminders, which nobody commands; and no trail tells what is no event."""
    for walk in walks(package):
        journey = Journey(bundle(walk.package), tags=walk.tags)
        follow(journey, walk)
        world = journey.world
        for job in world.engine.jobs():
            history = world.engine.history(job)
            told = Counter(repr(event) for one in trails(world, job) for event in one)
            every = Counter(repr(event) for event in history if not by_itself(event))

            assert told - Counter(map(repr, history)) == Counter()
            assert every - told == Counter()
