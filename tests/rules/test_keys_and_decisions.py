"""Decisions can be repeated, and the keys of what they ask for are never those of another thing."""

from datetime import timedelta
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    After,
    ClientView,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailMode,
    EmailTemplate,
    Job,
    Priority,
    SendEmail,
    SendMessage,
    SendProposal,
    Stage,
    TaskCompleted,
    TimeInStage,
    rules,
)
from pipeflow.model.jobs import Alarm, BlockedAutomation
from pipeflow.model.record import replaced
from pipeflow.model.text import text_problems
from pipeflow.ports.keys import part_of
from pipeflow.rules.draft import Draft
from tests.rules.states import (
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    LETTER,
    MIA,
    NOON,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    TEMPLATES,
    account_of,
    after,
    begun,
    book_of,
    completed,
    item_of,
    moved,
    opening,
    reminded,
    state_of,
    told,
)

ALL = [
    CreateTask(PREPARE),
    CreateInvoice(FEE, reminders=DAILY),
    CreateOrganizer(ORGANIZER),
    SendProposal(LETTER),
    SendProposal(PAID_LETTER),
    SendMessage(CHECKLIST),
]
TEXTS = st.text(max_size=90).filter(lambda text: not [*text_problems(text, "$", empty=False)])


@given(st.permutations(ALL), st.booleans())
def test_the_same_input_gives_the_same_decision(order: list[Any], automove: bool) -> None:
    """No clock, no chance, no memory: a book that was used before decides like a new one."""
    stages = (Stage("Intake", order, automove=automove), Stage("Next", order), DONE)
    used, fresh = book_of(*stages), book_of(*stages)
    opening(book=used)

    first, again = opening(book=used), opening(book=fresh)
    state = begun(book=used)
    before = repr(state.job)
    done = [told(state, "Prepare", TaskCompleted()) for _ in range(2)]

    assert first == again
    assert repr(first) == repr(again)
    assert done[0] == done[1]
    assert repr(state.job) == before


def test_a_decision_that_changes_nothing_hands_back_the_very_job() -> None:
    """There is nothing to commit."""
    state = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)

    stays = moved(state, "intake")
    waits = rules.reevaluate(state, NOON, MIA)

    assert (stays.changed, waits.changed) == (False, False)
    assert stays.job is waits.job is state.job
    assert stays.events == waits.events == ()
    assert (stays.account, stays.requests, stays.timers, stays.cancels) == (None, (), (), ())


def test_a_decision_leaves_what_it_does_not_change_as_it_was() -> None:
    """Whatever a job has: here each field is another one than by default."""
    day, blocked = NOON.date(), BlockedAutomation("k", "tax", "intake", "a", 1, "gone")
    alarm = Alarm("time-in-stage", "3", NOON + timedelta(15), "t")
    last = Stage("Done", triggers=[TimeInStage(After(days=14), [CreateTask(PREPARE)])])
    state = state_of(
        Stage("Intake"), last, name="Unlike", stage="done", status="On hold", visit=3,
        entered=NOON + timedelta(1), created=NOON - timedelta(1), items=(item_of("Prepare"),),
        assignees=frozenset({"mia"}), priority=Priority.URGENT, start=day,
        due=day + timedelta(9), description="Described", comments="Commented",
        time_budget=timedelta(hours=4), client_view=ClientView("Seen"), fired=frozenset({"f"}),
        blocked=(blocked,), armed=5, present=1, carried=(0,), highest=4, paused="because",
        scope=4, alarms=(alarm,), follow_ups=("job-1.1",), starter="job-0",
        edition=7,
    )  # fmt: skip
    draft = Draft(state, NOON, MIA)
    draft.warn("something")

    job = draft.decide().job

    assert job == state.job
    assert job is not state.job
    for field in attrs.fields(Job):
        assert getattr(job, field.name) != field.default


def test_what_different_people_do_stands_in_different_chapters() -> None:
    """Automove is the system's, whoever told the fact."""
    state = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)

    decision = told(state, "Prepare", TaskCompleted())

    assert [chapter.actor for chapter in decision.chapters] == [MIA, rules.SYSTEM]
    by_system = told(state, "Prepare", TaskCompleted(), by=rules.SYSTEM)
    assert [chapter.actor for chapter in by_system.chapters] == [rules.SYSTEM]


def test_an_account_is_handed_back_only_where_it_changed() -> None:
    """So that two jobs of an account do not collide for nothing."""
    assert opening(Stage("Intake", [CreateTask(PREPARE)]), DONE).account is None


def test_each_thing_that_a_job_asks_for_has_a_key_of_its_own() -> None:
    """Over visits, reminders, acceptances and mails to several contacts."""
    each = EmailTemplate("Each", subject="S", mode=EmailMode.CONTACT)
    stage = Stage("Intake", [*ALL, SendEmail(each), SendEmail(each)])
    book = book_of(stage, DONE, templates=(*TEMPLATES, each))
    keys: list[str] = []
    decision = opening(book=book)
    state = begun(book=book)

    def take(decision: rules.Decision) -> rules.State:
        keys.extend(one.key for one in decision.requests)
        keys.extend(one.key for one in decision.timers)
        return after(state, decision)

    take(decision)
    state = take(reminded(state, "Fee"))
    state = take(rules.remind_by_hand(state, state.job.item("Fee").id, NOON, MIA))
    state = take(rules.remind_by_hand(state, state.job.item("Fee").id, NOON, MIA))
    facts = rules.completing_facts(state.job.item("Paid letter"))
    state = take(told(state, "Paid letter", *facts))
    state = take(moved(state, "done"))
    state = take(moved(state, "intake"))
    state = take(rules.begin(state, state.job.item("Fee").id, NOON))
    state = take(reminded(state, "Fee"))

    assert len(keys) == len(set(keys))
    assert all(key.startswith("firm/job-1/") for key in keys)


@given(
    st.tuples(TEXTS, TEXTS, st.integers(1, 30), TEXTS),
    st.tuples(TEXTS, TEXTS, st.integers(1, 30), TEXTS),
)
def test_keys_of_different_things_differ(
    one: tuple[str, str, int, str], other: tuple[str, str, int, str]
) -> None:
    """Whatever slashes and signs stand in the ids of tenants, jobs and automations."""

    def key(of: tuple[str, str, int, str]) -> str:
        tenant, job, visit, automation = of
        state = state_of(Stage("Intake"), id=job, visit=visit)
        stage = Stage("Next", [CreateTask(PREPARE, id=automation)])
        book = book_of(Stage("Intake"), stage)
        state = replaced(state, tenant=tenant, book=book)
        (request,) = rules.move(state, stage, frozenset(), NOON, MIA).requests
        return request.key

    assert (key(one) == key(other)) is (one == other)
    assert key(one).isascii()
    assert len(key(one)) <= 255


@given(TEXTS, st.integers(1, 30))
def test_keys_about_an_item_are_not_those_of_an_automation(automation: str, number: int) -> None:
    """Though both begin with firm and job, and a visit may bear the number of an item."""
    state = state_of(Stage("Intake"), visit=number)
    draft = Draft(state, NOON, MIA)
    item = item_of("Fee", number=number)

    about = {
        draft.item_key(item, "reminder", "1", "1"),
        draft.item_key(item, "reminder", "1", "email"),
        draft.item_key(item, "by-hand", "1", "email"),
    }

    made = draft.key(part_of(automation))
    assert not about & {made, f"{made}/1", f"{made}/acceptance"}


@given(st.lists(st.sampled_from(["Prepare", "Fee", "Organizer", "Letter"]), unique=True))
def test_steps_that_follow_one_another_never_lose_an_item(order: list[str]) -> None:
    """Items only come; each keeps its place and its id."""
    state = begun(Stage("Intake", ALL, automove=True), DONE)

    done = completed(state, *order)

    assert [item.id for item in done.job.items] == [f"job-1/{n}" for n in range(1, 7)]
    assert account_of().id == done.account.id
