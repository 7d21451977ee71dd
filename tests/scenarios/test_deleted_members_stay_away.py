"""A member who was deleted stays away, whatever comes back that named the member (R-28)."""

import pytest

from pipeflow import (
    Account,
    AssigneesChanged,
    CreateTask,
    Engine,
    ItemReassigned,
    ItemState,
    Job,
    Member,
    NotFoundError,
    NotifyTeam,
    Ports,
    RequestDelivered,
    Role,
    SetStatus,
    Stage,
    TaskCompleted,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateJobAssignees,
    Warned,
)
from pipeflow.model.record import replaced
from pipeflow.ports import Task, TasksPort
from pipeflow.testing import World
from tests.firms import DONE, begun, events, now

MIA, TOM = Member("Mia"), Member("Tom")
CALL = TaskTemplate("Call", assignees=[Role("preparer")])


def warnings(world: World, job: Job) -> list[str]:
    """Return what the history of a job warns of."""
    return [event.text for event in events(world, job, Warned)]


# -- undo ----------------------------------------------------------------------------------------


def taken_from_tom() -> tuple[World, Job]:
    """Move a job to where Tom loses it and the account, and let nothing else name him."""
    taken = [UpdateJobAssignees(remove=["tom"]), UpdateAccountAccess(remove=["tom"])]
    world, job = begun(
        Stage("Intake"), Stage("Work", taken), DONE,
        account=Account("Lovelace", access=["mia", "tom"]), more=[MIA, TOM], assignees=["tom"],
    )  # fmt: skip
    world.engine.move(job, "Work")
    line = world.engine.pipeline("tax")
    world.engine.save(replaced(line, stages=(Stage("Intake"), Stage("Work"), DONE)), replace=True)
    return world, job


def test_an_undo_gives_nothing_back_to_a_member_who_was_deleted() -> None:
    """Else the account could not be saved any more, for there is no such member."""
    world, job = taken_from_tom()
    world.engine.delete("tom")

    world.engine.undo(job)

    account = world.engine.account(job.account)
    assert now(world, job).assignees == frozenset()
    assert account.access == {"mia"}
    assert world.engine.save(replaced(account, tags=frozenset({"vip"}))).tags == {"vip"}
    assert warnings(world, job) == ["undone: 'tom' is not active, and was left out"] * 2


def test_an_undo_gives_nothing_back_to_a_member_who_is_not_active() -> None:
    """To get a job or an account back is to be given something."""
    world, job = taken_from_tom()
    world.engine.save(replaced(TOM, active=False), replace=True)

    world.engine.undo(job)

    assert now(world, job).assignees == frozenset()
    assert world.engine.account(job.account).access == {"mia"}
    assert warnings(world, job) == ["undone: 'tom' is not active, and was left out"] * 2


def test_an_undo_gives_back_to_a_member_who_came_again() -> None:
    """A member of the same id that is saved anew is there, and nothing is warned of."""
    world, job = taken_from_tom()
    world.engine.delete("tom")
    world.engine.save(TOM)

    world.engine.undo(job)

    assert now(world, job).assignees == {"tom"}
    assert world.engine.account(job.account).access == {"mia", "tom"}
    assert warnings(world, job) == []


def test_an_undo_leaves_whoever_has_a_job_where_it_is() -> None:
    """One who is not active keeps what it has: only what comes back is looked at."""
    world, job = begun(
        Stage("Intake"), Stage("Work", [UpdateJobAssignees(add=["mia"])]), DONE,
        account=Account("Lovelace", access=["tom"]), more=[MIA, TOM], assignees=["tom"],
    )  # fmt: skip
    world.engine.move(job, "Work")
    world.engine.save(replaced(TOM, active=False), replace=True)

    world.engine.undo(job)

    assert now(world, job).assignees == {"tom"}
    assert world.engine.account(job.account).access == {"tom"}
    assert warnings(world, job) == []


def test_a_task_that_a_move_cancelled_comes_back_without_a_deleted_member() -> None:
    """Nothing used the member while the task was cancelled."""
    world, job = begun(Stage("Work"), DONE, more=[TOM])
    task = world.engine.link(job, "t-9", name="Call").item("Call")
    world.engine.reassign(task, ["tom"])
    world.engine.move(job, "Done", open="cancel")
    world.engine.delete("tom")

    world.engine.undo(job)

    assert now(world, job).item("Call").state is ItemState.PENDING
    assert now(world, job).item("Call").assignees == frozenset()
    assert warnings(world, job) == ["assignees of 'Call': 'tom' is not active, and was left out"]


def test_an_undo_of_a_move_that_archived_the_job_leaves_out_who_was_deleted() -> None:
    """An archived job names its members no more than on paper."""
    world, job = begun(
        Stage("Work", [CreateTask(CALL)]), Stage("End", [SetStatus("Archived")]),
        more=[TOM, CALL], account=client("tom"), assignees=["tom"],
    )  # fmt: skip
    world.engine.move(job, "End")
    world.engine.save(replaced(world.engine.account(job.account), roles={}))
    world.engine.delete("tom")

    world.engine.undo(job)

    assert now(world, job).status == "Active"
    assert now(world, job).assignees == now(world, job).item("Call").assignees == frozenset()


# -- restoring and reopening ---------------------------------------------------------------------


def client(preparer: str) -> Account:
    """Return an account one of whose roles somebody fills."""
    return Account("Lovelace", roles={"preparer": [preparer]})


def put_away(*, done: bool) -> tuple[World, Job]:
    """Archive a job of Mia's with a task of hers, and delete her."""
    world, job = begun(
        Stage("Work", [CreateTask(CALL)]), Stage("Tell", [NotifyTeam([], "On we go")]), DONE,
        account=client("mia"), more=[MIA, TOM, CALL], assignees=["mia", "tom"],
    )  # fmt: skip
    if done:
        world.engine.record(job.item("Call"), TaskCompleted())
    world.engine.archive(job)
    world.engine.save(replaced(world.engine.account(job.account), roles={}))
    world.engine.delete("mia")
    return world, job


def test_a_restored_job_is_not_a_deleted_member_s() -> None:
    """Neither the job nor its open task, which would wait for somebody who is not there."""
    world, job = put_away(done=False)

    world.engine.restore(job)

    after = now(world, job)
    assert after.assignees == {"tom"}
    assert after.item("Call").assignees == frozenset()
    assert warnings(world, job) == [
        "assignees of the job: 'mia' is not active, and was left out",
        "assignees of 'Call': 'mia' is not active, and was left out",
    ]
    (changed,) = events(world, job, AssigneesChanged)
    assert (changed.added, changed.removed) == (frozenset(), {"mia"})
    (item,) = events(world, job, ItemReassigned)
    assert (item.added, item.removed) == (frozenset(), {"mia"})


@pytest.mark.parametrize("done", [False, True])
def test_the_host_of_a_task_that_comes_back_is_told_who_has_it_now(done: bool) -> None:
    """Else the deleted member has it there for good (R-23)."""
    world, job = put_away(done=done)

    world.engine.restore(job)
    if done:
        assert world.tasks.updated == []
        world.engine.reopen(now(world, job).item("Call"))

    (told,) = world.tasks.updated
    assert (told.item, told.assignees) == (job.item("Call").id, frozenset())


class Creating(TasksPort):
    """Takes tasks, and no changes of them."""

    def create(self, task: Task, /) -> None:
        """Be asked for nothing here."""
        raise AssertionError


def test_a_port_of_tasks_without_an_update_is_told_nothing_of_what_comes_back() -> None:
    """Nothing is asked that nobody takes."""
    world, job = put_away(done=False)
    still = Engine(store=world.store, clock=world.clock, ports=Ports(tasks=Creating()))

    still.restore(job)

    assert now(world, job).item("Call").assignees == frozenset()
    assert len(events(world, job, RequestDelivered)) == 1


def test_a_reopened_task_does_not_wait_for_a_deleted_member() -> None:
    """What is done keeps her name until it is to be done again."""
    world, job = put_away(done=True)
    world.engine.restore(job)
    assert now(world, job).item("Call").assignees == {"mia"}

    world.engine.reopen(now(world, job).item("Call"))

    assert now(world, job).item("Call").assignees == frozenset()
    (work,) = world.engine.work(member="tom")
    assert work.assignees == {"tom"}
    with pytest.raises(NotFoundError):
        world.engine.work(member="mia")


def test_a_task_reopened_while_its_job_is_archived_is_nobody_s_when_that_comes_back() -> None:
    """The archive keeps the name, and the work does not."""
    world, job = put_away(done=True)
    world.engine.reopen(job.item("Call"))
    assert now(world, job).item("Call").assignees == {"mia"}

    world.engine.restore(job)

    assert now(world, job).item("Call").assignees == frozenset()


@pytest.mark.parametrize("gone", ["deleted", "not active"])
def test_no_notice_goes_to_whoever_has_left(gone: str) -> None:
    """And the history says that nobody was told."""
    told = NotifyTeam([], "On we go")
    world, job = begun(
        Stage("Work"), Stage("Tell", [told]), DONE,
        account=client("mia"), more=[MIA], assignees=["mia"],
    )  # fmt: skip
    world.engine.archive(job)
    world.engine.save(replaced(world.engine.account(job.account), roles={}))
    world.engine.save(replaced(MIA, active=False), replace=True)
    if gone == "deleted":
        world.engine.delete("mia")
    world.engine.restore(job)

    world.engine.move(job, "Tell")

    assert world.notices.sent == []
    assert warnings(world, job)[-1] == "notify-team: nobody to notify"
    assert any("'mia' is not active, and was left out" in text for text in warnings(world, job))


def test_who_is_only_inactive_keeps_the_job_that_is_restored() -> None:
    """As somebody who becomes inactive keeps a job under way."""
    world, job = begun(DONE, more=[MIA], assignees=["mia"])
    world.engine.archive(job)
    world.engine.save(replaced(MIA, active=False), replace=True)

    world.engine.restore(job)

    assert now(world, job).assignees == {"mia"}
    assert warnings(world, job) == []


def test_a_member_who_was_deleted_and_comes_again_has_what_the_archive_kept() -> None:
    """The id names somebody who is there."""
    world, job = put_away(done=False)
    world.engine.save(MIA)

    world.engine.restore(job)

    assert now(world, job).assignees == {"mia", "tom"}
    assert warnings(world, job) == []
