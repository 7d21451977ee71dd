"""Which reminders metrics count: all that left in the span, while the job was in the pipeline."""

from __future__ import annotations

from pipeflow import (
    CreateInvoice,
    CreateOrganizer,
    Job,
    Member,
    OrganizerSubmitted,
    Pipeline,
    Reminders,
    SendMessage,
    Stage,
)
from pipeflow.testing import World
from tests.firms import DONE, FEE, NEWS, ORGANIZER

EVERY_3_DAYS = Reminders(every=3, times=3)
LEAD = Pipeline(
    "Lead", [Stage("Ask", [CreateOrganizer(ORGANIZER, reminders=EVERY_3_DAYS)]), Stage("Won")]
)
TAX = Pipeline("Tax", [Stage("Do"), DONE])


def asked() -> tuple[World, Job]:
    """Ask a client in one pipeline, and let two reminders leave."""
    world = World()
    world.engine.save(LEAD, TAX, ORGANIZER)
    job = world.engine.start(LEAD, world.account())
    world.advance(days=7)
    return world, job


def test_reminders_that_left_in_another_pipeline_do_not_count_in_this_one() -> None:
    """Spans that follow one another add up, wherever they are cut."""
    world, job = asked()
    cut = world.clock.now()
    world.advance(days=1)
    world.engine.transfer(job, TAX)
    world.advance(hours=12)

    whole = world.engine.metrics(TAX).reminders
    parts = [
        world.engine.metrics(TAX, until=cut).reminders,
        world.engine.metrics(TAX, since=cut).reminders,
    ]

    assert [(one.sent, one.reminded) for one in (whole, *parts)] == [(0, 0)] * 3


def test_of_a_thing_that_was_brought_along_those_count_that_left_here() -> None:
    """It was reminded of before, so that it is none whose first reminder left here."""
    world, job = asked()
    world.engine.transfer(job, TAX)
    world.advance(days=3)

    found = world.engine.metrics(TAX).reminders
    assert (found.sent, found.reminded, found.before) == (1, 0, None)

    world.engine.transfer(job, LEAD)
    found = world.engine.metrics(LEAD).reminders
    assert (found.sent, found.reminded) == (2, 1)


def test_reminders_of_messages_that_ask_nothing_are_sent_too() -> None:
    """Nobody has to act on one, so that it makes no rate."""
    line = Pipeline("Line", [Stage("Tell", [SendMessage(NEWS, reminders=EVERY_3_DAYS)]), DONE])
    world = World()
    world.engine.save(line, NEWS)
    world.engine.start(line, world.account())
    world.advance(days=7)

    found = world.engine.metrics(line).reminders

    assert (found.sent, found.reminded, found.rate, found.after) == (2, 0, None, None)


def test_reminders_of_what_members_are_assigned_to_are_sent_too() -> None:
    """They go to the client all the same; the rates are of the days of the client alone."""
    line = Pipeline("Line", [Stage("Bill", [CreateInvoice(FEE, reminders=EVERY_3_DAYS)]), DONE])
    world = World()
    world.engine.save(line, FEE, Member("Mia"))
    job = world.engine.start(line, world.account())
    world.engine.reassign(job.item("Fee"), ["mia"])
    world.advance(days=7)

    found = world.engine.metrics(line).reminders

    assert (found.sent, found.reminded) == (2, 0)


def test_what_was_done_after_its_reminders_changes_no_count_of_them() -> None:
    """They left all the same."""
    world, job = asked()
    world.engine.record(job.item("Organizer"), OrganizerSubmitted(incomplete=True))

    found = world.engine.metrics(LEAD).reminders

    assert (found.sent, found.reminded, found.answered) == (2, 1, 1)
