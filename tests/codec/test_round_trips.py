"""Every value that a store can hold comes back from its text as it was."""

import importlib
import pkgutil
from datetime import datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipeflow.model
import pipeflow.ports
from pipeflow.codec import dump, from_data, load, to_data
from pipeflow.codec.kinds import FAMILIES, KINDS, PLAIN
from pipeflow.model.accounts import TagChange
from pipeflow.model.automations import SendEmail
from pipeflow.model.conditions import AllOf, Condition, Tagged
from pipeflow.model.events import Chapter, Event, Warned
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.settings import Firm, Settings
from pipeflow.model.stages import Stage
from pipeflow.model.templates import OrganizerTemplate, Question
from tests.strategies import values_of

PATIENCE = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
CLASSES = [*KINDS, *PLAIN]
# Views, and what is handed over a call and kept nowhere.
NEVER_KEPT = {
    "AsyncPorts",
    "AutomationOverview",
    "Changes",
    "Intent",
    "Overview",
    "Page",
    "Ports",
    "Query",
    "Span",
    "StageOverview",
    "TaxShare",
    "TriggerOverview",
    "Work",
}


def _name(cls: type) -> str:
    return cls.__name__


@pytest.mark.parametrize("cls", CLASSES, ids=_name)
@given(data=st.data())
@settings(max_examples=30, suppress_health_check=PATIENCE)
def test_a_value_comes_back_from_its_text(cls: type, data: st.DataObject) -> None:
    """What `load` gives equals what was dumped, and is the same text again (A10)."""
    value = data.draw(values_of(cls))

    text = dump(value)

    assert load(text) == value
    assert load(text, cls) == value
    assert dump(load(text)) == text


@pytest.mark.parametrize("cls", CLASSES, ids=_name)
@given(data=st.data())
@settings(max_examples=30, suppress_health_check=PATIENCE)
def test_a_value_comes_back_from_its_portable_form(cls: type, data: st.DataObject) -> None:
    """What is left out of a package is what equals its default."""
    value = data.draw(values_of(cls))

    portable = to_data(value, portable=True)

    assert from_data(portable, cls, portable=True) == value
    assert from_data(portable, cls) == value


@pytest.mark.parametrize("base", FAMILIES, ids=_name)
@given(data=st.data())
@settings(max_examples=20, suppress_health_check=PATIENCE)
def test_a_kind_is_read_where_its_base_is_asked_for(base: type, data: st.DataObject) -> None:
    """The tag tells the kinds of a family apart, also those with the same fields."""
    value = data.draw(values_of(base))

    assert type(load(dump(value), base)) is type(value)


@pytest.mark.parametrize("cls", FAMILIES[Event], ids=_name)
@given(data=st.data())
@settings(max_examples=20, suppress_health_check=PATIENCE)
def test_an_event_of_any_kind_comes_back_with_its_chapter(
    cls: type[Event], data: st.DataObject
) -> None:
    """A chapter is stored with its events, each of which says only what the chapter does not."""
    event, other = data.draw(values_of(cls)), data.draw(values_of(Event))
    chapter = Chapter(event.at, event.job, event.actor, (event.line(), other.line()))

    text = dump(chapter)
    back = load(text, Chapter)

    assert back == chapter
    assert dump(back) == text
    assert next(back.events()) == event
    assert not any(one.keys() & {"at", "job", "actor"} for one in to_data(chapter)["events"])


def _classes_of_values() -> set[type]:
    """Find the public attrs classes of the model and the ports."""
    names = (
        module.name
        for room in (pipeflow.model, pipeflow.ports)
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
    )
    things = [thing for name in names for thing in vars(importlib.import_module(name)).values()]
    return {
        thing
        for thing in things
        if isinstance(thing, type)
        and attrs.has(thing)
        and thing.__module__.startswith(("pipeflow.model", "pipeflow.ports"))
        and not thing.__name__.startswith("_")
    }


def test_every_value_has_a_name_in_json() -> None:
    """A new class of the model or the ports that nobody named could not be stored."""
    bases = {*FAMILIES, *(base for cls in CLASSES for base in cls.__mro__[1:])}
    nameless = {cls.__name__ for cls in _classes_of_values() - {*CLASSES} - bases}

    assert nameless == NEVER_KEPT


def test_no_name_stands_for_two_kinds() -> None:
    """A text says by its tag alone what it is."""
    tags = [*KINDS.values(), *PLAIN.values()]

    assert len(tags) == len(set(tags))


def test_the_stored_text_is_canonical() -> None:
    """Keys and sets are sorted and nothing is left out, so that equal moments are equal bytes."""
    automation = SendEmail("welcome", id="a", when=Tagged(["vip"]))

    expected = (
        '{"holds":true,"id":"a","repeat":"always","template":"welcome","type":"send_email",'
        '"when":{"names":["vip"],"type":"tagged"}}'
    )
    assert dump(automation) == expected


def test_choices_keep_their_order() -> None:
    """Clients see the answers in the order of the template, though JSON objects are sorted."""
    asked = Question("Owned a business?", choices={"Yes": TagChange(add={"c"}), "No": None})
    organizer = OrganizerTemplate("1040", [asked])

    back = load(dump(organizer), OrganizerTemplate)

    assert list(back.questions[0].choices) == ["Yes", "No"]


def test_a_revision_is_stored_and_never_travels() -> None:
    """Revisions count the saves of one firm, so a package holds none."""
    pipeline = Pipeline("Tax", [Stage("A")], revision=7)

    assert load(dump(pipeline), Pipeline).revision == 7
    assert "revision" not in to_data(pipeline, portable=True)


def test_fields_with_a_default_may_be_left_out() -> None:
    """What older versions wrote, without a field of today, is read."""
    assert from_data({"settings": {"attempts": 3}}, Firm) == Firm(Settings(attempts=3))


def test_the_deepest_condition_fits_into_the_limit() -> None:
    """What the model allows to be made can be stored and travel (A10)."""
    condition: Condition = Tagged(["x"])
    while True:
        try:
            condition = AllOf([condition])
        except ValueError:
            break
    stage = Stage("A", [SendEmail("welcome", when=condition)])
    pipeline = Pipeline("Tax", [stage, Stage("B")])

    assert load(dump(pipeline), Pipeline) == pipeline


@pytest.mark.parametrize("value", [None, "job-1", 3, True, ("a", ("b", 2)), ()])
def test_what_a_command_answers_comes_back(value: Any) -> None:
    """Answers of commands are kept beside values, to be given again to a repeat."""
    assert load(dump(value)) == value


def test_an_instant_is_written_in_utc() -> None:
    """Two hosts in two zones write the same bytes for the same instant."""
    tokyo = timezone(timedelta(hours=9))
    event = Warned(datetime(2027, 1, 5, 18, tzinfo=tokyo), "job-1", "system", "nobody is here")

    assert '"at":"2027-01-05T09:00:00Z"' in dump(event)
    assert load(dump(event)) == event
