"""pipeflow on its store in a file."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.files import InFile
from benchmarks.with_pipeflow import Outbox, TaskList, WithPipeflow
from pipeflow import Ports
from pipeflow.adapters.sqlite import SqliteStore


class WithPipeflowInFile(InFile, WithPipeflow):
    """pipeflow on `SqliteStore`; the receipt of each request is kept before the next one leaves.

    So it is with every port that does not say otherwise: a crash repeats one request at most.
    """

    name: ClassVar[str] = "pipeflow"

    def store(self) -> SqliteStore:
        """Keep everything in a file, at the level asked for."""
        self.file = SqliteStore(self.path, synchronous=self.level)
        return self.file

    def close(self) -> None:
        """Close the store and remove its file."""
        self.file.close()
        super().close()


class SureOutbox(Outbox):
    """Mail by a service that sends nothing twice under one key."""

    honours_keys: ClassVar[bool] = True


class SureTaskList(TaskList):
    """Tasks of a host that makes nothing twice under one key."""

    honours_keys: ClassVar[bool] = True


class WithSurePorts(WithPipeflowInFile):
    """The same with ports that honour the keys of requests: receipts of a pass share a commit."""

    name: ClassVar[str] = "pipeflow, keys honoured"

    def ports(self) -> Ports:
        """Give the engine ports that say so."""
        return Ports(email=SureOutbox(self.host.emails), tasks=SureTaskList(self.host.tasks))
