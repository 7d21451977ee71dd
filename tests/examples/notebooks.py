"""The notebooks of examples/notebooks: executed, and written the same wherever that is done.

    python -m tests.examples.notebooks

That is `make notebooks`: it keeps what the cells show in the files. Whoever clones the project sees
it without running anything, and a test compares it with what they show now.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

__all__ = ["NOTEBOOKS", "executed"]

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted((EXAMPLES / "notebooks").glob("*.ipynb"))
LONGEST = 60  # seconds after which a cell that hangs is ended, with its kernel
# What Jupyter notes about the machine on which it ran is left out.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(path: Path, *, hash_seed: str = "0") -> str:
    """Execute a notebook in a folder that is thrown away, and return the file as it would be.

    The folder holds the examples, so that a notebook may read a package beside it, and write. The
    kernel is that of this Python, whatever others the machine knows, and reads nobody's profile.

    Args:
        path: The file.
        hash_seed: Python's, which may make no difference.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell raised an error; its message shows both.
        nbclient.exceptions.CellTimeoutError: A cell took longer than anybody would wait.
    """
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        place = Path(folder, "examples")
        shutil.copytree(EXAMPLES, place, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        environment = os.environ | {
            "COLUMNS": "100",
            "IPYTHONDIR": f"{folder}/ipython",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the debugger that comes along would warn
            "PYTHONHASHSEED": hash_seed,
        }
        client: Any = NotebookClient(
            notebook,
            config=Config(
                KernelManager={"connection_file": f"{folder}/kernel.json", "transport": "ipc"},
                KernelSpecManager={"kernel_dirs": []},
            ),
            extra_arguments=["--InteractiveShell.colors=nocolor"],  # an error is read as text
            kernel_name="python3",
            timeout=LONGEST,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(place / "notebooks")}},
        )
        client.execute(env=environment)
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    text: str = nbformat.writes(notebook)
    return text.rstrip("\n") + "\n"


def main() -> None:
    """Write each notebook anew, with what its cells show now."""
    for path in NOTEBOOKS:
        path.write_text(executed(path), encoding="utf-8", newline="\n")
        sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
