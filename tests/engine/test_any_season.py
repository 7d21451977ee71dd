"""Any season: whatever a firm, its clients and its ports do, these things stay true."""

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeflow import (
    Account,
    AutomationRan,
    Cancelled,
    ClientTaskChecked,
    ClientTaskUnchecked,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    DefinitionError,
    Event,
    Fact,
    InvoicePaid,
    ItemKind,
    ItemResolved,
    ItemState,
    Job,
    JobMoved,
    JobPaused,
    JobWaits,
    Member,
    MessageReplied,
    MoveUndone,
    NotAllowedError,
    NotFoundError,
    Open,
    OrganizerReturned,
    OrganizerSubmitted,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    ProposalSigned,
    Rejected,
    Reminders,
    ReminderSent,
    Reopened,
    Repeat,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    SubtaskChecked,
    TaskCompleted,
    TaskReopened,
    UpdateAccountTags,
    WaitReason,
    tagged,
)
from pipeflow.model.items import Mark
from pipeflow.ports import DueState, ReminderTimer, RowKey
from pipeflow.testing import World
from tests.firms import (
    ADA,
    BOB,
    BUSINESS,
    CHECKLIST,
    FEE,
    LETTER,
    NEWS,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    REVIEW,
    TEMPLATES,
    WELCOME,
    dump,
    usd,
)

SOMETIMES = Reminders(every=1, times=2)
TAX = Pipeline(
    "Tax",
    [
        Stage(
            "Intake",
            [
                SendEmail(WELCOME),
                CreateOrganizer(ORGANIZER, reminders=SOMETIMES),
                SendProposal(PAID_LETTER, reminders=SOMETIMES, repeat=Repeat.ONCE),
            ],
            automove=True,
        ),
        Stage("Business", [CreateTask(PREPARE)], when=tagged("business"), automove=True),
        Stage(
            "Work",
            [
                UpdateAccountTags(clear=True),
                SendMessage(CHECKLIST, reminders=SOMETIMES),
                SendMessage(NEWS, reminders=SOMETIMES),
                CreateTask(REVIEW, when=~tagged("rent"), repeat=Repeat.UNLESS_OPEN),
            ],
            automove=True,
        ),
        Stage("Billing", [CreateInvoice(FEE, reminders=SOMETIMES)], automove=True),
        Stage("Done"),
    ],
    statuses=["On hold"],
)
BOOKS = Pipeline(
    "Books", [Stage("Set up", [SendProposal(LETTER)], automove=True), Stage("Monthly")]
)
FACTS: dict[ItemKind, list[Fact]] = {
    ItemKind.TASK: [TaskCompleted(), TaskReopened(), SubtaskChecked("Enter")],
    ItemKind.INVOICE: [
        InvoicePaid(),
        PaymentReceived(usd("60")),
        PaymentReceived(usd("100"), cleared=False, reference="a"),
        PaymentCleared("a"),
        PaymentFailed("a"),
        PaymentRefunded("a"),
    ],
    ItemKind.ORGANIZER: [
        OrganizerSubmitted({BUSINESS: "Yes"}),
        OrganizerSubmitted(),
        OrganizerReturned(),
        OrganizerSubmitted({BUSINESS: "No", "Which incomes?": ["Rent"]}),
    ],
    ItemKind.PROPOSAL: [
        ProposalSigned(),
        ProposalSigned("ada@example.com"),
        ProposalSigned("Bob Lovelace"),
        Declined("Bob Lovelace", "too dear"),
    ],
    ItemKind.MESSAGE: [
        ClientTaskChecked("Scan"),
        ClientTaskChecked("Upload"),
        ClientTaskUnchecked("Scan"),
        MessageReplied(),
    ],
}
REFUSED = (NotAllowedError, NotFoundError, DefinitionError)
NUMBER = st.integers(0, 99)


class Season(RuleBasedStateMachine):
    """Does anything in any order."""

    def __init__(self) -> None:
        """Open a firm with two clients."""
        super().__init__()
        self.world = World()
        self.engine = self.world.engine
        self.engine.save(*TEMPLATES, TAX, BOOKS, Settings(attempts=3), Member("Mia"))
        self.accounts = [self.world.account("Eve")]

        self.accounts.append(
            self.engine.save(Account("Lovelace", [ADA, BOB, Contact("C", notify=False)]))
        )
        self.links = 0
        self.deleted: list[str] = []

    def jobs(self) -> list[Job]:
        """Return all jobs."""
        return [*self.engine.jobs()]

    def job(self, number: int) -> Job:
        """Return one of them."""
        return self.jobs()[number % len(self.jobs())]

    def tried(self, call: Any) -> None:
        """Do something that may be refused, and then has changed nothing."""
        before = dump(self.world)
        try:
            call()
        except REFUSED:
            assert dump(self.world) == before

    started = precondition(lambda self: self.jobs())

    @precondition(lambda self: len(self.jobs()) < 4)
    @rule(number=NUMBER, stage=st.none() | st.sampled_from(["Business", "Billing"]))
    def start(self, number: int, stage: str | None) -> None:
        """Start a job."""
        self.engine.start("tax", self.accounts[number % 2], stage=stage)

    @started
    @rule(
        number=NUMBER,
        stage=st.sampled_from(["Intake", "Business", "Work", "Billing", "Done"]),
        what=st.sampled_from(Open),
        undone=st.booleans(),
    )
    def move(self, number: int, stage: str, what: Open, undone: bool) -> None:
        """Move a job by hand, and perhaps take that back at once."""
        before = self.job(number)
        account = self.engine.account(before.account)
        self.tried(lambda: self.engine.move(before, stage, open=what))
        if undone and self.engine.job(before).visit != before.visit:
            self.taken_back(before, account)

    def taken_back(self, before: Job, account: Account) -> None:
        """Undo a move, and see that everything is as it was."""
        undone = self.engine.undo(before)
        after, gone = undone.job, {trace.item for trace in undone.gone}
        for field in ("pipeline", "stage", "status", "visit", "entered", "assignees", "blocked"):
            assert getattr(after, field) == getattr(before, field), field
        for now, then in zip(after.items, before.items, strict=False):
            if then.id not in gone:
                assert (now.state, now.visit, now.ref) == (then.state, then.visit, then.ref)
                assert (now.timer is None) == (then.timer is None), (now, then)
        made = after.items[len(before.items) :]
        assert {item.state for item in made} <= {ItemState.RESOLVED}
        assert {item.timer for item in made} <= {None}
        assert after.fired >= before.fired
        assert gone or after.fired == before.fired
        assert self.engine.account(account).tags == account.tags

    @started
    @rule(number=NUMBER)
    def undo(self, number: int) -> None:
        """Take back the last move, if that can still be."""
        self.tried(lambda: self.engine.undo(self.job(number)))

    @started
    @rule(number=NUMBER, pipeline=st.sampled_from(["tax", "books"]), what=st.sampled_from(Open))
    def transfer(self, number: int, pipeline: str, what: Open) -> None:
        """Take a job over to another pipeline."""
        self.tried(lambda: self.engine.transfer(self.job(number), pipeline, open=what))

    @started
    @rule(
        number=NUMBER,
        status=st.sampled_from(["Active", "Active", "Completed", "Archived", "On hold"]),
    )
    def set_status(self, number: int, status: str) -> None:
        """Set a job's status."""
        self.tried(lambda: self.engine.set_status(self.job(number), status))

    @started
    @rule(number=NUMBER, first=st.booleans())
    def delete(self, number: int, first: bool) -> None:
        """Delete a job, perhaps archived first."""
        job = self.job(number)
        if first:
            self.tried(lambda: self.engine.archive(job))
        self.tried(lambda: self.engine.delete(job))
        if job.id not in [one.id for one in self.jobs()]:
            self.deleted.append(job.id)

    @started
    @rule(number=NUMBER, reason=st.sampled_from(["", "no papers"]))
    def pause(self, number: int, reason: str) -> None:
        """Pause a job."""
        self.tried(lambda: self.engine.pause(self.job(number), reason))

    @started
    @rule(number=NUMBER, reminders=st.booleans())
    def resume(self, number: int, reminders: bool) -> None:
        """Let a job go on."""
        self.engine.resume(self.job(number), reminders)

    @started
    @rule(number=NUMBER, which=NUMBER, day=st.none() | st.sampled_from([date(2027, 4, 15)]))
    def edit(self, number: int, which: int, day: date | None) -> None:
        """Edit a job and one of its items; neither moves it."""
        job = self.job(number)
        self.tried(lambda: self.engine.edit(job, due=day, assignees=["mia"] * (which % 2)))
        if job.items:
            item = job.items[which % len(job.items)]
            self.tried(lambda: self.engine.reassign(item, ["mia"] * (which % 2)))
            self.tried(lambda: self.engine.reschedule(item, day))
        assert self.engine.job(job).visit == job.visit

    @started
    @rule(number=NUMBER, which=NUMBER, fact=NUMBER)
    def record(self, number: int, which: int, fact: int) -> None:
        """Record a fact, and then the same once more."""
        items = self.job(number).items
        if items:
            item = items[-1 - which % len(items)]
            fitting: list[Fact] = [
                *FACTS.get(item.kind, []),
                Cancelled("void"),
                Reopened(),
            ]
            chosen = fitting[fact % len(fitting)]
            self.tried(lambda: self.engine.record(item, chosen))

    @started
    @rule(number=NUMBER, which=NUMBER)
    def complete(self, number: int, which: int) -> None:
        """Complete an item, twice, which is once."""
        waiting = self.job(number).open_items
        if waiting:
            item = waiting[which % len(waiting)]
            after = self.engine.complete(item)
            assert after.item(item.id).state is ItemState.COMPLETED
            assert self.engine.complete(item) == after

    @started
    @rule(number=NUMBER, other=NUMBER, which=NUMBER)
    def link(self, number: int, other: int, which: int) -> None:
        """Link a new thing, or one that another job has."""
        known = [item for item in self.job(other).items if item.ref is not None]
        if known and which % 2:
            item = known[which % len(known)]
            ref = item.ref
            assert ref is not None
            self.tried(lambda: self.engine.link(self.job(number), ref, item.kind, item.name))
        else:
            self.links += 1
            self.tried(lambda: self.engine.link(self.job(number), f"l-{self.links}", "task"))

    @started
    @rule(number=NUMBER, which=NUMBER)
    def unlink(self, number: int, which: int) -> None:
        """Let go of an item."""
        items = self.job(number).items
        if items:
            self.tried(lambda: self.engine.unlink(self.job(number), items[which % len(items)]))

    @started
    @rule(number=NUMBER, which=NUMBER)
    def remind(self, number: int, which: int) -> None:
        """Remind by hand."""
        items = self.job(number).items
        if items:
            self.tried(lambda: self.engine.remind(items[which % len(items)]))

    @rule(number=NUMBER, tag=st.sampled_from(["business", "rent"]), add=st.booleans())
    def tag(self, number: int, tag: str, add: bool) -> None:
        """Change tags by hand."""
        change = {"add": {tag}} if add else {"remove": {tag}}
        self.engine.tag(self.accounts[number % 2], **change)  # type: ignore[arg-type]

    @rule(days=st.sampled_from([0.001, 0.1, 1, 3]), host_is_up=st.booleans())
    def time_passes(self, days: float, host_is_up: bool) -> None:
        """Let it, with or without anybody who ticks."""
        if host_is_up:
            self.world.advance(days=days)
        else:
            self.world.clock.advance(days=days)

    @rule(which=st.integers(0, 5), times=st.integers(1, 4), final=st.booleans())
    def break_a_port(self, which: int, times: int, final: bool) -> None:
        """Let a port fail the next times."""
        world = self.world
        ports: list[Any] = [
            world.email,
            world.messages,
            world.invoices,
            world.organizers,
            world.proposals,
            world.tasks,
        ]
        ports[which].fail_next(Rejected("never") if final else OSError("down"), times=times)

    @precondition(lambda self: self.engine.failures())
    @rule(which=NUMBER, retry=st.booleans())
    def mend(self, which: int, retry: bool) -> None:
        """Retry or abandon what failed."""
        failures = self.engine.failures()
        key = failures[which % len(failures)].key
        self.tried(lambda: self.engine.retry(key) if retry else self.engine.abandon(key))

    # -- what stays true --------------------------------------------------------------------------

    @invariant()
    def every_job_is_explained_and_none_is_stuck_without_a_reason(self) -> None:
        """Automove was evaluated wherever it could have changed."""
        for job in self.jobs():
            explained = self.engine.explain(job)
            assert str(explained)
            if explained.reason is WaitReason.NEXT_FACT:
                assert isinstance(self.last_turn(job), MoveUndone), str(explained)

    def last_turn(self, job: Job) -> Event:
        """Return the last event by which automove was evaluated, or put off."""
        turns = (JobWaits, MoveUndone)
        return next(e for e in reversed(self.engine.history(job)) if isinstance(e, turns))

    @invariant()
    def nothing_is_left_of_what_was_deleted(self) -> None:
        """Neither rows nor histories, nor anything that waits, nor a reference that names it."""
        held = dump(self.world)["default"]
        named = [
            one for key, row in held["rows"].items() if key.kind == "ref" for one in row[1].items
        ]
        for id in self.deleted:
            assert RowKey("job", id) not in {*held["rows"], *held["logs"]}
            assert id not in {row.due.job for row in held["dues"].values()}
            assert id not in {one.rpartition("/")[0] for one in named}

    @invariant()
    def histories_are_gapless(self) -> None:
        """Visits count up one by one, and the last move says where the job is."""
        for job in self.jobs():
            history = self.engine.history(job)
            moved = history.of(JobMoved)
            assert str(history)
            visits = [event.visit for event in moved]
            assert visits == list(range(2, max(job.visit, job.highest) + 1))
            entries = [e for e in history if isinstance(e, JobMoved | MoveUndone)]
            assert not entries or (entries[-1].stage, entries[-1].visit) == (job.stage, job.visit)
            assert [event.at for event in history] == sorted(event.at for event in history)

    @invariant()
    def ids_and_keys_come_once(self) -> None:
        """Of items, and of what ports were asked for."""
        world = self.world
        items = [item.id for job in self.jobs() for item in job.items]
        ports: list[Any] = [
            world.email,
            world.messages,
            world.invoices,
            world.organizers,
            world.proposals,
            world.tasks,
        ]
        keys = [request.key for port in ports for request in port.taken]
        assert len(items) == len(set(items))
        assert len(keys) == len(set(keys))

    @invariant()
    def timers_are_those_of_items(self) -> None:
        """Each waiting reminder belongs to an item that knows it, and the other way round."""
        known = {item.timer for job in self.jobs() for item in job.items if item.timer}
        queue = dump(self.world)["default"]["dues"]
        waiting = {
            key for key, row in queue.items()
            if isinstance(row.due.action, ReminderTimer) and row.state is DueState.WAIT
        }  # fmt: skip
        assert known == waiting
        for job in self.jobs():
            for item in job.items:
                if job.status == "Archived" and item.kind is not ItemKind.MESSAGE:
                    assert item.timer is None
                assert (item.timer is None) == (item.remind_at is None)

    @invariant()
    def what_is_paused_neither_moves_nor_reminds(self) -> None:
        """And nothing waits for a resuming that was."""
        for job in self.jobs():
            if job.paused is None:
                assert all(Mark.HELD not in item.marks for item in job.items)
                continue
            assert all(item.timer is None for item in job.items)
            told = [*self.engine.history(job)]
            last = max(n for n, event in enumerate(told) if isinstance(event, JobPaused))
            went_on = (JobMoved, AutomationRan, ReminderSent)
            assert not [event for event in told[last:] if isinstance(event, went_on)]

    @invariant()
    def no_more_reminders_than_were_asked_for(self) -> None:
        """Those by hand aside."""
        for job in self.jobs():
            sent = Counter(e.item for e in self.engine.history(job).of(ReminderSent) if e.number)
            assert all(count <= SOMETIMES.times for count in sent.values())

    @invariant()
    def references_lead_to_items(self) -> None:
        """Every reference that an item bears is found again."""
        for job in self.jobs():
            for item in job.items:
                if item.ref is not None:
                    assert self.engine.item(item.ref).ref == item.ref

    @invariant()
    def once_is_once(self) -> None:
        """An automation that fires once a job made one item at most."""
        for job in self.jobs():
            resolved = self.engine.history(job).of(ItemResolved)
            undone = {event.item for event in resolved if event.reason == "undone"}
            made = [
                item
                for item in job.items
                if item.template == "paid-letter" and item.origin != "link"
                if item.id not in undone
            ]
            assert len(made) <= 1


TestSeason = Season.TestCase
TestSeason.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
