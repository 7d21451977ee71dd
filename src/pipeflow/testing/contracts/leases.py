"""The contract of leases: durations by the store's own clock, and calls that are counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from ...ports import UNANSWERED, DueState, Requeue, Settle, Store, Withdrawal
from ..clock import ManualClock
from .making import FAR, LEASE, NOW, claim, due, enqueue, held, keys, parked, state, task
from .suite import StoreSuite

__all__ = ["LeasesContract"]

DONE, DEAD, WAIT, LEASED = DueState.DONE, DueState.DEAD, DueState.WAIT, DueState.LEASED


class LeasesContract(StoreSuite):
    """The rules A6, A7, A12 and A13 of `pipeflow.ports.store`."""

    # -- A6 and A7, whose it is --------------------------------------------------------------------

    def test_a06_an_old_token_settles_nothing(self, store: Store, clock: ManualClock) -> None:
        """Whoever took the row over is the one who says what became of it."""
        enqueue(store, due("k"))
        (old,) = claim(store)
        clock.advance(minutes=1)
        (new,) = claim(store, "other")

        assert new.token > old.token
        assert not store.settle("one", Settle("k", old.token, DONE))
        assert not store.renew("one", "k", old.token, LEASE)
        assert state(store, "k") is LEASED
        assert store.settle("one", Settle("k", new.token, DONE))
        assert state(store, "k") is DONE

    def test_a06_a_token_is_current_until_somebody_else_takes_the_row(
        self, store: Store, clock: ManualClock
    ) -> None:
        """Also when its lease has ended: it may be settled, or held on."""
        enqueue(store, due("k"), due("on"))
        tokens = {one.due.key: one.token for one in claim(store)}
        clock.advance(minutes=5)
        assert state(store, "k") is WAIT

        assert store.settle("one", Settle("k", tokens["k"], DONE))
        assert store.renew("one", "on", tokens["on"], LEASE)

        assert (state(store, "k"), state(store, "on")) == (DONE, LEASED)
        assert claim(store) == []
        clock.advance(minutes=1)
        assert keys(claim(store)) == ["on"]

    def test_a06_who_said_what_became_of_a_row_holds_it_no_longer(self, store: Store) -> None:
        """It waits for its retry or for a person; a port is not called for it in between."""
        enqueue(store, due("k"), due("d"))
        tokens = {one.due.key: one.token for one in claim(store)}
        store.settle("one", Settle("k", tokens["k"], WAIT, NOW + FAR, "busy"))
        store.settle("one", Settle("d", tokens["d"], DEAD, NOW, "never"))

        assert not store.renew("one", "k", tokens["k"], LEASE)
        assert not store.renew("one", "d", tokens["d"], LEASE)
        assert (state(store, "k"), state(store, "d")) == (WAIT, DEAD)

    def test_a07_no_row_is_given_to_two_owners_before_its_lease_ends(
        self, store: Store, clock: ManualClock
    ) -> None:
        """Afterwards it is, with a higher token."""
        enqueue(store, due("k"))
        (first,) = claim(store)

        clock.advance(minutes=0.5)
        assert claim(store, "other") == []
        assert store.renew("one", "k", first.token, 2 * LEASE)
        clock.advance(minutes=1.5)
        assert claim(store, "other") == []
        assert claim(store, "other", keys=["k"]) == []
        clock.advance(minutes=0.5)
        (second,) = claim(store, "other")

        assert second.token > first.token

    # -- A12, the store's own clock ----------------------------------------------------------------

    def test_a12_an_engine_whose_clock_is_ahead_takes_nobodys_lease(
        self, store: Store, clock: ManualClock
    ) -> None:
        """By its instant rows are due; by the store's clock, and by no other, leases end."""
        enqueue(store, due("k"))
        claim(store)

        assert claim(store, "other", due=NOW + FAR) == []
        assert claim(store, "other", due=NOW + FAR, keys=["k"]) == []
        clock.advance(minutes=1)
        assert claim(store, "other", due=NOW - LEASE) == []
        assert keys(claim(store, "other", due=NOW)) == ["k"]

    def test_a12_a_row_may_be_held_by_the_one_who_commits_it(
        self, store: Store, clock: ManualClock
    ) -> None:
        """Its token is then 1, and others find it when the lease is over."""
        clock.advance(minutes=7)
        enqueue(store, held("k"))

        assert claim(store, due=NOW + FAR) == []
        assert store.next_due() == clock.now() + LEASE
        assert store.renew("one", "k", 1, LEASE)
        clock.advance(minutes=1)
        (late,) = claim(store)

        assert (late.token, late.attempt) == (2, 2)
        assert not store.settle("one", Settle("k", 1, DONE))

    @pytest.mark.parametrize(
        "look", ["due", "next_due", "parked", "claim", "by key", "requeue", "withdrawal", "export"]
    )
    def test_a12_a_lease_past_its_end_counts_as_waiting_everywhere(
        self, store: Store, clock: ManualClock, look: str
    ) -> None:
        """Whoever looks first, and though nobody claimed since."""
        enqueue(store, held("k"), held("never called"))
        assert store.renew("one", "k", 1, LEASE)
        assert store.parked("one").rows == ()
        clock.advance(minutes=1)

        match look:
            case "due":
                row = parked(store, "k")
                assert (row.state, row.attempt, row.at) == (WAIT, 1, NOW)
            case "next_due":
                assert store.next_due() == store.next_due(tenant="one", asks={"email"}) == NOW
            case "parked":
                (row,) = store.parked("one").rows
                assert (row.due.key, row.state, row.attempt) == ("k", WAIT, 1)
                assert row.error == UNANSWERED
            case "claim":
                assert keys(claim(store)) == ["k", "never called"]
            case "by key":
                assert keys(claim(store, keys=["k"])) == ["k"]
            case "requeue":
                enqueue(store, requeues=(Requeue("k", NOW + FAR),))
                assert parked(store, "k").at == NOW + FAR
            case "withdrawal":
                enqueue(store, withdraws=(Withdrawal("k", held=False),))
                assert state(store, "k") is DueState.CANCELLED
            case _:
                lines = "".join(store.export("one"))
                parked(store, "k")
                assert "".join(store.export("one")) == lines

    @pytest.mark.parametrize("looked", [True, False])
    def test_a12_that_no_answer_came_is_known_when_the_row_is_handed_out_again(
        self, store: Store, clock: ManualClock, looked: bool
    ) -> None:
        """Until somebody says what became of it: it may have been done, and nobody knows."""
        enqueue(store, held("k"))
        assert store.renew("one", "k", 1, LEASE)
        clock.advance(minutes=1)
        if looked:
            assert parked(store, "k").error == UNANSWERED

        (again,) = claim(store)

        row = parked(store, "k")
        assert (row.state, row.error) == (LEASED, UNANSWERED)
        assert store.parked("one").rows == (row,)
        assert store.settle("one", Settle("k", again.token, WAIT, NOW + FAR, "busy"))
        assert parked(store, "k").error == "busy"

    def test_a12_leases_end_one_after_another(self, store: Store, clock: ManualClock) -> None:
        """Each at its own time, whatever it asks and whoever looks."""
        enqueue(store, held("long", 5 * LEASE), held("short"), task("t"))
        store.claim("me", 3 * LEASE, 1, due=NOW, tenant="one")

        ends = []
        for _ in range(3):
            at = store.next_due()
            assert at is not None
            assert claim(store, due=NOW + FAR) == []
            clock.set(at)
            ends.append((at - NOW, keys(store.claim("other", FAR, 9, due=NOW + FAR))))

        assert ends == [(LEASE, ["short"]), (3 * LEASE, ["t"]), (5 * LEASE, ["long"])]

    def test_a12_a_lease_is_lengthened_and_never_cut_short(
        self, store: Store, clock: ManualClock
    ) -> None:
        """A look before a port with less time than there is takes none away."""
        enqueue(store, held("k", 5 * LEASE))

        assert store.renew("one", "k", 1, LEASE)

        clock.advance(minutes=4)
        assert claim(store) == []
        clock.advance(minutes=1)
        assert keys(claim(store)) == ["k"]

    def test_a12_leases_outlive_the_store_that_gave_them(
        self, store: Store, clock: ManualClock, reopened: Callable[[], Store]
    ) -> None:
        """A process that comes back finds them held, and takes them when they end."""
        enqueue(store, due("k"))
        (first,) = claim(store)
        store.renew("one", "k", first.token, LEASE)

        again = reopened()

        assert claim(again) == []
        clock.advance(minutes=1)
        (second,) = claim(again)
        assert (second.token, second.attempt) == (first.token + 1, 2)

    # -- A13, calls are counted --------------------------------------------------------------------

    def test_a13_calls_are_counted_and_not_hand_outs(
        self, store: Store, clock: ManualClock
    ) -> None:
        """A worker that dies before it calls uses up no attempt; each token counts once."""
        enqueue(store, due("k"))
        attempts = []
        for calls in (0, 0, 1, 3, 0, 1):
            (one,) = claim(store)
            for _ in range(calls):
                assert store.renew("one", "k", one.token, LEASE)
            attempts.append((one.attempt, parked(store, "k").attempt))
            clock.advance(minutes=2)

        assert attempts == [(1, 0), (1, 0), (1, 1), (2, 2), (3, 2), (3, 3)]

    def test_a13_a_call_of_a_row_that_is_over_is_refused(self, store: Store) -> None:
        """So is that of one that there never was."""
        enqueue(store, due("k"))
        (one,) = claim(store)
        store.settle("one", Settle("k", one.token, DONE))

        assert not store.renew("one", "k", one.token, LEASE)
        assert not store.renew("one", "nobody knows this one", 1, timedelta(hours=1))
