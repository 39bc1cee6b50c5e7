"""What grows when: the months in which each food is to be had from around here, storage included."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from foodorder.catalogue.models import FoodGroup, FoodType
from foodorder.db import db
from foodorder.rules.season import ALL_YEAR

#: Groups that have seasons.
GROWN = ("vegetables", "fruit")


@dataclass(frozen=True, slots=True)
class Season:
    """A food and its months, 1 to 12."""

    name_sl: str
    name_en: str
    group: str
    group_sl: str
    group_en: str
    months: frozenset[int]

    @property
    def all_year(self) -> bool:
        """Whether there is no month without it."""
        return self.months == ALL_YEAR


def seasons() -> Sequence[Season]:
    """Vegetables and fruit in the order of their names."""
    rows = db.session.execute(
        select(FoodType, FoodGroup)
        .join(FoodGroup, FoodGroup.id == FoodType.food_group_id)
        .where(FoodGroup.code.in_(GROWN))
        .order_by(FoodGroup.position, FoodType.sort_key)
    )
    return [
        Season(food.name_sl, food.name_en, group.code, group.name_sl, group.name_en, frozenset(food.months))
        for food, group in rows
    ]
