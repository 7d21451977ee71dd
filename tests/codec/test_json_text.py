"""JSON text within limits: what could do harm is refused before it does."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.codec import DEEPEST, LARGEST, dump, load, parse
from pipeflow.codec.json_text import check, sized, write
from pipeflow.errors import DefinitionError
from pipeflow.model.items import Ref
from tests.wasm import ENDS_WASM


def _problem(text: str | bytes) -> str:
    with pytest.raises(DefinitionError) as caught:
        load(text)
    return str(caught.value)


@ENDS_WASM
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_deep_nesting_is_refused(opening: str) -> None:
    """100,000 levels are a PipeflowError, and not a RecursionError."""
    assert "is nested deeper than 32 levels" in _problem(opening * 100_000)


def test_as_many_levels_as_allowed_are_read() -> None:
    """The limit counts levels, not brackets."""
    assert parse("[" * DEEPEST + "]" * DEEPEST)
    assert parse("[" + "[]," * 1000 + "[]]")
    with pytest.raises(DefinitionError):
        parse("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))


@pytest.mark.parametrize("text", ['"[[[[[{{{{"', r'"\"[["', r'"\\"', '["[", "]"]'])
def test_brackets_in_texts_are_no_levels(text: str) -> None:
    """A template may speak of [ACCOUNT_NAME] as often as it likes."""
    assert parse(text.replace("[[", "[" * 100)) is not None


def test_a_text_that_is_too_large_is_refused_unread() -> None:
    """100 MB are refused by their size alone."""
    assert "is larger than 50 MB" in _problem(b"[" * (2 * LARGEST))


@pytest.mark.parametrize("text", ["", "{", '{"a": ', '{"a": [1, 2', '{"a": "b', '{"a": tru', "[1,"])
def test_a_text_that_was_cut_off_is_recognised(text: str) -> None:
    """The error says where, and what has probably happened."""
    said = _problem(text)

    assert "is not JSON" in said
    assert "line 1, column" in said


def test_the_error_of_a_cut_text_says_that_it_ends_too_early() -> None:
    """A half copied package is the usual case."""
    assert "as if it had been cut off" in _problem('{"a": [1, 2')


def test_a_text_in_another_encoding_is_refused() -> None:
    """Packages are UTF-8 everywhere."""
    assert "save the file as UTF-8" in _problem(b'"R\xe9gie"')


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Editors on Windows write one."""
    assert parse(b"\xef\xbb\xbf[]") == parse("\ufeff[]") == []


def test_a_doubled_key_is_found_among_many() -> None:
    """Whoever sends half a million keys keeps nobody busy with them."""
    keys = [*range(200_000), 199_999]

    with pytest.raises(DefinitionError, match="has the key '199999' twice"):
        parse("{" + ",".join(f'"{key}":0' for key in keys) + "}")


def test_what_is_no_text_is_refused() -> None:
    """A dict is data already: that is for `from_data`."""
    with pytest.raises(DefinitionError, match="must be JSON text"):
        parse({})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("4.5", "fraction"),
        ("1e3", "fraction"),
        ("1e999", "fraction"),
        ("NaN", "is not a number"),
        ("Infinity", "is not a number"),
        ("-Infinity", "is not a number"),
        ("9007199254740993", "too large"),
        ("-9007199254740993", "too large a whole number; write it as text"),
        ("-" + "9" * 5000, "too large"),
        ('{"a": 1, "a": 2}', "has the key 'a' twice"),
        ('"\\u0000"', "which no database can keep"),
        ('"\\ud800"', "which no database can keep"),
    ],
)
def test_what_json_allows_and_no_store_keeps_is_refused_at_its_place(number: str, why: str) -> None:
    """Floats round, NaN becomes NULL, doubled keys lose one, and so on (reliability 4.7)."""
    said = _problem(f'{{"type": "firm", "default_access": ["mia", {number}]}}')

    assert said.startswith("$.default_access[1]: ")
    assert why in said


@pytest.mark.parametrize("text", ["4.5", "NaN", '{"a":1,"a":2}'])
def test_the_whole_text_may_be_what_is_refused(text: str) -> None:
    """There is always a path, if only the root."""
    assert _problem(text).startswith("$: ")


@pytest.mark.parametrize("number", [2**53, -(2**53), 0])
def test_the_largest_whole_numbers_are_kept(number: int) -> None:
    """Every language reads them exactly."""
    assert load(dump(number)) == number


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), float("inf"), 2**53 + 1, "a\0b", "\ud800", {"\0": 1}, [[1.0]]]
)
def test_nothing_is_written_that_could_not_be_read(value: Any) -> None:
    """Values that check nothing themselves are checked when they are written."""
    with pytest.raises(DefinitionError):
        write(value)


def test_every_place_that_can_not_be_written_is_named() -> None:
    """All problems at once, also on the way out."""
    with pytest.raises(DefinitionError) as caught:
        check({"a": [1.5, "fine", "\0"], "not ok": 2**60})

    assert [p.where for p in caught.value.problems] == ["$.a[0]", "$.a[2]", "$['not ok']"]


@pytest.mark.parametrize("name", ["1234567890123456", ":1.5", "NaN", "12:30.5", "\\u0000"])
def test_a_text_that_looks_like_a_bad_number_is_written(name: str) -> None:
    """A closer look decides, not the pattern."""
    assert load(dump(Ref("tasks", name))) == Ref("tasks", name)


@pytest.mark.parametrize("value", [object(), 1.5, Decimal(1), {}, int])
def test_what_is_no_value_can_not_be_dumped(value: object) -> None:
    """The error comes when it is written, not when somebody needs it back."""
    with pytest.raises(DefinitionError):
        dump(value)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    """Nothing but a PipeflowError comes out, whatever goes in."""
    try:
        parse(text)
    except DefinitionError as error:
        problems = error.problems
    else:
        problems = ()

    assert all(problem.where == "$" for problem in problems)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(_JSON)
def test_any_json_is_read_or_refused(data: Any) -> None:
    """Shapes that nobody thought of are refused like any other."""
    try:
        load(json.dumps(data))
    except DefinitionError as error:
        problems = error.problems
    else:
        problems = ()

    assert all(problem.where.startswith("$") for problem in problems)


@pytest.mark.parametrize(("text", "size"), [("ä" * 26_000_000, 52), ("a" * 50_000_001, 50)])
def test_a_text_that_nobody_could_read_again_is_not_written(text: str, size: int) -> None:
    """What counts is how many bytes it takes, and not how many characters it has."""
    with pytest.raises(DefinitionError, match=rf"larger than 50 MB.*{size},0"):
        sized(text)


def test_what_stands_for_marks_counts_where_a_text_is_read_again() -> None:
    """A text and its shares are one when they are read."""
    half = "ä" * 13_000_000

    assert sized(half) == half
    with pytest.raises(DefinitionError, match="could not be read again"):
        sized(half, half)
