"""The rows of delivery notes, set-based: created, changed, removed and added as the records in force want it.

A line's identity over all versions of its record is its root. Less than recorded that was told before (a
shortfall) stays less when the record changes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db

#: Common tables for a cycle (:cycle) and one producer or all (:producer, NULL: all): `open`, notes that may
#: still change; `wanted`, recorded lines with what open notes must carry, without what left or was called off
#: already; `held`, the lines that open notes carry, with their recorded quantity. Lines are reached by the
#: records and notes of the cycle, one by one: the planner would rather read all lines there ever were.
_WANTED = """
open AS MATERIALIZED (
    SELECT n.id, n.producer_id, n.delivery_point_id, n.delivery_date
    FROM delivery_note n
    WHERE n.cycle_id = :cycle AND (CAST(:producer AS integer) IS NULL OR n.producer_id = :producer)
      AND n.state IN ('draft', 'prepared')
), settled AS MATERIALIZED (
    SELECT l.root_line_id, sum(l.ordered)::bigint AS quantity
    FROM delivery_note n
    CROSS JOIN LATERAL (SELECT root_line_id, ordered FROM delivery_line WHERE note_id = n.id OFFSET 0) l
    WHERE n.cycle_id = :cycle AND (CAST(:producer AS integer) IS NULL OR n.producer_id = :producer)
      AND n.state IN ('on_the_way', 'received', 'cancelled')
    GROUP BY l.root_line_id
), recorded AS MATERIALIZED (
    SELECT coalesce(l.root_id, l.id) AS root_id, l.id AS record_line_id, r.producer_id, l.institution_id,
           l.delivery_point_id, l.delivery_date, l.offer_version_id, l.product_id, l.name, l.unit, l.quantity
    FROM procurement_record r
    CROSS JOIN LATERAL (SELECT * FROM record_line WHERE record_id = r.id OFFSET 0) l
    WHERE r.cycle_id = :cycle AND (CAST(:producer AS integer) IS NULL OR r.producer_id = :producer)
      AND r.superseded_by_id IS NULL
), wanted AS MATERIALIZED (
    SELECT r.root_id, r.record_line_id, r.producer_id, r.institution_id, r.delivery_point_id, r.delivery_date,
           r.offer_version_id, r.product_id, r.name, r.unit, r.quantity - coalesce(s.quantity, 0) AS quantity
    FROM recorded r LEFT JOIN settled s ON s.root_line_id = r.root_id
    WHERE r.quantity > coalesce(s.quantity, 0)
), held AS MATERIALIZED (
    SELECT l.note_id, l.root_line_id, n.delivery_point_id, n.delivery_date, sum(l.ordered)::bigint AS ordered
    FROM open n
    CROSS JOIN LATERAL (
        SELECT note_id, root_line_id, ordered FROM delivery_line WHERE note_id = n.id OFFSET 0) l
    GROUP BY l.note_id, l.root_line_id, n.delivery_point_id, n.delivery_date
)
"""


_TAKE_DUE = """
DELETE FROM delivery_due
WHERE cycle_id = :cycle AND (CAST(:producer AS integer) IS NULL OR producer_id = :producer)
"""

_HOLD = """
SELECT id FROM delivery_note
WHERE cycle_id = :cycle AND (CAST(:producer AS integer) IS NULL OR producer_id = :producer)
  AND state IN ('draft', 'prepared')
ORDER BY id
FOR UPDATE
"""

#: Lines of open notes beside what the records want of them; either side may be missing.
_NEWS = """
WITH /* wanted */, news AS (
    SELECT coalesce(h.note_id, n.id) AS note_id, w.root_id AS wanted, h.root_line_id AS held
    FROM held h
    FULL JOIN wanted w ON w.root_id = h.root_line_id AND w.delivery_point_id = h.delivery_point_id
                      AND w.delivery_date = h.delivery_date
    LEFT JOIN open n ON n.producer_id = w.producer_id AND n.delivery_point_id = w.delivery_point_id
                    AND n.delivery_date = w.delivery_date
    WHERE w.root_id IS NULL OR h.root_line_id IS NULL OR w.quantity <> h.ordered
)
SELECT DISTINCT note_id FROM news WHERE note_id IS NOT NULL ORDER BY note_id
"""

_REOPEN = """
UPDATE delivery_note SET state = 'draft', prepared_at = NULL
WHERE id = ANY(CAST(:notes AS bigint[])) AND state = 'prepared'
RETURNING id
"""

#: Gap-free: one upsert takes the counters of all producers in key order; a rollback gives them back.
_CREATE = """
WITH /* wanted */, stops AS (
    SELECT DISTINCT w.producer_id, w.institution_id, w.delivery_point_id, w.delivery_date
    FROM wanted w
    WHERE NOT EXISTS (SELECT FROM open n WHERE n.producer_id = w.producer_id
                         AND n.delivery_point_id = w.delivery_point_id AND n.delivery_date = w.delivery_date)
), counters AS (
    INSERT INTO delivery_counter AS counter (producer_id, year, last)
    SELECT producer_id, :year, count(*) FROM stops GROUP BY producer_id ORDER BY producer_id
    ON CONFLICT (producer_id, year) DO UPDATE SET last = counter.last + excluded.last
    RETURNING producer_id, last
), numbered AS (
    SELECT s.*, k.last + 1 - row_number() OVER (
               PARTITION BY s.producer_id
               ORDER BY s.delivery_date DESC, i.sort_key DESC, i.id DESC, d.position DESC, d.id DESC
           )::integer AS sequence,
           1 + coalesce((SELECT max(n.part) FROM delivery_note n
                          WHERE n.cycle_id = :cycle AND n.producer_id = s.producer_id
                            AND n.delivery_point_id = s.delivery_point_id
                            AND n.delivery_date = s.delivery_date), 0) AS part
    FROM stops s JOIN counters k USING (producer_id)
    JOIN institution i ON i.id = s.institution_id
    JOIN delivery_point d ON d.id = s.delivery_point_id
)
INSERT INTO delivery_note (cycle_id, producer_id, institution_id, delivery_point_id, delivery_date, part,
                           year, sequence, number, state, created_at)
SELECT :cycle, producer_id, institution_id, delivery_point_id, delivery_date, part, :year, sequence,
       'D-' || :year || '-' || lpad(sequence::text, greatest(4, length(sequence::text)), '0'), 'draft', :now
FROM numbered
ORDER BY producer_id, sequence
RETURNING id
"""

#: Another recorded quantity: less is taken from the last lots first, more is added to the first.
_CHANGED = """
WITH /* wanted */, lots AS (
    SELECT l.id, w.record_line_id, w.quantity AS wanted, h.ordered AS held, l.part, l.quantity,
           l.record_line_id AS record_line_was, l.ordered AS ordered_was,
           coalesce(sum(l.quantity) OVER (PARTITION BY h.note_id, h.root_line_id ORDER BY l.part
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS before
    FROM held h
    JOIN wanted w ON w.root_id = h.root_line_id
    CROSS JOIN LATERAL (
        SELECT * FROM delivery_line WHERE note_id = h.note_id AND root_line_id = h.root_line_id OFFSET 0) l
), sent AS (
    SELECT id, record_line_id, record_line_was, ordered_was, quantity AS quantity_was,
           CASE WHEN part = 1 THEN wanted ELSE 0 END AS ordered,
           CASE WHEN wanted > held AND part = 1 THEN quantity + wanted - held
                WHEN wanted < held THEN greatest(least(quantity, wanted - before), 0)
                ELSE quantity END AS quantity
    FROM lots
)
SELECT id, record_line_id, ordered, quantity FROM sent
WHERE (record_line_id, ordered, quantity) IS DISTINCT FROM (record_line_was, ordered_was, quantity_was)
"""
_CHANGE = """
UPDATE delivery_line l
SET record_line_id = s.record_line_id, ordered = s.ordered, quantity = s.quantity,
    grams = CASE WHEN s.quantity = l.quantity THEN l.grams
                 ELSE (s.quantity * l.grams_per_unit + 500) / 1000 END
FROM unnest(CAST(:lines AS bigint[]), CAST(:records AS bigint[]), CAST(:ordered AS bigint[]),
            CAST(:quantities AS bigint[])) AS s (id, record_line_id, ordered, quantity)
WHERE s.id = l.id
RETURNING l.note_id
"""

#: Lines that the records do not want any more, and lots of which nothing is left.
_GONE = """
WITH /* wanted */, gone AS MATERIALIZED (
    SELECT h.note_id, h.root_line_id FROM held h LEFT JOIN wanted w ON w.root_id = h.root_line_id
    WHERE w.root_id IS NULL
)
SELECT l.id FROM gone g
CROSS JOIN LATERAL (
    SELECT id FROM delivery_line WHERE note_id = g.note_id AND root_line_id = g.root_line_id OFFSET 0) l
UNION
SELECT l.id FROM open n
CROSS JOIN LATERAL (
    SELECT id FROM delivery_line WHERE note_id = n.id AND part > 1 AND quantity = 0 OFFSET 0) l
"""
_REMOVE = "DELETE FROM delivery_line WHERE id = ANY(CAST(:lines AS bigint[])) RETURNING note_id"

#: A use-by date is proposed for food that spoils (Regulation (EU) 1169/2011, art. 24; fresh fruit and
#: vegetables need none, annex X(1)(d)), counted from the hours promised between making and delivery.
_ADD = """
WITH /* wanted */, missing AS (
    SELECT n.id AS note_id, w.*
    FROM wanted w
    JOIN open n ON n.producer_id = w.producer_id AND n.delivery_point_id = w.delivery_point_id
               AND n.delivery_date = w.delivery_date
    WHERE NOT EXISTS (SELECT FROM held h WHERE h.note_id = n.id AND h.root_line_id = w.root_id)
)
INSERT INTO delivery_line (note_id, record_line_id, root_line_id, position, part, name, unit, ordered,
                           quantity, grams, grams_per_unit, use_by, origin, animal, temperature)
SELECT m.note_id, m.record_line_id, m.root_id,
       coalesce((SELECT max(x.position) FROM delivery_line x WHERE x.note_id = m.note_id), 0)
           + row_number() OVER (PARTITION BY m.note_id ORDER BY s.sort_key, m.root_id),
       1, m.name, m.unit, m.quantity, m.quantity, (m.quantity * v.grams_per_unit + 500) / 1000,
       v.grams_per_unit,
       CASE WHEN t.animal_origin OR t.temperature IS NOT NULL
            THEN greatest(m.delivery_date, m.delivery_date + t.shelf_life_days
                                           - coalesce((v.harvest_hours + 23) / 24, 1)) END,
       concat_ws(', ', f.name, nullif(f.village, f.name),
                 'KMG-MID ' || coalesce(f.kmg_mid, CASE WHEN p.kind = 'farm' THEN p.kmg_mid END),
                 nullif(f.country, 'SI')),
       t.animal_origin, t.temperature
FROM missing m
CROSS JOIN LATERAL (SELECT * FROM offer_version WHERE id = m.offer_version_id OFFSET 0) v
JOIN farm f ON f.id = v.farm_id
JOIN producer p ON p.id = m.producer_id
JOIN product s ON s.id = m.product_id
JOIN food_type t ON t.id = s.food_type_id
ORDER BY m.note_id, s.sort_key, m.root_id
RETURNING note_id
"""

_EMPTY = """
UPDATE delivery_note n SET state = 'cancelled', cancelled_at = :now
WHERE n.cycle_id = :cycle AND (CAST(:producer AS integer) IS NULL OR n.producer_id = :producer)
  AND n.state = 'draft' AND NOT EXISTS (SELECT FROM delivery_line l WHERE l.note_id = n.id)
RETURNING n.id
"""


def hold(keys: dict[str, Any]) -> None:
    """Hold a cycle's open notes, in key order; `keys`: cycle and producer (None: all)."""
    db.session.execute(text(_HOLD), keys)


def take_due(keys: dict[str, Any]) -> None:
    """Take a cycle's producers off the list of those whose notes are to be made."""
    db.session.execute(text(_TAKE_DUE), keys)


def with_news(keys: dict[str, Any]) -> list[int]:
    """Open notes that do not carry what the records want."""
    return _first(_of_cycle(_NEWS, **keys))


def reopen(notes: list[int]) -> list[int]:
    """Make drafts again of those notes that are packed."""
    return _first(db.session.execute(text(_REOPEN), {"notes": notes}))


def create(keys: dict[str, Any], year: int, now: datetime) -> list[int]:
    """Notes, without lines yet, for the stops that have none that is open."""
    return _first(_of_cycle(_CREATE, **keys, year=year, now=now))


def bring_up_to_date(keys: dict[str, Any]) -> set[int]:
    """Change, remove and add lines of open notes; returns the notes that were touched."""
    return {*_change(keys), *_remove(keys), *_first(_of_cycle(_ADD, **keys))}


def _change(keys: dict[str, Any]) -> list[int]:
    rows = _of_cycle(_CHANGED, **keys)
    if not rows:
        return []
    names = ("lines", "records", "ordered", "quantities")
    columns = (list(column) for column in zip(*rows, strict=True))
    return _first(db.session.execute(text(_CHANGE), dict(zip(names, columns, strict=True))))


def _remove(keys: dict[str, Any]) -> list[int]:
    gone = _first(_of_cycle(_GONE, **keys))
    return _first(db.session.execute(text(_REMOVE), {"lines": gone})) if gone else []


def cancel_empty(keys: dict[str, Any], now: datetime) -> list[int]:
    """Cancel drafts that have no line left."""
    return _first(db.session.execute(text(_EMPTY), {**keys, "now": now}))


def _of_cycle(statement: str, **parameters: Any) -> Sequence[Row[Any]]:
    """Ask about a cycle that statistics do not know yet.

    The planner expects one line of it, and would compare each line with all others: it is told not to.
    """
    db.session.execute(text("SET LOCAL enable_nestloop = off"))
    rows = db.session.execute(text(statement.replace("/* wanted */", _WANTED.strip())), parameters).all()
    db.session.execute(text("SET LOCAL enable_nestloop = on"))
    return rows


def _first(rows: Iterable[Row[Any]]) -> list[int]:
    return [row[0] for row in rows]
