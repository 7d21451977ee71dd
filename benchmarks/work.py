"""The work that every contender does: the plan of stages, and the tally that proves it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

import attrs


@attrs.frozen
class StagePlan:
    """What entering one stage does: one tag update, one conditional email, one task."""

    name: str
    add: str
    remove: str | None
    condition: str
    subject: str
    task: str


def _plan(*names: str) -> tuple[StagePlan, ...]:
    tags = [f"at-{name}" for name in names]
    return tuple(
        StagePlan(
            name=name,
            add=tag,
            remove=before,
            condition=tag,
            subject=f"Your return: {name}",
            task=f"Do {name}",
        )
        for name, tag, before in zip(names, tags, [None, *tags], strict=False)
    )


PLAN = _plan("intake", "documents", "preparation", "review", "billing", "done")
"""Six stages; each tag update sets the tag that the email after it asks for: order matters."""

BY_NAME = {stage.name: stage for stage in PLAN}
"""The plan by the stage's name, for contenders whose callbacks know only that."""

MOVES = len(PLAN) - 1
"""Moves a job: the task of every stage but the last is completed, and that moves the job."""

AUTOMATIONS = 3 * len(PLAN)
"""Automations a job, all of which act."""

COMMANDS = 1 + MOVES
"""Commands a job: one start and one completed task for each move."""


class Task:
    """What a hand-written host would keep of a task."""

    __slots__ = ("done", "job", "name")

    def __init__(self, job: str, name: str) -> None:
        self.job = job
        self.name = name
        self.done = False


class Host:
    """The world outside of a contender: an outbox and a task list, both plain lists."""

    __slots__ = ("emails", "tasks")

    def __init__(self) -> None:
        self.emails: list[object] = []
        self.tasks: list[object] = []


@attrs.frozen(kw_only=True)
class Tally:
    """What a contender did, counted after the clock was stopped."""

    jobs: int
    moves: int
    emails: int
    tasks: int
    tags: frozenset[frozenset[str]]
    finished: int
    history: int

    def problems(self, jobs: int) -> list[str]:
        """Say where this differs from the work that `jobs` jobs ask for.

        Args:
            jobs: How many jobs the contender was asked to run.

        Returns:
            One sentence for each difference; empty when the work was done.
        """
        wanted: dict[str, object] = {
            "jobs": jobs,
            "moves": jobs * MOVES,
            "emails": jobs * len(PLAN),
            "tasks": jobs * len(PLAN),
            "tags": frozenset({frozenset({PLAN[-1].add})}),
            "finished": jobs,
        }
        found = [
            f"{name}: wanted {value!r}, found {getattr(self, name)!r}"
            for name, value in wanted.items()
            if getattr(self, name) != value
        ]
        entries = jobs * (MOVES + AUTOMATIONS)
        if self.history < entries:
            found.append(f"history: wanted at least {entries} entries, found {self.history}")
        return found


class WrongWorkError(AssertionError):
    """A contender was timed and had not done what the others did: its figures mean nothing."""


class Contender(ABC):
    """One way to run jobs through the plan; a fresh one serves one round and keeps its jobs.

    What `__init__` does is not timed: it gets definitions and accounts ready.
    """

    name: ClassVar[str]
    """How the tables call it."""

    share: ClassVar[float] = 1.0
    """How much of the jobs of a round it is given; less for one that is slow, see `affords`."""

    def __init__(self, jobs: int) -> None:
        """Get ready for `jobs` jobs.

        Args:
            jobs: How many jobs `run` will take from their start to the last stage.
        """
        self.jobs = jobs
        self.host = Host()

    @classmethod
    def affords(cls, jobs: int) -> int:
        """Say how many jobs of a round this is given, so that a slow one does not hold up the run.

        Its time and its bytes are a job's all the same.

        Args:
            jobs: How many jobs a round has.

        Returns:
            Its share of them, at least one.
        """
        return max(1, round(jobs * cls.share))

    @abstractmethod
    def run(self) -> None:
        """Take every job from its start to the last stage: the timed part."""

    @abstractmethod
    def tally(self) -> Tally:
        """Count what was done."""

    def close(self) -> None:
        """Let go of what would outlive this: files, threads."""

    def verify(self) -> None:
        """Compare the tally with the plan.

        Raises:
            WrongWorkError: The work was not done in full.
        """
        if problems := self.tally().problems(self.jobs):
            raise WrongWorkError(f"{self.name} did not do the work. " + "; ".join(problems))


class Entrant(Protocol):
    """Who takes part in rounds: the class of a contender, or what makes one in a certain way."""

    @property
    @abstractmethod
    def name(self) -> str:
        """How the tables call it."""

    @abstractmethod
    def affords(self, jobs: int, /) -> int:
        """Say how many jobs of a round it is given."""

    @abstractmethod
    def __call__(self, jobs: int, /) -> Contender:
        """Make a fresh contender, ready for so many jobs."""
