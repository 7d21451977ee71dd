"""Questions asked of a job: what it is like, who does it, and what the client said in it."""

import itertools
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow
from pipeflow import (
    Account,
    Condition,
    Member,
    Money,
    Pipeline,
    Role,
    Stage,
    answer_is,
    answered,
    assigned,
    balance_above,
    field_in,
    older_than,
    package_is,
    pipeline_is,
    priority_is,
    role_is,
    tagged,
    tagged_any,
)
from pipeflow.model.account_conditions import BalanceAbove, BalanceBelow, RoleFilled, RoleIs
from pipeflow.model.client_conditions import Answered, AnswerIs, PackageIs
from pipeflow.model.conditions import (
    AccountIs,
    AllOf,
    AnyOf,
    FieldIs,
    Not,
    Tagged,
    TaggedAny,
    account_only_problems,
)
from pipeflow.model.field_conditions import (
    FieldAbove,
    FieldAfter,
    FieldBefore,
    FieldBelow,
    FieldIn,
    FieldSet,
)
from pipeflow.model.job_conditions import Assigned, OlderThan, PipelineIs, PriorityIs
from pipeflow.model.phrases import phrase
from tests.model.asking import Standing, letter, sheet, standing
from tests.model.refusals import refused

OWNED = "Did you own a business?"
ADA = Account("Ada", roles={"preparer": "mia", "reviewer": ["leo", "noor"]})
BLANK = standing()
WRONG_DAYS: list[Any] = [-1, 36_526, True, 1.5, "3"]
JOB = standing(
    sheet({OWNED: "No", "Children?": 2, "Note?": ""}),
    sheet({OWNED: True, "Incomes?": ("Wages", "Rent"), "Born?": date(1990, 1, 2)}),
    sheet({OWNED: False}, "pending"),
    letter("Silver"),
    letter("Gold"),
    letter("Platinum", "pending"),
    letter(None),
    assignees=["mia", "bo"],
    age=30,
    priority=pipeflow.Priority.HIGH,
)

# The condition, whether it holds, why it does not or does though it should not, as people say it.
CASES: list[tuple[Condition, bool, str, str]] = [
    (
        priority_is("high", "urgent"),
        True,
        "job's priority is high",
        "the priority is high or urgent",
    ),
    (
        priority_is("urgent", "low"),
        False,
        "job's priority is high, not urgent or low",
        "the priority is urgent or low",
    ),
    (pipeline_is("tax"), True, "job is in the pipeline 'tax'", "the pipeline is 'tax'"),
    (
        pipeline_is("payroll", "vat"),
        False,
        "job is in the pipeline 'tax', not 'payroll' or 'vat'",
        "the pipeline is 'payroll' or 'vat'",
    ),
    (older_than(29), True, "job is 30 days old, older than 29", "the job is older than 29 days"),
    (
        older_than(30),
        False,
        "job is 30 days old, not older than 30",
        "the job is older than 30 days",
    ),
    (older_than(1), True, "job is 30 days old, older than 1", "the job is older than 1 day"),
    (
        assigned("bo", "leo"),
        True,
        "job is assigned to 'bo' and 'mia'",
        "assigned to bo or Leo Falk",
    ),
    (
        assigned(Role("preparer")),
        True,
        "job is assigned to 'bo' and 'mia'",
        "assigned to the preparer",
    ),
    (
        assigned(Role("reviewer"), "leo"),
        False,
        "job is assigned to 'bo' and 'mia', not to the reviewer or 'leo'",
        "assigned to the reviewer or Leo Falk",
    ),
    (
        assigned(Role("clerk")),
        False,
        "job is assigned to 'bo' and 'mia', not to the clerk",
        "assigned to the clerk",
    ),
    (answered(OWNED), True, f"the answer to {OWNED!r} is 'Yes'", f"{OWNED!r} is answered"),
    (answered("Children?"), True, "the answer to 'Children?' is 2", "'Children?' is answered"),
    (answered("Note?"), False, "'Note?' is not answered", "'Note?' is answered"),
    (
        answer_is(OWNED, "Yes"),
        True,
        f"the answer to {OWNED!r} is 'Yes'",
        f"the answer to {OWNED!r} is 'Yes'",
    ),
    (
        answer_is(OWNED, True, "Maybe"),
        True,
        f"the answer to {OWNED!r} is 'Yes'",
        f"the answer to {OWNED!r} is 'Yes' or 'Maybe'",
    ),
    (
        answer_is(OWNED, False, 1),
        False,
        f"the answer to {OWNED!r} is 'Yes', not 'No' or 1",
        f"the answer to {OWNED!r} is 'No' or 1",
    ),
    (
        answer_is("Incomes?", "Farm", "Rent"),
        True,
        "the answer to 'Incomes?' is 'Wages' and 'Rent'",
        "the answer to 'Incomes?' is 'Farm' or 'Rent'",
    ),
    (
        answer_is("Born?", date(1990, 1, 2)),
        True,
        "the answer to 'Born?' is 1990-01-02",
        "the answer to 'Born?' is 1990-01-02",
    ),
    (
        answer_is("Children?", Decimal("2.0")),
        True,
        "the answer to 'Children?' is 2",
        "the answer to 'Children?' is 2.0",
    ),
    (
        answer_is("Cars?", 1),
        False,
        "'Cars?' is not answered",
        "the answer to 'Cars?' is 1",
    ),
    (
        package_is("Gold", "Platinum"),
        True,
        "the chosen package is 'Gold'",
        "the chosen package is 'Gold' or 'Platinum'",
    ),
    (
        package_is("Silver"),
        False,
        "the chosen package is 'Gold', not 'Silver'",
        "the chosen package is 'Silver'",
    ),
]


@pytest.mark.parametrize(("condition", "holds", "why", "said"), CASES, ids=repr)
def test_each_question_is_answered_and_explained(
    condition: Condition, holds: bool, why: str, said: str
) -> None:
    """What is there is named, in the right sense whether it should hold or not."""
    assert condition.holds(ADA, JOB) is holds
    assert (~condition).holds(ADA, JOB) is not holds
    assert (~condition if holds else condition).missing(ADA, JOB) == why
    assert phrase(condition, {"leo": "Leo Falk"}) == said


@pytest.mark.parametrize("condition", [case[0] for case in CASES], ids=repr)
def test_each_prints_as_it_is_written(condition: Condition) -> None:
    """What a firm sees in a log can be pasted into code; and it is data that compares."""
    names = {**vars(pipeflow), "Decimal": Decimal, "datetime": __import__("datetime")}
    read = eval(repr(condition), names)  # noqa: S307

    assert read == condition
    assert hash(read) == hash(condition)


@pytest.mark.parametrize("condition", [case[0] for case in CASES], ids=repr)
def test_an_account_alone_cannot_answer_for_a_job(condition: Condition) -> None:
    """What is true of no job is not said to be false: it is refused, wherever it stands."""
    what = f"$: asks about a job, and here there is only an account (given: {condition!r})"
    deep = tagged("vip") | ~(tagged("old") | condition)

    assert condition.about_job
    assert deep.about_job
    assert not (tagged("vip") | ~tagged("old")).about_job
    for ask in (condition.holds, condition.missing, condition.present, deep.holds):
        assert refused(partial(ask, ADA)) == [what]


def test_where_accounts_are_chosen_a_question_about_a_job_is_refused_when_it_is_written() -> None:
    """Each of them is named; a question about the account is not."""
    both = tagged("payroll") & ~(older_than(3) | priority_is("low"))
    allowed = "Allowed: tagged('vip'), account_is('company'), field_is('state', 'CA')."

    assert [str(one) for one in account_only_problems(both, "$.accounts")] == [
        (
            "$.accounts: asks about a job, and here there is only an account "
            f"(given: {one}) {allowed}"
        )
        for one in ("older_than(3)", "priority_is('low')")
    ]
    assert list(account_only_problems(tagged("payroll") & field_in("state", "CA"))) == []
    assert list(account_only_problems(None)) == []
    assert [str(one) for one in account_only_problems("payroll")] == [
        f"$.when: must be a condition (given: 'payroll') {allowed}"
    ]


def test_nothing_was_said_in_a_job_that_has_nothing() -> None:
    """No answer, no package, nobody assigned: each says so."""
    reasons = {
        answered(OWNED): f"{OWNED!r} is not answered",
        answer_is(OWNED, "Yes"): f"{OWNED!r} is not answered",
        package_is("Gold"): "no package was chosen",
        assigned("mia"): "job is assigned to nobody, not to 'mia'",
        older_than(0): "job is 0 days old, not older than 0",
    }

    for condition, reason in reasons.items():
        assert not condition.holds(ADA, BLANK)
        assert condition.missing(ADA, BLANK) == reason


def test_only_what_was_handed_in_counts_and_what_the_job_has_let_go_of_does_not() -> None:
    """A draft is no answer, a letter that lacks a signature no choice."""
    draft, gone = sheet({OWNED: "Yes"}, "pending"), sheet({OWNED: "Yes"}, linked=False)
    sealed = sheet({OWNED: "Yes"}, "resolved")
    open_letter, loose = letter("Gold", "pending"), letter("Gold", linked=False)

    for item in (draft, gone, sealed):
        assert not answered(OWNED).holds(ADA, standing(item))
    for item in (open_letter, loose):
        assert not package_is("Gold").holds(ADA, standing(item))


def test_pipelines_and_members_may_be_given_themselves() -> None:
    """As everywhere, an object stands for its id."""
    tax = Pipeline("Tax", [Stage("Intake")])

    assert pipeline_is(tax, "vat") == pipeline_is("tax", "vat")
    assert assigned(Member("Mia Berg"), Role("x")) == assigned("mia-berg", Role("x"))
    assert assigned("mia", Role("x")).people == {"mia", Role("x")}
    assert priority_is(pipeflow.Priority.LOW) == priority_is("low")


@pytest.mark.parametrize(
    ("build", "problems"),
    [
        (
            lambda: priority_is("hi", "low"),
            [
                (
                    "$.priorities[0]: there is no priority 'hi'. Did you mean 'high'? "
                    "Allowed: low, medium, high, urgent."
                )
            ],
        ),
        (
            priority_is,
            ["$.priorities: must name at least one priority, else it never holds"],
        ),
        (
            lambda: PriorityIs("low"),
            ["$.priorities: must be a list of priorities (given: 'low')"],
        ),
        (pipeline_is, ["$.pipelines: must name at least one pipeline, else it never holds"]),
        (
            lambda: pipeline_is("", 5),  # type: ignore[arg-type]
            [
                "$.pipelines[0]: must not be empty (given: '')",
                "$.pipelines[1]: must be text (given: 5)",
            ],
        ),
        (
            lambda: PipelineIs("tax"),
            ["$.pipelines: must be a list of texts (given: 'tax')"],
        ),
        *(
            (
                lambda days=days: older_than(days),
                [f"$.days: must be a whole number of days from 0 to 36525 (given: {days!r})"],
            )
            for days in WRONG_DAYS
        ),
        (assigned, ["$.who: must name at least one member or role, else it never holds"]),
        (
            lambda: assigned("", 5, Role("x")),  # type: ignore[arg-type]
            ["$.who[0]: must not be empty (given: '')", "$.who[1]: must be text (given: 5)"],
        ),
        (
            lambda: Assigned("mia"),
            ["$.who: must be a list of members' ids and roles (given: 'mia')"],
        ),
        (lambda: answered(""), ["$.question: must not be empty (given: '')"]),
        (
            lambda: answer_is(OWNED),
            ["$.values: must name at least one value, else it never holds"],
        ),
        (package_is, ["$.packages: must name at least one package, else it never holds"]),
        (
            lambda: PackageIs("Gold"),
            ["$.packages: must be a list of texts (given: 'Gold')"],
        ),
    ],
)
def test_a_wrong_question_is_refused_when_it_is_written(build: Any, problems: list[str]) -> None:
    """With the place, what was given and what is allowed."""
    assert refused(build) == problems


# -- any condition at all -------------------------------------------------------------------------

TAGS, MEMBERS = ["vip", "old"], ["mia", "leo"]
WHO: list[Any] = [*MEMBERS, Role("preparer")]
SAID: list[Any] = ["Yes", True, 1]
VALUES: list[Any] = ["CA", 1, True, Decimal("1.5"), date(2027, 1, 1)]
QUESTIONS = st.one_of(
    st.lists(st.sampled_from(TAGS), min_size=1, max_size=2).map(lambda some: tagged(*some)),
    st.lists(st.sampled_from(TAGS), min_size=1, max_size=2).map(lambda some: tagged_any(*some)),
    st.sampled_from(["company", "other"]).map(AccountIs),
    st.sampled_from(VALUES).map(lambda value: FieldIs("f", value)),
    st.just(FieldSet("f")),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=2).map(lambda some: FieldIn("f", some)),
    st.integers(0, 3).map(lambda number: FieldBelow("f", number)),
    st.integers(0, 3).map(lambda number: FieldAbove("f", number)),
    st.dates(date(2026, 12, 30), date(2027, 1, 3)).map(lambda day: FieldBefore("f", day)),
    st.dates(date(2026, 12, 30), date(2027, 1, 3)).map(lambda day: FieldAfter("f", day)),
    st.just(RoleFilled("preparer")),
    st.sampled_from(MEMBERS).map(lambda who: role_is("preparer", who)),
    st.integers(0, 2).map(lambda amount: BalanceBelow(Money(amount, "USD"))),
    st.integers(0, 2).map(lambda amount: balance_above(Money(amount, "USD"))),
    st.sampled_from(["low", "high"]).map(priority_is),
    st.sampled_from(["tax", "vat"]).map(pipeline_is),
    st.integers(0, 3).map(older_than),
    st.sampled_from(WHO).map(assigned),
    st.just(answered("q")),
    st.sampled_from(SAID).map(lambda value: answer_is("q", value)),
    st.sampled_from(["Gold", "Silver"]).map(package_is),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    QUESTIONS,
    lambda inner: st.one_of(
        inner.map(lambda a: ~a),
        st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
    ),
    max_leaves=6,
)
ACCOUNTS = st.builds(
    Account,
    st.just("Ada"),
    tags=st.sets(st.sampled_from(TAGS)),
    type=st.sampled_from(["company", "other"]),
    fields=st.dictionaries(st.just("f"), st.sampled_from([*VALUES, "", ("CA", "NY"), ()])),
    roles=st.dictionaries(st.just("preparer"), st.lists(st.sampled_from(MEMBERS), unique=True)),
    balance=st.none() | st.builds(Money, st.integers(0, 3), st.sampled_from(["USD", "EUR"])),
)
ITEMS = st.lists(
    st.one_of(
        st.builds(
            lambda state, answer: sheet({"q": answer}, state),
            st.sampled_from(["completed", "pending"]),
            st.sampled_from(["Yes", "No", True, False, 1, "", ("Yes", "Maybe")]),
        ),
        st.builds(
            letter,
            st.sampled_from([None, "Gold", "Silver"]),
            st.sampled_from(["completed", "pending"]),
        ),
    ),
    max_size=3,
)
JOBS = st.builds(
    lambda items, who, age, priority, pipeline: standing(
        *items, assignees=who, age=age, priority=pipeflow.Priority(priority), pipeline=pipeline
    ),
    ITEMS,
    st.sets(st.sampled_from(MEMBERS)),
    st.integers(0, 4),
    st.sampled_from(["low", "high"]),
    st.sampled_from(["tax", "vat"]),
)


def _is_number(found: Any) -> bool:
    return type(found) in {int, Decimal}


def _last(job: Standing, kind: str, key: str) -> Any:
    """Return what was said last in what was handed in: an answer, or the package."""
    said = None
    for item in job.items:
        if item.kind == kind and item.state == "completed":
            progress: Any = item.progress
            new = progress.answers["q"] if key == "answers" else progress.package
            said = said if new in ("", None) else new
    return {True: "Yes", False: "No"}.get(said, said) if type(said) is bool else said


def _equals(one: Any, other: Any) -> bool:
    return bool(one == other) and (type(one) is bool) == (type(other) is bool)


def _among(found: Any, values: Any) -> bool:
    each = found if type(found) is tuple else (found,)
    return any(_equals(one, value) for one, value in itertools.product(each, values))


def _said(value: Any) -> Any:
    return {True: "Yes", False: "No"}[value] if type(value) is bool else value


Naive = Callable[[Any, Account, Standing, Any], bool]
NAIVE: dict[type, Naive] = {
    Tagged: lambda c, a, j, f: set(c.names) <= a.tags,
    TaggedAny: lambda c, a, j, f: bool(set(c.names) & a.tags),
    AccountIs: lambda c, a, j, f: a.type == c.type,
    FieldIs: lambda c, a, j, f: f is not None and _equals(f, c.value),
    FieldSet: lambda c, a, j, f: f is not None and f != "" and f != (),  # noqa: PLR1714
    FieldIn: lambda c, a, j, f: f is not None and _among(f, c.values),
    FieldBelow: lambda c, a, j, f: _is_number(f) and f < c.value,
    FieldAbove: lambda c, a, j, f: _is_number(f) and f > c.value,
    FieldBefore: lambda c, a, j, f: type(f) is date and f < c.day,
    FieldAfter: lambda c, a, j, f: type(f) is date and f > c.day,
    RoleFilled: lambda c, a, j, f: len(a.roles.get("preparer", ())) > 0,
    RoleIs: lambda c, a, j, f: c.members[0] in a.roles.get("preparer", ()),
    BalanceBelow: lambda c, a, j, f: (
        a.balance is not None and a.balance.currency == "USD" and a.balance < c.amount
    ),
    BalanceAbove: lambda c, a, j, f: (
        a.balance is not None and a.balance.currency == "USD" and a.balance > c.amount
    ),
    PriorityIs: lambda c, a, j, f: j.job.priority == c.priorities[0],
    PipelineIs: lambda c, a, j, f: j.job.pipeline == c.pipelines[0],
    OlderThan: lambda c, a, j, f: j.age >= c.days + 1,
    Assigned: lambda c, a, j, f: any(
        who in (a.roles.get("preparer", ()) if c.who[0] == Role("preparer") else c.who)
        for who in j.assignees
    ),
    Answered: lambda c, a, j, f: _last(j, "organizer", "answers") is not None,
    AnswerIs: lambda c, a, j, f: _among(
        _last(j, "organizer", "answers"), [_said(value) for value in c.values]
    ),
    PackageIs: lambda c, a, j, f: _last(j, "proposal", "package") in c.packages,
    AllOf: lambda c, a, j, f: all(naively(one, a, j) for one in c.of),
    AnyOf: lambda c, a, j, f: any(naively(one, a, j) for one in c.of),
    Not: lambda c, a, j, f: not naively(c.of, a, j),
}


def naively(condition: Condition, account: Account, job: Standing) -> bool:
    """Answer a condition as somebody would who reads its name."""
    return NAIVE[type(condition)](condition, account, job, account.fields.get("f"))


@given(CONDITIONS, ACCOUNTS, JOBS)
def test_a_condition_holds_where_a_naive_reading_of_it_does(
    condition: Condition, account: Account, job: Standing
) -> None:
    """Whatever is nested in it, and whatever the account and the job are like."""
    assert condition.holds(account, job) == naively(condition, account, job)


@given(CONDITIONS, CONDITIONS, ACCOUNTS, JOBS)
def test_the_laws_of_logic_hold_for_all_questions(
    a: Condition, b: Condition, account: Account, job: Standing
) -> None:
    """De Morgan and double negation, also where nothing is known."""

    def same(one: Condition, two: Condition) -> bool:
        return one.holds(account, job) == two.holds(account, job)

    assert same(~(a & b), ~a | ~b)
    assert same(~(a | b), ~a & ~b)
    assert ~~a == a
    assert same(a | ~a, tagged())


@given(CONDITIONS, ACCOUNTS, JOBS)
def test_what_does_not_hold_says_why_and_what_does_says_what_is_there(
    condition: Condition, account: Account, job: Standing
) -> None:
    """A reason is never empty, and never the code of the condition."""
    holds = condition.holds(account, job)
    reason = condition.present(account, job) if holds else condition.missing(account, job)

    assert reason.strip()
    assert repr(condition) not in reason
    assert phrase(condition).strip()


@given(CONDITIONS, ACCOUNTS)
def test_an_account_alone_answers_whatever_does_not_ask_about_a_job(
    condition: Condition, account: Account
) -> None:
    """And what does ask about one says so before it is asked; `~` and `&` hide nothing."""
    if condition.about_job:
        assert list(account_only_problems(condition))
    else:
        assert condition.holds(account) == naively(condition, account, BLANK)
        assert not list(account_only_problems(condition))


def test_every_kind_of_condition_is_read_naively_too() -> None:
    """One that comes anew is tried like the others."""
    from pipeflow.codec.kinds import CONDITIONS as KINDS

    assert set(NAIVE) == set(KINDS)
    assert all(attrs.has(kind) for kind in NAIVE)
