"""Work that is brought along: a job starts, or is taken over, and nothing of it fires (R-25)."""

import pytest

from pipeflow import (
    AutomationSkipped,
    CreateInvoice,
    CreateTask,
    ItemKind,
    JobWaits,
    NotFoundError,
    OnEmpty,
    Ref,
    SendEmail,
    Settings,
    SkipCause,
    Stage,
    TaskCompleted,
    WaitReason,
    rules,
)
from tests.rules.states import (
    DONE,
    FEE,
    MIA,
    NOON,
    PREPARE,
    REVIEW,
    WELCOME,
    after,
    begun,
    book_of,
    events,
    kinds,
    names,
    opening,
    told,
)

FIRST = Stage("First", [SendEmail(WELCOME), CreateTask(PREPARE)], automove=True)
STAGES = (FIRST, Stage("Next", [CreateInvoice(FEE)]), DONE)
ALL = [one.id for one in FIRST.automations]
BOOKS = book_of(*STAGES, name="Books", settings=Settings(on_empty=OnEmpty.ADVANCE))


def left_out(decision: rules.Decision) -> list[tuple[str, SkipCause, str]]:
    """Return what did not fire, and why."""
    return [(one.automation, one.cause, one.reason) for one in events(decision, AutomationSkipped)]


def test_automations_of_the_first_stage_are_left_out_at_the_start() -> None:
    """As a move leaves them out; the others fire."""
    decision = opening(*STAGES, skip=frozenset({"send-email-welcome"}))

    assert decision.requests[0].port == "tasks"
    assert left_out(decision) == [("send-email-welcome", SkipCause.BY_HAND, "left out by hand")]


def test_a_job_that_is_brought_along_fires_nothing_and_history_says_so() -> None:
    """It goes on from there as any other."""
    decision = opening(*STAGES, fires=False)
    state = after(begun(*STAGES), decision)

    assert (decision.requests, decision.job.items) == ((), ())
    assert left_out(decision) == [(name, SkipCause.BY_HAND, "nothing was to fire") for name in ALL]
    (wait,) = events(decision, JobWaits)
    assert wait.reason is WaitReason.NOTHING_COMPLETED
    linked = rules.LinkSpec(Ref("tasks", "t-1"), ItemKind.TASK, "Prepare")
    state = after(state, rules.link(state, linked, None, NOON, MIA))
    assert told(state, "Prepare", TaskCompleted()).job.stage == "next"


def test_a_job_that_is_brought_along_stays_even_where_nothing_holds_it() -> None:
    """A firm whose empty stages are left at once has the next one fire at the next evaluation."""
    decision = opening(book=BOOKS, fires=False)

    assert (decision.job.stage, decision.requests) == ("first", ())
    assert [one.reason for one in events(decision, JobWaits)] == [WaitReason.NEXT_FACT]
    on = rules.reevaluate(after(begun(book=BOOKS), decision), NOON, MIA)
    assert (on.job.stage, names(on.job.items)) == ("next", ["Fee"])


def test_a_transfer_leaves_out_what_it_is_told_to() -> None:
    """Some automations, or all; within the pipeline it is a move that does so."""
    state = begun(Stage("Intake", [CreateTask(REVIEW)]), DONE)
    over = after(state, rules.reevaluate(state, NOON, MIA), book=BOOKS)
    first = BOOKS.pipeline.stage("first")

    some = rules.transfer(over, first, NOON, MIA, frozenset({"create-task-prepare"}))
    none = rules.transfer(over, first, NOON, MIA, fires=False)
    within = rules.transfer(after(over, none), BOOKS.pipeline.stage("next"), NOON, MIA, fires=False)
    skipped = rules.transfer(
        after(over, none),
        BOOKS.pipeline.stage("next"),
        NOON,
        MIA,
        frozenset({"create-invoice-fee"}),
    )

    assert [one[0] for one in left_out(some)] == ["create-task-prepare"]
    assert some.requests[0].port == "email"
    assert kinds(none) == ["JobTransferred", "JobMoved", *["AutomationSkipped"] * 2, "JobWaits"]
    assert (none.job.pipeline, none.job.stage, none.requests) == ("books", "first", ())
    assert left_out(within) == [("create-invoice-fee", SkipCause.BY_HAND, "nothing was to fire")]
    assert left_out(skipped) == [("create-invoice-fee", SkipCause.BY_HAND, "left out by hand")]


def test_what_a_stage_does_not_have_cannot_be_left_out() -> None:
    """Neither at the start nor by a transfer, also where nothing fires."""
    state = begun(Stage("Intake"), DONE)
    over = after(state, rules.reevaluate(state, NOON, MIA), book=BOOKS)
    first, wrong = BOOKS.pipeline.stage("first"), frozenset({"send-email-welcom"})

    with pytest.raises(NotFoundError, match="Did you mean 'send-email-welcome'"):
        opening(*STAGES, skip=wrong, fires=False)
    with pytest.raises(NotFoundError, match="Did you mean 'send-email-welcome'"):
        rules.transfer(over, first, NOON, MIA, wrong)
