"""What an edit of a pipeline does to running work is told before it is saved, and then done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from pipeflow import (
    After,
    AroundDate,
    ConflictError,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Daily,
    DefinitionError,
    Engine,
    Job,
    JobMoved,
    JobTemplate,
    NotAllowedError,
    Package,
    Pipeline,
    Plan,
    ProposalTemplate,
    Ref,
    Reminders,
    Schedule,
    SendEmail,
    SendProposal,
    Settings,
    Stage,
    StartJob,
    Status,
    StatusChanged,
    TimeInStage,
    TransferJob,
    TriggerFired,
    UpdateAccountTags,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.codec import dump, load
from pipeflow.model.plans import Coming, Edit, EditKind, JobEffect, StageEdit
from pipeflow.model.values import FrozenMap
from pipeflow.ports import Authorizer, Changes
from pipeflow.testing import World
from tests.firms import FEE, ORGANIZER, PREPARE, TEMPLATES, WELCOME, in_memory_and_in_a_file

WAITING = Status("Waiting", quiet=True)
DAY = TimeInStage(1, [SendEmail(WELCOME)])
TAX = Pipeline(
    "Tax",
    stages=[
        Stage(
            "Collect",
            [CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=2))],
            automove=True,
        ),
        Stage("Review"),
        Stage("Bill", [CreateInvoice(FEE)]),
        Stage("Done", [SendEmail(WELCOME)]),
    ],
    statuses=["On hold", Status("Waiting", quiet=True)],
)


def begun(world: World) -> World:
    """Save what the firm works with."""
    world.engine.save(*TEMPLATES, TAX)
    return world


world = in_memory_and_in_a_file(begun)


def saved(world: World) -> Pipeline:
    """Return the pipeline as it is saved."""
    return world.engine.pipeline("tax")


def exported(world: World) -> list[str]:
    """Return everything that the firm has."""
    return list(world.store.export("default"))


def told(plan: Plan) -> list[str]:
    """Return what a plan prints."""
    return str(plan).split("\n")


def effect(plan: Plan, job: Job) -> JobEffect:
    """Return what becomes of a job."""
    return next(one for one in plan.jobs if one.job == job.id)


# -- what a plan tells ---------------------------------------------------------------------------


def test_a_plan_is_one_page_and_saves_nothing(world: World) -> None:
    """Jobs in removed, renamed and newly conditional stages, other automations, and requests."""
    jobs = [world.job_at(TAX, name) for name in ("Collect", "Review", "Review", "Bill", "Done")]
    world.engine.archive(jobs[2])
    edited = (
        saved(world)
        .remove_stage("Review")
        .add("Collect", SendEmail(WELCOME))
        .add("Bill", CreateTask(PREPARE))
        .change("Bill", name="Invoice", when=tagged("vip"))
    )
    before = exported(world)

    plan = world.engine.plan(edited)

    assert exported(world) == before
    assert told(plan) == [
        "Plan for pipeline 'Tax' (revision 1)",
        "====================================",
        "- stage 'Collect' automations + send email 'Welcome'; 1 job there",
        (
            "- stage 'Bill' is called 'Invoice', is entered only if tagged 'vip', "
            "automations + create task 'Prepare'; 1 job there"
        ),
        (
            "- stage 'Review' is removed, with 0 automations; 1 job there, to go to 'Invoice' "
            "unless you say otherwise"
        ),
        "2 open jobs will meet other automations:",
        "- 'Tax' in 'Collect': - create invoice 'Fee' in 'Bill'",
        "- 'Tax' in 'Review': - create invoice 'Fee' in 'Bill'",
        "4 open jobs tried, each until its last stage; requests that they bring:",
        "Port      Before  After  Change",
        "--------  ------  -----  ------",
        "email     3       3",
        "invoices  2       0      -2",
    ]
    assert plan.destinations == {}
    assert plan.standing == {"review": {jobs[1].id}}


def test_what_a_removed_stage_would_have_fired_is_told_under_its_own_name(world: World) -> None:
    """Also where the stage to which its jobs go fires the same."""
    world.engine.save(saved(world).add("Review", CreateTask(PREPARE)))
    world.engine.save(saved(world).add("Bill", CreateTask(PREPARE)))
    ahead, there = world.job_at("tax", "Collect"), world.job_at("tax", "Review")

    plan = world.engine.plan(saved(world).remove_stage("Review"))

    assert effect(plan, ahead).loses == ("review/create-task-prepare",)
    assert effect(plan, there).to == "bill"


def test_a_plan_can_be_kept_and_sent(world: World) -> None:
    """It is a value like others, and is applied as well when it was read."""
    world.job_at(TAX, "Review")
    plan = world.engine.plan(saved(world).remove_stage("Review"), stages={"Review": "Bill"})

    again = load(dump(plan), Plan)

    assert again == plan
    assert world.engine.apply(again).moved[0].stage == "bill"


def test_a_plan_tells_which_automations_a_job_meets(world: World) -> None:
    """Under the conditions of its own account, as the automations before leave it."""
    ada = world.account("Ada", tags=["vip"])
    bob = world.account("Bob")
    first, second = (world.engine.start(TAX, one, stage="Review") for one in (ada, bob))
    edited = (
        saved(world)
        .add("Bill", UpdateAccountTags(remove={"vip"}), at=0)
        .add("Bill", SendEmail(WELCOME, when=tagged("vip")))
        .add("Done", CreateTask(PREPARE, when=~tagged("vip")))
    )

    plan = world.engine.plan(edited)

    gains = ("bill/update-account-tags", "done/create-task-prepare")
    assert effect(plan, first) == JobEffect(
        first.id,
        "Tax",
        "review",
        None,
        gains,
        (),
        0,
        effect(plan, second).before,
        plan.jobs[0].after,
    )
    assert effect(plan, second).gains == gains
    assert (dict(plan.before), dict(plan.after)) == (
        {"email": 2, "invoices": 2}, {"email": 2, "invoices": 2, "tasks": 2},
    )  # fmt: skip


def test_jobs_of_one_account_are_tried_apart(world: World) -> None:
    """What one brings about for the account is not what the other finds."""
    ada = world.account("Ada", tags=["vip"])
    both = [world.engine.start(TAX, ada, stage="Review") for _ in range(2)]
    edited = (
        saved(world)
        .add("Bill", SendEmail(WELCOME, when=tagged("vip")))
        .add("Done", UpdateAccountTags(remove={"vip"}))
    )

    plan = world.engine.plan(edited)

    assert [effect(plan, one).gains for one in both] == [
        ("bill/send-email-welcome", "done/update-account-tags")
    ] * 2


def test_jobs_that_share_a_thing_are_tried_apart(world: World) -> None:
    """A task that is linked to both would be done for both."""
    both = [world.job_at(TAX, "Collect") for _ in range(2)]
    for one in both:
        world.engine.link(one, Ref("invoices", "i-1"), "invoice", "Old bill")
    edited = saved(world).add("Collect", SendEmail(WELCOME)).add("Bill", CreateTask(PREPARE))

    plan = world.engine.plan(edited)

    assert [effect(plan, one).gains for one in both] == [("bill/create-task-prepare",)] * 2


def test_a_shared_thing_that_moves_one_job_leaves_the_other_to_be_tried(world: World) -> None:
    """Both would leave the stage as one bill is paid; each meets what comes behind it."""
    world.engine.save(saved(world).change("Review", automove=True))
    both = [world.job_at("tax", "Review") for _ in range(2)]
    for one in both:
        world.engine.link(one, Ref("invoices", "i-1"), "invoice", "Old bill")

    plan = world.engine.plan(saved(world).add("Bill", CreateTask(PREPARE)))

    assert [effect(plan, one).gains for one in both] == [("bill/create-task-prepare",)] * 2


def test_what_a_job_starts_is_not_counted_as_its_own(world: World) -> None:
    """A follow-up job asks for things in its own name."""
    world.engine.save(Pipeline("Follow up", stages=[Stage("Write", [SendEmail(WELCOME)])]))
    job = world.job_at("tax", "Review")

    plan = world.engine.plan(saved(world).add("Bill", StartJob("follow-up")))

    found = effect(plan, job)
    assert found.gains == ("bill/start-job-follow-up",)
    assert dict(found.before) == dict(found.after) == {"email": 1, "invoices": 1}


def test_a_job_that_is_sent_back_once_is_tried_until_its_last_stage(world: World) -> None:
    """Whoever has to come again passes some stages twice."""
    back = (
        TransferJob("tax", stage="collect", when=tagged("again")),
        UpdateAccountTags(remove={"again"}),
    )
    edited = attrs.evolve(TAX, stages=[Stage("Collect"), Stage("Review", back), *TAX.stages[2:]])
    world.engine.save(attrs.evolve(edited, revision=saved(world).revision))
    job = world.engine.start("tax", world.account(tags=["again"]))

    plan = world.engine.plan(saved(world).add("Done", CreateTask(PREPARE)))

    assert effect(plan, job).gains == ("done/create-task-prepare",)


def test_a_job_that_was_moved_to_and_fro_is_tried_as_any_other(world: World) -> None:
    """However many visits lie behind it."""
    job = world.job_at(TAX, "Review")
    for stage in ("Bill", "Review") * 5:
        job = world.engine.move(job, stage)

    plan = world.engine.plan(saved(world).add("Done", CreateTask(PREPARE)))

    assert effect(plan, job).gains == ("done/create-task-prepare",)


def test_jobs_that_rest_are_tried_as_if_they_went_on(world: World) -> None:
    """Paused ones and those in statuses of their own; what is completed or archived is over."""
    paused, waiting, done, gone = (world.job_at(TAX, "Review") for _ in range(4))
    world.engine.pause(paused)
    world.engine.set_status(waiting, "Waiting")
    world.engine.set_status(done, "Completed")
    world.engine.archive(gone)

    plan = world.engine.plan(saved(world).add("Bill", CreateTask(PREPARE)))

    assert [one.job for one in plan.jobs] == [paused.id, waiting.id]
    assert plan.tried == 2


def test_a_trial_ends_where_the_job_goes_to_another_pipeline(world: World) -> None:
    """What fires there is that pipeline's affair."""
    there = [Stage("Wait"), Stage("Write", [SendEmail(WELCOME)])]
    world.engine.save(Pipeline("Next year", stages=there))
    job = world.job_at("tax", "Review")
    edited = saved(world).add("Review", CreateTask(PREPARE))
    edited = edited.add("Done", TransferJob("next-year"))

    plan = world.engine.plan(edited)

    assert "done/transfer-job-next-year" in effect(plan, job).gains
    assert effect(plan, job).after["email"] == 1  # of the stage in which it leaves


def test_a_choice_that_somebody_has_to_make_ends_no_trial(world: World) -> None:
    """A letter with packages is signed without one."""
    choice = ProposalTemplate("Choice", packages=[Package("Small"), Package("Big")])
    world.engine.save(choice, saved(world).add("Review", SendProposal(choice)))
    job = world.job_at("tax", "Review")

    plan = world.engine.plan(saved(world).add("Done", CreateTask(PREPARE)))

    assert effect(plan, job).gains == ("done/create-task-prepare",)


def test_a_trial_ends_where_the_limits_of_the_firm_end_it(world: World) -> None:
    """What comes behind is not told; that one job asks for too much harms no plan."""
    world.engine.save(Settings(most_requests=1))
    job, other = world.job_at(TAX, "Bill"), world.job_at(TAX, "Review")
    edited = saved(world).add("Done", CreateTask(PREPARE))

    plan = world.engine.plan(edited)

    assert [dict(effect(plan, one).after) for one in (job, other)] == [{}, {"invoices": 1}]


def test_a_plan_tells_which_reminders_change(world: World) -> None:
    """Jobs in a status that becomes quiet remind nobody; others begin again."""
    held, waiting = world.job_at(TAX, "Collect"), world.job_at(TAX, "Collect")
    world.engine.set_status(held, "On hold")
    world.engine.set_status(waiting, "Waiting")
    edited = attrs.evolve(
        saved(world), statuses=[Status("On hold", quiet=True), Status("Waiting"), "Late"]
    )

    plan = world.engine.plan(edited)

    assert [(one.job, one.timers) for one in plan.jobs] == [(held.id, 1), (waiting.id, 1)]
    assert told(plan)[2:] == [
        "- status 'On hold' reminds nobody; 1 job in it",
        "- status 'Waiting' reminds again; 1 job in it",
        "- status 'Late' is new",
        "2 timers of 2 jobs change: 'Tax', 'Tax'",
        "2 open jobs tried, each until its last stage: as many requests as before.",
    ]
    world.engine.apply(plan)
    assert world.engine.job(held).item("Organizer").remind_at is None


def test_r_35_a_plan_tells_which_triggers_in_time_change(world: World) -> None:
    """As saving it sets them anew."""
    early, late = ([TimeInStage(After(days=days), [SendEmail(WELCOME)])] for days in (3, 14))
    world.engine.save(saved(world).change("Review", triggers=late))
    job = world.job_at("tax", "Review")

    plan = world.engine.plan(saved(world).change("Review", triggers=early))

    assert told(plan)[2:4] == [
        "- stage 'Review' has other triggers; 1 job there",
        "1 timer of 1 job changes: 'Tax'",
    ]
    world.engine.apply(plan)
    assert world.engine.job(job).alarms[0].at == world.clock.now() + timedelta(days=3)


def test_r_32_a_status_that_jobs_have_is_told_and_not_taken_away(world: World) -> None:
    """The plan names it; saving is refused until somebody says what these jobs get."""
    job = world.job_at(TAX, "Review")
    world.engine.set_status(job, "On hold")
    edited = attrs.evolve(saved(world), statuses=[])

    plan = world.engine.plan(edited)
    before = exported(world)

    assert told(plan)[2:4] == [
        "- status 'On hold' is removed; 1 job in it, of which somebody has to say what they get",
        "- status 'Waiting' is removed",
    ]
    with pytest.raises(DefinitionError) as caught:
        world.engine.apply(plan)
    assert str(caught.value) == (
        "$.statuses: status 'On hold' is taken away and 1 job would have none; say which they get: "
        "statuses={'On hold': ...}. Allowed: Active."
    )
    assert exported(world) == before
    world.engine.set_status(job, "Active")
    assert world.engine.apply(plan).pipeline.statuses == ()


# -- statuses that go -----------------------------------------------------------------------------

PARKED = Status("Parked", automations=[CreateTask(PREPARE)], automove=True)


PUT_ASIDE = Status("Put aside", automations=[CreateTask(PREPARE)], automove=True)


def with_status(world: World, *statuses: Status | str) -> None:
    """Let the pipeline have other statuses."""
    world.engine.save(attrs.evolve(saved(world), statuses=statuses))


def test_r_32_jobs_of_a_status_that_goes_get_another_in_the_same_commit(world: World) -> None:
    """By what was said, in any letter case; the history says who edited, and nothing fires."""
    with_status(world, PARKED, "On hold")
    job, other = world.job_at("tax", "Review"), world.job_at("tax", "Review")
    world.engine.set_status(job, "On hold")
    world.engine.set_status(other, "Completed")
    edited = attrs.evolve(saved(world), statuses=[PARKED])
    tasks = len(world.tasks.created)
    heard: list[StatusChanged] = []
    world.engine.on(StatusChanged, heard.append)

    plan = world.engine.plan(edited, statuses={"on HOLD": "parked"})
    done = world.engine.apply(plan, actor="mia", command_id="edit")

    assert told(plan)[2] == "- status 'On hold' is removed; 1 job in it, to get 'Parked'"
    assert [(one.id, one.status, one.stage) for one in done.moved] == [(job.id, "Parked", "review")]
    assert [(one.job, one.source, one.status, one.actor) for one in heard] == [
        (job.id, "On hold", "Parked", "mia")
    ]
    assert len(world.tasks.created) == tasks
    assert world.engine.job(other).status == "Completed"
    assert str(done).endswith("stands in 'Review' now, Parked")
    again = world.engine.apply(plan, actor="mia", command_id="edit")
    assert (again.moved, len(heard)) == (done.moved, 1)
    assert world.engine.failures() == ()


def test_r_32_a_status_that_gets_another_name_goes_on_as_it_was(world: World) -> None:
    """What was made in it belongs to it still, and ends it."""
    with_status(world, PARKED)
    job = world.engine.set_status(world.job_at("tax", "Review"), "Parked")
    plan = world.engine.plan(attrs.evolve(saved(world), statuses=[PUT_ASIDE]))

    (moved,) = world.engine.apply(plan, statuses={"Parked": "Put aside"}).moved
    explained = world.engine.explain(moved).sentence
    done = world.engine.complete(moved.items[-1])

    assert len(moved.items) == len(job.items)
    assert "'Put aside' holds it until task" in explained
    assert (done.status, done.stage) == ("Active", "review")


def test_r_9_a_status_that_is_quiet_silences_those_who_get_it(world: World) -> None:
    """And one that is not lets reminders go on."""
    with_status(world, "On hold", WAITING)
    loud, still = world.job_at("tax", "Collect"), world.job_at("tax", "Collect")
    world.advance(hours=1)
    world.engine.set_status(loud, "On hold")
    world.engine.set_status(still, "Waiting")
    edited = attrs.evolve(saved(world), statuses=[Status("Quiet", quiet=True), "Open"])

    world.engine.apply(world.engine.plan(edited), statuses={"On hold": "Quiet", "Waiting": "Open"})

    items = [world.engine.job(job).item("Organizer") for job in (loud, still)]
    assert [item.remind_at is None for item in items] == [True, False]


def test_r_27_what_a_paused_job_owes_of_a_status_that_goes_is_told(world: World) -> None:
    """Nothing fires by an edit, and nothing is silent."""
    with_status(world, PARKED)
    job = world.engine.pause(world.job_at("tax", "Review"), "ill")
    world.engine.set_status(job, "Parked")
    plan = world.engine.plan(attrs.evolve(saved(world), statuses=[PUT_ASIDE]))
    tasks = len(world.tasks.created)

    world.engine.apply(plan, statuses={"Parked": "Put aside"})
    world.engine.resume(job)

    assert len(world.tasks.created) == tasks
    assert "what status 'Parked' was to fire does not" in str(world.engine.history(job))


def test_a_job_may_lose_its_stage_and_its_status_at_once(world: World) -> None:
    """It is one edit, and one commit."""
    job = world.engine.set_status(world.job_at("tax", "Bill"), "On hold")
    edited = attrs.evolve(saved(world).remove_stage("Bill"), statuses=[])
    versions = world.engine.history(job)

    done = world.engine.apply(
        world.engine.plan(edited), stages={"Bill": "Done"}, statuses={"On hold": "Active"}
    )

    assert [(one.id, one.status, one.stage) for one in done.moved] == [(job.id, "Active", "done")]
    assert len({one.at for one in [*world.engine.history(job)][len(versions) :]}) == 1


def test_jobs_that_came_into_a_status_since_it_was_planned_are_told(world: World) -> None:
    """Nobody thought of them; those that left it need nothing any more."""
    first, second = world.job_at("tax", "Review"), world.job_at("tax", "Review")
    world.engine.set_status(first, "On hold")
    edited = attrs.evolve(saved(world), statuses=["Waiting"])
    plan = world.engine.plan(edited, statuses={"On hold": "Waiting"})
    world.engine.set_status(second, "On hold")

    with pytest.raises(ConflictError, match=r"1 job came .*where statuses are taken away"):
        world.engine.apply(plan)

    world.engine.set_status(second, "Active")
    world.engine.set_status(first, "Active")
    assert world.engine.apply(plan).moved == ()


@pytest.mark.parametrize(
    ("statuses", "match"),
    [
        ({"On hold": "Nowhere"}, r"\$.statuses\['On hold'\]: .*no status 'Nowhere'"),
        ({"Onhold": "Waiting"}, r"\$.statuses\['Onhold'\]: .*no removed status 'Onhold'"),
        ({"Waiting": "Active"}, r"\$.statuses\['Waiting'\]: .*no removed status 'Waiting'"),
        ("On hold", "must be a mapping"),
    ],
)
def test_a_status_that_is_not_there_is_refused(world: World, statuses: Any, match: str) -> None:
    """When it is planned, and when it is applied."""
    edited = attrs.evolve(saved(world), statuses=["Waiting"])

    with pytest.raises(DefinitionError, match=match):
        world.engine.plan(edited, statuses=statuses)
    with pytest.raises(DefinitionError, match=match):
        world.engine.apply(world.engine.plan(edited), statuses=statuses)


# -- what time brings -----------------------------------------------------------------------------


def timed(days: int) -> list[TimeInStage]:
    """A mail after some days in a stage."""
    return [TimeInStage(After(days=days), [SendEmail(WELCOME)])]


def test_r_34_a_plan_counts_what_the_next_days_bring_by_themselves(world: World) -> None:
    """Triggers in time and reminders, as it is and as it would be; nothing happens meanwhile."""
    world.engine.save(saved(world).change("Review", triggers=timed(20)))
    for _ in range(2):
        world.job_at("tax", "Review")
    world.job_at("tax", "Collect")
    before, now = exported(world), world.clock.now()

    plan = world.engine.plan(saved(world).change("Review", triggers=timed(5)), days=10)

    assert plan.coming == Coming(10, FrozenMap({"email": 2}), FrozenMap({"email": 4}), 0, 2)
    assert told(plan)[-5:] == [
        "The next 10 days, if nobody does anything, bring:",
        "Port        Before  After  Change",
        "----------  ------  -----  ------",
        "(triggers)  0       2      +2",
        "email       2       4      +2",
    ]
    assert (exported(world), world.clock.now()) == (before, now)
    world.engine.apply(plan)
    world.advance(days=10)
    fired = [one for one in world.engine.feed(limit=None) if isinstance(one, TriggerFired)]
    assert len(fired) == 2


def test_days_in_which_an_edit_changes_nothing_say_so(world: World) -> None:
    """One day, too; and unless days are given nothing is counted."""
    world.engine.save(saved(world).change("Review", triggers=timed(20)))
    world.job_at("tax", "Review")
    edited = saved(world).change("Review", triggers=timed(5))

    one = world.engine.plan(edited, days=1)
    three = world.engine.plan(edited, days=3)

    assert told(one)[-1] == "The next day brings as much as before, if nobody does anything."
    assert told(three)[-1] == "The next 3 days bring as much as before, if nobody does anything."
    assert world.engine.plan(edited).coming is None
    assert load(dump(one)) == one


def test_a_new_pipeline_and_one_that_leads_elsewhere_are_counted_too(world: World) -> None:
    """The first brings nothing; a job that a trigger takes elsewhere is counted there."""
    world.engine.save(Pipeline("Other", [Stage("One", [SendEmail(WELCOME)]), Stage("Two")]))
    new = world.engine.plan(Pipeline("New", [Stage("First", triggers=timed(2))]), days=5)
    world.job_at("tax", "Review")
    away = [TimeInStage(After(days=2), [TransferJob("other")])]

    plan = world.engine.plan(saved(world).change("Review", triggers=away), days=5)

    assert new.coming == Coming(5)
    assert plan.coming == Coming(5, FrozenMap(), FrozenMap({"email": 1}), 0, 1)


def test_jobs_that_schedules_make_meanwhile_are_counted(world: World) -> None:
    """They meet the triggers as they would be."""
    world.engine.save(
        Schedule(
            "Daily",
            pipeline="tax",
            accounts=[world.account()],
            every=Daily(),
            start=world.clock.now().date() + timedelta(days=1),
        )
    )
    edited = saved(world).change("Collect", triggers=timed(1))

    plan = world.engine.plan(edited, days=3)

    assert plan.coming is not None
    assert (plan.coming.fired, plan.coming.will_fire) == (0, 2)


@pytest.mark.parametrize("days", [0, -1, True, 1.5, "7"])
def test_days_that_are_none_are_refused(world: World, days: Any) -> None:
    """Whole days, from one on."""
    with pytest.raises(DefinitionError, match=r"\$.days: must be a whole number of days"):
        world.engine.plan(saved(world), days=days)


def test_an_edit_of_nothing_changes_nothing(world: World) -> None:
    """And a pipeline without jobs, or a new one, brings nothing to anybody."""
    same = world.engine.plan(saved(world))
    new = world.engine.plan(Pipeline("New", stages=[Stage("First", [SendEmail(WELCOME)])]))
    other = world.engine.plan(attrs.evolve(saved(world), name="Taxes", description="Yearly"))
    world.job_at(TAX, "Review")
    named = world.engine.plan(saved(world).change("Bill", name="Invoice"))

    assert same.is_empty
    assert told(same)[2:] == ["Nothing changes."]
    assert told(new) == [
        "Plan for pipeline 'New' (new)",
        "=============================",
        "- stage 'First' is new, with 1 automation",
        "No job is open in it.",
    ]
    assert told(other)[2:4] == [
        "- the pipeline is called 'Taxes', not 'Tax'",
        "- its description changes",
    ]
    as_before = "1 open job tried, each until its last stage: as many requests as before."
    assert told(named)[3:] == [as_before]
    assert world.engine.apply(new).pipeline.revision == 1
    assert str(world.engine.apply(other)) == "saved pipeline 'Taxes' (revision 2)"


def test_a_removed_stage_in_which_no_job_stands_sends_none_elsewhere(world: World) -> None:
    """There is nothing to be said about where they go."""
    plan = world.engine.plan(saved(world).remove_stage("Review"))

    assert told(plan)[2] == "- stage 'Review' is removed, with 0 automations"
    assert plan.stages[0].to is None


def test_a_page_stays_a_page(world: World) -> None:
    """Of many jobs the first are named, and the others counted."""
    for _ in range(14):
        world.job_at(TAX, "Review")

    plan = world.engine.plan(saved(world).add("Bill", CreateTask(PREPARE)))

    assert len(plan.jobs) == 14
    assert sum("+ create task 'Prepare' in 'Bill'" in line for line in told(plan)) == 12
    assert "- and 2 more" in told(plan)
    many = attrs.evolve(plan, jobs=tuple(attrs.evolve(one, timers=2) for one in plan.jobs))
    assert "28 timers of 14 jobs change: 'Tax', 'Tax', 'Tax', 'Tax', 'Tax', 9 more" in told(many)
    one = attrs.evolve(many, jobs=many.jobs[:1])
    assert "2 timers of 1 job change: 'Tax'" in told(one)
    few = attrs.evolve(many, jobs=many.jobs[:5])
    assert "10 timers of 5 jobs change: 'Tax', 'Tax', 'Tax', 'Tax', 'Tax'" in told(few)


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (lambda p: p.change("Review", automove=True), "'Review' moves jobs on by itself"),
        (lambda p: p.change("Collect", automove=False), "'Collect' does not move jobs on by"),
        (
            lambda p: p.change("Review", time_limit=timedelta(days=3)),
            "'Review' has another time limit",
        ),
        (lambda p: p.move_stage("Bill", 1), "'Bill' has another place"),
        (lambda p: p.add_stage(Stage("Check"), at=1), "'Check' is new, with 0 automations"),
        (
            lambda p: p.remove("Bill", "create-invoice-fee"),
            "'Bill' automations - create invoice 'Fee'",
        ),
        (
            lambda p: p.replace(
                "Bill",
                "create-invoice-fee",
                CreateInvoice(FEE, id="create-invoice-fee", reminders=Reminders()),
            ),
            "'Bill' automations ~ create invoice 'Fee'",
        ),
        (lambda p: p.change("Review", triggers=[DAY]), "'Review' has other triggers"),
    ],
)
def test_every_edit_of_a_stage_has_words(world: World, edit: Any, line: str) -> None:
    """So that whoever reads a plan knows all that changes."""
    plan = world.engine.plan(edit(saved(world)))

    (told_of,) = [one for one in told(plan) if line in one]
    assert told_of.startswith("- stage ")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"triggers": [AroundDate("due", 3, [SendEmail(WELCOME)])]}, "- its triggers change"),
        ({"job_template": "return"}, "- its job template changes"),
        (
            {"statuses": ["On hold", Status("Waiting", quiet=True, automove=True)]},
            "- status 'Waiting' makes jobs Active again by itself",
        ),
        (
            {"statuses": [Status("On hold", automations=[SendEmail(WELCOME)]), WAITING]},
            "- status 'On hold' has other automations",
        ),
    ],
)
def test_every_edit_of_the_rest_has_words(world: World, change: Any, line: str) -> None:
    """One thing changes, several change."""
    world.engine.save(JobTemplate("Return"))
    before, edited = saved(world), attrs.evolve(saved(world), **change)

    assert line in told(world.engine.plan(edited))
    world.engine.save(edited)
    back = world.engine.plan(attrs.evolve(before, revision=2))
    assert line.replace("makes", "no longer makes") in told(back)


def test_other_orders_and_conditions_have_words_too(world: World) -> None:
    """Also where a condition goes away."""
    first = saved(world).add("Bill", SendEmail(WELCOME)).change("Review", when=tagged("vip"))
    world.engine.save(first)
    edited = saved(world).reorder("Bill", "send-email-welcome", to=0).change("Review", when=None)

    assert told(world.engine.plan(edited))[2:4] == [
        "- stage 'Review' is entered for all jobs",
        "- stage 'Bill' automations in another order",
    ]


# -- where jobs go -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "to"),
    [
        (lambda p: p.remove_stage("Bill").add_stage(Stage("Fee", [CreateInvoice(FEE)])), "fee"),
        (lambda p: p.remove_stage("Bill").add_stage(Stage("Pay"), at=2), "pay"),
        (lambda p: p.remove_stage("Bill"), "done"),
        (lambda p: p.remove_stage("Bill").remove_stage("Done"), "review"),
    ],
)
def test_a_plan_proposes_where_jobs_go(world: World, edit: Any, to: str) -> None:
    """Where the same automations are, or the same place; else to the next, or the last."""
    world.job_at(TAX, "Bill")

    plan = world.engine.plan(edit(saved(world)))

    (gone,) = [one for one in plan.stages if one.jobs]
    assert (gone.stage, gone.to, gone.suggested) == ("bill", to, True)


def test_a_stage_without_automations_is_not_another_for_having_none_either(world: World) -> None:
    """Its jobs go to the next that stays, and not to wherever nothing happens."""
    world.job_at(TAX, "Review")

    plan = world.engine.plan(saved(world).remove_stage("Review").add_stage(Stage("Later")))

    (gone,) = [one for one in plan.stages if one.jobs]
    assert (gone.stage, gone.to, gone.suggested) == ("review", "bill", True)


def test_a_18_jobs_of_a_removed_stage_go_where_it_is_said(world: World) -> None:
    """In the same commit, without automations; each is told, and knows what it came by."""
    job, other = world.job_at(TAX, "Bill"), world.job_at(TAX, "Review")
    heard: list[JobMoved] = []
    world.engine.on(JobMoved, heard.append)
    edited = saved(world).remove_stage("Bill").add("Done", CreateTask(PREPARE))
    plan = world.engine.plan(edited)
    sent = len(world.email.sent)

    done = world.engine.apply(plan, stages={"bill": "Done"}, actor="mia")

    assert str(done) == "saved pipeline 'Tax' (revision 2)\n- 'Tax' stands in 'Done' now"
    assert done.pipeline == edited == saved(world)
    assert done.moved == (world.engine.job(job),)
    assert [(one.job, one.stage, one.cause, one.actor) for one in heard] == [
        (job.id, "done", "the pipeline was edited", "mia")
    ]
    assert (len(world.email.sent), world.tasks.created) == (sent, [])
    assert (done.moved[0].visit, done.moved[0].edition) == (2, 2)
    assert world.engine.job(other) == other


def test_where_jobs_go_is_told_as_settled_where_somebody_said_it(world: World) -> None:
    """And as a proposal where nobody did."""
    world.job_at(TAX, "Review")
    edited = saved(world).remove_stage("Review")
    line = "- stage 'Review' is removed, with 0 automations; 1 job there, to go to 'Bill'"

    assert told(world.engine.plan(edited, stages={"Review": "Bill"}))[2] == line
    assert told(world.engine.plan(edited))[2] == f"{line} unless you say otherwise"


def test_a_18_nobody_stands_nowhere(world: World) -> None:
    """Where nobody said where jobs go, nothing is saved."""
    world.job_at(TAX, "Review")
    world.job_at(TAX, "Bill")
    plan = world.engine.plan(saved(world).remove_stage("Review").remove_stage("Bill"))
    before = exported(world)

    with pytest.raises(DefinitionError) as caught:
        world.engine.apply(plan, stages={"bill": "done"})

    assert str(caught.value) == (
        "$.stages: stage 'Review' is taken away and 1 job would stand nowhere; say where: "
        "stages={'review': ...}. Allowed: collect, done."
    )
    assert exported(world) == before


def test_jobs_that_rest_are_taken_along_and_archived_ones_are_not(world: World) -> None:
    """They have to stand somewhere; whoever restores an archived one moves it."""
    paused, done, gone = (world.job_at(TAX, "Bill") for _ in range(3))
    world.engine.pause(paused)
    world.engine.set_status(done, "Completed")
    world.engine.archive(gone)
    plan = world.engine.plan(saved(world).remove_stage("Bill"), stages={"Bill": "Review"})

    moved = world.engine.apply(plan).moved

    assert [(one.id, one.stage, one.status) for one in moved] == [
        (paused.id, "review", "Active"), (done.id, "review", "Completed"),
    ]  # fmt: skip
    assert moved[0].paused is not None
    assert world.engine.job(gone).stage == "bill"
    assert world.engine.explain(gone).stage == "bill"


@pytest.mark.parametrize(
    ("what", "here", "cancelled"), [("stay", 0, 0), ("carry", 1, 0), ("cancel", 0, 1)]
)
def test_r_24_what_is_open_in_a_removed_stage_goes_as_it_is_said(
    world: World, what: str, here: int, cancelled: int
) -> None:
    """It stays, comes along and holds the new stage, or is taken back."""
    world.job_at(TAX, "Bill")
    plan = world.engine.plan(saved(world).remove_stage("Bill"), stages={"Bill": "Review"})

    (moved,) = world.engine.apply(plan, open=what).moved

    assert len(moved.open_items) == here
    assert len(world.invoices.cancelled) == cancelled


# -- what has changed since ----------------------------------------------------------------------


def test_a_plan_of_a_pipeline_that_was_saved_since_is_stale(world: World) -> None:
    """Or that went; and so is an edit of an older one."""
    old = saved(world)
    plan = world.engine.plan(old.change("Review", name="Look"))
    world.engine.save(old.change("Review", name="Check"))

    with pytest.raises(ConflictError, match="was revision 1 when this was planned, and is revis"):
        world.engine.apply(plan)
    with pytest.raises(ConflictError, match=r"revision 2, yours is 1\); edit what engine.pipeline"):
        world.engine.plan(old.change("Review", name="Look"))
    new = world.engine.plan(Pipeline("New", stages=[Stage("First")]))
    world.engine.apply(new)
    with pytest.raises(ConflictError, match="was new when this was planned, and is revision 1"):
        world.engine.apply(new)
    again = world.engine.pipeline("new")
    plan = world.engine.plan(again.change("First", name="Begin"))
    world.engine.delete("new")
    with pytest.raises(ConflictError, match="was revision 1 when this was planned, and is gone"):
        world.engine.apply(plan)
    with pytest.raises(ConflictError, match="it was deleted meanwhile"):
        world.engine.plan(again)


def test_a_pipeline_that_a_branch_saved_is_none_of_the_firms(world: World) -> None:
    """Its revision is one that the firm has not come to."""
    branch = world.engine.what_if()
    tried = branch.save(saved(world).change("Review", name="Look"))

    with pytest.raises(ConflictError, match=r"revision 1, yours is 2\)"):
        world.engine.plan(tried)


def test_a_pipeline_that_was_typed_anew_is_planned_against_the_one_that_is_saved(
    world: World,
) -> None:
    """As notebooks do, whose cells run again."""
    plan = world.engine.plan(attrs.evolve(TAX, revision=None).change("Review", name="Look"))

    assert world.engine.apply(plan).pipeline.revision == 2


@pytest.mark.parametrize("comes", [True, False])
def test_a_plan_is_stale_where_other_jobs_stand_in_what_goes(world: World, comes: bool) -> None:
    """Whoever comes or leaves is named; where else they go does not matter."""
    job = world.job_at(TAX, "Review")
    plan = world.engine.plan(saved(world).remove_stage("Review"), stages={"Review": "Bill"})
    world.job_at(TAX, "Collect")
    if comes:
        world.job_at(TAX, "Review")
    else:
        world.engine.move(job, "Done")

    told = r"1 job came \(Tax\)" if comes else rf"1 job left \({job.id}\)"
    with pytest.raises(ConflictError, match=f"since this was planned, {told} where stages are"):
        world.engine.apply(plan)
    assert saved(world).revision == 1
    world.engine.apply(world.engine.plan(saved(world).remove_stage("Review")), stages={
        "review": "bill"
    })  # fmt: skip


class Hasty(MemoryStore):
    """Lets something happen right before a commit."""

    before: Any = None

    def commit(self, changes: Changes, /) -> bool:
        """Do it, once."""
        if any(key.kind == "pipeline" for key in changes.puts) and self.before is not None:
            before, self.before = self.before, None
            before()
        return super().commit(changes)


def test_a_18_a_job_that_comes_while_its_stage_goes_is_not_stranded() -> None:
    """It came after everybody was counted and before the commit, which then is decided anew."""
    store = Hasty()
    world = begun(World(store=store))
    world.job_at(TAX, "Review")
    account = world.account("Bob")
    other = Engine(store=store, clock=world.clock)
    plan = world.engine.plan(saved(world).remove_stage("Review"), stages={"Review": "Bill"})
    store.before = lambda: other.start("tax", account, stage="Review")

    with pytest.raises(ConflictError, match="1 job came"):
        world.engine.apply(plan)

    assert saved(world).revision == 1


# -- how it is done ------------------------------------------------------------------------------


def test_a_plan_is_applied_once_under_one_command_id(world: World) -> None:
    """A repeat is answered with what now stands; another plan under the id is refused."""
    job = world.job_at(TAX, "Review")
    plan = world.engine.plan(saved(world).remove_stage("Review"), stages={"Review": "Bill"})

    first = world.engine.apply(plan, command_id="edit-1")
    world.engine.move(job, "Done")
    again = world.engine.apply(plan, command_id="edit-1")

    assert (first.moved[0].stage, again.moved[0].stage) == ("bill", "done")
    assert again.pipeline == first.pipeline
    assert again.pipeline.revision == first.pipeline.revision == 2
    with pytest.raises(ConflictError, match="used before"):
        world.engine.apply(plan, open="carry", command_id="edit-1")


def test_what_could_not_be_saved_is_not_planned_either(world: World) -> None:
    """With every problem at once, as by saving it."""
    edited = saved(world).add("Review", SendEmail("nothing")).add("Bill", SendEmail("welcom"))

    with pytest.raises(DefinitionError, match=r"(?s)nothing.*Did you mean 'welcome'"):
        world.engine.plan(edited)


class Careful(Authorizer):
    """Lets nobody touch one job."""

    def __init__(self) -> None:
        """Begin with none."""
        self.closed = ""
        self.asked: list[tuple[str, str]] = []

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Note it."""
        self.asked.append((action, about))
        return about != self.closed


def test_a_plan_calls_what_somebody_may_not_see_by_its_id() -> None:
    """As overviews do; of everything else it tells the name."""
    careful = Careful()
    world = begun(World(authorizer=careful))
    world.job_at(TAX, "Review")
    careful.closed = "fee"
    edited = saved(world).remove("Bill", "create-invoice-fee").add("Bill", CreateTask(PREPARE))

    plan = world.engine.plan(edited, actor="mia")

    gains, loses = "+ create task 'Prepare' in 'Bill'", "- create invoice 'fee' in 'Bill'"
    assert f"- 'Tax' in 'Review': {gains}, {loses}" in told(plan)
    assert plan.names["review"] == "Review"
    assert plan.names["bill/create-invoice-fee"] == "create invoice 'fee' in 'Bill'"
    assert load(dump(plan), Plan) == plan


def test_whoever_applies_a_plan_must_be_allowed_to_move_each_job() -> None:
    """The pipeline is asked about, and every job that goes elsewhere; nothing is saved else."""
    careful = Careful()
    world = begun(World(authorizer=careful))
    jobs = [world.job_at(TAX, "Review") for _ in range(2)]
    plan = world.engine.plan(saved(world).remove_stage("Review"), stages={"Review": "Bill"})
    careful.closed = jobs[1].id

    with pytest.raises(NotAllowedError, match=f"'mia' may not apply '{jobs[1].id}'"):
        world.engine.apply(plan, actor="mia")

    assert careful.asked == [("apply", "tax"), *(("apply", job.id) for job in jobs)]
    assert saved(world).revision == 1


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda e, p: e.plan("tax"), r"\$.pipeline: must be a pipeline, edited and not saved"),
        (lambda e, p: e.plan(p, stages="x"), r"\$.stages: must be a mapping \(given: 'x'\)"),
        (lambda e, p: e.apply(p), r"\$.plan: must be a plan"),
        (lambda e, p: e.plan(p, stages={"Bll": "Done"}), r"no removed stage 'Bll'.*Allowed: Bill"),
        (lambda e, p: e.plan(p, stages={"Collect": "Done"}), r"no removed stage 'Collect'"),
        (lambda e, p: e.plan(p, stages={"bill": "Dne"}), r"\$.stages\['bill'\]: .*'Dne'.*'Done'"),
        (lambda e, p: e.apply(e.plan(p), open="what"), r"\$.open"),
    ],
)
def test_wrong_arguments_are_refused_with_a_sentence(call: Any, sentence: str) -> None:
    """That says where, what was given and what is allowed."""
    world = begun(World())

    with pytest.raises(DefinitionError, match=sentence):
        call(world.engine, saved(world).remove_stage("Bill"))


def test_a_listener_may_plan(world: World) -> None:
    """Trials are delivered and told at once, wherever the plan is asked for."""
    job = world.job_at(TAX, "Review")
    plans: list[Plan] = []
    edited = saved(world).add("Done", CreateTask(PREPARE))
    world.engine.on(JobMoved, lambda _: plans.append(world.engine.plan(edited)))

    world.engine.move(job, "Bill")

    assert [dict(plan.after) for plan in plans] == [{"email": 1, "tasks": 1}]


# -- what a job remembers ------------------------------------------------------------------------


def test_a_job_remembers_the_revision_of_its_visit(world: World) -> None:
    """That of the pipeline when it entered its stage, whatever is saved since."""
    job = world.job_at(TAX, "Collect")
    assert job.edition == 1
    world.engine.save(saved(world).change("Bill", time_limit=timedelta(days=3)))
    assert world.engine.job(job).edition == 1
    late = world.job_at("tax", "Collect")
    assert late.edition == 2

    moved = world.engine.complete(job.item("Organizer"))
    assert (moved.stage, moved.edition) == ("review", 2)

    other = Pipeline("Other", stages=[Stage("Only")])
    world.engine.save(other)
    assert world.engine.transfer(moved, "other").edition == 1
    assert world.engine.undo(moved).job.edition == 0  # nobody wrote down what it was


def test_a_value_of_a_plan_says_what_it_is() -> None:
    """Its parts are values that a host can show in its own way."""
    edit = Edit(EditKind.REMOVED, "is removed")
    stage = StageEdit("bill", "Bill", (edit,), ("job-1",), "done")
    quiet = JobEffect("job-1", "1040", "bill")

    assert (stage.has(EditKind.REMOVED), stage.has(EditKind.ADDED)) == (True, False)
    assert quiet.is_none
    assert not attrs.evolve(quiet, timers=1).is_none
    assert not attrs.evolve(quiet, after=FrozenMap({"email": 1})).is_none
    assert Plan(TAX, 1, stages=(stage,)).destinations == {"bill": "done"}
    assert Plan(TAX, 1, stages=(stage,)).document().text() == str(Plan(TAX, 1, stages=(stage,)))
