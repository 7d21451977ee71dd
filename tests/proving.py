"""Proofs: how much of them is run, and the table of what they proved at the end of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any, NamedTuple, TypeAlias, TypeVar

import pytest

__all__ = ["Amount", "Proved", "figures"]

T = TypeVar("T")
R = TypeVar("R")
# Notes what was proved, with its counts.
Proved: TypeAlias = Callable[..., None]

SHARE = 15  # of the long proofs so little is run in every run of the tests; odd, to meet both sides
TABLE = pytest.StashKey[dict[str, dict[str, object]]]()


class Amount(NamedTuple):
    """How much of a long proof is run: one in `share`."""

    share: int

    def of(self, often: int) -> int:
        """Tell how often something is tried, where the whole proof tries it so often."""
        return -(-often // self.share)

    def among(self, everything: Sequence[T]) -> Sequence[T]:
        """Return those that are tried, of all that the whole proof tries."""
        return everything[:: self.share]

    def each(self, work: Callable[[T], R], given: Iterable[T]) -> Sequence[R]:
        """Do the same with many things: here, or the whole in as many processes as there are cores.

        The work is a function of a module.
        """
        everything: list[Any] = [*given]
        if self.share > 1:
            return [work(one) for one in everything]
        return [*_pool().map(work, everything, chunksize=max(1, len(everything) // 32))]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know `--proof`."""
    what = (
        f"run the proofs of docs/reliability.md as a whole, and not one {SHARE}th of the long ones"
    )
    parser.addoption("--proof", action="store_true", help=what)


def pytest_configure(config: pytest.Config) -> None:
    """Begin with nothing proved."""
    config.stash[TABLE] = {}


@pytest.fixture
def proved(request: pytest.FixtureRequest) -> Proved:
    """Return what notes a line of the table."""

    def note(what: str, **counts: object) -> None:
        request.config.stash[TABLE][what] = counts

    return note


@pytest.fixture
def amount(request: pytest.FixtureRequest) -> Amount:
    """Return how much of a long proof is run."""
    return Amount(1 if request.config.getoption("proof") else SHARE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was proved."""
    table = terminalreporter.config.stash[TABLE]
    if table:
        terminalreporter.section("what was proved")
        for what in sorted(table):
            terminalreporter.line(f"{what}: {figures(table[what])}")


def figures(counts: dict[str, object]) -> str:
    """Tell counts in one line."""

    def told(count: object) -> str:
        return f"{count:,}" if isinstance(count, int) else str(count)

    return ", ".join(f"{told(count)} {name.replace('_', ' ')}" for name, count in counts.items())


@cache
def _pool() -> ProcessPoolExecutor:
    """Return the processes that do things abreast; fresh interpreters, for nothing is shared."""
    return ProcessPoolExecutor(min(os.cpu_count() or 1, 4), mp_context=get_context("spawn"))


def pytest_unconfigure() -> None:
    """Let the processes end."""
    if _pool.cache_info().currsize:
        _pool().shutdown()
