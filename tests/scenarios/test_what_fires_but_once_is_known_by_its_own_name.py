"""What fires but once a job is never taken for something else, whatever the firm's ids are like."""

from datetime import date

import pytest

from pipeflow import (
    After,
    AroundDate,
    CreateInvoice,
    CreateTask,
    EmailTemplate,
    InvoiceTemplate,
    LineItem,
    Money,
    Pipeline,
    SendEmail,
    SetStatus,
    Stage,
    Status,
    TaskTemplate,
)
from pipeflow.testing import World

FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("450.00", "USD"))])
CALL = TaskTemplate("Call")
LATE = EmailTemplate("Late", subject="It is late", body="Please call us.")


@pytest.mark.parametrize(
    ("first", "second"),
    [(("a", "b/c"), ("a/b", "c")), (("a/b", "c"), ("a%2Fb", "c"))],
    ids=["slashes", "escapes"],
)
def test_each_stage_bills_once_for_itself(first: tuple[str, str], second: tuple[str, str]) -> None:
    """No stage is passed over because another one, whose ids read alike, has billed."""
    world = World()
    several = [
        Stage(stage, [CreateInvoice(FEE, id=bill, repeat="once")], id=stage)
        for stage, bill in (first, second)
    ]
    world.engine.save(FEE, Pipeline("Tax", stages=[*several, Stage("Done")]))
    job = world.engine.start("tax", world.account())

    for stage in (second[0], "Done", first[0], "Done", second[0]):
        world.engine.move(job, stage)

    assert len(world.invoices.created) == 2


def test_a_stage_that_is_called_as_a_trigger_bills_once_also_after_an_undo() -> None:
    """The undo takes back what the trigger fired, not that the stage has billed."""
    world = World()
    tax = Pipeline(
        "Tax",
        stages=[
            Stage("Status held", [CreateInvoice(FEE, repeat="once")]),
            Stage("Wait", [SetStatus("Held")]),
            Stage("Done"),
        ],
        statuses=[Status("Held", automations=[CreateTask(CALL)])],
    )
    world.engine.save(tax, FEE, CALL)
    job = world.engine.start(tax, world.account())
    world.engine.move(job, "Wait")
    world.engine.undo(job)

    world.engine.move(world.engine.move(job, "Done"), "Status held")

    assert len(world.invoices.created) == 1


def reminding(id: str | None) -> World:
    """Make a firm that writes when a job is past its date, also where the job had to wait."""
    world = World()
    tax = Pipeline(
        "Tax",
        stages=[Stage("Work"), Stage("Next", [SetStatus("Active")]), Stage("Done")],
        statuses=["On hold"],
        triggers=[AroundDate("due", After(), [SendEmail(LATE, id=id)])],
    )
    world.engine.save(tax, LATE)
    return world


@pytest.mark.parametrize("id", [None, "late-mail"], ids=["own", "given"])
def test_a_trigger_whose_mail_has_left_does_not_write_again_after_an_undo(id: str | None) -> None:
    """Whatever its automation is called."""
    world = reminding(id)
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 8))
    world.engine.set_status(job, "On hold")
    world.advance(days=5)
    world.engine.move(job, "Next")
    world.engine.undo(job)

    world.engine.set_status(job, "Active")
    world.advance(days=2)

    assert [mail.subject for mail in world.email.sent] == ["It is late"]


def test_a_trigger_of_another_pipeline_that_is_called_alike_has_fired_all_the_same() -> None:
    """The undo of a move in one pipeline takes back nothing that fired in the one before."""
    world = reminding(None)
    books = Pipeline(
        "Books",
        stages=[Stage("Wait"), Stage("Go", [SetStatus("Active")]), Stage("End")],
        statuses=["On hold"],
        triggers=[AroundDate("due", After(), [CreateTask(CALL)])],
    )
    world.engine.save(books, CALL)
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 8))
    world.advance(days=5)
    world.engine.transfer(job, books)
    world.engine.set_status(job, "On hold")
    world.tasks.fail_when(lambda _: True, RuntimeError("down"))
    world.advance(days=2)
    world.engine.move(job, "Go")
    world.engine.undo(job)

    world.engine.set_status(job, "Active")
    world.engine.transfer(job, "tax")
    world.advance(days=2)

    assert [mail.subject for mail in world.email.sent] == ["It is late"]
