"""The contract of stores, first half: rows, versions, commands, tenants, histories."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ...errors import ConflictError, DuplicateCommandError, LeaseLostError
from ...model.accounts import Member
from ...model.events import Warned
from ...ports import Changes, DueState, RowKey, Settle, Store, Stored
from .making import LEASE, NOW, ONE, TWO, A, B, claim, due, enqueue, keys

__all__ = ["RowsContract"]


class RowsContract:
    """The rules A1, A2, A3 and A8 to A11 of `pipeflow.ports.store`."""

    @pytest.fixture
    def store(self) -> Store:
        """Return an empty store; to be overridden."""
        raise NotImplementedError("override the fixture `store` with one that makes your store")

    # -- A1, all or nothing ------------------------------------------------------------------------

    def test_a01_a_commit_writes_everything(self, store: Store) -> None:
        """Rows, due rows, history and the command's answer."""
        said = Warned(NOW, "job-1", "system", "hello")
        store.commit(
            Changes(
                "one",
                {A: 0},
                {A: ONE},
                (due("k"),),
                log={A: (said,)},
                command_id="c",
                result=("x",),
            )
        )

        assert store.load("one", A) == Stored(1, ONE)
        assert store.history("one", A) == (said,)
        assert store.command_result("one", "c") == Stored(1, ("x",))
        assert store.due_state("one", "k") is DueState.WAIT

    def test_a01_a_refused_commit_writes_nothing(self, store: Store) -> None:
        """Whatever the reason, none of its parts is there afterwards."""
        store.commit(Changes("one", {A: 0}, {A: ONE}, (due("held"),), command_id="known"))
        (held,) = claim(store)
        said = Warned(NOW, "job-1", "system", "hello")
        rest: dict[str, Any] = {"dues": (due("k"),), "log": {B: (said,)}, "cancels": ("held",)}
        lost = Settle("held", held.token + 1, DueState.DONE)

        with pytest.raises(ConflictError):
            store.commit(Changes("one", {A: 7, B: 0}, {B: TWO}, **rest, command_id="c"))
        with pytest.raises(LeaseLostError):
            store.commit(Changes("one", {B: 0}, {B: TWO}, **rest, settles=(lost,), command_id="c"))
        with pytest.raises(DuplicateCommandError):
            store.commit(Changes("one", {B: 0}, {B: TWO}, **rest, command_id="known"))

        assert store.load("one", B) is None
        assert store.history("one", B) == ()
        assert store.due_state("one", "k") is None
        assert store.due_state("one", "held") is DueState.LEASED
        assert store.command_result("one", "c") is None

    def test_a01_a_put_that_expects_nothing_writes_nothing(self, store: Store) -> None:
        """Each row put must be expected; that it was forgotten is found before anything is kept."""
        with pytest.raises(Exception):  # noqa: B017  (a store may say it in its own words)
            store.commit(Changes("one", {A: 0}, {A: ONE, B: TWO}))

        assert store.load("one", A) is None
        assert store.load("one", B) is None

    # -- A2, every expectation is checked ----------------------------------------------------------

    def test_a02_versions_count_from_one_without_a_gap(self, store: Store) -> None:
        """A new version is the expected one plus 1."""
        for version in range(4):
            store.commit(Changes("one", {A: version}, {A: Member(f"M{version}")}))

            assert store.load("one", A) == Stored(version + 1, Member(f"M{version}"))

    @pytest.mark.parametrize("expected", [0, 2, 9])
    def test_a02_the_first_writer_wins(self, store: Store, expected: int) -> None:
        """Any other version than the stored one is refused."""
        store.commit(Changes("one", {A: 0}, {A: ONE}))

        with pytest.raises(ConflictError):
            store.commit(Changes("one", {A: expected}, {A: TWO}))

        assert store.load("one", A) == Stored(1, ONE)

    def test_a02_rows_that_were_only_read_are_checked_too(self, store: Store) -> None:
        """Also that there still is none."""
        store.commit(Changes("one", {A: 0}, {A: ONE}))

        for expect in ({A: 0, B: 0}, {A: 2, B: 0}):
            with pytest.raises(ConflictError):
                store.commit(Changes("one", expect, {B: TWO}))
        store.commit(Changes("one", {A: 1, B: 0}, {B: TWO}))

        assert store.load("one", A) == Stored(1, ONE)
        assert store.load("one", B) == Stored(1, TWO)

    def test_a02_of_many_writers_at_once_one_wins_each_version(self, store: Store) -> None:
        """No update is lost: as many versions as commits that were not refused."""
        store.commit(Changes("one", {A: 0}, {A: Member("M0")}))
        won: list[int] = []
        barrier = threading.Barrier(4)

        def write() -> None:
            barrier.wait()
            while len(won) < 40:
                version = (store.load("one", A) or Stored(0, None)).version
                try:
                    store.commit(Changes("one", {A: version}, {A: Member(f"M{version}")}))
                except ConflictError:
                    continue
                won.append(version)

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(won) == list(range(1, len(won) + 1))
        assert (store.load("one", A) or Stored(0, None)).version == len(won) + 1

    def test_a02_a_deleted_row_is_gone(self, store: Store) -> None:
        """It is expected as absent from then on."""
        store.commit(Changes("one", {A: 0, B: 0}, {A: ONE, B: TWO}))

        store.commit(Changes("one", {A: 1}, deletes=(A,)))

        assert store.load("one", A) is None
        assert store.load_many("one", [A, B]) == {B: Stored(1, TWO)}
        assert [key for key, _ in store.scan("one", "member").rows] == [B]

    # -- A3, a known command beats a conflict ------------------------------------------------------

    def test_a03_a_known_command_beats_a_conflict(self, store: Store) -> None:
        """Whoever repeats it gets the first answer, whatever happened meanwhile."""
        store.commit(Changes("one", {A: 0}, {A: ONE}, command_id="c", result=("job-1",)))

        with pytest.raises(DuplicateCommandError) as caught:
            store.commit(Changes("one", {A: 0}, {A: TWO}, command_id="c", result=("job-2",)))

        assert caught.value.result == ("job-1",)
        assert store.load("one", A) == Stored(1, ONE)
        assert store.command_result("one", "d") is None

    # -- A8, is about a store that may not answer: only a retry with the same command id is allowed.

    def test_a08_a_commit_whose_outcome_is_unknown_is_safe_to_repeat(self, store: Store) -> None:
        """With the same command id it is written once, whether or not it had arrived."""
        changes = Changes("one", {A: 0}, {A: ONE}, (due("k"),), command_id="c", result=("x",))
        store.commit(changes)

        with pytest.raises(DuplicateCommandError):
            store.commit(changes)

        assert store.load("one", A) == Stored(1, ONE)
        assert keys(claim(store)) == ["k"]

    # -- A9, tenants -------------------------------------------------------------------------------

    def test_a09_nothing_is_read_or_settled_across_tenants(self, store: Store) -> None:
        """The same keys in two firms are two things."""
        said = Warned(NOW, "job-1", "system", "hello")
        store.commit(
            Changes("one", {A: 0}, {A: ONE}, (due("k"),), log={A: (said,)}, command_id="c")
        )
        (held,) = claim(store)

        assert store.load("two", A) is None
        assert store.load_many("two", [A]) == {}
        assert store.scan("two", "member").rows == ()
        assert store.history("two", A) == ()
        assert store.command_result("two", "c") is None
        assert store.due("two", "k") is None
        assert store.due_state("two", "k") is None
        assert not store.settle("two", Settle("k", held.token, DueState.DONE))
        assert not store.renew("two", "k", held.token, NOW + 9 * LEASE)
        assert not store.requeue("two", "k", NOW)
        enqueue(store, cancels=("k",), tenant="two")
        assert store.due_state("one", "k") is DueState.LEASED
        store.commit(Changes("two", {A: 0}, {A: TWO}, (due("k"),), command_id="c"))
        assert store.load("one", A) == Stored(1, ONE)
        assert store.waiting("one", NOW) == ()
        assert [due.key for due in store.waiting("two", NOW)] == ["k"]

    # -- A10, and A11: what was put is what is read, by everybody, at once -------------------------

    def test_a10_what_is_loaded_equals_what_was_put(self, store: Store) -> None:
        """Rows, requests, events and answers, whatever language they are in."""
        mia = Member("Mia Ωß納\u202e'\"", email="mia@example.com", default_access=True)
        enqueue(store, due("k"), log={A: (Warned(NOW, "j", "mia", "a\nb"),)})
        store.commit(Changes("one", {A: 0}, {A: mia}, command_id="c", result=("job-1", "job-2")))

        assert store.load("one", A) == Stored(1, mia)
        assert store.history("one", A) == (Warned(NOW, "j", "mia", "a\nb"),)
        assert store.command_result("one", "c") == Stored(1, ("job-1", "job-2"))
        assert claim(store)[0].due == due("k")

    def test_a10_rows_are_listed_in_a_steady_order_page_by_page(self, store: Store) -> None:
        """Each once, whatever the size of the pages."""
        keys = [RowKey("member", f"m{n}") for n in range(7)]
        store.commit(Changes("one", dict.fromkeys(keys, 0), {k: Member(k.id) for k in keys}))
        store.commit(Changes("one", {RowKey("other", "x"): 0}, {RowKey("other", "x"): ONE}))

        found: list[tuple[RowKey, Stored]] = []
        after: str | None = None
        while True:
            page = store.scan("one", "member", after=after, limit=3)
            found.extend(page.rows)
            after = page.next
            if after is None:
                break

        assert [key for key, _ in found] == keys
        assert [key for key, _ in store.scan("one", "member", limit=None).rows] == keys
        assert store.scan("one", "member").next is None

    def test_a11_after_a_commit_everybody_sees_it(self, store: Store) -> None:
        """From another thread too."""
        store.commit(Changes("one", {A: 0}, {A: ONE}))
        seen: list[Stored | None] = []

        thread = threading.Thread(target=lambda: seen.append(store.load("one", A)))
        thread.start()
        thread.join()

        assert seen == [Stored(1, ONE)]
