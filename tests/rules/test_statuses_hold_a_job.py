"""Statuses: Active, Completed, Archived and a pipeline's own, and what each does to a job."""

import pytest

from pipeflow import (
    CreateInvoice,
    CreateTask,
    JobStatus,
    NotFoundError,
    SendEmail,
    Stage,
    StatusChanged,
    rules,
)
from tests.rules.states import (
    DAILY,
    DONE,
    FEE,
    MIA,
    NOON,
    PREPARE,
    WELCOME,
    after,
    begun,
    completed,
    events,
    reminded,
)

WORK = (
    Stage("Intake", [CreateTask(PREPARE)], automove=True),
    Stage("Next", [SendEmail(WELCOME)]),
    DONE,
)


def put(state: rules.State, status: str) -> rules.Decision:
    """Set a status."""
    return rules.set_status(state, status, NOON, MIA)


@pytest.mark.parametrize("status", ["On hold", "Completed", "Archived"])
def test_a_job_that_is_not_active_keeps_facts_and_does_not_move(status: str) -> None:
    """When it is Active again, automove is evaluated (A-22, A-23)."""
    state = begun(*WORK)
    held = after(state, put(state, status))

    done = completed(held, "Prepare")
    active = put(done, "Active")

    assert (done.job.stage, done.job.status) == ("intake", status)
    assert put(state, status).requests == ()
    assert active.job.stage == "next"
    assert len(active.requests) == 1


def test_the_same_status_again_changes_nothing() -> None:
    """However it is spelled."""
    state = begun(*WORK)
    held = after(state, put(state, "on hold"))

    assert held.job.status == "On hold"
    assert put(held, "ON-HOLD").changed is False
    assert put(state, "active").changed is False


def test_a_change_of_status_has_its_line() -> None:
    """From which to which."""
    (line,) = events(put(begun(*WORK), "completed"), StatusChanged)

    assert (line.source, line.status) == ("Active", JobStatus.COMPLETED)


def test_a_status_that_there_is_not_is_refused() -> None:
    """The error names those that there are."""
    with pytest.raises(
        NotFoundError, match=r"no status 'Lost'.*Active, Completed, Archived, On hold"
    ):
        put(begun(*WORK), "Lost")
    with pytest.raises(NotFoundError, match="no status"):
        put(begun(*WORK), 3)  # type: ignore[arg-type]


def test_archiving_takes_back_reminders_that_have_not_left() -> None:
    """The one that is set, and the one that went out and is still on its way (domain.md part 4)."""
    state = begun(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)]), DONE)
    state = after(state, reminded(state, "Fee"))

    decision = put(state, "Archived")

    assert decision.cancels == (state.job.item("Fee").timer,)
    assert decision.withdraws == ("firm/job-1/1/reminder/1/email",)
