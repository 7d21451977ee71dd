"""Inspection: a pipeline or a package, gone through with everything that `lint` looks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..bundle import Bundle
from ..errors import DefinitionError, Problem, shown
from ..model.accounts import Account, Member
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.schedules import Schedule
from ..model.settings import OnEmpty, Settings
from ..model.templates import ProposalTemplate, Template
from .circles import endless_findings
from .effect_checks import effect_findings, reminder_findings
from .findings import Finding, Findings
from .firm_checks import people_findings, recipient_findings
from .mistakes import Known
from .name_checks import name_findings
from .stage_checks import passing_findings, waiting_findings
from .tag_checks import TagChecks
from .text_checks import own_findings, pipeline_findings, template_findings

__all__ = ["inspected"]


def inspected(thing: Pipeline | Bundle, library: Iterable[Known] | None) -> Findings:
    """Return what is found in a pipeline or a package, with what a firm has besides.

    Raises:
        DefinitionError: For what is neither a pipeline nor a package, for what is no definition,
            and for two definitions of one id that differ.
    """
    if isinstance(thing, Bundle):
        known = _Known((*thing.pipelines, *thing.templates), library or ())
        name = f"package {thing.name!r}" if thing.name else "the package"
        return Findings(name, tuple(_of_package(thing, known)))
    if not isinstance(thing, Pipeline):
        raise DefinitionError(Problem("must be a pipeline or a package", "$.thing", shown(thing)))
    known = _Known((thing,), library or ())
    several = [*_of_pipeline(thing, known)]
    if library is None:
        several += own_findings(thing)
    else:
        several += _of_names(thing, known)
        for id in dict.fromkeys(_used_by(thing, known.templates)):
            if (one := known.templates.get(id)) is not None:
                several += template_findings(one, f"$.library[{id!r}]", known.templates)
    return Findings(f"pipeline {thing.name!r}", tuple(several))


class _Known:
    """What a pipeline is to go with, by its kind and its id, and so in no order."""

    def __init__(self, own: Iterable[Known], library: Iterable[Known]) -> None:
        """Sort what is given; what is looked over itself counts more than its like in the library.

        Raises:
            DefinitionError: For what is no definition, and for two of one id that differ.
        """
        self.templates: dict[str, Template] = {}
        self.pipelines: dict[str, Pipeline] = {}
        by_id: dict[str, Account] = {}
        settings: dict[str, Settings] = {}
        problems: list[Problem] = []
        for number, one in enumerate(library):
            where, twice = f"$.library[{number}]", False
            match one:
                case Template():
                    twice = self.templates.setdefault(one.id, one) != one
                case Pipeline():
                    twice = self.pipelines.setdefault(one.id, one) != one
                case Account():
                    twice = by_id.setdefault(one.id or repr(one), one) != one
                case Settings():
                    twice = settings.setdefault("", one) != one
                case Member() | Schedule():
                    pass
                case _:
                    what = "must be a template, pipeline, account, member, schedule or settings"
                    problems.append(Problem(what, where, shown(one)))
            if twice:
                named = "" if isinstance(one, Settings) else f" of the id {one.id!r}"
                what = f"is a second one{named}, and differs; give the one that counts"
                problems.append(Problem(what, where, shown(one)))
        if problems:
            raise DefinitionError(*problems)
        for one in own:
            if isinstance(one, Template):
                self.templates[one.id] = one
            elif isinstance(one, Pipeline):
                self.pipelines[one.id] = one
        self.accounts = sorted(by_id.values(), key=lambda one: (one.id, one.name))
        self.advances = any(one.on_empty is OnEmpty.ADVANCE for one in settings.values())


def _of_package(bundle: Bundle, known: _Known) -> Iterator[Finding]:
    for number, pipeline in enumerate(bundle.pipelines):
        several = [*_of_pipeline(pipeline, known)]
        several += _of_names(pipeline, known)
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
    if known.advances:
        yield from passing_findings(pipeline)
    else:
        yield from waiting_findings(pipeline, known.templates)
    yield from endless_findings(pipeline, known.pipelines)
    yield from effect_findings(pipeline)
    yield from reminder_findings(pipeline, known.templates)
    if known.accounts:
        yield from people_findings(pipeline, known.templates, known.accounts)
        yield from recipient_findings(pipeline, known.accounts)


def _of_names(pipeline: Pipeline, known: _Known) -> Iterator[Finding]:
    """Yield what a pipeline calls by a name that nothing has, where all that there is is known."""
    yield from pipeline_findings(pipeline, known.templates, known.pipelines)
    others = known.pipelines.values()
    yield from name_findings(pipeline, known.templates, others, known.accounts)


def _used_by(pipeline: Pipeline, templates: Mapping[str, Template]) -> Iterator[str]:
    """Yield the templates that a pipeline uses, and those that they use."""
    for id in pipeline.template_ids:
        yield id
        template = templates.get(id)
        if isinstance(template, ProposalTemplate) and template.invoice_on_acceptance:
            yield template.invoice_on_acceptance
