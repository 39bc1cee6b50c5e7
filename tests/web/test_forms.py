"""What the fields of our forms accept, keep and say."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from foodorder.blueprints.shared.forms import (
    MESSAGES,
    BaseForm,
    CountField,
    MoneyField,
    QuantityField,
    WeekdaysField,
    error_links,
)
from foodorder.language import speaking
from foodorder.rules.quantity import NotAMultiple, TooLarge


class OfferForm(BaseForm):
    name = StringField("Name", [InputRequired(), Length(min=3)])
    secret = PasswordField("Password")
    quantity = QuantityField("Quantity")
    pieces = QuantityField("Pieces", unit="H87")
    price = MoneyField("Price")
    count = CountField("People")
    days = WeekdaysField("Days")


@pytest.fixture(autouse=True)
def request_context() -> Iterator[None]:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="only for these tests", WTF_CSRF_ENABLED=False)
    with app.test_request_context(), speaking("sl"):
        yield


def form(**typed: str | list[str]) -> OfferForm:
    return OfferForm(MultiDict({"name": "Kmetija", **typed}))


@pytest.mark.parametrize("typed", ["1.234,5", "1,234.5", "1234,5", "1234.5", " 1 234,5 "])
def test_a_quantity_is_read_with_comma_and_point(typed: str) -> None:
    filled = form(quantity=typed)
    assert filled.validate(), filled.errors
    assert filled.quantity.data == 1_234_500


def test_money_is_read_in_cents() -> None:
    assert form(price="1.234,50 €").price.data == 123_450


def test_an_empty_number_is_none() -> None:
    assert form(quantity="  ").quantity.data is None


def test_what_cannot_be_read_stays_as_it_was_typed() -> None:
    filled = form(quantity="twelve")
    assert not filled.validate()
    assert 'value="twelve"' in filled.quantity()
    assert "twelve" in filled.quantity.errors[0]


def test_half_a_piece_is_refused() -> None:
    filled = form(pieces="1,5")
    assert not filled.validate()
    assert filled.pieces.errors


def test_stored_values_are_shown_as_a_person_would_type_them() -> None:
    shown = OfferForm(quantity=1_234_500, price=150, days=0b101)
    assert 'value="1234,5"' in shown.quantity()
    assert 'value="1,50"' in shown.price()
    assert 'inputmode="decimal"' in shown.quantity()
    assert 'inputmode="numeric"' in shown.count()
    assert [choice.checked for choice in shown.days] == [True, False, True, False, False]


def test_weekdays_are_bits() -> None:
    assert form(days=["0", "2", "4"]).days.data == 0b10101
    assert form().days.data == 0


def test_a_weekday_that_was_not_offered_is_refused() -> None:
    assert not form(days=["6"]).validate()


def test_blanks_are_stripped_but_not_from_passwords() -> None:
    filled = form(name="\u200b \N{NO-BREAK SPACE}Kmetija ", secret=" a b ")
    assert filled.name.data == "Kmetija"
    assert filled.secret.data == " a b "


def test_messages_of_the_library_are_our_sentences() -> None:
    with speaking("en"):
        filled = form(name="K")
        assert not filled.validate()
        assert filled.name.errors == ["Write at least 3 characters."]
        assert str(MESSAGES["This field is required."]) == "Fill in this field."


def test_a_refusal_stands_beside_its_field_or_above_the_form() -> None:
    filled = form(quantity="2,3")
    filled.refuse(NotAMultiple(quantity=2300, step=500, unit="KGM"))
    filled.refuse(TooLarge())
    found = error_links(filled, ["A sentence."])
    assert found[0] == (None, "", "A sentence.")
    assert found[1][0] is None
    assert found[2][:2] == ("quantity", "Quantity")
    assert "0,5" in found[2][2]
