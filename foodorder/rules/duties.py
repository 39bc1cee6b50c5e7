"""Segregation of duties: which acts of one purchase one person must not do alone.

Whoever orders food does not approve the order, and neither they nor whoever took the goods approves the
invoice: three acts in one hand are what an auditor looks for first (internal control, domain.md §3.3, "four
eyes"). Who orders may also accept the goods, for a kitchen has few hands, as long as another approves the
invoice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_
from foodorder.rules.permissions import Role


class Duty(StrEnum):
    """An act of a purchase, or its control."""

    ORDER = "order"
    APPROVE_ORDER = "approve_order"
    ACCEPT = "accept"
    APPROVE_INVOICE = "approve_invoice"
    AUDIT = "audit"


DUTIES: Mapping[Duty, str] = MappingProxyType(
    {
        Duty.ORDER: N_("orders food"),
        Duty.APPROVE_ORDER: N_("approves orders"),
        Duty.ACCEPT: N_("accepts goods"),
        Duty.APPROVE_INVOICE: N_("approves invoices"),
        Duty.AUDIT: N_("audits"),
    }
)

#: What each role does; roles that take no part in an institution's purchases have no duties.
DUTIES_OF: Mapping[Role, frozenset[Duty]] = MappingProxyType(
    {
        Role.KITCHEN_MANAGER: frozenset({Duty.ORDER, Duty.ACCEPT}),
        Role.APPROVER: frozenset({Duty.APPROVE_ORDER}),
        Role.ACCOUNTANT: frozenset({Duty.APPROVE_INVOICE}),
        Role.AUDITOR: frozenset({Duty.AUDIT}),
    }
)

#: Pairs that must be in two hands, and why; every other pair may be in one.
APART: Mapping[tuple[Duty, Duty], str] = MappingProxyType(
    {
        (Duty.ORDER, Duty.APPROVE_ORDER): N_(
            "Who orders cannot be the second person who approves the order."
        ),
        (Duty.ORDER, Duty.APPROVE_INVOICE): N_("Who orders must not approve the invoice for it."),
        (Duty.ACCEPT, Duty.APPROVE_INVOICE): N_("Who says what came must not approve what is paid."),
        (Duty.ORDER, Duty.AUDIT): N_("Nobody audits what they ordered."),
        (Duty.APPROVE_ORDER, Duty.AUDIT): N_("Nobody audits what they approved."),
        (Duty.ACCEPT, Duty.AUDIT): N_("Nobody audits what they accepted."),
        (Duty.APPROVE_INVOICE, Duty.AUDIT): N_("Nobody audits what they paid."),
    }
)


@dataclass(frozen=True, slots=True)
class Clash:
    """Two duties in one hand, and why they must not be."""

    first: Duty
    second: Duty
    why: str


def clashes(roles: Collection[Role]) -> list[Clash]:
    """The duties that one person's roles at one institution bring together and the rule keeps apart."""
    held = frozenset(duty for role in roles for duty in DUTIES_OF.get(role, ()))
    return [Clash(*pair, why) for pair, why in APART.items() if held.issuperset(pair)]
