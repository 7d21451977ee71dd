"""The benchmark in PostgreSQL compares like with like, as the one in a file does."""

from __future__ import annotations

from contextlib import closing

import pytest

from benchmarks import __main__ as program
from benchmarks.files import LEVELS, Level
from benchmarks.work import COMMANDS, WrongWorkError
from tests.postgres import Server


@pytest.fixture(autouse=True)
def server(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the contenders use the tests' own."""
    monkeypatch.setattr("benchmarks.databases.server", lambda: postgres)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", program.HOSTED)
def test_every_contender_in_a_database_does_the_work_of_the_plan(name: str, level: Level) -> None:
    """The same work, found again in its tables."""
    with closing(program.lasting(name)(2, level)) as work:
        empty = work.weigh()
        work.run()
        work.verify()

        assert work.weigh() > empty


def test_the_bare_program_makes_the_commits_of_pipeflow() -> None:
    """Commit for commit; decisions wait for the disk, and neither looks nor receipts do."""
    from benchmarks.with_pipeflow_in_database import (
        WithPipeflowInDatabase,
        WithSurePortsInDatabase,
    )
    from benchmarks.with_psycopg import WithPsycopg, recorded_job

    _, recording = recorded_job(WithPipeflowInDatabase, "full")
    _, sure = recorded_job(WithSurePortsInDatabase, "full")

    levels = [each.level for each in recording.commits]
    assert (levels.count("full"), levels.count("normal")) == (COMMANDS, 4 * COMMANDS)
    assert len(sure.commits) < len(recording.commits)
    with closing(WithPsycopg(2, "full")) as work:
        assert len(work.commits) == 2 * len(recording.commits)


def test_a_bare_program_that_writes_less_is_found_out() -> None:
    """Whoever leaves rows out is quick, and its figures mean nothing."""
    from benchmarks.with_psycopg import WithPsycopg

    with closing(WithPsycopg(2, "normal")) as work:
        work.commits.pop()
        work.run()

        with pytest.raises(WrongWorkError):
            work.verify()
