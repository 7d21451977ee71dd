"""Threads that take turns by lot, at every call of a store: one seed, one interleaving."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from sqlite3 import Connection
from typing import Any, ClassVar

from pipeflow import PipeflowError
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Changes, RowKey, Settle, Store
from tests.reliability.chance import Random
from tests.reliability.watching import Act, Watched, statements, writes

__all__ = ["Notes", "Passing", "Scheduled", "Turns", "yielding"]

PATIENCE = 30  # seconds after which a thread that never gets its turn is called hung


class Turns:
    """Lets one of several threads run at a time; who is next is drawn at every step."""

    def __init__(self, chance: Random) -> None:
        """Begin with nobody running."""
        self._chance = chance
        self._changed = threading.Condition()
        self._alive: list[str] = []
        self._next = ""

    def _draw(self) -> None:
        self._next = self._chance.choice(self._alive) if self._alive else ""
        self._changed.notify_all()

    def _await(self, name: str) -> None:
        if not self._changed.wait_for(lambda: self._next == name, PATIENCE):
            raise TimeoutError(f"{name} never got its turn")

    def step(self) -> None:
        """Let another thread go on here, perhaps; of the threads that do not take turns, none."""
        name = threading.current_thread().name
        with self._changed:
            if name in self._alive:
                self._draw()
                self._await(name)

    def run(self, works: Sequence[Callable[[], object]]) -> None:
        """Run each in a thread of its own until all have ended; raise what any of them raised."""
        raised: list[BaseException] = []

        def worker(work: Callable[[], object]) -> None:
            name = threading.current_thread().name
            try:
                with self._changed:
                    self._await(name)
                work()
            except BaseException as error:  # noqa: BLE001  (told below)
                raised.append(error)
            finally:
                with self._changed:
                    self._alive.remove(name)
                    self._draw()

        threads = [
            threading.Thread(target=worker, args=(work,), name=f"worker-{number}", daemon=True)
            for number, work in enumerate(works)
        ]
        self._alive = [thread.name for thread in threads]
        for thread in threads:
            thread.start()
        with self._changed:
            self._draw()
        for thread in threads:
            thread.join()
        if raised:
            raise raised[0]


class Notes:
    """What was seen of all stores of one firm: what was written, refused, and settled too late."""

    def __init__(self) -> None:
        """Begin without turns."""
        self.turns: Turns | None = None
        self.refused: Counter[str] = Counter()
        self.written: list[tuple[RowKey, int]] = []  # keys, and the versions that were replaced
        self.tokens: dict[str, int] = {}  # of the last who was handed a row
        self.stale: list[Settle] = []  # by somebody who no longer held it

    def step(self) -> None:
        """Let another thread go on, perhaps."""
        if self.turns is not None:
            self.turns.step()

    def note(self, done: object) -> None:
        """Note what was committed, settled or handed out."""
        settles: tuple[Settle, ...] = ()
        if isinstance(done, Changes):
            self.written += [(key, done.expect[key]) for key in done.puts]
            settles = done.settles
        elif isinstance(done, Settle):
            settles = (done,)
        elif isinstance(done, list):
            self.tokens |= {claim.due.key: claim.token for claim in done}
        self.stale += [one for one in settles if one.token != self.tokens.get(one.key, 1)]

    @property
    def gapless(self) -> bool:
        """Whether each version of each row was replaced once, in order."""
        versions: dict[RowKey, list[int]] = {}
        for key, replaced in self.written:
            versions.setdefault(key, []).append(replaced)
        return all(found == [*range(len(found))] for found in versions.values())


class Scheduled(Watched):
    """A store before each of whose calls another thread may go on."""

    def __init__(self, inner: Store, notes: Notes) -> None:
        """Stand in front of a store, and note what is done with it."""
        super().__init__(inner)
        self.notes = notes

    def around(self, name: str, call: partial[Any]) -> Any:
        """Let others go on first, and note what the call did."""
        notes = self.notes
        notes.step()
        try:
            answer = call()
        except PipeflowError as error:
            notes.refused[type(error).__name__] += 1
            raise
        match name:
            case "claim":
                notes.note(answer)
            case "commit":
                notes.note(call.args[0])
            case "settle" if answer:
                notes.note(call.args[1])
            case _:
                pass
        return answer


class Passing(Scheduled):
    """One that goes with its engines, so that receipts are kept together."""

    volatile: ClassVar[bool] = True


@contextmanager
def yielding(notes: Notes, kind: type[SqliteStore] = SqliteStore) -> Iterator[None]:
    """Let others go on before each statement too by which a file is read.

    Whoever writes has the file to himself until he has committed.
    """

    def watch(db: Connection, sql: str, act: Act) -> Any:
        if not (sql.startswith("PRAGMA") or writes(db, kind)):
            notes.step()
        return act()

    with statements(watch, kind):
        yield
