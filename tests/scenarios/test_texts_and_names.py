"""Through a whole firm: names typed in two ways, addresses, markup, fallbacks, years of periods."""

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeflow import (
    Account,
    ClientTaskChecked,
    ClientTaskUnchecked,
    ClientView,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    Discount,
    DocumentSigned,
    EmailFormat,
    EmailTemplate,
    InvoiceTemplate,
    ItemKind,
    ItemState,
    JobTemplate,
    LineItem,
    Member,
    MessageTemplate,
    NotAllowedError,
    NotFoundError,
    OrganizerSubmitted,
    OrganizerTemplate,
    Package,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Question,
    Ref,
    Reminders,
    SendEmail,
    SendMessage,
    SendProposal,
    Signatory,
    SigningState,
    Stage,
    StatusChanged,
    SubtaskChecked,
    TagChange,
    TaskTemplate,
    UpdateAccountTags,
    Warned,
    field_is,
    tagged,
)
from pipeflow.codec import dump as codec_dump
from pipeflow.codec import load
from pipeflow.model.items import Mark
from pipeflow.testing import World
from tests.firms import DONE, begun, events, now, usd


def apart(text: str) -> str:
    """Write each accent behind its letter, as file systems and some keyboards do."""
    return unicodedata.normalize("NFD", text)


# -- one name, however it is typed -----------------------------------------------------------


def test_r_16_tags_and_fields_are_the_same_however_their_accents_are_typed() -> None:
    """A tag that a person types is the one that a condition asks for."""
    account = Account(
        "A", tags={"Société", apart("Société")}, fields={apart("région"): apart("Créteil")}
    )

    assert account.tags == {"Société"}
    assert tagged("Société").holds(account)
    assert tagged(apart("Société")).holds(Account("A", tags={"Société"}))
    assert field_is("région", "Créteil").holds(account)
    assert field_is(apart("région"), (apart("é"),)) == field_is("région", ("é",))
    assert TagChange(remove={apart("Société")}).apply(account.tags) == frozenset()


def test_r_16_a_tag_that_a_command_names_is_the_one_that_is_there() -> None:
    """By hand and by automation alike."""
    change = UpdateAccountTags(remove={apart("été")})
    world, job = begun(Stage("A"), Stage("B", [change]), tags=["été", "Noël"])

    world.engine.tag(job.account, remove=[apart("Noël")])
    world.engine.move(job, "B")

    assert world.engine.account(job.account).tags == frozenset()


def test_r_16_stages_are_found_however_their_names_are_typed() -> None:
    """Also where letters of another script stay in the id."""
    pipeline = Pipeline("가나", [Stage("Année"), Stage("가나"), Stage("Fin")])
    world = World()
    world.engine.save(pipeline)

    job = world.engine.start(apart("가나"), world.account(), stage=apart("Année"))
    moved = world.engine.move(job, apart("가나"))

    assert (job.stage, moved.stage) == ("annee", "가나")
    assert pipeline.stage(apart("가나")).id == "가나"
    assert world.engine.pipeline(apart("가나")).id == "가나"


def test_r_16_templates_members_and_automations_are_found_however_they_are_typed() -> None:
    """An id that was typed is one in all places that name it."""
    task = TaskTemplate("가", assignees=[apart("나")])
    stage = Stage("A", [CreateTask(apart("가"), id=apart("다")), CreateTask("가", id="라")])
    world, job = begun(Stage("S"), stage, more=[task, Member("나")])

    moved = world.engine.move(job, "A", skip=[apart("라")])

    assert [item.template for item in moved.items] == ["가"]
    assert world.tasks.created[0].assignees == {"나"}
    assert world.engine.template(apart("가")).name == "가"
    assert world.engine.start("tax", job.account, assignees=[apart("나")]).assignees == {"나"}


def test_r_16_questions_and_choices_are_answered_however_they_are_typed() -> None:
    """A browser may send the accents of a form in another way than the firm wrote them."""
    ask = OrganizerTemplate(
        "O",
        questions=[
            Question("Société ?", choices={"Créée": TagChange(add={"neuve"}), "Non": None}),
            Question("Région", field="région"),
        ],
    )
    world, job = begun(Stage("A", [CreateOrganizer(ask)]), more=[ask])
    given = {apart("Société ?"): apart("Créée"), apart("Région"): apart("Orléans")}

    done = world.engine.record(job.item("O"), OrganizerSubmitted(given))

    assert done.item("O").state is ItemState.COMPLETED
    assert world.engine.account(job.account).tags == {"neuve"}
    assert world.engine.account(job.account).fields == {"région": "Orléans"}


def test_r_16_client_tasks_and_subtasks_are_ticked_however_they_are_typed() -> None:
    """Those of a message, and those of a task."""
    ask = MessageTemplate("M", subject="s", client_tasks=[apart("Relevé"), "Reçu"])
    task = TaskTemplate("T", subtasks=[apart("Vérifier")])
    world, job = begun(Stage("A", [SendMessage(ask), CreateTask(task)]), more=[ask, task])
    engine = world.engine

    engine.record(job.item("M"), ClientTaskChecked(apart("Relevé")))
    engine.record(job.item("M"), ClientTaskUnchecked("Relevé"))
    engine.record(job.item("M"), ClientTaskChecked("Relevé"))
    done = engine.record(job.item("M"), ClientTaskChecked(apart("Reçu")))
    engine.record(job.item("T"), SubtaskChecked(apart("Vérifier")))

    assert done.item("M").state is ItemState.COMPLETED
    assert "Vérifier" in str(engine.history(job))


def test_r_16_client_tasks_of_a_linked_message_are_ticked_however_they_are_typed() -> None:
    """What a host types by hand is no other than what stands in a template."""
    world, job = begun(Stage("A"))
    ref = Ref("messages", "m-1")

    linked = world.engine.link(job, ref, "message", apart("Pièces"), client_tasks=[apart("Relevé")])
    done = world.engine.record(linked.item(apart("Pièces")), ClientTaskChecked("Relevé"))

    assert done.item("Pièces").state is ItemState.COMPLETED


def test_r_16_packages_and_signatories_are_named_however_they_are_typed() -> None:
    """By name, and by an address in any letter case."""
    offer = ProposalTemplate("L", packages=[Package("Étoile"), Package("Base")])
    people = [Contact("Zoé", email="zoe@example.com"), Contact("Léa", email="lea@example.com")]
    world, job = begun(Stage("A", [SendProposal(offer)]), contacts=people, more=[offer])

    world.engine.record(job.item("L"), ProposalSigned(apart("Zoé"), package=apart("Étoile")))
    done = world.engine.record(job.item("L"), ProposalSigned("LEA@Example.com"))

    assert done.item("L").state is ItemState.COMPLETED


def test_r_16_statuses_and_items_are_named_however_they_are_typed() -> None:
    """Whoever asks for them."""
    task = TaskTemplate("Clôture")
    world = World()
    world.engine.save(
        task, Pipeline("P", [Stage("A", [CreateTask(task)])], statuses=[apart("Congé")])
    )
    job = world.engine.start("p", world.account())

    waiting = world.engine.set_status(job, apart("Congé"))

    assert waiting.status == "Congé"
    assert job.item(apart("Clôture")) == job.item("Clôture")
    assert world.team.completes(job, apart("CLÔTURE")).items[0].state is ItemState.COMPLETED
    assert Mark.UNLINKED in world.engine.unlink(job, apart("Clôture")).item("Clôture").marks


def test_r_16_a_custom_field_is_found_by_a_merge_field_however_both_are_typed() -> None:
    """In what is sent, and in the name of a job."""
    mail = EmailTemplate("E", subject="[ACCOUNT_CUSTOM_FIELD:" + apart("prénom") + "]")
    account = Account(
        "A", [Contact("C", email="c@example.com")], fields={apart("prénom"): apart("Zoé")}
    )
    name = apart("Année [ACCOUNT_CUSTOM_FIELD:prénom]")
    world, job = begun(Stage("A", [SendEmail(mail)]), account=account, more=[mail], name=name)

    assert world.email.sent[0].subject == "Zoé"
    assert job.name == "Année Zoé"


def test_r_16_two_fields_of_one_name_are_refused() -> None:
    """Whichever of them were kept, the other would be lost without a word."""
    with pytest.raises(DefinitionError, match=r"\$\.fields: names 'é' twice"):
        Account("A", fields={"é": 1, apart("é"): 2})
    with pytest.raises(DefinitionError, match=r"\$\.choices: names 'é' twice"):
        Question("Q", choices={"é": None, apart("é"): None})
    with pytest.raises(DefinitionError, match=r"\$\.client_tasks: asks for 'é' twice"):
        MessageTemplate("M", subject="s", client_tasks=["é", apart("é")])


def test_r_16_a_host_s_own_references_are_kept_to_the_letter() -> None:
    """A file may be called so in the host's store, and an id mean what its database says."""
    mail = EmailTemplate("E", subject="s", attachments=[apart("Reçu.pdf")])
    account = Account("A", [Contact("C", email="c@example.com")], id=apart("é"))
    world, job = begun(Stage("A", [SendEmail(mail)]), account=account, more=[mail])

    assert world.email.sent[0].attachments == (apart("Reçu.pdf"),)
    assert job.account == apart("é")
    assert world.engine.account(apart("é")).name == "A"


def test_r_16_a_command_is_the_same_however_its_words_are_typed() -> None:
    """A sender that repeats may spell anew."""
    world, job = begun(Stage("A"), Stage("Année"))

    first = world.engine.move(job, apart("Année"), command_id="c")
    again = world.engine.move(job, "Année", command_id="c")

    assert first == again
    assert again.visit == 2


# -- addresses -------------------------------------------------------------------------------


def sent(mail: EmailTemplate, *contacts: Contact) -> World:
    """Send a mail to these contacts."""
    return begun(Stage("A", [SendEmail(mail)]), contacts=contacts, more=[mail])[0]


def test_r_16_an_address_is_one_in_any_letter_case() -> None:
    """It gets one mail, under the spelling that came first."""
    world = sent(
        EmailTemplate("E", subject="Hello"),
        Contact("Kim", email="home@example.com"),
        Contact("Lee", email="Home@Example.com"),
        Contact("Max", email="max@example.com"),
    )

    assert world.email.sent[0].to == ("home@example.com", "max@example.com")


def test_r_16_nobody_gets_the_same_text_twice() -> None:
    """A couple with one address reads a text once, and each text that differs."""
    couple = (Contact("Kim", email="home@example.com"), Contact("Lee", email="Home@example.com"))
    same = EmailTemplate("E", subject="Closed", mode="contact")
    own = EmailTemplate("E", subject="Dear [FIRST_NAME]", mode="contact")

    assert [mail.to for mail in sent(same, *couple).email.sent] == [("home@example.com",)]
    assert [mail.subject for mail in sent(own, *couple).email.sent] == ["Dear Kim", "Dear Lee"]


def test_r_16_reminders_and_requests_go_to_an_address_once() -> None:
    """Whatever tells the client."""
    fee = InvoiceTemplate("Bill", [LineItem("x", rate=usd("10"))], reminders=Reminders(every=3))
    world, _ = begun(
        Stage("A", [CreateInvoice(fee)]),
        contacts=[
            Contact("Kim", email="home@example.com"),
            Contact("Lee", email="HOME@example.com"),
        ],
        more=[fee],
    )
    world.advance(days=4)

    assert world.invoices.created[0].to == ("home@example.com",)
    assert world.email.sent[0].to == ("home@example.com",)


# -- markup, and lines -----------------------------------------------------------------------

EVIL = '<a href="https://evil.example">it\'s & more</a>'


def test_r_17_values_bring_no_markup_into_a_body_that_has_markup() -> None:
    """A client may be called anything."""
    mail = EmailTemplate("E", subject="[ACCOUNT_NAME]", body="<b>[ACCOUNT_NAME]</b>", format="html")
    account = Account(EVIL, [Contact("C", email="c@example.com")])
    world, _ = begun(Stage("A", [SendEmail(mail)]), account=account, more=[mail])
    (one,) = world.email.sent

    assert one.format is EmailFormat.HTML
    assert one.body == (
        "<b>&lt;a href=&quot;https://evil.example&quot;&gt;it&#x27;s &amp; more&lt;/a&gt;</b>"
    )
    assert one.subject == EVIL


def test_r_17_each_contact_s_values_are_escaped_too_and_the_firm_s_fallback_is_not() -> None:
    """What the firm wrote into its template is the firm's markup."""
    body = "<i>[CONTACT_CUSTOM_FIELD:pet|<b>friend</b>]</i> [CITY|]"
    mail = EmailTemplate("E", subject="s", body=body, mode="contact", format=EmailFormat.HTML)
    people = [
        Contact("A", email="a@example.com", fields={"pet": "<Rex>"}),
        Contact("B", email="b@example.com"),
    ]

    assert [one.body for one in sent(mail, *people).email.sent] == [
        "<i>&lt;Rex&gt;</i> ",
        "<i><b>friend</b></i> ",
    ]


def test_r_17_a_body_is_plain_text_unless_its_template_says_otherwise() -> None:
    """Values stand in it as they are, and the request says so; reminders are plain too."""
    mail = EmailTemplate("E", subject="s", body="[ACCOUNT_NAME]")
    fee = InvoiceTemplate("Bill", [LineItem("x", rate=usd("10"))], reminders=Reminders(every=3))
    account = Account(EVIL, [Contact("C", email="c@example.com")])
    work = [SendEmail(mail), CreateInvoice(fee)]
    world, _ = begun(Stage("A", work), account=account, more=[mail, fee])
    world.advance(days=4)
    plain, reminder = world.email.sent

    assert (plain.format, plain.body) == (EmailFormat.TEXT, EVIL)
    assert reminder.format is EmailFormat.TEXT
    with pytest.raises(DefinitionError, match=r"\$\.format: there is no email format 'htm'"):
        EmailTemplate("E", subject="s", format="htm")


UGLY = "Fee\r\nBcc: eve@example.com \u202e=?UTF-8?Q?x?="
INERT = "Fee Bcc: eve@example.com  = ?UTF-8?Q?x?="


def test_r_17_names_of_everything_that_is_asked_for_are_one_inert_line() -> None:
    """They become subjects and headings wherever they are shown."""
    price = usd("10")
    things: list[Any] = [
        TaskTemplate(UGLY, id="t"),
        InvoiceTemplate(UGLY, [LineItem(UGLY, rate=price)], id="i"),
        OrganizerTemplate(UGLY, id="o"),
        ProposalTemplate(
            UGLY, services=[LineItem(UGLY, rate=price)], packages=[Package(UGLY)], id="p"
        ),
    ]
    work = [CreateTask("t"), CreateInvoice("i"), CreateOrganizer("o"), SendProposal("p")]
    world, job = begun(
        Stage("A", work), contacts=[Contact(UGLY, email="c@example.com")], more=things
    )
    linked = world.engine.link(job, Ref("tasks", "t-9"), "task", UGLY)
    (task,), (invoice,) = world.tasks.created, world.invoices.created
    (organizer,), (proposal,) = world.organizers.created, world.proposals.sent

    assert {one.name for one in (task, invoice, organizer, proposal)} == {INERT}
    assert {one.name for one in linked.items} == {INERT}
    assert (organizer.title, proposal.title) == (INERT, INERT)
    assert (invoice.lines[0].service, proposal.services[0].service) == (INERT, INERT)
    assert proposal.signatories[0].name == INERT
    assert proposal.packages[0].name == INERT
    signed = world.engine.record(job.items[3], ProposalSigned(INERT, package=INERT))
    assert signed.items[3].state is ItemState.COMPLETED
    assert job.item(UGLY) == job.items[-1]


def test_r_17_a_name_of_nothing_but_line_ends_gives_way_to_the_id() -> None:
    """A nameless task could not be found by anybody."""
    task = TaskTemplate("\r\n", id="work")
    world, job = begun(Stage("A", [CreateTask(task)]), more=[task])
    linked = world.engine.link(job, Ref("tasks", "t-9"), "task", "\n")

    assert world.tasks.created[0].name == "work"
    assert [item.name for item in linked.items] == ["work", "t-9"]


# -- empty values ----------------------------------------------------------------------------


def test_r_18_a_merge_field_may_say_what_stands_for_an_empty_value() -> None:
    """Also for nothing at all, where nothing is meant."""
    mail = EmailTemplate(
        "E", subject="Hi [FIRST_NAME|client] of [CITY|], [ACCOUNT_CUSTOM_FIELD:a b|x y]",
        mode="contact",
    )  # fmt: skip
    world, job = begun(
        Stage("A", [SendEmail(mail)]),
        contacts=[
            Contact("Dr. Kim", email="kim@example.com", city="Oslo"),
            Contact("Lee", email="lee@example.com"),
        ],
        more=[mail],
    )

    assert [one.subject for one in world.email.sent] == [
        "Hi client of Oslo, x y",
        "Hi Lee of , x y",
    ]
    assert events(world, job, Warned) == []


def test_r_18_an_empty_value_is_told_in_the_history_once_per_text() -> None:
    """However often the text names it; and of whom."""
    mail = EmailTemplate(
        "E",
        subject="[CITY] [CITY]",
        body="[ACCOUNT_CUSTOM_FIELD:vat no] [CITY] [CURRENT_YEAR]",
        mode="contact",
    )
    world, job = begun(
        Stage("A", [SendEmail(mail)]),
        contacts=[
            Contact("Kim", email="kim@example.com", city="Oslo"),
            Contact("Lee", email="lee@example.com"),
        ],
        more=[mail],
    )

    assert [one.text for one in events(world, job, Warned)] == [
        "send-email-e: nothing to fill in for [ACCOUNT_CUSTOM_FIELD:vat no] of 'Kim'",
        "send-email-e: nothing to fill in for [CITY] and [ACCOUNT_CUSTOM_FIELD:vat no] of 'Lee'",
    ]
    assert "vat no" in str(world.engine.explain(job))


def test_r_18_empty_values_are_told_of_every_kind_of_text() -> None:
    """Tasks, invoices, proposals, organizers, messages, mails, and the job's own name."""
    field, price = "[ACCOUNT_CUSTOM_FIELD:x]", usd("10")
    things: list[Any] = [
        TaskTemplate("T", description=field),
        InvoiceTemplate("I", [LineItem("a", rate=price, description=field)]),
        InvoiceTemplate("J", [LineItem(f"a{field}", rate=price)]),
        OrganizerTemplate("O", title=f"a{field}"),
        ProposalTemplate("P", packages=[Package("a", field)]),
        MessageTemplate("M", subject="s", body=field),
        EmailTemplate("E", subject="s", body=field),
        JobTemplate("K", job_name=f"1040 {field}", description=field),
    ]
    work = [
        CreateTask("t"), CreateInvoice("i"), CreateInvoice("j"), CreateOrganizer("o"),
        SendProposal("p"), SendMessage("m"), SendEmail("e"),
    ]  # fmt: skip
    world, job = begun(Stage("A", work), more=things, template="k")
    told = [one.text for one in events(world, job, Warned)]

    assert job.name == "1040"
    assert told == [
        f"{cause}: nothing to fill in for {field}"
        for cause in ("name and description of the job", *(f"{one.derived_id()}" for one in work))
    ]


@pytest.mark.parametrize(
    ("contact", "first", "last"),
    [
        (Contact("Kim"), "Kim", "?"),
        (Contact("Ada King Lovelace"), "Ada", "Lovelace"),
        (Contact("Lovelace, Ada"), "?", "?"),
        (Contact("Lovelace, Ada", first_name="Ada", last_name="Lovelace"), "Ada", "Lovelace"),
        (Contact("Dr. Ada Lovelace"), "?", "?"),
        (Contact("MRS Ada Lovelace"), "?", "?"),
        (Contact("Frau Ada Lovelace", last_name="Lovelace"), "?", "Lovelace"),
        (Contact("Ada Lovelace Jr."), "?", "?"),
        (Contact("Ada & Bob Lovelace"), "?", "?"),
        (Contact("Ada and Bob Lovelace"), "?", "?"),
        (Contact("Countess Lovelace", first_name="Ada"), "Ada", "Lovelace"),
    ],
    ids=lambda given: getattr(given, "name", given),
)
def test_r_18_parts_of_a_name_are_those_given_and_not_guessed_from_titles(
    contact: Contact, first: str, last: str
) -> None:
    """No firm writes to "Dear Dr.,", or to "Dear Lovelace,,"."""
    mail = EmailTemplate("E", subject="[FIRST_NAME|?]/[LAST_NAME|?]", mode="contact")
    person = Contact(
        contact.name,
        email="a@example.com",
        first_name=contact.first_name,
        last_name=contact.last_name,
    )

    assert sent(mail, person).email.sent[0].subject == f"{first}/{last}"


# -- the year of a period --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "subject"),
    [
        ((2027, 1, 4), "December 2026 February 2027 Q4 2026 Q2 2027 53/2026 1/2027 2/2027 2027"),
        ((2027, 1, 1), "December 2026 February 2027 Q4 2026 Q2 2027 52/2026 53/2026 1/2027 2027"),
        ((2026, 12, 31), "November 2026 January 2027 Q3 2026 Q1 2027 52/2026 53/2026 1/2027 2026"),
    ],
)
def test_r_19_each_period_has_its_year(today: tuple[int, int, int], subject: str) -> None:
    """In January the month that is over is last year's, and so may the week be."""
    codes = (
        "[LAST_MONTH_NAME] [LAST_MONTH_YEAR] [NEXT_MONTH_NAME] [NEXT_MONTH_YEAR] "
        "[LAST_QUARTER] [LAST_QUARTER_YEAR] [NEXT_QUARTER] [NEXT_QUARTER_YEAR] "
        "[LAST_WEEK]/[LAST_WEEK_YEAR] [CURRENT_WEEK]/[CURRENT_WEEK_YEAR] "
        "[NEXT_WEEK]/[NEXT_WEEK_YEAR] [CURRENT_YEAR]"
    )
    mail = EmailTemplate("E", subject=codes)
    world = World(datetime(*today, 9, tzinfo=UTC))
    world.engine.save(mail, Pipeline("P", [Stage("A", [SendEmail(mail)])]))

    world.engine.start("p", world.account())

    assert world.email.sent[0].subject == subject


# -- letter case -----------------------------------------------------------------------------


def test_r_32_stages_statuses_and_items_are_named_in_any_letter_case() -> None:
    """A person does not remember capitals."""
    task = TaskTemplate("Prepare Return")
    world, job = begun(Stage("S"), Stage("Business Review", [CreateTask(task)]), more=[task])

    moved = world.engine.move(job, "business REVIEW", command_id="c")
    held = world.engine.set_status(job, "ON HOLD")

    assert moved.stage == "business-review"
    assert held.status == "On hold"
    assert moved.item("prepare return") == moved.item("PREPARE-RETURN") == moved.items[0]
    assert world.engine.move(job, "business REVIEW", command_id="c").visit == 2
    assert world.engine.move(job, "business-review", command_id="c").visit == 2
    assert events(world, job, StatusChanged)[0].status == "On hold"


def test_r_32_a_name_that_two_have_is_refused_unless_it_is_one_of_them_to_the_letter() -> None:
    """Nobody is moved to a stage by chance."""
    pipeline = Pipeline("P", [Stage("S"), Stage("Review"), Stage("REVIEW", id="second")])

    assert pipeline.stage("Review").id == "review"
    assert pipeline.stage("review").id == "review"
    assert pipeline.stage("REVIEW").id == "second"
    with pytest.raises(NotFoundError, match="'rEview' may be one of several") as caught:
        pipeline.stage("rEview")
    assert caught.value.problems[0].allowed == ("Review", "REVIEW", "review")


def test_r_32_an_item_that_two_names_fit_is_refused() -> None:
    """But the newest of one name is found, as ever."""
    world, job = begun(Stage("S"))
    for number, name in enumerate(["Scan", "Scan", "SCAN"]):
        job = world.engine.link(job, Ref("tasks", f"t-{number}"), "task", name)

    assert job.item("Scan").id == f"{job.id}/2"
    assert job.item("SCAN").id == f"{job.id}/3"
    with pytest.raises(NotFoundError, match="may be one of several"):
        job.item("scan")


# -- kind 8: checked and rendered wherever they stand ----------------------------------------------

UNKNOWN: list[tuple[Any, str]] = [
    (JobTemplate("1040 [US] [TYPO_HERE]", description="x"), "$.name"),
    (JobTemplate("J", client_view=ClientView("[NOPE]")), "$.client_view.name"),
    (JobTemplate("J", client_view=ClientView(status="[NOPE]")), "$.client_view.status"),
    (JobTemplate("J", client_view=ClientView(description="[NOPE]")), "$.client_view.description"),
    (OrganizerTemplate("[NOPE]"), "$.name"),
    (ProposalTemplate("[NOPE]"), "$.name"),
    (InvoiceTemplate("I", [LineItem("x", rate=usd("1"))], title="[NOPE]"), "$.title"),
    (InvoiceTemplate("I", [LineItem("[NOPE]", rate=usd("1"))]), "$.lines[0].service"),
    (ProposalTemplate("P", services=[LineItem("[NOPE]", rate=usd("1"))]), "$.services[0].service"),
    (ProposalTemplate("P", packages=[Package("a", "[NOPE]")]), "$.packages[0].description"),
    (
        ProposalTemplate("P", packages=[Package("a", services=[LineItem("[NO_SUCH]", usd("1"))])]),
        "$.packages[0].services[0].service",
    ),
]


@pytest.mark.parametrize(
    ("template", "where"), UNKNOWN, ids=[f"{one.kind}-{at}" for one, at in UNKNOWN]
)
def test_a_39_whatever_is_rendered_is_checked(template: Any, where: str) -> None:
    """Names that become titles, services, and what packages say."""
    with pytest.raises(DefinitionError, match="there is no merge field") as caught:
        World().engine.save(template)

    assert {problem.where for problem in caught.value.problems} == {where}


def test_a_39_services_and_what_packages_say_are_rendered() -> None:
    """On invoices as in proposals."""
    line = LineItem("Return [LAST_YEAR]", rate=usd("10"), description="for [ACCOUNT_NAME]")
    package = Package("Gold", "All of [CURRENT_YEAR]", services=[line])
    fee = InvoiceTemplate("Bill", [line], discount=Discount(percent=10))
    offer = ProposalTemplate("Offer", services=[line], packages=[package])
    world, _ = begun(Stage("A", [CreateInvoice(fee), SendProposal(offer)]), more=[fee, offer])
    (invoice,), (proposal,) = world.invoices.created, world.proposals.sent
    lines = (*invoice.lines, *proposal.services, *proposal.packages[0].services)

    assert {(one.service, one.description) for one in lines} == {("Return 2025", "for Lovelace")}
    assert proposal.packages[0].description == "All of 2026"


def test_a_39_what_is_rendered_can_be_kept_however_long_its_values_are() -> None:
    """A durable store writes requests, and reads them before they leave."""
    field = "[ACCOUNT_CUSTOM_FIELD:x]"
    line = LineItem(f"a{field * 3}", rate=usd("10"), description=field * 3)
    fee = InvoiceTemplate("Bill", [line])
    offer = ProposalTemplate("Offer", packages=[Package("Gold", field * 3, services=[line])])
    account = Account("A", [Contact("C", email="c@example.com")], fields={"x": "y" * 90_000})
    work = Stage("A", [CreateInvoice(fee), SendProposal(offer)])
    world, _ = begun(work, account=account, more=[fee, offer])

    for request in (world.invoices.created[0], world.proposals.sent[0]):
        assert load(codec_dump(request)) == request
    assert len(world.invoices.created[0].lines[0].service) == 200_000


def test_a_39_only_custom_fields_have_a_name_behind_their_code() -> None:
    """Whoever writes one behind another code means something that is not there."""
    with pytest.raises(DefinitionError, match=r"\[ACCOUNT_NAME\] takes no name behind a colon"):
        World().engine.save(EmailTemplate("E", subject="[ACCOUNT_NAME:x]"))


@pytest.mark.parametrize("code", ["[ACCOUNT_CUSTOM_FIELD:]", "[ACCOUNT_CUSTOM_FIELD:|none]"])
def test_a_39_a_custom_field_is_named_behind_the_colon(code: str) -> None:
    """Else the client would read the code as it is written."""
    with pytest.raises(DefinitionError, match=r"\[ACCOUNT_CUSTOM_FIELD\] needs the field's name"):
        World().engine.save(EmailTemplate("E", subject=code))


# -- kind 8: signers -------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["Ada", "ADA", "ada@example.com", "Ada@EXAMPLE.com"])
def test_a_signer_of_a_linked_thing_is_a_contact_by_name_or_address(by: str) -> None:
    """The same person signs, however the host named them."""
    world, job = begun(
        Stage("A"),
        contacts=[
            Contact("Ada", email="ada@example.com", signatory=False),
            Contact("Bob", email="bob@example.com"),
        ],
    )
    ada = world.engine.account(job.account).contacts[0]

    linked = world.engine.link(job, Ref("documents", "d"), "signature", signers=[by, "Notary"])
    sheet = linked.items[0].progress
    one = world.engine.record(linked.items[0], DocumentSigned(ada))
    done = world.engine.record(linked.items[0], DocumentSigned("notary"))

    assert isinstance(sheet, SigningState)
    assert sheet.signatories[0] == Signatory(ada.id, "Ada", "ada@example.com")
    assert sheet.signatories[1] == Signatory("Notary", "Notary")
    assert one.items[0].state is ItemState.PENDING
    assert done.items[0].state is ItemState.COMPLETED


def test_a_signer_whom_two_contacts_may_be_is_refused() -> None:
    """One of them would sign for the other."""
    world, job = begun(
        Stage("A"),
        contacts=[Contact("Ada", email="a@example.com"), Contact("Ada", email="b@example.com")],
    )

    with pytest.raises(NotAllowedError, match="2 signatories are called 'Ada'"):
        world.engine.link(job, Ref("documents", "d"), ItemKind.SIGNATURE, signers=["Ada"])
    assert now(world, job).items == ()


# -- kind 8: errors that teach ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd", [[], {}, 5, None, b"x", object()], ids=lambda odd: type(odd).__name__
)
def test_what_is_no_name_is_refused_and_never_a_type_error(odd: Any) -> None:
    """In every call that takes one."""
    world, job = begun(Stage("A"), DONE)
    engine = world.engine
    calls: list[Any] = [
        lambda: engine.retry(odd),
        lambda: engine.abandon(odd),
        lambda: engine.delivered(odd),
        lambda: engine.failed(odd, "x"),
        lambda: engine.move(job, odd),
        lambda: engine.move(job, "Done", skip=[odd]),
        lambda: engine.set_status(job, odd),
        lambda: engine.unlink(job, odd),
        lambda: engine.link(job, odd),
        lambda: engine.link(job, "t-1", "message", client_tasks=[odd]),
        lambda: engine.link(job, "t-1", "signature", signers=[odd]),
        lambda: engine.tag(job.account, add=[odd]),
        lambda: engine.start("tax", job.account, assignees=[odd]),
        lambda: engine.start_many("tax", [job.account], assignees=[odd]),
        lambda: engine.pipeline("tax").stage(odd),
        lambda: job.item(odd),
    ]

    for call in calls:
        with pytest.raises((DefinitionError, NotFoundError)):
            call()
