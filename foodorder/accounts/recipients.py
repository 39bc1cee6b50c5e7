"""Who gets which message: lists of recipients for the outbox.

People with the role come first; an organisation without any is written to at its own address; one without an
address still gets its message, which then waits for a coordinator to print it.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, TextClause, text

from foodorder.db import db
from foodorder.outbox.service import Recipient
from foodorder.rules.permissions import Role

Recipients = dict[int, list[Recipient]]

# Live roles, as in accounts/queries.is_live.
_ORGANISATIONS = """
SELECT o.id, o.name, {email} AS email, {language} AS language,
       (SELECT json_agg(json_build_array(p.name, p.email, p.language) ORDER BY p.id)
          FROM person p
          JOIN (SELECT DISTINCT person_id FROM role_grant
                 WHERE {scope} = o.id AND role = ANY(:roles) AND revoked_at IS NULL
                   AND (valid_until IS NULL OR valid_until > foodorder_clock())) g ON g.person_id = p.id
         WHERE p.active) AS people
  FROM {table} o
 WHERE o.id = ANY(:ids)
"""
_INSTITUTIONS = text(
    _ORGANISATIONS.format(table="institution", scope="institution_id", email="o.email", language="'sl'")
)
_PRODUCERS = text(
    _ORGANISATIONS.format(table="producer", scope="producer_id", email="o.email", language="o.language")
)
_MUNICIPALITIES = text(
    _ORGANISATIONS.format(table="municipality", scope="municipality_id", email="NULL", language="'sl'")
)


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


def _found(statement: TextClause, ids: Collection[int], roles: Collection[Role]) -> Recipients:
    return {
        row.id: [Recipient(*person) for person in row.people]
        if row.people
        else [Recipient(row.name, row.email, row.language)]
        for row in _rows(statement, ids, roles)
    }


def _rows(statement: TextClause, ids: Collection[int], roles: Collection[Role]) -> Sequence[Row[Any]]:
    values = {"ids": list(ids), "roles": [role.value for role in roles]}
    return db.session.execute(statement, values).all()
