"""Implementation: what was brought and accepted, what was invoiced, and the money that moved."""

from collections.abc import Iterator
from typing import Any

from foodorder.exchange.ocds import words
from foodorder.exchange.ocds.contracts import award_id, release
from foodorder.exchange.ocds.model import Brought, Delivery, Invoiced, NoteStep, Paid, Process, Release
from foodorder.exchange.ocds.pieces import day_start, instant, present, reference, value
from foodorder.exchange.ocds.text import Json


def implementation(process: Process) -> Iterator[Release]:
    """The releases of what became of contracts."""
    for delivery in process.deliveries:
        yield _delivery(process, delivery)
    for invoice in process.invoices:
        yield _invoice(process, invoice)
    for payment in process.payments:
        yield _payment(process, payment)


def _implemented(contract: str, **found: Any) -> Json:
    return {"id": contract, "awardID": award_id(contract), "implementation": found}


def _delivery(process: Process, delivery: Delivery) -> Release:
    contracts = [
        _implemented(brought.contract, milestones=[_delivered(process, delivery, brought)])
        for brought in delivery.brought
    ]
    tag = "implementation" if delivery.step is NoteStep.LEFT else "implementationUpdate"
    return release(
        process, delivery.key, delivery.at, (tag,), [delivery.producer], contracts=contracts
    )  # fmt: skip


def _delivered(process: Process, delivery: Delivery, brought: Brought) -> Json:
    met = delivery.step in (NoteStep.RECEIVED, NoteStep.CORRECTED)
    text, status = words.BROUGHT, "met" if brought.whole else "partiallyMet"
    if delivery.step is NoteStep.CANCELLED:
        text, status = words.NOT_BROUGHT, "notMet"
    elif delivery.step is NoteStep.LEFT:
        text, status = words.ON_THE_WAY, "scheduled"
    elif not brought.accepted_cents:
        status = "notMet"
    return present(
        {
            "id": f"delivery-{delivery.number}",
            "type": "delivery",
            "title": words.DELIVERY.format(number=delivery.number),
            "description": text.format(
                accepted=words.euros(brought.accepted_cents), ordered=words.euros(brought.ordered_cents)
            ),
            "dueDate": day_start(delivery.due, process.round.zone),
            # When it came stands there already; a correction says only when it was put right.
            "dateMet": instant(delivery.at)
            if met and status != "notMet" and delivery.step is NoteStep.RECEIVED
            else None,
            "dateModified": instant(delivery.at),
            "status": status,
        }
    )


def _invoice(process: Process, invoice: Invoiced) -> Release:
    """An invoice is a payment that is due; a credit note changes what is due of it."""
    about = invoice.id if invoice.corrects is None else invoice.corrects
    text = words.INVOICED if invoice.corrects is None else words.CREDITED
    contracts = [
        _implemented(
            contract,
            milestones=[
                present(
                    {
                        "id": f"invoice-{about}",
                        "type": "payment",
                        "title": words.INVOICE.format(number=invoice.corrects_number or invoice.number),
                        "description": text.format(number=invoice.number, amount=words.euros(cents)),
                        "dueDate": day_start(invoice.due, process.round.zone)
                        if invoice.corrects is None
                        else None,
                        "dateModified": instant(invoice.at),
                        "status": "scheduled" if invoice.corrects is None else None,
                    }
                )
            ],
        )
        for contract, cents in invoice.gross.items()
    ]
    tag = "implementation" if invoice.corrects is None else "implementationUpdate"
    return release(
        process, f"invoice-{invoice.id}", invoice.at, (tag,), [invoice.producer], contracts=contracts
    )


def _payment(process: Process, payment: Paid) -> Release:
    buyer, seller = reference(process.buyer), reference(payment.producer)
    payer, payee = (seller, buyer) if payment.back else (buyer, seller)
    milestone = present(
        {
            "id": f"invoice-{payment.invoice_id}",
            "status": "met" if payment.full else "partiallyMet",
            "dateMet": day_start(payment.value_date, process.round.zone) if payment.full else None,
            "dateModified": instant(payment.at),
        }
    )
    contracts = [
        _implemented(
            contract,
            transactions=[
                {
                    "id": f"payment-{payment.id}-{contract}",
                    "date": day_start(payment.value_date, process.round.zone),
                    "value": value(cents),
                    "payer": payer,
                    "payee": payee,
                }
            ],
            milestones=[milestone],
        )
        for contract, cents in payment.shares.items()
    ]
    return release(
        process, f"payment-{payment.id}", payment.at, ("implementationUpdate",), [payment.producer],
        contracts=contracts,
    )  # fmt: skip
