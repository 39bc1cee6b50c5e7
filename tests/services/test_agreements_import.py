"""Price lists from spreadsheets: every line understood or named, applied as previewed or not at all."""

import io
import zipfile
from datetime import date, timedelta

import pytest
import xlsxwriter

from foodorder.agreements import force, price_file, price_import, sheets, suppliers
from foodorder.agreements.amending import AmendmentData
from foodorder.agreements.prices import agree_prices, prices_on
from foodorder.agreements.states import NotADraft
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind, AwardMode, LotKind
from foodorder.rules.quantity import NotANumber
from tests.factories import NOW
from tests.kept import once
from tests.services.agreed import ACT, FIRST, agreement_in, enact, lot_of
from tests.services.test_agreements_draft import price

TODAY = NOW.date()
HEADS = "Sklop;Ponudnik;Živilo;Izdelek;Enota;Cena (EUR brez DDV);Velja od"


@once
def town(world):
    """A draft with carrots of one farm at 1.50 EUR, in lot 1."""
    enact()
    farm, carrots = world.add_producer(name="Kmetija Čuk"), world.add_food_type(name_sl="Korenje")
    agreement = agreement_in(world, world.add_institution())
    lot = lot_of(agreement, carrots)
    suppliers.add_supplier(lot, farm.id, **ACT)
    agree_prices(agreement, [price(lot, farm, carrots)], **ACT)
    return agreement, lot, farm, carrots


def listed(agreement, *lines, heads=HEADS, encoding="utf-8"):
    return price_import.upload(agreement, "cenik.csv", "\n".join([heads, *lines]).encode(encoding), **ACT)


def seen(kept):
    return [(line.number, line.change, line.old_cents) for line in price_import.preview(kept)]


def errors(kept):
    return [
        (line.number, column, message % facts)
        for line in price_import.preview(kept)
        for column, message, facts in line.errors
    ]


def test_a_list_is_shown_with_its_differences_and_changes_nothing_yet(town, world):
    agreement, lot, farm, carrots = town
    product = world.add_product(farm, carrots)
    kept = listed(
        agreement,
        "1;Kmetija Čuk;Korenje;;kg;1,65;",
        f"1;{farm.tax_number};{carrots.code};;KGM;1.50;1. 10. 2026",
        f"1;kmetija cuk;korenje;{product.name};;2,10 €;2026-10-01",
    )
    new, changed, unchanged = (
        price_import.Change.NEW,
        price_import.Change.CHANGED,
        price_import.Change.UNCHANGED,
    )
    assert seen(kept) == [(2, changed, 150), (3, unchanged, 150), (4, new, None)]
    assert [line.change_bp for line in price_import.preview(kept)] == [1_000, 0, None]
    assert prices_on(agreement.id, FIRST)[lot.id, farm.id, carrots.id, None].price_cents == 150


def test_a_list_is_applied_as_it_was_previewed_once(town):
    agreement, lot, farm, carrots = town
    kept = listed(agreement, "1;Kmetija Čuk;Korenje;;;1,65;", "1;Kmetija Čuk;Korenje;;;1,70;2027-01-01")
    assert price_import.apply_import(agreement, kept, **ACT) == 2
    held = prices_on(agreement.id, date(2027, 1, 1))[lot.id, farm.id, carrots.id, None]
    assert (held.price_cents, held.import_id) == (170, kept.id)
    with pytest.raises(price_import.AppliedAlready):
        price_import.apply_import(agreement, kept, **ACT)


def test_unchanged_lines_are_not_agreed_again(town):
    agreement = town[0]
    kept = listed(agreement, "1;Kmetija Čuk;Korenje;;;1,50;")
    assert price_import.apply_import(agreement, kept, **ACT) == 0


def test_one_wrong_line_and_nothing_is_applied(town):
    agreement, lot, farm, carrots = town
    kept = listed(agreement, "1;Kmetija Čuk;Korenje;;;1,65;", "1;Kmetija Čuk;Repa;;;1,65;")
    with pytest.raises(price_import.ImportHasErrors):
        price_import.apply_import(agreement, kept, **ACT)
    assert prices_on(agreement.id, FIRST)[lot.id, farm.id, carrots.id, None].price_cents == 150


def test_prices_that_changed_after_the_preview_are_a_conflict(town):
    agreement, lot, farm, carrots = town
    kept = listed(agreement, "1;Kmetija Čuk;Korenje;;;1,65;")
    agree_prices(agreement, [price(lot, farm, carrots, 155)], **ACT)
    with pytest.raises(price_import.PricesChangedSince):
        price_import.apply_import(agreement, kept, **ACT)
    assert kept.applied_at is None


def test_every_error_names_its_line_and_column(town, world):
    agreement = town[0]
    world.add_producer(name="Kmetija Drugje")
    kept = listed(
        agreement,
        "9;Kmetija Čuk;Korenje;;;1,65;",
        "1;Kmetija Drugje;Korenje;;;1,65;",
        "",
        "1;Kmetija Čuk;Repa;;;=1+1;31. 2. 2027",
        "1;Kmetija Čuk;Korenje;Rdeče;l;;soon",
        "1;Kmetija Čuk;Korenje;;;0;2031-01-01",
    )
    assert [(number, column) for number, column, _ in errors(kept)] == [
        (2, "lot"), (3, "producer"), (5, "price"), (5, "valid_from"), (5, "food"), (6, "price"),
        (6, "valid_from"), (6, "unit"), (6, "product"), (7, "price"), (7, "valid_from"),
    ]  # fmt: skip
    said = [text for _, _, text in errors(kept)]
    assert said[0] == "The agreement has no lot 9."
    assert "“=1+1” is not a number" in said[2]
    assert said[7] == "The price is asked for per kg."


def test_two_prices_of_the_same_from_the_same_day_are_refused(town):
    agreement = town[0]
    kept = listed(
        agreement,
        "1;Kmetija Čuk;Korenje;;;1,65;",
        "1;Kmetija Čuk;Korenje;;;1,66;",
        "1;Kmetija Čuk;korenje;;;1,65;",
    )
    assert errors(kept) == [(3, "price", "Line 2 says another price of the same.")]


def test_suppliers_of_one_name_are_told_apart_by_their_tax_number(town, world):
    agreement, lot, *_ = town
    twin = world.add_producer(name="Kmetija Čuk")
    suppliers.add_supplier(lot, twin.id, **ACT)
    kept = listed(agreement, "1;Kmetija Čuk;Korenje;;;1,65;", f"1;SI{twin.tax_number};Korenje;;;1,65;")
    assert [column for _, column, _ in errors(kept)] == ["producer"]
    assert price_import.preview(kept)[1].price.producer_id == twin.id


def test_in_force_a_list_needs_an_amendment_and_days(town):
    agreement, lot, farm, carrots = town
    force.put_in_force(agreement, **ACT)
    assert [column for _, column, _ in errors(listed(agreement, "1;Kmetija Čuk;Korenje;;;1,65;"))] == [
        "valid_from"
    ]
    ahead = TODAY + timedelta(days=30)
    kept = listed(agreement, f"1;Kmetija Čuk;Korenje;;;1,65;{ahead}")
    with pytest.raises(NotADraft):
        price_import.apply_import(agreement, kept, **ACT)
    data = AmendmentData(signed_on=TODAY, effective_on=ahead, reason="yearly indexation")
    price_import.apply_import(agreement, kept, data, **ACT)
    held = prices_on(agreement.id, ahead)[lot.id, farm.id, carrots.id, None]
    assert (held.price_cents, held.import_id) == (165, kept.id)
    assert held.amendment_id is not None


def test_what_has_ended_takes_no_list(town):
    agreement = town[0]
    force.put_in_force(agreement, **ACT)
    force.end_agreement(agreement, "over", **ACT)
    with pytest.raises(NotADraft):
        listed(agreement, "1;Kmetija Čuk;Korenje;;;1,65;2026-12-01")


def test_a_dynamic_purchasing_system_takes_lists_of_each_call(world):
    enact()
    farm, carrots = world.add_producer(name="Kmetija Čuk"), world.add_food_type(name_sl="Korenje")
    dps = agreement_in(world, world.add_institution(), kind=AgreementKind.DPS)
    lot = lot_of(dps, carrots)
    force.put_in_force(dps, **ACT)
    suppliers.add_supplier(lot, farm.id, **ACT)
    kept = listed(dps, "1;Kmetija Čuk;Korenje;;;1,65;2026-12-01")
    assert price_import.apply_import(dps, kept, **ACT) == 1


def test_an_old_windows_file_and_other_separators_are_read(town):
    agreement = town[0]
    assert not errors(listed(agreement, "1;Kmetija Čuk;Korenje;;;1,65;", encoding="cp1250"))
    tabs = [HEADS.replace(";", "\t"), "1\tKmetija Čuk\tKorenje\t\t\t1,65\t"]
    assert not errors(listed(agreement, tabs[1], heads=tabs[0]))
    commas = [HEADS.replace(";", ","), '1,Kmetija Čuk,Korenje,,,"1,65",']
    assert not errors(listed(agreement, commas[1], heads=commas[0]))


def workbook(*rows):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def test_a_workbook_is_read_with_its_numbers_and_days(town):
    agreement = town[0]
    content = workbook(HEADS.split(";"), [1, "Kmetija Čuk", "Korenje", "", "kg", 1.65, "2026-12-01"])
    kept = price_import.upload(agreement, "cenik.xlsx", content, **ACT)
    (line,) = price_import.preview(kept)
    assert (line.price.price_cents, line.price.valid_from) == (165, date(2026, 12, 1))


def bomb():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x" * 2_000_001, sheets.FileTooLarge),
        (bomb(), sheets.FileTooLarge),
        (b"PK\x03\x04 nothing of the kind", sheets.NotASpreadsheet),
        (HEADS.encode("utf-16"), sheets.NotASpreadsheet),
        (b"\x89PNG\r\n\x1a\n\x00\x00", sheets.NotASpreadsheet),
        (b"name;price\nx;1", sheets.ColumnsMissing),
        (HEADS.encode(), sheets.NoLines),
        ("\n".join([HEADS, *["1;a;b;;;1;"] * 2_001]).encode(), sheets.FileTooLarge),
    ],
)
def test_a_hostile_file_is_refused_in_words(town, content, reason):
    with pytest.raises(reason):
        price_import.upload(town[0], "x", content, **ACT)


def test_a_formula_in_a_name_is_a_name_that_nobody_has(town):
    kept = listed(town[0], '1;"=HYPERLINK(""http://x"")";Korenje;;;1,65;')
    assert [column for _, column, _ in errors(kept)] == ["producer"]


def test_a_refusal_survives_the_keeping(town):
    kept = listed(town[0], "1;Kmetija Čuk;Korenje;;;dear;")
    db.session.flush()
    db.session.expire(kept)
    ((column, message, facts),) = price_import.preview(kept)[0].errors
    assert (column, message, facts) == ("price", NotANumber.message, {"typed": "dear"})


def test_an_exempted_lot_has_prices_only_of_its_suppliers(town):
    agreement, _, _, carrots = town
    lot_of(agreement, carrots, number="2", kind=LotKind.EXEMPTED, mode=AwardMode.OPEN, limit_cents=100)
    kept = listed(agreement, "Sklop 2;Kmetija Čuk;Korenje;;;1,65;")
    assert [type_of(line) for line in errors(kept)] == [price_file.SupplierUnknown.message[:20]]


def type_of(error):
    return error[2][:20]
