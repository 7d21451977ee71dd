"""What the store of SQLAlchemy asks of its host, and what it tells him; in a database of SQLite."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, create_engine, event, inspect, text

from pipeflow import (
    Account,
    CreateInvoice,
    CreateTask,
    InvoiceTemplate,
    LineItem,
    Money,
    Pipeline,
    Ports,
    Reminders,
    ReminderSent,
    Stage,
    TaskTemplate,
)
from pipeflow import Engine as Firm
from pipeflow.adapters import sql_terms
from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.errors import DefinitionError, StoreError, UnavailableError
from pipeflow.ports import Changes, Parked, Query, RowKey, Waker
from pipeflow.ports.terms import place_terms
from pipeflow.testing import FakeTasks, ManualClock, World
from pipeflow.testing.contracts.making import (
    AT_WORK,
    LEASE,
    NOW,
    ONE,
    A,
    chapter,
    due,
    enqueue,
    held,
    job,
    put,
    stored,
)
from tests.hosted import quick, with_tables


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return the engine of a host, with the tables in its database."""
    engine = quick(with_tables(tmp_path / "app.db"))
    yield engine
    engine.dispose()


def test_tables_are_made_once_and_by_nobody_else(tmp_path: Path) -> None:
    """A store that finds none says how they are made; to make them again changes nothing."""
    url = f"sqlite:///{tmp_path / 'app.db'}"
    with SqlStore(url) as store:
        with pytest.raises(StoreError, match=r"call `SqlStore.create` once"):
            put(store, job("j1"))
        SqlStore.create(url)
        put(store, job("j1"))
        SqlStore.create(url)

        assert stored(store, RowKey("job", "j1")) is not None


def test_a_migration_makes_the_tables_with_its_own(tmp_path: Path) -> None:
    """They are part of what it commits, and are called pf_ and something."""
    engine = create_engine(f"sqlite:///{tmp_path / 'app.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id TEXT)"))
        SqlStore.create(connection)

    found = set(inspect(engine).get_table_names())
    engine.dispose()

    assert found - {"orders"} == {*SqlStore.tables().tables}
    assert all(name.startswith("pf_") for name in SqlStore.tables().tables)
    assert all(name.startswith("office.pf_") for name in SqlStore.tables("office").tables)


@pytest.mark.parametrize("knows", [True, False], ids=["it was running", "it begins"])
def test_tables_of_a_newer_version_are_refused(engine: Engine, knows: bool) -> None:
    """Also by a process that was running when they were renewed."""
    store = SqlStore(engine)
    if knows:
        put(store, job("j1"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE pf_meta SET version = 99"))

    with pytest.raises(StoreError, match=r"is of version 99, and .* up to 2; install the newer"):
        store.commit(Changes("one", {A: 0}, {A: ONE}))
    with pytest.raises(StoreError, match="is of version 99"):
        SqlStore.create(engine)


def test_whoever_looks_writes_nothing_in_tables_of_a_newer_version(engine: Engine) -> None:
    """Nor that a lease has ended, which whoever looks writes down else."""
    clock = ManualClock(NOW)
    store, kept = SqlStore(engine, clock=clock), text("SELECT state, error FROM pf_due")
    enqueue(store, held("k"))
    assert store.renew("one", "k", 1, LEASE)
    with engine.begin() as connection:
        connection.execute(text("UPDATE pf_meta SET version = 99"))
    clock.advance(hours=1)

    assert store.next_due() == NOW + LEASE
    assert isinstance(store.due("one", "k"), Parked)
    assert store.parked("one").rows == ()
    assert not store.renew("one", "k", 1, LEASE)
    with pytest.raises(StoreError, match="is of version 99"):
        store.claim("me", LEASE, 1, due=NOW)

    with engine.connect() as connection:
        assert connection.execute(kept).one() == ("leased", "")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("nonsense s3cret", "is no address of a database", id="nonsense"),
        pytest.param(None, "must be the address", id="None"),
        pytest.param("sqlite+nothing:///s3cret", "is no address", id="an unknown driver"),
        pytest.param("sqlite://u:s3cret@h:abc/x", "is no address", id="a port that is none"),
        pytest.param(
            "postgresql+psycopg_async://u:s3cret@h/x",
            "awaits its driver",
            id="a driver that is awaited",
        ),
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(url: str, told: str) -> None:
    """It may hold a password."""
    with pytest.raises(DefinitionError, match=told) as refused:
        SqlStore(url)

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("taken", [SqlStore, SqlStore.create], ids=["store", "tables"])
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql+psycopg_async://u:s3cret@h/x", r"'s create_engine\('postgresql\+psycopg://"),
        ("sqlite+aiosqlite://", r"'s create_engine\('sqlite:///"),
    ],
    ids=["PostgreSQL", "SQLite"],
)
def test_an_engine_that_awaits_its_driver_is_refused_before_it_connects(
    taken: Callable[[Engine], object], url: str, told: str
) -> None:
    """Such as the `sync_engine` of one of SQLAlchemy's; the sentence says what to give instead."""
    driver = SimpleNamespace(paramstyle="qmark", sqlite_version_info=(3, 40), has_stop=True)
    engine = create_engine(url, **({"module": driver} if "aiosqlite" in url else {}))

    with pytest.raises(DefinitionError, match=told) as refused:
        taken(engine)

    assert "s3cret" not in str(refused.value)


def test_a_driver_whose_answers_nobody_knows_is_refused() -> None:
    """It would call a deadlock an outage, and take a text that cannot be kept for a mistake."""
    driver = SimpleNamespace(paramstyle="pyformat", __version__="1.31.6")
    engine = create_engine("postgresql+pg8000://u:s3cret@h/x", module=driver)

    with pytest.raises(DefinitionError, match=r"'pg8000', .* postgresql\+psycopg://") as refused:
        SqlStore(engine)

    assert "s3cret" not in str(refused.value)


def test_a_store_says_where_it_is_and_how_many_rows_it_has(engine: Engine, tmp_path: Path) -> None:
    """And that it is closed; a host's engine goes on."""
    with SqlStore(engine) as store:
        put(store, job("j1"), job("j2"))
        assert repr(store) == f"<SqlStore 'sqlite {tmp_path / 'app.db'}': 2 rows>"

    assert repr(store).endswith(": closed>")
    with pytest.raises(StoreError, match="was closed; open a new store"):
        store.read("one", [A])
    assert len(SqlStore(engine).find("one", Query("job")).rows) == 2


def test_a_host_whose_engine_commits_by_itself_gets_whole_commits(tmp_path: Path) -> None:
    """The store begins a transaction for each of its own."""
    path = with_tables(tmp_path / "app.db")
    engine = create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")
    store = SqlStore(engine)
    enqueue(store, due("k"))
    before = [*store.export("one")]

    refusing = "CREATE TRIGGER no BEFORE INSERT ON pf_due BEGIN SELECT RAISE(ABORT, 'no'); END"
    with engine.connect() as connection:
        connection.execute(text(refusing))
    with pytest.raises(StoreError):
        store.commit(Changes("one", {A: 0}, {A: ONE}, dues=(due("l"),), log={A: (chapter(),)}))

    assert [*store.export("one")] == before
    engine.dispose()


def test_a_database_that_another_program_holds_is_unavailable(tmp_path: Path) -> None:
    """It may be free when somebody tries again."""
    path = with_tables(tmp_path / "app.db")
    holder = quick(path)
    store = SqlStore(create_engine(f"sqlite:///{path}", connect_args={"timeout": 0}))

    with holder.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError, match="does not answer"):
            put(store, job("j1"))
    put(store, job("j1"))
    store._connections.engine.dispose()
    holder.dispose()


def test_a_commit_takes_as_many_statements_however_much_there_is(engine: Engine) -> None:
    """And as many for three jobs with three requests each as for one."""
    store, statements = SqlStore(engine), list[str]()
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))

    def number(ids: str) -> int:
        keys = [RowKey("job", id) for id in ids]
        there = store.read("one", keys).rows
        statements.clear()
        store.commit(
            Changes(
                "one",
                {key: there[key].version if key in there else 0 for key in keys},
                {key: job(key.id, comments=str(len(statements))) for key in keys},
                tuple(due(f"{key.id}{n}{len(there)}") for key in keys for n in range(3)),
                log={key: (chapter(key.id),) for key in keys},
            )
        )
        return len(statements)

    new, few = number("a"), number("a")
    put(store, *(job(f"other-{n}") for n in range(200)))
    for _ in range(20):
        enqueue(store, log={A: (chapter(),)})
    assert (number("bcd"), number("bcd")) == (new, few)
    assert max(new, few) < 15


def test_a_transaction_of_the_host_is_joined(engine: Engine) -> None:
    """What he takes back never was, and what he commits is there."""
    store = SqlStore(engine)
    for end, found in (("rollback", None), ("commit", 1)):
        with engine.connect() as connection:
            inside = store.joined(connection)
            assert inside.commit(Changes("one", {A: 0}, {A: ONE}, dues=(due("k"),))) is False
            assert inside.claim("me", timedelta(minutes=1), 1, due=NOW) == []
            getattr(connection, end)()

        row = stored(store, A)
        assert (row and row.version) == found


class Bell(Waker):
    """Notes for when it rings."""

    def __init__(self) -> None:
        """Begin with nothing noted."""
        self.rings: list[datetime] = []

    def wake(self, tenant: str, at: datetime, /) -> None:
        """Note it."""
        self.rings.append(at)


@pytest.mark.parametrize("deliver", [True, False], ids=["delivers", "leaves it"])
def test_nobody_is_woken_for_what_the_host_has_still_to_commit(
    engine: Engine, deliver: bool
) -> None:
    """He would find nothing, and sleep on; the host rings when it is there."""
    bell, tasks, clock = Bell(), FakeTasks(), ManualClock(NOW)
    store = SqlStore(engine, clock=clock)
    worker = Firm(store=store, ports=Ports(tasks=tasks), clock=clock, waker=bell)
    prepare = TaskTemplate("Prepare")
    worker.save(prepare, Pipeline("Tax", [Stage("Work", [CreateTask(prepare)]), Stage("Done")]))
    client = worker.save(Account("Ada Lovelace"))
    worker.tick()
    bell.rings.clear()

    with engine.begin() as connection:
        inside = Firm(
            store=store.joined(connection), ports=Ports(tasks=tasks), clock=clock, waker=bell,
            deliver=deliver,
        )  # fmt: skip
        inside.start("tax", client)
        inside.tick()
        assert (store.joined(connection).final, store.final) == (False, True)
    assert bell.rings == []

    at = store.next_due(tenant="default")
    assert at is not None
    clock.set(max(at, clock.now()))
    assert len(worker.tick().delivered) == 1


@pytest.mark.parametrize(
    ("meta", "told"),
    [
        ("UPDATE pf_meta SET version = 0", "is of version 0; call `SqlStore.create`, which renews"),
        ("DELETE FROM pf_meta", "has no version in its pf_meta; call `SqlStore.create` once"),
    ],
    ids=["older", "none"],
)
def test_tables_that_have_yet_to_be_renewed_are_refused(
    engine: Engine, meta: str, told: str
) -> None:
    """With what to call."""
    with engine.begin() as connection:
        connection.execute(text(meta))

    with pytest.raises(StoreError, match=re.escape(told)):
        put(SqlStore(engine), job("j1"))


def test_tables_of_the_first_version_learn_where_jobs_stand_on_their_boards(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `create`, however many they are; what nobody can read stays as it is."""
    monkeypatch.setattr(sql_terms, "AT_ONCE", 2)
    store = SqlStore(engine)
    put(store, *(job(f"j{number}") for number in range(5)), job("x"), Account("Ada", id="ada"))
    store.commit(Changes("one", {A: 0}, {A: ONE}))
    with engine.begin() as connection:
        for sql in (
            "DELETE FROM pf_term WHERE field IN ('column', 'place')",
            "UPDATE pf_term SET value = 'work' WHERE field = 'stage'",
            "UPDATE pf_row SET data = '{' WHERE id = 'x'",
            "INSERT INTO pf_row SELECT tenant, 'job', id, version, data FROM pf_row WHERE id = 'a'",
            "UPDATE pf_meta SET version = 1",
        ):
            connection.execute(text(sql))
    with pytest.raises(StoreError, match=r"call `SqlStore\.create`, which renews"):
        SqlStore(engine).read("one", [A])

    SqlStore.create(engine)

    store, cards = SqlStore(engine), Query("job", (("place", place_terms("tax", "work")),), "place")
    assert [key.id for key, _ in store.find("one", cards).rows] == ["j0", "j1", "j2", "j3", "j4"]
    assert store.count("one", Query("job"), "stage") == {AT_WORK: 5, "work": 1}


def test_a_branch_of_a_firm_in_a_database_changes_nothing_there(engine: Engine) -> None:
    """It reads through, rows that wait and those that somebody holds too."""
    store = SqlStore(engine, clock=ManualClock(NOW))
    world = World(NOW, store=store)
    firm, fee = world.engine, InvoiceTemplate("Fee", lines=[LineItem("x", rate=Money("9", "USD"))])
    bill = CreateInvoice(fee, reminders=Reminders(every=3, times=2))
    firm.save(fee, Pipeline("Tax", [Stage("Bill", [bill]), Stage("Done")]))
    world.invoices.fail_next(ConnectionError("down"), times=1)
    started = firm.start("tax", world.account())
    before = [*store.export("default")]

    branch = firm.what_if()
    branch.advance(days=10)

    assert len(branch.history(started).of(ReminderSent)) == 2
    assert branch.failures() == ()
    assert len(firm.failures()) == 1
    assert [*store.export("default")] == before
