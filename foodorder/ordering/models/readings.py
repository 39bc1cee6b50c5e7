"""Who read the offers of a cycle before its close: one row per person, role, cycle and day."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from foodorder.db import Model


class OfferReading(Model):
    """Somebody read the offers of a cycle that was not closed yet. Frozen at once."""

    __tablename__ = "offer_reading"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    #: In the municipality's zone.
    day: Mapped[date] = mapped_column(primary_key=True)
    #: The kitchen that the person read for.
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    #: When they read for the first time that day.
    first_at: Mapped[datetime]
