"""An agreement in force for the town: a lot with suppliers and prices, a price list, a kind of purchase."""

from typing import Any

from foodorder.agreements.documents import add_documents
from foodorder.agreements.force import put_in_force
from foodorder.agreements.kinds import save_kind
from foodorder.agreements.price_import import upload
from foodorder.agreements.prices import PriceData, agree_prices
from foodorder.agreements.suppliers import add_supplier
from tests.factories import World
from tests.services.agreed import ACT, FIRST, agreement_in, enact, lot_of


def agreed_things(world: World, kitchens: list[Any], products: list[Any], mark: str) -> dict[str, int]:
    """Parameters of routes → numbers of ours; every name has the mark."""
    enact()
    foods = [product.food_type for product in products]
    agreement = agreement_in(world, *kitchens, title=mark)
    lot = lot_of(agreement, *foods, name=mark, limit_cents=50_000_000)
    prices = []
    for product in products:
        supplier = add_supplier(lot, product.producer_id, **ACT)
        prices += [
            PriceData(
                lot_id=lot.id, producer_id=supplier.producer_id, food_type_id=food.id, price_cents=150,
                valid_from=FIRST,
            )
            for food in foods
        ]  # fmt: skip
    agree_prices(agreement, prices, **ACT)
    put_in_force(agreement, **ACT)
    line = f"1;{products[0].producer.name};{foods[0].code};1,65;2027-01-01"
    kept = upload(agreement, "cenik.csv", f"Sklop;Ponudnik;Živilo;Cena;Velja od\n{line}".encode(), **ACT)
    [document] = add_documents(agreement, [(f"{mark}.pdf", b"%PDF-1.7 pogodba")], **ACT)
    kind = save_kind(world.municipality.id, mark, ["03"], **ACT)
    return {
        "agreement_id": agreement.id,
        "lot_id": lot.id,
        "supplier_id": lot.suppliers[0].id,
        "import_id": kept.id,
        "agreement_document_id": document.id,
        "kind_id": kind.id,
    }
