"""The season of the demo, played in memory or in a file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.files import Level
from benchmarks.measure import still_gc
from benchmarks.work import WrongWorkError
from examples.demo import Season
from pipeflow import History
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Store


def played(clients: int, level: Level | None = None) -> tuple[tuple[History, ...], float]:
    """Play a season.

    Args:
        clients: How many clients the firm has.
        level: Whether commits wait for the disk; None: all is in memory.

    Returns:
        What happened on each job, and the seconds that it took.
    """
    with ExitStack() as stack:
        store: Store | None = None
        if level is not None:
            folder = stack.enter_context(TemporaryDirectory(prefix="pipeflow-bench-"))
            path = Path(folder) / "season.sqlite"
            store = stack.enter_context(SqliteStore(path, synchronous=level))
        with still_gc():
            before = perf_counter()
            season = Season(clients, store=store)
            season.play()
            took = perf_counter() - before
        return tuple(season.engine.history(job) for job in season.jobs), took


def verify(wanted: tuple[History, ...], found: tuple[History, ...]) -> None:
    """Compare what happened in two seasons.

    Raises:
        WrongWorkError: It was not the same.
    """
    if found != wanted:
        differing = sum(one != other for one, other in zip(found, wanted, strict=True))
        message = f"{differing} jobs took another course in a file than in memory"
        raise WrongWorkError(message)
