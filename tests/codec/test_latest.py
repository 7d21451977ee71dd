"""What was written or read last is at hand, as much of it as there is room for."""

from __future__ import annotations

import pytest

from pipeflow import Question
from pipeflow.codec import dump, dump_sharing, latest, to_data, whole
from pipeflow.codec.converter import write_strictly
from pipeflow.codec.json_text import write
from pipeflow.codec.latest import Latest
from pipeflow.codec.shares import Shares
from tests.adapters.test_sqlite_shares import asking


def test_what_is_asked_for_stays_at_hand_and_the_rest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much comes after it."""
    monkeypatch.setattr(latest, "ROOM", 5)
    things = Latest[str, int]()
    things.keep("asked", 1, 3)
    for number in range(30):
        things.keep(f"{number}", number, 1)
        assert things.get("asked") == 1

    assert [things.get(name) for name in ("29", "28", "27", "0")] == [29, 28, 27, None]


def test_a_half_is_full_when_there_is_no_room_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before."""
    monkeypatch.setattr(latest, "ROOM", 6)
    things = Latest[str, int]()
    for name in "abc":
        things.keep(name, 1, 6)

    assert things.get("a") == 1


def test_a_list_that_is_as_long_as_it_is_worth_is_shared_and_a_shorter_one_is_not() -> None:
    """To the character."""
    beside = len(Shares(_questions).mark((Question("?"),))) - 1
    for more, several in ((0, 1), (-1, 0)):
        questions = (Question("?" * (200 - beside + more)),)
        shares: dict[str, str] = {}
        text = dump_sharing(asking("j1", questions), shares)

        assert len(shares) == several
        assert whole(text, shares.__getitem__) == dump(asking("j1", questions))


def _questions(several: tuple[Question, ...]) -> str:
    return write(to_data(several))


def test_questions_that_are_no_longer_at_hand_are_written_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By their name or whole."""
    monkeypatch.setattr(latest, "ROOM", 1000)
    jobs = [asking("j", (Question(f"{number}" * 300),)) for number in range(9)]
    for one in (*jobs, *jobs):
        shares: dict[str, str] = {}
        text = dump_sharing(one, shares)
        assert whole(text, shares.__getitem__) == dump(one) == write_strictly(one)
