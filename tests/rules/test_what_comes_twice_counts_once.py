"""What comes twice and counts once: signatories who agree, and reminders set and taken back."""

from pipeflow import (
    CreateOrganizer,
    OrganizerReturned,
    OrganizerSubmitted,
    ProposalSigned,
    SendProposal,
    Stage,
    TagsChanged,
)
from tests.rules.states import (
    ADA,
    BOB,
    DAILY,
    DONE,
    ORGANIZER,
    TIERS,
    account_of,
    begun,
    completed,
    events,
    recorded,
    told,
)


def test_signatories_who_choose_the_same_package_agree() -> None:
    """Each says what was chosen; only another choice than the first one's is refused (A-49)."""
    state = begun(
        Stage("Intake", [SendProposal(TIERS)], automove=True),
        DONE,
        account=account_of(contacts=[ADA, BOB]),
    )
    first = recorded(state, "Tiers", ProposalSigned("c-ada", package="Gold"))

    last = told(first, "Tiers", ProposalSigned("c-bob", package="Gold"))

    assert last.job.stage == "done"
    assert [change.added for change in events(last, TagsChanged)] == [{"gold"}]


def test_a_reminder_that_is_set_and_taken_back_at_once_is_never_due() -> None:
    """An organizer is given back and submitted again in one command; nobody waits for it then."""
    state = completed(
        begun(Stage("Intake", [CreateOrganizer(ORGANIZER, reminders=DAILY)])), "Organizer"
    )

    again = told(state, "Organizer", OrganizerReturned(), OrganizerSubmitted())

    assert again.job.item("Organizer").timer is None
    assert again.timers == ()
