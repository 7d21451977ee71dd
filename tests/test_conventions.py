"""The house style, checked by machine."""

import ast
import copy
import importlib
import inspect
import pickle
import pkgutil
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_type_hints

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeflow
from conftest import PAGES
from pipeflow.errors import PipeflowError

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
RULES = sorted((ROOT / "tests" / "rules").rglob("*.py"))
# What tests of rules may import, beside the same things by their public names.
PURE = ("pipeflow.errors.", "pipeflow.model.", "pipeflow.ports.", "pipeflow.rules.", "tests.rules.")
LONGEST = 400  # lines; a longer file usually hides a second word
HEAVY = (
    "asyncio",
    "cattrs",
    "email",
    "json",
    "pipeflow.adapters.smtp",
    "pipeflow.adapters.sqlalchemy",
    "pipeflow.adapters.sqlite",
    "pipeflow.codec",
    "pipeflow.testing",
    "smtplib",
    "sqlalchemy",
    "sqlite3",
    "tomllib",
    "yaml",
)
MUTABLE = re.compile(
    r"\b(list|dict|set|bytearray|defaultdict|deque|List|Dict|Set|Mutable\w+)\b", re.ASCII
)
ELSEWHERE = re.compile(
    r"(?<![\w.~-])/(?:work|tmp|root|home)/"  # one machine's folders
    r"|uv[.]lock|index[-_]url|pythonhosted[.]org|pypi[.]org/simple|registry[.]npmjs"  # registries
)
FENCE = re.compile(r"^ *``` *(py\w*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"^ *>>> ", re.MULTILINE)
RULE = re.compile(r"\b([AR])-(\d+)\b")
RANGE = re.compile(r"\b([AR])-(\d+) to [AR]-(\d+)\b")
RULE_IN_NAME = re.compile(r"^test_([ar])_(\d+)_")
VECTOR = re.compile(r"^test_vector_(\d+)_")
# What may have a docstring.
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
RULE_ROW = re.compile(r'^\| (?:<a id="([ar]-\d+)"></a>)?([AR]-\d+) \|', re.MULTILINE)


def _modules() -> list[ModuleType]:
    """Import every module of the package, except the command line, which would run."""
    found = pkgutil.walk_packages(pipeflow.__path__, "pipeflow.")
    names = sorted(module.name for module in found if not module.name.endswith("__main__"))
    return [pipeflow, *map(importlib.import_module, names)]


MODULES = _modules()


def _defined(kind: type[type | FunctionType]) -> Iterator[Any]:
    """Yield what the modules define themselves, rather than import."""
    for module in MODULES:
        for thing in vars(module).values():
            if isinstance(thing, kind) and thing.__module__ == module.__name__:
                yield thing


def _subclasses(cls: type[PipeflowError]) -> Iterator[type[PipeflowError]]:
    """Yield a class and all that inherit from it."""
    yield cls
    for child in cls.__subclasses__():
        yield from _subclasses(child)


CLASSES = list(_defined(type))
PUBLIC = [
    thing for thing in (*CLASSES, *_defined(FunctionType)) if not thing.__name__.startswith("_")
]
VALUES = [
    cls
    for cls in CLASSES
    if attrs.has(cls) and cls.__module__.startswith(("pipeflow.model", "pipeflow.ports"))
]
ERRORS = [
    cls
    for cls in dict.fromkeys(_subclasses(PipeflowError))
    if cls.__module__.startswith("pipeflow.")
]


def _name(thing: Any) -> str:
    """Name a module, class or function in a test's id."""
    return ".".join(
        filter(None, (getattr(thing, "__module__", ""), getattr(thing, "__qualname__", "")))
    ) or str(thing.__name__)


@st.composite
def errors_of(draw: st.DrawFn, cls: type[PipeflowError]) -> PipeflowError:
    """Draw an error with whatever its constructor's annotations allow."""
    init = cls.__init__
    hints = get_type_hints(init)
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for parameter in list(inspect.signature(init).parameters.values())[1:]:
        hint = hints.get(parameter.name, object)
        values = st.text() if hint in (object, Any) else st.from_type(hint)
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional += draw(st.lists(values, min_size=1, max_size=3))
        elif parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = draw(values)
        elif parameter.kind is not parameter.VAR_KEYWORD:
            positional.append(draw(values))
    return cls(*positional, **named)


def test_star_import_brings_exactly_the_public_names() -> None:
    """`from pipeflow import *` finds every name in `__all__`, and `__all__` forgets none.

    What calls return that few programs name is found on first use, and a star does not bring it.
    """
    star: dict[str, object] = {}
    exec("from pipeflow import *", star)  # noqa: S102 -- a star is allowed at the top of a module only
    star.pop("__builtins__")

    on_first_use = {name for names in vars(pipeflow)["_FILES"].values() for name in names.split()}
    public = {
        name
        for name, value in vars(pipeflow).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    } - on_first_use

    assert len(pipeflow.__all__) == len(set(pipeflow.__all__))
    assert set(star) == set(pipeflow.__all__) == public


@pytest.mark.parametrize("cls", VALUES, ids=_name)
def test_values_are_frozen_and_slotted(cls: type[attrs.AttrsInstance]) -> None:
    """What is defined, remembered or handed to a port cannot be changed in place.

    Records, which are made by the thousand, are frozen to type checkers only.
    """
    made = attrs.inspect(cls)

    assert made.is_frozen or inspect.getsource(cls).startswith("@record\n")
    assert made.is_slotted


@pytest.mark.parametrize("cls", VALUES, ids=_name)
def test_values_hold_no_mutable_containers(cls: type[attrs.AttrsInstance]) -> None:
    """Frozen is shallow: a list inside a value could still be appended to."""
    mutable = {f.name: f.type for f in attrs.fields(cls) if MUTABLE.search(str(f.type))}

    assert mutable == {}


@pytest.mark.parametrize("cls", ERRORS, ids=_name)
@given(data=st.data())
@settings(max_examples=25)
def test_errors_survive_pickle_and_copy(cls: type[PipeflowError], data: st.DataObject) -> None:
    """Hosts send errors between processes: same class, same text, same attributes."""
    error = data.draw(errors_of(cls))
    error.add_note("while the host was looking")

    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is cls
        assert str(twin) == str(error)
        assert twin.args == error.args
        assert vars(twin) == vars(error)


def test_importing_pipeflow_is_cheap() -> None:
    """The front door loads attrs and light parts of the standard library, nothing else."""
    code = "import sys; bare = set(sys.modules); import pipeflow; print(*set(sys.modules) - bare)"

    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert set(run.stdout.split()) & set(HEAVY) == set()


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_every_module_says_what_it_is_for(module: ModuleType) -> None:
    """Each module opens with one sentence."""
    assert (module.__doc__ or "").strip()


@pytest.mark.parametrize("thing", PUBLIC, ids=_name)
def test_every_public_name_is_documented(thing: type | FunctionType) -> None:
    """Each public class and function says what its name and types do not."""
    assert (vars(thing).get("__doc__") or thing.__doc__ or "").strip()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_stay_short(path: Path) -> None:
    """A file is a word of the trade; one that grows past a few pages hides a second word."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_each_file_is_a_noun_that_the_house_has_once() -> None:
    """Whoever looks for a file by its name finds one."""
    names = Counter(path.name for path in SOURCES if path.name != "__init__.py")

    assert {name for name, count in names.items() if count > 1} == set()


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_tests_of_rules_need_nothing_but_rules(path: Path) -> None:
    """A rule is proved by plain values: no engine, no adapter and no fake stands beside it."""
    found = {
        f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }

    strange = {name for name in found if name.startswith(("pipeflow.", "tests.", "conftest"))}
    assert {name for name in strange if not name.startswith(PURE)} <= _exports()


def _exports() -> set[str]:
    """Return the public names that come from below the engine, as they are imported."""
    rooms = tuple(room.removesuffix(".") for room in PURE)
    return {
        f"pipeflow.{name}"
        for name in (*pipeflow.__all__, "rules")
        if getattr(getattr(pipeflow, name), "__module__", "pipeflow.rules").startswith(rooms)
    }


def _committed() -> list[Path]:
    """List the files of the project: those that git knows or, in an archive, all that are there."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        run = subprocess.run([git, "ls-files", "-z"], capture_output=True, check=True, cwd=ROOT)
        return [path for name in run.stdout.decode().split("\0") if (path := ROOT / name).is_file()]
    own = [path for path in ROOT.iterdir() if path.is_file() or not path.name.startswith(".")]
    found = [inner for path in own for inner in (path, *path.rglob("*"))]
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts]


def test_every_rule_that_the_source_cites_stands_on_the_page_of_rules() -> None:
    """A docstring that says A-7 sends its reader to a line that is there."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)

    assert _cited(source) - {rule for _, rule in _rules()} == set()


def test_the_page_of_rules_has_them_all_in_order_each_once_under_its_anchor() -> None:
    """A link to `rules.md#r-4` arrives at R-4."""
    wanted = [*(f"A-{number}" for number in range(1, 53)), *(f"R-{n}" for n in range(1, 41))]

    assert [rule for _, rule in _rules()] == wanted
    assert [anchor for anchor, _ in _rules()] == [rule.lower() for rule in wanted]


def test_every_rule_and_every_worked_example_has_a_test_of_its_name() -> None:
    """A rule is proved by a test that says `test_r_12_...`, or names it in its docstring."""
    named: set[str] = set()
    vectors: set[int] = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("test_"):
                named |= {f"{kind.upper()}-{n}" for kind, n in RULE_IN_NAME.findall(node.name)}
                named |= _cited(ast.get_docstring(node) or "")
                vectors |= {int(number) for number in VECTOR.findall(node.name)}

    assert {rule for _, rule in _rules()} - named == set()
    assert vectors == set(range(1, 19))


def _cited(text: str) -> set[str]:
    """Return the rules that a text names, one by one or as a range."""
    found = {f"{kind}-{number}" for kind, number in RULE.findall(text)}
    for kind, first, last in RANGE.findall(text):
        found |= {f"{kind}-{number}" for number in range(int(first), int(last) + 1)}
    return found


def _rules() -> list[tuple[str, str]]:
    """Return the anchors and the numbers of the rules that stand on their page."""
    return RULE_ROW.findall((ROOT / "docs" / "rules.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_text_that_a_user_may_see_holds_the_number_of_a_rule(path: Path) -> None:
    """Numbers are for those who read the source; what is told to others says it in words."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, DOCUMENTED) and node.body and isinstance(node.body[0], ast.Expr)
    }
    found = [
        f"{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in docstrings and RULE.search(node.value)
    ]

    assert found == []


def test_no_file_belongs_to_one_machine() -> None:
    """A clone works anywhere: no file names a folder of one machine or a package registry."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in _committed()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1)
        if ELSEWHERE.search(line)
    ]

    assert found == []


def test_every_example_of_the_pages_is_run() -> None:
    """A fence that the parser does not know would be skipped without a word."""
    pages = [page for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")) if page.exists()]

    for page in pages:
        fences = FENCE.findall(page.read_text(encoding="utf-8"))
        written = sum(max(1, len(PROMPT.findall(code))) for _, code in fences)
        collected = list(PAGES.parse(page)) if PAGES.should_parse(page) else []

        assert {language for language, _ in fences} <= {"python"}, page
        assert len(collected) == written, page
        assert collected or page.name != "README.md"
