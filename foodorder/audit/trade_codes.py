"""Words for events of the trail between the van and the bank: deliveries, claims, invoices, money; and of
purchases elsewhere, people and their log-ins."""

from collections.abc import Mapping
from types import MappingProxyType

from foodorder.rules.errors import N_

TRADE_ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "bank_entry.set_aside": N_("Entry of a statement set aside"),
        "bank_statement.read": N_("Statement of account read in"),
        "claim.contested": N_("Answer to a claim contested"),
        "claim.covered": N_("Claim ended by a purchase elsewhere"),
        "claim.credited": N_("Claim ended by a credit note"),
        "claim.declined": N_("Replacement declined"),
        "claim.opened": N_("Claim made"),
        "claim.promised": N_("Replacement promised"),
        "claim.refused": N_("Claim not upheld"),
        "claim.replaced": N_("Claim ended by a replacement"),
        "claim.withdrawn": N_("Claim withdrawn"),
        "consent.given": N_("Consent to issuing of invoices given"),
        "consent.withdrawn": N_("Consent to issuing of invoices withdrawn"),
        "credit_note.issued": N_("Credit note issued"),
        "delivery.accepted": N_("Delivered goods accepted"),
        "delivery.corrected": N_("Acceptance corrected"),
        "institution.iban_set": N_("Account of an institution set"),
        "invoice.issued": N_("Invoice issued"),
        "invoicing_term.agreed": N_("Invoicing agreed"),
        "password.reset_asked": N_("New password asked for"),
        "password.set": N_("Password set"),
        "payment.asked": N_("Payment by card or debit begun"),
        "payment.booked": N_("Payment booked"),
        "payment.kept": N_("Excess of a payment kept for another invoice"),
        "payment.refund_asked": N_("Refund begun"),
        "payment.returned": N_("Money went back"),
        "payment_batch.cancelled": N_("Batch of transfers cancelled"),
        "payment_batch.made": N_("Batch of transfers made"),
        "person.deactivated": N_("Person’s access closed"),
        "person.invited_again": N_("Person invited again"),
        "person.joined": N_("Invited person joined"),
        "person.reactivated": N_("Person’s access opened again"),
        "producer.stripe_connected": N_("Producer’s account for cards connected"),
        "purchase.entered": N_("Purchase elsewhere entered"),
        "purchase.none": N_("Nothing bought elsewhere declared"),
        "purchase.voided": N_("Purchase elsewhere struck out"),
        "session.ended": N_("Logged out"),
        "session.role_switched": N_("Role switched"),
        "session.started": N_("Logged in"),
    }
)

TRADE_THINGS: Mapping[str, str] = MappingProxyType(
    {
        "bank_entry": N_("Entry of a statement"),
        "bank_statement": N_("Statement of account"),
        "claim": N_("Claim"),
        "delivery_line": N_("Delivered line"),
        "payment_batch": N_("Batch of transfers"),
        "purchase_elsewhere": N_("Purchase elsewhere"),
    }
)

#: Values that stand before and after in these events.
TRADE_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "accepted": N_("Accepted"),
        "account": N_("Account"),
        "amount_cents": N_("Amount"),
        "corrects": N_("Corrects the invoice"),
        "count": N_("How many"),
        "entries": N_("Entries"),
        "method": N_("Way"),
        "origin": N_("Written by"),
        "outcome": N_("What came of it"),
        "paid_cents": N_("Paid"),
        "payment_days": N_("Days of payment"),
        "quantity": N_("Quantity"),
        "reason": N_("Reason"),
        "replaced": N_("Replaced"),
        "rhythm": N_("How often"),
        "temperature": N_("Temperature"),
        "total_cents": N_("Together"),
        "words": N_("Words"),
    }
)
