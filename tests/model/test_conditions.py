"""Conditions: questions asked of an account, composed like logic, carried like data."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.errors import DefinitionError
from pipeflow.model.accounts import Account, AccountType
from pipeflow.model.automations import SendEmail
from pipeflow.model.conditions import (
    DEEPEST,
    AllOf,
    AnyOf,
    Condition,
    FieldIs,
    Not,
    Tagged,
    TaggedAny,
    account_is,
    field_is,
    tagged,
    tagged_any,
    tagged_none,
)
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.stages import Stage
from tests.model.refusals import refused

NAMES = ["vip", "late", "new"]
EVERY_ACCOUNT = [
    Account("Ada", tags=chosen)
    for size in range(len(NAMES) + 1)
    for chosen in itertools.combinations(NAMES, size)
]
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(
        st.sampled_from(NAMES).map(tagged),
        st.lists(st.sampled_from(NAMES), max_size=3).map(lambda some: tagged(*some)),
        st.lists(st.sampled_from(NAMES), min_size=1).map(lambda some: tagged_any(*some)),
    ),
    lambda inner: st.one_of(
        inner.map(lambda a: ~a),
        st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
    ),
    max_leaves=8,
)
accounts = pytest.mark.parametrize(
    "account", EVERY_ACCOUNT, ids=lambda one: "+".join(sorted(one.tags))
)


def same(one: Condition, two: Condition) -> bool:
    """Tell whether both conditions hold for the same accounts."""
    return all(one.holds(account) == two.holds(account) for account in EVERY_ACCOUNT)


@accounts
def test_all_tags_are_required_unless_said__a_33(account: Account) -> None:
    """A-33: several tags mean all of them; any of them is the option."""
    assert tagged("vip", "late").holds(account) == ({"vip", "late"} <= account.tags)
    assert tagged_any("vip", "late").holds(account) == bool({"vip", "late"} & account.tags)


@accounts
def test_no_tags_at_all_are_no_condition__a_34(account: Account) -> None:
    """A-34: an empty list of tags is unconditional, so it is no condition of a stage either."""
    assert tagged().holds(account)
    assert Stage("Intake", when=tagged()).when is None
    assert SendEmail("welcome", when=tagged()).when is None
    assert Pipeline("Tax", [Stage("Intake", when=tagged())]).stages[0].when is None


@accounts
def test_conditions_compose_like_logic(account: Account) -> None:
    """The truth tables of and, or and not."""
    vip, late = tagged("vip"), tagged("late")
    is_vip, is_late = "vip" in account.tags, "late" in account.tags

    assert (vip & late).holds(account) == (is_vip and is_late)
    assert (vip | late).holds(account) == (is_vip or is_late)
    assert (~vip).holds(account) == (not is_vip)


@given(CONDITIONS, CONDITIONS, CONDITIONS)
def test_the_laws_of_logic_hold(a: Condition, b: Condition, c: Condition) -> None:
    """De Morgan, double negation, distribution: rewriting a condition changes nothing."""
    assert same(~(a & b), ~a | ~b)
    assert same(~(a | b), ~a & ~b)
    assert same(~~a, a)
    assert same(a & (b | c), (a & b) | (a & c))
    assert same(a | (b & c), (a | b) & (a | c))
    assert same(a & b, b & a)
    assert same((a & b) & c, a & (b & c))
    assert same(a | ~a, tagged())


@given(CONDITIONS)
def test_a_condition_can_be_read_back_from_its_print(condition: Condition) -> None:
    """What is printed is how it is written in code, brackets and all."""
    names = {"tagged": tagged, "tagged_any": tagged_any}

    assert same(eval(repr(condition), names), condition)  # noqa: S307


@given(CONDITIONS)
def test_a_condition_names_the_tags_that_it_looks_at(condition: Condition) -> None:
    """No other tag of an account changes its answer."""
    for account in EVERY_ACCOUNT:
        seen = Account("Ada", tags=account.tags & condition.tags)

        assert condition.holds(account) == condition.holds(seen)


@given(CONDITIONS)
def test_a_condition_that_does_not_hold_says_why(condition: Condition) -> None:
    """The board shows the reason, never an empty one."""
    for account in EVERY_ACCOUNT:
        if not condition.holds(account):
            assert condition.missing(account).strip()


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (tagged("vip"), "account lacks the tag 'vip'"),
        (tagged("vip", "old", "late"), "account lacks the tags 'vip', 'late'"),
        (tagged_any("vip", "late"), "account has none of the tags 'vip', 'late'"),
        (account_is("company"), "account is of type individual, not company"),
        (field_is("state", "CA"), "account's field 'state' is 'NY', not 'CA'"),
        (field_is("city", "Rome"), "account's field 'city' is not set"),
        (~tagged("old"), "account has the tag 'old'"),
        (~tagged_any("old", "wise"), "account has the tags 'old', 'wise'"),
        (~field_is("state", "NY"), "account's field 'state' is 'NY'"),
        (~account_is("individual"), "account is of type individual"),
        (tagged("old") & tagged("vip"), "account lacks the tag 'vip'"),
        (
            tagged("vip") & ~tagged("old"),
            "account lacks the tag 'vip' and account has the tag 'old'",
        ),
        (tagged("a") | tagged("b"), "account lacks the tag 'a' and account lacks the tag 'b'"),
        (~(tagged("old") | tagged("x")), "account has the tag 'old'"),
        (
            ~(tagged("old") & account_is("individual")),
            "account has the tag 'old' and account is of type individual",
        ),
        (tagged_none("x", "old"), "account has the tag 'old'"),
        (
            ~(~tagged("vip") & tagged("wise")),
            "account lacks the tag 'vip' and account has the tag 'wise'",
        ),
    ],
    ids=repr,
)
def test_the_reason_names_what_is_missing(condition: Condition, reason: str) -> None:
    """In the words of the firm: tags, the type, a field."""
    account = Account(
        "Ada", tags={"old", "wise"}, type=AccountType.INDIVIDUAL, fields={"state": "NY"}
    )

    assert not condition.holds(account)
    assert condition.missing(account) == reason


@pytest.mark.parametrize(
    ("found", "asked", "holds"),
    [
        ("CA", "CA", True),
        ("CA", "ca", False),
        (1, 1, True),
        (True, True, True),
        (True, 1, False),
        (0, False, False),
        (["CA", "NY"], ["CA", "NY"], True),
    ],
)
def test_a_field_has_the_very_value(found: Any, asked: Any, holds: bool) -> None:
    """Yes is not one, and capitals count; several texts are given as a list."""
    assert field_is("x", asked).holds(Account("Ada", fields={"x": found})) is holds


def test_a_field_that_is_not_there_has_no_value() -> None:
    """An account without the field is not asked about it."""
    assert not field_is("x", False).holds(Account("Ada"))


def test_an_account_is_of_one_type() -> None:
    """Company, individual or other, by member or by its value."""
    assert account_is(AccountType.COMPANY) == account_is("company")
    assert account_is("company").holds(Account("Acme", type="company"))
    assert not account_is("company").holds(Account("Ada"))
    assert (account_is("company") & field_is("x", 1)).tags == frozenset()


def test_conditions_are_data() -> None:
    """They compare and hash by content, and joining flattens."""
    a, b, c = tagged("a"), tagged("b"), tagged("c")

    assert (a & b) & c == a & (b & c) == AllOf((a, b, c))
    assert (a | b) | c == AnyOf([a, b, c])
    assert len({a & b, tagged("a") & tagged("b")}) == 1
    assert ~a == Not(a)
    assert repr(a & (b | ~c)) == "tagged('a') & (tagged('b') | ~tagged('c'))"
    assert repr((a & b) | ~(a & c)) == "(tagged('a') & tagged('b')) | ~(tagged('a') & tagged('c'))"
    assert repr(tagged_any("a") & account_is("other")) == "tagged_any('a') & account_is('other')"
    assert repr(field_is("x", 1)) == "field_is('x', 1)"


def test_the_words_and_or_not_are_refused() -> None:
    """Python's own words would drop one side of a condition without a word."""
    a: Any = tagged("a")

    for combine in (lambda: a and tagged("b"), lambda: a or tagged("b"), lambda: not a):
        assert refused(combine) == ["conditions are combined with & | ~, not with and, or, not"]


def test_a_condition_is_combined_with_a_condition() -> None:
    """A bare tag is refused, with examples of what was meant."""
    expected = [
        (
            "$: must be a condition (given: 'vip') "
            "Allowed: tagged('vip'), account_is('company'), field_is('state', 'CA')."
        )
    ]

    assert refused(lambda: tagged("a") & "vip") == expected  # type: ignore[operator]
    assert refused(lambda: tagged("a") | "vip") == expected  # type: ignore[operator]


def test_the_base_of_conditions_asks_nothing() -> None:
    """Only its kinds can be made."""
    with pytest.raises(TypeError, match="abstract"):
        Condition()  # type: ignore[abstract]


@pytest.mark.parametrize(
    ("cls", "given", "problems"),
    [
        (tagged, ("a", ""), ["$.names[1]: must not be empty (given: '')"]),
        (tagged, (5,), ["$.names[0]: must be text (given: 5)"]),
        (Tagged, ("vip",), ["$.names: must be a list of texts (given: 'vip')"]),
        (tagged_any, (), ["$.names: must name at least one tag"]),
        (tagged_none, (), ["$.names: must name at least one tag"]),
        (TaggedAny, (None,), ["$.names: must name at least one tag"]),
        (
            account_is,
            ("frim",),
            ["$.type: there is no account type 'frim'. Allowed: company, individual, other."],
        ),
        (
            field_is,
            ("", 1.5),
            [
                "$.name: must not be empty (given: '')",
                "$.value: is a float, which rounds; write Decimal('...') (given: 1.5)",
            ],
        ),
        (FieldIs, ([], "x"), ["$.name: must be text (given: [])"]),
        (AllOf, ((),), ["$.of: must hold at least one condition"]),
        (AnyOf, ([],), ["$.of: must hold at least one condition"]),
        (AllOf, (["vip"],), ["$.of[0]: must be a Condition (given: 'vip')"]),
        (
            AnyOf,
            (tagged("a"),),
            ["$.of: must be a list, each entry a Condition (given: tagged('a'))"],
        ),
        (
            Not,
            ("vip",),
            [
                (
                    "$.of: must be a condition (given: 'vip') "
                    "Allowed: tagged('vip'), account_is('company'), field_is('state', 'CA')."
                )
            ],
        ),
    ],
)
def test_a_wrong_condition_is_refused(cls: Any, given: Any, problems: list[str]) -> None:
    """Each with the place and what it should have been."""
    assert refused(lambda: cls(*given)) == problems


def test_conditions_are_not_nested_endlessly() -> None:
    """More levels than anybody reads are more than a package can hold."""
    deep: Condition = tagged("a")
    for _ in range(DEEPEST - 1):
        deep = Not(deep)
    expected = [f"$.of: is nested deeper than {DEEPEST} levels"]

    assert deep.depth == DEEPEST
    assert refused(lambda: Not(deep)) == expected
    assert refused(lambda: deep & tagged("b")) == expected
    with pytest.raises(DefinitionError):
        _ = deep | tagged("b")


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_conditions_are_nested_as_deep_as_a_package_can_hold(kind: type[AllOf | AnyOf]) -> None:
    """So deep, and no deeper: the file of a package would not be read."""
    deep = tagged("vip")
    for _ in range(DEEPEST - 1):
        deep = kind([deep])

    with pytest.raises(DefinitionError, match=f"nested deeper than {DEEPEST} levels"):
        kind([deep])
    with pytest.raises(DefinitionError, match=f"nested deeper than {DEEPEST} levels"):
        _ = ~deep
