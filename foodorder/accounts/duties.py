"""Who does what at an institution, and whose roles bring together what the rule keeps apart."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from foodorder.accounts.models import Institution, Person, RoleGrant
from foodorder.accounts.queries import is_live
from foodorder.db import db
from foodorder.rules.duties import DUTIES_OF, Clash, clashes
from foodorder.rules.permissions import Role


@dataclass(frozen=True, slots=True)
class PersonAtInstitution:
    """One person's roles at one institution, and the clashes among them (rules/duties.py)."""

    person_id: int
    name: str
    institution_id: int
    institution: str
    roles: tuple[Role, ...]
    clashes: tuple[Clash, ...]


def clashes_at(institution_id: int) -> list[PersonAtInstitution]:
    """Persons whose roles at one institution clash."""
    return [person for person in _people(Institution.id == institution_id) if person.clashes]


def clashes_in(municipality_id: int) -> list[PersonAtInstitution]:
    """Persons whose roles clash at any institution of a municipality."""
    return [person for person in _people(Institution.municipality_id == municipality_id) if person.clashes]


def _people(where: ColumnElement[bool]) -> list[PersonAtInstitution]:
    """Everybody with a duty at these institutions; a municipality's auditors reach over each of them."""
    rows = db.session.execute(
        select(
            Person.id,
            Person.name,
            Institution.id.label("institution_id"),
            Institution.short_name,
            RoleGrant.role,
        )
        .join(RoleGrant.person)
        .join(
            Institution,
            or_(
                Institution.id == RoleGrant.institution_id,
                and_(
                    RoleGrant.role == Role.AUDITOR, RoleGrant.municipality_id == Institution.municipality_id
                ),
            ),
        )
        .where(where, is_live(), Person.active, RoleGrant.role.in_(list(DUTIES_OF)))
        .order_by(Institution.sort_key, Institution.id, Person.name, Person.id, RoleGrant.id)
    )
    found: dict[tuple[int, int], tuple[str, str, list[Role]]] = {}
    for row in rows:
        roles = found.setdefault((row.institution_id, row.id), (row.short_name, row.name, []))[2]
        if Role(row.role) not in roles:
            roles.append(Role(row.role))
    return [
        PersonAtInstitution(person, name, place, institution, tuple(roles), tuple(clashes(roles)))
        for (place, person), (institution, name, roles) in found.items()
    ]
