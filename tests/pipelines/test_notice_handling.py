"""The package of a tax notice: a letter by mail, an examination, a mistake of the firm's own."""

from tests.pipelines.seasons import Season

PACKAGE = "notice-handling"
UPLOAD, POWER, PROOF = "Notice upload", "Representation agreement", "Documents for our response"
APPROVE, SAYS = "Please approve our response", "What does it say, as far as you can tell?"
SENT = ("Send the response", "Follow up with the agency")


def test_a_proposed_change_is_answered_by_mail() -> None:
    """Power of attorney, proof, response, review, approval, and the fixed fee."""
    season = Season(PACKAGE)

    season.answers(UPLOAD, {SAYS: "Something on my return was changed"})
    season.does("Read the notice")
    season.signs(POWER)
    season.checks(PROOF)
    assert season.waits_for == {"Draft the response"}
    season.does("Draft the response", "Review the response")
    season.checks(APPROVE)
    season.does(*SENT)
    season.pays("Notice response fee")

    season.ends("Notice closed")
    assert season.bills == {"Notice response fee": "275.00 USD"}
    assert season.emails == ["We have your notice"]
    assert season.account_tags == {"poa-on-file"}


def test_an_examination_of_a_client_whose_power_of_attorney_is_on_file() -> None:
    """No agreement is asked for again, and hours are billed instead of the fixed fee."""
    season = Season(PACKAGE, tags={"poa-on-file"})

    season.answers(UPLOAD, {SAYS: "They want documents or an examination"})
    season.does("Read the notice")
    assert season.stage == "Gather proof"
    season.checks(PROOF)
    season.does("Draft the response", "Prepare for the examination", "Review the response")
    season.checks(APPROVE)
    season.does(*SENT)
    season.pays("Examination fee")

    season.ends("Notice closed")
    assert "Power of attorney" not in season.path
    assert season.bills == {"Examination fee": "1560.00 USD"}


def test_a_balance_due_and_an_identity_check_need_no_proof_from_the_client() -> None:
    """Each brings a task of its own."""
    season = Season(PACKAGE, tags={"poa-on-file", "identity-check"})

    season.answers(UPLOAD, {SAYS: "I owe money"})
    season.does("Read the notice")

    assert "Gather proof" not in season.path
    assert season.waits_for == {
        "Draft the response",
        "Compare ways to pay",
        "Guide the identity check",
    }


def test_what_the_firm_caused_is_not_billed() -> None:
    """The client gets an apology instead of an invoice."""
    season = Season(PACKAGE)

    season.answers(UPLOAD)
    season.tags("firm-error")
    season.does("Read the notice")
    season.signs(POWER)
    season.does("Draft the response", "Review the response")
    season.checks(APPROVE)
    season.does(*SENT)

    season.ends("Notice closed")
    assert "Bill the response" not in season.path
    assert season.bills == {}
    assert season.emails == ["We have your notice", "No charge for this notice"]
    assert season.account_tags == {"poa-on-file"}


def test_without_a_signature_the_firm_says_that_it_cannot_answer() -> None:
    """And who refuses to sign is not asked again."""
    silent, refusing = Season(PACKAGE), Season(PACKAGE)
    for season in (silent, refusing):
        season.answers(UPLOAD)
        season.does("Read the notice")

    refusing.declines(POWER, "my brother-in-law does it")
    for season in (silent, refusing):
        season.waits(days=30)

    assert silent.stage == refusing.stage == "Power of attorney"
    assert silent.reminders == [
        "Please sign so that we can answer your notice",
        "Your signature is still missing",
        "We can't answer without your signature",
    ]
    assert refusing.reminders == []
