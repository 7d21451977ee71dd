"""A walk: steps of chance, each taken by pipeflow and by the naive firm, which then must agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from attrs import evolve

from pipeflow import (
    Account,
    Contact,
    DefinitionError,
    Engine,
    ItemKind,
    Member,
    Money,
    NotAllowedError,
    NotFoundError,
    Open,
    Pipeline,
    Reminders,
    ReminderSent,
    Reopened,
    RequestFailed,
    Settings,
    TriggerFired,
    TriggerPassed,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.model.items import Mark
from pipeflow.ports import Store
from pipeflow.testing import CountingIds, ManualClock
from tests.reference import reminding, undoing
from tests.reference.drawing import MEMBERS, TAGS, TEMPLATES, a_date, fact, pipeline
from tests.reference.firm import ATTEMPTS, OVER, WAIT, Firm
from tests.reference.host import PORTS, Host, label
from tests.reference.promises import (
    check_explained,
    check_history,
    check_order,
    check_store,
    check_tags,
)
from tests.reference.things import Alarm, Asked, Job, Letter, Refused, State, Thing
from tests.reliability.chance import Random, seeded

__all__ = ["Differs", "Step", "Walk", "same", "script"]

REFUSED = (NotAllowedError, NotFoundError, DefinitionError)
LINKS = [*ItemKind]
OFTEN = 4  # in one step of so many all events are gone through
# How often each step is drawn.
STEPS = {
    "start": 8, "move": 8, "transfer": 2, "record": 27, "receive": 4, "complete": 10, "status": 4,
    "restore": 3, "pause": 2, "resume": 4, "undo": 4, "link": 6, "unlink": 2, "remind": 3,
    "rhythm": 3, "tag": 3, "notify": 2, "edit": 3, "assign": 2, "dates": 4, "delete": 1,
    "reevaluate": 2, "time": 16,
    "outage": 4, "mend": 4,
}  # fmt: skip


class Step(NamedTuple):
    """One step: its name, and the seed of what it draws."""

    name: str
    seed: int


class Differs(AssertionError):  # noqa: N818  (it says what happened)
    """pipeflow and the naive firm disagree."""


class Walk:
    """A firm that pipeflow runs, and the same in the naive way."""

    steps: ClassVar[dict[str, int]] = STEPS

    def __init__(
        self, seed: int, store: Store | None = None, *, kind: type[Engine] = Engine
    ) -> None:
        """Draw a firm."""
        chance = seeded(seed)
        self.clock = ManualClock()
        self.store: Any = store or MemoryStore()
        self.store.clock = self.clock  # leases end when this clock says so
        cancels = chance.random() < 0.8
        self.host = Host(cancels=cancels)
        self.engine = kind(
            ports=self.host.ports, store=self.store, clock=self.clock, ids=CountingIds()
        )
        zone = chance.choice(["UTC", "America/New_York", "Europe/Stockholm"])
        counts, empty = chance.random() < 0.3, chance.random() < 0.2
        settings = Settings(
            time_zone=zone,
            bank_payments="submitted" if counts else "cleared",
            on_empty="advance" if empty else "stay",
            attempts=ATTEMPTS,
            backoff=WAIT,
            longest_backoff=timedelta(days=9),
        )
        self.clock.set(self.clock.now() + timedelta(days=chance.choice([0, 0, 60, 290])))
        firm = self.firm = Firm(self.clock.now(), zone, submitted=counts, advance=empty)
        firm.cancels, firm.moods, firm.credit = cancels, self.host.moods, self.host.credit
        firm.again, firm.place, firm.default_access = self._again, self._place, {"mia"}
        firm.templates = {one.id: one for one in TEMPLATES}
        pipelines = [self.draw(chance, name) for name in ("P", "Q")]
        firm.pipelines = {one.id: one for one in pipelines}
        members = [Member("Mia", default_access=True), Member("Tom")]
        self.engine.save(settings, *members, *TEMPLATES, *pipelines)
        for id in ("a", "b"):
            self._open_account(chance, id)
        self.sent: list[tuple[str, int | None]] = []
        self.engine.on(ReminderSent, lambda e: self.sent.append((e.item, e.number)))
        self.rung: list[tuple[str, str, bool]] = []
        self.engine.on(TriggerFired, lambda e: self.rung.append((e.job, e.trigger, e.late)))
        self.order: list[tuple[object, ...]] = []
        self.engine.on(TriggerFired, lambda e: self.order.append((e.at, e.job, e.trigger)))
        self.engine.on(TriggerPassed, lambda e: self.order.append((e.at, e.job, e.trigger)))
        self.host.heard = lambda request: self.order.append((self.clock.now(), request.item))
        self.links = 0
        self.tags = {id: set(one.tags) for id, one in self.firm.clients.items()}
        self.seen: dict[str, Any] = {}
        self.edited = False
        self.told = ""
        self.deleted: list[str] = []

    def draw(self, chance: Random, name: str) -> Pipeline:
        """Draw a pipeline."""
        return pipeline(chance, name)

    def _open_account(self, chance: Random, id: str) -> None:
        both = [Contact(name, f"{name}@x.example", id=name) for name in ("ann", "bob")]
        tags = set(chance.sample(TAGS, chance.randint(0, 2)))
        roles: dict[str, tuple[str, ...]] = {}
        if chance.random() < 0.7:
            roles = {"preparer": ("mia",)}
        self.engine.save(Account(id.upper(), both, id=id, tags=tags, roles=roles))
        client = self.firm.open(id, tags, roles)
        client.contacts = [(one.id, one.email or "", one.notify) for one in both]
        if chance.random() < 0.5:
            self.host.credit.add(id)

    def _again(self, ask: Asked) -> datetime:
        """Look up when a failed request is tried again, which depends on its key."""
        taken = {one.key for one in self.firm.asked if one.key and one is not ask}
        if not ask.key:
            for _, request in self.host.calls:
                if label(request) == ask.label() and request.key not in taken:
                    ask.key = request.key
                    break
        for event in reversed(self.engine.history(ask.job).of(RequestFailed)):
            if (event.key, event.at, event.attempt) == (ask.key, self.firm.now, ask.tries):
                return event.retry_at
        raise Differs(f"pipeflow did not fail on {ask}")

    def _place(self, what: Asked | Thing | Alarm) -> int:
        """Look up when pipeflow came to something, among all that was due at one instant."""
        if isinstance(what, Asked):  # what waits for the window leaves behind what is due then
            return 0 if self.firm.window is None else len(self.order) + 1
        sign: tuple[object, ...] = (
            (self.firm.now, what.id)
            if isinstance(what, Thing)
            else (self.firm.now, self.firm.holder(what).id, what.trigger)
        )
        return self.order.index(sign) if sign in self.order else len(self.order)

    # -- steps -----------------------------------------------------------------------------------

    def take(self, step: Step) -> None:
        """Take a step, and hold both against each other."""
        chance = seeded(step.seed)
        self.clock.advance(minutes=1 / 60)  # no two steps fall on one instant
        self.firm.now = self.clock.now()
        self.told = ""
        self.host.calls.clear()
        self.sent.clear()
        self.rung.clear()
        self.order.clear()
        self.firm.calls.clear()
        self.firm.reminded.clear()
        self.firm.rung.clear()
        self.firm.moving, self.firm.noted, self.firm.unhurried = {}, set(), set()
        getattr(self, f"_{step.name}")(chance)
        self.compare(step)

    def _both(self, theirs: Callable[[], Any], ours: Callable[[], Any]) -> Any:
        """Let both do it; either may refuse, and then both must."""
        try:
            found, why = theirs(), ""
        except REFUSED as error:
            found, why = None, str(error)
        try:
            ours()
            self.firm.send_off()
        except Refused as error:
            if not why:
                raise Differs(f"the naive firm refuses: {error}") from None
            return None
        if why:
            raise Differs(f"pipeflow refuses: {why}")
        return found

    def _job(self, chance: Random) -> Job | None:
        jobs = [*self.firm.jobs.values()]
        return self._meant(chance.choice(jobs)) if jobs else None

    def _meant(self, job: Job) -> Job:
        """Note that something is about to be done to a job, which sets its timers anew."""
        self.firm.noted.add(job.id)
        return job

    def _of(self, several: list[Job], chance: Random) -> Job | None:
        return self._meant(chance.choice(several)) if several else self._job(chance)

    def _thing(self, chance: Random) -> tuple[Job, Thing] | None:
        """Choose a thing, one of the present visit more often."""
        busy = [job for job in self.firm.jobs.values() if job.things]
        if not busy:
            return None
        job = self._meant(chance.choice(busy))
        waiting = [one for one in job.here() if one.state is State.PENDING]
        return job, chance.choice((waiting if chance.random() < 0.7 else []) or job.things)

    def _skip(self, chance: Random, stage: Any) -> tuple[str, ...]:
        ids = [str(one.id) for one in stage.automations]
        return tuple(chance.sample(ids, 1)) if ids and chance.random() < 0.15 else ()

    def _start(self, chance: Random) -> None:
        if len(self.firm.jobs) >= 2 + (chance.random() < 0.2):
            return self._record(chance)
        found = self.firm.pipelines[chance.choice("pq")]
        account, stage = chance.choice("aaab"), None
        if chance.random() < 0.2:
            stage = chance.choice(found.stages).id
        entered = next((s for s in found.stages if s.id == stage), found.stages[0])
        skip, fire = self._skip(chance, entered), chance.random() > 0.1
        due = a_date(chance) if chance.random() < 0.5 else None
        start = min(a_date(chance), due or a_date(chance)) if chance.random() < 0.3 else None
        job = self.engine.start(
            found.id, account, stage=stage, skip=skip, fire=fire, start=start, due=due
        )
        self.firm.start(job.id, found.id, account, stage, skip, fire=fire, start=start, due=due)
        self.firm.send_off()
        return None

    def _move(self, chance: Random) -> None:
        if (job := self._job(chance)) is None:
            return
        stage = chance.choice(self.firm.pipelines[job.pipeline].stages)
        skip, left = self._skip(chance, stage), chance.choice([*Open])
        self._both(
            lambda: self.engine.move(job.id, stage.id, skip=skip, open=left),
            lambda: self.firm.move(job, stage.id, skip, left.value),
        )

    def _transfer(self, chance: Random) -> None:
        if (job := self._job(chance)) is None:
            return
        other = self.firm.pipelines["q" if job.pipeline == "p" else "p"]
        stage = chance.choice([None, chance.choice(other.stages).id])
        left, fire = chance.choice([*Open]), chance.random() > 0.1
        self._both(
            lambda: self.engine.transfer(job.id, other.id, stage, open=left, fire=fire),
            lambda: self.firm.transfer(job, other.id, stage, left=left.value, fire=fire),
        )

    def _record(self, chance: Random) -> None:
        if (found := self._thing(chance)) is None:
            return
        job, thing = found
        happened = fact(chance, thing.kind)
        if thing.state is State.COMPLETED and chance.random() < 0.3:
            happened = Reopened("by mistake")
        self.told = f"{thing.id}: {happened}"
        self._both(
            lambda: self.engine.record(thing.id, happened),
            lambda: self.firm.record(job, thing, happened),
        )

    def _complete(self, chance: Random) -> None:
        if (found := self._thing(chance)) is None:
            return
        job, thing = found
        self._both(
            lambda: self.engine.complete(thing.id), lambda: self.firm.complete_by_hand(job, thing)
        )

    def _status(self, chance: Random) -> None:
        if (job := self._job(chance)) is None:
            return
        own = [one.name for one in self.firm.pipelines[job.pipeline].statuses]
        status = chance.choice(["Completed", "Completed", "Archived", *own * 2])
        if job.status != "Active" and chance.random() < 0.7:
            status = "Active"
        reminders = chance.random() < 0.7
        self._both(
            lambda: self.engine.set_status(job.id, status, reminders=reminders),
            lambda: self.firm.set_status(job, status, reminders=reminders),
        )

    def _restore(self, chance: Random) -> None:
        over = [job for job in self.firm.jobs.values() if job.status != "Active"]
        if (job := self._of(over, chance)) is None:
            return
        reminders = chance.random() < 0.5
        self._both(
            lambda: self.engine.restore(job.id, reminders=reminders),
            lambda: self.firm.set_status(job, "Active", reminders=reminders),
        )

    def _pause(self, chance: Random) -> None:
        if (job := self._job(chance)) is not None:
            self._both(lambda: self.engine.pause(job.id), lambda: self.firm.pause(job))

    def _resume(self, chance: Random) -> None:
        paused = [job for job in self.firm.jobs.values() if job.paused]
        if (job := self._of(paused, chance)) is None:
            return
        reminders = chance.random() < 0.7
        self._both(
            lambda: self.engine.resume(job.id, reminders),
            lambda: self.firm.resume(job, reminders=reminders),
        )

    def _undo(self, chance: Random) -> None:
        """Take back a move, more often of a job where that can be."""
        fresh = [job for job in self.firm.jobs.values() if job.before and not job.since]
        if (job := self._of(fresh, chance)) is not None:
            self._both(lambda: self.engine.undo(job.id), lambda: undoing.undo(self.firm, job))

    def _link(self, chance: Random) -> None:
        """Link something made elsewhere, perhaps what another job has already (A-8)."""
        if (job := self._job(chance)) is None:
            return
        others = [one for one in self.firm.jobs.values() if one is not job]
        mine = {one.ref for one in job.things}
        known = [one for other in others for one in other.things if _is_shared(one, mine)]
        if known and chance.random() < 0.5:
            same = chance.choice(known)
            how: dict[str, Any] = {
                "done": False, "total": same.total, "client_tasks": same.client_tasks,
                "all_sign": same.all_sign,
            }  # fmt: skip
            self._link_so(job, same.ref, same.kind, **how)
            return
        self.links += 1
        kind = chance.choice(LINKS)
        bill = kind in {ItemKind.INVOICE, ItemKind.LOCKED_DOCUMENT}
        signs = kind in {ItemKind.PROPOSAL, ItemKind.SIGNATURE}
        done = chance.random() < 0.15
        paid = bill and chance.random() < 0.7
        total = Money(chance.choice(["100", "0"]), "USD") if paid else None
        tasks = ("Scan", "Send") if kind is ItemKind.MESSAGE and chance.random() < 0.7 else ()
        all_sign = not signs or chance.random() < 0.5
        self._link_so(
            job, f"l-{self.links}", kind, done=done, total=total, client_tasks=tasks,
            all_sign=all_sign,
        )  # fmt: skip

    def _link_so(self, job: Job, ref: str, kind: ItemKind, **how: Any) -> None:
        done, total, tasks = how["done"], how["total"], how["client_tasks"]
        signs = "all" if how["all_sign"] else "one"
        self._both(
            lambda: self.engine.link(
                job.id, ref, kind, completed=done, total=total, client_tasks=tasks, signatures=signs
            ),
            lambda: self.firm.link(job, ref, kind, **how),
        )

    def _receive(self, chance: Random) -> None:
        """Tell what happened to a thing by its reference."""
        several = [one for one in self.firm.shared.values() if one]
        if not several:
            return
        job, thing = chance.choice(several)[0]
        happened, place = fact(chance, thing.kind), job.things.index(thing)
        if job.id not in self.firm.jobs:
            return
        ref = self.engine.job(job.id).items[place].ref
        assert ref is not None
        self.told = f"{ref}: {happened}"
        self._both(
            lambda: self.engine.receive(ref, happened),
            lambda: self.firm.receive(thing.ref, happened),
        )

    def _unlink(self, chance: Random) -> None:
        if (found := self._thing(chance)) is None:
            return
        job, thing = found
        self._both(
            lambda: self.engine.unlink(job.id, thing.id), lambda: self.firm.unlink(job, thing)
        )

    def _remind(self, chance: Random) -> None:
        if (found := self._thing(chance)) is None:
            return
        job, thing = found
        self._both(
            lambda: self.engine.remind(thing.id), lambda: reminding.by_hand(self.firm, job, thing)
        )

    def _rhythm(self, chance: Random) -> None:
        if (found := self._thing(chance)) is None:
            return
        job, thing = found
        every, times = chance.choice([0, 1, 2, 3]), chance.randint(1, 3)
        self._both(
            lambda: self.engine.set_reminders(thing.id, Reminders(every, times) if every else None),
            lambda: reminding.set_rhythm(self.firm, job, thing, every, times if every else 0),
        )

    def _tag(self, chance: Random) -> None:
        """Change a tag by hand, and perhaps back again."""
        account, some = chance.choice("aaab"), set(chance.sample(TAGS, 1))
        changes = [(some, set[str]()), (set[str](), some)]
        chance.shuffle(changes)
        for add, remove in changes[: chance.randint(1, 2)]:
            self.engine.tag(account, add, remove)
            self.firm.tag(account, add, remove)

    def _notify(self, chance: Random) -> None:
        """Let a contact take mail, or no longer."""
        account = self.engine.account(chance.choice("ab"))
        flags = [chance.random() < 0.6 for _ in account.contacts]
        several = [evolve(o, notify=f) for o, f in zip(account.contacts, flags, strict=True)]
        self._both(
            lambda: self.engine.save(evolve(account, contacts=several)),
            lambda: self.firm.notify(account.id, flags),
        )

    def _edit(self, chance: Random) -> None:
        """Save another form of a pipeline."""
        other = self.draw(chance, chance.choice("PQ"))
        self.edited = True
        self._both(lambda: self.engine.save(other, replace=True), lambda: self.firm.save(other))

    def _assign(self, chance: Random) -> None:
        if (job := self._job(chance)) is None:
            return
        who = set(chance.sample(MEMBERS, chance.randint(0, 2)))
        self._both(
            lambda: self.engine.edit(job.id, assignees=who), lambda: self.firm.assign(job, who)
        )

    def _dates(self, chance: Random) -> None:
        """Give a job other dates, or its account."""
        if chance.random() < 0.4:
            account = self.engine.account(chance.choice("aaab"))
            day = a_date(chance) if chance.random() < 0.7 else None
            fields: dict[str, Any] = {**account.fields, "year end": day}
            if day is None:
                del fields["year end"]
            self._both(
                lambda: self.engine.save(evolve(account, fields=fields)),
                lambda: self.firm.fill_in(account.id, "year end", day),
            )
            return
        if (job := self._job(chance)) is None:
            return
        due = a_date(chance) if chance.random() < 0.7 else None
        start = min(a_date(chance), due or a_date(chance)) if chance.random() < 0.4 else None
        self._both(
            lambda: self.engine.edit(job.id, start=start, due=due),
            lambda: self.firm.reschedule(job, start, due),
        )

    def _delete(self, chance: Random) -> None:
        if (job := self._job(chance)) is None:
            return
        self._both(
            lambda: self.engine.delete(self.engine.job(job.id)), lambda: self.firm.delete(job)
        )
        if job.id not in self.firm.jobs:
            self.deleted.append(job.id)

    def _reevaluate(self, chance: Random) -> None:
        if (job := self._job(chance)) is not None:
            self._both(lambda: self.engine.reevaluate(job.id), lambda: self.firm.reevaluate(job))

    def _time(self, chance: Random) -> None:
        """Let it pass, with or without somebody who ticks all the while."""
        days = chance.choice([0.02, 0.1, 0.5, 1, 1, 2, 3, 7])
        target = self.clock.now() + timedelta(days=days)
        if chance.random() < 0.3:
            self.clock.set(target)
            self.engine.tick()
            self.firm.tick(target)
            return
        self.pass_until(target)
        self.firm.pass_time(target)

    def pass_until(self, target: datetime) -> None:
        """Let time pass through every instant at which something is due."""
        while (due := self.store.next_due(tenant="default")) is not None and due <= target:
            self.clock.set(max(due, self.clock.now()))
            self.engine.tick()
        self.clock.set(target)

    def _outage(self, chance: Random) -> None:
        """Let a port be out of order, or all be in order again."""
        if chance.random() < 0.5:
            self.host.moods.update(dict.fromkeys(PORTS, "up"))
        else:
            self.host.moods[chance.choice(PORTS)] = chance.choice(["down", "down", "never"])

    def _mend(self, chance: Random) -> None:
        """Retry or abandon what failed."""
        failures = self.engine.failures()
        if not failures:
            return
        failure = chance.choice(failures)
        retry = chance.random() < 0.5
        ask = self._found(failure.request)
        self._both(
            lambda: (self.engine.retry if retry else self.engine.abandon)(failure.key),
            lambda: self.firm.mend(ask, retry=retry),
        )

    def _found(self, request: Any) -> Asked:
        for one in self.firm.asked:
            failed = one.failed and one.state in {Letter.WAITS, Letter.GIVEN_UP}
            if failed and one.label() == label(request) and one.key in {"", request.key}:
                one.key = request.key
                return one
        raise Differs(f"pipeflow failed on {request}, the naive firm did not")

    # -- comparing -------------------------------------------------------------------------------

    def compare(self, step: Step) -> None:
        """Hold everything against each other, and everything against itself."""
        calls = [(mood, *label(request)) for mood, request in self.host.calls]
        if step.name == "time":
            same("calls", sorted(calls, key=str), sorted(self.firm.calls, key=str))
            same("reminders", sorted(self.sent, key=str), sorted(self.firm.reminded, key=str))
            same("triggers", sorted(self.rung), sorted(self.firm.rung))
        else:
            same("calls", calls, self.firm.calls)
            same("reminders", self.sent, self.firm.reminded)
            same("triggers", self.rung, self.firm.rung)
        for id, client in self.firm.clients.items():
            account = self.engine.account(id)
            same(f"tags of {id}", account.tags, client.tags)
            same(f"access of {id}", account.access, client.access)
            fields = {name: value for name, value in client.fields.items() if value is not None}
            same(f"fields of {id}", dict(account.fields), fields)
        same("jobs", {job.id for job in self.engine.jobs()}, {*self.firm.jobs})
        for job in self.firm.jobs.values():
            theirs = self.engine.job(job.id)
            for name in (
                "stage",
                "visit",
                "status",
                "assignees",
                "pipeline",
                "start",
                "due",
                "priority",
            ):
                same(f"{name} of {job.id}", getattr(theirs, name), getattr(job, name))
            seen = theirs.client_view
            same(f"view of {job.id}", seen and (seen.status,), job.shown)
            same(f"pause of {job.id}", theirs.paused is not None, job.paused)
            same(f"things of {job.id}", [_item(i) for i in theirs.items],
                  [_thing(t) for t in job.things])  # fmt: skip
            if job.status not in OVER:  # a job that is over has its timers set when it goes on
                near = sorted(_alarm(one) for one in theirs.alarms if _is_near(theirs, one))
                ours = sorted(_alarm(one) for one in job.alarms if _is_here(job, one))
                same(f"timers of {job.id}", near, ours)
            if theirs is not self.seen.get(job.id):
                self.seen[job.id] = theirs
                check_explained(self.engine, theirs)
                if step.seed % OFTEN == 0:
                    self._check_history(theirs)

    def _check_history(self, job: Any) -> None:
        history = [*self.engine.history(job)]
        check_history(job, history)
        if not self.edited:
            check_order(history, self.firm.pipelines)

    def end(self) -> None:
        """Look at all histories, and at the store's own books."""
        for job in self.engine.jobs():
            self._check_history(job)
        check_store(self.store, self.engine.jobs())
        if not self.deleted:
            for id, tags in self.tags.items():
                check_tags(self.engine, id, tags)


def same(what: str, theirs: object, ours: object) -> None:
    """Hold what both say of something against each other."""
    if theirs != ours:
        raise Differs(f"{what}:\n  pipeflow:   {theirs}\n  naive firm: {ours}")


def _alarm(alarm: Any) -> tuple[str, str, bool]:
    ours = isinstance(alarm, Alarm)
    owed = (alarm.at if ours else alarm.due) is None
    return alarm.trigger, str(alarm.nominal if ours else alarm.at), owed


def _is_here(job: Job, alarm: Alarm) -> bool:
    """Tell whether it is not about something that was left behind."""
    return not isinstance(alarm.of, Thing) or alarm.of.visit == job.visit


def _is_near(job: Any, alarm: Any) -> bool:
    return all(item.visit == job.visit for item in job.items if item.id == alarm.of)


def _is_shared(thing: Thing, mine: set[str]) -> bool:
    """Tell whether another job may have it too: made elsewhere, not here, and not let go of."""
    there = thing.origin == "link" and thing.ref not in mine and not thing.unlinked
    return there and thing.state is not State.RESOLVED and not thing.declined


def _item(item: Any) -> tuple[object, ...]:
    rhythm = (item.reminders.every.days, item.reminders.times) if item.reminders else (0, 0)
    reached = item.ref is not None
    return (item.id, item.kind.value, item.name, item.state.value, item.visit, *rhythm,
            item.reminded, item.remind_at, reached, sorted(item.assignees), item.scope > 0,
            Mark.ASIDE in item.marks)  # fmt: skip


def _thing(thing: Thing) -> tuple[object, ...]:
    return (thing.id, thing.kind.value, thing.name, thing.state.value, thing.visit, thing.every,
            thing.times, thing.sent, thing.next, bool(thing.ref),
            sorted(thing.assignees), thing.scope > 0, not thing.holds)  # fmt: skip


def script(seed: int, length: int, walk: type[Walk] = Walk) -> list[Step]:
    """Draw the steps of a walk."""
    chance = seeded(seed)
    names = chance.choices([*walk.steps], [*walk.steps.values()], k=length)
    return [Step("start", chance.getrandbits(32)),
            *(Step(name, chance.getrandbits(32)) for name in names)]  # fmt: skip
