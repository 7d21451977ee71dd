"""What errors say is for people who have never seen our papers."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeflow.model

ROOT = Path(pipeflow.model.__file__).parents[1]
SOURCES = sorted(
    [ROOT / "errors.py", *(ROOT / "model").rglob("*.py"), *(ROOT / "show").glob("*.py")]
)


def _said(tree: ast.Module) -> Iterator[str]:
    """Yield every text of a module but its docstrings."""
    bare = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in bare:
            yield node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_sentence_cites_our_papers(path: Path) -> None:
    """Docstrings may say where a rule comes from; an error says the rule itself."""
    said = list(_said(ast.parse(path.read_text(encoding="utf-8"))))

    assert [text for text in said if "domain.md" in text or "design.md" in text] == []
