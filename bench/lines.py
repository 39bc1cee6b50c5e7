"""The lines of five years as rows for COPY: what was ordered, and what was recorded.

Everything comes from remainders, not from chance: every run makes the same. Ids follow one another as they
would have been given, week by week, so that rows of one institution lie as far apart as they do where many
order; and from an id follows what it belongs to: four lines a record, ten records an order, an order of each
institution a week.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

WEEKS = 260
FIRST_WEEK = date(2021, 11, 29)
LAST_WEEK = FIRST_WEEK + timedelta(weeks=WEEKS - 1)
#: Institutions a municipality.
TOWN = 10
#: How many producers there are, with how many products each; from how many an institution orders.
PRODUCERS, PRODUCTS, ORDERED_FROM = 300, 4, 10
#: So many institutions' five years are 10,400 lines each.
LINES_PER_INSTITUTION = 10_000
#: In COPY's words.
NULL = r"\N"


class Record(NamedTuple):
    """What one institution orders from one producer for one week; the lot has the municipality's number."""

    id: int
    order: int
    week: int
    institution: int
    town: int
    cycle: int
    #: Its place among those the institution orders from.
    place: int
    producer: int
    called: bool


class Line(NamedTuple):
    """One product of a record; an offer's version has its number. Thousandths of a kilogram, cents."""

    id: int
    product: int
    offer: int
    quantity: int
    price: int
    net: int
    #: What of the order was not recorded.
    cut: int


def towns_of(institutions: int) -> int:
    """How many municipalities so many institutions are of; the municipality of one, by its number."""
    return (institutions - 1) // TOWN + 1


def records(institutions: int) -> Iterator[Record]:
    """All of them, in the order of their ids."""
    towns = towns_of(institutions)
    order = 0
    for week in range(WEEKS):
        for institution in range(1, institutions + 1):
            town = towns_of(institution)
            order += 1
            for place in range(ORDERED_FROM):
                producer = (town * 6 + 5 * (place // 2) + (place % 2 - institution) % 5) % PRODUCERS + 1
                yield Record(
                    (order - 1) * ORDERED_FROM + place + 1, order, week, institution, town,
                    week * towns + town, place, producer, producer % 3 == 0,
                )  # fmt: skip


def lines_of(record: Record) -> list[Line]:
    """The lines of a record."""
    found = []
    for n in range(PRODUCTS):
        line = (record.id - 1) * PRODUCTS + n + 1
        product = (record.producer - 1) * PRODUCTS + n + 1
        price = 100 + (record.producer * 7 + n * 13 + record.week // 4) % 300
        quantity = 500 * (1 + (record.institution + record.producer + n + record.week) % 40)
        offer = record.week * PRODUCERS * PRODUCTS + product
        cut = 0 if line % 50 else 500
        found.append(Line(line, product, offer, quantity, price, (price * quantity + 500) // 1000, cut))
    return found


def monday_of(record: Record) -> date:
    """The first day of its week."""
    return FIRST_WEEK + timedelta(weeks=record.week)


def delivery_day(record: Record) -> date:
    """When a producer brings it."""
    return monday_of(record) + timedelta(record.producer % 5)


def order_lines(institutions: int) -> Iterator[str]:
    """Rows of `order_line`, a record's at once."""
    for one in records(institutions):
        day = str(delivery_day(one))
        basis = f"call_off\t{one.town}" if one.called else f"evidence\t{NULL}"
        yield "".join(
            f"{line.id}\t{one.order}\t{one.cycle}\t{one.institution}\t{one.institution}\t{day}\t{line.offer}"
            f"\t{line.offer}\t{one.producer}\t{line.product}\tŽivilo {line.product}\tKGM"
            f"\t{line.quantity + line.cut}\t{line.quantity + line.cut}\t1000\t500\t{line.price}"
            f"\t{(line.price * (line.quantity + line.cut) + 500) // 1000}\tvat\t950\t{basis}\n"
            for line in lines_of(one)
        )


def record_lines(institutions: int) -> Iterator[str]:
    """Rows of `record_line`, a record's at once."""
    for one in records(institutions):
        day = str(delivery_day(one))
        yield "".join(
            f"{line.id}\t{one.id}\t{line.id}\t{one.institution}\t{one.institution}\t{day}\t{line.offer}"
            f"\t{line.product}\tŽivilo {line.product}\tKGM\t{line.quantity}\t{line.quantity}\t{line.price}"
            f"\t{line.net}\tvat\t950\n"
            for line in lines_of(one)
        )


def record_rows(institutions: int) -> Iterator[str]:
    """Rows of `procurement_record`: closed on the Thursday before its week."""
    for one in records(institutions):
        lines = lines_of(one)
        net, grams = sum(line.net for line in lines), sum(line.quantity for line in lines)
        vat = (net * 950 + 5000) // 10000
        closed = monday_of(one) - timedelta(4)
        sequence = one.week * ORDERED_FROM + one.place + 1
        basis = f"call_off\t{one.town}" if one.called else f"evidence\t{NULL}"
        yield (
            f"{one.id}\t{one.cycle}\t{one.institution}\t{one.producer}\t{basis}\t{closed.year}\t{sequence}\t1"
            f"\tK{one.institution}-{closed.year}-{sequence:04}\t{closed} 11:00:00+00"
            f"\t{net}\t{vat}\t{net + vat}\t{grams}\t{len(lines)}\n"
        )


#: Tables with their columns → the rows of so many institutions.
GENERATED = {
    "order_line (id, submission_id, cycle_id, institution_id, delivery_point_id, delivery_date, offer_id,"
    " offer_version_id, producer_id, product_id, name, unit, quantity, grams, grams_per_unit, order_step,"
    " price_cents, net_cents, vat_treatment, vat_bp, basis, lot_id)": order_lines,
    "record_line (id, record_id, order_line_id, institution_id, delivery_point_id, delivery_date,"
    " offer_version_id, product_id, name, unit, quantity, grams, price_cents, net_cents, vat_treatment,"
    " vat_bp)": record_lines,
    "procurement_record (id, cycle_id, institution_id, producer_id, basis, lot_id, year, sequence, version,"
    " number, recorded_at, net_cents, vat_cents, gross_cents, grams, lines)": record_rows,
}
