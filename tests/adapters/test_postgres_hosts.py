"""A firm inside a host's own transactions in PostgreSQL, and what a season comes to there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.orm import Session

from pipeflow import Account, CreateTask, Pipeline, Ports, Stage, TaskTemplate
from pipeflow import Engine as Firm
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.codec import dump
from pipeflow.errors import DefinitionError, StoreError
from pipeflow.ports import Changes, Parked, RowKey, Store
from pipeflow.shell.demo import told
from pipeflow.testing import FakeTasks, World
from pipeflow.testing.contracts.making import chapter, enqueue
from tests.lasting import FileStore
from tests.postgres import Server

PREPARE = TaskTemplate("Prepare")
TAX = Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)], automove=True), Stage("Done")])


@pytest.fixture
def store(pg_engine: Engine, pg_schema: str) -> SqlStore:
    """Return the store of a firm that has a pipeline and a client."""
    store = SqlStore(pg_engine, schema=pg_schema)
    firm = Firm(store=store, deliver=False)
    firm.save(TAX, PREPARE, Account("Ada", id="ada"))
    return store


@pytest.fixture
def orders(pg_engine: Engine, pg_schema: str) -> str:
    """Make a table of the host's own."""
    name = f"{pg_schema}.orders"
    with pg_engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {name} (id TEXT PRIMARY KEY, job TEXT)"))
    return name


def order(store: SqlStore, connection: Connection, orders: str, id: str) -> str:
    """Start a job, and keep an order of the host's in the same transaction."""
    firm = Firm(store=store.joined(connection), deliver=False)
    job = firm.start("tax", "ada").id
    kept = text(f"INSERT INTO {orders} VALUES (:id, :job)")  # noqa: S608  (a name of the test's own)
    connection.execute(kept, {"id": id, "job": job})
    return job


def test_what_the_host_commits_is_delivered_by_the_next_tick(
    store: SqlStore, pg_engine: Engine, orders: str
) -> None:
    """And not before: nobody sees it."""
    tasks = FakeTasks()
    worker = Firm(ports=Ports(tasks=tasks), store=store)

    with pg_engine.begin() as connection:
        job = order(store, connection, orders, "o1")
        assert worker.tick().delivered == ()
        assert worker.jobs() == ()

    assert len(worker.tick().delivered) == 1
    assert [task.job for task in tasks.created] == [job]
    assert worker.complete(worker.job(job).item("Prepare")).stage == "done"


def test_what_the_host_takes_back_never_was(
    store: SqlStore, pg_engine: Engine, orders: str
) -> None:
    """Neither the job, nor its history, nor what it asked for."""
    before = [*store.export("default")]

    with pg_engine.connect() as connection:
        order(store, connection, orders, "o1")
        connection.rollback()

    assert [*store.export("default")] == before
    assert store.next_due() is None


def test_a_command_that_is_refused_leaves_the_hosts_transaction_as_it_was(
    store: SqlStore, pg_engine: Engine, orders: str
) -> None:
    """Whatever the store refuses; the host goes on, and commits what it has."""
    with pg_engine.begin() as connection:
        inside = store.joined(connection)
        row = RowKey("account", "ada")
        first = order(store, connection, orders, "o1")
        with pytest.raises(Exception, match="is at version 1, not 7"):
            inside.commit(Changes("default", {row: 7}))
        second = order(store, connection, orders, "o2")

    assert {job.id for job in Firm(store=store, deliver=False).jobs()} == {first, second}


def test_an_engine_that_delivers_leaves_what_it_may_not_deliver_yet(
    store: SqlStore, pg_engine: Engine
) -> None:
    """No port is called before the host has committed: it may still take it back."""
    tasks = FakeTasks()
    with pg_engine.begin() as connection:
        firm = Firm(ports=Ports(tasks=tasks), store=store.joined(connection))
        job = firm.start("tax", "ada")

    assert tasks.created == []
    found = store.due("default", f"default/{job.id}/1/create-task-prepare")
    assert isinstance(found, Parked)
    assert found.attempt == 0


def test_a_receipt_in_a_hosts_transaction_waits_for_the_disk_as_the_host_says(
    store: SqlStore, pg_engine: Engine
) -> None:
    """Receipts of its own may go with a power cut, and orders of the host's may not."""
    Firm(store=store, deliver=False).start("tax", "ada")
    (request,) = Firm(store=store, deliver=False).pending()

    with pg_engine.begin() as connection:
        Firm(store=store.joined(connection), deliver=False).delivered(request.key)
        assert connection.scalar(text("SHOW synchronous_commit")) == "on"


def test_a_session_of_the_orm_is_joined_by_its_connection(
    store: SqlStore, pg_engine: Engine, orders: str
) -> None:
    """What is in the session's transaction goes with it."""
    with Session(pg_engine) as session:
        job = order(store, session.connection(), orders, "o1")
        session.commit()
        order(store, session.connection(), orders, "o2")
        session.rollback()

    assert [one.id for one in Firm(store=store, deliver=False).jobs()] == [job]


def test_a_joined_store_says_so_and_exports_nothing(store: SqlStore, pg_engine: Engine) -> None:
    """There is no one instant in a transaction that sees what others commit."""
    with pg_engine.connect() as connection:
        inside = store.joined(connection)

        assert repr(inside).endswith("in a transaction of its host>")
        with pytest.raises(StoreError, match="ask the store that it was joined to"):
            list(inside.export("default"))
        with pytest.raises(DefinitionError, match="must be a Connection"):
            store.joined(pg_engine)  # type: ignore[arg-type]


# -- a season, and moving house ------------------------------------------------------------------


@pytest.fixture
def house(pg_engine: Engine, pg_schema: str) -> SqlStore:
    """Return an empty store in PostgreSQL."""
    return SqlStore(pg_engine, schema=pg_schema, clock=World().clock)


def test_the_demo_is_the_same_as_in_memory(
    house: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three weeks of a firm, told word for word; and what is kept of them, byte for byte."""
    kept: list[Store] = []

    def noted(store: Store) -> None:
        def world(*given: object, **more: object) -> World:
            kept.append(store)
            return World(*given, store=store, **more)  # type: ignore[arg-type]

        monkeypatch.setattr("pipeflow.shell.demo.World", world)

    seasons: list[list[str]] = []
    for store in (MemoryStore(), FileStore(), house):
        noted(store)
        seasons.append([*told()])

    memory, file, postgres = kept
    assert seasons[0] == seasons[1] == seasons[2]
    assert [*postgres.tenants()] == [*memory.tenants()]
    for tenant in memory.tenants():  # memory keeps receipts together, so its versions are others
        assert [*postgres.export(tenant)] == [*file.export(tenant)]


def test_a_firm_moves_between_all_houses_and_is_the_same(
    house: SqlStore, postgres: Server, pg_engine: Engine
) -> None:
    """Memory, PostgreSQL, a file, PostgreSQL and memory again, byte for byte."""
    world = World()
    world.engine.save(TAX, PREPARE)
    for name in ("Ada", "Zoë", "ädda", "Bob", "_", "aB", "Ab", "\U0001f600", "\uffee"):
        job = world.engine.start("tax", world.account(name))
        world.tasks.fail_next(RuntimeError("busy"))
        world.engine.complete(job.item("Prepare"))
    lines = [*world.store.export("default")]

    with postgres.schema(pg_engine) as name:
        road: list[Store] = [
            house, FileStore(), SqlStore(pg_engine, schema=name, clock=world.clock), MemoryStore(),
        ]  # fmt: skip
        for one in road:
            one.restore(lines)
            assert [*one.export("default")] == lines
            jobs = Firm(store=one, deliver=False).jobs()
            assert [dump(job) for job in jobs] == [dump(job) for job in world.engine.jobs()]
            if isinstance(one, SqliteStore):
                one.close()


def test_nothing_is_handed_out_inside_the_hosts_transaction(
    store: SqlStore, pg_engine: Engine, orders: str
) -> None:
    """A tick there calls no port, for the host may still take it all back."""
    tasks = FakeTasks()
    with pg_engine.connect() as connection:
        order(store, connection, orders, "o-1")
        inside = Firm(store=store.joined(connection), ports=Ports(tasks=tasks))
        assert inside.tick().delivered == ()
        connection.rollback()

    assert tasks.created == []


def test_the_feed_is_read_while_a_host_holds_locks_of_its_own_and_jobs_are_started(
    store: SqlStore, pg_engine: Engine, orders: str
) -> None:
    """Numbers of locks may be negative, as half of ours are."""
    before = len(store.feed().rows)
    with pg_engine.connect() as connection, pg_engine.connect() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(-1), pg_advisory_xact_lock(-(1 << 40))"))
        for number in range(8):
            order(store, connection, orders, f"o-{number}")
        assert len(store.feed().rows) == before
        connection.commit()
        assert len(store.feed().rows) > before


def test_a_long_transaction_of_a_host_takes_no_more_locks_than_a_short_one(
    store: SqlStore, pg_engine: Engine
) -> None:
    """The server has room for some thousands, for all who work with it."""
    held = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    )
    numbers: list[int] = []
    with pg_engine.connect() as connection:
        inside = store.joined(connection)
        for _ in range(9):
            enqueue(inside, log={RowKey("account", "ada"): (chapter(),)})
            numbers.append(connection.scalar(held))

    assert numbers == [1] * 9


def test_the_feed_waits_for_a_host_whose_first_savepoint_was_taken_back(
    store: SqlStore, pg_engine: Engine
) -> None:
    """With it went what held the feed back, and the next commit holds it back anew."""
    row = RowKey("account", "ada")
    begun = store.feed(limit=99).next
    with pg_engine.connect() as connection:
        inside = store.joined(connection)
        with connection.begin_nested() as first:
            enqueue(inside, log={row: (chapter("never"),)})
            first.rollback()
        enqueue(inside, log={row: (chapter("late"),)})
        enqueue(store, log={row: (chapter("early"),)})
        assert store.feed(after=begun).rows == ()
        connection.commit()

    told = [line[1] for _, one in store.feed(after=begun).rows for line in one.lines]
    assert told == ["late", "early"]


@pytest.mark.parametrize("isolation", [None, "AUTOCOMMIT", "REPEATABLE READ"], ids=str)
def test_several_who_make_the_tables_at_once_make_them_once(
    postgres: Server, pg_engine: Engine, isolation: str | None
) -> None:
    """The processes of a host may all be started together, whatever its engine does by itself."""
    name = "made_at_once"
    options = {} if isolation is None else {"isolation_level": isolation}
    engine = create_engine(postgres.url, **options)
    with pg_engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    with ThreadPoolExecutor(6) as pool:
        made = [pool.submit(SqlStore.create, engine, schema=name) for _ in range(6)]
        for one in made:
            one.result()

    assert list(SqlStore(engine, schema=name).tenants()) == []
    engine.dispose()
    with pg_engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))


def test_a_host_whose_engine_says_where_tables_are_makes_them_there_once(
    pg_engine: Engine, pg_schema: str
) -> None:
    """Such as one that has a schema for each of its own clients."""
    engine = pg_engine.execution_options(schema_translate_map={None: pg_schema})

    SqlStore.create(engine)
    enqueue(SqlStore(engine), log={RowKey("account", "ada"): (chapter(),)})

    assert len(SqlStore(pg_engine, schema=pg_schema).feed().rows) == 1


def test_a_schema_that_is_not_there_is_named(pg_engine: Engine) -> None:
    """By the store, which cannot tell it from missing tables, and where tables are made."""
    what = r"in a schema 'nowhere', or no such schema; make it, and .*schema='nowhere'"
    with pytest.raises(StoreError, match=what):
        SqlStore(pg_engine, schema="nowhere").feed()
    with pytest.raises(StoreError, match=r"has no schema 'nowhere'; make it first"):
        SqlStore.create(pg_engine, schema="nowhere")


def test_tables_without_a_schema_go_into_one_of_the_search_path(postgres: Server) -> None:
    """Where none of them is there it says so, for nobody has named one."""
    options = {"options": "-c search_path=nowhere"}
    engine = create_engine(postgres.url, connect_args=options, poolclass=NullPool)

    with pytest.raises(StoreError, match=r"no schema of the connection's search path; .*`schema=`"):
        SqlStore.create(engine)


def test_a_database_that_does_not_keep_every_letter_is_refused(
    postgres: Server, pg_engine: Engine
) -> None:
    """Sooner or later a client of its firm has one that it lacks."""
    with pg_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        how = "ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER libc"
        connection.execute(text(f"CREATE DATABASE old {how}"))
    with pytest.raises(StoreError, match="keeps letters of LATIN1 alone; make a database in UTF8"):
        SqlStore.create(postgres.url.replace("/postgres", "/old"))
