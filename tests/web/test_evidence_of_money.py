"""The evidence pack of a record that went on to the money: goods, claims, invoice, credit note, payments."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from flask import Flask

from foodorder.billing.credit import issue_credit_note
from foodorder.db import db
from foodorder.rules.permissions import Role
from foodorder.trail import service as trail
from tests.deliveries import farm_notes, line_of, record_of
from tests.invoices import TUESDAY_MORNING, claim, credited
from tests.kept import once
from tests.paid import WHO, paid_week
from tests.web.office import log_in


@once
def week(world: Any, clock_at: Any) -> Any:
    """The farm's Monday, paid; then cheese turned out bad and was credited. The school's is apart."""
    paid_week(world, clock_at)
    world.claim = claim(line_of(world.note, world.cheese), 500)
    credited(world.claim)
    cheese = next(line for line in world.invoice.lines if line.name == world.cheese.product.name)
    world.credit = issue_credit_note(world.invoice.id, {cheese.id: 500}, reason="Reklamacija.", **WHO)
    clock_at(TUESDAY_MORNING)
    trail.seal()
    db.session.commit()
    return world


@pytest.fixture
def archive(app: Flask, week: Any) -> zipfile.ZipFile:
    auditor = log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)
    record = record_of(week, week.kitchen).id
    answer = auditor.post(f"/auditor/records/{record}/evidence")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.data))


def test_the_pack_of_a_paid_record_holds_every_step_with_its_fingerprint(
    week: Any, archive: zipfile.ZipFile
) -> None:
    def rows(name: str) -> Any:
        return json.loads(archive.read(f"{name}.json"))

    every_fingerprint_holds(archive)
    assert {one["id"] for one in rows("delivery/notes")} == {week.note.id, week.wednesday.id}
    assert farm_notes(week)[1].id not in {one["id"] for one in rows("delivery/notes")}
    assert 9_500 in {one["quantity"] for one in rows("delivery/acceptances")}
    assert [(one["id"], one["outcome"]) for one in rows("claims/claims")] == [(week.claim.id, "credited")]
    assert {(one["id"], one["kind"], one["corrects_id"]) for one in rows("invoices/invoices")} == {
        (week.invoice.id, "invoice", None), (week.credit.id, "credit_note", week.invoice.id),
    }  # fmt: skip
    credited_lines = [one for one in rows("invoices/lines") if one["invoice_id"] == week.credit.id]
    assert [one["quantity"] for one in credited_lines] == [500]
    paid = rows("payments/payments")
    assert [(one["invoice_id"], one["amount_cents"]) for one in paid] == [
        (week.invoice.id, week.invoice.gross_cents)
    ]
    its_papers_are_in_it(week, archive.namelist())
    told = "".join(one["text"] for one in rows("trail/events"))
    for action in ("offer.published", "order.submitted", "record.written", "claim.opened", "claim.credited",
                   "invoice.issued", "credit_note.issued", "payment.booked"):  # fmt: skip
        assert f'"{action}"' in told, action


def every_fingerprint_holds(archive: zipfile.ZipFile) -> None:
    assert archive.testzip() is None
    sums = dict(line.split("  ")[::-1] for line in archive.read("manifest.sha256").decode().splitlines())
    assert set(archive.namelist()) == {*sums, "manifest.json", "manifest.sha256"}
    for name, said in sums.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == said, name


def its_papers_are_in_it(week: Any, names: list[str]) -> None:
    assert len([name for name in names if name.startswith("delivery/") and name.endswith(".pdf")]) == 2
    for invoice in (week.invoice, week.credit):
        papers = [name for name in names if name.startswith("invoices/") and invoice.number in name]
        assert {name.rpartition(".")[2] for name in papers} == {"pdf", "xml"}, names
        assert len(papers) == 3, papers
