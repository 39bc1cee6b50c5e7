"""Who is named in public.

Names of those who sell to public kitchens, and the sums, are public (ZDIJZ, article 6). A farmer who sells
as a natural person lives where the food grows, though: the name of the farm is the name of a home. The law
on personal data asks to show no more of it than is needed, so each municipality decides whether such small
producers are named or told by their village alone. Firms, cooperatives and those identified for VAT are
always named, and so are the public kitchens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_
from foodorder.rules.vat import TaxType


class SmallProducers(StrEnum):
    """What the public sees of producers who are natural persons."""

    NAMED = "named"
    MASKED = "masked"


SMALL_PRODUCERS: Mapping[SmallProducers, str] = MappingProxyType(
    {
        SmallProducers.MASKED: N_("by their village: “a farm in Voklo”"),
        SmallProducers.NAMED: N_("by name"),
    }
)


def is_small(kind: str, tax_type: str) -> bool:
    """Whether a producer is a farmer who sells as a natural person, without being identified for VAT."""
    return kind == "farm" and tax_type != TaxType.VAT_PAYER


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """What the public learns of a seller: the village, and a name unless it is masked."""

    village: str
    name: str | None

    @property
    def masked(self) -> bool:
        """Whether it is told by its village alone."""
        return self.name is None


def shown(name: str, kind: str, tax_type: str, village: str, setting: SmallProducers) -> Shown:
    """What of a seller may be shown under a municipality's setting."""
    hidden = setting is SmallProducers.MASKED and is_small(kind, tax_type)
    return Shown(village, None if hidden else name)
