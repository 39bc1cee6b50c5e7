"""The auditor's later questions over HTTP: with filters, empty, as files, and for whom."""

import csv
import io
import re

from foodorder.accounts.models import HeadCount
from foodorder.audit.waterfall import Part
from foodorder.db import db
from foodorder.rules.permissions import Role
from tests.agreements import add_agreement, add_lot, add_supplier
from tests.invoices import TUESDAY_MORNING
from tests.kept import once
from tests.paid import paid_week
from tests.web.office import log_in

#: Question → its exhibits, those with a drawing first.
QUESTIONS = {
    "waterfall": ("steps", "reasons", "months", "institutions"),
    "offers": ("months", "foods", "producers"),
    "agreements": ("limits",),
    "distance": ("months", "producers", "institutions"),
    "comparison": ("kitchens", "kinds", "municipalities"),
}
#: Asked about a whole municipality alone.
WHOLE = {"offers", "agreements", "comparison"}
MARK = "Nevidna"


@once
def week(world, clock_at):
    """A week that went on to the money, under an agreement, with head-counts and names that are marked."""
    paid_week(world, clock_at)
    world.kitchen.delivery_points[0].head_counts = [HeadCount(age_group="3-6", persons=40)]
    for number, one in enumerate((world.farm, world.baker)):
        one.name = f"{MARK} kmetija {number}"
    for number, one in enumerate((world.kitchen, world.school)):
        one.short_name = one.name = f"{MARK} kuhinja {number}"
    agreement = add_agreement(world, world.kitchen, title=f"{MARK} pogodba")
    lot = add_lot(agreement, world.carrots.product.food_type, cents=10_000)
    add_supplier(lot, world.farm)
    lot.ceiling.used_cents = 5_000
    clock_at(TUESDAY_MORNING)
    db.session.commit()
    return world


@once
def auditor(app, week):
    return log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)


def rows(answer):
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_each_question_with_its_drawing_and_its_files(auditor):
    for question, exhibits in QUESTIONS.items():
        assert auditor.get(f"/auditor/spend/{question}?from=2026-11&to=2026-12&group=1").status_code == 200
        page = auditor.get(f"/auditor/spend/{question}")
        for exhibit in exhibits:
            assert f'id="{exhibit}"' in page.text
            assert len(rows(auditor.get(f"/auditor/spend/{question}/{exhibit}.csv"))) > 1
        drawing = auditor.get(f"/auditor/spend/{question}/{exhibits[0]}-narrow.svg")
        assert drawing.mimetype == "image/svg+xml"
        assert auditor.get(f"/auditor/spend/{question}/{exhibits[0]}.xlsx").data.startswith(b"PK")
        empty = auditor.get(f"/auditor/spend/{question}?from=2021-01&to=2021-02")
        assert empty.status_code == 200
        assert f'id="{exhibits[0]}"' not in empty.text


def test_every_difference_leads_to_its_lines(auditor):
    page = auditor.get("/auditor/spend/waterfall?from=2026-11&to=2026-12").text.replace("&amp;", "&")
    told = set(re.findall(r"/auditor/spend/lines\?[^\"]*part=(\w+)", page))
    assert told == {"to_come", "refused"}
    assert "/auditor/payments?from=2026-11&to=2026-12&money=waits" in page
    for part in Part:
        lines = auditor.get(f"/auditor/spend/lines?part={part}&from=2026-11&to=2026-12")
        listed = auditor.get(f"/auditor/spend/lines.csv?part={part}&from=2026-11&to=2026-12")
        if part in (Part.CREDITED, Part.NOT_DUE, Part.OVERDUE, Part.SETTLING):
            assert (lines.status_code, listed.status_code) == (404, 404)
        else:
            assert lines.status_code == 200
            assert (len(rows(listed)) > 1) is (part.value in told), part


def test_the_lines_of_a_difference_lead_on(auditor, week):
    page = auditor.get("/auditor/spend/lines?part=refused").text
    assert f'href="/auditor/notes/{week.note.id}"' in page
    assert re.search(r'href="/auditor/records/lines/\d+"', page)
    assert 'name="part"' in page
    assert "There is no such line" in auditor.get("/auditor/spend/lines?page=7").text
    assert auditor.get("/auditor/spend/lines?part=nonsense").status_code == 404


def test_single_offers_lead_to_their_weeks(auditor, week):
    page = auditor.get("/auditor/spend/offers").text.replace("&amp;", "&")
    assert "/auditor/spend/weeks?producers=1" in page
    alone = auditor.get("/auditor/spend/weeks?producers=1")
    assert 'href="/auditor/offer-versions/' in alone.text
    assert week.farm.name in alone.text
    assert {row[2] for row in rows(auditor.get("/auditor/spend/weeks.csv?producers=1"))[1:]} == {"1"}
    assert "There is no such week" in auditor.get("/auditor/spend/weeks?producers=3").text


def test_local_goods_are_chosen_among_lines_alone(auditor):
    near, far = (rows(auditor.get(f"/auditor/records/lines.csv?origin={one}")) for one in ("local", "far"))
    assert len(near) + len(far) - 2 == len(rows(auditor.get("/auditor/records/lines.csv"))) - 1 > 0
    page = auditor.get("/auditor/records?origin=local&certificate=conventional").text.replace("&amp;", "&")
    assert 'href="/auditor/spend?certificate=conventional"' in page
    assert 'href="/auditor/records/lines.csv?certificate=conventional&origin=local"' in page
    assert 'name="origin"' not in auditor.get("/auditor/spend?origin=local").text


def test_notes_and_invoices_belong_to_the_records_and_lead_to_their_lines(auditor, week):
    for path in (f"notes/{week.note.id}", f"invoices/{week.invoice.id}"):
        page = auditor.get(f"/auditor/{path}").text
        assert re.search(r'href="/auditor/records"[^>]*aria-current="true"', page), path
    assert re.search(r'href="/auditor/records/lines/\d+"', auditor.get(f"/auditor/notes/{week.note.id}").text)


def test_an_accountant_asks_about_the_own_kitchen(app, week):
    accountant = log_in(app, week, Role.ACCOUNTANT, institution_id=week.kitchen.id)
    for question in QUESTIONS:
        page = accountant.get(f"/auditor/spend/{question}")
        assert page.status_code == (404 if question in WHOLE else 200), question
        assert week.school.short_name not in page.text
    file = rows(accountant.get("/auditor/spend/waterfall/steps.csv"))
    assert file[1][1] == "62.50"
    assert week.school.short_name not in accountant.get("/auditor/spend/lines.csv?part=refused").text


def test_nothing_of_it_is_seen_elsewhere(app, week):
    stranger = log_in(app, week, Role.AUDITOR, municipality_id=week.add_municipality().id)
    paths = [f"/auditor/spend/{question}" for question in QUESTIONS]
    paths += [f"{path}/{exhibit}.csv" for path in paths for exhibit in QUESTIONS[path.rpartition("/")[2]]]
    paths += [
        "/auditor/payments",
        "/auditor/payments.csv",
        "/auditor/spend/weeks",
        "/auditor/spend/weeks.csv",
    ]
    paths += [f"/auditor/spend/lines{ending}?part={part}" for ending in ("", ".csv") for part in Part]
    for path in paths:
        ids = f"{'&' if '?' in path else '?'}institution={week.kitchen.id}&producer={week.farm.id}"
        for asked in (path, path + ids):
            assert MARK not in stranger.get(asked).text, asked
