"""What the documents hold, whatever their syntax. Money in cents, quantities in thousandths of the unit,
rates in basis points, weights in grams; texts are cleaned when a document is built.
"""

from foodorder.exchange.model.despatch import DespatchAdvice, DespatchLine, Outstanding
from foodorder.exchange.model.faults import (
    BuyerChargesNoVat,
    Incomplete,
    NoDueDate,
    NoExemptionText,
    NoLines,
    NotRepresentable,
    RepeatedLine,
    SellerChargesNoVat,
    TotalsDisagree,
    ZeroQuantity,
)
from foodorder.exchange.model.invoice import Corrected, Invoice, Kind, Period
from foodorder.exchange.model.lines import (
    EXEMPTION_TEXT,
    FLAT_RATE_TEXT,
    Compensation,
    Line,
    Totals,
    Vat,
    VatCategory,
    VatTotal,
    totals_of,
    vat_of_treatment,
)
from foodorder.exchange.model.orders import Answer, AnswerLine, Order, OrderResponse, Substitute
from foodorder.exchange.model.parties import Address, Contact, Endpoint, Party, Place

__all__ = [
    "EXEMPTION_TEXT",
    "FLAT_RATE_TEXT",
    "Address",
    "Answer",
    "AnswerLine",
    "BuyerChargesNoVat",
    "Compensation",
    "Contact",
    "Corrected",
    "DespatchAdvice",
    "DespatchLine",
    "Endpoint",
    "Incomplete",
    "Invoice",
    "Kind",
    "Line",
    "NoDueDate",
    "NoExemptionText",
    "NoLines",
    "NotRepresentable",
    "Order",
    "OrderResponse",
    "Outstanding",
    "Party",
    "Period",
    "Place",
    "RepeatedLine",
    "SellerChargesNoVat",
    "Substitute",
    "Totals",
    "TotalsDisagree",
    "Vat",
    "VatCategory",
    "VatTotal",
    "ZeroQuantity",
    "totals_of",
    "vat_of_treatment",
]
