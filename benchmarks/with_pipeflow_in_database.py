"""pipeflow on its store in PostgreSQL."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.databases import InDatabase
from benchmarks.with_pipeflow import WithPipeflow
from benchmarks.with_pipeflow_in_file import SureOutbox, SureTaskList
from pipeflow import Ports
from pipeflow.adapters.sqlalchemy import SqlStore


class WithPipeflowInDatabase(InDatabase, WithPipeflow):
    """pipeflow on `SqlStore`, by psycopg, one thread; ports as those beside the store in a file."""

    name: ClassVar[str] = "pipeflow in PostgreSQL"

    def store(self) -> SqlStore:
        """Keep everything in the database."""
        self.kept = SqlStore(self.database)
        return self.kept


class WithSurePortsInDatabase(WithPipeflowInDatabase):
    """The same with ports that honour the keys of requests: receipts of a pass share a commit."""

    name: ClassVar[str] = "pipeflow in PostgreSQL, keys honoured"

    def ports(self) -> Ports:
        """Give the engine ports that say so."""
        return Ports(email=SureOutbox(self.host.emails), tasks=SureTaskList(self.host.tasks))
