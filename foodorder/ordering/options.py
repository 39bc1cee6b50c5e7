"""Options of an order's offers: which money pays them, and what may come instead. No row: the usual.

Typed beside the quantities and kept with the draft; a submission copies them to its lines.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.ordering.drafts import save_draft
from foodorder.ordering.terms import hold_order
from foodorder.rules.agreements import Funding, Substitution
from foodorder.rules.errors import Refusal
from foodorder.rules.funding import check_funding
from foodorder.trail.actor import Actor

#: What holds where nothing is said.
USUAL_FUNDING, USUAL_SUBSTITUTION = Funding.REGULAR, Substitution.ASK

_OPTIONS = text("""
SELECT offer_id, funding, substitution FROM order_option
 WHERE order_id = :order AND (funding <> 'regular' OR substitution <> 'ask')
 ORDER BY offer_id
""")

# The offers of what is typed, or of what is submitted while nothing is typed.
_ORDERED = text("""
WITH ordered AS (
    SELECT d.offer_id FROM weekly_order w JOIN draft_line d ON d.order_id = w.id
     WHERE w.cycle_id = :cycle AND w.institution_id = :institution AND w.has_draft
     UNION
    SELECT l.offer_id FROM weekly_order w JOIN order_line l ON l.submission_id = w.current_submission_id
     WHERE w.cycle_id = :cycle AND w.institution_id = :institution AND NOT w.has_draft
)
SELECT co.offer_id, v.name, p.name AS producer, f.id AS food_type_id, f.name_sl AS food_sl,
       f.name_en AS food_en, g.code AS food_group, g.name_sl AS group_sl, g.name_en AS group_en,
       coalesce(x.funding, 'regular') AS funding, coalesce(x.substitution, 'ask') AS substitution
  FROM ordered
  JOIN cycle_offer co ON co.cycle_id = :cycle AND co.offer_id = ordered.offer_id
  JOIN offer_version v ON v.id = co.offer_version_id
  JOIN offer o ON o.id = co.offer_id
  JOIN producer p ON p.id = o.producer_id
  JOIN product pr ON pr.id = o.product_id
  JOIN food_type f ON f.id = pr.food_type_id
  JOIN food_group g ON g.id = f.food_group_id
  LEFT JOIN weekly_order w ON w.cycle_id = :cycle AND w.institution_id = :institution
  LEFT JOIN order_option x ON x.order_id = w.id AND x.offer_id = co.offer_id
 ORDER BY g.position, f.sort_key, f.id, p.sort_key, co.offer_id
""")

_KIND = text("SELECT kind FROM institution WHERE id = :institution")

_KEEP = text("""
INSERT INTO order_option (order_id, offer_id, funding, substitution)
SELECT :order, o.offer_id, o.funding, o.substitution
  FROM json_to_recordset(CAST(:options AS json)) AS o(offer_id integer, funding text, substitution text)
ON CONFLICT (order_id, offer_id)
DO UPDATE SET funding = excluded.funding, substitution = excluded.substitution
""")

_CARRY = text("""
INSERT INTO order_option (order_id, offer_id, funding, substitution)
SELECT DISTINCT ON (here.offer_id) :order, here.offer_id, l.funding, l.substitution
  FROM weekly_order w
  JOIN order_line l ON l.submission_id = w.current_submission_id
  JOIN weekly_order mine ON mine.id = :order
  JOIN cycle_offer here ON here.cycle_id = mine.cycle_id
  JOIN offer o ON o.id = here.offer_id AND o.product_id = l.product_id
 WHERE w.id = :source AND w.institution_id = mine.institution_id
   AND (l.funding <> 'regular' OR l.substitution <> 'ask')
 ORDER BY here.offer_id, l.id
ON CONFLICT (order_id, offer_id) DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Option:
    """What is said of one offer of an order."""

    funding: Funding = USUAL_FUNDING
    substitution: Substitution = USUAL_SUBSTITUTION


class OptionsRefused(Exception):
    """Options that are not possible, each with its refusal by offer; nothing was kept."""

    def __init__(self, problems: Mapping[int, Refusal]) -> None:
        self.problems = problems
        super().__init__(problems)


def options_of(order_id: int) -> dict[int, Option]:
    """The options of an order that differ from the usual, by offer."""
    rows = db.session.execute(_OPTIONS, {"order": order_id})
    return {row.offer_id: Option(Funding(row.funding), Substitution(row.substitution)) for row in rows}


def ordered_offers(cycle_id: int, institution_id: int) -> Sequence[Row[Any]]:
    """The offers of an order as it is typed (or submitted), with what is said of each; see the statement."""
    keys = {"cycle": cycle_id, "institution": institution_id}
    return db.session.execute(_ORDERED, keys).all()


def save_options(
    cycle_id: int, institution_id: int, options: Mapping[int, Option], *, actor: Actor, now: datetime
) -> None:
    """Keep what is said of an order's offers with its draft; offers that are not ordered are left out.

    Raises OptionsRefused with the problem of every offer, or NoSuchCycle.
    """
    order_id = hold_order(cycle_id, institution_id)
    ordered = {row.offer_id: row for row in ordered_offers(cycle_id, institution_id)}
    asked = {offer: option for offer, option in options.items() if offer in ordered}
    kind: str = db.session.execute(_KIND, {"institution": institution_id}).scalar_one()
    if problems := _problems(asked, ordered, kind):
        raise OptionsRefused(problems)
    changed = {
        offer: option
        for offer, option in asked.items()
        if (ordered[offer].funding, ordered[offer].substitution) != (option.funding, option.substitution)
    }
    if not changed:
        return
    db.session.execute(_KEEP, {"order": order_id, "options": json.dumps(list(_rows(changed)))})
    # The submitted order stands as it is: from here on there is a draft beside it.
    save_draft(cycle_id, institution_id, {}, actor=actor, now=now)


def _problems(asked: Mapping[int, Option], ordered: Mapping[int, Any], kind: str) -> dict[int, Refusal]:
    problems: dict[int, Refusal] = {}
    for offer, option in asked.items():
        try:
            check_funding(option.funding, kind, ordered[offer].food_group)
        except Refusal as refusal:
            problems[offer] = refusal
    return problems


def _rows(options: Mapping[int, Option]) -> Iterable[dict[str, Any]]:
    for offer, option in options.items():
        yield {
            "offer_id": offer,
            "funding": option.funding.value,
            "substitution": option.substitution.value,
        }


def carry_options(order_id: int, source_order_id: int) -> None:
    """Begin with what another week's lines of the same products said."""
    db.session.execute(_CARRY, {"order": order_id, "source": source_order_id})
