"""A season of a firm, told: 200 clients, one package, and a clock that moves from day to day.

Run it with `make demo`. The cast is drawn from a seeded random number generator, so that the season
is the same each time.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from textwrap import fill

from pipeflow import *
from pipeflow.ports import Store
from pipeflow.testing import World

PACKAGE = Path(__file__).parent / "packages" / "individual-tax.json"
SEED = 1040
CLIENTS = 200
WEEKS = 16
OUTAGE = range(40, 42)  # the days on which the billing service is down
WIDTH = 100
MIA, NOOR = Member("Mia Berg"), Member("Noor Haddad")

FIRST_NAMES = (
    "Ada", "Alan", "Barbara", "Charles", "Donald", "Edith", "Edsger", "Frances", "Grace", "Hedy",
    "Jean", "John", "Katherine", "Leslie", "Margaret", "Niklaus", "Radia", "Sophie", "Tony", "Ulla",
)  # fmt: skip
LAST_NAMES = (
    "Allen", "Babbage", "Berg", "Clarke", "Dijkstra", "Hamilton", "Holberton", "Hopper", "Johnson",
    "Keller", "Knuth", "Lamarr", "Lindqvist", "Lovelace", "Perlman", "Turing", "Wilson", "Wirth",
)  # fmt: skip


# -- the cast ---------------------------------------------------------------------------------


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

    def __init__(self, clients: int = CLIENTS, *, store: Store | None = None) -> None:
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


# -- what is told -----------------------------------------------------------------------------


def say(text: str = "", indent: str = "  ") -> None:
    """Print a line, folded where a terminal of 100 columns would break it."""
    print(
        fill(
            text,
            WIDTH,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def headline(text: str) -> None:
    """Print a headline."""
    print(f"\n{text}\n{'-' * len(text)}")


def tell_pipeline(season: Season) -> None:
    """Tell what the firm has installed: the stages, and what each of them does."""
    overview = season.pipeline.overview()
    print(f"{overview.pipeline}\n{'=' * len(overview.pipeline)}")
    for stage in overview.stages:
        marks = [f"if {stage.when!r}"] if stage.when is not None else []
        marks += ["automove"] if stage.automove else []
        say(stage.name + (f" ({', '.join(marks)})" if marks else ""))
        for one in stage.automations:
            template = f" {one.template!r}" if one.template else ""
            condition = f", if {one.when!r}" if one.conditional else ""
            say(f"  {one.kind.replace('_', ' ')}{template}{condition}", indent="    ")


def tell_one_job(season: Season) -> None:
    """Tell what happened on the job that has most to tell among those that came through."""
    histories = [season.engine.history(id) for id in season.jobs]
    last = season.pipeline.stages[-1].id
    done = [one for one in histories if season.engine.job(one[0].job).stage == last]
    interesting = (StageSkipped, AutomationSkipped, TagsChanged, ReminderSent, RequestFailed)
    history = max(
        done or histories,
        key=lambda one: (len({type(event) for event in one} & {*interesting}), -len(one)),
    )
    headline("What happened on one job")
    waited = ""
    for event in history:
        again = isinstance(event, JobWaits) and event.sentence() == waited
        waited = event.sentence() if isinstance(event, JobWaits) else waited
        if not (again or isinstance(event, RequestDelivered)):
            say(str(event), indent=" " * 17)


def tell_reminders(season: Season) -> None:
    """Count the reminders that went out, and say where the last one helped."""
    sent = [event for id in season.jobs for event in season.engine.history(id).of(ReminderSent)]
    counts = Counter((event.name, event.number) for event in sent)
    mails = sum(1 for email in season.world.email.sent if email.kind is EmailKind.REMINDER)
    headline(f"The reminders that went out: {mails} e-mails")
    for name in dict.fromkeys(name for name, _ in sorted(counts)):
        numbers = [
            f"{count} x no. {number}" for (n, number), count in sorted(counts.items()) if n == name
        ]
        say(f"{name:<32} {', '.join(numbers)}")


def tell_outage(season: Season) -> None:
    """Tell of the days on which a port failed, and that nothing was lost."""
    histories = [season.engine.history(id) for id in season.jobs]
    failed = [event for one in histories for event in one.of(RequestFailed)]
    given_up = [event for one in histories for event in one.of(RequestGivenUp)]
    invoices = {event.key for event in failed} | {event.key for event in given_up}
    by_hand = sum(len(one.of(RequestRetried)) for one in histories)
    headline("The billing service was down for two days")
    say(
        f"{len(failed) + len(given_up)} attempts failed, on {len(invoices)} invoices. "
        f"{len(given_up)} of them were given up, {by_hand} retried by hand when the service was "
        f"back, and each invoice was created once. Still open: {len(season.engine.failures())}.",
        indent="",
    )


def tell_stages(season: Season) -> None:
    """Count the jobs in each stage."""
    stages = Counter(season.engine.job(id).stage for id in season.jobs)
    headline(f"Where the {len(season.jobs)} jobs stand after {WEEKS} weeks")
    for stage in season.pipeline.stages:
        count = stages[stage.id]
        print(f"{stage.name:<24} {count:>4}  {'#' * -(-count // 4)}".rstrip())


def tell_stuck_job(season: Season) -> None:
    """Explain the job that has stood in its stage for longest, waiting for somebody."""
    jobs = [season.engine.job(id) for id in season.jobs]
    last = season.pipeline.stages[-1].id
    stuck = min((j for j in jobs if j.stage != last), key=lambda job: (job.entered, job.id))
    days = (season.world.clock.now() - stuck.entered).days
    headline(f"A job that is stuck, for {days} days now, and why")
    for line in str(season.engine.explain(stuck)).splitlines():
        say(line)


def main() -> None:
    """Play the season and tell it."""
    season = Season()
    tell_pipeline(season)
    season.play()
    print()
    say(
        f"{CLIENTS} clients, {WEEKS} weeks: {len(season.world.email.sent)} e-mails, "
        f"{len(season.world.tasks.created)} tasks, {len(season.world.invoices.created)} invoices."
    )
    tell_one_job(season)
    tell_reminders(season)
    tell_outage(season)
    tell_stages(season)
    tell_stuck_job(season)


if __name__ == "__main__":
    main()
