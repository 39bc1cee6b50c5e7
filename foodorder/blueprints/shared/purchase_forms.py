"""Forms of purchases elsewhere: one purchase, a correction, why one is voided, a spreadsheet."""

from dataclasses import asdict
from datetime import date
from typing import Any

from flask import request
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from foodorder.agreements import elsewhere
from foodorder.agreements.elsewhere import LONGEST_NOTE, LONGEST_SUPPLIER, Purchase
from foodorder.blueprints.shared.forms import BaseForm, MoneyField, QuantityField, options
from foodorder.language import formats, get_locale, gettext
from foodorder.language import lazy_gettext as _l
from foodorder.language.countries import country_choices
from foodorder.rules.certificates import SCHEMES

#: Earlier years that can be chosen.
YEARS_BACK = 4


class PurchaseForm(BaseForm):
    """What was bought elsewhere of one food type in a month."""

    month = SelectField(_l("Month"), [InputRequired()])
    food_type_id = SelectField(_l("Food type"), [InputRequired()], coerce=int)
    grams = QuantityField(
        _l("Weight"),
        [Optional()],
        description=_l("In kilograms. Empty, if it is not known: the shares then cannot be computed."),
    )
    net_cents = MoneyField(_l("Net value"), [InputRequired()])
    scheme = SelectField(_l("Quality scheme"), [Optional()])
    basis = SelectField(_l("Lawful basis"), [InputRequired()])
    origin = SelectField(_l("Country of origin"), [Optional()])
    supplier = StringField(_l("Supplier"), [Optional(), Length(max=LONGEST_SUPPLIER)])
    note = StringField(_l("Note"), [Optional(), Length(max=LONGEST_NOTE)])

    def purchase(self) -> Purchase:
        """What was typed."""
        return Purchase(
            month=date.fromisoformat(f"{self.month.data}-01"),
            food_type_id=self.food_type_id.data,
            net_cents=self.net_cents.data,
            grams=self.grams.data,
            scheme=self.scheme.data or None,
            basis=self.basis.data,
            origin=self.origin.data or None,
            supplier=self.supplier.data or None,
            note=self.note.data or None,
        )


class CorrectionForm(PurchaseForm):
    """The same, in the place of a row that is voided."""

    reason = StringField(_l("Why is it corrected?"), [InputRequired(), Length(max=LONGEST_NOTE)])


class VoidForm(BaseForm):
    """Why a purchase is to count no longer."""

    reason = TextAreaField(_l("Why is it voided?"), [InputRequired(), Length(max=LONGEST_NOTE)])


class ImportForm(BaseForm):
    """A file, or its lines as they were shown."""

    file = FileField(_l("File"), description=_l("XLSX or CSV, as in the template."))
    lines = HiddenField()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        # Where the page asks for it, nothing goes without it; the lines come in a form of their own.
        self.file.flags.required = True


def filled(kind: type[PurchaseForm], wrong: Purchase | None, today: date) -> PurchaseForm:
    """The form with its choices, filled with what is to be corrected."""
    slovene = get_locale().language == "sl"
    data: dict[str, Any] = {"month": request.args.get("month", ""), "basis": "contract"}
    if wrong is not None:
        data = asdict(wrong) | {"month": f"{wrong.month:%Y-%m}"}
    form = kind(data=data)
    first = date(today.year - YEARS_BACK + 1, 1, 1)
    begun = [
        date(year, month, 1)
        for year in range(today.year, first.year - 1, -1)
        for month in range(12, 0, -1)
        if date(year, month, 1) <= today
    ]
    form.month.choices = options((f"{month:%Y-%m}", formats.month(month)) for month in begun)
    foods = [(food.id, food.name_sl if slovene else food.name_en) for food in elsewhere.food_types()]
    form.food_type_id.choices = options(foods if slovene else sorted(foods, key=lambda one: one[1]))
    form.scheme.choices = options(
        [("", gettext("none: conventional")), *((code, gettext(one.label)) for code, one in SCHEMES.items())]
    )
    form.basis.choices = options((code, gettext(label)) for code, label in elsewhere.BASES_ELSEWHERE.items())
    form.origin.choices = options([("", gettext("not known")), *country_choices(get_locale().language)])
    return form
