"""One refusal of answers tells all that is wrong with them (R-40)."""

import pytest

from pipeflow import (
    ClientRequestSubmitted,
    ClientRequestTemplate,
    CreateOrganizer,
    DefinitionError,
    Fact,
    Job,
    NotFoundError,
    OrganizerSaved,
    OrganizerSubmitted,
    OrganizerTemplate,
    Pipeline,
    Question,
    SendClientRequest,
    Stage,
)
from pipeflow.testing import World

ASKED = [Question("Name?", required=True), Question("Children?", kind="number")]
SHEET = OrganizerTemplate("Sheet", questions=ASKED)
PAPERS = ClientRequestTemplate("Papers", questions=ASKED)
ASK = Stage("Ask", [CreateOrganizer(SHEET), SendClientRequest(PAPERS)])
TAX = Pipeline("Tax", [ASK, Stage("Done")])
LACKS = "'Name?' is required and not answered"
MISFIT = "is answered by an int or a Decimal"


@pytest.fixture
def world() -> World:
    """A firm that asks the same in two ways."""
    world = World()
    world.engine.save(SHEET, PAPERS, TAX)
    return world


@pytest.fixture
def job(world: World) -> Job:
    """A job that waits for both."""
    return world.engine.start(TAX, world.account())


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("Sheet", OrganizerSubmitted({"Children?": "x"})),
        ("Papers", ClientRequestSubmitted({"Children?": "x"})),
    ],
)
def test_what_lacks_is_told_beside_what_does_not_fit(
    world: World, job: Job, name: str, fact: Fact
) -> None:
    """Nobody finds out one at a time."""
    with pytest.raises(DefinitionError) as refused:
        world.engine.record(job.item(name), fact)

    assert [one.what for one in refused.value.problems] == [MISFIT, LACKS]


def test_an_answer_under_a_mistyped_question_lacks_under_its_own(world: World, job: Job) -> None:
    """Both are told, and the nearest question."""
    with pytest.raises(DefinitionError) as refused:
        world.engine.record(job.item("Sheet"), OrganizerSubmitted({"Nam?": "Ada"}))

    typo, lack = refused.value.problems
    assert (typo.nearest, lack.what) == ("Name?", LACKS)


def test_a_question_that_was_not_asked_is_not_found(world: World, job: Job) -> None:
    """Where nothing else is wrong."""
    answers = {"Name?": "Ada", "Age?": 36}

    with pytest.raises(NotFoundError):
        world.engine.record(job.item("Sheet"), OrganizerSubmitted(answers))


def test_what_a_draft_answered_does_not_lack(world: World, job: Job) -> None:
    """It is submitted as it was saved."""
    sheet = job.item("Sheet")
    world.engine.record(sheet, OrganizerSaved({"Name?": "Ada"}))

    submitted = world.engine.record(sheet, OrganizerSubmitted())

    assert str(submitted.item("Sheet").state) == "completed"
