"""The contract of claims: due rows, who gets them, and what becomes of them."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest

from ...errors import DefinitionError, LeaseLostError
from ...ports import TIMER, Changes, DueState, Over, Page, Requeue, Settle, Store, Stored
from .commits import at_once
from .making import (
    FAR,
    LEASE,
    NOW,
    ONE,
    TWO,
    A,
    claim,
    due,
    enqueue,
    keys,
    paged,
    parked,
    state,
    stored,
    task,
    timer,
)
from .suite import StoreSuite

__all__ = ["ClaimsContract"]

DONE, DEAD, WAIT, LEASED = DueState.DONE, DueState.DEAD, DueState.WAIT, DueState.LEASED
CANCELLED = DueState.CANCELLED


class ClaimsContract(StoreSuite):
    """The rules A4 to A7 of `pipeflow.ports.store`."""

    # -- A4, a due key is inserted once ------------------------------------------------------------

    @pytest.mark.parametrize("became", [WAIT, LEASED, DONE, DEAD, CANCELLED])
    def test_a04_a_due_key_is_inserted_once_whatever_became_of_it(
        self, store: Store, became: DueState
    ) -> None:
        """An existing one is left alone."""
        enqueue(store, due("k"))
        claims = claim(store) if became in {LEASED, DONE, DEAD} else []
        if became in {DONE, DEAD}:
            assert store.settle("one", Settle("k", claims[0].token, became))
        if became is CANCELLED:
            enqueue(store, cancels=("k",))

        enqueue(store, due("k", NOW - LEASE))

        assert state(store, "k") is became
        assert keys(claim(store)) == (["k"] if became is WAIT else [])

    def test_a04_what_became_of_a_row_can_be_asked(self, store: Store) -> None:
        """The row itself, with its state, while it is not over; whose it was, afterwards."""
        enqueue(store, due("k", job="job-7"))

        waiting = parked(store, "k")
        (held,) = claim(store)
        leased = parked(store, "k")
        store.settle("one", Settle("k", held.token, DONE))

        assert waiting.due == due("k", job="job-7")
        assert (waiting.state, waiting.attempt, waiting.token) == (WAIT, 0, 0)
        assert (waiting.at, waiting.error, waiting.withdrawn) == (NOW, "", False)
        assert (leased.state, leased.token) == (LEASED, held.token)
        assert store.due("one", "k") == Over("k", "job-7", DONE)
        assert store.due("one", "nobody knows this one") is None

    # -- A5, cancelling ----------------------------------------------------------------------------

    @pytest.mark.parametrize("before", [WAIT, LEASED, DEAD])
    def test_a05_what_is_not_over_can_be_cancelled(self, store: Store, before: DueState) -> None:
        """A later settle of the claim returns False and changes nothing."""
        enqueue(store, due("k"))
        claims = claim(store) if before is not WAIT else []
        if before is DEAD:
            store.settle("one", Settle("k", claims[0].token, before, NOW, "down"))

        enqueue(store, cancels=("k", "nobody knows this one"))

        assert store.due("one", "k") == Over("k", "job-1", CANCELLED)
        assert claim(store, due=NOW + FAR) == []
        assert claim(store, keys=["k"]) == []
        assert store.parked("one").rows == ()
        assert store.next_due() is None
        for one in claims:
            assert not store.renew("one", "k", one.token, LEASE)
            assert not store.settle("one", Settle("k", one.token, DONE))
        assert state(store, "k") is CANCELLED

    def test_a05_what_is_over_stays_as_it_is(self, store: Store) -> None:
        """A delivered request was delivered."""
        enqueue(store, due("k"))
        store.settle("one", Settle("k", claim(store)[0].token, DONE))

        enqueue(store, cancels=("k",))

        assert state(store, "k") is DONE

    # -- A6, settling inside a commit --------------------------------------------------------------

    def test_a06_a_settle_inside_a_commit_goes_with_it(self, store: Store) -> None:
        """With the current token the row is over and the rest is written."""
        enqueue(store, due("k"))
        (held,) = claim(store)

        done = Settle("k", held.token, DONE)
        store.commit(Changes("one", {A: 0}, {A: ONE}, settles=(done,)))

        assert state(store, "k") is DONE
        with pytest.raises(LeaseLostError):
            store.commit(Changes("one", {A: 1}, {A: TWO}, settles=(done,)))
        assert stored(store, A) == Stored(1, ONE)

    def test_a06_what_nobody_took_is_settled_by_whoever_read_it(self, store: Store) -> None:
        """The token that `due` tells is current until somebody takes the row."""
        enqueue(store, due("k"), due("taken", no=1))
        claim(store, keys=["taken"])

        assert store.settle("one", Settle("k", parked(store, "k").token, DONE))
        assert not store.settle("one", Settle("taken", 0, DONE))
        assert (state(store, "k"), state(store, "taken")) == (DONE, LEASED)

    # -- A7, claiming ------------------------------------------------------------------------------

    def test_a07_rows_come_in_the_order_of_instant_place_tenant_and_key(self, store: Store) -> None:
        """Whatever they ask; nothing comes too early, and the limit cuts the later ones off."""
        enqueue(store, due("d", no=1), task("c"), due("e", NOW + LEASE), timer("a", NOW - LEASE, 7))
        enqueue(store, due("b"), due("f", no=2), tenant="two")
        enqueue(store, timer("b"))

        claims = claim(store, limit=4, tenant=None)
        rest = claim(store, limit=9, tenant=None)

        assert [(one.tenant, one.due.key) for one in (*claims, *rest)] == [
            ("one", "a"), ("one", "b"), ("one", "c"), ("two", "b"), ("one", "d"), ("two", "f"),
        ]  # fmt: skip
        assert len(claims) == 4
        assert [one.due.key for one in claim(store, due=NOW + LEASE)] == ["e"]

    def test_a07_what_is_tried_again_comes_by_its_present_instant(self, store: Store) -> None:
        """Whoever waits for a retry stands behind what fell due before it, and not ahead."""
        enqueue(store, due("retry"), due("asked", no=1), due("fresh", NOW + LEASE))
        tokens = {one.due.key: one.token for one in claim(store)}
        for key, at in (("retry", NOW + 3 * LEASE), ("asked", NOW + FAR)):
            store.settle("one", Settle(key, tokens[key], WAIT, at, "busy"))
        enqueue(store, requeues=(Requeue("asked", NOW + 2 * LEASE),))

        first, rest = (claim(store, due=NOW + FAR, limit=limit) for limit in (1, 9))

        assert (keys(first), keys(rest)) == (["fresh"], ["asked", "retry"])
        assert rest[1].due.at == NOW

    def test_a07_each_firm_gets_its_share(self, store: Store) -> None:
        """One that has much to do does not keep the others waiting."""
        enqueue(store, *(due(f"k{n}", no=n) for n in range(7)))
        of_two = (
            due(key, NOW if key != "x" else NOW - LEASE, no=9) for key in ("x", "y", "z", "~")
        )
        enqueue(store, *of_two, tenant="two")

        shares = [claim(store, tenant=None, each=2), claim(store, tenant=None, each=2, limit=3)]

        told = [[(one.tenant, one.due.key) for one in claims] for claims in shares]
        assert told == [
            [("two", "x"), ("one", "k0"), ("one", "k1"), ("two", "y")],
            [("one", "k2"), ("one", "k3"), ("two", "z")],
        ]
        assert keys(claim(store, each=2)) == ["k4", "k5"]
        assert keys(claim(store, each=3)) == ["k6"]

    def test_a07_many_at_once_never_share_a_row(self, store: Store) -> None:
        """However many owners claim in parallel."""
        enqueue(store, *(due(f"k{n:03}") for n in range(60)))
        taken: list[str] = []

        def take(owner: str) -> None:
            while claims := claim(store, owner, 3):
                taken.extend(keys(claims))

        at_once(*(partial(take, f"o{n}") for n in range(4)))

        assert sorted(taken) == [f"k{n:03}" for n in range(60)]

    def test_a07_rows_can_be_asked_for_by_key(self, store: Store) -> None:
        """Whether or not their time has come, dead ones too, in order; those held by nobody."""
        enqueue(store, due("later", NOW + FAR, 1), due("held"), due("dead"), due("over"), due("k"))
        held = {one.due.key: one for one in claim(store, keys=["held", "dead", "over"])}
        store.settle("one", Settle("dead", held["dead"].token, DEAD, NOW, "never"))
        store.settle("one", Settle("over", held["over"].token, DONE))

        wanted = ["later", "held", "dead", "over", "dead", "nobody knows this one"]
        first, rest = claim(store, limit=1, keys=wanted), claim(store, keys=wanted)

        assert (keys(first), keys(rest)) == (["dead"], ["later"])
        assert claim(store, keys=[]) == []
        assert keys(claim(store)) == ["k"]

    def test_a07_each_firm_gets_its_share_of_what_is_asked_for_by_key(self, store: Store) -> None:
        """The first of each, in order."""
        enqueue(store, due("b", no=1), due("a"), due("c", no=2))
        enqueue(store, due("d", no=3), due("e", no=4), tenant="two")
        wanted = [*"abcde"]
        assert keys(claim(store, tenant=None, keys=wanted, each=1)) == ["a", "d"]
        assert keys(claim(store, tenant=None, keys=wanted, each=1, limit=1)) == ["b"]
        assert keys(claim(store, tenant=None, keys=wanted, each=9)) == ["c", "e"]

    def test_a07_rows_can_be_asked_for_by_what_they_ask(self, store: Store) -> None:
        """A worker takes up timers, and requests of the ports that it has; others are left."""
        enqueue(store, due("e"), task("t", NOW - LEASE), timer("r", NOW + LEASE))

        def next_of(*asks: str) -> datetime | None:
            return store.next_due(tenant="one", asks={*asks})

        assert next_of("email") == NOW
        assert next_of("tasks", "email") == NOW - LEASE
        assert next_of(TIMER) == NOW + LEASE
        assert next_of("invoices") is None
        assert next_of() is None
        assert claim(store, asks={TIMER, "invoices"}) == []
        assert claim(store, asks=set()) == []
        assert keys(claim(store, asks={"email"})) == ["e"]
        assert next_of("email") == NOW + LEASE
        assert keys(claim(store, due=NOW + LEASE, asks={TIMER, "email"})) == ["r"]
        assert claim(store, keys=["t"], asks={"email"}) == []
        assert keys(claim(store, tenant=None)) == ["t"]

    def test_a07_a_retry_waits_and_a_dead_row_waits_for_a_person(self, store: Store) -> None:
        """Both are parked, with their calls and their error."""
        enqueue(store, due("k"), due("d", no=1), due("never tried", NOW, 2))
        first, second = claim(store, limit=2)
        for one in (first, second):
            assert store.renew("one", one.due.key, one.token, LEASE)
        later = NOW + 5 * LEASE
        assert store.settle("one", Settle("k", first.token, WAIT, later, "busy"))
        assert store.settle("one", Settle("d", second.token, DEAD, NOW, "never"))

        told = [
            (one.due.key, one.state, one.attempt, one.at, one.error)
            for one in store.parked("one").rows
        ]

        assert told == [("k", WAIT, 1, later, "busy"), ("d", DEAD, 1, NOW, "never")]
        assert keys(claim(store)) == ["never tried"]
        (again,) = claim(store, due=later)
        assert (again.due, again.attempt) == (due("k"), 2)
        assert [one.due.key for one in store.parked("one").rows] == ["k", "d"]
        assert store.settle("one", Settle("k", again.token, DONE))
        assert [one.due.key for one in store.parked("one").rows] == ["d"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 6])
    def test_a07_what_failed_is_listed_page_by_page(self, store: Store, limit: int) -> None:
        """In the order in which it was asked for, of one job where that is asked for."""
        jobs = ["x", "y", "x", "z", "x"]
        enqueue(store, *(due(f"k{n}", no=n, job=job) for n, job in enumerate(jobs)))
        enqueue(store, due("k4 too", no=4, job="y"))  # by another commit of that instant
        for one in claim(store):
            again = Settle(one.due.key, one.token, WAIT, NOW + (9 - one.due.no) * LEASE, "down")
            store.settle("one", again)

        listed = [one.due.key for one in paged(partial(store.parked, "one"), limit)]
        of_x = [one.due.key for one in paged(partial(store.parked, "one", job="x"), limit)]
        first = store.parked("one", limit=2)
        enqueue(store, cancels=("k0", "k3"))
        rest = store.parked("one", after=first.next)

        assert listed == ["k0", "k1", "k2", "k3", "k4", "k4 too"]
        assert store.parked("one", limit=4).next is None
        assert store.parked("one", limit=0) == Page(())
        assert of_x == ["k0", "k2", "k4"]
        assert [one.due.key for one in rest.rows] == ["k2", "k4", "k4 too"]
        assert rest.next is None

    @pytest.mark.parametrize(
        "after", ["", "rubbish", "a|b|c", "2027-01-01T09:00:00|0|k", "1|0|\0", "1" * 30 + "|0|k"]
    )
    def test_a16_what_no_page_of_what_failed_ended_with_is_refused(
        self, store: Store, after: str
    ) -> None:
        """As in all listings; and so is a page of fewer rows than none."""
        enqueue(store, due("k"))
        with pytest.raises(DefinitionError, match=r"\$\.after: must be the `next` of"):
            store.parked("one", after=after)
        with pytest.raises(DefinitionError, match=r"\$\.limit: must be a whole number from 0"):
            store.parked("one", limit=-1)

    @pytest.mark.parametrize("tenant", ["one", None])
    def test_a07_a_share_of_none_is_none(self, store: Store, tenant: str | None) -> None:
        """Whether one firm is asked for or all."""
        enqueue(store, due("k"))
        assert claim(store, tenant=tenant, each=0) == claim(store, tenant=tenant, each=-1) == []
        assert claim(store, tenant=tenant, limit=0) == claim(store, tenant=tenant, limit=-1) == []
        assert claim(store, tenant=tenant, limit=-1, keys=["k"]) == []
        assert keys(claim(store, tenant=tenant, each=1)) == ["k"]

    def test_a07_the_next_instant_is_that_of_a_row_or_of_a_lease(self, store: Store) -> None:
        """At which `claim` would find something; None where nothing waits."""
        assert store.next_due() is None
        enqueue(store, due("late", NOW + FAR), due("k"), due("sooner", NOW + LEASE / 2))
        assert store.next_due() == store.next_due(tenant="one") == NOW
        (held,) = claim(store)
        assert store.next_due(tenant="one") == NOW + LEASE / 2
        claim(store, keys=["sooner"])
        assert store.next_due(tenant="one") == store.next_due() == NOW + LEASE
        assert store.settle("one", Settle("k", held.token, DEAD))
        enqueue(store, cancels=("sooner",))
        assert store.next_due(tenant="one") == NOW + FAR
        assert store.next_due(tenant="two") is None
