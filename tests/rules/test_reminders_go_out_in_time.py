"""Reminders: when they are due, to whom they go, what they say, and what takes them back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    Cancelled,
    CreateInvoice,
    CreateTask,
    InvoicePaid,
    ItemKind,
    ItemState,
    MessageReplied,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    Ref,
    ReminderAsked,
    Reminders,
    ReminderSent,
    RemindersSet,
    RemindersStopped,
    SendMessage,
    Settings,
    Stage,
    Status,
    Warned,
    rules,
)
from pipeflow.model.items import Mark
from pipeflow.model.record import replaced
from pipeflow.ports import Email, EmailKind, ReminderTimer
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
    left,
    opening,
    recorded,
    reminded,
    reminder_timers,
    told,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def billed(reminders: Reminders = DAILY, **more: Any) -> rules.State:
    """Start a job whose invoice is reminded of."""
    return begun(Stage("Intake", [CreateInvoice(FEE, reminders=reminders)]), DONE, **more)


@given(st.integers(1, 9), st.integers(1, 6))
def test_the_first_goes_out_after_the_interval_and_as_many_as_were_asked_for(
    every: int, times: int
) -> None:
    """Then one an interval, `times` times in all (A-35)."""
    state = billed(Reminders(every=every, times=times))
    sent: list[tuple[int, datetime]] = []
    while (at := state.job.item("Fee").remind_at) is not None and len(sent) <= times:
        decision = left(state, reminded(state, "Fee"), at)
        sent += [(event.number, at) for event in events(decision, ReminderSent)]
        state = after(state, decision)

    assert sent == [(n, NOON + n * every * DAY) for n in range(1, times + 1)]


def test_a_late_one_goes_out_once_and_the_next_a_whole_interval_later() -> None:
    """A silence makes no burst of mail (A-35)."""
    late = NOON + 30 * DAY + timedelta(hours=3)

    decision = reminded(billed(), "Fee", late)

    assert len(decision.requests) == 1
    assert decision.job.item("Fee").remind_at == NOON + 31 * DAY  # at its hour
    assert [timer.at for timer in decision.timers] == [NOON + 31 * DAY]


def test_it_goes_to_those_who_take_mail_when_it_goes_out() -> None:
    """Not to those of the day on which the thing was sent (A-36)."""
    state = replaced(billed(), account=account_of(contacts=[replaced(ADA, notify=False), BOB]))

    decision = reminded(state, "Fee")

    (email,) = decision.requests
    assert (email.addresses, email.item) == (("bob@example.com",), "job-1/1")
    assert [one.to for one in events(left(state, decision), ReminderSent)] == [email.addresses]


def test_where_nobody_takes_mail_none_goes_out_and_it_does_not_count() -> None:
    """It is told once, and the timer waits until somebody takes mail (R-7)."""
    nobody = replaced(billed(), account=account_of(contacts=[]))

    first = reminded(nobody, "Fee")
    waits = after(nobody, first)
    idle = rules.heard(billed(), NOON)
    later = NOON + 9 * DAY + timedelta(hours=5)
    heard = rules.heard(replaced(waits, account=account_of()), later)

    assert (len(events(first, Warned)), first.requests, first.timers) == (1, (), ())
    assert waits.job.item("Fee").timer is None
    assert idle.changed is False
    assert heard.job.item("Fee").remind_at == NOON + 10 * DAY
    assert [event.due for event in events(heard, RemindersSet)] == [NOON + 10 * DAY]
    assert Mark.UNHEARD not in heard.job.item("Fee").marks


def test_nobody_is_told_twice_that_there_is_nobody() -> None:
    """A job that goes on meanwhile waits for somebody all the same; a new rhythm tells nothing."""
    nobody = replaced(billed(), account=account_of(contacts=[]))
    waits = after(nobody, reminded(nobody, "Fee"))
    held = after(waits, rules.set_status(waits, "Completed", NOON, MIA))
    again = after(held, rules.set_status(held, "Active", NOON, MIA))
    anew = after(again, rules.set_reminders(again, "job-1/1", Reminders(every=2), NOON, MIA))

    assert again.job.item("Fee").timer is None
    assert events(reminded(anew, "Fee"), Warned) == []


def test_nobody_is_reminded_of_what_has_not_left_yet() -> None:
    """Though an older version set its timer; the receipt will set the next (R-4)."""
    state = untold(billed())
    held = replaced(state, undelivered=frozenset({state.job.item("Fee").request}))

    decision = reminded(held, "Fee")

    assert (decision.changed, decision.events, decision.requests) == (True, (), ())
    assert decision.job.item("Fee").timer is None


def test_what_an_older_version_set_goes_out() -> None:
    """It does not know when the thing was delivered, and takes its making for that."""
    decision = reminded(untold(billed()), "Fee")

    assert len(decision.requests) == 1
    assert decision.job.item("Fee").delivered == NOON


def test_one_that_goes_out_leaves_when_the_thing_was_delivered_and_what_else_is_known() -> None:
    """The hour of the rhythm is that of the delivery (R-4), and marks tell of other things."""
    state = after(billed(), rules.begin(billed(), "job-1/1", NOON + 2 * HOUR))
    item = replaced(state.job.item("Fee"), marks=frozenset({Mark.SHARED, Mark.UNHEARD}))
    shared = replaced(state, job=replaced(state.job, items=(item,)))

    made = reminded(shared, "Fee").job.item("Fee")

    assert made.delivered == NOON + 2 * HOUR
    assert made.marks == {Mark.SHARED, Mark.REMINDING}


def untold(state: rules.State) -> rules.State:
    """Leave out what older versions did not keep."""
    items = [replaced(item, delivered=None) for item in state.job.items]
    return replaced(state, job=replaced(state.job, items=tuple(items)))


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
    ("status", "reason"),
    [
        ("Archived", "the job was archived"),
        ("Completed", "the job was completed"),
        ("Frozen", "the job is 'Frozen'"),
    ],
)
def test_a_job_that_is_over_or_says_so_reminds_nobody_of_anything(status: str, reason: str) -> None:
    """Messages included (R-9)."""
    stage = Stage("Intake", [
        CreateInvoice(FEE, reminders=DAILY),
        SendMessage(CHECKLIST, reminders=DAILY),
        SendMessage(NEWS, reminders=DAILY),
    ])  # fmt: skip
    state = begun(book=frozen(stage, DONE))

    decision = rules.set_status(state, status, NOON, MIA)
    there = after(state, decision)

    assert [item.name for item in there.job.items if item.timer] == []
    assert [event.reason for event in events(decision, RemindersStopped)] == [reason] * 3


def frozen(*stages: Stage) -> rules.Book:
    """Make the book of a pipeline with a status that reminds nobody."""
    book = book_of(*stages)
    statuses: list[Status | str] = ["On hold", Status("Frozen", quiet=True)]
    return replaced(book, pipeline=Pipeline("Tax", stages, statuses=statuses))


@pytest.mark.parametrize("status", ["Archived", "Completed", "Frozen"])
def test_when_a_job_goes_on_it_is_said_whether_its_reminders_do(status: str) -> None:
    """The next at its hour, one interval after going on, and nothing for the silent days (R-9)."""
    state = begun(book=frozen(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)]), DONE))
    silent = after(state, rules.set_status(state, status, NOON, MIA))
    later = NOON + 9 * DAY + timedelta(hours=5)

    on = rules.set_status(silent, "On hold", later, MIA)
    off = after(silent, rules.set_status(silent, "Active", later, MIA, reminders=False))
    again = after(off, rules.set_status(off, "Completed", later, MIA))

    assert on.job.item("Fee").remind_at == NOON + 10 * DAY
    assert [event.due for event in events(on, RemindersSet)] == [NOON + 10 * DAY]
    assert off.job.item("Fee").timer is None
    assert rules.set_status(again, "Active", later, MIA).timers == ()  # they were left off


def test_between_statuses_that_remind_nothing_changes() -> None:
    """On hold is no silence."""
    state = billed()

    held = rules.set_status(state, "On hold", NOON, MIA)

    assert (held.cancels, held.job.item("Fee").timer) == ((), state.job.item("Fee").timer)


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
    by_hand = rules.remind_by_hand(state, "job-1/1", NOON, MIA)
    nudged = after(state, by_hand)

    mail, hand = "firm/job-1/1/reminder/1/email", "firm/job-1/1/by-hand/3/email"
    assert told(state, "Fee", fact).withdraws[0] == mail
    assert by_hand.withdraws == (mail,)  # there is one at most
    assert told(nudged, "Fee", fact).withdraws[0] == hand
    assert told(nudged, "Fee", fact).cancels == (nudged.job.item("Fee").timer,)


def test_one_that_has_left_is_under_way_no_more() -> None:
    """Nothing is left to be taken back, and what else is known stays (R-5)."""
    state = marked(billed(), Mark.SHARED)
    by_itself = after(state, left(state, reminded(state, "Fee")))
    by_hand = after(state, left(state, rules.remind_by_hand(state, "job-1/1", NOON, MIA)))

    for gone in (by_itself, by_hand):
        assert gone.job.item("Fee").marks == {Mark.SHARED}
        assert told(gone, "Fee", InvoicePaid()).withdraws == ()


def test_one_that_leaves_while_another_is_under_way_leaves_that_under_way() -> None:
    """It was in its port's hands when it was taken back (R-5)."""
    state = billed()
    first = reminded(state, "Fee")
    hand = after(
        after(state, first), rules.remind_by_hand(after(state, first), "job-1/1", NOON, MIA)
    )
    (mail,) = asked(first, Email)

    gone = rules.sent(hand, mail, NOON, late=False)

    assert gone.job.item("Fee").marks == {Mark.NUDGING}


def test_when_one_has_left_it_is_told_again_that_there_is_nobody() -> None:
    """For there was somebody meanwhile (R-7)."""
    state = marked(billed(), Mark.UNHEARD)
    gone = after(state, rules.remind_by_hand(state, "job-1/1", NOON, MIA))
    (mail,) = asked(rules.remind_by_hand(state, "job-1/1", NOON, MIA), Email)

    assert rules.sent(gone, mail, NOON, late=False).job.item("Fee").marks == frozenset()


def test_one_that_was_tried_again_in_time_does_not_shift_the_rhythm() -> None:
    """Late is what leaves an hour after it was due (A-35)."""
    state = billed()
    due = state.job.item("Fee").remind_at
    assert due is not None

    soon = left(state, reminded(state, "Fee"), due + HOUR, late=True)
    late = left(state, reminded(state, "Fee"), due + HOUR + timedelta(seconds=1), late=True)

    assert soon.job.item("Fee").remind_at == due + DAY
    assert (soon.timers, len(late.timers)) == ((), 1)


# -- by hand ------------------------------------------------------------------------------------


def test_one_by_hand_goes_out_at_once_and_does_not_count() -> None:
    """Also while automatic ones run (A-38)."""
    state = billed()

    decision = rules.remind_by_hand(state, "job-1/1", NOON, MIA)
    gone = left(state, decision)
    item = gone.job.item("Fee")

    assert [event.name for event in events(decision, ReminderAsked)] == ["Fee"]
    assert [event.number for event in events(gone, ReminderSent)] == [0]
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

    made = opening(two, DONE)
    job = begun(two, DONE).job

    assert (made.timers, made.job.armed) == ((), 0)  # they count from the delivery
    assert [item.timer for item in job.items] == [
        "firm/job-1/1/reminder/1/1", "firm/job-1/2/reminder/1/2",
    ]  # fmt: skip
    assert (job.armed, job.items[0].remind_at) == (2, NOON + DAY)
    assert all(item.state is ItemState.PENDING for item in job.items)


# -- what has left counts (R-5) ------------------------------------------------------------------


def test_while_one_is_under_way_no_other_is_made() -> None:
    """The rhythm goes on beside it."""
    state = billed()
    first = after(state, reminded(state, "Fee"))
    held = replaced(first, undelivered=frozenset({"firm/job-1/1/reminder/1/email"}))

    second = reminded(held, "Fee")

    assert (second.requests, second.withdraws) == ((), ())
    assert second.job.item("Fee").remind_at == NOON + 3 * DAY


def test_one_that_was_given_up_is_taken_back_for_the_next_of_the_rhythm() -> None:
    """It was not sent, so that the next has its number, under a key of its own."""
    state = billed()
    first = after(state, reminded(state, "Fee"))

    second = reminded(first, "Fee")

    (mail,) = second.requests
    assert second.withdraws == ("firm/job-1/1/reminder/1/email",)
    assert (mail.key, asked(second, Email)[0].number) == ("firm/job-1/1/reminder/2/email", 1)


@pytest.mark.parametrize(
    ("after_hours", "late", "days"),
    [(2, False, 2), (2, True, 2), (16, False, 2), (16, True, 3)],
)
def test_the_next_of_one_that_came_late_is_an_interval_from_then(
    after_hours: int, late: bool, days: int
) -> None:
    """At its hour; where it only waited for the window to open the rhythm stays (R-6)."""
    state = billed()
    made = reminded(state, "Fee")

    gone = left(state, made, NOON + DAY + timedelta(hours=after_hours), late=late)

    assert gone.job.item("Fee").remind_at == NOON + days * DAY


def test_one_that_leaves_when_nobody_needs_it_any_more_is_told_as_sent() -> None:
    """A port had it in hand, and cannot be called back."""
    state = billed()
    made = reminded(state, "Fee")
    done = after(after(state, made), told(after(state, made), "Fee", InvoicePaid()))

    gone = rules.sent(done, asked(made, Email)[0], NOON, late=True)

    assert [event.number for event in events(gone, ReminderSent)] == [1]
    assert (gone.job.item("Fee").reminded, gone.timers) == (1, ())


def test_one_that_was_replaced_in_a_ports_hands_leaves_the_newer_one_under_way() -> None:
    """Only its own receipt ends that."""
    state = billed()
    made = reminded(state, "Fee")
    nudged = rules.remind_by_hand(after(state, made), "job-1/1", NOON, MIA)

    gone = rules.sent(after(state, nudged), asked(made, Email)[0], NOON, late=False)

    assert Mark.NUDGING in gone.job.item("Fee").marks


def test_where_the_client_left_what_has_not_left_is_taken_back() -> None:
    """The rhythm waits for somebody to write to."""
    state = billed()
    made = after(state, reminded(state, "Fee"))

    assert rules.unheard(state, NOON).changed is False
    assert rules.unheard(made, NOON).withdraws == ("firm/job-1/1/reminder/1/email",)


def test_what_is_taken_back_is_under_way_no_more() -> None:
    """The next one is made as if it had not been."""
    state = billed()
    made = after(state, reminded(state, "Fee"))

    quiet = after(made, rules.unheard(made, NOON))

    assert quiet.job.item("Fee").marks == frozenset()
    assert rules.unheard(quiet, NOON).changed is False


def test_somebody_to_write_to_is_enough_of_a_change() -> None:
    """Though nothing waits any more of which somebody could be reminded."""
    state = marked(completed(billed(), "Fee"), Mark.UNHEARD)

    decision = rules.heard(state, NOON)

    assert decision.changed
    assert (decision.job.item("Fee").marks, decision.timers) == (frozenset(), ())


# -- another rhythm (R-9) ------------------------------------------------------------------------


def put(state: rules.State, reminders: Reminders | None, days: int = 9) -> rules.Decision:
    """Set reminders of the first item, five hours after its hour."""
    return rules.set_reminders(state, "job-1/1", reminders, NOON + days * DAY + 5 * HOUR, MIA)


def test_reminders_of_an_item_are_switched_off_and_on_again() -> None:
    """On, they go an interval from then, at the hour of the delivery, as often as is said."""
    state = billed()
    state = after(state, left(state, reminded(state, "Fee")))

    off = put(state, None)
    on = put(after(state, off), Reminders(every=2, times=2))

    assert off.cancels == (state.job.item("Fee").timer,)
    assert [event.reason for event in events(off, RemindersStopped)] == ["switched off"]
    assert put(after(state, off), None).changed is False
    assert on.job.item("Fee").remind_at == NOON + 11 * DAY
    assert (on.job.item("Fee").reminded, reminder_timers(on)[0].number) == (0, 1)
    assert [event.due for event in events(on, RemindersSet)] == [NOON + 11 * DAY]


def test_the_same_rhythm_changes_nothing_while_it_runs() -> None:
    """When it is used up, it begins anew."""
    state = billed(Reminders(every=1, times=1))
    used = after(state, left(state, reminded(state, "Fee")))

    assert put(state, Reminders(every=1, times=1)).changed is False
    assert used.job.item("Fee").timer is None
    assert put(used, Reminders(every=1, times=1)).job.item("Fee").remind_at == NOON + 10 * DAY


def test_another_rhythm_takes_back_what_has_not_left() -> None:
    """It would count toward a number that is no more."""
    state = billed()
    made = after(state, reminded(state, "Fee"))

    assert put(made, Reminders(every=2)).withdraws == ("firm/job-1/1/reminder/1/email",)


def test_reminders_of_what_has_not_been_sent_begin_with_the_sending() -> None:
    """However they were set (R-4)."""
    made = opening(Stage("Intake", [CreateInvoice(FEE)]), DONE).job
    state = replaced(billed(), job=made)
    held = replaced(state, undelivered=frozenset({made.item("Fee").request}))

    waits = put(held, DAILY)
    begins = rules.begin(after(held, waits), "job-1/1", NOON + 9 * DAY + 7 * HOUR)
    at_once = put(state, DAILY)  # its port named no reference, and it has left

    assert (waits.timers, events(waits, RemindersSet)[0].due) == ((), None)
    assert put(after(held, waits), DAILY).changed is False
    assert begins.job.item("Fee").remind_at == NOON + 10 * DAY + 7 * HOUR
    assert at_once.job.item("Fee").remind_at == NOON + 10 * DAY


def test_reminders_of_a_linked_thing_have_the_hour_of_its_linking() -> None:
    """That is when it came (R-4)."""
    state = billed()
    spec = rules.LinkSpec(Ref("documents", "d-1"), ItemKind.APPROVAL, "Draft")
    linked = after(state, rules.link(state, spec, None, NOON + 2 * HOUR, MIA))

    decision = rules.set_reminders(linked, "job-1/2", DAILY, NOON + 9 * DAY, MIA)

    assert decision.job.item("Draft").remind_at == NOON + 10 * DAY + 2 * HOUR


def test_reminders_of_a_job_that_reminds_nobody_wait_until_it_goes_on() -> None:
    """They are set all the same."""
    state = billed()
    over = after(state, rules.set_status(state, "Completed", NOON, MIA))

    decision = put(over, Reminders(every=2))
    on = rules.set_status(after(over, decision), "Active", NOON + 9 * DAY, MIA)

    assert decision.timers == ()
    assert on.job.item("Fee").remind_at == NOON + 11 * DAY


@pytest.mark.parametrize("by", ["a pause", "a status"])
def test_reminders_that_are_set_meanwhile_begin_when_the_job_goes_on(by: str) -> None:
    """Also of what was delivered by a port that names no references (R-9)."""
    made = opening(Stage("Intake", [CreateInvoice(FEE)]), DONE).job
    state = replaced(billed(), job=made)
    later = NOON + 9 * DAY
    if by == "a pause":
        state = after(state, rules.pause(state, "holidays", NOON, MIA))
        state = after(state, put(state, DAILY))
        on = rules.resume(state, later, MIA, reminders=True)
    else:
        state = after(state, rules.set_status(state, "Completed", NOON, MIA))
        state = after(state, put(state, DAILY))
        on = rules.set_status(state, "Active", later, MIA)

    assert on.job.item("Fee").remind_at == NOON + 10 * DAY


def test_what_never_came_to_be_gets_no_reminders_however_they_are_set() -> None:
    """Its request was given up, so that nobody has it."""
    state = opening(Stage("Intake", [CreateInvoice(FEE)]), DONE).job
    lost = replaced(state.item("Fee"), state=ItemState.RESOLVED, marks=frozenset({Mark.UNMADE}))
    never = replaced(billed(), job=replaced(state, items=(lost,)))

    decision = put(never, DAILY)

    assert (decision.timers, decision.job.item("Fee").delivered) == ((), None)


def test_another_rhythm_keeps_the_hour_of_the_delivery() -> None:
    """And what else is known of the item."""
    state = after(billed(), rules.begin(billed(), "job-1/1", NOON + 2 * HOUR))
    state = marked(state, Mark.SHARED)

    on, off = put(state, Reminders(every=2)), put(state, None)

    assert on.job.item("Fee").remind_at == NOON + 11 * DAY + 2 * HOUR
    assert on.job.item("Fee").marks == {Mark.SHARED}
    assert off.job.item("Fee").marks == {Mark.SHARED, Mark.QUIET}


def marked(state: rules.State, *marks: Mark) -> rules.State:
    """Let the first item have marks, whatever it had."""
    item = replaced(state.job.items[0], marks=frozenset(marks))
    return replaced(state, job=replaced(state.job, items=(item, *state.job.items[1:])))


def test_the_same_rhythm_of_what_is_done_changes_nothing() -> None:
    """There is nothing to remind of."""
    state = completed(billed(), "Fee")

    assert put(state, DAILY).changed is False


def test_nobody_reminds_a_client_of_a_task() -> None:
    """Neither once nor in a rhythm."""
    state = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)

    with pytest.raises(NotAllowedError, match="'Prepare' is a task"):
        rules.set_reminders(state, "job-1/1", DAILY, NOON, MIA)


def test_by_hand_nobody_is_reminded_while_the_job_reminds_nobody() -> None:
    """The error says what to do first."""
    state = billed()
    over = after(state, rules.set_status(state, "Completed", NOON, MIA))

    with pytest.raises(NotAllowedError, match="is Completed and reminds nobody; let it go on"):
        rules.remind_by_hand(over, "job-1/1", NOON, MIA)


@pytest.mark.parametrize("fact", [Cancelled(), MessageReplied()])
def test_a_plain_message_that_is_over_does_not_go_on_with_its_job(fact: Any) -> None:
    """It was resolved from birth, so that its state says nothing."""
    state = begun(Stage("Intake", [SendMessage(NEWS, reminders=DAILY)]), DONE)
    over = recorded(state, "News", fact)
    over = after(over, rules.set_status(over, "Completed", NOON, MIA))

    assert rules.set_status(over, "Active", NOON, MIA).timers == ()
