"""The files of firms: a firm moves from file to file, and a file is looked over."""

import io
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pipeflow import (
    Account,
    Engine,
    Pipeline,
    Stage,
)
from pipeflow.__main__ import main
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore

Captured = pytest.CaptureFixture[str]


def _firm(path: Path, *tenants: str) -> None:
    """Make a file in which each of these firms has a job."""
    with SqliteStore(path) as store:
        for tenant in tenants or ("default",):
            engine = Engine(store=store, tenant=tenant)
            pipeline = engine.save(Pipeline("Tax", [Stage("Räkna"), Stage("Done")]))
            engine.start(pipeline, engine.save(Account("Åsa")))


def _damaged(path: Path) -> None:
    """Make a file in which somebody wrote by hand."""
    _firm(path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE pf_row SET data = '{' WHERE kind = 'account'")
    db.close()


def _run(*given: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own, in a locale that knows no UTF-8."""
    command = [sys.executable, "-m", "pipeflow", *given]
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    return subprocess.run(command, input=stdin, capture_output=True, check=False, env=env)


def test_a_firm_moves_to_another_file_byte_for_byte(tmp_path: Path) -> None:
    """What is exported and imported is exported again as it was, and every store reads it."""
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    _firm(one)

    told = _run("export", str(one))
    taken = _run("import", str(other), stdin=told.stdout)
    again = _run("export", str(other))

    assert (told.returncode, taken.returncode, again.returncode) == (0, 0, 0)
    assert (told.stderr, taken.stderr, again.stderr) == (b"", b"", b"")
    assert "Räkna".encode() in told.stdout
    assert again.stdout == told.stdout
    memory = MemoryStore()
    memory.restore(told.stdout.decode().splitlines())
    assert [*memory.export("default")] == told.stdout.decode().split("\n")[:-1]


def test_an_export_that_went_through_an_editor_is_imported(tmp_path: Path) -> None:
    """Some put a mark before a text, which means nothing."""
    _firm(tmp_path / "one.db")
    told = _run("export", str(tmp_path / "one.db")).stdout

    taken = _run("import", str(tmp_path / "other.db"), stdin=b"\xef\xbb\xbf" + told)

    assert taken.stderr == b""
    assert _run("export", str(tmp_path / "other.db")).stdout == told


def test_a_sound_file_is_told_to_be_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing wrong is said in a word, and the process ends with 0."""
    _firm(tmp_path / "firm.db")

    assert main(["check", str(tmp_path / "firm.db")]) == 0
    assert "nothing is wrong" in capsys.readouterr().out


def test_what_is_wrong_in_a_file_is_told_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row that somebody wrote into by hand is named."""
    path = tmp_path / "firm.db"
    _damaged(path)

    assert main(["check", str(path)]) == 1
    assert "account" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["export", "check", "work", "failures", "forecast"])
def test_a_file_that_is_not_there_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A mistyped path is no empty firm."""
    path = tmp_path / "frim.db"

    assert main([command, str(path)]) == 1
    assert "there is no file" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize("command", ["export", "check", "work"])
def test_a_file_that_was_emptied_is_no_firm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A nightly look must not take a lost firm for a sound one."""
    (tmp_path / "firm.db").touch()

    assert main([command, str(tmp_path / "firm.db")]) == 1
    assert "restore the last backup" in capsys.readouterr().err


def test_an_import_that_cannot_be_kept_names_the_file_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not what it would have been until it was whole."""
    _firm(tmp_path / "firm.db")
    lines = io.TextIOWrapper(io.BytesIO(_run("export", str(tmp_path / "firm.db")).stdout))
    monkeypatch.setattr(sys, "stdin", lines)
    path = tmp_path / "nowhere" / "other.db"

    assert main(["import", str(path)]) == 1
    told = capsys.readouterr().err
    assert f"{str(path)!r} cannot be made: No such file or directory; make its folder first" in told
    assert ".part" not in told


def test_an_import_never_takes_a_file_away_that_others_made(tmp_path: Path) -> None:
    """An application began there while the lines were still coming."""
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    _firm(one)
    told = _run("export", str(one)).stdout
    command = [sys.executable, "-m", "pipeflow", "import", str(other)]

    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(told[:-1])
        while not [*tmp_path.glob(".*.part")]:
            assert process.poll() is None
        _firm(other)
        _, error = process.communicate(b"\n")

    assert process.returncode == 1
    assert b"by now" in error
    with SqliteStore(other) as store:
        assert len(store.ids("default", "job")) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"one.db", "other.db"}


def test_one_of_several_firms_is_chosen_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a name it is asked for, with the names that there are; a wrong one has its like."""
    path = str(tmp_path / "firms.db")
    _firm(tmp_path / "firms.db", "north", "south")

    assert main(["export", path]) == 1
    assert "--tenant" in (told := capsys.readouterr().err)
    assert "north, south" in told
    assert main(["export", path, "--tenant", "nroth"]) == 1
    assert "north" in capsys.readouterr().err
    assert main(["export", path, "--tenant", "south"]) == 0
    assert '"firm":"south"' in capsys.readouterr().out.partition("\n")[0]


def test_a_file_without_a_firm_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to export."""
    SqliteStore(tmp_path / "empty.db").close()

    assert main(["export", str(tmp_path / "empty.db")]) == 1
    assert "no firm" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (b"", b"cut off"),
        (b'{"firm":"default","format":1}\n', b"cut off"),
        (b"no line\n", b"line 1"),
        (b'{\n  "format": 1,\n', b"a package is not a firm"),
        (b'{"firm":"default","format":1}\nno line\n', b"line 2"),
        (b'{"firm":"\xff"}\n', b"not UTF-8"),
    ],
)
def test_lines_that_are_no_export_leave_no_file(tmp_path: Path, lines: bytes, why: bytes) -> None:
    """What went wrong is said, and nothing passes for a firm afterwards."""
    path = tmp_path / "new.db"

    done = _run("import", str(path), stdin=lines)

    assert done.returncode == 1
    assert done.stderr.startswith(b"pipeflow import: ")
    assert why in done.stderr
    assert not [*tmp_path.iterdir()]


def test_a_firm_is_not_imported_over_another(tmp_path: Path) -> None:
    """The file stays as it was."""
    path = tmp_path / "firm.db"
    _firm(path)
    told = _run("export", str(path))

    done = _run("import", str(path), stdin=told.stdout)

    assert done.returncode == 1
    assert b"not empty" in done.stderr
    assert _run("export", str(path)).stdout == told.stdout


def test_whoever_reads_may_stop_early(tmp_path: Path) -> None:
    """`| head -1` is no reason for a traceback."""
    path = tmp_path / "firm.db"
    _firm(path, *(f"firm-{number}" for number in range(3)))
    command = [sys.executable, "-m", "pipeflow", "export", str(path), "--tenant", "firm-0"]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()

    assert b"Traceback" not in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk here that is full")
def test_an_output_that_is_full_is_told(tmp_path: Path) -> None:
    """An export that was cut off must not pass for one."""
    path = tmp_path / "firm.db"
    _firm(path)
    command = [sys.executable, "-m", "pipeflow", "export", str(path)]

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith(b"pipeflow export: No space left")
    assert b"Traceback" not in done.stderr


def _shut(streams: str, *given: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command some of whose streams its shell has closed."""
    shell = ["/bin/sh", "-c", f'exec "$0" "$@" {streams}', sys.executable, "-m", "pipeflow"]
    return subprocess.run([*shell, *given], stderr=subprocess.PIPE, check=False)


@pytest.mark.skipif(os.name == "nt", reason="only a shell of Unix closes a stream")
@pytest.mark.parametrize("command", ["export", "check"])
def test_a_closed_output_is_told(tmp_path: Path, command: str) -> None:
    """`>&-` leaves no stream at all."""
    path = tmp_path / "firm.db"
    _firm(path)

    done, unseen = (_shut(streams, command, str(path)) for streams in (">&-", ">&- 2>&-"))

    assert done.returncode == unseen.returncode == 1
    assert done.stderr == f"pipeflow {command}: the output is closed\n".encode()


@pytest.mark.skipif(os.name == "nt", reason="only a shell of Unix closes a stream")
def test_a_closed_input_makes_no_file(tmp_path: Path) -> None:
    """There is nothing to import."""
    path = tmp_path / "firm.db"

    done = _shut("<&-", "import", str(path))

    assert done.returncode == 1
    assert done.stderr == b"pipeflow import: the input is closed\n"
    assert not path.exists()


def test_an_export_of_a_damaged_firm_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines that no import takes would pass for a backup."""
    path = tmp_path / "firm.db"
    _damaged(path)

    assert main(["export", str(path)]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("there", [False, True])
def test_what_is_exported_is_taken_in(
    *, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Into a file that is made for it, or one that holds other firms."""
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    _firm(one, "north")
    if there:
        _firm(other, "south")
    assert main(["export", str(one)]) == 0
    told = io.BytesIO(capsys.readouterr().out.encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(told))

    assert main(["import", str(other)]) == 0

    with SqliteStore(other) as store:
        assert set(store.tenants()) == ({"north", "south"} if there else {"north"})


def test_what_is_no_export_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """With the number of the line."""
    for wrong, why in ((b"no line\n", "line 1"), (b'{"firm":"\xff"}\n', "not UTF-8")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(wrong)))

        assert main(["import", str(tmp_path / "new.db")]) == 1
        assert why in capsys.readouterr().err


def test_a_closed_stream_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Whoever began the command closed it."""
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["import", str(tmp_path / "new.db")]) == 1
    assert capsys.readouterr().err == "pipeflow import: the input is closed\n"
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["import", str(tmp_path / "new.db")]) == 1
