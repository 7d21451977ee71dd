"""Daily work: what clerks change of running jobs, and jobs that are paused (R-22, R-23, R-27)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pipeflow import (
    UNCHANGED,
    Account,
    AutomationSkipped,
    ClientView,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    Engine,
    InvoicePaid,
    ItemReassigned,
    ItemRescheduled,
    Job,
    JobEdited,
    Member,
    NotAllowedError,
    NotFoundError,
    PipeflowError,
    Pipeline,
    Priority,
    Ref,
    Role,
    SendEmail,
    Stage,
    TaskCompleted,
    TaskTemplate,
    WaitReason,
)
from pipeflow.insight.explain import explain
from pipeflow.ports import Authorizer, Ports, Receipt, Task, TaskChange, TasksPort
from pipeflow.testing import World
from tests.firms import (
    ADA,
    DAILY,
    DONE,
    FEE,
    PREPARE,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
)

APRIL, OCTOBER = date(2027, 4, 15), date(2027, 10, 15)
MIA, TOM = Member("Mia", id="mia"), Member("Tom", id="tom")
WRONG: Any = 5
FILE = TaskTemplate("File", assignees=["mia"], due=APRIL)
BILLING = Stage("Billing", [CreateInvoice(FEE, reminders=DAILY)], automove=True)
FIRST = Stage("First", [CreateTask(PREPARE)], automove=True)


def firm(*stages: Stage, **more: Any) -> tuple[World, Job]:
    """Open a firm of two members, and start a job."""
    return begun(*stages, more=(MIA, TOM), **more)


# -- editing -------------------------------------------------------------------------------------


def test_r_22_a_running_job_can_be_edited() -> None:
    """What is given changes; the event says from what to what, and who did it."""
    world, job = firm(FIRST, DONE)
    told: list[JobEdited] = []
    world.engine.on(JobEdited, told.append)

    edited = world.engine.edit(
        job,
        name="1040 for [ACCOUNT_NAME]",
        assignees=[MIA, "tom"],
        priority="high",
        start=date(2027, 1, 4),
        due=APRIL,
        description="By [JOB_DUE_DATE].",
        comments="Ask first.",
        client_view=ClientView("Your return"),
        time_budget=timedelta(hours=3),
        actor="mia",
    )

    assert edited == now(world, job)
    assert (edited.name, edited.assignees) == ("1040 for Lovelace", frozenset({"mia", "tom"}))
    assert (edited.priority, edited.due) == (Priority.HIGH, APRIL)
    assert (edited.description, edited.comments) == ("By April 15, 2027.", "Ask first.")
    assert (edited.client_view, edited.time_budget) == (
        ClientView("Your return"),
        timedelta(hours=3),
    )
    (event,) = told
    assert event.actor == "mia"
    assert [str(change) for change in event.changes][:2] == [
        "name from 'Tax' to '1040 for Lovelace'",
        "assignees from nothing to 'mia, tom'",
    ]
    assert edited.stage == job.stage
    assert world.engine.jobs(assignee=TOM) == [edited]


def test_an_edit_with_a_command_id_acts_once() -> None:
    """What is unchanged is not said, so that giving it does not make another command of it."""
    world, job = firm(FIRST, DONE)

    world.engine.edit(job, due=APRIL, command_id="e")
    world.engine.edit(job, due=OCTOBER)
    again = world.engine.edit(job, due=APRIL, name=UNCHANGED, command_id="e")

    assert again.due == OCTOBER
    with pytest.raises(PipeflowError, match="used before, for 'edit' on 'job-1'"):
        world.engine.edit(job, due=None, command_id="e")


def test_a_role_and_one_member_alone_can_be_assigned() -> None:
    """As at the start."""
    world, job = firm(FIRST, DONE)

    assert world.engine.edit(job, assignees=MIA).assignees == {"mia"}  # type: ignore[arg-type]
    assert world.engine.edit(job, assignees="tom").assignees == {"tom"}
    assert world.engine.edit(job, assignees=[Role("preparer")]).assignees == frozenset()


def test_assignees_that_can_be_gone_through_once_are_looked_at_once() -> None:
    """What is wrong among them is not lost on the way."""
    world, job = firm(FIRST, DONE)

    with pytest.raises(DefinitionError, match=r"\$\.assignees: must be text"):
        world.engine.edit(job, assignees=(one for one in ["mia", WRONG]))
    assert world.engine.edit(job, assignees=(one for one in ["mia", "tom"])).assignees == {
        "mia",
        "tom",
    }


def test_all_that_is_wrong_with_an_edit_is_refused_at_once() -> None:
    """What fits no job, and what does not fit this one; nothing is stored."""
    world, job = firm(FIRST, DONE)
    world.engine.edit(job, start=APRIL)
    world.engine.archive(job)
    before = dump(world)

    with pytest.raises(DefinitionError) as refused:
        world.engine.edit(
            job,
            name=WRONG,
            assignees=["mya", "tom", "nobody"],
            priority="hihg",
            due=date(2027, 1, 1),
            description="[NO_CODE]",
            comments=WRONG,
            client_view=WRONG,
            time_budget=timedelta(-1),
        )

    found = {problem.where: problem for problem in refused.value.problems}
    assert [problem.where for problem in refused.value.problems] == [
        "$.name",
        "$.priority",
        "$.comments",
        "$.client_view",
        "$.time_budget",
        "$.assignees",
        "$.assignees",
        "",
        "$.description",
        "$.due",
    ]
    assert found["$.priority"].nearest == "high"
    assert refused.value.problems[5].nearest == "mia"
    assert "is archived and cannot be edited" in found[""].what
    assert dump(world) == before


@pytest.mark.parametrize(
    ("fields", "error", "match"),
    [
        ({"name": ""}, DefinitionError, r"\$\.name: must not be empty"),
        ({"name": None}, DefinitionError, r"\$\.name: must be text"),
        ({"assignees": 5}, DefinitionError, r"\$\.assignees: must be a list of members"),
        ({"assignees": ["mya"]}, NotFoundError, r"\$\.assignees: .*mean 'mia'"),
        ({"priority": None}, DefinitionError, r"\$\.priority: there is no priority None"),
        ({"start": datetime(2027, 1, 1)}, DefinitionError, r"\$\.start: must be a date or None"),
        ({"due": "2027-04-15"}, DefinitionError, r"\$\.due: must be a date or None"),
        ({"time_budget": 4}, DefinitionError, r"\$\.time_budget: must be a positive timedelta"),
        ({"description": None}, DefinitionError, r"\$\.description: must be text"),
    ],
)
def test_what_fits_no_job_is_refused(
    fields: dict[str, Any], error: type[PipeflowError], match: str
) -> None:
    """With the place, what was given and what is allowed."""
    world, job = firm(FIRST, DONE)

    with pytest.raises(error, match=match):
        world.engine.edit(job, **fields)


def test_none_takes_away_what_can_be_without() -> None:
    """A day, a view, a budget, and whoever was assigned."""
    world, job = firm(FIRST, DONE, due=APRIL, assignees=["mia"])
    world.engine.edit(job, client_view=ClientView("V"), time_budget=timedelta(hours=1))

    bare = world.engine.edit(job, assignees=None, due=None, client_view=None, time_budget=None)

    assert bare.assignees == frozenset()
    assert (bare.due, bare.client_view, bare.time_budget) == (None, None, None)


class Clerk(Authorizer):
    """Lets nobody edit."""

    def can(self, actor: str, action: str, about: str) -> bool:
        """Say no."""
        return action != "edit"


def test_whoever_may_not_edit_learns_nothing_of_the_job() -> None:
    """Also where the edit is wrong."""
    world = opened(FIRST, DONE, authorizer=Clerk())
    job = world.engine.start("tax", world.account())
    world.engine.archive(job)

    for name in (WRONG, "Right"):
        with pytest.raises(NotAllowedError, match="'mia' may not edit 'job-1'"):
            world.engine.edit(job, name=name, actor="mia")


def test_an_unknown_job_cannot_be_edited() -> None:
    """The error names it beside all else."""
    world, _ = firm(FIRST, DONE)

    with pytest.raises(NotFoundError, match="no job 'job-2'"):
        world.engine.edit("job-2", due=APRIL)
    with pytest.raises(DefinitionError, match=r"(?s)\$\.due.*no job 'job-2'"):
        world.engine.edit("job-2", due=WRONG)


# -- items ---------------------------------------------------------------------------------------


def test_r_23_an_item_is_reassigned_and_rescheduled_by_hand() -> None:
    """Members, their ids or roles; `explain` tells whom it waits for, and until when."""
    world, job = begun(
        Stage("Work", [CreateTask(FILE)], automove=True), DONE, more=(MIA, TOM, FILE)
    )
    item = job.item("File")

    assert (item.assignees, item.due) == (frozenset({"mia"}), APRIL)
    assert "waits for task 'File' (job-1/1); for mia; due 2027-04-15" in str(
        world.engine.explain(job)
    )

    world.engine.reassign(item, [TOM, "mia"])
    world.engine.reassign(item.id, "tom", actor="mia")
    after = world.engine.reschedule(item, OCTOBER)

    assert (after.item("File").assignees, after.item("File").due) == (frozenset({"tom"}), OCTOBER)
    told = events(world, job, ItemReassigned)
    assert [event.actor for event in told] == ["system", "mia"]
    assert [(event.item, event.name) for event in told] == [(item.id, "File")] * 2
    assert world.engine.reassign(item, ()).item("File").assignees == frozenset()
    assert world.engine.reschedule(item, None).item("File").due is None


def test_who_moved_a_due_date_is_told_and_when() -> None:
    """As of everything that somebody does."""
    world, job = firm(FIRST, DONE)
    world.advance(days=1)

    world.engine.reschedule(job.item("Prepare"), APRIL, actor="mia")

    (told,) = events(world, job, ItemRescheduled)
    assert (told.actor, told.at, told.before, told.due) == ("mia", world.clock.now(), None, APRIL)


def test_an_item_may_be_for_a_member_and_for_whoever_fills_a_role() -> None:
    """Both are meant at once."""
    account = Account("Lovelace", contacts=[ADA], roles={"Partner": "tom"})
    world, job = firm(FIRST, DONE, account=account)

    after = world.engine.reassign(job.item("Prepare"), ["mia", Role("Partner")])

    assert after.item("Prepare").assignees == {"mia", "tom"}


def test_a_start_names_everybody_who_is_not_there() -> None:
    """All of them, with the place, as an edit does; so does a start of many."""
    world = World()
    world.engine.save(Member("Mia"), Pipeline("Tax", [Stage("Work")]))
    client = world.account()
    told = (
        "2 problems:\n"
        "  - $.assignees: there is no member 'may'. Did you mean 'mia'? Allowed: mia.\n"
        "  - $.assignees: there is no member 'xy'. Allowed: mia."
    )

    with pytest.raises(NotFoundError) as refused:
        world.engine.start("tax", client, assignees=["xy", "may"])
    with pytest.raises(NotFoundError) as refused_many:
        world.engine.start_many("tax", [client], assignees=["xy", "may"])

    assert str(refused.value) == str(refused_many.value) == told
    assert world.engine.jobs() == []


def test_what_is_wrong_with_a_reassignment_is_refused() -> None:
    """With the nearest member."""
    world, job = firm(FIRST, DONE)
    item = job.item("Prepare")

    with pytest.raises(NotFoundError, match=r"\$\.to: there is no member 'mya'.*mean 'mia'"):
        world.engine.reassign(item, ["mya"])
    with pytest.raises(DefinitionError, match=r"\$\.to: must be a list"):
        world.engine.reassign(item, WRONG)
    with pytest.raises(DefinitionError, match=r"\$\.due: must be a date or None"):
        world.engine.reschedule(item, WRONG)
    with pytest.raises(NotFoundError, match="no item"):
        world.engine.reschedule("job-1/7", APRIL)


class Board(TasksPort):
    """A host's tasks, which take no changes."""

    def create(self, task: Task, /) -> Receipt:
        """Make one."""
        return Receipt("t-1")


class Pinboard:
    """The same, by somebody who inherits from nothing."""

    create = Board.create


def test_the_hosts_tasks_are_told_of_a_change() -> None:
    """Once, under a key of its own; what could not be told yet gives way to the next change."""
    world, job = firm(FIRST, DONE)
    item = job.item("Prepare")
    world.tasks.fail_next(OSError("down"))

    world.engine.reassign(item, ["mia"])
    (failure,) = world.engine.failures()
    world.engine.reschedule(item, APRIL)
    world.advance(days=1)

    (change,) = world.tasks.updated
    assert change == TaskChange(
        change.key,
        job.account,
        job.id,
        item.id,
        "prepare",
        "Prepare",
        "task-1",
        item.request,
        frozenset({"mia"}),
        APRIL,
    )
    assert isinstance(failure.request, TaskChange)
    assert not world.engine.failures()
    assert now(world, job).item("Prepare").ref == item.ref
    assert world.engine.item(Ref("tasks", "task-1")).due == APRIL


@pytest.mark.parametrize("board", [Board(), Pinboard()])
def test_a_host_whose_tasks_take_no_changes_is_not_asked(board: Any) -> None:
    """One that was asked by somebody else, or that delivers by itself, takes them and is silent."""
    world, job = firm(FIRST, DONE)
    bare = Engine(ports=Ports(tasks=board), store=world.store, clock=world.clock)
    asks = Engine(store=world.store, clock=world.clock, deliver=False)
    item = job.item("Prepare")

    before = len(bare.history(job))
    bare.reassign(item, ["mia"])
    told = [*bare.history(job)][before:]
    asks.reassign(item, ["tom"])
    done = bare.tick()

    assert [type(event).__name__ for event in told] == ["ItemReassigned"]
    assert len(done.delivered) == 1
    assert not bare.failures()
    assert world.tasks.updated == []


# -- pauses --------------------------------------------------------------------------------------


def test_r_27_a_job_is_paused_and_resumed() -> None:
    """Nothing moves, fires or reminds meanwhile; facts are kept, and resuming evaluates."""
    world, job = firm(BILLING, Stage("Thanks", [SendEmail(WELCOME)]), DONE)

    world.engine.pause(job, "no papers", actor="mia")
    world.advance(days=30)
    paid = world.engine.record(job.item("Fee"), InvoicePaid())
    with pytest.raises(NotAllowedError, match=r"is paused \(no papers\) and cannot be moved"):
        world.engine.move(job, "Thanks")
    sent_before = list(world.email.sent)
    goes_on = world.engine.resume(job)

    assert sent_before == []
    assert (paid.stage, paid.paused) == ("billing", "no papers")
    assert (goes_on.stage, goes_on.paused) == ("thanks", None)
    assert [email.subject for email in world.email.sent] == ["Welcome, Lovelace"]


@pytest.mark.parametrize("reminders", [True, False])
def test_resuming_says_whether_reminders_go_on(reminders: bool) -> None:
    """One interval from then, or not at all."""
    world, job = firm(BILLING, DONE)
    world.advance(days=1)
    world.engine.pause(job)
    world.advance(days=9)

    world.engine.resume(job, reminders=reminders)
    at_once = len(world.email.sent)
    world.advance(days=1)

    assert at_once == 1
    assert len(world.email.sent) == (2 if reminders else 1)


def test_explain_says_who_paused_a_job_when_and_why() -> None:
    """Beside what is open, and what else holds it."""
    world, job = firm(BILLING, DONE)
    world.engine.pause(job, "no papers", actor="mia")

    explained = world.engine.explain(job)

    assert explained.reason is WaitReason.PAUSED
    at = f"{world.clock.now():%Y-%m-%d %H:%M} UTC"
    assert explained.sentence == (
        f"Open: invoice 'Fee'. It is paused since {at}, by Mia: no papers. "
        "Nothing moves, fires or reminds until it is resumed."
    )
    world.engine.record(job.item("Fee"), InvoicePaid())
    assert world.engine.explain(job).sentence.startswith("Nothing is open. It is paused")
    world.engine.set_status(job, "On hold")
    assert "holds it until it is Active again" in world.engine.explain(job).sentence
    assert "It is paused since" in world.engine.explain(job).sentence
    world.engine.pause(job, "")
    assert world.engine.explain(job).sentence.endswith(
        "by system. Nothing moves, fires or reminds until it is resumed."
    )
    assert (
        "It is paused. Nothing"
        in explain(world.engine._desk.records.state(job.id), (), ()).sentence
    )


def test_what_is_wrong_with_a_pause_is_refused() -> None:
    """A reason is text, and reminders go on or not."""
    world, job = firm(BILLING, DONE)

    with pytest.raises(DefinitionError, match=r"\$\.reason: must be text"):
        world.engine.pause(job, WRONG)
    with pytest.raises(DefinitionError, match=r"\$\.reminders: must be True or False"):
        world.engine.resume(job, reminders=WRONG)
    assert world.engine.resume(job) == job


# -- bringing work along -------------------------------------------------------------------------


def test_r_25_running_work_is_brought_along_without_firing() -> None:
    """One job, or many, or one that is taken over; history says so (R-25)."""
    world = opened(FIRST, BILLING, DONE, more=[Pipeline("Books", [FIRST, DONE])])
    ada, bob = world.account("Ada"), world.account("Bob")

    one = world.engine.start("tax", ada, stage="Billing", fire=False)
    many = world.engine.start_many("tax", [ada, bob], fire=False, command_id="m")
    over = world.engine.transfer(one, "books", fire=False)

    assert [job.items for job in (one, *many, over)] == [()] * 4
    assert world.invoices.created == world.tasks.created == []
    reasons = [event.reason for event in events(world, over, AutomationSkipped)]
    assert reasons == ["nothing was to fire"] * 2
    assert world.engine.start_many("tax", [ada, bob], fire=False, command_id="m") == many
    with pytest.raises(PipeflowError, match="was used before"):
        world.engine.start_many("tax", [ada, bob], command_id="m")


def test_r_25_automations_are_left_out_at_the_start_and_by_a_transfer() -> None:
    """An automation or its id, one alone too; one that is not there has all refused (R-25)."""
    task = CreateTask(PREPARE)
    world = opened(FIRST, DONE, more=[Pipeline("Books", [FIRST, DONE])])
    ada = world.account("Ada")

    one = world.engine.start("tax", ada, skip="create-task-prepare")
    (many,) = world.engine.start_many("tax", [ada], skip=["create-task-prepare"])
    over = world.engine.transfer(one, "books", skip=[task])

    assert [job.items for job in (one, many, over)] == [()] * 3
    with pytest.raises(NotFoundError, match="Did you mean 'create-task-prepare'"):
        world.engine.start_many("tax", [ada], skip=["create-task-prepar"])
    with pytest.raises(DefinitionError, match=r"\$\.fire: must be True or False"):
        world.engine.start("tax", ada, fire=WRONG)
    with pytest.raises(DefinitionError, match=r"\$\.skip: must be text"):
        world.engine.transfer(one, "tax", skip=[WRONG])
    assert len(world.engine.jobs()) == 2


def test_a_completed_job_is_made_active_before_it_is_moved() -> None:
    """The error names the call (A-22)."""
    world, job = firm(FIRST, DONE)
    world.engine.set_status(job, "Completed")

    with pytest.raises(NotAllowedError, match=r"make it Active first: set_status\(job, 'Active'\)"):
        world.engine.move(job, "Done")
    world.engine.record(job.item("Prepare"), TaskCompleted())
    assert world.engine.set_status(job, "Active").stage == "done"
