"""What is shown is good to look at and to listen to: opened in Chromium, and judged by axe-core.

`make browser` runs it, with `--browser`; a browser that is missing fails it then. The pictures that
it takes stand in `build/screenshots`, to be looked at.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from pipeflow import CreateTask, DefinitionError, Pipeline, Stage, TaskTemplate, tagged
from pipeflow.show import Arrow, Bar, Chart, Diagram, Document, Heading, Lane, Lanes, Picture, Strip
from pipeflow.testing import World
from tests.show.spring import Spring

WHY = "axe-core and playwright are among what `make browser` installs"
pytest.importorskip("playwright.sync_api", reason=WHY)
pytest.importorskip("axe_playwright_python", reason=WHY)

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

NAMES = ("chromium", "chromium-browser", "google-chrome")
# It opens pages that these tests write, and nothing else; in a container it has no sandbox.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
LONGEST = 20_000  # milliseconds after which anything that hangs is ended
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# What a notebook looks like, as far as that matters: its colours and its letters.
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A notebook</title>
<style>:root {{ color-scheme: light dark; background: Canvas; color: CanvasText }}
body {{ font: 14px/1.45 sans-serif; margin: 1em }}</style>
<main><h1>A notebook</h1>{}</main></html>"""

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced-colours": {"color_scheme": "dark", "forced_colors": "active"},
    "more-contrast": {"color_scheme": "light", "contrast": "more"},
    "untrusted": {"color_scheme": "light"},
    "without-style": {"color_scheme": "light"},
}
RECOLOURED = {"dark", "forced-colours", "more-contrast"}
# What notebooks do to HTML that nobody trusts; some pages take all style away besides.
SANITIZE = """(style) => {
    const all = document.querySelectorAll('main *');
    for (const one of all) {
        if (one.matches('script, style, svg, iframe, object, link, form, input')) one.remove();
        for (const { name } of [...one.attributes]) {
            if (/^(id|name|role|aria-.*|on.*)$/.test(name) || (style && name === 'style'))
                one.removeAttribute(name);
        }
    }
}"""
OVERFLOWING = """() => [...document.querySelectorAll('td, th, li, p, caption')]
    .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
    .map(one => one.textContent.slice(0, 80))"""
# Texts of a picture that leave it, or the smallest box in which they begin.
OUTSIDE = """() => {
    const [paper, ...boxes] = [...document.querySelectorAll('svg rect')].map(one => one.getBBox());
    const offset = document.querySelector('svg g').transform.baseVal.consolidate().matrix;
    return [...document.querySelectorAll('svg text')].filter(text => {
        const inside = text.parentNode.tagName === 'g';
        const box = text.getBBox();
        const holds = boxes.filter(one => inside && one.height > 24
            && one.x <= box.x && box.x <= one.x + one.width
            && one.y <= box.y + 4 && box.y <= one.y + one.height);
        const [x, y] = inside ? [offset.e, offset.f] : [0, 0];
        return holds.some(one => box.x + box.width > one.x + one.width + 0.5)
            || holds.some(one => box.y + box.height > one.y + one.height + 4)
            || box.x + x < 0 || box.x + box.width + x > paper.width
            || box.y + y < 0 || box.y + box.height + y > paper.height;
    }).map(text => text.textContent);
}"""
VIEWS = (
    "pipeline", "overview", "board", "timeline", "explanation", "findings", "metrics", "plan",
    "history", "listing", "diff", "forecast", "trail", "job",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Start Chromium for this file."""
    if not request.config.getoption("browser"):
        pytest.skip("asked for with --browser, as by `make browser`")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path is not None, f"no Chromium on the path: none of {', '.join(NAMES)}"
    with sync_playwright() as started:
        found = started.chromium.launch(executable_path=path, args=[*FLAGS], timeout=60_000)
        yield found
        found.close()


@pytest.fixture(scope="module")
def pictures(request: pytest.FixtureRequest) -> Path:
    """Return where pictures of pages are kept."""
    found = Path(request.config.rootpath, "build", "screenshots")
    found.mkdir(parents=True, exist_ok=True)
    return found


@pytest.fixture(scope="module")
def shown(browser: Browser) -> dict[str, Document]:
    """Show everything of a firm in its season."""
    return {name: one.document() for name, one in Spring().views().items()}


@pytest.fixture
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open a page that looks as the test says."""
    look = LOOKS.get(request.node.callspec.params["look"] if "look" in request.fixturenames else "")
    size: Any = {"width": 1200, "height": 800}
    context = browser.new_context(viewport=size, **(look or LOOKS["light"]))
    context.set_default_timeout(LONGEST)
    page = context.new_page()
    yield page
    context.close()


def violations(page: Page, look: str = "light") -> list[str]:
    """Return what axe-core says against a page; where only colours are others, against those."""
    script = resources.files("axe_playwright_python").joinpath("axe.min.js")
    page.add_script_tag(content=script.read_text("utf-8"))
    only = ["color-contrast"] if look in RECOLOURED else RULES
    found = page.evaluate("(only) => axe.run('main', { runOnly: only })", only)
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_good_to_look_at(
    view: str, look: str, shown: dict[str, Document], opened: Page, pictures: Path
) -> None:
    """No rule of accessibility is broken, nothing hangs over, and nothing is lost on the way."""
    opened.set_content(PAGE.format(shown[view].html()))
    words = opened.inner_text("main").split()
    if look in {"untrusted", "without-style"}:
        opened.evaluate(SANITIZE, look == "without-style")
    opened.screenshot(path=pictures / f"{view}-{look}.png", full_page=True)

    assert violations(opened, look) == []
    assert opened.evaluate(OVERFLOWING) == []
    assert sorted(opened.inner_text("main").split()) == sorted(words)


def test_a_board_is_heard_as_a_table_with_a_caption(
    shown: dict[str, Document], opened: Page
) -> None:
    """Its columns are the stages, also in a notebook that nobody trusts."""
    opened.set_content(PAGE.format(shown["board"].html()))
    opened.evaluate(SANITIZE, arg=False)

    heard = opened.locator("main").aria_snapshot()

    assert "table \"Board of 'Individual tax return (1040)', 2026-03-09\"" in heard
    assert heard.count("columnheader") == 7
    assert 'columnheader "Billing' in heard


@pytest.mark.parametrize("view", ["pipeline", "board", "timeline", "metrics", "forecast", "trail"])
def test_a_picture_holds_its_texts(
    view: str, shown: dict[str, Document], opened: Page, pictures: Path
) -> None:
    """None leaves its box or the picture, and the picture is called what it shows."""
    opened.set_content(PAGE.format(shown[view].svg()))
    opened.screenshot(path=pictures / f"{view}-svg.png", full_page=True)

    assert opened.evaluate(OUTSIDE) == []
    assert violations(opened) == []
    assert opened.get_by_role("img").count() == 1


WORDS = (
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", "M@W% mw@" * 8, "iiii" * 40, "A B C " * 30,
    "Łukasz Wiśniewski-Brzęczyszczykiewicz" * 2, "ＷＩＤＥ" * 20, "北京示例会计师事务所" * 4,
    "חברת דוגמה בע״מ" * 4, "👩‍👩‍👧‍👦" * 12, "e\u0301\u0323o\u0308" * 20,
)  # fmt: skip


@pytest.mark.parametrize("text", WORDS, ids=range(len(WORDS)))
def test_any_letters_fit_into_a_picture(text: str, opened: Page, pictures: Path) -> None:
    """However wide they are, they are broken or cut."""
    several = (text, text[:7], "plain")
    pictures_of: tuple[Picture, ...] = (
        Diagram(tuple((one, one, one) for one in several), (Arrow(0, 1, text), Arrow(0, 2, text))),
        Chart(tuple(Strip(one, (Bar(0.2, 0.7, one),), one) for one in several), text, text),
        Lanes(tuple(Lane(one, one, ((one, one), (one,)), one) for one in several)),
    )

    for number, picture in enumerate(pictures_of):
        opened.set_content(PAGE.format(Document((Heading(text),), picture).svg()))
        opened.screenshot(path=pictures / f"letters-{WORDS.index(text)}-{number}.png")

        assert opened.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("way", ["html", "svg"])
def test_nothing_that_a_name_says_is_done(way: str, opened: Page) -> None:
    """Whatever it would do in a page that took it for markup."""
    name = "\"'></title></td></text></svg><script>done=1</script><img src=x onerror='done=2'>"
    engine = World().engine
    task = TaskTemplate(name, id="task")
    line = Pipeline(
        name, [Stage(name, [CreateTask(task)]), Stage("B", when=tagged(name)), Stage("C")]
    )
    client = engine.save(task, line) and World().account("Ada")
    account = engine.save(type(client)(name))
    engine.start(line, account, name=name)
    views = [line, engine.overview(line), engine.board(line), engine.timeline("job-1")]

    for one in views:
        try:
            opened.set_content(PAGE.format(f"{one:{way}}"))
        except DefinitionError:
            continue  # has no picture
        opened.wait_for_timeout(50)
        assert opened.evaluate("typeof done") == "undefined"
        assert name in opened.inner_text("main") or way == "svg"
