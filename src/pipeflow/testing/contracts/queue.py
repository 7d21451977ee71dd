"""The contract of stores, second half: due rows, claims, leases, retries."""

from __future__ import annotations

import threading

import pytest

from ...errors import LeaseLostError
from ...ports import Changes, Due, DueState, ReminderTimer, Settle, Store, Stored
from .making import LEASE, NOW, ONE, TWO, A, claim, due, email, enqueue, keys

__all__ = ["QueueContract"]


class QueueContract:
    """The rules A4 to A7 of `pipeflow.ports.store`."""

    @pytest.fixture
    def store(self) -> Store:
        """Return an empty store; to be overridden."""
        raise NotImplementedError("override the fixture `store` with one that makes your store")

    # -- A4, a due key is inserted once, for ever --------------------------------------------------

    @pytest.mark.parametrize(
        "state", [DueState.WAIT, DueState.LEASED, DueState.DONE, DueState.DEAD]
    )
    def test_a04_a_due_key_is_inserted_once_whatever_became_of_it(
        self, store: Store, state: DueState
    ) -> None:
        """An existing one is left alone."""
        enqueue(store, due("k"))
        claims = claim(store) if state is not DueState.WAIT else []
        if state in {DueState.DONE, DueState.DEAD}:
            assert store.settle("one", Settle("k", claims[0].token, state))

        enqueue(store, due("k", NOW - LEASE))

        assert store.due_state("one", "k") is state
        assert keys(claim(store)) == (["k"] if state is DueState.WAIT else [])

    def test_a04_a_cancelled_key_never_comes_back(self, store: Store) -> None:
        """What nobody wanted any more is not asked for by a repeat."""
        enqueue(store, due("k"))
        enqueue(store, cancels=("k",))

        enqueue(store, due("k"))

        assert store.due_state("one", "k") is DueState.CANCELLED
        assert claim(store) == []

    def test_a04_a_row_may_be_held_by_the_one_who_commits_it(self, store: Store) -> None:
        """Its token is then 1, and others find it when the lease is over."""
        held = Due("k", NOW, 0, email("k"), "job-1", 0, "me", NOW + LEASE)
        enqueue(store, held)

        early, late = claim(store), claim(store, NOW + LEASE)

        assert early == []
        assert [(one.token, one.attempt) for one in late] == [(2, 2)]
        assert not store.settle("one", Settle("k", 1, DueState.DONE))

    # -- A5, cancelling ----------------------------------------------------------------------------

    @pytest.mark.parametrize("state", [DueState.WAIT, DueState.LEASED, DueState.DEAD])
    def test_a05_what_is_not_over_can_be_cancelled(self, store: Store, state: DueState) -> None:
        """A later settle of the claim returns False and changes nothing."""
        enqueue(store, due("k"))
        claims = claim(store) if state is not DueState.WAIT else []
        if state is DueState.DEAD:
            store.settle("one", Settle("k", claims[0].token, state, NOW, "down"))

        enqueue(store, cancels=("k", "nobody knows this one"))

        assert store.due_state("one", "k") is DueState.CANCELLED
        assert store.due("one", "k") is None
        assert claim(store, NOW + 9 * LEASE) == []
        assert store.parked("one") == ()
        for one in claims:
            assert not store.settle("one", Settle("k", one.token, DueState.DONE))
        assert not store.requeue("one", "k", NOW)

    def test_a05_what_is_over_stays_as_it_is(self, store: Store) -> None:
        """A delivered request was delivered."""
        enqueue(store, due("k"))
        store.settle("one", Settle("k", claim(store)[0].token, DueState.DONE))

        enqueue(store, cancels=("k",))

        assert store.due_state("one", "k") is DueState.DONE

    # -- A6, settling inside a commit --------------------------------------------------------------

    def test_a06_a_settle_inside_a_commit_goes_with_it(self, store: Store) -> None:
        """With the current token the row is over and the rest is written."""
        enqueue(store, due("k"))
        (held,) = claim(store)

        done = Settle("k", held.token, DueState.DONE)
        store.commit(Changes("one", {A: 0}, {A: ONE}, settles=(done,)))

        assert store.due_state("one", "k") is DueState.DONE
        with pytest.raises(LeaseLostError):
            store.commit(Changes("one", {A: 1}, {A: TWO}, settles=(done,)))
        assert store.load("one", A) == Stored(1, ONE)

    def test_a06_an_old_token_settles_nothing(self, store: Store) -> None:
        """Whoever took the row over is the one who says what became of it."""
        enqueue(store, due("k"))
        (old,) = claim(store)
        (new,) = claim(store, NOW + LEASE, "other")

        assert new.token > old.token
        assert not store.settle("one", Settle("k", old.token, DueState.DONE))
        assert not store.renew("one", "k", old.token, NOW + 9 * LEASE)
        assert store.settle("one", Settle("k", new.token, DueState.DONE))
        assert store.due_state("one", "k") is DueState.DONE

    # -- A7, claiming ------------------------------------------------------------------------------

    def test_a07_no_row_is_given_to_two_owners_before_its_lease_ends(self, store: Store) -> None:
        """Afterwards it is, with a higher token and one attempt more."""
        enqueue(store, due("k"))
        (first,) = claim(store)

        assert claim(store, NOW + LEASE / 2, "other") == []
        assert store.renew("one", "k", first.token, NOW + 2 * LEASE)
        assert claim(store, NOW + LEASE, "other") == []
        (second,) = claim(store, NOW + 2 * LEASE, "other")
        assert (first.token, first.attempt) == (1, 1)
        assert (second.token, second.attempt) == (2, 2)

    def test_a07_rows_come_in_the_order_of_instant_place_tenant_and_key(self, store: Store) -> None:
        """Nothing that is not due comes at all, and the limit cuts the later ones off."""
        enqueue(store, due("d", no=1), due("c"), due("e", NOW + LEASE), due("a", NOW - LEASE, 7))
        enqueue(store, due("b"), tenant="two")
        enqueue(store, due("b"))

        claims = store.claim(NOW, "me", LEASE, 4)
        rest = store.claim(NOW, "me", LEASE, 4)

        assert [(one.tenant, one.due.key) for one in (*claims, *rest)] == [
            ("one", "a"), ("one", "b"), ("one", "c"), ("two", "b"), ("one", "d"),
        ]  # fmt: skip

    def test_a07_many_at_once_never_share_a_row(self, store: Store) -> None:
        """However many owners claim in parallel."""
        enqueue(store, *(due(f"k{n:03}") for n in range(60)))
        taken: list[str] = []
        barrier = threading.Barrier(4)

        def take(owner: str) -> None:
            barrier.wait()
            while claims := claim(store, owner=owner, limit=3):
                taken.extend(keys(claims))

        threads = [threading.Thread(target=take, args=(f"o{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(taken) == [f"k{n:03}" for n in range(60)]

    def test_a07_rows_can_be_asked_for_by_key_or_without_requests(self, store: Store) -> None:
        """By key whether or not they are due; timers alone for hosts that deliver themselves."""
        timer = Due("t", NOW, 0, ReminderTimer("job-1", "job-1/1", 1), "job-1")
        enqueue(store, due("k"), due("later", NOW + 9 * LEASE), timer)

        timers = store.claim(NOW, "me", LEASE, 9, tenant="one", timers_only=True)
        named = store.claim(NOW, "me", LEASE, 9, tenant="one", keys=["later", "t", "none"])

        assert keys(timers) == ["t"]
        assert keys(named) == ["later"]
        assert [due.key for due in store.waiting("one", NOW)] == ["k"]

    def test_a07_a_retry_waits_and_a_dead_row_waits_for_a_person(self, store: Store) -> None:
        """Both are parked, with their attempts and their error; requeued they come again."""
        enqueue(store, due("k"), due("d", no=1))
        first, second = claim(store)
        later = NOW + 5 * LEASE
        assert store.settle("one", Settle("k", first.token, DueState.WAIT, later, "busy"))
        assert store.settle("one", Settle("d", second.token, DueState.DEAD, NOW, "never"))

        parked = {one.due.key: (one.state, one.attempt, one.error) for one in store.parked("one")}
        early, retried = claim(store, NOW + LEASE), claim(store, later)
        again = store.requeue("one", "d", later)

        assert parked == {"k": (DueState.WAIT, 1, "busy"), "d": (DueState.DEAD, 1, "never")}
        assert early == []
        assert [(one.due.key, one.attempt) for one in retried] == [("k", 2)]
        assert again
        assert [(one.due.key, one.attempt) for one in claim(store, later)] == [("d", 1)]
        assert not store.requeue("one", "d", NOW)
        assert not store.requeue("one", "nobody knows this one", NOW)

    def test_a07_the_next_instant_is_that_of_a_row_or_of_a_lease(self, store: Store) -> None:
        """At which `claim` would find something; None where nothing waits."""
        assert store.next_due() is None
        enqueue(store, due("late", NOW + 9 * LEASE), due("k"))
        assert store.next_due() == store.next_due(tenant="one") == NOW
        (held,) = claim(store)
        assert store.next_due(tenant="one") == NOW + LEASE
        assert store.settle("one", Settle("k", held.token, DueState.DONE))
        assert store.next_due(tenant="one") == NOW + 9 * LEASE
        assert store.next_due(tenant="two") is None

    def test_what_is_over_may_be_forgotten(self, store: Store) -> None:
        """Only what ended before the instant, and never what still waits."""
        enqueue(store, due("done"), due("waits", no=1))
        store.settle("one", Settle("done", claim(store, limit=1)[0].token, DueState.DONE))

        assert store.prune("one", NOW - LEASE) == 0
        assert store.prune("two", NOW + LEASE) == 0
        assert store.prune("one", NOW + LEASE) == 1
        assert store.due_state("one", "waits") is DueState.WAIT
