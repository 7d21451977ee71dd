"""Short proofs of one promise each, for any kind of store in a file and any kind of engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pytest

from pipeflow import (
    Account,
    Cancelled,
    CreateInvoice,
    CreateTask,
    Engine,
    Pipeline,
    Ports,
    Receipt,
    Stage,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.errors import DefinitionError, StoreError, UnavailableError
from pipeflow.ports import Changes, DueState, RowKey, Settle, Task
from pipeflow.testing import ManualClock, World
from pipeflow.testing.contracts import StoreContract
from pipeflow.testing.contracts.making import NOW, ONE, TWO, A, B, chapter, claim, due, enqueue, job
from tests.adapters.test_mutants import rows
from tests.firms import FEE, PREPARE
from tests.reliability.busy import DOLLAR, Kept, KeptInFile, Office
from tests.reliability.crashing import ERRAND, Outcome, Season, difference
from tests.reliability.dying import Death, InFile
from tests.reliability.scheduling import yielding
from tests.reliability.watching import Act, statements

__all__ = [
    "EngineProof", "StoreProof", "contract", "engine_deaths", "engine_orders", "full_disk",
    "looks_before_it_asks", "looks_once", "restores_whole", "safe_on_disk", "store_deaths",
    "store_orders", "writes_alone", "writes_down_first",
]  # fmt: skip

StoreProof: TypeAlias = Callable[[type[SqliteStore]], object]
EngineProof: TypeAlias = Callable[[type[Engine]], object]
STEPS = ("start-1", "task")
ORDERS = range(12)
PIECE = 512  # bytes: the smallest piece of a disk


@contextmanager
def opened(kind: type[SqliteStore], **more: Any) -> Iterator[SqliteStore]:
    """Open a new file."""
    with (
        TemporaryDirectory(prefix="pipeflow-") as folder,
        kind(Path(folder, "firm.db"), clock=ManualClock(NOW), **more) as store,
    ):
        yield store


# -- stores --------------------------------------------------------------------------------------


def contract(name: str) -> StoreProof:
    """Return a test of the contract of stores as a proof."""

    def proof(kind: type[SqliteStore]) -> None:
        test = getattr(StoreContract, name)
        for row in rows(test):
            with ExitStack() as stack:
                store = stack.enter_context(opened(kind))
                wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
                given: dict[str, Any] = {"store": store, "clock": store.clock}
                if "other" in wanted:
                    given["other"] = stack.enter_context(opened(kind))
                if "reopened" in wanted:
                    given["reopened"] = partial(_again, stack, store, kind)
                test(StoreContract(), **{key: given[key] for key in wanted if key in given}, **row)

    return proof


def _again(stack: ExitStack, store: SqliteStore, kind: type[SqliteStore]) -> SqliteStore:
    """Close a store, and open its file again."""
    store.close()
    return stack.enter_context(kind(store._file.path, clock=store.clock))


def store_deaths(kind: type[SqliteStore]) -> None:
    """See that a death at any statement changes nothing."""
    calm = Season(1, steps=STEPS).live()

    def lived(*deaths: Death) -> Outcome:
        season = Season(1, keep=partial(InFile, kind=kind, deep=True), steps=STEPS)
        with season.keep.watched():
            season.begin()
            outcome = season.live(deaths)
        assert difference(outcome, calm) == ""
        return outcome

    for moment in range(1, lived().moments + 1):
        lived((moment, True))


def store_orders(kind: type[SqliteStore]) -> None:
    """See that no order of three workers loses an update."""
    for seed in ORDERS:
        office = Office(seed, KeptInFile(kind=kind))
        with yielding(office.notes, kind):
            office.work()
        _look(office)


@contextmanager
def nothing_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes."""
    import resource  # there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def big(token: int) -> Changes:
    """Make a commit that writes some of everything, over several pages."""
    rows, ada = [RowKey("job", f"j{n}") for n in range(12)], RowKey("account", "ada")
    return Changes(
        "one",
        dict.fromkeys((*rows, ada), 0),
        {key: job(key.id, comments="It goes on. " * 40) for key in rows}
        | {ada: Account("Ada", id="ada")},
        tuple(due(f"k{n}", no=n) for n in range(12)),
        settles=(Settle("held", token, DueState.DONE),),
        log={rows[0]: tuple(chapter(str(n) * 200) for n in range(12))},
        command_id="big",
        at=NOW,
    )


def full_disk(kind: type[SqliteStore], *, several: bool = True) -> int:
    """See that a full disk leaves no half of a commit, at whatever byte; return how often it was.

    When there is room again everything goes on; what was refused is carried out then.
    """
    full, size = 0, 0
    with opened(kind, multiprocess=several) as store:
        store._file.synchronous = "off"  # nobody cuts the power here
        enqueue(store, due("held"))
        (held,) = claim(store)
        before = [*store.export("one")]
        while True:
            size += PIECE
            try:
                with nothing_beyond(size):
                    store.commit(big(held.token))
                break
            except UnavailableError:
                full += 1
            assert [*store.export("one")] == before, size
            assert store.check() == (), size
        after = [*store.export("one")]
        assert store.check() == ()
        with SqliteStore(store._file.path, multiprocess=several) as again:
            assert [*again.export("one")] == after
    return full


def writes_alone(kind: type[SqliteStore]) -> None:
    """See that nobody else may write between what a commit checks and what it writes."""
    alone: list[bool] = []

    def watch(db: sqlite3.Connection, sql: str, act: Act) -> Any:
        if sql.startswith("SELECT version, terms FROM pf_row"):
            with closing(sqlite3.connect(paths[0], timeout=0, isolation_level=None)) as other:
                try:
                    other.execute("BEGIN IMMEDIATE")
                    alone.append(False)
                except sqlite3.OperationalError:
                    alone.append(True)
        return act()

    with statements(watch, kind), opened(kind) as store:
        paths = [store._file.path]
        store.commit(Changes("one", {A: 0, B: 0}, {A: ONE, B: TWO}))

    assert alone == [True, True]


def looks_once(kind: type[SqliteStore]) -> None:
    """See that what is read together is of one instant, whoever writes meanwhile."""
    looked = 0

    def watch(db: sqlite3.Connection, sql: str, act: Act) -> Any:
        nonlocal looked
        found = act()
        if sql.startswith("SELECT version, data FROM pf_row"):
            looked += 1
            if looked == 1:
                others[0].commit(Changes("one", {A: 1, B: 1}, {A: TWO, B: ONE}))
        return found

    with statements(watch, kind), opened(kind) as store:
        store.commit(Changes("one", {A: 0, B: 0}, {A: ONE, B: TWO}))
        others = [SqliteStore(store._file.path, clock=store.clock)]
        with others[0]:
            found = store.read("one", (A, B)).rows

    assert len({row.version for row in found.values()}) == 1


def writes_down_first(kind: type[SqliteStore]) -> None:
    """See that what takes time, to write values down as texts, is done before the lock."""
    with (
        opened(kind, patience=timedelta(0)) as store,
        closing(sqlite3.connect(store._file.path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DefinitionError):
            store.commit(Changes("one", {A: 0}, {A: object()}))
        other.execute("ROLLBACK")


def restores_whole(kind: type[SqliteStore]) -> None:
    """See that of an export that was broken off on the way nothing is taken in."""

    def watch(_: sqlite3.Connection, sql: str, act: Act) -> Any:
        answer = act()
        if sql.startswith("INSERT INTO pf_row"):
            raise sqlite3.OperationalError(sql)
        return answer

    with opened(kind) as store, opened(kind) as other:
        store.commit(Changes("one", {A: 0, B: 0}, {A: ONE, B: TWO}))
        lines = [*store.export("one")]
        path = other._file.path
        with statements(watch, kind), kind(path) as broken, pytest.raises(StoreError):
            broken.restore(lines)

        assert [*other.tenants()] == []


def safe_on_disk(kind: type[SqliteStore]) -> None:
    """See that what must outlive a power cut waits for the disk, and that a receipt does not."""
    levels: list[int] = []

    def watch(db: sqlite3.Connection, sql: str, act: Act) -> Any:
        if sql == "COMMIT" and db.in_transaction:
            pragma = sqlite3.Connection.execute(db, "PRAGMA synchronous")
            levels.append(pragma.fetchone()[0])
        return act()

    for multiprocess in (False, True):
        with opened(kind, multiprocess=multiprocess) as first:
            path, journal = first._file.path, first._file.journal
            with statements(watch, kind), kind(path, multiprocess=multiprocess) as store:
                levels.clear()
                store.commit(Changes("one", {A: 0}, {A: ONE}))
                store.commit(Changes("one", {A: 1}, {A: TWO}, durable=False))
                store.commit(Changes("one", {A: 2}, {A: ONE}))

        # Without a log all of them wait, for the folder too from which their journal goes.
        assert levels == ([2, 1, 2] if journal == "wal" else [3, 3, 3])


# -- engines -------------------------------------------------------------------------------------


def engine_deaths(kind: type[Engine]) -> None:
    """See that a death at any call of the store changes nothing, but for one request's repeat."""
    calm = Season(1, steps=ERRAND).live()
    for moment in range(1, calm.moments + 1):
        for acts in (False, True):
            outcome = Season(1, steps=ERRAND, engines=kind).live([(moment, acts)])
            assert difference(outcome, calm) == ""
            assert outcome.attempts <= calm.attempts + 1


def engine_orders(kind: type[Engine]) -> None:
    """See that no order of three workers loses an update, nor asks for anything twice."""
    for seed in ORDERS:
        office = Office(seed, Kept(), kind)
        office.work()
        _look(office)


def looks_before_it_asks(kind: type[Engine]) -> None:
    """See that a port is not asked for what was withdrawn while the one before it was asked."""
    world = World()
    world.engine.save(PREPARE, FEE)
    world.engine.save(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE)])]))
    create = world.tasks.create

    def cancels(task: Task, /) -> Receipt:
        fee = engine.job(task.job or "").item("Fee")
        engine.record(fee, Cancelled("not this year"))
        return create(task)

    world.tasks.create = cancels  # type: ignore[method-assign]
    ports = Ports(tasks=world.tasks, invoices=world.invoices)
    engine = kind(ports=ports, store=world.store, clock=world.clock, ids=world.ids)
    engine.start("tax", world.account())

    assert len(world.tasks.created) == 1
    assert world.invoices.created == []


def _look(office: Office) -> None:
    """See that each answered command has its effect."""
    assert office.notes.gapless
    assert office.notes.stale == []
    assert office.paid_so_far() == DOLLAR * office.paid
    assert office.tags <= office.engine.account("b").tags
