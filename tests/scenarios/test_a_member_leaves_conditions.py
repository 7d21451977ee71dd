"""A member leaves whom conditions of what open items have yet to fire ask for (R-28)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeflow import (
    CreateOrganizer,
    Engine,
    Job,
    Member,
    NotAllowedError,
    NotifyTeam,
    Reminders,
    Stage,
    assigned,
    role_is,
)
from pipeflow.testing import World
from tests.firms import DONE, ORGANIZER, begun

MIA, TOM = Member("Mia", id="mia"), Member("Tom", id="tom")
ASKED = assigned("mia") & ~role_is("preparer", "mia")
CHASED = Reminders(every=3, times=1, then=[NotifyTeam(["mia"], "It is late", when=ASKED)])


def waiting() -> tuple[World, Job]:
    """Open a firm with an open item that its pipeline has no longer, and Mia in its conditions."""
    stage = Stage("Work", [CreateOrganizer(ORGANIZER, reminders=CHASED)])
    world, job = begun(stage, DONE, more=(MIA, TOM))
    pipeline = world.engine.pipeline("tax")
    world.engine.save(pipeline.remove("Work", "create-organizer-organizer"))
    return world, job


def test_what_an_open_item_asks_before_it_fires_is_left_to_whoever_edits_it() -> None:
    """Or nobody would know why the member cannot be deleted."""
    world, job = waiting()

    handed = world.engine.hand_over(MIA, TOM)

    assert handed.items == (job.items[0].id,)
    assert [use.where.partition(".reminders.")[2].partition(".")[0] for use in handed.left] == [
        "then[0]",
        "then[0]",
    ]
    assert set(handed.left) == set(world.engine.uses(MIA))
    assert "\n  still named by job 'Tax' (job-1) $.items['Organizer'].reminders.then" in str(handed)
    with pytest.raises(NotAllowedError, match=r"\.reminders\.then\[0\]\.when.* uses it"):
        world.engine.delete(MIA)


def test_other_reminders_let_a_member_go() -> None:
    """What the item fires then names nobody who left."""
    world, job = waiting()
    world.engine.hand_over(MIA, TOM)

    world.engine.set_reminders(job.items[0], Reminders(every=3, times=1))

    assert world.engine.hand_over(MIA, TOM).left == ()
    assert str(world.engine.delete(MIA)) == "deleted member 'mia'"


@pytest.mark.parametrize(
    "end",
    [lambda e, job: e.complete(job.items[0]), lambda e, job: e.archive(job)],
    ids=["done", "archived"],
)
def test_what_is_over_leaves_nothing_to_edit(end: Callable[[Engine, Job], object]) -> None:
    """Neither an item that is done nor an archived job fires anything."""
    world, job = waiting()

    end(world.engine, job)

    assert world.engine.hand_over(MIA, TOM).left == ()
    assert str(world.engine.delete(MIA)) == "deleted member 'mia'"


def test_a_repeat_leaves_work_out_that_came_to_the_member_since() -> None:
    """It was not there to be handed over."""
    world, job = waiting()
    first = world.engine.hand_over(MIA, TOM, command_id="leave")

    world.engine.edit(job, assignees=[MIA])

    assert world.engine.hand_over(MIA, TOM, command_id="leave") == first
