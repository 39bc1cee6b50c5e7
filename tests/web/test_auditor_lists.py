"""Claims and deviations of a selection: the same filters as everywhere, the same rows in page and files."""

import csv
import io
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from foodorder.billing.models.matching import Finding
from foodorder.catalogue.models import FoodGroup
from foodorder.db import db
from foodorder.rules.permissions import Role
from tests.deliveries import farm_notes, line_of
from tests.invoices import AT_THE_DOOR, TUESDAY_MORNING, claim, credited
from tests.kept import once
from tests.paid import paid_week
from tests.web.office import log_in

WEEKS = "from=2026-11&to=2026-12"


@once
def week(world: Any, clock_at: Any) -> Any:
    """Three claims, of which one about cheese was credited, and three deviations."""
    paid_week(world, clock_at)
    dairy = FoodGroup(code="dairy", name_sl="Mleko", name_en="Dairy", position=9)
    db.session.add(dairy)
    db.session.flush()
    world.cheese.product.food_type.food_group_id = world.dairy = dairy.id
    world.open = claim(line_of(world.note, world.carrots), 1_000)
    credited(claim(line_of(world.note, world.cheese), 500))
    claim(line_of(farm_notes(world)[1], world.carrots), 2_000)
    lines = {line.name: line.id for line in world.invoice.lines}
    for invoice, line_id, kind, state in (
        (world.invoice, lines[world.carrots.product.name], "tax", "held"),
        (world.invoice, None, "not_ordered", "released"),
        (world.half, world.half.lines[0].id, "tax", "disputed"),
    ):
        db.session.add(
            Finding(
                invoice_id=invoice.id, line_id=line_id, kind=kind, state=state, cents=120,
                facts={}, found_at=AT_THE_DOOR,
            )
        )  # fmt: skip
    clock_at(TUESDAY_MORNING)
    db.session.commit()
    return world


@once
def auditor(app: Flask, week: Any) -> FlaskClient:
    return log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)


def count(reader: FlaskClient, page: str, asked: str = "") -> int:
    """Rows of the file; the page has as many."""
    address = f"/auditor/{page}{{}}?{WEEKS}&{asked}"
    file = reader.get(address.format(".csv"))
    assert file.status_code == 200
    found = len(list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))) - 1
    shown = reader.get(address.format(""))
    assert shown.text.count('<th scope="row">') == found, asked
    return found


def test_claims_are_narrowed_like_everything_else(auditor: FlaskClient, week: Any) -> None:
    asked = {
        "": 3,
        f"institution={week.kitchen.id}": 2,
        f"institution={week.school.id}": 1,
        f"producer={week.farm.id}": 3,
        f"producer={week.baker.id}": 0,
        f"group={week.dairy}": 1,
        f"food={week.carrots.product.food_type_id}": 2,
        "basis=unclassified": 3,
        "certificate=conventional": 3,
        "certificate=organic": 0,
        "state=open": 2,
        "state=closed": 1,
        f"state=open&institution={week.kitchen.id}": 1,
    }
    assert {words: count(auditor, "claims", words) for words in asked} == asked
    assert "No claims" in auditor.get("/auditor/claims?from=2026-01&to=2026-02").text
    page = auditor.get(f"/auditor/claims?{WEEKS}&state=open").text.replace("&amp;", "&")
    assert f'href="/auditor/claims/{week.open.id}"' in page
    assert f'href="/auditor/notes/{week.note.id}"' in page
    assert f'href="/auditor/claims.xlsx?{WEEKS}&state=open"' in page
    assert auditor.get(f"/auditor/claims.xlsx?{WEEKS}").data.startswith(b"PK")
    assert "3 claims, 2 of them open." in auditor.get(f"/auditor/claims?{WEEKS}").text


def test_deviations_are_narrowed_like_everything_else(auditor: FlaskClient, week: Any) -> None:
    asked = {
        "": 3,
        f"institution={week.kitchen.id}": 2,
        f"institution={week.school.id}": 1,
        f"producer={week.farm.id}": 3,
        f"producer={week.baker.id}": 0,
        # Of the cheese only the deviation of the whole invoice that it stands on.
        f"group={week.dairy}": 1,
        f"food={week.carrots.product.food_type_id}": 3,
        "basis=unclassified": 3,
        "certificate=organic": 0,
        "state=held": 1,
        "state=disputed": 1,
    }
    assert {words: count(auditor, "deviations", words) for words in asked} == asked
    assert "Nothing differs" in auditor.get("/auditor/deviations?from=2026-01&to=2026-02").text
    page = auditor.get(f"/auditor/deviations?{WEEKS}").text.replace("&amp;", "&")
    for state in ("held", "disputed", "released"):
        assert f'href="/auditor/deviations?{WEEKS}&state={state}"' in page
    assert f'href="/auditor/deviations.csv?{WEEKS}"' in page


def test_nobody_reads_anothers(app: Flask, week: Any) -> None:
    accountant = log_in(app, week, Role.ACCOUNTANT, institution_id=week.school.id)
    elsewhere = log_in(app, week, Role.AUDITOR, municipality_id=week.add_municipality().id)
    for page, own in (("claims", 1), ("deviations", 1)):
        assert count(accountant, page) == count(accountant, page, f"institution={week.kitchen.id}") == own
        assert count(elsewhere, page) == count(elsewhere, page, f"institution={week.kitchen.id}") == 0
