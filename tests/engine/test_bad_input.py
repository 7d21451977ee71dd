"""Bad input: an error that teaches, and the firm exactly as it was before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import pytest

from pipeflow import (
    Account,
    CreateInvoice,
    CreateTask,
    EmailTemplate,
    InvoicePaid,
    LineItem,
    Money,
    OrganizerSubmitted,
    PaymentReceived,
    PipeflowError,
    Pipeline,
    Ref,
    Reminders,
    SendEmail,
    Settings,
    Stage,
    TaskCompleted,
    TaskTemplate,
    UpdateJobAssignees,
    field_is,
    tagged,
)
from pipeflow.testing import World
from tests.firms import DONE, FEE, PREPARE, begun, dump

Call = Callable[[World], Any]


class Nowhere(tzinfo):
    """A zone that does not know how far it is from UTC."""

    def utcoffset(self, dt: datetime | None, /) -> None:
        """Say nothing."""

    def dst(self, dt: datetime | None, /) -> None:
        """Say nothing."""

    def tzname(self, dt: datetime | None, /) -> None:
        """Say nothing."""


# What no type checker would let pass, and a host may give all the same.
FLOAT: Any = 450.0
FIVE: Any = 5
WORD: Any = "done"
NOTHING: Any = None
CLASS: Any = TaskCompleted

CASES: dict[str, tuple[Call, str]] = {
    # -- whatever is put in wrong
    "unknown template": (
        lambda w: w.engine.save(Pipeline("P", [Stage("A", [CreateTask("prepair")])])),
        r"\$\.stages\[0\]\.automations\[0\]\.template: there is no .*mean 'prepare'",
    ),
    "unknown template of a job": (
        lambda w: w.engine.start("tax", "account-1", template="prepair"),
        "no template 'prepair'.*Did you mean 'prepare'",
    ),
    "template of another kind for a job": (
        lambda w: w.engine.start("tax", "account-1", template="prepare"),
        "'prepare' is a task template, and a job template is needed",
    ),
    "unknown stage": (
        lambda w: w.engine.move("job-1", "Wrk"),
        "no stage 'Wrk'.*Did you mean 'Work'",
    ),
    "unknown stage at start": (
        lambda w: w.engine.start("tax", "account-1", stage="Wrk"),
        "no stage 'Wrk'.*Did you mean 'Work'",
    ),
    "unknown member": (
        lambda w: w.engine.save(Pipeline("P", [Stage("A", [UpdateJobAssignees(add=["mia"])])])),
        r"\$\.stages\[0\]\.automations\[0\]\.add: there is no member 'mia'",
    ),
    "unknown assignee": (
        lambda w: w.engine.start("tax", "account-1", assignees=["mia"]),
        "no member 'mia'",
    ),
    "unknown merge field": (
        lambda w: w.engine.save(EmailTemplate("E", subject="[ACOUNT_NAME]")),
        r"\$\.subject: there is no merge field '\[ACOUNT_NAME\]'.*Did you mean '\[ACCOUNT_NAME\]'",
    ),
    "fact for the wrong kind of item": (
        lambda w: w.engine.record("job-1/1", InvoicePaid()),
        "InvoicePaid cannot happen to 'Prepare', which is a task.*Allowed: Cancelled, Reop",
    ),
    "a float as money": (
        lambda w: Money(FLOAT, "USD"),
        r"\$\.amount: must be an exact number, and a float rounds",
    ),
    "a float as the total of a link": (
        lambda w: w.engine.link("job-1", "i-1", "invoice", total=FLOAT),
        r"\$\.total: must be Money",
    ),
    "a float as a payment": (
        lambda w: w.engine.record("job-1/2", PaymentReceived(FLOAT)),
        r"\$\.amount: must be Money",
    ),
    "a float in an answer": (
        lambda w: OrganizerSubmitted({"How much?": FLOAT}),
        r"\$\.answers",
    ),
    "a float in a condition": (lambda w: field_is("rate", FLOAT), r"\$\.value"),
    "an endless number in a custom field": (
        lambda w: w.engine.save(Account("Bob", fields={"rate": Decimal("1E+5000")})),
        r"\$\.fields\['rate'\]: must be between",
    ),
    "an endless number in an answer": (
        lambda w: w.engine.record(
            "job-1/1", OrganizerSubmitted({"How much?": Decimal("1E-5000")}), command_id="c"
        ),
        r"\$\.answers\['How much\?'\]: must have at most 60 digits",
    ),
    "an endless number in a condition": (
        lambda w: field_is("rate", Decimal("1E+5000")),
        r"\$\.value: must be between",
    ),
    "a whole number without an end": (
        lambda w: w.engine.save(Account("Bob", fields={"rate": 10**5000})),
        r"\$\.fields\['rate'\]: is too large",
    ),
    "an amount without an end": (
        lambda w: w.engine.record("job-1/2", PaymentReceived(Money("1E-5000", "USD"))),
        r"\$\.amount: must have at most 60 digits",
    ),
    "a whole number without an end as a setting": (
        lambda w: Settings(attempts=10**5000),
        r"\$\.attempts: must be a whole number",
    ),
    "a whole number without an end as a priority": (
        lambda w: w.engine.start("tax", "account-1", priority=FIVE**9999),
        "no priority <int>",
    ),
    "a whole number without an end as a kind": (
        lambda w: w.engine.link("job-1", "x", FIVE**9999),
        "no item kind <int>",
    ),
    "a float as a rate": (lambda w: LineItem("W", rate=FLOAT), r"\$\.rate: must be Money"),
    "a naive datetime to tick": (
        lambda w: w.engine.tick(datetime(2027, 1, 1)),
        r"\$\.now: must be an aware datetime",
    ),
    "the first moment there is to tick": (
        lambda w: w.engine.tick(datetime.min.replace(tzinfo=UTC)),
        r"\$\.now: must lie between the years 1000 and 9000",
    ),
    "the last moment there is to tick": (
        lambda w: w.engine.tick(datetime.max.replace(tzinfo=UTC)),
        r"\$\.now: must lie between the years 1000 and 9000",
    ),
    "a datetime to tick whose zone says nothing": (
        lambda w: w.engine.tick(datetime(2027, 1, 1, tzinfo=Nowhere())),
        r"\$\.now: must be an aware datetime",
    ),
    "an endless memory": (
        lambda w: w.engine.save(Settings(forget_after=timedelta(days=999_999))),
        r"\$\.forget_after: must be at most 36525 days",
    ),
    "an endless lease": (
        lambda w: w.engine.save(Settings(lease=timedelta(days=9_999_999))),
        r"\$\.lease: must be at most 36525 days",
    ),
    "an endless lease of what is pending": (
        lambda w: w.engine.pending(lease=timedelta.max),
        r"\$\.lease: must be at most 36525 days",
    ),
    "an endless time limit": (
        lambda w: Stage("Work", time_limit=timedelta.max),
        r"\$\.time_limit: must be at most 36525 days",
    ),
    "a naive datetime as a due date": (
        lambda w: w.engine.start("tax", "account-1", due=datetime(2027, 1, 1)),
        r"\$\.due: must be a date",
    ),
    "an aware datetime as a start": (
        lambda w: w.engine.start("tax", "account-1", start=datetime(2027, 1, 1, tzinfo=UTC)),
        r"\$\.start: must be a date",
    ),
    "a naive datetime for the clock": (
        lambda w: w.clock.set(datetime(2027, 1, 1)),
        "must be an aware datetime",
    ),
    "an automove on the last stage": (
        lambda w: w.engine.save(Pipeline("P", [Stage("A"), Stage("B", automove=True)])),
        r"\$\.stages\[1\]\.automove: the last stage cannot automove",
    ),
    "a condition on the first stage": (
        lambda w: w.engine.save(Pipeline("P", [Stage("A", when=tagged("a")), Stage("B")])),
        r"\$\.stages\[0\]\.when: the first stage cannot be conditional",
    ),
    "duplicate stage ids": (
        lambda w: w.engine.save(Pipeline("P", [Stage("A"), Stage("a")])),
        r"\$\.stages\[1\]\.id: stage 'a' has the id 'a'",
    ),
    "duplicate automation ids": (
        lambda w: Stage("A", [CreateTask("t", id="x"), CreateTask("t", id="x")]),
        "two automations have the id 'x'",
    ),
    "duplicate template ids": (
        lambda w: w.engine.save(TaskTemplate("T"), EmailTemplate("t", subject="s")),
        "two different things have the id 't'",
    ),
    "an empty pipeline": (
        lambda w: w.engine.save(Pipeline("P", [])),
        r"\$\.stages: must have at least one stage",
    ),
    # -- and what a tired host might do besides
    "unknown account": (lambda w: w.engine.start("tax", "acount-1"), "Did you mean 'account-1'"),
    "an account that was not saved": (
        lambda w: w.engine.start("tax", Account("Bob")),
        "account 'Bob' was not saved yet; save it first",
    ),
    "unknown pipeline": (lambda w: w.engine.start("taxes", "account-1"), "Did you mean 'tax'"),
    "unknown job": (lambda w: w.engine.move("job-11", "Work"), "Did you mean 'job-1'"),
    "no job at all": (
        lambda w: w.engine.move(NOTHING, "Work"),
        r"\$\.job: must be a job or its id",
    ),
    "unknown item": (lambda w: w.engine.complete("job-1/9"), "no item 'job-1/9'"),
    "an item's name as its id": (lambda w: w.engine.complete("Prepare"), "'<job id>/<n>'"),
    "no fact": (lambda w: w.engine.record("job-1/1", WORD), r"\$\.fact: is no fact"),
    "the class of a fact": (lambda w: w.engine.record("job-1/1", CLASS), "is no fact"),
    "a text as a reference": (
        lambda w: w.engine.receive(WORD, TaskCompleted()),
        r"\$\.ref: must be a Ref",
    ),
    "a reference of no port": (
        lambda w: w.engine.receive(Ref(FIVE, "t-1"), TaskCompleted()),
        r"\$\.ref: must be a Ref, of the port's name and the host's own id",
    ),
    "a reference without an id": (
        lambda w: w.engine.receive(Ref("tasks", NOTHING), TaskCompleted()),
        r"\$\.ref: must be a Ref",
    ),
    "an item of no port": (lambda w: w.engine.item(Ref(NOTHING, "t-1")), r"\$\.ref: must be a Ref"),
    "a link of no port": (
        lambda w: w.engine.link("job-1", Ref(FIVE, "x")),
        r"\$\.ref: must be text",
    ),
    "jobs of a status that is none": (
        lambda w: w.engine.jobs(status=FIVE),
        r"\$\.status: must be text",
    ),
    "no fact for a reference": (lambda w: w.engine.receive(WORD, WORD), "is no fact"),
    "a link of an unknown kind": (
        lambda w: w.engine.link("job-1", "x", "tusk"),
        "Did you mean 'task'",
    ),
    "a link to nothing": (lambda w: w.engine.link("job-1", ""), "needs the host's id"),
    "a link to a number": (lambda w: w.engine.link("job-1", FIVE), r"\$\.ref"),
    "a link with a name no store can keep": (
        lambda w: w.engine.link("job-1", "x", name="\ud800"),
        r"\$\.name: holds",
    ),
    "a link whose client tasks are one text": (
        lambda w: w.engine.link("job-1", "x", "message", client_tasks="Scan"),
        r"\$\.client_tasks: must be a list of texts",
    ),
    "a name no store can keep": (
        lambda w: w.engine.start("tax", "account-1", name="a\0b"),
        r"\$\.name: holds",
    ),
    "a name that is none": (
        lambda w: w.engine.start("tax", "account-1", name=FIVE),
        r"\$\.name: must be text",
    ),
    "an unknown priority": (
        lambda w: w.engine.start("tax", "account-1", priority="hihg"),
        "Did you mean 'high'",
    ),
    "due before the start": (
        lambda w: w.engine.start(
            "tax",
            "account-1",
            start=datetime(2027, 2, 1, tzinfo=UTC).date(),
            due=datetime(2027, 1, 1, tzinfo=UTC).date(),
        ),
        r"\$\.due: is before the start",
    ),
    "an unknown status": (lambda w: w.engine.set_status("job-1", "Paused"), "no status 'Paused'"),
    "a status that is none": (lambda w: w.engine.set_status("job-1", FIVE), "must be a status"),
    "a text for a list of automations": (
        lambda w: w.engine.move("job-1", "Work", skip=["nope"]),
        "no automation 'nope'",
    ),
    "reminders that never come": (lambda w: Reminders(every=0), r"\$\.every"),
    "an unknown time zone": (lambda w: Settings(time_zone="Mars/Base"), r"\$\.time_zone"),
    "members that are nobody on an account": (
        lambda w: w.engine.save(Account("Bob", access=["eve"], roles={"preparer": "mia"})),
        r"(?s)\$\.access: there is no member 'eve'.*\$\.roles.*: there is no member 'mia'",
    ),
    "an unknown member of an edit": (
        lambda w: w.engine.edit("job-1", assignees=["mia"]),
        r"\$\.assignees: there is no member 'mia'",
    ),
    "an edit with a name no store can keep": (
        lambda w: w.engine.edit("job-1", name="a\0b"),
        r"\$\.name: holds",
    ),
    "an item of an unknown member": (
        lambda w: w.engine.reassign("job-1/1", ["mia"]),
        r"\$\.to: there is no member 'mia'",
    ),
    "a datetime as the day of an item": (
        lambda w: w.engine.reschedule("job-1/1", datetime(2027, 1, 1)),
        r"\$\.due: must be a date or None",
    ),
    "a reason for a pause no store can keep": (
        lambda w: w.engine.pause("job-1", "\ud800"),
        r"\$\.reason: holds",
    ),
    "one unknown job of many": (
        lambda w: w.engine.archive_many(["job-1", "job-2"]),
        r"\$\.jobs\[1\].*no job 'job-2'",
    ),
    "something that is no job, of many": (
        lambda w: w.engine.move_many(["job-1", FIVE], "Work"),
        r"\$\.jobs\[1\]: must be a job or its id",
    ),
    "an actor that is none": (lambda w: w.engine.move("job-1", "Work", actor=FIVE), r"\$\.actor"),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name: str) -> None:
    """It is refused whole, with an error that names the place and what would be right."""
    world, _ = begun(
        Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE), SendEmail("welcome")]),
        Stage("Work"),
        DONE,
    )
    call, said = CASES[name]
    before = dump(world)

    with pytest.raises(PipeflowError, match=said):
        call(world)

    assert dump(world) == before
