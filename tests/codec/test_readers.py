"""Data is read strictly, and everything that is wrong with it is told at once."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest

from pipeflow.codec import dump, from_data, load, to_data
from pipeflow.codec.kinds import AUTOMATIONS, KINDS, PLAIN
from pipeflow.codec.problems import MOST
from pipeflow.codec.readers import add_readers
from pipeflow.errors import DefinitionError, Problem
from pipeflow.model.accounts import Account, Role, TagChange
from pipeflow.model.automations import Automation, CreateInvoice, SendEmail
from pipeflow.model.conditions import Condition
from pipeflow.model.events import Chapter, Event, Warned
from pipeflow.model.jobs import Job
from pipeflow.model.language import Language
from pipeflow.model.money import Money
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.record import replaced
from pipeflow.model.reminders import Reminders
from pipeflow.model.settings import Firm, Settings
from pipeflow.model.stages import Stage
from pipeflow.model.templates import (
    ClientRequestTemplate,
    EmailTemplate,
    InvoiceTemplate,
    LineItem,
    OrganizerTemplate,
    Question,
    TaskTemplate,
    Template,
)
from pipeflow.model.values import FrozenMap, Value
from pipeflow.ports import CarriedOut


def _problems(data: Any, kind: type[Any]) -> dict[str, Problem]:
    with pytest.raises(DefinitionError) as caught:
        from_data(data, kind)
    return {problem.where: problem for problem in caught.value.problems}


EMAIL: dict[str, Any] = {"type": "send_email", "template": "welcome"}
PIPELINE: dict[str, Any] = {"name": "Tax", "stages": [{"name": "Intake"}, {"name": "Done"}]}


def _stage(**changes: Any) -> dict[str, Any]:
    return PIPELINE | {"stages": [{"name": "Intake"} | changes, {"name": "Done"}]}


def test_an_unknown_kind_names_the_nearest_one() -> None:
    """A typo in a tag is answered with the tag that was meant (trap T2)."""
    data = _stage(automations=[EMAIL, EMAIL | {"type": "send_emial"}])

    problem = _problems(data, Pipeline)["$.stages[0].automations[1].type"]

    assert problem.nearest == "send_email"
    assert set(problem.allowed) == set(AUTOMATIONS.values())


def test_a_missing_kind_lists_the_kinds() -> None:
    """A missing tag is another mistake than an unknown one (trap T2)."""
    problem = _problems({"template": "welcome"}, Automation)["$.type"]

    assert problem.what == "is missing"
    assert "send_email" in problem.allowed


@pytest.mark.parametrize("tag", [5, None, ["send_email"], {}])
def test_a_kind_that_is_no_text_is_refused(tag: Any) -> None:
    """A list for a tag must not become a TypeError."""
    assert "must be text" in _problems({"type": tag}, Automation)["$.type"].what


def test_a_kind_of_another_family_is_refused() -> None:
    """A condition is no automation, though it has a tag."""
    assert "$.type" in _problems({"type": "tagged", "names": ["vip"]}, Automation)
    assert "$.type" in _problems(EMAIL, Condition)


def test_an_unknown_key_names_the_nearest_one() -> None:
    """A misspelt field would otherwise be lost without a word."""
    problem = _problems(_stage(automoove=True), Pipeline)["$.stages[0].automoove"]

    assert problem.nearest == "automove"


def test_an_unknown_key_that_is_no_word_is_shown_quoted() -> None:
    """A path stays readable whatever the key."""
    assert "$.stages[0]['auto move']" in _problems(_stage(**{"auto move": 1}), Pipeline)


def test_a_missing_field_is_named() -> None:
    """What has no default must be there."""
    assert _problems({"stages": []}, Pipeline)["$.name"].what == "is missing"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"automove": "no"}, "$.stages[0].automove"),
        ({"automove": 1}, "$.stages[0].automove"),
        ({"automove": None}, "$.stages[0].automove"),
        ({"name": 5}, "$.stages[0].name"),
        ({"name": None}, "$.stages[0].name"),
        ({"time_limit": 3}, "$.stages[0].time_limit"),
        ({"automations": {}}, "$.stages[0].automations"),
        ({"automations": "send_email"}, "$.stages[0].automations"),
        ({"automations": ["send_email"]}, "$.stages[0].automations[0]"),
        ({"automations": [EMAIL | {"id": 3}]}, "$.stages[0].automations[0].id"),
        ({"automations": [EMAIL | {"repeat": "allways"}]}, "$.stages[0].automations[0].repeat"),
        ({"automations": [EMAIL | {"repeat": 1}]}, "$.stages[0].automations[0].repeat"),
        ({"when": "vip"}, "$.stages[0].when"),
        ({"when": []}, "$.stages[0].when"),
    ],
)
def test_nothing_is_converted_in_silence(change: dict[str, Any], where: str) -> None:
    """`"no"` is not true, and 5 is no name (trap T3)."""
    assert list(_problems(_stage(**change), Pipeline)) == [where]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT1.5S", "1.5"),
        ("PT0.000050S", "0.00005"),
        ("-P1DT0.25S", "-86400.25"),
        ("P2WT1H1M1S", "1213261"),
    ],
)
def test_a_duration_is_as_long_as_it_says(text: str, seconds: str) -> None:
    """A fraction of a second is one, however many digits it has."""
    read = from_data(text, timedelta)

    assert read == timedelta(microseconds=int(Decimal(seconds) * 1_000_000))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("P3D", True),
        ("P2W", True),
        ("PT12H", True),
        ("P1DT2H30M0.5S", True),
        ("-P1D", True),
        ("P", False),
        ("PT", False),
        ("3 days", False),
        ("P1Y", False),
        ("P1M", False),
        ("P999999999W", False),
        ("P3D ", False),
        ("P٣D", False),
    ],
)
def test_durations_are_iso_durations_of_days_and_time(text: str, good: bool) -> None:
    """Months and years have no fixed length, so they are none."""
    data = {
        "id": "j", "name": "n", "account": "a", "pipeline": "p", "stage": "s", "status": "Active",
        "visit": 1, "entered": "2027-01-01T00:00:00Z", "created": "2027-01-01T00:00:00+02:00",
        "time_budget": text,
    }  # fmt: skip

    if good:
        assert from_data(data, Job).time_budget is not None
    else:
        assert list(_problems(data, Job)) == ["$.time_budget"]


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01",
        "2027-01-01T00:00:00",
        "2027-02-30T00:00:00Z",
        "2027-01-01T24:00:00Z",
        "0001-01-01T00:00:00+09:00",
        5,
        "",
    ],
)
def test_an_instant_has_a_zone(text: Any) -> None:
    """A naive time of day is no instant."""
    assert "$.due.at" in _problems(
        {"due": {"at": text}, "state": "wait", "attempt": 0, "at": "x", "error": ""}, _parked()
    )


def _parked() -> type[Any]:
    from pipeflow.ports import Parked

    return Parked


@pytest.mark.parametrize(
    "text", ["2027-02-30", "20270401", "2027-W01-1", "tomorrow", 2027, "٢٠٢٧-٠١-٠١"]
)
def test_a_date_is_written_in_one_way(text: Any) -> None:
    """Python reads more forms than other languages do."""
    data = {"type": "task_template", "name": "Prepare", "due": text}

    assert list(_problems(data, TaskTemplate)) == ["$.due"]


@pytest.mark.parametrize(
    "text", ["1,5", "", "ten", "NaN", "Infinity", "1_000", " 1", "1e9999", 450, 4.5, "٤"]
)
def test_an_amount_is_exact_text(text: Any) -> None:
    """Money never passes through a float."""
    assert list(_problems({"amount": text, "currency": "USD"}, Money)) == ["$.amount"]


def test_roles_stand_beside_ids_of_members() -> None:
    """`str | Role`: a text is a member's id, a role has its tag."""
    data = {
        "type": "task_template",
        "name": "A",
        "assignees": ["mia", {"type": "role", "name": "cpa"}],
    }

    assert from_data(data, TaskTemplate).assignees == {"mia", Role("cpa")}
    assert "$.assignees[0].type" in _problems(
        data | {"assignees": [{"type": "roll", "name": "cpa"}]}, TaskTemplate
    )


@pytest.mark.parametrize(
    "value", [1.5, None, {}, {"decimal": 1}, {"money": "1"}, ["a", 3], "a\0", 2**60]
)
def test_a_field_that_is_none_is_refused(value: Any) -> None:
    """Fields hold texts, whole numbers, yes or no, exact numbers, dates, or several texts."""
    found = _problems({"name": "Ada", "fields": {"state": value}}, Account)

    assert all(where.startswith("$.fields.state") for where in found)


def test_the_keys_of_a_mapping_are_names() -> None:
    """A key with NUL is as unstorable as a value."""
    assert _problems({"name": "Ada", "fields": {"a\0": "x"}}, Account)
    assert _problems({"name": "Ada", "fields": []}, Account)


def test_pairs_have_two_parts() -> None:
    """The rows that a command was about are read as pairs of texts."""
    said = {"said": "{}"}

    assert from_data(said | {"rows": [["job", "j"]]}, CarriedOut) == CarriedOut(
        "{}", (("job", "j"),)
    )
    assert list(_problems(said | {"rows": [["job"], "ab", ["job", 5]]}, CarriedOut)) == [
        "$.rows[0]",
        "$.rows[1]",
        "$.rows[2][1]",
    ]


@pytest.mark.parametrize(
    "choices",
    [
        [["Yes", None], ["Yes", None]],
        ["Yes", ["Yes", None]],
        ["Yes", "Yes"],
        [["Yes"]],
        [[1, None]],
        [1],
        "Yes",
        [["Yes", 5]],
    ],
)
def test_choices_are_an_object_or_a_list(choices: Any) -> None:
    """People write an object; the canonical form keeps the order in pairs."""
    data = {
        "type": "organizer_template",
        "name": "O",
        "questions": [{"text": "Q?", "choices": choices}],
    }

    assert all(
        where.startswith("$.questions[0].choices") for where in _problems(data, OrganizerTemplate)
    )


def test_an_answer_that_changes_no_tags_may_stand_alone() -> None:
    """As in Python, and where a notation has no null."""
    given = ["Yes", ["Perhaps", {"add": ["ask"]}], ["No", None]]

    question = from_data({"text": "Q?", "choices": given}, Question)

    assert question == Question(
        "Q?", choices={"Yes": None, "Perhaps": TagChange(add={"ask"}), "No": None}
    )
    assert list(question.choices) == ["Yes", "Perhaps", "No"]


def test_what_a_constructor_refuses_is_told_at_its_place() -> None:
    """The rules of the values count in a package as they do in code."""
    data = PIPELINE | {
        "stages": [
            {"name": "Intake", "when": {"type": "tagged_any", "names": []}},
            {"name": "", "automations": [EMAIL | {"repeat": "unless_open"}]},
        ]
    }

    assert set(_problems(data, Pipeline)) == {
        "$.stages[0].when.names",
        "$.stages[1].name",
        "$.stages[1].automations[0].repeat",
    }


def test_everything_that_is_wrong_is_told_at_once() -> None:
    """Shapes, names and rules, however far apart they stand (design 1.7)."""
    data = {
        "name": "Tax",
        "descripton": "x",
        "stages": [
            {"name": "A", "automove": "yes", "when": {"type": "tagged", "names": ["vip"]}},
            {"name": "B", "automations": [{"type": "send_emial", "template": "w"}]},
            {"name": "C", "automove": True},
        ],
    }

    assert set(_problems(data, Pipeline)) == {
        "$.descripton",
        "$.stages[0].automove",
        "$.stages[0].when",
        "$.stages[1].automations[0].type",
        "$.stages[2].automove",
    }


def test_a_problem_that_follows_from_another_is_not_told() -> None:
    """A question whose choices could not be read does not also lack choices."""
    data = {"text": "Q?", "kind": "choice", "choices": {"Yes": 5}}
    organizer = {"type": "organizer_template", "name": "O", "questions": [data]}

    assert list(_problems(organizer, OrganizerTemplate)) == ["$.questions[0].choices.Yes"]


def test_what_no_host_defines_takes_any_part_without_a_check() -> None:
    """So that of wrong data no more is told of it than what could not be read."""
    for cls in {*KINDS, *PLAIN}:
        if not issubclass(cls, Value):
            assert attrs.has(cls)
            assert not hasattr(cls, "__attrs_post_init__")
            assert not any(one.validator or one.converter for one in attrs.fields(cls))


@pytest.mark.parametrize(
    ("data", "kind", "where"),
    [
        (
            {"type": "client_request_template", "name": 5, "uploads": ["unnamed", "unnamed"]},
            ClientRequestTemplate,
            ["$.name", "$.uploads"],
        ),
        (
            {"tag": "nn", "months": 5, "days": [*"1234567"], "months_in_dates": ["a"]},
            Language,
            ["$.months", "$.months_in_dates"],
        ),
    ],
    ids=["a word that stands for a missing name", "a key that another one begins with"],
)
def test_a_problem_of_another_part_follows_from_none(
    data: dict[str, Any], kind: type[Any], where: list[str]
) -> None:
    """Both are told, however alike they are."""
    assert list(_problems(data, kind)) == where


def test_an_error_does_not_list_without_end() -> None:
    """A hostile package cannot fill a log."""
    many = {"name": "Tax", "stages": [{"name": 5} for _ in range(10_000)]}

    with pytest.raises(DefinitionError) as caught:
        from_data(many, Pipeline)

    assert len(caught.value.problems) == MOST + 1
    assert "9800 more problems" in str(caught.value)


def test_a_list_of_mistakes_is_not_read_to_its_end() -> None:
    """Ten thousand are looked for, however many there are: a million cost no minute."""
    many = {"name": "Tax", "stages": [{"name": 5}] * 1_000_000}

    with pytest.raises(DefinitionError) as caught:
        from_data(many, Pipeline)

    assert len(caught.value.problems) == MOST + 1
    assert "and more than 9800 more problems" in str(caught.value)


HEAD: dict[str, Any] = {"at": "2027-01-05T09:00:00Z", "job": "j", "actor": "mia"}
WARNED: dict[str, Any] = {"type": "warned", "text": "nobody is here"}
FACT: dict[str, Any] = {"type": "task_completed"}


@pytest.mark.parametrize(
    ("event", "where"),
    [
        (WARNED | {"text": 5}, ".text"),
        ({"type": "warned"}, ".text"),
        (WARNED | {"txt": "x"}, ".txt"),
        (WARNED | {"at": HEAD["at"]}, ".at"),
        (WARNED | {"type": "warnd"}, ".type"),
        (WARNED | {"type": 5}, ".type"),
        ({"text": "x"}, ".type"),
        ("warned", ""),
        ({"type": "item_linked", "item": "j/1", "name": None}, ".name"),
        ({"type": "job_waits", "stage": "a", "reason": "tired"}, ".reason"),
        ({"type": "job_waits", "stage": "a", "reason": "blocked", "items": ["x", 5]}, ".items[1]"),
        (
            {"type": "fact_recorded", "item": "j/1", "name": "x", "fact": FACT | {"type": "done"}},
            ".fact.type",
        ),
    ],
)
def test_what_is_wrong_with_an_event_of_a_chapter_is_told_at_its_place(
    event: Any, where: str
) -> None:
    """As it would be anywhere else; what the chapter says, an event cannot say again."""
    assert list(_problems(HEAD | {"events": [WARNED, event]}, Chapter)) == [f"$.events[1]{where}"]


def test_everything_that_is_wrong_with_a_chapter_is_told_at_once() -> None:
    """Its head, its keys and all its events."""
    wrong = {"at": "yesterday", "job": 5, "when": 1, "events": [{"type": "warned"}, 5]}

    assert list(_problems(wrong, Chapter)) == [
        "$.at",
        "$.job",
        "$.actor",
        "$.events[0].text",
        "$.events[1]",
        "$.when",
    ]
    assert _problems(HEAD | {"event": []}, Chapter)["$.event"].nearest == "events"
    assert list(_problems(HEAD | {"events": {}}, Chapter)) == ["$.events"]
    assert list(_problems([], Chapter)) == ["$"]


def test_an_event_that_the_codec_does_not_know_is_not_written() -> None:
    """It could not be read again; a host's own event is refused before it is stored."""
    with pytest.raises(DefinitionError, match="is not an event that can be kept"):
        dump(Chapter(datetime(2027, 1, 1, tzinfo=UTC), "j", "a", ((Event,),)))


def test_data_nested_without_end_is_refused() -> None:
    """Data need not come from a text, and may be deeper than any text."""
    condition: Any = {"type": "tagged", "names": ["x"]}
    for _ in range(100_000):
        condition = {"type": "not", "of": condition}

    assert "nested deeper" in _problems(condition, Condition)["$"].what


def test_data_that_is_no_object_is_refused() -> None:
    """The first thing that can be wrong."""
    assert list(_problems([], Pipeline)) == ["$"]
    assert list(_problems(None, Money)) == ["$"]
    assert list(_problems({"settings": None}, Firm)) == ["$.settings"]


def test_a_text_says_what_it_is() -> None:
    """`load` reads no account where a pipeline is asked for."""
    text = dump(Money(1, "USD"))

    for kind in (Pipeline, Account):
        with pytest.raises(DefinitionError, match=r"\$\.type: there is no type 'money'"):
            load(text, kind)


@pytest.mark.parametrize("text", ["{}", '{"type": 5}', '{"type": []}', '{"type": "mony"}'])
def test_a_text_that_does_not_say_what_it_is_is_refused(text: str) -> None:
    """There is no guessing from fields."""
    with pytest.raises(DefinitionError, match=r"\$\.type: "):
        load(text)


@pytest.mark.parametrize("text", ["[]", "5", "null", '"a"'])
def test_a_text_of_something_else_is_refused(text: str) -> None:
    """Only an object can be a value."""
    with pytest.raises(DefinitionError, match="must be an object"):
        load(text, Pipeline)


def test_a_package_knows_no_revision() -> None:
    """Revisions count the saves of one firm."""
    data = to_data(Pipeline("Tax", [Stage("A")], revision=3))

    with pytest.raises(DefinitionError, match=r"\$\.revision: there is no key 'revision'"):
        from_data(data, Pipeline, portable=True)


def test_what_is_worked_out_is_not_written() -> None:
    """Totals follow from the lines; a package that contradicts itself cannot be written."""
    invoice = InvoiceTemplate("Fee", [LineItem("1040", Money("450.00", "USD"))])

    assert "totals" not in to_data(invoice)
    assert "_places" not in to_data(Pipeline("Tax", [Stage("A")]))


def test_reminders_are_written_whole() -> None:
    """`{"times": 2}` would leave a reader wondering."""
    automation = CreateInvoice("fee", reminders=Reminders(3, 2))

    assert to_data(automation, portable=True)["reminders"] == {"every": "P3D", "times": 2}


def test_short_fields_stand_before_long_lists() -> None:
    """A person who edits a package sees a stage's flags before its automations."""
    stage = Stage("A", [SendEmail("welcome")], automove=True)

    assert list(to_data(stage, portable=True)) == ["name", "id", "automove", "automations"]


def test_the_tag_does_not_hide_a_field_of_its_name() -> None:
    """An account has a `type` of its own, which is called account_type in JSON."""
    data = json.loads(dump(Account("Ada", type="company")))

    assert (data["type"], data["account_type"]) == ("account", "company")


@pytest.mark.parametrize("kind", [Template, EmailTemplate])
def test_a_template_is_read_as_its_kind_and_as_its_base(kind: type[Any]) -> None:
    """The tag is always there, so it may always be asked for."""
    template = EmailTemplate("Welcome", subject="Hello")

    assert from_data(to_data(template), kind) == template


def test_settings_are_stored_whole() -> None:
    """A default that changes in a later version changes no firm that saved its settings."""
    assert set(json.loads(dump(Settings()))) >= {"attempts", "backoff", "time_zone", "on_empty"}


def test_members_of_a_union_that_can_not_be_told_apart_are_refused() -> None:
    """A new field whose alternatives look alike is found when the codec is first used (trap T1)."""
    from cattrs import Converter

    @attrs.frozen
    class Odd:
        value: Money | Reminders

    converter = Converter()
    add_readers(converter, portable=False)

    with pytest.raises(TypeError, match="cannot tell"):
        converter.get_structure_hook(attrs.resolve_types(Odd))


@pytest.mark.parametrize(
    "value",
    [
        Firm(Settings(), frozenset({"a\0"})),
        replaced(Account("Ada"), fields=FrozenMap({"n": Decimal("1E+5000")})),
        Warned(datetime(2027, 1, 1), "j", "a", "naive"),
        Warned(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9))), "j", "a", "too early"),
    ],
    ids=["NUL", "huge number", "naive instant", "instant before the calendar"],
)
def test_what_could_not_be_read_is_not_written(value: object) -> None:
    """What a store takes it must be able to give back (A10)."""
    with pytest.raises(DefinitionError):
        dump(value)


def test_what_has_no_name_in_json_is_not_written() -> None:
    """The overview of a pipeline is a view and kept nowhere."""
    with pytest.raises(DefinitionError, match="is not a value that can be kept"):
        dump(Pipeline("Tax", [Stage("A")]).overview())
