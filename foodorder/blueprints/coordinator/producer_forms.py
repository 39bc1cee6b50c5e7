"""Forms about producers: entered by a coordinator for a farmer without e-mail, and terms of delivery."""

from typing import Any

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from foodorder.accounts.models import ProducerKind
from foodorder.accounts.producers import FarmData, ProducerData
from foodorder.accounts.sellers import KINDS
from foodorder.blueprints.coordinator.typed import texts
from foodorder.blueprints.public.forms import (
    CheckedNumber,
    CoordinatesOf,
    PostcodeOf,
    country_field,
    read_coordinates,
)
from foodorder.blueprints.shared.forms import BaseForm, MoneyField, WeekdaysField, options
from foodorder.language import LANGUAGES
from foodorder.language import lazy_gettext as _l
from foodorder.rules import checkdigits
from foodorder.rules.vat import TaxType

#: How a producer is taxed, in words.
TAX_TYPES = {
    TaxType.FLAT_RATE: _l("Farmer with flat-rate compensation, or by cadastral income"),
    TaxType.VAT_PAYER: _l("Identified for VAT"),
    TaxType.EXEMPT: _l("Small taxpayer who charges no VAT"),
}


class KindForm(BaseForm):
    """What a producer is."""

    kind = RadioField(_l("Kind"), choices=options((kind, _l(words)) for kind, words in KINDS.items()))


class TermsForm(BaseForm):
    """Days and minimum in one municipality."""

    days = WeekdaysField(_l("Delivers on"), default=31, days=range(6))
    minimum_cents = MoneyField(
        _l("Least order of one kitchen and week, net"), description=_l("Empty: any order is welcome.")
    )


class ProducerForm(TermsForm):
    """A producer whom the coordinator enters, admitted at once."""

    name = StringField(
        _l("Name"), [DataRequired(), Length(max=120)], description=_l("As kitchens will see it.")
    )
    kind = RadioField(
        _l("Kind"),
        choices=options((kind, _l(words)) for kind, words in KINDS.items()),
        default=ProducerKind.FARM,
    )
    contact_name = StringField(_l("Name of the farmer"), [Length(max=120)])
    phone = StringField(_l("Telephone"), [DataRequired(), Length(max=40)], render_kw={"inputmode": "tel"})
    home_address = StringField(_l("Address"), [Length(max=200)])
    email = StringField(
        _l("E-mail"),
        [Optional(), Email(), Length(max=254)],
        description=_l("Leave it empty for a farmer without e-mail: messages then wait here to be printed."),
    )
    language = SelectField(
        _l("Language"), [InputRequired()], choices=options(LANGUAGES.items()), default="sl"
    )
    country = country_field()
    village = StringField(_l("Village"), [DataRequired(), Length(max=80)])
    postcode = StringField(_l("Postcode"), [DataRequired(), PostcodeOf()], render_kw={"inputmode": "numeric"})
    town = StringField(_l("Post office"), [DataRequired(), Length(max=80)])
    coordinates = StringField(
        _l("Coordinates of the village"),
        [DataRequired(), Length(max=60), CoordinatesOf()],
        description=_l(
            "From any map, for instance 46.299, 14.286. Kitchens see the distance, not the point."
        ),
    )
    kmg_mid = StringField(
        _l("KMG-MID number of the holding"),
        [Optional(), CheckedNumber(checkdigits.check_holding_number)],
        render_kw={"inputmode": "numeric"},
    )
    tax_type = RadioField(
        _l("How the producer is taxed"), [InputRequired()], choices=options(TAX_TYPES.items())
    )
    tax_number = StringField(
        _l("Tax number"),
        [DataRequired(), CheckedNumber(checkdigits.check_tax_number)],
        render_kw={"inputmode": "numeric"},
    )
    iban = StringField(_l("IBAN"), [Optional(), CheckedNumber(checkdigits.check_iban)])
    description = TextAreaField(_l("What they have, and when"), [Length(max=2000)])

    @property
    def place(self) -> dict[str, Any]:
        """Where the farm lies; coordinates rounded to the village."""
        typed, country = self.coordinates.data or "", self.country.data
        latitude, longitude = read_coordinates(typed, country=country) or (0.0, 0.0)
        words = texts(self, "name", "kmg_mid", "village", "postcode", "town")
        return {**words, "latitude": latitude, "longitude": longitude}

    def producer(self) -> ProducerData:
        """What was typed about the producer."""
        return ProducerData(
            **self.place,
            **texts(self, "tax_number", "email", "language", "description"),
            kind=ProducerKind(self.kind.data),
            tax_type=TaxType(self.tax_type.data),
        )

    def farm(self) -> FarmData:
        """The farm of origin at the same place."""
        return FarmData(**self.place, country=self.country.data)
