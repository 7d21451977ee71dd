"""Turns of automations: in list order, by live tags, once or again, and what keeps one back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    ItemState,
    JobMoved,
    MoveCause,
    Repeat,
    SendEmail,
    SkipCause,
    Stage,
    UpdateAccountTags,
    rules,
    tagged,
)
from pipeflow.ports import Email, Invoice, Organizer, Task
from tests.rules.states import (
    DONE,
    FEE,
    FREE,
    ORGANIZER,
    PREPARE,
    REVIEW,
    TEMPLATES,
    WELCOME,
    account_of,
    after,
    asked,
    begun,
    book_of,
    completed,
    events,
    moved,
    names,
    opening,
    pending,
)

TAG = UpdateAccountTags(add={"vip"})


def test_automations_fire_in_list_order() -> None:
    """One after another, and what each asks for and makes stands in the same order (A-1)."""
    stage = Stage("Intake", [CreateTask(PREPARE), SendEmail(WELCOME), CreateInvoice(FEE)])

    decision = opening(stage, DONE)

    ran = [(event.automation, event.item) for event in events(decision, AutomationRan)]
    assert ran == [
        ("create-task-prepare", "job-1/1"),
        ("send-email-welcome", None),
        ("create-invoice-fee", "job-1/2"),
    ]
    assert [type(one) for one in decision.requests] == [Task, Email, Invoice]


@given(st.permutations([TAG, SendEmail(WELCOME, when=tagged("vip")), CreateTask(PREPARE)]))
def test_an_automation_sees_what_those_before_it_did(order: list[UpdateAccountTags]) -> None:
    """Swap two and the outcome changes: the mail goes out behind the tag only (A-1, A-2)."""
    behind = [one.kind for one in order].index("send_email") > order.index(TAG)

    decision = opening(Stage("Intake", order), DONE)

    assert bool(asked(decision, Email)) is behind
    assert [one.kind for one in events(decision, AutomationRan)] == [
        one.kind for one in order if behind or one.kind != "send_email"
    ]


def test_a_tag_that_is_cleared_first_skips_what_asks_for_it() -> None:
    """What counts are the tags at the automation's turn, not those at entry (A-2)."""
    clear = UpdateAccountTags(clear=True)
    organizer = CreateOrganizer(ORGANIZER, when=tagged("individual"))
    client = account_of(tags={"individual"})

    cleared = opening(Stage("Intake", [clear, organizer]), DONE, account=client)
    swapped = opening(Stage("Intake", [organizer, clear]), DONE, account=client)

    (skipped,) = events(cleared, AutomationSkipped)
    assert (skipped.cause, skipped.reason) == (
        SkipCause.CONDITION,
        "account lacks the tag 'individual'",
    )
    assert asked(cleared, Organizer) == []
    assert len(asked(swapped, Organizer)) == 1


def test_a_job_moves_only_when_all_automations_of_its_stage_had_their_turn() -> None:
    """An invoice that is paid at birth moves nothing before the mail behind it went out (A-3)."""
    stage = Stage("Intake", [CreateInvoice(FREE), SendEmail(WELCOME)], automove=True)

    decision = opening(stage, DONE)

    told = [type(e).__name__ for e in decision.events if isinstance(e, AutomationRan | JobMoved)]
    assert told == ["AutomationRan", "AutomationRan", "JobMoved"]
    assert [event.cause for event in events(decision, JobMoved)] == [MoveCause.AUTOMOVE]
    assert decision.job.stage == "done"


def test_the_line_of_an_automation_stands_before_what_it_brought_about() -> None:
    """A history reads as cause and effect."""
    decision = opening(Stage("Intake", [TAG]), DONE)

    told = [type(event).__name__ for event in decision.events]
    assert told.index("AutomationRan") < told.index("TagsChanged")


def test_what_a_person_leaves_out_does_not_fire() -> None:
    """The others do (domain.md 2.4)."""
    state = begun(Stage("Intake"), Stage("Work", [CreateTask(PREPARE), CreateTask(REVIEW)]), DONE)

    decision = moved(state, "work", "create-task-prepare")

    (skipped,) = events(decision, AutomationSkipped)
    assert (skipped.automation, skipped.cause) == ("create-task-prepare", SkipCause.BY_HAND)
    assert names(decision.job.items) == ["Review"]


@pytest.mark.parametrize(
    ("repeat", "while_open", "when_done"),
    [(Repeat.ALWAYS, 2, 2), (Repeat.ONCE, 1, 1), (Repeat.UNLESS_OPEN, 1, 2)],
)
def test_repeat_says_what_a_later_visit_does(
    repeat: Repeat, while_open: int, when_done: int
) -> None:
    """Again, never again, or not while its item is open (A-46)."""
    work = Stage("Intake", [CreateTask(PREPARE, repeat=repeat)])
    first = begun(work, DONE)

    def again(state: rules.State) -> rules.State:
        away = after(state, moved(state, "done"))
        return after(away, moved(away, "intake"))

    assert len(again(first).job.items) == while_open
    assert len(again(completed(first, "Prepare")).job.items) == when_done


def test_an_open_item_goes_over_into_the_visit_that_would_make_it_again() -> None:
    """The stage waits for it as for one of its own, and moves on when it is done (A-46)."""
    work = Stage("Intake", [CreateTask(PREPARE, repeat="unless_open")], automove=True)
    first = begun(work, Stage("Wait"), DONE)
    away = after(first, moved(first, "wait"))

    back = after(away, moved(away, "intake"))

    (skipped,) = events(moved(away, "intake"), AutomationSkipped)
    assert (
        skipped.reason == "'Prepare' (job-1/1) of an earlier visit is still open, and goes on here"
    )
    assert (back.job.carried, back.job.item("Prepare").visit) == ((0,), 3)
    assert completed(back, "Prepare").job.stage == "wait"


def test_several_open_items_go_over_together() -> None:
    """As many as earlier visits left open; the line names them all."""
    always = Stage("Intake", [CreateTask(PREPARE)])
    state = begun(always, DONE)
    for stage in ("done", "intake", "done"):
        state = after(state, moved(state, stage))
    careful = Stage("Intake", [CreateTask(PREPARE, repeat="unless_open")], automove=True)
    state = after(state, moved(state, "done"), book=book_of(careful, DONE))

    decision = moved(state, "intake")

    (skipped,) = events(decision, AutomationSkipped)
    assert "of an earlier visit are still open" in skipped.reason
    assert len(decision.job.open_items) == 2
    one = completed(after(state, decision), "job-1/1")
    assert one.job.stage == "intake"
    assert completed(one, "job-1/2").job.stage == "done"


def test_an_item_of_the_same_automation_in_another_pipeline_is_another() -> None:
    """A transfer to a pipeline with a like stage starts its own (A-46)."""
    work = Stage("Intake", [CreateTask(PREPARE, repeat="unless_open")])
    once = Stage("Intake", [CreateTask(PREPARE, repeat="once")])
    open_one, fired = begun(work, DONE), begun(once, DONE)
    books, onces = book_of(work, DONE, name="Books"), book_of(once, DONE, name="Books")

    over = rules.transfer(
        after(open_one, moved(open_one, "intake"), book=books),
        books.pipeline.stage("intake"),
        open_one.job.created,
        "mia",
    )
    again = rules.transfer(
        after(fired, moved(fired, "intake"), book=onces),
        onces.pipeline.stage("intake"),
        fired.job.created,
        "mia",
    )

    assert names(over.job.items) == names(again.job.items) == ["Prepare", "Prepare"]
    assert len(again.job.fired) == 2


def test_an_automation_whose_template_is_gone_fails_and_the_others_go_on() -> None:
    """It is kept until somebody retries or abandons it (A-24)."""
    stage = Stage("Intake", [CreateTask("gone"), CreateTask(REVIEW)], automove=True)

    decision = opening(stage, DONE)

    (failed,) = events(decision, AutomationFailed)
    assert failed.reason == "its template 'gone' is not there"
    assert names(decision.job.items) == ["Review"]
    (blocked,) = decision.job.blocked
    assert (blocked.key, blocked.visit, blocked.required) == (failed.key, 1, True)


def test_a_template_of_another_kind_is_as_good_as_none() -> None:
    """What stands under the id must be what the automation uses (A-24)."""
    book = book_of(Stage("Intake", [SendEmail("fee")]), DONE, templates=TEMPLATES)

    decision = opening(book=book)

    (failed,) = events(decision, AutomationFailed)
    assert failed.reason == "its template 'fee' is an invoice template"
    assert not decision.job.blocked[0].required


def test_a_failed_attempt_is_not_the_one_time_that_an_automation_fires() -> None:
    """Nor is a skipped one: only what ran counts as fired (A-24, A-46)."""
    gone = Stage("Intake", [CreateTask("gone", repeat="once")])
    unmet = Stage("Intake", [CreateTask(PREPARE, repeat="once", when=tagged("vip"))])

    assert opening(gone, DONE).job.fired == frozenset()
    assert opening(unmet, DONE).job.fired == frozenset()


def test_a_stage_that_is_entered_again_makes_new_items_beside_the_done_ones() -> None:
    """What is completed is history and stays so."""
    state = completed(begun(Stage("Intake", [CreateTask(PREPARE)]), DONE), "Prepare")
    away = after(state, moved(state, "done"))

    back = after(away, moved(away, "intake"))

    assert [item.state for item in back.job.items] == [ItemState.COMPLETED, ItemState.PENDING]
    assert pending(back) == ["Prepare"]
