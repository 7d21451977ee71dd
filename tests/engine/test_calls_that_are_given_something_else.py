"""Whoever gives a call something else than it takes is told so in a sentence, and not by Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from pipeflow import DefinitionError, Engine, PipeflowError, Pipeline, SendEmail, Stage, slug
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.bundle import Bundle, free_ids
from pipeflow.ports import Clock
from pipeflow.testing import FakeEmail, ManualCalendar, ManualClock, World
from tests.firms import DONE, begun

LINE = Pipeline("Tax", [Stage("Work", [SendEmail("welcome")]), DONE])
LINKED: dict[str, Any] = {"ref": "d-1", "kind": "signature", "name": "Letter"}


def _linked(**given: Any) -> None:
    world, job = begun(Stage("Work"), DONE)
    world.engine.link(job, **LINKED, **given)


def _backed_up(path: Any) -> None:
    with TemporaryDirectory() as folder, SqliteStore(Path(folder) / "firm.db") as store:
        store.backup(path)


CALLS: dict[str, tuple[Callable[[Any], object], str]] = {
    "slug": (slug, "$.name"),
    "find": (LINE.find, "$.stage"),
    "automation of a stage": (lambda odd: LINE.automation(odd, "a"), "$.stage"),
    "automation": (lambda odd: LINE.automation("work", odd), "$.automation"),
    "world": (World, "$.now"),
    "clock": (ManualClock, "$.now"),
    "set the clock": (ManualClock().set, "$.now"),
    "calendar": (ManualCalendar, "$.days"),
    "account": (World().account, "$.name"),
    "fail next": (FakeEmail().fail_next, "$.error"),
    "fail when": (lambda odd: FakeEmail().fail_when(odd, OSError()), "$.chosen"),
    "fail when with": (lambda odd: FakeEmail().fail_when(bool, odd), "$.error"),
    "role": (lambda odd: World().account().filling(odd), "$.name"),
    "kind of events": (lambda odd: begun(DONE)[0].engine.history("job-1").of(odd), "$.kind"),
    "locked by": (lambda odd: _linked(locked_by=odd), "$.locked_by"),
    "lines": (MemoryStore().restore, "$.lines"),
    "package": (lambda odd: free_ids(odd, ()), "$.bundle"),
    "load a package": (Bundle.load, "$.path"),
    "save a package": (Bundle(pipelines=[Pipeline("Tax", [DONE])]).save, "$.path"),
    "path": (SqliteStore, "$.path"),
    "backup": (_backed_up, "$.path"),
}


@pytest.mark.parametrize("odd", [None, 5, object()], ids=["nothing", "a number", "something"])
@pytest.mark.parametrize(("call", "where"), CALLS.values(), ids=CALLS)
def test_what_a_call_does_not_take_is_refused_in_a_sentence(
    call: Callable[[Any], object], where: str, odd: object
) -> None:
    """With the place of the argument, whatever stands there."""
    with pytest.raises(DefinitionError) as caught:
        call(odd)

    assert [problem.where for problem in caught.value.problems] == [where]


@pytest.mark.parametrize("call", [LINE.find, lambda odd: LINE.automation("work", odd), slug])
def test_what_cannot_even_be_looked_up_is_refused(call: Callable[[Any], object]) -> None:
    """A list has no hash, and a stage is no id."""
    several: tuple[Any, ...] = ([], {}, LINE.stages[0])
    for odd in several:
        with pytest.raises(DefinitionError, match="given: "):
            call(odd)


def test_an_id_that_leads_nowhere_is_no_mistake() -> None:
    """Whoever looks for a stage or an automation may find none."""
    assert LINE.find("gone") is None
    assert LINE.automation("gone", "gone") is None
    assert LINE.automation("work", "gone") is None


@pytest.mark.parametrize("told", [None, 5, "now", date(2027, 1, 1), time(9, tzinfo=None)])
def test_a_clock_that_tells_no_instant_is_refused(told: Any) -> None:
    """It is the host's own, and the error says what it told."""

    class Broken(Clock):
        def now(self) -> datetime:
            return told  # type: ignore[no-any-return]

    engine = Engine(clock=Broken())

    with pytest.raises(PipeflowError, match=r"the clock told .*must be a datetime, aware, in UTC"):
        engine.tick()


def test_a_fake_fails_a_number_of_times() -> None:
    """A text would be taken as many times as nobody knows."""
    with pytest.raises(DefinitionError, match=r"\$\.times: must be a whole number"):
        FakeEmail().fail_next(OSError(), times="3")  # type: ignore[arg-type]


@pytest.mark.parametrize("unit", ["days", "hours", "minutes"])
@pytest.mark.parametrize("odd", [None, "3", float("nan"), 10**12])
def test_time_passes_by_numbers_alone(unit: str, odd: Any) -> None:
    """In a world, on a branch and by the clock."""
    world = World()

    for passing in (world.advance, world.engine.what_if().advance, world.clock.advance):
        with pytest.raises(DefinitionError):
            passing(**{unit: odd})

    assert world.clock.now() == ManualClock().now()


def test_time_goes_back_nowhere() -> None:
    """A world is as strict as a branch of it."""
    with pytest.raises(DefinitionError, match="time does not go back"):
        World().advance(days=-1)
    with pytest.raises(DefinitionError, match="leads beyond the year 9000"):
        World(datetime(8999, 12, 31, tzinfo=UTC)).advance(days=3)


def test_one_tag_needs_no_brackets() -> None:
    """As wherever tags are given."""
    assert World().account(tags="vip").tags == {"vip"}
    with pytest.raises(DefinitionError, match=r"\$\.tags: must be a list of texts"):
        World().account(tags=5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"path": "firm\0.db"}, r"\$\.path: holds '\\x00'"),
        ({"path": b"firm.db"}, r"\$\.path: must be the path of a file"),
        ({"multiprocess": "no"}, r"\$\.multiprocess: must be True or False"),
    ],
)
def test_no_file_is_opened_by_halves(tmp_path: Path, given: Any, sentence: str) -> None:
    """What no path can be is refused before a file is made."""
    path = tmp_path / "firm.db"

    with pytest.raises(DefinitionError, match=sentence):
        SqliteStore(**{"path": path, **given})

    assert not path.exists()
