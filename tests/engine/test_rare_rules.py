"""Rules in turns that few jobs take: templates that come back, reminders to nobody, many tags."""

from __future__ import annotations

from typing import Any

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateTask,
    InvoiceTemplate,
    ItemKind,
    ItemState,
    LineItem,
    Member,
    Money,
    Pipeline,
    Ref,
    Reminders,
    Repeat,
    RequestAbandoned,
    Stage,
    TaskCompleted,
    TaskReopened,
    TaskTemplate,
    UpdateAccountTags,
    Warned,
    rules,
)
from pipeflow.ports import ReminderTimer
from pipeflow.rules.steps import KEPT, TagStep
from pipeflow.testing import World
from tests.faults.offices import lose_template

FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("100.00", "USD"))])
PREPARE = TaskTemplate("Prepare")
PENDING = ItemState.PENDING


def firm(*automations: Any) -> World:
    """Open a firm whose jobs go to and fro between "Work" and "Wait"."""
    world = World()
    stages = [Stage("Work", automations), Stage("Wait", automove=True), Stage("Done")]
    world.engine.save(FEE, PREPARE, Pipeline("Tax", stages))
    return world


# -- templates that come back --------------------------------------------------------------------


def test_one_task_is_made_up_for_where_it_was_due_in_two_visits() -> None:
    """It was due in the first visit and in the third, and its template was gone each time.

    Retried for the first visit it is made; retried for the third it is still open, and holds that.
    """
    world = firm(CreateTask(PREPARE, repeat=Repeat.UNLESS_OPEN))
    engine = world.engine
    lose_template(world, "prepare")
    job = engine.start("tax", world.account())
    engine.move(job, "Wait")
    first, third = engine.move(job, "Work").blocked
    engine.save(PREPARE)

    made = engine.retry(first.key)
    assert made is not None
    (open_before,) = made.items
    held = engine.retry(third.key)
    assert held is not None

    assert (open_before.visit, made.open_items) == (1, ())
    assert [item.visit for item in held.items] == [3]
    assert [item.id for item in held.open_items] == [open_before.id]
    assert len(world.tasks.created) == 1


def test_a_task_that_goes_on_in_a_past_visit_does_not_hold_the_present_one() -> None:
    """It was made in the first visit, and due anew in the third, which is over by now."""
    world = firm(CreateTask(PREPARE, repeat=Repeat.UNLESS_OPEN))
    engine = world.engine
    job = engine.start("tax", world.account())
    engine.record(job.item("Prepare"), TaskCompleted())
    engine.move(job, "Wait")
    lose_template(world, "prepare")
    engine.save(Member("Mia"))  # whatever is saved, what was laid down is read anew
    engine.move(job, "Work")
    (failed,) = engine.move(job, "Wait").blocked
    engine.record(job.item("Prepare"), TaskReopened())
    engine.save(PREPARE)

    after = engine.retry(failed.key)
    assert after is not None

    assert [(item.visit, item.state) for item in after.items] == [(3, PENDING)]
    assert after.visit == 4
    assert after.open_items == ()
    assert len(world.tasks.created) == 1


# -- reminders -----------------------------------------------------------------------------------


def test_a_reminder_by_hand_to_nobody_is_warned_of() -> None:
    """No contact takes mail: nothing is sent, and nothing counts as a reminder."""
    world = firm()
    account = world.engine.save(Account("Ada", contacts=[Contact("Ada")]))
    job = world.engine.start("tax", account)
    job = world.engine.link(job, Ref("organizers", "o-1"), ItemKind.ORGANIZER, "Organizer")

    after = world.engine.remind(job.items[0])

    assert world.email.attempts == []
    assert after.items[0].nudged == 0
    (warning,) = world.engine.history(job).of(Warned)
    assert "reminder of 'Organizer'" in warning.sentence()


def test_an_overtaken_reminder_that_is_abandoned_leaves_the_next_one() -> None:
    """Somebody abandons the one that failed just when the next was set."""
    world = firm(CreateInvoice(FEE, reminders=Reminders(every=1, times=3)))
    job = world.engine.start("tax", world.account())
    item = world.engine.job(job).item("Fee")
    state = world.engine._desk.records.state(job.id)
    timer = ReminderTimer(job.id, item.id, 0)

    decision = rules.abandon_timer(state, timer, "overtaken", world.clock.now(), "mia")

    assert decision.job.item("Fee") == item
    assert decision.cancels == decision.withdraws == ()
    assert [type(event) for event in decision.events] == [RequestAbandoned]
    world.advance(days=1)
    assert len(world.email.sent) == 1


# -- tags ----------------------------------------------------------------------------------------


def test_tags_are_changed_alike_for_the_many_that_are_not_remembered() -> None:
    """However many sets of tags a firm's accounts have."""
    step = TagStep(UpdateAccountTags(add={"seen"}, remove={"new"}))
    sets = [frozenset({"new", f"tag-{number}"}) for number in range(KEPT + 10)]

    first = [step.change(before) for before in sets]
    again = [step.change(before) for before in sets]

    assert first == again
    assert first[-1] == (
        frozenset({"seen", f"tag-{KEPT + 9}"}),
        frozenset({"seen"}),
        frozenset({"new"}),
    )
