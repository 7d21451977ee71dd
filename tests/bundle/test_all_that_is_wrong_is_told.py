"""All that is wrong with a package is told at once, also where a part of it cannot be read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow.bundle import Bundle
from pipeflow.errors import DefinitionError, Problem
from tests.pipelines.seasons import NAMES, package

HEAD = {"format": "pipeflow.bundle", "version": 1}
AUTOMATIONS = [
    {"type": "create_task", "template": "prepare"},
    {"type": "start_job", "pipeline": "tax"},
    {"type": "update_job_assignees", "add": [{"type": "role", "name": "cpa"}]},
    {
        "type": "update_job",
        "priority": "high",
        "when": {"type": "pipeline_is", "pipelines": ["tax"]},
    },
]
TAX = {"name": "Tax", "id": "tax", "stages": [{"name": "A", "automations": AUTOMATIONS}]}
PREPARE = {"type": "task_template", "name": "Prepare", "id": "prepare"}
FEE = {
    "type": "invoice_template",
    "name": "Fee",
    "lines": [{"service": "1040", "rate": {"amount": "450", "currency": "USD"}}],
}
SOUND = {**HEAD, "pipelines": [TAX], "templates": [PREPARE, FEE]}
STAGE = "$.pipelines[0].stages[0]"


def told(data: Any) -> dict[str, Problem]:
    """Return what is told to be wrong with a package, by its place."""
    try:
        Bundle.from_json(json.dumps(data))
    except DefinitionError as error:
        return {problem.where: problem for problem in error.problems}
    return {}


def spoilt(*changes: Callable[[Any], object]) -> Any:
    """Return a package with something wrong in it."""
    data = copy.deepcopy(SOUND)
    for change in changes:
        change(data)
    return data


def put(value: Any, *path: Any) -> Callable[[Any], None]:
    """Return the change that puts something else in a place."""

    def change(data: Any) -> None:
        *way, last = path
        for key in way:
            data = data[key]
        data[last] = value

    return change


def in_stage(value: Any, *path: Any) -> Callable[[Any], None]:
    """Return the change that does so in the stage of the pipeline."""
    return put(value, "pipelines", 0, "stages", 0, *path)


# What is wrong in itself, and where it is told.
READING = [
    (put(5, "pipelines", 0, "description"), "$.pipelines[0].description"),
    (put(5, "pipelines", 0, "name"), "$.pipelines[0].name"),
    (in_stage(5, "name"), f"{STAGE}.name"),
    (in_stage(True, "automove"), f"{STAGE}.automove"),
    (in_stage("P", "time_limit"), f"{STAGE}.time_limit"),
    (
        put("a lot", "templates", 1, "lines", 0, "rate", "amount"),
        "$.templates[1].lines[0].rate.amount",
    ),
    (put("two", "templates", 1, "lines", 0, "quantity"), "$.templates[1].lines[0].quantity"),
    (put([], "templates", 1, "lines"), "$.templates[1].lines"),
    (put({"days": 1}, "templates", 0, "due"), "$.templates[0].due.type"),
    (put(5, "name"), "$.name"),
    (put(1, "autor"), "$.autor"),
]
# What only the package as a whole shows.
SHOWN = [
    (in_stage("prepair", "automations", 0, "template"), f"{STAGE}.automations[0].template"),
    (in_stage("nowhere", "automations", 1, "pipeline"), f"{STAGE}.automations[1].pipeline"),
    (in_stage(["mia"], "automations", 2, "add"), f"{STAGE}.automations[2].add"),
    (in_stage(["x"], "automations", 3, "when", "pipelines"), f"{STAGE}.automations[3].when"),
    (put("fee", "pipelines", 0, "job_template"), "$.pipelines[0].job_template"),
    (put(["mia"], "templates", 0, "assignees"), "$.templates[0].assignees"),
    (put("prepare", "templates", 1, "id"), "$.templates[1].id"),
]


@pytest.mark.parametrize(("reading", "one"), READING, ids=[place for _, place in READING])
@pytest.mark.parametrize(("whole", "other"), SHOWN, ids=[place for _, place in SHOWN])
def test_what_the_whole_shows_is_told_with_what_cannot_be_read(
    reading: Any, one: str, whole: Any, other: str
) -> None:
    """Who mends one thing does not want to be told of the next."""
    assert set(told(spoilt(reading, whole))) == {one, other}
    assert set(told(spoilt(reading))) == {one}


@pytest.mark.parametrize("kind", ["pipelines", "templates"])
@pytest.mark.parametrize("given_part", [None, [], {}, 5, [None], "absent"])
def test_a_package_of_nothing_is_told_of(kind: str, given_part: Any) -> None:
    """An error that says nothing helps nobody."""
    data = HEAD | ({} if given_part == "absent" else {kind: given_part})

    assert told(data)


def test_nothing_is_told_of_an_empty_package_whose_pipelines_cannot_be_read() -> None:
    """Once they can be read, it may hold some."""
    assert set(told({**HEAD, "pipelines": 5})) == {"$.pipelines"}
    assert "must hold" not in told({**HEAD, "pipelines": 5})["$.pipelines"].what


NO_VALUE: Any = 1.5  # JSON allows it, and no field of a package
REFERENCES = {"template", "job_template", "invoice_on_acceptance", "pipeline"}
LOST = {"id", "name", "type"}  # without them nobody knows what is meant elsewhere


def leaves(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the places of all that is no object and no list."""
    if not isinstance(data, dict | list):
        yield way
        return
    for key, part in data.items() if isinstance(data, dict) else enumerate(data):
        yield from leaves(part, (*way, key))


LIBRARY = [json.loads(package(name).to_json()) for name in NAMES]


@given(st.data())
@settings(max_examples=100)
def test_what_is_wrong_at_two_places_is_told_at_both(chance: st.DataObject) -> None:
    """What one mistake alone would tell is told beside another one, and nothing else is."""
    data = chance.draw(st.sampled_from(LIBRARY))
    places = [way for way in leaves(data) if way[-1] not in {*LOST, *HEAD}]
    one, other = chance.draw(st.lists(st.sampled_from(places), min_size=2, max_size=2, unique=True))
    wrong = [put("nowhere" if way[-1] in REFERENCES else NO_VALUE, *way) for way in (one, other)]
    alone, beside, both = (copy.deepcopy(data) for _ in range(3))
    wrong[0](alone)
    wrong[1](beside)
    for change in wrong:
        change(both)

    expected = {*told(alone), *told(beside)}

    assert len(expected) >= 2
    assert set(told(both)) == expected
