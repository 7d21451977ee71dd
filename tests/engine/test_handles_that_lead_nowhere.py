"""A handle that leads nowhere is told with its place, and with what would lead somewhere."""

import pytest

from pipeflow import (
    CreateOrganizer,
    DefinitionError,
    Job,
    NotFoundError,
    OrganizerSubmitted,
    OrganizerTemplate,
    Pipeline,
    Question,
    Stage,
)
from pipeflow.testing import World

SHEET = OrganizerTemplate("Sheet", questions=[Question("Moved?")])
TAX = Pipeline("Tax", [Stage("Ask", [CreateOrganizer(SHEET)]), Stage("Done")])


@pytest.fixture
def world() -> World:
    """A firm that asks one thing."""
    world = World()
    world.engine.save(SHEET, TAX)
    return world


@pytest.fixture
def job(world: World) -> Job:
    """A job that waits for it."""
    return world.engine.start(TAX, world.account())


def test_an_item_is_not_found_by_its_name_alone(world: World) -> None:
    """Any job may have one that is called so."""
    with pytest.raises(NotFoundError) as refused:
        world.engine.record("Sheet", OrganizerSubmitted())

    assert str(refused.value) == (
        "$.item: is no item's id, which is '<job id>/<n>'; by its name its job finds it "
        "(given: 'Sheet') Allowed: job.item('Sheet')."
    )


def test_an_item_is_looked_up_by_a_reference_or_an_id(world: World) -> None:
    """The place is named as the call names it."""
    with pytest.raises(NotFoundError, match=r"^\$\.ref: is no item's id"):
        world.engine.item("Sheet")


def test_an_item_has_no_uses(world: World, job: Job) -> None:
    """It is not refused as if somebody would delete it."""
    with pytest.raises(DefinitionError) as refused:
        world.engine.uses(job.item("Sheet"))  # type: ignore[arg-type]

    assert str(refused.value).startswith("$.thing: is nothing whose uses are told")
    assert "a template" in str(refused.value)


def test_a_client_is_told_what_the_job_has_instead(world: World, job: Job) -> None:
    """An organizer is not signed."""
    with pytest.raises(NotFoundError) as refused:
        world.client.signs(job, "Sheet")

    assert str(refused.value) == (
        "job 'Tax': has no proposal, and so none that is called 'Sheet'. "
        "Allowed: organizer 'Sheet'."
    )
    with pytest.raises(NotFoundError, match="has no client request, and so none"):
        world.client.sends(job, "Sheet")
