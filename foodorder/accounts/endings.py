"""The end of an access limited in time: who has it, and who let them in, are told before it, once.

Whoever needs an outside auditor longer must know in time; whoever no longer does need not do anything.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, text

from foodorder.accounts.models import RoleGrant
from foodorder.accounts.recipients import coordinators
from foodorder.accounts.roles import municipality_of, organisation_name, reach_of
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient
from foodorder.rules.permissions import ROLE_LABELS, Role

#: So long before its end people are told, but never in the first half of a shorter access.
BEFORE = timedelta(days=7)

# What was told is known by its message: no column has to be kept beside it.
_ENDING = text("""
SELECT g.id, greatest(g.valid_until - CAST(:before AS interval),
                      g.granted_at + (g.valid_until - g.granted_at) / 2) AS due_at
  FROM role_grant g JOIN person p ON p.id = g.person_id AND p.active
 WHERE g.revoked_at IS NULL AND g.valid_until > :now
   AND greatest(g.valid_until - CAST(:before AS interval),
                g.granted_at + (g.valid_until - g.granted_at) / 2) <= :now
   AND NOT EXISTS (SELECT FROM message m WHERE m.template = 'access_ends' AND m.object_type = 'role_grant'
                      AND m.object_id = g.id)
 ORDER BY g.valid_until, g.id
""")

_GIVER = text("""
SELECT p.name, p.email, p.language FROM role_grant g JOIN person p ON p.id = g.granted_by_id
 WHERE g.id = :grant AND p.active AND p.id <> g.person_id
""")


def ending(now: datetime) -> Sequence[Row[tuple[int, datetime]]]:
    """Roles that end soon and of which nobody was told yet: `id`, `due_at`."""
    return db.session.execute(_ENDING, {"now": now, "before": BEFORE}).all()


def tell_ending(grant_id: int, *, now: datetime) -> int:
    """Tell whose access ends, who let them in, and the coordinators; returns how many messages are new."""
    grant = db.session.get_one(RoleGrant, grant_id, with_for_update=True, populate_existing=True)
    if grant.revoked_at is not None or grant.last_moment is None or grant.last_moment < now:
        return 0
    reach, person = reach_of(grant), grant.person
    municipality_id = municipality_of(reach)
    data = {
        "name": person.name,
        "role": ROLE_LABELS[Role(grant.role)],
        "organisation": organisation_name(reach),
        "until": grant.last_moment.isoformat(),
    }
    givers = {one.email: one for one in _givers(grant, municipality_id) if one.email != person.email}
    told = outbox.queue(
        "access_ends", [Recipient(person.name, person.email, person.language)], key=f"access {grant.id} ends",
        data=data, municipality_id=municipality_id, object_type="role_grant", object_id=grant.id,
    )  # fmt: skip
    return told + outbox.queue(
        "access_given_ends", list(givers.values()), key=f"access given {grant.id} ends", data=data,
        municipality_id=municipality_id, object_type="role_grant", object_id=grant.id,
    )  # fmt: skip


def _givers(grant: RoleGrant, municipality_id: int | None) -> list[Recipient]:
    """Who let somebody in, and the coordinators of the municipality."""
    found = [Recipient(*row) for row in db.session.execute(_GIVER, {"grant": grant.id})]
    return found + (coordinators(municipality_id) if municipality_id is not None else [])
