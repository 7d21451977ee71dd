"""Processes that are really killed, at any moment: what a file keeps, and what the world saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from pipeflow import PaymentReceived
from tests.proving import Amount, Proved
from tests.reliability.clerks import DOLLAR, Asked, Clerk, Diary, Office
from tests.reliability.killing import NEVER, verdict

TREE = Path(__file__).parents[2]
SECONDS = 20  # of killing, half of it with one process


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, and killed by a signal")
def test_killed_processes_lose_nothing_and_make_nothing_up(proved: Proved, amount: Amount) -> None:
    """One process, and three that work in one file at once; the ledger of the ports is outside.

    What was answered is there, and acted once; what the firm asked for was asked, after its commit,
    under one key with one content; and the file is sound.
    """
    minutes = amount.of(SECONDS) / 60
    program = [sys.executable, "-m", "tests.reliability.killing", "--minutes", str(minutes)]
    path = os.pathsep.join(one for one in sys.path if one)

    done = subprocess.run(
        program, cwd=TREE, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip

    counted = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(counted) == 2, done.stderr
    for one in counted:
        assert {what: one[what] for what in NEVER} == dict.fromkeys(NEVER, 0), done.stderr
        assert one["kills"] > 0
        what = "one process" if one["processes"] == 1 else f"{one['processes']} processes at once"
        proved(f"kill -9 of {what}", **{name: one[name] for name in one if name != "processes"})


def worked(folder: Path) -> Office:
    """Let a clerk do two jobs, whom nobody kills."""
    office = Office(folder, multiprocess=False)
    office.set_up()
    store, engine = office.opened()
    with store:
        for _ in islice(Clerk(office, 0, engine).work(), 10):
            pass
    return office


def lose(office: Office) -> None:
    """Lose a request."""
    _, *others = office.asked()
    office.ledger.unlink()
    ledger = Diary(office.ledger)
    for one in others:
        ledger.note(*one)


def again(**changes: object) -> Callable[[Office], None]:
    """Ask for the first request once more, with a difference."""

    def ask(office: Office) -> None:
        Diary(office.ledger).note(*office.asked()[0]._replace(**changes))  # type: ignore[arg-type]

    return ask


def make_up(office: Office) -> None:
    """Ask for something that no job wants."""
    Diary(office.ledger).note(*Asked("nobody's", "email", "nobody's", "{}", committed=True))


def promise(office: Office) -> None:
    """Answer a payment that is nowhere."""
    job = next(answer for kind, _, answer, *_ in office.diary(0).lines() if kind == "hears")
    office.diary(0).note("says", "promised", "pay", job)
    office.diary(0).note("hears", "promised", job)


def pay_twice(office: Office) -> None:
    """Carry a payment out that a clerk asked for once."""
    job = next(answer for kind, _, answer, *_ in office.diary(0).lines() if kind == "hears")
    store, engine = office.opened()
    with store:
        engine.record(engine.job(job).item("Fee"), PaymentReceived(DOLLAR))


@pytest.mark.parametrize(
    ("harm", "seen"),
    [
        pytest.param(lambda office: None, set(), id="nothing"),
        pytest.param(again(), set(), id="a repeat"),
        pytest.param(lose, {"lost requests"}, id="a request is lost"),
        pytest.param(make_up, {"phantom"}, id="a request is made up"),
        pytest.param(again(committed=False), {"phantom"}, id="it leaves before its commit"),
        pytest.param(again(content="{}"), {"with another content"}, id="its content is another"),
        pytest.param(again(key="other"), {"phantom", "under another key"}, id="so is its key"),
        pytest.param(promise, {"lost commands"}, id="an answer is lost"),
        pytest.param(pay_twice, {"commands that acted twice"}, id="a command acts twice"),
    ],
)
def test_the_verdict_sees_what_is_amiss(
    harm: Callable[[Office], None], seen: set[str], tmp_path: Path
) -> None:
    """Each kind of harm under its own name, and nothing where there is none."""
    office = worked(tmp_path)

    harm(office)

    counted = verdict(office, 1)
    assert {what for what in NEVER if counted[what]} == seen
    assert counted["commands"] > 8
