"""Text checks: merge fields that mean nothing where they stand, and names that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import Problem
from ..model.pipelines import Pipeline
from ..model.templates import FolderTemplate, Template
from ..ports.ports import NAMES
from ..rules.gaps import (
    ANOTHER,
    SAVE_TOGETHER,
    own_problems,
    pipeline_problems,
    template_problems,
)
from ..rules.merge_fields import meant_codes
from .findings import Finding
from .needs import needs_of
from .places import Places

__all__ = ["own_findings", "pipeline_findings", "template_findings"]

SHOWN = 3  # names that a suggestion lists


def pipeline_findings(
    pipeline: Pipeline, templates: Mapping[str, Template], pipelines: Mapping[str, Pipeline]
) -> Iterator[Finding]:
    """Yield what a pipeline names and nobody has, and merge fields that its own texts misuse.

    Members are a firm's own, and are looked for when the pipeline is saved there.
    """
    members = needs_of((pipeline,), ()).members
    places = Places(pipeline)
    for one in pipeline_problems(pipeline, templates, members, NAMES, pipelines):
        yield _found(one, places.of(one.where), one.where)


def own_findings(pipeline: Pipeline) -> Iterator[Finding]:
    """Yield the merge fields that a pipeline's own texts misuse, and ids of triggers that come
    twice, where no library is known.
    """
    places = Places(pipeline)
    for one in own_problems(pipeline):
        yield _found(one, places.of(one.where), one.where)


def template_findings(
    template: Template, path: str, templates: Mapping[str, Template]
) -> Iterator[Finding]:
    """Yield the merge fields of a template that are unknown, or not there in its mode or place.

    Args:
        template: Which.
        path: Where it stands.
        templates: Those that it may name.
    """
    members = needs_of((), (template,)).members
    place = f"{template.kind} template {template.name!r}"
    for one in template_problems(template, templates, members):
        yield _found(one, place, f"{path}{one.where.removeprefix('$')}")
    if isinstance(template, FolderTemplate):
        yield from _folder_findings(template, place, path)


def _folder_findings(template: FolderTemplate, place: str, path: str) -> Iterator[Finding]:
    for number, folder in enumerate(template.folders):
        for code in meant_codes(folder.path):
            told = f"The folder {folder.path!r} is called so, for {code} is not filled in there."
            instead = "Write the name itself, and a template for each year."
            yield Finding("not-filled-in", place, f"{path}.folders[{number}].path", told, instead)


def _found(problem: Problem, place: str, path: str) -> Finding:
    """Say as a finding what a save would refuse."""
    code = "merge-field" if "merge field" in problem.what else "missing"
    if problem.what.endswith(ANOTHER):
        code = "same-id"
    what = problem.what.removesuffix(SAVE_TOGETHER).rstrip()  # here nothing is saved
    what = what.removesuffix(f"; {ANOTHER}")
    sentence = what if what.endswith(".") else f"{what}."
    return Finding(code, place, path, sentence[:1].upper() + sentence[1:], _instead(problem))


def _instead(problem: Problem) -> str:
    if problem.what.endswith(ANOTHER):
        return f"{ANOTHER.capitalize()}."
    if problem.nearest:
        return f"Did you mean {problem.nearest!r}?"
    names = ", ".join(problem.allowed[:SHOWN])
    more = ", ..." if len(problem.allowed) > SHOWN else ""
    there = f" There is {names}{more}." if names else ""
    if SAVE_TOGETHER in problem.what:
        return f"Add it to the package or the library, or name another one.{there}"
    return there.strip() or "Correct the text."
