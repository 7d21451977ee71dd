"""`DBOS`, as its documentation has it: a workflow a job, and a step for what the host is asked.

A job is a workflow from its first stage to its last. What the world outside must know of it, its
tags, is an event that it sets; an email and a task are steps; and it waits for a task to be
completed as a workflow waits for a person: it receives a message, which the host sends. Each of
these is a checkpoint of its own, and together they are the history: DBOS keeps what every step
returned, so that it does know whether the host took a request.

It runs many workflows at once, each in a thread, and here all jobs of a round do, since one alone
would mostly wait: on SQLite a message is found by polling, once a second unless it is told to look
more often, as it is here.

Left to itself, DBOS keeps SQLite's rollback journal, whose commits wait for the disk. Here its
connections write ahead and keep the level asked for, as those of the others do; that is said where
its documentation has a place for it, in `db_engine_kwargs`.
"""

from __future__ import annotations

import sqlite3
import sys
from queue import Queue
from typing import Any, ClassVar, cast

from dbos import DBOS, DBOSConfig, WorkflowHandle

from benchmarks.files import InFile, Level
from benchmarks.work import MOVES, PLAN, Host, Tally, Task

if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
    told = f"DBOS asks for SQLite 3.42 on this Python, and it has {sqlite3.sqlite_version}"
    raise ImportError(told)

POLLING = 0.01
"""Seconds between two looks for messages."""

PATIENCE = 3_600
"""Seconds that a job waits for its task."""


class Desk:
    """Where the steps find the host of this round; they are functions, and know no contender."""

    def __init__(self) -> None:
        self.host = Host()
        self.opened: Queue[tuple[str, str]] = Queue()


DESK = Desk()


@DBOS.step()
def send_email(title: str, subject: str) -> None:
    """Write to the client."""
    DESK.host.emails.append((title, subject))


@DBOS.step()
def create_task(title: str, name: str) -> str:
    """Give the team a task.

    Returns:
        The reference by which the host will speak of it.
    """
    DESK.host.tasks.append(Task(title, name))
    return f"t-{len(DESK.host.tasks)}"


@DBOS.workflow()
def season(title: str) -> str:
    """Take a job through the stages; each ends when its task is completed, but for the last.

    Returns:
        The stage in which the job stands in the end.
    """
    job_id = cast("str", DBOS.workflow_id)
    tags: set[str] = set()
    for stage in PLAN:
        if stage.remove is not None:
            tags.discard(stage.remove)
        tags.add(stage.add)
        DBOS.set_event("tags", sorted(tags))
        if stage.condition in tags:
            send_email(title, stage.subject)
        create_task(title, stage.task)
        if stage is not PLAN[-1]:
            DESK.opened.put((job_id, stage.task))
            DBOS.recv(stage.task, timeout_seconds=PATIENCE)
    return PLAN[-1].name


class AtFull(sqlite3.Connection):
    """A connection that writes ahead and waits for the disk at each commit."""

    level: ClassVar[Level] = "full"

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.execute("PRAGMA journal_mode = WAL")
        self.execute(f"PRAGMA synchronous = {self.level}")


class AtNormal(AtFull):
    """A connection that writes ahead and does not wait for the disk."""

    level: ClassVar[Level] = "normal"


CONNECTIONS: dict[Level, type[sqlite3.Connection]] = {"full": AtFull, "normal": AtNormal}


class WithDbos(InFile):
    """DBOS with its system database on SQLite."""

    name: ClassVar[str] = "DBOS"
    share: ClassVar[float] = 0.5

    def __init__(self, jobs: int, level: Level = "full") -> None:
        super().__init__(jobs, level)
        DESK.host = self.host
        config: DBOSConfig = {
            "name": "season",
            "system_database_url": f"sqlite:///{self.path}",
            "db_engine_kwargs": {"connect_args": {"factory": CONNECTIONS[level]}},
            "notification_listener_polling_interval_sec": POLLING,
            "log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.launch()
        self.resident: list[WorkflowHandle[str]] = []

    def run(self) -> None:
        """Start every job, and complete the tasks as they come, until all jobs are in the end."""
        for number in range(self.jobs):
            self.resident.append(DBOS.start_workflow(season, f"job-{number}"))
        for _ in range(self.jobs * MOVES):
            job_id, task = DESK.opened.get()
            DBOS.send(job_id, "completed", topic=task)
        for job in self.resident:
            job.get_result(polling_interval_sec=POLLING)

    def tally(self) -> Tally:
        """Count what was done, from the steps that DBOS has kept of each workflow."""
        steps = [
            step["function_name"]
            for job in self.resident
            for step in DBOS.list_workflow_steps(job.workflow_id)
        ]
        kept = [name for name in steps if name != "DBOS.sleep"]  # the wait for a message
        return Tally(
            jobs=len(self.resident),
            moves=steps.count("DBOS.recv"),
            emails=len(self.host.emails),
            tasks=len(self.host.tasks),
            tags=frozenset(
                frozenset(DBOS.get_event(job.workflow_id, "tags")) for job in self.resident
            ),
            finished=sum(job.get_result() == PLAN[-1].name for job in self.resident),
            history=len(kept),
        )

    def close(self) -> None:
        """End what DBOS runs, and remove the file."""
        DBOS.destroy()
        super().close()
