"""Lint under attack: whatever is given, it answers the same, soon, or says what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    Account,
    Condition,
    CreateTask,
    DefinitionError,
    PipeflowError,
    Pipeline,
    SendEmail,
    Settings,
    Stage,
    StartJob,
    TransferJob,
    UpdateAccountTags,
    lint,
    tagged,
    tagged_any,
)
from pipeflow.insight import CODES
from pipeflow.model.logic import DEEPEST
from tests.pipelines.seasons import NAMES, package
from tests.reference import drawing
from tests.reliability.chance import Random, seeded
from tests.strategies import conditions, pipelines

LIBRARY: list[Any] = [
    *drawing.TEMPLATES,
    Account("Ada", id="ada", tags=["red"]),
    Account("Eve", id="eve", tags=["grean"]),
    Settings(),
]


@settings(max_examples=60)
@given(pipelines(), st.booleans())
def test_any_pipeline_is_looked_over(pipeline: Pipeline, empty: bool) -> None:
    """With an empty library or without one; each finding is whole."""
    found = lint(pipeline, [] if empty else None)

    assert found == lint(pipeline, [] if empty else None)
    for one in found:
        assert one.code in CODES
        assert one.path.startswith("$")
        assert one.sentence.endswith(".")
        assert one.suggestion.endswith((".", "?"))
        assert str(one).isprintable()
        assert all(line.isprintable() for line in str(found).splitlines())


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.randoms(use_true_random=False))
def test_the_order_of_the_library_is_no_matter(seed: int, chance: Random) -> None:
    """Nor whether something is in it twice; equal pipelines have equal findings."""
    pipeline = drawing.pipeline(seeded(seed), "P")
    other = drawing.pipeline(seeded(seed + 1), "Q")
    library = [*LIBRARY, other, pipeline]
    shuffled = [*library, chance.choice(library)]
    chance.shuffle(shuffled)

    assert lint(pipeline, library) == lint(drawing.pipeline(seeded(seed), "P"), shuffled)


def _is_of_a_package(condition: Condition) -> bool:
    """Tell whether a condition names neither members nor pipelines, which packages do not know."""
    return not condition.people and "pipeline_is(" not in repr(condition)


@settings(max_examples=40)
@given(
    st.sampled_from(NAMES), st.lists(conditions.filter(_is_of_a_package), min_size=3, max_size=3)
)
def test_any_package_is_looked_over(name: str, several: tuple[Condition, ...]) -> None:
    """Whatever its automations and stages ask for."""
    bundle = package(name)
    lines = []
    for pipeline in bundle.pipelines:
        stages = [
            attrs.evolve(
                stage,
                when=several[number % 3] if 0 < number < len(pipeline.stages) - 1 else None,
                automations=[
                    attrs.evolve(one, when=several[(number + count) % 3])
                    for count, one in enumerate(stage.automations)
                ],
            )
            for number, stage in enumerate(pipeline.stages)
        ]
        lines.append(attrs.evolve(pipeline, stages=stages))
    changed = attrs.evolve(bundle, pipelines=lines)

    found = lint(changed)

    assert found == lint(changed, [*bundle.templates])
    assert {one.code for one in found} <= CODES.keys()


def test_the_same_is_found_in_every_process() -> None:
    """Whatever numbers a process gives to texts."""
    code = (
        "from pipeflow import lint; from tests.reference import drawing; "
        "from tests.reliability.chance import seeded\n"
        "for n in range(40): print(lint(drawing.pipeline(seeded(n), 'P'), drawing.TEMPLATES))\n"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(answers) == 1
    assert answers.pop().count("Lint of pipeline") == 40


@settings(max_examples=100)
@given(st.lists(conditions, min_size=1, max_size=6))
def test_any_conditions_are_thought_through(several: list[Condition]) -> None:
    """Where one never holds, its opposite always does, and is not found."""
    pipeline = Pipeline("Tax", [Stage("Start", [SendEmail("m", when=one) for one in several])])
    opposite = Pipeline("Tax", [Stage("Start", [SendEmail("m", when=~one) for one in several])])

    off = {one.path for one in lint(pipeline).of("never-fires")}
    assert off.isdisjoint(one.path for one in lint(opposite).of("never-fires"))


def test_conditions_as_deep_as_they_may_be() -> None:
    """Deeper ones are refused when they are made; these are asked to the ground."""
    deep: Condition = tagged("vip")
    while deep.depth < DEEPEST:
        deep = (deep & tagged("x")) if deep.depth % 2 else (deep | tagged("y"))
    with pytest.raises(DefinitionError, match="nested deeper than 12"):
        deep & tagged("z") if DEEPEST % 2 else ~deep
    pipeline = Pipeline("Tax", [Stage("Start", [SendEmail("m", when=deep)] * 3)])

    assert [one.code for one in lint(pipeline)] == ["duplicate", "duplicate"]


def test_a_condition_with_forty_tags() -> None:
    """It is too much to be thought through, and is looked at all the same."""
    tags = [f"t{number}" for number in range(40)]
    cleared = Stage("Start", [UpdateAccountTags(clear=True), SendEmail("m", when=tagged(*tags))])
    some = Stage("Start", [UpdateAccountTags(clear=True), SendEmail("m", when=tagged_any(*tags))])

    found = lint(Pipeline("Tax", [cleared]))

    assert [one.code for one in found] == ["taken-away", "in-part"]
    assert [one.code for one in lint(Pipeline("Tax", [some]))] == ["in-part"]


def test_a_pipeline_as_large_as_they_may_be() -> None:
    """All of its lists are thought through, each by itself, and the circle is found."""
    lists = [
        [
            UpdateAccountTags(add={f"t{n % 12}"}, when=tagged(f"t{(n + 1) % 12}"), id="a"),
            *(CreateTask(f"task {k}", when=tagged(f"t{(n + k) % 12}")) for k in range(8)),
            SendEmail("m", when=tagged(f"t{n % 12}") & ~tagged(f"t{n % 12}")),
            StartJob("tax", stage=f"s{(n + 1) % 499}"),
            TransferJob("tax", stage=f"s{(n + 7) % 499}", when=tagged("x")),
            *(UpdateAccountTags(clear=True, id=f"clear {k}") for k in range(2)),
        ][: 10 if n % 2 else 14]
        for n in range(400)
    ]
    stages = [Stage(f"S{n}", several, automove=True) for n, several in enumerate(lists)]

    found = lint(Pipeline("Tax", [*stages, *(Stage(f"S{n}") for n in range(400, 499))]))

    assert len(found.of("never-fires")) == 400
    assert len(found.of("duplicate")) == 200
    assert found.of("endless") == ()


@pytest.mark.parametrize("name", ["\n- error", "\x1b[31mred", "\u202eevil", "::error::", "[X](y)"])
def test_hostile_names_of_all_that_has_one(name: str) -> None:
    """In conditions, tags, ids and templates; nothing breaks a line."""
    condition = tagged(name) & ~tagged(name)
    stage = Stage(
        name, [SendEmail(name, when=condition, id=name), SendEmail(name, id=f"{name}2")], id=name
    )
    pipeline = Pipeline(name, [Stage("Start"), Stage("Work", when=condition), stage])

    found = lint(pipeline, [Account(name, id="a")])

    assert {"never-fires", "never-entered", "missing", "no-recipients"} <= {o.code for o in found}
    assert all(line.isprintable() for line in str(found).splitlines())
    assert all(str(one).isprintable() for one in found)


def test_every_problem_of_a_library_is_told_at_once() -> None:
    """And all of them are our own errors."""
    with pytest.raises(PipeflowError) as caught:
        lint(Pipeline("Tax", [Stage("Start")]), [1, None, Settings(), {}])  # type: ignore[list-item]

    assert [one.where for one in caught.value.problems] == [
        "$.library[0]",
        "$.library[1]",
        "$.library[3]",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_package_of_the_library_is_sound_beside_a_firm(name: str) -> None:
    """With accounts that have other tags, and with all other packages."""
    others = [one for other in NAMES if other != name for one in package(other).pipelines]
    bundle = package(name)
    here = {one.id for one in bundle.pipelines}

    found = lint(bundle, [one for one in others if one.id not in here])

    assert found.found == ()
