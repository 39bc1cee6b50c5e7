"""Agreements for tests: the numbers of the law that they ask for, and a framework with lots and suppliers."""

from datetime import date

from sqlalchemy import select

from foodorder.agreements.draft import AgreementData, create_agreement, set_institutions
from foodorder.agreements.lots import LotData, add_lot
from foodorder.catalogue.models import LegalParameter
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind
from foodorder.trail.actor import COMMAND
from tests.factories import NOW

EUR = 100
FIRST, LAST = date(2026, 9, 1), date(2030, 8, 31)
ACT = {"actor": COMMAND, "now": NOW}
LAW = {
    "procurement.exempted_lot_limit": 8_000_000,
    "procurement.exempted_lots_share": 2_000,
    "procurement.framework_max": 48,
    "procurement.contract_change_share": 1_000,
    "ceiling.warn": 8_000,
    "ceiling.urgent": 9_500,
    "ceiling.stop": 10_000,
}


def enact():
    """The numbers of seeds/reference, so that no test depends on the whole of it."""
    present = set(db.session.scalars(select(LegalParameter.key)))
    db.session.add_all(
        LegalParameter(
            country="SI",
            key=key,
            value=value,
            unit="x",
            valid_from=date(2016, 4, 1),
            source="test",
            certainty="S",
        )
        for key, value in LAW.items()
        if key not in present
    )
    db.session.flush()
    db.session.info.pop("law", None)


def framework(**values):
    """What a coordinator types about a framework agreement of a million euros."""
    return AgreementData(
        **{
            "kind": AgreementKind.FRAMEWORK,
            "title": "Živila 2026–2030",
            "portal_number": "JN004321/2026-EUe17/01",
            "signed_on": date(2026, 8, 20),
            "valid_from": FIRST,
            "valid_to": LAST,
            "value_cents": 1_000_000 * EUR,
            "limit_cents": 1_000_000 * EUR,
            **values,
        }
    )


def agreement_in(world, *institutions, **values):
    """A draft in the world's municipality, for these institutions."""
    made = create_agreement(world.municipality.id, framework(**values), **ACT)
    if institutions:
        set_institutions(made, [one.id for one in institutions], **ACT)
    return made


def lot_of(agreement, *foods, number="1", **values):
    """A lot of these food types."""
    data = {"number": number, "name": f"Sklop {number}", "food_type_ids": [food.id for food in foods]}
    return add_lot(agreement, LotData(**(data | values)), **ACT)
