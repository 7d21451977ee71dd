"""The file of a firm: how it is opened, and who may write it at a time.

Every call has a connection for itself, so that no two threads share one; those that are free wait
for the next call, the last one used first, for it still knows the pages. Writers of one process
take turns: SQLite before 3.51.3 may damage a file when two connections write and checkpoint at
once, and whoever waits here need not poll for a lock there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock, get_ident
from typing import TypeVar
from urllib.parse import quote
from weakref import WeakSet, WeakValueDictionary, ref

from ..errors import StoreError
from .sqlite_disk import WAL, keep, level_of, make
from .sqlite_errors import told
from .sqlite_schema import begin, look, prove_writable, refuse_newer, version_of

__all__ = ["File"]

SAFE = (3, 51, 3)  # the first SQLite whose write-ahead log is safe with several processes
SHARED = "delete"  # the journal of a file that several processes use, where that one is not safe
LONGEST_PATIENCE = 86_400.0  # seconds; SQLite counts milliseconds, and not far
STATEMENTS = 256  # kept ready by each connection

T = TypeVar("T")
Identity = tuple[int, int]  # the device and the number of a file on it


class Connection(sqlite3.Connection):
    """A connection that lets go of its file when nobody knows it any more."""

    process = 0  # in which it was opened; 0: in none
    synchronous = ""

    def __del__(self) -> None:
        """Close it, where an interrupt kept others from it, or its store was forgotten."""
        if self.process == os.getpid():
            self.close()


class Mark:
    """Lives as long as a call that waits for its turn, or has it; no interrupt leaves one."""

    __slots__ = ("__weakref__",)


class Turn:
    """Whose turn it is to write a file, in this process."""

    __slots__ = ("__weakref__", "_marks", "lock")

    def __init__(self) -> None:
        """Begin with nobody's."""
        self.lock = Lock()
        self._marks: dict[int, ref[Mark]] = {}  # of the threads that came for it, a mark each

    @property
    def mine(self) -> bool:
        """Whether this very thread waits or writes, so that to wait would be to wait for ever."""
        mark = self._marks.get(get_ident())
        return mark is not None and mark() is not None

    def come(self, mark: Mark) -> None:
        """Come for the lock; *mark* lives until it is let go of."""
        self._marks[get_ident()] = ref(mark)

    def leave(self, mark: Mark) -> None:
        """Be done with it, also where somebody keeps the traceback of what went wrong."""
        known = self._marks.get(get_ident())
        if known is not None and known() is mark:
            del self._marks[get_ident()]


_TURNS: WeakValueDictionary[Identity, Turn] = WeakValueDictionary()  # one for all stores of a file
_FILES: WeakSet[File] = WeakSet()  # what a child process must not use as its parent does
_INHERITED: list[Connection] = []  # a child neither uses nor closes what its parent opened
_RESTING: list[Turn] = []  # whose locks are held while this process forks
_BUSY: set[Identity] = set()  # the files that a parent was reading or writing when it forked


class File:
    """An open file, its connections, and the lock that its writers take."""

    def __init__(
        self, path: str | os.PathLike[str], *, synchronous: str, multiprocess: bool, patience: float
    ) -> None:
        """Open it, and make it where there is none.

        Args:
            path: Where it is.
            synchronous: "full", or "normal" where a power cut may take the last commits.
            multiprocess: Whether other processes use it too.
            patience: Seconds that a call waits for another program.

        Raises:
            StoreError: It is no firm's file, or may not be opened.
            UnavailableError: Another program holds it.
        """
        self.path = Path(os.path.abspath(path))  # noqa: PTH100  (nothing of it is resolved)
        self._place = str(self.path)
        self.name = repr(os.fspath(path))
        self.synchronous = synchronous
        self.journal = SHARED if multiprocess and sqlite3.sqlite_version_info < SAFE else WAL
        self._patience = min(patience, LONGEST_PATIENCE)
        self._open: WeakSet[Connection] = WeakSet()  # all that are open, in use or not
        self._free: list[Connection] = []
        self._written: Connection | None = None  # by whoever's turn it is, or was
        self.closed = False
        with told(self.name):
            make(self.path, self.name)
            self._identity = self._look()
            self._refuse_busy()
            self._turn = _turn_of(self._identity)
            self._turn.come(mark := self._unless_mine())
            try:
                with self._turn.lock:
                    self._free.append(self._first())
            finally:
                self._turn.leave(mark)
        _FILES.add(self)

    # -- opening ---------------------------------------------------------------------------------

    def _first(self) -> Connection:
        """Open the first connection, and bring the file to this version."""
        db = self._connect()
        try:
            look(db, self.name)
            prove_writable(db)
            self._choose_journal(db)
            begin(db, self.name)
        except BaseException:
            db.close()
            raise
        return db

    def _choose_journal(self, db: Connection) -> None:
        """Choose how the file keeps its journal; one that was shared once stays as it is.

        So whoever looks a shared file over, and forgets to say that it is shared, harms nobody.

        Raises:
            StoreError: Others have it open who do not share it.
        """
        if version_of(db) and db.execute("PRAGMA journal_mode").fetchone()[0] == SHARED:
            self.journal = SHARED
            db.synchronous = ""  # which means something else with this journal
            return
        try:
            mode = db.execute(f"PRAGMA journal_mode = {self.journal}").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or self.journal != SHARED:
                raise
            mode = WAL
        if mode != self.journal:
            raise StoreError(
                f"{self.name} is open in a process that does not say multiprocess=True; close it, "
                "and give all of them the same"
            )

    def _connect(self) -> Connection:
        db = sqlite3.connect(
            f"file:{quote(self._place)}?mode=rw",
            uri=True,
            isolation_level=None,  # nothing begins or ends but what says so
            check_same_thread=False,
            timeout=self._patience,
            cached_statements=STATEMENTS,
            factory=Connection,
        )
        self._open.add(db)
        db.process = os.getpid()
        db.execute("PRAGMA trusted_schema = OFF")
        self._synchronize(db, durable=True)
        return db

    def _look(self) -> Identity:
        """Look which file is at the path.

        Raises:
            StoreError: There is none.
        """
        try:
            found = os.stat(self._place)  # noqa: PTH116  (quicker, and asked for at each call)
        except OSError as error:
            raise StoreError(
                f"{self.name} is gone ({error.strerror}): somebody moved or removed it; put it "
                "back, or the last backup, and open the store anew"
            ) from None
        return found.st_dev, found.st_ino

    # -- one call --------------------------------------------------------------------------------

    @contextmanager
    def connection(self, *, at_once: bool = False) -> Iterator[Connection]:
        """Give a connection to somebody who reads, with one statement unless all is *at_once*."""
        with told(self.name):
            db = self._take()
            try:
                if at_once:
                    db.execute("BEGIN")
                yield db
                if at_once:
                    db.execute("COMMIT")
            finally:
                self._give(db)

    def keep(self, db: Connection) -> None:
        """Bring to the disk what was committed, before somebody is told who goes on from there."""
        keep(db, self.name, self.synchronous, self.journal)

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Give a connection to somebody who reads several things of one instant."""
        return self.connection(at_once=True)

    def write(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        """Do some work in a transaction, and return what it returns; else all is rolled back.

        What is not *durable* may go with a power cut, though never out of order.

        Raises:
            UnavailableError: Another program writes.
            StoreError: The file cannot be written, or this thread is writing already.
        """
        turn, mark = self._turn, self._unless_mine()
        turn.come(mark)
        try:
            with turn.lock, told(self.name):  # the lock outermost: no interrupt may leave it held
                return self._transaction(work, durable=durable)
        finally:
            turn.leave(mark)

    def _unless_mine(self) -> Mark:
        """Return a mark for a call that comes for the lock.

        Raises:
            StoreError: This thread has it, or waits for it, already.
        """
        if self._turn.mine:
            raise StoreError(
                f"{self.name} is being written by this very thread; do not call the engine from "
                "the handler of a signal"
            )
        return Mark()

    def _transaction(self, work: Callable[[Connection], T], *, durable: bool) -> T:
        """Begin, and end in a commit or a rollback; for whoever's turn it is."""
        self._mend()
        db = self._written = self._take()
        try:
            self._synchronize(db, durable=durable)
            db.execute("BEGIN IMMEDIATE")
            refuse_newer(db, self.name)
            done = work(db)
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._written = None
            self._give(db)
        return done

    def _mend(self) -> None:
        """Close a connection whose writer was interrupted before it could roll back."""
        if self._written is not None:
            self._written.close()
            self._written = None

    def _synchronize(self, db: Connection, *, durable: bool) -> None:
        """Wait for the disk at the end of a transaction, or leave it to a later one.

        Without a write-ahead log nothing is left to a later one: it might come out of order.
        """
        wanted = self.synchronous if durable or self.journal != WAL else "normal"
        if db.synchronous != wanted:
            db.execute(f"PRAGMA synchronous = {level_of(wanted, self.journal)}")
            db.synchronous = wanted

    def _refuse_busy(self) -> None:
        """Refuse a file that was in use when this process was forked.

        With a connection that it inherited, a child would neither see nor stop what that writes.

        Raises:
            StoreError: It was.
        """
        if self._identity in _BUSY:
            raise StoreError(
                f"{self.name} was in use when this process was forked, and is not safe here; fork "
                "while no other thread uses it, or begin the process by spawn"
            )

    def _take(self) -> Connection:
        self._refuse_busy()
        if self.closed:
            raise StoreError(f"{self.name} was closed; open a new store on it")
        if self._look() != self._identity:
            raise StoreError(
                f"{self.name} was replaced by another file while it was open; close this store "
                "and open it anew"
            )
        try:
            return self._free.pop()
        except IndexError:
            return self._connect()

    def _give(self, db: Connection) -> None:
        if db.process != os.getpid():
            _INHERITED.append(db)
            return
        if db.in_transaction:
            db.execute("ROLLBACK")
        if self.closed:
            db.close()
        else:
            self._free.append(db)

    # -- the end ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the file; what is being read or written still ends."""
        self.closed = True
        if self._turn.mine:  # from the handler of a signal: whoever writes closes what it has
            self._close_idle()
            return
        self._turn.come(mark := Mark())
        try:
            with told(self.name), self._turn.lock:
                self._mend()
                self._close_idle()
        finally:
            self._turn.leave(mark)

    def _close_idle(self) -> None:
        while self._free:
            self._free.pop().close()

    # -- forks -----------------------------------------------------------------------------------

    def rest(self) -> None:
        """Wait until nobody writes, and close what is idle, so that a child inherits nothing."""
        turn = self._turn
        if turn not in _RESTING and (turn.mine or not turn.lock.acquire(timeout=self._patience)):
            return
        if turn not in _RESTING:
            _RESTING.append(turn)
        self._close_idle()

    def leave(self) -> None:
        """Begin anew in a child process, with a lock and connections of its own."""
        inherited = [*self._open]
        if inherited:
            _BUSY.add(self._identity)
            _INHERITED.extend(inherited)
        self._open, self._free, self._written = WeakSet(), [], None
        self._turn = _turn_of(self._identity)


def _turn_of(identity: Identity) -> Turn:
    """Return whose turn it is to write a file, the same for all stores of it."""
    turn = Turn()
    return _TURNS.setdefault(identity, turn)


def _rest_all() -> None:
    """Let all files rest while this process forks."""
    for file in list(_FILES):
        file.rest()


def _go_on() -> None:
    """Go on, in the process that forked."""
    while _RESTING:
        _RESTING.pop().lock.release()


def _leave_all() -> None:
    """Leave to the parent process what is its own."""
    _go_on()
    _TURNS.clear()
    for file in list(_FILES):
        file.leave()


if hasattr(os, "register_at_fork"):  # where there is no fork, there is nothing to leave
    os.register_at_fork(before=_rest_all, after_in_parent=_go_on, after_in_child=_leave_all)
