"""Languages ready for use: whole, each as its speakers write, and of no locale of the machine."""

import ast
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import pipeflow
from pipeflow import Language, Settings
from pipeflow.languages import GERMAN, SWEDISH
from pipeflow.model.language import REMINDED, english

PACKAGE = Path(pipeflow.__file__).parent
READY = pytest.mark.parametrize("language", [GERMAN, SWEDISH], ids=["de", "sv"])
MAY_DAY = date(2027, 5, 1)
PROGRAM = """
import locale, sys
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
from datetime import date
from decimal import Decimal
from pipeflow import *
from pipeflow.languages import GERMAN, SWEDISH
from pipeflow.testing import World

note = EmailTemplate("Note", subject="[CURRENT_DAY_NAME] [CURRENT_DAY_FULL_DATE] [CURRENT_WEEK] "
    "[CURRENT_QUARTER] [CURRENT_MONTH_NAME] [ACCOUNT_CUSTOM_FIELD:rate] [ACCOUNT_CUSTOM_FIELD:of]")
notes = Pipeline("Notes", [Stage("Send", [SendEmail(note)])])
world = World()
world.engine.save(Settings(languages=[GERMAN, SWEDISH]), note, notes)
for tag in ("", "de", "sv"):
    account = Account("Eva Berg", [Contact("Eva Berg", email="eva@example.com")], language=tag,
        fields={"rate": Decimal("12.5"), "of": ["a", "b", "c"]})
    job = world.engine.start(notes, world.engine.save(account))
out = "".join(f"{email.subject}\\n" for email in world.email.sent)
sys.stdout.buffer.write((out + str(world.engine.history(job))).encode("utf-8"))
"""


@READY
def test_r_20_a_language_that_ships_is_whole(language: Language) -> None:
    """R-20: no field is left to what is so by default, which is English or a bare form."""
    assert not set(language.months) & set(english().months[:3])
    assert not set(language.days) & set(english().days)
    assert (language.yes, language.no) != ("yes", "no")
    assert language.list_end != english().list_end
    assert language.decimal_mark == ","
    assert language.quarter != english().quarter
    assert set(language.reminder_texts) == set(REMINDED)
    assert language.reminder_subject
    assert language.reminder_body


@pytest.mark.parametrize(
    ("language", "months", "days"),
    [
        (GERMAN, "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez", "Mo Di Mi Do Fr Sa So"),
        (SWEDISH, "jan feb mar apr maj jun jul aug sep okt nov dec", "må ti on to fr lö sö"),
    ],
    ids=["de", "sv"],
)
def test_r_20_months_and_days_stand_in_the_order_of_the_calendar(
    language: Language, months: str, days: str
) -> None:
    """R-20: each begins as it is shortened in the calendars of its speakers."""
    assert [one[:3] for one in language.months] == months.split()
    assert [one[:2] for one in language.days] == days.split()


@READY
def test_r_20_each_kind_is_reminded_of_in_words_of_its_own(language: Language) -> None:
    """R-20: every text names the thing, and opens and closes as a letter does."""
    texts = [one for several in language.reminder_texts.values() for one in several]
    bodies = [language.reminder_body, *(one.body for one in texts)]
    subjects = [language.reminder_subject, *(one.subject for one in texts)]

    assert len(set(subjects)) == len(set(bodies)) == len(REMINDED) + 1
    assert all(text.count("[ITEM_NAME]") == 1 for text in (*subjects, *bodies))
    assert {(body.split("\n\n")[0], body.split("\n\n")[-1]) for body in bodies} in (
        {("Guten Tag,", "Freundliche Grüße")},
        {("Hej!", "Med vänlig hälsning")},
    )


def test_r_20_a_german_client_is_addressed_with_sie() -> None:
    """R-20: as a firm writes there."""
    said = " ".join(
        one.subject + one.body for several in GERMAN.reminder_texts.values() for one in several
    )

    assert re.search(r"\b(du|dich|dir|dein\w*|ihr|euch|euer)\b", said) is None
    assert len(re.findall(r"\b(Sie|Ihnen|Ihre?n?)\b", said)) > 10


@pytest.mark.parametrize(
    ("language", "written"),
    [
        (GERMAN, ["1. Mai 2027", "2. Quartal", "17", "a, b und c", "a und b", "a", ""]),
        (SWEDISH, ["1 maj 2027", "kvartal 2", "17", "a, b och c", "a och b", "a", ""]),
        (english(), ["May 1, 2027", "Q2", "17", "a, b, c", "a, b", "a", ""]),
    ],
    ids=["de", "sv", "en"],
)
def test_r_20_dates_and_lists_are_written_as_its_speakers_do(
    language: Language, written: list[str]
) -> None:
    """R-20: forms, not only names."""
    lists = [language.listed(several) for several in (["a", "b", "c"], ["a", "b"], ["a"], [])]

    dates = [language.written(MAY_DAY), language.quarter_of(MAY_DAY), language.week_of(MAY_DAY)]
    assert [*dates, *lists] == written


def test_r_20_a_firm_may_give_the_languages_that_ship() -> None:
    """R-20: and a client of Austria or Finland is served by them."""
    settings = Settings(languages=[GERMAN, SWEDISH])

    assert settings.language_for("de-AT") is GERMAN
    assert settings.language_for("sv-FI") is SWEDISH
    assert settings.language_for("") is english()


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "de_DE.UTF-8", "sv_SE.UTF-8", "tr_TR.UTF-8"])
def test_r_20_the_locale_of_the_process_changes_nothing(locale: str) -> None:
    """R-20: what a client reads is the same on every machine."""
    environment = {"LC_ALL": locale, "LANG": locale, "PYTHONPATH": str(PACKAGE.parent)}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True
    )

    assert run.stdout.decode("utf-8").splitlines() == [
        "Monday January 5, 2026 2 Q1 January 12.5 a, b, c",
        "Montag 5. Januar 2026 2 1. Quartal Januar 12,5 a, b und c",
        "måndag 5 januari 2026 2 kvartal 1 januari 12,5 a, b och c",
        "2026-01-05 09:00 UTC started 'Notes' in stage 'send' of pipeline 'notes'",
        "2026-01-05 09:00 UTC ran 'send-email-note'",
        "2026-01-05 09:00 UTC waits in 'send': it is the last stage",
        "2026-01-05 09:00 UTC email took 'send-email-note' as email-3, for eva@example.com",
    ]


def asked_of_the_locale(source: str) -> set[str]:
    """Return what in a source text would be answered by the locale of the process."""
    found = set[str]()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names} & {"locale", "calendar", "gettext"}
            case ast.ImportFrom(module=str(module), level=0):
                found |= {module} & {"locale", "calendar", "gettext"}
            case ast.Attribute(attr=name):
                found |= {name} & {"strftime", "strptime", "ctime", "asctime", "strcoll"}
            case ast.FormattedValue(format_spec=ast.JoinedStr(values=parts)):
                forms = {str(one.value) for one in parts if isinstance(one, ast.Constant)}
                found |= {form for form in forms if re.search(r"%[aAbBcxXp]|n$", form)}
            case _:
                pass
    return found


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_r_20_nothing_asks_for_the_locale(path: Path) -> None:
    """R-20: no form of a date or number is left to it."""
    assert asked_of_the_locale(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    "source",
    [
        "import calendar, json",
        "from locale import getlocale",
        "day.strftime('%Y')",
        'f"{day:%d %B %Y}"',
        'f"{amount:n}"',
    ],
)
def test_r_20_the_search_for_it_finds_what_asks(source: str) -> None:
    """R-20: so that it is not green for nothing."""
    assert asked_of_the_locale(source)


def test_import_pipeflow_does_not_load_languages() -> None:
    """They cost those who use them."""
    code = "import pipeflow, sys; sys.exit('pipeflow.languages' in sys.modules)"

    subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(PACKAGE.parent)}, check=True
    )
