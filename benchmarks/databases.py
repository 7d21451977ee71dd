"""Contenders whose work lasts in a PostgreSQL of its own, each in its schema."""

from __future__ import annotations

from functools import cache
from itertools import count

from sqlalchemy import Engine, NullPool, create_engine, func, select, text

from benchmarks.files import Lasting, Level
from pipeflow.adapters.sqlalchemy import SqlStore
from tests.postgres import Server

NUMBERS = count(1)

ON = {"full": "on", "normal": "off"}
"""What PostgreSQL calls the levels: `synchronous_commit`, of which off is quicker."""


@cache
def server() -> Server:
    """Start a server on this machine that waits for its disk; it goes when this process ends."""
    return Server("-c max_connections=50")


class InDatabase(Lasting):
    """A contender that keeps its jobs in the tables of pipeflow, found by the search path."""

    def __init__(self, jobs: int, level: Level = "full") -> None:
        """Get ready for `jobs` jobs."""
        self.level: Level = level
        self.schema = f"bench_{next(NUMBERS)}"
        options = f"-c search_path={self.schema} -c synchronous_commit={ON[level]}"
        self.url = server().url
        self.database: Engine = create_engine(self.url, connect_args={"options": options})
        self.options = options
        self._told(f"CREATE SCHEMA {self.schema}")
        SqlStore.create(self.database)
        super().__init__(jobs, level)

    def weigh(self) -> int:
        """Weigh the tables and their indexes, without what was deleted in them."""
        tables = [table.name for table in SqlStore.tables().sorted_tables]
        self._told(*(f"VACUUM FULL {self.schema}.{table}" for table in tables))
        with self.database.connect() as connection:
            sizes = (func.pg_total_relation_size(table) for table in tables)
            return sum(connection.execute(select(*sizes)).one())

    def close(self) -> None:
        """Take the schema away."""
        self.database.dispose()
        self._told(f"DROP SCHEMA {self.schema} CASCADE")

    def _told(self, *statements: str) -> None:
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))


def rows_and_bytes(database: Engine) -> dict[str, tuple[int, int]]:
    """Count the rows of every table of pipeflow, and the bytes of the values in them.

    Args:
        database: Which, with the schema in its search path.

    Returns:
        For each table its rows and its bytes.
    """
    found = {}
    with database.connect() as connection:
        for table in SqlStore.tables().sorted_tables:
            bytes_ = " + ".join(f"coalesce(octet_length({one.name}::text), 0)" for one in table.c)
            sql = f"SELECT count(*), coalesce(sum({bytes_}), 0) FROM {table.name}"  # noqa: S608
            rows, weight = connection.execute(text(sql)).one()
            found[table.name] = (int(rows), int(weight))
    return found
