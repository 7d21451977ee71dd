"""Through a whole firm: what a policy forbids is forbidden by whatever call, and by detours (A-52).

The policies are those that the page about rights prints, word for word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    Cancelled,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Engine,
    Failure,
    InvoiceTemplate,
    ItemKind,
    Job,
    Member,
    NotAllowedError,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Ref,
    Rejected,
    Reopened,
    SendEmail,
    SendProposal,
    SetStatus,
    Settings,
    Stage,
    StartJob,
    TaskCompleted,
)
from pipeflow.ports import Authorizer, Changes, Intent, Receipt, RowKey
from pipeflow.testing import World
from tests.faults.offices import Policy
from tests.firms import ADA, DAILY, DONE, FEE, ORGANIZER, PREPARE, TEMPLATES, WELCOME

GIFT = InvoiceTemplate("Gift", lines=FEE.lines)
CLOSE = SetStatus("Completed")
OLD = Stage("Old", [CreateInvoice(FEE, reminders=DAILY), CreateTask(PREPARE)])


class OtherJobs(Authorizer):
    """Eve may do all but touch the first job; it knows names alone."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.asked: list[tuple[str, str]] = []

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Say no to the first job."""
        self.asked.append((action, about))
        return actor != "eve" or about != "job-1"


class Clients(Policy):
    """Everybody works for those clients alone to whom they have access."""

    def allows(self, intent: Intent) -> bool:
        """Go by the access to the account."""
        return intent.account is None or intent.actor in intent.account.access


class Books(Authorizer):
    """Nobody but the bookkeeper has to do with invoices, or with items of another kind."""

    kind = ItemKind.INVOICE

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Never be asked: `may` knows more."""
        raise AssertionError

    def may(self, intent: Intent, /) -> bool:
        """Go by the kind of item."""
        return intent.actor == "tom" or intent.item_kind is not self.kind


def office(policy: Authorizer) -> tuple[World, Job, Account]:
    """Open a firm in which Bob, a client of Mia's, has a job with a bill and a task."""
    world = World(authorizer=policy)
    members = (Member("Mia"), Member("Tom"), Member("Eve"))
    tax = Pipeline("Tax", [OLD, DONE], statuses=["Waits", "Rests"])
    world.engine.save(*TEMPLATES, *members, tax, Pipeline("Other", [Stage("First")]))
    bob = world.engine.save(Account("Bob", access=["mia"]))
    return world, world.engine.start(tax, bob, assignees=["mia"]), bob


def refused(call: Callable[[], object], who: str = "eve") -> None:
    """See that somebody may not do that."""
    with pytest.raises(NotAllowedError, match=f"'{who}' may not"):
        call()


# -- a single job that is reached by way of something else ---------------------------------------


def edited(engine: Engine) -> Pipeline:
    """Return the pipeline without its first stage."""
    pipeline = engine.pipeline("tax").add_stage(Stage("New"))
    return pipeline.remove_stage("Old")


def renamed(engine: Engine) -> Pipeline:
    """Return the pipeline without the status in which the job is."""
    return evolve(engine.pipeline("tax"), statuses=["Rests"])


DETOURS: dict[str, Callable[[Engine, Job], object]] = {
    "delete the client": lambda e, job: e.delete(e.account(job.account), actor="eve"),
    "hand over": lambda e, _: e.hand_over("mia", "tom", actor="eve"),
    "take its stage away": lambda e, _: e.apply(
        e.plan(edited(e)), stages={"old": "new"}, actor="eve"
    ),
    "take its status away": lambda e, _: e.apply(
        e.plan(renamed(e)), statuses={"Waits": "Rests"}, actor="eve"
    ),
    "tell of what it has": lambda e, _: e.receive(
        Ref("tasks", "task-1"), TaskCompleted(), actor="eve"
    ),
}


@pytest.mark.parametrize("detour", DETOURS)
def test_a_52_a_single_job_that_a_detour_reaches_is_asked_about(detour: str) -> None:
    """One is no less than two."""
    policy = OtherJobs()
    world, job, _ = office(policy)
    status = "Archived" if detour == "delete the client" else "Waits"
    before = world.engine.set_status(job, status)

    refused(lambda: DETOURS[detour](world.engine, job))

    assert policy.asked[-1][1] == job.id
    assert world.engine.job(job) == before


def test_a_52_who_undoes_a_move_is_asked_about_the_job_that_it_started() -> None:
    """It is archived with the move, which needs the right to archive it."""
    policy = Clients()
    world, job, _ = office(policy)
    world.engine.save(Pipeline("Books", [Stage("Work"), Stage("Send", [StartJob("other")])]))
    books = world.engine.move(world.engine.start("books", job.account), "Send")
    (started,) = world.engine.jobs(pipeline="other")

    undone = world.engine.undo(books, actor="mia")

    told = [(one.about, one.job and one.job.status) for one in policy.asked]
    assert told == [(books.id, "Active"), (started.id, "Active")]
    assert undone.job.stage == "work"
    assert world.engine.job(started).status == "Archived"


class HandsOff(Policy):
    """Eve may do all but touch the second job."""

    def allows(self, intent: Intent) -> bool:
        """Say no to the second job."""
        return intent.actor != "eve" or intent.about != "job-2"


TERMS = Ref("proposals", "letter-1")


def shared(policy: Authorizer) -> tuple[Engine, Job, Job]:
    """Return a job that sent a letter, whose acceptance brings a bill, and one that has it too."""
    engine = World(authorizer=policy, deliver=False).engine
    letter = ProposalTemplate("Terms", invoice_on_acceptance=FEE)
    stages = [Stage("Sign", [SendProposal(letter)]), Stage("On"), Stage("Closed", [CLOSE])]
    engine.save(*TEMPLATES, letter, Pipeline("Tax", stages))
    engine.save(Pipeline("Other", [Stage("First")]))
    ada = engine.save(Account("Ada"))
    job, other = engine.start("tax", ada), engine.start("other", ada)
    engine.delivered(engine.pending()[0].key, Receipt(TERMS.id))
    engine.link(other, TERMS, "proposal", "Terms")
    return engine, job, other


BRINGING: dict[str, Callable[[Engine, Job], object]] = {
    "archive": lambda e, job: e.archive(job, actor="eve"),
    "let go": lambda e, job: e.unlink(job, "Terms", actor="eve"),
    "delete": lambda e, job: e.delete(e.archive(job), actor="eve"),
}


@pytest.mark.parametrize("call", BRINGING)
def test_a_52_who_has_a_bill_come_on_another_job_is_asked_about_that(call: str) -> None:
    """The letter that two jobs have owes it, and the one that sent it bears it no more."""
    policy = HandsOff()
    engine, job, other = shared(policy)
    if call != "delete":
        engine.pause(job, "holidays")
    engine.receive(TERMS, ProposalSigned())

    refused(lambda: BRINGING[call](engine, job))

    last = policy.asked[-1]
    assert (last.about, last.job and last.job.pipeline) == (other.id, "other")
    assert CreateInvoice in last.kinds
    assert [one.name for one in engine.job(other).items] == ["Terms"]


class NoBills(Policy):
    """Eve may have no bill come."""

    def allows(self, intent: Intent) -> bool:
        """Go by what would fire."""
        return intent.actor != "eve" or CreateInvoice not in intent.kinds


def test_a_52_who_undoes_a_move_is_asked_about_the_bill_that_comes_then() -> None:
    """It comes since the job goes on: its letter was accepted anew while its port had the first one
    in hand to take it back.
    """
    engine, job, other = shared(NoBills())
    engine.unlink(other, "Terms")
    engine.receive(TERMS, ProposalSigned())
    engine.delivered(engine.pending()[0].key, Receipt("bill-1"))
    engine.move(job, "On", open="cancel")
    (taking_back,) = engine.pending()
    for fact in (Reopened("other terms"), ProposalSigned()):
        engine.receive(TERMS, fact)
    engine.move(job, "Closed")
    engine.delivered(taking_back.key)

    refused(lambda: engine.undo(job, actor="eve"))

    assert engine.job(job).status == "Completed"
    bills = [one.state for one in engine.undo(job, actor="mia").job.items[1:]]
    assert [str(one) for one in bills] == ["resolved", "pending"]


def test_a_52_who_deletes_a_job_is_asked_about_the_bill_that_comes_then() -> None:
    """In what is asked about the job itself."""
    policy = NoBills()
    engine, job, _ = shared(policy)
    engine.receive(TERMS, ProposalSigned())
    engine.archive(job)

    refused(lambda: engine.delete(job, actor="eve"))

    assert policy.asked[-1].about == job.id


def test_a_52_a_start_is_asked_about_once_by_its_account() -> None:
    """The job that it makes was not there to be asked about."""
    policy = OtherJobs()
    world, _, bob = office(policy)
    policy.asked.clear()

    world.engine.start("other", bob, actor="eve")

    assert policy.asked == [("start", bob.id)]


def test_a_52_what_is_asked_about_other_jobs_is_how_they_stand() -> None:
    """Not how the command leaves them: access that it gives is not there yet."""
    policy = Clients()
    world, job, bob = office(policy)

    refused(lambda: world.engine.hand_over("mia", "eve", actor="eve"))

    assert policy.asked[-1].job == job
    assert policy.asked[-1].account == bob


def test_a_52_a_job_that_a_plan_moves_is_asked_about_with_the_stage_that_it_enters() -> None:
    """As who moves it by hand is."""
    policy = Clients()
    world, job, bob = office(policy)
    before = world.engine.pipeline("tax")

    world.engine.apply(world.engine.plan(edited(world.engine)), stages={"old": "new"}, actor="mia")

    *_, asked = policy.asked
    assert (asked.job, asked.account, asked.pipeline) == (job, bob, before)
    assert asked.stage is not None
    assert asked.stage.id == "new"


# -- what is deleted, saved and handed over ------------------------------------------------------


def test_a_52_nobody_deletes_what_they_may_not_see() -> None:
    """A deletion is about the job, or the client, as any other command is."""
    policy = Clients()
    world, job, bob = office(policy)
    job = world.engine.archive(job)

    refused(lambda: world.engine.delete(job, actor="eve"))
    assert (policy.asked[-1].job, policy.asked[-1].account) == (job, bob)
    refused(lambda: world.engine.delete(bob, actor="eve"))
    assert (policy.asked[-1].job, policy.asked[-1].account) == (None, bob)
    refused(lambda: world.engine.delete(job.id, actor="eve"))
    world.engine.delete(bob, actor="mia")

    assert world.engine.accounts() == ()


def test_a_52_who_deletes_a_definition_is_asked_with_it() -> None:
    """It is among the things, as when it is read."""
    policy = Clients()
    world, _, _ = office(policy)
    other, organizer = world.engine.pipeline("other"), world.engine.template(str(ORGANIZER.id))

    world.engine.delete(other, actor="eve")
    assert (policy.asked[-1].things, policy.asked[-1].pipeline) == ((other,), other)
    world.engine.delete(organizer, actor="eve")
    assert (policy.asked[-1].things, policy.asked[-1].pipeline) == ((organizer,), None)
    with pytest.raises(LookupError):
        world.engine.delete("nothing", actor="eve")
    assert policy.asked[-1].things == ()


def test_a_52_nobody_gives_themselves_access_by_saving_the_account() -> None:
    """The account is asked about as it stands; what is to be saved is among the things."""
    policy = Clients()
    world, _, bob = office(policy)
    mine = evolve(bob, access=["eve"])

    refused(lambda: world.engine.save(mine, replace=True, actor="eve"))
    assert policy.asked[-1].account == bob
    assert policy.asked[-1].things == (mine,)
    saved = world.engine.save(mine, replace=True, actor="mia")

    assert saved.access == {"eve"}


def test_a_52_nor_by_saving_it_beside_others() -> None:
    """Each account that is there already is asked about; a new one is nobody's yet."""
    policy = Clients()
    world, _, bob = office(policy)
    new, mine = Account("Ada"), evolve(bob, access=["eve"])

    refused(lambda: world.engine.save(new, mine, replace=True, actor="eve"))
    assert policy.asked[-1].account == bob
    world.engine.save(Account("Cleo"), actor="eve")

    assert policy.asked[-1].account is None
    assert [one.name for one in world.engine.accounts()] == ["Bob", "Cleo"]


def test_a_52_a_pipeline_that_is_saved_is_asked_about_as_it_stands() -> None:
    """And each of several; what they would become is among the things."""
    policy = Clients()
    world, _, _ = office(policy)
    before = [world.engine.pipeline(id) for id in ("tax", "other")]
    after = [evolve(one, name=f"{one.name} 2") for one in before]

    world.engine.save(after[0], actor="eve")
    assert (policy.asked[-1].pipeline, policy.asked[-1].things) == (before[0], (after[0],))
    world.engine.save(evolve(world.engine.pipeline("tax"), name="Tax"), after[1], actor="eve")
    assert [one.pipeline and one.pipeline.id for one in policy.asked[-3:]] == [None, "tax", "other"]
    world.engine.save(Pipeline("New", [DONE]), actor="eve")
    assert policy.asked[-1].pipeline is None


def test_a_52_who_hands_over_is_asked_about_accounts_without_jobs_too() -> None:
    """Access is handed over with them."""
    policy = Clients()
    world, job, _ = office(policy)
    world.engine.delete(world.engine.archive(job))
    both = (world.engine.member("mia"), world.engine.member("eve"))

    refused(lambda: world.engine.hand_over("mia", "eve", actor="eve"))

    assert [one.about for one in policy.asked] == ["mia", job.account]
    assert policy.asked[0].things == both


def test_a_52_an_account_whose_id_is_that_of_the_member_is_asked_about_all_the_same() -> None:
    """Ids of two kinds have nothing to do with each other."""
    policy = Clients()
    world, _, _ = office(policy)
    twin = world.engine.save(Account("Mia's own", id="mia", access=["mia"]))

    world.engine.hand_over("mia", "tom", actor="mia")

    assert twin in [one.account for one in policy.asked]


# -- items of a kind -----------------------------------------------------------------------------


def test_a_52_nobody_cancels_bills_by_letting_a_job_leave_its_stage() -> None:
    """A move that cancels what is open is asked about once more for each kind of it."""
    world, job, _ = office(Books())
    engine = world.engine
    without = engine.plan(edited(engine))
    said: dict[str, Any] = {"open": "cancel", "actor": "eve"}

    refused(lambda: engine.move(job, "Done", **said))
    refused(lambda: engine.transfer(job, "other", **said))
    refused(lambda: engine.apply(without, stages={"old": "new"}, **said))
    moved = engine.move(job, "Done", open="cancel", actor="tom")

    assert [str(item.state) for item in moved.items] == ["resolved"] * len(moved.items)


def test_a_52_who_moves_a_job_and_leaves_its_bills_alone_needs_no_right_to_them() -> None:
    """Nor does who cancels other things, or takes a move back that touched none."""
    world, job, _ = office(Books())
    engine = world.engine

    engine.move(job, "Done", actor="eve")
    assert engine.undo(job, actor="eve").job.stage == "old"
    engine.complete(job.item("Fee"), actor="tom")
    moved = engine.move(job, "Done", open="cancel", actor="eve")

    assert [str(item.state) for item in moved.items] == ["completed", "resolved"]


def test_a_52_nobody_takes_bills_back_with_the_move_that_made_them() -> None:
    """An undo cancels what the move asked for."""
    world, job, _ = office(Books())
    world.engine.complete(job.item("Fee"), actor="tom")
    world.engine.move(world.engine.move(job, "Done"), "Old")

    refused(lambda: world.engine.undo(job, actor="eve"))

    assert world.engine.undo(job, actor="tom").job.stage == "done"


def test_a_52_what_was_cancelled_is_of_a_kind_where_an_undo_opens_it_again() -> None:
    """As who reopens it is asked about its kind."""
    world, job, _ = office(Books())
    world.engine.complete(job.item("Fee"), actor="tom")
    world.engine.link(job, Ref("books", "b-1"), ItemKind.INVOICE, "By hand", actor="tom")
    world.engine.move(job, "Done", open="cancel", actor="tom")

    refused(lambda: world.engine.undo(job, actor="eve"))
    undone = world.engine.undo(job, actor="tom")

    assert str(undone.job.item("By hand").state) == "pending"


def test_a_52_nobody_deletes_bills_that_are_open_with_their_job() -> None:
    """What has not left is cancelled with it; what is done is nobody's any more."""
    world, job, _ = office(Books())
    job = world.engine.archive(job)

    refused(lambda: world.engine.delete(job, actor="eve"))
    refused(lambda: world.engine.delete(world.engine.account(job.account), actor="eve"))
    world.engine.complete(job.item("Fee"), actor="tom")

    assert world.engine.delete(job, actor="eve").id == job.id


def test_a_52_nobody_hands_bills_over() -> None:
    """As nobody reassigns one."""
    world, job, _ = office(Books())
    for name in ("Prepare", "Fee"):
        world.engine.reassign(job.item(name), ["mia"])

    refused(lambda: world.engine.hand_over("mia", "tom", actor="eve"))
    world.engine.reassign(job.item("Fee"), [])

    assert world.engine.hand_over("mia", "tom", actor="eve").items == (job.item("Prepare").id,)


@pytest.mark.parametrize("left", [False, True])
def test_a_52_who_restores_a_job_hands_over_nothing_of_a_member_who_was_deleted(
    *, left: bool
) -> None:
    """Its bill comes back without them, and is nobody else's by that (R-28)."""
    world, job, _ = office(Books())
    engine = world.engine
    engine.save(Member("Zoe"))
    engine.reassign(job.item("Fee"), ["zoe"])
    engine.archive(job, actor="eve")
    if left:
        engine.delete("zoe")

    assert str(engine.restore(job, actor="eve").status) == "Active"


def failed(what: str) -> tuple[World, Failure]:
    """Open a firm in which a bill failed, a reminder of one, or what would have made one."""
    world, job, _ = office(Books())
    bill = Stage("Bill", [CreateInvoice(GIFT, reminders=DAILY)])
    world.engine.save(GIFT, Pipeline("Bills", [Stage("First"), bill]))
    world.engine.save(evolve(world.engine.account(job.account), contacts=[ADA]))
    world.engine.complete(job.item("Fee"))
    other = world.engine.start("bills", job.account)
    if what == "a bill":
        world.invoices.fail_next(Rejected("no"))
    elif what == "an automation":
        row = RowKey("template", "gift")
        read = world.store.read("default", (row,)).rows[row]
        world.store.commit(Changes("default", {row: read.version}, deletes=(row,)))
        world.engine.save(Settings(attempts=1))  # from here on nobody remembers it
    world.engine.move(other, "Bill")
    if what == "a reminder":
        world.email.fail_next(Rejected("no"))
        world.advance(days=1)
    if what == "an automation":
        world.engine.save(GIFT)
    (failure,) = world.engine.failures()
    return world, failure


@pytest.mark.parametrize("call", ["retry", "abandon"])
@pytest.mark.parametrize("what", ["a bill", "a reminder", "an automation"])
def test_a_52_what_failed_is_mended_by_those_alone_who_may_do_it(what: str, call: str) -> None:
    """Giving a bill up cancels it, and trying it again sends it, or reminds of it."""
    world, failure = failed(what)

    refused(lambda: getattr(world.engine, call)(failure.key, actor="eve"))
    getattr(world.engine, call)(failure.key, actor="tom")

    assert world.engine.failures() == ()


@pytest.mark.parametrize("call", ["retry", "abandon"])
def test_a_52_what_failed_and_makes_no_item_is_of_no_kind(call: str) -> None:
    """Mail is nobody's bill, and neither is what an automation would have sent."""
    world, job, _ = office(Books())
    world.email.fail_next(Rejected("no"))
    mails = Stage("Mail", [SendEmail(WELCOME)])
    world.engine.save(Pipeline("Mails", [Stage("First"), mails]))
    world.engine.save(evolve(world.engine.account(job.account), contacts=[ADA]))
    world.engine.move(world.engine.start("mails", job.account), "Mail")
    (failure,) = world.engine.failures()

    getattr(world.engine, call)(failure.key, actor="eve")

    assert world.engine.failures() == ()


def test_a_52_who_has_organizers_ask_something_newer_changes_organizers() -> None:
    """They are what it is about, on this job and wherever they are linked."""
    policy = Books()
    policy.kind = ItemKind.ORGANIZER
    world, job, _ = office(policy)
    ask = Stage("Ask", [CreateOrganizer(ORGANIZER)])
    world.engine.save(Pipeline("Asks", [ask]))
    world.engine.start("asks", job.account)

    refused(lambda: world.engine.update_organizers(ORGANIZER, actor="eve"))

    (done,) = world.engine.update_organizers(ORGANIZER, actor="tom")
    assert done.ok


def test_a_52_a_fact_about_a_thing_is_of_its_kind_on_every_job() -> None:
    """So that a right to a kind may depend on the client too."""
    policy = Clients()
    world, job, bob = office(policy)
    other = world.engine.start("other", bob)
    for one in (job, other):
        world.engine.link(one, Ref("documents", "d-1"), ItemKind.APPROVAL, "Return")

    world.engine.complete(world.engine.job(job).item("Return"), actor="mia")

    asked = [(one.about, one.item_kind) for one in policy.asked]
    assert asked == [(job.id, ItemKind.APPROVAL), (other.id, ItemKind.APPROVAL)]


def test_a_52_what_a_webhook_cancels_is_of_no_kind() -> None:
    """A reference may name things of several kinds, and webhooks are no bookkeepers."""
    world, job, _ = office(Books())

    world.engine.receive(Ref("invoices", "invoice-1"), Cancelled(), actor="webhook")

    assert str(world.engine.job(job).item("Fee").state) == "resolved"
