"""Forms of kitchens: the institution itself, and its delivery points."""

from typing import Any

from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms import Form as PlainForm
from wtforms.fields import FieldList, FormField
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional

from foodorder.accounts.institutions import AGE_GROUPS, InstitutionData, PointData, Window
from foodorder.accounts.models import DeliveryPoint, InstitutionKind
from foodorder.blueprints.coordinator.typed import texts
from foodorder.blueprints.public.forms import CheckedNumber, read_coordinates
from foodorder.blueprints.shared.budget_form import ApprovalFields
from foodorder.blueprints.shared.forms import (
    BaseForm,
    CountField,
    Messages,
    MoneyField,
    WeekdaysField,
    options,
)
from foodorder.language import gettext
from foodorder.language import lazy_gettext as _l
from foodorder.rules import checkdigits

KINDS = {
    InstitutionKind.KINDERGARTEN: _l("Kindergarten"),
    InstitutionKind.SCHOOL: _l("Primary school"),
    InstitutionKind.SECONDARY_SCHOOL: _l("Secondary school"),
    InstitutionKind.HOME: _l("Home"),
}
PACK_CHOICES = {"down": _l("Rounded down"), "up": _l("Rounded up")}

#: Labels of the age groups of head-counts.
GROUPS = {
    "1-3": _l("1–3 years"),
    "3-6": _l("3–6 years"),
    "6-11": _l("6–11 years"),
    "11-15": _l("11–15 years"),
    "15-19": _l("15–19 years"),
    "staff": _l("Staff"),
}

#: Delivery windows of one door.
WINDOWS = 3


class InstitutionForm(ApprovalFields):
    """All that is written about a kitchen."""

    name = StringField(_l("Full name"), [DataRequired(), Length(max=200)])
    short_name = StringField(_l("Short name"), [DataRequired(), Length(max=60)])
    code = StringField(
        _l("Code"),
        [DataRequired(), Length(max=8)],
        description=_l("Stands in record numbers, for instance OSFP."),
    )
    kind = SelectField(_l("Kind"), [InputRequired()], choices=options(KINDS.items()))
    address = StringField(_l("Address"), [DataRequired(), Length(max=120)])
    postcode = StringField(
        _l("Postcode"), [DataRequired(), Length(min=4, max=4)], render_kw={"inputmode": "numeric"}
    )
    town = StringField(_l("Post office"), [DataRequired(), Length(max=80)])
    tax_number = StringField(
        _l("Tax number"),
        [DataRequired(), CheckedNumber(checkdigits.check_tax_number)],
        render_kw={"inputmode": "numeric"},
    )
    registration_number = StringField(
        _l("Registration number"), [Optional(), CheckedNumber(checkdigits.check_registration_number)]
    )
    iban = StringField(
        _l("Account (IBAN)"),
        [Optional(), CheckedNumber(checkdigits.check_iban)],
        description=_l("It pays from here. The accountant can enter it too."),
    )
    vat_payer = BooleanField(_l("Charges VAT and deducts it"))
    email = StringField(_l("E-mail"), [Optional(), Email(), Length(max=254)])
    phone = StringField(_l("Telephone"), [Length(max=40)], render_kw={"inputmode": "tel"})
    weekly_budget_cents = MoneyField(
        _l("Budget of a week, net"),
        description=_l("Empty: nothing is checked. It warns, it never refuses an order."),
    )
    pack_choice = RadioField(
        _l("Broken packs"), choices=options(PACK_CHOICES.items()), default="down",
        description=_l("Where the municipality lets each kitchen choose."),
    )  # fmt: skip

    def institution(self) -> InstitutionData:
        """What was typed."""
        words = texts(
            self, "code", "name", "short_name", "address", "postcode", "town", "tax_number",
            "registration_number", "iban", "email", "phone", "pack_choice", "unapproved",
        )  # fmt: skip
        return InstitutionData(
            **words,
            kind=InstitutionKind(self.kind.data),
            vat_payer=self.vat_payer.data,
            weekly_budget_cents=self.weekly_budget_cents.data,
            approval_limit_cents=self.approval_limit_cents.data,
        )


class WindowForm(PlainForm):
    """One delivery window; without times it is none."""

    class Meta:
        def get_translations(self, form: Any) -> Messages:
            return Messages()

    days = WeekdaysField(_l("Days"), default=31, days=range(6))
    starts = TimeField(_l("From"), [Optional()])
    ends = TimeField(_l("Until"), [Optional()])

    def validate_ends(self, field: Any) -> None:
        """Both times or none, in their order."""
        if bool(self.starts.data) != bool(field.data):
            raise ValidationError(gettext("Fill in both times, or none."))
        if field.data and field.data <= self.starts.data:
            raise ValidationError(gettext("The delivery time must end after it begins."))


class PointForm(BaseForm):
    """A door where goods are brought, with its windows and who eats there."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=120)])
    address = StringField(_l("Address"), [DataRequired(), Length(max=120)])
    postcode = StringField(
        _l("Postcode"), [DataRequired(), Length(min=4, max=4)], render_kw={"inputmode": "numeric"}
    )
    town = StringField(_l("Post office"), [DataRequired(), Length(max=80)])
    coordinates = StringField(
        _l("Coordinates of the door"),
        [DataRequired(), Length(max=60)],
        description=_l("From any map, for instance 46.239, 14.355. Distances are counted from there."),
    )
    instructions = TextAreaField(
        _l("For the driver"), [Length(max=300)], description=_l("For instance: back door, ring twice.")
    )
    phone = StringField(_l("Telephone"), [Length(max=40)], render_kw={"inputmode": "tel"})
    windows = FieldList(FormField(WindowForm), _l("Delivery times"), min_entries=WINDOWS, max_entries=WINDOWS)
    group_1_3 = CountField(GROUPS["1-3"], [Optional(), NumberRange(min=0, max=9999)])
    group_3_6 = CountField(GROUPS["3-6"], [Optional(), NumberRange(min=0, max=9999)])
    group_6_11 = CountField(GROUPS["6-11"], [Optional(), NumberRange(min=0, max=9999)])
    group_11_15 = CountField(GROUPS["11-15"], [Optional(), NumberRange(min=0, max=9999)])
    group_15_19 = CountField(GROUPS["15-19"], [Optional(), NumberRange(min=0, max=9999)])
    group_staff = CountField(GROUPS["staff"], [Optional(), NumberRange(min=0, max=9999)])

    def validate_coordinates(self, field: StringField) -> None:
        """Two numbers within the country."""
        if read_coordinates(field.data or "") is None:
            raise ValidationError(gettext("Write two numbers within Slovenia, for instance 46.299, 14.286."))

    @property
    def counts(self) -> list[Any]:
        """The fields of the head-counts, in the order of ages."""
        return [self[field_of(group)] for group in AGE_GROUPS]

    def begin_with(self, point: DeliveryPoint) -> None:
        """Begin with a door as it is."""
        self.coordinates.data = f"{point.latitude:.5f}, {point.longitude:.5f}"
        persons = {count.age_group: count.persons for count in point.head_counts}
        for group in AGE_GROUPS:
            self[field_of(group)].data = persons.get(group)
        for entry, window in zip(self.windows, point.windows, strict=False):
            entry.form.days.data = window.days
            entry.form.starts.data, entry.form.ends.data = window.starts, window.ends

    def point(self) -> PointData:
        """What was typed."""
        latitude, longitude = read_coordinates(self.coordinates.data or "", decimals=5) or (0.0, 0.0)
        return PointData(
            **texts(self, "name", "address", "postcode", "town", "instructions", "phone"),
            latitude=latitude,
            longitude=longitude,
            windows=[
                Window(one.form.days.data or 31, one.form.starts.data, one.form.ends.data)
                for one in self.windows
                if one.form.starts.data and one.form.ends.data
            ],
            head_counts={group: self[field_of(group)].data or 0 for group in AGE_GROUPS},
        )


def field_of(group: str) -> str:
    """Name of the field of an age group."""
    return f"group_{group.replace('-', '_')}"
