"""What a package asks of a firm: custom fields that only the texts of reminders name, too."""

from __future__ import annotations

import pytest

from pipeflow import (
    ClientRequestTemplate,
    InvoiceTemplate,
    LineItem,
    MessageTemplate,
    Money,
    OrganizerTemplate,
    Pipeline,
    ProposalTemplate,
    Question,
    ReminderText,
    Stage,
)
from pipeflow.bundle import Bundle
from pipeflow.model.templates import Template
from pipeflow.testing import World

TEXTS = [
    ReminderText("Year [ACCOUNT_CUSTOM_FIELD:year end]"),
    ReminderText(body="Due [ACCOUNT_CUSTOM_FIELD:deadline]", last=True),
]


@pytest.mark.parametrize(
    "template",
    [
        OrganizerTemplate("Questions", [Question("Moved?")], reminder_texts=TEXTS),
        ClientRequestTemplate("Papers", uploads=["W-2"], reminder_texts=TEXTS),
        ProposalTemplate("Letter", reminder_texts=TEXTS),
        InvoiceTemplate("Fee", [LineItem("1040", Money("450", "USD"))], reminder_texts=TEXTS),
        MessageTemplate("Ticks", "Please", client_tasks=["Scan"], reminder_texts=TEXTS),
    ],
    ids=lambda template: template.kind,
)
def test_r_31_fields_of_reminder_texts_are_asked_for(template: Template) -> None:
    """R-31: an account without such a field gets reminders with a hole in them."""
    installed = World().engine.install(Bundle.of(Pipeline("Tax", [Stage("All")]), template))

    assert installed.fields == {"year end", "deadline"}
