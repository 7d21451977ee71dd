"""The contract suites can see faults: each of these broken stores and ports is caught."""

import inspect
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.overlay import OverlayStore
from pipeflow.ports import Email, EmailPort, Receipt, Store
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts import EmailPortContract, StoreContract
from pipeflow.testing.contracts.making import NOW
from tests.adapters.mutants import BROKEN
from tests.adapters.overlay_mutants import BROKEN as BROKEN_BRANCHES
from tests.adapters.sunk import Partly, Sunk


def rows(test: Any) -> Iterator[dict[str, Any]]:
    """Yield the parameters of each run of a test; none at all, where it has no parameters."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    choices = []
    for mark in marks:
        names = [mark.args[0]] if isinstance(mark.args[0], str) else [*mark.args[0]]
        values = [[value] if len(names) == 1 else [*value] for value in mark.args[1]]
        choices.append([dict(zip(names, value, strict=True)) for value in values])
    for chosen in product(*choices):
        yield {name: value for part in chosen for name, value in part.items()}


def runs(
    suite: type[Any], make: Callable[[], dict[str, Any]]
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each test of a suite, once for each of its parameters, as a call without arguments."""
    for name, test in inspect.getmembers(suite, inspect.isfunction):
        if not name.startswith("test_"):
            continue
        wanted = inspect.signature(test).parameters
        # The racing tests need threads that end, which those of a broken store may not; and
        # nothing is opened again that goes with its process.
        if "at_once" in name or "reopened" in wanted:
            continue
        for row in rows(test):

            def call(test: Any = test, row: dict[str, Any] = row, wanted: Any = wanted) -> None:
                fixtures = make()
                test(suite(), **{key: fixtures[key] for key in wanted if key in fixtures}, **row)

            yield name, call


def caught(
    suite: type[Any], make: Callable[[], dict[str, Any]], *, all_of_them: bool = True
) -> list[str]:
    """Return the tests of a suite that fail, or the first of them."""
    found: list[str] = []
    for name, call in runs(suite, make):
        try:
            call()
        except (Exception, pytest.fail.Exception):  # noqa: BLE001  (any failure is one)
            found.append(name)
            if not all_of_them:
                break
    return found


def stores(kind: type[MemoryStore]) -> dict[str, Any]:
    """Make the fixtures of the contract of stores."""
    clock = ManualClock(NOW)
    return {"clock": clock, "store": kind(clock=clock), "other": kind(clock=clock)}


def test_a_right_store_passes() -> None:
    """Else nothing that follows says anything."""
    assert caught(StoreContract, lambda: stores(MemoryStore)) == []


def test_many_stores_are_broken() -> None:
    """Each in a thing of its own."""
    assert len({*BROKEN}) == len(BROKEN) > 60


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_store_is_caught(broken: type[MemoryStore]) -> None:
    """By at least one rule."""
    assert caught(StoreContract, lambda: stores(broken), all_of_them=False)


def branches(kind: type[Sunk]) -> dict[str, Any]:
    """Make the fixtures of the contract of stores, of branches."""
    clock = ManualClock(NOW)
    below, other = MemoryStore(clock=clock), MemoryStore(clock=clock)
    return {
        "clock": clock,
        "store": kind(below, clock=clock),
        "other": OverlayStore(other, clock=clock),
    }


def test_a_right_branch_passes() -> None:
    """Else nothing that follows says anything."""
    assert caught(Partly, lambda: branches(Sunk)) == []


def test_many_branches_are_broken() -> None:
    """Each in a thing of its own."""
    assert len({*BROKEN_BRANCHES}) == len(BROKEN_BRANCHES) > 20


@pytest.mark.parametrize("broken", BROKEN_BRANCHES)
def test_a_broken_branch_is_caught(broken: type[Sunk]) -> None:
    """By at least one rule."""
    assert caught(Partly, lambda: branches(broken), all_of_them=False)


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

    def fixtures() -> dict[str, Any]:
        made = port()
        return {"port": made, "effects": lambda: len(made.sent)}

    found = caught(EmailPortContract, fixtures)

    assert (found == []) is right


@pytest.mark.parametrize(
    ("suite", "name"),
    [
        (StoreContract, "store"),
        (StoreContract, "other"),
        (EmailPortContract, "port"),
    ],
)
def test_a_suite_says_which_fixture_it_needs(suite: type[Any], name: str) -> None:
    """A host that forgets one is told."""
    function = getattr(suite, name)._get_wrapped_function()

    with pytest.raises(NotImplementedError, match=f"override the fixture `{name}`"):
        function(*[None] * len(inspect.signature(function).parameters))


def test_a_port_whose_effects_nobody_counts_is_tested_by_its_receipts() -> None:
    """One fixture is enough to begin with, and what is left out says what it needs."""
    effects: Callable[[Any, EmailPort], Any] = EmailPortContract.effects._get_wrapped_function()

    with pytest.raises(pytest.skip.Exception, match="override the fixture `effects`"):
        effects(None, Once())
    assert uncounted(Once()) == {"same_receipt": True, "another_thing": True}
    assert uncounted(OtherReceipt()) == {"same_receipt": False, "another_thing": True}
    assert uncounted(OneReference()) == {"same_receipt": True, "another_thing": False}


def uncounted(port: EmailPort) -> dict[str, bool]:
    """Tell which rules a port keeps that need nobody who counts."""
    suite, kept = EmailPortContract(), dict[str, bool]()
    for name in ("a_key_that_comes_again_has_the_same_receipt", "another_key_is_another_thing"):
        try:
            getattr(suite, f"test_{name}")(port)
        except AssertionError:
            kept["_".join(name.split("_")[-2:])] = False
        else:
            kept["_".join(name.split("_")[-2:])] = True
    return kept


class Durable(MemoryStore):
    """Says that it outlives its process."""

    volatile = False


def test_a_durable_store_must_say_how_it_is_opened_again() -> None:
    """One that goes with its process need not, and those tests are skipped with the reason."""
    function: Callable[[Any, Store], Any] = StoreContract.reopened._get_wrapped_function()

    with pytest.raises(NotImplementedError, match="override the fixture `reopened`"):
        function(None, Durable())
    with pytest.raises(pytest.skip.Exception, match="goes with its process"):
        function(None, MemoryStore())
