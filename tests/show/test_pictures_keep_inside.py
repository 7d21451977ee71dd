"""What a picture shows stands where it belongs: inside its box, and nothing over another."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from pipeflow.show.document import (
    Arrow,
    Bar,
    Chart,
    Diagram,
    Document,
    Heading,
    Lane,
    Lanes,
    Picture,
    Strip,
)
from pipeflow.show.svg_pen import letters

SIDE, TOP = 16, 44  # the margin of every picture, and the room for its title

names = st.one_of(
    st.sampled_from(("", "Tax", "W" * 60, "Individual returns of clients who file late")),
    st.text(st.sampled_from("aiW -日"), max_size=40),
)
parts = st.floats(0, 1)


class Box(NamedTuple):
    """A rectangle, by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        """Tell whether a point lies in it, or on its edge."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom


class Drawn(NamedTuple):
    """The elements of a picture, in the order in which they are painted."""

    size: Box
    boxes: list[Box]
    texts: list[ET.Element]
    paths: list[str]


def drawn(picture: Picture) -> Drawn:
    """Read back what was drawn, without the frame and the title."""
    root = ET.fromstring(Document((Heading("Title"),), picture).svg())  # noqa: S314  (our own)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    (group,) = (one for one in root if one.tag.endswith("}g"))
    boxes, texts, paths = [], [], []
    for one in group:
        if one.tag.endswith("}rect"):
            x, y, wide, high = (float(one.attrib[key]) for key in ("x", "y", "width", "height"))
            boxes.append(Box(x, y, x + wide, y + high))
        elif one.tag.endswith("}text"):
            texts.append(one)
        else:
            paths.append(one.attrib["d"])
    # Widths are written in whole pixels.
    return Drawn(Box(0, 0, width - 2 * SIDE + 0.5, height - TOP - SIDE + 0.5), boxes, texts, paths)


def span(text: ET.Element) -> tuple[float, float, float]:
    """Return where a text begins and ends, and its base."""
    x, y, room = float(text.attrib["x"]), float(text.attrib["y"]), letters(text.text or "")
    anchor = text.attrib.get("text-anchor", "start")
    left = {"start": x, "middle": x - room / 2, "end": x - room}[anchor]
    return left, left + room, y


@given(
    lanes=st.lists(
        st.builds(
            Lane,
            names,
            names,
            st.lists(st.lists(names, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
            st.sampled_from(("", "and 3 more")),
        ),
        max_size=3,
    )
)
def test_cards_stand_in_their_lane_below_one_another(lanes: list[Lane]) -> None:
    """And every text in its lane, those of a card inside the card."""
    size, boxes, texts, _ = drawn(Lanes(tuple(lanes)))
    sides = [one for one in boxes if one.top == 0]
    cards = [one for one in boxes if one.top > 0]

    assert len(sides) == len(lanes)
    assert all(before.right < after.left for before, after in pairwise(sides))
    assert len(cards) == sum(len(one.cards) for one in lanes)
    for one in boxes:
        assert size.holds(one.left, one.top)
        assert size.holds(one.right, one.bottom)
    at = 0
    for side, lane in zip(sides, lanes, strict=True):
        mine = cards[at : (at := at + len(lane.cards))]
        assert all(before.bottom < after.top for before, after in pairwise(mine))
        for card in mine:
            assert side.left < card.left < card.right < side.right
            assert side.top < card.top < card.bottom <= side.bottom
    for text in texts:
        left, right, base = span(text)
        assert any(one.holds(left, base) and one.holds(right, base) for one in sides)
        for card in cards:
            if card.holds(left, base):
                assert card.holds(right, base)
                assert base - card.top >= 13  # its letters do not stick out above


def test_nothing_stands_over_anything_else_in_a_lane() -> None:
    """Its name, what is said of it, its cards, and how many are left out, from top to bottom."""
    lane = Lane(
        "A name of several lines, as people give it", "3 jobs", (("One",), ("Two",)), "more"
    )

    _, boxes, texts, _ = drawn(Lanes((lane,)))
    base = {text.text: span(text)[2] for text in texts}
    first, second = boxes[1:]

    name = [y for text, y in base.items() if text and text[0] in "Asl" and "jobs" not in text]
    assert max(name) < base["3 jobs"] < first.top < base["One"] < first.bottom
    assert second.top < base["Two"] < second.bottom < base["more"] < boxes[0].bottom


@given(
    strips=st.lists(
        st.builds(
            Strip,
            names,
            st.lists(
                st.tuples(parts, parts).map(lambda two: Bar(min(two), max(two))), max_size=3
            ).map(tuple),
            names,
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_bars_stand_in_the_row_of_their_strip(strips: list[Strip]) -> None:
    """Between its name and what is said of it; one of hardly any length is seen all the same."""
    size, boxes, texts, _ = drawn(Chart(tuple(strips), "1 January", "31 March"))
    ends = {text.text: span(text) for text in texts}
    begins, until = ends["1 January"][0], ends["31 March"][1]
    rows = [one for one in texts if one.text not in {"1 January", "31 March"}]

    assert len(boxes) == sum(len(one.bars) for one in strips)
    for one in boxes:
        assert size.holds(one.left, one.top)
        assert size.holds(one.right, one.bottom)
        assert begins - 0.1 <= one.left < one.right <= until + 0.1  # they are written to a tenth
        assert one.right - one.left >= 1.5
    for text in rows:
        left, right, base = span(text)
        assert size.holds(left, base)
        assert right <= begins or left >= until
    assert all(before.top <= after.top for before, after in pairwise(boxes))


def test_a_bar_shows_its_share_of_the_scale() -> None:
    """Half of it is half of what the whole takes, and begins where the other half ends."""
    whole, first, second = drawn(
        Chart((Strip("A", (Bar(0, 1),)), Strip("B", (Bar(0, 0.5), Bar(0.5, 1)))))
    ).boxes

    assert first.right == second.left
    assert (first.left, second.right) == (whole.left, whole.right)
    assert first.right - first.left == (whole.right - whole.left) / 2
    assert first.top == second.top > whole.bottom


def _numbers(path: str) -> list[float]:
    return [float(one) for one in re.findall(r"-?[\d.]+", path)]


@given(
    boxes=st.lists(st.lists(names, min_size=1, max_size=3).map(tuple), min_size=1, max_size=9),
    text=names,
    data=st.data(),
)
def test_arrows_lead_from_box_to_box(
    boxes: list[tuple[str, ...]], text: str, data: st.DataObject
) -> None:
    """Between neighbours; over the boxes, where it leads further on; and below them back."""
    start, end = (data.draw(st.integers(0, len(boxes) - 1)) for _ in range(2))

    size, found, texts, paths = drawn(Diagram(tuple(boxes), (Arrow(start, end, text),)))

    assert len(found) == len(boxes)
    assert all(before.right < after.left for before, after in pairwise(found))
    for one in found:
        assert size.holds(one.left, one.top)
        assert size.holds(one.right, one.bottom)
    inside = [one for one in texts if "text-anchor" not in one.attrib]
    for each in inside:
        left, right, base = span(each)
        assert any(one.holds(left, base) and one.holds(right, base) for one in found)
    if start == end:
        assert paths == []
        return
    source, target = found[start], found[end]
    line, tip = map(_numbers, paths)
    if end == start + 1:
        assert source.right < line[0] < line[2] < tip[0] < target.left
        assert source.top < line[1] < source.bottom
    else:
        forth = end > start
        assert source.left < line[0] < source.right
        assert target.left < line[-2] == tip[0] < target.right
        assert line[1] < source.top if forth else line[1] > source.bottom
        assert tip[1] < target.top if forth else tip[1] > target.bottom
        highest = line[1] + (line[3] - line[1]) * 3 / 4  # how far such a curve reaches
        assert size.holds(line[0], highest)
    for said in (one for one in texts if "text-anchor" in one.attrib):
        _, _, base = span(said)
        assert size.holds(float(said.attrib["x"]), base)
        assert not any(one.top <= base <= one.bottom for one in found) or end == start + 1
