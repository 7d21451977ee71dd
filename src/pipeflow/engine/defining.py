"""The calls that define: `save` what a firm lays down, and `install` packages of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .. import insight
from ..errors import DefinitionError, NotFoundError, Problem, many, shown
from ..model.pipelines import Pipeline
from ..model.record import Brief, Plain, frozen
from ..model.templates import Template
from ..model.values import FrozenMap
from . import commands
from .desk import Desk
from .handles import flag
from .who import Id, Who

if TYPE_CHECKING:
    from ..bundle import Bundle
    from .definitions import Savable

__all__ = ["Defining", "Installed"]

T = TypeVar("T", bound="Savable")
U = TypeVar("U", bound="Savable")
V = TypeVar("V", bound="Savable")


@frozen
class Installed(Brief, Plain):
    """What a package became in this firm: the saved copies, and which id each old id became.

    And what it asks of the firm (R-31): custom fields that its texts, conditions and questions
    name, tags that it looks at or changes, roles that members play, members who are named
    themselves (of whom no package of a file has any), the ports that it uses, by their names in
    `Ports`, and the references by which it asks for attachments and files.
    """

    pipelines: tuple[Pipeline, ...]
    templates: tuple[Template, ...]
    ids: FrozenMap[str, str]
    fields: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    ports: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()

    @property
    def pipeline(self) -> Pipeline:
        """The first pipeline of the package, which is mostly the only one.

        Raises:
            NotFoundError: The package held templates only.
        """
        if not self.pipelines:
            raise NotFoundError("the package held no pipeline, only templates")
        return self.pipelines[0]

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        renamed = (f"{old} is {new}" for old, new in sorted(self.ids.items()) if old != new)
        return {
            "Installed": ", ".join(one.name for one in self.pipelines),
            "Templates": ", ".join(one.name for one in self.templates),
            "Custom fields": ", ".join(sorted(self.fields)),
            "Tags": ", ".join(sorted(self.tags)),
            "Roles": ", ".join(sorted(self.roles)),
            "Members": ", ".join(sorted(self.members)),
            "Ports": ", ".join(sorted(self.ports)),
            "Files": ", ".join(sorted(self.files)),
            "Other ids here": ", ".join(renamed),
        }

    def __str__(self) -> str:
        """Print what was installed, and what it asks of the firm."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        named = [f"pipeline {one.name!r}" for one in self.pipelines]
        made = many(len(self.templates), "template")
        yield f"installed {', '.join(named)} with {made}" if named else f"installed {made}"
        asked = {
            "custom fields": self.fields,
            "tags": self.tags,
            "roles": self.roles,
            "members": self.members,
            "ports": self.ports,
            "files": self.files,
        }
        yield from (f"  {what}: {', '.join(sorted(one))}" for what, one in asked.items() if one)
        renamed = [f"{old!r} is {new!r}" for old, new in sorted(self.ids.items()) if old != new]
        if renamed:
            first, *others = renamed
            yield "  " + ", ".join([f"{first} here", *others])


class Defining:
    """`save` and `install`."""

    _desk: Desk

    @overload
    def save(
        self, thing: T, /, *, replace: bool = False, actor: Who = None, command_id: Id = None
    ) -> T: ...
    @overload
    def save(
        self,
        first: T,
        second: U,
        /,
        *,
        replace: bool = False,
        actor: Who = None,
        command_id: Id = None,
    ) -> tuple[T, U]: ...
    @overload
    def save(
        self,
        first: T,
        second: U,
        third: V,
        /,
        *,
        replace: bool = False,
        actor: Who = None,
        command_id: Id = None,
    ) -> tuple[T, U, V]: ...
    @overload
    def save(
        self,
        first: T,
        second: Savable,
        third: Savable,
        fourth: Savable,
        /,
        *things: Savable,
        replace: bool = False,
        actor: Who = None,
        command_id: Id = None,
    ) -> tuple[T, *tuple[Savable, ...]]: ...
    def save(
        self,
        *things: Any,
        replace: bool = False,
        actor: Who = None,
        command_id: Id = None,
    ) -> Any:
        """Save definitions, checked together, in one commit; return them as saved.

        A saved value carries a `revision`. Saving one whose revision is not the stored one is
        refused, for somebody saved meanwhile. One without a revision that meets its id changes
        nothing if the content is equal, and is refused otherwise.

        Args:
            *things: Accounts, members, templates, pipelines, settings.
            replace: Save over what is there, whatever its revision.
            actor: Who saves.
            command_id: Makes it act once, however often it is sent.

        Returns:
            The saved value; for several, a tuple in the order given.

        Raises:
            DefinitionError: With every reference, merge field and port that is missing.
            ConflictError: Something else is stored under an id, or the command id was given to
                another command before.
        """
        from .definitions import as_kept  # loads on first use

        if not things:
            raise DefinitionError("save needs at least one thing to save")
        command = commands.Save(tuple(things), replace=flag(replace, "$.replace"))
        answer = self._desk.carry_out(command, actor, command_id).answer
        saved = as_kept(self._desk.records, answer)
        return saved[0] if len(saved) == 1 else saved

    def install(self, bundle: Bundle, *, actor: Who = None) -> Installed:
        """Copy a package's pipelines and every template they use into this firm.

        Nothing is overwritten: an id that is taken gets a suffix, and references follow (A-20).
        The answer tells what the package asks of the firm: look whether there is such a role, or a
        field of that name (R-31).

        Raises:
            DefinitionError: With everything in it that does not fit this firm.
        """
        from ..bundle import Bundle
        from .definitions import as_kept  # loads on first use

        if not isinstance(bundle, Bundle):
            allowed = ("Bundle.load(path)", "Bundle.from_json(text)")
            raise DefinitionError(Problem("must be a package", "$.bundle", shown(bundle), allowed))
        answer = self._desk.carry_out(commands.Install(bundle), actor).answer
        pipelines, templates = (as_kept(self._desk.records, some) for some in answer[:2])
        asked = insight.needs_of(pipelines, templates)
        return Installed(
            pipelines,
            templates,
            answer[2],
            fields=asked.fields,
            tags=asked.tags,
            roles=asked.roles,
            members=asked.members,
            ports=asked.ports,
            files=asked.files,
        )
