"""Forms of agreements: drafts, lots, suppliers; and what an amendment adds where one is in force."""

from typing import Any

from wtforms import DateField, FileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from foodorder.agreements.amending import AmendmentData
from foodorder.agreements.draft import AgreementData
from foodorder.agreements.lots import LotData
from foodorder.agreements.models import Agreement
from foodorder.blueprints.coordinator.typed import texts
from foodorder.blueprints.public.forms import MultiCheckField
from foodorder.blueprints.shared.forms import (
    BaseForm,
    CountField,
    DecimalText,
    MoneyField,
    ShareField,
    options,
)
from foodorder.language import lazy_gettext as _l
from foodorder.rules.agreements import (
    AGREEMENT_KINDS,
    AWARD_MODES,
    LOT_KINDS,
    AgreementKind,
    AgreementState,
    AwardMode,
    LotKind,
)
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.quantity import LARGEST_VALUE, LARGEST_WEIGHT, parse_money, parse_quantity

#: The fields that an amendment asks for; a draft is changed without them.
AMENDMENT = ("signed_on", "effective_on", "reason")


class ValueField(MoneyField):
    """The value of a whole procurement or lot; `data` in cents, None when empty."""

    def parse(self, text: str) -> int:
        return parse_money(text, largest=LARGEST_VALUE)


class WeightField(DecimalText):
    """A weight in kilograms; `data` in grams, None when empty."""

    places = 3

    def parse(self, text: str) -> int:
        return parse_quantity(text, largest=LARGEST_WEIGHT)


class AmendmentForm(BaseForm):
    """What changes in force: the fields of the form, and the amendment that says so. A draft has none."""

    signed_on = DateField(_l("Amendment signed on"), [InputRequired()])
    effective_on = DateField(_l("Takes effect on"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=500)])

    def __init__(self, agreement: Agreement, *args: Any, freely: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if freely or agreement.state == AgreementState.DRAFT:
            for name in AMENDMENT:
                del self[name]

    @property
    def amends(self) -> bool:
        """Whether an amendment is asked for."""
        return "reason" in self._fields

    def amendment(self) -> AmendmentData:
        """What was typed of the amendment."""
        typed: dict[str, Any] = self.data
        return AmendmentData(**{name: typed[name] for name in AMENDMENT})


class AgreementForm(BaseForm):
    """All that is written about an agreement while it is a draft."""

    kind = RadioField(
        _l("Form"),
        [InputRequired()],
        choices=options((kind, _l(word)) for kind, word in AGREEMENT_KINDS.items()),
    )
    title = StringField(_l("Title"), [DataRequired(), Length(max=200)])
    portal_number = StringField(
        _l("Number on the procurement portal"), [Optional(), Length(max=60)],
        description=_l("For instance JN004321/2026-EUe17/01."),
    )  # fmt: skip
    signed_on = DateField(
        _l("Signed on"), [Optional()],
        description=_l("A dynamic purchasing system: the day it was set up. The law of this day applies."),
    )  # fmt: skip
    valid_from = DateField(_l("First day of deliveries"), [InputRequired()])
    valid_to = DateField(_l("Last day of deliveries"), [InputRequired()])
    value_cents = ValueField(
        _l("Value of the whole procurement, net"), [InputRequired()],
        description=_l("Exempted lots included: their share is counted from it."),
    )  # fmt: skip
    limit_cents = ValueField(
        _l("Ceiling by value, net"), description=_l("Of the whole term. Empty: counted, not limited.")
    )
    limit_grams = WeightField(
        _l("Ceiling by quantity"), description=_l("Of the whole term. Empty: counted, not limited.")
    )
    indexation = TextAreaField(
        _l("Indexation clause"), [Length(max=2000)], description=_l("As it stands in the agreement.")
    )

    def agreement(self) -> AgreementData:
        """What was typed."""
        typed = texts(
            self, "title", "portal_number", "signed_on", "valid_from", "valid_to", "value_cents", "indexation"
        )
        return AgreementData(
            **typed,
            kind=AgreementKind(self.kind.data),
            limit_cents=self.limit_cents.data,
            limit_grams=self.limit_grams.data,
        )


class FoodsForm(AmendmentForm):
    """What belongs to a lot: foods that are ticked, else all that fit the codes."""

    cpv = StringField(
        _l("CPV codes"), [Length(max=400)],
        description=_l("Codes of the notice or their beginnings, parted by commas: 03220000-9, 1533."),
    )  # fmt: skip
    foods = MultiCheckField(
        _l("Food types"), coerce=int,
        description=_l("If none is ticked, every food type belongs to the lot whose CPV code fits."),
    )  # fmt: skip

    def codes(self) -> tuple[str, ...]:
        """The codes that were typed."""
        typed = (self.cpv.data or "").replace(",", " ").replace(";", " ")
        return tuple(typed.split())

    def food_type_ids(self) -> list[int] | None:
        """The foods that were ticked, None for none."""
        return self.foods.data or None


class LotForm(FoodsForm):
    """All that is written about a lot while the agreement is a draft."""

    number = StringField(_l("Number"), [DataRequired(), Length(max=8)], description=_l("As in the notice."))
    name = StringField(_l("Name"), [DataRequired(), Length(max=120)])
    kind = RadioField(
        _l("Kind of lot"), default=LotKind.AWARDED,
        choices=options((kind, _l(word)) for kind, word in LOT_KINDS.items()),
    )  # fmt: skip
    mode = RadioField(
        _l("Several suppliers"), default=AwardMode.RANKED,
        choices=options((mode, _l(word)) for mode, word in AWARD_MODES.items()),
    )  # fmt: skip
    scheme = SelectField(
        _l("Quality scheme"), [Optional()],
        choices=options(
            [("", _l("none asked for")), *((code, _l(one.label)) for code, one in SCHEMES.items())]
        ),
        description=_l("Goods must have a certificate of it that is valid on the day of delivery."),
    )  # fmt: skip
    limit_cents = ValueField(
        _l("Ceiling by value, net"), description=_l("Of the whole term. Empty: counted, not limited.")
    )
    limit_grams = WeightField(
        _l("Ceiling by quantity"), description=_l("Of the whole term. Empty: counted, not limited.")
    )
    why_exempted = TextAreaField(
        _l("Why it is exempted"),
        [Length(max=500)],
        description=_l("For exempted lots; the auditor reads it."),
    )

    def lot(self) -> LotData:
        """What was typed."""
        return LotData(
            **texts(self, "number", "name", "scheme"),
            kind=LotKind(self.kind.data),
            mode=AwardMode(self.mode.data),
            cpv=self.codes(),
            food_type_ids=self.food_type_ids(),
            reason=self.why_exempted.data or None,
            limit_cents=self.limit_cents.data,
            limit_grams=self.limit_grams.data,
        )


class SupplierForm(AmendmentForm):
    """A supplier of a lot: who, and in which place."""

    producer = SelectField(_l("Producer"), [InputRequired()], coerce=int)
    rank = CountField(_l("Rank"), [Optional(), NumberRange(1, 99)], description=_l("1 is asked first."))
    share_bp = ShareField(_l("Share of the lot"))


class PlaceForm(AmendmentForm):
    """Another rank or share of a supplier who is there."""

    rank = CountField(_l("Rank"), [Optional(), NumberRange(1, 99)], description=_l("1 is asked first."))
    share_bp = ShareField(_l("Share of the lot"))


class InstitutionsForm(AmendmentForm):
    """Who may call off."""

    institutions = MultiCheckField(_l("Institutions"), coerce=int)


class TermForm(AmendmentForm):
    """Another last day."""

    valid_to = DateField(_l("Last day of deliveries"), [InputRequired()])


class EndForm(BaseForm):
    """Why an agreement ends."""

    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=500)])


class PriceListForm(BaseForm):
    """A price list to read."""

    file = FileField(_l("File"), description=_l("XLSX or CSV, at most 2 MB and 2000 lines."))


class ApplyForm(AmendmentForm):
    """A button, and the amendment where the agreement is in force."""
