"""The text of a package: people can edit it, and what is wrong with it is told, not guessed."""

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeflow import errors
from pipeflow.bundle import Bundle
from pipeflow.bundle.format import FORMAT, VERSION, lifted
from pipeflow.bundle.soundness import MOST_TYPOS
from pipeflow.codec import LARGEST
from pipeflow.codec.problems import MOST
from pipeflow.errors import DefinitionError, PipeflowError, Problem
from pipeflow.model.accounts import Role, TagChange
from pipeflow.model.automations import (
    CreateOrganizer,
    CreateTask,
    SendEmail,
    SendProposal,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from pipeflow.model.conditions import field_is, tagged
from pipeflow.model.dates import After
from pipeflow.model.money import Money
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.reminders import Reminders, ReminderText
from pipeflow.model.stages import Stage
from pipeflow.model.templates import (
    EmailTemplate,
    InvoiceTemplate,
    LineItem,
    OrganizerTemplate,
    ProposalTemplate,
    Question,
    TaskTemplate,
)

WELCOME = EmailTemplate("Welcome", subject="Welcome, [ACCOUNT_NAME]", body="Grüße\n\nYour firm")
ORGANIZER = OrganizerTemplate(
    "1040 organizer",
    [
        Question(
            "Did you own a business?", choices={"Yes": TagChange(add={"schedule-c"}), "No": None}
        )
    ],
)
FEE = InvoiceTemplate("Fee", [LineItem("1040", Money("450.00", "USD"), tax="7.5")])
LETTER = ProposalTemplate("Letter", invoice_on_acceptance=FEE)
PREPARE = TaskTemplate("Prepare", assignees=[Role("preparer")], due=After(days=5))
TAX = Pipeline(
    "Tax",
    [
        Stage(
            "Intake",
            [
                SendEmail(WELCOME, when=~tagged("vip") & field_is("state", "CA")),
                SendProposal(LETTER),
                CreateOrganizer(ORGANIZER, reminders=Reminders(3, 2)),
            ],
            automove=True,
        ),
        Stage("Business", [CreateTask(PREPARE)], when=tagged("schedule-c"), automove=True),
        Stage("Done", [UpdateAccountTags(clear=True), UpdateJobAssignees(remove=[Role("cpa")])]),
    ],
)
BUNDLE = Bundle.of(TAX, WELCOME, ORGANIZER, FEE, LETTER, PREPARE)
TEXT = BUNDLE.to_json()


def _problems(text: str | bytes) -> dict[str, Problem]:
    with pytest.raises(DefinitionError) as caught:
        Bundle.from_json(text)
    return {problem.where: problem for problem in caught.value.problems}


def _refusal(text: str) -> tuple[Problem, ...]:
    """Return why a text is refused, or nothing; any other error passes."""
    try:
        Bundle.from_json(text)
    except PipeflowError as error:
        return error.problems
    return ()


def _changed(change: Any) -> str:
    data = json.loads(TEXT)
    change(data)
    return json.dumps(data)


def test_a_package_comes_back_from_its_text() -> None:
    """To JSON and back is the same package, and the same text."""
    back = Bundle.from_json(TEXT)

    assert back == BUNDLE
    assert back.to_json() == TEXT
    assert Bundle.from_json(TEXT.encode()) == BUNDLE


def test_the_text_is_for_people() -> None:
    """It says first what it is, is indented, keeps letters as they are, leaves out defaults."""
    lines = TEXT.splitlines()

    assert lines[:5] == [
        "{",
        f'  "format": "{FORMAT}",',
        f'  "version": {VERSION},',
        '  "name": "Tax",',
        '  "pipelines": [',
    ]
    assert "Grüße" in TEXT
    assert "revision" not in TEXT
    assert "null" not in TEXT.replace('"No": null', "")
    assert TEXT.endswith("}\n")


@pytest.mark.parametrize("rate", ["100", 100.5, {"amount": 450.0, "currency": "USD"}, None])
def test_a_template_that_can_not_be_read_makes_no_other_reference_dangle(rate: Any) -> None:
    """Only what is wrong is told, and what truly dangles is told with what there is."""

    def spoil(data: Any) -> None:
        fee = next(one for one in data["templates"] if one["id"] == "fee")
        fee["lines"][0]["rate"] = rate

    def spoil_both(data: Any) -> None:
        spoil(data)
        data["pipelines"][0]["stages"][0]["automations"][0]["template"] = "welcom"

    dangling = "$.pipelines[0].stages[0].automations[0].template"
    (only,) = _problems(_changed(spoil))
    assert only.startswith("$.templates[")
    both = _problems(_changed(spoil_both))
    assert set(both) == {only, dangling}
    assert both[dangling].nearest == "welcome"


@pytest.mark.parametrize("stage", ["Done", 5], ids=["made", "misread"])
def test_the_right_name_is_not_sought_for_every_wrong_one(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each search takes its time, so a package that is all wrong would keep a server busy."""
    sought: list[object] = []

    def nearest(name: object, names: Sequence[str]) -> str:
        if names:
            sought.append(name)
        return ""

    monkeypatch.setattr(errors, "nearest", nearest)
    wrong = [{"type": "send_email", "template": f"wrong-{number}"} for number in range(1000)]

    def spoil(data: Any) -> None:
        data["pipelines"][0]["stages"] = [{"name": "A", "automations": wrong}, {"name": stage}]

    found = _problems(_changed(spoil))

    wrong_places = [place for place in found if place.endswith(".template")]
    assert len(wrong_places) >= MOST - 1
    assert found[""].what == f"and {1000 + (stage == 5) - MOST} more problems"
    assert 0 < len(sought) <= 2 * MOST_TYPOS  # while it is refused, and while it is looked into


def test_what_reminders_say_travels_with_its_template() -> None:
    """R-20: as people write it, without what is so by default."""
    texts = [ReminderText("Still: [ITEM_NAME]"), ReminderText(body="Late.", last=True)]
    fee = InvoiceTemplate("Fee", FEE.lines, reminder_texts=texts)

    written = Bundle(templates=[fee]).to_json()

    assert Bundle.from_json(written).templates == (fee,)
    assert json.loads(written)["templates"][0]["reminder_texts"] == [
        {"subject": "Still: [ITEM_NAME]"},
        {"body": "Late.", "last": True},
    ]


def test_choices_keep_their_order_in_a_package() -> None:
    """Clients see the answers in the order in which the author wrote them."""
    assert TEXT.index('"Yes"') < TEXT.index('"No"')
    organizer = next(
        t for t in Bundle.from_json(TEXT).templates if isinstance(t, OrganizerTemplate)
    )

    assert list(organizer.questions[0].choices) == ["Yes", "No"]


def test_a_notebook_shows_a_package_as_a_tree() -> None:
    """As the tree that it is."""
    assert BUNDLE._repr_json_()["format"] == FORMAT


def test_an_unknown_template_is_refused_with_the_nearest() -> None:
    """The place, the value, what there is and what was probably meant."""
    text = TEXT.replace('"template": "welcome"', '"template": "welcom"')

    problem = _problems(text)["$.pipelines[0].stages[0].automations[0].template"]

    assert problem.nearest == "welcome"
    assert problem.allowed == ("welcome",)


def test_a_newer_format_is_refused_with_advice() -> None:
    """It says which version this pipeflow reads, and what to do."""
    problem = _problems(_changed(lambda data: data.update(version=VERSION + 1)))["$.version"]

    assert f"reads versions up to {VERSION}" in problem.what
    assert "upgrade pipeflow" in problem.what


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True, None, []])
def test_a_version_that_never_was_is_refused(version: Any) -> None:
    """The versions that can be read are listed."""
    problem = _problems(_changed(lambda data: data.update(version=version)))["$.version"]

    assert problem.allowed == ("1",)


@pytest.mark.parametrize("key", ["format", "version"])
def test_what_does_not_say_that_it_is_a_package_is_refused(key: str) -> None:
    """Some other JSON file is no package with a hundred mistakes."""
    problems = _problems(_changed(lambda data: data.pop(key)))

    assert list(problems) == [f"$.{key}"]


@pytest.mark.parametrize("text", ["[]", "null", '"tax"', "5", "{}", '{"format": []}'])
def test_other_json_is_refused(text: str) -> None:
    """Whatever it is."""
    assert len(_problems(text)) == 1


def test_older_formats_are_lifted_step_by_step() -> None:
    """Each version has a function to the next, so that old packages stay readable."""
    upgrades = {
        1: lambda data: {"pipelines": data["services"]},
        2: lambda data: {**data, "name": "lifted"},
    }
    old = {"format": FORMAT, "version": 1, "services": []}

    assert lifted(old, upgrades, 3) == {"pipelines": [], "name": "lifted"}
    assert lifted({"format": FORMAT, "version": 3, "name": "new"}, upgrades, 3) == {"name": "new"}
    with pytest.raises(DefinitionError, match="Allowed: 1, 2, 3"):
        lifted({"format": FORMAT, "version": 0}, upgrades, 3)


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_package_is_refused(part: float) -> None:
    """Half a package is none."""
    problem = _problems(TEXT[: int(len(TEXT.rstrip()) * part)])["$"]

    assert "cut off" in problem.what


@pytest.mark.parametrize("opening", ["[", '{"pipelines":['])
def test_a_deeply_nested_package_is_refused(opening: str) -> None:
    """100,000 levels reach no parser."""
    text = TEXT.replace('"stages": [', '"stages": [' + opening * 100_000)

    assert "nested deeper than 32 levels" in _problems(text)["$"].what


def test_a_huge_package_is_refused_unread() -> None:
    """100 MB, as text and as bytes."""
    for huge in (" " * (2 * LARGEST), b"[" * (2 * LARGEST)):
        assert "larger than 5 MB" in _problems(huge)["$"].what


def test_everything_that_is_wrong_with_a_package_is_told_at_once() -> None:
    """Shapes, unknown names, rules of values, and references, in one error (design 1.7)."""

    def spoil(data: Any) -> None:
        stages = data["pipelines"][0]["stages"]
        stages[0]["automations"][1]["template"] = "leter"
        stages[1]["automove"] = "no"
        stages[2]["automations"][0]["typ"] = "x"
        stages[2]["automove"] = True
        data["templates"][0]["subjct"] = ""
        data["autor"] = "me"

    problems = _problems(_changed(spoil))

    assert set(problems) == {
        "$.pipelines[0].stages[0].automations[1].template",
        "$.pipelines[0].stages[1].automove",
        "$.pipelines[0].stages[2].automations[0].typ",
        "$.pipelines[0].stages[2].automove",
        "$.templates[0].subjct",
        "$.autor",
    }


def test_a_package_names_no_people() -> None:
    """A hand-written one neither."""
    text = _changed(lambda data: data["templates"][4].update(assignees=["mia"]))

    assert "holds no people" in _problems(text)["$.templates[4].assignees"].what


def test_a_package_is_kept_in_a_file(tmp_path: Path) -> None:
    """Saved and loaded it is the same."""
    BUNDLE.save(tmp_path / "tax.json")
    BUNDLE.save(str(tmp_path / "twin.json"))

    assert Bundle.load(tmp_path / "tax.json") == Bundle.load(str(tmp_path / "twin.json")) == BUNDLE
    assert (tmp_path / "tax.json").read_bytes() == TEXT.encode()


def test_a_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    """Who loads fifty packages wants to know which."""
    path = tmp_path / "tax.json"
    path.write_text("{", encoding="utf-8")

    with pytest.raises(DefinitionError) as caught:
        Bundle.load(path)

    assert caught.value.__notes__ == [f"in the file {path}"]


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """It says how to save it."""
    (tmp_path / "tax.json").write_bytes(TEXT.encode("utf-16"))

    with pytest.raises(DefinitionError, match="save the file as UTF-8"):
        Bundle.load(tmp_path / "tax.json")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """No more than the limit ever comes into memory."""
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(2 * LARGEST)

    with pytest.raises(DefinitionError, match="larger than 5 MB"):
        Bundle.load(path)


def test_a_file_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    """What every Python user would catch."""
    with pytest.raises(FileNotFoundError):
        Bundle.load(tmp_path / "none.json")


def _places(data: Any) -> list[tuple[Any, Any]]:
    """List every place of a tree: a container and the key or index in it."""
    if not isinstance(data, dict | list):
        return []
    keys = list(data) if isinstance(data, dict) else range(len(data))
    return [place for key in keys for place in ((data, key), *_places(data[key]))]


_JUNK: list[Any] = [
    None, True, 0, -1, 2**70, 1.5, float("nan"), "", "x", "\0", "a" * 300_000, [], {}, [[]],
    {"type": 1}, {"type": "send_email"}, ["a", 1], {"a": {}}, "welcome", "tax", "2027-01-01", "P3D",
]  # fmt: skip


@given(chance=st.randoms(use_true_random=False), times=st.integers(1, 4))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_a_spoilt_package_is_read_or_refused(chance: Any, times: int) -> None:
    """Whatever is deleted, replaced or doubled, only a PipeflowError comes out."""
    data = json.loads(TEXT)
    for _ in range(times):
        container, key = chance.choice(_places(data))
        match chance.randrange(4):
            case 0:
                del container[key]
            case 1:
                container[key] = copy.deepcopy(chance.choice(_JUNK))
            case 2 if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
            case 2:
                container[f"{key}x"] = container.pop(key)
            case _:
                other, place = chance.choice(_places(data))
                container[key] = copy.deepcopy(other[place])
        if not _places(data):
            break

    assert all(problem.where.startswith("$") for problem in _refusal(json.dumps(data)))


@given(cut=st.integers(0, len(TEXT)), junk=st.text(max_size=5))
@settings(max_examples=200)
def test_a_text_with_a_hole_is_read_or_refused(cut: int, junk: str) -> None:
    """Damage of the text itself, wherever it is."""
    assert all(map(str, _refusal(TEXT[:cut] + junk + TEXT[cut + len(junk) :])))
