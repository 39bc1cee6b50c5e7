"""Agreements in force for tests, as plain rows: lots, suppliers, prices, ceilings, kinds of purchases.

And a plain recount, without the program's own statements, of what is committed against ceilings and needs.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, select, text

from foodorder.accounts.models import Institution, InterestDeclaration, Producer
from foodorder.agreements.models import (
    AgreedPrice,
    Agreement,
    AgreementLot,
    Ceiling,
    LotSupplier,
    PurchaseElsewhere,
    SubjectKind,
    SubjectKindPast,
    WeeklyNeed,
    subject_kind_food,
)
from foodorder.catalogue.models import Certificate, FoodType, LegalParameter, Product
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind, AgreementState, AwardMode, Enforcement, LotKind
from foodorder.rules.integrity import Relation
from tests.factories import NOW, World

FIRST, LAST = date(2026, 9, 1), date(2027, 8, 31)


def enforce(world: World, *, threshold: int = 4_000_000, window: int = 12) -> None:
    """The world's municipality buys only what has a lawful basis; threshold in cents, window in months."""
    world.municipality.lawful_basis = Enforcement.ENFORCED
    for key, value in (("procurement.threshold_goods", threshold), ("procurement.estimate_window", window)):
        db.session.add(
            LegalParameter(
                country="SI", key=key, value=value, unit="x", valid_from=date(2022, 1, 1), source="art. 21",
                certainty="S",
            )
        )  # fmt: skip
    db.session.flush()
    db.session.info.pop("law", None)


def set_threshold(cents: int) -> None:
    """Another value from which the law on public procurement applies."""
    statement = "UPDATE legal_parameter SET value = :cents WHERE key = 'procurement.threshold_goods'"
    db.session.execute(text(statement), {"cents": cents})
    db.session.info.pop("law", None)


def add_agreement(world: World, *institutions: Institution, **values: Any) -> Agreement:
    """A framework agreement in force from September to August, for these institutions."""
    return _add(
        Agreement(
            **{
                "municipality_id": world.municipality.id,
                "kind": AgreementKind.FRAMEWORK,
                "title": "Živila",
                "portal_number": "JN004321/2026",
                "valid_from": FIRST,
                "valid_to": LAST,
                "value_cents": 100_000_000,
                "state": AgreementState.IN_FORCE,
                "institutions": list(institutions),
                **values,
            }
        )
    )


def add_lot(
    agreement: Agreement, *foods: FoodType, cents: int | None = None, grams: int | None = None, **values: Any
) -> Any:
    """A lot that buys these foods, by rank unless `mode` says otherwise; `.ceiling` its own ceiling."""
    position = len(agreement.lots) + 1
    lot: Any = AgreementLot(
        **{
            "number": str(position),
            "position": position,
            "name": f"Sklop {position}",
            "kind": LotKind.AWARDED,
            "mode": AwardMode.RANKED,
            "cpv": ["032"],
            "food_types": list(foods),
            **values,
        }
    )
    agreement.lots.append(lot)
    db.session.flush()
    lot.ceiling = add_ceiling(agreement, lot, cents=cents, grams=grams)
    return lot


def add_exempted(agreement: Agreement, *foods: FoodType, **values: Any) -> Any:
    """A lot exempted from the procedure, open to whoever is admitted."""
    return add_lot(agreement, *foods, kind=LotKind.EXEMPTED, mode=AwardMode.OPEN, **values)


def add_supplier(
    lot: AgreementLot, producer: Producer, rank: int | None = 1, price: int | None = None, **values: Any
) -> LotSupplier:
    """A supplier of the lot, at one price for all its foods where one is given."""
    row = LotSupplier(
        **{"lot_id": lot.id, "producer_id": producer.id, "rank": rank, "valid_from": FIRST, **values}
    )
    if price is not None:
        for food in lot.food_types:
            add_price(lot, producer, food, price)
    return _add(row)


def add_price(
    lot: AgreementLot,
    producer: Producer,
    food: FoodType,
    cents: int,
    *,
    product: Product | None = None,
    valid_from: date = FIRST,
) -> AgreedPrice:
    """An agreed price: of all the producer's products of the food, or of one."""
    return _add(
        AgreedPrice(
            lot_id=lot.id, producer_id=producer.id, food_type_id=food.id, price_cents=cents,
            product_id=product.id if product else None, valid_from=valid_from, created_at=NOW,
        )
    )  # fmt: skip


def add_ceiling(
    agreement: Agreement,
    lot: AgreementLot | None = None,
    producer: Producer | None = None,
    institution: Institution | None = None,
    *,
    exempted: bool = False,
    cents: int | None = None,
    grams: int | None = None,
) -> Ceiling:
    """A ceiling of what is named; without limits it is only counted."""
    return _add(
        Ceiling(
            agreement_id=agreement.id, lot_id=lot.id if lot else None,
            producer_id=producer.id if producer else None,
            institution_id=institution.id if institution else None,
            exempted=exempted, limit_cents=cents, limit_grams=grams,
        )
    )  # fmt: skip


def add_kind(world: World, *foods: FoodType, name: str = "Zelenjava") -> SubjectKind:
    """A kind of purchase that these foods are of."""
    kind = _add(SubjectKind(municipality_id=world.municipality.id, name=name, cpv=["032"]))
    for food in foods:
        row = {"municipality_id": world.municipality.id, "food_type_id": food.id, "kind_id": kind.id}
        db.session.execute(subject_kind_food.insert().values(row))
        past = {**row, "name": kind.name, "since": datetime(2020, 1, 1, tzinfo=UTC)}
        db.session.execute(insert(SubjectKindPast).values(past))
    return kind


def add_elsewhere(institution: Institution, food: FoodType, month: date, cents: int, **values: Any) -> Any:
    """What an institution bought elsewhere in a month, net cents."""
    return _add(
        PurchaseElsewhere(
            **{
                "institution_id": institution.id,
                "month": month,
                "food_type_id": food.id,
                "grams": 1000,
                "net_cents": cents,
                "basis": "contract",
                "entered_at": NOW,
                **values,
            }
        )
    )


def add_interest(world: World, producer: Producer, institution: Institution | None, **values: Any) -> Any:
    """A functionary (of the municipality itself, if of no institution) to whose family the farm belongs."""
    return _add(
        InterestDeclaration(
            **{
                "municipality_id": world.municipality.id,
                "institution_id": institution.id if institution else None,
                "name": "Oseba",
                "office": "ravnateljica",
                "producer_id": producer.id,
                "relation": Relation.FAMILY,
                "declared_on": FIRST,
                "valid_from": FIRST,
                "entered_at": NOW,
                **values,
            }
        )
    )


def add_certificate(product: Product, scheme: str, first: date, last: date) -> Certificate:
    """A certificate of one product."""
    certificate = _add(
        Certificate(
            producer_id=product.producer_id, scheme=scheme, number="1", body="B", valid_from=first,
            valid_to=last,
        )
    )  # fmt: skip
    product.certificates.append(certificate)
    db.session.flush()
    return certificate


def used(*ceilings: Ceiling) -> list[tuple[int, int]]:
    """What is counted on ceilings now: net cents and grams."""
    for ceiling in ceilings:
        db.session.refresh(ceiling)
    return [(ceiling.used_cents, ceiling.used_grams) for ceiling in ceilings]


Use = dict[int, tuple[int, int]]
Needs = dict[tuple[int, int, date, str], tuple[int, int]]

#: Every line that commits its institution now: submitted while the cycle takes orders, recorded after that.
_COMMITTED = text("""
SELECT l.institution_id, l.producer_id, l.lot_id, p.food_type_id, c.week, l.basis, l.net_cents, l.grams
  FROM weekly_order w JOIN cycle c ON c.id = w.cycle_id JOIN order_line l
       ON l.submission_id = w.current_submission_id JOIN product p ON p.id = l.product_id
 WHERE c.state IN ('open', 'closed')
UNION ALL
SELECT r.institution_id, r.producer_id, r.lot_id, p.food_type_id, c.week, r.basis, l.net_cents, l.grams
  FROM procurement_record r JOIN cycle c ON c.id = r.cycle_id JOIN record_line l ON l.record_id = r.id
  JOIN product p ON p.id = l.product_id
 WHERE r.superseded_by_id IS NULL
""")


def counted() -> tuple[Use, Needs]:
    """What the counters say: by ceiling, and by institution, food, week and basis where it is not nothing."""
    ceilings = db.session.execute(select(Ceiling.id, Ceiling.used_cents, Ceiling.used_grams))
    needs = db.session.execute(
        select(
            WeeklyNeed.institution_id,
            WeeklyNeed.food_type_id,
            WeeklyNeed.week,
            WeeklyNeed.basis,
            WeeklyNeed.net_cents,
            WeeklyNeed.grams,
        )
    )
    return (
        {row.id: (row.used_cents, row.used_grams) for row in ceilings},
        {tuple(row[:4]): (row.net_cents, row.grams) for row in needs if row.net_cents or row.grams},
    )


def recounted() -> tuple[Use, Needs]:
    """The same, added up line by line."""
    ceilings = db.session.scalars(select(Ceiling).execution_options(populate_existing=True)).all()
    lots = {lot.id: lot for lot in db.session.scalars(select(AgreementLot))}
    use: dict[int, tuple[int, int]] = {ceiling.id: (0, 0) for ceiling in ceilings}
    needs: defaultdict[tuple[int, int, date, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in db.session.execute(_COMMITTED):
        key = line.institution_id, line.food_type_id, line.week, line.basis
        needs[key] = _plus(needs[key], line)
        for ceiling in ceilings:
            if line.lot_id is not None and counts_on(ceiling, line, lots[line.lot_id]):
                use[ceiling.id] = _plus(use[ceiling.id], line)
    return use, {key: sums for key, sums in needs.items() if any(sums)}


def passed() -> list[Ceiling]:
    """The ceilings that more is counted on than their limits allow."""
    return [
        one
        for one in db.session.scalars(select(Ceiling).execution_options(populate_existing=True))
        if one.used_cents > (one.limit_cents if one.limit_cents is not None else one.used_cents)
        or one.used_grams > (one.limit_grams if one.limit_grams is not None else one.used_grams)
    ]


def counts_on(ceiling: Ceiling, line: Any, lot: AgreementLot) -> bool:
    """Whether a line under a lot counts on a ceiling."""
    if ceiling.agreement_id != lot.agreement_id:
        return False
    if ceiling.exempted and lot.kind != LotKind.EXEMPTED:
        return False
    own: Iterable[tuple[int | None, int]] = (
        (ceiling.lot_id, lot.id),
        (ceiling.producer_id, line.producer_id),
        (ceiling.institution_id, line.institution_id),
    )
    return all(limited is None or limited == its for limited, its in own)


def _plus(sums: tuple[int, int], line: Any) -> tuple[int, int]:
    return sums[0] + line.net_cents, sums[1] + line.grams


def _add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row
