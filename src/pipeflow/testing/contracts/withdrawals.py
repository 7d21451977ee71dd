"""The contract of withdrawals and of second tries: what a commit does to rows that wait."""

from __future__ import annotations

import pytest

from ...errors import ConflictError, LeaseLostError
from ...ports import Changes, DueState, Requeue, Settle, Store, Withdrawal
from ..clock import ManualClock
from .making import FAR, LEASE, NOW, ONE, A, claim, due, enqueue, keys, parked, state, stored
from .suite import StoreSuite

__all__ = ["WithdrawalsContract"]

DONE, DEAD, WAIT, LEASED = DueState.DONE, DueState.DEAD, DueState.WAIT, DueState.LEASED
CANCELLED = DueState.CANCELLED
HELD, FREE = (Withdrawal("k", held=True),), (Withdrawal("k", held=False),)


class WithdrawalsContract(StoreSuite):
    """What the rules A5, A6 and A12 of `pipeflow.ports.store` mean for withdrawals and requeues."""

    # -- withdrawing -------------------------------------------------------------------------------

    @pytest.mark.parametrize("before", [WAIT, DEAD])
    def test_a05_what_nobody_holds_is_over_when_it_is_withdrawn(
        self, store: Store, before: DueState
    ) -> None:
        """Also what waits for a person."""
        enqueue(store, due("k"))
        if before is DEAD:
            store.settle("one", Settle("k", claim(store)[0].token, DEAD, NOW, "never"))

        enqueue(store, withdraws=FREE)

        assert state(store, "k") is CANCELLED
        assert store.parked("one").rows == ()
        assert claim(store, due=NOW + FAR) == []

    def test_a05_what_somebody_holds_is_marked_when_it_is_withdrawn(self, store: Store) -> None:
        """The look before the port says so; it is not taken out of anybody's hands."""
        enqueue(store, due("k"))
        (held,) = claim(store)

        enqueue(store, withdraws=HELD)

        row = parked(store, "k")
        assert (row.state, row.withdrawn, row.attempt) == (LEASED, True, 0)
        assert not store.renew("one", "k", held.token, LEASE)
        assert parked(store, "k").attempt == 0
        assert claim(store) == []

    def test_a05_what_a_port_has_in_hand_may_still_be_done(self, store: Store) -> None:
        """It was withdrawn too late, and its receipt is kept."""
        enqueue(store, due("k"))
        (held,) = claim(store)
        store.renew("one", "k", held.token, LEASE)
        enqueue(store, withdraws=HELD)

        store.commit(Changes("one", {}, settles=(Settle("k", held.token, DONE),)))

        assert state(store, "k") is DONE

    @pytest.mark.parametrize("became", [WAIT, DEAD, CANCELLED])
    @pytest.mark.parametrize("inside", [True, False])
    def test_a05_what_was_withdrawn_and_failed_is_over(
        self, store: Store, became: DueState, inside: bool
    ) -> None:
        """Nobody tries it again, and nobody is asked about it."""
        enqueue(store, due("k"))
        (held,) = claim(store)
        enqueue(store, withdraws=HELD)
        settle = Settle("k", held.token, became, NOW + LEASE, "down")

        if inside:
            enqueue(store, settles=(settle,))
        else:
            assert store.settle("one", settle)

        assert state(store, "k") is CANCELLED
        assert store.parked("one").rows == ()
        assert store.next_due() is None

    @pytest.mark.parametrize("became", [WAIT, DEAD, CANCELLED])
    @pytest.mark.parametrize("inside", [True, False])
    def test_a05_what_was_withdrawn_is_over_by_an_answer_that_comes_late_too(
        self, store: Store, clock: ManualClock, became: DueState, inside: bool
    ) -> None:
        """Its lease has ended and nobody took it since, so its token is current."""
        enqueue(store, due("k"))
        (held,) = claim(store)
        enqueue(store, withdraws=HELD)
        clock.advance(minutes=2)
        assert parked(store, "k").state is WAIT
        settle = Settle("k", held.token, became, NOW + FAR, "down")

        if inside:
            enqueue(store, settles=(settle,))
        else:
            assert store.settle("one", settle)

        assert state(store, "k") is CANCELLED
        assert store.next_due() is None
        assert claim(store, due=NOW + 2 * FAR) == []

    def test_a05_what_was_withdrawn_and_never_answered_is_handed_out_once_more(
        self, store: Store, clock: ManualClock
    ) -> None:
        """Marked, so that its end can be told; its port is not called, and nobody must mend it."""
        enqueue(store, due("k"))
        (held,) = claim(store)
        store.renew("one", "k", held.token, LEASE)
        enqueue(store, withdraws=HELD)
        clock.advance(minutes=1)

        assert store.parked("one").rows == ()
        assert store.next_due() == NOW
        (again,) = claim(store)

        assert (held.withdrawn, again.withdrawn) == (False, True)
        assert not store.renew("one", "k", again.token, LEASE)
        assert store.settle("one", Settle("k", again.token, CANCELLED))
        assert state(store, "k") is CANCELLED

    @pytest.mark.parametrize("withdraws", [HELD, FREE])
    @pytest.mark.parametrize("became", [WAIT, LEASED, DONE, CANCELLED])
    def test_a05_a_row_that_changed_hands_is_looked_at_again(
        self, store: Store, became: DueState, withdraws: tuple[Withdrawal, ...]
    ) -> None:
        """Whether somebody holds it is what the commit rests on; else a receipt would be lost."""
        enqueue(store, due("k"))
        if became in {LEASED, DONE}:
            (held,) = claim(store)
            if became is DONE:
                store.settle("one", Settle("k", held.token, DONE))
        if became is CANCELLED:
            enqueue(store, cancels=("k",))
        right = became in {WAIT, LEASED} and withdraws[0].held is (became is LEASED)

        if right:
            enqueue(store, withdraws=withdraws)
            return
        with pytest.raises(ConflictError):
            store.commit(Changes("one", {A: 0}, {A: ONE}, withdraws=withdraws))

        assert state(store, "k") is became
        assert stored(store, A) is None

    @pytest.mark.parametrize("what", ["settles", "withdraws", "wanted"])
    def test_a06_of_several_rows_each_is_looked_at(self, store: Store, what: str) -> None:
        """The last of them was taken up, or is over: nothing of the commit is written."""
        enqueue(store, due("k"), due("last"))
        first, last = claim(store)
        store.settle("one", Settle("last", last.token, DONE))
        wanted = {
            "settles": (Settle("k", first.token, DONE), Settle("last", last.token, DONE)),
            "withdraws": (Withdrawal("k", held=True), Withdrawal("last", held=True)),
            "wanted": ("k", "last"),
        }

        with pytest.raises((ConflictError, LeaseLostError)):
            store.commit(Changes("one", {A: 0}, {A: ONE}, **{what: wanted[what]}))  # type: ignore[arg-type]

        assert (state(store, "k"), stored(store, A)) == (LEASED, None)

    def test_a12_a_lease_that_ended_holds_nothing(self, store: Store, clock: ManualClock) -> None:
        """What was held when it was looked at is a conflict; looked at again, it is over."""
        enqueue(store, due("k"))
        (held,) = claim(store)
        clock.advance(minutes=1)

        with pytest.raises(ConflictError):
            enqueue(store, withdraws=HELD)
        enqueue(store, withdraws=FREE)

        assert state(store, "k") is CANCELLED
        assert not store.settle("one", Settle("k", held.token, DONE))

    # -- wanting after all -------------------------------------------------------------------------

    def test_a05_what_is_wanted_after_all_is_marked_no_longer(self, store: Store) -> None:
        """Whoever holds it may ask its port, as if it had never been withdrawn."""
        enqueue(store, due("k"), due("other", no=1))
        held, _ = claim(store)
        enqueue(store, withdraws=(*HELD, Withdrawal("other", held=True)))

        enqueue(store, wanted=("k",))

        row = parked(store, "k")
        assert (row.state, row.withdrawn, row.token) == (LEASED, False, held.token)
        assert parked(store, "other").withdrawn
        assert store.renew("one", "k", held.token, LEASE)
        assert store.settle("one", Settle("k", held.token, WAIT, NOW, "down"))
        assert (state(store, "k"), keys(claim(store))) == (WAIT, ["k"])

    def test_a05_what_is_wanted_after_all_comes_again_when_its_lease_has_ended(
        self, store: Store, clock: ManualClock
    ) -> None:
        """Also where it had ended before: then it waits, and nobody was told that it is over."""
        enqueue(store, due("k"), due("late", no=1))
        for one in claim(store):
            store.renew("one", one.due.key, one.token, LEASE)
        enqueue(store, withdraws=(*HELD, Withdrawal("late", held=True)))
        enqueue(store, wanted=("k",))
        clock.advance(minutes=1)
        enqueue(store, wanted=("late",))

        again = claim(store)

        assert [(one.due.key, one.withdrawn, one.attempt) for one in again] == [
            ("k", False, 2),
            ("late", False, 2),
        ]
        assert all(store.renew("one", one.due.key, one.token, LEASE) for one in again)

    def test_a05_what_was_not_withdrawn_stays_as_it_is(self, store: Store) -> None:
        """It is wanted anyway."""
        enqueue(store, due("k"))
        before = parked(store, "k")

        enqueue(store, wanted=("k",))

        assert parked(store, "k") == before

    def test_a05_what_is_over_is_not_wanted_again(self, store: Store) -> None:
        """Somebody let it go meanwhile, so that whoever wants it looks again."""
        enqueue(store, due("k"))
        (held,) = claim(store)
        enqueue(store, withdraws=HELD)
        store.settle("one", Settle("k", held.token, CANCELLED))

        for key in ("k", "nobody knows this one"):
            with pytest.raises(ConflictError):
                store.commit(Changes("one", {A: 0}, {A: ONE}, wanted=(key,)))

        assert state(store, "k") is CANCELLED
        assert stored(store, A) is None

    # -- trying again ------------------------------------------------------------------------------

    @pytest.mark.parametrize("before", [WAIT, DEAD])
    def test_a13_a_second_try_forgets_the_calls_that_were_made(
        self, store: Store, before: DueState
    ) -> None:
        """It is due when the commit says, and as deep as the command that asked for it."""
        enqueue(store, due("k"))
        (first,) = claim(store)
        store.renew("one", "k", first.token, LEASE)
        store.settle("one", Settle("k", first.token, before, NOW + FAR, "down"))

        enqueue(store, requeues=(Requeue("k", NOW + LEASE, 3),))

        row = parked(store, "k")
        assert (row.state, row.attempt, row.at, row.due.depth) == (WAIT, 0, NOW + LEASE, 3)
        assert claim(store) == []
        assert store.next_due() == NOW + LEASE
        (again,) = claim(store, due=NOW + LEASE)
        assert (again.attempt, again.due.depth) == (1, 3)
        assert again.token > first.token
        assert again.due.action == due("k").action

    @pytest.mark.parametrize("before", [WAIT, DEAD])
    def test_a13_a_second_try_keeps_its_error_and_its_place_among_what_failed(
        self, store: Store, before: DueState
    ) -> None:
        """Until it is done, whoever looks for failures finds it, and reads what came of it last."""
        enqueue(store, due("first"), due("k", no=1), due("last", no=2))
        for one in claim(store):
            again = Settle(one.due.key, one.token, before, NOW + FAR, f"down: {one.due.key}")
            store.settle("one", again)

        enqueue(store, requeues=(Requeue("k", NOW + 2 * FAR),))

        assert parked(store, "k").error == "down: k"
        rows = store.parked("one").rows
        assert [(one.due.key, one.state, one.error) for one in rows] == [
            ("first", before, "down: first"),
            ("k", WAIT, "down: k"),
            ("last", before, "down: last"),
        ]
        assert store.parked("one", job="job-1").rows == rows
        (again_held,) = claim(store, keys=["k"])
        assert store.parked("one").rows[1].error == "down: k"
        assert store.settle("one", Settle("k", again_held.token, DONE))
        assert [one.due.key for one in store.parked("one").rows] == ["first", "last"]

    def test_a13_what_never_failed_is_no_failure_when_it_is_asked_for_earlier(
        self, store: Store
    ) -> None:
        """A requeue moves its instant, and tells nothing of it."""
        enqueue(store, due("k", NOW + FAR))

        enqueue(store, requeues=(Requeue("k", NOW),))

        assert (parked(store, "k").error, store.parked("one").rows) == ("", ())
        assert keys(claim(store)) == ["k"]

    def test_a13_who_let_a_lease_end_before_a_second_try_holds_the_row_no_longer(
        self, store: Store, clock: ManualClock
    ) -> None:
        """Somebody said meanwhile when it is to be tried; no port is called for it before that."""
        enqueue(store, due("k"))
        (first,) = claim(store)
        clock.advance(minutes=2)

        enqueue(store, requeues=(Requeue("k", NOW + FAR),))

        assert not store.renew("one", "k", first.token, LEASE)
        assert claim(store) == []

    def test_a06_a_second_try_goes_with_its_commit(self, store: Store) -> None:
        """Where it is refused, nothing of the commit is written."""
        enqueue(store, due("k"), due("held"), due("over"))
        claims = {one.due.key: one for one in claim(store)}
        store.settle("one", Settle("k", claims["k"].token, DEAD, NOW, "never"))
        store.settle("one", Settle("over", claims["over"].token, DONE))

        for key in ("held", "over", "nobody knows this one"):
            both = (Requeue("k", NOW), Requeue(key, NOW))
            with pytest.raises(ConflictError):
                store.commit(Changes("one", {A: 0}, {A: ONE}, requeues=both))
        assert state(store, "k") is DEAD
        assert stored(store, A) is None
        store.commit(Changes("one", {A: 0}, {A: ONE}, requeues=(Requeue("k", NOW),)))

        assert stored(store, A) is not None
        assert keys(claim(store)) == ["k"]
        assert not store.renew("one", "k", claims["k"].token, LEASE)
