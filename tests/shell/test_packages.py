"""The files of packages: they are shown, looked over and written anew."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w

from pipeflow import (
    Automation,
    Bundle,
    EmailTemplate,
    Pipeline,
    SendEmail,
    Stage,
    UpdateAccountTags,
)
from pipeflow.__main__ import main
from pipeflow.shell import packages


def _package(path: Path, *automations: Automation) -> str:
    """Write a package with a pipeline of one stage to be looked at."""
    line = Pipeline("Tax", [Stage("A: b, c", automations), Stage("Done")])
    mail = EmailTemplate("Welcome", subject="Hello")
    Bundle(pipelines=[line], templates=[mail]).save(path)
    return str(path)


def test_sound_packages_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A note is shown, and stops no build."""
    path = _package(tmp_path / "sound.json")

    assert main(["lint", path, path]) == 0
    note, _, last = capsys.readouterr().out.splitlines()
    assert note.startswith(f"{path}: note [unused] email template 'Welcome': Nothing")
    assert last == "2 packages: nothing serious"


def test_what_lint_finds_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So that a build stops; a file that cannot be read stops it too, and the others are told."""
    wrong = _package(tmp_path / "wrong.json", SendEmail("welcome"), UpdateAccountTags())
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    assert main(["lint", str(broken), str(tmp_path / "none.json"), wrong]) == 1
    told = capsys.readouterr().out
    assert f"{broken}: " in told
    assert f"{tmp_path / 'none.json'}: " in told
    assert f"{wrong}: warning [no-effect] stage 'A: b, c', update account tags: It says" in told
    assert "nothing serious" not in told


def test_findings_are_annotations_on_github(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever stands in a name or a path ends no part of one."""
    path = _package(tmp_path / "a,b.json", SendEmail("welcome"), UpdateAccountTags())
    (tmp_path / "broken.json").write_text("{}")

    assert main(["lint", "--format", "github", path, str(tmp_path / "broken.json")]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"::warning file={tmp_path}/a%2Cb.json::warning [no-effect] stage 'A: ")
    assert second.startswith(f"::error file={tmp_path}/broken.json::")


LIBRARY = Path(__file__).parents[2] / "examples" / "packages"


@pytest.mark.parametrize(
    ("way", "begins"),
    [
        ("text", "Individual tax return (1040)\n===="),
        ("md", "## Individual tax return (1040)\n\n```mermaid"),
        ("html", "<div><table"),
        ("mermaid", "flowchart LR"),
    ],
)
def test_a_package_is_shown_in_each_way(
    way: str, begins: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the names of its templates."""
    assert main(["show", "--format", way, str(LIBRARY / "individual-tax.json")]) == 0

    told = capsys.readouterr().out
    assert told.startswith(begins)
    assert way == "mermaid" or "Welcome to tax season" in told


def test_a_package_that_cannot_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its file's name."""
    (tmp_path / "broken.json").write_text("{}")

    assert main(["show", str(tmp_path / "broken.json")]) == 1
    assert main(["upgrade", str(tmp_path / "broken.json")]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"pipeflow show: {tmp_path}/broken.json, $.format: is not a pipeflow")
    assert (tmp_path / "broken.json").read_text() == "{}"


def test_all_that_is_wrong_with_packages_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path that leads nowhere, a folder and a text that is no JSON: a line each."""
    (tmp_path / "text.json").write_text("Dear all")
    sound = str(LIBRARY / "extension.json")
    given = [sound, *(f"{tmp_path}/{name}" for name in ("none.json", "", "text.json"))]

    assert main(["show", *given]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "pipeflow show: 3 problems:",
        f"  - {tmp_path}/none.json: there is no such file",
        f"  - {tmp_path}/: is a folder; give the package's file",
        f"  - {tmp_path}/text.json, $: is not JSON: Expecting value at line 1, column 1",
    ]


def test_nothing_is_written_anew_where_a_package_cannot_be_read(tmp_path: Path) -> None:
    """Half an upgrade would leave a folder of two versions."""
    old, broken = tmp_path / "old.json", tmp_path / "broken.json"
    old.write_text(json.dumps(json.loads((LIBRARY / "extension.json").read_text("utf-8"))))
    broken.write_text("{}")
    before = old.read_bytes()

    assert main(["upgrade", str(old), str(broken)]) == 1
    assert old.read_bytes() == before


def test_a_package_is_written_as_this_version_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once; then nothing is left to do."""
    path = tmp_path / "tax.json"
    text = (LIBRARY / "individual-tax.json").read_text(encoding="utf-8")
    path.write_text(json.dumps(json.loads(text)), encoding="utf-8")

    assert main(["upgrade", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == text
    assert main(["upgrade", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: written anew\n{path}: is of this version\n"


@pytest.mark.parametrize("breaks", ["\r\n", "\r"])
def test_a_package_with_breaks_of_another_system_is_written_anew(
    tmp_path: Path, breaks: str
) -> None:
    """As a save would write it."""
    path, text = tmp_path / "tax.json", (LIBRARY / "individual-tax.json").read_bytes()
    path.write_bytes(text.replace(b"\n", breaks.encode()))

    assert main(["upgrade", str(path)]) == 0

    assert path.read_bytes() == text


def test_a_package_that_cannot_be_written_anew_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among many, nobody would know which."""
    path = tmp_path / "tax.json"
    path.write_text(Bundle(pipelines=[Pipeline("Tax", [Stage("A")])]).to_json() + " ")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["upgrade", str(path)]) == 1

    told = capsys.readouterr().err
    assert told == f"pipeflow upgrade: {path}: cannot be written: No space left on device\n"


def test_a_package_that_comes_through_a_pipe_cannot_be_written_anew() -> None:
    """It would be written to where nobody reads it."""
    text = Bundle(pipelines=[Pipeline("Tax", [Stage("A")])]).to_json()
    command = [sys.executable, "-m", "pipeflow", "upgrade", "/dev/stdin"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)

    assert done.returncode == 1
    told = "pipeflow upgrade: /dev/stdin: cannot be written anew, for it is no file"
    assert done.stderr.decode().strip() == told


def _in_other_notations(folder: Path) -> tuple[Path, Path]:
    """Write a package as YAML and as TOML, with what people say beside it."""
    bundle = Bundle(pipelines=[Pipeline("Tax", [Stage("A"), Stage("Done")])])
    in_yaml, in_toml = folder / "tax.yaml", folder / "tax.toml"
    in_yaml.write_text(f"# Ours\n{bundle.to_yaml()}", encoding="utf-8")
    told = tomli_w.dumps(json.loads(bundle.to_json()))
    in_toml.write_text(f"# Ours\n{told}", encoding="utf-8")
    return in_yaml, in_toml


def test_packages_are_read_as_their_names_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By every command; what is of this version keeps its comments."""
    paths = _in_other_notations(tmp_path)
    before = [path.read_bytes() for path in paths]

    for command in ("lint", "show", "upgrade"):
        assert main([command, *map(str, paths)]) == 0
        told = capsys.readouterr().out
    assert main(["simulate", str(paths[0]), "--accounts", "1", "--days", "1"]) == 0

    assert told == "".join(f"{path}: is of this version\n" for path in paths)
    assert [path.read_bytes() for path in paths] == before


def test_an_older_package_is_written_anew_in_its_own_notation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where that can be written; where not, none of them is touched."""
    monkeypatch.setattr(packages, "VERSION", 2)
    in_yaml, in_toml = _in_other_notations(tmp_path)
    before = in_yaml.read_bytes()

    assert main(["upgrade", str(in_yaml), str(in_toml)]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"pipeflow upgrade: {in_toml}, $.path: is of a file in TOML")
    assert in_yaml.read_bytes() == before

    assert main(["upgrade", str(in_yaml)]) == 0
    assert in_yaml.read_text(encoding="utf-8") == Bundle.load(in_yaml).to_yaml()
    assert capsys.readouterr().out == f"{in_yaml}: written anew\n"


def test_the_schema_is_printed_as_it_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON, and nothing beside it."""
    assert main(["schema"]) == 0

    told = capsys.readouterr().out
    assert json.loads(told)["title"] == "A package of pipeflow"
    assert told.isascii()
