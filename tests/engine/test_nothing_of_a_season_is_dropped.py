"""A replay takes up each command of a season with what it said, or lists it as lost."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    Account,
    Cancelled,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailBounced,
    Item,
    Job,
    Member,
    Open,
    PipeflowError,
    Pipeline,
    Ref,
    Reminders,
    SendEmail,
    SendMessage,
    SetStatus,
    Stage,
    StartJob,
    Status,
    ThreadArchived,
    ThreadReopened,
    TransferJob,
)
from pipeflow.engine import retelling
from pipeflow.insight import stays
from pipeflow.insight.replays import Replay, ReplayedJob
from pipeflow.testing import World
from tests.faults.offices import lose_stage
from tests.firms import CHECKLIST, FEE, ORGANIZER, PREPARE, REVIEW, TEMPLATES, WELCOME

ASKS = CreateOrganizer(ORGANIZER, reminders=Reminders(every=2, times=3))
COLLECT, DONE = Stage("Collect", [ASKS], automove=True), Stage("Done")
LETTERS = Stage("Letters", [SendEmail(WELCOME), SendMessage(CHECKLIST)], automove=True)
BILL = Stage("Bill", [CreateInvoice(FEE)], automove=True)
BOUNCED = "email bounced, 'Welcome' to ada@example.com: mailbox full"


def firm(*stages: Stage, more: Iterable[Pipeline] = (), **keywords: Any) -> World:
    """Open a firm that has the pipeline "Tax" of these stages."""
    world = World()
    world.engine.save(*TEMPLATES, Pipeline("Tax", stages, **keywords), *more)
    return world


def begun(*stages: Stage, **keywords: Any) -> tuple[World, Job]:
    """Open a firm with one job in the first of these stages."""
    world = firm(*stages, **keywords)
    job = world.engine.start("tax", world.account("Ada"), name="1040")
    world.advance(hours=1)
    return world, world.engine.job(job)


def firm_of(world: World) -> Iterable[str]:
    """Return the lines of all that the firm keeps."""
    return world.store.export("default")


def again(world: World) -> Replay:
    """Put the season through the pipeline that it went through."""
    return world.engine.replay(world.engine.pipeline("tax"))


def goes_as_it_went(world: World) -> Replay:
    """See that nothing is lost, and nothing would have been another."""
    replay = again(world)
    assert [str(one) for one in replay.lost] == []
    assert replay.differing == ()
    return replay


def lost(replay: Replay) -> list[tuple[str, str]]:
    """Return what found no place, each with the reason."""
    return [(one.what, one.why) for one in replay.lost]


def the_only(replay: Replay) -> ReplayedJob:
    """Return the job of a season of one."""
    (job,) = replay.jobs
    return job


# -- facts ---------------------------------------------------------------------------------------


def test_an_email_that_bounced_is_listed() -> None:
    """It is about no item, and changes none."""
    world, _ = begun(LETTERS, DONE)
    world.engine.receive(Ref("email", "email-1"), EmailBounced("mailbox full"))

    replay = again(world)

    assert lost(replay) == [(BOUNCED, "there is no such item")]
    assert not replay.differing


def test_a_message_that_is_completed_once_more_is_done() -> None:
    """It keeps its ticks when it is reopened, so that another tick says nothing new."""
    world, job = begun(LETTERS, DONE)
    engine = world.engine
    engine.move(job, "Done")
    for again_done in (False, True):
        engine.complete(job.item("Checklist"))
        world.advance(hours=1)
        if not again_done:
            engine.reopen(job.item("Checklist"))

    goes_as_it_went(world)


def test_a_thread_that_was_put_away_is_put_away_and_not_cancelled() -> None:
    """What is put away is taken out again; what was cancelled is not."""
    world, job = begun(LETTERS, DONE)
    thread = job.item("Checklist")
    world.engine.record(thread, ThreadArchived("all said"))
    world.advance(hours=1)
    world.engine.record(thread, ThreadReopened())

    assert the_only(goes_as_it_went(world)).after.items == {thread.id: "pending"}


def test_what_an_undo_brings_back_is_not_brought_back_twice() -> None:
    """All of its chapter follows from the undo."""
    world, job = begun(COLLECT, BILL, DONE)
    world.engine.move(job, "Bill", open=Open.CANCEL)
    world.advance(hours=1)
    world.engine.undo(job)
    world.advance(days=3)

    goes_as_it_went(world)


# -- reminders -----------------------------------------------------------------------------------


def silent_days(world: World, job: Job, how: str) -> None:
    """Let reminders be off from now on, in one of the ways that there are."""
    engine = world.engine
    match how:
        case "restored":
            engine.archive(job)
            world.advance(days=1)
            engine.restore(job)
        case "status":
            engine.set_status(job, "Waiting")
            world.advance(days=1)
            engine.set_status(job, "Active", reminders=False)
        case "resumed":
            engine.pause(job)
            world.advance(days=1)
            engine.resume(job, reminders=False)
        case "switched off":
            engine.set_reminders(job.items[0], None)
        case _:
            engine.move(job, "Done", open=Open.QUIET)


@pytest.mark.parametrize("how", ["restored", "status", "resumed", "switched off", "left quiet"])
def test_reminders_that_were_off_are_not_sent(how: str) -> None:
    """Whoever switched them off, and by whichever command."""
    world, job = begun(COLLECT, DONE, statuses=[Status("Waiting", quiet=True)])
    silent_days(world, job, how)
    world.advance(days=9)

    assert goes_as_it_went(world).after == {"organizers": 1}


@pytest.mark.parametrize("call", ["restore", "set_status"])
def test_reminders_that_went_on_are_sent(call: str) -> None:
    """Where whoever restored the job said so."""
    world, job = begun(COLLECT, DONE)
    world.engine.archive(job)
    world.advance(days=1)
    if call == "restore":
        world.engine.restore(job, reminders=True)
    else:
        world.engine.set_status(job, "Active")
    world.advance(days=9)

    assert goes_as_it_went(world).after["email"] == 3


@pytest.mark.parametrize("goes_on", [False, True])
def test_what_an_older_version_kept_of_a_status_tells_whether_reminders_went_on(
    goes_on: bool,
) -> None:
    """By what stands behind it."""
    world, job = begun(COLLECT, DONE)
    world.engine.archive(job)
    world.advance(days=1)
    world.engine.restore(job, reminders=goes_on)
    world.advance(days=9)
    older = World(world.engine.job(job).entered + timedelta(days=20))
    kept = (line.replace('"reminders":true', '"reminders":null') for line in firm_of(world))
    older.store.restore(line.replace('"reminders":false', '"reminders":null') for line in kept)

    assert goes_as_it_went(older).after.get("email", 0) == 3 * goes_on


def test_another_rhythm_is_set_again() -> None:
    """From the same instant on."""
    world, job = begun(COLLECT, DONE)
    world.engine.set_reminders(job.items[0], Reminders(every=1, times=5))
    world.advance(days=9)

    assert goes_as_it_went(world).after["email"] == 5


# -- starts and moves ----------------------------------------------------------------------------


def test_what_was_left_out_and_is_not_there_any_more_costs_no_job() -> None:
    """Of a start and of a move."""
    mail = SendEmail(WELCOME)
    world = firm(Stage("Collect", [mail, ASKS]), Stage("Bill", [mail, CreateInvoice(FEE)]), DONE)
    engine = world.engine
    skip = {"send-email-welcome"}
    engine.move(engine.start("tax", world.account(), skip=skip), "Bill", skip=skip)
    goes_as_it_went(world)
    edited = engine.pipeline("tax")
    for stage in ("Collect", "Bill"):
        edited = edited.remove(stage, "send-email-welcome")

    replay = engine.replay(edited)

    assert not replay.lost
    assert the_only(replay).after.path == ("collect", "bill")
    assert replay.after == {"invoices": 1, "organizers": 1}


@pytest.mark.parametrize("stage", [Stage("Collect"), COLLECT])
def test_where_nothing_was_to_fire_nothing_of_the_edit_fires_either(stage: Stage) -> None:
    """And no automove follows, for the firm brought running work along (R-25)."""
    world = firm(stage, BILL, DONE)
    engine = world.engine
    job = engine.start("tax", world.account(), fire=False)
    goes_as_it_went(world)
    world.advance(hours=1)
    engine.transfer(job, "tax", "Bill", fire=False)
    goes_as_it_went(world)
    edited = engine.pipeline("tax").add("Collect", CreateTask(PREPARE))

    replay = engine.replay(edited.add("Bill", CreateTask(REVIEW)))

    assert not replay.lost
    assert the_only(replay).after.path == ("collect", "bill")
    assert replay.after == {}


def test_what_starts_first_starts_in_the_first_stage_of_the_edited_pipeline() -> None:
    """Nobody named a stage; what was started elsewhere on purpose stays there."""
    world = firm(COLLECT, BILL, DONE)
    engine = world.engine
    engine.start("tax", world.account("Ada"))
    engine.start("tax", world.account("Bob"), stage="Bill")
    line = engine.pipeline("tax")

    before = engine.replay(line.add_stage(Stage("Intake", [CreateTask(PREPARE)]), at=0))
    without = engine.replay(line.remove_stage("Collect"))

    assert [one.after.path for one in before.jobs] == [("intake",), ("bill",)]
    assert [one.after.path for one in without.jobs] == [("bill",), ("bill",)]
    assert not before.lost
    assert not without.lost


def test_a_name_with_brackets_is_a_name() -> None:
    """What was filled in once is not filled in again."""
    world = firm(COLLECT, DONE)
    world.engine.start("tax", world.account(), name="1040 [[DRAFT]")

    assert the_only(goes_as_it_went(world)).name == "1040 [DRAFT]"


def test_automove_that_was_asked_for_by_hand_is_asked_for_again() -> None:
    """Its toggle came on after all was done."""
    world, job = begun(Stage("Collect", [ASKS]), BILL, DONE)
    engine = world.engine
    engine.complete(job.items[0])
    engine.save(engine.pipeline("tax").change("Collect", automove=True))
    world.advance(days=1)
    engine.reevaluate(job)
    engine.complete(engine.job(job).item("Fee"))
    slow = engine.replay(engine.pipeline("tax").change("Collect", automove=False))

    assert not again(world).lost
    assert the_only(again(world)).after.path == ("collect", "bill", "done")
    assert the_only(slow).after.path == ("collect",)


def test_what_an_automation_carries_over_is_left_to_it() -> None:
    """Also where it finds several things of its own open."""
    asks = CreateTask(PREPARE, repeat="unless_open")
    world, job = begun(Stage("Collect", [CreateTask(PREPARE)]), Stage("Do", [asks]), DONE)
    engine = world.engine
    for stage in ("Do", "Collect", "Do"):
        engine.move(job, stage)
        world.advance(hours=1)

    goes_as_it_went(world)


# -- what is not done by the jobs of the season alone --------------------------------------------

BOOKS = Pipeline("Books", [Stage("Books", [StartJob("tax", name="Follow-up")]), DONE])


def test_a_job_that_the_undo_of_its_starter_took_back_is_taken_back_whole() -> None:
    """All that it had asked for, and it is archived."""
    stages = Stage("Collect", [ASKS, CreateTask(PREPARE), CreateInvoice(FEE)]), DONE
    world = firm(*stages, more=[Pipeline("Books", [Stage("Begin"), *BOOKS.stages])])
    engine = world.engine
    books = engine.start("books", world.account())
    engine.move(books, "Books")
    world.advance(hours=1)
    engine.undo(books)
    world.advance(days=5)

    once = the_only(goes_as_it_went(world))

    assert set(once.after.items.values()) == {"resolved"}
    assert once.after.requests == once.before.requests
    assert "email" not in goes_as_it_went(world).after


def test_a_job_that_was_taken_back_and_restored_at_once_is_restored() -> None:
    """Only what the undo itself did of that instant is left to it."""
    begins = Pipeline("Books", [Stage("Begin"), *BOOKS.stages])
    world = firm(Stage("Collect"), DONE, more=[begins])
    engine = world.engine
    books = engine.start("books", world.account())
    engine.move(books, "Books")
    world.advance(days=1)
    engine.undo(books)
    (job,) = engine.jobs(pipeline="tax")
    assert engine.job(job).status == "Archived"
    engine.set_status(job, "Active")
    engine.move(job, "Done")

    once = the_only(goes_as_it_went(world))

    assert once.after.path == ("collect", "done")


def test_a_job_that_went_on_otherwise_is_not_taken_back() -> None:
    """The edited pipeline had it go on before, so that the undo is listed."""
    begins = Pipeline("Books", [Stage("Begin"), *BOOKS.stages])
    world = firm(Stage("Collect"), BILL, DONE, more=[begins])
    engine = world.engine
    books = engine.start("books", world.account())
    engine.move(books, "Books")
    world.advance(days=5)
    engine.undo(books)
    last = Reminders(every=1, times=1, then=[SetStatus("Completed")])

    replay = engine.replay(
        engine.pipeline("tax").add("Collect", CreateInvoice(FEE, reminders=last))
    )

    assert not again(world).lost
    assert lost(replay) == [
        (
            "status Active became Archived",
            "job 'Follow-up' has gone on, and is not taken back",
        )
    ]


@pytest.mark.parametrize("undone", [False, True])
def test_what_the_pipeline_starts_itself_is_left_to_it(undone: bool) -> None:
    """The follow-up of a job of the season."""
    world, job = begun(Stage("Collect"), Stage("Next", [StartJob("tax", name="2027")]), DONE)
    engine = world.engine
    engine.move(job, "Next")
    world.advance(days=1)
    if undone:
        engine.undo(job)
    else:
        engine.move(f"{job.id}.1", "Done")

    assert [one.name for one in goes_as_it_went(world).jobs] == ["1040", "2027"]
    replay = engine.replay(engine.pipeline("tax").remove("Next", "start-job-tax"))
    assert [one.after.path for one in replay.jobs] == [
        ("collect", "next", *["collect"] * undone),
        (),
    ]
    begins, *others = lost(replay)
    assert begins[0].startswith("started '2027' in stage 'Collect'")
    assert begins[1] == "nothing has started it"
    assert (
        others == []
        if undone
        else [("moved from 'collect' to 'done' (by hand)", "there is no such job")]
    )


def test_a_follow_up_is_known_by_what_started_it() -> None:
    """Its number is another where the edited pipeline starts fewer."""
    world, job = begun(
        Stage("Collect", [StartJob("tax", id="first", name="First", stage="bill")]),
        Stage("Next", [StartJob("tax", id="second", name="Second", stage="bill")]),
        BILL,
        DONE,
    )
    engine = world.engine
    engine.move(job, "Next")
    world.advance(days=1)
    engine.complete(engine.job(f"{job.id}.2").item("Fee"))
    goes_as_it_went(world)

    replay = engine.replay(engine.pipeline("tax").remove("Collect", "first"))

    first, second = (next(j for j in replay.jobs if j.name == name) for name in ("First", "Second"))
    assert first.after.path == ()
    assert second.after.path == ("bill", "done")
    assert not second.differs
    assert [one.name for one in replay.lost] == ["First"]


def test_a_job_that_is_started_by_what_the_season_started_is_left_to_it_too() -> None:
    """Round about, by another pipeline."""
    world = firm(Stage("Collect"), Stage("Next", [StartJob("books")]), DONE, more=[BOOKS])
    engine = world.engine
    engine.move(engine.start("tax", world.account(), name="1040"), "Next")
    world.advance(days=1)
    engine.move("job-1.1.1", "Done")

    assert [one.name for one in goes_as_it_went(world).jobs] == ["1040", "Follow-up"]


def test_what_people_brought_about_elsewhere_is_started_for_them() -> None:
    """The branch has their job too, and does not hear what they did to it."""
    late = Pipeline("Books", [Stage("Wait"), *BOOKS.stages])
    world = firm(Stage("Collect"), Stage("Next", [StartJob("books")]), DONE, more=[late])
    engine = world.engine
    engine.move(engine.start("tax", world.account(), name="1040"), "Next")
    world.advance(days=1)
    engine.move("job-1.1", "Books")
    world.advance(days=1)
    engine.move("job-1.1.1", "Done")

    assert [one.name for one in goes_as_it_went(world).jobs] == ["1040", "Follow-up"]


def test_what_hangs_on_a_job_that_cannot_be_started_is_listed_with_it() -> None:
    """Its follow-up, and what an undo made of another one."""
    books = Pipeline("Books", [Stage("A"), Stage("B", [StartJob("tax", stage="bill")]), DONE])
    asks = Stage("Next", [StartJob("tax", name="2027")])
    world = firm(Stage("Collect"), Stage("Bill"), asks, DONE, more=[books])
    engine = world.engine
    engine.start("tax", world.account("Ada"), stage="Next", name="2026")
    other = engine.start("books", world.account("Bob"))
    engine.move(other, "B")
    world.advance(hours=1)
    engine.undo(other)
    goes_as_it_went(world)

    lose_stage(world, "tax", "Bill")

    replay = engine.replay(engine.pipeline("tax").remove_stage("Next"))

    assert [one.after.stays for one in replay.jobs] == [()] * 3
    assert [(one.name, one.what.split(" ")[0], one.why.split(" ")[0]) for one in replay.lost] == [
        ("2026", "started", "pipeline"),
        ("Tax", "started", "pipeline"),
        ("2027", "started", "nothing"),
        ("Tax", "status", "there"),
    ]


def test_what_comes_to_other_items_follows() -> None:
    """A document is set free by the payment, and nobody says so."""
    world, job = begun(BILL, DONE)
    engine, paper = world.engine, Ref("documents", "d-1")
    engine.link(job, paper, "locked_document", "Return", locked_by=job.item("Fee"))
    engine.complete(job.item("Fee"))

    replay = again(world)

    assert lost(replay) == [("linked 'Return'", "it is not put through")]
    assert the_only(replay).after.path == ("bill", "done")


def test_what_the_edit_of_a_pipeline_did_to_jobs_is_listed() -> None:
    """The season goes through one pipeline, from its beginning to its end."""
    world, job = begun(Stage("Collect"), Stage("Bill"), DONE)
    engine = world.engine
    engine.move(job, "Bill")
    edited = engine.pipeline("tax").remove_stage("Bill")
    engine.apply(engine.plan(edited, stages={"bill": "done"}))

    assert engine.job(job).stage == "done"
    assert [what for what, _ in lost(again(world))] == [
        "moved from 'Collect' to 'bill' (by hand)",
        "moved from 'bill' to 'Done' (the pipeline was edited)",
    ]


@pytest.mark.parametrize("automatic", [False, True])
def test_a_journey_through_another_pipeline_is_listed_where_somebody_took_it_there(
    automatic: bool,
) -> None:
    """An automation takes it there again."""
    there, back = TransferJob("other"), TransferJob("tax", stage="done")
    other = Pipeline("Other", [Stage("Guest", [back] * automatic), Stage("End")])
    world = firm(Stage("Collect", [there] * automatic), DONE, more=[other])
    engine = world.engine
    job = engine.start("tax", world.account(), actor="mia")
    if automatic:
        assert the_only(goes_as_it_went(world)).after.path == ("collect", "guest", "done")
        return
    engine.transfer(job, "other")
    world.advance(hours=1)
    engine.transfer(job, "tax", "Done")

    assert [what.split(" ")[0] for what, _ in lost(again(world))] == ["transferred"] * 2


def test_a_transfer_by_an_automation_is_left_to_it() -> None:
    """It is no command of anybody."""
    there = Stage("Collect", [TransferJob("tax", stage="done")])
    world = firm(there, Stage("Between"), DONE)
    world.engine.start("tax", world.account(), actor="mia")

    assert the_only(goes_as_it_went(world)).after.path == ("collect", "done")


def test_what_somebody_handed_over_or_let_go_of_is_listed() -> None:
    """No command is passed over in silence."""
    world, job = begun(COLLECT, DONE)
    world.engine.unlink(job, job.items[0])
    world.engine.edit(job, name="1041")

    assert [why for _, why in lost(again(world))] == ["it is not put through"] * 2


def test_an_undo_of_what_the_edited_pipeline_did_not_do_is_listed() -> None:
    """It would take back something else."""
    world, job = begun(Stage("Collect"), Stage("Bill"), DONE)
    engine = world.engine
    engine.move(job, "Done")
    world.advance(hours=1)
    engine.undo(job)

    replay = engine.replay(engine.pipeline("tax").remove_stage("Done"))

    assert [what.split(" ")[0] for what, _ in lost(replay)] == ["moved", "undid"]
    assert the_only(replay).after.path == ("collect",)


# -- any season ----------------------------------------------------------------------------------

LINE = Pipeline(
    "Tax",
    stages=[
        Stage("Collect", [ASKS, SendEmail(WELCOME)], automove=True),
        Stage("Letters", [SendMessage(CHECKLIST), CreateTask(PREPARE, repeat="unless_open")],
              automove=True),
        Stage("Bill", [CreateInvoice(FEE), StartJob("tax", name="Next", stage="done")],
              automove=True),
        Stage("Done"),
    ],
    statuses=[
        Status("Waiting", quiet=True),
        Status("Check", automations=[CreateTask(REVIEW)], automove=True),
    ],
)  # fmt: skip
OTHER = Pipeline("Other", [Stage("Begin"), Stage("Go", [StartJob("tax")]), Stage("End")])
Step: TypeAlias = tuple[str, int, int]
FOR_A_JOB = [
    "move", "carry", "quiet", "cancel open", "skip", "silently", "status", "restore", "pause",
    "undo", "reevaluate", "edit", "undo other", "move other",
]  # fmt: skip
FOR_AN_ITEM = ["complete", "complete", "reopen", "cancel", "archive thread", "reopen thread",
               "remind", "rhythm", "unlink"]  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "start", "pass", "pass", "bounce", *FOR_A_JOB, *FOR_AN_ITEM]),
        st.integers(0, 3),
        st.integers(0, 11),
    ),
    max_size=20,
)
LEAVES = {"move": "stay", "carry": "carry", "quiet": "quiet", "cancel open": "cancel"}


def do_to_item(world: World, item: Item, call: str, how: int) -> None:
    """Do something about an item."""
    engine = world.engine
    match call:
        case "cancel":
            engine.record(item, Cancelled("no"))
        case "archive thread":
            engine.record(item, ThreadArchived())
        case "reopen thread":
            engine.record(item, ThreadReopened())
        case "rhythm":
            engine.set_reminders(item, Reminders(every=1, times=2) if how % 2 else None)
        case "unlink":
            engine.unlink(item.job, item)
        case _:
            getattr(engine, call)(item)


def do_to_job(world: World, job: Job, call: str, how: int) -> None:
    """Do something about a job."""
    engine, stage, yes = world.engine, LINE.stages[how % 4], bool(how % 2)
    match call:
        case "move" | "carry" | "quiet" | "cancel open":
            engine.move(job, stage.id, open=LEAVES[call])
        case "skip":
            engine.move(job, stage.id, skip=stage.automations[:1])
        case "silently":
            engine.transfer(job, "tax", stage.id, fire=False)
        case "status":
            status = ["Active", "Waiting", "Check", "Completed", "Archived"][how % 5]
            engine.set_status(job, status, reminders=yes)
        case "restore":
            engine.restore(job, reminders=yes)
        case "pause" if job.paused is None:
            engine.pause(job)
        case "pause":
            engine.resume(job, reminders=yes)
        case "edit":
            engine.edit(job, name=f"Number {how}")
        case "move other":
            engine.move("job-1", OTHER.stages[how % 3].id)
        case "undo other":
            engine.undo("job-1")
        case _:
            getattr(engine, call)(job)


def do(world: World, accounts: list[Account], step: Step) -> None:
    """Take a step, if it can be taken; each at an instant of its own."""
    engine, (call, whose, how) = world.engine, step
    world.advance(minutes=1)
    jobs = engine.jobs(pipeline="tax")
    job = jobs[whose % len(jobs)] if jobs else None
    match call:
        case "start":
            stage = LINE.stages[how % 4]
            skip = stage.automations[:1] if how > 8 else ()
            engine.start("tax", accounts[whose % 2], stage=stage, skip=skip, fire=how % 3 != 1)
        case "pass":
            world.advance(hours=how * 8)
        case "bounce":
            engine.receive(Ref("email", f"email-{how + 1}"), EmailBounced("full"))
        case _ if job is None:
            pass
        case _ if call in FOR_A_JOB:
            do_to_job(world, job, call, how)
        case _ if job.items:
            do_to_item(world, job.items[how % len(job.items)], call, how)
        case _:
            pass


def season_of(steps: list[Step]) -> World:
    """Let a firm do all of that, as far as it may."""
    world = World()
    world.engine.save(*TEMPLATES, LINE, OTHER)
    accounts = [world.account("Ada"), world.account("Bob")]
    world.engine.start("other", accounts[0])
    for step in steps:
        with suppress(PipeflowError):
            do(world, accounts, step)
    return world


@settings(max_examples=60)
@given(steps=STEPS)
def test_a_season_of_any_commands_differs_nowhere_unless_it_is_told(steps: list[Step]) -> None:
    """Put through the pipeline that it went through."""
    world = season_of(steps)

    replay = again(world)

    changes = [one for one in replay.lost if not one.what.startswith(("edited", "email bounced"))]
    told = {one.job for one in changes}
    assert [str(one) for one in replay.differing if one.job not in told] == []


EDITED = (
    LINE.remove_stage("Collect"),
    LINE.remove_stage("Letters"),
    LINE.remove("Bill", "start-job-tax"),
    LINE.add_stage(Stage("Intake", [CreateTask(REVIEW)], automove=True), at=0),
    LINE.change("Collect", automove=False).add("Done", SendEmail(WELCOME)),
)


@settings(max_examples=40)
@given(steps=STEPS, edited=st.sampled_from(EDITED))
def test_no_season_breaks_through_an_edited_pipeline(steps: list[Step], edited: Pipeline) -> None:
    """Every job is there again, or it is told why not."""
    world = season_of(steps)

    replay = world.engine.replay(edited)

    told = {one.job for one in replay.lost}
    assert [one.name for one in replay.jobs if not one.after.stays and one.job not in told] == []
    assert [one.at for one in replay.lost] == sorted(one.at for one in replay.lost)


def test_the_history_of_a_job_is_read_once_for_all_that_was_lost_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that a long one, of which much is lost, does not take as long as the square of it."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)]), DONE)
    for id in ("one", "two", "one"):
        world.engine.reassign(job.items[0], [world.engine.save(Member(id))])
    read: list[object] = []

    def placed(history: Iterable[Any]) -> Iterable[stays.Placed]:
        read.append(history)
        return stays.placed(history)

    monkeypatch.setattr(retelling, "placed", placed)

    assert len(again(world).lost) == 3
    assert len(read) == 1
