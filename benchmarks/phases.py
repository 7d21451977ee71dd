"""Where the time of a command goes: pipeflow's journey, phase by phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from benchmarks.measure import still_gc
from benchmarks.work import COMMANDS

RULES, DECISION, RECEIPTS = "rules decide", "the decision is committed", "receipts are committed"
PORTS, REST = "ports are asked", "everything else of the engine"


class Stopwatch:
    """Adds up the seconds spent inside functions, each without those that it watches too."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = []

    def watch(self, function: Callable[..., Any], phase: Callable[[], str]) -> Callable[..., Any]:
        """Make a function that does the same and is watched.

        Args:
            function: What to watch.
            phase: Says under which name its time is added, when it begins.

        Returns:
            The watched function.
        """

        def watched(*args: Any, **more: Any) -> Any:
            name = phase()
            self._inner.append(0.0)
            before = perf_counter()
            try:
                return function(*args, **more)
            finally:
                took = perf_counter() - before
                own = took - self._inner.pop()
                self.seconds[name] = self.seconds.get(name, 0.0) + own
                if self._inner:
                    self._inner[-1] += took

        return watched


@contextmanager
def watched_engine(stopwatch: Stopwatch) -> Iterator[None]:
    """Let the engine's parts be watched for a while."""
    from benchmarks.with_pipeflow import Outbox, TaskList
    from pipeflow import rules
    from pipeflow.adapters.memory import MemoryStore
    from pipeflow.engine.delivery import Delivery

    delivering: list[bool] = []

    def deliver(original: Callable[..., Any]) -> Callable[..., Any]:
        def inside(*args: Any, **more: Any) -> Any:
            delivering.append(True)
            try:
                return original(*args, **more)
            finally:
                delivering.pop()

        return inside

    places: list[tuple[Any, str, Callable[[Callable[..., Any]], Callable[..., Any]]]] = [
        (rules, "complete", lambda f: stopwatch.watch(f, lambda: RULES)),
        (rules, "start", lambda f: stopwatch.watch(f, lambda: RULES)),
        (Outbox, "send", lambda f: stopwatch.watch(f, lambda: PORTS)),
        (TaskList, "create", lambda f: stopwatch.watch(f, lambda: PORTS)),
        (
            MemoryStore,
            "commit",
            lambda f: stopwatch.watch(f, lambda: RECEIPTS if delivering else DECISION),
        ),
        (Delivery, "_deliver", lambda f: stopwatch.watch(deliver(f), lambda: RECEIPTS)),
    ]
    originals = [getattr(place, name) for place, name, _ in places]
    try:
        for (place, name, make), original in zip(places, originals, strict=True):
            setattr(place, name, make(original))
        yield
    finally:
        for (place, name, _), original in zip(places, originals, strict=True):
            setattr(place, name, original)


def seconds_by_phase(*, jobs: int, rounds: int) -> dict[str, float]:
    """Measure the phases of a command; watching them makes the whole a little slower.

    Args:
        jobs: Jobs a round.
        rounds: How many rounds; one more is run first and thrown away.

    Returns:
        Seconds a command, by phase.
    """
    from benchmarks.with_pipeflow import WithPipeflow  # may be absent

    found: dict[str, float] = {}
    for number in range(rounds + 1):
        stopwatch = Stopwatch()
        with watched_engine(stopwatch):
            work = WithPipeflow(jobs)  # the engine takes its ports' methods when it is made
            stopwatch.seconds.clear()
            with still_gc():
                stopwatch.watch(work.run, lambda: REST)()
        work.verify()
        if number:
            for phase, seconds in stopwatch.seconds.items():
                share = seconds / (jobs * COMMANDS * rounds)
                found[phase] = found.get(phase, 0.0) + share
    return found
