"""The JSON Schema of packages: it takes what `Bundle` reads, and refuses what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeflow.bundle import Bundle
from pipeflow.bundle.schema import generated, kept
from pipeflow.codec import to_data
from pipeflow.codec.kinds import FAMILIES, KINDS, PLAIN
from pipeflow.codec.shapes import Shapes
from pipeflow.errors import DefinitionError
from tests.bundle.test_format import TEXT
from tests.pipelines.seasons import LIBRARY, NAMES
from tests.pipelines.walks import HERE, PACKAGES
from tests.strategies import values_of

jsonschema = pytest.importorskip(
    "jsonschema", reason="it has no wheel for every Python, and belongs to the group 'schema'"
)
SCHEMA: dict[str, Any] = json.loads(kept())
WHOLE = jsonschema.Draft202012Validator(SCHEMA)
CLASSES = [
    cls
    for cls in dict.fromkeys((*FAMILIES, *KINDS, *PLAIN))
    if cls.__name__ in SCHEMA["$defs"] and attrs.has(cls)
]
PATIENCE = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def _faults(data: object, of: str = "") -> list[str]:
    """Say what the schema has against some data: a package, or what a definition tells of."""
    check = WHOLE.evolve(schema={"$ref": f"#/$defs/{of}"}) if of else WHOLE
    return [f"{one.json_path}: {one.message}" for one in check.iter_errors(data)]


def test_the_schema_is_one() -> None:
    """Of draft 2020-12, and with no reference that leads nowhere."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    told = kept()

    assert all(f'"#/$defs/{name}"' in told for name in SCHEMA["$defs"])
    assert {part.split('"')[0] for part in told.split('"#/$defs/')[1:]} == set(SCHEMA["$defs"])


def test_what_is_shipped_is_what_the_classes_say() -> None:
    """After a change of the model: `make schema`."""
    assert generated() == kept()


@pytest.mark.parametrize(
    "path",
    [
        *(LIBRARY / f"{name}.json" for name in NAMES),
        *(HERE / f"{name}.json" for name in PACKAGES),
    ],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_every_package_that_there_is_fits(path: Path) -> None:
    """Those of the library, and the published pipelines."""
    assert _faults(json.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: str(cls.__name__))
@given(data=st.data())
@settings(max_examples=8, suppress_health_check=PATIENCE)
def test_every_value_fits_that_a_package_may_hold(cls: type, data: st.DataObject) -> None:
    """As a package writes it, without what equals its default, and whole."""
    value = data.draw(values_of(cls))

    assert _faults(to_data(value, portable=True), cls.__name__) == []
    whole = to_data(value)
    if "revision" not in json.dumps(whole):
        assert _faults(whole, cls.__name__) == []


def test_statuses_and_choices_may_be_written_shortly() -> None:
    """As the codec reads them: a name or an answer alone, and pairs whose order stays."""
    data = json.loads(TEXT)
    data["pipelines"][0]["statuses"] = ["Waiting", {"name": "On hold", "quiet": True}]
    (asked,) = (one for one in data["templates"] if one["type"] == "organizer_template")
    choices = asked["questions"][0]["choices"]
    pairs = [[answer, change] for answer, change in choices.items()]
    asked["questions"][0]["choices"] = [*pairs, "Perhaps"]

    assert Bundle.from_json(json.dumps(data)).pipelines[0].statuses[1].quiet
    assert _faults(data) == []


def _template(data: Any, kind: str) -> Any:
    return next(one for one in data["templates"] if one["type"] == kind)


MISTAKES: dict[str, Callable[[Any], object]] = {
    "an unknown key": lambda data: data.update(pipeline=[]),
    "an unknown key deep inside": lambda data: data["pipelines"][0]["stages"][0].update(auto=True),
    "no format": lambda data: data.pop("format"),
    "another format": lambda data: data.update(format="zip"),
    "a newer version": lambda data: data.update(version=99),
    "a revision": lambda data: data["pipelines"][0].update(revision=3),
    "a wrong kind": lambda data: data["templates"][0].update(type="emial_template"),
    "no kind": lambda data: data["templates"][0].pop("type"),
    "a kind of another family": lambda data: data["templates"][0].update(type="send_email"),
    "no name": lambda data: data["pipelines"][0].pop("name"),
    "no stages": lambda data: data["pipelines"][0].pop("stages"),
    "a word for yes or no": lambda data: data["pipelines"][0]["stages"][0].update(automove="yes"),
    "a number for a name": lambda data: data["pipelines"][0].update(name=5),
    "nothing for a name": lambda data: data["pipelines"][0].update(name=None),
    "one for several": lambda data: data.update(templates=data["templates"][0]),
    "money as a number": lambda data: _template(data, "invoice_template")["lines"][0].update(
        rate={"amount": 450, "currency": "USD"}
    ),
    "money that is no number": lambda data: _template(data, "invoice_template")["lines"][0].update(
        rate={"amount": "a lot", "currency": "USD"}
    ),
    "money without a currency": lambda data: _template(data, "invoice_template")["lines"][0].update(
        rate={"amount": "450.00"}
    ),
    "a date that is none": lambda data: _template(data, "task_template").update(due="next Friday"),
    "a duration that is none": lambda data: data["pipelines"][0]["stages"][0]["automations"][
        2
    ].update(reminders={"every": "3 days"}),
    "a choice that is none": lambda data: _template(data, "task_template").update(priority="huge"),
    "a pair of three": lambda data: _template(data, "organizer_template")["questions"][0].update(
        choices=[["Yes", None, None]]
    ),
    "a list for a package": lambda data: data.update(pipelines=[[]]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_the_reader_refuses_the_schema_refuses(mistake: str) -> None:
    """Where it is a matter of form; what refers to nothing, only the reader can see."""
    data = json.loads(TEXT)
    assert _faults(data) == []

    MISTAKES[mistake](data)

    assert _faults(data)
    with pytest.raises(DefinitionError):
        Bundle.from_json(json.dumps(data))


def test_editors_have_words_to_show() -> None:
    """Of each class, and of fields whose docstring says something; no number of a rule is in it."""
    told = SCHEMA["$defs"]

    assert [name for name, shape in told.items() if not shape.get("description")] == []
    assert told["Stage"]["properties"]["automove"]["description"]
    assert told["SendEmail"]["properties"]["when"]["description"].startswith("The condition")
    assert "R-" not in kept()
    assert "domain.md" not in kept()


def test_what_has_no_shape_is_refused() -> None:
    """A new kind of field is to be thought about, here as in the reader."""

    @attrs.frozen
    class Strange:
        when: complex

    Strange.__annotations__["when"] = complex
    with pytest.raises(TypeError, match="no shape is known"):
        Shapes().fields(Strange)
