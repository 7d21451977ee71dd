"""Automove: when a job goes on by itself, which stages it passes over, and that it always ends."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    Automation,
    CreateInvoice,
    CreateTask,
    ItemKind,
    ItemState,
    JobMoved,
    JobWaits,
    LimitError,
    MoveCause,
    NotFoundError,
    Pipeline,
    SendEmail,
    SendMessage,
    Settings,
    Stage,
    StageSkipped,
    UpdateAccountTags,
    WaitReason,
    rules,
    tagged,
)
from pipeflow.model.jobs import BlockedAutomation
from tests.rules.states import (
    DONE,
    FEE,
    FREE,
    MIA,
    NEWS,
    NOON,
    PREPARE,
    REVIEW,
    WELCOME,
    account_of,
    after,
    begun,
    book_of,
    completed,
    events,
    item_of,
    moved,
    opening,
    pending,
    recorded,
    state_of,
    told,
)

ADVANCE = Settings(on_empty="advance")


def waits(decision: rules.Decision) -> WaitReason:
    """Return why the job stays."""
    return events(decision, JobWaits)[-1].reason


def test_the_last_of_several_items_moves_the_job_once() -> None:
    """Everything of this visit must be done (domain.md 2.1)."""
    state = begun(Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)], automove=True), DONE)

    one = completed(state, "Fee")
    facts = rules.completing_facts(one.job.item("Prepare"))
    last = told(one, "Prepare", *facts)

    assert one.job.stage == "intake"
    (move,) = events(last, JobMoved)
    assert (move.source, move.stage, move.visit, move.cause) == (
        "intake", "done", 2, MoveCause.AUTOMOVE,
    )  # fmt: skip
    assert move.actor == rules.SYSTEM


@pytest.mark.parametrize(
    ("automations", "stays"),
    [
        ([], WaitReason.NOTHING_COMPLETED),
        ([SendEmail(WELCOME), SendMessage(NEWS)], WaitReason.NOTHING_COMPLETED),
        ([CreateTask(PREPARE, when=tagged("vip"))], WaitReason.NOTHING_COMPLETED),
    ],
    ids=["empty", "neutral", "skipped"],
)
def test_a_stage_in_which_nobody_has_anything_to_do_stays_unless_the_firm_says_advance(
    automations: list[Automation], stays: WaitReason
) -> None:
    """Empty, neutral or all skipped makes no difference (A-4, A-5)."""
    stages = (Stage("Intake", automations, automove=True), DONE)

    stay = opening(*stages)
    advance = opening(book=book_of(*stages, settings=ADVANCE))

    assert (stay.job.stage, waits(stay)) == ("intake", stays)
    assert advance.job.stage == "done"


@pytest.mark.parametrize("settings", [Settings(), ADVANCE])
def test_a_cancelled_item_is_no_reason_to_move(settings: Settings) -> None:
    """Somebody was asked, so the stage is not empty, and nothing was completed (A-10)."""
    gone = item_of("Prepare", state=ItemState.RESOLVED)
    state = state_of(
        book=book_of(Stage("Intake", automove=True), DONE, settings=settings), items=[gone]
    )

    decision = rules.reevaluate(state, NOON, MIA)

    assert (decision.job.stage, waits(decision)) == ("intake", WaitReason.NOTHING_COMPLETED)


def test_a_note_asks_nobody_so_that_an_empty_stage_stays_empty() -> None:
    """Even where it stands beside nothing else (A-4)."""
    note = item_of("Note", ItemKind.NOTE, state=ItemState.RESOLVED)
    book = book_of(Stage("Intake", automove=True), DONE, settings=ADVANCE)

    assert rules.reevaluate(state_of(book=book, items=[note]), NOON, MIA).job.stage == "done"


def test_a_toggle_that_comes_on_later_is_obeyed_when_the_job_is_evaluated() -> None:
    """By the next completion or on demand; until then nothing is swept up (A-6)."""
    off = completed(begun(Stage("Intake", [CreateTask(PREPARE)]), DONE), "Prepare")
    on = after(
        off,
        rules.Decision(changed=False, job=off.job),
        book=book_of(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE),
    )

    assert rules.reevaluate(off, NOON, MIA).changed is False
    assert rules.reevaluate(on, NOON, MIA).job.stage == "done"


def test_open_items_of_earlier_visits_do_not_block() -> None:
    """They stay linked, and what waits are those of this visit (A-7)."""
    state = begun(
        Stage("Intake", [CreateTask(PREPARE)]),
        Stage("Work", [CreateTask(REVIEW)], automove=True),
        DONE,
    )
    there = after(state, moved(state, "work"))

    decision = told(there, "Review", *rules.completing_facts(there.job.item("Review")))

    assert decision.job.stage == "done"
    assert pending(after(there, decision)) == ["Prepare"]


def test_a_completion_of_an_earlier_visit_moves_nothing() -> None:
    """Else old work would push a stage on that has done nothing (A-7)."""
    state = begun(Stage("Intake", [CreateTask(PREPARE)]), Stage("Work", automove=True), DONE)
    there = after(state, moved(state, "work"))

    assert completed(there, "Prepare").job.stage == "work"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stage": "gone"}, WaitReason.STAGE_GONE),
        ({"status": "On hold"}, WaitReason.STATUS),
        ({"stage": "done"}, WaitReason.LAST_STAGE),
        ({"stage": "still"}, WaitReason.AUTOMOVE_OFF),
        (
            {"blocked": (BlockedAutomation("k", "tax", "intake", "a", 1, "gone"),)},
            WaitReason.BLOCKED,
        ),
        ({"items": (item_of("Prepare"),)}, WaitReason.OPEN_ITEMS),
        ({}, WaitReason.NOTHING_COMPLETED),
    ],
    ids=lambda value: str(value) if isinstance(value, WaitReason) else "",
)
def test_each_reason_for_which_a_job_stays(change: dict[str, Any], reason: WaitReason) -> None:
    """What is read of a job and what is decided about it agree."""
    book = book_of(Stage("Intake", automove=True), Stage("Still"), DONE)
    state = state_of(book=book, **change)

    wait = rules.wait_of(state.job, book.pipeline, book.settings)

    assert wait == (reason, ("Prepare",) if reason is WaitReason.OPEN_ITEMS else ())
    assert rules.reevaluate(state, NOON, MIA).job == state.job


@pytest.mark.parametrize(("visit", "required"), [(0, True), (1, False)])
def test_a_failed_automation_holds_only_its_own_visit_and_only_if_it_makes_an_item(
    visit: int, required: bool
) -> None:
    """A mail that could not go out, or a failure of an earlier visit, holds nobody up (A-24)."""
    failed = BlockedAutomation("k", "tax", "intake", "a", visit, "gone", required)
    done = item_of("Prepare", state=ItemState.COMPLETED)
    state = state_of(Stage("Intake", automove=True), DONE, items=[done], blocked=(failed,))

    assert rules.wait_of(state.job, state.book.pipeline, state.book.settings) is None
    assert rules.reevaluate(state, NOON, MIA).job.stage == "done"


def test_a_stage_whose_condition_does_not_hold_is_passed_over_with_its_reason() -> None:
    """Whoever asks why finds it in the history (A-30)."""
    state = begun(
        Stage("Intake", [CreateTask(PREPARE)], automove=True),
        Stage("Business", [CreateTask(REVIEW)], when=tagged("business")),
        DONE,
    )

    decision = told(state, "Prepare", *rules.completing_facts(state.job.item("Prepare")))

    (skipped,) = events(decision, StageSkipped)
    assert (skipped.stage, skipped.reason) == ("business", "account lacks the tag 'business'")
    assert decision.job.stage == "done"


@given(st.sets(st.integers(0, 5)))
def test_the_job_enters_the_next_stage_whose_condition_holds_else_the_last(has: set[int]) -> None:
    """The last stage has no condition, so the search always ends (A-30, A-31)."""
    middle = [Stage(f"M{n}", when=tagged(f"t{n}")) for n in range(6)]
    pipeline = Pipeline("Tax", [Stage("Intake"), *middle, DONE])
    account = account_of(tags={f"t{n}" for n in has})

    stage, passed = rules.next_stage(pipeline, "intake", account)

    first = min(has, default=6)
    assert stage.id == ("done" if first == 6 else f"m{first}")
    assert [one.id for one, _ in passed] == [f"m{n}" for n in range(first)]


def test_behind_the_last_stage_there_is_none() -> None:
    """Whoever asks for it is told so."""
    pipeline = Pipeline("Tax", [Stage("A"), Stage("B")])

    assert rules.next_stage(pipeline, "a", account_of())[0].id == "b"
    with pytest.raises(NotFoundError, match="has no stage behind 'b'"):
        rules.next_stage(pipeline, "b", account_of())


@pytest.mark.parametrize(("most", "stages"), [(5, 5), (4, 5), (1, 1)])
def test_the_chain_of_moves_in_one_command_is_capped(most: int, stages: int) -> None:
    """As long as the cap is fine, one more is refused whole (A-29)."""
    steps = [Stage(f"S{n}", [CreateInvoice(FREE)], automove=True) for n in range(stages)]
    book = book_of(*steps, DONE, settings=Settings(most_steps=most))

    if stages > most:
        with pytest.raises(LimitError, match=f"more than {most} stages in one command"):
            opening(book=book)
    else:
        assert opening(book=book).job.stage == "done"


@st.composite
def chains(draw: st.DrawFn) -> list[Stage]:
    """Draw stages that are conditional, that automove, and that change tags and make items."""
    tags = st.sampled_from(["a", "b", "c"])
    automations = st.lists(
        st.one_of(
            tags.map(lambda tag: UpdateAccountTags(add={tag})),
            tags.map(lambda tag: UpdateAccountTags(remove={tag})),
            st.just(CreateInvoice(FREE)),
            tags.map(lambda tag: CreateTask(PREPARE, when=tagged(tag))),
        ),
        max_size=3,
    )
    middle = [
        Stage(
            f"M{n}",
            draw(automations),
            when=draw(st.none() | tags.map(tagged)),
            automove=draw(st.booleans()),
        )
        for n in range(draw(st.integers(0, 6)))
    ]
    return [Stage("Intake", draw(automations), automove=True), *middle, DONE]


@given(chains(), st.sampled_from([Settings(), ADVANCE]))
def test_automove_goes_forward_only_and_ends(stages: list[Stage], settings: Settings) -> None:
    """Whatever the stages do to tags; and what stays says truly why (A-29, A-31)."""
    book = book_of(*stages, settings=settings)
    pipeline = book.pipeline
    decision = opening(book=book)

    for number in range(20):
        places = [
            (pipeline.place(event.source), pipeline.place(event.stage))
            for event in events(decision, JobMoved)
        ]
        assert all(source < stage for source, stage in places)
        wait = rules.wait_of(decision.job, pipeline, settings)
        assert wait is not None
        assert decision.job.visit <= len(pipeline.stages)
        state = rules.State("firm", decision.job, decision.account or account_of(), book)
        if not decision.job.open_items:
            break
        item = decision.job.open_items[0]
        at = NOON + timedelta(days=number)
        decision = rules.record_all(state, item.id, rules.completing_facts(item), at, MIA)


@given(chains())
def test_the_last_line_of_a_command_says_why_the_job_stays(stages: list[Stage]) -> None:
    """So that nobody has to ask what it waits for."""
    book = book_of(*stages)

    decision = opening(book=book)

    last = decision.events[-1]
    assert isinstance(last, JobWaits)
    assert (last.reason, last.items) == rules.wait_of(decision.job, book.pipeline, book.settings)


def test_an_item_linked_to_an_earlier_visit_stays_there() -> None:
    """One of another visit that stands behind the mark of this one does not count (A-7)."""
    late = item_of("Late", visit=1)
    state = state_of(Stage("Intake", automove=True), DONE, items=[late], visit=2)

    assert rules.reevaluate(state, NOON, MIA).job.stage == "intake"
    assert waits(rules.reevaluate(state, NOON, MIA)) is WaitReason.NOTHING_COMPLETED
    assert recorded(state, "Late").job.stage == "intake"


def test_an_item_that_was_carried_and_moved_on_again_is_not_waited_for() -> None:
    """Only what bears the number of this visit counts."""
    old = item_of("Old", visit=1)
    state = state_of(
        Stage("Intake", automove=True), DONE, items=[old], visit=2, present=1, carried=(0,)
    )

    assert waits(rules.reevaluate(state, NOON, MIA)) is WaitReason.NOTHING_COMPLETED
