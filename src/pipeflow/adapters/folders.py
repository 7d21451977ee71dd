"""Folders on disk: what the engine asks for is made below one folder, such as a shared drive."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from ..errors import DefinitionError, Problem, shown
from ..model.templates import Folder
from ..model.templates.folder import is_folder_name
from ..ports import FoldersPort, FolderTree, Rejected
from .handed_files import Files, callable_problems, handed

__all__ = ["LocalFolders", "name_of"]

# What a file system says of a name that it will never take, or of links that lead in a circle.
NEVER = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ELOOP})
# Signs that one file system or another takes in no name, and that which begins the code of a sign.
NOWHERE = frozenset('/\\:*?"<>|%')
NOT_THERE = "the folder of all accounts is not there, and is never made"


class LocalFolders(FoldersPort):
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

    honours_keys: ClassVar[bool] = True

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        folder_of: Callable[[str], str] | None = None,
        files: Files | None = None,
    ) -> None:
        """Take where folders are made; nothing is made yet."""
        problems = (
            *_root_problems(root),
            *callable_problems(folder_of, "$.folder_of"),
            *callable_problems(files, "$.files"),
        )
        if problems:
            raise DefinitionError(*problems)
        self._root = Path(root).absolute()
        self._folder_of = folder_of if folder_of is not None else name_of
        self._files = files

    def __repr__(self) -> str:
        """Say where it makes folders."""
        return f"<LocalFolders {shown(str(self._root))}>"

    def apply(self, tree: FolderTree, /) -> None:
        """Make those folders of *tree* that are missing, and lay files in where there are none.

        Raises:
            Rejected: A name can be none of a folder, something else has it already, it leads out
                of the root, or a file is to be laid in that nobody can find.
            OSError: The root is not there, the disk is full, or may not be written to.
        """
        if self._files is None and (refs := [ref for one in tree.folders for ref in one.files]):
            what = "its folders hold files, and LocalFolders(files=...) was not given to find them"
            raise Rejected(Problem(what, given=shown(refs)))
        if not self._root.is_dir():
            raise FileNotFoundError(errno.ENOENT, NOT_THERE, str(self._root))
        top = self._made(self._root, _single(self._folder_of(tree.account), "account's folder"))
        for folder in tree.folders:
            place = top
            for name in folder.path.split("/"):
                place = self._made(place, _single(name, "folder"))
            self._lay_in(place, folder)

    def _made(self, parent: Path, name: str) -> Path:
        """Return a folder, which is made if it is missing, and lies in the root."""
        path = parent / name
        with _taught(path):
            if not path.is_dir():
                with suppress(FileExistsError):
                    path.mkdir()
            if not path.is_dir():
                raise Rejected(f"there is something else in the place of a folder: {_told(path)}")
            self._keep_inside(path)
        return path

    def _keep_inside(self, path: Path) -> None:
        real, root = os.path.realpath(path), os.path.realpath(self._root)
        if not Path(real).is_relative_to(root):
            raise Rejected(f"a link leads out of the folder of all accounts: {_told(path)}")

    def _lay_in(self, place: Path, folder: Folder) -> None:
        found: set[str] = set()
        for ref in folder.files:
            if self._files is None:
                return
            given, content = handed(self._files, ref)
            name = _single(given, "file")
            if name in found:
                raise Rejected(f"two files of one folder are called {shown(name)}: {_told(place)}")
            found.add(name)
            path = place / name
            with _taught(path):
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
        except OSError:  # a file system without links
            if not os.path.lexists(path):
                beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)


def _single(name: object, what: str) -> str:
    """Return a name that is one of a single file or folder, wherever it is used."""
    if not isinstance(name, str) or Path(name).parts != (name,) or not is_folder_name(name):
        raise Rejected(f"this can be no name of one {what}: {shown(name)}")
    return name


@contextmanager
def _taught(path: Path) -> Iterator[None]:
    """Let what a file system will never do be an answer, and pass on what it cannot do now."""
    try:
        yield
    except ValueError as error:
        raise Rejected(f"the file system takes no such name: {_told(path)}") from error
    except OSError as error:
        if error.errno not in NEVER:
            raise
        raise Rejected(f"{error.strerror or 'it cannot be made'}: {_told(path)}") from error


def _told(path: Path) -> str:
    return shown(str(path))


def name_of(account: str) -> str:
    """Return an id as the name of a folder, which no other id has.

    File systems of Windows drop dots and spaces at the end, and everywhere `..` leads away.
    """
    head, last = account[:-1], account[-1:]
    ending = _code(last) if last in {".", " "} else _sign(last)
    return "".join(map(_sign, head)) + ending


def _sign(sign: str) -> str:
    return _code(sign) if sign in NOWHERE or not sign.isprintable() else sign


def _code(sign: str) -> str:
    return "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "surrogatepass"))


def _root_problems(root: object) -> Iterator[Problem]:
    if not isinstance(root, str | os.PathLike) or not isinstance(os.fspath(root), str):
        yield Problem("must be the path of a folder", "$.root", shown(root))
    elif not os.fspath(root) or "\0" in os.fspath(root):
        yield Problem("must be the path of a folder", "$.root", shown(os.fspath(root)))
