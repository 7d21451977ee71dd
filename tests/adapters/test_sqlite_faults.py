"""What may happen to a firm's file: a clear error or a right result, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from hashlib import shake_256
from pathlib import Path
from shutil import copyfile
from threading import Event, Thread, Timer
from typing import Any

import pytest

from pipeflow import Account
from pipeflow.adapters import sqlite_file
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_schema import VERSION
from pipeflow.errors import DefinitionError, StoreError, UnavailableError
from pipeflow.model.accounts import Member
from pipeflow.ports import Changes, DueState, Query, RowKey, Stored
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts.commits import at_once
from pipeflow.testing.contracts.making import (
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
    job,
    keys,
    log,
    put,
    state,
    stored,
)
from tests.adapters.tracing import interrupted

SOON = timedelta(seconds=0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a firm's file is to be."""
    return tmp_path / "firm.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """Open a firm's file in which there is a member."""
    with SqliteStore(path, patience=SOON, clock=ManualClock(NOW)) as store:
        store.commit(Changes("one", {A: 0}, {A: ONE}, command_id="c"))
        yield store


def altered(path: Path, *statements: str) -> None:
    """Do something to a file that pipeflow does not do."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def refused(path: Path, sentence: str) -> None:
    """See that a file is not opened, and why; and that nothing of it is changed."""
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises(StoreError, match=sentence):
        SqliteStore(path, patience=SOON)

    assert (path.read_bytes() if path.is_file() else None) == before


# -- what is opened ------------------------------------------------------------------------------


def test_a_new_file_is_its_owners_alone(store: SqliteStore, path: Path) -> None:
    """So are those that SQLite puts beside it."""
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert modes == {0o600}


def test_a_file_that_is_there_keeps_its_mode(path: Path) -> None:
    """Its owner may have let others read it."""
    path.touch(0o640)
    path.chmod(0o640)

    SqliteStore(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["a b", "a?mode=memory", "100%", "å#ß", 'it\'s "it"'])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    """What means something to a URL means nothing here."""
    with SqliteStore(tmp_path / name) as store:
        put(store, job("j1"))

    assert (tmp_path / name).stat().st_size > 0
    with SqliteStore(str(tmp_path / name)) as store:
        assert store.ids("one", "job") == ("j1",)


def test_a_path_is_where_it_was_when_the_store_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever goes to another folder later takes no file along."""
    monkeypatch.chdir(tmp_path)
    with SqliteStore("firm.db") as store:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir("elsewhere")
        put(store, job("j1"))

        assert store.ids("one", "job") == ("j1",)
        assert repr(store) == "<SqliteStore 'firm.db': 1 rows, wal, full>"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"path": ":memory:"}, "MemoryStore"),
        ({"path": ""}, "MemoryStore"),
        ({"synchronous": "off"}, "Allowed: full, normal"),
        ({"patience": timedelta(-1)}, "must not be negative"),
        ({"patience": 0.5}, "must be a timedelta"),
        ({"clock": datetime}, r"\$.clock: must be a Clock"),
        ({"path": None}, "must be the path of a file"),
    ],
)
def test_what_is_given_is_checked(path: Path, given: dict[str, Any], sentence: str) -> None:
    """Before a file is made."""
    with pytest.raises(DefinitionError, match=sentence):
        SqliteStore(**{"path": path, **given})

    assert not path.exists()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Nor is what is not there."""
    refused(tmp_path, "is not a file")
    refused(tmp_path / "nowhere" / "firm.db", "No such file or directory; make its folder first")


@pytest.mark.parametrize("content", [b"hello", b"hello" * 9999, b"SQLite format 3\0" + b"?" * 9999])
def test_what_is_no_database_is_left_alone(path: Path, content: bytes) -> None:
    """A typing error in a path destroys no letter."""
    path.write_bytes(content)

    refused(path, "is not a database")


@pytest.mark.parametrize("made", [["CREATE TABLE letters (text)"], ["PRAGMA application_id = 1"]])
def test_the_database_of_another_program_is_left_alone(path: Path, made: list[str]) -> None:
    """It gets no tables that it does not know."""
    altered(path, *made)

    refused(path, "is a database of another program")


def test_the_file_of_a_newer_version_is_left_alone(store: SqliteStore, path: Path) -> None:
    """What it says may mean something else there."""
    store.close()
    altered(path, "PRAGMA user_version = 99")

    refused(path, "is of version 99.*install the newer pipeflow")


@pytest.mark.parametrize(
    "how",
    ["DROP TABLE pf_gone", "DROP INDEX pf_due_waits", "ALTER TABLE pf_row ADD COLUMN more TEXT"],
)
def test_a_file_whose_tables_were_altered_is_refused(
    store: SqliteStore, path: Path, how: str
) -> None:
    """What is missing would be missed in the middle of something."""
    store.close()
    altered(path, how)

    refused(path, "is not as pipeflow makes it: pf_.* is missing or altered")


def test_a_file_that_may_not_be_written_is_refused(store: SqliteStore, path: Path) -> None:
    """When it is opened, and not when the first job is lost."""
    store.close()
    path.chmod(0o444)
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everything")

    refused(path, "cannot be written; allow this user to write it")


def test_a_file_that_can_only_be_read_is_refused(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that is mounted so, for the superuser too."""
    store.close()
    connect = sqlite3.connect

    def read_only(name: str, **given: Any) -> Any:
        return connect(name.replace("mode=rw", "mode=ro"), **given)

    monkeypatch.setattr(sqlite3, "connect", read_only)

    refused(path, "cannot be written; allow this user to write it")


# -- what becomes of it while it is open ---------------------------------------------------------


def removed(path: Path) -> None:
    """Remove a file, as a script that tidies up does."""
    path.unlink()


def moved(path: Path) -> None:
    """Move a file away."""
    path.rename(path.with_name("moved.db"))


def replaced(path: Path) -> None:
    """Put another file in its place, as whoever restores a backup does."""
    SqliteStore(path.with_name("other.db")).close()
    path.with_name("other.db").replace(path)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [(removed, "is gone"), (moved, "is gone"), (replaced, "was replaced by another file")],
)
def test_a_file_that_is_not_there_any_more_is_told(
    store: SqliteStore, path: Path, how: Callable[[Path], None], sentence: str
) -> None:
    """Else what is committed would go where nobody finds it."""
    how(path)

    for call in (
        lambda: store.commit(Changes("one", {B: 0}, {B: TWO})),
        lambda: store.read("one", (A,)),
        lambda: store.find("one", Query("member")),
        lambda: list(store.export("one")),
        lambda: claim(store),
        store.check,
    ):
        with pytest.raises(StoreError, match=sentence):
            call()
    assert sentence in repr(store)
    store.close()


def test_a_file_that_is_put_back_goes_on(store: SqliteStore, path: Path) -> None:
    """It is the same file, and nothing of it is lost."""
    away = path.with_name("away.db")
    path.rename(away)
    with pytest.raises(StoreError, match="is gone"):
        store.commit(Changes("one", {B: 0}, {B: TWO}))

    away.rename(path)
    store.commit(Changes("one", {B: 0}, {B: TWO}))

    assert store.read("one", (A, B)).rows == {A: Stored(1, ONE), B: Stored(1, TWO)}


def test_a_store_that_was_closed_says_so(store: SqliteStore) -> None:
    """However often it is closed."""
    store.close()
    store.close()

    for call in (lambda: store.read("one", (A,)), lambda: put(store, job("j1")), store.check):
        with pytest.raises(StoreError, match="was closed; open a new store on it"):
            call()
    assert repr(store).endswith("firm.db': closed>")


@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_file_that_another_program_writes_is_waited_for_and_then_told(
    store: SqliteStore, path: Path, lock: str
) -> None:
    """Nothing was written; it can be tried again, and what is stored can be read meanwhile."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(lock)
        with pytest.raises(UnavailableError, match="is locked by another program"):
            store.commit(Changes("one", {B: 0}, {B: TWO}))
        assert store.read("one", (A, B)).rows == {A: Stored(1, ONE)}
        other.execute("ROLLBACK")

    store.commit(Changes("one", {B: 0}, {B: TWO}))
    assert stored(store, B) == Stored(1, TWO)


@pytest.mark.skipif(
    sqlite3.sqlite_version_info >= sqlite_file.SAFE, reason="all stores keep the same journal here"
)
def test_programs_that_keep_their_journals_in_two_ways_are_told(
    store: SqliteStore, path: Path
) -> None:
    """One says that others use the file and one does not; the second to come is refused."""
    with pytest.raises(StoreError, match=r"a process that does not say multiprocess=True"):
        SqliteStore(path, multiprocess=True, patience=SOON)

    store.close()
    with SqliteStore(path, multiprocess=True) as again:
        assert repr(again).endswith("1 rows, delete, full>")
        lines = again.export("one")
        next(lines)
        again.commit(Changes("one", {B: 0}, {B: TWO}))  # whoever reads slowly keeps nobody waiting
        assert len(list(lines)) == 3


@pytest.mark.skipif(
    sqlite3.sqlite_version_info >= sqlite_file.SAFE, reason="all stores keep the same journal here"
)
def test_whoever_forgets_to_say_that_a_file_is_shared_harms_nobody(path: Path) -> None:
    """Such as a look at it from the command line, while others work in it."""
    with SqliteStore(path, multiprocess=True) as shared:
        shared.commit(Changes("one", {A: 0}, {A: ONE}))

        with SqliteStore(path) as forgetful:
            assert forgetful.check() == ()
            assert repr(forgetful).endswith("1 rows, delete, full>")

        shared.commit(Changes("one", {B: 0}, {B: TWO}))
        with SqliteStore(path, multiprocess=True) as again:
            assert stored(again, B) == Stored(1, TWO)


def test_a_file_that_a_newer_version_took_over_is_written_no_more(
    store: SqliteStore, path: Path
) -> None:
    """Two versions have it open; the older one would write what the newer one cannot read."""
    newer = VERSION + 1
    altered(path, f"PRAGMA user_version = {newer}")

    with pytest.raises(StoreError, match=rf"is of version {newer}.*install the newer pipeflow"):
        store.commit(Changes("one", {B: 0}, {B: TWO}))

    altered(path, f"PRAGMA user_version = {VERSION}")
    assert store.read("one", (A, B)).rows == {A: Stored(1, ONE)}


def unlike(name: str) -> str:
    """Return a text that takes room however it is packed."""
    return shake_256(name.encode()).hexdigest(400)


def test_a_full_disk_leaves_no_half_of_a_commit(store: SqliteStore) -> None:
    """Wherever it is full; when there is room again, everything goes on."""
    (db,) = store._file._free
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    rows = [RowKey("member", f"m{n}") for n in range(40)]
    big = Changes(
        "one",
        dict.fromkeys(rows, 0),
        {key: Member(unlike(key.id), id=key.id) for key in rows},
        tuple(due(f"k{n}", no=n) for n in range(40)),
        log={A: tuple(chapter(unlike(str(n))) for n in range(40))},
        command_id="big",
    )

    full = 0
    for room in range(40):
        db.execute(f"PRAGMA max_page_count = {pages + room}")
        try:
            store.commit(big)
            break
        except UnavailableError as error:
            full += "the disk is full; make room and try again" in str(error)
        assert store.ids("one", "member") == ("a",)
        assert store.read("one", (), command_id="big").result is None
        assert (log(store, A), store.next_due(), store.check()) == ((), None, ())

    assert full > 5
    assert len(store.ids("one", "member")) == 41
    assert store.check() == ()


@pytest.mark.parametrize("damage", ["cut", "scribbled over"])
def test_a_damaged_file_is_told(store: SqliteStore, path: Path, damage: str) -> None:
    """At the latest when the damaged part is read; `check` finds all of it."""
    for n in range(300):
        store.commit(Changes("one", {}, log={A: (chapter(str(n) * 99),)}))
    store.close()
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        whole[:middle] if damage == "cut" else whole[:20_000] + b"?" * 9_999 + whole[29_999:]
    )

    with pytest.raises(StoreError, match="is damaged; restore the last backup"):  # noqa: PT012, SIM117
        with SqliteStore(path) as again:
            assert again.check() != ()
            again.history("one", A)


def test_what_is_wrong_inside_is_found(store: SqliteStore, path: Path) -> None:
    """Values that nobody can read, and rows that are found by what they are not."""
    put(store, job("j1"), job("j2"), Account("Ada", id="ada"))
    enqueue(store, due("k"), log={A: (chapter(),)})
    assert store.check() == ()

    altered(
        path,
        "UPDATE pf_row SET data = '{\"type\":\"letter\"}' WHERE id = 'a'",
        "UPDATE pf_due SET data = 'x'",
        "UPDATE pf_event SET data = '[]'",
        "DELETE FROM pf_term WHERE id = 'j1' AND field = 'stage'",
        "UPDATE pf_term SET value = 'lost' WHERE id = 'j2' AND field = 'stage'",
        "UPDATE pf_count SET number = 3",
    )

    found = "\n".join(store.check())
    for told in (
        "row 'member a' of 'one'", "due row 'k' of 'one'", "chapter 1 of 'one'",
        "row 'job j1' of 'one' is not found by what it is",
        "row 'job j2' of 'one' is not found by what it is",
        "row 'job j2' of 'one' is found by what it was",
        "column '3:tax/work' of 'one' has other jobs than are counted there",
    ):  # fmt: skip
        assert told in found
    with pytest.raises(StoreError, match="cannot be read; restore the last backup"):
        stored(store, A)


# -- what no file can hold -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        Changes("one", {B: 0}, {B: object()}),
        Changes("one", {B: 0}, {B: 2**60}),
        Changes("one", {B: 0}, {B: "\ud800"}),
        Changes("one", {B: 0}, {B: "a\0b"}),
        Changes("\ud800", {B: 0}, {B: TWO}),
        Changes("one", {B: 0}, {B: TWO}, command_id="\ud800"),
        Changes("one", {B: 0}, {B: TWO}, (due("k", NOW.replace(tzinfo=None)),)),
    ],
)
def test_what_no_file_can_hold_is_refused_whole(store: SqliteStore, changes: Changes) -> None:
    """Before anything of its commit is kept."""
    with pytest.raises((DefinitionError, StoreError)):
        store.commit(changes)

    assert stored(store, B) is None
    assert list(store.tenants()) == ["one"]
    store.commit(Changes("one", {B: 0}, {B: TWO}))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"gone":["member","x"],"version":1}', "tells of one thing twice"),
        ('{"gone":["member","y"],"version":-1}', "line 3.*version -1"),
        ('{"gone":["member",1],"version":1}', r"line 3\.key: must be text"),
        (
            '{"over":1,"state":"done","job":"j","at":"2027-01-01T09:00:00Z"}',
            r"line 3\.over: must be text",
        ),
        (
            '{"command":"a\\u0000","at":"2027-01-01T09:00:00Z","result":null}',
            r"line 3\.command: holds",
        ),
        ('{"command":"c","at":"2027-01-01T09:00:00","result":null}', "line 3.*without a zone"),
        ('{"over":"k","state":"wait","job":"j","at":"2027-01-01T09:00:00Z"}', "line 3.*state"),
        ('{"firm":"three","format":1}', "there is no kind of line 'firm'"),
        ('{"gone":["member"],"version":1}', "line 3: .*a key is a kind and an id, and not"),
        ('{"gone":["member","y"]}', "line 3: is not a line of an export: it has no 'version'"),
        ("", "line 3: is not JSON"),
    ],
)
def test_an_export_that_was_tampered_with_is_refused_whole(
    store: SqliteStore, line: str, sentence: str
) -> None:
    """With the number of the line, where one is wrong by itself."""
    lines = ['{"firm":"two","format":1}', '{"gone":["member","x"],"version":1}', line, '{"end":3}']

    with pytest.raises(DefinitionError, match=sentence):
        store.restore(lines)

    assert list(store.tenants()) == ["one"]


def test_empty_lines_behind_an_export_harm_nothing(store: SqliteStore) -> None:
    """Editors add them."""
    exported = [*store.export("one")]
    copy = MemoryStore()

    copy.restore([*exported, "", " \n"])

    assert [*copy.export("one")] == exported


# -- time that jumps -----------------------------------------------------------------------------


def test_a_clock_that_jumps_ahead_ends_leases_and_loses_nothing(path: Path) -> None:
    """The row is handed out again, and whoever held it is fenced off."""
    clock = ManualClock(NOW)
    with SqliteStore(path, clock=clock) as store:
        enqueue(store, due("k"))
        (first,) = claim(store)
        clock.set(NOW + FAR)
        (second,) = claim(store)

        assert not store.renew("one", "k", first.token, LEASE)
        assert store.renew("one", "k", second.token, LEASE)


def test_a_clock_that_jumps_back_gives_a_row_to_nobody_twice(path: Path) -> None:
    """A lease that was given is kept; it ends by the clock as it then goes."""
    clock = ManualClock(NOW)
    with SqliteStore(path, clock=clock) as store:
        enqueue(store, due("k"))
        (first,) = claim(store)
        clock.set(NOW - FAR)

        assert claim(store) == []
        assert store.renew("one", "k", first.token, LEASE)
        assert state(store, "k") is DueState.LEASED
        clock.set(NOW + 2 * LEASE)
        assert keys(claim(store)) == ["k"]


# -- threads, processes, interrupts --------------------------------------------------------------


def test_threads_have_connections_of_their_own_and_leave_none_behind(store: SqliteStore) -> None:
    """As many as work at once, however many come and go."""

    def work() -> None:
        for _ in range(20):
            assert stored(store, A) == Stored(1, ONE)
            enqueue(store)

    for _ in range(4):
        at_once(*[work] * 3)

    assert 1 <= len(store._file._free) <= 3


def child_of(work: Callable[[], bool], meanwhile: Callable[[], object] = bool) -> int:
    """Fork, and return how a child ended that did its work: 0 where it went well."""
    child = os.fork()
    if child == 0:
        failed = True
        try:
            failed = not work()
        finally:
            os._exit(failed)
    meanwhile()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@forks
def test_a_child_process_works_on_with_the_store_of_its_parent(
    store: SqliteStore, path: Path
) -> None:
    """With connections of its own; what it writes is there also when its parent has ended."""
    ended, told = os.pipe()

    def work() -> bool:
        store.commit(Changes("one", {B: 0}, {B: TWO}))
        os.read(ended, 1)  # its parent closes the store
        store.commit(Changes("one", {B: 1}, {B: ONE}))
        return stored(store, A) == Stored(1, ONE)

    def close() -> None:
        store.close()
        os.write(told, b"x")

    assert child_of(work, close) == 0

    with SqliteStore(path) as again:
        assert stored(again, B) == Stored(2, ONE)
        assert again.check() == ()


@forks
def test_a_fork_waits_for_whoever_writes(path: Path) -> None:
    """Another thread of the parent is in the middle of a commit."""
    begun, go_on = Event(), Event()

    class Slow(ManualClock):
        def now(self) -> Any:
            """Wait, in the middle of a commit."""
            begun.set()
            go_on.wait()
            return super().now()

    with SqliteStore(path, clock=Slow(NOW)) as store:
        writer = Thread(target=lambda: store.commit(Changes("one", {A: 0}, {A: ONE})))
        writer.start()
        begun.wait()
        Timer(0.05, go_on.set).start()

        done = child_of(lambda: store.commit(Changes("one", {B: 0}, {B: TWO})))

        writer.join()
        assert done == 0
        assert (stored(store, A), stored(store, B)) == (Stored(1, ONE), Stored(1, TWO))


@forks
def test_a_child_refuses_a_file_that_was_in_use_when_it_was_forked(
    store: SqliteStore, path: Path
) -> None:
    """SQLite would take no locks there, and the child's commits would be lost; others go on."""
    export = store.export("one")
    next(export)

    def work() -> bool:
        with pytest.raises(StoreError, match="was in use when this process was forked"):
            store.commit(Changes("one", {B: 0}, {B: TWO}))
        with pytest.raises(StoreError, match="was in use when this process was forked"):
            SqliteStore(path)
        return True

    assert child_of(work) == 0
    assert len(list(export)) > 1
    store.commit(Changes("one", {B: 0}, {B: TWO}))
    assert store.check() == ()


def test_stores_that_come_and_go_refuse_nobody_else(store: SqliteStore, path: Path) -> None:
    """Whose turn it is, says the call that has it, and not the thread that had it last."""

    def look() -> None:
        for _ in range(30):
            SqliteStore(path).close()

    def write() -> None:
        for _ in range(30):
            enqueue(store)

    at_once(look, write, write)


@pytest.mark.parametrize("patience", [timedelta(days=25), timedelta(days=9999)])
def test_whoever_is_very_patient_waits_all_the_same(
    store: SqliteStore, path: Path, patience: timedelta
) -> None:
    """SQLite counts milliseconds in few bits."""
    with SqliteStore(path, patience=patience) as patient:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        Timer(0.05, other.execute, ["ROLLBACK"]).start()

        patient.commit(Changes("one", {B: 0}, {B: TWO}))

    other.close()


def test_two_stores_of_one_file_take_turns(store: SqliteStore, path: Path) -> None:
    """Also in one process, where both find what the other wrote."""
    with SqliteStore(path, patience=timedelta(minutes=1)) as other:

        def count(one: SqliteStore) -> None:
            for _ in range(25):
                enqueue(one, log={A: (chapter(),)})

        at_once(lambda: count(store), lambda: count(other))

        assert len(log(store, A)) == len(log(other, A)) == 50


def test_a_call_from_inside_its_own_commit_is_refused(path: Path) -> None:
    """As a signal's handler may make one: to wait for itself would be to wait for ever."""

    class Calling(ManualClock):
        def now(self) -> Any:
            """Call the store back."""
            if calls:
                calls.pop()()
            return super().now()

    calls: list[Callable[[], object]] = []
    with SqliteStore(path, clock=Calling(NOW)) as store:
        for call in (
            lambda: store.commit(Changes("one", {B: 0}, {B: TWO})),
            lambda: SqliteStore(path),
        ):
            calls.append(call)
            with pytest.raises(StoreError, match="being written by this very thread"):
                store.commit(Changes("one", {A: 0}, {A: ONE}))

        assert store.read("one", (A, B)).rows == {}
        store.commit(Changes("one", {A: 0}, {A: ONE}))


def test_a_store_that_is_closed_from_inside_its_own_commit_ends_it_first(path: Path) -> None:
    """As the handler of a signal may do that ends a process."""

    class Closing(ManualClock):
        def now(self) -> Any:
            """Close the store."""
            mine.close()
            return super().now()

    mine = SqliteStore(path, clock=Closing(NOW))
    mine.commit(Changes("one", {A: 0}, {A: ONE}))

    with pytest.raises(StoreError, match="was closed"):
        stored(mine, A)
    with SqliteStore(path) as again:
        assert stored(again, A) == Stored(1, ONE)


LINES = [
    '{"firm":"two","format":1}',
    '{"row":["member","a"],"value":{"id":"one","name":"One","type":"member"},"version":1}',
    '{"end":2}',
]
WORKS: dict[str, Callable[[SqliteStore], object]] = {
    "commit": lambda store: store.commit(
        Changes(
            "one", {A: 1, B: 0}, {A: TWO, B: TWO}, (due("new"),), cancels=("k",),
            log={A: (chapter(),)}, command_id="d", at=NOW,
        )
    ),
    "claim": claim,
    "read": lambda store: stored(store, A),
    "export": lambda store: list(store.export("one")),
    "restore": lambda store: store.restore(LINES),
    "close": lambda store: store.close(),
}  # fmt: skip


def seen(store: SqliteStore) -> object:
    """Return all that can be seen of a store."""
    firms = {firm: list(store.export(firm)) for firm in store.tenants()}
    return firms, state(store, "k"), store.check()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # inside `__del__`
@pytest.mark.parametrize("name", WORKS)
def test_an_interrupt_at_any_line_tears_nothing(tmp_path: Path, name: str) -> None:
    """What was begun is there as a whole or not at all, and the store goes on."""
    work = WORKS[name]
    room = sqlite_file.__file__.removesuffix("_file.py")

    with SqliteStore(tmp_path / "firm.db", clock=ManualClock(NOW)) as store:
        store.commit(Changes("one", {A: 0}, {A: ONE}, (due("k"),), command_id="c", at=NOW))

    def made(line: int) -> SqliteStore:
        copied = copyfile(tmp_path / "firm.db", tmp_path / f"{line}.db")
        store = SqliteStore(copied, patience=SOON, clock=ManualClock(NOW))
        store._file.synchronous = "off"  # nobody cuts the power here, and there are many lines
        return store

    with made(-1) as calm:
        allowed = [seen(calm)]
        work(calm)
        if name != "close":
            allowed.append(seen(calm))

    line = 0
    while True:
        line += 1
        with made(line) as store:
            torn = interrupted(partial(work, store), line, room)
            if name == "close":
                store.close()
                assert store._file._free == []
            else:
                assert seen(store) in allowed
                enqueue(store, due("later"))
                assert state(store, "later") is DueState.WAIT
        if not torn:
            break
    assert line > 5
