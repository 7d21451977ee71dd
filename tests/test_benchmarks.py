"""The benchmark compares like with like: every contender does the same work."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import attrs
import pytest

from benchmarks import __main__ as program
from benchmarks.files import LEVELS, InFile, Level
from benchmarks.measure import Series, bytes_a_job, over, seconds_a_job
from benchmarks.report import Section
from benchmarks.with_nothing import WithNothing
from benchmarks.work import AUTOMATIONS, COMMANDS, MOVES, PLAN, Tally, WrongWorkError

LIBRARIES = {
    "transitions": "transitions",
    "python-statemachine": "statemachine",
    "eventsourcing": "eventsourcing",
    "SpiffWorkflow": "SpiffWorkflow",
    "DBOS": "dbos",
}


@pytest.mark.parametrize("name", program.CONTENDERS)
def test_every_contender_does_the_work_of_the_plan(name: str) -> None:
    """5 moves and 18 automations a job, the same emails, tasks and tags for all; history kept."""
    if name in LIBRARIES:
        pytest.importorskip(LIBRARIES[name])
    work = program.contender(name)(3)

    work.run()

    assert work.tally().problems(3) == []


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", program.LASTING)
def test_every_contender_that_lasts_does_the_work_of_the_plan(name: str, level: Level) -> None:
    """The same work, found again in its file, which has a write-ahead log as all have."""
    if name in LIBRARIES:
        module, _ = program.LASTING[name]
        pytest.importorskip(module, exc_type=ImportError)

    with closing(program.lasting(name)(2, level)) as work:
        assert isinstance(work, InFile)
        work.run()
        work.verify()

        with closing(sqlite3.connect(work.path)) as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    assert not work.path.exists()


@pytest.mark.parametrize("level", LEVELS)
def test_each_library_waits_for_the_disk_as_it_was_told(level: Level) -> None:
    """Where a library has no setting for it, its connections are told all the same."""
    pytest.importorskip("eventsourcing")
    from eventsourcing.sqlite import SQLiteFactory

    from benchmarks.with_eventsourcing import WithEventsourcingInFile

    with closing(WithEventsourcingInFile(1, level)) as work:
        factory = work.season.factory
        assert isinstance(factory, SQLiteFactory)
        with factory.datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")

            assert cursor.fetchone()[0] == {"normal": 1, "full": 2}[level]


@pytest.mark.parametrize("level", LEVELS)
def test_the_bare_program_makes_the_commits_of_pipeflow(level: Level) -> None:
    """It writes what was recorded of a job, commit for commit; no receipt waits for the disk."""
    from benchmarks.with_pipeflow_in_file import WithPipeflowInFile, WithSurePorts
    from benchmarks.with_sqlite import WithSqlite, recorded_job

    _, recording = recorded_job(WithPipeflowInFile, level)
    _, sure = recorded_job(WithSurePorts, level)

    decisions = [each for each in recording.commits if each.level == level]
    assert len(sure.commits) < len(recording.commits)
    assert len(decisions) == (COMMANDS if level == "full" else len(recording.commits))
    with closing(WithSqlite(2, level)) as work:
        assert len(work.commits) == 2 * len(recording.commits)


def test_a_bare_program_that_writes_less_is_found_out() -> None:
    """Whoever leaves rows out is quick, and its figures mean nothing."""
    from benchmarks.with_sqlite import WithSqlite

    with closing(WithSqlite(2, "normal")) as work:
        work.commits.pop()
        work.run()

        with pytest.raises(WrongWorkError):
            work.verify()


def test_a_recording_is_written_again_under_fresh_ids() -> None:
    """Every text says the new id, also inside; instants move on, and nothing else changes."""
    from benchmarks.recorded import Cutter, Recording, Statement, Transaction

    instant = 1_800_000_000_000_000
    row = ("a job-1/2 of job-1", "job-12", 7, None, instant)
    cut = Cutter(["job-1", "t-900001"]).cut_bound(row)
    named = Cutter(["job-1"]).cut_bound({"key": "job-1"})
    recording = Recording(
        (Transaction("full", (Statement("INSERT", (cut,)), Statement("UPDATE", (named,)))),),
        ("job-1",),
    )

    (again,) = recording.again(lambda _: "job-9", known={}, later=5)

    assert again.level == "full"
    assert [rows for _, rows in again.statements] == [
        (("a job-9/2 of job-9", "job-12", 7, None, instant + 5),),
        ({"key": "job-9"},),
    ]


def test_a_firm_of_many_jobs_is_one_that_pipeflow_wrote() -> None:
    """The file that was filled with copies has no fault, and shows what it is asked for."""
    from benchmarks.firms import PAGE, FirmInFile

    with closing(FirmInFile(2 * PAGE)) as firm:
        firm.sample()

        assert firm.store.check() == ()
        assert len(firm.engine.jobs(pipeline=firm.pipeline)) == 2 * PAGE + 1


def test_a_season_in_a_file_is_the_one_in_memory() -> None:
    """What happens on a job does not depend on where it is kept; a difference is named."""
    from benchmarks.seasons import played, verify

    in_memory, _ = played(12)
    in_file, _ = played(12, "normal")

    verify(in_memory, in_file)
    with pytest.raises(WrongWorkError, match="1 jobs took another course"):
        verify(in_memory, (in_file[0][:1], *in_file[1:]))


def test_the_targets_of_what_lasts_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Share of a bare program and bytes on disk, for each level and each kind of ports."""
    from benchmarks import durable

    contenders = [program.lasting(name) for name in program.LASTING if name not in LIBRARIES]
    section, values = durable.measure_work(contenders, jobs=1, rounds=1, weighed=1)

    told = [line for line in section.remarks if "; target " in line]
    assert [line.split("; target ")[1].split(":")[0] for line in told] == [
        *["55%"] * 4,
        *["12,000 bytes"] * 2,
    ]
    assert all(line.endswith((": met", ": MISSED")) for line in told)
    assert len(values) == len(contenders) * len(LEVELS)


def test_firms_and_seasons_are_told() -> None:
    """A row for each kind of page, a column for each firm; a season has one for each store."""
    from benchmarks import durable

    firms, _ = durable.measure_firms((100, 200), looks=1)
    season, _ = durable.measure_season(1, seasons=1)

    assert firms.heads == ("", "100 jobs", "200 jobs", "most / fewest")
    assert [row[0] for row in season.rows] == [
        "in memory",
        "in a file at normal",
        "in a file at full",
    ]


def test_work_not_done_is_named() -> None:
    """A tally that falls short says where, for every count."""
    tally = Tally(jobs=1, moves=4, emails=6, tasks=6, tags=frozenset(), finished=0, history=3)

    problems = tally.problems(1)

    assert [line.split(":")[0] for line in problems] == ["moves", "tags", "finished", "history"]


def test_the_plan_is_the_one_of_the_readme() -> None:
    """Six stages, five moves, eighteen automations."""
    assert (len(PLAN), MOVES, AUTOMATIONS) == (6, 5, 18)


def test_rounds_are_kept_for_every_contender() -> None:
    """The first round warms up and is thrown away; each other one leaves a sample."""
    found = seconds_a_job([WithNothing], jobs=2, rounds=3)

    assert len(found["floor"].samples) == 3


def test_a_slow_contender_runs_a_share_of_the_jobs() -> None:
    """It is given fewer jobs, never none, and its figures are a job's all the same."""
    given: list[int] = []

    class Slow(WithNothing):
        name: ClassVar[str] = "slow"
        share: ClassVar[float] = 0.2

        def __init__(self, jobs: int) -> None:
            super().__init__(jobs)
            given.append(jobs)

    assert [Slow.affords(jobs) for jobs in (1, 50, 100)] == [1, 10, 20]
    assert WithNothing.affords(100) == 100

    seconds_a_job([Slow], jobs=50, rounds=1)
    weight = bytes_a_job(Slow, jobs=50)

    assert given == [10, 10, 10, 10]
    assert weight == pytest.approx(bytes_a_job(WithNothing, jobs=10), rel=0.1)


def test_ratios_are_taken_within_a_round() -> None:
    """A round in which everything was slow does not move the ratio."""
    slow_second_round = Series([1.0, 100.0, 1.0])

    assert Series([2.0, 200.0, 2.0]).ratio(slow_second_round) == 2.0
    assert {"a": Series([0.5, 1.0])} == over(
        {"bare": Series([1, 2]), "a": Series([1.5, 3])}, "bare"
    )


def test_a_table_lines_up() -> None:
    """Names to the left, figures to the right."""
    table = Section("Work", ("", "a job"), (("floor", "5"), ("transitions", "90")), ("remark",))

    assert str(table).split("\n") == [
        "Work",
        "",
        "             a job",
        "-----------  -----",
        "floor            5",
        "transitions     90",
        "  remark",
        "",
    ]


def test_the_program_prints_a_table_and_writes_its_samples(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed can be had as JSON, with every sample."""
    target = tmp_path / "figures.json"

    code = program.main(
        [
            *("--only", "floor", "--parts", "work", "--quick"),
            *("--rounds", "2", "--jobs", "3", "--json", str(target)),
        ]
    )

    written = json.loads(target.read_text(encoding="utf-8"))
    assert code == 0
    assert "18 automations" in capsys.readouterr().out
    assert len(written["work"]["floor"]["seconds_a_job"]["samples"]) == 2
    assert attrs.asdict(program.QUICK)["ticks"] == written["effort"]["ticks"]


def test_where_there_is_no_postgresql_the_others_are_measured_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence says so, and nothing is left behind."""
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    monkeypatch.setenv("PATH", str(elsewhere))
    monkeypatch.setattr("tests.postgres.BESIDE", elsewhere)
    target = tmp_path / "figures.json"

    code = program.main(
        [
            *("--only", "floor", "pipeflow in PostgreSQL", "--parts", "work", "postgres"),
            *("--quick", "--rounds", "2", "--jobs", "3", "--json", str(target)),
        ]
    )

    written = json.loads(target.read_text(encoding="utf-8"))
    assert code == 1
    assert "PostgreSQL is left out: there is no initdb here" in capsys.readouterr().err
    assert ("work" in written, "postgres" in written) == (True, False)
    assert list(elsewhere.iterdir()) == []


def test_the_targets_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Time and bytes of a job are held against their targets, whatever comes out."""
    pytest.importorskip("transitions")

    code = program.main(
        [
            *("--only", "transitions", "pipeflow", "--parts", "work", "--quick"),
            *("--rounds", "1", "--jobs", "2"),
        ]
    )

    told = [line.strip() for line in capsys.readouterr().out.splitlines() if "; target " in line]
    assert code == 0
    assert [line.split("; target ")[1].split(":")[0] for line in told] == ["1.5 x", "6,000 bytes"]
    assert all(line.endswith((": met", ": MISSED")) for line in told)


def test_pipeflow_can_be_asked_at_scale() -> None:
    """The engines that measure scale do what they are timed for."""
    from benchmarks.with_pipeflow import Residents, Waiting

    Residents(12).sample(2)
    Waiting(12, due=3, ticks=2).sample()


def test_the_phases_of_a_command_add_up() -> None:
    """Every part of the journey is seen: rules, the commit, ports, receipts, and the rest."""
    from benchmarks import phases

    found = phases.seconds_by_phase(jobs=2, rounds=1)

    assert found.keys() == {
        phases.RULES,
        phases.DECISION,
        phases.PORTS,
        phases.RECEIPTS,
        phases.REST,
    }
    assert all(seconds > 0 for seconds in found.values())


def test_time_inside_a_phase_that_is_whole_is_its_own() -> None:
    """What is done while receipts are kept is theirs; elsewhere each phase has its own time."""
    from benchmarks import phases

    stopwatch = phases.Stopwatch()
    commit = stopwatch.watch(lambda: None, phases.DECISION)
    keep = stopwatch.watch(commit, phases.RECEIPTS)

    keep()

    assert stopwatch.seconds.keys() == {phases.RECEIPTS}

    stopwatch.watch(commit, phases.REST)()

    assert stopwatch.seconds.keys() == {phases.RECEIPTS, phases.REST, phases.DECISION}
