"""Notices: what members of the firm are told of by an automation."""

import pytest

from pipeflow import (
    Account,
    Bundle,
    DefinitionError,
    Member,
    NotifyTeam,
    Pipeline,
    RequestDelivered,
    Role,
    Stage,
    Warned,
)
from pipeflow.ports import Notice
from pipeflow.testing import World
from tests.firms import ADA, DONE, begun, events, now

MIA, TOM, EVE = Member("Mia"), Member("Tom"), Member("Eve", active=False)
PREPARER = Role("preparer")


def notified(to: object, account: Account | None = None) -> tuple[World, list[Notice]]:
    """Tell somebody in the first stage, and return what left."""
    told = NotifyTeam(to, "[ACCOUNT_NAME]: begun", "In [CURRENT_YEAR].")  # type: ignore[arg-type]
    world, _ = begun(
        Stage("Intake", [told]), DONE, account=account, more=[MIA, TOM, EVE], assignees=[TOM]
    )
    return world, world.notices.sent


def test_members_and_roles_are_told() -> None:
    """Roles are resolved when it fires; texts are filled in; no item comes of it."""
    account = Account("Lovelace", contacts=[ADA], roles={"preparer": ["tom"]})

    world, (notice,) = notified([MIA, PREPARER], account)

    assert notice.to == ("mia", "tom")
    assert (notice.subject, notice.body) == ("Lovelace: begun", "In 2026.")
    assert (notice.item, notice.template, notice.job) == (None, None, "job-1")
    assert now(world, "job-1").items == ()
    (line,) = events(world, now(world, "job-1"), RequestDelivered)
    assert line.sentence() == "notices took 'notify-team' as notice-1, for mia, tom"


def test_without_names_those_are_told_who_are_assigned_to_the_job() -> None:
    """As they are when its turn comes."""
    _, (notice,) = notified([])

    assert notice.to == ("tom",)


@pytest.mark.parametrize("to", [[EVE], [PREPARER]])
def test_where_there_is_nobody_to_tell_nothing_is_asked_and_history_warns(to: list[object]) -> None:
    """A-28, R-28: a role that nobody fills, a member who is not active."""
    world, sent = notified(to) if to != [EVE] else _later(EVE)

    assert sent == []
    texts = [line.text for line in events(world, now(world, "job-1"), Warned)]
    assert texts[-1] == "notify-team: nobody to notify"
    assert len(texts) == 2


def _later(gone: Member) -> tuple[World, list[Notice]]:
    """Tell a member who has left since the pipeline was saved."""
    stages = [Stage("Intake"), Stage("Tell", [NotifyTeam([gone], "Hi")]), DONE]
    world, job = begun(*stages, more=[Member("Eve")])
    world.engine.save(gone, replace=True)
    world.engine.move(job, "Tell")
    return world, world.notices.sent


def test_no_stage_waits_for_a_notice() -> None:
    """It is neutral, as an e-mail is (A-4)."""
    told = NotifyTeam([MIA], "Hi")
    world, job = begun(Stage("Intake", [told], automove=True), DONE, more=[MIA])

    assert job.stage == "intake"
    assert "nothing was completed" in str(world.engine.history(job))


def test_an_empty_merge_field_is_told() -> None:
    """R-18."""
    told = NotifyTeam([MIA], "For [ACCOUNT_CUSTOM_FIELD:nick]")
    world, job = begun(Stage("Intake", [told]), DONE, more=[MIA])

    assert "nothing to fill in" in events(world, job, Warned)[0].text


def test_undo_lists_a_notice_that_has_left_as_gone() -> None:
    """R-26: nobody can take back what was read; what has not left is withdrawn."""
    stages = [Stage("Intake"), Stage("Tell", [NotifyTeam([MIA], "Hi")]), DONE]
    for error in (None, ConnectionError()):
        world, job = begun(*stages, more=[MIA])
        if error is not None:
            world.notices.fail_next(error)
        world.engine.move(job, "Tell")

        undone = world.engine.undo(job)

        found = undone.gone if error is None else undone.withdrawn
        assert [(trace.port, trace.name) for trace in found] == [("notices", "notify-team")]


def test_a_package_names_roles_and_no_members() -> None:
    """R-31: what it asks of the firm."""
    tell = Pipeline("P", [Stage("A", [NotifyTeam([PREPARER], "[ACCOUNT_CUSTOM_FIELD:state]")])])
    installed = World().engine.install(Bundle(pipelines=[tell]))

    assert installed.roles == {"preparer"}
    assert installed.ports == {"notices"}
    assert installed.fields == {"state"}
    with pytest.raises(DefinitionError, match="names a member"):
        Bundle(pipelines=[Pipeline("P", [Stage("A", [NotifyTeam(["mia"], "Hi")])])])


def test_a_member_who_is_to_be_told_cannot_simply_go() -> None:
    """R-28: the use is listed."""
    world, _ = begun(Stage("Intake", [NotifyTeam([MIA], "Hi")]), DONE, more=[MIA])

    (use,) = world.engine.uses(MIA)

    assert use.where == "$.stages[0].automations[0].to"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"to": 5, "subject": "Hi"}, "$.to"),
        ({"to": [], "subject": ""}, "$.subject"),
        ({"to": [], "subject": "Hi", "body": None}, "$.body"),
    ],
)
def test_a_notice_that_could_not_be_sent_is_refused(fields: dict[str, object], where: str) -> None:
    """When the value is made."""
    with pytest.raises(DefinitionError) as caught:
        NotifyTeam(**fields)  # type: ignore[arg-type]

    assert caught.value.problems[0].where.startswith(where)
