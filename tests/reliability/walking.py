"""Firms, facts and walks of chance, and what must hold after every step of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from pipeflow import (
    Account,
    Automation,
    AutomationRan,
    Cancelled,
    ClientTaskChecked,
    ClientTaskUnchecked,
    Condition,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    DocumentApproved,
    DocumentDisapproved,
    EmailTemplate,
    Event,
    Fact,
    FactRecorded,
    InvoicePaid,
    InvoiceTemplate,
    Item,
    ItemCompleted,
    ItemKind,
    ItemLinked,
    ItemReopened,
    ItemResolved,
    ItemState,
    Job,
    JobMoved,
    JobStarted,
    JobStatus,
    JobTransferred,
    LineItem,
    MessageReplied,
    MessageTemplate,
    Money,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSubmitted,
    OrganizerTemplate,
    Package,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Question,
    Reminders,
    ReminderSent,
    Reopened,
    Repeat,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    StatusChanged,
    TagChange,
    TaskCompleted,
    TaskReopened,
    TaskTemplate,
    Template,
    UpdateAccountTags,
    WaitReason,
    field_is,
    tagged,
    tagged_any,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import DueState, ReminderTimer, Store
from pipeflow.testing import World
from pipeflow.testing.contracts.making import state
from tests.reliability.chance import Random
from tests.reliability.watching import Watched

__all__ = ["DAY", "check", "fact", "opened", "pipeline"]

DAY = timedelta(days=1)

ORGANIZERS = [
    OrganizerTemplate(
        f"Organizer {tag}",
        questions=[
            Question(
                "Which?",
                choices={"a": TagChange(add={tag}), "b": TagChange(remove={tag}), "c": None},
            ),
            Question("How many?", field="many"),
        ],
    )
    for tag in ("red", "blue")
]
TASKS = [TaskTemplate(f"Task {number}") for number in range(3)]
INVOICES = [
    InvoiceTemplate("Fee", lines=[LineItem("Form", rate=Money("100", "USD"))]),
    InvoiceTemplate("Retainer", lines=[LineItem("Form", rate=Money("50", "USD"))], on_account=True),
    InvoiceTemplate("Gift", lines=[LineItem("Form", rate=Money("0", "USD"))]),
]
GOLD = Package("Gold", tags=TagChange(add={"red"}, remove={"blue"}))
PROPOSALS = [
    ProposalTemplate("Letter", invoice_on_acceptance=INVOICES[0]),
    ProposalTemplate("Offer", signatures="one", packages=[GOLD]),
]
MESSAGES = [
    MessageTemplate("Checklist", subject="Please", client_tasks=["Scan", "Send"]),
    MessageTemplate("News", subject="News"),
]
MAIL = EmailTemplate("Mail", subject="Hello", body="It goes on.")
TEMPLATES: list[Template] = [*ORGANIZERS, *TASKS, *INVOICES, *PROPOSALS, *MESSAGES, MAIL]
CONDITIONS: list[Condition] = [
    tagged("red"),
    tagged("blue"),
    tagged_any("red", "green"),
    ~tagged("blue"),
    tagged("red") & ~tagged("green"),
    field_is("many", "5"),
]


# -- what is drawn -------------------------------------------------------------------------------


def _automation(chance: Random, day: timedelta) -> Automation:
    when = chance.choice(CONDITIONS) if chance.random() < 0.3 else None
    repeat = chance.choice(list(Repeat)) if chance.random() < 0.3 else Repeat.ALWAYS
    often = Reminders(day * chance.randint(1, 3), times=chance.randint(1, 3))
    reminders = often if chance.random() < 0.5 else None
    some = chance.sample(["red", "blue"], chance.randint(1, 2))
    all_kinds: list[Automation] = [
        UpdateAccountTags(add=some, remove=["green"] * chance.randint(0, 1), when=when),
        UpdateAccountTags(clear=True, when=when),
        CreateTask(chance.choice(TASKS), when=when, repeat=repeat),
        CreateOrganizer(chance.choice(ORGANIZERS), when=when, repeat=repeat, reminders=reminders),
        CreateInvoice(chance.choice(INVOICES), when=when, repeat=repeat, reminders=reminders),
        SendProposal(chance.choice(PROPOSALS), when=when, repeat=repeat, reminders=reminders),
        SendMessage(chance.choice(MESSAGES), when=when, reminders=reminders),
        SendEmail(MAIL, when=when),
    ]
    return chance.choice(all_kinds)


def pipeline(chance: Random, name: str, day: timedelta = DAY) -> Pipeline:
    """Draw a pipeline of one to six stages; *day* is how often it reminds at most."""
    count = chance.randint(1, 6)
    middle = range(1, count - 1)
    return Pipeline(
        name,
        [
            Stage(
                f"Stage {number}",
                [_automation(chance, day) for _ in range(chance.randint(0, 4))],
                automove=number < count - 1 and chance.random() < 0.75,
                when=chance.choice(CONDITIONS)
                if number in middle and chance.random() < 0.4
                else None,
            )
            for number in range(count)
        ],
        statuses=["On hold"],
    )


def fact(chance: Random, kind: ItemKind) -> Fact:
    """Draw something that may happen to an item of that kind."""
    half, debit = Money("50", "USD"), chance.choice("xy")
    facts: dict[ItemKind, list[Fact]] = {
        ItemKind.TASK: [TaskCompleted(), TaskCompleted(), TaskReopened(), Cancelled()],
        ItemKind.ORGANIZER: [
            OrganizerSubmitted({"Which?": chance.choice("abc")}),
            OrganizerSubmitted({"How many?": "5"}),
            OrganizerSaved({"Which?": "a"}),
            OrganizerReturned(),
            Cancelled("sealed"),
        ],
        ItemKind.INVOICE: [
            InvoicePaid(),
            PaymentReceived(half, reference=debit),
            PaymentReceived(half, cleared=False, reference=debit),
            PaymentCleared(debit),
            PaymentFailed(debit),
            PaymentRefunded(debit),
            PaymentRefunded(debit, Money("20", "USD")),
            Cancelled("void"),
        ],
        ItemKind.PROPOSAL: [
            ProposalSigned(),
            ProposalSigned("ann"),
            ProposalSigned("bob"),
            ProposalSigned("bob", package="Gold"),
            Declined("bob", "too dear"),
            Cancelled(),
        ],
        ItemKind.MESSAGE: [
            ClientTaskChecked("Scan"),
            ClientTaskChecked("Send"),
            ClientTaskUnchecked("Scan"),
            MessageReplied(),
            Cancelled("closed"),
        ],
    }
    document = [DocumentApproved(), DocumentApproved(), DocumentDisapproved(), Cancelled()]
    document += [Declined()]
    return chance.choice([*facts.get(kind, document), Reopened("by mistake")])


def opened(chance: Random, store: Store, day: timedelta = DAY) -> World:
    """Open a firm with two pipelines of chance, "p" and "q", and two accounts, "a" and "b"."""
    world = World(store=store)
    both = [Contact(name, f"{name}@example.com", id=name.lower()) for name in ("Ann", "Bob")]
    world.engine.save(
        Settings(
            bank_payments=chance.choice(["cleared", "submitted"]),
            time_zone=chance.choice(["UTC", "America/New_York"]),
        ),
        *TEMPLATES,
        pipeline(chance, "P", day),
        pipeline(chance, "Q", day),
    )
    for id in ("a", "b"):
        tags = chance.sample(["red", "blue", "green"], chance.randint(0, 3))
        world.engine.save(Account(id.upper(), both, id=id, tags=tags))
    if chance.random() < 0.5:
        world.invoices.credit.add("a")
    return world


# -- what must hold ------------------------------------------------------------------------------


def check(world: World, jobs: Iterable[str]) -> None:
    """Check everything that holds at any time, of these jobs and of what is due for them."""
    store = world.store
    engine = world.engine
    timers: set[str] = set()
    for id in jobs:
        job, history = engine.job(id), engine.history(id)
        _check_replay(job, list(history))
        _check_items(job, store)
        _check_rest(world, job)
        timers |= {item.timer for item in job.items if item.timer is not None}
    assert _timers(world) == timers


def _timers(world: World) -> set[str]:
    """Return the keys of the reminders to come."""
    store = world.store.inner if isinstance(world.store, Watched) else world.store
    if not isinstance(store, MemoryStore):
        memory = MemoryStore(clock=world.clock)
        memory.restore(store.export("default"))
        store = memory
    dues = store.dump()["default"]["dues"]
    return {key for key, row in dues.items() if isinstance(row.due.action, ReminderTimer)}


def _check_replay(job: Job, history: list[Event]) -> None:
    """The history tells how the job came to be what it is."""
    stage, visit, status, where = "", 0, str(JobStatus.ACTIVE), job.pipeline
    stages: dict[int, str] = {}
    states: dict[str, ItemState] = {}
    born = {i.id: ItemState.PENDING if i.asks else ItemState.RESOLVED for i in job.items}
    ran: Counter[tuple[int, str]] = Counter()
    named: set[str] = set()
    reminded: Counter[str] = Counter()
    times = {i.id: i.reminders.times for i in job.items if i.reminders is not None}
    anew: set[str] = set()  # whose reminders were used up when a fact may have let them start anew
    for event in history:
        match event:
            case JobStarted() | JobMoved():
                stage, visit = event.stage, visit + 1
                stages[visit] = stage
                assert not isinstance(event, JobMoved) or event.visit == visit
            case JobTransferred():
                where, status = event.pipeline, JobStatus.ACTIVE
            case StatusChanged():
                status = event.status
            case AutomationRan():
                ran[visit, event.automation] += 1
                named |= {event.item} if event.item is not None else set()
            case ItemLinked():
                named.add(event.item)
            case ItemCompleted():
                states[event.item] = ItemState.COMPLETED
            case ItemReopened():
                states[event.item] = born[event.item]
                reminded[event.item] = 0  # they start anew
            case ItemResolved():
                states[event.item] = ItemState.RESOLVED
            case FactRecorded() if 0 < times.get(event.item, 0) <= reminded[event.item]:
                anew.add(event.item)
            case ReminderSent() if event.number:
                again = event.number == 1 and event.item in anew
                reminded[event.item] = 1 if again else reminded[event.item] + 1
                anew.discard(event.item)
                assert event.number == reminded[event.item]
            case _:
                pass
    assert (stage, visit, status, where) == (job.stage, job.visit, job.status, job.pipeline)
    assert all(times == 1 for times in ran.values())
    assert named <= {item.id for item in job.items}
    for item in job.items:
        assert item.state is states.get(item.id, born[item.id]), item
        assert item.stage == stages[item.visit], item
        assert item.reminded == reminded[item.id] or (item.id in anew and not item.reminded), item


def _check_items(job: Job, store: Store) -> None:
    """Items are there once; their timers run; what was delivered left its reference behind."""
    assert len({item.id for item in job.items}) == len(job.items)
    for item in job.items:
        if item.timer is not None:
            assert state(store, item.timer, "default") in {DueState.WAIT, DueState.LEASED}
            assert item.remind_at is not None
            if item.kind is not ItemKind.MESSAGE:
                assert item.state is ItemState.PENDING, item
                assert job.status != JobStatus.ARCHIVED, item
        if item.reminders is not None:
            assert item.reminded <= item.reminders.times
        if item.request is not None:
            became = state(store, item.request, "default")
            assert became is not None, item
            if became is DueState.DONE:
                assert item.ref is not None, item


def _check_rest(world: World, job: Job) -> None:
    """No job rests where it should move, and `explain` says what it waits for."""
    told = world.engine.explain(job)
    found = world.engine.pipeline(job.pipeline)
    stage = found.stage(job.stage)
    may = job.status == JobStatus.ACTIVE and stage.automove and stage.id != found.stages[-1].id
    here: list[Item] = [item for item in job.items if item.visit == job.visit]
    waits = {item.id for item in here if item.state is ItemState.PENDING}
    done = any(item.state is ItemState.COMPLETED for item in here)
    assert not (may and done and not waits), told
    assert told.reason is not WaitReason.NEXT_FACT, told
    assert {item.id for item in told.waits_for} == waits
    assert str(told)
