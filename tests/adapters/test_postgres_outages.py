"""A PostgreSQL that is stopped, or never answers: what is told, and how it goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, event, text

from pipeflow import Account, CreateTask, Engine, Pipeline, Ports, Stage, TaskTemplate
from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.errors import ConflictError, DefinitionError, StoreError, UnavailableError
from pipeflow.ports import Changes, RowKey
from pipeflow.testing import FakeTasks
from pipeflow.testing.contracts.making import ANSWER, ONE, TWO, A, chapter, enqueue, stored
from tests.postgres import LONGEST, Server

PREPARE = TaskTemplate("Prepare")
TAX = Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)], automove=True), Stage("Done")])


@pytest.fixture
def server(postgres: Server) -> Iterator[Server]:
    """Run one that may be stopped, where a server is asked for."""
    server = Server()
    SqlStore.create(server.url)
    yield server
    server.remove()


def test_the_tests_leave_no_server_behind_however_they_end(postgres: Server) -> None:
    """Whoever runs them may end them at any time."""
    killed = "import os; from tests.postgres import LONGEST, Server; server = Server();"
    killed += "print(server.folder, flush=True); os.kill(os.getpid(), 9)"

    process = subprocess.Popen([sys.executable, "-c", killed], stdout=subprocess.PIPE, text=True)
    told, _ = process.communicate(timeout=LONGEST)  # until nobody is there who could say more

    assert process.returncode == -9
    assert told.startswith(str(postgres.folder.parent))
    assert not Path(told.strip()).exists()


def test_a_firm_goes_on_when_its_server_is_back(server: Server) -> None:
    """While it is away every call says so; afterwards the same store does all that it did."""
    tasks = FakeTasks()
    with SqlStore(server.url) as store:
        firm = Engine(ports=Ports(tasks=tasks), store=store)
        firm.save(TAX, PREPARE, Account("Ada", id="ada"))
        job = firm.start("tax", "ada", command_id="first")

        for how in ("fast", "immediate"):
            server.stop(how)
            for _ in range(2):
                with pytest.raises(UnavailableError, match="does not answer"):
                    firm.tick()
                with pytest.raises(UnavailableError, match="does not answer"):
                    firm.start("tax", "ada", command_id=how)
            assert "does not answer" in repr(store)
            server.start()

            firm.tick()
            assert firm.start("tax", "ada", command_id=how).stage == "work"
        assert firm.start("tax", "ada", command_id="first").id == job.id
        assert len(tasks.created) == 3
        assert len(firm.jobs()) == 3


@pytest.mark.parametrize("arrives", [False, True], ids=["lost", "arrived"])
def test_a_commit_whose_answer_is_lost_is_repeated_and_acts_once(
    server: Server, arrives: bool
) -> None:
    """Nobody knows whether it arrived; the same command id finds out."""
    engine = create_engine(server.url)
    store = SqlStore(engine)
    change = Changes("one", {A: 0}, {A: ONE}, command_id="c", result=ANSWER)
    store.read("one", [A])

    @event.listens_for(engine, "commit", once=True)
    def cut(connection: object) -> None:
        if arrives:
            driver = connection.connection.dbapi_connection  # type: ignore[attr-defined]
            driver.commit()
            driver.execute("SELECT 1")  # so that the driver has something left to commit
        server.stop("immediate")

    with pytest.raises(UnavailableError):
        store.commit(change)
    server.start()
    try:
        store.commit(change)
    except StoreError as error:
        assert arrives, error  # noqa: PT017
        assert type(error).__name__ == "DuplicateCommandError"  # noqa: PT017

    assert stored(store, A) is not None
    assert store.read("one", [A]).rows[A].version == 1
    engine.dispose()


def test_whoever_follows_the_feed_is_told_what_comes_after_a_power_cut(server: Server) -> None:
    """It takes receipts that were not on the disk yet, and others get their numbers."""
    with SqlStore(server.url) as store:
        for number in range(70):  # a sequence goes to the disk for 32 numbers at once
            enqueue(store, log={A: (chapter(f"{number}"),)}, durable=False)
        place = store.feed().next
        server.stop("immediate")
        server.start()
        with pytest.raises(UnavailableError):  # by the connection that was cut
            store.feed()
        enqueue(store, log={A: (chapter("afterwards"),)})

        told = [line[1] for _, one in store.feed(after=place).rows for line in one.lines]

    assert told == ["afterwards"]


@pytest.mark.parametrize("waits", ["on", "off"])
def test_a_power_cut_takes_nothing_of_which_a_host_was_told_in_his_transaction(
    server: Server, waits: str
) -> None:
    """He wrote nothing in it himself, and his own commits may not wait for the disk."""
    options = {"options": f"-c synchronous_commit={waits}"}
    engine = create_engine(server.url, poolclass=NullPool, connect_args=options)
    store = SqlStore(engine)
    for number in range(70):
        enqueue(store, log={A: (chapter(f"{number}"),)}, durable=False)
    with engine.begin() as connection:
        page = store.joined(connection).feed()
    server.stop("immediate")
    server.start()

    assert len(page.rows) == 70
    assert store.feed() == page


def test_a_connection_that_an_operator_ends_is_unavailable(server: Server) -> None:
    """SQLSTATE 57P01, as when a server is taken down for maintenance."""
    engine = create_engine(server.url, pool_size=1, max_overflow=0)
    store = SqlStore(engine)
    enqueue(store, log={A: (chapter(),)})
    with create_engine(server.url, poolclass=NullPool).connect() as other:
        other.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )

    with pytest.raises(UnavailableError):
        store.read("one", [A])
    assert len(store.feed().rows) == 1
    engine.dispose()


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_what_somebody_else_holds_for_longer_than_a_host_will_wait_is_unavailable(
    server: Server, limit: str
) -> None:
    """Hosts set such limits for all that they ask; another try may find it free."""
    patient = create_engine(server.url)
    hasty = create_engine(server.url, connect_args={"options": f"-c {limit}=50ms"})
    SqlStore(patient).commit(Changes("one", {A: 0}, {A: ONE}))

    with patient.begin() as connection:
        SqlStore(patient).joined(connection).commit(Changes("one", {A: 1}, {A: TWO}))
        with pytest.raises(UnavailableError, match="timeout"):
            SqlStore(hasty).commit(Changes("one", {A: 1}, {A: ONE}))
    SqlStore(hasty).commit(Changes("one", {A: 2}, {A: ONE}))

    for engine in (patient, hasty):
        engine.dispose()


def test_a_pool_that_is_used_up_is_unavailable(server: Server) -> None:
    """Nothing was sent; another try may find a connection."""
    engine = create_engine(server.url, pool_size=1, max_overflow=0, pool_timeout=0.01)
    store = SqlStore(engine)

    with engine.connect(), pytest.raises(UnavailableError, match="pool are in use"):
        store.read("one", [A])
    engine.dispose()


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    """Neither in errors nor in what the store is called."""
    store = SqlStore("postgresql+psycopg://firm:s3cret@127.0.0.1:1/firm?connect_timeout=2")

    with pytest.raises(UnavailableError) as told:
        store.read("one", [A])

    assert "s3cret" not in f"{told.value!s} {store!r} {told.value.__cause__}"
    assert "127.0.0.1:1/firm" in repr(store)


@pytest.mark.parametrize("key", ["a\0b", "\ud800"], ids=["NUL", "half a pair"])
def test_what_no_database_can_keep_is_refused(server: Server, key: str) -> None:
    """With a sentence, as the model does."""
    with SqlStore(server.url) as store, pytest.raises(DefinitionError, match="cannot be kept"):
        store.commit(Changes("one", {RowKey("member", key): 0}, {RowKey("member", key): ONE}))


def test_what_goes_wrong_tells_nothing_of_what_was_written(server: Server) -> None:
    """Nobody reads a client's data in a log."""
    with SqlStore(server.url) as store:
        with create_engine(server.url, poolclass=NullPool).begin() as connection:
            connection.execute(text("ALTER TABLE pf_row ADD CHECK (data NOT LIKE '%two@%')"))

        with pytest.raises(StoreError) as told:
            store.commit(Changes("one", {A: 0}, {A: TWO}))

    assert not isinstance(told.value, ConflictError)
    assert (
        "two@example.com"
        not in f"{told.value} {told.value.__cause__!s}".replace("two@%", "").split("DETAIL")[0]
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_process_uses_connections_of_its_own(server: Server) -> None:
    """Though its parent was connected when it forked; both go on."""
    with SqlStore(server.url) as store:
        enqueue(store, log={A: (chapter("parent"),)})
        pid = os.fork()
        if not pid:
            done = 1
            try:
                enqueue(store, log={A: (chapter("child"),)})
                done = 0
            finally:
                os._exit(done)
        assert os.waitpid(pid, 0)[1] == 0
        enqueue(store, log={A: (chapter("parent again"),)})

        said = [line[1] for _, told in store.feed().rows for line in told.lines]

    assert said == ["parent", "child", "parent again"]
