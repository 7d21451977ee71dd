"""What all ports do that make folders below one root: names, what is refused, files handed in."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import PurePath
from typing import ClassVar

from ..errors import DefinitionError, Problem, shown
from ..model.templates import Folder
from ..model.templates.folder import is_folder_name
from ..ports import FoldersPort, FolderTree, Rejected
from .handed_files import Files, callable_problems, handed

__all__ = ["NEVER", "AccountFolders", "Place", "code_of", "gone_root", "name_of", "taught"]

# What a file system says of a name that it will never take, or of links that lead in a circle.
NEVER = frozenset({errno.ENAMETOOLONG, errno.EILSEQ, errno.ELOOP})
# Signs that one file system or another takes in no name, and that which begins the code of a sign.
NOWHERE = frozenset('/\\:*?"<>|%')
NOT_THERE = "the folder of all accounts is not there, and is never made"


class Place(ABC):
    """A folder that is there. What it cannot do now it raises, and what it never will, `Rejected`.

    Names come to it checked: each is that of one folder or file, and leads nowhere else.
    """

    @abstractmethod
    def folder(self, name: str, /) -> Place:
        """Return a folder in it, which is made if it is missing."""

    @abstractmethod
    def lay_in(self, name: str, content: bytes, /) -> None:
        """Write a file that is whole as soon as it is there, and never over another one."""

    @abstractmethod
    def __str__(self) -> str:
        """Return its path, for those who have to look."""


class AccountFolders(FoldersPort):
    """Makes the folders of accounts, of which those that are there stay as they are.

    Args:
        folder_of: The name of an account's folder, by the account's id; `name_of` unless said.
        files: The name and the bytes of a file that a template lays in, by its reference.
        problems: What is wrong with all else that the adapter was given.

    Raises:
        DefinitionError: Something given is not what it must be.
    """

    honours_keys: ClassVar[bool] = True

    def __init__(
        self,
        folder_of: Callable[[str], str] | None,
        files: Files | None,
        problems: Iterable[Problem],
    ) -> None:
        """Take how folders are called, and who finds files."""
        problems = (
            *problems,
            *callable_problems(folder_of, "$.folder_of"),
            *callable_problems(files, "$.files"),
        )
        if problems:
            raise DefinitionError(*problems)
        self._folder_of = folder_of if folder_of is not None else name_of
        self._files = files

    @abstractmethod
    def _root(self) -> Place:
        """Return the folder of all accounts.

        Raises:
            OSError: It is not there now.
        """

    def apply(self, tree: FolderTree, /) -> None:
        """Make those folders of *tree* that are missing, and lay files in where there are none.

        Raises:
            Rejected: A name can be none of a folder, something else has it already, it leads out
                of the root, or a file is to be laid in that nobody can find.
            OSError: The root is not there, cannot be reached, is full, or may not be written to.
        """
        if self._files is None and (refs := [ref for one in tree.folders for ref in one.files]):
            given = f"{type(self).__name__}(files=...) was not given"
            what = f"its folders hold files, and {given} to find them"
            raise Rejected(Problem(what, given=shown(refs)))
        top = self._root().folder(_single(self._folder_of(tree.account), "account's folder"))
        for folder in tree.folders:
            place = top
            for name in folder.path.split("/"):
                place = place.folder(_single(name, "folder"))
            self._lay_in(place, folder)

    def _lay_in(self, place: Place, folder: Folder) -> None:
        found: set[str] = set()
        for ref in dict.fromkeys(folder.files):
            if self._files is None:
                return
            given, content = handed(self._files, ref)
            name = _single(given, "file")
            if name in found:
                where = shown(str(place))
                raise Rejected(f"two files of one folder are called {shown(name)}: {where}")
            found.add(name)
            place.lay_in(name, content)


def gone_root(path: str) -> FileNotFoundError:
    """Return what is raised while the root is not there."""
    return FileNotFoundError(errno.ENOENT, NOT_THERE, path)


@contextmanager
def taught(path: object, never: AbstractSet[int] = NEVER) -> Iterator[None]:
    """Let what a file system will never do be an answer, and pass on what it cannot do now."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise Rejected(f"the file system takes no such name: {shown(str(path))}") from error
    except OSError as error:
        if error.errno not in never:
            raise
        raise Rejected(f"{error.strerror or 'it cannot be made'}: {shown(str(path))}") from error


def name_of(account: str) -> str:
    """Return an id as the name of a folder, which no other id has.

    File systems of Windows drop dots and spaces at the end, and everywhere `..` leads away.
    """
    head, last = account[:-1], account[-1:]
    ending = code_of(last) if last in {".", " "} else _sign(last)
    return "".join(map(_sign, head)) + ending


def _sign(sign: str) -> str:
    return code_of(sign) if sign in NOWHERE or not sign.isprintable() else sign


def code_of(sign: str) -> str:
    """Return a sign as those write it who take no other in an address."""
    return "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "surrogatepass"))


def _single(name: object, what: str) -> str:
    """Return a name that is one of a single file or folder, wherever it is used."""
    if not isinstance(name, str) or PurePath(name).parts != (name,) or not is_folder_name(name):
        raise Rejected(f"this can be no name of one {what}: {shown(name)}")
    return name
