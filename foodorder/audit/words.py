"""The trail in words: actions, things and values as a person reads them; unknown codes stand as they are."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from foodorder.language import formats, gettext
from foodorder.language.figures import NONE
from foodorder.procurement.documents.words import TAX_TYPES
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.errors import N_
from foodorder.rules.permissions import ROLE_LABELS, Role

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "admission.admitted": N_("Producer admitted"),
        "admission.applied": N_("Producer asked to be admitted"),
        "admission.refused": N_("Producer refused"),
        "admission.suspended": N_("Producer suspended"),
        "admission.terms_set": N_("Delivery days and minimum set"),
        "calendar.period_added": N_("Days without deliveries added"),
        "calendar.period_removed": N_("Days without deliveries removed"),
        "certificate.added": N_("Certificate added"),
        "certificate.changed": N_("Certificate changed"),
        "change.accepted": N_("Change after the close accepted"),
        "change.asked": N_("Change after the close asked for"),
        "change.refused": N_("Change after the close refused"),
        "change.withdrawn": N_("Change after the close taken back"),
        "cycle.cancelled": N_("Cycle cancelled"),
        "cycle.close_failed": N_("Close of a cycle failed"),
        "cycle.closed": N_("Cycle closed"),
        "cycle.extended": N_("Cycle extended"),
        "cycle.offer_changed": N_("Offer changed in an open cycle"),
        "cycle.opened": N_("Cycle opened"),
        "cycle.planned": N_("Cycle planned"),
        "cycle.recorded": N_("Cycle recorded"),
        "cycle.reminded": N_("Kitchens reminded"),
        "cycle.replanned": N_("Cycle planned anew"),
        "delivery_point.changed": N_("Delivery point changed"),
        "delivery_point.created": N_("Delivery point added"),
        "delivery_point.head_counts_set": N_("Head-counts set"),
        "drafts.carried": N_("Drafts carried to the next cycle"),
        "farm.added": N_("Farm added"),
        "farm.changed": N_("Farm changed"),
        "institution.budget_set": N_("Budget set"),
        "institution.changed": N_("Institution changed"),
        "institution.created": N_("Institution added"),
        "institution.pack_choice_set": N_("Rounding of packs chosen"),
        "message.print_undone": N_("Printing of a message undone"),
        "message.printed": N_("Message printed"),
        "message.retried": N_("Message sent again"),
        "municipality.activated": N_("Municipality began"),
        "municipality.changed": N_("Rules of the municipality changed"),
        "municipality.deactivated": N_("Municipality stopped"),
        "offer.published": N_("Offer published"),
        "offer.reduced": N_("Offer reduced"),
        "offer.withdrawn": N_("Offer withdrawn"),
        "order.started": N_("Order started"),
        "order.submitted": N_("Order submitted"),
        "order.withdrawn": N_("Order withdrawn"),
        "permit.added": N_("Permit added"),
        "permit.changed": N_("Permit changed"),
        "person.changed": N_("Person changed"),
        "person.created": N_("Person added"),
        "personal_detail.changed": N_("Personal value changed"),
        "personal_detail.erased": N_("Personal value erased"),
        "producer.changed": N_("Producer changed"),
        "producer.registered": N_("Producer registered"),
        "product.changed": N_("Product changed"),
        "product.created": N_("Product added"),
        "product.restored": N_("Product taken up again"),
        "product.retired": N_("Product retired"),
        "record.written": N_("Procurement record written"),
        "role.granted": N_("Role given"),
        "role.revoked": N_("Role taken away"),
        "schedule.changed": N_("Schedule changed"),
        "schedule.created": N_("Schedule made"),
        "session.acts_for": N_("Began to act for a producer"),
        "trail_check.asked": N_("Check of the trail asked for"),
        "trail_check.finished": N_("Trail checked"),
    }
)

THINGS: Mapping[str, str] = MappingProxyType(
    {
        "calendar_period": N_("Days without deliveries"),
        "certificate": N_("Certificate"),
        "cycle": N_("Cycle"),
        "delivery_point": N_("Delivery point"),
        "farm": N_("Farm"),
        "institution": N_("Institution"),
        "message": N_("Message"),
        "municipality": N_("Municipality"),
        "offer": N_("Offer"),
        "permit": N_("Permit"),
        "person": N_("Person"),
        "personal_detail": N_("Personal value"),
        "procurement_record": N_("Procurement record"),
        "producer": N_("Producer"),
        "product": N_("Product"),
        "record_change": N_("Request after the close"),
        "schedule": N_("Schedule"),
        "trail_check": N_("Check of the trail"),
        "weekly_order": N_("Weekly order"),
    }
)

VALUES: Mapping[str, str] = MappingProxyType(
    {
        "active": N_("Active"),
        "address": N_("Address"),
        "allergens": N_("Allergens"),
        "available": N_("Available"),
        "blocks": N_("Blocks"),
        "body": N_("Control body"),
        "certificates": N_("Certificates"),
        "change": N_("Request"),
        "closes_all": N_("Closes all kitchens"),
        "closes_at": N_("Closes"),
        "closes_time": N_("Closing time"),
        "closes_weekday": N_("Closing day"),
        "code": N_("Code"),
        "contact_email": N_("E-mail"),
        "cost_bearer": N_("Who bears the costs"),
        "cycle": N_("Cycle"),
        "days": N_("Delivery days"),
        "description": N_("Description"),
        "email": N_("E-mail"),
        "ends_on": N_("Until"),
        "events": N_("Events"),
        "finding": N_("First row that does not fit"),
        "grams_per_unit": N_("Weight of one unit"),
        "gross_cents": N_("With VAT"),
        "hash": N_("Fingerprint"),
        "hours": N_("Hours before the deadline"),
        "kind": N_("Kind"),
        "kmg_mid": N_("KMG-MID"),
        "language": N_("Language"),
        "lines": N_("Lines"),
        "messages": N_("Messages"),
        "minimum_cents": N_("Minimum order"),
        "minimum_quantity": N_("Least quantity"),
        "minimum_rule": N_("Orders below the minimum"),
        "name": N_("Name"),
        "net_cents": N_("Net"),
        "number": N_("Number"),
        "offers": N_("Offers"),
        "opens_at": N_("Opens"),
        "opens_time": N_("Opening time"),
        "opens_weekday": N_("Opening day"),
        "order_step": N_("Step"),
        "pack": N_("Pack"),
        "pack_choice": N_("Rounding of packs"),
        "pack_rounding": N_("Rounding of packs"),
        "phone": N_("Telephone"),
        "postcode": N_("Postcode"),
        "price_cents": N_("Net price"),
        "record": N_("Record"),
        "records": N_("Records"),
        "registration_number": N_("Registration number"),
        "role": N_("Role"),
        "scheme": N_("Scheme"),
        "school_days": N_("School days"),
        "short_name": N_("Short name"),
        "starts_on": N_("From"),
        "state": N_("State"),
        "stock_kind": N_("Kind of stock"),
        "taken": N_("Ordered until then"),
        "tax_number": N_("Tax number"),
        "tax_type": N_("Taxed as"),
        "town": N_("Town"),
        "traces": N_("Traces of allergens"),
        "unit": N_("Unit"),
        "valid_from": N_("Valid from"),
        "valid_to": N_("Valid to"),
        "vat_payer": N_("Charges VAT"),
        "version": N_("Version"),
        "village": N_("Village"),
        "week": N_("Week"),
        "weekly_budget_cents": N_("Weekly budget"),
    }
)

#: Words that stand as values.
CODES: Mapping[str, str] = MappingProxyType(
    {
        "accepted": N_("accepted"),
        "addition": N_("addition"),
        "admitted": N_("admitted"),
        "applied": N_("asks to be admitted"),
        "asked": N_("asked"),
        "cancelled": N_("cancelled"),
        "changed": N_("changed"),
        "closed": N_("closed"),
        "down": N_("down"),
        "institution": N_("institution"),
        "nobody": N_("nobody"),
        "open": N_("open"),
        "planned": N_("planned"),
        "producer": N_("producer"),
        "published": N_("published"),
        "recorded": N_("recorded"),
        "reduction": N_("reduction"),
        "refused": N_("refused"),
        "reserve": N_("limited, first come first served"),
        "share": N_("limited, shared fairly at the close"),
        "suspended": N_("suspended"),
        "unlimited": N_("unlimited"),
        "up": N_("up"),
        "withdrawn": N_("withdrawn"),
        **TAX_TYPES,
        **{code: scheme.label for code, scheme in SCHEMES.items()},
        **{role.value: label for role, label in ROLE_LABELS.items() if role is not Role.PRODUCER},
    }
)

#: Quantities in thousandths; an event tells the unit beside them, or not at all.
QUANTITIES = frozenset({"available", "minimum_quantity", "order_step", "pack", "taken"})
WEEKDAY_SETS = frozenset({"days", "school_days"})
WEEKDAYS = frozenset({"opens_weekday", "closes_weekday"})

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "scheduler": N_("the clock"),
        "command": N_("a command on the server"),
        "api": N_("the programming interface"),
        "person": N_("a person who was erased"),
    }
)

BASES: Mapping[str, str] = MappingProxyType({"unclassified": N_("not determined yet")})


def action(code: str) -> str:
    """What was done: "offer.published" → "Offer published"."""
    return gettext(ACTIONS[code]) if code in ACTIONS else code


def thing(code: str) -> str:
    """The kind of a thing."""
    return gettext(THINGS[code]) if code in THINGS else code


def name_of(key: str) -> str:
    """The name of a value."""
    return gettext(VALUES[key]) if key in VALUES else key.replace("_", " ")


def who(person: str | None, source: str) -> str:
    """Who acted, also when it was nobody: the clock, a command."""
    return person or (gettext(SOURCES[source]) if source in SOURCES else source)


def role(code: str | None) -> str:
    """The role that somebody acted in."""
    return gettext(ROLE_LABELS[Role(code)]) if code in set(Role) else (code or "")


def basis(code: str) -> str:
    """A lawful basis in a word or two."""
    return gettext(BASES[code]) if code in BASES else code


def value(key: str, stored: Any) -> str:
    """A stored value as a person reads it; its key tells the unit."""
    if stored is None or stored in ("", []):
        return NONE
    if isinstance(stored, bool):
        return formats.fact(stored)
    if isinstance(stored, int):
        return _figure(key, stored)
    if isinstance(stored, str):
        return _text(stored)
    if isinstance(stored, (list, tuple)):
        return ", ".join(value(key, item) for item in stored)
    if isinstance(stored, dict):
        return ", ".join(f"{name}: {value(key, item)}" for name, item in stored.items())
    return str(stored)


def _figure(key: str, stored: int) -> str:
    if key.endswith("_cents"):
        return formats.money(stored)
    if key in QUANTITIES:
        return formats.amount(stored)
    if key == "grams_per_unit":
        return formats.weight(stored)
    if key in WEEKDAY_SETS:
        return formats.weekdays(stored)
    if key in WEEKDAYS:
        return formats.weekday(stored, short=False)
    return str(stored)


def _text(stored: str) -> str:
    if stored in CODES:
        return gettext(CODES[stored])
    if len(stored) >= 10 and stored[4:5] == "-" and stored[7:8] == "-":
        try:
            if len(stored) == 10:
                return formats.day(date.fromisoformat(stored), year=True)
            return formats.long_moment(datetime.fromisoformat(stored))
        except ValueError:
            return stored
    return stored
