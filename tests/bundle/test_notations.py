"""A package's file is JSON, TOML or YAML, as its name says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w

from pipeflow import Bundle, Pipeline, Stage
from pipeflow.__main__ import main
from pipeflow.errors import DefinitionError
from tests.bundle.test_format import BUNDLE, TEXT
from tests.bundle.texts import data_of

PLAIN = Bundle(pipelines=[Pipeline("Plain", [Stage("A")])])


@pytest.mark.parametrize("name", ["tax.yaml", "tax.yml", "TAX.YAML", "tax.json.Yml"])
def test_a_package_is_kept_in_a_file_of_yaml(name: str, tmp_path: Path) -> None:
    """Saved and loaded it is the same."""
    path = tmp_path / name

    BUNDLE.save(path)
    BUNDLE.save(str(path))

    assert path.read_bytes() == BUNDLE.to_yaml().encode()
    assert Bundle.load(path) == Bundle.load(str(path)) == BUNDLE
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["tax", "tax.json", "tax.txt", "yaml", "tax.yaml.bak"])
def test_any_other_name_is_that_of_json(name: str, tmp_path: Path) -> None:
    """As it was before there was another notation."""
    BUNDLE.save(tmp_path / name)

    assert (tmp_path / name).read_bytes() == TEXT.encode()
    assert Bundle.load(tmp_path / name) == BUNDLE


def test_a_package_in_toml_is_loaded_and_not_saved(tmp_path: Path) -> None:
    """What stands there is left as it is, and the way out is told."""
    path = tmp_path / "plain.toml"
    path.write_text(tomli_w.dumps(data_of(PLAIN)), encoding="utf-8")
    before = path.read_bytes()

    assert Bundle.load(path) == PLAIN
    with pytest.raises(DefinitionError, match=r"does not write.* Allowed: \.json, \.yaml"):
        BUNDLE.save(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["plain.toml"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"format": "pipeflow.bundle", "version": 1, "name": "Tax"}'),
        ("a.toml", 'format = "pipeflow.bundle"\nversion = 1\nname = "Tax"\n'),
        ("a.yaml", "format: pipeflow.bundle\nversion: 1\nname: Tax\n"),
    ],
)
def test_a_package_that_holds_nothing_is_told_of_in_each_notation(
    name: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By Python and by each command: whoever began a package learns what comes next."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    expected = r"\$\.pipelines: must hold at least one pipeline or template"

    with pytest.raises(DefinitionError, match=expected):
        Bundle.load(path)
    for command in ("show", "lint", "upgrade", "simulate"):
        assert main([command, str(path)]) == 1
        written = "".join(capsys.readouterr())
        assert re.search(expected, written)
        assert str(path) in written
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["a.json", "a.toml", "a.yaml"])
def test_what_is_wrong_with_a_file_is_told_with_its_name(name: str, tmp_path: Path) -> None:
    """Whichever notation it has; one that is too large is read no further than allowed."""
    path = tmp_path / name
    path.write_text("[a]]", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"is not .* line 1, column") as caught:
        Bundle.load(path)
    assert caught.value.__notes__ == [f"in the file {path}"]

    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(DefinitionError, match="larger than 5 MB"):
        Bundle.load(path)


@pytest.mark.parametrize("path", [5, None, b"tax.yaml", ["tax.yaml"]])
def test_what_is_no_path_is_refused(path: object) -> None:
    """By reading and by writing."""
    with pytest.raises(DefinitionError, match="must be the path of a file"):
        Bundle.load(path)  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match="must be the path of a file"):
        BUNDLE.save(path)  # type: ignore[arg-type]


def _answer(code: str) -> list[str]:
    """Return the lines that a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def test_without_pyyaml_the_error_says_how_to_install_it(tmp_path: Path) -> None:
    """And JSON and TOML need nothing."""
    (tmp_path / "a.yaml").write_text("a: b", encoding="utf-8")
    code = f"""
import sys
sys.modules["yaml"] = None
from pipeflow import Bundle, Pipeline, PipeflowError, Stage
bundle = Bundle.of(Pipeline("A", [Stage("A")]))
path = {str(tmp_path / "a.yaml")!r}
reads = (lambda: Bundle.from_yaml(""), lambda: Bundle.load(path))
for call in (*reads, bundle.to_yaml, lambda: bundle.save(path)):
    try:
        call()
    except PipeflowError as error:
        print(error)
print(Bundle.from_json(bundle.to_json()) == bundle)
"""

    *told, same = _answer(code)

    sentence = "YAML needs PyYAML, which is not installed: pip install 'pipeflow[yaml]'"
    assert told == [sentence] * 4
    assert same == "True"
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == "a: b"


def test_a_pyyaml_that_is_broken_says_so_itself() -> None:
    """To install what is there would not help."""
    code = """
import sys
sys.modules["yaml.error"] = None
from pipeflow import Bundle
try:
    Bundle.from_yaml("")
except ImportError as error:
    print(error.name)
"""

    assert _answer(code) == ["yaml.error"]


def test_a_notation_loads_when_it_is_used() -> None:
    """Whoever keeps packages in JSON loads the parser of no other notation."""
    code = """
import sys
from pipeflow import Bundle, Pipeline, Stage
bundle = Bundle.of(Pipeline("A", [Stage("A")]))
Bundle.from_json(bundle.to_json())
print(sorted({"yaml", "tomllib"} & set(sys.modules)))
"""

    assert _answer(code) == ["[]"]
