"""Folders wherever fsspec reaches: SFTP, WebDAV, SMB, FTP, stores of objects such as S3, and more.

This module loads fsspec. A file system gets six calls of it: `info`, `mkdir`, `pipe_file`, `mv`,
`rm_file` and `invalidate_cache`. Those that answer a plain yes or no are left alone, for to them a
network that is down means that nothing is there.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from inspect import iscoroutinefunction
from threading import Lock
from typing import Any

from ..errors import PipeflowError, Problem, shown
from ..ports import FolderTree, Rejected
from .account_folders import AccountFolders, Place, code_of, gone_root, name_of, taught
from .handed_files import Files

try:
    from fsspec import AbstractFileSystem
    from fsspec.implementations.dirfs import DirFileSystem
except ImportError as missing:
    sentence = "FsspecFolders needs fsspec, which is not installed: pip install 'pipeflow[fsspec]'"
    raise ImportError(sentence, name=missing.name) from missing

__all__ = ["FsspecFolders", "name_of"]

# The empty file that makes a folder seen where there are files alone, whose names hold slashes.
KEEP = ".keep"
# The folder itself to those who decode; in capitals it would be the name of the account ".".
HERE = "%2e"


class FsspecFolders(AccountFolders):
    """Makes the folders of accounts in a file system of fsspec, as `LocalFolders` does on disk.

    One call is made at a time, for many file systems hold one connection and take no other.

    Args:
        fs: The file system, such as `fsspec.filesystem("s3")`; or a function that returns one, and
            is asked again after a failure: SFTP and FTP never take up a lost connection again.
        root: The path in it of the folder that holds one for each account; `""` is the whole file
            system. It must be there when folders are made, and is never made anew.
        folder_of: The name of an account's folder, by the account's id; the id itself unless said,
            with signs that a name cannot hold written as `%2F` (`name_of`).
        files: The name and the bytes of a file that a template lays into a folder, by its
            reference.

    Raises:
        DefinitionError: Something given is not what it must be.
    """

    def __init__(
        self,
        fs: AbstractFileSystem | Callable[[], AbstractFileSystem],
        root: str,
        *,
        folder_of: Callable[[str], str] | None = None,
        files: Files | None = None,
    ) -> None:
        """Take where folders are made; nothing is reached yet."""
        super().__init__(folder_of, files, (*_fs_problems(fs), *_root_problems(root)))
        self._fs = fs if isinstance(fs, AbstractFileSystem) else None
        self._connect = None if isinstance(fs, AbstractFileSystem) else fs
        self._path = root.rstrip("/") or root[:1]
        self._one_at_a_time = Lock()

    def __repr__(self) -> str:
        """Say where it makes folders."""
        return f"<FsspecFolders {shown(self._path)}>"

    def apply(self, tree: FolderTree, /) -> None:
        """Make those folders of *tree* that are missing, and lay files in where there are none.

        Raises:
            Rejected: A name can be none of a folder, something else has it already, or a file is
                to be laid in that nobody can find.
            Exception: The root is not there, the file system cannot be reached, or takes nothing
                now; whatever the file system raises goes through.
        """
        with self._one_at_a_time:
            try:
                super().apply(tree)
            except Rejected:
                raise
            except Exception:
                if self._connect is not None:
                    self._fs = None
                raise

    def _root(self) -> Place:
        fs = self._reached()
        there = _look(fs, self._path)
        if there is None or there["type"] == "file":
            raise gone_root(self._path)
        return _RemotePlace(_Reach(fs, self._path), self._path)

    def _reached(self) -> Any:
        if self._fs is None and self._connect is not None:
            given = self._connect()
            for problem in _instance_problems(given, "$.fs()"):
                raise PipeflowError(problem)
            self._fs = given
        return self._fs


class _Reach:
    """A file system while one request is carried out, and what is known of it by then."""

    def __init__(self, fs: Any, root: str) -> None:
        self.fs = fs
        self.root = root
        self.seen: dict[str, Place] = {}

    @cached_property
    def decodes(self) -> bool:
        """Whether `%2F` in a name is a slash to it, as where names go into an address as they are.

        Then the root, of which we know that it is there, has other names as well. What stands at
        the top may be a bucket, of which other names are not even asked for.
        """
        head, _, name = self.root.rpartition("/")
        if head.strip("/"):
            other = f"{head}/{code_of(name[0])}{name[1:]}"
        else:
            other = f"{self.root.rstrip('/')}/{HERE}" if self.root else HERE
        try:
            return _look(self.fs, other) is not None
        except LookupError:  # webdav4 got an answer about a name that it had not asked for
            return True


class _RemotePlace(Place):
    """A folder that was seen."""

    def __init__(self, reach: _Reach, path: str) -> None:
        self._reach = reach
        self._fs = reach.fs
        self._path = path

    def __str__(self) -> str:
        return self._path

    def folder(self, name: str, /) -> Place:
        path, seen = self._at(name), self._reach.seen
        if path not in seen:
            with taught(path):
                self._make(path)
            seen[path] = _RemotePlace(self._reach, path)
        return seen[path]

    def _make(self, path: str) -> None:
        there = _look(self._fs, path)
        if there is None:
            there = self._made(path)
        if there is None:
            _create(self._fs, f"{path}/{KEEP}", b"")
        elif not _is_folder(there):
            raise Rejected(f"there is something else in the place of a folder: {shown(path)}")
        elif there.get("islink"):
            raise Rejected(f"a link may lead out of the folder of all accounts: {shown(path)}")

    def _made(self, path: str) -> dict[str, Any] | None:
        """Return what is seen of a folder that was made: nothing in a store of objects."""
        try:
            self._fs.mkdir(path, create_parents=False)
        except OSError:
            there = _look(self._fs, path)
            if there is None:
                raise
            return there  # somebody else was quicker
        return _look(self._fs, path)

    def lay_in(self, name: str, content: bytes, /) -> None:
        path = self._at(name)
        with taught(path):
            there = _look(self._fs, path)
            if there is not None and _is_folder(there):
                raise Rejected(f"there is a folder in the place of a file: {shown(path)}")
            if there is None and _moves(self._fs):
                _write_beside(self._fs, self._at(f".{os.urandom(8).hex()}.part"), path, content)
            elif there is None:
                _create(self._fs, path, content)

    def _at(self, name: str) -> str:
        if "%" in name and self._reach.decodes:
            what = "this file system takes a percent sign in a name for the beginning of a code"
            raise Rejected(f"{what}: {shown(name)}")
        return f"{self._path.rstrip('/')}/{name}" if self._path else name


def _look(fs: Any, path: str) -> dict[str, Any] | None:
    """Return what is at a path, or None; a listing that was kept may be old."""
    fs.invalidate_cache()
    try:
        there: dict[str, Any] = fs.info(path)
    except OSError as error:
        if isinstance(error, FileNotFoundError) or error.errno == errno.ENOENT:
            return None
        raise
    return there


def _is_folder(there: dict[str, Any]) -> bool:
    return bool(there["type"] == "directory")


def _moves(fs: Any) -> bool:
    """Tell whether a file system moves by itself: that of fsspec copies, and takes `*` for more."""
    while isinstance(fs, DirFileSystem):
        fs = fs.fs
    return type(fs).mv is not AbstractFileSystem.mv


def _write_beside(fs: Any, beside: str, path: str, content: bytes) -> None:
    """Write a file beside its place, and move it there unless somebody was quicker."""
    moved = False
    try:
        fs.pipe_file(beside, content)
        if _look(fs, path) is None:
            try:
                fs.mv(beside, path)
                moved = True
            except FileNotFoundError:  # that for WebDAV takes `[a]` in a path for a choice of names
                _create(fs, path, content)
    finally:
        if not moved:
            with suppress(Exception):  # what went wrong before it is what counts
                fs.rm_file(beside)


def _create(fs: Any, path: str, content: bytes) -> None:
    """Write a file at once: where there is none, as far as the file system can tell by itself."""
    try:
        with suppress(FileExistsError):
            fs.pipe_file(path, content, mode="create")
    except (NotImplementedError, TypeError, ValueError):
        fs.pipe_file(path, content)  # it cannot, and nothing was there a moment ago
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        fs.pipe_file(path, content)


def _fs_problems(fs: object) -> Iterator[Problem]:
    if isinstance(fs, AbstractFileSystem) or not callable(fs):
        yield from _instance_problems(fs, "$.fs")
    elif iscoroutinefunction(fs):
        yield Problem("is async, and nobody awaits it here; give a plain one", "$.fs", shown(fs))


def _instance_problems(fs: object, where: str) -> Iterator[Problem]:
    if not isinstance(fs, AbstractFileSystem):
        what = "must be a file system of fsspec, or a function that returns one"
        yield Problem(what, where, shown(fs), allowed=('fsspec.filesystem("sftp", host="...")',))
    elif getattr(fs, "asynchronous", False):
        what = "is awaited, and nobody awaits it here; make it without asynchronous=True"
        yield Problem(what, where, type(fs).__name__)


def _root_problems(root: object) -> Iterator[Problem]:
    if not isinstance(root, str) or "\0" in root:
        yield Problem("must be the path of a folder in the file system", "$.root", shown(root))
    elif "://" in root or "::" in root:
        what = "must be a path alone: what comes before it belongs to the file system"
        yield Problem(what, "$.root", allowed=('"bucket/clients"', '"/srv/clients"'))
