"""Inspection: a pipeline or a package, gone through with everything that `lint` looks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..bundle import Bundle
from ..errors import DefinitionError, Problem, shown
from ..model.accounts import Account, Member
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.settings import OnEmpty, Settings
from ..model.templates import ProposalTemplate, Template
from .findings import Finding, Findings
from .firm_checks import people_findings, recipient_findings
from .mistakes import Known
from .stage_checks import effect_findings, reminder_findings, waiting_findings
from .tag_checks import TagChecks
from .text_checks import pipeline_findings, template_findings

__all__ = ["inspected"]


def inspected(thing: Pipeline | Bundle, library: Iterable[Known] | None) -> Findings:
    """Return what is found in a pipeline or a package, with what a firm has besides.

    Raises:
        DefinitionError: For what is neither a pipeline nor a package, or no definition.
    """
    if isinstance(thing, Bundle):
        own: tuple[Known, ...] = (*thing.pipelines, *thing.templates)
        known = _Known((*own, *(library or ())), len(own))
        name = f"package {thing.name!r}" if thing.name else "the package"
        return Findings(name, tuple(_of_package(thing, known)))
    if not isinstance(thing, Pipeline):
        raise DefinitionError(Problem("must be a pipeline or a package", "$.thing", shown(thing)))
    known = _Known((thing, *(library or ())))
    several = [*_of_pipeline(thing, known)]
    if library is not None:
        several += pipeline_findings(thing, known.templates, known.pipelines)
        for id in _used_by(thing, known.templates):
            if (one := known.templates.get(id)) is not None:
                several += template_findings(one, f"$.library[{id!r}]", known.templates)
    return Findings(f"pipeline {thing.name!r}", tuple(several))


class _Known:
    """What a pipeline is to go with, by its kind."""

    def __init__(self, given: Iterable[Known], skipped: int = 1) -> None:
        """Sort what is given, of which the first so many are no part of the library.

        Raises:
            DefinitionError: For what is no definition.
        """
        self.templates: dict[str, Template] = {}
        self.pipelines: dict[str, Pipeline] = {}
        self.accounts: list[Account] = []
        self.advances = False
        for number, one in enumerate(given, start=-skipped):
            match one:
                case Template():
                    self.templates[one.id] = one
                case Pipeline():
                    self.pipelines.setdefault(one.id, one)
                case Account():
                    self.accounts.append(one)
                case Settings():
                    self.advances = one.on_empty is OnEmpty.ADVANCE
                case Member():
                    pass
                case _:
                    what = "must be a template, pipeline, account, member or settings"
                    raise DefinitionError(Problem(what, f"$.library[{number}]", shown(one)))


def _of_package(bundle: Bundle, known: _Known) -> Iterator[Finding]:
    for number, pipeline in enumerate(bundle.pipelines):
        several = [*_of_pipeline(pipeline, known)]
        several += pipeline_findings(pipeline, known.templates, known.pipelines)
        for one in several:
            place = f"{pipeline.name}, {one.place}" if len(bundle.pipelines) > 1 else one.place
            yield replaced(one, place=place, path=f"$.pipelines[{number}]{one.path[1:]}")
    used = {id for one in bundle.pipelines for id in _used_by(one, known.templates)}
    for number, template in enumerate(bundle.templates):
        path = f"$.templates[{number}]"
        yield from template_findings(template, path, known.templates)
        if bundle.pipelines and template.id not in used:
            place = f"{template.kind} template {template.name!r}"
            told = "Nothing in the package uses it."
            yield Finding("unused", place, path, told, "Take it out, or use it.")


def _of_pipeline(pipeline: Pipeline, known: _Known) -> Iterator[Finding]:
    yield from TagChecks(pipeline, known.templates).findings()
    if not known.advances:
        yield from waiting_findings(pipeline, known.templates)
    yield from effect_findings(pipeline)
    yield from reminder_findings(pipeline, known.templates)
    if known.accounts:
        yield from people_findings(pipeline, known.templates, known.accounts)
        yield from recipient_findings(pipeline, known.accounts)


def _used_by(pipeline: Pipeline, templates: Mapping[str, Template]) -> Iterator[str]:
    """Yield the templates that a pipeline uses, and those that they use."""
    for id in pipeline.template_ids:
        yield id
        template = templates.get(id)
        if isinstance(template, ProposalTemplate) and template.invoice_on_acceptance:
            yield template.invoice_on_acceptance
