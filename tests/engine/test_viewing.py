"""The calls that show: what is saved, by the names that the firm knows."""

import pytest

from pipeflow import (
    EmailTemplate,
    Member,
    NotFoundError,
    Pipeline,
    SendEmail,
    Stage,
    UpdateJobAssignees,
)
from pipeflow.testing import World

HELLO = EmailTemplate("Hello there", subject="Hello", id="hello")
TAX = Pipeline("Tax", [Stage("Intake", [SendEmail(HELLO), UpdateJobAssignees(add={"mia"})])])


def test_the_engine_shows_a_pipeline_by_the_names_of_templates_and_members() -> None:
    """It knows all of them, so that nobody has to hand them in."""
    engine = World().engine
    engine.save(HELLO, Member("Mia Berg", id="mia"), TAX)

    shown = engine.overview("tax")

    assert [one.says for one in shown.stages[0].automations] == [
        "send email 'Hello there'",
        "update job assignees: assign Mia Berg",
    ]
    assert shown == engine.overview(TAX)
    assert shown == TAX.overview(engine.templates(), engine.members())


def test_the_engine_shows_a_pipeline_as_it_is_saved() -> None:
    """A value handed in is a handle, as everywhere; an edit of it shows itself."""
    engine = World().engine
    engine.save(HELLO, Member("Mia Berg", id="mia"), TAX)

    assert engine.overview(TAX.add_stage(Stage("Done"))) == engine.overview(TAX)


def test_a_pipeline_that_is_not_there_is_told_the_nearest() -> None:
    """A slip of the pen is found at once."""
    engine = World().engine
    engine.save(HELLO, Member("Mia Berg", id="mia"), TAX)

    with pytest.raises(NotFoundError, match="Did you mean 'tax'"):
        engine.overview("taxes")
