"""Several transactions at once in PostgreSQL: nothing is lost, left out, or done twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from textwrap import dedent
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    column,
    create_engine,
    event,
    select,
    table,
    text,
    update,
)
from sqlalchemy.schema import CreateSchema, DropSchema

from pipeflow import Account
from pipeflow import Engine as Firm
from pipeflow.adapters import sql_commit, sql_tables
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.microseconds import MICROSECOND, number_of
from pipeflow.adapters.sql_dialects import Instant, Postgres
from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.errors import (
    ConflictError,
    DefinitionError,
    DuplicateCommandError,
    UnavailableError,
)
from pipeflow.model.accounts import Member
from pipeflow.model.record import replaced
from pipeflow.ports import (
    Changes,
    DueState,
    Query,
    RowKey,
    Settle,
    Span,
    Store,
    Withdrawal,
    terms_of,
)
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts.making import (
    ANSWER,
    AT_WORK,
    NOW,
    ONE,
    TWO,
    A,
    B,
    chapter,
    due,
    enqueue,
    held,
    job,
    log,
    parked,
    put,
    state,
    stored,
)
from tests.postgres import Server

LEASE = timedelta(minutes=1)
THREADS, PROCESSES, TIMES = 8, 2, 15
WRITER = """
    import sys
    from pipeflow.adapters.sqlalchemy import SqlStore
    from tests.adapters.test_postgres_together import count_up

    store = SqlStore(sys.argv[1], schema=sys.argv[2])
    count_up(store, sys.argv[3], int(sys.argv[4]))
"""


@pytest.fixture
def store(pg_engine: Engine, pg_schema: str) -> SqlStore:
    """Return a store that goes by the server's clock."""
    return SqlStore(pg_engine, schema=pg_schema)


def count_up(store: Store, who: str, times: int) -> None:
    """Count a row that all share up, and one of its own with it, until that was done so often."""
    mine, done = RowKey("member", who), 0
    while done < times:
        rows = store.read("one", (A, mine)).rows
        expect = {key: rows[key].version if key in rows else 0 for key in (A, mine)}
        counted = {key: int(rows[key].value.name) if key in rows else 0 for key in (A, mine)}
        values = {key: Member(str(number + 1)) for key, number in counted.items()}
        try:
            store.commit(Changes("one", expect, values, log={A: (chapter(who),)}))
        except ConflictError:
            continue
        done += 1


def at_once(*works: Callable[[], object]) -> None:
    """Do several things in threads of their own; what one raises is raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        for one in [pool.submit(work) for work in works]:
            one.result()


def waits(engine: Engine, of: Future[Any]) -> None:
    """Look until somebody waits for a lock in the server, and has no answer before."""
    sql = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(sql):
            assert not of.done(), of.result()


# -- another version -----------------------------------------------------------------------------


@pytest.mark.parametrize("schema", ["firm", "it's a:b", "5% of it"])
@pytest.mark.parametrize("mapped", [False, True], ids=["named", "mapped"])
def test_tables_are_renewed_once_those_have_ended_who_write_by_the_older_version(
    pg_engine: Engine, monkeypatch: pytest.MonkeyPatch, schema: str, *, mapped: bool
) -> None:
    """What they write last is found by all that the new version knows of it."""
    named = None if mapped else schema
    engine = pg_engine.execution_options(schema_translate_map={None: schema} if mapped else {})
    with pg_engine.begin() as connection:
        connection.execute(CreateSchema(schema))
    SqlStore.create(engine, schema=named)
    put(SqlStore(engine, schema=named), job("j1"))
    with engine.begin() as connection:
        connection.execute(update(SqlStore.tables(named).tables[_meta(named)]).values(version=1))

    with engine.connect() as connection, connection.begin(), ThreadPoolExecutor(1) as pool:
        with monkeypatch.context() as older:
            older.setattr(sql_tables, "VERSION", 1)
            older.setattr(sql_commit, "terms_of", _terms_of_version_1)
            put(SqlStore(engine, schema=named).joined(connection), job("j2"))
        renewing = pool.submit(SqlStore.create, engine, schema=named)
        waits(pg_engine, renewing)
        connection.commit()
        renewing.result()

    everywhere = Query("job", (("place", Span()),), "place")
    found = SqlStore(engine, schema=named).find("one", everywhere).rows
    with pg_engine.begin() as connection:
        connection.execute(DropSchema(schema, cascade=True))
    assert [key.id for key, _ in found] == ["j1", "j2"]


def test_two_migrations_that_wait_for_one_another_are_untied(
    pg_engine: Engine, pg_schema: str
) -> None:
    """One of them makes the tables; the other is told to be taken back, for it holds what it has
    read until it ends, so that to decide anew inside of it would change nothing.
    """
    meta = SqlStore.tables(pg_schema).tables[_meta(pg_schema)]
    with pg_engine.begin() as connection:
        connection.execute(update(meta).values(version=1))
    both, told = Barrier(2), list[str]()

    def migrate() -> None:
        try:
            with pg_engine.begin() as connection:
                connection.execute(select(meta))
                both.wait()
                SqlStore.create(connection, schema=pg_schema)
        except UnavailableError as error:
            told.append(str(error))

    at_once(migrate, migrate)

    with pg_engine.connect() as connection:
        assert connection.scalar(select(meta.c.version)) == sql_tables.VERSION
    assert [one.partition("': ")[2] for one in told] == [
        "two transactions waited for one another; take yours back, and begin it anew"
    ]


def _meta(schema: str | None) -> str:
    return "pf_meta" if schema is None else f"{schema}.pf_meta"


def _terms_of_version_1(value: object) -> frozenset[tuple[str, str]]:
    return frozenset(pair for pair in terms_of(value) if pair[0] not in {"column", "place"})


# -- writers -------------------------------------------------------------------------------------


def test_threads_and_processes_that_write_one_row_lose_no_update(
    store: SqlStore, postgres: Server, pg_schema: str
) -> None:
    """Each commit that was acknowledged is there, in one order that all see."""
    put(store, job("j1"))
    told = [sys.executable, "-c", dedent(WRITER), postgres.url, pg_schema]

    processes = [
        subprocess.Popen([*told, f"p{number}", str(TIMES)], cwd=".") for number in range(PROCESSES)
    ]
    names = [f"t{number}" for number in range(THREADS)]
    at_once(*(lambda who=who: count_up(store, who, TIMES) for who in names))
    for process in processes:
        process.wait()

    assert [process.returncode for process in processes] == [0] * PROCESSES
    names += [f"p{number}" for number in range(PROCESSES)]
    shared = stored(store, A)
    assert shared is not None
    assert shared.value.name == str(TIMES * len(names))
    assert shared.version == TIMES * len(names)
    told_by = [line[1] for one in log(store, A) for line in one.lines]
    assert sorted(told_by) == sorted(names * TIMES)


def test_the_same_command_at_once_acts_once(store: SqlStore) -> None:
    """Whoever comes second waits for the first, and is answered as he was."""
    answers: list[object] = []

    def ask() -> None:
        try:
            store.commit(Changes("one", {A: 0}, {A: ONE}, command_id="c", result=ANSWER))
        except DuplicateCommandError as error:
            answers.append(error.result)

    at_once(*[ask] * THREADS)

    assert answers == [ANSWER] * (THREADS - 1)


def test_readers_of_one_row_do_not_wait_for_one_another(store: SqlStore, pg_engine: Engine) -> None:
    """Two commits that rest upon the firm's settings, and write other rows, go side by side."""
    store.commit(Changes("one", {A: 0, B: 0}, {A: ONE, B: TWO}))
    rows = [RowKey("member", name) for name in ("x", "y")]

    with pg_engine.begin() as first, pg_engine.begin() as second:
        for connection, mine in zip((first, second), rows, strict=True):
            store.joined(connection).commit(Changes("one", {A: 1, mine: 0}, {mine: ONE}))

    assert {*store.read("one", rows).rows} == {*rows}


def test_a_row_that_was_not_there_is_made_by_nobody_until_what_rests_on_it_ends(
    store: SqlStore, pg_engine: Engine
) -> None:
    """Settings that nobody saved were read as such; who saves some waits, and is second."""
    with ThreadPoolExecutor(1) as pool:
        with pg_engine.begin() as connection:
            store.joined(connection).commit(Changes("one", {A: 0, B: 0}, {B: TWO}))
            saved = pool.submit(store.commit, Changes("one", {A: 0}, {A: ONE}))
            waits(pg_engine, saved)
        assert saved.result() is True

    with pytest.raises(ConflictError, match="member 'a' is at version 1, not 0"):
        store.commit(Changes("one", {A: 0, B: 1}, {B: ONE}))


def test_a_row_that_is_made_while_another_goes_is_found_by_all_its_terms(
    store: SqlStore, pg_engine: Engine
) -> None:
    """Also by those that the one before had, which somebody is about to delete."""
    key = RowKey("job", "a")
    store.commit(Changes("one", {key: 0}, {key: job("a")}))
    with ThreadPoolExecutor(1) as pool:
        with pg_engine.begin() as connection:
            store.joined(connection).commit(Changes("one", {key: 1}, deletes=(key,)))
            again = Changes("one", {key: 0}, {key: job("a", comments="other")})
            made = pool.submit(store.commit, again)
            waits(pg_engine, made)
        assert made.result() is True

    assert store.read("one", [key]).rows[key].version == 2
    assert len(store.find("one", Query("job", (("stage", AT_WORK),))).rows) == 1


def test_what_somebody_has_in_hand_is_forgotten_the_next_time(
    store: SqlStore, pg_engine: Engine, pg_schema: str
) -> None:
    """Whoever forgets waits for nobody, who may wait for him."""
    enqueue(store, due("a"), due("b"), cancels=("a", "b"), at=NOW)
    taken = text(f"SELECT key FROM {pg_schema}.pf_due WHERE key = 'a' FOR UPDATE")  # noqa: S608

    with pg_engine.begin() as connection:
        assert connection.scalar(taken) == "a"
        assert store.prune("one", NOW + LEASE) == 1

    assert store.prune("one", NOW + LEASE) == 1


def test_a_job_that_comes_into_a_stage_meanwhile_keeps_it_from_going(
    store: SqlStore, pg_engine: Engine
) -> None:
    """What must find nothing is looked for when whoever writes has ended."""
    query = Query("job", (("stage", AT_WORK),))
    with ThreadPoolExecutor(1) as pool:
        with pg_engine.begin() as connection:
            put(store.joined(connection), job("j1", stage="work"))
            gone = pool.submit(store.commit, Changes("one", {A: 0}, {A: ONE}, none=(query,)))
            waits(pg_engine, gone)
        with pytest.raises(ConflictError, match="must be none"):
            gone.result()


def test_a_firm_that_somebody_begins_meanwhile_is_not_restored_over(
    store: SqlStore, pg_engine: Engine
) -> None:
    """Whether it is empty is looked for when whoever writes in it has ended."""
    other = MemoryStore()
    other.commit(Changes("one", {B: 0}, {B: TWO}))
    with ThreadPoolExecutor(1) as pool:
        with pg_engine.begin() as connection:
            store.joined(connection).commit(Changes("one", {A: 0}, {A: ONE}))
            moved = pool.submit(store.restore, other.export("one"))
            waits(pg_engine, moved)
        with pytest.raises(ConflictError, match="is not empty here"):
            moved.result()

    assert {*store.read("one", [A, B]).rows} == {A}


def test_hosts_whose_transactions_wait_for_one_another_are_told(
    store: SqlStore, pg_engine: Engine
) -> None:
    """An engine does not try again inside: one of them takes his back, and the other goes on."""
    ada, bob = Account("Ada", id="ada"), Account("Bob", id="bob")
    Firm(store=store, deliver=False).save(ada, bob)
    ends: list[str] = []

    def write(first: Account, second: Account, ready: Callable[[], object]) -> None:
        with pg_engine.connect() as connection:
            firm = Firm(store=store.joined(connection), deliver=False)
            firm.save(replaced(first, tags={"seen"}), replace=True)
            ready()
            try:
                firm.save(replaced(second, tags={"seen"}), replace=True)
                connection.commit()
                ends.append("written")
            except UnavailableError as error:
                ends.append(str(error))

    both = Barrier(2)
    at_once(lambda: write(ada, bob, both.wait), lambda: write(bob, ada, both.wait))

    assert ["take yours back, and begin it anew" in end for end in sorted(ends)] == [True, False]
    assert [one.tags for one in Firm(store=store, deliver=False).accounts()] == [{"seen"}] * 2


def test_a_commit_that_waits_for_somebody_who_waits_for_it_is_decided_anew(
    store: SqlStore, pg_engine: Engine, pg_schema: str
) -> None:
    """Nothing is held when it is taken back, so the next try goes through."""
    store.commit(Changes("one", {A: 0, B: 0}, {A: ONE, B: TWO}))
    lock = f"SELECT 1 FROM {pg_schema}.pf_row WHERE id = :id FOR UPDATE"  # noqa: S608

    with ThreadPoolExecutor(1) as pool, pg_engine.connect() as other:
        other.execute(text("SET LOCAL deadlock_timeout TO '60s'"))  # so that it is not the victim
        other.execute(text(lock), {"id": B.id})
        written = pool.submit(store.commit, Changes("one", {A: 1, B: 1}, {A: TWO, B: ONE}))
        waits(pg_engine, written)
        other.execute(text(lock), {"id": A.id})
        with pytest.raises(ConflictError, match="waited for one another"):
            written.result()


# -- claims --------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", [None, 3])
def test_workers_at_once_never_get_one_row(store: SqlStore, each: int | None) -> None:
    """Each row goes to one of them, and none is left."""
    keys = [f"k{number:03}" for number in range(60)]
    enqueue(store, *(due(key, no=no) for no, key in enumerate(keys)))
    taken: list[str] = []

    def take(owner: str) -> None:
        while claims := store.claim(owner, LEASE, 5, due=NOW, each=each):
            taken.extend(claim.due.key for claim in claims)

    at_once(*(lambda owner=f"w{number}": take(owner) for number in range(THREADS)))
    while claims := store.claim("late", LEASE, 5, due=NOW):  # what others had in hand, and left
        taken.extend(claim.due.key for claim in claims)

    assert sorted(taken) == keys


def test_whoever_claims_passes_by_what_another_has_in_hand(
    store: SqlStore, pg_engine: Engine, pg_schema: str
) -> None:
    """And does not wait for it."""
    enqueue(store, due("a"), due("b", no=1))

    with pg_engine.begin() as connection:
        taken = f"SELECT 1 FROM {pg_schema}.pf_due WHERE key = 'a' FOR UPDATE"  # noqa: S608
        connection.execute(text(taken))
        (other,) = store.claim("other", LEASE, 9, due=NOW)
    (mine,) = store.claim("me", LEASE, 9, due=NOW)

    assert (mine.due.key, other.due.key) == ("a", "b")


def test_a_lease_that_ends_while_a_commit_takes_back_others_is_held_for_it(
    store: SqlStore, pg_engine: Engine, pg_schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was marked as withdrawn, and not over, is still heard of by its holder's receipt."""
    with pg_engine.begin() as connection:
        now = f"SELECT {number_of(NOW)} AS at"
        connection.execute(text(f"CREATE TABLE {pg_schema}.hand AS {now}"))
    hand = column("at", BigInteger)
    shown = select(hand).select_from(table("hand", hand, schema=pg_schema)).scalar_subquery()
    monkeypatch.setattr(Postgres, "clock", Instant(shown, {}))
    later = text(f"UPDATE {pg_schema}.hand SET at = at + {LEASE // MICROSECOND}")  # noqa: S608
    passed: list[str] = []

    def passes(_: object, cursor: object, statement: str, *more: object) -> None:
        if "FOR UPDATE" in statement and not passed:
            passed.append(statement)
            with pg_engine.begin() as connection:
                connection.execute(later)

    enqueue(store, held("a", LEASE), held("b", 2 * LEASE))
    with pg_engine.begin() as connection:
        connection.execute(later)
    event.listen(pg_engine, "after_cursor_execute", passes)
    both = (Withdrawal("a", held=False), Withdrawal("b", held=True))
    store.commit(Changes("one", {}, withdraws=both))
    event.remove(pg_engine, "after_cursor_execute", passes)

    assert passed
    assert state(store, "a") is DueState.CANCELLED
    assert parked(store, "b").withdrawn
    assert store.settle("one", Settle("b", 1, DueState.DONE))


# -- the feed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tenant", [None, "one"])
def test_whoever_follows_the_feed_leaves_nothing_out_that_is_committed_late(
    store: SqlStore, pg_engine: Engine, tenant: str | None
) -> None:
    """The first to draw a number commits last; what came behind it is told behind it."""
    enqueue(store, log={A: (chapter("0"),)})
    place = store.feed(tenant=tenant).next

    def follow() -> list[str]:
        nonlocal place
        page = store.feed(tenant=tenant, after=place)
        place = page.next
        return [line[1] for _, told in page.rows for line in told.lines]

    with ExitStack() as hosts:
        slow = hosts.enter_context(pg_engine.connect())
        enqueue(store.joined(slow), log={A: (chapter("1"),)})
        enqueue(store, log={B: (chapter("2"),)})
        assert follow() == []
        slow.commit()
        enqueue(store, log={A: (chapter("3"),)})

    assert follow() == ["1", "2", "3"]
    assert follow() == []


def test_tables_that_are_reached_by_several_names_are_the_same_tables(
    store: SqlStore, postgres: Server, pg_engine: Engine, pg_schema: str
) -> None:
    """One process says the schema, and another goes by the search path of its user."""
    path = {"options": f"-c search_path={pg_schema}"}
    by_path = create_engine(postgres.url, connect_args=path)
    unnamed, begun = SqlStore(by_path), store.feed().next

    with ThreadPoolExecutor(1) as pool:
        with by_path.connect() as slow:
            nobody_saved = Changes("one", {A: 0, B: 0}, {B: TWO}, log={A: (chapter("1"),)})
            unnamed.joined(slow).commit(nobody_saved)
            enqueue(store, tenant="two", log={B: (chapter("2"),)})
            assert store.feed(after=begun).rows == ()
            saved = pool.submit(store.commit, Changes("one", {A: 0}, {A: ONE}))
            waits(pg_engine, saved)
            slow.commit()
        assert saved.result() is True
    by_path.dispose()

    later = store.feed(after=begun).rows
    assert [line[1] for _, told in later for line in told.lines] == ["1", "2"]


def test_what_is_numbered_while_a_page_is_read_is_left_to_the_next(
    store: SqlStore, pg_engine: Engine
) -> None:
    """Two begin when the reader has just looked who is at work, and the second ends at once."""
    begun: list[str] = []

    def meanwhile(_: object, cursor: object, statement: str, *more: object) -> None:
        if "pg_locks" in statement and not begun:
            begun.append(statement)
            enqueue(store.joined(slow), log={A: (chapter("1"),)})
            enqueue(store, log={A: (chapter("2"),)})

    with pg_engine.connect() as slow:
        event.listen(pg_engine, "after_cursor_execute", meanwhile)
        page = store.feed()
        event.remove(pg_engine, "after_cursor_execute", meanwhile)
        slow.commit()

    assert begun
    assert page.rows == ()
    later = store.feed(after=page.next).rows
    assert [line[1] for _, told in later for line in told.lines] == ["1", "2"]


def test_a_transaction_that_is_taken_back_holds_the_feed_no_longer(
    store: SqlStore, pg_engine: Engine
) -> None:
    """Its numbers are never told, and those behind them are."""
    with pg_engine.connect() as connection:
        enqueue(store.joined(connection), log={A: (chapter("1"),)})
        enqueue(store, log={A: (chapter("2"),)})
        assert store.feed().rows == ()
        connection.rollback()

    assert [line[1] for _, told in store.feed().rows for line in told.lines] == ["2"]


def test_the_newest_chapters_are_told_whoever_writes(store: SqlStore, pg_engine: Engine) -> None:
    """Nobody who looks at what happened last waits for a transaction of somebody else."""
    with pg_engine.connect() as connection:
        enqueue(store.joined(connection), log={A: (chapter("1"),)})
        enqueue(store, log={A: (chapter("2"),)})

        newest = store.feed(newest=True).rows

    assert [line[1] for _, told in newest for line in told.lines] == ["2"]


def test_followers_see_what_many_write_in_one_order(store: SqlStore) -> None:
    """While eight threads write, two follow; each gets everything once, in the same order."""
    seen: list[list[str]] = []

    def write(who: int) -> None:
        for number in range(TIMES):
            enqueue(store, log={A: (chapter(f"{who} {number}"),)})

    def follow() -> None:
        mine: list[str] = []
        place: str | None = None
        while len(mine) < THREADS * TIMES:
            page = store.feed(after=place, limit=7)
            place = page.next
            mine.extend(line[1] for _, told in page.rows for line in told.lines)
        seen.append(mine)

    at_once(*(lambda who=who: write(who) for who in range(THREADS)), follow, follow)

    assert seen[0] == seen[1]
    assert sorted(seen[0]) == sorted(f"{a} {b}" for a in range(THREADS) for b in range(TIMES))


# -- the clock -----------------------------------------------------------------------------------


def test_leases_go_by_the_servers_clock(store: SqlStore, pg_engine: Engine) -> None:
    """Whatever the clock of a machine says; a store that has none is asked for none."""
    assert not hasattr(store, "clock")
    enqueue(store, due("k"))
    (claim,) = store.claim("me", LEASE, 1, due=NOW)

    ends = store.next_due()
    with pg_engine.connect() as connection:
        server = connection.scalar(text("SELECT now()"))

    assert claim.token == 1
    assert ends is not None
    assert timedelta() < server + LEASE - ends < LEASE


def test_a_store_may_be_given_a_clock(pg_engine: Engine, pg_schema: str) -> None:
    """As tests do."""
    clock = ManualClock(NOW)
    store = SqlStore(pg_engine, schema=pg_schema, clock=clock)
    enqueue(store, due("k"))

    store.claim("me", LEASE, 1, due=NOW)

    assert store.next_due() == NOW + LEASE


# -- hosts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE", "AUTOCOMMIT"])
def test_a_transaction_that_does_not_see_what_others_commit_is_not_joined(
    store: SqlStore, pg_engine: Engine, pg_schema: str, level: str
) -> None:
    """An engine decides anew when somebody else was first, and would decide the same for ever;
    whoever renews tables waits for those who still write, and would leave out what they wrote.
    """
    with pg_engine.connect() as connection:
        connection.execution_options(isolation_level=level)  # type: ignore[call-overload,unused-ignore]

        with pytest.raises(DefinitionError, match=f"the transaction is {level}, and pipeflow join"):
            store.joined(connection)
        with pytest.raises(DefinitionError, match=f"the transaction is {level}, and pipeflow join"):
            SqlStore.create(connection, schema=pg_schema)


def test_a_host_whose_engine_is_of_another_isolation_keeps_it(
    postgres: Server, pg_schema: str
) -> None:
    """The store says what it needs for each of its own transactions."""
    engine = create_engine(postgres.url, isolation_level="SERIALIZABLE")
    store = SqlStore(engine, schema=pg_schema)
    enqueue(store, log={A: (chapter("1"),)})

    level: Callable[[Connection], str] = lambda one: one.get_isolation_level()
    with engine.connect() as connection:
        assert level(connection) == "SERIALIZABLE"
    assert len(store.feed().rows) == 1
    engine.dispose()
