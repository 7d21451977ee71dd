"""Folder templates: the tree of folders that an account's documents are kept in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import ClassVar

import attrs

from ...errors import Problem, shown
from ..text import text_problems
from ..values import Value, choice, items, name_problems
from .base import Template, each_is

__all__ = ["Folder", "FolderAccess", "FolderTemplate"]


class FolderAccess(StrEnum):
    """What the client may do with a folder."""

    PRIVATE = "private"
    VIEW = "view"
    EDIT = "edit"


@attrs.frozen
class Folder(Value):
    """A folder by its path, such as `Folder("Tax/2026/Source documents", access="edit")`.

    Args:
        path: Names joined by `/`, from the account's top folder.
        access: What the client may do in it.
        files: The host's own references to files that are laid into it.
    """

    path: str
    access: FolderAccess = attrs.field(
        default=FolderAccess.PRIVATE, converter=choice(FolderAccess), kw_only=True
    )
    files: tuple[str, ...] = attrs.field(default=(), converter=items, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.path, "$.path", empty=False)
        yield from name_problems(self.files, "$.files")
        if isinstance(self.path, str) and any(
            not part.strip() or part in {".", ".."} or "\\" in part or not part.isprintable()
            for part in self.path.split("/")
        ):
            what = "must be folder names joined by '/', without '..', empty parts or '\\'"
            yield Problem(what, "$.path", shown(self.path))


def _folders(given: Iterable[str | Folder]) -> tuple[Folder, ...]:
    return tuple(Folder(one) if isinstance(one, str) else one for one in items(given))


@attrs.frozen
class FolderTemplate(Template):
    """A tree of folders: `FolderTemplate("Tax year", folders=["Tax/2026", "Tax/2026/Drafts"])`.

    Applying it makes what is missing and never deletes (A-12).
    """

    kind: ClassVar[str] = "folder"

    folders: tuple[Folder, ...] = attrs.field(converter=_folders)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from each_is(Folder, self.folders, "$.folders")
        paths = [folder.path for folder in self.folders if isinstance(folder, Folder)]
        for twice in sorted({path for path in paths if paths.count(path) > 1}):
            yield Problem(f"names the folder {twice!r} twice", "$.folders")
