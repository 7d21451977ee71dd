"""How the project tests itself: pages run as tests, and tests run in any order."""

import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

pytest_plugins = ["tests.postgres", "tests.proving"]
if sys.platform == "emscripten":
    pytest_plugins.append("tests.wasm")

# A check that somebody waits for must not depend on luck; whoever looks for faults wants it to.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("repeatable")

PAGES = Sybil(parsers=[PythonCodeBlockParser()], patterns=["*.md"])

pytest_collect_file = PAGES.pytest()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know `--installed`, with which a wheel is tested, `--store`, `--browser`, `--postgres`."""
    what = "fail unless pipeflow comes from the environment's packages, and not from a tree"
    parser.addoption("--installed", action="store_true", help=what)
    what = "the store of every engine and world that is not given another"
    stores = ("memory", "sqlite", "sqlalchemy")
    parser.addoption("--store", choices=stores, default="memory", help=what)
    what = "open what is shown in Chromium, and fail where there is none"
    parser.addoption("--browser", action="store_true", help=what)
    what = "start a PostgreSQL for the tests of it, and fail where there is none"
    parser.addoption("--postgres", action="store_true", help=what)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse the tree where the wheel is meant, and put the store in place that is asked for."""
    if config.getoption("installed"):
        import pipeflow

        if not Path(pipeflow.__file__).parents[1].samefile(sysconfig.get_path("purelib")):
            raise pytest.UsageError(f"--installed: pipeflow comes from {pipeflow.__file__}")
    if config.getoption("store") == "sqlalchemy":
        from tests.hosted import HostedStore
        from tests.lasting import put_in_place

        put_in_place(HostedStore)
    if config.getoption("store") == "sqlite":
        from tests.lasting import put_in_place

        put_in_place()
        # Tests that interrupt at any line do so in a finalizer too, where nobody can catch it.
        config.addinivalue_line("filterwarnings", "ignore:.*Connection.__del__")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Read each page from top to bottom, though everything else runs in random order."""
    if config.getoption("store") != "memory":
        left = pytest.mark.skip(reason="what only the store in memory does")
        for item in items:
            if item.get_closest_marker("memory"):
                item.add_marker(left)

    def place(item: pytest.Item) -> tuple[bool, str, int]:
        path, line, _ = item.location
        page = path.endswith(".md")
        return (page, path, line or 0) if page else (page, "", 0)

    items.sort(key=place)
