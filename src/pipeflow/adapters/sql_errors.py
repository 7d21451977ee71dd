"""What a host's database reports, in sentences that say what to do; never what it was given."""

from __future__ import annotations

from sqlalchemy import exc

from ..errors import (
    ConflictError,
    DefinitionError,
    PipeflowError,
    StoreError,
    UnavailableError,
)
from .database_errors import DatabaseErrors

__all__ = ["told", "told_host"]

# By SQLSTATE, or its class: whether it may pass with another try is said in one place.
DEADLOCK = "40P01"
CHANGED = {
    "40001": "somebody else changed what this rests on",
    DEADLOCK: "two commits waited for one another",
    "23505": "somebody else wrote the same first",
}
# The connection is lost; there is no room; an operator, or a limit, ended what was asked.
AWAY = ("08", "53", "57", "55P03")
UNFIT = "22"  # a value that no column of its kind can hold
NO_TABLE, NO_SCHEMA = "42P01", "3F000"
# By the name that SQLite has for it, where its driver tells one.
LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_INTERRUPT")
TAKEN = ("SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE")


class told(DatabaseErrors):  # noqa: N801  (it is used as a word: `with told(name):`)
    """Tells what goes wrong inside with the database *name* as an error of pipeflow.

    What the driver says is told, and not the statement with what was bound to it.

    Raises:
        UnavailableError: It may pass; whether a commit arrived is unknown until it is asked again.
        ConflictError: Somebody else was first; what was decided is to be decided anew.
        StoreError: It will not pass by itself.
        DefinitionError: A text or a number cannot be kept by any database.
    """

    __slots__ = ("_schema",)

    def __init__(self, name: str, schema: str | None) -> None:
        """Take the database's name, and the schema that was asked for."""
        super().__init__(name)
        self._schema = schema

    def _tell(self, error: Exception) -> None:
        match error:
            case exc.DBAPIError():
                raise self._error(error) from error.orig
            case exc.TimeoutError():
                what = "all connections of the engine's pool are in use; try again, or allow more"
                raise UnavailableError(f"{self._name}: {what}") from None
            case exc.SQLAlchemyError():
                raise StoreError(f"{self._name} answers with an error ({error})") from error
            case _:
                pass

    def _error(self, error: exc.DBAPIError) -> PipeflowError:
        return _error(self._name, self._schema, error)


class told_host(told):  # noqa: N801
    """Tells what goes wrong in a transaction of a host.

    One that waits for another, which waits for it, holds what it has written until it ends: to
    decide anew inside of it would change nothing. So its host is told, and takes it back.

    Raises:
        UnavailableError: All of the transaction may pass with another try.
    """

    __slots__ = ()

    def _error(self, error: exc.DBAPIError) -> PipeflowError:
        if getattr(error.orig, "sqlstate", None) == DEADLOCK:
            what = "two transactions waited for one another; take yours back, and begin it anew"
            return UnavailableError(f"{self._name}: {what}")
        return super()._error(error)


def _error(name: str, schema: str | None, error: exc.DBAPIError) -> PipeflowError:
    found = error.orig
    state: str | None = getattr(found, "sqlstate", None)
    said = _said(found)
    code: str = getattr(found, "sqlite_errorname", "")
    if state == NO_TABLE or "no such table" in said:
        return StoreError(_tables_missing(name, schema))
    if state == NO_SCHEMA and schema is None:
        what = "has no schema of the connection's search path; make one first, or say `schema=`"
        return StoreError(f"{name} {what}")
    if state == NO_SCHEMA:
        return StoreError(f"{name} has no schema {schema!r}; make it first, by CREATE SCHEMA")
    if state in CHANGED:
        return ConflictError(f"{CHANGED[state]}; try again ({said})")
    if code.startswith(TAKEN):
        return ConflictError(f"{CHANGED['23505']}; try again ({said})")
    if (state or "").startswith(AWAY) or code.startswith(LOCKED) or _is_away(error, state, code):
        return UnavailableError(f"{name} does not answer; try again ({said})")
    if (state or "")[:2] == UNFIT or (isinstance(error, exc.DataError) and state is None):
        return DefinitionError(f"a text or a number cannot be kept by any database: {said}")
    return StoreError(f"{name} answers with an error ({said})")


def _tables_missing(name: str, schema: str | None) -> str:
    if schema is None:
        return f"{name} has no tables of pipeflow; call `SqlStore.create` once, as in a migration"
    return (
        f"{name} has no tables of pipeflow in a schema {schema!r}, or no such schema; make it, and "
        f"call `SqlStore.create(..., schema={schema!r})` once, as in a migration"
    )


def _is_away(error: exc.DBAPIError, state: str | None, code: str) -> bool:
    """Tell whether there is no server, which its driver says without any SQLSTATE."""
    none = state is None and not code
    return error.connection_invalidated or (none and isinstance(error, exc.OperationalError))


def _said(found: BaseException | None) -> str:
    """Return the first sentence of what the driver says; the others repeat what it was given."""
    said: str | None = getattr(getattr(found, "diag", None), "message_primary", None)
    return said or (str(found).splitlines() or [""])[0]
