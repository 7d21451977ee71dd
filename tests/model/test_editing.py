"""Editing a pipeline: each edit returns a new one, checked like any other."""

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.errors import DefinitionError, NotFoundError
from pipeflow.model.automations import (
    CreateTask,
    SendEmail,
)
from pipeflow.model.conditions import tagged
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.stages import Stage
from tests.model.refusals import refused

TAX = Pipeline(
    "Personal tax",
    [
        Stage(
            "Intake", [SendEmail("welcome"), CreateTask("call", when=tagged("vip"))], automove=True
        ),
        Stage("Business review", [CreateTask("review")], when=tagged("schedule-c"), automove=True),
        Stage("Done"),
    ],
)


def _ids(pipeline: Pipeline, stage: str) -> list[str | None]:
    return [one.id for one in pipeline.stage(stage).automations]


def _names(pipeline: Pipeline) -> list[str]:
    return [stage.name for stage in pipeline.stages]


def test_an_automation_is_added_at_the_end_unless_said() -> None:
    """The others keep their ids and their order."""
    added = TAX.add("Intake", SendEmail("welcome"))

    assert _ids(added, "Intake") == [
        "send-email-welcome",
        "create-task-call",
        "send-email-welcome-2",
    ]
    assert _ids(TAX.add("intake", CreateTask("x"), at=0), "Intake") == [
        "create-task-x",
        "send-email-welcome",
        "create-task-call",
    ]


def test_an_automation_is_replaced_under_its_id() -> None:
    """Unless the new one brings an id of its own."""
    kept = TAX.replace("Intake", "send-email-welcome", SendEmail("hello"))
    own = TAX.replace("Intake", "send-email-welcome", SendEmail("hello", id="mine"))

    assert _ids(kept, "Intake") == ["send-email-welcome", "create-task-call"]
    assert kept.stage("Intake").automations[0].uses == "hello"
    assert _ids(own, "Intake") == ["mine", "create-task-call"]


def test_an_automation_is_removed_or_moved_in_its_stage() -> None:
    """By its id."""
    assert _ids(TAX.remove("Intake", "send-email-welcome"), "Intake") == ["create-task-call"]
    assert _ids(TAX.reorder("Intake", "create-task-call"), "Intake") == [
        "create-task-call",
        "send-email-welcome",
    ]
    assert _ids(TAX.reorder("Intake", "send-email-welcome", to=1), "Intake") == [
        "create-task-call",
        "send-email-welcome",
    ]


def test_stages_are_added_removed_and_moved() -> None:
    """By id or name, at the end unless said."""
    assert _names(TAX.add_stage(Stage("Archive"))) == [*_names(TAX), "Archive"]
    assert _names(TAX.add_stage(Stage("Lead"), at=0))[0] == "Lead"
    assert _names(TAX.remove_stage("business-review")) == ["Intake", "Done"]
    longer = TAX.add_stage(Stage("Archive"))
    assert _names(longer.move_stage("Business review", to=2)) == [
        "Intake",
        "Done",
        "Business review",
        "Archive",
    ]


def test_a_stage_is_changed_in_what_is_given_and_in_no_more() -> None:
    """None takes a condition or a limit away; what is not given stays."""
    limited = TAX.change("Business review", time_limit=timedelta(days=5))
    changed = limited.change("business-review", when=None, automove=False)

    assert limited.stage("Business review") == attrs.evolve(
        TAX.stage("Business review"), time_limit=timedelta(days=5)
    )
    assert changed.stage("Business review") == Stage(
        "Business review", [CreateTask("review")], time_limit=timedelta(days=5)
    )
    assert changed.change("Business review", time_limit=None).stages[1].time_limit is None
    assert changed.change("Business review", when=tagged("vip")).stages[1].when == tagged("vip")
    assert TAX.change("Intake") == TAX


def test_a_stage_that_gets_another_name_keeps_its_id() -> None:
    """Jobs know their stage by its id, so they stay where they are."""
    renamed = TAX.change("Intake", name="Welcome")

    assert (renamed.stages[0].id, renamed.stages[0].name) == ("intake", "Welcome")
    assert renamed.place("intake") == renamed.place("Welcome") == 0
    assert renamed.stages[1:] == TAX.stages[1:]


def test_a_changed_pipeline_is_still_the_one_that_was_read() -> None:
    """It is saved over the one that it was made of, if nobody else was quicker."""
    read = attrs.evolve(TAX, revision=7)

    assert read.change("Intake", automove=False).revision == 7


EDITS: list[Callable[[Pipeline], Pipeline]] = [
    lambda p: p.add("Intake", CreateTask("x")),
    lambda p: p.add("Done", SendEmail("welcome"), at=0),
    lambda p: p.replace("Business review", "create-task-review", CreateTask("again")),
    lambda p: p.reorder("Intake", "create-task-call", to=0),
    lambda p: p.add_stage(Stage("Payment", automove=True), at=1),
    lambda p: p.remove("Intake", "create-task-call"),
    lambda p: p.move_stage("Business review", to=1),
    lambda p: p.change("Intake", name="Start", automove=False),
    lambda p: p.remove_stage("Business review"),
]


@given(st.permutations(range(len(EDITS))), st.integers(0, len(EDITS)))
def test_an_edit_returns_a_new_pipeline_and_keeps_the_ids(order: list[int], count: int) -> None:
    """Whatever the edits, the old one is as it was, and no other automation changes its id."""
    before = TAX
    for number in order[:count]:
        kept = {one.id: one for stage in before.stages for one in stage.automations}
        try:
            after = EDITS[number](before)
        except (DefinitionError, NotFoundError):
            continue
        ids = [one.id for stage in after.stages for one in stage.automations]
        same = [one for stage in after.stages for one in stage.automations if one.id in kept]

        assert after is not before
        assert (after.id, after.name) == (TAX.id, TAX.name)
        assert len(kept) - 1 <= len(set(ids)) <= len(kept) + 1
        assert sum(kept[one.id] != one for one in same) <= 1
        before = after

    assert repr(TAX) == "<Pipeline 'Personal tax': Intake[2]> -> ?Business review[1]> -> Done[0]>"


@pytest.mark.parametrize(
    ("edit", "problems"),
    [
        (
            lambda: TAX.remove_stage("Done"),
            [
                (
                    "$.stages[1].when: removing stage 'Done': the last stage cannot be "
                    "conditional; "
                    "take the condition from 'Business review', or put another stage last "
                    "(given: tagged('schedule-c'))"
                ),
                (
                    "$.stages[1].automove: removing stage 'Done': the last stage cannot automove: "
                    "nothing comes after 'Business review'; switch it off, or add a stage "
                    "after it "
                    "(given: True)"
                ),
            ],
        ),
        (
            lambda: TAX.move_stage("Business review", 0),
            [
                (
                    "$.stages[0].when: moving stage 'Business review' to place 0: "
                    "the first stage cannot be conditional; take the condition from "
                    "'Business review', or put another stage first (given: tagged('schedule-c'))"
                )
            ],
        ),
        (
            lambda: TAX.add_stage(Stage("Archive", automove=True)),
            [
                (
                    "$.stages[3].automove: adding stage 'Archive': the last stage cannot "
                    "automove: "
                    "nothing comes after 'Archive'; switch it off, or add a stage after it "
                    "(given: True)"
                )
            ],
        ),
        (
            lambda: TAX.change("Done", automove=True, when=tagged("x")),
            [
                (
                    "$.stages[2].when: changing stage 'Done': the last stage cannot be "
                    "conditional; take the condition from 'Done', or put another stage last "
                    "(given: tagged('x'))"
                ),
                (
                    "$.stages[2].automove: changing stage 'Done': the last stage cannot "
                    "automove: nothing comes after 'Done'; switch it off, or add a stage after it "
                    "(given: True)"
                ),
            ],
        ),
        (
            lambda: TAX.change("Intake", when=tagged("x")),
            [
                (
                    "$.stages[0].when: changing stage 'Intake': the first stage cannot be "
                    "conditional; take the condition from 'Intake', or put another stage first "
                    "(given: tagged('x'))"
                )
            ],
        ),
        (
            lambda: TAX.change("Intake", name="", automove="no", time_limit=timedelta(0)),  # type: ignore[arg-type]
            [
                "$.stages[0].name: changing stage 'Intake': must not be empty (given: '')",
                (
                    "$.stages[0].time_limit: changing stage 'Intake': must be a positive "
                    "timedelta (given: datetime.timedelta(0))"
                ),
                (
                    "$.stages[0].automove: changing stage 'Intake': must be True or False "
                    "(given: 'no')"
                ),
            ],
        ),
        (
            lambda: TAX.add_stage(Stage("done")),
            [
                (
                    "$.stages[3].id: adding stage 'done': stage 'done' has the id 'done', "
                    "as stage 2 has; give it another with id="
                )
            ],
        ),
        (
            lambda: TAX.add_stage("Archive"),  # type: ignore[arg-type]
            ["$.stages[3]: adding stage 'Archive': must be a Stage (given: 'Archive')"],
        ),
        (
            lambda: Pipeline("x", [Stage("y")]).remove_stage("y"),
            ["$.stages: removing stage 'y': must have at least one stage"],
        ),
        (
            lambda: TAX.add("Intake", SendEmail("x", id="create-task-call")),
            [
                (
                    "$.stages[0].automations: adding an automation to stage 'Intake': two "
                    "automations "
                    "have the id 'create-task-call'; give one of them another with id="
                )
            ],
        ),
        (
            lambda: TAX.replace("Intake", "create-task-call", "x"),  # type: ignore[arg-type]
            [
                (
                    "$.stages[0].automations[1]: replacing 'create-task-call' in stage 'Intake': "
                    "must be an Automation (given: 'x')"
                )
            ],
        ),
        (
            lambda: TAX.add("Intake", CreateTask("x"), at=3),
            ["$.at: must be a place from 0 to 2 (given: 3)"],
        ),
        (
            lambda: TAX.reorder("Intake", "create-task-call", to=-1),
            ["$.to: must be a place from 0 to 1 (given: -1)"],
        ),
        (
            lambda: TAX.move_stage("Done", to=True),
            ["$.to: must be a place from 0 to 2 (given: True)"],
        ),
        (
            lambda: TAX.add_stage(Stage("x"), at="end"),  # type: ignore[arg-type]
            ["$.at: must be a place from 0 to 3 (given: 'end')"],
        ),
    ],
)
def test_a_wrong_edit_is_refused_and_named__a_19(
    edit: Callable[[], object], problems: list[str]
) -> None:
    """A-19: the error names the edit, the stage that it would spoil, and what to change."""
    assert refused(edit) == problems


@pytest.mark.parametrize(
    "edit",
    [
        lambda: TAX.add("Nowhere", SendEmail("x")),
        lambda: TAX.replace("Intake", "nothing", SendEmail("x")),
        lambda: TAX.remove("Intake", "nothing"),
        lambda: TAX.reorder("Intake", "nothing"),
        lambda: TAX.change("Nowhere", automove=True),
        lambda: TAX.remove_stage("Nowhere"),
        lambda: TAX.move_stage("Nowhere", 0),
    ],
    ids=["add", "replace", "remove", "reorder", "change", "remove_stage", "move_stage"],
)
def test_what_is_edited_must_be_there(edit: Callable[[], object]) -> None:
    """An unknown stage or automation is an error that lists the known ones."""
    with pytest.raises(NotFoundError, match="Allowed: "):
        edit()
