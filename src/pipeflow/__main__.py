"""`python -m pipeflow`: the command line, also called `pipeflow`."""

from __future__ import annotations

import sys

from .shell import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
