"""Reads that say who asks: accounts, the feed and definitions, by what the authorizer allows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipeflow import (
    Account,
    AccountDeleted,
    CreateTask,
    DefaultFoldersAsked,
    DefinitionDeleted,
    EmailTemplate,
    FolderTemplate,
    JobStarted,
    Member,
    Monthly,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    RequestDelivered,
    Schedule,
    SendEmail,
    Settings,
    Stage,
    TagsChanged,
    TaskTemplate,
)
from pipeflow.ports import Authorizer, Intent
from pipeflow.testing import World

MAIL = EmailTemplate("Secret offer", subject="Offer")
CALL = TaskTemplate("Call")
TAX = Pipeline("Tax", [Stage("Intake"), Stage("Done")])
SALES = Pipeline("Sales", [Stage("Offer", [SendEmail(MAIL)])])
YEARS = FolderTemplate("Years", folders=["2026"])
MONTHLY = Schedule(
    "Books", pipeline="tax", every=Monthly(1), start=date(2026, 2, 1), accounts=["ada"]
)
# What Eve may not see: a client, what the firm sells, who sells it, and how it is set up.
HIDDEN = {"bob", "sales", "secret-offer", "tom", "settings", "books"}


class Rights(Authorizer):
    """Keeps what it was asked; Eve does not see what is hidden, nor what is about it."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.asked: list[Intent] = []
        self.firm = True  # whether Eve sees what is the firm's

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Never be asked."""
        raise AssertionError

    def may(self, intent: Intent, /) -> bool:
        """Hide what is hidden from Eve."""
        self.asked.append(intent)
        account = intent.account.id if intent.account is not None else ""
        hides = {intent.about, account} & HIDDEN or (intent.about == "" and not self.firm)
        return intent.action != "read" or intent.actor != "eve" or not hides


def firm() -> tuple[World, Rights]:
    """Open a firm with two clients, a job each, and folders for both."""
    rights = Rights()
    world = World(authorizer=rights)
    engine = world.engine
    engine.save(YEARS, Settings(default_folder=YEARS), MAIL, CALL, TAX, SALES)
    engine.save(Member("Mia"), Member("Tom"), Member("Eve"))
    for name in ("Ada", "Bob"):
        engine.save(Account(name, id=name.lower(), tags=["vip"]))
        engine.tag(name.lower(), add={"seen"})
        engine.start(TAX, name.lower())
    engine.save(MONTHLY)
    return world, rights


def test_accounts_that_somebody_may_not_see_are_left_out() -> None:
    """With a tag, too; and nobody is asked where it is not said who asks."""
    world, rights = firm()
    rights.asked.clear()

    everybody = [one.id for one in world.engine.accounts()]
    unasked = not rights.asked
    eves = [one.id for one in world.engine.accounts(actor="eve")]
    tagged = [one.id for one in world.engine.accounts(tag="vip", actor="eve")]

    assert (everybody, eves, tagged, unasked) == (["ada", "bob"], ["ada"], ["ada"], True)
    assert [one.id for one in world.engine.accounts(actor="mia")] == everybody
    assert {one.account.id for one in rights.asked if one.account} == {"ada", "bob"}


ONE: list[tuple[str, str, Callable[..., Any]]] = [
    ("pipeline", "sales", lambda engine, id, **who: engine.pipeline(id, **who)),
    ("overview", "sales", lambda engine, id, **who: engine.overview(id, **who)),
    ("template", "secret-offer", lambda engine, id, **who: engine.template(id, **who)),
    ("member", "tom", lambda engine, id, **who: engine.member(id, **who)),
    ("schedule", "books", lambda engine, id, **who: engine.schedule(id, **who)),
    ("settings", "settings", lambda engine, _, **who: engine.settings(**who)),
]


@pytest.mark.parametrize(("what", "id", "read"), ONE)
def test_a_definition_that_somebody_may_not_see_is_refused(
    what: str, id: str, read: Callable[..., Any]
) -> None:
    """By its id; everybody else gets it, and so does whoever says nothing."""
    world, rights = firm()

    with pytest.raises(NotAllowedError, match=f"'eve' may not read '{id}'"):
        read(world.engine, id, actor="eve")

    assert read(world.engine, id, actor="mia") == read(world.engine, id), what
    assert rights.asked[-1].things


def test_a_definition_that_is_not_there_is_told_so_before_anybody_is_asked() -> None:
    """As of a job."""
    world, _ = firm()

    with pytest.raises(NotFoundError):
        world.engine.pipeline("nothing", actor="eve")


def test_lists_of_definitions_leave_out_what_somebody_may_not_see() -> None:
    """The policy gets each definition, to go by it."""
    world, rights = firm()
    engine = world.engine

    seen = [
        [one.id for one in engine.pipelines(actor="eve")],
        [one.id for one in engine.templates(actor="eve")],
        [one.id for one in engine.templates(kind="email", actor="eve")],
        [one.id for one in engine.members(actor="eve")],
        [one.id for one in engine.schedules(actor="eve")],
    ]

    assert seen == [["tax"], ["call", "years"], [], ["eve", "mia"], []]
    assert [len(engine.pipelines()), len(engine.templates()), len(engine.schedules())] == [2, 3, 1]
    assert {one.pipeline for one in rights.asked if one.action == "read"} >= {
        engine.pipeline("tax"), engine.pipeline("sales")
    }  # fmt: skip


def test_a_board_calls_hidden_templates_by_their_ids() -> None:
    """Whoever may see the pipeline reads no name that is hidden."""
    world, _ = firm()
    world.engine.save(Pipeline("Open", [Stage("Offer", [SendEmail(MAIL)])]))

    assert "Secret offer" in str(world.engine.overview("open"))
    assert "Secret offer" not in str(world.engine.overview("open", actor="eve"))


def test_the_feed_leaves_out_jobs_and_accounts_that_somebody_may_not_see() -> None:
    """Events of accounts beside their jobs too, and what a port answered for an account alone."""
    world, rights = firm()
    eves = [*world.engine.feed(actor="eve")]
    everybody = [*world.engine.feed()]

    def told(kind: type[Any], events: list[Any]) -> int:
        return sum(isinstance(one, kind) for one in events)

    for kind in (JobStarted, TagsChanged, DefaultFoldersAsked, RequestDelivered):
        assert (told(kind, eves), told(kind, everybody)) == (1, 2), kind
    assert [*world.engine.feed(actor="mia")] == everybody
    assert "bob" not in str(world.engine.feed(actor="eve")).lower()
    assert len(world.engine.feed(limit=2, actor="eve")) == 2
    assert rights.asked


def test_what_is_the_firms_own_in_the_feed_has_a_right_of_its_own() -> None:
    """It is asked about with nothing that it is about."""
    world, rights = firm()
    world.engine.delete(CALL)
    world.engine.archive("job-2")
    world.engine.delete("bob")

    seen = {type(one) for one in world.engine.feed(actor="eve")}
    rights.firm = False
    hidden = {type(one) for one in world.engine.feed(actor="eve")}

    assert {DefinitionDeleted, AccountDeleted} <= seen
    assert not {DefinitionDeleted, AccountDeleted} & hidden
    assert JobStarted in hidden


def test_each_job_of_a_feed_is_asked_about_once() -> None:
    """However much happened to it."""
    world, rights = firm()
    world.engine.move("job-1", "Done")
    rights.asked.clear()

    world.engine.feed(actor="eve")

    about = [one.about for one in rights.asked]
    assert sorted(about) == sorted(set(about))
    assert {"job-1", "job-2", "ada", "bob"} <= set(about)


def test_an_authorizer_that_knows_names_alone_is_asked_by_them() -> None:
    """`can` gets the id, and "" for what is the firm's."""
    asked: list[tuple[str, str, str]] = []

    class Names(Authorizer):
        def can(self, actor: str, action: str, about: str, /) -> bool:
            asked.append((actor, action, about))
            return about != "bob"

    world = World(authorizer=Names())
    world.engine.save(TAX, Account("Bob", id="bob"), Account("Ada", id="ada"))
    world.engine.start(TAX, "ada")
    asked.clear()

    assert [one.id for one in world.engine.accounts(actor="eve")] == ["ada"]
    assert [one.id for one in world.engine.pipelines(actor="eve")] == ["tax"]
    assert len(world.engine.feed(actor="eve")) == len(world.engine.feed())
    assert asked[:3] == [("eve", "read", "ada"), ("eve", "read", "bob"), ("eve", "read", "tax")]
    assert ("eve", "read", "job-1") in asked


def test_failures_of_what_somebody_may_not_see_are_left_out() -> None:
    """Those of a job go by the job, and the folders of a new account by the account."""
    world = World(authorizer=Rights())
    world.engine.save(YEARS, Settings(default_folder=YEARS), CALL)
    calls = world.engine.save(Pipeline("Calls", [Stage("Call", [CreateTask(CALL)])]))
    world.folders.fail_next(OSError("full"), times=2)
    world.tasks.fail_next(OSError("down"), times=2)
    for name in ("Ada", "Bob"):
        world.engine.start(calls, world.engine.save(Account(name, id=name.lower())))

    everybody = world.engine.failures()

    assert len(everybody) == 4
    assert world.engine.failures(actor="mia") == everybody
    assert [(one.job, "ada" in one.key) for one in world.engine.failures(actor="eve")] == [
        ("", True),
        ("job-1", False),
    ]


def test_uses_by_what_somebody_may_not_see_are_left_out() -> None:
    """They use it all the same; and what may not be seen is not asked about."""
    world, _ = firm()
    world.engine.save(Pipeline("Open", [Stage("Offer", [SendEmail(MAIL), CreateTask(CALL)])]))
    world.engine.save(SALES.add("Offer", CreateTask(CALL)), replace=True)

    assert {one.id for one in world.engine.uses(CALL)} == {"open", "sales"}
    assert [one.id for one in world.engine.uses(CALL, actor="eve")] == ["open"]
    assert world.engine.uses(CALL, actor="mia") == world.engine.uses(CALL)
    with pytest.raises(NotAllowedError, match="'eve' may not read 'secret-offer'"):
        world.engine.uses(MAIL, actor="eve")


def test_a_plan_is_for_those_who_may_see_all_that_it_tells_of() -> None:
    """The pipeline and each job that is not archived; a new pipeline is asked about too."""
    world, rights = firm()
    edited = world.engine.pipeline("tax").add_stage(Stage("Filing"))

    assert world.engine.plan(edited, actor="mia") == world.engine.plan(edited)
    with pytest.raises(NotAllowedError, match="'eve' may not read 'job-2'"):
        world.engine.plan(edited, actor="eve")
    world.engine.archive("job-2")
    assert world.engine.plan(edited, actor="eve").tried == 1
    with pytest.raises(NotAllowedError, match="'eve' may not read 'sales'"):
        world.engine.plan(world.engine.pipeline("sales"), actor="eve")
    rights.asked.clear()
    world.engine.plan(Pipeline("New", [Stage("First")]), actor="eve")
    assert next(one.about for one in rights.asked if one.action == "read") == "new"


def test_an_explanation_calls_a_hidden_pipeline_and_its_stages_by_their_ids() -> None:
    """The job itself may be seen, and where it is; what that is called may not."""
    world, _ = firm()
    job = world.engine.start(SALES, "ada")

    whole = f"{world.engine.explain(job):text}"
    eves = f"{world.engine.explain(job, actor='eve'):text}"

    assert "Sales" in whole
    assert "stage 'Offer'" in whole
    assert "Sales" not in eves.replace(job.name, "")
    assert "stage 'offer'" in eves
