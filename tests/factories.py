"""A small world for tests: made by the services where a service is what people would use.

Names, numbers and addresses are invented. Weeks are given by their Monday; quantities as people write them.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert

from foodorder.accounts.models import (
    Admission,
    AdmissionState,
    DeliveryPoint,
    Farm,
    Institution,
    Municipality,
    Permit,
    Person,
    Producer,
    RoleGrant,
)
from foodorder.catalogue.models import FoodGroup, FoodType, LegalParameter, Offer, Product, StockKind
from foodorder.catalogue.offers import Entry, publish_offers
from foodorder.db import db
from foodorder.ordering.cycles import open_cycle, plan_cycle
from foodorder.ordering.models import Cycle, OrderApproval
from foodorder.ordering.place import submit_order
from foodorder.ordering.receipts import Receipt
from foodorder.rules.ordering import Cell
from foodorder.rules.permissions import Role
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import COMMAND, Actor, Source

#: The Monday of the delivery week that tests order for, and moments around its cycle.
WEEK = date(2026, 11, 30)
OPENS = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
CLOSES = datetime(2026, 11, 26, 11, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ALL_YEAR = list(range(1, 13))

#: Rates as in seeds/reference, so that no test depends on the whole of it.
PARAMETERS = [
    {
        "country": "SI",
        "key": key,
        "value": value,
        "unit": "bp",
        "valid_from": date(2010, 1, 1),
        "source": "test",
        "certainty": "S",
    }
    for key, value in {
        "vat.food": 950,
        "vat.flat_rate": 800,
        "utp.cancellation_notice": 30,
        "utp.shelf_life": 30,
        "procurement.dps_evaluation": 10,
        "integrity.functionary_share": 500,
        "integrity.report_first": 30,
        "integrity.report_change": 8,
        "integrity.ownership_statement_from": 1_000_000,
        "green.organic_share": 1_500,
        "green.quality_share": 2_000,
        "procurement.evidence_publication_from": 1_000_000,
        "procurement.evidence_publication_month": 2,
        "procurement.statistics_due": 930,
        "delivery.tolerance": 500,
    }.items()
]

_numbers = count(1)


class World:
    """Makes things with sensible values; whatever matters to a test is an argument."""

    def __init__(self) -> None:
        db.session.execute(insert(LegalParameter), PARAMETERS)
        self.group = FoodGroup(
            code=f"g{next(_numbers)}", name_sl="Zelenjava", name_en="Vegetables", position=1
        )
        db.session.add(self.group)
        self.municipality = self.add_municipality()

    def add_municipality(self, **values: Any) -> Municipality:
        """A municipality that takes part."""
        number = next(_numbers)
        return self._add(
            Municipality(
                **{
                    "code": f"{number % 1000:03}",
                    "name": f"Občina {number}",
                    "sort_key": f"{number:05}",
                    "active": True,
                    **values,
                }
            )
        )

    def add_institution(self, doors: int = 1, municipality: Municipality | None = None, **values: Any) -> Any:
        """A kitchen with delivery points, `.doors` their numbers."""
        number = next(_numbers)
        institution = self._add(
            Institution(
                **{
                    "municipality_id": (municipality or self.municipality).id,
                    "code": f"K{number}",
                    "name": f"Vrtec {number}",
                    "short_name": f"Vrtec {number}",
                    "sort_key": f"{number:05}",
                    "kind": "kindergarten",
                    "address": "Pot 1",
                    "postcode": "4000",
                    "town": "Kranj",
                    "tax_number": "12345679",
                    "email": f"kitchen{number}@example.org",
                    **values,
                }
            )
        )
        for position in range(doors):
            institution.delivery_points.append(
                DeliveryPoint(
                    position=position,
                    name=f"Enota {position}",
                    address="Pot 1",
                    postcode="4000",
                    town="Kranj",
                    latitude=46.24,
                    longitude=14.36,
                )
            )
        db.session.flush()
        return institution

    def add_person(self, role: Role = Role.KITCHEN_MANAGER, **reach: int) -> Person:
        """Somebody with a role: `institution_id=`, `producer_id=` or `municipality_id=`."""
        number = next(_numbers)
        person = self._add(
            Person(email=f"person{number}@example.org", name=f"Oseba {number}", language="sl", created_at=NOW)
        )
        self._add(RoleGrant(person_id=person.id, role=role, granted_at=NOW, **reach))
        return person

    def actor(self, person: Person | None = None, role: Role = Role.KITCHEN_MANAGER) -> Actor:
        """A person acting in a role; without one, whoever types commands on the server."""
        return Actor(Source.PERSON, person.id, role.value) if person else COMMAND

    def add_producer(
        self,
        *municipalities: Municipality,
        days: int = 0b11111,
        minimum_cents: int = 0,
        permit: bool = False,
        **values: Any,
    ) -> Producer:
        """A farm, admitted to the municipalities (the world's own if none is named)."""
        number = next(_numbers)
        producer = self._add(
            Producer(
                **{
                    "name": f"Kmetija {number}",
                    "sort_key": f"{number:05}",
                    "tax_type": TaxType.VAT_PAYER,
                    "tax_number": f"{number:08}",
                    "village": "Voklo",
                    "postcode": "4208",
                    "town": "Šenčur",
                    "latitude": 46.22,
                    "longitude": 14.41,
                    "email": f"farm{number}@example.org",
                    "registered_at": NOW,
                    **values,
                }
            )
        )
        self._add(
            Farm(
                producer_id=producer.id,
                name=producer.name,
                village="Voklo",
                postcode="4208",
                town="Šenčur",
                latitude=46.22,
                longitude=14.41,
            )
        )
        for municipality in municipalities or (self.municipality,):
            self._add(
                Admission(
                    producer_id=producer.id,
                    municipality_id=municipality.id,
                    state=AdmissionState.ADMITTED,
                    applied_at=NOW,
                    decided_at=NOW,
                    days=days,
                    minimum_cents=minimum_cents,
                )
            )
        if permit:
            self._add(
                Permit(producer_id=producer.id, kind="flat_rate", number="P 1", valid_from=date(2020, 1, 1))
            )
        return producer

    def add_food_type(self, unit: str = "KGM", **values: Any) -> FoodType:
        """A kind of food, in season all year."""
        number = next(_numbers)
        return self._add(
            FoodType(
                **{
                    "food_group_id": self.group.id,
                    "code": f"food{number}",
                    "name_sl": f"Korenje {number}",
                    "name_en": f"Carrots {number}",
                    "sort_key": f"{number:05}",
                    "unit": unit,
                    "grams_per_unit": 1000,
                    "price_low_cents": 50,
                    "price_high_cents": 500,
                    "months": ALL_YEAR,
                    "cpv": "03221112-4",
                    "cpv_name_sl": "Korenje",
                    "allergens": [],
                    "possible_allergens": [],
                    "source": "test",
                    **values,
                }
            )
        )

    def add_product(
        self,
        producer: Producer,
        food_type: FoodType | None = None,
        *,
        step: int = 1000,
        pack: int | None = None,
        minimum: int = 0,
    ) -> Product:
        """A product; step, pack and minimum in thousandths of the unit."""
        number = next(_numbers)
        return self._add(
            Product(
                producer_id=producer.id,
                farm_id=producer.farms[0].id,
                name=f"Korenje {number}",
                sort_key=f"{number:05}",
                food_type_id=(food_type or self.add_food_type()).id,
                order_step=step,
                pack=pack,
                minimum_quantity=minimum,
                allergens=[],
                traces=[],
            )
        )

    def offer(
        self,
        producer: Producer | None = None,
        *,
        price: int = 150,
        days: int = 0b11111,
        week: date = WEEK,
        available: int | None = None,
        kind: StockKind | None = None,
        product: Product | None = None,
        **measures: Any,
    ) -> Offer:
        """A published offer; limited to `available` (thousandths) as `reserve`, unless `kind` says share."""
        producer = producer or (product.producer if product else self.add_producer())
        product = product or self.add_product(producer, **measures)
        stock = kind or (StockKind.UNLIMITED if available is None else StockKind.RESERVE)
        entry = Entry(product.id, price, days, stock, available)
        done = publish_offers(producer.id, week, [entry], actor=COMMAND, now=NOW)
        return (done.new + done.changed + done.unchanged)[0]

    def cycle(
        self,
        *,
        week: date = WEEK,
        opens_at: datetime = OPENS,
        closes_at: datetime = CLOSES,
        days: int = 0b11111,
        school_days: int = 0b11111,
        municipality: Municipality | None = None,
        opened: bool = True,
    ) -> Cycle:
        """A cycle, opened unless `opened` is False; what is offered must be there before."""
        cycle = plan_cycle(
            (municipality or self.municipality).id,
            week,
            opens_at=opens_at,
            closes_at=closes_at,
            days=days,
            school_days=school_days,
            actor=COMMAND,
            now=NOW,
        )
        if opened:
            open_cycle(cycle.id, actor=COMMAND)
            db.session.refresh(cycle)
        return cycle

    def submit(
        self,
        cycle: Cycle,
        institution: Institution,
        asked: Iterable[tuple[Offer, str]] | dict[Any, str],
        *,
        day: int = 0,
        pack_choice: str = "down",
        person: Person | None = None,
        seen: int | None = None,
    ) -> Receipt:
        """Submit an order: pairs of offer and text for one day, or texts by cell."""
        typed = asked if isinstance(asked, dict) else self.typed(cycle, institution, asked, day=day)
        return submit_order(cycle.id, institution.id, typed, pack_choice, actor=self.actor(person), seen=seen)

    def wait_for_approval(self, institution: Institution, receipt: Receipt, unapproved: str) -> OrderApproval:
        """Let an order wait for a second person; `unapproved`: what becomes of it at the deadline."""
        institution.unapproved = unapproved
        waiting = OrderApproval(
            submission_id=receipt.submission_id,
            order_id=receipt.order_id,
            state="waiting",
            why=[],
            asked_at=NOW,
        )
        return self._add(waiting)

    def typed(
        self, cycle: Cycle, institution: Institution, asked: Iterable[tuple[Offer, str]], *, day: int = 0
    ) -> dict[Cell, str]:
        """Cells for the institution's first door on a weekday of the cycle's week (0 = Monday)."""
        door = institution.delivery_points[0].id
        return {Cell(offer.id, door, cycle.week + timedelta(days=day)): text for offer, text in asked}

    def _add(self, row: Any) -> Any:
        db.session.add(row)
        db.session.flush()
        return row
