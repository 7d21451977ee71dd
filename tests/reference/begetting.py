"""Walks in which jobs start others, by hand or with a host that answers late."""

from __future__ import annotations

from attrs import evolve

from pipeflow import Pipeline, Repeat, StartJob
from tests.reference.drawing import condition, pipeline
from tests.reference.handing import HandingWalk
from tests.reference.walking import Walk
from tests.reliability.chance import Random

__all__ = ["HandingStartsWalk", "StartsWalk"]


def _starting(chance: Random, found: Pipeline) -> Pipeline:
    """Let some stages of a pipeline start jobs of the second one."""
    stages = []
    for number, stage in enumerate(found.stages):
        several = [*stage.automations]
        while chance.random() < 0.4:
            when = condition(chance) if chance.random() < 0.25 else None
            repeat = chance.choice([Repeat.ALWAYS, Repeat.ONCE])
            one = StartJob("q", id=f"begin-{number}-{len(several)}", when=when, repeat=repeat)
            several.insert(chance.randint(0, len(several)), one)
        stages.append(evolve(stage, automations=several))
    return evolve(found, stages=stages)


class StartsWalk(Walk):
    """The first pipeline starts jobs of the second."""

    def draw(self, chance: Random, name: str) -> Pipeline:
        """Draw a pipeline."""
        found = pipeline(chance, name)
        return _starting(chance, found) if name == "P" else found


class HandingStartsWalk(HandingWalk):
    """The same, while requests wait until somebody fetches them."""

    draw = StartsWalk.draw
