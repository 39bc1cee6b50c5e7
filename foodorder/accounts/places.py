"""Where a farm lies, when nobody wrote down coordinates: where its neighbours with the same postcode are.

Good enough for a first distance; the coordinator sees that it is a guess and mends it.
"""

from collections.abc import Sequence

from sqlalchemy import func, select

from foodorder.accounts.models import DeliveryPoint, Farm, Institution
from foodorder.db import db

#: The middle of Slovenia (GEOSS, at Vače), when nothing else is known.
MIDDLE = (46.12, 14.815)


def guess_place(postcode: str, municipality_ids: Sequence[int]) -> tuple[float, float]:
    """Latitude and longitude, rounded to the village: of those with the postcode, else of the kitchens."""
    farms = select(func.avg(Farm.latitude), func.avg(Farm.longitude)).where(Farm.postcode == postcode)
    doors = select(func.avg(DeliveryPoint.latitude), func.avg(DeliveryPoint.longitude))
    kitchens = doors.join(DeliveryPoint.institution).where(Institution.municipality_id.in_(municipality_ids))
    for known in (farms, doors.where(DeliveryPoint.postcode == postcode), kitchens):
        latitude, longitude = db.session.execute(known).one()
        if latitude is not None:
            return round(float(latitude), 3), round(float(longitude), 3)
    return MIDDLE
