"""The form by which a farm registers itself: five short parts on one page."""

import re
from typing import Any, ClassVar

from wtforms import (
    DateField,
    EmailField,
    FieldList,
    FormField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.validators import DataRequired, Email, EqualTo, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from foodorder.accounts.models import ProducerKind
from foodorder.accounts.sellers import KINDS
from foodorder.blueprints.shared.forms import BaseForm, Messages, options
from foodorder.language import get_locale
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.language.countries import country_choices
from foodorder.rules import checkdigits
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.errors import Refusal
from foodorder.rules.green import HOME
from foodorder.rules.passwords import SHORTEST
from foodorder.rules.vat import TaxType

#: How many certificates the form asks for; more can be added later.
CERTIFICATES = 3

#: Slovenia lies within these degrees, and Europe; anything else is a slip of the finger.
SLOVENIA = (45.4, 46.9), (13.3, 16.7)
EUROPE = (34.0, 72.0), (-25.0, 45.0)


class MultiCheckField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class CheckedNumber:
    """Validator: a number that carries its own proof (rules.checkdigits); keeps it written plainly."""

    def __init__(self, check: Any) -> None:
        self.check = check

    def __call__(self, form: Any, field: Any) -> None:
        try:
            field.data = self.check(field.data)
        except Refusal as reason:
            raise ValidationError(_(reason.message)) from reason


def read_coordinates(text: str, decimals: int = 3, country: str = HOME) -> tuple[float, float] | None:
    """Latitude and longitude as maps give them ("46.299, 14.286"); three decimals round to the village."""
    found = re.findall(r"-?\d{1,2}[.,]\d+", text)
    if len(found) != 2:
        return None
    latitude, longitude = (round(float(number.replace(",", ".")), decimals) for number in found)
    (south, north), (west, east) = SLOVENIA if country == HOME else EUROPE
    return (latitude, longitude) if south < latitude < north and west < longitude < east else None


class Chosen:
    """Validator of a list that always has something chosen: nobody is told that it may be left out."""

    field_flags: ClassVar[dict[str, bool]] = {"silent": True}

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing to refuse."""


def country_field() -> SelectField:
    """Where a farm lies; Slovenia unless something else is chosen."""
    return SelectField(
        _l("Country"),
        [Chosen()],
        default=HOME,
        choices=lambda: options(country_choices(get_locale().language)),
    )


class PostcodeOf:
    """Validator: a postcode of the country that the form names, four digits in Slovenia."""

    def __call__(self, form: Any, field: Any) -> None:
        typed = (field.data or "").strip()
        home = form.country.data == HOME
        if not re.fullmatch(r"\d{4}" if home else r"[A-Za-z0-9][A-Za-z0-9 -]{1,9}", typed):
            raise ValidationError(
                _("Write the four digits of the postcode.") if home else _("Write the postcode.")
            )


class CoordinatesOf:
    """Validator: two numbers within the country that the form names; a farm abroad cannot do without."""

    def __call__(self, form: Any, field: Any) -> None:
        home = form.country.data == HOME
        if not field.data and home:
            return
        if read_coordinates(field.data or "", country=form.country.data) is None:
            raise ValidationError(
                _("Write two numbers within Slovenia, for instance 46.299, 14.286.") if home
                else _("Write the two numbers of the village on a map, for instance 46.505, 13.578.")
            )  # fmt: skip


class CertificateForm(PlainForm):
    """One certificate; a part that is left empty is no certificate."""

    class Meta:
        def get_translations(self, form: Any) -> Messages:
            return Messages()

    scheme = SelectField(
        _l("Scheme"),
        [Optional()],
        choices=lambda: options([("", _("none")), *((one.code, _(one.label)) for one in SCHEMES.values())]),
    )
    number = StringField(_l("Number of the certificate"), [Length(max=60)])
    body = StringField(_l("Issued by"), [Length(max=120)])
    valid_from = DateField(_l("Valid from"), [Optional()])
    valid_to = DateField(_l("Valid to"), [Optional()])

    def validate_scheme(self, field: Any) -> None:
        """Whoever chooses a scheme says which certificate, and until when."""
        if not field.data:
            return
        if not (self.number.data and self.body.data and self.valid_from.data and self.valid_to.data):
            raise ValidationError(_("Fill in the number, the issuer and both dates of this certificate."))
        if self.valid_to.data < self.valid_from.data:
            raise ValidationError(_("The last day comes before the first."))


class RegisterForm(BaseForm):
    """All that a municipality must know to admit a farm."""

    contact_name = StringField(
        _l("Your name and surname"), [DataRequired(), Length(max=120)], render_kw={"autocomplete": "name"}
    )
    email = EmailField(
        _l("E-mail address"),
        [DataRequired(), Email(), Length(max=254)],
        description=_l("You will log in with it. We send a link there to confirm it."),
        render_kw={"autocomplete": "email"},
    )
    phone = TelField(
        _l("Telephone"),
        [DataRequired(), Length(max=40)],
        description=_l("Only kitchens that you deliver to and the coordinator see it."),
        render_kw={"autocomplete": "tel"},
    )

    name = StringField(
        _l("Name of the farm, cooperative or firm"), [DataRequired(), Length(max=120)],
        description=_l("As kitchens will see it: Kmetija Pod lipo."),
    )  # fmt: skip
    kind = RadioField(
        _l("What you are"),
        choices=options((kind.value, _l(words)) for kind, words in KINDS.items()),
        default=ProducerKind.FARM.value,
    )
    country = country_field()
    village = StringField(_l("Village"), [DataRequired(), Length(max=80)])
    postcode = StringField(
        _l("Postcode"), [DataRequired(), PostcodeOf()],
        render_kw={"inputmode": "numeric", "data-code": "", "autocomplete": "postal-code"},
    )  # fmt: skip
    town = StringField(_l("Post office"), [DataRequired(), Length(max=80)])
    coordinates = StringField(
        _l("Coordinates of the village"),
        [Length(max=60), CoordinatesOf()],
        description=_l(
            "From any map, for instance 46.299, 14.286. Kitchens see the distance, not the point."
        ),
    )
    kmg_mid = StringField(
        _l("KMG-MID number of the holding"),
        [Optional(), CheckedNumber(checkdigits.check_holding_number)],
        render_kw={"inputmode": "numeric", "data-code": ""},
    )

    tax_type = RadioField(
        _l("How you are taxed"),
        [InputRequired()],
        choices=options(
            [
                (TaxType.FLAT_RATE.value, _l("Farmer with flat-rate compensation, or by cadastral income")),
                (TaxType.VAT_PAYER.value, _l("Identified for VAT")),
                (TaxType.EXEMPT.value, _l("Small taxpayer who charges no VAT")),
            ]
        ),
    )
    tax_number = StringField(
        _l("Tax number"),
        [DataRequired(), CheckedNumber(checkdigits.check_tax_number)],
        render_kw={"inputmode": "numeric", "data-code": ""},
    )
    flat_rate_permit = StringField(
        _l("Number of the permit for the flat-rate compensation"), [Length(max=60)]
    )
    iban = StringField(
        _l("IBAN of your account"),
        [DataRequired(), CheckedNumber(checkdigits.check_iban)],
        description=_l("Kitchens pay there."),
    )

    products = TextAreaField(
        _l("What you have, and when"),
        [DataRequired(), Length(max=2000)],
        description=_l("In your own words: potatoes all winter, salad from May to October, eggs every week."),
        render_kw={"rows": "4"},
    )
    certificates = FieldList(
        FormField(CertificateForm), _l("Certificates"), min_entries=CERTIFICATES, max_entries=CERTIFICATES
    )
    municipalities = MultiCheckField(
        _l("Where you want to sell"), [DataRequired(_l("Choose at least one municipality."))], coerce=int
    )


class ConfirmForm(BaseForm):
    """The password of somebody who registers for the first time."""

    password = PasswordField(
        _l("New password"),
        [DataRequired()],
        description=_l(
            "At least %(count)s characters. Three or four words are easy to remember.", count=SHORTEST
        ),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("The same once more"),
        [DataRequired(), EqualTo("password")],
        render_kw={"autocomplete": "new-password"},
    )
