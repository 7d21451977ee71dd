"""Moves by hand: any stage, either way; to the same stage; and over to another pipeline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    AutomationSkipped,
    CreateInvoice,
    CreateTask,
    Item,
    ItemState,
    JobMoved,
    JobTransferred,
    MoveCause,
    NotAllowedError,
    NotFoundError,
    SendEmail,
    SkipCause,
    Stage,
    StatusChanged,
    rules,
    tagged,
)
from pipeflow.ports import Email
from tests.rules.states import (
    DONE,
    FREE,
    MIA,
    NOON,
    PREPARE,
    REVIEW,
    WELCOME,
    after,
    asked,
    begun,
    book_of,
    completed,
    events,
    kinds,
    moved,
    pending,
)

STAGES = (
    Stage("Intake", [SendEmail(WELCOME)]),
    Stage(
        "Business", [CreateTask(PREPARE), SendEmail(WELCOME, when=tagged("b"))], when=tagged("b")
    ),
    Stage("Work", [CreateTask(REVIEW)], automove=True),
    DONE,
)
NAMES = ["intake", "business", "work", "done"]
BOOKS = book_of(Stage("Set up", [CreateTask(PREPARE)], automove=True), DONE, name="Books")


@given(st.lists(st.sampled_from(NAMES), max_size=6))
def test_a_person_may_move_a_job_anywhere(way: list[str]) -> None:
    """Forwards or back, each an entry of its own number (A-15, domain.md 2.4)."""
    state = begun(*STAGES)
    visit = 1

    for stage in way:
        decision = moved(state, stage)
        visit += stage != state.job.stage
        assert [event.cause for event in events(decision, JobMoved)] == (
            [] if stage == state.job.stage else [MoveCause.BY_HAND]
        )
        state = after(state, decision)
        assert (state.job.stage, state.job.visit) == (stage, visit)


def test_a_move_back_fires_the_automations_again() -> None:
    """Entering is entering (A-15)."""
    state = begun(*STAGES)
    there = after(state, moved(state, "work"))

    assert len(asked(moved(there, "intake"), Email)) == 1


def test_a_move_to_the_stage_where_the_job_is_does_nothing() -> None:
    """It is no entry: nothing fires, and not a line is written (A-21)."""
    decision = moved(begun(*STAGES), "intake")

    assert (decision.changed, decision.events, decision.requests) == (False, (), ())


def test_by_hand_no_condition_of_a_stage_is_asked() -> None:
    """Those of its automations are (domain.md 2.4)."""
    decision = moved(begun(*STAGES), "business")

    assert decision.job.stage == "business"
    assert asked(decision, Email) == []
    assert [item.name for item in decision.job.items] == ["Prepare"]


def test_an_automation_with_a_condition_can_be_left_out() -> None:
    """Whether it would fire or not: both are listed in the panel (domain.md 2.4)."""
    ways = CreateTask(PREPARE, when=tagged("vip")), CreateTask(REVIEW, when=~tagged("vip"))
    state = begun(Stage("Intake"), Stage("Work", ways), DONE)

    decision = moved(state, "work", "create-task-prepare", "create-task-review")

    assert decision.job.items == ()
    assert [one.cause for one in events(decision, AutomationSkipped)] == [SkipCause.BY_HAND] * 2


def test_an_automation_that_the_stage_does_not_have_can_not_be_left_out() -> None:
    """All wrong names come at once, also where the job would not move."""
    state = begun(*STAGES)

    with pytest.raises(NotFoundError, match="2 problems"):
        moved(state, "work", "nope", "never")
    with pytest.raises(NotFoundError, match="no automation 'nope'"):
        moved(state, "intake", "nope")


@pytest.mark.parametrize(
    ("status", "first"),
    [
        ("Archived", "is archived and cannot be {}; restore it first: set_status"),
        ("Completed", "is completed and cannot be {}; make it Active first: set_status"),
    ],
)
def test_a_job_that_is_over_is_neither_moved_nor_transferred(status: str, first: str) -> None:
    """Somebody says first that it is not over (A-22)."""
    state = begun(*STAGES)
    over = after(state, rules.set_status(state, status, NOON, MIA))
    books = after(over, rules.reevaluate(over, NOON, MIA), book=BOOKS)

    with pytest.raises(NotAllowedError, match=first.format("moved")):
        moved(over, "work")
    with pytest.raises(NotAllowedError, match=first.format("transferred")):
        rules.transfer(books, BOOKS.pipeline.stage("set-up"), NOON, MIA)
    assert moved(over, "intake").changed is False


def test_a_stage_that_moves_on_at_once_is_left_again_in_the_same_command() -> None:
    """As whenever automove is evaluated (A-3)."""
    state = begun(Stage("Intake"), Stage("Gift", [CreateInvoice(FREE)], automove=True), DONE)

    assert [event.stage for event in events(moved(state, "gift"), JobMoved)] == ["gift", "done"]


@pytest.mark.parametrize("status", ["Active", "On hold"])
def test_a_transfer_enters_the_stage_that_is_named_and_makes_the_job_active(status: str) -> None:
    """Links stay, and old items do not block; a status that ends has its line (A-16)."""
    state = begun(Stage("Intake", [CreateTask(REVIEW)]), DONE)
    state = after(state, rules.set_status(state, status, NOON, MIA), book=BOOKS)

    decision = rules.transfer(state, BOOKS.pipeline.stage("set-up"), NOON, MIA)
    there = after(state, decision)

    (line,) = events(decision, JobTransferred)
    assert (line.source, line.pipeline, line.stage) == ("tax", "books", "set-up")
    assert [event.source for event in events(decision, StatusChanged)] == (
        [] if status == "Active" else [status]
    )
    assert (there.job.pipeline, there.job.stage, there.job.status) == ("books", "set-up", "Active")
    assert events(decision, JobMoved)[0].cause is MoveCause.TRANSFER
    assert pending(there) == ["Review", "Prepare"]
    assert completed(there, "Prepare").job.stage == "done"


def test_within_its_pipeline_a_transfer_is_a_move() -> None:
    """It leaves the status as it is (A-16)."""
    state = begun(*STAGES)
    held = after(state, rules.set_status(state, "On hold", NOON, MIA))

    decision = rules.transfer(held, held.book.pipeline.stage("work"), NOON, MIA)

    assert "JobTransferred" not in kinds(decision)
    assert (decision.job.stage, decision.job.status) == ("work", "On hold")


def test_items_know_in_which_pipeline_they_were_made() -> None:
    """Also behind a transfer."""

    def made(items: tuple[Item, ...]) -> list[tuple[str, ItemState]]:
        return [(item.pipeline, item.state) for item in items]

    state = begun(Stage("Intake", [CreateTask(REVIEW)]), DONE)
    over = after(state, rules.reevaluate(state, NOON, MIA), book=BOOKS)

    decision = rules.transfer(over, BOOKS.pipeline.stage("set-up"), NOON, MIA)

    assert made(decision.job.items) == [
        ("tax", ItemState.PENDING),
        ("books", ItemState.PENDING),
    ]
