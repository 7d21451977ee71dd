"""The library under examples/packages: what is true of every package in it, and of all together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    Account,
    AccountType,
    Bundle,
    Condition,
    OrganizerTemplate,
    Pipeline,
    ProposalTemplate,
    TagChange,
    UpdateAccountTags,
    Warned,
)
from pipeflow.model.conditions import AllOf, AnyOf, Not
from pipeflow.testing import World
from tests.pipelines.seasons import LIBRARY, NAMES, Season, every_text, package
from tests.pipelines.walks import Journey, roles, unfilled, visit_all

EVERY = pytest.mark.parametrize("name", NAMES)
README = (LIBRARY / "README.md").read_text(encoding="utf-8")
PLACEHOLDER = re.compile(
    r"\b(?:todo|tbd|tbc|fixme|xxx+|lorem|ipsum|foo|example\.com|your firm name)\b|_{3,}|"
    r"\{\w+\}",
    re.IGNORECASE,
)
BRITISH = re.compile(
    r"\b(?:\w*(?:colour|favour|honour|labour|behaviour|neighbour)\w*|cheques?|licence\w*|"
    r"judgement\w*|wilful\w*|whilst|amongst|programmes?|centres?|enrol|fulfil|"
    r"(?:organ|recogn|author|capital|categor|final|item|summar|minim|real|util)is(?:e|ed|es|ing)|"
    r"(?:organ|author|capital|categor)isation\w*|analyse\w*|analysing|travell\w+|cancell(?:ed|ing)|"
    r"labell\w+|catalogue\w*|instalments?|mould|tyres?|defence|offence|pretence|practis\w+|grey|"
    r"ageing|per cent|e-mails?|tick(?:s|ed|ing)?|post ?code)\b",
    re.IGNORECASE,
)
PORTS = {
    "apply_folder_template": {"folders"},
    "create_invoice": {"invoices"},
    "create_organizer": {"organizers"},
    "create_task": {"tasks"},
    "send_email": {"email"},
    "send_message": {"messages"},
    "send_proposal": {"proposals"},
    "update_account_access": set[str](),
    "update_account_tags": set[str](),
    "update_job_assignees": set[str](),
}
WITHOUT_WORDS = {"individual-tax"}  # its reminders say what the firm's settings say


def values(data: Any, key: str) -> Iterator[Any]:
    """Yield what stands under a key anywhere in the JSON of a package."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(data, list):
        for one in data:
            yield from values(one, key)


def written(name: str) -> Any:
    """Read a package as what it is in its file, independent of pipeflow."""
    return json.loads((LIBRARY / f"{name}.json").read_text(encoding="utf-8"))


def conditions(pipeline: Pipeline) -> list[Condition]:
    """List all conditions of a pipeline."""
    automations = chain.from_iterable(stage.automations for stage in pipeline.stages)
    asked = (*(stage.when for stage in pipeline.stages), *(one.when for one in automations))
    return [one for one in asked if one is not None]


def clients(pipeline: Pipeline) -> list[Account]:
    """Make a client for each way to answer what the conditions of stages and automations ask."""
    asked = sorted(frozenset[str]().union(*(one.tags for one in conditions(pipeline))))
    some = chain.from_iterable(combinations(asked, number) for number in range(len(asked) + 1))
    kinds = (AccountType.INDIVIDUAL, AccountType.COMPANY)
    return [Account("x", tags=tags, type=kind) for tags in some for kind in kinds]


def reached(pipeline: Pipeline, client: Account) -> list[str]:
    """List the stages into which automove brings a client whose tags stay as they are."""
    path = [pipeline.stages[0]]
    for stage in pipeline.stages[1:]:
        if path[-1].automove and (stage.when is None or stage.when.holds(client)):
            path.append(stage)
    return [stage.id for stage in path]


def parts_of(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and all that stand in it."""
    yield condition
    inner = condition.of if isinstance(condition, AllOf | AnyOf) else ()
    for one in (condition.of,) if isinstance(condition, Not) else inner:
        yield from parts_of(one)


def tags_set(bundle: Bundle) -> set[str]:
    """List the tags that answers, packages of proposals and automations of a package put on."""
    changes = [
        change
        for template in bundle.templates
        for change in (
            [one for question in template.all_questions for one in question.choices.values()]
            if isinstance(template, OrganizerTemplate)
            else [one.tags for one in template.packages]
            if isinstance(template, ProposalTemplate)
            else []
        )
    ]
    added = {tag for change in changes if isinstance(change, TagChange) for tag in change.add}
    automations = (one for stage in bundle.pipelines[0].stages for one in stage.automations)
    return added.union(*(one.add for one in automations if isinstance(one, UpdateAccountTags)))


def words(bundle: Bundle) -> str:
    """Join all that a firm or its clients read of a package."""
    data = json.loads(bundle.to_json())
    return "\n".join(every_text(data))


def test_the_library_has_what_firms_ask_for() -> None:
    """Ten packages; a file that is added here is tested and listed, too."""
    assert NAMES == (
        "business-tax",
        "client-onboarding",
        "estate-planning",
        "extension",
        "individual-tax",
        "legal-intake",
        "monthly-bookkeeping",
        "notice-handling",
        "payroll",
        "sales-tax",
    )


@EVERY
def test_its_file_is_what_to_json_writes(name: str) -> None:
    """Byte for byte: who loads, edits and saves one sees their own edit alone in a diff."""
    text = (LIBRARY / f"{name}.json").read_bytes()

    assert package(name).to_json().encode("utf-8") == text
    assert Bundle.from_json(text) == package(name)
    assert package(name).pipelines[0].id == name


def test_one_of_them_is_there_in_every_notation() -> None:
    """YAML and TOML say what its JSON says, and what stands beside it."""
    others = sorted(path for path in LIBRARY.iterdir() if path.suffix not in {".json", ".md"})

    assert [path.name for path in others] == ["extension.toml", "extension.yaml"]
    for path in others:
        assert Bundle.load(path) == package(path.stem)
        assert path.read_text(encoding="utf-8").startswith("# The package of extension.json")
    assert others[1].read_text(encoding="utf-8").endswith(package("extension").to_yaml())


@EVERY
def test_it_is_installed_and_prints(name: str) -> None:
    """In a firm that has nothing; the overview shows each stage under its name."""
    engine = World().engine

    installed = engine.install(package(name))

    shown = str(engine.overview(installed.pipeline))
    assert installed.pipeline == package(name).pipelines[0]
    assert [stage.name for stage in installed.pipeline.stages if stage.name not in shown] == []
    assert str(installed).startswith(f"installed pipeline {installed.pipeline.name!r} with ")


def test_all_of_them_are_installed_together_and_once_more() -> None:
    """No id is taken by two of them, and a second copy overwrites nothing of the first."""
    engine = World().engine

    first = [engine.install(package(name)) for name in NAMES]
    again = [engine.install(package(name)) for name in NAMES]

    assert [(old, new) for one in first for old, new in one.ids.items() if old != new] == []
    assert [one.pipeline for one in first] == [package(name).pipelines[0] for name in NAMES]
    for old, new in zip(first, again, strict=True):
        assert new.ids == {id: f"{id}-2" for id in old.ids}
        assert engine.pipeline(old.pipeline.id) == old.pipeline
        assert [engine.template(one.id) for one in old.templates] == list(old.templates)
    assert len(engine.templates()) == 2 * sum(len(package(name).templates) for name in NAMES)


@EVERY
def test_installing_it_tells_all_that_it_needs(name: str) -> None:
    """R-31: roles, fields, tags and ports, as they stand in the file."""
    data = written(name)
    automations = list(chain.from_iterable(values(data["pipelines"], "automations")))
    named = [one for key in ("add", "remove", "assignees") for one in values(data, key)]
    people = [one for several in named for one in several if isinstance(one, dict)]
    changed = [one for several in named for one in several if isinstance(one, str)]
    asked = [one["names"] for one in values(data, "when") if "names" in one]

    installed = World().engine.install(package(name))

    assert installed.roles == {one["name"] for one in people}
    assert installed.fields == set(values(data, "field"))
    assert installed.tags >= {*changed, *chain.from_iterable(asked)}
    assert installed.ports >= set[str]().union(*(PORTS[one["type"]] for one in automations))
    assert installed.ports >= {"email"}
    assert installed.members == frozenset()


@EVERY
def test_it_says_to_people_what_it_needs(name: str) -> None:
    """Its description and the list of the library name roles, fields, and tags set by hand."""
    bundle = package(name)
    (listed,) = (one for one in README.split("\n## ") if f"`{name}.json`" in one)
    looked_at = frozenset[str]().union(*(one.tags for one in conditions(bundle.pipelines[0])))

    assert [role for role in roles(bundle) if role not in bundle.description] == []
    assert [role for role in roles(bundle) if role not in listed] == []
    assert [field for field in values(written(name), "field") if field not in listed] == []
    assert [tag for tag in looked_at - tags_set(bundle) if tag not in bundle.description] == []


@EVERY
def test_every_template_is_used(name: str) -> None:
    """Nothing is shipped that nobody would ever see."""
    pipeline, templates = package(name).pipelines[0], package(name).templates
    used = {one.uses for stage in pipeline.stages for one in stage.automations}
    used |= {pipeline.job_template}
    used |= {one.invoice_on_acceptance for one in templates if isinstance(one, ProposalTemplate)}

    assert [template.id for template in templates if template.id not in used] == []


@EVERY
def test_every_stage_and_every_automation_is_reached_by_some_client(name: str) -> None:
    """By automove, and with tags that something in the package sets or its description names."""
    pipeline = package(name).pipelines[0]
    ways = {client: reached(pipeline, client) for client in clients(pipeline)}
    fired = {
        (stage, one.id)
        for client, path in ways.items()
        for stage in path
        for one in pipeline.stage(stage).automations
        if one.when is None or one.when.holds(client)
    }

    assert {stage for path in ways.values() for stage in path} == {s.id for s in pipeline.stages}
    assert pipeline.stages[-1].id in reached(pipeline, Account("x"))
    assert fired == {(stage.id, one.id) for stage in pipeline.stages for one in stage.automations}


@EVERY
def test_a_client_skips_some_stage_and_another_enters_all(name: str) -> None:
    """Each package has something that is for some clients only."""
    pipeline = package(name).pipelines[0]

    assert len({tuple(reached(pipeline, client)) for client in clients(pipeline)}) > 1
    assert all(stage.automove for stage in pipeline.stages[:-1] if stage.id != "declined")


@EVERY
@pytest.mark.parametrize("all_tags", [True, False], ids=["all-tags", "no-tags"])
def test_what_reaches_people_has_all_its_merge_fields_filled(name: str, all_tags: bool) -> None:
    """Whatever tags an account has: no code stays, no value lacks, and nothing is warned of."""
    asked = frozenset[str]().union(*(one.tags for one in conditions(package(name).pipelines[0])))
    journey = Journey(package(name), tags=asked if all_tags else frozenset())

    left = unfilled(visit_all(journey))

    history = journey.world.engine.history(journey.job)
    assert left == []
    assert [str(event) for event in history if isinstance(event, Warned)] == []
    assert "Ada Lovelace" in journey.job.name
    assert journey.job.due is not None


@EVERY
def test_its_texts_could_be_sent_as_they_are(name: str) -> None:
    """No placeholder, no double space, one spelling: that of the United States."""
    text = words(package(name))

    assert PLACEHOLDER.findall(text) == []
    assert BRITISH.findall(text) == []
    assert re.findall(r"[^\n ]  +\S|[ \t]\n|\n{3,}|\s[,;:!?]|\.\.", text) == []
    assert re.findall(r"[“”‘’…–—]|\t", text) == []


def test_the_search_for_placeholders_and_spellings_finds_them() -> None:
    """So that it is not green for nothing."""
    assert PLACEHOLDER.findall("TODO Lorem ____ {name} tbd foo") != []
    assert len(PLACEHOLDER.findall("TODO Lorem ____ {name} tbd")) == 5
    said = "Organise the cheque, colour it grey, tick the licence and cancelled e-mails"
    assert len(BRITISH.findall(said)) == 8


@EVERY
def test_whoever_writes_to_a_client_signs(name: str) -> None:
    """E-mails, messages and reminders end with who wrote them."""
    data = written(name)
    bodies = [text for text in values(data["templates"], "body") if text]

    assert len(bodies) >= 3
    assert [text for text in bodies if not re.search(r"\n[A-Z][\w ]+ team$", text)] == []


@EVERY
def test_letters_organizers_and_invoices_are_those_of_the_trade(name: str) -> None:
    """Terms in numbered or named clauses, real lists of questions, and amounts in dollars."""
    data = written(name)
    letters = [one for one in data["templates"] if one["type"] == "proposal_template"]
    tasks = [one for one in data["templates"] if one["type"] == "task_template"]

    assert all(one["terms"].count("\n\n") >= 4 and len(one["terms"]) > 900 for one in letters)
    assert all(len(one["subtasks"]) >= 3 and one["description"] and one["due"] for one in tasks)
    assert set(values(data, "currency")) == {"USD"}
    assert all(
        len(template.all_questions) >= 4
        for template in package(name).templates
        if isinstance(template, OrganizerTemplate)
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_WORDS])
def test_reminders_have_words_of_their_own_by_number(name: str) -> None:
    """A first, a second and a last one, at everything that clients are reminded of."""
    bundle = package(name)
    automations = [one for stage in bundle.pipelines[0].stages for one in stage.automations]
    reminded = {one.uses for one in automations if getattr(one, "reminders", None)}
    reminded |= {one.id for one in bundle.templates if getattr(one, "reminders", None)}
    said = {one.id: getattr(one, "reminder_texts", ()) for one in bundle.templates}

    assert reminded
    for template in reminded:
        numbers = [(one.number, one.last) for one in said[str(template)]]
        texts = [part for one in said[str(template)] for part in (one.subject, one.body)]
        assert numbers == [(None, False), (2, False), (None, True)], template
        assert len(set(texts)) == 6


@EVERY
def test_a_client_who_never_answers_is_left_in_peace_in_the_end(name: str) -> None:
    """Reminders end by themselves, and nothing else happens without the client."""
    season = Season(name)

    season.waits(days=200)
    sent = len(season.world.email.sent)
    season.waits(days=200)

    assert season.path == [season.installed.pipeline.stages[0].name]
    assert 0 < len(season.reminders) <= 4
    assert len(season.world.email.sent) == sent


def test_the_list_of_the_library_names_every_package_once() -> None:
    """And no other."""
    assert re.findall(r"^## .*`([\w-]+)\.json`$", README, re.MULTILINE) == list(NAMES)
    assert all(Path(LIBRARY / f"{name}.json").is_file() for name in NAMES)


def test_conditions_look_only_at_what_every_firm_has() -> None:
    """Tags and the type of an account: no package needs a custom field to find its way."""
    found = {
        type(part)
        for name in NAMES
        for one in conditions(package(name).pipelines[0])
        for part in parts_of(one)
    }

    assert {kind.__name__ for kind in found} == {
        "AccountIs",
        "AllOf",
        "Not",
        "Tagged",
        "TaggedAny",
    }
