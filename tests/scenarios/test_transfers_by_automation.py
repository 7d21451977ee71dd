"""The automation that takes a job to another pipeline when its stage's entry is done (A-16)."""

import pytest

from pipeflow import (
    ApplyFolderTemplate,
    AutomationRan,
    Bundle,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    Job,
    JobMoved,
    JobTransferred,
    LimitError,
    MoveCause,
    NotAllowedError,
    Pipeline,
    SendEmail,
    SetStatus,
    Settings,
    Stage,
    StatusChanged,
    TransferJob,
    Warned,
)
from pipeflow.testing import World
from tests.faults.offices import lose_stage
from tests.firms import (
    DAILY,
    DONE,
    FOLDERS,
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

BOOKS = Pipeline("Books", [Stage("Begin", [CreateTask(PREPARE)], automove=True), Stage("Close")])


def won(*automations: object, books: Pipeline = BOOKS) -> tuple[World, Job]:
    """Start a job that has yet to enter the stage which takes it to another pipeline."""
    stages = [Stage("Talk"), Stage("Won", automations), DONE]  # type: ignore[arg-type]
    return begun(*stages, more=[books])


def test_the_job_goes_when_all_automations_of_the_stage_have_run() -> None:
    """In one commit, as `engine.transfer` would take it; the system acts, as for automoves."""
    world, job = won(TransferJob(BOOKS), SendEmail(WELCOME), CreateTask(REVIEW))

    job = world.engine.move(job, "Won", actor="mia")

    assert (job.pipeline, job.stage, job.visit) == ("books", "begin", 3)
    assert [item.name for item in job.items] == ["Review", "Prepare"]
    assert len(world.email.sent) == 1
    (moved,) = events(world, job, JobTransferred)
    assert (moved.source, moved.pipeline, moved.stage, moved.actor) == (
        "tax", "books", "begin", "system",
    )  # fmt: skip
    assert [one.cause for one in events(world, job, JobMoved)] == [
        MoveCause.BY_HAND,
        MoveCause.AUTOMATION,
    ]
    assert world.team.completes(job, "Prepare").stage == "close"
    assert [one.id for one in world.engine.jobs(pipeline="books")] == [job.id]


def test_it_goes_where_it_is_told_and_an_earlier_stage_of_its_own_pipeline_will_do() -> None:
    """Items of the stage that it leaves stay, and do not hold the new one (A-7)."""
    world, job = begun(
        Stage("Check", [CreateTask(REVIEW)]), Stage("Again", [TransferJob("tax")]), DONE,
    )  # fmt: skip

    job = world.engine.move(job, "Again")

    assert (job.pipeline, job.stage, job.visit) == ("tax", "check", 3)
    assert events(world, job, JobTransferred) == []
    world, job = won(TransferJob(BOOKS, stage="close"))
    assert world.engine.move(job, "Won").stage == "close"


def test_to_the_stage_where_it_is_it_does_nothing() -> None:
    """A-21, and so no circle."""
    world, job = begun(Stage("Talk"), Stage("Won", [TransferJob("tax", stage="won")]), DONE)

    job = world.engine.move(job, "Won")

    assert (job.stage, job.visit) == ("won", 2)


def test_the_last_of_several_counts() -> None:
    """A stage may route by conditions."""
    world, job = won(TransferJob(BOOKS), TransferJob(BOOKS, stage="close"))

    assert world.engine.move(job, "Won").stage == "close"


def test_a_job_that_starts_in_such_a_stage_goes_at_once() -> None:
    """And one that automoves into it, in the command of the fact."""
    go = Stage("Go", [TransferJob(BOOKS)])
    world, job = begun(go, DONE, more=[BOOKS])
    assert (job.pipeline, job.stage) == ("books", "begin")

    work = Stage("Work", [CreateTask(REVIEW)], automove=True)
    world, job = begun(work, go, DONE, more=[BOOKS])
    job = world.team.completes(job, "Review")
    assert (job.pipeline, job.stage) == ("books", "begin")


def test_transfers_in_a_circle_end_and_nothing_is_stored() -> None:
    """As circles of automoves would (A-29)."""
    one = Pipeline("One", [Stage("A", [TransferJob("two")])])
    two = Pipeline("Two", [Stage("A", [TransferJob("one")])])
    world = opened(Stage("Work"), DONE, more=[one, two], settings=Settings(most_steps=20))
    account = world.account()
    before = dump(world)

    with pytest.raises(LimitError, match="more than 20 stages in one command"):
        world.engine.start("one", account)

    assert dump(world) == before


def test_a_custom_status_becomes_active_in_the_other_pipeline() -> None:
    """A-16; also one that the stage itself set before."""
    world, job = won(TransferJob(BOOKS), SetStatus("On hold"))

    job = world.engine.move(job, "Won")

    assert (job.pipeline, job.status) == ("books", "Active")
    assert [one.status for one in events(world, job, StatusChanged)] == ["On hold", "Active"]


def test_a_job_that_the_stage_ended_stays_and_history_warns() -> None:
    """A-22: nothing moves that is over."""
    world, job = won(TransferJob(BOOKS), SetStatus("Completed"))

    job = world.engine.move(job, "Won")

    assert (job.pipeline, job.stage, job.status) == ("tax", "won", "Completed")
    (warned,) = events(world, job, Warned)
    assert warned.text == "transfer-job-books: the job is completed, and was not transferred"


def test_undo_takes_the_whole_move_back_as_one() -> None:
    """R-26: over both pipelines, with what the stages of both sent, by its names."""
    books = Pipeline(
        "Books", [Stage("Begin", [CreateTask(PREPARE), ApplyFolderTemplate(FOLDERS)]), DONE]
    )
    world, job = begun(
        Stage("Talk", [CreateOrganizer(ORGANIZER, reminders=DAILY)]),
        Stage("Won", [SendEmail(WELCOME, repeat="once"), TransferJob(books)]),
        DONE,
        more=[books],
    )
    world.engine.move(job, "Won")

    undone = world.engine.undo(job)

    assert (undone.job.pipeline, undone.job.stage, undone.job.visit) == ("tax", "talk", 1)
    assert [trace.name for trace in undone.cancelled] == ["Prepare"]
    assert [trace.name for trace in undone.gone] == ["Welcome", "Folders"]
    with pytest.raises(NotAllowedError, match="undone already"):
        world.engine.undo(job)
    world.engine.move(job, "Won")  # what is out already, and fires but once, is not sent again
    assert len(world.email.sent) == 1


def test_undo_of_a_start_that_went_on_by_itself_goes_back_to_where_it_started() -> None:
    """As with an automove in the command that started it."""
    world, job = begun(Stage("Go", [TransferJob(BOOKS)]), DONE, more=[BOOKS])

    undone = world.engine.undo(job)

    assert (undone.job.pipeline, undone.job.stage, undone.job.visit) == ("tax", "go", 1)
    assert [trace.name for trace in undone.cancelled] == ["Prepare"]


def test_undo_of_a_transfer_by_hand_into_such_a_stage_takes_both_back() -> None:
    """One command, one move."""
    middle = Pipeline("Middle", [Stage("A", [TransferJob(BOOKS)])])
    world, job = begun(Stage("Talk"), DONE, more=[BOOKS, middle])
    job = world.engine.transfer(job, "middle")
    assert job.pipeline == "books"

    undone = world.engine.undo(job)

    assert (undone.job.pipeline, undone.job.stage) == ("tax", "talk")


def test_a_transfer_that_could_not_run_is_retried_while_the_job_is_still_there() -> None:
    """A-24; once it has left the stage, it stays where it is, and history warns."""
    books = BOOKS.add_stage(Stage("End"))
    for left in (False, True):
        world, job = won(TransferJob(books, stage="close"), books=books)
        lose_stage(world, "books", "Close")
        job = world.engine.move(job, "Won")
        assert (job.pipeline, len(job.blocked)) == ("tax", 1)
        if left:
            world.engine.move(job, "Done")
        world.engine.save(world.engine.pipeline("books").add_stage(Stage("Close")))

        world.engine.retry(job.blocked[0].key)

        after = now(world, job)
        assert (after.pipeline, after.stage) == (("tax", "done") if left else ("books", "close"))
        assert bool(events(world, job, Warned)) is left


def test_left_out_by_hand_it_does_not_go() -> None:
    """R-25, as with every automation."""
    world, job = won(TransferJob(BOOKS))

    job = world.engine.move(job, "Won", skip=["transfer-job-books"])

    assert job.pipeline == "tax"
    assert events(world, job, AutomationRan) == []


def test_a_package_holds_the_pipelines_to_which_it_transfers() -> None:
    """As those whose jobs it starts."""
    lead = Pipeline("Lead", [Stage("Won", [TransferJob(BOOKS)])])

    with pytest.raises(DefinitionError, match="every pipeline to which its automations lead"):
        Bundle(pipelines=[lead], templates=[NEWS])


def test_explain_tells_of_the_stage_where_it_came_to() -> None:
    """In the pipeline that it is in now."""
    world, job = won(TransferJob(BOOKS))

    job = world.engine.move(job, "Won")

    told = str(world.engine.explain(job))
    assert "stage 'Begin'" in told
    assert "waits for task 'Prepare'" in told
