"""What a document can hold, and what it refuses to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from foodorder.exchange import eslog, figures, ubl_invoice, ubl_response
from foodorder.exchange.eslog_fit import street_lines
from foodorder.exchange.model import (
    EXEMPTION_TEXT,
    FLAT_RATE_TEXT,
    Address,
    Answer,
    AnswerLine,
    BuyerChargesNoVat,
    Corrected,
    DespatchLine,
    Endpoint,
    Incomplete,
    Invoice,
    Kind,
    Line,
    NoDueDate,
    NoExemptionText,
    NoLines,
    NotRepresentable,
    Order,
    OrderResponse,
    Outstanding,
    Party,
    Period,
    RepeatedLine,
    SellerChargesNoVat,
    TotalsDisagree,
    Vat,
    VatCategory,
    VatTotal,
    ZeroQuantity,
    totals_of,
    vat_of_treatment,
)
from foodorder.exchange.model.lines import without_compensation
from foodorder.exchange.text import clean, shortened
from foodorder.rules.errors import Refusal
from foodorder.rules.money import vat_of
from foodorder.rules.vat import EXEMPT, Treatment, TreatmentCode

S95, S22, E = Vat(VatCategory.STANDARD, 950), Vat(VatCategory.STANDARD, 2200), Vat(VatCategory.EXEMPT)
NOON = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Europe/Ljubljana"))
KRANJ = Address(city="Kranj", post_code="4000", street="Zgornja vas 5")
FARM = Party(name="Kmetija Žlebnik", address=KRANJ, tax_number="59082437", registration="100123456")
PAYER = replace(FARM, vat_id="SI59082437")
SCHOOL = Party(name="OŠ Primer", address=KRANJ, tax_number="50223089")
CANTEEN = replace(SCHOOL, vat_id="SI50223089")


def line(id: str = "1", quantity: int = 1000, price_cents: int = 100, vat: Vat = E, **more: Any) -> Line:
    return Line.of(
        id=id, name="Korenje", quantity=quantity, unit="KGM", price_cents=price_cents, vat=vat, **more
    )


def invoice(**changed: Any) -> Invoice:
    usual: dict[str, Any] = {
        "number": "R-1",
        "issued": date(2026, 11, 20),
        "due": date(2026, 12, 20),
        "seller": FARM,
        "buyer": SCHOOL,
        "lines": (line(),),
        "exemption": EXEMPTION_TEXT,
        "order": "N-1",
    }
    return Invoice(**{**usual, **changed})


def test_vat_is_rounded_once_per_rate_and_not_per_line() -> None:
    lines = [line(str(number), quantity=1000, price_cents=5, vat=S95) for number in range(10)]
    totals = totals_of([*lines, line("22", price_cents=100, vat=S22)])
    assert [(row.vat, row.base, row.amount) for row in totals.rows] == [(S95, 50, 5), (S22, 100, 22)]
    assert (totals.net, totals.vat, totals.gross) == (150, 27, 177)


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 10**5), st.sampled_from([S95, S22, E]))))
def test_totals_are_the_sum_of_their_rows(drawn: list[tuple[int, int, Vat]]) -> None:
    lines = [line(str(n), quantity, cents, vat) for n, (quantity, cents, vat) in enumerate(drawn)]
    totals = totals_of(lines)
    assert totals.net == sum(one.net for one in lines)
    assert totals.vat == sum(vat_of(row.base, row.vat.bp) for row in totals.rows)
    assert totals.gross == totals.net + totals.vat


def test_a_row_that_does_not_follow_from_its_base_cannot_be() -> None:
    with pytest.raises(TotalsDisagree):
        VatTotal(S95, 1000, 96)


def test_a_net_value_that_is_not_price_times_quantity_cannot_be() -> None:
    with pytest.raises(TotalsDisagree):
        replace(line(), net=103)
    assert replace(line(), net=102).net == 102


REFUSED: dict[str, tuple[dict[str, Any], type[Refusal]]] = {
    "no lines": ({"lines": ()}, NoLines),
    "a line twice": ({"lines": (line(), line())}, RepeatedLine),
    "no due date": ({"due": None}, NoDueDate),
    "no reason for no VAT": ({"exemption": None}, NoExemptionText),
    "a reason of forbidden signs": ({"exemption": "\x00\ufffe"}, NoExemptionText),
    "VAT of a farm without VAT number": ({"lines": (line(vat=S95),)}, SellerChargesNoVat),
    "zero rate of a farm without VAT number": (
        {"lines": (line(vat=Vat(VatCategory.ZERO)),)},
        SellerChargesNoVat,
    ),
    "compensation from a school": ({"compensation_bp": 800}, BuyerChargesNoVat),
    "compensation on goods with VAT": (
        {"compensation_bp": 800, "seller": PAYER, "buyer": CANTEEN, "lines": (line(vat=S95),)},
        NotRepresentable,
    ),
    "a credit note of nothing": ({"kind": Kind.CREDIT_NOTE}, Incomplete),
    "an empty number": ({"number": " \x00"}, Incomplete),
    "less than nothing": ({"lines": (line(quantity=-1000),)}, NotRepresentable),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_invoice_cannot_be_built_wrong(what: str) -> None:
    changed, refusal = REFUSED[what]
    with pytest.raises(refusal):
        invoice(**changed)


BUILT_WRONG: dict[str, tuple[Callable[[], object], type[Refusal]]] = {
    "a line of nothing": (lambda: line(quantity=0), ZeroQuantity),
    "a name of nothing": (lambda: replace(line(), name="\x01"), Incomplete),
    "a negative price": (lambda: line(price_cents=-1), NotRepresentable),
    "a standard rate of nought": (lambda: Vat(VatCategory.STANDARD, 0), NotRepresentable),
    "an exemption with a rate": (lambda: Vat(VatCategory.EXEMPT, 950), NotRepresentable),
    "a period backwards": (lambda: Period(date(2026, 2, 1), date(2026, 1, 1)), NotRepresentable),
    "a country in words": (lambda: Address(city="Kranj", country="Slovenija"), NotRepresentable),
    "a VAT number of another": (lambda: replace(FARM, vat_id="SI11111111"), NotRepresentable),
    "a VAT number without country": (lambda: replace(FARM, vat_id="59082437"), NotRepresentable),
    "an order that gives back": (
        lambda: Order(
            number="N", issued=NOON, buyer=SCHOOL, seller=FARM, lines=(line(quantity=-1),)
        ),
        ZeroQuantity,
    ),
    "acceptance of nothing": (lambda: answer(Answer.ACCEPTED, 0), ZeroQuantity),
    "refusal of something": (lambda: answer(Answer.REFUSED, 1000, "ni"), ZeroQuantity),
    "a change without reason": (lambda: answer(Answer.CHANGED, 1000), Incomplete),
    "delivery of nothing": (lambda: goods(quantity=0), ZeroQuantity),
    "nothing outstanding": (lambda: goods(outstanding=Outstanding(0, "zmrzal")), ZeroQuantity),
    "meat without a lot": (lambda: goods(animal_origin=True), Incomplete),
    "a negative weight": (lambda: goods(net_weight=-1), NotRepresentable),
}  # fmt: skip


@pytest.mark.parametrize("what", BUILT_WRONG)
def test_a_part_cannot_be_built_wrong(what: str) -> None:
    build, refusal = BUILT_WRONG[what]
    with pytest.raises(refusal):
        build()


def answer(kind: Answer, quantity: int, reason: str | None = None, line: str = "1") -> AnswerLine:
    return AnswerLine(order_line=line, name="Por", answer=kind, quantity=quantity, unit="KGM", reason=reason)


def goods(quantity: int = 1000, **more: Any) -> DespatchLine:
    return DespatchLine(id="1", name="Sir", code="S", quantity=quantity, unit="KGM", **more)


def test_meat_that_does_not_come_needs_no_lot() -> None:
    assert goods(quantity=0, outstanding=Outstanding(1000, "zmrzal"), animal_origin=True).lot is None


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        (Treatment(TreatmentCode.VAT, 950), (S95, 0, None)),
        (Treatment(TreatmentCode.VAT, 0), (Vat(VatCategory.ZERO), 0, None)),
        (EXEMPT, (E, 0, EXEMPTION_TEXT)),
        (Treatment(TreatmentCode.FLAT_RATE, 800), (E, 800, FLAT_RATE_TEXT)),
    ],
)
def test_each_tax_type_has_its_category_and_text(
    treatment: Treatment, expected: tuple[Vat, int, str | None]
) -> None:
    assert vat_of_treatment(treatment) == expected


def with_compensation(*lines: Line) -> Invoice:
    return invoice(buyer=CANTEEN, lines=lines, compensation_bp=800, exemption=FLAT_RATE_TEXT)


def test_compensation_is_a_line_without_vat_computed_once_on_the_sum() -> None:
    made = with_compensation(*(line(str(n), price_cents=6) for n in range(1, 11)))
    last = made.all_lines[-1]
    assert (last.id, last.name, last.net, last.vat) == (
        "11",
        "Pavšalno nadomestilo 8 % (95. člen ZDDV-1)",
        5,
        E,
    )
    assert (made.totals.net, made.totals.vat, made.totals.gross) == (65, 0, 65)
    assert [(row.vat, row.base, row.amount) for row in made.totals.rows] == [(E, 65, 0)]
    assert without_compensation(made.all_lines) == (made.lines, 800)


def test_the_line_of_the_compensation_finds_a_number_that_is_free() -> None:
    assert with_compensation(line("2"), line("1"), line("4")).all_lines[-1].id == "5"
    assert with_compensation(line("2")).all_lines[-1].id == "3"


@pytest.mark.parametrize("bp", [800, 850, 1255, 5])
def test_compensation_is_found_again_at_any_rate(bp: int) -> None:
    made = replace(with_compensation(line(quantity=123_456)), compensation_bp=bp)
    assert without_compensation(made.all_lines) == (made.lines, bp)


def test_a_line_that_only_bears_its_name_stays_a_line() -> None:
    lines = (line(), replace(line("2"), name="Pavšalno nadomestilo 8 % za prevoz"))
    assert without_compensation(lines) == (lines, 0)
    assert without_compensation(lines[1:]) == (lines[1:], 0)
    assert without_compensation(()) == ((), 0)


def test_an_answer_follows_from_its_lines() -> None:
    yes, no = answer(Answer.ACCEPTED, 1000), answer(Answer.REFUSED, 0, "toča", "2")

    def answered(*lines: AnswerLine) -> OrderResponse:
        return OrderResponse(number="O", issued=NOON, order="N", seller=FARM, buyer=SCHOOL, lines=lines)

    assert answered(yes).answer is Answer.ACCEPTED
    assert answered(no).answer is Answer.REFUSED
    assert answered(yes, no).answer is Answer.CHANGED
    assert ">toča<" in ubl_response.write(answered(no)).decode()


def test_a_party_is_addressed_by_its_tax_number_unless_it_says_otherwise() -> None:
    assert FARM.endpoint == Endpoint("9949", "SI59082437")
    assert replace(FARM, endpoint=Endpoint("0088", "1")).endpoint == Endpoint("0088", "1")
    assert Party(name="A", address=KRANJ).endpoint is None
    assert Party(name="A", address=KRANJ, vat_id="SI59082437").tax_number == "59082437"


def test_peppol_wants_an_address_and_a_reference() -> None:
    with pytest.raises(Incomplete):
        ubl_invoice.write(invoice(order=None))
    with pytest.raises(Incomplete):
        ubl_invoice.write(invoice(seller=replace(FARM, tax_number=None, endpoint=None)))


def test_eslog_cuts_names_but_never_numbers() -> None:
    assert eslog.carried(invoice(note="a" * 600)).note == "a" * 511 + "…"
    with pytest.raises(NotRepresentable):
        eslog.write(invoice(order="N" * 71))
    with pytest.raises(NotRepresentable):
        eslog.write(invoice(kind=Kind.CREDIT_NOTE, corrects=Corrected("R" * 71)))


def test_a_street_is_broken_between_words() -> None:
    assert street_lines("Ulica talcev in borcev za severno mejo 123 a") == [
        "Ulica talcev in borcev za severno",
        "mejo 123 a",
    ]
    assert street_lines("abcde " * 30)[-1].endswith("…")
    assert [len(one) <= 35 for one in street_lines("O" * 90 + " 5 " + "abcd " * 60)] == [True] * 3


@given(st.text(st.characters()))
def test_a_cleaned_text_is_what_xml_can_carry(text: str) -> None:
    made = f"a{clean(text)}".strip()
    assert clean(made) == made
    back = etree.fromstring(eslog.write(invoice(terms=made)))
    assert back.findtext(".//{*}S_FTX[{*}D_4451='AAB']//{*}D_4440") == shortened(made, 512)


@given(st.integers(-(10**14), 10**14), st.sampled_from([2, 3, 6]))
def test_figures_are_read_as_they_were_written(value: int, places: int) -> None:
    assert figures.scaled(figures.decimal(value, places, 2), places, what="") == value


@pytest.mark.parametrize("text", ["", ".", "-", "1e3", "1,5", "0x10", " 1", "1.234", "NaN", "1" * 16, "١"])
def test_what_is_no_sum_of_money_is_refused(text: str) -> None:
    with pytest.raises(NotRepresentable):
        figures.scaled(text, 2, what="BT-131")


@pytest.mark.parametrize("text", ["2026-02-30", "20261120", "2026-W47-5", "2026-11-20Z", "٢٠٢٦-11-20", ""])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(NotRepresentable):
        figures.day(text, what="BT-2")


def test_a_price_may_be_for_several_units() -> None:
    assert figures.unit_price("85.00", "100", what="") == 850_000
    assert figures.unit_price("1", "3", what="") == 333_333
    assert figures.unit_price("2", "3", what="") == 666_667
    with pytest.raises(NotRepresentable):
        figures.unit_price("1", "0", what="BT-149")
