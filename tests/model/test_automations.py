"""Automations: what each stores, takes and refuses."""

from typing import Any

import attrs
import pytest

from pipeflow.model.accounts import Member, Role
from pipeflow.model.automations import (
    ApplyFolderTemplate,
    Automation,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    NotifyTeam,
    Repeat,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    ThreadMode,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from pipeflow.model.conditions import tagged
from pipeflow.model.job_automations import (
    SetStatus,
    StartJob,
    TransferJob,
    UpdateClientStatus,
    UpdateJob,
)
from pipeflow.model.money import Money
from pipeflow.model.reminders import Reminders
from pipeflow.model.templates import (
    ClientRequestTemplate,
    EmailTemplate,
    FolderTemplate,
    InvoiceTemplate,
    LineItem,
    MessageTemplate,
    OrganizerTemplate,
    ProposalTemplate,
    TaskTemplate,
    Template,
)
from tests.model.refusals import places, refused

FEE = InvoiceTemplate("Fee", [LineItem("Form 1040", Money("450.00", "USD"))])
WITH_TEMPLATE: list[tuple[Any, Template]] = [
    (ApplyFolderTemplate, FolderTemplate("Tax year", ["Tax/2026"])),
    (CreateInvoice, FEE),
    (CreateOrganizer, OrganizerTemplate("1040 organizer")),
    (CreateTask, TaskTemplate("Prepare return")),
    (SendProposal, ProposalTemplate("Engagement letter")),
    (SendEmail, EmailTemplate("Welcome", subject="Hi")),
    (SendMessage, MessageTemplate("Hello", subject="Hi")),
    (SendClientRequest, ClientRequestTemplate("Papers", ["Form W-2"])),
]
WITHOUT_TEMPLATE: list[Any] = [
    UpdateAccountTags,
    UpdateAccountAccess,
    UpdateJobAssignees,
    UpdateJob,
    UpdateClientStatus,
    NotifyTeam,
    SetStatus,
    StartJob,
    TransferJob,
]
KINDS: list[Any] = [*(cls for cls, _ in WITH_TEMPLATE), *WITHOUT_TEMPLATE]
REMINDING = {CreateInvoice, CreateOrganizer, SendProposal, SendMessage, SendClientRequest}
MAKING = {*REMINDING, CreateTask}


def made(cls: Any, **fields: Any) -> Any:
    """Make an automation of the kind, with a template if it needs one."""
    if cls is NotifyTeam:
        fields = {"to": [], "subject": "Hi", **fields}
    if cls is SetStatus:
        fields = {"status": "Active", **fields}
    if cls in {StartJob, TransferJob}:
        fields = {"pipeline": "books", **fields}
    return cls(**fields) if cls in WITHOUT_TEMPLATE else cls("some-template", **fields)


def _kinds(cls: type[Automation]) -> set[str]:
    """Collect the kinds of a class and all below it."""
    return {cls.kind, *(kind for child in cls.__subclasses__() for kind in _kinds(child))} - {""}


def test_there_are_exactly_these_kinds() -> None:
    """The article's ten and what came since, each kind under a name of its own."""
    assert _kinds(Automation) == {cls.kind for cls in KINDS}
    assert len(_kinds(Automation)) == len(KINDS)


@pytest.mark.parametrize(("cls", "template"), WITH_TEMPLATE)
def test_a_template_stands_for_its_id(cls: Any, template: Template) -> None:
    """`SendEmail("welcome")` and `SendEmail(welcome)` are equal."""
    assert cls(template) == cls(template.id)
    assert hash(cls(template)) == hash(cls(template.id))
    assert cls(template).uses == cls(template).template == template.id


@pytest.mark.parametrize(("cls", "template"), WITH_TEMPLATE)
def test_an_automation_takes_templates_of_its_own_kind_only(cls: Any, template: Template) -> None:
    """The error names the kind that it takes."""
    for _, other in WITH_TEMPLATE:
        if other is not template:
            (problem,) = refused(lambda other=other: cls(other))  # type: ignore[misc]

            assert problem.startswith(
                "$.template: must be the id of a template, "
                f"or one of type {type(template).__name__} (given: "
            )


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("", "must not be empty (given: '')"),
        (None, "must be the id of a template, or one of type EmailTemplate (given: None)"),
        (5, "must be the id of a template, or one of type EmailTemplate (given: 5)"),
    ],
)
def test_a_template_is_named(wrong: Any, problem: str) -> None:
    """Neither nothing nor a number leads to a template."""
    assert refused(lambda: SendEmail(wrong)) == [f"$.template: {problem}"]


@pytest.mark.parametrize("cls", KINDS)
def test_every_automation_takes_a_condition(cls: Any) -> None:
    """Conditions are available on all ten, and are conditions."""
    assert made(cls, when=tagged("vip")).when == tagged("vip")
    assert made(cls).when is None
    assert refused(lambda: made(cls, when="vip")) == [
        (
            "$.when: must be a condition (given: 'vip') "
            "Allowed: tagged('vip'), account_is('company'), field_is('state', 'CA')."
        )
    ]


@pytest.mark.parametrize("cls", KINDS)
def test_only_four_kinds_have_reminders(cls: Any) -> None:
    """Organizers, proposals, invoices and messages: what a client has to act on."""
    if cls in REMINDING:
        assert made(cls, reminders=Reminders(3, 2)).reminders == Reminders(3, 2)
        assert made(cls).reminders is None
        assert refused(lambda: made(cls, reminders=3)) == [
            "$.reminders: must be Reminders(...) (given: 3) Allowed: Reminders(every=3, times=2)."
        ]
    else:
        with pytest.raises(TypeError, match="reminders"):
            made(cls, reminders=Reminders())


@pytest.mark.parametrize("cls", KINDS)
def test_a_later_visit_repeats_unless_said__a_46(cls: Any) -> None:
    """A-46: again each time by default, or once a job, or not while the earlier item is open."""
    assert made(cls).repeat is Repeat.ALWAYS
    assert made(cls, repeat="once").repeat is Repeat.ONCE
    if cls in MAKING:
        assert made(cls, repeat=Repeat.UNLESS_OPEN).repeat is Repeat.UNLESS_OPEN
    else:
        assert refused(lambda: made(cls, repeat="unless_open")) == [
            (
                f"$.repeat: {cls.kind} makes no item that could be open "
                "(given: 'unless_open') Allowed: always, once."
            )
        ]
    assert refused(lambda: made(cls, repeat="never")) == [
        "$.repeat: there is no repeat 'never'. Allowed: always, once, unless_open."
    ]


@pytest.mark.parametrize("cls", KINDS)
def test_an_automation_is_called_by_kind_and_template(cls: Any) -> None:
    """On a board, and in its id."""
    automation = made(cls)
    words = cls.kind.replace("_", " ")

    if automation.leads_to is not None:
        assert (automation.label, automation.leads_to) == (f"{words} 'books'", "books")
        assert automation.derived_id() == cls.kind.replace("_", "-") + "-books"
    elif cls in WITHOUT_TEMPLATE:
        assert automation.label == (f"{words} 'Active'" if cls is SetStatus else words)
        assert automation.derived_id() == cls.kind.replace("_", "-")
        assert automation.uses is None
    else:
        assert automation.label == f"{words} 'some-template'"
        assert automation.derived_id() == f"{cls.kind.replace('_', '-')}-some-template"


@pytest.mark.parametrize("cls", KINDS)
def test_an_automation_has_no_id_until_a_stage_takes_it(cls: Any) -> None:
    """Unless one is given, and that is a text."""
    assert made(cls).id is None
    assert made(cls, id="x").id == "x"
    assert refused(lambda: made(cls, id="")) == ["$.id: must not be empty (given: '')"]


# -- messages -------------------------------------------------------------------------------------


def test_a_message_starts_a_thread_or_replies() -> None:
    """A thread of its own unless said."""
    assert SendMessage("hello").thread is ThreadMode.NEW
    assert SendMessage("hello", thread="reply_to_latest").thread is ThreadMode.REPLY_TO_LATEST
    assert refused(lambda: SendMessage("hello", thread="reply")) == [
        "$.thread: there is no thread mode 'reply'. Allowed: new, reply_to_latest."
    ]


# -- tags, access, assignees ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"add": "vip"},
        {"add": ["vip", "new"], "remove": {"late"}},
        {"clear": True},
        {"clear": True, "add": {"vip"}},
        {"clear": True, "remove": {"late"}},
    ],
)
def test_tags_may_be_added_removed_and_cleared(fields: Any) -> None:
    """Any of them together, but for the same tag in both."""
    automation = UpdateAccountTags(**fields)

    assert automation.add == frozenset(
        {"vip"} if fields.get("add") == "vip" else fields.get("add", ())
    )
    assert automation.clear is fields.get("clear", False)


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        (
            {"add": {"vip", "new"}, "remove": {"vip"}},
            ["$.add: 'vip' is both added and removed; choose one (given: 'vip')"],
        ),
        ({"add": [""]}, ["$.add: must not be empty (given: '')"]),
        ({"remove": [5]}, ["$.remove: must be text (given: 5)"]),
        ({"add": 5}, ["$.add: must be a list of texts (given: 5)"]),
        ({"clear": "no"}, ["$.clear: must be True or False (given: 'no')"]),
    ],
)
def test_a_contradictory_or_wrong_change_of_tags_is_refused__a_14(
    fields: Any, problems: list[str]
) -> None:
    """A-14: the same tag in add and remove, and whatever is no tag."""
    assert refused(lambda: UpdateAccountTags(**fields)) == problems


@pytest.mark.parametrize("cls", [UpdateAccountAccess, UpdateJobAssignees])
def test_people_are_given_as_members_ids_or_roles(cls: Any) -> None:
    """One alone, or several."""
    mia = Member("Mia")

    assert cls(add=mia).add == cls(add="mia").add == {"mia"}
    assert cls(add=[mia, Role("reviewer")], remove="leo").add == {"mia", Role("reviewer")}


@pytest.mark.parametrize(
    ("cls", "all_away"), [(UpdateAccountAccess, "reset"), (UpdateJobAssignees, "clear")]
)
def test_a_contradictory_or_wrong_change_of_people_is_refused(cls: Any, all_away: str) -> None:
    """The same person in both, and whoever is nobody."""
    role = Role("reviewer")

    assert cls(**{all_away: True, "remove": "mia", "add": "leo"})
    assert refused(lambda: cls(add=["mia", role], remove=["mia", role])) == [
        (
            "$.add: Role(name='reviewer') is both added and removed; choose one "
            "(given: Role(name='reviewer'))"
        ),
        "$.add: 'mia' is both added and removed; choose one (given: 'mia')",
    ]
    assert refused(lambda: cls(add=5)) == [
        "$.add: must be a list of members' ids and roles (given: 5)"
    ]
    assert refused(lambda: cls(remove=[7, [8]])) == [
        "$.remove: must be text (given: 7)",
        "$.remove: must be text (given: [8])",
    ]
    assert places(lambda: cls(**{all_away: 1})) == [f"$.{all_away}"]


def test_an_automation_names_all_that_is_wrong_with_it() -> None:
    """Fields of the base and of the kind, at once."""
    wrong: Any = {"id": 5, "when": 5, "repeat": 5, "reminders": 5, "thread": 5}

    assert places(lambda: SendMessage(5, **wrong)) == [  # type: ignore[arg-type]
        "$.id",
        "$.when",
        "$.repeat",
        "$.template",
        "$.reminders",
        "$.thread",
    ]


def test_evolving_an_automation_checks_it_again() -> None:
    """A copy is no way around the rules."""
    assert places(lambda: attrs.evolve(SendEmail("welcome"), template="")) == ["$.template"]
