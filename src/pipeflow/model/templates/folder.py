"""Folder templates: the tree of folders that an account's documents are kept in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import ClassVar, cast

import attrs

from ...errors import Problem, shown
from ..checks import choice_problems, name_problems, of_kind, repeated
from ..record import frozen
from ..text import text_problems
from ..values import Value, as_choice, items, texts
from .template import Template

__all__ = ["Folder", "FolderAccess", "FolderTemplate", "is_folder_name"]


class FolderAccess(StrEnum):
    """What the client may do with a folder."""

    PRIVATE = "private"
    VIEW = "view"
    EDIT = "edit"


def _access(given: FolderAccess | str) -> FolderAccess:
    return as_choice(FolderAccess, given)


@frozen
class Folder(Value):
    """A folder by its path, such as `Folder("Tax/2026/Source documents", access="edit")`.

    Args:
        path: Names joined by `/`, from the account's top folder.
        access: What the client may do in it.
        files: The host's own references to files that are laid into it.
    """

    _to_the_letter: ClassVar[tuple[str, ...]] = ("files",)

    path: str
    access: FolderAccess = attrs.field(
        default=FolderAccess.PRIVATE, converter=_access, kw_only=True
    )
    files: tuple[str, ...] = attrs.field(default=(), converter=texts, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from _path_problems(self.path, "$.path")
        yield from choice_problems(FolderAccess, self.access, "$.access")
        yield from name_problems(self.files, "$.files")


def is_folder_name(text: str) -> bool:
    """Tell whether a text may be the name of one folder or file, without a way out of its place."""
    strange = text in {".", ".."} or "\\" in text or "/" in text
    if text.isprintable():
        return not strange and bool(text.strip())
    from ...show.characters import legible  # loads on first use

    seen = any(one.isprintable() and one != " " for one in text)
    return seen and not strange and all(map(legible, text))


def _path_problems(path: object, where: str) -> Iterator[Problem]:
    problems = tuple(text_problems(path, where, empty=False))
    yield from problems
    if not problems and not all(map(is_folder_name, str(path).split("/"))):
        what = (
            "must be folder names joined by '/', without '..', empty parts, '\\'"
            " and signs that cannot be read"
        )
        yield Problem(what, where, shown(path))


def _folders(given: Iterable[str | Folder]) -> tuple[Folder, ...]:
    several = items(given)
    return tuple(map(_folder, several)) if isinstance(several, tuple) else several


def _folder(given: str | Folder) -> Folder:
    if isinstance(given, str) and not any(_path_problems(given, "")):
        return Folder(given)
    return cast("Folder", given)


@frozen
class FolderTemplate(Template):
    """A tree of folders: `FolderTemplate("Tax year", folders=["Tax/2026", "Tax/2026/Drafts"])`.

    Applying it makes what is missing and never deletes (A-12).
    """

    kind: ClassVar[str] = "folder"

    folders: tuple[Folder, ...] = attrs.field(converter=_folders)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from _folders_problems(self.folders, "$.folders")
        for twice in repeated(folder.path for folder in of_kind(Folder, self.folders)):
            yield Problem(f"names the folder {twice!r} twice", "$.folders")


def _folders_problems(folders: object, where: str) -> Iterator[Problem]:
    if not isinstance(folders, tuple):
        yield Problem("must be a list of folders or their paths", where, shown(folders))
        return
    for number, one in enumerate(folders):
        if not isinstance(one, Folder):
            yield from _path_problems(one, f"{where}[{number}]")
