"""Lint is true of richer stages too: fields, priorities, triggers, targets, and what fires once."""

from __future__ import annotations

from itertools import product

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    Account,
    AutomationRan,
    Condition,
    CreateTask,
    EmailTemplate,
    Job,
    Member,
    MessageTemplate,
    Pipeline,
    SendEmail,
    SendMessage,
    SetStatus,
    Stage,
    TaskTemplate,
    TransferJob,
    UpdateAccountTags,
    UpdateJob,
    UpdateJobAssignees,
    WhenDone,
    assigned,
    field_in,
    field_is,
    field_set,
    lint,
    pipeline_is,
    priority_is,
    tagged,
    tagged_any,
)
from pipeflow.testing import World

TAGS, STATES, PRIORITIES = ("a", "b"), (None, "CA"), ("high", "low")
TAGGED = ((), ("a",), ("b",), ("a", "b"))
MAIL, TASK = EmailTemplate("Mail", subject="Hello"), TaskTemplate("Task")
TALK = MessageTemplate("Talk", subject="Hello")
OTHER = Pipeline("Other", [Stage("There")])
OFF = {"never-fires", "taken-away"}

plain = st.sampled_from(
    [
        tagged("a"),
        tagged("b"),
        tagged_any("a", "b"),
        field_is("state", "CA"),
        field_in("state", "CA", "TX"),
        field_set("state"),
        priority_is("high"),
        priority_is("low", "urgent"),
        assigned("mia"),
        pipeline_is("other"),
    ]
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    plain,
    lambda inner: st.one_of(
        inner.map(lambda one: ~one),
        st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
    ),
    max_leaves=3,
)
common = {"when": st.none() | conditions, "repeat": st.sampled_from(["always", "once"])}
some = st.frozensets(st.sampled_from(TAGS), max_size=2)
automations = st.lists(
    st.one_of(
        st.builds(lambda add, **more: UpdateAccountTags(add=add, **more), some, **common),
        st.builds(UpdateAccountTags, clear=st.just(True), **common),
        st.builds(UpdateJob, priority=st.sampled_from(["high", "urgent"]), **common),
        st.builds(UpdateJobAssignees, add=st.just({"mia"}), **common),
        st.builds(SendEmail, st.just(MAIL), **common),
        st.builds(SendMessage, st.just(TALK), **common),
        st.builds(CreateTask, st.just(TASK), holds=st.booleans(), **common),
        st.builds(CreateTask, st.just(TASK), holds=st.booleans(), **common),
        st.builds(TransferJob, st.just(OTHER), **common),
        st.builds(SetStatus, st.just("Completed"), **common),
    ),
    min_size=1,
    max_size=5,
)


def finished(world: World, job: Job) -> Job:
    """Do all that is to be done in a job, and what follows from it."""
    while job.status == "Active" and job.open_items:
        job = world.engine.complete(job.open_items[0])
    return job


@settings(max_examples=40)
@given(automations, automations, st.data())
def test_what_lint_says_of_a_stage_no_client_contradicts(
    several: list[object], later: list[object], data: st.DataObject
) -> None:
    """Each kind of client goes through it twice, and does all that it is asked for.

    What never fires fires for none of them, in no visit; and where lint says that a stage has
    nothing that ends, or keeps somebody, there is one who stays in it.
    """
    first = Stage("Work", several, automove=True)  # type: ignore[arg-type]
    made = [str(one.id) for one in first.automations if one.makes_item]
    waits = [WhenDone(data.draw(st.sampled_from(made)), later)] if made else []  # type: ignore[arg-type]
    stage = Stage("Work", several, automove=True, triggers=waits)  # type: ignore[arg-type]
    pipeline = Pipeline("Tax", [stage, Stage("End")])
    world = World()
    world.engine.save(Member("Mia"), MAIL, TASK, TALK, OTHER, pipeline)
    ran: set[str] = set()
    stayed = False

    clients = product(TAGGED, STATES, PRIORITIES, ([], ["mia"]))
    for number, (tags, state, priority, who) in enumerate(clients):
        fields = {} if state is None else {"state": state}
        account = Account(f"Client {number}", id=f"c{number}", tags=tags, fields=fields)
        world.engine.save(account)
        job = finished(
            world, world.engine.start("tax", account.id, priority=priority, assignees=who)
        )
        stayed |= (job.stage, job.status) == ("work", "Active")
        if (job.pipeline, job.stage, job.status) == ("tax", "end", "Active"):
            now = world.engine.account(account.id)  # whose tags become what they were before
            world.engine.save(attrs.evolve(now, tags=tags))
            job = finished(world, world.engine.move(job, "work"))
        history = world.engine.history(job)
        ran |= {one.automation for one in history if isinstance(one, AutomationRan)}

    found = lint(pipeline, [MAIL, TASK, TALK, OTHER])
    told = {one.path for one in found if one.code in OFF}
    for where, one in pipeline.automations():
        assert where not in told or one.id not in ran
    for number, trigger in enumerate(stage.triggers):
        if f"$.stages[0].triggers[{number}]" in told:
            assert ran.isdisjoint(str(one.id) for one in trigger.fires)
    if found.of("stuck", "nothing-to-complete"):
        assert stayed
