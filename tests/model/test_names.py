"""Names and texts: which are valid, and the ids that are made of them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.model.pipelines import Pipeline
from pipeflow.model.stages import Stage
from pipeflow.model.text import key_slug, slug, spelt
from tests.model.refusals import refused

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(ANY_TEXT)
def test_a_slug_is_never_empty_and_its_own_slug(name: str) -> None:
    """An id made of a name is an id, however strange the name, and stays what it is."""
    made = slug(name)

    assert made
    assert slug(made) == made
    assert "--" not in made
    assert made.strip("-") == made


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789"))
def test_plain_letters_and_digits_stay(name: str) -> None:
    """What is an id already is not changed."""
    assert slug(name) == (name or "unnamed")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Personal tax", "personal-tax"),
        ("Régie & Co.", "regie-co"),
        ("cafe\u0301", "cafe"),
        ("Ångström", "angstrom"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("İstanbul", "istanbul"),
        ("ﬁnance", "finance"),
        ("½ day", "1-2-day"),
        ("1040_2026", "1040-2026"),
        ("日本 税", "日本-税"),
        ("Ελλάδα", "ελλάδα"),
        ("налог", "налог"),
        ("हिन्दी", "हिन्दी"),
        ("🙂", "unnamed"),
        ("", "unnamed"),
        (" -- ", "unnamed"),
    ],
)
def test_a_slug_folds_accents_and_keeps_other_scripts(name: str, made: str) -> None:
    """Lower case, accents folded, letters of other scripts kept, all else a hyphen."""
    assert slug(name) == made


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("On hold", "on-hold"),
        ("ON-HOLD!", "on-hold"),
        ("🙂", "🙂"),
        ("!!!", "!!!"),
        ("", ""),
        ("\u2260", "\u2260"),
        ("=\u0338", "\u2260"),
    ],
)
def test_a_name_is_known_by_its_letters_or_else_by_itself(name: str, known: str) -> None:
    """Two signs without a letter are two names, though they have one slug."""
    assert spelt(name) == known


def test_a_long_name_makes_a_short_key_of_its_own() -> None:
    """Parts of idempotency keys stay short; a checksum tells cut ones apart."""
    one, two = key_slug("x" * 500), key_slug("x" * 501)

    assert key_slug("Welcome") == "welcome"
    assert len(one) == len(two) == 60
    assert one != two


@given(ANY_TEXT.filter(bool))
def test_any_text_is_a_valid_name(name: str) -> None:
    """Any text but NUL and lone surrogates names a stage and a pipeline, in its composed form."""
    pipeline = Pipeline(name, [Stage(name)])

    assert pipeline.stage(name).name == unicodedata.normalize("NFC", name)
    assert "\n" not in repr(Stage(name))


@pytest.mark.parametrize("bad", ["a\0b", "a\ud800b"])
def test_what_no_database_can_keep_is_no_name(bad: str) -> None:
    """NUL and lone surrogates are refused, in one sentence that can be printed."""
    (problem,) = refused(lambda: Stage(bad))

    assert problem.startswith("$.name: holds ")
    assert problem.isascii()


def test_an_endless_text_is_refused() -> None:
    """A text has a limit far beyond any letter, and the error does not repeat it."""
    (problem,) = refused(lambda: Stage("x", id="y" * 200_001))

    assert problem == "$.id: is longer than 200000 characters (given: 200001 characters)"


def test_a_name_is_text_and_not_empty() -> None:
    """Another type is refused, not converted."""
    assert refused(lambda: Stage(5)) == ["$.name: must be text (given: 5)"]  # type: ignore[arg-type]
    assert refused(lambda: Stage("")) == ["$.name: must not be empty (given: '')"]
    assert refused(lambda: Stage("x", id="")) == ["$.id: must not be empty (given: '')"]
    assert refused(lambda: Pipeline("", [Stage("x")], id=5)) == [  # type: ignore[arg-type]
        "$.name: must not be empty (given: '')",
        "$.id: must be text (given: 5)",
    ]
