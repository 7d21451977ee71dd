"""Lists, boards and explanations tell what anybody works out from the jobs themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    Engine,
    Item,
    Job,
    Listing,
    Member,
    Open,
    PaymentReceived,
    PipeflowError,
    Pipeline,
    Reminders,
    SendMessage,
    SendProposal,
    Stage,
    Status,
    Work,
)
from pipeflow.testing import World
from tests.engine.test_explanations_are_true import lose
from tests.firms import (
    CHECKLIST,
    FEE,
    LETTER,
    NEWS,
    ORGANIZER,
    PREPARE,
    REVIEW,
    TEMPLATES,
    usd,
)

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
RHYTHM = Reminders(every=2, times=2)
LIMIT = timedelta(days=3)
PIPELINE = Pipeline(
    "Tax",
    [
        Stage(
            "Ask",
            [
                CreateOrganizer(ORGANIZER, reminders=RHYTHM),
                CreateTask(REVIEW, holds=False),
                SendMessage(NEWS),
            ],
            time_limit=LIMIT,
        ),
        Stage("Work", [CreateTask(PREPARE), SendProposal(LETTER, reminders=RHYTHM)], automove=True),
        Stage("Bill", [CreateInvoice(FEE, reminders=RHYTHM), CreateTask(REVIEW)], automove=True),
        Stage("Done", [SendMessage(CHECKLIST, holds=False, reminders=RHYTHM)]),
    ],
    statuses=[
        Status("Quiet", quiet=True),
        Status(
            "Checking",
            automations=[CreateTask(REVIEW), CreateTask(PREPARE, holds=False)],
            automove=True,
        ),
    ],
)
MEMBERS = ("mia", "tom")
STATUSES = ("Active", "Quiet", "Checking", "Completed")
LAST = "~"


def firm() -> World:
    """Open a firm with three clients, one of whom takes no mail."""
    world = World(START)
    world.engine.save(*TEMPLATES, PIPELINE, *(Member(one.title(), id=one) for one in MEMBERS))
    for name in ("Ada", "Bob"):
        world.engine.save(
            Account(name, id=name.lower(), contacts=(Contact(name, email=f"{name}@example.com"),))
        )
    world.engine.save(Account("Cyd", id="cyd"))
    return world


def happen(world: World, what: str, one: int, two: int) -> None:
    """Let one thing happen to one of the jobs, if it can."""
    engine, jobs = world.engine, world.engine.jobs()
    if what == "pass":
        world.advance(hours=(1, 7, 24, 49)[two % 4])
        return
    if what == "start" or not jobs:
        given: dict[str, Any] = {} if two % 3 else {"due": date(2026, 1, 5 + two % 9)}
        given["assignees"] = [MEMBERS[two % 2]] if two % 4 else []
        given["stage"] = PIPELINE.stages[(one + two) % 4]
        engine.start("tax", ("ada", "bob", "cyd")[one % 3], **given)
        return
    job = jobs[one % len(jobs)]
    item = job.items[two % len(job.items)] if job.items else None
    calls: dict[str, Callable[[], object]] = {
        "move": lambda: engine.move(job, PIPELINE.stages[two % 4], open=[*Open][two // 4 % 4]),
        "status": lambda: engine.set_status(job, STATUSES[two % 4]),
        "archive": lambda: engine.archive(job),
        "restore": lambda: engine.restore(job),
        "pause": lambda: engine.pause(job) if two % 2 else engine.resume(job),
        "undo": lambda: engine.undo(job),
        "edit": lambda: engine.edit(job, priority=("low", "urgent")[two % 2]),
        "lose": lambda: lose(world, ("prepare", "fee")[two % 2]),
        "find": lambda: engine.save(PREPARE, FEE),
        "mail": lambda: engine.save(
            Account("Cyd", id="cyd", contacts=(Contact("Cyd", email="cyd@x.org"),) * (two % 2))
        ),
    }
    if item is not None:
        found = item
        calls |= {
            "complete": lambda: engine.complete(found),
            "decline": lambda: engine.record(found, Declined()),
            "assign": lambda: engine.reassign(found, [MEMBERS[two % 2]]),
            "debit": lambda: engine.record(
                found, PaymentReceived(usd("100"), cleared=False, reference="d")
            ),
            "reopen": lambda: engine.reopen(found, "by mistake"),
        }
    with suppress(PipeflowError):
        calls.get(what, lambda: None)()


WHAT = st.sampled_from(
    [
        "pass", "pass", "start", "start", "move", "status", "archive", "restore", "pause", "undo",
        "edit", "lose", "find", "mail", "complete", "complete", "decline", "assign", "debit",
        "reopen",
    ]
)  # fmt: skip
SCRIPT = st.lists(st.tuples(WHAT, st.integers(0, 8), st.integers(0, 15)), max_size=18)


# -- worked out from the jobs ---------------------------------------------------------------------


def is_over(job: Job) -> bool:
    """Tell whether a job is completed or archived."""
    return str(job.status) in {"Completed", "Archived"}


def since(job: Job) -> datetime:
    """Return when a job came into its stage, to the second, by which it has its place."""
    return job.entered.replace(microsecond=0)


ORDERS: dict[str, Callable[[Job], Any]] = {
    "id": lambda _: "",
    "due": lambda job: LAST if job.due is None else job.due.isoformat(),
    "start": lambda job: LAST if job.start is None else job.start.isoformat(),
    "since": since,
}


def side(item: Item) -> str | None:
    """Return who must act on an item, by the page of lists."""
    if str(item.state) != "pending" or item.kind == "note":
        return None
    if item.kind == "message" and not item.asks:
        return None
    given_back = {"declined", "disapproved", "submitted"} & set(item.marks)
    stuck = "stuck" in set(item.marks) and item.ref is None
    ours = item.kind == "task" or item.assignees or given_back or stuck
    return "team" if ours else "client"


class Piece(NamedTuple):
    """What is open: until when, of which job, as which one there, what, and who must act."""

    due: str
    job: str
    number: int
    key: str
    turn: str
    people: frozenset[str]


def open_work(jobs: Sequence[Job]) -> list[Piece]:
    """Return what is open in jobs, in order."""
    found: list[Piece] = []
    for job in jobs:
        if is_over(job):
            continue
        for number, item in enumerate(job.items, start=1):
            if (turn := side(item)) is not None:
                due = LAST if item.due is None else item.due.isoformat()
                people = frozenset(item.assignees or job.assignees)
                theirs = people if turn == "team" else frozenset[str]()
                found.append(Piece(due, job.id, number, item.id, turn, theirs))
        theirs = frozenset(job.assignees)
        found += [Piece(LAST, job.id, 10**6, one.key, "team", theirs) for one in job.blocked]
    return sorted(found, key=lambda one: one[:4])


def named(work: Work) -> str:
    """Return which piece of work that is."""
    if work.item is not None:
        return work.item.id
    assert work.blocked is not None
    return work.blocked.key


def pages(call: Callable[..., Listing[Any]], limit: int, **asked: Any) -> Iterator[Any]:
    """Yield a whole listing, page by page."""
    after = None
    while True:
        page = call(limit=limit, after=after, **asked)
        yield from page
        after = page.next
        if after is None:
            return


# -- and compared ---------------------------------------------------------------------------------


def compare_jobs(engine: Engine, now: datetime) -> None:
    """Compare lists of jobs in every order, and by what is asked."""
    jobs = [*engine.jobs()]
    for order, place in ORDERS.items():
        whole = sorted(jobs, key=lambda job: (place(job), job.id))
        assert engine.jobs(order=order) == whole
        assert [*pages(engine.jobs, 2, order=order)] == whole
        for asked, fits in questions(now):
            assert engine.jobs(order=order, **asked) == [job for job in whole if fits(job)], asked


def questions(now: datetime) -> Iterator[tuple[dict[str, Any], Callable[[Job], bool]]]:
    """Yield what is asked of jobs, and which fit."""
    for status in ("Active", "Checking", "Archived"):
        yield {"status": status}, lambda job, want=status: str(job.status) == want  # type: ignore[misc]
    yield {"account": "ada"}, lambda job: job.account == "ada"
    yield {"assignee": "mia"}, lambda job: "mia" in job.assignees
    yield {"priority": ["urgent", "low"]}, lambda job: str(job.priority) in {"urgent", "low"}
    yield {"stage": "Work"}, lambda job: job.stage == "work"
    yield (
        {"idle": True},
        lambda job: not is_over(job) and job.paused is None and not open_work([job]),
    )
    yield {"paused": True}, lambda job: job.paused is not None
    yield (
        {"name": "TAX", "paused": False},
        lambda job: "tax" in job.name.lower() and job.paused is None,
    )
    past = now - timedelta(days=1)
    yield {"waiting_since": past}, lambda job: not is_over(job) and job.entered <= past
    yield {"overdue": True}, lambda job: is_late(job, now)
    day = date(2026, 1, 9)
    yield (
        {"due_before": day},
        lambda job: not is_over(job) and job.due is not None and job.due < day,
    )


def is_late(job: Job, now: datetime) -> bool:
    """Tell whether a job is past its date, or longer in its stage than that allows."""
    past = job.due is not None and job.due < now.date()
    return not is_over(job) and (past or (job.stage == "ask" and now - job.entered > LIMIT))


def compare_work(engine: Engine) -> None:
    """Compare what is open with what stands in the jobs, whole and by pieces."""
    found = open_work(engine.jobs())

    assert [named(one) for one in engine.work()] == [one.key for one in found]
    assert [named(one) for one in pages(engine.work, 3)] == [one.key for one in found]
    for turn in ("team", "client"):
        theirs = [one.key for one in found if one.turn == turn]
        assert [named(one) for one in engine.work(side=turn)] == theirs
    assert [named(one) for one in engine.work(pipeline="tax")] == [one.key for one in found]
    for member in MEMBERS:
        theirs = [one.key for one in found if member in one.people]
        assert [named(one) for one in engine.work(member=member)] == theirs
    longest = [*engine.work(order="since")]
    assert longest == sorted(longest, key=lambda one: one.since.replace(microsecond=0))
    assert Counter(map(named, longest)) == Counter(one.key for one in found)


def compare_board(engine: Engine, now: datetime) -> None:
    """Compare columns and cards with the jobs that stand there."""
    jobs = [job for job in engine.jobs() if str(job.status) != "Archived"]
    for most in (None, 2):
        board = engine.board("tax", per_stage=most)
        assert board.total == len(jobs)
        for column in board.stages:
            here = sorted(
                (job for job in jobs if job.stage == column.stage), key=lambda j: (since(j), j.id)
            )
            assert column.total == len(here)
            assert [card.job for card in column.cards] == here[:most]
            for card in column.cards:
                compare_card(card, now)


def compare_card(card: Any, now: datetime) -> None:
    """Compare what a card says with its job."""
    job = card.job
    assert card.overdue == is_late(job, now)
    mine = {one.key for one in open_work([job])}
    own = str(job.status) == "Checking"  # which ends by itself, by what belongs to it
    held_by = {
        one.id
        for one in job.items
        if (one.scope == job.scope if own else one.visit == job.visit and not one.scope)
        and "aside" not in one.marks
    }
    waits = {named(one) for one in card.waits}
    assert waits == mine & (held_by | {one.key for one in job.blocked})


def compare_sentences(engine: Engine) -> None:
    """Compare what is said of each job with what is open in it."""
    for job in engine.jobs():
        explained = engine.explain(job)
        here = [item for item in job.items if str(item.state) == "pending"]
        told = str(explained)
        if "Nothing is open:" in explained.sentence or "Nothing is open." in explained.sentence:
            assert not here
            assert not job.blocked
        if "Nothing is open here" in explained.sentence or "Nothing here is" in explained.sentence:
            assert not [item for item in here if item.visit == job.visit]
            assert here
        for item in here:
            assert f"({item.id})" in told
        assert {one.item.id for one in explained.awaited} == {item.id for item in here}
        assert {one.item.id for one in explained.awaited if one.waited} <= {
            item.id for item in explained.waits_for
        }
        for one in job.blocked:
            assert one.key in told


def compare_reminders(engine: Engine) -> None:
    """Compare the next reminders that are named with what a forecast says leaves."""
    leaving: dict[str, list[datetime]] = {}
    for mail in engine.forecast(days=9).departures:
        if mail.kind == "reminder":
            leaving.setdefault(mail.job, []).append(mail.at)
    for job in engine.jobs():
        awaited = engine.explain(job).awaited
        named_next = [one.next for one in awaited if one.next is not None]
        assert min(named_next, default=None) == min(leaving.get(job.id, ()), default=None)
        for one in awaited:
            if one.next is None and one.times:
                assert one.reminded >= one.times or any("remind" in note for note in one.notes)


@given(script=SCRIPT)
@example(script=[("start", 0, 0), ("pass", 0, 2), ("start", 0, 0), ("status", 0, 3)])
@settings(max_examples=60)
def test_what_is_read_is_what_the_jobs_say(script: list[tuple[str, int, int]]) -> None:
    """In every order, of the firm and of a branch that goes on alone."""
    world = firm()
    for number, step in enumerate(script):
        happen(world, *step)
        if number % 6 == 0 or number == len(script) - 1:
            compare(world.engine, world.clock.now())
    branch = world.engine.what_if()
    for job in branch.jobs()[:3]:
        branch.archive(job) if job.id.endswith("1") else branch.edit(job, due=date(2026, 1, 6))
    compare(branch, world.clock.now())


def compare(engine: Engine, now: datetime) -> None:
    """Compare everything that is read."""
    compare_jobs(engine, now)
    compare_work(engine)
    compare_board(engine, now)
    compare_sentences(engine)
    compare_reminders(engine)
