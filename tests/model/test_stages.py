"""A stage: its automations in order, under ids of their own."""

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.errors import NotFoundError
from pipeflow.model.automations import (
    Automation,
    CreateTask,
    SendEmail,
    UpdateAccountTags,
)
from pipeflow.model.conditions import tagged
from pipeflow.model.stages import Stage
from tests.model.refusals import places, refused

LOOSE = st.lists(
    st.builds(
        lambda template, id: SendEmail(template, id=id),
        st.sampled_from(["a", "b", "a-2"]),
        st.sampled_from([None, "send-email-a", "send-email-a-2", "mine"]),
    ),
    max_size=6,
)


def test_automations_get_ids_of_kind_and_template() -> None:
    """Repeats are numbered, in order."""
    stage = Stage(
        "Intake",
        [CreateTask("prepare"), UpdateAccountTags(), CreateTask("prepare"), CreateTask("x")],
    )

    assert [one.id for one in stage.automations] == [
        "create-task-prepare",
        "update-account-tags",
        "create-task-prepare-2",
        "create-task-x",
    ]


def test_a_given_id_is_kept_and_numbered_around() -> None:
    """Whatever its place in the list."""
    stage = Stage("Intake", [SendEmail("a"), SendEmail("a", id="send-email-a"), SendEmail("a")])

    assert [one.id for one in stage.automations] == [
        "send-email-a-2",
        "send-email-a",
        "send-email-a-3",
    ]


class _Tried(str):
    """An id that counts how often a number is put behind it."""

    __slots__ = ()
    times = 0

    def __format__(self, spec: str) -> str:
        _Tried.times += 1
        return super().__format__(spec)


def test_the_largest_stage_is_numbered_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No number is tried twice, neither for equal automations nor beside ids that were given."""
    monkeypatch.setattr(SendEmail, "derived_id", lambda _: _Tried("send-email-a"))
    most = 5000
    given_ids = [SendEmail("a", id=f"send-email-a-{number}") for number in range(2, most)]
    _Tried.times = 0

    equal = Stage("Intake", [SendEmail("a") for _ in range(most)])
    beside = Stage("Intake", [*given_ids, SendEmail("a"), SendEmail("a"), SendEmail("a")])

    assert [one.id for one in equal.automations] == [
        "send-email-a",
        *(f"send-email-a-{number}" for number in range(2, most + 1)),
    ]
    assert [one.id for one in beside.automations[-3:]] == [
        "send-email-a",
        f"send-email-a-{most}",
        f"send-email-a-{most + 1}",
    ]
    assert _Tried.times <= 4 * most


@given(LOOSE)
def test_ids_are_unique_and_stay(automations: list[Automation]) -> None:
    """A stage made of a stage's automations changes none of their ids."""
    named = {one.id: one for one in automations if one.id is not None}
    distinct = [one for one in automations if one.id is None or named[one.id] is one]
    stage = Stage("Intake", distinct)
    ids = [one.id for one in stage.automations]

    assert len(set(ids)) == len(ids)
    assert Stage("Intake", stage.automations) == stage
    assert attrs.evolve(stage, automove=True).automations == stage.automations
    assert [attrs.evolve(a, id=None) for a in stage.automations] == [
        attrs.evolve(a, id=None) for a in distinct
    ]


def test_an_automation_is_found_by_its_id() -> None:
    """And the error names those that there are."""
    stage = Stage("Intake", [SendEmail("welcome"), CreateTask("prepare")])

    assert stage.automation("create-task-prepare").uses == "prepare"
    assert stage.index("send-email-welcome") == 0
    with pytest.raises(NotFoundError) as caught:
        stage.automation("send-email-welcom")
    assert str(caught.value) == (
        "stage 'Intake': there is no automation 'send-email-welcom'. "
        "Did you mean 'send-email-welcome'? Allowed: send-email-welcome, create-task-prepare."
    )


def test_a_stage_is_left_by_hand_unless_said() -> None:
    """No condition, no automove, no time limit; the id is made of the name."""
    stage = Stage("Business review")

    assert (stage.id, stage.automations, stage.when) == ("business-review", (), None)
    assert (stage.automove, stage.time_limit) == (False, None)
    assert Stage("x", when=tagged("vip")).when == tagged("vip")
    assert Stage("x", time_limit=timedelta(days=5)).time_limit == timedelta(days=5)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"automations": SendEmail("a")},
            "$.automations: must be a list, each entry an Automation",
        ),
        ({"automations": "a"}, "$.automations: must be a list, each entry an Automation"),
        ({"automations": ["a"]}, "$.automations[0]: must be an Automation (given: 'a')"),
        (
            {"automations": [SendEmail("a", id="x"), CreateTask("a", id="x")]},
            "$.automations: two automations have the id 'x'; give one of them another with id=",
        ),
        ({"when": "vip"}, "$.when: must be a condition (given: 'vip')"),
        ({"automove": "no"}, "$.automove: must be True or False (given: 'no')"),
        ({"time_limit": 5}, "$.time_limit: must be a positive timedelta (given: 5)"),
        ({"time_limit": timedelta(days=-1)}, "$.time_limit: must be a positive timedelta"),
    ],
)
def test_a_wrong_stage_is_refused(fields: Any, problem: str) -> None:
    """With the place and what it should have been."""
    (found,) = refused(lambda: Stage("Intake", **fields))

    assert found.startswith(problem)


def test_a_stage_names_all_that_is_wrong_with_it() -> None:
    """Every field at once."""
    wrong: Any = {"when": 1, "automove": 1, "time_limit": 1, "id": 1, "automations": 1}

    assert places(lambda: Stage(1, **wrong)) == [  # type: ignore[arg-type]
        "$.name",
        "$.id",
        "$.when",
        "$.time_limit",
        "$.automove",
        "$.automations",
    ]
