"""Organizers, threads, tags and statuses beside links, undoes, transfers and pauses."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from pipeflow import (
    Account,
    CreateOrganizer,
    CreateTask,
    Engine,
    ItemState,
    MessageTemplate,
    OrganizerReturned,
    OrganizerSubmitted,
    OrganizerTemplate,
    OrganizerUpdated,
    Pipeline,
    Question,
    Ref,
    Repeat,
    SendMessage,
    SetStatus,
    Stage,
    Status,
    TagChange,
    TaskTemplate,
    ThreadArchived,
)
from pipeflow.model.facts import OrganizerSealed, ThreadReopened
from pipeflow.testing import World

ASKED = Question("Business?", choices={"Yes": TagChange(add={"biz"}), "No": None})
ORGANIZER = OrganizerTemplate("Organizer", questions=[ASKED])
NEWER = OrganizerTemplate("Organizer", questions=[Question("Rent?")])
CALL = TaskTemplate("Call")
NEWS = MessageTemplate("News", subject="News", body="Read this")
YES, NO = OrganizerSubmitted({"Business?": "Yes"}), OrganizerSubmitted({"Business?": "No"})
ASKS = Stage("A", automove=True, automations=[CreateOrganizer(ORGANIZER)])


def office(*pipelines: Pipeline) -> tuple[World, Engine, Account]:
    """Open a firm."""
    world = World()
    world.engine.save(ORGANIZER, CALL, NEWS, *pipelines)
    return world, world.engine, world.account()


def ref_of(engine: Engine, job: Any) -> Ref:
    """Return the reference of a job's first item."""
    ref = engine.job(job.id).items[0].ref
    assert ref is not None
    return ref


# -- links ---------------------------------------------------------------------------------------


def test_newer_questions_reach_an_organizer_wherever_it_is_linked() -> None:
    """It is one organizer, and what is submitted answers it on every job (A-8)."""
    empty = Stage("A", automove=True)
    _, engine, account = office(
        Pipeline("P", [ASKS, Stage("B")]), Pipeline("Q", [empty, Stage("B")])
    )
    job, other = engine.start("p", account), engine.start("q", account)
    ref = ref_of(engine, job)
    engine.link(other, ref, "organizer", "Organizer")
    engine.save(NEWER, replace=True)

    engine.update_organizers("organizer")
    engine.update_organizers("organizer")
    moved = engine.receive(ref, OrganizerSubmitted({"Rent?": "no"}))

    assert [one.stage for one in moved] == ["b", "b"]
    told = [event for event in engine.history(other) if isinstance(event, OrganizerUpdated)]
    assert len(told) == 1


def test_an_organizer_that_is_done_goes_on_asking_what_it_asked() -> None:
    """Also beside one of its template that waits (domain.md part 5)."""
    twice = [CreateOrganizer(ORGANIZER), CreateOrganizer(ORGANIZER)]
    _, engine, account = office(Pipeline("P", [Stage("A", automations=twice), Stage("B")]))
    done, waits = engine.start("p", account).items
    engine.record(done, YES)
    engine.save(NEWER, replace=True)

    engine.update_organizers("organizer")

    job = engine.job(done.job)
    asked = [getattr(job.item(one.id).progress, "questions", ()) for one in (done, waits)]
    assert asked == [(ASKED,), NEWER.questions]


def test_a_reply_does_not_go_into_a_thread_that_was_archived_before_it_was_linked() -> None:
    """It is put away wherever it is (A-48), until it is opened again."""
    reply = SendMessage(NEWS, thread="reply_to_latest")
    world, engine, account = office(
        Pipeline("P", [Stage("A", automations=[SendMessage(NEWS)])]),
        Pipeline(
            "Q", [Stage("A"), Stage("B", automations=[reply]), Stage("C", automations=[reply])]
        ),
    )
    job, other = engine.start("p", account), engine.start("q", account)
    ref = ref_of(engine, job)
    engine.receive(ref, ThreadArchived())
    engine.link(other, ref, "message", "News")

    engine.move(other, "B")
    assert world.messages.sent[-1].reply_to is None


def test_a_sealed_organizer_is_waited_for_nowhere() -> None:
    """The client can answer no more (A-10), until it is unsealed."""
    _, engine, account = office(Pipeline("P", [ASKS, Stage("B")]), Pipeline("Q", [Stage("A")]))
    job, other = engine.start("p", account), engine.start("q", account)
    ref = ref_of(engine, job)
    engine.receive(ref, OrganizerSealed())

    other = engine.link(other, ref, "organizer", "Organizer")

    assert other.items[0].state is ItemState.RESOLVED
    assert [work.job for work in engine.work()] == []


def test_an_opened_thread_is_open_wherever_it_is_linked() -> None:
    """What was put away there is taken out there."""
    world, engine, account = office(
        Pipeline("P", [Stage("A", automations=[SendMessage(NEWS)])]),
        Pipeline(
            "Q",
            [Stage("A"), Stage("B", automations=[SendMessage(NEWS, thread="reply_to_latest")])],
        ),
    )
    job, other = engine.start("p", account), engine.start("q", account)
    ref = ref_of(engine, job)
    engine.receive(ref, ThreadArchived())
    engine.link(other, ref, "message", "News")
    engine.receive(ref, ThreadReopened())

    engine.move(other, "B")

    assert world.messages.sent[-1].reply_to is not None


# -- tags ----------------------------------------------------------------------------------------


def test_a_tag_that_was_saved_by_hand_is_not_taken_back_with_an_answer() -> None:
    """Somebody else set it since (R-40), as with `tag`."""
    _, engine, account = office(Pipeline("P", [Stage("A", automations=ASKS.automations)]))
    item = engine.start("p", account).items[0]
    engine.record(item, YES)
    for tags in ((), ("biz",)):
        saved = engine.save(attrs.evolve(engine.account(account.id), tags=tags))
        assert saved == engine.account(account.id)
        assert saved.answered == engine.account(account.id).answered
    engine.record(item, OrganizerReturned())

    engine.record(item, NO)

    assert engine.account(account.id).tags == {"biz"}


def test_what_an_answer_gave_goes_with_it_when_another_tag_was_saved_by_hand() -> None:
    """Only what somebody touched is theirs."""
    _, engine, account = office(Pipeline("P", [Stage("A", automations=ASKS.automations)]))
    item = engine.start("p", account).items[0]
    engine.record(item, YES)
    engine.save(attrs.evolve(engine.account(account.id), tags={"biz", "vip"}))
    engine.record(item, OrganizerReturned())

    engine.record(item, NO)

    assert engine.account(account.id).tags == {"vip"}


# -- statuses ------------------------------------------------------------------------------------

AUTO = Status("Auto", automations=[CreateTask(CALL)], automove=True)


def test_what_comes_along_out_of_a_status_by_a_transfer_holds_the_new_stage() -> None:
    """The status is over (A-16), and the item was carried over (R-24)."""
    _, engine, account = office(
        Pipeline("P", [Stage("A"), Stage("B")], statuses=[AUTO]),
        Pipeline("Q", [Stage("X", automove=True), Stage("Y")]),
    )
    job = engine.start("p", account)
    engine.set_status(job, "Auto")
    job = engine.transfer(job, "q", open="carry")

    assert "waits for task 'Call'" in str(engine.explain(job))
    assert engine.complete(job.items[0]).stage == "y"


def test_what_comes_along_within_a_status_goes_on_to_hold_that() -> None:
    """The job stays in it through a move."""
    _, engine, account = office(Pipeline("P", [Stage("A"), Stage("B")], statuses=[AUTO]))
    job = engine.start("p", account)
    engine.set_status(job, "Auto")
    job = engine.move(job, "B", open="carry")

    assert "until task 'Call' is done" in str(engine.explain(job))
    assert engine.complete(job.items[0]).status == "Active"


def test_an_undo_gives_an_item_back_to_the_status_that_it_belonged_to() -> None:
    """It had come along into another setting of the status (R-26, domain.md 2.6)."""
    waits = Status("Wait", automations=[CreateTask(CALL, repeat=Repeat.UNLESS_OPEN)], automove=True)
    _, engine, account = office(
        Pipeline(
            "P",
            [Stage("A"), Stage("B", automations=[SetStatus("Other")])],
            statuses=[waits, Status("Other", automations=[SetStatus("Wait")])],
        )
    )
    job = engine.start("p", account)
    before = engine.set_status(job, "Wait")
    engine.move(job, "B")

    job = engine.undo(job).job

    assert job.items[0].scope == before.items[0].scope == job.scope
    assert engine.complete(job.items[0]).status == "Active"


@pytest.mark.parametrize("paused_first", [True, False])
def test_a_paused_job_whose_status_waits_for_nothing_more_says_so(paused_first: bool) -> None:
    """It is Active when it is resumed (R-27, domain.md 2.6)."""
    _, engine, account = office(Pipeline("P", [Stage("A"), Stage("B")], statuses=[AUTO]))
    job = engine.start("p", account)
    job = engine.set_status(job, "Auto")
    engine.pause(job, "holidays")
    if paused_first:
        assert "until task 'Call' is done" in str(engine.explain(job))
    engine.complete(job.items[0])

    told = str(engine.explain(job))

    assert "ended by hand" not in told
    assert "Its status 'Auto' waits for nothing more: it ends when the job is resumed" in told
    assert engine.resume(job).status == "Active"
