"""Who gets which message: lists of recipients for the outbox.

People with the role come first; an organisation without any is written to at its own address; one without an
address still gets its message, which then waits for a coordinator to print it.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, literal, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute

from foodorder.accounts.models import Institution, Municipality, Person, Producer, RoleGrant
from foodorder.accounts.queries import is_live
from foodorder.db import db
from foodorder.outbox.service import Recipient
from foodorder.rules.permissions import Role

Recipients = dict[int, list[Recipient]]


def _statement(
    kind: type[Institution | Producer | Municipality],
    scope: InstrumentedAttribute[int | None],
    email: ColumnElement[Any] | InstrumentedAttribute[Any],
    language: ColumnElement[Any] | InstrumentedAttribute[Any],
) -> Select[Any]:
    """Organisations of a kind, each with the people who have one of the `roles` there; asked with `ids`."""
    with_role = (
        select(RoleGrant.person_id)
        .where(scope == kind.id, RoleGrant.role.in_(bindparam("roles", expanding=True)), is_live())
        .correlate(kind)
    )
    person = func.json_build_array(Person.name, Person.email, Person.language)
    people = (
        select(func.json_agg(aggregate_order_by(person, Person.id)))
        .where(Person.active, Person.id.in_(with_role))
        .scalar_subquery()
    )
    return select(
        kind.id, kind.name, email.label("email"), language.label("language"), people.label("people")
    ).where(kind.id.in_(bindparam("ids", expanding=True)))


_SLOVENE = literal("sl")
_INSTITUTIONS = _statement(Institution, RoleGrant.institution_id, Institution.email, _SLOVENE)
_PRODUCERS = _statement(Producer, RoleGrant.producer_id, Producer.email, Producer.language)
_MUNICIPALITIES = _statement(Municipality, RoleGrant.municipality_id, null(), _SLOVENE)


def recipients_of_institutions(
    institution_ids: Collection[int], roles: Collection[Role] = (Role.KITCHEN_MANAGER,)
) -> Recipients:
    """Institution → its people with one of the roles, else the institution itself; one query for all."""
    return _found(_INSTITUTIONS, institution_ids, roles)


def recipients_of_producers(producer_ids: Collection[int]) -> Recipients:
    """Producer → the people who act for it, else the producer itself; one query for all."""
    return _found(_PRODUCERS, producer_ids, (Role.PRODUCER,))


def recipients_of_institution(
    institution_id: int, roles: Collection[Role] = (Role.KITCHEN_MANAGER,)
) -> list[Recipient]:
    """The people of one institution with one of the roles, else the institution itself."""
    return recipients_of_institutions([institution_id], roles)[institution_id]


def recipients_of_producer(producer_id: int) -> list[Recipient]:
    """The people who act for one producer, else the producer itself."""
    return recipients_of_producers([producer_id])[producer_id]


def coordinators(municipality_id: int) -> list[Recipient]:
    """The coordinators of a municipality; nobody where it has none."""
    people = _rows(_MUNICIPALITIES, [municipality_id], (Role.COORDINATOR,))[0].people
    return [Recipient(*person) for person in people or ()]


def _found(statement: Select[Any], ids: Collection[int], roles: Collection[Role]) -> Recipients:
    return {
        row.id: [Recipient(*person) for person in row.people]
        if row.people
        else [Recipient(row.name, row.email, row.language)]
        for row in _rows(statement, ids, roles)
    }


def _rows(statement: Select[Any], ids: Collection[int], roles: Collection[Role]) -> Sequence[Row[Any]]:
    values = {"ids": list(ids), "roles": [role.value for role in roles]}
    return db.session.execute(statement, values).all()
