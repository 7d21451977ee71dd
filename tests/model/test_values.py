"""All values: frozen, equal and hashed by content, and carried between processes as they are."""

import copy
import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeflow.errors import DefinitionError
from pipeflow.model.accounts import Account, AccountType, Contact, Member, Role, TagChange
from pipeflow.model.automations import (
    ApplyFolderTemplate,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    SendEmail,
    SendMessage,
    SendProposal,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from pipeflow.model.dates import After
from pipeflow.model.money import Money
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.reminders import Reminders
from pipeflow.model.settings import Settings
from pipeflow.model.stages import Stage
from pipeflow.model.templates import (
    EmailTemplate,
    FolderTemplate,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    MessageTemplate,
    OrganizerTemplate,
    Priority,
    ProposalTemplate,
    TaskTemplate,
)
from pipeflow.model.values import FrozenMap, choice
from tests.model.refusals import refused
from tests.strategies import values_of

DEFINITIONS: list[type] = [
    Account,
    After,
    ApplyFolderTemplate,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    FolderTemplate,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    Member,
    MessageTemplate,
    Money,
    OrganizerTemplate,
    Pipeline,
    ProposalTemplate,
    Reminders,
    Role,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    TagChange,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
]


@pytest.mark.parametrize("cls", DEFINITIONS, ids=lambda cls: str(cls.__name__))
@given(data=st.data())
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
def test_a_definition_is_a_value(cls: type[Any], data: st.DataObject) -> None:
    """It survives pickle and copy, hashes by content, prints in one line and cannot be changed."""
    value = data.draw(values_of(cls))

    for twin in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert twin == value
        assert hash(twin) == hash(value)
    assert attrs.evolve(value) == value
    assert "\n" not in repr(value)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, attrs.fields(cls)[0].name, None)


def test_a_revision_is_outside_equality_and_kept_by_edits() -> None:
    """Two saves of the same content are equal; `evolve` and edits keep the revision."""
    saved = Pipeline("Tax", [Stage("A"), Stage("B")], revision=3)

    assert saved == Pipeline("Tax", [Stage("A"), Stage("B")])
    assert hash(saved) == hash(attrs.evolve(saved, revision=4))
    assert attrs.evolve(saved, description="new").revision == 3
    assert saved.remove_stage("A").revision == 3
    assert "revision" not in repr(Member("Mia", revision=3))


def test_an_id_is_the_slug_of_the_name_unless_given() -> None:
    """A definition can be named freely; its id follows, or is chosen."""
    assert EmailTemplate("Welcome!", subject="Hi").id == "welcome"
    assert Member("Mia Berg").id == "mia-berg"
    assert TaskTemplate("Prepare", id="t-1").id == "t-1"


def test_a_name_that_is_no_text_has_no_id() -> None:
    """One mistake is one problem; an id that is wrong too is another."""
    assert refused(lambda: Member(5)) == ["$.name: must be text (given: 5)"]  # type: ignore[arg-type]
    assert refused(lambda: Member(5, id=6)) == [  # type: ignore[arg-type]
        "$.name: must be text (given: 5)",
        "$.id: must be text (given: 6)",
    ]


# -- the immutable mapping ------------------------------------------------------------------------


def test_a_frozen_map_reads_like_the_dict_it_was_made_of() -> None:
    """It is a mapping: same keys in the same order, equal to a dict, printed like one."""
    frozen = FrozenMap({"b": 1, "a": 2})

    assert list(frozen) == ["b", "a"]
    assert dict(frozen) == {"b": 1, "a": 2} == frozen
    assert frozen["a"] == 2
    assert frozen.get("c") is None
    assert len(frozen) == 2
    assert repr(frozen) == "{'b': 1, 'a': 2}"
    assert FrozenMap([("b", 1), ("a", 2)]) == frozen


@given(st.dictionaries(st.text(), st.integers()))
def test_a_frozen_map_hashes_by_content(content: dict[str, int]) -> None:
    """Equal maps hash alike, whatever the order in which they were written."""
    one, two = FrozenMap(content), FrozenMap(dict(reversed(content.items())))

    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one == copy.deepcopy(one)


def test_a_frozen_map_never_changes() -> None:
    """Neither through itself nor through the dict that it was made of."""
    given_dict = {"a": 1}
    frozen = FrozenMap(given_dict)
    given_dict["a"] = 2

    assert frozen["a"] == 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        frozen._content = {}
    with pytest.raises(TypeError):
        frozen["a"] = 2  # type: ignore[index]


# -- choices and custom fields --------------------------------------------------------------------


def test_a_choice_takes_the_member_or_its_value() -> None:
    """Hosts may write `"high"` for `Priority.HIGH`."""
    assert choice(Priority, "high") is Priority.HIGH
    assert choice(Priority, Priority.HIGH) is Priority.HIGH


def test_a_wrong_choice_is_told_the_right_ones() -> None:
    """The error lists what is allowed and what was meant."""
    assert refused(lambda: choice(Priority, "hihg", "$.priority")) == [
        (
            "$.priority: there is no priority 'hihg'. "
            "Did you mean 'high'? Allowed: low, medium, high, urgent."
        )
    ]
    assert refused(lambda: Account("Ada", type="firm")) == [
        "$.type: there is no account type 'firm'. Allowed: company, individual, other."
    ]
    assert Account("Ada", type="company").type is AccountType.COMPANY


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("text", "text"),
        ("", ""),
        (7, 7),
        (True, True),
        (Decimal("1.50"), Decimal("1.50")),
        (date(2027, 4, 15), date(2027, 4, 15)),
        (["b", "a"], ("b", "a")),
        (("b", "a"), ("b", "a")),
        ({"b", "a"}, ("a", "b")),
        (frozenset({"b", "a"}), ("a", "b")),
        (2**53, 2**53),
        (Decimal("1E+15"), Decimal("1E+15")),
        (Decimal("-1E-60"), Decimal("-1E-60")),
    ],
)
def test_a_custom_field_keeps_what_every_store_can(value: Any, kept: object) -> None:
    """Text, whole numbers, yes or no, Decimal, dates and several texts are kept."""
    assert Account("Ada", fields={"x": value}).fields["x"] == kept


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (1.5, "is a float, which rounds; write Decimal('...') (given: 1.5)"),
        (
            Decimal("NaN"),
            "must be between -1000000000000000 and 1000000000000000 (given: Decimal('NaN'))",
        ),
        (
            Decimal("1E+5000"),
            "must be between -1000000000000000 and 1000000000000000 (given: Decimal('1E+5000'))",
        ),
        (
            Decimal("1E-5000"),
            "must have at most 60 digits; round it first (given: Decimal('1E-5000'))",
        ),
        (
            Decimal("0E+61"),
            "must have at most 60 digits; round it first (given: Decimal('0E+61'))",
        ),
        pytest.param(
            10**5000, "is too large a whole number; write it as text (given: <int>)", id="endless"
        ),
        (2**53 + 1, "is too large a whole number; write it as text (given: 9007199254740993)"),
        ("\0", "holds '\\x00', which no database can keep; leave it out (given: '\\x00')"),
        ([""], "must not be empty (given: '')"),
        ([1], "must be text (given: 1)"),
        (
            None,
            (
                "cannot be kept in a field (given: None) "
                "Allowed: text, int, bool, Decimal, date, several texts."
            ),
        ),
        (
            datetime(2027, 1, 1, tzinfo=UTC),
            (
                "cannot be kept in a field (given: datetime.datetime(2027, 1, 1, 0, 0, "
                "tzinfo=datetime.timezone.utc)) "
                "Allowed: text, int, bool, Decimal, date, several texts."
            ),
        ),
    ],
)
def test_a_custom_field_refuses_what_some_store_could_not_keep(value: Any, problem: str) -> None:
    """What canonical JSON could not hold is refused when the value is made."""
    (found,) = refused(lambda: Account("Ada", fields={"x": value}))

    assert found.removeprefix("$.fields['x']").removeprefix("[0]") == f": {problem}"


def test_custom_fields_are_a_mapping_of_texts() -> None:
    """Anything else is refused; None means none."""
    wrong: Any = {5: "a", "": "b"}

    assert Account("Ada", fields=None).fields == {}
    assert refused(lambda: Account("Ada", fields=wrong)) == [
        "$.fields: must be text (given: 5)",
        "$.fields: must not be empty (given: '')",
    ]
    assert refused(lambda: Account("Ada", fields=0)) == [  # type: ignore[arg-type]
        "$.fields: must be a mapping of names to values (given: 0)"
    ]


def test_a_wrong_value_is_refused_with_all_its_problems() -> None:
    """Whoever mends one thing is not told of the next afterwards."""
    with pytest.raises(DefinitionError) as caught:
        LineItem("", rate=4.5, quantity=1.5, tax="7,5")  # type: ignore[arg-type]

    assert [problem.where for problem in caught.value.problems] == [
        "$.service",
        "$.rate",
        "$.quantity",
        "$.tax",
    ]
