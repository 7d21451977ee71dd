"""Many jobs are started, and one of them cannot be, or is gone by the time of a repeat (A-44)."""

from __future__ import annotations

import pytest

from pipeflow import (
    Account,
    CreateTask,
    Event,
    JobStarted,
    NotFoundError,
    Stage,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.errors import UnavailableError
from pipeflow.ports import Changes
from pipeflow.testing import World
from tests.firms import DONE, PREPARE, opened

NAMES = ("Ada", "Bob", "Cleo")


def firm(*, store: MemoryStore | None = None) -> tuple[World, list[Account]]:
    """Open a firm with three accounts."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, store=store)
    return world, [world.account(name) for name in NAMES]


def interrupted() -> tuple[World, list[Account]]:
    """Start jobs for three accounts, and be killed when the first one was started."""
    world, accounts = firm()
    world.tasks.fail_next(SystemExit("killed"))
    with pytest.raises(SystemExit):
        world.engine.start_many("tax", accounts, command_id="season")
    return world, accounts


def served(world: World) -> list[str]:
    """Return the accounts that have a job, in the order in which those were started."""
    return [job.account for job in world.engine.jobs()]


# -- repeats -------------------------------------------------------------------------------------


def test_a_repeat_starts_those_that_are_missing_though_an_earlier_job_was_deleted() -> None:
    """The season goes on for all others, and the error names the account whose job is gone."""
    world, accounts = interrupted()
    (first,) = world.engine.jobs()
    world.engine.delete(world.engine.archive(first))

    for _ in range(2):
        with pytest.raises(NotFoundError) as gone:
            world.engine.start_many("tax", accounts, command_id="season")
        (problem,) = gone.value.problems
        assert problem.where.startswith("$.accounts[0]")
        assert problem.what.startswith(f"the others were started; there is no job '{first.id}'")

    assert served(world) == [accounts[1].id, accounts[2].id]


def test_a_repeat_starts_those_that_are_missing_though_an_earlier_account_was_deleted() -> None:
    """Whoever leaves while a start of many is interrupted holds up nobody behind."""
    world, accounts = interrupted()
    world.engine.delete(accounts[1])

    with pytest.raises(NotFoundError, match=r"\$\.accounts\[1\].*the others were started; there"):
        world.engine.start_many("tax", accounts, command_id="season")

    assert served(world) == [accounts[0].id, accounts[2].id]


def test_a_repeat_whose_jobs_are_all_gone_says_nothing_of_others() -> None:
    """Each account is named."""
    world, accounts = firm()
    for job in world.engine.start_many("tax", accounts, command_id="season"):
        world.engine.delete(world.engine.archive(job))

    with pytest.raises(NotFoundError) as gone:
        world.engine.start_many("tax", accounts, command_id="season")

    assert [one.where.partition(",")[0] for one in gone.value.problems] == [
        f"$.accounts[{number}]" for number in range(3)
    ]
    assert "the others" not in str(gone.value)
    assert world.engine.jobs() == []


# -- the first call ------------------------------------------------------------------------------


@pytest.mark.parametrize("id", [None, "season"])
def test_an_account_that_is_deleted_between_two_starts_holds_up_no_other(id: str | None) -> None:
    """All were checked, and then a listener took one away."""
    world, (ada, bob, cleo) = firm()

    def leaves(event: Event) -> None:
        if event.job == "job-1":
            world.engine.delete(bob)

    world.engine.on(JobStarted, leaves)

    with pytest.raises(NotFoundError, match=rf"\$\.accounts\[1\].*there is no account '{bob.id}'"):
        world.engine.start_many("tax", [ada, bob, cleo], command_id=id)

    assert served(world) == [ada.id, cleo.id]


def test_a_job_that_is_deleted_as_soon_as_it_starts_was_started() -> None:
    """It is answered as it was started."""
    world, accounts = firm()
    world.engine.on(JobStarted, lambda event: world.engine.delete(world.engine.archive(event.job)))

    jobs = world.engine.start_many("tax", accounts)

    assert [job.account for job in jobs] == [one.id for one in accounts]
    assert world.engine.jobs() == []


def test_a_store_that_does_not_answer_ends_a_start_of_many_at_once() -> None:
    """It is no account's fault, and nobody waits for it thousands of times; a repeat goes on."""

    class Away(MemoryStore):
        """Does not take the second job while it is away."""

        away = False
        refused = 0

        def commit(self, changes: Changes, /) -> bool:
            """Refuse, and count."""
            if self.away and any(key.id == "account-2" for key in changes.expect):
                self.refused += 1
                raise UnavailableError("the disk is full")
            return super().commit(changes)

    store = Away()
    world, accounts = firm(store=store)
    store.away = True
    with pytest.raises(UnavailableError, match=r"^the disk is full$"):
        world.engine.start_many("tax", accounts, command_id="season")
    begun = served(world)
    store.away = False

    jobs = world.engine.start_many("tax", accounts, command_id="season")

    assert (store.refused, begun) == (1, [accounts[0].id])
    assert [job.account for job in jobs] == [one.id for one in accounts]
