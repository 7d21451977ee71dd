"""Through a whole firm: the order of automations, and what it is to enter a stage."""

import pytest

from pipeflow import (
    AutomationRan,
    AutomationSkipped,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    InvoiceTemplate,
    JobMoved,
    LineItem,
    Repeat,
    SendEmail,
    SkipCause,
    Stage,
    TagChange,
    UpdateAccountTags,
    tagged,
)
from tests.firms import (
    DONE,
    FEE,
    ORGANIZER,
    PREPARE,
    WELCOME,
    begun,
    dump,
    events,
    now,
    tags,
    usd,
)


def test_a_01_automations_run_in_strict_list_order() -> None:
    """Automations run one by one in list order, and later ones see what earlier ones did."""
    world, job = begun(
        Stage("Intake", [
            CreateTask(PREPARE),
            UpdateAccountTags(add={"vip"}),
            SendEmail(WELCOME, when=tagged("vip")),
            CreateInvoice(FEE),
        ]),
        DONE,
    )  # fmt: skip

    ran = [event.automation for event in events(world, job, AutomationRan)]

    assert ran == [
        "create-task-prepare",
        "update-account-tags",
        "send-email-welcome",
        "create-invoice-fee",
    ]
    assert [i.name for i in now(world, job).items] == ["Prepare", "Fee"]
    assert len(world.email.sent) == 1


def test_a_02_a_condition_is_asked_live_at_its_turn() -> None:
    """What counts are the tags when the automation's turn comes, not those at entry."""
    cleared, job = begun(
        Stage(
            "Intake", [UpdateAccountTags(clear=True), CreateOrganizer(ORGANIZER, when=tagged("a"))]
        ),
        DONE,
        tags={"a"},
    )
    sent, other = begun(
        Stage(
            "Intake", [CreateOrganizer(ORGANIZER, when=tagged("a")), UpdateAccountTags(clear=True)]
        ),
        DONE,
        tags={"a"},
    )

    assert cleared.organizers.created == []
    assert events(cleared, job, AutomationSkipped)[0].reason == "account lacks the tag 'a'"
    assert len(sent.organizers.created) == 1
    assert tags(sent, other) == set()


def test_a_03_automove_is_evaluated_after_the_whole_entry_run() -> None:
    """An invoice that is paid at birth moves the job only when the rest of the stage has run."""
    free = InvoiceTemplate("Free", lines=[LineItem("Gift", rate=usd("0.00"))])
    world, job = begun(
        Stage("Intake", [CreateInvoice(free), SendEmail(WELCOME)], automove=True), DONE, more=[free]
    )

    moved = events(world, job, JobMoved)
    order = list(world.engine.history(job))

    assert now(world, job).stage == "done"
    assert len(moved) == 1
    assert order.index(moved[0]) > order.index(events(world, job, AutomationRan)[-1])
    assert len(world.email.sent) == 1


def test_a_13_clearing_and_removing_come_before_adding() -> None:
    """One automation that clears and adds leaves exactly what it adds."""
    world, job = begun(
        Stage("Intake", [UpdateAccountTags(add={"new"}, remove={"gone"}, clear=True)]),
        DONE,
        tags={"old", "gone"},
    )

    assert tags(world, job) == {"new"}
    assert TagChange(add={"a"}, remove={"b"}).apply(frozenset("bc")) == {"a", "c"}


def test_a_14_the_same_tag_added_and_removed_is_refused() -> None:
    """A contradiction is no automation."""
    for make in (UpdateAccountTags, TagChange):
        with pytest.raises(DefinitionError, match="'vip' is both added and removed"):
            make(add={"vip"}, remove={"vip"})


def test_a_15_a_move_backwards_is_an_ordinary_entry() -> None:
    """Entering is entering: the automations fire again unless they are skipped."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE), SendEmail(WELCOME)]), DONE)
    world.engine.move(job, "Done")

    back = world.engine.move(job, "Intake", skip=["send-email-welcome"])

    assert (back.stage, back.visit) == ("intake", 3)
    assert len(world.tasks.created) == 2
    assert len(world.email.sent) == 1
    assert events(world, job, AutomationSkipped)[0].cause is SkipCause.BY_HAND


def test_a_17_a_job_started_in_a_later_stage_fires_that_stage_alone() -> None:
    """Nothing of the stages before it fires, and its own condition is not asked."""
    world, job = begun(
        Stage("Intake", [SendEmail(WELCOME)]),
        Stage("Review", [CreateTask(PREPARE)], when=tagged("business")),
        DONE,
        stage="Review",
    )

    assert (job.stage, job.visit) == ("review", 1)
    assert world.email.sent == []
    assert [task.name for task in world.tasks.created] == ["Prepare"]


def test_a_21_a_move_to_the_same_stage_does_nothing() -> None:
    """It is no entry: no automation fires, and not a line is written."""
    world, job = begun(Stage("Intake", [SendEmail(WELCOME)]), DONE)
    before = dump(world)

    after = world.engine.move(job, "Intake")

    assert after == job
    assert dump(world) == before


@pytest.mark.parametrize(
    ("repeat", "created_while_open", "created_after_done"),
    [(Repeat.ALWAYS, 2, 3), (Repeat.ONCE, 1, 1), (Repeat.UNLESS_OPEN, 1, 2)],
)
def test_a_46_repeat_says_what_a_later_visit_does(
    repeat: Repeat, created_while_open: int, created_after_done: int
) -> None:
    """A second entry makes a second invoice, unless the automation fires once or while open."""
    world, job = begun(Stage("Billing", [CreateInvoice(FEE, repeat=repeat)]), DONE)

    world.engine.move(job, "Done")
    world.engine.move(job, "Billing")
    while_open = len(world.invoices.created)
    for item in now(world, job).items:
        world.engine.complete(item)
    world.engine.move(job, "Done")
    world.engine.move(job, "Billing")

    assert while_open == created_while_open
    assert len(world.invoices.created) == created_after_done
    skipped = events(world, job, AutomationSkipped)
    assert all(event.cause is SkipCause.REPEAT for event in skipped)
    assert len(skipped) == 3 - created_after_done
