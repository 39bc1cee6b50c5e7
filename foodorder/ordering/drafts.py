"""Drafts: what is typed beside the submitted order, kept exactly as typed, wrong or not.

A draft never counts. It begins as a copy of what is submitted, and ends when it is submitted. Whatever the
number of cells, saving it takes the same few statements.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.leftover import LeftOut, not_lawful, why_not
from foodorder.ordering.queries import draft_of
from foodorder.ordering.terms import hold_order, offers_of, situation, terms_of
from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import Cell, read_order
from foodorder.rules.quantity import as_typed
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: What is longer than this is no quantity; the rest is cut off.
LONGEST_TYPED = 60

# Cells of offers that the cycle does not sell, of strangers' doors or of other weeks were on no page.
_SAVE = text("""
WITH typed AS (
    SELECT t.offer_id, t.delivery_point_id, t.delivery_date, left(btrim(t.typed), :longest) AS typed
      FROM json_to_recordset(CAST(:cells AS json))
           AS t(offer_id integer, delivery_point_id integer, delivery_date date, typed text)
      JOIN weekly_order w ON w.id = :order
      JOIN cycle c ON c.id = w.cycle_id AND t.delivery_date BETWEEN c.week AND c.week + 6
      JOIN cycle_offer co ON co.cycle_id = w.cycle_id AND co.offer_id = t.offer_id
      JOIN delivery_point d ON d.id = t.delivery_point_id AND d.institution_id = w.institution_id
), copied AS (
    INSERT INTO draft_line (order_id, offer_id, delivery_point_id, delivery_date, typed)
    SELECT w.id, l.offer_id, l.delivery_point_id, l.delivery_date,
           replace(trim_scale(l.quantity / 1000.0)::text, '.', ',')
      FROM weekly_order w
      JOIN order_line l ON l.submission_id = w.current_submission_id
     WHERE w.id = :order AND NOT w.has_draft
       AND (l.offer_id, l.delivery_point_id, l.delivery_date)
           NOT IN (SELECT offer_id, delivery_point_id, delivery_date FROM typed)
), written AS (
    INSERT INTO draft_line (order_id, offer_id, delivery_point_id, delivery_date, typed)
    SELECT :order, offer_id, delivery_point_id, delivery_date, typed FROM typed WHERE typed <> ''
    ON CONFLICT (order_id, offer_id, delivery_point_id, delivery_date)
    DO UPDATE SET typed = excluded.typed WHERE draft_line.typed <> excluded.typed
), emptied AS (
    DELETE FROM draft_line l USING typed t
     WHERE l.order_id = :order AND l.offer_id = t.offer_id AND l.delivery_point_id = t.delivery_point_id
       AND l.delivery_date = t.delivery_date AND t.typed = ''
)
UPDATE weekly_order
   SET has_draft = true, draft_version = draft_version + 1, draft_saved_at = :now, draft_saved_by_id = :person
 WHERE id = :order
RETURNING draft_version
""")

_CHANGED = text("""
SELECT EXISTS (
    SELECT 1 FROM weekly_order w
      JOIN order_line l ON l.submission_id = w.current_submission_id
      LEFT JOIN order_option x ON x.order_id = w.id AND x.offer_id = l.offer_id
     WHERE w.id = :order AND (l.funding <> coalesce(x.funding, 'regular')
                              OR l.substitution <> coalesce(x.substitution, 'ask')))
""")

_DROP = text("""
WITH dropped AS (DELETE FROM draft_line WHERE order_id = :order)
UPDATE weekly_order
   SET has_draft = :empty, draft_version = draft_version + 1, draft_saved_at = :now,
       draft_saved_by_id = :person
 WHERE id = :order
RETURNING draft_version
""")

# The lines of another week's order, each with this week's offer of the same product, if there is one.
_SOURCE = text("""
SELECT l.name, l.unit, l.quantity, l.delivery_point_id, l.delivery_date + (here.week - there.week) AS day,
       d.active AS door, co.offer_id, co.days & CASE WHEN i.kind IN ('school', 'secondary_school')
                                                     THEN here.school_days ELSE here.days END AS days
  FROM weekly_order w
  JOIN institution i ON i.id = w.institution_id
  JOIN cycle there ON there.id = w.cycle_id
  JOIN cycle here ON here.id = :cycle
  JOIN order_line l ON l.submission_id = w.current_submission_id
  JOIN delivery_point d ON d.id = l.delivery_point_id
  LEFT JOIN (cycle_offer co JOIN offer o ON o.id = co.offer_id AND o.state = 'published')
         ON co.cycle_id = here.id AND o.product_id = l.product_id
 WHERE w.id = :source AND w.institution_id = :institution
 ORDER BY l.name, day
""")


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved draft: its version, when (UTC), what is not possible as it is, and if the page is stale."""

    order_id: int
    version: int
    saved_at: datetime
    problems: Mapping[Cell, Refusal]
    stale: bool


@dataclass(frozen=True, slots=True)
class Started:
    """A draft that was filled from another week: how many cells, and what was left out."""

    order_id: int
    cells: int
    left_out: tuple[LeftOut, ...]


def save_draft(
    cycle_id: int,
    institution_id: int,
    typed: Mapping[Cell, str],
    *,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Saved:
    """Keep cells as typed; an empty text empties its cell, cells that are not named stay as they are.

    `version` is the draft's version that the page knew; what somebody else typed since is kept too (the
    younger text wins in a cell) and `stale` says so. Problems are told, never refused: a draft may be wrong.
    One that says the same as what is submitted is none: a save that comes late, after its own quantities were
    submitted, leaves no draft behind.
    """
    order_id = hold_order(cycle_id, institution_id)
    saved = _save(order_id, typed, actor, now)
    order = situation(order_id)
    draft = draft_of(order_id)
    offers = offers_of(order, {cell.offer for cell in draft})
    reading = read_order(draft, terms_of(order, offers.values()), order.row.doors, order.week)
    stale = version is not None and version != saved - 1
    same = draft.keys() == order.standing.keys() and reading.quantities == order.standing
    if order.standing and same and not options_changed(order_id):
        saved = _drop(order_id, actor, now, empty=False)
    return Saved(order_id, saved, now, reading.problems, stale)


def options_changed(order_id: int) -> bool:
    """Whether the submitted lines say something else of funding and substitutes than the options do now."""
    return bool(db.session.execute(_CHANGED, {"order": order_id}).scalar_one())


def drop_draft(cycle_id: int, institution_id: int, *, actor: Actor, now: datetime) -> None:
    """Forget what was typed and show what is submitted again."""
    order_id = hold_order(cycle_id, institution_id)
    _drop(order_id, actor, now, empty=False)


def start_from(
    cycle_id: int, institution_id: int, source_order_id: int | None, *, actor: Actor, now: datetime
) -> Started:
    """Fill the draft with what the same kitchen submitted in another week; None starts from nothing.

    Replaces what was typed. A line comes along when the same product is offered on that weekday this week and
    can be bought lawfully; the others are reported, not replaced by something else.
    """
    order_id = hold_order(cycle_id, institution_id)
    cells: dict[Cell, str] = {}
    left_out = []
    if source_order_id is not None:
        source = {"cycle": cycle_id, "institution": institution_id, "source": source_order_id}
        lines = {}
        for line in db.session.execute(_SOURCE, source):
            reason = why_not(line)
            if reason:
                left_out.append(LeftOut(line.name, line.quantity, line.unit, reason))
            else:
                lines[Cell(line.offer_id, line.delivery_point_id, line.day)] = line
        cells = {cell: as_typed(line.quantity) for cell, line in lines.items()}
        for cell, refusal in not_lawful(order_id, cells).items():
            line = lines[cell]
            left_out.append(LeftOut(line.name, line.quantity, line.unit, refusal, cell.offer))
            del cells[cell]
    _drop(order_id, actor, now, empty=True)
    _save(order_id, cells, actor, now)
    trail.record(
        actor,
        "order.started",
        "weekly_order",
        order_id,
        now=now,
        after={"source": source_order_id, "cells": len(cells), "left_out": len(left_out)},
    )
    return Started(order_id, len(cells), tuple(left_out))


def _save(order_id: int, typed: Mapping[Cell, str], actor: Actor, now: datetime) -> int:
    version: int = db.session.execute(
        _SAVE,
        {
            "order": order_id,
            "cells": json.dumps(list(_rows(typed))),
            "longest": LONGEST_TYPED,
            "now": now,
            "person": actor.person_id,
        },
    ).scalar_one()
    return version


def _rows(typed: Mapping[Cell, str]) -> Iterable[dict[str, Any]]:
    for cell, words in typed.items():
        # PostgreSQL's text cannot hold the character NUL.
        yield {
            "offer_id": cell.offer,
            "delivery_point_id": cell.delivery_point,
            "delivery_date": cell.day.isoformat(),
            "typed": words.replace("\0", ""),
        }


def _drop(order_id: int, actor: Actor, now: datetime, *, empty: bool) -> int:
    keys = {"order": order_id, "now": now, "person": actor.person_id, "empty": empty}
    version: int = db.session.execute(_DROP, keys).scalar_one()
    return version
