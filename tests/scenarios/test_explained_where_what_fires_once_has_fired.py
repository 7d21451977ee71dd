"""An explanation promises nothing that fires but once, and has fired (A-46)."""

from __future__ import annotations

from datetime import date

import pytest

from pipeflow import (
    AroundDate,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    InvoiceTemplate,
    Job,
    LineItem,
    Money,
    OrganizerTemplate,
    Pipeline,
    Question,
    Reminders,
    SendEmail,
    Stage,
    TaskTemplate,
    TimeInStage,
    WhenDone,
)
from pipeflow.testing import World

FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("450.00", "USD"))])
PREPARE, CALL = TaskTemplate("Prepare"), TaskTemplate("Call")
ASK = OrganizerTemplate("Papers", questions=[Question("Married?")])
LATE = EmailTemplate("Late", subject="It is late", body="Please call us.")
ONCE = CreateInvoice(FEE, repeat="once")
CALLS = CreateTask(CALL, repeat="once", holds=False)


def back_again(stage: Stage, *dated: AroundDate) -> tuple[World, Job]:
    """Let a job be in a stage for some days, and in it again, where all has fired before."""
    world = World()
    tax = Pipeline("Tax", stages=[stage, Stage("Bill"), Stage("Done")], triggers=dated)
    world.engine.save(FEE, PREPARE, CALL, ASK, LATE, tax)
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 7))
    world.advance(days=4)
    for item in world.engine.job(job).open_items:
        if item.name == "Prepare":
            world.engine.complete(item)
    world.engine.edit(job, due=date(2026, 2, 2))
    job = world.engine.move(world.engine.move(job, "Done"), stage.id)
    return world, job


def triggers(world: World, job: Job) -> list[str]:
    """Return what an explanation tells of triggers."""
    return [line for line in world.engine.explain(job).lines if line.startswith("trigger")]


def test_what_comes_of_a_thing_is_no_bill_that_has_come() -> None:
    """The job moves on when the work is done, as it says."""
    done = WhenDone("prepare", [ONCE])
    stage = Stage("Work", [CreateTask(PREPARE, id="prepare")], automove=True, triggers=[done])
    world, job = back_again(stage)

    told = world.engine.explain(job)
    assert told.sentence == "It waits for task 'Prepare', and then moves on by itself to 'Bill'."
    assert not told.to_come

    assert world.engine.complete(job.item("Prepare")).stage == "bill"


def test_nothing_has_yet_to_fire_of_what_is_done_where_all_has_fired() -> None:
    """The work was done while automove was off, before the pipeline had such a trigger."""
    stage = Stage(
        "Work", [CreateTask(PREPARE, id="prepare")], triggers=[WhenDone("prepare", [ONCE])]
    )
    world, job = back_again(stage)
    tax = world.engine.pipeline("tax")
    world.engine.save(tax.change("Work", triggers=()))
    world.engine.complete(job.item("Prepare"))
    world.engine.save(tax.change("Work", automove=True), replace=True)

    told = world.engine.explain(job)
    assert told.sentence.startswith("Nothing holds it: it moves on to 'Bill'")
    fires = "(nothing: what it fires but once has fired) fires at the next completion"
    assert triggers(world, job) == [f"trigger when 'Prepare' is done {fires}"]

    assert world.engine.reevaluate(job).stage == "bill"


@pytest.mark.parametrize("where", ["stage", "pipeline", "reminders"])
def test_a_trigger_by_time_fires_what_it_says(where: str) -> None:
    """Whoever has it: the mail goes out again, and no second task is made."""
    fires = [CALLS, SendEmail(LATE)]
    if where == "stage":
        world, job = back_again(Stage("Work", triggers=[TimeInStage(2, fires)]))
    elif where == "pipeline":
        world, job = back_again(Stage("Work"), AroundDate("due", 1, fires))
    else:
        asks = CreateOrganizer(ASK, reminders=Reminders(every=1, times=1, then=fires))
        world, job = back_again(Stage("Work", [asks]))
        world.advance(days=1)

    (told,) = (line for line in triggers(world, job) if "Papers' (job-1/1)" not in line)
    assert "(send email 'Late') fires" in told

    world.advance(days=40)
    assert [item.name for item in world.engine.job(job).items].count("Call") == 1
    assert [mail.subject for mail in world.email.sent].count("It is late") == 2
