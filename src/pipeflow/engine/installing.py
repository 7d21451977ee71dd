"""Installing packages: copies of their pipelines and templates, over nothing that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..errors import ConflictError, DefinitionError, NotFoundError, Problem, shown
from ..model.pipelines import Pipeline
from ..model.plain import Plain
from ..model.templates import Template
from ..model.values import FrozenMap
from .core import TRIES
from .saving import RacedError, Savable, Who
from .tagging import Tagging

if TYPE_CHECKING:
    from ..bundle import Bundle

__all__ = ["Installed", "Installing"]


@attrs.frozen(eq=False, repr=False)
class Installed(Plain):
    """What a package became in this firm: the saved copies, and which id each old id became."""

    pipelines: tuple[Pipeline, ...]
    templates: tuple[Template, ...]
    ids: FrozenMap[str, str]

    @property
    def pipeline(self) -> Pipeline:
        """The first pipeline of the package, which is mostly the only one.

        Raises:
            NotFoundError: The package held templates only.
        """
        if not self.pipelines:
            raise NotFoundError("the package held no pipeline, only templates")
        return self.pipelines[0]


class Installing(Tagging):
    """`install`."""

    def install(self, bundle: Bundle, *, actor: Who = None) -> Installed:
        """Copy a package's pipelines and every template they use into this firm.

        Nothing is overwritten: an id that is taken gets a suffix, and references follow (A-20).

        Raises:
            DefinitionError: With everything in it that does not fit this firm.
        """
        from ..bundle import Bundle, free_ids

        if not isinstance(bundle, Bundle):
            allowed = ("Bundle.load(path)", "Bundle.from_json(text)")
            raise DefinitionError(Problem("must be a package", "$.bundle", shown(bundle), allowed))
        turn = self._turns.mine
        self._enter(turn, "install", actor, bundle.name)
        try:
            for _ in range(TRIES):
                taken = frozenset(self._all("template"))
                pipelines = frozenset(self._all("pipeline"))
                renamed, ids = free_ids(bundle, taken, pipelines)
                things: tuple[Savable, ...] = (*renamed.templates, *renamed.pipelines)
                try:
                    saved = self._try_save(things, replace=False)
                except (RacedError, ConflictError):
                    continue
                break
            else:
                raise ConflictError(f"{TRIES} times somebody else committed first")
        finally:
            turn.deciding = False
        return Installed(
            tuple(one for one in saved if isinstance(one, Pipeline)),
            tuple(one for one in saved if isinstance(one, Template)),
            ids,
        )
