"""Books, accounts, jobs and states as plain values, and decisions that follow one another."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from pipeflow import (
    Account,
    ClientRequestTemplate,
    Contact,
    EmailTemplate,
    Event,
    Fact,
    FolderTemplate,
    InvoiceTemplate,
    Item,
    ItemKind,
    ItemState,
    Job,
    JobStatus,
    Language,
    LineItem,
    MessageTemplate,
    Money,
    OrganizerTemplate,
    Package,
    Pipeline,
    ProposalTemplate,
    Question,
    QuestionKind,
    Ref,
    Reminders,
    Settings,
    Signatures,
    Stage,
    TagChange,
    TaskTemplate,
    Template,
    rules,
)
from pipeflow.model.record import replaced
from pipeflow.model.settings import Firm
from pipeflow.ports import Email, ReminderTimer, Request

E = TypeVar("E", bound=Event)

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
TENANT, MIA = "firm", "mia"
ADA = Contact("Ada Lovelace", email="ada@example.com", id="c-ada")
BOB = Contact("Bob Lovelace", email="bob@example.com", id="c-bob")
DAILY = Reminders(every=1, times=3)
DONE = Stage("Done")
# A language of numbers: the first month is "m1", and Monday is "d1".
NUMBERED = Language(
    "nn",
    months=[f"m{n}" for n in range(1, 13)],
    days=[f"d{n}" for n in range(1, 8)],
    full_date="{day}. {month} {year}",
)


def reminder_timers(decision: rules.Decision) -> list[ReminderTimer]:
    """Return the reminders that a decision sets."""
    return [one.action for one in decision.timers if isinstance(one.action, ReminderTimer)]


def usd(amount: str) -> Money:
    """Make dollars."""
    return Money(amount, "USD")


WELCOME = EmailTemplate("Welcome", subject="Welcome, [ACCOUNT_NAME]", body="It begins.")
NEWS = MessageTemplate("News", subject="News")
CHECKLIST = MessageTemplate("Checklist", subject="Please", client_tasks=["Scan", "Upload"])
BUSINESS, INCOMES = "Did you own a business?", "Which incomes?"
ORGANIZER = OrganizerTemplate(
    "Organizer",
    questions=[
        Question(
            BUSINESS,
            choices={"Yes": TagChange(add={"business"}), "No": TagChange(remove={"business"})},
        ),
        Question(
            INCOMES,
            kind=QuestionKind.CHOICES,
            choices={
                "Wages": None,
                "Rent": TagChange(add={"rent"}),
                "Farm": TagChange(add={"farm"}),
            },
        ),
        Question("How many children?", kind=QuestionKind.NUMBER, field="children"),
        Question("Born?", kind=QuestionKind.DATE, field="born"),
        Question("Married?", kind=QuestionKind.YES_NO, field="married"),
        Question("Anything else?"),
    ],
)
FEE = InvoiceTemplate("Fee", lines=[LineItem("Form 1040", rate=usd("100.00"))])
FREE = InvoiceTemplate("Free", lines=[LineItem("Gift", rate=usd("0.00"))])
PREPARE = TaskTemplate("Prepare", subtasks=["Enter", "Check"])
REVIEW = TaskTemplate("Review")
LETTER = ProposalTemplate("Letter")
ANYBODYS = ProposalTemplate("Anybody's letter", signatures=Signatures.ONE)
PAID_LETTER = ProposalTemplate("Paid letter", invoice_on_acceptance=FEE)
TIERS = ProposalTemplate(
    "Tiers",
    packages=[Package("Silver"), Package("Gold", tags=TagChange(add={"gold"}, remove={"new"}))],
)
FOLDERS = FolderTemplate("Folders", folders=["Tax/2026"])
PAPERS = ClientRequestTemplate("Papers", uploads=["Form W-2"], questions=[Question("Moved?")])
CHECKED = ClientRequestTemplate("Checked papers", uploads=["Form W-2"], accept=True)
TEMPLATES: tuple[Template, ...] = (
    WELCOME, NEWS, CHECKLIST, ORGANIZER, FEE, FREE, PREPARE, REVIEW, LETTER, ANYBODYS, PAID_LETTER,
    TIERS, FOLDERS, PAPERS, CHECKED,
)  # fmt: skip


def by_id(*templates: Template) -> Mapping[str, Template]:
    """Lay templates out as a book has them."""
    return {one.id: one for one in templates}


def book_of(
    *stages: Stage,
    name: str = "Tax",
    templates: Iterable[Template] = TEMPLATES,
    settings: Settings | None = None,
    default_access: Iterable[str] = (),
) -> rules.Book:
    """Make the book of one pipeline; it has a status of its own, On hold."""
    firm = Firm(settings or Settings(), frozenset(default_access))
    pipeline = Pipeline(name, stages, statuses=["On hold"])
    return rules.Book(pipeline, by_id(*templates), firm, firm.settings.zone)


def account_of(**fields: Any) -> Account:
    """Make the client, who has one contact unless said."""
    return Account("Lovelace", **{"contacts": [ADA], "id": "lovelace", **fields})


def item_of(name: str, kind: ItemKind = ItemKind.TASK, number: int = 1, **changes: Any) -> Item:
    """Make an item of the first visit that waits for somebody."""
    item = Item(
        f"job-1/{number}",
        "job-1",
        kind,
        name,
        None,
        ItemState.PENDING,
        Ref("things", f"t-{number}"),
        1,
        "intake",
        "link",
        NOON,
        pipeline="tax",
    )
    return replaced(item, **changes)


def state_of(
    *stages: Stage,
    items: Iterable[Item] = (),
    account: Account | None = None,
    book: rules.Book | None = None,
    undelivered: Iterable[str] = (),
    **changes: Any,
) -> rules.State:
    """Make the state of a job that stands in the first stage, in its first visit."""
    book = book or book_of(*stages)
    client = account or account_of()
    job = Job(
        "job-1",
        "Tax",
        client.id,
        book.pipeline.id,
        book.pipeline.stages[0].id,
        JobStatus.ACTIVE,
        1,
        NOON,
        NOON,
        tuple(items),
    )
    return rules.State(TENANT, replaced(job, **changes), client, book, frozenset(undelivered))


def opening(
    *stages: Stage,
    account: Account | None = None,
    book: rules.Book | None = None,
    now: datetime = NOON,
    at: str | None = None,
    **spec: Any,
) -> rules.Decision:
    """Decide what starting a job comes to, in the first stage unless said."""
    book = book or book_of(*stages)
    entered = book.pipeline.stage(at or book.pipeline.stages[0].id)
    wanted = rules.JobSpec("job-1", entered, **spec)
    return rules.start(TENANT, account or account_of(), book, wanted, now, MIA, thread="")


def begun(
    *stages: Stage,
    account: Account | None = None,
    book: rules.Book | None = None,
    **more: Any,
) -> rules.State:
    """Start a job, and return the state in which that leaves it once all has been delivered."""
    book = book or book_of(*stages)
    client = account or account_of()
    decision = opening(account=client, book=book, **more)
    state = rules.State(TENANT, decision.job, decision.account or client, book)
    for item in decision.job.items:
        if item.reminders is not None:
            state = after(state, rules.begin(state, item.id, more.get("now", NOON)))
    return state


def after(state: rules.State, decision: rules.Decision, **changes: Any) -> rules.State:
    """Return the state in which a decision leaves things, with what else changed meanwhile."""
    account = decision.account or state.account
    return replaced(state, **{"job": decision.job, "account": account, **changes})


def told(
    state: rules.State, name: str, *facts: Fact, now: datetime = NOON, by: str = MIA
) -> rules.Decision:
    """Decide what facts about the item of a name come to."""
    return rules.record_all(state, state.job.item(name).id, facts, now, by)


def recorded(state: rules.State, name: str, *facts: Fact) -> rules.State:
    """Take in facts one by one, each a decision of its own."""
    for fact in facts:
        state = after(state, told(state, name, fact))
    return state


def completed(state: rules.State, *names: str) -> rules.State:
    """Complete items, one after another."""
    for name in names:
        facts = rules.completing_facts(state.job.item(name))
        state = after(state, told(state, name, *facts))
    return state


def moved(state: rules.State, stage: str, *skip: str, now: datetime = NOON) -> rules.Decision:
    """Decide what a move by hand comes to."""
    return rules.move(state, state.book.pipeline.stage(stage), frozenset(skip), now, MIA)


def reminded(state: rules.State, name: str, now: datetime | None = None) -> rules.Decision:
    """Decide what the next reminder of an item comes to, when it is due unless said."""
    item = state.job.item(name)
    assert item.timer is not None
    assert item.remind_at is not None
    timer = ReminderTimer(state.job.id, item.id, item.reminded + 1)
    return rules.remind(state, timer, item.timer, now or item.remind_at, rules.SYSTEM)


def left(
    state: rules.State, decision: rules.Decision, now: datetime | None = None, *, late: bool = False
) -> rules.Decision:
    """Decide what it comes to that the reminder of a decision has left, at once unless said."""
    (mail,) = asked(decision, Email)
    at = now or NOON
    return rules.sent(after(state, decision), mail, at, late=late)


def events(decision: rules.Decision, kind: type[E]) -> list[E]:
    """Return the events of one kind that a decision tells."""
    return [event for event in decision.events if isinstance(event, kind)]


def kinds(decision: rules.Decision) -> list[str]:
    """Return what a decision tells, by the names of the events."""
    return [type(event).__name__ for event in decision.events]


def asked(decision: rules.Decision, kind: type[Any]) -> list[Any]:
    """Return the requests of one kind that a decision makes."""
    return [request for request in decision.requests if isinstance(request, kind)]


def request_of(decision: rules.Decision, item: str) -> Request:
    """Return the request that makes an item."""
    (found,) = [one for one in decision.requests if rules.made_item(one) == item]
    return found


def names(items: Iterable[Item]) -> list[str]:
    """Return the names of items."""
    return [item.name for item in items]


def pending(state: rules.State) -> list[str]:
    """Return the names of all items on which somebody still has to act."""
    return [item.name for item in state.job.items if item.state is ItemState.PENDING]
