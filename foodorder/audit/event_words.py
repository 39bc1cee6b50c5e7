"""More words for events of the trail: of the auditor's desk, of terms and counts; and codes by what they say.

The same code means different things under different names ("quality" of a claim and of a food): what stands
in CODES_OF goes before the codes that are the same everywhere.
"""

from collections.abc import Mapping
from types import MappingProxyType

from foodorder.accounts.producers import PERMIT_KINDS
from foodorder.accounts.sellers import KINDS as PRODUCER_KINDS
from foodorder.rules.acceptance import ACCEPT_REASONS, OUTCOMES
from foodorder.rules.agreements import (
    AGREEMENT_KINDS,
    AGREEMENT_STATES,
    APPLICATION_STATES,
    AWARD_MODES,
    BASES,
    FUNDINGS,
    LOT_KINDS,
)
from foodorder.rules.approval import Why
from foodorder.rules.claims import CLAIM_KINDS, CLAIM_OUTCOMES, CLAIM_STATES
from foodorder.rules.cycle import STATE_LABELS
from foodorder.rules.delivery import NOTE_STATES, SHORT_REASONS
from foodorder.rules.errors import N_
from foodorder.rules.settlement import INVOICE_KINDS, INVOICE_ORIGINS, INVOICE_STATES, RHYTHMS

DESK_ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "evidence.packed": N_("Evidence pack made"),
        "offers.read": N_("Offers read before the close"),
        "reference.loaded": N_("Reference data loaded"),
        "sample.drawn": N_("Sample drawn"),
    }
)

DESK_THINGS: Mapping[str, str] = MappingProxyType(
    {"installation": N_("Installation"), "sample": N_("Sample")}
)

DESK_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "amendment": N_("Amendment"),
        "basis": N_("Lawful basis"),
        "ceiling": N_("Ceiling (number)"),
        "ceilings": N_("Ceilings"),
        "closes_weeks_before": N_("Closes so many weeks before"),
        "co2": N_("CO2 of deliveries"),
        "consent": N_("Consent (number)"),
        "cpv": N_("CPV"),
        "day": N_("Day"),
        "delivery_point": N_("Delivery point"),
        "direct": N_("Direct supply"),
        "farm_id": N_("Farm"),
        "fingerprint": N_("Fingerprint"),
        "food_type_id": N_("Food type"),
        "foods": N_("Food types"),
        "freshness": N_("Freshness"),
        "grams": N_("Weight"),
        "gtin": N_("GTIN"),
        "head_counts": N_("Head-counts"),
        "iban": N_("IBAN"),
        "indexation": N_("Change of prices"),
        "institution": N_("Institution"),
        "institutions": N_("Institutions"),
        "instructions": N_("How to find it"),
        "latitude": N_("Latitude"),
        "lawful_basis": N_("Lawful basis"),
        "limit_cents": N_("Ceiling (money)"),
        "limit_grams": N_("Ceiling (weight)"),
        "line": N_("Line"),
        "longitude": N_("Longitude"),
        "manifest": N_("Fingerprint of the manifest"),
        "method": N_("Way"),
        "missing": N_("Missing"),
        "mode": N_("How orders are divided"),
        "month": N_("Month"),
        "municipality": N_("Municipality"),
        "municipality_id": N_("Municipality"),
        "opens_weeks_before": N_("Opens so many weeks before"),
        "period": N_("Period"),
        "population": N_("Drawn from"),
        "portal_number": N_("Number on the portal"),
        "price": N_("Price"),
        "prices": N_("Prices"),
        "product": N_("Product"),
        "quality": N_("Quality"),
        "rank": N_("Rank"),
        "seed": N_("Seed"),
        "share": N_("Share"),
        "subject": N_("What is changed"),
        "supplier": N_("Supplier"),
        "title": N_("Title"),
        "value_cents": N_("Value"),
        "weeks_ahead": N_("Weeks ahead"),
        "why": N_("Why"),
        "windows": N_("Hours of delivery"),
        "year": N_("Year"),
    }
)

#: Key of a value, or kind of thing and key → what its codes are called.
CODES_OF: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "basis": {code.value: words for code, words in BASES.items()},
        "funding": {code.value: words for code, words in FUNDINGS.items()},
        "kind": {
            "address": N_("address"),
            "contact_name": N_("contact person"),
            "iban": N_("account"),
            "kindergarten": N_("kindergarten"),
            "phone": N_("telephone"),
            "school": N_("school"),
            "secondary_school": N_("secondary school"),
            **PERMIT_KINDS,
            **{code.value: words for code, words in PRODUCER_KINDS.items()},
            **{code.value: words for code, words in AGREEMENT_KINDS.items()},
            **{code.value: words for code, words in LOT_KINDS.items()},
            **{code.value: words for code, words in INVOICE_KINDS.items()},
        },
        "language": {"sl": N_("Slovene"), "en": N_("English")},
        "lawful_basis": {"off": N_("not enforced"), "enforced": N_("enforced")},
        "method": {
            "random": N_("by lines"),
            "money": N_("by money"),
        },
        "minimum_rule": {"cancel": N_("cancelled"), "waive": N_("waived")},
        "mode": {code.value: words for code, words in AWARD_MODES.items()},
        "origin": {code.value: words for code, words in INVOICE_ORIGINS.items()},
        "outcome": {code.value: words for code, words in OUTCOMES.items()},
        "pack_rounding": {"ask": N_("each kitchen chooses")},
        "period": {"year": N_("year")},
        "reason": {
            **{code.value: words for code, words in SHORT_REASONS.items()},
            **{code.value: words for code, words in ACCEPT_REASONS.items()},
        },
        "rhythm": {code.value: words for code, words in RHYTHMS.items()},
        "subject": {"prices": N_("prices"), "ceiling": N_("ceiling")},
        "unapproved": {"drop": N_("does not count"), "count": N_("counts")},
        "why": {
            Why.ABOVE_LIMIT: N_("above the limit"),
            Why.WEEK_BUDGET: N_("above the budget of the week"),
            Why.YEAR_BUDGET: N_("above the budget of the year"),
        },
        "agreement.state": {code.value: words for code, words in AGREEMENT_STATES.items()},
        "claim.kind": {code.value: words for code, words in CLAIM_KINDS.items()},
        "claim.outcome": {code.value: words for code, words in CLAIM_OUTCOMES.items()},
        "claim.state": {code.value: words for code, words in CLAIM_STATES.items()},
        "cycle.state": {code.value: words for code, words in STATE_LABELS.items()},
        "delivery_note.state": {code.value: words for code, words in NOTE_STATES.items()},
        "invoice.state": {code.value: words for code, words in INVOICE_STATES.items()},
        "lot_application.state": {code.value: words for code, words in APPLICATION_STATES.items()},
    }
)
