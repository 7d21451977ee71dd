"""`branch.as_test()` in a firm that is at work: it passes, whatever was in hand there."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    Branch,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    Engine,
    JobStarted,
    LimitError,
    Member,
    NotFoundError,
    OrganizerSubmitted,
    OrganizerTemplate,
    Pipeline,
    Ports,
    Question,
    Receipt,
    Ref,
    Rejected,
    Reminders,
    Stage,
    StartJob,
    TaskCompleted,
)
from pipeflow.errors import MovedOnError
from pipeflow.testing import ManualClock, World
from tests.engine.test_keepsakes import run
from tests.firms import FEE, FOLDERS, PREPARE, in_memory_and_in_a_file

ORGANIZER = OrganizerTemplate("Organizer", questions=[Question("Any income?")])
TAX = Pipeline(
    "Tax",
    stages=[
        Stage(
            "Collect",
            [CreateOrganizer(ORGANIZER, reminders=Reminders(every=2, times=2))],
            automove=True,
        ),
        Stage("Bill", [CreateInvoice(FEE), CreateTask(PREPARE)]),
        Stage("Done"),
    ],
)
SENT = "default/job-1/1/create-organizer-organizer"


def begun(world: World) -> World:
    """Save what the firm works with, and let three clients be asked; nothing has left."""
    world.engine.save(ORGANIZER, FEE, PREPARE, TAX)
    for name in ("Ada", "Bob", "Cyd"):
        world.engine.start(TAX, world.account(name))
    return world


world = in_memory_and_in_a_file(begun, deliver=False)


def passes(branch: Branch) -> str:
    """Write a branch as a test, run it, and return its text."""
    text = branch.as_test("so")
    run(text, "so")
    return text


def test_what_somebody_had_in_hand_is_in_hand_there(world: World) -> None:
    """The branch asks for it when the lease has ended, after what came meanwhile, as it did."""
    world.engine.pending(limit=1, lease=timedelta(days=3))
    world.engine.pending(limit=1)
    branch = world.engine.what_if()
    branch.advance(days=5)

    text = passes(branch)

    asked = [(one.port, one.job) for one in branch.requests]
    assert asked[:2] == [("organizers", "job-3"), ("organizers", "job-2")]
    assert asked.index(("organizers", "job-1")) > asked.index(("email", "job-2"))
    assert '"somebody",\n        timedelta(days=3),\n        1,' in text


def test_what_was_in_hand_is_in_hand_on_a_branch_of_a_branch(world: World) -> None:
    """As long as is left of the lease by then; what ran out the branch has asked for."""
    world.engine.pending(limit=1, lease=timedelta(days=3))
    world.engine.pending(limit=1, lease=timedelta(hours=1))
    branch = world.engine.what_if()
    branch.tick(branch.now + timedelta(days=1))
    deeper = branch.what_if()
    deeper.advance(days=4)

    text = passes(deeper)

    assert "timedelta(days=2)" in text
    assert [one.job for one in deeper.requests if one.port == "organizers"] == ["job-1"]


def test_whose_lease_has_ended_when_the_branch_is_made_holds_nothing(world: World) -> None:
    """The worker died; its request waits like any other."""
    world.engine.pending(limit=1)
    world.clock.advance(days=1)
    branch = world.engine.what_if()
    branch.advance(days=1)

    assert "claim" not in passes(branch)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(lambda b: b.delivered(SENT, Receipt("o-1", completed=True)), id="done"),
        pytest.param(lambda b: b.failed(SENT, Rejected('not "so"')), id="refused"),
        pytest.param(lambda b: b.failed(SENT, ConnectionError("down")), id="failed"),
        pytest.param(lambda b: b.failed(SENT, "down"), id="failed, in words"),
        pytest.param(
            lambda b: (
                b.delivered(SENT, receipt=Receipt("o-1")),
                b.receive(Ref("organizers", "o-1"), OrganizerSubmitted({})),
            ),
            id="answered",
        ),
    ],
)
@pytest.mark.parametrize("where", ["firm", "branch"])
def test_what_a_host_tells_the_branch_of_a_request_is_told(
    world: World, where: str, answers: Callable[[Branch], Any]
) -> None:
    """Whether it was handed out by the firm, or by the branch itself."""
    if where == "firm":
        world.engine.pending(limit=1)
    branch = world.engine.what_if()
    if where == "branch":
        branch.pending(limit=1, lease=timedelta(days=2))
    answers(branch)
    branch.advance(days=3)

    assert "branch.pending(limit=1, lease=timedelta(days=2))" in passes(branch) or where == "firm"


@pytest.mark.parametrize(
    "several",
    [list, tuple, deque, iter, dict.fromkeys, lambda ids: dict.fromkeys(ids).keys(), set],
    ids=["list", "tuple", "deque", "iterator", "dict", "keys", "set"],
)
def test_whatever_was_given_is_told_in_its_order(
    world: World, several: Callable[[Iterable[str]], Iterable[str]]
) -> None:
    """Of what is done to many; the jobs are of the accounts of which they were on the branch."""
    branch = world.engine.what_if()
    given = several(["account-3", "account-1"])
    branch.start_many(TAX, given, fire=False)
    branch.tag_many(accounts=several(["account-2", "account-1"]), add={"b", "a", "c"})

    text = passes(branch)

    owners = [branch.job(f"job-if-{number}").account for number in (1, 2)]
    assert 'add=["a", "b", "c"]' in text
    assert f'branch.start_many("tax", ["{owners[0]}", "{owners[1]}"], fire=False)' in text


def test_a_listing_is_told_by_what_it_lists(world: World) -> None:
    """`branch.jobs()` is what most people give to a call for many."""
    branch = world.engine.what_if()
    branch.archive_many(branch.jobs(pipeline="tax"))

    assert 'branch.archive_many(["job-1", "job-2", "job-3"])' in passes(branch)


def test_what_was_given_is_told_as_it_was_given(world: World) -> None:
    """Whatever becomes of a list, a set or a mapping after the call."""
    ids, tags, stages = ["account-1"], {"vip", "new"}, {"Bill": "Done"}
    branch = world.engine.what_if()
    branch.start_many(TAX, ids)
    branch.tag("account-1", add=tags)
    branch.move("job-1", "Bill", open="quiet")
    plan = branch.plan(branch.pipeline("tax").remove_stage("Bill"))
    branch.apply(plan, stages=stages)
    ids.append("account-2")
    tags.clear()
    stages["Bill"] = "Collect"

    text = passes(branch)

    assert 'branch.start_many("tax", ["account-1"])' in text
    assert 'add=["new", "vip"]' in text
    assert 'stages={"Bill": "Done"}' in text


class Making:
    """A port that makes things, and neither changes them nor takes them back."""

    def create(self, asked: object) -> Receipt:
        """Make it."""
        return Receipt(f"r-{id(asked)}")


class Changing(Making):
    """A port that is told of changes, too."""

    def update(self, asked: object) -> None:
        """Change it."""


@pytest.fixture(params=[Making, Changing], ids=["makes", "changes"])
def few(request: pytest.FixtureRequest) -> Engine:
    """Make a firm whose ports cannot do all that those of a `World` can."""
    plain: Any = Making()
    ports = Ports(
        tasks=request.param(), organizers=request.param(), invoices=plain, email=World().email
    )
    engine = Engine(ports=ports, clock=ManualClock())
    engine.save(ORGANIZER, FEE, PREPARE, TAX, Member("Mia"))
    ada = engine.save(Account("Ada", contacts=[Contact("Ada", email="ada@example.com")]))
    engine.start(TAX, ada)
    return engine


def test_what_the_ports_of_the_firm_cannot_do_is_asked_of_none_there(few: Engine) -> None:
    """Nobody is told of what changed, and nothing is taken back, unless the firm's port can."""
    branch = few.what_if()
    (job,) = branch.jobs()
    branch.move(job, "Bill")
    branch.reassign(branch.job(job).item("Prepare"), ["mia"])
    branch.move(job, "Done", open="cancel")
    branch.undo(job)
    branch.save(evolve(ORGANIZER, questions=[Question("Any house?")], revision=1))
    branch.update_organizers("organizer")

    text = passes(branch)

    assert ("def update" in text) is any("/change/" in one.key for one in branch.requests)
    assert "def cancel" not in text
    assert "email=world.email" in text


def test_a_port_that_can_take_back_and_not_change_is_told_so() -> None:
    """Each port has the methods that it has in the firm, and all others are those of a `World`."""
    world = World()

    class Cancelling(Making):
        def cancel(self, gone: object) -> None:
            """Take it back."""

    tasks: Any = Cancelling()
    engine = Engine(ports=Ports(tasks=tasks, invoices=world.invoices), clock=ManualClock())
    engine.save(PREPARE, Pipeline("Work", [Stage("Do", [CreateTask(PREPARE)]), Stage("Done")]))
    branch = engine.what_if()
    job = branch.start("work", branch.save(Account("Ada")))
    branch.move(job, "Done", open="cancel")

    text = passes(branch)

    assert "def cancel" in text
    assert "def update" not in text
    assert "invoices=world.invoices" in text
    assert "tasks=FirmsTasks()" in text


def test_it_looks_as_a_formatter_leaves_it_whatever_it_tells(
    tmp_path: Path, few: Engine, world: World
) -> None:
    """Ports of the firm's own, and what somebody has in hand."""
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed here")
    world.engine.pending(limit=1)
    held = world.engine.what_if()
    held.failed(SENT, Rejected("no"))
    for name, branch in (("few", few.what_if()), ("held", held)):
        branch.advance(days=1)
        (tmp_path / f"test_{name}.py").write_text(branch.as_test(name), encoding="utf-8")

    for asked in (("format", "--check"), ("check", "--select", "E,F,I,W")):
        ended = subprocess.run(
            [ruff, asked[0], "--isolated", *asked[1:], tmp_path], capture_output=True, check=False
        )
        assert ended.returncode == 0, ended.stdout


# -- what the firm had, and what was refused -------------------------------------------------------


def test_what_the_firm_did_to_many_under_an_id_is_done_there(world: World) -> None:
    """Each of them was a command of its own, and a repeat does none of them again."""
    engine = world.engine
    ada, bob, cyd = (job.id for job in engine.jobs())
    engine.move_many([ada, bob], "Bill", command_id="moved")
    engine.move_many([ada, bob], "Done")
    first = engine.start_many(TAX, ["account-1"], command_id="started")
    branch = engine.what_if()
    branch.move_many([ada, bob], "Bill", command_id="moved")
    branch.start_many(TAX, ["account-1"], command_id="started")
    branch.edit_many([ada, bob, cyd, *first], name="Seen")

    passes(branch)

    assert [branch.job(id).stage for id in (ada, bob)] == ["done", "done"]


def test_what_was_deleted_in_the_firm_goes_on_from_its_revision_there(world: World) -> None:
    """So that who saves it again, and edits it, does so there as on the branch."""
    engine = world.engine
    engine.delete(engine.save(Account("Dan", id="dan")))
    branch = engine.what_if()
    again = branch.save(Account("Dan", id="dan"))
    branch.save(evolve(again, name="Daniel"))
    branch.start(TAX, "dan")

    passes(branch)


def test_what_was_over_in_the_firm_is_over_there(world: World) -> None:
    """Folders are made once for an account, also where it was deleted; and a reference of a deleted
    job is known, and belongs to nobody.
    """
    engine = world.engine
    engine.save(FOLDERS, evolve(engine.settings(), default_folder=FOLDERS))
    engine.delete(engine.save(Account("Dan", id="dan")))
    other = engine.save(Pipeline("Other", [Stage("Do", [CreateTask(PREPARE)])]))
    job = engine.start(other, "account-1")
    engine.delivered(f"default/{job.id}/1/create-task-prepare", Receipt("gone-1"))
    engine.archive(job)
    engine.delete(engine.job(job))
    branch = engine.what_if()
    branch.save(Account("Dan", id="dan"))

    assert branch.receive(Ref("tasks", "gone-1"), TaskCompleted()) == []
    passes(branch)
    assert branch.requests == ()


def test_ids_that_a_refused_call_drew_are_those_of_the_next(world: World) -> None:
    """A refused call is not told, and has drawn no ids there."""
    engine = world.engine
    engine.save(
        Pipeline("There", [Stage("In", [StartJob("back")])]),
        Pipeline("Back", [Stage("In", [StartJob("there")])]),
    )
    branch = engine.what_if()
    with pytest.raises(NotFoundError):
        branch.start("nowhere", "account-1")
    with pytest.raises(DefinitionError):
        branch.save(Account("Dan", access=["nobody"]))
    with pytest.raises(LimitError):
        branch.start("there", "account-1")
    dan = branch.save(Account("Dan"))

    job = branch.start(TAX, dan)

    passes(branch)
    assert (dan.id, job.id) == ("account-if-1", "job-if-1")


def test_a_listener_that_fails_takes_no_ids_back(world: World) -> None:
    """What was interrupted when it was written has its id."""
    branch = world.engine.what_if()

    def stopped(_: object) -> None:
        raise KeyboardInterrupt

    end = branch.on(JobStarted, stopped)
    with pytest.raises(KeyboardInterrupt):
        branch.start(TAX, "account-1")
    end()

    assert branch.start(TAX, "account-1").id == "job-if-2"
    assert len(branch.jobs(account="account-1")) == 3


def test_calls_of_several_threads_are_told_in_their_order(world: World) -> None:
    """None is lost, and each comes to the ids to which it came."""
    branch, before = world.engine.what_if(), sys.getswitchinterval()

    def begin(account: str) -> None:
        for _ in range(4):
            branch.start(TAX, account)

    sys.setswitchinterval(1e-6)
    try:
        threads = [Thread(target=begin, args=(f"account-{n}",)) for n in (1, 2, 3)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    finally:
        sys.setswitchinterval(before)

    assert passes(branch).count("branch.start(") == 12


def test_no_test_is_written_of_a_firm_that_moved_on(world: World) -> None:
    """Also where it changed what the branch has looked at only: the test would begin elsewhere."""
    engine = world.engine
    branch = engine.what_if()
    branch.start(TAX, "account-1")
    engine.save(evolve(engine.template("organizer"), name="Another"))

    with pytest.raises(MovedOnError, match="the firm moved on under its branch"):
        branch.as_test("so")
