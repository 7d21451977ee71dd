"""Answers of organizers: which are taken, and what they change (domain.md 3.4)."""

from datetime import date
from decimal import Decimal
from typing import Any

import attrs
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
    Package,
    ProposalSigned,
    ProposalTemplate,
    Question,
    QuestionKind,
    Section,
    SendProposal,
    Stage,
    TagChange,
    TagsChanged,
    UpdateAccountTags,
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


# -- what is required (R-40) -----------------------------------------------------------------------


REQUIRED = OrganizerTemplate(
    "Needs",
    questions=[
        Question("Born?", kind=QuestionKind.DATE, required=True),
        Question("Who?", required=True),
        Question("Which?", choices=["A", "B"], kind=QuestionKind.CHOICES, required=True),
        Question("Anything else?"),
    ],
)
WHOLE = {"Born?": date(1815, 12, 10), "Who?": "Ada", "Which?": ["A"]}


def needing() -> tuple[World, Job]:
    """Start a job that waits for an organizer whose questions are required."""
    intake = Stage("Intake", [CreateOrganizer(REQUIRED)], automove=True)
    return begun(intake, DONE, more=[REQUIRED])


def test_an_organizer_that_lacks_a_required_answer_is_refused() -> None:
    """Each question is named, and nothing is kept; an empty answer is none."""
    world, job = needing()
    before = dump(world)

    with pytest.raises(DefinitionError) as refused:
        world.engine.record(job.items[0], OrganizerSubmitted({"Who?": "", "Which?": []}))

    named = [problem.what for problem in refused.value.problems]
    assert named == [f"{one!r} is required and not answered" for one in WHOLE]
    assert "incomplete=True" in str(refused.value)
    assert dump(world) == before
    assert world.engine.record(job.items[0], OrganizerSubmitted(WHOLE)).stage == "done"


def test_the_draft_that_is_submitted_needs_what_is_required_too() -> None:
    """What was saved counts as answered."""
    world, job = needing()
    world.engine.record(job.items[0], OrganizerSaved({"Who?": "Ada"}))
    with pytest.raises(DefinitionError, match="2 problems"):
        world.engine.record(job.items[0], OrganizerSubmitted())
    world.engine.record(job.items[0], OrganizerSaved(WHOLE))

    assert world.engine.record(job.items[0], OrganizerSubmitted()).stage == "done"


@pytest.mark.parametrize("how", ["incomplete", "complete"])
def test_the_firm_may_submit_for_the_client(how: str) -> None:
    """With what there is; the same once more changes nothing."""
    world, job = needing()
    item = job.items[0]
    part = OrganizerSubmitted({"Who?": "Ada"}, incomplete=True)

    done = world.engine.complete(item) if how == "complete" else world.engine.record(item, part)

    assert done.stage == "done"
    assert world.engine.record(item, OrganizerSubmitted()) == done


def test_tags_of_earlier_answers_are_taken_back() -> None:
    """The organizer was returned, and answered otherwise; history says so (R-40)."""
    world, job = asked({"old"})
    item = job.items[0]
    world.engine.record(item, OrganizerSubmitted({BUSINESS: "Yes", "Which incomes?": ["Rent"]}))
    world.engine.record(item, OrganizerReturned())

    world.engine.record(item, OrganizerSubmitted({"Which incomes?": ["Rent", "Farm"]}))

    assert tags(world, job) == {"old", "rent", "farm"}
    change = events(world, job, TagsChanged)[-1]
    assert (change.added, change.removed) == ({"farm"}, {"business"})
    assert "in place of earlier ones" in change.cause


def test_tags_that_were_there_before_are_not_taken_back() -> None:
    """The answer did not set them."""
    world, job = asked({"business"})
    item = job.items[0]
    world.engine.record(item, OrganizerSubmitted({BUSINESS: "Yes"}))
    world.engine.record(item, OrganizerReturned())

    world.engine.record(item, OrganizerSubmitted({"Anything else?": "no"}))

    assert tags(world, job) == {"business"}


TAGGED: dict[str, Any] = {
    "by hand": lambda world, job: world.engine.tag(job.account, add={"business"}),
    "by hand, when it had gone": lambda world, job: [
        world.engine.tag(job.account, remove={"business"}),
        world.engine.tag(job.account, add={"business"}),
    ],
    "by hand, with the account, when it had gone": lambda world, job: [
        world.engine.tag(job.account, clear=True),
        world.engine.save(attrs.evolve(world.engine.account(job.account), tags={"business"})),
    ],
    "by an automation": lambda world, job: world.engine.move(job, "Business"),
    "by a package": lambda world, job: world.engine.record(
        world.engine.move(job, "Letter").item("Offer"), ProposalSigned(package="Gold")
    ),
}


@pytest.mark.parametrize("how", TAGGED)
def test_tags_that_somebody_set_since_are_not_taken_back(how: str) -> None:
    """Also where the tag was there already, so that nothing changed by it (R-40)."""
    add = TagChange(add={"business"})
    offer = ProposalTemplate("Offer", packages=[Package("Gold", tags=add)])
    world, job = begun(
        Stage("Intake", [CreateOrganizer(ORGANIZER)]),
        Stage("Business", [UpdateAccountTags(add={"business"})]),
        Stage("Letter", [SendProposal(offer)]),
        DONE,
        more=[offer],
    )
    item = job.items[0]
    world.engine.record(item, OrganizerSubmitted({BUSINESS: "Yes"}))
    world.engine.record(item, OrganizerReturned())
    TAGGED[how](world, job)

    world.engine.record(item, OrganizerSubmitted({"Anything else?": "no"}))

    assert tags(world, job) == {"business"}


def test_a_tag_that_two_organizers_set_goes_with_the_last_of_them() -> None:
    """Neither takes it from the other."""
    world, job = begun(
        Stage("Intake", [CreateOrganizer(ORGANIZER), CreateOrganizer(ORGANIZER, id="spouse")]), DONE
    )
    yes = {BUSINESS: "Yes", "Which incomes?": ["Farm"]}
    for item in job.items:
        world.engine.record(item, OrganizerSubmitted(yes))
        world.engine.record(item, OrganizerReturned())
    left = []
    for item in job.items:
        world.engine.record(item, OrganizerSubmitted({"Anything else?": "no"}))
        left.append(tags(world, job))

    assert left == [{"business", "farm"}, set()]
    assert world.engine.account(job.account).answered == {}


def test_a_tag_that_a_package_took_away_is_no_answers_any_more() -> None:
    """Whoever gives it again is the only one who does, and takes it along (R-40)."""
    small = Package("Small", tags=TagChange(remove={"business"}))
    offer = ProposalTemplate("Offer", packages=[small])
    both = [CreateOrganizer(ORGANIZER), CreateOrganizer(ORGANIZER, id="spouse")]
    world, job = begun(Stage("Intake", [*both, SendProposal(offer)]), DONE, more=[offer])
    own, spouses, letter = job.items
    yes = OrganizerSubmitted({BUSINESS: "Yes"})
    world.engine.record(own, yes)
    world.engine.record(letter, ProposalSigned(package="Small"))
    assert tags(world, job) == set()

    world.engine.record(spouses, yes)
    world.engine.record(spouses, OrganizerReturned())
    world.engine.record(spouses, OrganizerSubmitted({"Anything else?": "no"}))

    assert tags(world, job) == set()


def test_answers_that_say_the_same_keep_their_tags() -> None:
    """Nothing goes and comes: one change of tags in all."""
    world, job = asked()
    item = job.items[0]
    for _ in range(2):
        world.engine.record(item, OrganizerSubmitted({BUSINESS: "Yes"}))
        world.engine.record(item, OrganizerReturned())

    assert tags(world, job) == {"business"}
    assert len(events(world, job, TagsChanged)) == 1


def test_tags_that_were_cleared_by_hand_are_no_answers_any_more() -> None:
    """Whoever gives one again is the only one who does, and takes it along (R-40)."""
    both = [CreateOrganizer(ORGANIZER), CreateOrganizer(ORGANIZER, id="spouse")]
    world, job = begun(Stage("Intake", both), DONE)
    own, spouses = job.items
    yes = OrganizerSubmitted({BUSINESS: "Yes"})
    world.engine.record(own, yes)
    world.engine.tag(job.account, clear=True)
    assert world.engine.account(job.account).answered == {}

    world.engine.record(spouses, yes)
    world.engine.record(spouses, OrganizerReturned())
    world.engine.record(spouses, OrganizerSubmitted({"Anything else?": "no"}))

    assert tags(world, job) == set()
