"""Folders are made wherever fsspec reaches, and nothing that is there is ever changed."""

from __future__ import annotations

import errno
import os
import posixpath
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, ClassVar, NamedTuple
from urllib.parse import unquote

import pytest
from fsspec import AbstractFileSystem
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from pipeflow import (
    Account,
    ApplyFolderTemplate,
    DefinitionError,
    Engine,
    Folder,
    FolderTemplate,
    PipeflowError,
    Pipeline,
    Ports,
    Stage,
)
from pipeflow.adapters.fsspec import FsspecFolders, name_of
from pipeflow.ports import FolderTree, Rejected
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts import FoldersPortContract
from tests.adapters.broken_file_systems import KEPT, Bucket, breaking, in_memory

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")


class Somewhere(NamedTuple):
    """A file system, a root in it that is there, and whether an empty folder can be there."""

    fs: Any
    root: str
    has_folders: bool = True

    def found(self) -> list[str]:
        """List what is below the root, without what keeps a folder seen."""
        self.fs.invalidate_cache()
        below = self.fs.find(self.root, withdirs=True)
        base = self.fs._strip_protocol(self.root)
        names = {str(path).removeprefix(base).strip("/") for path in below} - {""}
        return sorted(name for name in names if not name.endswith(KEPT))

    def read(self, path: str) -> bytes:
        """Return what is in a file."""
        return bytes(self.fs.cat_file(self.at(path)))

    def write(self, path: str, content: bytes) -> None:
        """Write a file, as a client does."""
        self.fs.pipe_file(self.at(path), content)

    def at(self, path: str) -> str:
        """Return where something is that is below the root."""
        return f"{self.root.rstrip('/')}/{path}" if self.root else path


def memory(tmp_path: Path) -> Somewhere:
    """A file system in memory, which has folders, and copies where it is to move."""
    fs = in_memory()
    fs.mkdir("/clients")
    return Somewhere(fs, "/clients")


def disk(tmp_path: Path) -> Somewhere:
    """A disk, which moves files."""
    return Somewhere(LocalFileSystem(), tmp_path.as_posix())


def part_of_disk(tmp_path: Path) -> Somewhere:
    """A folder of a disk as a file system of its own, all of which is the root."""
    return Somewhere(DirFileSystem(tmp_path.as_posix(), LocalFileSystem()), "")


def part_of_memory(tmp_path: Path) -> Somewhere:
    """A folder in memory as a file system of its own, and the root in that."""
    fs = in_memory()
    fs.mkdir("/firm/clients")
    return Somewhere(DirFileSystem("/firm", fs), "clients/")


def awaited(tmp_path: Path) -> Somewhere:
    """A file system whose own calls are awaited, by its plain face."""
    fs = AsyncFileSystemWrapper(LocalFileSystem(), asynchronous=False)
    return Somewhere(fs, tmp_path.as_posix())


def bucket(tmp_path: Path) -> Somewhere:
    """A store of objects, which has no folders."""
    return Somewhere(Bucket("clients"), "clients", has_folders=False)


PLACES = [memory, disk, part_of_disk, part_of_memory, awaited, bucket]


@pytest.fixture(params=PLACES, ids=lambda place: str(place.__name__))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Somewhere:
    """Go through all kinds of file systems."""
    made: Somewhere = request.param(tmp_path)
    return made


def tree(*folders: str | Folder, account: str = "ada", key: str = "one/job-1/1/f") -> FolderTree:
    """Make a request."""
    made = tuple(one if isinstance(one, Folder) else Folder(one) for one in folders)
    return FolderTree(key, account, "job-1", None, "f", "Folders", made)


class TestFsspecFolders(FoldersPortContract):
    """It keeps the contract of all ports for folders, on each of them."""

    @pytest.fixture
    def port(self, place: Somewhere) -> FsspecFolders:
        """Make one, with nothing in its root."""
        return FsspecFolders(place.fs, place.root)

    @pytest.fixture
    def effects(self, port: FsspecFolders, place: Somewhere) -> Callable[[], int]:
        """Count the folders that were asked for, each below that of taxes."""
        return lambda: sum(path.startswith("account-1/Tax/") for path in place.found())


def test_what_is_missing_is_made_and_what_is_there_stays(place: Somewhere) -> None:
    """A-12: the client's papers lie there already."""
    if place.has_folders:
        place.fs.mkdir(place.at("ada"))
        place.fs.mkdir(place.at("ada/Tax"))
    place.write("ada/Tax/papers.pdf", b"%PDF")
    port = FsspecFolders(place.fs, place.root)

    for _ in range(2):
        port.apply(tree("Tax/2026/Your papers", "Tax/2027", "Räkenskap"))

    assert port.honours_keys
    assert place.found() == [
        "ada", "ada/Räkenskap", "ada/Tax", "ada/Tax/2026", "ada/Tax/2026/Your papers",
        "ada/Tax/2027", "ada/Tax/papers.pdf",
    ]  # fmt: skip
    assert place.read("ada/Tax/papers.pdf") == b"%PDF"


def test_where_there_are_no_folders_an_empty_file_makes_each_seen(tmp_path: Path) -> None:
    """So a folder stays when all that was in it is deleted; one that is seen needs none."""
    place = bucket(tmp_path)
    place.write("ada/papers.pdf", b"%PDF")

    FsspecFolders(place.fs, place.root).apply(tree("Tax/2026"))

    assert place.fs.find(place.root) == [
        "/clients/ada/Tax/.keep", "/clients/ada/Tax/2026/.keep", "/clients/ada/papers.pdf",
    ]  # fmt: skip
    assert place.read("ada/Tax/2026/.keep") == b""


def test_where_there_are_folders_nothing_else_is_made(tmp_path: Path) -> None:
    """No file that nobody asked for."""
    FsspecFolders(LocalFileSystem(), str(tmp_path)).apply(tree("Tax"))

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["Tax", "ada"]


def test_an_account_without_folders_has_its_own_alone(place: Somewhere) -> None:
    """A template may be empty."""
    FsspecFolders(place.fs, place.root).apply(tree())

    assert place.found() == ["ada"]


def test_ids_and_names_mean_themselves_alone(place: Somewhere) -> None:
    """What stands for many names elsewhere, or for a home, is the name of one folder here."""
    port = FsspecFolders(place.fs, place.root, files=lambda ref: ("~[2026] {a,b}#1 50%", b"x"))

    port.apply(tree(Folder("[ab]/{c}", files=["f"]), "~", account="../b:\\*?"))

    assert place.found() == [
        "..%2Fb%3A%5C%2A%3F",
        "..%2Fb%3A%5C%2A%3F/[ab]",
        "..%2Fb%3A%5C%2A%3F/[ab]/{c}",
        "..%2Fb%3A%5C%2A%3F/[ab]/{c}/~[2026] {a,b}#1 50%",
        "..%2Fb%3A%5C%2A%3F/~",
    ]
    assert name_of("../b:\\*?") == "..%2Fb%3A%5C%2A%3F"


@pytest.mark.parametrize("root", ["/clients", "/firm/clients", "/firm/Übersicht", "/", ""])
def test_a_name_that_would_be_decoded_is_rejected(root: str) -> None:
    """Where names go into an address as they are, `%2F` is a slash and leads elsewhere."""

    class Decoding(MemoryFileSystem):
        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            path = posixpath.normpath(f"/{unquote(path)}".replace("//", "/"))
            return path if path != "/" else ""

    fs = Decoding(global_store=False, skip_instance_cache=True)
    if root.strip("/"):
        fs.mkdir(root)
    port = FsspecFolders(fs, root, files=lambda ref: (ref, b"x"))

    port.apply(tree("Tax"))
    for asked in (tree("Tax", account="../bob"), tree("Tax/..%2F..%2Fbob"),
                  tree(Folder("Tax", files=["..%2Ff"]))):  # fmt: skip
        with pytest.raises(Rejected, match="takes a percent sign in a name"):
            port.apply(asked)

    made = {path for path in fs.pseudo_dirs if "ada" in path or "bob" in path}
    assert made == {f"{root.rstrip('/')}/{path}" for path in ("ada", "ada/Tax")}
    assert fs.store == {}


@pytest.mark.parametrize("root", ["/clients", "/"])
def test_an_account_that_is_called_like_a_folder_itself_is_in_nobodys_way(root: str) -> None:
    """Its folder has the name by which another file system is asked whether it decodes."""
    fs = in_memory()
    fs.mkdir("/clients")
    port = FsspecFolders(fs, root)

    for account in (".", "a/b", "."):
        port.apply(tree("Tax", account=account))

    assert {f"{root.rstrip('/')}/{one}/Tax" for one in ("%2E", "a%2Fb")} <= {*fs.pseudo_dirs}


def test_other_names_of_a_bucket_are_not_asked_for() -> None:
    """Stores refuse what can be no bucket with an error of their own."""

    class Strict(Bucket):
        def info(self, path: str, **kwargs: Any) -> Any:
            if "%" in path.strip("/").partition("/")[0]:
                raise PermissionError(path)
            return super().info(path, **kwargs)

    fs = Strict("clients")
    FsspecFolders(fs, "clients").apply(tree("Tax", account="a/b"))

    assert fs.find("clients") == ["/clients/a%2Fb/.keep", "/clients/a%2Fb/Tax/.keep"]


def test_an_answer_about_another_name_means_that_it_was_decoded() -> None:
    """So webdav4 fails where the server knows the name by another one."""

    class Confused(MemoryFileSystem):
        def info(self, path: str, **kwargs: Any) -> Any:
            if "%" in path:
                raise KeyError(unquote(path))
            return super().info(path, **kwargs)

    fs = Confused(global_store=False, skip_instance_cache=True)
    with pytest.raises(Rejected, match="takes a percent sign in a name"):
        FsspecFolders(fs, "").apply(tree("Tax", account="a/b"))

    assert fs.pseudo_dirs == [""]


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "a/b", "/etc", "a\\b", "a\0b", "a\nb", None, 7, b"a"]
)
def test_what_is_no_name_of_one_folder_is_rejected(place: Somewhere, name: Any) -> None:
    """It could lead to another client's papers, or out of the root."""
    with pytest.raises(Rejected, match="no name of one account's folder"):
        FsspecFolders(place.fs, place.root, folder_of=lambda account: name).apply(tree("Tax"))
    with pytest.raises(PipeflowError):
        FsspecFolders(place.fs, place.root, files=lambda ref: (name, b"x")).apply(
            tree(Folder("In", files=["f-1"]))
        )

    assert place.found() == ["ada", "ada/In"]


def test_the_host_may_name_the_folders_of_accounts(place: Somewhere) -> None:
    """People look for a client by the name."""
    names = {"ada": "1815 Lovelace"}
    FsspecFolders(place.fs, place.root, folder_of=names.__getitem__).apply(tree("Tax"))

    assert place.found() == ["1815 Lovelace", "1815 Lovelace/Tax"]


def test_a_file_in_the_place_of_a_folder_is_rejected(place: Somewhere) -> None:
    """Nothing is overwritten; a person has to look."""
    place.write("ada", b"mine")

    with pytest.raises(Rejected, match=r"something else in the place of a folder: '.*ada'"):
        FsspecFolders(place.fs, place.root).apply(tree("Tax"))

    assert place.read("ada") == b"mine"


def test_a_folder_in_the_place_of_a_file_is_rejected(place: Somewhere) -> None:
    """Nothing could be laid there."""
    port = FsspecFolders(place.fs, place.root, files=lambda ref: ("Notes", b"x"))

    with pytest.raises(Rejected, match="a folder in the place of a file"):
        port.apply(tree("In/Notes", Folder("In", files=["f-1"])))


def test_files_are_laid_in_once(place: Somewhere) -> None:
    """What the client wrote into one meanwhile stays."""
    files = {"f-1": ("Questions.docx", b"new"), "f-2": ("Read me.txt", b"")}
    port = FsspecFolders(place.fs, place.root, files=files.__getitem__)
    asked = tree(Folder("Tax/In", files=["f-1", "f-2"]), Folder("Tax/Out", files=["f-1"]))
    port.apply(asked)
    place.write("ada/Tax/In/Questions.docx", b"answered")

    port.apply(asked)

    assert place.found() == [
        "ada", "ada/Tax", "ada/Tax/In", "ada/Tax/In/Questions.docx", "ada/Tax/In/Read me.txt",
        "ada/Tax/Out", "ada/Tax/Out/Questions.docx",
    ]  # fmt: skip
    assert place.read("ada/Tax/In/Questions.docx") == b"answered"
    assert place.read("ada/Tax/In/Read me.txt") == b""
    assert place.read("ada/Tax/Out/Questions.docx") == b"new"


def test_files_that_nobody_can_find_are_rejected(place: Somewhere) -> None:
    """Before anything is made."""
    with pytest.raises(Rejected, match=r"FsspecFolders\(files=\.\.\.\) was not given"):
        FsspecFolders(place.fs, place.root).apply(tree("Tax", Folder("In", files=["f-1"])))

    assert place.found() == []


def test_two_files_of_one_name_are_rejected(place: Somewhere) -> None:
    """The second would be left out without a word."""
    port = FsspecFolders(place.fs, place.root, files=lambda ref: ("Questions.docx", b"x"))

    with pytest.raises(Rejected, match=r"two files of one folder are called 'Questions\.docx'"):
        port.apply(tree(Folder("In", files=["f-1", "f-2"])))


def test_a_root_that_is_not_there_is_waited_for(place: Somewhere) -> None:
    """A bucket or a share of another name must not be made by mistake."""
    port = FsspecFolders(place.fs, place.at("new"))
    with pytest.raises(FileNotFoundError, match="never made"):
        port.apply(tree("Tax"))
    place.write("new", b"a file")
    with pytest.raises(FileNotFoundError, match="never made"):
        port.apply(tree("Tax"))
    assert place.found() == ["new"]

    place.fs.rm_file(place.at("new"))
    place.fs.mkdir(place.at("new"))
    if not place.has_folders:
        place.write("new/readme.txt", b"")
    port.apply(tree("Tax"))

    assert [path for path in place.found() if "ada" in path] == ["new/ada", "new/ada/Tax"]


def test_a_root_that_goes_away_meanwhile_is_not_made_anew(tmp_path: Path) -> None:
    """Nor is a bucket."""
    (root := tmp_path / "share").mkdir()

    class Unmounted(LocalFileSystem):
        def info(self, path: str, **kwargs: Any) -> Any:
            there = super().info(path, **kwargs)
            root.rmdir()
            return there

    with pytest.raises(FileNotFoundError):
        FsspecFolders(Unmounted(), str(root)).apply(tree("Tax"))

    assert not root.exists()


def test_the_root_may_be_all_of_a_file_system() -> None:
    """Which some call by a slash."""
    fs = in_memory()

    FsspecFolders(fs, "/").apply(tree("Tax"))

    assert fs.find("", withdirs=True) == ["/ada", "/ada/Tax"]


def test_what_was_listed_before_is_no_answer() -> None:
    """Many file systems keep what they listed, while others write."""

    class Listing(MemoryFileSystem):
        kept: ClassVar[dict[str, Any]] = {}

        def info(self, path: str, **kwargs: Any) -> Any:
            if path not in self.kept:
                try:
                    self.kept[path] = super().info(path)
                except FileNotFoundError as error:
                    self.kept[path] = error
            if isinstance(there := self.kept[path], Exception):
                raise there
            return there

        def invalidate_cache(self, path: str | None = None) -> None:
            self.kept.clear()

    fs = Listing(global_store=False, skip_instance_cache=True)
    port = FsspecFolders(fs, "/clients", files=lambda ref: ("f", b"new"))
    with pytest.raises(FileNotFoundError):
        port.apply(tree("Tax"))

    MemoryFileSystem.mkdir(fs, "/clients")
    port.apply(tree(Folder("Tax", files=["f"])))

    assert fs.store["/clients/ada/Tax/f"].getvalue() == b"new"
    assert "/clients/ada/Tax/.keep" not in fs.store


@needs_links
def test_links_are_rejected_where_a_file_system_tells_of_them(tmp_path: Path) -> None:
    """Nobody can tell where they lead."""
    root, outside = tmp_path / "clients", tmp_path / "outside"
    (root / "ada").mkdir(parents=True)
    outside.mkdir()
    (root / "ada" / "Out").symlink_to(outside)
    port = FsspecFolders(LocalFileSystem(), str(root), files=lambda ref: ("f", b"x"))

    for path in ("Out", "Out/In"):
        with pytest.raises(Rejected, match="a link may lead out"):
            port.apply(tree(Folder(path, files=["f"])))

    assert list(outside.iterdir()) == []


@needs_links
def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    """Shares often are."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "clients").symlink_to(tmp_path / "disk")

    FsspecFolders(LocalFileSystem(), str(tmp_path / "clients")).apply(tree("Tax"))

    assert (tmp_path / "disk" / "ada" / "Tax").is_dir()


def test_a_name_that_is_too_long_is_rejected(tmp_path: Path) -> None:
    """No wait would make it shorter."""
    port = FsspecFolders(LocalFileSystem(), str(tmp_path), files=lambda ref: ("x" * 300, b"x"))

    with pytest.raises(Rejected, match=r"[Nn]ame too long"):
        port.apply(tree("x" * 300))
    with pytest.raises(Rejected, match=r"[Nn]ame too long"):
        port.apply(tree(Folder("In", files=["f"])))


def test_a_name_that_cannot_be_written_down_there_is_rejected() -> None:
    """As on an old FTP server."""

    class Latin(MemoryFileSystem):
        def mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
            path.encode("latin-1")
            super().mkdir(path, create_parents=create_parents)

    with pytest.raises(Rejected, match="takes no such name"):
        FsspecFolders(Latin(global_store=False), "").apply(tree("李"))


# -- what fails now ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO, errno.EINVAL, errno.ETIMEDOUT]
)
@pytest.mark.parametrize("call", ["info", "mkdir", "pipe_file", "mv"])
def test_what_cannot_be_done_now_is_waited_for(tmp_path: Path, call: str, code: int) -> None:
    """Somebody can make room, mend the right or the network; S3 says EINVAL of a wrong region."""
    fs = breaking(LocalFileSystem, [call])()
    port = FsspecFolders(fs, str(tmp_path), files=lambda ref: ("f", b"whole"))
    asked = tree(Folder("Tax", files=["f"]))

    fs.break_at(1, OSError(code, os.strerror(code)))
    with pytest.raises(OSError, match=os.strerror(code)) as told:
        port.apply(asked)
    assert told.value.errno == code
    port.apply(asked)

    assert disk(tmp_path).found() == ["ada", "ada/Tax", "ada/Tax/f"]


def breaks() -> Iterator[Any]:
    """Name each way to break, on a file system that moves and on one that writes at once."""
    for after in (False, True):
        when = "after" if after else "before"
        yield pytest.param(disk, LocalFileSystem, after, id=f"disk-{when}")
        yield pytest.param(bucket, Bucket, after, id=f"bucket-{when}")


@pytest.mark.parametrize(("make", "kind", "after"), [*breaks()])
def test_a_connection_may_break_at_any_call(
    tmp_path: Path, make: Callable[[Path], Somewhere], kind: type, after: bool
) -> None:
    """Before a call is done or after it: no file is half there, and in the end all are."""
    calls = ["info", "mkdir", "pipe_file", *(["mv"] if kind is LocalFileSystem else [])]
    asked = tree(Folder("Tax/In", files=["f-1", "f-2"]), "Tax/Out")
    want = ["ada", "ada/Tax", "ada/Tax/In", "ada/Tax/In/f-1", "ada/Tax/In/f-2", "ada/Tax/Out"]
    broken = 0
    for number in range(1, 100):
        (root := tmp_path / str(number)).mkdir()
        fs = breaking(kind, calls)(*([] if kind is LocalFileSystem else ["clients"]))
        place = make(root)._replace(fs=fs)
        port = FsspecFolders(fs, place.root, files=lambda ref: (ref, b"whole " * 1000))
        fs.break_at(number, ConnectionResetError("lost"), after=after)
        try:
            port.apply(asked)
        except ConnectionResetError:
            broken += 1
        reached = fs.number <= 0
        fs.break_at(0, ConnectionResetError("never"))
        files = [path for path in place.found() if path.rpartition("/")[2] in {"f-1", "f-2"}]
        assert all(place.read(path) == b"whole " * 1000 for path in files)

        port.apply(asked)

        assert place.found() == want
        if not reached:
            break
    assert broken >= 5


def test_a_file_that_is_left_beside_hides_no_error(tmp_path: Path) -> None:
    """What went wrong first is told, not that nobody could tidy up."""
    fs = breaking(LocalFileSystem, ["mv", "rm_file"])()
    port = FsspecFolders(fs, str(tmp_path), files=lambda ref: ("f", b"whole"))

    fs.break_at(1, ConnectionResetError("lost"), times=2)
    with pytest.raises(ConnectionResetError):
        port.apply(tree(Folder("In", files=["f"])))
    (left,) = (tmp_path / "ada" / "In").iterdir()
    port.apply(tree(Folder("In", files=["f"])))

    assert left.name.endswith(".part")
    assert left.name.startswith(".")
    assert (tmp_path / "ada" / "In" / "f").read_bytes() == b"whole"


def test_a_server_that_has_an_error_of_its_own_for_nothing_there() -> None:
    """Those of shares are no FileNotFoundError, and say so by their number."""

    class ShareError(OSError):
        pass

    class Share(MemoryFileSystem):
        def info(self, path: str, **kwargs: Any) -> Any:
            try:
                return super().info(path)
            except FileNotFoundError as error:
                raise ShareError(errno.ENOENT, "no such name", path) from error

    fs = Share(global_store=False)

    FsspecFolders(fs, "").apply(tree("Tax"))

    assert fs.find("", withdirs=True) == ["/ada", "/ada/Tax"]


# -- beside others -------------------------------------------------------------------------------


def test_what_a_rival_wrote_meanwhile_stays_where_files_are_moved(tmp_path: Path) -> None:
    """It is looked for again when the file is ready."""

    class Rival(LocalFileSystem):
        def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kw: Any) -> None:
            super().pipe_file(path, value, mode=mode, **kw)
            (tmp_path / "ada" / "In" / "f").write_bytes(b"theirs")

    port = FsspecFolders(Rival(), str(tmp_path), files=lambda ref: ("f", b"ours"))
    port.apply(tree(Folder("In", files=["f"])))

    assert disk(tmp_path).found() == ["ada", "ada/In", "ada/In/f"]
    assert (tmp_path / "ada" / "In" / "f").read_bytes() == b"theirs"


@pytest.mark.parametrize("part", [False, True])
def test_what_a_rival_wrote_meanwhile_stays_where_files_are_created(
    tmp_path: Path, part: bool
) -> None:
    """The store itself takes a file only where there is none, also by a part of it."""

    class Rival(Bucket):
        def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kw: Any) -> None:
            super().pipe_file(path, b"theirs")
            super().pipe_file(path, value, mode=mode, **kw)

    place = bucket(tmp_path)._replace(fs=Rival("clients"))
    fs, root = (DirFileSystem("/clients", place.fs), "") if part else (place.fs, place.root)
    port = FsspecFolders(fs, root, files=lambda ref: ("f", b"ours"))
    port.apply(tree(Folder("In", files=["f"])))

    assert place.read("ada/In/f") == b"theirs"


@pytest.mark.parametrize(
    "error",
    [
        NotImplementedError("mode"),
        TypeError("mode"),
        ValueError("mode"),
        OSError(errno.ENOSYS, "A header you provided implies functionality not implemented"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_store_that_cannot_create_takes_files_too(tmp_path: Path, error: Exception) -> None:
    """Older ones write over what is there; so it was looked for."""

    class Older(Bucket):
        def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kw: Any) -> None:
            if mode == "create":
                raise error
            super().pipe_file(path, value, mode=mode, **kw)

    place = bucket(tmp_path)._replace(fs=Older("clients"))
    port = FsspecFolders(place.fs, place.root, files=lambda ref: ("f", ref.encode()))
    for ref in ("f-1", "f-2"):
        port.apply(tree(Folder("In", files=[ref])))

    assert place.read("ada/In/f") == b"f-1"


def test_a_file_system_whose_moves_take_patterns_gets_files_too(tmp_path: Path) -> None:
    """As that for WebDAV: it leaves most moves to fsspec, which copies what a pattern finds."""

    class Copying(LocalFileSystem):
        def mv(self, path1: str, path2: str, recursive: bool = False, **kwargs: Any) -> None:
            AbstractFileSystem.mv(self, path1, path2, recursive=recursive, **kwargs)

    port = FsspecFolders(Copying(), str(tmp_path), files=lambda ref: (f"{ref} [2026]", b"x"))
    port.apply(tree(Folder("[In]", files=["f"]), Folder("Out", files=["g"])))

    assert disk(tmp_path).found() == [
        "ada", "ada/Out", "ada/Out/g [2026]", "ada/[In]", "ada/[In]/f [2026]",
    ]  # fmt: skip


def test_a_folder_that_somebody_else_makes_meanwhile_is_as_good(tmp_path: Path) -> None:
    """Whatever the server says of it."""

    class Rival(LocalFileSystem):
        def mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
            super().mkdir(path, create_parents=create_parents)
            raise OSError("Failure")

    FsspecFolders(Rival(), str(tmp_path)).apply(tree("Tax"))

    assert disk(tmp_path).found() == ["ada", "ada/Tax"]


def test_threads_may_make_the_same_folders(place: Somewhere) -> None:
    """Two jobs of one client ask at once."""
    port = FsspecFolders(place.fs, place.root, files=lambda ref: ("f", b"x" * 10_000))
    start, failed = Barrier(4), []

    def make() -> None:
        start.wait(30)
        try:
            port.apply(tree(*(Folder(f"Tax/{year}", files=["f"]) for year in range(2000, 2008))))
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert len(place.found()) == 2 + 8 * 2


def test_one_request_is_carried_out_at_a_time() -> None:
    """A connection may take no second call while the first one waits."""
    alone: list[bool] = []

    class Connection(MemoryFileSystem):
        def info(self, path: str, **kwargs: Any) -> Any:
            alone.append(port._one_at_a_time.locked())
            return super().info(path, **kwargs)

    port = FsspecFolders(Connection(global_store=False, skip_instance_cache=True), "")
    port.apply(tree("Tax"))

    assert set(alone) == {True}
    assert not port._one_at_a_time.locked()


# -- a function that connects --------------------------------------------------------------------


def test_a_lost_connection_is_made_anew(tmp_path: Path) -> None:
    """Once, and not for each request, nor for one that is never to be."""
    connected: list[Any] = []

    def connect() -> Any:
        connected.append(breaking(LocalFileSystem, ["info"])(skip_instance_cache=True))
        return connected[-1]

    port = FsspecFolders(connect, str(tmp_path))
    assert connected == []
    port.apply(tree("One"))
    with pytest.raises(Rejected):
        port.apply(tree("x" * 300))
    port.apply(tree("Two"))
    assert len(connected) == 1

    connected[0].break_at(1, OSError("Socket is closed"), times=100)
    with pytest.raises(OSError, match="Socket is closed"):
        port.apply(tree("Three"))
    port.apply(tree("Three"))

    assert len(connected) == 2
    assert disk(tmp_path).found() == ["ada", "ada/One", "ada/Three", "ada/Two"]


def test_a_function_that_returns_something_else_is_told(tmp_path: Path) -> None:
    """And tried again."""

    def nothing() -> Any:
        return None

    with pytest.raises(PipeflowError, match="must be a file system of fsspec") as told:
        FsspecFolders(nothing, str(tmp_path)).apply(tree("Tax"))

    assert not isinstance(told.value, Rejected)


async def connect_later() -> LocalFileSystem:
    """Connect, for those who await it."""
    return LocalFileSystem()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"fs": None}, r"\$\.fs: must be a file system of fsspec, or a function"),
        ({"fs": "sftp"}, r"\$\.fs: must be a file system of fsspec"),
        ({"fs": connect_later}, r"\$\.fs: is async"),
        ({"root": None}, r"\$\.root: must be the path of a folder"),
        ({"root": b"clients"}, r"\$\.root"),
        ({"root": "a\0b"}, r"\$\.root"),
        ({"root": "sftp://me:secret@host/clients"}, r"\$\.root: must be a path alone"),
        ({"folder_of": "ada"}, r"\$\.folder_of: must be a function"),
        ({"files": {}}, r"\$\.files: must be a function"),
    ],
)
def test_what_is_wrong_is_refused_when_it_is_made(given: dict[str, Any], told: str) -> None:
    """Not when the first folders are asked for; and no password is repeated."""
    with pytest.raises(DefinitionError, match=told) as error:
        FsspecFolders(**{"fs": LocalFileSystem(), "root": "/clients", **given})

    assert "secret" not in str(error.value)


def test_a_file_system_that_is_to_be_awaited_is_refused() -> None:
    """Its plain face answers nothing then."""
    fs = AsyncFileSystemWrapper(LocalFileSystem(), asynchronous=True)

    with pytest.raises(DefinitionError, match=r"\$\.fs: is awaited, and nobody awaits it here"):
        FsspecFolders(fs, "/clients")


def test_it_says_where_it_makes_folders() -> None:
    """Whoever looks at a host wants to know."""
    assert (
        repr(FsspecFolders(LocalFileSystem(), "/srv/clients/")) == "<FsspecFolders '/srv/clients'>"
    )


def test_folders_of_a_firm_are_made(tmp_path: Path) -> None:
    """A server that comes back gets what was asked for meanwhile."""
    clock, servers = ManualClock(), iter([ConnectionRefusedError("down"), LocalFileSystem()])

    def connect() -> Any:
        if isinstance(server := next(servers), Exception):
            raise server
        return server

    years = FolderTemplate("Years", folders=["Tax/2026", "Tax/2027"])
    tax = Pipeline("Tax", stages=[Stage("New", [ApplyFolderTemplate(years)]), Stage("Done")])
    engine = Engine(ports=Ports(folders=FsspecFolders(connect, str(tmp_path))), clock=clock)
    engine.save(tax, years)
    engine.start(tax, engine.save(Account("Ada", id="ada")))
    (failure,) = engine.failures()
    assert failure.error.startswith("ConnectionRefusedError: down")

    clock.advance(hours=1)
    engine.tick()

    assert engine.failures() == ()
    assert disk(tmp_path).found() == ["ada", "ada/Tax", "ada/Tax/2026", "ada/Tax/2027"]


def test_without_fsspec_a_sentence_says_what_to_install() -> None:
    """And nothing else fails."""
    code = (
        "import sys; sys.modules['fsspec'] = None\n"
        "import pipeflow, pipeflow.adapters.folders\n"
        "try: import pipeflow.adapters.fsspec\n"
        "except ImportError as error: print(error.name, error, sep=': ')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    said = "FsspecFolders needs fsspec, which is not installed: pip install 'pipeflow[fsspec]'"
    assert run.stdout.strip() == f"fsspec: {said}"
