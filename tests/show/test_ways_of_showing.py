"""Values show themselves in several ways, and names are text in each of them, never markup."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import StringIO
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console
from rich.pretty import pretty_repr

from pipeflow import (
    Account,
    CreateTask,
    DefinitionError,
    JobMoved,
    MoveCause,
    Pipeline,
    SendEmail,
    Stage,
    TaskTemplate,
    UpdateJob,
    lint,
    tagged,
)
from pipeflow.insight import History
from pipeflow.show import (
    Arrow,
    Bar,
    Bullets,
    Chart,
    Diagram,
    Document,
    Heading,
    Lane,
    Lanes,
    Paragraph,
    Picture,
    Shown,
    Strip,
    Table,
)
from pipeflow.testing import World

WAYS = ("text", "html", "md")
NASTY = (
    "<script>alert(1)</script>", "<b>bold</b>", "&lt;b&gt;", '"quoted" and \'so\'', "`code`",
    "*star* _line_ ~~gone~~", "| a | b |", "[link](https://example.com)", "![x](y)", "# not",
    "- item", "+ item", "1. one", "10) ten", "===", "---", "> said", "www.example.com", "@somebody",
    "https://example.com", ":smile:", "$x$", "line\nbreak", "\x1b[31mred", "\u202eevil\u202c",
    "{{x}}", "end %% comment", 'a"] --> b["', "#35;", "style='x'", "</td></table>", "<br/>", "\\",
)  # fmt: skip
names = st.one_of(
    st.sampled_from(NASTY),
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        min_size=1,
        max_size=20,
    ),
)


def shown(name: str) -> Document:
    """Make a document in which a name stands wherever a text may."""
    return Document(
        (
            Heading(name),
            Paragraph(name),
            Bullets((name, Bullets((name,)), name)),
            Heading(name, 2),
            Table(("Stage", "What"), ((name, name), (name, ""))),
        )
    )


def printed(name: str) -> str:
    """Return how a name is written: what does not print is a space, but for two joiners."""
    return "".join(one if one.isprintable() or one in "\u200c\u200d" else " " for one in name)


class Structure(HTMLParser):
    """The elements of a piece of HTML with their attributes, and all its text."""

    def __init__(self, html: str) -> None:
        """Read it."""
        super().__init__()
        self.elements: list[Any] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, with its attributes; how a cell is broken goes by its words."""
        self.elements.append((tag, [name for name, _ in attrs]))

    def handle_endtag(self, tag: str) -> None:
        """Note its end."""
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.words.append(data)


@given(names)
def test_no_name_is_markup_in_html(name: str) -> None:
    """The elements are those of a plain name, and the name is read as it is written."""
    html = Structure(shown(name).html())
    plain = Structure(shown("name").html())

    assert html.elements == plain.elements
    assert html.words.count(printed(name)) == plain.words.count("name") == 9


@given(names)
@example("2026. Return")
@example("123456789) x")
def test_no_name_is_markup_in_markdown(name: str) -> None:
    """A reader of GitHub's Markdown finds the blocks of a plain name, and the same words."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    found = reader.parse(shown(name).markdown())
    plain = reader.parse(shown("name").markdown())

    assert [one.type for one in found] == [one.type for one in plain]
    for one in found:
        assert {part.type for part in one.children or ()} <= {"text", "text_special"}
    wanted = printed(name).strip()
    if wanted.isascii() and wanted:
        words = "".join(part.content for part in found[1].children or ())
        assert words.strip() == wanted


@given(names, names)
def test_no_name_is_markup_in_a_flow_chart(name: str, other: str) -> None:
    """Nothing but letters, digits and numbers of signs stands in a label."""
    pipeline = Pipeline(
        "Tax", [Stage("Start"), Stage(f"x{name}", when=tagged(other)), Stage("End")]
    )

    chart = f"{pipeline:mermaid}".splitlines()

    assert len(chart) == 7
    assert [line.strip()[:2] for line in chart] == ["fl", "s0", "s1", "s2", "s0", "s0", "s1"]
    label = chart[2].strip().removeprefix('s1["').removesuffix('"]')
    assert set(label.replace("<br/>", "")) <= set(
        " #;0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    )


def test_a_pipeline_shows_itself_in_every_way() -> None:
    """In one line when printed, whole when asked."""
    pipeline = Pipeline(
        "Tax",
        [
            Stage("Start", [CreateTask("prepare")], automove=True),
            Stage("Extra", when=tagged("vip")),
            Stage("End"),
        ],
    )

    assert f"{pipeline}" == str(pipeline) == repr(pipeline)
    assert f"{pipeline:text}" == str(pipeline.overview())
    assert f"{pipeline:mermaid}" == (
        "flowchart LR\n"
        '    s0["Start<br/>1 automation"]\n'
        '    s1["Extra<br/>0 automations<br/>if tagged #39;vip#39;"]\n'
        '    s2["End<br/>0 automations"]\n'
        '    s0 -->|"automove"| s1\n'
        '    s0 -.->|"skipped"| s2\n'
        '    s1 -->|"by hand"| s2'
    )
    markdown = f"{pipeline:md}"
    assert markdown.startswith("## Tax\n\n```mermaid\nflowchart LR\n")
    assert "| Start | 1 automation |  | automove |" in markdown
    assert pipeline._repr_html_() == f"{pipeline:html}"
    assert "<caption" in f"{pipeline:html}"


def test_a_history_is_a_table() -> None:
    """With the job's name where there are several."""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    moved = JobMoved(at, "job-1", "mia", "a", "b", 2, MoveCause.BY_HAND)

    assert f"{History([moved]):text}".splitlines()[:3] == [
        "History: 1 event",
        "================",
        "When                  What                             By",
    ]
    assert "| Job |" in f"{History([moved], {'job-1': 'Ada'}):md}"


def test_what_explains_and_finds_shows_itself_too() -> None:
    """In a cell, and as a flow chart only where there is something to draw."""
    task = TaskTemplate("Prepare")
    pipeline = Pipeline("Tax", [Stage("Start", [CreateTask(task), UpdateJob()]), Stage("End")])
    world = World()
    world.engine.save(pipeline, task)
    job = world.engine.start(pipeline, world.account())

    explained = world.engine.explain(job)
    for one in (lint(pipeline), explained, world.engine.plan(pipeline)):
        assert all(f"{one:{way}}" for way in WAYS)
        assert one._repr_html_().startswith("<div>")
        # An explanation prints its lines, which a terminal shows better than tables.
        assert one is explained or str(one) == f"{one:text}"
        with pytest.raises(ValueError, match=r"not shown as 'mermaid'\. Allowed: text, html, md\."):
            f"{one:mermaid}"
    with pytest.raises(ValueError, match="not shown as '>20'"):
        f"{pipeline:>20}"


def test_ipython_prints_the_text_and_not_the_code() -> None:
    """Naming a thing there shows what `print` does, or the one line in which it is told."""
    pretty = pytest.importorskip("IPython.lib.pretty", reason="there is no IPython").pretty
    ada = Account("Ada")

    class Board(Shown):
        """A view that has no line of its own."""

        def document(self) -> Document:
            """Build what is shown."""
            return Document((Heading("Ada"),))

    assert pretty(Board()) == "Ada\n==="
    assert pretty([ada]) == f"[{ada!r}]"


def in_rich(thing: object, width: int = 100) -> str:
    """Return what rich writes to a terminal of so many columns, without its colours."""
    console = Console(width=width, file=StringIO(), color_system=None)
    console.print(thing)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_rich_lays_out_tables_and_takes_no_name_for_a_style() -> None:
    """It would take what stands in brackets for one."""
    pipeline = Pipeline("[red]Tax[/red]", [Stage("[b]Start[/b]", [SendEmail("x")])])

    told = [line.strip() for line in in_rich(pipeline.overview()).splitlines()]

    assert told[0] == "[red]Tax[/red]"
    assert told[1].split() == ["Stage", "Automations"]
    assert set(told[2]) == {"─"}
    assert told[3:] == ["[b]Start[/b]   1 automation", "send email 'x'"]


def test_a_folded_table_stands_behind_its_caption() -> None:
    """In HTML it is unfolded by whoever wants to see it; a text has it all."""
    rows = Table(("No",), (("1",), ("2",)), folded=True)
    html = Document((Heading("<Days>"), rows)).html()

    read = Structure(html)
    assert [one if isinstance(one, str) else one[0] for one in read.elements][:5] == [
        "div", "details", "summary", "summary", "table",
    ]  # fmt: skip
    assert read.words == ["<Days>", "2 rows", "No", "1", "2"]
    assert Document((rows,)).html().count("<summary") == 1
    assert Document((evolve(rows, caption="Own"),)).html().count(">Own<") == 1
    assert Document((Heading("Days"), rows)).text().splitlines()[-2:] == ["1", "2"]


def test_a_long_table_is_cut_in_html() -> None:
    """And says how much more there is."""
    rows = tuple((str(number),) for number in range(1203))

    html = Document((Table(("No",), rows),)).html()

    assert html.count("<tr>") == 1002
    assert "… 203 more</td>" in html
    assert "<caption" in html  # a table without a name is called one


def test_lists_in_lists_belong_to_what_stands_before_them() -> None:
    """Also one that begins with a list, or is empty."""
    document = Document((Bullets((Bullets(("deep",)), "a", Bullets(("b",)), "c")), Bullets(())))

    html = document.html()

    assert html == (
        "<div><ul><li><ul><li>deep</li></ul></li><li>a<ul><li>b</li></ul></li><li>c</li></ul></div>"
    )
    assert document.markdown() == "  - deep\n- a\n  - b\n- c"
    assert Document((Table((), ()),)).markdown() == ""


def test_what_is_shown_is_there_when_somebody_asks() -> None:
    """And a name that is none is refused as in any module."""
    from pipeflow import show

    with pytest.raises(AttributeError, match="has no attribute 'Kite'"):
        show.Kite  # type: ignore[attr-defined]  # noqa: B018


# -- nasty names in all writers -------------------------------------------------------------------

LONG = "<b>" + "W" * 9_990 + "</b>"
WORSE = (
    "]]>", "<!-- x", "-->", "<![CDATA[x", "<?xml?>", "&#0;", "a\x00b", "\x1b]0;title\x07",
    "\x9b31m", "\u2066iso\u2069", "\ufeffbom", "😀👩\u200d👩\u200d👧", "end", "subgraph",
    "%%{init: {}}%%", "```", LONG,
)  # fmt: skip
worse = st.one_of(st.sampled_from(WORSE), names)


def everything(name: str) -> Document:
    """Make a document with every block and a name wherever a text may stand."""
    lanes = Lanes((Lane(name, name, ((name, name), (name,)), name), Lane(name, "", ())), name)
    table = Table((name, "Bar"), ((name, Bar(0, 0.5, name)), ("", Bar(0.9, 1))), name)
    blocks = (*shown(name).blocks, table, lanes)
    return Document(blocks, lanes)


PICTURES: dict[str, Callable[[str], Picture]] = {
    "diagram": lambda name: Diagram(
        ((name, name), (name,), (name,)),
        (Arrow(0, 1, name), Arrow(0, 2, name, rare=True), Arrow(2, 0, name), Arrow(1, 1, name)),
    ),
    "chart": lambda name: Chart((Strip(name, (Bar(0, 0.5, name), Bar(1, 1)), name),), name, name),
    "plain chart": lambda name: Chart((Strip(name, (Bar(0, 0.5),)),)),
    "board": lambda name: everything(name).picture or Lanes(()),
    "nothing": lambda _: Diagram((), ()),
}


@pytest.mark.parametrize("kind", PICTURES)
@given(name=worse)
def test_no_name_is_markup_in_a_picture(kind: str, name: str) -> None:
    """A picture is well-formed XML with the elements of a plain one, and says every name whole."""
    root = ET.fromstring(Document((Heading(name),), PICTURES[kind](name)).svg())  # noqa: S314  (our own)
    tags = {one.tag.rpartition("}")[2] for one in root.iter()}

    assert tags <= {"svg", "title", "desc", "rect", "text", "path", "g"}
    told = next(one.text for one in root if one.tag.endswith("title"))
    assert told == printed(name)
    assert not any(one.attrib.keys() & {"onload", "href", "style", "id"} for one in root.iter())


@given(worse)
def test_no_name_commands_a_terminal(name: str) -> None:
    """Neither escapes nor what turns the order round passes, and columns stay in line."""
    text = everything(name).text()

    assert all(one.isprintable() or one in "\n\u200c\u200d" for one in text)
    told = in_rich(Rich(everything(name)))
    assert "\x1b" not in told
    assert "\u202e" not in told


@given(worse)
def test_no_name_is_markup_in_any_block(name: str) -> None:
    """In HTML all of them have the elements of a plain name, and keep every sign of it."""
    html = Structure(everything(name).html())

    assert html.elements == Structure(everything("name").html()).elements
    assert html.words.count(printed(name)) >= 18
    assert not any(tag[0] in {"script", "style", "svg", "img"} for tag in html.elements)


@given(worse)
def test_no_name_breaks_the_cells_of_a_board_in_markdown(name: str) -> None:
    """A reader finds one table with a row, and no element but breaks."""
    reader = MarkdownIt("commonmark").enable("table")
    found = reader.parse(Document((everything(name).blocks[-1],)).markdown())

    assert [one.type for one in found].count("tr_open") == 2
    html = {part.content for one in found for part in one.children or () if "html" in part.type}
    assert html <= {"<br>"}


class Rich(Shown):
    """A document that shows itself."""

    def __init__(self, document: Document) -> None:
        """Take it."""
        self._document = document

    def document(self) -> Document:
        """Return it."""
        return self._document


class Broken(Shown):
    """What cannot be shown."""

    def __init__(self, *, hopeless: bool = False) -> None:
        """Say whether it cannot even name itself."""
        self._hopeless = hopeless

    def document(self) -> Document:
        """Fail."""
        raise RuntimeError("out of paper")

    def __repr__(self) -> str:
        """Name itself, if it can."""
        if self._hopeless:
            raise RuntimeError("out of ink")
        return "<Broken & sorry>"


def test_what_cannot_be_shown_still_names_itself() -> None:
    """A cell, a log and a terminal of rich show that, and raise nothing; whoever asks hears why."""
    broken = Broken()

    assert str(broken) == f"{broken}" == "<Broken & sorry>"
    assert broken._repr_html_() == "<pre>&lt;Broken &amp; sorry&gt;</pre>"
    assert in_rich(broken) == "<Broken & sorry>\n"
    assert "Broken object at" in str(Broken(hopeless=True))
    with pytest.raises(RuntimeError, match="out of paper"):
        f"{broken:html}"


def test_a_flow_chart_is_a_text_that_notebooks_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a fence of Markdown, and in marimo by its own function, if it is there."""
    drawn = Pipeline("Tax", [Stage("A"), Stage("B")]).to_mermaid()

    assert drawn.startswith("flowchart LR\n")
    assert drawn._repr_markdown_() == f"```mermaid\n{drawn}\n```"
    monkeypatch.setitem(sys.modules, "marimo", None)
    assert drawn._display_() == drawn
    monkeypatch.setitem(
        sys.modules, "marimo", SimpleNamespace(mermaid=lambda text: ("drawn", text))
    )
    assert drawn._display_() == ("drawn", drawn)


def test_a_way_in_which_nothing_is_shown_is_refused_with_those_of_its_class() -> None:
    """And the nearest of them."""
    pipeline = Pipeline("Tax", [Stage("A"), Stage("B")])

    with pytest.raises(DefinitionError) as refused:
        f"{pipeline:mermiad}"
    with pytest.raises(DefinitionError, match=r"Findings is not shown as 'svg'\. Allowed: text"):
        lint(pipeline).to_svg()

    assert str(refused.value) == (
        "Pipeline is not shown as 'mermiad'. Did you mean 'mermaid'? "
        "Allowed: text, html, md, mermaid, svg."
    )
    assert isinstance(refused.value, ValueError)


def test_rich_lays_out_every_block() -> None:
    """Headings, paragraphs, lists, tables with captions and bars, and boards."""
    lanes = Lanes((Lane("Intake", "1 job", (("Ada", "late"),), "… 2 more"), Lane("End", "", ())))
    blocks = (
        Heading("Title"), Paragraph("Words."), Bullets(("one",)), Table((), ()),
        Table(("Who", "Bar"), (("Ada", Bar(0.5, 1, "half")),), "Bars"), lanes,
    )  # fmt: skip

    told = in_rich(Rich(Document(blocks)))

    assert [line.strip() for line in told.splitlines()] == [
        "Title", "Words.", "- one", "", "Bars", "Who   Bar", "─" * 35,
        f"Ada   {' ' * 12}{'█' * 12} half",
        "", "Intake     End", "1 job", "─" * 14, "Ada", "late", "", "… 2 more",
    ]  # fmt: skip


def test_rich_prints_values_as_values_where_it_is_asked_to() -> None:
    """Field by field, or one thing below the other."""
    world = World()
    world.engine.save(Pipeline("Tax", [Stage("A"), Stage("B")]))
    job = world.engine.start("tax", world.account())

    listed, told = pretty_repr(world.engine.jobs()), pretty_repr(world.engine.history(job))

    assert listed.startswith("Listing(")
    assert "name='Tax'" in listed
    assert told.startswith("History(")
    assert "JobStarted(" in told
    assert pretty_repr(world.engine.board("tax")).startswith("Board(")
