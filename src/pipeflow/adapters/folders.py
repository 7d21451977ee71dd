"""Folders on disk: what the engine asks for is made below one folder, such as a shared drive."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import Problem, shown
from ..ports import Rejected
from .account_folders import NEVER, AccountFolders, Place, gone_root, name_of, taught
from .handed_files import Files

__all__ = ["LocalFolders", "name_of"]

NEVER_HERE = NEVER | {errno.EINVAL}


class LocalFolders(AccountFolders):
    """Makes the folders of accounts on disk: those that are missing; it deletes and changes none.

    Who may do what in a folder is not kept: a plain folder has no clients (`Folder.access`).

    Args:
        root: The folder that holds one for each account. It must be there when folders are made,
            and is never made anew: a share that is not mounted is waited for.
        folder_of: The name of an account's folder, by the account's id; the id itself unless said,
            with signs that a name cannot hold written as `%2F` (`name_of`).
        files: The name and the bytes of a file that a template lays into a folder, by its
            reference.

    Raises:
        DefinitionError: Something given is not what it must be.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        folder_of: Callable[[str], str] | None = None,
        files: Files | None = None,
    ) -> None:
        """Take where folders are made; nothing is made yet."""
        super().__init__(folder_of, files, _root_problems(root))
        self._path = Path(root).absolute()

    def __repr__(self) -> str:
        """Say where it makes folders."""
        return f"<LocalFolders {shown(str(self._path))}>"

    def _root(self) -> Place:
        if not self._path.is_dir():
            raise gone_root(str(self._path))
        return _LocalPlace(self._path, self._path)


class _LocalPlace(Place):
    """A folder on disk that lies in the root."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._root = root

    def __str__(self) -> str:
        return str(self._path)

    def folder(self, name: str, /) -> Place:
        path = self._path / name
        with taught(path, NEVER_HERE):
            if not path.is_dir():
                with suppress(FileExistsError):
                    path.mkdir()
            if not path.is_dir():
                raise Rejected(f"there is something else in the place of a folder: {_told(path)}")
            self._keep_inside(path)
        return _LocalPlace(path, self._root)

    def _keep_inside(self, path: Path) -> None:
        real, root = os.path.realpath(path), os.path.realpath(self._root)
        if not Path(real).is_relative_to(root):
            raise Rejected(f"a link leads out of the folder of all accounts: {_told(path)}")

    def lay_in(self, name: str, content: bytes, /) -> None:
        path = self._path / name
        with taught(path, NEVER_HERE):
            if path.is_dir():
                raise Rejected(f"there is a folder in the place of a file: {_told(path)}")
            if not os.path.lexists(path):
                _write(path, content)


def _write(path: Path, content: bytes) -> None:
    """Write a file that is whole as soon as it is there, and never over another one."""
    beside = path.with_name(f".{os.urandom(8).hex()}.part")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            with suppress(FileExistsError):
                os.link(beside, path)
        except (AttributeError, OSError):  # a system, or a disk, that knows no links
            if not os.path.lexists(path):
                beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)


def _told(path: Path) -> str:
    return shown(str(path))


def _root_problems(root: object) -> Iterator[Problem]:
    if not isinstance(root, str | os.PathLike) or not isinstance(os.fspath(root), str):
        yield Problem("must be the path of a folder", "$.root", shown(root))
    elif not os.fspath(root) or "\0" in os.fspath(root):
        yield Problem("must be the path of a folder", "$.root", shown(os.fspath(root)))
