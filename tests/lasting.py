"""The store in a file in place of the one in memory, so that suites of the engine run on it too."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, ClassVar
from weakref import finalize

import pipeflow.adapters.memory
import pipeflow.adapters.overlay  # which is built upon the store in memory itself
import pipeflow.engine.engine
import pipeflow.testing.world
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_packing import Kept
from pipeflow.adapters.sqlite_values import Shares, Texts
from pipeflow.ports import Clock, Store

__all__ = ["FileStore", "put_in_place"]


class Unkept(Texts):
    """Keeps nothing at hand, so that every value which is read was written and is read."""

    def _keep(self, kept: Kept, value: object, size: int) -> None:
        """Forget it."""

    def know(self, shares: Shares) -> None:
        """Forget them."""


class FileStore(SqliteStore):
    """A store that is made like the one in memory, in a file that goes with it."""

    volatile: ClassVar[bool] = False

    def __init__(self, *, clock: Clock | None = None) -> None:
        """Begin empty, in a folder of its own."""
        folder = mkdtemp(prefix="pipeflow-")
        finalize(self, rmtree, folder, ignore_errors=True)
        super().__init__(Path(folder, "firm.db"), synchronous="normal", clock=clock)
        self._texts = Unkept()

    def dump(self) -> dict[str, Any]:
        """Return everything as plain structures, for comparing two moments."""
        memory = MemoryStore(clock=self.clock)
        for tenant in self.tenants():
            memory.restore(self.export(tenant))
        return memory.dump()


def put_in_place(store: type[Store] = FileStore) -> None:
    """Let engines, worlds and tests that ask for a store in memory get one that lasts."""
    for module in (pipeflow.adapters.memory, pipeflow.engine.engine, pipeflow.testing.world):
        module.MemoryStore = store  # type: ignore[attr-defined]
