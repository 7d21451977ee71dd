"""The contract of commits: all or nothing, versions, commands, tenants, and who sees what."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from ...errors import ConflictError, DuplicateCommandError, LeaseLostError
from ...model.accounts import Account, Member
from ...ports import (
    CarriedOut,
    Changes,
    DueState,
    Query,
    Requeue,
    RowKey,
    Settle,
    Store,
    Stored,
    Withdrawal,
)
from .making import (
    ANSWER,
    AT_WORK,
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
    job,
    keys,
    log,
    put,
    state,
    stored,
)
from .suite import StoreSuite

__all__ = ["CommitsContract"]


class CommitsContract(StoreSuite):
    """The rules A1 to A3 and A8 to A11 of `pipeflow.ports.store`."""

    # -- A1, all or nothing ------------------------------------------------------------------------

    def test_a01_a_commit_writes_everything(self, store: Store) -> None:
        """Rows, due rows, history and the command's answer; and it says that it is done."""
        done = store.commit(
            Changes(
                "one",
                {A: 0},
                {A: ONE},
                (due("k"),),
                log={A: (chapter(),)},
                command_id="c",
                result=ANSWER,
                at=NOW,
            )
        )

        assert done is True
        assert stored(store, A) == Stored(1, ONE)
        assert log(store, A) == (chapter(),)
        assert store.read("one", (), command_id="c").result == Stored(1, ANSWER)
        assert state(store, "k") is DueState.WAIT

    @pytest.mark.parametrize(
        ("refusal", "changes"),
        [
            (ConflictError, {"expect": {A: 7, B: 0}}),
            (ConflictError, {"expect": {A: 0, B: 0}}),
            (DuplicateCommandError, {"command_id": "known"}),
            (LeaseLostError, {"settles": (Settle("held", 7, DueState.DONE),)}),
            (LeaseLostError, {"settles": (Settle("nobody knows it", 1, DueState.DONE),)}),
            (ConflictError, {"withdraws": (Withdrawal("held", held=False),)}),
            (ConflictError, {"requeues": (Requeue("held", NOW),)}),
            (ConflictError, {"wanted": ("nobody knows this one",)}),
            (ConflictError, {"none": (Query("member"),)}),
        ],
    )
    def test_a01_a_refused_commit_writes_nothing(
        self, store: Store, refusal: type[Exception], changes: dict[str, Any]
    ) -> None:
        """Whatever the reason, none of its parts is there afterwards."""
        store.commit(Changes("one", {A: 0}, {A: ONE}, (due("held"),), command_id="known"))
        (held,) = claim(store)
        parts = {
            "expect": {B: 0},
            "puts": {B: TWO},
            "dues": (due("k"),),
            "log": {B: (chapter(),)},
            "cancels": ("held",),
            "deletes": (),
            "command_id": "c",
        }

        with pytest.raises(refusal):
            store.commit(Changes("one", **{**parts, **changes}))

        assert stored(store, A) == Stored(1, ONE)
        assert stored(store, B) is None
        assert log(store, B) == ()
        assert store.feed().rows == ()
        assert state(store, "k") is None
        assert state(store, "held") is DueState.LEASED
        assert store.read("one", (), command_id="c").result is None
        assert store.settle("one", Settle("held", held.token, DueState.DONE))

    def test_a01_a_put_that_expects_nothing_writes_nothing(self, store: Store) -> None:
        """Each row put must be expected; that it was forgotten is found before anything is kept."""
        with pytest.raises(Exception):  # noqa: B017  (a store may say it in its own words)
            store.commit(Changes("one", {A: 0}, {A: ONE, B: TWO}))

        assert store.read("one", (A, B)).rows == {}

    def test_a01_a_row_is_settled_once_in_a_commit(self, store: Store) -> None:
        """Twice is a mistake, and nothing of it is written."""
        enqueue(store, due("k"))
        (held,) = claim(store)
        done = Settle("k", held.token, DueState.DONE)

        with pytest.raises(Exception):  # noqa: B017  (a store may say it in its own words)
            store.commit(Changes("one", {A: 0}, {A: ONE}, settles=(done, done)))

        assert state(store, "k") is DueState.LEASED
        assert stored(store, A) is None

    # -- A2, every expectation is checked ----------------------------------------------------------

    def test_a02_versions_count_from_one_without_a_gap(self, store: Store) -> None:
        """A new version is the expected one plus 1."""
        for version in range(4):
            store.commit(Changes("one", {A: version}, {A: Member(f"M{version}")}))
            assert stored(store, A) == Stored(version + 1, Member(f"M{version}"))

    @pytest.mark.parametrize("expected", [0, 2, 9])
    def test_a02_the_first_writer_wins(self, store: Store, expected: int) -> None:
        """Any other version than the stored one is refused."""
        store.commit(Changes("one", {A: 0}, {A: ONE}))

        with pytest.raises(ConflictError):
            store.commit(Changes("one", {A: expected}, {A: TWO}))

        assert stored(store, A) == Stored(1, ONE)

    def test_a02_rows_that_were_only_read_are_checked_too(self, store: Store) -> None:
        """Also that there still is none."""
        store.commit(Changes("one", {A: 0}, {A: ONE}))

        for expect in ({A: 0, B: 0}, {A: 2, B: 0}):
            with pytest.raises(ConflictError):
                store.commit(Changes("one", expect, {B: TWO}))
        store.commit(Changes("one", {A: 1, B: 0}, {B: TWO}))

        assert store.read("one", (A, B)).rows == {A: Stored(1, ONE), B: Stored(1, TWO)}

    def test_a02_of_many_writers_at_once_one_wins_each_version(self, store: Store) -> None:
        """No update is lost: as many versions as commits that were not refused."""
        store.commit(Changes("one", {A: 0}, {A: Member("M0")}))
        won: list[int] = []

        def write() -> None:
            while len(won) < 40:
                version = (stored(store, A) or Stored(0, None)).version
                try:
                    store.commit(Changes("one", {A: version}, {A: Member(f"M{version}")}))
                except ConflictError:
                    continue
                won.append(version)

        at_once(write, write, write, write)

        assert sorted(won) == list(range(1, len(won) + 1))
        assert (stored(store, A) or Stored(0, None)).version == len(won) + 1

    def test_a02_a_deleted_row_is_gone(self, store: Store) -> None:
        """It is expected as absent from then on."""
        store.commit(Changes("one", {A: 0, B: 0}, {A: ONE, B: TWO}))

        store.commit(Changes("one", {A: 1}, deletes=(A,)))

        assert store.read("one", (A, B)).rows == {B: Stored(1, TWO)}
        assert [key for key, _ in store.find("one", Query("member")).rows] == [B]
        assert store.ids("one", "member") == ("b",)
        with pytest.raises(ConflictError):
            store.commit(Changes("one", {A: 1}, {A: TWO}))

    def test_a02_a_row_that_comes_again_goes_on_with_its_versions(self, store: Store) -> None:
        """So a writer who still knows the old row does not win."""
        store.commit(Changes("one", {A: 0}, {A: ONE}))
        store.commit(Changes("one", {A: 1}, {A: ONE}))
        store.commit(Changes("one", {A: 2}, deletes=(A,)))

        store.commit(Changes("one", {A: 0}, {A: TWO}))

        assert stored(store, A) == Stored(3, TWO)
        store.commit(Changes("one", {A: 3}, deletes=(A,)))
        store.commit(Changes("one", {A: 0}, {A: ONE}))
        assert stored(store, A) == Stored(4, ONE)

    def test_a02_what_must_not_be_there_is_looked_for_in_the_commit(self, store: Store) -> None:
        """A query that finds something refuses the commit; so a stage goes with no job in it."""
        put(store, job("j1", stage="work"), job("j2", stage="done"))
        gone = Changes("one", {A: 0}, {A: ONE}, none=(Query("job", (("stage", AT_WORK),)),))

        with pytest.raises(ConflictError):
            store.commit(gone)
        put(store, job("j1", stage="done"))
        store.commit(gone)

        assert stored(store, A) == Stored(1, ONE)

    def test_a02_what_a_commit_writes_is_looked_for_as_it_will_be(self, store: Store) -> None:
        """A stage goes in the commit that moves the last job out of it, and in no other."""
        put(store, job("j1", stage="work"))
        row, none = RowKey("job", "j1"), (Query("job", (("stage", AT_WORK),)),)

        with pytest.raises(ConflictError):
            store.commit(Changes("one", {row: 1}, {row: job("j1", due=NOW.date())}, none=none))
        store.commit(Changes("one", {row: 1}, {row: job("j1", stage="done")}, none=none))
        with pytest.raises(ConflictError):
            store.commit(Changes("one", {row: 2}, {row: job("j1", stage="work")}, none=none))

        assert stored(store, row) == Stored(2, job("j1", stage="done"))

    # -- A3, a known command beats a conflict ------------------------------------------------------

    @pytest.mark.parametrize("answer", [ANSWER, None])
    def test_a03_a_known_command_beats_a_conflict(
        self, store: Store, answer: CarriedOut | None
    ) -> None:
        """Whoever repeats it gets the first answer, or none, whatever happened meanwhile."""
        store.commit(Changes("one", {A: 0}, {A: ONE}, command_id="c", result=answer))

        with pytest.raises(DuplicateCommandError) as caught:
            store.commit(Changes("one", {A: 0}, {A: TWO}, command_id="c"))

        assert (caught.value.command_id, caught.value.result) == ("c", answer)
        assert store.read("one", (), command_id="c").result == Stored(1, answer)
        assert stored(store, A) == Stored(1, ONE)
        assert store.read("one", (), command_id="d").result is None

    # -- A8, is about a store that may not answer: only a retry with the same command id is allowed.

    def test_a08_a_commit_whose_outcome_is_unknown_is_safe_to_repeat(self, store: Store) -> None:
        """With the same command id it is written once, whether or not it had arrived."""
        changes = Changes("one", {A: 0}, {A: ONE}, (due("k"),), command_id="c", result=ANSWER)
        store.commit(changes)

        with pytest.raises(DuplicateCommandError):
            store.commit(changes)

        assert stored(store, A) == Stored(1, ONE)
        assert keys(claim(store)) == ["k"]

    # -- A9, tenants -------------------------------------------------------------------------------

    def test_a09_nothing_is_read_or_settled_across_tenants(self, store: Store) -> None:
        """The same keys in two firms are two things."""
        put(store, job("j1"))
        store.commit(
            Changes("one", {A: 0}, {A: ONE}, (due("k"),), log={A: (chapter(),)}, command_id="c")
        )
        (held,) = claim(store)

        read = store.read("two", (A,), command_id="c")
        assert (read.rows, read.result) == ({}, None)
        assert store.find("two", Query("member")).rows == ()
        assert store.find("two", Query("job", (("stage", AT_WORK),))).rows == ()
        assert store.count("two", Query("job"), "stage") == {}
        assert store.ids("two", "member") == ()
        assert log(store, A, "two") == ()
        assert store.feed(tenant="two").rows == ()
        assert store.due("two", "k") is None
        assert store.next_due(tenant="two") is None
        assert claim(store, keys=["k"], tenant="two") == []
        assert not store.settle("two", Settle("k", held.token, DueState.DONE))
        assert not store.renew("two", "k", held.token, LEASE)
        enqueue(store, cancels=("k",), tenant="two")
        assert state(store, "k") is DueState.LEASED
        store.commit(Changes("two", {A: 0}, {A: TWO}, (due("k"),), command_id="c"))
        assert stored(store, A) == Stored(1, ONE)
        assert keys(claim(store, tenant="two")) == ["k"]

    # -- A10 and A11: what was put is what is read, in one look, by everybody, at once -------------

    def test_a10_what_is_read_equals_what_was_put(self, store: Store) -> None:
        """Rows, requests, events and answers, whatever language they are in."""
        mia = Member("Mia Ωß納\u202e'\"", email="mia@example.com", default_access=True)
        enqueue(store, due("k"), log={A: (chapter("a\nb"), chapter("c"))})
        store.commit(Changes("one", {A: 0}, {A: mia}, command_id="c", result=ANSWER))

        read = store.read("one", (A, B), command_id="c")

        assert read.rows == {A: Stored(1, mia)}
        assert read.result == Stored(1, ANSWER)
        assert log(store, A) == (chapter("a\nb"), chapter("c"))
        assert claim(store)[0].due == due("k")

    def test_a10_the_accounts_of_jobs_come_with_them_where_they_are_asked_for(
        self, store: Store
    ) -> None:
        """Each once, and none where the row is not there."""
        put(store, job("j1", "ada"), job("j2", "ada"), job("j3", "gone"), Account("Ada", id="ada"))
        jobs = [RowKey("job", id) for id in ("j1", "j2", "j3", "nobody knows this one")]
        ada = RowKey("account", "ada")

        alone, both = store.read("one", jobs), store.read("one", jobs, accounts=True)

        assert set(alone.rows) == {*jobs[:3]}
        assert set(both.rows) == {*jobs[:3], ada}
        assert both.rows[ada] == Stored(1, Account("Ada", id="ada"))

    def test_a10_rows_accounts_and_answers_that_are_read_at_once_are_of_one_instant(
        self, store: Store
    ) -> None:
        """However fast others write: what one commit wrote together is read together."""
        row, ada = RowKey("job", "j1"), RowKey("account", "ada")
        torn: list[object] = []
        written = threading.Event()

        def write() -> None:
            for version in range(60):
                rows = {row: job("j1"), ada: Account("Ada", id="ada")}
                store.commit(
                    Changes("one", dict.fromkeys(rows, version), rows, command_id=f"c{version + 1}")
                )
            written.set()

        def look() -> None:
            last = 0
            while not written.is_set():
                read = store.read("one", (row,), accounts=True, command_id=f"c{last + 1}")
                versions = {stored.version for stored in read.rows.values()}
                known, newest = read.result is not None, max(versions, default=0)
                if len(versions) > 1 or known is not (newest > last):
                    torn.append(read)
                last = newest

        at_once(write, look, look)

        assert torn == []

    def test_a11_after_a_commit_everybody_sees_it(self, store: Store) -> None:
        """From another thread too."""
        store.commit(Changes("one", {A: 0}, {A: ONE}))
        seen: list[Stored | None] = []

        at_once(lambda: seen.append(stored(store, A)))

        assert seen == [Stored(1, ONE)]

    def test_a11_what_was_committed_is_there_when_the_store_is_opened_again(
        self, store: Store, reopened: Callable[[], Store]
    ) -> None:
        """Rows, versions of deleted ones, due rows with their leases, history and answers."""
        store.commit(
            Changes(
                "one", {A: 0, B: 0}, {A: ONE, B: TWO}, (due("k"), due("done", no=1)),
                log={A: (chapter(),)}, command_id="c", result=ANSWER,
            )
        )  # fmt: skip
        store.commit(Changes("one", {B: 1}, deletes=(B,)))
        first, second = claim(store)
        store.settle("one", Settle("done", second.token, DueState.DONE))

        again = reopened()

        assert again.read("one", (A, B), command_id="c").rows == {A: Stored(1, ONE)}
        assert again.read("one", (), command_id="c").result == Stored(1, ANSWER)
        assert log(again, A) == (chapter(),)
        assert (state(again, "k"), state(again, "done")) == (DueState.LEASED, DueState.DONE)
        assert claim(again) == []
        assert again.settle("one", Settle("k", first.token, DueState.DONE))
        again.commit(Changes("one", {B: 0}, {B: TWO}))
        assert stored(again, B) == Stored(2, TWO)


def at_once(*works: Callable[[], object]) -> None:
    """Do several things in threads of their own, and wait for all."""
    barrier = threading.Barrier(len(works))

    def begin(work: Callable[[], object]) -> None:
        barrier.wait()
        work()

    threads = [threading.Thread(target=begin, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
