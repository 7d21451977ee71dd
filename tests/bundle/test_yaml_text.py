"""Packages in YAML: they mean what they mean in JSON, and YAML's own ways are told, not guessed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeflow import Bundle
from pipeflow.bundle import yaml_text
from pipeflow.codec import DEEPEST, LARGEST
from pipeflow.errors import DefinitionError, PipeflowError, Problem
from tests.bundle.test_format import BUNDLE, TEXT
from tests.bundle.texts import TRAPS, bundles, data_of, trees

YAML = BUNDLE.to_yaml()
PATIENCE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
PARSERS = list(dict.fromkeys((yaml_text._PARSER, yaml.SafeLoader)))
# Where JSON is no YAML: a key that is too long to be one, and characters that have to be escaped.
NO_YAML = re.compile('"[^"\n]{1000,}": |[\x7f-\x9f\u2028\u2029\ufffe\uffff]')


@pytest.fixture(autouse=True, params=PARSERS, ids=lambda parser: str(parser.__name__))
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read with each parser that PyYAML has: that in C may be missing."""
    monkeypatch.setattr(yaml_text, "_PARSER", request.param)


def _problems(text: str | bytes) -> dict[str, Problem]:
    with pytest.raises(DefinitionError) as caught:
        Bundle.from_yaml(text)
    return {problem.where: problem for problem in caught.value.problems}


def _said(text: str | bytes) -> str:
    (problem,) = _problems(text).values()
    return str(problem)


def _fields(*lines: str) -> str:
    """Return a package of which the first template has these lines."""
    return "\n".join(["format: pipeflow.bundle", "version: 1", "templates:", "- ", *lines])


# -- what is read ---------------------------------------------------------------------------------


def test_a_package_comes_back_from_its_yaml() -> None:
    """As text and as bytes, with the mark that editors on Windows write."""
    assert Bundle.from_yaml(YAML) == BUNDLE
    assert Bundle.from_yaml(YAML.encode()) == BUNDLE
    assert Bundle.from_yaml(b"\xef\xbb\xbf" + YAML.encode()) == BUNDLE
    assert Bundle.from_yaml("\ufeff" + YAML.replace("\n", "\r\n")) == BUNDLE
    assert Bundle.from_yaml(YAML).to_yaml() == YAML


@given(bundle=bundles())
@settings(max_examples=60, suppress_health_check=PATIENCE)
def test_any_package_comes_back(bundle: Bundle) -> None:
    """Whatever stands in it, from YAML, and where JSON is YAML from JSON too."""
    assert Bundle.from_yaml(bundle.to_yaml()) == bundle
    if not NO_YAML.search(bundle.to_json()):
        assert Bundle.from_yaml(bundle.to_json()) == bundle


@given(tree=trees)
@settings(max_examples=300, suppress_health_check=PATIENCE)
def test_any_data_comes_back(tree: Any) -> None:
    """Also for those who read YAML 1.1, and from JSON where JSON is YAML."""
    text = yaml_text.write({"a": tree})

    assert yaml_text.parse(text) == {"a": tree}
    assert yaml.safe_load(text) == {"a": tree}
    as_json = json.dumps({"a": tree}, ensure_ascii=False, indent=2)
    if not NO_YAML.search(as_json):
        assert yaml_text.parse(as_json) == {"a": tree}


def test_each_text_that_trips_somebody_up_comes_back() -> None:
    """As a value, as a key, in a list, and alone."""
    alone = [{trap: [trap]} for trap in TRAPS]
    data = {"values": {trap: trap for trap in TRAPS}, "list": [*TRAPS], "alone": alone}

    assert yaml_text.parse(yaml_text.write(data)) == data
    assert yaml.safe_load(yaml_text.write(data)) == data


def test_json_is_yaml_however_it_is_set_but_not_with_escapes_in_pairs() -> None:
    """Half a character is no text; the whole one may stand there, or its own escape."""
    data = data_of(BUNDLE) | {"name": "😀"}
    compact = json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    assert Bundle.from_yaml(compact).name == "😀"
    assert Bundle.from_yaml(compact.replace("😀", "\\U0001F600")).name == "😀"
    with pytest.raises(DefinitionError):
        Bundle.from_yaml(json.dumps(data))


@pytest.mark.parametrize("text", ["\x7f", "a\x85b", "\u2028", "\x9f", "\uffff"])
def test_where_json_is_no_yaml_the_place_is_told(text: str) -> None:
    """Such a text would be read as another one, or not at all; in YAML it is written escaped."""
    bundle = Bundle(templates=BUNDLE.templates, name=text)

    assert f"the character U+{max(map(ord, text)):04X}" in _said(bundle.to_json())
    assert "at line 4, column" in _said(bundle.to_json())
    assert Bundle.from_yaml(bundle.to_yaml()) == bundle


def test_a_text_of_several_lines_is_written_as_these_lines() -> None:
    """People edit letters, and compare them line by line."""
    assert YAML.splitlines()[:3] == ["format: pipeflow.bundle", "version: 1", "name: Tax"]
    assert "  body: |-\n    Grüße\n\n    Your firm\n" in YAML
    assert "'No': null" in YAML


MEANT = [
    *[(word, None) for word in ("~", "null", "Null", "NULL", "")],
    *[(word, True) for word in ("true", "True", "TRUE")],
    *[(word, False) for word in ("false", "False", "FALSE")],
    *[("12", 12), ("-3", -3), ("+3", 3), ("0", 0), ("0x1F", 31), ("0o17", 15)],
    *[(word, word) for word in ("no", "on", "yes", "Off", "y", "tRUE", "12:30", "2027-01-01")],
    *[(word, word) for word in ("007", "-007", "1_000", "1.2.3", "0b1", "--", ".", "12a", "=")],
    *[('"12"', "12"), ("'true'", "true"), ('"\\u00e9"', "é"), ('"\\/"', "/"), ("a # b", "a")],
    ("2027-01-01T09:30:00Z", "2027-01-01T09:30:00Z"),
    ("|\n  a\n   b\n", "a\n b\n"),
    (">-\n  a\n  b\n", "a b"),
    ("[a, 1, {b: c}, [], {}]", ["a", 1, {"b": "c"}, [], {}]),
]


@pytest.mark.parametrize(("text", "meant"), MEANT)
def test_a_text_means_what_yaml_1_2_says(text: str, meant: Any) -> None:
    """No country is false, no time of the day is a number, and no id loses a zero."""
    found = yaml_text.parse(f"a: {text}\nno: 1")

    assert found == {"a": meant, "no": 1}
    assert type(found["a"]) is type(meant)


@pytest.mark.parametrize("number", [2**53, -(2**53)])
def test_the_largest_whole_numbers_are_kept(number: int) -> None:
    """And in other bases too."""
    assert yaml_text.parse(f"[{number}, 0x20000000000000]") == [number, 2**53]


# -- what is refused at its place -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("4.5", "is a number with a fraction"),
        ("-.5e3", "is a number with a fraction"),
        ("1e3", "is a number with a fraction"),
        ("5.", "is a number with a fraction"),
        (".inf", "is not a number"),
        ("-.INF", "is not a number"),
        (".nan", "is not a number"),
        ("9007199254740993", "too large"),
        ("-" + "9" * 5000, "too large"),
        ("0x20000000000001", "too large"),
        ("0x" + "F" * 5000, "too large"),
        ("{a: 1, b: 2, a: 3}", "has the key 'a' twice"),
        ("{1: a}", "has a key that is no text; put it into quotes"),
        ("{true: a}", "has a key that is no text; put it into quotes"),
        ("{? [a] : b}", "has a key that is no text; put it into quotes"),
        ("{? {a: 1, a: 2} : b}", "has a key that has the key 'a' twice"),
        ("{? : b}", "has a key that is no text; put it into quotes"),
        ("{<<: {a: b}}", "has a key that merges another part of the text"),
        ("{&x a: b}", "has a key that has an anchor"),
        ("*start", "stands for another part of the text; a package is a tree"),
        ("&x a", "has an anchor"),
        ("&x [a]", "has an anchor"),
        ("!!str 12", "has a tag"),
        ("!!python/object:os.system {}", "has a tag"),
        ("! 12", "has a tag"),
        ("!own [a]", "has a tag"),
        ('"\\0"', "which no database can keep"),
    ],
)
def test_what_yaml_allows_and_no_package_holds_is_refused_at_its_place(
    value: str, what: str
) -> None:
    """Together with all else that is wrong."""
    problems = _problems(_fields(f"  name: {value}", "  type: email_template", "  subjct: a"))

    assert what in problems["$.templates[0].name"].what
    assert {"$.templates[0].name", "$.templates[0].subjct"} <= set(problems)


@pytest.mark.parametrize("text", ["&a {a: 1}", "!!map {}", "4.5", "{a: 1, a: 1}", "{1: 1}"])
def test_the_whole_text_may_be_what_is_refused(text: str) -> None:
    """There is always a path, if only the root."""
    assert _said(text).startswith("$: ")


def test_a_text_that_would_grow_without_end_is_refused_as_it_stands() -> None:
    """Nine lines that stand for a billion words."""
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    found = yaml_text.parse("\n".join(lines))

    assert {str(part) for part in found.values()} == {f"&a{n}" for n in range(10)}


# -- what is no package at all --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("a: b: c", "mapping values are not allowed", "line 1, column 5"),
        ("a: 1\n\tb: 2", "", "line 2, column 1"),
        ("a: [1, 2\n\n", "as if it had been cut off", "line 1, column 9"),
        ('a: "b', "as if it had been cut off", "line 1, column 6"),
        ("- a\nb: c", "", "line 2, column 1"),
        ("a: %b", "", "line 1, column 4"),
        ("a: \x07", "the character U+0007", "line 1, column 4"),
        ("a:\n  b\0", "the character U+0000", "line 2, column 4"),
        ("a: \ud800", "the character U+D800", "line 1, column 4"),
        ("!" + "a" * 10_000 + "!b c", "", "line 1, column"),
    ],
)
def test_what_is_no_yaml_is_refused_with_line_and_column(text: str, what: str, where: str) -> None:
    """The parser's own words, in one line."""
    said = _said(text)

    assert said.startswith("$: is not YAML: ")
    assert what in said
    assert where in said
    assert len(said) < 500


@pytest.mark.parametrize("text", ['a: "\\UFFFFFFFF"', 'a: "\\U00110000"', "%YAML 1." + "9" * 5000])
def test_an_escape_of_which_nothing_can_be_made_is_refused(text: str) -> None:
    """Whichever error the parser has for it."""
    assert _said(text).startswith("$: is not YAML: ")


@pytest.mark.parametrize("text", ["", "\n\n", "# a package\n", "# begun\n---  "])
def test_a_text_that_holds_nothing_is_refused(text: str) -> None:
    """It may be a file that somebody has yet to write."""
    assert re.match(r"\$: (holds nothing|must be an object.*None)", _said(text))


@pytest.mark.parametrize("text", [YAML + "---\n" + YAML, "---\na: b\n...\n---\nc: d\n"])
def test_several_documents_are_refused(text: str) -> None:
    """A file is a package, and none is left out without a word."""
    assert "holds several documents" in _said(text)


def test_a_text_in_another_encoding_is_refused() -> None:
    """Packages are UTF-8 everywhere."""
    assert "save the file as UTF-8" in _said(YAML.encode("utf-16"))


def test_a_text_that_is_too_large_is_refused_unread() -> None:
    """By its size alone."""
    assert "larger than 5 MB" in _said(b"[" * LARGEST)
    with pytest.raises(DefinitionError, match="must be YAML text"):
        Bundle.from_yaml(5)  # type: ignore[arg-type]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "\n{a: ["])
def test_deep_nesting_is_refused(opening: str) -> None:
    """100,000 levels are a PipeflowError, and the parser is asked for 33 of them."""
    assert "is nested deeper than 32 levels" in _said(opening * 100_000)


def test_as_many_levels_as_allowed_are_read() -> None:
    """The limit is that of JSON."""
    assert yaml_text.parse("[" * DEEPEST + "]" * DEEPEST)
    with pytest.raises(DefinitionError):
        yaml_text.parse("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))


def _refusal(text: str) -> tuple[Problem, ...]:
    """Return why a text is refused, or nothing; any other error passes."""
    try:
        Bundle.from_yaml(text)
    except PipeflowError as error:
        return error.problems
    return ()


@given(
    cut=st.integers(0, len(YAML)),
    junk=st.text(max_size=4)
    | st.text(st.sampled_from("&*!|>%@`\"'[]{},#?:-<= \n\t\\~0.1e"), max_size=6),
    other=st.booleans(),
)
@settings(max_examples=300, suppress_health_check=PATIENCE)
def test_a_spoilt_text_is_read_or_refused(cut: int, junk: str, other: bool) -> None:
    """Damage of the text itself, wherever it is; only a PipeflowError comes out."""
    whole = TEXT if other else YAML

    assert all(map(str, _refusal(whole[:cut] + junk + whole[cut + len(junk) :])))


def test_the_data_is_that_of_json() -> None:
    """So all that reads a package reads it in both."""
    assert yaml_text.parse(YAML) == data_of(BUNDLE)
