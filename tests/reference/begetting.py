"""Walks in which jobs start others, by hand or with a host that answers late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from pipeflow import Automation, Pipeline, Repeat, StartJob
from tests.reference.drawing import condition, pipeline
from tests.reference.handing import HandingWalk
from tests.reference.walking import Walk
from tests.reliability.chance import Random

__all__ = ["HandingStartsWalk", "StartsWalk"]


def _starting(chance: Random, found: Pipeline) -> Pipeline:
    """Let what fires automations in a pipeline start jobs of the second one, here and there."""

    def with_starts(several: Sequence[Automation]) -> list[Automation]:
        longer = [*several]
        while chance.random() < 0.3:
            when = condition(chance) if chance.random() < 0.25 else None
            repeat = chance.choice([Repeat.ALWAYS, Repeat.ONCE])
            longer.insert(chance.randint(0, len(longer)), StartJob("q", when=when, repeat=repeat))
        return longer

    def triggers(several: Sequence[Any]) -> list[Any]:
        return [evolve(one, automations=with_starts(one.automations)) for one in several]

    stages = [
        evolve(one, automations=with_starts(one.automations), triggers=triggers(one.triggers))
        for one in found.stages
    ]
    statuses = [evolve(one, automations=with_starts(one.automations)) for one in found.statuses]
    return evolve(found, stages=stages, statuses=statuses, triggers=triggers(found.triggers))


class StartsWalk(Walk):
    """The first pipeline starts jobs of the second."""

    def draw(self, chance: Random, name: str) -> Pipeline:
        """Draw a pipeline."""
        found = pipeline(chance, name)
        return _starting(chance, found) if name == "P" else found


class HandingStartsWalk(HandingWalk):
    """The same, while requests wait until somebody fetches them."""

    draw = StartsWalk.draw
