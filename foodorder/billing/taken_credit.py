"""Credit notes that were written elsewhere: what they correct, and what they take off it."""

from collections.abc import Sequence

from sqlalchemy import select

from foodorder.billing.credit import lines_left
from foodorder.billing.match import hold_invoice
from foodorder.billing.models import Invoice
from foodorder.billing.taking import CreditsTooMuch, NothingToCorrect, Taken, TakenLine
from foodorder.db import db
from foodorder.rules.placing import unit_of
from foodorder.rules.settlement import InvoiceAction, InvoiceKind, InvoiceState, move


def correct(institution_id: int, producer_id: int, taken: Taken) -> Invoice:
    """The invoice that a credit note corrects, held, with the credit taken off it.

    Raises NothingToCorrect, CreditsTooMuch.
    """
    number = taken.corrects or "–"
    found = db.session.scalar(
        select(Invoice.id).where(
            Invoice.producer_id == producer_id,
            Invoice.institution_id == institution_id,
            Invoice.kind == InvoiceKind.INVOICE.value,
            # What was issued here is credited here.
            Invoice.sequence.is_(None),
            Invoice.number == number,
        )
    )
    if found is None:
        raise NothingToCorrect(number=number)
    invoice = hold_invoice(found)
    if taken.gross_cents > invoice.gross_cents - invoice.credited_cents:
        raise CreditsTooMuch(number=number)
    invoice.credited_cents += taken.gross_cents
    state = InvoiceState(invoice.state)
    left = invoice.gross_cents - invoice.credited_cents
    if left == 0 and not invoice.paid_cents:
        invoice.state = move(state, InvoiceAction.CREDIT).value
    elif invoice.paid_cents and left <= invoice.paid_cents and state is not InvoiceState.PAID:
        invoice.state = move(state, InvoiceAction.PAY).value
    db.session.flush()
    return invoice


def place_credit(invoice: Invoice, lines: Sequence[TakenLine]) -> list[tuple[int | None, int | None]]:
    """For each line of a credit note the line of its invoice and that one's goods; None where none fits.

    By name and unit; where a name stands twice, the line of which enough is left.
    """
    rows = lines_left(invoice.id)
    left = {row.id: row.quantity - row.credited for row in rows}
    places: list[tuple[int | None, int | None]] = []
    for line in lines:
        fitting = [
            row
            for row in rows
            if row.name.casefold() == line.name.casefold()
            and unit_of(row.unit) == unit_of(line.unit)
            and left[row.id] >= (line.quantity if row.price_micros == line.price else 0)
        ]
        if not fitting:
            places.append((None, None))
            continue
        row = min(fitting, key=lambda row: (row.price_micros != line.price, row.id))
        if row.price_micros == line.price:
            left[row.id] -= line.quantity
        places.append((row.id, row.delivery_line_id))
    return places
