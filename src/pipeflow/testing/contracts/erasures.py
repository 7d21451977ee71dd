"""The contract of what leaves: histories that go, due rows of jobs, and what stays known of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ...errors import ConflictError
from ...ports import Changes, DueState, Over, Query, RowKey, Settle, Store
from .histories import texts, write
from .making import (
    FAR,
    LEASE,
    NOW,
    ONE,
    A,
    B,
    chapter,
    claim,
    due,
    enqueue,
    held,
    job,
    keys,
    log,
    put,
    state,
    stored,
    timer,
)
from .suite import StoreSuite

__all__ = ["ErasuresContract"]

TOMB = Over("gone", "job-1", DueState.CANCELLED)


class ErasuresContract(StoreSuite):
    """The rule A15 of `pipeflow.ports.store`."""

    # -- histories -------------------------------------------------------------------------------

    @pytest.mark.parametrize("tenant", [None, "one"])
    def test_a15_what_is_erased_is_told_nowhere(self, store: Store, tenant: str | None) -> None:
        """Neither in the row's own history nor in the feed, from either end; the others stay."""
        store.commit(Changes("one", {}, log={A: (chapter("a"),), B: (chapter("b"),)}))
        store.commit(Changes("two", {}, log={A: (chapter("theirs"),)}))
        write(store, "c d")

        store.commit(Changes("one", {}, erases=(A,)))

        theirs = [] if tenant else ["theirs"]
        assert log(store, A) == ()
        assert log(store, B) == (chapter("b"),)
        assert log(store, A, "two") == (chapter("theirs"),)
        assert store.histories("one", (A, B)) == (chapter("b"),)
        assert texts(store.feed(tenant=tenant)) == ["b", *theirs]
        assert texts(store.feed(tenant=tenant, newest=True)) == [*theirs, "b"]
        assert texts(store.feed(tenant=tenant, limit=1)) == ["b"]

    def test_a15_what_the_erasing_commit_logs_stays(self, store: Store) -> None:
        """So that it is told that something went, and in which order."""
        write(store, "a b")

        store.commit(Changes("one", {}, erases=(A,), log={A: (chapter("went"),)}))
        write(store, "c")

        assert log(store, A) == (chapter("went"), chapter("c"))
        assert texts(store.feed()) == ["went", "c"]

    def test_a15_whoever_follows_the_feed_goes_on_where_it_was(self, store: Store) -> None:
        """Also where what it read last is no longer there."""
        write(store, "a b c")
        first = store.feed(limit=2)

        store.commit(Changes("one", {}, erases=(A,), log={B: (chapter("went"),)}))
        later = store.feed(after=first.next)

        assert texts(later) == ["went"]

    def test_a15_a_refused_commit_erases_nothing(self, store: Store) -> None:
        """All or nothing, as ever."""
        write(store, "a")
        enqueue(store, due("k"))

        with pytest.raises(ConflictError):
            store.commit(Changes("one", {A: 7}, erases=(A,), cancels_of=("job-1",), tombs=(TOMB,)))

        assert log(store, A) == (chapter("a"),)
        assert state(store, "k") is DueState.WAIT
        assert store.due("one", "gone") is None

    # -- the due rows of a job -------------------------------------------------------------------

    def test_a15_all_due_rows_of_a_job_are_over(self, store: Store) -> None:
        """Waiting, held, dead, requests and timers; those of other jobs and firms are not."""
        enqueue(
            store, due("wait"), timer("timer", NOW + FAR), held("held"), due("dead", no=1),
            due("other", no=2, job="job-2"),
        )  # fmt: skip
        (dead,) = claim(store, keys=["dead"])
        store.settle("one", Settle("dead", dead.token, DueState.DEAD, NOW, "never"))
        enqueue(store, due("wait"), tenant="two")

        enqueue(store, cancels_of=("job-1", "job-9"), at=NOW)

        gone = [state(store, key) for key in ("wait", "timer", "held", "dead")]
        assert gone == [DueState.CANCELLED] * 4
        assert store.due("one", "held") == Over("held", "job-1", DueState.CANCELLED)
        assert (state(store, "other"), state(store, "wait", "two")) == (DueState.WAIT,) * 2
        assert store.parked("one").rows == ()
        assert keys(claim(store, due=NOW + FAR)) == ["other"]

    def test_a15_whoever_holds_such_a_row_has_lost_it(self, store: Store) -> None:
        """It must not be called any more, and what became of it is not heard."""
        enqueue(store, held("held"), due("done", no=1))
        (done,) = claim(store)
        store.settle("one", Settle("done", done.token, DueState.DONE))

        enqueue(store, cancels_of=("job-1",), at=NOW)

        assert not store.renew("one", "held", 1, LEASE)
        assert not store.settle("one", Settle("held", 1, DueState.DONE))
        assert state(store, "done") is DueState.DONE

    # -- what stays known ------------------------------------------------------------------------

    def test_a15_a_tomb_is_known_until_it_is_pruned(self, store: Store) -> None:
        """By its key alone, and it is never due."""
        enqueue(store, tombs=(TOMB,), at=NOW)

        assert store.due("one", "gone") == TOMB
        assert store.due("two", "gone") is None
        assert claim(store, keys=["gone"]) == []
        assert store.next_due() is None
        enqueue(store, due("gone"))
        assert store.due("one", "gone") == TOMB
        assert store.prune("one", NOW) == 0
        assert store.prune("one", NOW + timedelta(seconds=1)) == 1
        assert store.due("one", "gone") is None

    def test_a15_a_key_that_is_known_stays_as_it_is(self, store: Store) -> None:
        """Nothing that waits is buried, and what is over is forgotten when it would have been."""
        enqueue(store, due("k"))
        enqueue(store, tombs=(TOMB, Over("k", "job-1", DueState.CANCELLED)), at=NOW)
        enqueue(store, tombs=(TOMB,), at=NOW + LEASE)

        assert state(store, "k") is DueState.WAIT
        assert store.prune("one", NOW + LEASE) == 1

    # -- as a whole ------------------------------------------------------------------------------

    def test_a15_what_a_commit_deletes_is_not_in_its_way(self, store: Store) -> None:
        """A query that must find nothing looks at what is left."""
        mine = Query("job", (("account", "ada"),))
        j1, j2 = RowKey("job", "j1"), RowKey("job", "j2")
        put(store, job("j1"), job("j2"), job("j3", "bob"))

        with pytest.raises(ConflictError):
            store.commit(Changes("one", {j1: 1}, deletes=(j1,), none=(mine,)))
        with pytest.raises(ConflictError):
            store.commit(Changes("one", {j1: 1, A: 0}, {A: ONE}, deletes=(j1,), none=(mine,)))
        store.commit(Changes("one", {j1: 1, j2: 1}, deletes=(j1, j2), none=(mine,)))

        assert stored(store, j1) is None
        assert [key.id for key, _ in store.find("one", Query("job")).rows] == ["j3"]

    def test_a15_an_export_tells_nothing_of_what_left(self, store: Store, other: Store) -> None:
        """And what is restored of it is the same, byte for byte."""
        write(store, "secret")
        enqueue(store, due("k"), held("held"), log={B: (chapter("b"),)}, at=NOW)
        enqueue(store, erases=(A,), cancels_of=("job-1",), tombs=(TOMB,), at=NOW)

        lines = [*store.export("one")]
        other.restore(lines)

        assert "secret" not in "".join(lines)
        assert "ada@example.com" not in "".join(lines)
        assert [*other.export("one")] == lines
        assert other.due("one", "gone") == TOMB
        assert texts(other.feed()) == ["b"]

    def test_a15_a_firm_of_which_all_is_gone_can_come_again(self, store: Store) -> None:
        """Nothing stands in the way of its export."""
        write(store, "a b")
        lines = [*store.export("one")]
        store.commit(Changes("one", {}, erases=(A,)))

        assert [*store.tenants()] == []
        store.restore(lines)

        assert texts(store.feed(tenant="one")) == ["a", "b"]
        assert [*store.export("one")] == lines
