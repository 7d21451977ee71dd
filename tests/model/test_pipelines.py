"""A pipeline: what is a pipeline, how it is edited, how it looks at a glance."""

from typing import Any

import pytest

from pipeflow.codec import dump, from_data, load, to_data
from pipeflow.engine.commands.command import canonical
from pipeflow.errors import NotFoundError
from pipeflow.model.automations import (
    CreateTask,
    SendEmail,
    UpdateAccountTags,
)
from pipeflow.model.conditions import tagged
from pipeflow.model.job_statuses import Status
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.stages import Stage
from pipeflow.model.templates import EmailTemplate, JobTemplate
from tests.model.refusals import places, refused

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


# -- what is a pipeline ---------------------------------------------------------------------------


def test_a_pipeline_has_at_least_one_stage() -> None:
    """An empty one is no pipeline."""
    assert refused(lambda: Pipeline("Tax", [])) == ["$.stages: must have at least one stage"]


def test_a_single_stage_is_first_and_last__a_32() -> None:
    """A-32: neither a condition nor an automove; two problems, both told."""
    assert Pipeline("Tax", [Stage("All")]).place("All") == 0
    assert refused(lambda: Pipeline("Tax", [Stage("All", when=tagged("vip"), automove=True)])) == [
        (
            "$.stages[0].when: the first stage cannot be conditional; take the condition "
            "from 'All', "
            "or put another stage first (given: tagged('vip'))"
        ),
        (
            "$.stages[0].automove: the last stage cannot automove: nothing comes after 'All'; "
            "switch it off, or add a stage after it (given: True)"
        ),
    ]


def test_the_last_stage_has_no_condition() -> None:
    """Every job needs a stage to end in."""
    stages = [Stage("Intake"), Stage("Done", when=tagged("vip"))]

    assert refused(lambda: Pipeline("Tax", stages)) == [
        (
            "$.stages[1].when: the last stage cannot be conditional; take the condition "
            "from 'Done', "
            "or put another stage last (given: tagged('vip'))"
        )
    ]


def test_two_stages_have_different_ids() -> None:
    """The error names both, and the way out; names may repeat."""
    stages = [Stage("Review"), Stage("Bill"), Stage("review")]

    assert refused(lambda: Pipeline("Tax", stages)) == [
        (
            "$.stages[2].id: stage 'review' has the id 'review', as stage 0 has; "
            "give it another with id="
        )
    ]
    assert Pipeline("Tax", [Stage("Review"), Stage("Review", id="review-2")]).place("Review") == 0


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"stages": Stage("x")}, "$.stages: must be a list, each entry a Stage"),
        ({"stages": ["x"]}, "$.stages[0]: must be a Stage (given: 'x')"),
        ({"description": 5}, "$.description: must be text (given: 5)"),
        ({"job_template": ""}, "$.job_template: must not be empty (given: '')"),
        (
            {"job_template": EmailTemplate("x", subject="")},
            "$.job_template: must be the id of a template, or one of type JobTemplate",
        ),
        ({"statuses": "Blocked"}, "$.statuses: must be a list of texts (given: 'Blocked')"),
        ({"statuses": [5]}, "$.statuses[0]: must be text (given: 5)"),
        ({"statuses": ["completed"]}, "$.statuses: is a status that every job has (given: 'comple"),
        ({"statuses": ["A", "A"]}, "$.statuses: two statuses are called 'A'"),
        (
            {"statuses": ["On hold", "on-hold"]},
            "$.statuses: 'on-hold' and 'On hold' are one status, because capitals, accents",
        ),
    ],
)
def test_a_wrong_pipeline_is_refused(fields: Any, problem: str) -> None:
    """With the place and what it should have been."""
    (found,) = refused(lambda: Pipeline(**{"name": "Tax", "stages": [Stage("x")], **fields}))

    assert found.startswith(problem)


def test_a_pipeline_names_all_that_is_wrong_with_it() -> None:
    """Its own fields and all of its stages at once."""
    stages = [Stage("A", when=tagged("x")), Stage("A"), Stage("B", automove=True)]

    assert places(lambda: Pipeline("", stages, description=5, statuses=[""])) == [  # type: ignore[arg-type]
        "$.name",
        "$.description",
        "$.stages[0].when",
        "$.stages[1].id",
        "$.stages[2].automove",
        "$.statuses[0]",
    ]


def test_a_pipeline_is_not_endless() -> None:
    """Limits far beyond any firm keep a mistake from growing."""
    many = [SendEmail("a", id=str(number)) for number in range(5001)]

    assert refused(lambda: Pipeline("x", [Stage(str(number)) for number in range(501)])) == [
        "$.stages: must be at most 500 (given: 501)"
    ]
    assert refused(lambda: Pipeline("x", [Stage("y", many)])) == [
        "$.stages: must hold at most 5000 automations"
    ]


def test_a_job_template_stands_for_its_id() -> None:
    """Like any other template."""
    one = Pipeline("Tax", [Stage("x")], job_template=JobTemplate("1040"))

    assert one == Pipeline("Tax", [Stage("x")], job_template="1040")
    assert one.template_ids == ("1040",)


def test_a_pipeline_names_the_templates_that_it_uses() -> None:
    """Each once, in order; the job template last."""
    pipeline = TAX.add("Done", SendEmail("welcome")).add("Done", UpdateAccountTags(clear=True))

    assert pipeline.template_ids == ("welcome", "call", "review")


def test_a_pipeline_prints_in_one_line() -> None:
    """`?` a condition, `[n]` its automations, `>` automove."""
    assert repr(TAX) == ("<Pipeline 'Personal tax': Intake[2]> -> ?Business review[1]> -> Done[0]>")
    assert "\n" not in repr(Pipeline("a\nb", [Stage("c\nd")]))


# -- finding stages -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["business-review", "Business review", TAX.stages[1]])
def test_a_stage_is_found_by_id_or_name(stage: str | Stage) -> None:
    """The id comes first; a stage itself will do."""
    assert TAX.stage(stage) is TAX.stages[1]
    assert TAX.place(stage) == 1


def test_an_id_comes_before_a_name() -> None:
    """Where one stage is called what another has for its id."""
    pipeline = Pipeline("x", [Stage("b", id="a"), Stage("a", id="b")])

    assert pipeline.place("a") == pipeline.find("a") == 0
    assert pipeline.place("b") == pipeline.find("b") == 1
    assert TAX.find("Intake") is None


@pytest.mark.parametrize("stage", ["Bussiness review", Stage("Elsewhere"), 5, None, []])
def test_an_unknown_stage_is_told_the_known_ones(stage: Any) -> None:
    """And the nearest name, if one is near."""
    with pytest.raises(NotFoundError) as caught:
        TAX.stage(stage)

    assert str(caught.value).startswith("pipeline 'Personal tax': there is no stage ")
    assert str(caught.value).endswith("Allowed: Intake, Business review, Done.")
    assert ("Did you mean 'Business review'?" in str(caught.value)) == (stage == "Bussiness review")


# -- statuses ------------------------------------------------------------------------------------


def test_a_text_is_a_status_of_that_name() -> None:
    """Which is not quiet; only some statuses remind nobody (R-9)."""
    tax = Pipeline("Tax", [Stage("x")], statuses=["On hold", Status("Waiting", quiet=True)])

    assert tax.statuses == (Status("On hold"), Status("Waiting", quiet=True))
    assert [str(one) for one in tax.statuses] == ["On hold", "Waiting"]
    assert [tax.is_quiet(name) for name in ("On hold", "Waiting", "Active")] == [False, True, False]


def test_a_wrong_status_is_refused() -> None:
    """Its name and its switch."""
    assert refused(lambda: Status("", quiet="yes")) == [  # type: ignore[arg-type]
        "$.name: must not be empty (given: '')",
        "$.quiet: must be True or False (given: 'yes')",
    ]


def test_a_plain_status_is_written_as_its_name() -> None:
    """As it was before statuses could say more, so that older texts stay what they are."""
    tax = Pipeline("Tax", [Stage("x")], statuses=["On hold", Status("Waiting", quiet=True)])

    data = to_data(tax, portable=True)

    assert data["statuses"] == ["On hold", {"name": "Waiting", "quiet": True}]
    assert from_data(data, Pipeline, portable=True) == tax
    waiting = {"is": "status", "name": "Waiting", "quiet": True}
    assert canonical(tax)["statuses"] == ["On hold", waiting]
    assert load(dump(tax)) == tax


@pytest.mark.parametrize(
    ("statuses", "problem"),
    [
        ([5], "$.statuses[0]: must be text (given: 5)"),
        ([""], "$.statuses[0].name: must not be empty (given: '')"),
        ([{"quiet": True}], "$.statuses[0].name: is missing"),
    ],
)
def test_a_status_that_can_not_be_read_is_named(statuses: Any, problem: str) -> None:
    """By its place."""
    data = {**to_data(Pipeline("Tax", [Stage("x")])), "statuses": statuses}

    assert problem in refused(lambda: from_data(data, Pipeline))
