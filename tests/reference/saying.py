"""A walk on which all that pipeflow says is held against what comes: explanations, and lint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipeflow import Engine, Pipeline, lint
from tests.reference.drawing import TEMPLATES, hopeless
from tests.reference.explaining import check_said, check_time, check_way
from tests.reference.linting import Claims
from tests.reference.walking import Step, Walk
from tests.reliability.chance import Random, seeded

__all__ = ["Saying", "gainsaid"]

OFTEN = 5  # in one step of so many an explanation is tried
BY_HAND = {"status", "restore", "transfer", "undo"}  # steps in which a job is given a status


class Saying(Walk):
    """A walk in a firm whose pipelines have more that can never fire than others."""

    def __init__(
        self, seed: int, *, kind: type[Engine] = Engine, lint: Callable[..., Any] = lint
    ) -> None:
        """Draw a firm, and look its pipelines over."""
        self._lint = lint
        self._claims: dict[str, Claims] = {}
        self._known: dict[str, int] = {}
        self.tried = 0
        super().__init__(seed, kind=kind)
        for one in self.firm.pipelines.values():
            self._look_over(one)

    def draw(self, chance: Random, name: str) -> Pipeline:
        """Draw a pipeline."""
        found = super().draw(chance, name)
        return hopeless(chance, found) if chance.random() < 0.8 else found

    def _look_over(self, one: Pipeline) -> None:
        settings = self.engine.settings()
        found = self._lint(one, [*TEMPLATES, settings, *self.engine.accounts()])
        assert str(found)
        self._claims[one.id] = Claims(one, found, edited=one.id in self._claims)

    def compare(self, step: Step) -> None:
        """Hold all that happened against what lint said, and some of what is explained."""
        super().compare(step)
        for job in self.firm.jobs.values():
            events = [*self.engine.history(job.id)]
            new = events[self._known.get(job.id, 0) :]
            self._known[job.id] = len(events)
            if new:
                theirs = self.engine.job(job.id)
                for claims in self._claims.values():
                    claims.check(theirs, events, new, by_itself=step.name not in BY_HAND)
        if step.name == "edit":
            for one in self.firm.pipelines.values():
                if self._claims[one.id].pipeline is not one:
                    self._look_over(one)
        chance = seeded(step.seed + 1)
        if self.firm.jobs and chance.random() < 1 / OFTEN:
            self._try(chance.choice([*self.firm.jobs]))

    def _try(self, id: str) -> None:
        self.tried += 1
        check_said(self.firm, self.firm.jobs[id], self.engine.explain(id))
        check_way(self.engine.what_if(), id)
        check_time(self.engine.what_if(), id)


def gainsaid(
    seed: int,
    steps: Sequence[Step],
    kind: type[Engine] = Engine,
    lint: Callable[..., Any] = lint,
) -> str:
    """Take the steps; return what was said and is not so, and after which, or nothing."""
    number = 0
    try:
        walk = Saying(seed, kind=kind, lint=lint)
        for number, step in enumerate(steps):  # noqa: B007  (it is told below)
            walk.take(step)
    except Exception as error:  # noqa: BLE001  (whatever goes wrong is what is looked for)
        return f"step {number}: {type(error).__name__}: {error}"
    return ""
