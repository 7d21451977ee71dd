"""The room of the async engine: it stands alone, and says what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    """Run a program in a fresh interpreter, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


def test_neither_event_loop_is_loaded_before_it_runs() -> None:
    """Whoever uses trio needs no asyncio, and the other way round."""
    code = "import sys, pipeflow.aio; print(sorted({'asyncio', 'trio'} & set(sys.modules)))"

    assert run(code) == "[]"


def test_the_plain_engine_needs_no_anyio() -> None:
    """It loads nothing of this room."""
    code = (
        "import sys, pipeflow, pipeflow.testing; pipeflow.Engine();"
        "print([name for name in sys.modules if name.startswith(('anyio', 'pipeflow.aio'))])"
    )

    assert run(code) == "[]"


def test_without_anyio_a_sentence_says_what_to_install() -> None:
    """And nothing else fails."""
    code = (
        "import sys; sys.modules['anyio'] = None\n"
        "try: import pipeflow.aio\n"
        "except ImportError as error: print(error.name, error, sep=': ')"
    )

    said = "pipeflow.aio needs anyio, which is not installed: pip install 'pipeflow[aio]'"
    assert run(code) == f"anyio: {said}"
