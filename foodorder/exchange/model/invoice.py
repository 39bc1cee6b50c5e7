"""An invoice or a credit note (EN 16931)."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from foodorder.exchange.model.faults import (
    BuyerChargesNoVat,
    Incomplete,
    NoDueDate,
    NoExemptionText,
    NotRepresentable,
    SellerChargesNoVat,
    check_lines,
    tidy,
)
from foodorder.exchange.model.lines import Line, Totals, VatCategory, totals_of, with_compensation
from foodorder.exchange.model.parties import Party, Place
from foodorder.rules.errors import Money


class Kind(StrEnum):
    """Document types of UN/CEFACT 1001. The amounts of a credit note are positive, too."""

    INVOICE = "380"
    CREDIT_NOTE = "381"


@dataclass(frozen=True, slots=True)
class Corrected:
    """The invoice that is corrected."""

    number: str
    issued: date | None = None

    def __post_init__(self) -> None:
        tidy(self)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from and to, both included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise NotRepresentable(value=self.end, what=f"end of a period from {self.start}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice, or a credit note with the invoice that it corrects; its `totals` are computed and
    nobody's to give.

    `due` or `terms` say until when it is paid; `period` or `delivered` when the goods came. `order`,
    `despatch` and `contract` are numbers of documents, `buyer_reference` what the buyer wants to see on it,
    `payment_reference` what the transfer shall carry. `exemption` says why a line has no VAT.
    `compensation_bp` is the rate of the flat-rate compensation, 0 for none.

    Raises NoLines, RepeatedLine, NoDueDate, NoExemptionText, SellerChargesNoVat, BuyerChargesNoVat,
    NotRepresentable (a total below nought), Incomplete (a credit note that corrects nothing).
    """

    number: str
    issued: date
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    kind: Kind = Kind.INVOICE
    corrects: Corrected | None = None
    due: date | None = None
    terms: str | None = None
    period: Period | None = None
    delivered: date | None = None
    deliver_to: Place | None = None
    order: str | None = None
    despatch: str | None = None
    contract: str | None = None
    buyer_reference: str | None = None
    payment_reference: str | None = None
    note: str | None = None
    exemption: str | None = None
    compensation_bp: int = 0
    totals: Totals = field(init=False)

    def __post_init__(self) -> None:
        tidy(self)
        check_lines([line.id for line in self.lines])
        categories = {line.vat.category for line in self.lines}
        if self.kind is Kind.CREDIT_NOTE and self.corrects is None:
            raise Incomplete(what="corrected invoice")
        if self.due is None and self.terms is None:
            raise NoDueDate
        if VatCategory.EXEMPT in categories and self.exemption is None:
            raise NoExemptionText
        if categories != {VatCategory.EXEMPT} and self.seller.vat_id is None:
            raise SellerChargesNoVat
        if self.compensation_bp and self.buyer.vat_id is None:
            raise BuyerChargesNoVat
        if self.compensation_bp and VatCategory.EXEMPT not in categories:
            raise NotRepresentable(value=self.compensation_bp, what="compensation on goods with VAT")
        totals = totals_of(self.lines, self.compensation_bp)
        if totals.gross < 0 or any(row.base < 0 for row in totals.rows):
            raise NotRepresentable(value=Money(totals.gross), what="total")
        object.__setattr__(self, "totals", totals)

    @property
    def all_lines(self) -> tuple[Line, ...]:
        """The lines as they stand in the document, with the one of the compensation."""
        return with_compensation(self.lines, self.totals.compensation)
