"""What somebody holds and nobody wants any more waits for no person, in whichever store it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.overlay import OverlayStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import DueState, Settle, Withdrawal
from pipeflow.ports.store import Branchable
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts.making import LEASE, NOW, claim, due, enqueue

HELD = (Withdrawal("k", held=True),)


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock(NOW)


@pytest.fixture(params=["memory", "file", "branch"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> Iterator[Branchable]:
    """Open each store in turn."""
    match request.param:
        case "file":
            with SqliteStore(tmp_path / "firm.db", clock=clock) as found:
                yield found
        case "branch":
            yield OverlayStore(MemoryStore(clock=clock), clock=clock)
        case _:
            yield MemoryStore(clock=clock)


def failed_and_held(store: Branchable) -> None:
    """Let a row fail once, and let somebody take it up again."""
    enqueue(store, due("k"))
    (first,) = claim(store)
    assert store.renew("one", "k", first.token, LEASE)
    assert store.settle("one", Settle("k", first.token, DueState.WAIT, NOW, "busy"))
    (again,) = claim(store)
    assert again.attempt == 2


def test_what_failed_before_is_no_failure_any_more(store: Branchable) -> None:
    """Whoever holds it ends it; there is nothing to retry and nothing to give up."""
    failed_and_held(store)
    assert [one.due.key for one in store.parked("one").rows] == ["k"]

    enqueue(store, withdraws=HELD)

    assert store.parked("one").rows == ()


def test_what_is_called_is_not_told_as_unanswered_when_a_firm_moves(
    store: Branchable, clock: ManualClock
) -> None:
    """Nobody has to look whether it arrived, here or there."""
    enqueue(store, due("k"))
    (held,) = claim(store)
    assert store.renew("one", "k", held.token, LEASE)
    enqueue(store, withdraws=HELD)
    house = MemoryStore(clock=clock)

    house.restore(store.export("one"))

    clock.advance(minutes=2)
    assert store.parked("one").rows == house.parked("one").rows == ()
    (there,) = claim(house, due=NOW + 2 * LEASE)
    assert there.withdrawn


def test_what_failed_and_is_held_is_told_to_a_branch_once(store: Branchable) -> None:
    """Though there are two reasons to tell of it."""
    failed_and_held(store)

    assert [one.due.key for one in store.unsettled("one")] == ["k"]
