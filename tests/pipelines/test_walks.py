"""Pipelines that real firms publish, each a package: what their sources say happens, happens."""

import pytest

from pipeflow import Bundle
from tests.pipelines.walks import (
    HERE,
    PACKAGES,
    Journey,
    Walk,
    bundle,
    follow,
    unfilled,
    visit_all,
    walks,
)

WALKS = [walk for package in PACKAGES for walk in walks(package)]


def test_every_package_has_its_walks() -> None:
    """All 33 published pipelines are here, and each is walked at least once."""
    assert len(PACKAGES) == 33
    assert {path.name for path in HERE.glob("*.walks.json")} == {
        f"{package}.walks.json" for package in PACKAGES
    }
    assert {walk.package for walk in WALKS} == set(PACKAGES)


@pytest.mark.parametrize("copies", [1, 2], ids=["first-copy", "second-copy"])
@pytest.mark.parametrize("walk", WALKS, ids=str)
def test_what_the_source_expects_happens(walk: Walk, copies: int) -> None:
    """A job walks as its source says, through a second copy of the package as through the first."""
    follow(Journey(bundle(walk.package), tags=walk.tags, copies=copies), walk)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_survives_its_text(package: str) -> None:
    """Read, written and read again it is equal, and the file is exactly what `to_json` writes."""
    one = bundle(package)

    assert Bundle.from_json(one.to_json()) == one
    assert one.to_json() == (HERE / f"{package}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_second_copy_stands_beside_the_first(package: str) -> None:
    """Installing twice overwrites nothing: every id of the copy ends in -2, every name in (2)."""
    one = bundle(package)
    journey = Journey(one, copies=2)
    engine, copy = journey.world.engine, journey.installed

    assert copy.ids == {id: f"{id}-2" for id in (package, *(t.id for t in one.templates))}
    assert [t.name for t in copy.templates] == [f"{t.name} (2)" for t in one.templates]
    assert engine.pipeline(package) == one.pipelines[0]
    assert tuple(engine.template(template.id) for template in one.templates) == one.templates


@pytest.mark.parametrize("package", PACKAGES)
def test_what_reaches_people_has_all_its_merge_fields_filled(package: str) -> None:
    """No client reads `[ACCOUNT_NAME]`: texts are rendered before they leave."""
    journey = Journey(bundle(package), tags=frozenset(t for w in walks(package) for t in w.tags))

    asked = visit_all(journey)

    automations = [one for stage in journey.pipeline.stages for one in stage.automations]
    assert {request.template for request in asked} >= {
        one.uses for one in automations if one.uses is not None and one.when is None
    }
    assert unfilled(asked) == []
    assert "[" not in journey.job.name
    assert journey.account.name in journey.job.name
