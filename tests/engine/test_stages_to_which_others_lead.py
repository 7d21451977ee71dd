"""A stage to which another pipeline leads does not go in silence: both are edited together."""

from __future__ import annotations

import pytest

from pipeflow import (
    Automation,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    Engine,
    OrganizerTemplate,
    Pipeline,
    Question,
    Reminders,
    Stage,
    StartJob,
    Status,
    TaskTemplate,
    TimeInStage,
    TransferJob,
)
from pipeflow.testing import World

CALL = TaskTemplate("Call")
SET_UP, WORK, END = Stage("Set up"), Stage("Work"), Stage("End")


def office(lead: Pipeline) -> Engine:
    """A firm with a pipeline that leads to another one."""
    engine = World().engine
    engine.save(CALL, ASK, Pipeline("Books", [SET_UP, WORK, END]), lead)
    return engine


def leading(*automations: Automation) -> Pipeline:
    """A pipeline whose first stage leads elsewhere."""
    return Pipeline("Lead", [Stage("Talk", automations), END])


def without_work(engine: Engine) -> Pipeline:
    """The pipeline without the stage to which the other one leads."""
    return engine.pipeline("books").remove_stage("Work")


ASK = OrganizerTemplate("Ask", questions=[Question("Did you move?")])
CHASED = CreateOrganizer(ASK, reminders=Reminders(then=[StartJob("books", stage="work")]))
LEADS: dict[str, tuple[Pipeline, str]] = {
    "a transfer": (
        leading(CreateTask(CALL), TransferJob("books", stage="work")),
        "$.stages[0].automations[1].stage",
    ),
    "a start": (leading(StartJob("books", stage="work")), "$.stages[0].automations[0].stage"),
    "used up reminders": (leading(CHASED), "$.stages[0].automations[0].reminders.then[0].stage"),
    "a trigger": (
        Pipeline(
            "Lead",
            [
                Stage("Talk", triggers=[TimeInStage(3, [TransferJob("books", stage="work")])]),
                END,
            ],
        ),
        "$.stages[0].triggers[0].automations[0].stage",
    ),
    "a status": (
        Pipeline(
            "Lead",
            [END],
            statuses=[Status("Won", automations=[TransferJob("books", stage="work")])],
        ),
        "$.statuses[0].automations[0].stage",
    ),
}


@pytest.mark.parametrize("name", LEADS)
@pytest.mark.parametrize("call", ["save", "plan", "apply"])
def test_a_stage_to_which_another_pipeline_leads_stays(name: str, call: str) -> None:
    """The refusal names what leads there, and `plan` tells it before anything is saved."""
    lead, where = LEADS[name]
    engine = office(Pipeline("Lead", [END]) if call == "apply" else lead)
    edited = without_work(engine)
    plan = engine.plan(edited) if call == "apply" else None
    if call == "apply":
        engine.save(lead, replace=True)

    with pytest.raises(DefinitionError) as caught:
        engine.apply(plan) if plan is not None else getattr(engine, call)(edited)

    (problem,) = caught.value.problems
    told = "pipeline 'Books' cannot lose stage 'Work': pipeline 'Lead' "
    assert str(problem).startswith(f"$.stages: {told}{where} leads there; ")
    assert problem.allowed == ("set-up", "end")
    assert engine.pipeline("books").stage("Work") == WORK


@pytest.mark.parametrize("first", [0, 1])
def test_both_pipelines_are_saved_in_one_call(first: int) -> None:
    """In either order."""
    engine = office(leading(TransferJob("books", stage="work")))
    anew = engine.pipeline("lead").replace(
        "Talk", "transfer-job-books", TransferJob("books", stage="end")
    )
    both = [without_work(engine), anew]

    engine.save(both[first], both[1 - first])

    assert [stage.id for stage in engine.pipeline("books").stages] == ["set-up", "end"]
    assert engine.pipeline("lead").stage("Talk").automations[0] == anew.stages[0].automations[0]


def test_it_goes_when_the_other_pipeline_leads_elsewhere() -> None:
    """To the first stage, say; and that one may be saved again."""
    engine = office(leading(TransferJob("books", stage="work")))
    engine.save(engine.pipeline("lead").replace("Talk", "transfer-job-books", TransferJob("books")))

    engine.save(without_work(engine))

    engine.save(engine.pipeline("lead").add("Talk", CreateTask(CALL)))


def test_one_that_is_saved_beside_it_and_leads_there_is_told_once() -> None:
    """By its own path, as a stage that is not there."""
    engine = office(leading(TransferJob("books", stage="work")))
    lead = engine.pipeline("lead").add("Talk", CreateTask(CALL))

    with pytest.raises(DefinitionError) as caught:
        engine.save(lead, without_work(engine))

    (problem,) = caught.value.problems
    assert "there is no stage 'work'" in str(problem).lower()


def test_one_that_is_handed_over_unchanged_counts_as_it_is() -> None:
    """It is saved already, and leads to the stage."""
    engine = office(leading(TransferJob("books", stage="work")))

    with pytest.raises(DefinitionError, match="cannot lose stage 'Work': pipeline 'Lead'"):
        engine.save(engine.pipeline("lead"), without_work(engine))


def test_another_stage_and_another_name_are_free() -> None:
    """What nobody leads to may go, and a stage that keeps its id is the same."""
    engine = office(leading(TransferJob("books", stage="work")))
    books = engine.pipeline("books").remove_stage("Set up").change("Work", name="Bookkeeping")

    engine.save(books)

    assert [stage.id for stage in engine.pipeline("books").stages] == ["work", "end"]


def test_a_stage_of_the_same_id_in_another_pipeline_is_another() -> None:
    """It is that one to which others lead."""
    engine = office(leading(TransferJob("books", stage="work")))
    engine.save(Pipeline("Audit", [WORK, END]))

    engine.save(engine.pipeline("audit").remove_stage("Work"))

    assert len(engine.pipeline("audit").stages) == 1
