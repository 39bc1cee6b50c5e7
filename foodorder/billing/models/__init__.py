"""In: acceptances of delivered lines, at the prices of their records.
Out: invoices and credit notes, what did not agree and who decided it, payments.
Frozen when: an invoice when it is issued or taken in, a payment at once. Only their states move on.
"""

from foodorder.billing.models.bank import BankEntry, BankStatement, PaymentBatch, PaymentBatchLine
from foodorder.billing.models.invoices import (
    Invoice,
    InvoiceCounter,
    InvoiceFile,
    InvoiceLine,
    InvoiceVat,
    InvoicingTerm,
    IssuingConsent,
)
from foodorder.billing.models.matching import Finding, FindingDecision
from foodorder.billing.models.payments import Payment, StripeAccount, StripeBack, StripeEvent, StripeIntent

__all__ = [
    "BankEntry",
    "BankStatement",
    "Finding",
    "FindingDecision",
    "Invoice",
    "InvoiceCounter",
    "InvoiceFile",
    "InvoiceLine",
    "InvoiceVat",
    "InvoicingTerm",
    "IssuingConsent",
    "Payment",
    "PaymentBatch",
    "PaymentBatchLine",
    "StripeAccount",
    "StripeBack",
    "StripeEvent",
    "StripeIntent",
]
