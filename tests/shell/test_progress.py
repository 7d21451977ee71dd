"""Progress: how far a long command has come, for those who look at it."""

import io

from pipeflow.shell.progress import shown


class Terminal(io.StringIO):
    """A screen."""

    def isatty(self) -> bool:
        """Say that somebody looks at it."""
        return True


def test_what_takes_long_is_shown_on_a_terminal() -> None:
    """After a second a bar comes, and at the end it makes room for the number of lines."""
    screen, seconds = Terminal(), iter([0.0, 0.5, 1.5, 1.55, 3.0])

    lines = [*shown(["ab"] * 4, "importing", screen, 12, lambda: next(seconds))]

    assert lines == ["ab"] * 4
    drawn = screen.getvalue().split("\r")
    assert drawn[0] == ""
    assert drawn[1].startswith("importing [###############...............]  50% 2 lines")
    assert "100% 4 lines" in drawn[2]
    assert drawn[3].endswith("importing: 4 lines\n")
    assert len(drawn) == 4


def test_where_nobody_knows_the_end_the_lines_are_counted() -> None:
    """A pipe does not say how much is to come."""
    screen, seconds = Terminal(), iter([0.0, 2.0])

    assert [*shown(["a"], "exporting", screen, None, lambda: next(seconds))] == ["a"]
    assert "exporting ... 1 lines" in screen.getvalue()


def test_what_is_quick_or_unseen_shows_nothing() -> None:
    """Neither a moment's work nor a log file gets a bar."""
    terminal, log = Terminal(), io.StringIO()

    assert [*shown(["a"], "exporting", terminal, None, lambda: 0.0)] == ["a"]
    assert [*shown(["a"], "exporting", log, None, lambda: 0.0)] == ["a"]
    assert terminal.getvalue() == log.getvalue() == ""
