"""Reference data from `seeds/reference` into the tables; run again, rows are brought up to date.

Nothing is ever deleted: what left the files may be what an old order refers to.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from foodorder.accounts import calendar, municipalities
from foodorder.accounts.models import CalendarPeriod, Municipality
from foodorder.accounts.sorting import sort_key
from foodorder.agreements.kinds import assign_everywhere
from foodorder.catalogue.models import FoodGroup, FoodType, LegalParameter, TemperatureLimit
from foodorder.db import Model, db
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND, Actor
from seeds.demo.tables import REFERENCE, Row, months, numbers, rows

#: Everybody's, as far as it concerns schools: the calendar is published per statistical region.
PUBLIC_HOLIDAYS = "public_holidays.tsv"
SCHOOL_HOLIDAYS = "school_holidays.tsv"


def load_reference(*, actor: Actor = COMMAND, now: datetime) -> dict[str, int]:
    """Bring all reference tables up to date; returns how many rows each file gave.

    The calendar is entered for municipalities that take part; run again after another one joins. Food types
    that are new come under the kinds of purchases that their CPV codes belong to.
    """
    loaded = {
        "municipalities": municipalities.save_known(
            map(_municipality, rows(REFERENCE / "municipalities.tsv"))
        ),
        "food groups": _upsert(
            FoodGroup, ("code",), list(map(_food_group, rows(REFERENCE / "food_groups.tsv")))
        ),
        "temperature limits": _upsert(
            TemperatureLimit,
            ("code",),
            list(map(_temperature_limit, rows(REFERENCE / "temperature_limits.tsv"))),
        ),
        "food types": _upsert(FoodType, ("code",), _food_types()),
        "numbers of the law": _upsert(
            LegalParameter,
            ("country", "key", "valid_from"),
            list(map(_legal_parameter, rows(REFERENCE / "legal_parameters.tsv"))),
        ),
        "numbers of the rules of flags": _upsert(
            LegalParameter,
            ("country", "key", "valid_from"),
            list(map(_legal_parameter, rows(REFERENCE / "flag_parameters.tsv"))),
        ),
        "days without school or work": sum(
            load_calendar(one, actor=actor, now=now) for one in municipalities.every_municipality(active=True)
        ),
    }
    loaded["municipalities with kinds of purchases"] = assign_everywhere(now=now)
    trail.record(actor, "reference.loaded", "installation", 0, now=now, after=loaded)
    return loaded


def load_calendar(municipality: Municipality, *, actor: Actor = COMMAND, now: datetime) -> int:
    """Enter public holidays and the region's school holidays; returns how many are new."""
    present = {
        (name, first, last)
        for name, first, last in db.session.execute(
            select(CalendarPeriod.name, CalendarPeriod.starts_on, CalendarPeriod.ends_on).where(
                CalendarPeriod.municipality_id == municipality.id
            )
        )
    }
    new = [period for period in _periods(municipality) if period[:3] not in present]
    for name, first, last, closes_all, source in new:
        calendar.add_period(
            municipality.id, name, first, last, closes_all=closes_all, source=source, actor=actor, now=now
        )
    return len(new)


def _periods(municipality: Municipality) -> list[tuple[str, date, date, bool, str]]:
    language = "name_sl" if municipality.language == "sl" else "name_en"
    schools = [
        (
            row[language],
            date.fromisoformat(row["first_day"]),
            date.fromisoformat(row["last_day"]),
            False,
            row["source"],
        )
        for row in rows(REFERENCE / SCHOOL_HOLIDAYS)
        if row["region"] == municipality.region
    ]
    everybody = [
        (row[language], date.fromisoformat(row["date"]), date.fromisoformat(row["date"]), True, row["source"])
        for row in rows(REFERENCE / PUBLIC_HOLIDAYS)
    ]
    return schools + everybody


def _upsert(table: type[Model], key: Sequence[str], values: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows or bring them up to date, where something differs."""
    statement = insert(table).values(values)
    fresh = {name: statement.excluded[name] for name in values[0] if name not in key}
    present = tuple_(*(getattr(table, name) for name in fresh))
    changed = present.is_distinct_from(tuple_(*fresh.values()))
    db.session.execute(statement.on_conflict_do_update(index_elements=key, set_=fresh, where=changed))
    return len(values)


def _municipality(row: Row) -> dict[str, str | None]:
    return {"code": row["code"], "name": row["name_sl"], "region": row["region"] or None}


def _food_group(row: Row) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name_sl": row["name_sl"],
        "name_en": row["name_en"],
        "position": int(row["position"]),
    }


def _temperature_limit(row: Row) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name_sl": row["name_sl"],
        "name_en": row["name_en"],
        "lowest": int(row["min_tenths_celsius"]) if row["min_tenths_celsius"] else None,
        "highest": int(row["max_tenths_celsius"]) if row["max_tenths_celsius"] else None,
        "tolerance": int(row["tolerance_tenths"]),
        "certainty": row["certainty"],
        "source": row["source"],
    }


def _food_types() -> list[dict[str, Any]]:
    groups = {code: number for number, code in db.session.execute(select(FoodGroup.id, FoodGroup.code))}
    return [
        {
            "food_group_id": groups[row["group"]],
            "code": row["code"],
            "name_sl": row["name_sl"],
            "name_en": row["name_en"],
            "sort_key": sort_key(row["name_sl"]),
            "unit": row["unit"],
            "grams_per_unit": int(row["grams_per_unit"]),
            "price_low_cents": int(row["price_low_cents"]),
            "price_high_cents": int(row["price_high_cents"]),
            "months": sorted(months(row["months"])),
            "vat_class": row["vat_class"],
            "cpv": row["cpv"],
            "cpv_name_sl": row["cpv_name_sl"],
            "allergens": list(numbers(row["allergens"])),
            "possible_allergens": list(numbers(row["allergens_possible"])),
            "shelf_life_days": int(row["shelf_life_days"]) if row["shelf_life_days"] else None,
            "temperature": row["temperature"] or None,
            "animal_origin": row["animal_origin"] == "1",
            "source": row["source"],
        }
        for row in rows(REFERENCE / "food_types.tsv")
    ]


def _legal_parameter(row: Row) -> dict[str, Any]:
    return {
        "country": row["country"],
        "key": row["key"],
        "value": int(row["value"]),
        "unit": row["unit"],
        "valid_from": date.fromisoformat(row["valid_from"]),
        "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        "source": row["source"],
        "certainty": row["certainty"],
    }


def is_loaded() -> bool:
    """Whether there is any reference data."""
    return bool(db.session.scalar(select(func.count()).select_from(FoodType)))
