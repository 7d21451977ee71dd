"""Installing never overwrites: ids that are taken get a suffix, and references follow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.bundle import Bundle, free_ids
from pipeflow.model.automations import SendEmail, SendProposal, UpdateAccountTags
from pipeflow.model.money import Money
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.stages import Stage
from pipeflow.model.templates import (
    EmailTemplate,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    ProposalTemplate,
)

WELCOME = EmailTemplate("Welcome", subject="Welcome")
FEE = InvoiceTemplate("Fee", [LineItem("1040", Money("450.00", "USD"))])
LETTER = ProposalTemplate("Letter", invoice_on_acceptance=FEE)
PLAIN = ProposalTemplate("Plain")
KIT = JobTemplate("Kit")
TAX = Pipeline(
    "Tax",
    [
        Stage(
            "A",
            [
                SendEmail(WELCOME),
                SendEmail(WELCOME),
                SendProposal(LETTER),
                UpdateAccountTags(clear=True),
            ],
        )
    ],
    job_template=KIT,
)
BUNDLE = Bundle.of(TAX, WELCOME, FEE, LETTER, PLAIN, KIT)
IDS = ["fee", "kit", "letter", "plain", "tax", "welcome"]


def test_free_ids_stay_as_they_are() -> None:
    """Into a firm that knows none of them a package goes unchanged."""
    freed, ids = free_ids(BUNDLE, frozenset({"other"}), frozenset({"welcome"}))

    assert freed == BUNDLE
    assert dict(ids) == {name: name for name in ids}
    assert sorted(ids) == IDS


def test_a_taken_id_gets_a_suffix_and_all_references_follow() -> None:
    """Automations, invoices on acceptance and job templates go on meaning the copy."""
    freed, ids = free_ids(
        BUNDLE, frozenset({"welcome", "fee", "kit", "letter"}), frozenset({"tax"})
    )

    (pipeline,) = freed.pipelines
    assert pipeline.id == ids["tax"] == "tax-2"
    assert [one.uses for one in pipeline.stages[0].automations] == ["welcome-2"] * 2 + [
        "letter-2",
        None,
    ]
    assert pipeline.job_template == "kit-2"
    assert [t.id for t in freed.templates] == ["welcome-2", "fee-2", "letter-2", "plain", "kit-2"]
    letter = freed.templates[2]
    assert isinstance(letter, ProposalTemplate)
    assert letter.invoice_on_acceptance == "fee-2"


def test_the_name_of_a_copy_tells_it_apart() -> None:
    """A list of templates with the same name twice would help nobody."""
    freed, _ = free_ids(BUNDLE, frozenset({"welcome", "welcome-2"}))

    assert [t.name for t in freed.templates] == ["Welcome (3)", "Fee", "Letter", "Plain", "Kit"]
    assert freed.templates[0].id == "welcome-3"


def test_automations_keep_their_ids() -> None:
    """History and edits know an automation by its id, which says nothing of the firm."""
    freed, _ = free_ids(BUNDLE, frozenset({"welcome"}))

    before, after = (
        [automation.id for automation in one.pipelines[0].stages[0].automations]
        for one in (BUNDLE, freed)
    )
    assert (
        after
        == before
        == [
            "send-email-welcome",
            "send-email-welcome-2",
            "send-proposal-letter",
            "update-account-tags",
        ]
    )


def test_a_suffix_that_the_package_itself_uses_is_passed_over() -> None:
    """The copy of "a" must not become the package's own "a-2"."""
    bundle = Bundle(templates=[EmailTemplate("A", subject=""), EmailTemplate("A-2", subject="")])

    freed, _ = free_ids(bundle, frozenset({"a"}))

    assert [t.id for t in freed.templates] == ["a-3", "a-2"]


@pytest.mark.parametrize(
    ("taken", "taken_pipelines"),
    [({"tax"}, set[str]()), (set[str](), {"tax"}), ({"tax"}, {"tax-2"})],
)
def test_a_pipeline_and_a_template_of_one_id_stay_together(
    taken: set[str], taken_pipelines: set[str]
) -> None:
    """The map of ids has one answer for each id."""
    email = EmailTemplate("Tax", subject="")
    bundle = Bundle.of(Pipeline("Tax", [Stage("A", [SendEmail(email)])]), email)

    freed, ids = free_ids(bundle, taken, taken_pipelines)

    assert freed.pipelines[0].id == freed.templates[0].id == ids["tax"] != "tax"
    assert freed.pipelines[0].id not in taken | taken_pipelines


_TAKEN = st.sets(
    st.sampled_from([*IDS, *(f"{name}-2" for name in IDS), *(f"{name}-3" for name in IDS)])
)


@given(_TAKEN, _TAKEN)
def test_nothing_of_a_package_meets_a_taken_id(taken: set[str], pipelines: set[str]) -> None:
    """Whatever the firm has, the copy is a package that is right in itself, and beside it all."""
    freed, ids = free_ids(BUNDLE, taken, pipelines)

    assert not {t.id for t in freed.templates} & taken
    assert not {p.id for p in freed.pipelines} & pipelines
    assert sorted(ids) == IDS
    assert Bundle.from_json(freed.to_json()) == freed
    assert free_ids(freed, taken, pipelines)[0] == freed
