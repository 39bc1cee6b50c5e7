"""Distance: how far food travels, and the classes of "local".

Distance is counted from the farm of origin, never from the seller's office, to the delivery point. It is
shown and reported; it never filters or admits anybody, for geography may not be a condition of entry to a
purchase (Directive 2014/24/EU). Only here are floating numbers used: for angles, never for money or quantity.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType

from foodorder.rules.errors import N_

#: Mean radius of the Earth in metres (IUGG).
_EARTH_METRES = 6_371_009

#: A road is about this many percent of the air distance; a municipality may set its own factor.
ROAD_PERCENT = 130

#: Up to here food is still of the wider neighbourhood, in metres of air distance.
NEAR_METRES = 50_000


class Nearness(StrEnum):
    """How local food is, nearest first."""

    MUNICIPALITY = "municipality"
    REGION = "region"
    NEAR = "near"
    COUNTRY = "country"
    OTHER = "other"


NEARNESS_LABELS: Mapping[Nearness, str] = MappingProxyType(
    {
        Nearness.MUNICIPALITY: N_("own or neighbouring municipality"),
        Nearness.REGION: N_("same region"),
        Nearness.NEAR: N_("up to 50 km"),
        Nearness.COUNTRY: N_("same country"),
        Nearness.OTHER: N_("farther away"),
    }
)


def air_metres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> int:
    """Air distance in metres between two places given in degrees (haversine, rounded to the metre)."""
    north, other_north = radians(latitude), radians(other_latitude)
    half_north = (other_north - north) / 2
    half_east = radians(other_longitude - longitude) / 2
    chord = sin(half_north) ** 2 + cos(north) * cos(other_north) * sin(half_east) ** 2
    return round(2 * _EARTH_METRES * asin(sqrt(min(1.0, chord))))


def road_metres(air: int, percent: int = ROAD_PERCENT) -> int:
    """Estimate of the road in metres from the air distance in metres, by a factor in percent, half up."""
    return (air * percent + 50) // 100


def nearness(*, neighbours: bool, same_region: bool, same_country: bool, air: int) -> Nearness:
    """The class of "local" of a delivery.

    `neighbours`: the farm lies in the kitchen's municipality or in one beside it; `same_region`: in its
    statistical region; `air`: air distance in metres.
    """
    classes = (
        (neighbours, Nearness.MUNICIPALITY),
        (same_region, Nearness.REGION),
        (air <= NEAR_METRES, Nearness.NEAR),
        (same_country, Nearness.COUNTRY),
    )
    return next((nearness for holds, nearness in classes if holds), Nearness.OTHER)
