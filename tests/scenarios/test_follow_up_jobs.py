"""Jobs that an automation starts for the same account, in the commit of what fired it."""

import pytest

from pipeflow import (
    After,
    AutomationFailed,
    Bundle,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    FollowUpStarted,
    Job,
    JobStarted,
    JobTemplate,
    LimitError,
    Member,
    NotAllowedError,
    NotifyTeam,
    Pipeline,
    SendEmail,
    SetStatus,
    Settings,
    Stage,
    StartJob,
    TimeInStage,
    TransferJob,
    UpdateAccountTags,
    rules,
    tagged,
)
from pipeflow.rules.steps import steps_of
from pipeflow.testing import World
from pipeflow.testing.clock import CountingIds
from tests.faults.offices import lose_stage
from tests.firms import (
    DAILY,
    DONE,
    ORGANIZER,
    PREPARE,
    REVIEW,
    TEMPLATES,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
    tags,
)

BOOKS = Pipeline("Books", [Stage("Begin", [CreateTask(PREPARE)]), Stage("Close")])


def closing(*automations: object, books: Pipeline = BOOKS) -> tuple[World, Job]:
    """Start a job that has yet to enter the stage which starts another one."""
    stages = [Stage("Work"), Stage("Close", automations), DONE]  # type: ignore[arg-type]
    return begun(*stages, more=[books])


def test_the_follow_up_job_stands_in_its_pipeline_when_the_command_is_done() -> None:
    """Both know of each other, its automations have fired; the answer is the job asked about."""
    world, job = closing(StartJob(BOOKS, name="Books of [ACCOUNT_NAME]"))

    job = world.engine.move(job, "Close", actor="mia")

    (id,) = job.follow_ups
    other = now(world, id)
    assert (job.id, job.stage, id) == ("job-1", "close", "job-1.1")
    assert (other.name, other.account, other.stage) == ("Books of Lovelace", job.account, "begin")
    assert (other.starter, other.pipeline) == (job.id, "books")
    assert [task.job for task in world.tasks.created] == [id]
    (line,) = events(world, job, FollowUpStarted)
    assert (line.follow_up, line.cause, line.actor) == (id, "start-job-books", "mia")
    (first,) = events(world, other, JobStarted)
    assert (first.starter, first.actor) == (job.id, "mia")
    assert "started the follow-up job job-1.1" in str(world.engine.explain(job))


def test_it_takes_what_its_job_template_says_and_begins_where_it_is_told() -> None:
    """As `engine.start` does."""
    template = JobTemplate("Monthly", job_name="Month of [ACCOUNT_NAME]", priority="high")
    books = Pipeline("Books", BOOKS.stages, job_template=template)
    world, job = begun(
        Stage("Work"), Stage("Close", [StartJob(books, stage="close")]), more=[books, template]
    )

    other = now(world, world.engine.move(job, "Close").follow_ups[0])

    assert (other.name, other.priority, other.stage) == ("Month of Lovelace", "high", "close")


def test_it_sees_the_account_as_the_whole_command_leaves_it() -> None:
    """Tags that come after it in the list are there, and those that it sets itself stay."""
    books = Pipeline(
        "Books",
        [
            Stage(
                "Begin",
                [CreateTask(PREPARE, when=tagged("late")), UpdateAccountTags(add={"books"})],
            ),
            Stage("End"),
        ],
    )
    world, job = closing(StartJob(books), UpdateAccountTags(add={"late"}), books=books)

    job = world.engine.move(job, "Close")

    assert [item.name for item in now(world, job.follow_ups[0]).items] == ["Prepare"]
    assert tags(world, job) == {"late", "books"}


def test_an_automove_that_a_fact_caused_starts_it_in_the_same_command() -> None:
    """And a repeat of the command starts no second one."""
    close = Stage("Close", [StartJob(BOOKS)])
    world, job = begun(
        Stage("Work", [CreateTask(REVIEW)], automove=True), close, DONE, more=[BOOKS]
    )
    item = job.items[0]

    first = world.engine.complete(item, command_id="evt-1")
    again = world.engine.complete(item, command_id="evt-1")

    assert again == first
    assert first.follow_ups == ("job-1.1",)
    assert len(world.engine.jobs()) == 2


def test_each_visit_starts_one_of_its_own_unless_repeat_says_otherwise() -> None:
    """A-46, as with everything that automations make."""
    for repeat, found in (("always", 2), ("once", 1)):
        world, job = closing(StartJob(BOOKS, repeat=repeat))
        for stage in ("Close", "Work", "Close"):
            job = world.engine.move(job, stage)

        assert len(job.follow_ups) == len(set(job.follow_ups)) == found


def test_pipelines_that_start_jobs_of_each_other_are_stopped_and_nothing_is_stored() -> None:
    """The command is refused whole, as other circles are."""
    one = Pipeline("One", [Stage("A", [StartJob("two")])])
    two = Pipeline("Two", [Stage("A", [StartJob("one"), StartJob("two")])])
    world = opened(Stage("Work"), DONE, more=[one, two], settings=Settings(most_steps=50))
    account = world.account()
    before = dump(world)

    with pytest.raises(LimitError, match="more than 50 jobs in one command"):
        world.engine.start("one", account)

    assert dump(world) == before


def test_a_pipeline_that_is_not_there_is_refused_when_it_is_saved() -> None:
    """With the nearest; a stage of it too. What comes in the same call is there."""
    world = World()
    world.engine.save(BOOKS, PREPARE)
    for wrong, what in (
        (StartJob("boks"), "Did you mean 'books'"),
        (StartJob("books", stage="clos"), "Did you mean 'close'"),
        (StartJob("books", name="[HUH]"), "no merge field"),
    ):
        with pytest.raises(DefinitionError, match=what):
            world.engine.save(Pipeline("P", [Stage("A", [wrong])]))

    itself = Pipeline("Again", [Stage("A"), Stage("B", [StartJob("again")])])
    assert world.engine.save(itself) == itself


def test_a_pipeline_to_which_automations_lead_cannot_be_deleted() -> None:
    """R-28: the use is listed; one that leads to itself alone can go."""
    world, _ = closing(StartJob(BOOKS))
    itself = Pipeline("Again", [Stage("A"), Stage("B", [StartJob("again")])])
    world.engine.save(itself)

    assert [use.where for use in world.engine.uses(BOOKS)] == [
        "$.stages[1].automations[0].pipeline"
    ]
    with pytest.raises(NotAllowedError, match="Tax"):
        world.engine.delete(BOOKS)
    world.engine.delete(itself)


def test_a_stage_that_is_gone_fails_the_automation_and_a_retry_starts_the_job() -> None:
    """A-24: recorded, nobody else is harmed, and it can be mended."""
    world, job = closing(StartJob(BOOKS, stage="close"), SendEmail(WELCOME))
    lose_stage(world, "books", "Close")

    job = world.engine.move(job, "Close")

    (failed,) = events(world, job, AutomationFailed)
    assert failed.reason == "its pipeline 'books' has no stage 'close'"
    assert (job.follow_ups, len(world.email.sent)) == ((), 1)
    world.engine.save(world.engine.pipeline("books").add_stage(Stage("Close")))
    world.engine.retry(job.blocked[0].key)
    assert now(world, now(world, job).follow_ups[0]).stage == "close"


def test_a_pipeline_that_is_gone_all_the_same_fails_it_too() -> None:
    """Such as one that an older version let go."""
    world, job = begun(Stage("Work"), DONE)
    state = world.engine._desk.records.state(job.id)
    stage = Stage("A", [StartJob("gone")])
    book = rules.Book(
        Pipeline("P", [stage]), {t.id: t for t in TEMPLATES}, state.book.firm, state.book.zone
    )

    (step,) = steps_of(book, stage.id, stage.automations, stage.id)

    assert step.missing == "its pipeline 'gone' is not there"


def test_undo_archives_what_the_move_started_and_lists_it_honestly() -> None:
    """R-26: with all that it had asked for; the tags that it set go back."""
    books = Pipeline(
        "Books",
        [
            Stage(
                "Begin",
                [
                    CreateOrganizer(ORGANIZER, reminders=DAILY),
                    SendEmail(WELCOME),
                    UpdateAccountTags(add={"books"}),
                    CreateTask(PREPARE),
                ],
            ),
            Stage("End"),
        ],
    )
    world, job = closing(StartJob(books), books=books)
    world.tasks.fail_next(ConnectionError("down"))
    world.engine.move(job, "Close")

    undone = world.engine.undo(job)

    other = now(world, "job-1.1")
    assert (undone.job.stage, other.status) == ("work", "Archived")
    assert [str(trace) for trace in undone.withdrawn] == ["'Prepare' (tasks)"]
    assert [str(trace) for trace in undone.cancelled] == [
        "'Books' (jobs:job-1.1), which is archived",
        "'Organizer' (organizers:organizer-1)",
    ]
    assert [trace.name for trace in undone.gone] == ["Welcome"]
    assert tags(world, job) == set()
    world.advance(days=9)
    assert [mail.subject for mail in world.email.sent] == ["Welcome, Lovelace"]  # no reminders
    assert world.engine.move(job, "Close").follow_ups == ("job-1.1", "job-1.2")


def test_undo_leaves_a_follow_up_alone_that_has_gone_on_since() -> None:
    """Somebody works at it; it is listed as what cannot be taken back."""
    world, job = closing(StartJob(BOOKS))
    world.engine.move(job, "Close")
    world.team.completes("job-1.1", "Prepare")

    undone = world.engine.undo(job)

    assert [str(trace) for trace in undone.gone] == [
        "'Books' (jobs:job-1.1), which has gone on since"
    ]
    assert now(world, "job-1.1").status == "Active"


def test_undo_takes_back_the_whole_chain_and_tells_what_was_deleted() -> None:
    """Jobs that the follow-up started are of the move too; what one that is gone sent is out."""
    three = Pipeline("Three", [Stage("A", [NotifyTeam(["mia"], "Hi")])])
    two = Pipeline("Two", [Stage("A", [StartJob("three"), StartJob("books")])])
    world = opened(
        Stage("Work"),
        Stage("Close", [StartJob("two")]),
        DONE,
        more=[two, three, BOOKS, Member("Mia")],
    )
    job = world.engine.start("tax", world.account())
    world.engine.move(job, "Close")
    assert now(world, "job-1.1.1").starter == "job-1.1"
    world.engine.archive("job-1.1.2")
    world.engine.delete("job-1.1.2")

    undone = world.engine.undo(job)

    assert [trace.name for trace in undone.cancelled] == ["Three", "Two"]
    assert [str(trace) for trace in undone.gone] == [
        "'job-1.1.2' (jobs:job-1.1.2), which was deleted",
        "'notify-team' (notices)",
    ]
    assert {now(world, id).status for id in ("job-1.1", "job-1.1.1")} == {"Archived"}


def test_a_package_holds_the_pipelines_that_it_starts_and_new_ids_follow() -> None:
    """R-31, A-20: installed twice, each copy starts jobs of its own copy."""
    lead = Pipeline("Lead", [Stage("Close", [StartJob(BOOKS)])])
    with pytest.raises(DefinitionError, match="every pipeline to which its automations lead"):
        Bundle.of(lead)
    bundle = Bundle(pipelines=[lead, BOOKS], templates=[PREPARE])
    world = World()
    world.engine.install(bundle)

    second = world.engine.install(Bundle.from_json(bundle.to_json()))

    assert second.pipelines[0].pipeline_ids == ("books-2",)


def test_undo_of_a_start_that_ended_itself_lists_it_all_the_same() -> None:
    """It is archived already."""
    books = Pipeline("Books", [Stage("Begin", [SetStatus("Archived")])])
    world, job = closing(StartJob(books), books=books)
    world.engine.move(job, "Close")

    undone = world.engine.undo(job)

    assert [trace.name for trace in undone.cancelled] == ["Books"]
    assert now(world, "job-1.1").status == "Archived"


def test_undo_of_a_start_that_ended_itself_lets_nothing_leave_that_it_lists_as_withdrawn() -> None:
    """The job changes no more, and its mail is taken back all the same."""
    books = Pipeline("Books", [Stage("Begin", [SendEmail(WELCOME), SetStatus("Archived")])])
    world, job = closing(StartJob(books), books=books)
    world.email.fail_next(ConnectionError("down"))
    world.engine.move(job, "Close")

    undone = world.engine.undo(job)
    world.advance(days=9)

    assert [trace.name for trace in undone.withdrawn] == ["Welcome"]
    assert not world.email.sent


def test_a_trigger_starts_a_job_and_takes_one_to_another_pipeline() -> None:
    """R-34: whatever fires an automation, the same follows from it."""
    late = [StartJob(BOOKS), TransferJob(BOOKS, stage="close")]
    work = Stage("Work", triggers=[TimeInStage(After(days=3), late)])
    world, job = begun(work, DONE, more=[BOOKS])

    world.advance(days=4)

    job = now(world, job)
    assert (job.pipeline, job.stage) == ("books", "close")
    assert now(world, job.follow_ups[0]).stage == "begin"
    lead = Pipeline("Lead", [work])
    with pytest.raises(DefinitionError, match=r"triggers\[0\].automations\[0\].pipeline"):
        Bundle(pipelines=[lead])


def test_jobs_that_start_one_another_for_years_keep_ids_that_can_be_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is that of the one before it and a number, as long as an id may be so long."""
    monkeypatch.setattr(CountingIds, "new", lambda self, kind: f"{kind}-{'é' * 251}")
    daily = [StartJob("tax"), SetStatus("Archived")]
    work = Stage("Work", [CreateTask(PREPARE)], triggers=[TimeInStage(1, daily)])
    world = opened(work, DONE)
    first = world.engine.start("tax", world.account())

    world.advance(days=6)

    ids = [job.id for job in sorted(world.engine.jobs(), key=lambda job: job.created)]
    assert ids[:4] == [f"{first.id}{'.1' * number}" for number in range(4)]
    assert len(set(ids)) == len(ids) == 7
    assert max(len(id.encode()) for id in ids) == 512
    assert [now(world, id).starter for id in ids[1:]] == ids[:-1]
    assert len({one.key for one in world.tasks.created}) == 7
