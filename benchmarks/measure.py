"""Measuring: rounds that take turns, with the garbage collector held still."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from time import perf_counter

import attrs

from benchmarks.work import Contender, Entrant


def _floats(samples: Iterable[float]) -> tuple[float, ...]:
    return tuple(samples)


@attrs.frozen
class Series:
    """Samples of one contender, one a round, in the order of the rounds."""

    samples: tuple[float, ...] = attrs.field(converter=_floats)

    @property
    def median(self) -> float:
        """The middle sample."""
        return statistics.median(self.samples)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The samples a quarter and three quarters up; the median twice where there are too few."""
        if len(self.samples) < 2:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.samples, n=4, method="inclusive")
        return low, high

    def ratio(self, other: Series) -> float:
        """Compare with another series, round by round, so that a slow moment weighs on both.

        Args:
            other: What to divide by; as many samples as here.

        Returns:
            The median of the ratios within a round.
        """
        return statistics.median(
            mine / theirs for mine, theirs in zip(self.samples, other.samples, strict=True)
        )


@contextmanager
def still_gc(*, collecting: bool = False) -> Iterator[None]:
    """Collect all garbage, then keep the collector off.

    Args:
        collecting: Leave it on instead, as it is in an ordinary program.
    """
    gc.collect()
    was_on = gc.isenabled()
    if not collecting:
        gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def seconds_a_job(
    contenders: Sequence[Entrant],
    *,
    jobs: int,
    rounds: int,
    collecting: bool = False,
) -> dict[str, Series]:
    """Let the contenders take turns, A B C D A B C D, each on a fresh instance.

    Args:
        contenders: Who takes part.
        jobs: Jobs a round, of which each contender is given what it affords.
        rounds: How many rounds; one more is run first and thrown away.
        collecting: Leave the garbage collector on while timing.

    Returns:
        For each contender's name, the seconds a job in every round.

    Raises:
        WrongWorkError: A contender had not done the work.
    """
    samples: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(rounds + 1):
        for contender in contenders:
            work = contender(contender.affords(jobs))
            with closing(work):
                with still_gc(collecting=collecting):
                    before = perf_counter()
                    work.run()
                    took = perf_counter() - before
                work.verify()
            if number:
                samples[contender.name].append(took / work.jobs)
    return {name: Series(found) for name, found in samples.items()}


def bytes_a_job(contender: type[Contender], *, jobs: int) -> float:
    """Weigh what stays in memory of a job once it stands in the last stage.

    The host's lists are emptied before weighing: a host would keep them elsewhere.

    Args:
        contender: Whom to weigh.
        jobs: How many jobs to spread the fixed weight over, if the contender affords them.

    Returns:
        Bytes a job, as `tracemalloc` counts them.
    """
    afforded = contender.affords(jobs)
    contender(afforded).run()  # what is built once and kept is built now
    work = contender(afforded)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        work.run()
        work.verify()
        work.host.emails.clear()
        work.host.tasks.clear()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / afforded


def seconds_a_process(programs: Mapping[str, str], *, rounds: int) -> dict[str, Series]:
    """Time whole interpreters that run a line and end, taking turns.

    Args:
        programs: The line that each name stands for.
        rounds: How many rounds; one more is run first, to compile bytecode and warm files.

    Returns:
        For each name, the seconds a process in every round.

    Raises:
        subprocess.CalledProcessError: A line failed.
    """
    samples: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name, line in programs.items():
            before = perf_counter()
            subprocess.run(  # noqa: S603
                [sys.executable, "-I", "-c", line], check=True, capture_output=True
            )
            took = perf_counter() - before
            if number:
                samples[name].append(took)
    return {name: Series(found) for name, found in samples.items()}


def over(series: Mapping[str, Series], bare: str) -> dict[str, Series]:
    """Take a bare program's time off the others, round by round.

    Args:
        series: Samples by name.
        bare: The name of the program that does nothing.

    Returns:
        The other names, each with what it took beyond the bare one.
    """
    nothing = series[bare].samples
    return {
        name: Series([mine - base for mine, base in zip(found.samples, nothing, strict=True)])
        for name, found in series.items()
        if name != bare
    }
