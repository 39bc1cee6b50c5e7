"""Organisations as releases name them."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.exchange.ocds.model import Party, Side
from foodorder.rules.publicity import is_small

_PRODUCERS = text("""
SELECT id, kind, name, tax_type, tax_number, registration_number, kmg_mid, village, postcode
  FROM producer WHERE id = ANY(CAST(:ids AS integer[]))
""")

_INSTITUTIONS = text("""
SELECT id, name, address, postcode, town, email, phone, registration_number, tax_number
  FROM institution WHERE id = ANY(CAST(:ids AS integer[]))
""")


def producers(ids: Collection[int]) -> dict[int, Party]:
    """Producers by number. A farmer's tax number is a person's, and so is where the house stands."""
    return {row.id: _producer(row) for row in db.session.execute(_PRODUCERS, {"ids": sorted(ids)})}


def institutions(ids: Collection[int]) -> dict[int, Party]:
    """Institutions by number."""
    return {row.id: _institution(row) for row in db.session.execute(_INSTITUTIONS, {"ids": sorted(ids)})}


def municipality(number: int, name: str) -> Party:
    """A municipality."""
    return Party(side=Side.MUNICIPALITY, number=number, name=municipality_name(name))


def municipality_name(name: str) -> str:
    """Its name with the word for what it is."""
    return name if "občina" in name.lower() else f"Občina {name}"


def _producer(row: Any) -> Party:
    if row.registration_number:
        scheme, number = "SI-PRS", row.registration_number
    elif row.kmg_mid:
        scheme, number = "SI-KMG", row.kmg_mid
    elif not is_small(row.kind, row.tax_type):
        scheme, number = "SI-TIN", row.tax_number
    else:
        scheme, number = None, None
    return Party(
        side=Side.PRODUCER, number=row.id, name=row.name, scheme=scheme, identifier=number,
        town=row.village, postcode=row.postcode,
    )  # fmt: skip


def _institution(row: Any) -> Party:
    scheme, number = "SI-PRS", row.registration_number
    if not number:
        scheme, number = "SI-TIN", row.tax_number
    return Party(
        side=Side.INSTITUTION, number=row.id, name=row.name, scheme=scheme, identifier=number,
        street=row.address, postcode=row.postcode, town=row.town, email=row.email, phone=row.phone,
    )  # fmt: skip
