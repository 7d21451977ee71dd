"""Tags changed by hand: remove or clear first, then add; and nothing fires."""

from hypothesis import given
from hypothesis import strategies as st

from pipeflow import TagChange, TagsChanged, rules
from tests.rules.states import MIA, NOON, account_of

TAGS = st.frozensets(st.sampled_from("abcde"))


@given(TAGS, TAGS, TAGS, st.booleans())
def test_tags_by_hand_are_removed_first_and_then_added(
    before: frozenset[str], add: frozenset[str], remove: frozenset[str], clear: bool
) -> None:
    """One line says what came and went; where nothing did, the account stays (A-13)."""
    account = account_of(tags=before)

    changed, chapters = rules.tag(account, TagChange(add, remove - add), NOON, MIA, clear=clear)

    kept = frozenset[str]() if clear else before
    expected = (kept - (remove - add)) | add
    assert changed.tags == expected
    assert (changed is account) is (expected == before)
    lines = [line for chapter in chapters for line in chapter.lines]
    assert lines == (
        []
        if expected == before
        else [(TagsChanged, "lovelace", expected - before, before - expected, "by hand")]
    )


def test_the_same_change_twice_changes_nothing() -> None:
    """It belongs to the account, and to no job."""
    change = TagChange({"a"}, {"b"})

    once, chapters = rules.tag(account_of(tags={"b"}), change, NOON, MIA)

    assert [chapter.job for chapter in chapters] == [""]
    assert rules.tag(once, change, NOON, MIA) == (once, ())
