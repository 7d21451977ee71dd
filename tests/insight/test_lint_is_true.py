"""Lint is true: what it says can never fire or never ends, the engine shows for every account."""

from __future__ import annotations

from itertools import chain, combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    AutomationRan,
    Condition,
    CreateTask,
    EmailTemplate,
    Pipeline,
    SendEmail,
    Stage,
    TaskTemplate,
    UpdateAccountTags,
    lint,
    tagged,
    tagged_any,
)
from pipeflow.testing import World

TAGS = ("a", "b", "c")
MAIL, TASK = EmailTemplate("Mail", subject="Hello"), TaskTemplate("Task")
ACCOUNTS = tuple(chain.from_iterable(combinations(TAGS, n) for n in range(len(TAGS) + 1)))
OFF = {"never-fires", "taken-away"}
ENDLESS = {"nothing-to-complete", "stuck"}

some_tags = st.sets(st.sampled_from(TAGS), max_size=2)
plain = st.lists(st.sampled_from(TAGS), min_size=1, max_size=2).flatmap(
    lambda names: st.sampled_from([tagged(*names), tagged_any(*names)])
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    plain,
    lambda inner: st.one_of(
        inner.map(lambda one: ~one),
        st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
    ),
    max_leaves=4,
)
maybe = st.none() | conditions


def _change(add: set[str], remove: set[str], clear: bool, when: Condition | None) -> object:
    return UpdateAccountTags(add=add, remove=remove - add, clear=clear, when=when)


changes = st.builds(_change, some_tags, some_tags, st.booleans(), maybe)
automations = st.lists(
    st.one_of(
        changes,
        changes,
        st.builds(lambda when: SendEmail(MAIL, when=when), maybe),
        st.builds(lambda when: CreateTask(TASK, when=when), maybe),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=150)
@given(automations, maybe)
def test_what_lint_says_never_fires_never_does_and_nothing_else(
    several: list[object], when: Condition | None
) -> None:
    """Every account that differs by these tags goes through both stages; so does every wait."""
    stage = Stage("Work", several, automove=True)  # type: ignore[arg-type]
    pipeline = Pipeline("Tax", [stage, Stage("Then", when=when), Stage("End")])
    ran: set[str] = set()
    stuck = entered = False
    world = World()
    world.engine.save(pipeline, MAIL, TASK)

    for number, tags in enumerate(ACCOUNTS):
        job = world.engine.start("tax", world.account(f"Client {number}", tags=tags))
        history = world.engine.history(job)
        ran |= {one.automation for one in history if isinstance(one, AutomationRan)}
        stuck |= not job.open_items and job.stage == "work"
        entered |= when is None or when.holds(world.engine.account(job.account))

    found = lint(pipeline, [MAIL, TASK])
    silent = {one.id for one in pipeline.stages[0].automations} - ran
    paths = {f"$.stages[0].automations[{stage.index(str(id))}]" for id in silent}
    told = {one.path for one in found if one.code in OFF and ".automations[" in one.path}
    assert told == paths
    assert bool([one for one in found if one.code in ENDLESS]) == stuck
    if found.of("never-entered"):
        assert not entered


def test_what_fires_once_takes_no_tag_away_when_a_job_comes_again() -> None:
    """The client has the tag again by then, so that lint must not say that it can never fire."""
    wipe = UpdateAccountTags(clear=True, repeat="once", id="wipe")
    stage = Stage("Work", [wipe, SendEmail(MAIL, when=tagged("a"))])
    pipeline = Pipeline("Tax", [stage, Stage("End")])
    world = World()
    world.engine.save(pipeline, MAIL)
    job = world.engine.start("tax", world.account("Ada", tags=["a"]))
    world.engine.move(job, "End")
    world.engine.tag(job.account, add={"a"})

    world.engine.move(job, "Work")

    assert len(world.email.sent) == 1
    assert not lint(pipeline, [MAIL]).of(*OFF)
