"""A package holds pipelines with all that they use, and nothing of the firm it comes from."""

import subprocess
import sys
from typing import Any

import attrs
import pytest

from pipeflow import assigned
from pipeflow.bundle import Bundle
from pipeflow.errors import DefinitionError, Problem
from pipeflow.model.accounts import Member, Role
from pipeflow.model.automations import (
    CreateInvoice,
    CreateTask,
    SendEmail,
    SendProposal,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from pipeflow.model.money import Money
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.stages import Stage
from pipeflow.model.templates import (
    EmailTemplate,
    FolderTemplate,
    InvoiceTemplate,
    JobTemplate,
    LaterInvoice,
    LineItem,
    MessageTemplate,
    Package,
    ProposalTemplate,
    TaskTemplate,
    Template,
)

WELCOME = EmailTemplate("Welcome", subject="Welcome, [ACCOUNT_NAME]")
FEE = InvoiceTemplate("Fee", [LineItem("1040", Money("450.00", "USD"))])
LETTER = ProposalTemplate("Letter", invoice_on_acceptance=FEE)
KIT = JobTemplate("Kit")
TAX = Pipeline(
    "Tax",
    [Stage("Intake", [SendEmail(WELCOME), SendProposal(LETTER)], automove=True), Stage("Done")],
    job_template=KIT,
)
ALL = (WELCOME, FEE, LETTER, KIT)
EMPTY: Template = FolderTemplate("Empty", ["Tax"])


def _problems(*templates: Template, pipelines: Any = (TAX,)) -> dict[str, Problem]:
    with pytest.raises(DefinitionError) as caught:
        Bundle(pipelines=pipelines, templates=templates)
    return {problem.where: problem for problem in caught.value.problems}


def test_a_package_is_made_of_a_pipeline_and_its_templates() -> None:
    """The short way to make one takes its name from the pipeline."""
    bundle = Bundle.of(TAX, *ALL)

    assert bundle == Bundle(pipelines=[TAX], templates=ALL, name="Tax")
    assert repr(bundle) == "<Bundle 'Tax': 1 pipeline, 4 templates>"


def test_one_thing_needs_no_brackets() -> None:
    """A lone pipeline or template is a list of one."""
    assert Bundle(pipelines=Pipeline("A", [Stage("A")])).templates == ()
    assert Bundle(templates=WELCOME).templates == (WELCOME,)


def test_every_template_that_is_used_must_be_in_it() -> None:
    """Installed elsewhere, nothing could be found; all that is missing is told at once."""
    other = attrs.evolve(WELCOME, id="welcom")

    problems = _problems(other, LETTER)

    assert set(problems) == {
        "$.pipelines[0].stages[0].automations[0].template",
        "$.pipelines[0].job_template",
        "$.templates[1].invoice_on_acceptance",
    }
    assert problems["$.pipelines[0].stages[0].automations[0].template"].nearest == "welcom"


def test_a_template_must_be_of_the_kind_that_is_used() -> None:
    """An e-mail cannot be sent from an invoice."""
    wrong = attrs.evolve(FEE, id="welcome")

    problem = _problems(wrong, FEE, LETTER, KIT)["$.pipelines[0].stages[0].automations[0].template"]

    assert problem.what == "'welcome' is an invoice template, and an email template is needed here"


def test_ids_come_once() -> None:
    """Templates share one set of ids whatever their kind; pipelines have their own."""
    twice = attrs.evolve(FEE, id="welcome")

    problems = _problems(*ALL, twice, pipelines=(TAX, TAX))

    assert set(problems) == {"$.pipelines[1].id", "$.templates[4].id"}


@pytest.mark.parametrize(
    ("things", "where"),
    [
        ({"pipelines": [WELCOME]}, "$.pipelines[0]"),
        ({"templates": [TAX]}, "$.templates[0]"),
        ({"templates": ["welcome"]}, "$.templates[0]"),
        ({"pipelines": "tax"}, "$.pipelines"),
        ({"pipelines": 5}, "$.pipelines"),
        ({}, "$.pipelines"),
        ({"templates": [WELCOME], "name": 5}, "$.name"),
        ({"templates": [WELCOME], "description": "a\0"}, "$.description"),
    ],
)
def test_what_can_not_be_in_a_package_is_refused(things: dict[str, Any], where: str) -> None:
    """Only pipelines and templates, and at least one of them."""
    with pytest.raises(DefinitionError) as caught:
        Bundle(**things)

    assert [problem.where for problem in caught.value.problems] == [where]


def test_a_package_holds_no_people() -> None:
    """The members of one firm mean nothing in another; roles stand for them."""
    mia = Member("Mia")
    line = LineItem("Hour", Money(100, "USD"), member=mia)
    templates = (
        TaskTemplate("Prepare", assignees=["mia", Role("preparer")]),
        EmailTemplate("Hello", subject="", sender=mia),
        MessageTemplate("Chat", subject="", sender=mia),
        InvoiceTemplate("Hours", [line]),
        ProposalTemplate(
            "Offer", member=mia, services=[line], packages=[Package("A", services=[line])]
        ),
        JobTemplate("Job", assignees=[mia]),
        EMPTY,
        ProposalTemplate("Books", later=[LaterInvoice("Books", [line])]),
    )
    automations = [
        UpdateAccountAccess(add=[mia]),
        UpdateJobAssignees(add=[Role("cpa")], remove=[mia]),
        UpdateAccountTags(add=["hers"], when=assigned(mia)),
        UpdateAccountTags(add=["theirs"], when=assigned(Role("cpa"))),
    ]

    problems = _problems(*templates, pipelines=[Pipeline("P", [Stage("S", automations)])])

    assert set(problems) == {
        "$.pipelines[0].stages[0].automations[0].add",
        "$.pipelines[0].stages[0].automations[1].remove",
        "$.pipelines[0].stages[0].automations[2].when",
        "$.templates[0].assignees",
        "$.templates[1].sender",
        "$.templates[2].sender",
        "$.templates[3].lines[0].member",
        "$.templates[4].member",
        "$.templates[4].services[0].member",
        "$.templates[4].packages[0].services[0].member",
        "$.templates[5].assignees",
        "$.templates[7].later[0].lines[0].member",
    }
    assert 'Role("...")' in problems["$.templates[0].assignees"].what


def test_roles_travel() -> None:
    """They are looked up in the accounts of the firm that installs."""
    task = TaskTemplate("Prepare", assignees=[Role("preparer")])
    access = UpdateAccountAccess(add=[Role("preparer")], reset=True)
    bundle = Bundle.of(Pipeline("P", [Stage("S", [CreateTask(task), access])]), task)

    assert Bundle.from_json(bundle.to_json()) == bundle


def test_revisions_stay_at_home() -> None:
    """They count the saves of the firm that made the package."""
    saved = attrs.evolve(WELCOME, revision=4)
    pipeline = Pipeline("P", [Stage("S", [SendEmail(saved)])], revision=9)

    bundle = Bundle.of(pipeline, saved)

    assert bundle.pipelines[0].revision is None
    assert bundle.templates[0].revision is None
    assert saved.revision == 4


def test_a_template_that_nothing_uses_may_travel_too() -> None:
    """Firms like to add one that is sent by hand."""
    assert Bundle.of(TAX, *ALL, EMPTY).templates[-1] == EMPTY


def test_an_invoice_template_serves_an_automation_and_a_proposal() -> None:
    """References are checked one by one, not counted."""
    pipeline = Pipeline("P", [Stage("S", [CreateInvoice(FEE), SendProposal(LETTER)])])

    assert Bundle.of(pipeline, LETTER, FEE).templates == (LETTER, FEE)


def test_packages_load_json_and_cattrs_on_first_use() -> None:
    """`import pipeflow` stays cheap, and with it `Bundle`."""
    heavy = {"json", "cattrs", "pipeflow.codec"}
    code = f"import sys, pipeflow.bundle; print({heavy} & set(sys.modules))"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("wrong", [None, "tax", WELCOME, Pipeline])
def test_a_package_of_no_pipeline_is_refused(wrong: Any) -> None:
    """With what was given, and not by an error of Python's."""
    with pytest.raises(DefinitionError, match=r"\$\.pipeline: must be a pipeline \(given: "):
        Bundle.of(wrong)
