"""Mistakes in a pipeline, told before a client meets them: `lint`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias, Union

from ..bundle import Bundle
from ..errors import DefinitionError, Problem, shown
from ..model.accounts import Account, Member
from ..model.pipelines import Pipeline
from ..model.schedules import Schedule
from ..model.settings import Settings
from ..model.templates import Template

if TYPE_CHECKING:
    from .findings import Findings

__all__ = ["Known", "lint"]

# What a firm may have that a pipeline is to go with.
Known: TypeAlias = Union[Template, Account, Member, Pipeline, Schedule, Settings]


def lint(thing: Pipeline | Bundle, library: Iterable[Known] | None = None) -> Findings:
    """Look a pipeline or a package over: what can never fire, never end, or reach nobody.

    It reads definitions alone, and needs no engine. `lint(pipeline)` says what the pipeline shows
    by itself; with a library its templates are looked over too, and with accounts in it, whether
    everybody can be reached and every role is filled.

    Args:
        thing: A pipeline, or a package, which brings its templates.
        library: Templates, other pipelines, accounts and `Settings` of the firm, in any order;
            members and schedules may be among them, and say nothing here.

    Returns:
        The findings, which print; none is false.

    Raises:
        DefinitionError: For what is neither a pipeline nor a package, for what is no definition,
            and for two definitions of one id that differ.
    """
    from .inspection import inspected  # loads on first use

    if library is not None and (isinstance(library, str) or not isinstance(library, Iterable)):
        raise DefinitionError(Problem("must be a list of definitions", "$.library", shown(library)))

    return inspected(thing, library)
