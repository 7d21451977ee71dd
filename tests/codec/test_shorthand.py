"""The quick writer writes what the strict one does, and leaves to it whatever is odd."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeflow import Account, InvoicePaid, Question
from pipeflow.codec import dump, latest, load, to_data
from pipeflow.codec.converter import CLASSES, write_strictly
from pipeflow.codec.json_text import write
from pipeflow.codec.quick import read_quickly
from pipeflow.codec.shorthand import write_quickly
from pipeflow.model.events import Chapter, Warned
from pipeflow.model.items import Checklist, Item, ItemKind, ItemState, Mark, Questionnaire
from pipeflow.model.jobs import Job
from pipeflow.model.record import replaced
from tests.strategies import values_of

PATIENCE = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def _name(cls: type) -> str:
    return cls.__name__


@pytest.mark.parametrize("cls", CLASSES.values(), ids=_name)
@given(data=st.data())
@settings(max_examples=15, suppress_health_check=PATIENCE)
def test_a_value_is_written_as_the_strict_writer_writes_it(cls: type, data: st.DataObject) -> None:
    """To the last byte, with its tag and without."""
    value = data.draw(values_of(cls))

    assert write_quickly(value) in {write_strictly(value), None}
    assert write_quickly(value, tagged=False) in {write(to_data(value)), None}
    assert dump(value) == write_strictly(value)


NOW = datetime(2027, 1, 5, 9, tzinfo=UTC)
ITEM = Item(
    "job-1/1", "job-1", ItemKind.TASK, "Prepare", None, ItemState.PENDING, None, 1, "a", "link", NOW
)
JOB = Job("job-1", "Tax", "account-1", "tax", "a", "Active", 1, NOW, NOW, (ITEM,))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(replaced(JOB, visit=True), id="yes for a number"),
        pytest.param(replaced(JOB, visit=1.5), id="a fraction"),
        pytest.param(replaced(JOB, visit=2**53 + 1), id="too large"),
        pytest.param(replaced(JOB, name="a\0"), id="nothing that a store keeps"),
        pytest.param(replaced(JOB, name="\ud83d"), id="half a pair"),
        pytest.param(replaced(JOB, name=1), id="a number for a text"),
        pytest.param(replaced(JOB, entered=NOW.replace(tzinfo=None)), id="no instant"),
        pytest.param(replaced(JOB, items=(replaced(ITEM, progress=date(2027, 1, 5)),)), id="stray"),
        pytest.param(replaced(ITEM, state="unheard of"), id="an unknown state"),
        pytest.param(Chapter(NOW, "job-1", "ann", ((Job, "x"),)), id="a line of no event"),
        pytest.param(("several", "things"), id="no value of ours"),
    ],
)
def test_what_is_odd_is_left_to_the_strict_writer(value: Any) -> None:
    """Nothing that is not as its class says is written at its word."""
    assert write_quickly(value) is None


def test_yes_and_no_are_no_numbers() -> None:
    """Nor are numbers yes or no, though they equal them."""
    contact = load(
        '{"email_sync":true,"id":"c","name":"C","notify":false,"signatory":true,"type":"contact"}'
    )

    assert '"email_sync":true' in (write_quickly(contact) or "")
    assert '"notify":false' in (write_quickly(contact) or "")
    assert write_quickly(replaced(contact, notify=0)) is None


def test_both_hours_of_a_night_when_clocks_go_back_are_told_apart() -> None:
    """To Python they are equal, and hash alike; to the firm they are an hour apart."""
    first = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    jobs = [replaced(JOB, entered=at) for at in (first, first.replace(fold=1))]

    assert jobs[0] == jobs[1]
    assert [write_quickly(job) for job in jobs] == [write_strictly(job) for job in jobs]
    assert write_quickly(jobs[0]) != write_quickly(jobs[1])


def test_a_line_may_end_early() -> None:
    """What is left as the class of its event has it is written all the same."""
    kind = CLASSES["job_started"]
    short = Chapter(NOW, "job-1", "ann", ((kind, "Tax", "account-1", "tax", "a"), (Warned, "look")))

    assert dump(short) == write_strictly(short) == write_quickly(short)
    assert '"starter":""' in dump(short)


def test_what_an_organizer_asks_in_sections_is_not_left_to_the_strict_writer() -> None:
    """Which takes five times as long, for a whole job, whenever it changes."""
    asked = Questionnaire((Question("Moved?"),), sections=(("You", 1), ("Papers", 0)), folder="In")
    job = replaced(JOB, items=(replaced(ITEM, progress=asked),))

    text = write_quickly(job) or ""
    assert text == write_strictly(job)
    assert read_quickly(text) == (job,)
    uneven: Any = (("You",),)
    assert write_quickly(replaced(asked, sections=uneven)) is None


def test_of_a_list_only_what_changed_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts whose texts are at hand are told by what they are, and not by where they lie."""
    parts = latest.LatestTexts(lambda value: f"<{value[0]}>")
    written = [[number] for number in range(3)]

    assert [parts.text(one) for one in written] == ["<0>", "<1>", "<2>"]
    written[0][0] = 9  # which no value of ours does

    assert parts.text(written[0]) == "<0>"
    assert parts.text([9]) == "<9>"


def test_texts_at_hand_take_no_more_room_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The older half goes first, and is written anew when it is met again."""
    monkeypatch.setattr(latest, "ROOM", 5)
    calls: list[int] = []

    def write(value: list[int]) -> str:
        calls.append(value[0])
        return "abc"

    parts = latest.LatestTexts(write)
    written = [[number] for number in range(6)]

    for one in (*written, written[4], written[0]):
        assert parts.text(one) == "abc"

    assert calls == [0, 1, 2, 3, 4, 5, 0]


def test_what_is_full_is_written_quickly_too() -> None:
    """Marks, and what an item remembers, of whichever kind."""
    marks = frozenset({Mark.LATE, Mark.QUIET})
    full = replaced(ITEM, marks=marks, progress=Checklist(("a",), ("a",)))
    job = replaced(JOB, items=(full,))
    account = Account("Ada", fields={"vip": True, "since": 2020, "state": "TX"}, id="ada")

    assert write_quickly(job) == write_strictly(job)
    assert write_quickly(account) == write_strictly(account)


def test_what_only_looks_like_something_is_odd() -> None:
    """A number beyond all, one for a yes, and a line of what is no event."""
    contact = load(
        '{"email_sync":true,"id":"c","name":"C","notify":false,"signatory":true,"type":"contact"}'
    )

    assert write_quickly(replaced(JOB, visit=-(2**53) - 1)) is None
    assert write_quickly(replaced(contact, signatory=1)) is None
    assert write_quickly(Chapter(NOW, "job-1", "ann", ((InvoicePaid,),))) is None
