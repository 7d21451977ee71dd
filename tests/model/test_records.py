"""What all values can do, and the copies that rules make of them without checking them again."""

import copy
import pickle
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeflow import Account, OrganizerSubmitted, TagChange, UpdateAccountTags
from pipeflow.codec.kinds import KINDS, PLAIN
from pipeflow.model.accounts import Contact
from pipeflow.model.events import Warned
from pipeflow.model.jobs import Job
from pipeflow.model.money import Money
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.record import Plain, record, replaced
from pipeflow.model.stages import Stage
from pipeflow.model.templates import InvoiceTemplate, LineItem
from tests.strategies import values_of

NOW = datetime(2027, 1, 5, 9, tzinfo=UTC)
PATIENCE = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@record
class Empty(Plain):
    """A value of this test without any field."""


@record
class Label(Empty):
    """A value of this test with one field."""

    text: str


@record
class Parcel(Label):
    """A value of this test: a field of each sort, one of them derived."""

    size: int = 1
    tags: frozenset[str] = frozenset()
    _note: str = attrs.field(default="none", alias="note", kw_only=True)
    seen: int = attrs.field(default=0, eq=False, repr=False)
    words: tuple[str, ...] = attrs.field(default=(), init=False, eq=False, repr=False)

    def _derive(self) -> None:
        object.__setattr__(self, "words", tuple(self.text.split()))


# -- records --------------------------------------------------------------------------------------


def test_a_record_is_made_by_position_and_by_name() -> None:
    """Rules and engine give fields in their order; defaults and aliases are those of attrs."""
    assert Parcel("a", 2) == Parcel(text="a", size=2, note="none")
    assert Parcel("a").tags == frozenset()


def test_a_record_is_frozen_to_type_checkers_and_slotted() -> None:
    """Nothing stands in the way of making one at run time; who changes one is told by mypy."""
    for parcel in (Parcel("a"), replaced(Parcel("a"), size=2)):
        with pytest.raises(AttributeError):
            parcel.other = 3  # type: ignore[attr-defined]


if TYPE_CHECKING:
    Parcel("a").size = 3  # type: ignore[misc]  # mypy --strict minds a comment that ignores nothing


def test_values_are_equal_by_class_and_content() -> None:
    """A field outside equality does not count; neither is one class another one."""
    assert Parcel("a", seen=1) == Parcel("a", seen=2)
    assert hash(Parcel("a", seen=1)) == hash(Parcel("a", seen=2))
    assert Parcel("a") != Parcel("b")
    assert Label("a") != Parcel("a")
    assert Label("a") != "a"
    assert Empty() == Empty()
    assert len({Empty(), Empty(), Label("a"), Label("a"), Parcel("a")}) == 3


def test_a_value_prints_as_it_is_written() -> None:
    """In one line, without the fields that do not show."""
    assert repr(Empty()) == "Empty()"
    assert repr(Parcel("a", 2, seen=7)) == (
        "Parcel(text='a', size=2, tags=frozenset(), _note='none')"
    )


def test_sets_print_in_order_whatever_the_process() -> None:
    """Python orders the texts of a set differently each time that it starts."""
    tags = {f"tag {number}" for number in range(30)}
    order = ", ".join(sorted(map(repr, tags)))

    assert repr(TagChange(add=tags)) == f"TagChange(add=frozenset({{{order}}}), remove=frozenset())"
    assert f"add=frozenset({{{order}}})" in repr(UpdateAccountTags(add=tags))
    assert f"'Which?': ({order})" in repr(OrganizerSubmitted({"Which?": tags}))


# -- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [*KINDS, *PLAIN], ids=lambda cls: str(cls.__name__))
@given(data=st.data())
@settings(max_examples=5, suppress_health_check=PATIENCE)
def test_any_value_can_be_copied_with_changes(cls: type[Any], data: st.DataObject) -> None:
    """The copy is what the constructor makes of the same content, and the original stays."""
    value, other = data.draw(values_of(cls)), data.draw(values_of(cls))
    before = copy.deepcopy(value)
    taken = [field.name for field in attrs.fields(cls) if field.init]
    changes = {name: getattr(other, name) for name in taken if data.draw(st.booleans())}

    whole = replaced(value, **{name: getattr(other, name) for name in taken})
    changed = replaced(value, **changes)

    assert whole == other
    assert type(changed) is cls
    for field in attrs.fields(cls):
        if field.init:
            kept = changes.get(field.name, getattr(value, field.name))
            assert getattr(changed, field.name) is kept
        assert getattr(whole, field.name) == getattr(other, field.name)
    assert value == before
    assert pickle.loads(pickle.dumps(changed)) == changed


def test_a_copy_is_not_checked_again() -> None:
    """Rules change what is right into what is right; hosts use `attrs.evolve`, which checks."""
    assert replaced(Stage("A"), name="").name == ""
    with pytest.raises(ValueError, match="must not be empty"):
        attrs.evolve(Stage("A"), name="")


@pytest.mark.parametrize("name", ["nam", "words", "note"])
def test_a_field_that_can_not_be_replaced_is_refused(name: str) -> None:
    """A typo in the rules is no silent change, and what is derived is not said."""
    with pytest.raises(KeyError, match=name):
        replaced(Parcel("a"), **{name: "x"})


def test_what_is_derived_follows_the_copy() -> None:
    """Only the class itself knows what its fields come to."""
    parcel = Parcel("to Ada")

    assert parcel.words == ()  # a record does not derive by itself; whoever makes it says so
    assert replaced(parcel, text="to Ada Lovelace").words == ("to", "Ada", "Lovelace")
    assert replaced(Empty()) == Empty()


def test_a_pipeline_knows_its_stages_after_a_copy() -> None:
    """Where each stage stands is derived, and asked at every step of a job."""
    pipeline = Pipeline("Tax", [Stage("A"), Stage("B")])

    changed = replaced(pipeline, stages=(Stage("C"), Stage("A")))

    assert [changed.find(stage) for stage in "abc"] == [1, None, 0]
    assert [pipeline.find(stage) for stage in "abc"] == [0, 1, None]
    assert replaced(pipeline, description="x").stage("b") == Stage("B")


def test_an_invoice_knows_its_totals_after_a_copy() -> None:
    """They are added up once, when it is made or copied."""
    invoice = InvoiceTemplate("Fee", [LineItem("1040", Money("450.00", "USD"))])
    dearer = (LineItem("1040", Money("500.00", "USD")),)

    assert replaced(invoice, revision=3).totals == invoice.totals
    assert replaced(invoice, lines=dearer).totals.total == Money("500.00", "USD")


def test_an_account_knows_its_addresses_after_a_copy() -> None:
    """To whom mail goes follows from the contacts as they are."""
    account = Account("Ada", [Contact("Ada", email="ada@a.example")])
    contacts = (Contact("Bo", email="bo@b.example"), Contact("Cy", "cy@c.example", notify=False))

    changed = replaced(account, contacts=contacts)

    assert changed.addresses == ("bo@b.example",)
    assert [one.name for one in changed.recipients] == ["Bo"]
    assert replaced(changed, active=False).addresses == ()
    assert account.addresses == ("ada@a.example",)


def test_a_job_and_an_event_are_copied_like_any_value() -> None:
    """What rules copy most."""
    job = Job("j", "1040", "ada", "tax", "a", "Active", 1, NOW, NOW)

    assert replaced(job, stage="b", visit=2) == Job(
        "j", "1040", "ada", "tax", "b", "Active", 2, NOW, NOW
    )
    assert replaced(Warned(NOW, "j", "mia", "x"), text="y") == Warned(NOW, "j", "mia", "y")
