"""The Fiscal Data Package beside the CSV of spend: what each column means, for programs.

Fiscal Data Package 1.0 (specs.frictionlessdata.io/fiscal-data-package): column types of its budget and
spending taxonomies; `model` says the same as measures and dimensions, as the version before did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from foodorder.exchange.open_data.spend import SpendRow
from foodorder.rules.errors import N_

LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
ADMINISTRATIVE, FUNCTIONAL = "administrative-classification:generic", "functional-classification:generic"

#: Column → type in a table schema, column type of the taxonomy (None: it has none), title. Packages
#: are in English; the page of open data tells the titles in the reader's language.
COLUMNS: dict[str, tuple[str, str | None, str]] = {
    "year": ("integer", "date:fiscal-year", N_("Year of delivery")),
    "month": ("date", "date:generic", N_("First day of the month of delivery")),
    "municipality_code": ("string", f"{ADMINISTRATIVE}:level1:code", N_("Official code of the municipality")),
    "municipality": ("string", f"{ADMINISTRATIVE}:level1:label", N_("Municipality")),
    "institution_code": ("string", f"{ADMINISTRATIVE}:level2:code", N_("Code of the institution")),
    "institution": ("string", f"{ADMINISTRATIVE}:level2:label", N_("Institution")),
    "supplier": (
        "string",
        "supplier:generic:name",
        N_("Supplier; empty for a natural person who is not named"),
    ),
    "supplier_village": ("string", "geo:source:title", N_("Village of the supplier")),
    "supplier_kind": ("string", None, N_("farm, cooperative, processor or reseller")),
    "food_group": ("string", f"{FUNCTIONAL}:level1:code", N_("Group of food")),
    "food_type": ("string", f"{FUNCTIONAL}:level2:code", N_("Code of the food")),
    "food_name_sl": ("string", f"{FUNCTIONAL}:level2:label", N_("Food, in Slovene")),
    "food_name_en": ("string", f"{FUNCTIONAL}:level2:description", N_("Food, in English")),
    "cpv": ("string", "economic-classification:generic:code", N_("CPV 2008")),
    "basis": ("string", None, N_("Lawful basis of the purchase")),
    "lines": ("integer", None, N_("Lines of procurement records")),
    "net_eur": ("number", "value", N_("Net value of the records in force, without VAT")),
    "weight_kg": ("number", None, N_("Weight")),
    "organic_kg": (
        "number",
        None,
        N_("of it with a certificate of organic production on the day of delivery"),
    ),
    "quality_kg": ("number", None, N_("of it of other quality schemes")),
    "local_kg": ("number", None, N_("of it from up to 30 km away, by air")),
}
MEASURES = ("net_eur", "weight_kg", "organic_kg", "quality_kg", "local_kg", "lines")
#: Dimension → its kind, its key, its other attributes.
DIMENSIONS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "date": ("datetime", ("month",), ("year",)),
    "administrator": (
        "administrative",
        ("municipality_code", "institution_code"),
        ("municipality", "institution"),
    ),
    "supplier": ("entity", ("supplier", "supplier_village"), ("supplier_kind",)),
    "food": ("functional", ("food_type",), ("food_group", "food_name_sl", "food_name_en", "cpv")),
    "basis": ("other", ("basis",), ()),
}


@dataclass(frozen=True, slots=True)
class About:
    """What a package is: its name in addresses, title, description, whose and of which years."""

    name: str
    title: str
    description: str
    homepage: str
    publisher: str
    first_year: int
    last_year: int


def package(about: About, path: str = "spend.csv") -> dict[str, Any]:
    """The descriptor (datapackage.json) of a CSV that lies at `path` beside it."""
    return {
        "profile": "fiscal-data-package",
        "name": about.name,
        "title": about.title,
        "description": about.description,
        "homepage": about.homepage,
        "licenses": [LICENCE],
        "contributors": [{"title": about.publisher, "role": "publisher"}],
        "countryCode": "SI",
        "granularity": "aggregated",
        "fiscalPeriod": {"start": f"{about.first_year}-01-01", "end": f"{about.last_year}-12-31"},
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": "spend",
                "path": path,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {"fields": _fields(), "missingValues": [""]},
            }
        ],
        "model": {"measures": _measures(), "dimensions": _dimensions()},
    }


def _fields() -> list[dict[str, Any]]:
    found = []
    for column in (field.name for field in fields(SpendRow)):
        kind, taxonomy, title = COLUMNS[column]
        described: dict[str, Any] = {"name": column, "type": kind, "title": title}
        if taxonomy:
            described["columnType"] = taxonomy
        found.append(described)
    return found


def _measures() -> dict[str, Any]:
    return {
        name: {
            "source": name,
            **({"currency": "EUR", "direction": "expenditure"} if name == "net_eur" else {}),
        }
        for name in MEASURES
    }


def _dimensions() -> dict[str, Any]:
    return {
        name: {
            "dimensionType": kind,
            "primaryKey": list(key),
            "attributes": {attribute: {"source": attribute} for attribute in _all(key, others)},
        }
        for name, (kind, key, others) in DIMENSIONS.items()
    }


def _all(key: Sequence[str], others: Sequence[str]) -> list[str]:
    return [*key, *others]
