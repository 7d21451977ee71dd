"""What used up reminders fire but once a job comes once, whatever they remind of (A-46)."""

from datetime import date
from typing import Any

import attrs
import pytest

from pipeflow import (
    AroundDate,
    CreateInvoice,
    CreateOrganizer,
    Job,
    Pipeline,
    Reminders,
    Stage,
    Status,
)
from pipeflow.rules import trigger_turns, turns
from pipeflow.testing import World
from tests.faults.offices import lose_template
from tests.firms import FEE, ORGANIZER

BILL = CreateInvoice(FEE, id="bill", repeat="once", holds=False)
ASK = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=1, then=[BILL]))


def firm(**what: Any) -> tuple[World, Job]:
    """Start a job in a firm that bills whoever answers no reminder."""
    world = World()
    first = Stage("Work", what.pop("automations", ()))
    world.engine.save(FEE, ORGANIZER, Pipeline("Tax", [first, Stage("Next"), Stage("End")], **what))
    return world, world.engine.start("tax", world.account(), due=date(2026, 1, 10))


def unanswered(world: World, job: Job) -> None:
    """Let the bank be asked, so that a paper goes out, and the job go on before it is answered."""
    world.engine.set_status(job, "Bank")
    world.engine.set_status(job, "Active")


def test_what_a_status_asks_for_bills_once_also_where_a_stage_takes_it_along() -> None:
    """The client was billed for the second paper, too, since the stage held it by then."""
    world, job = firm(statuses=[Status("Bank", automations=[ASK])])
    unanswered(world, job)
    world.advance(days=3)
    unanswered(world, job)
    world.engine.move(job, "Next", open="carry")

    world.advance(days=3)

    assert len(world.invoices.created) == 1


def test_what_a_date_asks_for_bills_once_in_whatever_stage_the_job_is() -> None:
    """The due date came twice, and the job was in another stage for the second."""
    world, job = firm(triggers=[AroundDate("due", 0, [ASK])])
    world.advance(days=10)
    world.engine.edit(world.engine.move(job, "Next"), due=date(2026, 2, 1))

    world.advance(days=30)

    assert [item.name for item in world.engine.job(job).items].count("Organizer") == 2
    assert len(world.invoices.created) == 1


def test_what_used_up_reminders_billed_in_an_earlier_version_is_billed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That knew it by the stage where the paper was made."""

    def fire_list(*given: Any, **said: Any) -> None:
        turns.fire_list(*given, **{**said, "home": "work"})

    world, job = firm(automations=[ASK])
    with monkeypatch.context() as earlier:
        earlier.setattr(trigger_turns, "fire_list", fire_list)
        world.advance(days=4)
    assert world.engine.job(job).fired == {"tax/work/bill%create_invoice"}
    world.engine.move(world.engine.move(job, "End"), "Work")

    world.advance(days=4)

    assert [item.name for item in world.engine.job(job).items].count("Organizer") == 2
    assert len(world.invoices.created) == 1


def test_a_bill_that_came_comes_not_again_when_that_of_an_earlier_visit_is_retried() -> None:
    """Nobody is reminded of the papers any more, so that the pipeline says what is retried."""
    world, job = firm(automations=[ASK])
    lose_template(world, "fee")
    world.engine.save(attrs.evolve(ORGANIZER, name="Papers"), replace=True)  # it is looked up anew
    world.advance(days=3)
    (failed,) = world.engine.job(job).blocked
    world.engine.save(FEE)
    world.engine.move(world.engine.move(job, "End"), "Work")
    world.advance(days=3)
    for item in world.engine.job(job).items:
        if item.reminders is not None:
            world.engine.set_reminders(item, None)

    world.engine.retry(failed.key)
    world.advance(days=1)

    assert len(world.invoices.created) == 1
