"""Events: what history says, in the past tense, with reason and actor."""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.model import events as e
from pipeflow.model.events import (
    Chapter,
    Event,
    MoveCause,
    SkipCause,
    WaitReason,
    chapters_of,
    events_of,
)
from pipeflow.model.facts import TaskCompleted, TaskReopened
from pipeflow.model.items import Ref
from pipeflow.model.record import replaced
from pipeflow.model.remains import Trace
from pipeflow.model.reminders import Reminders
from pipeflow.model.templates import ClientView
from tests.strategies import values_of

AT = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
HEAD = (AT, "j-1", "system")
COMMON = ("at", "job", "actor")
FEE = Trace("invoices", "Fee", "j-1/2", Ref("invoices", "i-1"))
MAIL = Trace("email", "Welcome", note="which is on its way")
SENTENCES: list[tuple[Event, str]] = [
    (
        e.JobStarted(*HEAD, "1040", "a-1", "tax", "intake"),
        "started '1040' in stage 'intake' of pipeline 'tax'",
    ),
    (
        e.JobMoved(*HEAD, "intake", "bill", 2, MoveCause.AUTOMOVE),
        "moved from 'intake' to 'bill' (automove)",
    ),
    (
        e.JobTransferred(*HEAD, "tax", "books", "start"),
        "transferred from 'tax' to 'books', stage 'start'",
    ),
    (
        e.MoveUndone(*HEAD, "bill", "intake", 1, AT, cancelled=(FEE,), gone=(MAIL,)),
        (
            "undid the move from 'intake' to 'bill'; cancelled: 'Fee' (invoices:i-1); "
            "gone: 'Welcome' (email), which is on its way"
        ),
    ),
    (e.ItemCarried(*HEAD, "j-1/1", "Fee", 2), "'Fee' of visit 2 is still open, and comes along"),
    (
        e.StageSkipped(*HEAD, "review", "account lacks the tag 'c'"),
        "skipped stage 'review': account lacks the tag 'c'",
    ),
    (
        e.JobWaits(*HEAD, "bill", WaitReason.OPEN_ITEMS, ("Fee", "Sign")),
        "waits in 'bill' for 'Fee', 'Sign'",
    ),
    (
        e.JobWaits(*HEAD, "bill", WaitReason.NOTHING_COMPLETED),
        "waits in 'bill': nothing was completed in this visit",
    ),
    (e.StatusChanged(*HEAD, "Active", "Completed"), "status Active became Completed"),
    (
        e.AssigneesChanged(*HEAD, frozenset({"mia"}), frozenset(), "routing"),
        "assignees +mia (routing)",
    ),
    (
        e.AutomationRan(*HEAD, "intake", "create-task-x", "create_task", "j-1/1"),
        "ran 'create-task-x', making j-1/1",
    ),
    (e.AutomationRan(*HEAD, "intake", "send-email-x", "send_email"), "ran 'send-email-x'"),
    (
        e.AutomationSkipped(*HEAD, "intake", "x", SkipCause.BY_HAND, "by hand"),
        "skipped 'x': by hand",
    ),
    (
        e.AutomationFailed(*HEAD, "intake", "x", "no template", "k"),
        "could not run 'x': no template",
    ),
    (
        e.TagsChanged(*HEAD, "a-1", frozenset({"b", "a"}), frozenset({"c"}), "by hand"),
        "tags +a +b -c (by hand)",
    ),
    (e.AccessChanged(*HEAD, "a-1", frozenset(), frozenset(), "reset"), "access unchanged (reset)"),
    (e.Warned(*HEAD, "nobody fills the role"), "warning: nobody fills the role"),
    (e.ItemLinked(*HEAD, "j-1/1", "Fee"), "linked 'Fee'"),
    (
        e.FactRecorded(*HEAD, "j-1/1", "Call", TaskCompleted(), "again"),
        "task completed, 'Call': again",
    ),
    (e.FactRecorded(*HEAD, "j-1/1", "Call", TaskCompleted()), "task completed, 'Call'"),
    (e.ItemCompleted(*HEAD, "j-1/1", "Call", TaskCompleted()), "completed 'Call' (task completed)"),
    (e.ItemCompleted(*HEAD, "j-1/1", "Fee"), "completed 'Fee' (at birth)"),
    (e.ItemReopened(*HEAD, "j-1/1", "Call", TaskReopened()), "reopened 'Call' (task reopened)"),
    (e.ItemResolved(*HEAD, "j-1/1", "Call", "cancelled"), "no longer waits for 'Call': cancelled"),
    (
        e.ReminderSent(*HEAD, "j-1/1", "Fee", 2, ("a@x.com", "b@x.com")),
        "sent reminder 2 of 'Fee' to a@x.com, b@x.com",
    ),
    (e.ReminderSent(*HEAD, "j-1/1", "Fee", 0), "sent a reminder by hand of 'Fee'"),
    (e.ReminderAsked(*HEAD, "j-1/1", "Fee"), "asked for a reminder of 'Fee'"),
    (
        e.RemindersSet(*HEAD, "j-1/1", "Fee", Reminders(3, times=2), AT),
        "reminds of 'Fee' every 3 days, 2 times; next 2027-01-02 03:04 UTC",
    ),
    (
        e.RemindersSet(*HEAD, "j-1/1", "Fee", Reminders(3, times=2)),
        "reminds of 'Fee' every 3 days, 2 times; not yet",
    ),
    (
        e.RemindersSet(*HEAD, "j-1/1", "Fee", Reminders(3, times=2), AT, again=True),
        "reminds of 'Fee' again, every 3 days, 2 times in all; next 2027-01-02 03:04 UTC",
    ),
    (e.RemindersStopped(*HEAD, "j-1/1", "Fee", "paid"), "stopped reminding of 'Fee': paid"),
    (e.RequestDelivered(*HEAD, "k", "tasks", "t-42"), "tasks took k as t-42"),
    (e.RequestDelivered(*HEAD, "k", "email"), "email took k"),
    (
        e.RequestFailed(*HEAD, "k", "email", "timeout", 1, AT + timedelta(seconds=2)),
        "email failed on k (attempt 1): timeout; next try 2027-01-02 03:04:02 UTC",
    ),
    (e.RequestGivenUp(*HEAD, "k", "email", "timeout", 12), "gave up k after attempt 12: timeout"),
    (e.RequestRetried(*HEAD, "k"), "retried k by hand"),
    (e.RequestAbandoned(*HEAD, "k"), "abandoned k by hand"),
    (e.ItemUnlinked(*HEAD, "j-1/1", "Call"), "unlinked 'Call'"),
    (
        e.RequestWithdrawn(*HEAD, "k"),
        "withdrew k: it is no longer needed",
    ),
    (e.RequestInHand(*HEAD, "k"), "no longer needs k, which may be on its way"),
    (e.AccountDeleted(*HEAD, "a-1", ("j-1", "j-2")), "deleted account 'a-1' with 2 jobs"),
    (e.JobDeleted(*HEAD), "deleted job 'j-1'"),
    (e.DefinitionDeleted(*HEAD, "template", "t"), "deleted template 't'"),
    (
        e.DefaultFoldersAsked(*HEAD, "a-1", "years"),
        "asked for the folders of new accounts, by template 'years'",
    ),
    (e.HandedOver(*HEAD, "mia", "tom"), "'mia' handed over to 'tom'"),
    (
        e.HandedOver(*HEAD, "mia", "tom", ("j-1/1",), ("preparer", "reviewer")),
        "'mia' handed over to 'tom': items j-1/1; roles preparer, reviewer",
    ),
    (
        e.HandedOver(*HEAD, "mia", "tom", ("j-1/1",), (), ("Prepare",)),
        "'mia' handed over to 'tom': items 'Prepare'",
    ),
    (
        e.JobStarted(*HEAD, "1040", "a-1", "tax", "intake", "j-0"),
        "started '1040' in stage 'intake' of pipeline 'tax', as j-0 asked for it",
    ),
    (
        e.FollowUpStarted(*HEAD, "j-1.1", "books", "begin", "a"),
        "started the follow-up job j-1.1 in stage 'begin' of pipeline 'books' (a)",
    ),
    (
        e.ClientViewChanged(*HEAD, None, ClientView("Tax"), "a"),
        "shown to the client: name 'Tax' (a)",
    ),
    (
        e.ClientViewChanged(*HEAD, ClientView("Tax"), ClientView("Tax", "Done"), "a"),
        "the client sees status 'Done' (a)",
    ),
    (e.ClientViewChanged(*HEAD, ClientView("Tax"), None, "a"), "hidden from the client (a)"),
    (
        e.JobEdited(
            *HEAD, (e.FieldChange("due", "", "2027-04-15"), e.FieldChange("client_view", "a", ""))
        ),
        "edited due from nothing to '2027-04-15'; client view from 'a' to nothing",
    ),
    (
        e.OrganizerUpdated(*HEAD, "j-1/1", "Organizer"),
        "'Organizer' asks what its template asks now",
    ),
    (
        e.ItemReassigned(*HEAD, "j-1/1", "Call", frozenset({"mia"}), frozenset({"tom"})),
        "reassigned 'Call': +mia -tom",
    ),
    (
        e.ItemRescheduled(*HEAD, "j-1/1", "Call", None, date(2027, 4, 15)),
        "rescheduled 'Call': due on 2027-04-15, before on no day",
    ),
    (e.TriggerFired(*HEAD, "bill", "time-in-stage", 3), "trigger 'time-in-stage' fired"),
    (
        e.TriggerFired(*HEAD, "bill", "time-in-stage", 3, late=True),
        "trigger 'time-in-stage' fired, late",
    ),
    (
        e.TriggerFired(*HEAD, "bill", "time-in-stage", 3, late=True, when="after 5 days here"),
        "trigger 'time-in-stage' (after 5 days here) fired, late",
    ),
    (
        e.TriggerPassed(*HEAD, "bill", "around-due", "it was late"),
        "trigger 'around-due' did not fire: it was late",
    ),
    (
        e.JobWaits(*HEAD, "bill", WaitReason.STATUS, ("Call", "Fee")),
        "waits in 'bill': the job's status holds it, for 'Call', 'Fee'",
    ),
    (e.JobPaused(*HEAD, "no papers"), "paused: no papers"),
    (e.JobPaused(*HEAD), "paused"),
    (e.JobResumed(*HEAD), "resumed"),
    (
        e.JobScheduled(*HEAD, "payroll", date(2027, 1, 31), date(2027, 1, 29)),
        "made by schedule 'payroll' for 2027-01-31, due on 2027-01-29",
    ),
    (
        e.JobScheduled(*HEAD, "payroll", date(2027, 1, 29), date(2027, 1, 29)),
        "made by schedule 'payroll' for 2027-01-29",
    ),
    (
        e.PeriodsSkipped(*HEAD, "payroll", date(2027, 1, 31), date(2027, 1, 31), 1),
        "schedule 'payroll' skipped 1 period that came too late: 2027-01-31",
    ),
    (
        e.PeriodsSkipped(*HEAD, "payroll", date(2027, 1, 31), date(2027, 3, 31), 3),
        "schedule 'payroll' skipped 3 periods that came too late: 2027-01-31 to 2027-03-31",
    ),
    (e.JobResumed(*HEAD, reminders=False), "resumed; its reminders stay off"),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES)
def test_an_event_says_what_happened(event: Event, sentence: str) -> None:
    """In the words of the firm, with the names that the firm gave."""
    assert event.sentence() == sentence
    assert str(event) == f"2027-01-02 03:04 UTC {sentence}"


def test_every_event_is_told() -> None:
    """No kind of event without a sentence of its own."""
    kinds = {type(event) for event, _ in SENTENCES}

    assert {cls for cls in map(vars(e).get, e.__all__) if isinstance(cls, type)} - kinds == {
        Chapter,
        Event,
        e.FieldChange,
        MoveCause,
        SkipCause,
        WaitReason,
    }


def test_history_names_who_did_it() -> None:
    """The system is not named, since it does most."""
    assert (
        str(e.RequestRetried(AT, "j-1", "mia", "k"))
        == "2027-01-02 03:04 UTC retried k by hand [mia]"
    )


@pytest.mark.parametrize("reason", list(WaitReason))
def test_every_wait_has_a_reason_in_words(reason: WaitReason) -> None:
    """Nothing waits in silence."""
    assert len(e.JobWaits(*HEAD, "bill", reason, ("Fee",)).sentence()) > len("waits in 'bill'")


def test_a_host_s_own_event_says_its_name() -> None:
    """Until it brings a sentence of its own."""
    assert Event(*HEAD).sentence() == "Event"


# -- chapters -------------------------------------------------------------------------------------


@given(st.lists(values_of(Event), max_size=6), st.data())
def test_chapters_hold_events_as_they_were(told: list[Event], data: st.DataObject) -> None:
    """A history is kept as chapters and read as events; nothing is lost between."""
    heads = st.sampled_from([(AT, "j-1", "system"), (AT, "j-1", "mia"), (AT, "j-2", "mia")])
    events = [replaced(one, **dict(zip(COMMON, data.draw(heads), strict=True))) for one in told]

    chapters = chapters_of(events)

    assert list(events_of(chapters)) == events
    assert [list(chapter.events()) for chapter in chapters] == [
        list(group) for _, group in groupby(events, lambda one: (one.at, one.job, one.actor))
    ]


def test_a_chapter_says_once_what_its_events_share() -> None:
    """Instant, job and actor stand in the chapter, its lines hold the rest."""
    (chapter,) = chapters_of([e.RequestRetried(*HEAD, "k"), e.ItemUnlinked(*HEAD, "j-1/1", "Fee")])

    assert chapter == Chapter(*HEAD, ((e.RequestRetried, "k"), (e.ItemUnlinked, "j-1/1", "Fee")))
    assert chapters_of([]) == ()
