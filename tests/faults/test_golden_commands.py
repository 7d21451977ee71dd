"""What every command says, in its canonical form, as a file that is only ever added to.

A command id is remembered with what was said under it, and a repeat may come after the host took a
newer version: so each line of `tests/golden/commands.json` must stay what it is. A command that
can say more gets lines of its own; no line is changed and none is taken away.
"""

from __future__ import annotations

import json
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from pipeflow import (
    Account,
    Cancelled,
    ClientView,
    Contact,
    CreateTask,
    Declined,
    InvoicePaid,
    ItemKind,
    Member,
    Money,
    Open,
    OrganizerSubmitted,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    Priority,
    ProposalSigned,
    Ref,
    Reminders,
    Role,
    Settings,
    Signatures,
    Stage,
    TaskCompleted,
    TaskTemplate,
    rules,
)
from pipeflow.engine import commands
from pipeflow.engine.commands import Command
from pipeflow.model.facts import ALL
from pipeflow.model.plans import Plan
from pipeflow.ports import CarriedOut

GOLDEN = Path(__file__).parents[1] / "golden" / "commands.json"

LINK = rules.LinkSpec(Ref("documents", "d-1"), ItemKind.APPROVAL, "Draft return")
WHOLE_LINK = rules.LinkSpec(
    Ref("messages", "m-1"),
    ItemKind.MESSAGE,
    "Ask",
    completed=True,
    total=Money("450.00", "USD"),
    client_tasks=("Scan", "Upload"),
    signatures=Signatures.ONE,
    signers=("contact-1", "Notary"),
)
ANSWERS = {
    "Business?": "Yes",
    "Incomes?": ["Wages", "Rent"],
    "Children?": 2,
    "Rate?": Decimal("1.5"),
    "Born?": date(1980, 2, 29),
    "Married?": True,
}
STARTED = {
    "name": "Return [CURRENT_YEAR]",
    "stage": "Work",
    "template": "return",
    "assignees": frozenset({"mia", Role("Preparer"), "tom"}),
    "priority": Priority.HIGH,
    "start": date(2027, 1, 15),
    "due": date(2027, 4, 15),
}
EDITS = rules.Edits(
    name="Return [CURRENT_YEAR]",
    assignees=frozenset({"mia", Role("Preparer"), "tom"}),
    priority=Priority.HIGH,
    start=date(2027, 1, 15),
    due=None,
    description="For the year",
    comments="Ask first",
    client_view=ClientView("Your return"),
    time_budget=timedelta(hours=4),
)
PREPARE = TaskTemplate("Prepare", tags={"b", "a"})
PLAN = Plan(Pipeline("Tax", stages=[Stage("Work", [CreateTask(PREPARE)]), Stage("Done")]))

# Each command that a host can give: as short as it can be said, and with all that can be said.
COMMANDS: dict[str, Command] = {
    "start": commands.Start("tax", "account-1"),
    "start, in full": commands.Start("tax", "account-1", **STARTED),  # type: ignore[arg-type]
    "start, one of many": commands.Start("tax", "account-1", of="import-7"),
    "start many": commands.StartMany("tax", ("account-1", "account-2")),
    "start many, in full": commands.StartMany("tax", ("account-1",), **STARTED),  # type: ignore[arg-type]
    "move": commands.Move("job-1", "work"),
    "move, leaving out": commands.Move("job-1", "work", frozenset({"b", "a"})),
    "transfer": commands.Transfer("job-1", "other"),
    "transfer, to a stage": commands.Transfer("job-1", "other", "begin"),
    "reevaluate": commands.Reevaluate("job-1"),
    "record": commands.Record("job-1/1", TaskCompleted()),
    "record, a payment": commands.Record("job-1/2", PaymentReceived(Money("40.00", "USD"))),
    "record, a debit": commands.Record(
        "job-1/2", PaymentReceived(Money("40.00", "USD"), cleared=False, reference="p-1")
    ),
    "record, answers": commands.Record("job-1/3", OrganizerSubmitted(ANSWERS)),
    "record, a signature": commands.Record(
        "job-1/4", ProposalSigned(Contact("Ada", id="contact-1"), package="Gold")
    ),
    "record, in other scripts": commands.Record("job-1/5", Cancelled("отменено — 税金")),
    "receive": commands.Receive(Ref("tasks", "t-42"), TaskCompleted()),
    "receive, payment in full": commands.Receive(Ref("invoices", "i-42"), InvoicePaid()),
    "complete": commands.Complete("job-1/1"),
    "link": commands.Link("job-1", LINK),
    "link, in full": commands.Link("job-1", WHOLE_LINK),
    "unlink": commands.Unlink("job-1", "job-1/1"),
    "set status": commands.SetStatus("job-1", "Archived"),
    "set status, one of its own": commands.SetStatus("job-1", "On Hold"),
    "set status, without reminders": commands.SetStatus("job-1", "Active", False),
    "restore, with reminders": commands.SetStatus("job-1", "Active", True, usual=False),
    "remind": commands.Remind("job-1/2"),
    "set reminders": commands.SetReminders("job-1/2", Reminders(timedelta(days=7), times=3)),
    "set reminders, off": commands.SetReminders("job-1/2", None),
    "tag": commands.Tag("account-1", frozenset({"b", "a"})),
    "tag, in full": commands.Tag("account-1", frozenset({"a"}), frozenset({"c", "b"}), clear=True),
    "retry": commands.Retry("default/job-1/1/create-task-prepare"),
    "abandon": commands.Abandon("default/job-1/1/create-task-prepare"),
    "save": commands.Save((PREPARE,)),
    "save, over what is there": commands.Save((PREPARE,), replace=True),
    "save, settings with times": commands.Save((Settings(day_starts=time(8, 30)),)),
    "save, several": commands.Save(
        (
            Account("Ada", contacts=[Contact("Ada", email="ada@example.com")], tags={"b", "a"}),
            Member("Mia", id="mia"),
            Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), Stage("Done")]),
            Settings(attempts=3),
        )
    ),
    "start, leaving out": commands.Start("tax", "account-1", skip=frozenset({"b", "a"})),
    "start, firing nothing": commands.Start("tax", "account-1", fire=False),
    "start many, leaving out": commands.StartMany("tax", ("account-1",), skip=frozenset({"a"})),
    "start many, firing nothing": commands.StartMany("tax", ("account-1",), fire=False),
    "transfer, leaving out": commands.Transfer("job-1", "other", None, frozenset({"b", "a"})),
    "transfer, firing nothing": commands.Transfer("job-1", "other", fire=False),
    "edit": commands.Edit("job-1", rules.Edits(due=date(2027, 4, 15))),
    "edit, in full": commands.Edit("job-1", EDITS),
    "reassign": commands.Reassign("job-1/1", frozenset({"mia", Role("Preparer")})),
    "reassign, to nobody": commands.Reassign("job-1/1", frozenset()),
    "reschedule": commands.Reschedule("job-1/1", date(2027, 4, 15)),
    "reschedule, to no day": commands.Reschedule("job-1/1", None),
    "pause": commands.Pause("job-1"),
    "pause, for a reason": commands.Pause("job-1", "no papers"),
    "resume": commands.Resume("job-1"),
    "resume, in silence": commands.Resume("job-1", reminders=False),
    "archive many": commands.ArchiveMany(("job-1", "job-2")),
    "move many": commands.MoveMany(("job-1", "job-2"), "work"),
    "move many, leaving out": commands.MoveMany(("job-1",), "work", frozenset({"b", "a"})),
    "move many, quietly": commands.MoveMany(("job-1",), "work", open=Open.QUIET),
    "edit many": commands.EditMany(("job-1", "job-2"), rules.Edits(due=date(2027, 4, 15))),
    "edit many, in full": commands.EditMany(("job-1",), EDITS),
    "tag many": commands.TagMany(("account-1", "account-2"), frozenset({"b", "a"})),
    "tag many, in full": commands.TagMany(
        ("account-1",), frozenset({"a"}), frozenset({"c", "b"}), clear=True
    ),
}
COMMANDS |= {
    "move, cancelling": commands.Move("job-1", "work", open=Open.CANCEL),
    "transfer, carrying over": commands.Transfer("job-1", "other", open=Open.CARRY),
    "undo": commands.Undo("job-1"),
    "delete": commands.Delete("account-1"),
    "hand over": commands.HandOver("mia", "tom"),
    "apply": commands.Apply(PLAN, {}),
    "apply, moving jobs": commands.Apply(PLAN, {"old": "work"}, Open.CARRY),
    "apply, giving statuses": commands.Apply(PLAN, {}, Open.STAY, {"old": "Active"}),
    "reopen": commands.Reopen("job-1/1"),
    "reopen, with a reason": commands.Reopen("job-1/1", "paid by mistake"),
    "record, money that went back": commands.Record(
        "job-1/2", PaymentRefunded("p-1", Money("40.00", "USD"))
    ),
    "record, an answer that is no": commands.Record(
        "job-1/4", Declined(Contact("Ada", id="contact-1"), "too dear")
    ),
    "record, submitted for the client": commands.Record(
        "job-1/3", OrganizerSubmitted({"Business?": "Yes"}, incomplete=True)
    ),
}
# What the engine says to itself, and what takes no command id.
INNER = {
    "Command",
    "Drop",
    "Install",
    "KeepFailure",
    "KeepLate",
    "KeepReceipts",
    "MakeRecurring",
    "Ring",
    "TellEdit",
    "UndoStart",
    "Unfold",
    "Wake",
    "WakeAll",
    "UpdateOrganizers",
}


def text_of(command: Command) -> str:
    """Return what a command says as canonical JSON, in the very form in which it is kept."""
    return json.dumps(command.said(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def golden() -> dict[str, str]:
    """Return the lines of the file."""
    found: dict[str, str] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found


def test_every_command_that_a_host_can_give_is_in_the_file() -> None:
    """A new command is added; whoever takes one away breaks the repeats of hosts."""
    known = {type(command).__name__ for command in COMMANDS.values()}

    assert known == set(commands.__all__) - INNER
    assert list(COMMANDS) == list(golden())


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_says_never_changes(name: str) -> None:
    """Byte for byte, in every later version (R-33)."""
    assert text_of(COMMANDS[name]) == golden()[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_kept_of_a_command_is_what_it_says(name: str) -> None:
    """The engine compares a repeat with that very text."""
    kept = CarriedOut(golden()[name])

    assert COMMANDS[name].is_repeat(kept)
    assert not commands.Reevaluate("job-99").is_repeat(kept)


def test_no_two_commands_say_the_same() -> None:
    """But for how a save is to be carried out, which is not what it says."""
    texts = [text_of(one) for name, one in COMMANDS.items() if name != "save, over what is there"]

    assert len(texts) == len(set(texts))


def test_what_a_command_says_is_plain_data() -> None:
    """JSON gives back what was put in, and it begins with the name of the call."""
    for command in COMMANDS.values():
        assert json.loads(text_of(command)) == command.said()
        assert command.said()["do"] == command.action


def test_facts_of_every_kind_can_be_said() -> None:
    """As they are kept elsewhere: a kind, and what is no default."""
    for kind in ALL:
        required = [
            field for field in attrs.fields(kind) if field.default is attrs.NOTHING and field.init
        ]
        fact = kind(*(Money("1", "USD") if f.name == "amount" else "x" for f in required))
        said = commands.Record("job-1/1", fact).said()["fact"]
        assert json.loads(json.dumps(said)) == said
        assert len(said) == 1 + len(required)
