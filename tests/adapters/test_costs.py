"""What the memory store takes for a call depends on what it hands out, not on what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.memory_index import MOST_MARKED
from pipeflow.adapters.memory_schedule import TIDY
from pipeflow.ports import Changes, DueState, Query, Requeue, RowKey, Settle, Span
from pipeflow.ports.terms import column_terms, place_terms
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts.making import (
    FAR,
    LEASE,
    NOW,
    ONE,
    A,
    chapter,
    claim,
    due,
    enqueue,
    held,
    job,
    put,
    task,
    timer,
)
from tests.adapters.tracing import lines

CALLS: dict[str, Callable[[MemoryStore], Any]] = {
    "claim": lambda store: claim(store, limit=3),
    "claim of everybody": lambda store: claim(store, limit=3, tenant=None),
    "claim by key": lambda store: claim(store, keys=["wait-1"]),
    "claim of timers": lambda store: claim(store, asks={""}),
    "next due": lambda store: store.next_due(tenant="one"),
    "parked": lambda store: store.parked("one", limit=3),
    "parked of a job": lambda store: store.parked("one", job="job-3"),
    "due": lambda store: store.due("one", "held-1"),
    "renew": lambda store: store.renew("one", "held-1", 1, LEASE),
    "settle": lambda store: store.settle("one", Settle("held-1", 1, DueState.DONE)),
    "failure": lambda store: store.settle("one", Settle("held-1", 1, DueState.WAIT, NOW, "down")),
    "requeue": lambda store: enqueue(store, requeues=(Requeue("dead-1", NOW),)),
    "cancel": lambda store: enqueue(store, cancels=("wait-1",), at=NOW),
    "prune": lambda store: store.prune("one", NOW - FAR),
    "feed": lambda store: store.feed(limit=3),
    "newest of the feed": lambda store: store.feed(newest=True, limit=3),
    "newest of a firm": lambda store: store.feed(tenant="two", newest=True, limit=3),
    "history": lambda store: store.history("one", A, limit=3),
    "newest of a history": lambda store: store.history("one", A, newest=True, limit=3),
    "find": lambda store: store.find("one", Query("job"), limit=3),
    "find of a client": lambda store: store.find("one", Query("job", (("account", "bob"),))),
    "find of a client and more": lambda store: store.find(
        "one", Query("job", (("status", "Active"), ("since", Span()), ("account", "bob")), "due")
    ),
    "count of a client": lambda store: store.count(
        "one", Query("job", (("account", "bob"),)), "stage"
    ),
    "count of columns": lambda store: store.count(
        "one", Query("job", (("column", column_terms("tax")),)), "column"
    ),
    "first cards of a stage": lambda store: store.find(
        "one", Query("job", (("place", place_terms("tax", "work")),), "place"), limit=3
    ),
    "first open work": lambda store: store.find(
        "one", Query("job", (("work_due", Span()),), "work_due"), limit=3
    ),
    "read": lambda store: store.read("one", (RowKey("job", "j1"),), accounts=True, command_id="c1"),
    "commit": lambda store: put(store, job("j1")),
    "ids": lambda store: store.ids("one", "job", limit=3),
}


def filled(number: int) -> MemoryStore:
    """Make a store that holds so much of everything."""
    store = MemoryStore(clock=ManualClock(NOW))
    put(store, *(job(f"j{n}", f"client-{n}") for n in range(number)), job("own", "bob"))
    enqueue(store, *(due(f"dead-{n}", no=n, job=f"job-{n}") for n in range(number)))
    for one in claim(store, limit=number):
        store.settle("one", Settle(one.due.key, one.token, DueState.DEAD, NOW, "never"))
    enqueue(store, *(due(f"over-{n}") for n in range(number)))
    enqueue(store, cancels=tuple(f"over-{n}" for n in range(number)), at=NOW)
    enqueue(
        store,
        *(due(f"wait-{n}", no=n) for n in range(number)),
        *(task(f"late-{n}", NOW + FAR, n) for n in range(number)),
        *(held(f"held-{n}") for n in range(number)),
        timer("timer"),
        command_id="c1",
    )
    for n in range(number):
        store.commit(Changes("one", {}, log={A: (chapter(str(n)),)}))
    store.commit(Changes("two", {A: 0}, {A: ONE}, log={A: (chapter("two"),)}))
    store.find("one", Query("job", (("account", "bob"),)))  # which makes the index
    store.next_due()  # sweeps out, once, what was cancelled
    return store


@pytest.mark.parametrize("name", CALLS)
def test_a_call_costs_by_what_it_hands_out(name: str) -> None:
    """Twenty times as much in the store, and no more than a little more to do."""
    call = CALLS[name]
    few, many = filled(50), filled(1000)

    assert lines(lambda: call(many)) <= lines(lambda: call(few)) * 1.2 + 10


def test_whoever_asks_does_not_pay_for_all_that_was_written_since() -> None:
    """Few rows wait for somebody who asks; the others were looked at when they were written."""
    few, many = filled(50), filled(50)
    for n in range(200):
        put(few, job(f"new-{n}"))
    for n in range(4000):
        put(many, job(f"new-{n}"))
    ask = CALLS["find of a client"]

    assert lines(lambda: ask(many)) <= lines(lambda: ask(few)) + MOST_MARKED * 100


def test_schedules_do_not_grow_for_ever() -> None:
    """Rows come and go, are held, held on and tried again: what no longer stands is swept out."""
    store = MemoryStore(clock=ManualClock(NOW))
    enqueue(store, due("again"))
    for n in range(3000):
        enqueue(store, held(f"k{n}"), timer(f"t{n}", NOW + FAR), at=NOW)
        store.renew("one", f"k{n}", 1, LEASE)
        done = (Settle(f"k{n}", 1, DueState.DONE),)
        enqueue(store, settles=done, cancels=(f"t{n}",), at=NOW)
        enqueue(store, requeues=(Requeue("again", NOW + n * LEASE),))

    queue = store._tenants["one"].queue
    for schedule in (queue.waiting, queue.leases):
        for heap in schedule._heaps.values():
            assert len(heap) <= 2 * TIDY
    assert store.next_due() == NOW + 2999 * LEASE
    assert store.prune("one", NOW + FAR) == 6000
    assert [*queue.ages] == []


def test_what_is_over_before_anybody_asks_leaves_nothing_behind() -> None:
    """An engine that delivers by itself asks for nothing, however long it works."""
    store = MemoryStore(clock=ManualClock(NOW))
    for n in range(1000):
        enqueue(store, held(f"k{n}"), at=NOW)
        store.commit(Changes("one", {}, settles=(Settle(f"k{n}", 1, DueState.DONE),), at=NOW))

    queue = store._tenants["one"].queue
    assert len(queue._fresh) <= 2 * TIDY
    assert sum(map(len, queue.leases._heaps.values())) <= 2 * TIDY


def test_leases_that_end_are_looked_at_once() -> None:
    """Whoever looks next has nothing more to do for them."""
    store = filled(500)
    store.clock = ManualClock(NOW + LEASE)

    first = lines(lambda: store.due("one", "wait-1"))
    second = lines(lambda: store.due("one", "wait-1"))

    assert first > 500
    assert second < 50
