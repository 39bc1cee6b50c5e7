"""Who gets which message: lists of recipients for the outbox.

People with the role come first; an organisation without any is written to at its own address; one without an
address still gets its message, which then waits for a coordinator to print it.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from foodorder.accounts.models import Institution, Person, Producer, RoleGrant
from foodorder.accounts.queries import is_live
from foodorder.db import db
from foodorder.outbox.service import Recipient
from foodorder.rules.permissions import Role

Recipients = dict[int, list[Recipient]]


def recipients_of_institutions(
    institution_ids: Collection[int], roles: Collection[Role] = (Role.KITCHEN_MANAGER,)
) -> Recipients:
    """Institution → its people with one of the roles, else the institution itself; two queries for all."""
    found = _people(RoleGrant.institution_id, institution_ids, roles)
    own = select(Institution.id, Institution.name, Institution.email).where(
        Institution.id.in_(institution_ids)
    )
    return {
        row.id: found.get(row.id) or [Recipient(row.name, row.email, "sl")] for row in db.session.execute(own)
    }


def recipients_of_producers(producer_ids: Collection[int]) -> Recipients:
    """Producer → the people who act for it, else the producer itself; two queries for all."""
    found = _people(RoleGrant.producer_id, producer_ids, (Role.PRODUCER,))
    own = select(Producer.id, Producer.name, Producer.email, Producer.language).where(
        Producer.id.in_(producer_ids)
    )
    return {
        row.id: found.get(row.id) or [Recipient(row.name, row.email, row.language)]
        for row in db.session.execute(own)
    }


def recipients_of_institution(
    institution_id: int, roles: Collection[Role] = (Role.KITCHEN_MANAGER,)
) -> list[Recipient]:
    """The people of one institution with one of the roles, else the institution itself."""
    return recipients_of_institutions([institution_id], roles)[institution_id]


def recipients_of_producer(producer_id: int) -> list[Recipient]:
    """The people who act for one producer, else the producer itself."""
    return recipients_of_producers([producer_id])[producer_id]


def coordinators(municipality_id: int) -> list[Recipient]:
    """The coordinators of a municipality."""
    return _people(RoleGrant.municipality_id, [municipality_id], (Role.COORDINATOR,)).get(municipality_id, [])


def _people(
    scope: InstrumentedAttribute[int | None], ids: Collection[int], roles: Collection[Role]
) -> Mapping[int, list[Recipient]]:
    found: Recipients = {}
    rows = db.session.execute(
        select(scope.label("scope"), Person.id, Person.name, Person.email, Person.language)
        .join(RoleGrant.person)
        .where(scope.in_(ids), RoleGrant.role.in_(roles), is_live(), Person.active)
        .order_by(scope, Person.id)
        .distinct()
    )
    for row in rows:
        found.setdefault(row.scope, []).append(Recipient(row.name, row.email, row.language))
    return found
