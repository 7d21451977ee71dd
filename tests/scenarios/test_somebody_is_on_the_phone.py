"""Through a whole firm: what a clerk has is a name, and what is to be found is the work (R-29)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    Engine,
    NotFoundError,
    Pipeline,
    Stage,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.testing import World
from tests.firms import ORGANIZER, PREPARE


@pytest.fixture(params=["memory", "sqlite"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Return a firm with three clients and four jobs."""
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "firm.db")
    world = World(store=store)
    engine = world.engine
    engine.save(PREPARE, Pipeline("Tax", [Stage("Prepare", [CreateTask(PREPARE)]), Stage("Done")]))
    ada, bob, cafe = engine.save(
        Account("Lovelace Ltd", [Contact("Ada King", email="ada@example.com")], tags=["vip"]),
        Account("Bob", [Contact("Bob Ross", email="Bob@Example.com"), Contact("Ada Ross")]),
        Account("Café Noir", [Contact("Zoë")], tags=["vip"]),
    )
    engine.start("tax", ada, name="1040 of Lovelace")
    engine.start("tax", bob, name="1040 of Bob")
    engine.start("tax", bob, name="Books of Bob")
    engine.start("tax", cafe, name="Books of Cafe\u0301 Noir")
    return world


def called(engine: Engine, name: str, tag: str | None = None) -> list[str]:
    """Return the accounts that are found by a name."""
    return [one.name for one in engine.accounts(name=name, tag=tag)]


def test_a_client_is_found_by_what_is_known_of_its_people(world: World) -> None:
    """By a part of a name or an address, however it is typed."""
    engine = world.engine

    assert called(engine, "lovelace") == ["Lovelace Ltd"]
    assert called(engine, "ADA ") == ["Lovelace Ltd", "Bob"]
    assert called(engine, "bob@example") == ["Bob"]
    assert called(engine, "cafe\u0301") == ["Café Noir"]
    assert called(engine, "ZOË") == ["Café Noir"]
    assert called(engine, "o", tag="vip") == ["Lovelace Ltd", "Café Noir"]
    assert called(engine, "nobody") == []
    assert called(engine, "lovelace", tag="vip")
    (found,) = engine.accounts(name="bob@example")
    assert engine.save(found) == found


def test_a_job_is_found_by_a_part_of_its_name(world: World) -> None:
    """Together with all else that is asked, and in pages."""
    engine = world.engine

    assert [one.name for one in engine.jobs(name="bob")] == ["1040 of Bob", "Books of Bob"]
    assert [one.name for one in engine.jobs(name="CAFÉ")] == ["Books of Café Noir"]
    assert [one.name for one in engine.jobs(name="1040", tag="vip")] == ["1040 of Lovelace"]
    page = engine.jobs(name="books", limit=1)
    assert [one.name for one in page] == ["Books of Bob"]
    rest = engine.jobs(name="books", limit=1, after=page.next)
    assert ([one.name for one in rest], rest.next) == (["Books of Café Noir"], None)
    assert engine.jobs(name="nothing") == ()


def test_jobs_that_somebody_paused_are_a_list(world: World) -> None:
    """They stand in their stages, Active, and nothing else tells them from others."""
    engine = world.engine
    (books, _) = engine.jobs(name="books")
    engine.pause(books, "waits for the court")

    assert [one.id for one in engine.jobs(paused=True)] == [books.id]
    assert [one.id for one in engine.jobs(paused=False, name="books")] != [books.id]
    assert len(engine.jobs(paused=False)) == 3
    engine.resume(books)
    assert not engine.jobs(paused=True)


@pytest.mark.parametrize(
    "wrong", [{"name": 7}, {"paused": "yes"}, {"idle": 1}], ids=["name", "paused", "idle"]
)
def test_what_is_no_name_is_refused(world: World, wrong: dict[str, Any]) -> None:
    """With its place."""
    with pytest.raises(DefinitionError, match=rf"\$\.{next(iter(wrong))}"):
        world.engine.jobs(**wrong)
    if "name" in wrong:
        with pytest.raises(DefinitionError, match=r"\$\.name"):
            world.engine.accounts(**wrong)


def test_what_is_open_in_one_pipeline_is_a_list(world: World) -> None:
    """By whose turn it is, and in pages, as all that is open."""
    engine = world.engine
    ask = Stage("Ask", [CreateOrganizer(ORGANIZER)])
    engine.save(ORGANIZER, Pipeline("Books", [ask, Stage("Done")]))
    engine.start("books", engine.accounts(name="zoë")[0])

    assert [one.name for one in engine.work(pipeline="books")] == [ORGANIZER.name]
    assert len(engine.work(pipeline="tax", side="team")) == 4
    assert not engine.work(pipeline="tax", side="client")
    page = engine.work(pipeline="tax", limit=3)
    assert len(engine.work(pipeline="tax", limit=3, after=page.next)) == 1
    with pytest.raises(NotFoundError, match="there is no pipeline 'tex'"):
        engine.work(pipeline="tex")


def test_jobs_that_nobody_has_to_act_on_are_a_list(world: World) -> None:
    """They are ready to be archived, or were forgotten: nothing else shows them (2.1, A-4)."""
    engine = world.engine
    first, second, third, fourth = engine.jobs()
    engine.complete(first.items[0])
    engine.move(second, "Done", open="cancel")
    engine.pause(engine.complete(third.items[0]))

    assert engine.jobs(idle=True) == [engine.job(first), engine.job(second)]
    assert [one.id for one in engine.jobs(idle=True, stage="Done")] == [second.id]
    assert [one.id for one in engine.jobs(idle=False)] == [third.id, fourth.id]
    engine.archive_many([first, second])
    assert not engine.jobs(idle=True)
