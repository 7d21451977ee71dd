"""The contract suites can see faults: each of these broken stores and ports is caught."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from pipeflow.adapters.memory import MemoryStore
from pipeflow.errors import ConflictError, LeaseLostError
from pipeflow.ports import (
    Changes,
    Claim,
    DueState,
    Email,
    EmailPort,
    Page,
    Parked,
    Receipt,
    RowKey,
    Settle,
    Stored,
)
from pipeflow.testing.contracts import EmailPortContract, StoreContract

FOREVER = timedelta(days=3650)


class UncheckedVersions(MemoryStore):
    """Writes over whatever is there."""

    def commit(self, changes: Changes, /) -> None:
        """Expect what there is."""
        there = {key: self.load(changes.tenant, key) for key in changes.expect}
        expect = {key: stored.version if stored else 0 for key, stored in there.items()}
        super().commit(attrs.evolve(changes, expect=expect))


class UncheckedReads(MemoryStore):
    """Checks only what it writes."""

    def commit(self, changes: Changes, /) -> None:
        """Forget what was only read."""
        written = {*changes.puts, *changes.deletes}
        expect = {key: version for key, version in changes.expect.items() if key in written}
        super().commit(attrs.evolve(changes, expect=expect))


class ForgottenCommands(MemoryStore):
    """Carries every command out, however often it comes."""

    def commit(self, changes: Changes, /) -> None:
        """Forget its id."""
        super().commit(attrs.evolve(changes, command_id=None))


class ConflictsFirst(MemoryStore):
    """Tells a repeat that somebody else was faster, which was the command itself."""

    def commit(self, changes: Changes, /) -> None:
        """Look at the versions before the command."""
        for key, version in changes.expect.items():
            stored = self.load(changes.tenant, key)
            if (stored.version if stored else 0) != version:
                raise ConflictError("too late")
        super().commit(changes)


class DuesAgain(MemoryStore):
    """Asks again for what was done or cancelled."""

    def commit(self, changes: Changes, /) -> None:
        """Forget what is over."""
        self.prune(changes.tenant, datetime.max.replace(tzinfo=UTC))
        super().commit(changes)


class HalfCommits(MemoryStore):
    """Keeps the rows of a commit whose settle came too late."""

    def commit(self, changes: Changes, /) -> None:
        """Write first, refuse then."""
        try:
            super().commit(changes)
        except LeaseLostError:
            super().commit(attrs.evolve(changes, settles=()))
            raise


class LostHistory(MemoryStore):
    """Keeps no events."""

    def commit(self, changes: Changes, /) -> None:
        """Drop them."""
        super().commit(attrs.evolve(changes, log={}))


class EndlessRows(MemoryStore):
    """Deletes nothing."""

    def commit(self, changes: Changes, /) -> None:
        """Drop the deletes."""
        super().commit(attrs.evolve(changes, deletes=()))


class Uncancelled(MemoryStore):
    """Sends what nobody wants any more."""

    def commit(self, changes: Changes, /) -> None:
        """Drop the cancels."""
        super().commit(attrs.evolve(changes, cancels=()))


class AlwaysSettled(MemoryStore):
    """Says that it settled, whoever asks."""

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say yes."""
        super().settle(tenant, settle)
        return True


class AnyToken(MemoryStore):
    """Lets whoever once held a row settle it."""

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Try every token."""
        return any(
            super(AnyToken, self).settle(tenant, attrs.evolve(settle, token=n)) for n in range(9)
        )


class AlwaysRenewed(MemoryStore):
    """Says that the lease is longer, whoever asks."""

    def renew(self, tenant: str, key: str, token: int, until: datetime, /) -> bool:
        """Say yes."""
        super().renew(tenant, key, token, until)
        return True


class Claiming(MemoryStore):
    """Claims in a way of its own."""

    def claim(
        self,
        now: datetime,
        owner: str,
        lease: timedelta,
        limit: int,
        *,
        tenant: str | None = None,
        keys: Iterable[str] | None = None,
        timers_only: bool = False,
    ) -> list[Claim]:
        """Change the question, then the answer."""
        asked = self.ask(now, lease, limit, timers_only=timers_only)
        return self.answer(super().claim(asked[0], owner, asked[1], asked[2], tenant=tenant, keys=keys, timers_only=asked[3]))  # fmt: skip  # noqa: E501

    def ask(
        self, now: datetime, lease: timedelta, limit: int, *, timers_only: bool
    ) -> tuple[datetime, timedelta, int, bool]:
        """Leave the question as it is."""
        return now, lease, limit, timers_only

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Leave the answer as it is."""
        return claims


class NoLease(Claiming):
    """Gives a row to everybody."""

    def ask(self, now: datetime, lease: timedelta, limit: int, *, timers_only: bool) -> Any:
        """Hold it for no time."""
        return now, timedelta(), limit, timers_only


class EndlessLease(Claiming):
    """Never takes a row back from one who died."""

    def ask(self, now: datetime, lease: timedelta, limit: int, *, timers_only: bool) -> Any:
        """Hold it for ever."""
        return now, FOREVER, limit, timers_only


class TooEarly(Claiming):
    """Gives out what is not due yet."""

    def ask(self, now: datetime, lease: timedelta, limit: int, *, timers_only: bool) -> Any:
        """Look far ahead, but leave the leases."""
        return now + FOREVER, lease - FOREVER, limit, timers_only


class Unlimited(Claiming):
    """Gives out more than was asked for."""

    def ask(self, now: datetime, lease: timedelta, limit: int, *, timers_only: bool) -> Any:
        """Ask for all."""
        return now, lease, 9999, timers_only


class RequestsToo(Claiming):
    """Gives requests to a host that only wants timers."""

    def ask(self, now: datetime, lease: timedelta, limit: int, *, timers_only: bool) -> Any:
        """Ask for both."""
        return now, lease, limit, False


class Backwards(Claiming):
    """Gives the last one first."""

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Turn them round."""
        return claims[::-1]


class NoFence(Claiming):
    """Gives every owner the same token."""

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Make them alike."""
        return [attrs.evolve(claim, token=1) for claim in claims]


class Uncounted(Claiming):
    """Counts no attempts."""

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Say that it is always the first."""
        return [attrs.evolve(claim, attempt=1) for claim in claims]


class OneForAll(MemoryStore):
    """Reads the rows of another firm."""

    def load(self, tenant: str, key: RowKey, /) -> Stored | None:
        """Look where everybody looks."""
        return super().load("one", key)


class OneHistory(MemoryStore):
    """Reads the history of another firm."""

    def history(self, tenant: str, key: RowKey, /) -> Any:
        """Look where everybody looks."""
        return super().history("one", key)


class OneCommand(MemoryStore):
    """Knows the commands of another firm."""

    def command_result(self, tenant: str, command_id: str, /) -> Stored | None:
        """Look where everybody looks."""
        return super().command_result("one", command_id)


class OneQueue(MemoryStore):
    """Says when another firm's rows are due."""

    def next_due(self, *, tenant: str | None = None, timers_only: bool = False) -> datetime | None:
        """Look where everybody looks."""
        return super().next_due(timers_only=timers_only)


class Changed(MemoryStore):
    """Gives back something else than was put."""

    def load(self, tenant: str, key: RowKey, /) -> Stored | None:
        """Lose the address."""
        stored = super().load(tenant, key)
        return stored and Stored(stored.version, attrs.evolve(stored.value, email=None))


class Skipping(MemoryStore):
    """Counts versions by two."""

    def load(self, tenant: str, key: RowKey, /) -> Stored | None:
        """Count them so."""
        stored = super().load(tenant, key)
        return stored and Stored(stored.version * 2, stored.value)


class LastPageOnly(MemoryStore):
    """Loses what does not fit on a page."""

    def scan(
        self, tenant: str, kind: str, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Say that it was the last."""
        return Page(super().scan(tenant, kind, after=after, limit=limit).rows)


class NothingParked(MemoryStore):
    """Hides what failed."""

    def parked(self, tenant: str, /) -> tuple[Parked, ...]:
        """Show nothing."""
        return ()


class Busy(MemoryStore):
    """Requeues nothing."""

    def requeue(self, tenant: str, key: str, at: datetime, /) -> bool:
        """Say that it did."""
        return True


class Hoarding(MemoryStore):
    """Forgets nothing."""

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Keep it all."""
        return 0


class Forgetful(MemoryStore):
    """Does not know what became of a row."""

    def due_state(self, tenant: str, key: str, /) -> DueState | None:
        """Say that it waits."""
        return DueState.WAIT if super().due_state(tenant, key) else None


def timezone_of(changes: Changes) -> Any:
    """Return UTC, as every instant of the contract has it."""
    from datetime import UTC

    return UTC


BROKEN = [
    UncheckedVersions, UncheckedReads, ForgottenCommands, ConflictsFirst, DuesAgain, HalfCommits,
    LostHistory, EndlessRows, Uncancelled, AlwaysSettled, AnyToken, AlwaysRenewed, NoLease,
    EndlessLease, TooEarly, Unlimited, RequestsToo, Backwards, NoFence, Uncounted, OneForAll,
    OneHistory, OneCommand, OneQueue, Changed, Skipping, LastPageOnly, NothingParked, Busy,
    Hoarding, Forgetful,
]  # fmt: skip


def runs(
    suite: type[Any], **fixtures: Callable[[], Any]
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each test of a suite, once for each of its parameters, as a call without arguments."""
    for name, test in inspect.getmembers(suite, inspect.isfunction):
        if not name.startswith("test_"):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        rows = [{mark.args[0]: value} for mark in marks for value in mark.args[1]] or [{}]
        for row in rows:

            def call(test: Any = test, row: dict[str, Any] = row) -> None:
                made = {key: make() for key, make in fixtures.items()}
                wanted = {
                    key: made[key] for key in inspect.signature(test).parameters if key in made
                }
                test(suite(), **wanted, **row)

            yield name, call


def caught(suite: type[Any], **fixtures: Callable[[], Any]) -> list[str]:
    """Return the tests of a suite that fail."""
    found = []
    for name, call in runs(suite, **fixtures):
        # The racing tests need threads that end, which those of a broken store may not.
        if "at_once" in name:
            continue
        try:
            call()
        except (Exception, pytest.fail.Exception):  # noqa: BLE001  (any failure is one)
            found.append(name)
    return found


def test_a_right_store_passes() -> None:
    """Else nothing that follows says anything."""
    assert caught(StoreContract, store=MemoryStore) == []


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_store_is_caught(broken: type[MemoryStore]) -> None:
    """By at least one rule."""
    assert caught(StoreContract, store=broken)


class Once(EmailPort):
    """A right port."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.sent: dict[str, Receipt] = {}

    def send(self, email: Email, /) -> Receipt | None:
        """Send each key once."""
        return self.sent.setdefault(email.key, Receipt(f"e-{len(self.sent)}"))


class Twice(Once):
    """Sends whatever comes."""

    def send(self, email: Email, /) -> Receipt | None:
        """Forget the key."""
        return self.sent.setdefault(f"{email.key}{len(self.sent)}", Receipt(f"e-{len(self.sent)}"))


class OtherReceipt(Once):
    """Answers a repeat with another reference."""

    def send(self, email: Email, /) -> Receipt | None:
        """Send once, answer anew."""
        known = email.key in self.sent
        receipt = super().send(email)
        return Receipt("again") if known else receipt


class ByContent(Once):
    """Takes equal content for a repeat."""

    def send(self, email: Email, /) -> Receipt | None:
        """Forget the key."""
        return self.sent.setdefault(email.body, Receipt("e"))


class OneReference(Once):
    """Gives everything the same reference."""

    def send(self, email: Email, /) -> Receipt | None:
        """Forget which."""
        super().send(email)
        return Receipt("e")


class Numbers(Once):
    """Answers with the number of its own database row."""

    def send(self, email: Email, /) -> Receipt | None:
        """Answer with no receipt at all."""
        super().send(email)
        return len(self.sent)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("port", "right"),
    [
        (Once, True),
        (Twice, False),
        (OtherReceipt, False),
        (ByContent, False),
        (OneReference, False),
        (Numbers, False),
    ],
)
def test_a_broken_port_is_caught(port: type[Once], right: bool) -> None:
    """By at least one of the rules of ports, and a right one by none."""
    ports: list[Once] = []

    def make() -> Once:
        ports.append(port())
        return ports[-1]

    found = caught(EmailPortContract, port=make, effects=lambda: lambda: len(ports[-1].sent))

    assert (found == []) is right


@pytest.mark.parametrize(
    ("suite", "name"),
    [(StoreContract, "store"), (EmailPortContract, "port"), (EmailPortContract, "effects")],
)
def test_a_suite_says_which_fixture_it_needs(suite: type[Any], name: str) -> None:
    """A host that forgets one is told."""
    function = getattr(suite, name)._get_wrapped_function()

    with pytest.raises(NotImplementedError, match=f"override the fixture `{name}`"):
        function(*[None] * len(inspect.signature(function).parameters))
