"""What lasts: the work in a file, firms of many jobs in one, and a season of a firm."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Any

from benchmarks.files import (
    LEVELS,
    AtLevel,
    Lasting,
    Level,
    disk_bytes_a_job,
    seconds_a_sync,
)
from benchmarks.measure import Series, seconds_a_job, still_gc
from benchmarks.report import (
    Section,
    micro,
    milli,
    share,
    times,
    values,
    verdict,
)

TARGET_SHARE = 0.55
"""pipeflow's work a second, at least this much of a bare program's that writes the same rows."""

TARGET_DISK = 12_000
"""What a job leaves on disk, at most this many bytes."""

TARGET_SEASON = 3.0
"""The season in a file, at most this many times the one in memory."""

BARE = {
    "pipeflow": "bare sqlite3",
    "pipeflow, keys honoured": "bare sqlite3, keys honoured",
    "pipeflow in PostgreSQL": "bare psycopg",
    "pipeflow in PostgreSQL, keys honoured": "bare psycopg, keys honoured",
}
"""By whose rows a program is measured, the bare one that writes the same."""

WEIGHED = ("pipeflow", "pipeflow, keys honoured")
"""Whose bytes have a target: those of a file."""

IN_FILES = "Work that lasts, by `synchronous`"
"""The title of the table of what lasts in a file."""

IN_POSTGRES = "Work that lasts in PostgreSQL, by `synchronous_commit` (full: on, normal: off)"
"""The title of the table of what lasts in a database."""


def measure_work(
    contenders: Sequence[type[Lasting]],
    *,
    jobs: int,
    rounds: int,
    weighed: int,
    collecting: bool = False,
    title: str = IN_FILES,
    first: str = "pipeflow",
) -> tuple[Section, Any]:
    """Measure the work of every contender that lasts, at both levels of durability, in one run.

    Args:
        contenders: Who takes part.
        jobs: Jobs a round.
        rounds: How many rounds.
        weighed: How many jobs are weighed on disk.
        collecting: Leave the garbage collector on while timing.
        title: What the table is called.
        first: To whom the others are compared.

    Returns:
        The table, and its values for a file.
    """
    entrants = [AtLevel(each, level) for level in LEVELS for each in contenders]
    found = seconds_a_job(entrants, jobs=jobs, rounds=rounds, collecting=collecting)
    weights = {each.name: disk_bytes_a_job(each, jobs=weighed) for each in contenders}
    shares = {
        entrant.name: _share(found, entrant) for entrant in entrants if _bare(entrant) in found
    }
    rows = tuple(
        (
            entrant.name,
            milli(found[entrant.name].median),
            " to ".join(f"{each * 1e3:,.1f}" for each in found[entrant.name].quartiles),
            f"{1 / found[entrant.name].median:,.0f}",
            share(shares[entrant.name]) if entrant.name in shares else "",
            _ratio(found, entrant, first),
            f"{weights[entrant.contender.name]:,.0f}",
        )
        for entrant in entrants
    )
    remarks = [
        f"medians and quartiles of {rounds} interleaved rounds of {jobs} jobs each",
        "of bare: work a second, as a part of what the bare program does that writes the same rows",
        f"to write 4 kB and wait for this disk takes {micro(seconds_a_sync().median)}",
    ]
    remarks += [
        f"{each.name} is slow and runs {each.affords(jobs)} of the {jobs} jobs"
        for each in contenders
        if each.affords(jobs) != jobs
    ]
    remarks += [
        f"{name} does {share(part)} of a bare program's work; "
        f"target {share(TARGET_SHARE)}: {verdict(TARGET_SHARE, part)}"
        for name, part in shares.items()
    ]
    remarks += [
        f"{name} keeps {weights[name]:,.0f} bytes a job on disk; "
        f"target {TARGET_DISK:,} bytes: {verdict(weights[name], TARGET_DISK)}"
        for name in WEIGHED
        if name in weights
    ]
    heads = ("", "a job", "quartiles, ms", "jobs/s", "of bare", f"/ {first}", "bytes on disk")
    section = Section(title, heads, rows, tuple(remarks))
    return section, {
        entrant.name: {
            "jobs_a_round": entrant.affords(jobs),
            "seconds_a_job": values(found[entrant.name]),
            "share_of_bare": shares.get(entrant.name),
            "bytes_a_job_on_disk": weights[entrant.contender.name],
        }
        for entrant in entrants
    }


def _at(name: str, level: Level) -> str:
    return f"{name}, {level}"


def _bare(entrant: AtLevel) -> str | None:
    """Name the bare program, at the same level, that writes the rows of an entrant."""
    bare = BARE.get(entrant.contender.name)
    return _at(bare, entrant.level) if bare is not None else None


def _share(found: dict[str, Series], entrant: AtLevel) -> float:
    return found[_bare(entrant) or ""].ratio(found[entrant.name])


def _ratio(found: dict[str, Series], entrant: AtLevel, other: str) -> str:
    base = _at(other, entrant.level)
    if base not in found or base == entrant.name:
        return ""
    return times(found[entrant.name].ratio(found[base]))


def measure_firms(
    firms: Sequence[int], *, looks: int, collecting: bool = False
) -> tuple[Section, Any]:
    """Measure a command and some pages of pipeflow in files with more and more jobs.

    Args:
        firms: How many jobs each of the files holds.
        looks: How often each is measured; once more at first, which is thrown away.
        collecting: Leave the garbage collector on while timing.

    Returns:
        The table, and its values for a file.
    """
    from benchmarks.firms import COMMAND, SHOWN, WHOLE_BOARD, FirmInFile  # pipeflow may be absent

    kinds: dict[str, dict[int, list[float]]] = {
        kind: {firm: [] for firm in firms} for kind in (COMMAND, *SHOWN, WHOLE_BOARD)
    }
    with ExitStack() as stack, still_gc(collecting=collecting):
        files = [stack.enter_context(closing(FirmInFile(firm))) for firm in firms]
        for number in range(looks + 1):
            for file in files:
                for kind, took in file.sample().items():
                    if number:
                        kinds[kind][file.resident].append(took)
    found = {
        kind: {firm: Series(taken) for firm, taken in series.items()}
        for kind, series in kinds.items()
    }
    fewest, most = firms[0], firms[-1]
    growth = {kind: series[most].ratio(series[fewest]) for kind, series in found.items()}
    rows = tuple(
        (kind, *(micro(each.median) for each in series.values()), times(growth[kind]))
        for kind, series in found.items()
    )
    section = Section(
        "A firm's file, by jobs",
        ("", *(f"{firm:,} jobs" for firm in firms), "most / fewest"),
        rows,
        (
            f"medians of {looks} interleaved looks, at normal",
            "a page, a client and a small board show few jobs, the whole board counts them all",
        ),
    )
    return section, {
        kind: {str(firm): values(each) for firm, each in series.items()}
        for kind, series in found.items()
    }


def measure_season(clients: int, *, seasons: int) -> tuple[Section, Any]:
    """Measure a season of a firm in a file, beside the same in memory.

    Args:
        clients: How many clients the firm has.
        seasons: How often each is played.

    Returns:
        The table, and its values for a file.

    Raises:
        WrongWorkError: Not everything happened in a file that happened in memory.
    """
    from benchmarks.seasons import played, verify  # pipeflow may be absent

    stores = ("in memory", *(f"in a file at {level}" for level in LEVELS))
    samples: dict[str, list[float]] = {name: [] for name in stores}
    for _ in range(seasons):
        in_memory, took = played(clients)
        samples[stores[0]].append(took)
        for name, level in zip(stores[1:], LEVELS, strict=True):
            in_file, took = played(clients, level)
            verify(in_memory, in_file)
            samples[name].append(took)
    found = {name: Series(taken) for name, taken in samples.items()}
    memory = found[stores[0]]
    rows = tuple(
        (name, milli(series.median), times(series.ratio(memory)) if series is not memory else "")
        for name, series in found.items()
    )
    remarks = [f"a season of a firm with {clients} clients, played {seasons} times in turn"]
    for name in stores[1:]:
        ratio = found[name].ratio(memory)
        remarks.append(
            f"{name}, it takes {times(ratio)} what it does in memory; "
            f"target {TARGET_SEASON} x: {verdict(ratio, TARGET_SEASON)}"
        )
    section = Section("A season", ("", "it takes", "/ in memory"), rows, tuple(remarks))
    return section, {name: values(series) for name, series in found.items()}
