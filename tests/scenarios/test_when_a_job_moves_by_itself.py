"""Through a whole firm: when a job moves by itself, and when not."""

import pytest

from pipeflow import (
    Account,
    Cancelled,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    InvoicePaid,
    ItemCompleted,
    ItemState,
    JobMoved,
    JobWaits,
    LimitError,
    MoveCause,
    OnEmpty,
    OrganizerReturned,
    Pipeline,
    Ref,
    SendEmail,
    SendMessage,
    Settings,
    Stage,
    StageSkipped,
    TaskCompleted,
    TaskReopened,
    WaitReason,
    tagged,
)
from tests.firms import (
    CHECKLIST,
    DONE,
    FEE,
    NEWS,
    ORGANIZER,
    PREPARE,
    REVIEW,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
)


def test_a_04_a_stage_of_neutral_automations_stays_unless_the_firm_says_advance() -> None:
    """An e-mail and a message without client tasks push no job on."""
    stages = (Stage("Intake", [SendEmail(WELCOME), SendMessage(NEWS)], automove=True), DONE)

    stays, job = begun(*stages)
    advances, other = begun(*stages, settings=Settings(on_empty=OnEmpty.ADVANCE))

    assert now(stays, job).stage == "intake"
    assert stays.engine.explain(job).reason is WaitReason.NOTHING_COMPLETED
    assert now(advances, other).stage == "done"


def test_a_05_a_stage_whose_actions_were_all_skipped_stays_unless_the_firm_says_advance() -> None:
    """All conditions unmet is the same as empty, and the explanation says what was skipped."""
    stages = (
        Stage("Intake", [CreateOrganizer(ORGANIZER, when=tagged("business"))], automove=True),
        DONE,
    )

    stays, job = begun(*stages)
    advances, other = begun(*stages, settings=Settings(on_empty="advance"))

    explained = stays.engine.explain(job)
    assert now(stays, job).stage == "intake"
    assert explained.reason is WaitReason.NOTHING_COMPLETED
    assert "skipped create organizer 'Organizer'" in str(explained)
    assert "account lacks the tag 'business'" in str(explained)
    assert now(advances, other).stage == "done"


def test_a_06_a_toggle_switched_on_later_waits_for_the_next_completion() -> None:
    """Nothing is swept silently; `reevaluate` asks for it."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    world.engine.complete(job.item("Prepare"))
    pipeline = world.engine.pipeline("tax")
    intake = Stage("Intake", pipeline.stages[0].automations, automove=True)

    world.engine.save(pipeline.remove_stage("Intake").add_stage(intake, at=0))
    unswept = now(world, job).stage
    asked = world.engine.explain(job).reason
    moved = world.engine.reevaluate(job)

    assert unswept == "intake"
    assert asked is WaitReason.NEXT_FACT
    assert moved.stage == "done"


def test_a_07_items_of_earlier_visits_never_block_the_new_stage() -> None:
    """Only what was linked in this visit is waited for; the rest stays linked and is shown."""
    world, job = begun(
        Stage("Intake", [CreateOrganizer(ORGANIZER)]),
        Stage("Work", [CreateTask(PREPARE)], automove=True),
        DONE,
    )
    world.engine.move(job, "Work")

    explained = world.engine.explain(job)
    done = world.team.completes(job, "Prepare")

    assert [item.name for item in explained.older] == ["Organizer"]
    assert "left open from visit 1" in str(explained)
    assert done.stage == "done"
    assert done.item("Organizer").state is ItemState.PENDING


def test_a_08_completing_a_thing_reaches_every_job_that_it_is_linked_to() -> None:
    """One invoice in two jobs: the payment moves both."""
    world, first = begun(Stage("Billing", [CreateInvoice(FEE)], automove=True), DONE)
    second = world.engine.start("tax", first.account, stage="Billing")
    world.engine.unlink(second, second.item("Fee"))
    ref = now(world, first).item("Fee").ref
    assert ref is not None
    world.engine.link(second, ref, kind="invoice", name="Fee of the other job")

    told = world.engine.receive(ref, InvoicePaid())

    assert {job.id for job in told} == {first.id, second.id}
    assert [now(world, job).stage for job in (first, second)] == ["done", "done"]


def test_a_09_a_thing_that_is_done_when_it_is_linked_counts_for_this_visit() -> None:
    """It is evaluated after the link, so the job may move."""
    world, job = begun(Stage("Intake", automove=True), DONE)

    moved = world.engine.link(job, "t-1", kind="task", name="Done before", completed=True)

    assert moved.stage == "done"
    assert moved.items[0].state is ItemState.COMPLETED


def test_a_10_a_resolved_item_no_longer_blocks_and_is_no_completion() -> None:
    """Cancelling the last open item lets the rest move the job, but never moves it alone."""
    alone, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    held = alone.engine.record(job.item("Prepare"), Cancelled("not needed"))
    both, other = begun(
        Stage("Intake", [CreateTask(PREPARE), CreateTask(REVIEW)], automove=True), DONE
    )
    both.team.completes(other, "Prepare")
    moved = both.engine.record(now(both, other).item("Review"), Cancelled())

    assert held.stage == "intake"
    assert held.items[0].state is ItemState.RESOLVED
    assert events(alone, job, JobWaits)[-1].reason is WaitReason.NOTHING_COMPLETED
    assert moved.stage == "done"


def test_a_10_a_mere_cancellation_does_not_count_as_empty() -> None:
    """Even where empty stages are passed, a cancelled item is no reason to move."""
    world, job = begun(
        Stage("Intake", [CreateTask(PREPARE)], automove=True),
        DONE,
        settings=Settings(on_empty=OnEmpty.ADVANCE),
    )

    held = world.engine.record(job.item("Prepare"), Cancelled())

    assert held.stage == "intake"


def test_a_11_a_completion_undone_after_the_move_leaves_the_job_where_it_is() -> None:
    """The item waits again, and no job moves backwards by itself."""
    world, job = begun(
        Stage("Intake", [CreateTask(PREPARE), CreateOrganizer(ORGANIZER)], automove=True), DONE
    )
    world.team.completes(job, "Prepare")
    world.client.submits(job, "Organizer")

    world.engine.record(now(world, job).item("Prepare"), TaskReopened())
    after = world.engine.record(now(world, job).item("Organizer"), OrganizerReturned())

    assert after.stage == "done"
    assert [item.state for item in after.items] == [ItemState.PENDING, ItemState.PENDING]
    assert after.open_items == ()


@pytest.mark.parametrize("status", ["Completed", "Archived"])
def test_a_22_an_archived_or_completed_job_keeps_facts_and_does_not_move(status: str) -> None:
    """A late payment is still a payment; nothing moves or fires."""
    world, job = begun(
        Stage("Intake", [CreateInvoice(FEE)], automove=True), Stage("Next", [SendEmail(WELCOME)])
    )
    world.engine.set_status(job, status)

    after = world.client.pays(job, "Fee")

    assert after.stage == "intake"
    assert after.item("Fee").state is ItemState.COMPLETED
    assert world.email.sent == []
    assert events(world, job, JobMoved) == []
    assert world.engine.explain(job).reason is WaitReason.STATUS


def test_a_23_a_custom_status_suspends_automove_until_the_job_is_active_again() -> None:
    """On return to Active the stage is evaluated again."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    world.engine.set_status(job, "on hold")

    held = world.team.completes(job, "Prepare")
    explained = str(world.engine.explain(job))
    active = world.engine.set_status(job, "Active")

    assert (held.stage, held.status) == ("intake", "On hold")
    assert "status 'On hold' holds it" in explained
    assert active.stage == "done"


def test_a_29_the_chain_of_automoves_is_capped() -> None:
    """A chain is finite, and a cap stands behind that; nothing is stored when it is passed."""
    steps = [Stage(f"S{n}", automove=True) for n in range(5)]
    world = opened(*steps, DONE, settings=Settings(on_empty=OnEmpty.ADVANCE, most_steps=4))
    account = world.account()
    before = dump(world)

    with pytest.raises(LimitError, match=r"more than 4 stages in one command"):
        world.engine.start("tax", account)

    assert dump(world) == before


def test_a_29_a_chain_as_long_as_the_cap_is_fine() -> None:
    """The cap is what a command may enter, not one less."""
    steps = [Stage(f"S{n}", automove=True) for n in range(5)]
    world, job = begun(*steps, DONE, settings=Settings(on_empty=OnEmpty.ADVANCE, most_steps=5))

    assert now(world, job).stage == "done"
    assert len(events(world, job, JobMoved)) == 5


def test_a_30_a_skipped_stage_leaves_an_event_with_its_reason() -> None:
    """Whoever asks why a stage was passed over finds it in the history."""
    world, job = begun(
        Stage("Intake", [CreateTask(PREPARE)], automove=True),
        Stage("Review", when=tagged("business")),
        DONE,
    )

    world.team.completes(job, "Prepare")

    (skipped,) = events(world, job, StageSkipped)
    assert (skipped.stage, skipped.reason) == ("review", "account lacks the tag 'business'")


def test_a_31_a_job_that_skips_every_middle_stage_lands_in_the_last() -> None:
    """The last stage is unconditional, so the search always ends."""
    middle = [Stage(f"M{n}", [SendEmail(WELCOME)], when=tagged(f"t{n}")) for n in range(4)]
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), *middle, DONE)

    moved = world.team.completes(job, "Prepare")

    assert moved.stage == "done"
    assert events(world, job, JobMoved)[-1].cause is MoveCause.AUTOMOVE
    assert len(events(world, job, StageSkipped)) == 4
    assert world.email.sent == []


def test_a_thing_linked_twice_to_one_job_is_completed_in_both_places() -> None:
    """An invoice of an earlier visit, linked again to count now, is paid once, everywhere."""
    world, job = begun(Stage("Billing", [CreateInvoice(FEE)]), Stage("Wait", automove=True), DONE)
    ref = now(world, job).item("Fee").ref
    assert ref is not None
    world.engine.move(job, "Wait")
    world.engine.link(job, ref, kind="invoice", name="Fee again")

    after = world.engine.receive(ref, InvoicePaid())[0]

    assert [item.state for item in after.items] == [ItemState.COMPLETED, ItemState.COMPLETED]
    assert after.stage == "done"
    completed = [event.item for event in events(world, job, ItemCompleted)]
    assert completed == [item.id for item in after.items]


def test_a_task_linked_by_hand_counts_like_one_that_an_automation_made() -> None:
    """Both are waited for, and the last of them moves the job."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    world.engine.link(job, "t-9", name="By hand")

    first = world.team.completes(job, "Prepare")
    second = world.engine.receive(Ref("tasks", "t-9"), TaskCompleted())[0]

    assert first.stage == "intake"
    assert second.stage == "done"


def test_a_message_with_client_tasks_is_waited_for() -> None:
    """Its client tasks are what holds the stage."""
    world, job = begun(Stage("Intake", [SendMessage(CHECKLIST)], automove=True), DONE)

    assert [item.name for item in job.open_items] == ["Checklist"]
    assert world.client.checks(job, "Checklist").stage == "done"


def test_a_pipeline_that_lost_the_stage_of_a_job_is_explained() -> None:
    """The job stays, and is moved by hand."""
    world, job = begun(Stage("Intake"), Stage("Old"), DONE)
    account = world.engine.save(Account("Other"))
    world.engine.save(Pipeline("Other", [Stage("Intake"), Stage("Only here"), DONE]))
    moved = world.engine.transfer(job, "other", "Only here")

    assert moved.stage == "only-here"
    assert world.engine.transfer(job, "tax").stage == "intake"
    assert world.engine.start("tax", account).stage == "intake"
