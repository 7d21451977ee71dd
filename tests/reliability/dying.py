"""Processes that die, and what a firm is kept in, which outlives them."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp
from typing import Any, TypeAlias
from weakref import finalize

from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Clock, DueState, Store
from tests.reliability.outside import in_hand
from tests.reliability.watching import Act, Watched, statements

__all__ = ["Death", "Fate", "InFile", "InMemory", "Keep", "Killed"]

# When a process dies: at which of its moments, and whether what it was about to do is still done.
Death: TypeAlias = tuple[int, bool]


class Killed(BaseException):
    """The process is gone; nothing of it goes on."""


class Fate:
    """Counts the moments at which a process may die, and lets it die when it shall."""

    def __init__(self) -> None:
        """Begin with nobody about to die."""
        self.moments = 0
        self.deaths: list[Death] = []
        self.last: Act = lambda: None  # what is done at the very instant of a death
        self.dead = False

    def go_on(self) -> None:
        """Begin the life of the next process; its moments are counted anew."""
        self.moments, self.dead = 0, False
        self.deaths = self.deaths[1:]

    def meet(self, act: Act) -> Any:
        """Live through a moment; whoever is dead does nothing any more."""
        if self.dead:
            raise Killed
        self.moments += 1
        number, acts = self.deaths[0] if self.deaths else (0, False)
        if self.moments == number and not acts:
            self._die()
        answer = act()
        if self.moments == number:
            self._die()
        return answer

    def _die(self) -> None:
        self.dead = True
        self.last()
        raise Killed


class Mortal(Watched):
    """A store at each call of which its process may die, before the call acts or after it."""

    def __init__(self, inner: Store, fate: Fate) -> None:
        """Begin a process."""
        super().__init__(inner)
        self.fate = fate

    def around(self, name: str, call: partial[Any]) -> Any:
        """Live through a call."""
        return self.fate.meet(call)


class Keep(ABC):
    """What a firm is kept in."""

    begun = False  # whether there is a firm in it from the start

    def __init__(self, fate: Fate) -> None:
        """Begin with nothing."""
        self.fate = fate

    @abstractmethod
    def opened(self, clock: Clock) -> Store:
        """Open it for a process that has just begun, and may die at any call."""

    @abstractmethod
    def holds(self, key: str) -> bool:
        """Tell, as somebody who looks from outside, whether a due row is in somebody's hands."""

    @contextmanager
    def watched(self) -> Iterator[None]:
        """See more of its processes than their calls, where that is wanted."""
        yield

    def faults(self) -> tuple[str, ...]:
        """Return what is damaged in it."""
        return ()


class InMemory(Keep):
    """A store in memory, which lasts here, since nobody but its processes dies."""

    def __init__(self, fate: Fate) -> None:
        """Begin with nothing."""
        super().__init__(fate)
        self._store = MemoryStore()

    def opened(self, clock: Clock) -> Store:
        """Give the one store there is."""
        self._store.clock = clock
        return Mortal(self._store, self.fate)

    def holds(self, key: str) -> bool:
        """Look into the store, past the process."""
        found = self._store.due("default", key)
        return found is not None and found.state is DueState.LEASED


class InFile(Keep):
    """A file, of which the next process finds what was on the disk when the one before it died.

    So the connections of the dead may do what they want: they have a copy that nobody reads.
    """

    def __init__(
        self,
        fate: Fate,
        *,
        kind: type[SqliteStore] = SqliteStore,
        multiprocess: bool = False,
        deep: bool = False,
        like: Path | None = None,
    ) -> None:
        """Begin in a folder of its own.

        Args:
            fate: When processes die.
            kind: Of the store that its processes open it with.
            multiprocess: Whether the journal is the one for several processes.
            deep: Whether they may die at each statement, and not at each call.
            like: A file that this one begins as.
        """
        super().__init__(fate)
        self.kind, self.multiprocess, self.deep = kind, multiprocess, deep
        self.folder = Path(mkdtemp(prefix="pipeflow-"))
        finalize(self, rmtree, self.folder, ignore_errors=True)
        self.path = self.folder / "0" / "firm.db"
        self.path.parent.mkdir()
        if like is not None:
            copyfile(like, self.path)
            self.begun = True
        self._number = 0
        self._store: SqliteStore | None = None
        fate.last = self._photograph

    def __str__(self) -> str:
        """Say what it is."""
        return "a file of several processes" if self.multiprocess else "a file"

    def _photograph(self) -> None:
        """Keep the file and its journals as they are on the disk, for who comes next."""
        self._number += 1
        now = self.folder / str(self._number)
        now.mkdir()
        for name in ("firm.db", "firm.db-wal", "firm.db-journal"):
            if (before := self.path.with_name(name)).exists():
                copyfile(before, now / name)
        self.path = now / "firm.db"

    def opened(self, clock: Clock) -> Store:
        """Open the file as the last process left it."""
        self._store = store = self.kind(
            self.path, synchronous="normal", multiprocess=self.multiprocess, clock=clock
        )
        store._file.synchronous = "off"  # no power cut comes, so nobody waits for the disk
        return store if self.deep else Mortal(store, self.fate)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Let processes die at their statements, if these count.

        They have hardly any memory for pages, so that much of a commit is on the disk before it.
        """

        def watch(db: sqlite3.Connection, sql: str, act: Act) -> Any:
            if sql == "PRAGMA trusted_schema = OFF":  # the first word of each connection
                sqlite3.Connection.execute(db, "PRAGMA cache_size = 2")
            return self.fate.meet(act)

        if not self.deep:
            yield
            return
        with statements(watch, self.kind):
            yield

    def holds(self, key: str) -> bool:
        """Look into the file with a connection of another program."""
        return in_hand(self.path, key)

    def faults(self) -> tuple[str, ...]:
        """Look at every page and every value."""
        with SqliteStore(self.path, multiprocess=self.multiprocess) as store:
            return store.check()
