"""The calls that list what is saved: accounts and templates, by what people ask."""

from __future__ import annotations

from ..errors import DefinitionError, Problem, shown
from ..model import templates
from ..model.accounts import Account
from ..model.record import replaced
from ..model.templates import Template
from .desk import Desk
from .filters import chosen, folded, tagged_accounts
from .handles import text
from .who import Who

__all__ = ["Catalogue"]


class Catalogue:
    """`accounts` and `templates`."""

    _desk: Desk

    def accounts(
        self, *, tag: str | None = None, name: str | None = None, actor: Who = None
    ) -> tuple[Account, ...]:
        """Return the accounts that fit all that is asked, in the order of their ids (R-29).

        Args:
            tag: Only accounts that have this tag.
            name: Only accounts in whose name, or in the name or address of one of whose contacts,
                these words stand, in any letter case.
            actor: Who asks, where they are not to see what the authorizer says no to.

        Raises:
            NotFoundError: There is no such tag; with the nearest.
        """
        records = self._desk.looked()
        words = None if name is None else folded(text(name, "$.name"))
        if tag is None:
            found: tuple[Account, ...] = records.every("account")
        else:
            rows = tagged_accounts(records, tag)
            found = tuple(replaced(one.value, revision=one.version) for _, one in rows)
        fitting = (one for one in found if words is None or _is_called(one, words))
        return self._desk.seen(tuple(fitting), actor)

    def templates(
        self, *, kind: type[Template] | str | None = None, actor: Who = None
    ) -> tuple[Template, ...]:
        """Return all templates, or those of a kind, in the order of their ids.

        Args:
            kind: A class of templates, or what its kind is called: "email", "invoice".
            actor: Who asks, where they are not to see what the authorizer says no to.

        Raises:
            DefinitionError: There is no such kind; with the nearest.
        """
        every: tuple[Template, ...] = self._desk.seen(self._desk.looked().every("template"), actor)
        if kind is None:
            return every
        if isinstance(kind, type):
            if issubclass(kind, Template):
                return tuple(one for one in every if isinstance(one, kind))
            allowed = ("EmailTemplate", "'email'")
            raise DefinitionError(
                Problem("must be a kind of templates", "$.kind", shown(kind), allowed)
            )
        chosen("kind", kind, _template_kinds())
        return tuple(one for one in every if one.kind == kind)


def _is_called(account: Account, words: str) -> bool:
    """Tell whether an account, or one of its people, is known by these words."""
    people = (told for one in account.contacts for told in (one.name, one.email or ""))
    return any(words in folded(told) for told in (account.name, *people))


def _template_kinds() -> list[str]:
    """Return what the kinds of templates are called."""
    public = (getattr(templates, name) for name in templates.__all__)
    classes = [one for one in public if isinstance(one, type) and issubclass(one, Template)]
    return [one.kind for one in classes if one is not Template]
