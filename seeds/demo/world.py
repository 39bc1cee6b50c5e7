"""The invented world of the demo, read from `seeds/demo/data` and `seeds/reference`."""

from dataclasses import dataclass, fields
from datetime import date, time
from functools import cache
from typing import Any

from seeds.demo.shapes import (
    AGE_GROUPS,
    Admission,
    Certificate,
    DeliveryPoint,
    Farm,
    FoodType,
    Grant,
    Holiday,
    Ingredient,
    Institution,
    Municipality,
    Permit,
    Person,
    Producer,
    Product,
)
from seeds.demo.tables import DATA, REFERENCE, Row, months, numbers, rows, words


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything the demo's generators read. One is loaded per process."""

    food_types: dict[str, FoodType]
    municipalities: dict[str, Municipality]
    institutions: dict[str, Institution]
    producers: dict[str, Producer]
    products: dict[str, Product]
    persons: tuple[Person, ...]
    dishes: dict[str, tuple[Ingredient, ...]]
    #: (week 0–4, weekday 0–4) → course → dish.
    menu: dict[tuple[int, int], dict[str, str]]
    #: meal → age group → how many of a thousand heads eat it.
    meals: dict[str, dict[str, int]]
    #: age group → portion as a share of a pupil's of 6 to 11.
    portions: dict[str, int]
    holidays: tuple[Holiday, ...]
    #: VAT class → rate in force, basis points; only to compare what a kitchen really pays.
    vat_bp: dict[str, int]

    def kitchens(self, municipality: str) -> list[Institution]:
        """The institutions whose cycles this municipality runs, in the order of the data."""
        return [one for one in self.institutions.values() if one.municipality == municipality]


@cache
def load_world() -> World:
    """The whole world, loaded once. Raises KeyError or ValueError when the data does not fit together."""
    return World(
        food_types=_food_types(),
        municipalities={row["code"]: Municipality(**row) for row in rows(DATA / "municipalities.tsv")},
        institutions=_institutions(),
        producers=_producers(),
        products=_products(),
        persons=tuple(_person(row) for row in rows(DATA / "persons.tsv")),
        dishes={row["code"]: _ingredients(row["ingredients"]) for row in rows(DATA / "dishes.tsv")},
        menu={(int(row.pop("week")) - 1, int(row.pop("day")) - 1): row for row in rows(DATA / "menu.tsv")},
        meals=_meals(),
        portions={row["age_group"]: int(row["portion_permille"]) for row in rows(DATA / "ages.tsv")},
        holidays=_holidays(),
        vat_bp={
            row["key"].removeprefix("vat."): int(row["value"])
            for row in rows(REFERENCE / "legal_parameters.tsv")
            if row["key"].startswith("vat.") and row["unit"] == "bp" and not row["valid_to"]
        },
    )


def _food_types() -> dict[str, FoodType]:
    habits = {row["food_type"]: row for row in rows(DATA / "habits.tsv")}
    return {
        row["code"]: FoodType(
            code=row["code"],
            group=row["group"],
            unit=row["unit"],
            grams_per_unit=int(row["grams_per_unit"]),
            price_low=int(row["price_low_cents"]),
            price_high=int(row["price_high_cents"]),
            months=months(row["months"]),
            step=int(habits[row["code"]]["step"]),
            keeps_days=int(habits[row["code"]]["keeps_days"]),
            vat_class=row["vat_class"],
        )
        for row in rows(REFERENCE / "food_types.tsv")
    }


def _institutions() -> dict[str, Institution]:
    points: dict[str, list[DeliveryPoint]] = {}
    for row in rows(DATA / "delivery_points.tsv"):
        points.setdefault(row["institution"], []).append(_point(row))
    found = {}
    for row in rows(DATA / "institutions.tsv"):
        kept = _only(Institution, row)
        found[row["code"]] = Institution(
            **kept
            | {
                "vat_payer": row["vat_payer"] == "1",
                "weekly_budget_cents": int(row["weekly_budget_cents"]),
                "menu_offset": int(row["menu_offset"]),
                "organic_target_bp": int(row["organic_target_bp"]),
                "points": tuple(points[row["code"]]),
            }
        )
    return found


def _point(row: Row) -> DeliveryPoint:
    heads = {
        group: int(row["staff" if group == "staff" else f"age_{group.replace('-', '_')}"])
        for group in AGE_GROUPS
    }
    return DeliveryPoint(
        **_only(DeliveryPoint, row)
        | {
            "cooked_at": row["cooked_at"] or None,
            "opens": time.fromisoformat(row["opens"]),
            "closes": time.fromisoformat(row["closes"]),
            "heads": {group: count for group, count in heads.items() if count},
        }
    )


def _producers() -> dict[str, Producer]:
    farms: dict[str, list[Farm]] = {}
    for row in rows(DATA / "farms.tsv"):
        farms.setdefault(row["producer"], []).append(Farm(**row))
    certificates: dict[str, list[Certificate]] = {}
    for row in rows(DATA / "certificates.tsv"):
        certificate = Certificate(**_only(Certificate, row) | {"ends_in_days": int(row["ends_in_days"])})
        certificates.setdefault(row["producer"], []).append(certificate)
    permits: dict[str, list[Permit]] = {}
    for row in rows(DATA / "permits.tsv"):
        ends = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
        permit = Permit(row["kind"], row["number"], date.fromisoformat(row["valid_from"]), ends)
        permits.setdefault(row["producer"], []).append(permit)
    admissions: dict[str, list[Admission]] = {}
    for row in rows(DATA / "admissions.tsv"):
        admission = Admission(row["municipality"], int(row["days"]), int(row["minimum_cents"]))
        admissions.setdefault(row["producer"], []).append(admission)
    found = {}
    for row in rows(DATA / "producers.tsv"):
        code = row["code"]
        found[code] = Producer(
            **_only(Producer, row)
            | {
                "registration_number": row["registration_number"] or None,
                "kmg_mid": row["kmg_mid"] or None,
                "email": row["email"] or None,
                "farms": tuple(farms[code]),
                "certificates": tuple(certificates.get(code, ())),
                "permits": tuple(permits.get(code, ())),
                "admissions": tuple(admissions[code]),
            }
        )
    return found


def _products() -> dict[str, Product]:
    organic = {row["code"] for row in rows(DATA / "certificates.tsv") if row["scheme"] == "organic"}
    found = {}
    for row in rows(DATA / "products.tsv"):
        certificates = words(row["certificates"])
        found[row["code"]] = Product(
            **_only(Product, row)
            | {
                "order_step": int(row["order_step"]),
                "pack": int(row["pack"]) if row["pack"] else None,
                "minimum_quantity": int(row["minimum_quantity"]),
                "price_permille": int(row["price_permille"]),
                "weekly_quantity": int(row["weekly_quantity"]),
                "allergens": numbers(row["allergens"]),
                "traces": numbers(row["traces"]),
                "certificates": certificates,
                "organic": any(code in organic for code in certificates),
            }
        )
    return found


def _person(row: Row) -> Person:
    grants = tuple(Grant(*part.split(":")) for part in words(row["grants"]))
    return Person(row["email"], row["name"], row["language"], grants, row["featured"] == "1")


def _ingredients(cell: str) -> tuple[Ingredient, ...]:
    found = []
    for part in cell.split():
        codes, grams = part.rsplit(":", 1)
        found.append(Ingredient(tuple(codes.split("|")), int(grams)))
    return tuple(found)


def _meals() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in rows(DATA / "meals.tsv"):
        found.setdefault(row["meal"], {})[row["age_group"]] = int(row["share_permille"])
    return found


def _holidays() -> tuple[Holiday, ...]:
    schools = [
        Holiday(
            row["name_sl"],
            row["name_en"],
            date.fromisoformat(row["first_day"]),
            date.fromisoformat(row["last_day"]),
            closes_all=False,
            estimated=row["estimated"] == "1",
            source=row["source"],
        )
        for row in rows(REFERENCE / "school_holidays.tsv")
    ]
    everybody = []
    for row in rows(REFERENCE / "public_holidays.tsv"):
        day = date.fromisoformat(row["date"])
        everybody.append(Holiday(row["name_sl"], row["name_en"], day, day, True, False, row["source"]))
    return (*schools, *everybody)


def _only(shape: type, row: Row) -> dict[str, Any]:
    """The cells of `row` that are fields of `shape`."""
    wanted = {one.name for one in fields(shape)}
    return {name: cell for name, cell in row.items() if name in wanted}
