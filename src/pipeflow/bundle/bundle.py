"""A package: pipelines with every template that they use, and no people."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import attrs

from ..errors import DefinitionError, Problem, shown
from ..model.checks import each_is
from ..model.pipelines import Pipeline
from ..model.record import frozen, replaced
from ..model.templates import Template
from ..model.text import text_problems
from ..model.values import Value, items

__all__ = ["Bundle"]

T = TypeVar("T")


def _pipelines(given: Iterable[Pipeline] | Pipeline) -> tuple[Pipeline, ...]:
    return _unsaved((given,) if isinstance(given, Pipeline) else items(given))


def _templates(given: Iterable[Template] | Template) -> tuple[Template, ...]:
    return _unsaved((given,) if isinstance(given, Template) else items(given))


def _unsaved(several: tuple[T, ...]) -> tuple[T, ...]:
    """Leave out the revisions, which count the saves of the firm it comes from."""
    if not isinstance(several, tuple):
        return several  # the checks say what is wrong with it
    return tuple(
        replaced(one, revision=None) if getattr(one, "revision", None) is not None else one
        for one in several
    )


@frozen(kw_only=True)
class Bundle(Value):
    """A package of pipelines, to be kept in a file and installed in any firm.

    It holds every template that its pipelines use, and nothing of the firm it comes from: no
    members (roles stand for them), no rights, no secrets, no revisions.

    Args:
        pipelines: What jobs move through.
        templates: At least all that the pipelines and the templates themselves use.
        name: What the package is called.
        description: For whoever chooses it.

    Raises:
        DefinitionError: For a template that is missing or of the wrong kind, an id that comes
            twice, or a member, with every problem at once.
    """

    pipelines: tuple[Pipeline, ...] = attrs.field(default=(), converter=_pipelines)
    templates: tuple[Template, ...] = attrs.field(default=(), converter=_templates)
    name: str = ""
    description: str = ""

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name")
        yield from text_problems(self.description, "$.description")
        if not self.pipelines and not self.templates:
            yield Problem("must hold at least one pipeline or template", "$.pipelines")
        strangers = (
            *each_is(Pipeline, self.pipelines, "$.pipelines"),
            *each_is(Template, self.templates, "$.templates"),
        )
        if strangers:
            yield from strangers
            return
        from .soundness import id_problems, people_problems, reference_problems  # on first use

        yield from id_problems(self.pipelines, "$.pipelines")
        yield from id_problems(self.templates, "$.templates")
        yield from reference_problems(self.pipelines, self.templates)
        yield from people_problems(self.pipelines, self.templates)

    def __repr__(self) -> str:
        """Say what it holds."""
        counts = ((len(self.pipelines), "pipeline"), (len(self.templates), "template"))
        held = ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts)
        return f"<Bundle {self.name!r}: {held}>"

    @classmethod
    def of(cls, pipeline: Pipeline, *templates: Template) -> Bundle:
        """Make the package of one pipeline, called like it, and the templates that it uses.

        Raises:
            DefinitionError: As the class itself does.
        """
        if not isinstance(pipeline, Pipeline):
            raise DefinitionError(Problem("must be a pipeline", "$.pipeline", shown(pipeline)))
        return cls(
            pipelines=(pipeline,),
            templates=templates,
            name=pipeline.name,
            description=pipeline.description,
        )

    def to_json(self) -> str:
        """Return the package as text that people can read and edit.

        What equals its default is left out, and the order is always the same, so that versions of
        a package can be compared line by line.
        """
        from .format import written  # cattrs and json load on first use

        return written(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Bundle:
        """Read a package, of this format's version or of an older one.

        Raises:
            DefinitionError: With every problem, its path, what was given, what is allowed and the
                nearest known name; also for a text that is not JSON, cut off, too large or nested
                too deeply, and for a newer format.
        """
        from .format import read  # cattrs and json load on first use

        return read(text)

    @classmethod
    def from_toml(cls, text: str | bytes) -> Bundle:
        """Read a package that is written in TOML, whose dates and times are texts here.

        Raises:
            DefinitionError: As `from_json` does.
        """
        from .format import read  # cattrs and json load on first use
        from .notations import toml

        return read(text, toml())

    def to_yaml(self) -> str:
        """Return the package as YAML, with texts of several lines as people would write them.

        It holds what `to_json` holds, in the same order.

        Raises:
            PipeflowError: PyYAML is not installed, which comes with `pipeflow[yaml]`.
        """
        from .format import written  # cattrs and json load on first use
        from .notations import yaml

        return written(self, yaml())

    @classmethod
    def from_yaml(cls, text: str | bytes) -> Bundle:
        """Read a package that is written in YAML 1.2.

        Raises:
            DefinitionError: As `from_json` does; also for aliases, anchors and tags.
            PipeflowError: PyYAML is not installed, which comes with `pipeflow[yaml]`.
        """
        from .format import read  # cattrs and json load on first use
        from .notations import yaml

        return read(text, yaml())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the package to a file, in UTF-8; it is there whole, or the file is as it was.

        A name that ends with `.yaml` or `.yml` makes it YAML, any other one JSON.

        Raises:
            DefinitionError: For a name that ends with `.toml`, which is read and not written.
            OSError: It cannot be written.
            PipeflowError: It would be YAML, and PyYAML is not installed.
        """
        from .files import write_file  # loads on first use
        from .format import written  # cattrs and json load on first use
        from .notations import notation_of

        write_file(path, written(self, notation_of(path)))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Bundle:
        """Read the package of a file: TOML or YAML if its name ends so, and JSON otherwise.

        Raises:
            DefinitionError: As `from_json` does; its notes name the file.
            OSError: Where there is no such file, or it cannot be read.
            PipeflowError: It is YAML, and PyYAML is not installed.
        """
        from .format import read_file  # cattrs and json load on first use

        return read_file(path)

    def _repr_json_(self) -> Any:
        """Show itself in a notebook as the tree that it is."""
        import json  # loads on first use

        return json.loads(self.to_json())
