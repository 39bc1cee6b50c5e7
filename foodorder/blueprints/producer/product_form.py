"""The form of a product, and its words."""

from typing import Any

from babel import Locale
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from foodorder.accounts.models import Producer
from foodorder.blueprints.shared.forms import BaseForm, CountField, QuantityField, options
from foodorder.catalogue.models import FoodType, Product
from foodorder.catalogue.products import ProductData
from foodorder.catalogue.queries import certificates_of, farms_of, food_types
from foodorder.language import formats, get_locale
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.allergens import ALLERGENS
from foodorder.rules.certificates import SCHEMES


class MultiCheckField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ProductForm(BaseForm):
    """What is sold, in which pack, from which farm, with which proofs."""

    food_type_id = SelectField(_l("Kind of food"), coerce=int, validators=[InputRequired()])
    name = StringField(
        _l("Name"), description=_l("As kitchens read it, with the variety: “Carrots Nantes”."),
        validators=[InputRequired()],
    )  # fmt: skip
    farm_id = SelectField(_l("Farm of origin"), coerce=int, validators=[InputRequired()])
    order_step = QuantityField(
        _l("Ordered in steps of"), description=_l("By how much an order may grow at least."),
        validators=[InputRequired()],
    )  # fmt: skip
    pack = QuantityField(_l("Pack or crate"), description=_l("Empty when you sell it loose."))
    minimum_quantity = QuantityField(_l("Smallest order"), description=_l("Empty when any step will do."))
    harvest_hours = CountField(
        _l("Hours from harvest to delivery"), [Optional(), NumberRange(0, 9999)],
        description=_l("What you promise at most. Kitchens compare offers by it; empty gets no points."),
    )  # fmt: skip
    gtin = StringField(_l("Bar code"), description=_l("The number under the bars, if there is one."))
    allergens = MultiCheckField(_l("Contains"), coerce=int)
    traces = MultiCheckField(_l("May hold traces of"), coerce=int)
    certificate_ids = MultiCheckField(_l("Certificates that hold for it"), coerce=int)

    def offer_choices(self, producer: Producer, product: Product | None) -> None:
        """Fill the lists with what this producer may choose; a product keeps its kind of food."""
        if product:
            del self.food_type_id
        else:
            self.food_type_id.choices = grouped_foods()
        self.farm_id.choices = options((farm.id, farm.name) for farm in farms_of(producer.id))
        self.allergens.choices = self.traces.choices = options(
            (number, _(word)) for number, word in ALLERGENS.items()
        )
        self.certificate_ids.choices = options(
            (proof.id, certificate_label(proof)) for proof in certificates_of(producer.id)
        )

    def values(self, product: Product | None) -> ProductData:
        """The product that was typed."""
        return ProductData(
            food_type_id=product.food_type_id if product else self.food_type_id.data,
            farm_id=self.farm_id.data,
            name=self.name.data or "",
            order_step=self.order_step.data or 0,
            pack=self.pack.data,
            minimum_quantity=self.minimum_quantity.data or 0,
            gtin=self.gtin.data or None,
            allergens=self.allergens.data or (),
            traces=self.traces.data or (),
            certificate_ids=self.certificate_ids.data or (),
            harvest_hours=self.harvest_hours.data,
        )


def grouped_foods() -> list[Any]:
    """All kinds of food under their groups, each with its unit, in the reader's language."""
    foods = food_types()
    choices = options((food.id, f"{food_name(food)} ({formats.unit_label(food.unit)})") for food in foods)
    for choice, food in zip(choices, foods, strict=True):
        choice.optgroup = _local(food.group)
    return list(choices)


def food_name(food: FoodType) -> str:
    """The name of a kind of food in the reader's language."""
    return _local(food)


def _local(row: Any) -> str:
    locale: Locale = get_locale()
    return str(row.name_sl if locale.language == "sl" else row.name_en)


def certificate_label(proof: Any) -> str:
    """A certificate in a list: scheme, number, last day."""
    return _(
        "%(scheme)s, %(number)s, to %(day)s",
        scheme=scheme_label(proof.scheme),
        number=proof.number,
        day=formats.day(proof.valid_to, year=True),
    )


def scheme_label(code: str) -> str:
    """The name of a quality scheme in the reader's language; an unknown code as it is."""
    return _(SCHEMES[code].label) if code in SCHEMES else code
