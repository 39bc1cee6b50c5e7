"""The auditor's pages of delivery notes, invoices and payments over HTTP, and who reaches them."""

import csv
import io
import re
from dataclasses import replace
from html import unescape

from foodorder.audit.invoices import invoices
from foodorder.audit.selection import Selection
from foodorder.billing.models import Invoice
from foodorder.db import db
from foodorder.rules.permissions import Role
from tests.deliveries import MONDAY
from tests.invoices import TUESDAY_MORNING
from tests.kept import once
from tests.paid import paid_week
from tests.web.office import coordinator_of, log_in


@once
def week(world, clock_at):
    """A week that went on to the money; the kitchen's is paid."""
    paid_week(world, clock_at)
    clock_at(TUESDAY_MORNING)
    db.session.commit()
    return world


@once
def auditor(app, week):
    return log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)


def words(page):
    assert page.status_code == 200, page.status_code
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def link(page, pattern):
    found = re.search(rf'href="({pattern})"', page.text)
    assert found, pattern
    return found[1].replace("&amp;", "&")


def test_from_a_line_to_delivery_invoice_payment_and_trail(auditor, week):
    recorded = week.note.lines[0].record_line
    record = auditor.get(f"/auditor/records/{recorded.record_id}")
    assert link(record, rf"/auditor/notes/{week.note.id}")
    assert link(record, rf"/auditor/invoices/{week.invoice.id}")
    line = auditor.get(link(record, rf"/auditor/records/lines/{recorded.id}"))
    told = words(line)
    assert "Accepted in part Spoiled or of poor quality" in told
    assert "Delivered goods accepted" in told
    assert "Invoice issued" in told
    note = auditor.get(link(line, rf"/auditor/notes/{week.note.id}"))
    assert "What was accepted, and by whom" in words(note)
    assert "Gnilo." in words(note)
    invoice = auditor.get(link(note, rf"/auditor/invoices/{week.invoice.id}"))
    told = words(invoice)
    assert "Issued by the producer" in told
    assert "Bank transfer" in told
    assert "Payment booked" in told
    assert link(invoice, r"/auditor/records/\d+")
    assert auditor.get(f"/auditor/notes/{week.note.id}.pdf").data.startswith(b"%PDF")
    assert auditor.get(f"/auditor/invoices/{week.invoice.id}/eslog").status_code == 200


def test_invoices_by_how_they_stand_with_their_money(auditor, week):
    there = {"": (True, True), "x": (True, True), "paid": (True, False), "late": (True, False),
             "waits": (False, True), "overdue": (False, False), "returned": (False, True),
             "credited": (False, False)}  # fmt: skip
    for money, shown in there.items():
        page = auditor.get(f"/auditor/payments?from=2026-11&to=2026-12&money={money}")
        assert page.status_code == 200
        links = [f'href="/auditor/invoices/{one.id}"' in page.text for one in (week.invoice, week.half)]
        assert tuple(links) == shown, money
        assert ("No invoices" in page.text) is not any(shown)


def test_the_list_keeps_to_its_filters_and_its_file_says_the_same(auditor, week):
    address = f"/auditor/payments?institution={week.kitchen.id}&producer={week.farm.id}&basis=unclassified"
    assert f"{week.invoice.number}</a>" in auditor.get(address).text
    for other in (f"institution={week.school.id}&money=paid", f"producer={week.baker.id}",
                  "from=2026-01&to=2026-10"):  # fmt: skip
        found = auditor.get(f"/auditor/payments?{other}").text
        assert f'href="/auditor/invoices/{week.invoice.id}"' not in found, other
    file = auditor.get(address.replace("payments?", "payments.csv?"))
    rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    invoice = db.session.get(Invoice, week.invoice.id)
    assert [row["invoice"] for row in rows] == [invoice.number]
    assert rows[0]["paid_eur"] == f"{invoice.gross_cents / 100:.2f}"
    assert (rows[0]["open_eur"], rows[0]["late"]) == ("", "3")


def test_goods_of_another_group_or_basis_are_on_other_invoices(week):
    own = week.carrots.product.food_type.food_group_id
    asked = Selection(week.municipality.id, MONDAY, MONDAY, producer_id=week.farm.id)
    there = ({"food_group_id": own}, {"basis": "unclassified"}, {"certificate": "conventional", "cpv": "03"})
    other = ({"food_group_id": own + 1}, {"basis": "call_off"}, {"certificate": "organic"}, {"cpv": "15"})
    for narrower, found in (*((one, 2) for one in there), *((one, 0) for one in other)):
        listed = invoices(replace(asked, **narrower), TUESDAY_MORNING.date())
        assert listed.invoices == len(listed.rows) == found, narrower


def test_who_reaches_them(app, auditor, week):
    elsewhere = week.add_municipality()
    pages = {"mine": f"/auditor/invoices/{week.invoice.id}", "school's": f"/auditor/invoices/{week.half.id}",
             "note": f"/auditor/notes/{week.note.id}"}  # fmt: skip
    readers = {
        coordinator_of(app, week): {"mine", "school's", "note"},
        log_in(app, week, Role.ACCOUNTANT, institution_id=week.kitchen.id): {"mine", "note"},
        log_in(app, week, Role.AUDITOR, municipality_id=elsewhere.id): set(),
    }
    for reader, theirs in readers.items():
        for name, path in pages.items():
            assert reader.get(path).status_code == (200 if name in theirs else 404), name
        listed = reader.get("/auditor/payments").text
        assert (week.half.number in listed) is ("school's" in theirs)
    assert coordinator_of(app, week).get(f"/invoices/{week.invoice.id}").location.endswith(pages["mine"])
    assert coordinator_of(app, week).get(f"/notes/{week.note.id}").location.endswith(pages["note"])
