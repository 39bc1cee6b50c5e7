"""Quality schemes, and what a certificate counts for.

The decree on green public procurement (Uredba o zelenem javnem naročanju) asks for a share of organic food
and a share of food from other quality schemes, both by weight. Organic and quality are two separate minimums:
no kilogram counts for both. Awards and trade marks are shown, and never count. A certificate counts only for
deliveries on days on which it is valid.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_


class CountsAs(StrEnum):
    """The share that a scheme counts for."""

    ORGANIC = "organic"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True)
class Scheme:
    """A quality scheme: its code, name, and the share that it counts for (None: shown, never counted)."""

    code: str
    label: str
    counts_as: CountsAs | None


#: European schemes, national schemes, then what looks like a scheme and is none. Source: gov.si, "Sheme
#: kakovosti".
SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        scheme.code: scheme
        for scheme in (
            Scheme("organic", N_("Organic"), CountsAs.ORGANIC),  # ekološka pridelava
            Scheme("pdo", N_("Protected designation of origin"), CountsAs.QUALITY),  # ZOP
            Scheme("pgi", N_("Protected geographical indication"), CountsAs.QUALITY),  # ZGO
            Scheme("tsg", N_("Traditional speciality guaranteed"), CountsAs.QUALITY),  # ZTP
            Scheme("selected_quality", N_("Selected quality"), CountsAs.QUALITY),  # izbrana kakovost
            Scheme("selected_quality_si", N_("Selected quality – Slovenia"), CountsAs.QUALITY),
            Scheme("higher_quality", N_("Higher quality label"), CountsAs.QUALITY),  # višja kakovost
            Scheme("integrated", N_("Integrated production"), CountsAs.QUALITY),  # integrirana pridelava
            Scheme("mountain", N_("Mountain product"), None),  # an optional term, planinski proizvod
            Scheme("dobrote", N_("Award of the farm products’ fair"), None),  # Dobrote slovenskih kmetij
            Scheme("regional_brand", N_("Regional brand"), None),
        )
    }
)


#: The schemes that count for the share of quality schemes.
QUALITY_SCHEMES = frozenset(code for code, scheme in SCHEMES.items() if scheme.counts_as is CountsAs.QUALITY)


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate that a farm or producer holds for a product; both days are included."""

    scheme: str
    valid_from: date
    valid_to: date


def valid_on(certificate: Held, day: date) -> bool:
    """Whether a certificate is valid on a day of delivery."""
    return certificate.valid_from <= day <= certificate.valid_to


def counts_as(certificates: Iterable[Held], day: date) -> CountsAs | None:
    """The one share that a delivery on a day counts for, organic first; None without a valid proof."""
    shares = {SCHEMES[held.scheme].counts_as for held in certificates if valid_on(held, day)}
    return next((share for share in CountsAs if share in shares), None)
