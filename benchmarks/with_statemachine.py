"""`python-statemachine`, as its tutorial has it: a `StateChart` a job, actions on enter."""

from __future__ import annotations

from typing import Any, ClassVar

from statemachine import State, StateChart

from benchmarks.work import BY_NAME, MOVES, PLAN, Contender, Host, Tally, Task

ON_ENTER = ["note_entry", "update_tags", "send_email", "create_task"]


class Job(StateChart[Any]):
    """A job; entering its initial state runs that state's actions too."""

    intake = State(initial=True, enter=ON_ENTER)
    documents = State(enter=ON_ENTER)
    preparation = State(enter=ON_ENTER)
    review = State(enter=ON_ENTER)
    billing = State(enter=ON_ENTER)
    done = State(final=True, enter=ON_ENTER)

    advance = (
        intake.to(documents)
        | documents.to(preparation)
        | preparation.to(review)
        | review.to(billing)
        | billing.to(done)
    )

    def __init__(self, title: str, host: Host) -> None:
        self.title = title
        self.host = host
        self.tags: set[str] = set()
        self.log: list[tuple[str, str]] = []
        self.task: Task | None = None
        super().__init__()

    def note_entry(self, target: State) -> None:
        """Keep the move."""
        self.log.append(("entered", target.id))

    def update_tags(self, target: State) -> None:
        """Swap the tag of the stage before for this one's."""
        stage = BY_NAME[target.id]
        if stage.remove is not None:
            self.tags.discard(stage.remove)
        self.tags.add(stage.add)
        self.log.append(("tags", stage.name))

    def send_email(self, target: State) -> None:
        """Write to the client if the tag is there."""
        stage = BY_NAME[target.id]
        if stage.condition in self.tags:
            self.host.emails.append((self.title, stage.subject))
            self.log.append(("email", stage.name))

    def create_task(self, target: State) -> None:
        """Give the team its task."""
        stage = BY_NAME[target.id]
        self.task = Task(self.title, stage.task)
        self.host.tasks.append(self.task)
        self.log.append(("task", stage.name))

    def complete_task(self) -> None:
        """Tick the task off, which moves the job."""
        if self.task is not None:
            self.task.done = True
        self.send("advance")


class WithStatemachine(Contender):
    """python-statemachine: `StateChart`, the class of its quick start and tutorial."""

    name: ClassVar[str] = "python-statemachine"

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
            moves=sum(kind == "entered" for job in self.resident for kind, _ in job.log)
            - len(self.resident),
            emails=len(self.host.emails),
            tasks=len(self.host.tasks),
            tags=frozenset(frozenset(job.tags) for job in self.resident),
            finished=sum(PLAN[-1].name in job.configuration_values for job in self.resident),
            history=sum(len(job.log) for job in self.resident),
        )
