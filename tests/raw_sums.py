"""Every summary added up once more, naively, from raw rows in Python by the rulebook: what cells must say."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.audit.models import SpendCell, SpendPair
from foodorder.ordering.page import LOCAL_METRES
from foodorder.rules.certificates import CountsAs, Held, counts_as
from foodorder.rules.geography import air_metres
from foodorder.rules.money import line_net

Key = tuple[Any, ...]
Sums = dict[str, int]

CELL = ("institution_id", "producer_id", "food_type_id", "month", "basis", "certificate")
PAIR = ("institution_id", "producer_id", "month")
PRICE = ("municipality_id", "food_type_id", "unit", "month", "price_cents")
OFFER = ("municipality_id", "week", "food_type_id")

KEYS: Mapping[str, tuple[str, ...]] = {
    "spend_cell": CELL, "spend_pair": PAIR, "price_cell": PRICE, "offer_cell": OFFER,
}  # fmt: skip


def assert_summaries(session: Session) -> None:
    """All summaries are what raw rows come to, to the cent and gram."""
    session.flush()
    expected = _Raw(session).tables()
    for table, cells in expected.items():
        assert kept(session, table) == cells, table


def kept(session: Session, table: str) -> dict[Key, Sums]:
    """The rows of a summary that are not all zero: key → sums that are not zero."""
    found = {}
    for row in session.execute(text(f"SELECT * FROM {table}")).mappings():
        sums = {name: value for name, value in row.items() if name not in KEYS[table] and value}
        if sums:
            found[tuple(row[name] for name in KEYS[table])] = sums
    return found


class _Raw:
    """All rows there are, by table and number."""

    def __init__(self, session: Session) -> None:
        self.session = session
        for name in (
            "record_line", "procurement_record", "institution", "cycle", "product", "offer_version", "farm",
            "delivery_point", "weekly_order", "delivery_line", "delivery_note", "acceptance_line", "invoice",
            "invoice_line", "offer",
        ):  # fmt: skip
            setattr(self, name, {row.id: row for row in self._all(name)})
        self.order_lines, self.agreed = self._all("order_line"), self._all("agreed_price")
        certificates = {
            row.id: Held(row.scheme, row.valid_from, row.valid_to) for row in self._all("certificate")
        }
        self.held: defaultdict[int, list[Held]] = defaultdict(list)
        for row in self._all("product_certificate"):
            self.held[row.product_id].append(certificates[row.certificate_id])

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def _all(self, table: str) -> list[Any]:
        return list(self.session.execute(text(f"SELECT * FROM {table}")))

    def tables(self) -> dict[str, dict[Key, Sums]]:
        cells, pairs = _Table(), _Table()
        for key, sums in (*self._recorded(), *self._ordered(), *self._delivered(), *self._invoiced()):
            cells.add(key, sums)
            pairs.add((key[0], key[1], key[3]), sums)
        for record in self._in_force():
            days = [line.delivery_date for line in self.record_line.values() if line.record_id == record.id]
            pairs.add((record.institution_id, record.producer_id, month(min(days))), {"records": 1})
        return {
            "spend_cell": cells.rows(), "spend_pair": pairs.rows(),
            "price_cell": self._prices().rows(), "offer_cell": self._offers().rows(),
        }  # fmt: skip

    def _in_force(self) -> list[Any]:
        return [one for one in self.procurement_record.values() if one.superseded_by_id is None]

    def _lines(self) -> Iterator[tuple[Any, Any]]:
        """Lines in force, each with its record."""
        for line in self.record_line.values():
            record = self.procurement_record[line.record_id]
            if record.superseded_by_id is None:
                yield line, record

    def _cell(self, line: Any, basis: str, institution: int, producer: int) -> Key:
        share = counts_as(self.held[line.product_id], line.delivery_date)
        food = self.product[line.product_id].food_type_id
        certificate = share.value if share else "conventional"
        return institution, producer, food, month(line.delivery_date), basis, certificate

    def _of_record(self, line: Any) -> Key:
        record = self.procurement_record[line.record_id]
        return self._cell(line, record.basis, record.institution_id, record.producer_id)

    def _recorded(self) -> Iterator[tuple[Key, Sums]]:
        for line, _ in self._lines():
            version = self.offer_version[line.offer_version_id]
            farm, door = self.farm[version.farm_id], self.delivery_point[line.delivery_point_id]
            metres = air_metres(farm.latitude, farm.longitude, door.latitude, door.longitude)
            share = counts_as(self.held[line.product_id], line.delivery_date)
            yield self._of_record(line), {
                "lines": 1, "net_cents": line_net(line.price_cents, line.quantity), "grams": line.grams,
                "repriced": int(line.price_cents not in (version.price_cents, *self._agreed(line))),
                "organic_grams": line.grams if share is CountsAs.ORGANIC else 0,
                "quality_grams": line.grams if share is CountsAs.QUALITY else 0,
                "local_grams": line.grams if metres <= LOCAL_METRES else 0,
                "placed_grams": line.grams, "gram_metres": line.grams * metres,
            }  # fmt: skip

    def _agreed(self, line: Any) -> list[int]:
        """Prices that were agreed under the lot of a line's record when it was recorded."""
        record, food = self.procurement_record[line.record_id], self.product[line.product_id].food_type_id
        return [
            price.price_cents
            for price in self.agreed
            if (price.lot_id, price.producer_id, price.food_type_id)
            == (record.lot_id, record.producer_id, food)
            and price.valid_from <= line.delivery_date
            and price.created_at <= record.recorded_at
        ]

    def _counted_orders(self) -> Iterator[tuple[Any, Any]]:
        """Order lines of the submissions that counted, each with its recorded cycle."""
        current = {order.current_submission_id for order in self.weekly_order.values()}
        for line in self.order_lines:
            cycle = self.cycle[line.cycle_id]
            if line.submission_id in current and cycle.state in ("recorded", "settled"):
                yield line, cycle

    def _ordered(self) -> Iterator[tuple[Key, Sums]]:
        for line, _ in self._counted_orders():
            key = self._cell(line, line.basis, line.institution_id, line.producer_id)
            yield key, {"ordered_cents": line.net_cents, "ordered_grams": line.grams}

    def _delivered(self) -> Iterator[tuple[Key, Sums]]:
        for sent in self.delivery_line.values():
            line, note = self.record_line[sent.root_line_id], self.delivery_note[sent.note_id]
            accepted = self.acceptance_line.get(sent.acceptance_id)
            if note.state in ("on_the_way", "received") or accepted:
                cents = line_net(line.price_cents, sent.quantity)
                yield self._of_record(line), {"delivered_cents": cents, "delivered_grams": sent.grams}
            if accepted:
                cents = line_net(line.price_cents, accepted.quantity)
                yield self._of_record(line), {"accepted_cents": cents, "accepted_grams": accepted.grams}

    def _invoiced(self) -> Iterator[tuple[Key, Sums]]:
        credited: defaultdict[int, int] = defaultdict(int)
        for line in self.invoice_line.values():
            if line.credits_line_id is not None:
                credited[line.credits_line_id] += line.net_cents
        for line in self.invoice_line.values():
            invoice = self.invoice[line.invoice_id]
            sent = self.delivery_line.get(line.delivery_line_id)
            root = sent.root_line_id if sent else line.record_line_id
            if root is None or invoice.state == "rejected":
                continue
            key = self._of_record(self.record_line[root])
            if invoice.kind == "credit_note":
                yield key, {"invoiced_cents": -line.net_cents}
            else:
                paid = paid_of(line.net_cents, credited[line.id], invoice)
                yield key, {"invoiced_cents": line.net_cents, "paid_cents": paid}

    def _prices(self) -> "_Table":
        prices = _Table()
        for line, record in self._lines():
            town = self.institution[record.institution_id].municipality_id
            food = self.product[line.product_id].food_type_id
            prices.add(
                (town, food, line.unit, month(line.delivery_date), line.price_cents),
                {"lines": 1, "quantity": line.quantity, "grams": line.grams, "net_cents": line.net_cents},
            )
        return prices

    def _offers(self) -> "_Table":
        table, seen = _Table(), set[Any]()
        for row in self._all("cycle_offer"):
            cycle, offer = self.cycle[row.cycle_id], self.offer[row.offer_id]
            if cycle.state not in ("recorded", "settled"):
                continue
            key = (cycle.municipality_id, cycle.week, self.product[offer.product_id].food_type_id)
            for what, one in (("offers", offer.id), ("producers", offer.producer_id)):
                if (key, what, one) not in seen:
                    seen.add((key, what, one))
                    table.add(key, {what: 1})
        for line, cycle in self._counted_orders():
            key = (cycle.municipality_id, cycle.week, self.product[line.product_id].food_type_id)
            if (key, line.institution_id) not in seen:
                seen.add((key, line.institution_id))
                table.add(key, {"ordering_institutions": 1})
        for line, record in self._lines():
            cycle = self.cycle[record.cycle_id]
            key = (cycle.municipality_id, cycle.week, self.product[line.product_id].food_type_id)
            table.add(key, {"net_cents": line.net_cents})
        return table


class _Table:
    def __init__(self) -> None:
        self.sums: defaultdict[Key, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, key: Key, sums: Mapping[str, int]) -> None:
        for name, value in sums.items():
            self.sums[key][name] += value

    def rows(self) -> dict[Key, Sums]:
        rows = {
            key: {name: value for name, value in sums.items() if value} for key, sums in self.sums.items()
        }
        return {key: sums for key, sums in rows.items() if sums}


def month(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def paid_of(net: int, credited_net: int, invoice: Any) -> int:
    """What of a line is paid: in proportion to its invoice, all that is left once nothing is open."""
    paid, left = invoice.paid_cents, invoice.gross_cents - invoice.credited_cents
    if not paid:
        return 0
    if paid == left:
        return net - credited_net
    if paid > left:
        return net * paid // int(invoice.gross_cents)
    return (net - credited_net) * paid // int(left)


__all__ = ["SpendCell", "SpendPair", "assert_summaries", "kept"]
