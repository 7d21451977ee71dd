"""Packages in TOML: they mean what they mean in JSON, and TOML's own dates are texts."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeflow import Bundle
from pipeflow.bundle import toml_text
from pipeflow.codec import DEEPEST, LARGEST
from pipeflow.errors import DefinitionError, PipeflowError, Problem
from tests.bundle.test_format import BUNDLE
from tests.bundle.texts import TRAPS, bundles, data_of, texts, trees

PATIENCE = [HealthCheck.too_slow]
HEAD = 'format = "pipeflow.bundle"\nversion = 1\n'


def _written(bundle: Bundle, *, multiline: bool = False) -> str:
    return tomli_w.dumps(_without_null(data_of(bundle)), multiline_strings=multiline)


def _without_null(data: Any) -> Any:
    """Write choices as a list where one of them changes no tags; nothing else is null."""
    if isinstance(data, list):
        return [_without_null(part) for part in data]
    if not isinstance(data, dict):
        return data
    if None in data.values():
        pairs = ((answer, _without_null(change)) for answer, change in data.items())
        return [answer if change is None else [answer, change] for answer, change in pairs]
    return {key: _without_null(part) for key, part in data.items()}


TOML = _written(BUNDLE)


def _problems(text: str | bytes) -> dict[str, Problem]:
    with pytest.raises(DefinitionError) as caught:
        Bundle.from_toml(text)
    return {problem.where: problem for problem in caught.value.problems}


def _said(text: str | bytes) -> str:
    (problem,) = _problems(text).values()
    return str(problem)


def test_a_package_is_read() -> None:
    """As text and as bytes, with the mark that editors on Windows write."""
    assert Bundle.from_toml(TOML) == BUNDLE
    assert Bundle.from_toml(TOML.encode()) == BUNDLE
    assert Bundle.from_toml(b"\xef\xbb\xbf" + TOML.encode()) == BUNDLE
    assert Bundle.from_toml("\ufeff" + TOML.replace("\n", "\r\n")) == BUNDLE


@given(bundle=bundles(), multiline=st.booleans())
@settings(max_examples=50, suppress_health_check=PATIENCE)
def test_any_package_is_read_as_what_it_is_in_json(bundle: Bundle, multiline: bool) -> None:
    """Whatever stands in it."""
    assert Bundle.from_toml(_written(bundle)) == bundle
    if "\r" not in bundle.to_json().replace("\\r", "\r"):  # which the writer loses in long strings
        assert Bundle.from_toml(_written(bundle, multiline=multiline)) == bundle


def _nothing(data: Any) -> bool:
    if isinstance(data, dict | list):
        return any(map(_nothing, data.values() if isinstance(data, dict) else data))
    return data is None


@given(tree=trees.filter(lambda tree: not _nothing(tree)))
@settings(max_examples=150, suppress_health_check=PATIENCE)
def test_any_data_is_read(tree: Any) -> None:
    """Whatever dots, quotes and brackets stand in keys and texts."""
    assert toml_text.parse(tomli_w.dumps({"a": tree})) == {"a": tree}


def test_each_text_that_trips_somebody_up_is_read() -> None:
    """As a value, as a key and in a list."""
    tables = [{trap: 1} for trap in TRAPS]
    data = {"values": {trap: trap for trap in TRAPS}, "list": [*TRAPS], "tables": tables}

    assert toml_text.parse(tomli_w.dumps(data)) == data


@given(text=texts)
@settings(max_examples=150)
def test_quotes_and_comments_hide_no_depth_and_make_none(text: str) -> None:
    """Dots and brackets count where the parser sees them, and nowhere else."""
    within = "a." * 100 + "[" * 100 + text
    line = tomli_w.dumps({"k": within, within: 1})

    found = toml_text.parse(f"{line}b = 1 # {'[' * 100}{'.' * 100}")
    assert found == {"k": within, within: 1, "b": 1}
    with pytest.raises(DefinitionError, match="nested deeper"):
        toml_text.parse(f"{line}{'a.' * 100_000}b = 1")
    with pytest.raises(DefinitionError, match="nested deeper"):
        toml_text.parse(f"{line}b = {'[' * 100_000}")


@pytest.mark.parametrize(
    "piece",
    [
        *('"""a""b"""', '"""a"""""', '"""\\""""', '""""a"""', '"\\""'),
        *("'''a''b'''", "'''a'''''", "'\\'"),
    ],
)
def test_a_string_ends_where_the_parser_ends_it(piece: str) -> None:
    """Also one with quotes inside, or of one kind in the other."""
    assert toml_text.parse(f"a = {piece}\nb = [[[1]]] # '\nc = '['")["b"] == [[[1]]]
    with pytest.raises(DefinitionError, match="nested deeper"):
        toml_text.parse(f"a = {piece}\nb = {'[' * 33}{']' * 33}\nc = {piece}")


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("2027-04-15", "2027-04-15"),
        ("2027-04-15T09:30:00Z", "2027-04-15T09:30:00Z"),
        ("2027-04-15 09:30:00.5+02:00", "2027-04-15T09:30:00.500000+02:00"),
        ("2027-04-15T09:30:00", "2027-04-15T09:30:00"),
        ("09:30:00", "09:30:00"),
        ("[2027-04-15, {a = 0001-01-01}]", ["2027-04-15", {"a": "0001-01-01"}]),
        ("0x1F", 31),
        ("-1_000", -1000),
        ("9007199254740992", 2**53),
        ("true", True),
    ],
)
def test_values_are_those_of_json(value: str, meant: object) -> None:
    """Dates and times are texts there."""
    found = toml_text.parse(f"a = {value}")["a"]

    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("4.5", "is a number with a fraction"),
        ("1e3", "is a number with a fraction"),
        ("1_0.5", "is a number with a fraction"),
        ("inf", "is not a number"),
        ("-inf", "is not a number"),
        ("+nan", "is not a number"),
        ("9007199254740993", "too large"),
        ("-" + "9" * 900, "too large"),
        ("0x" + "F" * 900, "too large"),
        ('"\\u0000"', "which no database can keep"),
    ],
)
def test_what_toml_allows_and_no_package_holds_is_refused_at_its_place(
    value: str, what: str
) -> None:
    """Together with all else that is wrong."""
    lines = ("[[templates]]", f"name = {value}", 'type = "email_template"', 'subjct = "a"')

    problems = _problems(HEAD + "\n".join(lines))

    assert "$.templates[0].subjct" in problems
    assert what in problems["$.templates[0].name"].what


@pytest.mark.parametrize(
    "text",
    [
        f"a = {'9' * 5000}",
        f"a = [{'1' * 1_000_000}]",
        f"a = -{'9_' * 3000}1",
        f"a = 1.{'9' * 5000}",
        f"a = 0x{'F' * 5000}",
    ],
)
def test_a_number_without_end_is_refused_before_the_parser_sees_it(text: str) -> None:
    """It would take the longer the more digits there are, or end in an error of its own."""
    assert "a thousand digits" in _said(text)


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("a = 1\nb", "Expected '=' after a key", "at line 2, column 2; it ends too early"),
        ("a = [1,\n", "Invalid value", "at line 2, column 1; it ends too early"),
        ('a = "b', "Unterminated string", "at line 1, column 7; it ends too early"),
        ("a = 1\na = 2", "Cannot overwrite a value", "line 2, column 6"),
        ("a = {b = 1, b = 2}", "key 'b'", "line 1, column 1"),
        ("[a]\n[a]\n", "Cannot declare", "line 2, column 3"),
        ("a = no", "Invalid value", "line 1, column 5"),
        ("a = 007", "", "line 1, column 6"),
        ("a = 2027-02-30", "Invalid date", "line 1, column 5"),
        ("\x00 = 1", "Invalid statement", "line 1, column 1"),
        (f"[{'a' * 9000}]\n[{'a' * 9000}]", "Cannot declare", "line 2, column 9002"),
    ],
)
def test_what_is_no_toml_is_refused_with_line_and_column(text: str, what: str, where: str) -> None:
    """The parser's own words, in one line."""
    said = _said(text)

    assert said.startswith("$: is not TOML: ")
    assert what in said
    assert where in said
    assert ("cut off" in said) is ("too early" in where)
    assert len(said) < 500


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{a = " * 100_000,
        "a." * 1_000_000 + "a = 1",
        "[" + "a . " * 1_000_000 + "a]",
        "['a'." + '"a" .\t' * 500_000 + "a]",
        f"[{'a.' * 20}a]\n{'b.' * 20}b = 1",
        f"[{'a.' * 20}a]\nb = {'[' * 12}{']' * 12}",
    ],
)
def test_deep_nesting_is_refused(text: str) -> None:
    """However it is written, and at once."""
    assert "is nested deeper than 32 levels" in _said(text)


def test_as_many_levels_as_allowed_are_read() -> None:
    """The limit is that of JSON."""
    deep = DEEPEST - 1
    assert toml_text.parse(f"a = {'[' * deep}{']' * deep}")
    assert toml_text.parse("a." * deep + "a = 1")
    with pytest.raises(DefinitionError):
        toml_text.parse(f"a = {'[' * (deep + 1)}{']' * (deep + 1)}")
    with pytest.raises(DefinitionError):
        toml_text.parse("a." * (deep + 1) + "a = 1")


def test_whoever_calls_from_far_down_is_told_too() -> None:
    """The parser needs room for each level; where there is none, that is no crash."""

    def dive() -> str:
        try:
            return dive()
        except RecursionError:
            try:
                toml_text.parse(f"a = {'[' * 20}{']' * 20}")
            except DefinitionError as error:
                return str(error)
            raise

    before = sys.getrecursionlimit()
    assert "nested deeper" in dive()
    assert sys.getrecursionlimit() == before


def test_a_text_in_another_encoding_is_refused() -> None:
    """Packages are UTF-8 everywhere."""
    assert "save the file as UTF-8" in _said(TOML.encode("utf-16"))


def test_a_text_that_is_too_large_is_refused_unread() -> None:
    """By its size alone."""
    assert "larger than 5 MB" in _said(b"[" * LARGEST)
    with pytest.raises(DefinitionError, match="must be TOML text"):
        Bundle.from_toml(5)  # type: ignore[arg-type]


def _refusal(text: str) -> tuple[Problem, ...]:
    """Return why a text is refused, or nothing; any other error passes."""
    try:
        Bundle.from_toml(text)
    except PipeflowError as error:
        return error.problems
    return ()


@given(
    cut=st.integers(0, len(TOML)),
    junk=st.text(max_size=4) | st.text(st.sampled_from("\"'[]{}=,.#\\ \n\t0.1e-:aT"), max_size=6),
)
@settings(max_examples=300)
def test_a_spoilt_text_is_read_or_refused(cut: int, junk: str) -> None:
    """Damage of the text itself, wherever it is; only a PipeflowError comes out."""
    assert all(map(str, _refusal(TOML[:cut] + junk + TOML[cut + len(junk) :])))
