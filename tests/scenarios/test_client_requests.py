"""Client requests: sent by an automation, submitted, accepted or returned (domain.md 1.4, 2.3)."""

from datetime import date

import pytest

from pipeflow import (
    After,
    Bundle,
    Cancelled,
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientRequestTemplate,
    DefinitionError,
    Engine,
    FactRecorded,
    Item,
    ItemCompleted,
    ItemState,
    Job,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    Ports,
    Question,
    Ref,
    Reopened,
    SendClientRequest,
    Stage,
    TagChange,
    Warned,
)
from pipeflow.testing import World
from tests.firms import ADA, CHECKED, DAILY, DONE, PAPERS, begun, events, now, tags

MOVED = "Did you move?"
ASKED = ClientRequestTemplate(
    "W-2 and address",
    uploads=["Form W-2"],
    questions=[
        Question(MOVED, choices={"Yes": TagChange(add={"moved"}), "No": None}, required=True)
    ],
    title="Papers for [CURRENT_YEAR]",
    description="Dear [ACCOUNT_NAME], please send us these.",
    folder="2026/Inbox",
    due=After(days=10),
)
SEEN = ClientRequestTemplate("Seen", questions=ASKED.questions, accept=True)


def asked(template: ClientRequestTemplate, **fields: object) -> tuple[World, Job]:
    """Start a job whose automove stage asks for something."""
    ask = SendClientRequest(template, reminders=DAILY)
    work = Stage("Collect", [ask], automove=True)
    return begun(work, DONE, contacts=[ADA], more=[template], **fields)  # type: ignore[arg-type]


def the_item(world: World, job: Job) -> Item:
    """Return the one item of a job, as it now stands."""
    (item,) = now(world, job).items
    return item


def test_the_port_gets_all_that_is_asked_for() -> None:
    """Texts are filled in, the day is worked out, and the client's name of it is the item's."""
    world, job = asked(ASKED)

    (request,) = world.requests.created

    year = world.clock.now().year
    assert request.title == f"Papers for {year}" == the_item(world, job).title
    assert request.description == "Dear Lovelace, please send us these."
    assert (request.uploads, request.questions) == (("Form W-2",), ASKED.questions)
    assert (request.folder, request.accept) == ("2026/Inbox", False)
    assert request.due == the_item(world, job).due == date(2026, 1, 15)
    assert request.to == ("ada@example.com",)
    assert the_item(world, job).ref == Ref("requests", "request-1")


def test_a_submission_completes_it_and_its_answers_change_tags_before_the_next_stage() -> None:
    """As those of an organizer do (domain.md 3.4)."""
    world, job = asked(ASKED)

    job = world.client.sends(job, "W-2 and address", {"Form W-2": "file-7", MOVED: "Yes"})

    assert (job.stage, tags(world, job)) == ("done", {"moved"})
    assert world.engine.work(side="client") == world.engine.work(side="team") == ()


def test_what_is_required_must_be_answered_unless_it_is_said_to_be_incomplete() -> None:
    """R-40, for client requests: the error names the question and the way out."""
    world, job = asked(ASKED)

    with pytest.raises(DefinitionError, match=r"ClientRequestSubmitted\(\.\.\., incomplete=True"):
        world.client.sends(job, "W-2 and address")
    with pytest.raises(NotFoundError, match="Form W-2"):
        world.client.sends(job, "W-2 and address", {"Form W2": "x", MOVED: "No"})

    assert world.client.sends(job, "W-2 and address", incomplete=True).stage == "done"


def test_other_answers_to_what_is_done_need_a_return_first() -> None:
    """The error says how."""
    world, job = asked(ASKED)
    world.client.sends(job, "W-2 and address", {MOVED: "Yes"})

    with pytest.raises(NotAllowedError, match=r"ClientRequestReturned\(\)"):
        world.client.sends(job, "W-2 and address", {MOVED: "No"})
    job = world.team.returns(job, "W-2 and address", "the form is of last year")
    job = world.client.sends(job, "W-2 and address", {MOVED: "No"})

    assert (job.stage, tags(world, job)) == ("done", set())  # earlier tags are taken back


def test_what_needs_acceptance_is_the_teams_until_it_is_accepted() -> None:
    """On the client's list while it is open, on the team's when submitted, on nobody's when done.

    No tag changes and no stage is left before the firm has looked at it.
    """
    world, job = asked(SEEN)
    assert [one.name for one in world.engine.work(side="client")] == ["Seen"]

    job = world.client.sends(job, "Seen", {MOVED: "Yes"})

    assert (job.stage, the_item(world, job).state) == ("collect", ItemState.PENDING)
    assert tags(world, job) == set()
    assert world.engine.work(side="client") == ()
    assert [one.name for one in world.engine.work(side="team", kind="client_request")] == ["Seen"]
    assert "the firm has yet to accept it" in str(world.engine.explain(job))

    job = world.team.accepts(job, "Seen")

    assert (job.stage, tags(world, job)) == ("done", {"moved"})
    assert world.engine.work(side="team") == ()
    (done,) = events(world, job, ItemCompleted)
    assert done.fact == ClientRequestAccepted()


def test_what_was_returned_is_the_clients_again_and_reminded_of_anew() -> None:
    """It keeps what was sent; the reason stands in the history."""
    world, job = asked(SEEN)
    world.advance(days=1)
    assert len(world.email.sent) == 1
    world.client.sends(job, "Seen", {MOVED: "Yes"})
    world.advance(days=5)
    assert len(world.email.sent) == 1  # nobody is reminded of what waits for the firm

    job = world.team.returns(job, "Seen", "not legible")
    world.advance(days=5)

    assert "returned to the client: not legible" in str(world.engine.history(job))
    assert len(world.email.sent) == 1 + DAILY.times
    assert [one.name for one in world.engine.work(side="client")] == ["Seen"]
    assert the_item(world, job).since == events(world, job, FactRecorded)[-1].at
    assert world.client.sends(job, "Seen").stage == "collect"  # what it sent before is sent anew
    assert world.team.accepts(job, "Seen").stage == "done"


def test_what_is_sent_anew_before_it_was_looked_at_takes_the_place_of_the_rest() -> None:
    """The same again changes nothing."""
    world, job = asked(SEEN)
    world.client.sends(job, "Seen", {MOVED: "Yes"})

    world.client.sends(job, "Seen", {MOVED: "Yes"})
    job = world.client.sends(job, "Seen", {MOVED: "No"})
    job = world.team.accepts(job, "Seen")

    notes = [event.note for event in events(world, job, FactRecorded)]
    assert notes == ["the firm has yet to accept it", "sent anew"]
    assert tags(world, job) == set()


@pytest.mark.parametrize("silent", ["paused", "on hold"])
def test_a_job_that_goes_on_reminds_nobody_of_what_waits_for_the_firm(silent: str) -> None:
    """R-9: the rhythms that go on are those of what the client still has to do."""
    world, job = asked(SEEN)
    world.client.sends(job, "Seen", {MOVED: "Yes"})
    if silent == "paused":
        world.engine.pause(job)
        world.engine.resume(job)
    else:
        world.engine.set_status(job, "Completed")
        world.engine.set_status(job, "Active")

    world.advance(days=9)

    assert world.email.sent == []
    with pytest.raises(NotAllowedError, match="was submitted"):
        world.engine.remind(the_item(world, job))


def test_what_is_accepted_while_the_job_is_paused_changes_tags_when_it_goes_on() -> None:
    """R-27: it is done at once, and what follows from it waits."""
    world, job = asked(SEEN)
    world.client.sends(job, "Seen", {MOVED: "Yes"})
    world.engine.pause(job)

    job = world.team.accepts(job, "Seen")

    assert (job.stage, tags(world, job)) == ("collect", set())
    assert world.engine.resume(job).stage == "done"
    assert tags(world, job) == {"moved"}


def test_reopening_takes_a_submission_back_too() -> None:
    """R-3: one fact takes everything back, whatever kind of item it is."""
    world, job = asked(SEEN)
    world.client.sends(job, "Seen", {MOVED: "Yes"})

    world.engine.record(the_item(world, job), Reopened("sent by mistake"))

    assert [one.name for one in world.engine.work(side="client")] == ["Seen"]


def test_what_was_cancelled_is_neither_accepted_nor_returned() -> None:
    """It is kept, warned of, and changes nothing (R-15)."""
    world, job = asked(SEEN)
    item = the_item(world, job)
    world.engine.record(item, Cancelled("not needed"))

    for fact in (
        ClientRequestSubmitted({MOVED: "Yes"}),
        ClientRequestAccepted(),
        ClientRequestReturned(),
    ):
        world.engine.record(item, fact)

    assert the_item(world, job).state is ItemState.RESOLVED
    assert tags(world, job) == set()
    assert events(world, job, Warned)


def test_what_is_sent_for_a_cancelled_request_waits_for_nobody() -> None:
    """It is kept and warned of (R-15); the team has nothing to accept."""
    world, job = asked(SEEN)
    world.engine.record(the_item(world, job), Cancelled("not needed"))

    world.client.sends(job, "Seen", {MOVED: "Yes"})

    assert the_item(world, job).state is ItemState.RESOLVED
    assert "has yet to accept" not in str(world.engine.history(job))
    assert not world.engine.work(side="team")


def test_another_job_that_links_it_knows_that_it_waits_for_the_firm() -> None:
    """A-8: the same thing, as far as it is."""
    world, job = asked(SEEN)
    world.client.sends(job, "Seen", {MOVED: "Yes"})
    other = world.engine.start("tax", job.account, stage="Done")

    other = world.engine.link(other, Ref("requests", "request-1"), "client_request")

    assert {one.job.id for one in world.engine.work(side="team")} == {job.id, other.id}
    world.engine.receive(Ref("requests", "request-1"), ClientRequestAccepted())
    assert world.engine.work(side="team") == ()


def test_one_that_was_linked_by_hand_is_done_when_it_is_submitted() -> None:
    """As before there were templates of them; nobody says that it needs acceptance."""
    world, job = begun(Stage("Collect", automove=True), DONE)
    job = world.engine.link(job, Ref("requests", "r-9"), "client_request", "W-2")

    (after,) = world.engine.receive(Ref("requests", "r-9"), ClientRequestSubmitted())

    assert after.stage == "done"


def test_it_travels_in_a_package_and_says_what_it_needs() -> None:
    """R-31: tags of its answers, and its port."""
    ask = Pipeline("Ask", [Stage("Collect", [SendClientRequest(ASKED)]), DONE])
    bundle = Bundle(pipelines=[ask], templates=[ASKED])
    world = World()
    world.engine.save(ASKED)

    installed = world.engine.install(Bundle.from_json(bundle.to_json()))

    assert installed.tags == {"moved"}
    assert installed.ports == {"requests"}
    assert installed.pipelines[0].stages[0].automations[0].uses == "w-2-and-address-2"
    with pytest.raises(DefinitionError, match=r"Ports\(requests="):
        Engine(ports=Ports()).save(ask, ASKED)


def test_undo_takes_back_what_a_move_had_asked_the_client_for() -> None:
    """R-26: it is cancelled at its port, which can."""
    world, job = begun(Stage("Intake"), Stage("Collect", [SendClientRequest(PAPERS)]), DONE)
    job = world.engine.move(job, "Collect")

    undone = world.engine.undo(job)

    assert [trace.name for trace in undone.cancelled] == ["Papers"]
    assert [gone.request for gone in world.requests.cancelled] == [job.items[0].request]
    assert now(world, job).items[0].state is ItemState.RESOLVED


def test_the_firm_sets_it_to_completed_without_a_submission() -> None:
    """`complete` is that, whether it needs acceptance or not (domain.md 2.3)."""
    for template in (CHECKED, PAPERS):
        world, job = asked(template)

        assert world.engine.complete(the_item(world, job)).stage == "done"


def test_what_is_sent_after_the_firm_completed_it_is_kept_and_nothing_follows() -> None:
    """R-15: a client who was late is no error that a webhook would repeat for days."""
    world, job = asked(ASKED)
    world.team.accepts(job, "W-2 and address")

    job = world.client.sends(job, "W-2 and address", {MOVED: "Yes"})
    again = world.client.sends(job, "W-2 and address", {MOVED: "Yes"})

    assert (again, tags(world, job)) == (job, set())
    assert [event.note for event in events(world, job, FactRecorded)] == [
        "sent when it was done already; nothing follows"
    ]


def test_r_18_what_was_not_filled_in_is_told() -> None:
    """The account has no such field."""
    asks = ClientRequestTemplate(
        "Your number", uploads=["W-2"], description="Your number: [ACCOUNT_CUSTOM_FIELD:EIN]"
    )

    world, job = asked(asks)

    assert any("nothing to fill in for" in one.text for one in events(world, job, Warned))


@pytest.mark.parametrize("template", [ASKED, SEEN])
def test_what_is_returned_is_reminded_of_anew_though_it_was_made_quiet(
    template: ClientRequestTemplate,
) -> None:
    """Whether or not the firm has to accept it."""
    world, job = asked(template)
    world.engine.move(job, "Done", open="quiet")
    item = the_item(world, job)
    world.engine.record(item, ClientRequestSubmitted({MOVED: "No"}))

    world.engine.record(item, ClientRequestReturned("page 2 lacks"))

    assert the_item(world, job).remind_at is not None
