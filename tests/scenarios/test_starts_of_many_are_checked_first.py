"""All jobs of a `start_many` are tried before the first one starts, as moves are (A-44)."""

from __future__ import annotations

import pytest

from pipeflow import (
    Account,
    DefinitionError,
    EmailTemplate,
    LimitError,
    Member,
    NotAllowedError,
    Pipeline,
    SendEmail,
    Settings,
    Stage,
    StartJob,
    tagged,
)
from pipeflow.testing import World
from tests.firms import ADA, DONE, dump, opened


def circle() -> tuple[World, list[Account]]:
    """Open a firm in which a job starts others without end where its account has a tag."""
    world = World()
    loop = Pipeline("Loop", [Stage("A", [StartJob("loop", when=tagged("loop"))]), DONE])
    world.engine.save(loop, Settings(most_steps=5), Member("Mia", id="mia"))
    tags = ((), {"loop"}, (), {"loop"})
    return world, [world.account(f"Client {n}", tags=each) for n, each in enumerate(tags)]


@pytest.mark.parametrize("id", [None, "season"])
def test_a_job_that_would_start_too_many_others_refuses_all(id: str | None) -> None:
    """Before the first one is started, as a move of many is refused; and the id is not used up."""
    world, accounts = circle()
    before = dump(world)

    with pytest.raises(LimitError) as refused:
        world.engine.start_many("loop", accounts, command_id=id)

    assert [one.where for one in refused.value.problems] == ["$.accounts[1]", "$.accounts[3]"]
    assert dump(world) == before
    assert len(world.engine.start_many("loop", accounts[::2], command_id=id)) == 2


def test_a_job_that_would_ask_for_too_much_hides_no_other_that_is_wrong() -> None:
    """Every account that is wrong is named."""
    letters = [EmailTemplate(f"Letter {n}", subject="Hello") for n in range(3)]
    sends = [SendEmail(one, when=tagged("many")) for one in letters]
    world = World()
    pipeline = Pipeline("Tax", [Stage("A", sends), DONE])
    world.engine.save(*letters, pipeline, Settings(most_requests=2))
    ada = world.engine.save(Account("Ada", contacts=[ADA], tags=["many"]))
    bob = world.account("Bob")

    with pytest.raises(DefinitionError) as refused:
        world.engine.start_many("tax", [bob, ada, "account-9"])

    assert [one.where.partition(",")[0] for one in refused.value.problems] == [
        "$.accounts[1]",
        "$.accounts[2]",
    ]
    assert world.engine.jobs() == []


def test_whoever_is_not_active_is_assigned_to_none_of_many() -> None:
    """What is wrong for all alike is said once."""
    world, accounts = circle()
    world.engine.save(Member("Mia", id="mia", active=False), replace=True)

    with pytest.raises(NotAllowedError) as refused:
        world.engine.start_many("loop", accounts[::2], assignees=["mia"])

    assert [one.where for one in refused.value.problems] == ["$.assignees"]


def test_a_check_uses_up_no_id_of_the_hosts() -> None:
    """Jobs are numbered as if each were started by itself."""
    world = opened(Stage("Work"), DONE)

    jobs = world.engine.start_many("tax", [world.account(name) for name in ("Ada", "Bob", "Eve")])

    assert [job.id for job in jobs] == ["job-1", "job-2", "job-3"]
