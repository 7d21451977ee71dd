"""Rearrangements: client tasks and signers come and go, things are put away, bills come to less."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    After,
    CreateInvoice,
    CreateOrganizer,
    Fact,
    FactRecorded,
    ItemCompleted,
    ItemKind,
    ItemReopened,
    ItemResolved,
    ItemState,
    LaterInvoice,
    LineItem,
    LockState,
    MessageTemplate,
    Money,
    NotAllowedError,
    NotFoundError,
    ProposalTemplate,
    Ref,
    SendMessage,
    SendProposal,
    Signatory,
    Signatures,
    SigningState,
    Stage,
    ThreadMode,
    Warned,
    rules,
)
from pipeflow.model import facts as f
from pipeflow.model.items import Checklist, InvoiceState, Mark
from pipeflow.model.record import replaced
from pipeflow.ports import Message, Proposal
from tests.rules.states import (
    ADA,
    ANYBODYS,
    BOB,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    LETTER,
    MIA,
    NEWS,
    NOON,
    ORGANIZER,
    PAID_LETTER,
    TEMPLATES,
    account_of,
    after,
    asked,
    begun,
    book_of,
    completed,
    events,
    moved,
    opening,
    recorded,
    told,
    usd,
)

ITEM = "job-1/1"
PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED
SCAN, UPLOAD = f.ClientTaskChecked("Scan"), f.ClientTaskChecked("Upload")
CREDIT = f.CreditIssued(usd("40"), "cn-1")


def waiting(*automations: object) -> rules.State:
    """Start a job whose automove stage has these, for a client with two signatories."""
    stage = Stage("Intake", automations, automove=True)  # type: ignore[arg-type]
    return begun(stage, DONE, account=account_of(contacts=[ADA, BOB]))


def chat(*facts: Fact) -> rules.State:
    """Start a job that waits for two client tasks, and take facts in."""
    return recorded(waiting(SendMessage(CHECKLIST, reminders=DAILY)), ITEM, *facts)


def first(state: rules.State) -> ItemState:
    """Return the state of the first item."""
    return state.job.items[0].state


# -- client tasks ---------------------------------------------------------------------------------


def test_a_client_task_that_is_added_is_waited_for_like_the_others() -> None:
    """A running message asks for one thing more."""
    state = chat(f.ClientTaskAdded("Call us"), SCAN, UPLOAD)
    assert (first(state), state.job.stage) == (PENDING, "intake")

    assert recorded(state, ITEM, f.ClientTaskChecked("Call us")).job.stage == "done"


def test_a_client_task_that_is_added_lets_a_message_that_was_done_wait_again() -> None:
    """And its job stays where it is (A-11)."""
    state = chat(SCAN, UPLOAD)

    decision = told(state, ITEM, f.ClientTaskAdded("Call us"))

    assert [one.item for one in events(decision, ItemReopened)] == [ITEM]
    assert decision.job.stage == "done"
    assert decision.job.items[0].timer is not None


def test_a_client_task_that_is_added_to_a_plain_message_makes_it_wait() -> None:
    """From then on it holds its stage."""
    state = waiting(SendMessage(NEWS, reminders=DAILY))
    assert state.job.open_items == ()

    later = NOON + timedelta(days=5)
    state = after(state, told(state, ITEM, f.ClientTaskAdded("Call us"), now=later))

    assert [(item.name, item.since) for item in state.job.open_items] == [("News", later)]
    assert recorded(state, ITEM, f.ClientTaskChecked("Call us")).job.stage == "done"


def test_taking_out_the_last_open_client_task_completes_what_was_ticked_beside_it() -> None:
    """All that is left is done."""
    state = chat(SCAN)

    decision = told(state, ITEM, f.ClientTaskRemoved("Upload"))

    assert len(events(decision, ItemCompleted)) == 1
    assert decision.job.stage == "done"


def test_a_10_a_message_without_any_client_task_left_is_no_completion() -> None:
    """Nobody waits for it, and the job does not move on for it."""
    state = chat(f.ClientTaskRemoved("Scan"))

    decision = told(state, ITEM, f.ClientTaskRemoved("Upload"))

    (resolved,) = events(decision, ItemResolved)
    assert resolved.reason == "no client task is left"
    assert (decision.job.items[0].state, decision.job.stage) == (RESOLVED, "intake")
    assert decision.withdraws == ()
    assert decision.job.items[0].timer is not None  # until the client replies


def test_a_message_that_was_replied_to_is_not_reminded_of_without_client_tasks() -> None:
    """It would be reminded of until somebody replies (domain.md part 4)."""
    state = chat(f.MessageReplied(), f.ClientTaskRemoved("Scan"), f.ClientTaskRemoved("Upload"))

    assert state.job.items[0].timer is None


def test_a_client_task_that_is_taken_out_of_what_is_done_is_only_noted() -> None:
    """What was ticked was ticked."""
    state = chat(SCAN, UPLOAD)

    decision = told(state, ITEM, f.ClientTaskRemoved("Scan"))

    assert len(events(decision, FactRecorded)) == 1
    assert decision.job.items[0].state is COMPLETED


TASKS = st.sampled_from(["Scan", "Upload", "Call us"])
HAPPENS = st.one_of(
    st.builds(f.ClientTaskAdded, TASKS),
    st.builds(f.ClientTaskRemoved, TASKS),
    st.builds(f.ClientTaskChecked, TASKS),
    st.builds(f.ClientTaskUnchecked, TASKS),
    st.builds(f.ThreadArchived),
    st.builds(f.ThreadReopened),
)


@given(st.sampled_from([NEWS, CHECKLIST]), st.lists(HAPPENS, max_size=12))
def test_whatever_happens_to_a_thread_it_waits_for_what_is_open_and_not_put_away(
    template: MessageTemplate, facts: list[Fact]
) -> None:
    """Every client task that is asked for and not ticked is waited for, and nothing else is."""
    state = waiting(SendMessage(template, reminders=DAILY))

    for fact in facts:
        try:
            state = recorded(state, ITEM, fact)
        except NotFoundError:  # a tick of what is not asked for
            assert isinstance(fact, f.ClientTaskChecked | f.ClientTaskUnchecked)
        item = state.job.items[0]
        sheet = item.progress
        assert isinstance(sheet, Checklist)
        away = Mark.AWAY in item.marks
        assert (item.state is PENDING) is (bool(sheet.open_tasks) and not away)
        assert item.state is not RESOLVED or away or not sheet.client_tasks
        assert item.is_open_thread is not away
        assert item.timer is None or not away


# -- what is put away -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("automation", "away", "out"),
    [
        (SendMessage(CHECKLIST, reminders=DAILY), f.ThreadArchived(), f.ThreadReopened()),
        (CreateOrganizer(ORGANIZER, reminders=DAILY), f.OrganizerSealed(), f.OrganizerUnsealed()),
    ],
)
def test_a_10_what_is_put_away_is_not_waited_for_until_it_is_taken_out_again(
    automation: object, away: Fact, out: Fact
) -> None:
    """An archived thread, a sealed organizer: no completion, and reminders start as if new."""
    state = waiting(automation)
    timer = state.job.items[0].timer

    decision = told(state, ITEM, away)
    put = after(state, decision)
    assert (first(put), put.job.stage, put.job.items[0].timer) == (RESOLVED, "intake", None)
    assert decision.cancels == (timer,)

    again = recorded(put, ITEM, out)
    assert (first(again), again.job.items[0].reminded) == (PENDING, 0)
    assert again.job.items[0].timer is not None
    assert completed(again, ITEM).job.stage == "done"


@pytest.mark.parametrize("out", [f.ThreadReopened(), f.Reopened()])
def test_a_plain_thread_that_is_open_again_reminds_again(out: Fact) -> None:
    """It waited for nobody before, and does not now."""
    state = recorded(waiting(SendMessage(NEWS, reminders=DAILY)), ITEM, f.ThreadArchived("over"))
    assert state.job.items[0].timer is None
    assert Mark.AWAY in state.job.items[0].marks

    state = recorded(state, ITEM, out)

    assert (first(state), Mark.AWAY in state.job.items[0].marks) == (RESOLVED, False)
    assert state.job.items[0].timer is not None


def test_what_was_done_stays_done_when_it_is_put_away_and_taken_out() -> None:
    """A sealed organizer that was submitted is submitted."""
    state = completed(waiting(CreateOrganizer(ORGANIZER)), ITEM)

    for fact in (f.OrganizerSealed(), f.OrganizerUnsealed()):
        state = recorded(state, ITEM, fact)
        assert (first(state), state.job.stage) == (COMPLETED, "done")


def test_what_was_cancelled_is_put_away_already() -> None:
    """So that taking it out does not bring it back."""
    state = chat(f.Cancelled(), f.ThreadArchived(), f.ThreadReopened())

    assert first(state) is RESOLVED


def test_what_is_ticked_in_an_archived_thread_is_done_when_it_is_open_again() -> None:
    """Nothing is asked twice."""
    state = chat(SCAN, f.ThreadArchived(), UPLOAD)
    assert (first(state), state.job.stage) == (RESOLVED, "intake")

    assert recorded(state, ITEM, f.ThreadReopened()).job.stage == "done"


def test_what_is_asked_for_in_an_archived_thread_waits_when_it_is_open_again() -> None:
    """Of a thread that was done, and of one that asked nothing."""
    state = chat(SCAN, UPLOAD, f.ThreadArchived(), f.ClientTaskAdded("Call us"))
    assert first(state) is COMPLETED
    assert first(recorded(state, ITEM, f.ThreadReopened())) is PENDING

    plain = recorded(waiting(SendMessage(NEWS)), ITEM, f.ThreadArchived())
    plain = recorded(plain, ITEM, f.ClientTaskAdded("Call us"))
    assert first(plain) is RESOLVED
    assert first(recorded(plain, ITEM, f.ThreadReopened())) is PENDING


def test_what_the_job_has_let_go_of_stays_so_when_it_is_taken_out() -> None:
    """It is heard of, and nothing follows (R-15)."""
    state = chat(f.ThreadArchived())
    state = after(state, rules.unlink(state, ITEM, NOON, MIA))

    assert first(recorded(state, ITEM, f.ThreadReopened())) is RESOLVED


# -- replies --------------------------------------------------------------------------------------

REPLY = SendMessage(NEWS, thread="reply_to_latest")


def replied(state: rules.State) -> list[tuple[ThreadMode, str | None]]:
    """Move to a stage that replies, and return how."""
    return [(one.thread, one.reply_to) for one in asked(moved(state, "reply"), Message)]


def talking(*facts: Fact) -> rules.State:
    """Start a job with one thread, about which facts are taken in."""
    state = begun(Stage("Intake", [SendMessage(CHECKLIST)]), Stage("Reply", [REPLY]))
    return recorded(state, ITEM, *facts)


def test_a_48_a_reply_goes_to_the_latest_open_thread_of_the_job() -> None:
    """Whatever other jobs of the account have; nobody has to look."""
    assert replied(talking()) == [(ThreadMode.REPLY_TO_LATEST, ITEM)]
    assert replied(talking(SCAN, UPLOAD)) == [(ThreadMode.REPLY_TO_LATEST, ITEM)]


@pytest.mark.parametrize(
    "closing",
    [[f.ThreadArchived()], [f.Cancelled()], [SCAN, UPLOAD, f.ThreadArchived()]],
)
def test_a_48_without_an_open_thread_of_its_own_a_job_replies_in_that_of_another(
    closing: list[Fact],
) -> None:
    """An archived thread is none to reply in; where there is no other either, one begins (A-47)."""
    state = talking(*closing)

    assert replied(replaced(state, thread="job-0/4")) == [(ThreadMode.REPLY_TO_LATEST, "job-0/4")]
    assert replied(replaced(state, thread="")) == [(ThreadMode.NEW, None)]


def test_a_decision_that_rests_on_other_jobs_says_so() -> None:
    """A rule looks nothing up: it asks for what it needs, and is asked again."""
    with pytest.raises(rules.ThreadWanted) as wanted:
        moved(talking(f.ThreadArchived()), "reply")

    assert (wanted.value.account, wanted.value.job) == ("lovelace", "job-1")


# -- signers --------------------------------------------------------------------------------------


def letter(template: ProposalTemplate = LETTER, *facts: Fact) -> rules.State:
    """Start a job with a letter to sign, and take facts in."""
    return recorded(waiting(SendProposal(template, reminders=DAILY)), ITEM, *facts)


def signing(state: rules.State) -> SigningState:
    """Return how far the letter is."""
    progress = state.job.items[0].progress
    assert isinstance(progress, SigningState)
    return progress


def test_a_signer_who_is_added_has_to_sign_too() -> None:
    """A contact of the account is known by its address; anybody else by a name."""
    state = letter(LETTER, f.SignerAdded("Bob's lawyer"), f.SignerAdded(BOB))
    assert [one.name for one in signing(state).signatories] == [
        "Ada Lovelace",
        "Bob Lovelace",
        "Bob's lawyer",
    ]

    state = recorded(state, ITEM, f.ProposalSigned("c-ada"), f.ProposalSigned("c-bob"))
    assert first(state) is PENDING
    assert recorded(state, ITEM, f.ProposalSigned("Bob's lawyer")).job.stage == "done"


def test_what_all_had_signed_waits_for_a_signer_who_is_added() -> None:
    """Where one signature is enough it stays signed (A-49)."""
    added = f.SignerAdded("Bob's lawyer")

    state = letter(LETTER, f.ProposalSigned("c-ada"), f.ProposalSigned("c-bob"), added)
    assert (first(state), state.job.stage) == (PENDING, "done")
    assert first(recorded(state, ITEM, f.ProposalSigned("Bob's lawyer"))) is COMPLETED

    assert first(letter(ANYBODYS, f.ProposalSigned("c-ada"), added)) is COMPLETED


def test_a_letter_is_signed_when_the_last_who_had_not_need_not() -> None:
    """What its acceptance brings follows."""
    state = letter(PAID_LETTER, f.ProposalSigned("c-ada"))

    state = recorded(state, ITEM, f.SignerRemoved("Bob Lovelace"))

    assert [(item.name, item.state) for item in state.job.items] == [
        ("Paid letter", COMPLETED),
        ("Fee", PENDING),
    ]


def test_who_has_signed_can_not_be_taken_out() -> None:
    """A signature is not undone; a stranger is none of the signers."""
    state = letter(LETTER, f.ProposalSigned("c-ada"))

    with pytest.raises(NotAllowedError, match="has signed 'Letter', and cannot be taken out"):
        told(state, ITEM, f.SignerRemoved("c-ada"))
    with pytest.raises(NotFoundError, match="there is no signatory 'Carl'"):
        told(state, ITEM, f.SignerRemoved("Carl"))


def test_r_14_a_letter_without_any_signer_left_is_warned_of() -> None:
    """Nobody could sign it."""
    decision = told(letter(), ITEM, f.SignerRemoved("c-ada"), f.SignerRemoved("c-bob"))

    assert [one.text for one in events(decision, Warned)] == [
        "'Letter': nobody can sign, no contact of 'Lovelace' is a signatory"
    ]
    assert decision.job.items[0].state is PENDING


def test_r_13_who_declined_and_need_not_sign_any_more_holds_up_no_reminder() -> None:
    """The others are reminded again."""
    state = letter(LETTER, f.Declined("c-bob", "too dear"))
    assert state.job.items[0].timer is None

    state = recorded(state, ITEM, f.SignerRemoved("c-bob"))

    assert Mark.DECLINED not in state.job.items[0].marks
    assert state.job.items[0].timer is not None


def test_r_13_who_declines_anew_what_is_open_again_is_heard() -> None:
    """All had signed after all, and then somebody more was to sign: that is a new question."""
    no = f.Declined(reason="too dear")
    state = letter(LETTER, no, f.ProposalSigned(), f.SignerAdded("Carl"))
    assert first(state) is PENDING
    assert state.job.items[0].timer is not None

    state = recorded(state, ITEM, no)

    assert Mark.DECLINED in state.job.items[0].marks
    assert state.job.items[0].timer is None


def test_a_signer_who_is_taken_out_of_what_is_signed_is_only_noted() -> None:
    """It is signed."""
    state = letter(ANYBODYS, f.ProposalSigned("c-ada"), f.SignerRemoved("c-bob"))

    assert first(state) is COMPLETED
    assert [one.id for one in signing(state).signatories] == ["c-ada"]


def test_a_signer_who_is_taken_out_of_what_was_cancelled_brings_nothing_about() -> None:
    """All who are left have signed, and yet nobody wants it any more (A-10)."""
    state = letter(LETTER, f.ProposalSigned("c-ada"), f.Cancelled("withdrawn"))

    decision = told(state, ITEM, f.SignerRemoved("c-bob"))

    assert decision.job.items[0].state is RESOLVED
    assert [one.note for one in events(decision, FactRecorded)] == ["c-bob"]
    assert [one.text for one in events(decision, Warned)] == [
        "'Letter': it was cancelled before, so that nothing follows from this here"
    ]


def test_a_letter_that_was_reopened_is_signed_anew_whoever_is_taken_out() -> None:
    """What all had signed before is not enough."""
    state = letter(ANYBODYS, f.ProposalSigned("c-ada"), f.Reopened(), f.SignerRemoved("c-bob"))

    assert first(state) is PENDING


IN_ORDER = ProposalTemplate("In order", in_order=True)


def test_signers_in_order_are_asked_one_after_another() -> None:
    """The host is told so, and whose turn it is; a signature out of turn counts, with a warning."""
    stage, client = Stage("Intake", [SendProposal(IN_ORDER)]), account_of(contacts=[ADA, BOB])
    book = book_of(stage, DONE, templates=(*TEMPLATES, IN_ORDER))
    (sent,) = asked(opening(book=book, account=client), Proposal)
    state = begun(book=book, account=client)
    assert sent.in_order is True
    turn = signing(state).turn
    assert turn is not None
    assert turn.id == "c-ada"

    decision = told(state, ITEM, f.ProposalSigned("c-bob"))

    assert [one.text for one in events(decision, Warned)] == [
        "'In order': signed before it was the turn, 'Ada Lovelace' is"
    ]
    signed = signing(after(state, decision))
    assert (signed.signed, signed.turn) == (("c-bob",), turn)
    assert signing(letter()).turn is None
    assert events(told(state, ITEM, f.ProposalSigned("c-ada")), Warned) == []


@pytest.mark.parametrize(
    ("signs", "warned"),
    [("c-ada", []), ("c-bob", ["'In order': signed before it was the turn, 'Ada Lovelace' is"])],
)
def test_what_was_reopened_is_signed_anew_from_the_first(signs: str, warned: list[str]) -> None:
    """Both had signed it; it is the turn of the first of them again."""
    stage, client = Stage("Intake", [SendProposal(IN_ORDER)]), account_of(contacts=[ADA, BOB])
    book = book_of(stage, DONE, templates=(*TEMPLATES, IN_ORDER))
    state = begun(book=book, account=client)
    for fact in (f.ProposalSigned("c-ada"), f.ProposalSigned("c-bob"), f.Reopened("a mistake")):
        state = after(state, told(state, ITEM, fact))

    decision = told(state, ITEM, f.ProposalSigned(signs))

    assert [one.text for one in events(decision, Warned)] == warned
    assert signing(after(state, decision)).signed == (signs,)


def test_what_a_proposal_bills_later_is_handed_on_with_its_texts_filled_in() -> None:
    """As data: no stage waits for it (domain.md 2.3)."""
    line = LineItem("Books for [ACCOUNT_NAME]", rate=usd("200.00"))
    later = LaterInvoice("Books [CURRENT_YEAR]", [line], every=After(months=1), times=12)
    monthly = ProposalTemplate("Monthly", later=[later])
    book = book_of(
        Stage("Intake", [SendProposal(monthly)], automove=True),
        DONE,
        templates=(*TEMPLATES, monthly),
    )

    (sent,) = asked(opening(book=book), Proposal)

    (one,) = sent.later
    assert (one.name, one.lines[0].service, one.times) == ("Books 2027", "Books for Lovelace", 12)
    assert completed(begun(book=book), ITEM).job.stage == "done"


def test_codes_and_members_of_later_invoices_are_checked_when_they_are_saved() -> None:
    """As those of other lines are (A-39)."""
    line = LineItem("[BOOKS]", rate=usd("200.00"), member="eve")
    template = ProposalTemplate("Monthly", later=[LaterInvoice("[LATER]", [line])])

    problems = rules.template_problems(template, {}, frozenset())

    assert [one.where for one in problems] == [
        "$.later[0].name",
        "$.later[0].lines[0].service",
        "$.later[0].lines[0].member",
    ]


# -- credit notes ---------------------------------------------------------------------------------


def bill(*facts: Fact) -> rules.State:
    """Start a job with a bill of 100 dollars, and take facts in."""
    return recorded(waiting(CreateInvoice(FEE)), ITEM, *facts)


def due(state: rules.State) -> object:
    """Return what is to be paid of the bill."""
    progress = state.job.items[0].progress
    assert isinstance(progress, InvoiceState)
    return progress.due


def test_a_credit_note_takes_off_what_is_to_be_paid() -> None:
    """The rest pays the bill, and a repeat takes nothing off."""
    state = bill(CREDIT, CREDIT, f.PaymentReceived(usd("59.99")))
    assert (due(state), first(state)) == (usd("60"), PENDING)

    assert recorded(state, ITEM, f.PaymentReceived(usd("0.01"))).job.stage == "done"


def test_a_credit_note_over_the_rest_pays_the_bill() -> None:
    """What came before it is enough then."""
    state = bill(f.PaymentReceived(usd("60"), reference="p-1"))

    decision = told(state, ITEM, CREDIT)

    assert [one.fact for one in events(decision, ItemCompleted)] == [CREDIT]
    assert decision.job.stage == "done"


def test_a_10_a_bill_of_which_nothing_is_left_is_not_waited_for_and_not_paid() -> None:
    """A credit note over all of it is how firms void a bill that was sent."""
    state = bill(f.CreditIssued(usd("250"), "cn-1"))

    assert (due(state), first(state), state.job.stage) == (usd("0"), RESOLVED, "intake")


@pytest.mark.parametrize("first_told", ["credit", "refund"])
def test_money_that_goes_back_with_a_credit_note_leaves_the_bill_paid(first_told: str) -> None:
    """In whichever order they are told (R-1)."""
    state = bill(f.PaymentReceived(usd("100"), reference="p-1"))
    refund = f.PaymentRefunded("p-1", usd("40"))
    facts = [CREDIT, refund] if first_told == "credit" else [refund, CREDIT]

    state = recorded(state, ITEM, *facts)

    assert (first(state), state.job.stage) == (COMPLETED, "done")


@given(
    st.lists(st.integers(1, 120), min_size=1, max_size=3),
    st.lists(st.integers(1, 40), max_size=2),
    st.lists(st.integers(1, 120), max_size=3),
    st.data(),
)
def test_a_bill_is_paid_when_what_stayed_reaches_what_is_due_in_whichever_order_it_is_told(
    paid: list[int], notes: list[int], refunds: list[int], order: st.DataObject
) -> None:
    """Payments, credit notes and refunds, each told twice (R-1)."""
    back = dict(enumerate(refunds[: len(paid)]))
    facts: list[Fact] = [
        *(f.PaymentReceived(usd(str(n)), reference=f"p-{at}") for at, n in enumerate(paid)),
        *(f.CreditIssued(usd(str(n)), f"cn-{at}") for at, n in enumerate(notes)),
        *(f.PaymentRefunded(f"p-{at}", usd(str(n))) for at, n in back.items()),
    ] * 2

    state = bill(*order.draw(st.permutations(facts)))

    stayed = sum(n - min(n, back.get(at, 0)) for at, n in enumerate(paid))
    assert due(state) == usd(str(100 - sum(notes)))
    assert first(state) is (COMPLETED if stayed >= 100 - sum(notes) else PENDING)


def test_a_settled_bill_with_a_credit_note_is_open_again_when_more_goes_back() -> None:
    """What is not known of its money is spelled out, up to what was due (R-2)."""
    state = bill(CREDIT, f.PaymentReceived(usd("10"), reference="p-1"), f.InvoicePaid())
    assert first(state) is COMPLETED

    state = recorded(state, ITEM, f.PaymentRefunded("p-1"))

    assert (first(state), due(state)) == (PENDING, usd("60"))
    assert first(recorded(state, ITEM, f.PaymentReceived(usd("10")))) is COMPLETED


def test_a_credit_note_is_one_whatever_else_is_told_under_its_reference() -> None:
    """Another amount, or another currency, is a mistake."""
    state = bill(CREDIT)

    with pytest.raises(NotAllowedError, match="credit note 'cn-1' is known with 40"):
        told(state, ITEM, f.CreditIssued(usd("41"), "cn-1"))
    with pytest.raises(Exception, match="is billed in USD"):
        told(state, ITEM, f.CreditIssued(Money("1.00", "EUR"), "cn-2"))


def test_debits_under_way_over_the_rest_after_a_credit_note_remind_nobody() -> None:
    """R-8, of what is due."""
    debit = f.PaymentReceived(usd("60"), cleared=False, reference="d-1")
    progress = bill(CREDIT, debit).job.items[0].progress

    assert isinstance(progress, InvoiceState)
    assert progress.is_covered
    assert InvoiceState(None, credits=progress.credits).due is None


# -- documents that invoices lock -----------------------------------------------------------------

FIRST, SECOND, DOCUMENT = "job-1/1", "job-1/2", "job-1/3"


def link(state: rules.State, kind: ItemKind, id: str, **more: object) -> rules.State:
    """Link a thing made elsewhere."""
    spec = replaced(rules.LinkSpec(Ref("host", id), kind, id), **more)
    return after(state, rules.link(state, spec, None, NOON, MIA))


def locked(*paid: str) -> rules.State:
    """Start a job with a document that two invoices lock, some of which are paid by then."""
    state = begun(Stage("Intake", automove=True), Stage("Middle"), DONE)
    for id in ("i-1", "i-2"):
        state = link(state, ItemKind.INVOICE, id, total=usd("10"))
    state = completed(state, *paid)
    return link(state, ItemKind.LOCKED_DOCUMENT, "d-1", locked_by=("i-1", SECOND))


def test_a_document_is_open_to_the_client_when_all_its_invoices_are_paid() -> None:
    """A part of the money, or one of the invoices, is not enough (domain.md 2.3)."""
    state = locked()
    assert state.job.items[2].progress == LockState((FIRST, SECOND))

    state = recorded(state, FIRST, f.InvoicePaid())
    state = recorded(state, SECOND, f.PaymentReceived(usd("9.99")))
    assert (state.job.items[2].state, state.job.stage) == (PENDING, "intake")

    decision = told(state, SECOND, f.PaymentReceived(usd("0.01")))
    assert [one.item for one in events(decision, ItemCompleted)] == [SECOND, DOCUMENT]
    assert decision.job.stage == "middle"


def test_a_document_whose_invoices_are_paid_when_it_is_linked_is_open_at_once() -> None:
    """As everything that is done when it is linked (A-9)."""
    state = begun(Stage("Intake"), DONE)
    state = completed(link(state, ItemKind.INVOICE, "i-1", total=usd("10")), FIRST)

    state = link(state, ItemKind.LOCKED_DOCUMENT, "d-1", locked_by=("i-1",))

    assert state.job.items[1].state is COMPLETED


def test_a_document_is_locked_again_when_the_money_goes_back() -> None:
    """And its job stays where it is (A-11)."""
    state = recorded(locked("i-1"), SECOND, f.PaymentReceived(usd("10"), reference="p-1"))
    assert state.job.items[2].state is COMPLETED

    for fact in (f.PaymentRefunded("p-1"), f.Reopened("wrong bill")):
        again = recorded(state, SECOND, fact)
        assert [item.state for item in again.job.items] == [COMPLETED, PENDING, PENDING]
        assert again.job.stage == "middle"


def test_a_10_an_invoice_that_is_cancelled_locks_nothing_and_pays_nothing() -> None:
    """The others decide; where none is left, nobody waits for the document."""
    state = recorded(locked(), FIRST, f.Cancelled("void"))
    assert state.job.items[2].state is PENDING
    assert recorded(state, SECOND, f.InvoicePaid()).job.items[2].state is COMPLETED

    decision = told(state, SECOND, f.Cancelled("void"))
    assert [(one.item, one.reason) for one in events(decision, ItemResolved)] == [
        (SECOND, "void"),
        (DOCUMENT, "all its invoices were cancelled"),
    ]


def test_a_locked_document_can_be_opened_by_hand_and_takes_no_money() -> None:
    """Money belongs to its invoices."""
    state = locked()

    with pytest.raises(NotAllowedError, match=r"'d-1' is locked by invoices job-1/1, job-1/2"):
        told(state, DOCUMENT, f.PaymentReceived(usd("10")))
    opened = completed(state, DOCUMENT)
    assert opened.job.items[2].state is COMPLETED
    assert recorded(opened, FIRST, f.InvoicePaid()).job.items[2].state is COMPLETED


def test_a_document_is_locked_by_invoices_of_its_job_that_count() -> None:
    """A typo, a task or a void invoice would lock it for ever."""
    state = recorded(locked(), FIRST, f.Cancelled())
    state = link(state, ItemKind.TASK, "t-1")

    for name, error in (("i-1", NotAllowedError), ("t-1", NotAllowedError), ("i-3", NotFoundError)):
        with pytest.raises(error):
            link(state, ItemKind.LOCKED_DOCUMENT, "d-2", locked_by=(name,))


def test_what_locks_a_document_is_said_of_documents_alone() -> None:
    """And a document has invoices or a total."""
    spec = rules.LinkSpec(Ref("host", "x"), ItemKind.TASK, "x", locked_by=("i-1",))
    (problem,) = rules.link_problems(spec)
    assert (problem.where, problem.what) == (
        "$.locked_by",
        "only a document can be locked, and this is a task",
    )
    spec = replaced(spec, kind=ItemKind.LOCKED_DOCUMENT, total=usd("1"))
    assert [one.where for one in rules.link_problems(spec)] == ["$.total"]


def test_a_document_that_another_job_has_locked_is_a_bill_of_its_own_here() -> None:
    """Invoices of another job say nothing here."""
    known = locked().job.items[2]
    spec = rules.LinkSpec(Ref("host", "d-1"), ItemKind.LOCKED_DOCUMENT, "d-1")
    state = begun(Stage("Intake"), DONE)

    state = after(state, rules.link(state, spec, known, NOON, MIA))

    assert state.job.items[0].progress == InvoiceState(None)


def test_a_document_that_is_locked_here_hears_no_total_from_another_job() -> None:
    """It is its invoices that are paid (A-8)."""
    state = locked()
    other = replaced(state.job.items[2], progress=InvoiceState(usd("10")))

    heard = rules.catch_up(state, DOCUMENT, other, NOON)
    assert heard.job.items[2].progress == LockState((FIRST, SECOND))

    elsewhere = rules.catch_up(
        state, FIRST, replaced(state.job.items[2], kind=ItemKind.INVOICE), NOON
    )
    assert elsewhere.job.items[0].state is PENDING


def test_a_credit_note_is_heard_of_by_other_jobs_that_have_the_invoice() -> None:
    """What one knows, all know (A-8)."""
    known = bill(CREDIT).job.items[0]
    state = bill()

    heard = after(state, rules.catch_up(state, ITEM, known, NOON))

    assert due(heard) == usd("60")


def test_client_tasks_of_older_texts_are_known_by_what_they_are_called() -> None:
    """However they were typed (R-16)."""
    state = chat()
    item = replaced(state.job.items[0], progress=Checklist(("Cafe\u0301", "Scan")))
    state = replaced(state, job=replaced(state.job, items=(item,)))

    assert told(state, ITEM, f.ClientTaskAdded("Caf\u00e9")).changed is False
    left = recorded(state, ITEM, f.ClientTaskRemoved("Caf\u00e9")).job.items[0].progress
    assert left == Checklist(("Scan",))
    assert told(state, ITEM, f.ClientTaskRemoved("Fax")).changed is False


def test_who_has_signed_is_told_by_id() -> None:
    """And not by a name that another one has for an id."""
    ann, bob = Signatory("c1", "Ann"), Signatory("Ann", "Bob")

    assert SigningState(Signatures.ALL, (ann, bob), ("Ann",)).missing == (ann,)
