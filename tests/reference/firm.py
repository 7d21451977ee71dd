"""A naive firm: the rules of pipelines as a careful clerk follows them, one case after another.

It is written from the rules alone and knows nothing of how pipeflow works, so that both are hardly
wrong in the same way. It is slow and has no store; what it asks of ports goes to `moods`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Any

from pipeflow import (
    Automation,
    Cancelled,
    ClientTaskChecked,
    Fact,
    InvoicePaid,
    ItemKind,
    Money,
    Pipeline,
    Repeat,
    Stage,
    Status,
    TagChange,
    Template,
)
from tests.reference import reminding, starting, triggering, undoing
from tests.reference.automations import AUTOMATIONS, holds, invoice_of
from tests.reference.facts import COMPLETES, FACTS, counts_by_now, covered, paid, ticked
from tests.reference.opening import Window
from tests.reference.things import (
    Alarm,
    Asked,
    Client,
    Job,
    Letter,
    Refused,
    Start,
    State,
    Thing,
    call_off,
)

__all__ = ["Firm"]

OVER = {"Completed", "Archived"}
ATTEMPTS = 4
# What is known of a thing wherever it is linked.
KNOWN = ("payments", "cleared", "failed", "refunded", "settled", "since", "added", "answers",
         "signed", "package", "ticked", "replied", "disapproved",
         "sent_in")  # fmt: skip
WAIT = timedelta(hours=8)  # before a port is asked again; twice as long each time


class Firm:
    """Everything that a firm has, and its commands."""

    def __init__(self, now: datetime, zone: str, *, submitted: bool, advance: bool) -> None:
        """Open the firm."""
        self.now, self.zone = now, zone
        self.submitted_counts, self.empty_advances = submitted, advance
        self.pipelines: dict[str, Pipeline] = {}
        self.templates: dict[str, Template] = {}
        self.clients: dict[str, Client] = {}
        self.jobs: dict[str, Job] = {}
        self.default_access: set[str] = set()
        self.credit: set[str] = set()
        self.moods: dict[str, str] = {}
        self.cancels = True
        self.by_hand = False  # whether what it asks for waits for somebody who takes it to a port
        self.asked: list[Asked] = []
        self.outbox: deque[Asked] = deque()
        self.starts: list[Start] = []  # the jobs to begin when all else is done
        self.calls: list[tuple[object, ...]] = []
        self.reminded: list[tuple[str, int | None]] = []
        self.shared: defaultdict[str, list[tuple[Job, Thing]]] = defaultdict(list)  # by reference
        self.touched: dict[tuple[str, str, str], datetime] = {}  # when it came or went last
        self.moving: dict[str, bool] = {}
        self.news = False  # whether a fact said anything new
        self.fact: Fact | None = None  # the one that is heard of just now
        self.numbers = 0
        self.noted: set[str] = set()  # the jobs to which something happened in this command
        self.unhurried: set[str] = set()  # those of which it fires nothing that is past
        self.rung: list[tuple[str, str, bool]] = []  # job, trigger, whether late
        self.day_starts = time(9)
        self.window: Window | None = None
        # What is due at one instant comes in an order that nobody promises: that of pipeflow.
        self.place: Callable[[Asked | Thing | Alarm], int] = lambda what: 0
        self.again: Callable[[Asked], datetime] = lambda ask: self.now

    # -- what is used by facts and automations ---------------------------------------------------

    def new_thing(self, job: Job, kind: ItemKind, name: str, origin: str) -> Thing:
        """Link a new thing to a job."""
        thing = Thing(f"{job.id}/{len(job.things) + 1}", kind, name, origin, job.visit)
        job.things.append(thing)
        self.trace(job, "made", thing)
        return thing

    def trace(self, job: Job, *what: Any) -> None:
        """Note what a job does in a move, or as another one starts it."""
        if self.moving.get(job.id):
            job.trail.append(what)
        if job.birth is not None:
            job.birth.append(what)

    def ask(self, asked: Asked) -> Asked:
        """Ask a port for something, once the command is through."""
        self.asked.append(asked)
        self._post(asked)
        self.trace(self.jobs[asked.job], "asked", asked)
        return asked

    def _post(self, asked: Asked) -> None:
        """Let something leave once the command is through, or when the window opens (R-37)."""
        opens = self.opening(asked, self.now)
        if opens > self.now:
            asked.at = opens
        else:
            self.outbox.append(asked)

    def opening(self, ask: Asked, at: datetime) -> datetime:
        """Return when something may leave that is to leave at an instant."""
        return at if self.window is None else self.window.opening(ask, at, self.zone)

    def note(self, job: Job) -> None:
        """Note that something happened to a job, after which its last move is not undone."""
        self.news = True
        self.noted.add(job.id)
        if not self.moving.get(job.id):
            job.since = True
        if job.birth is None:
            job.gone_on = True

    def change(self, job: Job, what: str, after: set[str]) -> None:
        """Change tags or access of the account, or assignees of the job."""
        owner: Any = job if what == "assignees" else self.clients[job.account]
        before: set[str] = getattr(owner, what)
        setattr(owner, what, set(after))
        for name in before ^ after:
            self.touched[owner.id, what, name] = self.now
        self.trace(job, what, after - before, before - after)

    def set_fields(self, job: Job, fields: dict[str, Any]) -> None:
        """Give a job other fields, of its own or of what its client sees."""
        before = {name: getattr(job, name) for name in fields}
        if before != fields:
            self.trace(job, "fields", before)
        for name, value in fields.items():
            setattr(job, name, value)

    def complete(self, job: Job, thing: Thing) -> None:
        """Let a thing be done, with what follows; automove is evaluated by whoever calls."""
        if thing.state is State.RESOLVED:
            done = thing.unlinked and not thing.done_since
            thing.done_since = thing.done_since or done
            thing.unwanted = False
            self._call_off(thing)
            self.late(job, thing, news=done)
        if thing.state is not State.PENDING:
            return
        thing.state, thing.refusals = State.COMPLETED, []
        self.quieten(thing)
        self.note(job)
        if job.status in OVER:
            return
        if job.paused:
            thing.held = True
        else:
            self.follow(job, thing)

    def follow(self, job: Job, thing: Thing) -> None:
        """Do what follows from a thing that is done: tags, fields, a bill."""
        client = self.clients[job.account]
        if thing.kind is ItemKind.ORGANIZER and thing.template is not None:
            add: set[str] = set()
            remove: set[str] = set()
            for question in thing.template.questions:
                answer = thing.answers.get(question.text)
                if answer is None:
                    continue
                if question.field:
                    self.fill_in(client.id, question.field, answer)
                change = question.choices.get(answer)
                if change is not None:
                    add, remove = (add - change.remove) | change.add, remove | change.remove
            self.give_tags(job, thing, add, remove)
        if thing.kind is ItemKind.PROPOSAL and thing.template is not None:
            for package in thing.template.packages:
                if package.name == thing.package:
                    said = package.tags or TagChange()
                    self.give_tags(job, thing, {*said.add}, {*said.remove})
            self._bill(job, thing)

    def _bill(self, job: Job, letter: Thing) -> None:
        """Make the bill of a letter, unless one stands."""
        bills = [one for one in job.things if one.origin == letter.id]
        wanted = letter.template is not None and letter.template.invoice_on_acceptance
        if not wanted:
            return
        if all(map(self._is_void, bills)):
            invoice_of(self, job, letter)
        elif all(self._is_void(one) or self._may_be_void(one) for one in bills):
            letter.owes = True

    def _is_void(self, bill: Thing) -> bool:
        """Tell whether a bill was cancelled, or never came to be and was not paid all the same."""
        if bill.ref:
            return bill.void and (bill.sure or not _is_under_way(bill.gone))
        in_doubt = bill.ask is not None and bill.ask.may_be_out
        never = bill.state is State.RESOLVED and not in_doubt
        return bill.sure or (never and not paid(self, bill))

    def _may_be_void(self, bill: Thing) -> bool:
        """Tell whether a bill may be void before long: its port has yet to say so, or its client
        has paid what never came to be.
        """
        if bill.ref or bill.state is not State.RESOLVED:
            return _is_under_way(bill.gone)
        return True

    def give_tags(self, job: Job, thing: Thing, add: set[str], remove: set[str]) -> None:
        """Change tags as the client said, who may have said something else before."""
        client = self.clients[job.account]
        mine = {tag for tag, by in client.answered.items() if thing.id in by}
        stale = {tag for tag in mine - add if client.answered[tag] == {thing.id}}
        for tag in mine - add:
            client.answered[tag].discard(thing.id)
        for tag in add:
            if tag not in client.tags or client.answered.get(tag):
                client.answered[tag].add(thing.id)
        self.change(job, "tags", (client.tags - stale - remove) | add)
        for tag in remove - add:
            client.answered.pop(tag, None)

    def reopen(self, job: Job, thing: Thing) -> bool:
        """Let a thing wait again that was done; what was cancelled or let go of stays so."""
        if thing.state is State.RESOLVED or thing.unlinked:
            undone = thing.unlinked and (thing.state is State.COMPLETED or thing.done_since)
            if undone:
                thing.state, thing.done_since = State.RESOLVED, False
            self.late(job, thing, news=undone)
        if thing.state is not State.COMPLETED:
            return False
        if thing.closed:
            thing.state, thing.void = State.RESOLVED, thing.void or not thing.unlinked
            thing.late_facts.append(self.fact)
            self.note(job)
        else:
            self._wait_again(job, thing, declined=thing.refusals)
        return True

    def late(self, job: Job, thing: Thing, *, news: bool = False) -> None:
        """Note, once, each fact that came too late to matter; and once more where it is news."""
        if news or self.fact not in thing.late_facts:
            thing.late_facts.append(self.fact)
            self.note(job)

    def _wait_again(self, job: Job, thing: Thing, declined: Iterable[str | None] = ()) -> None:
        thing.state = State.PENDING if thing.asks else State.RESOLVED
        thing.closed = thing.held = thing.owes = thing.quiet = thing.unwanted = False
        thing.late_facts = []
        thing.refusals = [*declined]
        if thing.ask is not None:
            thing.ask.called_off = False
        thing.sent = 0
        self.note(job)
        triggering.forget(job, thing)
        reminding.begin(self, job, thing)

    def reopen_by_hand(self, job: Job, thing: Thing) -> None:
        """Let a thing wait again that was done, cancelled or declined (R-3)."""
        if thing.unmade:
            raise Refused("it never came to be")
        thing.void = thing.sure = False
        open_already = thing.state is State.PENDING if thing.asks else not thing.closed
        if thing.unlinked:
            if thing.state is State.COMPLETED or thing.done_since:
                thing.settled, thing.since, thing.added, thing.signed = False, {}, [], []
            self.reopen(job, thing)
            return
        if open_already and not thing.declined and not thing.disapproved:
            return
        self.quieten(thing)
        thing.disapproved = False
        if 0 < thing.enough <= len(thing.signed):
            thing.signed = []  # it is signed anew; what was signed in part stays so
        thing.settled, thing.since, thing.added = False, {}, []
        if thing.state is State.RESOLVED:
            self._call_off(thing)
        self._wait_again(job, thing)

    def _call_off(self, thing: Thing) -> None:
        """Let no port take a thing back any more, if it has not yet."""
        for ask in self.asked:
            if ask.thing is thing and ask.what.endswith("Cancellation"):
                call_off(ask)

    def cancel(self, job: Job, thing: Thing) -> None:
        """Let nobody wait for a thing any more; what is done stays so, and its request goes."""
        if thing.state is State.PENDING:
            thing.state = State.RESOLVED
            self.note(job)
        elif thing.unlinked or not thing.closed:
            self.late(job, thing)
        thing.closed = True
        self.withdraw(thing)

    def withdraw(self, thing: Thing) -> None:
        """Take back what was asked for a thing and has not left."""
        for ask in (thing.ask, thing.changed):
            if ask is not None and call_off(ask):
                thing.unmade = thing.unmade or ask is thing.ask
        self.quieten(thing)

    def quieten(self, thing: Thing) -> None:
        """Let no more reminders of a thing go out."""
        thing.next = None
        self.hush(thing)

    def hush(self, thing: Thing) -> None:
        """Take back the reminder of it that has not left."""
        mail = thing.mail
        if mail is not None and mail.state in {Letter.WAITS, Letter.GIVEN_UP, Letter.HELD}:
            mail.moved = bool(self.moving.get(mail.job))
        reminding.hush(thing)

    def remind_again(self, job: Job, thing: Thing) -> None:
        """Let its reminders go on, an interval from now, or start anew where they are used up."""
        if thing.every and thing.sent >= thing.times:
            thing.sent = 0
            self.quieten(thing)
        if thing.next is None:
            reminding.begin(self, job, thing)

    # -- stages ----------------------------------------------------------------------------------

    def stage_of(self, job: Job) -> Stage | None:
        """Return the stage in which a job is; None where an edit took it away."""
        return next((s for s in self.pipelines[job.pipeline].stages if s.id == job.stage), None)

    def snapshot(self, job: Job) -> None:
        """Remember how a job was, before it is moved."""
        if not self.moving.get(job.id):
            undoing.remember(job, self.now)
            self.moving[job.id] = True
            job.gone_on = job.gone_on or job.birth is None

    def enter(self, job: Job, stage: str, skip: tuple[str, ...] = (), *, fire: bool = True) -> None:
        """Let a job enter a stage, whose automations have their turns one after another."""
        job.stage = stage
        job.visit = max(job.visit, job.highest) + 1
        job.entered = self.now
        found = self.stage_of(job)
        assert found is not None
        if fire:
            self.turns(job, found.automations, stage, skip)
        else:
            self.unhurried.add(job.id)

    def turns(self, job: Job, automations: Iterable[Automation], home: str,
              skip: tuple[str, ...] = (), scope: int = 0) -> None:  # fmt: skip
        """Give automations their turns one after another, whatever fires them."""
        for one in automations:
            mark = (job.pipeline, home, str(one.id))
            if one.id in skip or not holds(one.when, self, job):
                continue
            if one.repeat is Repeat.ONCE and mark in job.fired:
                continue
            if one.repeat is Repeat.UNLESS_OPEN and (left := self._still_open(job, mark)):
                for thing in left:
                    thing.visit, thing.scope = job.visit, scope
                continue
            if one.repeat is Repeat.ONCE:
                job.fired.add(mark)
            before, begun = len(self.asked), len(self.starts)
            made = AUTOMATIONS[type(one)](self, job, one)
            if made is not None:
                made.template_of, made.scope = mark, scope
                made.holds = one.holds
            for ask in self.asked[before:]:
                ask.mark = mark
            for start in self.starts[begun:]:
                start.mark = mark

    def _still_open(self, job: Job, mark: tuple[str, str, str]) -> list[Thing]:
        made = [one for one in job.things if one.template_of == mark]
        ids = {one.id for one in made}
        bills = [one for one in job.things if one.origin in ids]
        return [one for one in made + bills if one.state is State.PENDING]

    def evaluate(self, job: Job) -> None:
        """Move a job on, and begin the jobs that its automations start."""
        self.advance(job)
        starting.begin(self)

    def advance(self, job: Job) -> None:
        """Move a job on for as long as its stage waits for nothing more (domain.md part 12)."""
        job.sleeps = False
        while True:
            triggering.go_on(self, job)
            if self.take_effect(job) or self._end_status(job):
                continue
            stages = self.pipelines[job.pipeline].stages
            stage = self.stage_of(job)
            if job.status != "Active" or job.paused or stage in {None, stages[-1]}:
                return
            assert stage is not None
            if not stage.automove or not self.is_done(job.waited_for()):
                return
            later = stages[stages.index(stage) + 1 :]
            target = next((s for s in later[:-1] if holds(s.when, self, job)), later[-1])
            self.snapshot(job)
            self.enter(job, target.id)

    def take_effect(self, job: Job) -> bool:
        """Do what automations want to be done when all of their list have had their turn.

        Where that leads elsewhere, what waits there for things that are done fires first (R-34).
        """
        wants = bool(job.next_status or job.next_place)
        while job.next_status or job.next_place:
            if job.next_status:
                status, job.next_status = job.next_status, ""
                if status != job.status:
                    self.give_status(job, status, reminders=True)
                continue
            assert job.next_place is not None
            (pipeline, stage), job.next_place = job.next_place, None
            if job.status not in OVER and (pipeline, stage) != (job.pipeline, job.stage):
                self.snapshot(job)
                self._take_over(job, pipeline, stage)
                break
        return wants

    def _take_over(self, job: Job, pipeline: str, stage: str, skip: tuple[str, ...] = (),
                   *, fire: bool = True) -> None:  # fmt: skip
        was_silent = reminding.silent(self, job)
        job.pipeline, job.status = pipeline, "Active"
        if was_silent:
            reminding.go_on(self, job, reminders=True)
        self.enter(job, stage, skip, fire=fire)

    def is_done(self, things: list[Thing]) -> bool:
        """Tell whether nothing more is waited for (A-4, A-10)."""
        states = {one.state for one in things}
        if State.PENDING in states:
            return False
        return State.COMPLETED in states or (self.empty_advances and not things)

    def _end_status(self, job: Job) -> bool:
        """Let a job be Active again when all that belongs to its status is done (2.6)."""
        status = self.status_of(job)
        if status is None or not status.automove or job.paused or self.stage_of(job) is None:
            return False
        if not self.is_done(job.waited_for(job.setting)):
            return False
        was_silent = reminding.silent(self, job)
        job.status = "Active"
        self._silence(job, was_silent, reminders=True)
        return True

    def status_of(self, job: Job) -> Status | None:
        """Return the status of the pipeline's own that a job has, if it has one."""
        several = self.pipelines[job.pipeline].statuses
        return next((one for one in several if one.name == job.status), None)

    # -- commands --------------------------------------------------------------------------------

    def start(self, id: str, pipeline: str, account: str, stage: str | None = None,
              skip: tuple[str, ...] = (), *, fire: bool = True, start: date | None = None,
              due: date | None = None) -> None:  # fmt: skip
        """Start a job."""
        job = self.jobs[id] = Job(id, account, pipeline, start=start, due=due, made=self.now)
        self.moving = {}
        self.enter(job, stage or self.pipelines[pipeline].stages[0].id, skip, fire=fire)
        if fire:
            self.evaluate(job)
        else:
            job.sleeps = True

    def move(self, job: Job, stage: str, skip: tuple[str, ...] = (), left: str = "stay") -> None:
        """Move a job by hand."""
        if stage == job.stage:
            return
        self.refuse_at_rest(job)
        self.snapshot(job)
        kept = self._setting(job)
        carried = self._leave(job, left, kept)
        self.enter(job, stage, skip)
        for thing in carried:
            thing.visit, thing.scope = job.visit, thing.scope if thing.scope == kept else 0
        self.evaluate(job)

    def transfer(self, job: Job, pipeline: str, stage: str | None, skip: tuple[str, ...] = (),
                 left: str = "stay", *, fire: bool = True) -> None:  # fmt: skip
        """Take a job over to another pipeline (A-16)."""
        self.refuse_at_rest(job)
        stage = stage or self.pipelines[pipeline].stages[0].id
        if pipeline == job.pipeline:
            raise Refused("it is there already")
        self.snapshot(job)
        carried = self._leave(job, left)
        self._take_over(job, pipeline, stage, skip, fire=fire)
        for thing in carried:
            thing.visit, thing.scope = job.visit, 0
        if fire:
            self.evaluate(job)
        else:
            job.sleeps = True

    def refuse_at_rest(self, job: Job) -> None:
        """Refuse what only a job can that is under way (A-22)."""
        if job.status in OVER or job.paused:
            raise Refused("it is at rest")

    def _setting(self, job: Job) -> int:
        """To what a thing belongs that comes by hand: a status that ends by itself, or a stage."""
        own = self.status_of(job)
        return job.setting if own is not None and own.automove else 0

    def _leave(self, job: Job, left: str, kept: int = 0) -> list[Thing]:
        """Do with what is open in the stage that is left as was said (R-24).

        What belongs to a status that the job has *kept*, and that ends by itself, is not left.
        """
        still = [
            one for one in job.here() if one.state is State.PENDING or reminding.unanswered(one)
        ]
        for thing in still:
            if kept and thing.scope == kept:
                continue
            if left == "quiet" and thing.every:
                thing.quiet = True
                self.quieten(thing)
            elif left == "quiet":
                self.hush(thing)
            if left == "cancel":
                ask = thing.ask
                thing.state, thing.closed = State.RESOLVED, True
                self.withdraw(thing)
                thing.gone = None
                if ask is not None and ask.state is Letter.LEFT:
                    self.take_back(job, thing)
                thing.unwanted = thing.gone is None
                job.trail.append(("cancelled", thing))
        return still if left == "carry" else []

    def take_back(self, job: Job, thing: Thing) -> Asked | None:
        """Ask the port that made a thing to take it back, if it can."""
        ask = thing.ask
        others = (same for _, same in self.shared.get(thing.ref, []) if same is not thing)
        if ask is None or not self.cancels or any(not same.unlinked for same in others):
            return None
        thing.void = True
        thing.gone = self.ask(Asked(ask.port, f"{ask.what}Cancellation", ask.name, job.id, thing))
        return thing.gone

    def record(self, job: Job, thing: Thing, fact: Fact) -> None:
        """Record what happened to a thing."""
        if thing.kind not in fact.about:
            raise Refused("not about such a thing")
        self.hear(job, thing, fact)

    def hear(self, job: Job, thing: Thing, fact: Fact) -> None:
        """Let a thing hear of a fact, and the job move on where that lets it."""
        self._hear(job, thing, fact)
        self._spread(thing, fact)

    def _spread(self, thing: Thing, fact: Fact) -> None:
        """Let the same thing hear of a fact on all other jobs that have it, or had (R-15)."""
        for other, same in self.shared.get(thing.ref, []):
            if same is not thing and other.id in self.jobs and same.kind in fact.about:
                with suppress(Refused):  # what does not fit there harms nobody
                    self._hear(other, same, fact)

    def receive(self, ref: str, fact: Fact) -> None:
        """Let a thing hear of a fact on every job that it is linked to (A-8)."""
        several = self.shared[ref]
        if not several:
            return
        if not any(one.kind in fact.about for _, one in several):
            raise Refused("not about such a thing")
        for job, thing in several:
            if thing.kind in fact.about:
                self.noted.add(job.id)
                self._hear(job, thing, fact)

    def _hear(self, job: Job, thing: Thing, fact: Fact) -> None:
        self.news, self.fact = False, fact
        self.noted.add(job.id)
        was_covered = covered(thing)
        FACTS[type(fact)](self, job, thing, fact)
        if was_covered and not covered(thing) and thing.state is State.PENDING:
            self.remind_again(job, thing)
        if self.news:
            self.evaluate(job)
            self.decide(job, thing)

    def complete_by_hand(self, job: Job, thing: Thing) -> None:
        """Record whatever completes a thing."""
        if not thing.asks:
            raise Refused("nobody has to act on it")
        if thing.kind is ItemKind.MESSAGE:
            self.news = False
            for name in thing.client_tasks:
                self.fact = ClientTaskChecked(name)
                ticked(self, job, thing, self.fact)
            if thing.state is State.PENDING:
                self.complete(job, thing)
            if self.news:
                self.evaluate(job)
            for name in thing.client_tasks:
                self._spread(thing, ClientTaskChecked(name))
            self._complete_elsewhere(thing)
        else:
            self.hear(job, thing, COMPLETES[thing.kind])

    def _complete_elsewhere(self, thing: Thing) -> None:
        """Let a message that was reopened be done on all other jobs too, ticked as it is (A-8)."""
        for job, same in self.shared.get(thing.ref, []):
            there = job.id in self.jobs and same is not thing and not same.unlinked
            if there and same.state is State.PENDING and {*same.client_tasks} <= {*same.ticked}:
                self.complete(job, same)
                self.evaluate(job)

    def set_status(self, job: Job, status: str, *, reminders: bool) -> None:
        """Set a job's status."""
        if status == job.status:
            return
        self.give_status(job, status, reminders=reminders)
        self.follow_put_off(job)
        if status not in OVER:
            triggering.set_alarms(self, job)
        if status not in OVER or job.next_status or job.next_place:
            self.evaluate(job)
        for thing in [*job.things]:
            self._bring(job, thing)

    def decide(self, job: Job, bill: Thing | None) -> None:
        """Bring the next bill of a letter that owes one, where that of before is void by now."""
        for letter in [*job.things]:
            if bill is not None and letter.id == bill.origin:
                self._bring(job, letter)

    def _bring(self, job: Job, letter: Thing) -> None:
        """Bring the bill that a letter owes, which was accepted while that of before stood."""
        ready = letter.state is State.COMPLETED and not letter.held
        if letter.owes and ready and job.status not in OVER:
            letter.owes, self.moving = False, {}
            self._bill(job, letter)
            self.evaluate(job)

    def give_status(self, job: Job, status: str, *, reminders: bool) -> None:
        """Give a job a status, whose automations fire."""
        was_silent = reminding.silent(self, job)
        self.note(job)
        job.status = status
        self._silence(job, was_silent, reminders)
        own = self.status_of(job)
        if own is not None:
            self.numbers += 1
            job.setting = self.numbers
            if own.automations:
                triggering.assigned(self, job, own)

    def _silence(self, job: Job, was_silent: bool, reminders: bool) -> None:
        is_silent = reminding.silent(self, job)
        if is_silent and not was_silent:
            for thing in job.things:
                if thing.next is not None:
                    self.trace(job, "stopped", thing)
                self.quieten(thing)
        if was_silent and not is_silent:
            reminding.go_on(self, job, reminders)

    def pause(self, job: Job) -> None:
        """Let nothing move, fire or remind."""
        if job.paused:
            return
        if job.status in OVER:
            raise Refused("it needs no pause")
        was_silent = reminding.silent(self, job)
        self.note(job)
        job.paused = True
        self._silence(job, was_silent, reminders=True)

    def resume(self, job: Job, *, reminders: bool) -> None:
        """Let a job go on."""
        if not job.paused:
            return
        self.note(job)
        job.paused = False
        self._silence(job, was_silent=True, reminders=reminders)
        self.follow_put_off(job)
        self.evaluate(job)

    def follow_put_off(self, job: Job) -> None:
        """Let follow what a pause put off, where a job goes on (R-27)."""
        if job.paused or job.status in OVER:
            return
        for thing in [*job.things]:
            if thing.held and thing.state is State.COMPLETED and thing.closed:
                self.note(job)  # a warning that nothing follows
            elif thing.held and thing.state is State.COMPLETED:
                self.follow(job, thing)
            thing.held = False

    def link(self, job: Job, ref: str, kind: ItemKind, *, done: bool, total: Money | None,
             client_tasks: tuple[str, ...], all_sign: bool) -> None:  # fmt: skip
        """Link a thing that was made elsewhere; what other jobs know of it is known here too."""
        several = [one for _, one in self.shared.get(ref, []) if not one.unlinked]
        still = (one for one in several if one.state is not State.RESOLVED)
        known = next(still, several[0] if several else None)
        if known is not None and kind is ItemKind.TASK:
            raise Refused("another job has it")
        self.note(job)
        thing = self.new_thing(job, kind, ref, "link")
        thing.scope = self._setting(job)
        thing.ref, thing.reached, thing.total = ref, self.now, total
        thing.client_tasks, thing.all_sign = client_tasks, all_sign
        thing.signers = tuple(id for id, _, _ in self.clients[job.account].contacts)
        if kind is ItemKind.NOTE or (kind is ItemKind.MESSAGE and not client_tasks):
            thing.asks, thing.state = False, State.RESOLVED
        elif done or (total is not None and not total):
            thing.state, thing.settled = State.COMPLETED, done
            thing.ticked, thing.signed = list(client_tasks), list(thing.signers)
        if known is not None:
            for name in KNOWN:
                setattr(thing, name, copy(getattr(known, name)))
            if kind is ItemKind.CLIENT_REQUEST:
                thing.template = known.template  # whether the firm has to accept it is known
            if thing.asks and known.state is not State.RESOLVED:
                thing.state = known.state
        self.shared[ref].append((job, thing))
        self.evaluate(job)

    def unlink(self, job: Job, thing: Thing) -> None:
        """Let go of a thing."""
        if thing.unlinked:
            return
        self.note(job)
        if thing.state is State.PENDING:
            thing.state = State.RESOLVED
        thing.unlinked = thing.closed = True
        # Where no other job has it, what happens to it is still heard of here.
        others = [one for one in self.shared.get(thing.ref, []) if one[1] is not thing]
        if others:
            self.shared[thing.ref] = others
        for by in self.clients[job.account].answered.values():
            if by != {thing.id}:
                by.discard(thing.id)  # whoever else gave the tag holds it
        self.withdraw(thing)
        self.evaluate(job)

    def tag(self, account: str, add: set[str], remove: set[str]) -> None:
        """Change tags by hand; nothing fires."""
        client = self.clients[account]
        for name in client.tags ^ ((client.tags - remove) | add):
            self.touched[account, "tags", name] = self.now
        client.tags = (client.tags - remove) | add
        for name in add | remove:
            client.answered.pop(name, None)

    def save(self, pipeline: Pipeline) -> None:
        """Take over an edited pipeline; nothing happens to running jobs (A-6, A-18, R-32)."""
        old = self.pipelines[pipeline.id]
        stages = {one.id for one in old.stages} - {one.id for one in pipeline.stages}
        statuses = {one.name for one in old.statuses} - {one.name for one in pipeline.statuses}
        for job in self.jobs.values():
            if job.pipeline != pipeline.id or job.status == "Archived":
                continue
            if job.stage in stages or job.status in statuses:
                raise Refused("jobs stand there")
        self.pipelines[pipeline.id] = pipeline
        self.unhurried |= {one.id for one in self.jobs.values() if one.pipeline == pipeline.id}

    def delete(self, job: Job) -> None:
        """Delete an archived job, with all that waits for it."""
        if job.status != "Archived":
            raise Refused("archive it first")
        mine = [one for one in job.things if not one.unlinked]
        for thing in mine:
            for other, same in self.shared.get(thing.ref, []):
                there = other.id in self.jobs and other.account != job.account
                if there and not same.unlinked:
                    raise Refused("a job of another account has the same thing")
        for by in self.clients[job.account].answered.values():
            by.difference_update({one.id for one in job.things})
        for several in self.shared.values():
            several[:] = [one for one in several if one[0] is not job]
        del self.jobs[job.id]

    # -- ports and time --------------------------------------------------------------------------

    def send_off(self) -> None:
        """Ask the ports for what the last command asked for, in order."""
        self.set_alarms()
        if self.by_hand:
            self.outbox.clear()
        while self.outbox:
            self.attempt(self.outbox.popleft())
            self.set_alarms()

    def set_alarms(self) -> None:
        """Set the timers of triggers of all jobs that are open, by what is so now."""
        for job in self.jobs.values():
            if job.status not in OVER or job.id in self.noted:
                triggering.put_off(self, job)
                triggering.set_alarms(self, job)
                triggering.set_owed(self, job)
            triggering.stand(job)

    def attempt(self, ask: Asked) -> None:
        """Ask a port, which may be out of order."""
        if ask.state is not Letter.WAITS or ask.job not in self.jobs:
            return
        ask.at = self.opening(ask, self.now)
        if ask.at > self.now:
            return
        ask.tries += 1
        mood = self.moods.get(ask.port, "up")
        self.calls.append((mood, *ask.label()))
        self.answered(ask, mood)

    def answered(self, ask: Asked, mood: str) -> None:
        """Hear what a port said, or that it failed."""
        job = self.jobs[ask.job]
        if job.status not in OVER or mood != "up" or _reminds(ask):
            self.noted.add(job.id)  # whatever a port answers is kept with its job
        ask.failed = ask.failed or mood != "up"
        self._keep(ask, mood)
        self.decide(job, ask.thing)

    def _keep(self, ask: Asked, mood: str) -> None:
        ask.unanswered = False
        made = ask.thing is not None and ask is ask.thing.ask
        known = made or ask.what.endswith("Cancellation") or ask.number is not None
        if ask.state is Letter.WITHDRAWN and not (known and mood == "up"):
            return  # it was over before, and nobody knows any more what it asked for
        if mood == "up":
            self._arrive(ask)
        elif ask.called_off:
            self._drop(ask)
        elif mood == "never" or ask.tries >= ATTEMPTS:
            ask.state, ask.at = Letter.GIVEN_UP, None
            _stands(ask)
        else:
            ask.state, ask.at = Letter.WAITS, self.opening(ask, self.again(ask))
            wait = WAIT * 2 ** (ask.tries - 1)
            first, last = (self.opening(ask, self.now + wait * part) for part in (0.5, 1.5))
            assert first <= ask.at <= last, ask

    def _arrive(self, ask: Asked) -> None:
        ask.state, ask.at = Letter.LEFT, None
        job, thing = self.jobs[ask.job], ask.thing
        if thing is None:
            return
        if ask.what.endswith("Cancellation"):
            self._taken_back(job, thing)
        if ask.number is not None:
            reminding.arrived(self, job, thing, ask)
        elif ask is thing.ask:
            thing.ref, thing.reached, thing.unmade = ask.named or "made", self.now, False
            if ask.named:
                self.shared[thing.ref].append((job, thing))
            paid = ask.birth and job.account in self.credit
            if paid and thing.state is not State.COMPLETED:
                self.moving, self.fact = {}, InvoicePaid()
                since, waited = (job.since, job.gone_on), thing.state is State.PENDING
                thing.settled = True
                self.complete(job, thing)
                job.since, job.gone_on = since
                if waited:
                    self.evaluate(job)
            elif thing.state is State.RESOLVED and thing.unwanted and not paid:
                self.take_back(job, thing)
            else:
                reminding.begin(self, job, thing)

    def _taken_back(self, job: Job, thing: Thing) -> None:
        """Let nobody wait for a thing that its port took back, though it may be wanted by now."""
        self.fact = Cancelled("its port has taken it back")
        if thing.state is State.PENDING:
            self.moving = {}
            self.cancel(job, thing)
            self.evaluate(job)
        elif thing.state is State.COMPLETED and thing.kind is not ItemKind.INVOICE:
            thing.closed = True
        thing.void = not paid(self, thing)
        if thing.void or thing.kind is not ItemKind.INVOICE:
            self._spread(thing, self.fact)

    def hand_out(self, lease: timedelta) -> list[Asked]:
        """Give what is due to somebody who takes it to the ports."""
        self.expire()
        found: list[Asked] = []
        for ask in [*self.asked]:
            waits = ask.state is Letter.WAITS and (ask.at is None or ask.at <= self.now)
            if waits and ask.job in self.jobs:
                found += self._give(ask, lease)
        return found

    def expire(self) -> None:
        """Let nobody have in hand any more what was not answered in time."""
        for ask in self.asked:
            if ask.state is Letter.HELD and ask.until <= self.now:
                ask.state, ask.unanswered = Letter.WAITS, True

    def _give(self, ask: Asked, lease: timedelta) -> list[Asked]:
        """Hand a request out, unless nobody needs it any more, or it was asked for too often."""
        opens = self.opening(ask, self.now)
        if ask.called_off:
            self._drop(ask)
        elif opens > self.now:
            ask.at = opens
        elif ask.tries >= ATTEMPTS:
            ask.state = Letter.GIVEN_UP
            _stands(ask)
        else:
            ask.state, ask.tries, ask.until = Letter.HELD, ask.tries + 1, self.now + lease
            return [ask]
        return []

    def _drop(self, ask: Asked) -> None:
        """Let a request be over that nobody needs, and that somebody had in hand."""
        ask.state = Letter.WITHDRAWN
        _stands(ask)
        if ask.thing is not None and ask is ask.thing.ask:
            ask.thing.unmade = True
        if not ask.unanswered:
            undoing.never_left(self.jobs[ask.job], ask)

    def tick(self, now: datetime) -> None:
        """Do all that is due by now, in due order."""
        self.now = now
        self.expire()
        while (found := self.first_due()) is not None and found[0] <= now:
            self.moving, self.noted, self.unhurried = {}, set(), set()
            what = found[1]
            if isinstance(what, Asked):
                self.attempt(what)
            elif isinstance(what, Alarm):
                triggering.ring(self, self.holder(what), what)
            else:
                reminding.due(self, self.holder(what), what)
            self.send_off()

    def pass_time(self, target: datetime) -> None:
        """Let time pass through every instant at which something is due."""
        while (found := self.first_due()) is not None and found[0] <= target:
            self.tick(max(found[0], self.now))
        self.now = target

    def holder(self, what: Thing | Alarm) -> Job:
        """Return the job of a thing, or of a timer."""
        return next(job for job in self.jobs.values() if what in [*job.things, *job.alarms])

    def first_due(self) -> tuple[datetime, Asked | Thing | Alarm] | None:
        """Return what is due first."""
        found: list[tuple[datetime, Asked | Thing | Alarm]] = [
            (ask.at, ask)
            for ask in self.asked
            if ask.state is Letter.WAITS and ask.at is not None and ask.job in self.jobs
            if not self.by_hand
        ]
        for job in self.jobs.values():
            found += [(one.next, one) for one in job.things if one.next is not None]
            found += [(one.at, one) for one in job.alarms if one.at is not None]
        return min(found, key=lambda one: (one[0], self.place(one[1])), default=None)

    def mend(self, ask: Asked, *, retry: bool) -> None:
        """Try once more what failed, or give it up for good."""
        job, thing = self.jobs[ask.job], ask.thing
        self.note(job)
        if retry:
            ask.state, ask.at, ask.tries = Letter.WAITS, None, 0
            self._post(ask)
            return
        ask.state = Letter.WITHDRAWN
        _stands(ask)
        if thing is not None and ask is thing.ask:
            thing.unmade = thing.closed = True
            if thing.state is State.PENDING:
                thing.state = State.RESOLVED
            self.quieten(thing)
            self.evaluate(job)

    # -- accounts --------------------------------------------------------------------------------

    def open(self, id: str, tags: set[str], roles: dict[str, tuple[str, ...]]) -> Client:
        """Open an account."""
        self.clients[id] = Client(id, set(tags), roles=roles)
        return self.clients[id]

    def notify(self, account: str, flags: list[bool]) -> None:
        """Say which contacts take mail; reminders go on where somebody does again (R-7)."""
        client = self.clients[account]
        before = client.heard_at()
        client.contacts = [
            (id, to, flag) for (id, to, _), flag in zip(client.contacts, flags, strict=True)
        ]
        if bool(client.heard_at()) != bool(before):  # which all jobs heed, those too that are over
            self.noted |= {one.id for one in self.jobs.values() if one.account == account}
        if client.heard_at() and not before:
            for job in self.jobs.values():
                if job.account == account:
                    reminding.heard(self, job)
        if before and not client.heard_at():
            for job in self.jobs.values():
                for thing in job.things if job.account == account else ():
                    self.hush(thing)

    def assign(self, job: Job, who: set[str]) -> None:
        """Let others work at a job."""
        if job.status == "Archived":
            raise Refused("an archived job is not edited")
        if job.assignees != who:
            self.note(job)
            self.change(job, "assignees", who)

    def fill_in(self, account: str, name: str, value: Any) -> None:
        """Fill in a field of an account, which all its jobs heed (R-35)."""
        fields = self.clients[account].fields
        if fields.get(name) != value:
            self.noted |= {one.id for one in self.jobs.values() if one.account == account}
        fields[name] = value

    def reschedule(self, job: Job, start: date | None, due: date | None) -> None:
        """Give a job other dates."""
        if job.status == "Archived":
            raise Refused("an archived job is not edited")
        if (job.start, job.due) != (start, due):
            self.note(job)
            job.start, job.due = start, due

    def reevaluate(self, job: Job) -> None:
        """Evaluate automove now (A-6), and see which debits count by now."""
        for thing in job.things:
            if thing.state is State.PENDING and counts_by_now(self, thing):
                self.complete(job, thing)
        self.evaluate(job)


def _reminds(ask: Asked) -> bool:
    """Tell whether reminders go by it."""
    return ask.thing is not None and (ask.number is not None or ask.thing.every > 0)


def _is_under_way(ask: Asked | None) -> bool:
    """Tell whether a port has yet to answer."""
    return ask is not None and ask.state in {Letter.WAITS, Letter.HELD, Letter.GIVEN_UP}


def _stands(ask: Asked) -> None:
    """Let a thing stand which its port does not take back."""
    if ask.thing is not None and ask.what.endswith("Cancellation"):
        ask.thing.void = False
