"""Three workers on two engines, in hundreds of orders: no update is lost, in memory or a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import pytest

from pipeflow import DocumentApproved, DocumentDisapproved, Engine, ItemState, RequestDelivered
from pipeflow.adapters.sqlite import SqliteStore
from tests.proving import Amount, Proved
from tests.reliability.busy import DOLLAR, PAYMENT, SHARED, Kept, KeptInFile, Office
from tests.reliability.scheduling import Notes, yielding
from tests.reliability.walking import check

KINDS = ("memory", "a file", "a file of several processes")


class Order(NamedTuple):
    """What is tried in one order."""

    kind: str
    seed: int


@contextmanager
def opened(order: Order) -> Iterator[Office]:
    """Open a firm; where it is in a file, others go on while that is being read."""
    kind, seed = order
    if kind == "memory":
        yield Office(seed, Kept())
        return
    several = kind == KINDS[2]
    office = Office(seed, KeptInFile(multiprocess=several))
    # Whoever reads without a log keeps others from writing, so that these must not wait for him.
    with yielding(office.notes if not several else Notes()):
        yield office
    file = office.store.inner
    assert isinstance(file, SqliteStore)
    assert file.check() == ()


def busy(order: Order) -> int:
    """Let three workers do what they draw; return how often one came second.

    Every answered command has its effect in the end, whoever came in between. Versions are gapless,
    the history explains the state, and what was due was done once.
    """
    with opened(order) as office:
        office.work()
        engine, world = office.engine, office.world

        assert office.notes.gapless
        check(world, office.jobs)
        assert office.paid_so_far() == DOLLAR * office.paid
        assert office.tags <= engine.account("b").tags
        linked = {item.name for id in office.jobs for item in engine.job(id).items}
        assert office.links <= linked

        for port in office.ports:
            failed = office.errors if port is world.tasks else 0
            again = sum((Counter(port.attempts) - Counter({*port.attempts})).values())
            assert again <= failed
        return office.notes.refused["ConflictError"]


def shared(order: Order) -> int:
    """Let a document be approved while it is linked, and let that be taken back.

    Whoever links it meanwhile does not stay behind.
    """
    with opened(order) as office:
        engine, other = office.engine, office.elsewhere()
        office.jobs.append(engine.start("p", "b").id)
        first, second, third = office.jobs
        for id in office.jobs:
            engine.set_status(id, "On hold")
        item = engine.link(first, SHARED, "approval").item("shared").id
        by_item, by_ref = partial(other.record, item), partial(other.receive, SHARED)

        office.at_once(
            partial(engine.link, second, SHARED, "approval"),
            partial(engine.link, third, SHARED, "approval"),
            partial(by_item if order.seed % 2 else by_ref, DocumentApproved()),
        )

        assert office.states() == {ItemState.COMPLETED}
        engine.receive(SHARED, DocumentDisapproved())
        assert office.states() == {ItemState.PENDING}
        check(office.world, office.jobs)
        return office.notes.refused["ConflictError"]


def twice(order: Order) -> int:
    """Send commands three times at once; each sender gets the same answer, whoever was first."""
    with opened(order) as office:
        engine, other = office.engine, office.elsewhere()
        before, started = len(engine.jobs()), list[str]()

        def send(worker: Engine) -> None:
            started.append(worker.start("p", "b", command_id="order-1").id)
            worker.record(office.invoice, PAYMENT, command_id="payment-1")

        office.at_once(*(partial(send, worker) for worker in (engine, other, engine)))

        assert len(engine.jobs()) == before + 1
        assert len({*started}) == 1
        assert office.paid_so_far() == DOLLAR
        return office.notes.refused["DuplicateCommandError"]


def slow(order: Order) -> int:
    """Let ports be slow, leases run out and others take over; return how often one came late."""
    with opened(order) as office:
        office.be_slow()
        office.work()

        assert office.notes.stale == []
        assert office.notes.gapless
        office.world.advance(hours=1)
        check(office.world, office.jobs)
        for id in office.jobs:
            delivered = Counter(one.key for one in office.engine.history(id).of(RequestDelivered))
            assert all(times == 1 for times in delivered.values())
        return office.notes.refused["LeaseLostError"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("work", "often", "what", "late"),
    [
        pytest.param(busy, 1_200, "drawn work", "came second", id="no update is lost"),
        pytest.param(
            shared, 300, "a shared thing", "came second", id="all jobs get what is shared"
        ),
        pytest.param(twice, 200, "one command thrice", "came second", id="a command acts once"),
        pytest.param(slow, 600, "slow ports", "came too late", id="only the last holder settles"),
    ],
)
def test_no_order_of_three_workers_loses_anything(
    work: Callable[[Order], int],
    often: int,
    what: str,
    late: str,
    kind: str,
    proved: Proved,
    amount: Amount,
) -> None:
    """Whoever comes second decides anew; whoever comes late changes nothing."""
    tried = often if kind == KINDS[0] else often // 10
    orders = [Order(kind, seed) for seed in range(amount.of(tried))]

    found = amount.each(work, orders)

    assert sum(found) > 0 or len(orders) < 50
    counted = {"orders": len(orders), late: sum(found), "updates lost": 0}
    proved(f"three workers at once in {kind}, {what}", **counted)
