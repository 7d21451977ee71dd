"""A firm's week, from Monday to Friday: what the clients receive, and what the clerks see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeflow import (
    Account,
    After,
    Cancelled,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    EmailTemplate,
    InvoiceTemplate,
    Item,
    Job,
    LineItem,
    Member,
    MessageTemplate,
    Money,
    NotAllowedError,
    OrganizerReturned,
    OrganizerTemplate,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    ProposalTemplate,
    Question,
    Ref,
    Reminders,
    ReminderSent,
    Role,
    SendEmail,
    SendMessage,
    SendProposal,
    Stage,
    TagChange,
    TaskTemplate,
)
from pipeflow.testing import World

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def usd(amount: str) -> Money:
    """Write an amount of dollars."""
    return Money(amount, "USD")


WELCOME = EmailTemplate("Welcome", subject="Welcome, [ACCOUNT_NAME]", body="Let us begin.")
DEPOSIT = InvoiceTemplate("Deposit", lines=[LineItem("Deposit", rate=usd("100.00"))])
LETTER = ProposalTemplate("Engagement letter", terms="We prepare.", invoice_on_acceptance=DEPOSIT)
OWN = {
    "Yes": TagChange(add={"schedule-c"}),
    "No": TagChange(remove={"schedule-c"}),
}
ORGANIZER = OrganizerTemplate(
    "1040 organizer",
    title="Your questions for [LAST_YEAR]",
    questions=[Question("Did you own a business?", choices=OWN)],
)
PAPERS = MessageTemplate(
    "Send papers", subject="Papers for [LAST_YEAR]", client_tasks=["W-2", "Receipts"]
)
PREPARE = TaskTemplate("Prepare return", assignees=[Role("preparer")], due=After(days=2))
FEE = InvoiceTemplate("Preparation fee", lines=[LineItem("Form 1040", rate=usd("450.00"))])
TEMPLATES = (WELCOME, DEPOSIT, LETTER, ORGANIZER, PAPERS, PREPARE, FEE)
TAX = Pipeline(
    "Personal tax",
    stages=[
        Stage("Engage", [SendEmail(WELCOME), SendProposal(LETTER)], automove=True),
        Stage(
            "Collect",
            [
                CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=9)),
                SendMessage(PAPERS),
            ],
            automove=True,
        ),
        Stage("Prepare", [CreateTask(PREPARE)], automove=True, time_limit=timedelta(days=3)),
        Stage("Bill", [CreateInvoice(FEE, reminders=Reminders(every=1, times=9))], automove=True),
        Stage("Done"),
    ],
    statuses=["On hold"],
)


class Firm:
    """A small firm in its busy season, and what its people look at."""

    def __init__(self) -> None:
        """Two members, five clients, one service."""
        self.world = World(MONDAY)
        self.engine = self.world.engine
        self.mia, self.tom = self.engine.save(Member("Mia Berg"), Member("Tom Ek"))
        self.engine.save(TAX, *TEMPLATES)
        self.clients = {name: self.client(name) for name in ("Ada", "Grace", "Mary", "Emmy", "Eva")}

    def client(self, name: str) -> Account:
        """Take a client on, whose returns Mia prepares."""
        contact = Contact(name, email=f"{name.lower()}@example.com")
        account = Account(name, contacts=[contact], roles={"preparer": self.mia}, access=[self.mia])
        return self.engine.save(account)

    def job(self, name: str) -> Job:
        """Return the job of a client as it now stands."""
        return self.engine.jobs(account=self.clients[name])[0]

    def item(self, name: str, called: str) -> Item:
        """Return an item of a client's job, the newest of that name."""
        return [item for item in self.job(name).items if item.name == called][-1]

    def mails(self, name: str) -> list[str]:
        """Return the subjects of what a client got by mail."""
        account = self.clients[name].id
        return [one.subject for one in self.world.email.sent if one.account == account]

    def bills(self, name: str) -> list[str]:
        """Return what a client was billed for."""
        account = self.clients[name].id
        return [one.name for one in self.world.invoices.created if one.account == account]

    def tags(self, name: str) -> set[str]:
        """Return the tags of a client."""
        return set(self.engine.account(self.clients[name]).tags)

    def waits_for(self, name: str) -> list[str]:
        """Return what a client's job waits for."""
        return [item.name for item in self.job(name).open_items]

    def why(self, name: str) -> str:
        """Return why a client's job is where it is, in a sentence."""
        return self.engine.explain(self.job(name)).sentence

    def signs_and_pays(self, name: str) -> None:
        """Let a client sign the letter and pay the deposit that it brings."""
        job = self.world.client.signs(self.job(name), "Engagement letter")
        self.world.client.pays(job, "Deposit")

    def answers(self, name: str, own_business: str) -> None:
        """Let a client submit the organizer."""
        said = {"Did you own a business?": own_business}
        self.world.client.submits(self.job(name), "1040 organizer", said)


def monday(firm: Firm) -> None:
    """Letters go out to four clients; the work for a fifth is brought along from elsewhere."""
    engine, four = firm.engine, [firm.clients[name] for name in ("Ada", "Grace", "Mary", "Emmy")]
    engine.start_many(TAX, four, name="[ACCOUNT_NAME] [LAST_YEAR]", due=date(2026, 1, 8))
    eva = engine.start(TAX, firm.clients["Eva"], stage="Bill", name="Eva 2025", fire=False)
    engine.link(eva, Ref("invoices", "R-2025-9"), "invoice", "Fee of last week")

    assert firm.job("Ada").name == "Ada 2025"
    assert firm.mails("Ada") == ["Welcome, Ada"]
    assert firm.mails("Eva") == firm.bills("Eva") == []
    assert firm.why("Eva") == (
        "It waits for invoice 'Fee of last week', and then moves on by itself to 'Done'."
    )
    assert engine.work(side="team") == []  # all of it is the clients'

    firm.signs_and_pays("Ada")
    firm.signs_and_pays("Mary")
    engine.record(firm.item("Grace", "Engagement letter"), Declined("Grace", "too expensive"))

    assert firm.bills("Ada") == ["Deposit"]
    assert firm.waits_for("Mary") == ["1040 organizer", "Send papers"]
    assert (
        str(engine.work(side="team"))
        == "proposal 'Engagement letter' of 'Grace 2025' (Grace): team"
    )
    assert "declined by Grace: too expensive" in str(engine.explain(firm.job("Grace")))


def tuesday(firm: Firm) -> None:
    """Answers come, are returned and come anew; a card lands in a wrong column; mail goes down."""
    engine = firm.engine
    assert firm.mails("Ada") == ["Welcome, Ada", "Reminder: Your questions for 2025"]

    firm.answers("Ada", "Yes")
    assert firm.tags("Ada") == {"schedule-c"}
    engine.record(firm.item("Ada", "1040 organizer"), OrganizerReturned(), actor="mia-berg")
    assert firm.waits_for("Ada") == ["1040 organizer", "Send papers"]
    firm.answers("Ada", "No")
    assert firm.tags("Ada") == set()
    firm.world.client.checks(firm.job("Ada"), "Send papers")
    assert str(engine.work(member=firm.mia)) == (
        "task 'Prepare return' of 'Ada 2025' (Ada): Mia Berg, due 2026-01-08"
    )

    engine.move(firm.job("Ada"), "Bill", actor="tom-ek")
    undone = engine.undo(firm.job("Ada"), actor="tom-ek")
    assert str(undone).splitlines() == [
        "'Ada 2025' is back in stage 'prepare', visit 3",
        "- being cancelled: 'Preparation fee' (invoices:invoice-3)",
    ]
    assert [gone.ref for gone in firm.world.invoices.cancelled] == ["invoice-3"]
    assert firm.waits_for("Ada") == ["Prepare return"]

    engine.reopen(firm.item("Grace", "Engagement letter"), "a lower price", actor="tom-ek")
    firm.signs_and_pays("Grace")
    engine.record(firm.item("Emmy", "Engagement letter"), Cancelled("went elsewhere"))
    assert firm.job("Grace").stage == "collect"
    assert firm.why("Emmy").startswith("Nothing was completed in this visit")
    firm.world.email.fail_when(lambda _: True, ConnectionError("mail is down"))


def wednesday(firm: Firm) -> None:
    """Mail is down since last night; Tom takes a task over, a job rests, a late payment comes."""
    engine, task = firm.engine, firm.item("Ada", "Prepare return")
    engine.reassign(task, [firm.tom], actor="mia-berg")
    engine.reschedule(task, date(2026, 1, 12), actor="mia-berg")
    engine.edit(firm.job("Ada"), due=date(2026, 1, 14), priority="high", actor="mia-berg")

    assert engine.work(member=firm.mia) == []
    assert str(engine.work(member=firm.tom)) == (
        "task 'Prepare return' of 'Ada 2025' (Ada): Tom Ek, due 2026-01-12"
    )
    assert firm.world.tasks.updated[-1].due == date(2026, 1, 12)

    engine.pause(firm.job("Mary"), "abroad until Friday", actor="mia-berg")
    with pytest.raises(NotAllowedError, match=r"is paused \(abroad until Friday\)"):
        engine.move(firm.job("Mary"), "Bill")

    firm.world.client.pays(firm.job("Eva"), "Fee of last week")
    assert firm.job("Eva").stage == "done"


def thursday(firm: Firm) -> None:
    """The work is done and billed; money comes, fails, comes again, and a part goes back."""
    engine = firm.engine
    firm.world.team.completes(firm.job("Ada"), "Prepare return")
    assert firm.bills("Ada") == ["Deposit", "Preparation fee", "Preparation fee"]

    fee = firm.item("Ada", "Preparation fee")
    engine.record(fee, PaymentReceived(usd("450.00"), cleared=False, reference="debit-1"))
    assert "nobody is reminded of it" in str(engine.explain(firm.job("Ada")))
    engine.record(fee, PaymentFailed("debit-1"))
    assert firm.waits_for("Ada") == ["Preparation fee"]
    engine.record(fee, PaymentReceived(usd("450.00"), reference="card-1"))
    assert firm.job("Ada").stage == "done"
    engine.record(fee, PaymentRefunded("card-1", usd("50.00")))
    assert firm.job("Ada").stage == "done"
    assert firm.why("Ada") == (
        "It is in the last stage. Nothing is open here, but an earlier stage left something open."
    )
    assert "invoice 'Preparation fee' of 'Ada 2025' (Ada): client" in str(
        engine.work(side="client")
    )

    assert firm.mails("Grace") == ["Welcome, Grace"]
    assert {failure.job for failure in engine.failures()} == {firm.job("Grace").id}
    assert "ConnectionError: mail is down" in str(engine.explain(firm.job("Grace")))


def friday(firm: Firm) -> None:
    """Mail is back, Mary too; Mia leaves the firm, and so does a client."""
    engine, grace = firm.engine, firm.job("Grace")
    assert firm.mails("Grace") == ["Welcome, Grace", *["Reminder: Your questions for 2025"] * 2]
    assert [str(sent.at.date()) for sent in engine.history(grace).of(ReminderSent)] == [
        "2026-01-08",  # late, and one for both days on which mail was down
        "2026-01-09",
    ]
    assert engine.failures() == ()
    assert [job.name for job in engine.jobs(overdue=True)] == [
        "Grace 2025",
        "Mary 2025",
        "Emmy 2025",
    ]

    engine.resume(firm.job("Mary"), reminders=False, actor="mia-berg")
    engine.remind(firm.item("Mary", "1040 organizer"), actor="mia-berg")
    assert firm.mails("Mary") == ["Welcome, Mary", *["Reminder: Your questions for 2025"] * 2]

    engine.save(Member("Mia Berg", active=False), replace=True)
    assert str(engine.hand_over(firm.mia, firm.tom, actor="boss")).startswith(
        "'mia-berg' handed over to 'tom-ek': "
    )
    engine.delete(firm.mia, actor="boss")
    assert engine.account(firm.clients["Ada"]).roles == {"preparer": ("tom-ek",)}

    engine.archive_many(engine.jobs(account=firm.clients["Emmy"]), actor="tom-ek")
    engine.delete(firm.clients["Emmy"], actor="tom-ek")
    assert str(engine.feed(limit=1)) == (
        "2026-01-09 09:00 UTC deleted account 'account-4' with 1 job [tom-ek]"
    )
    assert [job.name for job in engine.jobs()] == [
        "Ada 2025",
        "Grace 2025",
        "Mary 2025",
        "Eva 2025",
    ]


def test_a_firms_week() -> None:
    """From the first letter to the last deletion, with whatever goes wrong in between."""
    firm = Firm()
    monday(firm)
    firm.world.advance(days=1)
    tuesday(firm)
    firm.world.advance(days=1)
    wednesday(firm)
    firm.world.advance(days=1)
    thursday(firm)
    firm.world.email.recover()
    firm.world.advance(days=1)
    friday(firm)
