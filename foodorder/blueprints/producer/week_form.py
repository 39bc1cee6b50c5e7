"""The form of a week: one small form for each card, read and judged together."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from flask import request
from wtforms import BooleanField, Field, RadioField

from foodorder.blueprints.shared.forms import BaseForm, MoneyField, QuantityField, WeekdaysField, options
from foodorder.catalogue.models import Offer, Product, StockKind
from foodorder.catalogue.offers import Entry, OffersRefused
from foodorder.catalogue.queries import Card
from foodorder.language import formats
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.calendar import WORKDAYS, weekdays_of


class CardForm(BaseForm):
    """One product: how much there will be, for how much, on which days."""

    class Meta(BaseForm.Meta):
        # The token stands once in the form around all cards.
        csrf = False

    available = QuantityField(_l("Quantity"))
    unlimited = BooleanField(_l("As much as is ordered"))
    price = MoneyField(_l("Price without VAT"))
    days = WeekdaysField(_l("Days"))
    sharing = RadioField(
        _l("When more is ordered than there is"),
        choices=options(
            [
                (StockKind.RESERVE, _l("Who orders first, gets it")),
                (StockKind.SHARE, _l("Share it fairly at the deadline")),
            ]
        ),
        default=StockKind.RESERVE,
    )


class CardEntry:
    """A card with its form. `locked`: an open cycle sells it, so price and days stand until the next week."""

    def __init__(
        self, card: Card, week: date, days: int, *, locked: bool, like_last: bool, sold: dict[int, int]
    ) -> None:
        self.card = card
        self.week = week
        self.locked = locked and card.published
        self.sold_last = sold.get(card.last.id, 0) if card.last else 0
        self.ordered = sold.get(card.offer.id, 0) if card.offer else 0
        self.form = CardForm(
            formdata=request.form if request.method == "POST" else None,
            prefix=f"p{self.product.id}-",
            data=self._beginning(days, like_last),
        )
        self.form.available.unit = self.unit
        self.form.days.days = weekdays_of(days | (self.form.days.data or 0))
        for field in self.form:
            # The summary of errors names the product, which the page shows above the field.
            field.label.text = f"{self.product.name}: {field.label.text}"

    @property
    def product(self) -> Product:
        """What the card is about."""
        return self.card.product

    @property
    def unit(self) -> str:
        """Unit of trade, UN/ECE Recommendation 20."""
        return self.product.food_type.unit

    @property
    def stride(self) -> int:
        """How far one press of + goes, in thousandths: whole packs or steps, a tenth of the last offer."""
        step = self.product.pack or self.product.order_step
        usual = self.card.last.available if self.card.last else None
        return max((usual or 0) // 10 // step, 1) * step

    @property
    def past(self) -> str:
        """What was offered and sold before, or ordered so far."""
        last, unit = self.card.last, self.unit
        if self.ordered:
            return _("ordered so far: %(sold)s", sold=formats.amount(self.ordered, unit))
        if last is None:
            return _("not offered yet")
        sold = formats.amount(self.sold_last, unit)
        offered = _("without a limit") if last.available is None else formats.amount(last.available, unit)
        if last.week == self.week - timedelta(weeks=1):
            return _("last week %(offered)s, sold %(sold)s", offered=offered, sold=sold)
        days = formats.delivery_week(last.week, WORKDAYS)
        return _("%(days)s: %(offered)s, sold %(sold)s", days=days, offered=offered, sold=sold)

    def _beginning(self, days: int, like_last: bool) -> dict[str, Any]:
        """What stands in the fields at first: what is published now, else price and days of the last time."""
        card = self.card
        version = card.version or card.last_version
        stock = card.offer if card.published else (card.last if like_last and card.in_season else None)
        limited = bool(stock and stock.available is not None)
        kind = version.stock_kind if version else StockKind.RESERVE
        return {
            "available": stock.available if stock and limited else None,
            "unlimited": bool(stock) and not limited,
            "price": version.price_cents if version else None,
            "days": (version.days if version else days) & 0b1111111,
            "sharing": StockKind.RESERVE if kind == StockKind.UNLIMITED else kind,
        }

    @property
    def last_typed(self) -> dict[str, Any]:
        """Last time's quantity for the button "Same as last week": thousandths, or unlimited."""
        last = self.card.last
        if last is None or not self.card.in_season or self.card.gone:
            return {}
        return {"unlimited": True} if last.available is None else {"available": last.available}

    @property
    def wanted(self) -> bool:
        """Whether the farmer offers it: a quantity, a wrong one too, or the box."""
        return bool(self.form.unlimited.data or (self.form.available.raw_data or [""])[0].strip())

    def entry(self) -> Entry:
        """What is to be published; of a locked card only the quantity counts."""
        form, version = self.form, self.card.version
        kept = version if self.locked else None
        kind = (
            StockKind.UNLIMITED if form.unlimited.data else StockKind(form.sharing.data or StockKind.RESERVE)
        )
        return Entry(
            self.product.id,
            kept.price_cents if kept else form.price.data,
            kept.days if kept else form.days.data,
            kind,
            None if kind is StockKind.UNLIMITED else form.available.data,
        )


class WeekForm:
    """All cards of a week; looks like one form to the summary of errors."""

    def __init__(
        self,
        cards: Sequence[Card],
        week: date,
        days: int,
        *,
        locked: bool,
        like_last: bool,
        sold: dict[int, int],
    ) -> None:
        self.entries = [
            CardEntry(card, week, days, locked=locked, like_last=like_last, sold=sold)
            for card in cards
            if not card.gone
        ]
        self.gone = [card for card in cards if card.gone]
        self.form_errors: list[str] = []

    def __iter__(self) -> Iterator[Field]:
        return (field for entry in self.entries for field in entry.form)

    @property
    def errors(self) -> list[Any]:
        """Everything wrong; the page's title says that there is something."""
        return [*self.form_errors, *(field.errors for field in self if field.errors)]

    def validate(self) -> bool:
        """Whether every card that is wanted can be read."""
        valid = [entry.form.validate() for entry in self.entries if entry.wanted]
        return all(valid)

    def wanted(self) -> list[Entry]:
        """What is to be published."""
        return [entry.entry() for entry in self.entries if entry.wanted]

    def dropped(self) -> list[Offer]:
        """Published offers whose quantity was emptied."""
        return [
            entry.card.offer
            for entry in self.entries
            if entry.card.offer and entry.card.published and not entry.wanted
        ]

    def refuse(self, reason: OffersRefused) -> None:
        """Put each problem beside its field."""
        forms = {entry.product.id: entry.form for entry in self.entries}
        for problem in reason.problems:
            if form := forms.get(problem.product_id):
                form.refuse(problem.refusal)
                self.form_errors += [text for text in form.form_errors if text not in self.form_errors]
