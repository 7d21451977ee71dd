"""A branch goes on with what its firm does in pieces, from where the firm stands."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    EmailTemplate,
    Engine,
    Monthly,
    Pipeline,
    Schedule,
    SendEmail,
    Stage,
    TimeInStage,
    TriggerFired,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.engine import recurring, ripples
from pipeflow.ports import Store
from pipeflow.testing import ManualCalendar, World

NUDGE = EmailTemplate("Nudge", subject="Please", body="Look at it.")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Where the firm is."""
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "firm.db")


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ripples, "JOBS", 2)
    monkeypatch.setattr(recurring, "PIECE", 2)


def pipeline(days: int) -> Pipeline:
    """A pipeline that nudges after so many days."""
    triggers = [TimeInStage(days, [SendEmail(NUDGE)])]
    return Pipeline("Pay", stages=[Stage("Run", triggers=triggers), Stage("Done")])


def fired(engine: Engine) -> int:
    """How many jobs were nudged."""
    told = (engine.history(job).of(TriggerFired) for job in engine.jobs())
    return sum(1 for events in told if events)


def test_an_edit_that_reached_some_jobs_reaches_the_others_in_a_branch(store: Store) -> None:
    """The firm keeps how far it came by the last id, which every store understands (A14)."""
    world = World(store=store)
    engine = world.engine
    engine.save(pipeline(30), NUDGE)
    for _ in range(5):
        engine.start("pay", world.account())
    engine.save(engine.pipeline("pay").change("run", triggers=[TimeInStage(1, [SendEmail(NUDGE)])]))

    branch = engine.what_if()
    branch.advance(days=3)

    assert (fired(branch), branch.failures()) == (5, ())


class Failing(ManualCalendar):
    """A calendar that can be asked so often, and then fails."""

    answers = 100

    def days_off(self, first: date, last: date, /) -> list[date]:
        """Answer, or fail."""
        self.answers -= 1
        if self.answers < 0:
            raise OSError("no network")
        return []


def test_a_period_that_was_handed_out_in_part_is_handed_out_in_a_branch(store: Store) -> None:
    """The calendar fails when the second piece of the clients is to come."""
    calendar = Failing()
    world = World(datetime(2027, 1, 1, 12, tzinfo=UTC), store=store, calendar=calendar)
    engine = world.engine
    engine.save(Pipeline("Pay", stages=[Stage("Run")]))
    for _ in range(5):
        world.account(tags=["p"])
    plan: dict[str, Any] = {"accounts": tagged("p"), "every": Monthly(8), "shift": "after"}
    engine.save(Schedule("Pay", pipeline="pay", start=date(2027, 1, 1), **plan))
    world.clock.set(datetime(2027, 1, 8, 12, tzinfo=UTC))
    calendar.answers = 1
    engine.tick()
    assert len(engine.jobs()) == 2
    calendar.answers = 100

    branch = engine.what_if()
    branch.advance(days=1)

    assert (len(branch.jobs()), branch.failures()) == (5, ())
