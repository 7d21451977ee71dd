"""What contract suites are made of: an instant, rows, due rows, and how they are claimed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ...model.accounts import Member
from ...model.events import Chapter, Warned, chapters_of
from ...model.jobs import Job
from ...ports import (
    CarriedOut,
    Changes,
    Claim,
    Due,
    DueState,
    Email,
    Parked,
    ReminderTimer,
    RowKey,
    Store,
    Stored,
    Task,
)
from ...ports.terms import stage_term

__all__ = [
    "ANSWER", "AT_DONE", "AT_INTAKE", "AT_WORK", "FAR", "LEASE", "NOW", "ONE", "TWO", "A", "B",
    "chapter", "claim", "due", "email", "enqueue", "held", "job", "keys", "log", "paged", "parked",
    "put", "state", "stored", "task", "timer",
]  # fmt: skip

NOW = datetime(2027, 1, 1, 9, tzinfo=UTC)
LEASE = timedelta(minutes=1)
FAR = timedelta(days=400)
A, B = RowKey("member", "a"), RowKey("member", "b")
AT_INTAKE, AT_WORK, AT_DONE = (stage_term("tax", one) for one in ("intake", "work", "done"))
ONE, TWO = Member("One"), Member("Two", email="two@example.com")
ANSWER = CarriedOut('{"do":"start"}', (("job", "j1"),), (("tax", "p1"),))


# -- values --------------------------------------------------------------------------------------


def email(key: str) -> Email:
    """Make a request."""
    return Email(key, "account-1", "job-1", None, "welcome", ("ada@example.com",), "Hello", "Text")


def due(key: str, at: datetime = NOW, no: int = 0, job: str = "job-1") -> Due:
    """Make a due row of a request."""
    return Due(key, at, no, email(key), job)


def task(key: str, at: datetime = NOW, no: int = 0) -> Due:
    """Make a due row that asks another port."""
    return Due(key, at, no, Task(key, "account-1", "job-1", "job-1/1", "t", "Task"), "job-1")


def timer(key: str, at: datetime = NOW, no: int = 0) -> Due:
    """Make a due row that asks no port."""
    return Due(key, at, no, ReminderTimer("job-1", "job-1/1", 1), "job-1")


def held(key: str, lease: timedelta = LEASE) -> Due:
    """Make a due row that is held by whoever commits it."""
    return Due(key, NOW, 0, email(key), "job-1", 0, "me", lease)


def job(
    id: str, account: str = "ada", stage: str = "work", *, due: date | None = None, **more: Any
) -> Job:
    """Make a job."""
    return Job(
        id, id.upper(), account, more.pop("pipeline", "tax"), stage, more.pop("status", "Active"),
        1, NOW, NOW, due=due, **more,
    )  # fmt: skip


def chapter(text: str = "hello") -> Chapter:
    """Make a chapter of one line."""
    (made,) = chapters_of((Warned(NOW, "job-1", "system", text),))
    return made


# -- what is done with a store -------------------------------------------------------------------


def put(store: Store, *values: Any, tenant: str = "one") -> None:
    """Write jobs or accounts over whatever is there."""
    rows = {RowKey("job" if isinstance(one, Job) else "account", one.id): one for one in values}
    there = store.read(tenant, rows).rows
    expect = {key: there[key].version if key in there else 0 for key in rows}
    store.commit(Changes(tenant, expect, rows))


def enqueue(store: Store, *dues: Due, tenant: str = "one", **more: Any) -> None:
    """Commit due rows, and nothing else unless said."""
    store.commit(Changes(tenant, {}, dues=dues, **more))


def claim(
    store: Store, owner: str = "me", limit: int = 99, *, due: datetime = NOW, **more: Any
) -> list[Claim]:
    """Claim what is due of the tenant "one", unless another is named."""
    return store.claim(owner, LEASE, limit, due=due, **{"tenant": "one", **more})


def keys(claims: Iterable[Claim]) -> list[str]:
    """Return the keys of what was claimed."""
    return [one.due.key for one in claims]


# -- what is seen of a store ---------------------------------------------------------------------


def stored(store: Store, key: RowKey, tenant: str = "one") -> Stored | None:
    """Return a row, or None."""
    return store.read(tenant, (key,)).rows.get(key)


def state(store: Store, key: str, tenant: str = "one") -> DueState | None:
    """Return what became of a due row, or None."""
    found = store.due(tenant, key)
    return None if found is None else found.state


def parked(store: Store, key: str, tenant: str = "one") -> Parked:
    """Return a due row that is not over."""
    found = store.due(tenant, key)
    assert isinstance(found, Parked)
    return found


def log(store: Store, key: RowKey, tenant: str = "one") -> tuple[Any, ...]:
    """Return the whole history of a row."""
    return store.history(tenant, key).rows


def paged(listing: Any, limit: int) -> Iterator[Any]:
    """Yield the rows of a listing, page after page."""
    after: str | None = None
    while True:
        page = listing(after=after, limit=limit)
        assert len(page.rows) <= limit
        yield from page.rows
        after = page.next
        if after is None:
            return
