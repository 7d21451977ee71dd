"""Answers of organizers: which are taken, and what they change (domain.md 3.4)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeflow import (
    CreateOrganizer,
    DefinitionError,
    Job,
    NotAllowedError,
    NotFoundError,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSubmitted,
    OrganizerTemplate,
    Question,
    QuestionKind,
    Section,
    Stage,
    TagChange,
    TagsChanged,
    Warned,
    tagged,
)
from pipeflow.testing import World
from tests.firms import BUSINESS, DONE, ORGANIZER, begun, dump, events, now, tags


def asked(tags: set[str] | frozenset[str] = frozenset()) -> tuple[World, Job]:
    """Start a job that waits for its organizer."""
    return begun(
        Stage("Intake", [CreateOrganizer(ORGANIZER)], automove=True),
        Stage("Business", when=tagged("business")),
        DONE,
        tags=tags,
    )


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ({BUSINESS: "Yes"}, {"old", "business"}),
        ({BUSINESS: "No"}, {"old"}),
        ({BUSINESS: True}, {"old", "business"}),
        ({BUSINESS: False}, {"old"}),
        ({"Which incomes?": ["Wages", "Rent", "Farm"]}, {"old", "rent", "farm"}),
        ({"Which incomes?": "Rent"}, {"old", "rent"}),
        ({"Which incomes?": {"Farm", "Rent"}}, {"old", "rent", "farm"}),
        ({"Which incomes?": []}, {"old"}),
        ({}, {"old"}),
    ],
)
def test_answers_change_tags(answers: dict[str, Any], left: set[str]) -> None:
    """Each chosen answer changes the tags as its question says."""
    world, job = asked({"old"})

    world.client.submits(job, "Organizer", answers)

    assert tags(world, job) == left


def test_answers_are_kept_in_the_fields_they_are_mapped_to() -> None:
    """A question with a field writes the account's custom field; the others do not."""
    world, job = asked()

    world.client.submits(
        job,
        "Organizer",
        {
            "How many children?": 2,
            "Born?": date(1815, 12, 10),
            "Married?": True,
            "Anything else?": "No",
        },
    )

    fields = world.engine.account(job.account).fields
    assert fields == {"children": 2, "born": date(1815, 12, 10), "married": True}


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"Did you own a busines?": "Yes"}, NotFoundError, "Did you mean 'Did you own a business"),
    ({BUSINESS: "Maybe"}, DefinitionError, "no choice 'Maybe'.*Allowed: Yes, No"),
    ({BUSINESS: ["Yes", "No"]}, DefinitionError, "takes one answer"),
    ({"Which incomes?": ["Wages", "Ren"]}, DefinitionError, "no choice 'Ren'. Did you mean 'Rent'"),
    ({"How many children?": "two"}, DefinitionError, "is answered by an int or a Decimal"),
    ({"How many children?": True}, DefinitionError, "is answered by an int or a Decimal"),
    ({"Born?": "1815"}, DefinitionError, "is answered by a date"),
    ({"Married?": "perhaps"}, DefinitionError, "is answered by yes or no"),
    ({"Nope?": "x", BUSINESS: "Maybe"}, DefinitionError, "2 problems"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "kind", "said"), REFUSED)
def test_answers_that_do_not_fit_are_refused_whole(
    answers: dict[str, Any], kind: type[Exception], said: str
) -> None:
    """Every wrong answer is named, and none of them is kept."""
    world, job = asked()
    before = dump(world)

    for fact in (OrganizerSubmitted(answers), OrganizerSaved(answers)):
        with pytest.raises(kind, match=said):
            world.engine.record(job.item("Organizer"), fact)

    assert dump(world) == before


@pytest.mark.parametrize("number", [2, Decimal("2.5")])
def test_numbers_are_exact(number: Decimal | int) -> None:
    """An int or a Decimal."""
    world, job = asked()

    world.client.submits(job, "Organizer", {"How many children?": number})

    assert world.engine.account(job.account).fields == {"children": number}


def test_a_draft_changes_no_tags() -> None:
    """Only a submission counts; the latest draft is kept."""
    world, job = asked()
    item = job.item("Organizer")

    world.engine.record(item, OrganizerSaved({BUSINESS: "Yes"}))
    saved = world.engine.record(item, OrganizerSaved({BUSINESS: "No"}))

    assert tags(world, job) == set()
    assert saved.items[0].progress is not None
    assert saved.items[0].progress.answers == {BUSINESS: "No"}  # type: ignore[union-attr]


def test_a_second_submission_with_other_answers_is_refused() -> None:
    """It must be given back first; the same answers again change nothing."""
    world, job = asked()
    world.client.submits(job, "Organizer", {BUSINESS: "No"})
    item = now(world, job).item("Organizer")

    with pytest.raises(NotAllowedError, match=r"record OrganizerReturned\(\) first"):
        world.engine.record(item, OrganizerSubmitted({BUSINESS: "Yes"}))
    again = world.engine.record(item, OrganizerSubmitted({BUSINESS: "No"}))
    world.engine.record(item, OrganizerReturned())
    other = world.client.submits(job, "Organizer", {BUSINESS: "Yes"})

    assert again.stage == "done"
    assert tags(world, job) == {"business"}
    assert other.stage == "done"


@pytest.mark.parametrize("status", ["Completed", "Archived"])
def test_answers_on_a_job_that_is_over_change_no_tags(status: str) -> None:
    """The submission is kept, and a warning says what did not follow from it (A-22)."""
    world, job = asked()
    world.engine.set_status(job, status)

    world.client.submits(job, "Organizer", {BUSINESS: "Yes"})

    assert tags(world, job) == set()
    assert "its answers changed no tags" in events(world, job, Warned)[0].text


def test_tags_change_in_the_order_of_the_questions() -> None:
    """A later question may take away what an earlier one gave, however the answers are ordered."""
    both = OrganizerTemplate(
        "Both",
        questions=[Question("First", choices={"a": TagChange(add={"x"})})],
        sections=[Section("Rest", [Question("Second", choices={"b": TagChange(remove={"x"})})])],
    )
    world, job = begun(Stage("Intake", [CreateOrganizer(both)]), DONE, more=[both])

    world.client.submits(job, "Both", {"Second": "b", "First": "a"})

    assert tags(world, job) == set()
    assert events(world, job, TagsChanged) == []


def test_the_tags_of_a_submission_say_where_they_come_from() -> None:
    """The history names the organizer."""
    world, job = asked()

    world.client.submits(job, "Organizer", {BUSINESS: "Yes"})

    assert events(world, job, TagsChanged)[0].cause == "answers of 'Organizer'"


def test_a_yes_no_question_with_choices_takes_booleans() -> None:
    """True is the choice "Yes"."""
    sheet = OrganizerTemplate(
        "S",
        questions=[
            Question(
                "Q", kind=QuestionKind.YES_NO, choices={"Yes": TagChange(add={"y"}), "No": None}
            )
        ],
    )
    world, job = begun(Stage("Intake", [CreateOrganizer(sheet)]), DONE, more=[sheet])

    world.client.submits(job, "S", {"Q": True})

    assert tags(world, job) == {"y"}
