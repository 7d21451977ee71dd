"""`eventsourcing`, as its README has it: an aggregate a job, an application that gets and saves it.

It keeps every change as an event with a time and a version, serialized as JSON, and nothing else:
each command rebuilds its job from the events so far, and `save` refuses a version that is taken.
The events lie in memory, in the plain Python objects that are its default, or in a file by its
SQLite recorder; no snapshots, no cache.

Its connections to SQLite write ahead and say nothing of `synchronous`, so that of SQLite holds,
which is full. There is no setting for it: a pool that says normal is put in the place of its own.

An event's method must not act on the world, since it runs again whenever the job is rebuilt.
So the events say what is asked of the host, and the application asks it after `save`.
Nothing keeps whether the host has taken a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteFactory
from eventsourcing.utils import Environment, EnvType

from benchmarks.files import InFile
from benchmarks.work import BY_NAME, MOVES, PLAN, Contender, Host, Tally, Task

IN_MEMORY = {"PERSISTENCE_MODULE": "eventsourcing.popo"}
"""Where an application keeps its events unless it is told otherwise."""

FOLLOWING = {stage.name: following.name for stage, following in pairwise(PLAN)}
"""The stage after each."""


class Job(Aggregate):
    """A job, rebuilt from its events for every command."""

    class Started(Aggregate.Created):
        """The job was made, in its first stage."""

        title: str

    class Moved(Aggregate.Event):
        """The open task was completed, which moved the job."""

        stage: str

    class TagsUpdated(Aggregate.Event):
        """The tag of the stage before was swapped for this one's."""

        add: str
        remove: str | None

    class EmailRequested(Aggregate.Event):
        """The client is to be written to."""

        subject: str

    class TaskRequested(Aggregate.Event):
        """The team is to be given a task."""

        task: str

    @event(Started)
    def __init__(self, title: str) -> None:
        self.title = title
        self.stage = PLAN[0].name
        self.tags: set[str] = set()
        self.open_task: str | None = None

    def run_automations(self) -> None:
        """Do what entering the stage does, in order."""
        stage = BY_NAME[self.stage]
        self._update_tags(add=stage.add, remove=stage.remove)
        if stage.condition in self.tags:
            self._request_email(subject=stage.subject)
        self._request_task(task=stage.task)

    def complete_task(self) -> None:
        """Tick the task off, which moves the job."""
        self._move(stage=FOLLOWING[self.stage])
        self.run_automations()

    @event(Moved)
    def _move(self, stage: str) -> None:
        self.open_task = None
        self.stage = stage

    @event(TagsUpdated)
    def _update_tags(self, add: str, remove: str | None) -> None:
        if remove is not None:
            self.tags.discard(remove)
        self.tags.add(add)

    @event(EmailRequested)
    def _request_email(self, subject: str) -> None:
        """Change nothing of the job: that it happened is kept."""

    @event(TaskRequested)
    def _request_task(self, task: str) -> None:
        self.open_task = task


class Season(Application[UUID]):
    """The commands of the work; each saves its job before the host hears of it."""

    def __init__(self, host: Host, env: Mapping[str, str] = IN_MEMORY) -> None:
        super().__init__(env=env)
        self.host = host

    def start_job(self, title: str) -> UUID:
        """Start a job.

        Args:
            title: What it is called.

        Returns:
            The id by which to speak of it.
        """
        job = Job(title)
        job.run_automations()
        self._save_and_ask(job)
        return job.id

    def complete_task(self, job_id: UUID) -> None:
        """Tick a job's open task off."""
        job: Job = self.repository.get(job_id)
        job.complete_task()
        self._save_and_ask(job)

    def _save_and_ask(self, job: Job) -> None:
        for recording in self.save(job):
            match recording.domain_event:
                case Job.EmailRequested(subject=subject):
                    self.host.emails.append((job.title, subject))
                case Job.TaskRequested(task=task):
                    self.host.tasks.append(Task(job.title, task))
                case _:
                    pass


class WithEventsourcing(Contender):
    """eventsourcing: `Aggregate` with explicit event classes, `Application` with defaults."""

    name: ClassVar[str] = "eventsourcing"
    share: ClassVar[float] = 0.1

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs)
        self.season = Season(self.host, self.environment())
        self.resident: list[UUID] = []

    def environment(self) -> Mapping[str, str]:
        """Say where the events are kept."""
        return IN_MEMORY

    def run(self) -> None:
        """Take every job from its start to the last stage."""
        for number in range(self.jobs):
            job_id = self.season.start_job(f"job-{number}")
            for _ in range(MOVES):
                self.season.complete_task(job_id)
            self.resident.append(job_id)

    def tally(self) -> Tally:
        """Count what was done, from the stored events and the jobs that they make."""
        histories = [list(self.season.events.get(job_id)) for job_id in self.resident]
        jobs: list[Job] = [self.season.repository.get(job_id) for job_id in self.resident]
        return Tally(
            jobs=len(jobs),
            moves=sum(isinstance(found, Job.Moved) for history in histories for found in history),
            emails=len(self.host.emails),
            tasks=len(self.host.tasks),
            tags=frozenset(frozenset(job.tags) for job in jobs),
            finished=sum(job.stage == PLAN[-1].name for job in jobs),
            history=sum(len(history) for history in histories),
        )


class PoolAtNormal(SQLiteConnectionPool):
    """Connections that do not wait for the disk at each commit."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        connection.cursor().execute("PRAGMA synchronous = normal")
        return connection


class FactoryAtNormal(SQLiteFactory):
    """The recorders of `eventsourcing.sqlite`, on such connections."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore.pool = PoolAtNormal(db_name=self.datastore.pool.db_name)


FACTORIES = {
    "full": "eventsourcing.sqlite",
    "normal": f"{__name__}:{FactoryAtNormal.__name__}",
}
"""By level, where an application finds its recorders."""


class WithEventsourcingInFile(InFile, WithEventsourcing):
    """eventsourcing with its SQLite recorder: a commit a command, and none of receipts."""

    share: ClassVar[float] = 1.0

    def environment(self) -> Mapping[str, str]:
        """Keep the events in a file, at the level asked for."""
        return {"PERSISTENCE_MODULE": FACTORIES[self.level], "SQLITE_DBNAME": str(self.path)}

    def close(self) -> None:
        """Close the application and remove its file."""
        self.season.close()
        super().close()
