"""A form sends texts and a program values: what means the same is one and the same answer."""

from typing import Any

import pytest

from pipeflow import (
    Account,
    CreateOrganizer,
    Engine,
    Item,
    NotAllowedError,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSubmitted,
    OrganizerTemplate,
    Pipeline,
    Question,
    Questionnaire,
    Stage,
    answer_is,
    field_in,
    field_is,
)
from pipeflow.model.record import replaced
from pipeflow.model.values import FrozenMap
from pipeflow.testing import World
from tests.rules.states import DONE, begun, book_of, recorded, told

QUESTIONS = [
    Question("Own home?", kind="yes_no", field="home"),
    Question("Firms?", kind="choices", choices=["a", "b"], field="firms"),
    Question("Moved?", choices={"Yes": None, "No": None}, field="moved"),
]
ASK = OrganizerTemplate("Ask", questions=QUESTIONS)
FORMS: list[tuple[str, Any, Any]] = [
    ("Own home?", True, "Yes"),
    ("Own home?", False, "No"),
    ("Firms?", ["a"], "a"),
    ("Moved?", True, "Yes"),
]


@pytest.fixture
def engine() -> Engine:
    """A firm that asks."""
    engine = World().engine
    engine.save(ASK, Pipeline("Tax", [Stage("Ask", [CreateOrganizer(ASK)]), Stage("Done")]))
    return engine


def asked(engine: Engine) -> Item:
    """Ask a client."""
    return engine.start("tax", engine.save(Account("Ada"))).item("Ask")


def kept(engine: Engine, item: Item) -> tuple[Any, Any]:
    """Return the answers, and the fields of the account."""
    job = engine.job(item.job)
    progress = job.item("Ask").progress
    assert isinstance(progress, Questionnaire)
    return progress.answers, engine.account(job.account).fields


@pytest.mark.parametrize(("question", "value", "text"), FORMS)
def test_both_forms_are_kept_alike(engine: Engine, question: str, value: Any, text: str) -> None:
    """In the organizer and in the account's field, so that one condition holds for both."""
    first, second = asked(engine), asked(engine)

    engine.record(first, OrganizerSubmitted({question: value}))
    engine.record(second, OrganizerSubmitted({question: text}))

    assert kept(engine, first) == kept(engine, second)
    assert repr(kept(engine, first)) == repr(kept(engine, second))


@pytest.mark.parametrize(("question", "value", "text"), FORMS)
def test_the_same_answer_in_the_other_form_is_a_repeat(
    engine: Engine, question: str, value: Any, text: str
) -> None:
    """A webhook that comes from elsewhere once more changes nothing, and another answer does."""
    item = asked(engine)
    job = engine.record(item, OrganizerSubmitted({question: value}))
    told = len(engine.history(job))

    engine.record(item, OrganizerSubmitted({question: text}))

    assert len(engine.history(job)) == told
    other = {"Own home?": not value, "Firms?": "b", "Moved?": False}[question]
    with pytest.raises(NotAllowedError, match="with other answers"):
        engine.record(item, OrganizerSubmitted({question: other}))


def test_a_draft_is_the_same_in_both_forms_too(engine: Engine) -> None:
    """It is noted once."""
    item = asked(engine)
    engine.record(item, OrganizerSaved({"Own home?": "Yes", "Firms?": "a"}))
    job = engine.job(item.job)
    told = len(engine.history(job))

    engine.record(item, OrganizerSaved({"Own home?": True, "Firms?": ["a"]}))

    assert len(engine.history(job)) == told


@pytest.mark.parametrize(("question", "value", "text"), FORMS)
def test_what_an_older_version_kept_is_known_again(question: str, value: Any, text: str) -> None:
    """It kept either form as it came."""
    book = book_of(Stage("Ask", [CreateOrganizer(ASK)]), DONE, templates=[ASK])
    for old, new in ((value, text), (text, value)):
        state = recorded(begun(book=book), "Ask", OrganizerSubmitted())
        (item,) = state.job.items
        given = FrozenMap({question: tuple(old) if isinstance(old, list) else old})
        sheet = replaced(item.progress, answers=given)
        job = replaced(state.job, items=(replaced(item, progress=sheet),))
        state = replaced(state, job=job)

        assert not told(state, "Ask", OrganizerSubmitted({question: new})).changed
        back = recorded(state, "Ask", OrganizerReturned())
        again = recorded(back, "Ask", OrganizerSubmitted({question: new}))
        fresh = recorded(begun(book=book), "Ask", OrganizerSubmitted({question: new}))
        assert again.account.fields == fresh.account.fields


@pytest.mark.parametrize(
    ("held", "meant"),
    [(True, "Yes"), ("Yes", True), (False, "No"), ("No", False), ("a", ["a"]), (["a"], "a")],
)
def test_conditions_take_either_form(held: Any, meant: Any) -> None:
    """Whatever a field holds, by an older version or by the host."""
    account = Account("Ada", fields={"home": held})

    assert field_is("home", meant).holds(account)
    assert field_in("home", "other", meant if isinstance(meant, str | bool) else "a").holds(account)
    assert not field_is("home", "b").holds(account)


def test_yes_is_no_number() -> None:
    """Python says that True is 1."""
    assert not field_is("home", 1).holds(Account("Ada", fields={"home": True}))
    assert not field_in("home", 1).holds(Account("Ada", fields={"home": True}))
    assert repr(answer_is("Own home?", True)) == "answer_is('Own home?', True)"
