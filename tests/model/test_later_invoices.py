"""Later invoices of a proposal: what they say, and on which days they are due."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import After, DefinitionError, LaterInvoice, LineItem, Money, ProposalTemplate
from pipeflow.codec import dump, load
from pipeflow.testing import World
from tests.model.refusals import places

LINES = [LineItem("Books", rate=Money("200.00", "USD"), tax="10")]
EUROS = LineItem("Books", rate=Money("1.00", "EUR"))
MONTHLY = After(months=1)
ACCEPTED = date(2027, 1, 30)


def test_an_invoice_is_due_on_acceptance_unless_a_day_is_said() -> None:
    """Counted from the acceptance, or fixed."""
    assert LaterInvoice("Books", LINES).dates(ACCEPTED) == (ACCEPTED,)
    assert LaterInvoice("Books", LINES, start=After(days=3)).dates(ACCEPTED) == (date(2027, 2, 2),)
    fixed = LaterInvoice("Books", LINES, start=date(2027, 7, 1))
    assert fixed.dates(ACCEPTED) == (date(2027, 7, 1),)
    assert str(fixed.totals.total) == "220.00 USD"


def test_a_month_without_the_day_takes_its_last_one_and_the_next_is_back() -> None:
    """The 30th of January, the 28th of February, the 30th of March."""
    several = LaterInvoice("Books", LINES, every=MONTHLY, times=3)

    assert several.dates(ACCEPTED) == (ACCEPTED, date(2027, 2, 28), date(2027, 3, 30))


@given(st.integers(2, 200), st.integers(0, 40), st.integers(0, 3), st.dates(date(2000, 1, 1)))
def test_there_are_as_many_days_as_invoices_in_order(
    times: int, days: int, months: int, accepted: date
) -> None:
    """None before the acceptance, and none twice."""
    every = After(days + 1, months=months)
    accepted = min(accepted, date(9000, 1, 1))

    found = LaterInvoice("Books", LINES, every=every, times=times).dates(accepted)

    assert len(found) == times
    assert list(found) == sorted(set(found))
    assert found[0] == accepted


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"name": ""}, "$.name"),
        ({"lines": []}, "$.lines"),
        ({"lines": ["Books"]}, "$.lines[0]"),
        ({"lines": [*LINES, EUROS]}, "$.lines"),
        ({"start": "soon"}, "$.start"),
        ({"every": MONTHLY}, "$.every"),
        ({"times": 2}, "$.every"),
        ({"every": After(), "times": 2}, "$.every"),
        ({"every": "monthly", "times": 2}, "$.every"),
        ({"every": MONTHLY, "times": 201}, "$.times"),
        ({"times": True}, "$.times"),
        ({"autopay": "yes"}, "$.autopay"),
    ],
)
def test_a_later_invoice_that_makes_no_sense_is_refused(fields: dict[str, Any], where: str) -> None:
    """And the error says where; none goes on for ever."""
    given_: dict[str, Any] = {"name": "Books", "lines": LINES, **fields}

    assert places(lambda: LaterInvoice(**given_)) == [where]


def test_a_proposal_bills_later_what_is_a_later_invoice() -> None:
    """And signs in order, or not."""
    wrong: Any = ["monthly"]

    assert places(lambda: ProposalTemplate("Letter", later=wrong)) == ["$.later[0]"]
    assert places(lambda: ProposalTemplate("Letter", in_order=wrong)) == ["$.in_order"]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"every": After(days=-30), "times": 3}, "$.later[0].every"),
        ({"every": After(months=1, days=-31), "times": 4}, "$.later[0].every"),
        ({"every": After(years=1, months=-12), "times": 2}, "$.later[0].every"),
        ({"start": After(days=-5)}, "$.later[0].start"),
    ],
)
def test_nobody_is_billed_twice_on_a_day_or_before_the_acceptance(
    fields: dict[str, Any], where: str
) -> None:
    """A proposal with such times is not saved; whoever kept one can still read it."""
    letter = ProposalTemplate("Letter", later=[LaterInvoice("Books", LINES, **fields)])

    with pytest.raises(DefinitionError) as refused:
        World().engine.save(letter)

    (problem,) = refused.value.problems
    assert problem.where == where
    assert load(dump(letter)) == letter
