"""How the project tests itself: pages run as tests, and tests run in any order."""

import pytest
from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

settings.register_profile("ci", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("ci")

PAGES = Sybil(parsers=[PythonCodeBlockParser()], patterns=["*.md"])

pytest_collect_file = PAGES.pytest()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Read each page from top to bottom, though everything else runs in random order."""

    def place(item: pytest.Item) -> tuple[bool, str, int]:
        path, line, _ = item.location
        page = path.endswith(".md")
        return (page, path, line or 0) if page else (page, "", 0)

    items.sort(key=place)
