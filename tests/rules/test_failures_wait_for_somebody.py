"""Blocked automations and requests: retried, or given up for good."""

import pytest

from pipeflow import (
    CreateInvoice,
    CreateTask,
    ItemResolved,
    ItemState,
    NotAllowedError,
    NotFoundError,
    RemindersStopped,
    RequestAbandoned,
    RequestRetried,
    SendEmail,
    Stage,
    rules,
)
from pipeflow.model.items import Mark
from pipeflow.ports import Due, DueState, Parked, ReminderTimer
from tests.rules.states import (
    DAILY,
    DONE,
    FEE,
    MIA,
    NOON,
    PREPARE,
    REVIEW,
    TEMPLATES,
    after,
    begun,
    book_of,
    completed,
    events,
    moved,
    names,
    opening,
    request_of,
)

BARE = [one for one in TEMPLATES if one not in {PREPARE, FEE}]
KEY = "firm/job-1/1/create-task-prepare"


def failed(*stages: Stage) -> rules.State:
    """Start a job while two templates are gone, and bring them back then."""
    state = begun(book=book_of(*stages, templates=BARE))
    return after(state, rules.reevaluate(state, NOON, MIA), book=book_of(*stages))


def test_a_failed_automation_is_retried_in_the_visit_in_which_it_failed() -> None:
    """It fires once, under the key that it had, and then the job goes on (A-24)."""
    state = failed(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)

    decision = rules.retry_blocked(state, KEY, NOON, MIA)

    there = after(state, decision)
    assert [event.key for event in events(decision, RequestRetried)] == [KEY]
    assert [request.key for request in decision.requests] == [KEY]
    assert (there.job.blocked, there.job.stage) == ((), "intake")
    assert completed(there, "Prepare").job.stage == "done"


def test_a_retry_in_a_later_visit_belongs_to_the_one_in_which_it_failed() -> None:
    """Its item holds nobody up now (A-7, A-24)."""
    state = failed(
        Stage("Intake", [CreateTask(PREPARE)]),
        Stage("Work", [CreateTask(REVIEW)], automove=True),
        DONE,
    )
    there = after(state, moved(state, "work"))

    decision = rules.retry_blocked(there, KEY, NOON, MIA)

    item = decision.job.item("Prepare")
    assert (item.visit, item.stage, item.request) == (1, "intake", KEY)
    assert (decision.job.stage, decision.job.visit) == ("work", 2)
    assert completed(after(there, decision), "Review").job.stage == "done"


def test_an_automation_that_fires_once_counts_as_fired_when_its_retry_ran() -> None:
    """A failed attempt is not the one time (A-24, A-46)."""
    state = failed(Stage("Intake", [CreateTask(PREPARE, repeat="once")]), DONE)

    retried = after(state, rules.retry_blocked(state, KEY, NOON, MIA))
    away = after(retried, moved(retried, "done"))

    assert names(moved(away, "intake").job.items) == ["Prepare"]


@pytest.mark.parametrize("first", [1, 3])
def test_two_failures_of_one_automation_leave_one_open_item_where_one_is_wanted(first: int) -> None:
    """Whichever is retried first, the present visit waits for that item (A-24, A-46)."""
    careful = Stage("Intake", [CreateTask(PREPARE, repeat="unless_open")], automove=True)
    state = begun(book=book_of(careful, DONE, templates=BARE))
    for stage in ("done", "intake"):
        state = after(state, moved(state, stage))
    state = after(state, rules.reevaluate(state, NOON, MIA), book=book_of(careful, DONE))
    for visit in (first, 4 - first):
        key = f"firm/job-1/{visit}/create-task-prepare"
        state = after(state, rules.retry_blocked(state, key, NOON, MIA))

    assert [(item.name, item.visit) for item in state.job.items] == [("Prepare", 3)]
    assert (state.job.blocked, state.job.carried) == ((), ())
    assert completed(state, "Prepare").job.stage == "done"


def test_a_retry_that_fails_again_is_kept_again() -> None:
    """The template is still gone (A-24)."""
    state = begun(book=book_of(Stage("Intake", [CreateTask(PREPARE)]), DONE, templates=BARE))

    decision = rules.retry_blocked(state, KEY, NOON, MIA)

    assert [one.key for one in decision.job.blocked] == [KEY]


@pytest.mark.parametrize("status", ["Archived", "Completed"])
def test_nothing_fires_by_a_retry_on_a_job_that_is_over(status: str) -> None:
    """It is restored first (A-24)."""
    state = failed(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    over = after(state, rules.set_status(state, status, NOON, MIA))

    with pytest.raises(NotAllowedError, match=f"is {status.lower()} and cannot be worked on"):
        rules.retry_blocked(over, KEY, NOON, MIA)


def test_a_failed_automation_can_be_done_without() -> None:
    """The stage waits for it no longer, and the others stay as they are (A-24)."""
    stage = Stage(
        "Intake", [CreateTask(PREPARE), CreateInvoice(FEE), CreateTask(REVIEW)], automove=True
    )
    state = completed(failed(stage, DONE), "Review")

    one = rules.abandon_blocked(state, KEY, NOON, MIA)
    both = rules.abandon_blocked(after(state, one), "firm/job-1/1/create-invoice-fee", NOON, MIA)

    assert [event.key for event in events(one, RequestAbandoned)] == [KEY]
    assert [left.automation for left in one.job.blocked] == ["create-invoice-fee"]
    other = rules.abandon_blocked(state, "firm/job-1/1/create-invoice-fee", NOON, MIA)
    assert [left.automation for left in other.job.blocked] == ["create-task-prepare"]
    assert (one.job.stage, both.job.stage) == ("intake", "done")


@pytest.mark.parametrize("mend", [rules.retry_blocked, rules.abandon_blocked])
def test_an_automation_that_did_not_fail_can_not_be_mended(mend: object) -> None:
    """Neither retried nor abandoned."""
    assert callable(mend)
    with pytest.raises(NotFoundError, match="has no failed automation 'nope'"):
        mend(begun(Stage("Intake"), DONE), "nope", NOON, MIA)


def test_an_automation_that_the_pipeline_no_longer_has_can_not_be_retried() -> None:
    """It can be abandoned."""
    state = begun(book=book_of(Stage("Intake", [CreateTask(PREPARE)]), DONE, templates=BARE))
    without = after(state, rules.reevaluate(state, NOON, MIA), book=book_of(Stage("Intake"), DONE))

    with pytest.raises(NotFoundError, match="no automation 'create-task-prepare'"):
        rules.retry_blocked(without, KEY, NOON, MIA)
    assert rules.abandon_blocked(without, KEY, NOON, MIA).job.blocked == ()


# -- requests -----------------------------------------------------------------------------------


def test_somebody_who_tries_a_request_again_is_written_down() -> None:
    """Nothing else changes."""
    state = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)

    request = request_of(opening(Stage("Intake", [CreateTask(PREPARE)]), DONE), "job-1/1")
    row = Parked(Due(KEY, NOON, 0, request, "job-1"), DueState.DEAD, 1, NOON, "down")
    decision = rules.retried(state, row, NOON, MIA)

    assert [(e.key, e.actor) for e in events(decision, RequestRetried)] == [(KEY, MIA)]
    assert decision.job == state.job


def test_an_item_whose_request_is_given_up_is_not_waited_for() -> None:
    """It will never exist outside; the others still count."""
    stage = Stage("Intake", [CreateTask(PREPARE), CreateTask(REVIEW)], automove=True)
    request = request_of(opening(stage, DONE), "job-1/1")
    state = completed(begun(stage, DONE), "Review")

    decision = rules.abandon(state, request, NOON, MIA)

    (resolved,) = events(decision, ItemResolved)
    assert resolved.reason == "its request was abandoned"
    assert Mark.UNMADE in decision.job.item("Prepare").marks
    assert decision.job.stage == "done"


def test_a_mail_that_is_given_up_changes_no_item() -> None:
    """None was made by it."""
    stage = Stage("Intake", [SendEmail("welcome"), CreateTask(PREPARE)])
    (mail, _) = opening(stage, DONE).requests
    state = begun(stage, DONE)

    decision = rules.abandon(state, mail, NOON, MIA)

    assert [event.key for event in events(decision, RequestAbandoned)] == [mail.key]
    assert decision.job == state.job


@pytest.mark.parametrize("current", [True, False])
def test_a_reminder_that_is_given_up_is_the_last(current: bool) -> None:
    """Unless another one was set meanwhile."""
    state = begun(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)]), DONE)
    key = state.job.item("Fee").timer if current else "firm/job-1/1/reminder/1/0"
    assert key is not None

    decision = rules.abandon_timer(state, ReminderTimer("job-1", "job-1/1", 1), key, NOON, MIA)

    stopped = [event.reason for event in events(decision, RemindersStopped)]
    assert stopped == (["its reminder was abandoned"] if current else [])
    assert (decision.job.item("Fee").timer is None) is current
    assert decision.job.item("Fee").state is ItemState.PENDING
