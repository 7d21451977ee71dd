"""An interrupt (Ctrl-C, a time limit) inside the memory store tears nothing, at whatever line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from pipeflow.adapters.memory import MemoryStore
from pipeflow.model.accounts import Account, Member
from pipeflow.ports import (
    CarriedOut,
    Changes,
    DueState,
    Over,
    Query,
    Requeue,
    RowKey,
    Settle,
    Withdrawal,
)
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts.making import (
    AT_DONE,
    AT_WORK,
    FAR,
    LEASE,
    NOW,
    ONE,
    TWO,
    A,
    B,
    chapter,
    claim,
    due,
    enqueue,
    held,
    job,
    put,
    timer,
)
from tests.adapters.tracing import interrupted

# What was seen, and how it went on.
Outcome: TypeAlias = tuple[object, tuple[list[Any], object]]
ROW, ADA = RowKey("job", "j1"), RowKey("account", "ada")
C = RowKey("member", "c")


def filled() -> MemoryStore:
    """Make a store with some of everything in it."""
    store = MemoryStore(clock=ManualClock(NOW))
    put(store, job("j1"), Account("Ada", id="ada", tags={"vip"}))
    store.commit(Changes("one", {A: 0, B: 0}, {A: ONE, B: TWO}, log={A: (chapter("1"),)}))
    store.commit(Changes("one", {C: 0}, {C: ONE}))
    store.commit(Changes("one", {C: 1}, deletes=(C,)))
    enqueue(
        store, due("done"), due("retry"), due("dead"), due("cancelled"), due("withdrawn"),
        held("marked"), held("fails"), held("wanted"), due("gone", job="job-9"),
        due("again", NOW - LEASE), due("over", NOW - 2 * LEASE),
    )  # fmt: skip
    for one in claim(store, keys=["done", "retry", "dead", "again", "over"]):
        assert store.renew("one", one.due.key, one.token, LEASE)
    store.settle("one", Settle("again", 1, DueState.DEAD, NOW, "never"))
    enqueue(store, settles=(Settle("over", 1, DueState.DONE),), command_id="old", at=NOW - FAR)
    enqueue(store, withdraws=(Withdrawal("wanted", held=True),))
    return store


CHANGES = Changes(
    "one",
    {ROW: 1, ADA: 1, A: 1, B: 1, C: 0},
    {ROW: job("j1", stage="done"), ADA: Account("Eve", id="ada"), A: TWO, C: Member("Again")},
    (due("new"), held("mine"), timer("timer", NOW + FAR)),
    ("cancelled",),
    (
        Settle("done", 1, DueState.DONE),
        Settle("retry", 1, DueState.WAIT, NOW + LEASE, "busy"),
        Settle("dead", 1, DueState.DEAD, NOW, "never"),
        Settle("fails", 1, DueState.WAIT, NOW + LEASE, "busy"),
    ),
    {A: (chapter("2"), chapter("3")), ROW: (chapter("4"),)},
    (B,),
    "c",
    CarriedOut("{}"),
    (
        Withdrawal("withdrawn", held=False),
        Withdrawal("marked", held=True),
        Withdrawal("fails", held=True),
    ),
    (Requeue("again", NOW + LEASE, 2),),
    at=NOW,
    erases=(A, B),
    cancels_of=("job-9",),
    tombs=(Over("tomb", "job-9", DueState.CANCELLED),),
    wanted=("wanted",),
)


def seen(store: MemoryStore) -> object:
    """Return all that can be seen of a store; looking moves leases and indexes on."""
    next_due = store.next_due()
    queries = (
        Query("job", (("stage", AT_WORK),)), Query("job", (("stage", AT_DONE),)),
        Query("account", (("tag", "vip"),)), Query("account", (("name", "eve"),)), Query("member"),
    )  # fmt: skip
    found = [store.find("one", query) for query in queries]
    counts = [store.count("one", Query(kind), by) for kind, by in (("job", "stage"),)]
    return (
        store.dump(), found, counts, store.feed(), store.feed(tenant="one"), next_due,
        store.parked("one").rows, [*store.tenants()], [*store.export("one")],
    )  # fmt: skip


def going_on(store: MemoryStore) -> tuple[list[Any], object]:
    """Return what the store does from here on: leases end, everything is handed out, and ends."""
    told: list[Any] = []
    clock = store.clock
    assert isinstance(clock, ManualClock)
    while (at := store.next_due()) is not None:
        clock.set(max(at, clock.now()))
        claims = store.claim("me", LEASE, 9, due=clock.now())
        told += claims
        told += [store.settle(c.tenant, Settle(c.due.key, c.token, DueState.DONE)) for c in claims]
    told += [store.prune("one", NOW + timedelta(days=n * 100)) for n in range(-9, 9)]
    return told, seen(store)


def schedule(
    work: Callable[[MemoryStore], object], make: Callable[[], MemoryStore] = filled
) -> list[Outcome]:
    """Interrupt work at every line in turn; return what was seen after each, and what came of it.

    The first is what stands where nothing was begun, the last what stands where all was done.
    """
    calm = make()
    found = [(seen(calm), going_on(calm))]
    line = 0
    while True:
        line += 1
        store = make()
        torn = interrupted(lambda store=store: work(store), line)  # type: ignore[misc]
        found.append((seen(store), going_on(store)))
        if not torn:
            assert line > 5
            return found


def test_a_commit_is_all_or_nothing_at_every_line() -> None:
    """Rows, terms, histories, due rows and the answer: as before or as after, and so it goes on."""
    before, *torn, after = schedule(lambda store: store.commit(CHANGES))

    assert before != after
    assert all(one in (before, after) for one in torn)
    assert before in torn
    assert after in torn


def test_what_was_torn_is_ended_once() -> None:
    """Whoever comes next ends it; and being interrupted in that, whoever comes after."""
    before, *_, after = schedule(lambda store: store.commit(CHANGES))
    ended = 0

    for first in range(20, 220, 40):
        for second in range(1, 160, 7):
            store = filled()
            assert interrupted(lambda store=store: store.commit(CHANGES), first)  # type: ignore[misc]
            interrupted(store.dump, second)
            outcome = (seen(store), going_on(store))
            assert outcome in (before, after)
            ended += outcome == after

    assert ended > 40


def test_a_settle_is_all_or_nothing_at_every_line() -> None:
    """A row that fails waits for its retry, or is still held."""
    again = Settle("retry", 1, DueState.WAIT, NOW + LEASE, "busy")
    before, *torn, after = schedule(lambda store: store.settle("one", again))

    assert before != after
    assert all(one in (before, after) for one in torn)


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(claim, id="claim"),
        pytest.param(lambda store: claim(store, keys=["withdrawn", "again"]), id="claim by key"),
        pytest.param(lambda store: store.renew("one", "done", 1, 9 * LEASE), id="renew"),
        pytest.param(lambda store: store.prune("one", NOW + FAR), id="prune"),
    ],
)
def test_no_due_row_is_lost_at_any_line(work: Callable[[MemoryStore], object]) -> None:
    """Each is handed out or held in the end, once, and ends."""
    _, *torn, _ = schedule(work)

    for _, (told, _) in torn:
        keys = [one.due.key for one in told if not isinstance(one, bool | int)]
        assert sorted(keys) == sorted(
            ["done", "retry", "dead", "cancelled", "withdrawn", "marked", "fails", "wanted", "gone"]
            + (["again"] if "again" in keys else [])
        )


def test_no_row_is_lost_where_leases_end_at_any_line() -> None:
    """It is listed and handed out as if nobody had been interrupted."""

    def late() -> MemoryStore:
        store = filled()
        store.clock = ManualClock(NOW + 2 * LEASE)
        return store

    before, *torn, after = schedule(lambda store: store.due("one", "done"), late)

    assert before == after
    assert all(one == before for one in torn)


def test_terms_are_right_at_every_line() -> None:
    """Whoever asks after an interrupted question gets the right answer."""

    def written() -> MemoryStore:
        store = filled()
        store.find("one", Query("job", (("stage", AT_WORK),)))
        store.commit(CHANGES)
        return store

    before, *torn, after = schedule(
        lambda store: store.find("one", Query("job", (("stage", AT_DONE),))), written
    )

    assert before == after
    assert all(one == before for one in torn)


def test_a_firm_is_restored_whole_or_not_at_every_line() -> None:
    """Its chapters in the feed too."""
    lines = [*filled().export("one")]
    empty = MemoryStore(clock=ManualClock(datetime(2027, 1, 1, 9, tzinfo=UTC)))
    restored = MemoryStore(clock=ManualClock(NOW))
    restored.restore(lines)
    line, outcomes = 0, set[bool]()

    while True:
        line += 1
        store = MemoryStore(clock=ManualClock(NOW))
        torn = interrupted(lambda store=store: store.restore(lines), line)  # type: ignore[misc]
        whole = bool(store.dump())
        outcomes.add(whole)
        assert seen(store) == seen(restored if whole else empty)
        if not torn:
            break

    assert outcomes == {True, False}
