"""From a sum to its beginning: the records behind a selection, their lines, one line from offer to record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.audit.cells import added, crossed
from foodorder.audit.selection import CHOSEN, LINES, OF_THE_WEEKS, PROVEN, Selection
from foodorder.db import db
from foodorder.ordering.models import cycle_name
from foodorder.procurement.differences import DifferenceRow, differences
from foodorder.rules.geography import air_metres

#: Records in force that a selection may have lines of, by what a record says of itself; all is delivered in
#: the week of its cycle.
_IN_REACH = """
  FROM procurement_record r
  JOIN cycle c ON c.id = r.cycle_id
  JOIN institution i ON i.id = r.institution_id
  JOIN producer s ON s.id = r.producer_id
 WHERE r.superseded_by_id IS NULL AND r.institution_id = ANY(CAST(:institutions AS integer[]))
   AND c.week BETWEEN CAST(:first AS date) - 6 AND :last
   AND (CAST(:producer AS integer) IS NULL OR r.producer_id = :producer)
   AND (CAST(:basis AS text) IS NULL OR r.basis = :basis)
"""

# Records are put in order first and looked into until a page is full: a page costs what is on it.
_RECORDS = text(
    f"""
SELECT r.id, r.number, r.cycle_id, r.week, r.of_week AS sequence, r.institution_id, r.institution,
       r.producer_id, r.producer, r.basis, r.recorded_at, found.lines, found.grams, found.net_cents,
       r.record_cents
  FROM (SELECT r.*, c.week, c.sequence AS of_week, i.short_name AS institution, s.name AS producer,
               i.sort_key AS buyer_key, s.sort_key AS seller_key, r.net_cents AS record_cents
          {_IN_REACH}
         ORDER BY c.week DESC, c.id DESC, i.sort_key, s.sort_key, r.sequence OFFSET 0) r
 CROSS JOIN LATERAL (
       SELECT count(*) AS lines, sum(l.grams)::bigint AS grams, sum(l.net_cents)::bigint AS net_cents
         FROM record_line l JOIN product p ON p.id = l.product_id JOIN food_type t ON t.id = p.food_type_id
              {PROVEN}
        {CHOSEN} AND l.record_id = r.id OFFSET 0) found
 WHERE found.lines > 0
 ORDER BY r.week DESC, r.cycle_id DESC, r.buyer_key, r.seller_key, r.sequence
 LIMIT :limit OFFSET :offset
"""  # noqa: S608 - only constants are put together
)

_RAW_SUMS = text(
    "SELECT count(DISTINCT r.id) AS records, count(*) AS lines, coalesce(sum(l.grams), 0)::bigint AS grams,"
    " coalesce(sum(l.net_cents), 0)::bigint AS net_cents" + LINES + CHOSEN + OF_THE_WEEKS
)

_COUNT = text(
    "SELECT count(*)"  # noqa: S608 - only constants are put together
    + _IN_REACH
    + " AND (c.week >= :first AND c.week + 6 <= :last OR EXISTS (SELECT FROM record_line l"
    " WHERE l.record_id = r.id AND l.delivery_date BETWEEN :first AND :last))"
)

_ALL_LINES = text(
    """
SELECT l.id, r.id AS record_id, r.number, l.order_line_id, l.offer_version_id, l.delivery_date,
       i.code AS institution_code, i.short_name AS institution, s.tax_number, s.name AS producer,
       t.code AS food_code, l.name, l.quantity, l.unit, l.grams, l.price_cents, l.net_cents,
       l.vat_treatment, l.vat_bp, r.basis
"""
    + LINES
    + "  JOIN producer s ON s.id = r.producer_id JOIN institution i ON i.id = r.institution_id"
    + CHOSEN
    + OF_THE_WEEKS
    + """
 ORDER BY l.delivery_date, r.id, l.id
"""
)

_LINE = text("""
SELECT l.id, l.record_id, l.order_line_id, l.change_id, l.offer_version_id, l.delivery_date, l.name, l.unit,
       l.quantity, l.grams, l.price_cents, l.net_cents, l.vat_treatment, l.vat_bp,
       r.number, r.recorded_at, r.basis, r.basis_facts, r.version, r.superseded_by_id, r.cycle_id,
       r.institution_id,
       r.producer_id, i.short_name AS institution, s.name AS producer, d.name AS door,
       o.quantity AS ordered, o.price_cents AS ordered_price_cents, ap.price_cents AS agreed_cents,
       b.number AS submission,
       b.submitted_at, b.submitted_by_id, b.order_id, ordering.name AS submitted_by,
       c.week, c.sequence, c.closes_at, c.closed_at,
       v.offer_id, v.version AS offer_version, v.price_cents AS offered_cents, v.created_at AS offered_at,
       v.created_by_id AS offered_by_id, offering.name AS offered_by, v.reason AS offer_reason,
       f.name AS farm, f.village, f.latitude AS there_north, f.longitude AS there_east,
       d.latitude AS north, d.longitude AS east, l.product_id, t.name_sl, t.name_en
  FROM record_line l
  JOIN procurement_record r ON r.id = l.record_id
  JOIN institution i ON i.id = r.institution_id
  JOIN producer s ON s.id = r.producer_id
  JOIN delivery_point d ON d.id = l.delivery_point_id
  JOIN cycle c ON c.id = r.cycle_id
  JOIN offer_version v ON v.id = l.offer_version_id
  JOIN farm f ON f.id = v.farm_id
  JOIN product p ON p.id = l.product_id
  JOIN food_type t ON t.id = p.food_type_id
  LEFT JOIN order_line o ON o.id = l.order_line_id
  LEFT JOIN agreed_price ap ON ap.id = o.agreed_price_id
  LEFT JOIN order_submission b ON b.id = o.submission_id
  LEFT JOIN person ordering ON ordering.id = b.submitted_by_id
  LEFT JOIN person offering ON offering.id = v.created_by_id
 WHERE l.id = :line AND i.municipality_id = :municipality
   AND (CAST(:institution AS integer) IS NULL OR r.institution_id = :institution)
""")

_PROOFS = text("""
SELECT c.scheme, c.number, c.body, c.valid_from, c.valid_to
  FROM product_certificate pc JOIN certificate c ON c.id = pc.certificate_id
 WHERE pc.product_id = :product AND :day BETWEEN c.valid_from AND c.valid_to
 ORDER BY c.scheme, c.id
""")

_VERSIONS = text("""
SELECT v.id, v.offer_id, v.version, v.price_cents, v.days, v.stock_kind, v.available, v.name, v.unit,
       v.order_step, v.pack, v.reason, v.created_at, person.name AS created_by, f.name AS farm, f.village,
       f.id AS farm_id, o.week, o.state, o.withdrawn_reason, s.id AS producer_id, s.name AS producer,
       t.name_sl, t.name_en
  FROM offer_version v
  JOIN offer o ON o.id = v.offer_id
  JOIN producer s ON s.id = o.producer_id
  JOIN product p ON p.id = o.product_id
  JOIN food_type t ON t.id = p.food_type_id
  JOIN farm f ON f.id = v.farm_id
  LEFT JOIN person ON person.id = v.created_by_id
 WHERE v.offer_id = (SELECT offer_id FROM offer_version WHERE id = :version)
   AND EXISTS (SELECT FROM cycle_offer co JOIN cycle c ON c.id = co.cycle_id
                WHERE co.offer_id = v.offer_id AND c.municipality_id = :municipality)
 ORDER BY v.version
""")

_SOLD = text("""
SELECT l.id, l.record_id, r.number, i.short_name AS institution, l.delivery_date, l.offer_version_id,
       l.quantity, l.unit, l.price_cents, l.net_cents
  FROM record_line l
  JOIN procurement_record r ON r.id = l.record_id AND r.superseded_by_id IS NULL
  JOIN institution i ON i.id = r.institution_id
 WHERE r.producer_id = :producer AND i.municipality_id = :municipality
   AND r.cycle_id IN (SELECT cycle_id FROM cycle_offer WHERE offer_id = :offer)
   AND l.offer_version_id IN (SELECT id FROM offer_version WHERE offer_id = :offer)
   AND (CAST(:institution AS integer) IS NULL OR r.institution_id = :institution)
 ORDER BY i.sort_key, l.delivery_date, l.id
""")

_OFFER = text("SELECT max(id) FROM offer_version WHERE offer_id = :offer")


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record with what of it lies in the selection: lines, grams, net cents; `record_cents` the whole."""

    id: int
    number: str
    cycle_id: int
    week: date
    cycle: str
    institution_id: int
    institution: str
    producer_id: int
    producer: str
    basis: str
    recorded_at: datetime
    lines: int
    grams: int
    net_cents: int
    record_cents: int


@dataclass(frozen=True, slots=True)
class RecordList:
    """Some records of a selection, and what all of them come to there: lines, grams, net cents."""

    rows: tuple[RecordRow, ...] = ()
    records: int = 0
    lines: int = 0
    grams: int = 0
    net_cents: int = 0


@dataclass(frozen=True, slots=True)
class LinePage:
    """One line of a record with all it came from."""

    line: Row[Any]
    differences: tuple[DifferenceRow, ...]
    #: Certificates of the product that were valid on the day of delivery.
    proofs: tuple[Row[Any], ...]
    #: Air distance from the farm of origin to the door.
    metres: int

    @property
    def cycle(self) -> str:
        """The name of the cycle."""
        return cycle_name(self.line.week, self.line.sequence)


@dataclass(frozen=True, slots=True)
class OfferPage:
    """An offer with all its versions, oldest first, and the lines bought from it in this municipality."""

    chosen: Row[Any]
    versions: tuple[Row[Any], ...]
    sold: tuple[Row[Any], ...]


def records(selection: Selection, *, limit: int | None = None, offset: int = 0) -> RecordList:
    """The records in force with lines in the selection, newest week first, and what all of them come to."""
    parameters = {**selection.parameters(), "limit": limit, "offset": offset}
    found = []
    for row in db.session.execute(_RECORDS, parameters):
        values = row._asdict()
        found.append(RecordRow(cycle=cycle_name(values["week"], values.pop("sequence")), **values))
    return RecordList(tuple(found), *_sums(selection, parameters))


def _sums(selection: Selection, parameters: Mapping[str, object]) -> tuple[int, int, int, int]:
    """Records, lines, grams and net cents of a selection: from the summaries where they say it."""
    if selection.of_lines or not selection.whole_months:
        raw = db.session.execute(_RAW_SUMS, parameters).one()
        return raw.records, raw.lines, raw.grams, raw.net_cents
    total = added(crossed(selection, "month").values())
    return db.session.execute(_COUNT, parameters).scalar_one(), total.lines, total.grams, total.net_cents


def lines(selection: Selection) -> Iterator[Row[Any]]:
    """Every line of a selection, by day of delivery: for machines."""
    return iter(db.session.execute(_ALL_LINES, selection.parameters()))


def line(line_id: int, municipality_id: int, institution_id: int | None = None) -> LinePage | None:
    """One line from offer to record; None when it is another municipality's (or institution's)."""
    row = db.session.execute(
        _LINE, {"line": line_id, "municipality": municipality_id, "institution": institution_id}
    ).one_or_none()
    if row is None:
        return None
    told = differences(row.cycle_id, institution_id=row.institution_id, producer_id=row.producer_id)
    proofs = db.session.execute(_PROOFS, {"product": row.product_id, "day": row.delivery_date}).all()
    return LinePage(
        row,
        tuple(one for one in told if one.order_line_id == row.order_line_id),
        tuple(proofs),
        air_metres(row.there_north, row.there_east, row.north, row.east),
    )


def offer(version_id: int, municipality_id: int, institution_id: int | None = None) -> OfferPage | None:
    """The offer that a version belongs to, if a cycle of the municipality sold it; else None."""
    of = {"municipality": municipality_id, "version": version_id}
    versions = db.session.execute(_VERSIONS, of).all()
    chosen = next((one for one in versions if one.id == version_id), None)
    if chosen is None:
        return None
    sold = db.session.execute(
        _SOLD,
        {
            "municipality": municipality_id,
            "institution": institution_id,
            "offer": chosen.offer_id,
            "producer": chosen.producer_id,
        },
    ).all()
    return OfferPage(chosen, tuple(versions), tuple(sold))


def newest_version(offer_id: int) -> int | None:
    """The newest version of an offer; None for an unknown offer."""
    newest: int | None = db.session.scalar(_OFFER, {"offer": offer_id})
    return newest
