"""Lint of the packages that firms start from: they are sound, and every planted fault is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
import pytest

from pipeflow import (
    Automation,
    Bundle,
    EmailTemplate,
    Pipeline,
    SendEmail,
    SetStatus,
    Stage,
    StartJob,
    UpdateAccountTags,
    answered,
    field_is,
    lint,
    tagged,
)
from tests.pipelines.seasons import NAMES, package

# A fault in a stage: the stage with it, the code by which it is found, and where in the stage.
Planted = tuple[Stage, str, str]
NEVER = tagged("x") & ~tagged("x")


def with_automations(stage: Stage, *automations: Automation) -> Stage:
    """Copy a stage with other automations."""
    return attrs.evolve(stage, automations=automations)


def contradictions(stage: Stage) -> Iterator[Planted]:
    """Let each automation of a stage have a condition that nobody fulfils."""
    for number, one in enumerate(stage.automations):
        several = list(stage.automations)
        several[number] = attrs.evolve(one, when=NEVER)
        yield with_automations(stage, *several), "never-fires", f".automations[{number}]"


def copies(stage: Stage) -> Iterator[Planted]:
    """Do something twice, right behind each other."""
    for number, one in enumerate(stage.automations):
        several = list(stage.automations)
        several.insert(number + 1, attrs.evolve(one, id=None))
        yield with_automations(stage, *several), "duplicate", f".automations[{number + 1}]"


def thefts(stage: Stage) -> Iterator[Planted]:
    """Clear the tags just before a condition needs one."""
    yield (
        with_automations(
            stage,
            *stage.automations,
            UpdateAccountTags(clear=True),
            SendEmail("planted", when=tagged("vip") & ~tagged("other")),
        ),
        "taken-away",
        f".automations[{len(stage.automations) + 1}]",
    )


def latecomers(stage: Stage) -> Iterator[Planted]:
    """Give a tag right behind the condition that needs it."""
    yield (
        with_automations(
            stage,
            SendEmail("planted", when=tagged("a tag of nobody")),
            UpdateAccountTags(add={"a tag of nobody"}),
            *stage.automations,
        ),
        "added-later",
        ".automations[0]",
    )


def idlers(stage: Stage) -> Iterator[Planted]:
    """Change no tags."""
    several = (*stage.automations, UpdateAccountTags())
    yield with_automations(stage, *several), "no-effect", f".automations[{len(several) - 1}]"


def waits(stage: Stage) -> Iterator[Planted]:
    """Let an automoving stage make nothing that holds it, or all of it under a condition."""
    if not stage.automove or stage.triggers:
        return
    loose = [attrs.evolve(one, holds=not one.makes_item) for one in stage.automations]
    yield with_automations(stage, *loose), "nothing-to-complete", ""
    asked = [
        attrs.evolve(one, when=tagged("a tag of nobody")) if one.makes_item else one
        for one in stage.automations
    ]
    yield with_automations(stage, *asked), "stuck", ""


def unentered(stage: Stage) -> Iterator[Planted]:
    """Let nobody into a stage that some skip already."""
    if stage.when is not None:
        yield attrs.evolve(stage, when=stage.when & ~stage.when), "never-entered", ""


def contradicted_fields(stage: Stage) -> Iterator[Planted]:
    """Ask for two values of one field at once."""
    both = field_is("state", "CA") & field_is("state", "NY")
    several = (*stage.automations, SendEmail("planted", when=both))
    yield with_automations(stage, *several), "never-fires", f".automations[{len(several) - 1}]"


def overruled(stage: Stage) -> Iterator[Planted]:
    """Set a status that the next automation sets otherwise."""
    several = (*stage.automations, SetStatus("Active"), SetStatus("Completed"))
    yield with_automations(stage, *several), "overruled", f".automations[{len(several) - 2}]"


def mistaken_answers(stage: Stage) -> Iterator[Planted]:
    """Ask for the answer to a question that nobody asks."""
    several = (*stage.automations, SendEmail("planted", when=answered("Never asked by anybody?")))
    where = f".automations[{len(several) - 1}].when"
    yield with_automations(stage, *several), "unasked", where


def crowds(stage: Stage) -> Iterator[Planted]:
    """Ask for more tags than can be thought through."""
    mails = (SendEmail("planted", when=tagged(f"tag {number}")) for number in range(17))
    yield with_automations(stage, *stage.automations, *mails), "in-part", ".automations"


PLANTS: dict[str, Callable[[Stage], Iterator[Planted]]] = {
    "contradictions": contradictions,
    "copies": copies,
    "thefts": thefts,
    "latecomers": latecomers,
    "idlers": idlers,
    "waits": waits,
    "unentered": unentered,
    "contradicted fields": contradicted_fields,
    "overruled": overruled,
    "mistaken answers": mistaken_answers,
    "crowds": crowds,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_package_of_the_library_is_sound(name: str) -> None:
    """Nothing is found in it, not even a note."""
    assert lint(package(name)).found == ()


def planted(name: str, plant: str) -> Iterator[tuple[Bundle, str, str]]:
    """Yield a package with one fault after another, and what is to be found where."""
    bundle, extra = package(name), EmailTemplate("Planted", subject="Hello")
    for place, pipeline in enumerate(bundle.pipelines):
        for number, stage in enumerate(pipeline.stages):
            for faulty, code, where in PLANTS[plant](stage):
                stages = list(pipeline.stages)
                stages[number] = faulty
                lines: list[Pipeline] = list(bundle.pipelines)
                lines[place] = attrs.evolve(pipeline, stages=stages)
                whole = attrs.evolve(bundle, pipelines=lines, templates=(*bundle.templates, extra))
                yield whole, code, f"$.pipelines[{place}].stages[{number}]{where}"


@pytest.mark.parametrize("plant", PLANTS)
def test_every_fault_that_is_planted_in_a_package_is_found(plant: str) -> None:
    """In each stage of each package in turn."""
    count = 0
    for name in NAMES:
        for bundle, code, path in planted(name, plant):
            count += 1
            found = [(one.code, one.path) for one in lint(bundle)]
            assert (code, path) in found, (name, path, found)
    assert count > 5


@pytest.mark.parametrize("name", NAMES)
def test_a_pipeline_that_starts_its_own_like_is_found(name: str) -> None:
    """In each stage of each package, where a job started there would never come to rest."""
    bundle = package(name)
    for place, pipeline in enumerate(bundle.pipelines):
        for number, stage in enumerate(pipeline.stages):
            again = StartJob(pipeline, stage=stage)
            stages = list(pipeline.stages)
            stages[number] = with_automations(stage, *stage.automations, again)
            lines = list(bundle.pipelines)
            lines[place] = attrs.evolve(pipeline, stages=stages)
            found = lint(attrs.evolve(bundle, pipelines=lines)).of("endless")
            path = f"$.pipelines[{place}].stages[{number}].automations[{len(stage.automations)}]"
            assert [one.path for one in found] == [path]


@pytest.mark.parametrize("name", NAMES)
def test_a_mistyped_merge_field_is_found_in_each_mail(name: str) -> None:
    """And a template that nothing uses."""
    bundle = package(name)
    for number, one in enumerate(bundle.templates):
        if not isinstance(one, EmailTemplate):
            continue
        templates = list(bundle.templates)
        templates[number] = attrs.evolve(one, subject="For [ACOUNT_NAME]")
        found = lint(attrs.evolve(bundle, templates=templates))
        assert [(one.code, one.path) for one in found] == [
            ("merge-field", f"$.templates[{number}].subject")
        ]
    spare = EmailTemplate("Planted", subject="Hello")
    found = lint(attrs.evolve(bundle, templates=(*bundle.templates, spare)))
    assert [(one.code, one.path) for one in found] == [
        ("unused", f"$.templates[{len(bundle.templates)}]")
    ]
