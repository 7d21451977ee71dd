"""Errors teach: what is wrong, where, what was given, what would have worked."""

import difflib

import pytest

from pipeflow.errors import (
    ConflictError,
    DefinitionError,
    DuplicateCommandError,
    LeaseLostError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    PipeflowError,
    Problem,
    ReentrancyError,
    StoreError,
    UnavailableError,
    nearest,
    shown,
    unknown,
)
from tests.wasm import ENDS_WASM


def test_a_problem_tells_what_where_given_allowed_and_nearest() -> None:
    """Every fact that is known stands in the one sentence."""
    problem = Problem("is no priority", "$.priority", "'hihg'", ("low", "high"), "high")

    assert str(problem) == (
        "$.priority: is no priority (given: 'hihg') Did you mean 'high'? Allowed: low, high."
    )
    assert str(Problem("is wrong")) == "is wrong"


def test_a_problem_is_seen_from_further_out() -> None:
    """The path grows on its way from the value to the file that holds it."""
    inner = Problem("must be text", "$.name")

    assert inner.at("$.stages[1]").where == "$.stages[1].name"
    assert Problem("must be text").at("$.stages[1]").where == "$.stages[1]"


def test_an_error_tells_all_its_problems() -> None:
    """One problem is a sentence, several are a list; the problems themselves are values."""
    one = PipeflowError("is wrong")
    two = PipeflowError(Problem("is wrong", "$.a"), "so is this")

    assert str(one) == "is wrong"
    assert str(two) == "2 problems:\n  - $.a: is wrong\n  - so is this"
    assert two.problems == (Problem("is wrong", "$.a"), Problem("so is this"))


def test_an_error_with_very_many_problems_tells_some_and_counts_the_rest() -> None:
    """As of a member whom ten thousand tasks name; whoever wants all has them as values."""
    error = NotAllowedError(*(f"task {number} uses it" for number in range(10_000)))

    lines = str(error).splitlines()

    assert lines[0] == "10000 problems:"
    assert lines[250] == "  - task 249 uses it"
    assert lines[251:] == ["  - and 9750 more"]
    assert len(error.problems) == 10_000


@pytest.mark.parametrize(
    ("error", "builtin"), [(DefinitionError, ValueError), (NotFoundError, LookupError)]
)
def test_an_error_is_also_the_builtin_one_would_catch(
    error: type[PipeflowError], builtin: type[Exception]
) -> None:
    """`except ValueError` and `except LookupError` work, as Python users expect."""
    assert issubclass(error, builtin)


@pytest.mark.parametrize(
    "error",
    [
        ConflictError,
        DefinitionError,
        DuplicateCommandError,
        LeaseLostError,
        LimitError,
        NotAllowedError,
        NotFoundError,
        ReentrancyError,
        StoreError,
        UnavailableError,
    ],
)
def test_one_base_catches_everything(error: type[PipeflowError]) -> None:
    """`except PipeflowError` catches all that pipeflow raises on purpose."""
    assert issubclass(error, PipeflowError)


def test_a_repeated_command_carries_the_first_answer() -> None:
    """Whoever sends a command twice can be answered as the first time."""
    error = DuplicateCommandError("c-1", "the job")

    assert (error.command_id, error.result) == ("c-1", "the job")
    assert str(error) == "command 'c-1' was carried out before"


def test_an_unknown_name_is_told_the_nearest_and_all_known() -> None:
    """A typo is answered with the name that was meant."""
    problem = unknown("stage", "Prepair", ["Collect", "Prepare"], where="pipeline 'Tax'")

    assert str(problem) == (
        "pipeline 'Tax': there is no stage 'Prepair'. Did you mean 'Prepare'? "
        "Allowed: Collect, Prepare."
    )


def test_an_unknown_name_may_come_with_a_hint() -> None:
    """One more sentence says what to do."""
    assert str(unknown("member", "mia", [], hint="Save it first.")) == (
        "there is no member 'mia'. Save it first."
    )


@pytest.mark.parametrize(
    ("given", "known", "near"),
    [
        ("PREPARE", ["Prepare"], "Prepare"),
        pytest.param(10**5000, ["Prepare"], "", id="a number that cannot be written down"),
        ("Prepair", ["Collect", "Prepare"], "Prepare"),
        ("bill", ["Bill", "BILL"], "Bill"),
        ("zzz", ["Prepare"], ""),
        ("a", [], ""),
        (5, ["5"], "5"),
        ("name 1", [f"name {number}" for number in range(5000)], ""),
        ("Prepair", [*(f"name {number}" for number in range(600)), "Prepare"], "Prepare"),
        ("pipeline", ["tpl", "line", *map(str, range(600)), "pipelines"], "pipelines"),
    ],
)
def test_the_nearest_name_is_found_whatever_the_capitals(
    given: object, known: list[str], near: str
) -> None:
    """Capitals do not matter; among thousands of names none is looked for, since that is slow."""
    assert nearest(given, known) == near


def test_the_nearest_of_many_long_names_costs_little() -> None:
    """A package with hundreds of unknown references is answered, and not searched for minutes."""
    names = [f"template {number} " + "of the year " * 15 for number in range(600)]
    calls = []

    class Counted(difflib.SequenceMatcher[str]):
        def ratio(self) -> float:
            calls.append(1)
            return super().ratio()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(difflib, "SequenceMatcher", Counted)
        found = [nearest(f"template {number} of the yeer", names) for number in range(20)]

    assert found == [""] * 20
    assert len(calls) <= 20 * 8


def test_a_long_list_of_names_is_cut() -> None:
    """An error lists a dozen names and counts the rest."""
    text = str(unknown("template", "x", [f"t{number:02}" for number in range(15)]))

    assert text.endswith("t10, t11 and 3 more.")


def test_a_value_is_shown_short() -> None:
    """An error never floods a log, nor stumbles over a value that cannot be shown."""
    assert shown("abc") == "'abc'"
    assert len(shown("x" * 10_000)) == 203
    assert shown(10**5000) == "<int>"


@ENDS_WASM
def test_a_value_that_is_nested_without_end_is_shown_as_what_it_is() -> None:
    """A list in a list in a list: its `repr` would go as deep."""
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]

    assert shown(nested) == "<list>"
    while nested:  # taken apart level by level: freeing it at once would go as deep
        nested = nested.pop()  # type: ignore[assignment]
