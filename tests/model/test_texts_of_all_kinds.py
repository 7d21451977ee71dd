"""Texts that are more than text, or too much of it: members of enumerations, heaps of accents."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from pipeflow import (
    Account,
    BankPayments,
    CreateTask,
    DefinitionError,
    Engine,
    Member,
    Pipeline,
    Settings,
    Stage,
    TaskTemplate,
)
from pipeflow.model.facts import OrganizerSubmitted
from pipeflow.model.text import LONGEST_TEXT, MOST_MARKS, composed, is_overloaded, slug
from pipeflow.testing import World


class Words(str, enum.Enum):  # noqa: UP042  (what is written of a StrEnum is its value anyway)
    """A host's own words, of which Python writes the names."""

    NORTH = "north"
    MIA = "mia"
    INTAKE = "Intake"
    ADA = "ada"
    VIP = "vip"
    REF = "t-1"


def test_a_member_of_an_enumeration_is_its_value_wherever_a_text_is_taken() -> None:
    """In names, tags, ids, keys and history: of what was given nothing but the text is kept."""
    world = World()
    engine = world.engine
    task = TaskTemplate("Call")
    engine.save(
        Pipeline("Tax", [Stage(Words.INTAKE, automations=[CreateTask(task)]), Stage("B")]),
        task,
        Member("Mia"),
        Account("Ada", id=Words.ADA, tags=[Words.VIP], fields={Words.VIP: Words.VIP}),
    )
    job = engine.start("tax", Words.ADA, actor=Words.MIA)
    job = engine.link(job, Words.REF, "task", Words.NORTH)
    job = engine.edit(job, comments=Words.VIP, actor=Words.MIA)

    texts = str((*world.store.export("default"), engine.explain(job), engine.history(job)))
    assert "Words." not in texts
    assert type(engine.pipeline("tax").stages[0].name) is str
    assert {type(tag) for tag in engine.account("ada").tags} == {str}
    assert type(engine.history(job)[0].actor) is str
    assert type(job.account) is type(job.comments) is str


def test_a_firm_is_the_same_under_a_text_and_under_a_member_of_an_enumeration() -> None:
    """Its requests have the same keys."""
    engine = Engine(tenant=Words.NORTH, deliver=False)
    task = TaskTemplate("Call")
    pipeline = Pipeline("Tax", [Stage("A", automations=[CreateTask(task)]), Stage("B")])
    engine.save(pipeline, task, Account("Ada", id="ada"))
    engine.start("tax", "ada")

    (request,) = engine.pending()
    assert request.key.startswith("north/")


HEAP = "a" + "\u0315\u0301" * 50_000  # which would take minutes to be put in order


def test_more_marks_than_any_language_knows_are_refused_at_once() -> None:
    """Whoever sends them must not hold anybody up: to compose them would take minutes."""
    with pytest.raises(DefinitionError, match=f"more than {MOST_MARKS} marks behind one letter"):
        OrganizerSubmitted({"Why?": HEAP})
    with pytest.raises(DefinitionError, match="longer than"):
        Stage("a" + "\u0315\u0301" * LONGEST_TEXT)
    assert composed(HEAP) == HEAP
    assert slug(HEAP)


@pytest.mark.parametrize(
    "text", ["é" * 500, "e\u0301" * 500, "e" + "\u0301" * MOST_MARKS, "-" * 300 + "é"]
)
def test_what_people_write_is_composed(text: str) -> None:
    """However much of it there is."""
    assert not is_overloaded(text)
    assert composed(text) == unicodedata.normalize("NFC", text)


def test_marks_are_counted_behind_each_letter() -> None:
    """One more than is allowed, wherever it stands."""
    assert is_overloaded("é" * 300 + "\u0301" * (MOST_MARKS + 1) + "é")


@pytest.mark.parametrize("answered", [[1], {"vip": 5}, {"vip": [5]}, {5: ["a"]}, "vip"])
def test_what_the_engine_keeps_of_answers_is_checked_too(answered: Any) -> None:
    """An account is refused before any store takes it."""
    with pytest.raises(DefinitionError, match=r"\$\.answered"):
        Account("Ada", answered=answered)


def test_tags_of_answers_may_be_given_as_a_mapping_of_lists() -> None:
    """As the engine keeps them."""
    assert Account("Ada", answered={"vip": ["job-1/1"]}).answered == {"vip": ("job-1/1",)}


def test_a_pipeline_commands_no_terminal() -> None:
    """Neither by colours nor by the order of letters."""
    told = repr(Pipeline("P", [Stage("A\x1b[31m\u202eB"), Stage("Z")]))

    assert told.isprintable()


def deep() -> Any:
    """Return a list in a list in a list."""
    given: Any = []
    for _ in range(5000):
        given = [given]
    return given


def test_what_is_no_choice_is_refused_however_odd_it_is() -> None:
    """In values and in calls."""
    world = World()
    engine = world.engine
    engine.save(Pipeline("P", [Stage("A"), Stage("B")]))
    job = engine.start("p", world.account())
    calls: list[Callable[[], object]] = [
        lambda: CreateTask("t", repeat=deep()),
        lambda: Settings(bank_payments=deep()),
        lambda: engine.move(job, "B", open=deep()),
        lambda: engine.edit(job, priority=deep()),
        lambda: engine.link(job, "r", kind=deep()),
        lambda: engine.work(side=10**5000),  # type: ignore[arg-type]
        lambda: engine.work(kind=10**5000),  # type: ignore[arg-type]
    ]
    for call in calls:
        with pytest.raises(DefinitionError):
            call()
    assert Settings(bank_payments="submitted").bank_payments is BankPayments.SUBMITTED
