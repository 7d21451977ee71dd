"""Packages of chance, with the texts that trip up one notation or another."""

from __future__ import annotations

import json
import string
from typing import Any

import attrs
from hypothesis import strategies as st

from pipeflow import Bundle, EmailTemplate, Pipeline, SendEmail, Stage, field_is
from pipeflow.errors import DefinitionError
from pipeflow.model.templates import Template
from tests.strategies import values_of

TRAPS = (
    *("", "~", "null", "Null", "no", "No", "on", "yes", "y", "true", "FALSE", "<<", "=", "*", "&a"),
    *("007", "-0", "+12", "12", "0x1F", "0o17", "017", "1_000", "12:30", "1.5", ".5", "5.", "1e3"),
    *(".inf", "-.INF", ".nan", "inf", "nan", "2027-01-01", "2027-01-01T00:00:00Z", "12:30:00"),
    *("- a", "? a", "a: b", "a:", ": a", "a #b", "#a", "[a]", "{a}", "!a", "!!str", "|", ">", "%a"),
    *("---", "...", "@a", "`a`", "'", '"', "'''", '"""', "\\", "\\n", "a\\", "a ", " a", "\ta"),
    *("\n", "a\n", "\na", "a\n\n", "a\n b\n", " a\nb", "a \nb", "a\n\n\nb", "a\n\tb", "a\r\nb"),
    *("#a\nb", "- a\n- b", "a:\nb", "---\na", "a\n---\nb", "...\n", "a\u2028b\nc", "\r", "a\t"),
    *("\x85", "\u2028", "\u2029", "a\x85b", "\x7f", "\x9b", "\x1b[31m", "\ufffe", "\uffff", "\x07"),
    *("😀", "\U0010ffff", "é", "e\u0301", "納税", "\xa0", "\u200b", "\xad", "\ufeff", "a\ufeffb"),
    *("x" * 1100, "a b " * 60),
)
nasty = st.sampled_from(TRAPS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
)
lined = st.text(st.sampled_from("ab:#- \n\t'\"|>\\\u2028é"), max_size=24)
texts = nasty | lined
trees = st.recursive(
    texts | st.none() | st.booleans() | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def _travels(template: Template) -> bool:
    """Tell whether a template holds nobody, and uses no other one."""
    try:
        Bundle(templates=[template])
    except DefinitionError:
        return False
    return True


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    """Draw a package of a pipeline, a letter, and templates of any kind."""
    field = draw(st.text(string.ascii_letters, min_size=1))
    letter = EmailTemplate("Letter", subject=draw(texts), body=draw(texts), id="letter")
    sent = SendEmail(letter, when=field_is(field, draw(texts)))
    line = Pipeline(draw(texts.filter(str.strip)), [Stage("A", [sent])], description=draw(texts))
    drawn = draw(st.lists(values_of(Template).filter(_travels), max_size=3))
    others = [attrs.evolve(one, id=f"{number}") for number, one in enumerate(drawn)]
    return Bundle(
        pipelines=[line], templates=[letter, *others], name=draw(texts), description=draw(texts)
    )


def data_of(bundle: Bundle) -> Any:
    """Return what stands in the JSON of a package, as Python's own parser has it."""
    return json.loads(bundle.to_json())
