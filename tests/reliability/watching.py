"""Looking over the shoulder of a store: at every call of it, and at every statement of its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar, Protocol

import pytest

from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Store

__all__ = ["Act", "Watched", "statements", "writes"]

Act = Callable[[], Any]  # a statement that is about to be carried out
Method = Callable[..., Any]


def _watched(name: str) -> Method:
    """Return the method of that name, as one that does what `around` makes of it."""

    def call(store: Watched, /, *args: Any, **keywords: Any) -> Any:
        return store.around(name, partial(getattr(store.inner, name), *args, **keywords))

    return call


class Watched(Store):
    """A store in front of another one, which sees every call of that."""

    volatile: ClassVar[bool] = False

    def __init__(self, inner: Store) -> None:
        """Stand in front of a store."""
        self.inner = inner

    def around(self, name: str, call: partial[Any]) -> Any:
        """Carry a call out; to be overridden."""
        return call()

    read: Method = _watched("read")
    find: Method = _watched("find")
    count: Method = _watched("count")
    ids: Method = _watched("ids")
    history: Method = _watched("history")
    feed: Method = _watched("feed")
    commit: Method = _watched("commit")
    claim: Method = _watched("claim")
    renew: Method = _watched("renew")
    settle: Method = _watched("settle")
    due: Method = _watched("due")
    next_due: Method = _watched("next_due")
    parked: Method = _watched("parked")
    prune: Method = _watched("prune")
    tenants: Method = _watched("tenants")
    export: Method = _watched("export")
    restore: Method = _watched("restore")
    close: Method = _watched("close")


class Watcher(Protocol):
    """Carries a statement out, or does not."""

    def __call__(self, db: sqlite3.Connection, sql: str, act: Act, /) -> Any:
        """Carry it out by calling `act`."""


def _room(kind: type[SqliteStore]) -> dict[str, Any]:
    """Return the names of the module in which a kind of store opens its files."""
    found: Any = kind.__init__
    room: dict[str, Any] = found.__globals__["File"].__init__.__globals__
    return room


@contextmanager
def statements(watcher: Watcher, kind: type[SqliteStore] = SqliteStore) -> Iterator[None]:
    """Let a watcher see every statement of each file that is opened from here on.

    What is carried out for many rows is so many statements.
    """
    room = _room(kind)
    base: type[sqlite3.Connection] = room["Connection"]

    class Connection(base):  # type: ignore[misc,valid-type]
        """One over whose shoulder somebody looks."""

        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            """Let the watcher carry a statement out."""
            found: sqlite3.Cursor = watcher(
                self, sql, lambda: super(Connection, self).execute(sql, parameters)
            )
            return found

        def executemany(self, sql: str, rows: Iterable[Any], /) -> sqlite3.Cursor:
            """Carry a statement out for each row."""
            cursor: sqlite3.Cursor = self.cursor()
            for row in rows:
                cursor = self.execute(sql, row)
            return cursor

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(room, "Connection", Connection)
        yield


def writes(db: sqlite3.Connection, kind: type[SqliteStore] = SqliteStore) -> bool:
    """Tell whether a connection is the one by which its file is being written just now."""
    return any(file._written is db for file in [*_room(kind)["_FILES"]])
