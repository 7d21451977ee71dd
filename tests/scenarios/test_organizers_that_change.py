"""Organizers: their template is edited, and those that nobody has started ask what it asks now."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    Contact,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    Engine,
    Job,
    NotAllowedError,
    NotFoundError,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSealed,
    OrganizerSubmitted,
    OrganizerTemplate,
    OrganizerUnsealed,
    OrganizerUpdated,
    Pipeline,
    Question,
    Questionnaire,
    ReminderText,
    RequestWithdrawn,
    Section,
    Stage,
    TaskTemplate,
    Warned,
)
from pipeflow.ports import Authorizer, Organizer, OrganizersPort, Ports, Receipt
from pipeflow.testing import FakeTasks, World

BEFORE = OrganizerTemplate("Organizer", questions=[Question("Income?")], title="Your return")
AFTER = OrganizerTemplate(
    "Organizer",
    questions=[Question("Income?"), Question("Rent?")],
    title="Your [CURRENT_YEAR]",
    folder="Uploads",
)
CALL = TaskTemplate("Call")
TAX = Pipeline(
    "Tax",
    [Stage("Collect", automations=[CreateOrganizer(BEFORE), CreateTask(CALL)]), Stage("Done")],
)


def sent(engine: Engine, *, times: int) -> list[Job]:
    """Send organizers to a client, one a job."""
    engine.save(TAX, BEFORE, CALL)
    ada = engine.save(Account("Ada", contacts=[Contact("Ada", email="ada@example.com")]))
    return [engine.start(TAX, ada) for _ in range(times)]


def asks(engine: Engine, job: Job) -> list[str]:
    """Return what the organizer of a job asks."""
    progress = engine.job(job).items[0].progress
    assert isinstance(progress, Questionnaire)
    return [question.text for question in progress.questions]


def test_organizers_that_nobody_has_started_ask_what_the_template_asks_now(
    pipeflow_world: World,
) -> None:
    """One that is begun, returned, submitted, sealed or of an archived job stays as it was sent."""
    world, engine = pipeflow_world, pipeflow_world.engine
    fresh, begun, returned, submitted, sealed, archived = sent(engine, times=6)
    engine.record(begun.items[0], OrganizerSaved({"Income?": "10"}))
    for one in (returned, submitted):
        engine.record(one.items[0], OrganizerSubmitted({"Income?": "10"}))
    engine.record(returned.items[0], OrganizerReturned())
    engine.record(sealed.items[0], OrganizerSealed())
    engine.archive(archived)
    engine.save(AFTER, replace=True)
    assert asks(engine, fresh) == ["Income?"]

    (done,) = engine.update_organizers(AFTER)

    assert (done.id, done.ok) == (fresh.id, True)
    assert asks(engine, fresh) == ["Income?", "Rent?"]
    assert engine.job(fresh).items[0].title == "Your 2026"
    assert len(engine.history(fresh).of(OrganizerUpdated)) == 1
    for one in (begun, returned, submitted, sealed, archived):
        assert asks(engine, one) == ["Income?"]
    (told,) = world.organizers.updated
    assert (told.ref, told.request) == ("organizer-1", world.organizers.created[0].key)
    assert (told.title, told.folder) == ("Your 2026", "Uploads")
    assert len(told.questions) == 2
    engine.record(sealed.items[0], OrganizerUnsealed())
    assert sealed.id in {one.id for one in engine.update_organizers("organizer")}


def test_answers_to_the_new_questions_are_taken(pipeflow_world: World) -> None:
    """The client answers what is asked now."""
    engine = pipeflow_world.engine
    (job,) = sent(engine, times=1)
    engine.save(AFTER, replace=True)
    engine.update_organizers(AFTER)

    job = engine.record(job.items[0], OrganizerSubmitted({"Rent?": "20"}))

    assert [item.name for item in job.open_items] == ["Call"]


def test_of_several_changes_the_host_is_told_the_last_one() -> None:
    """What has not left yet would say less than now holds."""
    engine = World(deliver=False).engine
    (job,) = sent(engine, times=1)
    for template in (AFTER, BEFORE):
        engine.save(template, replace=True)
        engine.update_organizers(template)

    asked = [one for one in engine.pending() if isinstance(one, Organizer)]
    assert [len(one.questions) for one in asked] == [1, 1]
    assert len(engine.history(job).of(RequestWithdrawn)) == 1


def test_to_update_organizers_again_asks_nobody_once_more(pipeflow_world: World) -> None:
    """A client who was told of the new questions is not told of them twice."""
    engine = pipeflow_world.engine
    (job,) = sent(engine, times=1)
    engine.save(AFTER, replace=True)

    told = [engine.update_organizers(AFTER) for _ in range(3)]

    assert [[done.ok for done in one] for one in told] == [[True]] * 3
    assert len(engine.history(job).of(OrganizerUpdated)) == 1
    assert len(pipeflow_world.organizers.updated) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"folder": "Tax/2026"},
        {"notify_on_upload": True},
        {"questions": (), "sections": [Section("Income", BEFORE.questions)]},
        {"title": "Your questions"},
    ],
    ids=["folder", "notice", "section", "title"],
)
def test_whatever_a_host_is_told_of_an_organizer_it_is_told_anew_once(more: dict[str, Any]) -> None:
    """Also where the client is asked the same."""
    world = World()
    sent(world.engine, times=1)
    for _ in range(2):
        world.engine.update_organizers(world.engine.save(evolve(BEFORE, **more), replace=True))

    assert len(world.organizers.updated) == 1


def test_new_words_for_reminders_are_nothing_that_the_host_is_told() -> None:
    """They are of the firm's own mail."""
    world = World()
    (job,) = sent(world.engine, times=1)
    words = evolve(BEFORE, reminder_texts=[ReminderText("Please", "We wait.")])
    world.engine.update_organizers(world.engine.save(words, replace=True))

    assert world.organizers.updated == []
    assert world.engine.job(job).items[0].reminder_texts == words.reminder_texts


class Paper(OrganizersPort):
    """A host that takes no changes over."""

    def create(self, organizer: Organizer, /) -> Receipt:
        """Print it."""
        return Receipt(ref=organizer.item)


def test_a_host_that_takes_no_changes_over_is_not_told() -> None:
    """And where nothing changes, nothing is said."""
    engine = Engine(ports=Ports(organizers=Paper(), tasks=FakeTasks()))
    (job,) = sent(engine, times=1)
    empty = OrganizerTemplate("Organizer", title="[ACCOUNT_CUSTOM_FIELD:Year]")
    engine.update_organizers(BEFORE)
    assert engine.history(job).of(OrganizerUpdated) == ()

    engine.save(empty, replace=True)
    engine.update_organizers(BEFORE)

    assert asks(engine, job) == []
    assert len(engine.history(job).of(Warned)) == 1
    assert engine.failures() == ()


def test_only_organizers_are_updated(pipeflow_world: World) -> None:
    """Other things stay as their template was when they were made (domain.md part 5)."""
    pipeflow_world.engine.save(TaskTemplate("Call"))

    with pytest.raises(DefinitionError, match="'call' is a task template, and an organizer"):
        pipeflow_world.engine.update_organizers("call")
    with pytest.raises(NotFoundError):
        pipeflow_world.engine.update_organizers("organiser")


class Nobody(Authorizer):
    """Lets nobody do anything."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Say no."""
        return False


def test_somebody_who_may_not_update_organizers_updates_none() -> None:
    """Asked about each job, before the first."""
    engine = World(authorizer=Nobody()).engine
    (job,) = sent(engine, times=1)
    engine.save(AFTER, replace=True)

    with pytest.raises(NotAllowedError, match="'mia' may not update_organizers 'job-1'"):
        engine.update_organizers(AFTER, actor="mia")
    assert asks(engine, job) == ["Income?"]
