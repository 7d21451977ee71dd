"""Questions asked of fields, roles and the open balance, and what is said of each answer."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeflow import (
    Account,
    Condition,
    Member,
    Money,
    Role,
    balance_above,
    balance_below,
    field_above,
    field_after,
    field_before,
    field_below,
    field_in,
    field_is,
    field_set,
    role_filled,
    role_is,
)
from pipeflow.model.account_conditions import RoleIs
from pipeflow.model.field_conditions import FieldIn
from pipeflow.model.phrases import phrase
from tests.model.refusals import refused

DAY, NEXT = date(2027, 6, 30), date(2027, 7, 1)
ADA = Account(
    "Ada",
    fields={
        "state": "NY",
        "staff": 12,
        "share": Decimal("0.5"),
        "vat": True,
        "employer": False,
        "children": 0,
        "year end": DAY,
        "incomes": ["Wages", "Rent"],
        "note": "",
        "services": [],
        "text day": "2027-06-30",
    },
    roles={"Tax preparer": "mia", "reviewer": ["leo", "mia"], "clerk": []},
    balance=Money("100.00", "USD"),
)
NOBODYS = Account("Bo")

# The condition, whether it holds for Ada, why it does not, why it does though it should not, and
# how people say it. Of what is not asked, since it never comes to it, nothing is said.
CASES: list[tuple[Condition, bool, str, str]] = [
    (field_set("state"), True, "account's field 'state' is 'NY'", "field 'state' is set"),
    (field_set("employer"), True, "account's field 'employer' is False", "field 'employer' is set"),
    (field_set("children"), True, "account's field 'children' is 0", "field 'children' is set"),
    (field_set("note"), False, "account's field 'note' is not set", "field 'note' is set"),
    (
        field_set("services"),
        False,
        "account's field 'services' is not set",
        "field 'services' is set",
    ),
    (field_set("x"), False, "account's field 'x' is not set", "field 'x' is set"),
    (
        field_in("state", "CA", "NY"),
        True,
        "account's field 'state' is 'NY'",
        "field 'state' is 'CA' or 'NY'",
    ),
    (
        field_in("state", "CA", "WA"),
        False,
        "account's field 'state' is 'NY', not 'CA' or 'WA'",
        "field 'state' is 'CA' or 'WA'",
    ),
    (field_in("x", "CA"), False, "account's field 'x' is not set", "field 'x' is 'CA'"),
    (
        field_in("incomes", "Farm", "Rent"),
        True,
        "account's field 'incomes' is 'Wages' and 'Rent'",
        "field 'incomes' is 'Farm' or 'Rent'",
    ),
    (
        field_in("incomes", "Farm"),
        False,
        "account's field 'incomes' is 'Wages' and 'Rent', not 'Farm'",
        "field 'incomes' is 'Farm'",
    ),
    (
        field_in("services", "Farm"),
        False,
        "account's field 'services' is empty, not 'Farm'",
        "field 'services' is 'Farm'",
    ),
    (
        field_in("vat", 1, "No"),
        False,
        "account's field 'vat' is True, not 1 or 'No'",
        "field 'vat' is 1 or 'No'",
    ),
    (field_in("vat", True), True, "account's field 'vat' is True", "field 'vat' is True"),
    (
        field_in("staff", Decimal("12.0"), DAY),
        True,
        "account's field 'staff' is 12",
        "field 'staff' is 12.0 or 2027-06-30",
    ),
    (
        field_below("staff", 13),
        True,
        "account's field 'staff' is 12, below 13",
        "field 'staff' is below 13",
    ),
    (
        field_below("staff", 12),
        False,
        "account's field 'staff' is 12, not below 12",
        "field 'staff' is below 12",
    ),
    (
        field_below("share", Decimal("0.51")),
        True,
        "account's field 'share' is 0.5, below 0.51",
        "field 'share' is below 0.51",
    ),
    (
        field_above("staff", Decimal("11.9")),
        True,
        "account's field 'staff' is 12, above 11.9",
        "field 'staff' is above 11.9",
    ),
    (
        field_above("staff", 12),
        False,
        "account's field 'staff' is 12, not above 12",
        "field 'staff' is above 12",
    ),
    (field_above("x", -1), False, "account's field 'x' is not set", "field 'x' is above -1"),
    (field_below("x", 1), False, "account's field 'x' is not set", "field 'x' is below 1"),
    (
        field_above("vat", 0),
        False,
        "account's field 'vat' is True, which is no number",
        "field 'vat' is above 0",
    ),
    (
        field_below("state", 5),
        False,
        "account's field 'state' is 'NY', which is no number",
        "field 'state' is below 5",
    ),
    (
        field_before("year end", NEXT),
        True,
        "account's field 'year end' is 2027-06-30, before 2027-07-01",
        "field 'year end' is before 2027-07-01",
    ),
    (
        field_before("year end", DAY),
        False,
        "account's field 'year end' is 2027-06-30, not before 2027-06-30",
        "field 'year end' is before 2027-06-30",
    ),
    (
        field_after("year end", DAY),
        False,
        "account's field 'year end' is 2027-06-30, not after 2027-06-30",
        "field 'year end' is after 2027-06-30",
    ),
    (
        field_after("year end", date(2027, 1, 1)),
        True,
        "account's field 'year end' is 2027-06-30, after 2027-01-01",
        "field 'year end' is after 2027-01-01",
    ),
    (
        field_after("text day", date(2027, 1, 1)),
        False,
        "account's field 'text day' is '2027-06-30', which is no date",
        "field 'text day' is after 2027-01-01",
    ),
    (
        field_before("x", DAY),
        False,
        "account's field 'x' is not set",
        "field 'x' is before 2027-06-30",
    ),
    (
        field_after("x", DAY),
        False,
        "account's field 'x' is not set",
        "field 'x' is after 2027-06-30",
    ),
    (
        role_filled("tax-preparer"),
        True,
        "the role 'tax-preparer' is filled by 'mia'",
        "somebody is the tax-preparer",
    ),
    (role_filled("clerk"), False, "nobody fills the role 'clerk'", "somebody is the clerk"),
    (role_filled(Role("x")), False, "nobody fills the role 'x'", "somebody is the x"),
    (
        role_is("reviewer", "mia", "bo"),
        True,
        "the role 'reviewer' is filled by 'leo' and 'mia'",
        "the reviewer is Mia Berg or bo",
    ),
    (
        role_is(Role("reviewer"), "bo"),
        False,
        "the role 'reviewer' is filled by 'leo' and 'mia', not by 'bo'",
        "the reviewer is bo",
    ),
    (role_is("clerk", "bo"), False, "nobody fills the role 'clerk'", "the clerk is bo"),
    (
        balance_above(Money("99.99", "USD")),
        True,
        "account's open balance is 100.00 USD, above 99.99 USD",
        "the open balance is above 99.99 USD",
    ),
    (
        balance_above(Money("100", "USD")),
        False,
        "account's open balance is 100.00 USD, not above 100.00 USD",
        "the open balance is above 100.00 USD",
    ),
    (
        balance_below(Money("100", "USD")),
        False,
        "account's open balance is 100.00 USD, not below 100.00 USD",
        "the open balance is below 100.00 USD",
    ),
    (
        balance_below(Money("100.01", "USD")),
        True,
        "account's open balance is 100.00 USD, below 100.01 USD",
        "the open balance is below 100.01 USD",
    ),
    (
        balance_above(Money("1", "EUR")),
        False,
        "account's open balance is 100.00 USD, not in EUR",
        "the open balance is above 1.00 EUR",
    ),
    (
        balance_below(Money("1000", "EUR")),
        False,
        "account's open balance is 100.00 USD, not in EUR",
        "the open balance is below 1000.00 EUR",
    ),
]


@pytest.mark.parametrize(("condition", "holds", "why", "said"), CASES, ids=repr)
def test_each_question_is_answered_and_explained(
    condition: Condition, holds: bool, why: str, said: str
) -> None:
    """What is there is named, in the right sense whether it should hold or not."""
    assert condition.holds(ADA) is holds
    assert (~condition).holds(ADA) is not holds
    assert (~condition if holds else condition).missing(ADA) == why
    assert (~~condition).missing(ADA) == condition.missing(ADA)
    assert phrase(condition, {"mia": "Mia Berg"}) == said


@pytest.mark.parametrize("condition", [case[0] for case in CASES], ids=repr)
def test_what_nobody_has_said_is_neither_less_nor_more_nor_one_of_anything(
    condition: Condition,
) -> None:
    """An account of which nothing is known fits none of them, and the opposite of each."""
    assert not condition.holds(NOBODYS)
    assert (~condition).holds(NOBODYS)
    assert "not " in (said := condition.missing(NOBODYS)) or said.startswith("nobody")


@pytest.mark.parametrize("condition", [case[0] for case in CASES], ids=repr)
def test_each_prints_as_it_is_written(condition: Condition) -> None:
    """What a firm sees in a log can be pasted into code; and it is data that compares."""
    import pipeflow

    names = {**vars(pipeflow), "Decimal": Decimal, "datetime": __import__("datetime")}
    read = eval(repr(condition), names)  # noqa: S307

    assert read == condition
    assert hash(read) == hash(condition)
    assert read != ~condition
    assert not condition.about_job


def test_the_balance_is_not_known_unless_the_host_tells_it() -> None:
    """Nothing is reckoned: no balance is not a balance of nothing."""
    owes = balance_above(Money(0, "USD"))

    assert NOBODYS.balance is None
    assert owes.missing(NOBODYS) == "account's open balance is not known"
    assert not balance_below(Money(1, "USD")).holds(NOBODYS)
    assert owes.holds(Account("Bo", balance=Money("0.01", "USD")))
    assert refused(lambda: Account("Bo", balance=5)) == [  # type: ignore[arg-type]
        (
            "$.balance: must be money (given: 5) "
            "Allowed: Money('100.00', 'USD'), None, where it is not known."
        )
    ]


def test_conditions_name_the_fields_roles_and_members_that_they_ask_for() -> None:
    """A package tells a firm what it has to have."""
    both = (field_below("staff", 5) | ~field_set("state")) & ~role_is("reviewer", "leo")

    assert both.fields == {"staff", "state"}
    assert both.people == {Role("reviewer"), "leo"}
    assert role_filled("clerk").people == {Role("clerk")}
    assert (field_is("x", 1) & field_in("y", 1)).people == frozenset()
    assert (field_is("x", 1) & field_in("y", 1)).fields == {"x", "y"}


def test_members_may_be_given_themselves() -> None:
    """As everywhere, an object stands for its id."""
    assert role_is("reviewer", Member("Mia Berg")) == role_is("reviewer", "mia-berg")


def test_accents_typed_in_two_ways_are_one_name() -> None:
    """Names are one in NFC: R-16."""
    two_ways = "e\u0301tat"

    assert field_in(two_ways, two_ways) == field_in("état", "état")
    assert field_set(two_ways).holds(Account("Bo", fields={"état": 1}))
    assert role_is(two_ways, two_ways) == role_is("état", "état")


@pytest.mark.parametrize(
    ("build", "problems"),
    [
        (lambda: field_set(""), ["$.name: must not be empty (given: '')"]),
        (
            lambda: field_in("x"),
            ["$.values: must name at least one value, else it never holds"],
        ),
        (
            lambda: field_in("x", ["a", "b"], 1.5, None),  # type: ignore[arg-type]
            [
                "$.values[0]: must be one value; name each by itself (given: ['a', 'b'])",
                "$.values[1]: is a float, which rounds; write Decimal('...') (given: 1.5)",
                (
                    "$.values[2]: cannot be kept in a field (given: None) "
                    "Allowed: text, int, bool, Decimal, date, several texts."
                ),
            ],
        ),
        (
            lambda: FieldIn("x", "NY"),
            ["$.values: must be a list of values (given: 'NY')"],
        ),
        (
            lambda: field_below("staff", DAY),  # type: ignore[arg-type]
            [
                (
                    "$.value: must be an exact number (given: datetime.date(2027, 6, 30)) "
                    "Allowed: a text like '450.00', a Decimal, an int."
                )
            ],
        ),
        (
            lambda: field_above("", 0.5),  # type: ignore[arg-type]
            [
                "$.name: must not be empty (given: '')",
                (
                    "$.value: must be an exact number, and a float rounds (given: 0.5) "
                    "Allowed: a text like '450.00', a Decimal, an int."
                ),
            ],
        ),
        (
            lambda: field_above("x", True),
            [
                (
                    "$.value: must be an exact number (given: True) "
                    "Allowed: a text like '450.00', a Decimal, an int."
                )
            ],
        ),
        (
            lambda: field_before("year end", 5),  # type: ignore[arg-type]
            ["$.day: must be a date (given: 5) Allowed: date(2027, 4, 15)."],
        ),
        (
            lambda: field_after("year end", datetime(2027, 1, 1, tzinfo=UTC)),
            [
                (
                    "$.day: must be a date (given: datetime.datetime(2027, 1, 1, 0, 0, "
                    "tzinfo=datetime.timezone.utc)) Allowed: date(2027, 4, 15)."
                )
            ],
        ),
        (
            lambda: role_is("", "mia", 5),  # type: ignore[arg-type]
            [
                "$.role: must not be empty (given: '')",
                "$.members[1]: must be text (given: 5)",
            ],
        ),
        (
            lambda: role_is("reviewer"),
            [
                (
                    "$.members: must name at least one member; "
                    "whether anybody fills a role asks role_filled"
                )
            ],
        ),
        (
            lambda: RoleIs("reviewer", "mia"),
            ["$.members: must be a list of texts (given: 'mia')"],
        ),
        (lambda: role_filled(5), ["$.role: must be text (given: 5)"]),  # type: ignore[arg-type]
        (
            lambda: balance_above(100),  # type: ignore[arg-type]
            ["$.amount: must be money (given: 100) Allowed: Money('100', 'USD')."],
        ),
    ],
)
def test_a_wrong_question_is_refused_when_it_is_written(build: Any, problems: list[str]) -> None:
    """A date is not compared with a number, nor a number with a float; all problems at once."""
    assert refused(build) == problems
