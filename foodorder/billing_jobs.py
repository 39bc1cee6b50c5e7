"""What the clock does for invoices and payments: issuing on behalf, comparing again, listening to Stripe."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import structlog

from foodorder.billing import behalf, card, match, refunds, stripe_due, webhooks
from foodorder.billing.stripe_gateway import Gateway, StripeSilent
from foodorder.config import Settings
from foodorder.db import clock, db, retrying
from foodorder.jobs import Outcome, words
from foodorder.rules.credits import NothingToCredit
from foodorder.rules.settlement import Group, NothingToInvoice
from foodorder.trail.actor import SCHEDULER

log = structlog.get_logger()


def issue_invoices(settings: Settings) -> Outcome:
    """Issue invoices and credit notes for producers who consented: each in a transaction of its own."""
    outcome = Outcome()
    for producer_id in behalf.consenting():
        ready = behalf.ready(producer_id, clock())
        for group, lines in ready.groups.items():
            with outcome.item(f"invoice of producer {producer_id} to institution {group.buyer_id}"):
                retrying(partial(_issue, group, lines))
        for invoice_id in ready.credits:
            with outcome.item(f"credit note on invoice {invoice_id}"):
                retrying(partial(_credit, producer_id, invoice_id))
    return outcome


def match_invoices(settings: Settings) -> Outcome:
    """Compare invoices that were taken in again when their goods were accepted since."""
    outcome = Outcome()
    for invoice_id in match.changed():
        with outcome.item(f"match of invoice {invoice_id}"):
            retrying(partial(_match, invoice_id))
    return outcome


def _match(invoice_id: int) -> None:
    match.match_invoice(invoice_id, actor=SCHEDULER, now=clock())


def _issue(group: Group, lines: tuple[int, ...]) -> None:
    with suppress(NothingToInvoice):  # somebody else was faster
        behalf.issue(group, lines, actor=SCHEDULER, now=clock())


def _credit(producer_id: int, invoice_id: int) -> None:
    with suppress(NothingToCredit):
        behalf.credit(producer_id, invoice_id, actor=SCHEDULER, now=clock())


def hear_stripe(settings: Settings) -> Outcome:
    """Do the messages that wait, ask about payments and refunds that nobody heard of."""
    outcome = Outcome()
    if not settings.stripe.configured:
        return outcome
    gateway, now = Gateway(settings.stripe), clock()
    # First what needs no answer of Stripe's: it may be silent.
    waiting = webhooks.undone()
    asked: list[tuple[str, Callable[[], object]]] = [
        *((f"message {number}", partial(_hear, number)) for number in waiting),
        *((f"refunds of {number}", partial(_ask_refunds, gateway, number)) for number in waiting),
        *(
            (f"payment {one}", partial(card.look_again, gateway, one, actor=SCHEDULER, now=now))
            for one in stripe_due.silent_intents(now)
        ),
        *(
            (f"refund {one}", partial(refunds.send_back, gateway, one, actor=SCHEDULER, now=now))
            for one in stripe_due.unanswered_refunds(now)
        ),
    ]
    db.session.commit()
    for what, work in asked:
        try:
            # A message that still waits for its payment is nothing that was done.
            outcome.done += work() is not None
        except StripeSilent as silence:
            # Who does not answer one does not answer the next: all wait for the next run.
            outcome.failed += 1
            outcome.errors.append(f"{what}: {words(silence)}")
            break
        except Exception as error:
            log.exception("job_item_failed", item=what)
            outcome.failed += 1
            outcome.errors.append(f"{what}: {words(error)}")
    return outcome


def _hear(number: str) -> str | None:
    return retrying(lambda: webhooks.do(number, now=clock()))


def _ask_refunds(gateway: Gateway, number: str) -> str | None:
    lacking = retrying(lambda: webhooks.needed(number))
    if lacking is None:
        return None
    found = gateway.refunds_of(*lacking)
    return retrying(lambda: webhooks.do_refunds(number, found, now=clock()))
