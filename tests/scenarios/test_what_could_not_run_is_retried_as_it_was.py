"""A retry fires what could not run, and nothing else that has its id; explain says so (A-24)."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from pipeflow import (
    AutomationRan,
    AutomationSkipped,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    InvoiceTemplate,
    Job,
    LineItem,
    Money,
    NotFoundError,
    OrganizerTemplate,
    Pipeline,
    Question,
    Reminders,
    Stage,
    Status,
    TaskTemplate,
    WhenDone,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.testing import World
from tests.faults.offices import lose_template

FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("450.00", "USD"))])
CALL, LATER = TaskTemplate("Call"), TaskTemplate("Call later")
ASK = OrganizerTemplate("Papers", questions=[Question("Married?")])
NEWS = EmailTemplate("News", subject="News", body="News.")
TEMPLATES = (FEE, CALL, LATER, ASK, NEWS)
BILL = CreateInvoice(FEE, id="x", repeat="once")


def asking(*then: CreateTask | CreateInvoice) -> CreateOrganizer:
    """Ask a client, and do something where one reminder was of no use."""
    rhythm = Reminders(every=1, times=1, then=then) if then else None
    return CreateOrganizer(ASK, id="ask", reminders=rhythm)


def begun(world: World, *then: CreateTask | CreateInvoice) -> Job:
    """Start a job in which a client is asked."""
    collect = Stage("Collect", [asking(*then)])
    world.engine.save(*TEMPLATES, Pipeline("Tax", stages=[collect, Stage("Done")]))
    return world.engine.start("tax", world.account())


def lost(world: World, template: str) -> None:
    """Lose a template, as a restored backup may."""
    lose_template(world, template)
    world.engine.save(attrs.evolve(NEWS, body="It is looked up anew."), replace=True)


def names(world: World, job: Job) -> list[str]:
    """Return what items are called."""
    return [item.name for item in world.engine.job(job).items]


def restarted(world: World, path: Path) -> World:
    """Open the firm's file anew."""
    assert isinstance(world.store, SqliteStore)
    world.store.close()
    return World(world.clock.now(), store=SqliteStore(path))


def test_a_bill_that_fires_once_comes_once_where_it_was_retried_after_a_restart(
    tmp_path: Path,
) -> None:
    """Used up reminders fire it again in a later visit, and it has fired (A-46)."""
    world = World(store=SqliteStore(tmp_path / "firm.db"))
    job = begun(world, BILL)
    lost(world, "fee")
    world.advance(days=3)
    (failed,) = world.engine.job(job).blocked
    world = restarted(world, tmp_path / "firm.db")

    world.engine.save(FEE)
    world.engine.retry(failed.key)
    world.engine.move(world.engine.move(job, "Done"), "Collect")
    world.advance(days=3)

    assert names(world, job) == ["Papers", "Fee", "Papers"]


def test_so_it_does_where_a_status_asked(tmp_path: Path) -> None:
    """What a status fires is of the whole pipeline."""
    world = World(store=SqliteStore(tmp_path / "firm.db"))
    held = Status("Held", automations=[asking(BILL)])
    stages = [Stage("Work"), Stage("Done")]
    world.engine.save(*TEMPLATES, Pipeline("Tax", stages=stages, statuses=[held]))
    job = world.engine.set_status(world.engine.start("tax", world.account()), "Held")
    lost(world, "fee")
    world.advance(days=3)
    job = world.engine.set_status(job, "Active")
    (failed,) = job.blocked
    world = restarted(world, tmp_path / "firm.db")

    world.engine.save(FEE)
    world.engine.retry(failed.key)
    world.engine.set_status(world.engine.move(job, "Done"), "Held")
    world.advance(days=3)
    world.engine.set_status(job, "Active")

    assert names(world, job) == ["Papers", "Fee", "Papers"]


@pytest.mark.parametrize(
    ("entry", "template"), [(BILL, FEE), (CreateTask(LATER, id="x"), LATER)], ids=["bill", "task"]
)
def test_what_the_entry_of_a_stage_could_not_run_is_retried_as_the_pipeline_has_it(
    entry: CreateInvoice | CreateTask, template: InvoiceTemplate | TaskTemplate
) -> None:
    """Not as reminders of an earlier visit say it, which fire a task of that id: the organizer of
    that visit goes on as it was made, whatever the pipeline says.
    """
    world = World()
    job = begun(world, CreateTask(CALL, id="x"))
    tax = world.engine.save(world.engine.pipeline("tax").replace("Collect", "ask", asking()))
    world.engine.save(tax.add("Collect", entry))
    lost(world, template.id)
    job = world.engine.move(world.engine.move(job, "Done"), "Collect")

    world.engine.save(template)
    world.engine.retry(job.blocked[0].key)

    assert names(world, job) == ["Papers", "Papers", template.name]


def test_a_bill_is_retried_that_a_trigger_could_not_fire() -> None:
    """What reminders fire under its id, and was made before, is something else."""
    world = World()
    job = begun(world, CreateTask(LATER, id="w"), CreateTask(CALL, id="x"))
    tax = world.engine.save(world.engine.pipeline("tax").replace("Collect", "ask", asking()))
    bills = WhenDone("ask", [BILL])
    world.engine.save(tax.change("Collect", triggers=[bills]))
    lost(world, "fee")
    job = world.client.submits(job, "Papers", {"Married?": "no"})

    world.engine.save(FEE)
    world.engine.retry(job.blocked[0].key)

    assert names(world, job) == ["Papers", "Fee"]


def test_it_is_explained_that_what_reminders_fired_can_be_retried() -> None:
    """Also where the pipeline speaks of it no longer; and by its name (R-34)."""
    world = World()
    job = begun(world, CreateTask(CALL, id="x"))
    world.engine.save(world.engine.pipeline("tax").replace("Collect", "ask", asking()))
    lost(world, "call")
    world.advance(days=3)
    (failed,) = world.engine.job(job).blocked
    world.engine.save(CALL)

    told = world.engine.explain(job)
    assert "Could not run: create task 'Call'." in told.sentence
    why = "its template 'call' is not there"
    assert f"could not run create task 'Call': {why}; retry or abandon {failed.key!r}" in told.lines
    assert told.undelivered[0].what == "create task 'Call'"

    world.engine.retry(failed.key)
    assert [one.automation for one in world.engine.history(job).of(AutomationRan)] == ["ask", "x"]


def test_it_is_explained_that_nothing_of_a_stage_that_is_gone_can_be_retried() -> None:
    """What reminders fired there neither; whoever tries is told so."""
    world = World()
    job = begun(world, CreateTask(CALL, id="x"))
    lost(world, "call")
    world.advance(days=3)
    job = world.engine.move(job, "Done")
    stages = [
        Stage("New", [asking(CreateTask(CALL, id="x"))]),
        *world.engine.pipeline("tax").stages[1:],
    ]
    world.engine.save(attrs.evolve(world.engine.pipeline("tax"), stages=stages), CALL)

    key = job.blocked[0].key
    told = "its template 'call' is not there; the pipeline no longer has it: abandon"
    assert any(line.endswith(f"{told} {key!r}") for line in world.engine.explain(job).lines)
    with pytest.raises(NotFoundError, match="collect"):
        world.engine.retry(key)


def called(repeat: str) -> tuple[World, Job]:
    """Set a status whose call could not be asked for, end it by hand, and set it anew."""
    world = World()
    call = CreateTask(CALL, id="call", repeat=repeat)
    held = Status("Held", automations=[call], automove=True)
    tax = Pipeline("Tax", stages=[Stage("Work"), Stage("Done")], statuses=[held])
    world.engine.save(*TEMPLATES, tax)
    job = world.engine.start("tax", world.account())
    lost(world, "call")
    job = world.engine.set_status(world.engine.set_status(job, "Held"), "Active")
    world.engine.save(CALL)
    return world, world.engine.set_status(job, "Held")


def test_a_retry_leaves_to_a_status_what_that_waits_for() -> None:
    """What the setting before lacks is open already, and belongs to the one of today: it ended
    never, for nothing was left that it would wait for.
    """
    world, job = called("unless_open")

    world.engine.retry(job.blocked[0].key)

    told = world.engine.explain(job)
    assert "until task 'Call' is done" in told.sentence
    skipped = world.engine.history(job).of(AutomationSkipped)[-1]
    assert skipped.reason == "'Call' (job-1/1) is still open"
    assert world.team.completes(job, "Call").status == "Active"


def test_what_a_retry_makes_for_an_earlier_status_holds_none_of_today() -> None:
    """It belongs to the setting that lacked it."""
    world, job = called("always")

    world.engine.retry(job.blocked[0].key)

    assert [item.name for item in world.engine.explain(job).waits_for] == ["Call"]
    assert world.engine.complete(job.items[0]).status == "Active"


def test_what_is_open_still_says_of_when_it_is() -> None:
    """An earlier status asked for it, and the one of today waits for it."""
    world, job = called("unless_open")
    job = world.engine.set_status(world.engine.set_status(job, "Active"), "Held")

    skipped = world.engine.history(job).of(AutomationSkipped)[-1]
    assert skipped.reason == "'Call' (job-1/1) of an earlier status is still open, and goes on here"
    assert world.team.completes(job, "Call").status == "Active"
