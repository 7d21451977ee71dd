"""`transitions`, as its README has it: one machine, a model a job, callbacks on enter.

The README says that `on_enter` does not fire for the initial state and proposes a dummy state
before it; here that is `created`. The triggers `to_<state>` are not made: nothing here calls them,
and each would cost every model a method.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from transitions import Machine, State

from benchmarks.work import BY_NAME, MOVES, PLAN, Contender, Host, Tally, Task

ON_ENTER: list[str | Callable[..., bool | None]] = [
    "note_entry",
    "update_tags",
    "send_email",
    "create_task",
]


class Job:
    """The model; the machine adds `state` and the trigger `advance`."""

    state: str
    advance: Callable[[], bool]

    def __init__(self, name: str, host: Host) -> None:
        self.name = name
        self.host = host
        self.tags: set[str] = set()
        self.history: list[tuple[str, str]] = []
        self.task: Task | None = None

    def note_entry(self) -> None:
        """Keep the move."""
        self.history.append(("entered", self.state))

    def update_tags(self) -> None:
        """Swap the tag of the stage before for this one's."""
        stage = BY_NAME[self.state]
        if stage.remove is not None:
            self.tags.discard(stage.remove)
        self.tags.add(stage.add)
        self.history.append(("tags", stage.name))

    def send_email(self) -> None:
        """Write to the client if the tag is there."""
        stage = BY_NAME[self.state]
        if stage.condition in self.tags:
            self.host.emails.append((self.name, stage.subject))
            self.history.append(("email", stage.name))

    def create_task(self) -> None:
        """Give the team its task."""
        stage = BY_NAME[self.state]
        self.task = Task(self.name, stage.task)
        self.host.tasks.append(self.task)
        self.history.append(("task", stage.name))

    def complete_task(self) -> None:
        """Tick the task off, which moves the job."""
        if self.task is not None:
            self.task.done = True
        self.advance()


class WithTransitions(Contender):
    """transitions: `Machine`, not one of its slower subclasses."""

    name: ClassVar[str] = "transitions"

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs)
        self.machine = Machine(
            model=None,
            states=["created", *(State(stage.name, on_enter=ON_ENTER) for stage in PLAN)],
            initial="created",
            auto_transitions=False,
        )
        self.machine.add_ordered_transitions(trigger="advance", loop=False)
        self.resident: list[Job] = []

    def run(self) -> None:
        """Take every job from its start to the last stage."""
        for number in range(self.jobs):
            job = Job(f"job-{number}", self.host)
            self.machine.add_model(job)
            job.advance()
            for _ in range(MOVES):
                job.complete_task()
            self.resident.append(job)

    def tally(self) -> Tally:
        """Count what was done."""
        return Tally(
            jobs=len(self.resident),
            moves=sum(kind == "entered" for job in self.resident for kind, _ in job.history)
            - len(self.resident),
            emails=len(self.host.emails),
            tasks=len(self.host.tasks),
            tags=frozenset(frozenset(job.tags) for job in self.resident),
            finished=sum(job.state == PLAN[-1].name for job in self.resident),
            history=sum(len(job.history) for job in self.resident),
        )
