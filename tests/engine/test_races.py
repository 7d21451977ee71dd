"""What somebody saves or does between the reading and the commit of a command."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from pipeflow import CreateTask, Pipeline, Stage, TaskTemplate
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Changes
from pipeflow.testing import World

TASK = TaskTemplate("Prepare")
OTHER = TaskTemplate("Review")


class Interrupted(MemoryStore):
    """A store in which something happens just before the next commit that is not its own."""

    def __init__(self) -> None:
        """Begin with nothing to happen."""
        super().__init__()
        self.before_commit: Callable[[], object] = lambda: None

    def commit(self, changes: Changes, /) -> None:
        """Let it happen, once, and then commit."""
        happening, self.before_commit = self.before_commit, lambda: None
        happening()
        super().commit(changes)


def test_a_start_fires_what_the_stage_does_at_its_commit() -> None:
    """A pipeline that is saved between the reading and the commit is taken as it then is."""
    store = Interrupted()
    world, elsewhere = World(store=store), World(store=store)
    tax = Pipeline("Tax", [Stage("Work", [CreateTask(TASK)])])
    tax, *_ = world.engine.save(tax, TASK, OTHER)
    account = world.account()
    edited = attrs.evolve(tax, stages=[Stage("Work", [CreateTask(OTHER)])])
    store.before_commit = lambda: elsewhere.engine.save(edited)

    job = world.engine.start("tax", account)

    assert [item.name for item in job.items] == ["Review"]
