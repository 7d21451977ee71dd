"""Facts: what happened outside, checked before anything is done with it."""

from typing import Any

import pytest

from pipeflow.model import facts
from pipeflow.model.accounts import Contact
from pipeflow.model.facts import (
    Cancelled,
    ClientTaskChecked,
    ClientTaskUnchecked,
    Declined,
    DocumentSigned,
    EmailBounced,
    Fact,
    OrganizerSaved,
    OrganizerSubmitted,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    Reopened,
    SubtaskChecked,
)
from pipeflow.model.items import ItemKind
from pipeflow.model.money import Money
from tests.model.refusals import places, refused

FACTS: list[Any] = [getattr(facts, name) for name in facts.__all__ if name != "Fact"]


@pytest.mark.parametrize("cls", FACTS)
def test_a_fact_says_what_it_can_be_about(cls: type[Fact]) -> None:
    """Some kinds of items, or all of them; a bounced e-mail is about none."""
    assert issubclass(cls, Fact)
    assert cls.about <= frozenset(ItemKind)
    assert bool(cls.about) is (cls is not EmailBounced)


def test_every_kind_of_item_can_be_finished() -> None:
    """No kind without a fact of its own, but notes, on which nobody acts."""
    own = {kind for cls in FACTS if cls not in {Cancelled, Reopened} for kind in cls.about}

    assert own == set(ItemKind) - {ItemKind.NOTE}


def test_a_contact_may_sign_as_itself() -> None:
    """By its id, or else its address, or else its name."""
    assert ProposalSigned(Contact("Ada", email="ada@x.com", id="c-1")).by == "c-1"
    assert ProposalSigned(by=Contact("Ada", email="ada@x.com")).by == "ada@x.com"
    assert DocumentSigned(Contact("Ada")).by == "Ada"
    assert ProposalSigned("ada@x.com") == ProposalSigned(by="ada@x.com")
    assert ProposalSigned().by is None


def test_answers_are_given_by_question() -> None:
    """Several choices as a list; not every question need be answered."""
    submitted = OrganizerSubmitted(answers={"Which?": ["a", "b"], "Many?": 3})

    assert submitted.answers == {"Which?": ("a", "b"), "Many?": 3}
    assert OrganizerSubmitted().answers == OrganizerSaved().answers == {}


@pytest.mark.parametrize(
    ("cls", "fields", "where"),
    [
        (OrganizerSubmitted, {"answers": {"x": 1.5}}, "$.answers['x']"),
        (OrganizerSubmitted, {"answers": ["x"]}, "$.answers"),
        (OrganizerSaved, {"answers": {"": "x"}}, "$.answers"),
        (ProposalSigned, {"by": ""}, "$.by"),
        (ProposalSigned, {"package": ""}, "$.package"),
        (DocumentSigned, {"by": 5}, "$.by"),
        (PaymentReceived, {"amount": 100}, "$.amount"),
        (PaymentReceived, {"amount": Money(0, "USD")}, "$.amount"),
        (PaymentReceived, {"amount": Money(-5, "USD")}, "$.amount"),
        (PaymentReceived, {"amount": Money("0.005", "USD")}, "$.amount"),
        (PaymentReceived, {"amount": Money("0.5", "JPY")}, "$.amount"),
        (PaymentReceived, {"amount": Money(5, "USD"), "cleared": "yes"}, "$.cleared"),
        (PaymentReceived, {"amount": Money(5, "USD"), "reference": ""}, "$.reference"),
        (PaymentCleared, {"reference": ""}, "$.reference"),
        (PaymentFailed, {"reference": 5}, "$.reference"),
        (PaymentRefunded, {"reference": ""}, "$.reference"),
        (PaymentRefunded, {"reference": "p", "amount": 5}, "$.amount"),
        (PaymentRefunded, {"reference": "p", "amount": Money(0, "USD")}, "$.amount"),
        (OrganizerSubmitted, {"incomplete": "yes"}, "$.incomplete"),
        (Declined, {"by": ""}, "$.by"),
        (Declined, {"reason": 5}, "$.reason"),
        (Reopened, {"reason": None}, "$.reason"),
        (SubtaskChecked, {"name": ""}, "$.name"),
        (ClientTaskChecked, {"name": 5}, "$.name"),
        (ClientTaskUnchecked, {"name": ""}, "$.name"),
        (Cancelled, {"reason": 5}, "$.reason"),
        (EmailBounced, {"reason": None}, "$.reason"),
    ],
    ids=str,
)
def test_a_wrong_fact_is_refused(cls: Any, fields: Any, where: str) -> None:
    """Before any job has heard of it."""
    assert places(lambda: cls(**fields)) == [where]


def test_a_payment_is_money() -> None:
    """A bare number has no currency, and a float rounds."""
    assert refused(lambda: PaymentReceived(450.0)) == [  # type: ignore[arg-type]
        "$.amount: must be Money (given: 450.0) Allowed: Money('450.00', 'USD')."
    ]
