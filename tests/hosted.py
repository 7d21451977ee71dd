"""The store in a host's database in place of the one in memory, so that suites run on it too."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp
from typing import Any, ClassVar
from weakref import finalize

from sqlalchemy import Engine, create_engine, event

from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sql_texts import Values
from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.ports import Clock

__all__ = ["HostedStore", "OpenedStore", "Unkept", "quick", "with_tables"]


class Unkept(Values):
    """Keeps nothing at hand, so that every value which is read was written and is read."""

    def _keep(self, text: str, value: object) -> None:
        """Forget it."""


class OpenedStore(SqlStore):
    """A store in a file, whose quick engine is closed with it."""

    def __init__(self, path: Path, *, clock: Clock | None = None) -> None:
        """Open the file, which has its tables."""
        self._engine = quick(path)
        super().__init__(self._engine, clock=clock)

    def close(self) -> None:
        """Let go of it."""
        super().close()
        self._engine.dispose()


class HostedStore(OpenedStore):
    """A store that is made like the one in memory, in a database of SQLite that goes with it."""

    volatile: ClassVar[bool] = False

    def __init__(self, *, clock: Clock | None = None) -> None:
        """Begin empty, in a folder of its own."""
        folder = mkdtemp(prefix="pipeflow-")
        super().__init__(with_tables(Path(folder, "firm.db")), clock=clock)
        finalize(self, rmtree, folder, ignore_errors=True)
        finalize(self, self._engine.dispose)
        self._values = Unkept()

    def dump(self) -> dict[str, Any]:
        """Return everything as plain structures, for comparing two moments."""
        memory = MemoryStore(clock=getattr(self, "clock", None))
        for tenant in self.tenants():
            memory.restore(self.export(tenant))
        return memory.dump()


def with_tables(path: Path) -> Path:
    """Make a database with the tables in it; they are made once, and copied."""
    copyfile(_empty(), path)
    return path


@cache
def _empty() -> Path:
    folder = mkdtemp(prefix="pipeflow-")
    finalize(_empty, rmtree, folder, ignore_errors=True)
    path = Path(folder, "empty.db")
    SqlStore.create(f"sqlite:///{path}")
    return path


def quick(path: Path) -> Engine:
    """Return an engine which does not wait for the disk, as no test needs it to."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(
        engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF")
    )
    return engine
