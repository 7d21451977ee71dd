"""`branch.diff()`: what would change in the firm, per account and job, read off the branch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    Branch,
    ClientRequestSubmitted,
    ClientTaskChecked,
    ConflictError,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    EmailTemplate,
    Member,
    Money,
    PaymentReceived,
    Pipeline,
    Reminders,
    ReminderSent,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    TransferJob,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.overlay import OverlayStore
from pipeflow.insight.differences import Diff, Fate
from pipeflow.ports import Authorizer, Changes, Intent, RowKey
from pipeflow.ports.rows import Read
from pipeflow.testing import World
from tests.firms import (
    CHECKED,
    CHECKLIST,
    FEE,
    FOLDERS,
    LETTER,
    ORGANIZER,
    PREPARE,
    TEMPLATES,
    WELCOME,
    in_memory_and_in_a_file,
    usd,
)

TAX = Pipeline(
    "Tax",
    stages=[
        Stage(
            "Collect",
            [CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=2))],
            automove=True,
        ),
        Stage("Bill", [CreateInvoice(FEE), SendEmail(WELCOME)]),
        Stage("Done", [CreateTask(PREPARE)]),
    ],
)
HOSTILE = "<b>*x*</b> | `y`\x1b[31m\n[z](javascript:1)"


def begun(world: World) -> World:
    """Save what the firm works with."""
    world.engine.save(*TEMPLATES, TAX, Member("Mia"), Member("Tom"))
    return world


world = in_memory_and_in_a_file(begun)


def lines(diff: Diff, job: str) -> tuple[str, ...]:
    """Return what is told of a job."""
    (found,) = (one for one in diff.jobs if one.job == job)
    return found.lines()


def test_a_branch_on_which_nothing_was_done_changes_nothing(world: World) -> None:
    """It says so, and is false; looking changes nothing either."""
    world.job_at(TAX, "Collect")
    branch = world.engine.what_if()

    branch.jobs()
    branch.advance(days=1)

    assert not branch.diff()
    assert str(branch.diff()).endswith("\nNothing: the firm would be as it is.")


def test_a_job_that_moves_tells_where_and_what_is_made_and_leaves(world: World) -> None:
    """With the reminders on the way."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.advance(days=7)
    branch.complete(branch.job(job).item("Organizer"))

    diff = branch.diff()

    assert lines(diff, job.id) == (
        "moved from 'Collect' to 'Bill'",
        "completed 'Organizer'",
        "reminded of 'Organizer' 2 times",
        "made 'Fee'",
        "3 requests to email",
        "1 request to invoices",
    )
    assert diff.requests == {"email": 3, "invoices": 1}
    assert [one.job for one in diff.moved] == [job.id]
    assert diff.accounts == diff.definitions == ()


def test_whatever_people_do_to_a_job_is_told(world: World) -> None:
    """Fields, assignees, status, a pause; who must act on an item, and until when."""
    job = world.job_at(TAX, "Done")
    branch = world.engine.what_if()
    branch.edit(job, name="1040", due=date(2026, 4, 15), assignees={"mia"})
    branch.reassign(f"{job.id}/1", {"tom"})
    branch.reschedule(f"{job.id}/1", date(2026, 3, 1))
    branch.pause(job)

    assert lines(branch.diff(), job.id) == (
        "name from 'Tax' to '1040'",
        "due from nothing to '2026-04-15'",
        "paused from nothing to 'yes'",
        "assignees +Mia",
        "'Prepare': due from nothing to '2026-03-01'",
        "'Prepare': assignees +Tom",
        "2 requests to tasks",
    )

    branch.resume(job)
    branch.set_status(job, "Completed")

    assert "status from 'Active' to 'Completed'" in lines(branch.diff(), job.id)


def test_what_changes_timers_alone_says_so(world: World) -> None:
    """Nobody sees it but those who wait."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.set_reminders(f"{job.id}/1", Reminders(every=1))

    assert lines(branch.diff(), job.id) == ("its timers alone",)
    assert str(branch.diff().jobs[0]) == "'Tax' of 'Ada Lovelace': its timers alone"


def test_new_and_deleted_jobs_are_told(world: World) -> None:
    """A deleted one as the firm has it; one that came and went on the branch is none."""
    old = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    new = branch.start(TAX, old.account, stage="Bill")
    for job in (old, branch.start(TAX, old.account)):
        branch.archive(job)
        branch.delete(job)

    diff = branch.diff()

    assert [(one.job, one.fate) for one in diff.jobs] == [
        (old.id, Fate.DELETED),
        (new.id, Fate.NEW),
    ]
    assert lines(diff, old.id) == ("deleted; it is in 'Collect'",)
    assert lines(diff, new.id)[0] == "started; it would be in 'Bill'"
    assert diff.of("deleted") == diff.jobs[:1]
    assert diff.requests == {"email": 1, "invoices": 1, "organizers": 1}


def test_a_job_that_comes_into_its_stage_again_says_so(world: World) -> None:
    """It moved, and came back."""
    job = world.job_at(TAX, "Bill")
    branch = world.engine.what_if()
    branch.move(job, "Done")
    branch.move(job, "Bill")

    assert lines(branch.diff(), job.id)[0] == "came into 'Bill' again"
    assert branch.diff().moved == ()


def test_a_job_in_another_pipeline_names_it(world: World) -> None:
    """With the stage that the other one has."""
    world.engine.save(Pipeline("Audit", stages=[Stage("Look"), Stage("End")]))
    job = world.job_at(TAX, "Bill")
    branch = world.engine.what_if()
    branch.transfer(job, "audit")

    assert lines(branch.diff(), job.id)[:2] == (
        "moved from 'Bill' to 'Look'",
        "pipeline from 'Tax' to 'Audit'",
    )


def test_what_changes_of_an_account_is_told(world: World) -> None:
    """Tags, access, fields, roles, contacts and the rest."""
    ada = world.account("Ada", tags=["old"])
    gone = world.account("Gone")
    branch = world.engine.what_if()
    branch.save(
        evolve(
            branch.account(ada.id),
            name="Ada & Co",
            tags={"vip"},
            access={"mia"},
            fields={"state": "CA"},
            roles={"preparer": "mia"},
            balance=Money("5.00", "USD"),
            type="company",
            contacts=[Contact("Tom")],
        )
    )
    branch.delete(gone)

    diff = branch.diff()

    assert [str(one) for one in diff.accounts] == [
        (
            "'Ada & Co': name from 'Ada' to 'Ada & Co'; type from 'other' to 'company'; "
            "balance from nothing to '5.00 USD'; tags +vip -old; access +Mia; "
            "field 'state' from nothing to 'CA'; role 'preparer' from nothing to 'Mia'; "
            "contacts +Tom -Ada"
        ),
        "'Gone': deleted",
    ]


def test_what_changes_of_a_contact_is_told_field_by_field(world: World) -> None:
    """And a new order of them shows nowhere."""
    people = [Contact("Ada", email="ada@example.com"), Contact("Bob")]
    ada = world.engine.save(Account("Lovelace", contacts=people))
    branch = world.engine.what_if()
    first, second = ada.contacts

    branch.save(evolve(ada, contacts=[second, evolve(first, notify=False, fields={"born": 1815})]))

    assert branch.diff().accounts[0].lines() == (
        "contact 'Ada': notify from 'True' to 'False'",
        "contact 'Ada': field 'born' from nothing to '1815'",
    )
    branch = world.engine.what_if()
    branch.save(evolve(ada, contacts=[second, first]))
    assert branch.diff().accounts[0].lines() == ("nothing that shows",)


def test_what_is_heard_of_an_item_that_stays_open_is_more_than_its_timers(world: World) -> None:
    """A part is paid, a task is ticked, a letter declined: its state is as before."""
    makes = [
        CreateInvoice(FEE), SendMessage(CHECKLIST), SendProposal(LETTER), SendClientRequest(CHECKED)
    ]  # fmt: skip
    world.engine.save(Pipeline("All", [Stage("Only", makes)]))
    job = world.engine.start("all", world.account())
    branch = world.engine.what_if()
    branch.record(job.item("Fee"), PaymentReceived(usd("1.00")))
    branch.record(job.item("Checklist"), ClientTaskChecked("Scan"))
    branch.record(job.item("Letter"), Declined("Ada Lovelace"))
    branch.record(job.item("Checked papers"), ClientRequestSubmitted({"Form W-2": "file-1"}))

    assert lines(branch.diff(), job.id) == (
        "changed 'Fee'", "changed 'Checklist'", "changed 'Letter'", "changed 'Checked papers'",
    )  # fmt: skip


def test_what_is_let_go_of_or_made_in_vain_is_told(world: World) -> None:
    """Also where it was done before."""
    job = world.engine.complete(world.job_at(TAX, "Done").items[0])
    branch = world.engine.what_if()
    branch.unlink(job, "Prepare")
    branch.move(job, "Bill")
    branch.move(job, "Done", open="cancel")

    assert lines(branch.diff(), job.id)[1:5] == (
        "unlinked 'Prepare'",
        "made 'Fee'",
        "resolved 'Fee'",
        "made 'Prepare'",
    )


def test_reminders_count_also_where_their_rhythm_began_anew(world: World) -> None:
    """What was reopened is reminded of from the first one on."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.advance(days=4)
    branch.complete(f"{job.id}/1")
    branch.reopen(f"{job.id}/1")
    branch.advance(days=4)

    assert "reminded of 'Organizer' 2 times" in lines(branch.diff(), job.id)


def test_a_stage_of_another_pipeline_is_another_though_called_alike(world: World) -> None:
    """The job did not come there again."""
    world.engine.save(Pipeline("Audit", stages=[Stage("Look"), Stage("Done")]))
    job = world.job_at(TAX, "Done")
    branch = world.engine.what_if()
    branch.transfer(job, "audit", "Done")

    diff = branch.diff()

    assert lines(diff, job.id)[0] == "moved from 'Done' to 'Done'"
    assert [one.job for one in diff.moved] == [job.id]


def test_a_job_that_an_undo_brings_back_into_its_stage_came_there_again(world: World) -> None:
    """It went round and is in the same stage as before, in another visit."""
    there_and_back = [TransferJob("round", stage="one")]
    stages = [Stage("One"), Stage("Two", there_and_back), Stage("Three")]
    line = world.engine.save(Pipeline("Round", stages=stages))
    job = world.engine.move(world.engine.start(line, world.account()), "Two")
    branch = world.engine.what_if()

    branch.undo(job)

    assert (job.stage, job.visit, branch.job(job).visit) == ("one", 3, 1)
    assert lines(branch.diff(), job.id) == ("came into 'One' again",)


def test_definitions_are_told(world: World) -> None:
    """New ones, edited ones and those that are gone; the settings have no name."""
    branch = world.engine.what_if()
    branch.save(Settings(attempts=2), EmailTemplate("Nudge", subject="Hello"))
    branch.save(branch.pipeline("tax").change("Bill", name="Invoice"))
    branch.delete(branch.member("tom"))

    assert [str(one) for one in branch.diff().definitions] == [
        "member 'Tom': deleted",
        "pipeline 'Tax': changed",
        'settings "the firm\'s settings": new',
        "template 'Nudge': new",
    ]


def test_stages_that_the_branch_took_away_have_their_names(world: World) -> None:
    """As the firm calls them."""
    job = world.job_at(TAX, "Bill")
    branch = world.engine.what_if()
    branch.apply(branch.plan(branch.pipeline("tax").remove_stage("Bill")), stages={"Bill": "Done"})

    assert lines(branch.diff(), job.id)[0] == "moved from 'Bill' to 'Done'"


def test_a_request_that_waited_is_told_though_its_job_is_as_it_was(world: World) -> None:
    """The firm had asked for it; on the branch it leaves."""
    world.email.fail_next(OSError("busy"))
    job = world.job_at(TAX, "Bill")
    world.engine.pause(job)
    branch = world.engine.what_if()
    branch.advance(days=1)

    assert lines(branch.diff(), job.id) == ("1 request to email",)


def test_an_automation_that_fails_is_told(world: World) -> None:
    """Somebody would have to decide about it; here its template is lost."""
    job = world.job_at(TAX, "Done")
    key = RowKey("template", WELCOME.id)
    world.store.commit(Changes("default", {key: 1}, deletes=(key,)))
    branch = world.engine.what_if()
    branch.move(job, "Bill")

    told = lines(branch.diff(), job.id)

    assert "failed automation from nothing to 'send-email-welcome'" in told
    (failed,) = branch.job(job).blocked
    later = branch.what_if()
    later.abandon(failed.key)
    assert lines(later.diff(), job.id) == (
        "failed automation from 'send-email-welcome' to nothing",
    )


def test_everything_has_a_table_of_its_own(world: World) -> None:
    """Requests of no job too: the folders of a new account."""
    world.engine.save(Settings(default_folder=FOLDERS.id))
    branch = world.engine.what_if()
    branch.start(TAX, branch.save(Account("Ada")), name="1040")
    branch.save(EmailTemplate("Nudge", subject="Hello"))

    assert f"{branch.diff():text}".splitlines() == [
        "What the branch would change",
        "============================",
        "1 job, 1 account, 1 definition, 2 requests",
        "",
        "Jobs",
        "Account  Job   What would happen",
        "-------  ----  ---------------------------------",
        "Ada      1040  started; it would be in 'Collect'",
        "               made 'Organizer'",
        "               1 request to organizers",
        "",
        "Accounts",
        "Account  What would change",
        "-------  -----------------",
        "Ada      new",
        "",
        "Definitions",
        "What      Name   Would be",
        "--------  -----  --------",
        "template  Nudge  new",
        "",
        "Would leave",
        "Port        Requests",
        "----------  --------",
        "folders     1",
        "organizers  1",
    ]
    assert branch.diff().requests == branch.diff(actor="mia").requests


def test_a_branch_of_a_branch_is_compared_with_that(world: World) -> None:
    """What its parent did is none of its own."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.move(job, "Bill")
    deeper = branch.what_if()

    assert not deeper.diff()

    deeper.move(job, "Done")

    assert lines(deeper.diff(), job.id)[0] == "moved from 'Bill' to 'Done'"
    assert lines(branch.diff(), job.id)[0] == "moved from 'Collect' to 'Bill'"


@pytest.mark.parametrize("what", ["job", "account"])
def test_a_parent_that_moved_on_is_noticed(world: World, what: str) -> None:
    """What the branch has written, or rests on, is another thing in the firm by now."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.edit(job, name="On the branch")

    if what == "job":
        world.engine.edit(job, name="In the firm")
    else:
        world.engine.tag(job.account, {"vip"})

    with pytest.raises(ConflictError, match=f"moved on under its branch: {what}"):
        branch.diff()


def test_it_costs_by_what_the_branch_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a firm with many jobs it looks at those few rows."""
    world = begun(World())
    several = [world.job_at(TAX, "Collect") for _ in range(200)]
    branch = world.engine.what_if()
    branch.move(several[7], "Bill")
    looked: set[RowKey] = set()
    reads = MemoryStore.read

    def read(store: MemoryStore, tenant: str, keys: Iterable[RowKey], /, **given: Any) -> Read:
        wanted = [*keys]
        looked.update(wanted)
        return reads(store, tenant, wanted, **given)

    monkeypatch.setattr(MemoryStore, "read", read)
    monkeypatch.setattr(OverlayStore, "find", None)

    assert [one.job for one in branch.diff().jobs] == [several[7].id]
    assert len(looked) < 10


def test_hostile_names_and_very_many_jobs_are_shown_safely() -> None:
    """Names are text, and a table ends somewhere; the value holds everything."""
    world = begun(World())
    accounts = [world.account(HOSTILE) for _ in range(150)]
    branch = world.engine.what_if()
    branch.start_many(TAX, accounts, name=HOSTILE)

    diff = branch.diff()

    assert len(diff.jobs) == 150
    assert "\x1b" not in str(diff)
    assert "<b>" not in f"{diff:html}"
    assert "](javascript" not in f"{diff:md}"
    assert "… 116 more" in str(diff)
    assert len(str(diff).splitlines()) < 120


class Owner(Authorizer):
    """Lets everybody read what is not called secret."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Not asked."""
        raise NotImplementedError

    def may(self, intent: Intent, /) -> bool:
        """Look at what the job or account is called."""
        things = (intent.job, intent.account, *intent.things)
        return not any(getattr(one, "name", "") == "secret" for one in things)


def test_who_asks_sees_what_they_may() -> None:
    """Jobs, accounts, definitions and requests that they may not see are left out."""
    world = begun(World(authorizer=Owner()))
    secret, ada = world.account("secret"), world.account("Ada")
    gone = [world.account("secret"), world.account("Gone")]
    world.engine.save(Member("Old"))
    jobs = [world.engine.start(TAX, one) for one in (secret, ada, secret, ada)]
    branch = world.engine.what_if()
    for job in jobs[:2]:
        branch.move(job, "Bill")
    for job in jobs[2:]:
        branch.archive(job)
        branch.delete(job)
    branch.save(EmailTemplate("secret", subject="s"), EmailTemplate("Open", subject="s"))
    branch.tag(secret, {"x"})
    branch.tag(ada, {"x"})
    for one in gone:
        branch.delete(one)
    branch.delete(branch.member("old"))

    diff = branch.diff(actor="mia")

    assert [one.job for one in diff.jobs] == [jobs[1].id, jobs[3].id]
    assert [one.name for one in diff.accounts] == ["Ada", "Gone"]
    assert [one.name for one in diff.definitions] == ["Old", "Open"]
    assert diff.requests == {"email": 1, "invoices": 1}
    assert len(branch.diff().jobs) == 4


def test_an_interrupted_advance_leaves_the_firm_as_it_was(world: World) -> None:
    """Whoever interrupts it may go on with the branch, or let it go."""
    world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    before = [*world.store.export("default")]

    def stop(event: object) -> None:
        raise KeyboardInterrupt

    end = branch.on(ReminderSent, stop)
    with pytest.raises(KeyboardInterrupt):
        branch.advance(days=7)
    end()

    assert [*world.store.export("default")] == before
    assert isinstance(branch, Branch)
    branch.advance(days=7)
    assert branch.diff().requests == {"email": 2}
    assert [*world.store.export("default")] == before
