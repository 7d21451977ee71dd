"""The floor: a slotted class, direct calls and list append."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.work import MOVES, PLAN, Contender, Host, StagePlan, Tally, Task


class Job:
    """A job that knows only this one plan."""

    __slots__ = ("at", "history", "host", "name", "tags", "task")

    def __init__(self, name: str, host: Host) -> None:
        self.name = name
        self.host = host
        self.tags: set[str] = set()
        self.history: list[tuple[str, str]] = []
        self.at = 0
        self.task: Task | None = None
        self.enter(PLAN[0])

    def enter(self, stage: StagePlan) -> None:
        """Note the entry and run the stage's automations in order."""
        self.history.append(("entered", stage.name))
        self.update_tags(stage)
        self.send_email(stage)
        self.create_task(stage)

    def update_tags(self, stage: StagePlan) -> None:
        """Swap the tag of the stage before for this one's."""
        if stage.remove is not None:
            self.tags.discard(stage.remove)
        self.tags.add(stage.add)
        self.history.append(("tags", stage.name))

    def send_email(self, stage: StagePlan) -> None:
        """Write to the client if the tag is there."""
        if stage.condition in self.tags:
            self.host.emails.append((self.name, stage.subject))
            self.history.append(("email", stage.name))

    def create_task(self, stage: StagePlan) -> None:
        """Give the team its task."""
        self.task = Task(self.name, stage.task)
        self.host.tasks.append(self.task)
        self.history.append(("task", stage.name))

    def complete_task(self) -> None:
        """Tick the task off, which moves the job."""
        if self.task is not None:
            self.task.done = True
        self.at += 1
        self.enter(PLAN[self.at])


class WithNothing(Contender):
    """Hand-written, no library."""

    name: ClassVar[str] = "floor"

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs)
        self.resident: list[Job] = []

    def run(self) -> None:
        """Take every job from its start to the last stage."""
        for number in range(self.jobs):
            job = Job(f"job-{number}", self.host)
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
            finished=sum(PLAN[job.at] is PLAN[-1] for job in self.resident),
            history=sum(len(job.history) for job in self.resident),
        )
