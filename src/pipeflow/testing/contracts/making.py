"""What contract suites are made of: an instant, rows, due rows, and how they are claimed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ...model.accounts import Member
from ...ports import Changes, Claim, Due, Email, RowKey, Store

__all__ = ["LEASE", "NOW", "ONE", "TWO", "A", "B", "claim", "due", "email", "enqueue", "keys"]

NOW = datetime(2027, 1, 1, 9, tzinfo=UTC)
LEASE = timedelta(minutes=1)
A, B = RowKey("member", "a"), RowKey("member", "b")
ONE, TWO = Member("One"), Member("Two", email="two@example.com")


def email(key: str) -> Email:
    """Make a request."""
    return Email(key, "account-1", "job-1", None, "welcome", ("ada@example.com",), "Hello", "Text")


def due(key: str, at: datetime = NOW, no: int = 0) -> Due:
    """Make a due row of a request."""
    return Due(key, at, no, email(key), "job-1")


def enqueue(store: Store, *dues: Due, tenant: str = "one", **more: Any) -> None:
    """Commit due rows, and nothing else unless said."""
    store.commit(Changes(tenant, {}, dues=dues, **more))


def claim(store: Store, now: datetime = NOW, owner: str = "me", limit: int = 99) -> list[Claim]:
    """Claim what is due of the tenant "one"."""
    return store.claim(now, owner, LEASE, limit, tenant="one")


def keys(claims: list[Claim]) -> list[str]:
    """Return the keys of what was claimed."""
    return [one.due.key for one in claims]
