"""What a producer sells: pack, step and minimum that fit each other, allergens that cannot be left out."""

from collections.abc import Collection

from foodorder.rules.allergens import ALLERGENS
from foodorder.rules.errors import N_, Amount, Refusal
from foodorder.rules.money import MILLI
from foodorder.rules.quantity import UNITS, NotWhole


class NameMissing(Refusal):
    """A product without a name."""

    message = N_("Give the product a name, for instance the variety.")
    default_field = "name"


class StepMissing(Refusal):
    """A product without the smallest quantity that can be ordered."""

    message = N_("Write the smallest step in which this can be ordered.")
    default_field = "order_step"


class PackNotAMultiple(Refusal):
    """A pack that is not a whole number of steps."""

    message = N_("The pack must be a multiple of the step, %(step)s.")
    default_field = "pack"


class MinimumNotAMultiple(Refusal):
    """A smallest order that is not a whole number of steps."""

    message = N_("The smallest order must be a multiple of the step, %(step)s.")
    default_field = "minimum_quantity"


class NotAnAllergen(Refusal):
    """A number outside the fourteen."""

    message = N_("Choose among the fourteen allergens.")
    default_field = "allergens"


class FarmUnknown(Refusal):
    """A farm of origin that does not belong to the producer."""

    message = N_("Choose one of your farms.")
    default_field = "farm_id"


class CertificateUnknown(Refusal):
    """A certificate that does not belong to the producer, or to another farm than the product's."""

    message = N_("Choose among the certificates of this farm.")
    default_field = "certificates"


def check_measures(order_step: int, pack: int | None, minimum: int, *, unit: str) -> list[Refusal]:
    """All that is wrong with step, pack (None: loose) and smallest order, in thousandths of the unit."""
    if order_step <= 0:
        return [StepMissing()]
    found: list[Refusal] = []
    step = Amount(order_step, unit)
    if not UNITS[unit].divisible and order_step % MILLI:
        found.append(NotWhole(field="order_step"))
    if pack is not None and (pack <= 0 or pack % order_step):
        found.append(PackNotAMultiple(step=step))
    if minimum % order_step:
        found.append(MinimumNotAMultiple(step=step))
    return found


def all_allergens(always: Collection[int], declared: Collection[int]) -> tuple[int, ...]:
    """What a product contains: what its food type always contains, and what the producer declares.

    Raises NotAnAllergen for a number that is not in Annex II.
    """
    numbers = sorted({*always, *declared})
    if any(number not in ALLERGENS for number in numbers):
        raise NotAnAllergen
    return tuple(numbers)


def all_traces(contains: Collection[int], declared: Collection[int]) -> tuple[int, ...]:
    """Traces a product may hold: what it contains for certain is no trace.

    Raises NotAnAllergen for a number that is not in Annex II.
    """
    numbers = sorted(set(declared) - set(contains))
    if any(number not in ALLERGENS for number in numbers):
        raise NotAnAllergen(field="traces")
    return tuple(numbers)
