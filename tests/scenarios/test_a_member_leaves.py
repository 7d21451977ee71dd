"""A member leaves: what it has is handed over, and nothing new is given to it (R-28)."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import (
    AccessChanged,
    Account,
    AssigneesChanged,
    CreateTask,
    DefinitionDeleted,
    DefinitionError,
    EmailTemplate,
    Engine,
    HandedOver,
    ItemState,
    Job,
    JobTemplate,
    LineItem,
    Member,
    Money,
    NotAllowedError,
    NotFoundError,
    NotifyTeam,
    Pipeline,
    ProposalTemplate,
    Role,
    SendEmail,
    Stage,
    Status,
    TaskTemplate,
    TimeInStage,
    UpdateAccountAccess,
    UpdateJobAssignees,
    Warned,
)
from pipeflow.model.record import replaced
from pipeflow.ports import Changes, RowKey
from pipeflow.testing import World
from tests.firms import DONE, PREPARE, WELCOME, begun, dump, events, now, opened, stored

MIA, TOM, EVE = Member("Mia"), Member("Tom"), Member("Eve", active=False)
MEMBERS = (MIA, TOM, EVE)
LOVELACE = Account(
    "Lovelace",
    access=["mia", "tom"],
    roles={"preparer": ["mia", "tom"], "reviewer": "mia", "signer": "tom"},
)


def written(world: World, kind: str, value: Any) -> None:
    """Write a row as another call would leave it."""
    key = RowKey(kind, value.id)
    version = stored(world, kind, value.id).version
    world.store.commit(Changes("default", {key: version}, {key: value}))


def busy(**keywords: Any) -> tuple[World, Job]:
    """Open a firm in which Mia has a job, an open and a done item, access and roles."""
    work = Stage("Work", [CreateTask(PREPARE), CreateTask(PREPARE), CreateTask(PREPARE)])
    world, job = begun(work, DONE, account=LOVELACE, more=MEMBERS, assignees=["mia"], **keywords)
    one, two, three = job.items
    items = (
        replaced(one, assignees=frozenset({"mia"})),
        replaced(two, assignees=frozenset({"mia"}), state=ItemState.COMPLETED),
        replaced(three, assignees=frozenset({"tom"})),
    )
    written(world, "job", replaced(job, items=items))
    return world, now(world, job)


# -- handing over --------------------------------------------------------------------------------


def test_a_member_who_leaves_hands_over_jobs_open_items_roles_and_access_in_one_command() -> None:
    """What is done keeps the name of who did it, and so does what is archived."""
    world, job = busy()
    old = world.engine.archive(world.engine.start("tax", job.account, assignees=["mia"]))
    other = world.engine.start("tax", world.account("Bob"), assignees=["tom"])
    bare = world.engine.start("tax", world.account("Eva"), assignees=["mia"], stage="Done")
    versions = [stored(world, "job", one.id).version for one in (old, other)]

    handed = world.engine.hand_over("mia", TOM, actor="boss")

    after, account = now(world, job), world.engine.account(job.account)
    assert after.assignees == {"tom"}
    assert [item.assignees for item in after.items] == [{"tom"}, {"mia"}, {"tom"}]
    assert account.access == {"tom"}
    assert account.roles == {"preparer": ("tom",), "reviewer": ("tom",), "signer": ("tom",)}
    assert [stored(world, "job", one.id).version for one in (old, other)] == versions
    assert now(world, bare).assignees == {"tom"}
    assert (handed.jobs, handed.items) == ((job.id, bare.id), (job.items[0].id,))
    assert (handed.roles, handed.access, handed.left) == ((job.account,), (job.account,), ())
    assert str(handed) == (
        "'mia' handed over to 'tom': 2 jobs, 1 open item, roles of 1 account, access to 1 account"
    )


@pytest.mark.parametrize("status", ["Active", "Completed", "On hold"])
def test_work_of_every_status_but_archived_is_handed_over_and_keeps_a_member(status: str) -> None:
    """A status of the pipeline's own is work like any other."""
    world, job = busy()
    world.engine.set_status(job, status)

    with pytest.raises(NotAllowedError, match=f"job .*{job.id}"):
        world.engine.delete(MIA)
    world.engine.hand_over(MIA, TOM)

    assert now(world, job).assignees == {"tom"}
    world.engine.delete(MIA)


def test_history_says_who_handed_over_what_to_whom() -> None:
    """Of each job, and of each account; listeners are told."""
    world, job = busy()
    heard: list[HandedOver] = []
    world.engine.on(HandedOver, heard.append)

    world.engine.hand_over(MIA, TOM, actor="boss")

    at, item = world.clock.now(), job.items[0].id
    (changed,) = events(world, job, AssigneesChanged)[-1:]
    assert changed == AssigneesChanged(
        at, job.id, "boss", frozenset({"tom"}), frozenset({"mia"}), "handed over"
    )
    assert heard == [
        HandedOver(at, job.id, "boss", "mia", "tom", (item,), (), ("Prepare",)),
        HandedOver(at, "", "boss", "mia", "tom", (), ("preparer", "reviewer")),
    ]
    assert heard[0].sentence() == "'mia' handed over to 'tom': items 'Prepare'"
    assert heard[1].sentence() == "'mia' handed over to 'tom': roles preparer, reviewer"
    (log,) = world.store.history("default", RowKey("account", job.account)).rows
    assert [type(event) for event in log.events()] == [AccessChanged, HandedOver]


def test_whoever_has_nothing_hands_over_nothing() -> None:
    """And nothing is written; nor is it where only access, or only an item, is handed over."""
    world, job = busy()
    before = dump(world)

    assert world.engine.hand_over(EVE, TOM).jobs == ()
    assert dump(world) == before

    world.engine.hand_over(MIA, TOM)
    written(world, "account", Account("Lovelace", access=["mia"], id=job.account))
    item = replaced(job.items[0], assignees=frozenset({"mia"}))
    written(world, "job", replaced(now(world, job), items=(item,)))
    handed = world.engine.hand_over(MIA, TOM)
    assert (handed.jobs, handed.items) == ((), (item.id,))
    assert (handed.roles, handed.access) == ((), (job.account,))
    written(world, "account", Account("Lovelace", roles={"boss": "mia"}, id=job.account))
    assert world.engine.hand_over(MIA, TOM).access == ()


def test_handing_over_to_somebody_inactive_unknown_or_to_oneself_is_refused() -> None:
    """By name, and nothing changes."""
    world, _ = busy()
    before = dump(world)

    with pytest.raises(NotAllowedError, match="member 'eve' is not active"):
        world.engine.hand_over(MIA, EVE)
    with pytest.raises(NotFoundError, match="Did you mean 'tom'"):
        world.engine.hand_over(MIA, "tomm")
    with pytest.raises(NotFoundError, match="Did you mean 'mia'"):
        world.engine.hand_over("mai", TOM)
    with pytest.raises(DefinitionError, match=r"\$.to: must be another member"):
        world.engine.hand_over(MIA, "mia")
    with pytest.raises(DefinitionError, match="must be a member or its id"):
        world.engine.hand_over(MIA, 7)  # type: ignore[arg-type]

    assert dump(world) == before


def test_a_hand_over_that_is_sent_again_is_answered_alike() -> None:
    """It acts once, whatever came to the member meanwhile."""
    world, job = busy()

    first = world.engine.hand_over(MIA, TOM, command_id="leave-1")
    written(world, "job", replaced(now(world, job), assignees=frozenset({"mia"})))
    again = world.engine.hand_over("mia", "tom", command_id="leave-1")

    assert first == again
    assert now(world, job).assignees == {"mia"}


def test_what_templates_and_pipelines_say_is_listed_and_left_to_whoever_edits_them() -> None:
    """They are no job's, but a definition."""
    world, _ = busy()
    world.engine.save(TaskTemplate("Call", assignees=[MIA]))

    handed = world.engine.hand_over(MIA, TOM)

    assert [str(use) for use in handed.left] == ["template 'Call' $.assignees"]
    assert str(handed).endswith("\n  still named by template 'Call' $.assignees")


# -- uses and deletion ---------------------------------------------------------------------------


def test_a_member_is_deleted_or_the_refusal_lists_every_use() -> None:
    """In templates, pipelines, access, roles, jobs and open items, each with its place."""
    world, job = busy()
    rate = Money("1.00", "USD")
    letter = ProposalTemplate("Letter to all", member="mia", services=[LineItem("a", rate=rate)])
    world.engine.save(
        EmailTemplate("Hello", subject="Hi", sender=MIA),
        letter,
        JobTemplate("Plain", assignees=[MIA, Role("preparer")]),
        Pipeline(
            "Other",
            [
                Stage("Begin", [UpdateJobAssignees(remove=[MIA])]),
                Stage("Go on", [UpdateAccountAccess(add=[TOM, MIA])]),
            ],
            job_template="plain",
        ),
    )
    before = dump(world)

    with pytest.raises(NotAllowedError) as caught:
        world.engine.delete(MIA)

    uses = [
        "template 'Hello' $.sender",
        "template 'Letter to all' $.member",
        "template 'Plain' $.assignees",
        "pipeline 'Other' $.stages[0].automations[0].remove",
        "pipeline 'Other' $.stages[1].automations[0].add",
        f"account 'Lovelace' ({job.account}) $.access",
        f"account 'Lovelace' ({job.account}) $.roles['preparer']",
        f"account 'Lovelace' ({job.account}) $.roles['reviewer']",
        f"job 'Tax' ({job.id}) $.assignees",
        f"job 'Tax' ({job.id}) $.items['Prepare'].assignees",
    ]
    assert [str(use) for use in world.engine.uses("mia")] == uses
    assert [one.what for one in caught.value.problems] == [
        f"member 'Mia' cannot be deleted: {use} uses it" for use in uses
    ]
    assert dump(world) == before


def test_a_member_who_handed_over_can_be_deleted() -> None:
    """And with it what every command reads of it; what is archived keeps its name."""
    world, job = busy()
    zoe = world.engine.save(Member("Zoe", default_access=True))
    heard: list[DefinitionDeleted] = []
    world.engine.on(DefinitionDeleted, heard.append)
    world.engine.hand_over(MIA, TOM)

    deleted = world.engine.delete(MIA, actor="boss")
    world.engine.delete(zoe)
    world.engine.delete(EVE)

    assert str(deleted) == "deleted member 'mia'"
    assert heard[0] == DefinitionDeleted(world.clock.now(), "", "boss", "member", "mia")
    assert heard[0].sentence() == "deleted member 'mia'"
    assert [one.id for one in world.engine.members()] == ["tom"]
    assert stored(world, "firm", "").value.default_access == frozenset()
    assert stored(world, "firm", "").value.inactive == frozenset()
    with pytest.raises(NotFoundError):
        world.engine.start("tax", job.account, assignees=["mia"])
    with pytest.raises(NotFoundError):
        world.engine.delete(MIA)


@pytest.mark.parametrize("late", ["a job", "an item", "an account"])
def test_a_member_to_whom_something_comes_while_it_goes_stays(late: str) -> None:
    """The deletion is decided anew."""
    world, job = busy()
    world.engine.hand_over(MIA, TOM)
    store, raced = world.store, list[bool]()
    commit = store.commit

    def racing(changes: Changes) -> bool:
        if not raced and changes.deletes:
            raced.append(True)
            if late == "a job":
                Engine(store=store, clock=world.clock, ids=world.ids).start(
                    "tax", job.account, assignees=["mia"], stage="Done"
                )
            elif late == "an item":
                item = replaced(job.items[0], assignees=frozenset({"mia"}))
                written(world, "job", replaced(now(world, job), items=(item,)))
            else:
                written(world, "account", Account("Lovelace", access=["mia"], id=job.account))
        return commit(changes)

    store.commit = racing  # type: ignore[method-assign]

    with pytest.raises(NotAllowedError, match="member 'Mia' cannot be deleted"):
        world.engine.delete(MIA)

    assert world.engine.member("mia").name == "Mia"


# -- templates and pipelines ---------------------------------------------------------------------


def test_a_template_is_deleted_or_the_refusal_lists_every_use() -> None:
    """In automations, as the template of jobs, and as the invoice that an acceptance brings."""
    world = opened(Stage("Work", [CreateTask(PREPARE), CreateTask(PREPARE)]), DONE)
    world.engine.save(JobTemplate("Plain"), Pipeline("Other", [DONE], job_template="plain"))

    assert [str(use) for use in world.engine.uses(PREPARE)] == [
        "pipeline 'Tax' $.stages[0].automations[0].template",
        "pipeline 'Tax' $.stages[0].automations[1].template",
    ]
    assert [str(use) for use in world.engine.uses("plain")] == ["pipeline 'Other' $.job_template"]
    assert str(world.engine.uses("fee")) == "template 'Paid letter' $.invoice_on_acceptance"
    for used in (PREPARE, "plain", "fee"):
        with pytest.raises(NotAllowedError, match="uses it"):
            world.engine.delete(used)

    assert str(world.engine.uses("welcome")) == "nothing uses it"
    assert str(world.engine.delete("welcome")) == "deleted template 'welcome'"
    with pytest.raises(NotFoundError):
        world.engine.template("welcome")
    with pytest.raises(DefinitionError, match="there is no email template 'welcome'"):
        world.engine.save(Pipeline("New", [Stage("Work", [SendEmail("welcome")]), DONE]))


def test_a_pipeline_is_deleted_when_no_job_is_in_it_any_more() -> None:
    """Archived ones count too: they can be restored, and are explained by it."""
    world, job = begun(DONE)
    archived = world.engine.archive(job)

    with pytest.raises(NotAllowedError) as caught:
        world.engine.delete("tax")
    assert [str(use) for use in world.engine.uses("tax")] == [f"job 'Tax' ({job.id}) $.pipeline"]
    assert f"job 'Tax' ({job.id}) $.pipeline uses it" in str(caught.value)

    world.engine.delete(archived)
    world.engine.delete("tax")
    with pytest.raises(NotFoundError):
        world.engine.start("tax", job.account)


def test_a_pipeline_that_comes_again_is_the_new_one() -> None:
    """No engine goes on with what it knew of the old one."""
    world, job = begun(DONE)
    world.engine.delete(world.engine.archive(job))
    world.engine.delete("tax")

    world.engine.save(Pipeline("Tax", [Stage("Other"), Stage("Done")]))

    assert world.engine.start("tax", job.account).stage == "other"


# -- Member.active -------------------------------------------------------------------------------


def test_whoever_is_not_active_cannot_be_newly_assigned_or_take_roles() -> None:
    """Refused by name, with the place."""
    world = opened(DONE, more=MEMBERS)
    ada = world.account()

    with pytest.raises(NotAllowedError, match="member 'eve' is not active"):
        world.engine.start("tax", ada, assignees=["tom", "eve"])
    with pytest.raises(NotAllowedError, match="member 'eve' is not active"):
        world.engine.start_many("tax", [ada], assignees=[EVE])
    for thing, where in (
        (Account("New", access=[EVE]), "$.access"),
        (Account("New", roles={"preparer": ["tom", "eve"]}), "$.roles['preparer']"),
        (TaskTemplate("Call", assignees=[EVE]), "$.assignees"),
        (Pipeline("New", [Stage("Go", [UpdateJobAssignees(add=[EVE])])]), "automations[0].add"),
    ):
        with pytest.raises(DefinitionError, match="member 'eve' is not active") as caught:
            world.engine.save(thing)
        assert where in caught.value.problems[0].where
    world.engine.save(Pipeline("New", [Stage("Go", [UpdateAccountAccess(remove=[EVE])])]))


def test_whoever_becomes_inactive_keeps_what_it_has() -> None:
    """What names it already can be saved again; a role is something new for who has access."""
    world, job = busy()
    world.engine.save(TaskTemplate("Call", assignees=[MIA]))
    world.engine.save(Member("Mia", active=False), replace=True)
    account = world.engine.account(job.account)

    kept = world.engine.save(replaced(account, tags=frozenset({"vip"})))
    world.engine.save(TaskTemplate("Call", assignees=[MIA], description="more"), replace=True)

    assert kept.roles["reviewer"] == ("mia",)
    assert now(world, job).assignees == {"mia"}
    with pytest.raises(DefinitionError, match=r"\$.roles\['signer'\]: member 'mia' is not active"):
        world.engine.save(replaced(kept, roles={**kept.roles, "signer": ("mia",)}))
    world.engine.save(MIA, replace=True)
    world.engine.save(replaced(kept, roles={**kept.roles, "signer": ("mia",)}))


def test_running_work_is_not_given_to_whoever_is_not_active() -> None:
    """Neither a job nor an item; who has it already may keep it."""
    world, job = busy()
    item = job.items[0]
    world.engine.save(Member("Mia", active=False), replace=True)

    with pytest.raises(NotAllowedError, match=r"\$.assignees: member 'eve' is not active"):
        world.engine.edit(job, assignees=["eve", "mia"])
    with pytest.raises(NotAllowedError, match=r"\$.to: member 'eve' is not active"):
        world.engine.reassign(item, [EVE])
    (done,) = world.engine.edit_many([job], assignees=[TOM, MIA])
    world.engine.reassign(item, [TOM, MIA])

    assert done.error is None
    assert now(world, job).assignees == now(world, job).items[0].assignees == {"mia", "tom"}


def test_one_call_may_say_that_somebody_leaves_and_name_another() -> None:
    """What is saved together is checked together, also who is active."""
    world = opened(DONE, more=MEMBERS)

    with pytest.raises(DefinitionError, match="member 'tom' is not active"):
        world.engine.save(Member("Tom", active=False), Account("New", access=[TOM]), replace=True)
    world.engine.save(Member("Eve"), Account("New", access=["eve"]), replace=True)


def test_automations_leave_out_whoever_is_not_active_and_warn() -> None:
    """Roles that it fills give it nothing new; what is taken away is taken away."""
    stages = [
        Stage("Intake"),
        Stage("Work", [
            UpdateJobAssignees(add=[Role("preparer")]),
            UpdateAccountAccess(add=[MIA, TOM]),
            CreateTask(TaskTemplate("Call", assignees=[Role("reviewer")])),
        ]),
        Stage("End", [UpdateJobAssignees(remove=[MIA]), UpdateAccountAccess(reset=True)]),
    ]  # fmt: skip
    call = TaskTemplate("Call", assignees=[Role("reviewer")])
    client = Account("Lovelace", roles={"preparer": ["mia", "tom"], "reviewer": "mia"})
    mia = Member("Mia", default_access=True)
    world, job = begun(*stages, account=client, more=[mia, TOM, call], assignees=["mia"])
    world.engine.save(Member("Mia", default_access=True, active=False), replace=True)

    world.engine.move(job, "Work")

    assert now(world, job).assignees == {"mia", "tom"}
    assert world.engine.account(job.account).access == {"tom"}
    assert world.tasks.created[0].assignees == frozenset()
    assert [event.text for event in events(world, job, Warned)] == [
        "update-job-assignees: 'mia' is not active, and was left out",
        "update-account-access: 'mia' is not active, and was left out",
        "create-task-call: 'mia' is not active, and was left out",
    ]
    world.engine.move(job, "End")
    assert now(world, job).assignees == {"tom"}
    assert world.engine.account(job.account).access == frozenset()


def test_who_else_has_a_job_or_an_account_keeps_it() -> None:
    """Only the one who leaves is told to go, and only who is new to come."""
    account = Account("Lovelace", access={"mia", "kim", "tom"})
    world, job = begun(
        Stage("Work", [CreateTask(PREPARE)]), DONE,
        account=account, more=[*MEMBERS, Member("Kim")], assignees=["mia", "kim"],
    )  # fmt: skip
    world.engine.reassign(job.item("Prepare"), ["mia", "kim"])

    world.engine.hand_over("mia", "tom")

    after = now(world, job)
    assert after.assignees == {"tom", "kim"}
    assert after.item("Prepare").assignees == {"tom", "kim"}
    assert world.engine.account(job.account).access == {"tom", "kim"}
    (access,) = world.engine.feed(kinds=AccessChanged).of(AccessChanged)
    assert access.added == frozenset()
    assert access.removed == {"mia"}
    (assigned,) = events(world, job, AssigneesChanged)
    assert (assigned.added, assigned.removed) == ({"tom"}, {"mia"})


def test_what_rests_in_a_status_of_the_firms_own_is_handed_over_too() -> None:
    """A job on hold is not archived: its assignees are uses of a member like any others."""
    line = Pipeline("Work", stages=[Stage("Work", [CreateTask(PREPARE)]), DONE], statuses=["Hold"])
    world = World()
    engine = world.engine
    engine.save(Member("Mia"), Member("Tom"), line, PREPARE)
    job = engine.start(line, world.account("Lovelace"), assignees=["mia"])
    engine.set_status(job, "Hold")

    assert [str(use) for use in engine.uses("mia")] == ["job 'Work' (job-1) $.assignees"]
    engine.hand_over("mia", "tom")

    assert engine.job(job).assignees == {"tom"}


def test_what_triggers_and_statuses_fire_is_found_once() -> None:
    """Each use is told with the place where the firm wrote it, and no other."""
    world = World()
    fires = [SendEmail(WELCOME), NotifyTeam(["mia"], "Look")]
    line = Pipeline(
        "Tax",
        [Stage("Collect", triggers=[TimeInStage(5, fires)]), Stage("Done")],
        statuses=[Status("On hold", automations=[SendEmail(WELCOME)])],
    )
    world.engine.save(MIA, WELCOME, line)

    assert [use.where for use in world.engine.uses(WELCOME)] == [
        "$.stages[0].triggers[0].automations[0].template",
        "$.statuses[0].automations[0].template",
    ]
    assert [use.where for use in world.engine.uses("mia")] == [
        "$.stages[0].triggers[0].automations[1].to"
    ]
    with pytest.raises(NotAllowedError) as refused:
        world.engine.delete(WELCOME)
    assert "_nested" not in str(refused.value)
