"""Metrics are true: beside what was counted while it happened, and by their definitions."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeflow import (
    Cancelled,
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    CreateInvoice,
    CreateTask,
    Declined,
    DefinitionError,
    DocumentApproved,
    DocumentDisapproved,
    DocumentSigned,
    Fact,
    InvoicePaid,
    Job,
    PipeflowError,
    Pipeline,
    ProposalSigned,
    Ref,
    Reminders,
    Reopened,
    SendClientRequest,
    SendProposal,
    Settings,
    Stage,
)
from pipeflow.insight import Metrics
from pipeflow.insight.metrics_page import FEW_WEEKS
from pipeflow.model.work import Side, side_of
from pipeflow.testing import World
from tests.firms import CHECKED, FEE, LETTER, PREPARE, TEMPLATES

START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday
HOUR, DAY, NOTHING = timedelta(hours=1), timedelta(days=1), timedelta()
STAGES = [
    Stage("Intake", [CreateTask(PREPARE), SendProposal(LETTER), SendClientRequest(CHECKED)]),
    Stage("Billing", [CreateInvoice(FEE, reminders=Reminders(every=2, times=3))]),
    Stage("Done"),
]
TAX, BOOKS = Pipeline("Tax", STAGES), Pipeline("Books", STAGES)


def firm() -> World:
    """Make a firm with two pipelines of the same stages."""
    world = World(START)
    world.engine.save(TAX, BOOKS, *TEMPLATES)
    return world


class Hours(NamedTuple):
    """How a job stood for some hours, as it was seen then."""

    job: str
    since: datetime
    until: datetime
    pipeline: str
    stage: str
    going: bool
    over: bool
    sides: frozenset[Side | None]


def seen(job: Job, since: datetime, until: datetime) -> Hours:
    """Look at a job that nobody touches for some hours."""
    over = job.status in {"Completed", "Archived"}
    sides = frozenset(map(side_of, job.items))
    going = not over and job.paused is None
    return Hours(job.id, since, until, job.pipeline, job.stage, going, over, sides)


FACTS: dict[str, Fact] = {
    "decline": Declined(),
    "submit": ClientRequestSubmitted(incomplete=True),
    "return": ClientRequestReturned(),
}
STEPS = (
    "move", "move", "transfer", "undo", "undo", "pause", "resume", "archive", "restore", "complete",
    "active", "do", "do", "reopen", "unlink", *FACTS,
)  # fmt: skip


# Steps that chance takes too seldom: what holds a job, and lets it go on.
HELD = [
    (0, "pause", 0, 5), (0, "do", 0, 7), (0, "resume", 0, 3), (1, "archive", 0, 9),
    (1, "restore", 0, 4), (1, "pause", 0, 2), (1, "archive", 0, 6), (1, "restore", 0, 8),
]  # fmt: skip


def step(world: World, job: Job, number: int, what: str) -> None:
    """Do something to a job; what is refused is left."""
    engine = world.engine
    item = job.items[number % len(job.items)]
    with suppress(PipeflowError):
        if what == "move":
            open_ = ("stay", "cancel", "carry")[number % 3]
            engine.move(job, STAGES[number // 3 % 3].name, open=open_)
        elif what == "transfer":
            engine.transfer(job, "books" if job.pipeline == "tax" else "tax")
        elif what in {"complete", "active"}:
            engine.set_status(job, "Completed" if what == "complete" else "Active")
        elif what in FACTS:
            engine.record(item, FACTS[what])
        elif what == "do":
            engine.complete(item)
        elif what == "reopen":
            engine.reopen(item)
        elif what == "unlink":
            engine.unlink(job, item)
        else:
            getattr(engine, what)(job)


def lasted(several: list[Hours], since: datetime, until: datetime) -> timedelta:
    """Add up how long something was seen within a span."""
    return sum(
        (max(min(one.until, until) - max(one.since, since), NOTHING) for one in several), NOTHING
    )


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 1), st.sampled_from(STEPS), st.integers(0, 30), st.integers(0, 40)
        ),
        max_size=25,
    ),
    st.tuples(st.integers(0, 400), st.integers(0, 400)),
)
@example(HELD, (3, 60))
def test_what_metrics_add_up_was_seen_while_it_happened(
    steps: list[tuple[int, str, int, int]], ends: tuple[int, int]
) -> None:
    """Each hour of each job: where it was, whether it went on, and for whom it waited."""
    world = firm()
    ids = [world.engine.start(TAX, world.account()).id for _ in range(2)]
    found: list[Hours] = []
    for which, what, number, hours in steps:
        step(world, world.engine.job(ids[which]), number, what)
        begun = world.clock.now()
        later = begun + hours * HOUR  # reminders may leave meanwhile, which changes no turn
        found.extend(seen(world.engine.job(one), begun, later) for one in ids)
        world.advance(hours=hours)
    now = world.clock.now()
    since, until = (min(START + number * HOUR, now) for number in sorted(ends))
    mine = {one for one in ids if world.engine.job(one).pipeline == "tax"}
    there = [one for one in found if one.job in mine and one.pipeline == "tax" and not one.over]

    told = world.engine.metrics(TAX, since, until)

    def within(some: list[Hours]) -> timedelta:
        return lasted(some, since, until)

    for stage in told.stages:
        assert stage.total == within([one for one in there if one.stage == stage.stage])
    assert told.paused == within([one for one in there if not one.going])
    for side, length in ((Side.CLIENT, told.client), (Side.TEAM, told.team)):
        assert length == within([one for one in there if one.going and side in one.sides])
    if until == now:
        standing = [world.engine.job(one) for one in mine]
        for stage in told.stages:
            assert stage.here == sum(
                one.stage == stage.stage and one.status not in {"Completed", "Archived"}
                for one in standing
            )


SIGNERS = {"proposal": ("bob", "eve"), "signature": ("bob", "eve")}
TURNS: tuple[Fact, ...] = (
    *FACTS.values(),
    Declined("bob"),
    ProposalSigned("bob"),
    DocumentApproved(),
    DocumentDisapproved(),
    DocumentSigned(),
    ClientRequestAccepted(),
    Cancelled(),
    Reopened(),
)


@given(
    st.sampled_from(["client_request", "proposal", "signature", "approval"]),
    st.lists(st.sampled_from(TURNS), max_size=7),
)
@example("approval", [DocumentApproved(), DocumentDisapproved(), DocumentApproved()])
@example("proposal", [Declined("bob"), ProposalSigned("bob"), ProposalSigned("eve")])
@example("signature", [Declined("bob"), Declined("eve"), DocumentSigned("bob"), Reopened()])
def test_whose_turn_it_was_goes_by_what_happened(kind: str, facts: list[Fact]) -> None:
    """What a client declined, or sent to be accepted, is the team's until it is given back."""
    world = firm()
    automation = SendClientRequest(CHECKED)
    first = Stage("First", [automation] if kind == "client_request" else [])
    world.engine.save(Pipeline("One", [first, Stage("Last")]))
    job = world.engine.start("one", world.account())
    if kind != "client_request":
        world.engine.link(job, Ref(f"{kind}s", "x"), kind, name="It", signers=SIGNERS.get(kind, ()))
    seen_: dict[Side | None, timedelta] = dict.fromkeys(Side, NOTHING)
    for fact in (None, *facts):
        if fact is not None:
            with suppress(PipeflowError):
                world.engine.record(f"{job.id}/1", fact)
        side = side_of(world.engine.job(job).items[0])
        seen_[side] = seen_.get(side, NOTHING) + DAY
        world.advance(days=1)

    found = world.engine.metrics("one")

    assert (found.client, found.team) == (seen_[Side.CLIENT], seen_[Side.TEAM])


@given(st.lists(st.integers(0, 300), min_size=1, max_size=31))
def test_the_median_and_the_90th_percentile_are_what_they_say(hours: list[int]) -> None:
    """Half are no longer than the one, and nine of ten than the other; and none shorter is so."""
    world = World(START)
    world.engine.save(Pipeline("Plain", [Stage("A"), Stage("B")]))
    jobs = [world.engine.start("plain", world.account()) for _ in hours]
    for job, length in sorted(zip(jobs, hours, strict=True), key=lambda one: one[1]):
        world.advance(hours=(START + length * HOUR - world.clock.now()) / HOUR)
        world.engine.move(job, "B")

    stage = world.engine.metrics("plain").stages[0]

    assert stage.left == len(hours)
    assert stage.median == timedelta(hours=median(hours))
    lengths = [one * HOUR for one in hours]
    enough = [
        one for one in lengths if 10 * sum(other <= one for other in lengths) >= 9 * len(lengths)
    ]
    assert stage.longest_usual == min(enough)


@given(st.lists(st.integers(0, 400), min_size=2, max_size=6, unique=True))
def test_spans_that_follow_one_another_add_up(cuts: list[int]) -> None:
    """No job and no hour is counted twice, or not at all, wherever the spans are cut."""
    world = firm()
    for number in range(3):
        job = world.engine.start(TAX, world.account())
        world.advance(days=2 + number)
        job = world.engine.move(job, "Billing")
        world.advance(days=3)
        world.engine.record(job.item("Fee"), InvoicePaid())
        world.engine.move(job, "Done")
    now = world.clock.now()
    edges = [START, *(min(START + one * HOUR, now) for one in sorted(cuts)), now]

    whole = world.engine.metrics(TAX)
    parts = [world.engine.metrics(TAX, one, two) for one, two in pairwise(edges)]

    def sums(several: list[Metrics]) -> list[object]:
        return [
            sum(one.started for one in several),
            sum(one.finished for one in several),
            sum(one.reminders.sent for one in several),
            sum((one.client for one in several), NOTHING),
            sum((one.team for one in several), NOTHING),
            [sum(one.stages[n].came for one in several) for n in range(3)],
            [sum(one.stages[n].left for one in several) for n in range(3)],
            [sum((one.stages[n].total for one in several), NOTHING) for n in range(3)],
        ]

    full = [one for one in parts if one.since < one.until or one is parts[-1]]
    assert sums(full) == sums([whole])
    assert whole.finished == 3


def test_a_move_that_was_undone_counts_for_nothing_but_its_time() -> None:
    """The visit before it goes on, and what came into the last stage by mistake is not finished."""
    world = firm()
    job = world.engine.start(TAX, world.account())
    world.advance(days=1)
    world.engine.move(job, "Done")
    world.advance(days=1)
    world.engine.undo(job)
    world.advance(days=2)
    world.engine.move(job, "Billing")

    found = world.engine.metrics(TAX)

    assert [(one.came, one.left, one.total) for one in found.stages] == [
        (1, 1, 3 * DAY),
        (1, 0, NOTHING),
        (0, 0, DAY),
    ]
    assert found.stages[0].median == 3 * DAY
    assert found.finished == 0
    assert world.engine.metrics(TAX, until=START + 2 * DAY - HOUR).finished == 1  # as it was then


def test_a_job_that_is_completed_is_finished_wherever_it_stands() -> None:
    """Unless that is taken back; and time in a stage ends with it."""
    world = firm()
    job = world.engine.start(TAX, world.account(), due=date(2026, 1, 5))
    world.advance(days=1)
    world.engine.set_status(job, "Completed")
    world.advance(days=3)

    found = world.engine.metrics(TAX)

    assert (found.finished, found.on_time, found.overdue) == (1, 0, 0)
    assert (found.stages[0].total, found.stages[0].here) == (DAY, 0)
    world.engine.set_status(job, "Active")
    again = world.engine.metrics(TAX)
    assert (again.finished, again.on_time, again.overdue) == (0, None, 1)
    assert "1 job overdue at the end" in str(again)
    world.engine.archive(job)
    assert world.engine.metrics(TAX).overdue == 0


def test_throughput_is_told_by_weeks_and_by_months() -> None:
    """Empty ones too; those at the ends may be parts."""
    world = firm()
    job = world.engine.start(TAX, world.account())
    world.advance(days=30)  # to Wednesday, the 4th of February
    world.engine.move(job, "Done")

    found = world.engine.metrics(TAX, since=date(2026, 1, 5))

    assert [(one.begins.day, one.started, one.finished, one.whole) for one in found.weeks] == [
        (5, 1, 0, True),
        (12, 0, 0, True),
        (19, 0, 0, True),
        (26, 0, 0, True),
        (2, 0, 1, False),
    ]
    assert [(one.begins.month, one.started, one.finished, one.whole) for one in found.months] == [
        (1, 1, 0, False),
        (2, 0, 1, False),
    ]
    january = world.engine.metrics(TAX, date(2026, 1, 1), date(2026, 1, 31))
    assert [(one.begins, one.whole) for one in january.months] == [(date(2026, 1, 1), True)]
    assert "2026-02-02" in str(found)
    world.advance(days=63)
    assert len(world.engine.metrics(TAX, since=date(2026, 1, 5)).weeks) == FEW_WEEKS
    assert "2026-04-06" in str(world.engine.metrics(TAX, since=date(2026, 1, 5)))
    world.advance(days=37)
    assert "2026-02  0        1" in str(world.engine.metrics(TAX))  # by months, when it is long


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu"])
def test_days_and_weeks_are_the_firms(zone: str) -> None:
    """What is Monday morning here is still Sunday there."""
    world = firm()
    world.engine.save(Settings(time_zone=zone))
    world.engine.start(TAX, world.account())
    there = START.astimezone(world.engine.settings().zone).date()

    world.advance(days=20)
    found = world.engine.metrics(TAX, since=there, until=there)

    assert found.started == 1
    assert found.until - found.since == DAY
    assert [one.begins for one in found.weeks] == [there - timedelta(days=there.weekday())]
    assert f"Tax, {there} to {there}" in str(found)


def test_what_is_soon_after_a_reminder_and_what_nobody_knows_yet() -> None:
    """A thing of which the week is not over is neither answered nor unanswered."""
    world = firm()
    early, late, gone = (
        world.engine.move(world.engine.start(TAX, world.account()), "Billing") for _ in range(3)
    )
    world.advance(days=3)  # the first reminder went out after two
    world.engine.record(early.item("Fee"), InvoicePaid())
    world.engine.unlink(gone, gone.item("Fee"))

    soon = world.engine.metrics(TAX).reminders
    assert (soon.sent, soon.reminded, soon.answered, soon.unknown, soon.rate) == (3, 3, 1, 2, 1)
    world.advance(days=10)
    world.engine.record(late.item("Fee"), InvoicePaid())
    later = world.engine.metrics(TAX).reminders
    assert (later.sent, later.reminded, later.answered, later.unknown) == (5, 3, 1, 1)
    assert later.rate == 0.5
    assert later.after is not None
    assert later.before == 0


def test_the_picture_draws_the_time_in_each_stage() -> None:
    """Two bars for each stage that was left: the median, and that of nine in ten."""
    world = firm()
    for days in (1, 4):
        job = world.engine.start(TAX, world.account())
        world.advance(days=days)
        world.engine.move(job, "Done")

    found = world.engine.metrics(TAX)

    drawn = found.to_svg()
    assert drawn.startswith("<svg")
    assert "Intake, median: 2 days 12 hours; Intake, 9 of 10: 4 days" in drawn
    assert "Billing" not in drawn  # nobody was there
    with pytest.raises(DefinitionError, match="not shown as 'svg'"):  # nothing to draw
        world.engine.metrics(BOOKS).to_svg()


def test_an_empty_span_is_all_zeros() -> None:
    """It is no error, and no division by it; nor is a span before the first job."""
    world = firm()
    world.engine.start(TAX, world.account())
    world.advance(days=3)

    empty = world.engine.metrics(TAX, START + DAY, START + DAY)
    early = world.engine.metrics(TAX, until=date(2025, 1, 1))

    for found in (empty, early):
        assert (found.started, found.finished, found.client, found.team) == (0, 0, NOTHING, NOTHING)
        assert found.bottleneck is None
        assert found.reminders.before is None
        assert str(found)
    assert empty.stages[0].here == 1
    assert early.stages[0].here == 0


def test_a_pipeline_of_one_stage_has_no_bottleneck() -> None:
    """Nobody waits in the last stage for anything."""
    world = World(START)
    world.engine.save(Pipeline("Short", [Stage("Only")]))
    world.engine.start("short", world.account())
    world.advance(days=1)

    found = world.engine.metrics("short")

    assert (found.bottleneck, found.finished) == (None, 1)


def test_a_span_may_end_with_the_calendar() -> None:
    """Nothing lies behind now."""
    world = firm()

    assert world.engine.metrics(TAX, until=date.max).until == START
    assert world.engine.metrics(TAX, since=date(1000, 1, 1)).weeks[-1].begins == START.date()
