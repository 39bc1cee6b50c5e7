"""For the town: an application with its file, a declared interest, and a statement of owners."""

from datetime import date
from typing import Any

from foodorder.accounts.interests import Declaring, declare
from foodorder.accounts.ownership import enter_statement
from foodorder.agreements.applications import apply
from foodorder.rules.agreements import AgreementKind, AgreementState
from foodorder.rules.files import read_file
from foodorder.rules.integrity import Relation
from tests.factories import World
from tests.services.agreed import ACT, agreement_in, lot_of

PDF = b"%PDF-1.7"


def integrity_things(
    world: World, kitchens: list[Any], farms: list[Any], products: list[Any], mark: str
) -> dict[str, int]:
    """Parameters of routes → numbers of ours, one of each for each farm; every name has the mark.

    But not those of the dynamic purchasing system: it is announced to everybody.
    """
    system = agreement_in(world, *kitchens, kind=AgreementKind.DPS)
    lot = lot_of(system, *(product.food_type for product in products))
    system.state = AgreementState.IN_FORCE
    applications, declared, statements = [], [], []
    for number, farm in enumerate(farms):
        applications.append(apply(lot.id, farm.id, [(f"{mark} {number}.pdf", PDF)], mark, **ACT))
        tie = Declaring(
            name=f"{mark} {number}", office=mark, producer_id=farm.id, relation=Relation.FAMILY,
            declared_on=date(2026, 11, 20), valid_from=date(2026, 11, 1), institution_id=None,
        )  # fmt: skip
        declared.append(declare(world.municipality, tie, **ACT))
        statement = {"signed_on": date(2026, 11, 20), "owners": mark, "document": read_file("a.pdf", PDF)}
        statements.append(enter_statement(farm, world.municipality, **statement, **ACT))
    return {
        "application_id": applications[0].id,
        "document_id": applications[0].documents[0].id,
        "interest_id": declared[0].id,
        "statement_id": statements[0].id,
        "open_lot_id": lot.id,
    }
