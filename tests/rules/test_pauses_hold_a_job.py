"""Pauses: nothing moves, fires or reminds until the job is resumed; facts are kept (R-27)."""

from datetime import timedelta

import pytest

from pipeflow import (
    ClientTaskUnchecked,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    ItemState,
    JobPaused,
    JobResumed,
    JobWaits,
    NotAllowedError,
    OrganizerReturned,
    OrganizerSubmitted,
    ProposalSigned,
    SendMessage,
    SendProposal,
    Stage,
    TaskCompleted,
    TaskReopened,
    WaitReason,
    Warned,
    rules,
)
from pipeflow.model.events import RemindersStopped
from pipeflow.model.items import Mark
from tests.rules.states import (
    BUSINESS,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    LETTER,
    MIA,
    NEWS,
    NOON,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    TIERS,
    after,
    begun,
    book_of,
    completed,
    events,
    kinds,
    moved,
    names,
    recorded,
    reminded,
    reminder_timers,
    told,
)

DAY = timedelta(days=1)
LATER = NOON + 10 * DAY
STAGES = (
    Stage("Intake", [CreateTask(PREPARE)], automove=True),
    Stage("Next", [CreateInvoice(FEE)]),
    DONE,
)


def paused(state: rules.State, reason: str = "no papers") -> rules.State:
    """Pause the job."""
    return after(state, rules.pause(state, reason, NOON, MIA))


def resumed(state: rules.State, *, reminders: bool = True) -> rules.Decision:
    """Decide what resuming the job comes to, ten days later."""
    return rules.resume(state, LATER, MIA, reminders=reminders)


def put(state: rules.State, status: str) -> rules.State:
    """Give the job a status."""
    return after(state, rules.set_status(state, status, NOON, MIA))


def test_a_paused_job_stays_and_moves_on_when_it_is_resumed() -> None:
    """What was done meanwhile is known; the evaluation comes with the resuming."""
    state = paused(begun(*STAGES))

    done = told(state, "Prepare", TaskCompleted())
    goes_on = resumed(after(state, done))

    assert kinds(done) == ["ItemCompleted"]
    assert (done.job.stage, done.job.paused) == ("intake", "no papers")
    assert (goes_on.job.stage, goes_on.job.paused) == ("next", None)
    assert kinds(goes_on)[:2] == ["JobResumed", "JobMoved"]
    assert names(goes_on.job.items) == ["Prepare", "Fee"]
    assert goes_on.chapters[0].actor == MIA
    assert goes_on.chapters[1].actor == rules.SYSTEM


def test_pausing_and_resuming_have_their_lines() -> None:
    """Pausing twice for one reason changes nothing; another reason is told; so is resuming."""
    state = begun(*STAGES)

    first = rules.pause(state, "", NOON, MIA)
    there = after(state, first)
    other = rules.pause(there, "moved\nabroad ", NOON, MIA)

    assert [event.reason for event in events(first, JobPaused)] == [""]
    assert rules.pause(there, "", NOON, MIA).changed is False
    assert [event.reason for event in events(other, JobPaused)] == ["moved abroad"]
    assert [event.reminders for event in events(resumed(there), JobResumed)] == [True]
    assert resumed(state).changed is False


def test_a_paused_job_says_what_holds_it() -> None:
    """Its status first, where that holds it too; once a command, and not at each fact."""
    state = paused(begun(*STAGES))
    settings = state.book.settings

    assert rules.wait_of(state.job, state.book.pipeline, settings) == (WaitReason.PAUSED, ())
    held = put(state, "On hold")
    assert rules.wait_of(held.job, held.book.pipeline, settings) == (WaitReason.STATUS, ())
    assert events(rules.reevaluate(state, NOON, MIA), JobWaits) == []
    assert put(held, "Active").job.stage == "intake"


@pytest.mark.parametrize("status", ["Completed", "Archived"])
def test_a_job_that_is_over_is_not_paused(status: str) -> None:
    """Nothing goes on anyway; one that was paused before can still be resumed."""
    state = begun(*STAGES)

    with pytest.raises(NotAllowedError, match=f"is {status.lower()} and cannot be paused"):
        rules.pause(put(state, status), "", NOON, MIA)
    over = put(paused(state), status)
    assert rules.pause(over, "another reason", NOON, MIA).job.paused == "another reason"
    assert resumed(over).job.paused is None
    assert put(over, "Active").job.paused == "no papers"


def test_a_paused_job_is_not_moved_by_hand() -> None:
    """Nor transferred, nor is a failed automation retried; the error names `resume` (A-22)."""
    state = paused(begun(*STAGES))
    books = after(state, rules.reevaluate(state, NOON, MIA), book=book_of(DONE, name="Books"))
    bare = book_of(Stage("Intake", [CreateTask("gone")]), DONE)
    broken = paused(begun(book=bare), "")

    with pytest.raises(
        NotAllowedError, match=r"is paused \(no papers\) and cannot be moved.*: resume\(job\)"
    ):
        moved(state, "done")
    with pytest.raises(NotAllowedError, match=r"is paused \(no papers\) and cannot be transferred"):
        rules.transfer(books, DONE, NOON, MIA)
    with pytest.raises(NotAllowedError, match="is paused and cannot be worked on"):
        rules.retry_blocked(broken, broken.job.blocked[0].key, NOON, MIA)
    assert moved(state, "intake").changed is False


# -- reminders -----------------------------------------------------------------------------------

ASKING = Stage(
    "Intake",
    [
        CreateInvoice(FEE, reminders=DAILY),
        SendMessage(CHECKLIST, reminders=DAILY),
        SendMessage(NEWS, reminders=DAILY),
        SendProposal(LETTER),
    ],
)


def test_a_paused_job_reminds_nobody() -> None:
    """What is set is taken back, and so is what has not left; by hand nobody is reminded either."""
    state = begun(ASKING, DONE)
    state = after(state, reminded(state, "Fee"))
    set_before = [item.timer for item in state.job.items if item.timer]

    decision = rules.pause(state, "", NOON, MIA)
    there = after(state, decision)

    assert kinds(decision) == ["JobPaused"]
    assert sorted(decision.cancels) == sorted(set_before)
    assert decision.withdraws == ("firm/job-1/1/reminder/1/email",)
    assert [item.remind_at for item in there.job.items] == [None] * 4
    assert events(decision, RemindersStopped) == []
    with pytest.raises(NotAllowedError, match=r"is paused, so nobody is reminded.*resume\(job\)"):
        rules.remind_by_hand(there, there.job.item("Fee").id, NOON, MIA)


def test_reminders_go_on_one_interval_after_resuming() -> None:
    """Nothing for the silent days; one that had not left does not count."""
    state = begun(ASKING, DONE)
    state = paused(after(state, reminded(state, "Fee")))

    on, off = resumed(state), resumed(state, reminders=False)

    assert [item.remind_at for item in on.job.items] == [*[LATER + DAY] * 3, None]
    assert [timer.number for timer in reminder_timers(on)] == [1, 1, 1]
    assert off.timers == ()
    assert resumed(after(state, off)).changed is False


def test_what_is_done_or_let_go_of_is_not_reminded_of_again() -> None:
    """Nor anything of a job that is over."""
    state = begun(ASKING, DONE)
    news = state.job.item("News").id
    state = paused(after(state, rules.unlink(state, news, NOON, MIA)))
    state = completed(state, "Fee")

    assert [timer.item for timer in reminder_timers(resumed(state))] == ["job-1/2"]
    assert resumed(put(state, "Completed")).timers == ()
    assert resumed(put(state, "Archived")).timers == ()


def test_what_comes_to_wait_while_the_job_is_paused_reminds_when_it_is_resumed() -> None:
    """A message whose client task is open again."""
    state = completed(begun(ASKING, DONE), "Checklist")
    state = paused(state)

    opened = recorded(state, "Checklist", ClientTaskUnchecked("Scan"))

    assert opened.job.item("Checklist").state is ItemState.PENDING
    assert opened.job.item("Checklist").timer is None
    assert "job-1/2" in [timer.item for timer in reminder_timers(resumed(opened))]


# -- what follows from facts ---------------------------------------------------------------------


def test_what_a_signature_brings_waits_for_the_resuming() -> None:
    """The invoice on acceptance is made then, in the visit of its proposal, and holds the job."""
    stage = Stage("Intake", [SendProposal(PAID_LETTER)], automove=True)
    state = paused(begun(stage, DONE))

    signed = told(state, "Paid letter", ProposalSigned())
    held = after(state, signed)
    decision = resumed(held)

    assert signed.requests == ()
    assert "what follows waits until it is resumed" in events(signed, Warned)[0].text
    assert held.job.item("Paid letter").state is ItemState.COMPLETED
    assert names(decision.job.items) == ["Paid letter", "Fee"]
    assert decision.job.stage == "intake"
    assert Mark.HELD not in decision.job.item("Paid letter").marks
    assert after(held, decision).job.item("Fee").visit == 1


def test_what_a_package_and_answers_change_waits_for_the_resuming() -> None:
    """Tags of the package and of the answers that stand in the end."""
    stage = Stage("Intake", [SendProposal(TIERS), CreateOrganizer(ORGANIZER)], automove=True)
    state = paused(begun(stage, DONE))
    state = recorded(
        state,
        "Organizer",
        OrganizerSubmitted({BUSINESS: "No"}),
        OrganizerReturned(),
        OrganizerSubmitted({BUSINESS: "Yes"}),
    )
    state = recorded(state, "Tiers", ProposalSigned(package="Gold"))

    decision = resumed(state)

    assert state.account.tags == frozenset()
    assert decision.account is not None
    assert decision.account.tags == {"gold", "business"}
    assert decision.job.stage == "done"


def test_what_was_taken_back_meanwhile_brings_nothing() -> None:
    """Answers that were returned take effect when they are submitted again."""
    state = paused(begun(Stage("Intake", [CreateOrganizer(ORGANIZER)]), DONE))
    answers = OrganizerSubmitted({BUSINESS: "Yes"})
    state = recorded(state, "Organizer", answers, OrganizerReturned())

    there = after(state, resumed(state))

    assert there.account.tags == frozenset()
    assert recorded(there, "Organizer", answers).account.tags == {"business"}


@pytest.mark.parametrize("status", ["Completed", "Archived"])
def test_what_waited_waits_on_where_the_job_is_over_by_then(status: str) -> None:
    """It was done before that, and follows when the job goes on (R-27)."""
    state = paused(begun(Stage("Intake", [SendProposal(PAID_LETTER)]), DONE))
    over = put(recorded(state, "Paid letter", ProposalSigned()), status)

    decision = resumed(over)
    on = put(after(over, decision), "Active")

    assert names(decision.job.items) == ["Paid letter"]
    assert events(decision, Warned) == []
    assert names(on.job.items) == ["Paid letter", "Fee"]


def test_a_reopened_item_says_since_when_it_waits() -> None:
    """Not since it was made (R-23)."""
    state = completed(begun(Stage("Intake", [CreateTask(PREPARE)]), DONE), "Prepare")

    opened = told(state, "Prepare", TaskReopened(), now=LATER).job.item("Prepare")

    assert (opened.created, opened.since) == (NOON, LATER)
