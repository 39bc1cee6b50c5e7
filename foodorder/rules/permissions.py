"""Who may do what: one table from role to permissions, and how far each role reaches.

A person acts in one role at a time, for one organisation. A permission says what may be done; the role's
scope says whose: a kitchen manager's permissions reach over their institution only, a coordinator's over what
belongs to their municipality. What is not in the table is not allowed.

Three separations are kept here on purpose, and tested: auditors write nothing but their own papers; who
orders does not approve; who runs the installation neither orders, nor sells, nor runs cycles.
"""

from collections.abc import Mapping
from types import MappingProxyType

from foodorder.rules.errors import N_, Refusal
from foodorder.rules.permission import READING, Permission
from foodorder.rules.roles import ROLE_LABELS, SCOPES, Role, Scope

__all__ = [
    "ALLOWED",
    "INVITES",
    "INVITES_FOR_A_TIME",
    "READING",
    "ROLE_LABELS",
    "SCOPES",
    "NotAllowed",
    "Permission",
    "Role",
    "Scope",
    "check_may",
    "may",
    "may_invite",
    "may_invite_for_a_time",
    "roles_with",
]


_READS_INSTITUTION = {
    Permission.OFFERS_BROWSE,
    Permission.ORDERS_SEE,
    Permission.RECORDS_SEE,
    Permission.INVOICES_SEE,
    Permission.INSTITUTION_SEE,
    Permission.CYCLES_SEE,
    Permission.AGREEMENTS_SEE,
    Permission.SHARES_SEE,
    Permission.REPORTS_SEE,
}

#: What each role may do.
ALLOWED: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.KITCHEN_MANAGER: frozenset(
            {
                *_READS_INSTITUTION,
                Permission.ORDERS_PLACE,
                Permission.RECORDS_CHANGE_REQUEST,
                Permission.DELIVERIES_ACCEPT,
                Permission.CLAIMS_MAKE,
                Permission.INVOICES_TAKE_IN,
                Permission.INVOICES_DECIDE,
                Permission.INSTITUTION_EDIT,
                Permission.PURCHASES_ENTER,
            }
        ),
        Role.APPROVER: frozenset({*_READS_INSTITUTION, Permission.ORDERS_APPROVE}),
        Role.ACCOUNTANT: frozenset(
            {
                *_READS_INSTITUTION,
                Permission.INVOICES_TAKE_IN,
                Permission.INVOICES_DECIDE,
                Permission.INVOICES_APPROVE,
                Permission.PAYMENTS_SEE,
                Permission.PAYMENTS_MAKE,
                Permission.STATEMENTS_READ,
                Permission.BUDGETS_EDIT,
                Permission.PURCHASES_ENTER,
                Permission.SPEND_SEE,
                Permission.SPEND_EXPORT,
            }
        ),
        Role.PRODUCER: frozenset(
            {
                Permission.OFFERS_SEE_OWN,
                Permission.OFFERS_PUBLISH,
                Permission.PRODUCTS_EDIT,
                Permission.SUPPLY_SEE,
                Permission.DELIVERIES_SEND,
                Permission.CLAIMS_ANSWER,
                Permission.RECORDS_CHANGE_ANSWER,
                Permission.INVOICES_ISSUE,
                Permission.INVOICES_ANSWER,
                # From their own account at Stripe; nobody else reaches into it.
                Permission.PAYMENTS_REFUND,
                Permission.PAYMENTS_SEE,
                Permission.STATEMENTS_READ,
                Permission.PRODUCER_SEE,
                Permission.PRODUCER_EDIT,
                Permission.LOTS_APPLY,
                Permission.CYCLES_SEE,
            }
        ),
        Role.COORDINATOR: frozenset(
            {
                *_READS_INSTITUTION,
                Permission.CYCLES_MANAGE,
                Permission.SCHEDULES_MANAGE,
                Permission.PRODUCERS_ADMIT,
                # On behalf of a farmer without e-mail: each such act is marked so in the trail.
                Permission.PRODUCERS_ACT_FOR,
                Permission.OFFERS_SEE_OWN,
                Permission.OFFERS_PUBLISH,
                Permission.PRODUCTS_EDIT,
                Permission.SUPPLY_SEE,
                Permission.DELIVERIES_SEND,
                Permission.CLAIMS_ANSWER,
                Permission.RECORDS_CHANGE_ANSWER,
                Permission.INVOICES_ISSUE,
                Permission.INVOICES_ANSWER,
                Permission.PAYMENTS_OVERSEE,
                Permission.PRODUCER_SEE,
                Permission.PRODUCER_EDIT,
                Permission.LOTS_APPLY,
                Permission.AGREEMENTS_MANAGE,
                Permission.INTERESTS_SEE,
                Permission.INTERESTS_MANAGE,
                # Only what an auditor asked them about: a flag may be about their own work.
                Permission.FLAGS_ANSWER,
                Permission.INSTITUTIONS_MANAGE,
                Permission.INSTITUTION_EDIT,
                Permission.BUDGETS_EDIT,
                Permission.PURCHASES_ENTER,
                Permission.CLAIMS_DECIDE,
                Permission.PEOPLE_SEE,
                Permission.PEOPLE_INVITE,
                Permission.OUTBOX_SEE,
                Permission.OUTBOX_RETRY,
                Permission.JOBS_SEE,
                Permission.SPEND_SEE,
                Permission.SPEND_EXPORT,
            }
        ),
        Role.AUDITOR: frozenset(
            {
                *_READS_INSTITUTION,
                Permission.OFFERS_SEE_OWN,
                Permission.SUPPLY_SEE,
                Permission.PRODUCER_SEE,
                Permission.OUTBOX_SEE,
                Permission.INTERESTS_SEE,
                Permission.SPEND_SEE,
                Permission.SPEND_EXPORT,
                Permission.TRAIL_SEE,
                # Their own working papers: marks of what was seen, samples. Of the business, nothing.
                Permission.AUDIT_WORK,
                # Reasons to look, and what became of them: this decides nothing about a purchase either.
                Permission.FLAGS_SEE,
                Permission.FLAGS_DECIDE,
            }
        ),
        Role.ADMINISTRATOR: frozenset(
            {
                Permission.MUNICIPALITIES_MANAGE,
                Permission.INSTALLATION_MANAGE,
                Permission.CYCLES_SEE,
                Permission.PEOPLE_SEE,
                Permission.PEOPLE_INVITE,
                Permission.OUTBOX_SEE,
                Permission.OUTBOX_RETRY,
                Permission.JOBS_SEE,
                Permission.TRAIL_SEE,
            }
        ),
    }
)


#: Who may bring whom in: a coordinator cannot choose who audits their work, only the administrator can.
INVITES: Mapping[Role, frozenset[Role]] = MappingProxyType(
    {
        Role.COORDINATOR: frozenset(
            {Role.KITCHEN_MANAGER, Role.APPROVER, Role.ACCOUNTANT, Role.PRODUCER, Role.COORDINATOR}
        ),
        Role.ADMINISTRATOR: frozenset(Role),
    }
)


#: Whom a role may let in for a time only, with a last day, and not send away again: auditors from outside.
INVITES_FOR_A_TIME: Mapping[Role, frozenset[Role]] = MappingProxyType(
    {Role.COORDINATOR: frozenset({Role.AUDITOR})}
)


class NotAllowed(Refusal):
    """Something that the role does not allow."""

    message = N_("Your present role does not allow this.")


def may(role: Role, permission: Permission) -> bool:
    """Whether a role has a permission (within its scope)."""
    return permission in ALLOWED[role]


def check_may(role: Role, permission: Permission) -> None:
    """Refuse what the role does not allow.

    Raises NotAllowed.
    """
    if not may(role, permission):
        raise NotAllowed


def may_invite(role: Role, invited: Role) -> bool:
    """Whether a person in one role may invite somebody into another."""
    return invited in INVITES.get(role, frozenset())


def may_invite_for_a_time(role: Role, invited: Role) -> bool:
    """Whether a person in one role may let somebody into another until a last day."""
    return may_invite(role, invited) or invited in INVITES_FOR_A_TIME.get(role, frozenset())


def roles_with(permission: Permission) -> frozenset[Role]:
    """The roles that have a permission, for pages that say who may."""
    return frozenset(role for role in Role if may(role, permission))
