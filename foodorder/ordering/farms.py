"""The producers of a cycle as a kitchen meets them: their minimum, and how their food is taxed."""

from dataclasses import dataclass
from datetime import date

from foodorder.rules.vat import DatedRate, TaxType, Treatment, treatment


@dataclass(slots=True)
class Farm:
    """A producer of the cycle: its minimum (net cents of one kitchen's week), its tax, its permits."""

    id: int
    name: str
    tax_type: TaxType
    minimum_cents: int
    permits: tuple[tuple[date, date | None], ...]

    def charges_flat_rate(self, day: date) -> bool:
        """Whether a permit for the flat-rate compensation holds on a day."""
        return any(first <= day and (last is None or day <= last) for first, last in self.permits)


class Taxes:
    """The tax of a farm's food on a day, found once for each: a week has few kinds."""

    def __init__(self, buyer_charges_vat: bool, rates: tuple[DatedRate, ...]) -> None:
        self.buyer_charges_vat = buyer_charges_vat
        self.rates = rates
        self.known: dict[tuple[TaxType, str, bool, date], Treatment] = {}

    def bp_of(self, farm: Farm, vat_class: str, day: date) -> int:
        """Basis points. Raises RateUnknown."""
        permit = farm.charges_flat_rate(day)
        key = farm.tax_type, vat_class, permit, day
        if key not in self.known:
            self.known[key] = treatment(
                farm.tax_type, vat_class, day, self.rates,
                permit_valid=permit, buyer_charges_vat=self.buyer_charges_vat,
            )  # fmt: skip
        return self.known[key].bp
