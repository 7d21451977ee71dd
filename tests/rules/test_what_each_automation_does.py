"""What automations do when they fire: tags, access, assignees, and what they ask of the ports."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    AccessChanged,
    Account,
    After,
    ApplyFolderTemplate,
    AssigneesChanged,
    AutomationRan,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    EmailMode,
    EmailTemplate,
    InvoiceTemplate,
    ItemCompleted,
    ItemState,
    LimitError,
    LineItem,
    OrganizerTemplate,
    Package,
    Pipeline,
    ProposalTemplate,
    Question,
    Reminders,
    Role,
    Section,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Signatory,
    Stage,
    TagChange,
    TagsChanged,
    TaskTemplate,
    ThreadMode,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
    Warned,
    rules,
)
from pipeflow.model.automations import Automation
from pipeflow.ports import Email, FolderTree, Invoice, Message, Organizer, Proposal, Task
from pipeflow.rules.actions import ACTIONS
from pipeflow.rules.steps import KEPT, TagStep, steps_of
from tests.rules.states import (
    ADA,
    BOB,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    FOLDERS,
    FREE,
    LETTER,
    NEWS,
    ORGANIZER,
    PREPARE,
    TEMPLATES,
    WELCOME,
    account_of,
    asked,
    book_of,
    events,
    opening,
    usd,
)

TAGS = st.frozensets(st.sampled_from("abcde"))


def fired(*acts: Automation, more: tuple[Any, ...] = (), **keywords: Any) -> rules.Decision:
    """Start a job in a stage of these automations, with templates that not all firms have."""
    settings, default = keywords.pop("settings", None), keywords.pop("default_access", ())
    book = book_of(
        Stage("Intake", acts),
        DONE,
        templates=(*TEMPLATES, *more),
        settings=settings,
        default_access=default,
    )
    return opening(book=book, **keywords)


def test_there_is_an_action_for_each_kind_of_automation() -> None:
    """None is forgotten, and none does what no kind asks for."""
    kinds = {one.kind for one in _kinds(Automation)}  # attrs may have twins of these classes

    assert {one.kind for one in ACTIONS} == kinds
    assert len(ACTIONS) == len(kinds)


def _kinds(cls: type[Automation]) -> Iterator[type[Automation]]:
    """Yield a class and all below it, but for those that only others are made of."""
    if cls.kind:
        yield cls
    for child in cls.__subclasses__():
        yield from _kinds(child)


# -- tags ---------------------------------------------------------------------------------------


@given(TAGS, TAGS, TAGS, st.booleans())
def test_tags_are_removed_or_cleared_first_and_then_added(
    before: frozenset[str], add: frozenset[str], remove: frozenset[str], clear: bool
) -> None:
    """What is added is there afterwards, whatever was before (A-13)."""
    change = UpdateAccountTags(add=add, remove=remove - add, clear=clear)
    client = account_of(tags=before)

    decision = fired(change, account=client)

    expected = add if clear else (before - (remove - add)) | add
    assert (decision.account or client).tags == expected
    lines = [(event.added, event.removed) for event in events(decision, TagsChanged)]
    assert lines == ([] if expected == before else [(expected - before, before - expected)])


@pytest.mark.parametrize("make", [UpdateAccountTags, TagChange])
def test_the_same_tag_added_and_removed_is_refused(make: Any) -> None:
    """A contradiction is no automation (A-14)."""
    with pytest.raises(DefinitionError, match="both added and removed"):
        make(add={"a"}, remove={"a"})


def test_a_tag_automation_works_out_each_set_of_tags_once_and_forgets_beyond_a_limit() -> None:
    """The answer is the same whether it was remembered or not."""
    step = TagStep(UpdateAccountTags(add={"new"}))
    sets = [frozenset({f"t{n}"}) for n in range(KEPT + 1)]

    first = [step.change(one) for one in sets]

    assert first == [step.change(one) for one in sets]
    assert first[-1] == (sets[-1] | {"new"}, frozenset({"new"}), frozenset())


def test_a_tag_automation_does_for_each_job_what_it_did_for_the_first() -> None:
    """A pipeline's automations are made ready once, for all its jobs."""
    book = book_of(Stage("Intake", [UpdateAccountTags(add={"new"})]), DONE)

    one, other = (opening(book=book, account=account_of(tags=tags)) for tags in ({"a"}, {"b"}))

    assert one.account is not None
    assert other.account is not None
    assert one.account.tags == {"a", "new"}
    assert other.account.tags == {"b", "new"}


# -- people -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reset", "add", "remove", "result"),
    [
        (True, [], [], frozenset({"tom", "zoe"})),
        (True, [], ["eve"], frozenset({"tom", "zoe"})),
        (True, ["mia"], [], frozenset({"mia"})),
        (True, ["mia", "zoe"], ["eve"], frozenset({"mia", "zoe"})),
        (False, ["mia"], [], frozenset({"eve", "mia"})),
        (False, [], ["eve"], frozenset()),
        (False, ["mia"], ["eve"], frozenset({"mia"})),
        (False, [], [], frozenset({"eve"})),
    ],
)
def test_access_follows_the_table(
    reset: bool, add: list[str], remove: list[str], result: frozenset[str]
) -> None:
    """Resetting with a filled list gives exactly that list (domain.md 1.3)."""
    client = account_of(access=["eve"])
    change = UpdateAccountAccess(add=add, remove=remove, reset=reset)

    decision = fired(change, account=client, default_access=["tom", "zoe"])

    assert (decision.account or client).access == result
    lines = [(event.added, event.removed) for event in events(decision, AccessChanged)]
    assert lines == ([] if result == {"eve"} else [(result - {"eve"}, frozenset({"eve"}) - result)])


def test_a_role_is_looked_up_in_the_account() -> None:
    """For access, assignees and tasks alike, however the role is spelled there."""
    client = account_of(roles={"Tax Preparer": ["mia", "tom"]})
    task = TaskTemplate("Sort", assignees=[Role("tax preparer"), "eve"])

    decision = fired(
        UpdateAccountAccess(add=[Role("Tax Preparer")]),
        UpdateJobAssignees(add=[Role("tax preparer")]),
        CreateTask(task),
        account=client,
        more=(task,),
    )

    assert decision.account is not None
    assert decision.account.access == {"mia", "tom"}
    assert decision.job.assignees == {"mia", "tom"}
    assert asked(decision, Task)[0].assignees == {"eve", "mia", "tom"}


def test_a_role_that_nobody_fills_is_warned_of() -> None:
    """The task is made without assignee (A-28)."""
    task = TaskTemplate("Sort", assignees=[Role("preparer")])

    decision = fired(CreateTask(task), more=(task,))

    assert asked(decision, Task)[0].assignees == frozenset()
    assert [event.text for event in events(decision, Warned)] == [
        "create-task-sort: nobody fills the role 'preparer' for 'Lovelace'"
    ]


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (UpdateJobAssignees(add=["mia"]), {"eve", "mia"}),
        (UpdateJobAssignees(remove=["eve"]), set()),
        (UpdateJobAssignees(add=["mia"], remove=["eve"]), {"mia"}),
        (UpdateJobAssignees(add=["mia"], clear=True), {"mia"}),
        (UpdateJobAssignees(clear=True), set()),
        (UpdateJobAssignees(add=["eve"]), {"eve"}),
    ],
)
def test_assignees_come_and_go(change: UpdateJobAssignees, result: set[str]) -> None:
    """Unassigning, or clearing, comes first; what changes nothing leaves no line."""
    decision = fired(change, assignees=frozenset({"eve"}))

    assert decision.job.assignees == result
    assert len(events(decision, AssigneesChanged)) == (result != {"eve"})


# -- requests -----------------------------------------------------------------------------------


def test_folders_are_asked_for_and_none_is_deleted() -> None:
    """The request lists folders to make, and has no word for one that is to go (A-12)."""
    decision = fired(ApplyFolderTemplate(FOLDERS))

    (tree,) = asked(decision, FolderTree)
    assert [folder.path for folder in tree.folders] == ["Tax/2026"]
    assert (tree.item, decision.job.items) == (None, ())


def test_an_email_in_account_mode_goes_to_all_contacts_at_once() -> None:
    """Each address once, and only to those who take mail (domain.md part 6)."""
    quiet = Contact("Quiet", email="quiet@example.com", notify=False)
    decision = fired(
        SendEmail(WELCOME),
        account=account_of(contacts=[ADA, BOB, quiet, Contact("A", email=ADA.email)]),
    )

    (email,) = asked(decision, Email)
    assert email.to == ("ada@example.com", "bob@example.com")
    assert (email.subject, email.body) == ("Welcome, Lovelace", "It begins.")


def test_an_email_in_contact_mode_goes_to_each_contact_by_itself() -> None:
    """With that contact's own fields, and under a key of its own (domain.md part 6)."""
    each = EmailTemplate("Each", subject="Dear [FIRST_NAME]", mode=EmailMode.CONTACT)

    decision = fired(SendEmail(each), account=account_of(contacts=[ADA, BOB]), more=(each,))

    sent = [(email.to, email.subject) for email in asked(decision, Email)]
    assert sent == [(("ada@example.com",), "Dear Ada"), (("bob@example.com",), "Dear Bob")]
    assert len({email.key for email in decision.requests}) == 2


@pytest.mark.parametrize(
    "client",
    [
        account_of(contacts=[]),
        account_of(contacts=[Contact("Ada")]),
        account_of(contacts=[Contact("Ada", email="a@example.com", notify=False)]),
        account_of(active=False),
    ],
    ids=["no contact", "no address", "no notify", "archived account"],
)
def test_without_anybody_who_takes_mail_the_item_is_made_and_no_mail_goes_out(
    client: Account,
) -> None:
    """The history warns, and the client finds it in the portal (A-25)."""
    decision = fired(SendEmail(WELCOME), CreateInvoice(FEE), account=client)

    assert asked(decision, Email) == []
    assert asked(decision, Invoice)[0].to == ()
    assert [item.name for item in decision.job.items] == ["Fee"]
    why = "no contact of 'Lovelace' takes mail" if client.active else "'Lovelace' is not active"
    assert [event.text for event in events(decision, Warned)] == [
        f"{one}: no recipients, {why}" for one in ("send-email-welcome", "create-invoice-fee")
    ]


@pytest.mark.parametrize("client", [account_of(contacts=[])])
def test_a_task_is_made_for_the_team_and_asks_for_no_recipient(client: Account) -> None:
    """Nobody is told, so nobody is missed (A-25)."""
    assert events(fired(CreateTask(PREPARE), account=client), Warned) == []


def test_a_47_a_reply_without_a_thread_begins_one_and_later_ones_go_to_the_latest() -> None:
    """Which one is settled when it is sent (A-47, A-48)."""
    reply = SendMessage(NEWS, thread="reply_to_latest")

    decision = fired(reply, SendMessage(CHECKLIST), CreateTask(PREPARE), reply)

    sent = [(message.thread, message.reply_to) for message in asked(decision, Message)]
    assert sent == [
        (ThreadMode.NEW, None),
        (ThreadMode.NEW, None),
        (ThreadMode.REPLY_TO_LATEST, "job-1/2"),
    ]


def test_a_message_without_client_tasks_waits_for_nobody() -> None:
    """With some it does."""
    decision = fired(SendMessage(NEWS), SendMessage(CHECKLIST))

    assert [item.state for item in decision.job.items] == [ItemState.RESOLVED, ItemState.PENDING]
    assert [item.asks for item in decision.job.items] == [False, True]


def test_an_invoice_that_comes_to_nothing_is_paid_when_it_is_made() -> None:
    """It waits for nobody and is reminded of to nobody (A-50)."""
    decision = fired(CreateInvoice(FREE, reminders=DAILY))

    (item,) = decision.job.items
    assert (item.state, item.timer, decision.timers) == (ItemState.COMPLETED, None, ())
    assert [event.fact for event in events(decision, ItemCompleted)] == [None]
    assert len(asked(decision, Invoice)) == 1


def test_merge_fields_of_an_invoice_are_filled_in_line_by_line() -> None:
    """Lines without a description stay as they are."""
    bill = InvoiceTemplate(
        "Bill",
        lines=[
            LineItem("A", rate=usd("1"), description="[CURRENT_YEAR]"),
            LineItem("B", rate=usd("2")),
        ],
        description="For [ACCOUNT_NAME]",
        email_text="Dear [ACCOUNT_NAME]",
        note="[CURRENT_QUARTER]",
    )  # fmt: skip

    (invoice,) = asked(fired(CreateInvoice(bill), more=(bill,)), Invoice)

    assert [line.description for line in invoice.lines] == ["2027", ""]
    assert (invoice.description, invoice.email_text, invoice.note) == (
        "For Lovelace", "Dear Lovelace", "Q1",
    )  # fmt: skip
    assert invoice.totals.total == usd("3")


def test_an_organizer_keeps_the_questions_of_all_its_sections() -> None:
    """As they are when it is sent (domain.md part 5)."""
    sheet = OrganizerTemplate(
        "Sheet",
        [Question("Name?")],
        sections=[Section("Home", [Question("Street?")])],
        title="[ACCOUNT_NAME] [CURRENT_YEAR]",
    )

    decision = fired(CreateOrganizer(sheet), CreateOrganizer(ORGANIZER), more=(sheet,))

    first, second = asked(decision, Organizer)
    progress: Any = decision.job.items[0].progress
    assert [question.text for question in progress.questions] == ["Name?", "Street?"]
    assert (first.title, second.title) == ("Lovelace 2027", "Organizer")


def test_a_proposal_is_for_the_signatories_that_the_account_has_now() -> None:
    """Contacts who do not sign are told, and do not sign."""
    other = Contact("Cy", email="cy@example.com", signatory=False, id="c-cy")
    offer = ProposalTemplate(
        "Offer", title="For [ACCOUNT_NAME]", services=[LineItem("A", rate=usd("1"))]
    )

    decision = fired(
        SendProposal(offer),
        SendProposal(LETTER),
        account=account_of(contacts=[ADA, other]),
        more=(offer,),
    )

    first, second = asked(decision, Proposal)
    assert first.signatories == (Signatory("c-ada", "Ada Lovelace", "ada@example.com"),)
    assert first.to == ("ada@example.com", "cy@example.com")
    assert (first.title, second.title) == ("For Lovelace", "Letter")


def test_the_services_of_packages_are_filled_in_like_others() -> None:
    """Merge fields stand in every line that a client reads (domain.md part 6)."""
    service = LineItem("Return", rate=usd("1.00"), description="For [ACCOUNT_NAME]")
    offer = ProposalTemplate("Offer", packages=[Package("Gold", services=[service])])

    (proposal,) = asked(fired(SendProposal(offer), more=(offer,)), Proposal)

    assert proposal.packages[0].services[0].description == "For Lovelace"


def test_a_relative_date_counts_from_the_day_on_which_the_task_is_made() -> None:
    """By the firm's calendar; a fixed one is that date (A-43)."""
    task = TaskTemplate("Late", start=After(days=1), due=After(months=1))
    fixed = TaskTemplate("Fixed", start=date(2027, 2, 1), due=date(2027, 2, 2))
    book = book_of(
        Stage("Intake", [CreateTask(task), CreateTask(fixed), CreateTask(PREPARE)]),
        DONE,
        templates=(*TEMPLATES, task, fixed),
        settings=Settings(time_zone="Asia/Tokyo"),
    )

    decision = opening(book=book, now=datetime(2027, 1, 31, 20, tzinfo=UTC))

    dates = [(one.start, one.due) for one in asked(decision, Task)]
    assert dates == [
        (date(2027, 2, 2), date(2027, 3, 1)),
        (date(2027, 2, 1), date(2027, 2, 2)),
        (None, None),
    ]


def test_the_reminders_of_an_automation_come_before_those_of_its_template() -> None:
    """An automation without any inherits them (domain.md part 4)."""
    bill = InvoiceTemplate("Bill", FEE.lines, reminders=Reminders(every=7))

    decision = fired(CreateInvoice(bill), CreateInvoice(bill, reminders=DAILY), more=(bill,))

    assert [item.reminders for item in decision.job.items] == [bill.reminders, DAILY]
    assert decision.timers == ()  # they count from the delivery


def test_a_command_that_would_ask_for_too_much_is_refused_whole() -> None:
    """As much as allowed is fine (`Settings.most_requests`)."""
    two = (CreateTask(PREPARE), SendEmail(WELCOME))

    assert len(fired(*two, settings=Settings(most_requests=2)).requests) == 2
    with pytest.raises(
        LimitError, match="would ask for 2 things in one command, and 1 are allowed"
    ):
        fired(*two, settings=Settings(most_requests=1))


def test_an_automation_that_makes_an_item_names_it() -> None:
    """So that a history leads from the one to the other."""
    decision = fired(SendProposal(LETTER), SendMessage(NEWS), SendEmail(WELCOME))

    assert [event.item for event in events(decision, AutomationRan)] == ["job-1/1", "job-1/2", None]
    assert [item.origin for item in decision.job.items] == [
        "send-proposal-letter",
        "send-message-news",
    ]


def test_a_step_without_an_id_of_its_own_is_called_after_what_it_does() -> None:
    """As it is where a stage took an automation in."""
    book = rules.Book(Pipeline("Tax", [DONE]), {}, book_of(DONE).firm, UTC)

    (step,) = steps_of(book, DONE.id, [SendEmail(WELCOME)], DONE.id)
    assert step.id == "send-email-welcome"
