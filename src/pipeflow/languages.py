"""Languages ready for use: `Settings(languages=[GERMAN, SWEDISH])`.

Each is whole: names of months and days, forms of dates, numbers and lists, and what reminders of
every kind say where no template and no setting does (R-20). Their texts suit an account that is a
person as well as a company, and promise nothing that an application may not have. Where a word
should be another one, derive yours: `attrs.evolve(SWEDISH, quarter="{number}:a kvartalet")`.
"""

from __future__ import annotations

from typing import Final

from .model.language import Language
from .model.reminders import ReminderText

__all__ = ["GERMAN", "SWEDISH"]


def _german(subject: str, body: str) -> ReminderText:
    return ReminderText(subject, f"Guten Tag,\n\n{body}\n\nFreundliche Grüße")


def _swedish(subject: str, body: str) -> ReminderText:
    return ReminderText(subject, f"Hej!\n\n{body}\n\nMed vänlig hälsning")


GERMAN: Final = Language(
    "de",
    months=[
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
        "Oktober", "November", "Dezember",
    ],
    days=["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    full_date="{day}. {month} {year}",
    quarter="{number}. Quartal",
    list_end="{others} und {last}",
    decimal_mark=",",
    yes="ja",
    no="nein",
    reminder_subject="Erinnerung: [ITEM_NAME]",
    reminder_body="Guten Tag,\n\nwir möchten Sie freundlich daran erinnern: „[ITEM_NAME]“ wartet "
    "noch auf Sie.\n\nFreundliche Grüße",
    reminder_texts={
        "invoice": _german(
            "Zahlungserinnerung: [ITEM_NAME]",
            "für unsere Rechnung „[ITEM_NAME]“ konnten wir noch keinen vollständigen "
            "Zahlungseingang feststellen. Sicher ist sie nur liegen geblieben. Bitte begleichen "
            "Sie den offenen Betrag in den nächsten Tagen.\n\nSollte sich Ihre Zahlung mit dieser "
            "Nachricht überschnitten haben, betrachten Sie sie bitte als gegenstandslos.",
        ),
        "organizer": _german(
            "Ihre Angaben fehlen uns noch: [ITEM_NAME]",
            "der Fragebogen „[ITEM_NAME]“ ist noch nicht bei uns eingegangen. Bitte füllen Sie ihn "
            "aus, sobald es Ihnen möglich ist; erst dann können wir für Sie weiterarbeiten. Wenn "
            "etwas unklar ist, fragen Sie uns gern.",
        ),
        "proposal": _german(
            "Bitte noch unterschreiben: [ITEM_NAME]",
            "Ihre Unterschrift unter „[ITEM_NAME]“ fehlt uns noch. Bitte lesen Sie das Dokument "
            "durch und unterschreiben Sie es, damit wir mit der Arbeit beginnen können. Wenn Sie "
            "Fragen dazu haben, melden Sie sich gern bei uns.",
        ),
        "message": _german(
            "Noch zu erledigen: [ITEM_NAME]",
            "in unserer Nachricht „[ITEM_NAME]“ sind noch Punkte offen, die wir ohne Sie nicht "
            "erledigen können. Bitte sehen Sie sie durch und haken Sie ab, was erledigt ist.",
        ),
        "approval": _german(
            "Ihre Freigabe fehlt noch: [ITEM_NAME]",
            "„[ITEM_NAME]“ wartet noch auf Ihre Freigabe. Bitte sehen Sie das Dokument durch und "
            "geben Sie es frei, oder schreiben Sie uns, was wir ändern sollen.",
        ),
        "signature": _german(
            "Ihre Unterschrift fehlt noch: [ITEM_NAME]",
            "„[ITEM_NAME]“ ist noch nicht unterschrieben. Bitte lesen Sie das Dokument durch und "
            "unterschreiben Sie es. Wenn Sie Fragen dazu haben, melden Sie sich gern bei uns.",
        ),
        "locked_document": _german(
            "Ihr Dokument liegt bereit: [ITEM_NAME]",
            "„[ITEM_NAME]“ liegt für Sie bereit und wird freigeschaltet, sobald die zugehörige "
            "Rechnung bezahlt ist.",
        ),
        "client_request": _german(
            "Uns fehlen noch Unterlagen: [ITEM_NAME]",
            "zu unserer Anfrage „[ITEM_NAME]“ fehlen uns noch Angaben oder Unterlagen von Ihnen. "
            "Bitte reichen Sie sie nach, sobald es Ihnen möglich ist, damit wir weiterarbeiten "
            "können.",
        ),
    },
)  # fmt: skip

SWEDISH: Final = Language(
    "sv",
    months=[
        "januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
        "oktober", "november", "december",
    ],
    days=["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"],
    full_date="{day} {month} {year}",
    quarter="kvartal {number}",
    list_end="{others} och {last}",
    decimal_mark=",",
    yes="ja",
    no="nej",
    reminder_subject="Påminnelse: [ITEM_NAME]",
    reminder_body="Hej!\n\nEn vänlig påminnelse: ”[ITEM_NAME]” väntar fortfarande på dig."
    "\n\nMed vänlig hälsning",
    reminder_texts={
        "invoice": _swedish(
            "Betalningspåminnelse: [ITEM_NAME]",
            "Vi kan inte se att vår faktura ”[ITEM_NAME]” är fullt betald ännu. Den har säkert "
            "bara blivit liggande. Betala gärna det som återstår inom de närmaste dagarna.\n\nHar "
            "du redan betalat kan du bortse från den här påminnelsen.",
        ),
        "organizer": _swedish(
            "Vi väntar på dina svar: [ITEM_NAME]",
            "Vi har inte fått in formuläret ”[ITEM_NAME]” från dig ännu. Fyll gärna i det så "
            "snart du kan, för först då kan vi arbeta vidare åt dig. Hör av dig om något är "
            "oklart.",
        ),
        "proposal": _swedish(
            "Din underskrift saknas: [ITEM_NAME]",
            "Vi saknar din underskrift på ”[ITEM_NAME]”. Läs igenom dokumentet och skriv under, "
            "så sätter vi i gång med arbetet. Hör av dig om du undrar över något.",
        ),
        "message": _swedish(
            "Kvar att göra: [ITEM_NAME]",
            "I vårt meddelande ”[ITEM_NAME]” finns det fortfarande punkter som väntar på dig. Gå "
            "igenom dem och bocka av det som är klart.",
        ),
        "approval": _swedish(
            "Vi väntar på ditt godkännande: [ITEM_NAME]",
            "”[ITEM_NAME]” väntar på ditt godkännande. Läs igenom dokumentet och godkänn det, "
            "eller berätta för oss vad som behöver ändras.",
        ),
        "signature": _swedish(
            "Vi väntar på din underskrift: [ITEM_NAME]",
            "”[ITEM_NAME]” är inte undertecknat ännu. Läs igenom dokumentet och skriv under. Hör "
            "av dig om du undrar över något.",
        ),
        "locked_document": _swedish(
            "Ditt dokument är klart: [ITEM_NAME]",
            "”[ITEM_NAME]” är klart och låses upp för dig så snart den tillhörande fakturan är "
            "betald.",
        ),
        "client_request": _swedish(
            "Vi väntar på dina underlag: [ITEM_NAME]",
            "Vi saknar fortfarande uppgifter eller underlag från dig: ”[ITEM_NAME]”. Skicka gärna "
            "in dem så snart du kan, så att vi kan arbeta vidare.",
        ),
    },
)  # fmt: skip
