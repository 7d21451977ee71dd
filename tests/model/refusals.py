"""What a refused value says: every problem in one line, as a reader sees it."""

from collections.abc import Callable

import pytest

from pipeflow.errors import DefinitionError


def refused(make: Callable[[], object]) -> list[str]:
    """Return what is wrong with what *make* tries to make, a line each."""
    with pytest.raises(DefinitionError) as caught:
        make()
    return [str(problem) for problem in caught.value.problems]


def places(make: Callable[[], object]) -> list[str]:
    """Return where the problems are."""
    with pytest.raises(DefinitionError) as caught:
        make()
    return [problem.where for problem in caught.value.problems]
