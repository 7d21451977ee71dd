"""Threads that take turns by lot, at every call of the store: one seed, one interleaving."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pipeflow import PipeflowError
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Changes, RowKey, Settle, Store
from tests.reliability.chance import Random

__all__ = ["Lasting", "Scheduled", "Turns"]

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


class Scheduled(MemoryStore):
    """A store before each of whose calls another thread may go on.

    It notes what was written, and what was settled by somebody who no longer held it.
    """

    def __init__(self) -> None:
        """Begin without turns."""
        super().__init__()
        self.turns: Turns | None = None
        self.refused: Counter[str] = Counter()
        self.written: list[tuple[RowKey, int]] = []  # keys, and the versions that were replaced
        self.tokens: dict[str, int] = {}  # of the last who was handed a row
        self.stale: list[Settle] = []

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


class Lasting(Scheduled):
    """One that outlives its engines, so that each receipt is kept before the next request."""

    volatile: ClassVar[bool] = False


def _yielding(name: str) -> Callable[..., Any]:
    """Make the method of that name one before which another thread may go on."""
    method = getattr(MemoryStore, name)

    def call(store: Scheduled, *args: Any, **keywords: Any) -> Any:
        store.step()
        try:
            answer = method(store, *args, **keywords)
        except PipeflowError as error:
            store.refused[type(error).__name__] += 1
            raise
        match name:
            case "claim":
                store.note(answer)
            case "commit":
                store.note(args[0])
            case "settle" if answer:
                store.note(args[1])
            case _:
                pass
        return answer

    return call


for _name in sorted(Store.__abstractmethods__):
    setattr(Scheduled, _name, _yielding(_name))
