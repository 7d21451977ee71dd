"""Random walks through random pipelines: after every step the history explains the state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from pipeflow import (
    DefinitionError,
    Item,
    Job,
    NotAllowedError,
    NotFoundError,
    PaymentReceived,
    Rejected,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.testing import World
from tests.reliability.chance import Random, seeded
from tests.reliability.walking import check, fact, opened

REFUSED = (NotAllowedError, NotFoundError, DefinitionError)
STEPS = (
    *["record"] * 6, *["pass", "fail"] * 2, "move", "tag", "start", "link", "unlink", "status",
    "transfer", "remind", "retry", "abandon", "reevaluate",
)  # fmt: skip


class Walk:
    """One walk of up to three jobs."""

    def __init__(self, seed: int) -> None:
        """Open a firm and start its first job."""
        self.chance: Random = seeded(seed)
        self.world: World = opened(self.chance, MemoryStore())
        self.engine = self.world.engine
        self.jobs: list[str] = []
        self.taken: Counter[str] = Counter()
        self.start()

    def start(self) -> None:
        """Start a job, unless there are three."""
        if len(self.jobs) < 3:
            self.jobs.append(self.engine.start("p", self.chance.choice("ab")).id)

    def take(self, step: str) -> None:
        """Take one step; what may not be done is refused, and is no step."""
        job = self.engine.job(self.chance.choice(self.jobs))
        if step in {"record", "unlink", "remind"} and not job.items:
            return
        steps: dict[str, Callable[[], object]] = {
            "record": lambda: self.record(job, self.chance.choice(job.items[-6:])),
            "move": lambda: self.move(job),
            "tag": lambda: self.engine.tag(
                job.account, add={self.chance.choice(["red", "blue", "green"])}
            ),
            "pass": lambda: self.world.advance(days=self.chance.choice([0.5, 1, 3])),
            "start": self.start,
            "link": lambda: self.engine.link(
                job,
                f"d-{self.chance.randint(0, 2)}",
                "approval",
                completed=self.chance.random() < 0.2,
            ),
            "unlink": lambda: self.engine.unlink(job, self.chance.choice(job.items)),
            "status": lambda: self.engine.set_status(
                job, self.chance.choice(["Active", "Active", "Completed", "Archived", "On hold"])
            ),
            "transfer": lambda: self.engine.transfer(job, self.chance.choice("pq")),
            "remind": lambda: self.engine.remind(self.chance.choice(job.items)),
            "fail": self.fail,
            "retry": lambda: [self.engine.retry(one.key) for one in self.engine.failures()[:2]],
            "abandon": lambda: [self.engine.abandon(one.key) for one in self.engine.failures()[:1]],
            "reevaluate": lambda: self.engine.reevaluate(job),
        }
        with suppress(*REFUSED):
            steps[step]()

    def move(self, job: Job) -> None:
        """Move a job to any stage, leaving some automations out."""
        stage = self.chance.choice(self.engine.pipeline(job.pipeline).stages)
        skip = [one for one in stage.automations if self.chance.random() < 0.2]
        self.engine.move(job, stage, skip=skip)

    def fail(self) -> None:
        """Let a port be down for a while, or refuse."""
        world = self.world
        port = self.chance.choice([world.tasks, world.invoices, world.email, world.organizers])
        error = self.chance.choice([ConnectionError("down"), Rejected("no")])
        port.fail_next(error, times=self.chance.randint(1, 3))  # type: ignore[attr-defined]

    def record(self, job: Job, item: Item) -> None:
        """Record a fact twice: the second time changes nothing."""
        told = fact(self.chance, item.kind)
        self.engine.record(item, told)
        once = self.engine.job(job)
        if isinstance(told, PaymentReceived) and told.reference is None:
            return
        try:
            twice = self.engine.record(item, told)
        except NotAllowedError:
            return
        assert _told(twice) == _told(once), told


def _told(job: Job) -> object:
    """Return what a fact may change in a job."""
    return job.stage, job.visit, job.status, [(i.id, i.state, i.progress) for i in job.items]


@pytest.mark.parametrize("first", range(0, 150, 30))
def test_history_explains_the_state_after_every_step(first: int) -> None:
    """Stage, visit, status, items and reminders follow from the events, whatever happens.

    No automation runs twice in a visit, no job rests where it should move, every reminder to come
    has its row and every row its reminder, and no port takes a key twice.
    """
    for seed in range(first, first + 30):
        walk = Walk(seed)
        world = walk.world
        for _ in range(40):
            walk.take(walk.chance.choice(STEPS))
            check(world, walk.jobs)
        ports = (world.email, world.messages, world.invoices, world.organizers, world.proposals,
                 world.tasks)  # fmt: skip
        for port in ports:
            keys = Counter(request.key for request in port.taken)
            assert all(times == 1 for times in keys.values())


def test_the_walks_go_far() -> None:
    """They meet what they are there for: completions, moves, refusals, statuses and failures."""
    met: Counter[str] = Counter()
    for seed in range(60):
        walk = Walk(seed)
        for _ in range(40):
            walk.take(walk.chance.choice(STEPS))
        for job in walk.jobs:
            met.update(type(event).__name__ for event in walk.engine.history(job))

    wanted = {
        "AutomationRan", "AutomationSkipped", "ItemCompleted", "ItemLinked", "ItemReopened",
        "ItemResolved", "ItemUnlinked", "JobMoved", "JobTransferred", "ReminderSent",
        "RemindersStopped", "RequestAbandoned", "RequestDelivered", "RequestFailed",
        "RequestGivenUp", "RequestRetried", "StageSkipped", "StatusChanged",
    }  # fmt: skip
    assert {name for name in wanted if met[name] < 3} == set()
