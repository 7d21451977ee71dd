"""Through a whole firm: what clients read is what the firm wrote for them, in their language."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    ClientRequestTemplate,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    InvoiceTemplate,
    ItemKind,
    Job,
    Language,
    MessageTemplate,
    OrganizerTemplate,
    Question,
    Ref,
    Reminders,
    ReminderText,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    TaskTemplate,
)
from pipeflow.languages import GERMAN as GERMAN_READY
from pipeflow.languages import SWEDISH
from pipeflow.model.templates import EmailTemplate, ProposalTemplate
from pipeflow.testing import World
from tests.firms import BOB, DONE, FEE, begun, opened

DAILY = Reminders(every=1, times=3)
MONDAY = datetime(2026, 3, 30, 9, tzinfo=UTC)
GERMAN = Language(
    "de",
    months=[
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
        "Oktober", "November", "Dezember",
    ],
    days=["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    full_date="{day}. {month} {year}",
    quarter="{number}. Quartal",
    yes="ja",
    no="nein",
    reminder_subject="Erinnerung: [ITEM_NAME]",
    reminder_body="Guten Tag [ACCOUNT_NAME], [ITEM_NAME] wartet noch auf Sie.",
)  # fmt: skip


def german(tag: str = "de", **more: Any) -> Account:
    """Return a client who is written to in German."""
    return Account("Berg GmbH", contacts=[BOB], language=tag, **more)


def subjects(world: World) -> list[str]:
    """Return what the mail that went out is about."""
    return [mail.subject for mail in world.email.sent]


def bodies(world: World) -> list[str]:
    """Return what the mail that went out says."""
    return [mail.body for mail in world.email.sent]


def reminded(
    texts: Any = (), *, times: int = 3, account: Account | None = None, **settings: Any
) -> World:
    """Return a firm in which a client was reminded of an invoice as often as there was to be."""
    fee = InvoiceTemplate("Fee 2026", lines=FEE.lines, reminder_texts=texts)
    stage = Stage("Billing", [CreateInvoice(fee, reminders=Reminders(every=1, times=times))])
    world, _ = begun(stage, DONE, account=account, more=[fee], settings=Settings(**settings))
    world.advance(days=times)
    return world


# -- titles -------------------------------------------------------------------------------------


ASKED = OrganizerTemplate(
    "ORG v3 internal", title="Your questions for [CURRENT_YEAR]", questions=[Question("Q?")]
)
CHASED = MessageTemplate("MSG slow payers", subject="A few papers", client_tasks=["Statement"])
SIGNED = ProposalTemplate("EL-A internal", title="Letter for [ACCOUNT_NAME]")
UNTITLED = OrganizerTemplate("Tax questions [CURRENT_YEAR]")
TITLED = InvoiceTemplate("FEE v3 internal", FEE.lines, title="Return [LAST_YEAR],\nfirst half")
EMPTY_BILL = InvoiceTemplate("FEE v4", FEE.lines, title="[ACCOUNT_CUSTOM_FIELD:none]")
EMPTY = OrganizerTemplate("Questions", title="[ACCOUNT_CUSTOM_FIELD:none]")
NO_SUBJECT = MessageTemplate("MSG 7", subject="", body="  Please send us your statement.\nThanks!")
BLANK = MessageTemplate("MSG 8", subject="", body="")


@pytest.mark.parametrize(
    ("automation", "template", "title"),
    [
        (CreateOrganizer(ASKED, reminders=DAILY), ASKED, "Your questions for 2026"),
        (SendMessage(CHASED, reminders=DAILY), CHASED, "A few papers"),
        (SendProposal(SIGNED, reminders=DAILY), SIGNED, "Letter for Lovelace"),
        (CreateOrganizer(UNTITLED, reminders=DAILY), UNTITLED, "Tax questions 2026"),
        (CreateOrganizer(EMPTY, reminders=DAILY), EMPTY, "Questions"),
        (SendMessage(NO_SUBJECT, reminders=DAILY), NO_SUBJECT, "Please send us your statement."),
        (SendMessage(BLANK, reminders=DAILY), BLANK, "MSG 8"),
        (CreateInvoice(FEE, reminders=DAILY), FEE, "Fee"),
        (CreateInvoice(TITLED, reminders=DAILY), TITLED, "Return 2025, first half"),
        (CreateInvoice(EMPTY_BILL, reminders=DAILY), EMPTY_BILL, "FEE v4"),
    ],
)
def test_r_10_the_client_sees_what_the_firm_wrote_for_clients(
    automation: Any, template: Any, title: str
) -> None:
    """R-10: the title or subject, never a template's internal name; the item keeps it."""
    world, job = begun(Stage("Intake", [automation]), DONE, more=[template])
    world.advance(days=1)

    (item,) = job.items
    assert (item.name, item.title) == (template.name, title)
    assert subjects(world) == [f"Reminder: {title}"]


def test_r_10_a_bill_is_called_by_its_title_where_it_has_one() -> None:
    """At the port that makes it, also where a signature does; else by the template's name."""
    letter = ProposalTemplate("Letter 2", invoice_on_acceptance=TITLED)
    stage = Stage("Bill", [CreateInvoice(FEE), SendProposal(letter)])
    world, job = begun(stage, DONE, more=[TITLED, letter])

    job = world.client.signs(job, "Letter 2")

    assert [(one.name, one.title) for one in world.invoices.created] == [
        ("Fee", "Fee"),
        ("FEE v3 internal", "Return 2025, first half"),
    ]
    assert job.item("FEE v3 internal").title == "Return 2025, first half"


def test_r_10_a_title_stays_as_it_was_sent() -> None:
    """R-10: what the client reads in spring is what stood over the thing in winter."""
    world = opened(
        Stage("Intake", [CreateOrganizer(ASKED, reminders=Reminders(every=30, times=1))]),
        DONE,
        more=[ASKED],
        start=datetime(2026, 12, 15, 9, tzinfo=UTC),
    )
    job = world.engine.start("tax", world.account())

    world.advance(days=30)

    assert job.item("ORG v3 internal").title == "Your questions for 2026"
    assert subjects(world) == ["Reminder: Your questions for 2026"]


def test_r_10_what_is_linked_is_called_as_its_link() -> None:
    """R-10: the host says what the client knows it as."""
    world, job = begun(Stage("Intake"), DONE)

    job = world.engine.link(job, Ref("documents", "d-1"), kind="approval", name="Return 2025")
    world.engine.remind(job.item("Return 2025"))

    assert job.item("Return 2025").title == "Return 2025"
    assert subjects(world) == ["Reminder: Return 2025"]


# -- what reminders say -------------------------------------------------------------------------


def test_r_20_the_text_of_a_reminder_stands_at_its_template() -> None:
    """R-20: that of all of them, that of a number, and that of the last one."""
    world = reminded(
        [
            ReminderText("[ITEM_NAME] is open", "Dear [ACCOUNT_NAME]"),
            ReminderText("Once more: [ITEM_NAME]", number=2),
            ReminderText("Last call", "It is late.", last=True),
        ],
        times=4,
    )

    assert subjects(world) == [
        "Fee 2026 is open",
        "Once more: Fee 2026",
        "Fee 2026 is open",
        "Last call",
    ]
    assert bodies(world) == ["Dear Lovelace", "Dear Lovelace", "Dear Lovelace", "It is late."]


def test_r_20_the_only_reminder_is_the_last_one() -> None:
    """R-20: and what is said of its number comes behind."""
    world = reminded([ReminderText("First", number=1), ReminderText("Last", last=True)], times=1)

    assert subjects(world) == ["Last"]


def test_r_20_a_reminder_by_hand_is_of_no_number() -> None:
    """R-20: it says what all of them say, also where the thing has no rhythm."""
    texts = [ReminderText("First", number=1), ReminderText("Last", last=True), ReminderText("All")]
    fee = InvoiceTemplate("Fee 2026", lines=FEE.lines, reminder_texts=texts)
    world, job = begun(Stage("Billing", [CreateInvoice(fee)]), DONE, more=[fee])

    world.engine.remind(job.item("Fee 2026"))

    assert subjects(world) == ["All"]


SAYS = ReminderText("Just a word", "About [ITEM_NAME].")


@pytest.mark.parametrize(
    ("automation", "template"),
    [
        (CreateInvoice, InvoiceTemplate("Thing", lines=FEE.lines, reminder_texts=SAYS)),
        (
            CreateOrganizer,
            OrganizerTemplate("Thing", questions=[Question("Q?")], reminder_texts=SAYS),
        ),
        (SendProposal, ProposalTemplate("Thing", reminder_texts=SAYS)),
        (
            SendMessage,
            MessageTemplate("Thing", subject="Thing", client_tasks=["Q"], reminder_texts=SAYS),
        ),
        (SendClientRequest, ClientRequestTemplate("Thing", uploads=["W-2"], reminder_texts=SAYS)),
    ],
)
def test_r_20_a_template_of_whatever_kind_says_what_its_reminders_say(
    automation: Any, template: Any
) -> None:
    """R-20: the firm wrote it for this thing."""
    stage = Stage("Ask", [automation(template, reminders=Reminders(every=1, times=1))])
    world, _ = begun(stage, DONE, more=[template])

    world.advance(days=1)

    assert (subjects(world), bodies(world)) == (["Just a word"], ["About Thing."])


def test_r_20_without_a_text_at_its_template_the_settings_have_one_by_kind() -> None:
    """R-20: each part by itself."""
    by_kind = {
        "invoice": [
            ReminderText("Unpaid: [ITEM_NAME]", "Please pay."),
            ReminderText("2", number=2),
        ],
        ItemKind.ORGANIZER: ReminderText("Unanswered: [ITEM_NAME]"),
    }

    world = reminded(ReminderText(body="It is due."), times=2, reminder_texts=by_kind)

    assert subjects(world) == ["Unpaid: Fee 2026", "2"]
    assert bodies(world) == ["It is due.", "It is due."]


def test_r_20_without_any_text_the_firm_says_the_same_of_all_things() -> None:
    """R-20: as it always did."""
    world = reminded(times=1, reminder_subject="[ITEM_NAME]?", reminder_texts={"organizer": []})

    assert subjects(world) == ["Fee 2026?"]


def test_r_20_an_item_keeps_the_texts_with_which_it_was_made() -> None:
    """R-20: neither an edit of the template nor another pipeline takes them away."""
    fee = InvoiceTemplate("Fee 2026", lines=FEE.lines, reminder_texts=ReminderText("As made"))
    stage = Stage("Billing", [CreateInvoice(fee, reminders=DAILY)])
    world, _ = begun(stage, DONE, more=[fee])
    edited = InvoiceTemplate("Fee 2026", lines=FEE.lines, reminder_texts=ReminderText("Edited"))

    world.engine.save(edited, replace=True)
    world.advance(days=1)

    assert subjects(world) == ["As made"]


@pytest.mark.parametrize(
    ("automation", "kind", "more"),
    [
        (SendMessage, MessageTemplate, {"subject": "Hi", "client_tasks": ["Scan"]}),
        (SendProposal, ProposalTemplate, {}),
        (CreateOrganizer, OrganizerTemplate, {}),
    ],
)
def test_r_20_every_template_of_what_clients_are_reminded_of_has_texts(
    automation: Any, kind: Any, more: dict[str, Any]
) -> None:
    """R-20: messages, proposals and organizers as well as invoices; a typo is refused."""

    def saved(text: ReminderText) -> tuple[World, Job]:
        template = kind("Thing", reminder_texts=text, **more)
        return begun(Stage("Intake", [automation(template)]), DONE, more=[template])

    with pytest.raises(DefinitionError) as refused:
        saved(ReminderText("[ITEM_NAME] of [NOBODY]"))
    world, job = saved(ReminderText("Still: [ITEM_NAME]"))
    world.engine.remind(job.item("Thing"))

    (problem,) = refused.value.problems
    assert problem.where == "template 'thing' $.reminder_texts[0].subject"
    assert subjects(world) == [f"Still: {job.item('Thing').title}"]


# -- languages ----------------------------------------------------------------------------------


def test_r_20_dates_are_written_in_the_accounts_language() -> None:
    """R-20: names of months and days, whole dates, quarters, and what is true."""
    mail = EmailTemplate(
        "Note",
        subject="[CURRENT_MONTH_NAME], [CURRENT_DAY_NAME], [NEXT_QUARTER]",
        body="[CURRENT_DAY_FULL_DATE]: [ACCOUNT_CUSTOM_FIELD:vat], [ACCOUNT_CUSTOM_FIELD:a], "
        "[ACCOUNT_CUSTOM_FIELD:since], [ACCOUNT_CUSTOM_FIELD:two]",
    )
    fields = {"vat": True, "a": False, "since": date(2020, 5, 1), "two": ["x", "y"]}
    world = opened(
        Stage("Intake", [SendEmail(mail)]),
        DONE,
        more=[mail],
        settings=Settings(languages=GERMAN),
        start=MONDAY,
    )

    for account in (german(fields=fields), Account("Lovelace", contacts=[BOB], fields=fields)):
        world.engine.start("tax", world.engine.save(account))

    assert subjects(world) == ["März, Montag, 2. Quartal", "March, Monday, Q2"]
    assert bodies(world) == [
        "30. März 2026: ja, nein, 1. Mai 2020, x, y",
        "March 30, 2026: yes, no, May 1, 2020, x, y",
    ]


def test_r_20_what_the_team_reads_is_in_the_firms_language() -> None:
    """R-20: the client's is for clients."""
    work = TaskTemplate("Work", description="For [CURRENT_MONTH_NAME]")
    world = opened(
        Stage("Work", [CreateTask(work)]),
        DONE,
        more=[work],
        settings=Settings(languages=[GERMAN]),
        start=MONDAY,
    )

    job = world.engine.start("tax", world.engine.save(german()), name="[CURRENT_MONTH_NAME]")

    assert job.name == "March"
    assert world.tasks.created[0].description == "For March"


@pytest.mark.parametrize(
    ("tag", "settings", "subject"),
    [
        ("de", {"languages": [GERMAN]}, "Erinnerung: Fee 2026"),
        ("DE-at", {"languages": [GERMAN]}, "Erinnerung: Fee 2026"),
        ("fr", {"languages": [GERMAN]}, "Reminder: Fee 2026"),
        ("", {"languages": [GERMAN], "language": "de"}, "Erinnerung: Fee 2026"),
        ("fr", {"languages": [GERMAN], "language": "de"}, "Erinnerung: Fee 2026"),
        ("en-GB", {"languages": [GERMAN], "language": "de"}, "Reminder: Fee 2026"),
        ("de", {"languages": [GERMAN], "reminder_subject": "Mind!"}, "Erinnerung: Fee 2026"),
        ("", {"languages": [GERMAN], "reminder_subject": "Mind!"}, "Mind!"),
        ("de", {"reminder_subject": "Mind!"}, "Mind!"),
    ],
)
def test_r_20_reminders_are_in_the_accounts_language(
    tag: str, settings: dict[str, Any], subject: str
) -> None:
    """R-20: else in the firm's own; what the firm itself wrote is in its own."""
    assert subjects(reminded(times=1, account=german(tag), **settings)) == [subject]


def test_r_20_a_language_without_a_text_of_its_own_takes_the_firms() -> None:
    """R-20: names of months may be all that it has."""
    names_only = Language("sv", [f"m{n}" for n in range(12)], [f"d{n}" for n in range(7)])

    world = reminded(times=1, account=german("sv"), languages=[names_only], reminder_body="Mind!")

    assert (subjects(world), bodies(world)) == (["Reminder: Fee 2026"], ["Mind!"])


@pytest.mark.parametrize(
    ("tag", "settings", "said"),
    [
        ("de", {}, ("Zahlungserinnerung: Fee 2026", "Guten Tag,")),
        ("sv", {}, ("Betalningspåminnelse: Fee 2026", "Hej!")),
        ("sv", {"reminder_subject": "Mind!"}, ("Betalningspåminnelse: Fee 2026", "Hej!")),
        ("", {"language": "sv", "reminder_subject": "Hör!"}, ("Hör!", "Hej!")),
        ("", {"language": "sv", "reminder_body": ""}, ("Betalningspåminnelse: Fee 2026", "")),
        (
            "",
            {"language": "sv", "reminder_texts": {"invoice": ReminderText("Fee?")}},
            ("Fee?", "Hej!"),
        ),
    ],
)
def test_r_20_a_language_has_texts_for_each_kind_of_item(
    tag: str, settings: dict[str, Any], said: tuple[str, str]
) -> None:
    """R-20: the firm's own come before them, in the language that is the firm's."""
    world = reminded(times=1, account=german(tag), languages=[GERMAN_READY, SWEDISH], **settings)

    assert subjects(world) == [said[0]]
    assert bodies(world)[0].startswith(said[1])
    assert bool(bodies(world)[0]) is bool(said[1])


def test_r_20_values_of_several_words_and_numbers_are_written_in_the_accounts_language() -> None:
    """R-20: custom fields with several values, and exact numbers."""
    mail = EmailTemplate("Note", subject="[ACCOUNT_CUSTOM_FIELD:of], [ACCOUNT_CUSTOM_FIELD:rate]")
    world = opened(
        Stage("Intake", [SendEmail(mail)]),
        DONE,
        more=[mail],
        settings=Settings(languages=SWEDISH),
    )
    account = german("sv", fields={"of": ["a", "b", "c"], "rate": Decimal("12.5")})

    world.engine.start("tax", world.engine.save(account))

    assert subjects(world) == ["a, b och c, 12,5"]


def test_r_20_a_text_may_be_for_clients_of_one_language() -> None:
    """R-20: it comes before those for everybody; one of another language is none."""
    texts = [
        ReminderText("For everybody", "Hello"),
        ReminderText("Für alle", language="de"),
        ReminderText("Zweite", number=2, language="de"),
        ReminderText("Für Wien", language="de-AT", last=True),
        ReminderText("Pour tous", "Bonjour", language="fr"),
    ]

    vienna = reminded(texts, account=german("de-AT"), languages=[GERMAN])
    berlin = reminded(texts, account=german("de"), languages=[GERMAN])
    london = reminded(texts, account=german(""), languages=[GERMAN])

    assert subjects(vienna) == ["Für alle", "Zweite", "Für Wien"]
    assert subjects(berlin) == ["Für alle", "Zweite", "Für alle"]
    assert subjects(london) == ["For everybody"] * 3
    assert {*bodies(vienna), *bodies(berlin), *bodies(london)} == {"Hello"}


def test_r_20_who_is_written_to_in_the_firms_language_gets_its_texts() -> None:
    """R-20: a client whose own language nobody writes is like those who named none."""
    texts = [ReminderText("Offen", language="de")]

    world = reminded(texts, times=1, account=german("fr"), languages=[GERMAN], language="de")

    assert subjects(world) == ["Offen"]


def test_r_20_a_client_who_changes_language_is_written_to_in_the_new_one() -> None:
    """R-20: what counts is when the reminder goes out."""
    world, _ = begun(
        Stage("Billing", [CreateInvoice(FEE, reminders=DAILY)]),
        DONE,
        account=Account("Berg", contacts=[Contact("Bo", email="bo@example.com")], id="berg"),
        settings=Settings(languages=[GERMAN]),
    )
    world.advance(days=1)
    world.engine.save(german(id="berg"), replace=True)
    world.advance(days=1)

    assert subjects(world) == ["Reminder: Fee", "Erinnerung: Fee"]


def test_r_20_merge_fields_of_all_reminder_texts_are_checked_when_settings_are_saved() -> None:
    """R-20: with each place."""
    world = World()
    wrong = Language(
        "de", GERMAN.months, GERMAN.days, reminder_subject="[ITEM]", reminder_body="[NOBODY]"
    )
    texts = {"invoice": [ReminderText("fine"), ReminderText("fine", "[FIRST_NAME]", number=1)]}
    wrong = evolve(wrong, reminder_texts={"message": ReminderText("[NOBODY]")})

    with pytest.raises(DefinitionError) as refused:
        world.engine.save(Settings(languages=[wrong], reminder_texts=texts))

    assert [one.where for one in refused.value.problems] == [
        "$.languages[0].reminder_subject",
        "$.languages[0].reminder_body",
        "$.languages[0].reminder_texts['message'][0].subject",
        "$.reminder_texts['invoice'][1].body",
    ]
