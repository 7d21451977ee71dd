"""Lint of a pipeline alone: what it shows by itself is found, what the firm has is not asked."""

from __future__ import annotations

import pytest

from pipeflow import (
    Automation,
    NotifyTeam,
    Pipeline,
    Role,
    SendEmail,
    Stage,
    StartJob,
    UpdateClientStatus,
    UpdateJob,
    lint,
)


def line(*automations: Automation) -> Pipeline:
    """Return a pipeline that does this."""
    return Pipeline("Tax", [Stage("All", [*automations]), Stage("Done")])


@pytest.mark.parametrize(
    ("automation", "path"),
    [
        (NotifyTeam(to=[Role("boss")], subject="[ACCOUNT_NANE]", body="Here"), "subject"),
        (NotifyTeam(to=[Role("boss")], subject="Here", body="[FIRST_NAME]"), "body"),
        (UpdateClientStatus(status="[NOPE]"), "status"),
        (UpdateJob(description="[NOPE]"), "description"),
        (StartJob("other", name="[NOPE]"), "name"),
    ],
)
def test_merge_fields_of_the_pipelines_own_texts_are_looked_over(
    automation: Automation, path: str
) -> None:
    """A save would refuse them, whatever else the firm has."""
    found = lint(line(automation)).of("merge-field")

    assert [one.path for one in found] == [f"$.stages[0].automations[0].{path}"]
    assert found == lint(line(automation), []).of("merge-field")


def test_what_the_firm_may_have_is_not_missed() -> None:
    """Nobody said which templates and pipelines there are."""
    assert not lint(line(SendEmail("welcome"), StartJob("other"))).of("missing", "merge-field")
