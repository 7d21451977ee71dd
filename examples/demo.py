"""Three weeks of a small firm, told, as `pipeflow demo` tells them.

Run it with `make demo`. The firm stands in `src/pipeflow/shell/demo.py`: read that from the top, it
is a program like your own could be.
"""

from __future__ import annotations

import sys

from pipeflow.shell import main

if __name__ == "__main__":
    sys.exit(main(["demo"]))
