"""Reminders: when they are due, to whom they go, what they say, and what takes them back."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    Cancelled,
    CreateInvoice,
    CreateTask,
    InvoicePaid,
    ItemState,
    MessageReplied,
    NotAllowedError,
    NotFoundError,
    Reminders,
    ReminderSent,
    RemindersStopped,
    SendMessage,
    Settings,
    Stage,
    Warned,
    rules,
)
from pipeflow.model.items import Mark
from pipeflow.model.record import replaced
from pipeflow.ports import EmailKind, ReminderTimer
from tests.rules.states import (
    ADA,
    BOB,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    MIA,
    NEWS,
    NOON,
    PREPARE,
    account_of,
    after,
    asked,
    begun,
    book_of,
    completed,
    events,
    opening,
    recorded,
    reminded,
    told,
)

DAY = timedelta(days=1)


def billed(reminders: Reminders = DAILY, **more: Any) -> rules.State:
    """Start a job whose invoice is reminded of."""
    return begun(Stage("Intake", [CreateInvoice(FEE, reminders=reminders)]), DONE, **more)


@given(st.integers(1, 9), st.integers(1, 6))
def test_the_first_goes_out_after_the_interval_and_as_many_as_were_asked_for(
    every: int, times: int
) -> None:
    """Then one an interval, `times` times in all (A-35)."""
    state = billed(Reminders(every=every, times=times))
    sent = []
    while state.job.item("Fee").timer:
        at = state.job.item("Fee").remind_at
        decision = reminded(state, "Fee")
        sent += [(event.number, at) for event in events(decision, ReminderSent)]
        state = after(state, decision)

    assert sent == [(n, NOON + n * every * DAY) for n in range(1, times + 1)]


def test_a_late_one_goes_out_once_and_the_next_a_whole_interval_later() -> None:
    """A silence makes no burst of mail (A-35)."""
    late = NOON + 30 * DAY + timedelta(hours=3)

    decision = reminded(billed(), "Fee", late)

    assert len(decision.requests) == 1
    assert decision.job.item("Fee").remind_at == late + DAY
    assert [timer.at for timer in decision.timers] == [late + DAY]


def test_it_goes_to_those_who_take_mail_when_it_goes_out() -> None:
    """Not to those of the day on which the thing was sent (A-36)."""
    state = replaced(billed(), account=account_of(contacts=[replaced(ADA, notify=False), BOB]))

    decision = reminded(state, "Fee")

    (email,) = decision.requests
    assert (asked(decision, type(email))[0].to, email.item) == (("bob@example.com",), "job-1/1")
    assert [event.to for event in events(decision, ReminderSent)] == [("bob@example.com",)]


def test_where_nobody_takes_mail_none_goes_out_and_it_does_not_count() -> None:
    """It is told once, and the same number is due again an interval later (A-36)."""
    nobody = replaced(billed(), account=account_of(contacts=[]))

    first = reminded(nobody, "Fee")
    second = reminded(after(nobody, first), "Fee")
    heard = reminded(after(nobody, second, account=account_of()), "Fee")

    assert [len(events(one, Warned)) for one in (first, second, heard)] == [1, 0, 0]
    assert first.requests == second.requests == ()
    assert second.job.item("Fee").reminded == 0
    assert [event.number for event in events(heard, ReminderSent)] == [1]
    assert Mark.UNHEARD not in heard.job.item("Fee").marks


def test_nobody_is_reminded_of_what_has_not_left_yet() -> None:
    """It is told once, and does not count (domain.md part 4)."""
    state = billed()
    held = replaced(state, undelivered=frozenset({state.job.item("Fee").request}))

    first = reminded(held, "Fee")
    second = reminded(after(held, first), "Fee")

    assert [event.text for event in events(first, Warned)] == [
        "no reminder of 'Fee': its own request has not left yet"
    ]
    assert (second.changed, second.events, second.requests) == (True, (), ())
    assert second.job.item("Fee").reminded == 0
    assert second.job.item("Fee").timer is not None


def test_its_text_is_the_firms_with_the_name_of_the_thing() -> None:
    """Merge fields of account and job are known there (domain.md part 6)."""
    settings = Settings(reminder_subject="[ITEM_NAME]!", reminder_body="Dear [ACCOUNT_NAME]")
    stage = Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)])

    (email,) = asked(reminded(begun(book=book_of(stage, settings=settings)), "Fee"), object)

    assert (email.subject, email.body, email.kind) == ("Fee!", "Dear Lovelace", EmailKind.REMINDER)
    assert email.key == "firm/job-1/1/reminder/1/email"


def test_one_that_was_overtaken_changes_nothing() -> None:
    """Another one was set meanwhile; its row is over all the same where the job was archived."""
    state = billed()
    item = state.job.item("Fee")
    timer = ReminderTimer("job-1", item.id, 1)
    archived = replaced(state, job=replaced(state.job, status="Archived"))

    other = rules.remind(state, timer, "another key", NOON, rules.SYSTEM)
    late = reminded(archived, "Fee")

    assert other.changed is False
    assert (late.changed, late.requests, late.events) == (True, (), ())
    assert late.job.item("Fee").timer is None


@pytest.mark.parametrize(
    ("status", "left"),
    [("Archived", ["Checklist", "News"]), ("Completed", ["Fee", "Checklist", "News"])],
)
def test_archiving_stops_all_but_those_of_messages(status: str, left: list[str]) -> None:
    """Messages are the client's own thread (domain.md part 4)."""
    stage = Stage("Intake", [
        CreateInvoice(FEE, reminders=DAILY),
        SendMessage(CHECKLIST, reminders=DAILY),
        SendMessage(NEWS, reminders=DAILY),
    ])  # fmt: skip
    state = begun(stage, DONE)

    decision = rules.set_status(state, status, NOON, MIA)
    there = after(state, decision)

    assert [item.name for item in there.job.items if item.timer] == left
    assert len(events(decision, RemindersStopped)) == 3 - len(left)
    assert all(len(reminded(there, name).requests) == 1 for name in left)


def test_a_job_that_is_restored_reminds_nobody_by_itself() -> None:
    """Its reminders were taken back, and nobody set them anew (A-37)."""
    state = billed()
    archived = after(state, rules.set_status(state, "Archived", NOON, MIA))

    restored = rules.set_status(archived, "Active", NOON, MIA)

    assert (restored.timers, restored.job.item("Fee").timer) == ((), None)


def test_a_plain_message_is_reminded_of_until_the_client_replies() -> None:
    """It has no client task that could be ticked (domain.md part 4)."""
    state = begun(Stage("Intake", [SendMessage(NEWS, reminders=DAILY)]), DONE)
    replied = recorded(state, "News", MessageReplied())

    assert len(reminded(state, "News").requests) == 1
    assert replied.job.item("News").timer is None


@pytest.mark.parametrize("fact", [InvoicePaid(), Cancelled()])
def test_one_that_could_not_leave_is_withdrawn_when_nobody_needs_it(fact: Any) -> None:
    """Those by themselves, and the one by hand (domain.md part 4)."""
    state = billed()
    state = after(state, reminded(state, "Fee"))
    state = after(state, rules.remind_by_hand(state, "job-1/1", NOON, MIA))

    decision = told(state, "Fee", fact)

    mail = {"firm/job-1/1/reminder/1/email", "firm/job-1/1/by-hand/3/email"}
    assert mail <= set(decision.withdraws)
    assert decision.cancels == (state.job.item("Fee").timer,)


# -- by hand ------------------------------------------------------------------------------------


def test_one_by_hand_goes_out_at_once_and_does_not_count() -> None:
    """Also while automatic ones run (A-38)."""
    state = billed()

    decision = rules.remind_by_hand(state, "job-1/1", NOON, MIA)
    item = decision.job.item("Fee")

    assert len(decision.requests) == 1
    assert [event.number for event in events(decision, ReminderSent)] == [0]
    assert (item.reminded, item.timer) == (0, state.job.item("Fee").timer)


def test_a_second_one_by_hand_takes_the_first_back_if_it_has_not_left() -> None:
    """It would only say the same."""
    state = billed()
    once = after(state, rules.remind_by_hand(state, "job-1/1", NOON, MIA))

    twice = rules.remind_by_hand(once, "job-1/1", NOON, MIA)

    assert twice.withdraws == ("firm/job-1/1/by-hand/2/email",)
    assert twice.requests[0].key == "firm/job-1/1/by-hand/3/email"


def test_by_hand_nobody_is_reminded_of_what_asks_nothing_of_a_client() -> None:
    """Tasks are the team's, what is done needs nobody, and what has not left is not known."""
    stage = Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)])
    state = begun(stage, DONE)
    held = replaced(state, undelivered=frozenset({state.job.item("Fee").request}))

    with pytest.raises(NotAllowedError, match="'Prepare' is a task"):
        rules.remind_by_hand(state, "job-1/1", NOON, MIA)
    with pytest.raises(NotAllowedError, match="'Fee' is completed; nobody has to be reminded"):
        rules.remind_by_hand(completed(state, "Fee"), "job-1/2", NOON, MIA)
    with pytest.raises(NotAllowedError, match="'Fee' has not been sent yet"):
        rules.remind_by_hand(held, "job-1/2", NOON, MIA)
    with pytest.raises(NotFoundError):
        rules.remind_by_hand(state, "job-1/9", NOON, MIA)


def test_by_hand_too_nobody_is_written_to_who_takes_no_mail() -> None:
    """The history warns (A-36)."""
    state = replaced(billed(), account=account_of(contacts=[]))

    decision = rules.remind_by_hand(state, "job-1/1", NOON, MIA)

    assert decision.requests == ()
    assert [event.text for event in events(decision, Warned)] == [
        "reminder of 'Fee': no recipients, no contact of 'Lovelace' takes mail"
    ]


def test_reminders_are_set_once_for_each_item_that_waits() -> None:
    """Under keys that never come twice."""
    two = Stage(
        "Intake", [CreateInvoice(FEE, reminders=DAILY), CreateInvoice(FEE, reminders=DAILY)]
    )

    decision = opening(two, DONE)

    assert [timer.key for timer in decision.timers] == [
        "firm/job-1/1/reminder/1/1", "firm/job-1/2/reminder/1/2",
    ]  # fmt: skip
    assert (decision.job.armed, decision.timers[0].at) == (2, NOON + DAY)
    assert all(item.state is ItemState.PENDING for item in decision.job.items)
