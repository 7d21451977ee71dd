"""The pages hold together: links lead somewhere, and tables leave nothing out."""

import inspect
import json
import re
from pathlib import Path

import attrs
import pytest

from pipeflow import Engine, Settings, errors
from pipeflow.codec.kinds import CONDITIONS
from pipeflow.engine import commands
from pipeflow.model import events, facts
from pipeflow.model.events import WaitReason
from pipeflow.model.items import ItemKind
from pipeflow.model.templates import Template
from pipeflow.rules.merge_fields import known_codes
from pipeflow.testing.people import Client, Team

# Each by its name, for a slotted class is made twice, and the first lives until it is collected.
TEMPLATES = list({one.__name__: one for one in Template.__subclasses__()}.values())
ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *NOTEBOOKS,
]
LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')


def _prose(page: Path) -> str:
    """Return a page without its code."""
    text = page.read_text(encoding="utf-8")
    if page in NOTEBOOKS:
        cells = (cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")
        text = "\n\n".join("".join(cell["source"]) for cell in cells)
    return FENCE.sub("", text)


def _anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make, and those that are written down."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(_prose(page)))
    made = {heading.strip().replace(" ", "-") for heading in words}
    return made | set(ANCHOR.findall(_prose(page)))


def _named(name: str) -> str:
    return _prose(ROOT / "docs" / name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    """A newcomer who follows a link arrives."""
    lost = []
    for link in LINK.findall(_prose(page)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            lost.append(link)

    assert lost == []


def test_every_page_can_be_reached_from_the_index() -> None:
    """No page is left in the dark."""
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(_prose(index))}

    assert {page for page in PAGES if page.parent != ROOT} - {index} <= linked


def test_the_table_of_merge_fields_leaves_none_out() -> None:
    """Every code that a template may hold stands on the page."""
    page = _named("merge-fields.md")

    codes = known_codes(contact=True, job=True, item=True)
    assert [code for code in codes if f"[{code}]" not in page and f"[{code}:" not in page] == []


def test_every_error_stands_in_the_index_of_errors() -> None:
    """What can be raised can be looked up."""
    page = _named("errors.md")
    raised = [name for name in errors.__all__ if name.endswith("Error")]

    assert [name for name in raised if f"`{name}`" not in page] == []


def test_every_reason_to_wait_is_explained() -> None:
    """What `explain` may answer stands in the concepts."""
    page = _named("concepts.md")

    assert [str(reason) for reason in WaitReason if f"`{reason}`" not in page] == []


@pytest.mark.parametrize("kind", ItemKind, ids=str)
def test_the_table_of_facts_has_a_row_for_each_kind_of_item(kind: ItemKind) -> None:
    """A row names the facts that may happen to its kind, and no others."""
    rows = [line for line in _named("facts.md").splitlines() if f"`{kind}`" in line[:60]]

    told = [{name for name in re.findall(r"`(\w+)`", row) if hasattr(facts, name)} for row in rows]
    own = {one.__name__ for one in facts.ALL if kind in one.about} - {"Cancelled", "Reopened"}
    assert told == [own]


def test_every_condition_stands_in_the_tables_of_its_page() -> None:
    """Whoever wonders what can be asked finds all of it, as it is written in code."""
    page = _named("conditions.md")
    asked = [name for name in CONDITIONS.values() if f"| `{name}(" not in page]

    assert [name for name in asked if f"| `{name}` |" not in page] == []


def test_every_fact_stands_on_the_page_of_facts() -> None:
    """Those of all kinds, and of none, too."""
    page = _named("facts.md")

    assert [one.__name__ for one in facts.ALL if f"`{one.__name__}`" not in page] == []


def test_the_second_table_of_facts_has_a_row_for_each_fact_with_what_it_takes() -> None:
    """Whoever writes one down reads its arguments there."""
    page = _named("facts.md")
    rows = dict(re.findall(r"^\| `(\w+)\((.*?)\)` \|", page, re.MULTILINE))
    told = {name: re.findall(r"(\w+)(?:=|,|$)", takes) for name, takes in rows.items()}
    fields = {one.__name__: [field.name for field in attrs.fields(one)] for one in facts.ALL}

    assert {name: [t for t in told[name] if t in fields[name]] for name in told} == fields


def test_every_event_stands_in_the_concepts() -> None:
    """What a history may tell can be looked up, and listened to."""
    page = _named("concepts.md")
    all_of_them = (getattr(events, name) for name in events.__all__)
    kinds = {one for one in all_of_them if isinstance(one, type) and issubclass(one, events.Event)}

    told = {name for name in re.findall(r"`(\w+)`", page) if hasattr(events, name)}
    assert {one.__name__ for one in kinds - {events.Event}} - told == set()


@pytest.mark.parametrize("kind", TEMPLATES, ids=lambda kind: kind.__name__)
def test_every_field_of_a_template_stands_in_the_section_of_its_kind(kind: type) -> None:
    """What all kinds have stands before the first of them."""
    common, *sections = _named("templates.md").split("\n## ")
    (own,) = [one for one in sections if f"\n`{kind.__name__}` " in one]
    fields = [field.name for field in attrs.fields(kind) if field.init and field.name != "revision"]

    assert [name for name in fields if f"`{name}`" not in own + common] == []


def test_every_call_of_the_engine_stands_on_its_page() -> None:
    """A call that is not there is not found."""
    page = _named("engine.md")
    calls = [name for name in dir(Engine) if not name.startswith("_")]

    assert [name for name in calls if f"`{name}(" not in page and f"`{name}`" not in page] == []


@pytest.mark.parametrize("cast", [Client, Team], ids=lambda cast: cast.__name__.lower())
def test_the_table_of_verbs_leaves_none_out_and_names_the_item_of_each(cast: type) -> None:
    """Whoever tests a pipeline finds who acts on which kind of item."""
    row = re.compile(
        rf"^\| `world\.{cast.__name__.lower()}\.(\w+)\(.*?\)` \| `(\w+)` \|", re.MULTILINE
    )
    told = dict(row.findall(_named("how-to/test.md")))
    verbs = {name: verb for name, verb in vars(cast).items() if not name.startswith("_")}
    kinds = {
        name: re.findall(r"ItemKind\.(\w+)", inspect.getsource(verb))
        for name, verb in verbs.items()
    }

    assert {name: [ItemKind(kind).name] for name, kind in told.items()} == kinds


def test_the_table_of_settings_leaves_none_out() -> None:
    """Every field that a firm may set has its row; the revision is the store's."""
    page = _named("settings.md")
    fields = [field.name for field in attrs.fields(Settings) if field.name != "revision"]

    assert [name for name in fields if f"| `{name}` |" not in page] == []


def test_the_table_of_rights_has_a_row_for_each_action_with_what_it_is_about() -> None:
    """Whoever writes a policy finds every name that it is asked with, as the commands say it."""
    page = _named("how-to/rights.md")
    told = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", page, re.MULTILINE))
    system = {"deliver", "withdraw", "trigger", "recur"}
    about: dict[str, set[str]] = {}
    for one in (getattr(commands, name) for name in commands.__all__):
        own = inspect.getattr_static(one, "about")
        if (
            own is not inspect.getattr_static(commands.Command, "about")
            and one is not commands.Wake
        ):
            words = str(inspect.getdoc(own.fget)).removesuffix(".")
            about.setdefault(one.action, set()).add(words[0].lower() + words[1:])

    asked = {action: {told.get(action, "")} for action in about.keys() - system}
    assert asked == {action: about[action] for action in about.keys() - system}
    assert told.keys() == {*asked, "read"}
    assert all(f"`{action}`" in page for action in system)


def test_every_call_that_takes_an_actor_stands_in_the_table_of_rights() -> None:
    """Whatever it is called, one finds under which action it is asked about."""
    rows = re.findall(r"^\| `\w+` \| .+? \| (.+) \|$", _named("how-to/rights.md"), re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    calls = dict(inspect.getmembers(Engine, inspect.isfunction))

    takes = {name for name, one in calls.items() if "actor" in inspect.signature(one).parameters}
    assert {name for name in takes if not name.startswith("_")} == told
