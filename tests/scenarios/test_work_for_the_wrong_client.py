"""A job that was started for the wrong client is archived, and begun anew for the right one."""

from pipeflow import CreateInvoice, InvoicePaid, Stage
from tests.firms import DAILY, DONE, FEE, begun, now


def test_what_goes_on_is_linked_to_a_job_of_the_right_client() -> None:
    """Nothing is sent anew, and the reminders of the wrong one stop."""
    bill = Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)], automove=True)
    world, wrong = begun(bill, DONE)
    engine = world.engine
    fee = wrong.item("Fee")
    assert fee.ref is not None

    engine.archive(wrong)
    right = engine.start("tax", world.account("Right client"), fire=False)
    engine.link(right, fee.ref, "invoice", "Fee", total=FEE.totals.total)
    world.advance(days=5)
    engine.receive(fee.ref, InvoicePaid())

    assert len(world.invoices.created) == 1
    assert not world.email.sent
    assert now(world, right).stage == "done"
    assert now(world, wrong).stage == "bill"
