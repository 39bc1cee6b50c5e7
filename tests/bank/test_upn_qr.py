"""The code on the payment form: technical standard UPN QR (ZBS, 2016-12-15)."""

from dataclasses import replace
from datetime import date

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from foodorder.bank import upn_qr
from foodorder.bank.upn_qr import NothingToPay, PaymentForm, Side, as_png, as_svg, text_of
from foodorder.rules.checkdigits import WrongIban
from foodorder.rules.references import WrongReference

FORM = PaymentForm(
    payer=Side("OŠ Predoslje Kranj", "Predoslje 17A", "4000 Kranj"),
    payee=Side("Kmetija Žagar", "Potok 3", "4204 Golnik"),
    iban="SI26 9900 0000 0000 123",
    reference="SI00 2026-42",
    amount=12_345,
    purpose="Račun R-2026-0042",
    due=date(2026, 12, 30),
)


def test_the_lines_of_the_standard():
    lines = [
        "UPNQR", "", "", "", "",
        "OŠ Predoslje Kranj", "Predoslje 17A", "4000 Kranj",
        "00000012345", "", "", "GDDS", "Račun R-2026-0042", "30.12.2026",
        "SI26990000000000123", "SI002026-42",
        "Kmetija Žagar", "Potok 3", "4204 Golnik",
    ]  # fmt: skip
    body = "\n".join(lines) + "\n"
    assert len(lines) == 19
    assert text_of(FORM) == f"{body}{sum(map(len, lines)) + 19}\n"


def test_the_control_sum_counts_letters_and_line_feeds():
    """The smallest form that there can be: its sum still has three digits."""
    empty = Side("", "", "")
    form = replace(FORM, payer=empty, payee=empty, purpose="", due=None, code="")
    assert text_of(form).endswith("\n065\n")


@pytest.mark.parametrize("due", [None, date(2027, 1, 2)])
def test_the_last_day_may_be_left_open(due):
    assert text_of(replace(FORM, due=due)).split("\n")[13] == ("02.01.2027" if due else "")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"amount": 0}, NothingToPay),
        ({"amount": -1}, NothingToPay),
        ({"amount": 10**11}, NothingToPay),
        ({"iban": "SI27990000000000123"}, WrongIban),
        ({"reference": "SI12 5"}, WrongReference),
        ({"reference": ""}, WrongReference),
    ],
)
def test_what_no_form_can_say(change, refusal):
    with pytest.raises(refusal):
        text_of(replace(FORM, **change))


def test_the_smallest_and_the_largest_amount():
    assert text_of(replace(FORM, amount=1)).split("\n")[8] == "00000000001"
    assert text_of(replace(FORM, amount=10**11 - 1)).split("\n")[8] == "99999999999"


def test_names_are_fitted_to_their_fields():
    payee = Side("Ž" * 40, "Ulica\nž", "4000\tKranj")
    lines = text_of(replace(FORM, payee=payee, purpose="x" * 50)).split("\n")
    assert lines[16:19] == ["Ž" * 33, "Ulica ž", "4000 Kranj"]
    assert lines[12] == "x" * 42


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Žužek", "Žužek"),
        ("Müller", "Müller"),
        ("Noël – Ñandú", "Noël - Nandú"),
        ("日本 €", ".. ."),
        ("ß", "ß"),
    ],
)
def test_letters_that_the_standard_does_not_know_are_replaced(typed, written):
    """ISO 8859-2 has no ñ, no dash and no euro sign."""
    assert text_of(replace(FORM, purpose=typed)).split("\n")[12] == written


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.text(st.characters(codec="utf-8"), max_size=60))
def test_nothing_that_a_name_holds_makes_another_line(name, purpose):
    text = text_of(replace(FORM, payee=Side(name, name, name), purpose=purpose))
    lines = text.split("\n")
    assert len(lines) == 21
    assert int(lines[19]) == len("\n".join(lines[:19])) + 1
    assert all(len(line) <= 33 for line in lines[16:19])
    assert len(lines[12]) <= 42
    assert len(text.encode("iso-8859-2")) == len(text) <= 411


def test_the_code_is_version_15_with_medium_correction_and_says_its_letters(monkeypatch):
    made = []
    real = segno.make_qr
    monkeypatch.setattr(segno, "make_qr", lambda *a, **k: made.append((real(*a, **k), a, k)) or made[-1][0])
    svg = as_svg(FORM, title="Koda za plačilo")
    ((code, (text,), options),) = made
    assert (code.designator, code.mode, text) == ("15-M", "byte", text_of(FORM))
    assert (options["encoding"], options["eci"]) == ("iso-8859-2", True)
    assert svg.startswith("<svg ")
    assert "<title>Koda za plačilo</title>" in svg
    assert "style=" not in svg


def test_the_fullest_form_still_fits():
    full = Side("Ž" * 33, "Ž" * 33, "Ž" * 33)
    form = replace(FORM, payer=full, payee=full, purpose="Ž" * 42, reference="SI00" + "1" * 22)
    assert as_png(form).startswith(b"\x89PNG")
    assert upn_qr._code(form).designator == "15-M"


def test_a_hostile_title_is_only_text():
    assert "<script>" not in as_svg(FORM, title="<script>alert(1)</script>")
