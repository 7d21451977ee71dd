"""Whatever is done, a branch comes to what the firm would have come to; so does one of a branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Engine,
    Job,
    PipeflowError,
    Pipeline,
    Reminders,
    SendEmail,
    Stage,
    Status,
    UpdateAccountTags,
    tagged,
)
from pipeflow.testing import World
from tests.firms import FEE, ORGANIZER, PREPARE, TEMPLATES, WELCOME

DAILY = Reminders(every=1, times=3)
TAX = Pipeline(
    "Tax",
    stages=[
        Stage(
            "Collect", [CreateOrganizer(ORGANIZER, reminders=DAILY), SendEmail(WELCOME)],
            automove=True,
        ),
        Stage("Extra", [CreateTask(PREPARE), UpdateAccountTags(remove={"vip"})],
              when=tagged("vip"), automove=True),
        Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)], automove=True),
        Stage("Done", [SendEmail(WELCOME, when=~tagged("vip"))]),
    ],
    statuses=[Status("Waiting", quiet=True)],
)  # fmt: skip
JOBS = ("job-1", "job-2", "job-3")

Step: TypeAlias = tuple[str, str, Any]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.just(""), st.integers(0, 60)),
        st.tuples(st.just("move"), st.sampled_from(JOBS), st.sampled_from(TAX.stages).map(
            lambda stage: stage.id
        )),
        st.tuples(st.sampled_from(["complete", "reopen", "remind"]), st.sampled_from(JOBS),
                  st.integers(0, 3)),
        st.tuples(st.just("set_status"), st.sampled_from(JOBS),
                  st.sampled_from(["Active", "Waiting", "Completed", "Archived"])),
        st.tuples(st.sampled_from(["pause", "resume", "undo", "delete"]), st.sampled_from(JOBS),
                  st.none()),
        st.tuples(st.just("tag"), st.sampled_from(["account-1", "account-2"]), st.booleans()),
    ),
    max_size=12,
)  # fmt: skip


def taken(engine: Engine, advance: Callable[..., Any], step: Step) -> str:
    """Take a step; return the error that it ended with, if any."""
    call, about, how = step
    try:
        match call:
            case "advance":
                advance(hours=how)
            case "complete" | "reopen" | "remind":
                items = engine.job(about).items
                if items:
                    getattr(engine, call)(items[how % len(items)])
            case "move" | "set_status":
                getattr(engine, call)(about, how)
            case "tag":
                engine.tag(about, add={"vip"} if how else (), remove=() if how else {"vip"})
            case _:
                getattr(engine, call)(about)
    except PipeflowError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def told(engine: Engine) -> list[Any]:
    """Tell all that a firm has come to, but for the references that ports gave."""
    found: list[Any] = [_of(job) for job in engine.jobs()]
    for job in engine.jobs():
        history = engine.history(job)
        found.append([one.sentence() for one in history if " took " not in one.sentence()])
    found.append([sorted(account.tags) for account in engine.accounts()])
    found.append([(one.key, one.attempts) for one in engine.failures()])
    found.append([(work.job.id, work.side, work.since) for work in engine.work()])
    return found


def _of(job: Job) -> Any:
    items = [(item.id, item.state, item.reminded, item.remind_at, item.told) for item in job.items]
    return job.id, job.stage, job.status, job.visit, job.entered, job.paused, job.edition, items


@given(before=STEPS, steps=STEPS, at=st.integers(0, 12))
@settings(max_examples=60)
def test_a_branch_comes_to_what_the_firm_comes_to(
    before: list[Step], steps: list[Step], at: int
) -> None:
    """Step by step, errors among them, and wherever another branch takes over on the way."""
    world = World()
    world.engine.save(*TEMPLATES, TAX)
    ada, bob = world.account("Ada", tags=["vip"]), world.account("Bob")
    for account in (ada, bob, ada):
        world.engine.start(TAX, account)
    for step in before:
        taken(world.engine, world.advance, step)
    firm = list(world.store.export("default"))
    mails = len(world.email.sent)

    branch = world.engine.what_if()
    ends = [taken(branch, branch.advance, step) for step in steps[:at]]
    deeper = branch.what_if()
    ends += [taken(deeper, deeper.advance, step) for step in steps[at:]]

    came_to = told(deeper)

    assert list(world.store.export("default")) == firm
    expected = [taken(world.engine, world.advance, step) for step in steps]
    assert ends == expected
    assert came_to == told(world.engine)
    asked = [one for one in (*branch.requests, *deeper.requests) if one.port == "email"]
    assert [one.key for one in asked] == [one.key for one in world.email.sent[mails:]]
