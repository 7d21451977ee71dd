"""The eight kinds of templates: what each takes, what each refuses."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipeflow.model.accounts import Member, Role, TagChange
from pipeflow.model.dates import After
from pipeflow.model.money import Money
from pipeflow.model.reminders import Reminders, ReminderText
from pipeflow.model.templates import (
    ClientView,
    Discount,
    EmailMode,
    EmailTemplate,
    Folder,
    FolderAccess,
    FolderTemplate,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    MessageTemplate,
    OrganizerTemplate,
    Package,
    PaymentMethod,
    Priority,
    ProposalTemplate,
    Question,
    QuestionKind,
    Section,
    Signatures,
    TaskTemplate,
    Template,
)
from tests.model.refusals import refused

LINE = LineItem("Form 1040", rate=Money("450.00", "USD"))
QUESTION = Question("Did you own a business?")


def _email(**fields: Any) -> EmailTemplate:
    return EmailTemplate(**{"name": "x", "subject": "s", **fields})


def _message(**fields: Any) -> MessageTemplate:
    return MessageTemplate(**{"name": "x", "subject": "s", **fields})


def _line(**fields: Any) -> LineItem:
    return LineItem(**{"service": "x", "rate": Money(1, "USD"), **fields})


def _invoice(**fields: Any) -> InvoiceTemplate:
    return InvoiceTemplate(**{"name": "x", "lines": [LINE], **fields})


def _organizer(**fields: Any) -> OrganizerTemplate:
    return OrganizerTemplate("x", **fields)


def _question(**fields: Any) -> Question:
    return Question(**{"text": "x", **fields})


def _section(**fields: Any) -> Section:
    return Section(**{"name": "x", **fields})


def _task(**fields: Any) -> TaskTemplate:
    return TaskTemplate("x", **fields)


def _proposal(**fields: Any) -> ProposalTemplate:
    return ProposalTemplate("x", **fields)


def _package(**fields: Any) -> Package:
    return Package(**{"name": "x", **fields})


def _folders(**fields: Any) -> FolderTemplate:
    return FolderTemplate(**{"name": "x", "folders": ["Tax"], **fields})


def _folder(**fields: Any) -> Folder:
    return Folder(**{"path": "Tax", **fields})


def _job(**fields: Any) -> JobTemplate:
    return JobTemplate("x", **fields)


def _view(**fields: Any) -> ClientView:
    return ClientView(**fields)


PERCENT = "must be a percentage from 0 to 100"
TEXTS = "must be a list of texts"
FLAG = "must be True or False"
REMINDERS = "must be Reminders(...)"
NUMBER = "must be an exact number"

ACCEPTED: list[tuple[Any, str, Any, Any]] = [
    (_email, "subject", "", ""),
    (_email, "body", "two\nlines", "two\nlines"),
    (_email, "mode", "contact", EmailMode.CONTACT),
    (_email, "attachments", ["a.pdf"], ("a.pdf",)),
    (_email, "sender", Member("Mia"), "mia"),
    (_email, "sender", "mia", "mia"),
    (_message, "client_tasks", ["Send W-2", "Sign"], ("Send W-2", "Sign")),
    (_message, "sender", Member("Mia"), "mia"),
    (_message, "reminders", Reminders(), Reminders()),
    (_message, "reminder_texts", ReminderText("x"), (ReminderText("x"),)),
    (_message, "attachments", ["a.pdf"], ("a.pdf",)),
    (_line, "quantity", "1.5", Decimal("1.5")),
    (_line, "quantity", -2, -2),
    (_line, "rate", Money("-5", "USD"), Money("-5", "USD")),
    (_line, "tax", "7.5", Decimal("7.5")),
    (_line, "tax", 100, 100),
    (_line, "member", Member("Mia"), "mia"),
    (_invoice, "lines", [LINE, LINE], (LINE, LINE)),
    (_invoice, "payment", "card", PaymentMethod.CARD),
    (_invoice, "on_account", True, True),
    (_invoice, "discount", Discount(percent=10), Discount(percent="10.0")),
    (_invoice, "reminders", Reminders(), Reminders()),
    (_invoice, "reminder_texts", ReminderText("x"), (ReminderText("x"),)),
    (_organizer, "questions", [], ()),
    (_organizer, "questions", [QUESTION], (QUESTION,)),
    (_organizer, "sections", [Section("Income", [QUESTION])], (Section("Income", (QUESTION,)),)),
    (_organizer, "notify_on_upload", True, True),
    (_organizer, "reminders", Reminders(), Reminders()),
    (_organizer, "reminder_texts", ReminderText("x"), (ReminderText("x"),)),
    (_question, "choices", ["Yes", "No"], {"Yes": None, "No": None}),
    (
        _question,
        "choices",
        {"Yes": TagChange("c"), "No": None},
        {"Yes": TagChange("c"), "No": None},
    ),
    (_question, "kind", "number", QuestionKind.NUMBER),
    (_question, "required", True, True),
    (_question, "field", "state", "state"),
    (_section, "questions", [QUESTION], (QUESTION,)),
    (_task, "assignees", [Member("Mia"), Role("preparer")], {"mia", Role("preparer")}),
    (_task, "assignees", Role("preparer"), {Role("preparer")}),
    (_task, "priority", "urgent", Priority.URGENT),
    (_task, "tags", "tax", {"tax"}),
    (_task, "start", After(days=1), After(1)),
    (_task, "due", date(2027, 4, 15), date(2027, 4, 15)),
    (_task, "subtasks", ["a", "a"], ("a", "a")),
    (_proposal, "signatures", "one", Signatures.ONE),
    (_proposal, "invoice_on_acceptance", InvoiceTemplate("Fee", [LINE]), "fee"),
    (_proposal, "invoice_on_acceptance", "fee", "fee"),
    (_proposal, "services", [LINE], (LINE,)),
    (_proposal, "packages", [Package("S"), Package("M"), Package("L")], None),
    (_proposal, "member", Member("Mia"), "mia"),
    (_proposal, "reminders", Reminders(), Reminders()),
    (_proposal, "reminder_texts", ReminderText("x"), (ReminderText("x"),)),
    (_package, "services", [LINE], (LINE,)),
    (_package, "tags", TagChange("gold"), TagChange("gold")),
    (_folders, "folders", ["Tax/2026", Folder("Own")], (Folder("Tax/2026"), Folder("Own"))),
    (_folders, "folders", [], ()),
    (_folder, "access", "edit", FolderAccess.EDIT),
    (_folder, "files", ["f-1"], ("f-1",)),
    (_folder, "path", "Steuer/Löhne & Gehälter", "Steuer/Löhne & Gehälter"),
    (_folder, "path", "نامه\u200cها/क्\u200dष", "نامه\u200cها/क्\u200dष"),
    (_folder, "path", "Impôts\xa0: 2026", "Impôts\xa0: 2026"),
    (_job, "assignees", "mia", {"mia"}),
    (_job, "priority", "low", Priority.LOW),
    (_job, "start", None, None),
    (_job, "due", After(months=1), After(months=1)),
    (_job, "time_budget", timedelta(hours=3), timedelta(hours=3)),
    (_job, "client_view", ClientView("Your return"), ClientView(name="Your return")),
]

REFUSED: list[tuple[Any, str, Any, str, str]] = [
    (_email, "id", 5, "$.id", "must be text"),
    (_email, "name", "", "$.name", "must not be empty"),
    (_email, "subject", 5, "$.subject", "must be text"),
    (_email, "body", None, "$.body", "must be text"),
    (_email, "mode", "all", "$.mode", "there is no email mode 'all'. Allowed: account, contact."),
    (_email, "attachments", "a.pdf", "$.attachments", TEXTS),
    (_email, "attachments", [5], "$.attachments[0]", "must be text"),
    (_email, "sender", 5, "$.sender", "must be text"),
    (_message, "subject", None, "$.subject", "must be text"),
    (_message, "client_tasks", "Sign", "$.client_tasks", TEXTS),
    (_message, "client_tasks", ["a", "a"], "$.client_tasks", "asks for 'a' twice"),
    (_message, "client_tasks", [["a"]], "$.client_tasks[0]", "must be text"),
    (_message, "reminders", 3, "$.reminders", REMINDERS),
    (_message, "reminder_texts", ["x"], "$.reminder_texts[0]", "must be a ReminderText"),
    (_message, "attachments", [""], "$.attachments[0]", "must not be empty"),
    (_message, "sender", "", "$.sender", "must not be empty"),
    (_line, "service", "", "$.service", "must not be empty"),
    (_line, "description", 5, "$.description", "must be text"),
    (_line, "code", 5, "$.code", "must be text"),
    (_line, "rate", 450, "$.rate", "must be Money"),
    (_line, "quantity", 1.5, "$.quantity", NUMBER),
    (_line, "quantity", 10**16, "$.quantity", "must be between"),
    (_line, "tax", 7.5, "$.tax", NUMBER),
    (_line, "tax", "101", "$.tax", PERCENT),
    (_line, "tax", -1, "$.tax", PERCENT),
    (_line, "member", 5, "$.member", "must be text"),
    (_invoice, "lines", [], "$.lines", "must have at least one line"),
    (_invoice, "lines", LINE, "$.lines", "must be a list, each entry a LineItem"),
    (_invoice, "lines", ["x"], "$.lines[0]", "must be a LineItem"),
    (_invoice, "description", 5, "$.description", "must be text"),
    (_invoice, "email_text", 5, "$.email_text", "must be text"),
    (_invoice, "note", 5, "$.note", "must be text"),
    (_invoice, "payment", "cash", "$.payment", "there is no payment method 'cash'."),
    (_invoice, "on_account", "no", "$.on_account", FLAG),
    (_invoice, "discount", 10, "$.discount", "must be a Discount"),
    (_invoice, "reminders", 3, "$.reminders", REMINDERS),
    (_invoice, "reminder_texts", ["x"], "$.reminder_texts[0]", "must be a ReminderText"),
    (_organizer, "questions", ["x"], "$.questions[0]", "must be a Question"),
    (_organizer, "questions", QUESTION, "$.questions", "must be a list, each entry a Question"),
    (
        _organizer,
        "questions",
        [QUESTION] * 2,
        "$.questions",
        "asks 'Did you own a business?' twice",
    ),
    (_organizer, "sections", ["x"], "$.sections[0]", "must be a Section"),
    (_organizer, "sections", 5, "$.sections", "must be a list, each entry a Section"),
    (_organizer, "title", 5, "$.title", "must be text"),
    (_organizer, "folder", 5, "$.folder", "must be text"),
    (_organizer, "notify_on_upload", 1, "$.notify_on_upload", FLAG),
    (_organizer, "reminders", 3, "$.reminders", REMINDERS),
    (_organizer, "reminder_texts", ["x"], "$.reminder_texts[0]", "must be a ReminderText"),
    (_question, "text", "", "$.text", "must not be empty"),
    (_question, "help", 5, "$.help", "must be text"),
    (_question, "kind", "txt", "$.kind", "there is no question kind 'txt'. Did you mean 'text'?"),
    (_question, "kind", "choice", "$.choices", "must offer choices"),
    (_question, "kind", "choices", "$.choices", "must offer choices"),
    (_question, "choices", "Yes", "$.choices", "must be a mapping of answers"),
    (_question, "choices", 5, "$.choices", "must be a mapping of answers"),
    (_question, "choices", [["Yes"]], "$.choices", "must be a mapping of answers"),
    (_question, "choices", {"": None}, "$.choices", "must not be empty"),
    (_question, "choices", {"Yes": "vip"}, "$.choices['Yes']", "must be TagChange(...) or None"),
    (_question, "required", "yes", "$.required", FLAG),
    (_question, "field", "", "$.field", "must not be empty"),
    (_section, "name", "", "$.name", "must not be empty"),
    (_section, "questions", [5], "$.questions[0]", "must be a Question"),
    (_task, "description", 5, "$.description", "must be text"),
    (_task, "assignees", 5, "$.assignees", "must be a list of members' ids and roles"),
    (_task, "assignees", [""], "$.assignees", "must not be empty"),
    (_task, "priority", "hihg", "$.priority", "there is no priority 'hihg'. Did you mean 'high'?"),
    (_task, "tags", 5, "$.tags", TEXTS),
    (_task, "due", "tomorrow", "$.due", "must be a date or After(...)"),
    (_task, "subtasks", [5], "$.subtasks[0]", "must be text"),
    (_proposal, "signatures", "two", "$.signatures", "there is no signatures 'two'."),
    (_proposal, "invoice_on_acceptance", "", "$.invoice_on_acceptance", "must not be empty"),
    (
        _proposal,
        "invoice_on_acceptance",
        TaskTemplate("x"),
        "$.invoice_on_acceptance",
        "must be the id of a template, or one of type InvoiceTemplate",
    ),
    (_proposal, "services", ["x"], "$.services[0]", "must be a LineItem"),
    (_proposal, "packages", [Package(n) for n in "abcd"], "$.packages", "has at most 3 packages"),
    (_proposal, "packages", [Package("a")] * 2, "$.packages", "two packages are called 'a'"),
    (_proposal, "packages", ["x"], "$.packages[0]", "must be a Package"),
    (_proposal, "member", 5, "$.member", "must be text"),
    (_proposal, "title", 5, "$.title", "must be text"),
    (_proposal, "introduction", 5, "$.introduction", "must be text"),
    (_proposal, "terms", 5, "$.terms", "must be text"),
    (_proposal, "email_text", 5, "$.email_text", "must be text"),
    (_proposal, "reminders", 3, "$.reminders", REMINDERS),
    (_proposal, "reminder_texts", ["x"], "$.reminder_texts[0]", "must be a ReminderText"),
    (_package, "name", "", "$.name", "must not be empty"),
    (_package, "description", 5, "$.description", "must be text"),
    (_package, "services", [5], "$.services[0]", "must be a LineItem"),
    (_package, "tags", {"gold"}, "$.tags", "must be TagChange(...)"),
    (_folders, "folders", "Tax", "$.folders", "must be a list of folders or their paths"),
    (_folders, "folders", ["Tax", ".."], "$.folders[1]", "must be folder names joined by '/'"),
    (_folders, "folders", [5], "$.folders[0]", "must be text"),
    (_folders, "folders", ["Tax", "Tax"], "$.folders", "names the folder 'Tax' twice"),
    (_folder, "path", "", "$.path", "must not be empty"),
    (_folder, "path", "/Tax", "$.path", "must be folder names joined by '/'"),
    (_folder, "path", "Tax//2026", "$.path", "must be folder names joined by '/'"),
    (_folder, "path", "Tax/../..", "$.path", "must be folder names joined by '/'"),
    (_folder, "path", "Tax\\2026", "$.path", "must be folder names joined by '/'"),
    (_folder, "path", "Tax\n", "$.path", "must be folder names joined by '/'"),
    (_folder, "path", "  ", "$.path", "must be folder names joined by '/'"),
    (_folder, "path", "\u200c\xa0", "$.path", "must be folder names joined by '/'"),
    (_folder, "path", "Tax\u202e", "$.path", "empty parts, '\\' and signs that cannot be read"),
    (_folder, "access", "all", "$.access", "there is no folder access 'all'."),
    (_folder, "files", 5, "$.files", TEXTS),
    (_job, "job_name", 5, "$.job_name", "must be text"),
    (_job, "description", 5, "$.description", "must be text"),
    (_job, "comments", 5, "$.comments", "must be text"),
    (_job, "assignees", [5], "$.assignees", "must be text"),
    (_job, "priority", 5, "$.priority", "there is no priority 5."),
    (_job, "start", "now", "$.start", "must be a date or After(...)"),
    (_job, "time_budget", 3, "$.time_budget", "must be a positive timedelta"),
    (_job, "time_budget", timedelta(), "$.time_budget", "must be a positive timedelta"),
    (_job, "client_view", "x", "$.client_view", "must be a ClientView"),
    (_view, "name", 5, "$.name", "must be text"),
    (_view, "status", 5, "$.status", "must be text"),
    (_view, "description", 5, "$.description", "must be text"),
]


@pytest.mark.parametrize(("make", "field", "given", "kept"), ACCEPTED)
def test_a_template_takes(make: Any, field: str, given: Any, kept: Any) -> None:
    """Lists become tuples, members their ids, texts their members of an enumeration."""
    assert getattr(make(**{field: given}), field) == (
        tuple(given) if kept is None and given else kept
    )


@pytest.mark.parametrize(("make", "field", "given", "where", "what"), REFUSED)
def test_a_template_refuses(make: Any, field: str, given: Any, where: str, what: str) -> None:
    """The error says where and what, in one problem a mistake."""
    (problem,) = refused(lambda: make(**{field: given}))

    assert problem.startswith(f"{where}: ")
    assert what in problem


def test_a_template_names_all_that_is_wrong_with_it() -> None:
    """Every field at once."""
    fields = ("description", "assignees", "priority", "tags", "start", "due", "subtasks")
    wrong: Any = dict.fromkeys(fields, 5)

    assert len(refused(lambda: TaskTemplate("", **wrong))) == 8


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        (_email(), "email"),
        (_message(), "message"),
        (_invoice(), "invoice"),
        (_organizer(), "organizer"),
        (_task(), "task"),
        (_proposal(), "proposal"),
        (_folders(), "folder"),
        (_job(), "job"),
    ],
)
def test_there_are_eight_kinds_of_templates(template: Template, kind: str) -> None:
    """Each is a Template with a kind of its own, under one id."""
    assert template.kind == kind
    assert template.id == "x"


# -- questions ------------------------------------------------------------------------------------


def test_a_question_with_choices_is_answered_by_one_of_them() -> None:
    """Unless it is said that several may be given, or that it is a yes or no."""
    assert Question("x").kind is QuestionKind.TEXT
    assert Question("x", choices=["a", "b"]).kind is QuestionKind.CHOICE
    assert Question("x", choices=["a"], kind="choices").kind is QuestionKind.CHOICES
    assert Question("x", choices={"Yes": None}, kind="yes_no").kind is QuestionKind.YES_NO
    assert Question("x", kind="yes_no").choices == {}


@pytest.mark.parametrize("kind", ["text", "number", "date", "file"])
def test_a_free_answer_offers_no_choices(kind: str) -> None:
    """Choices on such a question are a mistake."""
    assert refused(lambda: Question("x", choices=["a"], kind=kind)) == [
        f"$.choices: a question of kind {kind} offers no choices"
    ]


def test_choices_keep_their_order_and_can_be_hashed() -> None:
    """They are shown to the client as they were written."""
    question = Question("x", choices={"b": TagChange("b"), "a": None})

    assert list(question.choices) == ["b", "a"]
    assert hash(question) == hash(Question("x", choices={"b": TagChange("b"), "a": None}))


def test_all_questions_are_those_outside_and_inside_of_sections() -> None:
    """In that order; a text is asked once in all."""
    one, two, three = (Question(text) for text in ("1", "2", "3"))
    template = OrganizerTemplate("x", [one], sections=[Section("s", [two]), Section("t", [three])])

    assert template.all_questions == (one, two, three)
    assert refused(lambda: OrganizerTemplate("x", [one], sections=[Section("s", [one])])) == [
        "$.questions: asks '1' twice; answers could not be told apart"
    ]
