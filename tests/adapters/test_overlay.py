"""A branch's store keeps the contract of all stores, whatever of a firm its parents hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.overlay import LastingOverlay, OverlayStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.errors import ConflictError, DuplicateCommandError, MovedOnError
from pipeflow.ports import (
    Branchable,
    Changes,
    DueState,
    Over,
    Query,
    RowKey,
    Settle,
    Store,
    Stored,
    Withdrawal,
)
from pipeflow.ports.terms import column_terms
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts import StoreContract
from pipeflow.testing.contracts.making import (
    ANSWER,
    AT_DONE,
    AT_WORK,
    FAR,
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
    held,
    job,
    keys,
    log,
    put,
    state,
    stored,
    timer,
)
from tests.adapters.sunk import Forked, Partly, Sunk


class TestOverlayStore(StoreContract):
    """Over a parent that holds nothing."""

    @pytest.fixture
    def store(self, clock: ManualClock) -> Store:
        """Lay one over an empty store."""
        return OverlayStore(MemoryStore(clock=clock), clock=clock)

    @pytest.fixture
    def other(self, clock: ManualClock) -> Store:
        """Lay a second one."""
        return OverlayStore(MemoryStore(clock=clock), clock=clock)


class TestSunkStore(Partly):
    """Over parents that hold everything that was written before."""

    @pytest.fixture
    def store(self, clock: ManualClock) -> Store:
        """Lay one over an empty store; more come with each commit."""
        return Sunk(MemoryStore(clock=clock), clock=clock)

    @pytest.fixture
    def other(self, clock: ManualClock) -> Store:
        """Lay a second one."""
        return Sunk(MemoryStore(clock=clock), clock=clock)


class TestForkedStore(Partly):
    """Over a store in memory that holds what was written first."""

    @pytest.fixture
    def store(self, clock: ManualClock) -> Store:
        """Begin with the parent."""
        return Forked(MemoryStore(clock=clock), clock=clock)

    @pytest.fixture
    def other(self, clock: ManualClock) -> Store:
        """Lay a second one over nothing."""
        return OverlayStore(MemoryStore(clock=clock), clock=clock)


class TestForkedFile(Partly):
    """Over a file that holds what was written first."""

    @pytest.fixture
    def store(self, clock: ManualClock, tmp_path: Path) -> Iterator[Store]:
        """Begin with the file."""
        with closing(SqliteStore(tmp_path / "firm.db", clock=clock)) as file:
            yield Forked(file, clock=clock)

    @pytest.fixture
    def other(self, clock: ManualClock, tmp_path: Path) -> Iterator[Store]:
        """Lay a second one over another file."""
        with closing(SqliteStore(tmp_path / "other.db", clock=clock)) as file:
            yield OverlayStore(file, clock=clock)


PARENTS = ["memory", "file"]


@pytest.fixture
def clock() -> ManualClock:
    """Make the clock of everybody."""
    return ManualClock(NOW)


@pytest.fixture(params=PARENTS)
def parent(request: pytest.FixtureRequest, clock: ManualClock, tmp_path: Path) -> Iterator[Any]:
    """Make a parent in memory, and one in a file."""
    if request.param == "memory":
        yield MemoryStore(clock=clock)
    else:
        with closing(SqliteStore(tmp_path / "firm.db", clock=clock)) as file:
            yield file


@pytest.fixture
def branch(parent: Branchable, clock: ManualClock) -> OverlayStore:
    """Lay a branch over the parent, with a clock of its own."""
    return OverlayStore(parent, clock=ManualClock(NOW))


def fill(store: Store) -> None:
    """Give a firm some of everything."""
    put(store, job("j1"), job("j2", stage="done"))
    store.commit(Changes("one", {A: 0, B: 0}, {A: ONE, B: TWO}, log={A: (chapter("a"),)}))
    store.commit(Changes("one", {B: 1}, deletes=(B,), log={B: (chapter("b"),)}))
    enqueue(store, held("held"), due("k"), due("done"), due("dead"), timer("far", NOW + FAR))
    claims = {one.due.key: one.token for one in claim(store, keys=["done", "dead"])}
    store.settle("one", Settle("done", claims["done"], DueState.DONE))
    store.settle("one", Settle("dead", claims["dead"], DueState.DEAD, NOW, "never"))
    enqueue(store, command_id="c", result=ANSWER, at=NOW)


def spoil(branch: OverlayStore) -> None:
    """Do everything that a commit and a worker can do."""
    clock = branch.clock
    assert isinstance(clock, ManualClock)
    put(branch, job("j1", stage="done"), job("j3"))
    branch.commit(Changes("one", {A: 1}, {A: TWO}, log={A: (chapter("x"),)}))
    branch.commit(Changes("one", {B: 0}, {B: ONE}, command_id="d", at=NOW))
    branch.commit(Changes("one", {RowKey("job", "j2"): 1}, deletes=(RowKey("job", "j2"),)))
    assert keys(claim(branch)) == ["k"]
    clock.advance(days=500)
    for one in claim(branch, due=clock.now()):
        branch.renew("one", one.due.key, one.token, LEASE)
        branch.settle("one", Settle(one.due.key, one.token, DueState.DONE))
    enqueue(branch, cancels=("dead",), erases=(A,))
    enqueue(branch, cancels_of=("job-1",), command_id="e", at=NOW)
    branch.prune("one", clock.now())
    branch.parked("one")
    branch.next_due()


def test_the_parent_stays_as_it_is_byte_for_byte(parent: Branchable, branch: OverlayStore) -> None:
    """Whatever is written, handed out, settled, erased or forgotten on the branch."""
    fill(parent)
    before = list(parent.export("one"))

    spoil(branch)

    assert list(parent.export("one")) == before
    assert list(branch.export("one")) != before
    assert state(parent, "held") is DueState.LEASED
    assert (state(branch, "held"), log(branch, A)) == (DueState.DONE, ())
    assert keys(claim(parent)) == ["k"]


def test_a_branch_that_did_nothing_is_its_parent_byte_for_byte(
    parent: Branchable, branch: OverlayStore
) -> None:
    """It has copied nothing, and tells everything."""
    fill(parent)

    assert list(branch.export("one")) == list(parent.export("one"))
    assert branch.dump() == {}
    assert list(branch.tenants()) == ["one"]
    assert repr(branch) == f"<OverlayStore on {parent!r}>"


def test_a_firm_that_was_branched_can_move_house(parent: Branchable, branch: OverlayStore) -> None:
    """As the branch has it."""
    fill(parent)
    spoil(branch)
    house = MemoryStore(clock=branch.clock)

    house.restore(branch.export("one"))

    assert list(house.export("one")) == list(branch.export("one"))
    assert house.find("one", Query("job")) == branch.find("one", Query("job"))
    with pytest.raises(ConflictError, match="not empty"):
        branch.restore(house.export("one"))


def test_what_was_withdrawn_while_it_was_called_has_not_failed_in_the_new_house(
    parent: Branchable, branch: OverlayStore
) -> None:
    """Its parent, which knows nothing of that, would tell it as a call without an answer."""
    enqueue(parent, held("k"))
    parent.renew("one", "k", 1, LEASE)
    enqueue(branch, withdraws=(Withdrawal("k", held=True),))
    house = MemoryStore(clock=branch.clock)

    house.restore(branch.export("one"))

    assert house.parked("one").rows == branch.parked("one").rows == ()


def test_a_branch_reads_once_what_stands_as_it_did(clock: ManualClock) -> None:
    """Its parent is asked again for a row only when anything was written there."""
    firm, keys = Counting(clock=clock), [RowKey("job", "a"), RowKey("job", "b")]
    put(firm, job("a"))
    branch = OverlayStore(OverlayStore(firm, clock=clock), clock=clock)
    before = firm.looks

    for _ in range(3):
        assert branch.read("one", keys).rows.keys() == {*keys[:1]}
    assert firm.looks == before + 1
    put(firm, job("b"))
    for _ in range(2):
        with pytest.raises(ConflictError, match="moved on under its branch: job 'b' was not there"):
            branch.read("one", keys)


class Counting(MemoryStore):
    """Counts how often rows are read."""

    looks = 0

    def read(self, tenant: str, keys: Any, /, **more: Any) -> Any:
        """Read, and count."""
        self.looks += 1
        return super().read(tenant, keys, **more)


def test_what_is_due_is_taken_over_as_its_time_comes(
    parent: Branchable, branch: OverlayStore, clock: ManualClock
) -> None:
    """A branch of a firm with many timers is as cheap as one of a firm with few."""
    enqueue(parent, *(timer(f"t{n:03}", NOW + n * LEASE) for n in range(900)))
    assert isinstance(branch.clock, ManualClock)

    assert branch.next_due() == NOW
    assert keys(claim(branch)) == ["t000"]
    assert len(branch.dump()["one"]["dues"]) == 100
    found = claim(branch, limit=999, due=NOW + 450 * LEASE)
    assert keys(found) == [f"t{n:03}" for n in range(1, 451)]
    assert len(branch.dump()["one"]["dues"]) == 500
    branch.clock.advance(minutes=2)
    assert keys(claim(branch, limit=1)) == ["t000"]


def test_a_branch_of_a_branch_takes_over_what_is_due_as_well(
    parent: Branchable, branch: OverlayStore
) -> None:
    """Page by page, whichever of the two looked first."""
    enqueue(parent, *(timer(f"t{n:03}", NOW + n * LEASE) for n in range(450)))
    assert keys(claim(branch)) == ["t000"]
    deeper = OverlayStore(branch, clock=branch.clock)

    assert deeper.next_due() == NOW + LEASE
    assert len(claim(deeper, limit=999, due=NOW + 400 * LEASE)) == 400
    assert keys(claim(branch, limit=2, due=NOW + 400 * LEASE)) == ["t001", "t002"]


def test_what_is_due_at_one_instant_is_taken_over_together(
    parent: Branchable, branch: OverlayStore
) -> None:
    """However much that is: a firm's day starts for all its jobs at once."""
    enqueue(parent, *(timer(f"t{n:03}", NOW, n) for n in range(250)))

    assert len(claim(branch, limit=999)) == 250


def test_what_the_parent_has_next_comes_before_what_the_branch_has_later(
    parent: Branchable, branch: OverlayStore
) -> None:
    """Also where all that was taken over of it so far was called off."""
    near = [timer(f"t{n:03}", NOW + LEASE, n) for n in range(100)]
    enqueue(parent, *near, timer("later", NOW + 2 * LEASE))
    enqueue(branch, timer("own", NOW + FAR))
    assert claim(branch) == []

    enqueue(branch, cancels=tuple(one.key for one in near))

    assert branch.next_due() == NOW + 2 * LEASE


def test_a_branch_of_a_branch_finds_what_is_due_in_the_firm_before_what_is_due_there(
    parent: Branchable, branch: OverlayStore
) -> None:
    """A page of the branch's own rows is not the first page of all."""
    enqueue(parent, timer("firm", NOW + LEASE))
    enqueue(branch, timer("own", NOW + FAR), timer("other", NOW + FAR, 1))

    found = branch.waiting("one", None, 2)

    assert [one.due.key for one in found] == ["firm", "own"]


def test_rows_that_were_listed_before_they_are_written_are_listed_anew(
    parent: Branchable, branch: OverlayStore
) -> None:
    """By what they are on the branch then."""
    fill(parent)
    work = Query("job", (("stage", AT_WORK),))
    put(branch, job("j3"))
    assert [key.id for key, _ in branch.find("one", work).rows] == ["j1", "j3"]

    put(branch, job("j1", stage="done"))

    assert [key.id for key, _ in branch.find("one", work).rows] == ["j3"]


def test_a_row_that_moves_on_while_it_is_counted_is_noticed(
    parent: Branchable, branch: OverlayStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As what the parent counted it nobody can say: neither it nor the branch is where it was."""
    put(parent, job("j1"), job("j2"))
    branch.read("one", [RowKey("job", "j1")])
    put(branch, job("j1", stage="done"))
    board, count = Query("job", (("column", column_terms("tax")),)), parent.count
    assert branch.count("one", board, "column") == {AT_DONE: 1, AT_WORK: 1}

    def counted(tenant: str, query: Query, by: str) -> Mapping[str, int]:
        found = count(tenant, query, by)
        put(parent, job("j1", stage="intake"))
        return found

    monkeypatch.setattr(parent, "count", counted)

    with pytest.raises(MovedOnError, match="job 'j1' was at version 1"):
        branch.count("one", board, "column")


def test_ids_of_rows_that_the_branch_deleted_hide_no_others(
    parent: Branchable, branch: OverlayStore
) -> None:
    """There are two more jobs, whichever were deleted."""
    put(parent, *(job(f"j{n}") for n in range(4)))
    gone = [RowKey("job", "j0"), RowKey("job", "j1")]
    branch.commit(Changes("one", dict.fromkeys(gone, 1), deletes=tuple(gone)))

    assert branch.ids("one", "job", limit=2) == ("j2", "j3")


def test_what_somebody_holds_is_held_on_the_branch_until_the_lease_ends(
    parent: Branchable, branch: OverlayStore
) -> None:
    """By the branch's clock; whoever holds it is not there to say how its call ended."""
    enqueue(parent, held("k"))
    parent.renew("one", "k", 1, LEASE)
    assert isinstance(branch.clock, ManualClock)

    assert claim(branch) == []
    assert branch.next_due() == NOW + LEASE
    branch.clock.advance(minutes=1)
    (taken,) = claim(branch)

    assert (taken.token, taken.attempt) == (2, 2)
    assert [one.due.key for one in branch.parked("one").rows] == ["k"]
    assert parent.settle("one", Settle("k", 1, DueState.DONE))


def test_what_is_over_in_the_parent_is_known_and_not_forgotten(
    parent: Branchable, branch: OverlayStore
) -> None:
    """Neither due rows nor what commands answered; so nothing happens twice."""
    fill(parent)

    assert branch.prune("one", NOW + FAR) == 0
    enqueue(branch, due("done"))
    enqueue(branch, tombs=(Over("done", "job-1", DueState.CANCELLED),), at=NOW)
    assert state(branch, "done") is DueState.DONE
    with pytest.raises(DuplicateCommandError) as caught:
        enqueue(branch, command_id="c")
    assert caught.value.result == ANSWER
    enqueue(branch, command_id="d", at=NOW)
    assert branch.prune("one", NOW + FAR) == 1


# -- a parent that moves on ----------------------------------------------------------------------


def test_a_row_that_moved_on_is_noticed(parent: Branchable, branch: OverlayStore) -> None:
    """By whatever reads it again, with a sentence that says which it is and what to do."""
    fill(parent)
    row = RowKey("job", "j1")
    assert stored(branch, row) is not None
    put(parent, job("j1", stage="done"))

    for look in (
        lambda: branch.read("one", (row,)),
        lambda: branch.find("one", Query("job")),
        lambda: branch.commit(Changes("one", {row: 1, A: 1}, {A: TWO})),
    ):
        with pytest.raises(ConflictError) as caught:
            look()
        assert str(caught.value) == (
            "the firm moved on under its branch: job 'j1' was at version 1 when the branch looked "
            "first, and is at version 2; make a new branch with engine.what_if()"
        )
    assert stored(branch, A) == Stored(1, ONE)


def test_what_a_firm_has_once_is_named_in_words(parent: Branchable, branch: OverlayStore) -> None:
    """It has no id that could be told: its definitions, which each command reads."""
    row = RowKey("firm", "")
    branch.read("one", (row,))
    parent.commit(Changes("one", {row: 0}, {row: ONE}))

    with pytest.raises(ConflictError, match="branch: what the firm has saved was not there when"):
        branch.read("one", (row,))


@pytest.mark.parametrize("comes", [True, False])
def test_a_row_that_came_or_went_is_noticed(
    parent: Branchable, branch: OverlayStore, comes: bool
) -> None:
    """That there was none is something that was seen too."""
    if not comes:
        parent.commit(Changes("one", {A: 0}, {A: ONE}))
    branch.read("one", (A,))
    if comes:
        parent.commit(Changes("one", {A: 0}, {A: ONE}))
    else:
        parent.commit(Changes("one", {A: 1}, deletes=(A,)))

    with pytest.raises(ConflictError, match="not there"):
        branch.read("one", (A,))


def test_what_was_not_looked_at_is_as_new_as_the_parent(
    parent: Branchable, branch: OverlayStore
) -> None:
    """A branch copies nothing; and what it has written is its own, whatever becomes of it there."""
    fill(parent)
    put(parent, job("j1", stage="intake"))
    found = stored(branch, RowKey("job", "j1"))
    branch.commit(Changes("one", {A: 1}, {A: TWO}))
    parent.commit(Changes("one", {A: 1}, deletes=(A,)))

    assert found == Stored(2, job("j1", stage="intake"))
    assert stored(branch, A) == Stored(2, TWO)
    branch.commit(Changes("one", {A: 2}, {A: ONE}))


def test_a_branch_over_what_lasts_says_that_it_blocks(branch: OverlayStore) -> None:
    """So that an async host calls it in a thread; one over memory does not."""
    assert OverlayStore.volatile
    assert not LastingOverlay(branch).volatile


def test_no_rows_are_a_page_too(parent: Branchable, branch: OverlayStore) -> None:
    """Whoever asks for none gets none."""
    fill(parent)

    assert branch.find("one", Query("job"), limit=0).rows == ()
    assert branch.count("one", Query("member"), "name") == {}
    assert branch.count("one", Query("job"), "stage") == {AT_WORK: 1, AT_DONE: 1}
