"""Conditions ask about the job as it stands at that moment, on stages and automations (A-2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeflow import (
    AutomationSkipped,
    Condition,
    CreateOrganizer,
    CreateTask,
    OrganizerReturned,
    OrganizerSubmitted,
    Pipeline,
    Priority,
    ProposalSigned,
    Role,
    SendEmail,
    SendProposal,
    Settings,
    Stage,
    StageSkipped,
    Status,
    UpdateJobAssignees,
    WhenDone,
    answer_is,
    answered,
    assigned,
    balance_above,
    field_in,
    older_than,
    package_is,
    pipeline_is,
    priority_is,
    role_filled,
    rules,
    tagged,
)
from pipeflow.model.record import replaced
from tests.rules.states import (
    BUSINESS,
    DONE,
    NOON,
    TIERS,
    account_of,
    begun,
    book_of,
    completed,
    events,
    moved,
    opening,
    recorded,
    state_of,
    told,
    usd,
)

CALL = Stage("Call", [CreateTask("prepare")], automove=True)
YES = OrganizerSubmitted({BUSINESS: "Yes"})
NO = OrganizerSubmitted({BUSINESS: "No"})


def reasons(decision: rules.Decision) -> list[str]:
    """Return why automations and stages were passed over."""
    skips = [one for one in decision.events if isinstance(one, AutomationSkipped | StageSkipped)]
    return [one.reason for one in skips]


def review(when: Condition) -> Stage:
    """Make the stage that is conditional."""
    return Stage("Review", when=when)


# -- at the automation's turn ----------------------------------------------------------------------


def test_a_02_a_condition_sees_whom_an_automation_before_it_assigned() -> None:
    """The seed's order holds for jobs as for tags: live, one after another."""
    account = account_of(roles={"preparer": "mia"})
    assign = UpdateJobAssignees(add={Role("preparer")})
    mail = SendEmail("welcome", when=assigned("mia"))

    first = opening(Stage("Start", [assign, mail]), account=account)
    too_late = opening(Stage("Start", [mail, assign]), account=account)

    assert (reasons(first), len(first.requests)) == ([], 1)
    assert reasons(too_late) == ["job is assigned to nobody, not to 'mia'"]


def test_a_02_and_whom_it_took_away() -> None:
    """Clearing comes before the condition, and decides it."""
    mail = SendEmail("welcome", when=~assigned("mia"))
    stage = Stage("Start", [UpdateJobAssignees(clear=True), mail])

    assert reasons(opening(stage, assignees=frozenset({"mia"}))) == []
    assert reasons(opening(Stage("Start", [mail]), assignees=frozenset({"mia"}))) == [
        "job is assigned to 'mia'"
    ]


def test_a_role_in_a_condition_is_looked_up_when_it_is_asked() -> None:
    """Whoever fills it for the account now is meant."""
    stage = Stage("Start", [SendEmail("welcome", when=assigned(Role("preparer")))])
    given: dict[str, Any] = {"assignees": frozenset({"tom"})}

    assert reasons(opening(stage, account=account_of(roles={"preparer": "tom"}), **given)) == []
    assert reasons(opening(stage, account=account_of(roles={"preparer": "mia"}), **given)) == [
        "job is assigned to 'tom', not to the preparer"
    ]


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        (priority_is("urgent"), "job's priority is high, not urgent"),
        (~priority_is("high"), "job's priority is high"),
        (pipeline_is("vat"), "job is in the pipeline 'tax', not 'vat'"),
        (older_than(0), "job is 0 days old, not older than 0"),
        (answered(BUSINESS), f"{BUSINESS!r} is not answered"),
        (package_is("Gold"), "no package was chosen"),
        (balance_above(usd("10")), "account's open balance is 10.00 USD, not above 10.00 USD"),
        (field_in("state", "CA"), "account's field 'state' is not set"),
        (role_filled("preparer"), "nobody fills the role 'preparer'"),
        (
            tagged("vip") & ~pipeline_is("tax"),
            "account lacks the tag 'vip' and job is in the pipeline 'tax'",
        ),
    ],
    ids=repr,
)
def test_a_skipped_automation_says_what_lacked_in_the_firms_words(
    when: Condition, reason: str
) -> None:
    """Also under `~`, where it says what is there."""
    stage = Stage("Start", [SendEmail("welcome", when=when)])
    decision = opening(stage, account=account_of(balance=usd("10")), priority=Priority.HIGH)

    assert [one.reason for one in events(decision, AutomationSkipped)] == [reason]


def test_a_job_that_was_taken_over_is_in_its_new_pipeline_at_once() -> None:
    """The first automation there knows."""
    state = state_of(Stage("Start"), DONE)
    other = book_of(Stage("Start", [SendEmail("welcome", when=pipeline_is("vat"))]), name="Vat")
    there = rules.State(state.tenant, state.job, state.account, other)

    decision = rules.transfer(there, other.pipeline.stages[0], NOON, "mia")

    assert reasons(decision) == []
    assert len(decision.requests) == 1


@pytest.mark.parametrize(("who", "mails"), [("mia", 1), ("tom", 0)])
def test_what_a_status_or_a_trigger_fires_asks_the_same_conditions(who: str, mails: int) -> None:
    """Each at its turn, wherever the automation stands (R-34)."""
    mail = SendEmail("welcome", when=assigned("mia") & ~priority_is("low"))
    start = Stage(
        "Start", [CreateTask("prepare", id="prepare")], triggers=[WhenDone("prepare", [mail])]
    )
    plain = book_of(start, DONE)
    book = replaced(
        plain,
        pipeline=Pipeline("Tax", [start, DONE], statuses=[Status("Away", automations=[mail])]),
    )
    state = begun(book=book, assignees=frozenset({who}))

    done = told(state, "Prepare", *rules.completing_facts(state.job.item("Prepare")))
    away = rules.set_status(state, "Away", NOON, "boss")

    assert [len(one.requests) for one in (done, away)] == [mails, mails]
    if not mails:
        assert reasons(done) == reasons(away) == ["job is assigned to 'tom', not to 'mia'"]


# -- when the next stage is chosen -----------------------------------------------------------------


def test_the_answer_that_ends_a_stage_chooses_the_next_one() -> None:
    """It is there before the next stage is looked for (domain.md 3.4)."""
    start = Stage("Start", [CreateOrganizer("organizer")], automove=True)
    state = begun(start, review(answer_is(BUSINESS, "Yes")), DONE)

    assert told(state, "Organizer", YES).job.stage == "review"
    no = told(state, "Organizer", NO)
    assert no.job.stage == "done"
    assert reasons(no) == [f"the answer to {BUSINESS!r} is 'No', not 'Yes'"]


def test_what_was_returned_is_no_answer_until_it_is_handed_in_again() -> None:
    """A condition goes by what the client stands by."""
    start = Stage("Start", [CreateOrganizer("organizer")])
    state = recorded(begun(start, review(answered(BUSINESS)), DONE), "Organizer", YES)
    asking = Stage("Ask", [SendEmail("welcome", when=answer_is(BUSINESS, "No"))])

    returned = recorded(state, "Organizer", OrganizerReturned())
    stage, passed = rules.ahead(returned, NOON)
    again = recorded(returned, "Organizer", NO)

    assert (stage.id, [why for _, why in passed]) == ("done", [f"{BUSINESS!r} is not answered"])
    assert rules.ahead(again, NOON)[0].id == "review"
    book = book_of(start, asking, DONE)
    assert reasons(moved(rules.State("firm", again.job, again.account, book), "ask")) == []


@pytest.mark.parametrize(("package", "stage"), [("Gold", "review"), ("Silver", "done")])
def test_the_package_that_a_client_chose_chooses_the_next_stage(package: str, stage: str) -> None:
    """As soon as its proposal is signed as required."""
    start = Stage("Start", [SendProposal(TIERS)], automove=True)
    state = begun(start, review(package_is("Gold")), DONE)

    assert told(state, "Tiers", ProposalSigned(package=package)).job.stage == stage


def test_a_stage_for_urgent_jobs_is_passed_over_by_the_others() -> None:
    """The reason stands in the history of each."""
    state = begun(CALL, review(priority_is("urgent")), DONE, priority=Priority.LOW)
    decision = told(state, "Prepare", *rules.completing_facts(state.job.item("Prepare")))

    assert decision.job.stage == "done"
    assert events(decision, StageSkipped)[0].reason == "job's priority is low, not urgent"


# -- days -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "holds"),
    [("UTC", False), ("Asia/Tokyo", False), ("America/New_York", True)],
)
def test_the_age_of_a_job_is_counted_in_days_of_the_firms_calendar(zone: str, holds: bool) -> None:
    """Started at 23:30 in New York, it is a day old there half an hour later."""
    start = datetime(2027, 3, 2, 4, 30, tzinfo=UTC)
    book = book_of(Stage("Start"), review(older_than(0)), DONE, settings=Settings(time_zone=zone))
    state = state_of(book=book, created=start)

    stage, _ = rules.ahead(state, start + timedelta(minutes=31))

    assert (stage.id == "review") is holds
    assert rules.ahead(state, start + timedelta(days=1))[0].id == "review"


def test_a_job_grows_older_until_its_condition_holds() -> None:
    """So many days are not yet more than so many."""
    state = completed(begun(Stage("Start", [CreateTask("prepare")]), review(older_than(30)), DONE))
    days: dict[int, Any] = {
        day: rules.ahead(state, NOON + timedelta(days=day)) for day in (0, 30, 31)
    }

    assert {day: stage.id for day, (stage, _) in days.items()} == {
        0: "done",
        30: "done",
        31: "review",
    }
    assert [why for _, why in days[30][1]] == ["job is 30 days old, not older than 30"]


def test_where_a_job_would_go_on_to_is_asked_without_changing_anything() -> None:
    """`explain` may ask as often as it likes."""
    state = begun(CALL, review(older_than(0)), DONE)
    before = state.job

    assert rules.ahead(state, NOON) == rules.ahead(state, NOON)
    assert state.job is before
