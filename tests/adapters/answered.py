"""A firm whose requests were nearly all answered, and what is asked of its due rows each minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeflow.ports import Branchable, Changes, DueState, Settle
from pipeflow.testing.contracts.making import LEASE, NOW, due, enqueue, held

__all__ = ["DUE_CALLS", "answer"]


def answer(store: Branchable, number: int) -> None:
    """Make so many requests that were answered, and one that is held, one that waits, one dead."""
    done = [f"done-{n}" for n in range(number)]
    enqueue(store, *map(held, done))
    store.commit(Changes("one", {}, settles=tuple(Settle(one, 1, DueState.DONE) for one in done)))
    enqueue(store, held("held"), due("waits", job="job-2"), held("failed"))
    store.settle("one", Settle("failed", 1, DueState.DEAD, error="never"))


DUE_CALLS: Mapping[str, Callable[[Branchable], Any]] = {
    "when something is due": lambda store: store.next_due(tenant="one"),
    "when something is due in any firm": lambda store: store.next_due(),
    "what is due": lambda store: store.claim("w", LEASE, 9, due=NOW, tenant="one"),
    "what is due in any firm": lambda store: store.claim("w", LEASE, 9, due=NOW, each=2),
    "a look before a port": lambda store: store.renew("one", "held", 1, LEASE),
    "what failed": lambda store: store.parked("one"),
    "what failed of a job": lambda store: store.parked("one", job="job-2"),
    "what a branch looks at": lambda store: store.unsettled("one"),
    "what waits, in order": lambda store: store.waiting("one", None, 9),
    "the end of a job": lambda store: store.commit(Changes("one", {}, cancels_of=("job-2",))),
}
