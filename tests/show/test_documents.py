"""A document shows itself as plain text, whatever names people give."""

from pipeflow.show import Bullets, Document, Heading, Paragraph, Table


def test_a_document_is_written_block_by_block() -> None:
    """A first heading is underlined, lists are indented, a paragraph is a line."""
    document = Document(
        (
            Heading("Job"),
            Heading("Items", 2),
            Paragraph("Waits."),
            Bullets(("one", Bullets(("inner",)), "two")),
        )
    )

    assert document.text() == "Job\n===\n\nItems\nWaits.\n- one\n  - inner\n- two"


def test_what_begins_anew_in_a_text_stands_apart() -> None:
    """A heading, a caption, and what follows a table have an empty line before them."""
    rows = (("1",),)
    blocks = (
        Table(("No",), rows, "First"), Paragraph("Words."), Table(("No",), rows),
        Table(("No",), rows, "Second"), Heading("More", 2), Table(("No",), rows),
    )  # fmt: skip

    assert Document(blocks).text().splitlines() == [
        "First", "No", "--", "1", "", "Words.", "No", "--", "1", "", "Second", "No", "--", "1",
        "", "More", "No", "--", "1",
    ]  # fmt: skip


def test_a_table_stands_in_columns() -> None:
    """Columns are as wide as their widest entry; those without any are left out."""
    table = Table(("Stage", "Condition", "Jobs"), (("Intake", "", "3"), ("Done", "", "12")))

    assert Document((table,)).text().splitlines() == [
        "Stage   Jobs",
        "------  ----",
        "Intake  3",
        "Done    12",
    ]


def test_an_empty_table_shows_its_first_column() -> None:
    """A table without rows still says what it would hold; one without columns says nothing."""
    assert Document((Table(("Stage", "Jobs"), ()),)).text() == "Stage\n-----"
    assert Document((Table((), ()),)).text() == ""


def test_names_can_not_break_a_line_or_a_terminal() -> None:
    """Whatever does not print becomes a space."""
    document = Document((Heading("a\nb\x1b[31m"), Table(("x\ty",), (("1\r2",),))))

    assert document.text().splitlines() == ["a b [31m", "========", "x y", "---", "1 2"]
