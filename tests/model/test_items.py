"""Jobs, and the things linked to them on which somebody has to act."""

import pickle
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from pipeflow.errors import NotFoundError
from pipeflow.model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    Mark,
    Payment,
    Progress,
    Ref,
    Signatory,
)
from pipeflow.model.jobs import Job, JobStatus
from pipeflow.model.money import Money
from tests.model.refusals import refused

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def usd(amount: int) -> Money:
    """Make dollars."""
    return Money(amount, "USD")


def item(number: int, name: str, **fields: Any) -> Item:
    """Make a task of a job's first visit that somebody has to do."""
    task = Item(
        f"j-1/{number}",
        "j-1",
        ItemKind.TASK,
        name,
        "prepare",
        ItemState.PENDING,
        None,
        1,
        "intake",
        "create-task-prepare",
        NOW,
    )
    return attrs.evolve(task, **fields)


def job(*items: Item, visit: int = 1) -> Job:
    """Make a job with items."""
    return Job(
        "j-1", "1040", "a-1", "tax", "intake", JobStatus.ACTIVE, visit, NOW, NOW, items=items
    )


def test_open_items_are_those_of_this_visit_that_wait() -> None:
    """A-7: what an earlier visit left open stays linked and is not waited for."""
    old = item(1, "old")
    done = item(2, "done", visit=2, state=ItemState.COMPLETED)
    void = item(3, "void", visit=2, state=ItemState.RESOLVED)
    waits = item(4, "waits", visit=2)

    assert job(old, done, void, waits, visit=2).open_items == (waits,)


def test_an_earlier_item_that_this_visit_holds_is_here_too() -> None:
    """A job knows where its visit's items begin, and which earlier ones still count in it."""
    old, carried, new = item(1, "old"), item(2, "carried", visit=2), item(3, "new", visit=2)
    held = attrs.evolve(job(old, carried, new, visit=2), present=2, carried=(1,))

    assert held.items_here == held.open_items == (carried, new)
    assert attrs.evolve(held, carried=()).items_here == (new,)


def test_an_item_is_found_by_name_template_or_id() -> None:
    """The newest of that name."""
    first, second = item(1, "Prepare"), item(2, "Prepare")
    other = item(3, "Call", template=None)

    assert job(first, second, other).item("Prepare") is second
    assert job(first, second, other).item("prepare") is second
    assert job(first, second, other).item("j-1/1") is first


def test_an_unknown_item_is_told_the_known_ones() -> None:
    """Each name once, and the nearest."""
    with pytest.raises(NotFoundError) as caught:
        job(item(1, "Prepare"), item(2, "Prepare")).item("Prepair")

    assert str(caught.value) == (
        "job '1040': there is no item 'Prepair'. Did you mean 'Prepare'? Allowed: Prepare."
    )


@pytest.mark.parametrize(
    ("kind", "progress", "asks"),
    [
        (ItemKind.TASK, None, True),
        (ItemKind.INVOICE, InvoiceState(usd(5)), True),
        (ItemKind.MESSAGE, Checklist(("Sign",)), True),
        (ItemKind.MESSAGE, Checklist(()), False),
        (ItemKind.MESSAGE, None, False),
        (ItemKind.NOTE, None, False),
    ],
)
def test_an_action_item_asks_somebody_to_act(
    kind: ItemKind, progress: Progress, asks: bool
) -> None:
    """A message without client tasks, and a note, are neutral."""
    assert item(1, "x", kind=kind, progress=progress).asks is asks


def test_an_item_remembers_what_came_too_late() -> None:
    """Among the other marks that it may bear."""
    assert item(1, "x", marks=frozenset({Mark.LATE, Mark.SHARED})).late
    assert not item(1, "x", marks=frozenset({Mark.SHARED})).late
    assert not item(1, "x").late


def test_a_payment_counts_when_it_has_cleared() -> None:
    """Or, where the firm says so, as soon as it is submitted."""
    state = InvoiceState(usd(100), (Payment(usd(30)), Payment(usd(50), cleared=False)))

    assert state.paid() == usd(30)
    assert state.paid(submitted=True) == usd(80)
    assert InvoiceState(usd(100)).paid() == usd(0)


def test_an_invoice_without_an_amount_is_paid_by_what_came_in() -> None:
    """A host may link one without saying how much it asks."""
    assert InvoiceState(None).paid() is None
    assert InvoiceState(None, (Payment(usd(30)), Payment(usd(5)))).paid() == usd(35)


def test_payments_in_two_currencies_are_not_added() -> None:
    """There is no rate at which they could be."""
    state = InvoiceState(usd(100), (Payment(Money(5, "EUR")),))

    assert refused(state.paid)[0].startswith("USD and EUR cannot be reckoned together")


def test_a_checklist_knows_what_is_not_ticked() -> None:
    """In the order of the template."""
    assert Checklist(("a", "b", "c"), ("b",)).open_tasks == ("a", "c")


def test_a_reference_prints_port_and_id() -> None:
    """The host's own id, and where it comes from."""
    assert str(Ref("tasks", "t-42")) == "tasks:t-42"


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (Ref("tasks", "t-1"), "id"),
        (Signatory("c-1", "Ada"), "name"),
        (Payment(usd(5)), "cleared"),
    ],
    ids=["reference", "signatory", "payment"],
)
def test_what_hosts_make_and_look_things_up_by_is_never_changed(made: Any, field: str) -> None:
    """A key of a dict that changed was found by nobody any more, and neither was its item."""
    known = {made: "there"}

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(made, field, "another")

    assert known[made] == "there"
    assert attrs.evolve(made, **{field: getattr(made, field)}) == made
    assert pickle.loads(pickle.dumps(made)) == made
