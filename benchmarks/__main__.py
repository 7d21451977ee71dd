"""Measure pipeflow beside the others and print the tables: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar, cast

import attrs

from benchmarks import durable
from benchmarks.files import Lasting
from benchmarks.measure import (
    Series,
    bytes_a_job,
    over,
    seconds_a_job,
    seconds_a_process,
    still_gc,
)
from benchmarks.report import Section, micro, milli, times, values, verdict
from benchmarks.work import AUTOMATIONS, COMMANDS, MOVES, PLAN, Contender

CONTENDERS = {
    "floor": ("benchmarks.with_nothing", "WithNothing"),
    "transitions": ("benchmarks.with_transitions", "WithTransitions"),
    "python-statemachine": ("benchmarks.with_statemachine", "WithStatemachine"),
    "eventsourcing": ("benchmarks.with_eventsourcing", "WithEventsourcing"),
    "SpiffWorkflow": ("benchmarks.with_spiffworkflow", "WithSpiffworkflow"),
    "pipeflow": ("benchmarks.with_pipeflow", "WithPipeflow"),
}
"""Where each contender lives; imported when it is wanted, since its library may be absent."""

LASTING = {
    "bare sqlite3": ("benchmarks.with_sqlite", "WithSqlite"),
    "pipeflow": ("benchmarks.with_pipeflow_in_file", "WithPipeflowInFile"),
    "bare sqlite3, keys honoured": ("benchmarks.with_sqlite", "WithSqliteAsSurePorts"),
    "pipeflow, keys honoured": ("benchmarks.with_pipeflow_in_file", "WithSurePorts"),
    "eventsourcing": ("benchmarks.with_eventsourcing", "WithEventsourcingInFile"),
    "DBOS": ("benchmarks.with_dbos", "WithDbos"),
}
"""Where each contender lives whose work lasts."""

HOSTED = {
    "bare psycopg": ("benchmarks.with_psycopg", "WithPsycopg"),
    "pipeflow in PostgreSQL": ("benchmarks.with_pipeflow_in_database", "WithPipeflowInDatabase"),
    "bare psycopg, keys honoured": ("benchmarks.with_psycopg", "WithPsycopgAsSurePorts"),
    "pipeflow in PostgreSQL, keys honoured": (
        "benchmarks.with_pipeflow_in_database",
        "WithSurePortsInDatabase",
    ),
}
"""Where each contender lives whose work lasts in a database."""

PROGRAMS = {
    "bare interpreter": "",
    "attrs": "import attrs",
    "transitions": "import transitions",
    "python-statemachine": "import statemachine",
    "pipeflow": "from pipeflow import *",
}
"""What is imported for each row of the import times; pipeflow with every public name."""

DISTRIBUTIONS = (
    "attrs",
    "transitions",
    "python-statemachine",
    "eventsourcing",
    "SpiffWorkflow",
    "dbos",
    "SQLAlchemy",
    "psycopg",
    "pipeflow",
)

TARGET_WORK = 1.5
"""pipeflow's time a job, at most this many times that of transitions."""

TARGET_BYTES = 6_000
"""What pipeflow keeps of a job, at most this many bytes."""

TARGET_IMPORT = 1.25
"""pipeflow's import over a bare interpreter, at most this many times python-statemachine's."""

PARTS = ("work", "phases", "commands", "ticks", "forecasts", "imports", "durable")
"""What is measured unless something else is asked for, in the order in which it is."""

ASKED = ("postgres",)
"""What is measured where it is asked for, for it needs PostgreSQL on this machine."""

C = TypeVar("C", bound=Contender)

DUE = 50
"""Reminders due at each measured tick."""


@attrs.frozen(kw_only=True)
class Effort:
    """How much to measure."""

    jobs: int = 100
    rounds: int = 50
    weighed: int = 300
    residents: tuple[int, ...] = (1_000, 10_000, 100_000)
    waiting: tuple[int, ...] = (1_000, 10_000, 100_000)
    samples: int = 30
    ticks: int = 16
    processes: int = 20
    durable_jobs: int = 10
    durable_rounds: int = 10
    durable_weighed: int = 50
    firms: tuple[int, ...] = (1_000, 10_000, 100_000)
    looks: int = 5
    clients: int = 15
    seasons: int = 2
    foreseen: tuple[int, ...] = (1_000, 10_000)
    collecting: bool = False


QUICK = Effort(
    jobs=50,
    rounds=10,
    weighed=50,
    residents=(1_000, 5_000),
    waiting=(1_000, 5_000),
    samples=10,
    processes=5,
    durable_jobs=5,
    durable_rounds=3,
    durable_weighed=20,
    firms=(100, 1_000),
    looks=5,
    clients=5,
    seasons=1,
    foreseen=(100, 1_000),
)
"""A look in seconds; its figures are not for quoting."""


def contender(name: str) -> type[Contender]:
    """Import a contender.

    Args:
        name: One of the names in `CONTENDERS`.

    Returns:
        Its class.

    Raises:
        ImportError: The library that it needs is not installed.
    """
    return cast("type[Contender]", _imported(*CONTENDERS[name]))


def lasting(name: str) -> type[Lasting]:
    """Import a contender whose work lasts.

    Args:
        name: One of the names in `LASTING` and `HOSTED`.

    Returns:
        Its class.

    Raises:
        ImportError: The library that it needs is not installed.
    """
    return cast("type[Lasting]", _imported(*(LASTING | HOSTED)[name]))


def _imported(module: str, attribute: str) -> object:
    return getattr(importlib.import_module(module), attribute)


def measure_work(contenders: Sequence[type[Contender]], effort: Effort) -> tuple[Section, Any]:
    """Measure time and memory a job of every contender, and compare them."""
    found = seconds_a_job(
        contenders, jobs=effort.jobs, rounds=effort.rounds, collecting=effort.collecting
    )
    weights = {each.name: bytes_a_job(each, jobs=effort.weighed) for each in contenders}
    ratios = {
        name: {other: series.ratio(base) for other, base in found.items() if other != name}
        for name, series in found.items()
    }
    others = [name for name in found if name != "pipeflow"]
    rows = tuple(
        (
            name,
            micro(series.median),
            " to ".join(f"{quartile * 1e6:,.1f}" for quartile in series.quartiles),
            *(times(ratios[name][other]) if other != name else "" for other in others),
            f"{weights[name]:,.0f}",
        )
        for name, series in found.items()
    )
    remarks = [
        f"a job: {len(PLAN)} stages, {MOVES} moves, {AUTOMATIONS} automations, {COMMANDS} commands",
        f"medians and quartiles of {effort.rounds} interleaved rounds of {effort.jobs} jobs each",
        "ratios are medians of the ratios within a round",
    ]
    remarks += [
        f"{each.name} is slow and runs {each.affords(effort.jobs)} of the {effort.jobs} jobs"
        for each in contenders
        if each.affords(effort.jobs) != effort.jobs
    ]
    if "pipeflow" in found:
        remarks.append(f"pipeflow: {micro(found['pipeflow'].median / COMMANDS)} a command")
    if "transitions" in ratios.get("pipeflow", {}):
        remarks.append(_target(ratios["pipeflow"]["transitions"], TARGET_WORK, "transitions"))
    if "pipeflow" in weights:
        remarks.append(
            f"pipeflow keeps {weights['pipeflow']:,.0f} bytes a job; "
            f"target {TARGET_BYTES:,} bytes: {verdict(weights['pipeflow'], TARGET_BYTES)}"
        )
    section = Section(
        "Work",
        ("", "a job", "quartiles", *(f"/ {other}" for other in others), "bytes a job"),
        rows,
        tuple(remarks),
    )
    return section, {
        each.name: {
            "jobs_a_round": each.affords(effort.jobs),
            "seconds_a_job": values(found[each.name]),
            "ratio_to": ratios[each.name],
            "bytes_a_job": weights[each.name],
        }
        for each in contenders
    }


def measure_phases(effort: Effort) -> tuple[Section, Any]:
    """Measure where the time of a command of pipeflow goes."""
    from benchmarks.phases import seconds_by_phase  # pipeflow may be absent

    found = seconds_by_phase(jobs=effort.jobs, rounds=max(effort.rounds // 5, 2))
    whole = sum(found.values())
    rows = tuple(
        (phase, micro(seconds), f"{seconds / whole:.0%}")
        for phase, seconds in sorted(found.items(), key=lambda each: -each[1])
    )
    section = Section(
        "Where a command's time goes",
        ("", "a command", "share"),
        (*rows, ("together", micro(whole), "")),
        ("each phase without those inside it; watching them makes the whole a little slower",),
    )
    return section, found


def measure_commands(effort: Effort) -> tuple[Section, Any]:
    """Measure a command of pipeflow with more and more jobs resident."""
    from benchmarks.with_pipeflow import Residents  # may be absent

    with still_gc():  # a million small values are built several times faster without it
        engines = [Residents(resident) for resident in effort.residents]
    samples: dict[int, list[float]] = {resident: [] for resident in effort.residents}
    with still_gc(collecting=effort.collecting):
        for number in range(effort.samples + 1):
            for engine in engines:
                took = engine.sample(10)
                if number:
                    samples[engine.resident].append(took)
    found = {resident: Series(taken) for resident, taken in samples.items()}
    return _by_number(
        "A command, by resident jobs",
        "resident jobs",
        {"a command": found},
        f"medians of {effort.samples} interleaved samples of {10 * COMMANDS} commands",
    )


def measure_ticks(effort: Effort) -> tuple[Section, Any]:
    """Measure `tick` of pipeflow with ever more jobs that wait and always as many due."""
    from benchmarks.with_pipeflow import Waiting  # may be absent

    with still_gc():
        engines = [Waiting(waiting, due=DUE, ticks=effort.ticks) for waiting in effort.waiting]
    busy: dict[int, list[float]] = {waiting: [] for waiting in effort.waiting}
    idle: dict[int, list[float]] = {waiting: [] for waiting in effort.waiting}
    with still_gc(collecting=effort.collecting):
        for number in range(effort.ticks):
            for engine in engines:
                with_due, without = engine.sample()
                if number:
                    busy[engine.resident].append(with_due)
                    idle[engine.resident].append(without)
    return _by_number(
        "A tick, by waiting reminders",
        "reminders",
        {
            f"{DUE} due": {waiting: Series(taken) for waiting, taken in busy.items()},
            "none due": {waiting: Series(taken) for waiting, taken in idle.items()},
        },
        f"medians of {effort.ticks - 1} interleaved ticks of each kind",
    )


def measure_imports(programs: dict[str, str], effort: Effort) -> tuple[Section, Any]:
    """Measure whole interpreters that import one library and end."""
    bare = next(iter(PROGRAMS))
    whole = seconds_a_process(programs, rounds=effort.processes)
    beyond = over(whole, bare)
    rows = [(bare, milli(whole[bare].median), "")]
    rows += [
        (name, milli(whole[name].median), milli(series.median)) for name, series in beyond.items()
    ]
    remarks = [f"medians of {effort.processes} interleaved processes each, bytecode compiled"]
    if {"pipeflow", "python-statemachine"} <= beyond.keys():
        ratio = beyond["pipeflow"].median / beyond["python-statemachine"].median
        remarks.append(
            _target(ratio, TARGET_IMPORT, "python-statemachine, over a bare interpreter")
        )
    section = Section("Import", ("", "process", "over bare"), tuple(rows), tuple(remarks))
    return section, {
        name: {"process": values(series), "over_bare": beyond[name].median if name != bare else 0}
        for name, series in whole.items()
    }


def _by_number(
    title: str, head: str, kinds: dict[str, dict[int, Series]], remark: str
) -> tuple[Section, Any]:
    numbers = list(next(iter(kinds.values())))
    rows = []
    for number in numbers:
        row = [f"{number:,}"]
        for series in kinds.values():
            row += [micro(series[number].median), times(series[number].ratio(series[numbers[0]]))]
        rows.append(tuple(row))
    heads = (head, *(cell for kind in kinds for cell in (kind, "/ fewest")))
    told = {
        kind: {str(number): values(found) for number, found in series.items()}
        for kind, series in kinds.items()
    }
    return Section(title, heads, tuple(rows), (remark,)), told


def measure_durable(contenders: Sequence[type[Lasting]], effort: Effort) -> Any:
    """Measure everything that lasts, and print it: the work, firms of many jobs, the season."""
    found = {}
    if contenders:
        found["work"] = _shown(
            durable.measure_work(
                contenders,
                jobs=effort.durable_jobs,
                rounds=effort.durable_rounds,
                weighed=effort.durable_weighed,
                collecting=effort.collecting,
            )
        )
    if any(each.name == "pipeflow" for each in contenders):
        found["firms"] = _shown(
            durable.measure_firms(effort.firms, looks=effort.looks, collecting=effort.collecting)
        )
        found["season"] = _shown(durable.measure_season(effort.clients, seasons=effort.seasons))
    return found


def measure_postgres(contenders: Sequence[type[Lasting]], effort: Effort) -> Any:
    """Measure the work in a PostgreSQL that is started for it, and print it."""
    return _shown(
        durable.measure_work(
            contenders,
            jobs=effort.durable_jobs,
            rounds=effort.durable_rounds,
            weighed=effort.durable_weighed,
            collecting=effort.collecting,
            title=durable.IN_POSTGRES,
            first="pipeflow in PostgreSQL",
        )
    )


def _target(ratio: float, limit: float, other: str) -> str:
    return f"pipeflow takes {ratio:,.2f} x {other}; target {limit} x: {verdict(ratio, limit)}"


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def environment() -> dict[str, Any]:
    """Say what the figures were measured on, without naming the machine."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "processor": platform.machine(),
        "versions": {name: _version(name) for name in DISTRIBUTIONS},
    }


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to FILE too")
    names = list(CONTENDERS | LASTING | HOSTED)
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="who takes part")
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=(*PARTS, *ASKED),
        default=list(PARTS),
        help="what is measured; postgres needs initdb and psycopg, and is measured if asked for",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a look in seconds, not for quoting")
    size.add_argument(
        "--full", action="store_true", help="up to 1,000,000 resident jobs; minutes and gigabytes"
    )
    parser.add_argument("--rounds", type=int, help="rounds of the work")
    parser.add_argument("--jobs", type=int, help="jobs a round of the work")
    parser.add_argument("--gc", action="store_true", help="leave the garbage collector on")
    return parser.parse_args(argv)


def _effort(arguments: argparse.Namespace) -> Effort:
    effort = QUICK if arguments.quick else Effort()
    if arguments.full:
        effort = attrs.evolve(
            effort, residents=(*effort.residents, 1_000_000), clients=200, seasons=3
        )
    return attrs.evolve(
        effort,
        rounds=arguments.rounds or effort.rounds,
        jobs=arguments.jobs or effort.jobs,
        collecting=arguments.gc,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what was asked for and print it.

    Args:
        argv: The command line, without the program; that of the process if not given.

    Returns:
        0, or 1 if a contender could not take part.
    """
    arguments = _arguments(argv)
    effort = _effort(arguments)
    missing: list[str] = []
    able = _able(contender, [name for name in CONTENDERS if name in arguments.only], missing)
    enduring: list[type[Lasting]] = []
    if "durable" in arguments.parts:
        enduring = _able(lasting, [name for name in LASTING if name in arguments.only], missing)
    in_database: list[type[Lasting]] = []
    if "postgres" in arguments.parts:
        in_database = _able(lasting, [name for name in HOSTED if name in arguments.only], missing)
    names = [each.name for each in able]
    programs = {name: line for name, line in PROGRAMS.items() if name not in CONTENDERS}
    programs |= {name: PROGRAMS[name] for name in names if name in PROGRAMS}

    about = environment()
    print(f"{about['implementation']} {about['python']}, {about['system']} {about['processor']}")
    print(", ".join(f"{name} {found or 'absent'}" for name, found in about["versions"].items()))
    print(f"garbage collector {'on' if effort.collecting else 'off'} while timing\n")

    parts: dict[str, Any] = {}
    if "work" in arguments.parts:
        parts["work"] = _shown(measure_work(able, effort))
    if "pipeflow" in names and "phases" in arguments.parts:
        parts["phases"] = _shown(measure_phases(effort))
    if "pipeflow" in names and "commands" in arguments.parts:
        parts["commands"] = _shown(measure_commands(effort))
    if "pipeflow" in names and "ticks" in arguments.parts:
        parts["ticks"] = _shown(measure_ticks(effort))
    if "pipeflow" in names and "forecasts" in arguments.parts:
        from benchmarks.forecasts import measure_forecasts  # pipeflow may be absent

        parts["forecasts"] = _shown(
            measure_forecasts(effort.foreseen, collecting=effort.collecting)
        )
    if "imports" in arguments.parts:
        parts["imports"] = _shown(measure_imports(programs, effort))

    if "durable" in arguments.parts:
        parts["durable"] = measure_durable(enduring, effort)
    if in_database:
        from tests.postgres import NoServerError  # SQLAlchemy may be absent

        try:
            parts["postgres"] = measure_postgres(in_database, effort)
        except NoServerError as error:
            missing.append(f"PostgreSQL is left out: {error}")

    if arguments.json:
        document = {"environment": about, "effort": attrs.asdict(effort), "missing": missing}
        arguments.json.write_text(json.dumps(document | parts, indent=2) + "\n", encoding="utf-8")
    for line in missing:
        print(line, file=sys.stderr)
    return 1 if missing else 0


def _able(
    find: Callable[[str], type[C]], names: Sequence[str], missing: list[str]
) -> list[type[C]]:
    """Import those who take part; whoever cannot is told in *missing*."""
    able = []
    for name in names:
        try:
            able.append(find(name))
        except ImportError as error:
            missing.append(f"{name} is left out: {error}")
    return able


def _shown(measured: tuple[Section, Any]) -> Any:
    section, values = measured
    print(section, flush=True)
    return values


if __name__ == "__main__":
    raise SystemExit(main())
