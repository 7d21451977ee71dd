"""A branch of the firm: everything can be tried on it, and nothing of it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from pipeflow import (
    Account,
    AutomationRan,
    Branch,
    Cancelled,
    ConflictError,
    CreateInvoice,
    CreateOrganizer,
    Daily,
    Dates,
    DefinitionError,
    Engine,
    FolderTemplate,
    InvoicePaid,
    Job,
    JobMoved,
    NotAllowedError,
    Pipeline,
    Ports,
    Reminders,
    Schedule,
    SendEmail,
    Settings,
    Stage,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.overlay import OverlayStore
from pipeflow.errors import MovedOnError
from pipeflow.ports import (
    Authorizer,
    Calendar,
    Changes,
    Email,
    Invoice,
    InvoiceCancellation,
    Organizer,
    Store,
)
from pipeflow.testing import ManualClock, World
from tests.firms import FEE, ORGANIZER, TEMPLATES, WELCOME, in_memory_and_in_a_file

TAX = Pipeline(
    "Tax",
    stages=[
        Stage(
            "Collect",
            [CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=2))],
            automove=True,
        ),
        Stage("Bill", [CreateInvoice(FEE), SendEmail(WELCOME)], automove=True),
        Stage("Done", [SendEmail(WELCOME)]),
    ],
)


def begun(world: World) -> World:
    """Save what the firm works with."""
    world.engine.save(*TEMPLATES, TAX)
    return world


world = in_memory_and_in_a_file(begun)


def exported(world: World) -> list[str]:
    """Return everything that the firm has."""
    return list(world.store.export("default"))


def asked(branch: Branch) -> list[str]:
    """Tell what the ports would have been asked."""
    return [type(one).__name__ for one in branch.requests]


# -- nothing of it happens -----------------------------------------------------------------------


def test_whatever_is_done_on_a_branch_the_firm_stays_byte_for_byte(world: World) -> None:
    """Commands, time, definitions, deletions; no port and no listener hears of it."""
    job = world.job_at(TAX, "Collect")
    heard: list[Any] = []
    world.engine.on(JobMoved, heard.append)
    before, sent = exported(world), len(world.email.attempts)

    branch = world.engine.what_if()
    branch.complete(branch.job(job).item("Organizer"))
    branch.start(TAX, world.engine.job(job).account, command_id="twice")
    branch.save(Settings(attempts=2))
    branch.tag(job.account, {"vip"})
    branch.advance(days=40)
    for one in branch.jobs():
        branch.archive(one)
        branch.delete(one)
    branch.delete(job.account)

    assert exported(world) == before
    assert (heard, len(world.email.attempts)) == ([], sent)
    assert len(branch.jobs()) == 0
    assert world.engine.explain(job).stage == "collect"
    world.engine.start(TAX, job.account, command_id="twice")


def test_the_branch_goes_as_the_firm_would_have_gone(world: World) -> None:
    """The same facts in the same order of time bring the same histories and the same requests."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()

    def season(engine: Engine, advance: Any) -> None:
        advance(days=4)
        engine.complete(engine.job(job).item("Organizer"))
        advance(hours=5)
        engine.record(engine.job(job).item("Fee"), InvoicePaid())
        advance(days=9)

    season(branch, branch.advance)
    season(world.engine, world.advance)

    assert job_told(branch.job(job)) == job_told(world.engine.job(job))
    assert [e.key for e in branch.requests if isinstance(e, Email)] == [
        e.key for e in world.email.sent
    ]
    assert asked(branch) == ["Email", "Invoice", "Email", "Email"]
    assert branch.now == world.clock.now()


def job_told(job: Job) -> Any:
    """Return what a job is, but for the references that its ports gave."""
    return [job.stage, job.visit, job.entered, *((i.id, i.state, i.reminded) for i in job.items)]


def test_requests_are_complete_and_in_order(world: World) -> None:
    """Reminders too, and what the firm's own ports had not taken yet."""
    world.organizers.fail_next(OSError("busy"))
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()

    ticks = branch.advance(days=30)

    organizer, first, second = branch.requests
    assert isinstance(organizer, Organizer)
    assert isinstance(first, Email)
    assert (organizer.job, first.item, second.item) == (job.id, f"{job.id}/1", f"{job.id}/1")
    assert [len(tick) for tick in ticks] == [1, 1, 1]
    assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)
    assert branch.failures() == ()
    assert len(world.engine.failures()) == 1


def test_what_was_made_on_a_branch_can_be_taken_back_there(world: World) -> None:
    """As by the ports that the firm has."""
    job = world.job_at(TAX, "Bill")
    branch = world.engine.what_if()

    branch.move(job, "Done", open="cancel")
    branch.move(job, "Bill")
    branch.move(job, "Done", open="cancel")

    assert [type(one) for one in branch.requests if not isinstance(one, Email)] == [
        InvoiceCancellation,
        Invoice,
        InvoiceCancellation,
    ]
    assert world.invoices.cancelled == []


def test_a_request_that_nobody_wants_any_more_is_not_asked_on_a_branch() -> None:
    """It is held where the host delivers by itself, and was withdrawn meanwhile."""
    world = begun(World(deliver=False))
    job = world.job_at(TAX, "Collect")
    (organizer,) = world.engine.pending()
    world.engine.record(job.items[0], Cancelled())
    branch = world.engine.what_if()

    assert branch.advance(days=1) == []

    assert branch.requests == ()
    assert branch.store.next_due() is None
    assert world.engine.delivered(organizer.key) is not None


def test_who_has_a_request_in_hand_lets_go_when_the_lease_ends_however_time_passes() -> None:
    """A leap of a tick over the end of the lease is none over what happens then."""
    world = begun(World(deliver=False))
    world.job_at(TAX, "Collect")
    world.engine.pending(lease=timedelta(hours=1))
    leaps, passes = world.engine.what_if(), world.engine.what_if()

    leaps.tick(leaps.now + timedelta(days=1))
    passes.advance(days=1)

    assert [one.port for one in leaps.requests] == ["organizers"]
    assert leaps.requests == passes.requests


# -- time ----------------------------------------------------------------------------------------


def test_time_passes_on_a_branch_alone(world: World) -> None:
    """Its clock stands at the firm's instant until somebody lets it go on."""
    began = world.clock.now()
    branch = world.engine.what_if()
    world.clock.advance(days=1)

    assert branch.now == began
    assert branch.advance() == []
    assert branch.advance(days=2, hours=3, minutes=4) == []

    assert branch.now == began + timedelta(days=2, hours=3, minutes=4)
    assert world.clock.now() == began + timedelta(days=1)
    assert repr(branch) == "<Branch of 'default' at 2026-01-07 12:04>"


@pytest.mark.parametrize(
    ("passes", "sentence"),
    [
        ({"days": -1}, "time does not go back"),
        ({"days": "3"}, "time cannot pass so"),
        ({"days": float("nan")}, "time cannot pass so"),
        ({"days": 1e12}, "time cannot pass so"),
    ],
)
def test_time_passes_forwards(world: World, passes: Any, sentence: str) -> None:
    """What is no period is refused, and the clock stands where it stood."""
    branch = world.engine.what_if()
    before = branch.now

    with pytest.raises(DefinitionError, match=sentence):
        branch.advance(**passes)

    assert branch.now == before


def test_a_tick_for_an_instant_takes_the_branch_there(world: World) -> None:
    """And never back."""
    world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    later = branch.now + timedelta(days=3)

    assert len(branch.tick(later)) == 1
    assert len(branch.tick(later - timedelta(days=1))) == 0
    assert len(branch.tick()) == 0

    assert branch.now == later
    with pytest.raises(DefinitionError):
        branch.tick(datetime(2027, 1, 1))


def test_days_off_are_days_off_on_a_branch() -> None:
    """It asks the firm's calendar (R-39)."""

    class Holidays(Calendar):
        """One day off."""

        def days_off(self, first: date, last: date, /) -> Iterable[date]:
            """Return it."""
            return [date(2026, 1, 7)]

    world = begun(World(calendar=Holidays()))
    yearly = Dates([date(2026, 1, 7)])
    account = world.account()
    day = {"accounts": account, "every": yearly, "start": date(2026, 1, 1), "shift": "after"}
    world.engine.save(Schedule("Books", pipeline=TAX, **day))  # type: ignore[arg-type]
    branch = world.engine.what_if()

    branch.advance(days=7)

    assert [one.due for one in branch.jobs(account=account)] == [date(2026, 1, 8)]


# -- who and where -------------------------------------------------------------------------------


def test_what_a_branch_makes_has_ids_that_the_firm_never_makes(world: World) -> None:
    """So that nothing of it can be taken for a thing of the firm, however deep the branch."""
    account = world.account()
    branch = world.engine.what_if()
    deeper = branch.what_if()

    ids = [one.start(TAX, account).id for one in (branch, deeper, branch, world.engine, deeper)]

    assert ids == ["job-if-1", "job-if-if-1", "job-if-2", "job-1", "job-if-if-2"]


def test_a_branch_of_a_branch_sees_both(world: World) -> None:
    """And changes neither."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.advance(days=3)
    branch.edit(job, name="Tried")
    before = list(branch.store.export("default"))

    deeper = branch.what_if()
    deeper.move(job, "Done")
    deeper.advance(days=30)

    assert deeper.job(job).name == "Tried"
    assert asked(deeper) == ["Email", "Email"]
    assert list(branch.store.export("default")) == before
    assert (branch.job(job).stage, world.engine.job(job).stage) == ("collect", "collect")


def test_a_branch_has_the_ports_that_the_firm_has() -> None:
    """What nobody would have delivered waits there too; a host that delivers has them all."""
    world = World()
    few = Engine(ports=Ports(email=world.email), store=world.store, clock=world.clock)
    none = Engine(ports=Ports(), store=world.store, clock=world.clock, deliver=False)
    begun(world)
    job = world.job_at(TAX, "Done")

    for engine, told in ((few, ["Email"]), (none, ["Invoice", "Email"])):
        branch = engine.what_if()
        branch.move(job, "Bill")
        assert asked(branch) == told
    with pytest.raises(DefinitionError, match="port"):
        few.what_if().save(Pipeline("Other", stages=[Stage("Bill", [CreateInvoice(FEE)])]))


class Nobody(Authorizer):
    """Lets nobody move anything."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Refuse a move."""
        return action != "move"


def test_nobody_may_do_on_a_branch_what_he_may_not_do() -> None:
    """Else a branch would tell what is none of his affair."""
    world = begun(World(authorizer=Nobody()))
    branch = world.engine.what_if()
    job = branch.start(TAX, world.account(), actor="mia")

    with pytest.raises(NotAllowedError):
        branch.move(job, "Done", actor="mia")
    assert branch.move(job, "Done").stage == "done"


def test_listeners_of_a_branch_hear_what_happens_there(world: World) -> None:
    """They are its own."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    heard: list[JobMoved] = []
    branch.on(JobMoved, heard.append)
    branch.on(JobMoved, lambda moved: branch.move(job, "Done") if moved.stage == "bill" else None)

    branch.move(job, "Bill")

    assert [moved.stage for moved in heard] == ["bill", "done"]
    assert asked(branch) == ["Invoice", "Email", "Email"]


def test_a_listener_of_the_firm_can_try_what_will_be(world: World) -> None:
    """From inside of it a branch delivers and tells at once, also while the firm ticks."""
    told: list[Any] = []
    job = world.job_at(TAX, "Collect")

    def look(moved: JobMoved) -> None:
        branch = world.engine.what_if()
        inner: list[Any] = []
        branch.on(JobMoved, inner.append)
        branch.move(moved.job, "Done")
        branch.move(moved.job, "Collect")
        ticks = branch.advance(days=9)
        told.append((asked(branch), len(inner), sum(map(len, ticks)), branch.now))

    world.engine.on(JobMoved, look)
    world.engine.move(job, "Bill")

    later = world.clock.now() + timedelta(days=9)
    assert told == [(["Email", "Organizer", *["Email"] * 4], 2, 4, later)]
    assert [type(one).__name__ for one in world.email.sent] == ["Email"]
    assert world.engine.job(job).stage == "bill"


def test_what_the_firm_has_still_to_tell_is_told_after_a_listener_tried_something(
    world: World,
) -> None:
    """The branch delivers and tells its own, and leaves the rest where it is."""
    job = world.job_at(TAX, "Collect")
    heard: list[Any] = []
    world.engine.on(JobMoved, lambda moved: world.engine.what_if().move(moved.job, "Done"))
    world.engine.on(AutomationRan, heard.append)

    world.engine.move(job, "Bill")

    assert [one.automation for one in heard] == ["create-invoice-fee", "send-email-welcome"]
    assert [type(one).__name__ for one in world.email.sent] == ["Email"]


# -- a firm that moves on ------------------------------------------------------------------------


def test_a_branch_says_that_the_firm_moved_on(world: World) -> None:
    """Where it has looked at something that is not so any more; a new branch sees it."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    assert branch.job(job).stage == "collect"
    world.engine.move(job, "Bill")

    with pytest.raises(ConflictError, match="the firm moved on under its branch: job 'job-1' was"):
        branch.job(job)
    with pytest.raises(ConflictError, match="moved on"):
        branch.move(job, "Done")

    assert world.engine.what_if().move(job, "Done").stage == "done"


def test_what_a_branch_has_written_is_its_own(world: World) -> None:
    """Whatever becomes of it in the firm; but what follows from that is nothing of the branch's.

    The first item of the job is another thing there.
    """
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.move(job, "Done")
    before = branch.requests
    world.engine.move(job, "Bill")

    assert branch.job(job).stage == "done"
    told = [partial(branch.history, one) for one in (job, branch.account(job.account))]
    looks: list[Callable[[], object]] = [partial(branch.advance, days=30), *told, branch.diff]
    for look in looks:
        with pytest.raises(MovedOnError, match="the firm moved on under its branch: job 'job-1'"):
            look()
    assert branch.requests == before


def test_a_request_of_a_firm_that_moved_on_is_not_sent_by_its_branch(world: World) -> None:
    """Its key and the number of its item may be those of another thing of the branch."""
    world.engine.save(TAX)
    worker = Engine(store=world.store, clock=world.clock, ids=world.ids)
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.move(job, "Done")
    before = branch.requests
    worker.move(job, "Bill")  # which has no ports, so that its requests wait

    with pytest.raises(MovedOnError):
        branch.advance(days=1)

    assert branch.requests == before


def test_a_schedule_that_went_on_in_the_firm_is_noticed(world: World) -> None:
    """Both would make the jobs of its next days."""
    account = world.account()
    daily = Schedule("S", pipeline=TAX, accounts=account, every=Daily(), start=date(2026, 1, 6))
    world.engine.save(daily)
    branch = world.engine.what_if()
    branch.advance(days=1)
    world.advance(days=2)

    with pytest.raises(MovedOnError, match="under its branch: schedule 's' was"):
        branch.advance(days=3)


def test_a_firm_that_moves_on_just_before_a_commit_of_its_branch_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is not decided anew: the branch would stand on two firms at once."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    commit, tries = OverlayStore.commit, []

    def late(store: OverlayStore, changes: Changes) -> bool:
        tries.append(changes)
        if len(tries) == 1:
            world.engine.edit(job, name="Another")
        return commit(store, changes)

    monkeypatch.setattr(OverlayStore, "commit", late)

    with pytest.raises(ConflictError, match="the firm moved on under its branch: job 'job-1' was"):
        branch.move(job, "Bill")
    assert len(tries) == 1


# -- stores --------------------------------------------------------------------------------------


class Elsewhere(Store):
    """A store of a host, that knows nothing of branches."""

    def __init__(self) -> None:
        """Keep everything in another one."""
        self.inner = MemoryStore()
        self.clock = self.inner.clock

    def __getattribute__(self, name: str) -> Any:
        """Hand everything on."""
        if name.startswith("__") or name in {"inner", "clock", "volatile"}:
            return super().__getattribute__(name)
        return getattr(self.inner, name)


Elsewhere.__abstractmethods__ = frozenset()


def test_a_store_that_knows_nothing_of_branches_is_copied() -> None:
    """So that a branch of it is as good, if not as cheap; and it sees nothing of what comes."""
    kind: Any = Elsewhere
    store = kind()
    world = begun(World(store=store))
    job = world.job_at(TAX, "Collect")
    before = exported(world)

    branch = world.engine.what_if()
    branch.advance(days=9)
    world.engine.move(job, "Done")

    assert asked(branch) == ["Email", "Email"]
    assert branch.job(job).stage == "collect"
    assert exported(world) != before


def test_a_branch_of_a_big_firm_reads_what_it_looks_at(world: World) -> None:
    """It is made without a look at the firm, and looks at what the command names."""
    jobs = [world.job_at(TAX, "Collect") for _ in range(30)]
    branch = world.engine.what_if()
    store: Any = branch.store
    assert store.dump() == {}

    branch.move(jobs[3], "Done")

    kinds = {key.kind: key.id for key in store.dump()["default"]["rows"]}
    assert kinds.get("job") == jobs[3].id
    assert {key.id for key in store._layers["default"].seen if key.kind == "job"} == {jobs[3].id}


def test_a_clock_that_stands_elsewhere_is_taken_over() -> None:
    """A branch begins at the instant of the engine, whatever the store's clock says."""
    store = MemoryStore()
    clock = ManualClock()
    world = World(store=store)
    engine = Engine(store=store, clock=clock, ports=Ports(email=world.email))
    clock.advance(days=70)

    assert engine.what_if().now == clock.now()


CHASED = CreateOrganizer(ORGANIZER, reminders=Reminders(every=9, times=2))
SLOW = Pipeline("Slow", [Stage("Collect", [CHASED]), Stage("Bill", [CHASED]), Stage("Done")])


def test_what_was_taken_over_and_not_looked_at_may_move_on(world: World) -> None:
    """A timer that waits is no look at its job."""
    world.engine.save(SLOW)
    job = world.job_at(SLOW, "Collect")
    branch = world.engine.what_if()
    branch.advance(days=1)

    world.engine.move(job, "Done")

    assert branch.job(job).stage == "done"


def test_what_a_branch_took_already_is_its_own(world: World) -> None:
    """It is not taken over again, whatever becomes of its job in the firm."""
    world.engine.save(SLOW)
    job = world.job_at(SLOW, "Collect")
    branch = world.engine.what_if()
    branch.archive(job)
    world.engine.edit(job, name="Another")

    branch.advance(days=1)

    assert branch.job(job).status == "Archived"


def test_a_branch_that_was_left_behind_stays_behind(world: World) -> None:
    """Who asks once more is told once more."""
    world.engine.save(SLOW)
    job = world.job_at(SLOW, "Collect")
    branch = world.engine.what_if()
    branch.move(job, "Done")
    before = branch.requests
    world.engine.move(job, "Bill")

    for _ in range(2):
        with pytest.raises(MovedOnError):
            branch.advance(days=30)
    assert branch.requests == before


def test_folders_of_an_account_that_both_have_made_are_asked_for_once(world: World) -> None:
    """They belong to no job; whose they are has another version in the firm."""
    folders = FolderTemplate("Client", folders=("In",))
    world.engine.save(folders, Settings(default_folder="client"))
    worker = Engine(store=world.store, clock=world.clock, ids=world.ids)
    branch = world.engine.what_if()
    branch.save(Account("Ada", id="ada"))
    before = branch.requests
    worker.save(Account("Another Ada", id="ada"))

    with pytest.raises(MovedOnError, match="account 'ada'"):
        branch.advance(days=1)

    assert branch.requests == before
