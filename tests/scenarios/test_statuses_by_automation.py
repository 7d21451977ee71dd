"""The automation that sets a job's status: the last effect of an entry (A-22, A-23)."""

import pytest

from pipeflow import (
    After,
    AutomationRan,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    InvoiceTemplate,
    ItemState,
    Job,
    LimitError,
    LineItem,
    NotAllowedError,
    Pipeline,
    SendEmail,
    SetStatus,
    Settings,
    Stage,
    Status,
    StatusChanged,
    TaskTemplate,
    TimeInStage,
    Warned,
    WhenDone,
    rules,
)
from pipeflow.rules import turns
from pipeflow.testing import World
from tests.faults.offices import lose_template
from tests.firms import (
    DAILY,
    DONE,
    FEE,
    ORGANIZER,
    PREPARE,
    TEMPLATES,
    WELCOME,
    begun,
    events,
    names_of,
    now,
    usd,
)


def test_the_status_is_set_when_all_automations_of_the_entry_have_run() -> None:
    """Those behind it in the list fire; the status is the last effect."""
    file = Stage("File", [SetStatus("completed"), SendEmail(WELCOME), CreateTask(PREPARE)])
    world, job = begun(Stage("Intake"), file, DONE)

    job = world.engine.move(job, "File")

    assert (job.status, len(world.email.sent), len(world.tasks.created)) == ("Completed", 1, 1)
    told = names_of(world.engine.history(job))
    ran = [place for place, name in enumerate(told) if name == "AutomationRan"]
    assert ran[-1] < told.index("StatusChanged") < len(told) - 1 - told[::-1].index("JobWaits")
    assert world.engine.work() == ()  # nothing is open in a job that is over


def test_a_23_a_status_that_an_automation_sets_suspends_automove() -> None:
    """Until the job is Active again, by hand or by another entry."""
    hold = Stage("Hold", [SetStatus("ON HOLD"), CreateTask(PREPARE)], automove=True)
    world, job = begun(hold, Stage("Check", [SetStatus("Active")], automove=True), DONE)

    job = world.team.completes(job, "Prepare")
    assert (job.stage, job.status) == ("hold", "On hold")

    job = world.engine.move(job, "Check")
    assert (job.stage, job.status) == ("check", "Active")
    assert [line.status for line in events(world, job, StatusChanged)] == ["On hold", "Active"]


def test_r_34_what_waits_for_something_done_fires_before_a_job_that_is_active_again_moves_on() -> (
    None
):
    """The bill came to nothing and was done while the job was held; its stage is not left so."""
    gift = InvoiceTemplate("Gift", lines=[LineItem("Form", rate=usd("0"))])
    thanks = WhenDone("create-invoice-gift", [SendEmail(WELCOME)])
    check = Stage(
        "Check", [CreateInvoice(gift), SetStatus("Active")], automove=True, triggers=[thanks]
    )
    world, job = begun(Stage("Intake"), check, DONE, more=[gift])
    world.engine.set_status(job, "On hold")

    job = world.engine.move(job, "Check")

    assert (job.stage, job.status) == ("done", "Active")
    assert [mail.subject for mail in world.email.sent] == ["Welcome, Lovelace"]


def test_an_automove_that_enters_such_a_stage_goes_no_further() -> None:
    """Also in the same command; on_empty would pass on else."""
    world, job = begun(
        Stage("Prepare", [CreateTask(PREPARE)], automove=True),
        Stage("File", [SetStatus("Completed"), CreateTask(PREPARE)], automove=True),
        DONE,
    )

    job = world.team.completes(job, "Prepare")

    assert (job.stage, job.status) == ("file", "Completed")


def test_the_last_of_several_counts_and_the_status_that_it_has_is_no_change() -> None:
    """Only one change is told."""
    steps = [SetStatus("On hold", id="a"), SetStatus("Active", id="b")]
    world, job = begun(Stage("Intake", steps), DONE)

    assert job.status == "Active"
    assert events(world, job, StatusChanged) == []
    assert len(events(world, job, AutomationRan)) == 2


def test_a_job_that_an_automation_completes_reminds_nobody() -> None:
    """R-9: as when a person completes it."""
    world, job = begun(
        Stage("Ask", [CreateOrganizer(ORGANIZER, reminders=DAILY)]),
        Stage("File", [SetStatus("Completed")]),
        DONE,
    )

    world.engine.move(job, "File")
    world.advance(days=5)

    assert world.email.sent == []


@pytest.mark.parametrize("status", ["Completed", "Archived", "On hold"])
def test_undo_takes_back_a_move_that_ended_the_job(status: str) -> None:
    """R-26, A-22: nobody has to make it Active first, since it was the move that ended it."""
    world, job = begun(
        Stage("Ask", [CreateOrganizer(ORGANIZER, reminders=DAILY)]),
        Stage("File", [SetStatus(status)]),
        DONE,
    )
    world.engine.move(job, "File")

    world.engine.undo(job)

    back = now(world, job)
    assert (back.stage, back.status) == ("ask", "Active")
    assert events(world, job, StatusChanged)[-1].status == "Active"
    world.advance(days=2)
    assert len(world.email.sent) > 0  # its reminders go on


def test_undo_of_a_job_that_was_ended_afterwards_is_refused_as_ever() -> None:
    """A-22: the error names the way."""
    world, job = begun(Stage("Intake"), Stage("File", [SetStatus("Completed")]), DONE)
    job = world.engine.move(job, "File")
    world.engine.set_status(job, "Active")
    world.engine.set_status(job, "Completed")
    with pytest.raises(NotAllowedError, match="set_status"):
        world.engine.undo(job)
    world, job = begun(Stage("Intake"), DONE)
    world.engine.archive(job)
    with pytest.raises(NotAllowedError, match="restore it first"):
        world.engine.undo(job)


def test_a_status_that_the_pipeline_has_not_is_refused_when_it_is_saved() -> None:
    """With the nearest; also where an edit takes the status away."""
    wrong = Pipeline("P", [Stage("A", [SetStatus("On hodl")]), DONE], statuses=["On hold"])
    world = World()

    with pytest.raises(DefinitionError, match="Did you mean 'On hold'") as caught:
        world.engine.save(wrong)

    assert caught.value.problems[0].where.startswith("$.stages[0].automations[0].status")
    right = wrong.replace("A", "set-status", SetStatus(Status("On hold")))
    assert world.engine.save(right).stages[0].automations[0] == SetStatus(
        "On hold", id="set-status"
    )


def test_a_status_that_is_gone_all_the_same_is_warned_of_and_harms_nothing() -> None:
    """Such as of a pipeline that was kept by an older version."""
    pipeline = Pipeline("P", [Stage("A", [SetStatus("Gone"), SendEmail(WELCOME)]), DONE])
    world, job = begun(Stage("Intake"), DONE)
    state = world.engine._desk.records.state(job.id)
    templates = {one.id: one for one in TEMPLATES}
    book = rules.Book(pipeline, templates, state.book.firm, state.book.zone)
    draft = rules.Draft(rules.State("t", job, state.account, book), world.clock.now(), "mia")

    turns.fire(draft, pipeline.stages[0])
    decision = draft.decide()

    assert [type(request).__name__ for request in decision.requests] == ["Email"]
    (warned,) = [event for event in decision.events if isinstance(event, Warned)]
    assert "no longer has the status 'Gone'" in warned.text


# -- beside triggers and the automations of statuses ---------------------------------------------


def with_statuses(*statuses: Status, settings: Settings | None = None) -> tuple[World, Job]:
    """Start a job of a pipeline with these statuses, whose second stage sets the first of them."""
    stages = [Stage("Work"), Stage("Ask", [SetStatus(statuses[0].name)]), DONE]
    world = World()
    extra = () if settings is None else (settings,)
    world.engine.save(*TEMPLATES, *extra, Pipeline("Own", stages, statuses=statuses))
    return world, world.engine.start("own", world.account())


def test_the_automations_of_a_status_fire_where_an_automation_sets_it() -> None:
    """And its automove brings the job back when what they made is done (domain.md 2.6)."""
    world, job = with_statuses(Status("Asked", automations=[CreateTask(PREPARE)], automove=True))

    job = world.engine.move(job, "Ask")
    assert (job.status, [item.name for item in job.items]) == ("Asked", ["Prepare"])

    assert world.team.completes(job, "Prepare").status == "Active"


def test_a_status_may_set_another_and_a_circle_of_them_ends() -> None:
    """The command is refused whole, as other circles are."""
    follows = Status("One", automations=[SetStatus("Two")])
    world, job = with_statuses(follows, Status("Two"))
    assert world.engine.set_status(job, "One").status == "Two"

    back = Status("Two", automations=[SetStatus("One")])
    world, job = with_statuses(follows, back, settings=Settings(most_steps=9))
    with pytest.raises(LimitError, match="change its status more than 9 times"):
        world.engine.move(job, "Ask")
    assert now(world, job) == job


def test_a_trigger_may_set_a_status_too() -> None:
    """After some time in a stage, of a job that nobody has touched."""
    stale = TimeInStage(After(days=3), [SetStatus("On hold")])
    world, job = begun(Stage("Work", triggers=[stale]), DONE)

    world.advance(days=4)

    assert now(world, job).status == "On hold"


def test_a_stage_does_not_wait_for_what_a_status_could_not_run() -> None:
    """When the job is Active again; what its explanation says is what then happens."""
    call = TaskTemplate("Call")
    waiting = Status("Waiting", automations=[CreateTask(call)], automove=True)
    line = Pipeline(
        "Line", stages=[Stage("Work", [CreateTask(PREPARE)], automove=True), DONE],
        statuses=[waiting],
    )  # fmt: skip
    world = World()
    world.engine.save(line, PREPARE, call)
    lose_template(world, "call")
    job = world.engine.set_status(world.engine.start(line, world.account()), "Waiting")
    assert "could not run" in world.engine.explain(job).sentence

    job = world.engine.set_status(job, "Active")

    assert [one.automation for one in job.blocked] == ["status-waiting.create-task-call"]
    assert world.engine.explain(job).sentence == (
        "It waits for task 'Prepare', and then moves on by itself to 'Done'."
    )
    assert world.engine.complete(job.item("Prepare")).stage == "done"


def test_a_status_that_waits_for_what_it_could_not_run_says_so_beside_what_is_open() -> None:
    """What is open alone does not end it."""
    call = TaskTemplate("Call")
    status = Status("Bank", automations=[CreateTask(call), CreateTask(PREPARE)], automove=True)
    world = World()
    tax = Pipeline("Tax", [Stage("Intake"), DONE], statuses=[status])
    world.engine.save(call, *TEMPLATES, tax)
    lose_template(world, "call")
    job = world.engine.set_status(world.job_at("tax", "Intake"), status)

    assert world.engine.explain(job).sentence == (
        "Its status 'Bank' waits for task 'Prepare', and for create task 'call', which could not "
        "run."
    )

    job = world.engine.complete(job.items[0])
    assert job.status == "Bank"
    world.engine.abandon(job.blocked[0].key)
    assert now(world, job).status == "Active"


def in_status(status: Status, *stages: Stage) -> tuple[World, Job]:
    """Open a firm with a job in the first stage, which is given a status."""
    world = World()
    world.engine.save(*TEMPLATES, Pipeline("Tax", stages, statuses=[status]))
    return world, world.engine.set_status(world.job_at("tax", stages[0]), status)


@pytest.mark.parametrize("left", ["stay", "quiet", "cancel", "carry"])
def test_a_move_leaves_what_belongs_to_the_status_that_the_job_keeps(left: str) -> None:
    """The status waits for it still, and the client is reminded of it (2.6, R-24)."""
    work = Stage("Work", [CreateTask(PREPARE)], automove=True)
    status = Status("Bank", automations=[CreateInvoice(FEE, reminders=DAILY)], automove=True)
    world, job = in_status(status, Stage("Intake", [CreateTask(PREPARE)]), work, DONE)
    engine = world.engine

    job = engine.move(job, "Work", open=left)

    fee = job.item("Fee")
    assert (job.status, fee.state) == ("Bank", ItemState.PENDING)
    world.advance(days=1)
    assert len(world.email.sent) == 1
    assert world.invoices.cancelled == []
    job = engine.complete(fee)
    assert (job.status, job.stage) == ("Active", "work")


@pytest.mark.parametrize("again", [True, False])
def test_a_move_leaves_no_room_for_what_an_earlier_setting_of_the_status_made(again: bool) -> None:
    """Nor for what a status made in which the job is no longer: nobody waits for that."""
    status = Status("Bank", automations=[CreateTask(PREPARE)], automove=True)
    world, job = in_status(status, Stage("Intake"), Stage("Work"), DONE)
    for one in ("Active", *["Bank"] * again):
        world.engine.set_status(job, one)

    job = world.engine.move(job, "Work", open="cancel")

    states = [one.state for one in job.items]
    assert states == [ItemState.RESOLVED, *[ItemState.PENDING] * again]


def test_a_transfer_leaves_what_belongs_to_the_status_for_the_status_ends() -> None:
    """In the other pipeline the job is Active (A-16, R-24)."""
    status = Status("Bank", automations=[CreateTask(PREPARE)], automove=True)
    world, job = in_status(status, Stage("Intake"), DONE)
    other = world.engine.save(Pipeline("Other", [Stage("One"), Stage("Two")]))

    job = world.engine.transfer(job, other, open="cancel")

    assert (job.status, job.items[0].state) == ("Active", ItemState.RESOLVED)


@pytest.mark.parametrize("then", ["Held", "On hold"])
def test_what_comes_along_holds_the_new_stage_unless_its_status_waits_for_it(then: str) -> None:
    """A status that a hand ends waits for nothing, nor does one that is over (2.6, R-24)."""
    held = Status("Held", automations=[CreateTask(PREPARE)])
    line = [Stage("Intake"), Stage("Work", [CreateOrganizer(ORGANIZER)], automove=True), DONE]
    world = World()
    world.engine.save(*TEMPLATES, Pipeline("Tax", line, statuses=[held, "On hold"]))
    job = world.engine.set_status(world.job_at("tax", "Intake"), "Held")
    job = world.engine.set_status(job, then)

    job = world.engine.move(job, "Work", open="carry")
    job = world.engine.set_status(job, "Active")

    assert [one.name for one in world.engine.explain(job).waits_for] == ["Prepare", "Organizer"]
    job = world.client.submits(job, "Organizer", {})
    assert job.stage == "work"
    assert world.engine.complete(job.item("Prepare")).stage == "done"


def test_what_came_along_belongs_to_its_status_again_where_the_move_is_undone() -> None:
    """And is what the same status asks for that is set anew (A-46, R-26)."""
    asks = CreateTask(PREPARE, repeat="unless_open")
    held = Status("Held", automations=[asks], automove=True)
    world, job = in_status(held, Stage("Intake"), Stage("Work"), DONE)
    engine = world.engine
    before = engine.set_status(job, "Active").item("Prepare")
    assert engine.move(job, "Work", open="carry").item("Prepare").scope != before.scope

    job = engine.undo(job).job

    assert (job.item("Prepare").scope, job.item("Prepare").visit) == (before.scope, before.visit)
    job = engine.set_status(job, "Held")
    assert [one.name for one in job.items] == ["Prepare"]
    assert engine.complete(job.item("Prepare")).status == "Active"


def test_a_move_cancels_what_a_status_made_that_a_hand_ends() -> None:
    """The status would not end by it: only whoever waits for something keeps it (2.6, R-24)."""
    status = Status("Held", automations=[CreateTask(PREPARE)])
    world, job = in_status(status, Stage("Intake"), Stage("Work"), DONE)

    job = world.engine.move(job, "Work", open="cancel")

    assert (job.status, job.items[0].state) == ("Held", ItemState.RESOLVED)
