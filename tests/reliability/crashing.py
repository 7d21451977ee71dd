"""A season of a firm whose process may die at any moment, and goes on afterwards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple, TypeAlias
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
from pipeflow.ports import Ids, Invoice, Request, Store
from pipeflow.testing import World
from tests.faults.offices import ports_of
from tests.firms import PREPARE, REVIEW, WELCOME
from tests.reliability.dying import Death, Fate, InMemory, Keep, Killed

__all__ = ["ERRAND", "Outcome", "Season", "difference"]

# The steps of a short story: a job that is started, worked on, offered and billed.
ERRAND = ("start-1", "task", "answers", "day-3", "sign")
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

    def __init__(self, keep: Keep, down: int) -> None:
        """Begin with nothing asked; every third key fails so many times."""
        self.keep = keep
        self.down = down
        self.asked: dict[str, list[Request]] = {}
        self.uncommitted: list[str] = []

    def take(self, request: Request) -> Receipt:
        """Take a request, and see whether it was committed before it left."""
        tries = self.asked.setdefault(request.key, [])
        tries.append(request)
        if not self.keep.holds(request.key):
            self.uncommitted.append(request.key)
        if len(tries) <= self.down and crc32(request.key.encode()) % 3 == 0:
            raise ConnectionError("down")
        paid = isinstance(request, Invoice) and request.on_account
        return Receipt(f"ref-{request.key}", completed=paid)


class Outcome(NamedTuple):
    """What a season came to.

    `jobs` and `outside` must be the same however often the process died; `content` are the keys
    that came with two contents, `uncommitted` those that left before their commit. `moments` are
    those of the last process.
    """

    jobs: dict[str, object]
    outside: dict[str, Request]
    tags: frozenset[str]
    failures: tuple[Failure, ...]
    content: list[str]
    uncommitted: list[str]
    attempts: int
    moments: int = 0
    killed: int = 0


class Season:
    """Two jobs from their start to their end, with a process that dies when it is told to."""

    def __init__(
        self,
        down: int = 0,
        *,
        honours_keys: bool = False,
        keep: Callable[[Fate], Keep] = InMemory,
        steps: Collection[str] = (),
        engines: type[Engine] = Engine,
    ) -> None:
        """Set the firm up, unless it is there.

        Args:
            down: How often every third request fails before it is taken.
            honours_keys: Whether ports do nothing twice under one key, so that receipts are kept
                together.
            keep: What the firm is kept in.
            steps: Which steps are taken; all unless said.
            engines: What its processes work with.
        """
        self.fate, self.engines = Fate(), engines
        self.keep = keep(self.fate)
        self.ids, self.honours_keys, self.steps = StepIds(), honours_keys, steps
        self.world = World()
        self.outside = Outside(self.keep, down)
        self.base = self.world.clock.now()
        self.begin()
        if not self.keep.begun:
            self.set_up()

    def set_up(self) -> None:
        """Save what the firm works with."""
        self.engine.save(WELCOME, ORGANIZER, FEE, RETAINER, LETTER, CHECKLIST, PREPARE, REVIEW)
        ada = Contact("Ada", email="ada@example.com", id="contact-ada")
        self.engine.save(PIPELINE, Account("Ada", [ada], id="ada"))

    def begin(self) -> None:
        """Start a process, which knows nothing but what was kept."""
        self.store: Store = self.keep.opened(self.world.clock)
        self.engine = self._process()

    def _process(self) -> Engine:
        """Return the engine of a process."""
        world = self.world
        ports = (
            world.email, world.messages, world.invoices, world.organizers, world.proposals,
            world.tasks,
        )  # fmt: skip
        for port in ports:
            port.take = self.outside.take  # type: ignore[method-assign]
            port.honours_keys = self.honours_keys  # type: ignore[misc]
        return self.engines(
            ports=ports_of(world),
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

    def told(self) -> Iterator[Callable[[], object]]:
        """Yield what is to be done, step by step; what is done again has the same command id."""
        for name, step in self._steps().items():
            if not self.steps or name in self.steps:
                self.ids.step, self.base = name, self.world.clock.now()
                yield partial(step, name)

    def live(self, deaths: Sequence[Death] = ()) -> Outcome:
        """Take every step; whenever the process dies, start another, which takes it again."""
        fate, killed = self.fate, 0
        fate.moments, fate.deaths = 0, [*deaths]
        for step in self.told():
            begun = True
            while True:
                try:
                    if not begun:
                        self.begin()
                        begun = True
                    step()
                    break
                except Killed:
                    killed += 1
                    fate.go_on()
                    begun = False
        moments, fate.deaths = fate.moments, []
        return self.rest()._replace(moments=moments, killed=killed)

    def rest(self) -> Outcome:
        """Let time pass in which nobody asks for anything, and return what all came to."""
        self.base = self.world.clock.now()
        self._pass(1 if self.steps else 30)
        return self._outcome()

    def _outcome(self) -> Outcome:
        asked = self.outside.asked
        return Outcome(
            jobs={job.id: _shape(job) for job in self.engine.jobs()},
            outside={key: tries[0] for key, tries in asked.items()},
            tags=self.engine.account("ada").tags,
            failures=self.engine.failures(),
            content=[key for key, tries in asked.items() if any(t != tries[0] for t in tries)],
            uncommitted=self.outside.uncommitted,
            attempts=sum(len(tries) for tries in asked.values()),
        )


def _shape(job: Job) -> object:
    """Return what a job came to, without the instants that depend on when a process died."""
    items = [(i.id, i.name, i.state, i.ref, i.visit, i.reminded) for i in job.items]
    return job.stage, job.status, job.visit, items


def difference(outcome: Outcome, calm: Outcome) -> str:
    """Say in what a season with deaths differs from the one without; empty: in nothing."""
    lost, made_up = calm.outside.keys() - outcome.outside, outcome.outside.keys() - calm.outside
    told = {
        "effects lost": sorted(lost),
        "effects made up": sorted(made_up),
        "left before the commit": outcome.uncommitted,
        "two contents under one key": outcome.content,
        "other effects": [key for key in calm.outside if calm.outside[key] != outcome.outside[key]]
        if not lost
        else [],
        "other jobs": [id for id in calm.jobs if calm.jobs[id] != outcome.jobs.get(id)],
        "other tags": sorted(calm.tags ^ outcome.tags),
        "failures": [failure.key for failure in outcome.failures],
    }
    return "; ".join(f"{what}: {which}" for what, which in told.items() if which)
