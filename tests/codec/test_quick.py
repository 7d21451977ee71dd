"""The quick reader reads what the strict one does, and leaves to it whatever is odd."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeflow import (
    Account,
    CreateTask,
    EmailTemplate,
    Job,
    Pipeline,
    Role,
    SendEmail,
    Stage,
    TaskTemplate,
    UpdateJobAssignees,
)
from pipeflow.codec import dump, load, to_data
from pipeflow.codec.converter import CLASSES, read_strictly
from pipeflow.codec.json_text import write
from pipeflow.codec.quick import read_quickly
from pipeflow.errors import DefinitionError
from pipeflow.model.events import Chapter
from pipeflow.model.jobs import BlockedAutomation
from pipeflow.model.settings import Firm
from pipeflow.ports.rows import RowKey
from pipeflow.testing import World
from tests.strategies import values_of
from tests.wasm import ENDS_WASM

PATIENCE = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def _name(cls: type) -> str:
    return cls.__name__


@pytest.mark.parametrize("cls", CLASSES.values(), ids=_name)
@given(data=st.data())
@settings(max_examples=30, suppress_health_check=PATIENCE)
def test_what_was_written_is_read_as_the_strict_reader_reads_it(
    cls: type, data: st.DataObject
) -> None:
    """The same value, equal to the last byte of its text."""
    text = dump(data.draw(values_of(cls)))

    quick = read_quickly(text)

    if quick:
        assert quick == (read_strictly(text),)
        assert dump(quick[0]) == text
        assert read_quickly(write(to_data(quick[0])), cls) == quick
    else:
        assert "\\u" in text


def _places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to all parts of some data."""
    found = [path]
    if isinstance(data, dict | list):
        for key, part in data.items() if isinstance(data, dict) else enumerate(data):
            found += _places(part, (*path, key))
    return found


def _replace(data: Any, path: tuple[Any, ...], part: Any) -> Any:
    if not path:
        return part
    head, *rest = path
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[head] = _replace(copy[head], tuple(rest), part)
    return copy


def _strictly(text: str) -> Any:
    try:
        return read_strictly(text)
    except DefinitionError as error:
        return str(error)


@given(data=st.data())
@settings(max_examples=400, suppress_health_check=PATIENCE)
def test_whatever_stands_in_a_text_the_strict_reader_has_the_last_word(
    data: st.DataObject,
) -> None:
    """A part that is another one, a key too many or too few: never anything but its answer."""
    value = data.draw(st.one_of(*map(values_of, (Job, Account, Chapter, Firm, BlockedAutomation))))
    written = json.loads(dump(value))
    path = data.draw(st.sampled_from(_places(written)))
    part = written
    for key in path:
        part = part[key]
    if isinstance(part, dict) and part and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(part)))
        other: Any = {name: one for name, one in part.items() if name != key}
        other |= data.draw(st.sampled_from([{}, {f"{key}_2": part[key]}]))
    else:
        other = data.draw(JSON)
    text = json.dumps(_replace(written, path, other), ensure_ascii=False)

    try:
        found: Any = load(text)
    except DefinitionError as error:
        found = str(error)

    assert found == _strictly(text)


ROLE = dump(Role("Partner"))
BLOCKED = dump(BlockedAutomation("k", "tax", "a", "email", 1, "gone"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"name":"A","name":"Partner","type":"role"}', id="a key twice"),
        pytest.param('{"type":"role","name":"Partner"}', id="keys in another order"),
        pytest.param('{"name":"Partn\\u0065r","type":"role"}', id="an escaped character"),
        pytest.param('{"name":"Partner","type":"roll"}', id="an unknown tag"),
        pytest.param('{"name":null,"type":"role"}', id="nothing"),
        pytest.param('{"name":["Partner"],"type":"role"}', id="a list"),
        pytest.param('{"name":"Partner"}', id="no tag"),
        pytest.param('{"name":"Partner","type":"role"', id="cut off"),
        pytest.param('{"name":"","type":"role"}', id="what the class refuses"),
        pytest.param('{"name":"' + "x" * 200_001 + '","type":"role"}', id="too long"),
        pytest.param('{"name":"\ud83d","type":"role"}', id="half a pair"),
        pytest.param("[" * 100_000, id="too deep", marks=ENDS_WASM),
        pytest.param(BLOCKED.replace('"visit":1', '"visit":true'), id="yes for a number"),
        pytest.param(BLOCKED.replace('"visit":1', '"visit":1.0'), id="a fraction"),
        pytest.param(BLOCKED.replace('"visit":1', '"visit":9007199254740993'), id="too large"),
        pytest.param(BLOCKED.replace("true", "1"), id="a number for yes"),
    ],
)
def test_what_is_odd_is_left_to_the_strict_reader(text: str) -> None:
    """Nothing that this version would not have written is taken at its word."""
    assert read_quickly(text) == ()


def test_a_value_of_another_kind_is_refused_as_ever() -> None:
    """Whoever asks for a job is not given a role, however well that reads."""
    with pytest.raises(DefinitionError, match="type"):
        load(ROLE, Job)


def test_roles_stand_beside_ids() -> None:
    """A union of texts and objects is told apart by which of them stands there."""
    automation = UpdateJobAssignees(add={Role("Partner"), "ann"})

    assert read_quickly(dump(automation)) == (automation,)


def test_a_job_and_its_history_are_read_quickly() -> None:
    """What a store reads for every command is not left to the strict reader."""
    world = World()
    engine = world.engine
    welcome, task = EmailTemplate("Welcome", subject="Hi", body="Hello"), TaskTemplate("Prepare")
    stages = [Stage("A", [SendEmail(welcome), CreateTask(task)], automove=True), Stage("B")]
    pipeline, *_ = engine.save(Pipeline("Tax", stages), welcome, task)
    job = engine.start(pipeline, world.account(tags={"vip"}))
    job = engine.complete(job.open_items[0])
    chapters = world.store.history("default", RowKey("job", job.id)).rows

    assert job.stage == "b"
    assert len(chapters) > 2
    for value in (job, engine.account(job.account), *chapters):
        assert read_quickly(dump(value))
