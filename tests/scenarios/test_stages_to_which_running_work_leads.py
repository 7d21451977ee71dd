"""A stage to which an open item leads stays, also where its pipeline says so no longer (A-18)."""

import pytest

from pipeflow import (
    Automation,
    CreateOrganizer,
    DefinitionError,
    Engine,
    Job,
    Pipeline,
    Reminders,
    Stage,
    StartJob,
    TransferJob,
)
from pipeflow.testing import World
from tests.firms import ORGANIZER, now, opened

TALK, CHASE, END = Stage("Talk"), Stage("Chase"), Stage("End")


def asked(then: Automation, pipeline: str = "tax") -> tuple[World, Job]:
    """Start a job whose open organizer leads to a stage, of which its pipeline forgot."""
    world = opened(TALK, END, more=[Pipeline("Fees", [TALK, CHASE, END])])
    engine = world.engine
    asks = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=1, then=[then]))
    engine.save(engine.pipeline(pipeline).add("Talk", asks))
    job = engine.start(pipeline, world.account())
    engine.save(engine.pipeline(pipeline).remove("Talk", "create-organizer-organizer"))
    return world, job


def without_chase(engine: Engine) -> Pipeline:
    """Return the pipeline without the stage to which the item leads."""
    return engine.pipeline("fees").remove_stage("Chase")


@pytest.mark.parametrize("call", ["save", "plan", "apply"])
@pytest.mark.parametrize("home", ["tax", "fees"])
@pytest.mark.parametrize("kind", [StartJob, TransferJob])
def test_a_stage_to_which_an_open_item_leads_stays(
    kind: type[StartJob | TransferJob], home: str, call: str
) -> None:
    """The refusal names the job and the item as `uses` does; the job was stuck later on."""
    world, job = asked(kind("fees", stage="chase"), home)
    engine = world.engine
    edited = without_chase(engine)
    plan = None
    if call == "apply":
        engine.set_reminders(job.items[0], None)
        plan = engine.plan(edited)
        engine.set_reminders(job.items[0], job.items[0].reminders)

    with pytest.raises(DefinitionError) as caught:
        engine.apply(plan) if plan is not None else getattr(engine, call)(edited)

    (problem,) = caught.value.problems
    place = f"job {job.name!r} ({job.id}) $.items['Organizer'].reminders.then[0].stage"
    told = f"pipeline 'Fees' cannot lose stage 'Chase': {place} leads there; "
    assert str(problem).startswith(f"$.stages: {told}")
    assert "set_reminders" in str(problem)
    assert problem.allowed == ("talk", "end")
    assert place.replace(".stage", ".pipeline") in str(engine.uses("fees"))


def test_it_stays_while_the_item_may_fire_once_more() -> None:
    """Reminders that fired start anew where the client has to act again."""
    world, _ = asked(StartJob("fees", stage="chase"))
    world.advance(days=3)
    (started,) = world.engine.jobs(pipeline="fees")
    world.engine.move(started, "End")

    with pytest.raises(DefinitionError, match="leads there"):
        world.engine.save(without_chase(world.engine))


@pytest.mark.parametrize("how", ["done", "archived", "set anew"])
def test_it_goes_when_the_item_leads_there_no_more(how: str) -> None:
    """What is over leads nowhere, and other reminders lead elsewhere."""
    world, job = asked(StartJob("fees", stage="chase"))
    engine = world.engine
    match how:
        case "done":
            engine.complete(job.items[0])
        case "archived":
            engine.archive(job)
        case _:
            then = [StartJob("fees", stage="end")]
            engine.set_reminders(job.items[0], Reminders(every=1, times=1, then=then))

    engine.save(without_chase(engine))

    assert [stage.id for stage in engine.pipeline("fees").stages] == ["talk", "end"]


def test_an_item_that_the_plan_itself_cancels_leads_nowhere() -> None:
    """What counts is how the call leaves the job."""
    world, job = asked(StartJob("fees", stage="chase"), "fees")
    engine = world.engine
    edited = without_chase(engine).remove_stage("Talk")
    engine.set_reminders(job.items[0], None)
    plan = engine.plan(edited, stages={"talk": "end"})
    engine.set_reminders(job.items[0], job.items[0].reminders)

    engine.apply(plan, open="cancel")

    assert now(world, job).stage == "end"


def test_a_stage_of_the_same_id_in_another_pipeline_is_free() -> None:
    """The item leads to the other one."""
    world, _ = asked(StartJob("fees", stage="chase"))
    engine = world.engine
    engine.save(Pipeline("Audit", [TALK, CHASE, END]))

    engine.save(engine.pipeline("audit").remove_stage("Chase"))

    assert len(engine.pipeline("audit").stages) == 2
