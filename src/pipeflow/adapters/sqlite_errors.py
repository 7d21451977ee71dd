"""What SQLite reports, in sentences that say what to do."""

from __future__ import annotations

import sqlite3

from ..errors import StoreError, UnavailableError
from .database_errors import DatabaseErrors

__all__ = ["PRIMARY", "told"]

# By the primary result code; what may pass by itself can be tried again with the same command id.
PASSING = {
    sqlite3.SQLITE_BUSY: "is locked by another program; close what holds it, or try again",
    sqlite3.SQLITE_LOCKED: "is locked by another connection; try again",
    sqlite3.SQLITE_FULL: "cannot grow, for the disk is full; make room and try again",
    sqlite3.SQLITE_IOERR: "cannot be read or written just now; look at the disk and try again",
    sqlite3.SQLITE_INTERRUPT: "was interrupted; try again",
}
LASTING = {
    sqlite3.SQLITE_READONLY: "cannot be written; allow this user to write it and its folder",
    sqlite3.SQLITE_PERM: "may not be opened; allow this user to read and write it",
    sqlite3.SQLITE_AUTH: "may not be used so; allow this user to read and write it",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; see that its folder is there and may be written",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore the last backup",
    sqlite3.SQLITE_NOTADB: "is not a database; give the path of a firm's file, or of a new one",
    sqlite3.SQLITE_TOOBIG: "cannot hold a value of that size; make it smaller",
}
PRIMARY = 0xFF  # the bits of a result code without its details


class told(DatabaseErrors):  # noqa: N801  (it is used as a word: `with told(name):`)
    """Tells what goes wrong inside with the file *name* as an error of pipeflow.

    Raises:
        UnavailableError: It may pass; whether a commit arrived is unknown until it is asked again.
        StoreError: It will not pass by itself.
        DefinitionError: A text cannot be kept by any database.
    """

    __slots__ = ()

    def _tell(self, error: Exception) -> None:
        if isinstance(error, sqlite3.Error):
            raise _error(self._name, error) from error


def _error(name: str, error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY
    if code in PASSING:
        return UnavailableError(f"{name} {PASSING[code]} ({error})")
    return StoreError(f"{name} {LASTING.get(code, 'answers with an error')} ({error})")
