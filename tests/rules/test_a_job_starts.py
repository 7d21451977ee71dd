"""The opening of a job: what it is like, where it begins, and what fires there."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pipeflow import (
    After,
    ClientView,
    CreateTask,
    DefinitionError,
    JobStarted,
    JobStatus,
    JobTemplate,
    Priority,
    Role,
    SendEmail,
    Settings,
    Stage,
    Warned,
    tagged,
)
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.record import replaced
from tests.rules.states import (
    DONE,
    MIA,
    NOON,
    NUMBERED,
    PREPARE,
    REVIEW,
    WELCOME,
    account_of,
    book_of,
    events,
    names,
    opening,
)

STAGES = (
    Stage("Intake", [SendEmail(WELCOME)]),
    Stage("Work", [CreateTask(PREPARE)], when=tagged("never")),
    Stage("Check", [CreateTask(REVIEW)]),
    DONE,
)
TEMPLATE = JobTemplate(
    "Return",
    job_name="1040 [CURRENT_YEAR] [ACCOUNT_NAME], due [JOB_DUE_DATE]",
    description="For [ACCOUNT_NAME]",
    assignees=[Role("preparer"), "eve"],
    priority="high",
    start=After(days=1),
    due=After(months=1),
    time_budget=timedelta(hours=5),
    comments="Careful",
    client_view=ClientView("Your return"),
)


def test_a_job_started_in_a_later_stage_fires_that_stage_alone() -> None:
    """Nothing before it fires, and its own condition is not asked (A-17)."""
    decision = opening(*STAGES, at="work")

    (line,) = events(decision, JobStarted)
    assert (line.stage, line.actor) == ("work", MIA)
    assert names(decision.job.items) == ["Prepare"]
    assert [type(one).__name__ for one in decision.requests] == ["Task"]
    assert (decision.job.visit, decision.job.status) == (1, JobStatus.ACTIVE)


def test_a_plain_job_is_called_like_its_pipeline() -> None:
    """And has nothing that nobody gave it."""
    job = opening(*STAGES).job

    assert (job.name, job.priority, job.start, job.due) == ("Tax", Priority.MEDIUM, None, None)
    assert (job.assignees, job.entered, job.created) == (frozenset(), NOON, NOON)


def test_a_job_is_like_its_template() -> None:
    """Merge fields filled in, roles and dates settled on the day (A-43)."""
    client = account_of(roles={"preparer": ["mia"]})

    job = opening(*STAGES, account=client, template=TEMPLATE).job

    assert job.name == "1040 2027 Lovelace, due February 1, 2027"
    assert (job.start, job.due) == (date(2027, 1, 2), date(2027, 2, 1))
    assert job.assignees == {"mia", "eve"}
    assert job.priority is Priority.HIGH
    assert (job.description, job.comments) == ("For Lovelace", "Careful")
    assert (job.time_budget, job.client_view) == (timedelta(hours=5), ClientView("Your return"))
    assert opening(*STAGES, template=JobTemplate("Plain")).job.name == "Plain"


def test_what_the_client_sees_from_the_start_is_filled_in_for_the_client() -> None:
    """In the client's language, names as one line, as an automation does it (domain.md part 5)."""
    view = ClientView("Return for\n[ACCOUNT_NAME]", "Since [CURRENT_DAY_FULL_DATE]", "[[1]\n[A]")
    template = JobTemplate("Seen", due=After(days=1), client_view=view)
    book = book_of(*STAGES, settings=Settings(languages=[NUMBERED]))

    job = opening(book=book, account=account_of(language="nn"), template=template).job

    assert job.client_view == ClientView("Return for Lovelace", "Since 1. m1 2027", "[1]\n[A]")


def test_what_the_client_is_not_told_from_the_start_is_told_to_the_firm() -> None:
    """A merge field without a value (R-18)."""
    view = ClientView("Return", description="[ACCOUNT_CUSTOM_FIELD:x]")

    decision = opening(*STAGES, template=JobTemplate("Seen", client_view=view))

    assert decision.job.client_view == ClientView("Return")
    assert [event.text for event in events(decision, Warned)] == [
        "what the client sees of the job: nothing to fill in for [ACCOUNT_CUSTOM_FIELD:x]"
    ]


@pytest.mark.parametrize(
    ("spec", "field", "value"),
    [
        ({"name": "Mine [CURRENT_YEAR]"}, "name", "Mine 2027"),
        ({"assignees": frozenset({"tom"})}, "assignees", {"tom"}),
        ({"assignees": frozenset[str]()}, "assignees", set()),
        ({"priority": Priority.LOW}, "priority", Priority.LOW),
        ({"start": date(2028, 1, 1)}, "start", date(2028, 1, 1)),
        ({"due": date(2028, 1, 1)}, "due", date(2028, 1, 1)),
    ],
)
def test_what_is_said_at_the_start_comes_before_the_template(
    spec: dict[str, Any], field: str, value: object
) -> None:
    """One thing changes, and the others stay as the template says."""
    job = opening(*STAGES, template=TEMPLATE, **spec).job

    assert getattr(job, field) == value
    assert job.comments == "Careful"


def test_a_name_is_one_line_and_never_empty() -> None:
    """It is a heading wherever it is shown."""
    assert opening(*STAGES, name="1040\r\nfor [ACCOUNT_NAME]").job.name == "1040 for Lovelace"
    assert opening(*STAGES, name="\r\n").job.name == "Tax"


def test_a_name_with_an_unknown_code_is_refused() -> None:
    """As a template's would be (A-39)."""
    with pytest.raises(DefinitionError, match=r"\$\.name: there is no merge field '\[ACCOUNT\]'"):
        opening(*STAGES, name="For [ACCOUNT]")


def test_a_role_that_nobody_fills_leaves_the_job_without_assignee() -> None:
    """With a warning (A-28)."""
    decision = opening(*STAGES, template=TEMPLATE)

    assert decision.job.assignees == {"eve"}
    assert [event.text for event in events(decision, Warned)] == [
        "assignees of the job: nobody fills the role 'preparer' for 'Lovelace'"
    ]


def test_dates_count_from_the_firms_day() -> None:
    """Late in the evening of one zone it is tomorrow in another (A-43)."""
    book = book_of(*STAGES, settings=Settings(time_zone="Asia/Tokyo"))

    job = opening(book=book, now=datetime(2027, 1, 31, 20, tzinfo=UTC), template=TEMPLATE).job

    assert job.start == date(2027, 2, 2)


def test_a_pipeline_whose_name_is_no_line_gives_its_name_all_the_same() -> None:
    """Nothing else is there to call the job by."""
    book = book_of(*STAGES)
    named = replaced(book, pipeline=Pipeline("Tax\u2028", STAGES, id="tax"))

    assert opening(book=named).job.name == "Tax"
