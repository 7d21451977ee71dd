"""Explanations tell of triggers by when they fire and what, whatever their names are (R-35)."""

from __future__ import annotations

from datetime import date

import pytest

from pipeflow import (
    AroundDate,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    Pipeline,
    Reminders,
    SendEmail,
    Stage,
    Status,
    TimeInStage,
    Trigger,
    WhenDone,
)
from pipeflow.testing import World
from tests.scenarios.test_what_triggers_fire import (
    ASK,
    NUDGE,
    PREPARE,
    REVIEW,
    begun,
    fired,
    subjects,
    world_of,
)

OF_STAGE = "trigger 1 day before the due date{} (send email 'Nudge')"
OF_PIPELINE = "trigger on the due date{} (send email 'Nudge')"
LATE = ", unless late"


def around(days: int, *, skips: bool) -> AroundDate:
    """Goes by the due date; a stage and its pipeline both call it `around-due`."""
    return AroundDate("due", days, [SendEmail(NUDGE)], skip_if_late=skips)


def firm(*, stage_skips: bool, pipeline_skips: bool) -> World:
    """A firm whose stage has one for the day before the date, and whose pipeline for that day."""
    stage = Stage("Collect", triggers=[around(-1, skips=stage_skips)])
    return world_of(stage, triggers=[around(0, skips=pipeline_skips)])


@pytest.mark.parametrize("of_stage", [False, True])
def test_an_explanation_goes_by_the_trigger_that_it_is(*, of_stage: bool) -> None:
    """Both came long ago, and one of them is passed over by the next tick."""
    world = firm(stage_skips=of_stage, pipeline_skips=not of_stage)
    job = begun(world, due=date(2026, 1, 7))
    world.clock.advance(days=3)

    told = world.engine.explain(job).lines
    world.engine.tick()

    stage, pipeline = ("is passed over", "fires late")[:: 1 if of_stage else -1]
    of_one, of_all = OF_STAGE.format(LATE * of_stage), OF_PIPELINE.format(LATE * (not of_stage))
    assert f"{of_one} was due 2026-01-06 09:00 UTC, and {stage}" in told
    assert f"{of_all} was due 2026-01-07 09:00 UTC, and {pipeline}" in told
    assert fired(world, job) == [("around-due", True)]


def test_it_does_so_of_a_job_that_rests_and_when_it_goes_on() -> None:
    """That of the stage waits, since it may be late; that of the pipeline must not be."""
    world = firm(stage_skips=False, pipeline_skips=True)
    job = world.engine.pause(begun(world, due=date(2026, 1, 7)))
    world.clock.advance(days=1, hours=3)

    told = world.engine.explain(job).lines

    due = "2026-01-06 09:00 UTC"
    assert f"{OF_STAGE.format('')} fires when the job is resumed; it was due {due}" in told
    assert (
        f"{OF_PIPELINE.format(LATE)} fires 2026-01-07 09:00 UTC if the job is Active again by "
        "then, and is passed over if it is not"
    ) in told
    world.engine.resume(job)
    assert subjects(world) == ["Are you there?"]


def test_what_waits_for_something_done_says_whose_it_is_too() -> None:
    """Somebody called a trigger of the pipeline as the stage calls its own."""
    stage = Stage(
        "Work",
        [CreateTask(PREPARE, id="prepare")],
        triggers=[WhenDone("prepare", [CreateTask(REVIEW)], id="next")],
    )
    world = world_of(stage, triggers=[AroundDate("due", 0, [SendEmail(NUDGE)], id="next")])
    job = world.engine.pause(begun(world, due=date(2026, 1, 7)))
    world.engine.complete(job.items[0])

    told = world.engine.explain(job).lines

    done = "trigger when 'Prepare' is done (create task 'Review') fires when the job is resumed"
    assert done in told
    near = f"{OF_PIPELINE.format('')} fires 2026-01-07"
    assert any(line.startswith(near) for line in told)


def test_what_follows_the_reminders_of_two_things_names_the_thing() -> None:
    """The same automation made both, one in an earlier visit from which it was carried along."""
    asks = CreateOrganizer(ASK, reminders=Reminders(1, 1, then=[SendEmail(NUDGE)]))
    world = world_of(Stage("Collect", [asks]), Stage("Talk"))
    job = world.engine.move(begun(world), "Talk", open="carry")
    job = world.engine.move(job, "Collect", open="carry")
    world.advance(days=1, hours=1)

    told = world.engine.explain(job).lines

    at = "fires 2026-01-07 09:00 UTC"
    assert [line for line in told if line.startswith("trigger")] == [
        f"trigger when the reminders of organizer 'Ask' (job-1/{number}) are used up "
        f"(send email 'Nudge') {at}"
        for number in (1, 2)
    ]


def test_a_status_does_not_fire_for_a_trigger_that_is_called_as_it_is() -> None:
    """It fired when it was set, and not once more when its job goes on; the trigger is not lost."""
    waiting = Status("Waiting", automations=[CreateTask(PREPARE)])
    namesake = AroundDate("due", 0, [SendEmail(NUDGE)], id="status-waiting")
    world = world_of(Stage("Work"), triggers=[namesake], statuses=[waiting])
    job = begun(world, due=date(2026, 1, 7))
    world.engine.set_status(job, "Waiting")
    world.engine.pause(job)

    job = world.engine.resume(job)
    world.engine.set_status(job, "Active")
    world.advance(days=3)

    assert len(job.items) == 1
    assert subjects(world) == ["Are you there?"]


def test_a_status_that_has_yet_to_fire_says_whose_its_name_is() -> None:
    """It was set while its job was paused, and a trigger of the pipeline is called as it is."""
    waiting = Status("Waiting", automations=[CreateTask(PREPARE)])
    namesake = AroundDate("due", 0, [SendEmail(NUDGE)], id="status-waiting")
    world = world_of(Stage("Work"), triggers=[namesake], statuses=[waiting])
    job = world.engine.pause(begun(world, due=date(2026, 1, 7)))
    world.engine.set_status(job, "Waiting")

    told = world.engine.explain(job).lines

    due = "it was due 2026-01-05 09:00 UTC"
    waits = "trigger when the status is 'Waiting' (create task 'Prepare') fires when the job is"
    assert f"{waits} resumed; {due}" in told
    assert any(line.startswith(f"{OF_PIPELINE.format('')} fires 2026") for line in told)
    assert [item.name for item in world.engine.resume(job).items] == ["Prepare"]


NAMED = "names"
TWINS: dict[str, tuple[Trigger, Trigger]] = {
    "two times": (
        TimeInStage(2, [SendEmail(NUDGE)], id=NAMED),
        TimeInStage(4, [CreateTask(REVIEW)], id=NAMED),
    ),
    "two dates": (
        AroundDate("due", 0, [SendEmail(NUDGE)], id=NAMED),
        AroundDate("start", 0, [CreateTask(REVIEW)], id=NAMED),
    ),
    "a time and a date": (
        TimeInStage(2, [SendEmail(NUDGE)], id=NAMED),
        AroundDate("due", 0, [CreateTask(REVIEW)], id=NAMED),
    ),
}


@pytest.mark.parametrize("twins", TWINS.values(), ids=TWINS)
def test_two_triggers_of_a_stage_do_not_bear_one_id(twins: tuple[Trigger, Trigger]) -> None:
    """Of two times in a stage none fired, and `explain` told of one of them the time of the other;
    lint tells it too. What was saved before is read.
    """
    world = world_of()
    tax = world.engine.pipeline("tax")
    stages = (Stage("Collect", triggers=twins), *tax.stages)

    with pytest.raises(DefinitionError, match="give it another with id=") as refused:
        world.engine.save(Pipeline("Tax", stages=stages), replace=True)

    assert [one.where for one in refused.value.problems] == ["$.stages[0].triggers[1].id"]


def test_nor_do_two_of_a_pipeline() -> None:
    """One of a stage may bear the id of one of the pipeline: each is known by its place."""
    first, second = TWINS["two dates"]
    with pytest.raises(DefinitionError, match=r"triggers\[1\].id: has the id 'names'"):
        world_of(triggers=[first, second])

    world = world_of(Stage("Collect", triggers=[second]), triggers=[first])
    job = begun(world, start=date(2026, 1, 7), due=date(2026, 1, 7))
    world.advance(days=3)
    assert fired(world, job) == [(NAMED, False), (NAMED, False)]
