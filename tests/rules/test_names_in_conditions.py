"""Names in conditions: members and pipelines must be there, tags may be mistyped."""

from typing import Any

import pytest

from pipeflow import (
    Account,
    Condition,
    CreateTask,
    OrganizerTemplate,
    Package,
    Pipeline,
    ProposalTemplate,
    Question,
    Role,
    SendEmail,
    Stage,
    Status,
    TagChange,
    UpdateAccountTags,
    WhenDone,
    answer_is,
    answered,
    assigned,
    field_is,
    older_than,
    package_is,
    pipeline_is,
    role_filled,
    role_is,
    rules,
    tagged,
    tagged_any,
)
from pipeflow.model.automations import Automation
from tests.rules.states import DONE

MEMBERS, PIPELINES = frozenset({"mia", "tom"}), frozenset({"tax", "vat"})
FIRST = Stage("First")


def pipeline_of(when: Condition, *automations: Automation) -> Pipeline:
    """Make a pipeline with one conditional stage."""
    return Pipeline("Tax", [FIRST, Stage("Work", automations, when=when), DONE])


@pytest.mark.parametrize(
    ("when", "problems"),
    [
        (role_is("preparer", "mia", "tom") & assigned("mia", Role("nobody")), []),
        (pipeline_is("tax", "vat") | older_than(3), []),
        (
            ~role_is("preparer", "mai") & tagged("x"),
            [
                (
                    "$.stages[1].when.of[0].of: there is no member 'mai'. Save it first, or save "
                    "it in the same call. Did you mean 'mia'? Allowed: mia, tom."
                )
            ],
        ),
        (
            assigned("tim"),
            [
                (
                    "$.stages[1].when: there is no member 'tim'. Save it first, or save it in the "
                    "same call. Did you mean 'tom'? Allowed: mia, tom."
                )
            ],
        ),
        (
            pipeline_is("tax", "vta"),
            [
                (
                    "$.stages[1].when: there is no pipeline 'vta'. Save it first, or save it in "
                    "the same call. Did you mean 'vat'? Allowed: tax, vat."
                )
            ],
        ),
    ],
    ids=repr,
)
def test_members_and_pipelines_that_conditions_name_must_be_there(
    when: Condition, problems: list[str]
) -> None:
    """A condition that names nobody would never hold, and nobody would know why."""
    found = rules.condition_problems(pipeline_of(when), MEMBERS, PIPELINES)

    assert [str(one) for one in found] == problems


def test_the_condition_of_an_automation_is_looked_into_too() -> None:
    """At its place."""
    pipeline = Pipeline(
        "Tax", [Stage("First", [SendEmail("a"), SendEmail("b", when=assigned("x"))])]
    )
    (problem,) = rules.condition_problems(pipeline, MEMBERS, PIPELINES)

    assert problem.where == "$.stages[0].automations[1].when"


# -- what may be mistyped --------------------------------------------------------------------------

USED = rules.InUse(
    frozenset({"vip", "schedule-c"}), frozenset({"Did you own a business?"}), frozenset({"Gold"})
)


@pytest.mark.parametrize(
    ("when", "doubts"),
    [
        (tagged("vip") & ~tagged_any("schedule-c"), []),
        (tagged("payroll"), []),
        (
            ~tagged("shedule-c", "vip"),
            [
                (
                    "$.stages[1].when.of: asks for the tag 'shedule-c', which no account has and "
                    "nothing sets. Did you mean 'schedule-c'?"
                )
            ],
        ),
        (
            tagged_any("VIP", "vpi"),
            [
                (
                    f"$.stages[1].when: asks for the tag {tag!r}, which no account has and "
                    "nothing sets. Did you mean 'vip'?"
                )
                for tag in ("VIP", "vpi")
            ],
        ),
        (
            answered("Did you own a busines?"),
            [
                (
                    "$.stages[1].when: asks for the answer to 'Did you own a busines?', which no "
                    "organizer asks. Did you mean 'Did you own a business?'?"
                )
            ],
        ),
        (answer_is("Did you own a business?", "Yes") | answered("Born?"), []),
        (
            package_is("Gold", "Glod"),
            [
                (
                    "$.stages[1].when: asks for the package 'Glod', which no proposal offers. "
                    "Did you mean 'Gold'?"
                )
            ],
        ),
        (field_is("stat", "CA") | role_filled("x"), []),
    ],
    ids=repr,
)
def test_a_name_is_doubted_where_nobody_uses_it_and_nearly_the_same_one_is_in_use(
    when: Condition, doubts: list[str]
) -> None:
    """A new tag is no mistake: only what may be a typing error is doubted."""
    assert [str(one) for one in rules.doubts(pipeline_of(when), USED)] == doubts


def test_a_name_that_is_asked_for_often_is_doubted_once() -> None:
    """Where it comes first; also in what triggers and statuses fire."""
    mail = SendEmail("a", when=tagged("vpi"))
    pipeline = Pipeline(
        "Tax",
        [Stage("First", [CreateTask("t", id="t")], triggers=[WhenDone("t", [mail])]), DONE],
        statuses=[Status("Away", automations=[mail, SendEmail("b", when=tagged("scheduld-c"))])],
    )

    assert [one.where for one in rules.doubts(pipeline, USED)] == [
        "$.stages[0].triggers[0].automations[0].when",
        "$.statuses[0].automations[1].when",
    ]


@pytest.mark.parametrize(
    ("when", "asks"),
    [
        (tagged("a") | older_than(1), True),
        (answered("q"), True),
        (package_is("Gold"), True),
        (older_than(1) & field_is("x", 1), False),
    ],
    ids=repr,
)
def test_only_conditions_that_name_something_are_worth_a_look(when: Condition, asks: bool) -> None:
    """Nothing is looked up for the others."""
    assert rules.asks_by_name(pipeline_of(when)) is asks


def test_tags_are_in_use_where_an_account_has_them_or_something_sets_them() -> None:
    """A tag that is only taken away, or only asked for, is in use nowhere."""
    change = TagChange(add={"answered"}, remove={"gone"})
    things: list[Any] = [
        Account("Ada", tags={"vip"}),
        OrganizerTemplate("O", questions=[Question("Owner?", choices={"Yes": change, "No": None})]),
        ProposalTemplate("P", packages=[Package("Gold", tags=TagChange(add={"gold"}))]),
        pipeline_of(tagged("asked"), UpdateAccountTags(add={"set"}, remove={"old"})),
    ]

    assert rules.in_use(things, ["stored"]) == rules.InUse(
        frozenset({"vip", "answered", "gold", "set", "stored"}),
        frozenset({"Owner?"}),
        frozenset({"Gold"}),
    )
