"""Policies: what an authorizer may go by, for commands and for reads (A-52)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeflow import (
    Account,
    AutomationSkipped,
    Bundle,
    Contact,
    CreateTask,
    Job,
    Member,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    ReentrancyError,
    Ref,
    Role,
    Stage,
    Status,
    TaskCompleted,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
    Warned,
    tagged,
)
from pipeflow.model.record import replaced
from pipeflow.ports import Authorizer, Intent
from pipeflow.testing import World

TAGS = UpdateAccountTags(add={"seen"})
PREPARE = TaskTemplate("Prepare", assignees=[Role("preparer")])
TAX = Pipeline("Tax", [Stage("Intake"), Stage("Review", automations=[TAGS]), Stage("Done")])


class Policy(Authorizer):
    """A firm's policy: it keeps what it was asked, and says no where somebody tells it to."""

    def __init__(self) -> None:
        """Begin by allowing everything."""
        self.asked: list[Intent] = []
        self.refuses: Callable[[Intent], bool] = lambda _: False

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Never be asked: `may` knows more."""
        raise AssertionError

    def may(self, intent: Intent, /) -> bool:
        """Say no to what is refused."""
        self.asked.append(intent)
        return not self.refuses(intent)


class Plain(Authorizer):
    """An authorizer of before there was `may`."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.asked: list[tuple[str, str, str]] = []

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Allow Mia everything, and others to read the account."""
        self.asked.append((actor, action, about))
        return actor == "mia" or about.startswith("account")


def guarded() -> tuple[World, Policy, Job]:
    """Make a firm with a policy, a client and a job."""
    policy = Policy()
    world = World(authorizer=policy)
    world.engine.save(TAX, PREPARE, Member("Mia"), Member("Bob"))
    ada = world.engine.save(Account("Ada", contacts=[Contact("Ada", email="ada@example.com")]))
    return world, policy, world.engine.start(TAX, ada)


def test_a_policy_is_told_where_a_job_would_go_and_what_would_fire() -> None:
    """So that moving into a stage that changes tags can need a right of its own (domain.md 2.4)."""
    world, policy, job = guarded()
    policy.refuses = lambda intent: UpdateAccountTags in intent.kinds

    with pytest.raises(NotAllowedError, match="'mia' may not move 'job-1'"):
        world.engine.move(job, "Review", actor="mia")

    (asked,) = policy.asked
    assert (asked.actor, asked.action, asked.about) == ("mia", "move", job.id)
    assert (asked.job, asked.account) == (job, world.engine.account(job.account))
    assert asked.pipeline is not None
    assert asked.stage is not None
    assert (asked.pipeline.id, asked.stage.id) == ("tax", "review")
    assert [type(one) for one in asked.fires] == [UpdateAccountTags]
    moved = world.engine.move(job, "Review", skip=["update-account-tags"], actor="mia")
    assert moved.stage == "review"
    assert len(world.engine.history(job).of(AutomationSkipped)) == 1


def test_nothing_fires_where_a_job_is_already_or_nothing_is_to_fire() -> None:
    """What is asked is what would be."""
    world, policy, job = guarded()
    ada = job.account
    world.engine.start(TAX, ada, stage="Review", fire=False, actor="mia")
    world.engine.start(TAX, ada, stage="Review", actor="mia")
    world.engine.transfer(job, TAX, "Review", fire=False, actor="mia")
    world.engine.move(job, "Review", actor="mia")

    assert [len(intent.fires) for intent in policy.asked] == [0, 1, 0, 0]
    assert [intent.stage and intent.stage.id for intent in policy.asked] == ["review"] * 4
    assert [intent.account and intent.account.id for intent in policy.asked] == [ada] * 4


def test_a_policy_is_asked_with_the_job_of_an_item_and_with_every_job_that_a_fact_reaches() -> None:
    """A webhook with an actor is somebody's word."""
    world, policy, job = guarded()
    other = world.engine.start(TAX, job.account)
    for one in (job, other):
        world.engine.link(one, Ref("documents", "d-1"), "approval", "Return")
    world.engine.reassign(world.engine.job(job).item("Return"), [], actor="mia")
    world.engine.tag(job.account, add={"vip"}, actor="mia")
    world.engine.complete(world.engine.job(job).item("Return"), actor="mia")
    told = [(intent.action, intent.job and intent.job.id) for intent in policy.asked]

    assert told == [
        ("reassign", job.id),
        ("tag", None),
        ("complete", job.id),
        ("complete", other.id),
    ]
    assert policy.asked[1].account is not None
    with pytest.raises(NotFoundError):
        world.engine.receive(Ref("tasks", "t-9"), TaskCompleted(), actor="mia")
    with pytest.raises(NotFoundError):
        world.engine.move("job-9", "Review", actor="mia")
    with pytest.raises(NotFoundError):
        world.engine.move(job, "Nowhere", actor="mia")


def test_whoever_saves_a_pipeline_is_asked_about_what_its_automations_would_grant() -> None:
    """An automation grants no more than its author was allowed to: whoever moves a job fires it."""
    world, policy, _ = guarded()
    tax = world.engine.pipeline("tax")
    policy.refuses = lambda intent: "bob" in intent.grants
    access = UpdateAccountAccess(add={"bob", Role("preparer")}, when=tagged("vip"))

    with pytest.raises(NotAllowedError, match="'mia' may not save 'tax'"):
        world.engine.save(tax.add("Intake", access), actor="mia")
    assert policy.asked[-1].kinds == {UpdateAccountAccess}
    assert policy.asked[-1].grants == {"bob", Role("preparer")}
    with pytest.raises(NotAllowedError):
        world.engine.save(tax.add("Intake", UpdateJobAssignees(add={"bob"})), actor="mia")
    policy.refuses = lambda intent: Role("preparer") in intent.grants
    access = UpdateAccountAccess(add={Role("preparer")})
    with pytest.raises(NotAllowedError):
        world.engine.install(Bundle.of(tax.add("Intake", access)), actor="mia")
    assert len(policy.asked[-1].fires) == 2
    assert world.engine.pipeline("tax") == tax


def test_what_was_saved_before_is_granted_anew_only_where_it_changes() -> None:
    """Who only renames a stage answers for nobody's automations."""
    world, policy, _ = guarded()
    access = UpdateAccountAccess(add={"bob"})
    tax = world.engine.save(world.engine.pipeline("tax").add("Review", access))

    tax = world.engine.save(tax.change("Intake", name="Start"), actor="mia")
    assert (policy.asked[-1].fires, policy.asked[-1].grants) == ((), frozenset())
    world.engine.save(tax.change("Review", when=tagged("vip")), Member("Carl"), actor="mia")
    assert policy.asked[-1].grants == {"bob"}
    assert policy.asked[-1].kinds == {UpdateAccountTags, UpdateAccountAccess}
    assert len(policy.asked[-1].things) == 2
    world.engine.save(world.engine.account("account-1"), TAX, replace=True, actor="mia")
    assert policy.asked[-1].account is not None


def test_what_several_automations_grant_is_told_together() -> None:
    """Access for one and a job for another."""
    world, policy, _ = guarded()
    both = (UpdateAccountAccess(add={"bob"}), UpdateJobAssignees(add={"mia"}))

    tax = world.engine.pipeline("tax").add("Intake", both[0]).add("Intake", both[1])
    world.engine.save(tax, actor="mia")

    assert policy.asked[-1].grants == {"bob", "mia"}


def test_where_several_things_are_saved_no_single_one_is_named() -> None:
    """All of them are told as things."""
    world, policy, _ = guarded()

    world.engine.save(Account("Bert"), Account("Cleo"), actor="mia")

    assert policy.asked[-1].account is None
    assert len(policy.asked[-1].things) == 2


def test_automations_of_triggers_and_statuses_are_asked_about_as_well() -> None:
    """Whatever fires them, somebody saved them, and somebody sets the status."""
    world, policy, job = guarded()
    access = UpdateAccountAccess(add={"bob"})
    waits = Status("Waiting", automations=[access])
    tax = replaced(world.engine.pipeline("tax"), statuses=[waits])

    tax = world.engine.save(tax, actor="mia")
    assert policy.asked[-1].grants == {"bob"}
    world.engine.save(tax.change("Intake", name="Start"), actor="mia")
    assert policy.asked[-1].fires == ()
    world.engine.set_status(job, "waiting", actor="mia")
    assert policy.asked[-1].grants == {"bob"}
    world.engine.set_status(job, "Active", actor="mia")
    assert policy.asked[-1].grants == frozenset()


def test_many_are_asked_about_before_any_of_them_is_done() -> None:
    """One that is refused has all of them refused."""
    world, policy, job = guarded()
    other = world.engine.start(TAX, job.account)
    policy.refuses = lambda intent: intent.job is not None and intent.job.id == other.id

    with pytest.raises(NotAllowedError):
        world.engine.move_many([job, other], "Review", actor="mia")
    assert world.engine.job(job).stage == "intake"
    policy.refuses = lambda _: False
    assert all(one.ok for one in world.engine.move_many([job, other], "Review", actor="mia"))
    world.engine.move_many([], "Review", actor="mia")


def test_who_reads_sees_what_the_policy_lets_them_see() -> None:
    """Reads ask where they say who asks, and only then; lists leave out what is not to be seen."""
    world, policy, job = guarded()
    other = world.engine.start(TAX, job.account)
    for one in (job, other):
        world.engine.link(one, "t-" + one.id, "task", "Call")
    engine, item = world.engine, world.engine.job(job).items[0]
    policy.refuses = lambda intent: intent.job is not None and intent.job.id == job.id

    reads: list[Callable[[], object]] = [
        lambda: engine.job(job, actor="mia"),
        lambda: engine.item(item, actor="mia"),
        lambda: engine.history(job, actor="mia"),
        lambda: engine.explain(job, actor="mia"),
    ]
    for read in reads:
        with pytest.raises(NotAllowedError, match="'mia' may not read 'job-1'"):
            read()
    assert [one.id for one in engine.jobs(actor="mia")] == [other.id]
    assert [one.job.id for one in engine.work(actor="mia")] == [other.id]
    assert engine.account(job.account, actor=Member("Mia")).name == "Ada"
    assert policy.asked[-1].account == engine.account(job.account)
    assert len(engine.history(job.account, actor="mia")) > 0
    before = len(policy.asked)
    assert [len(engine.jobs()), len(engine.work()), engine.job(job).id] == [2, 2, job.id]
    assert len(policy.asked) == before
    assert {intent.action for intent in policy.asked} == {"read"}


def test_an_authorizer_that_knows_names_alone_is_asked_as_ever() -> None:
    """Reads ask it too, where they say who asks."""
    plain = Plain()
    world = World(authorizer=plain)
    world.engine.save(TAX)
    ada = world.engine.save(Account("Ada"))
    job = world.engine.start(TAX, ada, actor="mia")
    with pytest.raises(NotAllowedError):
        world.engine.move(job, "Review", actor="eve")
    with pytest.raises(NotAllowedError):
        world.engine.job(job, actor="eve")

    assert world.engine.job(job, actor="mia") == job
    assert len(world.engine.jobs(actor="eve")) == 0
    assert world.engine.account(ada, actor="eve").id == ada.id
    assert plain.asked[:3] == [
        ("mia", "start", ada.id),
        ("eve", "move", job.id),
        ("eve", "read", job.id),
    ]


def test_a_policy_can_not_call_the_engine() -> None:
    """The decision that asks is not made yet."""
    world, policy, job = guarded()

    def curious(intent: Intent) -> bool:
        world.engine.archive(intent.about)
        return False

    policy.refuses = curious
    with pytest.raises(ReentrancyError):
        world.engine.move(job, "Review", actor="mia")


def test_a_28_roles_are_resolved_when_the_task_is_made() -> None:
    """Who fills the role later changes nothing; a role that nobody fills is warned of."""
    world = World()
    work = Pipeline("Work", [Stage("Prepare", automations=[CreateTask(PREPARE)])])
    world.engine.save(work, PREPARE, Member("Mia"), Member("Bob"))
    ada = world.engine.save(Account("Ada", roles={"preparer": ["mia"]}))
    eve = world.engine.save(Account("Eve"))

    job, unfilled = (world.engine.start(work, one) for one in (ada, eve))
    world.engine.save(Account("Ada", id=ada.id, roles={"preparer": ["bob"]}), replace=True)

    assert world.engine.job(job).items[0].assignees == {"mia"}
    assert world.engine.start(work, ada).items[0].assignees == {"bob"}
    assert world.engine.job(unfilled).items[0].assignees == frozenset()
    (warning,) = world.engine.history(unfilled).of(Warned)
    assert "nobody fills the role 'preparer' for 'Eve'" in warning.text
