"""Reminder texts: which one a reminder says: of number, language, template and firm (R-20)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..model.items import Item
from ..model.language import REMINDER_BODY, REMINDER_SUBJECT, Language, wider
from ..model.reminders import ReminderText
from ..model.settings import Settings

__all__ = ["reminder_text"]


def reminder_text(
    settings: Settings, item: Item, number: int, wanted: str, language: Language
) -> tuple[str, str]:
    """Return subject and body of a reminder, with their merge fields; each is looked for by itself.

    The item keeps what its template said when it was made. Where that says nothing, the firm's
    texts of its kind do, then the language's own, those of its kind first, and then what the firm
    says of all things; whoever is written to in the firm's language gets that before.

    Args:
        settings: The firm's.
        item: What the client is reminded of.
        number: Which reminder it is; 0 for one by hand, which is neither of a number nor the last.
        wanted: The code of the language that the account wishes for; "" for the firm's own.
        language: That in which it is written to.
    """
    tags = [*wider(wanted)]
    if language.tag.lower() not in tags:
        tags += wider(settings.language)
    firm = settings.reminder_texts.get(str(item.kind), ())
    found = [
        *_fitting(item.reminder_texts, item, number, tags),
        *_fitting(firm, item, number, tags),
    ]
    subject = next((one.subject for one in found if one.subject), None)
    body = next((one.body for one in found if one.body), None)
    firms = language is settings.language_for("")
    built_in = _fitting(language.reminder_texts.get(str(item.kind), ()), item, number, tags)
    if subject is None:
        words = [*(one.subject for one in built_in), language.reminder_subject]
        subject = _otherwise(settings.reminder_subject, REMINDER_SUBJECT, words, firms=firms)
    if body is None:
        words = [*(one.body for one in built_in), language.reminder_body]
        body = _otherwise(settings.reminder_body, REMINDER_BODY, words, firms=firms)
    return subject, body


def _otherwise(own: str, default: str, built_in: Iterable[str], *, firms: bool) -> str:
    """Return what the firm says of all things, in its own language, or what is built in."""
    if firms and own != default:
        return own
    return next(filter(None, built_in), own)


def _fitting(
    texts: Sequence[ReminderText], item: Item, number: int, tags: list[str]
) -> list[ReminderText]:
    """Return the texts that fit, the best first: by language, then the last before its number."""
    if not texts:
        return []
    last = item.reminders is not None and number >= item.reminders.times
    ranked = []
    for place, one in enumerate(texts):
        tag = one.language.lower()
        if (tag and tag not in tags) or (one.last and not last):
            continue
        if one.number is not None and one.number != number:
            continue
        nearness = tags.index(tag) if tag else len(tags)
        ranked.append((nearness, not one.last, one.number is None, place, one))
    return [one for *_, one in sorted(ranked, key=lambda rank: rank[:4])]
