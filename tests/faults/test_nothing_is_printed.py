"""A program that sets up no log prints nothing of pipeflow's; one that does reads all of it."""

import subprocess
import sys

TROUBLE = """
from pipeflow import Engine, JobStarted, Pipeline, Stage, Account

def broken(event):
    raise RuntimeError("the host's own mistake")

engine = Engine()
engine.save(Pipeline("Tax", [Stage("Intake")]))
engine.on(JobStarted, broken)
for name in ("Ada", "Bob"):
    engine.start("tax", engine.save(Account(name)))
"""
TOLD = "a handler of JobStarted failed"


def _run(code: str) -> subprocess.CompletedProcess[str]:
    """Run a program of its own, since pytest sets up logs here."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_a_program_without_a_log_prints_nothing() -> None:
    """Python itself prints what is grave and nobody handles, a traceback among the host's lines."""
    run = _run(TROUBLE)

    assert (run.stdout, run.stderr) == ("", "")


def test_a_program_with_a_log_reads_each_trouble_once() -> None:
    """What keeps Python from printing keeps nothing from those who listen."""
    run = _run(f"import logging; logging.basicConfig()\n{TROUBLE}")

    assert run.stderr.count(TOLD) == 2
    assert "the host's own mistake" in run.stderr


def test_a_log_that_is_set_up_later_is_written_too() -> None:
    """A program may start its work first, and its log then."""
    run = _run(f"{TROUBLE}\nimport logging; logging.basicConfig()\n{TROUBLE}")

    assert run.stderr.count(TOLD) == 2
