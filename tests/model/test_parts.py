"""Parts: a definition is gone through wherever conditions and automations stand in it."""

from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    Account,
    Condition,
    OrganizerTemplate,
    Pipeline,
    Question,
    SendEmail,
    Stage,
    Status,
    TagChange,
    TaskCompleted,
    tagged,
    tagged_any,
)
from pipeflow.model.conditions import Asked, Tagged
from pipeflow.model.parts import changed, parts_of, questions_in
from pipeflow.model.record import frozen
from tests.strategies import conditions

CHANGE = TagChange(add={"vip"})
LINES: st.SearchStrategy[Pipeline] = st.builds(
    lambda first, second: Pipeline(
        "P", [Stage("A", [SendEmail("x", when=first)]), Stage("B", when=second), Stage("C")]
    ),
    conditions,
    conditions,
)
LINE = Pipeline(
    "Tax",
    [
        Stage("First", [SendEmail("a", when=~(tagged("x") & tagged_any("y")))]),
        Stage("Next", when=tagged("z")),
        Stage("Last"),
    ],
    statuses=[Status("On hold")],
)


def naively(value: Any, where: str = "$") -> list[tuple[Any, str]]:
    """Go through a value in the plainest way."""
    if isinstance(value, tuple):
        return [one for n, part in enumerate(value) for one in naively(part, f"{where}[{n}]")]
    if not attrs.has(type(value)):
        return []
    inner = [
        one
        for field in attrs.fields(type(value))
        if field.name != "_places"
        for one in naively(getattr(value, field.name), f"{where}.{field.name}")
    ]
    return [(value, where), *inner]


def test_the_questions_of_conditions_are_found_with_their_places() -> None:
    """Those of automations and stages, however they are joined."""
    assert list(questions_in(LINE)) == [
        (tagged("x"), "$.stages[0].automations[0].when.of.of[0]"),
        (tagged_any("y"), "$.stages[0].automations[0].when.of.of[1]"),
        (tagged("z"), "$.stages[1].when"),
    ]


def test_what_stands_in_mappings_is_found_too() -> None:
    """Choices of questions, each by its answer."""
    template = OrganizerTemplate(
        "O", questions=[Question("Q", choices={"Yes": CHANGE, "No": None})]
    )

    places = {where for part, where in parts_of(template) if part == CHANGE}
    assert places == {"$.questions[0].choices['Yes']"}


def test_a_value_without_fields_is_a_part_too() -> None:
    """A condition of somebody's own may have none."""

    @frozen
    class Odd(Condition):
        def holds(self, account: Account, job: Asked | None = None) -> bool:
            return True

        def missing(self, account: Account, job: Asked | None = None) -> str:
            return ""

    assert list(parts_of(TaskCompleted())) == [(TaskCompleted(), "$")]
    assert list(questions_in(~Odd())) == [(Odd(), "$.of")]
    assert changed(~Odd(), lambda part: tagged("a") if isinstance(part, Odd) else part) == ~tagged(
        "a"
    )


@given(LINES)
def test_every_part_is_gone_through_in_order(pipeline: Pipeline) -> None:
    """The quick way finds what the plainest way does."""
    assert list(parts_of(pipeline)) == naively(pipeline)


@given(LINES)
def test_what_nothing_changes_in_is_returned_itself(pipeline: Pipeline) -> None:
    """No copy is made of what stays as it is."""
    assert changed(pipeline, lambda part: part) is pipeline


def test_a_part_is_changed_wherever_it_stands_and_what_follows_from_it_is_derived_anew() -> None:
    """The rest is the very same."""

    def shout(part: Any) -> Any:
        return Tagged([name.upper() for name in part.names]) if isinstance(part, Tagged) else part

    loud = changed(LINE, shout)

    assert [one for one, _ in questions_in(loud)] == [tagged("X"), tagged_any("y"), tagged("Z")]
    assert loud.stages[2] is LINE.stages[2]
    assert loud.find("next") == 1
    assert changed({"a": LINE}, shout) == {"a": LINE}
