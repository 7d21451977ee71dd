"""Organizers: their template is edited, and those that nobody has started ask what it asks now."""

from __future__ import annotations

import pytest

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
    RequestWithdrawn,
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
