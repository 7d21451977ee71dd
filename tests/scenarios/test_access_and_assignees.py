"""Access and assignees: the table of domain.md 1.3, and who works on a job."""

import pytest

from pipeflow import (
    AccessChanged,
    Account,
    AssigneesChanged,
    Member,
    Role,
    Stage,
    UpdateAccountAccess,
    UpdateJobAssignees,
)
from tests.firms import DONE, begun, events, now

MEMBERS = [
    Member("Mia"),
    Member("Tom", default_access=True),
    Member("Eve"),
    Member("Zoe", default_access=True),
]


@pytest.mark.parametrize(
    ("reset", "add", "remove", "result"),
    [
        (True, [], [], {"tom", "zoe"}),
        (True, ["mia"], [], {"mia"}),
        (True, ["mia", "zoe"], ["eve"], {"mia", "zoe"}),
        (False, ["mia"], [], {"eve", "mia"}),
        (False, [], ["eve"], set()),
        (False, ["mia"], ["eve"], {"mia"}),
        (False, [], [], {"eve"}),
    ],
)
def test_access_follows_the_table(
    reset: bool, add: list[str], remove: list[str], result: set[str]
) -> None:
    """Resetting with a filled list gives exactly that list; the defaults are not added."""
    world, job = begun(
        Stage("Intake", [UpdateAccountAccess(add=add, remove=remove, reset=reset)]),
        DONE,
        account=Account("Lovelace", access=["eve"]),
        more=MEMBERS,
    )

    assert world.engine.account(job.account).access == result
    assert len(events(world, job, AccessChanged)) == (result != {"eve"})


def test_a_member_who_loses_default_access_is_not_given_it_by_a_reset() -> None:
    """What counts is how members are saved when the automation's turn comes."""
    world, job = begun(
        Stage("Intake"), Stage("Work", [UpdateAccountAccess(reset=True)]), more=MEMBERS
    )
    world.engine.save(Member("Tom", default_access=False), replace=True)

    world.engine.move(job, "Work")

    assert world.engine.account(job.account).access == {"zoe"}


def test_roles_may_be_given_access() -> None:
    """They are resolved by the account, like those of tasks."""
    world, job = begun(
        Stage("Intake", [UpdateAccountAccess(add=[Role("preparer")])]),
        DONE,
        account=Account("Lovelace", roles={"preparer": ["mia", "tom"]}),
        more=MEMBERS,
    )

    assert world.engine.account(job.account).access == {"mia", "tom"}


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (UpdateJobAssignees(add=["mia"]), {"eve", "mia"}),
        (UpdateJobAssignees(remove=["eve"]), set()),
        (UpdateJobAssignees(add=["mia"], remove=["eve"]), {"mia"}),
        (UpdateJobAssignees(add=["mia"], clear=True), {"mia"}),
        (UpdateJobAssignees(clear=True), set()),
        (UpdateJobAssignees(add=["eve"]), {"eve"}),
    ],
)
def test_assignees_come_and_go(change: UpdateJobAssignees, result: set[str]) -> None:
    """Unassigning, or clearing, comes first; what changes nothing leaves no line."""
    world, job = begun(Stage("Intake", [change]), DONE, more=MEMBERS, assignees=["eve"])

    assert now(world, job).assignees == result
    assert len(events(world, job, AssigneesChanged)) == (result != {"eve"})
