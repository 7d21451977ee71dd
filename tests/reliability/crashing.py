"""A season of a firm whose process may die at any call of its store, and goes on afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple, TypeAlias
from zlib import crc32

from pipeflow import (
    Account,
    Cancelled,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DocumentApproved,
    Engine,
    Failure,
    InvoicePaid,
    InvoiceTemplate,
    Job,
    LineItem,
    MessageTemplate,
    Money,
    OrganizerSubmitted,
    OrganizerTemplate,
    Pipeline,
    Ports,
    ProposalSigned,
    ProposalTemplate,
    Question,
    Receipt,
    Ref,
    Reminders,
    Repeat,
    SendEmail,
    SendMessage,
    SendProposal,
    Stage,
    TagChange,
    TaskCompleted,
    UpdateAccountTags,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import DueState, Ids, Invoice, Request, Store
from pipeflow.testing import World
from tests.firms import PREPARE, REVIEW, WELCOME

__all__ = ["Death", "Outcome", "Season"]

# When a process dies: after how many calls of its store, and whether the last one still acted.
Death: TypeAlias = tuple[int, bool]
# A step of the season; it takes its command id.
Step: TypeAlias = Callable[[str], object]

QUESTION = "Did you own a business?"
ORGANIZER = OrganizerTemplate(
    "Organizer",
    questions=[Question(QUESTION, choices={"Yes": TagChange(add={"business"}), "No": None})],
)
FEE = InvoiceTemplate(
    "Fee", lines=[LineItem("Form", rate=Money("100", "USD"))], reminders=Reminders(2, times=2)
)
RETAINER = InvoiceTemplate(
    "Retainer", lines=[LineItem("Month", rate=Money("10", "USD"))], on_account=True
)
LETTER = ProposalTemplate("Letter", invoice_on_acceptance=FEE)
CHECKLIST = MessageTemplate("Checklist", subject="Please", client_tasks=["Scan", "Upload"])
PIPELINE = Pipeline(
    "Tax",
    [
        Stage(
            "Intake",
            [
                SendEmail(WELCOME),
                CreateOrganizer(ORGANIZER, reminders=Reminders(1, times=3)),
                CreateTask(PREPARE),
            ],
            automove=True,
        ),
        Stage(
            "Business",
            [CreateInvoice(RETAINER), SendEmail(WELCOME), CreateInvoice(RETAINER)],
            when=tagged("business"),
            automove=True,
        ),
        Stage(
            "Letter",
            [
                SendProposal(LETTER),
                SendMessage(CHECKLIST, reminders=Reminders(1, times=1)),
                UpdateAccountTags(add={"begun"}, remove={"business"}),
            ],
            automove=True,
        ),
        Stage("Work", [CreateTask(REVIEW, repeat=Repeat.ONCE)]),
        Stage("Done", [SendEmail(WELCOME)]),
    ],
)


class Killed(BaseException):
    """The process is gone; nothing of it goes on."""


class Mortal(MemoryStore):
    """A store that outlives its process, which dies at a chosen call of it."""

    volatile: ClassVar[bool] = False

    def __init__(self) -> None:
        """Begin with nobody about to die."""
        super().__init__()
        self.calls = 0
        self.deaths: list[Death] = []

    def go_on(self) -> None:
        """Begin the life of the next process; its calls are counted anew."""
        self.calls = 0
        self.deaths = self.deaths[1:]


def _deadly(name: str) -> Callable[..., Any]:
    """Make the method of that name one at which the process may die, before or after it acts."""
    method = getattr(MemoryStore, name)

    def call(store: Mortal, *args: Any, **keywords: Any) -> Any:
        store.calls += 1
        number, acts = store.deaths[0] if store.deaths else (0, False)
        if store.calls == number and not acts:
            raise Killed
        answer = method(store, *args, **keywords)
        if store.calls == number:
            raise Killed
        return answer

    return call


for _name in sorted(Store.__abstractmethods__):
    setattr(Mortal, _name, _deadly(_name))


class StepIds(Ids):
    """Ids that name the step that makes them, whichever process takes it."""

    def __init__(self) -> None:
        """Begin before the first step."""
        self.step = ""

    def new(self, kind: str, /) -> str:
        """Return the id of that step."""
        return f"{kind}-{self.step}"


class Outside:
    """The world outside: what it was asked, by key; it acts once a key, and is down at times."""

    def __init__(self, store: Mortal, down: int) -> None:
        """Begin with nothing asked; every third key fails so many times."""
        self.store = store
        self.down = down
        self.asked: dict[str, list[Request]] = {}
        self.uncommitted: list[str] = []

    def take(self, request: Request) -> Receipt:
        """Take a request, and see whether it was committed before it left."""
        tries = self.asked.setdefault(request.key, [])
        tries.append(request)
        found = MemoryStore.due(self.store, "default", request.key)
        if found is None or found.state is not DueState.LEASED:
            self.uncommitted.append(request.key)
        if len(tries) <= self.down and crc32(request.key.encode()) % 3 == 0:
            raise ConnectionError("down")
        paid = isinstance(request, Invoice) and request.on_account
        return Receipt(f"ref-{request.key}", completed=paid)


class Outcome(NamedTuple):
    """What a season came to.

    `jobs` and `outside` must be the same however often the process died; `content` are the keys
    that came with two contents, `uncommitted` those that left before their commit.
    """

    jobs: dict[str, object]
    outside: dict[str, Request]
    tags: frozenset[str]
    failures: tuple[Failure, ...]
    content: list[str]
    uncommitted: list[str]
    attempts: int
    calls: int
    killed: int


class Season:
    """Two jobs from their start to their end, with a process that dies when it is told to."""

    def __init__(self, down: int = 0, *, honours_keys: bool = False) -> None:
        """Set the firm up; every third request fails *down* times before it is taken.

        Ports that honour keys do nothing twice under one, so that receipts are kept together.
        """
        self.store, self.ids, self.honours_keys = Mortal(), StepIds(), honours_keys
        self.world = World(store=self.store)
        self.outside = Outside(self.store, down)
        self.base = self.world.clock.now()
        self.engine = self._process()
        self.engine.save(WELCOME, ORGANIZER, FEE, RETAINER, LETTER, CHECKLIST, PREPARE, REVIEW)
        ada = Contact("Ada", email="ada@example.com", id="contact-ada")
        self.engine.save(PIPELINE, Account("Ada", [ada], id="ada"))

    def _process(self) -> Engine:
        """Start a process: an engine that knows nothing but what the store holds."""
        world = self.world
        ports = (
            world.email, world.messages, world.invoices, world.organizers, world.proposals,
            world.tasks,
        )  # fmt: skip
        for port in ports:
            port.take = self.outside.take  # type: ignore[method-assign]
            port.honours_keys = self.honours_keys  # type: ignore[misc]
        return Engine(
            ports=Ports(
                email=world.email,
                messages=world.messages,
                invoices=world.invoices,
                organizers=world.organizers,
                proposals=world.proposals,
                tasks=world.tasks,
            ),
            store=self.store,
            clock=world.clock,
            ids=self.ids,
        )

    def _job(self, number: int) -> Job:
        return self.engine.job(f"job-start-{number}")

    def _pass(self, days: int) -> None:
        """Let days pass since the step began, through every instant at which something is due."""
        clock, target = self.world.clock, self.base + timedelta(days=days, hours=7)
        while (due := self.store.next_due()) is not None and due <= target:
            clock.set(max(due, clock.now()))
            if not self.engine.tick():
                break
        clock.set(max(target, clock.now()))

    def _steps(self) -> dict[str, Step]:
        """Return the steps; each looks everything up anew, as a process that has just begun."""
        document = Ref("documents", "d-1")

        def on(number: int, name: str) -> str:
            return self._job(number).item(name).id

        return {
            "start-1": lambda id: self.engine.start("tax", "ada", command_id=id),
            "start-2": lambda id: self.engine.start("tax", "ada", command_id=id),
            "day-1": lambda _: self._pass(1),
            "link-1": lambda id: self.engine.link(
                self._job(1), document, "approval", command_id=id
            ),
            "link-2": lambda id: self.engine.link(
                self._job(2), document, "approval", command_id=id
            ),
            "task": lambda id: self.engine.record(on(1, "Prepare"), TaskCompleted(), command_id=id),
            "answers": lambda id: self.engine.record(
                on(1, "Organizer"), OrganizerSubmitted({QUESTION: "Yes"}), command_id=id
            ),
            "webhook": lambda id: self.engine.receive(document, DocumentApproved(), command_id=id),
            "day-3": lambda _: self._pass(2),
            "sign": lambda id: self.engine.record(on(1, "Letter"), ProposalSigned(), command_id=id),
            "ticks": lambda id: self.engine.complete(on(1, "Checklist"), command_id=id),
            "day-6": lambda _: self._pass(3),
            "pay": lambda id: self.engine.record(on(1, "Fee"), InvoicePaid(), command_id=id),
            "back": lambda id: self.engine.move(self._job(1), "Intake", command_id=id),
            "day-7": lambda _: self._pass(0),  # what failed is sent, so that it can be reminded of
            "remind": lambda id: self.engine.remind(on(1, "Organizer"), command_id=id),
            "on": lambda id: self.engine.move(self._job(1), "Work", command_id=id),
            "archive": lambda id: self.engine.archive(self._job(2), command_id=id),
            "day-11": lambda _: self._pass(5),
            "restore": lambda id: self.engine.restore(self._job(2), command_id=id),
            "last": lambda id: self.engine.complete(on(2, "Prepare"), command_id=id),
            "seal": lambda id: self.engine.record(on(2, "Organizer"), Cancelled(), command_id=id),
            "day-14": lambda _: self._pass(3),
        }

    def live(self, deaths: Sequence[Death] = ()) -> Outcome:
        """Take every step; whenever the process dies, start another, which takes it again."""
        store, killed = self.store, 0
        store.calls, store.deaths = 0, [*deaths]
        for name, step in self._steps().items():
            self.ids.step, self.base = name, self.world.clock.now()
            while True:
                try:
                    step(name)
                    break
                except Killed:
                    killed += 1
                    store.go_on()
                    self.engine = self._process()
        calls, store.deaths = store.calls, []
        self.base = self.world.clock.now()
        self._pass(30)
        return self._outcome(calls, killed)

    def _outcome(self, calls: int, killed: int) -> Outcome:
        asked = self.outside.asked
        return Outcome(
            jobs={job.id: _shape(job) for job in self.engine.jobs()},
            outside={key: tries[0] for key, tries in asked.items()},
            tags=self.engine.account("ada").tags,
            failures=self.engine.failures(),
            content=[key for key, tries in asked.items() if any(t != tries[0] for t in tries)],
            uncommitted=self.outside.uncommitted,
            attempts=sum(len(tries) for tries in asked.values()),
            calls=calls,
            killed=killed,
        )


def _shape(job: Job) -> object:
    """Return what a job came to, without the instants that depend on when a process died."""
    items = [(i.id, i.name, i.state, i.ref, i.visit, i.reminded) for i in job.items]
    return job.stage, job.status, job.visit, items
