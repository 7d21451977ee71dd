"""Where the time of a command goes: pipeflow's journey, phase by phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from operator import attrgetter
from time import perf_counter
from typing import Any
from unittest.mock import patch

from benchmarks.measure import still_gc
from benchmarks.work import COMMANDS

RULES, DECISION, RECEIPTS = "rules decide", "the decision is committed", "receipts are committed"
PORTS, REST = "ports are asked", "everything else of the engine"

PLACES = (
    ("pipeflow.rules", "start", RULES),
    ("pipeflow.rules", "completing_facts", RULES),
    ("pipeflow.rules", "record_all", RULES),
    ("pipeflow.adapters.memory", "MemoryStore.commit", DECISION),
    ("pipeflow.engine.delivery", "Delivery.keep", RECEIPTS),
    ("benchmarks.with_pipeflow", "Outbox.send", PORTS),
    ("benchmarks.with_pipeflow", "TaskList.create", PORTS),
)
"""What is watched: the functions and methods that a command of the plan goes through."""

WHOLE = {RECEIPTS}
"""The phases to which all that happens inside belongs: receipts are kept by a commit too."""


class Stopwatch:
    """Adds up the seconds spent inside functions, each without those that it watches too."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._phases: list[str] = []
        self._inner: list[float] = []

    def watch(self, function: Callable[..., Any], phase: str) -> Callable[..., Any]:
        """Make a function that does the same and is watched.

        Args:
            function: What to watch.
            phase: The name under which its time is added, unless it is part of a whole.

        Returns:
            The watched function.
        """

        def watched(*args: Any, **more: Any) -> Any:
            if self._phases and self._phases[-1] in WHOLE:
                return function(*args, **more)
            self._phases.append(phase)
            self._inner.append(0.0)
            before = perf_counter()
            try:
                return function(*args, **more)
            finally:
                took = perf_counter() - before
                own = took - self._inner.pop()
                self._phases.pop()
                self.seconds[phase] = self.seconds.get(phase, 0.0) + own
                if self._inner:
                    self._inner[-1] += took

        return watched


@contextmanager
def watched_engine(stopwatch: Stopwatch) -> Iterator[None]:
    """Let the engine's parts be watched for a while."""
    with ExitStack() as stack:
        for module, name, phase in PLACES:
            function = attrgetter(name)(import_module(module))
            stack.enter_context(patch(f"{module}.{name}", stopwatch.watch(function, phase)))
        yield


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
                stopwatch.watch(work.run, REST)()
        work.verify()
        if number:
            for phase, seconds in stopwatch.seconds.items():
                share = seconds / (jobs * COMMANDS * rounds)
                found[phase] = found.get(phase, 0.0) + share
    return found
