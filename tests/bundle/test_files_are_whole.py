"""A package's file holds a whole package, whatever happens while it is written."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from pipeflow import Bundle, EmailTemplate, Pipeline, Stage

OLD = Bundle(pipelines=[Pipeline("Old", [Stage("A")])])
NEW = Bundle(pipelines=[Pipeline("New", [Stage("A")])])


def test_a_disk_that_is_full_leaves_the_package_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left beside it either."""
    path = tmp_path / "tax.json"
    OLD.save(path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        NEW.save(path)

    assert Bundle.load(path) == OLD
    assert [one.name for one in tmp_path.iterdir()] == ["tax.json"]


def test_an_interrupt_leaves_the_package_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also just before the new one takes its place."""
    path = tmp_path / "tax.json"
    OLD.save(path)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copymode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        NEW.save(path)

    assert Bundle.load(path) == OLD
    assert [one.name for one in tmp_path.iterdir()] == ["tax.json"]


def test_a_package_is_written_where_a_link_leads_and_keeps_who_may_read_it(tmp_path: Path) -> None:
    """The link stays a link."""
    path, link = tmp_path / "tax.json", tmp_path / "link.json"
    OLD.save(path)
    path.chmod(0o640)
    link.symlink_to(path)

    NEW.save(link)

    assert link.is_symlink()
    assert Bundle.load(path) == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_package_is_written_into_what_is_no_file(tmp_path: Path) -> None:
    """A pipe stays one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        NEW.save(pipe)
        text = os.read(reader, 100_000).decode()
    finally:
        os.close(reader)

    assert Bundle.from_json(text) == NEW
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_threads_that_write_one_package_each_write_a_whole_one(tmp_path: Path) -> None:
    """The last one stays; who reads meanwhile finds the one or the other."""
    path, start = tmp_path / "tax.json", Barrier(3)
    packages = [
        Bundle(templates=[EmailTemplate("W", subject="s", body=letter * size)])
        for letter, size in (("a", 150_000), ("b", 100))
    ]
    packages[0].save(path)

    def write(package: Bundle) -> None:
        start.wait(30)
        for _ in range(20):
            package.save(path)

    with ThreadPoolExecutor() as threads:
        writing = [threads.submit(write, package) for package in packages]
        start.wait(30)
        read = [Bundle.load(path) for _ in range(20)]

    assert [one.exception() for one in writing] == [None, None]
    assert all(package in packages for package in (*read, Bundle.load(path)))
    assert [one.name for one in tmp_path.iterdir()] == ["tax.json"]


def test_a_package_may_have_the_longest_name_that_a_disk_takes(tmp_path: Path) -> None:
    """What is written beside it first has a shorter one."""
    path = tmp_path / f"{'x' * 250}.json"

    NEW.save(path)

    assert Bundle.load(path) == NEW


@pytest.mark.parametrize("name", [".yaml", ".yml", "tax.2026.yaml"])
def test_a_file_is_written_as_its_name_ends(tmp_path: Path, name: str) -> None:
    """Also where it has no other part."""
    NEW.save(tmp_path / name)

    assert (tmp_path / name).read_text(encoding="utf-8") == NEW.to_yaml()
    assert Bundle.load(tmp_path / name) == NEW


def test_a_package_is_written_to_the_output_of_a_program() -> None:
    """Whose name leads to a pipe, which has no name."""
    text = (
        "from pipeflow import *\n"
        "Bundle(pipelines=[Pipeline('New', [Stage('A')])]).save('/dev/stdout')"
    )
    told = subprocess.run([sys.executable, "-c", text], capture_output=True, check=True)

    assert Bundle.from_json(told.stdout) == NEW


@pytest.mark.parametrize("path", ["a\0b", "a\ud800"])
def test_a_path_that_no_file_can_have_is_refused_like_one_that_is_not_there(path: str) -> None:
    """By reading and by writing."""
    with pytest.raises(OSError, match="no path that a file can have"):
        Bundle.load(path)
    with pytest.raises(OSError, match="no path that a file can have"):
        NEW.save(path)
