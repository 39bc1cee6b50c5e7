"""The pieces that releases share: values, periods, parties, items."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from foodorder.exchange.ocds import words
from foodorder.exchange.ocds.model import Food, Line, Lot, Party, Side, Technique
from foodorder.exchange.ocds.text import Json, cents, thousandths

_ROLES = {
    Side.INSTITUTION: ("buyer", "procuringEntity", "payer"),
    Side.PRODUCER: ("tenderer", "supplier", "payee"),
    Side.MUNICIPALITY: ("procuringEntity",),
}


def present(entries: Mapping[str, Any]) -> Json:
    """Only what is known: OCDS has no empty fields."""
    return {key: value for key, value in entries.items() if value not in (None, "", [], {})}


def instant(moment: datetime) -> str:
    """An instant in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_start(day: date, zone: str) -> str:
    """The beginning of a local day."""
    return instant(datetime.combine(day, time(), ZoneInfo(zone)))


def day_end(day: date, zone: str) -> str:
    """The last second of a local day."""
    return instant(datetime.combine(day, time(23, 59, 59), ZoneInfo(zone)))


def days_of(week: date, days: int) -> tuple[date, date]:
    """The first and the last day of a mask of weekdays (bit 0 = Monday); the working days of an empty one."""
    chosen = [week + timedelta(days=bit) for bit in range(7) if (days or 31) >> bit & 1]
    return chosen[0], chosen[-1]


def period(first: str, last: str) -> Json:
    """A period between two instants."""
    return {"startDate": first, "endDate": last}


def value(amount_cents: int) -> Json:
    """Cents as an amount."""
    return {"amount": cents(amount_cents), "currency": words.CURRENCY}


def reference(party: Party) -> Json:
    """A party named in another place."""
    return {"id": party.id, "name": party.name}


def party(found: Party, roles: Iterable[str] | None = None) -> Json:
    """A party as the release's list has it. Its roles are always all of them: they replace earlier ones."""
    identifier = present({"scheme": found.scheme, "id": found.identifier, "legalName": found.name})
    address = present(
        {"streetAddress": found.street, "locality": found.town, "postalCode": found.postcode}
    )  # fmt: skip
    contact = present({"email": found.email, "telephone": found.phone})
    return present(
        {
            "id": found.id,
            "name": found.name,
            "identifier": identifier if found.identifier else None,
            "address": address | {"countryName": "Slovenija"} if address else None,
            "contactPoint": contact,
            "roles": list(roles or _ROLES[found.side]),
        }
    )


def _classification(cpv: str, name: str) -> Json:
    return {"scheme": "CPV", "id": cpv, "description": name}


def _unit(code: str) -> Json:
    return {"scheme": "UNCEFACT", "id": code, "name": words.UNITS.get(code, code)}


def food_item(food: Food) -> Json:
    """A kind of food that can be ordered: no quantity, unit and price before the orders."""
    return present(
        {
            "id": f"food-{food.id}",
            "description": food.name,
            "classification": _classification(food.cpv, food.cpv_name),
            "relatedLot": None if food.lot is None else f"LOT-{food.lot}",
        }
    )


def item(line: Line, lot: int | None, *, gone: bool = False) -> Json:
    """A line of a record, at its price; `gone`: of a later version it is no part any more."""
    return present(
        {
            "id": str(line.root),
            "description": line.name,
            "classification": _classification(line.cpv, line.cpv_name),
            "quantity": 0 if gone else thousandths(line.quantity),
            "unit": {**_unit(line.unit), "value": value(line.price_cents)},
            "relatedLot": None if lot is None else f"LOT-{lot}",
        }
    )


def techniques(kinds: Iterable[Technique]) -> Json:
    """How lots were procured, in the words of the EU profile; empty for a plain contract."""
    found = set(kinds)
    told: Json = {}
    if Technique.FRAMEWORK in found:
        told |= {"hasFrameworkAgreement": True}
    if Technique.DPS in found:
        # Only the institutions of the agreement order under it.
        told |= {
            "hasDynamicPurchasingSystem": True,
            "dynamicPurchasingSystem": {"type": "closed", "status": "active"},
        }
    return told


def lot(found: Lot, status: str) -> Json:
    """A lot of the tender."""
    return present(
        {
            "id": found.key,
            "title": words.LOT.format(number=found.number, name=found.name),
            "status": status,
            "techniques": techniques([found.technique]),
        }
    )


def frame(ocid: str, event: str, moment: datetime, tags: Iterable[str], buyer: Party) -> Json:
    """What every release begins with."""
    return {
        "ocid": ocid,
        "id": f"{ocid}-{event}",
        "date": instant(moment),
        "tag": list(tags),
        "initiationType": "tender",
        "language": words.LANGUAGE,
        "buyer": reference(buyer),
    }
