"""What a name means that somebody types: in one form of Unicode, and in whatever letter case."""

import unicodedata
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.codec.kinds import KINDS, PLAIN
from pipeflow.errors import NotFoundError
from pipeflow.model.accounts import Account, Contact, Role, people
from pipeflow.model.spelling import meant
from pipeflow.model.templates import LineItem, Question, TaskTemplate
from pipeflow.model.text import composed, single_line
from pipeflow.model.values import FrozenMap, Value, composed_parts, texts_of
from tests.model.refusals import refused

NAMES = [("Review", 1), ("REVIEW", 2), ("Année", 3), ("Straße", 4)]
VALUES: list[Any] = [cls for cls in (*KINDS, *PLAIN) if issubclass(cls, Value)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Review", 1),
        ("REVIEW", 2),
        ("annee\u0301", 3),
        ("ANNE\u0301E", 3),
        ("STRASSE", 4),
        ("third", 3),
        ("THIRD", 3),
    ],
)
def test_a_name_means_what_is_called_so__r_32(typed: str, found: int) -> None:
    """R-32: to the letter, else in any letter case where only one can be meant."""
    named = [(name.replace("Année", "Anne\u0301e"), thing) for name, thing in NAMES]
    typed = {"annee\u0301": "Anne\u0301e", "ANNE\u0301E": "ANNE\u0301E"}.get(typed, typed)

    assert meant("stage", typed, named, [("third", 3)]) == found


def test_of_several_things_of_one_name_the_first_is_meant() -> None:
    """So is a thing that has several names."""
    assert meant("item", "scan", [("Scan", 1), ("Scan", 2)]) == 1
    assert meant("item", "scan", [("Scan", 1), ("SCAN", 1)], [("sCan", 1)]) == 1


def test_what_nothing_or_several_things_are_called_is_refused() -> None:
    """With the names that there are, or those between which to choose."""
    with pytest.raises(NotFoundError) as several:
        meant("stage", "review", NAMES, where="here")
    with pytest.raises(NotFoundError) as none:
        meant("stage", "Reviews", NAMES, [("hidden", 5)])
    with pytest.raises(NotFoundError, match=r"there is no stage \[\]"):
        meant("stage", [], NAMES)

    assert str(several.value) == (
        "here: 'review' may be one of several; write it as one of them is written. "
        "Allowed: Review, REVIEW."
    )
    assert none.value.problems[0].allowed == ("Review", "REVIEW", "Année", "Straße")


@given(st.text())
def test_a_text_is_composed_once_and_for_all__r_16(text: str) -> None:
    """R-16: it equals whatever readers take for the same, and is plain where it was."""
    made = composed(text)

    assert made == unicodedata.normalize("NFC", text)
    assert composed(made) == made == composed(unicodedata.normalize("NFD", text))
    assert single_line(text) == single_line(unicodedata.normalize("NFD", text))


def test_parts_are_composed_wherever_they_are__r_16() -> None:
    """R-16: in tuples, sets and mappings; what needs nothing is the very same."""
    apart, whole = "e\u0301", "é"
    done: list[Any] = [whole, ("a", whole), frozenset({whole, Role("r")}), FrozenMap({whole: "a"})]
    plain: list[Any] = [(), ("a", "b"), frozenset({"a"}), FrozenMap({"a": 1, "b": "c"}), 5, None]

    assert composed_parts(apart) == whole
    assert composed_parts(("a", apart)) == ("a", whole)
    assert composed_parts(frozenset({apart, whole, "a"})) == frozenset({whole, "a"})
    assert composed_parts(FrozenMap({apart: (apart, 1), "x": apart})) == FrozenMap(
        {whole: (whole, 1), "x": whole}
    )
    assert all(composed_parts(one) is one for one in (*done, *plain))


def test_values_compose_what_they_are_made_of__r_16() -> None:
    """R-16: a text alone, several of them, people, answers with their changes of tags."""
    apart, whole = "e\u0301", "é"

    assert TaskTemplate(apart, subtasks=[apart], assignees={apart, Role(apart)}) == TaskTemplate(
        whole, subtasks=[whole], assignees={whole, Role(whole)}
    )
    assert Account(apart, roles={Role(apart): apart}).roles == {whole: (whole,)}
    assert Contact(apart, id=apart).id == apart
    assert list(Question("q", choices=[apart, "a"]).choices) == [whole, "a"]
    assert people(apart) == people([apart]) == {whole}


def test_what_is_no_text_is_refused_as_ever_beside_one_that_is_composed() -> None:
    """Checks come afterwards."""
    assert refused(lambda: Contact("e\u0301", first_name=5)) == [  # type: ignore[arg-type]
        "$.first_name: must be text (given: 5)"
    ]
    assert refused(lambda: LineItem("x", rate=5, code=b"x")) == [  # type: ignore[arg-type]
        "$.code: must be text (given: b'x')",
        "$.rate: must be Money (given: 5) Allowed: Money('450.00', 'USD').",
    ]


def test_names_that_become_one_are_refused() -> None:
    """Whichever were kept, the other would be lost."""
    assert refused(lambda: Account("A", fields={"é": 1, "e\u0301": 2, "a": "e\u0301"})) == [
        "$.fields: names 'é' twice, with its accents typed in two ways; leave one of them out"
    ]


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_every_text_of_every_value_is_composed_or_kept_to_the_letter(cls: Any) -> None:
    """A field that comes anew is one or the other, also where the codec knew the class first."""
    attrs.resolve_types(cls)
    hints, known = get_type_hints(cls), texts_of(cls)
    given = {field.name for field in attrs.fields(cls) if field.init}

    assert {name for name in given if _holds_text(hints[name])} == {
        *known.alone, *known.several, *cls._to_the_letter,
    }  # fmt: skip


def _holds_text(hint: Any) -> bool:
    inner = (
        get_args(hint)
        if get_origin(hint) in {Union, UnionType, tuple, frozenset, FrozenMap}
        else ()
    )
    return hint is str or any(map(_holds_text, inner))
