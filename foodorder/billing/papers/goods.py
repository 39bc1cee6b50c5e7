"""What documents by standard say of goods and parties beside quantities and prices."""

from collections.abc import Mapping
from typing import Any

from foodorder.accounts.models import DeliveryPoint, Institution, Producer
from foodorder.billing.parties import buyer, party, seller
from foodorder.catalogue.models import Product
from foodorder.exchange.model import Address, Line, Party, Place, vat_of_treatment
from foodorder.procurement.models import RecordLine
from foodorder.rules.vat import Treatment, TreatmentCode

#: Digits of a CPV code without its check digit.
CPV_DIGITS = 8


class Parties:
    """Producers and institutions as parties, each read once."""

    def __init__(self) -> None:
        self._sellers: dict[int, Party] = {}
        self._buyers: dict[int, Party] = {}

    def seller(self, producer: Producer) -> Party:
        """A producer as it is now."""
        if producer.id not in self._sellers:
            self._sellers[producer.id] = party(seller(producer))
        return self._sellers[producer.id]

    def buyer(self, institution: Institution) -> Party:
        """An institution as it is now."""
        if institution.id not in self._buyers:
            self._buyers[institution.id] = party(buyer(institution))
        return self._buyers[institution.id]


def door(point: DeliveryPoint) -> Place:
    """Where goods are brought."""
    return Place(
        name=point.name, address=Address(street=point.address, post_code=point.postcode, city=point.town)
    )


def code(product_id: int) -> str:
    """The seller's own code of goods: ours of the product, for farms have none."""
    return f"P{product_id}"


def cpv(product: Product | None) -> str | None:
    """The CPV code in eight digits."""
    return product.food_type.cpv[:CPV_DIGITS] if product and product.food_type.cpv else None


def line_name(line: RecordLine) -> str:
    """The identity of a recorded line over the versions of its record, by which all documents name it."""
    return str(line.root_id or line.id)


def contract(facts: Mapping[str, Any]) -> str | None:
    """The number of the agreement that a record calls off, by the facts of its basis: at the procurement
    portal, or its title.
    """
    return facts.get("portal_number") or facts.get("title") or None


def order_line(line: RecordLine, product: Product | None) -> Line:
    """A recorded line: its price alone, for compensation stands on invoices (docs/decisions/0007)."""
    vat, _bp, _words = vat_of_treatment(Treatment(TreatmentCode(line.vat_treatment), line.vat_bp))
    return Line.of(
        id=line_name(line),
        name=line.name,
        quantity=line.quantity,
        unit=line.unit,
        price_cents=line.price_cents,
        vat=vat,
        code=code(line.product_id),
        gtin=product.gtin if product else None,
        cpv=cpv(product),
        note=f"{line.delivery_date:%d. %m. %Y}, {line.delivery_point.name}",
    )
