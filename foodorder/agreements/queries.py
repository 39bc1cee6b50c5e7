"""Reading agreements: whose they are, how full their ceilings, what prices held and will hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from foodorder.agreements.ceiling_warnings import Use, levels_on, use_of
from foodorder.agreements.models import (
    AgreedPrice,
    Agreement,
    AgreementLot,
    Ceiling,
    LotSupplier,
    PriceImport,
    agreement_institution,
)
from foodorder.agreements.prices import PriceKey, all_prices, key_of
from foodorder.catalogue.models import Product
from foodorder.db import db
from foodorder.rules.agreements import AgreementState

#: What those who order may see: not what is still being written.
PUBLISHED = (AgreementState.IN_FORCE, AgreementState.ENDED)


@dataclass(slots=True)
class Uses:
    """How full the ceilings of an agreement are."""

    whole: Use | None = None
    exempted: Use | None = None
    lots: dict[int, Use] = field(default_factory=dict)
    #: By lot and producer, by institution.
    suppliers: dict[tuple[int, int], Use] = field(default_factory=dict)
    institutions: dict[int, Use] = field(default_factory=dict)

    @property
    def fullest(self) -> Use | None:
        """The one that stops first; None where nothing is limited."""
        all_of_them = [self.whole, self.exempted, *self.lots.values(), *self.suppliers.values()]
        limited = [
            use for use in (*all_of_them, *self.institutions.values()) if use and use.share_bp is not None
        ]
        return max(limited, key=lambda use: use.share_bp or 0, default=None)


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """What one price was, is and will be: rows by their first day, the last of equal days alone."""

    key: PriceKey
    rows: tuple[AgreedPrice, ...]

    def on(self, day: date) -> AgreedPrice | None:
        """The row that holds on a day."""
        return next((row for row in reversed(self.rows) if row.valid_from <= day), None)

    def after(self, day: date) -> list[AgreedPrice]:
        """Rows whose day is still to come."""
        return [row for row in self.rows if row.valid_from > day]


def agreements_of(municipality_id: int) -> Sequence[Agreement]:
    """All agreements of a municipality: what is in force first, then drafts, then what has ended."""
    return _sorted(_whole().where(Agreement.municipality_id == municipality_id))


def agreement_of(municipality_id: int, agreement_id: int) -> Agreement | None:
    """An agreement of this municipality."""
    return db.session.scalar(
        _whole().where(Agreement.municipality_id == municipality_id, Agreement.id == agreement_id)
    )


def agreements_for(institution_id: int) -> Sequence[Agreement]:
    """Agreements under which an institution may call off, or might: no drafts."""
    return _sorted(_entitling(institution_id))


def agreement_for(institution_id: int, agreement_id: int) -> Agreement | None:
    """An agreement that entitles this institution; no draft."""
    return db.session.scalar(_entitling(institution_id).where(Agreement.id == agreement_id))


def lot_of(agreement: Agreement, lot_id: int) -> AgreementLot | None:
    """A lot of this agreement."""
    return next((lot for lot in agreement.lots if lot.id == lot_id), None)


def supplier_in(agreement: Agreement, supplier_id: int) -> LotSupplier | None:
    """A supplier's row of this agreement."""
    rows = (one for lot in agreement.lots for one in lot.suppliers)
    return next((one for one in rows if one.id == supplier_id), None)


def uses_of(agreements: Sequence[Agreement], day: date) -> dict[int, Uses]:
    """Agreement → how full its ceilings are, by the levels of a day."""
    levels = levels_on(day)
    found = {agreement.id: Uses() for agreement in agreements}
    rows = db.session.scalars(
        select(Ceiling)
        .where(Ceiling.agreement_id.in_(found))
        .order_by(Ceiling.id)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        uses, use = found[row.agreement_id], use_of(row, levels)
        if row.institution_id is not None:
            uses.institutions[row.institution_id] = use
        elif row.lot_id is not None and row.producer_id is not None:
            uses.suppliers[row.lot_id, row.producer_id] = use
        elif row.lot_id is not None:
            uses.lots[row.lot_id] = use
        elif row.exempted:
            uses.exempted = use
        else:
            uses.whole = use
    return found


def price_histories(agreement: Agreement) -> dict[int, list[PriceHistory]]:
    """Lot → its prices, each with all its days."""
    rows: dict[PriceKey, dict[date, AgreedPrice]] = {}
    for row in all_prices(agreement):
        rows.setdefault(key_of(row), {})[row.valid_from] = row
    found: dict[int, list[PriceHistory]] = {}
    for key, days in rows.items():
        found.setdefault(key[0], []).append(PriceHistory(key, tuple(days[day] for day in sorted(days))))
    return found


def product_names(histories: dict[int, list[PriceHistory]]) -> dict[int, str]:
    """The names of the products that have prices of their own."""
    wanted = {one.key[3] for of_lot in histories.values() for one in of_lot if one.key[3] is not None}
    named = select(Product.id, Product.name).where(Product.id.in_(wanted))
    return {row.id: row.name for row in db.session.execute(named)} if wanted else {}


def imports_of(agreement: Agreement) -> Sequence[PriceImport]:
    """Price lists that were applied, newest first."""
    return db.session.scalars(
        select(PriceImport)
        .where(PriceImport.agreement_id == agreement.id, PriceImport.applied_at.is_not(None))
        .order_by(PriceImport.applied_at.desc())
    ).all()


def _entitling(institution_id: int) -> Select[Agreement]:
    entitled = select(agreement_institution.c.agreement_id).where(
        agreement_institution.c.institution_id == institution_id
    )
    return _whole().where(Agreement.id.in_(entitled), Agreement.state.in_(PUBLISHED))


def _whole() -> Select[Agreement]:
    lots = selectinload(Agreement.lots)
    return select(Agreement).options(
        selectinload(Agreement.institutions),
        lots.selectinload(AgreementLot.food_types),
        lots.selectinload(AgreementLot.suppliers).options(
            joinedload(LotSupplier.producer), joinedload(LotSupplier.lot)
        ),
    )


ORDER = {AgreementState.IN_FORCE: 0, AgreementState.DRAFT: 1, AgreementState.ENDED: 2}


def _sorted(statement: Select[Agreement]) -> list[Agreement]:
    rows = db.session.scalars(statement.order_by(Agreement.valid_from.desc(), Agreement.id)).unique()
    return sorted(rows, key=lambda row: ORDER[AgreementState(row.state)])
