"""Rehearsals: `demo` and `simulate`, which show a firm at work in which nothing is real."""

from __future__ import annotations

import sys
from argparse import Namespace

from ..testing.simulation import MOST_ACCOUNTS, MOST_DAYS, Simulation
from .invocation import Commands, command, whole
from .packages import read
from .progress import counted
from .screen import write

__all__ = ["add_commands"]

LARGEST_SEED = 2**63 - 1


def add_commands(commands: Commands) -> None:
    """Add the commands that show a firm at work."""
    command(
        commands,
        "demo",
        _demo,
        "show three weeks of a small firm: its board, a story, a stuck job",
        "pipeflow demo",
        "pipeflow demo | less",
    )
    simulated = command(
        commands,
        "simulate",
        _simulate,
        "let a firm work with a package, with clients who act by chance",
        "pipeflow simulate tax.json",
        "pipeflow simulate tax.json --accounts 200 --days 120 --seed 7",
        more="The same seed gives the same season, to the last byte.",
    )
    simulated.add_argument("package", help="the package's file")
    numbers = (
        ("--accounts", 25, whole(1, MOST_ACCOUNTS), "how many accounts there are"),
        ("--days", 90, whole(0, MOST_DAYS), "how many days pass"),
        ("--seed", 1, whole(0, LARGEST_SEED), "which chance it is: another seed, another season"),
    )
    for name, usual, kind, what in numbers:
        simulated.add_argument(
            name, type=kind, default=usual, metavar="N", help=f"{what} ({usual} unless said)"
        )


def _demo(_: Namespace) -> int:
    from .demo import told  # makes its definitions

    for line in told():
        write(line)
    return 0


def _simulate(given: Namespace) -> int:
    (bundle,) = read(given.package)
    firm = Simulation(bundle, accounts=given.accounts, days=given.days, seed=given.seed)
    for _ in counted(firm.passing(), "simulating", "days", sys.stderr, given.days or None):
        pass
    write(str(firm))
    return 0
