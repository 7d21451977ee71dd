"""Explained where an edit brings a trigger of what is done already: it fires before a job moves."""

from __future__ import annotations

import pytest
from attrs import evolve

from pipeflow import (
    Automation,
    CreateTask,
    EmailTemplate,
    Job,
    Pipeline,
    SendEmail,
    SetStatus,
    Stage,
    TaskTemplate,
    TransferJob,
    WaitReason,
    WhenDone,
    tagged,
)
from pipeflow.testing import World

PREPARE, REVIEW, FILE = TaskTemplate("Prepare"), TaskTemplate("Review"), TaskTemplate("File")
THANKS = EmailTemplate("Thanks", subject="Thank you")


def prepared(*more: Automation) -> tuple[World, Job]:
    """A job whose preparation is done, in a stage that is left by hand."""
    world = World()
    work = Stage("Work", [CreateTask(PREPARE), *more])
    tax = Pipeline("Tax", [work, Stage("Done")], statuses=["On hold"])
    world.engine.save(PREPARE, REVIEW, FILE, THANKS, tax)
    job = world.engine.start("tax", world.account())
    return world, world.engine.complete(job.item("Prepare"))


def edit(world: World, *fires: Automation) -> None:
    """Let the stage automove, and fire something when the preparation is done."""
    then = WhenDone("create-task-prepare", fires)
    tax = world.engine.pipeline("tax")
    world.engine.save(tax.change("Work", automove=True, triggers=[then]))


def test_a_job_does_not_move_on_before_what_is_done_has_fired() -> None:
    """`reevaluate` makes the review, and the job stays for it."""
    world, job = prepared()
    edit(world, CreateTask(REVIEW))

    said = world.engine.explain(job)

    assert said.sentence == (
        "Nothing is open, but create task 'Review' has yet to fire: at the next completion; "
        "`reevaluate` does it now."
    )
    assert (said.reason, said.moves_itself) == (WaitReason.NEXT_FACT, True)
    assert said.to_come == ("Review",)
    line = "trigger when 'Prepare' is done (create task 'Review') fires at the next completion"
    assert any(one.startswith(line) for one in said.lines)
    job = world.engine.reevaluate(job)
    assert (job.stage, [item.name for item in job.open_items]) == ("work", ["Review"])
    assert world.engine.explain(job).sentence.startswith("It waits for task 'Review', and then")


def test_it_is_told_beside_what_is_open() -> None:
    """The job waits for both."""
    world, job = prepared(CreateTask(FILE))
    edit(world, CreateTask(REVIEW, when=tagged("vip")))

    said = world.engine.explain(job)

    told = "It waits for task 'File', and for create task 'Review' if "
    assert said.sentence.startswith(told)
    assert said.sentence.endswith(", which then fires, and then moves on by itself to 'Done'.")
    assert said.moves_itself
    assert said.to_come == ("Review",)


def test_mail_that_has_yet_to_leave_holds_nobody() -> None:
    """The job moves on in the same go."""
    world, job = prepared()
    edit(world, SendEmail(THANKS))

    said = world.engine.explain(job)

    assert said.moves_itself
    assert "it moves on to 'Done' at the next completion" in said.sentence
    assert any("fires at the next completion" in one for one in said.lines)
    assert world.engine.reevaluate(job).stage == "done"


def test_a_status_that_has_yet_to_be_set_is_told() -> None:
    """It keeps the job where it is."""
    world, job = prepared()
    edit(world, SetStatus("On hold"))

    said = world.engine.explain(job)

    assert said.sentence.startswith("Nothing is open, but set status 'On hold' has yet to fire")
    assert said.to_come == ()
    job = world.engine.reevaluate(job)
    assert (job.stage, job.status) == ("work", "On hold")


@pytest.mark.parametrize(
    ("away", "called"),
    [
        (SetStatus("Completed"), "set status 'Completed'"),
        (SetStatus("On hold"), "set status 'On hold'"),
        (TransferJob("books"), "transfer job 'Books'"),
    ],
    ids=["completed", "on hold", "transferred"],
)
def test_what_takes_a_job_elsewhere_when_an_item_is_done_is_told(
    away: Automation, called: str
) -> None:
    """It said that the job then moves on by itself to the next stage, where it never came."""
    world = World()
    world.engine.save(Pipeline("Books", [Stage("Begin"), Stage("End")]))
    work = Stage("Work", [CreateTask(PREPARE)], automove=True)
    tax = Pipeline("Tax", [work, Stage("Done")], statuses=["On hold"])
    tax = tax.change("Work", triggers=[WhenDone("create-task-prepare", [away])])
    world.engine.save(PREPARE, tax)
    job = world.engine.start("tax", world.account())

    said = world.engine.explain(job)

    assert said.sentence == (
        f"It waits for task 'Prepare' (then {called}), and then moves on by itself to 'Done', "
        "unless that takes it elsewhere."
    )
    assert said.to_come == ()
    job = world.engine.complete(job.item("Prepare"))
    assert job.stage != "done"


def test_what_takes_a_job_elsewhere_once_what_comes_of_an_item_is_done_is_told() -> None:
    """A trigger makes the review, and another one completes the job when that is done."""
    world = World()
    work = Stage("Work", [CreateTask(PREPARE)], automove=True)
    review = CreateTask(REVIEW, id="review")
    triggers = [
        WhenDone("create-task-prepare", [review]),
        WhenDone("review", [CreateTask(FILE, id="file"), CreateTask(REVIEW, id="again")]),
        WhenDone("again", [CreateTask(PREPARE, id="last")]),
        WhenDone("file", [SetStatus("Completed")]),
    ]
    tax = Pipeline("Tax", [work, Stage("Done")])
    world.engine.save(PREPARE, REVIEW, FILE, tax.change("Work", triggers=triggers[:3]))
    job = world.engine.start("tax", world.account())
    assert "unless" not in world.engine.explain(job).sentence
    world.engine.save(tax.change("Work", triggers=triggers), replace=True)

    said = world.engine.explain(job).sentence

    assert said == (
        "It waits for task 'Prepare' (then create task 'Review'), and then moves on by itself to "
        "'Done', unless that takes it elsewhere."
    )
    for name in ("Prepare", "Review", "File"):
        job = world.engine.complete(world.engine.job(job).item(name))
    assert (job.stage, job.status) == ("work", "Completed")


def test_what_takes_a_job_elsewhere_and_has_yet_to_fire_is_told_beside_what_is_open() -> None:
    """The next completion fires it."""
    world, job = prepared(CreateTask(FILE))
    edit(world, SetStatus("On hold"))

    said = world.engine.explain(job)

    assert said.sentence == (
        "It waits for task 'File', and for set status 'On hold', which then fires, and then moves "
        "on by itself to 'Done', unless that takes it elsewhere."
    )


def test_it_is_told_after_an_undo() -> None:
    """The job is back in a stage that was edited meanwhile."""
    world, job = prepared()
    job = world.engine.move(job, "Done")
    edit(world, CreateTask(REVIEW))

    said = world.engine.explain(world.engine.undo(job).job)

    assert (said.moves_itself, said.to_come) == (True, ("Review",))


def test_it_is_told_of_a_job_that_rests_and_after_its_status_went() -> None:
    """What was done in a status fires when the job is Active again and something happens."""
    world = World()
    then = WhenDone("create-task-prepare", [CreateTask(REVIEW)])
    work = Stage("Work", [CreateTask(PREPARE)], triggers=[then], automove=True)
    tax = Pipeline("Tax", [work, Stage("Done")], statuses=["On hold"])
    world.engine.save(PREPARE, REVIEW, tax)
    job = world.engine.set_status(world.engine.start("tax", world.account()), "On hold")
    job = world.engine.complete(job.item("Prepare"))
    assert any("fires when the job is Active again" in o for o in world.engine.explain(job).lines)
    world.engine.pause(job)
    plan = world.engine.plan(evolve(world.engine.pipeline("tax"), statuses=[]))
    world.engine.apply(plan, statuses={"On hold": "Active"})
    assert any("fires when the job is resumed" in o for o in world.engine.explain(job).lines)

    job = world.engine.resume(job)

    assert [item.name for item in job.open_items] == ["Review"]
