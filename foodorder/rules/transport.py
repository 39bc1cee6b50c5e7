"""What bringing goods comes to: tonne-kilometres, and an estimate of the greenhouse gas they cause.

An estimate, and told as one: the straight line between farm and door, times how much longer roads are, times
what a usual van emits for a tonne and a kilometre. Tours with several stops and empty returns are not known.
Both numbers are dated parameters with their sources.
"""

from dataclasses import dataclass

#: What a whole is in basis points; grams × metres in a tonne-kilometre.
WHOLE, TONNE_KM = 10_000, 1_000_000_000


@dataclass(frozen=True, slots=True)
class Factors:
    """Length of roads as a multiple of the straight line (basis points), grams of CO2e a tonne-kilometre."""

    detour_bp: int
    co2_grams: int


@dataclass(frozen=True, slots=True)
class Haul:
    """Weight whose way is known (grams), and that weight times its metres of air."""

    grams: int = 0
    gram_metres: int = 0

    @property
    def mean_metres(self) -> int | None:
        """How far a kilogram came by air on average, half up; None of nothing."""
        return (2 * self.gram_metres + self.grams) // (2 * self.grams) if self.grams else None

    @property
    def tonne_km_tenths(self) -> int:
        """Tonne-kilometres of air in tenths, half up."""
        return (20 * self.gram_metres + TONNE_KM) // (2 * TONNE_KM)

    def co2_grams(self, factors: Factors) -> int:
        """Estimated grams of CO2 equivalent by road, half up."""
        whole = TONNE_KM * WHOLE
        return (2 * self.gram_metres * factors.detour_bp * factors.co2_grams + whole) // (2 * whole)

    def co2_per_kg(self, factors: Factors) -> int | None:
        """Estimated grams of CO2 equivalent for a kilogram of goods, half up; None of nothing."""
        if not self.grams:
            return None
        return (2 * self.co2_grams(factors) * 1_000 + self.grams) // (2 * self.grams)
