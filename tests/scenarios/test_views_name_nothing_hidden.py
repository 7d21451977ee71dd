"""Views for somebody: whatever the authorizer hides from them has no name in any view."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateOrganizer,
    DefinitionError,
    EmailTemplate,
    Engine,
    Member,
    OrganizerTemplate,
    Pipeline,
    Question,
    Reminders,
    SendEmail,
    Stage,
    StartJob,
    Status,
    TransferJob,
    assigned,
    tagged,
)
from pipeflow.ports import Authorizer, Intent
from pipeflow.testing import World

SECRET = "Zebra"
MAIL = EmailTemplate("Zebra offer", subject="Offer", body="Now.", id="mail")
ASKED = OrganizerTemplate("Organizer", questions=[Question("What else?")])
SALES = Pipeline("Zebra sales", [Stage("Zebra lead"), Stage("Zebra deal")], id="sales")
TAX = Pipeline(
    "Tax",
    [
        Stage(
            "Collect",
            [
                SendEmail(MAIL, when=tagged("late")),
                SendEmail(MAIL, when=assigned("mia")),
                SendEmail(MAIL),
                CreateOrganizer(ASKED, reminders=Reminders(every=1, times=9)),
                StartJob("sales"),
            ],
            automove=True,
        ),
        Stage("Review", [SendEmail(MAIL)]),
        Stage("Sell", [TransferJob("sales")]),
    ],
    statuses=[Status("Held", automations=[CreateOrganizer(ASKED)])],
    id="tax",
)
VIEWS: dict[str, Callable[[Any], Any]] = {
    "explain": lambda firm: firm.explain("job-1", actor="eve"),
    "explain where it went": lambda firm: firm.explain("job-3", actor="eve"),
    "timeline": lambda firm: firm.timeline("job-1", actor="eve"),
    "timeline where it went": lambda firm: firm.timeline("job-3", actor="eve"),
    "trace": lambda firm: firm.trace("job-1", 1, actor="eve"),
    "trace of the last": lambda firm: firm.trace("job-3", actor="eve"),
    "history": lambda firm: firm.history("job-3", actor="eve"),
    "feed": lambda firm: firm.feed(actor="eve"),
    "board": lambda firm: firm.board("tax", actor="eve"),
    "overview": lambda firm: firm.overview("tax", actor="eve"),
    "jobs": lambda firm: firm.jobs(actor="eve"),
    "work": lambda firm: firm.work(actor="eve"),
    "accounts": lambda firm: firm.accounts(actor="eve"),
    "metrics": lambda firm: firm.metrics("tax", actor="eve"),
    "event log": lambda firm: firm.event_log(actor="eve"),
    "forecast": lambda firm: firm.forecast(5, actor="eve"),
    "replay": lambda firm: firm.replay(firm.pipeline("tax"), actor="eve"),
    "failures": lambda firm: firm.failures(actor="eve"),
}


class Hiding(Authorizer):
    """Lets Eve read nothing that is called a zebra."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Allow all else."""
        return True

    def may(self, intent: Intent, /) -> bool:
        """Look at the name of what is read; of a job, at its own."""
        if intent.action != "read":
            return True
        things = [intent.job] if intent.job else [*intent.things, intent.account]
        return not any(SECRET in getattr(one, "name", "") for one in things)


@pytest.fixture
def firm() -> World:
    """Make a firm in which visible jobs are full of what is hidden."""
    world = World(authorizer=Hiding())
    engine = world.engine
    engine.save(MAIL, ASKED, SALES, TAX, Member("Mia Zebra", id="mia"), Member("Bo", id="bo"))
    client = Account("Zebra Ltd", contacts=[Contact("C", email="c@x.org")], access=["mia"], id="z")
    engine.save(client)
    engine.start("tax", "z", name="1040", assignees=["mia"])
    for name in ("1065", "1120", "990"):
        engine.start("tax", "z", name=name, assignees=["mia"])
    ids = {job.name: job.id for job in engine.jobs()}
    engine.start("tax", "z", name="Zebra 1041")
    engine.move(ids["1065"], "Sell")
    engine.set_status(ids["1120"], "Held")
    world.advance(days=2)
    return world


def said(view: Any) -> str:
    """Return all that a view says, in whatever way."""
    ways = [str(view), repr(view)]
    for way in ("text", "html", "md", "svg", "mermaid"):
        with suppress(DefinitionError, TypeError):
            ways.append(format(view, way))
    ways += [getattr(view, way)() for way in ("to_csv", "to_xes") if hasattr(view, way)]
    return "\n".join(ways)


def level(firm: World, depth: int) -> Engine:
    """Return the firm, a branch of it, or a branch of that."""
    engine: Engine = firm.engine
    for _ in range(depth):
        engine = engine.what_if()
    return engine


@pytest.mark.parametrize("depth", range(3), ids=["firm", "branch", "branch of a branch"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_view_names_what_is_hidden(firm: World, view: str, depth: int) -> None:
    """Neither accounts, members, templates, pipelines and their stages, nor other jobs."""
    assert SECRET not in said(VIEWS[view](level(firm, depth)))


def test_a_diff_names_nothing_that_is_hidden(firm: World) -> None:
    """It goes by its id, though the branch has changed it."""
    branch = firm.engine.what_if()
    branch.edit("job-1", assignees={"bo"})
    branch.tag("z", {"vip"})
    branch.move("job-1", "Sell")
    branch.advance(days=2)
    branch.save(Account("Zebra new", id="new"))
    branch.start("tax", "new", name="709")
    told = said(branch.diff(actor="eve"))
    assert SECRET not in told
    assert "mia" in told
    assert SECRET in said(branch.diff())


def test_whoever_may_see_all_reads_all_names(firm: World) -> None:
    """The same views call things by their names where nobody is asked about."""
    told = said(firm.engine.explain("job-1")) + said(firm.engine.forecast(5))
    assert {"Zebra Ltd", "Zebra offer"} <= {
        one for one in ("Zebra Ltd", "Zebra offer") if one in told
    }


def test_an_event_log_reads_the_accounts_of_its_jobs_alone(firm: World) -> None:
    """Whoever has thousands of clients waits for those of one pipeline alone."""
    asked: list[str] = []

    class Counting(Hiding):
        def may(self, intent: Intent, /) -> bool:
            asked.append(intent.about)
            return super().may(intent)

    engine = Engine(store=firm.store, clock=firm.clock, authorizer=Counting())
    for number in range(20):
        firm.engine.save(Account(f"Client {number}"))
    engine.event_log("tax", actor="eve")
    assert "z" in asked
    assert not [one for one in asked if one.startswith("account-")]
