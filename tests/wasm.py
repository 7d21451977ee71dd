"""Python in WebAssembly starts no threads and no processes, and opens no sockets.

A test that asks for one there proves nothing, and is left out. Which tests these are is written
down nowhere: one that fails after it was refused something is one of them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Thread
from typing import Any

import anyio
import pytest

# Modules that are not there.
NO_MODULES = frozenset({"fcntl", "psycopg", "pwd", "resource", "termios"})
# Tests of what disks and servers do, which a browser has none of.
OF_HOSTS = frozenset({"test_folders.py", "test_fsspec_folders.py", "test_sqlalchemy_hosts.py"})

# Marks what hands C code more levels than it survives there, such as a parser, or what prints.
ENDS_WASM = pytest.mark.skipif(
    sys.platform == "emscripten", reason="what is nested so deep ends the interpreter"
)


class NotHereError(RuntimeError):
    """There is no such thing in WebAssembly."""


class Refusals:
    """Notes what a test asked for that is not there."""

    def __init__(self) -> None:
        """Begin with a test that has asked for nothing."""
        self._asked = ""

    def of(self, what: str, called: Callable[..., object]) -> Callable[..., Any]:
        """Return what stands for a call that would begin something: it notes that, and fails."""

        @wraps(called)
        def refuse(*_: object, **__: object) -> None:
            self._asked = what
            raise NotHereError(f"there are no {what} in WebAssembly")

        return refuse

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """Leave a test out that fails for want of something, whatever became of that on the way."""
        try:
            yield
        except Exception as error:
            if what := self._asked or _missing(error):
                pytest.skip(f"there are no {what} in WebAssembly")
            raise

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Begin anew with each test."""
        self._asked = ""
        if item.path.name in OF_HOSTS:
            pytest.skip("there are no disks and servers in WebAssembly")
        with self.left_out():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Run a test."""
        with self.left_out():
            return (yield)


def _missing(error: Exception) -> str:
    """Tell what an error says that there is not; "": it says nothing of the kind."""
    if isinstance(error, AttributeError) and error.obj is os:
        return f"calls of os.{error.name}"
    if isinstance(error, ModuleNotFoundError) and error.name in NO_MODULES:
        return f"modules {error.name!r}"
    return "fixtures that ask for more" if isinstance(error, NotHereError) else ""


def pytest_configure(config: pytest.Config) -> None:
    """Note from here on who asks for what is not there."""
    refusals, patch = Refusals(), pytest.MonkeyPatch()
    config.pluginmanager.register(refusals)
    config.add_cleanup(patch.undo)
    # What is left out half-way closes nothing.
    for told in ("unclosed database:ResourceWarning", ":pytest.PytestUnraisableExceptionWarning"):
        config.addinivalue_line("filterwarnings", f"ignore:{told}")
    patch.setattr(os, "fork", refusals.of("processes", print), raising=False)
    patch.setattr(Thread, "start", refusals.of("threads", Thread.start))
    patch.setattr(subprocess.Popen, "__init__", refusals.of("processes", subprocess.Popen.__init__))
    patch.setattr(socket.socket, "bind", refusals.of("sockets", socket.socket.bind))
    patch.setattr(anyio, "run", refusals.of("event loops within the one of pytest", anyio.run))
