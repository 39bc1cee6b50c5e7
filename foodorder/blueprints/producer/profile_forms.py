"""Forms about the producer itself: who it is, its farms, what proves it, its terms in each municipality."""

from datetime import date
from typing import Any

from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, Optional

from foodorder.accounts.models import Farm
from foodorder.accounts.producers import PERMIT_KINDS
from foodorder.blueprints.public.forms import CoordinatesOf, PostcodeOf, country_field
from foodorder.blueprints.shared.forms import BaseForm, MoneyField, WeekdaysField, options
from foodorder.language import LANGUAGES
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.certificates import SCHEMES


class ProfileForm(BaseForm):
    """What a producer may change alone; tax number and place go through the coordinator."""

    name = StringField(_l("Name"), validators=[InputRequired(), Length(max=120)])
    description = TextAreaField(
        _l("In a few sentences"),
        description=_l("Kitchens and citizens read it."),
        validators=[Length(max=600)],
    )
    email = StringField(_l("E-mail"), validators=[Optional(), Email()])
    language = SelectField(
        _l("Language of messages"), choices=options(LANGUAGES.items()), validators=[InputRequired()]
    )
    contact_name = StringField(_l("Whom to ask for"), validators=[Length(max=120)])
    phone = StringField(_l("Telephone"), validators=[Length(max=40)])
    iban = StringField(_l("Bank account (IBAN)"))


class TermsForm(BaseForm):
    """When the producer drives to a municipality, and for how much at least."""

    days = WeekdaysField(_l("Days on which you deliver"))
    minimum_cents = MoneyField(
        _l("Smallest order of a kitchen in a week"),
        description=_l("Without VAT; empty when any order will do."),
    )


class FarmForm(BaseForm):
    """A farm of origin; without coordinates it is placed where it was, or where the producer is."""

    name = StringField(_l("Name"), validators=[InputRequired(), Length(max=120)])
    kmg_mid = StringField(_l("Number of the holding (KMG-MID)"))
    country = country_field()
    village = StringField(_l("Village"), validators=[InputRequired(), Length(max=80)])
    postcode = StringField(_l("Postcode"), validators=[InputRequired(), PostcodeOf()])
    town = StringField(_l("Post"), validators=[InputRequired(), Length(max=80)])
    coordinates = StringField(
        _l("Coordinates of the village"),
        validators=[Length(max=60), CoordinatesOf()],
        description=_l(
            "From any map, for instance 46.299, 14.286. Kitchens see the distance, not the point."
        ),
    )


class CertificateForm(BaseForm):
    """Proof of a scheme and the days on which it holds."""

    scheme = SelectField(_l("Scheme"), validators=[InputRequired()])
    farm_id = SelectField(_l("Given to"), coerce=int, validators=[InputRequired()])
    number = StringField(_l("Number"), validators=[InputRequired(), Length(max=80)])
    body = StringField(_l("Issued by"), validators=[InputRequired(), Length(max=120)])
    valid_from = DateField(_l("First day"), validators=[InputRequired()])
    valid_to = DateField(_l("Last day"), validators=[InputRequired()])

    def offer_choices(self, farms: list[Farm]) -> None:
        """All schemes, and the producer's farms; 0 stands for all of them."""
        self.scheme.choices = options((code, _(scheme.label)) for code, scheme in SCHEMES.items())
        self.farm_id.choices = options([(0, _("all farms")), *((farm.id, farm.name) for farm in farms)])


class PermitForm(BaseForm):
    """A permit or registration."""

    kind = SelectField(_l("Kind"), validators=[InputRequired()])
    number = StringField(_l("Number"), validators=[InputRequired(), Length(max=80)])
    valid_from = DateField(_l("First day"), validators=[InputRequired()])
    valid_to = DateField(
        _l("Last day"), description=_l("Empty: until further notice."), validators=[Optional()]
    )

    def offer_choices(self) -> None:
        """The kinds there are."""
        self.kind.choices = options((code, _(words)) for code, words in PERMIT_KINDS.items())


def ends(valid_to: date | None, today: date) -> dict[str, Any] | None:
    """What to say of a proof that ended or ends within thirty days; None while it holds on."""
    if valid_to is None or (valid_to - today).days > 30:
        return None
    return {"kind": "bad" if valid_to < today else "warn", "over": valid_to < today}
