"""The package under examples/: an individual's return, whole, with all its texts."""

from collections.abc import Mapping

import pytest

from pipeflow import Bundle, Job, OrganizerTemplate, ProposalTemplate, TagsChanged
from tests.pipelines.walks import HERE, Journey, Walk, follow, unfilled, visit_all, walks

EXAMPLE = HERE.parents[1] / "examples" / "packages" / "individual-tax.json"
BUSINESS = "Did you work for yourself, freelance, drive, deliver or sell online, even a little?"
RENTAL = "Did you rent out a house, an apartment or a room?"
ABROAD = (
    "Did you have a bank, investment or pension account outside the United States, "
    "or could you sign for one?"
)


@pytest.fixture(name="package", scope="module")
def _package() -> Bundle:
    return Bundle.load(EXAMPLE)


def _answered(journey: Journey, answers: Mapping[str, str]) -> Job:
    """Let the client sign, answer and send all documents."""
    client = journey.world.client
    client.signs(journey.job, "1040-engagement-letter")
    client.checks(journey.job, "document-checklist")
    return client.submits(journey.job, "1040-organizer", answers, incomplete=True)


def _names(job: Job) -> set[str]:
    """The names of what the present stage waits for."""
    return {item.name for item in job.open_items}


@pytest.mark.parametrize("walk", walks("individual-tax"), ids=str)
@pytest.mark.parametrize("copies", [1, 2], ids=["first-copy", "second-copy"])
def test_it_walks_as_its_sources_say(package: Bundle, walk: Walk, copies: int) -> None:
    """It says more than the sketch beside the walks, and behaves the same."""
    follow(Journey(package, tags=walk.tags, copies=copies), walk)


def test_its_file_is_what_to_json_writes(package: Bundle) -> None:
    """Whoever loads, edits and saves it sees nothing but their own edit in a diff."""
    assert Bundle.from_json(package.to_json()) == package
    assert package.to_json() == EXAMPLE.read_text(encoding="utf-8")


def test_its_texts_are_whole(package: Bundle) -> None:
    """An organizer in sections, a letter with its terms, and no merge field left open."""
    journey = Journey(package, tags=frozenset({"schedule-c", "rental", "foreign-accounts"}))
    (organizer,) = (t for t in package.templates if isinstance(t, OrganizerTemplate))
    (letter,) = (t for t in package.templates if isinstance(t, ProposalTemplate))

    asked = visit_all(journey)

    used = {template.id for template in package.templates} - {"1040"}
    assert {request.template for request in asked} == used
    assert unfilled(asked) == []
    assert journey.job.name == "1040 2025 for Ada Lovelace"
    assert len(organizer.sections) >= 8
    assert len(organizer.all_questions) >= 25
    assert len(letter.terms) > 2000


@pytest.mark.parametrize(
    ("answers", "stage", "waits_for"),
    [
        ({}, "preparation", {"Prepare return"}),
        ({BUSINESS: "No", RENTAL: "No", ABROAD: "No"}, "preparation", {"Prepare return"}),
        ({BUSINESS: "Yes"}, "schedule-c-review", {"Review business income"}),
        ({RENTAL: "Yes"}, "preparation", {"Prepare return", "Prepare rental schedules"}),
        ({ABROAD: "Yes"}, "preparation", {"Prepare return", "Check foreign account reports"}),
    ],
    ids=["no-answers", "plain", "business", "rental", "abroad"],
)
def test_answers_of_the_organizer_decide_the_way(
    package: Bundle, answers: Mapping[str, str], stage: str, waits_for: set[str]
) -> None:
    """An answer tags the account before the next stage is chosen."""
    job = _answered(Journey(package), answers)

    assert job.stage == stage
    assert _names(job) == waits_for


def test_a_business_that_was_given_up_is_no_longer_reviewed(package: Bundle) -> None:
    """The tag of an earlier year goes when the client answers no."""
    journey = Journey(package, tags=frozenset({"schedule-c"}))

    job = _answered(journey, {BUSINESS: "No"})

    assert job.stage == "preparation"
    assert "schedule-c" not in journey.world.engine.account(journey.account).tags
    changed = [e for e in journey.world.engine.history(job) if isinstance(e, TagsChanged)]
    assert [event.removed for event in changed] == [{"schedule-c"}]


def test_the_preparer_hands_over_to_the_reviewer(package: Bundle) -> None:
    """Whoever prepares does not review: the roles of the account are assigned in turn."""
    journey = Journey(package)

    preparing = _answered(journey, {})
    reviewing = journey.world.team.completes(preparing, "prepare-return")

    assert preparing.assignees == {"client-coordinator", "preparer"}
    assert reviewing.assignees == {"client-coordinator", "reviewer"}


def test_a_job_that_moves_back_is_not_billed_twice(package: Bundle) -> None:
    """What firms fear most, a second invoice, does not happen."""
    journey = Journey(package)

    for stage in ("Billing", "Review", "Billing"):
        journey.world.engine.move(journey.job, stage)

    assert [invoice.name for invoice in journey.world.invoices.created] == ["1040 preparation fee"]
