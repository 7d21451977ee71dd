"""Answers of organizers: which are taken, and the tags and fields that they change."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    CreateOrganizer,
    DefinitionError,
    FactRecorded,
    ItemKind,
    ItemState,
    NotAllowedError,
    NotFoundError,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSubmitted,
    OrganizerTemplate,
    Question,
    Stage,
    TagChange,
    TagsChanged,
    Warned,
    rules,
    tagged,
)
from pipeflow.model.items import Questionnaire
from tests.rules.states import (
    BUSINESS,
    DONE,
    INCOMES,
    MIA,
    NOON,
    ORGANIZER,
    account_of,
    after,
    begun,
    book_of,
    events,
    item_of,
    recorded,
    state_of,
    told,
)


def asked(*tags: str) -> rules.State:
    """Start a job that waits for its organizer, before a stage for businesses."""
    return begun(
        Stage("Intake", [CreateOrganizer(ORGANIZER)], automove=True),
        Stage("Business", when=tagged("business")),
        DONE,
        account=account_of(tags=tags),
    )


ANSWERS: list[tuple[dict[str, Any], set[str]]] = [
    ({BUSINESS: "Yes"}, {"old", "business"}),
    ({BUSINESS: "No"}, {"old"}),
    ({BUSINESS: True}, {"old", "business"}),
    ({BUSINESS: False}, {"old"}),
    ({INCOMES: ["Wages", "Rent", "Farm"]}, {"old", "rent", "farm"}),
    ({INCOMES: "Rent"}, {"old", "rent"}),
    ({INCOMES: []}, {"old"}),
    ({}, {"old"}),
]


@pytest.mark.parametrize(("answers", "left"), ANSWERS)
def test_each_chosen_answer_changes_the_tags_as_its_question_says(
    answers: dict[str, Any], left: set[str]
) -> None:
    """In the order of the questions; what changes nothing leaves no line (domain.md 3.4)."""
    state = asked("old")

    decision = told(state, "Organizer", OrganizerSubmitted(answers))

    assert after(state, decision).account.tags == left
    assert [event.cause for event in events(decision, TagsChanged)] == (
        ["answers of 'Organizer'"] if left != {"old"} else []
    )


@pytest.mark.parametrize(("answer", "stage"), [("Yes", "business"), ("No", "done")])
def test_tags_change_before_the_next_stage_is_chosen(answer: str, stage: str) -> None:
    """So that an answer decides where the job goes (domain.md 3.4)."""
    assert recorded(asked(), "Organizer", OrganizerSubmitted({BUSINESS: answer})).job.stage == stage


def test_an_answer_whose_question_has_a_field_is_kept_in_the_account() -> None:
    """The others are kept in the organizer alone."""
    given_answers = {
        "How many children?": Decimal(2),
        "Born?": date(1815, 12, 10),
        "Married?": True,
        "Anything else?": "No",
    }

    state = recorded(asked(), "Organizer", OrganizerSubmitted(given_answers))

    fields = {"children": 2, "born": date(1815, 12, 10), "married": True}
    assert state.account.fields == fields
    progress = state.job.item("Organizer").progress
    assert isinstance(progress, Questionnaire)
    assert progress.answers == given_answers


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"Did you own a busines?": "Yes"}, NotFoundError, "Did you mean 'Did you own a business"),
    ({BUSINESS: "Maybe"}, DefinitionError, "no choice 'Maybe'.*Allowed: Yes, No"),
    ({BUSINESS: ["Yes", "No"]}, DefinitionError, "takes one answer"),
    ({INCOMES: ["Wages", "Ren"]}, DefinitionError, "no choice 'Ren'. Did you mean 'Rent'"),
    ({"How many children?": "two"}, DefinitionError, "is answered by an int or a Decimal"),
    ({"How many children?": True}, DefinitionError, "is answered by an int or a Decimal"),
    ({"Born?": "1815"}, DefinitionError, "is answered by a date"),
    ({"Married?": "perhaps"}, DefinitionError, "is answered by yes or no"),
    ({"Nope?": "x", BUSINESS: "Maybe"}, DefinitionError, "2 problems"),
]


@pytest.mark.parametrize(("answers", "kind", "said"), REFUSED)
@pytest.mark.parametrize("fact", [OrganizerSubmitted, OrganizerSaved])
def test_answers_that_do_not_fit_are_refused_whole(
    answers: dict[str, Any], kind: type[Exception], said: str, fact: Any
) -> None:
    """Every wrong answer is named."""
    with pytest.raises(kind, match=said):
        told(asked(), "Organizer", fact(answers))


def test_a_draft_that_was_saved_is_what_is_submitted() -> None:
    """Unless other answers come with the submission (domain.md 2.3)."""
    saved = recorded(asked(), "Organizer", OrganizerSaved({BUSINESS: "Yes"}))

    plain = recorded(saved, "Organizer", OrganizerSubmitted())
    other = recorded(saved, "Organizer", OrganizerSubmitted({BUSINESS: "No"}))

    assert saved.account.tags == frozenset()
    assert plain.account.tags == {"business"}
    assert other.account.tags == frozenset()


def test_a_saved_draft_is_noted_once() -> None:
    """And after the submission not at all."""
    draft = OrganizerSaved({BUSINESS: "Yes"})
    saved = recorded(asked(), "Organizer", draft)

    submitted = recorded(saved, "Organizer", OrganizerSubmitted())

    assert [e.note for e in events(told(asked(), "Organizer", draft), FactRecorded)] == [
        "saved as a draft"
    ]
    assert told(saved, "Organizer", draft).changed is False
    assert told(submitted, "Organizer", OrganizerSaved({BUSINESS: "No"})).changed is False


def test_a_submitted_organizer_takes_other_answers_only_when_it_was_returned() -> None:
    """The same ones again, or none, are a repeat."""
    state = recorded(asked(), "Organizer", OrganizerSubmitted({BUSINESS: "Yes"}))

    assert told(state, "Organizer", OrganizerSubmitted({BUSINESS: "Yes"})).changed is False
    assert told(state, "Organizer", OrganizerSubmitted()).changed is False
    with pytest.raises(NotAllowedError, match="was submitted before, with other answers"):
        told(state, "Organizer", OrganizerSubmitted({BUSINESS: "No"}))
    again = recorded(state, "Organizer", OrganizerReturned(), OrganizerSubmitted({BUSINESS: "No"}))
    assert again.account.tags == frozenset()


def test_of_an_account_it_is_known_which_answers_gave_its_tags() -> None:
    """As long as it has them, and for as long as an answer gives them (R-40)."""
    both = recorded(asked("old"), "Organizer", OrganizerSubmitted({INCOMES: ["Rent", "Farm"]}))
    one = recorded(both, "Organizer", OrganizerReturned(), OrganizerSubmitted({INCOMES: "Rent"}))

    assert both.account.answered == {"farm": ("job-1/1",), "rent": ("job-1/1",)}
    assert one.account.answered == {"rent": ("job-1/1",)}
    assert one.account.tags == {"old", "rent"}


def test_an_answer_whose_tag_another_one_takes_away_gave_none() -> None:
    """The later question has the last word."""
    sheet = OrganizerTemplate("Sheet", questions=[
        Question("First?", choices={"Yes": TagChange(add={"x"})}),
        Question("Second?", choices={"Yes": TagChange(remove={"x"})}),
    ])  # fmt: skip
    stages = (Stage("Intake", [CreateOrganizer(sheet)], automove=True), DONE)
    state = begun(book=book_of(*stages, templates=[sheet]))

    done = recorded(state, "Sheet", OrganizerSubmitted({"First?": "Yes", "Second?": "Yes"}))

    assert done.account.tags == frozenset()
    assert done.account.answered == {}


def test_history_says_when_answers_replace_earlier_ones() -> None:
    """Only where a tag of theirs goes (R-40)."""
    rent = recorded(asked(), "Organizer", OrganizerSubmitted({INCOMES: "Rent"}))
    back = recorded(rent, "Organizer", OrganizerReturned())

    more = told(back, "Organizer", OrganizerSubmitted({INCOMES: ["Rent", "Farm"]}))
    other = told(back, "Organizer", OrganizerSubmitted({INCOMES: "Farm"}))

    assert [one.cause for one in events(more, TagsChanged)] == ["answers of 'Organizer'"]
    assert [one.cause for one in events(other, TagsChanged)] == [
        "answers of 'Organizer', in place of earlier ones"
    ]


@pytest.mark.parametrize("status", ["Completed", "Archived"])
def test_answers_on_a_job_that_is_over_change_no_tags(status: str) -> None:
    """A warning says what did not happen (A-22)."""
    state = asked()
    state = after(state, rules.set_status(state, status, NOON, MIA))

    decision = told(state, "Organizer", OrganizerSubmitted({BUSINESS: "Yes"}))

    assert decision.account is None
    assert decision.job.item("Organizer").state is ItemState.COMPLETED
    assert [event.text for event in events(decision, Warned)] == [
        f"'Organizer': the job is {status.lower()}, its answers changed no tags"
    ]


def test_an_organizer_of_which_nothing_is_known_is_done_without_answers() -> None:
    """As one linked by an older version; it asks no question that could be answered."""
    bare = state_of(Stage("Intake"), items=[item_of("Sheet", ItemKind.ORGANIZER, progress=None)])

    assert recorded(bare, "Sheet", OrganizerSubmitted()).job.item("Sheet").state == "completed"
    with pytest.raises(NotFoundError, match="no question"):
        told(bare, "Sheet", OrganizerSubmitted({"Name?": "Ada"}))


@given(st.lists(st.sampled_from(["Wages", "Rent", "Farm"]), unique=True))
def test_several_choices_come_to_the_same_in_any_order(chosen: list[str]) -> None:
    """They are a set, whatever form sent them."""
    one = recorded(asked(), "Organizer", OrganizerSubmitted({INCOMES: chosen}))
    other = recorded(asked(), "Organizer", OrganizerSubmitted({INCOMES: chosen[::-1]}))

    assert one.account.tags == other.account.tags == {c.lower() for c in chosen} - {"wages"}
