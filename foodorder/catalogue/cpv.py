"""Names of CPV codes at every level, from the reference data that the program comes with."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from foodorder.rules.cpv import beginning


@cache
def names() -> Mapping[str, tuple[str, str]]:
    """The beginning of a code ("0322") → its name in Slovene and in English."""
    told = files("seeds").joinpath("reference", "cpv_codes.tsv").read_text("utf-8")
    rows = csv.DictReader(told.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return MappingProxyType({beginning(row["code"]): (row["name_sl"], row["name_en"]) for row in rows})
