"""A season of a firm, played in memory or in a file: a package, clients, and each day's work.

The cast is drawn from a seeded random number generator, so that the season is the same each time.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.files import Level
from benchmarks.measure import still_gc
from benchmarks.work import WrongWorkError
from pipeflow import *
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Store
from pipeflow.testing import World

PACKAGE = Path(__file__).parents[1] / "examples" / "packages" / "individual-tax.json"
SEED = 1040
WEEKS = 16
OUTAGE = range(40, 42)  # the days on which the billing service is down
MIA, NOOR = Member("Mia Berg"), Member("Noor Haddad")

FIRST_NAMES = (
    "Ada", "Alan", "Barbara", "Charles", "Donald", "Edith", "Edsger", "Frances", "Grace", "Hedy",
    "Jean", "John", "Katherine", "Leslie", "Margaret", "Niklaus", "Radia", "Sophie", "Tony", "Ulla",
)  # fmt: skip
LAST_NAMES = (
    "Allen", "Babbage", "Berg", "Clarke", "Dijkstra", "Hamilton", "Holberton", "Hopper", "Johnson",
    "Keller", "Knuth", "Lamarr", "Lindqvist", "Lovelace", "Perlman", "Turing", "Wilson", "Wirth",
)  # fmt: skip


class Somebody:
    """A client, or the team member who serves it: quick or slow, and perhaps forgetful."""

    def __init__(self, random: Random) -> None:
        """Draw a character: how likely they act on a day, and what slips their mind."""
        self.random = random
        self.haste = random.choice((0.5, 0.3, 0.2, 0.12))
        forgotten = (ItemKind.PROPOSAL, ItemKind.ORGANIZER, ItemKind.INVOICE, ItemKind.MESSAGE)
        self.forgets = random.choice(forgotten) if random.random() < 0.2 else None

    def acts_on(self, item: Item) -> bool:
        """Tell whether today is the day; a reminder helps, also the forgetful."""
        chance = self.haste
        if item.kind is self.forgets:
            chance = 0.02 * item.reminded
        return self.random.random() < chance

    def answers(self, organizer: OrganizerTemplate) -> dict[str, str | int | bool | date]:
        """Answer every question of an organizer."""
        return {question.text: self._answer(question) for question in organizer.all_questions}

    def _answer(self, question: Question) -> str | int | bool | date:
        if question.choices:
            return self.random.choice(list(question.choices))
        match question.kind:
            case QuestionKind.NUMBER:
                return self.random.randint(0, 9)
            case QuestionKind.DATE:
                return date(2025, self.random.randint(1, 12), 1)
            case QuestionKind.YES_NO:
                return self.random.random() < 0.5
            case _:
                return "see the papers"


class Season:
    """The firm, its clients, and what they do from day to day."""

    def __init__(self, clients: int, *, store: Store | None = None) -> None:
        """Install the package, take on the clients, and start a job for each of them."""
        self.world = World(datetime(2026, 1, 12, 9, 0, tzinfo=UTC), store=store)
        self.engine = self.world.engine
        self.random = Random(SEED)
        installed = self.engine.install(Bundle.load(PACKAGE))
        self.pipeline = installed.pipeline
        self.templates = {template.id: template for template in installed.templates}
        self.engine.save(MIA, NOOR)
        self.roles = {role: self.random.choice((MIA, NOOR)) for role in self._roles()}
        accounts = [self._account() for _ in range(clients)]
        self.cast = {one.id: Somebody(Random(f"{SEED} {one.id}")) for one in accounts}
        started = self.engine.start_many(
            self.pipeline, accounts, name="[LAST_YEAR] return of [ACCOUNT_NAME]"
        )
        self.jobs = [job.id for job in started]
        self.debits: list[tuple[int, str]] = []  # bank debits on their way: the day, the item

    def _roles(self) -> list[str]:
        """Name the roles that the package speaks of; each firm fills them for itself."""
        named: set[str] = set()
        for template in self.templates.values():
            if isinstance(template, TaskTemplate | JobTemplate):
                named |= {one.name for one in template.assignees if isinstance(one, Role)}
        for stage in self.pipeline.stages:
            for automation in stage.automations:
                if isinstance(automation, UpdateJobAssignees | UpdateAccountAccess):
                    people = automation.add | automation.remove
                    named |= {one.name for one in people if isinstance(one, Role)}
        return sorted(named)

    def _account(self) -> Account:
        """Take on a client: one person or a couple; a few have no address for mail."""
        last = self.random.choice(LAST_NAMES)
        first = self.random.sample(FIRST_NAMES, 2 if self.random.random() < 0.3 else 1)
        mail = self.random.random() > 0.03
        contacts = [
            Contact(f"{one} {last}", email=f"{one}@example.com".lower() if mail else None)
            for one in first
        ]
        name = f"{' and '.join(first)} {last}"
        return self.engine.save(
            Account(name, contacts=contacts, roles=self.roles, type=AccountType.INDIVIDUAL)
        )

    def play(self) -> None:
        """Let the season pass."""
        for day in range(WEEKS * 7):
            if day == OUTAGE.start:
                self.world.invoices.fail_when(lambda _: True, ConnectionError("billing is down"))
            if day == OUTAGE.stop:
                self.world.invoices.recover()
                for failure in self.engine.failures():
                    self.engine.retry(failure.key, actor=MIA)
            self.world.advance(days=1)
            self._clear_debits(day)
            for id in self.jobs:
                job = self.engine.job(id)
                person = self.cast[job.account]
                for item in job.open_items:
                    if item.ref is not None and person.acts_on(item):
                        self._act(person, item, day)

    def _act(self, person: Somebody, item: Item, day: int) -> None:
        """Do what an item asks for, or a part of it; what was done before changes nothing."""
        template = self.templates[item.template or ""]
        match template:
            case OrganizerTemplate():
                self.engine.record(item, OrganizerSubmitted(person.answers(template)))
            case ProposalTemplate():
                contacts = self.engine.account(self.engine.job(item.job).account).contacts
                self.engine.record(item, ProposalSigned(person.random.choice(contacts)))
            case MessageTemplate():
                most = person.random.randint(1, len(template.client_tasks))
                for task in template.client_tasks[:most]:
                    self.engine.record(item, ClientTaskChecked(task))
            case InvoiceTemplate():
                self._pay(person, item, template.totals.total, day)
            case TaskTemplate():
                self.engine.record(item, TaskCompleted(), actor=person.random.choice((MIA, NOOR)))
            case _:
                self.engine.complete(item)

    def _pay(self, person: Somebody, item: Item, total: Money, day: int) -> None:
        """Pay by card, by a bank debit that clears some days later, or a part only."""
        way = person.random.random()
        if way < 0.6:
            self.engine.record(item, InvoicePaid())
        elif way < 0.8:
            part = PaymentReceived(total * Decimal("0.5"), reference=f"card of day {day}")
            self.engine.record(item, part)
        elif (debit := f"debit of {item.id}") not in {name for _, name in self.debits}:
            self.engine.record(item, PaymentReceived(total, cleared=False, reference=debit))
            self.debits.append((day + 5, item.id))

    def _clear_debits(self, day: int) -> None:
        for due, item in self.debits:
            if due == day:
                self.engine.record(item, PaymentCleared(f"debit of {item}"))


def played(clients: int, level: Level | None = None) -> tuple[tuple[History, ...], float]:
    """Play a season.

    Args:
        clients: How many clients the firm has.
        level: Whether commits wait for the disk; None: all is in memory.

    Returns:
        What happened on each job, and the seconds that it took.
    """
    with ExitStack() as stack:
        store: Store | None = None
        if level is not None:
            folder = stack.enter_context(TemporaryDirectory(prefix="pipeflow-bench-"))
            path = Path(folder) / "season.sqlite"
            store = stack.enter_context(SqliteStore(path, synchronous=level))
        with still_gc():
            before = perf_counter()
            season = Season(clients, store=store)
            season.play()
            took = perf_counter() - before
        return tuple(season.engine.history(job) for job in season.jobs), took


def verify(wanted: tuple[History, ...], found: tuple[History, ...]) -> None:
    """Compare what happened in two seasons.

    Raises:
        WrongWorkError: It was not the same.
    """
    if found != wanted:
        differing = sum(one != other for one, other in zip(found, wanted, strict=True))
        message = f"{differing} jobs took another course in a file than in memory"
        raise WrongWorkError(message)
