"""A whole store as one text: two moments are compared byte for byte."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeflow.adapters.memory import MemoryStore
from pipeflow.codec import dump_all
from pipeflow.errors import DefinitionError
from pipeflow.model.events import Warned, chapters_of
from pipeflow.model.templates import EmailTemplate
from pipeflow.ports import CarriedOut, Changes, Due, DueState, ReminderTimer, RowKey, Settle

NOW = datetime(2027, 1, 5, 9, tzinfo=UTC)
ROW = RowKey("template", "welcome")


def _store(subject: str = "Welcome", *, settled: bool = False) -> MemoryStore:
    store = MemoryStore()
    due = Due("job-1/remind", NOW, 0, ReminderTimer("job-1", "job-1/1", 1), "job-1")
    store.commit(
        Changes(
            tenant="default",
            expect={ROW: 0},
            puts={ROW: EmailTemplate("Welcome", subject=subject)},
            dues=(due, Due("job-1/other", NOW, 1, due.action, "job-1")),
            log={RowKey("job", "job-1"): chapters_of([Warned(NOW, "job-1", "system", "look")])},
            command_id="c-1",
            result=CarriedOut('{"do":"start"}', (("job", "job-1"),)),
        )
    )
    if settled:
        (claim, _) = store.claim("me", timedelta(minutes=1), 2, due=NOW)
        store.settle("default", Settle(claim.due.key, claim.token, DueState.DONE))
    return store


def test_the_same_moment_is_the_same_text() -> None:
    """Rows, histories, commands and due rows, in an order that says nothing of how they came."""
    text = dump_all(_store().dump())

    assert text == dump_all(_store().dump())
    assert '"template/welcome":[1,{' in text
    assert '"job/job-1":[{' in text
    assert '"c-1":[1,{"named":[],"rows":[["job","job-1"]],' in text


@pytest.mark.parametrize("other", [_store("Hello"), _store(settled=True), MemoryStore()])
def test_whatever_changed_changes_the_text(other: Any) -> None:
    """A value, a due row that is over, or everything."""
    assert dump_all(other.dump()) != dump_all(_store().dump())


def test_a_row_that_is_over_keeps_its_state_and_instant() -> None:
    """Plain texts and instants stand beside the values."""
    assert dump_all({"over": {"k": (DueState.DONE, NOW)}}) == (
        '{"over":{"k":["done","2027-01-05T09:00:00Z"]}}'
    )


def test_a_store_that_holds_no_values_is_refused() -> None:
    """Somebody put something else in."""
    with pytest.raises(DefinitionError):
        dump_all({"default": {"rows": {"job": {"j": object()}}}})
