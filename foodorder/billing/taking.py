"""What an invoice that was written elsewhere says, as it is taken in, and why it may be refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from foodorder.exchange.model import Invoice as Document
from foodorder.exchange.model import Kind
from foodorder.exchange.model.lines import VatCategory
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.placing import Written
from foodorder.rules.vat import EXEMPT, Treatment, TreatmentCode


class UnknownIssuer(Refusal):
    """An invoice of somebody from whom the institution never bought here."""

    message = N_(
        "The invoice is from %(name)s (tax number %(tax_number)s), from whom you have bought nothing here."
    )
    default_field = "document"


class ForAnother(Refusal):
    """An invoice for another buyer."""

    message = N_("The invoice is for %(name)s (tax number %(tax_number)s), not for you.")
    default_field = "document"


class SameFile(Refusal):
    """A file that was taken in before."""

    message = N_("This file was taken in already.")
    default_field = "document"


class SameNumber(Refusal):
    """A number that an invoice of the same issuer has already."""

    message = N_("The invoice %(number)s of this producer is here already.")
    default_field = "number"


class NothingToCorrect(Refusal):
    """A credit note for an invoice that is not here."""

    message = N_("The credit note corrects the invoice %(number)s, which is not here. Take that in first.")
    default_field = "document"


class CreditsTooMuch(Refusal):
    """A credit note for more than is left of its invoice."""

    message = N_("The credit note takes off more than is left of the invoice %(number)s.")
    default_field = "document"


class NoLine(Refusal):
    """An invoice entered without a single line."""

    message = N_("Write at least one line of the invoice: how much, and at which price.")
    default_field = "lines"


class DatesReversed(Refusal):
    """An invoice of a day to come."""

    message = N_("The invoice cannot be of a day to come.")
    default_field = "issue_date"


@dataclass(frozen=True, slots=True)
class TakenLine:
    """A line: quantity in thousandths, price of a unit in millionths of a euro, net in cents.

    `goods`: the delivered line that a person chose.
    """

    name: str
    unit: str
    quantity: int
    price: int
    net: int
    treatment: Treatment
    order: str | None = None
    note: str | None = None
    day: date | None = None
    gtin: str | None = None
    goods: int | None = None

    @property
    def written(self) -> Written:
        """As the rule compares it."""
        return Written(
            self.name, self.unit, self.quantity, self.price, self.gtin, self.order, self.note, self.day
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """What an invoice says; sums in cents as it states them. `corrects`: the number a credit note names."""

    number: str
    issue_date: date
    net_cents: int
    gross_cents: int
    lines: Sequence[TakenLine]
    due_date: date | None = None
    reference: str | None = None
    iban: str | None = None
    note: str | None = None
    corrects: str | None = None
    is_credit: bool = False


def read_document(document: Document) -> Taken:
    """What a document by standard says. The compensation of a flat-rate farmer stands where our VAT does."""
    lines = [
        TakenLine(
            name=line.name,
            unit=line.unit,
            quantity=line.quantity,
            price=line.price,
            net=line.net,
            treatment=_treatment(line.vat.category, line.vat.bp, document.compensation_bp),
            order=document.order,
            note=document.despatch,
            day=document.delivered,
            gtin=line.gtin,
        )
        for line in document.lines
    ]
    return Taken(
        number=document.number,
        issue_date=document.issued,
        net_cents=sum(line.net for line in lines),
        gross_cents=document.totals.gross,
        lines=lines,
        due_date=document.due,
        reference=document.payment_reference,
        iban=document.seller.iban,
        note=document.note,
        corrects=document.corrects.number if document.corrects else None,
        is_credit=document.kind is Kind.CREDIT_NOTE,
    )


def _treatment(category: VatCategory, bp: int, compensation_bp: int) -> Treatment:
    if category is not VatCategory.EXEMPT:
        return Treatment(TreatmentCode.VAT, bp)
    return Treatment(TreatmentCode.FLAT_RATE, compensation_bp) if compensation_bp else EXEMPT
