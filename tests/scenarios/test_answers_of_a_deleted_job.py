"""Two organizers gave the same tag, and the job of one of them is deleted (R-28, R-40)."""

from pipeflow import (
    Account,
    CreateOrganizer,
    OrganizerReturned,
    OrganizerSubmitted,
    Stage,
)
from tests.firms import BUSINESS, DONE, ORGANIZER, now, opened, tags

YES = OrganizerSubmitted({BUSINESS: "Yes"})
KEPT = OrganizerSubmitted({"Anything else?": "No"})


def test_r_40_a_tag_is_taken_back_with_the_answer_of_the_last_organizer_that_is_there() -> None:
    """One that was deleted does not hold it for ever."""
    world = opened(Stage("Intake", [CreateOrganizer(ORGANIZER)]), DONE)
    client = world.engine.save(Account("Lovelace"))
    old, new = world.engine.start("tax", client), world.engine.start("tax", client)
    for job in (old, new):
        world.engine.record(now(world, job).items[0], YES)
    world.engine.archive(old)
    world.engine.delete(old)
    assert tags(world, new) == {"business"}

    for fact in (OrganizerReturned(), KEPT):
        world.engine.record(now(world, new).items[0], fact)

    assert tags(world, new) == set()


def test_r_40_a_tag_of_a_deleted_job_alone_stays_as_if_somebody_had_set_it() -> None:
    """Deleting a job changes no tags, and no later answers take it back."""
    world = opened(Stage("Intake", [CreateOrganizer(ORGANIZER)]), DONE)
    client = world.engine.save(Account("Lovelace"))
    old, new = world.engine.start("tax", client), world.engine.start("tax", client)
    world.engine.record(now(world, old).items[0], YES)
    world.engine.archive(old)
    world.engine.delete(old)

    world.engine.record(now(world, new).items[0], KEPT)

    assert tags(world, new) == {"business"}
    assert world.engine.account(client).answered == {}
