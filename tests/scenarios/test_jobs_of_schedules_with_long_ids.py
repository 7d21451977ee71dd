"""Jobs of schedules whose id, and whose account's, are as long as ids may be (R-38)."""

from datetime import UTC, date, datetime

import pytest

from pipeflow import Account, Monthly, Pipeline, Schedule, Stage
from pipeflow.engine.recurring import job_id_of
from pipeflow.testing import World
from tests.firms import in_memory_and_in_a_file

LONG = "a" * 500


def begun(world: World) -> World:
    """Save two clients whose ids differ in their last letter, and a schedule for both."""
    books = Pipeline("Books", stages=[Stage("Month")])
    clients = [Account("Ada", id=f"{LONG}1"), Account("Bob", id=f"{LONG}2")]
    monthly = Schedule(
        "Books [PERIOD_MONTH_NAME]",
        id="ö" * 250,
        pipeline=books,
        accounts=clients,
        every=Monthly(31),
        start=date(2026, 1, 1),
    )
    world.engine.save(books, *clients, monthly)
    return world


world = in_memory_and_in_a_file(begun)


def test_each_client_has_its_job_of_each_period_once(world: World) -> None:
    """Under an id that every database can look up by; they come in the order of the periods."""
    world.advance(days=60)
    world.engine.tick()

    jobs = world.engine.jobs()

    assert sorted((one.account[-1], one.name) for one in jobs) == [
        ("1", "Books February"),
        ("1", "Books January"),
        ("2", "Books February"),
        ("2", "Books January"),
    ]
    assert max(len(one.id.encode()) for one in jobs) <= 500
    assert [one.name for one in world.engine.jobs(account=f"{LONG}1")] == [
        "Books January",
        "Books February",
    ]


def test_one_that_was_deleted_does_not_come_again(world: World) -> None:
    """It is known by its id, however that was made."""
    world.advance(days=27)
    (job, _) = world.engine.jobs()
    world.engine.archive(job)
    world.engine.delete(job)

    world.advance(days=2)

    assert datetime(2026, 2, 3, 9, tzinfo=UTC) == world.clock.now()
    assert [one.account[-1] for one in world.engine.jobs()] == ["2"]


@pytest.mark.parametrize(
    ("schedule", "account", "expected"),
    [
        ("payroll", "ada", "payroll.ada.2026-01-31"),
        ("pay~roll", "a.b~c%", "pay~roll.a%2Eb~c%25.2026-01-31"),
        ("s", "~" * 480, f"s.{'~' * 480}.2026-01-31"),
    ],
    ids=["plain", "special", "long"],
)
def test_ids_that_fit_stay_what_they_were(schedule: str, account: str, expected: str) -> None:
    """Or a client would get the job of a period once more that an earlier version has made."""
    assert job_id_of(schedule, account, "2026-01-31") == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [(("a.b", "c"), ("a", "b.c")), (("a~b", "c"), ("a", "b~c")), (("a%2Eb", "c"), ("a.b", "c"))],
    ids=["dots", "tildes", "escapes"],
)
def test_no_two_have_one_id(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Whatever their ids are like."""
    assert job_id_of(*one, "2026-01-31") != job_id_of(*other, "2026-01-31")


def test_what_is_called_as_a_shortened_id_is_another() -> None:
    """Nobody can take the place of a client by an id that looks like what was made of theirs."""
    shortened = job_id_of("s", LONG, "2026-01-31").split(".")[1]

    assert job_id_of("s", shortened, "2026-01-31").split(".")[1] != shortened
