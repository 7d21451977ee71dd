"""Columns of a terminal stay in line, whatever script a name is written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.show import Bar, Document, Lane, Lanes, Table
from pipeflow.show.characters import columns, cut, padded, printable, wrapped

NAMES = {
    "Ada": 3, "北京示例": 8, "ＷＩＤＥ": 8, "e\u0301te\u0301": 3, "חברה": 4, "नमस्ते": 4, "한국": 4,
    "\u1112\u1161\u11ab": 2, "\u1112\u1160\u11ff": 2, "\u1200": 1, "می\u200cخواهم": 7, "😀": 2,
    "": 0,
}  # fmt: skip
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize(("name", "room"), NAMES.items())
def test_a_name_takes_as_many_columns_as_a_terminal_gives_it(name: str, room: int) -> None:
    """Wide letters take two, marks that stand above or below others none."""
    assert columns(name) == room
    assert columns(padded(name, 10)) == 10


def test_columns_of_a_table_stay_in_line_in_all_scripts() -> None:
    """What stands behind a name begins where it begins behind every other."""
    table = Table(("Name", "Jobs"), tuple((name, f"|{n}") for n, name in enumerate(NAMES)))

    lines = Document((table,)).text().splitlines()[2:]

    assert {columns(line[: line.index("|")]) for line in lines} == {10}


def test_lanes_stay_in_line_in_all_scripts() -> None:
    """Also where a name is broken."""
    lanes = Lanes(tuple(Lane(name * 9, "|", ((name * 40, "x"),)) for name in NAMES))

    for line in Document((lanes,)).text().splitlines():
        assert columns(line) <= 110


@given(texts, st.integers(2, 30), st.integers(0, 4))
def test_a_text_is_broken_into_lines_that_fit(text: str, room: int, most: int) -> None:
    """No sign is lost where none has to be cut, and no mark leaves its letter."""
    plain = printable(text)
    lines = wrapped(plain.lstrip(" "), room, most)

    assert all(columns(line) <= room for line in lines)
    if most:
        assert len(lines) <= most
    else:
        assert "".join(lines).replace(" ", "") == "".join(plain.split())


@given(texts, st.integers(2, 30))
def test_a_text_that_does_not_fit_is_cut_and_shows_it(text: str, room: int) -> None:
    """One that fits stays as it is."""
    plain = printable(text)
    shown = cut(plain, room)

    assert columns(shown) <= room
    assert shown == plain or shown.endswith("…")


def test_what_turns_the_order_of_letters_round_is_a_space() -> None:
    """But for the two joiners that scripts need."""
    turned = "a\u202eb\u2066c\u200fd\u061ce"

    assert printable(turned) == "a b c d e"
    assert printable("می\u200cخواهم") == "می\u200cخواهم"


def test_a_long_cell_goes_on_below() -> None:
    """So that one endless name makes no endless line; what indents it indents all of it."""
    text = Document((Table(("A", "B"), (("x" * 250, "  " + "word " * 30), ("y", ""))),)).text()

    lines = text.splitlines()
    assert max(map(len, lines)) <= 100 + 2 + 100
    assert [line[:3] for line in lines[2:]] == ["xxx", "xxx", "xxx", "y"]
    assert lines[3][102:].startswith("  word")


def test_a_board_of_nothing_and_one_with_a_caption() -> None:
    """An empty board is no mistake."""
    assert Document((Lanes((), "Board"),)).text() == "Board"
    assert Document((Lanes((Lane("A", "", ()),), "Board"),)).text().split() == [
        "Board",
        "A",
        "-" * 36,
    ]


def test_a_bar_that_has_hardly_any_length_is_seen() -> None:
    """As one block, also at the very end."""
    rows = ((Bar(1, 1.0001),), (Bar(0, 0.001, "short"),), (Bar(0.5, 0.5, "none"),))
    lines = Document((Table(("Bar",), rows),)).text().splitlines()[2:]

    assert [line.count("█") for line in lines] == [1, 1, 0]
