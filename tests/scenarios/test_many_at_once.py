"""Many at once: all is checked before any of it is done, and each is a commit of its own."""

from datetime import date
from typing import Any

import pytest

from pipeflow import (
    ClientView,
    ConflictError,
    CreateTask,
    DefinitionError,
    Done,
    ItemKind,
    ItemState,
    Job,
    JobEdited,
    JobMoved,
    Member,
    NotAllowedError,
    NotFoundError,
    Open,
    Pipeline,
    SendEmail,
    Stage,
    TagsChanged,
)
from pipeflow.ports import Authorizer, Intent
from pipeflow.testing import World
from tests.firms import DONE, PREPARE, WELCOME, dump, events, now, opened

STAGES = (Stage("Intake"), Stage("Work", [CreateTask(PREPARE), SendEmail(WELCOME)]), DONE)
APRIL = date(2027, 4, 15)
WRONG: Any = 5


def many(number: int = 3, **more: Any) -> tuple[World, list[Job]]:
    """Open a firm, and start jobs in it."""
    world = opened(*STAGES, more=(Member("Mia", id="mia"),), **more)
    accounts = [world.account(f"Client {n}") for n in range(number)]
    return world, world.engine.start_many("tax", accounts)


def test_jobs_are_moved_one_after_another() -> None:
    """Each its own commit, and what one asks for leaves before the next is moved."""
    world, jobs = many()

    done = world.engine.move_many(
        [jobs[0], jobs[1].id, jobs[2]], "Work", skip=["create-task-prepare"]
    )

    assert [one.id for one in done] == [job.id for job in jobs]
    assert all(one.ok and one.job == now(world, one.id) for one in done)
    assert [one.job.stage for one in done if one.job] == ["work"] * 3
    assert [email.subject for email in world.email.sent] == [
        f"Welcome, Client {n}" for n in range(3)
    ]
    assert str(done[0]) == "job-1: done"


@pytest.mark.parametrize(
    ("left", "state", "holds"),
    [
        ("stay", ItemState.PENDING, False),
        (Open.CANCEL, ItemState.RESOLVED, False),
        ("carry", ItemState.PENDING, True),
    ],
)
def test_what_they_leave_open_becomes_what_the_move_says(
    left: Open | str, state: ItemState, holds: bool
) -> None:
    """R-24 holds for every move by hand, of one job or of many."""
    world, jobs = many()
    world.engine.move_many(jobs, "Work")

    moved = world.engine.move_many(jobs, "Done", open=left)

    for done in moved:
        assert done.job is not None
        assert done.job.item("Prepare").state is state
        assert bool(done.job.open_items) is holds


def test_how_they_leave_what_is_open_belongs_to_what_is_repeated() -> None:
    """Whoever says another word for it under the same id is told so, as with one job."""
    world, jobs = many()
    world.engine.move_many(jobs, "Work", open="carry", command_id="m")

    again = world.engine.move_many(jobs, "Work", open=Open.CARRY, command_id="m")

    assert all(one.ok for one in again)
    with pytest.raises(ConflictError, match="used before, for 'move_many'"):
        world.engine.move_many(jobs, "Work", open="cancel", command_id="m")
    with pytest.raises(DefinitionError, match=r"\$\.open: .*Allowed: stay, quiet, cancel, carry"):
        world.engine.move_many(jobs, "Work", open="close")


class NoTasks(Authorizer):
    """Mia has nothing to do with tasks, and may do all else."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Never be asked: `may` knows more."""
        raise AssertionError

    def may(self, intent: Intent, /) -> bool:
        """Say no where it is about a task."""
        return intent.actor != "mia" or intent.item_kind is not ItemKind.TASK


def test_a_policy_is_asked_of_which_kinds_many_moves_cancel_something() -> None:
    """Whoever has nothing to do with tasks cancels none by moving its job, nor any with it."""
    world, jobs = many(authorizer=NoTasks())
    world.engine.move_many(jobs, "Work")

    with pytest.raises(NotAllowedError):
        world.engine.move_many(jobs, "Done", open="cancel", actor="mia")
    assert {job.stage for job in world.engine.jobs()} == {"work"}
    assert all(one.ok for one in world.engine.move_many(jobs, "Done", actor="mia"))


def test_a_45_as_many_are_done_at_once_as_are_given() -> None:
    """A screen may have a limit of fifty in one selection; a library has none."""
    world, jobs = many(60)

    moved = world.engine.move_many(jobs, "Done")
    archived = world.engine.archive_many(jobs)

    assert [one.ok for one in (*moved, *archived)] == [True] * 120
    assert [one.stage for one in world.engine.jobs(status="archived")] == ["done"] * 60


def test_jobs_are_archived_edited_and_accounts_tagged() -> None:
    """Each answer is the job or the account as it then stands."""
    world, jobs = many()
    accounts = [job.account for job in jobs]

    edited = world.engine.edit_many(jobs, due=APRIL, assignees=["mia"], name="[ACCOUNT_NAME]")
    tagged = world.engine.tag_many(accounts, {"vip"}, actor="mia")
    archived = world.engine.archive_many(jobs)

    assert [one.job.name for one in edited if one.job] == ["Client 0", "Client 1", "Client 2"]
    assert {one.job.due for one in edited if one.job} == {APRIL}
    assert [one.account for one in tagged] == [world.engine.account(id) for id in accounts]
    assert {one.account.tags for one in tagged if one.account} == {frozenset({"vip"})}
    assert [one.job.status for one in archived if one.job] == ["Archived"] * 3
    assert world.engine.tag_many([], {"vip"}) == []


def test_one_that_is_wrong_has_all_refused_with_every_problem() -> None:
    """Each with its place; nothing is stored."""
    world, jobs = many(4)
    world.engine.archive(jobs[1])
    world.engine.pause(jobs[2], "no papers")
    before = dump(world)

    with pytest.raises(DefinitionError) as mixed:
        world.engine.move_many([*jobs, "job-9"], "Work")
    with pytest.raises(NotFoundError) as strange:
        world.engine.move_many(jobs, "Work", skip=["send-email-welcom"])
    with pytest.raises(NotAllowedError) as still:
        world.engine.move_many(jobs, "Work")
    with pytest.raises(NotFoundError, match=r"\$\.jobs\[1\].*no job 'job-9'"):
        world.engine.archive_many([jobs[0], "job-9"])
    with pytest.raises(NotFoundError, match=r"\$\.accounts\[0\].*no account 'account-9'"):
        world.engine.tag_many(["account-9"], {"vip"})

    assert [problem.where for problem in still.value.problems] == ["$.jobs[1]", "$.jobs[2]"]
    assert [problem.where.partition(",")[0] for problem in mixed.value.problems] == [
        "$.jobs[1]",
        "$.jobs[2]",
        "$.jobs[4]",
    ]
    assert [problem.where for problem in strange.value.problems] == [
        f"$.jobs[{n}], stage 'Work'" for n in range(4)
    ]
    assert strange.value.problems[0].nearest == "send-email-welcome"
    assert dump(world) == before


def test_all_that_is_wrong_with_an_edit_of_many_comes_at_once() -> None:
    """What fits no job once, and what does not fit one of them with its place."""
    world, jobs = many()
    world.engine.edit(jobs[1], start=date(2027, 6, 1))
    world.engine.archive(jobs[2])

    with pytest.raises(DefinitionError) as refused:
        world.engine.edit_many(jobs, due=APRIL, priority=WRONG, assignees=["mya"])

    assert [problem.where for problem in refused.value.problems] == [
        "$.priority",
        "$.jobs[0].assignees",
        "$.jobs[1].assignees",
        "$.jobs[1].due",
        "$.jobs[2].assignees",
        "$.jobs[2]",
    ]
    assert now(world, jobs[0]).due is None


def test_a_bulk_of_ten_thousand_with_one_wrong_is_refused_whole() -> None:
    """In pieces, so that no look at the store is larger than need be."""
    world, jobs = many(2)
    before = dump(world)
    several = [jobs[n % 2].id for n in range(9_999)]

    with pytest.raises(NotFoundError, match=r"\$\.jobs\[7000\].*no job 'job-3'"):
        world.engine.edit_many([*several[:7000], "job-3", *several[7000:]], due=APRIL)

    assert dump(world) == before


def test_each_field_of_many_is_what_was_given_and_done_by_who_did_it() -> None:
    """As where one is edited, moved or tagged."""
    world, jobs = many(1)
    (job,) = jobs
    view = ClientView("Return", description="We are at it")

    world.engine.edit_many(
        jobs, description="By hand", comments="Call", client_view=view, actor="mia", command_id="e"
    )
    world.engine.tag_many([job.account], {"vip"}, actor="mia", command_id="t")
    world.engine.move_many(jobs, "Work", actor="mia", command_id="m")

    there = now(world, job)
    assert (there.description, there.comments, there.client_view) == ("By hand", "Call", view)
    for kind in (JobEdited, JobMoved):
        assert [one.actor for one in events(world, job, kind)] == ["mia"]
    (tagged,) = world.engine.feed(kinds=TagsChanged)
    assert tagged.actor == "mia"
    with pytest.raises(ConflictError):
        world.engine.tag_many([job.account], (), {"vip"}, actor="mia", command_id="t")


def test_what_comes_in_between_harms_no_other() -> None:
    """It says so in its answer, and the others are done."""
    world, jobs = many()

    def come_in_between(event: JobMoved) -> None:
        if event.job == jobs[0].id:
            world.engine.pause(jobs[1], "wait")

    world.engine.on(JobMoved, come_in_between)

    first, second, third = world.engine.move_many(jobs, "Work")

    assert first.ok
    assert third.ok
    assert isinstance(second.error, NotAllowedError)
    assert (second.ok, second.job) == (False, None)
    assert str(second).startswith("job-2: job 'Tax' is paused (wait) and cannot be moved")
    assert now(world, jobs[1]).stage == "intake"


def test_a_repeat_does_what_was_not_done() -> None:
    """And nothing twice; under one id no other command is given (R-33)."""
    world, jobs = many()
    end = world.engine.on(JobMoved, lambda _: world.engine.pause(jobs[1]))

    first = world.engine.move_many(jobs, "Work", command_id="m")
    end()
    world.engine.resume(jobs[1])
    world.engine.move(jobs[0], "Done")
    again = world.engine.move_many(jobs, "work", command_id="m")

    assert [one.ok for one in first] == [True, False, True]
    assert [one.ok for one in again] == [True] * 3
    assert [one.job.stage for one in again if one.job] == ["done", "work", "work"]
    with pytest.raises(ConflictError, match="used before, for 'move_many'"):
        world.engine.move_many(jobs[:2], "Work", command_id="m")
    with pytest.raises(ConflictError, match="used before, for 'move_many'"):
        world.engine.archive_many(jobs, command_id="m")
    assert len(world.tasks.created) == 3


def test_each_bulk_call_acts_once_under_its_id() -> None:
    """All of them."""
    world, jobs = many()
    accounts = [job.account for job in jobs]

    for _ in range(2):
        world.engine.edit_many(jobs, due=APRIL, command_id="e")
        world.engine.tag_many(accounts, {"vip"}, command_id="t")
        world.engine.archive_many(jobs, command_id="a")
        for job in jobs:
            world.engine.restore(job)
            world.engine.edit(job, due=None)
            world.engine.tag(job.account, clear=True)

    assert {job.status for job in world.engine.jobs()} == {"Active"}
    assert {job.due for job in world.engine.jobs()} == {None}
    assert {account.tags for account in world.engine.accounts()} == {frozenset()}


def test_jobs_of_several_pipelines_are_moved_to_the_stage_of_that_name() -> None:
    """Each in its own."""
    world, jobs = many(2)
    world.engine.save(Pipeline("Books", [Stage("Begin"), Stage("Work", id="w"), DONE]))
    books = world.engine.start("books", jobs[0].account)

    done = world.engine.move_many([*jobs, books], "Work", command_id="m")

    assert [one.job.stage for one in done if one.job] == ["work", "work", "w"]


class Clerk(Authorizer):
    """Lets nobody touch the second job."""

    def can(self, actor: str, action: str, about: str) -> bool:
        """Say no of it."""
        return about != "job-2"


def test_whoever_may_not_do_it_to_one_may_not_do_it_to_all() -> None:
    """Before anything is done."""
    world, jobs = many(authorizer=Clerk())

    with pytest.raises(NotAllowedError, match="'mia' may not move 'job-2'"):
        world.engine.move_many(jobs, "Work", actor="mia")

    assert {job.stage for job in world.engine.jobs()} == {"intake"}


def test_what_is_no_list_of_jobs_is_refused() -> None:
    """And what is none of the other things."""
    world, jobs = many()

    with pytest.raises(DefinitionError, match=r"\$\.jobs: must be a list"):
        world.engine.archive_many("job-1")
    with pytest.raises(DefinitionError, match=r"\$\.jobs\[0\]: must be a job or its id"):
        world.engine.archive_many([WRONG])
    with pytest.raises(DefinitionError, match=r"\$\.accounts: must be a list"):
        world.engine.tag_many(WRONG)
    with pytest.raises(DefinitionError, match="both added and removed"):
        world.engine.tag_many([], {"a"}, {"a"})
    with pytest.raises(DefinitionError, match=r"\$\.command_id: must be a text of 1 to 240"):
        world.engine.archive_many(jobs, command_id="x" * 241)
    assert Done("job-1").ok


def test_events_of_many_are_those_of_one() -> None:
    """A listener is told of each."""
    world, jobs = many()
    told: list[str] = []
    world.engine.on(TagsChanged, lambda event: told.append(event.account))

    world.engine.tag_many([job.account for job in jobs], ["vip"])

    assert told == [job.account for job in jobs]
