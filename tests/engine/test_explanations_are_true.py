"""Explanations are true: what one names moves the job, and nothing less does."""

from collections.abc import Iterable
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeflow import (
    Automation,
    BankPayments,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    Engine,
    Explanation,
    Item,
    Job,
    Open,
    PaymentReceived,
    PipeflowError,
    Pipeline,
    Reminders,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    Status,
    UpdateAccountTags,
    WaitReason,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Changes, RowKey
from pipeflow.testing import World
from tests.firms import (
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
    usd,
)

DAILY = Reminders(every=1, times=2)
ASIDE = CreateTask(REVIEW, holds=False)
AUTOMATIONS: list[Automation] = [
    CreateTask(PREPARE),
    CreateTask(REVIEW, when=tagged("business")),
    ASIDE,
    CreateOrganizer(ORGANIZER, holds=False, reminders=DAILY),
    CreateInvoice(FEE, reminders=DAILY),
    CreateOrganizer(ORGANIZER, reminders=DAILY),
    SendProposal(LETTER),
    SendProposal(PAID_LETTER, reminders=DAILY),
    SendMessage(CHECKLIST),
    SendMessage(NEWS),
    SendEmail(WELCOME),
    UpdateAccountTags(add={"business"}),
]
STAGES = st.lists(
    st.tuples(st.lists(st.sampled_from(AUTOMATIONS), max_size=3), st.booleans(), st.booleans()),
    min_size=2,
    max_size=4,
)
NUMBER = st.integers(0, 99)
WHAT = st.sampled_from(
    [
        "complete", "complete", "complete", "cancel", "decline", "reopen", "link", "unlink", "move",
        "pause", "resume", "status", "undo", "tag", "part payment", "debit", "lose a template",
        "retry", "abandon", "days",
    ]
)  # fmt: skip


def firm_of(stages: Iterable[tuple[list[Automation], bool, bool]], policy: BankPayments) -> World:
    """Open a firm with a pipeline of these stages: automations, automove, and conditional."""
    world = World()
    made = [*stages]
    pipeline = Pipeline(
        "Tax",
        [
            Stage(
                f"Stage {number}",
                automations,
                automove=automove and number < len(made) - 1,
                when=tagged("business") if where and 0 < number < len(made) - 1 else None,
            )
            for number, (automations, automove, where) in enumerate(made)
        ],
        statuses=[Status("Waiting", quiet=True)],
    )
    world.engine.save(*TEMPLATES, pipeline, Settings(bank_payments=policy, attempts=2))
    return world


def happen(  # noqa: C901, PLR0912  (a case a thing)
    world: World, job: Job, what: str, number: int
) -> None:
    """Let one thing happen, if it can."""
    engine, now = world.engine, world.engine.job(job)
    item = now.items[number % len(now.items)] if now.items else None
    try:
        match what:
            case "complete" if item is not None:
                engine.complete(item)
            case "cancel" if item is not None:
                engine.unlink(job, item) if number % 2 else engine.move(job, now.stage)
            case "decline" if item is not None:
                engine.record(item, Declined(reason="too dear"))
            case "reopen" if item is not None:
                engine.reopen(item, "by mistake")
            case "link":
                engine.link(job, f"l-{len(now.items)}", "task" if number % 2 else "note")
            case "move":
                stages = engine.pipeline(now.pipeline).stages
                chosen = [*Open][number % 4]
                engine.move(job, stages[number % len(stages)], open=chosen)
            case "pause":
                engine.pause(job, "no papers")
            case "resume":
                engine.resume(job)
            case "status":
                engine.set_status(job, ["Active", "Waiting", "Completed"][number % 3])
            case "undo":
                engine.undo(job)
            case "tag":
                engine.tag(now.account, add={"business"})
            case "part payment" if item is not None:
                engine.record(item, PaymentReceived(usd("10"), reference=f"p-{number}"))
            case "debit" if item is not None:
                paid = PaymentReceived(usd("100"), cleared=False, reference=f"d-{number}")
                engine.record(item, paid)
            case "lose a template":
                lose(world, ["prepare", "fee", "organizer"][number % 3])
            case "retry" | "abandon" if now.blocked:
                call = engine.retry if what == "retry" else engine.abandon
                call(now.blocked[number % len(now.blocked)].key)
            case "days":
                world.advance(days=number % 4)
            case _:
                pass
    except PipeflowError:
        pass


def lose(world: World, template: str) -> None:
    """Let a template be gone, as an older version might have let it."""
    key = RowKey("template", template)
    there = world.store.read("default", [key, RowKey("firm", "")]).rows
    if key in there:
        firm = there[RowKey("firm", "")]
        world.store.commit(
            Changes(
                "default",
                {key: there[key].version, RowKey("firm", ""): firm.version},
                puts={RowKey("firm", ""): firm.value},
                deletes=(key,),
            )
        )


def after_doing(world: World, job: Job, todo: Iterable[Any], explained: Explanation) -> Job:
    """Return the job as it stands when some of what was named is done, in a copy of the firm."""
    store = MemoryStore(clock=world.clock)
    store.restore(world.store.export("default"))
    engine = Engine(store=store, clock=world.clock, deliver=False)
    before = engine.job(job)
    visit, known = before.visit, {item.id for item in before.items}
    for one in todo:
        if engine.job(job).visit == visit:
            engine.complete(one) if isinstance(one, Item) else engine.abandon(one.key)
    for name in explained.to_come:
        for item in engine.job(job).open_items:
            if item.name == name and item.id not in known and engine.job(job).visit == visit:
                engine.complete(item)
    return engine.job(job)


@settings(max_examples=120, deadline=None)
@given(
    stages=STAGES,
    policy=st.sampled_from(BankPayments),
    script=st.lists(st.tuples(WHAT, NUMBER), max_size=12),
)
def test_doing_all_that_is_named_moves_a_job_and_leaving_out_any_one_does_not(
    stages: list[tuple[list[Automation], bool, bool]],
    policy: BankPayments,
    script: list[tuple[str, int]],
) -> None:
    """Or it says that only a hand moves it; then all of it moves nothing."""
    world = firm_of(stages, policy)
    job = world.engine.start("tax", world.account())
    for what, number in script:
        happen(world, job, what, number)
    now, explained = world.engine.job(job), world.engine.explain(job)
    here = [one for one in now.blocked if one.required and one.visit == now.visit]
    todo: list[Any] = [*explained.waits_for, *here]

    done = after_doing(world, now, todo, explained)

    if explained.reason is WaitReason.NEXT_FACT:
        assert world.engine.reevaluate(job).visit > now.visit
    elif explained.reason is WaitReason.OPEN_ITEMS:
        assert done.visit > now.visit, str(explained)
        for left_out in todo:
            some = [one for one in todo if one is not left_out]
            stays = after_doing(world, now, some, explained)
            assert stays.visit == now.visit, str(explained)
    elif explained.reason is WaitReason.BLOCKED:
        alone = "Retry or abandon it" in explained.sentence
        assert (done.visit > now.visit) == alone, str(explained)
    else:
        assert not explained.moves_itself
        assert done.visit == now.visit, str(explained)


@settings(max_examples=120, deadline=None)
@given(stages=STAGES, script=st.lists(st.tuples(WHAT, NUMBER), max_size=12))
@example(stages=[([], False, False), ([], False, False)], script=[("link", 1), ("move", 1)])
@example(stages=[([], False, False), ([ASIDE], False, False)], script=[("move", 1)])
@example(stages=[([ASIDE], False, False), ([], False, False)], script=[("pause", 0)])
@example(stages=[([ASIDE], True, False), ([], False, False)], script=[("complete", 0)])
def test_whatever_ended_or_is_silent_in_a_visit_is_named(
    stages: list[tuple[list[Automation], bool, bool]], script: list[tuple[str, int]]
) -> None:
    """Every cancelled, declined, failed, withheld or quiet thing, and no rule's number."""
    world = firm_of(stages, BankPayments.CLEARED)
    world.invoices.fail_next(OSError("down"), times=2)
    job = world.engine.start("tax", world.account())
    for what, number in script:
        happen(world, job, what, number)

    now, explained = world.engine.job(job), world.engine.explain(job)
    told = str(explained)

    for item in now.items_here:
        if str(item.state) == "resolved" and item.asks:
            assert f"no longer waits for {item.kind} {item.name!r} ({item.id})" in told
        if str(item.state) == "pending":
            line = next(line for line in told.splitlines() if f"({item.id})" in line)
            if "declined" in item.marks:
                assert "declined" in line
            if item.reminders is not None and item.remind_at is None:
                words = ("reminder", "reminded", "declined")
                assert any(word in line for word in words), line
    for failure in world.engine.failures():
        assert failure.key in told
    nothing_at_all = any(words in told for words in ("Nothing is open.", "Nothing is open:"))
    assert not (nothing_at_all and ("left open" in told or now.open_items))
    assert not (nothing_at_all and world.engine.work(account=now.account))
    completed = any(str(item.state) == "completed" for item in now.items_here)
    assert not ("Nothing was completed" in explained.sentence and completed)
    assert "Nothing holds it" not in told or explained.reason is WaitReason.NEXT_FACT
    assert explained.sentence.count("moves on by itself") <= 1
