"""`engine.replay(edited)`: what would last season have looked like?"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date
from typing import TypeAlias

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    Account,
    After,
    AroundDate,
    Cancelled,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    InvoicePaid,
    InvoiceTemplate,
    ItemState,
    MessageTemplate,
    NotAllowedError,
    NotFoundError,
    OrganizerReturned,
    OrganizerSubmitted,
    OrganizerTemplate,
    PipeflowError,
    Pipeline,
    Question,
    Ref,
    Reminders,
    SendEmail,
    SendMessage,
    Stage,
    Status,
    TaskTemplate,
    UpdateAccountTags,
    UpdateJob,
    tagged,
)
from pipeflow.insight.replays import Course, Replay, ReplayedJob
from pipeflow.ports import Authorizer, Intent
from pipeflow.testing import World
from tests.firms import (
    BUSINESS,
    FEE,
    ORGANIZER,
    PREPARE,
    TEMPLATES,
    WELCOME,
    in_memory_and_in_a_file,
)
from tests.pipelines.seasons import NAMES, Season

REVIEW = TaskTemplate("Review")
TAX = Pipeline(
    "Tax",
    stages=[
        Stage(
            "Collect",
            [CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=2))],
            automove=True,
        ),
        Stage("Extra", [CreateTask(PREPARE), UpdateAccountTags(remove={"vip"})],
              when=tagged("vip"), automove=True),
        Stage("Bill", [CreateInvoice(FEE)], automove=True),
        Stage("Done", [SendEmail(WELCOME)]),
    ],
    statuses=[Status("Waiting", quiet=True)],
)  # fmt: skip


def begun(world: World) -> World:
    """Save what the firm works with."""
    world.engine.save(*TEMPLATES, TAX)
    return world


world = in_memory_and_in_a_file(begun)


def season(world: World) -> None:
    """Let two clients go through a season, one of whom is a VIP."""
    engine = world.engine
    for name, tags in (("Ada", ["vip"]), ("Bob", [])):
        job = engine.start(TAX, world.account(name, tags=tags), name=f"1040 of {name}")
        world.advance(days=4)
        engine.complete(engine.job(job).item("Organizer"))
        world.advance(days=1)
    engine.complete(engine.job("job-1").item("Prepare"))
    world.advance(days=1)
    engine.record(engine.job("job-2").item("Fee"), InvoicePaid())
    world.advance(days=1)


def same(replay: Replay) -> None:
    """See that nothing would have been another."""
    assert replay.lost == ()
    assert [str(one) for one in replay.differing] == []
    for one in replay.jobs:
        assert one.after.stays == one.before.stays
        assert one.after.items == one.before.items
        assert Counter(one.after.requests) == Counter(one.before.requests)


def test_the_unedited_pipeline_gives_the_season_as_it_was(world: World) -> None:
    """Stays, items, requests; and nothing happens to the firm."""
    season(world)
    before = [*world.store.export("default")]

    replay = world.engine.replay(world.engine.pipeline("tax"))

    same(replay)
    assert [one.name for one in replay.jobs] == ["1040 of Ada", "1040 of Bob"]
    assert replay.before == replay.after == {
        "email": 3, "invoices": 2, "organizers": 2, "tasks": 1,
    }  # fmt: skip
    assert [*world.store.export("default")] == before


def test_an_edited_pipeline_tells_what_would_have_been(world: World) -> None:
    """One stage less: no task, and what was done to it finds no place."""
    season(world)
    edited = world.engine.pipeline("tax").remove_stage("Extra")

    replay = world.engine.replay(edited)

    (ada,) = replay.differing
    assert ada.before.path == ("collect", "extra", "bill")
    assert ada.after.path == ("collect", "bill")
    assert replay.after == {"email": 3, "invoices": 2, "organizers": 2}
    assert [str(one) for one in replay.lost] == [
        "'1040 of Ada': completed 'Prepare' (task completed) (there is no such item)"
    ]


def test_it_prints_what_differs_and_what_history_does_not_tell() -> None:
    """Requests by port, times in stages, jobs, what found no place."""
    world = begun(World())
    season(world)

    told = str(world.engine.replay(world.engine.pipeline("tax").remove_stage("Extra")))

    assert told.splitlines() == [
        "The season of 'Tax' once more",
        "=============================",
        (
            "From 2026-01-05 09:00 UTC to 2026-01-17 09:00 UTC: 2 jobs, 1 would have gone "
            "otherwise, 1 thing found no place."
        ),
        "",
        "Requests",
        "Port        Before  After  Change",
        "----------  ------  -----  ------",
        "email       3       3",
        "invoices    2       2",
        "organizers  2       2",
        "tasks       1       0      -1",
        "",
        "Time in stages",
        "Stage    Visits before  On average  Visits after  On average",
        "-------  -------------  ----------  ------------  ----------",
        "Collect  2              4 days      2             4 days",
        "Extra    1              6 days      0",
        "Bill     2              2 days      2             5 days",
        "Done     1              1 day       1             1 day",
        "",
        "Went otherwise",
        "Client  Job          Before                            After",
        "------  -----------  --------------------------------  -------------------------",
        "Ada     1040 of Ada  Collect, Extra, Bill; 4 requests  Collect, Bill; 3 requests",
        "",
        "Found no place",
        "When                  Job          What                                  Why",
        (
            "--------------------  -----------  ------------------------------------  "
            "---------------------"
        ),
        (
            "2026-01-15 09:00 UTC  1040 of Ada  completed 'Prepare' (task completed)  "
            "there is no such item"
        ),
        "",
        "What history does not tell:",
        "- Accounts, templates, settings and what is said of jobs are as now; tags as then.",
        "- Whatever fell due went at its instant; what was late, or failed, in the season is not.",
        "- What a client would have done about a thing that there was not is nobody's guess.",
    ]


def test_a_stage_left_by_hand_is_left_by_hand_again(world: World) -> None:
    """Unless the edited pipeline has brought the job there by itself."""
    engine = world.engine
    job = engine.start(TAX, world.account())
    engine.move(job, "Bill")
    engine.set_status(job, "Waiting")
    engine.pause(job, "holiday")
    world.advance(days=2)
    engine.resume(job)
    engine.set_status(job, "Active")
    engine.move(job, "Done", skip={"send-email-welcome"})
    engine.undo(job)
    engine.tag(job.account, {"late"})
    engine.remind(engine.job(job).item("Fee"))

    same(engine.replay(engine.pipeline("tax")))

    replay = engine.replay(engine.pipeline("tax").remove_stage("Bill"))
    assert "stage" in replay.lost[0].why


def test_what_cannot_be_done_is_listed_with_all_that_is_wrong(world: World) -> None:
    """As answers that lack what the organizer requires since."""
    engine = world.engine
    asks = OrganizerTemplate("Asks")
    line = Pipeline("Asking", [Stage("Ask", [CreateOrganizer(asks)]), Stage("Done")])
    asks, line = engine.save(asks, line)
    job = engine.start(line, world.account())
    engine.record(job.items[0], OrganizerSubmitted())
    world.advance(days=1)
    required = [Question("Born?", required=True), Question("Married?", required=True)]
    engine.save(evolve(asks, questions=required))

    (lost,) = engine.replay(engine.pipeline("asking")).lost

    assert "Born?" in lost.why
    assert "Married?" in lost.why


@pytest.mark.parametrize("remains", ["stay", "carry", "cancel"])
def test_what_was_open_stays_comes_along_or_is_cancelled_again(world: World, remains: str) -> None:
    """As whoever moved the job said."""
    job = world.engine.start(TAX, world.account())
    world.advance(days=1)
    world.engine.move(job, "Bill", open=remains)
    world.advance(days=9)

    replay = world.engine.replay(world.engine.pipeline("tax"))

    same(replay)
    (once,) = replay.jobs
    assert once.after.path == ("collect", "bill")


def test_a_span_begins_with_what_began_at_its_first_instant(world: World) -> None:
    """As every span does: its end is the next one's beginning."""
    world.engine.start(TAX, world.account())
    world.advance(hours=15)
    world.engine.start(TAX, world.account())
    world.advance(hours=1)

    replay = world.engine.replay(world.engine.pipeline("tax"), since=date(2026, 1, 6))

    assert [one.before.stays[0].came.hour for one in replay.jobs] == [0]
    assert replay.left_out == 1


def test_what_came_along_does_so_beside_an_automation_that_found_its_own_thing_done(
    world: World,
) -> None:
    """It holds the stage once more, though something else there was not made twice."""
    engine = world.engine
    make_once = CreateTask(REVIEW, repeat="once")
    line = Pipeline(
        "Books",
        [
            Stage("One", [CreateTask(PREPARE)]),
            Stage("Two", [make_once, CreateInvoice(FEE)], automove=True),
            Stage("Three"),
        ],
    )
    engine.save(line, REVIEW)
    job = engine.start(line, world.account())
    job = engine.move(engine.move(job, "Two"), "One")
    world.advance(days=1)
    job = engine.move(job, "Two", open="carry")
    world.advance(days=1)
    job = engine.record(job.items[-1], InvoicePaid())
    assert job.stage == "two"

    same(engine.replay(line))


def test_a_span_leaves_other_jobs_out(world: World) -> None:
    """By the day on which they began; and what came later is not told."""
    season(world)

    first = world.engine.replay(world.engine.pipeline("tax"), until=date(2026, 1, 8))
    second = world.engine.replay(world.engine.pipeline("tax"), since=date(2026, 1, 10))

    assert [one.name for one in first.jobs] == ["1040 of Ada"]
    assert [one.name for one in second.jobs] == ["1040 of Bob"]
    assert first.left_out == second.left_out == 1
    assert "1 job, 0 would have gone otherwise, 1 job left out." in str(first)
    same(first)
    same(second)


def test_what_is_no_season_is_refused(world: World) -> None:
    """What is no pipeline, none that there is, or no span of time."""
    engine = world.engine
    with pytest.raises(DefinitionError, match=r"^\$\.edited: must be a pipeline"):
        engine.replay("tax")  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match="tax-2"):
        engine.replay(Pipeline("Tax 2", [Stage("A"), Stage("B")]))
    with pytest.raises(DefinitionError, match=r"^\$\.until: lies before"):
        engine.replay(engine.pipeline("tax"), date(2026, 1, 5), date(2026, 1, 4))
    with pytest.raises(DefinitionError, match="nowhere"):
        engine.replay(engine.pipeline("tax").add("Bill", SendEmail("nowhere")))

    assert engine.replay(engine.pipeline("tax")).jobs == ()
    assert "0 jobs" in str(engine.replay(engine.pipeline("tax")))


class Owner(Authorizer):
    """Lets everybody read what is not the account's that is called secret; nobody acts."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Not asked."""
        raise NotImplementedError

    def may(self, intent: Intent, /) -> bool:
        """Look at what the account is called."""
        if intent.actor == "nobody":
            return False
        return intent.account is None or intent.account.name != "secret"


def test_who_asks_sees_the_jobs_that_they_may() -> None:
    """What people did in the season is done again without asking anybody."""
    world = begun(World(authorizer=Owner()))
    for name in ("secret", "Ada"):
        world.engine.start(TAX, world.account(name), name=name)

    replay = world.engine.replay(world.engine.pipeline("tax"), actor="mia")

    assert [one.name for one in replay.jobs] == ["Ada"]
    with pytest.raises(NotAllowedError):
        world.engine.replay(world.engine.pipeline("tax"), actor="nobody")


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=4)
@given(drawn=st.lists(st.integers(0, 10**6), min_size=10, max_size=25))
def test_seasons_of_the_library_come_to_the_same_once_more(name: str, drawn: list[int]) -> None:
    """For every package: whatever a client and a team do, the pipeline as it is gives the same."""
    told = Season(name, kind=["individual", "company"][drawn[0] % 2])
    engine, stages = told.engine, told.installed.pipeline.stages
    for number in drawn:
        job, choice = told.job, number // 7
        try:
            if number % 7 == 5:
                told.tags(["vip", "late", "new"][choice % 3])
            elif job.open_items and number % 7 < 5:
                engine.complete(job.open_items[choice % len(job.open_items)])
            else:
                engine.move(job, stages[choice % len(stages)].id)
        except PipeflowError:
            continue
        told.waits(days=choice % 4)

    same(engine.replay(told.installed.pipeline))


Step: TypeAlias = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["start", "complete", "reopen", "cancel", "move", "carry", "cancel open", "tag",
             "advance", "set_status", "pause", "undo", "remind"]
        ),
        st.integers(0, 2),
        st.integers(0, 11),
    ),
    max_size=25,
)  # fmt: skip
REMAINS = {"move": "stay", "carry": "carry", "cancel open": "cancel"}


def done(world: World, accounts: list[Account], step: Step) -> None:
    """Take a step, if it can be taken."""
    engine, (call, whose, how) = world.engine, step
    jobs = engine.jobs()
    job = jobs[whose % len(jobs)] if jobs else None
    match call:
        case "start":
            engine.start(TAX, accounts[whose % 2])
        case "tag":
            add, remove = ({"vip"}, ()) if how % 2 else ((), {"vip"})
            engine.tag(accounts[whose % 2], add, remove)
        case "advance":
            world.advance(hours=how * 10 + 1)
        case _ if job is None:
            pass
        case "move" | "carry" | "cancel open":
            engine.move(job, TAX.stages[how % 4].id, open=REMAINS[call])
        case "set_status":
            engine.set_status(job, ["Active", "Waiting", "Completed"][how % 3])
        case "pause":
            (engine.pause if job.paused is None else engine.resume)(job)
        case "undo":
            engine.undo(job)
        case _ if job.items:
            item = job.items[how % len(job.items)]
            if call == "cancel":
                engine.record(item, Cancelled("no"))
            else:
                getattr(engine, call)(item)
        case _:
            pass


@settings(max_examples=50)
@given(steps=STEPS)
def test_whatever_people_did_comes_to_the_same_once_more(steps: list[Step]) -> None:
    """Any season of any commands, through the pipeline that it went through."""
    world = begun(World())
    accounts = [world.account("Ada", tags=["vip"]), world.account("Bob")]
    for step in steps:
        with suppress(PipeflowError):
            done(world, accounts, step)

    same(world.engine.replay(world.engine.pipeline("tax")))


def test_what_cannot_be_put_through_is_told(world: World) -> None:
    """What was linked or edited by hand, and what goes for an item that there is not."""
    engine = world.engine
    job = engine.start(TAX, world.account())
    engine.edit(job, name="1040")
    engine.link(job, Ref("documents", "d-1"), "note", "Scan")
    engine.complete(engine.job(job).item("Organizer"))
    world.advance(days=1)
    engine.remind(engine.job(job).item("Fee"))
    engine.move(job, "Done")

    replay = engine.replay(engine.pipeline("tax").remove("Bill", "create-invoice-fee"))

    assert [(one.what.split(" ")[0], one.why) for one in replay.lost] == [
        ("edited", "it is not put through"),
        ("linked", "it is not put through"),
        ("asked", "there is no such item"),
    ]


def test_a_move_by_hand_that_has_become_needless_is_told(world: World) -> None:
    """The edited pipeline has brought the job there, or further, by itself."""
    engine = world.engine
    slow = engine.pipeline("tax").change("Collect", automove=False)
    engine.save(slow)
    job = engine.start("tax", world.account())
    engine.complete(engine.job(job).item("Organizer"))
    engine.move(job, "Bill")
    quick = engine.pipeline("tax").change("Collect", automove=True)

    assert [one.why for one in engine.replay(quick).lost] == ["it is there already"]


def test_a_move_that_would_take_a_job_back_is_not_made(world: World) -> None:
    """In the season it was moved on by hand; the edited pipeline has it further by then."""
    engine = world.engine
    slow = engine.pipeline("tax").change("Collect", automove=False)
    engine.save(slow)
    job = engine.start("tax", world.account())
    engine.complete(engine.job(job).item("Organizer"))
    engine.move(job, "Extra")

    replay = engine.replay(engine.pipeline("tax").change("Collect", automove=True))

    assert [one.why for one in replay.lost] == ["it has gone further already"]
    assert replay.jobs[0].after.path == ("collect", "bill")


def test_what_others_do_to_the_tags_of_an_account_is_done_again(world: World) -> None:
    """By hand, or by the jobs of other pipelines, at its instant; accounts begin as they were."""
    engine = world.engine
    engine.save(Pipeline("Other", [Stage("Tag", [UpdateAccountTags(add={"vip"})]), Stage("End")]))
    ada, bob = world.account("Ada"), world.account("Bob")
    engine.start(TAX, bob)
    world.advance(days=1)
    job = engine.start(TAX, ada)
    engine.start("other", ada)
    engine.tag(bob, {"vip"})
    world.advance(days=1)
    engine.complete(engine.job(job).item("Organizer"))
    engine.tag(ada, (), {"vip"})
    engine.tag(ada, {"later"})

    replay = engine.replay(engine.pipeline("tax"))

    same(replay)
    assert replay.jobs[1].after.path == ("collect", "extra")
    same(engine.replay(engine.pipeline("tax"), since=date(2026, 1, 6)))


def test_an_account_begins_without_what_answers_gave_it_later(world: World) -> None:
    """A tag that was there before is nobody's answer yet, so that no other answer takes it back."""
    engine = world.engine
    line = Pipeline(
        "Ask",
        [
            Stage("One", [CreateOrganizer(ORGANIZER)], automove=True),
            Stage("Two", when=tagged("business")),
            Stage("Three"),
        ],
    )
    engine.save(line)
    job = engine.start(line, world.account(tags=["business"]))
    sheet = job.items[0]
    engine.record(sheet, OrganizerSubmitted({"Anything else?": "no"}))
    world.advance(days=1)
    engine.tag(job.account, remove={"business"})
    engine.record(sheet, OrganizerReturned())
    world.advance(days=1)
    engine.record(sheet, OrganizerSubmitted({BUSINESS: "Yes"}))
    assert engine.account(job.account).answered == {"business": (sheet.id,)}

    replay = engine.replay(line)

    same(replay)
    assert replay.jobs[0].after.path == ("one", "two")


def test_what_was_done_at_birth_is_done_again(world: World) -> None:
    """As when a bill was paid from credit at once."""
    engine, account = world.engine, world.account()
    bill = InvoiceTemplate("Bill", FEE.lines, on_account=True)
    world.invoices.credit.add(account.id)
    engine.save(bill, engine.pipeline("tax").add("Bill", CreateInvoice(bill)))
    engine.start("tax", account, stage="Bill")

    same(engine.replay(engine.pipeline("tax")))


def test_how_often_something_was_set_before_makes_no_difference() -> None:
    """The dates of jobs are as now, so that a timer of then may never have been set."""
    world = World()
    moved = Stage("Later", [UpdateJob(due=After(days=9))])
    near = AroundDate("due", After(days=-3), [SendEmail(WELCOME)])
    world.engine.save(WELCOME, Pipeline("Tax", [Stage("Collect"), moved], triggers=[near]))
    job = world.engine.start("tax", world.account(), due=date(2026, 2, 20))
    world.engine.move(job, "Later")
    world.advance(days=12)

    (went,) = world.engine.replay(world.engine.pipeline("tax")).jobs

    assert went.before.requests != went.after.requests
    assert [port for port, _ in went.before.requests] == ["email"]
    assert not went.differs


def test_a_reminder_by_hand_is_the_same_whatever_was_counted_before() -> None:
    """Its key tells how many timers there were."""
    one = Course((), {}, (("email", "default/job-1/1/by-hand/4/email"),))
    other = Course((), {}, (("email", "default/job-1/1/by-hand/3/email"),))
    third = Course((), {}, (("email", "default/job-1/2/by-hand/3/email"),))

    assert not ReplayedJob("job-1", "Tax", "Ada", one, other).differs
    assert ReplayedJob("job-1", "Tax", "Ada", one, third).differs


def test_what_asks_nothing_rests_also_when_it_was_reopened() -> None:
    """A message without tasks for the client is never waited for."""
    world = World()
    news = MessageTemplate("News", subject="News")
    world.engine.save(news, Pipeline("Tax", [Stage("Collect", [SendMessage(news)]), Stage("Done")]))
    job = world.engine.record(world.job_at("tax", "Collect").items[0], Cancelled("a mistake"))
    world.advance(days=1)
    world.engine.reopen(job.items[0], "it was none")
    world.advance(days=1)

    (went,) = world.engine.replay(world.engine.pipeline("tax")).jobs

    assert went.before.items == went.after.items == {"job-1/1": ItemState.RESOLVED}


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (["12.1/a/email"], ["12.2/a/email"], False),
        (["1.1/a/email"], ["2.1/a/email"], True),
        (["1.1/a/email", "1.2/a/email"], ["1.1/a/email"], True),
        (["1/by-hand/9/email"], ["1/by-hand/10/email"], False),
        (["1/2.1"], ["1/2.2"], True),
    ],
)
def test_only_what_counts_firings_and_nudges_is_alike(
    one: list[str], other: list[str], differs: bool
) -> None:
    """Visits, items, and how many requests there were are not."""
    courses = [
        Course((), {}, tuple(("email", f"default/job-1/{key}") for key in keys))
        for keys in (one, other)
    ]

    assert ReplayedJob("job-1", "Tax", "Ada", *courses).differs is differs
