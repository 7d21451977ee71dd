"""Folders are made on disk, and nothing that is there is ever changed."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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
from pipeflow.adapters import folders
from pipeflow.adapters.folders import LocalFolders
from pipeflow.ports import FolderTree, Rejected
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts import FoldersPortContract
from tests.adapters.disks import without_a_call_for_links, without_links

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")


def tree(*folders: str | Folder, account: str = "ada", key: str = "one/job-1/1/f") -> FolderTree:
    """Make a request."""
    made = tuple(one if isinstance(one, Folder) else Folder(one) for one in folders)
    return FolderTree(key, account, "job-1", None, "f", "Folders", made)


def found(root: Path) -> list[str]:
    """List what is below a folder."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


class TestLocalFolders(FoldersPortContract):
    """It keeps the contract of all ports for folders."""

    @pytest.fixture
    def port(self, tmp_path: Path) -> LocalFolders:
        """Make one, with nothing in its root."""
        return LocalFolders(tmp_path)

    @pytest.fixture
    def effects(self, port: LocalFolders, tmp_path: Path) -> Callable[[], int]:
        """Count the folders that were asked for, each below that of taxes."""
        return lambda: len([*tmp_path.glob("account-1/Tax/*")])


def test_what_is_missing_is_made_and_what_is_there_stays(tmp_path: Path) -> None:
    """A-12: the client's papers lie there already."""
    (tmp_path / "ada" / "Tax").mkdir(parents=True)
    (tmp_path / "ada" / "Tax" / "papers.pdf").write_bytes(b"%PDF")
    port = LocalFolders(tmp_path)

    for _ in range(2):
        port.apply(tree("Tax/2026/Your papers", "Tax/2027", "Räkenskap"))

    assert port.honours_keys
    assert found(tmp_path / "ada") == [
        "Räkenskap", "Tax", "Tax/2026", "Tax/2026/Your papers", "Tax/2027", "Tax/papers.pdf",
    ]  # fmt: skip
    assert (tmp_path / "ada" / "Tax" / "papers.pdf").read_bytes() == b"%PDF"


def test_an_account_without_folders_has_its_own_alone(tmp_path: Path) -> None:
    """A template may be empty."""
    LocalFolders(tmp_path).apply(tree())

    assert found(tmp_path) == ["ada"]


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("a/b", "a%2Fb"),
        ("../b", "..%2Fb"),
        ("a\\b:c", "a%5Cb%3Ac"),
        ("Müller", "Müller"),
        ("ada@example.com", "ada@example.com"),
        ("a+b, c (d) & 'e'", "a+b, c (d) & 'e'"),
        ("李" * 80, "李" * 80),
        ("50%", "50%25"),
        ("a%2Fb", "a%252Fb"),
        ("a\nb\u2028", "a%0Ab%E2%80%A8"),
        ('*?"<>|', "%2A%3F%22%3C%3E%7C"),
        ("& Co.", "& Co%2E"),
        ("a ", "a%20"),
        (".", "%2E"),
        ("..", ".%2E"),
        ("...", "..%2E"),
        (" ", "%20"),
    ],
)
def test_an_account_has_one_folder_whatever_its_id(tmp_path: Path, account: str, name: str) -> None:
    """Ids come from the host, and may hold what no name holds."""
    LocalFolders(tmp_path).apply(tree("Tax", account=account))

    assert found(tmp_path) == [name, f"{name}/Tax"]


def test_the_host_may_name_the_folders_of_accounts(tmp_path: Path) -> None:
    """People look for a client by the name."""
    LocalFolders(tmp_path, folder_of={"ada": "1815 Lovelace"}.__getitem__).apply(tree("Tax"))

    assert found(tmp_path) == ["1815 Lovelace", "1815 Lovelace/Tax"]


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "a/b", "/etc", "a\\b", "a\0b", "a\nb", None, 7, b"a", "x" * 300]
)
def test_what_is_no_name_of_one_folder_is_rejected(tmp_path: Path, name: Any) -> None:
    """It could lead to another client's papers, or out of the root."""
    root = tmp_path / "clients"
    root.mkdir()

    with pytest.raises(Rejected):
        LocalFolders(root, folder_of=lambda account: name).apply(tree("Tax"))

    assert found(tmp_path) == ["clients"]


@given(account=st.text(max_size=60), other=st.text(max_size=60))
@example(account="..", other=".%2E")
@example(account="a/", other="a%2F")
def test_the_folder_of_an_account_is_its_own_and_tells_its_id(account: str, other: str) -> None:
    """No client's papers lie in the folder of another one."""
    name = folders.name_of(account)

    assert unquote(name) == account
    assert (name == folders.name_of(other)) is (account == other)
    assert name.isprintable()
    assert name[-1:] not in {".", " "}
    assert not set('/\\:*?"<>|') & set(name)


@pytest.mark.parametrize("account", ["", "x" * 300])
def test_an_id_that_can_be_no_name_is_rejected(tmp_path: Path, account: str) -> None:
    """The host then names the folder itself."""
    with pytest.raises(Rejected, match=r"no name of one account's folder|too long"):
        LocalFolders(tmp_path).apply(tree("Tax", account=account))


def test_a_file_in_the_place_of_a_folder_is_rejected(tmp_path: Path) -> None:
    """Nothing is overwritten; a person has to look."""
    (tmp_path / "ada").write_text("mine")

    with pytest.raises(Rejected, match=r"something else in the place of a folder: '.*ada'"):
        LocalFolders(tmp_path).apply(tree("Tax"))

    assert (tmp_path / "ada").read_text() == "mine"


def test_a_name_that_is_too_long_is_rejected(tmp_path: Path) -> None:
    """No wait would make it shorter."""
    with pytest.raises(Rejected, match=r"[Nn]ame too long"):
        LocalFolders(tmp_path).apply(tree("x" * 300))
    with pytest.raises(Rejected, match=r"[Nn]ame too long"):
        LocalFolders(tmp_path).apply(tree("/".join(["x" * 200] * 40)))


def test_a_root_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    """A share that is not mounted must not be made anew on the local disk."""
    port = LocalFolders(tmp_path / "share")
    with pytest.raises(FileNotFoundError, match="never made"):
        port.apply(tree("Tax"))
    assert found(tmp_path) == []

    (tmp_path / "share").mkdir()
    port.apply(tree("Tax"))

    assert found(tmp_path) == ["share", "share/ada", "share/ada/Tax"]


def test_a_relative_root_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that goes elsewhere later takes its clients' folders not along."""
    (tmp_path / "clients").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    port = LocalFolders("clients")

    monkeypatch.chdir(tmp_path / "elsewhere")
    port.apply(tree("Tax"))

    assert found(tmp_path / "clients") == ["ada", "ada/Tax"]


@needs_links
def test_links_that_lead_out_of_the_root_are_rejected(tmp_path: Path) -> None:
    """Whoever may write into a client's folder could reach every other one."""
    root, outside = tmp_path / "clients", tmp_path / "outside"
    (root / "ada").mkdir(parents=True)
    (root / "bob").mkdir()
    outside.mkdir()
    (root / "ada" / "Out").symlink_to(outside)
    (root / "ada" / "Gone").symlink_to(tmp_path / "gone")
    (root / "ada" / "Round").symlink_to(root / "ada" / "Round")
    (root / "ada" / "Near").symlink_to(root / "bob")
    (root / "eve").symlink_to(outside)
    port = LocalFolders(root)

    for path in ("Out", "Out/In", "Gone", "Gone/In", "Round", "Round/In"):
        with pytest.raises(Rejected):
            port.apply(tree(path))
    with pytest.raises(Rejected, match="leads out of the folder"):
        port.apply(tree("Tax", account="eve"))
    port.apply(tree("Near/Tax"))

    assert found(outside) == []
    assert not (tmp_path / "gone").exists()
    assert found(root / "bob") == ["Tax"]


@needs_links
def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    """Shares often are."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "clients").symlink_to(tmp_path / "disk")

    LocalFolders(tmp_path / "clients").apply(tree("Tax"))

    assert found(tmp_path / "disk") == ["ada", "ada/Tax"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_disk_that_takes_nothing_now_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Somebody can make room, or mend the right."""

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        with pytest.raises(OSError, match=os.strerror(code)):
            LocalFolders(tmp_path).apply(tree("Tax"))
    LocalFolders(tmp_path).apply(tree("Tax"))

    assert found(tmp_path) == ["ada", "ada/Tax"]


def test_files_are_laid_in_once(tmp_path: Path) -> None:
    """What the client wrote into one meanwhile stays."""
    files = {"f-1": ("Questions.docx", b"new"), "f-2": ("Read me.txt", b"")}
    port = LocalFolders(tmp_path, files=files.__getitem__)
    asked = tree(Folder("Tax/In", files=["f-1", "f-2"]), Folder("Tax/Out", files=["f-1"]))
    port.apply(asked)
    (tmp_path / "ada" / "Tax" / "In" / "Questions.docx").write_bytes(b"answered")

    port.apply(asked)

    assert found(tmp_path / "ada") == [
        "Tax", "Tax/In", "Tax/In/Questions.docx", "Tax/In/Read me.txt", "Tax/Out",
        "Tax/Out/Questions.docx",
    ]  # fmt: skip
    assert (tmp_path / "ada" / "Tax" / "In" / "Questions.docx").read_bytes() == b"answered"
    assert (tmp_path / "ada" / "Tax" / "Out" / "Questions.docx").read_bytes() == b"new"


def test_files_that_nobody_can_find_are_rejected(tmp_path: Path) -> None:
    """Before anything is made."""
    with pytest.raises(Rejected, match=r"LocalFolders\(files=\.\.\.\) was not given"):
        LocalFolders(tmp_path).apply(tree("Tax", Folder("In", files=["f-1"])))

    assert found(tmp_path) == []


@pytest.mark.parametrize("name", ["a/b", "..", "/etc/passwd", "a\\b", "a\0b", "x" * 300])
def test_what_is_no_name_of_one_file_is_rejected(tmp_path: Path, name: str) -> None:
    """It would lie elsewhere."""
    with pytest.raises(Rejected):
        LocalFolders(tmp_path, files=lambda ref: (name, b"x")).apply(
            tree(Folder("In", files=["f-1"]))
        )

    assert found(tmp_path) == ["ada", "ada/In"]


def test_names_of_all_scripts_are_those_of_folders_and_files(tmp_path: Path) -> None:
    """Joiners, and spaces at which no line breaks, belong to them."""
    name = "Impôts\xa0: نامه\u200cها"
    port = LocalFolders(tmp_path, files=lambda ref: (f"{ref}.txt", b"x"))

    port.apply(tree(Folder(name, files=[name])))

    assert (tmp_path / "ada" / name / f"{name}.txt").read_bytes() == b"x"


def test_a_file_that_is_named_twice_is_laid_in_once(tmp_path: Path) -> None:
    """It is the same one."""
    port = LocalFolders(tmp_path, files=lambda _: ("a.txt", b"x"))

    port.apply(tree(Folder("A", files=["r", "r"])))

    assert found(tmp_path)[-1] == "ada/A/a.txt"


def test_two_files_of_one_name_are_rejected(tmp_path: Path) -> None:
    """The second would be left out without a word."""
    port = LocalFolders(tmp_path, files=lambda ref: ("Questions.docx", ref.encode()))

    with pytest.raises(Rejected, match=r"two files of one folder are called 'Questions\.docx'"):
        port.apply(tree(Folder("In", files=["f-1", "f-2"])))


def test_a_folder_in_the_place_of_a_file_is_rejected(tmp_path: Path) -> None:
    """Nothing could be laid there."""
    port = LocalFolders(tmp_path, files=lambda ref: ("Notes", b"x"))

    with pytest.raises(Rejected, match="a folder in the place of a file"):
        port.apply(tree("In/Notes", Folder("In", files=["f-1"])))


@pytest.mark.parametrize("answer", [None, "f", ("f", "text"), ("", b"")])
def test_a_file_is_its_name_and_its_bytes(tmp_path: Path, answer: Any) -> None:
    """Whatever else comes is told, and tried again."""
    with pytest.raises(PipeflowError, match="must come as its name and its bytes") as told:
        LocalFolders(tmp_path, files=lambda ref: answer).apply(tree(Folder("In", files=["f"])))

    assert not isinstance(told.value, Rejected)


@pytest.mark.parametrize("without", [without_links, without_a_call_for_links])
def test_a_disk_without_links_takes_files_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """Sticks, some shares and WebAssembly know none."""
    without(monkeypatch)
    port = LocalFolders(tmp_path, files=lambda ref: ("f", ref.encode()))
    for ref in ("f-1", "f-2"):
        port.apply(tree(Folder("In", files=[ref])))

    assert found(tmp_path) == ["ada", "ada/In", "ada/In/f"]
    assert (tmp_path / "ada" / "In" / "f").read_bytes() == b"f-1"


def test_threads_may_make_the_same_folders(tmp_path: Path) -> None:
    """Two jobs of one client ask at once."""
    port = LocalFolders(tmp_path, files=lambda ref: ("f", b"x" * 10_000))
    start, failed = Barrier(8), []

    def make() -> None:
        start.wait(30)
        try:
            port.apply(tree(*(Folder(f"Tax/{year}", files=["f"]) for year in range(2000, 2030))))
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert len(found(tmp_path)) == 2 + 30 * 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"root": ""}, r"\$\.root: must be the path of a folder"),
        ({"root": None}, r"\$\.root"),
        ({"root": b"clients"}, r"\$\.root"),
        ({"root": "a\0b"}, r"\$\.root"),
        ({"folder_of": "ada"}, r"\$\.folder_of: must be a function"),
        ({"files": {}}, r"\$\.files: must be a function"),
    ],
)
def test_what_is_wrong_is_refused_when_it_is_made(given: dict[str, Any], told: str) -> None:
    """Not when the first folders are asked for."""
    with pytest.raises(DefinitionError, match=told):
        LocalFolders(**{"root": "clients", **given})


def test_it_says_where_it_makes_folders(tmp_path: Path) -> None:
    """Whoever looks at a host wants to know."""
    assert repr(LocalFolders(tmp_path)) == f"<LocalFolders {str(tmp_path)!r}>"


def test_folders_of_a_firm_are_made(tmp_path: Path) -> None:
    """A share that comes back gets what was asked for meanwhile."""
    share, clock = tmp_path / "share", ManualClock()
    years = FolderTemplate("Years", folders=["Tax/2026", "Tax/2027"])
    tax = Pipeline("Tax", stages=[Stage("New", [ApplyFolderTemplate(years)]), Stage("Done")])
    engine = Engine(ports=Ports(folders=LocalFolders(share)), clock=clock)
    engine.save(tax, years)
    engine.start(tax, engine.save(Account("Ada", id="ada")))
    (failure,) = engine.failures()
    assert failure.error.startswith("FileNotFoundError: [Errno 2] the folder of all accounts")

    share.mkdir()
    clock.advance(hours=1)
    engine.tick()

    assert engine.failures() == ()
    assert found(share) == ["ada", "ada/Tax", "ada/Tax/2026", "ada/Tax/2027"]
