"""The page about embedding lists what a port gets, as the classes have it."""

from inspect import get_annotations
from pathlib import Path

import attrs
import pytest

from pipeflow.ports import requests
from pipeflow.ports.requests import Request

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "embed.md"
COMMON = {field.name for field in attrs.fields(Request)}
KINDS = [
    found
    for found in vars(requests).values()
    if isinstance(found, type) and issubclass(found, Request)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_a_request_is_listed_with_its_fields_and_their_types(kind: type[Request]) -> None:
    """Whoever writes a port reads there what it is given."""
    own = [one.name for one in attrs.fields(kind) if kind is Request or one.name not in COMMON]
    types = {name: text for cls in kind.__mro__ for name, text in get_annotations(cls).items()}
    told = ", ".join(f"`{name}` ({types[name]})".replace(" | ", " or ") for name in own)

    assert f"| `{kind.__name__}` | {told} |" in PAGE.read_text(encoding="utf-8").splitlines()
